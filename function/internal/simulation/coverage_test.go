package simulation

import "testing"

// exercised is what must happen in a run for it to mean anything: every fault, and every way out of it.
var exercised = []string{
	"world without faults",
	// Lambda
	"cold start", "two invocations in one process", "invocation throttled", "process crashed before a call", "process crashed after a call", "process crashed during a call", "process killed at the timeout", "process stalled",
	"process killed right after its claims", "batch handed to two invocations", "batch of a thousand or more",
	"claim of a killed invocation met", "claim of a killed invocation met at the last receive", "no time for some of a batch",
	// SQS
	"mapping switched off", "expired behind a backlog",
	"message received twice at a time", "acknowledged message not deleted", "delete with a stale receipt handle",
	"SendMessageBatch refused", "SendMessageBatch took effect, answer lost", "SendMessageBatch failed for an entry",
	"ChangeMessageVisibilityBatch refused", "ChangeMessageVisibilityBatch took effect, answer lost", "ChangeMessageVisibilityBatch failed for an entry",
	// DynamoDB
	"INSERT refused", "INSERT throttled", "INSERT interrupted", "INSERT took effect, answer lost", "INSERT took effect, answer not awaited",
	"UPDATE refused", "UPDATE throttled", "UPDATE interrupted", "UPDATE took effect, answer lost", "UPDATE took effect, answer not awaited",
	"DELETE refused", "DELETE throttled", "DELETE took effect, answer lost",
	"BatchGetItem refused", "BatchGetItem took effect, answer lost", "key left unprocessed",
	"key throttled for a while", "call slow", "call hung", "request taken twice", "request arrived after it was given up",
	"lapsed lease stolen", "expired record renewed", "record deleted by TTL",
	// downstream
	"downstream hung", "downstream call returned just as it was left behind", "downstream failed after its effect", "handling panicked",
	"downstream call cut off before its effect", "downstream call cut off after its effect",
	"run at one of several targets", "dropped by a route", "partial record written", "partial record taken over",
	"event run again, excused", "event run again, record expired",
	// S3
	"GetObject refused", "GetObject hung", "GetObject slow", "GetObject cut off in its body", "GetObject interrupted", "GetObject of an object that is not there",
	"payload not read", "time for reading payloads over",
	"run out of nothing", "run out of gzip", "run out of SNS", "run out of SNS of gzip",
	"run out of claim check", "run out of claim check to gzip", "run out of SNS of claim check",
	"event twice in a batch, wrapped in two ways", "batch larger than the room", "message without room",
	"replay of an archive run again", "replay of an archive taken for a duplicate",
	// flags
	"poll for flags failed", "flags changed in a process", "flags changed under an invocation", "invocation waited for a poll", "invocation waited for flags", "message comes again beside old flags",
	"pause begun", "paused, then delivered", "paused, then duplicate", "paused, then dead-lettered", "ended dropped", "schema mismatch run, not enforced",
	// the validation queue
	"body offloaded to the payload bucket", "PutObject refused", "PutObject hung", "PutObject interrupted",
	"replayed from the validation queue", "replayed, then delivered", "replayed, then duplicate", "replayed, then quarantined",
	"run out of what was offloaded", "run out of a claim check in what was offloaded",
	"quarantined for decoder-off", "quarantined for not-json", "quarantined for unknown-envelope", "quarantined for missing-identity", "quarantined for corrupt-compression",
	"quarantined for foreign-bucket", "quarantined for foreign-prefix", "quarantined for pointer-loop", "quarantined for missing-object",
	"quarantined for object-too-large", "quarantined for payload-mismatch", "quarantined for schema-mismatch", "quarantined for rejected-by-downstream",
	// the function
	"event twice in a batch", "message twice in a batch", "message made visible at once", "back-off begun", "lease extended",
	"ended delivered", "ended duplicate", "ended quarantined", "ended dead-lettered",
}

func (s *total) checkCoverage(t *testing.T) {
	t.Helper()
	for _, what := range exercised {
		if s.counts[what] == 0 {
			t.Errorf("it never happened: %s", what)
		}
	}
	// Most messages are of healthy events: a function that gave up on them would break no promise.
	if acknowledged := s.counts["ended delivered"] + s.counts["ended duplicate"]; acknowledged*2 < s.messages {
		t.Errorf("of %d messages only %d ended delivered or as duplicates", s.messages, acknowledged)
	}
}
