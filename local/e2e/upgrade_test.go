package e2e

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cc-eventbridge/local/cloud"
	"cc-eventbridge/local/traffic"
)

// before is the version that stacks are upgraded from: the last one before the code was laid out anew. Records, names and
// resources of that version are out there.
const before = "4d7cd4687c7c875dfd6d8da093bea1557dcb2879"

// TestUpgrade deploys the version before, upgrades the stack to the present one with messages in flight, and wants nothing
// lost, nothing twice, and nothing replaced: a queue, table or bucket that is replaced loses what it holds.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	c := newFixture(t, "local-upgrade", map[string]string{
		"eventBridgeSource": cloud.Source, "archiveDays": "7", "maxReceiveCount": "10",
	})
	present := c.stack
	c.stack = c.versionBefore(present)
	c.up()

	r := rand.New(rand.NewPCG(9, 9))
	bodies := func(n int, extra map[string]any) []traffic.Message {
		var messages []traffic.Message
		for range n {
			messages = append(messages, traffic.Bare(traffic.Direct(r, extra))...)
		}
		return messages
	}
	done := append(bodies(50, nil), traffic.Bare(traffic.EventBridge(r), traffic.EventBridge(r))...)
	c.send(append(done, traffic.Bare("not JSON")...)...)
	// What is refused three times waits for its next receive, with a back-off each time, while the stack is upgraded.
	inFlight := bodies(50, map[string]any{"demoFail": 3})
	_, err := c.pipeline.Send(c.ctx, append(inFlight, done...)...)
	c.must(err)

	config, err := os.ReadFile(c.stack.ConfigFile())
	c.must(err)
	c.must(os.WriteFile(present.ConfigFile(), config, 0o600))
	c.stack = present
	changes := c.preview()
	if len(changes) == 0 {
		t.Error("the upgrade changes nothing: it is no upgrade")
	}
	// The first flags get a strategy of their own, and a deployment can't change its own: the same flags are deployed again.
	const again = "replace aws:appconfig/deployment:Deployment flags"
	for _, s := range changes {
		if s.Op != "update" && s.Op != "create" && s.String() != again {
			t.Errorf("the upgrade does more than update: %s", s)
		}
	}
	waiting, err := c.pipeline.Waiting(c.ctx)
	c.must(err)
	c.up()
	if waiting == 0 {
		t.Error("no message was in flight when the upgrade began")
	}
	if _, err := c.stack.Run(c.ctx, "preview", "--expect-no-changes", "--non-interactive"); err != nil {
		t.Errorf("after the upgrade: %v", err)
	}

	c.quiet()
	c.send(done...) // once more: their records are those of the version before
	c.onceEach(len(done) + len(inFlight))
	deadLetters, err := c.pipeline.DeadLettered(c.ctx)
	c.must(err)
	quarantined, err := c.pipeline.Quarantined(c.ctx)
	c.must(err)
	if len(deadLetters) != 0 || len(quarantined) != 1 {
		t.Errorf("%d messages are dead-lettered and %d quarantined, want 0 and 1", len(deadLetters), len(quarantined))
	}
	c.must(c.stack.Destroy(c.ctx))
	if left := c.left(); len(left) > 0 {
		t.Errorf("destroy left behind: %s", strings.Join(left, ", "))
	}
}

// versionBefore is a stack as the program of the version before has it.
func (c *fixture) versionBefore(stack *cloud.Stack) *cloud.Stack {
	c.t.Helper()
	tree := c.w.Path("upgrade", before)
	c.must(checkOut(c.t, c.w.Root, before, tree))
	config, err := os.ReadFile(stack.ConfigFile())
	c.must(err)
	w := *c.w
	w.Root = tree
	tools, err := cloud.EnsureTools(c.ctx, c.w, false)
	c.must(err)
	older, err := cloud.NewStack(&w, tools, stack.Name, c.endpoint)
	c.must(err)
	c.must(os.WriteFile(older.ConfigFile(), config, 0o600))
	return older
}

// checkOut writes the files of a commit into a folder, in place of what is there.
func checkOut(t *testing.T, root, commit, into string) error {
	t.Helper()
	archive := exec.CommandContext(t.Context(), "git", "-C", root, "archive", "--format=tar", commit)
	var complaint bytes.Buffer
	archive.Stderr = &complaint
	out, err := archive.Output()
	if err != nil {
		t.Skipf("skipped: commit %s is not in this checkout's history (git fetch --unshallow brings it): %s", commit, bytes.TrimSpace(complaint.Bytes()))
	}
	if err := os.RemoveAll(into); err != nil {
		return fmt.Errorf("clear the version before: %w", err)
	}
	for files := tar.NewReader(bytes.NewReader(out)); ; {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the version before: %w", err)
		}
		path := filepath.Join(into, filepath.FromSlash(header.Name))
		switch header.Typeflag {
		case tar.TypeDir:
			err = os.MkdirAll(path, 0o755)
		case tar.TypeReg:
			var content []byte
			if content, err = io.ReadAll(files); err == nil {
				err = os.WriteFile(path, content, header.FileInfo().Mode().Perm())
			}
		}
		if err != nil {
			return fmt.Errorf("write the version before: %w", err)
		}
	}
}
