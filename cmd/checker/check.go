package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"mapilife/model"
	"mapilife/trace"
	"mapilife/trace/report"
)

// judgeFlags say how traces are judged, as written.
type judgeFlags struct {
	readings
	party    []string
	severity string
	explain  bool
	log      logFlags
}

func (f *judgeFlags) add(cmd *cobra.Command) {
	f.readings.add(cmd)
	flags := cmd.Flags()
	flags.StringSliceVar(&f.party, "party", nil, "only what these owe: client, mapi, spooler, provider, service")
	flags.StringVar(&f.severity, "severity", "note", "only findings this severe or more: note, warning, error")
	f.log.add(cmd)
	complete(cmd, map[string][]string{"party": parties(), "severity": {"note", "warning", "error"}})
}

// complete offers words for the values of flags.
func complete(cmd *cobra.Command, words map[string][]string) {
	for name, list := range words {
		if err := cmd.RegisterFlagCompletionFunc(name, completes(list...)); err != nil {
			panic(err) // a flag that does not exist
		}
	}
}

// checkFlags are what the user asked of check, as written.
type checkFlags struct {
	judgeFlags
	reportFlags
	shard  string
	follow bool
	poll   bool
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

Traces are judged on all cores, and told in the order in which they were named. A trace that can not be judged leaves the others to be
judged; of several, the worst decides the exit status.

With --follow the recording may still be written, or not even be there: findings are told as they happen, and an interrupt ends it with the
summary. A recording that is begun anew, in the file or in another one of its name, is summed up, and the new one is followed.

Exit status: 0 nothing of severity error found, 1 an error found, 2 no judgement possible.`,
		Example: `  checker check recording.jsonl
  checker check --party provider --severity error recordings/
  zcat recording.jsonl.gz | checker check --format json -
  checker check --from wine client.log
  checker check --follow recording.jsonl
  checker check --format html --output report.html recording.jsonl
  checker check --baseline known.yaml --format sarif --output checker.sarif recordings/
  checker check --shard 2/4 --format json --output part-2.json recordings/`,
		Args: some("the name of a trace"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.follow {
				if err := f.followable(args); err != nil {
					return err
				}
				return follow(args[0], f, cmd.OutOrStdout(), cmd.ErrOrStderr())
			}
			return check(args, f, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f.judgeFlags.add(cmd)
	f.reportFlags.add(cmd)
	cmd.Flags().StringVar(&f.shard, "shard", "", "judge one part of the traces only, as 1/4, and write what 'checker merge' reads; for --format json")
	cmd.Flags().BoolVar(&f.explain, "explain-verdicts", false, "say of each rule why it was held, violated, open, not exercised or not observable; for --format text and json")
	cmd.Flags().BoolVar(&f.follow, "follow", false, "judge one recording while it grows, until an interrupt, and tell findings as they happen")
	cmd.Flags().BoolVar(&f.poll, "poll", false, "with --follow: look at the file several times a second, where the system does not tell that it changes")
	return cmd
}

func parties() []string { return []string{"client", "mapi", "spooler", "provider", "service"} }

// options reads the flags.
func (f judgeFlags) options() (o trace.Options, err error) {
	if o.Profile, err = f.readings.read(); err != nil {
		return o, err
	}
	for _, name := range f.party {
		side, ok := model.ParseSide(name)
		if !ok || side == model.System {
			return o, fmt.Errorf("there is no party %q: write one or more of %s", name, strings.Join(parties(), ", "))
		}
		o.Parties |= side
	}
	var ok bool
	if o.Severity, ok = model.ParseSeverity(f.severity); !ok {
		return o, fmt.Errorf("there is no severity %q: write note, warning or error", f.severity)
	}
	o.Explain = f.explain
	return o, nil
}

// judge is what judges a trace, as asked, before a new witness if there is to be one, and the rules that it judges by.
func (f judgeFlags) judge(stdin io.Reader, witness func() trace.Witness) (judge func(e entry, p *progress) *trace.Result, rules []*model.Rule, logs bool, err error) {
	options, err := f.options()
	if err != nil {
		return nil, nil, false, err
	}
	options.Witness = witness
	checker, err := trace.NewChecker(options)
	if err != nil {
		return nil, nil, false, err
	}
	judge, logs, err = f.judgeBy(checker, stdin)
	return judge, checker.Rules(), logs, err
}

// judgeBy has a checker judge traces, or the logs that they are made of.
func (f judgeFlags) judgeBy(checker *trace.Checker, stdin io.Reader) (judge func(e entry, p *progress) *trace.Result, logs bool, err error) {
	kind, logs, err := f.log.kind()
	if err != nil {
		return nil, false, err
	}
	return func(e entry, p *progress) *trace.Result {
		if e.err != nil {
			return checker.Unread(e.name, e.err)
		}
		in, err := trace.Open(e.name, stdin)
		if err != nil {
			return checker.Unread(e.name, err)
		}
		in = p.reading(in)
		defer in.Close()
		if logs {
			return judgeLog(checker, kind, e.name, in)
		}
		return checker.Check(e.name, in)
	}, logs, nil
}

// check judges every trace that the arguments name. Its error is a status, or says why nothing was judged at all.
func check(args []string, f checkFlags, stdin io.Reader, stdout, stderr io.Writer) error {
	format, _ := report.ByName(f.format) // audience tells where there is none
	judge, rules, logs, err := f.judge(stdin, format.Witness)
	if err != nil {
		return err
	}
	a, err := f.audience(rules, stderr)
	if err != nil {
		return err
	}
	if f.explain && f.format != "text" && f.format != "json" {
		return fmt.Errorf("--explain-verdicts is for --format text and json, and not %s", f.format)
	}
	var part shard
	if f.shard != "" {
		if part, err = f.part(); err != nil {
			return err
		}
	}
	list := entries(args, logs)
	return a.hear(stdout, func(w io.Writer) error {
		if f.shard != "" {
			if err := part.writeHead(w, list, f.judgeFlags); err != nil {
				return err
			}
			list = part.pick(list)
		}
		a.progress = newProgress(stderr, list)
		defer a.progress.end()
		return each(list, func(e entry) *trace.Result { return judge(e, a.progress) }, a.tell)
	})
}

// part is the part of the traces that is asked for. What can be said of all traces only is for merge.
func (f checkFlags) part() (shard, error) {
	s, err := parseShard(f.shard)
	switch {
	case err != nil:
	case f.format != "json":
		err = fmt.Errorf("--shard writes what 'checker merge' reads, which is --format json, and not %s", f.format)
	case f.baseline != "":
		err = errors.New("--baseline is for the whole: give it to 'checker merge', and not to a --shard")
	case f.max != 0:
		err = errors.New("--max-findings is for the whole: give it to 'checker merge', and not to a --shard")
	}
	return s, err
}
