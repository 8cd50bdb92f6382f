// Package contract has the names that the stack and the function must agree on: the stack writes them into resources, the
// function reads and writes them while it runs, and operators' tools find things by them.
//
// A name that is in this package is nowhere else in the code: TestNamesAreWrittenOnce fails where one is typed again.
// The package imports no SDK, so that whoever needs a name gets none with it.
package contract

import "time"

// Entrypoint is the only file of the function's deployment package, and so its handler: the runtime RuntimeName starts the
// file of that name (AWS Lambda developer guide, "OS-only runtimes").
const (
	Entrypoint  = "bootstrap"
	RuntimeName = "provided.al2023"
)

// The function's environment variables, all set by the stack. Times are in whole seconds, sizes in bytes.
const (
	EnvDedupTable             = "DEDUP_TABLE_NAME"
	EnvDedupRetention         = "DEDUP_RETENTION_SECONDS"
	EnvIngestionQueueURL      = "INGESTION_QUEUE_URL"
	EnvValidationQueueURL     = "VALIDATION_QUEUE_URL"
	EnvQueueVisibilityTimeout = "QUEUE_VISIBILITY_TIMEOUT_SECONDS"
	EnvMessageRetention       = "MESSAGE_RETENTION_SECONDS"
	EnvMaxReceiveCount        = "MAX_RECEIVE_COUNT"
	EnvDownstreamURL          = "DOWNSTREAM_URL"
	EnvDownstreamSecretARN    = "DOWNSTREAM_SECRET_ARN"
	EnvDownstreamTimeout      = "DOWNSTREAM_TIMEOUT_SECONDS"
	EnvRoutes                 = "ROUTES" // a JSON list of Route; the three above are not set then
	EnvPayloadBucket          = "PAYLOAD_BUCKET"
	EnvMaximumPayloadBytes    = "MAXIMUM_PAYLOAD_BYTES"
	EnvFlagsApplication       = "FLAGS_APPLICATION_ID"
	EnvFlagsEnvironment       = "FLAGS_ENVIRONMENT_ID"
	EnvFlagsProfile           = "FLAGS_PROFILE_ID"
	EnvLogLevel               = "LOG_LEVEL"
)

// DefaultDownstreamTimeout is what EnvDownstreamTimeout means where it is not set.
const DefaultDownstreamTimeout = 30 * time.Second

// DefaultMaximumPayloadBytes is what EnvMaximumPayloadBytes means where it is not set: far above the largest events that
// Genesys Cloud is known to send.
const DefaultMaximumPayloadBytes = 16 << 20

// The attributes of an item of the dedup table. TableKey is the table's key; its TTL is on TableExpires.
const (
	TableKey         = "eventId"
	TableState       = "state"
	TableOwner       = "owner"
	TableLeaseEnd    = "leaseEnd"    // milliseconds since 1970; means nothing once completed
	TableExpires     = "expiresAt"   // seconds since 1970
	TablePayloadHash = "payloadHash" // see identify.Identity
	// TableDelivered has the names of the targets that have the event, in order and separated by commas. It is there only
	// where some of several have it and others do not.
	TableDelivered = "delivered"
)

// The values of TableState.
const (
	StateInProgress = "in-progress"
	StateCompleted  = "completed"
)

// The prefixes of keys in the payload bucket. Each ends in its slash.
const (
	// ProducerPrefix begins the keys of what producers write.
	ProducerPrefix = "payloads/"
	// QuarantinePrefix begins the keys of what the function writes, which comes back when it is replayed.
	QuarantinePrefix = "quarantine/"
	// DeliveryPrefix begins the keys of events that are too large for a target: the target's name and a slash follow, then the
	// SHA-256 of the event's identity.
	DeliveryPrefix = "deliveries/"
)

// A claim check as AWS's extended client libraries write it: [ClaimCheckClass, {"s3BucketName": …, "s3Key": …}], and the
// size of the body in the message attribute ClaimCheckSize (Amazon SQS developer guide, "Managing large Amazon SQS
// messages").
const (
	ClaimCheckClass = "software.amazon.payloadoffloading.PayloadS3Pointer"
	ClaimCheckSize  = "ExtendedPayloadSize"
)

// The message attributes of a message in the validation queue.
const (
	QuarantineReason       = "reason"
	QuarantineStage        = "stage"
	QuarantineSchemaPath   = "schemaPath"
	QuarantineMessageID    = "messageId"
	QuarantineEventID      = "eventId"
	QuarantineReceiveCount = "receiveCount"
	QuarantinedAt          = "quarantinedAt"
	QuarantineEnvelopes    = "envelopes"
	// QuarantineOriginal holds the attributes of the message as it was received, QuarantineOriginalDropped says that there
	// was no room for them.
	QuarantineOriginal        = "original"
	QuarantineOriginalDropped = "originalDropped"
)

// QuarantineEmptyBody stands in the validation queue for a body without characters, which SQS does not take.
const QuarantineEmptyBody = "(empty body)"

// The decoders, as flags documents and logs name them.
const (
	DecoderDirect      = "direct"
	DecoderEventBridge = "eventbridge"
	DecoderSNS         = "sns"
	DecoderCompressed  = "compressed"
	DecoderClaimCheck  = "claim-check"
)

// MetricNamespace is where CloudWatch shows the function's metrics, by MetricDimension, the function's name.
const (
	MetricNamespace = "cc-eventbridge"
	MetricDimension = "FunctionName"
)

// The function's metrics. All are counts.
const (
	// MetricQuarantined counts messages that were sent to the validation queue.
	MetricQuarantined = "QuarantinedMessages"
	// MetricSchemaMismatches counts events whose payload its topic's schema does not allow, whatever became of them.
	MetricSchemaMismatches = "SchemaMismatches"
	// MetricUnknownTopics counts events of topics without a schema.
	MetricUnknownTopics = "UnknownTopics"
	// MetricPaused and MetricDropped count messages of topics that are paused or dropped.
	MetricPaused  = "PausedEvents"
	MetricDropped = "DroppedEvents"
	// MetricDuplicates counts messages that were acknowledged as duplicates of an event that was delivered before, or by
	// another message of their batch.
	MetricDuplicates = "DuplicateEvents"
	// MetricNeverRun counts messages that were received and not started, because time or memory ran out.
	MetricNeverRun = "NeverRun"
	// MetricBrokenTargets counts messages that come again because a target takes nothing until someone puts it right: see
	// deliver.NeedsRepair. The log has the reason and the target.
	MetricBrokenTargets = "BrokenTargets"
	// MetricFlagsRefused counts flags documents that were read and not put into effect.
	MetricFlagsRefused = "FlagsRefused"
)

// The stack's outputs: what others need to use a stack, watch it and repair it. People's scripts use these names as well.
// OutputRuleDeadLetterQueueURL and OutputEventBus are there with the EventBridge intake only, OutputWriterRoleARN with the
// direct intake only.
const (
	OutputIngestionQueueURL      = "ingestionQueueUrl"
	OutputIngestionQueueARN      = "ingestionQueueArn"
	OutputDeadLetterQueueURL     = "deadLetterQueueUrl"
	OutputDeadLetterQueueARN     = "deadLetterQueueArn"
	OutputValidationQueueURL     = "validationQueueUrl"
	OutputRuleDeadLetterQueueURL = "ruleDeadLetterQueueUrl"
	OutputEventBus               = "eventBusName"
	OutputEventBusARN            = "eventBusArn"
	OutputArchiveARN             = "archiveArn"
	OutputWriterRoleARN          = "writerRoleArn"
	OutputDedupTable             = "dedupTableName"
	OutputPayloadBucket          = "payloadBucket"
	OutputFunction               = "functionName"
	OutputFunctionAlias          = "functionAliasArn"
	OutputLogGroup               = "logGroupName"
	OutputAlarmTopic             = "alarmTopicArn"
	OutputFunctionSHA256         = "functionCodeSha256" // of the zip, in base64
	OutputEventSourceMapping     = "eventSourceMappingId"
	OutputFlagsApplication       = "flagsApplicationId"
	OutputFlagsEnvironment       = "flagsEnvironmentId"
	OutputFlagsProfile           = "flagsProfileId"
	OutputFlagsStrategy          = "flagsStrategyId"
)
