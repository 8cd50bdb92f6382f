package process_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/flags"
)

const drifted = `{"event":{"type":"telephony.call.created","data":{"id":{"was":"text"},"text":"hello"}},"timestamp":1}`

// enforceID is a flags document by which the id of a call must be text.
const enforceID = `{"topics":{"telephony.call.created":{"schema":"enforce","version":"7"}},
	"schemas":{"telephony.call.created":{"7":{"type":"object","properties":{"id":{"type":"string"}}}}}}`

func claimCheck(key string) string {
	return `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"bucket","s3Key":"` + key + `"}]`
}

func claimChecks(count int) []message {
	var messages []message
	for n := range count {
		messages = append(messages, message{id: fmt.Sprint("m", n), body: claimCheck(fmt.Sprint("payloads/", n))})
	}
	return messages
}

// gzipped is a body as the "compressed" decoder reads it.
func gzipped(t *testing.T, body string) string {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := io.WriteString(w, body)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(packed.Bytes())
}

// TestPayloads is what becomes of a message by its payload and by the flags.
func TestPayloads(t *testing.T) {
	cases := []struct {
		name        string
		flags       string
		before      func(w *world)
		messages    []message
		failed      []string
		runs        int
		quarantined []string
		path        string
		visibility  map[string]int32 // at least
		metrics     string
		log         string
	}{
		{
			name: "a claim check: what it points to is delivered", before: func(w *world) { w.payloads.holds("payloads/a", directBody(0, "hello")) },
			messages: []message{{id: "m0", body: claimCheck("payloads/a")}}, runs: 1,
		},
		{
			name: "a claim check to nothing: quarantined", messages: []message{{id: "m0", body: claimCheck("payloads/none")}},
			quarantined: []string{"missing-object"}, log: `"stage":"fetch"`, metrics: `"QuarantinedMessages":1`,
		},
		{
			name:     "a claim check to another bucket: quarantined before anything is read",
			messages: []message{{id: "m0", body: strings.ReplaceAll(claimCheck("payloads/a"), `"bucket"`, `"other"`)}}, quarantined: []string{"foreign-bucket"},
		},
		{
			name: "a claim check to itself: quarantined", before: func(w *world) { w.payloads.holds("payloads/a", claimCheck("payloads/a")) },
			messages: []message{{id: "m0", body: claimCheck("payloads/a")}}, quarantined: []string{"pointer-loop"},
		},
		{
			name: "a bucket that throttles: the message fails, its neighbours don't",
			before: func(w *world) {
				w.payloads["payloads/a"] = func(context.Context) ([]byte, error) { return nil, errors.New("SlowDown") }
			},
			messages: []message{{id: "m0", body: claimCheck("payloads/a")}, event(1)}, failed: []string{"m0"}, runs: 1,
			visibility: map[string]int32{"r-m0": 5},
		},
		{
			name: "a bucket that hangs: the message fails, and there is time for its neighbours",
			before: func(w *world) {
				w.payloads["payloads/a"] = func(ctx context.Context) ([]byte, error) {
					<-ctx.Done()
					return nil, ctx.Err()
				}
				w.downstream.answer = func(ctx context.Context, _ deliver.Delivery) error {
					select {
					case <-ctx.Done():
						return ctx.Err()
					case <-time.After(time.Minute):
						return nil
					}
				}
			},
			messages: []message{{id: "m0", body: claimCheck("payloads/a")}, event(1)}, failed: []string{"m0"}, runs: 1,
		},
		{
			name:     "a panic while a payload is read fails its message only",
			before:   func(w *world) { w.payloads["payloads/a"] = func(context.Context) ([]byte, error) { panic("secret") } },
			messages: []message{{id: "m0", body: claimCheck("payloads/a")}, event(1)}, failed: []string{"m0"}, runs: 1, log: "the handling of a message panicked",
		},
		{
			name: "payloads that together are more than the memory there is: all are delivered, one after the other",
			before: func(w *world) {
				w.config.ExpansionBytes = 1000
				for n := range 3 {
					w.payloads.holds(fmt.Sprintf("payloads/%d", n), directBody(n, strings.Repeat("hello", 300)))
				}
			},
			messages: []message{{id: "m0", body: claimCheck("payloads/0")}, {id: "m1", body: claimCheck("payloads/1")}, {id: "m2", body: claimCheck("payloads/2")}, event(9)},
			runs:     4, log: `"rounds":3`,
		},
		{
			name: "payloads of which the second is more than what is left: it waits for the next round",
			before: func(w *world) {
				w.config.ExpansionBytes = 2000
				w.payloads.holds("payloads/0", directBody(0, strings.Repeat("hello", 300)))
				w.payloads.holds("payloads/1", directBody(1, strings.Repeat("hello", 300)))
				w.payloads.holds("payloads/2", directBody(2, "hello"))
			},
			messages: claimChecks(3), runs: 3, log: `"rounds":2`,
		},
		{
			name: "a payload that is refused leaves its memory to the next",
			before: func(w *world) {
				w.config.ExpansionBytes = 2000
				w.payloads.holds("payloads/0", strings.Repeat(" ", 1500)+claimCheck("payloads/0"))
				w.payloads.holds("payloads/1", directBody(1, strings.Repeat("hello", 300)))
			},
			messages: claimChecks(2), runs: 1, quarantined: []string{"pointer-loop"},
		},
		{
			name:     "compressed bodies that together are more than the memory there is: the second waits for the next round",
			before:   func(w *world) { w.config.ExpansionBytes = 2000 },
			messages: []message{{id: "m0", body: gzipped(t, directBody(0, strings.Repeat("hello", 300)))}, {id: "m1", body: gzipped(t, directBody(1, strings.Repeat("hello", 300)))}},
			runs:     2, log: `"rounds":2`,
		},
		{
			name: "a notification in a claim check, together more than the memory there is: delivered, like any payload by itself",
			before: func(w *world) {
				w.config.ExpansionBytes = 2000
				message := directBody(0, strings.Repeat("hello", 300))
				w.payloads.holds("payloads/0", `{"Type":"Notification","TopicArn":"t","Message":`+strconv.Quote(message)+`}`)
			},
			messages: claimChecks(1), runs: 1, log: `"rounds":1`,
		},
		{
			name: "ten claim checks to what is not large: all are delivered",
			before: func(w *world) {
				for n := range 10 {
					w.payloads[fmt.Sprintf("payloads/%d", n)] = func(context.Context) ([]byte, error) {
						time.Sleep(20 * time.Millisecond)
						return []byte(directBody(n, strings.Repeat("hello", 60_000))), nil
					}
				}
			},
			messages: claimChecks(10), runs: 10,
		},
		{
			name: "bodies whose decoding takes longer than there is time: they come again at once",
			before: func(w *world) {
				w.payloads["payloads/0"] = func(context.Context) ([]byte, error) {
					time.Sleep(119 * time.Second)
					return []byte(directBody(0, "hello")), nil
				}
			},
			messages: append(claimChecks(1), event(9)), failed: []string{"m0", "m9"}, visibility: map[string]int32{"r-m0": 0, "r-m9": 0},
			metrics: `"NeverRun":2`,
		},
		{
			name:     "an unknown topic is delivered and counted",
			messages: []message{{id: "m0", body: `{"event":{"type":"nobody.knows","data":{"id":"1"}},"timestamp":1}`}}, runs: 1,
			metrics: `"UnknownTopics":1`, log: "there is no schema for a topic",
		},
		{
			name:     "an unknown topic that a sender put something else in: the log has its hash",
			messages: []message{{id: "m0", body: `{"event":{"type":"secret +4915112345678","data":{"id":"1"}},"timestamp":1}`}}, runs: 1,
			metrics: `"UnknownTopics":1`, log: `"topic":"sha256:`,
		},
		{
			name: "a mismatch is delivered, counted and logged", flags: strings.ReplaceAll(enforceID, "enforce", "warn"),
			messages: []message{{id: "m0", body: drifted}}, runs: 1, metrics: `"SchemaMismatches":1`, log: "/properties/id/type",
		},
		{
			name: "a mismatch that is enforced is quarantined with its path", flags: enforceID,
			messages: []message{{id: "m0", body: drifted}, event(1)}, runs: 1, quarantined: []string{"schema-mismatch"},
			path: "/properties/id/type", metrics: `"SchemaMismatches":1`,
		},
		{
			name: "a mismatch is nothing where nothing is validated", flags: strings.ReplaceAll(enforceID, "enforce", "off"),
			messages: []message{{id: "m0", body: drifted}}, runs: 1,
		},
		{
			name: "a paused topic waits an hour", flags: `{"topics":{"telephony.call.created":{"state":"paused"}}}`,
			messages: events(0, 1), failed: []string{"m0"}, visibility: map[string]int32{"r-m0": 3600}, metrics: `"PausedEvents":1`,
		},
		{
			name: "a paused topic waits as long as it can at its last receive", flags: `{"topics":{"telephony.call.created":{"state":"paused"}}}`,
			messages: []message{{id: "m0", body: directBody(0, "hello"), receives: 3}}, failed: []string{"m0"}, visibility: map[string]int32{"r-m0": 11 * 3600}, metrics: `"PausedEvents":1`,
		},
		{
			name: "a dropped topic is acknowledged and counted", flags: `{"topics":{"telephony.call.created":{"state":"dropped"}}}`,
			messages: events(0, 2), metrics: `"DroppedEvents":2`,
		},
		{
			name:     "half of a surrogate pair: quarantined",
			messages: []message{{id: "m0", body: strings.ReplaceAll(directBody(0, "hello"), "hello", `\ud83d`)}}, quarantined: []string{"invalid-utf8"},
		},
		{
			name: "half of a surrogate pair that flags let through: delivered", flags: `{"loneSurrogates":"replace"}`,
			messages: []message{{id: "m0", body: strings.ReplaceAll(directBody(0, "hello"), "hello", `\ud83d`)}}, runs: 1,
		},
		{
			name: "a decoder that is off: quarantined", flags: `{"decoders":{"claim-check":false}}`,
			messages: []message{{id: "m0", body: claimCheck("payloads/a")}}, quarantined: []string{"decoder-off"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				if c.flags != "" {
					w.set(t, c.flags)
				}
				if c.before != nil {
					c.before(w)
				}
				failed := w.invoke(t, c.messages...)
				same(t, "failed", failed, c.failed)
				same(t, "quarantined", w.queues.reasons(), c.quarantined)
				if got := w.downstream.total(); got != c.runs {
					t.Errorf("ran %d times, want %d", got, c.runs)
				}
				for handle, least := range c.visibility {
					if got := w.queues.visibility[handle]; len(got) == 0 || got[len(got)-1] < least {
						t.Errorf("visibility of %s is %v, want at least %d", handle, got, least)
					}
				}
				if !strings.Contains(w.metrics.String(), c.metrics) || c.metrics == "" && len(c.quarantined) == 0 && w.metrics.String() != "" {
					t.Errorf("metrics %q, want %q", &w.metrics, c.metrics)
				}
				if log := w.log.String(); !strings.Contains(log, c.log) || strings.Contains(log, "hello") || strings.Contains(log, "secret") {
					t.Errorf("the log lacks %q or has a payload's value in it: %s", c.log, log)
				}
				if c.path != "" {
					if got := *w.queues.quarantined[0].MessageAttributes["schemaPath"].StringValue; got != c.path {
						t.Errorf("path %s, want %s", got, c.path)
					}
				}
			})
		})
	}
}

func TestMismatchIsLoggedOncePerShape(t *testing.T) {
	w := newWorld()
	w.set(t, strings.ReplaceAll(enforceID, "enforce", "warn"))
	p := w.processor()
	for n := range 3 {
		w.invokeWith(t.Context(), t, p, message{id: fmt.Sprint("m", n), body: strings.ReplaceAll(drifted, `"timestamp":1`, fmt.Sprintf(`"timestamp":%d`, n))})
	}
	if got := strings.Count(w.log.String(), "does not match"); got != 1 {
		t.Errorf("logged %d times, want once", got)
	}
}

func TestFlagsNameTheDecodersThereAre(t *testing.T) {
	got, want := flags.Decoders(), decode.Names()
	slices.Sort(got)
	slices.Sort(want)
	same(t, "decoders", got, want)
}
