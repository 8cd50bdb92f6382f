package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const root = ".."

// deployed is a checkout with a stack as it runs in production: Pulumi.prod.yaml with what it leaves to whoever deploys, and its
// committed graph.
func deployed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"Pulumi.yaml", "Pulumi.prod.yaml"} {
		copyFile(t, filepath.Join(root, name), filepath.Join(dir, name))
	}
	change(t, filepath.Join(dir, "Pulumi.prod.yaml"), "config:\n", "config:\n  aws:region: eu-west-1\n"+
		"  cc-eventbridge:genesysExternalId: 5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4\n")
	change(t, filepath.Join(dir, "Pulumi.prod.yaml"), `downstreamUrl: ""`, "downstreamUrl: https://crm.example/events")
	if err := write(dir, "prod", &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// change edits one place of a file, which must have it exactly once.
func change(t *testing.T, file, old, with string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), old); n != 1 {
		t.Fatalf("%s has %q %d times, and the edit needs it once", file, old, n)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), old, with, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestBadEdits are edits of one line of the configuration that are stopped, each with the words that a reviewer sees.
func TestBadEdits(t *testing.T) {
	for name, edit := range map[string]struct{ old, with, says string }{
		"messages are kept for less": {
			`messageRetentionSeconds: "604800"`, `messageRetentionSeconds: "259200"`,
			"REFUSED by retention-lowered: Queue ingestion: message retention 7 -> 3 days: messages older than 3 days are deleted at once",
		},
		"dead letters are kept for less than messages": {
			`deadLetterRetentionSeconds: "1209600"`, `deadLetterRetentionSeconds: "345600"`, "it can expire on arrival",
		},
		"messages come back while they are worked on": {
			`visibilityTimeoutSeconds: "0"`, `visibilityTimeoutSeconds: "60"`, "a message is visible again while it is still being processed",
		},
		"less than six time-outs of the function": {
			`visibilityTimeoutSeconds: "0"`, `visibilityTimeoutSeconds: "300"`,
			"REFUSED by visibility: Queue ingestion: visibility timeout 300 s is below 6 x function timeout 120 + batching window 5 = 725 s",
		},
		"another name": {
			`namePrefix: ""`, "namePrefix: other", "REFUSED by data-kept: Table dedup: replaced: every record in it is lost",
		},
		"no protection": {
			`protectData: "true"`, `protectData: "false"`, "REFUSED by recovery: Queue ingestion: it is not protected",
		},
		"logs of a month": {
			`logRetentionDays: "365"`, `logRetentionDays: "30"`, "REFUSED by log-retention: LogGroup processor: logs are kept for 30 days",
		},
		"a year and a day of logs": {`logRetentionDays: "365"`, `logRetentionDays: "366"`, "CloudWatch accepts only"},
		"a function of 20 minutes": {`functionTimeoutSeconds: "120"`, `functionTimeoutSeconds: "1200"`, "from 1 to 900"},
		"one invocation at a time": {`maximumConcurrency: "50"`, `maximumConcurrency: "1"`, "from 2 to 1000"},
		"less reserved than is used": {
			`reservedConcurrency: "-1"`, `reservedConcurrency: "10"`, "below maximumConcurrency = 50 Lambda throttles what the mapping starts",
		},
		"records that end before retries": {`dedupRetentionDays: "14"`, `dedupRetentionDays: "7"`, "a late duplicate runs again"},
		"personal data in clear": {
			"downstreamUrl: https://crm", "downstreamUrl: http://crm", "events hold personal data, so it must be an https URL",
		},
		"a password in the URL": {
			"https://crm.example/events", "https://u:a@not-a-real-token@crm.example/events", "without user name or fragment",
		},
		"nowhere to deliver to": {
			"downstreamUrl: https://crm.example/events", `downstreamUrl: ""`, "each is acknowledged and remembered as done",
		},
		"logged instead of delivered": {
			"downstreamUrl: https://crm.example/events", "downstreamUrl: log", "REFUSED by delivered: Function processor: events are logged",
		},
		"a token in clear": {
			"config:\n", "config:\n  cc-eventbridge:downstreamSecret: not-a-real-token\n", "it must be encrypted in the stack file",
		},
		"another region": {
			"aws:region: eu-west-1", "aws:region: us-east-1", "REFUSED by region: aws:region: region eu-west-1 -> us-east-1",
		},
		"no region":      {"  aws:region: eu-west-1\n", "", "REFUSED by region: aws:region: region eu-west-1 -> "},
		"a tag less":     {"      environment: prod\n", "", "REFUSED by tags: aws:defaultTags: tag environment is missing"},
		"a misspelt key": {"maximumConcurrency:", "maximumConcurency:", "did you mean maximumConcurrency?"},
		"anybody's external id": {
			"genesysExternalId: 5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4", `genesysExternalId: "*"`, "an external id is 2 to 1224 of",
		},
		"an account with a digit less": {"765628985471", "76562898547", "an AWS account id has 12 digits"},
		"one try": {
			`maxReceiveCount: "10"`, `maxReceiveCount: "1"`, "REFUSED by redrive: RedrivePolicy ingestion: a message has 1 try",
		},
		"another path":   {`iamPath: ""`, "iamPath: /x/", "another path replaces every role"},
		"little memory":  {`functionMemoryMb: "512"`, `functionMemoryMb: "128"`, "the function is killed together with its batch"},
		"no intake left": {`directIntake: "true"`, `directIntake: "false"`, "REFUSED by intake-kept: Role writer: deleted"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, out := deployed(t), &bytes.Buffer{}
			change(t, filepath.Join(dir, "Pulumi.prod.yaml"), edit.old, edit.with)
			err := preview(dir, "prod", graphFile(dir, "prod"), "text", "", out)
			if err == nil {
				t.Fatalf("the preview lets it pass:\n%s", out)
			}
			seen := out.String() + err.Error()
			if !strings.Contains(seen, edit.says) {
				t.Errorf("the preview says\n%s\nand not %q", seen, edit.says)
			}
			if strings.Contains(seen, "not-a-real-token") {
				t.Error("the preview shows the token")
			}
		})
	}
}

// TestGoodEdits are edits that pass, and what a reviewer reads.
func TestGoodEdits(t *testing.T) {
	for name, edit := range map[string]struct{ old, with, accept, says string }{
		"a shorter time-out": {
			old: `functionTimeoutSeconds: "120"`, with: `functionTimeoutSeconds: "60"`, says: "~ Queue ingestion: visibility timeout 725 -> 365 s, in place\n",
		},
		"more at a time": {
			old: `maximumConcurrency: "50"`, with: `maximumConcurrency: "80"`,
			says: "~ EventSourceMapping ingestion: maximum concurrency 50 -> 80: the downstream gets more requests at a time\n",
		},
		"messages are kept for longer": {
			old: `messageRetentionSeconds: "604800"`, with: `messageRetentionSeconds: "691200"`, says: "message retention 7 -> 8 days, in place\n",
		},
		"more memory": {old: `functionMemoryMb: "512"`, with: `functionMemoryMb: "1024"`, says: "function memory 512 -> 1024 MB: "},
		"longer logs": {old: `logRetentionDays: "365"`, with: `logRetentionDays: "400"`, says: "log retention 365 -> 400 days, in place\n"},
		"a pause":     {old: `consumerEnabled: "true"`, with: `consumerEnabled: "false"`, says: "true -> false: nothing is consumed, and the queue fills up"},
		"smaller batches": {
			old: `batchSize: "10"`, with: `batchSize: "5"`, says: "batch size 10 -> 5: more invocations and DynamoDB calls per event\n",
		},
		"a shorter retention that is meant": {
			old: `messageRetentionSeconds: "604800"`, with: `messageRetentionSeconds: "259200"`, accept: "retention-lowered",
			says: "accepted, refused by retention-lowered: Queue ingestion",
		},
		"nothing": {old: "config:\n", with: "config:\n  # a comment\n", says: "prod: nothing changes\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, out := deployed(t), &bytes.Buffer{}
			change(t, filepath.Join(dir, "Pulumi.prod.yaml"), edit.old, edit.with)
			if err := preview(dir, "prod", graphFile(dir, "prod"), "text", edit.accept, out); err != nil {
				t.Fatalf("the preview does not let it pass: %v\n%s", err, out)
			}
			if !strings.Contains(out.String(), edit.says) {
				t.Errorf("the preview says\n%s\nand not %q", out, edit.says)
			}
		})
	}
}

// TestBadEditsOfTheProgram are edits of one line of the program, which is built with them.
func TestBadEditsOfTheProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program anew for each edit")
	}
	dir := deployed(t)
	for name, edit := range map[string]struct{ file, old, with, says string }{
		"queues in clear": {
			"queues.go", "SqsManagedSseEnabled = pulumi.Bool(true)", "SqsManagedSseEnabled = pulumi.Bool(false)",
			"REFUSED by encryption: Queue ingestion: the queue is not encrypted",
		},
		"a dead-letter queue that anybody may use": {
			"queues.go", "pulumi.StringArray{q.ingestion.Arn}", "pulumi.StringArray{}", "REFUSED by redrive: Queue dead-letter",
		},
		"plain HTTP": {
			"queues.go", `[]pulumi.Map{denyPlaintext(queue.Arn, "sqs:*")}`, "[]pulumi.Map{}",
			"REFUSED by tls-only: Queue ingestion: the queue takes requests without TLS",
		},
		"whole batches fail": {
			"mapping.go", `[]string{"ReportBatchItemFailures"}`, "[]string{}",
			"REFUSED by partial-batch: EventSourceMapping ingestion: without ReportBatchItemFailures",
		},
		"nothing bounds concurrency": {
			"mapping.go", "ScalingConfig: &lambda.EventSourceMappingScalingConfigArgs{MaximumConcurrency: pulumi.Int(s.Mapping.MaximumConcurrency)},",
			"", "REFUSED by concurrency: EventSourceMapping ingestion",
		},
		"trust without external id": {
			"intake_direct.go", `"Condition": pulumi.Map{"StringEquals": pulumi.Map{"sts:ExternalId": pulumi.String(s.Intake.GenesysExternalID)}},`,
			"", "REFUSED by exact-trust: Role writer: account arn:aws:iam::765628985471:root assumes the role without one exact external id",
		},
		"every action": {
			"function.go", `allow("QuarantineEvents", in.queues.validation.Arn, "sqs:SendMessage")`,
			`allow("QuarantineEvents", in.queues.validation.Arn, "sqs:*")`,
			"REFUSED by no-wildcard: RolePolicy processor: statement QuarantineEvents allows more than the actions that it names",
		},
		"every queue": {
			"function.go", `allow("QuarantineEvents", in.queues.validation.Arn, "sqs:SendMessage")`,
			`allow("QuarantineEvents", pulumi.String("*"), "sqs:SendMessage")`, "on every resource of the account",
		},
		"a token in the environment": {
			"function.go", `pulumi.String("info"),`, `pulumi.String("info"), "DOWNSTREAM_TOKEN": pulumi.String("not-a-real-token"),`,
			"REFUSED by no-plain-secret: Function processor: variable DOWNSTREAM_TOKEN holds a secret",
		},
		"no restore": {
			"dedup.go", "TablePointInTimeRecoveryArgs{Enabled: pulumi.Bool(true)}", "TablePointInTimeRecoveryArgs{Enabled: pulumi.Bool(false)}",
			"REFUSED by recovery: Table dedup: the table can't be restored",
		},
		"another key of the table": {
			"dedup.go", "HashKey:     pulumi.String(contract.TableKey)", `HashKey:     pulumi.String("id")`,
			"Table dedup: replaced: every record in it is lost: events that come again are delivered again (hashKey eventId -> id",
		},
		"alarms that nobody hears": {
			"alarms.go", "args.AlarmActions, args.OkActions = notify, notify", "args.OkActions = notify", "REFUSED by alarm-actions: MetricAlarm",
		},
	} {
		t.Run(name, func(t *testing.T) {
			source, err := filepath.Abs(filepath.Join(root, "infra", "pipeline", edit.file))
			if err != nil {
				t.Fatal(err)
			}
			work := t.TempDir()
			edited, program := filepath.Join(work, edit.file), filepath.Join(work, "policy")
			copyFile(t, source, edited)
			change(t, edited, edit.old, edit.with)
			overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{source: edited}})
			if err == nil {
				err = os.WriteFile(filepath.Join(work, "overlay.json"), overlay, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			build := exec.CommandContext(t.Context(), "go", "build", "-overlay", filepath.Join(work, "overlay.json"), "-o", program, ".")
			build.Env = append(os.Environ(), "GOWORK=off")
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("the edit does not compile: %v\n%s", err, out)
			}
			run := exec.CommandContext(t.Context(), program, "preview", "-stack", "prod")
			run.Dir = dir
			out, err := run.CombinedOutput()
			if err == nil {
				t.Errorf("the preview lets it pass:\n%s", out)
			}
			// A reviewer sees the word, and nobody the token but in what changes of the environment.
			if !strings.Contains(string(out), edit.says) {
				t.Errorf("the preview says\n%s\nand not %q", out, edit.says)
			}
			if strings.Contains(string(out), "not-a-real-token") {
				t.Error("the preview shows the token")
			}
		})
	}
}
