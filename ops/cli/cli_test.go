package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// result is what a run left behind.
type result struct {
	status   int
	out, err string
}

// ran runs ops, on a terminal if there is somebody to answer.
func ran(t *testing.T, answer string, args ...string) result {
	t.Helper()
	var out, problems bytes.Buffer
	status := Main(args, Streams{In: strings.NewReader(answer), Out: &out, Err: &problems, Terminal: answer != ""})
	r := result{status, out.String(), problems.String()}
	if strings.Contains(r.out+r.err, secret) {
		t.Errorf("a body was printed:\n%s%s", r.out, r.err)
	}
	return r
}

// fails checks a run's status, and that its error is one line that has this in it.
func (r result) fails(t *testing.T, status int, want string) {
	t.Helper()
	var problems []string
	for line := range strings.Lines(r.err) {
		if _, rest, ok := strings.Cut(line, "error: "); ok {
			problems = append(problems, rest)
		}
	}
	if r.status != status || len(problems) != 1 || !strings.Contains(problems[0], want) {
		t.Errorf("status %d, want %d with %q:\n%s", r.status, status, want, r.err)
	}
}

func (s *server) replay(t *testing.T, answer string, args ...string) result {
	t.Helper()
	return ran(t, answer, append([]string{"replay", "--from", s.url(callers, "validation"), "--to", s.url(callers, "ingestion")}, args...)...)
}

// holds checks how many messages the queues hold, and that none is hidden.
func (s *server) holds(t *testing.T, validation, ingestion int) {
	t.Helper()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if got := len(s.queues["validation"]); got != validation || len(s.queues["ingestion"]) != ingestion || s.hidden() != 0 {
		t.Errorf("%d are left, %d of them hidden, and %d sent; want %d and %d", got, s.hidden(), len(s.queues["ingestion"]), validation, ingestion)
	}
}

func TestCommandLinesThatAreWrong(t *testing.T) {
	const other = "https://sqs.eu-west-1.amazonaws.com/210987654321/a"
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no such command":               {[]string{"redeliver"}, `unknown command "redeliver"`},
		"no such flag":                  {[]string{"replay", "--form", "a"}, "unknown flag: --form"},
		"replay without queues":         {[]string{"replay"}, "no --from: give it, or --stack NAME to use the stack's output validationQueueUrl, or --outputs FILE"},
		"replay of two queues":          {[]string{"replay", "--from", "a", "--rule-dead-letters"}, "[from rule-dead-letters]"},
		"replay without a target":       {[]string{"replay", "--from", "a"}, "no --to: give it, or --stack NAME to use the stack's output ingestionQueueUrl"},
		"replay onto the same queue":    {[]string{"replay", "--from", "a", "--to", "a"}, "are the same queue, a"},
		"replay into another's account": {[]string{"replay", "--from", "https://sqs.eu-west-1.amazonaws.com/123456789012/a", "--to", other}, "both must be of one stack"},
		"replay into another region":    {[]string{"replay", "--from", "https://sqs.eu-north-1.amazonaws.com/210987654321/a", "--to", other}, "both must be of one stack"},
		"replay with a negative limit":  {[]string{"replay", "--from", "a", "--to", "b", "--limit", "-1"}, "--limit is -1, should be 0 or more"},
		"replay with an argument":       {[]string{"replay", "--from", "a", "--to", "b", "c"}, `unknown command "c"`},
		"a stack and a file of outputs": {[]string{"replay", "--stack", "a", "--outputs", "b"}, "[outputs stack]"},
		"send-large without a file":     {[]string{"send-large", "--bucket", "a", "--queue", "b"}, "requires at least 1 arg"},
		"send-large without a bucket":   {[]string{"send-large", "--queue", "b", "cli_test.go"}, "no --bucket: give it"},
		"send-large without a queue":    {[]string{"send-large", "--bucket", "b", "cli_test.go"}, "no --queue: give it"},
	} {
		t.Run(name, func(t *testing.T) {
			onlyEnvironment(t)
			ran(t, "", c.args...).fails(t, statusUsage, c.want)
		})
	}
}

func TestReplay(t *testing.T) {
	t.Run("asks with the counts, and sends after a yes", func(t *testing.T) {
		s := newServer(t)
		s.quarantine(12)
		r := s.replay(t, "y\n", "--reason", "schema-mismatch")
		if r.status != 0 || r.out != "replayed 12, left 0\n" || !strings.Contains(r.err, "About 12 messages wait on "+s.url(callers, "validation")) {
			t.Errorf("%+v", r)
		}
		s.holds(t, 0, 12)
	})
	t.Run("does nothing after any other answer", func(t *testing.T) {
		s := newServer(t)
		s.quarantine(2)
		s.replay(t, "\n").fails(t, statusFailed, "nothing was done")
		s.holds(t, 2, 0)
	})
	t.Run("refuses where nobody can answer", func(t *testing.T) {
		s := newServer(t)
		s.quarantine(2)
		s.replay(t, "").fails(t, statusUsage, "add --yes to do it, or --dry-run to see what it would do")
		s.holds(t, 2, 0)
	})
	t.Run("a dry run asks nothing and names the messages", func(t *testing.T) {
		s := newServer(t)
		s.quarantine(2)
		r := s.replay(t, "", "--dry-run")
		if r.status != 0 || r.out != "would replay 2, leave 0\n" || strings.Count(r.err, "would be replayed") != 2 {
			t.Errorf("%+v", r)
		}
		s.holds(t, 2, 0)
	})
	t.Run("prints one JSON object", func(t *testing.T) {
		s := newServer(t)
		s.quarantine(3)
		r := s.replay(t, "", "--yes", "--json", "--limit", "2")
		var got replayed
		if err := json.Unmarshal([]byte(r.out), &got); err != nil || r.status != 0 || got.Replayed != 2 || got.Left != 1 || got.Interrupted {
			t.Errorf("%+v, %v", r, err)
		}
		s.holds(t, 1, 2)
	})
}

func TestReplaysThatCannotBegin(t *testing.T) {
	s := newServer(t)
	s.quarantine(2)
	there, foreign := s.url(callers, "validation"), s.url("111111111111", "validation")
	ran(t, "", "replay", "--yes", "--from", s.url(callers, "none"), "--to", there).
		fails(t, statusFailed, "--from ("+s.url(callers, "none")+"): there is no such queue in region us-east-1: correct the URL")
	ran(t, "", "replay", "--yes", "--from", there, "--to", s.url(callers, "none")).fails(t, statusFailed, "--to (")
	ran(t, "", "replay", "--yes", "--from", foreign, "--to", s.url("111111111111", "ingestion")).
		fails(t, statusFailed, "--from ("+foreign+") is a queue of account 111111111111, but the credentials are of account "+callers+": choose others with --profile")
	s.refuse("ExpiredToken")
	s.replay(t, "", "--yes").fails(t, statusFailed, `AWS refuses the credentials; log in again ("aws sso login"), or give --profile NAME: ExpiredToken`)
	s.refuse("AccessDenied")
	s.replay(t, "", "--yes").fails(t, statusFailed, "--from ("+there+"): the credentials may not do that")
	s.holds(t, 2, 0)
	s.Close()
	s.replay(t, "", "--yes").fails(t, statusFailed, "the AWS API cannot be reached; check the network, --region (us-east-1) and AWS_ENDPOINT_URL ("+s.URL+")")
}

// TestAnInterruptedReplay gets a real signal while messages are being sent.
func TestAnInterruptedReplay(t *testing.T) {
	s := newServer(t)
	s.quarantine(25)
	var once sync.Once
	s.onSend = func() {
		once.Do(func() {
			if err := syscall.Kill(syscall.Getpid(), syscall.SIGINT); err != nil {
				t.Error(err)
			}
			time.Sleep(100 * time.Millisecond) // the signal is there before the first answer
		})
	}
	r := s.replay(t, "", "--yes", "--json")
	r.fails(t, statusFailed, "interrupted: 10 messages were sent, about 15 remain on their queue, all of them visible; run the same command again to go on")
	if !strings.Contains(r.out, `"interrupted":true`) {
		t.Errorf("the result is %s", r.out)
	}
	s.holds(t, 15, 10)
	if r := s.replay(t, "", "--yes"); r.status != 0 || r.out != "replayed 15, left 0\n" {
		t.Errorf("going on: %+v", r)
	}
	s.holds(t, 0, 25)
}

func TestSendLarge(t *testing.T) {
	s := newServer(t)
	file := filepath.Join(t.TempDir(), "event.json")
	write(t, file, `{"caller":"`+secret+`"}`)
	send := func(args ...string) result {
		return ran(t, "", append([]string{"send-large", "--queue", s.url(callers, "ingestion")}, args...)...)
	}
	if r := send("--bucket", "payloads-1", "--dry-run", file); r.status != 0 || !strings.Contains(r.err, "would send 1 file(s)") {
		t.Errorf("%+v", r)
	}
	send("--bucket", "payloads-1", file).fails(t, statusUsage, "add --yes")
	send("--bucket", "payloads-1", "--yes", file, file+".none").fails(t, statusFailed, "no such file")
	s.holds(t, 0, 0)
	send("--bucket", "none", "--yes", file).fails(t, statusFailed, "--bucket (none): does the bucket exist")
	ran(t, "", "send-large", "--bucket", "payloads-1", "--queue", s.url(callers, "none"), "--yes", file).
		fails(t, statusFailed, "there is no such queue in region us-east-1")
	s.holds(t, 0, 0)
	r := send("--bucket", "payloads-1", "--yes", "--json", file)
	var got sentFile
	if err := json.Unmarshal([]byte(r.out), &got); err != nil || r.status != 0 || got.File != file || s.objects["/payloads-1/"+got.Key] == 0 {
		t.Errorf("%+v, %v", r, err)
	}
	s.holds(t, 0, 1)
}

func TestHelpSaysWhatACommandNeverDoes(t *testing.T) {
	for _, command := range []string{"status", "watch", "replay", "send-large"} {
		r := ran(t, "", command, "--help")
		if r.status != 0 || !strings.Contains(r.out, "It never") || strings.Count(r.out, "\n  ops "+command) < 2 || r.err != "" {
			t.Errorf("%s: %+v", command, r)
		}
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
