package provider_test

import (
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"

	"cc-eventbridge/genesys/plugin"
	"cc-eventbridge/genesys/provider"
)

func marshalled(t *testing.T, m resource.PropertyMap) *structpb.Struct {
	t.Helper()
	s, err := sdk.MarshalProperties(m, sdk.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheEngineGetsTheWholeDiff(t *testing.T) {
	const (
		update  = pulumirpc.PropertyDiff_UPDATE
		replace = pulumirpc.PropertyDiff_UPDATE_REPLACE
		removed = pulumirpc.PropertyDiff_DELETE_REPLACE
	)
	p, err := provider.New(provider.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := plugin.NewServer(p)
	without := source()
	delete(without, "eventSourceSuffix")
	for name, test := range map[string]struct {
		new      map[string]any
		kinds    map[string]pulumirpc.PropertyDiff_Kind
		replaces []string
	}{
		"an update":                     {source("notes", "new", "enabled", false), map[string]pulumirpc.PropertyDiff_Kind{"notes": pulumirpc.PropertyDiff_ADD, "enabled": pulumirpc.PropertyDiff_ADD}, nil},
		"a replacement":                 {source("awsAccountRegion", "eu-west-2", "name", "other"), map[string]pulumirpc.PropertyDiff_Kind{"awsAccountRegion": replace, "name": update}, []string{"awsAccountRegion"}},
		"a removal that is one as well": {without, map[string]pulumirpc.PropertyDiff_Kind{"eventSourceSuffix": removed}, []string{"eventSourceSuffix"}},
		"nothing":                       {source(), nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			old := marshalled(t, properties(source()))
			resp, err := server.Diff(t.Context(), &pulumirpc.DiffRequest{
				Urn: string(resource.NewURN("test", "project", "", sourceType, "it")), Type: string(sourceType), Name: "it",
				Olds: old, OldInputs: old, News: marshalled(t, properties(test.new)),
			})
			if err != nil {
				t.Fatal(err)
			}
			if resp.GetHasDetailedDiff() != (len(test.kinds) > 0) || len(resp.GetDetailedDiff()) != len(test.kinds) {
				t.Errorf("the detailed diff is %v (announced: %v), want %v", resp.GetDetailedDiff(), resp.GetHasDetailedDiff(), test.kinds)
			}
			for property, want := range test.kinds {
				if got := resp.GetDetailedDiff()[property].GetKind(); got != want {
					t.Errorf("%s: %v, want %v", property, got, want)
				}
			}
			if !slices.Equal(resp.GetReplaces(), test.replaces) {
				t.Errorf("replaced because of %v, want %v", resp.GetReplaces(), test.replaces)
			}
		})
	}
}

func TestAnotherOrganizationShowsInTheDiffOfTheConfiguration(t *testing.T) {
	p, err := provider.New(provider.Options{})
	if err != nil {
		t.Fatal(err)
	}
	config := func(region string) *structpb.Struct {
		return marshalled(t, properties(map[string]any{"region": region}))
	}
	resp, err := plugin.NewServer(p).DiffConfig(t.Context(), &pulumirpc.DiffRequest{
		Urn:  string(resource.NewURN("test", "project", "", tokens.Type("pulumi:providers:genesys"), "it")),
		Olds: config("eu-west-1"), OldInputs: config("eu-west-1"), News: config("eu-west-2"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if !resp.GetHasDetailedDiff() || resp.GetDetailedDiff()["region"].GetKind() != pulumirpc.PropertyDiff_UPDATE_REPLACE {
		t.Errorf("the diff is %v", resp)
	}
}
