package settings

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"cc-eventbridge/infra/settings/settingstest"
)

// configSet is a `pulumi config set` as documentation writes it: up to the end of the command.
var configSet = regexp.MustCompile("pulumi config set ([^`\n&#|]*)")

// TestProductionFileHasEveryKey looks for each key of Pulumi.yaml in the production file: as a value, or as the command that sets
// it where nobody can choose one for you.
func TestProductionFileHasEveryKey(t *testing.T) {
	file, err := os.ReadFile("../../Pulumi.prod.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for key := range settingstest.Values(t, "../..", "") {
		set := regexp.MustCompile(`(?m)^  cc-eventbridge:` + key + `:|^  # +pulumi config set (--secret )?` + key + `\b`)
		if !set.Match(file) {
			t.Errorf("Pulumi.prod.yaml does not have %s", key)
		}
	}
}

// TestDocumentedConfigCommandsWork parses each `pulumi config set` of the documentation: the key is declared, a secret is set as
// one, and a value that is written out is one that the key takes.
func TestDocumentedConfigCommandsWork(t *testing.T) {
	files, err := filepath.Glob("../../*.md")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("there are no pages: %v", err)
	}
	declared := settingstest.Values(t, "../..", "")
	found := 0
	for _, file := range append(files, pages...) {
		if filepath.Base(file) == "dangerous-edits.md" {
			continue // a test writes it: sentences of the program, with commands in them
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range configSet.FindAllSubmatch(text, -1) {
			command := strings.TrimSpace(string(match[1]))
			if problem := checkConfigSet(declared, strings.Fields(command)); problem != "" {
				t.Errorf("%s: pulumi config set %s: %s", filepath.Base(file), command, problem)
			}
			found++
		}
	}
	if found < 20 {
		t.Errorf("only %d commands were found", found)
	}
}

// checkConfigSet says what is wrong with the words of a command, "" for nothing.
func checkConfigSet(declared map[string]string, words []string) string {
	var path, secret bool
	for len(words) > 0 && strings.HasPrefix(words[0], "--") {
		switch words[0] {
		case "--path":
			path = true
		case "--secret":
			secret = true
		case "--type":
			words = words[1:]
		default:
			return "unknown flag " + words[0]
		}
		words = words[1:]
	}
	if len(words) == 0 {
		return "no key"
	}
	key := strings.Trim(words[0], "'")
	if strings.Contains(key, ":") || strings.HasPrefix(key, "<") || key == "…" {
		return "" // of another namespace, or a place for any key
	}
	if path {
		key = key[:strings.IndexAny(key+".", ".[")]
	}
	if _, ok := declared[key]; !ok {
		return "Pulumi.yaml declares no key " + key
	}
	if _, ok := secrets[key]; ok && !secret {
		return "it is a secret and needs --secret"
	}
	if path || len(words) < 2 || strings.ContainsAny(words[1], "<…") {
		return ""
	}
	var s Settings
	for _, k := range keysOf(&s) {
		if k.name == key && (!k.parse(strings.Trim(words[1], "'")) || !k.valid()) {
			return "the key does not take this value"
		}
	}
	return ""
}

// TestConfigCommandsThatAreWrongAreFound keeps the test above from passing whatever is written.
func TestConfigCommandsThatAreWrongAreFound(t *testing.T) {
	declared := settingstest.Values(t, "../..", "")
	for command, wrong := range map[string]bool{
		"batchSize 20":                    false,
		"batchSize <number>":              false,
		"--path topics[0] a":              false,
		"aws:region eu-central-1":         false,
		"--secret downstreamSecret":       false,
		"batchSise 20":                    true,
		"batchSize twenty":                true,
		"--path topic[0] a":               true,
		"downstreamSecret <token>":        true,
		"--plain consumerEnabled false":   true,
		"consumerEnabled off":             true,
		"batchSize 10001":                 true,
		"--secret":                        true,
		"--path --type string flags.a[0]": false,
	} {
		if problem := checkConfigSet(declared, strings.Fields(command)); (problem != "") != wrong {
			t.Errorf("%s: %q, want a problem: %t", command, problem, wrong)
		}
	}
}
