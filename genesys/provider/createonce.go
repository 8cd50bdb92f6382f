package provider

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"cc-eventbridge/genesys/api"
)

// candidate is an object that has the name of one that shall be created.
type candidate struct {
	id string
	// ours is true of an object that an earlier create with the same inputs would have left.
	ours bool
}

// creation is how to make one object and no second one.
type creation struct {
	token, name string
	find        func(context.Context) ([]candidate, error)
	post        func(context.Context) (id string, err error)
}

// maxPosts bounds how often a create is asked for after Genesys Cloud said that it had failed by itself.
const maxPosts = 3

// searches are the pauses before each look for an object whose creation was not confirmed. Listings lag by up to
// staleness, and a request that nobody saw end may still be carried out: a minute is what gateways commonly give one.
func searches(stillRunning bool) []time.Duration {
	pauses := []time.Duration{time.Second, 3 * time.Second, 8 * time.Second, 15 * time.Second, 33 * time.Second}
	if stillRunning {
		pauses = append(pauses, 30*time.Second, 30*time.Second)
	}
	return pauses
}

// once returns the id of the one object, and whether it was there already.
func (c creation) once(ctx context.Context) (id string, found bool, err error) {
	if id, err = c.outlast(ctx); err != nil || id != "" {
		return id, id != "", err
	}
	// Asking again after the searches is as safe as the next run is, and without it a replacement that has deleted the old
	// object would end without a new one.
	for posts := 1; ; posts++ {
		id, err = c.post(ctx)
		if err == nil || !api.MayHaveHappened(err) {
			return id, false, err
		}
		id, lookErr := c.await(ctx, err)
		if id != "" {
			return id, true, nil
		}
		if lookErr != nil {
			return "", false, fmt.Errorf("%w; %w", err, lookErr)
		}
		if posts == maxPosts {
			return "", false, fmt.Errorf("%w; nothing named %q has appeared since; run `pulumi up` again, which looks for it before it creates one", err, c.name)
		}
	}
}

// outlast looks for the object, and again in an outage of up to a minute: a replacement has deleted the old object by now.
func (c creation) outlast(ctx context.Context) (id string, err error) {
	start := time.Now()
	waited := poll(ctx, "waiting for the end of an outage", func() (bool, error) {
		id, err = c.search(ctx)
		return !api.MayHaveHappened(err) || time.Since(start) >= time.Minute, nil
	})
	return id, cmp.Or(err, waited)
}

// await looks for an object whose creation failed with an error, until it would be there. A look that fails is followed by
// others: to give up early would have the next run create a second one.
func (c creation) await(ctx context.Context, failure error) (id string, err error) {
	for _, pause := range searches(api.StillRunning(failure)) {
		if waited := api.Pause(ctx, pause, "looking whether it was created all the same"); waited != nil {
			return "", fmt.Errorf("%w; it may exist: the next `pulumi up` looks for it before it creates one", waited)
		}
		if id, err = c.search(ctx); id != "" {
			return id, nil
		}
	}
	return "", err
}

// search looks for the object by its name. One that somebody else made is not taken over silently.
func (c creation) search(ctx context.Context) (string, error) {
	named, err := c.find(ctx)
	if err != nil {
		return "", err
	}
	var ours, others []string
	for _, n := range named {
		if n.ours {
			ours = append(ours, n.id)
		} else {
			others = append(others, n.id)
		}
	}
	switch {
	case len(ours) == 1:
		return ours[0], nil
	case len(ours) > 1:
		return "", fmt.Errorf("there are %d objects named %q already: %s; delete all but one in Genesys Cloud, or choose another name",
			len(ours), c.name, strings.Join(ours, ", "))
	case len(others) > 0:
		return "", fmt.Errorf("there is an object named %q already, with other settings: choose another name, or adopt it with `pulumi import %s <name> %s`",
			c.name, c.token, others[0])
	}
	return "", nil
}
