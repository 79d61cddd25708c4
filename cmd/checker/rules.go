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
	under  profileFlags
}

func rulesCommand() *cobra.Command {
	var f ruleFilter
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "List the rules",
		Long:  `List the rules of the documentation. Those that are checked are judged on traces; those that are excluded can not be: each says why.`,
		Example: `  checker rules --area SES
  checker rules --status checked --party provider --format md`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			rules, err := f.list()
			if err != nil {
				return err
			}
			profile, err := f.under.profile()
			if err != nil {
				return err
			}
			return writeRules(cmd.OutOrStdout(), f.format, rules, profile)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", "text", "text, json or md")
	flags.StringVar(&f.status, "status", "", "only those that are checked or excluded")
	flags.StringVar(&f.party, "party", "", "only what this side owes: client, mapi, spooler, provider, service")
	flags.StringVar(&f.level, "level", "", "only those of this strength: must, should, may")
	flags.StringVar(&f.area, "area", "", "only those whose id begins with this: INI, SES, DLL, PRV, …")
	f.under.add(cmd)
	for name, words := range map[string][]string{
		"format": {"text", "json", "md"}, "status": {"checked", "excluded"}, "party": parties(), "level": {"must", "should", "may"}, "area": model.Areas,
	} {
		if err := cmd.RegisterFlagCompletionFunc(name, completes(words...)); err != nil {
			panic(err) // a flag that does not exist
		}
	}
	return cmd
}

func (f ruleFilter) list() ([]*model.Rule, error) {
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
	side, _ := model.ParseSide(f.party)
	var list []*model.Rule
	for _, r := range model.Specification().Rules {
		if (f.status == "" || r.Status() == f.status) && (f.party == "" || r.Owes&side != 0) && (f.level == "" || r.Level.String() == f.level) &&
			(f.area == "" || strings.HasPrefix(r.ID, strings.ToUpper(f.area)+"-")) {
			list = append(list, r)
		}
	}
	return list, nil
}

func writeRules(w io.Writer, format string, rules []*model.Rule, p model.Profile) error {
	switch format {
	case "json":
		return writeRulesJSON(w, rules, p)
	case "md":
		return writeRulesMarkdown(w, rules, p)
	}
	for _, r := range rules {
		text := r.Says
		if why := r.Excluded; why != "" {
			text += " [" + r.Status() + ": " + why + "]"
		}
		for _, change := range underProfile(p, r) {
			text += " [" + change[0] + ": " + change[1] + "]"
		}
		if _, err := fmt.Fprintf(w, "%-7s %-8s %-6s %-26s %s\n", r.ID, r.Status(), r.Level, r.Owes, text); err != nil {
			return err
		}
	}
	return nil
}

func writeRulesJSON(w io.Writer, rules []*model.Rule, p model.Profile) error {
	type rule struct {
		ID        string `json:"id"`
		Status    string `json:"status"`
		Reason    string `json:"reason"`
		Level     string `json:"level"`
		Party     string `json:"party"`
		Statement string `json:"statement"`
		Page      string `json:"page"`
		Section   string `json:"section"`
		Strength  string `json:"strength,omitempty"` // by the profile, where it differs
		Waived    string `json:"waived,omitempty"`   // by the profile: why
	}
	list := []rule{}
	for _, r := range rules {
		first := r.Sources()[0]
		x := rule{r.ID, r.Status(), r.Excluded, r.Level.String(), r.Owes.String(), r.Says, first.Page, first.Section, "", ""}
		for _, change := range underProfile(p, r) {
			*map[string]*string{"strength": &x.Strength, "waived": &x.Waived}[change[0]] = change[1]
		}
		list = append(list, x)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(list)
}

func writeRulesMarkdown(w io.Writer, rules []*model.Rule, p model.Profile) error {
	var b strings.Builder
	b.WriteString("| rule | status | strength | owed by | demand | page |\n|---|---|---|---|---|---|\n")
	for _, r := range rules {
		text := r.Says
		if why := r.Excluded; why != "" {
			text += " *" + why + "*"
		}
		for _, change := range underProfile(p, r) {
			text += " *" + change[0] + ": " + change[1] + "*"
		}
		first := r.Sources()[0]
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | [%s](%s) |\n", r.ID, r.Status(), r.Level, r.Owes, strings.ReplaceAll(text, "|", `\|`), first.Page, first.Address())
	}
	_, err := io.WriteString(w, b.String())
	return err
}
