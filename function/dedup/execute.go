package dedup

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/transport/http"
)

const (
	// maxStatements is the most that one BatchExecuteStatement takes (Amazon DynamoDB API reference).
	maxStatements = 25
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
	// lost is true when the statement may have taken effect although its answer does not say so.
	lost bool
	err  error
}

type verdict uint8

const (
	applied    verdict = iota
	conflicted         // the statement's condition was false
	again              // throttled, or the answer was lost: send it again
	refused            // will never work: no permission, no such table, a statement that DynamoDB does not take
)

// execute sends statements, up to 25 a call with the calls side by side, and answers for each of them. No two may be on
// one key.
func (t *Table) execute(ctx context.Context, statements []types.BatchStatementRequest) []answer {
	answers := make([]answer, len(statements))
	var calls sync.WaitGroup
	for start := 0; start < len(statements); start += maxStatements {
		end := min(start+maxStatements, len(statements))
		if end == len(statements) {
			t.call(ctx, statements[start:end], answers[start:end])
			break
		}
		calls.Go(func() { t.call(ctx, statements[start:end], answers[start:end]) })
	}
	calls.Wait()
	return answers
}

func (t *Table) call(ctx context.Context, statements []types.BatchStatementRequest, answers []answer) {
	select {
	case t.calls <- struct{}{}:
		defer func() { <-t.calls }()
	case <-ctx.Done():
		for i := range answers {
			answers[i] = answer{verdict: again, err: fmt.Errorf("write to dedup table: wait for other calls: %w", ctx.Err())}
		}
		return
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	output, err := t.api.BatchExecuteStatement(ctx, &dynamodb.BatchExecuteStatementInput{Statements: statements})
	if err == nil && len(output.Responses) != len(statements) {
		err = fmt.Errorf("%d answers to %d statements", len(output.Responses), len(statements))
	}
	for i := range answers {
		if err != nil {
			answers[i] = callError(err)
		} else {
			answers[i] = statementError(output.Responses[i].Error)
		}
	}
}

// callError judges the error of a whole call.
func callError(err error) answer {
	err = fmt.Errorf("write to dedup table: %w", err)
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		// No answer, or not one of DynamoDB's: the network, a time-out, the end of ctx.
		return answer{verdict: again, lost: true, err: err}
	}
	switch api.ErrorCode() {
	case "ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException", "LimitExceededException":
		return answer{verdict: again, err: err}
	}
	// The SDK knows the fault of modelled errors only, and an HTTP status of all.
	response, ok := errors.AsType[*http.ResponseError](err)
	if api.ErrorFault() == smithy.FaultClient || ok && response.HTTPStatusCode() >= 400 && response.HTTPStatusCode() < 500 {
		return answer{verdict: refused, err: err}
	}
	return answer{verdict: again, lost: true, err: err}
}

// statementError judges the error of one statement of a call that was answered.
func statementError(failure *types.BatchStatementError) answer {
	if failure == nil {
		return answer{verdict: applied}
	}
	err := fmt.Errorf("write to dedup table: %s: %s", failure.Code, aws.ToString(failure.Message))
	switch failure.Code {
	case types.BatchStatementErrorCodeEnumDuplicateItem, types.BatchStatementErrorCodeEnumConditionalCheckFailed:
		return answer{verdict: conflicted}
	case types.BatchStatementErrorCodeEnumProvisionedThroughputExceeded,
		types.BatchStatementErrorCodeEnumRequestLimitExceeded,
		types.BatchStatementErrorCodeEnumThrottlingError,
		types.BatchStatementErrorCodeEnumTransactionConflict:
		return answer{verdict: again, err: err}
	case types.BatchStatementErrorCodeEnumInternalServerError:
		return answer{verdict: again, lost: true, err: err}
	default:
		return answer{verdict: refused, err: err}
	}
}
