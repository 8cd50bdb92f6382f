package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cc-eventbridge/function/contract"
)

// Policy is a rule about what a stack declares, or about what an edit does to it.
type Policy struct {
	// Name is what a finding is called, and what ACCEPT names.
	Name string
	// Says is the rule.
	Says string
	// Scanners are the rules of public scanners that it stands for: checkov's CKV…, cfn-lint's E….
	Scanners []string
	// Acceptable policies are about an edit that may be meant. A reviewer can let it pass by name.
	Acceptable bool
	check      func(*view)
}

// Finding is something that a policy says no to.
type Finding struct {
	Policy   string `json:"policy"`
	URN      string `json:"resource"`
	Says     string `json:"says"`
	Accepted bool   `json:"accepted,omitempty"`
}

// view is what a policy looks at.
type view struct {
	now *Graph
	// changes are those against the committed graph; none where there is none to compare with.
	changes  []Change
	policy   Policy
	findings []Finding
}

func (v *view) refuse(urn, format string, a ...any) {
	v.findings = append(v.findings, Finding{Policy: v.policy.Name, URN: urn, Says: fmt.Sprintf(format, a...)})
}

// apply holds a graph, and what changes, to all policies.
func apply(now *Graph, changes []Change) []Finding {
	v := &view{now: now, changes: changes}
	for _, p := range policies {
		v.policy = p
		p.check(v)
	}
	return v.findings
}

// Waived are rules of public scanners that the stack does not follow, and why.
var waived = map[string]string{
	"CKV_AWS_18":  "the payload bucket has no access log: only the function and Genesys's role use it, and CloudTrail has data events",
	"CKV_AWS_21":  "payloads are written once under a name of their own, and expire",
	"CKV_AWS_50":  "tracing is on; it is no danger if it is not",
	"CKV_AWS_115": "the event source mapping's maximum bounds concurrency; reserved concurrency would throttle, which uses up tries",
	"CKV_AWS_116": "the source is a queue: its own dead-letter queue gets what fails (policy redrive)",
	"CKV_AWS_117": "the function talks to public endpoints of AWS and of the downstream; a VPC adds a NAT gateway and nothing to protect",
	"CKV_AWS_119": "the table holds ids, no payloads; AWS's own key encrypts it",
	"CKV_AWS_144": "payloads live for days, and the queues that point to them are in one region",
	"CKV_AWS_145": "AES256 encrypts the bucket; a key of one's own would have to be open to Genesys's role",
	"CKV_AWS_149": "AWS's own key encrypts the secret; who may read it is up to its policy",
	"CKV_AWS_158": "logs hold ids, no payloads",
	"CKV_AWS_173": "the environment holds names, no secrets (policy no-plain-secret)",
	"CKV_AWS_272": "who may deploy the stack builds the function; a signing profile would be theirs, too",
	"CKV2_AWS_57": "the downstream's owner issues the token: rotating it is a config change",
	"CKV2_AWS_62": "nothing acts on a new payload: the message that points to it does",
}

var policies = []Policy{
	{"encryption", "queues, topics and the payload bucket are encrypted at rest", []string{"CKV_AWS_19", "CKV_AWS_26", "CKV_AWS_27"}, false, encryption},
	{"key-rotation", "keys are rotated", []string{"CKV_AWS_7"}, false, keyRotation},
	{"tls-only", "queues, buckets and topics refuse requests without TLS", []string{"CKV_AWS_379"}, false, tlsOnly},
	{
		"not-public", "buckets block public access",
		[]string{"CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56", "CKV2_AWS_6"},
		false, notPublic,
	},
	{
		"no-wildcard", "no statement allows everybody, every action, or every resource where one can be named",
		[]string{"CKV_AWS_33", "CKV_AWS_62", "CKV_AWS_63", "CKV_AWS_70", "CKV_AWS_168", "CKV_AWS_169", "CKV_AWS_290", "CKV_AWS_355"},
		false, noWildcard,
	},
	{"exact-trust", "a role is assumed by one AWS service, or by one account with an external id", []string{"CKV_AWS_60", "CKV_AWS_61"}, false, exactTrust},
	{"redrive", "what fails on a consumed queue goes to a dead-letter queue, which takes it from that queue alone", nil, false, redrive},
	{"retention-order", "a dead-letter queue keeps messages for at least as long as the queue before it", nil, false, retentionOrder},
	{"retention-lowered", "a shorter retention deletes what is older at once", nil, true, retentionLowered},
	{"visibility", "a queue's visibility timeout is at least 6 function timeouts and the batching window", []string{"E3505"}, false, visibility},
	{"partial-batch", "a message that fails does not take its batch along", nil, false, partialBatch},
	{"concurrency", "the mapping bounds concurrency, and the function has as much as it allows", nil, false, concurrency},
	{
		"recovery", "in production, what holds data is protected and can be restored",
		[]string{"CKV_AWS_28"},
		false, recovery,
	},
	{"data-kept", "what holds data is neither deleted nor replaced", nil, true, dataKept},
	{"intake-kept", "Genesys Cloud can go on sending", nil, true, intakeKept},
	{"delivered", "a stack that delivers goes on delivering", nil, true, delivered},
	{"log-retention", "logs expire, in production after a year or more", []string{"CKV_AWS_66", "CKV_AWS_338"}, false, logRetention},
	{"no-plain-secret", "no secret stands in a function's environment", []string{"CKV_AWS_45"}, false, noPlainSecret},
	{"alarm-actions", "every alarm tells somebody, and no alarm goes", []string{"CKV_AWS_319"}, false, alarmActions},
	{"tags", "production is tagged with application and environment", nil, false, tags},
}

const (
	queueType   = "aws:sqs/queue:Queue"
	redriveType = "aws:sqs/redrivePolicy:RedrivePolicy"
	allowType   = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"
	bucketType  = "aws:s3/bucketV2:BucketV2"
	topicType   = "aws:sns/topic:Topic"
	tableType   = "aws:dynamodb/table:Table"
	mappingType = "aws:lambda/eventSourceMapping:EventSourceMapping"
	lambdaType  = "aws:lambda/function:Function"
	roleType    = "aws:iam/role:Role"
)

// production reports whether a stack is one, by its name or its tag environment.
func (g *Graph) production() bool {
	is := func(name string) bool {
		return name == "prod" || name == "production" || strings.HasPrefix(name, "prod-")
	}
	return is(g.Stack) || is(g.DefaultTags["environment"])
}

// unknown stands for a value that AWS has yet to choose. Only the engine has such; no policy says anything of them.
type unknown struct{}

// at is a value within inputs; nil where there is none.
func at(r Resource, path ...string) any {
	var v any = r.Inputs
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return v
		}
		v = m[name]
	}
	return v
}

func isUnknown(v any) bool { _, ok := v.(unknown); return ok }

func text(r Resource, path ...string) string { s, _ := at(r, path...).(string); return s }

// num is a number; ok is false where there is none that is known.
func num(r Resource, path ...string) (n float64, ok bool) {
	n, ok = at(r, path...).(float64)
	return n, ok
}

// is reports whether a switch is on, or not known.
func is(r Resource, path ...string) bool { v := at(r, path...); return v == true || isUnknown(v) }

// of reports whether a resource's property names another resource: its ARN, URL or name.
func of(v any, r Resource) bool {
	name := text(r, "name")
	if name == "" {
		name = text(r, "bucket")
	}
	s, ok := v.(string)
	if isUnknown(v) {
		return true
	}
	for _, end := range []string{":" + name, "/" + name, ":" + r.Name()} {
		if ok && (s == name || strings.HasSuffix(s, end)) && name != "" {
			return true
		}
	}
	return false
}

func encryption(v *view) {
	for _, r := range v.now.each(queueType) {
		if !is(r, "sqsManagedSseEnabled") && at(r, "kmsMasterKeyId") == nil {
			v.refuse(r.URN, "the queue is not encrypted: it holds events of callers")
		}
	}
	for _, r := range v.now.each(topicType) {
		if at(r, "kmsMasterKeyId") == nil {
			v.refuse(r.URN, "the topic is not encrypted")
		}
	}
	sse := v.now.each("aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2")
	for _, r := range v.now.each(bucketType) {
		if !slices.ContainsFunc(sse, func(s Resource) bool { return of(at(s, "bucket"), r) }) {
			v.refuse(r.URN, "the bucket has no encryption: it holds payloads of callers")
		}
	}
}

func keyRotation(v *view) {
	for _, r := range v.now.each("aws:kms/key:Key") {
		if !is(r, "enableKeyRotation") {
			v.refuse(r.URN, "the key is not rotated")
		}
	}
}

// statements are those of a policy document. known is false where the document is not known yet.
func statements(document any) (list []map[string]any, known bool) {
	d, ok := document.(map[string]any)
	if !ok {
		return nil, !isUnknown(document)
	}
	switch s := d["Statement"].(type) {
	case []any:
		for _, e := range s {
			if m, ok := e.(map[string]any); ok {
				list = append(list, m)
			}
		}
	case map[string]any:
		list = append(list, s)
	}
	return list, true
}

// texts is a text, or a list of them.
func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, texts(e)...)
		}
		return all
	}
	return nil
}

// inside is a member of a member of a statement.
func inside(statement map[string]any, names ...string) any {
	return at(Resource{Inputs: statement}, names...)
}

func tlsOnly(v *view) {
	deny := func(document any) bool {
		all, known := statements(document)
		return !known || slices.ContainsFunc(all, func(s map[string]any) bool {
			return s["Effect"] == "Deny" && slices.Equal(texts(s["Principal"]), []string{"*"}) &&
				fmt.Sprint(inside(s, "Condition", "Bool", "aws:SecureTransport")) == "false"
		})
	}
	for _, t := range []struct{ kind, policy, by, what string }{
		{queueType, "aws:sqs/queuePolicy:QueuePolicy", "queueUrl", "queue"},
		{bucketType, "aws:s3/bucketPolicy:BucketPolicy", "bucket", "bucket"},
		{topicType, "aws:sns/topicPolicy:TopicPolicy", "arn", "topic"},
	} {
		for _, r := range v.now.each(t.kind) {
			if !slices.ContainsFunc(v.now.each(t.policy), func(p Resource) bool { return of(at(p, t.by), r) && deny(at(p, "policy")) }) {
				v.refuse(r.URN, "the %s takes requests without TLS", t.what)
			}
		}
	}
}

func notPublic(v *view) {
	blocks := v.now.each("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
	for _, r := range v.now.each(bucketType) {
		if !slices.ContainsFunc(blocks, func(b Resource) bool {
			return of(at(b, "bucket"), r) && is(b, "blockPublicAcls") && is(b, "blockPublicPolicy") && is(b, "ignorePublicAcls") && is(b, "restrictPublicBuckets")
		}) {
			v.refuse(r.URN, "the bucket can be made public")
		}
	}
}

// unnameable are actions that AWS knows no resources for (Service Authorization Reference), or that read nothing but states.
var unnameable = []string{"xray:PutTraceSegments", "xray:PutTelemetryRecords", "cloudwatch:DescribeAlarms"}

func noWildcard(v *view) {
	for _, r := range v.now.Resources {
		document := at(r, "policy")
		if document == nil {
			document = at(r, "assumeRolePolicy")
		}
		all, _ := statements(document)
		for _, s := range all {
			if s["Effect"] != "Allow" {
				continue
			}
			actions := texts(s["Action"])
			if slices.Contains(texts(s["Principal"]), "*") || slices.Contains(texts(inside(s, "Principal", "AWS")), "*") {
				v.refuse(r.URN, "statement %v allows everybody", s["Sid"])
			}
			if s["NotAction"] != nil || s["NotPrincipal"] != nil || slices.ContainsFunc(actions, func(a string) bool { return strings.Contains(a, "*") }) {
				v.refuse(r.URN, "statement %v allows more than the actions that it names: %s", s["Sid"], strings.Join(actions, ", "))
			}
			named := func(action string) bool { return slices.Contains(unnameable, action) }
			// In a key's own policy * is the key.
			everything := slices.Contains(texts(s["Resource"]), "*") && r.Type() != "aws:kms/key:Key"
			if everything && !(len(actions) > 0 && !slices.ContainsFunc(actions, func(a string) bool { return !named(a) })) {
				v.refuse(r.URN, "statement %v allows %s on every resource of the account", s["Sid"], strings.Join(actions, ", "))
			}
		}
	}
}

var accountRoot = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:root$`)

func exactTrust(v *view) {
	for _, r := range v.now.each(roleType) {
		all, known := statements(at(r, "assumeRolePolicy"))
		if known && len(all) == 0 {
			v.refuse(r.URN, "it is not known who assumes the role")
		}
		for _, s := range all {
			service, other := texts(inside(s, "Principal", "Service")), texts(inside(s, "Principal", "AWS"))
			p, _ := s["Principal"].(map[string]any)
			switch {
			case len(p) == 1 && len(service) == 1 && p["Service"] != nil:
			case len(p) == 1 && len(other) == 1 && accountRoot.MatchString(other[0]):
				if ids := texts(inside(s, "Condition", "StringEquals", "sts:ExternalId")); len(ids) != 1 || ids[0] == "" || strings.Contains(ids[0], "*") {
					v.refuse(r.URN, "account %s assumes the role without one exact external id: it could be made to do so by another of its customers", other[0])
				}
			default:
				v.refuse(r.URN, "the role is assumed by something else than one AWS service or one account: %v", s["Principal"])
			}
		}
	}
}

// consumed are the queues that a mapping reads.
func (g *Graph) consumed() map[string]Resource {
	all := map[string]Resource{}
	for _, m := range g.each(mappingType) {
		for _, q := range g.each(queueType) {
			if of(at(m, "eventSourceArn"), q) && !isUnknown(at(m, "eventSourceArn")) {
				all[q.URN] = q
			}
		}
	}
	return all
}

// behind is the dead-letter queue of a queue.
func (g *Graph) behind(q Resource) (policy, target Resource, ok bool) {
	for _, p := range g.each(redriveType) {
		if !of(at(p, "queueUrl"), q) || isUnknown(at(p, "queueUrl")) {
			continue
		}
		for _, d := range g.each(queueType) {
			if of(at(p, "redrivePolicy", "deadLetterTargetArn"), d) {
				return p, d, true
			}
		}
	}
	return policy, target, false
}

func redrive(v *view) {
	for _, q := range v.now.consumed() {
		p, d, ok := v.now.behind(q)
		if !ok {
			v.refuse(q.URN, "no dead-letter queue is behind the queue: what fails is tried until it expires, and is lost")
			continue
		}
		if n, ok := num(p, "redrivePolicy", "maxReceiveCount"); ok && n < 2 {
			v.refuse(p.URN, "a message has %v try: one throttled invocation sets it aside", n)
		}
		if !slices.ContainsFunc(v.now.each(allowType), func(a Resource) bool {
			from := texts(at(a, "redriveAllowPolicy", "sourceQueueArns"))
			return of(at(a, "queueUrl"), d) && (isUnknown(at(a, "redriveAllowPolicy")) || len(from) == 1 && of(from[0], q))
		}) {
			v.refuse(d.URN, "the dead-letter queue takes messages of other queues than %s", q.Name())
		}
	}
}

func retentionOrder(v *view) {
	for _, q := range v.now.each(queueType) {
		if _, d, ok := v.now.behind(q); ok {
			first, a := num(q, "messageRetentionSeconds")
			second, b := num(d, "messageRetentionSeconds")
			if a && b && second < first {
				v.refuse(d.URN, "it keeps messages for %s, the queue before it for %s: the clock starts when a message was first sent",
					duration(second), duration(first))
			}
		}
	}
}

func retentionLowered(v *view) {
	for _, c := range v.changes {
		for _, path := range []string{"messageRetentionSeconds", "retentionInDays", "retentionDays"} {
			old, a := num(c.before, path)
			next, b := num(c.after, path)
			if a && b && c.Action == updated && next < old {
				v.refuse(c.URN, "%s", sentence(last(c.before.Type()), Edit{Path: path, Old: old, New: next}))
			}
		}
	}
}

func visibility(v *view) {
	for _, m := range v.now.each(mappingType) {
		window, _ := num(m, "maximumBatchingWindowInSeconds")
		for _, f := range v.now.each(lambdaType) {
			timeout, ok := num(f, "timeout")
			for _, q := range v.now.consumed() {
				if has, known := num(q, "visibilityTimeoutSeconds"); ok && known && has < 6*timeout+window {
					v.refuse(q.URN, "visibility timeout %v s is below 6 x function timeout %v + batching window %v = %v s: "+
						"messages come again while they are worked on", has, timeout, window, 6*timeout+window)
				}
			}
		}
	}
}

func partialBatch(v *view) {
	for _, m := range v.now.each(mappingType) {
		if !slices.Contains(texts(at(m, "functionResponseTypes")), "ReportBatchItemFailures") {
			v.refuse(m.URN, "without ReportBatchItemFailures one failed message returns its whole batch")
		}
	}
}

func concurrency(v *view) {
	for _, m := range v.now.each(mappingType) {
		most, ok := num(m, "scalingConfig", "maximumConcurrency")
		if !ok || most < 2 || most > 1000 {
			v.refuse(m.URN, "the mapping does not bound concurrency to 2 to 1000: nothing protects the downstream")
			continue
		}
		for _, f := range v.now.each(lambdaType) {
			if reserved, set := num(f, "reservedConcurrentExecutions"); set && reserved >= 0 && reserved < most {
				v.refuse(f.URN, "reserved concurrency %v is below the mapping's %v: what is throttled uses up its tries", reserved, most)
			}
		}
	}
}

func recovery(v *view) {
	if !v.now.production() {
		return
	}
	for _, r := range v.now.Resources {
		kind := last(r.Type())
		if slices.Contains(data, kind) && kind != "Key" && !r.Protect {
			v.refuse(r.URN, "it is not protected: Pulumi may delete or replace it, and %s", losses[kind])
		}
	}
	for _, r := range v.now.each(tableType) {
		if !is(r, "pointInTimeRecovery", "enabled") {
			v.refuse(r.URN, "the table can't be restored to an earlier time")
		}
		if !is(r, "deletionProtectionEnabled") {
			v.refuse(r.URN, "the table can be deleted by anyone who may")
		}
	}
	for _, r := range v.now.each(bucketType) {
		if at(r, "forceDestroy") == true {
			v.refuse(r.URN, "a destroy deletes the bucket with all payloads")
		}
	}
}

func dataKept(v *view) {
	for _, c := range v.changes {
		kind := last(c.before.Type())
		if (c.Action == deleted || c.Action == replaced) && slices.Contains(data, kind) {
			v.refuse(c.URN, "%s: %s", c.Action, losses[kind])
		}
	}
}

func intakeKept(v *view) {
	for _, c := range v.changes {
		writer := c.before.Type() == roleType && c.before.Name() == "writer"
		kind := last(c.before.Type())
		if (c.Action == deleted || c.Action == replaced) && (writer || kind == "EventRule" || kind == "EventTarget") {
			v.refuse(c.URN, "%s: Genesys Cloud's events don't come in any more until its side is set up anew", c.Action)
		}
	}
}

func delivered(v *view) {
	url := []string{"environment", "variables", contract.EnvDownstreamURL}
	for _, c := range v.changes {
		if c.before.Type() == lambdaType && text(c.before, url...) != "" && text(c.after, url...) == "" &&
			at(c.after, "environment", "variables", contract.EnvRoutes) == nil {
			v.refuse(c.URN, "events are logged, recorded as done, and never delivered")
		}
	}
}

// yearOfLogs is what production keeps at least, in days.
const yearOfLogs = 365

func logRetention(v *view) {
	for _, r := range v.now.each("aws:cloudwatch/logGroup:LogGroup") {
		n, ok := num(r, "retentionInDays")
		switch {
		case !ok || n == 0:
			v.refuse(r.URN, "logs never expire")
		case v.now.production() && n < yearOfLogs:
			v.refuse(r.URN, "logs are kept for %v days, production's for %d or more", n, yearOfLogs)
		}
	}
}

var (
	secretName  = regexp.MustCompile(`(?i)(secret|token|password|passwd|credential|api_?key|private_?key)`)
	secretValue = regexp.MustCompile(`AKIA[0-9A-Z]{16}|-----BEGIN|(?i)bearer [a-z0-9]|://[^/@\s]+:[^/@\s]+@|^(sk|pk|ghp|xox[bp])[-_]`)
	// a reference is where a secret is, not what it is.
	reference = regexp.MustCompile(`^arn:`)
)

func noPlainSecret(v *view) {
	for _, f := range v.now.each(lambdaType) {
		variables, _ := at(f, "environment", "variables").(map[string]any)
		for _, name := range keys(variables, nil) {
			// A secret of Pulumi's is one in the environment, too: whoever may see the function reads it there.
			if value, _ := variables[name].(string); value == hidden || looksSecret(name, value) {
				v.refuse(f.URN, "variable %s holds a secret, which everybody reads who may see the function", name)
			}
		}
	}
}

// looksSecret reports whether a variable holds a secret, and not where one is.
func looksSecret(name, value string) bool {
	return secretValue.MatchString(value) || secretName.MatchString(name) && value != "" && !reference.MatchString(value)
}

func alarmActions(v *view) {
	consuming := slices.ContainsFunc(v.now.each(mappingType), func(m Resource) bool { return is(m, "enabled") })
	for _, r := range v.now.each("aws:cloudwatch/metricAlarm:MetricAlarm") {
		// What is in the list may not be known yet.
		if actions, list := at(r, "alarmActions").([]any); len(actions) == 0 && (list || at(r, "alarmActions") == nil) {
			v.refuse(r.URN, "the alarm tells nobody")
		}
		if at(r, "actionsEnabled") == false && consuming {
			v.refuse(r.URN, "the alarm's actions are off while messages are consumed")
		}
	}
	for _, c := range v.changes {
		if c.Action == deleted && c.before.Type() == "aws:cloudwatch/metricAlarm:MetricAlarm" && consuming {
			v.refuse(c.URN, "the alarm goes: nobody is told of this any more")
		}
	}
}

func tags(v *view) {
	if !v.now.production() {
		return
	}
	for _, tag := range []string{"application", "environment"} {
		if v.now.DefaultTags[tag] == "" {
			v.refuse("aws:defaultTags", "tag %s is missing: costs and owners of production are found by it", tag)
		}
	}
}
