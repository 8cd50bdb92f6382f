package awsprovider

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func bucketLifecycle() *resourceType {
	days := func(name string, options ...option) property {
		return object(properties{name: integer(append(options, must(between(1, 1e9)))...)})
	}
	t := bucketPart{
		token: "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
		inputs: properties{"rules": list(object(properties{
			"id":                             str(required, must(atMost(255))),
			"status":                         str(required, must(oneOf("Enabled", "Disabled"))),
			"filter":                         object(properties{"prefix": str(fallback(""))}, fallback(map[string]any{})),
			"expiration":                     days("days"),
			"abortIncompleteMultipartUpload": days("daysAfterInitiation"),
			"noncurrentVersionExpiration":    days("noncurrentDays", required),
		}), required, must(sized(1, 1000)))},
		put: func(ctx context.Context, c *cloud, bucket string, in args) error {
			rules := []types.LifecycleRule{}
			for _, r := range in.objects("rules") {
				rules = append(rules, lifecycleRule(r))
			}
			_, err := c.s3().PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
				Bucket: &bucket, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: rules},
			})
			return err
		},
		get: func(ctx context.Context, c *cloud, bucket string) (args, error) {
			out, err := c.s3().GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &bucket})
			if err != nil {
				return nil, err
			}
			rules := []any{}
			for _, r := range out.Rules {
				rules = append(rules, anyLifecycleRule(r))
			}
			return args{"rules": rules}, nil
		},
		drop: func(ctx context.Context, c *cloud, bucket string) error {
			_, err := c.s3().DeleteBucketLifecycle(ctx, &s3.DeleteBucketLifecycleInput{Bucket: &bucket})
			return err
		},
		absent: []string{"NoSuchLifecycleConfiguration"},
	}.resourceType()
	t.rules = []func(args) *problem{lifecycleActs}
	return t
}

// lifecycleActs: S3 answers MalformedXML to a rule that does nothing.
func lifecycleActs(in args) *problem {
	for i, r := range in.objects("rules") {
		if !r.has("expiration") && !r.has("abortIncompleteMultipartUpload") && !r.has("noncurrentVersionExpiration") {
			return &problem{fmt.Sprintf("rules[%d]", i), "MalformedXML: at least one action needs to be specified in a rule"}
		}
	}
	return nil
}

func lifecycleRule(r args) types.LifecycleRule {
	prefix := r.object("filter").str("prefix")
	out := types.LifecycleRule{
		ID: r.strp("id"), Status: types.ExpirationStatus(r.str("status")), Filter: &types.LifecycleRuleFilter{Prefix: &prefix},
	}
	if e := r.object("expiration"); e != nil {
		out.Expiration = &types.LifecycleExpiration{Days: e.int32p("days")}
	}
	if a := r.object("abortIncompleteMultipartUpload"); a != nil {
		out.AbortIncompleteMultipartUpload = &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: a.int32p("daysAfterInitiation")}
	}
	if n := r.object("noncurrentVersionExpiration"); n != nil {
		out.NoncurrentVersionExpiration = &types.NoncurrentVersionExpiration{NoncurrentDays: n.int32p("noncurrentDays")}
	}
	return out
}

func anyLifecycleRule(r types.LifecycleRule) map[string]any {
	out := map[string]any{"id": optional(r.ID), "status": string(r.Status)}
	if f := r.Filter; f != nil && f.Prefix != nil {
		out["filter"] = map[string]any{"prefix": optional(f.Prefix)}
	}
	if e := r.Expiration; e != nil {
		out["expiration"] = map[string]any{"days": optional(e.Days)}
	}
	if a := r.AbortIncompleteMultipartUpload; a != nil {
		out["abortIncompleteMultipartUpload"] = map[string]any{"daysAfterInitiation": optional(a.DaysAfterInitiation)}
	}
	if n := r.NoncurrentVersionExpiration; n != nil {
		out["noncurrentVersionExpiration"] = map[string]any{"noncurrentDays": optional(n.NoncurrentDays)}
	}
	return out
}
