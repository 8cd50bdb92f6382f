package pipeline_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash/crc32"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	functionflags "cc-eventbridge/function/flags"
	"cc-eventbridge/infra/bundle"
	"cc-eventbridge/infra/pipeline"
	"cc-eventbridge/infra/settings"
	"cc-eventbridge/infra/settings/settingstest"
)

var update = flag.Bool("update", false, "write the golden files anew; read their diff before you commit it")

const flags = `{"topics":{"v2.users.{id}.presence":{"state":"paused"}},"decoders":{"sns":false},"schemas":{"v2.users.{id}.presence":{"2":{"type":"object"}}}}`

const boundary = "arn:aws:iam::123456789012:policy/team/boundary"

const organization = "5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4"

// someRoutes have a target of each kind.
const someRoutes = `[
	{"name": "calls", "topics": ["telephony.call.created", "v2.detail.events.conversation.{id}.*"], "targets": [
		{"name": "crm", "kind": "http", "address": "https://crm.example/events", "auth": {"kind": "bearer"}, "timeoutSeconds": 10},
		{"name": "bus", "kind": "eventbridge", "address": "arn:aws:events:us-east-1:123456789012:event-bus/contact-centre", "large": "claimCheck"},
		{"name": "work", "kind": "sqs", "address": "https://sqs.eu-west-1.amazonaws.com/123456789012/work", "format": "cloudevents",
			"kmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/0b8f6c1e-key"}]},
	{"name": "presence", "topics": ["v2.users.{id}.presence"], "targets": [
		{"name": "machine", "kind": "step-functions", "address": "arn:aws:states:us-east-1:123456789012:stateMachine:presence"},
		{"name": "code", "kind": "lambda", "address": "arn:aws:lambda:us-east-1:123456789012:function:presence:live", "format": "payload"},
		{"name": "hook", "kind": "http", "address": "https://wfm.example/events", "auth": {"kind": "webhook"}, "format": "cloudevents-binary"}]},
	{"name": "noise", "topics": ["v2.audits.*"], "drop": true},
	{"name": "rest", "targets": [
		{"name": "lake", "kind": "firehose", "address": "arn:aws:firehose:us-east-1:123456789012:deliverystream/events"},
		{"name": "log", "kind": "log"}]}]`

// stacks are the configurations that have golden files.
var stacks = map[string]struct {
	file string
	set  map[string]string
}{
	"dev":  {set: map[string]string{"genesysExternalId": organization}},
	"prod": {file: "Pulumi.prod.yaml", set: map[string]string{"genesysExternalId": organization, "downstreamUrl": "log"}},
	"eventbridge": {set: map[string]string{
		"directIntake":      "false",
		"eventBridgeSource": "aws.partner/genesys.com/cloud/" + organization + "/contact-centre",
		"topics":            `["v2.detail.events.conversation.{id}.customer.end","v2.users.{id}.presence"]`,
		"downstreamUrl":     "https://crm.example/events",
		"downstreamSecret":  "not-a-real-token",
		"consumerEnabled":   "false",
		"flags":             flags,
	}},
	"routes": {set: map[string]string{
		"genesysExternalId": organization,
		"routes":            someRoutes,
		"targetSecrets":     `{"crm":"not-a-real-token","hook":"not-a-real-token"}`,
	}},
	"company": {set: map[string]string{
		"genesysExternalId":      organization,
		"iamPermissionsBoundary": boundary,
		"iamPath":                "/integration/",
		"iamPathConfirmed":       "/integration/",
	}},
	"registered": {set: map[string]string{
		"genesysExternalId":   organization,
		"registerWithGenesys": "true",
		"genesysRegion":       "eu-west-1",
		"genesysClientId":     "0b8f6c1e-client",
		"genesysClientSecret": "not-a-real-token",
		"directEventTypes":    `["telephony.call.created"]`,
		"eventBridgeSuffix":   "contact-centre",
		"topics":              `["v2.users.{id}.presence"]`,
		"archiveDays":         "30",
		"silenceMinutes":      "60",
		"silenceHours":        "sun-thu 13-01",
		"alarmSubscriptions": `[{"name":"oncall","mail":"oncall@example.com"},{"name":"pager","https":"https://pager.example/not-a-real-token"},` +
			`{"name":"tickets","queue":"arn:aws:sqs:us-east-1:123456789012:tickets"},` +
			`{"name":"chat","function":"arn:aws:lambda:us-east-1:123456789012:function:chat"}]`,
	}},
}

// TestResourceGraph compares every resource's inputs and options with a golden file per stack. A change of the files is
// what a reviewer reads.
func TestResourceGraph(t *testing.T) {
	for name, stack := range stacks {
		t.Run(name, func(t *testing.T) {
			values := settingstest.Values(t, "../..", stack.file)
			maps.Copy(values, stack.set)
			compare(t, filepath.Join("testdata", name+".golden.json"), graph(t, name, values))
		})
	}
}

// graph runs the program against mocks and returns what it registered, as JSON in a stable order.
func graph(t *testing.T, stack string, values map[string]string) []byte {
	t.Helper()
	out, err := json.MarshalIndent(resources(t, stack, values), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(out, []byte("not-a-real-token")) {
		t.Error("a secret stands in the graph in clear")
	}
	return append(out, '\n')
}

// resources runs the program against mocks and returns what it registered, in order.
func resources(t *testing.T, stack string, values map[string]string) []registered {
	t.Helper()
	secret := func(key string) bool { return strings.Contains(key, "Secret") }
	checked, err := settings.Load(stack, values, secret)
	if err != nil {
		t.Fatal(err)
	}
	args := pipeline.Args{Settings: checked, Builder: builtAlready{}}
	if text := values["downstreamSecret"]; text != "" {
		args.DownstreamSecret = pulumi.String(text)
	}
	if text := values["genesysClientSecret"]; text != "" {
		args.GenesysClientSecret = pulumi.String(text)
	}
	if text := values["targetSecrets"]; text != "" {
		var all map[string]string
		if err := json.Unmarshal([]byte(text), &all); err != nil {
			t.Fatal(err)
		}
		args.TargetSecrets = map[string]pulumi.StringInput{}
		for target, value := range all {
			args.TargetSecrets[target] = pulumi.String(value)
		}
	}
	mocks := run(t, stack, func(ctx *pulumi.Context) error {
		p, err := pipeline.New(ctx, "", args)
		if err == nil {
			p.Export(ctx)
		}
		return err
	})
	if checked.Intake.EventBridgeSuffix != "" && len(mocks.awaited) != 1 {
		t.Errorf("the program looked for the event sources %v in AWS, want the one that it creates", mocks.awaited)
	}
	return mocks.resources
}

// run runs a program against mocks, which have the resources that it registered in order.
func run(t *testing.T, stack string, program pulumi.RunFunc) *recorder {
	t.Helper()
	mocks := &recorder{stack: stack}
	if err := pulumi.RunErr(program, pulumi.WithMocks("cc-eventbridge", stack, mocks)); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(mocks.resources, func(a, b registered) int { return strings.Compare(a.URN, b.URN) })
	return mocks
}

// builtAlready is a Builder for tests that are not about the build; bundle's own tests run the real one.
type builtAlready struct{}

func (builtAlready) Build(_ context.Context, architecture string) (bundle.Artifact, error) {
	return bundle.Artifact{Path: "/build/" + architecture + "/function.zip", SHA256: "c2hhMjU2IG9mIHRoZSB6aXA="}, nil
}

// registered is a resource as the golden files show it.
type registered struct {
	URN       string         `json:"resource"`
	Parent    string         `json:"parent,omitempty"`
	DependsOn []string       `json:"dependsOn,omitempty"`
	Protect   bool           `json:"protect,omitempty"`
	Retain    bool           `json:"retainOnDelete,omitempty"`
	Inputs    map[string]any `json:"inputs,omitempty"`
	// full is the whole URN, with the types of all parents.
	full string
	// provider is the one that the program names, if any.
	provider string
}

// recorder stands in for the engine: it gives every resource the outputs that others need, and writes down the rest.
type recorder struct {
	stack     string
	mu        sync.Mutex
	resources []registered
	// firstFlags has the flags be the first that the stack deploys.
	firstFlags bool
	// executions is the account's quota of concurrent executions; 0 is 1000, and what is negative may not be read.
	executions float64
	// awaited are the partner event sources that the program looked for in AWS.
	awaited []string
	// denied are the actions that the permissions boundary has not, and simulated all that were asked about.
	denied    []string
	simulated []string
	// missing are the condition keys that a simulation has no value for.
	missing []any
}

func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	outputs := args.Inputs.Copy()
	name := args.Name
	if physical, ok := args.Inputs["name"]; ok && physical.IsString() {
		name = physical.StringValue()
	}
	_, kind, _ := strings.Cut(args.TypeToken, "/")
	outputs["name"] = resource.NewStringProperty(name)
	for output, value := range map[resource.PropertyKey]string{
		"arn": "arn:of:" + kind + ":" + name, "url": "https://sqs.us-east-1.amazonaws.com/123456789012/" + name,
		"uuid": "uuid-of-" + name, "keyId": "id-of-" + name, "version": "7",
		"environmentId": "environment-" + name, "configurationProfileId": "profile-" + name,
	} {
		outputs[output] = resource.NewStringProperty(value)
	}
	// AppConfig numbers the versions of a configuration; here every content has its own number, but for a stack's first.
	if content, ok := args.Inputs["content"]; ok {
		number := float64(crc32.ChecksumIEEE([]byte(fmt.Sprint(content))))
		if r.firstFlags {
			number = 1
		}
		outputs["versionNumber"] = resource.NewNumberProperty(number)
	}
	row := registered{URN: args.TypeToken + "::" + args.Name, Inputs: plain(args.Inputs)}
	if rpc := args.RegisterRPC; rpc != nil {
		row.Protect, row.Retain = rpc.GetProtect(), rpc.GetRetainOnDelete()
		row.Parent = short(rpc.GetParent())
		row.full, row.provider = fullURN(r.stack, rpc), rpc.GetProvider()
		for _, urn := range rpc.GetDependencies() {
			row.DependsOn = append(row.DependsOn, short(urn))
		}
		slices.Sort(row.DependsOn)
	}
	if suffix, ok := args.Inputs["eventSourceSuffix"]; ok {
		outputs["eventSourceName"] = resource.NewStringProperty("aws.partner/genesys.com/cloud/organization/" + suffix.StringValue())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.resources = append(r.resources, row)
	return name + "-id", outputs, nil
}

func (r *recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	switch args.Token {
	case "aws:index/getCallerIdentity:getCallerIdentity":
		return resource.NewPropertyMapFromMap(map[string]any{"accountId": "123456789012"}), nil
	case "aws:index/getRegion:getRegion":
		region := "us-east-1"
		if strings.Contains(args.Provider, "::ireland::") {
			region = "eu-west-1"
		}
		return resource.NewPropertyMapFromMap(map[string]any{"name": region}), nil
	case "aws:index/getPartition:getPartition":
		return resource.NewPropertyMapFromMap(map[string]any{"partition": "aws"}), nil
	case "aws:servicequotas/getServiceQuota:getServiceQuota":
		switch {
		case args.Args["serviceCode"].StringValue() != "lambda" || args.Args["quotaCode"].StringValue() != "L-B99A9384":
			return nil, fmt.Errorf("the program asks for another quota: %v", args.Args)
		case r.executions < 0:
			return nil, errors.New("AccessDeniedException: not authorized to perform servicequotas:GetServiceQuota")
		}
		return resource.NewPropertyMapFromMap(map[string]any{"value": cmp.Or(r.executions, 1000)}), nil
	case "aws:cloudwatch/getEventSource:getEventSource":
		r.mu.Lock()
		defer r.mu.Unlock()
		r.awaited = append(r.awaited, args.Args["namePrefix"].StringValue())
		return resource.PropertyMap{}, nil
	case "aws:iam/getPolicy:getPolicy":
		return resource.NewPropertyMapFromMap(map[string]any{"arn": args.Args["arn"].StringValue(), "policy": boundaryText}), nil
	case "aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation":
		return r.simulate(args.Args)
	default:
		return nil, fmt.Errorf("the program calls %s, which this test knows nothing of", args.Token)
	}
}

// plain writes a policy as the JSON that it is, which a reviewer can read, and a secret as no more than that.
func plain(inputs resource.PropertyMap) map[string]any {
	return inputs.MapRepl(nil, func(v resource.PropertyValue) (any, bool) {
		switch {
		case v.IsSecret():
			return "[secret]", true
		case v.IsArchive():
			return "archive " + v.ArchiveValue().Path, true
		case v.IsString() && v.StringValue() == functionflags.JSONSchema:
			// A text of another module, which the golden files name rather than repeat.
			return "[function/flags/schema.json]", true
		case v.IsString() && strings.HasPrefix(v.StringValue(), "{"):
			var document any
			if json.Unmarshal([]byte(v.StringValue()), &document) == nil {
				return document, true
			}
		}
		return nil, false
	})
}

// fullURN is the URN that the engine gives a resource, by the engine's own rule: a stack is no parent.
func fullURN(stack string, rpc *pulumirpc.RegisterResourceRequest) string {
	var parents tokens.Type
	if parent := resource.URN(rpc.GetParent()); parent != "" && parent.QualifiedType() != resource.RootStackType {
		parents = parent.QualifiedType()
	}
	return string(resource.NewURN(tokens.QName(stack), "cc-eventbridge", parents, tokens.Type(rpc.GetType()), rpc.GetName()))
}

func short(urn string) string {
	parts := strings.Split(urn, "::")
	if len(parts) < 4 {
		return urn
	}
	kinds := strings.Split(parts[2], "$")
	return kinds[len(kinds)-1] + "::" + parts[3]
}

func compare(t *testing.T, golden string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatalf("%v; write it with go test ./pipeline -update", err)
	}
	if !bytes.Equal(got, want) {
		gotLines, wantLines := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
		for i := range min(len(gotLines), len(wantLines)) {
			if gotLines[i] != wantLines[i] {
				t.Fatalf("%s differs from line %d on:\n  have %s\n  want %s\nwrite it with go test ./pipeline -update and read its diff", golden, i+1, gotLines[i], wantLines[i])
			}
		}
		t.Fatalf("%s has %d lines, want %d; write it with go test ./pipeline -update and read its diff", golden, len(gotLines), len(wantLines))
	}
}
