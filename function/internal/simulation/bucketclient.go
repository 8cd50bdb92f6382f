package simulation

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"cc-eventbridge/function/contract"
)

// bucketClient is the SDK's client of S3, of a bucket that holds the objects of the plan.
type bucketClient struct{ world *world }

// PutObject takes the body of a quarantined message, and nothing else.
func (c bucketClient) PutObject(ctx context.Context, in *s3.PutObjectInput, _ ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	w, i, key := c.world, invocationOf(ctx), aws.ToString(in.Key)
	body, err := io.ReadAll(in.Body)
	sum := sha256.Sum256(body)
	if i == nil || err != nil || key != contract.QuarantinePrefix+hex.EncodeToString(sum[:]) || aws.ToString(in.Bucket) != payloadBucket {
		w.violate("PutObject of %q, %d bytes: not the place of a quarantined body, or not the context of its invocation", key, len(body))
		return nil, errNetwork
	}
	name, err := i.enter(ctx, "PutObject "+key)
	if err != nil {
		return nil, err
	}
	latency := c.latency("PutObject", name)
	i.crashDuring(name, latency)
	if err := i.wait(ctx, latency/2); err != nil {
		w.count("PutObject interrupted")
		return nil, err
	}
	if w.plan.dice.chance(w.plan.rates.bucketRefused, "refused", name) {
		w.count("PutObject refused")
		return nil, pick(w.plan.dice, []error{errNetwork, status(http.StatusServiceUnavailable, "SlowDown")}, "refusal", name)
	}
	w.plan.bucket.put(key, string(body))
	w.count("body offloaded to the payload bucket")
	w.trace("%s took effect", name)
	if err := i.crash("after " + name); err != nil {
		return nil, err
	}
	return &s3.PutObjectOutput{}, i.wait(ctx, latency/2)
}

func (c bucketClient) GetObject(ctx context.Context, in *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	w, key := c.world, aws.ToString(in.Key)
	i := invocationOf(ctx)
	if i == nil || len(w.plan.bucket.pointers(key)) == 0 || aws.ToString(in.Bucket) != payloadBucket {
		w.violate("GetObject of %q has not the context of its invocation, or nobody points there", key)
		return nil, errNetwork
	}
	// Two receives of a message may have the same object read at the same time; what happens to both is the same, too.
	name := fmt.Sprintf("%s GetObject %s %v", i.name, key, time.Since(i.startedAt))
	d, r := w.plan.dice, w.plan.rates
	if err := i.pass(ctx, name); err != nil {
		return nil, err
	}
	latency := c.latency("GetObject", name)
	i.crashDuring(name, latency)
	if err := i.wait(ctx, latency); err != nil {
		w.count("GetObject interrupted")
		return nil, err
	}
	if err := i.crash("after " + name); err != nil {
		return nil, err
	}
	if d.chance(r.bucketRefused, "refused", name) {
		w.count("GetObject refused")
		return nil, pick(d, []error{
			errNetwork, status(http.StatusServiceUnavailable, "SlowDown"), status(http.StatusForbidden, "AccessDenied"), status(http.StatusInternalServerError, "InternalError"),
		}, "refusal", name)
	}
	object, found := w.plan.bucket.get(key)
	if !found {
		w.count("GetObject of an object that is not there")
		return nil, status(http.StatusNotFound, "NoSuchKey")
	}
	out := &s3.GetObjectOutput{ContentLength: aws.Int64(int64(len(object))), Body: io.NopCloser(bytes.NewReader([]byte(object)))}
	if d.chance(r.bucketCut, "cut", name) {
		w.count("GetObject cut off in its body")
		out.Body = io.NopCloser(io.MultiReader(bytes.NewReader([]byte(object[:len(object)/2])), broken{}))
	}
	w.trace("%s took effect", name)
	return out, nil
}

func (c bucketClient) latency(operation, name string) time.Duration {
	w, d := c.world, c.world.plan.dice
	switch {
	case d.chance(w.plan.rates.bucketHang, "hang", name):
		w.count(operation + " hung")
		return time.Hour + d.between(0, time.Second, "latency", name)
	case d.chance(w.plan.rates.bucketSlow, "slow", name):
		w.count(operation + " slow")
		return d.between(200*time.Millisecond, 8*time.Second, "latency", name)
	default:
		return d.between(10*time.Millisecond, 120*time.Millisecond, "latency", name)
	}
}

// broken is a connection that breaks.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// status is an answer of S3 that is not a success.
func status(code int, name string) error {
	return &awshttp.ResponseError{ResponseError: &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: code}}, Err: &smithy.GenericAPIError{Code: name},
	}}
}
