package simulation

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/internal/dynamofake"
)

var (
	errNetwork = errors.New("read tcp: connection reset by peer")
	// errRetry is an answer that the SDK never saw, so that it sends the request again, unasked.
	errRetry = errors.New("answer lost, the SDK retries")
)

// stray is a request that has left a process which gave it up or died. It takes effect nevertheless, after a while.
type stray struct {
	after time.Duration
	cause error
}

func (s *stray) Error() string { return s.cause.Error() }

// strayKey marks the context of a stray request, which nobody can cancel any more.
type strayKey struct{}

// tableClient is the SDK's client of the table.
type tableClient struct{ world *world }

func (c tableClient) BatchExecuteStatement(ctx context.Context, in *dynamodb.BatchExecuteStatementInput, _ ...func(*dynamodb.Options)) (*dynamodb.BatchExecuteStatementOutput, error) {
	if i := invocationOf(ctx); i != nil {
		i.completing(in.Statements)
	}
	return send(ctx, c.world, func(ctx context.Context) (*dynamodb.BatchExecuteStatementOutput, error) {
		return c.world.table.BatchExecuteStatement(ctx, in)
	})
}

func (c tableClient) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	return send(ctx, c.world, func(ctx context.Context) (*dynamodb.BatchGetItemOutput, error) {
		return c.world.table.BatchGetItem(ctx, in)
	})
}

// send makes a call as the SDK does: again when it got no answer. A request that strays arrives on its own.
func send[Out any](ctx context.Context, w *world, call func(context.Context) (Out, error)) (Out, error) {
	for {
		out, err := call(ctx)
		if errors.Is(err, errRetry) {
			w.count("request taken twice")
			continue
		}
		var strayed *stray
		if errors.As(err, &strayed) {
			w.parts.Go(func() {
				time.Sleep(strayed.after)
				w.count("request arrived after it was given up")
				_, _ = call(context.WithValue(context.WithoutCancel(ctx), strayKey{}, true)) // nobody hears the answer
			})
			return out, strayed.cause
		}
		return out, err
	}
}

// tableHooks are the faults of DynamoDB and of the way there.
func (w *world) tableHooks() dynamofake.Hooks {
	return dynamofake.Hooks{
		Before: w.beforeTable, After: w.afterTable,
		Statement: w.throttle, Unprocessed: w.unprocessed, Observe: w.ledger.observe,
	}
}

func (w *world) beforeTable(ctx context.Context, call dynamofake.Call) (failed error) {
	if ctx.Value(strayKey{}) != nil {
		return nil
	}
	i, d, r := invocationOf(ctx), w.plan.dice, w.plan.rates
	if i == nil {
		w.violate("a call of %s has not the context of its invocation", call.Operation)
		return errNetwork
	}
	about := call.Operation
	if len(call.Statements) > 0 {
		about = call.Statements[0]
	}
	for n, key := range call.Keys {
		i.callBegins(key, n < len(call.Statements) && call.Statements[n] == "DELETE")
	}
	defer func() {
		if failed != nil {
			i.fault(call.Keys...)
			i.callEnds(call.Keys)
		}
	}()
	name, err := i.enter(ctx, about+" "+call.Keys[0])
	if err != nil {
		return err
	}
	i.mu.Lock()
	i.calls[call.Number] = name
	i.mu.Unlock()
	latency := w.latency(name)
	i.crashDuring(name, latency)
	if d.chance(r.refused, "refused", name) {
		w.count(about + " refused")
		if err := i.wait(ctx, latency); err != nil {
			return err
		}
		return pick(d, []error{
			errNetwork, &types.ProvisionedThroughputExceededException{}, &types.RequestLimitExceeded{}, &types.InternalServerError{},
		}, "refusal", name)
	}
	if err := i.wait(ctx, latency/2); err != nil {
		w.count(about + " interrupted")
		if d.chance(0.5, "strays", name) {
			longest := pick(d, []time.Duration{time.Second, 5 * time.Second, 5 * time.Minute}, "longest stray", name)
			return &stray{after: d.between(time.Millisecond, longest, "stray", name), cause: err}
		}
		return err
	}
	return nil
}

// latency is mostly that of DynamoDB on a good day, sometimes that of a bad one, and sometimes no answer comes at all.
func (w *world) latency(name string) time.Duration {
	d := w.plan.dice
	switch {
	case d.chance(w.plan.rates.hang, "hang", name):
		w.count("call hung")
		return time.Hour + d.between(0, time.Second, "latency", name)
	case d.chance(w.plan.rates.slow, "slow", name):
		w.count("call slow")
		return d.between(200*time.Millisecond, 5*time.Second, "latency", name)
	default:
		return d.between(3*time.Millisecond, 25*time.Millisecond, "latency", name)
	}
}

func (w *world) afterTable(ctx context.Context, call dynamofake.Call) error {
	if ctx.Value(strayKey{}) != nil {
		return nil
	}
	i, d, r := invocationOf(ctx), w.plan.dice, w.plan.rates
	read := len(call.Statements) == 0
	defer i.callEnds(call.Keys)
	i.mu.Lock()
	name := i.calls[call.Number]
	i.mu.Unlock()
	what, _, _ := strings.Cut(strings.TrimPrefix(name, i.name+" "), " ")
	if err := i.crash("after " + name); err != nil {
		return err
	}
	w.trace("%s took effect", name)
	if what == "INSERT" {
		if err := i.crashAfterClaims(name); err != nil {
			return err
		}
	}
	if read {
		for _, key := range call.Keys {
			w.ledger.meet(i, key)
		}
	}
	switch {
	case d.chance(r.lost, "lost", name):
		i.fault(call.Keys...)
		w.count(what + " took effect, answer lost")
		if err := i.wait(ctx, d.between(time.Millisecond, time.Second, "loss", name)); err != nil {
			return err
		}
		return pick(d, []error{errNetwork, &types.InternalServerError{}}, "loss", name)
	case d.chance(r.retried, "retried", name):
		if err := i.wait(ctx, d.between(time.Millisecond, time.Second, "retry", name)); err != nil {
			i.fault(call.Keys...)
			return err
		}
		for _, key := range call.Keys {
			i.on(key, func(t *trouble) { t.resent = true })
		}
		return errRetry
	}
	if err := i.wait(ctx, w.latency(name)/2); err != nil {
		i.fault(call.Keys...)
		w.count(what + " took effect, answer not awaited")
		return err
	}
	return nil
}

// longestSpell is how long a key is throttled when its partition is hot.
const longestSpell = 5 * time.Second

// throttle fails single statements of a call.
func (w *world) throttle(ctx context.Context, call dynamofake.Call, index int) types.BatchStatementErrorCodeEnum {
	i, d, key := invocationOf(ctx), w.plan.dice, call.Keys[index]
	if i == nil || ctx.Value(strayKey{}) != nil {
		return ""
	}
	i.mu.Lock()
	name := i.calls[call.Number]
	i.mu.Unlock()
	rate := w.plan.rates.throttled
	if bucket := time.Since(w.start) / longestSpell; d.chance(w.plan.rates.spell, "spell", key, itoa(int(bucket))) {
		w.count("key throttled for a while")
		rate = 0.9
	}
	if !d.chance(rate, "throttled", name, key) {
		return ""
	}
	i.fault(key)
	w.count(call.Statements[index] + " throttled")
	return pick(d, []types.BatchStatementErrorCodeEnum{
		types.BatchStatementErrorCodeEnumThrottlingError,
		types.BatchStatementErrorCodeEnumProvisionedThroughputExceeded,
		types.BatchStatementErrorCodeEnumRequestLimitExceeded,
		types.BatchStatementErrorCodeEnumTransactionConflict,
		types.BatchStatementErrorCodeEnumInternalServerError,
	}, "throttling", name, key)
}

func (w *world) unprocessed(ctx context.Context, call dynamofake.Call, key string) bool {
	i := invocationOf(ctx)
	if i == nil || ctx.Value(strayKey{}) != nil {
		return false
	}
	i.mu.Lock()
	name := i.calls[call.Number]
	i.mu.Unlock()
	if !w.plan.dice.chance(w.plan.rates.unprocessed, "unprocessed", name, key) {
		return false
	}
	i.fault(key)
	w.count("key left unprocessed")
	return true
}
