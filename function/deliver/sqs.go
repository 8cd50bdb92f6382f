package deliver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"cc-eventbridge/function/contract"
)

// sqsMost is the largest message, attributes included: 1 MiB since August 2025 (Amazon SQS developer guide, "Amazon SQS message
// quotas"). A queue that was made before, or by an older tool, may be set to less, so a claim check is sent earlier, as AWS's extended
// client libraries do.
const sqsMost = 1 << 20

// sqsCodes are those of SendMessage (Amazon SQS API reference).
var sqsCodes = map[string]meaning{
	"QueueDoesNotExist": gone, "AWS.SimpleQueueService.NonExistentQueue": gone, "QueueDeletedRecently": gone, "InvalidAddress": gone,
	"UnsupportedOperation": unusable, "InvalidSecurity": unusable,
	"InvalidMessageContents": rejected,
	"RequestThrottled":       throttled, "KmsThrottled": throttled,
}

// sqsQueue sends each event to a queue as a message of its own, with its identity and type as attributes. In a FIFO queue events
// about one thing are one group, and the identity tells duplicates.
type sqsQueue struct {
	service *service
	content *content
	url     string
	fifo    bool
}

func openSQS(target contract.Target, env Environment) (Downstream, error) {
	content, err := contentOf(target, env, limits{most: sqsMost, offload: olderMost, headers: true, pointer: true})
	if err != nil {
		return nil, err
	}
	address, err := url.Parse(target.Address)
	if err != nil || address.Host == "" || strings.Trim(address.Path, "/") == "" {
		return nil, errors.New("the address should be a queue's URL")
	}
	region := env.AWS.Region
	// sqs.<region>.amazonaws.com, or behind the name of a VPC endpoint
	if labels := strings.Split(address.Hostname(), "."); slices.Contains(labels[:len(labels)-1], "sqs") {
		region = labels[slices.Index(labels, "sqs")+1]
	}
	service, err := newService(target, env, service{name: "sqs", region: region, url: address.Scheme + "://" + address.Host, codes: sqsCodes})
	if err != nil {
		return nil, err
	}
	return &sqsQueue{service: service, content: content, url: target.Address, fifo: strings.HasSuffix(target.Address, ".fifo")}, nil
}

// attribute is a message attribute.
type attribute struct{ name, kind, value string }

// Deliver sends one event.
func (q *sqsQueue) Deliver(ctx context.Context, delivery Delivery) error {
	attributes := []attribute{
		{keyMember, "String", headerText(delivery.IdempotencyKey)},
		{"type", "String", headerText(delivery.Event.Type)},
		{"traceparent", "String", traceParent(ctx, delivery.IdempotencyKey)},
	}
	beside := 0
	for _, a := range attributes {
		beside += len(a.name) + len(a.kind) + len(a.value)
	}
	m, err := q.content.of(ctx, delivery, beside)
	if err != nil {
		return err
	}
	if m.offloaded > 0 {
		attributes = append(attributes, attribute{contract.ClaimCheckSize, "Number", strconv.Itoa(m.offloaded)})
	}
	body := make([]byte, 0, 1024+len(q.url)+beside+len(m.body)*9/8)
	body = append(quote(append(body, `{"QueueUrl":`...), q.url), ',')
	if q.fifo {
		body = append(quote(append(body, `"MessageDeduplicationId":`...), ID(delivery.IdempotencyKey)), ',')
		body = append(quote(append(body, `"MessageGroupId":`...), group(delivery)), ',')
	}
	body = append(body, `"MessageAttributes":{`...)
	for i, a := range attributes {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(quote(body, a.name), ':')
		body = append(body, text(text([]byte{'{'}, "DataType", a.kind), "StringValue", a.value)...)
		body = append(body, '}')
	}
	body = append(quote(append(body, `},"MessageBody":`...), string(m.body)), '}')
	_, err = q.service.do(ctx, delivery, jsonCall("1.0", "AmazonSQS.SendMessage", body))
	return err
}

// group is what the events about one thing have in common: the SHA-256 of its ids, or the event's own where it has none. Genesys
// Cloud's topics about one conversation have the same id.
func group(delivery Delivery) string {
	ids := delivery.Event.EntityIDs()
	if len(ids) == 0 {
		return ID(delivery.IdempotencyKey)
	}
	sum := sha256.Sum256([]byte(strings.Join(ids, "\x00")))
	return hex.EncodeToString(sum[:])
}
