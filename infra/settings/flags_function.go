package settings

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"cc-eventbridge/function/flags"
	"cc-eventbridge/function/schema"
)

// checkAsFunction checks the flags with the code that the function reads them with. The function takes a document as a
// whole or not at all: what it refuses would be deployed and change nothing, but for a line in its log and an alarm. text is
// the flags as they are configured.
func (c *checker) checkAsFunction(text string) {
	parsed, err := flags.Parse([]byte(text))
	if err != nil {
		c.wrongFlags("flags", "a document that the function refuses", err.Error(), flagsFix)
		return
	}
	registry, ok := c.registry(parsed.Schemas())
	if !ok {
		return
	}
	for _, u := range parsed.Unmet(registry) {
		fix := "name one that there is, or remove the version to use the latest, or add this one to flags.schemas"
		if u.Member == "schema" {
			fix = "correct the topic's name, or set warn, or add a schema of it to flags.schemas"
		}
		c.wrongFlags(configPath([]string{"topics", u.Topic, u.Member}), u.Value, known(u.Versions), fix)
	}
}

// registry has the schemas that the function has with these flags, or false after a problem with those that the flags add.
func (c *checker) registry(added flags.Schemas) (*schema.Registry, bool) {
	own := schema.New()
	all, err := own.With(added)
	if err == nil {
		return all, c.newVersions(own, added)
	}
	// One at a time, to name each that is wrong by its key. None is where there are too many, or too much of them.
	found := false
	for _, topic := range slices.Sorted(maps.Keys(added)) {
		for _, version := range slices.Sorted(maps.Keys(added[topic])) {
			_, err := own.With(flags.Schemas{topic: {version: added[topic][version]}})
			if err == nil {
				continue
			}
			found = true
			reason := strings.TrimPrefix(err.Error(), fmt.Sprintf("schema of topic %q, version %q: ", topic, version))
			c.wrongFlags(configPath([]string{"schemas", topic, version}), "a JSON Schema that the function refuses", reason,
				"fix it in the stack's file; function/schema says what a schema may use")
		}
	}
	if !found {
		c.wrongFlags("flags.schemas", "schemas that the function refuses", err.Error(), "remove those that no topic uses")
	}
	return nil, false
}

// newVersions wants the schemas that the flags add to have versions that the function does not have by itself. It would take
// those of the flags, and nobody would notice.
func (c *checker) newVersions(own *schema.Registry, added flags.Schemas) bool {
	allNew := true
	for _, topic := range slices.Sorted(maps.Keys(added)) {
		for _, version := range slices.Sorted(maps.Keys(added[topic])) {
			if versions := own.Versions(topic); slices.Contains(versions, version) {
				allNew = false
				c.wrongFlags(configPath([]string{"schemas", topic, version}),
					"a version that the function has by itself", known(versions),
					"remove it if it is the same, or give it another number")
			}
		}
	}
	return allNew
}

// known says which versions of a topic's schema there are.
func known(versions []string) string {
	if len(versions) == 0 {
		return "the function has no schema of this topic"
	}
	return "the function's schema of this topic has the versions " + strings.Join(versions, ", ")
}
