package traffic

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"cc-eventbridge/function/payload"
	"cc-eventbridge/local/cloud"
)

// memory is a payload memory with these objects, an object that is nil can't be read.
type memory map[string][]byte

func (b memory) Read(_ context.Context, key string, _ int) ([]byte, error) {
	object, ok := b[key]
	switch {
	case !ok:
		return nil, &payload.Error{Reason: payload.MissingObject}
	case object == nil:
		return nil, errDown
	}
	return object, nil
}

var errDown = errors.New("S3 is down")

func plain(id string) string {
	return fmt.Sprintf(`{"event":{"type":"t","data":{"id":%q}},"timestamp":"2025-01-01T00:00:00Z"}`, id)
}

// published is an event in the envelope of its nth publication.
func published(name string, n int) string {
	return fmt.Sprintf(`{"version":"0","id":"%d","detail-type":"t","source":"s","time":"2025-01-01T00:00:0%dZ","detail":{"topicName":%q,"timestamp":1,"eventBody":{}}}`, n, n, name)
}

func key(t *testing.T, body string) string {
	t.Helper()
	key, err := newOpener(payloads, memory{}).key(t.Context(), Message{Body: body})
	if err != nil || key == "" {
		t.Fatalf("key = %q, %v", key, err)
	}
	return key
}

func TestEveryMessageIsAccountedForOnce(t *testing.T) {
	sent := func(id, body string) Sent { return Sent{ID: id, Message: Message{Body: body}} }
	on := func(id, body string) Queued { return Queued{ID: id, Body: body} }
	from := func(origin, body string) Queued {
		return Queued{ID: "new-" + origin, Body: body, Attributes: map[string]string{"messageId": origin}}
	}
	took := func(body string, times int) cloud.Delivery {
		return cloud.Delivery{Key: key(t, body), Received: times}
	}
	refused := func(body string) cloud.Delivery { return cloud.Delivery{Key: key(t, body), Refused: 3} }

	wrapped, stored := wrappings(plain("a"))
	stored["quarantine/c"] = []byte(published("c", 1))

	for name, test := range map[string]struct {
		sent                      []Sent
		deliveries                []cloud.Delivery
		quarantined, deadLettered []Queued
		want                      Report
	}{
		"an event that arrived": {
			sent: []Sent{sent("1", plain("a"))}, deliveries: []cloud.Delivery{took(plain("a"), 1)},
			want: Report{Sent: 1, Delivered: 1},
		},
		"the same event twice": {
			sent: []Sent{sent("1", plain("a")), sent("2", plain("a"))}, deliveries: []cloud.Delivery{took(plain("a"), 1)},
			want: Report{Sent: 2, Delivered: 1, Duplicates: 1},
		},
		"an event that took effect twice": {
			sent: []Sent{sent("1", plain("a"))}, deliveries: []cloud.Delivery{took(plain("a"), 2)},
			want: Report{Sent: 1, Delivered: 1, DeliveredTwice: 1},
		},
		"an event that is nowhere": {
			sent: []Sent{sent("1", plain("a"))}, deliveries: []cloud.Delivery{refused(plain("a"))},
			want: Report{Sent: 1, Lost: 1},
		},
		"a body that is nowhere": {
			sent: []Sent{sent("1", "no event")},
			want: Report{Sent: 1, Lost: 1},
		},
		"bodies in quarantine, by message and, where there was no room for that, by body": {
			sent:        []Sent{sent("1", "no event"), sent("2", "huge"), sent("3", "huge"), sent("4", plain("huge"))},
			quarantined: []Queued{from("1", "no event"), on("x", "huge"), on("y", plain("huge"))},
			want:        Report{Sent: 4, Quarantined: 3, Lost: 1},
		},
		"a dead letter": {
			sent: []Sent{sent("1", plain("a"))}, deliveries: []cloud.Delivery{refused(plain("a"))},
			deadLettered: []Queued{on("1", plain("a"))},
			want:         Report{Sent: 1, DeadLettered: 1},
		},
		"a dead letter whose event the downstream has after all": {
			sent: []Sent{sent("1", plain("a"))}, deliveries: []cloud.Delivery{took(plain("a"), 1)},
			deadLettered: []Queued{on("1", plain("a"))},
			want:         Report{Sent: 1, Delivered: 1},
		},
		"events that came over the bus, each as another message than the one that was published": {
			sent: []Sent{
				sent("", published("a", 1)), sent("", published("a", 2)), sent("", published("b", 1)), sent("", published("c", 1)), sent("", published("d", 1)),
			},
			deliveries:   []cloud.Delivery{took(published("a", 3), 1), refused(published("b", 1)), refused(published("c", 1))},
			quarantined:  []Queued{from("bus-2", published("c", 7))},
			deadLettered: []Queued{on("bus-1", published("b", 7))},
			want:         Report{Sent: 5, Delivered: 1, Duplicates: 1, Quarantined: 1, DeadLettered: 1, Lost: 1},
		},
		"one event in every wrapping": {
			sent: wrapped, deliveries: []cloud.Delivery{took(plain("a"), 1)},
			want: Report{Sent: len(wrapped), Delivered: 1, Duplicates: len(wrapped) - 1},
		},
		"claim checks for nothing and for another's": {
			sent: []Sent{
				sent("1", `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"payloads-of-a-stack","s3Key":"payloads/missing"}]`),
				sent("2", `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"foreign","s3Key":"payloads/a"}]`),
			},
			quarantined: []Queued{from("1", "any")},
			want:        Report{Sent: 2, Quarantined: 1, Lost: 1},
		},
		"an event that came over the bus and was too large for the validation queue": {
			sent: []Sent{sent("", published("c", 1))},
			quarantined: []Queued{from("bus-1",
				`["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"payloads-of-a-stack","s3Key":"quarantine/c"}]`)},
			want: Report{Sent: 1, Quarantined: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := balance(t.Context(), newOpener(payloads, stored), test.sent, test.deliveries, test.quarantined, test.deadLettered)
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			if sum := got.Delivered + got.Duplicates + got.Quarantined + got.DeadLettered + got.Lost; sum != got.Sent {
				t.Errorf("%d messages were sent, %d accounted for", got.Sent, sum)
			}
			if kept := got.Err() == nil; kept != (got.Lost == 0 && got.DeliveredTwice == 0) {
				t.Errorf("err = %v for %+v", got.Err(), got)
			}
		})
	}
}

// wrappings sends one body in every wrapping there is, and plain.
func wrappings(body string) ([]Sent, memory) {
	stored := memory{}
	sent := []Sent{{ID: "plain", Message: Message{Body: body}}}
	for _, wrapping := range Wrappings(payloads) {
		parcel := wrapping.Around(body)
		sent = append(sent, Sent{ID: wrapping.Name, Message: parcel.Message})
		for _, object := range parcel.Objects {
			stored[object.Key] = object.Body
		}
	}
	return sent, stored
}

func TestThereIsNoReportWithoutThePayloads(t *testing.T) {
	sent, stored := wrappings(plain("a"))
	for key := range stored {
		stored[key] = nil
	}
	if _, err := balance(t.Context(), newOpener(payloads, stored), sent, nil, nil, nil); !errors.Is(err, errDown) {
		t.Errorf("err = %v, want that of the bucket: what can't be read must not count as lost", err)
	}
}
