package traffic

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"cc-eventbridge/function/payload"
)

// PayloadBucket is the payload bucket at the account's endpoint, which names it in the path.
func PayloadBucket(account aws.Config, bucket string) *payload.Bucket {
	client := s3.NewFromConfig(account, func(o *s3.Options) { o.UsePathStyle = true })
	return payload.NewBucket(func() payload.API { return client }, bucket)
}

// PutObjects puts objects into the payload bucket, as a producer does before it sends what points to them.
func PutObjects(ctx context.Context, bucket *payload.Bucket, objects []Object) error {
	for _, object := range objects {
		if err := bucket.Put(ctx, object.Key, object.Body); err != nil {
			return err
		}
	}
	return nil
}
