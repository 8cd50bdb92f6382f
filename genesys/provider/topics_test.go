package provider_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"cc-eventbridge/genesys/genesystest"
)

const listTopics = "GET /api/v2/notifications/availabletopics"

// catalogue is an organization with topics of each transport.
func catalogue() genesystest.Options {
	o := genesystest.Defaults()
	o.Topics = []genesystest.Topic{
		{ID: "v2.all", Transports: []string{"All"}},
		{ID: "v2.both", Transports: []string{"Websocket", "EventBridge"}},
		{ID: "v2.lower", Transports: []string{"eventbridge"}},
		{ID: "v2.later", Transports: []string{"Websocket", "Carrier"}},
		{ID: "v2.unsaid"},
		{ID: "v2.websocket", Transports: []string{"Websocket"}},
		{ID: "v2.screens", Transports: []string{"websocket"}},
	}
	return o
}

func topics(names ...any) map[string]any { return source("eventFilter", names) }

func TestTopicsThatDoNotGoOverEventBridgeAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		topics  []any
		refused []string
	}{
		"those that do": {[]any{"v2.all", "v2.both", "v2.lower"}, nil},
		"what Genesys Cloud does not say, or says in new words": {[]any{"v2.unsaid", "v2.later", "v2.not.listed"}, nil},
		"those that don't": {[]any{"v2.all", "v2.websocket", "v2.screens"}, []string{"v2.websocket", "v2.screens"}},
	} {
		t.Run(name, func(t *testing.T) {
			onFake(t, sourceType, catalogue(), func(t *testing.T, e *engine) {
				failures := e.refused(nil, topics(test.topics...))
				for _, topic := range test.refused {
					if !strings.Contains(failures, topic) {
						t.Errorf("failures are %q, want one about %s", failures, topic)
					}
				}
				if (failures == "") != (test.refused == nil) || strings.Contains(failures, "v2.all") {
					t.Errorf("failures are %q", failures)
				}
				if n := e.cloud.Requests()["POST /api/v2/integrations"]; n > 0 {
					t.Errorf("%d integrations were asked for", n)
				}
			})
		})
	}
}

// refused is what a check says of inputs.
func (e *engine) refused(olds, news map[string]any) string {
	e.t.Helper()
	resp, err := e.p.Check(e.t.Context(), plugin.CheckRequest{URN: e.urn(), Type: e.typ, Olds: properties(olds), News: properties(news)})
	if err != nil {
		e.t.Fatal(err)
	}
	var reasons []string
	for _, f := range resp.Failures {
		reasons = append(reasons, string(f.Property)+": "+f.Reason)
	}
	return strings.Join(reasons, "; ")
}

func TestOnlyNewTopicsAreAskedAbout(t *testing.T) {
	onFake(t, sourceType, catalogue(), func(t *testing.T, e *engine) {
		// One that was let through before is left: that it can't come is no reason to hold up other edits.
		if got := e.refused(topics("v2.websocket", "v2.all"), topics("v2.websocket")); got != "" || e.cloud.Requests()[listTopics] > 0 {
			t.Errorf("without a new topic there are failures %q and %d requests", got, e.cloud.Requests()[listTopics])
		}
		if got := e.refused(topics("v2.all"), topics("v2.all", "v2.websocket")); !strings.Contains(got, "v2.websocket") {
			t.Errorf("failures are %q, want one about the new topic", got)
		}
	})
}

// TestTopicsThatCanNotBeLookedUpAreTaken: without credentials, and while Genesys Cloud has an outage, for no longer than a preview
// can wait.
func TestTopicsThatCanNotBeLookedUpAreTaken(t *testing.T) {
	resp, err := unconfigured(t).Check(t.Context(), plugin.CheckRequest{Type: sourceType, News: properties(topics("v2.websocket"))})
	if err != nil || len(resp.Failures) > 0 {
		t.Errorf("without credentials: %v, failures %v", err, resp.Failures)
	}
	for name, fault := range map[string]genesystest.Fault{
		"refused": {Status: 403}, "an outage": {Status: 503}, "not there": {Status: 404}, "no answer": {Hang: true},
	} {
		t.Run(name, func(t *testing.T) {
			onFake(t, sourceType, catalogue(), func(t *testing.T, e *engine) {
				fault.Method, fault.Path, fault.Times = "GET", "/api/v2/notifications/availabletopics", -1
				e.cloud.Break(fault)
				start := time.Now()
				if got := e.refused(nil, topics("v2.websocket")); got != "" {
					t.Errorf("failures are %q", got)
				}
				if took := time.Since(start); took > 20*time.Second {
					t.Errorf("it took %v", took)
				}
				if !strings.Contains(e.log.String(), "topics are not compared") {
					t.Errorf("the log is %q", e.log)
				}
			})
		})
	}
}
