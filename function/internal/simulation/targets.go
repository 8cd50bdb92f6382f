package simulation

import (
	"slices"
	"strings"

	"cc-eventbridge/function/process"
)

// noiseTopic is the topic of events that a route drops, in worlds with routes.
const noiseTopic = "simulated.{id}.noise"

// onlyTarget is the one downstream of a world without routes.
const onlyTarget = ""

// routes are those of a world that has some. Two of them match the same topics: the first one counts.
func (w *world) routes() []process.Route {
	if !w.plan.routed {
		return nil
	}
	route := func(name string, topics []string, targets ...string) process.Route {
		r := process.Route{Name: name, Topics: topics}
		for _, target := range targets {
			r.Targets = append(r.Targets, process.Target{Name: target, Downstream: downstream{w, target}})
		}
		return r
	}
	return []process.Route{
		route("noise", []string{"*.noise"}),
		route("strict", []string{strictTopic}, "b"),
		route("several", []string{"simulated.*", topics[1]}, "a", "b", "c"),
		route("published", []string{"v2.*"}, "a", "b"),
		route("rest", nil, "c"),
	}
}

// targets are those that an event must reach, as the routes are meant.
func (p *plan) targets(e *entity) []string {
	switch {
	case !p.routed:
		return []string{onlyTarget}
	case p.drops(e):
		return nil
	case e.topic == strictTopic:
		return []string{"b"}
	case strings.HasPrefix(e.topic, "simulated."), e.topic == topics[1]:
		return []string{"a", "b", "c"}
	case strings.HasPrefix(e.topic, "v2."):
		return []string{"a", "b"}
	default:
		return []string{"c"}
	}
}

// drops reports whether an event's route drops it.
func (p *plan) drops(e *entity) bool { return p.routed && e.topic == noiseTopic }

// temperAt is what an event meets at a target: its temper at one of them, and nothing at the others.
func (p *plan) temperAt(e *entity, target string) temper {
	if all := p.targets(e); len(all) > 1 && target != pick(p.dice, all, "target of the temper", e.name) {
		return healthy
	}
	return e.temper
}

// beats reports whether invocations may have a heartbeat. An event that a target lacks is written down at the end of its batch
// then.
func (p *plan) beats() bool { return p.visibility/3 < p.timeout }

// histories are what all targets know of an event.
func (l *ledger) histories(key string) (all []*history) {
	for _, target := range []string{onlyTarget, "a", "b", "c"} {
		if h := l.events[at{key, target}]; h != nil {
			all = append(all, h)
		}
	}
	return all
}

// ran reports whether any target has an event.
func (l *ledger) ran(key string) bool {
	return slices.ContainsFunc(l.histories(key), func(h *history) bool { return len(h.runs) > 0 })
}

// everywhere reports whether each target of its route has an event.
func (l *ledger) everywhere(m *message) bool {
	return !slices.ContainsFunc(l.world.plan.targets(m.of), func(target string) bool {
		return len(l.history(m.key, target).runs) == 0
	})
}

// remembers holds a record that says which targets have its event against what they have.
func (l *ledger) remembers(i *invocation, key string, after *record) {
	l.world.count("partial record written")
	for _, target := range after.delivered {
		h := l.history(key, target)
		if len(h.runs) == 0 {
			l.world.violate("%s writes that %s has %s, which it has not", i.name, target, key)
		}
		for _, run := range h.runs {
			run.remembered, run.expires = true, after.expires
		}
	}
	for _, h := range l.histories(key) {
		for _, run := range h.runs {
			if run.by == i && !run.cut && !run.remembered && !i.leftBehind(key) {
				l.world.violate("%s writes which targets have %s, and leaves out %s", i.name, key, run.target)
			}
		}
	}
}

// untold reports whether a run could not be written down yet: the process died before the end of its batch, and what another
// target did had the record wait for that.
func (l *ledger) untold(c *call) bool {
	p := l.world.plan
	return len(p.targets(c.of.of)) > 1 && c.by.isKilled() && (p.beats() || c.of.of.temper == rejecting)
}
