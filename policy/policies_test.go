package main

import (
	"slices"
	"strings"
	"testing"
)

// graphOf is the committed graph of a stack.
func graphOf(t *testing.T, stack string) *Graph {
	t.Helper()
	g, err := readGraph(graphFile(root, stack))
	if err != nil || g == nil {
		t.Fatalf("the graph of %s: %v", stack, err)
	}
	return g
}

// set changes a property of a resource; nil takes it away.
func set(g *Graph, urn string, value any, path ...string) {
	for _, r := range g.Resources {
		if r.URN != urn {
			continue
		}
		m := r.Inputs
		for _, name := range path[:len(path)-1] {
			m = m[name].(map[string]any)
		}
		if m[path[len(path)-1]] = value; value == nil {
			delete(m, path[len(path)-1])
		}
		return
	}
	panic("no resource " + urn)
}

func without(g *Graph, urn string) {
	n := len(g.Resources)
	if g.Resources = slices.DeleteFunc(g.Resources, func(r Resource) bool { return r.URN == urn }); len(g.Resources) == n {
		panic("no resource " + urn)
	}
}

func document(statements ...any) map[string]any { return map[string]any{"Statement": statements} }

func statement(effect string, principal, action, resource any) map[string]any {
	return map[string]any{"Sid": "Test", "Effect": effect, "Principal": principal, "Action": action, "Resource": resource}
}

const (
	ingestion  = queueType + "::ingestion"
	deadLetter = queueType + "::dead-letter"
	table      = tableType + "::dedup"
	bucket     = bucketType + "::payloads"
	mapping    = mappingType + "::ingestion"
	processor  = lambdaType + "::processor"
	writer     = roleType + "::writer"
	logs       = "aws:cloudwatch/logGroup:LogGroup::processor"
	anAlarm    = "aws:cloudwatch/metricAlarm:MetricAlarm::oldest-message-age"
	rolePolicy = "aws:iam/rolePolicy:RolePolicy::processor"
)

// failing has for each policy what it says no to, in production; the committed graphs are what all of them let pass.
var failing = map[string]map[string]func(*Graph){
	"encryption": {
		"queue": func(g *Graph) { set(g, deadLetter, false, "sqsManagedSseEnabled") },
		"topic": func(g *Graph) { set(g, topicType+"::alarms", nil, "kmsMasterKeyId") },
		"bucket": func(g *Graph) {
			without(g, "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2::payloads")
		},
	},
	"key-rotation": {"off": func(g *Graph) { set(g, "aws:kms/key:Key::alarms", false, "enableKeyRotation") }},
	"tls-only": {
		"queue":  func(g *Graph) { without(g, "aws:sqs/queuePolicy:QueuePolicy::validation") },
		"bucket": func(g *Graph) { set(g, "aws:s3/bucketPolicy:BucketPolicy::payloads", document(), "policy") },
		"topic": func(g *Graph) {
			set(g, "aws:sns/topicPolicy:TopicPolicy::alarms", document(statement("Deny", "*", "sns:*", "*")), "policy")
		},
		"another queue's policy": func(g *Graph) {
			set(g, "aws:sqs/queuePolicy:QueuePolicy::validation", "https://sqs.us-east-1.amazonaws.com/123456789012/other", "queueUrl")
		},
	},
	"not-public": {
		"none": func(g *Graph) { without(g, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock::payloads") },
		"half": func(g *Graph) {
			set(g, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock::payloads", false, "restrictPublicBuckets")
		},
	},
	"no-wildcard": {
		"everybody": func(g *Graph) {
			set(g, rolePolicy, document(statement("Allow", "*", "sqs:SendMessage", "arn")), "policy")
		},
		"every account": func(g *Graph) {
			set(g, rolePolicy, document(statement("Allow", map[string]any{"AWS": []any{"*"}}, "sqs:SendMessage", "arn")), "policy")
		},
		"every action": func(g *Graph) {
			set(g, rolePolicy, document(statement("Allow", nil, []any{"sqs:Get*"}, "arn")), "policy")
		},
		"every resource": func(g *Graph) {
			set(g, rolePolicy, document(statement("Allow", nil, "sqs:SendMessage", "*")), "policy")
		},
		"one action of two": func(g *Graph) {
			set(g, rolePolicy, document(statement("Allow", nil, []any{"xray:PutTraceSegments", "s3:GetObject"}, "*")), "policy")
		},
		"all but": func(g *Graph) {
			set(g, rolePolicy, document(map[string]any{"Effect": "Allow", "NotAction": "iam:PassRole", "Resource": "arn"}), "policy")
		},
	},
	"exact-trust": {
		"no external id": func(g *Graph) {
			set(g, writer, document(statement("Allow", map[string]any{"AWS": "arn:aws:iam::765628985471:root"}, "sts:AssumeRole", nil)), "assumeRolePolicy")
		},
		"any external id": func(g *Graph) {
			s := statement("Allow", map[string]any{"AWS": "arn:aws:iam::765628985471:root"}, "sts:AssumeRole", nil)
			s["Condition"] = map[string]any{"StringLike": map[string]any{"sts:ExternalId": "*"}}
			set(g, writer, document(s), "assumeRolePolicy")
		},
		"two services": func(g *Graph) {
			set(g, writer, document(statement("Allow", map[string]any{"Service": []any{"a", "b"}}, "sts:AssumeRole", nil)), "assumeRolePolicy")
		},
		"a user": func(g *Graph) {
			set(g, writer, document(statement("Allow", map[string]any{"AWS": "arn:aws:iam::765628985471:user/x"}, "sts:AssumeRole", nil)), "assumeRolePolicy")
		},
		"nobody": func(g *Graph) { set(g, writer, document(), "assumeRolePolicy") },
	},
	"redrive": {
		"none":    func(g *Graph) { without(g, redriveType+"::ingestion") },
		"one try": func(g *Graph) { set(g, redriveType+"::ingestion", 1.0, "redrivePolicy", "maxReceiveCount") },
		"elsewhere": func(g *Graph) {
			set(g, redriveType+"::ingestion", "arn:aws:sqs:x:y:other", "redrivePolicy", "deadLetterTargetArn")
		},
		"allow all": func(g *Graph) { without(g, allowType+"::dead-letter") },
		"allow two": func(g *Graph) {
			set(g, allowType+"::dead-letter", []any{"arn:of:queue:Queue:prod-cc-eventbridge-ingestion", "b"}, "redriveAllowPolicy", "sourceQueueArns")
		},
	},
	"retention-order": {"shorter": func(g *Graph) { set(g, deadLetter, 604799.0, "messageRetentionSeconds") }},
	"retention-lowered": {
		"queue": func(g *Graph) { set(g, ingestion, 604799.0, "messageRetentionSeconds") },
		"logs":  func(g *Graph) { set(g, logs, 364.0, "retentionInDays") },
	},
	"visibility":    {"below": func(g *Graph) { set(g, ingestion, 724.0, "visibilityTimeoutSeconds") }},
	"partial-batch": {"none": func(g *Graph) { set(g, mapping, nil, "functionResponseTypes") }},
	"concurrency": {
		"unbounded": func(g *Graph) { set(g, mapping, nil, "scalingConfig") },
		"too many":  func(g *Graph) { set(g, mapping, 1001.0, "scalingConfig", "maximumConcurrency") },
		"throttled": func(g *Graph) { set(g, processor, 49.0, "reservedConcurrentExecutions") },
	},
	"recovery": {
		"unprotected": func(g *Graph) {
			for i := range g.Resources {
				g.Resources[i].Protect = false
			}
		},
		"no restore": func(g *Graph) { set(g, table, false, "pointInTimeRecovery", "enabled") },
		"deletable":  func(g *Graph) { set(g, table, nil, "deletionProtectionEnabled") },
		"emptied":    func(g *Graph) { set(g, bucket, true, "forceDestroy") },
	},
	"data-kept": {
		"deleted":  func(g *Graph) { without(g, queueType+"::validation") },
		"replaced": func(g *Graph) { set(g, table, "id", "hashKey") },
	},
	"intake-kept": {
		"deleted":  func(g *Graph) { without(g, writer) },
		"replaced": func(g *Graph) { set(g, writer, "other", "name") },
	},
	"delivered": {"log": func(g *Graph) { set(g, processor, "", "environment", "variables", "DOWNSTREAM_URL") }},
	"log-retention": {
		"for ever": func(g *Graph) { set(g, logs, nil, "retentionInDays") },
		"a month":  func(g *Graph) { set(g, logs, 364.0, "retentionInDays") },
	},
	"no-plain-secret": {
		"by name":  func(g *Graph) { set(g, processor, "x", "environment", "variables", "API_TOKEN") },
		"by value": func(g *Graph) { set(g, processor, "https://u:p@x.example", "environment", "variables", "OTHER") },
		"a secret": func(g *Graph) { set(g, processor, hidden, "environment", "variables", "OTHER") },
	},
	"alarm-actions": {
		"nobody": func(g *Graph) { set(g, anAlarm, []any{}, "alarmActions") },
		"off":    func(g *Graph) { set(g, anAlarm, false, "actionsEnabled") },
		"gone":   func(g *Graph) { without(g, anAlarm) },
	},
	"tags": {
		"environment": func(g *Graph) { delete(g.DefaultTags, "environment") },
		"application": func(g *Graph) { g.DefaultTags = nil },
	},
}

func TestPoliciesSayNo(t *testing.T) {
	for _, p := range policies {
		if len(failing[p.Name]) == 0 {
			t.Errorf("there is nothing that %s says no to", p.Name)
		}
		for name, edit := range failing[p.Name] {
			t.Run(p.Name+"/"+name, func(t *testing.T) {
				before, now := graphOf(t, "prod"), graphOf(t, "prod")
				edit(now)
				changes, err := compare(before, now)
				if err != nil {
					t.Fatal(err)
				}
				findings := apply(now, changes)
				if !slices.ContainsFunc(findings, func(f Finding) bool { return f.Policy == p.Name && f.Says != "" && f.URN != "" }) {
					t.Errorf("%s lets it pass; what is found: %v", p.Name, findings)
				}
			})
		}
	}
}

// TestPoliciesLetPass: all policies pass what the committed stacks declare, and what has no value yet.
func TestPoliciesLetPass(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		if findings := apply(graphOf(t, stack), nil); len(findings) > 0 {
			t.Errorf("%s: %v", stack, findings)
		}
	}
	// Before the first deployment the engine knows no ARN, and no document that has one in it.
	g := graphOf(t, "prod")
	for _, r := range g.Resources {
		for name, value := range r.Inputs {
			r.Inputs[name] = withoutARNs(value)
		}
	}
	if findings := apply(g, nil); len(findings) > 0 {
		t.Errorf("before the first deployment: %v", findings)
	}
}

// withoutARNs makes unknown what depends on another resource.
func withoutARNs(value any) any {
	switch v := value.(type) {
	case string:
		if strings.HasPrefix(v, "arn:of:") || strings.HasPrefix(v, "https://sqs.") {
			return unknown{}
		}
	case []any:
		all := make([]any, len(v))
		for i, e := range v {
			all[i] = withoutARNs(e)
		}
		return all
	case map[string]any:
		for _, e := range v {
			if _, document := v["Statement"]; document || v["deadLetterTargetArn"] != nil || v["sourceQueueArns"] != nil {
				if depends(e) {
					return unknown{}
				}
			}
		}
	}
	return value
}

func depends(value any) bool {
	switch v := value.(type) {
	case string:
		return withoutARNs(v) == unknown{}
	case []any:
		return slices.ContainsFunc(v, depends)
	case map[string]any:
		for _, e := range v {
			if depends(e) {
				return true
			}
		}
	}
	return false
}

// TestScannersRules: what a policy stands for is not waived at the same time.
func TestScannersRules(t *testing.T) {
	for _, p := range policies {
		for _, rule := range p.Scanners {
			if why, ok := waived[rule]; ok {
				t.Errorf("%s stands for %s, which is waived: %s", p.Name, rule, why)
			}
		}
	}
}
