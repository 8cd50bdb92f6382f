package simulation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// bucketClient is the SDK's client of S3, of a bucket that holds the objects of the plan.
type bucketClient struct{ world *world }

var errReadOnly = errors.New("the function has nothing to write to the payload bucket")

func (c bucketClient) PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	c.world.violate("PutObject: %v", errReadOnly)
	return nil, errReadOnly
}

func (c bucketClient) GetObject(ctx context.Context, in *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	w, key := c.world, aws.ToString(in.Key)
	i, m := invocationOf(ctx), w.plan.pointing[key]
	if i == nil || m == nil || aws.ToString(in.Bucket) != payloadBucket {
		w.violate("GetObject of %q has not the context of its invocation, or nobody points there", key)
		return nil, errNetwork
	}
	// Two receives of a message may have the same object read at the same time; what happens to both is the same, too.
	name := fmt.Sprintf("%s GetObject %s %v", i.name, key, time.Since(i.startedAt))
	d, r := w.plan.dice, w.plan.rates
	if err := i.pass(ctx, name); err != nil {
		return nil, err
	}
	latency := c.latency(name)
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
	object, found := w.plan.objects[key]
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

func (c bucketClient) latency(name string) time.Duration {
	w, d := c.world, c.world.plan.dice
	switch {
	case d.chance(w.plan.rates.bucketHang, "hang", name):
		w.count("GetObject hung")
		return time.Hour + d.between(0, time.Second, "latency", name)
	case d.chance(w.plan.rates.bucketSlow, "slow", name):
		w.count("GetObject slow")
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
