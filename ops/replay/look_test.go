package replay_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"cc-eventbridge/ops/replay"
)

const (
	call     = `{"event":{"type":"telephony.call.created","data":{"id":"c1"}},"timestamp":"2026-01-02T03:04:05Z"}`
	presence = `{"event":{"type":"v2.users.{id}.presence","data":{"id":"p1"}},"timestamp":"2026-01-02T03:04:05Z"}`
)

// looked runs a look and gathers the ids of what it finds.
func looked(ctx context.Context, q *queues, o replay.Options) (scan replay.Scan, ids []string, err error) {
	o.From = validation
	scan, err = replay.Look(ctx, q, o, func(m replay.Message) error {
		ids = append(ids, m.ID)
		return nil
	})
	return scan, ids, err
}

func TestLookFindsWhatIsAskedFor(t *testing.T) {
	for _, c := range []struct {
		name    string
		options replay.Options
		want    string
		stopped string
	}{
		{"everything", replay.Options{}, "[m1 m2 m3 m4]", ""},
		{"a reason", replay.Options{Reason: "not-json"}, "[m4]", ""},
		{"a topic", replay.Options{Topic: "telephony.call.created"}, "[m1 m3]", ""},
		{"a message", replay.Options{ID: "m2"}, "[m2]", ""},
		{"since", replay.Options{Since: time.Date(2000, 1, 1, 1, 30, 0, 0, time.UTC)}, "[m3 m4]", ""},
		{"until", replay.Options{Until: time.Date(2000, 1, 1, 1, 0, 0, 0, time.UTC)}, "[m1 m2]", ""},
		{"a limit", replay.Options{Limit: 2}, "[m1 m2]", "the limit of 2 was reached"},
		{"a limit that is not exceeded", replay.Options{Limit: 4}, "[m1 m2 m3 m4]", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := newQueues(t)
				// The bubble's clock begins at midnight of 2000-01-01, UTC.
				q.add(validation, call, quarantined("schema-mismatch", `{}`), 0)
				time.Sleep(time.Hour)
				q.add(validation, presence, quarantined("schema-mismatch", `{}`), 0)
				time.Sleep(time.Hour)
				q.add(validation, call, quarantined("schema-mismatch", `{}`), 0)
				q.add(validation, "{", quarantined("not-json", `{}`), 0)
				time.Sleep(time.Second)
				scan, ids, err := looked(t.Context(), q, c.options)
				if err != nil || fmt.Sprint(ids) != c.want || scan.Incomplete != c.stopped || scan.Matched != len(ids) {
					t.Errorf("found %v, %+v, %v; want %s, stopped by %q", ids, scan, err, c.want, c.stopped)
				}
				if len(q.messages[validation]) != 4 || len(q.messages[ingestion]) != 0 || q.hidden(validation) != 0 {
					t.Errorf("%d are left, %d of them hidden", len(q.messages[validation]), q.hidden(validation))
				}
			})
		})
	}
}

func TestALookGivesBackWhatItRead(t *testing.T) {
	fill := func(q *queues) {
		for i := range 95 {
			q.add(validation, fmt.Sprint(i), quarantined("not-json", `{}`), 0)
		}
	}
	t.Run("after an interrupt", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := newQueues(t)
			fill(q)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			receives := 0
			q.onReceive = func() {
				if receives++; receives == 3 {
					cancel()
				}
			}
			scan, ids, err := looked(ctx, q, replay.Options{})
			if !errors.Is(err, context.Canceled) || scan.Incomplete != "it was interrupted" || len(ids) < 20 || q.hidden(validation) != 0 {
				t.Errorf("%d found, %+v, %v, %d hidden", len(ids), scan, err, q.hidden(validation))
			}
		})
	})
	t.Run("after an error of what takes it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := newQueues(t)
			fill(q)
			full := errors.New("disk full")
			_, err := replay.Look(t.Context(), q, replay.Options{From: validation}, func(replay.Message) error { return full })
			if !errors.Is(err, full) || q.hidden(validation) != 0 {
				t.Errorf("%v, %d hidden", err, q.hidden(validation))
			}
		})
	})
	t.Run("before it comes again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := newQueues(t)
			fill(q)
			q.onReceive = func() { time.Sleep(4 * time.Second) } // a slow queue
			scan, _, err := looked(t.Context(), q, replay.Options{Hide: replay.MinHide})
			if err != nil || scan.Seen == 0 || scan.Seen >= 95 || scan.Incomplete != "the time of 12s was up" || q.hidden(validation) != 0 {
				t.Errorf("%+v, %v, %d hidden", scan, err, q.hidden(validation))
			}
		})
	})
	t.Run("and says so where SQS does not take it back", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := newQueues(t)
			fill(q)
			q.unmoved = true
			_, _, err := looked(t.Context(), q, replay.Options{Hide: time.Minute})
			if !errors.Is(err, replay.ErrHidden) || !strings.Contains(err.Error(), "for up to 1m0s") {
				t.Errorf("%v", err)
			}
		})
	})
}

// TestADeadLetterIsSentAsItWas has a dead letter with an attribute that a quarantined message also has.
func TestADeadLetterIsSentAsItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueues(t)
		own := types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String("the sender's own")}
		q.add(validation, call, map[string]types.MessageAttributeValue{"original": own}, 0)
		q.messages[validation][0].group = aws.String("g")
		q.add(validation, presence, nil, 0)
		time.Sleep(time.Second)
		summary, notes, err := replayed(t.Context(), q, replay.Options{DeadLetters: true, Topic: "telephony.call.created"})
		if err != nil || summary != (replay.Summary{Replayed: 1, Left: 1}) {
			t.Fatalf("%+v, %v: %s", summary, err, notes)
		}
		if got := q.messages[ingestion][0]; got.body != call || aws.ToString(got.attributes["original"].StringValue) != "the sender's own" || aws.ToString(got.group) != "g" {
			t.Errorf("%+v was sent", got)
		}
	})
}

func TestTheRateIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueues(t)
		for i := range 61 {
			q.add(validation, fmt.Sprint(i), quarantined("not-json", `{}`), 0)
		}
		began := time.Now()
		summary, _, err := replayed(t.Context(), q, replay.Options{Rate: 2})
		if took := time.Since(began); err != nil || summary.Replayed != 61 || took < 29*time.Second || took > 40*time.Second {
			t.Errorf("%+v, %v: 61 messages, two a second, took %s", summary, err, took)
		}
	})
}

// TestAnInterruptEndsTheWaitForARate also leaves nothing hidden.
func TestAnInterruptEndsTheWaitForARate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueues(t)
		for i := range 20 {
			q.add(validation, fmt.Sprint(i), quarantined("not-json", `{}`), 0)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		summary, _, err := replayed(ctx, q, replay.Options{Rate: 1})
		if !errors.Is(err, context.DeadlineExceeded) || summary != (replay.Summary{Replayed: 3, Left: 7}) || q.hidden(validation) != 0 {
			t.Errorf("%+v, %v, %d hidden", summary, err, q.hidden(validation))
		}
	})
}

// TestARunLongerThanItsMessagesAreHidden meets all that it leaves again and again, and the rest comes late.
func TestARunLongerThanItsMessagesAreHidden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueues(t)
		for i := range 30 {
			q.add(validation, fmt.Sprint(i), quarantined("not-json", `{}`), 0)
		}
		for i := range 60 {
			q.add(validation, fmt.Sprint(i), quarantined("schema-mismatch", `{}`), 0)
		}
		summary, _, err := replayed(t.Context(), q, replay.Options{Reason: "schema-mismatch", Rate: 1, Hide: 20 * time.Second})
		if err != nil || summary != (replay.Summary{Replayed: 60, Left: 30}) || q.hidden(validation) != 0 {
			t.Errorf("%+v, %v, %d hidden", summary, err, q.hidden(validation))
		}
	})
}

func TestDiscard(t *testing.T) {
	fill := func(q *queues) {
		for i := range 12 {
			q.add(validation, fmt.Sprint(i), quarantined("not-json", `{}`), 0)
		}
		q.add(validation, call, quarantined("schema-mismatch", `{}`), 0)
		time.Sleep(time.Second)
	}
	t.Run("deletes what it has kept", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := newQueues(t)
			fill(q)
			kept := map[string]bool{}
			summary, _, err := replayed(t.Context(), q, replay.Options{Discard: true, Reason: "not-json", Keep: func(m replay.Message) error {
				kept[m.Body] = true
				return nil
			}})
			if err != nil || summary != (replay.Summary{Replayed: 12, Left: 1}) || len(kept) != 12 {
				t.Errorf("%+v, %v, %d kept", summary, err, len(kept))
			}
			if len(q.messages[validation]) != 1 || len(q.messages[ingestion]) != 0 || q.hidden(validation) != 0 {
				t.Errorf("%d are left and %d were sent", len(q.messages[validation]), len(q.messages[ingestion]))
			}
		})
	})
	t.Run("leaves what it could not keep", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := newQueues(t)
			fill(q)
			full := errors.New("disk full")
			summary, _, err := replayed(t.Context(), q, replay.Options{Discard: true, Keep: func(replay.Message) error { return full }})
			if !errors.Is(err, full) || summary.Replayed != 0 || len(q.messages[validation]) != 13 || q.hidden(validation) != 0 {
				t.Errorf("%+v, %v, %d are left", summary, err, len(q.messages[validation]))
			}
		})
	})
	t.Run("of a topic", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := newQueues(t)
			fill(q)
			summary, _, err := replayed(t.Context(), q, replay.Options{Discard: true, Topic: "telephony.call.created"})
			if err != nil || summary != (replay.Summary{Replayed: 1, Left: 12}) {
				t.Errorf("%+v, %v", summary, err)
			}
		})
	})
	t.Run("as a dry run", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := newQueues(t)
			fill(q)
			summary, notes, err := replayed(t.Context(), q, replay.Options{Discard: true, DryRun: true})
			if err != nil || summary.Replayed != 13 || len(q.messages[validation]) != 13 || strings.Count(notes, "would be discarded") != 13 {
				t.Errorf("%+v, %v: %s", summary, err, notes)
			}
		})
	})
}

// TestARunThatIsSlowerThanItsMessagesComeAgainEnds never meets a receive that finds nothing, and says so.
func TestARunThatIsSlowerThanItsMessagesComeAgainEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueues(t)
		for i := range 100 {
			q.add(validation, fmt.Sprint(i), quarantined("not-json", `{}`), 0)
		}
		q.onReceive = func() { time.Sleep(2 * time.Second) }
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		summary, notes, err := replayed(ctx, q, replay.Options{Reason: "schema-mismatch", Hide: 12 * time.Second})
		if err != nil || summary.Left < 50 || !strings.HasPrefix(notes, "this may not be all: messages came again") || q.hidden(validation) != 0 {
			t.Errorf("%+v, %v, %d hidden", summary, err, q.hidden(validation))
		}
	})
}
