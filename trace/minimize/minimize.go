// Package minimize cuts a recording in which a rule is broken down to a small one in which the same rule is broken at the same kind of
// call: the same operation, at its beginning or at its return, by the same party, about the same kind of object, and no less severely.
//
// What is cut are whole calls, each with its return, and the other events: a gap stays, or the recording would claim to be complete
// where it is not. What comes after the finding goes, and the recording is one that was cut off there. First goes what is plainly of no
// concern: other processes, other threads, and objects with everything that came of them. Then calls are dropped by delta debugging, with
// what is nested in them and without, until the recording is 1-minimal: it is broken no more, or broken otherwise, without any one of the
// calls left. Of a short recording no two can go together, either.
//
// The recording that is left breaks nothing that was not broken before, and uses no object before it is handed out: that would be a
// recording that began late. A call is dropped only if the checker then finds, beside the fault that is kept, no fault of another kind,
// and of no kind more than it found without dropping it. So what is left of other faults is what the one that is kept brings about, or
// can not be had without.
//
// Records keep their seq, time, process and thread, by which they are found again in the recording that they come from. Ids, which only
// pair calls with returns, are counted afresh.
package minimize

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"mapilife/model"
	"mapilife/trace"
)

// A Result is a recording that was cut down.
type Result struct {
	Records       []*trace.Record // the header first
	Rule          *model.Rule     // that is still broken
	Call          string          // where: "IMAPISession::Logoff"
	Line          int64           // of the fault that was chosen, in the trace that was cut down
	Events, Calls [2]int          // before and after
}

// Run cuts down a trace to a fault that breaks the rule, or where none is named to the first error. Its error is a *trace.Error where the
// trace can not be read or judged to its end, or holds no such fault. The checker has to let every finding count.
func Run(c *trace.Checker, name string, in io.Reader, rule string) (*Result, error) {
	r, err := read(name, in)
	if err != nil {
		return nil, err
	}
	run := c.Start(name, r.header)
	run.World().WatchObjects(r.born)
	for _, rec := range r.records {
		if err := run.Step(rec); err != nil {
			var where *trace.Error
			if errors.As(err, &where) {
				where.Line = r.lines[rec.Line]
			}
			return nil, err
		}
	}
	res := run.End(nil)
	kept, err := choose(res.Findings, name, rule)
	if err != nil {
		return nil, err
	}
	r.divide()
	s := newSearch(c, r, *kept, rule)
	s.faults = s.outcome(res.Findings).faults
	s.run()
	out := &Result{Call: s.want.at, Line: r.lines[kept.Line], Events: [2]int{len(r.records)}, Calls: [2]int{r.calls}}
	for _, rule := range c.Rules() {
		if rule.ID == s.rule {
			out.Rule = rule
		}
	}
	out.Records = s.result(fmt.Sprintf("cut down from %s: %s at %s", name, s.rule, s.want.at))
	for _, rec := range out.Records[1:] {
		out.Events[1]++
		if rec.Kind == trace.CallRecord {
			out.Calls[1]++
		}
	}
	return out, nil
}

// choose picks the fault to be kept.
func choose(findings []model.Finding, name, rule string) (*model.Finding, error) {
	var broken []string
	for n := range findings {
		f := &findings[n]
		if rule == "" && f.Severity == model.Error || rule != "" && breaks(f, rule) {
			return f, nil
		}
		for _, id := range append([]string{f.Rule.ID}, f.Implied...) {
			if !slices.Contains(broken, id) {
				broken = append(broken, id)
			}
		}
	}
	text := "no error is in this trace"
	if rule != "" {
		text = rule + " is not broken in this trace"
	}
	switch {
	case len(broken) == 0:
		text += ", and no other rule: there is nothing to be kept"
	default:
		slices.Sort(broken)
		text += ": name one that is with --rule: " + strings.Join(broken, ", ")
	}
	return nil, &trace.Error{File: name, Text: text}
}

func breaks(f *model.Finding, rule string) bool {
	return f.Rule.ID == rule || slices.Contains(f.Implied, rule)
}

// A kind is what stays of a fault in a smaller recording.
type kind struct {
	rule   string
	at     string // the call, or the event
	phase  trace.RecordKind
	party  model.Side
	object string
	severe model.Severity
}

// A search is one recording being cut down.
type search struct {
	*recording
	checker *trace.Checker
	found   model.Finding
	rule    string
	want    kind

	left    []int32      // records that are left
	gone    []bool       // units that are not
	faults  map[kind]int // of what is left, beside the one that is kept
	workers []*worker
}

// A worker tries one candidate at a time.
type worker struct {
	mark   []uint32 // units that are dropped are marked with the candidate's number
	handed []uint32 // so are objects that have been handed out
	stamp  uint32
	drop   []int32
}

func newSearch(c *trace.Checker, r *recording, found model.Finding, rule string) *search {
	if rule == "" {
		rule = found.Rule.ID
	}
	s := &search{recording: r, checker: c, found: found, rule: rule, gone: make([]bool, len(r.units))}
	s.want = s.kind(&found, rule)
	for n := range r.records {
		s.left = append(s.left, int32(n))
	}
	for range runtime.GOMAXPROCS(0) {
		s.workers = append(s.workers, &worker{mark: make([]uint32, len(r.units)), handed: make([]uint32, r.objects)})
	}
	return s
}

// kind is the kind of a fault that breaks the rule.
func (s *search) kind(f *model.Finding, rule string) kind {
	k := kind{rule: rule, party: f.Party, object: f.Kind, severe: s.found.Severity}
	if n := f.Line - 1; n >= 0 && n < int64(len(s.records)) {
		rec := s.records[n]
		k.phase, k.at = rec.Kind, string(rec.Name)
		if u := s.unit[n]; rec.Kind == trace.ReturnRecord && u >= 0 {
			k.at = string(s.records[s.units[u].first].Name)
		}
	}
	return k
}

// An outcome is what a candidate was found to be.
type outcome struct {
	kept   bool
	faults map[kind]int
}

func (s *search) outcome(findings []model.Finding) outcome {
	o := outcome{faults: map[kind]int{}}
	for n := range findings {
		f := &findings[n]
		k := s.kind(f, f.Rule.ID)
		for k.severe = range f.Severity + 1 { // an error is a warning as well: it may become one
			o.faults[k]++
		}
		o.kept = o.kept || breaks(f, s.rule) && f.Severity >= s.want.severe && s.kind(f, s.rule) == s.want
	}
	return o
}

// worse tells whether there are faults that were not there before.
func (s *search) worse(o outcome) bool {
	for k, n := range o.faults {
		if n > s.faults[k] {
			return true
		}
	}
	return false
}

// judge tells whether records, without the units that the worker has marked, still hold the fault, and nothing worse, and use no object
// without its birth that they did not.
func (s *search) judge(w *worker, records []int32) (outcome, bool) {
	run := s.checker.Start("", s.header)
	found := 0
	for _, n := range records {
		if u := s.unit[n]; u >= 0 && w.mark[u] == w.stamp {
			continue
		}
		if object := s.uses[n]; object >= 0 && w.handed[object] != w.stamp {
			return outcome{}, false
		}
		for _, object := range s.hands[n] {
			w.handed[object] = w.stamp
		}
		if run.Step(s.records[n]) != nil {
			return outcome{}, false
		}
		if now := len(run.World().Findings()); s.whole && now != found { // nothing will take them back
			found = now
			if s.worse(s.outcome(run.World().Findings())) {
				return outcome{}, false
			}
		}
	}
	o := s.outcome(run.End(nil).Findings)
	return o, o.kept && !s.worse(o)
}

// shows is how many of the records it takes until the fault shows; all where it shows at the end only.
func (s *search) shows() int {
	run := s.checker.Start("", s.header)
	found := 0
	for at, n := range s.left {
		if run.Step(s.records[n]) != nil {
			break
		}
		if now := len(run.World().Findings()); now != found {
			found = now
			if s.outcome(run.World().Findings()).kept {
				return at + 1
			}
		}
	}
	return len(s.left)
}

// cutOff drops what comes after the fault.
func (s *search) cutOff() bool {
	records := s.left[:s.shows()]
	if len(records) == len(s.left) {
		return false
	}
	w := s.workers[0]
	w.stamp++
	o, ok := s.judge(w, records)
	if !ok {
		return false
	}
	s.left = slices.Clone(records)
	s.faults = o.faults
	here := make([]bool, len(s.units))
	for _, n := range s.left {
		if u := s.unit[n]; u >= 0 {
			here[u] = true
		}
	}
	for u := range s.gone {
		s.gone[u] = !here[u]
	}
	return true
}

// A chunk is some units, to be dropped together with what is nested in them, or what depends on them, or alone.
type chunk struct {
	units []int32
	with  extent
}

// An extent is how far dropping a unit goes.
type extent uint8

const (
	alone extent = iota
	nested
	dependent // and nested
)

// expand marks what a chunk drops.
func (s *search) expand(w *worker, chunks []chunk) {
	w.stamp++
	w.drop = w.drop[:0]
	add := func(u int32) {
		if !s.gone[u] && w.mark[u] != w.stamp {
			w.mark[u] = w.stamp
			w.drop = append(w.drop, u)
		}
	}
	for _, c := range chunks {
		from := len(w.drop)
		for _, u := range c.units {
			add(u)
		}
		if c.with == alone {
			continue
		}
		for at := from; at < len(w.drop); at++ {
			u := &s.units[w.drop[at]]
			for _, v := range u.inside {
				add(v)
			}
			if c.with == dependent {
				for _, v := range u.after {
					add(v)
				}
			}
		}
	}
}

// first tries candidates in turn, several at once, and takes the first that is good: it is what trying one after the other would take. It
// returns its number, or n.
func (s *search) first(from, n int, candidate func(int) []chunk) int {
	type tried struct {
		outcome
		ok bool
	}
	for ; from < n; from += len(s.workers) {
		batch := s.workers[:min(len(s.workers), n-from)]
		results := make([]tried, len(batch))
		done := make(chan struct{})
		for i, w := range batch {
			go func() {
				s.expand(w, candidate(from+i))
				if len(w.drop) > 0 {
					results[i].outcome, results[i].ok = s.judge(w, s.left)
				}
				done <- struct{}{}
			}()
		}
		for range batch {
			<-done
		}
		for i, r := range results {
			if r.ok {
				s.drop(batch[i].drop)
				s.faults = r.faults
				return from + i
			}
		}
	}
	return n
}

func (s *search) drop(units []int32) {
	for _, u := range units {
		s.gone[u] = true
	}
	s.left = slices.DeleteFunc(s.left, func(n int32) bool { u := s.unit[n]; return u >= 0 && s.gone[u] })
}

func (s *search) alive(c chunk) bool {
	return slices.ContainsFunc(c.units, func(u int32) bool { return !s.gone[u] })
}

// reduce drops as many of the items as can be: first all, then halves, and so on, and at last one by one until none can go.
func (s *search) reduce(items []chunk) (changed bool) {
	dead := func(c chunk) bool { return !s.alive(c) }
	items = slices.DeleteFunc(items, dead)
	for size := len(items); size > 0; {
		progress := false
		for at := 0; at < len(items); {
			n := (len(items) - at + size - 1) / size
			base := at
			i := s.first(0, n, func(i int) []chunk { return items[base+i*size : min(base+(i+1)*size, len(items))] })
			if i == n {
				break
			}
			changed, progress = true, true
			at = base + i*size - count(items[:base+i*size], dead)
			items = slices.DeleteFunc(items, dead)
		}
		switch {
		case size > 1:
			size = min((size+1)/2, len(items))
		case !progress:
			return changed
		}
	}
	return changed
}

func count(items []chunk, is func(chunk) bool) (n int) {
	for _, c := range items {
		if is(c) {
			n++
		}
	}
	return n
}

// fewUnits is how many may be left for pairs of them to be tried.
const fewUnits = 80

func (s *search) run() {
	s.cutOff()
	s.reduce([]chunk{{s.elsewhere(), nested}})
	_ = s.reduce([]chunk{{s.unrelated(false), alone}}) || s.reduce([]chunk{{s.unrelated(true), alone}})
	for again := true; again; {
		s.reduce(s.threads())
		s.reduce(s.objects())
		again = false
		for _, with := range []extent{nested, alone} {
			again = s.reduce(s.each(with)) || again
		}
		again = s.pairs() || again
		again = s.cutOff() || again
	}
}

// each is every unit for itself, the last first: what depends on others comes after them.
func (s *search) each(with extent) []chunk {
	var list []chunk
	for u := len(s.units) - 1; u >= 0; u-- {
		if !s.gone[u] {
			list = append(list, chunk{[]int32{int32(u)}, with})
		}
	}
	return list
}

// pairs drops two units at once, such as an AddRef and its Release.
func (s *search) pairs() bool {
	items := s.each(nested)
	if len(items) > fewUnits {
		return false
	}
	n := len(items) * len(items)
	return s.first(0, n, func(i int) []chunk {
		if a, b := items[i/len(items)], items[i%len(items)]; a.units[0] > b.units[0] {
			return []chunk{a, b}
		}
		return nil
	}) < n
}
