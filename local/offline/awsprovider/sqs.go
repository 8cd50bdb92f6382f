package awsprovider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// SQS's limits: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
const (
	maxQueueName  = 80
	maxVisibility = 43200
	minRetention  = 60
	maxRetention  = 1209600
	maxReceive    = 20
	maxDelay      = 900
	minMessage    = 1024
	// maxMessage is what pulumi-aws v6 accepts; AWS itself allows 1 MiB since August 2025.
	maxMessage  = 262144
	minKeyReuse = 60
	maxKeyReuse = 86400
)

var sqsNotFound = []string{"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}

// sqsDeletedRecently: AWS refuses a queue of the same name for 60 seconds after a deletion.
const sqsDeletedRecently = "AWS.SimpleQueueService.QueueDeletedRecently"

func sqsTypes() []*resourceType {
	return []*resourceType{queue(), queuePolicy(), redrivePolicy(), redriveAllowPolicy()}
}

// queueAttributes are the attributes that a queue owns, by property; policies are resources of their own.
func queueAttributes() map[string]types.QueueAttributeName {
	return map[string]types.QueueAttributeName{
		"delaySeconds":                 types.QueueAttributeNameDelaySeconds,
		"kmsDataKeyReusePeriodSeconds": types.QueueAttributeNameKmsDataKeyReusePeriodSeconds,
		"kmsMasterKeyId":               types.QueueAttributeNameKmsMasterKeyId,
		"maxMessageSize":               types.QueueAttributeNameMaximumMessageSize,
		"messageRetentionSeconds":      types.QueueAttributeNameMessageRetentionPeriod,
		"receiveWaitTimeSeconds":       types.QueueAttributeNameReceiveMessageWaitTimeSeconds,
		"sqsManagedSseEnabled":         types.QueueAttributeNameSqsManagedSseEnabled,
		"visibilityTimeoutSeconds":     types.QueueAttributeNameVisibilityTimeout,
	}
}

func queue() *resourceType {
	return &resourceType{
		token: "aws:sqs/queue:Queue",
		inputs: properties{
			"name":                         str(identity, must(named(maxQueueName, `[\w-]`))),
			"contentBasedDeduplication":    boolean(fallback(false)),
			"fifoQueue":                    boolean(replaces, fallback(false), must(standardOnly)),
			"delaySeconds":                 integer(fallback(0.0), must(between(0, maxDelay))),
			"kmsDataKeyReusePeriodSeconds": integer(fallback(300.0), must(between(minKeyReuse, maxKeyReuse))),
			"kmsMasterKeyId":               str(),
			"maxMessageSize":               integer(fallback(float64(maxMessage)), must(between(minMessage, maxMessage))),
			"messageRetentionSeconds":      integer(fallback(345600.0), must(between(minRetention, maxRetention))),
			"receiveWaitTimeSeconds":       integer(fallback(0.0), must(between(0, maxReceive))),
			"sqsManagedSseEnabled":         boolean(computed),
			"visibilityTimeoutSeconds":     integer(fallback(30.0), must(between(0, maxVisibility))),
			"tags":                         tags(),
		},
		outputs: []string{"arn", "url"},
		rules:   []func(args) *problem{fifoOnly, oneEncryption},
		create:  createQueue, read: readQueue, update: updateQueue, remove: deleteQueue,
	}
}

func standardOnly(v any) error {
	if v == true {
		return fmt.Errorf("FIFO queues are not implemented by this stand-in for the aws provider")
	}
	return nil
}

func fifoOnly(in args) *problem {
	if in.boolean("contentBasedDeduplication") && !in.boolean("fifoQueue") {
		return &problem{"contentBasedDeduplication", "content-based deduplication can only be set for FIFO queue"}
	}
	return nil
}

func oneEncryption(in args) *problem {
	if in.boolean("sqsManagedSseEnabled") && in.str("kmsMasterKeyId") != "" {
		return &problem{"sqsManagedSseEnabled", "you can use one type of server-side encryption (SSE) at one time: " +
			"either kmsMasterKeyId or sqsManagedSseEnabled"}
	}
	return nil
}

func attributeText(v any) string {
	switch v := v.(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case string:
		return v
	}
	return ""
}

func createQueue(ctx context.Context, c *cloud, in args) (string, error) {
	name := in.str("name")
	attributes := map[string]string{}
	for property, attribute := range queueAttributes() {
		reuse := property == "kmsDataKeyReusePeriodSeconds" // means nothing without a key
		if in.has(property) && (!reuse || in.has("kmsMasterKeyId")) {
			attributes[string(attribute)] = attributeText(in[property])
		}
	}
	var url string
	recently := func(err error) bool { return hasCode(err, sqsDeletedRecently, "QueueDeletedRecently") }
	err := eventually(ctx, "the name of queue "+name+" to be free again", recently, func() error {
		out, err := c.sqs().CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes, Tags: in.stringMap("tags")})
		if err == nil {
			url = aws.ToString(out.QueueUrl)
		}
		return err
	})
	return url, wrap(err, "creating queue "+name)
}

func readQueue(ctx context.Context, c *cloud, id string, _ args) (args, error) {
	got, err := getQueue(ctx, c, id, types.QueueAttributeNameAll)
	if err != nil {
		return nil, err
	}
	arn := got[string(types.QueueAttributeNameQueueArn)]
	observed := args{"arn": arn, "url": id, "name": lastPart(arn)}
	for property, attribute := range queueAttributes() {
		text, ok := got[string(attribute)]
		switch p := queue().inputs[property]; {
		case !ok && property != "kmsMasterKeyId":
			// not told
		case text == "":
			observed[property] = nil
		default:
			observed[property] = normalScalar(p.kind, text)
		}
	}
	tagged, err := c.sqs().ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: &id})
	if err != nil {
		return nil, gone(err, "reading the tags of queue "+id, sqsNotFound...)
	}
	observed["tags"] = nonEmpty(anyMap(tagged.Tags))
	return observed, nil
}

func getQueue(ctx context.Context, c *cloud, url string, names ...types.QueueAttributeName) (map[string]string, error) {
	out, err := c.sqs().GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: names})
	if err != nil {
		return nil, gone(err, "reading queue "+url, sqsNotFound...)
	}
	return out.Attributes, nil
}

func updateQueue(ctx context.Context, c *cloud, id string, old, next args) error {
	changed := map[string]string{}
	for property, attribute := range queueAttributes() {
		kept := queue().inputs[property].computed && next[property] == nil
		if old[property] != next[property] && !kept {
			changed[string(attribute)] = attributeText(next[property])
		}
	}
	if len(changed) > 0 {
		if err := setQueue(ctx, c, id, changed); err != nil {
			return err
		}
	}
	set, removed := tagChanges(old, next)
	if len(removed) > 0 {
		if _, err := c.sqs().UntagQueue(ctx, &sqs.UntagQueueInput{QueueUrl: &id, TagKeys: removed}); err != nil {
			return wrap(err, "untagging queue "+id)
		}
	}
	if len(set) > 0 {
		if _, err := c.sqs().TagQueue(ctx, &sqs.TagQueueInput{QueueUrl: &id, Tags: set}); err != nil {
			return wrap(err, "tagging queue "+id)
		}
	}
	return nil
}

func setQueue(ctx context.Context, c *cloud, url string, attributes map[string]string) error {
	_, err := c.sqs().SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: attributes})
	return wrap(err, fmt.Sprintf("setting %s of queue %s", strings.Join(slices.Sorted(maps.Keys(attributes)), ", "), url))
}

// queueGoneDeadline: AWS says that a deletion takes up to 60 seconds; the published provider waits for three minutes.
const queueGoneDeadline = 3 * time.Minute

func deleteQueue(ctx context.Context, c *cloud, id string, _ args) error {
	if _, err := c.sqs().DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &id}); err != nil {
		return gone(err, "deleting queue "+id, sqsNotFound...)
	}
	return until(ctx, queueGoneDeadline, "queue "+id+" to be gone", func() (bool, error) {
		_, err := getQueue(ctx, c, id, types.QueueAttributeNameQueueArn)
		if err == errNotFound { //nolint:errorlint // gone returns the sentinel itself
			return true, nil
		}
		return false, err
	})
}
