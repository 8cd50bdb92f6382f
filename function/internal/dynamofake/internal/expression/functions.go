package expression

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// function reads attribute_exists, attribute_not_exists, begins_with or contains, if one comes next.
func (p *parser) function() (c *Condition, found bool, err error) {
	t := p.peek()
	if t.kind != word || p.peekAt(1).text != "(" {
		return nil, false, nil
	}
	test, arguments := functions(t.text)
	if test == nil {
		return nil, false, nil
	}
	p.position += 2
	var operands []operand
	for len(operands) < arguments {
		if len(operands) > 0 {
			if err := p.expect(","); err != nil {
				return nil, true, err
			}
		}
		o, err := p.operand()
		if err != nil {
			return nil, true, err
		}
		operands = append(operands, o)
	}
	return &Condition{holds: func(i Item, b *Bindings) (bool, error) {
		values := make([]Value, len(operands))
		for n, o := range operands {
			v, err := o(i, b)
			if err != nil {
				return false, err
			}
			values[n] = v
		}
		return test(values), nil
	}}, true, p.expect(")")
}

func functions(name string) (test func([]Value) bool, arguments int) {
	switch name {
	case "attribute_exists":
		return func(v []Value) bool { return v[0] != nil }, 1
	case "attribute_not_exists":
		return func(v []Value) bool { return v[0] == nil }, 1
	case "begins_with":
		return onText(strings.HasPrefix), 2
	case "contains":
		return onText(strings.Contains), 2
	default:
		return nil, 0
	}
}

func onText(test func(s, part string) bool) func([]Value) bool {
	return func(v []Value) bool {
		s, okText := v[0].(*types.AttributeValueMemberS)
		part, okPart := v[1].(*types.AttributeValueMemberS)
		return okText && okPart && test(s.Value, part.Value)
	}
}
