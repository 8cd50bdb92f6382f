package expression

import (
	"fmt"
	"slices"
)

// Condition is a parsed condition: a ConditionExpression or the WHERE clause of a statement.
type Condition struct {
	holds      func(Item, *Bindings) (bool, error)
	equalities []equality // of the top-level conjunction: the ones that can name a key
}

type equality struct {
	name  path
	value operand
}

// ParseCondition reads a ConditionExpression.
func ParseCondition(source string) (*Condition, error) {
	p, err := newParser(source, Expressions)
	if err != nil {
		return nil, err
	}
	c, err := p.condition()
	if err != nil {
		return nil, err
	}
	return c, p.expectEnd()
}

// Holds evaluates the condition on an item; a nil item has no attributes.
func (c *Condition) Holds(item Item, b *Bindings) (bool, error) { return c.holds(item, b) }

// Key returns the value that the condition requires of the named attribute, if it does so outside any OR and NOT.
func (c *Condition) Key(name string, b *Bindings) (Value, bool) {
	for _, e := range c.equalities {
		if resolved, err := e.name.resolve(b); err == nil && resolved == name {
			value, err := e.value(nil, b)
			return value, err == nil && value != nil
		}
	}
	return nil, false
}

func (p *parser) condition() (*Condition, error) {
	left, err := p.conjunction()
	if err != nil {
		return nil, err
	}
	for p.keyword("OR") {
		right, err := p.conjunction()
		if err != nil {
			return nil, err
		}
		l, r := left.holds, right.holds
		left = &Condition{holds: func(i Item, b *Bindings) (bool, error) {
			if held, err := l(i, b); held || err != nil {
				return held, err
			}
			return r(i, b)
		}}
	}
	return left, nil
}

func (p *parser) conjunction() (*Condition, error) {
	left, err := p.negation()
	if err != nil {
		return nil, err
	}
	for p.keyword("AND") {
		right, err := p.negation()
		if err != nil {
			return nil, err
		}
		l, r := left.holds, right.holds
		left = &Condition{
			equalities: append(left.equalities, right.equalities...),
			holds: func(i Item, b *Bindings) (bool, error) {
				if held, err := l(i, b); !held || err != nil {
					return false, err
				}
				return r(i, b)
			},
		}
	}
	return left, nil
}

func (p *parser) negation() (*Condition, error) {
	if p.keyword("NOT") {
		inner, err := p.negation()
		if err != nil {
			return nil, err
		}
		return &Condition{holds: func(i Item, b *Bindings) (bool, error) {
			held, err := inner.holds(i, b)
			return !held, err
		}}, nil
	}
	if p.punctuation("(") {
		inner, err := p.condition()
		if err != nil {
			return nil, err
		}
		return inner, p.expect(")")
	}
	return p.predicate()
}

// predicate reads a comparison, BETWEEN, IN, IS [NOT] MISSING, or one of the functions that give a truth value.
func (p *parser) predicate() (*Condition, error) {
	if c, found, err := p.function(); found || err != nil {
		return c, err
	}
	at := p.peek()
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	switch {
	case p.keyword("BETWEEN"):
		return p.between(left)
	case p.keyword("IN"):
		return p.in(left)
	case p.dialect == PartiQL && p.keyword("IS"):
		return p.isMissing(left)
	}
	op := p.next()
	if op.kind != punctuation || !slices.Contains([]string{"=", "<>", "!=", "<", "<=", ">", ">="}, op.text) {
		return nil, fmt.Errorf("syntax error; expected a comparison, token: %s", op)
	}
	if op.text == "!=" {
		op.text = "<>"
	}
	rightIsValue := p.peek().kind == param || p.peek().kind == text || p.peek().kind == number || p.peek().kind == valuePlace
	right, err := p.operand()
	if err != nil {
		return nil, err
	}
	c := &Condition{holds: func(i Item, b *Bindings) (bool, error) {
		l, r, err := both(left, right, i, b)
		return err == nil && compare(op.text, l, r), err
	}}
	if name, err := p.asPath(at); err == nil && op.text == "=" && rightIsValue {
		c.equalities = []equality{{name, right}}
	}
	return c, nil
}

func (p *parser) between(value operand) (*Condition, error) {
	low, err := p.operand()
	if err != nil {
		return nil, err
	}
	if !p.keyword("AND") {
		return nil, fmt.Errorf("syntax error; BETWEEN needs AND, token: %s", p.peek())
	}
	high, err := p.operand()
	if err != nil {
		return nil, err
	}
	return &Condition{holds: func(i Item, b *Bindings) (bool, error) {
		v, l, err := both(value, low, i, b)
		if err != nil || !compare(">=", v, l) {
			return false, err
		}
		h, err := high(i, b)
		return err == nil && compare("<=", v, h), err
	}}, nil
}

func (p *parser) in(value operand) (*Condition, error) {
	open, closing := "(", ")"
	if p.dialect == PartiQL && p.peek().text == "[" {
		open, closing = "[", "]"
	}
	if err := p.expect(open); err != nil {
		return nil, err
	}
	var candidates []operand
	for {
		candidate, err := p.operand()
		if err != nil {
			return nil, err
		}
		candidates = append(candidates, candidate)
		if !p.punctuation(",") {
			break
		}
	}
	return &Condition{holds: func(i Item, b *Bindings) (bool, error) {
		for _, candidate := range candidates {
			v, c, err := both(value, candidate, i, b)
			if err != nil {
				return false, err
			}
			if compare("=", v, c) {
				return true, nil
			}
		}
		return false, nil
	}}, p.expect(closing)
}

func (p *parser) isMissing(value operand) (*Condition, error) {
	negated := p.keyword("NOT")
	if !p.keyword("MISSING") {
		return nil, fmt.Errorf("syntax error; expected MISSING, token: %s", p.peek())
	}
	return &Condition{holds: func(i Item, b *Bindings) (bool, error) {
		v, err := value(i, b)
		return err == nil && (v == nil) != negated, err
	}}, nil
}

func both(left, right operand, item Item, b *Bindings) (l, r Value, err error) {
	if l, err = left(item, b); err != nil {
		return nil, nil, err
	}
	r, err = right(item, b)
	return l, r, err
}
