package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"cc-eventbridge/genesys/api"
	"cc-eventbridge/genesys/genesystest"
)

const (
	released = "../../../function/schemas"
	acw      = "v2.detail.events.conversation.{id}.acw"
	presence = "v2.users.{id}.presence"
)

// class is a model as the SDK has it.
func class(name string, members ...string) string {
	var types, names strings.Builder
	for i := 0; i < len(members); i += 2 {
		fmt.Fprintf(&types, "            'm%d': '%s',\n", i, members[i+1])
		fmt.Fprintf(&names, "            'm%d': '%s',\n", i, members[i])
	}
	return fmt.Sprintf("class %s(object):\n    def __init__(self) -> None:\n        self.swagger_types = {\n%s        }\n\n        self.attribute_map = {\n%s        }\n", name, types.String(), names.String())
}

// archive writes a package with classes.
func archive(t *testing.T, classes ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "purecloudplatformclientv2-1.0.0.tar.gz")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	zipped := gzip.NewWriter(file)
	tarred := tar.NewWriter(zipped)
	for i, source := range classes {
		header := &tar.Header{Name: fmt.Sprintf("sdk-1.0.0/PureCloudPlatformClientV2/models/m%d.py", i), Mode: 0o644, Size: int64(len(source))}
		if err := tarred.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := tarred.Write([]byte(source)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(tarred.Close(), zipped.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func fromSDK(t *testing.T, classes ...string) Catalogue {
	t.Helper()
	c, err := FromSDK(archive(t, classes...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// folder writes one schema.
func folder(t *testing.T, topic, name, text string) string {
	t.Helper()
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, topic), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, topic, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return root
}

func only(t *testing.T, root string) Schema {
	t.Helper()
	schemas, err := Versions(root)
	if err != nil || len(schemas) != 1 {
		t.Fatalf("schemas are %v, error %v", schemas, err)
	}
	return schemas[0]
}

func differences(t *testing.T, s Schema, c Catalogue) []string {
	t.Helper()
	body, err := c.Body(s.Topic)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, d := range s.Compare(body) {
		out = append(out, d.String())
	}
	return out
}

func compact(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, []byte(text)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestReleasedSchemasAreReadAndWrittenAlike(t *testing.T) {
	schemas, err := Versions(released)
	if err != nil {
		t.Fatal(err)
	}
	c := fromSDK(t, class("Any"))
	for _, s := range schemas {
		path := filepath.Join(released, s.Topic, fmt.Sprint(s.Version)+".json")
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.String(); compact(t, got) != compact(t, string(file)) && !strings.Contains(string(file), "$defs") {
			t.Errorf("%s is written as\n%s", path, got)
		}
		if _, err := c.Body(s.Topic); err == nil || errors.Is(err, ErrUnknownTopic) {
			t.Errorf("no class is known for %s: error is %v", s.Topic, err)
		}
	}
	if len(schemas) < 25 {
		t.Errorf("only %d schemas were read", len(schemas))
	}
}

const first = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "description": "Work.",
  "type": "object",
  "required": ["eventBody"],
  "properties": {
    "topicName": {"type": ["string", "null"]},
    "version": {"type": ["string", "integer", "null"]},
    "timestamp": {"type": ["number", "string", "null"]},
    "metadata": {"type": ["object", "null"]},
    "eventBody": {
      "type": "object",
      "required": ["conversationId"],
      "properties": {
        "conversationId": {"type": "string"},
        "seen": {"type": ["string", "null"]},
        "code": {"type": ["string", "null"]},
        "open": {"type": ["object", "null"]},
        "list": {"type": ["array", "null"], "items": {"type": ["object", "null"], "properties": {"a": {"type": ["string", "null"]}}}}
      }
    }
  }
}
`

func TestAVersionAddsWhatTheCatalogueHasAndKeepsWhatThereWas(t *testing.T) {
	root := folder(t, acw, "1.json", first)
	s := only(t, root)
	c := fromSDK(t,
		class("AcwDetailEventTopicAfterCallWorkEvent", "conversationId", "str", "code", "int", "open", "Inner", "list", "list[Inner]",
			"eventTime", "int", "durationMs", "int", "at", "datetime", "on", "bool", "map", "dict(str, str)", "any", "object", "self", "Inner"),
		class("Inner", "a", "str", "b", "list[str]", "inner", "Inner", "additionalProperties", "dict(str, object)"))
	want := []string{
		"~ eventBody.code may be number", "+ eventBody.list[].b (array, null)", "+ eventBody.list[].inner (object, null)",
		"+ eventBody.eventTime (number, string, null)", "+ eventBody.durationMs (number, null)", "+ eventBody.at (number, string, null)",
		"+ eventBody.on (boolean, null)", "+ eventBody.map (object, null)", "+ eventBody.any ()", "+ eventBody.self (object, null)",
		"  eventBody.seen is not in the catalogue",
	}
	if got := differences(t, s, c); !slices.Equal(got, want) {
		t.Errorf("the differences are\n%s", strings.Join(got, "\n"))
	}
	body, err := c.Body(acw)
	if err != nil {
		t.Fatal(err)
	}
	path, err := s.Next(body).Write(root)
	if err != nil || filepath.Base(path) != "2.json" {
		t.Fatalf("%s was written, error %v", path, err)
	}
	next := only(t, root)
	if got := differences(t, next, c); !slices.Equal(got, want[len(want)-1:]) {
		t.Errorf("version 2 differs still:\n%s", strings.Join(got, "\n"))
	}
	for name, types := range map[string]string{"conversationId": "string", "seen": "string null", "code": "string null number", "open": "object null"} {
		if m, _ := next.Body.Property(name); strings.Join(m.Types, " ") != types {
			t.Errorf("%s may be %v, want %s", name, m.Types, types)
		}
	}
	if open, _ := next.Body.Property("open"); len(open.Properties) != 0 || !slices.Equal(next.Body.Required, []string{"conversationId"}) {
		t.Errorf("what was open is closed, or %v is required", next.Body.Required)
	}
	if _, err := s.Next(body).Write(root); err == nil || !strings.Contains(err.Error(), "does not change") {
		t.Errorf("a version is written over: %v", err)
	}
}

func TestAFirstVersionRequiresWhomTheEventIsAbout(t *testing.T) {
	c := fromSDK(t, class("AcwDetailEventTopicAfterCallWorkEvent", "conversationId", "str"), class("PresenceEventUserPresence", "source", "str"))
	for topic, want := range map[string]string{acw: `"required": ["conversationId"]`, presence: `"required": ["topicName", "eventBody"]`} {
		body, err := c.Body(topic)
		if err != nil {
			t.Fatal(err)
		}
		if got := (Schema{Topic: topic}).Next(body).String(); !strings.Contains(got, want) {
			t.Errorf("the first version of %s is\n%s", topic, got)
		}
	}
}

func TestGenesysCloudsOwnCatalogueIsRead(t *testing.T) {
	o := genesystest.Defaults()
	o.Topics = []genesystest.Topic{
		{ID: acw, Transports: []string{"Websocket", "EventBridge"}, Schema: []byte(`{"type":"object","id":"urn:jsonschema:Work","properties":{
			"conversationId":{"type":"string"},"eventTime":{"type":"integer"},"durationMs":{"type":"integer"},
			"at":{"type":"string","format":"date-time"},"kind":{"type":"string","enum":["A"]},
			"who":{"type":"object","id":"urn:jsonschema:Who","properties":{"name":{"type":"string"},"boss":{"$ref":"urn:jsonschema:Who"}}},
			"others":{"type":"array","items":{"$ref":"urn:jsonschema:Who"}}}}`)},
		{ID: presence, Transports: []string{"Websocket"}, Schema: []byte(`{"type":"object","properties":{"x":{"$ref":"urn:jsonschema:Nowhere"}}}`)},
		{ID: "v2.users.{id}.activity", Transports: []string{"ALL"}},
		{ID: "v2.users.{id}.routingStatus"},
	}
	synctest.Test(t, func(t *testing.T) {
		c, err := FromCloud(t.Context(), api.New(api.Options{
			Hosts:       api.Hosts{API: genesystest.Host(), Login: genesystest.Host()},
			Credentials: api.Credentials{ClientID: genesystest.ClientID, ClientSecret: genesystest.ClientSecret},
			Transport:   genesystest.Transport{Handler: genesystest.New(o)},
		}))
		if err != nil {
			t.Fatal(err)
		}
		body, err := c.Body(acw)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{
			"eventTime": "number string null", "durationMs": "number null", "at": "number string null", "kind": "string null", "others": "array null",
		} {
			if m, _ := body.Property(name); strings.Join(m.Types, " ") != want {
				t.Errorf("%s may be %v, want %s", name, m.Types, want)
			}
		}
		others, _ := body.Property("others")
		if _, ok := others.Items.Property("name"); !ok {
			t.Errorf("the reference of others is not followed: %+v", others)
		}
		if _, err := c.Body(presence); err == nil || !strings.Contains(err.Error(), "urn:jsonschema:Nowhere") {
			t.Errorf("a reference to nowhere gives %v", err)
		}
		if _, err := c.Body("v2.users.{id}.activity"); !errors.Is(err, ErrUnknownTopic) {
			t.Errorf("a topic without a schema gives %v", err)
		}
		for topic, elsewhere := range map[string]bool{acw: false, presence: true, "v2.users.{id}.activity": false, "v2.users.{id}.routingStatus": false} {
			if c.Elsewhere(topic) != elsewhere {
				t.Errorf("%s goes elsewhere: %v, want %v", topic, !elsewhere, elsewhere)
			}
		}
	})
}

func TestWhatIsNoSDKIsRefusedWithAdvice(t *testing.T) {
	text := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(text, []byte("no archive"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"nothing": "/nowhere.tar.gz", "a text": text, "another package": archive(t, "print()")} {
		if _, err := FromSDK(path); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "pip download") {
			t.Errorf("%s gives %v", name, err)
		}
	}
}
