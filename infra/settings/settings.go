package settings

import "strings"

// Settings is the configuration of a pipeline.
type Settings struct {
	// NamePrefix is what the names of all resources begin with; empty takes the stack's name.
	NamePrefix string

	Intake   Intake
	Genesys  Genesys
	Silence  Silence
	Queue    Queue
	Function Function
	Mapping  Mapping
	Payloads Payloads
	Flags    Flags
	Roles    Roles

	// AlarmSubscriptions are those who are told of alarms.
	AlarmSubscriptions []Subscription

	// DedupRetentionDays is how long a processed event is remembered.
	DedupRetentionDays int
	// LogRetentionDays is one of the values that CloudWatch Logs accepts.
	LogRetentionDays int
	// ProtectData keeps queues and table from being deleted by Pulumi, and the table by anyone.
	ProtectData bool
	// DownstreamURL is where events are posted. LogOnly logs them and does nothing else, and so does nothing at all, which
	// is refused where ProtectData is on.
	DownstreamURL string
	// DownstreamTimeoutSeconds is how long one request may take. The default is lowered where the function's own time-out is
	// too short for it.
	DownstreamTimeoutSeconds int
	// HasDownstreamSecret says that there is a bearer token for the downstream. Its value stays in Pulumi's hands;
	// pipeline.New sets this when it gets one.
	HasDownstreamSecret bool
	// Routes are where events go, by topic, in the place of the one downstream.
	Routes []Route
	// TargetSecrets are the names of targets that there is a secret for, in order. The values stay in Pulumi's hands;
	// pipeline.New sets this when it gets some.
	TargetSecrets []string
}

// LogOnly is the DownstreamURL of a stack that is meant to deliver nothing.
const LogOnly = "log"

// LogsOnly reports whether events are logged and not delivered.
func (s Settings) LogsOnly() bool {
	return len(s.Routes) == 0 && (s.DownstreamURL == "" || s.DownstreamURL == LogOnly)
}

// Owner is what the names of all resources of a stack begin with.
func (s Settings) Owner(stack string) string {
	if s.NamePrefix != "" {
		return s.NamePrefix
	}
	return stack
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

// EventBridge reports whether events come in over EventBridge.
func (in Intake) EventBridge() bool {
	return in.EventBridgeSource != "" || in.EventBridgeSuffix != ""
}

// Queue holds the attributes of the ingestion queue and of the queues behind it. Times are in seconds, as SQS has them.
type Queue struct {
	// VisibilityTimeoutSeconds is derived where it is 0.
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

// Default returns what a stack has that sets nothing. It lacks Intake.GenesysExternalID, which the direct intake needs.
func Default() Settings {
	return Settings{
		Intake: Intake{Direct: true, GenesysAccountID: "765628985471"},
		Queue: Queue{
			MessageRetentionSeconds:    604800,
			ReceiveWaitTimeSeconds:     20,
			MaximumMessageBytes:        262144,
			MaxReceiveCount:            3,
			DeadLetterRetentionSeconds: 1209600,
		},
		Function:           Function{TimeoutSeconds: 120, MemoryMB: 512, Architecture: "arm64", ReservedConcurrency: Unreserved},
		Mapping:            Mapping{BatchSize: 10, WindowSeconds: 5, MaximumConcurrency: 50, Enabled: true},
		Payloads:           Payloads{MaximumBytes: maxPayloadBytes},
		Flags:              Flags{Document: "{}", BakeMinutes: 10},
		DedupRetentionDays: 14,
		LogRetentionDays:   30,

		DownstreamTimeoutSeconds: defaultDownstreamSeconds,
	}
}

// Load reads the settings of a stack from values, which has a text for every key that is set or that Pulumi.yaml has a default
// for. encrypted reports whether a key's value is encrypted in the stack file. The settings are checked as Check does it.
func Load(stack string, values map[string]string, encrypted func(key string) bool) (Settings, error) {
	s := Default()
	c := newChecker(&s)
	c.read(values)
	s.HasDownstreamSecret = strings.TrimSpace(values[downstreamSecret]) != ""
	names, ok := secretNames(values[targetSecrets])
	if s.TargetSecrets = names; !ok {
		c.wrong[targetSecrets] = true
		c.problems = append(c.problems, &Problem{
			Key: targetSecrets, Value: shownAs, Rule: "it must be an object that has a text by the name of a target",
			Fix: "pulumi config rm targetSecrets, then pulumi config set --path --secret 'targetSecrets.<target>'",
		})
	}
	if encrypted(routesKey) {
		c.bad(routesKey, "encrypted", "routes are no place for a secret: the function's environment has them in clear",
			"pulumi config rm routes, then set them without --secret, and secrets in targetSecrets")
	}
	for key, what := range secrets {
		if text := strings.TrimSpace(values[key]); text != "" && text != "{}" && !encrypted(key) {
			c.inClear(key, what)
		}
	}
	for i := range s.AlarmSubscriptions {
		s.AlarmSubscriptions[i].Encrypted = encrypted(alarmSubscriptions)
	}
	if encrypted("flags") {
		c.secretFlags()
	}
	return c.check(s.Owner(stack))
}

// Check applies all rules to the settings and derives what they leave open. owner is what the names of all resources start
// with: Owner of the stack's name, and the name of a pipeline if it has one. The error joins one Problem for each thing that is wrong.
func (s Settings) Check(owner string) (Settings, error) {
	return newChecker(&s).check(owner)
}
