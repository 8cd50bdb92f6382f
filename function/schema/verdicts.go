package schema

import (
	"hash/maphash"
	"sync"
)

// generation is how many verdicts one generation of the cache holds. Events of the embedded topics have a few shapes
// each, so that two generations, 1024 verdicts of some 100 bytes, hold all that a process meets.
const generation = 512

// key is a shape as one schema sees it.
type key struct {
	schema *compiled
	shape  uint64
}

// verdicts remembers what became of shapes. It holds two generations: a new verdict goes into the young one; when that is
// full it becomes the old one, and what was only in the old one is forgotten. A verdict that is used moves along.
type verdicts struct {
	seed maphash.Seed

	mu         sync.RWMutex
	young, old map[key]*Mismatch
}

func newVerdicts() *verdicts {
	return &verdicts{seed: maphash.MakeSeed(), young: map[key]*Mismatch{}}
}

func (v *verdicts) key(c *compiled, shape []byte) key {
	return key{c, maphash.Bytes(v.seed, shape)}
}

// of returns the verdict on a shape, if it is remembered.
func (v *verdicts) of(k key) (mismatch *Mismatch, known bool) {
	v.mu.RLock()
	mismatch, known = v.young[k]
	old := false
	if !known {
		mismatch, old = v.old[k]
	}
	v.mu.RUnlock()
	if old {
		v.remember(k, mismatch)
	}
	return mismatch, known || old
}

// remember keeps a verdict and reports whether it is a new one.
func (v *verdicts) remember(k key, mismatch *Mismatch) (isNew bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, known := v.young[k]; known {
		return false
	}
	_, known := v.old[k]
	if len(v.young) >= generation {
		v.old, v.young = v.young, make(map[key]*Mismatch, generation)
	}
	v.young[k] = mismatch
	return !known
}
