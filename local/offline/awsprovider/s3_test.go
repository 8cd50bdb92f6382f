package awsprovider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"cc-eventbridge/genesys/plugin"
)

const bucketToken = tokens.Type("aws:s3/bucketV2:BucketV2")

// TestBucketWithObjects: a bucket goes with its objects only where the program says so, old versions and all.
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
	for name, status := range map[string]string{"never-versioned": "Disabled", "versioned": "Enabled", "suspended": "Suspended"} {
		t.Run(name, func(t *testing.T) {
			s := stack{t, s.p}
			bucket := s.make(bucketToken, args{"bucket": name, "forceDestroy": true})
			s.make(bucketVersioningToken, args{"bucket": name, "versioningConfiguration": map[string]any{"status": status}})
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

func TestVersioningCannotBeUndone(t *testing.T) {
	s := stack{t, configured(t, startEmulator(t), nil)}
	s.make(bucketToken, args{"bucket": "versions"})
	versioning := func(status string) resource.PropertyMap {
		return plugin.ToProperty(args{"bucket": "versions", "versioningConfiguration": args{"status": status}}).ObjectValue()
	}
	change := func(from, to string) error {
		_, err := s.p.Update(t.Context(), sdk.UpdateRequest{
			URN: s.urn(bucketVersioningToken), Type: bucketVersioningToken, ID: "versions", OldInputs: versioning(from), NewInputs: versioning(to),
		})
		return err
	}
	if err := change("Disabled", "Enabled"); err != nil {
		t.Fatal(err)
	}
	s.expectRefused(change("Enabled", "Disabled"), `cannot be updated from "Enabled" to "Disabled"`)
	if err := change("Enabled", "Suspended"); err != nil {
		t.Error(err)
	}
}
