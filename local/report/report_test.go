package report_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"cc-eventbridge/function/payload"
	"cc-eventbridge/local/downstream"
	"cc-eventbridge/local/events"
	"cc-eventbridge/local/intake"
	"cc-eventbridge/local/report"
)

var payloads = events.Payloads{Bucket: "payloads-of-a-stack", Endpoint: "http://127.0.0.1:4566"}

// bucket is a payload bucket with these objects, an object that is nil can't be read.
type bucket map[string][]byte

func (b bucket) Read(_ context.Context, key string, _ int) ([]byte, error) {
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

func event(id string) string {
	return fmt.Sprintf(`{"event":{"type":"t","data":{"id":%q}},"timestamp":"2025-01-01T00:00:00Z"}`, id)
}

// published is an event in the envelope of its nth publication.
func published(name string, n int) string {
	return fmt.Sprintf(`{"version":"0","id":"%d","detail-type":"t","source":"s","time":"2025-01-01T00:00:0%dZ","detail":{"topicName":%q,"eventBody":{}}}`, n, n, name)
}

func key(t *testing.T, body string) string {
	t.Helper()
	key, err := report.NewOpener(payloads, bucket{}).Key(t.Context(), events.Message{Body: body})
	if err != nil || key == "" {
		t.Fatalf("key = %q, %v", key, err)
	}
	return key
}

func TestEveryMessageIsAccountedForOnce(t *testing.T) {
	sent := func(id, body string) report.Sent { return report.Sent{ID: id, Message: events.Message{Body: body}} }
	on := func(id, body string) intake.Message { return intake.Message{ID: id, Body: body} }
	from := func(origin, body string) intake.Message {
		return intake.Message{ID: "new-" + origin, Body: body, Attributes: map[string]string{"messageId": origin}}
	}
	took := func(body string, times int) downstream.Delivery {
		return downstream.Delivery{Key: key(t, body), Received: times}
	}
	refused := func(body string) downstream.Delivery { return downstream.Delivery{Key: key(t, body), Refused: 3} }

	wrapped, stored := wrappings(event("a"))
	stored["quarantine/c"] = []byte(published("c", 1))

	for name, test := range map[string]struct {
		sent                      []report.Sent
		deliveries                []downstream.Delivery
		quarantined, deadLettered []intake.Message
		want                      report.Report
	}{
		"an event that arrived": {
			sent: []report.Sent{sent("1", event("a"))}, deliveries: []downstream.Delivery{took(event("a"), 1)},
			want: report.Report{Sent: 1, Delivered: 1},
		},
		"the same event twice": {
			sent: []report.Sent{sent("1", event("a")), sent("2", event("a"))}, deliveries: []downstream.Delivery{took(event("a"), 1)},
			want: report.Report{Sent: 2, Delivered: 1, Duplicates: 1},
		},
		"an event that took effect twice": {
			sent: []report.Sent{sent("1", event("a"))}, deliveries: []downstream.Delivery{took(event("a"), 2)},
			want: report.Report{Sent: 1, Delivered: 1, DeliveredTwice: 1},
		},
		"an event that is nowhere": {
			sent: []report.Sent{sent("1", event("a"))}, deliveries: []downstream.Delivery{refused(event("a"))},
			want: report.Report{Sent: 1, Lost: 1},
		},
		"a body that is nowhere": {
			sent: []report.Sent{sent("1", "no event")},
			want: report.Report{Sent: 1, Lost: 1},
		},
		"bodies in quarantine, by message and, where there was no room for that, by body": {
			sent:        []report.Sent{sent("1", "no event"), sent("2", "huge"), sent("3", "huge"), sent("4", event("huge"))},
			quarantined: []intake.Message{from("1", "no event"), on("x", "huge"), on("y", event("huge"))},
			want:        report.Report{Sent: 4, Quarantined: 3, Lost: 1},
		},
		"a dead letter": {
			sent: []report.Sent{sent("1", event("a"))}, deliveries: []downstream.Delivery{refused(event("a"))},
			deadLettered: []intake.Message{on("1", event("a"))},
			want:         report.Report{Sent: 1, DeadLettered: 1},
		},
		"a dead letter whose event the downstream has after all": {
			sent: []report.Sent{sent("1", event("a"))}, deliveries: []downstream.Delivery{took(event("a"), 1)},
			deadLettered: []intake.Message{on("1", event("a"))},
			want:         report.Report{Sent: 1, Delivered: 1},
		},
		"events that came over the bus, each as another message than the one that was published": {
			sent: []report.Sent{
				sent("", published("a", 1)), sent("", published("a", 2)), sent("", published("b", 1)), sent("", published("c", 1)), sent("", published("d", 1)),
			},
			deliveries:   []downstream.Delivery{took(published("a", 3), 1), refused(published("b", 1)), refused(published("c", 1))},
			quarantined:  []intake.Message{from("bus-2", published("c", 7))},
			deadLettered: []intake.Message{on("bus-1", published("b", 7))},
			want:         report.Report{Sent: 5, Delivered: 1, Duplicates: 1, Quarantined: 1, DeadLettered: 1, Lost: 1},
		},
		"one event in every wrapping": {
			sent: wrapped, deliveries: []downstream.Delivery{took(event("a"), 1)},
			want: report.Report{Sent: len(wrapped), Delivered: 1, Duplicates: len(wrapped) - 1},
		},
		"claim checks for nothing and for another's": {
			sent: []report.Sent{
				sent("1", `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"payloads-of-a-stack","s3Key":"payloads/missing"}]`),
				sent("2", `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"foreign","s3Key":"payloads/a"}]`),
			},
			quarantined: []intake.Message{from("1", "any")},
			want:        report.Report{Sent: 2, Quarantined: 1, Lost: 1},
		},
		"an event that came over the bus and was too large for the validation queue": {
			sent: []report.Sent{sent("", published("c", 1))},
			quarantined: []intake.Message{from("bus-1",
				`["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"payloads-of-a-stack","s3Key":"quarantine/c"}]`)},
			want: report.Report{Sent: 1, Quarantined: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := report.Account(t.Context(), report.NewOpener(payloads, stored), test.sent, test.deliveries, test.quarantined, test.deadLettered)
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
func wrappings(body string) ([]report.Sent, bucket) {
	stored := bucket{}
	sent := []report.Sent{{ID: "plain", Message: events.Message{Body: body}}}
	for _, wrapping := range events.Wrappings(payloads) {
		parcel := wrapping.Around(body)
		sent = append(sent, report.Sent{ID: wrapping.Name, Message: parcel.Message})
		for _, object := range parcel.Objects {
			stored[object.Key] = object.Body
		}
	}
	return sent, stored
}

func TestThereIsNoReportWithoutThePayloads(t *testing.T) {
	sent, stored := wrappings(event("a"))
	for key := range stored {
		stored[key] = nil
	}
	if _, err := report.Account(t.Context(), report.NewOpener(payloads, stored), sent, nil, nil, nil); !errors.Is(err, errDown) {
		t.Errorf("err = %v, want that of the bucket: what can't be read must not count as lost", err)
	}
}
