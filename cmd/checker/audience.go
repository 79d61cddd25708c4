package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/fatih/color"
	"github.com/spf13/cobra"

	"mapilife/model"
	"mapilife/trace"
	"mapilife/trace/baseline"
	"mapilife/trace/report"
)

// reportFlags say how results are told, as written.
type reportFlags struct {
	format   string
	output   string
	color    string
	baseline string
	max      int
	quiet    bool
}

func formats() (names, says []string) {
	for _, f := range report.Formats {
		names = append(names, f.Name)
		says = append(says, fmt.Sprintf("%s (%s)", f.Name, f.Says))
	}
	return names, says
}

var colors = []string{"auto", "always", "never"}

func (f *reportFlags) add(cmd *cobra.Command) {
	names, says := formats()
	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", names[0], strings.Join(says, ", "))
	flags.StringVarP(&f.output, "output", "o", "", "write to this file instead of the standard output")
	flags.StringVar(&f.color, "color", colors[0], "colour the text: auto (on a terminal, unless NO_COLOR is set), always or never")
	flags.StringVar(&f.baseline, "baseline", "", "a file of findings that are known, which 'checker baseline' writes: only others fail")
	flags.IntVar(&f.max, "max-findings", 0, "show at most so many findings of a trace; 0 shows all")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "show the summary of each trace only")
	complete(cmd, map[string][]string{"format": names, "color": colors})
}

// An audience is who results are told: the report, the standard error, and the exit status.
type audience struct {
	flags    reportFlags
	format   report.Format
	rules    []*model.Rule
	known    *baseline.List // or nil
	stderr   io.Writer
	progress *progress

	report  report.Writer
	worst   int
	took    []trace.WaiverUse // in all traces
	partial bool              // a trace may have findings that were not told
}

// audience reads the flags.
func (f reportFlags) audience(rules []*model.Rule, stderr io.Writer) (*audience, error) {
	format, ok := report.ByName(f.format)
	names, _ := formats()
	switch {
	case !ok:
		return nil, fmt.Errorf("there is no format %q: write one of %s", f.format, strings.Join(names, ", "))
	case f.max < 0:
		return nil, fmt.Errorf("--max-findings is %d: write a number that is not negative", f.max)
	case f.max > 0 && !format.Limit:
		return nil, fmt.Errorf("--max-findings is %d: %s has all findings, or tells something else", f.max, f.format)
	case !slices.Contains(colors, f.color):
		return nil, fmt.Errorf("--color is %q: write one of %s", f.color, strings.Join(colors, ", "))
	}
	a := &audience{flags: f, format: format, rules: rules, stderr: stderr}
	if f.baseline == "" {
		return a, nil
	}
	known, err := readBaseline(f.baseline)
	a.known = known
	return a, err
}

// readBaseline reads a baseline as of today.
func readBaseline(name string) (*baseline.List, error) {
	in, err := trace.Open(name, strings.NewReader(""))
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return baseline.Read(name, in, time.Now())
}

// hear begins a report, has tell called for each result, and ends it. The error is a status, or says why not all could be told.
func (a *audience) hear(stdout io.Writer, speak func(w io.Writer) error) error {
	err := into(a.flags.output, stdout, func(w io.Writer) error {
		show := trace.Show{Quiet: a.flags.quiet, Max: a.flags.max, Color: a.flags.color == "always"}
		if o, ok := w.(*output); ok && a.flags.color == "auto" {
			show.Color = o.w == os.Stdout && !color.NoColor
		}
		a.report = a.format.Start(w, report.Options{Rules: a.rules, Show: show})
		if err := speak(w); err != nil {
			return err
		}
		if err := a.report.Close(); err != nil || a.flags.format != "text" { // JSON has the numbers of each trace
			return err
		}
		return unused(a.took, w)
	})
	if err != nil {
		return err
	}
	if a.known != nil {
		for _, e := range a.known.Complaints(!a.partial) {
			fmt.Fprintf(a.stderr, "checker: %v\n", e)
		}
	}
	if a.worst != clean {
		return status(a.worst)
	}
	return nil
}

// tell tells one result.
func (a *audience) tell(r *trace.Result) error {
	if a.known != nil {
		for n := range r.Known { // by the baseline of the run that is merged, and not stale in this one
			a.known.Reason(&r.Known[n].Finding)
		}
		r.Forgive(a.known.Reason)
	}
	if a.took == nil {
		a.took = make([]trace.WaiverUse, len(r.Waivers))
	}
	for n, v := range r.Waivers {
		a.took[n] = trace.WaiverUse{Waiver: v.Waiver, N: a.took[n].N + v.N}
	}
	a.partial = a.partial || r.Left > 0 || r.Err != nil
	switch r.Verdict {
	case trace.Unjudged:
		a.worst = unjudged
	case trace.Breaks:
		a.worst = max(a.worst, faulty)
	}
	return a.progress.aside(func() error {
		if err := a.report.Write(r); err != nil {
			return err
		}
		if r.Err != nil {
			fmt.Fprintf(a.stderr, "checker: %v\n", r.Err)
		}
		return nil
	})
}
