package awshttp_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/smithy-go"

	"cc-eventbridge/function/awshttp"
)

func TestPlain(t *testing.T) {
	const personal = "4930123456"
	if awshttp.Plain(nil) != nil {
		t.Error("an error of nil")
	}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"a code": {&smithy.GenericAPIError{Code: "ValidationException", Message: "no such value: " + personal}, `AWS answered ValidationException (status 0, request "")`},
		"a permission": {
			&smithy.GenericAPIError{Code: "AccessDeniedException", Message: "User: arn:" + personal + " is not authorized to perform: dynamodb:PartiQLInsert on resource: arn:" + personal},
			"AccessDeniedException (status 0, request \"\"): the permission dynamodb:PartiQLInsert is missing",
		},
		"a permission that is none": {
			&smithy.GenericAPIError{Code: "AccessDenied", Message: "not authorized to perform: " + personal + ":Send on"}, `AWS answered AccessDenied (status 0, request "")`,
		},
		"a code that is none": {&smithy.GenericAPIError{Code: "call " + personal}, "with a code that is none"},
		"no answer":           {fmt.Errorf("malformed HTTP response %q", personal), "no answer that HTTP knows"},
		"no answer in time":   {fmt.Errorf("%s: %w", personal, context.DeadlineExceeded), "no answer in time"},
	} {
		got := awshttp.Plain(fmt.Errorf("operation error: %w", c.err))
		if text := got.Error(); !strings.Contains(text, c.want) || strings.Contains(text, personal) {
			t.Errorf("%s: %q, want %q", name, text, c.want)
		}
		if !errors.Is(got, c.err) {
			t.Errorf("%s: it is another error now", name)
		}
	}
}
