package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"mapilife/trace"
	"mapilife/trace/baseline"
)

func baselineCommand() *cobra.Command {
	var f judgeFlags
	var reason, expires, output string
	cmd := &cobra.Command{
		Use:   "baseline FILE…",
		Short: "Write down the findings that are known",
		Long: `Write down the findings of traces as known, for 'checker check --baseline': only new ones fail from then on. A finding is known again by
its fingerprint, which is made of the rule, who broke it, the call, the kind of the object and where that was born: lines, addresses and the
names of the traces may change.

If the file is there, what it has on findings that are still found stays as it is, reasons and expiry included; what no finding has any more
is taken out; --reason and --expires are for the new entries. Nothing is written if a trace can not be judged.`,
		Example: `  checker baseline recordings/ --reason 'before the rewrite' --expires 2027-06-30 -o known.yaml
  checker check --baseline known.yaml recordings/`,
		Args: some("the name of a trace"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if expires != "" {
				if _, err := time.Parse(time.DateOnly, expires); err != nil {
					return fmt.Errorf("--expires is %q: write a day, as in 2027-01-31", expires)
				}
			}
			judge, _, logs, err := f.judge(cmd.InOrStdin(), nil)
			if err != nil {
				return err
			}
			known := baseline.New(output, time.Now())
			if info, err := os.Stat(output); err == nil && info.Mode().IsRegular() {
				if known, err = readBaseline(output); err != nil {
					return err
				}
			}
			list := entries(args, logs)
			p := newProgress(cmd.ErrOrStderr(), list)
			added, failed := 0, false
			err = each(list, func(e entry) *trace.Result { return judge(e, p) }, func(r *trace.Result) error {
				for n := range r.Findings {
					if known.Add(r.Trace, &r.Findings[n], reason, expires) {
						added++
					}
				}
				if r.Err != nil {
					failed = true
					return p.aside(func() error {
						_, err := fmt.Fprintf(cmd.ErrOrStderr(), "checker: %v\n", r.Err)
						return err
					})
				}
				return nil
			})
			p.end()
			switch {
			case err != nil:
				return err
			case failed:
				return errors.New("the baseline is not written, because a trace could not be judged")
			}
			stale := known.Prune()
			if err := into(output, cmd.OutOrStdout(), func(w io.Writer) error { return known.Write(w) }); err != nil || output == "" || output == trace.Stdin {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %d known: %d new, %d as before; %d stale, taken out\n",
				output, len(known.Entries), added, len(known.Entries)-added, stale)
			return err
		},
	}
	f.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&reason, "reason", "", "why the new ones may stay")
	flags.StringVar(&expires, "expires", "", "the last day on which the new ones may, as in 2027-01-31")
	flags.StringVarP(&output, "output", "o", "", "write to this file, and keep what it has, instead of to the standard output")
	return cmd
}
