package cli

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/identify"
)

const (
	// asOps has the test's own program be ops.
	asOps = "OPS_TEST_RUN"
	// killSeed is the variable that repeats a run.
	killSeed = "OPS_KILL_SEED"
)

func TestMain(m *testing.M) {
	if os.Getenv(asOps) != "" {
		os.Exit(Main(os.Args[1:], Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
	}
	os.Exit(m.Run())
}

// TestKilled has 1,000 messages sent again by a program that is killed at ten random calls: before SQS does what it is asked for, or
// after, when the answer is lost. Nothing is lost, and nothing is there twice once duplicates are taken out the way the function
// does it.
func TestKilled(t *testing.T) {
	const messages, kills = 1000, 10
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv(killSeed); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%s=%d", killSeed, seed)
	for name, fill := range map[string]func(*server){
		"dlq redrive dead":             func(s *server) { s.deadLetter(messages) },
		"quarantine replay validation": func(s *server) { s.quarantineCalls(messages) },
	} {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			s := newSet(t, 0, 0)
			fill(s)
			words := strings.Fields(name)
			args := []string{
				words[0], words[1], "--from", s.url(callers, words[2]), "--to", s.url(callers, "ingestion"), "--yes", "--rate", "0", "--sample", "0",
			}
			for kill := range kills {
				// A message takes two calls, a receive is one for ten: there are about 2,100 in all.
				s.killed(t, args, 1+random.IntN(200), random.IntN(2) == 0, kill)
			}
			command := ops(t, args)
			if out, err := command.CombinedOutput(); err != nil {
				t.Fatalf("the run that is not killed: %v: %s", err, out)
			}
			s.balanced(t, words[2], messages, kills)
		})
	}
}

// ops is the program in a process of its own.
func ops(t *testing.T, args []string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), program, args...)
	command.Env = append(os.Environ(), asOps+"=1")
	return command
}

// killed runs ops and kills it at a call. Then the time is over for which it has hidden messages.
func (s *server) killed(t *testing.T, args []string, at int, before bool, number int) {
	t.Helper()
	command := ops(t, args)
	var out strings.Builder
	command.Stdout, command.Stderr = &out, &out
	calls := 0
	s.mutex.Lock()
	s.call = func() (lost bool, after func()) {
		if calls++; calls != at {
			return false, nil
		}
		kill := func() {
			if err := command.Process.Signal(syscall.SIGKILL); err != nil {
				t.Error(err)
			}
		}
		if before {
			kill()
			return true, nil
		}
		return false, kill
	}
	err := command.Start()
	s.mutex.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err == nil || command.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("kill %d at call %d: it ended with %v: %s", number, at, err, out.String())
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.call = nil
	s.reveal()
}

// balanced checks what is on the ingestion queue, which must be all that was to be sent.
func (s *server) balanced(t *testing.T, from string, messages, kills int) {
	t.Helper()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if left := len(s.queues[from]); left != 0 {
		t.Errorf("%d messages are left", left)
	}
	reader := decode.NewReader(decode.Limits{MaxBytes: 1 << 20}, decode.ClaimCheckRules{})
	effects := map[string]int{} // by identity, as the dedup table has them
	for _, m := range s.queues["ingestion"] {
		opened, err := reader.Open(decode.Message{Body: []byte(m.body)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		identity, err := identify.Event(opened.Event, false)
		if err != nil {
			t.Fatal(err)
		}
		effects[identity.Key]++
		number, _ := json.Marshal(m.attributes["n"])
		if m.body != callOf(numberOf(number)) {
			t.Errorf("the event %s came with the attributes %v", identity.Key, m.attributes)
		}
	}
	twice := 0
	for _, n := range effects {
		twice += n - 1
	}
	if len(effects) != messages {
		t.Errorf("%d events take effect, want %d", len(effects), messages)
	}
	if most := kills * 10; twice > most {
		t.Errorf("%d were sent twice, more than the %d that %d kills can explain", twice, most, kills)
	}
	t.Logf("%d events, %d of them sent once more", len(effects), twice)
}

// numberOf is the value of an attribute as SQS has it.
func numberOf(attribute []byte) int {
	var value struct{ StringValue string }
	if err := json.Unmarshal(attribute, &value); err != nil {
		return -1
	}
	n, err := strconv.Atoi(value.StringValue)
	if err != nil {
		return -1
	}
	return n
}
