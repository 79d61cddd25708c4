// Package report writes what was found in traces in the forms that people and their machines read.
package report

import (
	"io"

	"mapilife/model"
	"mapilife/trace"
	"mapilife/trace/html"
)

// A Format is a form that the results of many traces are written in.
type Format struct {
	Name  string
	Says  string
	Limit bool // it can leave out findings beyond a number
	start func(w io.Writer, o Options) Writer

	// Witness makes what has to see a trace while it is judged, for a format that shows more of it than the result has; nil for others.
	Witness func() trace.Witness
}

// Options say what a report is made of.
type Options struct {
	Rules []*model.Rule // those that traces are judged by, checked or not
	Show  trace.Show
}

// Formats are all of them, the default first.
var Formats = []Format{
	{"text", "for a reader", true, func(w io.Writer, o Options) Writer { return text{w, o.Show} }, nil},
	{"json", "one object a trace, one a line", true, func(w io.Writer, o Options) Writer { return lines{w, o.Show.Max} }, nil},
	{"sarif", "SARIF 2.1.0, one run, for code scanning", false, newSARIF, nil},
	{"junit", "JUnit XML: a suite a trace, a case a rule that was judged", false, newJUnit, nil},
	{"github", "annotations of GitHub Actions", true, func(w io.Writer, o Options) Writer { return annotations{w, o.Show.Max} }, nil},
	{"html", "one page for a browser: calls, lanes, counts and findings", true, func(w io.Writer, o Options) Writer { return html.New(w, o.Show.Max) }, html.NewWitness},
}

// ByName finds a format.
func ByName(name string) (Format, bool) {
	for _, f := range Formats {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// A Writer writes the results of traces, in the order in which it gets them. What it writes is whole after Close only.
type Writer interface {
	Write(r *trace.Result) error
	Close() error
}

// Start begins a report.
func (f Format) Start(w io.Writer, o Options) Writer { return f.start(w, o) }

type text struct {
	w    io.Writer
	show trace.Show
}

func (t text) Write(r *trace.Result) error { return r.WriteText(t.w, t.show) }
func (t text) Close() error                { return nil }

type lines struct {
	w   io.Writer
	max int
}

func (l lines) Write(r *trace.Result) error { return r.WriteJSON(l.w, l.max) }
func (l lines) Close() error                { return nil }
