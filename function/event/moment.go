package event

import (
	"math"
	"strconv"
	"time"
)

// EventTime returns detail.eventBody.eventTime of the EventBridge envelope as it came, "" where there is none. Topics
// of v2.detail.events have a number (milliseconds since 1970) there, audits and transcriptions a text (ISO 8601).
func (e *Event) EventTime() Scalar {
	if e.Envelope != EventBridge {
		return ""
	}
	return scalarOf(lookup(e.Payload, nil, "eventBody", "eventTime"))
}

// PublishedAt returns "time" of the EventBridge envelope as it came, "" where there is none. It has a resolution of one second
// and is the publication's, not the event's.
func (e *Event) PublishedAt() Scalar {
	if e.Envelope != EventBridge {
		return ""
	}
	return scalarOf(lookup(e.Whole, e.Payload, "time"))
}

// OccurredAt returns when the event happened, in UTC: EventTime, and where it is missing or no moment, the sender's
// Timestamp. Consumers that keep the latest state of something order by it, not by arrival. It reports false when
// neither is a moment in the years 1 to 9999, which is what RFC 3339 can write.
func (e *Event) OccurredAt() (time.Time, bool) {
	if at, ok := moment(e.EventTime()); ok {
		return at, true
	}
	return moment(e.Timestamp)
}

// layouts are how senders write moments: RFC 3339, and what ISO 8601 allows beside it, an offset without a colon.
var layouts = [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700"}

// moment reads a number as milliseconds since 1970 and a text as ISO 8601.
func moment(scalar Scalar) (time.Time, bool) {
	switch {
	case scalar == "":
		return time.Time{}, false
	case scalar[0] != '"':
		return epoch(string(scalar))
	}
	text := scalar.Text()
	for _, layout := range layouts {
		if at, err := time.Parse(layout, text); err == nil {
			return inRange(at)
		}
	}
	return time.Time{}, false
}

func epoch(number string) (time.Time, bool) {
	ms, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		float, err := strconv.ParseFloat(number, 64)
		if err != nil || math.Abs(float) > math.MaxInt64/2 {
			return time.Time{}, false
		}
		ms = int64(float)
	}
	return inRange(time.UnixMilli(ms))
}

func inRange(at time.Time) (time.Time, bool) {
	at = at.UTC()
	if year := at.Year(); year < 1 || year > 9999 {
		return time.Time{}, false
	}
	return at, true
}
