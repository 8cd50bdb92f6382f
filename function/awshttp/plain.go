package awshttp

import (
	"errors"
	"fmt"
	"strings"

	awstransport "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// Plain is the error of a call to AWS as it can be logged: the service's code, the status and the request's id, and which
// permission is missing, but no text from outside. Such texts may quote what was sent, and a key of the table has an event's
// id in it. To errors.Is and errors.As it is the same error. Plain returns nil for nil.
func Plain(err error) error {
	if err == nil {
		return nil
	}
	text := Failure(err).Error()
	if refusal, ok := errors.AsType[smithy.APIError](err); ok {
		status, request := 0, ""
		if answer, ok := errors.AsType[*awstransport.ResponseError](err); ok && answer.Response != nil && answer.Response.Response != nil {
			status, request = answer.HTTPStatusCode(), answer.ServiceRequestID()
		}
		text = fmt.Sprintf("AWS answered %s (status %d, request %q)", Code(refusal.ErrorCode()), status, request)
		if action := deniedAction(refusal.ErrorMessage()); action != "" {
			text += ": the permission " + action + " is missing"
		}
	}
	return &plain{text, err}
}

type plain struct {
	text string
	err  error
}

func (p *plain) Error() string { return p.text }
func (p *plain) Unwrap() error { return p.err }

// maxCode is longer than any code of AWS's.
const maxCode = 100

// Code is a code of AWS's as it can be logged. What has other characters than codes have is none.
func Code(code string) string {
	strange := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' && r != '_'
	}
	if code == "" || len(code) > maxCode || strings.ContainsFunc(code, strange) {
		return "with a code that is none"
	}
	return code
}

// deniedAction returns the action that an answer says is not allowed ("… not authorized to perform: sqs:SendMessage on …"), ""
// if there is none in it.
func deniedAction(text string) string {
	_, rest, _ := strings.Cut(text, "not authorized to perform: ")
	action, _, _ := strings.Cut(rest, " ")
	service, name, _ := strings.Cut(action, ":")
	strange := func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' }
	for _, part := range []string{service, name} {
		if part == "" || len(part) > maxCode || strings.ContainsFunc(part, strange) {
			return ""
		}
	}
	return action
}
