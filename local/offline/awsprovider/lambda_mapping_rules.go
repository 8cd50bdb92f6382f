package awsprovider

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// mappable is what Lambda checks when a mapping is created, and only then; emulators do not.
func mappable(ctx context.Context, c *cloud, in args) error {
	url, err := queueURL(ctx, c, in.str("eventSourceArn"))
	if errors.Is(err, errNotFound) {
		return fmt.Errorf("%s: The resource that you provided (%s) does not exist: event source is no queue of this account",
			lambdaInvalid, in.str("eventSourceArn"))
	}
	if err != nil {
		return err
	}
	queue, err := getQueue(ctx, c, url, types.QueueAttributeNameVisibilityTimeout)
	if err != nil {
		return fmt.Errorf("reading queue %s: %w", url, err)
	}
	function, err := c.lambda().GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: in.strp("functionName")})
	if err != nil {
		return wrap(err, "reading function "+in.str("functionName"))
	}
	visibility, err := strconv.Atoi(queue[string(types.QueueAttributeNameVisibilityTimeout)])
	if err != nil {
		return fmt.Errorf("reading the visibility timeout of queue %s: %w", url, err)
	}
	if timeout := int(aws.ToInt32(function.Timeout)); visibility < timeout {
		return fmt.Errorf("%s: Queue visibility timeout: %d seconds is less than Function timeout: %d seconds", lambdaInvalid, visibility, timeout)
	}
	return concurrencyFits(ctx, c, in)
}

// concurrencyFits is stricter than AWS, which takes such a mapping and then throttles it: every throttled batch costs its
// messages a receive, until they are dead-lettered without having run.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
func concurrencyFits(ctx context.Context, c *cloud, in args) error {
	wanted := in.object("scalingConfig").int32p("maximumConcurrency")
	if wanted == nil {
		return nil
	}
	name := bareFunction(in.str("functionName"))
	out, err := c.lambda().GetFunctionConcurrency(ctx, &lambda.GetFunctionConcurrencyInput{FunctionName: &name})
	if err != nil {
		return wrap(err, "reading the reserved concurrency of function "+name)
	}
	if reserved := out.ReservedConcurrentExecutions; reserved != nil && *reserved < *wanted {
		return fmt.Errorf("maximumConcurrency %d of the mapping is more than the reserved concurrency %d of function %s, which would throttle "+
			"it and dead-letter messages that never ran: it should be at most %d", *wanted, *reserved, name, *reserved)
	}
	return nil
}

// bareFunction is the name of a function without ARN and qualifier.
func bareFunction(reference string) string {
	if _, name, ok := strings.Cut(reference, ":function:"); ok {
		reference = name
	}
	name, _, _ := strings.Cut(reference, ":")
	return name
}

func serviceOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 4); len(parts) == 4 {
		return parts[2]
	}
	return ""
}

// mappingARN is an ARN that older APIs do not tell.
func mappingARN(functionARN, id string) string {
	prefix, _, _ := strings.Cut(functionARN, ":function:")
	return prefix + ":event-source-mapping:" + id
}
