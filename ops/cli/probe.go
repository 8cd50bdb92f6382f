package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/spf13/cobra"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/identify"
)

const (
	// probeTimeout is how long a probe waits if nothing else is said: a batching window, a batch, and one retry.
	probeTimeout = 2 * time.Minute
	// firstProbeLook is after which time the table is looked at; each time it is twice as long, up to probeLook.
	firstProbeLook = 100 * time.Millisecond
	probeLook      = time.Second
)

func (a *app) probe() *cobra.Command {
	topic, wait := "telephony.call.created", probeTimeout
	command := &cobra.Command{
		Use:   "probe (--stack NAME | --outputs FILE)",
		Short: "Send one event of its own and see that it is delivered",
		Long: `Sends one event to the ingestion queue, waits until the dedup table says that it was delivered, and says how long that took.

Use it after a deployment. The downstream gets the event: its id begins with "probe-", and it has nothing else in it. A schema
that is enforced may quarantine it.

It never sends a second event, and leaves one record in the dedup table, which expires as all do.`,
		Example: `  ops probe --stack prod
  ops probe --stack prod --topic routing.queue.member.status.changed --yes --json`,
		Args: cobra.NoArgs,
		RunE: a.runs(func(ctx context.Context, _ []string) error { return a.runProbe(ctx, topic, wait) }),
	}
	flags := command.Flags()
	flags.StringVar(&topic, "topic", topic, "the event's `topic`")
	flags.DurationVar(&wait, "wait", wait, "how long to wait")
	for _, name := range []string{"topic", "wait"} {
		_ = command.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions) // fails for unknown flags only
	}
	return command
}

// probed is the result of a probe, as JSON.
type probed struct {
	EventID string `json:"eventId"`
	DryRun  bool   `json:"dryRun"`
	// State is that of the record, "" for none.
	State        string `json:"state"`
	Milliseconds int64  `json:"milliseconds"`
}

func (a *app) runProbe(ctx context.Context, topic string, wait time.Duration) error {
	if wait <= 0 {
		return usagef("--wait is %s, should be above 0", wait)
	}
	if err := a.stack.open(ctx); err != nil {
		return err
	}
	queue, err := a.stack.target(contract.OutputIngestionQueueURL)
	if err != nil {
		return err
	}
	table, err := a.stack.target(contract.OutputDedupTable)
	if err != nil {
		return err
	}
	body, key, err := probeEvent(topic, time.Now())
	if err != nil {
		return err
	}
	config, err := a.account.config(ctx, queue)
	if err != nil {
		return err
	}
	result := probed{EventID: key, DryRun: a.dryRun}
	if a.dryRun {
		return a.reportProbed(result)
	}
	if err := a.confirm(ctx, fmt.Sprintf("Send one event of topic %s to %s? The downstream gets it.", topic, queue.value)); err != nil {
		return err
	}
	began := time.Now()
	if _, err := sqs.NewFromConfig(config).SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &queue.value, MessageBody: &body}); err != nil {
		return queueProblem(ctx, config, queue, err)
	}
	result.State, err = awaitRecord(ctx, dynamodb.NewFromConfig(config), table.value, key, wait)
	result.Milliseconds = time.Since(began).Milliseconds()
	if err != nil {
		return queueProblem(ctx, config, table, err)
	}
	if err := a.reportProbed(result); err != nil {
		return err
	}
	switch {
	case result.State == contract.StateCompleted:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("interrupted: the event was sent, and its record is %q", result.State)
	case result.State == contract.StateInProgress:
		return fmt.Errorf("not delivered within %s: it was tried, and the function's log says why it failed", wait)
	default:
		return fmt.Errorf("not delivered within %s, and there is no record of it: \"ops status\" shows whether it waits, "+
			"\"ops quarantine list --since 10m\" whether it was refused", wait)
	}
}

func (a *app) reportProbed(p probed) error {
	switch {
	case a.json:
		return a.printJSON(p)
	case p.DryRun:
		fmt.Fprintf(a.Out, "would send the event %s\n", p.EventID)
	case p.State == contract.StateCompleted:
		fmt.Fprintf(a.Out, "delivered in %.1f s: %s\n", float64(p.Milliseconds)/1000, p.EventID)
	}
	return nil
}

// probeEvent is an event of a topic and the key of its record.
func probeEvent(topic string, at time.Time) (body, key string, err error) {
	type data struct {
		ID string `json:"id"`
	}
	text, err := json.Marshal(map[string]any{
		"event":     map[string]any{"type": topic, "data": data{fmt.Sprintf("probe-%d", at.UnixNano())}},
		"timestamp": at.UTC().Format(time.RFC3339Nano),
	})
	if err != nil {
		return "", "", fmt.Errorf("writing an event: %w", err)
	}
	opened, err := decode.NewReader(decode.Limits{MaxBytes: maxBody}, decode.ClaimCheckRules{}).Open(decode.Message{Body: text}, nil)
	if err != nil {
		return "", "", usagef("--topic %q makes no event that the function would take", topic)
	}
	identity, err := identify.Event(opened.Event, false)
	if err != nil {
		return "", "", fmt.Errorf("finding out the event's identity: %w", err)
	}
	return string(text), identity.Key, nil
}

// awaitRecord waits until an event's record is completed, and returns its state at the end: "" where there is none. An interrupt
// ends the wait.
func awaitRecord(ctx context.Context, client *dynamodb.Client, table, key string, wait time.Duration) (state string, err error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for pause := firstProbeLook; ; pause = min(2*pause, probeLook) {
		out, err := client.GetItem(ctx, &dynamodb.GetItemInput{
			TableName: &table, Key: map[string]types.AttributeValue{contract.TableKey: &types.AttributeValueMemberS{Value: key}},
			ConsistentRead: aws.Bool(true), ProjectionExpression: aws.String("#s"),
			ExpressionAttributeNames: map[string]string{"#s": contract.TableState},
		})
		switch {
		case ctx.Err() != nil:
			return state, nil
		case err != nil:
			return state, err
		}
		if value, ok := out.Item[contract.TableState].(*types.AttributeValueMemberS); ok {
			state = value.Value
		}
		if state == contract.StateCompleted {
			return state, nil
		}
		select {
		case <-ctx.Done():
			return state, nil
		case <-time.After(pause):
		}
	}
}
