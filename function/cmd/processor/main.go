// Command processor is the Lambda function that takes Genesys Cloud events from the ingestion queue to the downstream.
package main

import (
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"cc-eventbridge/function/process"
	"cc-eventbridge/function/settings"
)

func main() {
	s, err := settings.Read(os.Getenv)
	if err != nil {
		slog.New(slog.NewJSONHandler(os.Stdout, nil)).Error("the function can't start", slog.Any("error", err))
		os.Exit(1)
	}
	tune(s.MemoryMB)
	log := slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: s.LogLevel}))
	lambda.Start(process.New(config(s), clients(s, log), process.WithLogger(log)))
}

func config(s settings.Settings) process.Config {
	return process.Config{
		TableName:              s.DedupTableName,
		IngestionQueueURL:      s.IngestionQueueURL,
		ValidationQueueURL:     s.ValidationQueueURL,
		DedupRetention:         s.DedupRetention,
		QueueVisibilityTimeout: s.QueueVisibilityTimeout,
		MessageRetention:       s.MessageRetention,
		MaxReceiveCount:        s.MaxReceiveCount,
	}
}
