package expression

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// FuzzParse looks for texts that make a parser panic, or that parse and then make the evaluation panic.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`INSERT INTO "t" VALUE {'id': ?, 'n': 1, 'm': {'l': [1, true, null]}}`,
		`UPDATE "t" SET "a"=?, "b" = 2 REMOVE c WHERE "id" = 'x' AND NOT ("n" < 5 OR "m" IS MISSING)`,
		`DELETE FROM "t" WHERE "id" = ? AND "a" BETWEEN 1 AND 2 AND "b" IN ['x', 'y']`,
		`SELECT * FROM "t" WHERE "id" = 'it''s'`,
		`attribute_not_exists(#a) OR size(b) > :v AND begins_with(c, :v)`,
		`SET a = if_not_exists(a, :v) + :v, #a = b - :v REMOVE c ADD d :v`,
		`"`, `'`, `(((`, `a = `, `#`, `:`, ``,
	} {
		f.Add(text)
	}
	item := Item{"id": &types.AttributeValueMemberS{Value: "x"}, "a": &types.AttributeValueMemberN{Value: "1"}}
	bindings := &Bindings{
		Names:  map[string]string{"#a": "a"},
		Values: map[string]Value{":v": &types.AttributeValueMemberN{Value: "2"}},
		Params: []Value{&types.AttributeValueMemberS{Value: "x"}},
	}
	f.Fuzz(func(_ *testing.T, text string) {
		if c, err := ParseCondition(text); err == nil {
			_, _ = c.Holds(item, bindings)
			c.Key("id", bindings)
		}
		if u, err := ParseUpdate(text); err == nil {
			_, _ = u.Apply(item, bindings)
		}
		s, err := ParseStatement(text)
		switch {
		case err != nil:
		case s.Operation == Insert:
			_, _ = s.Inserted(bindings)
		default:
			_, _ = s.Where.Holds(item, bindings)
			if s.Update != nil {
				_, _ = s.Update.Apply(item, bindings)
			}
		}
	})
}
