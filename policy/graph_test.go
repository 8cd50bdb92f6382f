package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestGraphsAreCurrent holds each committed graph to its stack.
func TestGraphsAreCurrent(t *testing.T) {
	for _, stack := range stacks(t) {
		now, err := declare(root, stack, nil)
		if err != nil {
			t.Fatal(err)
		}
		have, err := now.text()
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(graphFile(root, stack))
		if err != nil || !bytes.Equal(have, want) {
			t.Errorf("graphs/%s.json is not what the stack declares: make preview STACK=%s, and then make graph STACK=%s; %v", stack, stack, stack, err)
		}
	}
}

// stacks are those of the repository. The demo's are made anew in every run.
func stacks(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "Pulumi.*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Pulumi."), ".yaml")
		if !strings.HasPrefix(name, "local") {
			names = append(names, name)
		}
	}
	if !slices.Contains(names, "dev") || !slices.Contains(names, "prod") {
		t.Fatalf("the stacks are %v, want dev and prod among them", names)
	}
	return names
}

// TestStackFilesNameEveryKey: each key of Pulumi.yaml is set in a stack's file, or a comment of it says that it is not.
func TestStackFilesNameEveryKey(t *testing.T) {
	var declared struct{ Config map[string]any }
	if err := readYAML(filepath.Join(root, "Pulumi.yaml"), &declared); err != nil {
		t.Fatal(err)
	}
	for _, stack := range []string{"dev", "prod"} {
		text, err := os.ReadFile(filepath.Join(root, "Pulumi."+stack+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		words := strings.FieldsFunc(string(text), func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') })
		for key := range maps.Keys(declared.Config) {
			if !slices.Contains(words, key) {
				t.Errorf("Pulumi.%s.yaml does not name %s: set it, or say in a comment that it has its default", stack, key)
			}
		}
		if strings.Contains(string(text), "\n  aws:region") {
			t.Errorf("Pulumi.%s.yaml has a region, which nobody can choose for those who deploy it", stack)
		}
	}
}

// TestNoRegionIsSaid: a preview says what nobody has chosen.
func TestNoRegionIsSaid(t *testing.T) {
	var out bytes.Buffer
	if err := preview(root, "prod", graphFile(root, "prod"), "text", "", &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"note: aws:region is not set: choose where", "note: genesysExternalId is not set", "prod: nothing changes"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the preview says\n%s\nand not %q", out.String(), want)
		}
	}
}

// TestNothingIsAnEmptyList: a program that reads the JSON finds lists, also where nothing changes.
func TestNothingIsAnEmptyList(t *testing.T) {
	var out bytes.Buffer
	if err := preview(root, "prod", graphFile(root, "prod"), "json", "", &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"changes": []`, `"findings": []`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the preview has no %s:\n%s", want, out.String())
		}
	}
}

// TestNoSecretIsShown plants secrets wherever a stack can have some, and searches the graph and all that a preview prints.
func TestNoSecretIsShown(t *testing.T) {
	const planted = "plantedSecret"
	dir := deployed(t)
	file := filepath.Join(dir, "Pulumi.prod.yaml")
	before, err := os.ReadFile(graphFile(dir, "prod"))
	if err != nil {
		t.Fatal(err)
	}
	change(t, file, "config:\n", `config:
  cc-eventbridge:downstreamSecret:
    secure: v1:`+planted+`
  cc-eventbridge:genesysClientSecret:
    secure: v1:`+planted+"\n")
	change(t, file, "alarmSubscriptions: []", `alarmSubscriptions: [{name: pager, https: {secure: "v1:`+planted+`"}}]`)
	t.Setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", planted)
	t.Setenv("AWS_SECRET_ACCESS_KEY", planted)
	for format := range formats {
		var out bytes.Buffer
		if err := preview(dir, "prod", graphFile(dir, "prod"), format, "", &out); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "TopicSubscription") || strings.Contains(out.String(), planted) {
			t.Errorf("%s has a secret, or lacks the subscription:\n%s", format, out.String())
		}
	}
	if err := write(dir, "prod", &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(graphFile(dir, "prod"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(after, []byte(planted)) || bytes.Contains(after, []byte(secretStandIn)) {
		t.Error("the graph has a secret, or what stands for it")
	}
	if n := bytes.Count(after, []byte(hidden)) - bytes.Count(before, []byte(hidden)); n != 2 {
		t.Errorf("the graph hides %d values more, want the subscription's address and the token", n)
	}
}

// TestReplacement: what is replaced is what the provider can't change in place, down to a part of a property.
func TestReplacement(t *testing.T) {
	for name, test := range map[string]struct {
		urn, action string
		value       any
		path        []string
	}{
		"a name":           {ingestion, replaced, "other", []string{"name"}},
		"a retention":      {ingestion, updated, 604801.0, []string{"messageRetentionSeconds"}},
		"a switch inside":  {table, updated, false, []string{"ttl", "enabled"}},
		"a table's key":    {table, replaced, "id", []string{"hashKey"}},
		"a function's ARN": {mapping, updated, "arn:other", []string{"functionName"}},
		"a queue's ARN":    {mapping, replaced, "arn:other", []string{"eventSourceArn"}},
	} {
		t.Run(name, func(t *testing.T) {
			before, now := graphOf(t, "prod"), graphOf(t, "prod")
			set(now, test.urn, test.value, test.path...)
			changes, err := compare(before, now)
			if err != nil {
				t.Fatal(err)
			}
			if len(changes) != 1 || changes[0].Action != test.action {
				t.Errorf("what changes is %+v, want one that is %s", changes, test.action)
			}
		})
	}
	g := graphOf(t, "prod")
	g.Resources = append(g.Resources, Resource{URN: "aws:ec2/vpc:Vpc::new", Inputs: map[string]any{"a": 1.0}})
	next := graphOf(t, "prod")
	next.Resources = append(next.Resources, Resource{URN: "aws:ec2/vpc:Vpc::new", Inputs: map[string]any{"a": 2.0}})
	if _, err := compare(g, next); err == nil || !strings.Contains(err.Error(), "policy/replaces.json does not say") {
		t.Errorf("a type that nobody knows: %v", err)
	}
}
