package cli

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// documented are commands on a line of their own or in backquotes.
var documented = regexp.MustCompile("(?m)(?:^ *|`|go run ./)ops ([a-z][^`\n#]*)")

// TestDocumentedCommandsParse gives the command line each of those that the pages have, without running any.
func TestDocumentedCommandsParse(t *testing.T) {
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range append(files, "../../README.md") {
		if file == page {
			continue // made from the commands
		}
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
	if found < 20 {
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
	root := (&app{}).root()
	root.InitDefaultCompletionCmd()
	command, rest, err := root.Find(args)
	if err != nil {
		return err
	}
	command.InitDefaultHelpFlag()
	if len(rest) == 0 && command != root {
		return nil // a command that is only named
	}
	if err := command.ParseFlags(rest); err != nil && !errors.Is(err, pflag.ErrHelp) {
		return err
	}
	return command.ValidateArgs(command.Flags().Args())
}
