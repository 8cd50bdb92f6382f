package dynamofake

import (
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// A parser reads the part of DynamoDB's two languages that this product and its peers write: PartiQL statements with
// "name" and ? parameters, and the expressions of PutItem and UpdateItem with #name and :value placeholders. It binds
// parameters as it reads. An attribute must be quoted or aliased, so that no reserved word is ever taken for a name.
// Whatever it does not know it refuses, so that no test passes on a condition that was not evaluated.
type parser struct {
	tokens []string
	names  map[string]string // by #name
	values Item              // by :value
	params []types.AttributeValue
	used   int // of params
}

var (
	token = regexp.MustCompile(`"[^"]*"|'[^']*'|[#:]?\w+|<>|<=|>=|[^\s]`)
	// tokenized keeps the tokens of texts: callers use a handful.
	tokenized sync.Map
)

func tokens(text string) []string {
	if known, found := tokenized.Load(text); found {
		return known.([]string)
	}
	split := token.FindAllString(text, -1)
	tokenized.Store(text, split)
	return split
}

func (p *parser) peek() string {
	if len(p.tokens) == 0 {
		return ""
	}
	return p.tokens[0]
}

func (p *parser) next() string {
	t := p.peek()
	if t != "" {
		p.tokens = p.tokens[1:]
	}
	return t
}

// take consumes a keyword or a sign if it comes next.
func (p *parser) take(word string) bool {
	found := strings.EqualFold(p.peek(), word)
	if found {
		p.next()
	}
	return found
}

// expect consumes words that must come next.
func (p *parser) expect(words ...string) error {
	for _, word := range words {
		if !p.take(word) {
			return fmt.Errorf("syntax error; expected %s, token: %q", word, p.peek())
		}
	}
	return nil
}

// end is the error of what is left over.
func (p *parser) end() error {
	if len(p.tokens) > 0 {
		return fmt.Errorf("syntax error; unexpected token: %q", p.peek())
	}
	if p.used != len(p.params) {
		return fmt.Errorf("number of parameters in request (%d) and statement (%d) don't match", len(p.params), p.used)
	}
	return nil
}

// quoted reads a name in quotes of that kind.
func (p *parser) quoted(quote string) (string, error) {
	t := p.next()
	if len(t) < 3 || t[:1] != quote {
		return "", fmt.Errorf("syntax error; expected a name in %s, token: %q", quote, t)
	}
	return t[1 : len(t)-1], nil
}

// name reads a top-level attribute.
func (p *parser) name() (string, error) {
	if !strings.HasPrefix(p.peek(), "#") {
		return p.quoted(`"`)
	}
	alias := p.next()
	name, found := p.names[alias]
	if !found {
		return "", fmt.Errorf("an expression attribute name used in the document path is not defined; attribute name: %s", alias)
	}
	return name, nil
}

// value reads a ? or :value.
func (p *parser) value() (types.AttributeValue, error) {
	t := p.next()
	if t == "?" {
		p.used++
		if p.used > len(p.params) {
			return nil, fmt.Errorf("number of parameters in request (%d) and statement don't match", len(p.params))
		}
		return p.params[p.used-1], nil
	}
	value, found := p.values[t]
	if !found {
		return nil, fmt.Errorf("an expression attribute value used in expression is not defined; attribute value: %s", t)
	}
	return value, nil
}

// assignments reads a list of names and values with a sign between them.
func (p *parser) assignments(name func() (string, error), sign string) (Item, error) {
	assigned := Item{}
	for first := true; first || p.take(","); first = false {
		to, err := name()
		if err != nil {
			return nil, err
		}
		if err := p.expect(sign); err != nil {
			return nil, err
		}
		if assigned[to], err = p.value(); err != nil {
			return nil, err
		}
	}
	return assigned, nil
}

// condition is a ConditionExpression or a WHERE clause.
type condition struct {
	// holds evaluates it on an item; a nil item has no attributes.
	holds func(Item) bool
	// equal is what it requires of attributes outside of any OR: of the key, for one.
	equal Item
}

// condition reads a disjunction of conjunctions.
func (p *parser) condition() (condition, error) {
	left, err := p.conjunction()
	for err == nil && p.take("OR") {
		var right condition
		right, err = p.conjunction()
		l, r := left.holds, right.holds
		left = condition{holds: func(i Item) bool { return l(i) || r(i) }}
	}
	return left, err
}

func (p *parser) conjunction() (condition, error) {
	left, err := p.predicate()
	for err == nil && p.take("AND") {
		var right condition
		right, err = p.predicate()
		l, r, equal := left.holds, right.holds, Item{}
		maps.Copy(equal, left.equal)
		maps.Copy(equal, right.equal)
		left = condition{func(i Item) bool { return l(i) && r(i) }, equal}
	}
	return left, err
}

// predicate reads a condition in brackets, attribute_exists, attribute_not_exists or a comparison with a value.
func (p *parser) predicate() (condition, error) {
	if p.take("(") {
		inner, err := p.condition()
		if err != nil {
			return inner, err
		}
		return inner, p.expect(")")
	}
	if function := p.peek(); function == "attribute_exists" || function == "attribute_not_exists" {
		p.next()
		if err := p.expect("("); err != nil {
			return condition{}, err
		}
		name, err := p.name()
		if err != nil {
			return condition{}, err
		}
		wanted := function == "attribute_exists"
		return condition{holds: func(i Item) bool { return (i[name] != nil) == wanted }}, p.expect(")")
	}
	name, err := p.name()
	if err != nil {
		return condition{}, err
	}
	op := p.next()
	allowed, known := map[string][3]bool{ // of less, equal and greater
		"=": {false, true, false}, "<>": {true, false, true},
		"<": {true, false, false}, "<=": {true, true, false}, ">": {false, false, true}, ">=": {false, true, true},
	}[op]
	if !known {
		return condition{}, fmt.Errorf("syntax error; expected a comparison, token: %q", op)
	}
	value, err := p.value()
	if err != nil {
		return condition{}, err
	}
	c := condition{holds: func(i Item) bool {
		order, ordered := compare(i[name], value)
		return ordered && allowed[order+1] || !ordered && op == "<>"
	}}
	if op == "=" {
		c.equal = Item{name: value}
	}
	return c, nil
}

// compare orders two strings or two numbers; other pairs have no order here.
func compare(left, right types.AttributeValue) (order int, ordered bool) {
	switch l := left.(type) {
	case *types.AttributeValueMemberS:
		if r, same := right.(*types.AttributeValueMemberS); same {
			return strings.Compare(l.Value, r.Value), true
		}
	case *types.AttributeValueMemberN: // exactly: DynamoDB keeps 38 digits, more than a float64 does
		if r, same := right.(*types.AttributeValueMemberN); same {
			a, okLeft := new(big.Rat).SetString(l.Value)
			b, okRight := new(big.Rat).SetString(r.Value)
			if okLeft && okRight {
				return a.Cmp(b), true
			}
		}
	}
	return 0, false
}
