package simulation

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/dedup"
)

// tampered is a client of the table with something wrong with it.
type tampered struct {
	dedup.API
	statements   func(*dynamotypes.BatchStatementRequest)
	answers      func(dynamotypes.BatchStatementRequest, *dynamotypes.BatchStatementResponse)
	items        func(map[string]dynamotypes.AttributeValue)
	inconsistent bool
	skip         func(dynamotypes.BatchStatementRequest) bool
	delays       func(dynamotypes.BatchStatementRequest) bool
}

func dynamo(t tampered) mutation {
	return mutation{dynamo: func(_ *world, api dedup.API) dedup.API {
		client := t
		client.API = api
		return client
	}}
}

func (t tampered) BatchExecuteStatement(ctx context.Context, in *dynamodb.BatchExecuteStatementInput, options ...func(*dynamodb.Options)) (*dynamodb.BatchExecuteStatementOutput, error) {
	sent := &dynamodb.BatchExecuteStatementInput{}
	answers := make([]dynamotypes.BatchStatementResponse, len(in.Statements))
	var positions []int
	for n, s := range in.Statements {
		if t.skip != nil && t.skip(s) {
			continue
		}
		if t.statements != nil {
			t.statements(&s)
		}
		sent.Statements = append(sent.Statements, s)
		positions = append(positions, n)
	}
	if t.delays != nil && slices.ContainsFunc(sent.Statements, t.delays) {
		time.Sleep(time.Second)
	}
	if len(sent.Statements) > 0 {
		out, err := t.API.BatchExecuteStatement(ctx, sent, options...)
		if err != nil {
			return nil, err
		}
		for n, position := range positions {
			answers[position] = out.Responses[n]
		}
	}
	if t.answers != nil {
		for n := range answers {
			t.answers(in.Statements[n], &answers[n])
		}
	}
	return &dynamodb.BatchExecuteStatementOutput{Responses: answers}, nil
}

func (t tampered) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, options ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	if t.inconsistent {
		sent := dynamodb.BatchGetItemInput{RequestItems: map[string]dynamotypes.KeysAndAttributes{}}
		for table, keys := range in.RequestItems {
			keys.ConsistentRead = nil
			sent.RequestItems[table] = keys
		}
		in = &sent
	}
	out, err := t.API.BatchGetItem(ctx, in, options...)
	if err == nil && t.items != nil {
		for _, item := range out.Responses[tableName] {
			t.items(item)
		}
	}
	return out, err
}

func isRelease(s dynamotypes.BatchStatementRequest) bool {
	return aws.ToString(s.Statement) == dedup.ReleaseStatement(tableName)
}

func rewrite(change func(*dynamotypes.BatchStatementRequest)) tampered {
	return tampered{statements: change}
}

// drop takes conditions off the end of a statement, and their parameters.
func drop(s *dynamotypes.BatchStatementRequest, conditions ...string) {
	text := aws.ToString(s.Statement)
	for _, c := range conditions {
		condition := ` AND "` + c + `"=?`
		before, after, found := strings.Cut(text, condition)
		if !found {
			panic("no condition on " + c + " in " + text)
		}
		parameter := strings.Count(before, "?")
		s.Parameters = slices.Delete(slices.Clone(s.Parameters), parameter, parameter+1)
		text = before + after
	}
	s.Statement = aws.String(text)
}

func unfenced(s *dynamotypes.BatchStatementRequest) {
	if isCompletion(*s) || isRelease(*s) {
		drop(s, contract.TableOwner)
	}
}

func unconditional(s *dynamotypes.BatchStatementRequest) {
	if isCompletion(*s) {
		drop(s, contract.TableOwner, contract.TableState)
	}
}

func unconditionalRelease(s *dynamotypes.BatchStatementRequest) {
	if isRelease(*s) {
		drop(s, contract.TableOwner, contract.TableState)
	}
}

// lapsed makes every lease that is read look lapsed. The theft, which compares the lease's end with what was read, would
// fail because of that: anyLease takes the comparison away as well.
func lapsed(item map[string]dynamotypes.AttributeValue) {
	if _, leased := item[contract.TableLeaseEnd]; leased {
		item[contract.TableLeaseEnd] = &dynamotypes.AttributeValueMemberN{Value: "1"}
	}
}

func anyLease(s *dynamotypes.BatchStatementRequest) {
	if aws.ToString(s.Statement) == dedup.StealStatement(tableName) {
		drop(s, contract.TableLeaseEnd)
	}
}

func mutateAnswers(change func(dynamotypes.BatchStatementRequest, *dynamotypes.BatchStatementResponse)) tampered {
	return tampered{answers: change}
}

func throttledCompletion(s dynamotypes.BatchStatementRequest, r *dynamotypes.BatchStatementResponse) {
	if isCompletion(s) {
		r.Error = nil
	}
}

func duplicateClaimed(_ dynamotypes.BatchStatementRequest, r *dynamotypes.BatchStatementResponse) {
	if r.Error != nil && r.Error.Code == dynamotypes.BatchStatementErrorCodeEnumDuplicateItem {
		r.Error = nil
	}
}

var (
	skipCompletions = tampered{skip: isCompletion}
	skipReleases    = tampered{skip: isRelease}
)

// someRefused refuses to say what came of the claims of some events, and takes them back at that.
func someRefused(s dynamotypes.BatchStatementRequest, r *dynamotypes.BatchStatementResponse) {
	if aws.ToString(s.Statement) == dedup.InsertStatement(tableName) && dice(0).chance(0.1, "refused", text(s.Parameters[0])) {
		r.Error = refusal
	}
}

// releasedNowAndThen releases the claims on some events instead of completing them, as for deliveries that never reported.
func releasedNowAndThen(s *dynamotypes.BatchStatementRequest) {
	const keyParameter = 2
	if isCompletion(*s) && dice(0).chance(0.1, "released", text(s.Parameters[keyParameter])) {
		state, expiry := 0, 1
		s.Statement = aws.String(dedup.ReleaseStatement(tableName))
		s.Parameters = slices.Delete(slices.Clone(s.Parameters), state, expiry+1)
	}
}

// throttledUnreleased takes a claim whose last answer was a throttling for one that was never made.
func throttledUnreleased(_ *world, api dedup.API) dedup.API {
	return throttleBeliever{api, &sync.Map{}}
}

type throttleBeliever struct {
	dedup.API
	throttled *sync.Map // owner tokens and keys
}

func (b throttleBeliever) BatchExecuteStatement(ctx context.Context, in *dynamodb.BatchExecuteStatementInput, options ...func(*dynamodb.Options)) (*dynamodb.BatchExecuteStatementOutput, error) {
	return tampered{
		API: b.API,
		skip: func(s dynamotypes.BatchStatementRequest) bool {
			_, found := b.throttled.Load(text(s.Parameters[0]) + " " + text(s.Parameters[1]))
			return isRelease(s) && found
		},
		answers: func(s dynamotypes.BatchStatementRequest, r *dynamotypes.BatchStatementResponse) {
			if aws.ToString(s.Statement) != dedup.InsertStatement(tableName) {
				return
			}
			const ownerParameter = 2
			claim := text(s.Parameters[0]) + " " + text(s.Parameters[ownerParameter])
			switch {
			case r.Error == nil || r.Error.Code == dynamotypes.BatchStatementErrorCodeEnumDuplicateItem:
				b.throttled.Delete(claim)
			default:
				b.throttled.Store(claim, true)
			}
		},
	}.BatchExecuteStatement(ctx, in, options...)
}

// refusal is an error that is not worth another try.
var refusal = &dynamotypes.BatchStatementError{Code: dynamotypes.BatchStatementErrorCodeEnumAccessDenied}

// resigned is a client of the table that refuses a statement about a key for good once it has failed.
type resigned struct {
	dedup.API
	concerns func(dynamotypes.BatchStatementRequest) bool
	failed   *sync.Map // owner tokens and keys
}

func resigning(concerns func(dynamotypes.BatchStatementRequest) bool) mutation {
	return mutation{dynamo: func(_ *world, api dedup.API) dedup.API { return resigned{api, concerns, &sync.Map{}} }}
}

func (r resigned) BatchExecuteStatement(ctx context.Context, in *dynamodb.BatchExecuteStatementInput, options ...func(*dynamodb.Options)) (*dynamodb.BatchExecuteStatementOutput, error) {
	refuses := func(s dynamotypes.BatchStatementRequest) bool {
		_, failed := r.failed.Load(about(s))
		return failed && r.concerns(s)
	}
	out, err := tampered{
		API: r.API, skip: refuses,
		answers: func(s dynamotypes.BatchStatementRequest, answer *dynamotypes.BatchStatementResponse) {
			if refuses(s) {
				answer.Error = refusal
			}
		},
	}.BatchExecuteStatement(ctx, in, options...)
	for n, s := range in.Statements {
		if err != nil || out.Responses[n].Error != nil && out.Responses[n].Error.Code != dynamotypes.BatchStatementErrorCodeEnumConditionalCheckFailed {
			r.failed.Store(about(s), true)
		}
	}
	return out, err
}

// about names the invocation and the event of a statement: all that is text in it.
func about(s dynamotypes.BatchStatementRequest) string {
	words := []string{aws.ToString(s.Statement)}
	for _, p := range s.Parameters {
		words = append(words, text(p))
	}
	return strings.Join(words, " ")
}
