package awsprovider

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

var (
	bucketNotFound = []string{"NoSuchBucket", "NotFound", "404"}
	// bucketName: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
	bucketNamePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	ipLike            = regexp.MustCompile(`^\d+\.\d+\.\d+\.\d+$`)
)

func s3Types() []*resourceType {
	return []*resourceType{
		bucket(), bucketPublicAccessBlock(), bucketEncryption(), bucketLifecycle(), bucketPolicy(), bucketOwnership(), bucketVersioning(),
	}
}

func bucketName(v any) error {
	s, _ := v.(string)
	if !bucketNamePattern.MatchString(s) || strings.Contains(s, "..") || ipLike.MatchString(s) || strings.HasPrefix(s, "xn--") {
		return fmt.Errorf("value %q is not a bucket name: it must have 3 to 63 lower-case letters, digits, dots and hyphens, begin and end "+
			"with a letter or digit, and not look like an IP address", s)
	}
	return nil
}

func bucket() *resourceType {
	return &resourceType{
		token: "aws:s3/bucketV2:BucketV2",
		inputs: properties{
			"bucket":       str(identity, must(bucketName)),
			"forceDestroy": boolean(fallback(false)),
			"tags":         tags(),
		},
		outputs: []string{
			"arn", "bucketDomainName", "bucketRegionalDomainName", "hostedZoneId", "region",
		},
		create: func(ctx context.Context, c *cloud, in args) (string, error) {
			request := &s3.CreateBucketInput{Bucket: in.strp("bucket")}
			if c.region != "us-east-1" { // the one region that must not be named
				request.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(c.region)}
			}
			if _, err := c.s3().CreateBucket(ctx, request); err != nil {
				return "", wrap(err, "creating bucket "+in.str("bucket"))
			}
			return in.str("bucket"), tagBucket(ctx, c, in.str("bucket"), in)
		},
		read: readBucket,
		update: func(ctx context.Context, c *cloud, id string, old, next args) error {
			if same(bucket().inputs["tags"], old["tags"], next["tags"]) {
				return nil
			}
			return tagBucket(ctx, c, id, next)
		},
		remove: deleteBucket,
	}
}

func tagBucket(ctx context.Context, c *cloud, name string, in args) error {
	tags := tagList(in.stringMap("tags"), func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} })
	var err error
	if len(tags) == 0 {
		_, err = c.s3().DeleteBucketTagging(ctx, &s3.DeleteBucketTaggingInput{Bucket: &name})
	} else {
		_, err = c.s3().PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: &name, Tagging: &types.Tagging{TagSet: tags}})
	}
	return wrap(err, "tagging bucket "+name)
}

func readBucket(ctx context.Context, c *cloud, id string, _ args) (args, error) {
	if _, err := c.s3().HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &id}); err != nil {
		return nil, gone(err, "reading bucket "+id, bucketNotFound...)
	}
	observed := args{
		"arn": fmt.Sprintf("arn:%s:s3:::%s", c.partition, id), "bucket": id, "region": c.region, "tags": nil, "hostedZoneId": "",
		"bucketDomainName":         fmt.Sprintf("%s.s3.%s", id, suffixOf(c.partition)),
		"bucketRegionalDomainName": fmt.Sprintf("%s.s3.%s.%s", id, c.region, suffixOf(c.partition)),
	}
	out, err := c.s3().GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: &id})
	if err != nil && !hasCode(err, "NoSuchTagSet", "NoSuchTagSetError") {
		return nil, gone(err, "reading the tags of bucket "+id, bucketNotFound...)
	}
	if err == nil {
		observed["tags"] = tagMap(out.TagSet, func(t types.Tag) (*string, *string) { return t.Key, t.Value })
	}
	return observed, nil
}

func deleteBucket(ctx context.Context, c *cloud, id string, prior args) error {
	if prior.boolean("forceDestroy") {
		if err := emptyBucket(ctx, c, id); err != nil {
			return err
		}
	}
	_, err := c.s3().DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &id})
	if hasCode(err, "BucketNotEmpty") {
		return fmt.Errorf("deleting bucket %s: it has objects in it; set forceDestroy and update the stack to delete them too: %w", id, err)
	}
	return gone(err, "deleting bucket "+id, bucketNotFound...)
}

// emptyBucket deletes every version of every object.
func emptyBucket(ctx context.Context, c *cloud, id string) error {
	pages := s3.NewListObjectVersionsPaginator(c.s3(), &s3.ListObjectVersionsInput{Bucket: &id})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return gone(err, "listing bucket "+id, bucketNotFound...)
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
