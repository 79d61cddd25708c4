package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mapilife/model"
	"mapilife/trace"
)

func explainCommand() *cobra.Command {
	var under readings
	cmd := &cobra.Command{
		Use:   "explain RULE|OPERATION|PAGE…",
		Short: "Say what a rule demands, by which page, and show the traces that break and keep it; or which rules an operation or a page has",
		Long: `Say what a rule demands, by which page, and show the traces that break and keep it. Of a conflict between pages, such as CG-05, say how it
is read, and why. Of an operation, such as IMSLogon::Logoff or MAPIUninitialize, say what it does to the lifecycles and which rules apply to
it, and how; of a page of the reference, such as imslogon-logoff, which rules it demands.`,
		Example: `  checker explain SES-14
  checker explain CG-05
  checker explain IMSLogon::Logoff
  checker explain imapisession-logoff`,
		Args:              some("a rule such as SES-14, a conflict such as CG-05, an operation or a page"),
		ValidArgsFunction: completes(slices.Concat(ruleIDs(), operations(), model.Specification().PagesCited())...),
		RunE: func(cmd *cobra.Command, args []string) error {
			profile, err := under.read()
			if err != nil {
				return err
			}
			for n, id := range args {
				if n > 0 {
					fmt.Fprintln(cmd.OutOrStdout())
				}
				if err := explain(id, profile, cmd.OutOrStdout()); err != nil {
					return err
				}
			}
			return nil
		},
	}
	under.add(cmd)
	return cmd
}

func ruleIDs() []string {
	var ids []string
	for _, r := range model.Specification().Rules {
		ids = append(ids, r.ID)
	}
	return ids
}

func explain(asked string, p model.Profile, w io.Writer) error {
	id := strings.ToUpper(asked)
	if text, ok := model.Rationale(id); ok && strings.HasPrefix(id, "CG-") {
		for _, s := range model.Switches {
			if s.Conflict == id && !slices.Contains(model.ProfileNames, p.Name) {
				text += fmt.Sprintf("\n\nThe profile %s reads %s=%s.", p.Name, s.Name, p.Reading(s.Name))
			}
		}
		_, err := fmt.Fprintln(w, text)
		return err
	}
	for _, r := range model.Specification().Rules {
		if r.ID == id {
			_, err := io.WriteString(w, explanation(r, p))
			return err
		}
	}
	spec := model.Specification()
	if len(spec.On(asked)) > 0 {
		if _, also := model.SubjectByName(asked); !also { // a function and its page share a name
			_, err := io.WriteString(w, aboutPage(asked))
			return err
		}
	}
	x, err := operation(asked)
	if err != nil {
		hint := meant(asked, slices.Concat(operations(), spec.PagesCited()))
		if hint == "" {
			hint = ": 'checker rules' lists the rules, and model/SPEC.md everything"
		}
		return fmt.Errorf("there is no rule, operation or page %q%s", asked, hint)
	}
	_, err = io.WriteString(w, aboutOperation(x))
	return err
}

func explanation(r *model.Rule, p model.Profile) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\n", r.ID, r.Says)
	fmt.Fprintf(&b, "  strength:  %s\n", r.Level)
	fmt.Fprintf(&b, "  owed by:   %s\n", r.Owes)
	for n, s := range r.Sources() {
		label := "also:"
		if n == 0 {
			label = "page:"
		}
		fmt.Fprintf(&b, "  %-10s %s\n", label, s.Address())
	}
	fmt.Fprintf(&b, "  status:    %s\n", r.Status())
	if why := r.Excluded; why != "" {
		fmt.Fprintf(&b, "  reason:    %s\n", why)
	}
	for _, change := range underProfile(p, r) {
		fmt.Fprintf(&b, "  %-10s %s\n", change[0]+":", change[1])
	}
	if moments := model.Specification().Moments(r, model.Lenient()); moments != nil {
		fmt.Fprintf(&b, "  judged:    when %s\n", strings.Join(moments, ", "))
	}
	if r.Needs != "" {
		fmt.Fprintf(&b, "  observes:  a recording has to observe %s\n", r.Observing())
	}
	if r.Keys != "" {
		fmt.Fprintf(&b, "  added:     a recorder has to add %s: see trace/FORMAT.md\n", strings.ReplaceAll(r.Keys, " ", " and "))
	}
	for _, id := range strings.Fields(r.About) {
		if title, ok := model.RationaleTitle(id); ok {
			fmt.Fprintf(&b, "  conflict:  %s\n", title)
		}
		for _, s := range model.Switches {
			if s.Conflict == id {
				fmt.Fprintf(&b, "             %s=%s: %s; lenient reads %s, strict %s", s.Name, strings.Join(s.Readings, "|"), s.Says, s.Lenient, s.Strict)
				if !slices.Contains(model.ProfileNames, p.Name) {
					fmt.Fprintf(&b, ", %s %s", p.Name, p.Reading(s.Name))
				}
				b.WriteByte('\n')
			}
		}
	}
	if bad, good, ok := trace.Goldens(r.ID); ok {
		fmt.Fprintf(&b, "\nA trace that breaks it:\n\n%s\nIts nearest twin that keeps it:\n\n%s", indent(bad), indent(good))
	}
	return b.String()
}

func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line != "\n" {
			b.WriteString("    ")
		}
		b.WriteString(line)
	}
	return b.String()
}
