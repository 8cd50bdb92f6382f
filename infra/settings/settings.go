// Package settings turns a stack's configuration into checked values. Pulumi.yaml declares the keys, their types and
// defaults; this package holds the ranges and the rules between keys, because the declaration can't express them.
//
// Everything is read once, before the first resource, and all problems are reported together: an operator who edits a
// stack file gets one list to work through, not one error a run.
package settings

import (
	"errors"
	"fmt"
	"time"
)

// Settings is a stack's configuration, valid as a whole.
type Settings struct {
	Intake   Intake
	Genesys  Genesys
	Silence  Silence
	Queue    Queue
	Function Function
	Mapping  Mapping
	Payloads Payloads
	Flags    Flags

	// DedupRetention is how long a processed event is remembered.
	DedupRetention time.Duration
	// LogRetentionDays is one of the values that CloudWatch Logs accepts.
	LogRetentionDays int
	// ProtectData keeps queues and table from being deleted by Pulumi, and the table by anyone.
	ProtectData bool
	// DownstreamURL is where events are posted; empty only logs them.
	DownstreamURL string
	// Warnings are what is allowed and probably not meant.
	Warnings []string
	// HasDownstreamSecret says that the stack has a bearer token. Its value stays in Pulumi's hands.
	HasDownstreamSecret bool
}

// Intake says who may put events on the ingestion queue.
type Intake struct {
	Direct            bool
	GenesysAccountID  string
	GenesysExternalID string
	// EventBridgeSource is the name of a partner source that is there already.
	EventBridgeSource string
	// EventBridgeSuffix is the last part of the name of a partner source that this stack creates.
	EventBridgeSuffix string
	// Topics are the detail-types that the rule lets through; empty lets all through.
	Topics []string
	// ArchiveDays is how long the bus keeps events for a replay; 0 keeps none.
	ArchiveDays int
}

// EventBridge tells whether events come in over EventBridge.
func (in Intake) EventBridge() bool {
	return in.EventBridgeSource != "" || in.EventBridgeSuffix != ""
}

// Queue holds the attributes of the ingestion queue and of the queues behind it. Times are in seconds, as SQS has them.
type Queue struct {
	VisibilityTimeoutSeconds   int
	MessageRetentionSeconds    int
	ReceiveWaitTimeSeconds     int
	MaximumMessageBytes        int
	MaxReceiveCount            int
	DeadLetterRetentionSeconds int
}

// Function holds what is set on the Lambda function.
type Function struct {
	TimeoutSeconds int
	MemoryMB       int
	// Architecture is arm64 or x86_64.
	Architecture string
	// ReservedConcurrency is Unreserved or at least Mapping.MaximumConcurrency.
	ReservedConcurrency int
}

// Unreserved is the reservedConcurrency that sets none aside; Lambda's provider uses the same number.
const Unreserved = -1

// Mapping holds what is set on the event source mapping.
type Mapping struct {
	BatchSize          int
	WindowSeconds      int
	MaximumConcurrency int
	Enabled            bool
}

// Load reads the settings of stack from values, which has a text for every key of Pulumi.yaml that has a default or is
// set. secret tells whether a key's value is encrypted in the stack file. flagsSchema is the JSON Schema (draft 4) of the
// function's flags. The error joins one Problem for each thing that is wrong.
func Load(stack string, values map[string]string, secret func(key string) bool, flagsSchema string) (Settings, error) {
	r := &reader{values: values, known: map[string]bool{}, wrong: map[string]bool{}}
	s := Settings{
		Intake: Intake{
			Direct:            r.boolean("directIntake"),
			GenesysAccountID:  r.text("genesysAwsAccountId"),
			GenesysExternalID: r.text("genesysExternalId"),
			EventBridgeSource: r.text("eventBridgeSource"),
			EventBridgeSuffix: r.text("eventBridgeSuffix"),
			Topics:            r.list("topics"),
			ArchiveDays:       r.integer("archiveDays", 0, maxArchiveDays),
		},
		Genesys: r.genesys(),
		Silence: r.silence(),
		Queue: Queue{
			VisibilityTimeoutSeconds:   r.integer("visibilityTimeoutSeconds", 0, maxVisibilitySeconds),
			MessageRetentionSeconds:    r.integer("messageRetentionSeconds", minRetentionSeconds, maxRetentionSeconds),
			ReceiveWaitTimeSeconds:     r.integer("receiveWaitTimeSeconds", 0, 20),
			MaximumMessageBytes:        r.integer("maximumMessageBytes", 1024, 262144),
			MaxReceiveCount:            r.integer("maxReceiveCount", 1, 1000),
			DeadLetterRetentionSeconds: r.integer("deadLetterRetentionSeconds", minRetentionSeconds, maxRetentionSeconds),
		},
		Function: Function{
			TimeoutSeconds:      r.integer("functionTimeoutSeconds", 1, 900),
			MemoryMB:            r.integer("functionMemoryMb", 128, 10240),
			Architecture:        r.oneOf("functionArchitecture", "arm64", "x86_64"),
			ReservedConcurrency: r.integer("reservedConcurrency", Unreserved, 1<<31-1),
		},
		Mapping: Mapping{
			BatchSize:          r.integer("batchSize", 1, 10000),
			WindowSeconds:      r.integer("batchingWindowSeconds", 0, 300),
			MaximumConcurrency: r.integer("maximumConcurrency", 2, 1000),
			Enabled:            r.boolean("consumerEnabled"),
		},
		Payloads:            r.payloads(),
		Flags:               r.flags(flagsSchema),
		DedupRetention:      time.Duration(r.integer("dedupRetentionDays", 1, 3650)) * day,
		LogRetentionDays:    r.logRetention("logRetentionDays"),
		ProtectData:         r.boolean("protectData"),
		DownstreamURL:       r.text("downstreamUrl"),
		HasDownstreamSecret: r.text("downstreamSecret") != "",
	}
	r.unknownKeys()
	r.checkStackName(stack)
	r.checkIntake(s.Intake)
	r.checkEventBridge(s, stack)
	r.checkGenesys(s, secret)
	r.checkSilence(s.Silence)
	r.checkQueue(&s)
	r.checkConcurrency(s)
	r.checkDedup(s)
	r.checkPayloads(&s)
	r.checkFlags(&s.Flags, secret)
	r.checkDownstream(s, secret)
	s.Warnings = warnings(s)
	if len(r.problems) > 0 {
		return Settings{}, fmt.Errorf("the configuration of stack %q has %s:\n%w",
			stack, count(len(r.problems), "problem"), errors.Join(r.problems...))
	}
	return s, nil
}
