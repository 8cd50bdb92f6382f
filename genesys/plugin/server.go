package plugin

import (
	"context"
	"slices"
	"strings"

	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// server puts right what the SDK's server (v3.259.0) loses of a diff: it does not say that there is a detailed one, so
// that the engine works out its own, and it turns the removal of a property that forces a replacement into a plain one.
type server struct {
	pulumirpc.ResourceProviderServer
}

// NewServer makes the gRPC server of a provider.
func NewServer(p sdk.Provider) pulumirpc.ResourceProviderServer {
	return server{sdk.NewProviderServer(p)}
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

// roots are the top-level properties of paths, each once, in a stable order.
func roots(paths []string) []string {
	out := make([]string, 0, len(paths))
	for _, path := range paths {
		out = append(out, Root(path))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Root is the top-level property of a path.
func Root(path string) string {
	if i := strings.IndexAny(path, ".["); i > 0 {
		return path[:i]
	}
	return path
}
