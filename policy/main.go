package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const usage = `usage: policy <command>

  graph -stack NAME      write what the stack declares to graphs/NAME.json
  preview -stack NAME    say what changes against that file, and hold it to the policies
  list                   the policies, and the rules of public scanners that they stand for
`

// errRefused ends a preview that a policy says no to. What it says is in the preview.
var errRefused = errors.New("a policy says no")

func main() {
	err := run(os.Args[1:], os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("no command\n\n%s", usage)
	}
	if args[0] == "list" {
		return list(out)
	}
	if args[0] != "graph" && args[0] != "preview" {
		return serve() // the engine's address
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	stack := flags.String("stack", "", "`name` of the stack, whose Pulumi.<name>.yaml is read")
	format := flags.String("format", "text", "text, json or markdown")
	accept := flags.String("accept", "", "`policies` that may say no, with commas between them")
	against := flags.String("against", "", "`file` of a graph to compare with, in the place of the committed one")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	root, err := workspace()
	if err != nil {
		return err
	}
	if *stack == "" {
		return errors.New("which stack? STACK=prod")
	}
	if args[0] == "graph" {
		return write(root, *stack, out)
	}
	if *against == "" {
		*against = graphFile(root, *stack)
	}
	return preview(root, *stack, *against, *format, *accept, out)
}

// workspace is the nearest folder at or above the working directory that has a Pulumi.yaml.
func workspace() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("looking for the project: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "Pulumi.yaml")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no Pulumi.yaml in %s or above it: run this inside a checkout of the project", start)
		}
	}
}

func write(root, stack string, out io.Writer) error {
	g, err := declare(root, stack, nil)
	if err != nil {
		return err
	}
	text, err := g.text()
	if err != nil {
		return err
	}
	file := graphFile(root, stack)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("making the folder of graphs: %w", err)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return fmt.Errorf("writing the graph: %w", err)
	}
	fmt.Fprintf(out, "graphs/%s.json has %d resources\n", stack, len(g.Resources))
	return nil
}

// Review is what a preview says.
type Review struct {
	Stack    string    `json:"stack"`
	Notes    []string  `json:"notes,omitempty"`
	Warnings []string  `json:"warnings,omitempty"`
	Changes  []Change  `json:"changes"`
	Findings []Finding `json:"findings"`
}

func preview(root, stack, against, format, accept string, out io.Writer) error {
	print, ok := formats[format]
	if !ok {
		return fmt.Errorf("no format %q: text, json or markdown", format)
	}
	r, err := review(root, stack, against, accept)
	if err != nil {
		return err
	}
	if err := print(out, r); err != nil {
		return fmt.Errorf("printing the preview: %w", err)
	}
	if slices.ContainsFunc(r.Findings, func(f Finding) bool { return !f.Accepted }) {
		return errRefused
	}
	return nil
}

// review compares a stack with the graph in the file against, and holds it to the policies.
func review(root, stack, against, accept string) (*Review, error) {
	before, err := readGraph(against)
	if err != nil {
		return nil, err
	}
	now, err := declare(root, stack, before)
	if err != nil {
		return nil, err
	}
	r := &Review{Stack: stack, Warnings: now.Warnings, Changes: []Change{}, Findings: []Finding{}}
	for _, key := range now.Placeholders {
		r.Notes = append(r.Notes, key+" is not set: a placeholder stands for it here")
	}
	if now.Region == "" {
		r.Notes = append(r.Notes, "aws:region is not set: choose where events rest with pulumi config set aws:region <region>")
	}
	if before == nil {
		r.Notes = append(r.Notes, "there is no committed graph to compare with: make graph STACK="+stack)
	} else {
		if before.Region != now.Region {
			r.Notes = append(r.Notes, regionWords(before.Region, now.Region))
		}
		if r.Changes, err = compare(before, now); err != nil {
			return nil, err
		}
	}
	r.Findings = append(r.Findings, apply(now, r.Changes)...)
	if before != nil && before.Region != "" && before.Region != now.Region {
		r.Findings = append(r.Findings, Finding{Policy: "region", URN: "aws:region", Says: regionWords(before.Region, now.Region)})
	}
	return r, accepted(r.Findings, accept)
}

func regionWords(before, now string) string {
	if before == "" {
		return "the region is chosen: " + now
	}
	return fmt.Sprintf("region %s -> %s: everything is made anew there, and what the old one holds stays behind", before, short(any(now)))
}

// accepted marks what a reviewer lets pass.
func accepted(findings []Finding, accept string) error {
	for name := range strings.SplitSeq(accept, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if !slices.ContainsFunc(policies, func(p Policy) bool { return p.Name == name && p.Acceptable }) {
			return fmt.Errorf("%s can't be accepted; policy list says what can", name)
		}
		for i := range findings {
			findings[i].Accepted = findings[i].Accepted || findings[i].Policy == name
		}
	}
	return nil
}
