package flags

import (
	"errors"
	"fmt"
	"strings"
)

const (
	// maxProblems bounds how many faults of one document are reported. Whoever fixes twenty sees the rest then.
	maxProblems = 20
	// maxShown bounds the bytes of a path or a value in an error: a log line is for reading.
	maxShown = 100
)

// problems gathers what is wrong with a document.
type problems struct {
	reported []error
	count    int
}

func (p *problems) add(problem error) {
	if p.count++; p.count <= maxProblems {
		p.reported = append(p.reported, problem)
	}
}

func (p *problems) err() error {
	if p.count > maxProblems {
		return errors.Join(append(p.reported, fmt.Errorf("and %d more", p.count-maxProblems))...)
	}
	return errors.Join(p.reported...)
}

func shortened(text string) string {
	if len(text) <= maxShown {
		return text
	}
	return strings.ToValidUTF8(text[:maxShown], "") + "…"
}
