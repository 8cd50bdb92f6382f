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
	// RetentionDays is how long an object lives.
	RetentionDays int
}

func (r *reader) payloads() Payloads {
	return Payloads{
		MaximumBytes:  r.integer("maximumPayloadBytes", minPayloadBytes, maxPayloadBytes),
		RetentionDays: r.integer("payloadRetentionDays", 0, maxPayloadDays),
	}
}

// checkPayloads derives the retention where it is 0, and checks the rules that no service checks: S3 deletes what a message
// still points to without a word, and a function without memory dies with all of its batch.
func (r *reader) checkPayloads(s *Settings) {
	if r.sound("messageRetentionSeconds", "deadLetterRetentionSeconds", "payloadRetentionDays") {
		least := leastPayloadDays(s.Queue)
		switch days := s.Payloads.RetentionDays; {
		case days == 0:
			s.Payloads.RetentionDays = least
		case days < least:
			r.wrongValue("payloadRetentionDays",
				fmt.Sprintf("a payload must outlive the messages that point to it: deadLetterRetentionSeconds until it is redriven from the dead-letter queue, which makes it a new message, then messageRetentionSeconds in the ingestion queue, then deadLetterRetentionSeconds in the validation queue, and a day because S3 counts in days = %d", least),
				fmt.Sprintf("pulumi config set payloadRetentionDays 0 to derive %d, or set more", least))
		}
	}
	if !r.sound("maximumPayloadBytes", "functionMemoryMb") {
		return
	}
	if least := leastMemoryMB(s.Payloads.MaximumBytes); s.Function.MemoryMB < least {
		fits := (s.Function.MemoryMB - baseMemoryMB) * mebibyte / payloadCopies
		r.wrongValue("functionMemoryMb",
			fmt.Sprintf("the function holds a payload about %d times while it works on it, beside %d MB for itself: with maximumPayloadBytes = %d that is %d MB, and without it the function is killed together with its batch", payloadCopies, baseMemoryMB, s.Payloads.MaximumBytes, least),
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
