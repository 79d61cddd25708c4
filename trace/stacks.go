package trace

import (
	"fmt"

	"mapilife/model"
)

// stacks are the calls that have not returned. Reader and writer of the text notation count them alike, so that "}" means the same
// call to both: the innermost of its thread.
type stacks map[int64]*openCalls

// openCalls are those of one process: the ids of each thread, innermost last, and the thread of each id.
type openCalls struct {
	threads map[int64][]int64
	of      map[int64]int64
	count   int
}

// follow takes up what a record does to the calls that are open. The error is a fault of the record.
func (s stacks) follow(r *Record) error {
	switch r.Kind {
	case CallRecord:
		return s.push(r.PID.N, r.TID.N, r.ID)
	case ReturnRecord:
		s.pop(r.PID.N, r.ID)
	case EventRecord:
		switch string(r.Name) {
		case "thread-exit":
			if p := s[r.PID.N]; p != nil {
				p.cut(r.TID.N, 0)
			}
		case "gap", "end": // what was open is void
			if r.PID.Set {
				delete(s, r.PID.N)
			} else {
				clear(s)
			}
		}
	}
	return nil
}

func (s stacks) push(pid, tid, id int64) error {
	p := s[pid]
	if p == nil {
		p = &openCalls{map[int64][]int64{}, map[int64]int64{}, 0}
		s[pid] = p
	}
	if len(p.threads[tid]) >= model.MaxDepth {
		return &fault{0, fmt.Sprintf("more than %d calls are open on thread %d", model.MaxDepth, tid)}
	}
	if p.count >= model.MaxOpen {
		return &fault{0, fmt.Sprintf("more than %d calls are open in this process", model.MaxOpen)}
	}
	p.threads[tid] = append(p.threads[tid], id)
	p.of[id] = tid
	p.count++
	return nil
}

// pop closes a call, and those inside it that never returned.
func (s stacks) pop(pid, id int64) {
	p := s[pid]
	if p == nil {
		return
	}
	tid, ok := p.of[id]
	if !ok {
		return
	}
	for at := len(p.threads[tid]) - 1; at >= 0; at-- {
		if p.threads[tid][at] == id {
			p.cut(tid, at)
			break
		}
	}
	if p.count == 0 && len(s) > fewProcesses {
		delete(s, pid)
	}
}

// fewProcesses are remembered although no call of theirs is open: the next one will come soon.
const fewProcesses = 16

// cut drops the calls of a thread from one on.
func (p *openCalls) cut(tid int64, from int) {
	ids := p.threads[tid]
	for _, id := range ids[from:] {
		if p.of[id] == tid {
			delete(p.of, id)
		}
	}
	p.count -= len(ids) - from
	if from == 0 {
		delete(p.threads, tid)
	} else {
		p.threads[tid] = ids[:from]
	}
}

// innermost is the open call that "}" would close.
func (s stacks) innermost(pid, tid int64) (id int64, ok bool) {
	if p := s[pid]; p != nil {
		if ids := p.threads[tid]; len(ids) > 0 {
			return ids[len(ids)-1], true
		}
	}
	return 0, false
}

// depth is how many calls are open on a thread.
func (s stacks) depth(pid, tid int64) int {
	if p := s[pid]; p != nil {
		return len(p.threads[tid])
	}
	return 0
}

// enclosing is how many calls are open around a call of the thread.
func (s stacks) enclosing(pid, tid, id int64) int {
	if p := s[pid]; p != nil {
		for at := len(p.threads[tid]) - 1; at >= 0; at-- {
			if p.threads[tid][at] == id {
				return at
			}
		}
	}
	return 0
}
