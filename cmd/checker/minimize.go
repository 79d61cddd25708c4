package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"mapilife/model"
	"mapilife/trace"
	"mapilife/trace/minimize"
)

func minimizeCommand() *cobra.Command {
	var f readings
	var rule, output, format string
	cmd := &cobra.Command{
		Use:   "minimize FILE",
		Short: "Cut a trace down to the calls that it takes to break a rule",
		Long: `Cut a trace down to a small one that breaks the same rule at the same kind of call: the same operation, at its beginning or its return, by
the same party. Whole calls are dropped, and what comes after the finding, until no call can be dropped any more. What is left
breaks nothing that was not broken before, uses no object that is not handed out in it, and keeps its gaps. The records keep their seq,
time, process and thread, and the header's note says what the trace was cut down from.`,
		Example: `  checker minimize recording.jsonl
  checker minimize --rule SES-16 --output small.trace recording.jsonl`,
		Args: one("trace"),
		RunE: func(cmd *cobra.Command, args []string) error {
			notation, ok := map[string]trace.Notation{"text": trace.TextNotation, "json": trace.JSONNotation}[format]
			if !ok {
				return fmt.Errorf("there is no notation %q: write text or json", format)
			}
			checker, err := f.checker()
			if err != nil {
				return err
			}
			if rule != "" && !isRule(checker, rule) {
				return fmt.Errorf("there is no rule %q: see 'checker rules'", rule)
			}
			in, err := trace.Open(args[0], cmd.InOrStdin())
			if err != nil {
				return err
			}
			defer in.Close()
			small, err := minimize.Run(checker, args[0], in, rule)
			if err != nil {
				return err
			}
			if err := whole(output, cmd.OutOrStdout(), func(w io.Writer) error { return writeRecords(args[0], small.Records, w, notation) }); err != nil {
				return err
			}
			if output != "" && output != "-" {
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s at %s: %d of %d calls, %d of %d events\n",
					output, small.Rule.ID, small.Call, small.Calls[1], small.Calls[0], small.Events[1], small.Events[0])
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&rule, "rule", "", "the rule that is to stay broken; without it, that of the first error")
	flags.StringVarP(&output, "output", "o", "", "write to this file instead of the standard output, and say what is left")
	flags.StringVar(&format, "format", "text", "the notation: text or json")
	f.add(cmd)
	complete(cmd, map[string][]string{"format": {"text", "json"}, "rule": checkedRules()})
	return cmd
}

func isRule(c *trace.Checker, id string) bool {
	for _, r := range c.Rules() {
		if r.ID == id {
			return true
		}
	}
	return false
}

func checkedRules() []string {
	var list []string
	for _, r := range model.Specification().Rules {
		if r.Checked() {
			list = append(list, r.ID)
		}
	}
	return list
}
