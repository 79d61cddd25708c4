package model

import (
	"math/bits"
	"slices"
)

// Most steps of a bounded configuration have been taken before, in another state that does not differ in anything that the step looks at. A
// shelf learns what a step comes to from the interpreter, together with the places that were looked at, and looks it up from then on: the
// packed step. It knows no rules. A place is looked at whenever the interpreter reads its object, and with it always go the lists of what
// was opened through it or made by it, so that an object that is not there counts as seen to be missing.

// Stepped is what a step comes to.
type Stepped uint8

// It comes to another row; a fault, or an accusation that waits; a world that is not certain or has no room.
const (
	Moves Stepped = iota
	Faults
	Undecided
)

// reads are the objects that are looked at.
type reads struct {
	objects [1 << pageBits]bool
	lists   [1 << pageBits]bool // and of which it is looked at what belongs to them
}

// A lesson is what a step came to where the same was seen.
type lesson struct {
	comes       Stepped
	ask         bool  // the interpreter has to be asked every time
	seen        int32 // where what was seen begins
	first, last int32 // of the places that are written
}

type written struct {
	place  int16
	number uint32
}

// A glance is the places that a step looks at: their objects, and the lists of what belongs to them.
type glance struct{ objects, lists uint64 }

func (l glance) covers(m glance) bool { return m.objects&^l.objects|m.lists&^l.lists == 0 }

// maxLooks is how many glances the lessons of one beginning have. More are put together: it does no harm to look at too much.
const maxLooks = 3

// A sight is what is seen at a glance: its hash.
type sight struct {
	begin int32
	look  int32
	hash  uint64
}

// A lessonKey is what every lesson begins with: the step, by a number of whoever lists the steps, the thread's calls, and how many calls
// other threads are in.
type lessonKey struct {
	step          uint64
	stack, others uint32
	suspects      uint64 // the duties of which anything is suspected
}

// Packed steps rows, and learns.
type Packed struct {
	shelf   *Shelf
	begins  map[lessonKey]int32 // 1 more than the number
	looks   [][]glance          // by beginning
	sights  map[sight]int32     // 1 more than the lesson's number
	seen    []uint64
	words   []uint64
	lessons []lesson
	writes  []written
	marks   []facts           // by cell
	stacks  map[uint64]uint32 // stacks with another thread's call, and cells with a call less, by which
	lists   map[[2]uint64]uint32
	reads   reads

	row      []uint32
	children [shelfPlaces]uint64
	made     [shelfPlaces]uint64
	suspects uint64
	plain    bool // nothing can be looked up for this row

	Asked, Known int // steps of which the interpreter was asked, and which were looked up
}

// facts are what a lesson has to know of a cell.
type facts struct {
	known         bool
	parent, maker int16
	partners      [3]int16
	suspects      uint64              // the duties that it, or what is registered with it, is suspected to have broken
	open          bool                // a counter is an interval
	born          [shelfThreads]uint8 // the most calls of each thread that it was born, or handed out, in
}

// NewPacked makes a packed step that knows nothing yet. Rows of more than 64 places are stepped by the interpreter.
func NewPacked(s *Shelf) *Packed {
	return &Packed{shelf: s, begins: map[lessonKey]int32{}, sights: map[sight]int32{}, stacks: map[uint64]uint32{}, lists: map[[2]uint64]uint32{}}
}

func (p *Packed) facts(number uint32) *facts {
	for len(p.marks) < len(p.shelf.cells) {
		p.marks = append(p.marks, facts{})
	}
	f := &p.marks[number]
	if f.known {
		return f
	}
	c := &p.shelf.cells[number]
	f.known, f.parent, f.maker, f.partners = true, int16(c.parent), int16(c.maker), [3]int16{int16(c.logon), int16(c.store), int16(c.support)}
	f.suspects = 1 << c.duty
	for _, n := range c.own {
		f.suspects |= 1 << p.shelf.cells[n].duty
	}
	for _, n := range c.counts {
		f.open = f.open || n.lo != n.hi
	}
	for t := range p.shelf.thread {
		f.born[t] = bornIn(c.born, t)
	}
	if c.grantedOn != 0 {
		t := c.grantedOn - p.shelf.threadAt(0)
		f.born[t] = max(f.born[t], uint8(c.lastGrant))
	}
	return f
}

// cell is the number of the cell at a place; of a thread, that of its object.
func (p *Packed) cell(place int) uint32 {
	n := p.row[place-1]
	if t := place - 2; t >= 0 && t < len(p.shelf.thread) && n != 0 {
		return p.shelf.stacks[n].cell
	}
	return n
}

// Begin takes up the row that steps follow.
func (p *Packed) Begin(row []uint32) {
	p.row = append(p.row[:0], row...)
	p.plain = len(row) > 64 || row[0] == 0 || len(p.shelf.prog.duties) >= 63
	if p.plain {
		return
	}
	clear(p.children[:])
	clear(p.made[:])
	p.suspects = 0
	for place := 1; place <= len(row); place++ {
		number := p.cell(place)
		if number == 0 {
			continue
		}
		f := p.facts(number)
		if f.parent != 0 {
			p.children[f.parent] |= 1 << (place - 1)
		}
		if f.maker != 0 {
			p.made[f.maker] |= 1 << (place - 1)
		}
		p.suspects |= f.suspects
	}
}

// listed is what belongs to a place.
func (p *Packed) listed(place int) uint64 {
	lists := [2]uint64{p.children[place], p.made[place]}
	if lists == [2]uint64{} {
		return 0
	}
	n, ok := p.lists[lists]
	if !ok {
		n = uint32(len(p.lists) + 1)
		p.lists[lists] = n
	}
	return uint64(n)
}

// Step steps the row that was begun with, into another one. The step's number tells it from every other one that can follow any row.
func (p *Packed) Step(step uint64, ev *Event, to []uint32) (Stepped, error) {
	if p.plain {
		p.Asked++
		return p.ask(ev, to)
	}
	thread := p.shelf.tids[ev.TID]
	key := lessonKey{step: step, stack: p.row[p.shelf.threadAt(thread)-1], suspects: p.suspects}
	for n := range p.shelf.thread {
		if n != thread {
			key.others = key.others<<4 | uint32(p.shelf.stacks[p.row[p.shelf.threadAt(n)-1]].depth)
		}
	}
	begin := p.begins[key] - 1
	if begin < 0 {
		begin = int32(len(p.looks))
		p.begins[key], p.looks = begin+1, append(p.looks, nil)
	}
	at := int32(-1)
	for n := 0; n < len(p.looks[begin]) && at < 0; n++ {
		at, _ = p.find(begin, int32(n))
	}
	if at < 0 {
		p.Asked++
		return p.learn(begin, thread, ev, to)
	}
	l := p.lessons[at]
	if l.ask {
		p.Asked++
		return p.ask(ev, to)
	}
	p.Known++
	if l.comes == Moves {
		p.apply(p.writes[l.first:l.last], thread, ev, to)
	}
	return l.comes, nil
}

// ask has the interpreter step.
func (p *Packed) ask(ev *Event, to []uint32) (Stepped, error) {
	w := p.shelf.Take(p.row)
	if err := w.Step(ev); err != nil {
		return Faults, err
	}
	if w.Faulty() {
		return Faults, nil
	}
	if p.shelf.Put(w, to) != nil {
		return Undecided, nil
	}
	return Moves, nil
}

// learn has the interpreter step, and remembers what it looked at and what came of it.
func (p *Packed) learn(begin int32, thread int, ev *Event, to []uint32) (Stepped, error) {
	s := p.shelf
	clear(p.reads.objects[:])
	clear(p.reads.lists[:])
	w := s.Take(p.row)
	owners := map[index]index{}
	for j := index(len(p.row) + 1); j < index(len(w.pages[0])); j++ {
		owners[j] = w.at(j).parent
	}
	w.reads = &p.reads
	err := w.Step(ev)
	w.reads = nil
	if err != nil {
		return Faults, err
	}
	seen, lists := uint64(1), uint64(0) // the process
	for place := 1; place <= len(p.row); place++ {
		if p.reads.objects[place] {
			seen |= 1 << (place - 1)
		}
		if p.reads.lists[place] {
			lists |= 1 << (place - 1)
		}
	}
	for j, owner := range owners {
		if p.reads.objects[j] && owner > 0 {
			seen |= 1 << (owner - 1)
		}
	}
	seen |= p.named(ev)
	comes := Moves
	switch {
	case w.Faulty():
		comes = Faults
	case s.Put(w, to) != nil:
		comes = Undecided
	}
	seen = p.close(seen)
	l := lesson{comes: comes, first: int32(len(p.writes))}
	if comes == Moves {
		for place := 1; place <= len(p.row); place++ {
			if seen>>(place-1)&1 != 0 || place == int(s.threadAt(thread)) {
				if to[place-1] != p.row[place-1] {
					p.writes = append(p.writes, written{int16(place), to[place-1]})
				}
			}
		}
		check := make([]uint32, len(to))
		p.apply(p.writes[l.first:], thread, ev, check)
		for i := range check {
			l.ask = l.ask || check[i] != to[i]
		}
	}
	l.last = int32(len(p.writes))
	p.remember(begin, glance{seen &^ (1 << (s.threadAt(thread) - 1)), lists}, l)
	return comes, nil
}

// named are the places that an event names.
func (p *Packed) named(ev *Event) (seen uint64) {
	name := func(i index) {
		if i > 0 {
			seen |= 1 << (i - 1)
		}
	}
	name(p.shelf.module[ev.Module])
	if ev.On.Set {
		name(p.shelf.place[ev.On.Key])
	}
	for i := range ev.Args {
		if ev.Args[i].Value.Kind == Number {
			name(p.shelf.place[ev.Args[i].Value.Num])
		}
	}
	return seen
}

// close adds to places what the objects there are tied to: whether a dead object is kept depends on that.
func (p *Packed) close(seen uint64) uint64 {
	for open := seen; open != 0; {
		place := bits.TrailingZeros64(open) + 1
		open &= open - 1
		if number := p.cell(place); number != 0 {
			f := p.facts(number)
			if f.open { // whether that is certain depends on the calls that run
				for n := range p.shelf.thread {
					seen |= 1 << (p.shelf.threadAt(n) - 1)
				}
			}
			for _, q := range f.partners {
				if q > 0 && seen>>(q-1)&1 == 0 {
					seen |= 1 << (q - 1)
					open |= 1 << (q - 1)
				}
			}
		}
	}
	if p.facts(p.row[0]).open {
		for n := range p.shelf.thread {
			seen |= 1 << (p.shelf.threadAt(n) - 1)
		}
	}
	return seen
}

// find looks, and finds the lesson of what it sees; -1 where there is none. The sight is where it would be.
func (p *Packed) find(begin, n int32) (int32, sight) {
	l := &p.looks[begin][n]
	p.words = p.words[:0]
	at := sight{begin: begin, look: n}
	for rest := l.objects; rest != 0; rest &= rest - 1 {
		p.words = append(p.words, uint64(p.row[bits.TrailingZeros64(rest)]))
	}
	for rest := l.lists; rest != 0; rest &= rest - 1 {
		p.words = append(p.words, p.listed(bits.TrailingZeros64(rest)+1))
	}
	for _, word := range p.words {
		at.hash = (at.hash ^ word) * 0x9e3779b97f4a7c15
		at.hash ^= at.hash >> 29
	}
	found := p.sights[at] - 1
	if found >= 0 && !slices.Equal(p.words, p.seen[p.lessons[found].seen:int(p.lessons[found].seen)+len(p.words)]) {
		found = -1 // another one has that hash
	}
	return found, at
}

// remember keeps a lesson under the least glance that covers what was looked at.
func (p *Packed) remember(begin int32, seen glance, l lesson) {
	looks := p.looks[begin]
	n := slices.IndexFunc(looks, func(l glance) bool { return l.covers(seen) })
	if n < 0 {
		n = len(looks)
		if n == maxLooks {
			n--
			for _, other := range looks {
				seen.objects |= other.objects
				seen.lists |= other.lists
			}
			looks[n] = seen // what was found under the one before is learned again
		} else {
			p.looks[begin] = append(looks, seen)
		}
	}
	_, at := p.find(begin, int32(n))
	l.seen = int32(len(p.seen))
	p.seen = append(p.seen, p.words...)
	p.sights[at] = int32(len(p.lessons) + 1)
	p.lessons = append(p.lessons, l)
}

// apply makes the row that a lesson leads to.
func (p *Packed) apply(writes []written, thread int, ev *Event, to []uint32) {
	s := p.shelf
	copy(to, p.row)
	switch ev.Kind {
	case CallEvent: // whoever is in a call meanwhile is disturbed
		for n := range s.thread {
			if i := s.threadAt(n) - 1; n != thread && to[i] != 0 {
				to[i] = p.disturbed(to[i])
			}
		}
	case ReturnEvent: // what was born in the call was born before
		depth := s.stacks[p.row[s.threadAt(thread)-1]].depth - 1
		for i := int(s.firstModule()) - 1; i < len(to); i++ {
			if to[i] != 0 && p.facts(to[i]).born[thread] > depth {
				to[i] = p.earlier(to[i], thread, depth)
			}
		}
	}
	for _, w := range writes {
		to[w.place-1] = w.number
	}
}

// disturbed is a stack whose calls others have made calls in.
func (p *Packed) disturbed(number uint32) uint32 {
	key := uint64(number)
	n, ok := p.stacks[key]
	if !ok {
		st := p.shelf.stacks[number]
		for d := range st.calls[:st.depth] {
			fr := p.shelf.frames[st.calls[d]]
			fr.foreign = 1
			st.calls[d] = p.shelf.calledAs(fr)
		}
		n = p.shelf.stackOf(st)
		p.stacks[key] = n
	}
	return n
}

// earlier is a cell whose object was born in no more than so many calls of a thread.
func (p *Packed) earlier(number uint32, thread int, depth uint8) uint32 {
	key := uint64(number) | uint64(thread+1)<<32 | uint64(depth)<<40
	n, ok := p.stacks[key]
	if !ok {
		c := p.shelf.cells[number]
		if bornIn(c.born, thread) > depth {
			c.born = c.born&^(0xff<<(8*thread)) | past(depth)<<(8*thread)
		}
		if c.grantedOn == p.shelf.threadAt(thread) {
			if c.lastGrant = min(c.lastGrant, int64(depth)); depth == 0 {
				c.grantedOn = 0
			}
		}
		n = p.shelf.numberOf(c)
		p.stacks[key] = n
	}
	return n
}
