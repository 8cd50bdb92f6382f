package pipeline_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"sync"
)

// series are the values of a metric or an expression by the minute, oldest first; nil where there is none. The names of
// several are the ids of an alarm's queries.
type series []*float64

// metricMath evaluates the expressions of alarms as the CloudWatch User Guide ("Using math expressions with CloudWatch
// metrics") has it: between two series a missing value is 0 if the other has one; between a series and a number it stays
// missing. IF has no value where its condition has none.
type metricMath struct {
	tokens  []string
	metrics map[string]series
	minutes int
	// first is the first minute, counted from a Monday at 0:00 UTC.
	first int
	mathReading
}

// mathReading is what the guide does not say.
type mathReading struct {
	// emptyStays is whether FILL leaves a metric empty that has no value at all.
	emptyStays bool
	// diffNeedsBoth is whether DIFF has no value after a minute without one, rather than the difference to the last one.
	diffNeedsBoth bool
}

var (
	mathToken = regexp.MustCompile(`[A-Za-z]\w*|\d+|[<>=!]=|[<>+*(),-]|\S`)
	tokensOf  sync.Map
)

// evaluate panics on what it knows nothing of: an expression that needs it is new, and needs it taught.
func (m metricMath) evaluate(expression string) series {
	tokens, ok := tokensOf.Load(expression)
	if !ok {
		tokens = mathToken.FindAllString(expression, -1)
		tokensOf.Store(expression, tokens)
	}
	m.tokens = tokens.([]string)
	result, _ := m.binary(0)
	if len(m.tokens) > 0 {
		panic(fmt.Sprintf("%q is left of %q", m.tokens, expression))
	}
	return result
}

// operators are by precedence, the loosest first.
var operators = []map[string]func(a, b float64) float64{
	{"OR": func(a, b float64) float64 { return truth(a != 0 || b != 0) }},
	{"AND": func(a, b float64) float64 { return truth(a != 0 && b != 0) }},
	{
		">":  func(a, b float64) float64 { return truth(a > b) },
		">=": func(a, b float64) float64 { return truth(a >= b) },
		"<":  func(a, b float64) float64 { return truth(a < b) },
		"<=": func(a, b float64) float64 { return truth(a <= b) },
		"==": func(a, b float64) float64 { return truth(a == b) },
	},
	{"+": func(a, b float64) float64 { return a + b }, "-": func(a, b float64) float64 { return a - b }},
	{"*": func(a, b float64) float64 { return a * b }},
}

func truth(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}

// binary returns a value, and whether it is a number rather than a series.
func (m *metricMath) binary(level int) (series, bool) {
	if level == len(operators) {
		return m.operand()
	}
	left, number := m.binary(level + 1)
	for len(m.tokens) > 0 && operators[level][m.tokens[0]] != nil {
		operate := operators[level][m.next()]
		right, alsoNumber := m.binary(level + 1)
		left, number = combine(left, right, number || alsoNumber, operate), number && alsoNumber
	}
	return left, number
}

func combine(left, right series, withNumber bool, operate func(a, b float64) float64) series {
	zero := 0.0
	result := make(series, len(left))
	for i, a := range left {
		b := right[i]
		if a == nil && b == nil || withNumber && (a == nil || b == nil) {
			continue
		}
		if a == nil {
			a = &zero
		}
		if b == nil {
			b = &zero
		}
		value := operate(*a, *b)
		result[i] = &value
	}
	return result
}

func (m *metricMath) operand() (series, bool) {
	switch token := m.next(); {
	case token == "(":
		value, number := m.binary(0)
		m.expect(")")
		return value, number
	case token == "IF":
		return m.choice(), false
	case token == "FILL":
		return m.fill(), false
	case token == "DIFF":
		return m.diff(), false
	case token == "HOUR":
		return m.clock(func(minute int) int { return minute / 60 % 24 }), false
	case token == "DAY":
		return m.clock(func(minute int) int { return minute/(24*60)%7 + 1 }), false
	case token[0] >= '0' && token[0] <= '9':
		n, err := strconv.ParseFloat(token, 64)
		if err != nil {
			panic(err)
		}
		return slices.Repeat(series{&n}, m.minutes), true
	default:
		metric, ok := m.metrics[token]
		if !ok {
			panic(fmt.Sprintf("no metric %q among %q", token, slices.Sorted(maps.Keys(m.metrics))))
		}
		return metric, false
	}
}

func (m *metricMath) choice() series {
	m.expect("(")
	condition, _ := m.binary(0)
	m.expect(",")
	then, _ := m.binary(0)
	m.expect(",")
	otherwise, _ := m.binary(0)
	m.expect(")")
	result := make(series, m.minutes)
	for i, holds := range condition {
		switch {
		case holds == nil:
		case *holds != 0:
			result[i] = then[i]
		default:
			result[i] = otherwise[i]
		}
	}
	return result
}

func (m *metricMath) fill() series {
	m.expect("(")
	filled, _ := m.binary(0)
	filled = slices.Clone(filled)
	m.expect(",")
	var last *float64
	repeat := m.tokens[0] == "REPEAT"
	if repeat {
		m.next()
	} else {
		with, _ := m.binary(0)
		last = with[0]
	}
	m.expect(")")
	if m.emptyStays && !slices.ContainsFunc(filled, func(v *float64) bool { return v != nil }) {
		return filled
	}
	for i, value := range filled {
		switch {
		case value == nil:
			filled[i] = last
		case repeat:
			last = value
		}
	}
	return filled
}

func (m *metricMath) diff() series {
	m.expect("(")
	of, _ := m.binary(0)
	m.expect(")")
	result := make(series, len(of))
	var before *float64
	for i, value := range of {
		if value != nil && before != nil {
			grown := *value - *before
			result[i] = &grown
		}
		if value != nil || m.diffNeedsBoth {
			before = value
		}
	}
	return result
}

// clock has a value where the series in the parentheses has one.
func (m *metricMath) clock(part func(minute int) int) series {
	m.expect("(")
	of, _ := m.binary(0)
	m.expect(")")
	result := make(series, len(of))
	for i, value := range of {
		if value != nil {
			at := float64(part(m.first + i))
			result[i] = &at
		}
	}
	return result
}

func (m *metricMath) next() string {
	if len(m.tokens) == 0 {
		panic("the expression ends early")
	}
	token := m.tokens[0]
	m.tokens = m.tokens[1:]
	return token
}

func (m *metricMath) expect(token string) {
	if got := m.next(); got != token {
		panic(fmt.Sprintf("%q where %q should be", got, token))
	}
}
