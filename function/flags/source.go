package flags

import (
	"context"
	"time"
)

// Source is where flags come from. A Poller calls it from one goroutine at a time.
type Source interface {
	// Fetch returns the document as it is now. It must return soon after ctx has ended. Its errors are logged, and must not
	// hold the document.
	Fetch(ctx context.Context) (Fetched, error)
}

// Fetched is what a Source has to say.
type Fetched struct {
	// Content is the document; empty: the one that was fetched before, or none at all.
	Content []byte
	// Label is the version's name, if it has one.
	Label string
	// Wait is how long the source asks to be left alone; 0: as long as the poller likes.
	Wait time.Duration
}
