package simulation

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/flags"
	"cc-eventbridge/function/schema"
)

// The topics that a world's flags speak of. All others are active, and their schemas refuse nothing.
const (
	pausedTopic  = "simulated.{id}.paused"
	droppedTopic = "simulated.{id}.dropped"
	strictTopic  = "simulated.{id}.strict"
)

// misfitMember is a member that the schema of strictTopic does not allow.
const misfitMember = `,"misfit":true`

// flagState is what the flags say at a time; at the beginning, or where they are not known, nothing.
type flagState struct {
	paused, dropped, strict bool
	// off is a decoder that is switched off, "" if none is.
	off string
	// again has what the replay of an archive brings handled anew. It is the same all through a world.
	again bool
}

// document is the flags document that says so.
func (s flagState) document() string {
	choose := func(is bool, yes, no string) string {
		if is {
			return yes
		}
		return no
	}
	decoders := ""
	if s.off != "" {
		decoders = fmt.Sprintf(`%q:false`, s.off)
	}
	return fmt.Sprintf(`{"replays":%q,"decoders":{%s},"topics":{%q:{"state":%q},%q:{"state":%q},%q:{"schema":%q,"version":"1"}},`+
		`"schemas":{%q:{"1":{"type":"object","properties":{"misfit":{"type":"string"}}}}}}`,
		choose(s.again, "again", "deduplicate"), decoders, pausedTopic, choose(s.paused, "paused", "active"), droppedTopic, choose(s.dropped, "dropped", "active"),
		strictTopic, choose(s.strict, "enforce", "warn"), strictTopic)
}

func (s flagState) pauses(e *entity) bool  { return s.paused && e.topic == pausedTopic }
func (s flagState) drops(e *entity) bool   { return s.dropped && e.topic == droppedTopic }
func (s flagState) refuses(e *entity) bool { return s.strict && e.misfit }

// switchesOff reports whether a decoder that a message needs is switched off.
func (s flagState) switchesOff(m *message) bool {
	switch s.off {
	case contract.DecoderEventBridge:
		return m.of.envelope == published
	case contract.DecoderSNS:
		return strings.Contains(string(m.wrapping), "SNS")
	case contract.DecoderCompressed:
		return strings.Contains(string(m.wrapping), "gzip")
	case contract.DecoderClaimCheck:
		return strings.Contains(string(m.wrapping), "claim check")
	default:
		return false
	}
}

// forbids says why the event of a message must not be run, "" if it may be.
func (s flagState) forbids(m *message) string {
	switch {
	case m.of.temper == malformed:
		return "which can't be processed"
	case s.switchesOff(m):
		return "whose decoder is switched off"
	case s.pauses(m.of):
		return "whose topic is paused"
	case s.drops(m.of):
		return "whose topic is dropped"
	case s.refuses(m.of):
		return "which an enforced schema does not allow"
	default:
		return ""
	}
}

// change is a change of the flags.
type change struct {
	at    time.Duration
	state flagState
}

// offDecoders are the decoders that may be switched off, mostly none.
var offDecoders = []string{"", "", "", contract.DecoderEventBridge, contract.DecoderSNS, contract.DecoderCompressed, contract.DecoderClaimCheck}

// newChanges are the flags of a world, from its beginning on. In half of the worlds nobody touches them.
func newChanges(d dice) []change {
	again := d.chance(0.2, "again")
	changes := []change{{state: flagState{again: again}}}
	if d.chance(0.5, "untouched flags") {
		return changes
	}
	span := pick(d, []time.Duration{10 * time.Second, 10 * time.Minute, 3 * time.Hour, 15 * time.Hour, 40 * time.Hour}, "flags span")
	for n := range d.from(1, 4, "changes") {
		c := change{state: flagState{
			paused: d.chance(0.6, "paused", itoa(n)), dropped: d.chance(0.4, "dropped", itoa(n)), strict: d.chance(0.6, "strict", itoa(n)),
			off: pick(d, offDecoders, "off", itoa(n)), again: again,
		}}
		if n > 0 {
			c.at = d.between(time.Millisecond, span, "change", itoa(n))
		}
		changes = append(changes, c)
	}
	slices.SortStableFunc(changes, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	return changes
}

// flagsAt are the flags at a time since the beginning.
func (p *plan) flagsAt(at time.Duration) flagState {
	var state flagState
	for _, c := range p.changes {
		if c.at <= at {
			state = c.state
		}
	}
	return state
}

// ever reports whether the flags ever do something.
func (p *plan) ever(does func(flagState) bool) bool {
	return slices.ContainsFunc(p.changes, func(c change) bool { return does(c.state) })
}

type flagSet = flags.Set[*schema.Registry]

var flagSets sync.Map // by document; there are eighty, and those of mutations

// setOf makes a set of a document, as the poller does.
func setOf(document string) *flagSet {
	if known, ok := flagSets.Load(document); ok {
		return known.(*flagSet) // nothing else is in there
	}
	parsed, err := flags.Parse([]byte(document))
	if err != nil {
		panic(err)
	}
	registry, err := schema.New().With(parsed.Schemas())
	if err != nil {
		panic(err)
	}
	known, _ := flagSets.LoadOrStore(document, &flagSet{Document: parsed, Registry: registry, Label: document})
	return known.(*flagSet) // nothing else is in there
}
