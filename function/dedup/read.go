package dedup

import (
	"context"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/contract"
)

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
		calls.Go(func() { t.readCall(ctx, keys[start:end], answers[start:end]) })
	}
	calls.Wait()
	return answers
}

func (t *Table) readCall(ctx context.Context, keys []string, answers []found) {
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
