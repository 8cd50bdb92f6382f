package awsprovider

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// notVersioned is the published provider's word for a bucket that never had versions. S3 has none for it: such a bucket
// has no status, and one that had versions can only be suspended.
const notVersioned = "Disabled"

func bucketVersioning() *resourceType {
	return bucketPart{
		token: "aws:s3/bucketVersioningV2:BucketVersioningV2",
		inputs: properties{"versioningConfiguration": object(properties{
			"status": str(required, must(oneOf(string(types.BucketVersioningStatusEnabled), string(types.BucketVersioningStatusSuspended), notVersioned))),
		}, required)},
		put: func(ctx context.Context, c *cloud, bucket string, in args) error {
			status := in.object("versioningConfiguration").str("status")
			if status != notVersioned {
				return setVersioning(ctx, c, bucket, types.BucketVersioningStatus(status))
			}
			was, err := versioningOf(ctx, c, bucket)
			if err == nil && was != notVersioned {
				err = fmt.Errorf("versioningConfiguration.status cannot be updated from %q to %q: use \"Suspended\"", was, notVersioned)
			}
			return err
		},
		get: func(ctx context.Context, c *cloud, bucket string) (args, error) {
			status, err := versioningOf(ctx, c, bucket)
			return args{"versioningConfiguration": map[string]any{"status": status}}, err
		},
		drop: func(ctx context.Context, c *cloud, bucket string) error {
			status, err := versioningOf(ctx, c, bucket)
			if err != nil || status == notVersioned {
				return err
			}
			return setVersioning(ctx, c, bucket, types.BucketVersioningStatusSuspended)
		},
	}.resourceType()
}

func versioningOf(ctx context.Context, c *cloud, bucket string) (string, error) {
	out, err := c.s3().GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &bucket})
	switch {
	case err != nil:
		return "", err
	case out.Status == "":
		return notVersioned, nil
	}
	return string(out.Status), nil
}

func setVersioning(ctx context.Context, c *cloud, bucket string, status types.BucketVersioningStatus) error {
	_, err := c.s3().PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: &bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: status},
	})
	return err
}
