package minimize

import (
	"errors"
	"io"
	"slices"
	"strconv"

	"mapilife/model"
	"mapilife/trace"
)

// A recording is what is cut down, in memory.
type recording struct {
	header  *trace.Header
	records []*trace.Record // Line is the number of each, from 1
	lines   []int64         // in the file, by that number
	unit    []int32         // what each record belongs to; -1 for what stays
	uses    []int32         // the object that each record's call is made on, by a number, if a record before hands it out; else -1
	hands   [][]int32       // objects that each record hands out
	objects int             // so many numbers there are
	units   []unit
	calls   int
	whole   bool // every object that is used has been handed out before

	births map[int64][]place // of objects, by the number of the record
}

// A place is where objects live, one after the other.
type place struct {
	pid     int64
	address model.Address
}

// A unit is what is dropped as a whole: a call with its return, or another event.
type unit struct {
	first  int32 // its record, or the first of its two
	inside []int32
	after  []int32 // calls on what it handed out
	on     int32   // the unit that handed out what it is made on, or -1
	up     int32   // the call around it, or -1
}

// read reads a trace and finds its units.
func read(name string, in io.Reader) (*recording, error) {
	reader := trace.NewReader(name, in)
	defer reader.Close()
	r := &recording{lines: []int64{0}, births: map[int64][]place{}}
	var rec trace.Record
	if err := reader.Next(&rec); err != nil {
		return nil, err
	}
	r.header = rec.Header
	for {
		switch err := reader.Next(&rec); {
		case errors.Is(err, io.EOF):
			return r, nil
		case err != nil:
			return nil, err
		}
		c := rec.Clone()
		r.lines = append(r.lines, c.Line)
		r.records = append(r.records, c)
		c.Line = int64(len(r.records))
	}
}

// born takes up a birth that the checker tells of.
func (r *recording) born(l model.Lived) {
	if !l.Over {
		r.births[l.Line] = append(r.births[l.Line], place{l.PID, l.Address})
	}
}

// divide finds the units, what is nested in what, and on what came of which call each one is made: an object is handed out where it is born,
// and by every out parameter that names it until another is born at its address.
func (r *recording) divide() {
	var nesting trace.Nesting
	var calls []int32 // units by the number of the call
	numbers := map[place]int32{}
	var from []int32 // the unit that handed out each object last
	hand := func(n int, by int32) {
		pid := r.records[n].PID.N
		born := r.births[int64(n)+1]
		for _, m := range r.records[n].Args {
			a, ok := address(m.Value)
			if !ok {
				continue
			}
			p := place{pid, a}
			object, known := numbers[p]
			switch {
			case slices.Contains(born, p):
				object = int32(len(from))
				numbers[p] = object
				from = append(from, by)
			case !known || r.records[n].Kind == trace.CallRecord:
				continue
			}
			from[object] = by
			r.hands[n] = append(r.hands[n], object)
		}
		for _, p := range born { // what is seen for the first time has been handed out by nobody
			if object, known := numbers[p]; known && !slices.Contains(r.hands[n], object) {
				delete(numbers, p)
			}
		}
	}
	r.whole = true
	r.hands = make([][]int32, len(r.records))
	for n, rec := range r.records {
		r.uses = append(r.uses, -1)
		at := nesting.Next(rec)
		if isGap(rec) {
			r.unit = append(r.unit, -1)
			continue
		}
		if rec.Kind == trace.ReturnRecord && at.Call >= 0 {
			u := calls[at.Call]
			r.unit = append(r.unit, u)
			hand(n, u)
			continue
		}
		u := int32(len(r.units))
		r.unit = append(r.unit, u)
		r.units = append(r.units, unit{first: int32(n), on: -1, up: -1})
		if at.Parent >= 0 {
			r.units[u].up = calls[at.Parent]
			r.units[calls[at.Parent]].inside = append(r.units[calls[at.Parent]].inside, u)
		}
		if rec.Kind != trace.CallRecord {
			continue
		}
		r.calls++
		calls = append(calls, u)
		hand(n, u)
		if rec.On.Set && !model.ParseAddress(string(rec.On.S)).Null() {
			whole := r.whole
			r.whole = false
			if object, ok := numbers[place{rec.PID.N, model.ParseAddress(string(rec.On.S))}]; ok {
				r.uses[n], r.units[u].on = object, from[object]
				r.units[from[object]].after = append(r.units[from[object]].after, u)
				r.whole = whole
			}
		}
	}
	r.objects = len(from)
}

func address(v trace.Value) (model.Address, bool) {
	if v.Kind != trace.String {
		return model.Address{}, false
	}
	a := model.ParseAddress(string(v.S))
	return a, !a.Null()
}

// elsewhere is what other processes have done.
func (s *search) elsewhere() []int32 {
	return s.those(func(_ int32, rec *trace.Record) bool { return rec.PID.Set && rec.PID.N != s.found.PID })
}

func (s *search) those(is func(int32, *trace.Record) bool) []int32 {
	var list []int32
	for u := range s.units {
		if !s.gone[u] && is(int32(u), s.records[s.units[u].first]) {
			list = append(list, int32(u))
		}
	}
	return list
}

// unrelated are the calls that the fault's call, and what is told of its object's history, do not rest on. What is nested in those that they
// rest on stays. With all, so does what else hands out the objects, and whatever is called on them that hands out nothing more.
func (s *search) unrelated(all bool) []int32 {
	givers := map[int32][]int32{}
	for n, list := range s.hands {
		for _, object := range list {
			givers[object] = append(givers[object], s.unit[n])
		}
	}
	related := make([]bool, len(s.units))
	var list []int32
	add := func(u int32) {
		if u >= 0 && !related[u] {
			related[u] = true
			list = append(list, u)
		}
	}
	add(s.unit[s.found.Line-1])
	for _, h := range s.found.History {
		if 1 <= h.Line && h.Line <= int64(len(s.records)) {
			add(s.unit[h.Line-1])
		}
	}
	for at := 0; at < len(list); at++ {
		x := &s.units[list[at]]
		add(x.up)
		add(x.on)
		if object := s.uses[x.first]; all && object >= 0 {
			for _, u := range givers[object] {
				add(u)
			}
		}
	}
	for u, x := range s.units { // each comes after what it is nested in, and what hands out what it is called on
		stays := x.up >= 0 && related[x.up] || x.up < 0 && len(x.after) == 0 && (all || x.on < 0)
		stays = stays || s.records[x.first].Kind == trace.EventRecord // a DLL stays loaded, whoever has loaded it
		if stays && (x.on < 0 || related[x.on]) {
			related[u] = true
		}
	}
	return s.those(func(u int32, _ *trace.Record) bool { return !related[u] })
}

// threads are the calls of each thread.
func (s *search) threads() []chunk {
	type thread struct{ pid, tid int64 }
	var order []thread
	of := map[thread][]int32{}
	for u := range s.units {
		rec := s.records[s.units[u].first]
		t := thread{rec.PID.N, rec.TID.N}
		if _, known := of[t]; !known {
			order = append(order, t)
		}
		of[t] = append(of[t], int32(u))
	}
	var list []chunk
	for _, t := range order {
		list = append(list, chunk{of[t], dependent})
	}
	return list
}

// objects are the calls that handed something out, each with all that came of it. The last one is the first.
func (s *search) objects() []chunk {
	list := s.each(dependent)
	return slices.DeleteFunc(list, func(c chunk) bool { return len(s.units[c.units[0]].after) == 0 })
}

// result is what is left, as a trace.
func (s *search) result(note string) []*trace.Record {
	header := *s.header
	if header.Note != nil {
		note = *header.Note + "; " + note
	}
	header.Note = &note
	list := []*trace.Record{{Line: 1, Kind: trace.HeaderRecord, Header: &header}}
	ids := map[int32]int64{}
	for _, n := range s.left {
		rec := *s.records[n]
		if rec.Kind == trace.CallRecord {
			ids[s.unit[n]] = int64(len(ids)) + 1
		}
		if rec.Kind != trace.EventRecord {
			rec.ID = ids[s.unit[n]]
		}
		if last := list[len(list)-1]; isGap(last) && isGap(&rec) && last.PID == rec.PID { // nothing is left between the two
			last.Lost = sum(last.Lost, rec.Lost)
			continue
		}
		list = append(list, &rec)
	}
	return list
}

func isGap(r *trace.Record) bool { return r.Kind == trace.EventRecord && string(r.Name) == "gap" }

// sum is how many calls are missing in two gaps, where both tell.
func sum(a, b trace.Value) trace.Value {
	if a.Kind == trace.Number && b.Kind == trace.Number {
		n, err := strconv.ParseUint(string(a.S), 10, 63)
		m, err2 := strconv.ParseUint(string(b.S), 10, 63)
		if err == nil && err2 == nil {
			return trace.Value{Kind: trace.Number, S: strconv.AppendUint(nil, n+m, 10)}
		}
	}
	return trace.Value{Kind: trace.Null}
}
