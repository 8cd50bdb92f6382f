package provider_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"cc-eventbridge/genesys/genesystest"
	"cc-eventbridge/genesys/provider"
)

const (
	destinationType  = tokens.Type("genesys:index:SqsDestination")
	subscriptionType = tokens.Type("genesys:index:EventSubscription")
	sourceType       = tokens.Type("genesys:index:EventBridgeSource")
)

// engine does with a provider what Pulumi does, with one resource: it checks, diffs, and keeps what it is told to keep.
type engine struct {
	t     *testing.T
	cloud *genesystest.Cloud
	p     *provider.Provider
	log   *bytes.Buffer
	typ   tokens.Type

	id              string
	inputs, outputs resource.PropertyMap
	unfinished      bool
	said            strings.Builder // every error
}

// onFake runs a test of a resource against a fake, on a clock of its own.
func onFake(t *testing.T, typ tokens.Type, o genesystest.Options, test func(t *testing.T, e *engine)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e := &engine{t: t, cloud: genesystest.New(o), log: &bytes.Buffer{}, typ: typ}
		e.restart()
		test(t, e)
	})
}

// restart makes a new provider, as another run of Pulumi has.
func (e *engine) restart() {
	e.t.Helper()
	p, err := provider.New(provider.Options{
		Transport: genesystest.Transport{Handler: e.cloud},
		Getenv: func(name string) string {
			return map[string]string{
				"GENESYSCLOUD_OAUTHCLIENT_ID": genesystest.ClientID, "GENESYSCLOUD_OAUTHCLIENT_SECRET": genesystest.ClientSecret,
			}[name]
		},
		Log: slog.New(slog.NewTextHandler(e.log, nil)),
	})
	if err != nil {
		e.t.Fatal(err)
	}
	_, err = p.Configure(e.t.Context(), plugin.ConfigureRequest{Inputs: properties(map[string]any{
		"apiBaseUrl": genesystest.Host().String(), "loginBaseUrl": genesystest.Host().String(),
	})})
	if err != nil {
		e.t.Fatal(err)
	}
	e.p = p
}

func properties(m map[string]any) resource.PropertyMap { return resource.NewPropertyMapFromMap(m) }

func (e *engine) urn() resource.URN {
	return resource.NewURN("test", "project", "", e.typ, "it")
}

func (e *engine) check(in map[string]any) resource.PropertyMap {
	e.t.Helper()
	resp, err := e.p.Check(e.t.Context(), plugin.CheckRequest{URN: e.urn(), Type: e.typ, News: properties(in)})
	if err != nil || len(resp.Failures) > 0 {
		e.t.Fatalf("check: %v %v", err, resp.Failures)
	}
	return resp.Properties
}

// diff is what a preview would show, as "name" or "name (replace)".
func (e *engine) diff(in map[string]any) []string {
	e.t.Helper()
	resp, err := e.p.Diff(e.t.Context(), plugin.DiffRequest{
		URN: e.urn(), Type: e.typ, OldInputs: e.inputs, OldOutputs: e.outputs, NewInputs: e.check(in),
	})
	if err != nil {
		e.t.Fatal(err)
	}
	var out []string
	for _, key := range resp.ChangedKeys {
		text := string(key)
		if resp.DetailedDiff[text].Kind.IsReplace() {
			text += " (replace)"
		}
		out = append(out, text)
	}
	return out
}

// up creates or updates.
func (e *engine) up(in map[string]any) error {
	e.t.Helper()
	ctx := e.t.Context()
	news := e.check(in)
	if e.id == "" {
		resp, err := e.p.Create(ctx, plugin.CreateRequest{URN: e.urn(), Type: e.typ, Properties: news})
		if err == nil {
			e.id, e.inputs, e.outputs, e.unfinished = string(resp.ID), news, resp.Properties, false
		}
		return e.keep(err)
	}
	if len(e.diff(in)) == 0 && !e.unfinished {
		return nil
	}
	resp, err := e.p.Update(ctx, plugin.UpdateRequest{
		URN: e.urn(), Type: e.typ, ID: resource.ID(e.id), OldInputs: e.inputs, OldOutputs: e.outputs, NewInputs: news,
	})
	if err == nil {
		e.inputs, e.outputs, e.unfinished = news, resp.Properties, false
	}
	return e.keep(err)
}

// keep takes over what an error says about a resource that exists but is not finished.
func (e *engine) keep(err error) error {
	if err == nil {
		return nil
	}
	fmt.Fprintf(&e.said, "%v\n", err)
	answer, ok := rpcerror.FromError(err)
	if !ok {
		return err
	}
	for _, detail := range answer.Details() {
		if failed, ok := detail.(*pulumirpc.ErrorResourceInitFailed); ok {
			options := plugin.MarshalOptions{KeepSecrets: true, KeepUnknowns: true}
			in, errIn := plugin.UnmarshalProperties(failed.GetInputs(), options)
			out, errOut := plugin.UnmarshalProperties(failed.GetProperties(), options)
			if joined := errors.Join(errIn, errOut); joined != nil {
				e.t.Fatal(joined)
			}
			e.id, e.inputs, e.outputs, e.unfinished = failed.GetId(), in, out, true
		}
	}
	return err
}

func (e *engine) refresh() {
	e.t.Helper()
	resp, err := e.p.Read(e.t.Context(), plugin.ReadRequest{
		URN: e.urn(), Type: e.typ, ID: resource.ID(e.id), Inputs: e.inputs, State: e.outputs,
	})
	if err != nil {
		e.t.Fatal(err)
	}
	e.id, e.inputs, e.outputs = string(resp.ID), resp.Inputs, resp.Outputs
}

func (e *engine) destroy() error {
	_, err := e.p.Delete(e.t.Context(), plugin.DeleteRequest{URN: e.urn(), Type: e.typ, ID: resource.ID(e.id), Inputs: e.inputs, Outputs: e.outputs})
	return e.keep(err)
}

// replace is what the engine does about a change that needs another object of the same name.
func (e *engine) replace(in map[string]any) error {
	e.t.Helper()
	if err := e.destroy(); err != nil {
		return err
	}
	e.id, e.inputs, e.outputs, e.unfinished = "", nil, nil, false
	return e.up(in)
}

// text is an output.
func (e *engine) text(name string) string { return e.outputs[resource.PropertyKey(name)].StringValue() }

func source(changes ...any) map[string]any {
	return changed(map[string]any{
		"name": "source", "awsAccountId": "123456789012", "awsAccountRegion": "eu-west-1", "eventSourceSuffix": "prod",
		"eventFilter": []any{"v2.detail.events.conversation.{id}.customer.start", "v2.detail.events.conversation.{id}.customer.end"},
	}, changes)
}

func destination(changes ...any) map[string]any {
	return changed(map[string]any{
		"name": "destination", "awsAccountId": "123456789012", "awsRegion": "eu-west-1",
		"queueArn": "arn:aws:sqs:eu-west-1:123456789012:prod-cc-eventbridge-ingestion",
		"roleArn":  "arn:aws:iam::123456789012:role/prod-cc-eventbridge-writer",
	}, changes)
}

func changed(m map[string]any, changes []any) map[string]any {
	for i := 0; i < len(changes); i += 2 {
		m[changes[i].(string)] = changes[i+1]
	}
	return m
}
