package awsprovider

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// bucketPart is a setting of a bucket that is a resource of its own.
type bucketPart struct {
	token  tokens.Type
	inputs properties
	put    func(ctx context.Context, c *cloud, bucket string, in args) error
	get    func(ctx context.Context, c *cloud, bucket string) (args, error)
	drop   func(ctx context.Context, c *cloud, bucket string) error
	absent []string // error codes for: the bucket has no such setting
}

func (b bucketPart) resourceType() *resourceType {
	b.inputs["bucket"] = str(identity, must(bucketName))
	doing := " the " + string(b.token.Name()) + " of bucket "
	absent := slices.Concat(bucketNotFound, b.absent)
	return &resourceType{
		token: b.token, inputs: b.inputs,
		create: func(ctx context.Context, c *cloud, in args) (string, error) {
			if err := b.put(ctx, c, in.str("bucket"), in); err != nil {
				return "", wrap(err, "putting"+doing+in.str("bucket"))
			}
			return in.str("bucket"), nil
		},
		read: func(ctx context.Context, c *cloud, id string, _ args) (args, error) {
			observed, err := b.get(ctx, c, id)
			if err != nil {
				return nil, gone(err, "reading"+doing+id, absent...)
			}
			observed["bucket"] = id
			return observed, nil
		},
		update: func(ctx context.Context, c *cloud, id string, _, next args) error {
			return wrap(b.put(ctx, c, id, next), "putting"+doing+id)
		},
		remove: func(ctx context.Context, c *cloud, id string, _ args) error {
			return gone(b.drop(ctx, c, id), "removing"+doing+id, absent...)
		},
	}
}

func bucketPublicAccessBlock() *resourceType {
	return bucketPart{
		token: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
		inputs: properties{
			"blockPublicAcls": boolean(fallback(false)), "blockPublicPolicy": boolean(fallback(false)),
			"ignorePublicAcls": boolean(fallback(false)), "restrictPublicBuckets": boolean(fallback(false)),
		},
		put: func(ctx context.Context, c *cloud, bucket string, in args) error {
			_, err := c.s3().PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
				Bucket: &bucket,
				PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
					BlockPublicAcls: in.boolp("blockPublicAcls"), BlockPublicPolicy: in.boolp("blockPublicPolicy"),
					IgnorePublicAcls: in.boolp("ignorePublicAcls"), RestrictPublicBuckets: in.boolp("restrictPublicBuckets"),
				},
			})
			return err
		},
		get: func(ctx context.Context, c *cloud, bucket string) (args, error) {
			out, err := c.s3().GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: &bucket})
			if err != nil {
				return nil, err
			}
			b := out.PublicAccessBlockConfiguration
			return args{
				"blockPublicAcls": aws.ToBool(b.BlockPublicAcls), "blockPublicPolicy": aws.ToBool(b.BlockPublicPolicy),
				"ignorePublicAcls": aws.ToBool(b.IgnorePublicAcls), "restrictPublicBuckets": aws.ToBool(b.RestrictPublicBuckets),
			}, nil
		},
		drop: func(ctx context.Context, c *cloud, bucket string) error {
			_, err := c.s3().DeletePublicAccessBlock(ctx, &s3.DeletePublicAccessBlockInput{Bucket: &bucket})
			return err
		},
		absent: []string{"NoSuchPublicAccessBlockConfiguration"},
	}.resourceType()
}

func bucketPolicy() *resourceType {
	return bucketPart{
		token:  "aws:s3/bucketPolicy:BucketPolicy",
		inputs: properties{"policy": policy(required, must(principals, policySize(20480)))},
		put: func(ctx context.Context, c *cloud, bucket string, in args) error {
			_, err := c.s3().PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: aws.String(in.document("policy"))})
			return err
		},
		get: func(ctx context.Context, c *cloud, bucket string) (args, error) {
			out, err := c.s3().GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &bucket})
			if err != nil {
				return nil, err
			}
			return args{"policy": aws.ToString(out.Policy)}, nil
		},
		drop: func(ctx context.Context, c *cloud, bucket string) error {
			_, err := c.s3().DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: &bucket})
			return err
		},
		absent: []string{"NoSuchBucketPolicy"},
	}.resourceType()
}

func bucketOwnership() *resourceType {
	return bucketPart{
		token: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
		inputs: properties{"rule": object(properties{
			"objectOwnership": str(required, must(oneOf("BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"))),
		}, required)},
		put: func(ctx context.Context, c *cloud, bucket string, in args) error {
			rules := []types.OwnershipControlsRule{{ObjectOwnership: types.ObjectOwnership(in.object("rule").str("objectOwnership"))}}
			_, err := c.s3().PutBucketOwnershipControls(ctx, &s3.PutBucketOwnershipControlsInput{
				Bucket: &bucket, OwnershipControls: &types.OwnershipControls{Rules: rules},
			})
			return err
		},
		get: func(ctx context.Context, c *cloud, bucket string) (args, error) {
			out, err := c.s3().GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: &bucket})
			if err != nil {
				return nil, err
			}
			observed := args{"rule": nil}
			if o := out.OwnershipControls; o != nil && len(o.Rules) > 0 {
				observed["rule"] = map[string]any{"objectOwnership": string(o.Rules[0].ObjectOwnership)}
			}
			return observed, nil
		},
		drop: func(ctx context.Context, c *cloud, bucket string) error {
			_, err := c.s3().DeleteBucketOwnershipControls(ctx, &s3.DeleteBucketOwnershipControlsInput{Bucket: &bucket})
			return err
		},
		absent: []string{"OwnershipControlsNotFoundError"},
	}.resourceType()
}

func bucketEncryption() *resourceType {
	return bucketPart{
		token: "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
		inputs: properties{"rules": list(object(properties{
			"applyServerSideEncryptionByDefault": object(properties{
				"sseAlgorithm": str(required, must(oneOf("AES256", "aws:kms", "aws:kms:dsse"))), "kmsMasterKeyId": str(),
			}),
			"bucketKeyEnabled": boolean(fallback(false)),
		}), required, must(sized(1, 1)))},
		put: func(ctx context.Context, c *cloud, bucket string, in args) error {
			rules := []types.ServerSideEncryptionRule{}
			for _, r := range in.objects("rules") {
				rule := types.ServerSideEncryptionRule{BucketKeyEnabled: r.boolp("bucketKeyEnabled")}
				if d := r.object("applyServerSideEncryptionByDefault"); d != nil {
					rule.ApplyServerSideEncryptionByDefault = &types.ServerSideEncryptionByDefault{
						SSEAlgorithm: types.ServerSideEncryption(d.str("sseAlgorithm")), KMSMasterKeyID: d.strp("kmsMasterKeyId"),
					}
				}
				rules = append(rules, rule)
			}
			_, err := c.s3().PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{
				Bucket: &bucket, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: rules},
			})
			return err
		},
		get: func(ctx context.Context, c *cloud, bucket string) (args, error) {
			out, err := c.s3().GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: &bucket})
			if err != nil {
				return nil, err
			}
			rules := []any{}
			for _, r := range out.ServerSideEncryptionConfiguration.Rules {
				rule := map[string]any{"bucketKeyEnabled": aws.ToBool(r.BucketKeyEnabled)}
				if d := r.ApplyServerSideEncryptionByDefault; d != nil {
					rule["applyServerSideEncryptionByDefault"] = map[string]any{
						"sseAlgorithm": string(d.SSEAlgorithm), "kmsMasterKeyId": optional(d.KMSMasterKeyID),
					}
				}
				rules = append(rules, rule)
			}
			return args{"rules": rules}, nil
		},
		drop: func(ctx context.Context, c *cloud, bucket string) error {
			_, err := c.s3().DeleteBucketEncryption(ctx, &s3.DeleteBucketEncryptionInput{Bucket: &bucket})
			return err
		},
		absent: []string{"ServerSideEncryptionConfigurationNotFoundError"},
	}.resourceType()
}
