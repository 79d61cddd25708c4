// Checker judges recordings of MAPI calls against the documentation of the MAPI lifecycle.
//
//	checker check FILE…        judge traces
//	checker explain RULE       say what a rule demands, by which page, and show the traces that break and keep it
//	checker rules              list the rules
//	checker diagram LIFECYCLE  draw a lifecycle
//	checker convert FILE       write a trace in the other notation
//	checker version            say what this is
//
// Findings and whatever else was asked for go to the standard output, complaints to the standard error. The exit status is 0 if nothing
// of severity error was found, 1 if an error was found, and 2 if no judgement was possible: the command was misused, a trace could not
// be read to its end, or showed nothing that any rule speaks of. 2 wins over 1.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// The exit statuses.
const (
	clean    = 0
	faulty   = 1
	unjudged = 2
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is the command, with everything that it touches passed to it. It returns the exit status.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	cmd := root()
	cmd.SetArgs(args)
	cmd.SetIn(stdin)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	err := cmd.Execute()
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

// A status is an exit status that needs no further words.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:           "checker",
		Short:         "Judge recordings of MAPI calls against the documentation of the MAPI lifecycle",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("there is no command %q: see 'checker --help'", args[0])
			}
			return cmd.Help()
		},
	}
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w: see '%s --help'", err, c.CommandPath())
	})
	cmd.AddCommand(checkCommand(), explainCommand(), rulesCommand(), diagramCommand(), convertCommand(), versionCommand())
	return cmd
}

// atLeast and exactly count arguments, and say what is missing.
func atLeast(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < n {
			return fmt.Errorf("%s is missing: see '%s --help'", what, cmd.CommandPath())
		}
		return nil
	}
}

func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return fmt.Errorf("one %s only, not also %q: see '%s --help'", what, args[n], cmd.CommandPath())
		}
		return atLeast(n, what)(cmd, args)
	}
}

// completes offers a fixed list of words for an argument or a flag.
func completes(words ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
}
