// Package replay sends messages that were set aside to the ingestion queue again, once the reason is fixed: a schema, a flag, a
// permission.
//
// A message of the validation queue becomes the message that it was: its body, its message attributes, which the function
// kept in the attribute "original", and its MessageGroupId, by which a fair queue shares itself out. A body that went to the
// payload bucket stays there; the claim check to it is sent, and the function follows it. The event keeps its identity, so
// one that was delivered in the meantime is a duplicate.
//
// A message of the dead-letter queue of an EventBridge rule is known by its attributes. It becomes what the rule would have sent:
// the body without any. SQS itself can't move such messages, because no queue redrives to that one.
//
// A message of the dead-letter queue (DeadLetters) is what it was: SQS moved it there with all that it had.
//
// # Order
//
// Each message is sent first and deleted from its queue only after SQS has answered that it took it. A crash
// between the two leaves the message, and a later replay sends it once more: the dedup table takes care of that. No order
// is kept. A run that discards deletes a message only after Keep has taken it.
//
// # What is left
//
// Messages of other reasons or topics, those beyond the limit, and with a note each: a body that SQS could not hold
// ("(empty body)"), a message without its original attributes (unless WithoutAttributes says to send it without any), one
// that SQS refuses, and what came to the queue after the run had begun: the function sends back at once what is not fixed,
// and a run would not end. Everything that is left is visible again when the run ends, also after an interrupt, and Hide
// after it was read if the run is killed.
package replay

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"golang.org/x/time/rate"

	"cc-eventbridge/function/decode"
)

const (
	// batchEntries is the most that one ReceiveMessage or batch call takes (Amazon SQS API reference).
	batchEntries = 10
	// waitSeconds has a receive ask all of the queue's servers; without it, it asks some, and may miss an old message
	// (Amazon SQS developer guide, "Short and long polling").
	waitSeconds = 3
	// defaultHide hides what was read for longer than a run takes as a rule. What comes again in a longer one is known by its id.
	defaultHide = time.Hour
	// receiveTimeout is how long a receive may take, with the SDK's retries. An interrupt does not cut it short: messages that
	// SQS hands out to nobody stay hidden.
	receiveTimeout = 30 * time.Second
	// maxFailures is how many messages may fail to be sent before the run gives up: it is not the messages then.
	maxFailures = 10
	// maxExpanded bounds what a message may expand to when its topic is looked for; it is the default of maximumPayloadBytes.
	maxExpanded = 16 << 20
)

// ErrHidden is in a run's error if messages that are left could not be made visible again.
var ErrHidden = errors.New("messages that are left stay hidden")

// API is what this package calls of SQS; *sqs.Client is one.
type API interface {
	ReceiveMessage(ctx context.Context, input *sqs.ReceiveMessageInput, options ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	SendMessage(ctx context.Context, input *sqs.SendMessageInput, options ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
	DeleteMessage(ctx context.Context, input *sqs.DeleteMessageInput, options ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error)
	ChangeMessageVisibilityBatch(ctx context.Context, input *sqs.ChangeMessageVisibilityBatchInput, options ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error)
}

// Options say what to replay.
type Options struct {
	// From is the URL of the validation queue, of a rule's dead-letter queue or, with DeadLetters, of the dead-letter queue. To is
	// that of the ingestion queue.
	From, To string
	// DeadLetters says that messages of From are as they were sent: with their own attributes and without a reason.
	DeadLetters bool
	// Reason is that of the messages to replay, of a rule's dead letters ERROR_CODE; "" for all.
	Reason string
	// Topic is that of the events to replay (event.type, or EventBridge's detail-type); "" for all. An event behind a claim
	// check is left: its topic shows only in the object.
	Topic string
	// ID is that of the only message to take; "" for all.
	ID string
	// Since and Until bound when messages were sent to From, or to the ingestion queue for dead letters, which keep that time. The
	// zero time is no bound.
	Since, Until time.Time
	// Limit is how many to replay at most; 0 for all.
	Limit int
	// Rate is how many a second to replay at most; 0 for as many as there are answers.
	Rate float64
	// Hide is for how long a message that was read is hidden from others, and from the next run if this one is killed: whole
	// seconds up to 12 hours, 0 for an hour. Ten messages must be sent within it at Rate.
	Hide time.Duration
	// DryRun sends and deletes nothing.
	DryRun bool
	// Discard deletes messages and sends none. Keep is called with each before, one at a time; its error leaves the message.
	Discard bool
	Keep    func(Message) error
	// WithoutAttributes also replays messages whose original attributes were dropped, without any.
	WithoutAttributes bool
	// Note is told, one line each, what became of a message, where that needs saying; nil for nobody.
	Note func(line string)
	// Progress is told from time to time how far the run is; nil for nobody.
	Progress func(Summary)
}

// Summary counts messages.
type Summary struct {
	// Replayed are on the ingestion queue, or would be after a dry run.
	Replayed int
	// Left were read and are still on the queue.
	Left int
}

// Run replays messages until there is none that it has not seen, or the limit is reached. Its summary is right with an error
// too: one from SQS, that messages could not be sent, or that the context was cancelled.
func Run(ctx context.Context, api API, o Options) (Summary, error) {
	r := newRun(api, o)
	err := r.all(ctx)
	err = errors.Join(err, r.failure(), r.release(context.WithoutCancel(ctx)))
	return r.summary(), err
}

func newRun(api API, o Options) *run {
	r := &run{
		api: api, options: o, messages: make(map[string]*message),
		reader:  decode.NewReader(decode.Limits{MaxBytes: maxExpanded}, decode.ClaimCheckRules{}),
		limiter: rate.NewLimiter(rate.Inf, 0),
	}
	if o.Rate > 0 {
		r.limiter = rate.NewLimiter(rate.Limit(o.Rate), max(1, min(batchEntries, int(o.Rate))))
	}
	if o.Hide == 0 {
		r.options.Hide = defaultHide
	}
	return r
}

// run is one run on its way.
type run struct {
	api     API
	options Options
	limiter *rate.Limiter
	// began is when the first answer came, by the queue's clock if the answer has it: a desk's clock may be wrong.
	began time.Time
	// messages are all that were read, by message id.
	messages map[string]*message
	reader   *decode.Reader
	taken    int
	// again is how many messages came again since one came that was new.
	again    int
	unsure   bool // there may be messages that were not seen
	keeping  sync.Mutex
	failures []error
}

// message is what is known of a quarantined message.
type message struct {
	id, handle string
	body       *string // until it was sent
	group      *string
	attributes map[string]types.MessageAttributeValue
	kept       *Message // what to keep of it before it is discarded
	sent       bool     // or kept, when it is discarded
	deleted    bool
}

func (r *run) all(ctx context.Context) error {
	for ctx.Err() == nil && len(r.failures) < maxFailures && !r.full() {
		received, err := r.receive(ctx)
		if err != nil {
			return err
		}
		fresh, chosen := r.sort(received)
		if ctx.Err() != nil {
			break
		}
		r.send(ctx, chosen)
		if r.options.Progress != nil {
			r.options.Progress(r.summary())
		}
		if r.over(fresh, len(received)) {
			if r.unsure && r.options.Note != nil {
				r.options.Note("this may not be all: " + cameAgain)
			}
			return nil
		}
	}
	return ctx.Err()
}

// over reports whether a queue has no message that was not seen. It has none if a receive that asks all servers finds nothing.
// Where messages come again before that, since they were hidden for less time than the run takes, it ends once all that are
// left can have come twice.
func (r *run) over(fresh, received int) bool {
	if fresh > 0 {
		r.again = 0
	}
	r.again += received - fresh
	r.unsure = r.again > 2*len(r.messages)
	return received == 0 || r.unsure
}

// cameAgain is what people are told where a queue was not read to its end.
const cameAgain = "messages came again before the queue was read to its end: hide them for longer"

func (r *run) full() bool { return r.options.Limit > 0 && r.taken >= r.options.Limit }

func (r *run) receive(ctx context.Context) ([]types.Message, error) {
	asked := time.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), receiveTimeout)
	defer cancel()
	out, err := r.api.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: aws.String(r.options.From), MaxNumberOfMessages: batchEntries, WaitTimeSeconds: waitSeconds, VisibilityTimeout: int32(r.options.Hide / time.Second),
		MessageAttributeNames: []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{
			types.MessageSystemAttributeNameSentTimestamp, types.MessageSystemAttributeNameMessageGroupId,
			types.MessageSystemAttributeNameApproximateReceiveCount,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("reading the queue %s: %w", r.options.From, err)
	}
	if r.began.IsZero() {
		r.began = asked
		if told, ok := awsmiddleware.GetServerTime(out.ResultMetadata); ok {
			r.began = told.Add(time.Second) // it has whole seconds, rounded down
		}
	}
	return out.Messages, nil
}

// sort takes in what was received. It returns how many of them were not seen before, and those to replay.
func (r *run) sort(received []types.Message) (fresh int, chosen []*message) {
	for _, got := range received {
		id := aws.ToString(got.MessageId)
		m, seen := r.messages[id]
		if !seen {
			fresh++
			m = &message{id: id}
			r.messages[id] = m
			if r.chooses(got, m) {
				r.taken++
				chosen = append(chosen, m)
			}
		}
		m.handle = aws.ToString(got.ReceiptHandle) // the newest one counts
		if seen && m.sent {
			chosen = append(chosen, m) // it was sent, and only its deletion is missing
		}
	}
	return fresh, chosen
}

func (r *run) summary() Summary {
	replayed := 0
	for _, m := range r.messages {
		if m.sent {
			replayed++
		}
	}
	return Summary{Replayed: replayed, Left: len(r.messages) - replayed}
}

// failure is the error of messages that could not be sent, or not deleted.
func (r *run) failure() error {
	if len(r.failures) == 0 {
		return nil
	}
	return fmt.Errorf("%d messages failed, the first: %w", len(r.failures), r.failures[0])
}

func (r *run) note(id, format string, args ...any) {
	if r.options.Note != nil {
		r.options.Note("message " + id + ": " + fmt.Sprintf(format, args...))
	}
}
