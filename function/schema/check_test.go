package schema_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/schema"
)

const (
	customerEnd = "v2.detail.events.conversation.{id}.customer.end"
	presence    = "v2.users.{id}.presence"
	summary     = "v2.users.{id}.conversationsummary"
	transcript  = "v2.conversations.{id}.transcription"
)

func TestMismatchNamesThePlaceInTheSchema(t *testing.T) {
	tests := map[string]struct {
		topic, payload string
		want           schema.Mismatch
	}{
		"a payload that is no object": {
			customerEnd, `[]`, schema.Mismatch{Path: "/type", Keyword: "type"},
		},
		"an id that is a number": {
			customerEnd, `{"eventBody":{"conversationId":17}}`,
			schema.Mismatch{Path: "/properties/eventBody/properties/conversationId/type", Keyword: "type"},
		},
		"a required member that is missing": {
			customerEnd, `{"eventBody":{}}`,
			schema.Mismatch{Path: "/properties/eventBody/required", Keyword: "required", Missing: "conversationId"},
		},
		"the body missing": {
			customerEnd, `{"topicName":"t"}`, schema.Mismatch{Path: "/required", Keyword: "required", Missing: "eventBody"},
		},
		"two required members missing": {
			presence, `{}`, schema.Mismatch{Path: "/required", Keyword: "required", Missing: "topicName"},
		},
		"an element of the wrong type": {
			customerEnd, `{"eventBody":{"conversationId":"c","callbackNumbers":["1","2",3]}}`,
			schema.Mismatch{Path: "/properties/eventBody/properties/callbackNumbers/items/type", Keyword: "type"},
		},
		"a fault behind a reference": {
			summary, `{"topicName":"t","eventBody":{"chat":{"enterprise":{"acw":"1"}}}}`,
			schema.Mismatch{
				Path:    "/properties/eventBody/properties/chat/$ref/properties/enterprise/$ref/properties/acw/type",
				Keyword: "type",
			},
		},
		"deep in lists": {
			transcript, `{"eventBody":{"conversationId":"c","transcripts":[{"alternatives":[{"words":[{"word":"a"},{"word":1}]}]}]}}`,
			schema.Mismatch{
				Path: "/properties/eventBody/properties/transcripts/items/properties/alternatives/items" +
					"/properties/words/items/properties/word/type",
				Keyword: "type",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := schema.New().Check(test.topic, "", jsontext.Value(test.payload))
			if !got.Known || got.Version != "1" || got.Mismatch == nil || *got.Mismatch != test.want || !got.First {
				t.Errorf("%+v, %+v, want %+v", got, got.Mismatch, test.want)
			}
		})
	}
}

func TestFirstIsSaidOncePerShape(t *testing.T) {
	r := schema.New()
	check := func(payload string) (mismatch, first bool) {
		got := r.Check(customerEnd, "", jsontext.Value(payload))
		return got.Mismatch != nil, got.First
	}
	steps := []struct {
		name, payload   string
		mismatch, first bool
	}{
		{"a match is never first", `{"eventBody":{"conversationId":"a"}}`, false, false},
		{"a new shape", `{"eventBody":{"conversationId":1}}`, true, true},
		{"other values", `{"eventBody":{"conversationId":2}}`, true, false},
		{"white space", "{ \"eventBody\" :\n{\"conversationId\" : 3 } }", true, false},
		{"an unknown member", `{"eventBody":{"new":[{}],"conversationId":4}}`, true, false},
		{"another type", `{"eventBody":{"conversationId":true}}`, true, true},
		{"a fraction", `{"eventBody":{"conversationId":1.5}}`, true, true},
		{"an integer that is written as a fraction", `{"eventBody":{"conversationId":1.0}}`, true, false},
	}
	for _, step := range steps {
		if mismatch, first := check(step.payload); mismatch != step.mismatch || first != step.first {
			t.Errorf("%s: mismatch %t, first %t", step.name, mismatch, first)
		}
	}
}

func TestOneOfManyGoroutinesIsFirst(t *testing.T) {
	r := schema.New()
	var (
		wait  sync.WaitGroup
		mu    sync.Mutex
		first = map[string]int{}
	)
	for range 8 {
		wait.Go(func() {
			for n := range 200 {
				id := fmt.Sprintf(`{"eventBody":{"conversationId":%s}}`, []string{`1`, `0.5`, `null`, `{}`, `"c"`}[n%5])
				if r.Check(customerEnd, "", jsontext.Value(id)).First {
					mu.Lock()
					first[[]string{"integer", "fraction", "null", "object", "match"}[n%5]]++
					mu.Unlock()
				}
			}
		})
	}
	wait.Wait()
	if len(first) != 4 || first["integer"] != 1 || first["fraction"] != 1 || first["null"] != 1 || first["object"] != 1 {
		t.Errorf("first were %v", first)
	}
}

// A stream of ever new shapes must not fill the memory, and what is asked for all the time must stay.
func TestVerdictsAreBoundedAndWhatIsUsedStays(t *testing.T) {
	r := with(t, `{"properties":{"eventBody":{"properties":{"conversationId":{"maximum":0}}}}}`)
	used := jsontext.Value(`{"eventBody":{"conversationId":1}}`)
	if !r.Check(customerEnd, "", used).First || !r.Check("t", "", used).First {
		t.Fatal("the first mismatch is not first")
	}
	names := []string{"provider", "direction", "ani", "dnis", "addressTo", "addressFrom", "mediaType", "sessionId", "subject", "messageType", "participantId"}
	for n := range 1 << len(names) {
		var b strings.Builder
		for bit, name := range names {
			if n>>bit&1 == 1 {
				fmt.Fprintf(&b, `,"%s":""`, name)
			}
		}
		r.Check(customerEnd, "", jsontext.Value(`{"eventBody":{"conversationId":{}`+b.String()+`}}`))
		if r.Check(customerEnd, "", used).First || r.Check("t", "", used).First {
			t.Fatalf("a shape in use is forgotten after %d others", n)
		}
		if kept := schema.Remembered(r); kept > 1024 {
			t.Fatalf("%d verdicts after %d shapes", kept, n)
		}
	}
}

func TestWhatIsNoJSONIsAMismatch(t *testing.T) {
	for _, payload := range []string{``, ` `, `{`, `{"eventBody"`, `{"eventBody":`, `{"eventBody":{"conversationId":"`, `{"a":[1,]}x`, `nul`, `{"eventBody":{"conversationId":"c\"`, `[`, `[1`, `{"x":[}`, `1 2`} {
		if got := schema.New().Check(customerEnd, "", jsontext.Value(payload)); got.Mismatch == nil {
			t.Errorf("%q matches", payload)
		}
	}
}
