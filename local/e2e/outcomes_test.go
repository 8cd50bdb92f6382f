package e2e

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/local/cloud"
	"cc-eventbridge/local/traffic"
	"cc-eventbridge/ops/claimcheck"
)

// everyOutcome sends a message for each row of the outcomes' table, one in each wrapping and the bad ones among good
// neighbours.
func (c *fixture) everyOutcome() {
	c.t.Helper()
	r := rand.New(rand.NewPCG(2, 2))
	fresh, twice := traffic.Direct(r, nil), traffic.Direct(r, nil)
	poison := traffic.Direct(r, map[string]any{"demoFail": -1})
	flaky := traffic.Direct(r, map[string]any{"demoFail": 2})
	rejected := traffic.Direct(r, map[string]any{"demoFail": -1, "demoStatus": 422})
	messages := traffic.Bare(fresh, twice, twice, poison, flaky, rejected, traffic.EventBridge(r))
	want := traffic.Report{Delivered: 4, Duplicates: 1, Quarantined: 1, DeadLettered: 1}
	for _, wrapping := range traffic.Wrappings(c.pipeline.Payloads) {
		parcel := wrapping.Around(fresh)
		c.must(c.pipeline.Store(c.ctx, parcel.Objects...))
		messages = append(messages, parcel.Message)
		want.Duplicates++
	}
	reasons := map[string]string{rejected: "downstream-422"}
	for _, bad := range append(traffic.Malformed(), traffic.HostileClaimChecks(c.pipeline.Payloads)...) {
		c.must(c.pipeline.Store(c.ctx, bad.Objects...))
		messages = append(append(messages, bad.Message), traffic.Bare(traffic.Direct(r, nil))...)
		reasons[bad.Body] = bad.Reason
		want.Delivered++
		want.Quarantined++
	}
	want.Sent = len(messages)
	sent := c.send(messages...)
	got, err := c.pipeline.Report(c.ctx, c.deliveries())
	c.must(err)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		c.t.Errorf("the balance is %+v, want %+v", got, want)
	}
	deadLetters, err := c.pipeline.DeadLettered(c.ctx)
	c.must(err)
	if len(deadLetters) != 1 || deadLetters[0].Body != poison {
		c.t.Errorf("the dead-letter queue has %d messages, want the poison event alone", len(deadLetters))
	}
	quarantined, err := c.pipeline.Quarantined(c.ctx)
	c.must(err)
	c.quarantinedFor(quarantined, sent, reasons)
	c.send(traffic.Bare(twice)...) // once more, when its record is completed
	for _, d := range c.deliveries() {
		if d.Received > 1 {
			c.t.Errorf("%s took effect %d times", d.Key, d.Received)
		}
	}
	if !slices.ContainsFunc(c.deliveries(), func(d cloud.Delivery) bool { return d.Refused == 2 && d.Received == 1 }) {
		c.t.Error("no event was refused twice and then taken")
	}
}

// quarantinedFor wants the validation queue to say of the sent messages why they are there. The reasons are by body.
func (c *fixture) quarantinedFor(quarantined []traffic.Queued, sent []traffic.Sent, want map[string]string) {
	c.t.Helper()
	reasons := map[string]string{}
	for _, message := range quarantined {
		reasons[message.Attributes["messageId"]] = message.Attributes["reason"]
	}
	for i, message := range sent {
		if got := reasons[message.ID]; got != want[message.Body] {
			c.t.Errorf("message %d of %d is quarantined for %q, want %q", i+1, len(sent), got, want[message.Body])
		}
	}
}

// producerByClaimCheck sends an event that no queue takes as a producer would, plain and compressed, which is one event.
func (c *fixture) producerByClaimCheck() {
	c.t.Helper()
	before := len(c.deliveries())
	body := []byte(traffic.Direct(rand.New(rand.NewPCG(5, 5)), map[string]any{"transcript": string(bytes.Repeat([]byte("word "), 300_000))}))
	sender := claimcheck.Sender{
		Objects:  s3.NewFromConfig(c.account, func(o *s3.Options) { o.UsePathStyle = true }),
		Messages: sqs.NewFromConfig(c.account),
		Bucket:   c.outputs[contract.OutputPayloadBucket], QueueURL: c.outputs[contract.OutputIngestionQueueURL],
	}
	for _, sender.Compress = range []bool{false, true} {
		sent, err := sender.Send(c.ctx, body)
		c.must(err)
		if sender.Compress == (sent.Bytes == len(body)) {
			c.t.Errorf("the object has %d bytes (compressed: %v), the event %d", sent.Bytes, sender.Compress, len(body))
		}
	}
	c.quiet()
	if got := len(c.deliveries()) - before; got != 1 {
		c.t.Errorf("%d events were delivered, want the one that was sent by two claim checks", got)
	}
}
