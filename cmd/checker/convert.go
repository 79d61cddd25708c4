package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"mapilife/trace"
)

func convertCommand() *cobra.Command {
	var to, output string
	cmd := &cobra.Command{
		Use:   "convert FILE",
		Short: "Write a trace in the other notation",
		Long: `Write a trace in the other notation, without loss but for the comments and the spacing of the text notation. With --output nothing is
written unless the whole trace could be read.`,
		Example: `  checker convert recording.jsonl
  checker convert --to json --output case.jsonl case.trace`,
		Args: exactly(1, "trace"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if to != "" && to != "json" && to != "text" {
				return fmt.Errorf("there is no notation %q: write json or text", to)
			}
			in, err := trace.Open(args[0], cmd.InOrStdin())
			if err != nil {
				return err
			}
			defer in.Close()
			if output == "" {
				return convert(args[0], in, cmd.OutOrStdout(), to)
			}
			return replace(output, func(w io.Writer) error { return convert(args[0], in, w, to) })
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "json or text; without it, whichever the trace is not")
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to this file instead of the standard output")
	if err := cmd.RegisterFlagCompletionFunc("to", completes("json", "text")); err != nil {
		panic(err) // a flag that does not exist
	}
	return cmd
}

func convert(name string, in io.Reader, out io.Writer, to string) error {
	r := trace.NewReader(name, in)
	defer r.Close()
	var w *trace.Writer
	var rec trace.Record
	for {
		err := r.Next(&rec)
		if errors.Is(err, io.EOF) {
			return w.Close()
		}
		if err != nil {
			if w != nil { // what came before is good
				w.Close()
			}
			return err
		}
		if w == nil {
			notation := trace.TextNotation
			if to == "json" || to == "" && r.Notation() == trace.TextNotation {
				notation = trace.JSONNotation
			}
			w = trace.NewWriter(out, notation)
		}
		if err := w.Write(&rec); err != nil {
			return err
		}
	}
}

// replace writes a file whole or not at all.
func replace(name string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
