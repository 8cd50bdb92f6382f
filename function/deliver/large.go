package deliver

import "context"

// Store is the payload bucket as a target sees it.
type Store interface {
	// Put writes an object. It is called again with the same key and body after a failure.
	Put(ctx context.Context, key string, body []byte) error
}
