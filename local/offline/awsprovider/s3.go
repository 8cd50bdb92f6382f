package awsprovider

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

var bucketNotFound = []string{"NoSuchBucket", "NotFound", "404"}

func bucketName() property {
	return str(identity, must(named(63, `[a-z0-9.-]`)))
}

func s3Types() []*resourceType {
	return []*resourceType{
		{
			token:  "aws:s3/bucketV2:BucketV2",
			inputs: properties{"bucket": bucketName(), "forceDestroy": boolean(fallback(false), as()), "tags": tags()},
			outputs: map[string]string{
				"arn": "", "bucketDomainName": "", "bucketRegionalDomainName": "", "hostedZoneId": "", "region": "",
			},
			id:     "Bucket",
			create: op((*cloud).s3, (*s3.Client).CreateBucket),
			request: func(c *cloud, request any, _ args) error {
				if r, ok := request.(*s3.CreateBucketInput); ok && c.region != "us-east-1" { // the one region that must not be named
					r.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(c.region)}
				}
				return nil
			},
			read: op((*cloud).s3, (*s3.Client).HeadBucket),
			also: func(_ context.Context, c *cloud, id string, _ any, _, found args) error {
				found["arn"], found["bucket"], found["region"] = fmt.Sprintf("arn:%s:s3:::%s", c.partition, id), id, c.region
				found["bucketDomainName"] = fmt.Sprintf("%s.s3.%s", id, suffixOf(c.partition))
				found["bucketRegionalDomainName"] = fmt.Sprintf("%s.s3.%s.%s", id, c.region, suffixOf(c.partition))
				return nil
			},
			removable: emptyBucket,
			remove:    op((*cloud).s3, (*s3.Client).DeleteBucket),
			gone:      bucketNotFound,
			tags:      &tagging{"bucket", bucketTags, tagBucket, op((*cloud).s3, (*s3.Client).DeleteBucketTagging)},
		},
		bucketPart("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", properties{
			"blockPublicAcls": boolean(fallback(false)), "blockPublicPolicy": boolean(fallback(false)),
			"ignorePublicAcls": boolean(fallback(false)), "restrictPublicBuckets": boolean(fallback(false)),
		}, "PublicAccessBlockConfiguration", "PublicAccessBlockConfiguration", op((*cloud).s3, (*s3.Client).PutPublicAccessBlock),
			op((*cloud).s3, (*s3.Client).GetPublicAccessBlock), op((*cloud).s3, (*s3.Client).DeletePublicAccessBlock),
			"NoSuchPublicAccessBlockConfiguration"),
		bucketPart("aws:s3/bucketPolicy:BucketPolicy", properties{"policy": policy(required, must(principals))}, "", "",
			op((*cloud).s3, (*s3.Client).PutBucketPolicy), op((*cloud).s3, (*s3.Client).GetBucketPolicy),
			op((*cloud).s3, (*s3.Client).DeleteBucketPolicy), "NoSuchBucketPolicy"),
		bucketPart("aws:s3/bucketOwnershipControls:BucketOwnershipControls", properties{"rule": object(properties{
			"objectOwnership": str(required, must(oneOf("BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"))),
		}, required, as("Rules"))}, "OwnershipControls", "OwnershipControls", op((*cloud).s3, (*s3.Client).PutBucketOwnershipControls),
			op((*cloud).s3, (*s3.Client).GetBucketOwnershipControls), op((*cloud).s3, (*s3.Client).DeleteBucketOwnershipControls),
			"OwnershipControlsNotFoundError"),
		bucketPart("aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
			properties{"rules": list(object(properties{
				"applyServerSideEncryptionByDefault": object(properties{"sseAlgorithm": str(required, must(oneOf("AES256")))}),
			}), required)}, "ServerSideEncryptionConfiguration", "ServerSideEncryptionConfiguration",
			op((*cloud).s3, (*s3.Client).PutBucketEncryption), op((*cloud).s3, (*s3.Client).GetBucketEncryption),
			op((*cloud).s3, (*s3.Client).DeleteBucketEncryption), "ServerSideEncryptionConfigurationNotFoundError"),
		bucketPart("aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", properties{"rules": list(object(properties{
			"id":                             str(required),
			"status":                         str(required, must(oneOf("Enabled", "Disabled"))),
			"filter":                         object(properties{"prefix": str(fallback(""))}, fallback(map[string]any{})),
			"expiration":                     object(properties{"days": integer(required)}),
			"abortIncompleteMultipartUpload": object(properties{"daysAfterInitiation": integer(required)}),
		}), required)}, "LifecycleConfiguration", "", op((*cloud).s3, (*s3.Client).PutBucketLifecycleConfiguration),
			op((*cloud).s3, (*s3.Client).GetBucketLifecycleConfiguration), op((*cloud).s3, (*s3.Client).DeleteBucketLifecycle),
			"NoSuchLifecycleConfiguration"),
		bucketPart("aws:s3/bucketVersioningV2:BucketVersioningV2", properties{"versioningConfiguration": object(properties{
			"status": str(required, must(only(notVersioned))),
		}, required)}, "", "", versioning, versioning, versioning),
	}
}

// bucketPart is a setting of a bucket that is a resource of its own. absent are the error codes for: there is none.
func bucketPart(token tokens.Type, inputs properties, within, found string, put, get, drop call, absent ...string) *resourceType {
	inputs["bucket"] = bucketName()
	return &resourceType{
		token: token, inputs: inputs, id: "Bucket", within: within, found: found, create: put, read: get,
		also: func(_ context.Context, _ *cloud, id string, _ any, _, found args) error {
			found["bucket"] = id
			return nil
		},
		edits: []edit{{call: put}}, remove: drop, gone: slices.Concat(bucketNotFound, absent),
	}
}

// taggedBucket is how the tags of a bucket are read and written: all at once, and under another name than elsewhere.
type taggedBucket struct {
	Bucket *string
	Tags   []types.Tag
}

func bucketTags(ctx context.Context, c *cloud, fill func(any) error) (any, error) {
	var b taggedBucket
	if err := fill(&b); err != nil {
		return nil, err
	}
	out, err := c.s3().GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: b.Bucket})
	switch {
	case hasCode(err, "NoSuchTagSet", "NoSuchTagSetError"):
		return b, nil
	case err != nil:
		return nil, err
	}
	b.Tags = out.TagSet
	return b, nil
}

func tagBucket(ctx context.Context, c *cloud, fill func(any) error) (any, error) {
	var b taggedBucket
	if err := fill(&b); err != nil {
		return nil, err
	}
	return c.s3().PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: b.Bucket, Tagging: &types.Tagging{TagSet: b.Tags}})
}

// emptyBucket deletes every object, where the program says so.
func emptyBucket(ctx context.Context, c *cloud, id string, prior args) error {
	pages := s3.NewListObjectVersionsPaginator(c.s3(), &s3.ListObjectVersionsInput{Bucket: &id})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		objects := []types.ObjectIdentifier{}
		for _, v := range page.Versions {
			objects = append(objects, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
		}
		for _, m := range page.DeleteMarkers {
			objects = append(objects, types.ObjectIdentifier{Key: m.Key, VersionId: m.VersionId})
		}
		if len(objects) == 0 {
			continue
		}
		if !prior.Bool("forceDestroy") {
			return fmt.Errorf("BucketNotEmpty: it has objects in it; set forceDestroy and update the stack to delete them too")
		}
		out, err := c.s3().DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: &id, Delete: &types.Delete{Objects: objects, Quiet: aws.Bool(true)}})
		if err != nil {
			return wrap(err, "emptying bucket "+id)
		}
		for _, e := range out.Errors {
			return fmt.Errorf("emptying bucket %s: %s: %s", id, aws.ToString(e.Code), aws.ToString(e.Message))
		}
	}
	return nil
}

// notVersioned is the published provider's word for a bucket that never had versions. S3 has none for it: such a bucket
// has no status.
const notVersioned = "Disabled"

// versioned is the answer of S3 in the shape of the property.
type versioned struct {
	Bucket                  *string
	VersioningConfiguration *types.VersioningConfiguration
}

// versioning reads whether a bucket has versions. There is nothing to do for one that shall have none, and nothing to undo.
func versioning(ctx context.Context, c *cloud, fill func(any) error) (any, error) {
	var v versioned
	if err := fill(&v); err != nil {
		return nil, err
	}
	out, err := c.s3().GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: v.Bucket})
	if err != nil {
		return nil, err
	}
	if out.Status == "" {
		out.Status = notVersioned
	}
	v.VersioningConfiguration = &types.VersioningConfiguration{Status: out.Status}
	return v, nil
}
