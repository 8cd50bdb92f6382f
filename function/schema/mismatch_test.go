package schema

import (
	"errors"
	"fmt"
	"testing"
)

// What the library says may change with its next version. Whatever it says then, no value may come out.
func TestMessagesOfAnotherFormatAreNotPassedOn(t *testing.T) {
	c, err := compile([]byte(`{"properties":{"a":{"type":"string"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	within := func(pointer string, err error) error { return fmt.Errorf("validating %s: %w", pointer, err) }
	tests := map[string]struct {
		err  error
		want Mismatch
	}{
		"a place that is not there":   {within("root", within("/properties/secret", errors.New("type: secret"))), Mismatch{}},
		"another wrapping":            {fmt.Errorf("secret (%w)", errors.New("type: secret")), Mismatch{}},
		"an unknown keyword":          {within("root", within("/properties/a", errors.New("secret: x"))), Mismatch{Path: "/properties/a"}},
		"no keyword":                  {within("root", errors.New("secret")), Mismatch{}},
		"another way to name missing": {within("root", errors.New("required: secret")), Mismatch{Path: "/required", Keyword: "required"}},
		"names without quotes":        {within("root", errors.New("required: [secret]")), Mismatch{Path: "/required", Keyword: "required"}},
		"as it is now":                {within("root", within("/properties/a", errors.New("type: secret"))), Mismatch{Path: "/properties/a/type", Keyword: "type"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := c.locate(test.err); *got != test.want {
				t.Errorf("%+v, want %+v", *got, test.want)
			}
		})
	}
}
