package decode

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/event"
	"cc-eventbridge/function/internal/walk"
)

// maxDepth bounds how deep a body may nest. Genesys events nest fewer than ten levels; the bound keeps the cost of what
// comes after (canonical form, schema validation) in proportion to a body's size.
const maxDepth = 128

// maxParts bounds how many names, strings, numbers, objects and arrays a body may have. Each costs memory wherever it is
// parsed, some dozens of bytes, so that a body of 16 MiB could take hundreds. Genesys events have a part for every 15 bytes;
// what is that large has long texts in it.
const maxParts = 1 << 20

// exponentParts is what a number with an exponent counts for: its canonical form can have five times as many characters.
const exponentParts = 4

// maxNames bounds how many names an object may have, together with those that it lies in. A decoder keeps them all until the
// object ends, to find two of one name, at a hundred bytes and more each. A long one counts once for every nameUnit bytes.
// Objects of Genesys events have some dozen members.
const (
	maxNames = 1 << 16
	nameUnit = 64
)

// outline is what can be told of a body at a glance. It says nothing about whether the body is valid JSON.
type outline struct {
	// kind is the kind of the value: an object, an array or a string. Of any other first byte it is zero, and the body has
	// not been looked at: it may be compressed.
	kind    jsontext.Kind
	members members
}

// members is a set of names of top-level members.
type members uint16

// The names that decoders go by. Others are not noted: a set of known names needs no memory.
const (
	eventMember members = 1 << iota
	detailMember
	detailTypeMember
	typeMember
	messageMember
	topicArnMember
	payloadURLMember
)

// has reports whether the body is an object with all these names.
func (o outline) has(names members) bool {
	return o.kind == jsontext.KindBeginObject && o.members&names == names
}

func nameOf(name []byte) members {
	switch string(name) {
	case "event":
		return eventMember
	case "detail":
		return detailMember
	case "detail-type":
		return detailTypeMember
	case "Type":
		return typeMember
	case "Message":
		return messageMember
	case "TopicArn":
		return topicArnMember
	case "payloadUrl":
		return payloadURLMember
	default:
		return 0
	}
}

// look returns a body's outline. What begins like a JSON object, array or string is checked on the way, before anything
// recurses, for what the JSON decoder does not check: depth and the range of numbers.
//
// A byte order mark begins neither JSON nor any compression: the reserved block type of deflate is in its first byte.
func look(body []byte) (outline, error) {
	switch {
	case bytes.HasPrefix(body, []byte("\xef\xbb\xbf")):
		return outline{}, refuse(NotJSON, "the body begins with a byte order mark, JSON does not")
	case bytes.HasPrefix(body, []byte("\xff\xfe")), bytes.HasPrefix(body, []byte("\xfe\xff")):
		return outline{}, refuse(InvalidUTF8, "the body is UTF-16, as its byte order mark says")
	}
	start := bytes.TrimLeft(body, " \t\r\n")
	if len(start) == 0 {
		return outline{}, refuse(EmptyBody, "the body has no characters other than white space")
	}
	switch start[0] {
	case '{', '[', '"':
		return lookInto(body, jsontext.Kind(start[0]))
	default:
		return outline{}, nil
	}
}

func lookInto(body []byte, kind jsontext.Kind) (outline, error) {
	if !utf8.Valid(body) {
		return outline{}, refuse(InvalidUTF8, "the body is not UTF-8")
	}
	names, err := scan(body)
	return outline{kind, names}, err
}

// Classes of bytes, as far as scan tells them apart.
const (
	other = iota
	quote
	opening
	closing
	colon
	digit
)

var classes = [256]uint8{
	'"': quote, '{': opening, '[': opening, '}': closing, ']': closing, ':': colon,
	'0': digit, '1': digit, '2': digit, '3': digit, '4': digit, '5': digit, '6': digit, '7': digit, '8': digit, '9': digit,
}

// scan passes over a body's bytes. It needs no valid JSON; what is not JSON is left for the decoder to refuse.
func scan(body []byte) (members, error) {
	var names members
	depth, parts := 0, 0
	text := 0                               // bytes of the string before
	open, ofLevel := 0, [maxDepth + 1]int{} // names of the objects that are open, in all and on each level
	for i := 0; i < len(body); i++ {
		switch classes[body[i]] {
		case quote:
			parts++
			end := walk.SkipString(body, i+1)
			if depth == 1 {
				names |= member(body, i, end)
			}
			i, text = end, end-i
		case opening:
			parts++
			if depth++; depth > maxDepth {
				return 0, refuse(TooDeep, "the body nests deeper than "+strconv.Itoa(maxDepth)+" levels")
			}
		case closing:
			if depth > 0 {
				open -= ofLevel[depth]
				ofLevel[depth] = 0
			}
			depth--
		case colon:
			units := 1 + text/nameUnit
			if open += units; open > maxNames {
				return 0, refuse(TooManyParts, "objects in one another have more than "+strconv.Itoa(maxNames)+" names together")
			}
			if depth >= 0 {
				ofLevel[depth] += units
			}
		case digit:
			parts++
			end := skipNumber(body, i)
			if bytes.ContainsAny(body[i:end], "eE") {
				parts += exponentParts - 1
			}
			if outOfRange(body[i:end]) {
				return 0, refuse(NumberOutOfRange, "a number is beyond what float64 holds")
			}
			i = end - 1
		}
	}
	if parts > maxParts {
		return 0, refuse(TooManyParts, "the body has more than "+strconv.Itoa(maxParts)+" names and values")
	}
	return names, nil
}

// member notes the string between two quotes if it is a member's name, which only a name is followed by a colon.
func member(body []byte, start, end int) members {
	for i := end + 1; i < len(body); i++ {
		switch body[i] {
		case ' ', '\t', '\r', '\n':
			continue
		case ':':
			name := body[start+1 : end]
			if bytes.IndexByte(name, '\\') >= 0 {
				// What has a broken escape is refused by the JSON decoder.
				name, _ = jsontext.AppendUnquote(nil, body[start:end+1])
			}
			return nameOf(name)
		}
		break
	}
	return 0
}

func skipNumber(body []byte, i int) int {
	for i < len(body) {
		switch c := body[i]; {
		case c >= '0' && c <= '9', c == '.', c == 'e', c == 'E', c == '+', c == '-':
			i++
		default:
			return i
		}
	}
	return i
}

// safeDigits is the length up to which a number without exponent is surely within float64's range (largest: 1.8e308).
const safeDigits = 300

func outOfRange(number []byte) bool {
	if len(number) <= safeDigits && bytes.IndexByte(number, 'e') < 0 && bytes.IndexByte(number, 'E') < 0 {
		return false
	}
	_, err := strconv.ParseFloat(string(number), 64)
	return errors.Is(err, strconv.ErrRange)
}

// walkObject walks a document that is a JSON object: it calls member with each name, and member consumes the value. The
// document must be that one object (RFC 7493: UTF-8, no duplicate names) and nothing more. It returns the object without
// the white space around it.
func walkObject(body []byte, member func(r *walk.Reader, name []byte) error) (jsontext.Value, error) {
	r := walk.New(body)
	whole, err := r.Object(func(name []byte) error { return member(r, name) })
	if err == nil {
		err = r.End()
	}
	if err != nil {
		return nil, syntax(body, err)
	}
	return whole, nil
}

// scalar returns the next value if it is a number or a string other than ""; it skips anything else.
func scalar(r *walk.Reader) (event.Scalar, error) {
	switch r.Kind() {
	case jsontext.KindString, jsontext.KindNumber:
		raw, err := r.Raw()
		if err != nil || string(raw) == `""` {
			return "", err
		}
		return event.Scalar(raw), nil
	default:
		return "", r.Skip()
	}
}

// syntax names what is wrong with a body that the JSON decoder refused with err. An *Error stays what it is.
func syntax(body []byte, err error) error {
	if refused, ok := errors.AsType[*Error](err); ok {
		return refused
	}
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return refuse(DuplicateName, "an object has two members of one name")
	}
	if validBut(body, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)) {
		return refuse(InvalidUTF8, "a string has half of a surrogate pair")
	}
	return refuse(NotJSON, notJSON(body, err))
}

// notJSON says what a body is that the JSON decoder refused with err, as far as that shows.
func notJSON(body []byte, err error) string {
	first := jsontext.NewDecoder(bytes.NewReader(body))
	switch start := bytes.TrimLeft(body, " \t\r\n"); {
	case bytes.IndexByte(body[:min(len(body), 2)], 0) >= 0:
		return "the body seems to be UTF-16, should be UTF-8"
	case len(start) > 0 && start[0] == '<':
		return "the body begins like XML or HTML"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the body is cut off: it ends within a JSON value"
	case first.SkipValue() == nil:
		return "something follows the JSON value that the body begins with"
	default:
		return "the body is not one JSON value"
	}
}

func validBut(body []byte, options ...jsontext.Options) bool {
	return jsontext.Value(bytes.Trim(body, " \t\r\n")).IsValid(options...)
}

// unrecognized says why no decoder recognizes a body.
func unrecognized(body []byte, o outline) error {
	if o.kind == 0 && !utf8.Valid(body) {
		return refuse(InvalidUTF8, "the body is not UTF-8")
	}
	r := walk.New(body)
	kind := r.Kind()
	err := r.Skip()
	if err == nil {
		err = r.End()
	}
	if err != nil {
		return syntax(body, err)
	}
	if o.kind == 0 { // a number, or a literal
		if _, err := scan(body); err != nil {
			return err
		}
	}
	switch {
	case o.has(eventMember | detailMember):
		return refuse(UnknownEnvelope, `the body has "event" and "detail" members, should have one of them`)
	case kind == jsontext.KindString:
		return refuse(UnknownEnvelope, "the body is a JSON string, should be an object: it may have been encoded twice")
	case kind != jsontext.KindBeginObject:
		return refuse(UnknownEnvelope, "the body is a JSON "+kinds[kind]+", should be an object")
	default:
		return refuse(UnknownEnvelope, `the body has neither an "event" nor a "detail" member, and is no wrapping that is known`)
	}
}

// kinds are the names of what a body can be that is no object and no string.
var kinds = map[jsontext.Kind]string{
	jsontext.KindNull: "null", jsontext.KindFalse: "boolean", jsontext.KindTrue: "boolean",
	jsontext.KindNumber: "number", jsontext.KindBeginArray: "array",
}
