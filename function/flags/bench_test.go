package flags

import (
	"testing"
	"time"
)

var sink Topic

// BenchmarkTopic is what an event costs: the flags in effect and its topic.
func BenchmarkTopic(b *testing.B) {
	w := newWorld(nil)
	set, err := w.compile.load([]byte(full), "")
	if err != nil {
		b.Fatal(err)
	}
	w.current.Store(set)
	for _, topic := range []string{"v2.routing.queues.{id}.users", "not named in the document"} {
		b.Run(topic[:3], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sink = w.Current().Topic(topic)
			}
		})
	}
}

// BenchmarkPoke is what an invocation pays where no poll is due.
func BenchmarkPoke(b *testing.B) {
	w := newWorld(serves(full, ""))
	w.due = time.Now().Add(time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		w.Poke()
	}
}

// BenchmarkResume is what a cold start pays for the file.
func BenchmarkResume(b *testing.B) {
	cache := newCache(b.TempDir(), nil)
	if err := cache.write(kept{FetchedAt: time.Now(), Content: []byte(full)}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if set := newWorld(nil, WithCache(cache.folder)).Current(); set.Label == "" {
			b.Fatal("the file was not taken")
		}
	}
}

// BenchmarkParse reads a document of the usual size.
func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse([]byte(full)); err != nil {
			b.Fatal(err)
		}
	}
}
