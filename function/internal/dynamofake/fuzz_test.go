package dynamofake

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// FuzzParse looks for texts that make the parser panic, or that parse and then make the evaluation panic.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`INSERT INTO "t" VALUE {'id': ?, 'n': ?}`,
		`UPDATE "t" SET "a"=?, "b" = ? WHERE "id" = ? AND ("n" < ? OR attribute_exists("m"))`,
		`DELETE FROM "t" WHERE "id" = ?`,
		`attribute_not_exists(#a) OR "b" > :v`,
		`"`, `'`, `(((`, `"a" = `, `#`, `:`, ``,
	} {
		f.Add(text)
	}
	value := &types.AttributeValueMemberS{Value: "x"}
	table := New("t", "id")
	f.Fuzz(func(_ *testing.T, text string) {
		p := &parser{tokens: token.FindAllString(text, -1), names: map[string]string{"#a": "id"}, values: Item{":v": value}}
		if c, err := p.condition(); err == nil {
			c.holds(Item{"id": value})
		}
		table.parse(types.BatchStatementRequest{Statement: &text, Parameters: []types.AttributeValue{value}})
	})
}
