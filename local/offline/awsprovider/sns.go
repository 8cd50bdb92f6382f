package awsprovider

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

const maxTopicName = 256

// snsNotFound: https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html
var snsNotFound = []string{"NotFound", "NotFoundException", "ResourceNotFound", "ResourceNotFoundException"}

func snsTypes() []*resourceType { return []*resourceType{topic(), topicPolicy()} }

// topicAttributes are the attributes that a topic owns, by property.
func topicAttributes() map[string]string {
	return map[string]string{"displayName": "DisplayName", "kmsMasterKeyId": "KmsMasterKeyId"}
}

func topic() *resourceType {
	return &resourceType{
		token: "aws:sns/topic:Topic",
		inputs: properties{
			"name":           str(identity, must(named(maxTopicName, `[\w-]`))),
			"displayName":    str(must(atMost(100))),
			"kmsMasterKeyId": str(),
			"tags":           tags(),
		},
		outputs: []string{"arn", "owner", "beginningArchiveTime"},
		create: func(ctx context.Context, c *cloud, in args) (string, error) {
			attributes := map[string]string{}
			for property, attribute := range topicAttributes() {
				if in.has(property) {
					attributes[attribute] = in.str(property)
				}
			}
			out, err := c.sns().CreateTopic(ctx, &sns.CreateTopicInput{
				Name: in.strp("name"), Attributes: attributes, Tags: tagList(in.stringMap("tags"), topicTag),
			})
			if err != nil {
				return "", wrap(err, "creating topic "+in.str("name"))
			}
			return aws.ToString(out.TopicArn), nil
		},
		read: readTopic, update: updateTopic,
		remove: func(ctx context.Context, c *cloud, id string, _ args) error {
			_, err := c.sns().DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: &id})
			return gone(err, "deleting topic "+id, snsNotFound...)
		},
	}
}

func topicTag(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }

func readTopic(ctx context.Context, c *cloud, id string, _ args) (args, error) {
	out, err := c.sns().GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &id})
	if err != nil {
		return nil, gone(err, "reading topic "+id, snsNotFound...)
	}
	observed := args{"arn": id, "name": lastPart(id), "owner": out.Attributes["Owner"], "beginningArchiveTime": ""}
	for property, attribute := range topicAttributes() {
		value := out.Attributes[attribute]
		observed[property] = optional(&value)
	}
	tagged, err := c.sns().ListTagsForResource(ctx, &sns.ListTagsForResourceInput{ResourceArn: &id})
	if err != nil {
		return nil, gone(err, "reading the tags of topic "+id, snsNotFound...)
	}
	observed["tags"] = tagMap(tagged.Tags, func(t types.Tag) (*string, *string) { return t.Key, t.Value })
	return observed, nil
}

func updateTopic(ctx context.Context, c *cloud, id string, old, next args) error {
	for property, attribute := range topicAttributes() {
		if old[property] == next[property] {
			continue
		}
		if err := setTopic(ctx, c, id, attribute, next.str(property)); err != nil {
			return err
		}
	}
	set, removed := tagChanges(old, next)
	if len(removed) > 0 {
		if _, err := c.sns().UntagResource(ctx, &sns.UntagResourceInput{ResourceArn: &id, TagKeys: removed}); err != nil {
			return wrap(err, "untagging topic "+id)
		}
	}
	if len(set) > 0 {
		if _, err := c.sns().TagResource(ctx, &sns.TagResourceInput{ResourceArn: &id, Tags: tagList(set, topicTag)}); err != nil {
			return wrap(err, "tagging topic "+id)
		}
	}
	return nil
}

func setTopic(ctx context.Context, c *cloud, id, attribute, value string) error {
	_, err := c.sns().SetTopicAttributes(ctx, &sns.SetTopicAttributesInput{
		TopicArn: &id, AttributeName: &attribute, AttributeValue: &value,
	})
	return wrap(err, fmt.Sprintf("setting %s of topic %s", attribute, id))
}

func topicPolicy() *resourceType {
	return &resourceType{
		token: "aws:sns/topicPolicy:TopicPolicy",
		inputs: properties{
			"arn":    str(identity, must(arn)),
			"policy": policy(required, must(principals)),
		},
		outputs: []string{"owner"},
		create: func(ctx context.Context, c *cloud, in args) (string, error) {
			if err := setTopic(ctx, c, in.str("arn"), "Policy", in.document("policy")); err != nil {
				return "", err
			}
			return in.str("arn"), nil
		},
		read: func(ctx context.Context, c *cloud, id string, _ args) (args, error) {
			out, err := c.sns().GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &id})
			if err != nil {
				return nil, gone(err, "reading the policy of topic "+id, snsNotFound...)
			}
			return args{"arn": id, "owner": out.Attributes["Owner"], "policy": out.Attributes["Policy"]}, nil
		},
		update: func(ctx context.Context, c *cloud, id string, _, next args) error {
			return setTopic(ctx, c, id, "Policy", next.document("policy"))
		},
		remove: removeTopicPolicy,
	}
}

// removeTopicPolicy puts the policy back that every topic begins with, because a topic cannot have none.
func removeTopicPolicy(ctx context.Context, c *cloud, id string, prior args) error {
	policy := fmt.Sprintf(`{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID",`+
		`"Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission",`+
		`"SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic","SNS:Publish"],"Resource":%q,`+
		`"Condition":{"StringEquals":{"AWS:SourceOwner":%q}}}]}`, id, prior.str("owner"))
	_, err := c.sns().SetTopicAttributes(ctx, &sns.SetTopicAttributesInput{
		TopicArn: &id, AttributeName: aws.String("Policy"), AttributeValue: &policy,
	})
	return gone(err, "resetting the policy of topic "+id, snsNotFound...)
}
