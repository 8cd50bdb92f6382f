package deliver

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"cc-eventbridge/function/internal/safely"
)

// renewAfter keeps a batch whose every event meets a refused credential, or one that can't be had, from asking for another one
// for each.
const renewAfter = time.Second

// credential is a secret or token that is got when it is first needed, again when it is refused, and shortly before it expires.
type credential struct {
	// what is got, for errors: "read downstream secret".
	what string
	// get gets it. The time is when to get another one; zero is never.
	get func(ctx context.Context) (string, time.Time, error)

	mutex sync.Mutex
	value string
	until time.Time
	err   error
	got   time.Time
	// getting is closed when the getting under way has ended; nil when there is none.
	getting chan struct{}
}

// Token returns the value at hand, or another one if that is the refused one. Those that need it at the same time wait for one
// getting, which is nobody's own: who stops waiting does not stop it.
func (c *credential) Token(ctx context.Context, refused string) (string, error) {
	for {
		c.mutex.Lock()
		if time.Since(c.got) < renewAfter || c.err == nil && c.value != "" && c.value != refused && (c.until.IsZero() || time.Now().Before(c.until)) {
			defer c.mutex.Unlock()
			return c.value, c.err
		}
		if c.getting == nil {
			c.getting = make(chan struct{})
			go c.renew(context.WithoutCancel(ctx))
		}
		getting := c.getting
		c.mutex.Unlock()
		select {
		case <-getting:
		case <-ctx.Done():
			return "", fmt.Errorf("%s: %w", c.what, ctx.Err())
		}
	}
}

// renew gets it and ends the getting under way.
func (c *credential) renew(ctx context.Context) {
	var (
		value string
		until time.Time
		err   = errors.New("it was not tried")
	)
	safely.Do(func() { value, until, err = c.get(ctx) }, func(panicked error) { err = panicked })
	if err != nil {
		err = fmt.Errorf("%s: %w", c.what, err)
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.value, c.until, c.err, c.got = value, until, err, time.Now()
	close(c.getting)
	c.getting = nil
}
