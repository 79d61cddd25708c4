package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"mapilife/model"
	"mapilife/model/explore"
	"mapilife/trace"
)

// exploration is what 'checker explore' explores, and looks for.
type exploration struct {
	config   explore.Config
	profile  string
	set      []string
	without  string
	promises []string
	memory   string
	witness  int
	traceOut string
	list     bool
}

func exploreCommand() *cobra.Command {
	x := exploration{config: explore.Default()}
	cmd := &cobra.Command{
		Use:   "explore",
		Short: "Visit every state that software can come to without breaking a rule",
		Long: `Visit every state that software of a bounded size can come to without breaking a rule: every call that can begin, every way in which
an open one can return, on every thread. In each state the promises are looked at, of which --properties lists all: what the rules are there
for. Where one does not hold, a shortest way there is a trace, which --trace-out writes.

--without leaves out a rule, to see which promise rests on it. 'checker check' finds that rule in the trace.

The exit status is 0 if every promise holds in every state, 1 if one does not, and 2 if the command was misused or the answer is
inconclusive: not all states were visited, because of --memory or an interrupt, and in those that were every promise holds.`,
		Example: `  checker explore
  checker explore --ab 0 --ms 1 --folders 1 --memory 2G
  checker explore --without PRV-09 --trace-out found.trace; checker check found.trace
  checker explore --witness 1000 --trace-out way.trace`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if x.list {
				return listPromises(cmd.OutOrStdout())
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return x.run(ctx, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	x.config.Numbers(func(name, says string, is *int, lo, hi int) {
		f.IntVar(is, name, *is, fmt.Sprintf("%s, %d to %d", says, lo, hi))
	})
	f.BoolVar(&x.config.Failures, "failures", x.config.Failures, "let whatever returns a result fail as well")
	f.StringVar(&x.profile, "profile", "strict", "how pages that contradict each other are read: lenient accepts every reading, strict one")
	f.StringArrayVar(&x.set, "set", nil, "read one conflict otherwise, as SWITCH=READING")
	f.StringVar(&x.without, "without", "", "leave out this rule")
	f.StringArrayVar(&x.promises, "property", nil, "look at this promise only; may be given again")
	f.BoolVar(&x.list, "properties", false, "list the promises")
	f.StringVar(&x.memory, "memory", "", "stop when this much memory is in use: bytes, or with K, M or G")
	f.IntVar(&x.witness, "witness", -1, "have --trace-out write a way through the state of that number, in the order of their discovery, to a clean end")
	f.StringVarP(&x.traceOut, "trace-out", "o", "", "write the trace of what was found, or of the witness, to this file")
	complete(cmd, map[string][]string{"profile": model.ProfileNames, "set": settings(), "property": explore.PromiseNames()})
	return cmd
}

func listPromises(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, p := range explore.Promises() {
		fmt.Fprintf(w, "%s\t%s\n", p.Name, p.Says)
	}
	return w.Flush()
}

// options reads what the flags say.
func (x *exploration) options() (o explore.Options, err error) {
	for _, name := range x.promises {
		p, ok := explore.PromiseByName(name)
		if !ok {
			return o, fmt.Errorf("there is no promise %q: see 'checker explore --properties'", name)
		}
		o.Promises = append(o.Promises, p)
	}
	if x.witness >= 0 && x.traceOut == "" {
		return o, fmt.Errorf("--witness has nowhere to write: name a file with --trace-out")
	}
	if x.memory != "" {
		o.Memory, err = bytesOf(x.memory)
	}
	return o, err
}

// bytesOf reads a number of bytes.
func bytesOf(text string) (uint64, error) {
	digits := strings.TrimRight(text, "KMG")
	shift := map[string]int{"": 0, "K": 10, "M": 20, "G": 30}
	by, ok := shift[text[len(digits):]]
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || !ok || n == 0 {
		return 0, fmt.Errorf("%q is no memory: write bytes, or a number and K, M or G", text)
	}
	return n << by, nil
}

// spec is the specification that is explored, and how it is read.
func (x *exploration) spec() (*model.Spec, model.Profile, error) {
	profile, ok := model.ProfileByName(x.profile)
	if !ok {
		return nil, profile, fmt.Errorf("there is no profile %q: write %s", x.profile, strings.Join(model.ProfileNames, " or "))
	}
	for _, s := range x.set {
		var err error
		if profile, err = profile.With(s); err != nil {
			return nil, profile, err
		}
	}
	spec := model.Specification()
	if x.without == "" {
		return spec, profile, nil
	}
	spec, err := explore.Without(spec, x.without)
	return spec, profile, err
}

func (x *exploration) run(ctx context.Context, stdout, stderr io.Writer) error {
	o, err := x.options()
	if err != nil {
		return err
	}
	spec, profile, err := x.spec()
	if err != nil {
		return err
	}
	e, err := explore.New(spec, profile, x.config)
	if err != nil {
		return err
	}
	bar := progressOfStates(stderr)
	if bar != nil {
		o.Progress = func(states, done int) {
			bar.ChangeMax(states)
			_ = bar.Set(done)
		}
	}
	r, err := e.Run(ctx, o)
	if bar != nil {
		_ = bar.Clear()
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s\n%d states, the farthest %d steps away, and %d steps between them; not taken: %d steps that break a rule, %d that nobody could judge\n",
		r.Config, r.States, r.Depth, r.Transitions, r.Illegal, r.Undecided)
	var records []*trace.Record
	switch {
	case r.Broken != nil:
		records = e.Counterexample()
		fmt.Fprintf(stdout, "broken: %s, after %d steps: %s\n", r.Broken.Promise.Name, len(records)-1, r.Broken.Says)
	case r.Stopped != "":
		fmt.Fprintf(stdout, "inconclusive: %s before all states were visited; no promise is broken in those that were\n", r.Stopped)
	default:
		fmt.Fprintln(stdout, "every promise holds")
	}
	if x.witness >= 0 && r.Broken == nil {
		if records, err = e.Witness(x.witness); err != nil {
			return err
		}
	}
	if x.traceOut != "" && records != nil {
		if err := replace(x.traceOut, func(w io.Writer) error { return writeTrace(x.traceOut, records, w, "text") }); err != nil {
			return err
		}
	}
	switch {
	case r.Broken != nil:
		return status(faulty)
	case r.Stopped != "":
		return status(unjudged)
	}
	return nil
}

// progressOfStates is nil unless the standard error is a terminal.
func progressOfStates(stderr io.Writer) *progressbar.ProgressBar {
	f, ok := stderr.(*os.File)
	if !ok || !isatty.IsTerminal(f.Fd()) {
		return nil
	}
	return progressbar.NewOptions(1, progressbar.OptionSetWriter(f), progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("states"),
		progressbar.OptionSetDescription("exploring"), progressbar.OptionSetPredictTime(false), progressbar.OptionClearOnFinish())
}
