package e2e

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cc-eventbridge/local/cloud"
)

var update = flag.Bool("update", false, "write the pages anew that tests write; read their diff before you commit it")

const editsPage = "../../docs/dangerous-edits.md"

// edits are edits of one line of the configuration that can hurt. Each names words that a reviewer must see.
var edits = []struct {
	// command is what follows `pulumi config`.
	command []string
	// hurts is what would happen.
	hurts string
	// refused says that the preview ends with an error.
	refused bool
	sees    []string
}{
	{
		[]string{"set", "namePrefix", "other"},
		"New queues and a new table, and the old ones are deleted with all that they hold.", true,
		[]string{"unable to replace resource", "Queue::ingestion", "Table::dedup", "BucketV2::payloads"},
	},
	{
		[]string{"set", "archiveDays", "0"},
		"The archive is deleted, which has the only copy of events above 256 KB.", true,
		[]string{"cannot be deleted", "EventArchive::partner", "protected"},
	},
	{
		[]string{"set", "genesysExternalId", "00000000-0000-4000-8000-000000000000"},
		"Source, bus, rule and archive are replaced by those of another organization. What Genesys Cloud sends meanwhile is lost.", true,
		[]string{"unable to replace resource", "EventBus::partner", "EventArchive::partner", "EventBridgeSource::partner"},
	},
	{
		[]string{"set", "protectData", "false"},
		"Nothing yet. The next edit may delete what holds data.", false,
		[]string{"Table::dedup: deletionProtectionEnabled true => false"},
	},
	{
		[]string{"set", "messageRetentionSeconds", "86400"},
		"SQS deletes the messages that have waited for longer, at once.", false,
		[]string{"Queue::ingestion: messageRetentionSeconds 604800 => 86400"},
	},
	{
		[]string{"set", "deadLetterRetentionSeconds", "604800"},
		"SQS deletes dead letters and quarantined messages that are older, at once.", false,
		[]string{"Queue::dead-letter: messageRetentionSeconds 1209600 => 604800", "Queue::validation: messageRetentionSeconds 1209600 => 604800"},
	},
	{
		[]string{"set", "maxReceiveCount", "1"},
		"One failure, and an event is dead-lettered.", false,
		[]string{"maxReceiveCount is 1: whatever fails once is dead-lettered"},
	},
	{
		[]string{"set", "--path", "topics[0]", "v2.detail.events.conversation.{id}.custmer.start"},
		"The rule waits for a topic that no event has.", false,
		[]string{"is none of the topics that Genesys Cloud had published", "did you mean v2.detail.events.conversation.{id}.customer.start?"},
	},
	{
		[]string{"set", "--path", "topics[0]", "v2.detail.events.conversation.*"},
		"The rule waits for a topic that no event has.", true,
		[]string{"equals the detail-type of no event"},
	},
	{
		[]string{"set", "--path", "topics[0]", cloud.WebsocketTopic},
		"No event of the topic comes over EventBridge. Which topics those are, Genesys Cloud says (here its fake does).", true,
		[]string{"eventFilter", "over Websocket only"},
	},
	{
		[]string{"set", "downstreamUrl", ""},
		"Events are acknowledged and remembered as done, and delivered to nobody.", true,
		[]string{"downstreamUrl is not set", "events are only logged"},
	},
	{
		[]string{"rm", "alarmSubscriptions"},
		"Alarms reach nobody.", false,
		[]string{"alarms of this protected stack reach nobody", "delete aws:sns/topicSubscription:TopicSubscription::oncall"},
	},
	{
		[]string{"set", "reservedConcurrency", "10"},
		"Lambda throttles the mapping, and events that never ran are dead-lettered.", true,
		[]string{"below maximumConcurrency = 50"},
	},
	{
		[]string{"set", "reservedConcurrency", "950"},
		"AWS refuses it in the middle of `up`.", true,
		[]string{"AWS keeps 100 of them"},
	},
	{
		[]string{"set", "dedupRetentionDays", "7"},
		"A duplicate that comes late is delivered again.", true,
		[]string{"a record must outlive its message and every retry of it"},
	},
	{
		[]string{"set", "consumerEnabled", "false"},
		"Nothing is delivered, and what waits for too long is deleted.", false,
		[]string{"consumerEnabled is false", "enabled true => false"},
	},
	{
		[]string{"set", "--path", `flags.topics["v2.users.{id}.presence"].state`, "dropped"},
		"Events of the topic are acknowledged and go nowhere.", false,
		[]string{"flags drop topics", "v2.users.{id}.presence"},
	},
	{
		[]string{"set", "directIntake", "false"},
		"Genesys Cloud can no longer write to the queue by the role.", false,
		[]string{"delete aws:iam/role:Role::writer", "delete genesys:index:EventSubscription::events"},
	},
}

// TestDangerousEdits previews each edit on a stack that is deployed as in production. What a reviewer sees is the page; -update
// writes it.
func TestDangerousEdits(t *testing.T) {
	t.Parallel()
	c := newFixture(t, "local-edits", map[string]string{"protectData": "true"})
	g := c.withGenesys()
	c.must(cloud.Register(c.ctx, c.stack))
	c.must(c.stack.Set(c.ctx, cloud.Credentials(g.URL)))
	_, err := c.stack.Run(c.ctx, "config", "set-all", "--path", "--plaintext", "alarmSubscriptions[0].name=oncall",
		"--plaintext", "alarmSubscriptions[0].mail=oncall@example.com")
	c.must(err)
	c.up()

	deployed, err := os.ReadFile(c.stack.ConfigFile())
	c.must(err)
	var page strings.Builder
	page.WriteString(editsHead)
	for _, e := range edits {
		_, err := c.stack.Run(c.ctx, append([]string{"config"}, e.command...)...)
		c.must(err)
		seen, refused := c.reviewed()
		c.must(os.WriteFile(c.stack.ConfigFile(), deployed, 0o600))
		command := "pulumi config " + shell(e.command)
		if refused != e.refused {
			t.Errorf("%s: the preview is refused: %t, want %t", command, refused, e.refused)
		}
		words := strings.Join(strings.Fields(seen), " ")
		for _, part := range e.sees {
			if !strings.Contains(words, part) {
				t.Errorf("%s: a reviewer does not see %q:\n%s", command, part, seen)
			}
		}
		outcome := "The preview goes through:"
		if refused {
			outcome = "The preview is refused:"
		}
		fmt.Fprintf(&page, "\n## `%s`\n\n%s\n\n%s\n\n```\n%s```\n", command, e.hurts, outcome, seen)
	}
	if *update {
		c.must(os.WriteFile(editsPage, []byte(page.String()), 0o644))
	} else if !c.builtCLI() {
		t.Log("the page is not compared: an installed CLI may have other words")
	} else if is, err := os.ReadFile(editsPage); err != nil || string(is) != page.String() {
		t.Errorf("%s is not what previews say now (error: %v); write it with go test ./e2e -run TestDangerousEdits -update and read its diff:\n%s",
			editsPage, err, page.String())
	}
	if changes := c.preview(); len(changes) > 0 {
		t.Errorf("without an edit the preview has %v", changes)
	}
}

const editsHead = `# Edits that can hurt

Edits of one line of the configuration, and what a reviewer sees of each in the preview. The stack is protected (` + "`protectData`" + `)
and has both intakes, set up in Genesys Cloud, an archive, and a subscriber to its alarms. To confirm what protection refuses, set
` + "`protectData`" + ` to false and deploy, in a step of its own ([runbook](runbook.md#taking-a-stack-down)).

This page is written by a test, which deploys such a stack on the embedded cloud:
` + "`cd local && go test ./e2e -run TestDangerousEdits -update`" + `. The words are those of the preview. An error of several
resources is here once, and ` + "`<stack>`" + ` stands for the stack's name. Of the plan there is what changes, and from what to what where
that is short.
`

// builtCLI reports whether the tests run the CLI whose version the repository pins.
func (c *fixture) builtCLI() bool {
	tools, err := cloud.EnsureTools(c.ctx, c.w, false)
	c.must(err)
	return strings.HasPrefix(tools.Pulumi, c.w.Bin)
}

// shell writes arguments as one would type them.
func shell(args []string) string {
	typed := make([]string, len(args))
	for i, arg := range args {
		if typed[i] = arg; arg == "" || strings.ContainsAny(arg, "[]{}*\"") {
			typed[i] = "'" + arg + "'"
		}
	}
	return strings.Join(typed, " ")
}

// reviewed is what a preview says: its warnings and errors, and its plan if it has no error.
func (c *fixture) reviewed() (seen string, refused bool) {
	c.t.Helper()
	out, err := c.stack.Run(c.ctx, "preview", "--json", "--non-interactive")
	var preview struct {
		Steps       []planned
		Diagnostics []struct{ Message, Severity string }
	}
	if parsed := json.Unmarshal([]byte(out), &preview); parsed != nil {
		c.t.Fatalf("reading the preview: %v; it ended with %v", parsed, err)
	}
	of := map[string][]string{}
	for _, d := range preview.Diagnostics {
		if text, resource := c.said(d.Message); text != "" {
			of[text] = append(of[text], resource)
		}
	}
	var page strings.Builder
	for _, text := range slices.Sorted(maps.Keys(of)) {
		page.WriteString(wrapped(text))
		slices.Sort(of[text])
		if resources := slices.Compact(of[text]); resources[0] != "" {
			page.WriteString(wrapped("<resource>: " + strings.Join(resources, ", ")))
		}
	}
	if err != nil {
		return page.String(), true
	}
	var plan []string
	for _, s := range preview.Steps {
		if s.Op != "same" && s.kind() != "aws:lambda/alias:Alias" && !strings.HasPrefix(s.kind(), "cc-eventbridge:") {
			plan = append(plan, wrapped(s.changes()))
		}
	}
	slices.Sort(plan)
	page.WriteString(strings.Join(plan, ""))
	return page.String(), false
}

var (
	urn = regexp.MustCompile(`urn:pulumi:[^"'\s]+`)
	// ours is what the CLI says of this machine, and what only says that there are errors.
	ours = regexp.MustCompile(`^(warning: using pulumi-resource-aws from|error: preview failed$)`)
	// around is what the CLI puts around the error of a program.
	around = regexp.MustCompile(`^error: an unhandled error occurred: program failed: \s*1 error occurred:\s*\* `)
)

// said is a text of the CLI with the resource that it names apart.
func (c *fixture) said(message string) (text, resource string) {
	text = strings.TrimSpace(message)
	if ours.MatchString(text) {
		return "", ""
	}
	if full := urn.FindString(text); full != "" {
		resource = shortURN(full)
		text = urn.ReplaceAllString(text, "<resource>")
	}
	text = around.ReplaceAllString(text, "error: ")
	return strings.ReplaceAll(text, c.stack.Name, "<stack>"), resource
}

// wrapped is a text in lines of the length that pages have.
func wrapped(text string) string {
	const most = 126
	var out strings.Builder
	for line := range strings.Lines(strings.TrimSpace(text)) {
		left := most
		for i, word := range strings.Fields(line) {
			if i > 0 && left < len(word)+1 {
				out.WriteString("\n ")
				left = most - 1
			}
			for i > 0 && len(word) > left-1 {
				out.WriteString(" " + word[:left-1] + "\n ")
				word, left = word[left-1:], most-1
			}
			if i > 0 {
				word = " " + word
			}
			out.WriteString(word)
			left -= len(word)
		}
		out.WriteString("\n")
	}
	return out.String()
}

// planned is a step of a preview with what changes.
type planned struct {
	step
	OldState, NewState struct{ Inputs map[string]any }
}

func (s step) kind() string { return strings.Split(shortURN(s.URN), "::")[0] }

func shortURN(full string) string {
	parts := strings.Split(full, "::")
	kinds := strings.Split(parts[2], "$")
	return kinds[len(kinds)-1] + "::" + parts[3]
}

// changes is a step in one line, with the values that are short.
func (s planned) changes() string {
	var properties []string
	for _, path := range slices.Sorted(maps.Keys(s.DetailedDiff)) {
		was, is := short(s.OldState.Inputs[path]), short(s.NewState.Inputs[path])
		if was != "" && is != "" {
			path = fmt.Sprintf("%s %s => %s", path, was, is)
		}
		properties = append(properties, path)
	}
	line := fmt.Sprintf("%s %s", s.Op, shortURN(s.URN))
	if len(properties) > 0 {
		line += ": " + strings.Join(properties, ", ")
	}
	return line
}

// short is a value that fits into a line, or nothing.
func short(value any) string {
	switch v := value.(type) {
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		if len(v) <= 20 && v != "[secret]" {
			return strconv.Quote(v)
		}
	}
	return ""
}
