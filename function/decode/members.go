package decode

import (
	"bytes"
	"errors"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/event"
	"cc-eventbridge/function/internal/walk"
)

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
	return refuse(NotJSON, "the body is not one JSON value")
}

func validBut(body []byte, options ...jsontext.Options) bool {
	return jsontext.Value(bytes.TrimSpace(body)).IsValid(options...)
}

// unrecognized says why no decoder recognizes a body.
func unrecognized(body []byte, o outline) error {
	if o.kind == 0 {
		if _, err := lookInto(body, 0); err != nil {
			return err
		}
	}
	r := walk.New(body)
	err := r.Skip()
	if err == nil {
		err = r.End()
	}
	switch {
	case err != nil:
		return syntax(body, err)
	case o.has(eventMember | detailMember):
		return refuse(UnknownEnvelope, `the body has "event" and "detail" members, should have one of them`)
	default:
		return refuse(UnknownEnvelope, `the body has neither an "event" nor a "detail" member, and is no wrapping that is known`)
	}
}
