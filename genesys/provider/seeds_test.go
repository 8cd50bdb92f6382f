package provider_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"cc-eventbridge/genesys/genesystest"
)

const (
	// seeds is how many lives the test has; GENESYS_SEEDS sets another number, GENESYS_SEED a single one to look at.
	seeds = 200
	// longestLag of the fake is less than what the provider allows for.
	longestLag = 50 * time.Second
	// settled is when nothing lags any more.
	settled = 3 * time.Minute
	// enoughRuns of `pulumi up` end in success, whatever goes wrong on the way.
	enoughRuns = 6
)

// life is one resource on a fake that lags, fails and forgets, as a seed has it.
type life struct {
	*engine
	random *rand.Rand
	want   map[string]any
	others int
}

func TestNoLifeOnALaggingGenesysEndsWrong(t *testing.T) {
	first, last := 0, seeds
	if n, err := strconv.Atoi(os.Getenv("GENESYS_SEEDS")); err == nil {
		last = n
	}
	if n, err := strconv.Atoi(os.Getenv("GENESYS_SEED")); err == nil {
		first, last = n, n+1
	}
	for seed := first; seed < last; seed++ {
		t.Run(fmt.Sprintf("GENESYS_SEED=%d", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(uint64(seed), 0)) //nolint:gosec // a seed, not a secret
			onFake(t, sourceType, anyFake(random), func(t *testing.T, e *engine) {
				(&life{engine: e, random: random, want: source()}).live(t)
			})
		})
	}
}

// anyFake lags, takes its time, and leaves optional members out.
func anyFake(random *rand.Rand) genesystest.Options {
	lag := func() time.Duration {
		if random.IntN(3) == 0 {
			return 0
		}
		return upTo(random, longestLag)
	}
	some := func(names ...string) []string {
		return slices.DeleteFunc(names, func(string) bool { return random.IntN(3) > 0 })
	}
	o := genesystest.Defaults()
	o.Lag = genesystest.Lag{Object: lag(), Config: lag(), Listing: lag(), State: lag(), Delete: lag()}
	o.Activation = upTo(random, time.Minute)
	o.Omits = some("pageCount", "total", "nextUri", "lastUpdated", "effective", "localizableMessageCode")
	o.Nulls = some("advanced", "credentials")
	return o
}

func upTo(random *rand.Rand, d time.Duration) time.Duration {
	return time.Duration(random.Int64N(int64(d)))
}

func (l *life) live(t *testing.T) {
	if l.random.IntN(4) == 0 {
		l.others = 101 + l.random.IntN(120)
		for i := range l.others {
			l.cloud.Add(fmt.Sprintf("other %d", i))
		}
	}
	l.reach("create", l.up)
	for range 5 {
		if l.random.IntN(2) == 0 {
			time.Sleep(upTo(l.random, settled))
		}
		switch l.random.IntN(6) {
		case 0, 1:
			l.edit()
			l.reach("update", l.up)
		case 2:
			l.move()
			l.reach("replacement", l.replace)
		case 3:
			l.drift()
			l.reach("repair", l.up)
		case 4:
			l.refresh()
			if l.id == "" {
				t.Fatal("a refresh forgets the integration")
			}
			l.reach("up after a refresh", l.up)
		case 5:
			l.remove()
			l.reach("create anew", l.up)
		}
	}
	time.Sleep(settled)
	l.assertNoDrift("in the end", l.want)
	l.remove()
	if n := len(l.cloud.State().Integrations); n != l.others {
		t.Errorf("%d integrations are left, want %d", n, l.others)
	}
}

// reach runs `pulumi up` until it is green, with faults at the first runs.
func (l *life) reach(what string, first func(map[string]any) error) {
	l.t.Helper()
	faults := l.faults()
	l.cloud.Break(faults...)
	run := first
	for n := 1; ; n++ {
		l.restart()
		err := run(l.want)
		run = l.up
		l.assertOne(what)
		if err == nil {
			break
		}
		if len(faults) == 0 {
			l.t.Fatalf("%s fails though there are no faults: %v", what, err)
		}
		if what == "replacement" && len(l.cloud.State().Integrations) == l.others {
			l.t.Fatalf("the replacement failed and the source is gone: %v", err)
		}
		if n == enoughRuns {
			l.t.Fatalf("%s: %d runs do not suffice: %v", what, n, err)
		}
	}
	l.cloud.ClearFaults()
	l.assertTrue(what)
}

// assertOne is that there is no second integration.
func (l *life) assertOne(what string) {
	l.t.Helper()
	if n := len(l.cloud.State().Integrations) - l.others; n > 1 {
		l.t.Fatalf("%s: %d integrations exist", what, n)
	}
}

// assertTrue is that a green run has made what was asked for, and says so.
func (l *life) assertTrue(what string) {
	l.t.Helper()
	has := l.cloud.State().Integrations
	got := has[len(has)-1]
	topics, _ := l.want["eventFilter"].([]any)
	status := "ACTIVE"
	if l.want["enabled"] == false {
		status = "INACTIVE"
	}
	notes, _ := l.want["notes"].(string)
	name := fmt.Sprintf("aws.partner/genesys.com/cloud/%s/%s", genesystest.OrganizationID, l.want["eventSourceSuffix"])
	for property, values := range map[string][3]any{ // wanted, there, told
		"id":              {l.id, got.ID, l.text("integrationId")},
		"name":            {l.want["name"], got.Name, l.text("name")},
		"eventSourceName": {name, got.EventSource, l.text("eventSourceName")},
		"region":          {l.want["awsAccountRegion"], got.Region, l.text("awsAccountRegion")},
		"eventFilter":     {fmt.Sprint(topics), fmt.Sprint(got.Topics), fmt.Sprint(l.topics())},
		"notes":           {notes, got.Notes, l.text("notes")},
		"status":          {status, got.Status, l.text("status")},
	} {
		if values[0] != values[1] || values[0] != values[2] {
			l.t.Fatalf("%s is green, but %s should be %q: Genesys has %q, the output is %q", what, property, values[0], values[1], values[2])
		}
	}
}

// edit changes what can be changed in place.
func (l *life) edit() {
	all := []any{presence, "v2.users.{id}.routingStatus", "v2.detail.events.conversation.{id}.acw"}
	l.want = maps.Clone(l.want)
	for changed := false; !changed; {
		if l.random.IntN(2) == 0 {
			l.want["eventFilter"], changed = all[:1+l.random.IntN(len(all))], true
		}
		if l.random.IntN(3) == 0 {
			l.want["notes"], changed = []string{"", "ours", "also ours"}[l.random.IntN(3)], true
		}
		if l.random.IntN(3) == 0 {
			l.want["enabled"], changed = l.random.IntN(2) == 0, true
		}
		if l.random.IntN(6) == 0 {
			l.want["name"], changed = fmt.Sprintf("source %d", l.random.IntN(3)), true
		}
	}
}

// move asks for another event source.
func (l *life) move() {
	l.want = maps.Clone(l.want)
	if l.random.IntN(2) == 0 {
		l.want["eventSourceSuffix"] = fmt.Sprintf("suffix-%d", l.random.IntN(1000))
	} else {
		l.want["awsAccountRegion"] = fmt.Sprintf("eu-west-%d", l.random.IntN(10))
	}
}

// drift has the integration stopped by somebody or something, and the engine hear of it.
func (l *life) drift() {
	status := "DISABLED"
	if l.want["enabled"] != false && l.random.IntN(2) == 0 { // what is switched off can't fail
		status = "ERROR"
	}
	if err := l.cloud.Apply(genesystest.Drift{ID: l.id, Status: status, Message: "stopped"}); err != nil {
		l.t.Fatal(err)
	}
	time.Sleep(settled)
	l.refresh()
}

func (l *life) remove() {
	if err := l.destroy(); err != nil {
		l.t.Fatal(err)
	}
	l.id, l.inputs, l.outputs, l.unfinished = "", nil, nil, false
}

// faults are up to three that a run has to get over.
func (l *life) faults() []genesystest.Fault {
	kinds := []genesystest.Fault{
		{Status: 429, RetryAfter: 5, Times: 3},
		{Status: 503, RetryAfter: 3, Times: 2},
		{Status: 500, Times: 1},
		{Status: 500, Times: 1, Effect: true},
		{Status: 408, Times: 1, Effect: true},
		{Status: 502, Times: 2, Effect: true},
		{Times: 1},
		{Times: 1, Effect: true},
		{Times: 1, Hang: true},
		{Times: 1, Hang: true, Effect: true},
		{Method: "POST", Path: "/integrations", Times: 1, Late: 1 + l.random.IntN(45)},
		{Method: "PUT", Times: 2, Edit: true},
		{Method: "PUT", Times: 1, Status: 403},
		{Method: "PATCH", Times: 1, Status: 403},
		{Method: "GET", Path: "/integrations", Times: 5, Status: 503, Skip: 2},
	}
	var out []genesystest.Fault
	if l.random.IntN(8) == 0 { // one: a token that is refused twice is no passing fault
		out = append(out, genesystest.Fault{Path: "/integrations", Skip: l.random.IntN(12), Times: 1, Status: 401})
	}
	for range l.random.IntN(4) {
		fault := kinds[l.random.IntN(len(kinds))]
		if fault.Method == "" {
			fault.Method = []string{"", "GET", "POST", "PUT", "PATCH", "DELETE"}[l.random.IntN(6)]
			fault.Path, fault.Skip = "/integrations", l.random.IntN(4)
		}
		out = append(out, fault)
	}
	return out
}
