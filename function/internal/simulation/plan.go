package simulation

import (
	"fmt"
	"time"
)

// plan is a world before it starts: what it is configured to be, who sends what, and how often what fails.
type plan struct {
	dice dice
	// calm worlds have no faults: in them, every healthy event must be delivered.
	calm bool

	timeout, visibility, window time.Duration
	retention, dedupRetention   time.Duration
	batchSize, pollers          int
	maxReceives                 int
	// In this time the event source mapping is switched off, and messages pile up.
	offFrom, offUntil time.Duration
	sharing           int // invocations at once in one process
	// maximumPayload is what one message may expand to, expansion what those of a batch may together.
	maximumPayload, expansion int
	// tight worlds have little memory for what comes out of wrappings.
	tight bool

	// routed worlds have routes, some of them to several targets.
	routed bool

	rates    rates
	entities []*entity
	messages []*message
	order    []*message // by the time they are sent
	changes  []change   // of the flags
	bucket   *bucket
	// bulky worlds have bodies that leave no room for attributes beside them.
	bulky bool
	// replayAt is when an operator sends what is in the validation queue to the ingestion queue again. At the first of them
	// the cause of some rejections is gone.
	replayAt []time.Duration
}

func (p *plan) String() string {
	return fmt.Sprintf("calm %v, routed %v, timeout %v, visibility %v, window %v, retention %v, dedup retention %v, room %d, flags %+v, batch %d, pollers %d, receives %d, sharing %d, %d messages, rates %+v",
		p.calm, p.routed, p.timeout, p.visibility, p.window, p.retention, p.dedupRetention, p.expansion, p.changes, p.batchSize, p.pollers, p.maxReceives, p.sharing, len(p.messages), p.rates)
}

// inOrder are the messages in the order in which they are sent.
func (p *plan) inOrder() []*message { return p.order }

// rates are probabilities of faults, each for one occasion.
type rates struct {
	// Lambda
	crash, claimCrash, recycle, stall, notInvoked, doubled float64
	// SQS
	ghost, lostDelete, sqsRefused, sqsLost, entryFailed float64
	// DynamoDB
	refused, lost, retried, throttled, spell, slow, hang, unprocessed float64
	// S3, AppConfig
	bucketRefused, bucketCut, bucketSlow, bucketHang, flagsRefused, flagsSlow float64
	// downstream
	ambiguous, downstreamSlow, downstreamHang, stubborn float64
}

// temper is what an event meets downstream.
type temper int

const (
	healthy   temper = iota
	flaky            // a few failures, then delivered
	poison           // fails for ever
	rejecting        // refused for good
	busy             // asks for time, then delivered
	slow             // takes long
	panicking        // its handling panics once
	malformed        // never gets that far: the body can't be decoded
)

// bulk is what makes the messages of an event as large as messages can be.
type bulk int

const (
	small      bulk = iota
	bulkyEvent      // the event itself
	bulkyShell      // what is around it
)

// entity is one event of the outside world; several messages may carry it.
type entity struct {
	name     string
	temper   temper
	failures int // of flaky and busy
	envelope int
	wrapping wrapping // of most of its messages
	topic    string
	misfit   bool // its payload is not what the schema of strictTopic allows
	padding  int  // bytes that make it large
	flaw     flaw // of malformed
	bulk     bulk
	relents  bool // of rejecting: from the first replay on, the event is taken
	replayed bool // some of its messages come from the replay of an archive
	mixed    bool // some message carries its identity with another payload
}

// message is one message that is sent to the queue.
type message struct {
	id   string
	of   *entity
	body string
	// What the body is around the event, the key of the object that it points to, and the memory it needs to be opened.
	wrapping wrapping
	object   string
	takes    int
	key      string // of its dedup record, "" when it has no identity
	hash     string
	replay   bool // comes from the replay of an archive
	// replayed is true for what an operator has sent again. offloaded is true if its body is in the bucket, and inner if that
	// leads to another object.
	replayed, offloaded, inner bool
	sendAt                     time.Duration
}

func newPlan(seed uint64) *plan {
	d := dice(seed)
	p := &plan{
		dice:        d,
		calm:        d.chance(0.06, "calm"),
		timeout:     pick(d, []time.Duration{8 * time.Second, 15 * time.Second, 30 * time.Second, 120 * time.Second}, "timeout"),
		window:      pick(d, []time.Duration{0, time.Second, 5 * time.Second}, "window"),
		batchSize:   pick(d, []int{1, 5, 10, 10, 10, 60}, "batch size"),
		pollers:     d.from(2, 5, "pollers"),
		maxReceives: d.from(3, 6, "max receives"),
		sharing:     pick(d, []int{1, 1, 3}, "sharing"),
		tight:       d.chance(0.15, "tight"),
		bucket:      newBucket(),
		bulky:       d.chance(0.05, "bulky"),
		routed:      d.chance(0.3, "routed"),
	}
	if d.chance(0.003, "huge") { // more than can be done in time, so that messages are left over
		p.calm = false
		p.batchSize, p.window, p.tight = pick(d, []int{1000, 3000, 10000}, "huge batch size"), 5*time.Second, false
	}
	if p.bulky = p.bulky && !p.tight && !p.huge(); p.bulky {
		p.batchSize = min(p.batchSize, 10)
	}
	if d.chance(0.4, "replays") || p.bulky {
		p.replayAt = append(p.replayAt, d.between(time.Minute, 6*time.Hour, "first replay"))
		if d.chance(0.3, "second replay") {
			p.replayAt = append(p.replayAt, p.replayAt[0]+d.between(time.Minute, 20*time.Hour, "second replay"))
		}
	}
	if p.batchSize > 10 && p.window == 0 {
		p.window = time.Second // as AWS demands
	}
	p.visibility = (p.timeout + p.window) * time.Duration(pick(d, []int{1, 2, 6}, "visibility"))
	// Long enough for all receives to time out one after another: what expires in the queue then, and was not kept waiting
	// by a backlog, is the function's fault.
	receive := p.visibility + p.window + longestBacklog
	p.retention = receive * time.Duration(p.maxReceives+1) * time.Duration(pick(d, []int{1, 2, 10}, "retention"))
	if p.changes = newChanges(d); len(p.changes) > 1 && d.chance(0.5, "long retention") {
		p.retention = max(p.retention, 7*24*time.Hour) // long enough for pauses to be sat out
	}
	p.dedupRetention = 2*p.retention + d.between(0, time.Hour, "dedup retention")
	p.maximumPayload = 16 << 10
	if p.bulky {
		p.maximumPayload = 1 << 20
	}
	p.expansion = 16 * p.maximumPayload
	if p.tight {
		p.expansion = p.maximumPayload * d.from(1, 4, "expansion")
	}
	if !p.calm {
		p.rates = newRates(d)
		if d.chance(0.1, "switched off") {
			p.offFrom = d.between(0, time.Minute, "off from")
			p.offUntil = p.offFrom + d.between(0, p.retention, "off until")
		}
	}
	p.populate()
	return p
}

// huge reports whether the world's batches are as large as batches can be.
func (p *plan) huge() bool { return p.batchSize >= 1000 }

// newRates gives every world its own mixture: most faults rare, some of them frequent.
func newRates(d dice) rates {
	rate := func(usual float64, name string) float64 {
		return usual * pick(d, []float64{0, 1, 1, 1, 6}, "rate", name)
	}
	return rates{
		crash: rate(0.006, "crash"), recycle: rate(0.1, "recycle"), stall: rate(0.003, "stall"), notInvoked: rate(0.01, "not invoked"),
		claimCrash: rate(0.004, "claim crash"), doubled: rate(0.015, "doubled"),
		ghost: rate(0.03, "ghost"), lostDelete: rate(0.02, "lost delete"),
		sqsRefused: rate(0.03, "sqs refused"), sqsLost: rate(0.03, "sqs lost"), entryFailed: rate(0.03, "entry failed"),
		refused: rate(0.02, "refused"), lost: rate(0.02, "lost"), retried: rate(0.02, "retried"),
		throttled: rate(0.03, "throttled"), slow: rate(0.03, "slow"), hang: rate(0.004, "hang"),
		spell:         rate(0.01, "spell"),
		unprocessed:   rate(0.04, "unprocessed"),
		bucketRefused: rate(0.08, "bucket refused"), bucketCut: rate(0.04, "bucket cut"),
		bucketSlow: rate(0.05, "bucket slow"), bucketHang: rate(0.02, "bucket hang"),
		flagsRefused: rate(0.1, "flags refused"), flagsSlow: rate(0.1, "flags slow"),
		ambiguous: rate(0.01, "ambiguous"), downstreamSlow: rate(0.02, "downstream slow"), downstreamHang: rate(0.01, "downstream hang"),
		stubborn: rate(0.15, "stubborn"),
	}
}
