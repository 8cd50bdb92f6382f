package settings

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestTheListOfTopicsIsWhole(t *testing.T) {
	if len(publicTopics) < 240 || !slices.IsSorted(publicTopics) || publicTopicsOf != "2026-07-31" {
		t.Fatalf("there are %d topics, of %s", len(publicTopics), publicTopicsOf)
	}
	for _, topic := range publicTopics {
		if !topicName.MatchString(topic) {
			t.Errorf("%q would be refused", topic)
		}
	}
	for _, name := range []string{"telephony.call.created", "v2.users.{id}.presence"} {
		if unknown(name) != "" {
			t.Errorf("%q is warned of", name)
		}
	}
}

// withTopics loads a stack that takes these topics over EventBridge.
func withTopics(change func(*Settings), topics ...string) (Settings, error) {
	s := Default()
	s.Intake.GenesysExternalID = "5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4"
	s.Intake.EventBridgeSource = "aws.partner/genesys.com/cloud/5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4/prod"
	s.Intake.Topics = topics
	s.DownstreamURL = LogOnly
	if change != nil {
		change(&s)
	}
	return s.Check("dev")
}

func TestTopicsThatNothingEqualsAreRefused(t *testing.T) {
	for topic, want := range map[string]string{
		"v2.users.{id}.presence":     "",
		"v2.quality.evaluations":     "", // has no id
		"v3.users.{id}.new-one":      "", // may be there one day
		"v2.users.{id}.presence\x20": "did you mean v2.users.{id}.presence?",
		"v2.users.{ID}.presence":     "did you mean v2.users.{id}.presence?",
		"v2.users.{userId}.presence": "did you mean v2.users.{id}.presence?",
		"V2.users.{id}.presence":     "did you mean v2.users.{id}.presence?",
		"v2.users.{id}.*":            "equals the detail-type of no event",
		"v2.users.*.presence":        "without a wildcard",
		"":                           `"" equals`,
		"v2.users..presence":         "equals the detail-type of no event",
		"users.{id}.presence":        "equals the detail-type of no event",
		"v2.users.5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4.presence": "a literal {id} where the topic has an id",
	} {
		_, err := withTopics(nil, topic)
		if text := fmt.Sprint(err); (err != nil) != (want != "") || !strings.Contains(text, want) && err != nil {
			t.Errorf("%q: err = %v, want %q", topic, err, want)
		}
	}
	if _, err := withTopics(nil, "v2.users.{id}.presence", "v2.users.{id}.presence"); err == nil {
		t.Error("a topic may be there twice")
	}
}

func TestTopicsAreTrimmed(t *testing.T) {
	s, err := Load("dev", map[string]string{
		"eventBridgeSource": "aws.partner/genesys.com/cloud/5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4/prod", "directIntake": "false",
		"topics": `[" v2.users.{id}.presence\t"]`, "downstreamUrl": "log",
	}, func(string) bool { return false })
	if err != nil || !slices.Equal(s.Intake.Topics, []string{"v2.users.{id}.presence"}) {
		t.Errorf("topics are %q, err = %v", s.Intake.Topics, err)
	}
}

func TestPatternsThatEventBridgeRefuses(t *testing.T) {
	// fill makes topics whose pattern has exactly so many characters.
	fill := func(in Intake, source string, length int) []string {
		for i := 0; ; i++ {
			in.Topics = append(in.Topics, fmt.Sprintf("v2.users.{id}.n%03d", i))
			if left := length - len(in.Pattern(source)); left < 100 {
				in.Topics[i] += strings.Repeat("x", left)
				return in.Topics
			}
		}
	}
	for name, change := range map[string]func(*Settings){
		"a source that is there": nil,
		"a source to be made": func(s *Settings) {
			s.Intake.EventBridgeSource, s.Intake.EventBridgeSuffix = "", "prod"
			s.Genesys.Register, s.Genesys.EventTypes = true, []string{"telephony.call.created"}
		},
		"a source whose organization is not known yet": func(s *Settings) {
			s.Intake = Intake{GenesysAccountID: s.Intake.GenesysAccountID, EventBridgeSuffix: "prod", Topics: s.Intake.Topics}
			s.Genesys.Register = true
		},
	} {
		t.Run(name, func(t *testing.T) {
			probe, err := withTopics(change, "v2.users.{id}.presence")
			if err != nil {
				t.Fatal(err)
			}
			source := newChecker(&probe).source()
			if _, err := withTopics(change, fill(Intake{}, source, maxPattern)...); err != nil {
				t.Errorf("a pattern of %d characters is refused: %v", maxPattern, err)
			}
			_, err = withTopics(change, fill(Intake{}, source, maxPattern+1)...)
			if text := fmt.Sprint(err); !strings.Contains(text, "topics in 2049 characters, and EventBridge takes 2048") {
				t.Errorf("err = %v, want one about 2049 characters", err)
			}
		})
	}
}

func TestNamesThatNobodyHasPublishedAreWarnedOf(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Settings)
		topics []string
		want   []string
	}{
		"known ones": {topics: []string{"v2.users.{id}.presence"}, change: func(s *Settings) {
			s.Flags.Document = `{"topics":{"v2.users.{id}.presence":{"state":"paused"},"telephony.call.created":{"schema":"off"},"our.own":{"schema":"off"}}}`
			s.Genesys.Register, s.Genesys.EventTypes = true, []string{"telephony.call.created", "something.else.entirely"}
		}},
		"a topic in the wrong case": {
			topics: []string{"v2.users.{id}.routingstatus"},
			want:   []string{`topics: "v2.users.{id}.routingstatus" is none of the topics that Genesys Cloud had published by 2026-07-31; did you mean v2.users.{id}.routingStatus?`},
		},
		"a topic that resembles none": {topics: []string{"v2.weather.{id}.tomorrow"}, want: []string{`"v2.weather.{id}.tomorrow" is none of the topics that Genesys Cloud had published by 2026-07-31`}},
		"flags that pause nothing": {
			topics: []string{"v2.users.{id}.presence"},
			change: func(s *Settings) {
				s.Flags.Document = `{"topics":{"v2.users.{id}.Presence":{"state":"paused"},"telephony.call.create":{"state":"dropped"}}}`
			},
			want: []string{
				`flags: "telephony.call.create" is no type of event that the function has a schema of; did you mean telephony.call.created?`,
				`flags: "v2.users.{id}.Presence" is none of the topics that Genesys Cloud had published by 2026-07-31; did you mean v2.users.{id}.presence?`,
			},
		},
		"a type of the direct intake": {
			topics: []string{"v2.users.{id}.presence"},
			change: func(s *Settings) {
				s.Genesys.Register, s.Genesys.EventTypes = true, []string{"telefony.call.created"}
			},
			want: []string{`directEventTypes: "telefony.call.created" is no type of event that the function has a schema of; did you mean telephony.call.created?`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := withTopics(test.change, test.topics...)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, warning := range s.Warnings() {
				if strings.Contains(warning, "published by") || strings.Contains(warning, "schema of") {
					got = append(got, warning)
				}
			}
			if len(got) != len(test.want) {
				t.Fatalf("warnings are %q, want %q", got, test.want)
			}
			for i, want := range test.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("warning is %q, want %q", got[i], want)
				}
			}
		})
	}
}
