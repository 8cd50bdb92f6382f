package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cc-eventbridge/function/contract"
)

// Route is where the events of some topics go, as a stack has it.
type Route struct {
	// Name is that of contract.Route.
	Name string `json:"name"`
	// Topics are those of contract.Route. The last route has none.
	Topics []string `json:"topics,omitempty"`
	// Targets is where an event goes. It is empty where Drop is true, and only there.
	Targets []Target `json:"targets,omitempty"`
	// Drop says that its events are acknowledged and go nowhere.
	Drop bool `json:"drop,omitempty"`

	// unread says what is wrong with an entry that could not be read.
	unread string
}

// Target is one place where events go, as a stack has it. Where the target takes a secret, its Auth has no ARN: the stack
// makes the secret.
type Target struct {
	contract.Target
	// KMSKeyARN is the key of an encrypted queue, where it is the customer's own.
	KMSKeyARN string `json:"kmsKeyArn,omitempty"`

	unread string
}

// UnmarshalJSON notes what can't be read, so that one mistake hides no other.
func (r *Route) UnmarshalJSON(data []byte) error {
	var entry struct {
		Name    string
		Topics  []string
		Targets []Target
		Drop    bool
	}
	err := strictly(data, &entry)
	*r = Route{Name: entry.Name, Topics: entry.Topics, Targets: entry.Targets, Drop: entry.Drop}
	if err != nil {
		r.unread = misread(err, "name", "topics", "targets", "drop")
	}
	return nil
}

// UnmarshalJSON notes what can't be read, so that one mistake hides no other.
func (t *Target) UnmarshalJSON(data []byte) error {
	var entry struct {
		contract.Target
		KMSKeyARN string
	}
	err := strictly(data, &entry)
	*t = Target{Target: entry.Target, KMSKeyARN: entry.KMSKeyARN}
	if err != nil {
		t.unread = misread(err, "name", "kind", "address", "format", "large", "auth", "timeoutSeconds", "kmsKeyArn",
			"auth.tokenUrl", "auth.clientId", "auth.scope", "auth.service", "auth.region")
	}
	return nil
}

func strictly(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

var unknownMember = regexp.MustCompile(`unknown field "([^"]*)"`)

// misread says what is wrong with an entry, without any value of it.
func misread(err error, known ...string) string {
	if mistake, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && mistake.Field != "" {
		kind, _, _ := strings.Cut(mistake.Value, " ")
		return fmt.Sprintf("its member %s is a %s, which it can't be", strings.TrimPrefix(mistake.Field, "Target."), kind)
	}
	if match := unknownMember.FindStringSubmatch(err.Error()); match != nil {
		return fmt.Sprintf("it can't have a member %s%s; there are %s", match[1], nearest(match[1], known), strings.Join(known, ", "))
	}
	return "it must be an object with the members " + strings.Join(known, ", ")
}

const (
	routesKey     = "routes"
	targetSecrets = "targetSecrets"
	// maxEnvironment is what Lambda takes (Lambda quotas, "Environment variables"). It measures the variables as one JSON
	// object, in which each quote of a text is two characters.
	maxEnvironment = 4096
)

// OtherVariables is what the function's other variables have at most, in bytes of that JSON.
const OtherVariables = 960

// routes is the list of routes. Its text is not repeated: an address may be a key to what is there.
func routes(name string, at *[]Route) key {
	return key{
		name: name, hidden: true,
		parse: func(text string) bool {
			*at = nil
			var list []Route
			if text != "" && json.Unmarshal([]byte(text), &list) != nil {
				return false
			}
			*at = append(*at, list...)
			return true
		},
		text: func() string {
			if len(*at) == 0 {
				return ""
			}
			return shownAs
		},
		valid: always,
		rule:  "it must be a list of objects, each with a name, and with targets or drop",
		fix:   fmt.Sprintf("pulumi config set --path '%s[0].name' <name>; docs/downstream.md has an example", name),
	}
}

// secretNames are the targets that values of targetSecrets are for.
func secretNames(text string) (names []string, ok bool) {
	if strings.TrimSpace(text) == "" {
		return nil, true
	}
	var values map[string]string
	if json.Unmarshal([]byte(text), &values) != nil {
		return nil, false
	}
	for name, value := range values {
		if strings.TrimSpace(value) != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, true
}

// Targets are the targets of all routes, each once, in order.
func (s Settings) Targets() (list []Target) {
	for _, r := range s.Routes {
		for _, t := range r.Targets {
			if !slices.ContainsFunc(list, func(other Target) bool { return other.Name == t.Name }) {
				list = append(list, t)
			}
		}
	}
	return list
}

// RoutesText is the routes as the function has them. secretARN is asked for the ARN of a target's secret.
func (s Settings) RoutesText(secretARN func(target string) string) string {
	var list []contract.Route
	for _, r := range s.Routes {
		route := contract.Route{Name: r.Name, Topics: r.Topics}
		for _, t := range r.Targets {
			target := t.Target
			if slices.Contains(s.TargetSecrets, t.Name) && t.Auth != nil {
				auth := *t.Auth
				auth.SecretARN = secretARN(t.Name)
				target.Auth = &auth
			}
			route.Targets = append(route.Targets, target)
		}
		list = append(list, route)
	}
	return canonical(list)
}

// bad records a problem with a place within routes.
func (c *checker) bad(at, value, rule, fix string) {
	c.wrong[routesKey] = true
	c.problems = append(c.problems, &Problem{Key: at, Value: value, Rule: rule, Fix: fix})
}

// set is how a value within routes is set.
func set(at, value string) string { return fmt.Sprintf("pulumi config set --path '%s' %s", at, value) }

func (c *checker) deriveTargetTimeouts() {
	if !c.sound("functionTimeoutSeconds") {
		return
	}
	longest := longestDownstreamSeconds(c.Function.TimeoutSeconds)
	if longest >= defaultDownstreamSeconds {
		return
	}
	c.Routes = slices.Clone(c.Routes)
	for i := range c.Routes {
		c.Routes[i].Targets = slices.Clone(c.Routes[i].Targets)
		for j := range c.Routes[i].Targets {
			if t := &c.Routes[i].Targets[j]; t.TimeoutSeconds == 0 && t.Kind != contract.TargetLog {
				t.TimeoutSeconds = longest
			}
		}
	}
}

// checkRoutes checks each route and target by itself, then all of them together.
func (c *checker) checkRoutes(owner string) {
	if !c.sound(routesKey, targetSecrets) {
		return
	}
	if len(c.Routes) == 0 {
		if len(c.TargetSecrets) > 0 {
			c.bad(targetSecrets, strings.Join(c.TargetSecrets, ", "), "there are no routes, and so no targets",
				"pulumi config rm targetSecrets, or set routes")
		}
		return
	}
	c.checkOneWay()
	names := map[string]int{}
	for i, r := range c.Routes {
		at := fmt.Sprintf("%s[%d]", routesKey, i)
		if r.unread != "" {
			c.bad(at, r.Name, r.unread, "edit it in the stack's file")
			continue
		}
		if first, known := names[r.Name]; known {
			c.bad(at+".name", r.Name, fmt.Sprintf("%s[%d] is called so", routesKey, first), set(at+".name", "<name>"))
		} else if names[r.Name] = i; !routeName.MatchString(r.Name) {
			c.bad(at+".name", r.Name, nameRule, set(at+".name", "<name>"))
		}
		switch {
		case len(r.Targets) == 0 && !r.Drop:
			c.bad(at+".targets", "", "a route has targets, or drops its events if that is meant",
				set(at+".drop", "true")+", or add a target")
		case len(r.Targets) > 0 && r.Drop:
			c.bad(at+".drop", "true", "its events can't be dropped and go to targets",
				"pulumi config rm --path '"+at+".drop', or its targets")
		}
		for j := range r.Targets {
			c.checkTarget(fmt.Sprintf("%s.targets[%d]", at, j), r.Targets[j])
		}
	}
	c.checkOrder()
	c.checkDefinitions()
	c.checkTargetSecrets()
	if c.sound(routesKey) {
		c.checkEnvironment(owner)
	}
}

// checkOneWay refuses the short form beside routes.
func (c *checker) checkOneWay() {
	refuse := func(key string, isSet bool) {
		if isSet {
			c.bad(key, shownAs, "it is the short form of one route, and routes are set as well: a stack has one of both",
				"pulumi config rm "+key+", and have a target of routes in its place, or pulumi config rm routes")
		}
	}
	refuse("downstreamUrl", c.DownstreamURL != "")
	refuse(downstreamSecret, c.HasDownstreamSecret)
	if c.sound("downstreamTimeoutSeconds", "functionTimeoutSeconds") &&
		c.DownstreamTimeoutSeconds != min(defaultDownstreamSeconds, longestDownstreamSeconds(c.Function.TimeoutSeconds)) {
		c.wrongValue("downstreamTimeoutSeconds", "it is for the one downstream of a stack without routes",
			"pulumi config rm downstreamTimeoutSeconds, and set timeoutSeconds of the targets that need another time")
	}
}

// checkOrder finds the topics that no event reaches: an earlier route takes all that they match.
func (c *checker) checkOrder() {
	last := len(c.Routes) - 1
	for i, r := range c.Routes {
		at := fmt.Sprintf("%s[%d]", routesKey, i)
		if r.unread != "" {
			continue
		}
		switch {
		case i == last && len(r.Topics) > 0:
			c.bad(routesKey, r.Name, noDefault, "add a route without topics, with targets or drop")
		case i < last && len(r.Topics) == 0:
			c.bad(at+".topics", "", "a route without topics takes every event, so that none after it is ever used",
				"give it topics, or make it the last")
		}
		var hidden []string
		for j, pattern := range r.Topics {
			if rule := wrongPattern(pattern); rule != "" {
				c.bad(fmt.Sprintf("%s.topics[%d]", at, j), pattern, rule, set(fmt.Sprintf("%s.topics[%d]", at, j), "<topic>"))
				continue
			}
			if by := c.takenBefore(i, j); by != "" {
				hidden = append(hidden, fmt.Sprintf("%s takes all of %q", by, pattern))
			}
		}
		if len(hidden) == 0 {
			continue
		}
		rule := "what a route before takes never gets here: "
		if len(hidden) == len(r.Topics) {
			rule = "the route can never match, because those before it take all: "
		}
		c.bad(at+".topics", r.Name, rule+strings.Join(hidden, ", "), "move the route before, or take out its topics")
	}
}

// takenBefore names the route, and its topic, that takes all that topic j of route i matches.
func (c *checker) takenBefore(i, j int) string {
	pattern := c.Routes[i].Topics[j]
	for before := 0; before <= i; before++ {
		topics := c.Routes[before].Topics
		if before == i {
			topics = topics[:j]
		}
		for _, other := range topics {
			if contract.MatchTopic(other, pattern) {
				return fmt.Sprintf("%q of %s", other, c.Routes[before].Name)
			}
		}
	}
	return ""
}

// wrongPattern says why no event can match, or nothing.
func wrongPattern(pattern string) string {
	switch {
	case pattern == "" || len(pattern) > maxTopic || strings.ContainsFunc(pattern, func(r rune) bool { return r <= ' ' || r > '~' }):
		return fmt.Sprintf("it must be 1 to %d characters of ASCII without spaces; a * stands for any characters", maxTopic)
	case uuid.MatchString(pattern):
		return "no event has it as its type: a topic has a literal {id} in the place of an id"
	case isTopic(pattern) && !strings.Contains(pattern, "*") && !topicName.MatchString(pattern):
		return "no event has it as its type: a topic is v2, and after it names and a literal {id}" + nearest(pattern, publicTopics)
	default:
		return ""
	}
}

// maxTopic is how long the type of an event may be in a route: EventBridge's detail-types have 128 characters at most
// (PutEvents, DetailType).
const maxTopic = 128

// checkDefinitions wants one meaning for each name of a target: records of events have nothing else.
func (c *checker) checkDefinitions() {
	first := map[string]string{}
	same := map[string]string{}
	for i, r := range c.Routes {
		for j, t := range r.Targets {
			at := fmt.Sprintf("%s[%d].targets[%d]", routesKey, i, j)
			definition := canonical(t)
			if slices.ContainsFunc(r.Targets[:j], func(other Target) bool { return other.Name == t.Name }) {
				c.bad(at+".name", t.Name, "the route has this target already", "take it out, or give it another name")
			} else if at0, known := first[t.Name]; known && same[t.Name] != definition {
				c.bad(at+".name", t.Name, at0+" has the same name and is not the same: by its name a target is known",
					"make both the same, or give one another name")
			} else if !known {
				first[t.Name], same[t.Name] = at, definition
			}
		}
	}
}

// checkTargetSecrets wants a target for each secret. Whether each target has the one that it needs is checked with it.
func (c *checker) checkTargetSecrets() {
	for _, name := range c.TargetSecrets {
		if !slices.ContainsFunc(c.Targets(), func(t Target) bool { return t.Name == name && t.takesSecret() }) {
			c.bad(targetSecrets+"."+name, shownAs, "no target of this name takes a secret",
				"pulumi config rm --path '"+targetSecrets+"."+name+"'")
		}
	}
}

// checkEnvironment wants the routes to have room in the function's environment. What is not known before the stack is deployed is
// taken to be as long as it can be.
func (c *checker) checkEnvironment(owner string) {
	const longestOwner = 39 // a longer one is cut in names
	arn := "arn:aws-us-gov:secretsmanager:ap-southeast-9:123456789012:secret:" + strings.Repeat("x", min(len(owner), longestOwner)) +
		"-cc-eventbridge-target-"
	text := c.RoutesText(func(target string) string { return arn + target + "-AbCdEf" })
	measured := len(canonical(text)) + len(contract.EnvRoutes) + len(`"":,`) + OtherVariables
	if measured > maxEnvironment {
		c.bad(routesKey, fmt.Sprintf("%d bytes", measured-OtherVariables),
			fmt.Sprintf(noRoom, maxEnvironment, OtherVariables),
			"use * in topics, shorter names, or fewer targets with secrets")
	}
}
