package traffic

import (
	"math/rand/v2"

	"cc-eventbridge/function/contract"
)

// Sizes of the mix. A tenth of the plain events is sent a second time.
const (
	directEvents      = 250
	eventBridgeEvents = 250
	duplicates        = 50
	// perWrapping is how many events of each envelope come in each wrapping.
	perWrapping = 2
	// replays is how many events an archive replays.
	replays = 3
	// largeBytes is the size of an event that no queue takes: SQS has at most 1 MiB.
	largeBytes   = 1 << 20
	flakyAnswers = 2 // failures before the downstream takes the flaky event
)

// Expected is what must become of the messages of a mix.
type Expected struct{ Delivered, Duplicates, Quarantined, DeadLettered int }

// Mix is the messages of the demo, what they point to and what must become of them.
type Mix struct {
	Messages []Message
	Objects  []Object
	Expected Expected

	random *rand.Rand
}

// NewMix returns both envelopes, plain and in every wrapping, duplicates in the same wrapping and in others, replays of an
// archive, messages that can never succeed, an event that the downstream never takes, one that it takes at the third
// attempt and one that it rejects. The same seed and bucket give the same messages in the same order.
func NewMix(seed uint64, payloads Payloads) Mix {
	m := Mix{random: rand.New(rand.NewPCG(seed, seed))}
	m.plain()
	m.wrapped(payloads)
	m.special(payloads)
	m.bad(payloads)
	m.random.Shuffle(len(m.Messages), func(i, j int) { m.Messages[i], m.Messages[j] = m.Messages[j], m.Messages[i] })
	return m
}

// add adds a message and counts what becomes of it.
func (m *Mix) add(count *int, p Parcel) {
	*count++
	m.Messages = append(m.Messages, p.Message)
	m.Objects = append(m.Objects, p.Objects...)
}

// plain adds events without wrapping, and duplicates of some.
func (m *Mix) plain() {
	bodies := make([]string, 0, directEvents+eventBridgeEvents)
	for range directEvents {
		bodies = append(bodies, Direct(m.random, nil))
	}
	for range eventBridgeEvents {
		bodies = append(bodies, EventBridge(m.random))
	}
	for _, body := range bodies {
		m.add(&m.Expected.Delivered, bare(body))
	}
	for _, i := range m.random.Perm(len(bodies))[:duplicates] {
		m.add(&m.Expected.Duplicates, bare(again(m.random, bodies[i])))
	}
}

// wrapped adds events in each wrapping, and one that comes without as well.
func (m *Mix) wrapped(payloads Payloads) {
	for i, wrapping := range Wrappings(payloads) {
		for range perWrapping {
			m.add(&m.Expected.Delivered, wrapping.Around(Direct(m.random, nil)))
			m.add(&m.Expected.Delivered, wrapping.Around(EventBridge(m.random)))
		}
		twice := Direct(m.random, nil)
		if i%2 == 1 {
			twice = EventBridge(m.random)
		}
		m.add(&m.Expected.Delivered, bare(twice))
		m.add(&m.Expected.Duplicates, wrapping.Around(again(m.random, twice)))
	}
}

// special adds events that are each of a kind of their own.
func (m *Mix) special(payloads Payloads) {
	m.add(&m.Expected.Delivered, payloads.claimCheck(contract.ClaimCheckClass, large(m.random, largeBytes)))
	m.add(&m.Expected.Delivered, bare(transcriptionStatus(m.random)))
	for range replays {
		body := EventBridge(m.random)
		m.add(&m.Expected.Delivered, bare(body))
		m.add(&m.Expected.Duplicates, bare(replayed(body, "after-the-outage")))
	}
	m.add(&m.Expected.DeadLettered, bare(Direct(m.random, map[string]any{"demoFail": -1})))
	m.add(&m.Expected.Delivered, bare(Direct(m.random, map[string]any{"demoFail": flakyAnswers})))
	m.add(&m.Expected.Quarantined, bare(Direct(m.random, map[string]any{"demoFail": -1, "demoStatus": 422})))
}

// bad adds messages that can never succeed.
func (m *Mix) bad(payloads Payloads) {
	for _, bad := range append(Malformed(), HostileClaimChecks(payloads)...) {
		m.add(&m.Expected.Quarantined, bad.Parcel)
	}
}
