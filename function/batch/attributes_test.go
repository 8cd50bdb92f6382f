package batch_test

import (
	"testing"
	"time"

	"cc-eventbridge/function/batch"
)

// TestAttributesThatSayNothingLeaveTheDefaults: a message is received once at the least, and was sent at no time rather than in 1970.
func TestAttributesThatSayNothingLeaveTheDefaults(t *testing.T) {
	for value, want := range map[string]bool{`"1"`: true, `"0"`: false, `"-1"`: false, `""`: false, `"x"`: false, `"99999999999999999999"`: false} {
		records, err := batch.Parse([]byte(`{"Records":[{"attributes":{"ApproximateReceiveCount":` + value + `,"SentTimestamp":` + value + `}}]}`))
		if err != nil || len(records) != 1 {
			t.Fatalf("%s: %v", value, err)
		}
		if records[0].ReceiveCount != 1 || records[0].SentAt.IsZero() == want || want && !records[0].SentAt.Equal(time.UnixMilli(1)) {
			t.Errorf("%s: received %d times, sent at %v", value, records[0].ReceiveCount, records[0].SentAt)
		}
	}
}
