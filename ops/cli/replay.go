package cli

import (
	"context"
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

// resend says what to send again, and how.
type resend struct {
	selection
	to                string
	withoutAttributes bool
	rate              float64
	hide              time.Duration
	sample            int
}

// defaultRate is how many messages a second are sent again if nothing else is said: the downstream may just have come back.
const defaultRate = 50

// flags declares what resending commands have beside the selection.
func (r *resend) flags(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&r.to, "to", "", "`URL` of the ingestion queue (output "+contract.OutputIngestionQueueURL+")")
	flags.BoolVar(&r.withoutAttributes, "without-attributes", false, "also messages whose original attributes were too large to keep, without any")
	r.pace(command)
}

// pace declares the flags of how messages are gone through.
func (r *resend) pace(command *cobra.Command) {
	flags := command.Flags()
	flags.Float64Var(&r.rate, "rate", defaultRate, "at most this `number` of messages a second; 0 for no limit")
	flags.DurationVar(&r.hide, "hide", time.Hour, "how long what was read stays hidden if the command is killed")
	flags.IntVar(&r.sample, "sample", 200, "how many messages that fit to look at before it asks; 0 for none")
	for _, name := range []string{"to", "rate", "hide", "sample"} {
		_ = command.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions) // fails for unknown flags only
	}
}

func (r *resend) check() error {
	switch {
	case r.sample < 0:
		return usagef("--sample is %d, should be 0 or more", r.sample)
	case r.rate < 0:
		return usagef("--rate is %v, should be 0 or more", r.rate)
	case r.hide < replay.MinHide || r.hide > longestHide:
		return usagef("--hide is %s, should be from %s to %s", r.hide, replay.MinHide, longestHide)
	case r.rate > 0 && 20/r.rate > r.hide.Seconds():
		return usagef("--rate %v sends 10 messages in %.0f s, which must be half of --hide (%s) or less", r.rate, 10/r.rate, r.hide)
	}
	return nil
}

// replay is the former name of "quarantine replay".
func (a *app) replay() *cobra.Command {
	r := resend{selection: selection{group: quarantine}}
	rule := false
	command := &cobra.Command{
		Use:    "replay (--stack NAME | --outputs FILE | --from URL --to URL)",
		Short:  `Send quarantined messages again: the former name of "ops quarantine replay"`,
		Long:   replayLong + "\n\n" + `This is the former name of "ops quarantine replay", which has more flags.`,
		Hidden: true,
		Example: `  ops replay --stack prod --reason schema-mismatch --dry-run
  ops replay --stack prod --rule-dead-letters`,
		Args: cobra.NoArgs,
		RunE: a.runs(func(ctx context.Context, _ []string) error {
			now := "ops quarantine replay"
			if rule {
				r.queue = ruleQueue
				now += " --queue rule"
			}
			fmt.Fprintf(a.Err, "\"ops replay\" is deprecated: use %q\n", now)
			return a.runReplay(ctx, r)
		}),
	}
	r.selection.flags(command)
	r.flags(command)
	flags := command.Flags()
	flags.BoolVar(&rule, "rule-dead-letters", false, "empty the rule's dead-letter queue (output "+contract.OutputRuleDeadLetterQueueURL+")")
	command.MarkFlagsMutuallyExclusive("from", "rule-dead-letters")
	return command
}

// replayLong is the help of all commands that send messages again.
const replayLong = `Sends messages of the validation queue to the ingestion queue again, each with the body, the message attributes and the
group that it came with, and then deletes it from the validation queue. With --queue rule it sends those that EventBridge
could not put on the ingestion queue.

Use it once the reason for which messages were set aside is fixed: a schema, a flag, a permission. Before it asks it looks at
some of the messages and counts them by reason and topic. Try --dry-run first: it names each message that would be sent.

It can be interrupted with Ctrl-C and started again: what was sent twice is recognized as a duplicate. What is left is
visible again when it ends. If it is killed, what it had read comes back after --hide.

It never deletes a message before SQS has answered that it took the copy, never prints a body, and never replays what came
to the queue after it began.`

// discarded is the result of a discard as JSON.
type discarded struct {
	From        string `json:"from"`
	DryRun      bool   `json:"dryRun"`
	Discarded   int    `json:"discarded"`
	Left        int    `json:"left"`
	Interrupted bool   `json:"interrupted"`
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

func (a *app) runReplay(ctx context.Context, r resend) error {
	if err := r.check(); err != nil {
		return err
	}
	o, err := r.options()
	if err != nil {
		return err
	}
	from, err := a.stack.resolve(ctx, "from", r.from, r.output())
	if err != nil {
		return err
	}
	to, err := a.stack.resolve(ctx, "to", r.to, contract.OutputIngestionQueueURL)
	if err != nil {
		return err
	}
	if err := pair(from, to); err != nil {
		return err
	}
	q, err := a.openQueue(ctx, r.selection, from)
	if err != nil {
		return err
	}
	if _, _, err := depth(ctx, q.config, q.client, to); err != nil {
		return err
	}
	o.From, o.To, o.WithoutAttributes, o.Rate, o.Hide = from.value, to.value, r.withoutAttributes, r.rate, r.hide
	if none, err := a.preview(ctx, q, o, r.sample); none || err != nil {
		return err
	}
	if !a.dryRun {
		if err := a.confirm(ctx, question(o, from, to, q.waiting, q.hidden)); err != nil {
			return err
		}
	}
	return a.process(ctx, q, o)
}

// process replays or discards messages, and reports what became of them.
func (a *app) process(ctx context.Context, q *openQueue, o replay.Options) error {
	o.DryRun = a.dryRun
	of := q.waiting
	if o.Limit > 0 {
		of = min(of, o.Limit)
	}
	bar := a.meter(map[bool]string{false: "sent again", true: "discarded"}[o.Discard], of)
	o.Note = bar.note
	o.Progress = func(s replay.Summary) {
		bar.at(s.Replayed, fmt.Sprintf(counts(o)+", of about %d", s.Replayed, s.Left, q.waiting))
	}
	told := make(chan struct{})
	silence := context.AfterFunc(ctx, func() {
		defer close(told)
		bar.note("interrupted: finishing what is under way; press Ctrl-C again to stop at once")
	})
	summary, err := replay.Run(ctx, q.client, o)
	if !silence() {
		<-told
	}
	bar.end()
	if problem := a.report(o, summary, errors.Is(err, context.Canceled)); problem != nil {
		err = errors.Join(err, problem)
	}
	if errors.Is(err, context.Canceled) {
		return interrupted(summary, max(q.waiting-summary.Replayed, summary.Left), o, err)
	}
	return err
}

func (a *app) report(o replay.Options, s replay.Summary, interrupted bool) error {
	switch {
	case a.json && o.Discard:
		return a.printJSON(discarded{o.From, o.DryRun, s.Replayed, s.Left, interrupted})
	case a.json:
		return a.printJSON(replayed{o.From, o.To, o.DryRun, s.Replayed, s.Left, interrupted})
	}
	fmt.Fprintf(a.Out, counts(o)+"\n", s.Replayed, s.Left)
	return nil
}

// counts is the format of what became of messages.
func counts(o replay.Options) string {
	verbs := [2]string{"replay", "replayed"}
	if o.Discard {
		verbs = [2]string{"discard", "discarded"}
	}
	if o.DryRun {
		return "would " + verbs[0] + " %d, leave %d"
	}
	return verbs[1] + " %d, left %d"
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
	return fmt.Sprintf("About %d messages wait on %s (%d more are hidden): send them%s to %s, and delete each once it was sent?",
		waiting, from.value, hidden, only(o), to.value)
}

// only says which messages are meant, "" for all.
func only(o replay.Options) string {
	var which []string
	if o.ID != "" {
		which = append(which, "message "+o.ID)
	}
	if o.Limit > 0 {
		which = append(which, fmt.Sprintf("at most %d", o.Limit))
	}
	if o.Reason != "" {
		which = append(which, "reason "+o.Reason)
	}
	if o.Topic != "" {
		which = append(which, "topic "+o.Topic)
	}
	if !o.Since.IsZero() {
		which = append(which, "since "+o.Since.Format(time.RFC3339))
	}
	if !o.Until.IsZero() {
		which = append(which, "until "+o.Until.Format(time.RFC3339))
	}
	if len(which) == 0 {
		return ""
	}
	return " (only " + strings.Join(which, ", ") + ")"
}

// interrupted is the error of a replay that somebody has stopped.
func interrupted(s replay.Summary, remaining int, o replay.Options, err error) error {
	visible := "all of them visible"
	if errors.Is(err, replay.ErrHidden) {
		visible = fmt.Sprintf("of which some stay hidden for up to %s", o.Hide)
	}
	done := "sent"
	if o.Discard {
		done = "deleted"
	}
	sent := "were " + done
	if o.DryRun {
		sent = "would have been " + done
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
