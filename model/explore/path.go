package explore

import (
	"fmt"

	"mapilife/model"
	"mapilife/trace"
)

// way is a shortest way to a state.
func (x *Explorer) way(state int) []step {
	var numbers []int
	for at := state; at != 0; at = int(x.parent[at]) {
		numbers = append(numbers, at)
	}
	var list []step
	for n := len(numbers) - 1; n >= 0; n-- {
		at := numbers[n]
		list = append(list, x.stepAt(int(x.parent[at]), int(x.by[at])))
	}
	return list
}

// stepAt is one of the steps that can follow a state.
func (x *Explorer) stepAt(state, k int) step {
	st := x.env.next(x.shelf, x.states.row(state))[k]
	st.args = append([]arg(nil), st.args...)
	return st
}

// Counterexample is a shortest way to what breaks a promise, as a trace.
func (x *Explorer) Counterexample() []*trace.Record {
	b := x.result.Broken
	list := x.way(b.State)
	if b.ends {
		list = append(list, step{kind: model.EndEvent})
	}
	return x.records(list, fmt.Sprintf("a shortest way to what breaks %q: %s", b.Promise.Name, b.Says))
}

// records makes a trace of steps.
func (x *Explorer) records(list []step, note string) []*trace.Record {
	producer := "mapilife model/explore"
	out := []*trace.Record{{Kind: trace.HeaderRecord, Header: &trace.Header{Producer: &producer, Note: &note, HasObserves: true, Observes: observed}}}
	open := map[int64][]int64{}
	for n := range list {
		st := &list[n]
		id := int64(n + 1)
		switch calls := open[st.tid]; st.kind {
		case model.CallEvent:
			open[st.tid] = append(calls, id)
		case model.ReturnEvent:
			id = calls[len(calls)-1]
			open[st.tid] = calls[:len(calls)-1]
		}
		out = append(out, st.record(id))
	}
	return out
}

// Witness is a way through a state: from the start to it, and on to a clean end. The states are numbered in the order in which they were found.
func (x *Explorer) Witness(state int) ([]*trace.Record, error) {
	if state < 0 || state >= x.states.n {
		return nil, fmt.Errorf("there is no state %d: they are numbered from 0 to %d", state, x.states.n-1)
	}
	if x.result.Stopped != "" || len(x.first) <= x.states.n {
		return nil, fmt.Errorf("not all states were visited: %s", x.result.Stopped)
	}
	away := x.toEnd()
	list := x.way(state)
	if away[state] < 0 {
		return x.records(list, fmt.Sprintf("a shortest way to state %d, from which none leads to a clean end", state)), nil
	}
	note := fmt.Sprintf("a shortest way to state %d, %d steps, and a shortest one from there to a clean end", state, len(list))
	for at := state; away[at] > 0; {
		k, to := x.nearer(at, away)
		list = append(list, x.stepAt(at, k))
		at = to
	}
	return x.records(append(list, step{kind: model.EndEvent}), note), nil
}

// nearer is the first step that leads nearer to an end, and where it leads.
func (x *Explorer) nearer(at int, away []int32) (step, to int) {
	row := x.row
	n := len(x.env.next(x.shelf, x.states.row(at)))
	for k := range n {
		st := x.stepAt(at, k)
		w := x.shelf.Take(x.states.row(at))
		st.event(&x.event)
		if w.Step(&x.event) != nil || w.Faulty() || x.shelf.Put(w, row) != nil {
			continue
		}
		if to, fresh := x.states.find(row); !fresh && away[to] == away[at]-1 {
			return k, to
		}
	}
	panic("explore: no step of a state leads where one did")
}
