package awshttp

import (
	"errors"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/transport/http"
)

// throttled are the codes with which AWS asks to come again later, by whatever status.
var throttled = map[string]bool{
	"ProvisionedThroughputExceededException": true, "RequestLimitExceeded": true, "ThrottlingException": true,
	"LimitExceededException": true, "RequestThrottled": true, "Throttling": true, "TooManyRequestsException": true, "SlowDown": true,
	"KmsThrottled": true, "KMS.ThrottlingException": true,
}

// elsewhere are the codes of refusals that are about who calls, or about what is not there, and not about what is asked.
var elsewhere = map[string]bool{
	"AccessDenied": true, "AccessDeniedException": true, "UnrecognizedClientException": true, "ExpiredTokenException": true,
	"InvalidClientTokenId": true, "InvalidSignatureException": true, "IncompleteSignature": true, "MissingAuthenticationToken": true,
	"ResourceNotFoundException": true, "AWS.SimpleQueueService.NonExistentQueue": true, "QueueDoesNotExist": true,
	// Of the key that a queue is encrypted with (Amazon SQS API reference, SendMessageBatch), by both protocols' names.
	"KmsAccessDenied": true, "KmsDisabled": true, "KmsInvalidKeyUsage": true,
	"KmsInvalidState": true, "KmsNotFound": true, "KmsOptInRequired": true,
	"KMS.AccessDeniedException": true, "KMS.DisabledException": true, "KMS.InvalidKeyUsageException": true,
	"KMS.InvalidStateException": true, "KMS.NotFoundException": true, "KMS.OptInRequired": true,
}

// Refusal says what the error of a call to AWS means.
type Refusal uint8

// The kinds of errors.
const (
	// Unanswered: there is no answer, or one that the service did not mean. The call may have taken effect.
	Unanswered Refusal = iota
	// Throttled: the call took no effect and may be made again later.
	Throttled
	// RequestRefused: the service does not take this request. Part of it may be fine.
	RequestRefused
	// CallerRefused: the service takes nothing of this kind from this caller, whatever is asked.
	CallerRefused
)

// RefusedForOne reports whether AWS refused a call about so many items and, for all that is known, for one of them only. Made
// again in halves, and those in halves, the call is refused for that one alone.
func RefusedForOne(err error, items int) bool {
	return items > 1 && RefusalOf(err) == RequestRefused
}

// RefusalOf reads the error of a call.
func RefusalOf(err error) Refusal {
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return Unanswered
	}
	code := api.ErrorCode()
	// The SDK knows the fault of modelled errors only, and an HTTP status of all.
	response, ok := errors.AsType[*http.ResponseError](err)
	refused := api.ErrorFault() == smithy.FaultClient || ok && response.HTTPStatusCode() >= 400 && response.HTTPStatusCode() < 500
	switch {
	case throttled[code]:
		return Throttled
	case refused && elsewhere[code]:
		return CallerRefused
	case refused:
		return RequestRefused
	default:
		return Unanswered
	}
}
