package expression

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Operation is what a PartiQL statement does.
type Operation string

// The operations of a statement.
const (
	Insert Operation = "INSERT"
	Change Operation = "UPDATE"
	Delete Operation = "DELETE"
	Select Operation = "SELECT"
)

// Statement is a parsed PartiQL statement on one item. Which fields are set depends on the Operation.
type Statement struct {
	// Operation is what the statement does.
	Operation Operation
	// Table is the table it names.
	Table string
	// Update is the change of an UPDATE.
	Update *Update
	// Where is the condition of an UPDATE, DELETE or SELECT.
	Where *Condition
	// Params is the number of ? parameters.
	Params int

	insert operand
}

// ParseStatement reads a PartiQL statement. RETURNING clauses are refused: in a batch they are reported not to return
// the item, so nothing should be built on them.
func ParseStatement(source string) (*Statement, error) {
	p, err := newParser(source, PartiQL)
	if err != nil {
		return nil, err
	}
	var s *Statement
	switch {
	case p.keyword("INSERT"):
		s, err = p.insertStatement()
	case p.keyword("UPDATE"):
		s, err = p.updateStatement()
	case p.keyword("DELETE"):
		s, err = p.whereStatement(Delete)
	case p.keyword("SELECT"):
		if err := p.expect("*"); err != nil {
			return nil, err
		}
		s, err = p.whereStatement(Select)
	default:
		return nil, fmt.Errorf("statement wasn't well formed, can't be processed: unexpected token %s", p.peek())
	}
	if err != nil {
		return nil, fmt.Errorf("statement wasn't well formed, can't be processed: %w", err)
	}
	s.Params = p.params
	return s, p.expectEnd()
}

// Inserted returns the item of an INSERT.
func (s *Statement) Inserted(b *Bindings) (Item, error) {
	v, err := s.insert(nil, b)
	if err != nil {
		return nil, err
	}
	m, ok := v.(*types.AttributeValueMemberM)
	if !ok {
		return nil, fmt.Errorf("unsupported operation: inserting %T, want a map", v)
	}
	return m.Value, nil
}

func (p *parser) insertStatement() (*Statement, error) {
	if err := p.expectKeyword("INTO"); err != nil {
		return nil, err
	}
	table, err := p.path()
	if err != nil {
		return nil, err
	}
	if err := p.expectKeyword("VALUE"); err != nil {
		return nil, err
	}
	value, err := p.literal()
	return &Statement{Operation: Insert, Table: table.name, insert: value}, err
}

func (p *parser) updateStatement() (*Statement, error) {
	table, err := p.path()
	if err != nil {
		return nil, err
	}
	s := &Statement{Operation: Change, Table: table.name, Update: &Update{}}
	for {
		if err := p.updateClause(s.Update); err != nil {
			return nil, err
		}
		if p.keyword("WHERE") {
			break
		}
	}
	s.Where, err = p.condition()
	return s, err
}

func (p *parser) whereStatement(op Operation) (*Statement, error) {
	if err := p.expectKeyword("FROM"); err != nil {
		return nil, err
	}
	table, err := p.path()
	if err != nil {
		return nil, err
	}
	if err := p.expectKeyword("WHERE"); err != nil {
		return nil, err
	}
	where, err := p.condition()
	return &Statement{Operation: op, Table: table.name, Where: where}, err
}

// literal reads a value that may be a map or a list of literals.
func (p *parser) literal() (operand, error) {
	switch {
	case p.punctuation("{"):
		return p.mapLiteral()
	case p.punctuation("["):
		return p.listLiteral()
	default:
		return p.value()
	}
}

func (p *parser) mapLiteral() (operand, error) {
	var members []assignment
	err := p.list(func() error {
		name := p.next()
		if name.kind != text {
			return fmt.Errorf("syntax error; expected a quoted attribute name such as 'id', token: %s", name)
		}
		if err := p.expect(":"); err != nil {
			return err
		}
		value, err := p.literal()
		members = append(members, assignment{path{name: name.text}, value})
		return err
	})
	if err != nil {
		return nil, err
	}
	return func(i Item, b *Bindings) (Value, error) {
		m := make(Item, len(members))
		for _, member := range members {
			name, value, err := member.resolve(i, b)
			if err != nil {
				return nil, err
			}
			m[name] = value
		}
		return &types.AttributeValueMemberM{Value: m}, nil
	}, p.expect("}")
}

func (p *parser) listLiteral() (operand, error) {
	var elements []operand
	err := p.list(func() error {
		element, err := p.literal()
		elements = append(elements, element)
		return err
	})
	if err != nil {
		return nil, err
	}
	return func(i Item, b *Bindings) (Value, error) {
		l := make([]Value, len(elements))
		for n, element := range elements {
			v, err := element(i, b)
			if err != nil {
				return nil, err
			}
			l[n] = v
		}
		return &types.AttributeValueMemberL{Value: l}, nil
	}, p.expect("]")
}
