package api

import (
	"encoding/json"
	"net/http"
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
		Message          string   `json:"message"`
		Code             string   `json:"code"`
		ContextID        string   `json:"contextId"`
		ErrorCode        string   `json:"error"`
		ErrorDescription string   `json:"error_description"`
		Description      string   `json:"description"`
		Details          []detail `json:"details"`
		Errors           []detail `json:"errors"`
	}
	if json.Unmarshal(answer, &body) != nil {
		return e // a proxy's page: its status says what there is to say
	}
	e.Code = c.said(first(body.Code, body.ErrorCode))
	words := []string{first(body.Message, body.ErrorDescription, body.Description)}
	for _, d := range append(body.Details, body.Errors...) {
		if text := first(d.Message, d.ErrorCode); text != "" && text != words[0] {
			words = append(words, text)
		}
	}
	e.Message = c.said(strings.Join(words, "; "))
	if e.CorrelationID == "" {
		e.CorrelationID = c.said(body.ContextID) // the same id, by Genesys's documentation of errors
	}
	return e
}

type detail struct {
	Message   string `json:"message"`
	ErrorCode string `json:"errorCode"`
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
