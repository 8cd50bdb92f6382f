package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"cc-eventbridge/ops/replay"
)

// on runs a command on a queue of the fake.
func (s *server) on(t *testing.T, queue, command string, args ...string) result {
	t.Helper()
	return ran(t, "", append(strings.Fields(command), append([]string{"--from", s.url(callers, queue)}, args...)...)...)
}

// newSet is a fake with dead letters and quarantined messages.
func newSet(t *testing.T, dead, quarantined int) *server {
	s := newServer(t)
	s.queues["dead"] = nil
	s.deadLetter(dead)
	s.quarantineCalls(quarantined)
	return s
}

// untouched checks that the queues have what they had, and nothing is hidden.
func (s *server) untouched(t *testing.T, dead, quarantined int) {
	t.Helper()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.queues["dead"]) != dead || len(s.queues["validation"]) != quarantined || len(s.queues["ingestion"]) != 0 || s.hidden() != 0 {
		t.Errorf("%d dead letters, %d quarantined, %d sent, %d hidden; want %d and %d", len(s.queues["dead"]), len(s.queues["validation"]),
			len(s.queues["ingestion"]), s.hidden(), dead, quarantined)
	}
}

func TestListCountsAndShowsNoBodies(t *testing.T) {
	s := newSet(t, 3, 12)
	s.queues["validation"] = append(s.queues["validation"], &message{id: "q99", body: "{" + secret, attributes: quarantinedFor("not-json", `{}`)})
	r := s.on(t, "validation", "quarantine list")
	for _, want := range []string{
		"│ q11 │", "│ 12 │ schema-mismatch │ telephony.call.created │", "│ 1 │ not-json │ ? │",
		"13 messages, of 13 that were read; about 13 wait and 0 are hidden",
	} {
		if !strings.Contains(narrow(r.out), want) {
			t.Errorf("%q is missing from\n%s", want, r.out)
		}
	}
	if r.status != 0 || r.err != "looking hides messages from others for up to 1m0s; they are given back at the end\n" {
		t.Errorf("%+v", r)
	}
	r = s.on(t, "dead", "dlq list", "--json", "--limit", "2")
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	var first listedMessage
	var end listEnd
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil || first.ID != "d0" || first.Topic != "telephony.call.created" || first.Reason != "" {
		t.Errorf("%s, %v", lines[0], err)
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &end); err != nil || end.Matched != 2 || end.Incomplete != "the limit of 2 was reached" || len(lines) != 3 {
		t.Errorf("%s, %v", r.out, err)
	}
	if !strings.Contains(r.err, "this may not be all: the limit of 2 was reached; 3 of about 3 messages were read") {
		t.Error(r.err)
	}
	s.untouched(t, 3, 13)

	s.queues["dead"][0].hidden = true
	if r := s.on(t, "dead", "dlq list"); !strings.Contains(r.err, "this may not be all: about 1 messages were hidden by others; 2 of about 2") {
		t.Error(r.err)
	}
}

// TestAnInterruptedListGivesBack gets a real signal in the middle of its second receive.
func TestAnInterruptedListGivesBack(t *testing.T) {
	const messages = 2000 // more than can be read before a signal arrives
	s := newSet(t, messages, 0)
	calls := 0
	s.call = func() (bool, func()) {
		if calls++; calls == 4 { // attributes, moves, and the first receive
			if err := syscall.Kill(syscall.Getpid(), syscall.SIGINT); err != nil {
				t.Error(err)
			}
		}
		return false, nil
	}
	r := s.on(t, "dead", "dlq list", "--limit", "0")
	r.fails(t, statusFailed, "interrupted after ")
	if !strings.Contains(r.err, "all of them visible again") || !strings.Contains(r.err, "this may not be all: it was interrupted") {
		t.Error(r.err)
	}
	s.untouched(t, messages, 0)
}

func TestShowPrintsABodyOnlyWhenAsked(t *testing.T) {
	s := newSet(t, 1, 3)
	r := s.on(t, "validation", "quarantine show", "q1")
	if r.status != 0 || !strings.Contains(narrow(r.out), "│ stage │ validate │") || strings.Contains(r.out, "came with") {
		t.Errorf("%+v", r)
	}
	if r := s.on(t, "validation", "quarantine show", "q1", "--json"); strings.Contains(r.out, "original") {
		t.Errorf("%+v", r)
	}
	for queue, command := range map[string][]string{"validation": {"quarantine", "show", "q1"}, "dead": {"dlq", "show", "d0"}} {
		for _, format := range []string{"--json=false", "--json"} {
			var out, problems bytes.Buffer
			status := Main(append(command, "--from", s.url(callers, queue), "--body", format), Streams{Out: &out, Err: &problems})
			if status != 0 || !strings.Contains(out.String(), secret) {
				t.Errorf("%v %s: status %d, %s%s", command, format, status, out.String(), problems.String())
			}
		}
	}
	s.on(t, "validation", "quarantine show", "q7").fails(t, statusFailed, "message q7 is not among the 3 that were read")
	s.untouched(t, 1, 3)
}

func TestExport(t *testing.T) {
	s := newSet(t, 25, 0)
	file := filepath.Join(t.TempDir(), "dead.jsonl")
	if r := s.on(t, "dead", "dlq export", file, "--dry-run"); r.out != "would export 25 messages\n" {
		t.Errorf("%+v", r)
	}
	s.on(t, "nowhere", "dlq export", file).fails(t, statusFailed, "there is no such queue")
	if r := s.on(t, "dead", "dlq export", file); r.status != 0 || !strings.HasPrefix(r.out, "exported 25 messages to "+file) {
		t.Errorf("%+v", r)
	}
	s.on(t, "dead", "dlq export", file).fails(t, statusFailed, "file exists")
	info, err := os.Stat(file)
	text, readErr := os.ReadFile(file)
	var m replay.Message
	if err != nil || readErr != nil || info.Mode().Perm() != 0o600 || bytes.Count(text, []byte("\n")) != 25 {
		t.Errorf("%v of %d lines, %v, %v", info.Mode(), bytes.Count(text, []byte("\n")), err, readErr)
	}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&m); err != nil || m.Body != callOf(0) || *m.Attributes["n"].StringValue != "0" {
		t.Errorf("%+v, %v", m, err)
	}
	s.untouched(t, 25, 0)
}

func TestNothingRunsBesideAMessageMove(t *testing.T) {
	s := newSet(t, 3, 0)
	s.moving = "RUNNING"
	file := filepath.Join(t.TempDir(), "dead.jsonl")
	for _, command := range [][]string{{"dlq list"}, {"dlq show", "d0"}, {"dlq export", file}, {"dlq redrive", "--to", s.url(callers, "ingestion"), "--yes"}} {
		s.on(t, "dead", command[0], command[1:]...).fails(t, statusFailed, "SQS is moving its messages (7 of about 0 so far): wait until it has ended")
	}
	s.moving = "COMPLETED"
	if r := s.on(t, "dead", "dlq list"); r.status != 0 {
		t.Errorf("%+v", r)
	}
	s.untouched(t, 3, 0)
}

func TestRedriveSaysWhatIsThereFirst(t *testing.T) {
	s := newSet(t, 12, 0)
	to := []string{"--to", s.url(callers, "ingestion")}
	r := s.on(t, "dead", "dlq redrive", to...)
	r.fails(t, statusUsage, "About 12 messages wait")
	if !strings.Contains(narrow(r.err), "│ 12 │ - │ telephony.call.created │") || strings.Count(r.err, "│ d") != samples {
		t.Error(r.err)
	}
	s.untouched(t, 12, 0)
	if r := s.on(t, "dead", "dlq redrive", append(to, "--topic", "v2.users.{id}.presence", "--yes")...); r.status != 0 || r.out != "replayed 0, left 12\n" {
		t.Errorf("%+v", r)
	}
	s.untouched(t, 12, 0)
	if r := s.on(t, "dead", "dlq redrive", append(to, "--dry-run")...); r.out != "would replay 12, leave 0\n" {
		t.Errorf("%+v", r)
	}
	s.untouched(t, 12, 0)
	if r := s.on(t, "dead", "dlq redrive", append(to, "--yes", "--since", "1h", "--limit", "5", "--json")...); !strings.Contains(r.out, `"replayed":5`) {
		t.Errorf("%+v", r)
	}
	if len(s.queues["dead"]) != 7 || len(s.queues["ingestion"]) != 5 || s.hidden() != 0 {
		t.Errorf("%d are left, %d were sent", len(s.queues["dead"]), len(s.queues["ingestion"]))
	}
}

func TestATerminalGetsABar(t *testing.T) {
	s := newSet(t, 12, 0)
	var out, problems bytes.Buffer
	args := []string{"dlq", "redrive", "--from", s.url(callers, "dead"), "--to", s.url(callers, "ingestion"), "--yes"}
	status := Main(args, Streams{Out: &out, Err: &problems, Bars: true})
	if status != 0 || out.String() != "replayed 12, left 0\n" || !strings.Contains(problems.String(), "sent again ... done! [12 in ") {
		t.Errorf("status %d, %s%s", status, out.String(), problems.String())
	}
}

// TestTheRulesDeadLetters are in reach of both groups: by their ERROR_CODE, and without the attributes that EventBridge gave them.
func TestTheRulesDeadLetters(t *testing.T) {
	for _, command := range []string{"dlq redrive", "quarantine replay"} {
		s := newSet(t, 0, 0)
		s.queues["rule"] = nil
		text := func(s string) map[string]string { return map[string]string{"DataType": "String", "StringValue": s} }
		for i, code := range []string{"NO_PERMISSIONS", "SDK_CLIENT_ERROR"} {
			s.queues["rule"] = append(s.queues["rule"], &message{
				id: code, body: callOf(i), attributes: map[string]any{"RULE_ARN": text("arn"), "ERROR_CODE": text(code)},
			})
		}
		s.moving = "RUNNING" // of another queue: SQS can't move from this one
		r := s.on(t, "rule", command, "--queue", "rule", "--reason", "NO_PERMISSIONS", "--yes", "--to", s.url(callers, "ingestion"))
		if r.status != 0 || r.out != "replayed 1, left 1\n" || !strings.Contains(narrow(r.err), "│ 1 │ NO_PERMISSIONS │ telephony.call.created │") {
			t.Errorf("%s: %+v", command, r)
		}
		if got := s.queues["ingestion"]; len(got) != 1 || got[0].body != callOf(0) || len(got[0].attributes) != 0 || s.queues["rule"][0].id != "SDK_CLIENT_ERROR" {
			t.Errorf("%s: %d messages were sent", command, len(got))
		}
	}
}

func TestDiscardKeepsWhatItDeletes(t *testing.T) {
	s := newSet(t, 0, 12)
	file := filepath.Join(t.TempDir(), "kept.jsonl")
	s.on(t, "validation", "quarantine discard", "--yes").fails(t, statusUsage, "or else --all")
	s.on(t, "validation", "quarantine discard", "--yes", "--all", "--reason", "not-json").fails(t, statusUsage, "or else --all")
	s.on(t, "validation", "quarantine discard", "--reason", "schema-mismatch").fails(t, statusUsage, "for good, without a copy?")
	if r := s.on(t, "validation", "quarantine discard", "--all", "--dry-run"); r.out != "would discard 12, leave 0\n" {
		t.Errorf("%+v", r)
	}
	s.untouched(t, 0, 12)
	r := s.on(t, "validation", "quarantine discard", "--yes", "--id", "q3", "--keep", file, "--json")
	if r.status != 0 || !strings.Contains(r.out, `"discarded":1`) {
		t.Errorf("%+v", r)
	}
	if r := s.on(t, "validation", "quarantine discard", "--yes", "--all", "--keep", file); r.status != 0 || r.out != "discarded 11, left 0\n" {
		t.Errorf("%+v", r)
	}
	text, err := os.ReadFile(file)
	if err != nil || bytes.Count(text, []byte("\n")) != 12 || !bytes.HasPrefix(text, []byte(`{"messageId":"q3"`)) {
		t.Errorf("%d lines, %v", bytes.Count(text, []byte("\n")), err)
	}
	s.untouched(t, 0, 0)
}

func TestTheFormerReplaySaysWhatItIsNow(t *testing.T) {
	s := newSet(t, 0, 2)
	r := s.replay(t, "", "--yes", "--json")
	if r.status != 0 || !strings.HasPrefix(r.out, "{") || !strings.HasPrefix(r.err, `"ops replay" is deprecated: use "ops quarantine replay"`) {
		t.Errorf("%+v", r)
	}
}

func TestSelectionsThatAreWrong(t *testing.T) {
	for command, want := range map[string]string{
		"dlq":                                  "dlq what? Give one of list, show, redrive, export",
		"dlq liste":                            `unknown command "liste"`,
		"dlq list --queue validation --from a": `--queue is "validation", should be dead-letter or rule`,
		"dlq list --reason x --from a":         "a dead letter does not say why it is there",
		"quarantine list --since yesterday --from a":        `--since is "yesterday", should be a time such as 2h`,
		"quarantine list --hide 1s --from a":                "--hide is 1s, should be from 12s to 12h0m0s",
		"quarantine show --from a":                          "accepts 1 arg(s), received 0",
		"quarantine replay --rate -1 --from a --to b":       "--rate is -1, should be 0 or more",
		"quarantine replay --rate 0.001 --from a --to b":    "must be half of --hide",
		"quarantine discard --all --sample -1 --from a":     "--sample is -1",
		"quarantine list --queue rule":                      "no --from: give it, or --stack NAME to use the stack's output ruleDeadLetterQueueUrl",
		"dlq redrive":                                       "no --from: give it, or --stack NAME to use the stack's output deadLetterQueueUrl",
		"quarantine list --until 2026-01-31T00:00 --from a": "should be a time such as 2h or 2026-01-31T15:04:05Z",
	} {
		onlyEnvironment(t)
		ran(t, "", strings.Fields(command)...).fails(t, statusUsage, want)
	}
}
