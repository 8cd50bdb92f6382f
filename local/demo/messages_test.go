package demo

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/event"
	"cc-eventbridge/local/cloud"
	"cc-eventbridge/local/traffic"
)

func TestTheBuiltInEventsTakeTheIntakeOfTheirEnvelope(t *testing.T) {
	m := builtIn(traffic.Payloads{Bucket: "payloads-of-a-stack", Endpoint: "http://127.0.0.1:4566"})
	if sum := m.expected.Delivered + m.expected.Duplicates + m.expected.Quarantined + m.expected.DeadLettered; sum != len(m.direct)+len(m.published) {
		t.Errorf("%d + %d messages are sent, of %d", len(m.direct), len(m.published), sum)
	}
	for _, body := range m.published {
		published, ok := traffic.Publication(body)
		if !ok || !slices.Contains(cloud.Topics(), published.Topic) {
			t.Errorf("published: %v, with the topic %q, which the stack has not subscribed to", ok, published.Topic)
		}
	}
	reader := decode.NewReader(decode.Limits{MaxBytes: 1 << 20}, decode.ClaimCheckRules{})
	replays := 0
	for _, message := range m.direct {
		opened, err := reader.Open(decode.Message{Body: []byte(message.Body)}, nil)
		switch {
		case err != nil || opened.Path != "direct" && opened.Path != "eventbridge":
			continue // one of those that can never succeed, or that producers wrap
		case opened.Event.Replay != "":
			replays++
		case opened.Event.Envelope != event.Direct || !slices.Contains(cloud.EventTypes(), opened.Event.Type):
			t.Errorf("the writer role sends an event of envelope %v and type %s", opened.Event.Envelope, opened.Event.Type)
		}
	}
	if replays == 0 {
		t.Error("no event is the replay of an archive")
	}
}

func TestAFileGoesToTheQueueWhateverItHas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	published := traffic.Bare(`{"source":"` + cloud.Source + `","detail-type":"t","detail":{}}`)[0]
	if err := os.WriteFile(path, []byte(published.Body), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := fromFile(path, func(reason string) { t.Error(reason) })
	if err != nil || len(m.direct) != 1 || m.direct[0].Body != published.Body || len(m.published) > 0 {
		t.Errorf("%d messages go to the queue and %d to the bus, want 1 and none: %v", len(m.direct), len(m.published), err)
	}
}

func TestEnforcingATopicLeavesAllElseAsItIs(t *testing.T) {
	for name, test := range map[string]struct{ document, want string }{
		"no flags":              {`{}`, `{"topics":{"t":{"schema":"enforce"}}}`},
		"flags of other topics": {`{"logLevel":"warn","topics":{"u":{"state":"paused"}}}`, `{"logLevel":"warn","topics":{"t":{"schema":"enforce"},"u":{"state":"paused"}}}`},
		"flags of the topic":    {`{"topics":{"t":{"schema":"off","version":"1"}}}`, `{"topics":{"t":{"schema":"enforce","version":"1"}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := enforcing([]byte(test.document), "t")
			if err != nil || string(got) != test.want {
				t.Errorf("got %s, %v; want %s", got, err, test.want)
			}
		})
	}
	if _, err := enforcing([]byte("[]"), "t"); err == nil {
		t.Error("what is no object was taken for flags")
	}
}
