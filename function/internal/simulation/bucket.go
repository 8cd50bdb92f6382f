package simulation

import (
	"slices"
	"sync"
)

// bucket is the payload bucket.
type bucket struct {
	mu       sync.Mutex
	objects  map[string]string
	pointing map[string][]*message // who points to an object
}

func newBucket() *bucket {
	return &bucket{objects: map[string]string{}, pointing: map[string][]*message{}}
}

func (b *bucket) get(key string) (object string, found bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	object, found = b.objects[key]
	return object, found
}

func (b *bucket) put(key, object string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.objects[key] = object
}

func (b *bucket) remove(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.objects, key)
}

// point notes that a message can't be opened without an object.
func (b *bucket) point(key string, m *message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pointing[key] = append(b.pointing[key], m)
}

// pointers are the messages that can't be opened without an object.
func (b *bucket) pointers(key string) []*message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.pointing[key])
}
