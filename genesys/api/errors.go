package api

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
)

// Error is an answer of Genesys Cloud that is not a success.
type Error struct {
	// Method and Path say what was asked for.
	Method, Path string
	// Status is the HTTP status.
	Status int
	// Code and Message are Genesys's own words.
	Code, Message string
	// CorrelationID is what Genesys's support asks for.
	CorrelationID string
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: Genesys Cloud answered %d", e.Method, e.Path, e.Status)
	if e.Code != "" {
		fmt.Fprintf(&b, " (%s)", e.Code)
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": %s", e.Message)
	}
	if e.CorrelationID == "" {
		return b.String() + " [no correlation id]"
	}
	return b.String() + " [correlation id " + e.CorrelationID + "]"
}

// lostError says that a request was sent and nobody knows what became of it.
type lostError struct{ cause error }

func (e *lostError) Error() string {
	return "the request was sent, but its answer was lost: " + e.cause.Error()
}
func (e *lostError) Unwrap() error { return e.cause }

// NotFound reports whether Genesys Cloud has no such object.
func NotFound(err error) bool { return hasStatus(err, http.StatusNotFound) }

// VersionConflict reports whether an update was refused because somebody else had changed the object. Genesys answers 409,
// or 400 with a sentence.
func VersionConflict(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Status == http.StatusConflict ||
		e.Status == http.StatusBadRequest && strings.Contains(e.Message, "does not match the current version"))
}

// MayHaveHappened reports whether a request may have taken effect although it failed.
func MayHaveHappened(err error) bool {
	var lost *lostError
	return errors.As(err, &lost) || serverError(err) || hasStatus(err, http.StatusRequestTimeout)
}

// StillRunning reports whether a failed request may even take effect later: nobody saw its end.
func StillRunning(err error) bool {
	var lost *lostError
	return errors.As(err, &lost) || hasStatus(err, http.StatusBadGateway) || hasStatus(err, http.StatusGatewayTimeout) ||
		hasStatus(err, http.StatusRequestTimeout)
}

func serverError(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status >= http.StatusInternalServerError
}

func hasStatus(err error, status int) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == status
}

// neverSent reports whether a request failed before a connection was there.
func neverSent(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &dns) || errors.As(err, &op) && op.Op == "dial"
}
