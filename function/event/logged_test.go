package event_test

import (
	"io/fs"
	"strings"
	"testing"

	"cc-eventbridge/function/event"
	"cc-eventbridge/function/schemas"
)

func TestTopicsAreLoggedAsTheyAre(t *testing.T) {
	topics, err := fs.ReadDir(schemas.Files, ".")
	if err != nil || len(topics) == 0 {
		t.Fatalf("no schemas: %v", err)
	}
	names := []string{"v2.system.no_longer_subscribed.{id}", "v2.outbound.voice.campaigns.contact.postContact", "nobody.knows.yet"}
	for _, topic := range topics {
		names = append(names, topic.Name())
	}
	for _, name := range names {
		if got := (&event.Event{Type: name}).LoggedType(); got != name {
			t.Errorf("%s is logged as %s", name, got)
		}
	}
}

func TestWhatIsNoTopicIsLoggedByItsHash(t *testing.T) {
	logged := map[string]bool{}
	for _, name := range []string{
		"", "+4915112345678", "4915112345678", "jane.doe", "jane.doe@example.com", "call from Jane Doe", "v2.users.4915112345678.presence",
		"v2.users.0d0a5c0e-1111-4222-8333-444455556666.presence", "v2.users.{id}.", "v2.users.{+49}.presence", "v49.users.{id}", "a.b.\xff",
		"a.b.jané", "a.b.c\nlevel=ERROR", strings.Repeat("a.", 100) + "a",
	} {
		got := (&event.Event{Type: name}).LoggedType()
		if !strings.HasPrefix(got, "sha256:") || len(got) != len("sha256:")+12 || logged[got] {
			t.Errorf("%q is logged as %s", name, got)
		}
		logged[got] = true
	}
}
