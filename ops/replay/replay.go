// Package replay sends quarantined messages to the ingestion queue again, once the reason for which they were set aside is
// mended: a schema, a switch, a permission of the downstream.
//
// A letter of the validation queue becomes the message that it was: its body, and the message attributes that it came with,
// which the function kept in the letter's attribute "original". A body that went to the payload bucket stays there; the
// letter's pointer to it is sent, and the function follows it. The event has the identity that it had, so that one which was
// delivered in the meantime is a duplicate.
//
// # Order
//
// Each message is sent first and deleted from the validation queue then. A crash between the two leaves the letter, and a
// later replay sends it once more: the dedup table takes care of that. No order is kept.
//
// # What is left
//
// Letters of other reasons, those beyond the limit, and with a note each: a body that SQS could not hold ("(empty body)"),
// a letter without its original attributes (unless WithoutAttributes says to send it without any), one that SQS refuses, and
// what came to the queue after the run had begun: the function sends back at once what is not mended, and a run would not
// end. Everything that is left is visible again when the run ends, and an hour after it was read if the run is killed.
package replay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const (
	// batchEntries is the most that one ReceiveMessage or batch call takes (Amazon SQS API reference).
	batchEntries = 10
	// waitSeconds has a receive ask all of the queue's servers; without it, it asks some, and may find an old letter missing
	// (Amazon SQS developer guide, "Short and long polling").
	waitSeconds = 3
	// hideSeconds hides what was read for longer than a run takes.
	hideSeconds = 3600
	// maxFailures is how many letters may fail to be sent before the run gives up: it is not the letters then.
	maxFailures = 10
)

// API is what this package calls of SQS; *sqs.Client is one.
type API interface {
	ReceiveMessage(ctx context.Context, input *sqs.ReceiveMessageInput, options ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	SendMessage(ctx context.Context, input *sqs.SendMessageInput, options ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
	DeleteMessage(ctx context.Context, input *sqs.DeleteMessageInput, options ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error)
	ChangeMessageVisibilityBatch(ctx context.Context, input *sqs.ChangeMessageVisibilityBatchInput, options ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error)
}

// Options say what to replay.
type Options struct {
	// From is the URL of the validation queue, To that of the ingestion queue.
	From, To string
	// Reason is that of the letters to replay; "" for all.
	Reason string
	// Limit is how many to replay at most; 0 for all.
	Limit int
	// DryRun sends and deletes nothing.
	DryRun bool
	// WithoutAttributes replays letters whose original attributes were dropped as well, without any.
	WithoutAttributes bool
	// Note is told, one line each, what became of a letter that is worth a word; nil for nobody.
	Note func(line string)
	// Progress is told from time to time how far the run is; nil for nobody.
	Progress func(Summary)
}

// Summary counts letters.
type Summary struct {
	// Replayed are on the ingestion queue, or would be after a dry run.
	Replayed int
	// Left were read and are still on the validation queue.
	Left int
}

// Run replays letters until none is there that it has not seen, or the limit is reached. Its summary is right with an error
// too: one from SQS, or that letters could not be sent.
func Run(ctx context.Context, api API, o Options) (Summary, error) {
	r := &run{api: api, options: o, letters: make(map[string]*letter)}
	err := r.all(ctx)
	err = errors.Join(err, r.failure(), r.release(context.WithoutCancel(ctx)))
	return r.summary(), err
}

// run is one run on its way.
type run struct {
	api     API
	options Options
	// began is when the first answer came, by the queue's clock if it told: clocks of desks are wrong.
	began time.Time
	// letters are all that were read, by message id.
	letters  map[string]*letter
	taken    int
	failures []error
}

// letter is what is known of a letter.
type letter struct {
	id, handle string
	body       *string
	attributes map[string]types.MessageAttributeValue
	sent       bool
	deleted    bool
}

func (r *run) all(ctx context.Context) error {
	for ctx.Err() == nil && len(r.failures) < maxFailures && !r.full() {
		received, err := r.receive(ctx)
		if err != nil {
			return err
		}
		fresh, chosen := r.sort(received)
		r.send(ctx, chosen)
		if r.options.Progress != nil {
			r.options.Progress(r.summary())
		}
		if fresh == 0 {
			return nil
		}
	}
	return ctx.Err()
}

func (r *run) full() bool { return r.options.Limit > 0 && r.taken >= r.options.Limit }

func (r *run) receive(ctx context.Context) ([]types.Message, error) {
	asked := time.Now()
	out, err := r.api.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: aws.String(r.options.From), MaxNumberOfMessages: batchEntries, WaitTimeSeconds: waitSeconds, VisibilityTimeout: hideSeconds,
		MessageAttributeNames:       []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameSentTimestamp},
	})
	if err != nil {
		return nil, fmt.Errorf("reading the validation queue %s: %w", r.options.From, err)
	}
	if r.began.IsZero() {
		r.began = asked
		if told, ok := awsmiddleware.GetServerTime(out.ResultMetadata); ok {
			r.began = told.Add(time.Second) // it is told in whole seconds, those begun left out
		}
	}
	return out.Messages, nil
}

// sort takes in what was received. It returns how many letters of it were not seen before, and those to replay.
func (r *run) sort(received []types.Message) (fresh int, chosen []*letter) {
	for _, message := range received {
		id := aws.ToString(message.MessageId)
		l, seen := r.letters[id]
		if !seen {
			fresh++
			l = &letter{id: id}
			r.letters[id] = l
			if r.chooses(message, l) {
				r.taken++
				chosen = append(chosen, l)
			}
		}
		l.handle = aws.ToString(message.ReceiptHandle) // the newest one counts
		if seen && l.sent {
			chosen = append(chosen, l) // it was sent, and only its deletion is to be made up for
		}
	}
	return fresh, chosen
}

func (r *run) summary() Summary {
	replayed := 0
	for _, l := range r.letters {
		if l.sent {
			replayed++
		}
	}
	return Summary{Replayed: replayed, Left: len(r.letters) - replayed}
}

// failure is the error of letters that could not be sent, or not deleted.
func (r *run) failure() error {
	if len(r.failures) == 0 {
		return nil
	}
	return fmt.Errorf("%d letters met an error, the first: %w", len(r.failures), r.failures[0])
}

func (r *run) note(id, format string, args ...any) {
	if r.options.Note != nil {
		r.options.Note("message " + id + ": " + fmt.Sprintf(format, args...))
	}
}
