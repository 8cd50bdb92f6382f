package settings

import (
	"fmt"
	"net"
	"net/url"
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

	// maxStackName leaves room for the longest suffix within the 64 characters of a role's or function's name.
	maxStackName = 64 - len("-cc-eventbridge-processor")
)

var (
	accountID     = regexp.MustCompile(`^[0-9]{12}$`)
	externalID    = regexp.MustCompile(`^[\w+=,.@:/-]+$`)
	stackName     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)
	logRetentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653} // PutRetentionPolicy
)

func (r *reader) logRetention(key string) int {
	n := r.integer(key, logRetentions[0], logRetentions[len(logRetentions)-1])
	if r.sound(key) && !slices.Contains(logRetentions, n) {
		i, _ := slices.BinarySearch(logRetentions, n)
		r.wrongValue(key, fmt.Sprintf("CloudWatch accepts only %s days", strings.Trim(fmt.Sprint(logRetentions), "[]")),
			fmt.Sprintf("pulumi config set %s %d, the next longer one", key, logRetentions[i]))
	}
	return n
}

// checkStackName guards the names of resources, which all start with the stack's.
func (r *reader) checkStackName(stack string) {
	if len(stack) > maxStackName || !stackName.MatchString(stack) {
		r.problems = append(r.problems, &Problem{
			Key: "stack", Value: stack,
			Rule: fmt.Sprintf("resource names start with the stack's name, so it must be 1 to %d of A-Z a-z 0-9 - _ and start with a letter or digit", maxStackName),
			Fix:  "pulumi stack rename <shorter name>",
		})
	}
}

func (r *reader) checkIntake(in Intake) {
	if in.Direct && in.GenesysExternalID == "" {
		r.wrongValue("genesysExternalId",
			"directIntake needs it: the id that Genesys Cloud presents when it assumes the writer role, without which any Genesys customer could have Genesys write to this queue. "+
				"It is your Genesys organization id, in Genesys Cloud under Admin > Account Settings > Organization Settings > Organization ID",
			"pulumi config set genesysExternalId <organization id>, or pulumi config set directIntake false and eventBridgeSource or eventBridgeSuffix to take events in over EventBridge alone")
	}
	if id := in.GenesysExternalID; id != "" && (len(id) < minExternalID || len(id) > maxExternalID || !externalID.MatchString(id)) {
		r.wrongValue("genesysExternalId", "an external id is 2 to 1224 of A-Z a-z 0-9 _ + = , . @ : / -",
			"pulumi config set genesysExternalId <organization id>")
	}
	if !accountID.MatchString(in.GenesysAccountID) {
		r.wrongValue("genesysAwsAccountId", "an AWS account id has 12 digits",
			"pulumi config rm genesysAwsAccountId for the commercial regions' account, or ask Genesys for yours")
	}
}

// checkQueue derives the visibility timeout where it is 0, and checks the rules that SQS and Lambda leave to us: Lambda
// compares visibility and function timeout only when a mapping is created or changed, so an edit of either timeout would
// break silently.
func (r *reader) checkQueue(s *Settings) {
	if r.sound("functionTimeoutSeconds", "batchingWindowSeconds", "visibilityTimeoutSeconds") {
		least := s.Function.TimeoutSeconds + s.Mapping.WindowSeconds
		advised := visibilityFactor*s.Function.TimeoutSeconds + s.Mapping.WindowSeconds
		switch v := s.Queue.VisibilityTimeoutSeconds; {
		case v == 0:
			s.Queue.VisibilityTimeoutSeconds = advised
		case v < least:
			r.wrongValue("visibilityTimeoutSeconds",
				fmt.Sprintf("below functionTimeoutSeconds + batchingWindowSeconds = %d a message is visible again while it is still being processed", least),
				fmt.Sprintf("pulumi config set visibilityTimeoutSeconds 0 to derive %d, which AWS advises, or set at least %d", advised, least))
		}
	}
	if r.sound("messageRetentionSeconds", "maxReceiveCount", "visibilityTimeoutSeconds", "functionTimeoutSeconds", "batchingWindowSeconds") {
		if least := (s.Queue.MaxReceiveCount + 1) * s.Queue.VisibilityTimeoutSeconds; s.Queue.MessageRetentionSeconds < least {
			r.wrongValue("messageRetentionSeconds",
				fmt.Sprintf("a message whose invocations die is hidden for the visibility timeout of %d s at each of maxReceiveCount = %d receives and must still be there to be dead-lettered; below %d SQS deletes it first", s.Queue.VisibilityTimeoutSeconds, s.Queue.MaxReceiveCount, least),
				fmt.Sprintf("pulumi config set messageRetentionSeconds %d, or lower maxReceiveCount or functionTimeoutSeconds", least))
		}
	}
	if r.sound("messageRetentionSeconds", "deadLetterRetentionSeconds") &&
		s.Queue.DeadLetterRetentionSeconds < s.Queue.MessageRetentionSeconds {
		r.wrongValue("deadLetterRetentionSeconds",
			fmt.Sprintf("a message keeps the time it was first sent when it moves to the dead-letter queue, so below messageRetentionSeconds = %d it can expire on arrival", s.Queue.MessageRetentionSeconds),
			fmt.Sprintf("pulumi config set deadLetterRetentionSeconds %d", maxRetentionSeconds))
	}
	if r.sound("batchSize", "batchingWindowSeconds") && s.Mapping.BatchSize > 10 && s.Mapping.WindowSeconds == 0 {
		r.wrongValue("batchingWindowSeconds", fmt.Sprintf("Lambda takes batchSize = %d, more than 10, only with a window of at least 1 second", s.Mapping.BatchSize),
			"pulumi config set batchingWindowSeconds 1, or set batchSize to 10 or less")
	}
}

func (r *reader) checkConcurrency(s Settings) {
	reserved := s.Function.ReservedConcurrency
	if r.sound("reservedConcurrency", "maximumConcurrency") && reserved != Unreserved && reserved < s.Mapping.MaximumConcurrency {
		r.wrongValue("reservedConcurrency",
			fmt.Sprintf("below maximumConcurrency = %d Lambda throttles what the mapping starts, and messages that never ran use up their receives and land in the dead-letter queue", s.Mapping.MaximumConcurrency),
			fmt.Sprintf("pulumi config set reservedConcurrency %d, or pulumi config rm reservedConcurrency; to stop consuming use consumerEnabled", s.Mapping.MaximumConcurrency))
	}
}

func (r *reader) checkDedup(s Settings) {
	if !r.sound("dedupRetentionDays", "messageRetentionSeconds") {
		return
	}
	least := time.Duration(s.Queue.MessageRetentionSeconds)*time.Second + genesysRetries + eventBridgeRetries
	if s.DedupRetention < least {
		days := (least + day - 1) / day
		r.wrongValue("dedupRetentionDays",
			fmt.Sprintf("a record must outlive its message and every retry of it: messageRetentionSeconds + 4 days of retries by Genesys + 1 by EventBridge = %d days, or a late duplicate runs again", days),
			fmt.Sprintf("pulumi config set dedupRetentionDays %d", days))
	}
}

func (r *reader) checkDownstream(s Settings, secret func(string) bool) {
	if s.DownstreamURL != "" && !deliverable(s.DownstreamURL) {
		r.wrongValue("downstreamUrl", "events hold personal data, so it must be an https URL, or http to a loopback address, without user name or fragment",
			"pulumi config set downstreamUrl https://<host>/<path>")
	}
	r.checkSecret("downstreamSecret", "token", secret)
	if s.HasDownstreamSecret && s.DownstreamURL == "" {
		r.problems = append(r.problems, &Problem{
			Key: "downstreamSecret", Value: "set", Rule: "it is sent to downstreamUrl, which is not set",
			Fix: "pulumi config set downstreamUrl https://<host>/<path>, or pulumi config rm downstreamSecret",
		})
	}
}

// checkSecret wants a secret to be encrypted where it stands. The value itself is never repeated.
func (r *reader) checkSecret(key, what string, encrypted func(string) bool) {
	if r.text(key) != "" && !encrypted(key) {
		r.problems = append(r.problems, &Problem{
			Key: key, Value: "in clear", Rule: "it must be encrypted in the stack file",
			Fix: "replace the " + what + ", since this one may be in your version control, with pulumi config set --secret " + key,
		})
	}
}

func deliverable(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	if u.Scheme == "https" {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}
