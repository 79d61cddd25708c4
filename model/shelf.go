package model

import (
	"fmt"
	"slices"
)

// A Shelf keeps worlds in which no more can be than it has places for, each as a row of numbers: one for the process, and one for each
// thread, DLL and address. Two worlds have the same row exactly if nothing that can follow tells them apart, as far as the interpreter
// knows: lines, births, findings and histories are not kept, and a dead object is only where something that lives leads to it. So the worlds
// of a bounded configuration are finitely many, and package explore can visit each of them once.
//
// A shelf has a world of its own. Take makes it the world of a row, to be stepped, and Put makes the row of a world.
type Shelf struct {
	prog   *Program
	layout Layout
	world  *World
	proc   *process
	thread []thread

	place   map[uint64]index // by address
	module  map[string]index
	tids    map[int64]int
	serials [kinds]uint8     // the memories that hold another object's serial
	raises  [kinds][3][]bool // the operations that raise a counter when they return
	marks   [kinds]markSet   // what something that can happen depends on
	values  [kinds]uint8

	cells   []cell
	numbers map[cell]uint32
	stacks  []stack
	threads map[stack]uint32
	frames  []called
	calls   map[called]uint32
	things  []*Thing    // of cells
	pending [][]Pending // of stacks

	places int
	perm   []index // where each object of the world that is put is to stand
	kept   []bool
	list   []index
}

// A Layout says what the worlds of a shelf can have.
type Layout struct {
	Observation
	PID       int64
	Threads   []int64
	Modules   []string
	Addresses []uint64 // of objects

	// Operations are all that will be called. What nothing that they set off depends on is not kept.
	Operations []string
}

const (
	shelfThreads = 4  // how many threads a shelf can have,
	shelfDepth   = 10 // how many calls each can be in,
	shelfPlaces  = 128
	shelfOwn     = 6 // and how many registrations and services an object
)

// A cell is what a place holds: an object as it is kept, its counters, and what hangs below it and has no address of its own.
type cell struct {
	object
	counts counts
	duty   int32 // 1 + the number of the duty that it is suspected to have broken
	own    [shelfOwn]uint32
	marks  uint8 // of a process: several, advised
}

// A stack is a thread as it is kept.
type stack struct {
	cell  uint32
	depth uint8
	calls [shelfDepth]uint32
}

// A called is a call as it is kept.
type called struct {
	frame
	answers Side
}

const (
	severalThreads = 1 << iota
	hasAdvised
)

// somebody is the serial of an object that is not known any more. It is nobody's: what is born has greater ones, and what is kept smaller ones.
const somebody = 1 << 20

// NewShelf makes an empty shelf. It refuses a layout that is too large.
func NewShelf(pr *Program, l Layout) (*Shelf, error) {
	if n := 2 + len(l.Threads) + len(l.Modules) + len(l.Addresses); n > shelfPlaces || len(l.Threads) > shelfThreads {
		return nil, fmt.Errorf("%d threads and %d places: there is room for %d and %d", len(l.Threads), n, shelfThreads, shelfPlaces)
	}
	s := &Shelf{prog: pr, layout: l, world: NewWorld(pr, l.Observation), thread: make([]thread, len(l.Threads)), place: map[uint64]index{}, module: map[string]index{},
		tids: map[int64]int{}, numbers: map[cell]uint32{{}: 0}, cells: make([]cell, 1), threads: map[stack]uint32{{}: 0}, stacks: make([]stack, 1),
		calls: map[called]uint32{}}
	s.proc = &process{pid: l.PID, byAddr: map[uint64]index{}, modules: map[string]index{}, threads: map[int64]*thread{}}
	at := index(2)
	for n, tid := range l.Threads {
		s.tids[tid] = n
		at++
	}
	for _, name := range l.Modules {
		s.module[name] = at
		at++
	}
	for _, a := range l.Addresses {
		s.place[a] = at
		at++
	}
	s.places = int(at - 1)
	s.findRelevant()
	for _, life := range pr.Spec.Lifecycles {
		for _, x := range life.Counters {
			at := pr.counters[x.Name]
			s.raises[at.kind][at.slot] = opSet(x.Up.Ops)
		}
		for _, v := range life.Values {
			if v.From.What == serial {
				s.serials[life.Of] |= 1 << pr.memories[v.Name].slot
			}
		}
	}
	return s, nil
}

// read are the marks that invariants ask for.
const read = "its session has ended, logged off, its provider is shut down, holds a provider, StoreLogoff called, StoreLogoffTransports called, for a message service, inbound"

// findRelevant finds the marks and the remembered values that conditions ask for at moments that can come.
func (s *Shelf) findRelevant() {
	pr := s.prog
	can := make([]bool, len(ops.ops))
	for _, name := range append([]string{"event-load", "event-unload", "event-exit", "event-last-child"}, s.layout.Operations...) {
		for _, op := range matchAll(name) {
			can[op] = true
		}
	}
	comes := func(t *Trigger) bool {
		return slices.ContainsFunc(matchAll(t.Ops), func(op OpID) bool { return can[op] })
	}
	mark := func(name string) {
		for k, bit := range pr.marks[name].bit {
			s.marks[k] |= bit
		}
	}
	for _, name := range splitList(read, ",") {
		mark(name)
	}
	var asks func(Cond)
	term := func(t *Term) {
		if t.What == remembered {
			at := pr.memories[t.Name]
			s.values[at.kind] |= 1 << at.slot
		}
		if t.Where != nil {
			asks(*t.Where)
		}
	}
	asks = func(c Cond) {
		if c.Is == marked {
			mark(c.Names)
		}
		for _, part := range c.Parts {
			asks(part)
		}
		term(&c.Left)
		term(&c.Right)
	}
	for _, t := range pr.triggers {
		if !comes(&t.def) {
			continue
		}
		asks(t.def.Cond)
		for _, g := range t.guards {
			asks(g.def.If)
			asks(g.def.Holds)
		}
		for i := range t.dues {
			asks(t.dues[i].def.If)
			asks(t.dues[i].duty.def.If)
			asks(t.dues[i].duty.def.Owed)
		}
	}
	for _, l := range pr.Spec.Lifecycles {
		for i := range l.Rows {
			if r := &l.Rows[i]; !isBirth(r.On) && comes(&r.On) {
				asks(r.If)
			}
		}
	}
}

// Places is how long a row is.
func (s *Shelf) Places() int { return s.places }

func (s *Shelf) threadAt(n int) index { return index(2 + n) }
func (s *Shelf) firstModule() index   { return index(2 + len(s.thread)) }
func (s *Shelf) firstPlace() index    { return s.firstModule() + index(len(s.layout.Modules)) }

// Take makes the shelf's world that of a row. The row of all zeros is the world before the first event.
func (s *Shelf) Take(row []uint32) *World {
	w, p := s.world, s.proc
	w.clearForShelf()
	*p = process{pid: s.layout.PID, self: 1, byAddr: p.byAddr, modules: p.modules, threads: p.threads, ring: p.ring[:0],
		open: openCalls{few: p.open.few[:0]}, held: p.held, entries: 1}
	if p.byAddr == nil { // it has ended before
		p.byAddr, p.modules, p.threads = map[uint64]index{}, map[string]index{}, map[int64]*thread{}
	}
	clear(p.byAddr)
	clear(p.modules)
	clear(p.threads)
	if row[0] == 0 {
		clear(w.procs)
		w.last = nil
		w.resize(1)
		return w
	}
	w.procs[p.pid], w.last = p, p
	end := index(len(row) + 1)
	w.resize(end)
	w.serials = somebody
	for i := index(1); i < end; i++ {
		number := row[i-1]
		if t := int(i - s.threadAt(0)); t >= 0 && t < len(s.thread) && number != 0 {
			number = s.stacks[number].cell
		}
		if number == 0 {
			w.freed = append(w.freed, i)
			continue
		}
		s.setUp(i, number)
	}
	for n := range s.thread {
		if number := row[s.threadAt(n)-1]; number != 0 {
			s.setUpThread(n, &s.stacks[number])
		}
	}
	s.setLines()
	for i := index(len(w.pages[0]) - 1); i > 0; i-- {
		o := w.at(i)
		if o.parent != 0 {
			w.adopt(i, o.parent)
		}
		if o.maker != 0 {
			w.makeBy(i, o.maker)
		}
		if o.flags&weak != 0 {
			p.ring = append(p.ring, i)
		}
	}
	return w
}

// clearForShelf leaves nothing of the objects of a world of one process.
func (w *World) clearForShelf() {
	clear(w.texts)
	clear(w.aliases)
	clear(w.counts)
	clear(w.debts)
	clear(w.suspect)
	clear(w.suspicions)
	w.freed, w.list, w.ending, w.doubted, w.waiting = w.freed[:0], w.list[:0], w.ending[:0], w.doubted[:0], w.waiting[:0]
	if len(w.findings) > 0 {
		w.findings = w.findings[:0]
		clear(w.keys)
		clear(w.tallies)
	}
	w.recorded, w.cur = nil, moment{}
	w.moment++
}

// resize makes room for the objects up to a slot, all of them empty.
func (w *World) resize(end index) {
	if len(w.pages) == 0 {
		w.pages = append(w.pages, make([]object, 0, 1<<pageBits))
	}
	w.pages = w.pages[:1]
	clear(w.pages[0])
	w.pages[0] = w.pages[0][:end]
}

// setUp puts an object into its slot, and what hangs below it behind all places.
func (s *Shelf) setUp(i index, number uint32) {
	w, c := s.world, &s.cells[number]
	o := w.at(i)
	*o = c.object
	o.serial = uint32(i)
	switch first := s.firstPlace(); {
	case i >= first:
		o.address = s.layout.Addresses[i-first]
		s.proc.byAddr[o.address] = i
	case i >= s.firstModule():
		name := s.layout.Modules[i-s.firstModule()]
		s.proc.modules[name], w.texts[i] = i, name
	}
	if o.kind == ProcessObject || o.kind == ThreadObject || o.kind == ModuleObject {
		n := c.counts
		w.counts[i] = &n
	}
	s.suspect(i, c)
	if o.kind == ProcessObject {
		s.proc.several, s.proc.advised = c.marks&severalThreads != 0, c.marks&hasAdvised != 0
	}
	for _, number := range c.own {
		if number == 0 {
			break
		}
		j := index(len(w.pages[0]))
		w.pages[0] = w.pages[0][:j+1]
		child := w.at(j)
		*child = s.cells[number].object
		child.serial, child.parent = uint32(j), i
		if child.kind != ServiceObject {
			child.address = w.at(i).address
		}
		s.suspect(j, &s.cells[number])
	}
}

func (s *Shelf) suspect(i index, c *cell) {
	if c.duty != 0 {
		s.world.suspect[i] = suspicion{duty: int(c.duty - 1)}
		s.world.suspicions[c.duty-1]++
	}
}

func (s *Shelf) setUpThread(n int, from *stack) {
	t, p := &s.thread[n], s.proc
	*t = thread{proc: p, tid: s.layout.Threads[n], self: s.threadAt(n), frames: t.frames[:0]}
	p.threads[t.tid] = t
	for d, number := range from.calls[:from.depth] {
		fr := s.frames[number].frame
		fr.id = s.id(n, d)
		fr.onSerial, fr.sessionSerial = uint32(fr.on), uint32(fr.session)
		fr.foreign = 1 - fr.foreign
		t.frames = append(t.frames, fr)
		p.open.add(fr.id, t)
	}
}

// id is that of a thread's call at a depth.
func (s *Shelf) id(thread, depth int) int64 { return int64(thread*(shelfDepth+1) + depth + 1) }

// NextID is the id that the next call of a thread, by its number, is to have.
func (s *Shelf) NextID(row []uint32, thread int) int64 {
	return s.id(thread, int(s.stacks[row[s.threadAt(thread)-1]].depth))
}

// Now is the line of an event that follows everything that the world of a row has in it.
const Now = 1 << 40

// setLines gives open calls, and objects born in one, lines in an order that is consistent with which of them came first: a cell says how many
// calls of each thread were open at the birth.
func (s *Shelf) setLines() {
	w, line := s.world, int64(1)
	var begun [shelfThreads]uint8
	waiting := s.list[:0]
	for i := range w.pages[0] {
		if o := &w.pages[0][i]; o.kind != NoKind && o.born != 0 {
			waiting = append(waiting, index(i))
		}
	}
	s.list = waiting
	for again := true; again; {
		again = false
		waiting = slices.DeleteFunc(waiting, func(i index) bool {
			o := w.at(i)
			for n := range s.thread {
				if bornIn(o.born, n) > begun[n] {
					return false
				}
			}
			line++
			again = true
			o.born = pastOf(line, 0, NoSide, true)
			return true
		})
		for n := range s.thread {
			t := &s.thread[n]
			if s.proc.threads[t.tid] != t || int(begun[n]) == len(t.frames) || slices.ContainsFunc(waiting, func(i index) bool { return bornIn(w.at(i).born, n) <= begun[n] }) {
				continue
			}
			line += 2 // room for a reference handed out in it
			t.frames[begun[n]].line = line
			begun[n]++
			line++
			again = true
			break
		}
	}
	for i := range w.pages[0] {
		if o := &w.pages[0][i]; o.lastGrant > 0 {
			o.lastGrant = s.thread[o.grantedOn-s.threadAt(0)].frames[o.lastGrant-1].line + 1
		}
	}
}

// bornIn unpacks from a cell how many of a thread's open calls had begun when an object was born.
func bornIn(born past, thread int) uint8 { return uint8(born >> (8 * thread)) }

// openAt counts the open calls of a thread that had begun before a line.
func openAt(t *thread, line int64) (n uint8) {
	for n < uint8(len(t.frames)) && t.frames[n].line < line {
		n++
	}
	return n
}

// Put makes the row of a world of the shelf's program. It refuses a world in which something is not certain, or has no place; the row is then
// void.
func (s *Shelf) Put(w *World, row []uint32) error {
	own := s.world
	s.world = w
	err := s.put(w, row)
	s.world = own
	return err
}

func (s *Shelf) put(w *World, row []uint32) error {
	p := w.procs[s.layout.PID]
	if p == nil || p.ended {
		return fmt.Errorf("the process has ended")
	}
	if p.late || p.gap || p.forgot || p.abandoned || len(w.debts)+len(w.waiting)+len(w.aliases) > 0 {
		return fmt.Errorf("the world is not known for certain")
	}
	if err := s.arrange(p); err != nil {
		return err
	}
	clear(row)
	for i := index(1); i < index(len(w.pages[0])); i++ {
		at := s.perm[i]
		if at == 0 || !s.kept[i] {
			continue
		}
		c, err := s.cellOf(p, i)
		if err != nil {
			return err
		}
		row[at-1] = s.numberOf(c)
	}
	for n := range s.thread {
		t := p.threads[s.layout.Threads[n]]
		if t == nil {
			continue
		}
		if len(t.frames) > shelfDepth || t.based {
			return fmt.Errorf("thread %d is in %d calls: there is room for %d", t.tid, len(t.frames), shelfDepth)
		}
		st := stack{cell: row[s.threadAt(n)-1], depth: uint8(len(t.frames))}
		for d := range t.frames {
			st.calls[d] = s.frameOf(p, t, &t.frames[d])
		}
		row[s.threadAt(n)-1] = s.stackOf(st)
	}
	return nil
}

// arrange finds where each object is to stand, and which dead objects are to be kept.
func (s *Shelf) arrange(p *process) error {
	w := s.world
	n := len(w.pages[0])
	s.perm, s.kept = append(s.perm[:0], make([]index, n)...), append(s.kept[:0], make([]bool, n)...)
	s.perm[p.self] = 1
	for tid, t := range p.threads {
		s.perm[t.self] = s.threadAt(s.tids[tid])
	}
	for name, i := range p.modules {
		at, ok := s.module[name]
		if !ok {
			return fmt.Errorf("there is no place for %s", name)
		}
		s.perm[i] = at
	}
	reached := s.list[:0]
	reach := func(i index) {
		if i != 0 && !s.kept[i] {
			s.kept[i] = true
			reached = append(reached, i)
		}
	}
	for i := index(1); i < index(n); i++ {
		o := w.at(i)
		switch o.kind {
		case NoKind, ProcessObject, ThreadObject, ModuleObject:
		case ServiceObject, UIDObject, RowObject, AdviseObject, SubscriptionObject:
			continue // with what they hang below
		default:
			at, ok := s.place[o.address]
			if !ok {
				return fmt.Errorf("there is no place for %s", w.describe(i))
			}
			s.perm[i] = at
		}
		if o.kind != NoKind && o.flags&dead == 0 {
			reach(i)
		}
	}
	for _, t := range p.threads {
		for d := range t.frames {
			fr := &t.frames[d]
			reach(w.still(fr.on, fr.onSerial))
			reach(w.still(fr.session, fr.sessionSerial))
			reach(fr.arg)
		}
	}
	var taken [shelfPlaces]bool
	for k := 0; k < len(reached); k++ {
		i := reached[k]
		o := w.at(i)
		if at := s.perm[i]; at != 0 {
			if taken[at] {
				return fmt.Errorf("there are two objects at one address")
			}
			taken[at] = true
		}
		for _, j := range [...]index{o.parent, o.maker, o.logon, o.store, o.support, o.module} {
			reach(j)
		}
	}
	s.list = reached
	return nil
}

// cellOf makes the cell of an object.
func (s *Shelf) cellOf(p *process, i index) (cell, error) {
	w := s.world
	c := cell{object: *w.at(i)}
	o := &c.object
	if why := s.uncertain(p, i); why != "" {
		return c, fmt.Errorf("%s: %s", w.describe(i), why)
	}
	var born past
	grant, on := int64(0), index(0)
	for tid, t := range p.threads {
		at := openAt(t, o.born.line())
		born |= past(at) << (8 * s.tids[tid])
		if o.grantedOn == t.self {
			if grant = int64(openAt(t, o.lastGrant)); grant > 0 || at > 0 {
				on = t.self
			}
		}
	}
	o.lastGrant, o.grantedOn = grant, on
	o.born, o.pastN, o.past = born, 0, [pastLen]past{}
	o.address, o.serial = 0, 0
	for _, j := range [...]*index{&o.parent, &o.maker, &o.logon, &o.store, &o.support, &o.module, &o.grantedOn} {
		*j = s.perm[*j]
	}
	if isRegistration(o.kind) || o.kind == ServiceObject {
		o.parent = 0
	}
	if o.session != 0 {
		o.session = s.placeOf(o.session)
	}
	o.known &= s.values[o.kind]
	o.yes &= s.marks[o.kind]
	o.no |= w.prog.falseAtBirth[o.kind] &^ s.marks[o.kind] &^ w.neverNo[o.kind][o.typ]
	for v := range o.values {
		switch {
		case o.known>>v&1 == 0:
			o.values[v] = 0
		case s.serials[o.kind]>>v&1 != 0:
			o.values[v] = uint64(s.placeOf(uint32(o.values[v])))
		}
	}
	if n := w.counts[i]; n != nil {
		c.counts = *n
	}
	if d, ok := w.suspect[i]; ok {
		c.duty = int32(d.duty) + 1
	}
	if o.kind == ProcessObject {
		if p.several {
			c.marks |= severalThreads
		}
		if p.advised {
			c.marks |= hasAdvised
		}
	}
	n := 0
	for j := w.at(i).first; j != 0; j = w.at(j).next {
		if k := w.at(j).kind; !isRegistration(k) && k != ServiceObject {
			continue
		}
		if n == len(c.own) {
			return c, fmt.Errorf("%s has more registrations than there is room for", w.describe(i))
		}
		child, err := s.cellOf(p, j)
		if err != nil {
			return c, err
		}
		child.born = 0 // nothing asks which call a registration or a service was made in
		c.own[n] = s.numberOf(child)
		n++
	}
	slices.SortFunc(c.own[:n], func(a, b uint32) int { return int(a) - int(b) })
	o.first, o.next, o.prev, o.firstMade, o.nextM, o.prevM = 0, 0, 0, 0, 0, 0
	return c, nil
}

// placeOf is the serial that an object has where it stands on the shelf, or somebody.
func (s *Shelf) placeOf(serial uint32) uint32 {
	for i := 1; i < len(s.perm); i++ {
		if s.perm[i] != 0 && s.kept[i] && s.world.at(index(i)).serial == serial {
			return uint32(s.perm[i])
		}
	}
	return somebody
}

// uncertain says what of an object is not certain; nothing where all is.
func (s *Shelf) uncertain(p *process, i index) string {
	w := s.world
	o := w.at(i)
	if o.flags&(unborn|severalClients|ownPartial|transient|askedElse) != 0 && o.kind != SinkObject || o.soft > 0 {
		return "more may have happened to it than is on record"
	}
	for slot, states := range o.states {
		if l := w.prog.lifeOf(o.kind, o.typ, slot); l != nil && states&(states-1) != 0 {
			return "its state is not certain"
		}
	}
	if unknown := s.marks[o.kind] & w.prog.falseAtBirth[o.kind] &^ (o.no | o.yes); unknown&^(w.neverNo[o.kind][o.typ]|w.neverYes[o.kind][o.typ]) != 0 {
		return "its marks are not certain"
	}
	if c := w.counts[i]; c != nil {
		for slot, n := range c {
			if n.hi > n.lo && (s.raises[o.kind][slot] == nil || n.hi-n.lo > p.running(s.raises[o.kind][slot])) {
				return "its counts are not certain"
			}
		}
	}
	return ""
}

// running is how many calls of operations are open in a process.
func (p *process) running(set []bool) (n int32) {
	for _, t := range p.threads {
		for d := range t.frames {
			if set[t.frames[d].op] {
				n++
			}
		}
	}
	return n
}

func (s *Shelf) numberOf(c cell) uint32 {
	n, ok := s.numbers[c]
	if !ok {
		n = uint32(len(s.cells))
		s.cells, s.numbers[c] = append(s.cells, c), n
	}
	return n
}

func (s *Shelf) stackOf(st stack) uint32 {
	n, ok := s.threads[st]
	if !ok {
		n = uint32(len(s.stacks))
		s.stacks, s.threads[st] = append(s.stacks, st), n
	}
	return n
}

func (s *Shelf) frameOf(p *process, t *thread, from *frame) uint32 {
	w := s.world
	fr := called{*from, NoSide}
	fr.answers = w.answererOf(fr.call, w.still(fr.on, fr.onSerial))
	fr.on, fr.session = s.perm[w.still(fr.on, fr.onSerial)], s.perm[w.still(fr.session, fr.sessionSerial)]
	fr.arg, fr.module = s.perm[fr.arg], s.perm[fr.module]
	fr.foreign = p.entries - t.entries - fr.foreign
	if fr.foreign != 0 {
		fr.foreign = 1 // others have made calls since
	}
	fr.id, fr.line, fr.seq, fr.onSerial, fr.sessionSerial = 0, 0, 0, 0, 0
	return s.calledAs(fr)
}

func (s *Shelf) calledAs(fr called) uint32 {
	n, ok := s.calls[fr]
	if !ok {
		n = uint32(len(s.frames))
		s.frames, s.calls[fr] = append(s.frames, fr), n
	}
	return n
}
