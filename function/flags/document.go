package flags

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"strings"

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
	level                 *slog.Level
	replaysAgain          bool
	replaceLoneSurrogates bool
	// decodersOff has at most five names: looking through them takes less time than a map.
	decodersOff []string
	fallback    Topic
	topics      map[string]Topic
	schemas     Schemas
	// enforced are the topics that the document itself wants enforced, not by its defaults.
	enforced []string
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

// ReplaceLoneSurrogates reports whether half of a surrogate pair in a text is replaced by U+FFFD rather than quarantined.
func (d *Document) ReplaceLoneSurrogates() bool { return d.replaceLoneSurrogates }

// Schemas returns the document's own JSON Schemas, each a JSON object. They must not be changed.
func (d *Document) Schemas() Schemas { return d.schemas }

// Registry says which versions of a topic's schema there are; none for a topic without one.
type Registry interface{ Versions(topic string) []string }

// Unmet is what a document asks of a topic, and the schemas that there are can't give: the function would deliver its events
// unvalidated.
type Unmet struct {
	Topic string
	// Member is the member of the topic that asks for it, "version" or "schema", and Value its value.
	Member, Value string
	// Versions are those that there are of the topic's schema.
	Versions []string
}

func (u Unmet) Error() string {
	there := "there is no schema of this topic"
	if len(u.Versions) > 0 {
		there = "the topic's schema has the versions " + strings.Join(u.Versions, ", ")
	}
	return fmt.Sprintf("/topics/%s/%s is %q, but %s", pointer.Replace(shortened(u.Topic)), u.Member, u.Value, there)
}

// pointer writes a name as a segment of a JSON pointer.
var pointer = strings.NewReplacer("~", "~0", "/", "~1")

// Unmet returns what the document asks for and a registry that has the document's own schemas can't give: versions that are not
// there, and topics to enforce that have no schema. A mode that comes from the defaults asks for nothing: there may be topics
// without a schema, and their events are delivered and counted.
func (d *Document) Unmet(registry Registry) []Unmet {
	var unmet []Unmet
	for _, topic := range slices.Sorted(maps.Keys(d.topics)) {
		versions, version := registry.Versions(topic), d.topics[topic].Version
		switch {
		case version != "" && !slices.Contains(versions, version):
			unmet = append(unmet, Unmet{topic, "version", version, versions})
		case len(versions) == 0 && slices.Contains(d.enforced, topic):
			unmet = append(unmet, Unmet{topic, "schema", string(Enforce), nil})
		}
	}
	return unmet
}

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
type Compile[R Registry] func(Schemas) (R, error)

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
	var unmet problems
	for _, problem := range document.Unmet(registry) {
		unmet.add(problem)
	}
	if err := unmet.err(); err != nil {
		return nil, fmt.Errorf("find schemas of flags: %w", err)
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
