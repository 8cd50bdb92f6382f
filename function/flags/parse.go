package flags

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// The bounds of a document. schema.json has those of names and counts as well.
const (
	// MaxBytes is the most that a document can have: some hundred topics with a schema each. It is read and compiled at the
	// start of a process, while messages wait.
	MaxBytes = 1 << 20
	// maxTopics is the most members of "topics".
	maxTopics = 1000
	// maxSchemaTopics and maxVersions are the most members of "schemas", and of a topic in it.
	maxSchemaTopics = 100
	maxVersions     = 20
	// maxTopicName is the most characters of a topic's name. EventBridge allows 128 for a detail-type.
	maxTopicName = 256
	// maxVersionDigits keeps a version within 32 bits.
	maxVersionDigits = 9
)

// Parse reads a document. Its error joins all that is wrong with it, each with the path (a JSON pointer), the value and what
// it should be. Where the document is not JSON, it ends at the first such fault.
func Parse(content []byte) (*Document, error) {
	if len(content) > MaxBytes {
		return nil, fmt.Errorf("parse flags: the document has %d bytes, should have at most %d", len(content), MaxBytes)
	}
	p := parser{decoder: jsontext.NewDecoder(bytes.NewBuffer(content)), document: Default()}
	err := p.members(0, p.member)
	if err == nil {
		err = p.end()
	}
	if err != nil {
		p.problems.add(fmt.Errorf("the document can't be read: %w", err))
	}
	if err := p.problems.err(); err != nil {
		return nil, fmt.Errorf("parse flags: %w", err)
	}
	p.document.inherit()
	return p.document, nil
}

// parser reads a document from its first byte to its last. Its methods return an error only where what they read is not
// JSON; everything else that is wrong becomes a problem, and the reading goes on.
type parser struct {
	decoder  *jsontext.Decoder
	document *Document
	problems problems
}

func (p *parser) member(name string) (err error) {
	switch name {
	case "logLevel":
		err = p.level()
	case "replays":
		var replays string
		replays, err = choice(p, "deduplicate", "again")
		p.document.replaysAgain = replays == "again"
	case "loneSurrogates":
		var lone string
		lone, err = choice(p, "quarantine", "replace")
		p.document.replaceLoneSurrogates = lone == "replace"
	case "decoders":
		err = p.members(0, p.decoderSwitch)
	case "defaults":
		err = p.members(0, p.defaultFor)
	case "topics":
		p.document.topics = map[string]Topic{}
		err = p.members(maxTopics, p.topic)
	case "schemas":
		p.document.schemas = Schemas{}
		err = p.members(maxSchemaTopics, p.schemasOf)
	default:
		err = p.unknown("logLevel, replays, loneSurrogates, decoders, defaults, topics, schemas")
	}
	return err
}

func (p *parser) level() error {
	name, err := choice(p, "debug", "info", "warn", "error")
	if name != "" {
		p.document.level = new(slog.Level)
		err = errors.Join(err, p.document.level.UnmarshalText([]byte(name)))
	}
	return err
}

func (p *parser) decoderSwitch(name string) error {
	if !slices.Contains(decoders[:], name) {
		return p.unknown(strings.Join(decoders[:], ", "))
	}
	on, err := p.boolean()
	if !on {
		p.document.decodersOff = append(p.document.decodersOff, name)
	}
	return err
}

func (p *parser) defaultFor(name string) (err error) {
	if name != "schema" {
		return p.unknown("schema")
	}
	p.document.fallback.Schema, err = choice(p, Enforce, Warn, Off)
	return err
}

func (p *parser) topic(name string) error {
	if !topicName(name) {
		return p.unknown(topicNameRule)
	}
	var topic Topic
	err := p.members(0, func(member string) (err error) {
		switch member {
		case "schema":
			topic.Schema, err = choice(p, Enforce, Warn, Off)
		case "version":
			topic.Version, err = p.version()
		case "state":
			topic.State, err = choice(p, Active, Paused, Dropped)
		default:
			err = p.unknown("schema, version, state")
		}
		return err
	})
	p.document.topics[name] = topic
	if topic.Schema == Enforce {
		p.document.enforced = append(p.document.enforced, name)
	}
	return err
}

// inherit fills in what topics leave to the defaults, which may stand after them.
func (d *Document) inherit() {
	for name, topic := range d.topics {
		if topic.Schema == "" {
			topic.Schema = d.fallback.Schema
		}
		if topic.State == "" {
			topic.State = d.fallback.State
		}
		d.topics[name] = topic
	}
}

func (p *parser) schemasOf(topic string) error {
	if !topicName(topic) {
		return p.unknown(topicNameRule)
	}
	versions := map[string]jsontext.Value{}
	p.document.schemas[topic] = versions
	return p.members(maxVersions, func(version string) error {
		if !versionNumber(version) {
			return p.unknown(versionRule)
		}
		schema, err := p.value(jsontext.KindBeginObject, "an object: a JSON Schema")
		versions[version] = schema.Clone()
		return err
	})
}

// end reports an error where the document goes on after its first value.
func (p *parser) end() error {
	switch _, err := p.decoder.ReadToken(); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	default:
		return fmt.Errorf("it goes on after the first value, at byte %d", p.decoder.InputOffset())
	}
}
