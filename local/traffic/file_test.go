package traffic

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestFileHasABodyALine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	write(t, path, `{"event": 1}`+"\n\n"+`"raw \"text\""`+"\r\n"+`  {"b":2}`)
	got, err := ReadFile(path, func(reason string) { t.Errorf("left out: %s", reason) })
	if err != nil {
		t.Fatal(err)
	}
	if want := Bare(`{"event": 1}`, `raw "text"`, `{"b":2}`); !reflect.DeepEqual(got, want) {
		t.Errorf("messages = %q, want %q", got, want)
	}
}

func TestBrokenFileNamesTheLineAndTheForm(t *testing.T) {
	for name, test := range map[string]struct {
		content string
		want    []string
	}{
		"no events":                 {"\n \n", []string{"has no events"}},
		"an object that is cut off": {"{}\n{\"a\":", []string{"line 2", "JSON object"}},
		"a string that is cut off":  {`"abc`, []string{"line 1", "JSON string"}},
		"neither":                   {"[1]", []string{"line 1", "starts with '['"}},
		"only what SQS refuses":     {`""`, []string{"no events to send"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "events.jsonl")
			write(t, path, test.content)
			_, err := ReadFile(path, func(string) {})
			if err == nil {
				t.Fatal("no error")
			}
			for _, part := range append(test.want, path) {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error lacks %q: %v", part, err)
				}
			}
		})
	}
	if _, err := ReadFile(filepath.Join(t.TempDir(), "missing.jsonl"), func(string) {}); err == nil || !strings.Contains(err.Error(), "missing.jsonl") {
		t.Errorf("a missing file: err = %v, want one that names it", err)
	}
}

func TestBodiesThatSQSRefusesAreLeftOutAndNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	write(t, path, `""`+"\n"+`{"a":1}`+"\n"+`"`+strings.Repeat("x", 262145)+`"`+"\n"+`"\u0000"`+"\n{\"a\":\"\xff\"}")
	var leftOut []string
	got, err := ReadFile(path, func(reason string) { leftOut = append(leftOut, strings.TrimPrefix(reason, path)) })
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, Bare(`{"a":1}`)) {
		t.Errorf("messages = %q, want the one that SQS takes", got)
	}
	want := []string{
		" line 1: SQS takes no empty body", " line 3: the body has 262145 bytes; the queue takes at most 262144",
		" line 4: SQS takes no body with the character U+0000", " line 5: SQS takes no body that is not UTF-8",
	}
	if !slices.Equal(leftOut, want) {
		t.Errorf("left out = %q, want %q", leftOut, want)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
