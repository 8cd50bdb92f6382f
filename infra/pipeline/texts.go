package pipeline

// What alarms say of themselves: what an alarm means, and what to do. The person on call reads this first.
const (
	oldestMessageAge = "Events wait in the ingestion queue for more than five minutes, and more of them than will be received in " +
		"the next five: the consumer is stopped, throttled or too slow, or the queue has its 120,000 messages in flight. Look at " +
		"the function's errors and duration, then at maximumConcurrency."

	messagesDelayed = "Messages on the ingestion queue are delayed, which nothing in this pipeline does: someone set a " +
		"delay on the queue, or a sender sets one on its messages."

	deadLetterQueueNotEmpty = "Events were received maxReceiveCount times and set aside. The function's log has a line for each " +
		"receive, by message id: an error is why it failed, outcome notStarted means that it was never run (see " +
		"events-never-run), no line that the invocation died. Fix the cause, then redrive the dead-letter queue."

	deadLetterQueueGrowing = "The dead-letter queue has more messages than a minute before: events go on failing, or a redrive " +
		"brought them back. What dead-letter-queue-not-empty says of it applies."

	eventsNeverRun = "The function received messages that it did not start: their batch did not fit into its time or memory. Each " +
		"receive counts, and after maxReceiveCount they are dead-lettered without a try. Lower batchSize or " +
		"downstreamTimeoutSeconds, raise functionTimeoutSeconds, or functionMemoryMb where payloads are large."

	validationQueueGrowing = "Events arrive that can never succeed. Each carries its reason as a message attribute: a " +
		"changed payload, or a downstream that rejects it."

	ruleDeadLetterQueueNotEmpty = "EventBridge could not put events on the ingestion queue. They wait in the rule's " +
		"dead-letter queue, each with ERROR_CODE and ERROR_MESSAGE as message attributes: no permission, too large, or " +
		"undeliverable for a day."

	ruleDeadLetterQueueGrowing = "The rule's dead-letter queue has more messages than a minute before: EventBridge goes on failing " +
		"to put events on the ingestion queue. What rule-dead-letter-queue-not-empty says of it applies."

	noMessagesDeleted = "There are messages in the ingestion queue and none is acknowledged: nothing succeeds any more. " +
		"Look at the event source mapping's state, at the function's errors and at the downstream. Flags that pause every topic " +
		"that comes in do it as well."

	eventsLost = "EventBridge has lost events: neither the ingestion queue nor the rule's dead-letter queue took them, as a " +
		"rule because they have more than 256 KiB, or because a queue's policy was changed. Only the bus's archive, if the " +
		"stack has one (archiveDays), still has them."

	// silence has places for the minutes, and the hours in which they count.
	silence = "No event has arrived for %d minutes %s. Is the integration or subscription in Genesys Cloud active? `pulumi " +
		"refresh` shows whether it was switched off or failed, and `pulumi up` fixes it. Then look at the partner event " +
		"source in EventBridge, at the rule's dead-letter queue and at the writer role."

	// flagsBad has places for the least number of messages, and of how many one must be quarantined.
	flagsBad = "The flags seem to be wrong: the function refuses a flags document, or quarantines at least %d messages and " +
		"1 in %d of all in a minute. While flags are being rolled out, AppConfig takes them back because of this alarm, and " +
		"until the alarm is over every other document too. Look at AppConfig's last deployment, at \"flags are refused\" in " +
		"the function's log, and at the reasons in the validation queue."
)

const (
	// boundaryTooNarrow is an error that has places for the boundary, a role, and what the boundary keeps it from.
	boundaryTooNarrow = "the permissions boundary %s keeps the role %s from what it has to do:\n  - %s\nFix: have the boundary " +
		"allow all of it (docs/iam/boundary.json has the statements), then run `pulumi up` again. Until then nothing consumes " +
		"events under this role that did not before"

	// boundaryUndecided is a warning that has places for an action on a resource and for condition keys.
	boundaryUndecided = "Whether the permissions boundary allows %s depends on conditions that AWS's simulation knows no value for: " +
		"%s. Watch the function's errors after this deployment."
)

// sourceUnnamed is an error. A look for a name that starts with nothing would find any source.
const sourceUnnamed = "the integration in Genesys Cloud has no eventSourceName: run `pulumi refresh`, then `pulumi up` again; if it " +
	"stays so, look whether the integration's event source suffix is set there"

// quotaUnknown is a warning.
const quotaUnknown = "reservedConcurrency can't be compared with the account's quota of concurrent executions, which takes the " +
	"permission servicequotas:GetServiceQuota. AWS refuses what leaves less than 100 of it to other functions, in the middle of up."

// sourceMissing is an error that has places for a source and how long it was looked for.
const sourceMissing = "AWS shows no partner event source %s after %s, though Genesys Cloud calls the integration active: look " +
	"whether account and region of the integration are this stack's, then run `pulumi up` again"
