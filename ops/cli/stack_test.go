package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pulumi puts a program on PATH in place of the Pulumi CLI, and a project above the working directory.
func pulumi(t *testing.T, script string) (folder string) {
	t.Helper()
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "pulumi"), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	folder = t.TempDir()
	write(t, filepath.Join(folder, "Pulumi.yaml"), "name: p\n")
	below := filepath.Join(folder, "a", "b")
	if err := os.MkdirAll(below, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(below)
	return folder
}

func TestQueuesOfAStack(t *testing.T) {
	s := newServer(t)
	s.quarantine(1)
	outputs := `{"validationQueueUrl":"` + s.url(callers, "validation") + `","ruleDeadLetterQueueUrl":"` + s.url(callers, "rule") + `","ingestionQueueUrl":"` + s.url(callers, "ingestion") + `"}`
	pulumi(t, `[ "$*" = "stack --non-interactive output --json --stack prod" ] && [ -f Pulumi.yaml ] && echo '`+outputs+`'`)
	file := filepath.Join(t.TempDir(), "outputs.json")
	write(t, file, outputs)
	if r := ran(t, "", "replay", "--stack", "prod", "--dry-run"); r.status != 0 || r.out != "would replay 1, leave 0\n" {
		t.Errorf("--stack: %+v", r)
	}
	if r := ran(t, "", "replay", "--outputs", file, "--dry-run"); r.status != 0 || r.out != "would replay 1, leave 0\n" {
		t.Errorf("--outputs: %+v", r)
	}
	s.queues["rule"], s.queues["validation"] = s.queues["validation"], nil
	if r := ran(t, "", "replay", "--stack", "prod", "--rule-dead-letters", "--dry-run"); r.status != 0 || r.out != "would replay 1, leave 0\n" {
		t.Errorf("--rule-dead-letters: %+v", r)
	}
	ran(t, "", "replay", "--stack", "prod", "--to", s.url(callers, "none"), "--dry-run").fails(t, statusFailed, "--to ("+s.url(callers, "none")+")")
	ran(t, "", "send-large", "--stack", "prod", "--dry-run", file).
		fails(t, statusFailed, "--stack prod has no output payloadBucket, for --bucket: was the stack deployed? Otherwise give --bucket")
}

func TestStacksThatCannotBeRead(t *testing.T) {
	onlyEnvironment(t)
	folder := pulumi(t, "echo \"error: no stack named 'night' found\" >&2; exit 6")
	ran(t, "", "replay", "--stack", "night").
		fails(t, statusFailed, "--stack night: the Pulumi CLI says in "+folder+": no stack named 'night' found (\"pulumi stack ls\" lists the stacks)")
	ran(t, "", "replay", "--stack", "night", "--project", t.TempDir()).fails(t, statusFailed, "no Pulumi.yaml there")
	ran(t, "", "replay", "--outputs", filepath.Join(folder, "none")).fails(t, statusFailed, "--outputs: reading the stack's outputs: open ")
	garbled := filepath.Join(folder, "garbled")
	write(t, garbled, secret)
	ran(t, "", "replay", "--outputs", garbled).fails(t, statusFailed, "that are not a JSON object of outputs")
	t.Setenv("PATH", "")
	ran(t, "", "replay", "--stack", "night").fails(t, statusFailed, "the Pulumi CLI (pulumi) is not on PATH: install it, or give --outputs FILE")
	t.Chdir("/")
	ran(t, "", "replay", "--stack", "night").fails(t, statusFailed, "give --project DIR, or --outputs FILE")
}

func TestStacksAreCompleted(t *testing.T) {
	pulumi(t, `echo '[{"name":"prod","current":true},{"name":"staging"}]'`)
	if r := ran(t, "", "__complete", "replay", "--stack", ""); !strings.HasPrefix(r.out, "prod\nstaging\n") {
		t.Errorf("%+v", r)
	}
}
