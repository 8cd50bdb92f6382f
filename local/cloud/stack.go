package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	// Region is where the embedded cloud says it is.
	Region = "us-east-1"
	// passphrase encrypts the secrets of stacks that live no longer than a run.
	passphrase = "embedded-cloud"
	interrupt  = 20 * time.Second
)

// Stack is one stack of the project on the embedded cloud.
//
// It runs the CLI itself. With Pulumi's automation API this file was as long, the command cloud grew from 19 to 55 MB, every
// up ran the CLI three times more, and variables of the caller's could be blanked but not left out.
type Stack struct {
	Name string
	// Log gets all that the CLI prints.
	Log string
	// Lasting says that the endpoint outlives the run: resources of an earlier one are destroyed, not forgotten.
	Lasting bool

	w     *Workspace
	tools Tools
	// own are the variables that the CLI gets beside the caller's.
	own []string
}

// NewStack returns a stack named name whose resources go to endpoint. Nothing is made yet: see Init.
func NewStack(w *Workspace, tools Tools, name, endpoint string) (*Stack, error) {
	home, backend := w.Path("pulumi", "home"), w.Path("pulumi", "state", name)
	for _, dir := range []string{home, backend} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, fmt.Errorf("making a folder for Pulumi: %w", err)
		}
	}
	s := &Stack{Name: name, Log: w.Path("pulumi-" + name + ".log"), w: w, tools: tools}
	s.own = []string{
		"PULUMI_HOME=" + home,
		"PULUMI_BACKEND_URL=file://" + backend,
		"PULUMI_CONFIG_PASSPHRASE=" + passphrase,
		"PULUMI_SKIP_UPDATE_CHECK=true",
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true",
		"AWS_ENDPOINT_URL=" + endpoint,
		"AWS_REGION=" + Region,
		"AWS_ACCESS_KEY_ID=test",
		"AWS_SECRET_ACCESS_KEY=test",
	}
	return s, nil
}

// ConfigFile is the stack's configuration file, where the CLI looks for it.
func (s *Stack) ConfigFile() string { return filepath.Join(s.w.Root, "Pulumi."+s.Name+".yaml") }

// Init makes the stack anew, with config as its configuration. A key that starts with "secret:" is set as a secret.
func (s *Stack) Init(ctx context.Context, config map[string]string) error {
	if err := errors.Join(os.RemoveAll(s.Log), remove(s.ConfigFile())); err != nil {
		return fmt.Errorf("clearing an earlier stack %s: %w", s.Name, err)
	}
	if s.Lasting {
		if _, err := s.Run(ctx, "destroy", "--yes", "--skip-preview", "--non-interactive"); err == nil {
			s.w.Out.Step("destroyed the resources of an earlier stack %s", s.Name)
		}
	}
	if _, err := s.Run(ctx, "stack", "rm", "--yes", "--force"); err == nil {
		s.w.Out.Step("removed the state of an earlier stack %s", s.Name)
	}
	if _, err := s.Run(ctx, "stack", "init"); err != nil {
		return err
	}
	return s.Set(ctx, config)
}

// Set changes configuration as a user would.
func (s *Stack) Set(ctx context.Context, config map[string]string) error {
	if len(config) == 0 {
		return nil
	}
	args := []string{"config", "set-all"}
	for _, key := range slices.Sorted(maps.Keys(config)) {
		if name, secret := strings.CutPrefix(key, "secret:"); secret {
			args = append(args, "--secret", name+"="+config[key])
		} else {
			args = append(args, "--plaintext", key+"="+config[key])
		}
	}
	_, err := s.Run(ctx, args...)
	return err
}

// Up deploys.
func (s *Stack) Up(ctx context.Context) error {
	_, err := s.Run(ctx, "up", "--yes", "--skip-preview", "--non-interactive")
	return err
}

// Destroy removes all that the stack has, and the stack itself.
func (s *Stack) Destroy(ctx context.Context) error {
	if _, err := s.Run(ctx, "destroy", "--yes", "--skip-preview", "--non-interactive"); err != nil {
		return err
	}
	if _, err := s.Run(ctx, "stack", "rm", "--yes"); err != nil {
		return err
	}
	return remove(s.ConfigFile())
}

// Outputs returns the stack's outputs; those that are not strings are left out.
func (s *Stack) Outputs(ctx context.Context) (map[string]string, error) {
	out, err := s.Run(ctx, "stack", "output", "--json")
	if err != nil {
		return nil, err
	}
	var all map[string]any
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		return nil, fmt.Errorf("reading the outputs of stack %s: %w", s.Name, err)
	}
	texts := map[string]string{}
	for key, value := range all {
		if text, ok := value.(string); ok {
			texts[key] = text
		}
	}
	return texts, nil
}

// Run runs the CLI on the stack and returns its standard output. An error carries the end of all that it printed.
func (s *Stack) Run(ctx context.Context, args ...string) (string, error) {
	log, err := os.OpenFile(s.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return "", fmt.Errorf("opening the log of stack %s: %w", s.Name, err)
	}
	defer log.Close()
	fmt.Fprintf(log, "\n$ pulumi %s\n", strings.Join(redacted(args), " "))
	var out, all bytes.Buffer
	cmd := exec.CommandContext(ctx, s.tools.Pulumi, append(args, "--stack", s.Name)...)
	cmd.Dir, cmd.Env = s.w.Root, append(ambient(), append(s.own, "PATH="+s.tools.Path)...)
	// An interrupted deployment gets the chance to write its state.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = interrupt
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&out, &all, log), io.MultiWriter(&all, log)
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("pulumi %s on stack %s: %w\n%s\n(all of it is in %s)",
			args[0], s.Name, err, bytes.TrimSpace(all.Bytes()), s.Log)
	}
	return out.String(), nil
}

// ambient is the caller's environment without what would lead the CLI to another backend or account.
func ambient() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "PULUMI_") || strings.HasPrefix(v, "AWS_") && !strings.HasPrefix(v, "AWS_CA_BUNDLE=")
	})
}

// Exports is a shell script that gives a terminal the CLI's environment, for those who want to look at a stack that
// was kept.
func (s *Stack) Exports() string {
	var script strings.Builder
	for _, v := range s.own {
		name, value, _ := strings.Cut(v, "=")
		fmt.Fprintf(&script, "export %s='%s'\n", name, value)
	}
	fmt.Fprintf(&script, "export PATH='%s':\"$PATH\"\n", s.w.Bin)
	return script.String()
}

func redacted(args []string) []string {
	shown := slices.Clone(args)
	for i, arg := range shown {
		if i > 0 && args[i-1] == "--secret" {
			name, _, _ := strings.Cut(arg, "=")
			shown[i] = name + "=[secret]"
		}
	}
	return shown
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
