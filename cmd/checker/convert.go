package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
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
		Args: one("trace"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if to != "" && to != "json" && to != "text" {
				return fmt.Errorf("there is no notation %q: write json or text", to)
			}
			in, err := trace.Open(args[0], cmd.InOrStdin())
			if err != nil {
				return err
			}
			defer in.Close()
			return into(output, cmd.OutOrStdout(), func(w io.Writer) error { return convert(args[0], in, w, to) })
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
			return of(name, w.Close())
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
			return of(name, err)
		}
	}
}

// of completes an error of a writer that is about a record.
func of(name string, err error) error {
	var where *trace.Error
	if errors.As(err, &where) {
		where.File = name
	}
	return err
}

// into writes to the file of that name, whole or not at all, or to the standard output where there is no name.
func into(name string, stdout io.Writer, write func(io.Writer) error) error {
	if name == "" || name == trace.Stdin {
		return write(stdout)
	}
	return replace(name, write)
}

// replace writes a file whole or not at all: what it held before stays until all is written. A device or a pipe is written to directly.
func replace(name string, write func(io.Writer) error) error {
	if target, err := filepath.EvalSymlinks(name); err == nil { // a link stays one
		name = target
	}
	mode := fs.FileMode(0o666) // less what the user's mask takes away
	switch old, err := os.Stat(name); {
	case err == nil && old.IsDir():
		return fmt.Errorf("%s: this is a directory: name a file in it", name)
	case err == nil && !old.Mode().IsRegular():
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(write(f), f.Close())
	case err == nil:
		mode = old.Mode().Perm()
	}
	temporary := fmt.Sprintf("%s.%d.new", name, os.Getpid())
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return fmt.Errorf("%s can not be written: %w", name, reason(err))
	}
	defer os.Remove(temporary)
	if err := errors.Join(write(f), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary, name); err != nil {
		return fmt.Errorf("%s can not be written: %w", name, reason(err))
	}
	return nil
}

// reason is an error of the system without the name of the file, which may be a temporary one.
func reason(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
