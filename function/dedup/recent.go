package dedup

import (
	"hash/maphash"
	"sync"
	"time"
)

const (
	// recentTime is how long a key is remembered at the least; twice that at the most. Queues deliver a message twice within
	// minutes, if they do.
	recentTime = 5 * time.Minute
	// maxRecent bounds how many keys are remembered: twice that, at about 20 bytes each.
	maxRecent = 10_000
)

// recent are the keys that this process has completed in the last minutes. It says which claims are likely to find their
// item, so that it is read first; what the item says decides. Two keys of one hash cost a read in vain.
type recent struct {
	now  func() time.Time
	seed maphash.Seed

	mutex    sync.Mutex
	young    map[uint64]struct{}
	old      map[uint64]struct{}
	youngest time.Time // when young was begun
}

func newRecent(now func() time.Time) *recent {
	return &recent{now: now, seed: maphash.MakeSeed(), young: map[uint64]struct{}{}, youngest: now()}
}

func (r *recent) add(key string) {
	hash, now := maphash.String(r.seed, key), r.now()
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.forget(now)
	r.young[hash] = struct{}{}
}

func (r *recent) has(key string) bool {
	hash, now := maphash.String(r.seed, key), r.now()
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.forget(now)
	_, young := r.young[hash]
	_, old := r.old[hash]
	return young || old
}

// forget drops the old keys when the young ones are old, or too many.
func (r *recent) forget(now time.Time) {
	if age := now.Sub(r.youngest); age >= recentTime || len(r.young) >= maxRecent {
		r.old = r.young
		if age >= 2*recentTime {
			r.old = nil
		}
		r.young, r.youngest = map[uint64]struct{}{}, now
	}
}
