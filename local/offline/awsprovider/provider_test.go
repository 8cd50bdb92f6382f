package awsprovider

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"cc-eventbridge/genesys/plugin"
)

func TestOnlyLoopbackEndpoints(t *testing.T) {
	for endpoint, ok := range map[string]bool{
		"http://127.0.0.1:4566": true, "http://localhost:4566": true, "http://[::1]:4566": true, "https://127.8.9.1": true,
		"https://sqs.eu-west-1.amazonaws.com": false, "http://10.0.0.1:4566": false, "http://localhost.example.com": false,
		"http://127.0.0.1.nip.io": false, "127.0.0.1:4566": false, "http://0.0.0.0:1": false,
	} {
		t.Run(endpoint, func(t *testing.T) {
			if err := loopbackOnly(endpoint); (err == nil) != ok {
				t.Errorf("accepted should be %v: %v", ok, err)
			}
		})
	}
}

func TestConnectionsElsewhereAreRefused(t *testing.T) {
	resp, err := loopbackClient().Get("http://192.0.2.1/")
	if err == nil {
		_ = resp.Body.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "only loopback addresses are allowed") {
		t.Errorf("error is %v", err)
	}
}

func TestWithoutAnEmulator(t *testing.T) {
	t.Setenv("AWS_ACCOUNT_ID", "")
	p := configured(t, "", nil)
	in := plugin.ToProperty(args{"name": "q"}).ObjectValue()
	urn := resource.NewURN("s", "p", "", queueToken, "q")
	preview, err := p.Create(t.Context(), sdk.CreateRequest{URN: urn, Type: queueToken, Properties: in, Preview: true})
	if err != nil || !preview.Properties["arn"].IsComputed() || preview.Properties["name"].StringValue() != "q" {
		t.Errorf("a preview should work: %v %v", preview.Properties, err)
	}
	_, createErr := p.Create(t.Context(), sdk.CreateRequest{URN: urn, Type: queueToken, Properties: in})
	_, readErr := p.Read(t.Context(), sdk.ReadRequest{URN: urn, Type: queueToken, ID: "q"})
	_, updateErr := p.Update(t.Context(), sdk.UpdateRequest{URN: urn, Type: queueToken, ID: "q", OldInputs: in, NewInputs: in})
	_, deleteErr := p.Delete(t.Context(), sdk.DeleteRequest{URN: urn, Type: queueToken, ID: "q"})
	for what, err := range map[string]error{"create": createErr, "read": readErr, "update": updateErr, "delete": deleteErr} {
		if err == nil || !strings.Contains(err.Error(), "talks to an emulator of AWS only") {
			t.Errorf("%s: error is %v", what, err)
		}
	}
	id, err := p.Invoke(t.Context(), sdk.InvokeRequest{Tok: "aws:index/getCallerIdentity:getCallerIdentity"})
	if err != nil || id.Properties["accountId"].StringValue() != placeholderAccount {
		t.Errorf("the account should be the placeholder: %v %v", id.Properties, err)
	}
	region, err := p.Invoke(t.Context(), sdk.InvokeRequest{Tok: "aws:index/getRegion:getRegion"})
	if err != nil || region.Properties["name"].StringValue() != testRegion {
		t.Errorf("the region should be %s: %v %v", testRegion, region.Properties, err)
	}
}

func TestConfiguration(t *testing.T) {
	for name, c := range map[string]struct {
		in   args
		want string // the one property refused
	}{
		"what a stack sets": {args{
			"region": "eu-west-1", "defaultTags": `{"tags":{"a":"b"}}`, "skipCredentialsValidation": "true", "version": Version,
			"__internal": map[string]any{}, "pluginDownloadURL": "x",
		}, ""},
		"a region that is none":         {args{"region": "europe"}, "region"},
		"a key that is not implemented": {args{"assumeRole": `{"roleArn":"x"}`}, "assumeRole"},
		"tags that are not texts":       {args{"defaultTags": `{"tags":{"a":["b"]}}`}, "defaultTags.tags.a"},
	} {
		t.Run(name, func(t *testing.T) {
			resp, err := configured(t, "", nil).CheckConfig(t.Context(), sdk.CheckConfigRequest{News: plugin.ToProperty(c.in).ObjectValue()})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, f := range resp.Failures {
				got += string(f.Property)
			}
			if got != c.want {
				t.Errorf("refused %q, and should refuse %q: %v", got, c.want, resp.Failures)
			}
		})
	}
}

func TestMissingRegion(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	_, err := NewFromEnvironment(nil).Configure(t.Context(), sdk.ConfigureRequest{})
	if err == nil || !strings.Contains(err.Error(), "no region") {
		t.Errorf("error is %v", err)
	}
}

func TestWaiting(t *testing.T) {
	t.Run("gives up at the deadline and says what for", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			err := until(t.Context(), time.Minute, "the table", func() (bool, error) { return false, nil })
			if err == nil || err.Error() != "gave up after 1m0s waiting for the table" || time.Since(start) != time.Minute {
				t.Errorf("after %v: %v", time.Since(start), err)
			}
		})
	})
	t.Run("ends when the engine cancels", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := New("", nil)
			ctx, cancel := p.Operation(t.Context(), 0)
			defer cancel()
			time.AfterFunc(5*time.Second, func() { _ = p.SignalCancellation(context.Background()) })
			start := time.Now()
			if err := until(ctx, time.Minute, "the table", func() (bool, error) { return false, nil }); err == nil || time.Since(start) != 5*time.Second {
				t.Errorf("after %v: %v", time.Since(start), err)
			}
		})
	})
	t.Run("keeps to the resource's own timeout", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := New("", nil)
			defer p.Close()
			ctx, cancel := p.Operation(t.Context(), 7)
			defer cancel()
			start := time.Now()
			_ = until(ctx, time.Minute, "the table", func() (bool, error) { return false, nil })
			if time.Since(start) != 7*time.Second {
				t.Errorf("ended after %v", time.Since(start))
			}
		})
	})
	t.Run("returns the last error of a call that never comes right", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			err := eventually(t.Context(), "the role", func(error) bool { return true }, func() error { return errNotFound })
			if err != errNotFound { //nolint:errorlint // the very same error
				t.Errorf("error is %v", err)
			}
		})
	})
}
