package contract_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// distinctive is a name that can only mean the contract's: of several words, or with a slash or a dot. Others, such as
// "state", are ordinary words that code may have for its own reasons.
var distinctive = regexp.MustCompile(`^[a-z]+[A-Z]\w*$|^[A-Z][a-z]+[A-Z]\w*$|[_.-]|/$`)

// elsewhere are names of the contract that also mean something that is not the stack's and the function's affair.
var elsewhere = map[string]string{
	"provided.al2023": "Lambda's own name, which the stand-in provider checks",
	"LOG_LEVEL":       "the peers of the bench read a variable of that name",
	"FunctionName":    "CloudWatch's own dimension for metrics of Lambda",
	"messageId":       "SQS's own member in what Lambda hands over",
	"schemaPath":      "a member of the log's lines",
	"receiveCount":    "a member of the log's lines",
	"cc-eventbridge":  "the project's own name",
}

// properties are names of the contract that a provider of Pulumi's has as well, for properties of its resources.
var properties = map[string]bool{"functionName": true, "eventBusName": true}

// names are the values of the contract's constants.
func names(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "contract.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, text := range literals(file) {
		if _, excused := elsewhere[text]; distinctive.MatchString(text) && !excused {
			found = append(found, text)
		}
	}
	if len(found) < 25 {
		t.Fatalf("found only %q: the test reads the contract wrongly", found)
	}
	return found
}

// literals are the strings that a file spells out, its imports and tags left out.
func literals(file *ast.File) []string {
	var found []string
	ast.Inspect(file, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			n.Tag = nil
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
				found = append(found, text)
			}
		}
		return true
	})
	return found
}

// TestNamesAreWrittenOnce reads the code of every module of the workspace. Unit tests may spell names out: they notice when
// the contract changes.
func TestNamesAreWrittenOnce(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "go.work")); err != nil {
		t.Skip("the function's module is alone: there is nothing to compare it with")
	}
	patterns := map[string]*regexp.Regexp{}
	for _, name := range names(t) {
		patterns[name] = regexp.MustCompile(`(^|[^\w-])` + regexp.QuoteMeta(name) + `($|[^\w-])`)
	}
	provider := filepath.Join(root, "local", "offline", "awsprovider")
	files := 0
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || entry.Name() == "contract"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") && !strings.Contains(path, filepath.Join("local", "e2e")):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		files++
		for _, text := range literals(file) {
			for name, pattern := range patterns {
				if pattern.MatchString(text) && (!properties[name] || filepath.Dir(path) != provider) {
					t.Errorf("%s spells %q out: use package contract", strings.TrimPrefix(path, root+"/"), text)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Errorf("read only %d files", files)
	}
}
