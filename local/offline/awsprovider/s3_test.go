package awsprovider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

const bucketToken = tokens.Type("aws:s3/bucketV2:BucketV2")

// TestBucketWithObjects: a bucket goes with its objects only where the program says so.
func TestBucketWithObjects(t *testing.T) {
	s := stack{t, configured(t, startEmulator(t), nil)}
	c, err := s.p.reach()
	if err != nil {
		t.Fatal(err)
	}
	fill := func(t *testing.T, bucket string) {
		for i := range 3 {
			key := fmt.Sprintf("payloads/%d", i%2) // one of them twice
			if _, err := c.s3().PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader("x")}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range []string{"a-bucket", "another"} {
		t.Run(name, func(t *testing.T) {
			s := stack{t, s.p}
			bucket := s.make(bucketToken, args{"bucket": name, "forceDestroy": true})
			s.make(bucketVersioningToken, args{"bucket": name, "versioningConfiguration": map[string]any{"status": notVersioned}})
			fill(t, name)
			kept := args{"id": bucket["id"]}
			s.expectRefused(s.remove(bucketToken, kept), "it has objects in it; set forceDestroy")
			if err := s.remove(bucketToken, bucket); err != nil {
				t.Errorf("deleting a bucket with forceDestroy: %v", err)
			}
			if _, err := newRegistry()[bucketToken].observe(t.Context(), c, name, nil); err != errNotFound { //nolint:errorlint // the very same error
				t.Errorf("the bucket is still there: %v", err)
			}
		})
	}
}
