package pipeline

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/infra/settings"
)

// abandonedUploadDays is when the parts of an upload that was never completed are deleted. They are billed and nobody sees
// them.
const abandonedUploadDays = 1

// payloadStore is the bucket for what does not fit into a message.
type payloadStore struct {
	*part
	bucket *s3.BucketV2
}

// newPayloads declares the payload bucket: private, encrypted with S3's own keys, TLS only, without versions, since a
// payload is written once. Objects delete themselves once no message can point to them any more.
//
// A producer in this account needs s3:PutObject on payloads/* of the bucket and sqs:SendMessage on the ingestion queue, and
// sends the message after the object is there. The bucket's policy lets nobody of another account in.
func newPayloads(s *stack) (*payloadStore, error) {
	group, err := s.part("Payloads", "payloads")
	if err != nil {
		return nil, err
	}
	bucket, err := s3.NewBucketV2(s.ctx, s.resource("payloads"), &s3.BucketV2Args{
		Bucket:       pulumi.String(payloadBucket(s.names.owner, s.where)),
		ForceDestroy: pulumi.Bool(!s.ProtectData),
	}, pulumi.Parent(group), pulumi.Protect(s.ProtectData))
	if err != nil {
		return nil, err
	}
	p := &payloadStore{part: group, bucket: bucket}
	if err := p.keepPrivate(s); err != nil {
		return nil, err
	}
	if err := p.keepForDays(s, s.Payloads.RetentionDays); err != nil {
		return nil, err
	}
	return p, group.done(pulumi.Map{contract.OutputPayloadBucket: bucket.Bucket})
}

// keepPrivate declares who may use the bucket and how it is encrypted. The parts about access wait for each other: S3
// refuses to change two of them of one bucket at a time.
func (p *payloadStore) keepPrivate(s *stack) error {
	parent := pulumi.Parent(p)
	private, err := s3.NewBucketPublicAccessBlock(s.ctx, s.resource("payloads"), &s3.BucketPublicAccessBlockArgs{
		Bucket:                p.bucket.Bucket,
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	}, parent)
	if err != nil {
		return err
	}
	owned, err := s3.NewBucketOwnershipControls(s.ctx, s.resource("payloads"), &s3.BucketOwnershipControlsArgs{
		Bucket: p.bucket.Bucket,
		// Access lists are off: whoever writes an object, the bucket's owner owns it, and only policies count.
		Rule: &s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, parent, pulumi.DependsOn([]pulumi.Resource{private}))
	if err != nil {
		return err
	}
	all := pulumi.StringArray{p.bucket.Arn, pulumi.Sprintf("%s/*", p.bucket.Arn)}
	if _, err := s3.NewBucketPolicy(s.ctx, s.resource("payloads"), &s3.BucketPolicyArgs{
		Bucket: p.bucket.Bucket,
		Policy: policy(denyPlaintext(all, "s3:*")),
	}, parent, pulumi.DependsOn([]pulumi.Resource{owned})); err != nil {
		return err
	}
	encrypted := s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
		SseAlgorithm: pulumi.String("AES256"),
	}
	args := &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: p.bucket.Bucket,
		Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{
			&s3.BucketServerSideEncryptionConfigurationV2RuleArgs{ApplyServerSideEncryptionByDefault: &encrypted},
		},
	}
	_, err = s3.NewBucketServerSideEncryptionConfigurationV2(s.ctx, s.resource("payloads"), args, parent)
	return err
}

// keepForDays declares that objects are deleted after so many days, and no version of them stays.
func (p *payloadStore) keepForDays(s *stack, days int) error {
	parent := pulumi.Parent(p)
	if _, err := s3.NewBucketVersioningV2(s.ctx, s.resource("payloads"), &s3.BucketVersioningV2Args{
		Bucket: p.bucket.Bucket,
		// Personal data that has expired must be gone. S3 only knows Disabled for a bucket that never had versions.
		VersioningConfiguration: &s3.BucketVersioningV2VersioningConfigurationArgs{Status: pulumi.String("Disabled")},
	}, parent); err != nil {
		return err
	}
	_, err := s3.NewBucketLifecycleConfigurationV2(s.ctx, s.resource("payloads"), &s3.BucketLifecycleConfigurationV2Args{
		Bucket: p.bucket.Bucket,
		Rules: s3.BucketLifecycleConfigurationV2RuleArray{
			&s3.BucketLifecycleConfigurationV2RuleArgs{
				Id:         pulumi.String("expire"),
				Status:     pulumi.String("Enabled"),
				Filter:     &s3.BucketLifecycleConfigurationV2RuleFilterArgs{Prefix: pulumi.String("")},
				Expiration: &s3.BucketLifecycleConfigurationV2RuleExpirationArgs{Days: pulumi.Int(days)},
				AbortIncompleteMultipartUpload: &s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
					DaysAfterInitiation: pulumi.Int(abandonedUploadDays),
				},
			},
		},
	}, parent)
	return err
}

// use is what the function may do with the bucket. Without s3:ListBucket S3 says 403 of an object that is not there, and
// the function could not tell a payload that is gone for good from a permission that someone will fix (Amazon S3 API
// Reference, GetObject, "Permissions"). It lists nothing. AWS does not say whether a prefix is known when that permission is
// looked at for a GetObject, hence IfExists: a condition that never holds there would make every missing payload a 403.
func (p *payloadStore) use() []pulumi.Map {
	under := func(prefix string) pulumi.StringOutput { return pulumi.Sprintf("%s/%s*", p.bucket.Arn, prefix) }
	find := allow("FindPayloads", p.bucket.Arn, "s3:ListBucket")
	find["Condition"] = pulumi.Map{"StringLikeIfExists": pulumi.Map{
		"s3:prefix": pulumi.ToStringArray([]string{contract.ProducerPrefix + "*", contract.QuarantinePrefix + "*"}),
	}}
	return []pulumi.Map{
		allow("ReadPayloads", pulumi.StringArray{under(contract.ProducerPrefix), under(contract.QuarantinePrefix)},
			"s3:GetObject"),
		allow("QuarantinePayloads", under(contract.QuarantinePrefix), "s3:PutObject"),
		find,
	}
}

// deliveries are where the function puts events that are too large for targets which get claim checks then.
func (p *payloadStore) deliveries(targets []settings.Target) (objects pulumi.StringArray) {
	for _, target := range targets {
		if target.Large == contract.LargeClaimCheck {
			objects = append(objects, pulumi.Sprintf("%s/%s%s/*", p.bucket.Arn, contract.DeliveryPrefix, target.Name))
		}
	}
	return objects
}
