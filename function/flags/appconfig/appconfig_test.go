package appconfig_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfigdata"
	"github.com/aws/aws-sdk-go-v2/service/appconfigdata/types"

	"cc-eventbridge/function/flags"
	"cc-eventbridge/function/flags/appconfig"
)

const (
	enforced = `{"topics":{"a":{"schema":"enforce"}}}`
	offed    = `{"topics":{"a":{"schema":"off"}}}`
)

// fakeAppConfig keeps sessions as AppConfig does: a token is good for one call and for 24 hours, and the document is in an
// answer only where the session has not had it.
type fakeAppConfig struct {
	document, label string
	failures        []error
	loseAnswers     int
	sessions, polls int
	badTokens       int
	tokens          map[string]token
	started         *appconfigdata.StartConfigurationSessionInput
}

type token struct {
	issued time.Time
	seen   string
}

func (f *fakeAppConfig) issue(seen string) *string {
	if f.tokens == nil {
		f.tokens = map[string]token{}
	}
	name := "token-" + strconv.Itoa(f.sessions) + "-" + strconv.Itoa(f.polls)
	f.tokens[name] = token{time.Now(), seen}
	return &name
}

func (f *fakeAppConfig) fail() error {
	if len(f.failures) == 0 {
		return nil
	}
	err := f.failures[0]
	f.failures = f.failures[1:]
	return err
}

func (f *fakeAppConfig) StartConfigurationSession(_ context.Context, input *appconfigdata.StartConfigurationSessionInput, _ ...func(*appconfigdata.Options)) (*appconfigdata.StartConfigurationSessionOutput, error) {
	if err := f.fail(); err != nil {
		return nil, err
	}
	f.sessions++
	f.started = input
	return &appconfigdata.StartConfigurationSessionOutput{InitialConfigurationToken: f.issue("")}, nil
}

func (f *fakeAppConfig) GetLatestConfiguration(_ context.Context, input *appconfigdata.GetLatestConfigurationInput, _ ...func(*appconfigdata.Options)) (*appconfigdata.GetLatestConfigurationOutput, error) {
	if err := f.fail(); err != nil {
		return nil, err
	}
	used, ok := f.tokens[aws.ToString(input.ConfigurationToken)]
	delete(f.tokens, aws.ToString(input.ConfigurationToken))
	if !ok || time.Since(used.issued) > 24*time.Hour {
		f.badTokens++
		return nil, &types.BadRequestException{Message: aws.String("token expired")}
	}
	f.polls++
	output := &appconfigdata.GetLatestConfigurationOutput{NextPollConfigurationToken: f.issue(f.document), NextPollIntervalInSeconds: 15}
	if f.document != used.seen {
		output.Configuration, output.VersionLabel = []byte(f.document), aws.String(f.label)
	}
	if f.loseAnswers > 0 {
		f.loseAnswers--
		return nil, errors.New("read: connection reset by peer")
	}
	return output, nil
}

func source(f *fakeAppConfig) *appconfig.Source {
	return appconfig.New(f, "app1234", "env1234", "pro1234")
}

func fetch(t *testing.T, a *appconfig.Source) flags.Fetched {
	t.Helper()
	fetched, err := a.Fetch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return fetched
}

func TestASessionIsStartedOnceAndGoesOn(t *testing.T) {
	f := &fakeAppConfig{document: enforced, label: "strict"}
	a := source(f)
	first := fetch(t, a)
	if string(first.Content) != enforced || first.Label != "strict" || first.Wait != 15*time.Second {
		t.Errorf("%+v", first)
	}
	if aws.ToString(f.started.ApplicationIdentifier) != "app1234" || aws.ToString(f.started.EnvironmentIdentifier) != "env1234" ||
		aws.ToString(f.started.ConfigurationProfileIdentifier) != "pro1234" || aws.ToInt32(f.started.RequiredMinimumPollIntervalInSeconds) != 15 {
		t.Errorf("the session was started with %+v", f.started)
	}
	for range 5 {
		if next := fetch(t, a); len(next.Content) > 0 {
			t.Errorf("unchanged flags are %q", next.Content)
		}
	}
	f.document = offed
	if changed := fetch(t, a); string(changed.Content) != offed || f.sessions != 1 || f.polls != 7 {
		t.Errorf("%q after %d sessions, %d polls", changed.Content, f.sessions, f.polls)
	}
}

func TestAnExpiredTokenIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeAppConfig{document: enforced}
		a := source(f)
		fetch(t, a)
		time.Sleep(25 * time.Hour)
		if again := fetch(t, a); string(again.Content) != enforced || f.sessions != 2 {
			t.Errorf("%q after %d sessions", again.Content, f.sessions)
		}
	})
}

func TestALostAnswerLosesNoChange(t *testing.T) {
	f := &fakeAppConfig{document: enforced}
	a := source(f)
	fetch(t, a)
	f.document, f.loseAnswers = offed, 1
	if _, err := a.Fetch(t.Context()); err == nil || !strings.Contains(err.Error(), "get configuration of profile pro1234, environment env1234: read: connection reset") {
		t.Fatalf("%v", err)
	}
	if again := fetch(t, a); string(again.Content) != offed || f.sessions != 2 || f.badTokens != 0 {
		t.Errorf("%q after %d sessions; a used token was tried again %d times", again.Content, f.sessions, f.badTokens)
	}
}

func TestSessionsThatCannotBeStarted(t *testing.T) {
	refusal := &types.BadRequestException{Message: aws.String("no such thing")}
	f := &fakeAppConfig{document: enforced, failures: []error{refusal}}
	a := source(f)
	if _, err := a.Fetch(t.Context()); err == nil || !strings.Contains(err.Error(), "start session of profile pro1234, environment env1234: ") || f.sessions != 0 {
		t.Fatalf("%v, %d sessions", err, f.sessions)
	}
	// A refusal of the first call of a new session is not met with one more session.
	f.failures = []error{nil, refusal}
	if _, err := a.Fetch(t.Context()); err == nil || f.sessions != 1 {
		t.Fatalf("%v, %d sessions", err, f.sessions)
	}
	if again := fetch(t, a); string(again.Content) != enforced {
		t.Errorf("%q", again.Content)
	}
}

func TestBeforeTheFirstDeployment(t *testing.T) {
	f := &fakeAppConfig{}
	a := source(f)
	if none := fetch(t, a); len(none.Content) > 0 {
		t.Errorf("%q", none.Content)
	}
	f.failures = []error{&types.ResourceNotFoundException{ResourceType: types.ResourceTypeDeployment}}
	if none := fetch(t, a); len(none.Content) > 0 {
		t.Errorf("%q", none.Content)
	}
	f.failures = []error{&types.ResourceNotFoundException{ResourceType: types.ResourceTypeEnvironment}}
	if _, err := a.Fetch(t.Context()); err == nil {
		t.Error("a missing environment is no error")
	}
	f.document = enforced
	if first := fetch(t, a); string(first.Content) != enforced {
		t.Errorf("%q", first.Content)
	}
}

type oneSchema struct{}

func (oneSchema) Versions(string) []string { return []string{"1"} }

// TestPollerOnAppConfig lets three days pass, with a deployment and failures in each.
func TestPollerOnAppConfig(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeAppConfig{}
		var log bytes.Buffer
		p := flags.New(source(f), flags.Set[oneSchema]{Document: flags.Default()}, func(flags.Schemas) (oneSchema, error) { return oneSchema{}, nil },
			flags.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		live := func() { // a minute with an invocation a second
			for range 60 {
				p.Poke()
				synctest.Wait()
				time.Sleep(time.Second)
			}
		}
		live()
		for day, document := range []string{enforced, offed, enforced} {
			f.document, f.label = document, "day-"+strconv.Itoa(day)
			f.failures = []error{errors.New("throttled"), errors.New("throttled")}
			live()
			if p.Current().Label != f.label {
				t.Errorf("day %d: %q is in effect a minute after its deployment:\n%s", day, p.Current().Label, &log)
			}
			time.Sleep(30 * time.Hour)
		}
		if got := strings.Count(log.String(), "flags are in effect"); got != 3 {
			t.Errorf("flags were put into effect %d times, want 3:\n%s", got, &log)
		}
	})
}
