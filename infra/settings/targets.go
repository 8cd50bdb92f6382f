package settings

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"cc-eventbridge/function/contract"
)

var (
	routeName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
	queueURL  = regexp.MustCompile(`^https?://[A-Za-z0-9.:-]+/[0-9]{12}/[A-Za-z0-9_-]{1,80}(\.fifo)?$`)
	// awsQueue is a queue at AWS's own address, or behind a VPC endpoint's. It has the region.
	awsQueue   = regexp.MustCompile(`^https://(?:[a-z0-9.-]+\.)?sqs\.([a-z0-9-]+)\.`)
	busARN     = regexp.MustCompile(`^arn:aws[a-z-]*:events:[a-z0-9-]+:[0-9]{12}:event-bus/[A-Za-z0-9._/-]{1,256}$`)
	machineARN = regexp.MustCompile(`^arn:aws[a-z-]*:states:[a-z0-9-]+:[0-9]{12}:stateMachine:[A-Za-z0-9_-]{1,80}(:[A-Za-z0-9_-]{1,80})?$`)
	streamARN  = regexp.MustCompile(`^arn:aws[a-z-]*:firehose:[a-z0-9-]+:[0-9]{12}:deliverystream/[A-Za-z0-9._-]{1,64}$`)
	kmsKeyARN  = regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]{1,64}$`)
)

// ownResource is a queue or function of a pipeline, this one or another, or a partner's bus.
var ownResource = regexp.MustCompile(`-cc-eventbridge-(ingestion|dlq|validation|rule-dlq|processor)(:[^:/]*)?$|:event-bus/aws\.partner/`)

const nameRule = "it must be 1 to 32 of a-z 0-9 -, and begin with a letter or digit: metrics, logs and records of events have it"

// addresses says of each kind what its address must be.
var addresses = map[contract.TargetKind]struct {
	sound func(string) bool
	rule  string
}{
	contract.TargetHTTP:          {deliverable, personalData},
	contract.TargetSQS:           {queueURL.MatchString, "it must be the URL of a queue, as SQS shows it"},
	contract.TargetEventBridge:   {busARN.MatchString, "it must be the ARN of an event bus"},
	contract.TargetStepFunctions: {machineARN.MatchString, "it must be the ARN of a state machine, or of a version or alias of it"},
	contract.TargetLambda:        {functionARN.MatchString, "it must be the ARN of a Lambda function, or of a version or alias of it"},
	contract.TargetFirehose:      {streamARN.MatchString, "it must be the ARN of a Firehose stream"},
	contract.TargetLog:           {func(address string) bool { return address == "" }, "the log has no address"},
}

// kinds and what else a target can say, in the order of the contract.
var (
	kinds = []contract.TargetKind{
		contract.TargetHTTP, contract.TargetEventBridge, contract.TargetSQS, contract.TargetStepFunctions, contract.TargetLambda,
		contract.TargetFirehose, contract.TargetLog,
	}
	formats = []contract.Format{contract.FormatBody, contract.FormatCloudEvents, contract.FormatCloudEventsBinary, contract.FormatPayload}
	larges  = []contract.Large{contract.LargeQuarantine, contract.LargeClaimCheck}
	auths   = []contract.AuthKind{contract.AuthBearer, contract.AuthOAuth2, contract.AuthWebhook, contract.AuthSigV4}
)

// oneOf says which values there are, and which was probably meant.
func oneOf[T ~string](value T, all []T) string {
	names := make([]string, len(all))
	for i, one := range all {
		names[i] = string(one)
	}
	return "it must be one of " + strings.Join(names, ", ") + nearest(string(value), names)
}

// takesSecret reports whether the target is shown who sends by a secret.
func (t Target) takesSecret() bool {
	return t.Auth != nil && (t.Auth.Kind == contract.AuthBearer || t.Auth.Kind == contract.AuthOAuth2 || t.Auth.Kind == contract.AuthWebhook)
}

// checkTarget checks a target by itself. An address is never repeated.
func (c *checker) checkTarget(at string, t Target) {
	if t.unread != "" {
		c.bad(at, t.Name, t.unread, "edit it in the stack's file")
		return
	}
	if !routeName.MatchString(t.Name) {
		c.bad(at+".name", t.Name, nameRule, set(at+".name", "<name>"))
	}
	address, known := addresses[t.Kind]
	switch {
	case !known:
		c.bad(at+".kind", string(t.Kind), oneOf(t.Kind, kinds), set(at+".kind", "http"))
	case !address.sound(t.Address):
		value := ""
		if t.Address != "" {
			value = shownAs
		}
		fix := set(at+".address", "<address>")
		if t.Kind == contract.TargetLog {
			fix = "pulumi config rm --path '" + at + ".address'"
		}
		c.bad(at+".address", value, address.rule, fix)
	}
	if known && t.Kind != contract.TargetHTTP && ownResource.MatchString(t.Address) {
		c.bad(at+".address", shownAs, "events would come around: it is a part of a pipeline, or the bus of a partner, to which only the partner sends",
			set(at+".address", "<address>"))
	}
	if t.Format != "" && !slices.Contains(formats, t.Format) {
		c.bad(at+".format", string(t.Format), oneOf(t.Format, formats), set(at+".format", string(contract.FormatBody)))
	}
	if t.Format == contract.FormatCloudEventsBinary && known && t.Kind != contract.TargetHTTP {
		c.bad(at+".format", string(t.Format), "its headers are HTTP's", set(at+".format", string(contract.FormatCloudEvents)))
	}
	if t.Large != "" && !slices.Contains(larges, t.Large) {
		c.bad(at+".large", string(t.Large), oneOf(t.Large, larges), set(at+".large", string(contract.LargeQuarantine)))
	}
	if t.Large == contract.LargeClaimCheck && (t.Kind == contract.TargetHTTP || t.Kind == contract.TargetLog) {
		c.bad(at+".large", string(t.Large), "no event is too large for it", "pulumi config rm --path '"+at+".large'")
	}
	if longest := longestDownstreamSeconds(c.Function.TimeoutSeconds); c.sound("functionTimeoutSeconds") && (t.TimeoutSeconds < 0 || t.TimeoutSeconds > longest) {
		c.bad(at+".timeoutSeconds", fmt.Sprint(t.TimeoutSeconds), fmt.Sprintf("it must be a whole number from 1, or 0 for the default: "+cutOff,
			c.Function.TimeoutSeconds, longest), set(at+".timeoutSeconds", fmt.Sprint(longest))+", or raise functionTimeoutSeconds")
	}
	if t.KMSKeyARN != "" && (t.Kind != contract.TargetSQS || !kmsKeyARN.MatchString(t.KMSKeyARN)) {
		c.bad(at+".kmsKeyArn", t.KMSKeyARN, "it is the ARN of the KMS key of an encrypted queue, which other targets don't have",
			"pulumi config rm --path '"+at+".kmsKeyArn', or set the key's ARN")
	}
	c.checkAuth(at+".auth", t)
}

func (c *checker) checkAuth(at string, t Target) {
	if t.Auth == nil {
		return
	}
	a := *t.Auth
	if t.Kind != contract.TargetHTTP {
		c.bad(at, string(a.Kind), "only an HTTP target is shown who sends: AWS knows the function by its role", "pulumi config rm --path '"+at+"'")
		return
	}
	if !slices.Contains(auths, a.Kind) {
		c.bad(at+".kind", string(a.Kind), oneOf(a.Kind, auths), set(at+".kind", string(contract.AuthBearer)))
		return
	}
	if a.SecretARN != "" {
		c.bad(at+".secretArn", shownAs, "the stack makes the secret", "pulumi config rm --path '"+at+".secretArn', and set the secret in targetSecrets")
	}
	if t.takesSecret() && !slices.Contains(c.TargetSecrets, t.Name) {
		c.bad(targetSecrets+"."+t.Name, "", at+" needs it", "pulumi config set --path --secret '"+targetSecrets+"."+t.Name+"'")
	}
	members := []struct {
		name, value string
		of          contract.AuthKind
		needed      bool
	}{
		{"tokenUrl", a.TokenURL, contract.AuthOAuth2, true},
		{"clientId", a.ClientID, contract.AuthOAuth2, true},
		{"scope", a.Scope, contract.AuthOAuth2, false},
		{"service", a.Service, contract.AuthSigV4, true},
		{"region", a.Region, contract.AuthSigV4, false},
	}
	for _, m := range members {
		switch {
		case m.value != "" && a.Kind != m.of:
			c.bad(at+"."+m.name, shownAs, "it is "+string(m.of)+"'s, and the kind is "+string(a.Kind), "pulumi config rm --path '"+at+"."+m.name+"'")
		case m.value == "" && a.Kind == m.of && m.needed:
			c.bad(at+"."+m.name, "", string(a.Kind)+" needs it", set(at+"."+m.name, "<value>"))
		}
	}
	if a.Kind == contract.AuthOAuth2 && a.TokenURL != "" && !deliverable(a.TokenURL) {
		c.bad(at+".tokenUrl", shownAs, "the client's secret goes there, so it must be an https URL, or http to a loopback address, without user name",
			set(at+".tokenUrl", "https://<host>/<path>"))
	}
}

// QueueARN is the ARN of a target that is a queue, which has the same parts as its URL. The region of one that is not at AWS's
// own address is the stack's.
func (t Target) QueueARN(partition, region string) string {
	if match := awsQueue.FindStringSubmatch(t.Address); match != nil {
		region = match[1]
	}
	u, err := url.Parse(t.Address)
	if err != nil {
		return ""
	}
	return strings.Join([]string{"arn", partition, "sqs", region, strings.ReplaceAll(strings.TrimPrefix(u.Path, "/"), "/", ":")}, ":")
}
