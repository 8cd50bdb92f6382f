package deliver_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/identify"
)

// TestTheExampleOfThePageIsWhatIsSent holds docs/downstream.md to the function: its message, the key and the body.
func TestTheExampleOfThePageIsWhatIsSent(t *testing.T) {
	page, err := os.ReadFile("../../docs/downstream.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(page, -1)
	if len(blocks) != 2 {
		t.Fatalf("the page has %d examples, want a message and a body", len(blocks))
	}
	message, want := compact(t, blocks[0][1]), compact(t, blocks[1][1])
	reader := decode.NewReader(decode.Limits{MaxBytes: 1 << 20}, decode.ClaimCheckRules{})
	opened, err := reader.Open(decode.Message{Body: []byte(message)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(deliver.Body(opened.Event)); got != want {
		t.Errorf("sent is\n%s\nand the page says\n%s", got, want)
	}
	identity, err := identify.Event(opened.Event, false)
	if err != nil || !strings.Contains(string(page), "`"+identity.Key+"`") {
		t.Errorf("the page does not have the key %s (%v)", identity.Key, err)
	}
}

// TestThePageHasEveryWord holds docs/downstream.md to the reasons of errors and to what the contract lets a target be.
func TestThePageHasEveryWord(t *testing.T) {
	page, err := os.ReadFile("../../docs/downstream.md")
	if err != nil {
		t.Fatal(err)
	}
	words := 0
	for _, file := range []string{"downstream.go", "../contract/routes.go"} {
		source, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(source, func(node ast.Node) bool {
			constant, ok := node.(*ast.ValueSpec)
			if !ok || len(constant.Values) != 1 {
				return true
			}
			if text, ok := constant.Values[0].(*ast.BasicLit); ok && text.Kind == token.STRING {
				words++
				if word := strings.Trim(text.Value, `"`); !strings.Contains(string(page), "`"+word+"`") && !strings.Contains(string(page), ": "+word+"`") {
					t.Errorf("the page does not have %s", word)
				}
			}
			return true
		})
	}
	if words < 25 {
		t.Errorf("only %d words were found", words)
	}
}

func compact(t *testing.T, text []byte) string {
	t.Helper()
	value := jsontext.Value(text)
	if err := value.Compact(); err != nil {
		t.Fatal(err)
	}
	return string(value)
}
