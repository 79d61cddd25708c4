package trace

import (
	"maps"
	"slices"
)

// A Nesting pairs calls with their returns and tells which call is made within which, by the rules of the format. The zero Nesting is
// ready for the first record of a trace.
type Nesting struct {
	procs map[int64]*nest
	calls int
	over  []int
}

// A nest is what is open in one process.
type nest struct {
	threads map[int64][]int // calls by number, innermost last
	ids     map[int64]int   // calls by id
	open    map[int]begun
}

type begun struct{ id, tid int64 }

// A Place is where a record stands among the calls. Calls are numbered from 0, in the order in which they begin.
type Place struct {
	Call   int   // the call that begins or returns with the record; -1 where none does
	Parent int   // the call around that, or around what else happened on the thread; -1 where there is none
	Over   []int // calls that the record shows to have ended without a return; good until the next record
}

// Next takes the next record of the trace, the header among them.
func (n *Nesting) Next(r *Record) Place {
	n.over = n.over[:0]
	at := Place{Call: -1, Parent: -1}
	switch r.Kind {
	case CallRecord:
		p := n.process(r.PID.N)
		at.Call, at.Parent = n.calls, p.innermost(r.TID.N)
		n.calls++
		p.threads[r.TID.N] = append(p.threads[r.TID.N], at.Call)
		p.ids[r.ID] = at.Call
		p.open[at.Call] = begun{r.ID, r.TID.N}
	case ReturnRecord:
		p := n.process(r.PID.N)
		call, ok := p.ids[r.ID]
		if !ok {
			break
		}
		tid := p.open[call].tid
		depth := slices.Index(p.threads[tid], call)
		n.cut(p, tid, depth+1)
		p.close(call)
		p.threads[tid] = p.threads[tid][:depth]
		at.Call, at.Parent = call, p.innermost(tid)
	case EventRecord:
		p := n.process(r.PID.N)
		at.Parent = p.innermost(r.TID.N)
		switch string(r.Name) {
		case "thread-exit":
			n.cut(p, r.TID.N, 0)
		case "gap", "end":
			n.drop(r.PID)
		}
	}
	at.Over = n.over
	return at
}

// Open are the calls that have not returned, in the order in which they began.
func (n *Nesting) Open() []int {
	var list []int
	for _, p := range n.procs {
		list = slices.AppendSeq(list, maps.Keys(p.open))
	}
	slices.Sort(list)
	return list
}

func (n *Nesting) process(pid int64) *nest {
	p := n.procs[pid]
	if p == nil {
		p = &nest{map[int64][]int{}, map[int64]int{}, map[int]begun{}}
		if n.procs == nil {
			n.procs = map[int64]*nest{}
		}
		n.procs[pid] = p
	}
	return p
}

// drop ends what is open in a process, or in all where none is named.
func (n *Nesting) drop(pid Integer) {
	for is, p := range n.procs {
		if pid.Set && is != pid.N {
			continue
		}
		n.over = slices.AppendSeq(n.over, maps.Keys(p.open))
		delete(n.procs, is)
	}
	slices.Sort(n.over)
}

// cut ends the calls of a thread from one on.
func (n *Nesting) cut(p *nest, tid int64, from int) {
	for _, call := range p.threads[tid][from:] {
		n.over = append(n.over, call)
		p.close(call)
	}
	p.threads[tid] = p.threads[tid][:from]
}

func (p *nest) close(call int) {
	delete(p.ids, p.open[call].id)
	delete(p.open, call)
}

func (p *nest) innermost(tid int64) int {
	if list := p.threads[tid]; len(list) > 0 {
		return list[len(list)-1]
	}
	return -1
}
