package awsprovider

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// EventBridge's limits: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html and its siblings
const (
	maxBusName     = 256
	maxRuleName    = 64
	maxArchiveName = 48
	maxBusText     = 512
	maxPattern     = 2048
	defaultBus     = "default"
	eventsNotFound = "ResourceNotFoundException"
)

func eventBridgeTypes() []*resourceType {
	return []*resourceType{eventBus(), eventRule(), eventTarget(), eventArchive()}
}

func eventTag(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }

// readEventTags reads the tags of a bus or a rule.
func readEventTags(ctx context.Context, c *cloud, arn *string, observed args) error {
	out, err := c.events().ListTagsForResource(ctx, &eventbridge.ListTagsForResourceInput{ResourceARN: arn})
	switch {
	case err == nil:
		observed["tags"] = tagMap(out.Tags, func(t types.Tag) (*string, *string) { return t.Key, t.Value })
		return nil
	case c.untaggable(ctx, aws.ToString(arn), err) == nil:
		return nil
	}
	return gone(err, "reading the tags of "+aws.ToString(arn), eventsNotFound)
}

func updateEventTags(ctx context.Context, c *cloud, arn *string, old, next args) error {
	set, removed := tagChanges(old, next)
	if len(removed) > 0 {
		_, err := c.events().UntagResource(ctx, &eventbridge.UntagResourceInput{ResourceARN: arn, TagKeys: removed})
		if err := c.untaggable(ctx, aws.ToString(arn), err); err != nil {
			return wrap(err, "untagging "+aws.ToString(arn))
		}
	}
	if len(set) > 0 {
		_, err := c.events().TagResource(ctx, &eventbridge.TagResourceInput{ResourceARN: arn, Tags: tagList(set, eventTag)})
		if err := c.untaggable(ctx, aws.ToString(arn), err); err != nil {
			return wrap(err, "tagging "+aws.ToString(arn))
		}
	}
	return nil
}

func eventBus() *resourceType {
	return &resourceType{
		token: "aws:cloudwatch/eventBus:EventBus",
		inputs: properties{
			"name":             str(identity, must(named(maxBusName, `[/.\w-]`), notDefault)),
			"description":      str(must(atMost(maxBusText))),
			"eventSourceName":  str(replaces, must(named(maxBusName, `[/.\w-]`))),
			"deadLetterConfig": object(properties{"arn": str(must(arn))}),
			"tags":             tags(),
		},
		outputs: []string{"arn"},
		rules:   []func(args) *problem{partnerBusNamedAsSource},
		create:  createBus, read: readBus, update: updateBus,
		remove: func(ctx context.Context, c *cloud, id string, _ args) error {
			_, err := c.events().DeleteEventBus(ctx, &eventbridge.DeleteEventBusInput{Name: &id})
			return gone(err, "deleting event bus "+id, eventsNotFound)
		},
	}
}

func notDefault(v any) error {
	if v == defaultBus {
		return fmt.Errorf("name %q is the bus that every account has", v)
	}
	return nil
}

// partnerBusNamedAsSource: a partner bus has the name of its source, and a name with a slash is a partner's.
func partnerBusNamedAsSource(in args) *problem {
	if !in.known("name") || in["eventSourceName"] == (unknown{}) {
		return nil
	}
	name, source := in.str("name"), in.str("eventSourceName")
	switch {
	case source != "" && name != source:
		return &problem{"name", fmt.Sprintf("the name of a partner event bus is %q, and must be that of its source, %q", name, source)}
	case source == "" && strings.Contains(name, "/"):
		return &problem{"name", fmt.Sprintf("name %q has a slash, which only partner event buses have: set eventSourceName", name)}
	}
	return nil
}

func busDeadLetter(in args) *types.DeadLetterConfig {
	if d := in.object("deadLetterConfig"); d != nil {
		return &types.DeadLetterConfig{Arn: d.strp("arn")}
	}
	return nil
}

func createBus(ctx context.Context, c *cloud, in args) (string, error) {
	_, err := c.events().CreateEventBus(ctx, &eventbridge.CreateEventBusInput{
		Name: in.strp("name"), Description: in.strp("description"), EventSourceName: in.strp("eventSourceName"),
		DeadLetterConfig: busDeadLetter(in), Tags: tagList(in.stringMap("tags"), eventTag),
	})
	if err != nil {
		return "", wrap(err, "creating event bus "+in.str("name"))
	}
	return in.str("name"), nil
}

func readBus(ctx context.Context, c *cloud, id string, prior args) (args, error) {
	out, err := c.events().DescribeEventBus(ctx, &eventbridge.DescribeEventBusInput{Name: &id})
	if err != nil {
		return nil, gone(err, "reading event bus "+id, eventsNotFound)
	}
	observed := args{
		"arn": aws.ToString(out.Arn), "name": aws.ToString(out.Name), "description": optional(out.Description),
		"deadLetterConfig": nil,
	}
	if d := out.DeadLetterConfig; d != nil && aws.ToString(d.Arn) != "" {
		observed["deadLetterConfig"] = map[string]any{"arn": aws.ToString(d.Arn)}
	}
	if strings.HasPrefix(id, "aws.partner/") && !prior.has("eventSourceName") {
		observed["eventSourceName"] = id
	}
	return observed, readEventTags(ctx, c, out.Arn, observed)
}

func updateBus(ctx context.Context, c *cloud, id string, old, next args) error {
	fields := eventBus().inputs
	if old["description"] != next["description"] || !same(fields["deadLetterConfig"], old["deadLetterConfig"], next["deadLetterConfig"]) {
		_, err := c.events().UpdateEventBus(ctx, &eventbridge.UpdateEventBusInput{
			Name: &id, Description: aws.String(next.str("description")), DeadLetterConfig: busDeadLetter(next),
		})
		if err != nil {
			return wrap(err, "updating event bus "+id)
		}
	}
	out, err := c.events().DescribeEventBus(ctx, &eventbridge.DescribeEventBusInput{Name: &id})
	if err != nil {
		return wrap(err, "reading event bus "+id)
	}
	return updateEventTags(ctx, c, out.Arn, old, next)
}

func eventArchive() *resourceType {
	return &resourceType{
		token: "aws:cloudwatch/eventArchive:EventArchive",
		inputs: properties{
			"name":           str(identity, must(named(maxArchiveName, `[.\w-]`))),
			"description":    str(must(atMost(maxBusText))),
			"eventPattern":   document(must(jsonObject)),
			"eventSourceArn": str(required, replaces, must(arn)),
			"retentionDays":  integer(fallback(0.0), must(between(0, 1e9))),
		},
		outputs: []string{"arn"},
		create: func(ctx context.Context, c *cloud, in args) (string, error) {
			request := &eventbridge.CreateArchiveInput{
				ArchiveName: in.strp("name"), Description: in.strp("description"), EventSourceArn: in.strp("eventSourceArn"),
				RetentionDays: in.int32p("retentionDays"),
			}
			if in.has("eventPattern") {
				request.EventPattern = aws.String(in.document("eventPattern"))
			}
			if _, err := c.events().CreateArchive(ctx, request); err != nil {
				return "", wrap(err, "creating archive "+in.str("name"))
			}
			return in.str("name"), nil
		},
		read: func(ctx context.Context, c *cloud, id string, _ args) (args, error) {
			out, err := c.events().DescribeArchive(ctx, &eventbridge.DescribeArchiveInput{ArchiveName: &id})
			if err != nil {
				return nil, gone(err, "reading archive "+id, eventsNotFound)
			}
			return args{
				"arn": aws.ToString(out.ArchiveArn), "name": id, "description": optional(out.Description),
				"eventPattern": optional(out.EventPattern), "eventSourceArn": optional(out.EventSourceArn),
				"retentionDays": float64(aws.ToInt32(out.RetentionDays)),
			}, nil
		},
		update: func(ctx context.Context, c *cloud, id string, _, next args) error {
			_, err := c.events().UpdateArchive(ctx, &eventbridge.UpdateArchiveInput{
				ArchiveName: &id, Description: aws.String(next.str("description")), EventPattern: aws.String(next.document("eventPattern")),
				RetentionDays: next.int32p("retentionDays"),
			})
			return wrap(err, "updating archive "+id)
		},
		remove: func(ctx context.Context, c *cloud, id string, _ args) error {
			_, err := c.events().DeleteArchive(ctx, &eventbridge.DeleteArchiveInput{ArchiveName: &id})
			return gone(err, "deleting archive "+id, eventsNotFound)
		},
	}
}
