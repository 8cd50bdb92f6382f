package settings

import (
	"fmt"
	"time"
)

const (
	mebibyte = 1 << 20
	// minPayloadBytes is what a queue takes without a claim check, and maxPayloadBytes what the function is made for.
	minPayloadBytes = 256 << 10
	maxPayloadBytes = 16 << 20

	// payloadCopies is how often the function holds a payload while it works on it: as it was read, expanded, decoded,
	// canonical, and twice on its way downstream.
	payloadCopies = 6
	// baseMemoryMB is what the function takes beside that: Go's runtime, the AWS clients, and a batch of up to 6 MB
	// (Lambda quotas, "Invocation payload") as bytes and as records.
	baseMemoryMB = 64

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
	if least := leastMemoryMB(c.Payloads.MaximumBytes); c.Function.MemoryMB < least {
		fits := (c.Function.MemoryMB - baseMemoryMB) * mebibyte / payloadCopies
		c.wrongValue("functionMemoryMb", fmt.Sprintf(outOfMemory, payloadCopies, baseMemoryMB, c.Payloads.MaximumBytes, least),
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

// leastMemoryMB is the memory with which the function can work on a payload of so many bytes.
func leastMemoryMB(payloadBytes int) int {
	return (payloadCopies*payloadBytes+mebibyte-1)/mebibyte + baseMemoryMB
}
