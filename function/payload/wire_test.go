package payload_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"cc-eventbridge/function/payload"
)

// personal is part of a key that a producer named after a caller.
const (
	personal = "4930123456"
	key      = "payloads/" + personal + ".json"
)

// wired is a bucket behind the SDK's client and a server.
func wired(endpoint string) *payload.Bucket {
	client := s3.New(s3.Options{
		Region: "eu-central-1", BaseEndpoint: aws.String(endpoint), UsePathStyle: true, Retryer: aws.NopRetryer{},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret"}, nil
		}),
	})
	return payload.NewBucket(client, "bucket")
}

func serve(t *testing.T, handler http.HandlerFunc) string {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// refuse answers as S3 does, whose messages may name the object.
func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("x-amz-request-id", "R1")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>not authorized on arn:aws:s3:::bucket/%s</Message><Key>%s</Key></Error>`, code, key, key)
}

func TestErrorsOfS3(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		code   string
		reason string // "" for transient
		calls  int32
		text   string
	}{
		{"a missing object", 404, "NoSuchKey", payload.MissingObject, 1, "missing-object"},
		{"a missing bucket is a mistake of ours", 404, "NoSuchBucket", "", 1, `NoSuchBucket (status 404, request "R1")`},
		{"no permission", 403, "AccessDenied", "", 1, "AccessDenied (status 403"},
		{"throttled", 503, "SlowDown", "", 2, "SlowDown (status 503"},
		{"an internal error", 500, "InternalError", "", 2, "InternalError (status 500"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var calls atomic.Int32
			endpoint := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				refuse(w, c.status, c.code)
			})
			_, err := wired(endpoint).Read(t.Context(), key, 10)
			permanent, ok := errors.AsType[*payload.Error](err)
			if err == nil || ok != (c.reason != "") || ok && permanent.Reason != c.reason || calls.Load() != c.calls {
				t.Errorf("%v after %d calls", err, calls.Load())
			}
			if text := fmt.Sprint(err); !strings.Contains(text, c.text) || strings.Contains(text, personal) {
				t.Errorf("the error says %q", text)
			}
		})
	}
}

// TestMissingKMSPermissions has the answers of S3 for an object that is encrypted with a key that the function may not use.
func TestMissingKMSPermissions(t *testing.T) {
	for _, c := range []struct{ name, code, message, text string }{
		{
			"named by S3", "AccessDenied", "User: arn:aws:sts::1:assumed-role/" + personal + " is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:" + personal,
			"AccessDenied (status 403, request \"\"): the permission kms:Decrypt is missing",
		},
		{"for a write", "AccessDenied", "not authorized to perform: kms:GenerateDataKey", "the permission kms:GenerateDataKey is missing"},
		{"not named by S3", "AccessDenied", "Access Denied", "on the object or on the KMS key that it is encrypted with"},
		{"a key that is switched off", "KMS.DisabledException", "arn:aws:kms:" + personal + " is disabled.", "the object's KMS key can't be used"},
	} {
		t.Run(c.name, func(t *testing.T) {
			endpoint := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/xml")
				w.WriteHeader(http.StatusForbidden)
				fmt.Fprintf(w, `<Error><Code>%s</Code><Message>%s</Message></Error>`, c.code, c.message)
			})
			_, err := wired(endpoint).Read(t.Context(), key, 10)
			if text := fmt.Sprint(err); !strings.Contains(text, c.text) || strings.Contains(text, personal) || strings.Contains(text, "arn:") {
				t.Errorf("the error says %q, want %q and nothing of S3's text", text, c.text)
			}
		})
	}
}

func TestErrorsOfTheNetworkDoNotNameTheObject(t *testing.T) {
	endpoint := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	nowhere := httptest.NewServer(nil)
	nowhere.Close()
	for name, endpoint := range map[string]string{"cut off": endpoint, "nobody listens": nowhere.URL} {
		_, readErr := wired(endpoint).Read(t.Context(), key, 10)
		putErr := wired(endpoint).Put(t.Context(), key, []byte("abc"))
		for _, err := range []error{readErr, putErr} {
			if _, permanent := errors.AsType[*payload.Error](err); err == nil || permanent || strings.Contains(err.Error(), personal) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestCutOffOnceOnTheWire(t *testing.T) {
	var calls atomic.Int32
	endpoint := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "6")
		if calls.Add(1) == 1 {
			fmt.Fprint(w, "abc")
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
		fmt.Fprint(w, "abcdef")
	})
	got, err := wired(endpoint).Read(t.Context(), key, 6)
	if err != nil || string(got) != "abcdef" || calls.Load() != 2 {
		t.Errorf("%q, %v after %d calls", got, err, calls.Load())
	}
}

// TestBytesComeAsTheyAre: an object whose metadata says gzip must not be expanded on the way, past all limits.
func TestBytesComeAsTheyAre(t *testing.T) {
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	fmt.Fprint(w, strings.Repeat("x", 1<<20))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	endpoint := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if accepted := r.Header.Get("Accept-Encoding"); accepted != "identity" {
			t.Errorf("the call accepts %q", accepted)
		}
		if mode := r.Header.Get("x-amz-checksum-mode"); mode != "" {
			t.Errorf("the call asks for checksums: %s", mode)
		}
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(compressed.Bytes())
	})
	got, err := wired(endpoint).Read(t.Context(), key, compressed.Len())
	if err != nil || !bytes.Equal(got, compressed.Bytes()) {
		t.Errorf("%d bytes, %v; want the %d compressed ones", len(got), err, compressed.Len())
	}
}

func TestObjectsOfAllSizesUpToTheLimit(t *testing.T) {
	const limit = 1000
	for _, size := range []int{0, 1, limit - 1, limit, limit + 1} {
		endpoint := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(size))
			fmt.Fprint(w, strings.Repeat("x", size))
		})
		got, err := wired(endpoint).Read(t.Context(), key, limit)
		if permanent, ok := errors.AsType[*payload.Error](err); size > limit && (!ok || permanent.Reason != payload.ObjectTooLarge) {
			t.Errorf("%d bytes: %v", size, err)
		}
		if size <= limit && (err != nil || len(got) != size) {
			t.Errorf("%d bytes: got %d, %v", size, len(got), err)
		}
	}
}

func TestPutOnTheWire(t *testing.T) {
	content := []byte(strings.Repeat("body", 1000))
	sum := sha256.Sum256(content)
	endpoint := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		got, err := io.ReadAll(r.Body)
		if err != nil || !bytes.Equal(got, content) || r.Method != http.MethodPut || r.URL.Path != "/bucket/quarantine/x" {
			t.Errorf("%s %s with %d bytes, %v", r.Method, r.URL.Path, len(got), err)
		}
		if signed := r.Header.Get("X-Amz-Content-Sha256"); signed != hex.EncodeToString(sum[:]) {
			t.Errorf("the body is signed as %q, which nobody can check it by", signed)
		}
		for name := range r.Header {
			if strings.HasPrefix(strings.ToLower(name), "x-amz-checksum") || strings.EqualFold(name, "x-amz-trailer") {
				t.Errorf("the call has a header %s", name)
			}
		}
	})
	if err := wired(endpoint).Put(t.Context(), "quarantine/x", content); err != nil {
		t.Error(err)
	}
}
