package flags

import (
	"log/slog"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// Mode is what becomes of an event whose payload its topic's schema does not allow.
type Mode string

// The modes.
const (
	// Enforce has the event quarantined.
	Enforce Mode = "enforce"
	// Warn has the event delivered, counted and logged once for every shape.
	Warn Mode = "warn"
	// Off has no payload of the topic validated.
	Off Mode = "off"
)

// State is what becomes of a topic's events.
type State string

// The states.
const (
	// Active is the state of a topic whose events are handled.
	Active State = "active"
	// Paused is the state of a topic whose events wait in the queue.
	Paused State = "paused"
	// Dropped is the state of a topic whose events are counted and acknowledged, and nothing else.
	Dropped State = "dropped"
)

// Topic is what the flags say of one topic.
type Topic struct {
	Schema Mode
	// Version is the version of the schema, a whole number of up to nine digits; empty: the latest.
	Version string
	State   State
}

// Schemas are JSON Schemas by topic and version.
type Schemas = map[string]map[string]jsontext.Value

// decoders are the names by which envelopes are switched off.
var decoders = [...]string{"direct", "eventbridge", "sns", "compressed", "claim-check"}

// Decoders are the names that a document can have under "decoders".
func Decoders() []string { return slices.Clone(decoders[:]) }

// Document is a flags document. It never changes, so that many may read it at a time.
type Document struct {
	level        *slog.Level
	replaysAgain bool
	// decodersOff has at most five names: looking through them takes less time than a map.
	decodersOff []string
	fallback    Topic
	topics      map[string]Topic
	schemas     Schemas
}

// Default returns the flags that apply where nothing else is known.
func Default() *Document { return &Document{fallback: Topic{Schema: Warn, State: Active}} }

// Topic returns what applies to a topic, which is the defaults for one that the document does not name.
func (d *Document) Topic(name string) Topic {
	if topic, ok := d.topics[name]; ok {
		return topic
	}
	return d.fallback
}

// Decoder reports whether the envelope of a name is opened.
func (d *Document) Decoder(name string) bool { return !slices.Contains(d.decodersOff, name) }

// Level returns the level from which on is logged, or false when the document leaves it to the function's environment.
func (d *Document) Level() (slog.Level, bool) {
	if d.level == nil {
		return 0, false
	}
	return *d.level, true
}

// ReplaysAgain reports whether an event that an EventBridge archive replays is handled anew rather than as a duplicate.
func (d *Document) ReplaysAgain() bool { return d.replaysAgain }

// Schemas returns the document's own JSON Schemas, each a JSON object. They must not be changed.
func (d *Document) Schemas() Schemas { return d.schemas }
