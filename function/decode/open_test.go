package decode

import (
	"slices"
	"strings"
	"testing"

	"cc-eventbridge/function/event"
)

func TestWrappings(t *testing.T) {
	gzipped, zlibbed := gzipText(directEvent), zlibText(directEvent)
	cases := []struct {
		name, body string
		path       Path
		expanded   int
	}{
		{"none, direct", directEvent, "direct", 0},
		{"none, EventBridge", bridgeEvent, "eventbridge", 0},
		{"a notification", notification(directEvent), "sns>direct", len(directEvent)},
		{"a notification of EventBridge's", notification(bridgeEvent), "sns>eventbridge", len(bridgeEvent)},
		{"gzip", gzipped, "compressed>direct", len(directEvent)},
		{"zlib", zlibbed, "compressed>direct", len(directEvent)},
		{"gzip as bytes", string(gzipOf(directEvent)), "compressed>direct", len(directEvent)},
		{"gzip in a notification", notification(gzipped), "sns>compressed>direct", len(gzipped) + len(directEvent)},
		{"a notification in gzip", gzipText(notification(bridgeEvent)), "compressed>sns>eventbridge", len(notification(bridgeEvent)) + len(bridgeEvent)},
		{"zlib in gzip", gzipText(zlibbed), "compressed>compressed>direct", len(zlibbed) + len(directEvent)},
		{
			"four", notification(notification(notification(gzipped))), "sns>sns>sns>compressed>direct",
			len(notification(notification(gzipped))) + len(notification(gzipped)) + len(gzipped) + len(directEvent),
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			opened, err := newReader().Open(message(c.body), nil)
			if err != nil {
				t.Fatal(err)
			}
			if opened.ClaimCheck != nil || opened.Event.Type != "t" || opened.Path != c.path || opened.Expanded != c.expanded {
				t.Errorf("path %s, want %s; %d bytes expanded, want %d; %s", opened.Path, c.path, opened.Expanded, c.expanded, describe(opened.Event))
			}
		})
	}
}

func TestTooManyWrappings(t *testing.T) {
	body := directEvent
	for range MaxWrappings + 1 {
		body = notification(body)
	}
	opened, err := newReader().Open(message(body), nil)
	if reasonOf(t, err) != TooManyEnvelopes || opened.Event.Type != "" {
		t.Errorf("%v, %s", err, opened.Path)
	}
}

// TestAttributesInside passes a message's attributes on to what is inside, and those of a notification in their place.
func TestAttributesInside(t *testing.T) {
	attributes := func(value string) []byte {
		return []byte(`{"content-encoding":{"stringValue":"` + value + `","dataType":"String"}}`)
	}
	const deflated = `q1ZKLUvNK1Gyqlaqykmt` // no header: only an attribute can say that it is compressed
	cases := []struct {
		name, body, attribute string
		reason                Reason
	}{
		{"none", notification(deflated), "", NotJSON},
		{"the message's", notification(deflated), "deflate", CorruptCompression},
		{"the notification's", strings.Replace(notification(deflated), `{`, `{"MessageAttributes":{"content-encoding":{"Type":"String","Value":"deflate"}},`, 1), "", CorruptCompression},
		{"none of the notification's", strings.Replace(notification(deflated), `{`, `{"MessageAttributes":{},`, 1), "deflate", NotJSON},
		{"once it was used", gzipText(deflated), "deflate", NotJSON},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := message(c.body)
			if c.attribute != "" {
				m.Attributes = attributes(c.attribute)
			}
			if _, err := newReader().Open(m, nil); reasonOf(t, err) != c.reason {
				t.Errorf("%v, want reason %s", err, c.reason)
			}
		})
	}
}

func TestSwitches(t *testing.T) {
	bodies := map[string]string{
		"direct": directEvent, "eventbridge": bridgeEvent, "sns": notification(directEvent), "compressed": gzipText(directEvent), "claim-check": claimCheck,
	}
	if names := Names(); len(names) != len(bodies) {
		t.Fatalf("decoders %v", names)
	}
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			off := func(decoder string) bool { return decoder != name }
			opened, err := newReader().Open(message(bodies[name]), off)
			if reasonOf(t, err) != DecoderOff || opened.Path != "" {
				t.Errorf("switched off: %v, %s", err, opened.Path)
			}
			only := func(decoder string) bool { return decoder == name || decoder == "direct" }
			if _, err := newReader().Open(message(bodies[name]), only); err != nil {
				t.Errorf("the others switched off: %v", err)
			}
		})
	}
	off := func(string) bool { return false }
	if _, err := newReader().Open(message(`{}`), off); reasonOf(t, err) != UnknownEnvelope {
		t.Errorf("what no decoder recognizes: %v", err)
	}
	inside, err := newReader().Open(message(notification(directEvent)), func(decoder string) bool { return decoder != "direct" })
	if reasonOf(t, err) != DecoderOff || inside.Path != "sns" {
		t.Errorf("switched off inside: %v, %s", err, inside.Path)
	}
}

func TestClaimCheck(t *testing.T) {
	cases := []struct {
		name, body, object string
		path               Path
		expanded           int
	}{
		{"an event", claimCheck, directEvent, "claim-check>direct", 0},
		{"a pre-signed URL", `{"payloadUrl":"https://stack-payloads.s3.eu-central-1.amazonaws.com/payloads/x?X-Amz-Signature=0"}`, bridgeEvent, "claim-check>eventbridge", 0},
		{"compressed bytes", claimCheck, string(gzipOf(directEvent)), "claim-check>compressed>direct", len(directEvent)},
		{"in a notification", notification(claimCheck), gzipText(directEvent), "sns>claim-check>compressed>direct", len(claimCheck) + len(directEvent)},
		{
			"in a compressed notification, four in all", gzipText(notification(claimCheck)), gzipText(directEvent), "compressed>sns>claim-check>compressed>direct",
			len(notification(claimCheck)) + len(claimCheck) + len(directEvent),
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			reader := newReader()
			opened, err := reader.Open(message(c.body), nil)
			if err != nil || opened.ClaimCheck == nil || opened.ClaimCheck.Bucket != "stack-payloads" || opened.ClaimCheck.Key != "payloads/x" || opened.Event.Envelope != "" {
				t.Fatalf("%v: %+v", err, opened)
			}
			opened, err = reader.Resume(opened, []byte(c.object), nil)
			if err != nil || opened.ClaimCheck != nil || opened.Event.Type != "t" || opened.Path != c.path || opened.Expanded != c.expanded {
				t.Errorf("%v: %+v", err, opened)
			}
		})
	}
}

// TestAttributesOfClaimCheck applies a message's attributes to the object that took its body's place.
func TestAttributesOfClaimCheck(t *testing.T) {
	reader := newReader()
	opened, err := reader.Open(Message{Body: []byte(claimCheck), Attributes: []byte(`{"Content-Encoding":{"stringValue":"deflate"}}`)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	deflated := []byte{1, byte(len(directEvent)), 0, ^byte(len(directEvent)), 0xff}
	opened, err = reader.Resume(opened, append(deflated, directEvent...), nil)
	if err != nil || opened.Event.Envelope != event.Direct {
		t.Errorf("%v: %+v", err, opened)
	}
}

func TestRefusedObjects(t *testing.T) {
	cases := []struct {
		name, object string
		reason       Reason
	}{
		{"the claim check itself", claimCheck, ClaimCheckLoop},
		{"another claim check", strings.Replace(claimCheck, "payloads/x", "quarantine/y", 1), ClaimCheckLoop},
		{"a foreign claim check", foreignClaimCheck, ClaimCheckLoop},
		{"a URL", `{"payloadUrl":"http://169.254.169.254/"}`, ClaimCheckLoop},
		{"a compressed claim check", gzipText(claimCheck), ClaimCheckLoop},
		{"a claim check in a notification", notification(claimCheck), ClaimCheckLoop},
		{"nothing", "", EmptyBody},
		{"a page of an error", "<html>", NotJSON},
		{"more than the maximum", strings.Repeat(" ", maximum+1), TooLarge},
		{"too many more wrappings", notification(notification(notification(notification(directEvent)))), TooManyEnvelopes},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			reader := newReader()
			opened, err := reader.Open(message(claimCheck), nil)
			if err != nil {
				t.Fatal(err)
			}
			opened, err = reader.Resume(opened, []byte(c.object), nil)
			if reasonOf(t, err) != c.reason || opened.ClaimCheck != nil || opened.Event.Envelope != "" {
				t.Errorf("%v, want reason %s: %+v", err, c.reason, opened)
			}
		})
	}
}

// TestMaximumOfAll has layers that are below the maximum each and above it together.
func TestMaximumOfAll(t *testing.T) {
	large := `{"event":{"type":"t","data":"` + strings.Repeat("abcdefghij", 100) + `"},"timestamp":1}`
	body := gzipText(notification(large))
	enough := len(notification(large)) + len(large)
	for _, c := range []struct {
		maximum int
		reason  Reason
	}{{enough, ""}, {enough - 1, TooLarge}, {len(large), TooLarge}, {0, TooLarge}, {-1, TooLarge}} {
		reader := NewReader(Limits{MaxBytes: c.maximum}, newRules())
		if _, err := reader.Open(message(body), nil); reasonOf(t, err) != c.reason {
			t.Errorf("maximum %d: %v, want reason %q", c.maximum, err, c.reason)
		}
	}
}

func TestResumeWithoutClaimCheck(t *testing.T) {
	opened, err := newReader().Open(message(directEvent), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newReader().Resume(opened, []byte(directEvent), nil); err == nil {
		t.Error("an event that was there was opened again")
	}
}

func TestNames(t *testing.T) {
	if names := Names(); !slices.Equal(names, []string{"direct", "eventbridge", "sns", "compressed", "claim-check"}) {
		t.Errorf("%v: flags and logs know the decoders by other names", names)
	}
}
