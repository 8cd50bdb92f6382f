package deliver_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/deliver"
)

func TestWebhookSignature(t *testing.T) {
	url, got := endpoint(t, http.StatusOK)
	one, two := []byte("the one key that signs, of 32 b."), []byte("another")
	v := &vault{token: "whsec_" + base64.StdEncoding.EncodeToString(one) + "\n" + base64.StdEncoding.EncodeToString(two)}
	downstream := open(t, contract.Target{Kind: contract.TargetHTTP, Address: url, Auth: &contract.Auth{Kind: contract.AuthWebhook, SecretARN: "arn"}},
		deliver.Environment{Workers: 1, Secrets: v})
	if err := downstream.Deliver(t.Context(), delivery); err != nil {
		t.Fatal(err)
	}
	id, at := got.header.Get("webhook-id"), got.header.Get("webhook-timestamp")
	if id != deliver.ID(delivery.IdempotencyKey) || strings.Contains(id, ".") {
		t.Errorf("the id is %q", id)
	}
	if seconds, err := strconv.ParseInt(at, 10, 64); err != nil || time.Since(time.Unix(seconds, 0)).Abs() > time.Minute {
		t.Errorf("the timestamp is %q (%v)", at, err)
	}
	signature := func(key []byte) string {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + at + "." + got.body))
		return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	if want := signature(one) + " " + signature(two); got.header.Get("webhook-signature") != want || got.header.Get("Authorization") != "" {
		t.Errorf("signed %q, want %q", got.header.Get("webhook-signature"), want)
	}
}

func TestAWebhookKeyThatIsNoneIsTheSecretsFault(t *testing.T) {
	url, _ := endpoint(t, http.StatusOK)
	downstream := open(t, contract.Target{Kind: contract.TargetHTTP, Address: url, Auth: &contract.Auth{Kind: contract.AuthWebhook, SecretARN: "arn"}},
		deliver.Environment{Workers: 1, Secrets: &vault{token: "whsec_geheim!"}})
	err := downstream.Deliver(t.Context(), delivery)
	if permanent, reason, _ := deliver.Class(err); err == nil || permanent || reason != deliver.ReasonSecret || strings.Contains(err.Error(), "geheim") {
		t.Errorf("%v (%s)", err, reason)
	}
}

func TestSigV4(t *testing.T) {
	credentials := aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret", SessionToken: "session"}
	env := deliver.Environment{Workers: 1, AWS: aws.Config{
		Region:      "eu-central-1",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return credentials, nil }),
	}}
	url, got := endpoint(t, http.StatusOK)
	for region, want := range map[string]string{"": "eu-central-1", "us-east-1": "us-east-1"} {
		downstream := open(t, contract.Target{
			Kind: contract.TargetHTTP, Address: url + "/stage/events?a=b", Auth: &contract.Auth{Kind: contract.AuthSigV4, Service: "execute-api", Region: region},
		}, env)
		if err := downstream.Deliver(t.Context(), delivery); err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse("20060102T150405Z", got.header.Get("X-Amz-Date"))
		if err != nil || time.Since(at).Abs() > time.Minute {
			t.Fatalf("%v after %s", err, at)
		}
		again, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+got.target, strings.NewReader(got.body))
		if err != nil {
			t.Fatal(err)
		}
		for _, header := range []string{"Content-Type", "Idempotency-Key"} {
			again.Header.Set(header, got.header.Get(header))
		}
		sum := sha256.Sum256([]byte(got.body))
		if err := v4.NewSigner().SignHTTP(t.Context(), credentials, again, hex.EncodeToString(sum[:]), "execute-api", want, at); err != nil {
			t.Fatal(err)
		}
		if signed := got.header.Get("Authorization"); signed != again.Header.Get("Authorization") || got.header.Get("X-Amz-Security-Token") != "session" {
			t.Errorf("signed\n%s\nwant\n%s", signed, again.Header.Get("Authorization"))
		}
		if got.header.Get("Traceparent") == "" {
			t.Error("no trace context")
		}
	}
}

func TestCredentialsThatCantBeReadAreTransient(t *testing.T) {
	env := deliver.Environment{Workers: 1, AWS: aws.Config{
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, errors.New("AKID") }),
	}}
	url, got := endpoint(t, http.StatusOK)
	downstream := open(t, contract.Target{Kind: contract.TargetHTTP, Address: url, Auth: &contract.Auth{Kind: contract.AuthSigV4, Service: "lambda"}}, env)
	err := downstream.Deliver(t.Context(), delivery)
	if permanent, reason, _ := deliver.Class(err); err == nil || permanent || reason != deliver.ReasonDenied || strings.Contains(err.Error(), "AKID") || got.method != "" {
		t.Errorf("%v (%s)", err, reason)
	}
}
