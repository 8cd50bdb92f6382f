package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
	"github.com/spf13/cobra"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/ops/claimcheck"
)

func (a *app) sendLarge() *cobra.Command {
	var (
		bucket, queue string
		compress      bool
	)
	command := &cobra.Command{
		Use:   "send-large (--stack NAME | --outputs FILE | --bucket NAME --queue URL) FILE...",
		Short: "Send events that are too large for a queue, by claim check",
		Long: `Sends events by claim check: each file becomes an object of the payload bucket, and a message that points to it goes to the
ingestion queue.

Use it for events above a queue's 256 KB: by hand, or from a script that writes each event into a file.

A file that was sent can be sent again: its object is overwritten with itself, and the event is recognized as a duplicate.

It never sends a message before its object is there, never prints what is in a file, and never deletes anything: objects
expire after payloadRetentionDays.`,
		Example: `  ops send-large --stack prod event.json
  ops send-large --stack prod --gzip --yes --json events/*.json`,
		Args: cobra.MinimumNArgs(1),
		RunE: a.runs(func(ctx context.Context, files []string) error {
			return a.runSendLarge(ctx, bucket, queue, compress, files)
		}),
	}
	flags := command.Flags()
	flags.StringVar(&bucket, "bucket", "", "`name` of the payload bucket (output "+contract.OutputPayloadBucket+")")
	flags.StringVar(&queue, "queue", "", "`URL` of the ingestion queue (output "+contract.OutputIngestionQueueURL+")")
	flags.BoolVar(&compress, "gzip", false, "compress the objects")
	for _, name := range []string{"bucket", "queue"} {
		_ = command.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions) // fails for unknown flags only
	}
	return command
}

// sentFile is a result as JSON.
type sentFile struct {
	File      string `json:"file"`
	Bytes     int    `json:"bytes"`
	Key       string `json:"key"`
	MessageID string `json:"messageId"`
}

func (a *app) runSendLarge(ctx context.Context, bucketName, queueURL string, compress bool, files []string) error {
	bytes, err := size(files)
	if err != nil {
		return err
	}
	bucket, err := a.stack.resolve(ctx, "bucket", bucketName, contract.OutputPayloadBucket)
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
	what := fmt.Sprintf("send %d file(s), %d bytes in all, into bucket %s and to %s", len(files), bytes, bucket.value, queue.value)
	if a.dryRun {
		fmt.Fprintln(a.Err, "would "+what)
		return nil
	}
	if err := a.confirm(ctx, "Really "+what+"?"); err != nil {
		return err
	}
	sender := claimcheck.Sender{
		Objects:  s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = config.BaseEndpoint != nil }),
		Messages: sqs.NewFromConfig(config),
		Bucket:   bucket.value, QueueURL: queue.value, Compress: compress,
	}
	for i, file := range files {
		err := ctx.Err()
		if err == nil {
			err = a.sendFile(ctx, sender, file)
		}
		if ctx.Err() != nil {
			return fmt.Errorf("interrupted: %d file(s) were sent, and %d remain from %s on; send those again", i, len(files)-i, file)
		}
		if err != nil {
			return fmt.Errorf("%s, after %d file(s) that were sent: %w", file, i, sendProblem(ctx, config, bucket, queue, err))
		}
	}
	return nil
}

// size is that of all files together. A file that is missing or empty shows before any is sent.
func size(files []string) (int64, error) {
	var bytes int64
	for _, file := range files {
		info, err := os.Stat(file)
		switch {
		case err != nil:
			return 0, fmt.Errorf("reading an event: %w", err)
		case !info.Mode().IsRegular():
			return 0, fmt.Errorf("%s is not a file with the body of an event", file)
		case info.Size() == 0:
			return 0, fmt.Errorf("%s is empty, should be the body of an event", file)
		}
		bytes += info.Size()
	}
	return bytes, nil
}

func (a *app) sendFile(ctx context.Context, sender claimcheck.Sender, file string) error {
	body, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading an event: %w", err)
	}
	sent, err := sender.Send(ctx, body)
	if err != nil {
		return err
	}
	if !a.json {
		fmt.Fprintf(a.Out, "%s: %d bytes as %s, message %s\n", file, sent.Bytes, sent.Key, sent.MessageID)
		return nil
	}
	if err := json.NewEncoder(a.Out).Encode(sentFile{file, sent.Bytes, sent.Key, sent.MessageID}); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// sendProblem is an error of sending, with what to do about it.
func sendProblem(ctx context.Context, config aws.Config, bucket, queue target, err error) error {
	operation, ok := errors.AsType[*smithy.OperationError](err)
	if !ok {
		return err
	}
	if operation.Service() == sqs.ServiceID {
		return queueProblem(ctx, config, queue, err)
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return fmt.Errorf("%s: does the bucket exist, in the account of the credentials and in region %s? %s: %s",
			bucket, config.Region, api.ErrorCode(), api.ErrorMessage())
	}
	return queueProblem(ctx, config, bucket, err)
}
