package awshttp_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/aws/smithy-go"

	"cc-eventbridge/function/awshttp"
)

func TestRefusals(t *testing.T) {
	client := func(code string) error {
		return fmt.Errorf("call: %w", &smithy.GenericAPIError{Code: code, Fault: smithy.FaultClient})
	}
	for name, c := range map[string]struct {
		err  error
		want awshttp.Refusal
	}{
		"nothing came back":               {errors.New("connection reset"), awshttp.Unanswered},
		"a fault of the service":          {&smithy.GenericAPIError{Code: "InternalError", Fault: smithy.FaultServer}, awshttp.Unanswered},
		"throttled":                       {client("ThrottlingException"), awshttp.Throttled},
		"throttled by the queue's key":    {client("KmsThrottled"), awshttp.Throttled},
		"a request that is not taken":     {client("ValidationException"), awshttp.RequestRefused},
		"no permission":                   {client("AccessDenied"), awshttp.CallerRefused},
		"no permission for the queue key": {client("KmsAccessDenied"), awshttp.CallerRefused},
		"the same, by the older protocol": {client("KMS.AccessDeniedException"), awshttp.CallerRefused},
	} {
		if got := awshttp.RefusalOf(c.err); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
		if got, want := awshttp.RefusedForOne(c.err, 2), c.want == awshttp.RequestRefused; got != want || awshttp.RefusedForOne(c.err, 1) {
			t.Errorf("%s: for one of two, perhaps: %t, want %t; of one never", name, got, want)
		}
	}
}
