package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"mapilife/trace"
)

func coverageCommand() *cobra.Command {
	f := judgeFlags{severity: "note"}
	var under float64
	var format string
	cmd := &cobra.Command{
		Use:   "coverage FILE…",
		Short: "Say which rules a suite of traces has judged, and which rows of the lifecycles it has taken",
		Long: `Say what a suite of traces has shown together: which rules were held, violated, never exercised or never observable, and which legal rows of
the lifecycles, and which pairs of rows one after the other, some object has taken. A FILE is what it is for check.

The percentage is that of the rules judged, held or violated, among those that are observable: a rule that no trace of the suite shows
enough of counts neither way, since no further test would exercise it in such recordings. With --party only the rules that a party owes
count. With --fail-under the suite fails where the percentage is lower. Findings do not: they are what check is for.

Exit status: 0 measured, 1 lower than asked for, 2 a trace could not be read or judged.`,
		Example: `  checker coverage --party provider --fail-under 60 recordings/
  checker coverage --format json recordings/*.jsonl`,
		Args: some("the name of a trace"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if under < 0 || under > 100 {
				return fmt.Errorf("--fail-under is %v: write a percentage, from 0 to 100", under)
			}
			if format != "text" && format != "json" {
				return fmt.Errorf("there is no format %q: write text or json", format)
			}
			return measure(args, f, format, under, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	f.readings.add(cmd)
	flags.StringSliceVar(&f.party, "party", nil, "only the rules that these owe: client, mapi, spooler, provider, service")
	flags.StringVar(&format, "format", "text", "text or json")
	flags.Float64Var(&under, "fail-under", 0, "fail where fewer percent of the observable rules are judged")
	f.log.add(cmd)
	complete(cmd, map[string][]string{"party": parties(), "format": {"text", "json"}})
	return cmd
}

// measure judges every trace that the arguments name, and says what they have shown together.
func measure(args []string, f judgeFlags, format string, under float64, stdin io.Reader, stdout, stderr io.Writer) error {
	options, err := f.options()
	if err != nil {
		return err
	}
	suite, err := trace.NewCoverage(options)
	if err != nil {
		return err
	}
	judge, logs, err := f.judgeBy(suite.Checker(), stdin)
	if err != nil {
		return err
	}
	worst := clean
	list := entries(args, logs)
	progress := newProgress(stderr, list)
	for _, e := range list { // one that can not be read leaves the others to be measured
		r := judge(e, progress)
		suite.Add(r)
		if r.Err != nil {
			worst = unjudged
			fmt.Fprintf(stderr, "checker: %v\n", r.Err)
		}
	}
	progress.end()
	write := suite.WriteText
	if format == "json" {
		write = suite.WriteJSON
	}
	if err := write(stdout); err != nil {
		return err
	}
	if percent := suite.Judged().Percent; percent < under {
		fmt.Fprintf(stderr, "checker: %.1f %% of the observable rules %sare judged, fewer than %v %%\n", percent, owedBy(f.party), under)
		worst = max(worst, faulty)
	}
	if worst != clean {
		return status(worst)
	}
	return nil
}

func owedBy(party []string) string {
	if party == nil {
		return ""
	}
	return "that " + strings.Join(party, " or ") + " owes "
}
