package deliver

import (
	"context"
	"time"
)

// ReadLongAgo has the secret read, and forget that it was just now.
func ReadLongAgo(ctx context.Context, s *Secret) {
	if _, err := s.Token(ctx, ""); err != nil {
		panic(err)
	}
	s.read = time.Time{}
}
