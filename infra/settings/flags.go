package settings

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cc-eventbridge/function/flags"
)

const (
	// maxFlagsBytes keeps the document well within the 128 KiB that Linux takes in one environment variable
	// (MAX_ARG_STRLEN, execve(2)), for that is how the program gets the stack's configuration, all of it in one.
	maxFlagsBytes = 64 << 10
	// maxDescription is AppConfig's (CreateHostedConfigurationVersion, Description).
	maxDescription = 1024
	// maxRolloutMinutes is AppConfig's for both times of a deployment strategy (CreateDeploymentStrategy).
	maxRolloutMinutes = 1440
)

// Flags are what the function does while it runs, as the stack has it, and how a change of them is rolled out.
type Flags struct {
	// Document is the flags as one JSON object. Check makes it the same text for the same flags.
	Document string
	// DeploymentMinutes is how long it takes until all have the new flags, BakeMinutes how long they are watched after.
	DeploymentMinutes, BakeMinutes int
}

// checkFlags validates the document against its schema, as AppConfig would when it is deployed, and then with the function's
// own code: a preview should say what is wrong with it.
func (c *checker) checkFlags() {
	if !c.sound("flags") {
		return
	}
	text := c.Flags.Document
	if len(text) > maxFlagsBytes {
		c.wrongFlags("flags", fmt.Sprintf("%d bytes", len(text)),
			fmt.Sprintf("a stack's configuration holds at most %d bytes of flags", maxFlagsBytes),
			"deploy larger ones with AppConfig itself, which the stack leaves alone")
		return
	}
	document, err := decoded(text)
	if err != nil {
		c.wrongFlags("flags", "not an object", "it must be an object with the members that docs/tuning.md shows",
			"pulumi config rm flags")
		return
	}
	problems, err := mismatches(flags.JSONSchema, document)
	if err != nil {
		c.problems = append(c.problems, err)
		return
	}
	for _, p := range problems {
		c.wrongFlags(p.path, p.value, p.rule, flagsFix)
	}
	if c.sound("flags") {
		c.checkAsFunction(text)
	}
}

// canonicalFlags is a document with its members in order, the same text for the same flags.
func canonicalFlags(text string) string {
	document, err := decoded(text)
	if err != nil {
		return text
	}
	return canonical(document)
}

// flagsFix names both ways, since a number in the place of a text can't be set without a type.
const flagsFix = "edit it in the stack's file, or pulumi config set --path --type string '<this key>' <value>"

func (c *checker) wrongFlags(key, value, rule, fix string) {
	c.wrong["flags"] = true
	c.problems = append(c.problems, &Problem{Key: key, Value: value, Rule: rule, Fix: fix})
}

// secretFlags refuses flags that are encrypted: they would be in clear in AppConfig, and no reviewer could read them.
func (c *checker) secretFlags() {
	c.wrongFlags("flags", "encrypted",
		"flags are no place for a secret, for AppConfig and the function's logs have them in clear",
		"pulumi config rm flags, then set them without --secret")
}

// decoded reads an object. Numbers stay as they are written.
func decoded(text string) (map[string]any, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var document map[string]any
	if err := decoder.Decode(&document); err != nil {
		return nil, fmt.Errorf("reading the flags: %w", err)
	}
	if document == nil {
		return nil, fmt.Errorf("reading the flags: they are null and should be an object")
	}
	return document, nil
}

// canonical writes what was decoded with its members in order.
func canonical(value any) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // what came from JSON can be written as JSON
	return strings.TrimSuffix(out.String(), "\n")
}

// Summary is the document for a reviewer, who does not get to see it in a preview: without its schemas, of which only a hash is
// left, and up to maxDescription characters of it. Whatever changes in the document changes the summary. It has ASCII only, as
// the schema wants the document's names, because AppConfig takes a description as an HTTP header.
func (f Flags) Summary() string {
	whole := canonicalFlags(f.Document)
	short, err := decoded(whole)
	if err != nil {
		return ""
	}
	if schemas, ok := short["schemas"].(map[string]any); ok && len(schemas) > 0 {
		hashes := map[string]any{}
		for topic, versions := range schemas {
			hashes[topic] = hash(canonical(versions))
		}
		short["schemas"] = hashes
	}
	text := canonical(short)
	if len(text) <= maxDescription {
		return text
	}
	end := "... sha256 " + hash(whole)
	return text[:maxDescription-len(end)] + end
}

// hash is enough of a SHA-256 to tell two versions of a document apart.
func hash(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text)))[:16] }

// outOfService lists what a document that fits the schema pauses, drops and switches off.
func outOfService(document string) (paused, dropped, closed []string) {
	var f struct {
		Decoders map[string]bool
		Topics   map[string]struct{ State string }
	}
	_ = json.Unmarshal([]byte(document), &f) // the schema has seen to its types
	for _, topic := range slices.Sorted(maps.Keys(f.Topics)) {
		switch f.Topics[topic].State {
		case "paused":
			paused = append(paused, topic)
		case "dropped":
			dropped = append(dropped, topic)
		}
	}
	for _, decoder := range slices.Sorted(maps.Keys(f.Decoders)) {
		if !f.Decoders[decoder] {
			closed = append(closed, decoder)
		}
	}
	return paused, dropped, closed
}
