package lambdatest_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"cc-eventbridge/function/lambdatest"
)

// patience bounds what a test waits for from another process or a loopback connection.
const patience = 10 * time.Second

// role makes this test binary play a child process.
const role = "LAMBDATEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "spin": // uses the processor in several threads until killed
		go spin()
		spin()
	case "hold": // holds memory until killed
		held := make([]byte, 64<<20)
		for i := range held {
			held[i] = byte(i)
		}
		os.Stdout.WriteString("held\n")
		select {}
	case "fail":
		os.Stderr.WriteString(strings.Repeat("noise ", 2000) + "the reason\n")
		os.Exit(3)
	}
	os.Exit(m.Run())
}

func spin() {
	for { //nolint:staticcheck // burning CPU is what it is for
	}
}

func start(t *testing.T, as string) *lambdatest.Process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p, err := lambdatest.StartProcess(t.Context(), lambdatest.Command{Path: self, Env: []string{role + "=" + as}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// eventually polls until a figure has reached what it must reach.
func eventually[T int64 | time.Duration](t *testing.T, what string, read func() (T, error), atLeast T) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		got, err := read()
		if err != nil {
			t.Fatal(err)
		}
		if got >= atLeast {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is %v after %v, want at least %v", what, got, patience, atLeast)
		}
	}
}

func TestCPUIsWhatTheProcessUsed(t *testing.T) {
	p := start(t, "spin")
	eventually(t, "CPU time", p.CPU, 20*time.Millisecond)
	first, err := p.CPU()
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "CPU time", p.CPU, first+20*time.Millisecond)
	if used, err := p.CPU(); err != nil || used > 4*time.Since(p.Started) {
		t.Errorf("CPU time is %v (%v), more than its two threads and the runtime can have used", used, err)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.CPU(); err == nil {
		t.Error("the CPU time of a stopped process was read")
	}
}

func TestPeakMemoryIsWhatTheProcessHeld(t *testing.T) {
	p := start(t, "hold")
	eventually(t, "peak memory", p.PeakMemory, 64<<20)
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
}

func TestAProcessThatEndsByItselfSaysWhy(t *testing.T) {
	p := start(t, "fail")
	select {
	case <-p.Exited():
	case <-time.After(patience):
		t.Fatal("it has not ended")
	}
	got := p.ExitError().Error()
	if !strings.Contains(got, "exit status 3") || !strings.HasSuffix(got, "the reason") || len(got) > 5000 {
		t.Errorf("exit error has %d bytes and ends with %q", len(got), got[max(0, len(got)-60):])
	}
	if err := p.Stop(); err != nil {
		t.Errorf("stopping an ended process: %v", err)
	}
}

func TestTheContextOfAFunctionEndsWithItsProcess(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	function, err := lambdatest.Launch(t.Context(), "processor", lambdatest.Command{Path: self, Env: []string{role + "=fail"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := function.Invoke(function.Context, "one", nil); err == nil || !strings.HasSuffix(err.Error(), "the reason") {
		t.Errorf("error = %v, want what the process printed", err)
	}
	if err := function.Stop(); err != nil {
		t.Error(err)
	}
}
