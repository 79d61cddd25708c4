package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mapilife/model"
)

// ruleFilter says which rules are listed.
type ruleFilter struct {
	format string
	status string
	party  string
	level  string
	area   string
	under  readings
	by     model.Profile

	operation string
	page      string
	uses      map[*model.Rule]model.Use // how each rule has to do with that operation
}

func rulesCommand() *cobra.Command {
	var f ruleFilter
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "List the rules",
		Long: `List the rules of the documentation. Those that are checked are judged on traces; those that are excluded can not be: each
says why.`,
		Example: `  checker rules --area SES
  checker rules --operation IMSLogon::Logoff
  checker rules --status checked --party provider --format md`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			rules, err := f.list()
			if err != nil {
				return err
			}
			if f.by, err = f.under.read(); err != nil {
				return err
			}
			return f.write(cmd.OutOrStdout(), rules)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", "text", "text, json or md")
	flags.StringVar(&f.status, "status", "", "only those that are checked or excluded")
	flags.StringVar(&f.party, "party", "", "only what this side owes: client, mapi, spooler, provider, service")
	flags.StringVar(&f.level, "level", "", "only those of this strength: must, should, may")
	flags.StringVar(&f.area, "area", "", "only those whose id begins with this: INI, SES, DLL, PRV, …")
	flags.StringVar(&f.operation, "operation", "", "only those that apply to this function or method, such as IMSLogon::Logoff")
	flags.StringVar(&f.page, "page", "", "only those that this page of the reference demands, such as imslogon-logoff")
	f.under.add(cmd)
	for name, words := range map[string][]string{
		"operation": operations(), "page": model.Specification().PagesCited(),
		"format": {"text", "json", "md"}, "status": {"checked", "excluded"}, "party": parties(), "level": {"must", "should", "may"}, "area": model.Areas,
	} {
		if err := cmd.RegisterFlagCompletionFunc(name, completes(words...)); err != nil {
			panic(err) // a flag that does not exist
		}
	}
	return cmd
}

func (f *ruleFilter) list() ([]*model.Rule, error) {
	for _, x := range []struct {
		flag, value string
		allowed     []string
	}{
		{"format", f.format, []string{"text", "json", "md"}},
		{"status", f.status, []string{"", "checked", "excluded"}},
		{"party", f.party, append([]string{""}, parties()...)},
		{"level", f.level, []string{"", "must", "should", "may"}},
		{"area", strings.ToUpper(f.area), append([]string{""}, model.Areas...)},
	} {
		if !slices.Contains(x.allowed, x.value) {
			return nil, fmt.Errorf("--%s is %q: write one of %s", x.flag, x.value, strings.TrimPrefix(strings.Join(x.allowed, ", "), ", "))
		}
	}
	spec := model.Specification()
	rules := spec.Rules
	if f.page != "" {
		if rules = spec.On(f.page); rules == nil {
			return nil, fmt.Errorf("no rule is on the page %q%s", f.page, meant(f.page, spec.PagesCited()))
		}
	}
	if f.operation != "" {
		x, err := operation(f.operation)
		if err != nil {
			return nil, err
		}
		f.uses = map[*model.Rule]model.Use{}
		for _, a := range spec.Index().Applying(x) {
			f.uses[a.Rule] = a.Use
		}
	}
	side, _ := model.ParseSide(f.party)
	var list []*model.Rule
	for _, r := range rules {
		if (f.operation == "" || f.uses[r] != 0) && (f.status == "" || r.Status() == f.status) && (f.party == "" || r.Owes&side != 0) && (f.level == "" || r.Level.String() == f.level) &&
			(f.area == "" || strings.HasPrefix(r.ID, strings.ToUpper(f.area)+"-")) {
			list = append(list, r)
		}
	}
	return list, nil
}

func (f *ruleFilter) write(w io.Writer, rules []*model.Rule) error {
	switch f.format {
	case "json":
		return f.writeJSON(w, rules)
	case "md":
		return f.writeMarkdown(w, rules)
	}
	for _, r := range rules {
		text := r.Says
		if why := r.Excluded; why != "" {
			text += " [" + r.Status() + ": " + why + "]"
		}
		for _, change := range underProfile(f.by, r) {
			text += " [" + change[0] + ": " + change[1] + "]"
		}
		if _, err := fmt.Fprintf(w, "%-7s %-8s %-6s %-26s %s\n", r.ID, r.Status(), r.Level, r.Owes, text); err != nil {
			return err
		}
	}
	return nil
}

func (f *ruleFilter) writeJSON(w io.Writer, rules []*model.Rule) error {
	type rule struct {
		ID        string   `json:"id"`
		Status    string   `json:"status"`
		Reason    string   `json:"reason"`
		Level     string   `json:"level"`
		Party     string   `json:"party"`
		Statement string   `json:"statement"`
		Page      string   `json:"page"`
		Section   string   `json:"section"`
		Uses      []string `json:"uses,omitempty"`     // of the operation that was asked for
		Strength  string   `json:"strength,omitempty"` // by the profile, where it differs
		Waived    string   `json:"waived,omitempty"`   // by the profile: why
	}
	list := []rule{}
	for _, r := range rules {
		first := r.Sources()[0]
		x := rule{r.ID, r.Status(), r.Excluded, r.Level.String(), r.Owes.String(), r.Says, first.Page, first.Section, f.uses[r].Names(), "", ""}
		for _, change := range underProfile(f.by, r) {
			*map[string]*string{"strength": &x.Strength, "waived": &x.Waived}[change[0]] = change[1]
		}
		list = append(list, x)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(list)
}

func (f *ruleFilter) writeMarkdown(w io.Writer, rules []*model.Rule) error {
	var b strings.Builder
	b.WriteString("| rule | status | strength | owed by | demand | page |\n|---|---|---|---|---|---|\n")
	for _, r := range rules {
		text := r.Says
		if why := r.Excluded; why != "" {
			text += " *" + why + "*"
		}
		for _, change := range underProfile(f.by, r) {
			text += " *" + change[0] + ": " + change[1] + "*"
		}
		first := r.Sources()[0]
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | [%s](%s) |\n", r.ID, r.Status(), r.Level, r.Owes, strings.ReplaceAll(text, "|", `\|`), first.Page, first.Address())
	}
	_, err := io.WriteString(w, b.String())
	return err
}
