// Package process takes a batch of messages through the steps of the flow: decode, identify, validate, claim, deliver,
// complete.
//
// What it promises: a message is acknowledged only when its event has been delivered and recorded, was recorded before,
// or the message is in the validation queue; everything else goes back to the ingestion queue, which dead-letters it in
// the end. One event is acted on by one invocation at a time, and not again while its record lives, unless the first time
// was cut off before it could be recorded.
package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"cc-eventbridge/function/batch"
	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/dedup"
	"cc-eventbridge/function/flags"
	"cc-eventbridge/function/metrics"
	"cc-eventbridge/function/quarantine"
	"cc-eventbridge/function/schema"
	"cc-eventbridge/function/visibility"
)

// Processor takes batches of messages through the steps of the flow. It is safe for concurrent use.
type Processor struct {
	config     Config
	clients    Clients
	table      *dedup.Table
	validation *quarantine.Queue
	policy     visibility.Policy
	reader     *decode.Reader
	metrics    *metrics.Writer
	unknown    onceEach

	now    func() time.Time
	log    *slog.Logger
	random rand.Source
}

// New returns a processor.
func New(config Config, clients Clients, options ...Option) *Processor {
	p := &Processor{
		config:  config.withDefaults(),
		clients: clients,
		now:     time.Now,
		log:     slog.Default(),
		random:  systemSource{},
	}
	for _, option := range options {
		option(p)
	}
	p.reader = decode.NewReader(decode.Limits{MaxBytes: p.config.MaximumPayloadBytes}, p.config.Pointers)
	if clients.Flags == nil {
		builtIn := schema.New()
		p.clients.Flags = flags.New(nil, flags.Set[*schema.Registry]{Document: flags.Default(), Registry: builtIn}, builtIn.With)
	}
	p.table = dedup.NewTable(clients.DynamoDB, config.TableName, config.DedupRetention, p.now)
	p.validation = quarantine.NewQueue(clients.SQS, config.ValidationQueueURL, clients.Oversize, p.config.Pointers.Bucket)
	p.policy = visibility.Policy{MaxReceiveCount: config.MaxReceiveCount, MessageRetention: config.MessageRetention}
	return p
}

// Invoke handles one invocation: an SQS event in, a partial batch response out. It is aws-lambda-go's Handler. An error
// returns the whole batch to the queue.
func (p *Processor) Invoke(ctx context.Context, payload []byte) (response []byte, err error) {
	log := p.invocationLog(ctx)
	defer func() {
		if value := recover(); value != nil {
			log.Error("the handling of the batch panicked", slog.String("panic", describe(value)), slog.String("stack", string(debug.Stack())))
			response, err = nil, errors.New("process batch: panic: the log has the stack")
		}
	}()
	records, err := batch.Parse(payload)
	if err != nil {
		log.Error("the batch can't be read", slog.Any("error", err))
		return nil, err
	}
	p.clients.Flags.Poke()
	in := p.begin(ctx, log, records)
	defer in.budget.close()
	defer p.clients.Flags.Settle(in.budget.finish)
	in.open()
	in.heed()
	in.identify()
	in.validate()
	in.claim()
	in.deliver()
	in.settle()
	in.share()
	verdicts := in.conclude()
	in.report()
	response, err = batch.Respond(records, verdicts)
	if err != nil {
		log.Error("the whole batch goes back to the queue", slog.Any("error", err))
		return nil, fmt.Errorf("process batch of %d: %w", len(records), err)
	}
	return response, nil
}
