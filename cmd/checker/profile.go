package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"mapilife/model"
	"mapilife/trace"
)

// profileFlags say by which profile traces are judged.
type profileFlags struct {
	name string
	set  []string
}

func (f *profileFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.name, "profile", trace.ProfileNames()[0], "how pages that contradict each other are read, and what is waived: "+strings.Join(trace.ProfileNames(), ", ")+", or a file")
	flags.StringArrayVar(&f.set, "set", nil, "read one conflict otherwise, as SWITCH=READING; see 'checker explain' for the switches of a rule")
	for name, complete := range map[string]cobra.CompletionFunc{
		"profile": cobra.FixedCompletions(trace.ProfileNames(), cobra.ShellCompDirectiveDefault), "set": completes(settings()...),
	} {
		if err := cmd.RegisterFlagCompletionFunc(name, complete); err != nil {
			panic(err) // a flag that does not exist
		}
	}
}

func (f *profileFlags) profile() (model.Profile, error) {
	p, err := trace.Profile(f.name)
	for _, setting := range f.set {
		if err == nil {
			p, err = p.With(setting)
		}
	}
	return p, err
}

func settings() []string {
	var list []string
	for _, s := range model.Switches {
		for _, r := range s.Readings {
			list = append(list, s.Name+"="+r)
		}
	}
	return list
}

// underProfile says what a profile makes of a rule that it does not take as it is: a label and a text for each.
func underProfile(p model.Profile, r *model.Rule) (changes [][2]string) {
	if strength, fixed := p.Strength(r); r.Checked() && (fixed || strength != r.Level) {
		changes = append(changes, [2]string{"strength", fmt.Sprintf("%s by the profile %s", strength, p.Name)})
	}
	for _, v := range p.Waivers {
		if v.Rule == r.ID {
			changes = append(changes, [2]string{"waived", forParty(v) + v.Reason})
		}
	}
	return changes
}

func forParty(v model.Waiver) string {
	if v.Party == model.NoSide {
		return ""
	}
	return "for " + v.Party.String() + ": "
}

// unused tells which waivers took no finding at all.
func unused(took []trace.WaiverUse, w io.Writer) error {
	for _, v := range took {
		if v.N > 0 {
			continue
		}
		if _, err := fmt.Fprintf(w, "the waiver of %s never applied: %s%s\n", v.Rule, forParty(v.Waiver), v.Reason); err != nil {
			return err
		}
	}
	return nil
}
