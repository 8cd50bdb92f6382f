package awsprovider

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// EventBridge tries again for this long and this often: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RetryPolicy.html
const (
	minEventAge = 60
	maxEventAge = 86400
	maxRetries  = 185
)

func eventRule() *resourceType {
	return &resourceType{
		token: "aws:cloudwatch/eventRule:EventRule",
		inputs: properties{
			"name":               str(identity, must(named(maxRuleName, `[.\w-]`))),
			"description":        str(must(atMost(maxBusText))),
			"eventBusName":       str(replaces, fallback(defaultBus)),
			"eventPattern":       document(must(jsonObject, patternSize)),
			"forceDestroy":       boolean(fallback(false)),
			"roleArn":            str(must(arn)),
			"scheduleExpression": str(must(atMost(256))),
			"state":              str(fallback("ENABLED"), must(oneOf("ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"))),
			"tags":               tags(),
		},
		outputs: []string{"arn"},
		rules: []func(args) *problem{func(in args) *problem {
			if !in.has("eventPattern") && !in.has("scheduleExpression") {
				return &problem{"eventPattern", "one of `eventPattern,scheduleExpression` must be specified"}
			}
			return nil
		}},
		create: func(ctx context.Context, c *cloud, in args) (string, error) {
			if err := putRule(ctx, c, in, in.stringMap("tags")); err != nil {
				return "", err
			}
			return ruleID(in.str("eventBusName"), in.str("name")), nil
		},
		read: readRule, update: updateRule, remove: deleteRule,
	}
}

func patternSize(v any) error { return atMost(maxPattern)(documentText(v)) }

// ruleID is bus/name, and just the name for the default bus, as in the published provider.
func ruleID(bus, name string) string {
	if bus == "" || bus == defaultBus {
		return name
	}
	return bus + "/" + name
}

// ruleParts takes an id apart. A partner bus has slashes in its name; a rule has none.
func ruleParts(id string) (bus, name *string) {
	if i := strings.LastIndex(id, "/"); i >= 0 {
		return aws.String(id[:i]), aws.String(id[i+1:])
	}
	return aws.String(defaultBus), &id
}

func putRule(ctx context.Context, c *cloud, in args, tags map[string]string) error {
	request := &eventbridge.PutRuleInput{
		Name: in.strp("name"), Description: in.strp("description"), EventBusName: in.strp("eventBusName"), RoleArn: in.strp("roleArn"),
		ScheduleExpression: in.strp("scheduleExpression"), State: types.RuleState(in.str("state")), Tags: tagList(tags, eventTag),
	}
	if in.has("eventPattern") {
		request.EventPattern = aws.String(in.document("eventPattern"))
	}
	if len(tags) == 0 {
		request.Tags = nil
	}
	_, err := c.events().PutRule(ctx, request)
	return wrap(err, "putting rule "+in.str("name"))
}

func readRule(ctx context.Context, c *cloud, id string, _ args) (args, error) {
	bus, name := ruleParts(id)
	out, err := c.events().DescribeRule(ctx, &eventbridge.DescribeRuleInput{EventBusName: bus, Name: name})
	if err != nil {
		return nil, gone(err, "reading rule "+id, eventsNotFound)
	}
	observed := args{
		"arn": aws.ToString(out.Arn), "name": *name, "eventBusName": *bus, "description": optional(out.Description),
		"eventPattern": optional(out.EventPattern), "roleArn": optional(out.RoleArn), "scheduleExpression": optional(out.ScheduleExpression),
		"state": string(out.State),
	}
	return observed, readEventTags(ctx, c, out.Arn, observed)
}

func updateRule(ctx context.Context, c *cloud, id string, old, next args) error {
	if err := putRule(ctx, c, next, nil); err != nil { // tags of an existing rule are ignored by this call
		return err
	}
	bus, name := ruleParts(id)
	out, err := c.events().DescribeRule(ctx, &eventbridge.DescribeRuleInput{EventBusName: bus, Name: name})
	if err != nil {
		return wrap(err, "reading rule "+id)
	}
	return updateEventTags(ctx, c, out.Arn, old, next)
}

func deleteRule(ctx context.Context, c *cloud, id string, prior args) error {
	bus, name := ruleParts(id)
	_, err := c.events().DeleteRule(ctx, &eventbridge.DeleteRuleInput{EventBusName: bus, Name: name, Force: prior.boolean("forceDestroy")})
	return gone(err, "deleting rule "+id, eventsNotFound)
}

func eventTarget() *resourceType {
	return &resourceType{
		token: "aws:cloudwatch/eventTarget:EventTarget",
		inputs: properties{
			"targetId":         str(identity, must(named(64, `[.\w-]`))),
			"rule":             str(identity, must(named(maxRuleName, `[.\w-]`))),
			"eventBusName":     str(replaces, fallback(defaultBus)),
			"arn":              str(required, must(arn)),
			"deadLetterConfig": object(properties{"arn": str(must(arn))}),
			"input":            document(),
			"inputPath":        str(must(atMost(256))),
			"inputTransformer": object(properties{"inputPaths": dictionary(str()), "inputTemplate": str(required, must(atMost(8192)))}),
			"retryPolicy": object(properties{
				"maximumEventAgeInSeconds": integer(fallback(float64(maxEventAge)), must(between(minEventAge, maxEventAge))),
				"maximumRetryAttempts":     integer(fallback(float64(maxRetries)), must(between(0, maxRetries))),
			}),
			"roleArn":      str(must(arn)),
			"sqsTarget":    object(properties{"messageGroupId": str()}),
			"forceDestroy": boolean(fallback(false)),
		},
		rules: []func(args) *problem{oneInput},
		create: func(ctx context.Context, c *cloud, in args) (string, error) {
			if err := putTarget(ctx, c, in); err != nil {
				return "", err
			}
			return targetID(in), nil
		},
		read: readTarget,
		update: func(ctx context.Context, c *cloud, _ string, _, next args) error {
			return putTarget(ctx, c, next)
		},
		remove: func(ctx context.Context, c *cloud, id string, prior args) error {
			out, err := c.events().RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{
				EventBusName: prior.strp("eventBusName"), Rule: prior.strp("rule"), Ids: []string{prior.str("targetId")},
			})
			if err != nil {
				return gone(err, "removing target "+id, eventsNotFound)
			}
			for _, f := range out.FailedEntries {
				return fmt.Errorf("removing target %s: %s: %s", id, aws.ToString(f.ErrorCode), aws.ToString(f.ErrorMessage))
			}
			return nil
		},
	}
}

func oneInput(in args) *problem {
	given := []string{}
	for _, name := range []string{"input", "inputPath", "inputTransformer"} {
		if in.has(name) {
			given = append(given, name)
		}
	}
	if len(given) > 1 {
		return &problem{given[1], "only one of input, inputPath and inputTransformer can be set, and there are " + strings.Join(given, ", ")}
	}
	return nil
}

// targetID is [bus-]rule-target, as in the published provider.
func targetID(in args) string {
	id := in.str("rule") + "-" + in.str("targetId")
	if bus := in.str("eventBusName"); bus != "" && bus != defaultBus {
		return bus + "-" + id
	}
	return id
}

func putTarget(ctx context.Context, c *cloud, in args) error {
	target := types.Target{
		Id: in.strp("targetId"), Arn: in.strp("arn"), InputPath: in.strp("inputPath"), RoleArn: in.strp("roleArn"), DeadLetterConfig: busDeadLetter(in),
	}
	if in.has("input") {
		target.Input = aws.String(in.document("input"))
	}
	if t := in.object("inputTransformer"); t != nil {
		target.InputTransformer = &types.InputTransformer{InputPathsMap: t.stringMap("inputPaths"), InputTemplate: t.strp("inputTemplate")}
	}
	if r := in.object("retryPolicy"); r != nil {
		target.RetryPolicy = &types.RetryPolicy{
			MaximumEventAgeInSeconds: r.int32p("maximumEventAgeInSeconds"), MaximumRetryAttempts: r.int32p("maximumRetryAttempts"),
		}
	}
	if s := in.object("sqsTarget"); s != nil {
		target.SqsParameters = &types.SqsParameters{MessageGroupId: s.strp("messageGroupId")}
	}
	out, err := c.events().PutTargets(ctx, &eventbridge.PutTargetsInput{
		EventBusName: in.strp("eventBusName"), Rule: in.strp("rule"), Targets: []types.Target{target},
	})
	if err != nil {
		return wrap(err, "putting target "+in.str("targetId"))
	}
	for _, f := range out.FailedEntries {
		return fmt.Errorf("putting target %s: %s: %s", in.str("targetId"), aws.ToString(f.ErrorCode), aws.ToString(f.ErrorMessage))
	}
	return nil
}

func readTarget(ctx context.Context, c *cloud, id string, prior args) (args, error) {
	if !prior.has("rule") || !prior.has("targetId") {
		return nil, fmt.Errorf("target %s cannot be imported: its id does not say which part is the rule's name", id)
	}
	request := &eventbridge.ListTargetsByRuleInput{EventBusName: prior.strp("eventBusName"), Rule: prior.strp("rule")}
	for {
		out, err := c.events().ListTargetsByRule(ctx, request)
		if err != nil {
			return nil, gone(err, "reading target "+id, eventsNotFound)
		}
		for _, t := range out.Targets {
			if aws.ToString(t.Id) == prior.str("targetId") {
				return observedTarget(t), nil
			}
		}
		if request.NextToken = out.NextToken; request.NextToken == nil {
			return nil, errNotFound
		}
	}
}

func observedTarget(t types.Target) args {
	observed := args{
		"targetId": aws.ToString(t.Id), "arn": aws.ToString(t.Arn), "input": optional(t.Input), "inputPath": optional(t.InputPath),
		"roleArn": optional(t.RoleArn), "deadLetterConfig": nil, "retryPolicy": nil, "inputTransformer": nil, "sqsTarget": nil,
	}
	if d := t.DeadLetterConfig; d != nil && aws.ToString(d.Arn) != "" {
		observed["deadLetterConfig"] = map[string]any{"arn": aws.ToString(d.Arn)}
	}
	if r := t.RetryPolicy; r != nil {
		observed["retryPolicy"] = map[string]any{
			"maximumEventAgeInSeconds": optional(r.MaximumEventAgeInSeconds), "maximumRetryAttempts": optional(r.MaximumRetryAttempts),
		}
	}
	if i := t.InputTransformer; i != nil {
		observed["inputTransformer"] = map[string]any{"inputPaths": anyMap(i.InputPathsMap), "inputTemplate": optional(i.InputTemplate)}
	}
	if s := t.SqsParameters; s != nil {
		observed["sqsTarget"] = map[string]any{"messageGroupId": optional(s.MessageGroupId)}
	}
	return observed
}
