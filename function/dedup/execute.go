package dedup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/awshttp"
	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/internal/backoff"
	"cc-eventbridge/function/internal/safely"
)

const (
	// The waits between attempts at throttled or unanswered statements.
	waitBase  = 25 * time.Millisecond
	waitLimit = time.Second
)

// write is one statement on its way to a certain answer.
type write struct {
	index     int // of the caller's request
	key       string
	statement types.BatchStatementRequest
	// tried is true once it may have taken effect, whatever was answered.
	tried bool
	// reading is true when the item must be read before anything is written.
	reading bool
	err     error
}

// rules say what the outcome of a write means to the caller.
type rules struct {
	// applied is called for a write that took effect.
	applied func(w *write)
	// found is called with the item that made a write's condition false. It reports whether w, which it may have given
	// another statement, is to be sent again.
	found func(w *write, item item, exists bool) bool
	// givenUp is called for a write whose outcome can't be had: refused, or attempts or time ran out.
	givenUp func(w *write)
}

// resolution takes writes to certain answers: sends them in batches, reads the items that are in the way in one go, sends what
// follows from them, and tries again what was throttled or not answered until attempts are used up or the context ends.
type resolution struct {
	table    *Table
	attempts int
	waits    *backoff.Backoff
	rules    rules
	// writes are those to send, blocked those whose item must be read first.
	writes, blocked []*write
	attempt         int
	throttled       bool // in this attempt
}

func (t *Table) resolution(writes []*write, attempts int, seed uint64, rules rules) *resolution {
	r := &resolution{table: t, attempts: attempts, waits: backoff.New(waitBase, waitLimit, seed), rules: rules}
	for _, w := range writes {
		r.add(w)
	}
	return r
}

// add has a write sent in the next attempt, or its item read first.
func (r *resolution) add(w *write) {
	if w.reading {
		r.blocked = append(r.blocked, w)
	} else {
		r.writes = append(r.writes, w)
	}
}

// resolve is a whole resolution. It returns when every write has its answer.
func (t *Table) resolve(ctx context.Context, writes []*write, attempts int, seed uint64, rules rules) {
	r := t.resolution(writes, attempts, seed, rules)
	r.send(ctx)
	r.follow(ctx)
}

// resolved reports whether every write has its answer.
func (r *resolution) resolved() bool { return len(r.writes)+len(r.blocked) == 0 }

// send sends the writes once. The answers of a call are acted on as it ends.
func (r *resolution) send(ctx context.Context) {
	writes := inOrder(r.writes)
	r.writes, r.throttled = nil, false
	if len(writes) == 0 {
		return
	}
	statements := make([]types.BatchStatementRequest, len(writes))
	for i, w := range writes {
		statements[i] = w.statement
	}
	r.table.execute(ctx, statements, func(i int, answer answer) {
		w := writes[i]
		w.tried = w.tried || !answer.never
		w.err = answer.err
		switch answer.verdict {
		case applied:
			r.rules.applied(w)
		case conflicted:
			r.blocked = append(r.blocked, w)
		case again:
			r.throttled = true
			r.writes = append(r.writes, w)
		case refused:
			r.rules.givenUp(w)
		}
	})
}

// inOrder brings writes into the order of the caller's requests, in which those that matter most come first.
func inOrder(writes []*write) []*write {
	slices.SortFunc(writes, func(a, b *write) int { return a.index - b.index })
	return writes
}

// follow reads what is in the way of writes, and goes on until each has its answer.
func (r *resolution) follow(ctx context.Context) {
	for r.read(ctx); !r.resolved(); r.read(ctx) {
		// What follows from a read is sent at once, but only the first time: an item can change under every attempt.
		patient := r.throttled || r.attempt > 0
		if ctx.Err() != nil || r.attempt+1 >= r.attempts || patient && !r.waits.Wait(ctx, r.attempt) {
			break
		}
		r.attempt++
		r.send(ctx)
	}
	for _, w := range append(r.writes, r.blocked...) {
		r.rules.givenUp(w)
	}
}

// read reads the items that are in the way.
func (r *resolution) read(ctx context.Context) {
	blocked := inOrder(r.blocked)
	r.blocked = nil
	for i, answer := range r.table.readAll(ctx, blocked) {
		w := blocked[i]
		if w.reading = !answer.known; w.reading {
			r.throttled = true
			w.err = answer.err
			r.add(w)
		} else if r.rules.found(w, answer.item, answer.exists) {
			r.add(w)
		}
	}
}

func (t *Table) readAll(ctx context.Context, blocked []*write) []found {
	if len(blocked) == 0 {
		return nil
	}
	keys := make([]string, len(blocked))
	for i, w := range blocked {
		keys[i] = w.key
	}
	return t.read(ctx, keys)
}

const (
	// MaxStatements is the most that one BatchExecuteStatement takes (Amazon DynamoDB API reference).
	MaxStatements = 25
	// maxCalls is how many calls are under way at a time, for all invocations of a process: as many as connections are
	// kept open. A batch of 10,000 would otherwise make 400 at once, each over a connection of its own.
	maxCalls = 32
	// callTimeout bounds one call. DynamoDB answers in tens of milliseconds; a connection that hangs is given up soon
	// enough to try another before the deadline.
	callTimeout = 2 * time.Second
)

// answer is what became of one statement.
type answer struct {
	verdict verdict
	// never is true when it can't have taken effect: it did not leave, or its sender may do nothing at all.
	never bool
	err   error
}

type verdict uint8

const (
	applied    verdict = iota
	conflicted         // the statement's condition was false
	again              // throttled, or the answer was lost: send it again
	refused            // will never work: no permission, no such table, a statement that DynamoDB does not take
)

// execute sends statements, up to 25 a call with the calls side by side, and hands over the answer to each of them as soon as
// its call has ended. No two may be on one key.
func (t *Table) execute(ctx context.Context, statements []types.BatchStatementRequest, answered func(i int, answer answer)) {
	answers := make([]answer, len(statements))
	call := func(start, end int) {
		safely.Do(func() { t.call(ctx, statements[start:end], answers[start:end]) }, func(err error) {
			for i := range answers[start:end] {
				answers[start+i] = answer{verdict: refused, err: fmt.Errorf("write to dedup table: %w", err)}
			}
		})
	}
	hand := func(start, end int) {
		for i := range answers[start:end] {
			answered(start+i, answers[start+i])
		}
	}
	if len(statements) <= MaxStatements {
		call(0, len(statements)) // on this goroutine, whose stack has grown to what the SDK needs
		hand(0, len(statements))
		return
	}
	ended := make(chan int)
	for start := 0; start < len(statements); start += MaxStatements {
		go func() {
			call(start, min(start+MaxStatements, len(statements)))
			ended <- start
		}()
	}
	for range (len(statements) + MaxStatements - 1) / MaxStatements {
		start := <-ended
		hand(start, min(start+MaxStatements, len(statements)))
	}
}

// slot waits until fewer than maxCalls calls are under way. done gives the slot back.
func (t *Table) slot(ctx context.Context) (done func(), err error) {
	select {
	case t.calls <- struct{}{}:
		return func() { <-t.calls }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for other calls: %w", ctx.Err())
	}
}

// call sends up to 25 statements.
func (t *Table) call(ctx context.Context, statements []types.BatchStatementRequest, answers []answer) {
	output, err := t.send(ctx, statements)
	switch {
	case err == nil:
		for i := range answers {
			answers[i] = statementError(output[i].Error)
		}
	case awshttp.RefusedForOne(err, len(statements)):
		half := len(statements) / 2
		t.call(ctx, statements[:half], answers[:half])
		t.call(ctx, statements[half:], answers[half:])
	default:
		for i := range answers {
			answers[i] = callError(err)
		}
	}
}

// errUnsent is of statements that never left: there was no time for them.
var errUnsent = errors.New("not sent")

// send makes one call.
func (t *Table) send(ctx context.Context, statements []types.BatchStatementRequest) ([]types.BatchStatementResponse, error) {
	done, err := t.slot(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnsent, err)
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	output, err := t.api.BatchExecuteStatement(ctx, &dynamodb.BatchExecuteStatementInput{Statements: statements})
	if err == nil && len(output.Responses) != len(statements) {
		err = fmt.Errorf("%d answers to %d statements", len(output.Responses), len(statements))
	}
	if err != nil {
		return nil, err
	}
	return output.Responses, nil
}

// callError judges the error of a whole call.
func callError(err error) answer {
	refusal, unsent := awshttp.RefusalOf(err), errors.Is(err, errUnsent)
	err = fmt.Errorf("write to dedup table: %w", err)
	switch {
	case unsent:
		return answer{verdict: again, never: true, err: err}
	case refusal == awshttp.Throttled, refusal == awshttp.Unanswered:
		return answer{verdict: again, err: err}
	default:
		return answer{verdict: refused, never: refusal == awshttp.CallerRefused, err: err}
	}
}

// statementError judges the error of one statement of a call that was answered.
func statementError(failure *types.BatchStatementError) answer {
	if failure == nil {
		return answer{verdict: applied}
	}
	err := fmt.Errorf("write to dedup table: DynamoDB answered %s", awshttp.Code(string(failure.Code)))
	switch failure.Code {
	case types.BatchStatementErrorCodeEnumDuplicateItem, types.BatchStatementErrorCodeEnumConditionalCheckFailed:
		return answer{verdict: conflicted}
	case types.BatchStatementErrorCodeEnumProvisionedThroughputExceeded,
		types.BatchStatementErrorCodeEnumRequestLimitExceeded,
		types.BatchStatementErrorCodeEnumThrottlingError,
		types.BatchStatementErrorCodeEnumTransactionConflict,
		types.BatchStatementErrorCodeEnumInternalServerError:
		return answer{verdict: again, err: err}
	default:
		return answer{verdict: refused, err: err}
	}
}

// maxKeys is the most that one BatchGetItem takes (Amazon DynamoDB API reference).
const maxKeys = 100

// found is what a read says about one key: known is false where the read failed or left the key out, and there is only
// an error that may say why.
type found struct {
	item   item
	exists bool
	known  bool
	err    error
}

// read reads keys consistently, up to 100 a call with the calls side by side.
func (t *Table) read(ctx context.Context, keys []string) []found {
	answers := make([]found, len(keys))
	var calls sync.WaitGroup
	for start := 0; start < len(keys); start += maxKeys {
		end := min(start+maxKeys, len(keys))
		safely.Go(&calls, func() { t.readCall(ctx, keys[start:end], answers[start:end]) }, func(err error) {
			for i := range answers[start:end] {
				answers[start+i] = found{err: fmt.Errorf("read dedup table: %w", err)}
			}
		})
	}
	calls.Wait()
	return answers
}

// Completed reports for each request whether its event has been acted on, by a consistent read. It claims nothing. What can't be
// read counts as not completed.
func (t *Table) Completed(ctx context.Context, requests []Request) []bool {
	keys, completed := make([]string, len(requests)), make([]bool, len(requests))
	for i, request := range requests {
		keys[i] = request.Key
	}
	for i, found := range t.read(ctx, keys) {
		completed[i] = found.exists && found.item.state == contract.StateCompleted &&
			found.item.payloadHash == requests[i].PayloadHash && !found.item.expired(t.now())
	}
	return completed
}

func (t *Table) readCall(ctx context.Context, keys []string, answers []found) {
	done, err := t.slot(ctx)
	if err != nil {
		for i := range answers {
			answers[i].err = fmt.Errorf("read dedup table: %w", err)
		}
		return
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	index := make(map[string]int, len(keys))
	request := types.KeysAndAttributes{ConsistentRead: aws.Bool(true)}
	for i, key := range keys {
		index[key] = i
		request.Keys = append(request.Keys, map[string]types.AttributeValue{contract.TableKey: stringValue(key)})
	}
	output, err := t.api.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
		RequestItems: map[string]types.KeysAndAttributes{t.name: request},
	})
	if err != nil {
		for i := range answers {
			answers[i].err = fmt.Errorf("read dedup table: %w", err)
		}
		return
	}
	for i := range answers {
		answers[i].known = true
	}
	for _, key := range output.UnprocessedKeys[t.name].Keys {
		if i, ok := index[text(key[contract.TableKey])]; ok {
			answers[i] = found{err: fmt.Errorf("read dedup table: throttled")}
		}
	}
	for _, attributes := range output.Responses[t.name] {
		if i, ok := index[text(attributes[contract.TableKey])]; ok {
			answers[i] = found{item: readItem(attributes), exists: true, known: true}
		}
	}
}
