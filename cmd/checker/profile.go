package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"mapilife/model"
	"mapilife/trace"
)

// readings say by which profile traces are judged: how pages that contradict each other are read, and what is waived.
type readings struct {
	profile string
	set     []string
}

func (f *readings) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.profile, "profile", trace.ProfileNames()[0], "how pages that contradict each other are read, and what is waived: "+strings.Join(trace.ProfileNames(), ", ")+", or a file")
	flags.StringArrayVar(&f.set, "set", nil, "read one conflict otherwise, as SWITCH=READING; see 'checker explain' for the switches of a rule")
	for name, complete := range map[string]cobra.CompletionFunc{
		"profile": cobra.FixedCompletions(trace.ProfileNames(), cobra.ShellCompDirectiveDefault), "set": completes(settings()...),
	} {
		if err := cmd.RegisterFlagCompletionFunc(name, complete); err != nil {
			panic(err) // a flag that does not exist
		}
	}
}

// read reads the flags.
func (f readings) read() (model.Profile, error) {
	p, err := trace.Profile(f.profile)
	for _, setting := range f.set {
		if err == nil {
			p, err = p.With(setting)
		}
	}
	return p, err
}

// checker judges by those readings.
func (f readings) checker() (*trace.Checker, error) {
	p, err := f.read()
	if err != nil {
		return nil, err
	}
	return trace.NewChecker(trace.Options{Profile: p})
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
