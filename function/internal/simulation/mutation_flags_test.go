package simulation

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"cc-eventbridge/function/process"
)

// misread has the function read one word in the flags for another.
func misread(word, other string) mutation {
	return rewritten(`"`+word+`"`, `"`+other+`"`)
}

// rewritten has the function read one text in the flags for another.
func rewritten(text, other string) mutation {
	return mutation{flags: func(f process.Flags) process.Flags { return misreadFlags{f, text, other} }}
}

type misreadFlags struct {
	process.Flags
	text, other string
}

func (f misreadFlags) Current() *flagSet {
	return setOf(strings.ReplaceAll(f.Flags.Current().Label, f.text, f.other))
}

// shortWaits has no message wait for more than ten minutes, as if a pause were a failure like others.
func shortWaits(_ *world, api process.SQS) process.SQS { return briefQueue{api} }

type briefQueue struct{ process.SQS }

func (s briefQueue) ChangeMessageVisibilityBatch(ctx context.Context, in *sqs.ChangeMessageVisibilityBatchInput, options ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	const longest = 600
	sent := *in
	sent.Entries = slices.Clone(in.Entries)
	for n := range sent.Entries {
		sent.Entries[n].VisibilityTimeout = min(sent.Entries[n].VisibilityTimeout, longest)
	}
	return s.SQS.ChangeMessageVisibilityBatch(ctx, &sent, options...)
}

// selfAssured takes old flags for fresh ones.
type selfAssured struct{ process.Flags }

func (f selfAssured) Fresh(ctx context.Context) bool {
	_ = f.Flags.Fresh(ctx)
	return true
}
