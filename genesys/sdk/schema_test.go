package genesys_test

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	genesys "cc-eventbridge/genesys/sdk"
)

type declared struct {
	Inputs  map[string]map[string]any `json:"inputProperties"`
	Outputs map[string]map[string]any `json:"properties"`
}

func TestTheWrappersHaveThePropertiesOfTheSchema(t *testing.T) {
	data, err := os.ReadFile("../provider/schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Config struct {
			Variables map[string]map[string]any `json:"variables"`
		} `json:"config"`
		Provider  declared            `json:"provider"`
		Resources map[string]declared `json:"resources"`
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(schema.Config.Variables, schema.Provider.Inputs) {
		t.Error("the configuration's variables and the provider's inputs differ in the schema")
	}
	for token, wrapper := range map[string]struct {
		resource any
		args     pulumi.Input
	}{
		"genesys:index:SqsDestination":    {genesys.SqsDestination{}, genesys.SqsDestinationArgs{}},
		"genesys:index:EventSubscription": {genesys.EventSubscription{}, genesys.EventSubscriptionArgs{}},
		"genesys:index:EventBridgeSource": {genesys.EventBridgeSource{}, genesys.EventBridgeSourceArgs{}},
	} {
		compare(t, token+" outputs", tags(reflect.TypeOf(wrapper.resource)), schema.Resources[token].Outputs)
		compare(t, token+" inputs", tags(wrapper.args.ElementType()), schema.Resources[token].Inputs)
		delete(schema.Resources, token)
	}
	compare(t, "the provider", tags(genesys.ProviderArgs{}.ElementType()), schema.Provider.Inputs)
	for token := range schema.Resources {
		t.Errorf("%s has no wrapper", token)
	}
}

func compare(t *testing.T, what string, got []string, want map[string]map[string]any) {
	t.Helper()
	if names := slices.Sorted(maps.Keys(want)); !slices.Equal(got, names) {
		t.Errorf("%s: the wrapper has %v, the schema %v", what, got, names)
	}
}

func tags(of reflect.Type) []string {
	var names []string
	for i := range of.NumField() {
		if tag := of.Field(i).Tag.Get("pulumi"); tag != "" {
			names = append(names, tag)
		}
	}
	slices.Sort(names)
	return names
}

// recorder keeps what a program registers.
type recorder struct {
	mu   sync.Mutex
	seen map[string]pulumi.MockResourceArgs
}

func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen[args.TypeToken] = args
	return args.Name + "-id", args.Inputs, nil
}

func (*recorder) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) { return nil, nil }

func TestAProviderKeepsItsClientSecretSecret(t *testing.T) {
	r := &recorder{seen: map[string]pulumi.MockResourceArgs{}}
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		p, err := genesys.NewProvider(ctx, "eu", &genesys.ProviderArgs{
			Region: pulumi.String("eu-west-1"), ClientSecret: pulumi.String("hush"),
		})
		if err != nil {
			return err
		}
		_, err = genesys.NewSqsDestination(ctx, "queue", &genesys.SqsDestinationArgs{Name: pulumi.String("queue")}, pulumi.Provider(p))
		return err
	}, pulumi.WithMocks("project", "stack", r))
	if err != nil {
		t.Fatal(err)
	}
	got := r.seen["pulumi:providers:genesys"]
	if !got.Inputs["clientSecret"].IsSecret() || !slices.Contains(got.RegisterRPC.GetAdditionalSecretOutputs(), "clientSecret") {
		t.Errorf("the provider was registered with %v, secret outputs %v", got.Inputs, got.RegisterRPC.GetAdditionalSecretOutputs())
	}
	if got := r.seen["genesys:index:SqsDestination"]; !strings.Contains(got.Provider, "pulumi:providers:genesys::eu") {
		t.Errorf("the destination has provider %q", got.Provider)
	}
}

func TestArgumentsAreNotOptional(t *testing.T) {
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := genesys.NewEventBridgeSource(ctx, "source", nil)
		return err
	}, pulumi.WithMocks("project", "stack", &recorder{seen: map[string]pulumi.MockResourceArgs{}}))
	if err == nil || !strings.Contains(err.Error(), "its arguments are missing") {
		t.Errorf("error is %v", err)
	}
}
