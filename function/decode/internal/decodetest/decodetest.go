// Package decodetest is what the tests of the decoders share: fixtures, what should come out of them, and what must hold
// for every body whatever.
package decodetest

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/metrics"
	"strings"
	"testing"

	"cc-eventbridge/function/decode/envelope"
	"cc-eventbridge/function/event"
)

var update = flag.Bool("update", false, "write the .want files anew")

// Each runs a test on each file of testdata that ends in one of the suffixes.
func Each(t *testing.T, test func(t *testing.T, file string, body []byte), suffixes ...string) {
	t.Helper()
	for _, suffix := range suffixes {
		files, err := filepath.Glob("testdata/*" + suffix)
		if err != nil || len(files) == 0 {
			t.Fatalf("no test data %s: %v", suffix, err)
		}
		for _, file := range files {
			t.Run(filepath.Base(file), func(t *testing.T) { test(t, file, Read(t, file)) })
		}
	}
}

// Seed gives a fuzz test each file of testdata that has the suffix.
func Seed(f *testing.F, suffix string, add func(body []byte)) {
	f.Helper()
	files, err := filepath.Glob("testdata/*" + suffix)
	if err != nil || len(files) == 0 {
		f.Fatalf("no test data %s: %v", suffix, err)
	}
	for _, file := range files {
		add(Read(f, file))
	}
}

// Read returns a file.
func Read(t testing.TB, file string) []byte {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// Golden compares got with what stands beside a fixture, in a file of its name that ends in .want.
func Golden(t *testing.T, file, got string) {
	t.Helper()
	golden := strings.TrimSuffix(file, filepath.Ext(file)) + ".want"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if want := string(Read(t, golden)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Describe writes an event as .want files have it.
func Describe(e event.Event) string {
	occurred := "unknown"
	if at, ok := e.OccurredAt(); ok {
		occurred = at.Format("2006-01-02T15:04:05.000Z")
	}
	var extra strings.Builder
	for _, member := range e.Extra() {
		fmt.Fprintf(&extra, " %s=%s", member.Name, member.Value)
	}
	text := fmt.Sprintf("envelope      %s\ntype          %s\ntopic         %s\ntimestamp     %s\nid            %s\nsource        %s\nreplay        %s\n"+
		"payload       %d bytes\nevent time    %s\noccurred at   %s\norganization  %s\nentities      %s\nextra        %s\n",
		e.Envelope, e.Type, e.Topic, e.Timestamp, e.ID, e.Source, e.Replay,
		len(e.Payload), e.EventTime(), occurred, e.Organization(), strings.Join(e.EntityIDs(), " "), &extra)
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	return strings.Join(lines, "\n") + "\n"
}

// Reason returns the reason of an error, which must be an *envelope.Error; "" for nil.
func Reason(t testing.TB, err error) envelope.Reason {
	t.Helper()
	if err == nil {
		return ""
	}
	refused, ok := errors.AsType[*envelope.Error](err)
	if !ok {
		t.Fatalf("%v is a %T, should be an *envelope.Error", err, err)
	}
	if refused.Reason == "" || refused.Detail == "" {
		t.Errorf("an error without reason or detail: %v", err)
	}
	return refused.Reason
}

// Allocated returns how many bytes the process has allocated so far, up to what the allocator has not yet counted (some
// hundred kilobytes).
func Allocated() int {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return int(sample[0].Value.Uint64())
}

// Outline returns a body's outline, and whether the checks before any decoder let it through.
func Outline(body []byte) (envelope.Outline, bool) {
	outline, err := envelope.Look(body)
	return outline, err == nil
}
