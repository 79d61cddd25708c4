package model

import "math"

// A World is everything that lives in the processes of one trace, and what has been found so far. It is stepped by one event after
// the other and does nothing else: the same events give the same world.
type World struct {
	prog  *Program
	procs map[int64]*process
	last  *process // of the event before

	pages      [][]object // objects by index; page by page, so that they never move and growing wastes nothing
	freed      []index
	serials    uint32
	texts      map[index]string   // addresses that are no numbers
	aliases    map[index][]uint64 // further addresses of an object, by QueryInterface
	counts     map[index]*counts  // of processes, threads and modules
	debts      map[index]debt
	suspect    map[index]suspicion
	suspicions []int // by duty: how many there are

	list       []index // scratch: objects that are being gathered
	gathered   [kinds][providerTypes]gathering
	moment     uint32
	memos      []memo
	quiets     []*quiet
	recorded   *quiet // what the reaction being worked out comes to, where it is near
	forgetful  bool   // nothing is remembered in quiets
	watch      func(Taken)
	lived      func(Lived)
	see        func(Sight)
	changed    []index    // what the step has made, and whom else it changed, while somebody sees
	why        *explainer // of a world that explains its verdicts
	reads      *reads     // which objects are looked at, where a shelf asks
	ending     []index    // registrations that ended in this moment
	doubted    []index    // what the rules broken in this moment leave in doubt
	waiting    []waiting
	startsLate bool
	silent     []silentMoves // what unobserved operations can make of a state
	seen       uint64        // interfaces that are observed
	partly     uint64
	hidden     Side // who answers calls that are not observed
	names      map[string]bool
	neverNo    [kinds][providerTypes]markSet      // marks that unobserved operations may set
	neverYes   [kinds][providerTypes]markSet      // marks that unobserved operations may clear
	blindCount [kinds][providerTypes][3]bool      // counters that unobserved operations may change
	stale      [kinds][providerTypes][values]bool // remembered values that unobserved operations may change

	cur       moment
	findings  []Finding
	keys      map[findingKey]int
	tallies   []tally
	events    int64
	totalBorn int64
}

const pageBits = 10

// index finds an object in its world; 0 is none.
type index int32

// An object is one thing between its birth and its death, and for a while after that as a tombstone.
type object struct {
	address uint64
	serial  uint32 // number of its birth, in the order of the trace: an index may be used again, a serial is not
	kind    Kind
	class   Class
	typ     ProviderType
	iface   uint8 // of a subobject; unlisted where the recording does not tell
	flags   flags

	states [slots]StateSet // where it may be, one set for each lifecycle of its kind
	yes    markSet         // marks that are certainly set
	no     markSet         // marks that are certainly not set; in neither: unknown
	known  uint8           // which values are
	pastN  uint8

	client, mapi, provider int32 // references granted to a side, less those it released
	teardown               int32 // references that calls nested in the last Release have taken and not given back
	soft                   int32 // references got by QueryInterface for an unobserved interface: they may be gone
	running                int32 // AddRef and QueryInterface calls on it that have not returned

	values [values]uint64

	parent, first, next, prev      index // what it was opened through or registered with, and the other way round
	maker, firstMade, nextM, prevM index // the provider object of a logon object, and the other way round
	logon, store, support, module  index
	session                        uint32 // serial of the session that it is used for, where it is no child of it

	lastGrant int64 // the line where a reference was last handed out
	grantedOn index // and the thread
	born      past  // its birth, or the first sight of it
	past      [pastLen]past
}

// A markSet is a set of marks, a bit each.
type markSet uint32

const (
	markBits = 32
	slots    = 3
	values   = 5
	pastLen  = 6
)

// A past is one operation that an object has seen, and where: packed, because every living object keeps some.
type past uint64

func pastOf(line int64, op OpID, by Side, handedOut bool) past {
	p := past(line)<<19 | past(op)<<7 | past(by)<<1
	if handedOut {
		p |= 1
	}
	return p
}

func (p past) line() int64     { return int64(p >> 19) } // lines beyond 35,000,000,000,000 wrap
func (p past) op() OpID        { return OpID(p >> 7 & 0xfff) }
func (p past) by() Side        { return Side(p >> 1 & 0x3f) }
func (p past) handedOut() bool { return p&1 != 0 }

// A debt is the first Release with which a side released more than it was given.
type debt struct {
	line, seq int64
	side      Side
}

// A suspicion is a duty that was broken, then, if the object turns out to have lived.
type suspicion struct {
	duty      int
	line, seq int64
}

type flags uint16

const (
	unborn      flags = 1 << iota // used without a birth on record
	ownObserved                   // every call on its interface is recorded
	ownPartial                    // but MAPI's own AddRef and Release
	dying                         // its last Release runs
	dead
	keptAlive // no reference is left, but something opened through it lives
	weak      // may be forgotten when there are too many of its like
	transient // stands for a null pointer, during one call
	askedElse // a session that was asked for an interface that is not observed
	newSession
	maybeShared
	severalClients
	forgotten      // something that it was linked to has been forgotten, or was never known
	clientReleased // a client has released a reference on it
	withChild      // dies because the last thing opened through it dies
	maybeDead      // a Release may have been the last
)

type interval struct{ lo, hi int32 }

// counts are the counters of one object.
type counts [3]interval

const unbounded = math.MaxInt32

func (i *interval) add(lo, hi int32) {
	i.lo = max(0, i.lo+lo)
	if i.hi != unbounded {
		i.hi = max(0, i.hi+hi)
	}
	i.hi = max(i.hi, i.lo)
}

// A StateSet is a set of states of one lifecycle, a bit each.
type StateSet uint16

func (w *World) at(i index) *object {
	if w.reads != nil {
		w.reads.objects[i] = true
	}
	return &w.pages[i>>pageBits][i&(1<<pageBits-1)]
}

// raw is at where only an object's kind and type are asked for, or its place in a list.
func (w *World) raw(i index) *object { return &w.pages[i>>pageBits][i&(1<<pageBits-1)] }

// children is the first of what belongs to an object; the others follow by next.
func (w *World) children(i index) index {
	if w.reads != nil {
		w.reads.lists[i] = true
	}
	return w.raw(i).first
}

// makes is the first of what a provider object has made; the others follow by nextM.
func (w *World) makes(i index) index {
	if w.reads != nil {
		w.reads.lists[i] = true
	}
	return w.raw(i).firstMade
}

func (w *World) alloc() index {
	if n := len(w.freed); n > 0 {
		i := w.freed[n-1]
		w.freed = w.freed[:n-1]
		return i
	}
	last := len(w.pages) - 1
	if last < 0 || len(w.pages[last]) == cap(w.pages[last]) {
		w.pages = append(w.pages, make([]object, 0, 1<<pageBits))
		last++
		if last == 0 {
			w.pages[0] = w.pages[0][:1] // index 0 is no object
		}
	}
	w.pages[last] = w.pages[last][:len(w.pages[last])+1]
	return index(last<<pageBits | (len(w.pages[last]) - 1))
}

// A process is the world of one process id.
type process struct {
	pid     int64
	self    index
	byAddr  map[uint64]index
	modules map[string]index
	threads map[int64]*thread
	last    *thread // of the event before
	open    openCalls
	ring    []index // tombstones and doubtful objects, oldest first
	ringAt  int

	late      bool // it began before the recording, or a gap came: absence before proves nothing
	gap       bool
	forgot    bool // objects were forgotten, so that an unknown one is no proof of a late start
	ended     bool
	gifts     uint64 // interfaces of objects that were handed out without the recording listing their pointer
	types     uint8  // types of provider that have been initialised
	blind     int32  // living objects of interfaces that are not observed and may hand out others
	entries   uint32 // calls begun
	several   bool   // more than one thread has been seen
	advised   bool   // some Advise has succeeded
	sawBlind  bool   // an object of an interface that is not observed has been seen
	signalled bool   // it died by a signal
	abandoned bool   // some call never returned

	held []int64 // by rule: tallies that stand only while the recording has the start of the process
}

// mayNotify tells whether something in the process may be called on a thread of MAPI's.
func (p *process) mayNotify() bool { return p.late || p.advised || p.sawBlind }

// Tombstones is how many dead or doubtful objects a process remembers.
const Tombstones = 65536

// openCalls are the calls of a process that have not returned, by id. There are hardly ever more than a few.
type openCalls struct {
	few  []openCall // the newest last
	more map[int64]*thread
}

type openCall struct {
	id     int64
	thread *thread
}

const fewCalls = 32

// find is the thread of an open call, or nil.
func (o *openCalls) find(id int64) *thread {
	for n := len(o.few) - 1; n >= 0; n-- {
		if o.few[n].id == id {
			return o.few[n].thread
		}
	}
	if len(o.more) == 0 {
		return nil
	}
	return o.more[id]
}

func (o *openCalls) add(id int64, t *thread) {
	switch {
	case len(o.few) < fewCalls:
		o.few = append(o.few, openCall{id, t})
	case o.more == nil:
		o.more = map[int64]*thread{id: t}
	default:
		o.more[id] = t
	}
}

func (o *openCalls) remove(id int64) {
	for n := len(o.few) - 1; n >= 0; n-- {
		if o.few[n].id == id {
			o.few = append(o.few[:n], o.few[n+1:]...)
			return
		}
	}
	delete(o.more, id)
}

func (o *openCalls) count() int { return len(o.few) + len(o.more) }

// A thread is one thread of a process: its open calls, innermost last.
type thread struct {
	proc    *process
	tid     int64
	self    index
	frames  []frame
	entries uint32
	based   bool // calls that the recording lost may enclose the outermost known one
}

// A frame is a call that has not returned.
type frame struct {
	id            int64
	call          *Call
	op            OpID
	maker         Side
	last          Tri // it is the last Release of its object
	null          bool
	entry         uint32 // what AtEntry conditions were, two bits each
	line          int64
	seq           int64
	on            index
	onSerial      uint32
	arg           index // the object passed: see passes
	session       index
	sessionSerial uint32
	module        index
	first         OpID   // the first call made inside
	foreign       uint32 // calls of other threads begun before
	args          [keptArgs]keptArg
	nargs         uint8
	deferred      bool // an accusation waits for its return

	asksUnobserved bool // QueryInterface for an interface that is not observed
}

const (
	keptArgs      = 6
	maxEntryConds = 16
)

// A keptArg is an argument that the return of the call will need: its number, or that of its text.
type keptArg struct {
	param Param
	kind  ValueKind
	num   uint64
}

// moment is the event being stepped, and what it speaks of.
type moment struct {
	ev       *Event
	p        *process
	t        *thread
	fr       *frame
	op       OpID
	entering bool
	ok       bool // a return of success
	vague    bool // which of the objects gathered the event concerns is not known
	on       index
	this     index
	module   index
	maker    Side
	answerer Side
	births   [8]birth
	nbirths  int
	sure     [maxTriggers]Tri // of the triggers of this moment
}

// maxTriggers bounds the triggers of one operation.
const maxTriggers = 32

// A birth is a pointer that a call handed out.
type birth struct {
	param Param
	obj   index
	was   Tri // alive before
}

func (w *World) newObject(p *process, k Kind, c Class, t ProviderType, iface uint8) index {
	i := w.alloc()
	w.serials++
	o := w.at(i)
	*o = object{serial: w.serials, kind: k, class: c, typ: t, iface: iface}
	if k == ProcessObject || k == ThreadObject || k == ModuleObject {
		w.counts[i] = &counts{}
	}
	w.totalBorn++
	w.change(i)
	for s := range o.states {
		if l := w.prog.lifeOf(k, t, s); l != nil {
			o.states[s] = l.all
		}
	}
	if iface != unlisted && w.observed(iface) {
		o.flags |= ownObserved
	}
	if iface != unlisted && w.partial(iface) {
		o.flags |= ownPartial
	}
	return i
}

// begin puts a new object into the state that a birth leads to. What unobserved operations may have done since is added.
func (w *World) begin(i index, trigger int) {
	o := w.at(i)
	for s := range o.states {
		l := w.prog.lifeOf(o.kind, o.typ, s)
		if l == nil {
			continue
		}
		if to := l.births[trigger]; to >= 0 {
			o.states[s] = 1 << to
			w.widen(o, s, l)
			w.takenAtBirth(l, births[trigger], o, o.states[s])
		}
	}
	o.no = w.prog.falseAtBirth[o.kind] &^ w.neverNo[o.kind][o.typ]
}

// widen adds what unobserved operations may have made of an object since.
func (w *World) widen(o *object, slot int, l *life) {
	o.states[slot] = closed(w.unseenMoves(l, o), o.states[slot])
	if l.gone >= 0 && o.flags&(dead|dying) == 0 && w.total(o).lo >= 1 && !w.beingReleased(o) {
		if alive := o.states[slot] &^ (1 << l.gone); alive != 0 {
			o.states[slot] = alive
		}
	}
}

// beingReleased tells whether the moment is the beginning of a Release of the object, which may be its last.
func (w *World) beingReleased(o *object) bool {
	m := &w.cur
	return m.entering && m.on != 0 && w.at(m.on) == o && ops.ops[m.op].Method == release
}

// adopt makes an object the child of another.
func (w *World) adopt(child, parent index) {
	c, q := w.at(child), w.at(parent)
	c.parent, c.next, c.prev = parent, q.first, 0
	if q.first != 0 {
		w.raw(q.first).prev = child
	}
	q.first = child
}

func (w *World) orphan(child index) {
	c := w.at(child)
	if c.parent == 0 {
		return
	}
	if c.prev != 0 {
		w.raw(c.prev).next = c.next
	} else {
		w.raw(c.parent).first = c.next
	}
	if c.next != 0 {
		w.raw(c.next).prev = c.prev
	}
	c.parent, c.next, c.prev = 0, 0, 0
}

func (w *World) makeBy(child, maker index) {
	c, q := w.at(child), w.at(maker)
	c.maker, c.nextM, c.prevM = maker, q.firstMade, 0
	if q.firstMade != 0 {
		w.raw(q.firstMade).prevM = child
	}
	q.firstMade = child
}

func (w *World) unmake(child index) {
	c := w.at(child)
	if c.maker == 0 {
		return
	}
	if c.prevM != 0 {
		w.raw(c.prevM).nextM = c.nextM
	} else {
		w.raw(c.maker).firstMade = c.nextM
	}
	if c.nextM != 0 {
		w.raw(c.nextM).prevM = c.prevM
	}
	c.maker, c.nextM, c.prevM = 0, 0, 0
}

// detach takes an object out of every list. What was opened through it passes to what it was opened through.
func (w *World) detach(p *process, i index) {
	o := w.at(i)
	p.blind -= w.blind(o)
	up := o.parent
	w.children(i)
	for o.first != 0 {
		child := o.first
		if endsWith(w.at(child).kind, o.kind) {
			w.forget(p, child)
			continue
		}
		w.orphan(child)
		if up != 0 {
			w.adopt(child, up)
		}
	}
	for o.firstMade != 0 {
		w.at(o.firstMade).flags |= forgotten
		w.unmake(o.firstMade)
	}
	w.orphan(i)
	w.unmake(i)
}

// endsWith tells what is over, without a call of its own, when what it belongs to is.
func endsWith(child, parent Kind) bool {
	switch child {
	case UIDObject, RowObject, SubscriptionObject:
		return parent == SupportObject
	case ServiceObject, AdviseObject:
		return parent == SessionObject
	}
	return false
}

// bury turns an object into a tombstone.
func (w *World) bury(p *process, i index) {
	o := w.at(i)
	if o.flags&dead != 0 {
		return
	}
	w.tellLife(p, i, true)
	w.detach(p, i)
	w.seenEnd(o)
	o.flags = o.flags&^(dying|keptAlive) | dead
	w.remember(p, i)
}

// remember keeps a dead or doubtful object for a while, and forgets the oldest of them for it.
func (w *World) remember(p *process, i index) {
	o := w.at(i)
	if o.flags&(weak|transient) != 0 {
		return
	}
	o.flags |= weak
	if len(p.ring) < Tombstones {
		p.ring = append(p.ring, i)
		return
	}
	old := p.ring[p.ringAt]
	p.ring[p.ringAt] = i
	p.ringAt = (p.ringAt + 1) % Tombstones
	if q := w.at(old); q.flags&dead == 0 && w.total(q).lo >= 1 { // it was got hold of again
		q.flags &^= weak
		return
	} else if q.flags&dead == 0 {
		p.forgot = true
	}
	w.forget(p, old)
}

// forget frees an object.
func (w *World) forget(p *process, i index) {
	o := w.at(i)
	if o.flags&dead == 0 {
		w.detach(p, i)
		w.seenEnd(o)
	}
	w.loosen(i)
	w.unmap(p, i)
	w.free(i)
}

// free makes room for another object.
func (w *World) free(i index) {
	delete(w.texts, i)
	delete(w.aliases, i)
	delete(w.counts, i)
	delete(w.debts, i)
	w.unsuspect(i)
	*w.at(i) = object{}
	w.freed = append(w.freed, i)
}

func (w *World) unmap(p *process, i index) {
	o := w.at(i)
	if o.kind == ThreadObject || isRegistration(o.kind) {
		return
	}
	if p.byAddr[o.address] == i {
		delete(p.byAddr, o.address)
	}
	for _, a := range w.aliases[i] {
		if p.byAddr[a] == i {
			delete(p.byAddr, a)
		}
	}
}

// blind is 1 for a living object that may hand out others without the recording showing it, and 0 for any other.
func (w *World) blind(o *object) int32 {
	switch {
	case o.flags&(dead|transient|ownObserved) != 0:
		return 0
	case o.kind == SessionObject, o.kind == StoreObject, o.kind == Subobject && !(o.iface != unlisted && interfaces[o.iface].Name == "IMAPITable"):
		return 1
	}
	return 0
}

// granted is how many references a side holds.
func (o *object) granted(s Side) *int32 {
	switch s.holder() {
	case Client:
		return &o.client
	case Provider:
		return &o.provider
	}
	return &o.mapi
}

// held is how many references the sides hold together, as far as the recording tells.
func (w *World) held(o *object, sides Side) interval {
	if o.flags&ownObserved == 0 {
		return interval{0, unbounded}
	}
	sum, debts := int32(0), int32(0)
	for _, s := range [...]Side{Client, MAPI, Provider} {
		n := *o.granted(s)
		switch {
		case sides&s != 0 && n > 0:
			sum += n
		case n < 0: // it released what another side was given
			debts += n
		}
	}
	i := interval{max(0, sum+debts), sum + o.soft + o.running}
	if o.flags&ownPartial != 0 && sides&MAPI != 0 { // as in total
		i.lo = max(0, i.lo-max(0, o.mapi))
	}
	if o.flags&unborn != 0 || o.flags&ownPartial != 0 && sides&MAPI != 0 {
		i.hi = unbounded
	}
	return i
}

// total is how many references there are.
func (w *World) total(o *object) interval {
	if o.flags&ownObserved == 0 {
		return interval{0, unbounded}
	}
	sum := o.client + o.mapi + o.provider
	if o.flags&ownPartial != 0 { // MAPI's share is not known, not even how much of it is left
		return interval{max(0, o.client+o.provider), unbounded}
	}
	i := interval{max(0, sum), max(0, sum+o.soft+o.running)}
	if o.flags&unborn != 0 {
		i.hi = unbounded
	}
	return i
}

// childrenLive tells whether something that was opened through the object still lives, apart from one child.
func (w *World) childrenLive(of, but index) Tri {
	answer := No
	for i := w.children(of); i != 0; i = w.raw(i).next {
		c := w.at(i)
		if i == but || c.kind != Subobject && c.kind != StoreObject || c.flags&(dead|dying) != 0 {
			continue
		}
		t := w.total(c)
		switch {
		case t.lo >= 1 || c.flags&keptAlive != 0:
			return Yes
		case t.hi > 0:
			answer = Unknown
		}
	}
	return answer
}

// sessionOf finds the session through which an object was opened.
func (w *World) sessionOf(i index) index {
	for i != 0 {
		o := w.at(i)
		if o.kind == SessionObject {
			return i
		}
		i = o.parent
	}
	return 0
}

// below visits the descendants of an object.
func (w *World) below(root index, visit func(index)) {
	i := w.children(root)
	for i != 0 {
		visit(i)
		if c := w.children(i); c != 0 {
			i = c
			continue
		}
		for i != 0 && i != root && w.raw(i).next == 0 {
			i = w.raw(i).parent
		}
		if i == root || i == 0 {
			return
		}
		i = w.raw(i).next
	}
}
