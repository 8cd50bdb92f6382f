package flags

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	topicNameRule = "a topic's name: 1 to 256 printable ASCII characters without spaces"
	versionRule   = "a version: a whole number from 1 to 999999999"
)

// topicName reports whether a topic can have this name. All topics and event types of Genesys Cloud do; what does not is a
// slip, such as a space at the end, that would have a flag apply to nothing.
func topicName(name string) bool {
	return len(name) >= 1 && len(name) <= maxTopicName &&
		!strings.ContainsFunc(name, func(r rune) bool { return r < '!' || r > '~' })
}

func versionNumber(text string) bool {
	return len(text) >= 1 && len(text) <= maxVersionDigits && text[0] != '0' &&
		!strings.ContainsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
}

// members reads an object and has member read the value of each of its members, of which there may be most; 0: any number.
func (p *parser) members(most int, member func(name string) error) error {
	if kind := p.decoder.PeekKind(); kind != jsontext.KindBeginObject {
		_, err := p.value(jsontext.KindBeginObject, "an object")
		return err
	}
	if _, err := p.decoder.ReadToken(); err != nil {
		return err
	}
	count := 0
	for ; p.decoder.PeekKind() != jsontext.KindEndObject; count++ {
		name, err := p.decoder.ReadToken()
		if err != nil {
			return err
		}
		if err := member(name.String()); err != nil {
			return err
		}
	}
	_, err := p.decoder.ReadToken()
	if most > 0 && count > most {
		p.problems.add(fmt.Errorf("%s has %d members, should have at most %d", p.path(), count, most))
	}
	return err
}

// value reads a value of one kind, and returns nothing where it is of another. What it returns is the decoder's, until it
// reads on.
func (p *parser) value(kind jsontext.Kind, rule string) (jsontext.Value, error) {
	value, err := p.decoder.ReadValue()
	if errors.Is(err, io.EOF) {
		// Nothing but white space; the decoder has no more to say of it than that it is at the end.
		return nil, io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	if value.Kind() != kind {
		p.wrong(value, rule)
		return nil, nil
	}
	return value, nil
}

func (p *parser) text(rule string) (jsontext.Value, string, error) {
	value, err := p.value(jsontext.KindString, rule)
	if value == nil || err != nil {
		return nil, "", err
	}
	text, err := jsontext.AppendUnquote(nil, value)
	return value, string(text), err
}

// choice reads one of the allowed strings, and returns the empty one where the value is another.
func choice[T ~string](p *parser, allowed ...T) (T, error) {
	names := make([]string, len(allowed))
	for i, name := range allowed {
		names[i] = string(name)
	}
	rule := "one of " + strings.Join(names, ", ")
	value, text, err := p.text(rule)
	if value == nil || err != nil {
		return "", err
	}
	if !slices.Contains(allowed, T(text)) {
		p.wrong(value, rule)
		return "", nil
	}
	return T(text), nil
}

func (p *parser) version() (string, error) {
	value, text, err := p.text(versionRule + ", as a string")
	if value != nil && !versionNumber(text) {
		p.wrong(value, versionRule+", as a string")
	}
	return text, err
}

func (p *parser) boolean() (bool, error) {
	value, err := p.decoder.ReadValue()
	if err != nil {
		return false, err
	}
	switch value.Kind() {
	case jsontext.KindTrue:
		return true, nil
	case jsontext.KindFalse:
		return false, nil
	default:
		p.wrong(value, "true or false")
		return false, nil
	}
}

// unknown reads past the value of a member that should not be there.
func (p *parser) unknown(allowed string) error {
	path := p.path()
	p.problems.add(fmt.Errorf("%s is not a known member, should be %s", path, allowed))
	return p.decoder.SkipValue()
}

func (p *parser) wrong(value jsontext.Value, rule string) {
	p.problems.add(fmt.Errorf("%s is %s, should be %s", p.path(), shortened(string(value)), rule))
}

// path is where the value that was read last, or the name of the member, stands.
func (p *parser) path() string {
	if pointer := p.decoder.StackPointer(); pointer != "" {
		return shortened(string(pointer))
	}
	return "the document"
}
