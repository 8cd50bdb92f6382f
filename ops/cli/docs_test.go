package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var documented = regexp.MustCompile("go run ./ops ([^`\n#]*)")

// TestDocumentedCommandsParse gives the command line each of those that the pages have, without running any.
func TestDocumentedCommandsParse(t *testing.T) {
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range append(files, "../../README.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range documented.FindAllStringSubmatch(string(text), -1) {
			if err := parse(strings.Fields(match[1])); err != nil {
				t.Errorf("%s: ops %s: %v", filepath.Base(file), match[1], err)
			}
			found++
		}
	}
	if found < 5 {
		t.Errorf("only %d commands were found", found)
	}
	for _, wrong := range []string{"replay --stak prod", "replay prod", "send-large --stack prod", "resend --stack prod"} {
		if parse(strings.Fields(wrong)) == nil {
			t.Errorf("%s parses", wrong)
		}
	}
}

// parse reads a command line as far as cobra does before it runs a command.
func parse(args []string) error {
	command, rest, err := (&app{}).root().Find(args)
	if err != nil {
		return err
	}
	if err := command.ParseFlags(rest); err != nil {
		return err
	}
	return command.ValidateArgs(command.Flags().Args())
}
