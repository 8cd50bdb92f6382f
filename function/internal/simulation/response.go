package simulation

import (
	"encoding/json"
	"fmt"
)

// interpret reads a response the way the event source mapping does (Lambda developer guide, "Handling errors for an SQS
// event source", success and failure conditions): which messages of the batch have failed, or that all of them have.
//
// Success: no list, a null list, an empty list, an empty or null response. Failure of the whole batch: a response that is
// not JSON, an item identifier that is empty, null or missing (a wrong key), or one that is not in the batch.
func interpret(response []byte, ids map[string]bool) (failed map[string]bool, whole error) {
	if len(response) == 0 {
		return nil, nil
	}
	var partial *struct {
		BatchItemFailures []map[string]any `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(response, &partial); err != nil {
		return nil, fmt.Errorf("the response is not what it should be: %w", err)
	}
	if partial == nil {
		return nil, nil
	}
	failed = map[string]bool{}
	for _, f := range partial.BatchItemFailures {
		id, isText := f["itemIdentifier"].(string)
		switch {
		case !isText || id == "":
			return nil, fmt.Errorf("an item has no identifier: %v", f)
		case !ids[id]:
			return nil, fmt.Errorf("%q is not in the batch", id)
		}
		failed[id] = true
	}
	return failed, nil
}
