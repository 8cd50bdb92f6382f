package provider

import (
	"context"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// server puts right what the SDK's server (v3.259.0) loses of a diff: it does not say that there is a detailed one, so
// that the engine works out its own, and it turns the removal of a property that forces a replacement into a plain one.
type server struct {
	pulumirpc.ResourceProviderServer
}

// NewServer makes the gRPC server of a provider.
func NewServer(p *Provider) pulumirpc.ResourceProviderServer {
	return server{plugin.NewProviderServer(p)}
}

func (s server) Diff(ctx context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	return detailed(s.ResourceProviderServer.Diff(ctx, req))
}

func (s server) DiffConfig(ctx context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	return detailed(s.ResourceProviderServer.DiffConfig(ctx, req))
}

func detailed(resp *pulumirpc.DiffResponse, err error) (*pulumirpc.DiffResponse, error) {
	if err != nil || len(resp.GetDetailedDiff()) == 0 {
		return resp, err
	}
	for _, name := range resp.GetReplaces() {
		if d := resp.GetDetailedDiff()[name]; d.GetKind() == pulumirpc.PropertyDiff_DELETE {
			d.Kind = pulumirpc.PropertyDiff_DELETE_REPLACE
		}
	}
	resp.HasDetailedDiff = true
	slices.Sort(resp.Diffs) // they come in the order of a map
	slices.Sort(resp.Replaces)
	return resp, nil
}
