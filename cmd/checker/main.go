// Checker judges recordings of MAPI calls against the documentation of the MAPI lifecycle.
//
//	checker check FILE…        judge traces
//	checker baseline FILE…     write down the findings that are known
//	checker merge RESULT…      put results of many machines together
//	checker coverage FILE…     say what a suite of traces has shown together
//	checker explain RULE       say what a rule demands, by which page, and show the traces that break and keep it
//	checker rules              list the rules
//	checker diagram LIFECYCLE  draw a lifecycle
//	checker spec               write the specification as a document
//	checker convert FILE       write a trace in the other notation
//	checker import FILE        make a trace of a log
//	checker minimize FILE      cut a trace down to the calls that it takes to break a rule
//	checker export FILE        write a trace for another tool
//	checker simulate           write the trace of a simulated subsystem, right or with one fault
//	checker explore            visit every state that software can come to without breaking a rule
//	checker version            say what this is
//
// Findings and whatever else was asked for go to the standard output, complaints to the standard error. The exit status is 0 if nothing
// of severity error was found, 1 if an error was found, and 2 if no judgement was possible: the command was misused, a trace could not
// be read to its end, or showed nothing that any rule speaks of, or the answer could not be written. 2 wins over 1. coverage ends with 1 where less was judged than
// --fail-under asks for.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// The exit statuses.
const (
	clean    = 0
	faulty   = 1
	unjudged = 2
)

func main() {
	signal.Ignore(syscall.SIGPIPE) // a reader that goes away is an error of writing, which is told
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the command, with everything that it touches passed to it. It returns the exit status.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	out := &output{w: stdout}
	cmd := root(stdin, out, stderr)
	cmd.SetArgs(args)
	err := cmd.Execute()
	if out.err != nil {
		err = fmt.Errorf("writing failed: %w", out.err)
	}
	var verdict status
	switch {
	case err == nil:
		return clean
	case errors.As(err, &verdict):
		return int(verdict)
	}
	fmt.Fprintf(stderr, "checker: %v\n", err)
	return unjudged
}

// output is the standard output. It remembers why writing failed: not everybody who writes a help text looks.
type output struct {
	w   io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.w.Write(p)
	o.err = err
	return n, err
}

// A status is an exit status that needs no further words.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

func root(stdin io.Reader, stdout, stderr io.Writer) *cobra.Command {
	cmd := &cobra.Command{
		Use:           "checker",
		Short:         "Judge recordings of MAPI calls against the documentation of the MAPI lifecycle",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return noCommand(args[0])
			}
			return errors.New("the command is missing, such as check or explain: see 'checker --help'")
		},
	}
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		text, _, _ := strings.Cut(err.Error(), ": strconv.") // what follows is for those who write Go
		return fmt.Errorf("%s: see '%s --help'", text, c.CommandPath())
	})
	cmd.AddCommand(checkCommand(), baselineCommand(), mergeCommand(), coverageCommand(), explainCommand(), rulesCommand(), diagramCommand(), convertCommand(), specCommand(), importCommand(), exportCommand(), minimizeCommand(), simulateCommand(), exploreCommand(), versionCommand())
	cmd.SetHelpCommand(helpCommand())
	cmd.SetIn(stdin)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	cmd.InitDefaultCompletionCmd() // which keeps the output that it finds
	for _, c := range cmd.Commands() {
		if c.Name() == "completion" {
			c.RunE = func(*cobra.Command, []string) error {
				return errors.New("name a shell: bash, zsh, fish or powershell. See 'checker completion --help'")
			}
			c.Args = cobra.ArbitraryArgs
		}
	}
	return cmd
}

func noCommand(name string) error {
	return fmt.Errorf("there is no command %q: see 'checker --help'", name)
}

func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Say what a command does and which flags it takes",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return noCommand(args[0])
			}
			about.InitDefaultHelpFlag() // or its help would not list it
			return about.Help()
		},
	}
}

// some takes one argument or more, and says what is missing.
func some(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return fmt.Errorf("%s is missing: see '%s --help'", what, cmd.CommandPath())
		}
		return nil
	}
}

// one takes one argument.
func one(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return fmt.Errorf("one %s only, not also %q: see '%s --help'", what, args[1], cmd.CommandPath())
		}
		return some("the "+what)(cmd, args)
	}
}

// none takes no argument.
func none(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%q is too much: see '%s --help'", args[0], cmd.CommandPath())
	}
	return nil
}

// completes offers a fixed list of words for an argument or a flag.
func completes(words ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
}
