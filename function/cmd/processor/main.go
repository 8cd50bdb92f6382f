// Command processor is the Lambda function that takes Genesys Cloud events from the ingestion queue to the downstream.
package main

import (
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/metrics"
	"cc-eventbridge/function/process"
	"cc-eventbridge/function/schema"
)

func main() {
	s, err := readSettings(os.Getenv)
	if err != nil {
		cannotStart(err)
	}
	// The flags change the level while the function runs.
	level := new(slog.LevelVar)
	level.Set(s.LogLevel)
	log := slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: level}))
	config := configure(s)
	config.Log, config.Metrics = log, metrics.NewWriter(os.Stdout, s.FunctionName)
	if err := connect(&config, s, level, (&net.Dialer{Timeout: 2 * time.Second}).DialContext); err != nil {
		cannotStart(err)
	}
	lambda.Start(process.New(config))
}

func cannotStart(err error) {
	slog.New(slog.NewJSONHandler(os.Stdout, nil)).Error("the function can't start", slog.Any("error", err))
	os.Exit(1)
}

// expansionShare is the part of the function's memory that a batch's payloads may expand to: an eighth. Each is held about
// twice, and the largest one takes several times its size while it is read and validated.
const expansionShare = 8

// treeBytes is what validating one payload may take of the function's memory, as much as the payloads themselves.
func treeBytes(s settings) int {
	if s.MemoryMB == 0 {
		return schema.DefaultTreeBytes
	}
	return s.MemoryMB << 20 / expansionShare
}

// largestPayload is the largest payload that is taken. A stack does not allow more than the memory is enough for; one that was
// deployed before may.
func largestPayload(s settings) int {
	if s.MemoryMB == 0 {
		return s.MaximumPayloadBytes
	}
	return min(s.MaximumPayloadBytes, contract.LargestPayloadBytes(s.MemoryMB))
}

// payloadPrefixes are what claim checks may point to: what producers put into the payload bucket, and what the function
// itself puts there of messages that it quarantines, which come back when they are replayed.
var payloadPrefixes = [...]string{contract.ProducerPrefix, contract.QuarantinePrefix}

// maxWorkers is how many deliveries of a batch may be under way at a time. A function of little memory makes fewer.
func maxWorkers(s settings) int {
	if s.MemoryMB == 0 {
		return process.DefaultMaxWorkers
	}
	return contract.DeliveriesWith(s.MemoryMB)
}

func configure(s settings) process.Config {
	return process.Config{
		TableName:              s.DedupTableName,
		IngestionQueueURL:      s.IngestionQueueURL,
		ValidationQueueURL:     s.ValidationQueueURL,
		DedupRetention:         s.DedupRetention,
		QueueVisibilityTimeout: s.QueueVisibilityTimeout,
		MessageRetention:       s.MessageRetention,
		MaxReceiveCount:        s.MaxReceiveCount,
		ClaimChecks:            decode.ClaimCheckRules{Bucket: s.PayloadBucket, Region: s.Region, Prefixes: payloadPrefixes[:], Endpoint: s.EndpointURL},
		MaximumPayloadBytes:    largestPayload(s),
		ExpansionBytes:         s.MemoryMB << 20 / expansionShare,
		MaxWorkers:             maxWorkers(s),
	}
}
