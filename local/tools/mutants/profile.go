package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// block is a part of a source file that the tests reached.
type block struct{ start, end token.Position }

func (b block) holds(p token.Position) bool {
	return !before(p, b.start) && before(p, b.end)
}

func before(a, b token.Position) bool {
	return a.Line < b.Line || a.Line == b.Line && a.Column < b.Column
}

// widen adds to a coverage profile what it has no blocks for: declarations outside of functions, and the conditions of
// cases whose switch was reached. pattern is that of the packages, like ./dedup/...; the working directory is the module's.
func widen(profile, pattern string) error {
	text, err := os.ReadFile(profile)
	if err != nil {
		return err
	}
	module, err := moduleName("go.mod")
	if err != nil {
		return err
	}
	reached := reachedBlocks(string(text))
	var added bytes.Buffer
	err = filepath.WalkDir(strings.TrimSuffix(pattern, "..."), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		name := module + "/" + filepath.ToSlash(path)
		blocks, err := unprofiled(path, reached[name])
		for _, b := range blocks {
			fmt.Fprintf(&added, "%s:%d.%d,%d.%d 1 1\n", name, b.start.Line, b.start.Column, b.end.Line, b.end.Column)
		}
		return err
	})
	if err != nil {
		return err
	}
	file, err := os.OpenFile(profile, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.Write(added.Bytes())
	return errors.Join(err, file.Close())
}

// reachedBlocks reads the blocks of a profile that were reached, by file.
func reachedBlocks(profile string) map[string][]block {
	reached := make(map[string][]block)
	for line := range strings.Lines(profile) {
		name, rest, _ := strings.Cut(line, ":")
		var (
			b                 block
			statements, count int
		)
		n, _ := fmt.Sscanf(rest, "%d.%d,%d.%d %d %d", &b.start.Line, &b.start.Column, &b.end.Line, &b.end.Column, &statements, &count)
		if n == 6 && count > 0 { // the line "mode: set" has no numbers
			reached[name] = append(reached[name], b)
		}
	}
	return reached
}

// unprofiled returns the blocks to add for one file.
func unprofiled(path string, reached []block) ([]block, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var blocks []block
	add := func(start, end token.Pos) {
		blocks = append(blocks, block{files.Position(start), files.Position(end)})
	}
	for _, decl := range file.Decls {
		if decl, ok := decl.(*ast.GenDecl); ok {
			add(decl.Pos(), decl.End())
		}
	}
	ast.Inspect(file, func(node ast.Node) bool {
		choice, ok := node.(*ast.SwitchStmt)
		if !ok || !reachedAt(reached, files.Position(choice.Pos())) {
			return true
		}
		for _, statement := range choice.Body.List {
			clause := statement.(*ast.CaseClause)
			add(clause.Pos(), clause.Colon)
		}
		return true
	})
	return blocks, nil
}

func reachedAt(reached []block, p token.Position) bool {
	for _, b := range reached {
		if b.holds(p) {
			return true
		}
	}
	return false
}

// moduleName reads the name of the module from its go.mod, whose first line has it.
func moduleName(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimPrefix(strings.TrimSpace(first), "module "), nil
}
