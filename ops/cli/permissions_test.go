package cli

import (
	"bytes"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/spf13/cobra"

	"cc-eventbridge/function/contract"
)

// TestPermissionsAreTheCallsThatAreMade runs each command and compares the calls it makes with those that it says it needs.
func TestPermissionsAreTheCallsThatAreMade(t *testing.T) {
	folder := t.TempDir()
	event := filepath.Join(folder, "event.json")
	write(t, event, callOf(1))
	events := filepath.Join(folder, "events.jsonl")
	write(t, events, callOf(1)+"\n")
	lines := map[string][]string{
		"status":             nil,
		"watch":              nil,
		"capacity":           {"--duration", "1s", "--events-per-batch", "5"},
		"send":               {"--yes", events},
		"probe":              {"--yes"},
		"promote":            {"--yes", "9"},
		"rollback":           {"--yes"},
		"dlq list":           nil,
		"dlq show":           {"d0"},
		"dlq export":         {filepath.Join(folder, "export.jsonl")},
		"dlq redrive":        {"--yes", "--limit", "1"},
		"quarantine list":    nil,
		"quarantine show":    {"q0"},
		"quarantine replay":  {"--yes", "--limit", "1"},
		"quarantine discard": {"--yes", "--id", "q0"},
		"replay":             {"--yes", "--limit", "1"},
		"send-large":         {"--yes", "--bucket", "payloads-1", event},
		"pause consumer":     {"--yes"},
		"pause topic":        {"--yes", "a"},
		"resume consumer":    {"--yes"},
		"resume topic":       {"--yes", "b"},
	}
	for name, needed := range permissions {
		args, ok := lines[name]
		if !ok {
			t.Errorf("no command line for %q", name)
			continue
		}
		s := newServer(t)
		file := s.outputs(t)
		s.deadLetter(2)
		s.quarantineCalls(2)
		s.stack.content = `{"topics":{"b":{"state":"paused"}}}`
		s.stack.records = []string{contract.StateCompleted}
		s.stack.enabled = strings.HasPrefix(name, pause)
		var (
			mutex    sync.Mutex
			observed = map[string]bool{}
			out      bytes.Buffer
		)
		var screen onThird
		a := &app{Streams: Streams{In: strings.NewReader(""), Out: &out, Err: &out}}
		if name == "watch" {
			a.Out, args = &screen, []string{"--every", "1s"}
		}
		a.account.guard.observe = func(action string) {
			mutex.Lock()
			defer mutex.Unlock()
			observed[action] = true
		}
		if status := run(append(append(strings.Fields(name), "--outputs", file), args...), a); status != 0 {
			t.Errorf("%s: status %d: %s", name, status, out.String())
		}
		var want []string
		for _, p := range needed {
			want = append(want, p.action)
		}
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(observed)); !slices.Equal(got, want) {
			t.Errorf("%s calls %v, and says that it needs %v", name, got, want)
		}
	}
}

// commands are all of a command, by name.
func commands(of *cobra.Command) map[string]*cobra.Command {
	all := map[string]*cobra.Command{}
	for _, command := range of.Commands() {
		all[nameOf(command)] = command
		maps.Copy(all, commands(command))
	}
	return all
}

// TestACallThatIsNotOnTheListIsRefused takes a permission off a list.
func TestACallThatIsNotOnTheListIsRefused(t *testing.T) {
	s := newServer(t)
	file := s.outputs(t)
	before := permissions["pause consumer"]
	permissions["pause consumer"] = before[:1]
	t.Cleanup(func() { permissions["pause consumer"] = before })
	ran(t, "", "pause", "consumer", "--outputs", file, "--yes").
		fails(t, statusFailed, "lambda:UpdateEventSourceMapping is not among the permissions of this command")
	if !s.stack.enabled {
		t.Error("it was called all the same")
	}
}

// TestEachCommandSaysWhatItNeeds also wants a list for each command that runs.
func TestEachCommandSaysWhatItNeeds(t *testing.T) {
	for name, command := range commands((&app{}).root()) {
		if _, ok := permissions[name]; !ok && !command.HasSubCommands() {
			t.Errorf("%s has no list of permissions", name)
		}
	}
	for name := range permissions {
		if r := ran(t, "", append(strings.Fields(name), "--help")...); !strings.Contains(r.out, "It needs:\n  ") || !strings.Contains(r.out, "never") {
			t.Errorf("%s: %s", name, r.out)
		}
	}
}
