package cli

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/ops/replay"
)

var update = flag.Bool("update", false, "write docs/ops.md")

const (
	page = "../../docs/ops.md"
	// pageWidth is that of flags in the page.
	pageWidth = 118
)

// pageIntro is the page's beginning.
const pageIntro = `# The operator's command

` + "`ops`" + ` does what alarms and the [runbook](runbook.md) ask a person to do, with your own credentials. ` + "`make ops`" + ` builds it as
` + "`.local/bin/ops`" + `; ` + "`go run ./ops`" + ` in the project's folder is the same. This page is made by
` + "`cd ops && go test ./cli -run TestPage -update`" + ` from the commands themselves.

- Queues, function and flags come from the stack's outputs: ` + "`--stack prod`" + ` reads them with the Pulumi CLI, ` + "`--outputs FILE`" + ` from
  what ` + "`pulumi stack output --json`" + ` has written elsewhere.
- Credentials are found as by the AWS CLI. ` + "`AWS_ENDPOINT_URL`" + ` leads to an emulator.
- Standard output has results only. ` + "`--json`" + ` makes them JSON, one object a line.
- What changes something asks first; ` + "`--yes`" + ` answers, ` + "`--dry-run`" + ` says what would be done. Without a
  terminal one of them is needed.
- The exit status is 0, 1 if something failed, and 2 if the command line is wrong: then nothing was done.
- No command prints the body of a message without ` + "`--body`" + `, and none logs one.
`

// changes says what a command changes; those that are missing change nothing.
var changes = map[string]string{
	"send": "sends", "probe": "sends one", "promote": "the alias", "rollback": "the alias",
	"send-large": "sends", "dlq redrive": "sends, then deletes", "quarantine replay": "sends, then deletes", "quarantine discard": "deletes",
	"pause consumer": "the mapping", "resume consumer": "the mapping", "pause topic": "the flags", "resume topic": "the flags",
	"dlq list": "hides for a minute", "dlq show": "hides for a minute", "dlq export": "hides for minutes",
	"quarantine list": "hides for a minute", "quarantine show": "hides for a minute",
}

// TestPage holds the page on this command to what the commands say of themselves.
func TestPage(t *testing.T) {
	want := renderPage()
	if *update {
		write(t, page, want)
		return
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/ops.md is not what the commands say: cd ops && go test ./cli -run TestPage -update, and read the diff")
	}
}

func renderPage() string {
	var out strings.Builder
	root := (&app{}).root()
	all := commands(root)
	maps.DeleteFunc(all, func(_ string, c *cobra.Command) bool { return c.Hidden || c.HasSubCommands() })
	names := slices.Sorted(maps.Keys(all))
	out.WriteString(pageIntro + "\n| command | | changes |\n|---|---|---|\n")
	for _, name := range names {
		what := changes[name]
		if what == "" {
			what = "nothing"
		}
		fmt.Fprintf(&out, "| [`ops %s`](#ops-%s) | %s | %s |\n", name, strings.ReplaceAll(name, " ", "-"), all[name].Short, what)
	}
	out.WriteString("\n## Screens\n")
	for _, s := range screens() {
		fmt.Fprintf(&out, "\n`%s`\n\n```\n%s\n```\n", s.command, s.text)
	}
	out.WriteString(pagePermissions + "\n| action | on | commands |\n|---|---|---|\n")
	for _, line := range permissionTable(names) {
		out.WriteString(line)
	}
	out.WriteString("\n## Commands\n")
	for _, name := range names {
		command := all[name]
		fmt.Fprintf(&out, "\n### ops %s\n\n```\n%s\n\n%s\n\nFlags:\n%s```\n", name, command.Long, command.Example,
			command.LocalNonPersistentFlags().FlagUsagesWrapped(pageWidth))
	}
	fmt.Fprintf(&out, "\n### Flags of all commands\n\n```\n%s```\n", root.PersistentFlags().FlagUsagesWrapped(pageWidth))
	return out.String()
}

const pagePermissions = `
## Permissions

These are all IAM actions that each command calls. A call that is not on its command's list is refused before it is sent, and a
test runs each command and compares. Finding out whose credentials one has (` + "`sts:GetCallerIdentity`" + `) needs no permission.
`

// permissionTable has a row for each action and what it is on.
func permissionTable(names []string) []string {
	users := map[permission][]string{}
	for _, name := range names {
		for _, p := range permissions[name] {
			users[p] = append(users[p], name)
		}
	}
	var lines []string
	for p, names := range users {
		lines = append(lines, fmt.Sprintf("| `%s` | %s | %s |\n", p.action, p.on, strings.Join(names, ", ")))
	}
	slices.Sort(lines)
	return lines
}

type screen struct{ command, text string }

// screens are drawn by the commands' own code, of a stack that is in trouble.
func screens() []screen {
	prefix := "prod-cc-eventbridge-"
	report := statusReport{
		Stack: "prod", At: time.Date(2026, 1, 31, 15, 4, 5, 0, time.UTC), WindowMinutes: 15,
		Intake: intakeStatus{Sent: aws.Float64(18204)},
		Queues: []queueStatus{
			{Name: "ingestion queue", Waiting: 8410, InFlight: 500, OldestSeconds: aws.Float64(402)},
			{Name: "dead-letter queue", Waiting: 137, OldestSeconds: aws.Float64(3660)},
			{Name: "validation queue"},
			{Name: "rule's dead-letter queue"},
		},
		Function: functionStatus{
			State: "Active", Version: "7", Invocations: aws.Float64(1790), Errors: aws.Float64(0), Throttles: aws.Float64(0),
		},
		Consumer: consumerStatus{State: "Enabled", Concurrency: aws.Int32(50), BatchSize: 10, LastResult: "OK"},
		Alarms: alarmsStatus{
			OK: 10, Prefix: prefix, Alarm: []string{prefix + "dead-letter-queue-growing", prefix + "oldest-message-age"},
			Insufficient: []string{prefix + "silence"},
		},
		Flags: flagsStatus{Error: "AccessDeniedException: needs appconfig:ListDeployments"},
	}
	var watched bytes.Buffer
	a := &app{Streams: Streams{Out: &watched}}
	a.draw(report, [][]int{{0, 40, 800, 2100, 4700, 7200, 9900, 9100, 8410}, {0, 0, 0, 0, 12, 80, 137, 137, 137}, {0}, {0}}, true)
	_, sparklines, _ := strings.Cut(watched.String(), report.table()+"\n")
	messages := []replay.Message{
		{
			ID: "1c3b5a52-0b1e-4a52-9d3e-0c5d1f9b7a11", SentAt: report.At.Add(-time.Hour), Receives: 1, Topic: "telephony.call.created",
			Reason: "schema-mismatch", Details: map[string]string{contract.QuarantineSchemaPath: "/properties/id/type"},
		},
		{ID: "77f0f0a4-5f0f-4a63-8d4f-3f6f6f1f0b02", SentAt: report.At.Add(-time.Minute), Receives: 2, Reason: "not-json"},
	}
	c := compute(
		workload{Rate: 200, Arrivals: 20.2, Backlog: 8410, Seconds: 2.5, Batch: 9.4},
		limits{BatchSize: 10, Concurrency: 50, MemoryMB: 512, ARM: true},
	)
	return []screen{
		{"ops status --stack prod", report.table()},
		{"ops watch --stack prod", strings.TrimSpace(sparklines)},
		{"ops quarantine list --stack prod", messageTable(messages) + "\n" + countTable(messages)},
		{"ops capacity --stack prod --rate 200", c.table()},
	}
}

// TestExamplesParse gives the command line the examples of each command.
func TestExamplesParse(t *testing.T) {
	for name, command := range commands((&app{}).root()) {
		for line := range strings.Lines(command.Example) {
			words := strings.Fields(line)
			if len(words) < 2 || words[0] != "ops" {
				t.Errorf("%s: the example %q", name, line)
				continue
			}
			if err := parse(words[1:]); err != nil {
				t.Errorf("%s: %s: %v", name, line, err)
			}
		}
	}
}
