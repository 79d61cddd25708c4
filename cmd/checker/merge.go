package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"mapilife/model"
	"mapilife/trace"
)

func mergeCommand() *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{
		Use:   "merge RESULT…",
		Short: "Put results of many machines together",
		Long: `Put together what 'checker check --format json' has written, in any format but html and with the exit status of one run. The parts of one
run that was divided with --shard are given all, in any order, and come out in the order of the traces; other results come one after the
other.`,
		Example: `  checker merge part-1.json part-2.json part-3.json part-4.json
  checker merge --format junit --output checker.xml part-*.json`,
		Args: some("the name of a file of results"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return merge(args, f, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f.add(cmd)
	return cmd
}

func merge(args []string, f reportFlags, stdin io.Reader, stdout, stderr io.Writer) error {
	rules := model.Specification().Rules
	a, err := f.audience(rules, stderr)
	if err != nil {
		return err
	}
	if a.format.Witness != nil {
		return fmt.Errorf("--format %s shows the calls of traces, which results do not have: use it with 'checker check'", f.format)
	}
	var files []*results
	for _, name := range args {
		in, err := trace.Open(name, stdin)
		if err != nil {
			return err
		}
		defer in.Close()
		r := &results{name: name, in: bufio.NewReader(in), rules: rules}
		if err := r.begin(); err != nil {
			return err
		}
		files = append(files, r)
	}
	if err := parts(files); err != nil {
		return err
	}
	return a.hear(stdout, func(io.Writer) error {
		if files[0].head == nil {
			return inTurn(files, a.tell)
		}
		return byTurns(files, a.tell)
	})
}

// parts puts the parts of a run in order, and refuses what does not make one run.
func parts(files []*results) error {
	slices.SortStableFunc(files, func(a, b *results) int {
		if a.head == nil || b.head == nil {
			return 0
		}
		return a.head.Shard - b.head.Shard
	})
	for n, r := range files {
		first := files[0]
		switch {
		case (r.head == nil) != (first.head == nil):
			if r.head == nil {
				first, r = r, first
			}
			return fmt.Errorf("%s is part of a run, and %s is a run of its own: merge the parts of one run, or whole runs", r.name, first.name)
		case r.head == nil:
		case r.head.Run != first.head.Run || r.head.Of != first.head.Of || r.head.Traces != first.head.Traces:
			return fmt.Errorf("%s and %s are not parts of one run: their traces, how those were judged, or the number of parts differ", first.name, r.name)
		case n > 0 && files[n-1].head.Shard == r.head.Shard:
			return fmt.Errorf("%s and %s are the same part of a run, %d/%d", files[n-1].name, r.name, r.head.Shard, r.head.Of)
		case r.head.Shard != n+1:
			return fmt.Errorf("part %d/%d is missing: a run is merged of all its parts", n+1, r.head.Of)
		}
	}
	if last := files[len(files)-1].head; last != nil && last.Shard < last.Of {
		return fmt.Errorf("part %d/%d is missing: a run is merged of all its parts", last.Shard+1, last.Of)
	}
	return nil
}

// inTurn tells the results of one file after the other.
func inTurn(files []*results, tell func(*trace.Result) error) error {
	for _, r := range files {
		for n := 0; ; n++ {
			result, err := r.next()
			if errors.Is(err, io.EOF) {
				if n == 0 {
					return &trace.Error{File: r.name, Text: "there is no result here: 'checker check --format json' writes them"}
				}
				break
			}
			if err != nil {
				return err
			}
			if err := tell(result); err != nil {
				return err
			}
		}
	}
	return nil
}

// byTurns tells the results of a run's parts in the order of its traces.
func byTurns(files []*results, tell func(*trace.Result) error) error {
	for n := range files[0].head.Traces {
		r := files[n%len(files)]
		result, err := r.next()
		if errors.Is(err, io.EOF) {
			return &trace.Error{File: r.name, Line: r.line + 1, Text: "the results of this part end before its last trace: it was cut"}
		}
		if err != nil {
			return err
		}
		if err := tell(result); err != nil {
			return err
		}
	}
	for _, r := range files {
		if _, err := r.next(); !errors.Is(err, io.EOF) {
			return &trace.Error{File: r.name, Line: r.line, Text: "this part has more results than it has traces"}
		}
	}
	return nil
}

// results are those in a file, read one at a time.
type results struct {
	name  string
	in    *bufio.Reader
	rules []*model.Rule
	line  int64
	head  *shardHead // of a part of a run
	kept  []byte     // a line that begin has read
}

// begin reads the head, if there is one.
func (r *results) begin() error {
	line, err := r.read()
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	var h shardHead
	if json.Unmarshal(line, &h) != nil || h.Of == 0 {
		r.kept = line
		return nil
	}
	if h.Shard < 1 || h.Shard > h.Of || h.Traces < 1 {
		return r.wrong(1, "this is no part of a run")
	}
	r.head = &h
	return nil
}

// read reads a line without its end. After the last comes io.EOF.
func (r *results) read() ([]byte, error) {
	line, err := r.in.ReadBytes('\n')
	switch {
	case errors.Is(err, io.EOF) && len(line) == 0:
		return nil, err
	case err != nil && !errors.Is(err, io.EOF):
		return nil, &trace.Error{File: r.name, Text: "reading failed: " + err.Error()}
	}
	r.line++
	return bytes.TrimSuffix(line, []byte("\n")), nil
}

func (r *results) next() (*trace.Result, error) {
	line := r.kept
	if r.kept = nil; line == nil {
		var err error
		if line, err = r.read(); err != nil {
			return nil, err
		}
	}
	result, err := trace.ParseResult(line, r.rules)
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return nil, r.wrong(syntax.Offset, "this is no result of 'checker check --format json': "+syntax.Error())
	case errors.As(err, &typ):
		return nil, r.wrong(typ.Offset, fmt.Sprintf("this is no result of 'checker check --format json': %s can not be a %s", typ.Field, typ.Value))
	case err != nil:
		return nil, r.wrong(1, "this is no result of 'checker check --format json': "+err.Error())
	}
	return result, nil
}

func (r *results) wrong(column int64, text string) error {
	return &trace.Error{File: r.name, Line: r.line, Column: max(column, 1), Text: text}
}
