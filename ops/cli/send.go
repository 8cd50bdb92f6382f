package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/spf13/cobra"
	"golang.org/x/time/rate"

	"cc-eventbridge/function/contract"
)

// maxBody is the most bytes of a message without attributes (Amazon SQS API reference, SendMessage), as the stack's queues have it.
const maxBody = 262144

func (a *app) send() *cobra.Command {
	queue, perSecond := "", 10.0
	command := &cobra.Command{
		Use:   "send (--stack NAME | --outputs FILE | --queue URL) FILE",
		Short: "Send events of a file to the ingestion queue, for a test",
		Long: `Sends message bodies to the ingestion queue as a producer would. The file has one on each line: a JSON object is a body as it
stands, a JSON string is a raw body, which may be malformed.

Use it to try a stack. The downstream gets the events: choose ids that it can tell from real ones. The whole file is checked
before anything is sent. A file that was sent can be sent again: its events are duplicates then.

It never prints what is in a file, and never deletes anything. Bodies above 256 KiB are for "ops send-large".`,
		Example: `  ops send --stack staging events.jsonl --dry-run
  ops send --stack staging events.jsonl --rate 100 --yes --json`,
		Args: cobra.ExactArgs(1),
		RunE: a.runs(func(ctx context.Context, args []string) error { return a.runSend(ctx, queue, args[0], perSecond) }),
	}
	flags := command.Flags()
	flags.StringVar(&queue, "queue", "", "`URL` of the ingestion queue (output "+contract.OutputIngestionQueueURL+")")
	flags.Float64Var(&perSecond, "rate", perSecond, "at most this `number` of messages a second")
	for _, name := range []string{"queue", "rate"} {
		_ = command.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions) // fails for unknown flags only
	}
	return command
}

// sentEvents is the result of sending, as JSON.
type sentEvents struct {
	Queue       string `json:"queue"`
	DryRun      bool   `json:"dryRun"`
	Sent        int    `json:"sent"`
	Of          int    `json:"of"`
	Interrupted bool   `json:"interrupted"`
}

func (a *app) runSend(ctx context.Context, queueURL, file string, perSecond float64) error {
	if perSecond <= 0 {
		return usagef("--rate is %v, should be above 0", perSecond)
	}
	bodies, err := readBodies(file)
	if err != nil {
		return err
	}
	queue, err := a.stack.resolve(ctx, "queue", queueURL, contract.OutputIngestionQueueURL)
	if err != nil {
		return err
	}
	config, err := a.account.config(ctx, queue)
	if err != nil {
		return err
	}
	if !a.dryRun {
		if err := a.confirm(ctx, fmt.Sprintf("Send %d events to %s, in about %.0f s?", len(bodies), queue.value, float64(len(bodies))/perSecond)); err != nil {
			return err
		}
	}
	client, limiter := sqs.NewFromConfig(config), rate.NewLimiter(rate.Limit(perSecond), 1)
	result := sentEvents{Queue: queue.value, DryRun: a.dryRun, Of: len(bodies)}
	if !a.dryRun {
		bar := a.meter("sent", len(bodies))
		for _, body := range bodies {
			if limiter.Wait(ctx) != nil {
				result.Interrupted = true
				break
			}
			// One that is under way ends: its answer says whether it was sent.
			call, cancel := context.WithTimeout(context.WithoutCancel(ctx), partTimeout)
			_, err = client.SendMessage(call, &sqs.SendMessageInput{QueueUrl: &queue.value, MessageBody: aws.String(body)})
			cancel()
			if err != nil {
				break
			}
			result.Sent++
			bar.at(result.Sent, fmt.Sprintf("sent %d of %d", result.Sent, result.Of))
		}
		bar.end()
		if err != nil {
			return fmt.Errorf("after %d of %d events that were sent: %w", result.Sent, result.Of, queueProblem(ctx, config, queue, err))
		}
	}
	switch {
	case a.json:
		err = a.printJSON(result)
	case a.dryRun:
		fmt.Fprintf(a.Out, "would send %d events to %s\n", result.Of, queue.value)
	default:
		fmt.Fprintf(a.Out, "sent %d of %d events\n", result.Sent, result.Of)
	}
	if result.Interrupted {
		return fmt.Errorf("interrupted: %d of %d events were sent; sent again, those are duplicates", result.Sent, result.Of)
	}
	return err
}

// readBodies reads the bodies of a file. Its errors name the line and nothing that is on it.
func readBodies(file string) ([]string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading events: %w", err)
	}
	var bodies []string
	number := 0
	for line := range bytes.Lines(data) {
		number++
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		body := string(line)
		switch {
		case line[0] == '"' && json.Unmarshal(line, &body) == nil && body != "":
		case line[0] == '{' && json.Valid(line):
		default:
			return nil, fmt.Errorf("%s line %d should be a JSON object, or a JSON string with a raw body; nothing was sent", file, number)
		}
		if len(body) > maxBody {
			return nil, fmt.Errorf("%s line %d has %d bytes, a queue takes %d: use \"ops send-large\"; nothing was sent", file, number, len(body), maxBody)
		}
		bodies = append(bodies, body)
	}
	if len(bodies) == 0 {
		return nil, fmt.Errorf("%s has no events", file)
	}
	return bodies, nil
}
