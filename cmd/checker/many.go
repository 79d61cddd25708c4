package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"

	"mapilife/trace"
)

// An entry is a trace to be judged, or a name under which there is none.
type entry struct {
	name string
	err  error
}

// entries are the traces that the arguments name, in their order. A log is not looked for in directories: it can not be told from other
// files. One that can not be found leaves the others to be judged.
func entries(args []string, logs bool) []entry {
	var list []entry
	piped := false
	for _, argument := range args {
		if argument == trace.Stdin && piped {
			list = append(list, entry{argument, &trace.Error{File: argument, Text: "the standard input is named twice, and can be read once"}})
			continue
		}
		piped = piped || argument == trace.Stdin
		if logs {
			list = append(list, entry{name: argument})
			continue
		}
		files, err := trace.Files(argument)
		if err != nil {
			list = append(list, entry{argument, err})
		}
		for _, name := range files {
			list = append(list, entry{name: name})
		}
	}
	return list
}

// each judges the entries on all cores and tells the results in their order. How many results wait for one that takes long is bounded.
func each(list []entry, judge func(entry) *trace.Result, tell func(*trace.Result) error) error {
	cores := runtime.GOMAXPROCS(0)
	turns := make(chan chan *trace.Result, 2*cores)
	free := make(chan struct{}, cores)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		defer close(turns)
		for _, e := range list {
			result := make(chan *trace.Result, 1)
			select {
			case turns <- result:
			case <-stop:
				return
			}
			free <- struct{}{}
			go func() {
				result <- judge(e)
				<-free
			}()
		}
	}()
	for result := range turns {
		if err := tell(<-result); err != nil {
			return err
		}
	}
	return nil
}

// A shard is one part of many of a run.
type shard struct{ part, of int }

func parseShard(text string) (s shard, err error) {
	part, of, ok := strings.Cut(text, "/")
	if ok {
		s.part, err = strconv.Atoi(part)
	}
	if ok && err == nil {
		s.of, err = strconv.Atoi(of)
	}
	if !ok || err != nil || s.part < 1 || s.part > s.of {
		return shard{}, fmt.Errorf("--shard is %q: write I/N, such as 1/4, with I from 1 to N", text)
	}
	return s, nil
}

// A shardHead is the first line of the results of a shard. Shards of one run have the same number of traces and the same mark.
type shardHead struct {
	Shard  int    `json:"shard"`
	Of     int    `json:"of"`
	Traces int    `json:"traces"` // of the whole run
	Run    string `json:"run"`    // a mark of the names of all traces, and of how they are judged
}

// pick takes every part of the list whose turn it is, so that files of one kind spread over the machines.
func (s shard) pick(list []entry) []entry {
	var mine []entry
	for n := s.part - 1; n < len(list); n += s.of {
		mine = append(mine, list[n])
	}
	return mine
}

func (s shard) writeHead(w io.Writer, list []entry, f judgeFlags) error {
	sum := sha256.New()
	fmt.Fprintf(sum, "%q", []any{f.profile, f.set, f.party, f.severity, f.explain, f.log.from, f.log.file})
	for _, e := range list {
		fmt.Fprintf(sum, " %q", e.name)
	}
	line, err := json.Marshal(shardHead{s.part, s.of, len(list), hex.EncodeToString(sum.Sum(nil)[:16])})
	if err != nil {
		return err
	}
	_, err = w.Write(append(line, '\n'))
	return err
}
