package deliver

import (
	"context"
	"net/url"

	"cc-eventbridge/function/contract"
)

// lambdaMost is the largest event of an asynchronous invocation: 1 MB since October 2025 (AWS Lambda developer guide, "Lambda
// quotas").
const lambdaMost = 1 << 20

// lambdaCodes are those of Invoke (AWS Lambda API reference).
var lambdaCodes = map[string]meaning{
	"InvalidRequestContentException": rejected,
	"RequestTooLargeException":       tooLarge,
	"TooManyRequestsException":       throttled,
	"ResourceConflictException":      unavailable, "ResourceNotReadyException": unavailable,
	"InvalidRuntimeException": unusable, "InvalidSecurityGroupIDException": unusable, "InvalidSubnetIDException": unusable,
	"InvalidZipFileException": unusable, "InvalidParameterValueException": unusable, "UnsupportedMediaTypeException": unusable,
}

// lambdaFunction invokes a function asynchronously with each event, or its alias or version where the ARN has one. Lambda accepts an
// event once it is in the function's own queue: what becomes of it then is for that function's retries and destinations.
type lambdaFunction struct {
	service *service
	content *content
	path    string
}

func openLambda(target contract.Target, env Environment) (Downstream, error) {
	content, err := contentOf(target, env, limits{most: lambdaMost, offload: lambdaMost})
	if err != nil {
		return nil, err
	}
	service, _, err := openService(target, env, "lambda", "function:", lambdaCodes)
	if err != nil {
		return nil, err
	}
	return &lambdaFunction{service: service, content: content, path: "/2015-03-31/functions/" + url.QueryEscape(target.Address) + "/invocations"}, nil
}

// Deliver invokes the function.
func (f *lambdaFunction) Deliver(ctx context.Context, delivery Delivery) error {
	m, err := f.content.of(ctx, delivery, 0)
	if err != nil {
		return err
	}
	_, err = f.service.do(ctx, delivery, call{
		path: f.path, body: m.body, headers: map[string]string{"Content-Type": jsonMedia, "X-Amz-Invocation-Type": "Event"},
	})
	return err
}
