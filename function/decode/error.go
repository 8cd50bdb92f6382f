package decode

import (
	"bytes"
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// Reason is the short, stable name of why a body can never be processed. Operators filter the validation queue by it.
type Reason string

// The reasons this package gives.
const (
	EmptyBody        Reason = "empty-body"
	InvalidUTF8      Reason = "invalid-utf8"
	NotJSON          Reason = "not-json"
	DuplicateName    Reason = "duplicate-name"
	TooDeep          Reason = "too-deep"
	NumberOutOfRange Reason = "number-out-of-range"
	UnknownEnvelope  Reason = "unknown-envelope"
	MissingIdentity  Reason = "missing-identity"
)

// Error is a permanent error: the same body would fail again. Its text never has values of the body in it, because those
// are personal data.
type Error struct {
	Reason Reason
	Detail string
}

func (e *Error) Error() string { return "decode body: " + string(e.Reason) + ": " + e.Detail }

func refuse(reason Reason, detail string) error { return &Error{Reason: reason, Detail: detail} }

// syntaxError names what is wrong with a body that the JSON decoder refused.
func syntaxError(body []byte, err error) error {
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
