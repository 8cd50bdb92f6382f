package settings

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
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

// checker applies the rules to settings and gathers what is wrong with them.
type checker struct {
	*Settings
	keys []key
	// unread has the texts of values that are not of their key's type.
	unread   map[string]string
	wrong    map[string]bool
	problems []error
}

func newChecker(s *Settings) *checker {
	return &checker{Settings: s, keys: keysOf(s), unread: map[string]string{}, wrong: map[string]bool{}}
}

// read takes the settings out of the configuration's texts.
func (c *checker) read(values map[string]string) {
	for _, k := range c.keys {
		text, ok := values[k.name]
		if text = strings.TrimSpace(text); ok && !k.parse(text) {
			if c.unread[k.name] = text; k.hidden {
				c.unread[k.name] = shownAs
			}
			c.wrongValue(k.name, k.rule, k.fix)
		}
	}
	c.unknownKeys(values)
}

// check applies all rules: those of single values, then those between values that are right by themselves.
func (c *checker) check(owner string) (Settings, error) {
	for _, k := range c.keys {
		if c.sound(k.name) && !k.valid() {
			c.wrongValue(k.name, k.rule, k.fix)
		}
	}
	c.deriveVisibilityTimeout()
	c.deriveDownstreamTimeout()
	c.deriveTargetTimeouts()
	c.derivePayloadRetention()
	c.checkLogRetention()
	c.checkOwner(owner)
	c.checkRoles()
	c.checkIntake()
	c.checkEventBridge()
	c.checkGenesys()
	c.checkSilence()
	c.checkQueue()
	c.checkConcurrency()
	c.checkDedup()
	c.checkPayloads()
	c.checkFlags()
	c.checkDownstream()
	c.checkRoutes(owner)
	c.checkSubscriptions()
	if len(c.problems) > 0 {
		return Settings{}, fmt.Errorf("the configuration of stack %q has %s:\n%w",
			owner, count(len(c.problems), "problem"), errors.Join(c.problems...))
	}
	c.Flags.Document = canonicalFlags(c.Flags.Document)
	return *c.Settings, nil
}

// value is the value of a key as a stack file has it.
func (c *checker) value(name string) string {
	if text, ok := c.unread[name]; ok {
		return text
	}
	return c.keys[slices.IndexFunc(c.keys, func(k key) bool { return k.name == name })].text()
}

// userInfo is the part of a URL that may have a password in it. Errors go to the logs of CI.
var userInfo = regexp.MustCompile(`//\S*@`)

// wrongValue records a problem with a key. Rules between keys stay silent about it from then on.
func (c *checker) wrongValue(name, rule, fix string) {
	c.wrong[name] = true
	c.problems = append(c.problems, &Problem{Key: name, Value: userInfo.ReplaceAllString(c.value(name), "//[hidden]@"), Rule: rule, Fix: fix})
}

// inClear records that a secret is not encrypted where it stands. The value itself is never repeated.
func (c *checker) inClear(name, what string) {
	c.problems = append(c.problems, &Problem{
		Key: name, Value: "in clear", Rule: "it must be encrypted in the stack file",
		Fix: "replace the " + what + ", since this one may be in your version control, with pulumi config set --secret " + name,
	})
}

// sound reports whether all keys have values that are right by themselves, so that a rule between them has a meaning.
func (c *checker) sound(names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return c.wrong[name] })
}

// unknownKeys reports keys that nothing reads: a misspelt key would otherwise change nothing and say nothing.
func (c *checker) unknownKeys(values map[string]string) {
	known := slices.Collect(maps.Keys(secrets))
	for _, k := range c.keys {
		known = append(known, k.name)
	}
	slices.Sort(known)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch {
		case ProviderKey(name):
			c.providerKey(name)
		case !slices.Contains(known, name):
			c.problems = append(c.problems, &Problem{
				Key: name, Value: "set", Rule: "no such key exists" + similar(name, known),
				Fix: "pulumi config rm " + name + ", then set the key that you meant",
			})
		}
	}
}

// similar names the known key that a misspelt one most likely meant: the one that shares the longest start with it.
func similar(key string, all []string) string {
	best, length := "", 3
	for _, known := range all {
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
