package model

import (
	"fmt"
	"slices"
	"strings"
)

// This file says what a world is like between two events. A rule guards a step; an invariant describes a whole world, however it came
// about, and was written without looking at the rules. Each can catch the other. Nothing here is evaluated unless Broken is called, so a
// checker pays nothing for it.

// An Invariant is a statement about a whole world.
type Invariant struct {
	Name  string
	Says  string
	Pages string // what a statement about MAPI comes from: "page#Section", separated by "; "

	holds func(*survey)
}

// Bookkeeping is what holds in every world, after every event of every trace, whatever the software in it does: statements about how the
// world is kept, and about views of one fact that must agree.
var Bookkeeping = []Invariant{
	{Name: "objects", Says: "Every object in use is a process, a thread, a tombstone, or belongs to what it was opened through, in one process.", holds: keptObjects},
	{Name: "slots", Says: "A free slot is empty and free once, and every slot is free or in use.", holds: keptSlots},
	{Name: "children", Says: "The list of what was opened through an object is linked both ways, and has no cycle.", holds: keptChildren},
	{Name: "makers", Says: "The list of what a provider object has made is linked both ways, and has logon and support objects only.", holds: keptMakers},
	{Name: "addresses", Says: "An address leads to an object that has it.", holds: keptAddresses},
	{Name: "notes", Says: "Texts, aliases, counters, debts and suspicions are kept of objects in use only.", holds: keptNotes},
	{Name: "states", Says: "An object may be in at least one state of each of its lifecycles, and in no other.", holds: keptStates},
	{Name: "marks", Says: "No mark is certainly set and certainly not set, and an object has marks of its kind only.", holds: keptMarks},
	{Name: "counters", Says: "A counter is between two numbers, the smaller one first, and neither is below zero.", holds: keptCounters},
	{Name: "kinds", Says: "What an object is agrees with the interface it was met as.", holds: keptKinds},
	{Name: "references", Says: "Where not everything is recorded no more is released than was given; what is known of a sum is known of its parts.", holds: keptReferences},
	{Name: "running", Says: "As many AddRef and QueryInterface calls run on an object as threads have open.", holds: keptRunning},
	{Name: "tombstones", Says: "A dead object is remembered, alone, and is neither dying nor kept alive.", holds: keptTombstones},
	{Name: "ring", Says: "A process remembers a bounded number of dead and doubtful objects, each once.", holds: keptRing},
	{Name: "lingering", Says: "What is kept alive by what was opened through it has no reference of its own.", holds: keptLingering},
	{Name: "dying", Says: "A dying object has its last Release open, or that of its last child, or it never returned.", holds: keptDying},
	{Name: "calls", Says: "The calls that are open are those of the threads, each once.", holds: keptCalls},
	{Name: "frames", Says: "An open call speaks of objects of its own process.", holds: keptFrames},
	{Name: "partners", Says: "A logon object, its store and its support object know each other.", holds: keptPartners},
	{Name: "registrations", Says: "MAPIUIDs and status rows hang below their support object, and a message service below its session.", holds: keptRegistrations},
	{Name: "blindness", Says: "The objects that may hand out others unseen are counted right.", holds: keptBlindness},
	{Name: "histories", Says: "An object's history begins with its birth and goes on in the order of the trace.", holds: keptHistories},
	{Name: "findings", Says: "Each rule is violated as often as findings say, and no fault has two findings.", holds: keptFindings},
	{Name: "accusations", Says: "An accusation waits for a call that is open.", holds: keptAccusations},
	{Name: "scratch", Says: "Nothing is left over of the moment that has passed.", holds: keptScratch},
	{Name: "initialisation", Says: "MAPI is up exactly while an initialisation is left to be matched, for a process and for a thread.", holds: keptInitialisation},
	{Name: "loading", Says: "A DLL is in memory exactly while a LoadLibrary is left to be matched.", holds: keptLoading},
	{Name: "death", Says: "A dead object's life has come to its end, and nobody holds a reference on a store, or what was opened through it, that is gone.",
		Pages: "implementing-the-iunknown-interface#(body)", holds: keptDeath},
	{Name: "work", Says: "An object is being logged off or shut down, and a process initialised, only while the call for it runs, unless some call never returned.",
		Pages: "shutting-down-a-service-provider#(body); mapiinitialize#Remarks", holds: keptWork},
	{Name: "logoff", Says: "A logon object is logged on exactly until its logoff method is called.",
		Pages: "shutting-down-a-service-provider#(body)", holds: keptLogoff},
	{Name: "draining", Says: "LOGOFF_COMPLETE is reported of a store only by StoreLogoffTransports, inside StoreLogoff.",
		Pages: "imapisupport-storelogofftransports#Parameters", holds: keptDraining},
	{Name: "members", Says: "A session that has ended, or that its client has parted from, is not active; one that is certainly not shared ends with its client's Logoff.",
		Pages: "imapisession-logoff#Remarks", holds: keptMembers},
}

// Lawful is what holds after every event of a trace in which all software keeps to the pages, in the processes whose start the recording
// has: MAPI, in the words of its pages. Rules accuse less than that. Where calls overlap, or the recording does not show enough, they keep
// silent, so not every trace without a finding is a lawful one.
var Lawful = []Invariant{
	{Name: "no Release too many", Says: "No object has had more references released than were handed out.",
		Pages: "implementing-the-iunknown-interface#(body)", holds: rightCounts},
	{Name: "gone without references", Says: "Nobody holds a reference on an object that is gone.",
		Pages: "implementing-the-iunknown-interface#(body)", holds: rightGone},
	{Name: "Up on every thread", Says: "A process is not initialised more often than its threads are.",
		Pages: "using-thread-safe-objects#(body); mapiinitialize#Remarks", holds: rightThreads},
	{Name: "no session after MAPIUninitialize", Says: "When the last MAPIUninitialize has returned, no client has a session that is active.",
		Pages: "ending-a-mapi-session#(body); mapiuninitialize#Remarks", holds: rightClosed},
	{Name: "exiting stays initialised", Says: "A process that is exiting fast does not uninitialise MAPI.",
		Pages: "best-practices-for-fast-shutdown#(body)", holds: rightExiting},
	{Name: "nothing open after Logoff", Says: "When IMAPISession::Logoff has returned, the client holds nothing that it opened through the session.",
		Pages: "ending-a-mapi-session#(body)", holds: rightLogoff},
	{Name: "no registration after Logoff", Says: "When IMAPISession::Logoff has returned, none of the session's registrations for notifications is left, and an advise source outlives those with it.",
		Pages: "ending-a-mapi-session#(body); canceling-a-notification#(body)", holds: rightAdvises},
	{Name: "logons end with their session", Says: "No logon of a session is left logged on when the Release of the session's last reference has returned after its end, unless its provider object has been shut down.",
		Pages: "shutting-down-a-service-provider#(body)", holds: rightLogons},
	{Name: "logons before providers", Says: "While MAPI holds a logon object, its provider object lives and has not been shut down; a transport that has given back its support object may have been.",
		Pages: "shutting-down-a-service-provider#(body); imsprovider-shutdown#Remarks; ixpprovider-shutdown#Remarks", holds: rightProviders},
	{Name: "providers before DLLs", Says: "A DLL that is not in memory has no provider object, and no logon object, that MAPI holds.",
		Pages: "shutting-down-a-service-provider#(body); starting-a-service-provider#(body)", holds: rightModules},
	{Name: "support for a logon", Says: "A provider holds a support object only while the logon runs that it was passed to, or has a logon object or store that lives. Address book logons of one DLL may share one.",
		Pages: "support-object-overview#(body); implementing-service-provider-logon#(body)", holds: rightSupport},
	{Name: "registrations of a support object", Says: "A MAPIUID or status row is registered only while the provider holds the support object, is giving it back, or is inside the logon that it was passed to.",
		Pages: "shutting-down-a-message-store-provider#(body); support-object-overview#(body)", holds: rightRegistrations},
	{Name: "traffic with a status row", Says: "A transport that takes part in traffic has a row in the status table.",
		Pages: "status-tables#(body)", holds: rightTraffic},
	{Name: "stores and logons", Says: "When a store is gone and its provider has given back the support object, the store's logon object is logged off.",
		Pages: "shutting-down-a-message-store-provider#(body); imslogon-logoff#Remarks", holds: rightStores},
}

// Broken lists the invariants that do not hold now, each with what contradicts it.
func (w *World) Broken(list []Invariant) []string {
	s := survey{w: w, homes: map[index]*process{}}
	s.look()
	for i := range list {
		s.now, s.told = &list[i], 0
		s.now.holds(&s)
	}
	return s.broken
}

// Alive lists what certainly lives: every object that is neither a tombstone, nor a process, thread or DLL, nor perhaps gone, and every
// counter that is certainly not zero.
func (w *World) Alive() []string {
	s := survey{w: w, homes: map[index]*process{}}
	s.look()
	var list []string
	for _, i := range s.all {
		o := w.at(i)
		if c := w.counts[i]; c != nil {
			for name, at := range w.prog.counters {
				if n := c[at.slot]; at.kind == o.kind && n.lo > 0 {
					list = append(list, fmt.Sprintf("%s: %s is %s", s.name(i), name, n))
				}
			}
		} else if children := w.childrenLive(i, 0); o.flags&dead == 0 && (w.total(o).lo > 0 || children == Yes || children == No && o.flags&unborn == 0) {
			list = append(list, s.name(i))
		}
	}
	slices.Sort(list)
	return list
}

func (i interval) String() string {
	switch {
	case i.lo == i.hi:
		return fmt.Sprint(i.lo)
	case i.hi == unbounded:
		return fmt.Sprintf("at least %d", i.lo)
	}
	return fmt.Sprintf("%d to %d", i.lo, i.hi)
}

// A survey is one look at a world. What it finds out for itself it reads off the slots, not off the lists that the world keeps.
type survey struct {
	w      *World
	all    []index            // the objects in use
	homes  map[index]*process // the process of each of them; none where no list leads to it
	procs  []*process         // those that have not ended
	now    *Invariant
	told   int
	broken []string
}

// look finds what is in use, and where it belongs.
func (s *survey) look() {
	w := s.w
	for n := range w.pages {
		for k := range w.pages[n] {
			if w.pages[n][k].kind != NoKind {
				s.all = append(s.all, index(n<<pageBits|k))
			}
		}
	}
	for _, pid := range w.pids() {
		p := w.procs[pid]
		if p.ended {
			continue
		}
		s.procs = append(s.procs, p)
		s.homes[p.self] = p
		for _, t := range p.threads {
			s.homes[t.self] = p
		}
		for _, i := range p.ring {
			if w.at(i).flags&dead != 0 {
				s.homes[i] = p
			}
		}
	}
	for _, i := range s.all {
		top := i
		for range s.all { // no longer than that, or there is a cycle
			if w.at(top).parent == 0 {
				break
			}
			top = w.at(top).parent
		}
		if p := s.homes[top]; p != nil && s.homes[i] == nil && top == p.self {
			s.homes[i] = p
		}
	}
}

const maxTold = 3

// wrong says what contradicts the invariant that is looked at.
func (s *survey) wrong(format string, args ...any) {
	if s.told++; s.told > maxTold {
		return
	}
	s.broken = append(s.broken, fmt.Sprintf("%s: %s %s", s.now.Name, s.now.Says, fmt.Sprintf(format, args...)))
}

// name tells an object from every other one, even where the world is in disorder.
func (s *survey) name(i index) string {
	if i == 0 {
		return "no object"
	}
	o := s.w.at(i)
	text := fmt.Sprintf("%s %d", o.kind, o.serial)
	if o.typ != NoType {
		text = o.typ.String() + " " + text
	}
	if t, ok := s.w.texts[i]; ok {
		return text + " at " + t
	}
	if o.address != 0 {
		text += fmt.Sprintf(" at 0x%x", o.address)
	}
	return text
}

func (s *survey) inUse(i index) bool {
	return i > 0 && int(i>>pageBits) < len(s.w.pages) && int(i&(1<<pageBits-1)) < len(s.w.pages[i>>pageBits]) && s.w.at(i).kind != NoKind
}

// in tells whether an object is in one of the states named. The lifecycle is the one of its kind that has them.
func (s *survey) in(i index, names string) Tri {
	o := s.w.at(i)
	for slot, states := range o.states {
		l := s.w.prog.lifeOf(o.kind, o.typ, slot)
		if l == nil {
			continue
		}
		mask := StateSet(0)
		for n := range l.def.States {
			if oneOf(names, l.def.States[n].Name) {
				mask |= 1 << n
			}
		}
		switch {
		case mask == 0:
			continue
		case states&mask == 0:
			return No
		case states&^mask == 0:
			return Yes
		}
		return Unknown
	}
	return No
}

// oneOf tells whether a word is one of those in a list separated by spaces.
func oneOf(list, word string) bool {
	for rest := list; ; {
		var next string
		next, rest, _ = strings.Cut(rest, " ")
		if next == word {
			return true
		}
		if rest == "" {
			return false
		}
	}
}

func (s *survey) marked(i index, name string) Tri {
	o, bit := s.w.at(i), s.w.prog.marks[name].bit[s.w.at(i).kind]
	switch {
	case o.yes&bit != 0:
		return Yes
	case o.no&bit != 0:
		return No
	}
	return Unknown
}

func (s *survey) count(i index, name string) interval {
	if s.w.counts[i] == nil {
		return interval{0, unbounded}
	}
	return s.w.counts[i][s.w.prog.counters[name].slot]
}

// holds tells whether a side certainly has a reference on an object that is not dead.
func (s *survey) held(i index, side Side) bool {
	o := s.w.at(i)
	return o.flags&dead == 0 && s.w.held(o, side).lo >= 1
}

// open tells whether a call of one of the operations is open on an object, or, where that is 0, in the process at all.
func (s *survey) open(p *process, set []bool, on index) bool {
	for _, t := range p.threads {
		for n := range t.frames {
			if fr := &t.frames[n]; set[fr.op] && (on == 0 || s.w.still(fr.on, fr.onSerial) == on) {
				return true
			}
		}
	}
	return false
}

// passed tells whether the logon that a support object was passed to is open.
func (s *survey) passed(p *process, support index) bool {
	for _, t := range p.threads {
		for n := range t.frames {
			if t.frames[n].arg == support {
				return true
			}
		}
	}
	return false
}

// known visits the objects of a kind in processes whose start the recording has.
func (s *survey) known(k Kind, visit func(p *process, i index, o *object)) {
	for _, i := range s.all {
		if o := s.w.at(i); o.kind == k {
			if p := s.homes[i]; p != nil && !p.late {
				visit(p, i, o)
			}
		}
	}
}

// What follows is bookkeeping.

func keptObjects(s *survey) {
	serials := map[uint32]index{}
	for _, i := range s.all {
		o := s.w.at(i)
		if s.homes[i] == nil {
			s.wrong("No list leads to %s.", s.name(i))
		}
		if o.flags&transient != 0 {
			s.wrong("%s stands for a null pointer, and the call is over.", s.name(i))
		}
		if other, twice := serials[o.serial]; twice || o.serial == 0 || o.serial > s.w.serials {
			s.wrong("%s and %s have one birth.", s.name(i), s.name(other))
		}
		serials[o.serial] = i
	}
}

func keptSlots(s *survey) {
	slots, free := 0, map[index]bool{}
	for n := range s.w.pages {
		slots += len(s.w.pages[n])
	}
	slots = max(0, slots-1) // slot 0 is no object
	for _, i := range s.w.freed {
		if free[i] {
			s.wrong("Slot %d is free twice.", i)
		}
		free[i] = true
		if *s.w.at(i) != (object{}) {
			s.wrong("Slot %d is free and has %s in it.", i, s.name(i))
		}
	}
	if slots != len(s.all)+len(s.w.freed) {
		s.wrong("There are %d slots: %d are in use and %d are free.", slots, len(s.all), len(s.w.freed))
	}
}

func keptChildren(s *survey) {
	s.lists(func(o *object) index { return o.first }, func(o *object) (list, next, prev index) { return o.parent, o.next, o.prev })
}

func keptMakers(s *survey) {
	s.lists(func(o *object) index { return o.firstMade }, func(o *object) (list, next, prev index) { return o.maker, o.nextM, o.prevM })
	for _, i := range s.all {
		if o := s.w.at(i); o.maker != 0 && (o.kind != LogonObject && o.kind != SupportObject || s.w.at(o.maker).kind != ProviderObject) {
			s.wrong("%s has made %s.", s.name(o.maker), s.name(i))
		}
	}
}

// lists checks lists of objects that are linked both ways: where each begins, and what each member says of it.
func (s *survey) lists(first func(*object) index, member func(*object) (list, next, prev index)) {
	seen := map[index]bool{}
	for _, owner := range s.all {
		before := index(0)
		for i := first(s.w.at(owner)); i != 0; {
			if !s.inUse(i) {
				s.wrong("%s has slot %d in its list, which is free.", s.name(owner), i)
				break
			}
			list, next, prev := member(s.w.at(i))
			if list != owner || prev != before || seen[i] {
				s.wrong("%s is in the list of %s and says that it is in that of %s, behind %s.", s.name(i), s.name(owner), s.name(list), s.name(prev))
				break
			}
			seen[i] = true
			before, i = i, next
		}
	}
	for _, i := range s.all {
		if list, next, prev := member(s.w.at(i)); !seen[i] && (list != 0 || next != 0 || prev != 0) {
			s.wrong("%s says that it is in the list of %s.", s.name(i), s.name(list))
		}
	}
}

func keptAddresses(s *survey) {
	for _, p := range s.procs {
		for a, i := range p.byAddr {
			switch {
			case !s.inUse(i):
				s.wrong("0x%x leads to slot %d, which is free.", a, i)
			case s.homes[i] != p:
				s.wrong("0x%x leads to %s of another process.", a, s.name(i))
			case s.w.at(i).address != a && !slices.Contains(s.w.aliases[i], a):
				s.wrong("0x%x leads to %s.", a, s.name(i))
			}
		}
		for name, i := range p.modules {
			if !s.inUse(i) || s.w.at(i).kind != ModuleObject || s.w.texts[i] != name || s.homes[i] != p {
				s.wrong("%s leads to %s.", name, s.name(i))
			}
		}
	}
}

func keptNotes(s *survey) {
	check := func(what string, i index) {
		if !s.inUse(i) {
			s.wrong("There are %s of slot %d, which is free.", what, i)
		}
	}
	for i := range s.w.texts {
		check("texts", i)
	}
	for i, list := range s.w.aliases {
		check("aliases", i)
		for n, a := range list {
			if slices.Index(list, a) != n || a == s.w.at(i).address {
				s.wrong("%s has the alias 0x%x twice.", s.name(i), a)
			}
		}
	}
	for i := range s.w.counts {
		check("counters", i)
	}
	suspicions := make([]int, len(s.w.suspicions))
	for i, was := range s.w.suspect {
		check("suspicions", i)
		suspicions[was.duty]++
	}
	if !slices.Equal(suspicions, s.w.suspicions) {
		s.wrong("There are suspicions %v by duty, and %v are counted.", suspicions, s.w.suspicions)
	}
	for i := range s.w.debts {
		check("debts", i)
	}
}

func keptStates(s *survey) {
	for _, i := range s.all {
		o := s.w.at(i)
		for slot, states := range o.states {
			l, all := s.w.prog.lifeOf(o.kind, o.typ, slot), StateSet(0)
			if l != nil {
				all = l.all
			}
			if states&^all != 0 || states == 0 && l != nil {
				s.wrong("The states of %s in its lifecycle %d are %b, out of %b.", s.name(i), slot, states, all)
			}
		}
	}
}

func keptMarks(s *survey) {
	for _, i := range s.all {
		o, all := s.w.at(i), markSet(0)
		for _, at := range s.w.prog.marks {
			all |= at.bit[o.kind]
		}
		if o.yes&o.no != 0 || o.yes&^all != 0 || o.no&^s.w.prog.falseAtBirth[o.kind] != 0 {
			s.wrong("The marks of %s are %b, and not %b, out of %b.", s.name(i), o.yes, o.no, all)
		}
		if o.no&s.w.neverNo[o.kind][o.typ] != 0 {
			s.wrong("%s certainly lacks a mark that the recording may not show being set: %b.", s.name(i), o.no&s.w.neverNo[o.kind][o.typ])
		}
		if o.known>>values != 0 {
			s.wrong("%s remembers a value that there is no room for.", s.name(i))
		}
	}
}

func keptCounters(s *survey) {
	for _, i := range s.all {
		c := s.w.counts[i]
		if k := s.w.at(i).kind; (k == ProcessObject || k == ThreadObject || k == ModuleObject) != (c != nil) {
			s.wrong("%s has counters, or none.", s.name(i))
		}
		if c == nil {
			continue
		}
		for _, n := range c {
			if n.lo < 0 || n.hi < n.lo {
				s.wrong("%s has a counter between %d and %d.", s.name(i), n.lo, n.hi)
			}
		}
	}
}

func keptKinds(s *survey) {
	for _, i := range s.all {
		o := s.w.at(i)
		if k := o.class.Kind(); k != NoKind && k != o.kind && !isRegistration(o.kind) {
			s.wrong("%s is of class %s.", s.name(i), o.class)
		}
		if t := o.class.Type(); t != NoType && t != o.typ {
			s.wrong("%s is of class %s.", s.name(i), o.class)
		}
		if o.iface == unlisted && o.flags&(ownObserved|ownPartial) != 0 || o.iface != unlisted && o.flags&ownObserved != 0 && !s.w.observed(o.iface) {
			s.wrong("Every call on %s is taken for recorded.", s.name(i))
		}
	}
}

func keptReferences(s *survey) {
	for _, i := range s.all {
		o := s.w.at(i)
		if o.soft < 0 || o.running < 0 {
			s.wrong("%s: %d references may be gone, %d calls run.", s.name(i), o.soft, o.running)
		}
		if sum := o.client + o.mapi + o.provider; sum < 0 && o.flags&(unborn|ownObserved) != ownObserved {
			s.wrong("%s was released %d times too many, and may have had more references.", s.name(i), -sum)
		}
		total, part := s.w.total(o), s.w.held(o, Client)
		if total.lo < 0 || total.hi < total.lo || part.lo < 0 || part.hi < part.lo {
			s.wrong("%s: %d to %d references, of the client %d to %d.", s.name(i), total.lo, total.hi, part.lo, part.hi)
		}
		if part.lo > total.hi {
			s.wrong("%s: the client has %d references of at most %d.", s.name(i), part.lo, total.hi)
		}
		if sum := o.client + o.mapi + o.provider; o.flags&(unborn|ownObserved|ownPartial) == ownObserved && o.soft+o.running == 0 && (total.lo != max(0, sum) || total.hi != total.lo) {
			s.wrong("%s: %d references, which the sides hold %d of.", s.name(i), total.lo, sum)
		}
	}
}

func keptRunning(s *survey) {
	runs := map[index]int32{}
	for _, p := range s.procs {
		for _, t := range p.threads {
			for n := range t.frames {
				fr := &t.frames[n]
				if on := s.w.still(fr.on, fr.onSerial); on != 0 && isGrant(fr.op) {
					runs[on]++
				}
			}
		}
	}
	for _, i := range s.all {
		if o := s.w.at(i); o.running != runs[i] {
			s.wrong("%s: %d run, and %d are open.", s.name(i), o.running, runs[i])
		}
	}
}

func keptTombstones(s *survey) {
	for _, i := range s.all {
		o := s.w.at(i)
		if o.flags&dead == 0 {
			continue
		}
		if o.flags&(dying|keptAlive) != 0 || o.flags&weak == 0 {
			s.wrong("%s is dead, and flagged %b.", s.name(i), o.flags)
		}
		if o.parent|o.first|o.maker|o.firstMade != 0 {
			s.wrong("%s is dead, and belongs to %s and %s, or these to it: %s, %s.", s.name(i), s.name(o.parent), s.name(o.maker), s.name(o.first), s.name(o.firstMade))
		}
	}
}

func keptRing(s *survey) {
	seen := map[index]bool{}
	for _, p := range s.procs {
		if len(p.ring) > Tombstones || p.ringAt != 0 && (len(p.ring) < Tombstones || p.ringAt >= Tombstones) {
			s.wrong("%d are remembered, and the oldest is number %d.", len(p.ring), p.ringAt)
		}
		for _, i := range p.ring {
			if !s.inUse(i) {
				s.wrong("Slot %d is remembered, and free.", i)
				continue
			}
			if seen[i] || s.w.at(i).flags&weak == 0 || s.homes[i] != p {
				s.wrong("%s is remembered twice, or by another process.", s.name(i))
			}
			seen[i] = true
		}
	}
	for _, i := range s.all {
		if s.w.at(i).flags&weak != 0 && !seen[i] {
			s.wrong("%s is not remembered.", s.name(i))
		}
	}
}

func keptLingering(s *survey) {
	for _, i := range s.all {
		if o := s.w.at(i); o.flags&keptAlive != 0 && (s.w.total(o).lo > 0 || o.flags&dying != 0) {
			s.wrong("%s has %d references and is flagged %b.", s.name(i), s.w.total(o).lo, o.flags)
		}
	}
}

func keptDying(s *survey) {
	last := map[index]bool{}
	for _, p := range s.procs {
		for _, t := range p.threads {
			for n := range t.frames {
				fr := &t.frames[n]
				if fr.last != Yes {
					continue
				}
				for i := s.w.still(fr.on, fr.onSerial); i != 0 && !last[i]; i = s.w.at(i).parent {
					last[i] = true
				}
			}
		}
	}
	for _, i := range s.all {
		if o := s.w.at(i); o.flags&dying != 0 && !last[i] && o.flags&weak == 0 {
			s.wrong("%s is dying.", s.name(i))
		}
	}
}

func keptCalls(s *survey) {
	for _, p := range s.procs {
		ids := map[int64]bool{}
		entries := uint32(0)
		for tid, t := range p.threads {
			if t.tid != tid || t.proc != p || len(t.frames) > MaxDepth {
				s.wrong("Thread %d is kept as thread %d, with %d calls open.", t.tid, tid, len(t.frames))
			}
			entries += t.entries
			for n := range t.frames {
				fr := &t.frames[n]
				if ids[fr.id] || p.open.find(fr.id) != t {
					s.wrong("Call %d, %s, is open on thread %d and not in the list.", fr.id, fr.call.Name, tid)
				}
				if n > 0 && fr.line < t.frames[n-1].line || fr.foreign > p.entries-t.entries {
					s.wrong("Call %d, %s, began before the one around it, or after more calls than there were.", fr.id, fr.call.Name)
				}
				ids[fr.id] = true
			}
		}
		if p.open.count() != len(ids) || len(ids) > MaxOpen {
			s.wrong("%d calls are in the list, and %d are open.", p.open.count(), len(ids))
		}
		if entries > p.entries || len(p.threads) > 1 && !p.several {
			s.wrong("%d calls have begun, on the threads that live %d.", p.entries, entries)
		}
		if p.last != nil && p.threads[p.last.tid] != p.last {
			s.wrong("The last thread is %d, which is gone.", p.last.tid)
		}
	}
	for pid, p := range s.w.procs {
		if p.pid != pid || p.ended && (p.self != 0 || p.open.count()+len(p.threads)+len(p.byAddr)+len(p.ring) > 0) {
			s.wrong("Process %d is kept as process %d, or has ended and lives.", p.pid, pid)
		}
	}
}

func keptFrames(s *survey) {
	for _, p := range s.procs {
		for _, t := range p.threads {
			for n := range t.frames {
				fr := &t.frames[n]
				if i := s.w.still(fr.on, fr.onSerial); i != 0 && s.homes[i] != p {
					s.wrong("%s is called on %s of another process.", fr.call.Name, s.name(i))
				}
				if i := s.w.still(fr.session, fr.sessionSerial); i != 0 && (s.w.at(i).kind != SessionObject || s.homes[i] != p) {
					s.wrong("%s is called in the session %s.", fr.call.Name, s.name(i))
				}
				if fr.module != 0 && (!s.inUse(fr.module) || s.w.at(fr.module).kind != ModuleObject) {
					s.wrong("%s is called in the DLL %s.", fr.call.Name, s.name(fr.module))
				}
				if fr.arg != 0 && (!s.inUse(fr.arg) || s.homes[fr.arg] != p) {
					s.wrong("%s was passed %s.", fr.call.Name, s.name(fr.arg))
				}
			}
		}
	}
}

func keptPartners(s *survey) {
	for _, i := range s.all {
		o := s.w.at(i)
		for _, l := range []struct {
			to   index
			kind Kind
			back func(*object) index
		}{
			{o.logon, LogonObject, func(q *object) index { return back(q, o.kind) }},
			{o.store, StoreObject, func(q *object) index { return back(q, o.kind) }},
			{o.support, SupportObject, func(q *object) index { return back(q, o.kind) }},
			{o.module, ModuleObject, nil},
		} {
			switch {
			case l.to == 0:
			case !s.inUse(l.to) || s.w.at(l.to).kind != l.kind || s.homes[l.to] != s.homes[i]:
				s.wrong("%s is tied to %s.", s.name(i), s.name(l.to))
			case l.back != nil && l.back(s.w.at(l.to)) != i:
				s.wrong("%s is tied to %s, which is tied to %s.", s.name(i), s.name(l.to), s.name(l.back(s.w.at(l.to))))
			}
		}
	}
}

// back is the partner of a kind.
func back(o *object, k Kind) index {
	switch k {
	case LogonObject:
		return o.logon
	case StoreObject:
		return o.store
	}
	return o.support
}

func keptRegistrations(s *survey) {
	for _, i := range s.all {
		o, above := s.w.at(i), SupportObject
		switch o.kind {
		case UIDObject, RowObject, SubscriptionObject:
		case ServiceObject:
			above = SessionObject
		default:
			continue
		}
		if s.w.at(o.parent).kind != above {
			s.wrong("%s hangs below %s.", s.name(i), s.name(o.parent))
		}
	}
}

func keptBlindness(s *survey) {
	blind := map[*process]int32{}
	for _, i := range s.all {
		blind[s.homes[i]] += s.w.blind(s.w.at(i))
	}
	for _, p := range s.procs {
		if p.blind != blind[p] {
			s.wrong("%d are counted in process %d, and there are %d.", p.blind, p.pid, blind[p])
		}
	}
}

func keptHistories(s *survey) {
	for _, i := range s.all {
		o := s.w.at(i)
		if o.pastN > pastLen {
			s.wrong("%s has a history of %d.", s.name(i), o.pastN)
			continue
		}
		at := o.born.line()
		for _, h := range o.past[:o.pastN] {
			if h.line() < at {
				s.wrong("In the history of %s line %d follows line %d.", s.name(i), h.line(), at)
			}
			at = h.line()
		}
	}
}

func keptFindings(s *survey) {
	w := s.w
	sum := make([]int64, len(w.tallies))
	for i := range w.findings {
		f := &w.findings[i]
		if _, ok := w.keys[f.key]; !ok {
			s.wrong("The finding of %s at line %d is not in the list of faults.", f.Rule.ID, f.Line)
		}
		for _, r := range f.raised {
			sum[r.rule] += r.n
		}
	}
	if len(w.keys) != len(w.findings) {
		s.wrong("%d faults have %d findings.", len(w.keys), len(w.findings))
	}
	for n, t := range w.tallies {
		if len(w.findings) < MaxFindings && t.violated != sum[n] || min(t.held, t.blind, t.open) < 0 {
			s.wrong("%s is violated %d times, and findings say %d; held %d, unclear %d, open %d.", w.prog.rules[n].ID, t.violated, sum[n], t.held, t.blind, t.open)
		}
	}
	for _, p := range s.procs {
		if p.held != nil && (p.late || slices.Min(p.held) < 0) {
			s.wrong("Process %d holds back what rests on its start, which the recording does not have.", p.pid)
		}
	}
}

func keptAccusations(s *survey) {
	for _, a := range s.w.waiting {
		found := false
		if p := s.w.procs[a.pid]; p != nil && p.threads[a.tid] != nil {
			for _, fr := range p.threads[a.tid].frames {
				found = found || fr.id == a.frame && fr.deferred
			}
		}
		if !found {
			s.wrong("%s waits for call %d of thread %d.", a.finding.Rule.ID, a.frame, a.tid)
		}
	}
}

func keptScratch(s *survey) {
	if w := s.w; len(w.list)+len(w.ending) > 0 || w.recorded != nil {
		s.wrong("%d are gathered, %d are ending.", len(w.list), len(w.ending))
	}
}

func keptInitialisation(s *survey) {
	for _, p := range s.procs {
		n := s.count(p.self, "initialised")
		if n.lo >= 1 && s.in(p.self, "Up Starting") == No || n.hi == 0 && s.in(p.self, "Up") == Yes {
			s.wrong("Process %d counts %s, in state %b.", p.pid, n, s.w.at(p.self).states)
		}
		for _, t := range p.threads {
			if n := s.count(t.self, "initialised here"); n.lo >= 1 && s.in(t.self, "In") == No {
				s.wrong("Thread %d counts %s, in state %b.", t.tid, n, s.w.at(t.self).states)
			}
		}
	}
}

func keptLoading(s *survey) {
	for _, i := range s.all {
		if s.w.at(i).kind != ModuleObject {
			continue
		}
		if n := s.count(i, "loads"); n.lo >= 1 && s.in(i, "Unloaded") == Yes || n.hi == 0 && s.in(i, "Unloaded") == No {
			s.wrong("%s is loaded %s times, in state %b.", s.name(i), n, s.w.at(i).states)
		}
		if s.in(i, "Used") == Yes && s.marked(i, "holds a provider") == No {
			s.wrong("No entry point function of a provider has been called in %s, in state %b.", s.name(i), s.w.at(i).states)
		}
	}
}

func keptDeath(s *survey) {
	for _, i := range s.all {
		o := s.w.at(i)
		last := s.end(o)
		if last == 0 {
			continue
		}
		if o.flags&dead != 0 && last&o.states[0] == 0 {
			s.wrong("%s is dead, in state %b.", s.name(i), o.states[0])
		}
		if o.flags&(unborn|ownObserved|ownPartial) != ownObserved || o.kind != StoreObject && o.kind != Subobject {
			continue // it may be gone, and another object at its address
		}
		if o.states[0] == last && s.w.total(o).lo > 0 {
			s.wrong("%s is gone and has %d references.", s.name(i), s.w.total(o).lo)
		}
	}
}

// end is the state that an object's first lifecycle ends in with the last reference, as a set; none for what nobody holds references on.
func (s *survey) end(o *object) StateSet {
	if l := s.w.prog.lifeOf(o.kind, o.typ, 0); l != nil && l.gone >= 0 && !isRegistration(o.kind) {
		return 1 << l.gone
	}
	return 0
}

// atWork says which calls make an object pass through a state.
var atWork = []struct {
	kind   Kind
	states string
	calls  []bool
}{
	{ProcessObject, "Starting", opSet("MAPIInitialize")},
	{ProcessObject, "Closing", opSet("MAPIUninitialize")},
	{SessionObject, "LoggingOff", opSet("IMAPISession::Logoff")},
	{ProviderObject, "ShuttingDown", opSet("IABProvider::Shutdown IMSProvider::Shutdown IXPProvider::Shutdown")},
	{LogonObject, "LoggingOff", opSet("IABLogon::Logoff IMSLogon::Logoff IXPLogon::TransportLogoff")},
	{StoreObject, "LoggingOff Drained", opSet("IMsgStore::StoreLogoff")},
	{SupportObject, "Closing", opSet("IMAPISupport::Release")},
	{ServiceObject, "Configuring", opSet("MSGServiceEntry")},
}

func keptWork(s *survey) {
	for _, at := range atWork {
		s.known(at.kind, func(p *process, i index, o *object) {
			on := i
			if at.kind == ProcessObject || at.kind == ServiceObject {
				on = 0
			}
			if !p.abandoned && o.flags&unborn == 0 && s.in(i, at.states) == Yes && !s.open(p, at.calls, on) {
				s.wrong("%s is in state %b.", s.name(i), o.states)
			}
		})
	}
}

func keptLogoff(s *survey) {
	s.known(LogonObject, func(_ *process, i index, _ *object) {
		if on := s.in(i, "Active Fresh"); on == Yes && s.marked(i, "logged off") == Yes || on == No && s.marked(i, "logged off") == No && s.in(i, "Gone") == No {
			s.wrong("%s is in state %b.", s.name(i), s.w.at(i).states)
		}
	})
}

func keptDraining(s *survey) {
	s.known(StoreObject, func(_ *process, i index, _ *object) {
		if s.in(i, "Drained Complete") == Yes && (s.marked(i, "StoreLogoffTransports called") == No || s.marked(i, "StoreLogoff called") == No) {
			s.wrong("%s is in state %b.", s.name(i), s.w.at(i).states)
		}
	})
}

func keptMembers(s *survey) {
	s.known(SessionObject, func(_ *process, i index, o *object) {
		if s.in(i, "Active") == Yes && s.in(i, "Parted Ended") == Yes {
			s.wrong("%s is active.", s.name(i))
		}
		if o.flags&(newSession|maybeShared) == newSession && s.in(i, "LoggedOff") == Yes && s.in(i, "Ended") == No {
			s.wrong("%s was logged off.", s.name(i))
		}
	})
}

// What follows is MAPI.

func rightCounts(s *survey) {
	for _, i := range s.all {
		if o := s.w.at(i); o.flags&(unborn|ownObserved|ownPartial) == ownObserved && o.client+o.mapi+o.provider+o.soft+o.running < 0 {
			s.wrong("%s: client %d, MAPI %d, provider %d.", s.name(i), o.client, o.mapi, o.provider)
		}
	}
}

func rightGone(s *survey) {
	for _, i := range s.all {
		o := s.w.at(i)
		if last := s.end(o); last == 0 || o.states[0] != last || o.flags&unborn != 0 || s.homes[i].late {
			continue
		}
		if s.w.total(o).lo > 0 {
			s.wrong("%s has %d references.", s.name(i), s.w.total(o).lo)
		}
	}
}

func rightThreads(s *survey) {
	for _, p := range s.procs {
		if p.late {
			continue
		}
		sum := int32(0)
		for _, t := range p.threads {
			n := s.count(t.self, "initialised here")
			if n.hi == unbounded {
				return
			}
			sum += n.hi
		}
		if n := s.count(p.self, "initialised"); n.lo > sum {
			s.wrong("Process %d counts %s, its threads %d.", p.pid, n, sum)
		}
		for _, t := range p.threads {
			if n := s.count(t.self, "initialised here"); n.hi == 0 && s.in(t.self, "In") == Yes || n.lo > 0 && s.in(t.self, "Out Left") == Yes {
				s.wrong("Thread %d counts %s, in state %b.", t.tid, n, s.w.at(t.self).states)
			}
		}
		if s.in(p.self, "Down") == Yes && s.count(p.self, "utilities").lo > 0 {
			s.wrong("Process %d has called ScInitMapiUtil %s times and is down.", p.pid, s.count(p.self, "utilities"))
		}
	}
}

func rightClosed(s *survey) {
	s.known(SessionObject, func(p *process, i index, _ *object) {
		if s.in(p.self, "Closed") == Yes && s.in(p.self, "Normal") == Yes && s.in(i, "Active") == Yes && s.held(i, Client) {
			s.wrong("%s is.", s.name(i))
		}
	})
}

func rightExiting(s *survey) {
	for _, p := range s.procs {
		if !p.late && s.in(p.self, "Exiting") == Yes && (s.in(p.self, "Up") == No || s.count(p.self, "initialised").hi == 0) {
			s.wrong("Process %d is in state %b.", p.pid, s.w.at(p.self).states)
		}
	}
}

func rightLogoff(s *survey) {
	for _, k := range []Kind{StoreObject, Subobject} {
		s.known(k, func(_ *process, i index, o *object) {
			if session := s.w.sessionOf(i); session != 0 && s.in(session, "LoggedOff") == Yes && o.flags&unborn == 0 && s.held(i, Client) {
				s.wrong("It holds %s.", s.name(i))
			}
		})
	}
}

func rightAdvises(s *survey) {
	s.known(AdviseObject, func(_ *process, i index, o *object) {
		if session := s.w.sessionOf(i); session != 0 && s.in(session, "LoggedOff") == Yes && s.in(i, "Registered Dangling") == Yes {
			s.wrong("%s is.", s.name(i))
		}
		if above := s.w.at(o.parent); s.in(i, "Registered") == Yes && (above.flags&dead != 0 || above.kind == ProcessObject) {
			s.wrong("%s has no source any more.", s.name(i))
		}
	})
}

var sessionReleases = opSet("IMAPISession::Release")

func rightLogons(s *survey) {
	s.known(LogonObject, func(p *process, i index, _ *object) {
		if s.held(i, MAPI) && s.in(i, "Active Fresh") == Yes && s.marked(i, "its session has ended") == Yes && s.marked(i, "its provider is shut down") == No &&
			s.w.sessionOf(i) == 0 && !s.open(p, sessionReleases, 0) {
			s.wrong("%s is.", s.name(i))
		}
	})
}

func rightProviders(s *survey) {
	s.known(LogonObject, func(p *process, i index, o *object) {
		if !s.held(i, MAPI) || o.typ == XPType && (o.support == 0 || s.in(o.support, "Closing Closed Gone") != No) {
			return
		}
		if o.maker != 0 && s.in(o.maker, "ShuttingDown ShutDown Gone") == Yes || o.maker == 0 && o.flags&forgotten != 0 && len(p.ring) < Tombstones {
			s.wrong("%s has the provider object %s.", s.name(i), s.name(o.maker))
		}
	})
}

func rightModules(s *survey) {
	for _, k := range []Kind{ProviderObject, LogonObject} {
		s.known(k, func(_ *process, i index, o *object) {
			if o.module != 0 && s.in(o.module, "Unloaded") == Yes && s.held(i, MAPI) {
				s.wrong("%s belongs to %s.", s.name(i), s.name(o.module))
			}
		})
	}
}

func rightSupport(s *survey) {
	s.known(SupportObject, func(p *process, i index, o *object) {
		if o.typ == ConfigType || s.marked(i, "for a message service") == Yes || o.flags&(unborn|forgotten) != 0 || !s.held(i, Provider) || s.passed(p, i) {
			return
		}
		lives := func(j index) bool { return j != 0 && s.w.at(j).flags&dead == 0 }
		shared := false
		s.known(LogonObject, func(_ *process, _ index, other *object) {
			shared = shared || o.typ == ABType && other.typ == ABType && other.module == o.module
		})
		if !lives(o.logon) && !lives(o.store) && !shared {
			s.wrong("%s has neither.", s.name(i))
		}
	})
}

func rightRegistrations(s *survey) {
	for _, k := range []Kind{UIDObject, RowObject} {
		s.known(k, func(p *process, i index, o *object) {
			above := o.parent
			if s.in(i, "Registered Present") != Yes || s.w.at(above).kind == SupportObject && (s.w.held(s.w.at(above), Provider).hi > 0 || s.in(above, "Closing") != No || s.passed(p, above)) {
				return
			}
			s.wrong("%s hangs below %s.", s.name(i), s.name(above))
		})
	}
}

func rightTraffic(s *survey) {
	s.known(LogonObject, func(_ *process, i index, o *object) {
		if o.typ != XPType || o.support == 0 || s.marked(i, "inbound") != Yes || s.in(i, "Fresh Active") != Yes || s.in(o.support, "Retained") != Yes {
			return
		}
		for c := s.w.at(o.support).first; c != 0; c = s.w.at(c).next {
			if s.w.at(c).kind == RowObject {
				return
			}
		}
		if s.w.at(o.support).flags&(unborn|forgotten) == 0 && s.w.at(o.support).flags&ownObserved != 0 {
			s.wrong("%s has none.", s.name(i))
		}
	})
}

func rightStores(s *survey) {
	s.known(LogonObject, func(_ *process, i index, o *object) {
		if o.typ == MSType && o.store != 0 && o.support != 0 && s.w.at(o.store).flags&dead != 0 && s.in(o.support, "Closed Gone") == Yes && s.in(i, "Active") == Yes && s.held(i, MAPI) {
			s.wrong("%s is not.", s.name(i))
		}
	})
}
