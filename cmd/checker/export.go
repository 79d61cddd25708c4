package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"mapilife/trace"
	"mapilife/trace/chrome"
)

// An export is a format of other tools that something can be written in.
type export struct {
	name  string
	says  string
	args  cobra.PositionalArgs
	write func(out io.Writer, args []string, o exportOptions) error
}

type exportOptions struct {
	readings readings
	stdin    io.Reader
}

// exports are all formats.
var exports = []export{
	{"chrome-trace", "a trace and its findings, for Perfetto (ui.perfetto.dev) and chrome://tracing", one("trace"), exportChrome},
}

func exportCommand() *cobra.Command {
	var format, output string
	var f readings
	var says strings.Builder
	var names []string
	for _, x := range exports {
		names = append(names, x.name)
		fmt.Fprintf(&says, "\n  %-13s %s", x.name, x.says)
	}
	cmd := &cobra.Command{
		Use:     "export --format FORMAT [FILE]",
		Short:   "Write a trace for another tool",
		Long:    "Write for another tool. Nothing is written unless all could be. Formats:\n" + says.String(),
		Example: `  checker export --format chrome-trace recording.jsonl --output recording.json`,
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, x := range exports {
				if x.name != format {
					continue
				}
				if err := x.args(cmd, args); err != nil {
					return err
				}
				return whole(output, cmd.OutOrStdout(), func(w io.Writer) error { return x.write(w, args, exportOptions{f, cmd.InOrStdin()}) })
			}
			if format == "" {
				return fmt.Errorf("the format is missing: write --format %s", strings.Join(names, " or "))
			}
			return fmt.Errorf("there is no format %q: write %s", format, strings.Join(names, " or "))
		},
	}
	cmd.Flags().StringVar(&format, "format", "", strings.Join(names, " or "))
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to this file instead of the standard output")
	f.add(cmd)
	complete(cmd, map[string][]string{"format": names})
	return cmd
}

// whole writes to a file, or the standard output, only if all could be made.
func whole(output string, stdout io.Writer, write func(io.Writer) error) error {
	if output != "" && output != trace.Stdin {
		return replace(output, write)
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	_, err := b.WriteTo(stdout)
	return err
}

func exportChrome(out io.Writer, args []string, o exportOptions) error {
	checker, err := o.readings.checker()
	if err != nil {
		return err
	}
	in, err := trace.Open(args[0], o.stdin)
	if err != nil {
		return err
	}
	defer in.Close()
	return chrome.Write(out, checker, args[0], in)
}
