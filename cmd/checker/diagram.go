package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mapilife/fsm"
	"mapilife/model"
)

func diagramCommand() *cobra.Command {
	var format, profile string
	cmd := &cobra.Command{
		Use:   "diagram LIFECYCLE",
		Short: "Draw a lifecycle",
		Long:  "Draw the legal transitions of a lifecycle: " + strings.Join(lifecycles(), ", ") + ".",
		Example: `  checker diagram session
  checker diagram --format dot provider | dot -Tsvg > provider.svg`,
		Args:              one("lifecycle"),
		ValidArgsFunction: completes(lifecycles()...),
		RunE: func(cmd *cobra.Command, args []string) error {
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
	for name, words := range map[string][]string{"format": {string(fsm.Mermaid), string(fsm.DOT)}, "profile": model.ProfileNames} {
		if err := cmd.RegisterFlagCompletionFunc(name, completes(words...)); err != nil {
			panic(err) // a flag that does not exist
		}
	}
	return cmd
}

func lifecycles() []string {
	var names []string
	for _, l := range model.Specification().Lifecycles {
		names = append(names, l.Name)
	}
	return names
}
