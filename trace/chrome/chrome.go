// Package chrome writes a recording, and what was found in it, in the trace event format that Perfetto and chrome://tracing open.
//
// A call is a pair of asynchronous events, "b" and "e", with an id of its own, so that calls that overlap on several threads, or never
// return, are drawn as they were. A call that never returned ends where the recording shows that it is over, and says so. The life of an
// object that has an address is such a pair as well, as far as the checker follows it. A finding is an instant event, "i", at the record
// that broke the rule.
//
// Times are those of the recording, in microseconds, if its first record behind the header has one; a record without one then stands
// where the last one of the file did. Otherwise each record's place in the order, "seq" or else one more than the last, counts as its
// microsecond.
package chrome

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"mapilife/model"
	"mapilife/trace"
)

// An event is one of the format.
type event struct {
	Name  string      `json:"name"`
	Cat   string      `json:"cat,omitempty"`
	Phase string      `json:"ph"`
	ID    string      `json:"id,omitempty"`
	Scope string      `json:"s,omitempty"`
	TS    json.Number `json:"ts,omitempty"`
	PID   int64       `json:"pid"`
	TID   int64       `json:"tid"`
	Args  any         `json:"args,omitempty"`
}

// The categories, by which a viewer filters.
const (
	calls    = "call"
	objects  = "object"
	findings = "finding"
)

type named map[string]any

// Write reads a trace and writes it for the viewers, with what the checker finds in it. Its error is an *trace.Error where the trace
// can not be read, or judged, to its end.
func Write(w io.Writer, c *trace.Checker, name string, in io.Reader) error {
	r := trace.NewReader(name, in)
	defer r.Close()
	var rec trace.Record
	if err := r.Next(&rec); err != nil {
		return err
	}
	x := &writer{w: w, open: map[int]event{}, alive: map[uint32]event{}, threads: map[[2]int64]bool{}, lines: map[int64]moment{}}
	x.begin(rec.Header)
	run := c.Start(name, rec.Header)
	run.World().WatchObjects(x.life)
	for {
		switch err := r.Next(&rec); {
		case err == nil:
		case errors.Is(err, io.EOF):
			return x.end(run.End(nil))
		default:
			return err
		}
		x.clock(&rec)
		if err := run.Step(&rec); err != nil {
			return err
		}
		x.record(&rec)
		if x.err != nil {
			return x.err
		}
	}
}

type writer struct {
	w   io.Writer
	err error
	any bool

	timed, started bool
	now            json.Number
	place          int64
	process        string
	nesting        trace.Nesting
	open           map[int]event     // calls by number: the event that ends them
	alive          map[uint32]event  // objects by serial: the same
	threads        map[[2]int64]bool // that have a name already
	lines          map[int64]moment
}

// A moment is where a line stands.
type moment struct {
	ts  json.Number
	tid int64
}

func (x *writer) begin(h *trace.Header) {
	x.process = "process"
	if h.Process != nil {
		x.process = *h.Process
	}
	x.put(`{"displayTimeUnit":"ns","traceEvents":[`)
}

func (x *writer) put(text string) {
	if x.err == nil {
		_, x.err = io.WriteString(x.w, text)
	}
}

func (x *writer) event(e event) {
	b, err := json.Marshal(e)
	if err != nil {
		x.err = errors.Join(x.err, err)
		return
	}
	if x.any {
		x.put(",")
	}
	x.any = true
	x.put("\n" + string(b))
}

// clock sets the time of a record.
func (x *writer) clock(r *trace.Record) {
	if !x.started {
		x.started, x.timed, x.now = true, r.Time.Set, "0"
	}
	switch {
	case x.timed && r.Time.Set:
		x.now = micro(r.Time.N)
	case x.timed:
	default:
		x.place++
		if r.Seq.Set {
			x.place = r.Seq.N
		}
		x.now = json.Number(fmt.Sprint(x.place))
	}
}

// micro writes nanoseconds as microseconds, without loss.
func micro(ns int64) json.Number {
	sign, whole, rest := "", ns/1000, ns%1000
	if ns < 0 {
		sign, whole, rest = "-", -whole, -rest
	}
	return json.Number(fmt.Sprintf("%s%d.%03d", sign, whole, rest))
}

func (x *writer) record(r *trace.Record) {
	pid, tid := r.PID.N, r.TID.N
	if thread := [2]int64{pid, tid}; !x.threads[thread] {
		x.threads[thread] = true
		x.event(event{Name: "process_name", Phase: "M", PID: pid, Args: named{"name": x.named(r)}})
		x.event(event{Name: "thread_name", Phase: "M", PID: pid, TID: tid, Args: named{"name": fmt.Sprintf("thread %d", tid)}})
	}
	if _, known := x.lines[r.Line]; !known { // a leaf of the text notation is two records: findings stand at its beginning
		x.lines[r.Line] = moment{x.now, tid}
	}
	at := x.nesting.Next(r)
	x.never(at.Over)
	switch {
	case r.Kind == trace.CallRecord:
		e := event{Name: string(r.Name), Cat: calls, Phase: "b", ID: fmt.Sprintf("c%d", at.Call), TS: x.now, PID: pid, TID: tid}
		args := named{"line": r.Line}
		for key, text := range map[string]trace.Text{"on": r.On, "by": r.By, "module": r.Module} {
			if text.Set {
				args[key] = string(text.S)
			}
		}
		e.Args = members(args, "args", r)
		x.event(e)
		e.Phase, e.Args = "e", nil
		x.open[at.Call] = e
	case r.Kind == trace.ReturnRecord && at.Call >= 0:
		e := x.open[at.Call]
		delete(x.open, at.Call)
		args := named{"line": r.Line}
		if r.HR.Kind != trace.NoValue {
			args["hr"] = value(r.HR)
		}
		if r.Ref.Set {
			args["ref"] = r.Ref.N
		}
		e.TS, e.Args = x.now, members(args, "out", r)
		x.event(e)
	case r.Kind == trace.EventRecord:
		name := string(r.Name)
		for _, text := range []trace.Text{r.Module, r.Signal, r.Reason} {
			if text.Set {
				name += " " + string(text.S)
			}
		}
		x.event(event{Name: name, Cat: "event", Phase: "i", Scope: "t", TS: x.now, PID: pid, TID: tid, Args: named{"line": r.Line}})
		if kind := string(r.Name); kind == "gap" || kind == "end" { // nothing is known of its objects any more
			x.bury(func(e event) bool { return !r.PID.Set || e.PID == pid })
		}
	}
}

// named is what its process is called.
func (x *writer) named(r *trace.Record) string {
	if r.PID.Set {
		return fmt.Sprintf("%s %d", x.process, r.PID.N)
	}
	return x.process
}

func members(args named, key string, r *trace.Record) named {
	if r.HasArgs {
		list := named{}
		for _, m := range r.Args {
			list[string(m.Name)] = value(m.Value)
		}
		args[key] = list
	}
	return args
}

func value(v trace.Value) any {
	switch v.Kind {
	case trace.Null:
		return nil
	case trace.True, trace.False:
		return v.Kind == trace.True
	case trace.Number:
		return json.Number(v.S)
	case trace.Raw:
		return json.RawMessage(v.S)
	}
	return string(v.S)
}

// never ends calls that have not returned.
func (x *writer) never(list []int) {
	for _, call := range list {
		e := x.open[call]
		delete(x.open, call)
		e.TS, e.Args = x.now, named{"returned": false}
		x.event(e)
	}
}

func (x *writer) life(l model.Lived) {
	e, alive := x.alive[l.Serial]
	switch {
	case !l.Over:
		e = event{Name: l.Object, Cat: objects, Phase: "b", ID: fmt.Sprintf("o%d", l.Serial), TS: x.now, PID: l.PID, Args: named{"line": l.Line}}
		x.event(e)
		e.Phase = "e"
		x.alive[l.Serial] = e
	case alive:
		delete(x.alive, l.Serial)
		e.TS, e.Args = x.now, named{"line": l.Line}
		x.event(e)
	}
}

// bury ends the lives of objects whose own end is not on record.
func (x *writer) bury(which func(event) bool) {
	var list []uint32
	for serial, e := range x.alive {
		if which(e) {
			list = append(list, serial)
		}
	}
	slices.Sort(list)
	for _, serial := range list {
		e := x.alive[serial]
		delete(x.alive, serial)
		e.TS, e.Args = x.now, named{"ended": false}
		x.event(e)
	}
}

func (x *writer) end(res *trace.Result) error {
	x.never(x.nesting.Open())
	x.bury(func(event) bool { return true })
	for _, f := range res.Findings {
		at := x.lines[f.Line]
		x.event(event{
			Name: f.Rule.ID + ": " + f.Message, Cat: findings, Phase: "i", Scope: "t", TS: at.ts, PID: f.PID, TID: at.tid,
			Args: named{
				"rule": f.Rule.ID, "severity": f.Severity.String(), "party": f.Party.String(), "object": f.Object, "line": f.Line,
				"allowed": f.Legal, "says": f.Rule.Says, "page": f.Rule.Sources()[0].Address(),
			},
		})
	}
	x.put("\n]}\n")
	return x.err
}
