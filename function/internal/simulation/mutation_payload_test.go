package simulation

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/payload"
	"cc-eventbridge/function/process"
)

// readWith puts something between the function and the payload bucket.
func readWith(change func(*world, process.Payloads) reads) mutation {
	return mutation{payloads: func(w *world, bucket process.Payloads) process.Payloads { return change(w, bucket) }}
}

// reads are a payload bucket that is only a function.
type reads func(ctx context.Context, key string, limit int) ([]byte, error)

func (r reads) Read(ctx context.Context, key string, limit int) ([]byte, error) {
	return r(ctx, key, limit)
}

// hasty takes every failure of the bucket for one that would come again.
func hasty(_ *world, bucket process.Payloads) reads {
	return func(ctx context.Context, key string, limit int) ([]byte, error) {
		object, err := bucket.Read(ctx, key, limit)
		if err != nil {
			err = &payload.Error{Reason: payload.MissingObject, Detail: err.Error()}
		}
		return object, err
	}
}

// hopeful takes an object that is missing, or too large, for one that may yet come.
func hopeful(_ *world, bucket process.Payloads) reads {
	return func(ctx context.Context, key string, limit int) ([]byte, error) {
		object, err := bucket.Read(ctx, key, limit)
		if permanent, ok := errors.AsType[*payload.Error](err); ok {
			err = errors.New(permanent.Detail)
		}
		return object, err
	}
}

// patient waits for an answer whatever the time is.
func patient(_ *world, bucket process.Payloads) reads {
	return func(ctx context.Context, key string, limit int) ([]byte, error) {
		return bucket.Read(context.WithoutCancel(ctx), key, limit)
	}
}

// twoHops follows a claim check in the object of another.
func twoHops(w *world, bucket process.Payloads) reads {
	return func(ctx context.Context, key string, limit int) ([]byte, error) {
		object, err := bucket.Read(ctx, key, limit)
		if _, where, found := strings.Cut(string(object), `"s3Key":"`); found {
			next, _, _ := strings.Cut(where, `"`)
			if next != key && len(w.plan.bucket.pointers(next)) > 0 {
				return bucket.Read(ctx, next, limit)
			}
		}
		return object, err
	}
}

// confused reads the object of another message that lies in the bucket.
func confused(w *world, bucket process.Payloads) reads {
	return func(ctx context.Context, key string, limit int) ([]byte, error) {
		for _, m := range w.plan.messages {
			if m.wrapping == checked && m.object != key {
				return bucket.Read(ctx, m.object, limit)
			}
		}
		return bucket.Read(ctx, key, limit)
	}
}

// nowhereElse says that bodies are in the bucket.
type nowhereElse struct{}

func (nowhereElse) Put(context.Context, string, []byte) error { return nil }

// producersOnly follows no claim check to what the function itself has put into the bucket.
func producersOnly(c *process.Config) { c.ClaimChecks.Prefixes = []string{contract.ProducerPrefix} }

// acknowledgeUnread takes messages whose payload could not be read off the list of failures.
func acknowledgeUnread(i *invocation, response []byte) []byte {
	type failure struct {
		Identifier string `json:"itemIdentifier"`
	}
	var partial struct {
		Failures []failure `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(response, &partial); err != nil {
		return response
	}
	partial.Failures = slices.DeleteFunc(partial.Failures, func(f failure) bool {
		return slices.ContainsFunc(i.batch, func(r received) bool { return r.id == f.Identifier && i.had(reading(r.message)).hindered })
	})
	changed, err := json.Marshal(partial)
	if err != nil {
		return response
	}
	return changed
}
