package harness

import "fmt"

// Case is what a batch consists of.
type Case int

// The cases, in the order in which one turn of an implementation runs them: the later ones repeat what the first delivered.
const (
	New        Case = iota // every event for the first time
	Duplicates             // every event again, under another message id
	Mixed                  // an old event and a new one in turn
)

// Cases lists them in that order.
func Cases() []Case { return []Case{New, Duplicates, Mixed} }

// String is the name in tables and files.
func (c Case) String() string {
	switch c {
	case New:
		return "new"
	case Duplicates:
		return "duplicates"
	case Mixed:
		return "mixed"
	default:
		return fmt.Sprintf("case %d", int(c))
	}
}

// Sequence hands out the batches for one implementation. It is not safe for concurrent use.
type Sequence struct {
	size  int
	given [3]int
}

// NewSequence starts at the first batch of that many records.
func NewSequence(size int) *Sequence { return &Sequence{size: size} }

// Next returns the next batch of a case as the payload of an invocation. There must have been a batch of new events
// before there can be duplicates of it.
func (s *Sequence) Next(c Case) ([]byte, error) {
	if c != New && s.given[New] == 0 {
		return nil, fmt.Errorf("a batch of %s was asked for before any batch of new events", c)
	}
	number := s.given[c]
	s.given[c]++
	records := make([]record, s.size)
	for i := range records {
		body, err := event(s.eventOf(c, number, i))
		if err != nil {
			return nil, err
		}
		records[i] = newRecord(c, number, i, body)
	}
	return encode(records)
}

// eventOf names the event at a position of a batch: its stream, and its number in there. Duplicates and the old half of
// a mixed batch go round through all the events delivered so far.
func (s *Sequence) eventOf(c Case, number, position int) (stream string, index int) {
	old := (number % max(s.given[New], 1)) * s.size
	switch {
	case c == New:
		return streamOf(New, s.size), number*s.size + position
	case c == Mixed && position%2 == 1:
		return streamOf(Mixed, s.size), number*s.size + position
	default:
		return streamOf(New, s.size), old + position
	}
}

// streamOf keeps the events of batches of different sizes apart.
func streamOf(c Case, size int) string { return fmt.Sprintf("%s-%d", c, size) }
