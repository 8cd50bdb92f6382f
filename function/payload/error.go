package payload

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
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
	answer, ok := errors.AsType[*awshttp.ResponseError](err)
	if !ok || answer.Response == nil || answer.Response.Response == nil {
		return 0
	}
	return answer.HTTPStatusCode()
}

// withoutKey is the error without the SDK's and S3's texts around it: one has the URL of the object in it, the other its
// ARN.
func withoutKey(err error) error {
	if refusal, ok := errors.AsType[smithy.APIError](err); ok {
		request := ""
		if answer, ok := errors.AsType[*awshttp.ResponseError](err); ok {
			request = answer.ServiceRequestID()
		}
		return fmt.Errorf("S3 answered %s (status %d, request %q)%s", refusal.ErrorCode(), statusOf(err), request, lacking(refusal))
	}
	if sending, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("%s: %w", sending.Op, sending.Err)
	}
	if operation, ok := errors.AsType[*smithy.OperationError](err); ok {
		return innermost(operation)
	}
	return err
}

// kmsActions are what S3 needs of the key that an object is encrypted with, on the caller's behalf (AWS KMS developer guide,
// "Required KMS permissions for S3"): one to read, one to write.
var kmsActions = [...]string{"kms:Decrypt", "kms:GenerateDataKey"}

// lacking says what the function may have to be allowed, for which S3 has one code. Of S3's text it takes nothing but whether
// an action of KMS is in it, which is so in newer answers only.
func lacking(refusal smithy.APIError) string {
	code, text := refusal.ErrorCode(), refusal.ErrorMessage()
	if strings.HasPrefix(code, "KMS.") {
		return ": the object's KMS key can't be used"
	}
	if code != "AccessDenied" {
		return ""
	}
	for _, action := range kmsActions {
		if strings.Contains(text, action) {
			return ": the permission " + action + " is missing on the object's KMS key"
		}
	}
	return ": a permission is missing, on the object or on the KMS key that it is encrypted with"
}

func innermost(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
