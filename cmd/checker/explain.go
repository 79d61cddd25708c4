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
	var under profileFlags
	cmd := &cobra.Command{
		Use:   "explain RULE…",
		Short: "Say what a rule demands, by which page, and show the traces that break and keep it",
		Example: `  checker explain SES-14
  checker explain CG-05`,
		Args:              some("the id of a rule, such as SES-14, or of a conflict, such as CG-05,"),
		ValidArgsFunction: completes(ruleIDs()...),
		RunE: func(cmd *cobra.Command, args []string) error {
			profile, err := under.profile()
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
	return fmt.Errorf("there is no rule %q: 'checker rules' lists them", asked)
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
	if r.Needs != "" {
		fmt.Fprintf(&b, "  observes:  a recording has to observe %s\n", strings.NewReplacer("|", " or ", ", ", " and ").Replace(r.Needs))
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
