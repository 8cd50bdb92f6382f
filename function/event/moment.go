package event

import (
	"math"
	"strconv"
	"strings"
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
// Timestamp. Consumers that keep the latest state of something order by it, not by arrival. It reports false when neither
// is a moment of this century: seconds in the place of milliseconds, 0 and year 1 say nothing of when an event happened.
func (e *Event) OccurredAt() (time.Time, bool) {
	if at, ok := moment(e.EventTime()); ok {
		return at, true
	}
	return moment(e.Timestamp)
}

// SaysWhen reports whether the event has a time that tells it from another one with the same contents: EventTime or Timestamp. 0 and
// year 1 stand for no time. Any other number tells events apart, whatever it counts, and so does a text that is no moment
// but has digits, such as a local time.
func (e *Event) SaysWhen() bool { return saysWhen(e.EventTime()) || saysWhen(e.Timestamp) }

func saysWhen(scalar Scalar) bool {
	if _, ok := moment(scalar); ok || scalar == "" {
		return ok
	}
	if scalar[0] != '"' {
		ms, err := strconv.ParseFloat(string(scalar), 64)
		return err == nil && ms > 0
	}
	text := scalar.Text()
	if _, isMoment := parsed(text); isMoment {
		return false
	}
	return strings.ContainsAny(text, "123456789")
}

// layouts are how senders write moments: RFC 3339, and what ISO 8601 allows beside it: an offset of hours alone or without a
// colon, no seconds, nothing between the parts. A text without an offset is no moment. Fractions of a second, after a point
// or a comma, need no layout of their own.
var layouts = [...]string{
	time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02T15:04Z07:00", "2006-01-02T15:04Z0700", "2006-01-02T15:04Z07",
	"20060102T150405Z0700", "20060102T150405Z07:00", "20060102T150405Z07", "20060102T1504Z0700", "20060102T1504Z07:00", "20060102T1504Z07",
}

// moment reads a number as milliseconds since 1970 and a text as ISO 8601.
func moment(scalar Scalar) (time.Time, bool) {
	switch {
	case scalar == "":
		return time.Time{}, false
	case scalar[0] != '"':
		return epoch(string(scalar))
	}
	if at, ok := parsed(scalar.Text()); ok {
		return plausible(at)
	}
	return time.Time{}, false
}

// parsed reads a text as a moment of any century.
func parsed(text string) (time.Time, bool) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, true
	}
	// RFC 3339 has lower case and a space in place of the T, too.
	text = strings.ToUpper(strings.Replace(text, " ", "T", 1))
	for _, layout := range layouts {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

func epoch(number string) (time.Time, bool) {
	ms, err := strconv.ParseFloat(number, 64) // exact up to the year 287396
	if err != nil || math.Abs(ms) > math.MaxInt64/2 {
		return time.Time{}, false
	}
	return plausible(time.UnixMilli(int64(ms)))
}

// plausible is a moment in UTC, if an event can have happened then.
func plausible(at time.Time) (time.Time, bool) {
	at = at.UTC()
	if year := at.Year(); year < 2000 || year > 2099 {
		return time.Time{}, false
	}
	return at, true
}
