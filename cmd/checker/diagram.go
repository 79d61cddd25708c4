package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"mapilife/fsm"
	"mapilife/model"
	"mapilife/trace"
	"mapilife/trace/sequence"
)

func diagramCommand() *cobra.Command {
	var format, profile, recording string
	var at sequence.Place
	cmd := &cobra.Command{
		Use:   "diagram LIFECYCLE",
		Short: "Draw a lifecycle, or the calls around a finding",
		Long: "Draw the legal transitions of a lifecycle: " + strings.Join(lifecycles(), ", ") + `.

With --trace, draw the calls around a finding of a trace, or around a line, as a Mermaid sequence diagram: who calls whom, what is nested in
what, what came of it, and the finding as a note. Without --finding or --line it is the first finding.`,
		Example: `  checker diagram session
  checker diagram --format dot provider | dot -Tsvg > provider.svg
  checker diagram --trace recording.jsonl --finding 2`,
		Args: func(cmd *cobra.Command, args []string) error {
			if recording != "" {
				return none(cmd, args)
			}
			return one("lifecycle")(cmd, args)
		},
		ValidArgsFunction: completes(lifecycles()...),
		RunE: func(cmd *cobra.Command, args []string) error {
			if recording != "" {
				return drawTrace(cmd, recording, readings{profile: profile}, fsm.Format(format), at)
			}
			if at != (sequence.Place{Around: aroundIt}) {
				return errors.New("--finding, --line and --around are for --trace FILE: a lifecycle has none")
			}
			p, ok := model.ProfileByName(profile)
			if !ok {
				return fmt.Errorf("there is no profile %q: write %s", profile, strings.Join(model.ProfileNames, " or "))
			}
			for _, l := range model.Specification().Resolve(p).Lifecycles {
				if l.Name != args[0] {
					continue
				}
				text, err := fsm.Draw(l, fsm.Format(format))
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(cmd.OutOrStdout(), strings.TrimRight(text, "\n"))
				return err
			}
			return fmt.Errorf("there is no lifecycle %q: there are %s", args[0], strings.Join(lifecycles(), ", "))
		},
	}
	cmd.Flags().StringVar(&format, "format", string(fsm.Mermaid), "mermaid or dot")
	cmd.Flags().StringVar(&profile, "profile", "lenient", "lenient or strict: which rows stand")
	cmd.Flags().StringVar(&recording, "trace", "", "draw the calls of this trace around a finding, and no lifecycle")
	cmd.Flags().IntVar(&at.Finding, "finding", 0, "with --trace: which finding, from 1, in the order of their lines")
	cmd.Flags().Int64Var(&at.Line, "line", 0, "with --trace: which line, whether something is found there or not")
	cmd.Flags().IntVar(&at.Around, "around", aroundIt, "with --trace: how many calls before and after that")
	for name, words := range map[string][]string{"format": {string(fsm.Mermaid), string(fsm.DOT)}, "profile": model.ProfileNames} {
		if err := cmd.RegisterFlagCompletionFunc(name, completes(words...)); err != nil {
			panic(err) // a flag that does not exist
		}
	}
	return cmd
}

// aroundIt is how many calls are drawn before and after a place, unless asked otherwise.
const aroundIt = 4

func drawTrace(cmd *cobra.Command, name string, r readings, format fsm.Format, at sequence.Place) error {
	switch {
	case format != fsm.Mermaid:
		return fmt.Errorf("a trace is drawn as %s, and not as %s", fsm.Mermaid, format)
	case at.Finding < 0, at.Line < 0, at.Around < 0:
		return errors.New("--finding, --line and --around are numbers that are not negative")
	case at.Finding > 0 && at.Line > 0:
		return errors.New("--line stands in place of --finding: write one of the two")
	case at.Line == 0 && at.Finding == 0:
		at.Finding = 1
	}
	c, err := r.checker()
	if err != nil {
		return err
	}
	in, err := trace.Open(name, cmd.InOrStdin())
	if err != nil {
		return err
	}
	defer in.Close()
	text, err := sequence.Draw(c, name, in, at)
	if err != nil {
		return err
	}
	_, err = io.WriteString(cmd.OutOrStdout(), text)
	return err
}

func lifecycles() []string {
	var names []string
	for _, l := range model.Specification().Lifecycles {
		names = append(names, l.Name)
	}
	return names
}
