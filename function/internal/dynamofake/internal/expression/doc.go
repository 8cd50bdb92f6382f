// Package expression reads and evaluates the two little languages in which a DynamoDB request states conditions
// and changes: the expressions of PutItem, UpdateItem and DeleteItem, and the PartiQL statements of
// BatchExecuteStatement. Both share one lexer, one condition parser and one evaluator; a Dialect says which
// spellings are allowed.
//
// It covers top-level attributes only: no document paths, no indexes into lists, no set arithmetic. What it does not
// cover it refuses with an error that names the token, so a test never passes on a condition that was not evaluated.
package expression

import "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

// Value is one DynamoDB attribute value; nil stands for an attribute that is not there.
type Value = types.AttributeValue

// Item is one stored item, by attribute name.
type Item = map[string]Value

// Dialect selects the spellings of a language.
type Dialect int

const (
	// Expressions is the language of ConditionExpression and UpdateExpression: #name and :value placeholders.
	Expressions Dialect = iota
	// PartiQL is the language of BatchExecuteStatement: "name", 'string' and ? parameters.
	PartiQL
)

// Bindings are what the placeholders of one request stand for.
type Bindings struct {
	// Names are the ExpressionAttributeNames, by #name.
	Names map[string]string
	// Values are the ExpressionAttributeValues, by :value.
	Values map[string]Value
	// Params are the parameters of a PartiQL statement, in order.
	Params []Value
}
