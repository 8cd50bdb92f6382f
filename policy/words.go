package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"cc-eventbridge/function/contract"
)

// spoken is how a reviewer speaks of a property.
type spoken struct {
	label string
	// value writes a value; nil is as it is.
	value func(any) string
	// lowered and raised say what follows; %s is the new value. Both may be empty.
	lowered, raised string
}

// properties are those that people tune, by the last part of the type and the path.
var properties = map[string]spoken{
	"Queue.messageRetentionSeconds":  {"message retention", duration, "messages older than %s are deleted at once", ""},
	"Queue.visibilityTimeoutSeconds": {"visibility timeout", seconds, "", "a message that failed comes back later"},
	"Queue.maxMessageSize":           {"largest message", octets, "larger messages are refused when they are sent", ""},
	"Queue.receiveWaitTimeSeconds":   {"long polling", seconds, "", ""},
	"RedrivePolicy.redrivePolicy.maxReceiveCount": {
		"tries before the dead-letter queue", nil, "messages that fail are set aside sooner", "a poison message is tried more often",
	},
	"Function.timeout":                      {"function timeout", seconds, "a batch gets less time", ""},
	"Function.memorySize":                   {"function memory", megabytes, "the function gets less CPU, too", "the function gets more CPU, too, and costs more"},
	"Function.reservedConcurrentExecutions": {"reserved concurrency", nil, "", "taken from what the account's other functions can have"},
	"Function.architectures":                {"architecture", nil, "", ""},
	"EventSourceMapping.batchSize":          {"batch size", nil, "more invocations and DynamoDB calls per event", "one slow event holds up more others"},
	"EventSourceMapping.maximumBatchingWindowInSeconds": {
		"batching window", seconds, "", "events wait longer when traffic is thin",
	},
	"EventSourceMapping.scalingConfig.maximumConcurrency": {
		"maximum concurrency", nil, "a backlog takes longer", "the downstream gets more requests at a time",
	},
	"EventSourceMapping.enabled":                     {"consumer enabled", nil, "", ""},
	"LogGroup.retentionInDays":                       {"log retention", days, "logs older than %s are deleted", ""},
	"EventArchive.retentionDays":                     {"archive retention", days, "archived events older than %s are deleted", ""},
	"Table.deletionProtectionEnabled":                {"deletion protection", nil, "", ""},
	"Table.pointInTimeRecovery.enabled":              {"point-in-time recovery", nil, "", ""},
	"Key.deletionWindowInDays":                       {"deletion window", days, "", ""},
	"Secret.recoveryWindowInDays":                    {"recovery window", days, "a deleted secret can be restored for %s", ""},
	"DeploymentStrategy.deploymentDurationInMinutes": {"rollout of flags", minutes, "new flags reach more of the function before anybody sees what they do", ""},
	"DeploymentStrategy.finalBakeTimeInMinutes":      {"watch over new flags", minutes, "bad flags have less time to show", ""},
	"BucketLifecycleConfigurationV2.rules[].expiration.days": {
		"payload retention", days, "payloads older than %s are deleted", "",
	},
	"BucketV2.forceDestroy": {"deletion with all objects", nil, "", ""},
	"Role.path":             {"path", nil, "", ""},
	"MetricAlarm.threshold": {"threshold", nil, "", ""},
}

// switched are the consequences of properties that are on or off, by the new value.
var switched = map[string]string{
	"EventSourceMapping.enabled false":                                    "nothing is consumed, and the queue fills up to its retention",
	"EventSourceMapping.enabled true":                                     "what waits in the queue is consumed",
	"Table.deletionProtectionEnabled false":                               "the table can be deleted by anyone who may",
	"Table.pointInTimeRecovery.enabled false":                             "the table can't be restored to an earlier time",
	"BucketV2.forceDestroy true":                                          "a destroy deletes the bucket with all payloads",
	"Function.environment.variables." + contract.EnvDownstreamURL + ` ""`: "events are logged, recorded as done, and never delivered",
	protection + " false":                                                 "Pulumi may delete and replace it from now on",
	protection + " true":                                                  "Pulumi refuses to delete or replace it from now on",
}

// losses say what is lost with a resource that is deleted or replaced, for good.
var losses = map[string]string{
	"Queue":             "every message in it is lost",
	"Table":             "every record in it is lost: events that come again are delivered again",
	"BucketV2":          "every payload in it is lost",
	"LogGroup":          "its logs are lost",
	"EventArchive":      "every archived event is lost, and with it the only copy of those above 256 KB",
	"EventBus":          "what Genesys Cloud sends meanwhile is lost",
	"EventBridgeSource": "what Genesys Cloud sends meanwhile is lost",
	"EventRule":         "events that match it meanwhile are lost",
	"EventTarget":       "events that come meanwhile are lost",
	"Secret":            "its value is gone",
	"Key":               "what it has encrypted can't be read any more",
	"Role":              "whoever assumes it needs the ARN of another one",
}

// lacks say what does not work without a resource: for good when it is deleted, until the new one is there when it is replaced.
var lacks = map[string]string{
	"EventSourceMapping": "nothing is consumed",
	"RedrivePolicy":      "a message that fails is tried until it expires, and never set aside",
	"RedriveAllowPolicy": "every queue of the account may use the dead-letter queue",
	"MetricAlarm":        "nobody is told of this",
	"TopicSubscription":  "this subscriber is not told of alarms",
	"TopicPolicy":        "no alarm is published",
	"QueuePolicy":        "requests without TLS are not refused, and an EventBridge rule can't send",
	"BucketPolicy":       "requests without TLS are not refused",
	"RolePolicy":         "the role may do nothing",
	"Function":           "nothing is consumed",
}

// data are the types that hold what can't be made again.
var data = []string{"Queue", "Table", "BucketV2", "EventArchive", "EventBus", "EventBridgeSource", "Key"}

// last is the part of a type after its last colon.
func last(kind string) string { return kind[strings.LastIndex(kind, ":")+1:] }

// words are what a reviewer should know of a change.
func words(c Change) []string {
	r := c.before
	if c.Action == created {
		return []string{created}
	}
	kind := last(r.Type())
	switch c.Action {
	case kept:
		return []string{"leaves the stack and stays in AWS"}
	case deleted:
		return []string{clause(deleted, losses[kind]+lacks[kind])}
	}
	var lines []string
	if c.Action == replaced {
		because := make([]string, 0, 1)
		for _, e := range c.Edits {
			if e.Replaces {
				because = append(because, fmt.Sprintf("%s %s -> %s", e.Path, short(e.Old), short(e.New)))
			}
		}
		reason := " (" + strings.Join(because, ", ") + " can't be changed in place)"
		switch lack := lacks[kind]; {
		case newVersion[kind] != "":
			return []string{newVersion[kind] + ": " + strings.Join(because, ", ")}
		case lack != "":
			return []string{replaced + ": until the new one is there, " + lack + reason}
		}
		// What else differs in the new one is not what a reviewer has to decide about.
		return []string{clause(replaced, losses[kind]) + reason}
	}
	for _, e := range c.Edits {
		lines = append(lines, sentence(kind, e))
	}
	return lines
}

func clause(what, then string) string {
	if then == "" {
		return what
	}
	return what + ": " + then
}

// newVersion are the types that are one version of a thing: a change is a new one beside it.
var newVersion = map[string]string{
	"HostedConfigurationVersion": "a new version of the flags",
	"SecretVersion":              "a new value of the secret",
	"Deployment":                 "new flags are rolled out",
}

func sentence(kind string, e Edit) string {
	key := kind + "." + index.ReplaceAllString(e.Path, "[]")
	p, known := properties[key]
	if !known {
		p = spoken{label: e.Path}
		if e.Path == protection {
			p.label, key = "protection", protection
		}
	}
	write := p.value
	if write == nil {
		write = short
	}
	text := fmt.Sprintf("%s %s -> %s", p.label, write(e.Old), write(e.New))
	if of := unit(write(e.Old)); of != "" && of == unit(write(e.New)) {
		text = fmt.Sprintf("%s %s -> %s", p.label, strings.TrimSuffix(write(e.Old), " "+of), write(e.New))
	}
	if then := switched[key+" "+short(e.New)]; then != "" {
		return text + ": " + then
	}
	old, isOld := e.Old.(float64)
	next, isNew := e.New.(float64)
	then := ""
	switch {
	case isOld && isNew && next < old:
		then = p.lowered
	case isOld && isNew:
		then = p.raised
	}
	if then == "" {
		return text + ", in place"
	}
	if strings.Contains(then, "%s") {
		then = fmt.Sprintf(then, write(e.New))
	}
	return text + ": " + then
}

// unit is what stands after a number.
func unit(text string) string {
	number, of, ok := strings.Cut(text, " ")
	if _, err := strconv.ParseFloat(number, 64); !ok || err != nil {
		return ""
	}
	return of
}

func short(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case string:
		if v == "" {
			return `""`
		}
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	text, _ := json.Marshal(v)
	return string(text)
}

func in(of string) func(any) string {
	return func(v any) string {
		if v == nil {
			return "nothing"
		}
		return short(v) + " " + of
	}
}

var (
	seconds   = in("s")
	minutes   = in("minutes")
	days      = in("days")
	octets    = in("bytes")
	megabytes = in("MB")
)

// duration writes seconds as days or hours where they are whole ones.
func duration(v any) string {
	n, ok := v.(float64)
	switch whole := int(n); {
	case !ok:
		return short(v)
	case whole%86400 == 0 && whole > 0:
		return short(n/86400) + " days"
	case whole%3600 == 0 && whole > 0:
		return short(n/3600) + " hours"
	}
	return seconds(v)
}
