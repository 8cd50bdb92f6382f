package settings

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/agext/levenshtein"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/schemas"
)

// maxPattern is how long a rule's pattern may be (Amazon EventBridge quotas, "Event pattern size").
const maxPattern = 2048

//go:embed topics.txt
var topicsFile string

// publicTopics are the topics that Genesys Cloud has published, and the day of that list.
var publicTopics, publicTopicsOf = func() (topics []string, of string) {
	for line := range strings.Lines(topicsFile) {
		switch comment, isComment := strings.CutPrefix(strings.TrimSpace(line), "# "); {
		case isComment:
			of = comment // the last one is the day
		default:
			topics = append(topics, comment)
		}
	}
	return topics, of
}()

// directTypes are the types of events of the direct intake that the function has schemas of. No public list has them.
var directTypes = func() (types []string) {
	entries, err := schemas.Files.ReadDir(".")
	if err != nil {
		panic(err) // what is embedded can be read
	}
	for _, e := range entries {
		if !isTopic(e.Name()) {
			types = append(types, e.Name())
		}
	}
	return types
}()

// isTopic reports whether a name is meant to be one of Genesys Cloud's topics, rather than a type of the direct intake.
func isTopic(name string) bool { return topicStart.MatchString(name) }

var (
	topicStart = regexp.MustCompile(`^[vV][0-9]+\.`)
	// topicName has the characters of topics. The only braces are those of a literal {id}, and a * stands for nothing.
	topicName = regexp.MustCompile(`^v[0-9]+(\.(\{id\}|[A-Za-z0-9_-]+))+$`)
)

// checkTopics refuses what no detail-type can equal: EventBridge compares them character by character, and whatever equals none
// of them is in no queue and in no archive.
func (c *checker) checkTopics() {
	for i, topic := range c.Intake.Topics {
		if topicName.MatchString(topic) && !uuid.MatchString(topic) && !slices.Contains(c.Intake.Topics[:i], topic) {
			continue
		}
		rule := fmt.Sprintf("%q equals the detail-type of no event: it is v2, and after it names and a literal {id} where the topic has "+
			"an id, without a wildcard or spaces, each topic once%s", topic, nearest(topic, publicTopics))
		c.wrongValue("topics", rule, "write it as v2.detail.events.conversation.{id}.customer.end has it")
	}
	if !c.sound("topics", "eventBridgeSource", "eventBridgeSuffix") || !c.Intake.EventBridge() {
		return
	}
	if n := len(c.Intake.Pattern(c.source())); n > maxPattern {
		c.wrongValue("topics", fmt.Sprintf(longPattern, len(c.Intake.Topics), n, maxPattern), longPatternFix)
	}
}

// source is the name of the partner source. An organization that is only known when the stack is deployed has an id like this.
func (c *checker) source() string {
	in := c.Intake
	if in.EventBridgeSource != "" {
		return in.EventBridgeSource
	}
	organization := in.GenesysExternalID
	if organization == "" {
		organization = "00000000-0000-0000-0000-000000000000"
	}
	return "aws.partner/genesys.com/cloud/" + organization + "/" + in.EventBridgeSuffix
}

// Pattern is what the rule lets through of a source.
func (in Intake) Pattern(source string) string {
	pattern := map[string][]string{"source": {source}}
	if len(in.Topics) > 0 {
		pattern["detail-type"] = in.Topics
	}
	text, _ := json.Marshal(pattern) // strings can be written as JSON
	return string(text)
}

// unknownTopics are warnings about names that are probably misspelt: an event has them only if Genesys Cloud has
// published the topic since.
func (s Settings) unknownTopics() (list []string) {
	look := func(key string, names []string) {
		for _, name := range names {
			if text := unknown(name); text != "" {
				list = append(list, fmt.Sprintf("%s: %q %s", key, name, text))
			}
		}
	}
	if s.Intake.EventBridge() {
		look("topics", s.Intake.Topics)
	}
	if s.Genesys.Register && s.Intake.Direct {
		look("directEventTypes", s.Genesys.EventTypes)
	}
	look("flags", topicsOfFlags(s.Flags.Document))
	for _, r := range s.Routes {
		look("route "+r.Name, r.Topics)
		for _, pattern := range r.Topics {
			if isTopic(pattern) && s.Intake.EventBridge() && len(s.Intake.Topics) > 0 && !slices.ContainsFunc(s.Intake.Topics,
				func(topic string) bool { return contract.MatchTopic(pattern, topic) }) {
				list = append(list, fmt.Sprintf("route %s: %q matches none of the topics of the rule (key topics), so that no such event comes in",
					r.Name, pattern))
			}
		}
	}
	return list
}

// unknown says what is probably wrong with a name, or nothing. What looks like no topic is of the direct intake, whose types
// nobody has published: only one that is nearly a known one is taken for a mistake.
func unknown(name string) string {
	switch known := slices.Concat(publicTopics, directTypes); {
	case slices.ContainsFunc(known, func(topic string) bool { return contract.MatchTopic(name, topic) }):
		return ""
	case strings.Contains(name, "*") && isTopic(name):
		return fmt.Sprintf("matches none of the topics that Genesys Cloud had published by %s%s", publicTopicsOf, nearest(name, publicTopics))
	case isTopic(name):
		return fmt.Sprintf("is none of the topics that Genesys Cloud had published by %s%s", publicTopicsOf, nearest(name, publicTopics))
	default:
		if near := nearest(name, known); near != "" {
			return "is no type of event that the function has a schema of" + near
		}
		return ""
	}
}

// nearest asks whether the known name was meant that differs least from this one, if it is not very different.
func nearest(name string, known []string) string {
	const part = 6 // one character in so many may differ
	best, least := "", max(len(name)/part, 1)+1
	for _, other := range known {
		d := levenshtein.Distance(strings.ToLower(name), strings.ToLower(other), nil)
		if d < least {
			best, least = other, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", best)
}

// topicsOfFlags are the topics that a document names.
func topicsOfFlags(document string) []string {
	var f struct{ Topics, Schemas map[string]json.RawMessage }
	_ = json.Unmarshal([]byte(document), &f) // the schema has seen to its types
	names := slices.Collect(maps.Keys(f.Topics))
	names = slices.AppendSeq(names, maps.Keys(f.Schemas))
	slices.Sort(names)
	return slices.Compact(names)
}
