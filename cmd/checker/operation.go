package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mapilife/model"
)

// operations are the names of those that the specification knows.
func operations() []string {
	var list []string
	for _, x := range model.Subjects() {
		if !x.Any {
			list = append(list, x.Name)
		}
	}
	return list
}

// operation finds what a name means. One that is nearly that of an operation is taken for misspelt, though its interface may have it.
func operation(name string) (model.Subject, error) {
	x, ok := model.SubjectByName(name)
	hint := ""
	if !ok || x.Any {
		hint = meant(name, operations())
	}
	if !ok || hint != "" && !strings.HasSuffix(name, "::*") {
		return x, fmt.Errorf("there is no operation %q%s", name, hint)
	}
	return x, nil
}

// meant offers the names that are nearly what was asked for, or begin with it; "" if there are none.
func meant(asked string, names []string) string {
	all := &cobra.Command{SuggestionsMinimumDistance: 2} // which finds them for commands
	for _, name := range names {
		all.AddCommand(&cobra.Command{Use: name, Run: func(*cobra.Command, []string) {}})
	}
	const most = 8
	near := all.SuggestionsFor(asked)
	more := ""
	if len(near) > most {
		near, more = near[:most], ", …"
	}
	if len(near) == 0 {
		return ""
	}
	return ": did you mean " + strings.Join(near, ", ") + more + "?"
}

// aboutOperation says what an operation does to the lifecycles, and which rules apply to it.
func aboutOperation(x model.Subject) string {
	spec := model.Specification()
	var b strings.Builder
	b.WriteString(x.Name)
	if x.Answers() != model.NoSide {
		fmt.Fprintf(&b, ": implemented by %s", x.Answers())
	}
	if x.Calls() != model.NoSide {
		fmt.Fprintf(&b, ", called by %s", x.Calls())
	}
	b.WriteByte('\n')
	if len(spec.On(x.Page)) > 0 {
		fmt.Fprintf(&b, "  page: %s\n", model.Source{Page: x.Page}.Address())
	}
	if x.Any {
		b.WriteString("  The specification does not name this method: what follows holds for every such method of the interface.\n")
	}
	for n, s := range spec.Steps(x) {
		if n == 0 {
			b.WriteString("\nWhat it does to the lifecycles:\n\n")
		}
		fmt.Fprintf(&b, "  %-12s %s\n", s.Life.Name, s.Row.Moves())
	}
	rules := spec.Index().Applying(x)
	if len(rules) == 0 {
		b.WriteString("\nNo rule applies to it.\n")
		return b.String()
	}
	b.WriteString("\nThe rules that apply to it, and how:\n\n")
	for _, a := range rules {
		writeRule(&b, a.Rule, a.Use.String())
	}
	return b.String()
}

// aboutPage says which rules a page demands.
func aboutPage(page string) string {
	page = strings.ToLower(page)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n  page: %s\n\nThe rules that it demands:\n\n", page, model.Source{Page: page}.Address())
	for _, r := range model.Specification().On(page) {
		where := ""
		for _, s := range r.Sources() {
			if s.Page == page && s.Section != "(body)" {
				where = s.Section
			}
		}
		writeRule(&b, r, where)
	}
	return b.String()
}

// writeRule writes a rule in two lines: what it is, and what it demands.
func writeRule(b *strings.Builder, r *model.Rule, note string) {
	what := fmt.Sprintf("  %-7s %-8s %-6s %-26s %s", r.ID, r.Status(), r.Level, r.Owes, note)
	fmt.Fprintf(b, "%s\n          %s\n", strings.TrimRight(what, " "), r.Says)
}
