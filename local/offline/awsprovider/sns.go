package awsprovider

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

func snsTypes() []*resourceType {
	gone := []string{"NotFound", "NotFoundException", "ResourceNotFound", "ResourceNotFoundException"}
	read := op((*cloud).sns, (*sns.Client).GetTopicAttributes)
	return []*resourceType{
		{
			token: "aws:sns/topic:Topic",
			inputs: properties{
				"name":           str(identity, must(named(256, `[\w-]`))),
				"kmsMasterKeyId": str(attribute("KmsMasterKeyId")),
				"tags":           tags(),
			},
			outputs: map[string]string{"arn": "", "owner": "", "beginningArchiveTime": ""},
			id:      "TopicArn", within: "Attributes", found: "Attributes",
			create: op((*cloud).sns, (*sns.Client).CreateTopic),
			read:   read,
			also: func(_ context.Context, _ *cloud, id string, answer any, _, found args) error {
				found["arn"], found["name"] = id, id[strings.LastIndex(id, ":")+1:]
				found["owner"] = answer.(*sns.GetTopicAttributesOutput).Attributes["Owner"]
				return nil
			},
			edits:  []edit{{do: setTopic("KmsMasterKeyId", "kmsMasterKeyId")}},
			remove: op((*cloud).sns, (*sns.Client).DeleteTopic),
			gone:   gone,
			tags: &tagging{
				"arn", op((*cloud).sns, (*sns.Client).ListTagsForResource), op((*cloud).sns, (*sns.Client).TagResource),
				op((*cloud).sns, (*sns.Client).UntagResource),
			},
		},
		{
			token:   "aws:sns/topicPolicy:TopicPolicy",
			inputs:  properties{"arn": str(identity, as("TopicArn"), must(arn)), "policy": policy(required, attribute("Policy"), must(principals))},
			outputs: map[string]string{"owner": ""},
			id:      "TopicArn", within: "Attributes", found: "Attributes",
			create: putTopicPolicy,
			read:   read,
			also: func(_ context.Context, _ *cloud, id string, answer any, _, found args) error {
				found["arn"], found["owner"] = id, answer.(*sns.GetTopicAttributesOutput).Attributes["Owner"]
				return nil
			},
			edits:     []edit{{do: setTopic("Policy", "policy")}},
			removable: resetTopicPolicy,
			gone:      gone,
		},
		{ // an endpoint may be a key: no error of this type repeats it
			token: "aws:sns/topicSubscription:TopicSubscription",
			inputs: properties{
				"topic":    str(required, replaces, attribute("TopicArn"), as("TopicArn"), must(arn)),
				"protocol": str(required, replaces, attribute("Protocol"), as("Protocol"), must(oneOf("email", "https", "lambda", "sqs"))),
				"endpoint": str(required, replaces, attribute("Endpoint"), as("Endpoint")),
			},
			outputs: map[string]string{"arn": "", "ownerId": "", "pendingConfirmation": ""},
			id:      "SubscriptionArn", found: "Attributes",
			create: subscribe,
			read:   op((*cloud).sns, (*sns.Client).GetSubscriptionAttributes),
			also: func(_ context.Context, _ *cloud, id string, answer any, _, found args) error {
				attributes := answer.(*sns.GetSubscriptionAttributesOutput).Attributes
				found["arn"], found["ownerId"] = id, attributes["Owner"]
				found["pendingConfirmation"] = attributes["PendingConfirmation"] == "true"
				return nil
			},
			remove: op((*cloud).sns, (*sns.Client).Unsubscribe),
			gone:   gone,
		},
	}
}

func subscribe(ctx context.Context, c *cloud, fill func(any) error) (any, error) {
	in := sns.SubscribeInput{ReturnSubscriptionArn: true} // of one that is not confirmed as well
	if err := fill(&in); err != nil {
		return nil, err
	}
	out, err := c.sns().Subscribe(ctx, &in)
	if err != nil {
		return nil, err
	}
	return out, c.unconfirmed(ctx, &in, out)
}

func setTopic(attribute, name string) func(context.Context, *cloud, string, args, args) error {
	return func(ctx context.Context, c *cloud, id string, _, next args) error {
		_, err := c.sns().SetTopicAttributes(ctx, &sns.SetTopicAttributesInput{
			TopicArn: &id, AttributeName: &attribute, AttributeValue: aws.String(documentText(next[name])),
		})
		return err
	}
}

func putTopicPolicy(ctx context.Context, c *cloud, fill func(any) error) (any, error) {
	in := struct {
		TopicArn   *string
		Attributes map[string]string
	}{}
	if err := fill(&in); err != nil {
		return nil, err
	}
	return c.sns().SetTopicAttributes(ctx, &sns.SetTopicAttributesInput{
		TopicArn: in.TopicArn, AttributeName: aws.String("Policy"), AttributeValue: aws.String(in.Attributes["Policy"]),
	})
}

// resetTopicPolicy puts the policy back that every topic begins with, because a topic cannot have none.
func resetTopicPolicy(ctx context.Context, c *cloud, id string, prior args) error {
	policy := fmt.Sprintf(`{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID",`+
		`"Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission",`+
		`"SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic","SNS:Publish"],"Resource":%q,`+
		`"Condition":{"StringEquals":{"AWS:SourceOwner":%q}}}]}`, id, prior.Text("owner"))
	return setTopic("Policy", "policy")(ctx, c, id, nil, args{"policy": policy})
}
