package expression

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// parser walks the tokens of one expression or statement.
type parser struct {
	tokens   []token
	position int
	dialect  Dialect
	params   int // parameters seen so far
}

func newParser(source string, dialect Dialect) (*parser, error) {
	tokens, err := lex(source, dialect)
	return &parser{tokens: tokens, dialect: dialect}, err
}

func (p *parser) peek() token { return p.tokens[p.position] }

func (p *parser) peekAt(offset int) token {
	return p.tokens[min(p.position+offset, len(p.tokens)-1)]
}

func (p *parser) next() token {
	t := p.peek()
	if t.kind != end {
		p.position++
	}
	return t
}

// keyword consumes the keyword if it comes next; keywords are case-insensitive.
func (p *parser) keyword(name string) bool {
	t := p.peek()
	if t.kind != word || !strings.EqualFold(t.text, name) {
		return false
	}
	p.position++
	return true
}

func (p *parser) punctuation(text string) bool {
	t := p.peek()
	if t.kind != punctuation || t.text != text {
		return false
	}
	p.position++
	return true
}

func (p *parser) expect(text string) error {
	if !p.punctuation(text) {
		return fmt.Errorf("syntax error; expected %q, token: %s", text, p.peek())
	}
	return nil
}

func (p *parser) expectKeyword(name string) error {
	if !p.keyword(name) {
		return fmt.Errorf("syntax error; expected %s, token: %s", name, p.peek())
	}
	return nil
}

func (p *parser) expectEnd() error {
	p.punctuation(";")
	if p.peek().kind != end {
		return fmt.Errorf("syntax error; unexpected token: %s", p.peek())
	}
	return nil
}

// path is a top-level attribute, named directly or by a #placeholder.
type path struct {
	name        string
	placeholder bool
}

func (n path) resolve(b *Bindings) (string, error) {
	if !n.placeholder {
		return n.name, nil
	}
	name, found := b.Names[n.name]
	if !found {
		return "", fmt.Errorf("an expression attribute name used in the document path is not defined; attribute name: %s", n.name)
	}
	return name, nil
}

func (p *parser) path() (path, error) { return p.asPath(p.next()) }

func (p *parser) asPath(t token) (path, error) {
	switch t.kind {
	case quotedName:
		return path{name: t.text}, nil
	case namePlace:
		return path{name: t.text, placeholder: true}, nil
	case word:
		if isReserved(t.text) {
			return path{}, fmt.Errorf("attribute name is a reserved keyword; reserved keyword: %s", t.text)
		}
		return path{name: t.text}, nil
	default:
		return path{}, fmt.Errorf("syntax error; expected an attribute name, token: %s", t)
	}
}

// operand yields a value for an item: an attribute, a placeholder or a literal. A nil value is a missing attribute.
type operand func(Item, *Bindings) (Value, error)

func (p *parser) operand() (operand, error) {
	t := p.peek()
	if t.kind == word && t.text == "size" && p.peekAt(1).text == "(" {
		return p.size()
	}
	if t.kind == quotedName || t.kind == namePlace || t.kind == word && !isLiteralWord(t, p.dialect) {
		name, err := p.path()
		if err != nil {
			return nil, err
		}
		return func(i Item, b *Bindings) (Value, error) {
			resolved, err := name.resolve(b)
			return i[resolved], err
		}, nil
	}
	return p.value()
}

func isLiteralWord(t token, dialect Dialect) bool {
	return dialect == PartiQL && slices.Contains([]string{"TRUE", "FALSE", "NULL"}, strings.ToUpper(t.text))
}

// value reads a placeholder or a literal.
func (p *parser) value() (operand, error) {
	t := p.next()
	switch {
	case t.kind == valuePlace:
		return func(_ Item, b *Bindings) (Value, error) {
			v, found := b.Values[t.text]
			if !found {
				return nil, fmt.Errorf("an expression attribute value used in expression is not defined; attribute value: %s", t.text)
			}
			return v, nil
		}, nil
	case t.kind == param:
		n := p.params
		p.params++
		return func(_ Item, b *Bindings) (Value, error) {
			if n >= len(b.Params) {
				return nil, fmt.Errorf("number of parameters in request and statement don't match: parameter %d of %d is missing", n+1, len(b.Params))
			}
			return b.Params[n], nil
		}, nil
	case p.dialect == PartiQL && t.kind == text:
		return constant(&types.AttributeValueMemberS{Value: t.text}), nil
	case p.dialect == PartiQL && t.kind == number:
		return constant(&types.AttributeValueMemberN{Value: t.text}), nil
	case isLiteralWord(t, p.dialect):
		if strings.EqualFold(t.text, "NULL") {
			return constant(&types.AttributeValueMemberNULL{Value: true}), nil
		}
		return constant(&types.AttributeValueMemberBOOL{Value: strings.EqualFold(t.text, "TRUE")}), nil
	default:
		return nil, fmt.Errorf("syntax error; expected a value, token: %s", t)
	}
}

func constant(v Value) operand { return func(Item, *Bindings) (Value, error) { return v, nil } }

func (p *parser) size() (operand, error) {
	p.position += 2
	of, err := p.operand()
	if err != nil {
		return nil, err
	}
	return func(i Item, b *Bindings) (Value, error) {
		v, err := of(i, b)
		if v == nil || err != nil {
			return nil, err
		}
		n := 0
		switch v := v.(type) {
		case *types.AttributeValueMemberS:
			n = len(v.Value)
		case *types.AttributeValueMemberB:
			n = len(v.Value)
		case *types.AttributeValueMemberL:
			n = len(v.Value)
		case *types.AttributeValueMemberM:
			n = len(v.Value)
		default:
			return nil, fmt.Errorf("incorrect operand type for function size: %T", v)
		}
		return &types.AttributeValueMemberN{Value: fmt.Sprint(n)}, nil
	}, p.expect(")")
}
