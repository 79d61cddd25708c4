package model

import (
	"fmt"
	"slices"
	"strings"
)

// An Observation is what the header of a trace says it recorded.
type Observation struct {
	Observes []string // interfaces of which every call was recorded
	Partial  []string // observed, but for MAPI's own AddRef and Release
}

// A Malformed event can not follow what came before it. The world is as it was.
type Malformed struct{ Text string }

func (m *Malformed) Error() string { return m.Text }

// NewWorld makes an empty world for a trace.
func NewWorld(pr *Program, seen Observation) *World {
	w := &World{
		prog: pr, procs: map[int64]*process{}, texts: map[index]string{}, aliases: map[index][]uint64{}, counts: map[index]*counts{},
		debts: map[index]debt{}, suspect: map[index]suspicion{}, suspicions: make([]int, len(pr.duties)),
		keys: map[findingKey]int{}, tallies: make([]tally, len(pr.rules)),
	}
	w.memos = make([]memo, pr.memos)
	w.quiets = make([]*quiet, maxQuiet)
	w.observe(seen)
	return w
}

// Step takes one event. The error, if any, is a *Malformed.
func (w *World) Step(ev *Event) error {
	switch ev.Kind {
	case GapEvent, EndEvent:
		return w.everywhere(ev)
	}
	p := w.process(ev.PID)
	if p.ended {
		w.events++
		return nil
	}
	var err error
	switch ev.Kind {
	case CallEvent:
		err = w.enter(p, ev)
	case ReturnEvent:
		err = w.leave(p, ev)
	case LoadEvent:
		w.instant(p, ev, "event-load", w.moduleNamed(p, ev.Module))
	case UnloadEvent:
		w.instant(p, ev, "event-unload", w.moduleNamed(p, ev.Module))
	case ThreadExitEvent:
		w.exitThread(p, ev)
	case SignalEvent:
		w.signal(p)
	}
	if err == nil {
		w.events++
		if w.see != nil {
			w.sees(ev)
		}
	}
	return err
}

func (w *World) process(pid int64) *process {
	if w.last != nil && w.last.pid == pid {
		return w.last
	}
	p := w.procs[pid]
	if p == nil {
		p = &process{pid: pid, byAddr: map[uint64]index{}, modules: map[string]index{}, threads: map[int64]*thread{}}
		p.self = w.newObject(p, ProcessObject, NoClass, NoType, unlisted)
		w.totalBorn--
		w.begin(p.self, born)
		w.forgetStart(p, p.self)
		if w.startsLate {
			w.lateStart(p)
			if w.why != nil {
				w.why.lateLine[p.pid] = w.why.everywhere
			}
		}
		w.procs[pid] = p
	}
	w.last = p
	return p
}

// forgetStart gives up what is known of counts that unobserved functions change.
func (w *World) forgetStart(p *process, i index) {
	o, c := w.at(i), w.counts[i]
	for slot := range c {
		if w.blindCount[o.kind][o.typ][slot] || p.late {
			c[slot].hi = unbounded
		}
	}
}

func (w *World) thread(p *process, tid int64) *thread {
	if p.last != nil && p.last.tid == tid {
		return p.last
	}
	t := p.threads[tid]
	if t == nil {
		t = &thread{proc: p, tid: tid, based: p.gap}
		t.self = w.newObject(p, ThreadObject, NoClass, NoType, unlisted)
		w.totalBorn--
		if !p.late {
			w.begin(t.self, born)
		}
		w.forgetStart(p, t.self)
		if len(p.threads) > 0 {
			p.several = true
		}
		p.threads[tid] = t
	}
	p.last = t
	return t
}

func (w *World) moduleNamed(p *process, name string) index {
	if name == "" {
		return 0
	}
	i, ok := p.modules[name]
	if !ok {
		name = strings.Clone(name) // the event's texts do not stay
		i = w.newObject(p, ModuleObject, NoClass, NoType, unlisted)
		if !p.late && w.observedName("module") {
			w.begin(i, born)
		}
		w.forgetStart(p, i)
		p.modules[name] = i
		w.texts[i] = name
		w.adopt(i, p.self)
	}
	return i
}

// enter begins a call.
func (w *World) enter(p *process, ev *Event) error {
	if p.open.find(ev.ID) != nil {
		return &Malformed{fmt.Sprintf("call id %d is already open in this process: an id may be used again only after its return", ev.ID)}
	}
	t := w.thread(p, ev.TID)
	if len(t.frames) >= MaxDepth {
		return &Malformed{fmt.Sprintf("more than %d calls are open on thread %d", MaxDepth, ev.TID)}
	}
	if p.open.count() >= MaxOpen {
		return &Malformed{fmt.Sprintf("more than %d calls are open in this process", MaxOpen)}
	}
	p.open.add(ev.ID, t)
	if n := len(t.frames); n < cap(t.frames) {
		t.frames = t.frames[:n+1]
	} else {
		t.frames = append(t.frames, frame{})
	}
	fr := &t.frames[len(t.frames)-1]
	*fr = frame{id: ev.ID, call: ev.Call, line: ev.Line, seq: ev.Seq, foreign: p.entries - t.entries}
	p.entries++
	t.entries++

	m := &w.cur
	m.ev, m.p, m.t, m.fr, m.entering, m.ok, m.nbirths = ev, p, t, fr, true, false, 0
	m.maker, m.answerer = w.sides(t, ev)
	fr.maker = m.maker
	w.resolve(p, ev, fr)
	m.on, m.op, m.module = fr.on, fr.op, fr.module
	if d := len(t.frames) - 2; d >= 0 {
		if up := &t.frames[d]; up.first == 0 {
			up.first = fr.op
		}
	}
	w.keepArguments(fr, ev)
	w.context(t, fr)
	w.entryArgument(p, fr, ev)
	w.happen()
	w.requestEffects(fr, ev)
	if fr.null {
		w.vanish(p, fr)
	}
	return nil
}

// leave ends a call.
func (w *World) leave(p *process, ev *Event) error {
	t := p.open.find(ev.ID)
	if t == nil {
		if p.gap {
			return nil
		}
		return &Malformed{fmt.Sprintf("return of call id %d, which is not open", ev.ID)}
	}
	p.open.remove(ev.ID)
	at := len(t.frames) - 1
	for t.frames[at].id != ev.ID {
		at--
	}
	w.abandon(p, t, at+1)
	fr := &t.frames[at]
	m := &w.cur
	m.ev, m.p, m.t, m.fr, m.op, m.entering, m.nbirths = ev, p, t, fr, fr.op, false, 0
	m.on, m.module, m.maker = w.still(fr.on, fr.onSerial), fr.module, fr.maker
	m.answerer = w.answererOf(fr.call, m.on)
	m.ok = !(ev.HasHR && ev.HR.Failed())
	w.handOut(p, fr, ev)
	w.happen()
	w.grantEffects(fr, ev)
	if fr.deferred {
		w.settle(t, fr)
	}
	t.frames = t.frames[:at]
	return nil
}

// still is the object if it has not been forgotten since.
func (w *World) still(i index, serial uint32) index {
	if i != 0 && w.at(i).serial == serial {
		return i
	}
	return 0
}

// abandon drops the calls from one on: they never returned.
func (w *World) abandon(p *process, t *thread, from int) {
	for at := len(t.frames) - 1; at >= from; at-- {
		fr := &t.frames[at]
		p.abandoned = true
		p.open.remove(fr.id)
		o := w.still(fr.on, fr.onSerial)
		if o != 0 && isGrant(fr.op) {
			w.at(o).running = max(0, w.at(o).running-1)
			w.change(o)
		}
		if fr.last == Yes { // what was dying in it may have died, or not
			for ; o != 0 && w.at(o).flags&dying != 0; o = w.at(o).parent {
				w.remember(p, o)
			}
		}
		if fr.deferred {
			w.settleAbandoned(p, t, at)
		}
	}
	t.frames = t.frames[:max(from, 0)]
}

// settleAbandoned settles what waited for a call that never returned: what is asked then is asked of that call, not of the event that
// shows it to be abandoned.
func (w *World) settleAbandoned(p *process, t *thread, at int) {
	saved, fr := w.cur, &t.frames[at]
	t.frames = t.frames[:at+1]
	w.cur = moment{ev: saved.ev, p: p, t: t, fr: fr, op: fr.op, on: w.still(fr.on, fr.onSerial), module: fr.module, maker: fr.maker}
	w.cur.answerer = w.answererOf(fr.call, w.cur.on)
	w.settle(t, fr)
	w.cur = saved
	w.moment++
}

// sides tells who makes a call and who answers it. Nesting decides, then the interface; what the recorder believed is asked last.
func (w *World) sides(t *thread, ev *Event) (maker, answerer Side) {
	answerer = w.answererOf(ev.Call, 0)
	if n := len(t.frames) - 1; n > 0 {
		up := &t.frames[n-1]
		maker = w.answererOf(up.call, w.still(up.on, up.onSerial))
		if (ev.Call.class() == SupportClass || ev.Call.iface == mallocInterface) && ev.By.holder() == Provider && w.hidden&Provider != 0 { // its method may lie between the two, unobserved
			return ev.By, answerer
		}
		if maker != NoSide {
			if maker == MAPI && ev.By == Spooler {
				maker = Spooler
			}
			return maker, answerer
		}
		return up.maker, answerer
	}
	if ev.Call.iface == unlisted {
		if ev.By == NoSide {
			return Client, answerer
		}
		return ev.By, answerer
	}
	maker = interfaces[ev.Call.iface].Calls
	switch ev.Call.class() {
	case SessionClass: // MAPI and providers too hold references on it, and release them where no other call is around
		if ops.ops[ev.Call.op].isUnknown() && ev.By != NoSide && ev.By != System {
			maker = ev.By
		}
	case SupportClass:
		if ops.ops[ev.Call.op].isUnknown() && (ev.By == MAPI || ev.By == Spooler) {
			maker = ev.By
		}
	case StoreClass, SubClass, SinkClass:
		if fixed := interfaces[ev.Call.iface].Answers; fixed == MAPI && ev.Call.class() == SubClass {
			break // IAddrBook and the like are clients' only
		}
		if ev.By != NoSide {
			maker = ev.By
		}
	default:
		if (maker == MAPI || maker == Spooler) && (ev.By == MAPI || ev.By == Spooler) {
			maker = ev.By
		}
	}
	return maker, answerer
}

func (w *World) answererOf(c *Call, on index) Side {
	if c.iface != unlisted && interfaces[c.iface].Answers != NoSide {
		return interfaces[c.iface].Answers
	}
	if on != 0 {
		if own := w.at(on).iface; own != unlisted && interfaces[own].Answers != NoSide { // called by a base of the object's own interface
			return interfaces[own].Answers
		}
		switch up := w.at(on).parent; {
		case up == 0:
		case w.at(up).kind == SessionObject || w.at(up).kind == SupportObject:
			return MAPI
		default:
			return Provider
		}
	}
	return NoSide
}

// resolve finds the object that a method is called on.
func (w *World) resolve(p *process, ev *Event, fr *frame) {
	c := ev.Call
	fr.op = c.op
	if !c.IsMethod() {
		fr.module = w.moduleOf(p, ev)
		return
	}
	if ev.On.Null() || !ev.On.Set {
		if ev.On.Null() {
			fr.null = true
			fr.on = w.newObject(p, c.class().Kind(), c.class(), c.class().Type(), c.iface)
			w.totalBorn--
			o := w.at(fr.on)
			o.flags |= transient
			w.begin(fr.on, bornOfFailure)
			fr.onSerial = o.serial
		}
		return
	}
	i := p.byAddr[ev.On.Key]
	if i != 0 {
		i = w.recognise(p, i, c, ev)
	}
	if i == 0 {
		i = w.firstSight(p, ev)
	}
	o := w.at(i)
	fr.on, fr.onSerial = i, o.serial
	fr.op = ops.table[o.class][c.method]
	if o.iface == unlisted && c.iface != unlisted && !interfaces[c.iface].Shared && o.kind == Subobject {
		p.blind -= w.blind(o)
		o.iface = c.iface
		p.blind += w.blind(o)
	}
	if o.module != 0 {
		fr.module = o.module
	}
}

// recognise tells whether the object known at an address is the one that a call speaks of: 0 if it is another.
func (w *World) recognise(p *process, i index, c *Call, ev *Event) index {
	o := w.at(i)
	fits := c.iface == unlisted || interfaces[c.iface].Shared || c.class() == o.class
	if o.kind == Subobject && c.class() == SubClass {
		fits = o.iface == c.iface || !ownInterface(o.iface) || !ownInterface(c.iface)
	}
	if !fits {
		if o.kind == Subobject && o.iface == unlisted { // of unknown kind until an interface's own method is called on it
			w.become(p, i, c)
			return i
		}
		w.lose(p, i)
		return 0
	}
	switch {
	case o.flags&dead != 0 && w.mayBeReborn(p, o, c):
		return 0
	case o.flags&(dead|dying|maybeDead) == maybeDead && w.total(o).lo == 0 && w.mayBeReborn(p, o, c):
		w.lose(p, i)
		return 0
	}
	return i
}

// become gives an object whose kind was unknown the kind that its interface tells.
func (w *World) become(p *process, i index, c *Call) {
	o := w.at(i)
	p.blind -= w.blind(o)
	o.class, o.kind, o.typ, o.iface = c.class(), c.class().Kind(), c.class().Type(), c.iface
	o.flags &^= ownObserved | ownPartial
	if w.observed(o.iface) {
		o.flags |= ownObserved
	}
	if w.partial(o.iface) {
		o.flags |= ownPartial
	}
	o.yes, o.no = 0, 0
	for s := range o.states {
		o.states[s] = 0
		if l := w.prog.lifeOf(o.kind, o.typ, s); l != nil {
			o.states[s] = l.all
		}
	}
	p.blind += w.blind(o)
}

// lose gives up an object whose address turned out to belong to another one.
func (w *World) lose(p *process, i index) {
	o := w.at(i)
	if o.flags&dead != 0 {
		return
	}
	w.tellLife(p, i, true)
	if w.total(o).lo >= 1 {
		w.change(i)
		o.flags |= unborn
		o.client, o.mapi, o.provider, o.soft = 0, 0, 0, 0
	}
	for s := range o.states {
		if l := w.prog.lifeOf(o.kind, o.typ, s); l != nil {
			o.states[s] = l.all
		}
	}
	w.remember(p, i)
}

// firstSight meets an object that is used without a birth on record.
func (w *World) firstSight(p *process, ev *Event) index {
	c, iface := ev.Call, ev.Call.iface
	if iface != unlisted && interfaces[iface].Class == NoClass { // it has another one of its own
		iface = unlisted
	}
	i := w.place(p, ev.On, c.class(), c.class().Type(), iface)
	o := w.at(i)
	o.flags |= unborn
	w.adopt(i, p.self)
	explained := o.kind == SinkObject || c.iface == unlisted || // which parameter hands it out is not known
		p.forgot || c.iface != unlisted && p.gifts>>c.iface&1 != 0
	if !explained {
		w.lateStart(p)
	}
	return i
}

// place makes an object at an address.
func (w *World) place(p *process, a Address, c Class, t ProviderType, iface uint8) index {
	i := w.newObject(p, c.Kind(), c, t, iface)
	o := w.at(i)
	o.address = a.Key
	o.born = pastOf(w.cur.ev.Line, w.cur.op, NoSide, true)
	if a.Text != "" {
		w.texts[i] = string(append([]byte(nil), a.Text...))
	}
	p.byAddr[a.Key] = i
	p.blind += w.blind(o)
	if o.flags&ownObserved == 0 {
		p.sawBlind = p.sawBlind || o.kind == SessionObject || o.kind == StoreObject || o.kind == Subobject
		w.remember(p, i)
	}
	w.tellLife(p, i, false)
	return i
}

// vanish ends the stand-in for a null pointer.
func (w *World) vanish(p *process, fr *frame) {
	w.forget(p, fr.on)
	fr.on, fr.onSerial = 0, 0
}

// context finds the session in whose call this one is made.
func (w *World) context(t *thread, fr *frame) {
	if fr.on != 0 {
		if s := w.sessionOf(fr.on); s != 0 {
			fr.session, fr.sessionSerial = s, w.at(s).serial
			return
		}
	}
	if n := len(t.frames) - 1; n > 0 {
		up := &t.frames[n-1]
		fr.session, fr.sessionSerial = up.session, up.sessionSerial
		if fr.module == 0 && fr.on == 0 {
			fr.module = up.module
		}
	}
}

// moduleOf tells the DLL that an entry point belongs to.
func (w *World) moduleOf(p *process, ev *Event) index {
	if ev.Call.op == 0 || interfaces[ev.Call.iface].Name != "entry" {
		return 0
	}
	if ev.Module != "" {
		return w.moduleNamed(p, ev.Module)
	}
	if !w.observedName("module") || p.late {
		return 0
	}
	only := index(0)
	for _, i := range p.modules {
		if w.counts[i][0].hi == 0 {
			continue
		}
		if only != 0 {
			return 0
		}
		only = i
	}
	return only
}

// keepArguments keeps what the return will need.
func (w *World) keepArguments(fr *frame, ev *Event) {
	for _, p := range w.prog.keep[fr.op] {
		for i := range ev.Args {
			if ev.Args[i].Param == p {
				v := &ev.Args[i].Value
				a := keptArg{p, v.Kind, v.hash()}
				if a.kind == TextValue {
					a.kind = Number
				}
				fr.args[fr.nargs] = a
				fr.nargs++
				break
			}
		}
	}
}

// happen lets everything react to the moment.
func (w *World) happen() {
	w.moment++
	m := &w.cur
	phase := Returning
	if m.entering {
		phase = Entering
	}
	by := callerOf(m.maker, w.outermost())
	list := &w.prog.reactions[phase][m.op][by]
	near := !list.loud && m.nbirths == 0 && !w.forgetful
	var key quietKey
	var q *quiet
	if near {
		key = w.quietKey(phase, by)
		q = w.lookUp(&key)
	}
	if m.entering && m.fr != nil {
		if q != nil && list.begin.near {
			m.fr.entry = q.entry
		} else {
			w.beginning(&list.begin)
		}
	}
	switch {
	case !near:
		w.react(list.all, nil)
	case q == nil:
		w.react(list.all, w.remembered(&key))
	case q.more:
		w.react(list.all, nil)
	default:
		for _, r := range q.rules {
			if r.blind {
				w.tallies[r.rule].blind++
			} else {
				w.keep(r.rule, r.starts)
			}
		}
		for _, r := range list.proving {
			if w.mayProve(r) {
				w.prove(r, w.goesOff(r))
			}
		}
		if len(list.far) > 0 {
			w.react(list.far, nil)
		}
	}
}

// beginning answers what returns will want to know of the beginning of the call.
func (w *World) beginning(b *beginning) {
	w.cur.this, w.cur.fr.entry = w.cur.on, b.known
	for _, e := range b.open {
		w.cur.fr.entry |= uint32(e.holds(w)+1) << (2 * e.slot)
	}
}

// react works out reactions: rules look at the world as it was before, then lifecycles and registers move. What near reactions come to is
// recorded.
func (w *World) react(list []*reaction, record *quiet) {
	m := &w.cur
	for n, r := range list {
		if m.sure[n] = w.goesOff(r); w.why != nil && m.sure[n] != No {
			w.cameTo(r.trigger)
		}
	}
	for n, r := range list {
		if sure := m.sure[n]; sure != No {
			w.record(r, record)
			w.ask(r, sure)
		}
	}
	for n, r := range list {
		if m.sure[n] != No && len(r.lives) > 0 {
			w.record(r, record)
			for i := range r.lives {
				w.move(&r.lives[i], m.sure[n])
			}
		}
	}
	w.recorded = nil
	for n, r := range list {
		if m.sure[n] != No && r.registers {
			w.register(r.trigger, m.sure[n])
		}
	}
	for _, i := range w.doubted {
		w.doubt(i)
	}
	w.doubted = w.doubted[:0]
	for _, i := range w.ending {
		if w.at(i).kind != NoKind {
			w.forget(m.p, i)
		}
	}
	w.ending = w.ending[:0]
}

// disturbed tells whether other threads have made calls since the call was entered.
func (w *World) disturbed() bool { return w.cur.p.entries-w.cur.t.entries != w.cur.fr.foreign }

// goesOff tells whether a reaction's trigger goes off.
func (w *World) goesOff(r *reaction) Tri {
	m := &w.cur
	m.this = m.on
	sure := Yes
	if !m.entering {
		failed := m.ev.HasHR && m.ev.HR.Failed()
		if r.outcome == Success && failed || r.outcome == Failure && !failed || len(r.codes) > 0 && !w.returnsOne(r.codes) {
			return No
		}
	}
	for _, holds := range r.conds {
		if sure = sure.And(holds(w)); sure == No {
			break
		}
	}
	return sure
}

// mayProve tells whether there is a suspicion that the reaction may confirm.
func (w *World) mayProve(r *reaction) bool {
	if len(w.suspect) > 0 {
		for _, d := range r.proofs {
			if w.suspicions[d.number] > 0 {
				return true
			}
		}
	}
	return false
}

// prove lets a later moment confirm suspicions.
func (w *World) prove(r *reaction, sure Tri) {
	for _, d := range r.proofs {
		w.proof(d, sure)
	}
}

func (w *World) record(r *reaction, in *quiet) {
	w.recorded = nil
	if r.near {
		w.recorded = in
	}
}

// ask has the rules judged that look at a moment.
func (w *World) ask(r *reaction, sure Tri) {
	for _, g := range r.guards {
		w.judge(g, sure)
	}
	for _, d := range r.dues {
		w.demand(d, sure)
	}
	if w.mayProve(r) {
		w.prove(r, sure)
	}
	for _, d := range r.pays {
		w.pay(d, sure)
	}
}

func (w *World) returnsOne(codes []HResult) bool {
	for _, c := range codes {
		if w.cur.ev.HasHR && w.cur.ev.HR == c {
			return true
		}
	}
	return false
}

// move steps the lifecycle of every object that the event concerns, or makes a new one.
func (w *World) move(e *lifeEvent, sure Tri) {
	m := &w.cur
	switch {
	case e.makes:
		w.makeNew(e.life, e.event, sure)
	case e.of == ProcessObject:
		if w.at(m.p.self).states[e.slot]&e.reacts != 0 {
			w.moveOne(e.life, e.event, sure, m.p.self)
		}
	case e.of == ThreadObject && m.op != opExit:
		if m.t != nil && w.at(m.t.self).states[e.slot]&e.reacts != 0 {
			w.moveOne(e.life, e.event, sure, m.t.self)
		}
	case e.onlyOn:
		if o := w.at(m.on); m.on != 0 && o.kind == e.of && (e.life.def.Type == NoType || o.typ == e.life.def.Type) {
			w.moveOne(e.life, e.event, sure, m.on)
		}
	default:
		list, vague := w.concerned(e.of, e.life.def.Type)
		if vague {
			sure = Unknown
		}
		for _, i := range list {
			w.moveOne(e.life, e.event, sure, i)
		}
	}
}

// isRegistration tells objects that nobody holds references on: they are over when their life is.
func isRegistration(k Kind) bool {
	return k == UIDObject || k == RowObject || k == AdviseObject || k == SubscriptionObject
}

// makeNew makes the object that the call registers with the object it was made on.
func (w *World) makeNew(l *life, event int, sure Tri) {
	m := &w.cur
	if m.on == 0 || w.at(m.on).flags&dead != 0 {
		return
	}
	if sure == Unknown || m.nbirths == len(m.births) {
		w.at(m.on).flags |= forgotten
		return
	}
	on := w.at(m.on)
	i := w.newObject(m.p, l.def.Of, on.class, on.typ, on.iface)
	o := w.at(i)
	o.flags, o.address = on.flags&(ownObserved|ownPartial), on.address
	if text, ok := w.texts[m.on]; ok {
		w.texts[i] = text
	}
	o.born, o.module = pastOf(m.ev.Line, m.op, NoSide, true), w.at(m.on).module
	w.begin(i, 0) // in its other lifecycles
	for slot := range o.states {
		if w.prog.lifeOf(o.kind, o.typ, slot) == l {
			o.states[slot] = 1 << l.makes[event]
			w.widen(o, slot, l)
			w.takenAtBirth(l, l.events[event].Name, o, o.states[slot])
		}
	}
	w.adopt(i, m.on)
	m.births[m.nbirths] = birth{obj: i}
	m.nbirths++
	w.moment++
}

func (w *World) moveOne(l *life, event int, sure Tri, i index) {
	o := w.at(i)
	slot := l.slot[o.typ]
	was := o.states[slot]
	if was&l.reacts[event] == 0 {
		return
	}
	if asks := l.ifs[event]; asks != nil {
		w.cur.this = i
		if sure = sure.And(asks(w)); sure == No {
			return
		}
	}
	next, broken := l.next[event], l.broken[event]
	var to, after StateSet
	worst := int16(-1)
	for s, rest := 0, was; rest != 0; s, rest = s+1, rest>>1 {
		if rest&1 == 0 {
			continue
		}
		switch {
		case next[s] != Illegal:
			to |= 1 << next[s]
		case broken[s] >= 0 && w.mayAccuse(&l.rows[broken[s]]):
			after |= 1 << w.target(l, &l.rows[broken[s]], s)
			if worst < 0 || l.rows[broken[s]].under(&l.rows[worst]) {
				worst = broken[s]
			}
		case broken[s] >= 0: // by somebody who does not owe it: it happened all the same
			to |= 1 << w.target(l, &l.rows[broken[s]], s)
		default:
			to |= 1 << s
		}
	}
	switch {
	case sure == Unknown:
		o.states[slot] = was | to | after
		if worst >= 0 {
			w.blindRow(&l.rows[worst], i, uint8(slot), was)
		}
	case to != 0:
		o.states[slot] = to
		if after == 0 {
			w.keptRow(l, event, was)
		} else {
			w.blindRow(&l.rows[worst], i, uint8(slot), was)
		}
	default:
		o.states[slot] = after
		w.breakRow(&l.rows[worst], i, o, uint8(slot), was)
	}
	w.widen(o, int(slot), l)
	if sure == Yes {
		w.taken(l, l.events[event].Name, o, was, o.states[slot], to == 0)
	}
	if o.states[slot] != was {
		if w.recorded != nil {
			w.recorded.more = true
		}
		if i != w.cur.on {
			w.note(o, false)
		}
	}
	if isRegistration(o.kind) && l.gone >= 0 && o.states[slot] == 1<<l.gone {
		w.ending = append(w.ending, i)
	}
}

// under tells whether whatever breaks the other row's rules breaks this row's too: it is the one that is certainly broken where it is
// not known which of the two was.
func (r *row) under(other *row) bool {
	return len(r.rules) < len(other.rules) && slices.Contains(other.rules, r.rules[0])
}

// target is where an object is taken to be after it broke a rule.
func (w *World) target(l *life, r *row, from int) int {
	if r.def.To == "" {
		return from
	}
	for i, s := range l.def.States {
		if s.Name == r.def.To {
			return i
		}
	}
	return from
}

// register changes counters, marks and remembered values.
func (w *World) register(t *trigger, sure Tri) {
	for _, c := range t.counters {
		w.each(c.kind, c.typ, func(j index, _ *object) {
			i := &w.counts[j][c.slot]
			lo, hi := c.lo, c.hi
			if sure == Unknown {
				lo, hi = min(0, lo), max(0, hi)
			}
			i.add(lo, hi)
		})
	}
	for _, k := range t.marks {
		w.each(k.kind, k.typ, func(i index, o *object) {
			switch {
			case (sure == Unknown || w.neverYes[o.kind][o.typ]&k.bit != 0) && k.set:
				o.no &^= k.bit
			case sure == Unknown:
				o.yes &^= k.bit
			case k.set:
				o.yes, o.no = o.yes|k.bit, o.no&^k.bit
				if i != w.cur.on {
					w.note(o, false)
				}
			default:
				o.yes, o.no = o.yes&^k.bit, o.no|k.bit
			}
			o.yes, o.no = o.yes&^w.neverYes[o.kind][o.typ], o.no&^w.neverNo[o.kind][o.typ]
		})
	}
	for _, v := range t.memories {
		x := v.from(w)
		w.each(v.kind, v.typ, func(_ index, o *object) {
			o.known &^= 1 << v.slot
			if sure == Yes && x.exact() && !w.stale[o.kind][o.typ][v.slot] {
				o.known |= 1 << v.slot
				o.values[v.slot] = x.lo
			}
		})
	}
}

func (w *World) each(k Kind, t ProviderType, f func(index, *object)) {
	list, _ := w.concerned(k, t)
	for _, i := range list {
		f(i, w.at(i))
	}
}
