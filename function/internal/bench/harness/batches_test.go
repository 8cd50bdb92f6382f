package harness_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"cc-eventbridge/function/internal/bench/harness"
)

// message is what a test looks at.
type message struct {
	MessageID string `json:"messageId"`
	Body      string `json:"body"`
}

// next returns a batch's messages and the identities of their events.
func next(t *testing.T, s *harness.Batches, c harness.Case) (messages []message, identities []string) {
	t.Helper()
	payload, err := s.Next(c)
	if err != nil {
		t.Fatal(err)
	}
	var batch struct{ Records []message }
	if err := json.Unmarshal(payload, &batch); err != nil {
		t.Fatal(err)
	}
	for _, m := range batch.Records {
		var body struct {
			Event struct {
				Type string
				Data struct{ ID string }
			}
			Timestamp string
		}
		if err := json.Unmarshal([]byte(m.Body), &body); err != nil {
			t.Fatal(err)
		}
		if body.Event.Type == "" || body.Event.Data.ID == "" || body.Timestamp == "" {
			t.Fatalf("an event lacks a part of its identity: %+v", body)
		}
		identities = append(identities, body.Event.Type+" "+body.Timestamp+" "+body.Event.Data.ID)
	}
	return batch.Records, identities
}

func TestEveryCaseHoldsWhatItSays(t *testing.T) {
	const size, rounds = 10, 5
	s := harness.NewBatches("", size)
	delivered, messages := map[string]bool{}, map[string]bool{}
	for range rounds {
		for i, c := range harness.Cases {
			for range i + 1 { // more duplicates than new batches: they go round
				batch, identities := next(t, s, c)
				if len(batch) != size {
					t.Fatalf("a batch of %s has %d records, want %d", c, len(batch), size)
				}
				fresh := 0
				for n, identity := range identities {
					if !delivered[identity] {
						fresh++
					}
					delivered[identity] = true
					if messages[batch[n].MessageID] {
						t.Fatalf("message id %s came twice", batch[n].MessageID)
					}
					messages[batch[n].MessageID] = true
				}
				if want := map[harness.Case]int{harness.New: size, harness.Seen: 0, harness.Duplicates: 0, harness.Mixed: size / 2}[c]; fresh != want {
					t.Fatalf("a batch of %s has %d new events, want %d", c, fresh, want)
				}
			}
		}
	}
}

func TestBodiesAreAboutTwoKilobytes(t *testing.T) {
	batch, _ := next(t, harness.NewBatches("", 100), harness.New)
	for _, m := range batch {
		if n := len(m.Body); n < 1800 || n > 2200 {
			t.Fatalf("a body has %d bytes, want 2,000 ± 200", n)
		}
	}
}

func TestEveryImplementationGetsTheSameBatches(t *testing.T) {
	one, other := harness.NewBatches("", 10), harness.NewBatches("", 10)
	for _, c := range append(harness.Cases[:], harness.Cases[:]...) {
		a, errA := one.Next(c)
		b, errB := other.Next(c)
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Fatalf("batches of %s differ (%v, %v)", c, errA, errB)
		}
	}
}

func TestBatchesOfDifferentSizesShareNoEvents(t *testing.T) {
	_, small := next(t, harness.NewBatches("", 10), harness.New)
	_, large := next(t, harness.NewBatches("", 100), harness.New)
	seen := map[string]bool{}
	for _, identity := range append(small, large...) {
		if seen[identity] {
			t.Fatalf("%s is in both", identity)
		}
		seen[identity] = true
	}
}

func TestDuplicatesNeedSomethingToRepeat(t *testing.T) {
	_, err := harness.NewBatches("", 10).Next(harness.Duplicates)
	if want := "a batch of duplicates was asked for before any batch of new events"; err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
}
