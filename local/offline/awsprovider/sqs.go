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

// maxMessage is what pulumi-aws v6 accepts; AWS itself allows 1 MiB since August 2025.
const maxMessage = 262144

var sqsNotFound = []string{"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}

func sqsTypes() []*resourceType {
	redrivePolicy := queueDocument("aws:sqs/redrivePolicy:RedrivePolicy", "redrivePolicy", "RedrivePolicy", document, must(validRedrive))
	redrivePolicy.allowed = deadLetterTargetExists
	return []*resourceType{
		{
			token: "aws:sqs/queue:Queue",
			inputs: properties{
				"name":                     str(identity, as("QueueName"), must(named(80, `[\w-]`))),
				"maxMessageSize":           integer(fallback(float64(maxMessage)), attribute("MaximumMessageSize"), must(atMostBytes)),
				"messageRetentionSeconds":  integer(fallback(345600.0), attribute("MessageRetentionPeriod")),
				"receiveWaitTimeSeconds":   integer(fallback(0.0), attribute("ReceiveMessageWaitTimeSeconds")),
				"sqsManagedSseEnabled":     boolean(computed, attribute("SqsManagedSseEnabled")),
				"visibilityTimeoutSeconds": integer(fallback(30.0), attribute("VisibilityTimeout")),
				"tags":                     tags(),
			},
			outputs: map[string]string{"arn": "", "url": ""},
			id:      "QueueUrl", within: "Attributes", found: "Attributes",
			create: op((*cloud).sqs, (*sqs.Client).CreateQueue),
			read:   queueAttributes,
			also: func(_ context.Context, _ *cloud, id string, answer any, _, found args) error {
				arn := answer.(*sqs.GetQueueAttributesOutput).Attributes["QueueArn"]
				found["arn"], found["url"], found["name"] = arn, id, arn[strings.LastIndex(arn, ":")+1:]
				return nil
			},
			edits:    []edit{{call: op((*cloud).sqs, (*sqs.Client).SetQueueAttributes)}},
			remove:   op((*cloud).sqs, (*sqs.Client).DeleteQueue),
			vanished: true, // AWS says that a deletion takes up to 60 seconds
			gone:     sqsNotFound,
			passing: func(err error) bool { // AWS refuses a queue of the same name for 60 seconds after a deletion
				return hasCode(err, "AWS.SimpleQueueService.QueueDeletedRecently", "QueueDeletedRecently")
			},
			tags: &tagging{
				"url", op((*cloud).sqs, (*sqs.Client).ListQueueTags), op((*cloud).sqs, (*sqs.Client).TagQueue),
				op((*cloud).sqs, (*sqs.Client).UntagQueue),
			},
		},
		queueDocument("aws:sqs/queuePolicy:QueuePolicy", "policy", "Policy", policy, must(principals)),
		redrivePolicy,
		queueDocument("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "redriveAllowPolicy", "RedriveAllowPolicy", document, must(validRedriveAllow)),
	}
}

func atMostBytes(v any) error {
	if f, _ := number64(v); f > maxMessage {
		return fmt.Errorf("value %v is invalid: pulumi-aws v6 takes at most %d", f, maxMessage)
	}
	return nil
}

func queueAttributes(ctx context.Context, c *cloud, fill func(any) error) (any, error) {
	request := &sqs.GetQueueAttributesInput{AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll}}
	if err := fill(request); err != nil {
		return nil, err
	}
	return c.sqs().GetQueueAttributes(ctx, request)
}

// queueDocument is a policy of a queue: a resource of its own, the one owner of one attribute.
func queueDocument(token tokens.Type, name, key string, doc func(...option) property, rule option) *resourceType {
	put := op((*cloud).sqs, (*sqs.Client).SetQueueAttributes)
	return &resourceType{
		token:  token,
		inputs: properties{"queueUrl": str(identity), name: doc(required, attribute(key), rule)},
		id:     "QueueUrl", within: "Attributes", found: "Attributes",
		create: put,
		read:   queueAttributes,
		also: func(_ context.Context, _ *cloud, id string, _ any, _, found args) error {
			if found["queueUrl"] = id; found[name] == nil {
				return errNotFound
			}
			return nil
		},
		edits: []edit{{call: put}},
		remove: func(ctx context.Context, c *cloud, fill func(any) error) (any, error) {
			request := &sqs.SetQueueAttributesInput{}
			if err := fill(request); err != nil {
				return nil, err
			}
			request.Attributes = map[string]string{key: ""}
			out, err := c.sqs().SetQueueAttributes(ctx, request)
			return out, c.unremovable(ctx, key, aws.ToString(request.QueueUrl), err)
		},
		gone: sqsNotFound,
	}
}

// maxReceiveCount: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
const maxReceiveCount = 1000

func validRedrive(v any) error {
	doc, err := parseObject(v)
	if err != nil {
		return err
	}
	// The published provider refuses a count in quotes: AWS returns it as a number, and every preview would show a change.
	count, ok := doc["maxReceiveCount"].(float64)
	if !ok || count != math.Trunc(count) || count < 1 || count > maxReceiveCount {
		return fmt.Errorf("value for parameter RedrivePolicy is invalid. Reason: maxReceiveCount is %v, and must be a whole number "+
			"(no quotes) between 1 and %d", doc["maxReceiveCount"], maxReceiveCount)
	}
	target, _ := doc["deadLetterTargetArn"].(string)
	if err := arn(target); err != nil || !strings.Contains(target, ":sqs:") {
		return fmt.Errorf("value for parameter RedrivePolicy is invalid. Reason: deadLetterTargetArn is %q, and must be the ARN of a queue", target)
	}
	return nil
}

type redriveAllow struct {
	Permission string   `json:"redrivePermission"`
	Sources    []string `json:"sourceQueueArns"`
}

func validRedriveAllow(v any) error {
	var doc redriveAllow
	if err := json.Unmarshal([]byte(documentText(v)), &doc); err != nil {
		return fmt.Errorf("value for parameter RedriveAllowPolicy is invalid. Reason: %w", err)
	}
	if !slices.Contains([]string{"allowAll", "denyAll", "byQueue"}, doc.Permission) {
		return fmt.Errorf("value for parameter RedriveAllowPolicy is invalid. Reason: redrivePermission is %q, and must be allowAll, "+
			"denyAll or byQueue", doc.Permission)
	}
	if (doc.Permission == "byQueue") != (len(doc.Sources) > 0) {
		return fmt.Errorf("value for parameter RedriveAllowPolicy is invalid. Reason: sourceQueueArns has %d elements, and redrivePermission is %s",
			len(doc.Sources), doc.Permission)
	}
	return nil
}

// deadLetterTargetExists is what SQS checks when it is given a redrive policy, and emulators do not.
func deadLetterTargetExists(ctx context.Context, c *cloud, _, in args) error {
	refused := "InvalidParameterValue: Value " + documentText(in["redrivePolicy"]) + " for parameter RedrivePolicy is invalid. Reason: "
	doc, err := parseObject(in["redrivePolicy"])
	if err != nil {
		return err
	}
	target, _ := doc["deadLetterTargetArn"].(string)
	source, err := queueOf(ctx, c, in.Text("queueUrl"))
	if err != nil {
		return fmt.Errorf("reading queue %s: %w", in.Text("queueUrl"), err)
	}
	dead, err := queueByARN(ctx, c, target)
	if errors.Is(err, errNotFound) {
		return errors.New(refused + "Dead letter target does not exist")
	}
	if err != nil {
		return err
	}
	allowed := redriveAllow{Permission: "allowAll"}
	if text := dead["RedriveAllowPolicy"]; text != "" {
		if err := json.Unmarshal([]byte(text), &allowed); err != nil {
			return fmt.Errorf("reading the redrive-allow policy of %s: %w", target, err)
		}
	}
	if allowed.Permission == "denyAll" || allowed.Permission == "byQueue" && !slices.Contains(allowed.Sources, source["QueueArn"]) {
		return fmt.Errorf("%sthe redrive-allow policy of the dead-letter queue (%s) does not permit queue %s to use it", refused,
			allowed.Permission, source["QueueArn"])
	}
	return nil
}

func queueOf(ctx context.Context, c *cloud, url string) (map[string]string, error) {
	out, err := c.sqs().GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		return nil, gone(err, "reading queue "+url, sqsNotFound...)
	}
	return out.Attributes, nil
}

func queueByARN(ctx context.Context, c *cloud, arn string) (map[string]string, error) {
	out, err := c.sqs().GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(arn[strings.LastIndex(arn, ":")+1:])})
	if err != nil {
		return nil, gone(err, "looking for queue "+arn, sqsNotFound...)
	}
	return queueOf(ctx, c, aws.ToString(out.QueueUrl))
}
