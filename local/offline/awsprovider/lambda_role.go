package awsprovider

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// assumableByLambda is what Lambda checks when it is given a role, and emulators do not: the role exists and trusts Lambda.
func assumableByLambda(ctx context.Context, c *cloud, roleARN string) error {
	found, err := readRole(ctx, c, lastSegment(roleARN), nil)
	refused := fmt.Errorf("%s: The role defined for the function cannot be assumed by Lambda (role %s", lambdaInvalid, roleARN)
	if errors.Is(err, errNotFound) {
		return fmt.Errorf("%w does not exist)", refused)
	}
	if err != nil {
		return err
	}
	trusted := false
	_ = eachStatement(found["assumeRolePolicy"], func(s map[string]any) error {
		principal, _ := s["Principal"].(map[string]any)
		if s["Effect"] == "Allow" && slices.Contains(oneOrMore(s["Action"]), "sts:AssumeRole") &&
			slices.Contains(oneOrMore(principal["Service"]), "lambda.amazonaws.com") {
			trusted = true
		}
		return nil
	})
	if !trusted {
		return fmt.Errorf("%w does not trust lambda.amazonaws.com)", refused)
	}
	return nil
}

// oneOrMore reads a policy element that may be a text or a list of texts.
func oneOrMore(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		return args{"v": v}.strings("v")
	}
	return nil
}
