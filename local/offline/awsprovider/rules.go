package awsprovider

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// What the program's settings bound is not bound once more here. These are the rules that an emulator does not have and
// that would only show on AWS.

// oneOf is an enumeration.
func oneOf(allowed ...string) rule {
	return func(v any) error {
		if s, ok := v.(string); ok && !slices.Contains(allowed, s) {
			return fmt.Errorf("value %v is invalid: it must be one of %s", s, strings.Join(allowed, " "))
		}
		return nil
	}
}

// only is an enumeration of which the stand-in has one value.
func only[T comparable](has T) rule {
	return func(v any) error {
		if t, ok := v.(T); ok && t != has {
			return fmt.Errorf("value %v is not implemented by this stand-in for the aws provider, which has %v", v, has)
		}
		return nil
	}
}

// named is a name's length limit and character set.
func named(limit int, charset string) rule {
	pattern := regexp.MustCompile(`^` + charset + `+$`)
	return func(v any) error {
		if s, ok := v.(string); ok && (utf8.RuneCountInString(s) > limit || !pattern.MatchString(s)) {
			return fmt.Errorf("name %q has %d characters: it must have 1 to %d of %s", s, utf8.RuneCountInString(s), limit, charset)
		}
		return nil
	}
}

// atMost is a limit on a text's length.
func atMost(limit int) rule {
	return func(v any) error {
		if n := utf8.RuneCountInString(documentText(v)); n > limit {
			return fmt.Errorf("the text has %d characters, and must have at most %d", n, limit)
		}
		return nil
	}
}

// notEmpty is a list that needs an element.
func notEmpty(v any) error {
	if l, ok := v.([]any); ok && len(l) == 0 {
		return errors.New("the list has no element, and must have at least 1")
	}
	return nil
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
	return eachStatement(v, func(s map[string]any) error {
		if e := s["Effect"]; e != "Allow" && e != "Deny" {
			return fmt.Errorf("its Effect is %v, and should be \"Allow\" or \"Deny\"", e)
		}
		if s["Action"] == nil && s["NotAction"] == nil {
			return errors.New("it has neither Action nor NotAction")
		}
		return nil
	})
}

// principals: a trust or resource policy must say to whom it applies.
func principals(v any) error {
	return eachStatement(v, func(s map[string]any) error {
		if s["Principal"] == nil && s["NotPrincipal"] == nil {
			return errors.New("Missing required field Principal") //nolint:staticcheck // AWS's words
		}
		return nil
	})
}

// noPrincipals: a role's own policy applies to the role, and must say what to.
func noPrincipals(v any) error {
	return eachStatement(v, func(s map[string]any) error {
		if s["Principal"] != nil || s["NotPrincipal"] != nil {
			return errors.New("Policy document should not specify a principal") //nolint:staticcheck // AWS's words
		}
		if s["Resource"] == nil && s["NotResource"] == nil {
			return errors.New("Policy statement must contain resources") //nolint:staticcheck // AWS's words
		}
		return nil
	})
}

func eachStatement(v any, check func(map[string]any) error) error {
	doc, err := parseObject(v)
	if err != nil {
		return err
	}
	for i, s := range oneOrMore(doc["Statement"]) {
		if err := check(asObject(s)); err != nil {
			return fmt.Errorf("MalformedPolicyDocument: Statement[%d]: %w", i, err)
		}
	}
	return nil
}

// oneOrMore is an element of a policy that may be one thing or a list.
func oneOrMore(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

// reservedTags begin the keys that AWS keeps for itself.
const reservedTags = "aws:"

func noReservedTag(v any) error {
	for k := range asObject(v) {
		if strings.HasPrefix(strings.ToLower(k), reservedTags) {
			return fmt.Errorf("tag key %q must not begin with %q, which is reserved", k, reservedTags)
		}
	}
	return nil
}

func number64(v any) (float64, bool) {
	f, ok := normalScalar(kindNumber, v).(float64)
	return f, ok
}
