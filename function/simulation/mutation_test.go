package simulation

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"cc-eventbridge/function/claim"
	"cc-eventbridge/function/process"
)

// worldsToCatch is how many worlds a mutation may survive. Most are caught within thirty.
const worldsToCatch = 1500

// TestMutationIsCaught takes one protection away at a time. If the promises still seem to hold, the simulation is blind.
func TestMutationIsCaught(t *testing.T) {
	for _, c := range []struct {
		name     string
		mutation mutation
		// breaks is what one of the violations must say: the mutation must be caught for what it is.
		breaks string
	}{
		{"completions and releases are not fenced", dynamo(rewrite(unfenced)), "the claim of"},
		{"completions are unconditional", dynamo(rewrite(unconditional)), "completes the claim of|overwrites"},
		{"releases are unconditional", dynamo(rewrite(unconditionalRelease)), "releases the claim of|overwrites or removes"},
		{"the lease has no margin", mutation{settings: func(c *process.Config) { c.LeaseMargin = -time.Nanosecond }}, "which is alive"},
		{"the lease ends before the deadline", mutation{settings: func(c *process.Config) { c.LeaseMargin = -c.QueueVisibilityTimeout / 4 }}, "which is alive"},
		{"leases are stolen whether lapsed or not", dynamo(tampered{items: lapsed, statements: anyLease}), "steals a lease"},
		{"acknowledged before quarantined", mutation{sqs: lateQuarantine}, "not in the validation queue|no completed record"},
		{"failed entries of the validation queue are overlooked", mutation{sqs: blindQuarantine}, "not in the validation queue|no completed record"},
		{"a throttled completion passes for a completion", dynamo(mutateAnswers(throttledCompletion)), "no completed record"},
		{"a duplicate passes for a new event", dynamo(mutateAnswers(duplicateClaimed)), "runs|completed record|claim of"},
		{"completions are skipped", dynamo(skipCompletions), "no completed record"},
		{"failures are not reported", mutation{responses: func([]byte) []byte { return []byte(`{"batchItemFailures":[]}`) }}, "acknowledges"},
		{"the back-off takes no heed of the retention", mutation{settings: func(c *process.Config) { c.MessageRetention = 14 * 24 * time.Hour }}, "expired in the queue"},
		{"releases are skipped", dynamo(skipReleases), "still holds the claim"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			caught := regexp.MustCompile(c.breaks)
			for seed := uint64(1); seed <= worldsToCatch; seed++ {
				r := play(t, seed, c.mutation, false)
				if i := slices.IndexFunc(r.violations, caught.MatchString); i >= 0 {
					t.Logf("caught in world %d: %s", seed, r.violations[i])
					return
				}
			}
			t.Errorf("not caught in %d worlds", worldsToCatch)
		})
	}
}

// tampered is a client of the table with something wrong with it.
type tampered struct {
	claim.API
	statements func(*dynamotypes.BatchStatementRequest)
	answers    func(dynamotypes.BatchStatementRequest, *dynamotypes.BatchStatementResponse)
	items      func(map[string]dynamotypes.AttributeValue)
	skip       func(dynamotypes.BatchStatementRequest) bool
}

func dynamo(t tampered) mutation {
	return mutation{dynamo: func(_ *world, api claim.API) claim.API {
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
	out, err := t.API.BatchGetItem(ctx, in, options...)
	if err == nil && t.items != nil {
		for _, item := range out.Responses[tableName] {
			t.items(item)
		}
	}
	return out, err
}

func isCompletion(s dynamotypes.BatchStatementRequest) bool {
	return aws.ToString(s.Statement) == claim.CompleteStatement(tableName)
}

func isRelease(s dynamotypes.BatchStatementRequest) bool {
	return aws.ToString(s.Statement) == claim.ReleaseStatement(tableName)
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
		drop(s, claim.OwnerAttribute)
	}
}

func unconditional(s *dynamotypes.BatchStatementRequest) {
	if isCompletion(*s) {
		drop(s, claim.OwnerAttribute, claim.StateAttribute)
	}
}

func unconditionalRelease(s *dynamotypes.BatchStatementRequest) {
	if isRelease(*s) {
		drop(s, claim.OwnerAttribute, claim.StateAttribute)
	}
}

// lapsed makes every lease that is read look lapsed. The theft, which compares the lease's end with what was read, would
// fail because of that: anyLease takes the comparison away as well.
func lapsed(item map[string]dynamotypes.AttributeValue) {
	if _, leased := item[claim.LeaseEndAttribute]; leased {
		item[claim.LeaseEndAttribute] = &dynamotypes.AttributeValueMemberN{Value: "1"}
	}
}

func anyLease(s *dynamotypes.BatchStatementRequest) {
	if aws.ToString(s.Statement) == claim.StealStatement(tableName) {
		drop(s, claim.LeaseEndAttribute)
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

// lateQuarantine says that messages are in the validation queue, and sends them after a while if the process still lives.
func lateQuarantine(w *world, api process.SQS) process.SQS { return lateSender{api, w} }

type lateSender struct {
	process.SQS
	world *world
}

func (s lateSender) SendMessageBatch(ctx context.Context, in *sqs.SendMessageBatchInput, options ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	s.world.parts.Go(func() {
		time.Sleep(100 * time.Millisecond)
		_, _ = s.SQS.SendMessageBatch(context.WithoutCancel(ctx), in, options...) // nobody looks
	})
	return allSent(in), nil
}

// blindQuarantine takes every answer of the validation queue for success.
func blindQuarantine(_ *world, api process.SQS) process.SQS { return blindSender{api} }

type blindSender struct{ process.SQS }

func (s blindSender) SendMessageBatch(ctx context.Context, in *sqs.SendMessageBatchInput, options ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	if _, err := s.SQS.SendMessageBatch(ctx, in, options...); err != nil {
		return nil, err
	}
	return allSent(in), nil
}

func allSent(in *sqs.SendMessageBatchInput) *sqs.SendMessageBatchOutput {
	out := &sqs.SendMessageBatchOutput{}
	for _, e := range in.Entries {
		out.Successful = append(out.Successful, sqstypes.SendMessageBatchResultEntry{Id: e.Id})
	}
	return out
}
