package replay

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"cc-eventbridge/function/contract"
)

// lookMargin is how long before what was read first is visible again a look ends: a receive and the calls that make messages
// visible fit into it.
const lookMargin = 2 * waitSeconds * time.Second

// MinHide is the least of Options.Hide for a look.
const MinHide = 2 * lookMargin

// Message is a message as operators see it. Body, Attributes and Original may hold personal data.
type Message struct {
	ID     string    `json:"messageId"`
	SentAt time.Time `json:"sentAt"`
	// Receives is how often it was received from the queue that it is on, this time included. A dead letter brings along how often
	// it was received before it was moved.
	Receives int    `json:"receives"`
	Group    string `json:"group,omitempty"`
	// Topic is the type of the event, "" where it does not show: in a broken body, or behind a claim check.
	Topic string `json:"topic"`
	// Reason is why it was set aside: the function's, or the rule's ERROR_CODE. Dead letters have none.
	Reason string `json:"reason"`
	// Details are what else the function or the rule says about it, by the names of the attributes.
	Details map[string]string `json:"details,omitempty"`
	// Attributes are those of a dead letter, by their names; of others Original is the attribute that has them.
	Attributes map[string]types.MessageAttributeValue `json:"attributes,omitempty"`
	Original   string                                 `json:"original,omitempty"`
	Body       string                                 `json:"body"`
}

// Scan says how much of a queue was looked at.
type Scan struct {
	// Seen are the messages that were read, Matched those of them that the options name.
	Seen, Matched int
	// Incomplete says why there may be more that match; "" if all that could be received was.
	Incomplete string
}

// Look reads a queue and changes nothing: each gets the messages that the options' filters name, up to the limit. What was read
// is hidden from others for Hide (MinHide or more) and visible again when Look returns, also after an interrupt. It ends before
// the first of them would come a second time. Each read counts as a receive.
func Look(ctx context.Context, api API, o Options, each func(Message) error) (Scan, error) {
	r := newRun(api, o)
	scan, err := r.look(ctx, each)
	err = errors.Join(err, r.release(context.WithoutCancel(ctx)))
	return scan, err
}

func (r *run) look(ctx context.Context, each func(Message) error) (scan Scan, err error) {
	end := time.Now().Add(r.options.Hide - lookMargin)
	for ctx.Err() == nil {
		if time.Now().After(end) {
			scan.Incomplete = fmt.Sprintf("the time of %s was up", r.options.Hide)
			return scan, nil
		}
		received, err := r.receive(ctx)
		if err != nil {
			return scan, err
		}
		fresh := r.know(received)
		scan.Seen += len(fresh)
		for _, got := range fresh {
			if !r.matches(got) {
				continue
			}
			described := r.describe(got)
			if r.options.Topic != "" && described.Topic != r.options.Topic {
				continue
			}
			if r.options.Limit > 0 && scan.Matched == r.options.Limit {
				scan.Incomplete = fmt.Sprintf("the limit of %d was reached", r.options.Limit)
				break
			}
			scan.Matched++
			if err := each(described); err != nil {
				return scan, err
			}
		}
		switch {
		case scan.Incomplete != "", r.options.ID != "" && scan.Matched > 0:
			return scan, nil
		case r.over(len(fresh), len(received)):
			if r.unsure {
				scan.Incomplete = cameAgain
			}
			return scan, nil
		}
	}
	scan.Incomplete = "it was interrupted"
	return scan, ctx.Err()
}

// know takes in what was received, all of it before anything else is done: it is to be made visible again. It returns what was
// not seen before.
func (r *run) know(received []types.Message) (fresh []types.Message) {
	for _, got := range received {
		id := aws.ToString(got.MessageId)
		m, seen := r.messages[id]
		if !seen {
			m = &message{id: id}
			r.messages[id] = m
			fresh = append(fresh, got)
		}
		m.handle = aws.ToString(got.ReceiptHandle) // the newest one counts
	}
	return fresh
}

// details are the attributes that describe a message, beside its reason.
var details = []string{
	contract.QuarantineStage, contract.QuarantineSchemaPath, contract.QuarantineMessageID, contract.QuarantineEventID,
	contract.QuarantineReceiveCount, contract.QuarantinedAt, contract.QuarantineEnvelopes, contract.QuarantineOriginalDropped,
	ruleARN, "TARGET_ARN", "ERROR_MESSAGE", "RETRY_ATTEMPTS", "EXHAUSTED_RETRY_CONDITION",
}

func (r *run) describe(got types.Message) Message {
	m := Message{
		ID: aws.ToString(got.MessageId), Group: got.Attributes[string(types.MessageSystemAttributeNameMessageGroupId)],
		Reason: r.reasonOf(got), Body: aws.ToString(got.Body),
	}
	m.SentAt, _ = sentAt(got)
	m.SentAt = m.SentAt.UTC()
	m.Receives, _ = strconv.Atoi(got.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)]) // 0 if SQS does not say
	if o, err := r.originals(got); err == nil {
		m.Topic = r.topicOf(m.Body, o.raw)
	}
	if r.options.DeadLetters {
		m.Attributes = got.MessageAttributes
		return m
	}
	m.Original = aws.ToString(got.MessageAttributes[contract.QuarantineOriginal].StringValue)
	for _, name := range details {
		if value := aws.ToString(got.MessageAttributes[name].StringValue); value != "" {
			if m.Details == nil {
				m.Details = map[string]string{}
			}
			m.Details[name] = value
		}
	}
	return m
}
