package identify_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/identify"
)

const claimCheck = `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"b","s3Key":"payloads/x"}]`

func newReader() *decode.Reader {
	return decode.NewReader(decode.Limits{MaxBytes: 1 << 20}, decode.ClaimCheckRules{Bucket: "b", Region: "eu-central-1", Prefixes: []string{"payloads/"}})
}

func compressed(t *testing.T, body string, writer func(io.Writer) io.WriteCloser) string {
	t.Helper()
	var packed bytes.Buffer
	w := writer(&packed)
	if _, err := io.WriteString(w, body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(packed.Bytes())
}

// TestSameEventInAnyWrapping gives one event one identity, in whatever it comes.
func TestSameEventInAnyWrapping(t *testing.T) {
	toGzip := func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
	toZlib := func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
	toDeflate := func(w io.Writer) io.WriteCloser {
		deflater, _ := flate.NewWriter(w, flate.DefaultCompression)
		return deflater
	}
	notification := func(body string) string {
		quoted, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		return `{"Type":"Notification","TopicArn":"arn","Message":` + string(quoted) + `}`
	}
	deflated := []byte(`{"content-encoding":{"stringValue":"deflate"}}`)
	for name, body := range map[string]string{
		"direct":            direct(`"t"`, `"2026-01-02T03:04:05Z"`, `{"id":"x","a":[1.0,"é"]}`),
		"direct without id": direct(`"t"`, `1`, `{"a":[1.0,"é"]}`),
		"eventbridge":       bridge("aws.partner/genesys.com/cloud/org/x", `{"topicName":"t","a":{"c":1,"b":2}}`),
	} {
		want := identityOf(t, body)
		cases := []struct {
			name    string
			message decode.Message
			object  string
		}{
			{"a notification", decode.Message{Body: []byte(notification(body))}, ""},
			{"gzip", decode.Message{Body: []byte(compressed(t, body, toGzip))}, ""},
			{"zlib", decode.Message{Body: []byte(compressed(t, body, toZlib))}, ""},
			{"raw deflate", decode.Message{Body: []byte(compressed(t, body, toDeflate)), Attributes: deflated}, ""},
			{"an attribute that is wrong", decode.Message{Body: []byte(body), Attributes: deflated}, ""},
			{"gzip in a notification", decode.Message{Body: []byte(notification(compressed(t, body, toGzip)))}, ""},
			{"a claim check", decode.Message{Body: []byte(claimCheck)}, body},
			{"a claim check of gzip", decode.Message{Body: []byte(claimCheck)}, compressed(t, body, toGzip)},
			{"a claim check of raw deflate", decode.Message{Body: []byte(claimCheck), Attributes: deflated}, compressed(t, body, toDeflate)},
			{"everything", decode.Message{Body: []byte(compressed(t, notification(claimCheck), toZlib))}, compressed(t, body, toGzip)},
		}
		for _, c := range cases {
			t.Run(name+" in "+c.name, func(t *testing.T) {
				reader := newReader()
				opened, err := reader.Open(c.message, nil)
				if err == nil && opened.ClaimCheck != nil {
					opened, err = reader.Resume(opened, []byte(c.object), nil)
				}
				if err != nil {
					t.Fatal(err)
				}
				got, err := identify.Event(opened.Event, false)
				if err != nil || got != want {
					t.Errorf("%v, %v, want %v", got, err, want)
				}
			})
		}
	}
}

func TestReplays(t *testing.T) {
	const event = `{"detail-type":"t","source":"s","id":"1","time":"z","detail":` + timed + `}`
	replay := func(name string) string { return `{"replay-name":"` + name + `",` + event[1:] }
	identity := func(body string, replaysAgain bool) identify.Identity {
		opened, err := newReader().Open(decode.Message{Body: []byte(body)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		identity, err := identify.Event(opened.Event, replaysAgain)
		if err != nil {
			t.Fatal(err)
		}
		return identity
	}
	const hash = timedHash
	untimed := strings.Replace(replay("r"), timed, `{"a":1}`, 1)
	cases := []struct {
		name, body   string
		replaysAgain bool
		want         string
	}{
		{"an event", event, false, `eventbridge["s","` + hash + `"]`},
		{"an event, when replays are handled anew", event, true, `eventbridge["s","` + hash + `"]`},
		{"a replay", replay("r"), false, `eventbridge["s","` + hash + `"]`},
		{"a replay that is handled anew", replay("r"), true, `eventbridge-replay["r","s","` + hash + `"]`},
		{"another replay", replay(`a\"b`), true, `eventbridge-replay["a\"b","s","` + hash + `"]`},
		{"a replay without a name", replay(""), true, `eventbridge["s","` + hash + `"]`},
		{
			"a replay of an event without a time in its detail", untimed, true,
			`eventbridge-time-replay["r","s","015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862","t","z"]`,
		},
		{"the direct envelope has no replays", `{"replay-name":"r",` + direct(`"t"`, `1`, `{"id":1}`)[1:], true, `direct["t",1,1]`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := identity(c.body, c.replaysAgain); got.Key != c.want {
				t.Errorf("%s, want %s", got.Key, c.want)
			}
		})
	}
}
