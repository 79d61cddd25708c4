// Package sequence draws the calls around one place of a recording as a Mermaid sequence diagram.
//
// Shown are the call at that place, what it is nested in and what is nested in it, the calls that the history of a finding's object names, and
// those that begin shortly before and after it in the same process; what is left out between them is counted. A participant is a side,
// such as the client, or an object, or a DLL.
package sequence

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"mapilife/model"
	"mapilife/trace"
)

// A Place is what is drawn.
type Place struct {
	Finding int   // by its number in the report, from 1; 0 where a line is given
	Line    int64 // of the file
	Around  int   // so many calls before and after it
}

// A call is one of the recording's.
type call struct {
	line     int64
	pid, tid int64
	up       int
	seen     model.Seen
}

// A happening is a record, as far as it is drawn.
type happening struct {
	record *trace.Record
	call   int // that begins or returns; -1 for an event
	over   []int
}

type drawing struct {
	calls    []call
	list     []happening
	findings []model.Finding
	shown    map[int]bool // calls
	names    []string     // of participants, in the order of their appearance
	ids      map[string]string
	b        strings.Builder
}

// Draw reads a trace and draws it. Its error is an *trace.Error where the trace can not be read, or has no such place.
func Draw(c *trace.Checker, name string, in io.Reader, at Place) (string, error) {
	d := &drawing{shown: map[int]bool{}, ids: map[string]string{}}
	open, err := d.read(c, name, in)
	if err != nil {
		return "", err
	}
	line := at.Line
	if at.Finding > 0 {
		if at.Finding > len(d.findings) {
			return "", &trace.Error{File: name, Text: fmt.Sprintf("there is no finding %d, of %d: name another, or a line with --line", at.Finding, len(d.findings))}
		}
		f := d.findings[at.Finding-1]
		line = f.Line
		for _, h := range f.History {
			d.show(d.callAt(h.Line))
		}
	}
	focus := slices.IndexFunc(d.list, func(h happening) bool { return h.record.Line == line })
	if focus < 0 {
		return "", &trace.Error{File: name, Line: line, Text: "no call or event is on this line"}
	}
	d.choose(focus, at.Around)
	d.draw(focus, open)
	return d.text(), nil
}

// read reads and judges the trace. It returns the calls that have not returned at its end.
func (d *drawing) read(c *trace.Checker, name string, in io.Reader) ([]int, error) {
	r := trace.NewReader(name, in)
	defer r.Close()
	var rec trace.Record
	if err := r.Next(&rec); err != nil {
		return nil, err
	}
	run := c.Start(name, rec.Header)
	var nesting trace.Nesting
	for {
		switch err := r.Next(&rec); {
		case errors.Is(err, io.EOF):
			d.findings = run.End(nil).Findings
			return nesting.Open(), nil
		case err != nil:
			return nil, err
		}
		if err := run.Step(&rec); err != nil {
			return nil, err
		}
		at := nesting.Next(&rec)
		if rec.Kind == trace.CallRecord {
			d.calls = append(d.calls, call{rec.Line, rec.PID.N, rec.TID.N, at.Parent, run.World().Seen()})
		}
		d.list = append(d.list, happening{rec.Clone(), at.Call, slices.Clone(at.Over)})
	}
}

func (d *drawing) callAt(line int64) int {
	for _, h := range d.list {
		if h.record.Line == line && h.call >= 0 {
			return h.call
		}
	}
	return -1
}

// show has a call drawn, and what it is nested in.
func (d *drawing) show(call int) {
	for ; call >= 0; call = d.calls[call].up {
		d.shown[call] = true
	}
}

// choose has drawn what is around a place.
func (d *drawing) choose(focus, around int) {
	h := d.list[focus]
	d.show(h.call)
	if h.call >= 0 {
		for n := h.call + 1; n < len(d.calls); n++ {
			for up := n; up >= 0; up = d.calls[up].up {
				if up == h.call {
					d.shown[n] = true
				}
			}
		}
	}
	for _, step := range []int{-1, 1} {
		left := around
		for n := focus + step; n >= 0 && n < len(d.list) && left > 0; n += step {
			if x := d.list[n]; x.record.Kind == trace.CallRecord && x.record.PID.N == h.record.PID.N {
				if !d.shown[x.call] {
					left--
				}
				d.show(x.call)
			}
		}
	}
}

func (d *drawing) draw(focus int, open []int) {
	skipped := 0
	skip := func() {
		if skipped > 0 && len(d.names) > 0 {
			d.line("Note over %s: %s", d.across(), map[bool]string{true: "1 call is not shown", false: fmt.Sprintf("%d calls are not shown", skipped)}[skipped == 1])
		}
		skipped = 0
	}
	pid := d.list[focus].record.PID
	for n, h := range d.list {
		for _, c := range h.over {
			d.never(c)
		}
		switch {
		case h.call < 0 && (n == focus || h.record.Kind == trace.EventRecord && h.record.PID == pid && len(d.names) > 0):
			skip()
			d.line("Note over %s: %s", d.across(), event(h.record))
		case h.call < 0:
			continue
		case !d.shown[h.call]:
			if h.record.Kind == trace.CallRecord && h.record.PID == pid {
				skipped++
			}
			continue
		default:
			skip()
			from, to := d.ends(h.call)
			if h.record.Kind == trace.CallRecord {
				d.line("%s->>+%s: %s(%s)", from, to, h.record.Name, members(h.record))
			} else {
				d.line("%s-->>-%s: %s", to, from, result(h.record))
			}
		}
		d.note(n)
	}
	for _, c := range slices.Backward(open) {
		d.never(c)
	}
}

// note writes the findings at a record. A finding whose line holds a call and its return stands at the beginning.
func (d *drawing) note(n int) {
	h := d.list[n]
	if n > 0 && d.list[n-1].record.Line == h.record.Line {
		return
	}
	for _, f := range d.findings {
		if f.Line != h.record.Line {
			continue
		}
		over := ""
		if h.call < 0 {
			over = d.across()
		} else if from, to := d.ends(h.call); from == to {
			over = to
		} else {
			over = from + "," + to
		}
		d.line("Note over %s: %s %s, line %d: %s", over, f.Rule.ID, f.Severity, f.Line, f.Message)
	}
}

func (d *drawing) never(call int) {
	if d.shown[call] {
		from, to := d.ends(call)
		d.line("%s--x-%s: it does not return", to, from)
	}
}

// ends are the participants of a call.
func (d *drawing) ends(n int) (from, to string) {
	c := d.calls[n]
	if c.up >= 0 {
		from = d.callee(c.up)
	} else {
		from = d.side(c.seen.Maker, c.tid)
	}
	return from, d.callee(n)
}

func (d *drawing) callee(n int) string {
	s := d.calls[n].seen
	switch {
	case s.Serial != 0:
		return d.participant(fmt.Sprintf("o%d", s.Serial), s.Object)
	case s.Answerer&(model.Provider|model.Service) != 0 && s.Module != "":
		return d.participant("m "+s.Module, s.Module)
	}
	return d.side(s.Answerer, d.calls[n].tid)
}

// side is a side that has no object. Each of the client's threads is one.
func (d *drawing) side(s model.Side, tid int64) string {
	switch s {
	case model.Client:
		return d.participant(fmt.Sprintf("client %d", tid), fmt.Sprintf("client, thread %d", tid))
	case model.MAPI:
		return d.participant("mapi", "MAPI")
	case model.NoSide:
		return d.participant("unknown", "an unknown object")
	}
	return d.participant(s.String(), s.String())
}

func (d *drawing) participant(key, name string) string {
	id, known := d.ids[key]
	if !known {
		d.names = append(d.names, name)
		id = fmt.Sprintf("p%d", len(d.names))
		d.ids[key] = id
	}
	return id
}

// across names all participants so far.
func (d *drawing) across() string {
	switch len(d.names) {
	case 0:
		return d.side(model.MAPI, 0)
	case 1:
		return "p1"
	}
	return fmt.Sprintf("p1,p%d", len(d.names))
}

func (d *drawing) line(format string, args ...any) {
	head, text, _ := strings.Cut(fmt.Sprintf(format, args...), ": ")
	d.b.WriteString("    " + head + ": " + escape(text) + "\n")
}

func (d *drawing) text() string {
	var b strings.Builder
	b.WriteString("sequenceDiagram\n")
	for n, name := range d.names {
		fmt.Fprintf(&b, "    participant p%d as %s\n", n+1, escape(name))
	}
	return b.String() + d.b.String()
}

// escape writes what has a meaning in Mermaid as an entity, and no line breaks.
func escape(text string) string {
	return strings.NewReplacer("#", "#35;", ";", "#59;", "<", "#lt;", ">", "#gt;", `"`, "#quot;", "%", "#37;", "\n", " ", "\r", " ").Replace(text)
}

// longest is how much of the arguments is written.
const longest = 60

func members(r *trace.Record) string {
	var list []string
	for _, m := range r.Args {
		text := string(m.Value.S)
		switch m.Value.Kind {
		case trace.Null:
			text = "null"
		case trace.True, trace.False:
			text = map[bool]string{true: "true", false: "false"}[m.Value.Kind == trace.True]
		}
		list = append(list, string(m.Name)+"="+text)
	}
	text := []rune(strings.Join(list, ", "))
	if len(text) > longest {
		text = append(text[:longest], '…')
	}
	return string(text)
}

func result(r *trace.Record) string {
	var list []string
	if r.HR.Kind != trace.NoValue {
		text := string(r.HR.S)
		if n, err := strconv.ParseUint(text, 0, 32); err == nil {
			text = model.HResult(n).String()
		}
		list = append(list, text)
	}
	if r.Ref.Set {
		list = append(list, fmt.Sprintf("ref %d", r.Ref.N))
	}
	if out := members(r); out != "" {
		list = append(list, out)
	}
	if len(list) == 0 {
		return "returns"
	}
	return strings.Join(list, ", ")
}

func event(r *trace.Record) string {
	text := string(r.Name)
	for _, t := range []trace.Text{r.Module, r.Signal, r.Reason} {
		if t.Set {
			text += " " + string(t.S)
		}
	}
	if string(r.Name) == "thread-exit" {
		text += fmt.Sprintf(" of thread %d", r.TID.N)
	}
	return text
}
