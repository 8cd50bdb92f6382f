package decode

import (
	"bytes"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/internal/walk"
)

// Body decodes one message body. Every error it returns is an *Error.
//
// The body must be one JSON object (RFC 7493: UTF-8, no duplicate names) with either an "event" member (the direct
// envelope) or "detail-type" and "detail" members (EventBridge). Members it does not know are skipped: Genesys adds some
// without notice.
func Body(body []byte) (Event, error) {
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return Event{}, refuse(EmptyBody, "the body has no characters other than white space")
	case !utf8.Valid(body):
		return Event{}, refuse(InvalidUTF8, "the body is not UTF-8")
	}
	if err := scan(body); err != nil {
		return Event{}, err
	}
	var (
		direct direct
		bridge bridge
	)
	if err := members(body, &direct, &bridge); err != nil {
		return Event{}, syntaxError(body, err)
	}
	switch {
	case direct.present && bridge.present:
		return Event{}, refuse(UnknownEnvelope, `the body has "event" and "detail" members, should have one of them`)
	case direct.present:
		return direct.decoded()
	case bridge.present:
		return bridge.decoded()
	default:
		return Event{}, refuse(UnknownEnvelope, `the body has neither an "event" nor a "detail" member`)
	}
}

// members fills in what either envelope needs, on one pass: the order of members is the sender's choice, so that which
// envelope it is shows only at the end.
func members(body []byte, direct *direct, bridge *bridge) error {
	r := walk.New(body)
	if r.Kind() != jsontext.KindBeginObject {
		if err := r.Skip(); err != nil {
			return err
		}
		return r.End()
	}
	_, err := r.Object(func(name []byte) (err error) {
		switch string(name) {
		case "event":
			err = direct.event(r)
		case "timestamp":
			direct.timestamp, err = scalar(r)
		case "detail-type":
			bridge.detailType, err = r.Text()
		case "source":
			bridge.source, err = r.Text()
		case "id":
			bridge.id, err = scalar(r)
		case "detail":
			err = bridge.detail(r)
		default:
			err = r.Skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	return r.End()
}

// scalar returns the next value if it is a number or a string other than ""; it skips anything else.
func scalar(r *walk.Reader) (Scalar, error) {
	switch r.Kind() {
	case jsontext.KindString, jsontext.KindNumber:
		raw, err := r.Raw()
		if err != nil || string(raw) == `""` {
			return "", err
		}
		return Scalar(raw), nil
	default:
		return "", r.Skip()
	}
}
