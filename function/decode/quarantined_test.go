package decode

import (
	"strings"
	"testing"
)

// fromQuarantine is a message that was quarantined, and whose body lies in the payload bucket.
var fromQuarantine = strings.Replace(claimCheck, "payloads/x", "quarantine/y", 1)

// TestBodiesThatComeBackFromQuarantine opens each body as it was opened when it came in the message itself.
func TestBodiesThatComeBackFromQuarantine(t *testing.T) {
	claimChecksOff := func(name string) bool { return name != "claim-check" }
	cases := []struct {
		name, body, object string // object is what the sender's own claim check leads to, if there is one
		enabled            func(string) bool
		path               Path
		reason             Reason
	}{
		{name: "an event", body: directEvent, path: "direct"},
		{name: "an event, with claim checks switched off", body: directEvent, enabled: claimChecksOff, path: "direct"},
		{name: "a notification of a claim check", body: notification(claimCheck), object: directEvent, path: "sns>claim-check>direct"},
		{
			name: "four wrappings, of which one is a claim check", body: gzipText(notification(claimCheck)), object: gzipText(directEvent),
			path: "compressed>sns>claim-check>compressed>direct",
		},
		{
			name: "a claim check, with claim checks switched off", body: notification(claimCheck), enabled: claimChecksOff,
			path: "sns", reason: DecoderOff,
		},
		{
			name: "five wrappings", body: notification(notification(notification(notification(notification(directEvent))))),
			path: "sns>sns>sns>sns>sns", reason: TooManyEnvelopes,
		},
		{name: "a claim check in a claim check", body: claimCheck, object: claimCheck, path: "claim-check>claim-check", reason: ClaimCheckLoop},
		{
			name: "a claim check to what was quarantined, in a claim check to what was quarantined", body: fromQuarantine, object: fromQuarantine,
			path: "claim-check>claim-check", reason: ClaimCheckLoop,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			reader := newReader()
			opened, err := reader.Open(message(fromQuarantine), c.enabled)
			if err != nil || opened.ClaimCheck == nil || opened.ClaimCheck.Key != "quarantine/y" || opened.Path != "" {
				t.Fatalf("%v: %+v", err, opened)
			}
			opened, err = reader.Resume(opened, []byte(c.body), c.enabled)
			if c.object != "" {
				if err != nil || opened.ClaimCheck == nil {
					t.Fatalf("%v: %+v", err, opened)
				}
				opened, err = reader.Resume(opened, []byte(c.object), c.enabled)
			}
			if reasonOf(t, err) != c.reason || opened.Path != c.path || opened.ClaimCheck != nil || c.reason == "" && opened.Event.Type != "t" {
				t.Errorf("%v, want reason %q and path %s: %+v", err, c.reason, c.path, opened)
			}
		})
	}
}

// TestAttributesOfBodiesFromQuarantine applies a message's attributes, which a replay sends along, to the body.
func TestAttributesOfBodiesFromQuarantine(t *testing.T) {
	reader := newReader()
	opened, err := reader.Open(Message{Body: []byte(fromQuarantine), Attributes: []byte(`{"compression":{"stringValue":"deflate"}}`)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	opened, err = reader.Resume(opened, inBase64(deflateOf(directEvent)), nil)
	if err != nil || opened.Path != "compressed>direct" {
		t.Errorf("%v: %+v", err, opened)
	}
}

// TestOnlyAllowedBodiesFromQuarantine has claim checks that the rules don't allow: they are refused like any other.
func TestOnlyAllowedBodiesFromQuarantine(t *testing.T) {
	cases := []struct {
		name, body string
		reason     Reason
	}{
		{"of another bucket", strings.Replace(fromQuarantine, "stack-payloads", "other", 1), ForeignBucket},
		{"of no name", strings.Replace(fromQuarantine, "quarantine/y", "quarantine/", 1), ForeignPrefix},
		{"climbing out", strings.Replace(fromQuarantine, "quarantine/y", "quarantine/../payloads/x", 1), BadClaimCheck},
		{"cut off", fromQuarantine[:len(fromQuarantine)-1], NotJSON},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			opened, err := newReader().Open(message(c.body), nil)
			if reasonOf(t, err) != c.reason || opened.ClaimCheck != nil {
				t.Errorf("%v, want reason %s: %+v", err, c.reason, opened)
			}
		})
	}
	opened, err := newReader().Open(message(notification(fromQuarantine)), func(name string) bool { return name != "claim-check" })
	if reasonOf(t, err) != DecoderOff {
		t.Errorf("one in a notification: %v, want it to be like every other claim check: %+v", err, opened)
	}
}
