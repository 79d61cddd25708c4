package model

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// A Finding is one fault: a rule that was broken, where, on which object, and by whom.
type Finding struct {
	Rule     *Rule
	Severity Severity
	Party    Side
	PID      int64
	Line     int64
	Seq      int64
	Call     string // the call at which it was found, or what the process did, as messages say it
	Object   string // "store 0x55d0", or nothing
	Kind     string // what Object is, without its address or number: "store"
	Birth    string // the operation that handed Object out first, or nothing
	Serial   uint32 // numbers Object among those of the recording; 0 for none
	Message  string // what happened
	History  []Past // what the object has seen, oldest first
	Legal    string // what was allowed instead
	Implied  []string
	Again    []int64 // further lines with the same fault on the same object; the first of them
	More     int64   // how many there are

	key    findingKey
	leaves bool     // found when a call returned
	starts bool     // rests on knowing the start of the process
	raised []raised // tallies
}

// raised is how often a finding has raised the tally of one rule.
type raised struct {
	rule int
	n    int64
}

// raise notes that the finding has raised a tally.
func (f *Finding) raise(rule int, n int64) {
	for i := range f.raised {
		if f.raised[i].rule == rule {
			f.raised[i].n += n
			return
		}
	}
	f.raised = append(f.raised, raised{rule, n})
}

// Past is a line of an object's history.
type Past struct {
	Line int64
	Text string
}

const keptAgain = 8

// findingKey makes one fault one finding.
type findingKey struct {
	pid    int64
	object uint32
	rule   int
	cause  string
}

// A tally counts what a rule came to.
type tally struct {
	held     int64
	violated int64
	blind    int64 // judged without the recording showing enough
	open     int64
}

// MaxFindings bounds how many findings a world keeps; faults beyond it only count in their rules' verdicts.
const MaxFindings = 100_000

// waiting is an accusation that an overlapping call on another thread may still refute.
type waiting struct {
	frame   int64 // id of the accused call
	pid     int64
	tid     int64
	foreign uint32
	finding Finding
	object  index
	serial  uint32
	guard   *guard
	duty    *duty
	after   StateSet // of an early row: where its object is taken to be since
	slot    uint8
	implies []int
	rule    int
}

// mayAccuse tells whether the rule is owed by whoever acts in this moment.
func (w *World) mayAccuse(r *row) bool { return w.owes(w.prog.rules[r.rules[0]].Owes) }

func (w *World) owes(by Side) bool {
	m := &w.cur
	who := m.maker
	if !m.entering {
		who = m.answerer
	}
	return sameRole(by, who)
}

// sameRole takes MAPI and its spooler for one (CG-52), and a message service for its provider.
func sameRole(owes, who Side) bool {
	if who == NoSide {
		return false
	}
	return owes&who != 0 || who.holder() == MAPI && owes&(MAPI|Spooler) != 0 || who.holder() == Provider && owes&(Provider|Service) != 0
}

// judge evaluates a guard for every object that it is about.
func (w *World) judge(g *guard, sure Tri) {
	m := &w.cur
	list, _ := w.concerned(g.of, g.typ)
	if len(list) == 0 {
		w.nobody(g.rule, g.of)
	}
	for _, i := range list {
		m.this = i
		when := g.when(w).And(sure)
		if when == No {
			w.elsewhere(g.rule, &g.def.If)
			continue
		}
		holds := g.holds(w)
		switch {
		case when == Unknown || holds == Unknown:
			w.unclear(g.rule)
			w.wonder(g.rule, &g.def.When.Cond, &g.def.If, &g.def.Holds)
		case holds == Yes:
			w.keep(g.rule, g.starts)
		case g.def.Owes == NoSide && !w.owes(w.prog.rules[g.rule].Owes):
		default:
			party := g.def.Owes
			if party == NoSide {
				if party = m.maker; !m.entering {
					party = m.answerer
				}
			}
			f := w.finding(g.rule, i, party, g.soft, g.def.Severe, g.def.Cause)
			f.starts = g.starts
			w.tell(&f, i, g.def.Wrong, g.def.Legal)
			if g.def.Overdrawn {
				w.blameOverdrawn(&f, i)
			}
			w.accuse(waiting{finding: f, object: i, serial: w.at(i).serial, guard: g, implies: g.implies, rule: g.rule})
			if g.def.Doubts {
				w.doubted = append(w.doubted, i)
			}
		}
	}
}

// doubt gives up what is known of an object's references and states.
func (w *World) doubt(i index) {
	o := w.at(i)
	if w.recorded != nil {
		w.recorded.more = true
	}
	w.change(i)
	o.flags |= unborn
	o.client, o.mapi, o.provider, o.soft = 0, 0, 0, 0
	for s := range o.states {
		if l := w.prog.lifeOf(o.kind, o.typ, s); l != nil {
			o.states[s] = l.all
		}
	}
}

// blameOverdrawn charges a Release too many. If the side that makes it still had a reference, another side took that away before, with
// a Release more than it was given references: that one is the Release too many.
func (w *World) blameOverdrawn(f *Finding, i index) {
	o := w.at(i)
	d, ok := w.debts[i]
	if !ok || d.side.holder() == f.Party.holder() || *o.granted(f.Party) < 1 {
		return
	}
	f.Message += fmt.Sprintf(" at line %d; the %s had released more than it was given before, at line %d", f.Line, d.side, d.line)
	f.Party, f.Line, f.Seq = d.side, d.line, d.seq
}

// demand evaluates a duty at one of the moments by which it is due, for every object that it is about.
func (w *World) demand(d *due, sure Tri) {
	m := &w.cur
	list, _ := w.concerned(d.duty.def.Of, d.duty.def.Type)
	if len(list) == 0 {
		w.nobody(d.duty.rule, d.duty.def.Of)
	}
	for _, i := range list {
		m.this = i
		when := d.duty.when(w).And(d.when(w)).And(sure)
		if when == No {
			w.elsewhere(d.duty.rule, &d.duty.def.If, &d.def.If)
			continue
		}
		owed := d.duty.owed(w)
		switch {
		case owed == No:
			if when == Yes && d.duty.def.Paid.Name == "" {
				w.keep(d.duty.rule, d.duty.starts)
			}
			w.elsewhere(d.duty.rule, &d.duty.def.Owed)
		case (owed == Unknown || d.def.Proven) && when == Yes && d.duty.def.Proof.Name != "":
			w.unclear(d.duty.rule)
			if owed == Yes {
				w.unproven(d.duty.rule, d.duty.def.Proof.Name)
			} else {
				w.wonder(d.duty.rule, &d.def.At.Cond, &d.duty.def.If, &d.def.If, &d.duty.def.Owed)
			}
			if _, already := w.suspect[i]; !already {
				w.suspect[i] = suspicion{d.duty.number, m.ev.Line, m.ev.Seq}
				w.suspicions[d.duty.number]++
			}
		case owed == Unknown || when == Unknown:
			w.unclear(d.duty.rule)
			w.wonder(d.duty.rule, &d.def.At.Cond, &d.duty.def.If, &d.def.If, &d.duty.def.Owed)
		default:
			w.unpaid(d.duty, i, d.soft, d.def.Severe)
		}
	}
}

// pay counts a duty that is kept.
func (w *World) pay(d *duty, sure Tri) {
	if sure != Yes {
		return
	}
	list, vague := w.concerned(d.def.Of, d.def.Type)
	if vague {
		return
	}
	for _, i := range list {
		w.cur.this = i
		if d.when(w) == Yes && d.owed(w) == Yes {
			w.keep(d.rule, d.starts)
		}
	}
}

func (w *World) unpaid(d *duty, i index, soft bool, severe *Severity) {
	party := d.def.Owes
	if party == NoSide {
		party = firstSide(w.prog.rules[d.rule].Owes)
	}
	f := w.finding(d.rule, i, party, soft, severe, d.def.Cause)
	f.starts = d.starts
	w.tell(&f, i, d.def.Wrong, d.def.Legal)
	w.accuse(waiting{finding: f, object: i, serial: w.at(i).serial, duty: d, implies: d.implies, rule: d.rule})
	if d.def.Doubts {
		w.doubted = append(w.doubted, i)
	}
}

func firstSide(s Side) Side { return s & -s }

// proof confirms a duty that was not shown to be paid when it was due: the object lived on.
func (w *World) proof(d *duty, sure Tri) {
	if sure != Yes || w.suspicions[d.number] == 0 {
		return
	}
	list, _ := w.concerned(d.def.Of, d.def.Type)
	for _, i := range list {
		o := w.at(i)
		was, ok := w.suspect[i]
		if !ok || was.duty != d.number || o.flags&unborn != 0 || !w.proves(i) {
			continue
		}
		w.cur.this = i
		w.unsuspect(i)
		party := d.def.Owes
		if party == NoSide {
			party = firstSide(w.prog.rules[d.rule].Owes)
		}
		soft := false
		for _, at := range d.def.Due {
			soft = soft || at.Soft != Reading{} && w.prog.Profile.Has(at.Soft)
		}
		f := w.finding(d.rule, i, party, soft, nil, d.def.Cause)
		f.Line, f.Seq = was.line, was.seq
		w.tell(&f, i, d.def.Wrong+fmt.Sprintf(" (line %d shows it)", w.cur.ev.Line), d.def.Legal)
		w.accuse(waiting{finding: f, object: i, serial: o.serial, implies: d.implies, rule: d.rule})
	}
}

func (w *World) unsuspect(i index) {
	if was, ok := w.suspect[i]; ok {
		w.suspicions[was.duty]--
		delete(w.suspect, i)
	}
}

// proves tells whether a call on an object of an interface that is not observed can only mean the object known there: everything that
// could have handed out another one since is observed.
func (w *World) proves(i index) bool {
	o := w.at(i)
	return o.flags&ownObserved != 0 || w.observedName("MAPI") && w.observedName("IMAPISession") && !w.others(i)
}

// others tells whether something that does not belong to the object's own session may hand out objects unseen: another session, or an
// object that belongs to none. What belongs to a session that has been logged off is invalid and hands out nothing.
func (w *World) others(i index) bool {
	if w.cur.p.late { // there may be some that the recording has not shown yet
		return true
	}
	own, from := w.sessionOf(i), ""
	if o := w.at(i); o.iface != unlisted {
		from = interfaces[o.iface].From
	}
	for j := w.children(w.cur.p.self); j != 0; j = w.raw(j).next {
		switch o := w.at(j); {
		case j == i || j == own || o.flags&dead != 0:
		case o.kind == SessionObject:
			if w.total(o).hi >= 1 {
				return true
			}
		case from != "" && o.iface != unlisted && !slices.Contains(splitPatterns(from), interfaces[o.iface].Name):
		case w.blind(o) > 0 && o.yes&w.prog.marks["its session has ended"].bit[o.kind] == 0:
			return true
		}
	}
	return false
}

// breakRow reports the rule that an event broke in the object's state.
func (w *World) breakRow(r *row, i index, o *object, slot uint8, was StateSet) {
	m := &w.cur
	if o.flags&dying != 0 && m.on == i { // its last Release runs on another thread: the two are not ordered
		w.blindRow(r, i, slot, was)
		return
	}
	if o.flags&dead == 0 && w.maybeGone(o, was) && m.fr != nil && m.on == i && w.mayBeReborn(m.p, o, m.fr.call) {
		w.blindRow(r, i, slot, was)
		return
	}
	m.this = i
	party := m.maker
	if !m.entering {
		party = m.answerer
	}
	f := w.finding(r.rules[0], i, party, r.soft, nil, "")
	if _, fixed := w.prog.Profile.Strength(f.Rule); !r.soft && !fixed {
		for _, other := range r.rules[1:] {
			strength, _ := w.prog.Profile.Strength(w.prog.rules[other])
			f.Severity = max(f.Severity, strength.Severity())
		}
	}
	f.starts = r.starts
	w.tell(&f, i, r.def.Wrong, r.def.Legal)
	wait := waiting{finding: f, object: i, serial: o.serial, implies: r.rules[1:], rule: r.rules[0]}
	wait.after, wait.slot = o.states[slot], slot
	if !r.def.Early {
		w.report(&wait)
		return
	}
	w.accuse(wait)
}

func (w *World) maybeGone(o *object, was StateSet) bool {
	for slot := range o.states {
		if l := w.prog.lifeOf(o.kind, o.typ, slot); l != nil && l.gone >= 0 && was>>l.gone&1 != 0 {
			return true
		}
	}
	return false
}

// blindRow counts the rules of a row that an event may break, in a state in which the object may have been.
func (w *World) blindRow(r *row, i index, slot uint8, was StateSet) {
	for _, n := range r.rules {
		w.unclear(n)
	}
	if w.why == nil {
		return
	}
	o, there := w.at(i), This.In(r.def.From)
	is := o.states[slot]
	w.cur.this, o.states[slot] = i, was
	for _, n := range r.rules {
		w.wonder(n, &r.def.On.Cond, &r.def.If, &there)
	}
	o.states[slot] = is
}

// keptRow counts the rules that a legal row shows to be kept, in whichever of its states the object was.
func (w *World) keptRow(l *life, event int, was StateSet) {
	starts := l.def.Of == ProcessObject || l.def.Of == ThreadObject || l.def.Of == ModuleObject
	for _, n := range l.holds[event][bits.TrailingZeros16(uint16(was))] {
		everywhere := true
		for s, rest := 0, was; rest != 0; s, rest = s+1, rest>>1 {
			everywhere = everywhere && (rest&1 == 0 || slices.Contains(l.holds[event][s], n))
		}
		if everywhere && (w.cur.fr == nil || w.owes(w.prog.rules[n].Owes)) {
			w.keep(int(n), starts)
		}
	}
}

// keep counts a rule as held. What rests on the start of the process stands only if the recording turns out to have it.
func (w *World) keep(rule int, starts bool) {
	if w.recorded != nil {
		w.recorded.rules = append(w.recorded.rules, quietRule{rule: rule, starts: starts})
	}
	if w.why != nil {
		w.why.kept(rule, starts, w.cur.ev.Line)
	}
	if !starts {
		w.tallies[rule].held++
		return
	}
	p := w.cur.p
	if p.late {
		return
	}
	if p.held == nil {
		p.held = make([]int64, len(w.prog.rules))
	}
	p.held[rule]++
}

// unclear counts that the recording does not show enough to judge by a rule.
func (w *World) unclear(rule int) {
	if w.recorded != nil {
		w.recorded.rules = append(w.recorded.rules, quietRule{rule: rule, blind: true})
	}
	w.tallies[rule].blind++
}

// Severity is that of a finding, where no conflict of the pages makes it milder.
func (l Level) Severity() Severity {
	switch l {
	case Must:
		return Error
	case Should:
		return Warning
	}
	return Note
}

// finding begins a finding at the current event.
func (w *World) finding(rule int, i index, party Side, soft bool, severe *Severity, cause string) Finding {
	m := &w.cur
	r := w.prog.rules[rule]
	strength, fixed := w.prog.Profile.Strength(r)
	f := Finding{Rule: r, Severity: strength.Severity(), Party: party, PID: m.p.pid, Line: m.ev.Line, Seq: m.ev.Seq, leaves: !m.entering}
	switch {
	case fixed:
	case severe != nil:
		f.Severity = *severe
	case soft:
		f.Severity = min(f.Severity, Warning)
	}
	f.raise(rule, 1)
	f.key = w.key(rule, i, cause)
	return f
}

// tell says in words what was found, unless that fault has been told already, or there are too many.
func (w *World) tell(f *Finding, i index, wrong, legal string) {
	if _, known := w.keys[f.key]; known || len(w.findings) >= MaxFindings {
		return
	}
	f.Call, f.Object, f.History = w.doing(), w.describe(i), w.history(i)
	if i != 0 {
		o := w.at(i)
		f.Kind, f.Serial = o.name(o.kind), o.serial
		if o.born.op() != 0 {
			f.Birth = opName(o.born.op(), nil)
		}
	}
	f.Message, f.Legal = w.phrase(wrong, i), w.phrase(legal, i)
}

func (w *World) key(rule int, i index, cause string) findingKey {
	k := findingKey{pid: w.cur.p.pid, object: w.at(i).serial, rule: rule, cause: cause}
	if cause != "" {
		k.rule = -1
	}
	return k
}

// accuse reports a fault, unless another thread is at work in the process: then what it does before the accused call returns, which is
// not ordered with it, may still pay the duty or make the condition true, and the accusation waits.
func (w *World) accuse(a waiting) {
	m := &w.cur
	if w.recorded != nil {
		w.recorded.more = true
	}
	if !m.entering || m.fr == nil || a.finding.Line != m.ev.Line || a.guard != nil && !a.guard.ordered {
		w.report(&a)
		return
	}
	a.frame, a.pid, a.tid, a.foreign = m.fr.id, m.p.pid, m.t.tid, m.p.entries-m.t.entries
	m.fr.deferred = true
	w.waiting = append(w.waiting, a)
}

// settle decides the accusations that waited for a call to return.
func (w *World) settle(t *thread, fr *frame) {
	p := t.proc
	w.moment++
	kept := w.waiting[:0]
	for i := range w.waiting {
		a := &w.waiting[i]
		if a.frame != fr.id || a.pid != p.pid || a.tid != t.tid {
			kept = append(kept, *a)
			continue
		}
		if p.entries-t.entries == a.foreign || w.stillWrong(a) {
			w.report(a)
		}
	}
	w.waiting = kept
}

// stillWrong asks again whether what was accused is wrong, now that other threads have made calls.
func (w *World) stillWrong(a *waiting) bool {
	i := w.still(a.object, a.serial)
	if i == 0 {
		return false
	}
	saved := w.cur.this
	defer func() { w.cur.this = saved }()
	w.cur.this = i
	switch {
	case a.guard != nil:
		return a.guard.holds(w) == No
	case a.duty != nil:
		return a.duty.owed(w) == Yes
	case a.after != 0: // what the process has done meanwhile shows in its state
		l := w.prog.lifeOf(w.at(i).kind, NoType, int(a.slot))
		return l != nil && l.def.Name == subsystemLife.Name && w.at(i).states[a.slot] == a.after
	}
	return false
}

// report makes the finding, or adds to one that the same fault has made already.
func (w *World) report(a *waiting) {
	if w.recorded != nil {
		w.recorded.more = true
	}
	w.tallies[a.rule].violated++
	for _, n := range a.implies {
		w.tallies[n].violated++
		a.finding.Implied = append(a.finding.Implied, w.prog.rules[n].ID)
		a.finding.raise(n, 1)
	}
	if n, ok := w.keys[a.finding.key]; ok {
		w.again(&w.findings[n], a)
		return
	}
	if len(w.findings) >= MaxFindings {
		return
	}
	w.keys[a.finding.key] = len(w.findings)
	w.findings = append(w.findings, a.finding)
}

func (w *World) again(f *Finding, a *waiting) {
	f.Severity = max(f.Severity, a.finding.Severity)
	for _, r := range a.finding.raised {
		f.raise(r.rule, r.n)
	}
	if a.finding.key.cause != "" && a.guard == nil { // the same reference, missed again
		if a.finding.Rule != f.Rule && !slices.Contains(f.Implied, a.finding.Rule.ID) {
			f.Implied = append(f.Implied, a.finding.Rule.ID)
		}
		return
	}
	if a.finding.Rule != f.Rule && !slices.Contains(f.Implied, a.finding.Rule.ID) {
		f.Implied = append(f.Implied, a.finding.Rule.ID)
	}
	f.More++
	if len(f.Again) < keptAgain {
		f.Again = append(f.Again, a.finding.Line)
	}
}

// phrase fills in what a message says about the moment.
func (w *World) phrase(text string, i index) string {
	if !strings.Contains(text, "{") {
		return text
	}
	m := &w.cur
	result := ""
	if m.ev.HasHR {
		result = m.ev.HR.String()
	}
	return strings.NewReplacer(
		"{call}", w.doing(), "{it}", w.describe(i), "{on}", w.describe(m.on), "{result}", result, "{holders}", w.holders(i),
		"{flags}", w.flagsOf(m), "{ref}", fmt.Sprint(m.ev.Ref), "{born}", w.birthLine(i),
	).Replace(text)
}

// doing is the call that the moment belongs to, or what else happens in it.
func (w *World) doing() string {
	m := &w.cur
	switch {
	case m.fr != nil:
		return m.fr.call.Name
	case m.ev.Kind == ThreadExitEvent:
		return "the thread ends"
	case m.ev.Kind == UnloadEvent:
		return "FreeLibrary"
	case m.ev.Kind == LoadEvent:
		return "LoadLibrary"
	}
	return "the process ends"
}

func (w *World) birthLine(i index) string {
	if i == 0 || w.at(i).born == 0 {
		return "an unknown line"
	}
	return fmt.Sprintf("line %d", w.at(i).born.line())
}

func (w *World) flagsOf(m *moment) string {
	v := find(m.ev.Args, pFlags)
	switch {
	case v.null:
		return "a null pointer"
	case !v.given:
		return "unknown"
	}
	return fmt.Sprintf("0x%x", v.lo)
}

var pFlags = paramOf("ulFlags")

// holders says who holds how many references.
func (w *World) holders(i index) string {
	if i == 0 {
		return "nobody"
	}
	o := w.at(i)
	var parts []string
	for _, s := range [...]Side{Client, MAPI, Provider} {
		if n := w.held(o, s).lo; n == 1 {
			parts = append(parts, fmt.Sprintf("%s holds 1 reference", s))
		} else if n > 1 {
			parts = append(parts, fmt.Sprintf("%s holds %d references", s, n))
		}
	}
	if parts == nil {
		return "no side verifiably holds a reference"
	}
	return strings.Join(parts, ", ")
}

// describe names an object for a reader.
func (w *World) describe(i index) string {
	if i == 0 {
		return "an unknown object"
	}
	o := w.at(i)
	switch o.kind {
	case ProcessObject:
		return "process"
	case ThreadObject:
		return "thread " + fmt.Sprint(w.tidOf(i))
	case ModuleObject:
		return "module " + w.texts[i]
	case ServiceObject:
		return "message service of " + w.describe(o.module)
	case AdviseObject:
		return fmt.Sprintf("registration %d with %s", o.values[0], w.named(i, o, o.class.Kind()))
	case SubscriptionObject:
		return fmt.Sprintf("subscription %d with %s", o.values[0], w.named(i, o, SupportObject))
	case UIDObject:
		return "MAPIUID of " + w.named(i, o, SupportObject)
	case RowObject:
		return "status row of " + w.named(i, o, SupportObject)
	}
	return w.named(i, o, o.kind)
}

// named names an object of a kind by its interface and address.
func (w *World) named(i index, o *object, kind Kind) string {
	name := o.name(kind)
	if t, ok := w.texts[i]; ok {
		return name + " " + t
	}
	return fmt.Sprintf("%s 0x%x", name, o.address)
}

// name says what the object is, taken for one of a kind.
func (o *object) name(kind Kind) string {
	switch {
	case kind == Subobject && o.iface != unlisted:
		return interfaces[o.iface].Name
	case kind == SupportObject && o.typ != NoType:
		return o.typ.String() + " support object"
	case kind == ProviderObject || kind == LogonObject:
		return o.class.String()
	}
	return kind.String()
}

func (w *World) tidOf(i index) int64 {
	for tid, t := range w.cur.p.threads {
		if t.self == i {
			return tid
		}
	}
	return 0
}

// history tells what the object has seen, as far as it is kept.
func (w *World) history(i index) []Past {
	if i == 0 {
		return nil
	}
	o := w.at(i)
	var list []Past
	if o.born != 0 {
		text := "born"
		switch {
		case o.flags&unborn != 0 && !o.born.handedOut():
			text = "handed out, perhaps not for the first time,"
		case o.flags&unborn != 0:
			text = "first seen, without a birth on record"
		}
		if o.born.op() != 0 {
			text += " in " + opName(o.born.op(), nil)
		}
		list = append(list, Past{o.born.line(), text})
	}
	for _, h := range o.past[:o.pastN] {
		text := opName(h.op(), o)
		if h.by() != NoSide {
			text += " by " + h.by().String()
		}
		if h.handedOut() {
			text = "handed out by " + text
		}
		list = append(list, Past{h.line(), text})
	}
	return list
}

func opName(op OpID, o *object) string {
	x := ops.ops[op]
	if x.Class == SubClass && o != nil && o.iface != unlisted {
		return interfaces[o.iface].Name + "::" + x.Method
	}
	return x.Name()
}
