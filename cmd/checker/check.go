package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"mapilife/model"
	"mapilife/trace"
)

// checkFlags are what the user asked of check, as written.
type checkFlags struct {
	profile  profileFlags
	party    []string
	severity string
	format   string
	max      int
	quiet    bool
	log      logFlags
}

func checkCommand() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check FILE…",
		Short: "Judge traces",
		Long: `Judge traces: JSON Lines or text notation, told apart by content, also compressed with gzip or zstd.
A FILE is a file, "-" for the standard input, a directory (every trace in and below it), or a pattern.

Each finding names the call that broke a rule, what its object had seen before, what was allowed instead, who owes it,
and the page that demands it. What the profile waives is shown as waived, and does not count. The summary counts what was held, violated, and could not be judged.

Exit status: 0 nothing of severity error found, 1 an error found, 2 no judgement possible.`,
		Example: `  checker check recording.jsonl
  checker check --party provider --severity error recordings/
  zcat recording.jsonl.gz | checker check --format json -
  checker check --from wine client.log`,
		Args: some("the name of a trace"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return check(args, f, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	f.profile.add(cmd)
	flags.StringSliceVar(&f.party, "party", nil, "only what these owe: client, mapi, spooler, provider, service")
	flags.StringVar(&f.severity, "severity", "note", "only findings this severe or more: note, warning, error")
	flags.StringVar(&f.format, "format", "text", "text, or json: one object a trace, one a line")
	flags.IntVar(&f.max, "max-findings", 0, "show at most so many findings of a trace; 0 shows all")
	f.log.add(cmd)
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "show the summary of each trace only")
	for name, words := range map[string][]string{
		"party": parties(), "severity": {"note", "warning", "error"}, "format": {"text", "json"},
	} {
		if err := cmd.RegisterFlagCompletionFunc(name, completes(words...)); err != nil {
			panic(err) // a flag that does not exist
		}
	}
	return cmd
}

func parties() []string { return []string{"client", "mapi", "spooler", "provider", "service"} }

// options reads the flags.
func (f checkFlags) options() (o trace.Options, err error) {
	var ok bool
	if o.Profile, err = f.profile.profile(); err != nil {
		return o, err
	}
	for _, name := range f.party {
		side, ok := model.ParseSide(name)
		if !ok || side == model.System {
			return o, fmt.Errorf("there is no party %q: write one or more of %s", name, strings.Join(parties(), ", "))
		}
		o.Parties |= side
	}
	if o.Severity, ok = model.ParseSeverity(f.severity); !ok {
		return o, fmt.Errorf("there is no severity %q: write note, warning or error", f.severity)
	}
	if f.format != "text" && f.format != "json" {
		return o, fmt.Errorf("there is no format %q: write text or json", f.format)
	}
	if f.max < 0 {
		return o, fmt.Errorf("--max-findings is %d: write a number that is not negative", f.max)
	}
	return o, nil
}

// check judges every trace that the arguments name. Its error is a status, or says why nothing was judged at all.
func check(args []string, f checkFlags, stdin io.Reader, stdout, stderr io.Writer) error {
	options, err := f.options()
	if err != nil {
		return err
	}
	checker, err := trace.NewChecker(options)
	if err != nil {
		return err
	}
	kind, isLog, err := f.log.kind()
	if err != nil {
		return err
	}
	worst, took := clean, make([]int, len(options.Profile.Waivers))
	tell := func(r *trace.Result) error {
		if err := write(r, f, stdout); err != nil {
			return err
		}
		if r.Err != nil {
			fmt.Fprintf(stderr, "checker: %v\n", r.Err)
		}
		for n, findings := range r.Waivers {
			took[n] += findings
		}
		switch r.Verdict {
		case trace.Unjudged:
			worst = unjudged
		case trace.Breaks:
			worst = max(worst, faulty)
		}
		return nil
	}
	for _, argument := range args { // one that can not be found leaves the others to be judged
		if isLog {
			if err := tell(judgeLog(checker, kind, argument, stdin)); err != nil {
				return err
			}
			continue
		}
		files, err := trace.Files(argument)
		if err != nil {
			if err := tell(checker.Unread(argument, err)); err != nil {
				return err
			}
		}
		for _, name := range files {
			if err := tell(judge(checker, name, stdin)); err != nil {
				return err
			}
		}
	}
	if f.format == "text" { // JSON has the numbers of each trace
		if err := unused(options.Profile, took, stdout); err != nil {
			return err
		}
	}
	if worst != clean {
		return status(worst)
	}
	return nil
}

func judge(c *trace.Checker, name string, stdin io.Reader) *trace.Result {
	in, err := trace.Open(name, stdin)
	if err != nil {
		return c.Unread(name, err)
	}
	defer in.Close()
	return c.Check(name, in)
}

func write(r *trace.Result, f checkFlags, w io.Writer) error {
	if f.format == "json" {
		return r.WriteJSON(w, f.max)
	}
	return r.WriteText(w, trace.Show{Quiet: f.quiet, Max: f.max})
}
