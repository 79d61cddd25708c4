package explore

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"
)

// Options say how far an exploration goes.
type Options struct {
	Memory   int64       // bytes that the states may take; 0: no limit
	Ends     bool        // find the states from which no clean end can be reached
	Progress func(Tally) // called now and then
}

// A Tally is how far an exploration has come.
type Tally struct {
	States      int
	Transitions int
	Depth       int
	Waiting     int   // states whose steps have not been looked at
	Bytes       int64 // that the states take
}

// A Result is what an exploration has found.
type Result struct {
	Tally
	Complete bool
	Why      error // why it is not complete
	Broken   *Counterexample
	Stuck    *Counterexample // the first state from which no clean end can be reached
	Dead     int             // how many such states there are
	Finished int             // states in which the process has ended
}

// A Counterexample is a shortest way to a state that should not be.
type Counterexample struct {
	Property string
	Says     string
	Steps    []Step
	State    string
}

// What can end an exploration early.
var (
	ErrMemory      = errors.New("the memory limit was reached")
	ErrInterrupted = errors.New("it was interrupted")
)

const chunkBits = 14

// A Space is the set of the states that have been reached, in the order in which they were.
type Space struct {
	m       *Machine
	size    int // words of a state
	chunks  [][]uint64
	parents [][]uint32
	count   int
	slots   []uint32 // state numbers plus one, by hash
	edges   []uint32
	from    []uint32 // the first edge of each state
	Result  Result
}

func (sp *Space) bytes() int64 {
	return int64(len(sp.chunks))<<chunkBits*int64(sp.size*8+4) + int64(len(sp.slots))*4 + int64(cap(sp.edges))*4 + int64(cap(sp.from))*4
}

func (sp *Space) load(n int, s *state) {
	c := sp.chunks[n>>chunkBits]
	at := (n & (1<<chunkBits - 1)) * sp.size
	copy(s[:], c[at:at+sp.size])
}

func (sp *Space) parent(n int) int { return int(sp.parents[n>>chunkBits][n&(1<<chunkBits-1)]) }

func (sp *Space) hash(s *state) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for i := range sp.size {
		hi, lo := bits.Mul64(s[i&(words-1)]^h, 0xa0761d6478bd642f^uint64(i))
		h = hi ^ lo
	}
	return h
}

// find looks a state up, and adds it where it is new.
func (sp *Space) find(s *state, parent int) (n int, added bool) {
	mask := uint64(len(sp.slots) - 1)
	h := sp.hash(s)
	at := h & mask
probe:
	for ; sp.slots[at] != 0; at = (at + 1) & mask {
		n := int(sp.slots[at] - 1)
		have := sp.chunks[n>>chunkBits][(n&(1<<chunkBits-1))*sp.size:]
		for i := range sp.size {
			if have[i] != s[i&(words-1)] {
				continue probe
			}
		}
		return n, false
	}
	n = sp.count
	if n&(1<<chunkBits-1) == 0 {
		sp.chunks = append(sp.chunks, make([]uint64, sp.size<<chunkBits))
		sp.parents = append(sp.parents, make([]uint32, 1<<chunkBits))
	}
	copy(sp.chunks[n>>chunkBits][(n&(1<<chunkBits-1))*sp.size:], s[:sp.size])
	sp.parents[n>>chunkBits][n&(1<<chunkBits-1)] = uint32(parent)
	sp.slots[at] = uint32(n) + 1
	sp.count++
	if sp.count*3 > len(sp.slots)*2 {
		sp.grow()
	}
	return n, true
}

func (sp *Space) grow() {
	old := sp.slots
	sp.slots = make([]uint32, 2*len(old))
	mask := uint64(len(sp.slots) - 1)
	var s state
	for _, v := range old {
		if v == 0 {
			continue
		}
		sp.load(int(v-1), &s)
		at := sp.hash(&s) & mask
		for sp.slots[at] != 0 {
			at = (at + 1) & mask
		}
		sp.slots[at] = v
	}
}

// Explore reaches every state, breadth first, and checks the invariants in each.
func (m *Machine) Explore(ctx context.Context, o Options) *Space {
	sp := &Space{m: m, size: m.words, slots: make([]uint32, 1<<12)}
	r := &sp.Result
	r.Complete = true
	var s, to state
	s = m.first()
	sp.find(&s, 0)
	level := 1
	if i := m.broken(&s); i != nil {
		r.Broken = sp.counterexample(0, i.def.Name, i.def.Says)
		r.Complete = false
	}
	for n := 0; n < sp.count && r.Broken == nil; n++ {
		if n == level {
			r.Depth++
			level = sp.count
		}
		if n&0xfff == 0xfff {
			r.States, r.Waiting, r.Bytes = sp.count, sp.count-n, sp.bytes()
			if o.Progress != nil {
				o.Progress(r.Tally)
			}
			switch {
			case ctx.Err() != nil:
				r.Complete, r.Why = false, ErrInterrupted
			case o.Memory > 0 && r.Bytes > o.Memory:
				r.Complete, r.Why = false, ErrMemory
			}
			if !r.Complete {
				break
			}
		}
		if o.Ends {
			sp.from = append(sp.from, uint32(len(sp.edges)))
		}
		sp.load(n, &s)
		for t := range m.actions {
			for _, a := range m.actions[t][s.get(m.at[t])] {
				if !a.take(&s, &to) {
					continue
				}
				r.Transitions++
				k, added := sp.find(&to, n)
				if o.Ends {
					sp.edges = append(sp.edges, uint32(k))
				}
				if !added {
					continue
				}
				if i := m.broken(&to); i != nil {
					r.Broken, r.Complete = sp.counterexample(k, i.def.Name, i.def.Says), false
				}
			}
		}
	}
	r.States, r.Bytes = sp.count, sp.bytes()
	if o.Ends && r.Complete {
		sp.ends()
	}
	return sp
}

func (m *Machine) broken(s *state) *invariant {
	for _, i := range m.invariants {
		for _, t := range i.tables {
			if t.ask(s) == blocked {
				return i
			}
		}
	}
	return nil
}

// ends looks backwards from every clean end.
func (sp *Space) ends() {
	r := &sp.Result
	sp.from = append(sp.from, uint32(len(sp.edges)))
	good := make([]bool, sp.count)
	var s state
	for n := range good {
		sp.load(n, &s)
		if s.get(sp.m.ended) != 0 {
			good[n] = true
			r.Finished++
		}
	}
	for again := true; again; {
		again = false
		for n := sp.count - 1; n >= 0; n-- {
			if good[n] {
				continue
			}
			for _, k := range sp.edges[sp.from[n]:sp.from[n+1]] {
				if good[k] {
					good[n], again = true, true
					break
				}
			}
		}
	}
	for n, ok := range good {
		if ok {
			continue
		}
		if r.Dead++; r.Stuck == nil {
			r.Stuck = sp.counterexample(n, "a clean end", "From every state a clean end of the process can be reached.")
		}
	}
}

func (sp *Space) counterexample(n int, property, says string) *Counterexample {
	return &Counterexample{Property: property, Says: says, Steps: sp.Path(n), State: sp.Describe(n)}
}

// Path is a shortest way to a state.
func (sp *Space) Path(n int) []Step {
	var list []Step
	for n != 0 {
		up := sp.parent(n)
		list = append(list, sp.step(up, n).step)
		n = up
	}
	slices.Reverse(list)
	return list
}

// step is the action that leads from one state to another.
func (sp *Space) step(from, to int) *action {
	var s, want, next state
	sp.load(from, &s)
	sp.load(to, &want)
	for t := range sp.m.actions {
		for _, a := range sp.m.actions[t][s.get(sp.m.at[t])] {
			if a.take(&s, &next) && next == want {
				return a
			}
		}
	}
	panic("explore: a state has no way from its parent")
}

// Describe lists what is not as at the beginning in a state.
func (sp *Space) Describe(n int) string {
	var s state
	sp.load(n, &s)
	return sp.m.describe(&s)
}

func (m *Machine) describe(s *state) string {
	text := ""
	for _, f := range m.fields {
		if f.bits > 0 && s.get(f) != f.start {
			text += fmt.Sprintf(" %s=%s", f.name, m.word(f, s.get(f)))
		}
	}
	return text
}

// word says what a number in a field means.
func (m *Machine) word(f *field, n int) string {
	for _, c := range m.components {
		for i, l := range c.lives {
			if c.states[i] == f && n > 0 {
				return l.states[n-1]
			}
		}
		if c.phase == f {
			return [...]string{"none", "alive", "dying", "dead", "kept"}[n]
		}
	}
	return fmt.Sprint(n)
}
