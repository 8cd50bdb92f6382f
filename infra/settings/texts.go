package settings

import "cc-eventbridge/function/contract"

// The longer rules, and fixes, of values that are wrong.
const (
	wrongOwner = "resource names start with it, so it must be of A-Z a-z 0-9 - _ and start with a letter or digit"

	wrongPath = "a path is / or has names of A-Z a-z 0-9 _ + = , . @ - between slashes, 512 characters at most, and does not " +
		"start with /aws-service-role/, which is AWS's own"

	// pathReplacesRoles has a place for what that means to Genesys Cloud.
	pathReplacesRoles = "this stack is protected, and another path replaces every role, because IAM can't move one. The function " +
		"has no role until the new one is there. %s"

	writerToldByHand = "Genesys Cloud holds the ARN of the writer role, which has the path in it, and can't send until it is given " +
		"the new one (stack output " + contract.OutputWriterRoleARN + ")"

	writerToldByProgram = "Genesys Cloud holds the ARN of the writer role, which has the path in it; the program gives it the new " +
		"one, and until then Genesys Cloud can't send"

	externalIDNeeded = "directIntake needs it: the id that Genesys Cloud presents when it assumes the writer role, " +
		"without which any Genesys customer could have Genesys write to this queue. It is your Genesys organization id, in " +
		"Genesys Cloud under Admin > Account Settings > Organization Settings > Organization ID"

	externalIDFix = "pulumi config set genesysExternalId <organization id>, or pulumi config set directIntake false and " +
		"eventBridgeSource or eventBridgeSuffix to take events in over EventBridge alone"

	// visibleWhileProcessed has places for the least visibility timeout.
	visibleWhileProcessed = "below functionTimeoutSeconds + batchingWindowSeconds = %d a message is visible again while " +
		"it is still being processed"

	// deletedBeforeDeadLettered has places for the visibility timeout, the receives and the least retention.
	deletedBeforeDeadLettered = "a message whose invocations die is hidden for the visibility timeout of %d s at each of " +
		"maxReceiveCount = %d receives and must still be there to be dead-lettered; below %d SQS deletes it first"

	// expiredOnArrival has places for the retention of the ingestion queue.
	expiredOnArrival = "a message keeps the time it was first sent when it moves to the dead-letter queue, so below " +
		"messageRetentionSeconds = %d it can expire on arrival"

	// throttledMapping has places for the concurrency of the mapping.
	throttledMapping = "below maximumConcurrency = %d Lambda throttles what the mapping starts, and messages that never " +
		"ran use up their receives and land in the dead-letter queue"

	// throttledMappingFix has places for the same.
	throttledMappingFix = "pulumi config set reservedConcurrency %d, or pulumi config rm reservedConcurrency; to stop " +
		"consuming use consumerEnabled"

	// reservedTooMany has places for the account's executions, those that AWS keeps, and the most that can be set aside.
	reservedTooMany = "the account may have %d concurrent executions in this region, and AWS keeps %d of them for functions that have " +
		"none set aside: at most %d, less what other functions have"

	// reservedTooManyFix has a place for the least quota.
	reservedTooManyFix = "pulumi config rm reservedConcurrency, or ask AWS for at least %d: aws service-quotas " +
		"request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value <number>"

	// duplicateRuns has places for the least days.
	duplicateRuns = "a record must outlive its message and every retry of it: messageRetentionSeconds + 4 days of retries " +
		"by Genesys + 1 by EventBridge = %d days, or a late duplicate runs again"

	personalData = "events hold personal data, so it must be an https URL, or http to a loopback address, without user " +
		"name or fragment"

	downstreamFix = "pulumi config set downstreamUrl https://<host>/<path>"

	onlyLogged = "without it events are only logged: each is acknowledged and remembered as done, so that it can't be delivered " +
		"later, and this stack is protected"

	// cutOff has places for the function's time-out and the longest of a request.
	cutOff = "the function stops working up to 3 s before functionTimeoutSeconds = %d, and a request that takes longer would " +
		"never be answered in time: at most %d"

	noDefault = "the last route must be without topics: it takes what no other route does, and without it those events would fail " +
		"until they are dead-lettered"

	leadsBack = "events would come around: it is a part of a pipeline, or the bus of a partner, to which only the partner sends"

	secretGoesThere = "the client's secret goes there, so it must be an https URL, or http to a loopback address, without user name"

	// noRoom has places for what Lambda takes, and for what the other variables have.
	noRoom = "the function has them in its environment, of which Lambda takes %d bytes, and what else is there takes %d"

	wrongSource = "a Genesys partner source is named aws.partner/genesys.com/cloud/<organization id>/<suffix>, the suffix " +
		"of 1 to 64 of A-Z a-z 0-9 . - _"

	// longPattern has places for the topics, the length of the pattern, and the most that it may have.
	longPattern = "the rule's pattern names %d topics in %d characters, and EventBridge takes %d"

	longPatternFix = "pulumi config rm --path 'topics[<number>]' for those that you can do without. With a source that is there " +
		"already, topics can be empty: Genesys Cloud sends no others than its integration's filter lets through"

	oneBus = "it names a source that this stack creates, and eventBridgeSource one that is there already: a stack has one " +
		"bus"

	registerForSuffix = "pulumi config set registerWithGenesys true, or set eventBridgeSource to the name of a source " +
		"that is there already"

	providerKeyUnused = "nothing reads it: the provider genesys gets its configuration from this program's own keys"

	// credentialNeeded has places for what it is, and the environment variable.
	credentialNeeded = "registerWithGenesys needs it to deploy: it is %s, and %s is not set in the environment either. Nothing was " +
		"changed so far"

	// payloadGone has places for the least days.
	payloadGone = "a payload must outlive the messages that point to it: deadLetterRetentionSeconds until it is redriven " +
		"from the dead-letter queue, which makes it a new message, then messageRetentionSeconds in the ingestion queue, then " +
		"deadLetterRetentionSeconds in the validation queue, and a day because S3 counts in days = %d"

	// outOfMemory has places for copies, the MB without a payload, the bytes of one, and the MB in all.
	outOfMemory = "the function holds a payload about %d times while it works on it, beside %d MB for itself: with " +
		"maximumPayloadBytes = %d that is %d MB, and without it the function is killed together with its batch"
)

// Warnings. The last three are followed by names.
const (
	noIntake = "both intakes are off: Genesys Cloud has no way to put events on the ingestion queue. Set directIntake " +
		"true, eventBridgeSource or eventBridgeSuffix."

	// pathUnconfirmed has places for the path and for what another one means to Genesys Cloud.
	pathUnconfirmed = "iamPath is %s. If the stack is deployed with another one, every role is replaced, because IAM can't move " +
		"one. %s. Set iamPathConfirmed to the same path to no longer be told."

	topicsUnused = "topics has no effect: it filters what comes in over EventBridge, and neither eventBridgeSource nor " +
		"eventBridgeSuffix is set."

	eventTypesUnused = "directEventTypes has no effect: it takes directIntake and registerWithGenesys to subscribe to " +
		"events."

	// onlyLoggedHere has a place for the days.
	onlyLoggedHere = "downstreamUrl is empty: events are only logged, and remembered as done for dedupRetentionDays = %d. Set it " +
		"to an https URL, or to log if that is meant."

	// nothingConsumes has a place for the retention.
	nothingConsumes = "consumerEnabled is false: events wait in the ingestion queue, and what waits for longer than " +
		"messageRetentionSeconds = %d is deleted."

	oneTry = "maxReceiveCount is 1: whatever fails once is dead-lettered, be it an answer 503 of the downstream or an invocation that " +
		"Lambda throttled. AWS advises at least 5."

	nobodyHears = "alarmSubscriptions is empty: alarms of this protected stack reach nobody, unless someone subscribes to the topic by " +
		"hand (stack output " + contract.OutputAlarmTopic + "). Set it, for example: pulumi config set --path 'alarmSubscriptions[0].name' oncall, and " +
		"--path 'alarmSubscriptions[0].mail' <address>."

	// endpointInClear has a place for the name.
	endpointInClear = "alarmSubscriptions: the https address of %q is in clear in the stack's file. Whoever has the address of a chat " +
		"or a pager can write there: set it again with --secret, and have a new one made if the file was shared."

	// batchTooLarge has places for the batch, the key of the time-out of a request and its value, deliveries at a time, the
	// function's time-out, the deliveries that it starts, and the fix.
	batchTooLarge = "batchSize is %d: where the downstream takes %s = %d for each event, an invocation starts, " +
		"with up to %d at a time in functionTimeoutSeconds = %d, no more than %d of them. The others are received without being " +
		"tried and can end in the dead-letter queue. %s, or raise functionTimeoutSeconds."

	// tooManyInFlight has places for the batch, the concurrency, both multiplied, what SQS hands out, and the fixes.
	tooManyInFlight = "batchSize = %d x maximumConcurrency = %d is %d messages in flight, and SQS hands out about %d of one " +
		"queue: the concurrency is never reached. Set batchSize to %d or maximumConcurrency to %d at most."

	// accountThrottles has places for the concurrency, and twice for the account's executions.
	accountThrottles = "maximumConcurrency is %d, and all functions of the account together may have %d concurrent executions in this " +
		"region: Lambda throttles the others, and messages that never ran use up their receives and land in the dead-letter queue. " +
		"Ask AWS for more (aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 " +
		"--desired-value 1000), or set maximumConcurrency to less than %d."

	// keptOut has places for the route and the topic.
	keptOut = "route %s: %q matches none of the topics of the rule (key topics), so that no such event comes in"

	silenceHoursUnused = "silenceHours has no effect: silenceMinutes is 0, so silence raises no alarm."
	// flagsUnwatched has places for the minutes that they are watched, and the least.
	flagsUnwatched = "flags are watched for flagsDeploymentMinutes + flagsBakeMinutes = %d minutes: bad ones show in the " +
		"alarm that takes them back after up to %d."

	topicsPaused = "flags pause topics, whose events wait in the ingestion queue, and end in its dead-letter queue when " +
		"that takes too long:"

	topicsDropped  = "flags drop topics, whose events are acknowledged and go nowhere:"
	decodersClosed = "flags switch off decoders, and what only they can read goes to the validation queue:"
)
