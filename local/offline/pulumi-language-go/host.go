package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// hostVersion is what the host reports to the engine. It follows no published host: it tells a log reader that this is
// the project's own.
const hostVersion = "0.0.1-local"

// exitLoggedError is the status with which a Pulumi Go program ends when it has already reported its error to the
// engine (sdk/go/pulumi/run.go); reporting it a second time would only repeat it.
const exitLoggedError = 32

// host implements the language runtime service. Its zero value is not ready: use newHost.
type host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer

	engineAddress string
	builds        string
	stop          context.CancelFunc
}

// newHost returns a host that passes engineAddress to the programs it runs and keeps their binaries in the folder builds.
// Stop is called when the engine asks the host to end.
func newHost(engineAddress, builds string, stop context.CancelFunc) *host {
	return &host{engineAddress: engineAddress, builds: builds, stop: stop}
}

// serve listens on a loopback port until ctx ends, prints the port for the engine to read, and returns when the last
// call has been answered.
func serve(ctx context.Context, engineAddress, builds string) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cancel := make(chan bool)
	go func() { <-ctx.Done(); close(cancel) }()
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: cancel,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, newHost(engineAddress, builds, stop))
			return nil
		},
	})
	if err != nil {
		return fmt.Errorf("serving the language runtime: %w", err)
	}
	if _, err := fmt.Println(strconv.Itoa(handle.Port)); err != nil {
		return fmt.Errorf("telling the engine the port: %w", err)
	}
	return <-handle.Done
}

// Handshake takes over the engine's address: an engine that attaches gives it here, not on the command line.
func (h *host) Handshake(_ context.Context, req *pulumirpc.LanguageHandshakeRequest) (*pulumirpc.LanguageHandshakeResponse, error) {
	h.engineAddress = req.GetEngineAddress()
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

// GetPluginInfo reports the version.
func (h *host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: hostVersion}, nil
}

// GetRequiredPackages names none: the engine then finds providers when the program first uses them.
func (h *host) GetRequiredPackages(context.Context, *pulumirpc.GetRequiredPackagesRequest) (*pulumirpc.GetRequiredPackagesResponse, error) {
	return &pulumirpc.GetRequiredPackagesResponse{}, nil
}

// GetRequiredPlugins names none, as GetRequiredPackages.
func (h *host) GetRequiredPlugins(context.Context, *pulumirpc.GetRequiredPluginsRequest) (*pulumirpc.GetRequiredPluginsResponse, error) {
	return &pulumirpc.GetRequiredPluginsResponse{}, nil
}

// InstallDependencies fetches the program's modules.
func (h *host) InstallDependencies(req *pulumirpc.InstallDependenciesRequest, stream pulumirpc.LanguageRuntime_InstallDependenciesServer) error {
	cmd := exec.CommandContext(stream.Context(), "go", "mod", "download")
	cmd.Dir = req.GetInfo().GetProgramDirectory()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go mod download in %s: %w\n%s", cmd.Dir, err, out)
	}
	return nil
}

// About says which Go toolchain the host uses.
func (h *host) About(ctx context.Context, _ *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return nil, fmt.Errorf("looking for the Go toolchain: %w", err)
	}
	version, err := exec.CommandContext(ctx, path, "env", "GOVERSION").Output()
	if err != nil {
		return nil, fmt.Errorf("asking %s for its version: %w", path, err)
	}
	return &pulumirpc.AboutResponse{Executable: path, Version: string(version)}, nil
}

// GetProgramDependencies reads nothing: `go list -m all` tells more than this call could.
func (h *host) GetProgramDependencies(context.Context, *pulumirpc.GetProgramDependenciesRequest) (*pulumirpc.GetProgramDependenciesResponse, error) {
	return &pulumirpc.GetProgramDependenciesResponse{}, nil
}

// Cancel ends the host, and with it what it runs.
func (h *host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.stop()
	return &emptypb.Empty{}, nil
}

// Run builds the program and runs it once. What the program prints reaches the engine through the host's own output.
func (h *host) Run(ctx context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	env, err := programEnv(req, h.engineAddress)
	if err != nil {
		return nil, err
	}
	info := req.GetInfo()
	binary, release, err := build(ctx, filepath.Join(info.GetProgramDirectory(), info.GetEntryPoint()), h.builds)
	if err != nil {
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	}
	defer release()
	cmd := command(ctx, binary, req.GetPwd(), req.GetArgs(), append(os.Environ(), env...))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	code, err := exitCode(cmd.Run())
	switch {
	case err != nil:
		return nil, fmt.Errorf("running the program in %s: %w", info.GetProgramDirectory(), err)
	case code == exitLoggedError:
		return &pulumirpc.RunResponse{Bail: true}, nil
	case code != 0:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("the program ended with exit status %d", code)}, nil
	}
	return &pulumirpc.RunResponse{}, nil
}

// RunPlugin builds a source plugin and runs it until it ends, streaming its output and then its exit status.
func (h *host) RunPlugin(req *pulumirpc.RunPluginRequest, stream pulumirpc.LanguageRuntime_RunPluginServer) error {
	if req.GetAttachDebugger() {
		return status.Error(codes.Unimplemented, "this language host starts no debugger: use an installed Pulumi")
	}
	ctx := stream.Context()
	info := req.GetInfo()
	binary, release, err := build(ctx, filepath.Join(info.GetProgramDirectory(), info.GetEntryPoint()), h.builds)
	if err != nil {
		return err
	}
	defer release()
	out := &sender{stream: stream}
	cmd := command(ctx, binary, req.GetPwd(), req.GetArgs(), req.GetEnv())
	cmd.Stdout, cmd.Stderr = out.stdout(), out.stderr()
	code, err := exitCode(cmd.Run())
	if err != nil {
		return fmt.Errorf("running the plugin %s in %s: %w", req.GetName(), info.GetProgramDirectory(), err)
	}
	return out.exit(code)
}

// programEnv is what the Pulumi Go SDK reads to find its engine, stack and configuration.
func programEnv(req *pulumirpc.RunRequest, engineAddress string) ([]string, error) {
	config, err := jsonObject(req.GetConfig())
	if err != nil {
		return nil, fmt.Errorf("encoding the stack configuration: %w", err)
	}
	secretKeys, err := jsonList(req.GetConfigSecretKeys())
	if err != nil {
		return nil, fmt.Errorf("encoding the secret keys: %w", err)
	}
	return []string{
		pulumi.EnvOrganization + "=" + req.GetOrganization(),
		pulumi.EnvProject + "=" + req.GetProject(),
		pulumi.EnvPulumiRootDirectory + "=" + req.GetInfo().GetRootDirectory(),
		pulumi.EnvStack + "=" + req.GetStack(),
		pulumi.EnvConfig + "=" + config,
		pulumi.EnvConfigSecretKeys + "=" + secretKeys,
		pulumi.EnvDryRun + "=" + strconv.FormatBool(req.GetDryRun()),
		pulumi.EnvParallel + "=" + strconv.Itoa(int(req.GetParallel())),
		pulumi.EnvMonitor + "=" + req.GetMonitorAddress(),
		pulumi.EnvEngine + "=" + engineAddress,
	}, nil
}

// exitCode tells a program that ended by itself, with whatever status, from one that could not be run.
func exitCode(err error) (int, error) {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	return 0, err
}
