package traffic

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/event"
	"cc-eventbridge/function/identify"
	"cc-eventbridge/function/payload"
	"cc-eventbridge/function/schemas"
)

var payloads = Payloads{Bucket: "payloads-of-a-stack", Endpoint: "http://127.0.0.1:4566"}

// bucket has the objects of a mix.
type bucket map[string][]byte

func bucketOf(objects []Object) bucket {
	b := bucket{}
	for _, object := range objects {
		b[object.Key] = object.Body
	}
	return b
}

// open opens a message as the function does. It returns the event, or the reason for which there is none.
func (b bucket) open(t *testing.T, message Message) (event.Event, string) {
	t.Helper()
	reader := decode.NewReader(decode.Limits{MaxBytes: 16 << 20}, decode.ClaimCheckRules{
		Bucket: payloads.Bucket, Endpoint: payloads.Endpoint, Prefixes: []string{contract.ProducerPrefix},
	})
	attributes := map[string]map[string]string{}
	for name, value := range message.Attributes {
		attributes[name] = map[string]string{"stringValue": value}
	}
	value, err := json.Marshal(attributes)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := reader.Open(decode.Message{Body: []byte(message.Body), Attributes: value}, nil)
	if err == nil && opened.ClaimCheck != nil {
		object, ok := b[opened.ClaimCheck.Key]
		if !ok {
			return event.Event{}, payload.MissingObject
		}
		opened, err = reader.Resume(opened, object, nil)
	}
	return opened.Event, reasonOf(t, err)
}

func reasonOf(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	refused, ok := errors.AsType[*decode.Error](err)
	if !ok {
		t.Fatalf("opening a message: %v", err)
	}
	return string(refused.Reason)
}

func TestMixBecomesWhatIsExpected(t *testing.T) {
	mix := NewMix(7, payloads)
	if again := NewMix(7, payloads); !reflect.DeepEqual(mix.Messages, again.Messages) || !reflect.DeepEqual(mix.Objects, again.Objects) {
		t.Error("the same seed gives another mix")
	}
	want := mix.Expected
	if sum := want.Delivered + want.Duplicates + want.Quarantined + want.DeadLettered; sum != len(mix.Messages) {
		t.Errorf("%d messages are expected to become something, of %d", sum, len(mix.Messages))
	}
	stored := bucketOf(mix.Objects)
	envelopes, identities, bad := map[event.Envelope]int{}, map[string]int{}, 0
	for _, message := range mix.Messages {
		e, reason := stored.open(t, message)
		if reason != "" {
			bad++
			continue
		}
		identity, err := identify.Event(e, false)
		if err != nil {
			t.Fatal(err)
		}
		envelopes[e.Envelope]++
		identities[identity.Key]++
	}
	if wantBad := want.Quarantined - 1; bad != wantBad { // the one that the downstream rejects can be opened
		t.Errorf("%d messages can't be opened, want %d", bad, wantBad)
	}
	if envelopes[event.Direct] < 200 || envelopes[event.EventBridge] < 200 {
		t.Errorf("envelopes = %v, want both", envelopes)
	}
	if got := len(mix.Messages) - bad - len(identities); got != want.Duplicates || got < 50 {
		t.Errorf("%d messages are duplicates, want the %d that are expected, at least 50", got, want.Duplicates)
	}
}

func TestMixHasEveryKindOfMessage(t *testing.T) {
	mix := NewMix(7, payloads)
	if len(mix.Messages) < 550 {
		t.Errorf("the mix has %d messages, want at least 550", len(mix.Messages))
	}
	var all strings.Builder
	for _, message := range mix.Messages {
		all.WriteString(message.Body + "\n")
	}
	for what, mark := range map[string]string{
		"poison": `"demoFail":-1`, "flaky": `"demoFail":2`, "rejected": `"demoStatus":422`,
		"customer start": "{id}.customer.start", "customer end": "{id}.customer.end", "audit": "entitytype.{id}.entityid.{id}", "presence": "{id}.presence",
		"transcript": `"transcripts"`, "transcription status": `"SESSION_ENDED"`, "replayed": `"replay-name"`,
		"notified": `"TopicArn"`, "claim-checked": `"software.amazon.payloadoffloading`, "older claim-checked": `"com.amazon.sqs.javamessaging`,
		"pre-signed": `X-Amz-Signature`,
	} {
		if !strings.Contains(all.String(), mark) {
			t.Errorf("the mix has no %s event", what)
		}
	}
	largest := 0
	for _, object := range mix.Objects {
		largest = max(largest, len(object.Body))
	}
	if largest < 1<<20 {
		t.Errorf("the largest event has %d bytes, want more than any queue takes", largest)
	}
}

func TestEveryWrappingIsOpenedDownToTheSameEvent(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, body := range []string{Direct(r, nil), EventBridge(r)} {
		plain, _ := bucket{}.open(t, Message{Body: body})
		for _, wrapping := range Wrappings(payloads) {
			parcel := wrapping.Around(body)
			if parcel.Body == body {
				t.Errorf("%s: nothing is around the event", wrapping.Name)
			}
			got, reason := bucketOf(parcel.Objects).open(t, parcel.Message)
			if reason != "" || string(got.Whole) != string(plain.Whole) {
				t.Errorf("%s: what is inside is another event than what was wrapped (refused: %q)", wrapping.Name, reason)
			}
		}
	}
}

func TestBadMessagesAreRefusedForTheirReason(t *testing.T) {
	for _, bad := range append(Malformed(), HostileClaimChecks(payloads)...) {
		t.Run(bad.Name, func(t *testing.T) {
			if _, reason := bucketOf(bad.Objects).open(t, bad.Message); reason != bad.Reason {
				t.Errorf("refused for %q, want %q", reason, bad.Reason)
			}
		})
	}
}

func TestDriftedEventsDoNotFitTheirSchema(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for name, test := range map[string]struct {
		body string
		fits bool
	}{
		"drifted":               {Drifted(r), false},
		"another of the topic":  {directOf(r, DriftedType, nil), true},
		"any event of the demo": {EventBridge(r), true},
	} {
		e, reason := bucket{}.open(t, Message{Body: test.body})
		err := validate(t, e)
		if reason != "" || (err == nil) != test.fits {
			t.Errorf("%s: fits = %v, want %v (refused: %q)", name, err == nil, test.fits, reason)
		}
	}
}

// validate holds an event against the schema that the function is built with.
func validate(t *testing.T, e event.Event) error {
	t.Helper()
	text, err := schemas.Files.ReadFile(e.Type + "/1.json")
	if err != nil {
		t.Fatal(err)
	}
	var payload any
	if err := json.Unmarshal(e.Payload, &payload); err != nil {
		t.Fatal(err)
	}
	return jsonschema.MustCompileString("1.json", string(text)).Validate(payload)
}
