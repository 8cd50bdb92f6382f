package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// pulumiTimeout is how long the Pulumi CLI may take; it reads a state from a backend.
const pulumiTimeout = 2 * time.Minute

// stack says whose outputs to use.
type stack struct {
	name, project, file string
	outputs             map[string]any
}

// target is a queue or bucket, and where its name comes from, for errors.
type target struct{ value, source string }

func (t target) String() string { return t.source + " (" + t.value + ")" }

// resolve is a flag's value if it has one, and else an output of the stack.
func (s *stack) resolve(ctx context.Context, flag, value, output string) (target, error) {
	switch {
	case value != "":
		return target{value, "--" + flag}, nil
	case s.name == "" && s.file == "":
		return target{}, usagef("no --%s: give it, or --stack NAME to use the stack's output %s, "+
			"or --outputs FILE (from: pulumi stack output --json)", flag, output)
	}
	if s.outputs == nil {
		if err := s.read(ctx); err != nil {
			return target{}, err
		}
	}
	text, ok := s.outputs[output].(string)
	if !ok || text == "" {
		return target{}, fmt.Errorf("%s has no output %s, for --%s: was the stack deployed? Otherwise give --%s", s, output, flag, flag)
	}
	return target{text, "output " + output + " of " + s.String()}, nil
}

// open reads the outputs, for commands that can't do without a stack.
func (s *stack) open(ctx context.Context) error {
	if s.name == "" && s.file == "" {
		return usagef("no stack: give --stack NAME, or --outputs FILE (from: pulumi stack output --json)")
	}
	if s.outputs != nil {
		return nil
	}
	return s.read(ctx)
}

// output is one of a stack that is open, "" if it has none of that name.
func (s *stack) output(name string) string {
	text, _ := s.outputs[name].(string)
	return text
}

// target is an output that a stack which is open must have.
func (s *stack) target(name string) (target, error) {
	text := s.output(name)
	if text == "" {
		return target{}, fmt.Errorf("%s has no output %s: was the stack deployed?", s, name)
	}
	return target{text, "output " + name + " of " + s.String()}, nil
}

// String is how errors name the stack.
func (s *stack) String() string {
	if s.file != "" {
		return "--outputs " + s.file
	}
	return "--stack " + s.name
}

func (s *stack) read(ctx context.Context) error {
	var (
		text []byte
		err  error
	)
	if s.file != "" {
		if text, err = os.ReadFile(s.file); err != nil {
			return fmt.Errorf("--outputs: reading the stack's outputs: %w", err)
		}
	} else if text, err = s.pulumi(ctx, "output", "--json", "--stack", s.name); err != nil {
		return fmt.Errorf("--stack %s: %w", s.name, err)
	}
	if err := json.Unmarshal(text, &s.outputs); err != nil || s.outputs == nil {
		// The error's text may have values in it.
		return fmt.Errorf("%s: %d bytes that are not a JSON object of outputs, as \"pulumi stack output --json\" writes it", s, len(text))
	}
	return nil
}

// pulumi runs the Pulumi CLI on the project's stacks. It asks nothing, and shows no secrets.
func (s *stack) pulumi(ctx context.Context, args ...string) ([]byte, error) {
	folder, err := s.folder()
	if err != nil {
		return nil, err
	}
	program, err := exec.LookPath("pulumi")
	if err != nil {
		return nil, errors.New("the Pulumi CLI (pulumi) is not on PATH: install it, " +
			"or give --outputs FILE, written elsewhere by \"pulumi stack output --json\"")
	}
	ctx, cancel := context.WithTimeout(ctx, pulumiTimeout)
	defer cancel()
	command := exec.CommandContext(ctx, program, append([]string{"stack", "--non-interactive"}, args...)...)
	command.Dir = folder
	command.Env = append(os.Environ(), "PULUMI_SKIP_UPDATE_CHECK=true")
	var problems bytes.Buffer
	command.Stderr = &problems
	out, err := command.Output()
	if err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("reading the stack with the Pulumi CLI: %w", ctx.Err())
		}
		said := strings.TrimPrefix(strings.TrimSpace(problems.String()), "error: ")
		if said == "" {
			said = err.Error()
		}
		return nil, fmt.Errorf("the Pulumi CLI says in %s: %s (\"pulumi stack ls\" lists the stacks)", folder, said)
	}
	return out, nil
}

// folder is where the project is.
func (s *stack) folder() (string, error) {
	if s.project != "" {
		if _, err := os.Stat(filepath.Join(s.project, "Pulumi.yaml")); err != nil {
			return "", fmt.Errorf("--project %s: no Pulumi.yaml there: %w", s.project, errors.Unwrap(err))
		}
		return s.project, nil
	}
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("looking for Pulumi.yaml: %w", err)
	}
	for folder := start; ; folder = filepath.Dir(folder) {
		_, err := os.Stat(filepath.Join(folder, "Pulumi.yaml"))
		switch {
		case err == nil:
			return folder, nil
		case !errors.Is(err, fs.ErrNotExist):
			return "", fmt.Errorf("looking for Pulumi.yaml: %w", err)
		case folder == filepath.Dir(folder):
			return "", fmt.Errorf("no Pulumi.yaml in %s or above: give --project DIR, or --outputs FILE", start)
		}
	}
}

// complete lists the project's stacks for the shell.
func (s *stack) complete(command *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	text, err := s.pulumi(command.Context(), "ls", "--json")
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var stacks []struct{ Name string }
	if err := json.Unmarshal(text, &stacks); err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []cobra.Completion
	for _, stack := range stacks {
		names = append(names, stack.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
