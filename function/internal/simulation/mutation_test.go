package simulation

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/process"
)

// worldsToCatch is how many worlds a mutation may survive. Most are caught within thirty.
const worldsToCatch = 1500

// TestMutationIsCaught takes one protection away at a time. If the promises still seem to hold, the simulation is blind.
func TestMutationIsCaught(t *testing.T) {
	if underRaceDetector {
		t.Skip("the rules that are broken here are not about races")
	}
	for _, c := range []struct {
		name     string
		mutation mutation
		// breaks is what one of the violations must say: the mutation must be caught for what it is.
		breaks string
	}{
		{"completions and releases are not fenced", dynamo(rewrite(unfenced)), "the claim of"},
		{"completions are unconditional", dynamo(rewrite(unconditional)), "completes the claim of|overwrites"},
		{"releases are unconditional", dynamo(rewrite(unconditionalRelease)), "releases the claim of|overwrites or removes"},
		{"the lease has no margin", mutation{settings: func(c *process.Config) { c.LeaseMargin = -time.Nanosecond }}, "which is alive"},
		{"the lease ends before the deadline", mutation{settings: func(c *process.Config) { c.LeaseMargin = -c.QueueVisibilityTimeout / 4 }}, "which is alive"},
		{"leases are stolen whether lapsed or not", dynamo(tampered{items: lapsed, statements: anyLease}), "steals a lease"},
		{"acknowledged before quarantined", mutation{sqs: lateQuarantine}, "not in the validation queue|no completed record"},
		{"failed entries of the validation queue are overlooked", mutation{sqs: blindQuarantine}, "not in the validation queue|no completed record"},
		{"rejections never reach the validation queue", mutation{sqs: forgetfulQuarantine}, "should have ended .*quarantined"},
		{"a throttled completion passes for a completion", dynamo(mutateAnswers(throttledCompletion)), "no completed record"},
		{"a duplicate passes for a new event", dynamo(mutateAnswers(duplicateClaimed)), "runs|completed record|claim of"},
		{"completions are skipped", dynamo(skipCompletions), "no completed record"},
		{"failures are not reported", mutation{responses: func(*invocation, []byte) []byte { return []byte(`{"batchItemFailures":[]}`) }}, "acknowledges"},
		{"the back-off takes no heed of the retention", mutation{settings: func(c *process.Config) { c.MessageRetention = 14 * 24 * time.Hour }}, "expired in the queue"},
		{"failed messages come back at once", mutation{sqs: noBackOff}, "back-off"},
		{"a completion is given up after one failure", resigning(isCompletion), "could have completed|still holds"},
		{"a release is given up after one failure", resigning(isRelease), "still holds the claim"},
		{"a completion waits for a second", dynamo(tampered{delays: isCompletion}), "could have completed"},
		{"some events are never claimed", dynamo(tampered{answers: someRefused}), "is dead-lettered and its event was never run"},
		{"a failure of the bucket passes for a missing object", readWith(hasty), "should not be"},
		{"a missing object passes for a failure of the bucket", readWith(hopeful), "should have ended .*quarantined"},
		{"payloads are read beyond their share of the time", readWith(patient), "share of the time"},
		{"a claim check in an object is followed", readWith(twoHops), "which can't be processed"},
		{"the object of another message is read", readWith(confused), "under the idempotency key|no completed record|of another payload"},
		{"a message whose payload was not read is acknowledged", mutation{responses: acknowledgeUnread}, "no completed record"},
		{"claim checks are not followed", mutation{settings: func(c *process.Config) { c.ClaimChecks = decode.ClaimCheckRules{} }}, "should not be"},
		{"large bodies go to the validation queue without their attributes", mutation{settings: func(c *process.Config) { c.Oversize = nil }}, "has lost its attributes"},
		{"large bodies are not put where their claim checks point", mutation{settings: func(c *process.Config) { c.Oversize = nowhereElse{} }}, "no such object"},
		{"what was quarantined by claim check can't be replayed", mutation{settings: producersOnly}, "should not be"},
		{"what is paused is dropped", misread("paused", "dropped"), "whose topic is paused"},
		{"what is dropped is paused", misread("dropped", "paused"), "come again, whose topic is dropped"},
		{"what is paused is run", misread("paused", "active"), "whose topic is paused"},
		{"what is dropped is run", misread("dropped", "active"), "whose topic is dropped"},
		{"an active topic is dropped", misread("active", "dropped"), "no completed record"},
		{"old flags pass for fresh ones", mutation{flags: func(f process.Flags) process.Flags { return selfAssured{f} }}, "by flags that are old"},
		{"schemas are not enforced", misread("enforce", "warn"), "which an enforced schema does not allow"},
		{"schemas are enforced unasked", misread("warn", "enforce"), "should not be"},
		{"decoders are never off", rewritten(":false", ":true"), "whose decoder is switched off"},
		{"reads are not consistent", dynamo(tampered{inconsistent: true}), "although nothing kept"},
		{"the replay of an archive is a duplicate, whatever the flags say", misread("again", "deduplicate"), "no completed record|idempotency key"},
		{"the replay of an archive is another event, whatever the flags say", misread("deduplicate", "again"), "no completed record|idempotency key"},
		{"a pause waits no longer than a failure", mutation{sqs: shortWaits}, "before its pause may end"},
		{"those with the fewest receives left come last", mutation{batches: leastUrgentFirst}, "which has more receives left, before"},
		{"a lease in the way replaces the back-off", mutation{sqs: leaseInsteadOfBackOff}, "the back-off is"},
		{"a claim that was throttled is not released", mutation{dynamo: throttledUnreleased}, "still holds the claim"},
		{"what is delivered is released now and then", dynamo(rewrite(releasedNowAndThen)), "which it has run"},
		{"waits leave no time for the receives that are left", mutation{settings: func(c *process.Config) { c.QueueVisibilityTimeout = 0 }}, "too late for"},
		{"the last receive passes for one of many", mutation{settings: func(c *process.Config) { c.MaxReceiveCount *= 2 }}, "although nothing kept"},
		{"releases are skipped", dynamo(skipReleases), "still holds the claim"},
		{"a record does not say which targets have its event", dynamo(rewrite(forgetfulRelease)), "releases the claim on .*, which it has run|removes the record"},
		{"what a record says of its targets is not read", dynamo(tampered{items: withoutTargets}), "which has it as its record says"},
		{"a record says it of a target that failed", dynamo(rewrite(boastful)), "which it has not"},
		{"a renewed record still says who had the event", dynamo(rewrite(unforgotten)), "still says who had the event"},
		{"the last route that matches counts", mutation{settings: lastMatch}, "which its route does not have"},
		{"a target is left out", mutation{settings: withoutLastTarget}, "which one of its targets has not"},
		{"what a route drops goes to the default", mutation{settings: nothingDropped}, "which its route does not have"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			caught := regexp.MustCompile(c.breaks)
			for seed := uint64(1); seed <= worldsToCatch; seed++ {
				r := play(t, seed, c.mutation, false)
				if i := slices.IndexFunc(r.violations, caught.MatchString); i >= 0 {
					t.Logf("caught in world %d: %s", seed, r.violations[i])
					return
				}
			}
			t.Errorf("not caught in %d worlds", worldsToCatch)
		})
	}
}
