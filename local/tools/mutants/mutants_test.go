package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// source is a package with what gremlins sees no tests for.
const source = `package p

const wait = 2 * second

type table[T any] struct{}

func (t *table[T]) claim(n int) bool {
	switch {
	case n > 1:
		return true
	case n < -1:
		return false
	}
	return n == 0
}

func unused(n int) bool {
	switch {
	case n > 1:
		return true
	}
	return false
}
`

// inModule makes a module with a package p the working directory.
func inModule(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"go.mod": "module example.com/m\n\ngo 1.26\n", "p/p.go": source, "p/second.go": "package p\n\nconst second = 1\n",
		"p/p_test.go": "package p\n\nimport \"testing\"\n\nfunc TestClaim(t *testing.T) {\n\tif !new(table[int]).claim(wait) {\n\t\tt.Error(wait)\n\t}\n}\n",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAReportNamesTheFunctionOfAMutant(t *testing.T) {
	inModule(t)
	got, err := readReport([]byte(`{"files": [{"file_name": "p.go", "mutations": [
		{"type": "ARITHMETIC_BASE", "status": "NOT COVERED", "line": 3, "column": 16},
		{"type": "CONDITIONALS_BOUNDARY", "status": "LIVED", "line": 9, "column": 9},
		{"type": "CONDITIONALS_NEGATION", "status": "TIMED OUT", "line": 19, "column": 9},
		{"type": "CONDITIONALS_NEGATION", "status": "KILLED", "line": 1, "column": 1}
	]}]}`), "p")
	want := []mutant{
		{"p", "p/p.go", 3, "wait", "ARITHMETIC_BASE", notCovered},
		{"p", "p/p.go", 9, "table.claim", "CONDITIONALS_BOUNDARY", lived},
		{"p", "p/p.go", 19, "unused", "CONDITIONALS_NEGATION", timedOut},
		{"p", "p/p.go", 1, "-", "CONDITIONALS_NEGATION", killed},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := readReport([]byte(`{"files": [{"file_name": "p.go", "mutations": [{"status": "RUNNABLE"}]}]}`), "p"); err == nil {
		t.Error("a status that nobody knows is taken")
	}
}

// some returns n mutants of a status.
func some(n int, status string) []mutant {
	return slices.Repeat([]mutant{{pkg: "p", function: "f", operator: "O", status: status}}, n)
}

func TestAPackagePassesWith92PerCentKilledAnd95Covered(t *testing.T) {
	excused := []excuse{{"p", "f", "O"}}
	for _, c := range []struct {
		name    string
		mutants []mutant
		excuses []excuse
		passes  bool
	}{
		{"all killed", some(10, killed), nil, true},
		{"no mutants", nil, nil, true},
		{"92 of 100 killed", append(some(92, killed), some(8, lived)...), nil, true},
		{"91 of 100 killed", append(some(91, killed), some(9, lived)...), nil, false},
		{"timed out is not killed", append(some(91, killed), some(9, timedOut)...), nil, false},
		{"what doesn't compile counts for nothing", append(some(11, killed), slices.Concat(some(1, lived), some(100, notViable))...), nil, false},
		{"95 of 100 covered", append(some(95, killed), some(5, notCovered)...), nil, true},
		{"94 of 100 covered", append(some(94, killed), some(6, notCovered)...), nil, false},
		{"3 of 100 excused", append(some(97, killed), some(3, lived)...), excused, true},
		{"4 of 100 excused", append(some(96, killed), some(4, lived)...), excused, false},
		{"a hang may be excused too", append(some(97, killed), some(3, timedOut)...), excused, true},
		{"what isn't covered is never excused", append(some(94, killed), some(6, notCovered)...), excused, false},
		{"an excuse that nothing needs", some(100, killed), excused, false},
		{"an excuse of another package", some(100, killed), []excuse{{"q", "f", "O"}}, true},
		{"an excuse of another function", append(some(10, killed), some(1, lived)...), []excuse{{"p", "g", "O"}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := judge("p", c.mutants, c.excuses)
			if problems := s.problems(); (len(problems) == 0) != c.passes {
				t.Errorf("problems %q, passes %t", problems, c.passes)
			}
			if failing := strings.Contains(table([]score{s}), "FAIL"); failing == c.passes {
				t.Error(table([]score{s}))
			}
		})
	}
}

func TestExcusesNeedAReason(t *testing.T) {
	got, err := parseExcuses("# comment\n\np f O: because\n  q T.f O:  so: it is\n")
	if err != nil || !slices.Equal(got, []excuse{{"p", "f", "O"}, {"q", "T.f", "O"}}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, text := range []string{"p f O", "p f O:", "p f: because", "p f O more: because", "p f O: a\np f O: b"} {
		if got, err := parseExcuses(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

// asGo runs the go command through this program, as gremlins does.
func asGo(t *testing.T, arguments ...string) (exit int) {
	t.Helper()
	path, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(realGo, path)
	t.Setenv("GOWORK", "off")
	return actAsGo(arguments)
}

func TestDeclarationsAndCasesAreInTheProfile(t *testing.T) {
	inModule(t)
	if exit := asGo(t, "test", "-cover", "-coverprofile", "out", "./p/..."); exit != 0 {
		t.Fatalf("exit code %d", exit)
	}
	text, err := os.ReadFile("out")
	if err != nil {
		t.Fatal(err)
	}
	reached := reachedBlocks(string(text))["example.com/m/p/p.go"]
	for _, c := range []struct {
		line, column int
		want         bool
	}{{3, 16, true}, {9, 9, true}, {11, 9, true}, {10, 3, true}, {14, 11, false}, {19, 9, false}} {
		position := block{}.start
		position.Line, position.Column = c.line, c.column
		if got := reachedAt(reached, position); got != c.want {
			t.Errorf("line %d, column %d: reached is %t", c.line, c.column, got)
		}
	}
}

func TestCodeThatDoesNotCompileIsToldFromFailedTests(t *testing.T) {
	for _, c := range []struct {
		name, file, old, new string
		exit                 int
	}{
		{name: "tests that pass", exit: 0},
		{name: "tests that fail", file: "p/p.go", old: "n > 1", new: "n < 1", exit: 1},
		{name: "a test that fails for another constant", file: "p/p.go", old: "2 * second", new: "-2 * second", exit: 1},
		{name: "code that doesn't compile", file: "p/p.go", old: "n == 0", new: `n == "0"`, exit: notCompiled},
		{name: "code that vet alone objects to", file: "p/p.go", old: "return n == 0", new: "n = n\n\treturn n == 0", exit: 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			inModule(t)
			if c.file != "" {
				if err := os.WriteFile(c.file, []byte(strings.Replace(source, c.old, c.new, 1)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if exit := asGo(t, "test", "-timeout", "1m", "-failfast", "./p"); exit != c.exit {
				t.Errorf("exit code %d, want %d", exit, c.exit)
			}
		})
	}
}

func TestOnlyPackagesOfTheEngineAreMeasured(t *testing.T) {
	err := run(t.Context(), "gremlins", os.DevNull, t.TempDir(), []string{"dedup", "internal/backoff"})
	if err == nil || errors.Is(err, exec.ErrNotFound) {
		t.Errorf("%v", err)
	}
	for _, pkg := range engine {
		if _, err := os.Stat(filepath.Join("..", "..", "..", "function", pkg)); err != nil {
			t.Error(err)
		}
	}
}
