package settings

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Problem is one thing that is wrong with a stack's configuration.
type Problem struct {
	// Key is the configuration key, or "stack" for the stack's own name.
	Key string
	// Value is what it is set to; empty for a secret or a missing one.
	Value string
	// Rule says what it must be, and why.
	Rule string
	// Fix says what to do.
	Fix string
}

func (p *Problem) Error() string {
	value := "is not set"
	if p.Value != "" {
		value = fmt.Sprintf("is %q", p.Value)
	}
	return fmt.Sprintf("  - %s %s: %s. Fix: %s", p.Key, value, p.Rule, p.Fix)
}

// reader takes typed values out of the configuration's texts and gathers what is wrong with them.
type reader struct {
	values   map[string]string
	known    map[string]bool
	wrong    map[string]bool
	problems []error
}

// text returns the value of key as it stands.
func (r *reader) text(key string) string {
	r.known[key] = true
	return strings.TrimSpace(r.values[key])
}

func (r *reader) integer(key string, least, most int) int {
	text := r.text(key)
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		r.wrongValue(key, fmt.Sprintf("it must be a whole number from %d to %d", least, most),
			fmt.Sprintf("pulumi config set %s <number>", key))
	}
	return n
}

func (r *reader) boolean(key string) bool {
	return r.oneOf(key, "true", "false") == "true"
}

func (r *reader) oneOf(key string, allowed ...string) string {
	text := r.text(key)
	if !slices.Contains(allowed, text) {
		r.wrongValue(key, "it must be "+strings.Join(allowed, " or "),
			fmt.Sprintf("pulumi config set %s %s", key, allowed[0]))
	}
	return text
}

// list returns the value of key, which Pulumi hands over as a JSON array of strings.
func (r *reader) list(key string) []string {
	text := r.text(key)
	if text == "" {
		return nil
	}
	var items []string
	if err := json.Unmarshal([]byte(text), &items); err != nil {
		r.wrongValue(key, "it must be a list of strings", fmt.Sprintf("pulumi config set --path '%s[0]' <value>", key))
	}
	return items
}

// wrongValue records a problem with key. Rules between keys stay silent about it from then on.
func (r *reader) wrongValue(key, rule, fix string) {
	r.wrong[key] = true
	r.problems = append(r.problems, &Problem{Key: key, Value: r.text(key), Rule: rule, Fix: fix})
}

// sound tells whether all keys have values that are right by themselves, so that a rule between them has a meaning.
func (r *reader) sound(keys ...string) bool {
	return !slices.ContainsFunc(keys, func(key string) bool { return r.wrong[key] })
}

// unknownKeys reports keys that nothing reads: a misspelt key would otherwise change nothing and say nothing.
func (r *reader) unknownKeys() {
	for _, key := range slices.Sorted(maps.Keys(r.values)) {
		if !r.known[key] {
			r.problems = append(r.problems, &Problem{
				Key: key, Value: "set", Rule: "no such key exists" + r.similar(key),
				Fix: "pulumi config rm " + key + ", then set the key that you meant",
			})
		}
	}
}

// similar names the known key that a misspelt one most likely meant: the one that shares the longest start with it.
func (r *reader) similar(key string) string {
	best, length := "", 3
	for _, known := range slices.Sorted(maps.Keys(r.known)) {
		n := 0
		for n < min(len(key), len(known)) && strings.EqualFold(key[n:n+1], known[n:n+1]) {
			n++
		}
		if n > length {
			best, length = known, n
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
