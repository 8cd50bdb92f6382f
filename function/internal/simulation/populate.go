package simulation

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"cc-eventbridge/function/contract"
)

// populate makes up the events and the messages that carry them.
func (p *plan) populate() {
	d := p.dice
	span := pick(d, []time.Duration{2 * time.Second, time.Minute, 20 * time.Minute}, "span")
	entities, copied := d.from(8, 45, "entities"), 3
	if p.huge() {
		entities, copied, span = d.from(1000, 4000, "many entities"), 1, 2*time.Second
	}
	for i := range entities {
		e := p.newEntity(fmt.Sprintf("e%d", i), itoa(i))
		p.entities = append(p.entities, e)
		first := d.between(0, span, "first", e.name)
		p.send(e, 0, first)
		if e.temper == malformed {
			continue
		}
		for copies := d.from(0, copied, "copies", e.name); copies > 0; copies-- {
			c := itoa(copies)
			later := pick(d, []time.Duration{time.Microsecond, 2 * time.Second, 2 * p.timeout, time.Hour, 2 * p.dedupRetention}, "later", e.name, c)
			variant := copies
			if e.envelope == 0 && d.chance(0.04, "mixed", e.name, c) {
				variant, e.mixed = -1, true
			}
			p.send(e, variant, first+d.between(0, later, "copy", e.name, c))
		}
	}
	p.order = slices.SortedStableFunc(slices.Values(p.messages), func(a, b *message) int { return cmp.Compare(a.sendAt, b.sendAt) })
}

func (p *plan) newEntity(name, number string) *entity {
	d := p.dice
	e := &entity{name: name, envelope: d.from(0, 2, "envelope", number)}
	e.temper = pick(d, []temper{
		healthy, healthy, healthy, healthy, healthy, healthy, healthy, healthy, healthy, healthy, healthy,
		flaky, flaky, busy, slow, slow, poison, rejecting, panicking, malformed,
	}, "temper", name)
	e.replayed = e.envelope == published && d.chance(0.3, "replayed", name)
	e.failures = d.from(1, 2, "failures", name)
	if e.temper == malformed {
		e.flaw = pick(d, flaws, "flaw", name)
		if p.bulky && d.chance(0.5, "bulk", name) {
			e.bulk = bulkyShell
		}
		return e
	}
	usual := topics[e.envelope]
	e.topic = pick(d, []string{usual, usual, usual, usual, usual, usual, usual, pausedTopic, droppedTopic, strictTopic}, "topic", name)
	if p.routed && d.chance(0.1, "noise", name) {
		e.topic = noiseTopic
	}
	e.misfit = e.topic == strictTopic && d.chance(0.5, "misfit", name)
	if p.tight && d.chance(0.3, "large", name) {
		e.padding = d.from(p.maximumPayload/8, p.maximumPayload/2, "padding", name)
	}
	e.relents = d.chance(0.5, "relents", name)
	e.wrapping = unwrapped
	if p.bulky && d.chance(0.15, "bulk", name) {
		e.bulk = pick(d, []bulk{bulkyEvent, bulkyShell}, "bulk", name)
		e.temper = pick(d, []temper{healthy, rejecting, rejecting}, "bulky temper", name)
		e.wrapping = pick(d, []wrapping{unwrapped, notified, notifiedCheck}, "bulky wrapping", name)
		if e.bulk == bulkyEvent {
			e.padding = bulkyBody - len(body(e, 0))
		} else if e.wrapping == unwrapped {
			e.wrapping = notifiedGzip
		}
		return e
	}
	if e.padding > 0 || d.chance(0.3, "wrapped", name) {
		e.wrapping = pick(d, wrappings, "wrapping", name)
	}
	return e
}

// send plans a message. One of five copies of an event comes by another way, in another wrapping.
func (p *plan) send(e *entity, variant int, at time.Duration) {
	m := &message{id: fmt.Sprintf("m%d-%s", len(p.messages), e.name), of: e, sendAt: at}
	p.messages = append(p.messages, m)
	key := contract.ProducerPrefix + m.id
	if e.temper == malformed {
		e.flaw.spoil(p, m, key)
		return
	}
	event := body(e, variant)
	m.key, m.hash = identity(event, p.changes[0].state.again)
	m.replay = strings.Contains(event, replayName)
	kind := e.wrapping
	if d := p.dice; d.chance(0.2, "another wrapping", m.id) {
		kind = pick(d, wrappings, "wrapping", m.id)
	}
	p.wrap(m, kind, event, key)
}
