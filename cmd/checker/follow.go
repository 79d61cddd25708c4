package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"mapilife/model"
	"mapilife/trace"
	"mapilife/trace/tail"
)

// followable refuses what makes no sense of a recording that is not at its end.
func (f checkFlags) followable(args []string) error {
	switch {
	case len(args) != 1 || args[0] == trace.Stdin:
		return errors.New("--follow is for one file: name it. What comes through a pipe is judged as it comes anyway")
	case f.format != "text":
		return fmt.Errorf("--follow tells findings as they happen, as text, and not as %s: judge the recording again when it is done", f.format)
	case f.shard != "", f.baseline != "", f.output != "", f.max != 0, f.explain, f.log != logFlags{}:
		return errors.New("--follow does not go with --shard, --baseline, --output, --max-findings, --explain-verdicts, --from or --map")
	}
	return nil
}

// follow judges a recording while it grows, until the user interrupts it.
func follow(name string, f checkFlags, stdout, stderr io.Writer) error {
	options, err := f.options()
	if err != nil {
		return err
	}
	checker, err := trace.NewChecker(options)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	t, err := tail.Follow(name, f.poll)
	if err != nil {
		return err
	}
	defer t.Close()
	if _, err := os.Stat(name); err != nil {
		fmt.Fprintf(stderr, "checker: %s: it is not there yet: waiting for it\n", name)
	}
	worst := unjudged // until something has been
	for parts := 0; ; parts++ {
		part, err := t.Next(ctx)
		if err == io.EOF {
			if parts == 0 {
				fmt.Fprintf(stderr, "checker: %s: no judgement: nothing was recorded\n", name)
			}
			break
		}
		if err != nil {
			return err
		}
		v := &viewer{checker: checker, name: name, quiet: f.quiet, out: stdout, known: map[toldKey]model.Severity{}}
		res, err := v.judge(part)
		if err != nil {
			return err
		}
		if res.Err != nil {
			fmt.Fprintf(stderr, "checker: %v\n", res.Err)
		} else if part.Unfinished() {
			fmt.Fprintf(stderr, "checker: %s: its last line had no end, and was left out\n", name)
		}
		is := map[trace.Verdict]int{trace.Unjudged: unjudged, trace.Breaks: faulty, trace.Conforms: clean}[res.Verdict]
		if parts == 0 {
			worst = is
		}
		worst = max(worst, is)
		if _, err := io.Copy(io.Discard, part); err != nil { // what can not be judged any more
			return err
		}
	}
	if worst != clean {
		return status(worst)
	}
	return nil
}

// A viewer tells what is found in a recording, as it is found.
type viewer struct {
	checker *trace.Checker
	name    string
	quiet   bool
	out     io.Writer
	told    []model.Finding
	known   map[toldKey]model.Severity
}

// A toldKey is what a finding that was told is known by.
type toldKey struct {
	rule      *model.Rule
	line, pid int64
	object    uint32
}

func keyOf(f *model.Finding) toldKey { return toldKey{f.Rule, f.Line, f.PID, f.Serial} }

// judge judges a recording to its end, and sums up. Its error is that of writing.
func (v *viewer) judge(in io.Reader) (*trace.Result, error) {
	res, err := v.check(in)
	if err != nil {
		return res, err
	}
	for n := range res.Findings { // what the end brings, or makes worse
		f := &res.Findings[n]
		if severity, told := v.known[keyOf(f)]; !told || severity < f.Severity {
			if err := v.tell(res, f); err != nil {
				return res, err
			}
		}
	}
	_, err = fmt.Fprintln(v.out, res.Summary())
	return res, err
}

func (v *viewer) check(in io.Reader) (*trace.Result, error) {
	r := trace.NewReader(v.name, in)
	defer r.Close()
	var rec trace.Record
	if err := r.Next(&rec); err != nil {
		return v.checker.Unread(v.name, err), nil
	}
	run := v.checker.Start(v.name, rec.Header)
	for {
		switch err := r.Next(&rec); err {
		case nil:
		case io.EOF:
			return run.End(nil), nil
		default:
			return run.End(err), nil
		}
		if err := run.Step(&rec); err != nil {
			return run.End(err), nil
		}
		if err := v.look(run.World().Findings()); err != nil {
			return run.End(nil), err
		}
	}
}

// look tells of findings that are new, and of those that were taken back: that a recording began late may show at any time.
func (v *viewer) look(now []model.Finding) error {
	if len(now) == len(v.told) {
		return nil
	}
	about := &trace.Result{Trace: v.name}
	if len(now) < len(v.told) {
		was := v.told
		v.told, v.known = nil, map[toldKey]model.Severity{}
		for n := range now {
			v.remember(&now[n])
		}
		for n := range was {
			f := &was[n]
			if _, still := v.known[keyOf(f)]; !still && v.checker.Counts(f) && !v.quiet {
				if _, err := fmt.Fprintf(v.out, "%s:%d: %s is taken back: the recording turns out to have begun late\n\n", v.name, f.Line, f.Rule.ID); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for n := len(v.told); n < len(now); n++ {
		v.remember(&now[n])
		if v.checker.Counts(&now[n]) {
			if err := v.tell(about, &now[n]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *viewer) remember(f *model.Finding) {
	v.told = append(v.told, *f)
	v.known[keyOf(f)] = f.Severity
}

func (v *viewer) tell(about *trace.Result, f *model.Finding) error {
	if v.quiet {
		return nil
	}
	_, err := fmt.Fprintf(v.out, "%s\n", about.Explain(f))
	return err
}
