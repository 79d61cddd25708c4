package model

import (
	"math"
	"slices"
)

// This file is about the limits of a recording: what it observes, where it starts late, is interrupted, or ends.

// observe takes up what the header says.
func (w *World) observe(seen Observation) {
	w.names = map[string]bool{}
	for _, name := range seen.Observes {
		w.names[name] = true
		if i, ok := interfaceOf(name); ok {
			w.seen |= 1 << i
		}
	}
	for _, name := range seen.Partial {
		if i, ok := interfaceOf(name); ok {
			w.partly |= 1 << i
		}
	}
	process, _ := interfaceOf("process")
	w.seen |= 1 << process
	for i, x := range interfaces {
		if w.seen>>i&1 == 0 && x.Class != SubClass {
			w.hidden |= x.Answers
		}
	}
	w.silent = make([]silentMoves, len(w.prog.lives)*int(classes)*int(providerTypes)*4)
	for _, t := range w.prog.triggers {
		for typ := NoType; typ < providerTypes; typ++ {
			if w.mayBeMissing(t.ops, typ) {
				w.distrust(t, typ)
			}
		}
	}
}

// distrust gives up what a trigger would tell of the objects of a type, because calls that set it off may be missing.
func (w *World) distrust(t *trigger, typ ProviderType) {
	for _, k := range t.marks {
		if k.set {
			w.neverNo[k.kind][typ] |= k.bit
		} else if !slices.ContainsFunc(t.ops, func(op OpID) bool { return ops.ops[op].Class == SubClass }) { // subobjects tell by themselves
			w.neverYes[k.kind][typ] |= k.bit
		}
	}
	for _, c := range t.counters {
		w.blindCount[c.kind][typ][c.slot] = true
	}
	for _, v := range t.memories {
		if isRegistration(v.kind) { // set once, when it is made
			continue
		}
		w.stale[v.kind][typ][v.slot] = true
	}
}

func (w *World) observed(iface uint8) bool { return iface != unlisted && w.seen>>iface&1 != 0 }
func (w *World) partial(iface uint8) bool  { return iface != unlisted && w.partly>>iface&1 != 0 }

func (w *World) observedName(name string) bool { return w.names[name] }

// mayBeMissing tells whether calls of the operations that concern objects of a type may be absent from the recording.
func (w *World) mayBeMissing(list []OpID, typ ProviderType) bool {
	for _, op := range list {
		o := ops.ops[op]
		if t := o.Class.Type(); t != NoType && typ != NoType && t != typ {
			continue
		}
		if through, ok := ownMethods[o.Method]; ok && o.Class == SubClass {
			if !w.allObserved(through) {
				return true
			}
		} else if !w.observed(o.observedThrough()) {
			return true
		}
	}
	return false
}

// silentKey is what the moves that a recording may miss depend on.
type silentKey struct {
	life  int
	kind  Kind
	class Class
	typ   ProviderType
	own   flags // what the recording observes of the object's own interface
}

// silentMoves are the states that each state can turn into unseen; none where every state stays itself.
type silentMoves struct {
	known bool
	to    []StateSet
}

// unseenMoves is the states that each state of an object can turn into unseen; nil if every state stays itself.
func (w *World) unseenMoves(l *life, o *object) []StateSet {
	own := o.flags & (ownObserved | ownPartial)
	m := &w.silent[((l.number*int(classes)+int(o.class))*int(providerTypes)+int(o.typ))*4+int(own/ownObserved)]
	if !m.known {
		*m = silentMoves{true, w.closure(l, silentKey{l.number, o.kind, o.class, o.typ, own})}
	}
	return m.to
}

func (w *World) closure(l *life, key silentKey) []StateSet {
	sets := make([]StateSet, len(l.def.States))
	for s := range sets {
		sets[s] = 1 << s
	}
	moved := false
	for again := true; again; {
		again = false
		for e := range l.events {
			if isBirth(l.events[e]) || l.makes[e] >= 0 || !w.unseen(&l.events[e], l.ops[e], key) {
				continue
			}
			for s := range sets {
				before := sets[s]
				for from, rest := 0, before; rest != 0; from, rest = from+1, rest>>1 {
					if rest&1 != 0 && l.next[e][from] != Illegal {
						sets[s] |= 1 << l.next[e][from]
					}
				}
				if sets[s] != before {
					again, moved = true, true
				}
			}
		}
	}
	if !moved {
		return nil
	}
	return sets
}

// unseen tells whether the event, of one of these operations, may have come without the recording showing it.
func (w *World) unseen(t *Trigger, list []OpID, key silentKey) bool {
	for _, op := range list {
		o := ops.ops[op]
		switch {
		case o.Class == Functions || key.class == NoClass:
			if w.mayBeMissing([]OpID{op}, key.typ) {
				return true
			}
		case o.Class == key.class: // a call on the object itself, or on what it is registered with
			switch {
			case !o.isUnknown() && o.Class != SubClass:
				if !w.observed(o.observedThrough()) {
					return true
				}
			case key.own&ownObserved == 0, o.isUnknown() && key.own&ownPartial != 0 && !t.Cond.excludesMAPI():
				return true
			}
		case o.Class.Kind() == key.class.Kind() || key.kind == AdviseObject:
			// a call on an object of another interface
		case w.mayBeMissing([]OpID{op}, key.typ):
			return true
		}
	}
	return false
}

// excludesMAPI tells a condition that no call of MAPI's own can meet.
func (c Cond) excludesMAPI() bool {
	switch c.Is {
	case madeBy:
		return c.Sides&(MAPI|Spooler) == 0
	case allOf:
		for _, p := range c.Parts {
			if p.excludesMAPI() {
				return true
			}
		}
	}
	return false
}

// leaksCount tells whether what is left at the end of the process is a leak: whether a fast shutdown can be excluded.
func (w *World) leaksCount() Tri {
	o := w.at(w.cur.p.self)
	seen := w.observedName("IMAPIClientShutdown")
	if !seen && w.observedName("IMAPISession") && o.flags&askedElse == 0 {
		return Yes
	}
	saved := w.cur.this
	exiting := w.prog.exiting(w)
	w.cur.this = saved
	if !seen && exiting == No {
		return Unknown
	}
	return exiting.Not()
}

// mayBeReborn tells whether a call on a dead object's address may be a call on a new object that the recording did not see born.
func (w *World) mayBeReborn(p *process, o *object, c *Call) bool {
	if c.iface != unlisted && !interfaces[c.iface].Base && o.kind != Subobject || o.kind == Subobject && c.iface != unlisted && !interfaces[c.iface].Base {
		if from := interfaces[c.iface].From; from != "" && w.allObserved(from) {
			return false
		}
		if o.kind == SupportObject {
			return !w.supportsObserved(p)
		}
		if o.kind == SinkObject { // registered with something that is not observed
			return true
		}
		if o.kind == LogonObject { // of a provider object that is not observed
			return true
		}
	}
	// The address may belong to anything now. Something unseen can hand out objects only if it is there.
	return !(w.observedName("MAPI") && w.observedName("entry") && p.blind == 0) &&
		!(w.observedName("MAPI") && p.blind == 0 && w.cur.maker == Client)
}

func (w *World) allObserved(names string) bool {
	for _, n := range splitPatterns(names) {
		if !w.observedName(n) {
			return false
		}
	}
	return true
}

// supportsObserved tells whether every logon that can have been given a support object is observed.
func (w *World) supportsObserved(p *process) bool {
	if !w.observedName("entry") || p.late {
		return false
	}
	for t, name := range map[ProviderType]string{ABType: "IABProvider", MSType: "IMSProvider", XPType: "IXPProvider"} {
		if p.types>>t&1 != 0 && !w.observedName(name) {
			return false
		}
	}
	return true
}

// lateStart takes back everything that rested on knowing the start of the process: it began before the recording.
func (w *World) lateStart(p *process) {
	if p.late {
		return
	}
	p.late = true
	if w.why != nil && w.cur.ev != nil {
		w.why.lateLine[p.pid] = w.cur.ev.Line
	}
	w.unsettleStart(p, p.self)
	for _, t := range p.threads {
		w.unsettleStart(p, t.self)
		for n := range t.frames {
			t.frames[n].entry = allUnknown // what the calls that are open rested on
		}
	}
	for _, i := range p.modules {
		w.unsettleStart(p, i)
	}
	for rule, n := range p.held {
		w.tallies[rule].blind += n
	}
	p.held = nil
	w.findings = slices.DeleteFunc(w.findings, func(f Finding) bool {
		if !f.starts || f.PID != p.pid {
			return false
		}
		for _, r := range f.raised {
			w.tallies[r.rule].violated -= r.n
			w.tallies[r.rule].blind += r.n
		}
		return true
	})
	clear(w.keys)
	for n := range w.findings {
		w.keys[w.findings[n].key] = n
	}
	w.waiting = slices.DeleteFunc(w.waiting, func(a waiting) bool { return a.finding.starts && a.pid == p.pid })
}

// allUnknown answers every condition on the beginning of a call with Unknown.
const allUnknown = 0x55555555

func (w *World) unsettleStart(p *process, i index) {
	o := w.at(i)
	for s := range o.states {
		if l := w.prog.lifeOf(o.kind, o.typ, s); l != nil {
			o.states[s] = l.all
		}
	}
	o.no = 0
	w.forgetStart(p, i)
}

// instant is an event that is no call.
func (w *World) instant(p *process, ev *Event, op string, module index) {
	m := &w.cur
	*m = moment{ev: ev, p: p, t: p.threads[ev.TID], op: ops.byName[op], entering: true, ok: true, module: module, maker: MAPI, answerer: System}
	if m.t != nil && module != 0 { // a wrapper loads what it wraps by itself
		if n := len(m.t.frames); n > 0 {
			up := &m.t.frames[n-1]
			if w.answererOf(up.call, w.still(up.on, up.onSerial)) == Provider {
				m.maker = Provider
			}
		}
	}
	w.happen()
}

func (w *World) exitThread(p *process, ev *Event) {
	t := p.threads[ev.TID]
	if t == nil {
		return
	}
	w.abandon(p, t, 0)
	w.instant(p, ev, "event-thread-exit", 0)
	w.dropThread(p, t)
}

func (w *World) dropThread(p *process, t *thread) {
	delete(p.threads, t.tid)
	p.last = nil
	w.free(t.self)
}

// signal is the death of the process by a signal: nothing is owed any more.
func (w *World) signal(p *process) { p.signalled = true }

// everywhere takes a gap or an end, which may speak of one process or of all.
func (w *World) everywhere(ev *Event) error {
	w.events++
	if ev.AllPID && (ev.Kind == EndEvent || len(w.procs) > 0) {
		if ev.Kind == EndEvent && len(w.procs) == 0 {
			w.process(ev.PID)
		}
		for _, pid := range w.pids() {
			w.interrupt(w.procs[pid], ev)
		}
	} else {
		w.interrupt(w.process(ev.PID), ev)
	}
	if ev.Kind == GapEvent && ev.AllPID {
		if w.why != nil {
			w.why.everywhere = ev.Line
		}
		w.startsLate = true // a process that is first seen after it may have begun in it
	}
	return nil
}

func (w *World) pids() []int64 {
	var list []int64
	for pid := range w.procs {
		list = append(list, pid)
	}
	slices.Sort(list)
	return list
}

func (w *World) interrupt(p *process, ev *Event) {
	switch {
	case p.ended:
	case ev.Kind == GapEvent:
		w.gap(p)
		if w.why != nil {
			w.why.gapLine[p.pid] = ev.Line
		}
	case ev.Reason == "exit" && !p.signalled:
		for _, tid := range p.tids() {
			w.abandon(p, p.threads[tid], 0)
		}
		w.instant(p, ev, "event-exit", 0)
		w.finish(p)
	default:
		w.cut(p)
		w.finish(p)
	}
}

func (p *process) tids() []int64 {
	var list []int64
	for tid := range p.threads {
		list = append(list, tid)
	}
	slices.Sort(list)
	return list
}

// gap forgets the process: calls are missing here, so open calls, nesting and known addresses mean nothing any more, and whatever was
// owed may have been paid.
func (w *World) gap(p *process) {
	w.waiting = slices.DeleteFunc(w.waiting, func(a waiting) bool { return a.pid == p.pid })
	w.commit(p)
	for _, t := range p.threads {
		w.dropThread(p, t)
	}
	w.dropObjects(p)
	*p = process{pid: p.pid, self: p.self, byAddr: map[uint64]index{}, modules: map[string]index{}, threads: map[int64]*thread{},
		late: true, gap: true, several: true}
	o := w.at(p.self)
	*o = object{serial: o.serial, kind: ProcessObject, flags: o.flags}
	w.counts[p.self] = &counts{}
	w.unsettleStart(p, p.self)
	for i := range w.findings { // what was found before stands, however the recording began
		if w.findings[i].PID == p.pid {
			w.findings[i].starts = false
		}
	}
}

// commit adds up what was held while the recording has the start of the process.
func (w *World) commit(p *process) {
	for rule, n := range p.held {
		w.tallies[rule].held += n
	}
	p.held = nil
}

// dropObjects frees every object of the process but the process itself.
func (w *World) dropObjects(p *process) {
	var all []index
	w.below(p.self, func(i index) { all = append(all, i) })
	for _, i := range p.ring {
		if w.at(i).flags&dead != 0 {
			all = append(all, i)
		}
	}
	for _, i := range all {
		w.free(i)
	}
	w.at(p.self).first = 0
}

// cut is the end of the recording before the end of the process: what is still owed is open.
func (w *World) cut(p *process) {
	m := &w.cur
	for _, tid := range p.tids() {
		w.abandon(p, p.threads[tid], 0)
	}
	*m = moment{ev: &Event{Kind: EndEvent, PID: p.pid, Line: math.MaxInt64}, p: p}
	open := func(i index) {
		o := w.at(i)
		for _, d := range w.prog.dutiesOf[o.kind] {
			if d.def.Type != NoType && d.def.Type != o.typ || w.tallies[d.rule].open > 0 {
				continue
			}
			m.this, m.on = i, 0
			w.moment++
			if d.when(w) == Yes && d.owed(w) == Yes {
				w.tallies[d.rule].open++
				if w.why != nil {
					w.why.notes[d.rule].owed = w.describe(i) + " owes it"
				}
			}
		}
	}
	open(p.self)
	for _, tid := range p.tids() {
		m.t = p.threads[tid]
		open(m.t.self)
	}
	m.t = nil
	w.below(p.self, open)
}

// finish ends a process.
func (w *World) finish(p *process) {
	w.commit(p)
	for _, t := range p.threads {
		w.dropThread(p, t)
	}
	w.dropObjects(p)
	w.free(p.self)
	*p = process{pid: p.pid, ended: true}
}

// Finish is the end of the trace. Processes that have not ended were cut off.
func (w *World) Finish() {
	for _, pid := range w.pids() {
		if p := w.procs[pid]; !p.ended {
			w.cut(p)
			w.finish(p)
		}
	}
	slices.SortStableFunc(w.findings, func(a, b Finding) int {
		switch {
		case a.Line != b.Line:
			return int(max(-1, min(1, a.Line-b.Line)))
		case a.leaves != b.leaves: // a call that has returned at once, on one line
			return map[bool]int{false: -1, true: 1}[a.leaves]
		}
		return 0
	})
}

// Findings are the faults found, in the order of their lines once the trace has ended.
func (w *World) Findings() []Finding { return w.findings }

// Events is how many lines have been stepped.
func (w *World) Events() int64 { return w.events }

// Objects is how many objects have been seen: handed out, or used without a birth on record.
func (w *World) Objects() int64 { return w.totalBorn }

// An Outcome of a rule over a whole trace.
type Verdict uint8

// The verdicts. Silence is never a pass.
const (
	NotExercised  Verdict = iota // its situation never came up
	NotObservable                // the recording does not cover what it needs
	Open                         // owed, and the recording stops before it is due
	Held                         // judged at least once, and kept each time
	Violated
)

var verdictNames = [...]string{"not exercised", "not observable", "open", "held", "violated"}

func (v Verdict) String() string { return verdictNames[v] }

// ParseVerdict reads a verdict as String writes it.
func ParseVerdict(text string) (Verdict, bool) {
	n := slices.Index(verdictNames[:], text)
	return Verdict(max(n, 0)), n >= 0
}

// Verdict is what the trace shows of a rule, and how often it was judged: held for Held, violated for Violated.
func (w *World) Verdict(id string) (Verdict, int64) {
	n, ok := w.prog.ruleNumber[id]
	if !ok {
		return NotExercised, 0
	}
	switch t := w.tallies[n]; {
	case t.violated > 0:
		return Violated, t.violated
	case t.held > 0:
		return Held, t.held
	case t.open > 0:
		return Open, 0
	case t.blind > 0 || !w.covers(w.prog.rules[n].Needs):
		return NotObservable, 0
	}
	return NotExercised, 0
}

// covers tells whether the recording observes what a rule needs: for each part separated by a comma, one of the interfaces separated by
// bars.
func (w *World) covers(needs string) bool {
	for _, alternatives := range splitList(needs, ",") {
		any := false
		for _, name := range splitList(alternatives, "|") {
			any = any || w.observedName(name)
		}
		if !any {
			return false
		}
	}
	return true
}
