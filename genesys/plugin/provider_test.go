package plugin

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

const urn = resource.URN("urn:pulumi:dev::project::test:index:Thing::mine")

// thing is a resource type whose calls do what a test says.
type thing struct {
	diff   sdk.DiffResult
	create func(ctx context.Context) (string, resource.PropertyMap, error)
	read   error
	update func() (resource.PropertyMap, error)
	remove error
}

func (r *thing) Check(news resource.PropertyMap) (resource.PropertyMap, []Problem) { return news, nil }

func (r *thing) Diff(_, _, _ resource.PropertyMap) sdk.DiffResult { return r.diff }

func (r *thing) Preview(_, _, _ resource.PropertyMap) resource.PropertyMap { return nil }

func (r *thing) Create(ctx context.Context, _ resource.PropertyMap) (string, resource.PropertyMap, error) {
	return r.create(ctx)
}

func (r *thing) Read(context.Context, string, resource.PropertyMap, resource.PropertyMap) (in, out resource.PropertyMap, err error) {
	return nil, nil, r.read
}

func (r *thing) Update(context.Context, string, resource.PropertyMap, resource.PropertyMap) (resource.PropertyMap, error) {
	return r.update()
}

func (r *thing) Delete(context.Context, string, resource.PropertyMap) error { return r.remove }

func provided(r *thing, deadline time.Duration) *Provider {
	p := New(Options{Deadline: deadline, Lookup: func(tokens.Type) (Resource, error) { return r, nil }})
	return &p
}

var errBroken = errors.New("broken")

// TestDeadlines: a timeout that the program sets goes before the provider's own.
func TestDeadlines(t *testing.T) {
	for name, test := range map[string]struct {
		own     time.Duration
		seconds float64
		want    time.Duration // 0: none
	}{
		"the provider's":             {own: time.Minute, want: time.Minute},
		"the program's, longer":      {own: time.Minute, seconds: 90, want: 90 * time.Second},
		"the program's, shorter":     {own: time.Minute, seconds: 0.5, want: 500 * time.Millisecond},
		"the program's, of no other": {seconds: 5, want: 5 * time.Second},
		"none":                       {},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var left time.Duration
				p := provided(&thing{create: func(ctx context.Context) (string, resource.PropertyMap, error) {
					if end, ok := ctx.Deadline(); ok {
						left = time.Until(end)
					}
					return "id", nil, nil
				}}, test.own)
				if _, err := p.Create(t.Context(), sdk.CreateRequest{URN: urn, Timeout: test.seconds}); err != nil || left != test.want {
					t.Errorf("%s are left, %v; want %s", left, err, test.want)
				}
			})
		})
	}
}

// TestCancelling: the engine's cancellation ends what is running, and what begins later.
func TestCancelling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := provided(&thing{create: func(ctx context.Context) (string, resource.PropertyMap, error) {
			<-ctx.Done()
			return "", nil, context.Cause(ctx)
		}}, time.Hour)
		go func() {
			time.Sleep(time.Minute)
			_ = p.SignalCancellation(t.Context())
		}()
		for _, want := range []time.Duration{time.Minute, 0} {
			began := time.Now()
			_, err := p.Create(t.Context(), sdk.CreateRequest{URN: urn})
			if took := time.Since(began); took != want || err == nil || !strings.Contains(err.Error(), "was cancelled") {
				t.Errorf("%v after %s, want %s", err, took, want)
			}
		}
	})
}

// TestHalfDone: what exists but is not as asked for is in the error, for the engine to keep. An error without it keeps nothing.
func TestHalfDone(t *testing.T) {
	half := resource.PropertyMap{"token": resource.MakeSecret(resource.NewProperty("x")), "size": resource.NewProperty(1.0)}
	asked := resource.PropertyMap{"size": resource.NewProperty(2.0)}
	for name, test := range map[string]struct {
		id     string // that Create returns; "" for an update
		state  resource.PropertyMap
		update bool
		kept   string // the id that the engine gets
	}{
		"a create that made nothing":       {},
		"a create that made something":     {id: "id-1", state: half, kept: "id-1"},
		"an update that changed nothing":   {update: true},
		"an update that changed something": {update: true, state: half, kept: "id-2"},
	} {
		t.Run(name, func(t *testing.T) {
			p := provided(&thing{
				create: func(context.Context) (string, resource.PropertyMap, error) { return test.id, test.state, errBroken },
				update: func() (resource.PropertyMap, error) { return test.state, errBroken },
			}, 0)
			var err error
			if test.update {
				_, err = p.Update(t.Context(), sdk.UpdateRequest{URN: urn, ID: "id-2", NewInputs: asked})
			} else {
				_, err = p.Create(t.Context(), sdk.CreateRequest{URN: urn, Properties: asked})
			}
			if err == nil || !strings.Contains(err.Error(), "mine (test:index:Thing): broken") {
				t.Fatalf("the error is %v", err)
			}
			kept := partial(t, err)
			if test.kept == "" {
				if kept != nil || !errors.Is(err, errBroken) {
					t.Errorf("the engine keeps %v of %v", kept, err)
				}
				return
			}
			if kept == nil || kept.GetId() != test.kept || len(kept.GetReasons()) != 1 {
				t.Fatalf("the engine keeps %v", kept)
			}
			state, inputs := unmarshal(t, kept.GetProperties()), unmarshal(t, kept.GetInputs())
			if !state.DeepEquals(half) || !inputs.DeepEquals(asked) {
				t.Errorf("the engine keeps %v, asked for was %v", state, inputs)
			}
		})
	}
}

// partial is what an error has the engine keep, if anything.
func partial(t *testing.T, err error) *pulumirpc.ErrorResourceInitFailed {
	t.Helper()
	status, ok := rpcerror.FromError(err)
	if !ok {
		return nil
	}
	for _, detail := range status.Details() {
		if failed, ok := detail.(*pulumirpc.ErrorResourceInitFailed); ok {
			return failed
		}
	}
	return nil
}

// TestErrorsAreNotLost: only of what is gone nothing is said.
func TestErrorsAreNotLost(t *testing.T) {
	gone := provided(&thing{read: errors.Join(ErrNotFound, errBroken), remove: errors.Join(ErrNotFound, errBroken)}, 0)
	if read, err := gone.Read(t.Context(), sdk.ReadRequest{URN: urn, ID: "id"}); err != nil || read.ID != "" {
		t.Errorf("reading what is gone: %+v, %v; want no id", read, err)
	}
	if _, err := gone.Delete(t.Context(), sdk.DeleteRequest{URN: urn, ID: "id"}); err != nil {
		t.Errorf("deleting what is gone: %v", err)
	}
	broken := provided(&thing{read: errBroken, remove: errBroken}, 0)
	if read, err := broken.Read(t.Context(), sdk.ReadRequest{URN: urn, ID: "id"}); !errors.Is(err, errBroken) {
		t.Errorf("a read that failed: %+v, %v", read, err)
	}
	if _, err := broken.Delete(t.Context(), sdk.DeleteRequest{URN: urn, ID: "id"}); !errors.Is(err, errBroken) {
		t.Errorf("a delete that failed: %v", err)
	}
}

// TestServedDiffs holds the server to what the SDK's own loses: that the diff is a detailed one, and that the removal of a
// property can force a replacement.
func TestServedDiffs(t *testing.T) {
	server := NewServer(provided(&thing{diff: Changes(map[string]sdk.PropertyDiff{
		"tags.a":  Change("x", "y", false),
		"tags[0]": Change(nil, "y", false),
		"name":    Change("x", nil, true),
		"size":    Change(1.0, nil, false),
	})}, 0))
	got, err := server.Diff(t.Context(), &pulumirpc.DiffRequest{Urn: string(urn), Id: "id"})
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]pulumirpc.PropertyDiff_Kind{}
	for path, diff := range got.GetDetailedDiff() {
		kinds[path] = diff.GetKind()
	}
	for path, want := range map[string]pulumirpc.PropertyDiff_Kind{
		"tags.a": pulumirpc.PropertyDiff_UPDATE, "tags[0]": pulumirpc.PropertyDiff_ADD,
		"name": pulumirpc.PropertyDiff_DELETE_REPLACE, "size": pulumirpc.PropertyDiff_DELETE,
	} {
		if kinds[path] != want {
			t.Errorf("%s is %s, want %s", path, kinds[path], want)
		}
	}
	if !got.GetHasDetailedDiff() || strings.Join(got.GetDiffs(), " ") != "name size tags" || strings.Join(got.GetReplaces(), " ") != "name" {
		t.Errorf("the diff is detailed: %t, of %q, replaces %q", got.GetHasDetailedDiff(), got.GetDiffs(), got.GetReplaces())
	}
}
