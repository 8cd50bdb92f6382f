package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
)

// The statuses of mutants in a report of gremlins.
const (
	killed     = "KILLED"
	lived      = "LIVED"
	timedOut   = "TIMED OUT"
	notCovered = "NOT COVERED"
	notViable  = "NOT VIABLE"
)

// mutant is one changed operator and what the tests made of it.
type mutant struct {
	pkg      string
	file     string // below the function's module
	line     int
	function string // or the constant or variable that is declared there
	operator string // the kind of change, such as CONDITIONALS_BOUNDARY
	status   string
}

func (m mutant) String() string {
	return fmt.Sprintf("%s:%d: %s %s %s", m.file, m.line, m.status, m.function, m.operator)
}

// readReport reads a report of gremlins on a package, whose sources lie in the folder of that name.
func readReport(text []byte, pkg string) ([]mutant, error) {
	var report struct {
		Files []struct {
			Name      string `json:"file_name"`
			Mutations []struct {
				Type         string `json:"type"`
				Status       string `json:"status"`
				Line, Column int
			} `json:"mutations"`
		} `json:"files"`
	}
	if err := json.Unmarshal(text, &report); err != nil {
		return nil, fmt.Errorf("read the report on %s: %w", pkg, err)
	}
	var mutants []mutant
	for _, file := range report.Files {
		path := filepath.Join(pkg, file.Name)
		owners, err := ownersOf(path)
		if err != nil {
			return nil, err
		}
		for _, m := range file.Mutations {
			switch m.Status {
			case killed, lived, timedOut, notCovered, notViable:
			default:
				return nil, fmt.Errorf("%s:%d: status %q is unknown", path, m.Line, m.Status)
			}
			mutants = append(mutants, mutant{
				pkg: pkg, file: path, line: m.Line, function: owners.at(m.Line, m.Column), operator: m.Type, status: m.Status,
			})
		}
	}
	return mutants, nil
}

// owner is a function of a file, or a constant, variable or type that is declared outside of functions.
type owner struct {
	name string
	block
}

type owners []owner

// ownersOf returns the declarations of a source file.
func ownersOf(path string) (owners, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var all owners
	add := func(name string, node ast.Node) {
		all = append(all, owner{name, block{files.Position(node.Pos()), files.Position(node.End())}})
	}
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			add(functionName(decl), decl)
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.ValueSpec:
					add(spec.Names[0].Name, spec)
				case *ast.TypeSpec:
					add(spec.Name.Name, spec)
				}
			}
		}
	}
	return all, nil
}

// functionName is Table.Claim for the method Claim of Table or *Table.
func functionName(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	receiver := f.Recv.List[0].Type
	for {
		switch t := receiver.(type) {
		case *ast.StarExpr:
			receiver = t.X
		case *ast.IndexExpr:
			receiver = t.X
		case *ast.Ident:
			return t.Name + "." + f.Name.Name
		default:
			return f.Name.Name
		}
	}
}

// at names the declaration at a position; "-" if there is none.
func (o owners) at(line, column int) string {
	for _, d := range o {
		if d.holds(token.Position{Line: line, Column: column}) {
			return d.name
		}
	}
	return "-"
}
