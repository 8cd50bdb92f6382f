package provider

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	accountID    = regexp.MustCompile(`^[0-9]{12}$`)
	awsRegion    = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]$`)
	queueARN     = regexp.MustCompile(`^arn:aws[a-z-]*:sqs:([a-z0-9-]+):([0-9]{12}):[A-Za-z0-9_-]+$`)
	roleARN      = regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}):role/[\w+=,.@/-]+$`)
	sourceSuffix = regexp.MustCompile(`^[A-Za-z0-9.\-_]{1,64}$`)
	anyUUID      = regexp.MustCompile(`[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}`)
)

// rules gathers what is wrong with known values; what is not known yet is not wrong.
type rules struct {
	in    values
	found []problem
}

func (r *rules) add(name, format string, args ...any) {
	r.found = append(r.found, problem{Property: name, Reason: fmt.Sprintf(format, args...)})
}

func (r *rules) matches(name string, pattern *regexp.Regexp, should string) {
	if r.in.Known(name) && !pattern.MatchString(r.in.Text(name)) {
		r.add(name, "%s is %q: it should be %s", name, r.in.Text(name), should)
	}
}

func (r *rules) named() {
	if name := r.in.Text("name"); r.in.Known("name") && (name == "" || strings.TrimSpace(name) != name) {
		r.add("name", "name is %q: it should be a text without spaces around it, because the object is found by it", name)
	}
}

func (r *rules) notNegative(names ...string) {
	for _, name := range names {
		if n, ok := r.in[name].(float64); ok && n < 0 {
			r.add(name, "%s is %v: it should not be negative", name, n)
		}
	}
}

// list wants something in a list, and nothing twice.
func (r *rules) list(name, what string) {
	if !r.in.Known(name) {
		return
	}
	items := r.in.Texts(name)
	if len(items) == 0 {
		r.add(name, "%s is empty: without any %s nothing would be sent", name, what)
	}
	for i, item := range items {
		if item == "" || slices.Contains(items[:i], item) {
			r.add(name, "%s has %q more than once or empty: every %s should be there once", name, item, what)
		}
	}
}

// inAccount wants an ARN to be of the account and region that are given beside it.
func (r *rules) inAccount(name string, pattern *regexp.Regexp, beside ...string) {
	if !r.in.Known(name) {
		return
	}
	parts := pattern.FindStringSubmatch(r.in.Text(name))
	for i, other := range beside {
		if parts != nil && r.in.Known(other) && parts[i+1] != r.in.Text(other) {
			r.add(name, "%s is %q, which does not fit %s = %q", name, r.in.Text(name), other, r.in.Text(other))
		}
	}
}
