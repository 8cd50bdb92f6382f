package cli

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cc-eventbridge/function/contract"
)

func TestSend(t *testing.T) {
	s := newServer(t)
	file := filepath.Join(t.TempDir(), "events.jsonl")
	write(t, file, callOf(1)+"\n\n"+`"{ not json"`+"\n"+callOf(2))
	send := func(args ...string) result {
		return ran(t, "", append([]string{"send", "--queue", s.url(callers, "ingestion"), "--rate", "1000"}, args...)...)
	}
	if r := send(file, "--dry-run"); !strings.HasPrefix(r.out, "would send 3 events") {
		t.Errorf("%+v", r)
	}
	send(file).fails(t, statusUsage, "Send 3 events to")
	s.holds(t, 0, 0)
	if r := send(file, "--yes", "--json"); r.status != 0 || !strings.Contains(r.out, `"sent":3,"of":3`) {
		t.Errorf("%+v", r)
	}
	s.holds(t, 0, 3)
	if got := s.queues["ingestion"][1].body; got != "{ not json" {
		t.Errorf("%q was sent for a raw body", got)
	}
	for text, want := range map[string]string{
		callOf(1) + "\n[1]": "line 2 should be a JSON object",
		`{"a":` + secret:    "line 1 should be a JSON object",
		`""`:                "line 1 should be a JSON object",
		"\n":                "has no events",
		`{"a":"` + strings.Repeat("x", maxBody) + `"}`: `use "ops send-large"`,
	} {
		write(t, file, text)
		send(file, "--yes").fails(t, statusFailed, want)
	}
	send(file, "--rate", "0").fails(t, statusUsage, "--rate is 0")
	s.holds(t, 0, 3)
}

func TestProbe(t *testing.T) {
	s := newServer(t)
	file := s.outputs(t)
	if r := ran(t, "", "probe", "--outputs", file, "--dry-run"); !strings.HasPrefix(r.out, `would send the event direct["telephony.call.created",`) {
		t.Errorf("%+v", r)
	}
	ran(t, "", "probe", "--outputs", file).fails(t, statusUsage, "The downstream gets it.")
	ran(t, "", "probe", "--outputs", file, "--topic", "", "--yes").fails(t, statusUsage, "makes no event")
	s.holds(t, 0, 0)
	s.stack.records = []string{"", contract.StateInProgress, contract.StateCompleted}
	var got probed
	r := ran(t, "", "probe", "--outputs", file, "--yes", "--json")
	if err := json.Unmarshal([]byte(r.out), &got); err != nil || r.status != 0 || got.State != contract.StateCompleted || got.EventID != s.stack.read || got.EventID == "" {
		t.Errorf("%+v, %v; the record %s was read", r, err, s.stack.read)
	}
	if _, key, err := probeEvent("telephony.call.created", time.Unix(0, 7)); err != nil || key != `direct["telephony.call.created","1970-01-01T00:00:00.000000007Z","probe-7"]` {
		t.Errorf("%s, %v", key, err)
	}
	s.holds(t, 0, 1)
	s.stack.records = []string{contract.StateInProgress}
	ran(t, "", "probe", "--outputs", file, "--yes", "--wait", "200ms").fails(t, statusFailed, "not delivered within 200ms: it was tried")
	s.stack.records = []string{""}
	ran(t, "", "probe", "--outputs", file, "--yes", "--wait", "200ms").fails(t, statusFailed, "there is no record of it")
}
