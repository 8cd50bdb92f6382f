package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

var formats = map[string]func(io.Writer, *Review) error{"text": asText, "json": asJSON, "markdown": asMarkdown}

func asJSON(out io.Writer, r *Review) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// widest is how much of a line's values is shown, in characters.
const widest = 300

func cut(line string) string {
	if all := []rune(line); len(all) > widest {
		return string(all[:widest]) + "…"
	}
	return line
}

func asText(out io.Writer, r *Review) error {
	var b strings.Builder
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", w)
	}
	for _, c := range r.Changes {
		for _, line := range c.Words {
			fmt.Fprintf(&b, "%s %s: %s\n", mark(c), shown(c.URN), cut(line))
		}
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s by %s: %s: %s\n", verdict(f), f.Policy, shown(f.URN), cut(f.Says))
	}
	fmt.Fprintf(&b, "%s: %s\n", r.Stack, summary(r))
	_, err := io.WriteString(out, b.String())
	return err
}

func asMarkdown(out io.Writer, r *Review) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s: %s\n\n", r.Stack, summary(r))
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "- **%s by %s**: `%s`: %s\n", verdict(f), f.Policy, shown(f.URN), escaped(f.Says))
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(&b, "- warning: %s\n", escaped(w))
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "- note: %s\n", escaped(n))
	}
	if len(r.Changes) > 0 {
		b.WriteString("\n| | resource | what changes |\n|---|---|---|\n")
	}
	for _, c := range r.Changes {
		for _, line := range c.Words {
			fmt.Fprintf(&b, "| %s | `%s` | %s |\n", mark(c), shown(c.URN), escaped(line))
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// escaped keeps a text within its cell, and from being read as anything but text.
func escaped(line string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;", "`", "'", "*", `\*`, "[", `\[`, "@", "@\u200b").Replace(cut(line))
}

func verdict(f Finding) string {
	if f.Accepted {
		return "accepted, refused"
	}
	return "REFUSED"
}

func mark(c Change) string {
	return map[string]string{created: "+", updated: "~", replaced: "+-", deleted: "-", kept: "-"}[c.Action]
}

// shown is a resource as people call it: Queue ingestion.
func shown(urn string) string {
	kind, name, ok := strings.Cut(urn, "::")
	if !ok {
		return urn
	}
	return last(kind) + " " + name
}

func summary(r *Review) string {
	var parts []string
	for _, action := range []string{created, updated, replaced, deleted, kept} {
		n := 0
		for _, c := range r.Changes {
			if c.Action == action {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, action))
		}
	}
	if len(parts) == 0 {
		parts = []string{"nothing changes"}
	}
	text := strings.Join(parts, ", ")
	refused := 0
	for _, f := range r.Findings {
		if !f.Accepted {
			refused++
		}
	}
	if refused > 0 {
		text += fmt.Sprintf("; %d times a policy says no", refused)
	}
	return text
}

// list prints the policies, and what is waived.
func list(out io.Writer) error {
	var b strings.Builder
	for _, p := range policies {
		fmt.Fprintf(&b, "%s: %s", p.Name, p.Says)
		if len(p.Scanners) > 0 {
			fmt.Fprintf(&b, " (%s)", strings.Join(p.Scanners, ", "))
		}
		if p.Acceptable {
			b.WriteString("; ACCEPT=" + p.Name)
		}
		b.WriteString("\n")
	}
	b.WriteString("\nNot followed:\n")
	names := keys(waived, nil)
	slices.Sort(names)
	for _, rule := range names {
		fmt.Fprintf(&b, "%s: %s\n", rule, waived[rule])
	}
	_, err := io.WriteString(out, b.String())
	return err
}
