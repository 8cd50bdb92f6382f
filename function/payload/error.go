package payload

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	awstransport "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"cc-eventbridge/function/awshttp"
)

// The reasons for which an object can't be read, however often it is tried.
const (
	MissingObject  = "missing-object"
	ObjectTooLarge = "object-too-large"
)

// noSuchKey is S3's code for a missing object. Not every 404 is one: NoSuchBucket is a mistake in the configuration.
const noSuchKey = "NoSuchKey"

// Error is a permanent error: the same pointer would fail again.
type Error struct{ Reason, Detail string }

func (e *Error) Error() string { return "read payload object: " + e.Reason + ": " + e.Detail }

func missing(err error) bool {
	answer, ok := errors.AsType[smithy.APIError](err)
	return ok && answer.ErrorCode() == noSuchKey
}

// worthAnother reports whether a second call soon after may fare better: S3 failed, or nothing reached the function. Where
// S3 refused the call, it would again.
func worthAnother(err error) bool {
	if _, permanent := errors.AsType[*Error](err); permanent {
		return false
	}
	status := statusOf(err)
	return status == 0 || status >= http.StatusInternalServerError
}

// statusOf is the HTTP status that an error came with, 0 if there was no answer.
func statusOf(err error) int {
	answer, ok := errors.AsType[*awstransport.ResponseError](err)
	if !ok || answer.Response == nil || answer.Response.Response == nil {
		return 0
	}
	return answer.HTTPStatusCode()
}

// withoutKey is the error without the SDK's and S3's texts around it: one has the URL of the object in it, the other its
// ARN. S3 has one code for a permission that is missing on an object and on the KMS key that it is encrypted with.
func withoutKey(err error) error {
	if _, ok := errors.AsType[*smithy.OperationError](err); !ok {
		return err // this package's own
	}
	plain := awshttp.Plain(err)
	refusal, ok := errors.AsType[smithy.APIError](err)
	switch {
	case !ok:
		return plain
	case strings.HasPrefix(refusal.ErrorCode(), "KMS."):
		return fmt.Errorf("%w: the object's KMS key can't be used", plain)
	case refusal.ErrorCode() == "AccessDenied" && !strings.Contains(plain.Error(), "permission"):
		return fmt.Errorf("%w: a permission is missing, on the object or on the KMS key that it is encrypted with", plain)
	default:
		return plain
	}
}
