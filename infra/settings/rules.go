package settings

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	day = 24 * time.Hour

	// SQS: a visibility timeout is at most 12 hours, retention is 60 seconds to 14 days (SetQueueAttributes).
	maxVisibilitySeconds = 43200
	minRetentionSeconds  = 60
	maxRetentionSeconds  = 1209600

	// visibilityFactor is how many function timeouts AWS asks a visibility timeout to cover, so that a throttled
	// invocation can be retried before its messages are visible again (Lambda Developer Guide, "Using Lambda with SQS").
	visibilityFactor = 6

	// Genesys retries an event for 4 days while AWS can't be reached, and EventBridge retries a target for 1.
	genesysRetries     = 4 * day
	eventBridgeRetries = 1 * day

	// STS AssumeRole, ExternalId.
	minExternalID = 2
	maxExternalID = 1224
)

// logRetentions are those of PutRetentionPolicy.
var logRetentions = []int{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
}

var (
	accountID  = regexp.MustCompile(`^[0-9]{12}$`)
	externalID = regexp.MustCompile(`^[\w+=,.@:/-]+$`)
	ownerName  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)
)

func (c *checker) checkLogRetention() {
	if days := c.LogRetentionDays; c.sound("logRetentionDays") && !slices.Contains(logRetentions, days) {
		longer, _ := slices.BinarySearch(logRetentions, days)
		c.wrongValue("logRetentionDays",
			fmt.Sprintf("CloudWatch accepts only %s days", strings.Trim(fmt.Sprint(logRetentions), "[]")),
			fmt.Sprintf("pulumi config set logRetentionDays %d, the next longer one", logRetentions[longer]))
	}
}

// checkOwner guards the names of resources, which all start with the owner's. What is too long for a name is cut.
func (c *checker) checkOwner(owner string) {
	if !ownerName.MatchString(owner) {
		key := "stack"
		if c.NamePrefix != "" {
			key = "namePrefix"
		}
		c.problems = append(c.problems, &Problem{Key: key, Value: owner, Rule: wrongOwner, Fix: "pulumi config set namePrefix <name>"})
	}
}

func (c *checker) checkIntake() {
	in := c.Intake
	if in.Direct && in.GenesysExternalID == "" {
		c.wrongValue("genesysExternalId", externalIDNeeded, externalIDFix)
	}
	id := in.GenesysExternalID
	if id != "" && (len(id) < minExternalID || len(id) > maxExternalID || !externalID.MatchString(id)) {
		c.wrongValue("genesysExternalId", "an external id is 2 to 1224 of A-Z a-z 0-9 _ + = , . @ : / -",
			"pulumi config set genesysExternalId <organization id>")
	}
	if !accountID.MatchString(in.GenesysAccountID) {
		c.wrongValue("genesysAwsAccountId", "an AWS account id has 12 digits",
			"pulumi config rm genesysAwsAccountId for the commercial regions' account, or ask Genesys for yours")
	}
}

// deriveVisibilityTimeout sets the visibility timeout that AWS advises where it is 0.
func (c *checker) deriveVisibilityTimeout() {
	if c.Queue.VisibilityTimeoutSeconds == 0 && c.sound("functionTimeoutSeconds", "batchingWindowSeconds") {
		c.Queue.VisibilityTimeoutSeconds = c.advisedVisibility()
	}
}

func (c *checker) advisedVisibility() int {
	return visibilityFactor*c.Function.TimeoutSeconds + c.Mapping.WindowSeconds
}

// checkQueue checks the rules that SQS and Lambda leave to us: Lambda compares visibility and function timeout only when a
// mapping is created or changed, so an edit of either timeout would break silently.
func (c *checker) checkQueue() {
	s := c.Settings
	if c.sound("functionTimeoutSeconds", "batchingWindowSeconds", "visibilityTimeoutSeconds") {
		least := s.Function.TimeoutSeconds + s.Mapping.WindowSeconds
		if s.Queue.VisibilityTimeoutSeconds < least {
			c.wrongValue("visibilityTimeoutSeconds", fmt.Sprintf(visibleWhileProcessed, least),
				fmt.Sprintf("pulumi config set visibilityTimeoutSeconds 0 to derive %d, which AWS advises, or set at least %d",
					c.advisedVisibility(), least))
		}
	}
	if c.sound("messageRetentionSeconds", "maxReceiveCount",
		"visibilityTimeoutSeconds", "functionTimeoutSeconds", "batchingWindowSeconds") {
		if least := (s.Queue.MaxReceiveCount + 1) * s.Queue.VisibilityTimeoutSeconds; s.Queue.MessageRetentionSeconds < least {
			c.wrongValue("messageRetentionSeconds",
				fmt.Sprintf(deletedBeforeDeadLettered, s.Queue.VisibilityTimeoutSeconds, s.Queue.MaxReceiveCount, least),
				fmt.Sprintf("pulumi config set messageRetentionSeconds %d, or lower maxReceiveCount or functionTimeoutSeconds", least))
		}
	}
	if c.sound("messageRetentionSeconds", "deadLetterRetentionSeconds") &&
		s.Queue.DeadLetterRetentionSeconds < s.Queue.MessageRetentionSeconds {
		c.wrongValue("deadLetterRetentionSeconds",
			fmt.Sprintf(expiredOnArrival, s.Queue.MessageRetentionSeconds),
			fmt.Sprintf("pulumi config set deadLetterRetentionSeconds %d", maxRetentionSeconds))
	}
	if c.sound("batchSize", "batchingWindowSeconds") && s.Mapping.BatchSize > 10 && s.Mapping.WindowSeconds == 0 {
		c.wrongValue("batchingWindowSeconds",
			fmt.Sprintf("Lambda takes batchSize = %d, more than 10, only with a window of at least 1 second", s.Mapping.BatchSize),
			"pulumi config set batchingWindowSeconds 1, or set batchSize to 10 or less")
	}
}

func (c *checker) checkConcurrency() {
	s := c.Settings
	reserved := s.Function.ReservedConcurrency
	if c.sound("reservedConcurrency", "maximumConcurrency") && reserved != Unreserved && reserved < s.Mapping.MaximumConcurrency {
		c.wrongValue("reservedConcurrency", fmt.Sprintf(throttledMapping, s.Mapping.MaximumConcurrency),
			fmt.Sprintf(throttledMappingFix, s.Mapping.MaximumConcurrency))
	}
}

func (c *checker) checkDedup() {
	if !c.sound("dedupRetentionDays", "messageRetentionSeconds") {
		return
	}
	least := time.Duration(c.Queue.MessageRetentionSeconds)*time.Second + genesysRetries + eventBridgeRetries
	if time.Duration(c.DedupRetentionDays)*day < least {
		days := (least + day - 1) / day
		c.wrongValue("dedupRetentionDays", fmt.Sprintf(duplicateRuns, days),
			fmt.Sprintf("pulumi config set dedupRetentionDays %d", days))
	}
}
