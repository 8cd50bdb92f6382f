package awsprovider

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// between is a range with both ends in it.
func between(low, high float64) rule {
	return func(v any) error {
		f, ok := number64(v)
		if ok && (f < low || f > high) {
			return fmt.Errorf("value %v is invalid: it must be between %v and %v", plainNumber(f), plainNumber(low), plainNumber(high))
		}
		return nil
	}
}

// oneOf is an enumeration of strings or numbers.
func oneOf[T string | float64](allowed ...T) rule {
	return func(v any) error {
		got, ok := v.(T)
		if f, isNumber := number64(v); isNumber && !ok {
			got, ok = any(f).(T)
		}
		if ok && !slices.Contains(allowed, got) {
			return fmt.Errorf("value %v is invalid: it must be one of %s", got, strings.Trim(fmt.Sprint(allowed), "[]"))
		}
		return nil
	}
}

// named is a name's length limit and character set.
func named(limit int, charset string) rule {
	pattern := regexp.MustCompile(`^` + charset + `+$`)
	return func(v any) error {
		s, ok := v.(string)
		switch {
		case !ok:
			return nil
		case s == "":
			return errors.New("the name must not be empty")
		case utf8.RuneCountInString(s) > limit:
			return fmt.Errorf("name %q has %d characters, and must have at most %d", s, utf8.RuneCountInString(s), limit)
		case !pattern.MatchString(s):
			return fmt.Errorf("name %q may only have characters of %s", s, charset)
		}
		return nil
	}
}

// atMost is a limit on a text's length.
func atMost(limit int) rule {
	return func(v any) error {
		if s, ok := v.(string); ok && utf8.RuneCountInString(s) > limit {
			return fmt.Errorf("the text has %d characters, and must have at most %d", utf8.RuneCountInString(s), limit)
		}
		return nil
	}
}

// sized is a limit on a list's length.
func sized(low, high int) rule {
	return func(v any) error {
		if l, ok := v.([]any); ok && (len(l) < low || len(l) > high) {
			return fmt.Errorf("the list has %d elements, and must have %d to %d", len(l), low, high)
		}
		return nil
	}
}

var arnPattern = regexp.MustCompile(`^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12}|aws|):.+$`)

// arn is an Amazon resource name.
func arn(v any) error {
	if s, ok := v.(string); ok && !arnPattern.MatchString(s) {
		return fmt.Errorf("value %q is not an ARN: it should look like arn:aws:<service>:<region>:<account>:<resource>", s)
	}
	return nil
}

// jsonObject is a document that must be one JSON object.
func jsonObject(v any) error {
	_, err := parseObject(v)
	return err
}

func parseObject(v any) (map[string]any, error) {
	if m, ok := v.(map[string]any); ok {
		return m, nil
	}
	var m map[string]any
	text, _ := v.(string)
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return nil, fmt.Errorf("contains an invalid JSON document: %w", err)
	}
	if m == nil {
		return nil, errors.New("contains an invalid JSON document: it must be an object")
	}
	return m, nil
}

// policyDocument is an IAM policy's grammar: AWS answers MalformedPolicyDocument, emulators store anything.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
func policyDocument(v any) error {
	doc, err := parseObject(v)
	if err != nil {
		return err
	}
	if version := doc["Version"]; version != "2012-10-17" && version != "2008-10-17" {
		return fmt.Errorf("MalformedPolicyDocument: Version is %v, and should be \"2012-10-17\"", version)
	}
	statements, ok := doc["Statement"].([]any)
	if !ok {
		statements = []any{doc["Statement"]}
	}
	for i, s := range statements {
		if err := policyStatement(s); err != nil {
			return fmt.Errorf("MalformedPolicyDocument: Statement[%d]: %w", i, err)
		}
	}
	return nil
}

func policyStatement(v any) error {
	s, ok := v.(map[string]any)
	if !ok {
		return errors.New("it should be an object")
	}
	if e := s["Effect"]; e != "Allow" && e != "Deny" {
		return fmt.Errorf("its Effect is %v, and should be \"Allow\" or \"Deny\"", e)
	}
	if s["Action"] == nil && s["NotAction"] == nil {
		return errors.New("it has neither Action nor NotAction")
	}
	for key := range s {
		switch key {
		case "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition":
		default:
			return fmt.Errorf("%q is not an element of a statement", key)
		}
	}
	return nil
}

// AWS tag limits: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
const (
	maxTags      = 50
	maxTagKey    = 128
	maxTagValue  = 256
	reservedTags = "aws:"
)

func validTags(v any) error {
	m, _ := v.(map[string]any)
	if len(m) > maxTags {
		return fmt.Errorf("there are %d tags, and must be at most %d", len(m), maxTags)
	}
	for k, value := range m {
		s, _ := value.(string)
		switch {
		case k == "" || utf8.RuneCountInString(k) > maxTagKey:
			return fmt.Errorf("tag key %q must have 1 to %d characters", k, maxTagKey)
		case strings.HasPrefix(strings.ToLower(k), reservedTags):
			return fmt.Errorf("tag key %q must not begin with %q, which is reserved", k, reservedTags)
		case utf8.RuneCountInString(s) > maxTagValue:
			return fmt.Errorf("the value of tag %q must have at most %d characters", k, maxTagValue)
		}
	}
	return nil
}

func number64(v any) (float64, bool) {
	f, ok := normalScalar(kindNumber, v).(float64)
	return f, ok
}

// plainNumber avoids 1.2096e+06 in messages.
func plainNumber(f float64) any {
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int64(f)
	}
	return f
}

// principals: a trust or resource policy must say to whom it applies.
func principals(v any) error {
	return eachStatement(v, func(s map[string]any) error {
		if s["Principal"] == nil && s["NotPrincipal"] == nil {
			return errors.New("MalformedPolicyDocument: Missing required field Principal")
		}
		return nil
	})
}

// noPrincipals: a role's own policy applies to the role, and must say what to.
func noPrincipals(v any) error {
	return eachStatement(v, func(s map[string]any) error {
		switch {
		case s["Principal"] != nil || s["NotPrincipal"] != nil:
			return errors.New("MalformedPolicyDocument: Policy document should not specify a principal")
		case s["Resource"] == nil && s["NotResource"] == nil:
			return errors.New("MalformedPolicyDocument: Policy statement must contain resources")
		}
		return nil
	})
}

func eachStatement(v any, check func(map[string]any) error) error {
	doc, err := parseObject(v)
	if err != nil {
		return nil //nolint:nilerr // policyDocument reports it
	}
	statements, ok := doc["Statement"].([]any)
	if !ok {
		statements = []any{doc["Statement"]}
	}
	for _, s := range statements {
		if m, ok := s.(map[string]any); ok {
			if err := check(m); err != nil {
				return err
			}
		}
	}
	return nil
}

// policySize is a limit on a policy's characters, white space not counted.
func policySize(limit int) rule {
	return func(v any) error {
		text := documentText(v)
		var compact bytes.Buffer
		if json.Compact(&compact, []byte(text)) == nil && compact.Len() > limit {
			return fmt.Errorf("LimitExceeded: the policy has %d characters, and must have at most %d", compact.Len(), limit)
		}
		return nil
	}
}
