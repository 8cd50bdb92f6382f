package provider_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"cc-eventbridge/genesys/genesystest"
)

func TestEventBridgeSourceLives(t *testing.T) {
	o := genesystest.Defaults()
	o.Activation = 90 * time.Second
	onFake(t, sourceType, o, func(t *testing.T, e *engine) {
		start := time.Now()
		if err := e.up(source()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took < o.Activation || took > o.Activation+20*time.Second {
			t.Errorf("create took %v, want a little more than the %v that activation takes", took, o.Activation)
		}
		if got, want := e.text("eventSourceName"), "aws.partner/genesys.com/cloud/"+genesystest.OrganizationID+"/prod"; got != want {
			t.Errorf("eventSourceName is %q, want %q", got, want)
		}
		if e.text("status") != "ACTIVE" || e.text("integrationId") != e.id {
			t.Errorf("outputs are %v", e.outputs)
		}
		for what, in := range map[string]map[string]any{
			"nothing":            source(),
			"the topics' order":  source("eventFilter", []any{"v2.detail.events.conversation.{id}.customer.end", "v2.detail.events.conversation.{id}.customer.start"}),
			"a default, set out": source("enabled", true, "notes", ""),
		} {
			if d := e.diff(in); len(d) > 0 {
				t.Errorf("with %s changed, the diff is %v", what, d)
			}
		}
		if d := e.diff(source("awsAccountRegion", "eu-west-2")); !slices.Equal(d, []string{"awsAccountRegion (replace)"}) {
			t.Errorf("another region gives the diff %v", d)
		}
		if err := e.up(source("name", "renamed", "eventFilter", []any{"v2.users.{id}.presence"}, "notes", "by Pulumi")); err != nil {
			t.Fatal(err)
		}
		got := e.cloud.State().Integrations
		if len(got) != 1 || got[0].Name != "renamed" || !slices.Equal(got[0].Topics, []string{"v2.users.{id}.presence"}) {
			t.Errorf("after the update Genesys has %+v", got)
		}
		if err := e.up(source("name", "renamed", "enabled", false)); err != nil {
			t.Fatal(err)
		}
		if e.text("status") != "INACTIVE" {
			t.Errorf("switched off, the status is %q", e.text("status"))
		}
		if err := e.destroy(); err != nil {
			t.Fatal(err)
		}
		if n := len(e.cloud.State().Integrations); n != 0 {
			t.Errorf("%d integrations are left", n)
		}
		if err := e.destroy(); err != nil {
			t.Errorf("deleting what is gone: %v", err)
		}
	})
}

func TestDestinationAndSubscriptionLive(t *testing.T) {
	onFake(t, destinationType, genesystest.Defaults(), func(t *testing.T, e *engine) {
		if err := e.up(destination()); err != nil {
			t.Fatal(err)
		}
		s := &engine{t: t, cloud: e.cloud, log: e.log, typ: subscriptionType}
		s.restart()
		in := func(changes ...any) map[string]any {
			return changed(map[string]any{"name": "subscription", "destinationId": e.id, "eventTypes": []any{"telephony.call.created", "telephony.call.completed"}}, changes)
		}
		if err := s.up(in()); err != nil {
			t.Fatal(err)
		}
		if err := e.up(destination("maxRetries", 7)); err != nil {
			t.Fatal(err)
		}
		if err := s.up(in("eventTypes", []any{"telephony.call.created"}, "enabled", false)); err != nil {
			t.Fatal(err)
		}
		for _, x := range []*engine{e, s} {
			before := x.inputs
			x.refresh()
			if d := before.Diff(x.inputs); d != nil {
				t.Errorf("%s: a refresh without drift changes %v", x.typ, d.Keys())
			}
		}
		if s.text("status") != "DISABLED" {
			t.Errorf("switched off, the subscription's status is %q", s.text("status"))
		}
		if err := e.destroy(); err == nil {
			t.Error("a destination in use was deleted")
		}
		for _, x := range []*engine{s, e} {
			if err := x.destroy(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestDriftShowsAndIsRepaired(t *testing.T) {
	for name, test := range map[string]struct {
		drift genesystest.Drift
		diff  []string
	}{
		"switched off": {genesystest.Drift{Status: "DISABLED"}, []string{"enabled", "status"}},
		"failed":       {genesystest.Drift{Status: "ERROR", Message: "the event source was rejected"}, []string{"status"}},
	} {
		t.Run(name, func(t *testing.T) {
			onFake(t, sourceType, genesystest.Defaults(), func(t *testing.T, e *engine) {
				if err := e.up(source()); err != nil {
					t.Fatal(err)
				}
				test.drift.ID = e.id
				if err := e.cloud.Apply(test.drift); err != nil {
					t.Fatal(err)
				}
				e.refresh()
				if d := e.diff(source()); !slices.Equal(d, test.diff) {
					t.Errorf("the diff is %v, want %v", d, test.diff)
				}
				if e.text("statusMessage") != test.drift.Message {
					t.Errorf("statusMessage is %q, want %q", e.text("statusMessage"), test.drift.Message)
				}
				if err := e.up(source()); err != nil {
					t.Fatal(err)
				}
				if got := e.cloud.State().Integrations; len(got) != 1 || got[0].Status != "ACTIVE" {
					t.Errorf("after the repair Genesys has %+v", got)
				}
				e.refresh()
				if d := e.diff(source()); len(d) > 0 {
					t.Errorf("after the repair the diff is %v", d)
				}
			})
		})
	}
}

func TestDriftOfDestinationAndSubscription(t *testing.T) {
	onFake(t, destinationType, genesystest.Defaults(), func(t *testing.T, e *engine) {
		if err := e.up(destination()); err != nil {
			t.Fatal(err)
		}
		if err := e.cloud.Apply(genesystest.Drift{ID: e.id, Status: "DISABLED", Message: "health check failed with 503"}); err != nil {
			t.Fatal(err)
		}
		e.refresh()
		if d := e.diff(destination()); !slices.Equal(d, []string{"status"}) {
			t.Errorf("the diff is %v, want status", d)
		}
		if err := e.up(destination()); err != nil {
			t.Fatal(err)
		}
		if e.text("status") != "ENABLED" {
			t.Errorf("after the repair the status is %q", e.text("status"))
		}
	})
}

func TestAnObjectThatIsGoneIsDeletedFromTheState(t *testing.T) {
	onFake(t, destinationType, genesystest.Defaults(), func(t *testing.T, e *engine) {
		if err := e.up(destination()); err != nil {
			t.Fatal(err)
		}
		id := e.id
		if err := e.destroy(); err != nil {
			t.Fatal(err)
		}
		if err := e.up(destination("maxRetries", 1)); err == nil || !strings.Contains(err.Error(), "pulumi refresh") {
			t.Errorf("updating it fails with %v, want advice", err)
		}
		if e.refresh(); e.id != "" {
			t.Errorf("after %s was deleted, a refresh finds %q", id, e.id)
		}
	})
}

func TestImportTakesOverEveryInput(t *testing.T) {
	onFake(t, sourceType, genesystest.Defaults(), func(t *testing.T, e *engine) {
		if err := e.up(source("notes", "made by hand")); err != nil {
			t.Fatal(err)
		}
		imported := &engine{t: t, cloud: e.cloud, log: e.log, typ: sourceType, id: e.id}
		imported.restart()
		imported.refresh()
		if d := imported.diff(source("notes", "made by hand")); len(d) > 0 {
			t.Errorf("after the import the diff is %v", d)
		}
	})
}
