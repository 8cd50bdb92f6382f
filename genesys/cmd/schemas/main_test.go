package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"cc-eventbridge/genesys/api"
	"cc-eventbridge/genesys/genesystest"
)

const topic = "v2.users.{id}.presence"

// run runs the command against a fake whose catalogue has one topic.
func run(t *testing.T, environment map[string]string, args ...string) (status int, said string) {
	t.Helper()
	o := genesystest.Defaults()
	o.Topics = []genesystest.Topic{{ID: topic, Transports: []string{"Websocket"}, Schema: json.RawMessage(
		`{"type":"object","properties":{"source":{"type":"string"},"brandNew":{"type":"boolean"}}}`)}}
	var out bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		p := program{
			out: &out, err: &out, transport: genesystest.Transport{Handler: genesystest.New(o)},
			getenv: func(name string) string { return environment[name] },
		}
		status = p.run(t.Context(), args)
	})
	return status, out.String()
}

func environment() map[string]string {
	return map[string]string{
		api.RegionVariable: "eu-west-1", api.ClientIDVariable: genesystest.ClientID, api.ClientSecretVariable: genesystest.ClientSecret,
	}
}

func schemas(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(filepath.Join(folder, topic), os.DirFS(filepath.Join("../../../function/schemas", topic))); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestADifferenceIsToldAndWrittenOnce(t *testing.T) {
	folder := schemas(t)
	for _, step := range []struct {
		what   string
		args   []string
		status int
		said   string
	}{
		{"told", []string{"-schemas", folder}, statusMissing, "+ eventBody.brandNew (boolean, null)"},
		{"the transport", []string{"-schemas", folder}, statusMissing, "does not offer it over EventBridge"},
		{"written", []string{"-schemas", folder, "-write"}, 0, "written"},
		{"nothing is left", []string{"-schemas", folder, "-write"}, 0, "0 of 1 schemas lack something that Genesys Cloud at api.mypurecloud.ie has"},
		{"an unknown topic", []string{"-schemas", folder, "-topic", "v2.none"}, statusFailed, "topic v2.none: the catalogue does not describe it"},
	} {
		if status, said := run(t, environment(), step.args...); status != step.status || !strings.Contains(said, step.said) {
			t.Errorf("%s: status %d, and it says\n%s", step.what, status, said)
		}
	}
	files, err := os.ReadDir(filepath.Join(folder, topic))
	if err != nil || len(files) != 2 {
		t.Errorf("there are %v, error %v", files, err)
	}
}

func TestATopicWithoutASchemaGetsItsFirst(t *testing.T) {
	folder := schemas(t)
	if err := os.Rename(filepath.Join(folder, topic), filepath.Join(folder, "v2.another")); err != nil {
		t.Fatal(err)
	}
	status, said := run(t, environment(), "-schemas", folder, "-topic", topic, "-write")
	if _, err := os.Stat(filepath.Join(folder, topic, "1.json")); err != nil || status != 0 {
		t.Errorf("status %d, error %v, and it says\n%s", status, err, said)
	}
}

func TestBadInputIsToldWithItsFix(t *testing.T) {
	folder := schemas(t)
	without := environment()
	delete(without, api.ClientSecretVariable)
	elsewhere := environment()
	elsewhere[api.RegionVariable] = "eu-west-9"
	for name, test := range map[string]struct {
		environment map[string]string
		args        []string
		want        []string
	}{
		"no credentials":  {without, []string{"-schemas", folder}, []string{api.ClientSecretVariable, "-sdk"}},
		"no such region":  {elsewhere, []string{"-schemas", folder}, []string{api.RegionVariable, "eu-west-9", "eusc-de-east-1"}},
		"no schemas":      {environment(), []string{"-schemas", t.TempDir()}, []string{"-schemas", "function/schemas"}},
		"an argument":     {environment(), []string{"-schemas", folder, topic}, []string{topic, "-topic"}},
		"an unknown flag": {environment(), []string{"-all"}, []string{"-all"}},
	} {
		status, said := run(t, test.environment, test.args...)
		for _, want := range test.want {
			if status != statusFailed || !strings.Contains(said, want) {
				t.Errorf("%s: status %d, want %d and %q in\n%s", name, status, statusFailed, want, said)
			}
		}
		if strings.Contains(said, genesystest.ClientSecret) {
			t.Errorf("%s: the secret is in\n%s", name, said)
		}
	}
}
