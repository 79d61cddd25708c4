package explore

import (
	"context"
	"fmt"
	"runtime/metrics"
	"slices"
	"strings"

	"mapilife/fsm"
	"mapilife/model"
)

// An Explorer visits every state of a configuration, breadth first, so that what it finds is found on a shortest way.
type Explorer struct {
	env      *environment
	shelf    *model.Shelf
	packed   *model.Packed
	promises []Promise
	states   table
	parent   []uint32 // the state that each was reached from,
	by       []uint16 // and by which of the steps that can follow that one
	first    []uint32 // where the targets of each state begin
	targets  []uint32
	ends     []uint32 // the states in which the process can end, and nothing is found
	row      []uint32
	event    model.Event
	result   Result
}

// Options say how far an exploration goes, and what is looked at.
type Options struct {
	Promises []Promise              // what is to hold; nil for all of Promises
	Memory   uint64                 // bytes that the program may use; 0 for as many as there are
	Progress func(states, done int) // is told now and then how many states are known, and how many have been left
}

// A Result is what an exploration came to.
type Result struct {
	Config      Config
	States      int    // that are reached without breaking a rule
	Transitions int    // steps between them
	Illegal     int    // steps that were not taken, because they break a rule
	Undecided   int    // and because the interpreter would not know for certain what they come to
	Ends        int    // states in which the process can end
	Depth       int    // steps that the farthest state is away
	Stopped     string // why not all states were visited; "" if all were
	Broken      *Broken
}

// A Broken says which promise does not hold, where, and how.
type Broken struct {
	Promise *Promise
	Says    string
	State   int
	ends    bool // when the process ends there
}

// New makes an explorer of a specification under a profile.
func New(spec *model.Spec, profile model.Profile, c Config) (*Explorer, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	program, err := fsm.Program(spec, profile)
	if err != nil {
		return nil, err
	}
	x := &Explorer{env: newEnvironment(c), result: Result{Config: c}}
	if x.shelf, err = model.NewShelf(program, x.env.layout()); err != nil {
		return nil, err
	}
	x.packed = model.NewPacked(x.shelf)
	x.row = make([]uint32, x.shelf.Places())
	x.states = newTable(len(x.row))
	return x, nil
}

// reports is after how many states progress is told and the limits are looked at.
const reports = 1 << 12

// Run explores until all states have been visited, a promise turns out not to hold, or the context or the memory comes to its end.
func (x *Explorer) Run(ctx context.Context, o Options) (*Result, error) {
	x.promises = o.Promises
	if x.promises == nil {
		x.promises = Promises()
	}
	r := &x.result
	level, next := 0, 1 // states up to next are at this level
	if _, err := x.discover(x.row, 0, 0); err != nil {
		return nil, err
	}
	for at := 0; at < x.states.n && r.Broken == nil; at++ {
		if at == next {
			level, next = level+1, x.states.n
		}
		if at%reports == 0 {
			if o.Progress != nil {
				o.Progress(x.states.n, at)
			}
			if r.Stopped = stop(ctx, o.Memory, x.states.growth()); r.Stopped != "" {
				break
			}
		}
		if err := x.visit(at); err != nil {
			return nil, err
		}
	}
	r.States, r.Transitions, r.Ends, r.Depth = x.states.n, len(x.targets), len(x.ends), level
	if r.Broken == nil && r.Stopped == "" {
		x.first = append(x.first, uint32(len(x.targets)))
		x.endless()
	}
	return r, nil
}

// stop says why an exploration is to stop; "" if it is not.
func stop(ctx context.Context, limit, more uint64) string {
	if ctx.Err() != nil {
		return "it was interrupted"
	}
	if limit > 0 {
		used := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
		metrics.Read(used)
		if used[0].Value.Uint64()-used[1].Value.Uint64()+more > limit {
			return "the memory limit was reached"
		}
	}
	return ""
}

// visit takes every step that can follow a state.
func (x *Explorer) visit(at int) error {
	x.first = append(x.first, uint32(len(x.targets)))
	row := slices.Clone(x.states.row(at))
	x.packed.Begin(row)
	for k, st := range x.env.next(x.shelf, row) {
		st.event(&x.event)
		if st.kind == model.EndEvent {
			if err := x.end(at, row); err != nil {
				return err
			}
			continue
		}
		comes, err := x.packed.Step(st.code, &x.event, x.row)
		switch {
		case err != nil:
			return fmt.Errorf("state %d, step %d: %w", at, k, err)
		case comes == model.Faults:
			x.result.Illegal++
			continue
		case comes == model.Undecided:
			x.result.Undecided++
			continue
		}
		to, err := x.discover(x.row, at, k)
		if err != nil {
			return err
		}
		x.targets = append(x.targets, uint32(to))
	}
	return nil
}

// end lets the process end in a state.
func (x *Explorer) end(at int, row []uint32) error {
	w := x.shelf.Take(row)
	if err := w.Step(&x.event); err != nil {
		return err
	}
	if w.Faulty() {
		x.result.Illegal++
		return nil
	}
	x.ends = append(x.ends, uint32(at))
	x.atEnd(at, row)
	return nil
}

// discover looks a state up, and looks at it if it is new.
func (x *Explorer) discover(row []uint32, from, by int) (int, error) {
	n, fresh := x.states.find(row)
	if !fresh {
		return n, nil
	}
	if by > 1<<16-1 || n == 1<<32-1 {
		return n, fmt.Errorf("state %d has more steps, or there are more states, than can be numbered", from)
	}
	x.parent, x.by = append(x.parent, uint32(from)), append(x.by, uint16(by))
	if x.result.Broken == nil {
		x.look(n, row)
	}
	return n, nil
}

// look asks the promises about a state.
func (x *Explorer) look(n int, row []uint32) {
	w := x.shelf.Take(row)
	for i := range x.promises {
		p := &x.promises[i]
		if p.always == nil {
			continue
		}
		if wrong := w.Broken(p.always); wrong != nil {
			x.result.Broken = &Broken{Promise: p, Says: strings.TrimPrefix(wrong[0], p.Name+": "), State: n}
			return
		}
	}
}

// atEnd asks the promises about a state in which the process can end.
func (x *Explorer) atEnd(n int, row []uint32) {
	w := x.shelf.Take(row)
	for i := range x.promises {
		p := &x.promises[i]
		if p.atEnd == nil || x.result.Broken != nil {
			continue
		}
		if wrong := p.atEnd(w); wrong != "" {
			x.result.Broken = &Broken{Promise: p, Says: wrong, State: n, ends: true}
		}
	}
}

// endless looks for a state from which the process can not end any more: backwards, from the states in which it can.
func (x *Explorer) endless() {
	n := slices.IndexFunc(x.promises, func(p Promise) bool { return p.Name == ends })
	if n < 0 {
		return
	}
	away := x.toEnd()
	for at, steps := range away {
		if steps < 0 {
			x.result.Broken = &Broken{Promise: &x.promises[n], Says: "No way leads from here to an end at which nothing is found.", State: at}
			return
		}
	}
}

// toEnd is how many steps each state is away from one in which the process can end; -1 where no way leads there.
func (x *Explorer) toEnd() []int32 {
	away := make([]int32, x.states.n)
	for i := range away {
		away[i] = -1
	}
	// The steps turned round: those that lead to a state are those of back from into[state] on.
	into := make([]uint32, x.states.n+1)
	for _, to := range x.targets {
		into[to+1]++
	}
	for i := range x.states.n {
		into[i+1] += into[i]
	}
	back, fill := make([]uint32, len(x.targets)), slices.Clone(into)
	for at := range x.states.n {
		for _, to := range x.targets[x.first[at]:x.first[at+1]] {
			back[fill[to]] = uint32(at)
			fill[to]++
		}
	}
	queue := slices.Clone(x.ends)
	for _, at := range queue {
		away[at] = 0
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, from := range back[into[at]:into[at+1]] {
			if away[from] < 0 {
				away[from] = away[at] + 1
				queue = append(queue, from)
			}
		}
	}
	return away
}
