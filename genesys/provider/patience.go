package provider

import (
	"context"
	"time"

	"cc-eventbridge/genesys/api"
)

// staleness is how long Genesys Cloud may answer what was before a write. It gives no figure; CX-as-Code retries a read
// that answers 404 after a create, and looks for 30 seconds whether an integration is gone after its deletion.
const staleness = time.Minute

const (
	firstPoll = time.Second
	lastPoll  = 15 * time.Second
)

// poll asks until the answer is yes, an error, or the end of ctx.
func poll(ctx context.Context, what string, done func() (bool, error)) error {
	for pause := firstPoll; ; pause = min(lastPoll, pause*3/2) {
		if ok, err := done(); ok || err != nil {
			return err
		}
		if err := api.Pause(ctx, pause, what); err != nil {
			return err
		}
	}
}

// patiently repeats what answers 404 until an object that exists must have appeared.
func patiently(ctx context.Context, do func() error) (err error) {
	start := time.Now()
	waited := poll(ctx, "waiting until the object appears", func() (bool, error) {
		err = do()
		return !api.NotFound(err) || time.Since(start) >= staleness, nil
	})
	if waited != nil {
		return waited // not the 404: whether it would have stayed is not known
	}
	return err
}
