package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"cc-eventbridge/ops/claimcheck"
	"cc-eventbridge/ops/replay"
)

// sayEvery is how often a long replay says how far it is.
const sayEvery = 2 * time.Second

// replayLetters is the command "replay".
func replayLetters(ctx context.Context, args []string) error {
	set := flag.NewFlagSet("replay", flag.ContinueOnError)
	set.Usage = func() {
		fmt.Fprint(set.Output(), `usage: cloud replay -from URL -to URL [flags]

Sends messages of the validation queue to the ingestion queue again, each with the body and the message attributes that it
came with, and deletes it from the validation queue then. Mend first what they were set aside for. A replay that is cut
short can be started again: what was sent twice is recognized as a duplicate.

`+credentialsNote)
		set.PrintDefaults()
	}
	var (
		a account
		o replay.Options
	)
	a.flags(set)
	set.StringVar(&o.From, "from", "", "`URL` of the validation queue (stack output validationQueueUrl)")
	set.StringVar(&o.To, "to", "", "`URL` of the ingestion queue (stack output ingestionQueueUrl)")
	set.StringVar(&o.Reason, "reason", "", "only messages with this `reason`, such as schema-mismatch")
	set.IntVar(&o.Limit, "limit", 0, "at most so many `messages`; 0 for all")
	set.BoolVar(&o.DryRun, "dry-run", false, "say which messages would be replayed, and leave them where they are")
	set.BoolVar(&o.WithoutAttributes, "without-attributes", false, "also messages whose original attributes were too large to keep, without any")
	if done, err := parsed(set, args); done {
		return err
	}
	switch {
	case o.From == "" || o.To == "":
		return errors.New("replay needs -from and -to, the URLs of the validation and of the ingestion queue")
	case o.From == o.To:
		return fmt.Errorf("-from and -to are the same queue, %s", o.From)
	case o.Limit < 0:
		return fmt.Errorf("-limit is %d, should be 0 or more", o.Limit)
	case set.NArg() > 0:
		return fmt.Errorf("replay takes flags only, not %q", set.Arg(0))
	}
	config, err := a.config(ctx, o.From)
	if err != nil {
		return err
	}
	said := time.Now()
	o.Note = func(line string) { fmt.Fprintln(os.Stderr, line) }
	o.Progress = func(s replay.Summary) {
		if time.Since(said) >= sayEvery {
			said = time.Now()
			fmt.Fprintf(os.Stderr, "  replayed %d, left %d so far\n", s.Replayed, s.Left)
		}
	}
	summary, err := replay.Run(ctx, sqs.NewFromConfig(config), o)
	if o.DryRun {
		fmt.Printf("would replay %d, leave %d\n", summary.Replayed, summary.Left)
	} else {
		fmt.Printf("replayed %d, left %d\n", summary.Replayed, summary.Left)
	}
	return err
}

// sendLarge is the command "send-large".
func sendLarge(ctx context.Context, args []string) error {
	set := flag.NewFlagSet("send-large", flag.ContinueOnError)
	set.Usage = func() {
		fmt.Fprint(set.Output(), `usage: cloud send-large -bucket NAME -queue URL [flags] FILE...

Sends events that are too large for a queue by claim check: each file becomes an object of the payload bucket, and a message
that points to it goes to the ingestion queue.

`+credentialsNote)
		set.PrintDefaults()
	}
	var (
		a account
		s claimcheck.Sender
	)
	a.flags(set)
	set.StringVar(&s.Bucket, "bucket", "", "`name` of the payload bucket (stack output payloadBucket)")
	set.StringVar(&s.QueueURL, "queue", "", "`URL` of the ingestion queue (stack output ingestionQueueUrl)")
	set.BoolVar(&s.Compress, "gzip", false, "compress the objects")
	if done, err := parsed(set, args); done {
		return err
	}
	if s.Bucket == "" || s.QueueURL == "" || set.NArg() == 0 {
		return errors.New("send-large needs -bucket, -queue and at least one file with the body of an event")
	}
	config, err := a.config(ctx, s.QueueURL)
	if err != nil {
		return err
	}
	s.Objects = s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = config.BaseEndpoint != nil })
	s.Messages = sqs.NewFromConfig(config)
	for _, file := range set.Args() {
		body, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("reading an event: %w", err)
		}
		sent, err := s.Send(ctx, body)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		fmt.Printf("%s: %d bytes as %s, message %s\n", file, sent.Bytes, sent.Key, sent.MessageID)
	}
	return nil
}

// parsed parses a command's flags. It reports that there is nothing more to do: they were wrong, or only help was wanted.
func parsed(set *flag.FlagSet, args []string) (done bool, err error) {
	err = set.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return true, nil
	}
	return err != nil, err
}
