package expression

import (
	"fmt"
	"maps"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Update is a parsed change of an item: an UpdateExpression, or the SET and REMOVE clauses of a statement.
type Update struct {
	set    []assignment
	add    []assignment
	remove []path
}

type assignment struct {
	name  path
	value operand
}

// ParseUpdate reads an UpdateExpression with SET, REMOVE and ADD clauses.
func ParseUpdate(source string) (*Update, error) {
	p, err := newParser(source, Expressions)
	if err != nil {
		return nil, err
	}
	var u Update
	for p.peek().kind != end {
		if err := p.updateClause(&u); err != nil {
			return nil, err
		}
	}
	if len(u.set)+len(u.add)+len(u.remove) == 0 {
		return nil, fmt.Errorf("the expression can not be empty")
	}
	return &u, nil
}

// Apply returns the changed copy of an item. All values are computed on the item as it was before.
func (u *Update) Apply(item Item, b *Bindings) (Item, error) {
	changed := maps.Clone(item)
	if changed == nil {
		changed = Item{}
	}
	for _, a := range u.set {
		name, value, err := a.resolve(item, b)
		if err != nil {
			return nil, err
		}
		if value == nil {
			return nil, fmt.Errorf("the provided expression refers to an attribute that does not exist in the item")
		}
		changed[name] = value
	}
	for _, a := range u.add {
		name, value, err := a.resolve(item, b)
		if err != nil {
			return nil, err
		}
		old := item[name]
		if old == nil {
			old = &types.AttributeValueMemberN{Value: "0"}
		}
		sum, ok := add(old, value, 1)
		if !ok {
			return nil, fmt.Errorf("an operand in the update expression has an incorrect data type: ADD needs numbers")
		}
		changed[name] = sum
	}
	for _, r := range u.remove {
		name, err := r.resolve(b)
		if err != nil {
			return nil, err
		}
		delete(changed, name)
	}
	return changed, nil
}

// Changes lists the attributes that the update names.
func (u *Update) Changes(b *Bindings) ([]string, error) {
	var names []string
	for _, n := range u.paths() {
		name, err := n.resolve(b)
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

func (u *Update) paths() []path {
	all := append([]path(nil), u.remove...)
	for _, a := range append(append([]assignment(nil), u.set...), u.add...) {
		all = append(all, a.name)
	}
	return all
}

func (a assignment) resolve(item Item, b *Bindings) (string, Value, error) {
	name, err := a.name.resolve(b)
	if err != nil {
		return "", nil, err
	}
	value, err := a.value(item, b)
	return name, value, err
}

func (p *parser) updateClause(u *Update) error {
	switch {
	case p.keyword("SET"):
		return p.list(func() error { return p.assign(&u.set) })
	case p.keyword("REMOVE"):
		return p.list(func() error {
			name, err := p.path()
			u.remove = append(u.remove, name)
			return err
		})
	case p.dialect == Expressions && p.keyword("ADD"):
		return p.list(func() error {
			name, err := p.path()
			if err != nil {
				return err
			}
			value, err := p.value()
			u.add = append(u.add, assignment{name, value})
			return err
		})
	default:
		return fmt.Errorf("syntax error; expected SET or REMOVE, token: %s", p.peek())
	}
}

func (p *parser) list(element func() error) error {
	for {
		if err := element(); err != nil {
			return err
		}
		if !p.punctuation(",") {
			return nil
		}
	}
}

func (p *parser) assign(to *[]assignment) error {
	name, err := p.path()
	if err != nil {
		return err
	}
	if err := p.expect("="); err != nil {
		return err
	}
	value, err := p.sum()
	*to = append(*to, assignment{name, value})
	return err
}

// sum reads the right side of SET: one value, or two numbers added or subtracted.
func (p *parser) sum() (operand, error) {
	left, err := p.term()
	if err != nil {
		return nil, err
	}
	sign := int64(1)
	switch {
	case p.punctuation("+"):
	case p.punctuation("-"):
		sign = -1
	default:
		return left, nil
	}
	right, err := p.term()
	if err != nil {
		return nil, err
	}
	return func(i Item, b *Bindings) (Value, error) {
		l, r, err := both(left, right, i, b)
		if err != nil {
			return nil, err
		}
		total, ok := add(l, r, sign)
		if !ok {
			return nil, fmt.Errorf("an operand in the update expression has an incorrect data type: arithmetic needs numbers")
		}
		return total, nil
	}, nil
}

func (p *parser) term() (operand, error) {
	if p.peek().text != "if_not_exists" || p.peekAt(1).text != "(" || p.dialect != Expressions {
		return p.operand()
	}
	p.position += 2
	current, err := p.operand()
	if err != nil {
		return nil, err
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	otherwise, err := p.operand()
	if err != nil {
		return nil, err
	}
	return func(i Item, b *Bindings) (Value, error) {
		if v, err := current(i, b); v != nil || err != nil {
			return v, err
		}
		return otherwise(i, b)
	}, p.expect(")")
}
