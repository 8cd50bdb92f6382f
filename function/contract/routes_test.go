package contract

import "testing"

func TestMatchTopic(t *testing.T) {
	for _, c := range []struct {
		pattern, topic string
		want           bool
	}{
		{"telephony.call.created", "telephony.call.created", true},
		{"telephony.call.created", "telephony.call.create", false},
		{"telephony.call.created", "Telephony.call.created", false},
		{"v2.users.{id}.presence", "v2.users.{id}.presence", true},
		{"telephony.*", "telephony.call.created", true},
		{"telephony.*", "telephony.", true},
		{"telephony.*", "telephony", false},
		{"*", "", true},
		{"*", "anything", true},
		{"*.created", "telephony.call.created", true},
		{"*.created", "created", false},
		{"v2.*.{id}.*.end", "v2.detail.events.conversation.{id}.customer.end", true},
		{"v2.*.{id}.*.end", "v2.detail.events.conversation.{id}.end", false},
		{"v2.*.{id}.*.end", "v2.detail.events.conversation.{id}.acd.start", false},
		{"a*a", "a", false},
		{"a*a", "aa", true},
		{"a*b*a", "a", false},
		{"a*b*c", "axbxbxc", true},
		{"**", "x", true},
		{"", "", true},
		{"", "x", false},
		// Of a pattern: whether all is matched that it matches.
		{"telephony.*", "telephony.call.*", true},
		{"telephony.call.*", "telephony.*", false},
		{"*.created", "telephony.*", false},
		{"*", "*", true},
		{"a*", "a", true},
		{"a", "a*", false},
	} {
		if got := MatchTopic(c.pattern, c.topic); got != c.want {
			t.Errorf("%q matches %q: %t, want %t", c.pattern, c.topic, got, c.want)
		}
	}
}

func TestARouteMatchesByAnyOfItsTopics(t *testing.T) {
	route := Route{Topics: []string{"a.*", "b"}}
	for topic, want := range map[string]bool{"a.x": true, "b": true, "b.x": false} {
		if got := route.Matches(topic); got != want {
			t.Errorf("%s: %t, want %t", topic, got, want)
		}
	}
	if !(Route{}).Matches("whatever") {
		t.Error("the default does not match")
	}
}
