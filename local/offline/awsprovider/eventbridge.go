package awsprovider

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
)

const (
	defaultBus     = "default"
	eventsNotFound = "ResourceNotFoundException"
)

func eventBridgeTypes() []*resourceType {
	gone := []string{eventsNotFound}
	tagging := &tagging{
		"arn", op((*cloud).events, (*eventbridge.Client).ListTagsForResource), op((*cloud).events, (*eventbridge.Client).TagResource),
		op((*cloud).events, (*eventbridge.Client).UntagResource),
	}
	putRule := op((*cloud).events, (*eventbridge.Client).PutRule)
	putTarget := complete(op((*cloud).events, (*eventbridge.Client).PutTargets))
	return []*resourceType{
		{
			token: "aws:cloudwatch/eventBus:EventBus",
			inputs: properties{
				"name":            str(identity, must(named(256, `[/.\w-]`))),
				"eventSourceName": str(replaces),
				"tags":            tags(),
			},
			outputs: map[string]string{"arn": "Arn"},
			rules:   []func(args) *problem{partnerBusNamedAsSource},
			id:      "Name",
			create:  op((*cloud).events, (*eventbridge.Client).CreateEventBus),
			read:    op((*cloud).events, (*eventbridge.Client).DescribeEventBus),
			also: func(_ context.Context, _ *cloud, id string, _ any, prior, found args) error {
				if strings.HasPrefix(id, "aws.partner/") && prior["eventSourceName"] == nil {
					found["eventSourceName"] = id
				}
				return nil
			},
			remove: op((*cloud).events, (*eventbridge.Client).DeleteEventBus),
			gone:   gone,
			tags:   tagging,
		},
		{
			token: "aws:cloudwatch/eventRule:EventRule",
			inputs: properties{
				"name":         str(identity, must(named(64, `[.\w-]`))),
				"description":  str(fallback("")),
				"eventBusName": str(replaces, fallback(defaultBus)),
				"eventPattern": document(required, must(jsonObject, atMost(2048))),
				"tags":         tags(),
			},
			outputs: map[string]string{"arn": "Arn"},
			idOf:    ruleID,
			keysOf:  ruleKeys,
			create:  putRule,
			read:    op((*cloud).events, (*eventbridge.Client).DescribeRule),
			edits:   []edit{{call: putRule}},
			remove:  op((*cloud).events, (*eventbridge.Client).DeleteRule),
			gone:    gone,
			tags:    tagging,
		},
		{
			token: "aws:cloudwatch/eventTarget:EventTarget",
			inputs: properties{
				"targetId":         str(identity, as("Id", "Ids"), must(named(64, `[.\w-]`))),
				"rule":             str(identity),
				"eventBusName":     str(replaces, fallback(defaultBus)),
				"arn":              str(required, must(arn)),
				"deadLetterConfig": object(properties{"arn": str(must(arn))}),
				"retryPolicy": object(properties{
					"maximumEventAgeInSeconds": integer(), "maximumRetryAttempts": integer(),
				}),
			},
			idOf:   targetID, // it does not say where one name ends: a target is found by its state
			within: "Targets",
			create: putTarget,
			read:   target,
			edits:  []edit{{call: putTarget}},
			remove: complete(op((*cloud).events, (*eventbridge.Client).RemoveTargets)),
			gone:   gone,
		},
		{
			token: "aws:cloudwatch/eventArchive:EventArchive",
			inputs: properties{
				"name":           str(identity, as("ArchiveName"), must(named(48, `[.\w-]`))),
				"description":    str(fallback("")),
				"eventPattern":   document(must(jsonObject)),
				"eventSourceArn": str(required, replaces, must(arn)),
				"retentionDays":  integer(fallback(0.0)),
			},
			outputs: map[string]string{"arn": "ArchiveArn"},
			id:      "ArchiveName",
			create:  op((*cloud).events, (*eventbridge.Client).CreateArchive),
			request: func(_ *cloud, request any, _ args) error {
				if r, ok := request.(*eventbridge.UpdateArchiveInput); ok && r.EventPattern == nil {
					r.EventPattern = aws.String("")
				}
				return nil
			},
			read:   op((*cloud).events, (*eventbridge.Client).DescribeArchive),
			edits:  []edit{{call: op((*cloud).events, (*eventbridge.Client).UpdateArchive)}},
			remove: op((*cloud).events, (*eventbridge.Client).DeleteArchive),
			gone:   gone,
		},
	}
}

// partnerBusNamedAsSource: a partner bus has the name of its source, and a name with a slash is a partner's.
func partnerBusNamedAsSource(in args) *problem {
	if !in.Known("name") || in["eventSourceName"] == (unknown{}) {
		return nil
	}
	name, source := in.Text("name"), in.Text("eventSourceName")
	switch {
	case source != "" && name != source:
		return &problem{Property: "name", Reason: fmt.Sprintf("the name of a partner event bus is %q, and must be that of its source, %q", name, source)}
	case source == "" && strings.Contains(name, "/"):
		return &problem{Property: "name", Reason: fmt.Sprintf("name %q has a slash, which only partner event buses have: set eventSourceName", name)}
	}
	return nil
}

// ruleID is bus/name, and just the name for the default bus, as in the published provider.
func ruleID(in args) string {
	if bus := in.Text("eventBusName"); bus != defaultBus {
		return bus + "/" + in.Text("name")
	}
	return in.Text("name")
}

// ruleKeys takes an id apart. A partner bus has slashes in its name; a rule has none.
func ruleKeys(id string) (map[string]string, error) {
	if i := strings.LastIndex(id, "/"); i >= 0 {
		return map[string]string{"EventBusName": id[:i], "Name": id[i+1:]}, nil
	}
	return map[string]string{"EventBusName": defaultBus, "Name": id}, nil
}

// targetID is [bus-]rule-target, as in the published provider.
func targetID(in args) string {
	id := in.Text("rule") + "-" + in.Text("targetId")
	if bus := in.Text("eventBusName"); bus != defaultBus {
		return bus + "-" + id
	}
	return id
}

// complete makes an error of an answer that says that some of a call failed.
func complete(do call) call {
	return func(ctx context.Context, c *cloud, fill func(any) error) (any, error) {
		out, err := do(ctx, c, fill)
		if failed := first(at(reflect.ValueOf(out), "FailedEntries")); err == nil && failed.IsValid() {
			err = fmt.Errorf("%v: %v", indirect(failed.FieldByName("ErrorCode")), indirect(failed.FieldByName("ErrorMessage")))
		}
		return out, err
	}
}

// target finds one of the targets of a rule.
func target(ctx context.Context, c *cloud, fill func(any) error) (any, error) {
	var wanted struct{ EventBusName, Rule, Id *string } //nolint:revive // the API's field
	if err := fill(&wanted); err != nil {
		return nil, err
	}
	if wanted.Rule == nil || wanted.Id == nil {
		return nil, fmt.Errorf("a target cannot be imported: its id does not say which part is the rule's name")
	}
	request := &eventbridge.ListTargetsByRuleInput{EventBusName: wanted.EventBusName, Rule: wanted.Rule}
	for {
		out, err := c.events().ListTargetsByRule(ctx, request)
		if err != nil {
			return nil, err
		}
		for _, t := range out.Targets {
			if aws.ToString(t.Id) == *wanted.Id {
				return t, nil
			}
		}
		if request.NextToken = out.NextToken; request.NextToken == nil {
			return nil, errNotFound
		}
	}
}
