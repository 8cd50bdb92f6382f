package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/ops/replay"
)

// The groups of commands for messages that were set aside, and the queues that --queue names.
const (
	dlq        = "dlq"
	quarantine = "quarantine"

	deadLetterQueue = "dead-letter"
	validationQueue = "validation"
	ruleQueue       = "rule"
)

const (
	// lookHide is how long a look hides messages if nothing else is said.
	lookHide = time.Minute
	// longestHide is the longest visibility timeout of SQS.
	longestHide = 12 * time.Hour
	// listed is how many messages a list has if nothing else is said.
	listed = 100
	// topicWidth and reasonWidth are those of columns; what is longer is broken.
	topicWidth, reasonWidth = 36, 28
)

// selection says which messages of which queue.
type selection struct {
	group         string
	queue, from   string
	reason, topic string
	since, until  string
	id            string
	limit         int
}

// own is the queue of the group.
func (s *selection) own() string {
	if s.group == dlq {
		return deadLetterQueue
	}
	return validationQueue
}

func (s *selection) flags(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&s.queue, "queue", s.own(), fmt.Sprintf("which `queue`: %s, or %s for the dead-letter queue of EventBridge's rule", s.own(), ruleQueue))
	flags.StringVar(&s.from, "from", "", "`URL` of the queue, instead of the stack's output")
	if s.group == quarantine {
		flags.StringVar(&s.reason, "reason", "", "only messages with this `reason`, such as schema-mismatch; of a rule's dead letters, their ERROR_CODE")
	} else {
		flags.StringVar(&s.reason, "reason", "", "only messages with this ERROR_CODE as their `reason`, with --queue rule; other dead letters have none")
	}
	flags.StringVar(&s.topic, "topic", "", "only events of this `topic`, such as telephony.call.created; events behind a claim check are left")
	flags.StringVar(&s.since, "since", "", "only messages that were sent at this `time` or later: 2h ago, or 2026-01-31T15:04:05Z")
	flags.StringVar(&s.until, "until", "", "only messages that were sent at this `time` or earlier")
	flags.IntVar(&s.limit, "limit", s.limit, "at most this `number` of messages; 0 for all")
	for _, name := range []string{"from", "reason", "topic", "since", "until", "limit"} {
		_ = command.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions) // fails for unknown flags only
	}
	_ = command.RegisterFlagCompletionFunc("queue", cobra.FixedCompletions([]cobra.Completion{s.own(), ruleQueue}, cobra.ShellCompDirectiveNoFileComp))
}

// isDeadLetters reports whether the queue has messages as they were sent.
func (s *selection) isDeadLetters() bool { return s.group == dlq && s.queue != ruleQueue }

// output is the stack's output with the queue's URL.
func (s *selection) output() string {
	return map[string]string{
		deadLetterQueue: contract.OutputDeadLetterQueueURL, validationQueue: contract.OutputValidationQueueURL,
		ruleQueue: contract.OutputRuleDeadLetterQueueURL,
	}[s.queue]
}

// options are the selection as the package replay has it.
func (s *selection) options() (replay.Options, error) {
	if s.queue != s.own() && s.queue != ruleQueue {
		return replay.Options{}, usagef("--queue is %q, should be %s or %s", s.queue, s.own(), ruleQueue)
	}
	if s.limit < 0 {
		return replay.Options{}, usagef("--limit is %d, should be 0 or more", s.limit)
	}
	if s.reason != "" && s.isDeadLetters() {
		return replay.Options{}, usagef("--reason: a dead letter does not say why it is there; the function's log does, by its message id")
	}
	now := time.Now()
	since, err := moment("since", s.since, now)
	if err != nil {
		return replay.Options{}, err
	}
	until, err := moment("until", s.until, now)
	if err != nil {
		return replay.Options{}, err
	}
	return replay.Options{
		DeadLetters: s.isDeadLetters(), Reason: s.reason, Topic: s.topic, ID: s.id, Since: since, Until: until, Limit: s.limit,
	}, nil
}

// moment is a time that a flag gives, either as such or as how long ago it was; the zero time for "".
func moment(flag, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if before, err := time.ParseDuration(strings.TrimSuffix(text, " ago")); err == nil {
		return now.Add(-before), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, usagef("--%s is %q, should be a time such as 2h or 2026-01-31T15:04:05Z", flag, text)
	}
	return at, nil
}

// group is a command that only has others.
func group(name, short, long string, commands ...*cobra.Command) *cobra.Command {
	command := &cobra.Command{
		Use: name, Short: short, Long: long, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			names := make([]string, len(commands))
			for i, c := range commands {
				names[i] = c.Name()
			}
			return usagef("%s what? Give one of %s", name, strings.Join(names, ", "))
		},
	}
	command.AddCommand(commands...)
	return command
}

func (a *app) dlq() *cobra.Command {
	redrive := resend{selection: selection{group: dlq}}
	command := &cobra.Command{
		Use:   "redrive (--stack NAME | --outputs FILE | --from URL --to URL)",
		Short: "Send dead letters to the ingestion queue again",
		Long: `Sends dead letters to the ingestion queue again, each as it was, and then deletes it from the dead-letter queue. With --queue
rule it sends those that EventBridge could not put on the ingestion queue.

Use it once what they failed of is over. Before it asks it looks at some of them and counts them by topic. SQS's own redrive
moves all of a queue at up to 500 a second; this one takes a part of them, at a rate. It refuses to run beside SQS's own.

It can be interrupted with Ctrl-C and started again: what was sent twice is recognized as a duplicate. What is left is visible
again when it ends. If it is killed, what it had read comes back after --hide.

It never deletes a message before SQS has answered that it took the copy, never prints a body, and never sends what failed
again since it began.`,
		Example: `  ops dlq redrive --stack prod --dry-run
  ops dlq redrive --stack prod --topic telephony.call.created --rate 20
  ops dlq redrive --stack prod --queue rule --reason NO_PERMISSIONS`,
		Args: cobra.NoArgs,
		RunE: a.runs(func(ctx context.Context, _ []string) error { return a.runReplay(ctx, redrive) }),
	}
	redrive.selection.flags(command)
	redrive.flags(command)
	return group(dlq, "Look at dead letters, save them, send them again",
		"Commands for the dead-letter queue, and with --queue rule for the one of EventBridge's rule.",
		a.list(dlq), a.show(dlq), command, a.export(dlq))
}

func (a *app) quarantine() *cobra.Command {
	again := resend{selection: selection{group: quarantine}}
	command := &cobra.Command{
		Use:   "replay (--stack NAME | --outputs FILE | --from URL --to URL)",
		Short: "Send quarantined messages to the ingestion queue again",
		Long:  replayLong,
		Example: `  ops quarantine replay --stack prod --reason schema-mismatch --dry-run
  ops quarantine replay --stack prod --reason schema-mismatch --topic telephony.call.created --limit 10
  ops quarantine replay --stack prod --queue rule`,
		Args: cobra.NoArgs,
		RunE: a.runs(func(ctx context.Context, _ []string) error { return a.runReplay(ctx, again) }),
	}
	again.selection.flags(command)
	again.flags(command)
	return group(quarantine, "Look at quarantined messages, send them again, discard them",
		"Commands for the validation queue, and with --queue rule for the dead-letter queue of EventBridge's rule.",
		a.list(quarantine), a.show(quarantine), command, a.discard())
}

// lookHelp is what all commands say that look into a queue.
const lookHelp = `Looking hides messages from others for as long as it takes, --hide at most. They are given back at the end, also after Ctrl-C;
if the command is killed they come back by themselves. It looks for --hide at most, and says when it may not have seen
everything. Each look counts as a receive of the message.`

func (a *app) list(name string) *cobra.Command {
	s, hide := selection{group: name, limit: listed}, lookHide
	command := &cobra.Command{
		Use:   "list (--stack NAME | --outputs FILE | --from URL)",
		Short: "List messages with topic, reason and age, and count them",
		Long: `Lists messages of a queue: id, when they were sent, topic, reason; and counts them by reason and topic.

Use it to find out what is there before it is sent again.

` + lookHelp + `

It never prints a body, and never sends or deletes anything.`,
		Example: fmt.Sprintf("  ops %[1]s list --stack prod\n  ops %[1]s list --stack prod --topic telephony.call.created --since 2h --json", name),
		Args:    cobra.NoArgs,
		RunE:    a.runs(func(ctx context.Context, _ []string) error { return a.runList(ctx, s, hide) }),
	}
	s.flags(command)
	hideFlag(command, &hide)
	return command
}

func hideFlag(command *cobra.Command, hide *time.Duration) {
	command.Flags().DurationVar(hide, "hide", *hide, "for how long to look, and to hide what was read")
	_ = command.RegisterFlagCompletionFunc("hide", cobra.NoFileCompletions) // fails for unknown flags only
}

func (a *app) show(name string) *cobra.Command {
	s, hide, body := selection{group: name}, lookHide, false
	command := &cobra.Command{
		Use:   "show (--stack NAME | --outputs FILE | --from URL) MESSAGE-ID",
		Short: "Show what is known of one message, with --body also its body",
		Long: `Shows one message: what "list" shows, and what the function or EventBridge says about it.

Use it with the id that "list" or a log line has. With --body it also prints the body and the attributes that the message came
with, which may hold personal data.

` + lookHelp + `

It never prints a body without --body, and never sends or deletes anything.`,
		Example: fmt.Sprintf("  ops %[1]s show --stack prod 1c3b5a52-0b1e-4a52-9d3e-0c5d1f9b7a11\n  ops %[1]s show --stack prod --body 1c3b5a52-0b1e-4a52-9d3e-0c5d1f9b7a11", name),
		Args:    cobra.ExactArgs(1),
		RunE: a.runs(func(ctx context.Context, args []string) error {
			s.id = args[0]
			return a.runShow(ctx, s, hide, body)
		}),
	}
	flags := command.Flags()
	flags.StringVar(&s.queue, "queue", s.own(), fmt.Sprintf("which `queue`: %s or %s", s.own(), ruleQueue))
	flags.StringVar(&s.from, "from", "", "`URL` of the queue, instead of the stack's output")
	flags.BoolVar(&body, "body", false, "also print the body and its attributes, which may hold personal data")
	hideFlag(command, &hide)
	return command
}

func (a *app) export(name string) *cobra.Command {
	s, hide := selection{group: name}, 5*lookHide
	command := &cobra.Command{
		Use:   "export (--stack NAME | --outputs FILE | --from URL) TO-FILE",
		Short: "Save messages with their bodies to a file",
		Long: `Writes messages to a new file that only you may read, one JSON object a line, with bodies and attributes: personal data.

Use it to look at many messages, or to have a copy before they expire.

` + lookHelp + `

It never overwrites a file, and never sends or deletes anything.`,
		Example: fmt.Sprintf("  ops %[1]s export --stack prod dead-letters.jsonl\n  ops %[1]s export --stack prod --since 2026-01-31T00:00:00Z dead-letters.jsonl", name),
		Args:    cobra.ExactArgs(1),
		RunE:    a.runs(func(ctx context.Context, args []string) error { return a.runExport(ctx, s, hide, args[0]) }),
	}
	s.flags(command)
	hideFlag(command, &hide)
	return command
}

func (a *app) discard() *cobra.Command {
	r := resend{selection: selection{group: quarantine}}
	all, keep := false, ""
	command := &cobra.Command{
		Use:   "discard (--stack NAME | --outputs FILE | --from URL)",
		Short: "Delete quarantined messages for good",
		Long: `Deletes messages of the validation queue, or with --queue rule of the rule's dead-letter queue. With --keep it first writes
each to a file that only you may read, with its body, which may hold personal data.

Use it for messages that can never succeed. Before it asks it looks at some of the messages and counts them by reason and
topic. Try --dry-run first: it names each message that would be deleted.

It can be interrupted with Ctrl-C and started again. What is left is visible again when it ends.

It never deletes what a filter does not name: without one it needs --all. It never deletes what came to the queue after it
began, and with --keep never what it could not write.`,
		Example: `  ops quarantine discard --stack prod --reason not-json --dry-run
  ops quarantine discard --stack prod --reason not-json --until 24h --keep not-json.jsonl`,
		Args: cobra.NoArgs,
		RunE: a.runs(func(ctx context.Context, _ []string) error { return a.runDiscard(ctx, r, all, keep) }),
	}
	r.selection.flags(command)
	r.pace(command)
	flags := command.Flags()
	flags.StringVar(&r.id, "id", "", "only the message with this `id`")
	flags.BoolVar(&all, "all", false, "all messages of the queue, where no filter is given")
	flags.StringVar(&keep, "keep", "", "`file` to add the messages to before they are deleted")
	_ = command.RegisterFlagCompletionFunc("id", cobra.NoFileCompletions) // fails for unknown flags only
	return command
}

// openQueue is a queue that is about to be read.
type openQueue struct {
	target          target
	config          aws.Config
	client          *sqs.Client
	waiting, hidden int
}

// openQueue sees what is on a queue. It refuses one that SQS is moving messages from: both would take them from each other.
func (a *app) openQueue(ctx context.Context, s selection, from target) (*openQueue, error) {
	config, err := a.account.config(ctx, from)
	if err != nil {
		return nil, err
	}
	q := &openQueue{target: from, config: config, client: sqs.NewFromConfig(config)}
	out, err := q.client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(from.value), AttributeNames: append(slices.Clone(depths), types.QueueAttributeNameQueueArn),
	})
	if err != nil {
		return nil, queueProblem(ctx, config, from, err)
	}
	if q.waiting, q.hidden, err = depthOf(out.Attributes); err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	if s.isDeadLetters() {
		return q, a.unmoved(ctx, q, out.Attributes[string(types.QueueAttributeNameQueueArn)])
	}
	return q, nil
}

// unmoved is an error if SQS moves messages from a queue. Only a queue that another redrives to can be moved from.
func (a *app) unmoved(ctx context.Context, q *openQueue, arn string) error {
	out, err := q.client.ListMessageMoveTasks(ctx, &sqs.ListMessageMoveTasksInput{SourceArn: aws.String(arn)})
	if api, ok := errors.AsType[smithy.APIError](err); ok && !strings.HasPrefix(api.ErrorCode(), "AccessDenied") {
		// An emulator does not know the call; SQS has none to name for a queue that can't be moved from.
		fmt.Fprintf(a.Err, "whether SQS is moving messages from this queue is not known: %s\n", api.ErrorCode())
		return nil
	}
	if err != nil {
		return queueProblem(ctx, q.config, q.target, err)
	}
	for _, task := range out.Results {
		if status := aws.ToString(task.Status); status == "RUNNING" || status == "CANCELLING" {
			return fmt.Errorf("%s: SQS is moving its messages (%d of about %d so far): wait until it has ended, or cancel it with "+
				"\"aws sqs cancel-message-move-task --task-handle %s\"", q.target, task.ApproximateNumberOfMessagesMoved,
				aws.ToInt64(task.ApproximateNumberOfMessagesToMove), aws.ToString(task.TaskHandle))
		}
	}
	return nil
}

// look reads a queue for messages that are selected.
func (a *app) look(ctx context.Context, s selection, hide time.Duration, each func(replay.Message) error) (*openQueue, replay.Scan, error) {
	if hide < replay.MinHide || hide > longestHide {
		return nil, replay.Scan{}, usagef("--hide is %s, should be from %s to %s", hide, replay.MinHide, longestHide)
	}
	o, err := s.options()
	if err != nil {
		return nil, replay.Scan{}, err
	}
	from, err := a.stack.resolve(ctx, "from", s.from, s.output())
	if err != nil {
		return nil, replay.Scan{}, err
	}
	q, err := a.openQueue(ctx, s, from)
	if err != nil {
		return nil, replay.Scan{}, err
	}
	o.From, o.Hide = from.value, hide.Truncate(time.Second)
	fmt.Fprintf(a.Err, "looking hides messages from others for up to %s; they are given back at the end\n", o.Hide)
	scan, err := replay.Look(ctx, q.client, o, each)
	switch {
	case errors.Is(err, replay.ErrHidden):
		err = fmt.Errorf("%s: %w", from, err)
	case errors.Is(err, context.Canceled):
		err = fmt.Errorf("interrupted after %d messages, all of them visible again", scan.Seen)
	}
	if scan.Incomplete == "" && q.hidden > 0 {
		scan.Incomplete = fmt.Sprintf("about %d messages were hidden by others", q.hidden)
	}
	return q, scan, err
}

// incomplete says so where a look may not have seen everything.
func (a *app) incomplete(q *openQueue, scan replay.Scan) {
	if scan.Incomplete != "" {
		fmt.Fprintf(a.Err, "this may not be all: %s; %d of about %d messages were read\n", scan.Incomplete, scan.Seen, q.waiting)
	}
}

// listedMessage is a message without anything of a sender's.
type listedMessage struct {
	ID       string            `json:"messageId"`
	SentAt   time.Time         `json:"sentAt"`
	Receives int               `json:"receives"`
	Topic    string            `json:"topic"`
	Reason   string            `json:"reason"`
	Details  map[string]string `json:"details,omitempty"`
}

func listedOf(m replay.Message) listedMessage {
	return listedMessage{m.ID, m.SentAt, m.Receives, m.Topic, m.Reason, m.Details}
}

// listEnd is the last line of a list as JSON.
type listEnd struct {
	Queue      string `json:"queue"`
	Waiting    int    `json:"waiting"`
	Hidden     int    `json:"hidden"`
	Seen       int    `json:"seen"`
	Matched    int    `json:"matched"`
	Incomplete string `json:"incomplete,omitempty"`
}

func (a *app) runList(ctx context.Context, s selection, hide time.Duration) error {
	var messages []replay.Message
	q, scan, err := a.look(ctx, s, hide, func(m replay.Message) error {
		m.Body, m.Original, m.Attributes = "", "", nil
		messages = append(messages, m)
		return nil
	})
	if q == nil {
		return err
	}
	a.incomplete(q, scan)
	if a.json {
		for _, m := range messages {
			err = errors.Join(err, a.printJSON(listedOf(m)))
		}
		return errors.Join(err, a.printJSON(listEnd{q.target.value, q.waiting, q.hidden, scan.Seen, scan.Matched, scan.Incomplete}))
	}
	if len(messages) > 0 {
		fmt.Fprintln(a.Out, messageTable(messages))
		fmt.Fprintln(a.Out, countTable(messages))
	}
	fmt.Fprintf(a.Out, "%d messages, of %d that were read; about %d wait and %d are hidden\n", scan.Matched, scan.Seen, q.waiting, q.hidden)
	return err
}

func messageTable(messages []replay.Message) string {
	t := newTable()
	t.AppendHeader(table.Row{"message", "sent", "receives", "topic", "reason"})
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 4, WidthMax: topicWidth}, {Number: 5, WidthMax: reasonWidth}})
	for _, m := range messages {
		reason := m.Reason
		if path := m.Details[contract.QuarantineSchemaPath]; path != "" {
			reason += " " + path
		}
		t.AppendRow(table.Row{m.ID, m.SentAt.Format(time.DateTime), m.Receives, cmp.Or(m.Topic, "?"), cmp.Or(reason, "-")})
	}
	return t.Render()
}

// countTable counts messages by reason and topic, the most of them first.
func countTable(messages []replay.Message) string {
	type kind struct{ reason, topic string }
	counts := map[kind]int{}
	for _, m := range messages {
		counts[kind{cmp.Or(m.Reason, "-"), cmp.Or(m.Topic, "?")}]++
	}
	kinds := make([]kind, 0, len(counts))
	for k := range counts {
		kinds = append(kinds, k)
	}
	slices.SortFunc(kinds, func(a, b kind) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a.reason, b.reason), cmp.Compare(a.topic, b.topic))
	})
	t := newTable()
	t.AppendHeader(table.Row{"messages", "reason", "topic"})
	for _, k := range kinds {
		t.AppendRow(table.Row{counts[k], k.reason, k.topic})
	}
	return t.Render()
}

// samples is how many messages are named before anything is done.
const samples = 3

// preview counts some of the messages that are meant and names a few, before anything is done. It reports whether there is
// nothing to do.
func (a *app) preview(ctx context.Context, q *openQueue, o replay.Options, sample int) (none bool, err error) {
	if sample == 0 {
		return false, nil
	}
	var messages []replay.Message
	if o.Limit == 0 || o.Limit > sample {
		o.Limit = sample
	}
	o.Hide = min(o.Hide, lookHide)
	scan, err := replay.Look(ctx, q.client, o, func(m replay.Message) error {
		m.Body, m.Original, m.Attributes = "", "", nil
		messages = append(messages, m)
		return nil
	})
	if errors.Is(err, context.Canceled) {
		return false, errors.New("interrupted before anything was done")
	}
	if err != nil {
		return false, fmt.Errorf("%s: %w", q.target, err)
	}
	if len(messages) == 0 && scan.Incomplete == "" {
		fmt.Fprintf(a.Err, "none of %d messages that were read is meant\n", scan.Seen)
		return true, a.report(replay.Options{From: o.From, To: o.To, Discard: o.Discard, DryRun: a.dryRun}, replay.Summary{Left: scan.Seen}, false)
	}
	if len(messages) > 0 {
		fmt.Fprintf(a.Err, "%s\n%s\n", countTable(messages), messageTable(messages[:min(samples, len(messages))]))
	}
	a.incomplete(q, scan)
	return false, nil
}

func (a *app) runShow(ctx context.Context, s selection, hide time.Duration, body bool) error {
	var found *replay.Message
	q, scan, err := a.look(ctx, s, hide, func(m replay.Message) error {
		found = &m
		return nil
	})
	if q == nil || err != nil {
		return err
	}
	if found == nil {
		a.incomplete(q, scan)
		return fmt.Errorf("%s: message %s is not among the %d that were read", q.target, s.id, scan.Seen)
	}
	switch {
	case a.json && body:
		return a.printJSON(found)
	case a.json:
		return a.printJSON(listedOf(*found))
	}
	t := newTable()
	t.AppendRow(table.Row{"message", found.ID})
	t.AppendRow(table.Row{"sent", found.SentAt.Format(time.RFC3339)})
	t.AppendRow(table.Row{"receives", found.Receives})
	t.AppendRow(table.Row{"topic", cmp.Or(found.Topic, "does not show")})
	t.AppendRow(table.Row{"reason", cmp.Or(found.Reason, "-")})
	for _, name := range slices.Sorted(maps.Keys(found.Details)) {
		t.AppendRow(table.Row{name, found.Details[name]})
	}
	t.AppendRow(table.Row{"body", fmt.Sprintf("%d bytes", len(found.Body))})
	fmt.Fprintln(a.Out, t.Render())
	if !body {
		return nil
	}
	if found.Original != "" {
		fmt.Fprintln(a.Out, "came with:", found.Original)
	}
	for _, name := range slices.Sorted(maps.Keys(found.Attributes)) {
		fmt.Fprintf(a.Out, "attribute %s: %s\n", name, aws.ToString(found.Attributes[name].StringValue))
	}
	fmt.Fprintln(a.Out, found.Body)
	return nil
}

func (a *app) runExport(ctx context.Context, s selection, hide time.Duration, name string) error {
	var file *os.File
	if !a.dryRun {
		var err error
		if file, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
			return fmt.Errorf("making the file to export to: %w", err)
		}
		defer file.Close()
	}
	q, scan, err := a.look(ctx, s, hide, func(m replay.Message) error {
		if file == nil {
			return nil
		}
		return writeMessage(file, m)
	})
	if file != nil {
		if q == nil {
			return errors.Join(err, os.Remove(name)) // nothing was read
		}
		if problem := file.Close(); problem != nil {
			err = errors.Join(err, fmt.Errorf("writing %s: %w", name, problem))
		}
	}
	if q == nil {
		return err
	}
	a.incomplete(q, scan)
	if a.json {
		return errors.Join(err, a.printJSON(listEnd{q.target.value, q.waiting, q.hidden, scan.Seen, scan.Matched, scan.Incomplete}))
	}
	if a.dryRun {
		fmt.Fprintf(a.Out, "would export %d messages\n", scan.Matched)
	} else {
		fmt.Fprintf(a.Out, "exported %d messages to %s: it has bodies, treat it as personal data\n", scan.Matched, name)
	}
	return err
}

// writeMessage adds a message to a file, as a line.
func writeMessage(file *os.File, m replay.Message) error {
	if err := json.NewEncoder(file).Encode(m); err != nil {
		return fmt.Errorf("writing %s: %w", file.Name(), err)
	}
	return nil
}

func (a *app) runDiscard(ctx context.Context, r resend, all bool, keep string) error {
	if err := r.check(); err != nil {
		return err
	}
	o, err := r.options()
	if err != nil {
		return err
	}
	if filtered := only(replay.Options{Reason: o.Reason, Topic: o.Topic, ID: o.ID, Since: o.Since, Until: o.Until}) != ""; filtered == all {
		return usagef("give --reason, --topic, --since, --until or --id, or else --all")
	}
	from, err := a.stack.resolve(ctx, "from", r.from, r.output())
	if err != nil {
		return err
	}
	q, err := a.openQueue(ctx, r.selection, from)
	if err != nil {
		return err
	}
	o.From, o.Discard, o.Rate, o.Hide = from.value, true, r.rate, r.hide
	if none, err := a.preview(ctx, q, o, r.sample); none || err != nil {
		return err
	}
	if a.dryRun {
		return a.process(ctx, q, o)
	}
	kept := ", without a copy"
	if keep != "" {
		kept = ", with a copy in " + keep
	}
	if err := a.confirm(ctx, fmt.Sprintf("About %d messages wait on %s (%d more are hidden): delete them%s for good%s?",
		q.waiting, from.value, q.hidden, only(o), kept)); err != nil {
		return err
	}
	if keep != "" {
		file, err := os.OpenFile(keep, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return fmt.Errorf("opening the file to keep messages in: %w", err)
		}
		defer file.Close()
		o.Keep = func(m replay.Message) error {
			if err := writeMessage(file, m); err != nil {
				return err
			}
			if err := file.Sync(); err != nil {
				return fmt.Errorf("writing %s: %w", keep, err)
			}
			return nil
		}
	}
	return a.process(ctx, q, o)
}
