package awsprovider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// A queue's policies are resources of their own, each the one owner of one attribute.

func queuePolicy() *resourceType {
	return queueDocument("aws:sqs/queuePolicy:QueuePolicy", "policy", types.QueueAttributeNamePolicy,
		policy(required, must(principals)), nil)
}

func redrivePolicy() *resourceType {
	return queueDocument("aws:sqs/redrivePolicy:RedrivePolicy", "redrivePolicy", types.QueueAttributeNameRedrivePolicy,
		document(required, must(validRedrive)), deadLetterTargetExists)
}

func redriveAllowPolicy() *resourceType {
	return queueDocument("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "redriveAllowPolicy",
		types.QueueAttributeNameRedriveAllowPolicy, document(required, must(validRedriveAllow)), nil)
}

// queueDocument is a resource that is one attribute of a queue; before is checked on the call.
func queueDocument(
	token tokens.Type, name string, attribute types.QueueAttributeName, doc property, before func(context.Context, *cloud, args) error,
) *resourceType {
	put := func(ctx context.Context, c *cloud, in args) error {
		if before != nil {
			if err := before(ctx, c, in); err != nil {
				return err
			}
		}
		return setQueue(ctx, c, in.str("queueUrl"), map[string]string{string(attribute): in.document(name)})
	}
	return &resourceType{
		token:  token,
		inputs: properties{"queueUrl": str(identity), name: doc},
		create: func(ctx context.Context, c *cloud, in args) (string, error) {
			if err := put(ctx, c, in); err != nil {
				return "", err
			}
			return in.str("queueUrl"), nil
		},
		read: func(ctx context.Context, c *cloud, id string, _ args) (args, error) {
			got, err := getQueue(ctx, c, id, attribute)
			if err != nil {
				return nil, err
			}
			if got[string(attribute)] == "" {
				return nil, errNotFound
			}
			return args{"queueUrl": id, name: got[string(attribute)]}, nil
		},
		update: func(ctx context.Context, c *cloud, _ string, _, next args) error { return put(ctx, c, next) },
		remove: func(ctx context.Context, c *cloud, id string, _ args) error {
			_, err := c.sqs().SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{
				QueueUrl: &id, Attributes: map[string]string{string(attribute): ""},
			})
			err = c.unremovable(ctx, attribute, id, err)
			return gone(err, fmt.Sprintf("removing %s of queue %s", attribute, id), sqsNotFound...)
		},
	}
}

// maxReceiveCountLimit: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
const maxReceiveCountLimit = 1000

func validRedrive(v any) error {
	doc, err := parseObject(v)
	if err != nil {
		return err
	}
	for key := range doc {
		if key != "deadLetterTargetArn" && key != "maxReceiveCount" {
			return fmt.Errorf("value for parameter RedrivePolicy is invalid: Reason: Amazon SQS can't create the redrive policy, "+
				"as it has the unknown key %q", key)
		}
	}
	// The published provider refuses a count in quotes: AWS returns it as a number, and every preview would show a change.
	count, ok := doc["maxReceiveCount"].(float64)
	if !ok || count != math.Trunc(count) || count < 1 || count > maxReceiveCountLimit {
		return fmt.Errorf("value for parameter RedrivePolicy is invalid. Reason: maxReceiveCount is %v, and must be a whole number "+
			"(no quotes) between 1 and %d", doc["maxReceiveCount"], maxReceiveCountLimit)
	}
	target, _ := doc["deadLetterTargetArn"].(string)
	if err := arn(target); err != nil || !strings.Contains(target, ":sqs:") {
		return fmt.Errorf("value for parameter RedrivePolicy is invalid. Reason: deadLetterTargetArn is %q, and must be the ARN of a queue", target)
	}
	return nil
}

// maxSourceQueues: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
const maxSourceQueues = 10

type redriveAllow struct {
	Permission string   `json:"redrivePermission"`
	Sources    []string `json:"sourceQueueArns"`
}

func validRedriveAllow(v any) error {
	if _, err := parseObject(v); err != nil {
		return err
	}
	var doc redriveAllow
	if err := json.Unmarshal([]byte(documentText(v)), &doc); err != nil {
		return fmt.Errorf("value for parameter RedriveAllowPolicy is invalid. Reason: %w", err)
	}
	switch doc.Permission {
	case "allowAll", "denyAll":
		if len(doc.Sources) > 0 {
			return fmt.Errorf("value for parameter RedriveAllowPolicy is invalid. Reason: sourceQueueArns can only be set when "+
				"redrivePermission is byQueue, and it is %s", doc.Permission)
		}
	case "byQueue":
		if len(doc.Sources) < 1 || len(doc.Sources) > maxSourceQueues {
			return fmt.Errorf("value for parameter RedriveAllowPolicy is invalid. Reason: sourceQueueArns has %d elements, and must have "+
				"1 to %d when redrivePermission is byQueue", len(doc.Sources), maxSourceQueues)
		}
	default:
		return fmt.Errorf("value for parameter RedriveAllowPolicy is invalid. Reason: redrivePermission is %q, and must be allowAll, "+
			"denyAll or byQueue", doc.Permission)
	}
	return nil
}

// deadLetterTargetExists is what SQS checks when it is given a redrive policy, and emulators do not.
func deadLetterTargetExists(ctx context.Context, c *cloud, in args) error {
	doc, err := parseObject(in["redrivePolicy"])
	if err != nil {
		return err
	}
	target, _ := doc["deadLetterTargetArn"].(string)
	url, err := queueURL(ctx, c, target)
	if errors.Is(err, errNotFound) {
		return fmt.Errorf("InvalidParameterValue: Value %s for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist",
			in.document("redrivePolicy"))
	}
	if err != nil {
		return err
	}
	source, err := getQueue(ctx, c, in.str("queueUrl"), types.QueueAttributeNameQueueArn)
	if err != nil {
		return fmt.Errorf("reading queue %s: %w", in.str("queueUrl"), err)
	}
	got, err := getQueue(ctx, c, url, types.QueueAttributeNameRedriveAllowPolicy)
	if err != nil {
		return fmt.Errorf("reading queue %s: %w", url, err)
	}
	allowed := redriveAllow{Permission: "allowAll"}
	if text := got[string(types.QueueAttributeNameRedriveAllowPolicy)]; text != "" {
		if err := json.Unmarshal([]byte(text), &allowed); err != nil {
			return fmt.Errorf("reading the redrive-allow policy of queue %s: %w", url, err)
		}
	}
	sourceARN := source[string(types.QueueAttributeNameQueueArn)]
	if allowed.Permission == "denyAll" || allowed.Permission == "byQueue" && !slices.Contains(allowed.Sources, sourceARN) {
		return fmt.Errorf("InvalidParameterValue: Value %s for parameter RedrivePolicy is invalid. Reason: the redrive-allow policy of the "+
			"dead-letter queue (%s) does not permit queue %s to use it", in.document("redrivePolicy"), allowed.Permission, sourceARN)
	}
	return nil
}

// queueURL finds a queue by its ARN.
func queueURL(ctx context.Context, c *cloud, arn string) (string, error) {
	parts := strings.Split(arn, ":")
	out, err := c.sqs().GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(parts[len(parts)-1])})
	if err != nil {
		return "", gone(err, "looking for queue "+arn, sqsNotFound...)
	}
	return aws.ToString(out.QueueUrl), nil
}
