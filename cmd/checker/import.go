package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"mapilife/trace"
	"mapilife/trace/importer"
)

// logFlags say how a log is read.
type logFlags struct {
	from string
	file string
}

func (f *logFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.from, "from", "", "the kind of log that the files are: "+strings.Join(logKinds(), ", "))
	cmd.Flags().StringVar(&f.file, "map", "", "a file that says how the lines of the log read, in place of --from; see 'checker import --help'")
	if err := cmd.RegisterFlagCompletionFunc("from", completes(logKinds()...)); err != nil {
		panic(err) // a flag that does not exist
	}
}

func logKinds() []string {
	var names []string
	for _, k := range importer.Kinds() {
		names = append(names, k.Name)
	}
	return names
}

// kind is the kind of log that was asked for, if any.
func (f *logFlags) kind() (kind importer.Kind, given bool, err error) {
	switch {
	case f.file != "" && f.from != "":
		return kind, false, errors.New("--map stands in place of --from: write one of the two")
	case f.file != "":
		in, err := trace.Open(f.file, strings.NewReader(""))
		if err != nil {
			return kind, false, err
		}
		defer in.Close()
		m, err := importer.ReadMap(f.file, in)
		if err != nil {
			return kind, false, err
		}
		return m.Kind(), true, nil
	case f.from == "":
		return kind, false, nil
	}
	kind, ok := importer.ByName(f.from)
	if !ok {
		return kind, false, fmt.Errorf("there is no kind of log %q: write %s, or --map FILE", f.from, strings.Join(logKinds(), ", "))
	}
	return kind, true, nil
}

func importCommand() *cobra.Command {
	var f logFlags
	var to, output string
	var kinds strings.Builder
	for _, k := range importer.Kinds() {
		observes := "nothing whole"
		if len(k.Observes) > 0 {
			observes = strings.Join(k.Observes, ", ")
		}
		fmt.Fprintf(&kinds, "\n  %-11s %s\n  %-11s observes %s\n", k.Name, k.Says, "", observes)
	}
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Make a trace of a log",
		Long: `Make a trace of a log that was written by something else. Most logs show less than a trace can, and the trace says so: what a log
does not show is never held against anyone. Kinds of log:
` + kinds.String() + `
Other logs are read with a map, a YAML file:

  observes: [MAPI, IMAPISession]   # every call of these is in the log
  complete: true                   # the log begins before the first call of MAPI
  lines:                           # the first whose expression fits takes a line
    - call: '^(?P<tid>\d+) > (?P<name>[\w:]+)(?: on (?P<on>0x\w+))?\((?P<args>.*)\)$'
    - return: '^(?P<tid>\d+) < (?P<name>[\w:]+) = (?P<hr>\w+)(?: (?P<out>.*))?$'
    - skip: '^#'
  argument: '(?P<name>\w+)=(?P<value>[^ ,]+)'
  names: {MySession: IMAPISession}

A line is a call, a return, a leaf (a call that has returned), load, unload, thread-exit, signal, gap, end, or skip. The groups that an expression
may have are pid, tid, time, id, name, on, by, module, hr, ref, args, out, and arg_X and out_X for the parameter X; what is the same for every
line can be given with "is", as in {leaf: 'init$', is: {name: MAPIInitialize, hr: S_OK}}. A line that no expression fits is an error.`,
		Example: `  checker import --from wine client.log --output client.jsonl
  checker import --map ours.yaml provider.log | checker check -`,
		Args: one("log"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if to != "json" && to != "text" {
				return fmt.Errorf("there is no notation %q: write json or text", to)
			}
			kind, given, err := f.kind()
			if err != nil {
				return err
			}
			if !given {
				return fmt.Errorf("which kind of log it is, is missing: write --from with %s, or --map FILE", strings.Join(logKinds(), ", "))
			}
			records, err := readLog(kind, args[0], cmd.InOrStdin())
			if err != nil {
				return err
			}
			return into(output, cmd.OutOrStdout(), func(w io.Writer) error { return writeTrace(args[0], records, w, to) })
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&to, "to", "json", "the notation: json or text")
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to this file instead of the standard output")
	if err := cmd.RegisterFlagCompletionFunc("to", completes("json", "text")); err != nil {
		panic(err) // a flag that does not exist
	}
	return cmd
}

func readLog(kind importer.Kind, name string, stdin io.Reader) ([]*trace.Record, error) {
	in, err := trace.Open(name, stdin)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return kind.Read(name, in)
}

func writeTrace(name string, records []*trace.Record, out io.Writer, to string) error {
	if to == "text" {
		return writeRecords(name, records, out, trace.TextNotation)
	}
	return writeRecords(name, records, out, trace.JSONNotation)
}

func writeRecords(name string, records []*trace.Record, out io.Writer, notation trace.Notation) error {
	w := trace.NewWriter(out, notation)
	for _, r := range records {
		if err := w.Write(r); err != nil {
			return of(name, err)
		}
	}
	return of(name, w.Close())
}

// judgeLog judges the trace that a log makes. The lines of the findings are those of the log.
func judgeLog(c *trace.Checker, kind importer.Kind, name string, in io.Reader) *trace.Result {
	records, err := kind.Read(name, in)
	if err != nil {
		return c.Unread(name, err)
	}
	run := c.Start(name, records[0].Header)
	for _, r := range records[1:] {
		if err := run.Step(r); err != nil {
			return run.End(err)
		}
	}
	return run.End(nil)
}
