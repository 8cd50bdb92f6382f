package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxWords bounds what an error repeats of an answer.
const maxWords = 600

// refusal reads an answer that is not a success.
func (c *Client) refusal(x exchange, resp *http.Response, answer []byte) error {
	e := &Error{Method: x.method, Path: x.path, Status: resp.StatusCode, CorrelationID: c.said(resp.Header.Get("Inin-Correlation-Id"))}
	if location := resp.Header.Get("Location"); resp.StatusCode < 400 && location != "" {
		e.Message = c.said("it redirects to " + redactUser(location) + ", which is not followed because the credentials would go along; check the region")
		return e
	}
	// The login service answers in OAuth's words, the API in its own.
	var body struct {
		wording
		Code             string   `json:"code"`
		ContextID        string   `json:"contextId"`
		ErrorCode        string   `json:"error"`
		ErrorDescription string   `json:"error_description"`
		Description      string   `json:"description"`
		Limit            *limit   `json:"limit"`
		Details          []detail `json:"details"`
		Errors           []detail `json:"errors"`
	}
	if json.Unmarshal(answer, &body) != nil {
		return e // a proxy's page: its status says what there is to say
	}
	e.Code = c.said(first(body.Code, body.ErrorCode))
	words := []string{first(body.text(), body.ErrorDescription, body.Description)}
	add := func(text string) {
		if text != "" && !slices.Contains(words, text) {
			words = append(words, text)
		}
	}
	add(body.Limit.String())
	for _, d := range append(body.Details, body.Errors...) {
		add(d.String())
		add(d.Limit.String())
	}
	e.Message = c.said(strings.Join(words, "; "))
	if e.CorrelationID == "" {
		e.CorrelationID = c.said(body.ContextID) // the same id, by Genesys's documentation of errors
	}
	return e
}

// wording is how Genesys Cloud words errors and states: as a text, or as one with parameters in braces.
type wording struct {
	Message           string            `json:"message,omitempty"`
	MessageWithParams string            `json:"messageWithParams,omitempty"`
	MessageParams     map[string]string `json:"messageParams,omitempty"`
}

func (w wording) text() string {
	text := first(w.Message, w.MessageWithParams)
	for _, name := range slices.Sorted(maps.Keys(w.MessageParams)) {
		text = strings.ReplaceAll(text, "{"+name+"}", w.MessageParams[name])
	}
	return text
}

// detail is a part of an error: of one field, or an error of its own.
type detail struct {
	wording
	ErrorCode string `json:"errorCode"`
	Code      string `json:"code"`
	FieldName string `json:"fieldName"`
	Limit     *limit `json:"limit"`
}

func (d detail) String() string {
	text := first(d.text(), d.ErrorCode, d.Code)
	if d.FieldName == "" {
		return text
	}
	return strings.TrimSuffix("field "+d.FieldName+": "+text, ": ")
}

// limit is a limit of the organization that a request would exceed.
type limit struct {
	Key       string `json:"key"`
	Namespace string `json:"namespace"`
	Value     int64  `json:"value"`
}

func (l *limit) String() string {
	if l == nil || l.Key == "" {
		return ""
	}
	return fmt.Sprintf("the limit %s of %s is %d", l.Key, first(l.Namespace, "the organization"), l.Value)
}

// said makes a text of the server's fit to be shown: one line, not too long, without secrets.
func (c *Client) said(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, c.scrub.clean(text))
	if len(text) <= maxWords {
		return text
	}
	cut := maxWords
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
