package settings

import (
	"fmt"
	"time"

	"cc-eventbridge/function/contract"
)

const (
	// minPayloadBytes is what a queue takes without a claim check, and maxPayloadBytes what the function is made for.
	minPayloadBytes = 256 << 10
	maxPayloadBytes = 16 << 20

	maxPayloadDays = 3650
)

// Payloads holds what is set on the payload bucket, and how much of it the function reads.
type Payloads struct {
	// MaximumBytes is the largest payload that the function takes, after decompression and all.
	MaximumBytes int
	// RetentionDays is how long an object lives; derived where it is 0.
	RetentionDays int
}

// derivePayloadRetention sets the shortest retention that is safe where it is 0.
func (c *checker) derivePayloadRetention() {
	if c.Payloads.RetentionDays == 0 && c.sound("messageRetentionSeconds", "deadLetterRetentionSeconds", "payloadRetentionDays") {
		c.Payloads.RetentionDays = leastPayloadDays(c.Queue)
	}
}

// checkPayloads checks the rules that no service checks: S3 deletes what a message still points to without a word, and a
// function without memory dies with all of its batch.
func (c *checker) checkPayloads() {
	if c.sound("messageRetentionSeconds", "deadLetterRetentionSeconds", "payloadRetentionDays") {
		if least := leastPayloadDays(c.Queue); c.Payloads.RetentionDays < least {
			c.wrongValue("payloadRetentionDays", fmt.Sprintf(payloadGone, least),
				fmt.Sprintf("pulumi config set payloadRetentionDays 0 to derive %d, or set more", least))
		}
	}
	if !c.sound("maximumPayloadBytes", "functionMemoryMb") {
		return
	}
	if least := contract.LeastMemoryMB(c.Payloads.MaximumBytes); c.Function.MemoryMB < least {
		fits := contract.LargestPayloadBytes(c.Function.MemoryMB)
		c.wrongValue("functionMemoryMb", fmt.Sprintf(outOfMemory, contract.PayloadCopies, contract.BaseMemoryMB, c.Payloads.MaximumBytes, least),
			fmt.Sprintf("pulumi config set functionMemoryMb %d, or pulumi config set maximumPayloadBytes %d", least, fits))
	}
}

// leastPayloadDays is how long a message that is redriven once can point to an object. SQS keeps the time at which a message
// was sent when it moves to the dead-letter queue; what is redriven from there is a new message with a time of its own (SQS
// Developer Guide, "Configure a dead-letter queue redrive"), and so is what the function sends to the validation queue.
func leastPayloadDays(q Queue) int {
	messages := time.Duration(q.MessageRetentionSeconds+2*q.DeadLetterRetentionSeconds) * time.Second
	return int((messages+day-1)/day) + 1
}
