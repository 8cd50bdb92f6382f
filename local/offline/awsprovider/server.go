package awsprovider

import (
	"context"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// server adds to the SDK's server what its translation of a diff (v3.259.0) leaves out, and without which the engine
// ignores property paths: a preview would show that a mapping changes and not which of its settings.
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
	for _, path := range resp.GetReplaces() {
		if d := resp.GetDetailedDiff()[path]; d.GetKind() == pulumirpc.PropertyDiff_DELETE {
			d.Kind = pulumirpc.PropertyDiff_DELETE_REPLACE
		}
	}
	resp.HasDetailedDiff = true
	resp.Diffs, resp.Replaces = roots(resp.GetDiffs()), roots(resp.GetReplaces())
	return resp, nil
}

// roots are the top-level properties of paths.
func roots(paths []string) []string {
	out := make([]string, 0, len(paths))
	for _, path := range paths {
		out = append(out, root(path))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
