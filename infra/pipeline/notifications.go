package pipeline

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/infra/settings"
)

// keyDeletionDays is the shortest time that KMS lets a deleted key be restored, 7 to 30 days.
const keyDeletionDays = 7

// keyAdministration is what the account may do with the topic's key through its own IAM policies: manage it, not use
// it. KMS requires that someone can change the key's policy.
var keyAdministration = []string{
	"kms:CancelKeyDeletion", "kms:CreateAlias", "kms:DeleteAlias", "kms:DescribeKey", "kms:DisableKey",
	"kms:DisableKeyRotation", "kms:EnableKey", "kms:EnableKeyRotation", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus",
	"kms:ListAliases", "kms:ListGrants", "kms:ListKeyPolicies", "kms:ListResourceTags", "kms:PutKeyPolicy",
	"kms:RevokeGrant", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource", "kms:UpdateAlias",
	"kms:UpdateKeyDescription",
}

// notifications is the topic that alarms are sent to. It has all alarms but those of other parts as its children.
type notifications struct {
	*part
	topic *sns.Topic
}

// newNotifications declares the topic. The group stays open for the alarms.
func newNotifications(s *stack) (*notifications, error) {
	group, err := s.part("Alarms", "alarms")
	if err != nil {
		return nil, err
	}
	topic, err := newAlarmTopic(s, group)
	if err != nil {
		return nil, err
	}
	for _, to := range s.AlarmSubscriptions {
		if err := subscribe(s, group, topic, to); err != nil {
			return nil, fmt.Errorf("subscribing %s to alarms: %w", to.Name, err)
		}
	}
	return &notifications{part: group, topic: topic}, group.done(pulumi.Map{contract.OutputAlarmTopic: topic.Arn})
}

// notify is what an alarm does when it goes off and when it is over.
func (n *notifications) notify() pulumi.Array { return pulumi.Array{n.topic.Arn} }

// subscribe has alarms sent to someone. A mail or https address gets a message first that its owner must confirm; the program
// does not wait for that. What lets the topic write to a queue or call a function is in their own policies, which are their
// owners' to change.
func subscribe(s *stack, parent pulumi.Resource, topic *sns.Topic, to settings.Subscription) error {
	var endpoint pulumi.StringInput = pulumi.String(to.Endpoint)
	if to.Secret() {
		endpoint = pulumi.ToSecret(endpoint).(pulumi.StringOutput)
	}
	_, err := sns.NewTopicSubscription(s.ctx, s.resource(to.Name), &sns.TopicSubscriptionArgs{
		Topic:    topic.Arn,
		Protocol: pulumi.String(to.Protocol),
		Endpoint: endpoint,
	}, pulumi.Parent(parent), pulumi.AdditionalSecretOutputs(secretOutputs(to)))
	return err
}

// secretOutputs are the outputs of a subscription that a stack's state must not have in clear either.
func secretOutputs(to settings.Subscription) []string {
	if to.Secret() {
		return []string{"endpoint"}
	}
	return nil
}

// newAlarmTopic declares the topic that alarms are sent to; people and tools subscribe to it. It is encrypted with a
// key of its own because CloudWatch can't publish to a topic under the AWS-managed one, whose policy can't be changed.
func newAlarmTopic(s *stack, parent pulumi.Resource) (*sns.Topic, error) {
	where := s.where
	alarms := pulumi.String(fmt.Sprintf("arn:%s:cloudwatch:%s:%s:alarm:%s",
		where.partition, where.region, where.account, s.names.alarm("*")))
	// In a key's policy the resource "*" is the key itself.
	itself := pulumi.String("*")
	administer := allow("AccountAdministersKey", itself, keyAdministration...)
	administer["Principal"] = pulumi.Map{"AWS": accountRoot(where, where.account)}
	key, err := kms.NewKey(s.ctx, s.resource("alarms"), &kms.KeyArgs{
		Description:          pulumi.String("Encrypts the alarms of " + s.names.processor),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(keyDeletionDays),
		Policy: policy(administer, allowService("AlarmsPublishEncrypted", "cloudwatch.amazonaws.com",
			itself, alarms, where.account, "kms:Decrypt", "kms:GenerateDataKey")),
	}, pulumi.Parent(parent))
	if err != nil {
		return nil, err
	}
	if _, err := kms.NewAlias(s.ctx, s.resource("alarms"), &kms.AliasArgs{
		Name:        pulumi.String("alias/" + s.names.alarms),
		TargetKeyId: key.KeyId,
	}, pulumi.Parent(parent)); err != nil {
		return nil, err
	}
	topic, err := sns.NewTopic(s.ctx, s.resource("alarms"), &sns.TopicArgs{
		Name:           pulumi.String(s.names.alarms),
		KmsMasterKeyId: key.Arn,
	}, pulumi.Parent(parent))
	if err != nil {
		return nil, err
	}
	_, err = sns.NewTopicPolicy(s.ctx, s.resource("alarms"), &sns.TopicPolicyArgs{
		Arn: topic.Arn,
		Policy: policy(denyPlaintext(topic.Arn, "sns:Publish"),
			allowService("AlarmsPublish", "cloudwatch.amazonaws.com", topic.Arn, alarms, where.account, "sns:Publish")),
	}, pulumi.Parent(parent))
	return topic, err
}
