package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/function/flags"
	"cc-eventbridge/infra/bundle"
	"cc-eventbridge/infra/pipeline"
	"cc-eventbridge/infra/settings"
)

// Graph is what a stack declares. It has no secret, and nothing that only AWS knows.
type Graph struct {
	Stack string `json:"stack"`
	// Region is empty where the stack has chosen none.
	Region string `json:"region,omitempty"`
	// DefaultTags are those that the aws provider puts on every resource.
	DefaultTags map[string]string `json:"defaultTags,omitempty"`
	// Placeholders are the keys that the stack leaves to whoever deploys it, and that something stands for here.
	Placeholders []string `json:"placeholders,omitempty"`
	// Warnings are those of the settings. They are said and not written.
	Warnings []string `json:"-"`
	// Resources are in the order of their names.
	Resources []Resource `json:"resources"`
}

// Resource is one resource of a graph.
type Resource struct {
	// URN is type and name, as in aws:sqs/queue:Queue::ingestion.
	URN     string         `json:"resource"`
	Protect bool           `json:"protect,omitempty"`
	Retain  bool           `json:"retainOnDelete,omitempty"`
	Inputs  map[string]any `json:"inputs,omitempty"`
}

// Type is the type of a resource.
func (r Resource) Type() string { kind, _, _ := strings.Cut(r.URN, "::"); return kind }

// Name is the name that the program gives a resource.
func (r Resource) Name() string { _, name, _ := strings.Cut(r.URN, "::"); return name }

const (
	account         = "123456789012"
	organization    = "00000000-0000-0000-0000-000000000000"
	secretStandIn   = "https://secret.invalid/placeholder"
	regionElsewhere = "us-east-1"
)

// standIns are for what a stack file leaves to whoever deploys it.
var standIns = map[string]string{
	"genesysExternalId": organization,
	"eventBridgeSource": "aws.partner/genesys.com/cloud/" + organization + "/placeholder",
	"downstreamUrl":     "https://downstream.invalid/events",
}

// wanting are the keys of those that a stack lacks.
func wanting(values map[string]string) []string {
	direct, routes := values["directIntake"] == "true", values["routes"]
	var keys []string
	if direct && values["genesysExternalId"] == "" {
		keys = append(keys, "genesysExternalId")
	}
	if !direct && values["eventBridgeSource"] == "" && values["eventBridgeSuffix"] == "" {
		keys = append(keys, "eventBridgeSource")
	}
	if values["downstreamUrl"] == "" && (routes == "" || routes == "[]") && values["protectData"] == "true" {
		keys = append(keys, "downstreamUrl")
	}
	return keys
}

// declare runs the program for a stack and returns what it declares. against is the graph of before; with one, something stands
// only for what it stood for then. Without one, whatever is missing gets a placeholder.
func declare(root, stack string, against *Graph) (*Graph, error) {
	file, err := readStack(root, stack)
	if err != nil {
		return nil, err
	}
	g := &Graph{Stack: stack, Region: file.region, DefaultTags: file.defaultTags}
	for _, key := range wanting(file.values) {
		if against == nil || slices.Contains(against.Placeholders, key) {
			g.Placeholders = append(g.Placeholders, key)
			file.values[key] = standIns[key]
		}
	}
	loaded, err := settings.Load(stack, file.values, func(key string) bool { return file.encrypted[key] })
	if err != nil {
		return nil, err
	}
	g.Warnings = loaded.Warnings()
	args := pipeline.Args{Settings: loaded, Builder: notBuilt{}, TargetSecrets: map[string]pulumi.StringInput{}}
	secret := func(key string) pulumi.StringInput {
		if file.values[key] == "" {
			return nil
		}
		return pulumi.ToSecret(pulumi.String(secretStandIn)).(pulumi.StringOutput)
	}
	args.DownstreamSecret, args.GenesysClientSecret = secret("downstreamSecret"), secret("genesysClientSecret")
	var targets map[string]string
	if text := file.values["targetSecrets"]; text != "" && json.Unmarshal([]byte(text), &targets) != nil {
		return nil, errors.New("reading targetSecrets: it is no object of texts")
	}
	for target := range targets {
		args.TargetSecrets[target] = pulumi.ToSecret(pulumi.String(secretStandIn)).(pulumi.StringOutput)
	}
	mocks := &recorder{region: file.region}
	if mocks.region == "" {
		mocks.region = regionElsewhere
	}
	program := func(ctx *pulumi.Context) error {
		_, err := pipeline.New(ctx, "", args)
		return err
	}
	if err := pulumi.RunErr(program, pulumi.WithMocks(project, stack, mocks)); err != nil {
		return nil, fmt.Errorf("declaring the stack: %w", err)
	}
	g.Resources = mocks.resources
	slices.SortFunc(g.Resources, func(a, b Resource) int { return strings.Compare(a.URN, b.URN) })
	// The same types as those of a graph that was read from its file.
	return g, throughJSON(g)
}

func throughJSON(g *Graph) error {
	text, err := json.Marshal(g.Resources)
	if err != nil {
		return fmt.Errorf("writing the resources: %w", err)
	}
	g.Resources = nil
	if err := json.Unmarshal(text, &g.Resources); err != nil {
		return fmt.Errorf("reading the resources: %w", err)
	}
	return nil
}

// notBuilt is a Builder that builds nothing: a graph says nothing of the function's code.
type notBuilt struct{}

func (notBuilt) Build(context.Context, string) (bundle.Artifact, error) {
	return bundle.Artifact{Path: "function.zip", SHA256: "-"}, nil
}

// recorder stands in for the engine and the provider: it gives every resource the outputs that others need, and writes down the
// rest.
type recorder struct {
	region    string
	mu        sync.Mutex
	resources []Resource
}

func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	name := args.Name
	if physical, ok := args.Inputs["name"]; ok && physical.IsString() {
		name = physical.StringValue()
	}
	_, kind, _ := strings.Cut(args.TypeToken, "/")
	outputs := args.Inputs.Copy()
	for key, value := range map[resource.PropertyKey]string{
		"name": name, "arn": "arn:of:" + kind + ":" + name, "url": "https://sqs." + r.region + ".amazonaws.com/" + account + "/" + name,
		"uuid": "uuid-of-" + name, "keyId": "id-of-" + name, "version": "1",
		"environmentId": "environment-" + name, "configurationProfileId": "profile-" + name,
	} {
		outputs[key] = resource.NewProperty(value)
	}
	if content, ok := args.Inputs["content"]; ok { // a version of the flags: every content has its own number
		outputs["versionNumber"] = resource.NewProperty(float64(crc32.ChecksumIEEE([]byte(fmt.Sprint(content)))))
	}
	if suffix, ok := args.Inputs["eventSourceSuffix"]; ok {
		outputs["eventSourceName"] = resource.NewProperty("aws.partner/genesys.com/cloud/" + organization + "/" + suffix.StringValue())
	}
	made := Resource{URN: args.TypeToken + "::" + args.Name, Inputs: plain(args.Inputs)}
	if variables, ok := at(made, "environment", "variables").(map[string]any); ok {
		for name, value := range variables {
			if text, _ := value.(string); looksSecret(name, text) {
				variables[name] = hidden
			}
		}
	}
	if rpc := args.RegisterRPC; rpc != nil {
		made.Protect, made.Retain = rpc.GetProtect(), rpc.GetRetainOnDelete()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.resources = append(r.resources, made)
	return name + "-id", outputs, nil
}

// Call answers what the program asks AWS, with the account as a placeholder. A boundary, a quota and an event source are what
// they should be: a preview with credentials asks for them.
func (r *recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	answers := map[string]map[string]any{
		"aws:index/getCallerIdentity:getCallerIdentity":                     {"accountId": account},
		"aws:index/getRegion:getRegion":                                     {"name": r.region},
		"aws:index/getPartition:getPartition":                               {"partition": "aws"},
		"aws:servicequotas/getServiceQuota:getServiceQuota":                 {"value": 1000.0},
		"aws:cloudwatch/getEventSource:getEventSource":                      {},
		"aws:iam/getPolicy:getPolicy":                                       {"policy": "{}"},
		"aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation": {"results": []any{}},
	}
	answer, ok := answers[args.Token]
	if !ok {
		return nil, fmt.Errorf("the program asks for %s, which this preview has no answer to: add one in policy/graph.go", args.Token)
	}
	return resource.NewPropertyMapFromMap(answer), nil
}

const hidden = "[secret]"

// plain writes a policy as the JSON that it is, and a secret as no more than that.
func plain(inputs resource.PropertyMap) map[string]any {
	return inputs.MapRepl(nil, func(v resource.PropertyValue) (any, bool) {
		switch {
		case v.IsSecret():
			return hidden, true
		case v.IsArchive():
			return "archive " + v.ArchiveValue().Path, true
		case v.IsString() && v.StringValue() == flags.JSONSchema:
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

func graphFile(root, stack string) string { return filepath.Join(root, "graphs", stack+".json") }

// readGraph reads the committed graph of a stack; it is nil where there is none.
func readGraph(path string) (*Graph, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the committed graph: %w", err)
	}
	g := &Graph{}
	if err := json.Unmarshal(text, g); err != nil {
		return nil, fmt.Errorf("reading the committed graph %s: %w", path, err)
	}
	return g, nil
}

func (g *Graph) text() ([]byte, error) {
	text, err := json.MarshalIndent(g, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the graph of %s: %w", g.Stack, err)
	}
	return append(text, '\n'), nil
}

// each are the resources of a type.
func (g *Graph) each(kind string) []Resource {
	return slices.Collect(func(yield func(Resource) bool) {
		for _, r := range g.Resources {
			if r.Type() == kind && !yield(r) {
				return
			}
		}
	})
}

func (g *Graph) byURN() map[string]Resource {
	all := make(map[string]Resource, len(g.Resources))
	for _, r := range g.Resources {
		all[r.URN] = r
	}
	return all
}

// keys are the keys of both maps, in order.
func keys[V any](a, b map[string]V) []string {
	all := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(all)
	return slices.Compact(all)
}
