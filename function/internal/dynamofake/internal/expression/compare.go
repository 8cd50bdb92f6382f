package expression

import (
	"bytes"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// compare applies a comparison operator the way DynamoDB does: values of different types are unequal and unordered,
// and an attribute that is not there satisfies nothing but "unequal".
func compare(op string, left, right Value) bool {
	if left == nil || right == nil {
		return op == "<>"
	}
	switch op {
	case "=":
		return Equal(left, right)
	case "<>":
		return !Equal(left, right)
	}
	order, ordered := order(left, right)
	if !ordered {
		return false
	}
	switch op {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	default:
		return order >= 0
	}
}

// Equal reports whether two values are of one type and equal; numbers are compared by value, not by spelling.
func Equal(left, right Value) bool {
	switch l := left.(type) {
	case *types.AttributeValueMemberS, *types.AttributeValueMemberN, *types.AttributeValueMemberB:
		order, ordered := order(left, right)
		return ordered && order == 0
	case *types.AttributeValueMemberBOOL:
		r, same := right.(*types.AttributeValueMemberBOOL)
		return same && l.Value == r.Value
	case *types.AttributeValueMemberNULL:
		_, same := right.(*types.AttributeValueMemberNULL)
		return same
	case *types.AttributeValueMemberL:
		r, same := right.(*types.AttributeValueMemberL)
		return same && slices.EqualFunc(l.Value, r.Value, Equal)
	case *types.AttributeValueMemberM:
		r, same := right.(*types.AttributeValueMemberM)
		return same && equalItems(l.Value, r.Value)
	default:
		return false
	}
}

func equalItems(left, right Item) bool {
	if len(left) != len(right) {
		return false
	}
	for name, value := range left {
		other, found := right[name]
		if !found || !Equal(value, other) {
			return false
		}
	}
	return true
}

// order compares two strings, numbers or binaries; other pairs have no order.
func order(left, right Value) (order int, ordered bool) {
	switch l := left.(type) {
	case *types.AttributeValueMemberS:
		if r, same := right.(*types.AttributeValueMemberS); same {
			return strings.Compare(l.Value, r.Value), true
		}
	case *types.AttributeValueMemberB:
		if r, same := right.(*types.AttributeValueMemberB); same {
			return bytes.Compare(l.Value, r.Value), true
		}
	case *types.AttributeValueMemberN:
		if r, same := right.(*types.AttributeValueMemberN); same {
			return orderNumbers(l.Value, r.Value)
		}
	}
	return 0, false
}

// orderNumbers compares decimals exactly: DynamoDB keeps 38 digits, more than a float64 does.
func orderNumbers(left, right string) (order int, ordered bool) {
	l, errLeft := strconv.ParseInt(left, 10, 64)
	r, errRight := strconv.ParseInt(right, 10, 64)
	if errLeft == nil && errRight == nil {
		switch {
		case l < r:
			return -1, true
		case l > r:
			return 1, true
		}
		return 0, true
	}
	bigLeft, okLeft := decimal(left)
	bigRight, okRight := decimal(right)
	if !okLeft || !okRight {
		return 0, false
	}
	return bigLeft.Cmp(bigRight), true
}

// decimal reads a number of DynamoDB's range, from 1e-130 to below 1e126; a greater exponent would only cost memory.
func decimal(text string) (*big.Rat, bool) {
	if _, exponent, found := strings.Cut(strings.ToLower(text), "e"); found {
		if e, err := strconv.Atoi(exponent); err != nil || e < -130 || e > 125 {
			return nil, false
		}
	}
	return new(big.Rat).SetString(text)
}

// add sums two numbers; sign is 1 or -1.
func add(left, right Value, sign int64) (Value, bool) {
	l, okLeft := left.(*types.AttributeValueMemberN)
	r, okRight := right.(*types.AttributeValueMemberN)
	if !okLeft || !okRight {
		return nil, false
	}
	bigLeft, okLeft := decimal(l.Value)
	bigRight, okRight := decimal(r.Value)
	if !okLeft || !okRight {
		return nil, false
	}
	sum := bigLeft.Add(bigLeft, bigRight.Mul(bigRight, big.NewRat(sign, 1)))
	if sum.IsInt() {
		return &types.AttributeValueMemberN{Value: sum.Num().String()}, true
	}
	const digits = 38 // DynamoDB's precision: developer guide, "Naming rules and data types".
	return &types.AttributeValueMemberN{Value: strings.TrimRight(sum.FloatString(digits), "0")}, true
}
