package flags

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/contract"
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
var decoders = [...]string{
	contract.DecoderDirect, contract.DecoderEventBridge, contract.DecoderSNS, contract.DecoderCompressed, contract.DecoderClaimCheck,
}

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

// Set is the flags in effect, together with what was compiled for them. Both change in one step, so that no batch sees the
// topics of one document and the schemas of another.
type Set[R any] struct {
	*Document
	// Registry is what Compile made of the document's schemas.
	Registry R
	// Label names the version: its label in AppConfig, or else the start of the document's SHA-256. It is empty for the
	// built-in flags.
	Label string

	// content is the document's text; nil for the built-in flags.
	content []byte
}

// Compile makes a registry of all schemas that there are with a document's own. Its error refuses the document, is logged
// and must not hold a value of an event. It may be called from several goroutines at a time.
type Compile[R any] func(Schemas) (R, error)

// load makes a set of a document's text.
func (c Compile[R]) load(content []byte, label string) (set *Set[R], err error) {
	defer func() {
		// A library that trips over a schema must cost no more than that document.
		if value := recover(); value != nil {
			set, err = nil, fmt.Errorf("compile schemas of flags: panic: %v\n%s", value, debug.Stack())
		}
	}()
	document, err := Parse(content)
	if err != nil {
		return nil, err
	}
	registry, err := c(document.Schemas())
	if err != nil {
		return nil, fmt.Errorf("compile schemas of flags: %w", err)
	}
	return &Set[R]{Document: document, Registry: registry, Label: labelOf(label, content), content: content}, nil
}

// labelOf names a version that has no label by its content. Twelve digits tell apart more versions than anyone will make.
func labelOf(label string, content []byte) string {
	if label != "" {
		return label
	}
	digest := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(digest[:6])
}
