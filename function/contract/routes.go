package contract

import (
	"slices"
	"strings"
)

// Route sends the events of some topics to targets. The first route that matches an event is its route.
type Route struct {
	// Name names the route in metrics, logs and errors: 1 to 32 lower-case letters, digits and hyphens.
	Name string `json:"name"`
	// Topics are patterns of topics, or of a direct event's types: see MatchTopic. None matches every event: that is the
	// default, the last route.
	Topics []string `json:"topics,omitempty"`
	// Targets are where an event goes, to each of them. None drops it.
	Targets []Target `json:"targets,omitempty"`
}

// Matches reports whether the route is for events of a topic.
func (r Route) Matches(topic string) bool {
	return len(r.Topics) == 0 || slices.ContainsFunc(r.Topics, func(pattern string) bool { return MatchTopic(pattern, topic) })
}

// MatchTopic reports whether a pattern matches a topic: character by character, but for a *, which stands for any characters or
// none. If what is matched is itself a pattern, it reports whether every topic that this one matches is matched.
func MatchTopic(pattern, topic string) bool {
	start, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == topic
	}
	topic, found := strings.CutPrefix(topic, start)
	for found {
		part, others, wild := strings.Cut(rest, "*")
		if !wild {
			return strings.HasSuffix(topic, part)
		}
		_, topic, found = strings.Cut(topic, part)
		rest = others
	}
	return false
}

// TargetKind is what a target is.
type TargetKind string

// The kinds of targets.
const (
	TargetHTTP          TargetKind = "http"
	TargetEventBridge   TargetKind = "eventbridge"
	TargetSQS           TargetKind = "sqs"
	TargetStepFunctions TargetKind = "step-functions"
	TargetLambda        TargetKind = "lambda"
	TargetFirehose      TargetKind = "firehose"
	TargetLog           TargetKind = "log"
)

// Format is what a target is sent.
type Format string

// The formats. FormatBody is what the empty format means.
const (
	FormatBody              Format = "body"               // our own, see docs/downstream.md
	FormatCloudEvents       Format = "cloudevents"        // CloudEvents 1.0, structured mode
	FormatCloudEventsBinary Format = "cloudevents-binary" // CloudEvents 1.0, binary mode; HTTP only
	FormatPayload           Format = "payload"            // the event's payload exactly as it came
)

// Large is what becomes of an event that is too large for a target. LargeQuarantine is what the empty value means.
type Large string

// What becomes of a large event.
const (
	LargeQuarantine Large = "quarantine"
	LargeClaimCheck Large = "claimCheck"
)

// Target is where events go.
type Target struct {
	// Name is unique in a stack and written into records of events: 1 to 32 lower-case letters, digits and hyphens. One
	// that is renamed is another target.
	Name string     `json:"name"`
	Kind TargetKind `json:"kind"`
	// Address is the URL of an HTTP endpoint or queue, else the ARN; empty for the log.
	Address string `json:"address,omitempty"`
	Format  Format `json:"format,omitempty"`
	Large   Large  `json:"large,omitempty"`
	Auth    *Auth  `json:"auth,omitempty"`
	// TimeoutSeconds bounds one request; 0 means DefaultDownstreamTimeout.
	TimeoutSeconds int `json:"timeoutSeconds,omitempty"`
}

// AuthKind is how a request says who sends it.
type AuthKind string

// The ways of an HTTP target.
const (
	AuthBearer  AuthKind = "bearer"  // the secret is the token
	AuthOAuth2  AuthKind = "oauth2"  // client credentials; the secret is the client's
	AuthWebhook AuthKind = "webhook" // a Standard Webhooks signature; the secret is the key, whsec_…
	AuthSigV4   AuthKind = "sigv4"   // signed with the function's role; no secret
)

// Auth is how an HTTP target is shown who sends.
type Auth struct {
	Kind AuthKind `json:"kind"`
	// SecretARN is of a secret in Secrets Manager.
	SecretARN string `json:"secretArn,omitempty"`
	// TokenURL, ClientID and Scope are OAuth 2's.
	TokenURL string `json:"tokenUrl,omitempty"`
	ClientID string `json:"clientId,omitempty"`
	Scope    string `json:"scope,omitempty"`
	// Service and Region are SigV4's.
	Service string `json:"service,omitempty"`
	Region  string `json:"region,omitempty"`
}
