package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	// root is the project.
	root      = "../../.."
	maxLength = 130
)

// The pages are held to what they speak of: links lead somewhere, and lines are short. Commands are parsed where their keys and
// flags are: `pulumi config set` in infra/settings, `ops` in ops/cli.

// pages are all pages by their paths below root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "function/*.md", "genesys/*.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no pages, %v", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			name, _ := filepath.Rel(root, file)
			texts[name] = string(text)
		}
	}
	return texts
}

func TestLinesAreShort(t *testing.T) {
	for name, text := range pages(t) {
		for i, line := range strings.Split(text, "\n") {
			if n := utf8.RuneCountInString(line); n > maxLength && !strings.HasPrefix(strings.TrimSpace(line), "|") {
				t.Errorf("%s:%d has %d characters, at most %d", name, i+1, n, maxLength)
			}
		}
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	unsaid  = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

// anchors are the headings of a page as links name them.
func anchors(text string) map[string]bool {
	all := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(text, -1) {
		all[strings.ReplaceAll(unsaid.ReplaceAllString(strings.ToLower(match[1]), ""), " ", "-")] = true
	}
	return all
}

func TestLinksLeadSomewhere(t *testing.T) {
	texts := pages(t)
	found := 0
	for name, text := range texts {
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(match[1], "://") {
				continue
			}
			found++
			file, anchor, _ := strings.Cut(match[1], "#")
			target := name
			if file != "" {
				target = filepath.Join(filepath.Dir(name), file)
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s: %s: there is no %s", name, match[1], target)
			} else if anchor != "" && !anchors(texts[target])[anchor] {
				t.Errorf("%s: %s: there is no such heading", name, match[1])
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d links were found", found)
	}
}

// TestOutputsAreThoseOfTheStack holds each `pulumi stack output` to the names in function/contract.
func TestOutputsAreThoseOfTheStack(t *testing.T) {
	contract, err := os.ReadFile(filepath.Join(root, "function", "contract", "contract.go"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, match := range regexp.MustCompile(`Output\w+ += "(\w+)"`).FindAllStringSubmatch(string(contract), -1) {
		known[match[1]] = true
	}
	found := 0
	for name, text := range pages(t) {
		for _, match := range regexp.MustCompile(`pulumi stack output (\w+)`).FindAllStringSubmatch(text, -1) {
			if !known[match[1]] {
				t.Errorf("%s: the stack has no output %s", name, match[1])
			}
			found++
		}
	}
	if len(known) < 20 || found < 30 {
		t.Errorf("only %d outputs are known, and %d were found", len(known), found)
	}
}
