package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/spf13/cobra"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/ops/replay"
)

// progressEvery is how often a long replay says how far it is.
const progressEvery = 2 * time.Second

func (a *app) replay() *cobra.Command {
	var (
		o    replay.Options
		rule bool
	)
	command := &cobra.Command{
		Use:   "replay (--stack NAME | --outputs FILE | --from URL --to URL)",
		Short: "Send messages that were set aside to the ingestion queue again",
		Long: `Sends messages of the validation queue to the ingestion queue again, each with the body, the message attributes and the
group that it came with, and then deletes it from the validation queue. With --rule-dead-letters it sends those that
EventBridge could not put on the ingestion queue.

Use it once the reason for which messages were set aside is fixed: a schema, a flag, a permission. Try --dry-run first: it
names each message that would be sent.

It can be interrupted with Ctrl-C and started again: what was sent twice is recognized as a duplicate. What is left is
visible again when it ends.

It never deletes a message before SQS has answered that it took the copy, never prints a body, and never replays what came
to the queue after it began.`,
		Example: `  ops replay --stack prod --reason schema-mismatch --dry-run
  ops replay --stack prod --reason schema-mismatch --topic telephony.call.created --limit 10
  ops replay --stack prod --rule-dead-letters`,
		Args: cobra.NoArgs,
		RunE: a.runs(func(ctx context.Context, _ []string) error { return a.runReplay(ctx, o, rule) }),
	}
	flags := command.Flags()
	flags.StringVar(&o.From, "from", "", "`URL` of the queue to empty (output "+contract.OutputValidationQueueURL+")")
	flags.BoolVar(&rule, "rule-dead-letters", false, "empty the rule's dead-letter queue (output "+contract.OutputRuleDeadLetterQueueURL+")")
	command.MarkFlagsMutuallyExclusive("from", "rule-dead-letters")
	flags.StringVar(&o.To, "to", "", "`URL` of the ingestion queue (output "+contract.OutputIngestionQueueURL+")")
	flags.StringVar(&o.Reason, "reason", "", "only messages with this `reason`, such as schema-mismatch; of a rule's dead letters, their ERROR_CODE")
	flags.StringVar(&o.Topic, "topic", "", "only events of this `topic`, such as telephony.call.created; events behind a claim check are left")
	flags.IntVar(&o.Limit, "limit", 0, "at most this `number` of messages; 0 for all")
	flags.BoolVar(&o.WithoutAttributes, "without-attributes", false, "also messages whose original attributes were too large to keep, without any")
	for _, name := range []string{"from", "to", "reason", "topic", "limit"} {
		_ = command.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions) // fails for unknown flags only
	}
	return command
}

// replayed is a replay's result as JSON.
type replayed struct {
	From        string `json:"from"`
	To          string `json:"to"`
	DryRun      bool   `json:"dryRun"`
	Replayed    int    `json:"replayed"`
	Left        int    `json:"left"`
	Interrupted bool   `json:"interrupted"`
}

func (a *app) runReplay(ctx context.Context, o replay.Options, rule bool) error {
	if o.Limit < 0 {
		return usagef("--limit is %d, should be 0 or more", o.Limit)
	}
	output := contract.OutputValidationQueueURL
	if rule {
		output = contract.OutputRuleDeadLetterQueueURL
	}
	from, err := a.stack.resolve(ctx, "from", o.From, output)
	if err != nil {
		return err
	}
	to, err := a.stack.resolve(ctx, "to", o.To, contract.OutputIngestionQueueURL)
	if err != nil {
		return err
	}
	if err := pair(from, to); err != nil {
		return err
	}
	config, err := a.account.config(ctx, from)
	if err != nil {
		return err
	}
	client := sqs.NewFromConfig(config)
	waiting, hidden, err := depth(ctx, config, client, from)
	if err != nil {
		return err
	}
	if _, _, err := depth(ctx, config, client, to); err != nil {
		return err
	}
	if !a.dryRun {
		if err := a.confirm(ctx, question(o, from, to, waiting, hidden)); err != nil {
			return err
		}
	}
	o.From, o.To, o.DryRun = from.value, to.value, a.dryRun
	o.Note = func(line string) { fmt.Fprintln(a.Err, line) }
	said := time.Now()
	o.Progress = func(s replay.Summary) {
		if time.Since(said) >= progressEvery {
			said = time.Now()
			fmt.Fprintf(a.Err, "so far: "+counts(o.DryRun)+", of about %d\n", s.Replayed, s.Left, waiting)
		}
	}
	told := make(chan struct{})
	silence := context.AfterFunc(ctx, func() {
		defer close(told)
		fmt.Fprintln(a.Err, "interrupted: finishing what is under way; press Ctrl-C again to stop at once")
	})
	summary, err := replay.Run(ctx, client, o)
	if !silence() {
		<-told
	}
	if problem := a.report(replayed{o.From, o.To, o.DryRun, summary.Replayed, summary.Left, errors.Is(err, context.Canceled)}); problem != nil {
		err = errors.Join(err, problem)
	}
	if errors.Is(err, context.Canceled) {
		return interrupted(summary, max(waiting-summary.Replayed, summary.Left), o.DryRun, err)
	}
	return err
}

func (a *app) report(r replayed) error {
	if a.json {
		if err := json.NewEncoder(a.Out).Encode(r); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
		return nil
	}
	fmt.Fprintf(a.Out, counts(r.DryRun)+"\n", r.Replayed, r.Left)
	return nil
}

// counts is the format of what became of messages.
func counts(dryRun bool) string {
	if dryRun {
		return "would replay %d, leave %d"
	}
	return "replayed %d, left %d"
}

// pair checks that two queues can be the two ends of a replay.
func pair(from, to target) error {
	if from.value == to.value {
		return usagef("%s and %s are the same queue, %s", from.source, to.source, from.value)
	}
	for _, where := range []struct {
		what string
		of   func(string) string
	}{{"region", regionOf}, {"account", accountOf}} {
		if a, b := where.of(from.value), where.of(to.value); a != b {
			return usagef("%s is in %s %q and %s in %q: both must be of one stack", from, where.what, a, to, b)
		}
	}
	return nil
}

// depth is about how many messages of a queue wait, and how many somebody is at work on.
func depth(ctx context.Context, config aws.Config, client *sqs.Client, queue target) (waiting, hidden int, err error) {
	out, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(queue.value), AttributeNames: depths,
	})
	if err != nil {
		return 0, 0, queueProblem(ctx, config, queue, err)
	}
	if waiting, hidden, err = depthOf(out.Attributes); err != nil {
		return 0, 0, fmt.Errorf("%s: %w", queue, err)
	}
	return waiting, hidden, nil
}

// depthOf reads the attributes depths of a queue.
func depthOf(attributes map[string]string) (waiting, hidden int, err error) {
	waiting, err = strconv.Atoi(attributes[string(types.QueueAttributeNameApproximateNumberOfMessages)])
	if err == nil {
		hidden, err = strconv.Atoi(attributes[string(types.QueueAttributeNameApproximateNumberOfMessagesNotVisible)])
	}
	if err != nil {
		return 0, 0, fmt.Errorf("how many messages wait: %w", err)
	}
	return waiting, hidden, nil
}

func question(o replay.Options, from, to target, waiting, hidden int) string {
	var which []string
	if o.Limit > 0 {
		which = append(which, fmt.Sprintf("at most %d", o.Limit))
	}
	if o.Reason != "" {
		which = append(which, "reason "+o.Reason)
	}
	if o.Topic != "" {
		which = append(which, "topic "+o.Topic)
	}
	only := ""
	if len(which) > 0 {
		only = " (only " + strings.Join(which, ", ") + ")"
	}
	return fmt.Sprintf("About %d messages wait on %s (%d more are hidden): send them%s to %s, and delete each once it was sent?",
		waiting, from.value, hidden, only, to.value)
}

// interrupted is the error of a replay that somebody has stopped.
func interrupted(s replay.Summary, remaining int, dryRun bool, err error) error {
	visible := "all of them visible"
	if errors.Is(err, replay.ErrHidden) {
		visible = "of which some stay hidden for up to an hour"
	}
	sent := "were sent"
	if dryRun {
		sent = "would have been sent"
	}
	others := []error{fmt.Errorf("interrupted: %d messages %s, about %d remain on their queue, %s; "+
		"run the same command again to go on", s.Replayed, sent, remaining, visible)}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			if !errors.Is(e, context.Canceled) {
				others = append(others, e)
			}
		}
	}
	return errors.Join(others...)
}
