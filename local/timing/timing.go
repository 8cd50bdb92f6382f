// Package timing measures what the program costs at each preview: a preview without changes of the whole pipeline beside
// one of a Go program that makes a single queue, in turns, on the same machine in the same run.
package timing

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"cc-eventbridge/local/background"
	"cc-eventbridge/local/demo"
	"cc-eventbridge/local/emulator"
	"cc-eventbridge/local/stack"
	"cc-eventbridge/local/toolchain"
	"cc-eventbridge/local/workspace"
)

const (
	// rounds is how often each is previewed; the first round warms caches and is not counted.
	rounds = 11
	// queueOnly is the Go program that makes one resource, with the same SDKs.
	queueOnly = `package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		_, err := sqs.NewQueue(ctx, "one", &sqs.QueueArgs{Name: pulumi.String("one")})
		return err
	})
}
`
	queueProject = "name: one\nruntime: go\nmain: infra/\n"
)

var (
	moduleLine = regexp.MustCompile(`(?m)^module .*$`)
	// siblings are the modules of this project, which the copy doesn't have beside it.
	siblings = regexp.MustCompile(`(?m)^(replace )?\s*cc-eventbridge/.*\n`)
)

// Preview deploys both programs on an emulator, previews them in turns and prints the medians and their ratio.
func Preview(ctx context.Context, w *workspace.Workspace) (err error) {
	tools, err := toolchain.Ensure(ctx, w, true)
	if err != nil {
		return err
	}
	e, err := emulator.Start(ctx, w, tools.MiniStack, "timing")
	if err != nil {
		return err
	}
	defer background.Stop(e.PID)
	one, err := oneResource(w)
	if err != nil {
		return err
	}
	whole, err := deployed(ctx, w, tools, "local-timing", e.Endpoint, demo.Config("http://127.0.0.1:9/events"))
	if err != nil {
		return err
	}
	single, err := deployed(ctx, one, tools, "one", e.Endpoint, nil)
	if err != nil {
		return err
	}
	w.Out.Step("previewing both %d times in turns, after one round of warming up …", rounds-1)
	var wholes, singles []float64
	for i := range rounds {
		s, errSingle := previewSeconds(ctx, single)
		p, errWhole := previewSeconds(ctx, whole)
		if err := errors.Join(errSingle, errWhole); err != nil {
			return err
		}
		if i > 0 {
			singles, wholes = append(singles, s), append(wholes, p)
		}
	}
	w.Out.Step("preview without changes, median of %d: this program %.2f s, a program with one queue %.2f s, ratio %.2f",
		rounds-1, median(wholes), median(singles), median(wholes)/median(singles))
	return errors.Join(whole.Destroy(ctx), single.Destroy(ctx))
}

// oneResource writes the program with one resource, with the modules that infra has.
func oneResource(w *workspace.Workspace) (*workspace.Workspace, error) {
	root := w.Path("timing", "one")
	modules, err := os.ReadFile(filepath.Join(w.Root, "infra", "go.mod"))
	if err != nil {
		return nil, fmt.Errorf("reading the program's modules: %w", err)
	}
	sums, err := os.ReadFile(filepath.Join(w.Root, "infra", "go.sum"))
	if err != nil {
		return nil, fmt.Errorf("reading the program's modules: %w", err)
	}
	for name, content := range map[string][]byte{
		"Pulumi.yaml": []byte(queueProject), "infra/main.go": []byte(queueOnly), "infra/go.sum": sums,
		"infra/go.mod": siblings.ReplaceAll(moduleLine.ReplaceAll(modules, []byte("module one")), nil),
		// A workspace of its own keeps the project's from claiming the folder.
		"go.work": []byte("go 1.26.0\n\nuse ./infra\n"),
	} {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, content, 0o644)); err != nil {
			return nil, fmt.Errorf("writing the program with one resource: %w", err)
		}
	}
	one := workspace.At(root, os.Stderr)
	one.Bin, one.Out = w.Bin, w.Out
	return one, nil
}

func deployed(ctx context.Context, w *workspace.Workspace, tools toolchain.Tools, name, endpoint string, config map[string]string) (*stack.Stack, error) {
	s, err := stack.New(w, tools, name, endpoint)
	if err != nil {
		return nil, err
	}
	if err := s.Init(ctx, config); err != nil {
		return nil, err
	}
	return s, w.Out.During("deploying stack "+name, func() error { return s.Up(ctx) })
}

func previewSeconds(ctx context.Context, s *stack.Stack) (float64, error) {
	begin := time.Now()
	_, err := s.Run(ctx, "preview", "--non-interactive", "--expect-no-changes")
	return time.Since(begin).Seconds(), err
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
