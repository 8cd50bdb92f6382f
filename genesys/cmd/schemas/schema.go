package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// bodyMember is the member of an event that the catalogue describes, conversationID the one that says whom it is about.
const (
	bodyMember     = "eventBody"
	conversationID = "conversationId"
)

// Schema is the newest version of a topic's schema.
type Schema struct {
	Topic string
	// Version is 0 of a topic that has none yet.
	Version     int
	Description string
	Body        Member
	// envelope is what is around the body, and the body as it was read.
	envelope Member
}

// Versions reads the newest version of every topic of the public API in a folder like function/schemas.
func Versions(folder string) ([]Schema, error) {
	topics, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("reading the schemas: %w; name the folder with -schemas, like function/schemas", err)
	}
	var out []Schema
	for _, topic := range topics {
		if !topic.IsDir() || !strings.HasPrefix(topic.Name(), "v2.") {
			continue // types of the direct envelope are in no catalogue
		}
		s, err := newest(filepath.Join(folder, topic.Name()), topic.Name())
		if err != nil {
			return nil, err
		}
		if s.Version > 0 {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("folder %s has no schema of a topic: name the right one with -schemas, like function/schemas", folder)
	}
	return out, nil
}

func newest(folder, topic string) (Schema, error) {
	files, err := os.ReadDir(folder)
	if err != nil {
		return Schema{}, fmt.Errorf("reading the schemas of %s: %w", topic, err)
	}
	s := Schema{Topic: topic}
	for _, file := range files {
		if n, err := strconv.Atoi(strings.TrimSuffix(file.Name(), ".json")); err == nil {
			s.Version = max(s.Version, n)
		}
	}
	if s.Version == 0 {
		return s, nil
	}
	path := filepath.Join(folder, strconv.Itoa(s.Version)+".json")
	data, err := os.ReadFile(path)
	if err != nil {
		return Schema{}, fmt.Errorf("reading a schema: %w", err)
	}
	root, err := parseOrdered(data)
	if err != nil {
		return Schema{}, fmt.Errorf("reading %s: %w", path, err)
	}
	s.Description = root.text("description")
	if s.envelope, err = asWritten(root, root, 0); err != nil {
		return Schema{}, fmt.Errorf("reading %s: %w", path, err)
	}
	s.Body, _ = s.envelope.Property(bodyMember)
	return s, nil
}

// maxDepth ends what refers to itself.
const maxDepth = 20

// asWritten reads a schema of this project.
func asWritten(o, root ordered, depth int) (Member, error) {
	if ref := o.text("$ref"); ref != "" && depth < maxDepth {
		found, err := references{}.find(ref, root)
		if err != nil {
			return Member{}, err
		}
		return asWritten(found, root, depth+1)
	}
	m := Member{Types: o.texts("type"), Required: o.texts("required")}
	for _, p := range o.object("properties") {
		inner, _ := p.value.(ordered)
		member, err := asWritten(inner, root, depth+1)
		if err != nil {
			return Member{}, err
		}
		m.Properties = append(m.Properties, Property{p.name, member})
	}
	if items := o.object("items"); items != nil {
		member, err := asWritten(items, root, depth+1)
		if err != nil {
			return Member{}, err
		}
		m.Items = &member
	}
	return m, nil
}

// Compare lists how the schema differs from the catalogue's body of its topic.
func (s Schema) Compare(body Member) []Difference {
	return slices.DeleteFunc(compare(bodyMember, s.Body, body), func(d Difference) bool {
		// What the event is about is no longer null here.
		return d.Path == bodyMember || d.Path == bodyMember+"."+conversationID && d.Known
	})
}

// Next is the version after this one: it accepts what this one does, and what the catalogue says.
func (s Schema) Next(body Member) Schema {
	s.Version++
	if s.Version > 1 {
		s.Body = merge(s.Body, body)
		return s
	}
	s.Body = body
	s.Body.Types, s.Body.Properties = []string{"object"}, slices.Clone(body.Properties)
	for i, p := range s.Body.Properties {
		if p.Name == conversationID {
			s.Body.Properties[i].Types, s.Body.Required = []string{"string"}, []string{conversationID}
		}
	}
	return s
}

// Write makes the version's file. One that is there is never changed.
func (s Schema) Write(folder string) (path string, err error) {
	path = filepath.Join(folder, s.Topic, strconv.Itoa(s.Version)+".json")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // a folder of the repository
		return "", fmt.Errorf("writing a schema: %w", err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // a file of the repository
	if errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("%s is there already: a file that has been released does not change", path)
	}
	if err != nil {
		return "", fmt.Errorf("writing a schema: %w", err)
	}
	_, err = file.WriteString(s.String())
	if err = errors.Join(err, file.Close()); err != nil {
		return "", fmt.Errorf("writing %s: %w", path, err)
	}
	return path, nil
}

// String is the file.
func (s Schema) String() string {
	event := s.envelope
	if len(event.Properties) == 0 {
		event = firstEnvelope(len(s.Body.Required) > 0)
	}
	event.Properties = slices.Clone(event.Properties)
	for i, p := range event.Properties {
		if p.Name == bodyMember {
			event.Properties[i].Member = s.Body
		}
	}
	head := "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n  \"description\": " + quoted(s.Description) + ","
	return head + strings.TrimPrefix(event.broad(""), "{") + "\n"
}

// firstEnvelope is that of a topic's first schema. Where the body does not say whom the event is about, the topic's name does.
func firstEnvelope(bodyTells bool) Member {
	const topicName = "topicName"
	m := Member{Types: []string{"object"}, Required: []string{bodyMember}, Properties: []Property{
		{topicName, value("string")},
		{"version", value("string", "integer")},
		{"timestamp", point()},
		{"metadata", value("object")},
		{bodyMember, Member{}},
	}}
	if !bodyTells {
		m.Required, m.Properties[0].Types = []string{topicName, bodyMember}, []string{"string"}
	}
	return m
}

// width is how long a line may be.
const width = 130

// narrow writes a member on one line.
func (m Member) narrow() string {
	var parts []string
	switch len(m.Types) {
	case 0:
	case 1:
		parts = append(parts, `"type": `+quoted(m.Types[0]))
	default:
		parts = append(parts, `"type": [`+strings.Join(quotedAll(m.Types), ", ")+`]`)
	}
	if len(m.Required) > 0 {
		parts = append(parts, `"required": [`+strings.Join(quotedAll(m.Required), ", ")+`]`)
	}
	if len(m.Properties) > 0 {
		var inner []string
		for _, p := range m.Properties {
			inner = append(inner, quoted(p.Name)+": "+p.narrow())
		}
		parts = append(parts, `"properties": {`+strings.Join(inner, ", ")+`}`)
	}
	if m.Items != nil {
		parts = append(parts, `"items": `+m.Items.narrow())
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// broad writes a member on several lines, and what fits on one within it on one.
func (m Member) broad(indent string) string {
	inner := indent + "  "
	plain := Member{Types: m.Types, Required: m.Required}.narrow()
	lines := strings.Split(strings.TrimSuffix(strings.TrimPrefix(plain, "{"), "}"), `, "required"`)
	if len(lines) == 2 {
		lines[1] = `"required"` + lines[1]
	}
	if len(m.Properties) > 0 {
		var members []string
		for _, p := range m.Properties {
			members = append(members, inner+"  "+quoted(p.Name)+": "+p.fitting(inner+"  ", len(p.Name)+4))
		}
		lines = append(lines, "\"properties\": {\n"+strings.Join(members, ",\n")+"\n"+inner+"}")
	}
	if m.Items != nil {
		lines = append(lines, `"items": `+m.Items.fitting(inner, len(`"items": `)))
	}
	return "{\n" + inner + strings.Join(lines, ",\n"+inner) + "\n" + indent + "}"
}

func (m Member) fitting(indent string, before int) string {
	if line := m.narrow(); len(indent)+before+len(line) < width && len(m.Required) == 0 {
		return line
	}
	return m.broad(indent)
}

func quoted(text string) string {
	data, _ := json.Marshal(text) // a text can always be written
	return string(data)
}

func quotedAll(texts []string) []string {
	var out []string
	for _, text := range texts {
		out = append(out, quoted(text))
	}
	return out
}
