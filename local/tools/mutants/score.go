package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
)

// What a package needs, and how much of it may be excused, in per cent of its mutants.
const (
	leastKilled  = 92
	leastCovered = 95
	mostExcused  = 3
)

// excuse lets the mutants of one operator in one function live.
type excuse struct{ pkg, function, operator string }

func (e excuse) String() string { return e.pkg + " " + e.function + " " + e.operator }

// parseExcuses reads lines of the form "package function operator: reason". Lines that begin with # are comments.
func parseExcuses(text string) ([]excuse, error) {
	var excuses []excuse
	for number, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		what, reason, _ := strings.Cut(line, ":")
		words := strings.Fields(what)
		if len(words) != 3 || strings.TrimSpace(reason) == "" {
			return nil, fmt.Errorf("line %d: want package function operator: reason", number+1)
		}
		e := excuse{words[0], words[1], words[2]}
		if slices.Contains(excuses, e) {
			return nil, fmt.Errorf("line %d: %s is excused twice", number+1, e)
		}
		excuses = append(excuses, e)
	}
	return excuses, nil
}

// score is how the tests of a package did.
type score struct {
	pkg       string
	counts    map[string]int // by status, without those excused
	excused   int
	survivors []mutant // neither killed nor excused
	idle      []excuse // excuses that no mutant needs
}

// judge counts the mutants of a package.
func judge(pkg string, mutants []mutant, excuses []excuse) score {
	s := score{pkg: pkg, counts: make(map[string]int)}
	used := make(map[excuse]bool)
	for _, m := range mutants {
		e := excuse{m.pkg, m.function, m.operator}
		switch {
		case (m.status == lived || m.status == timedOut) && slices.Contains(excuses, e):
			used[e] = true
			s.excused++
			continue
		case m.status == lived, m.status == timedOut, m.status == notCovered:
			s.survivors = append(s.survivors, m)
		}
		s.counts[m.status]++
	}
	for _, e := range excuses {
		if e.pkg == pkg && !used[e] {
			s.idle = append(s.idle, e)
		}
	}
	slices.SortFunc(s.survivors, func(a, b mutant) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line), cmp.Compare(a.operator, b.operator))
	})
	return s
}

// run is how many mutants the tests were run for; those that were excused count in neither it nor in killed.
func (s score) run() int { return s.counts[killed] + s.counts[lived] + s.counts[timedOut] }

// total is all mutants that compile, as far as that is known.
func (s score) total() int { return s.run() + s.excused + s.counts[notCovered] }

func (s score) killed() float64  { return percent(s.counts[killed], s.run()) }
func (s score) covered() float64 { return percent(s.run()+s.excused, s.total()) }

// percent is 100 of nothing: a package without mutants has nothing that tests could miss.
func percent(part, whole int) float64 {
	if whole == 0 {
		return 100
	}
	return 100 * float64(part) / float64(whole)
}

// problems says in what the package falls short.
func (s score) problems() []string {
	var problems []string
	if s.killed() < leastKilled {
		problems = append(problems, fmt.Sprintf("%.1f %% killed, want %d", s.killed(), leastKilled))
	}
	if s.covered() < leastCovered {
		problems = append(problems, fmt.Sprintf("%.1f %% covered, want %d", s.covered(), leastCovered))
	}
	if excused := percent(s.excused, s.total()); s.total() > 0 && excused > mostExcused {
		problems = append(problems, fmt.Sprintf("%.1f %% excused, %d at most", excused, mostExcused))
	}
	for _, e := range s.idle {
		problems = append(problems, fmt.Sprintf("the excuse %s is not needed", e))
	}
	return problems
}

func (s score) verdict() string {
	if problems := s.problems(); len(problems) > 0 {
		return "FAIL: " + strings.Join(problems, "; ")
	}
	return "ok"
}

// table shows scores, a package a line.
func table(scores []score) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "package\tmutants\tkilled\tlived\ttimed out\texcused\tnot covered\tnot viable\tkilled %\tcovered %\t\t")
	for _, s := range scores {
		verdict := "ok"
		if len(s.problems()) > 0 {
			verdict = "FAIL"
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f\t%.1f\t%s\t\n", s.pkg, s.total(), s.counts[killed], s.counts[lived],
			s.counts[timedOut], s.excused, s.counts[notCovered], s.counts[notViable], s.killed(), s.covered(), verdict)
	}
	_ = w.Flush() // to memory
	return text.String()
}
