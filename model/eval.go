package model

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// val is what a term comes to: a number between lo and hi, a null pointer, or nothing that is known.
type val struct {
	lo, hi uint64
	null   bool
	given  bool // the recording has it
}

var unknownVal = val{lo: 0, hi: math.MaxUint64}

func exactly(n uint64) val { return val{lo: n, hi: n, given: true} }

func (v val) exact() bool { return v.given && !v.null && v.lo == v.hi }

func span(i interval) val {
	v := val{lo: uint64(i.lo), hi: uint64(i.hi), given: true}
	if i.hi == unbounded {
		v.hi = math.MaxUint64
	}
	return v
}

type termFn func(w *World) val

// cond compiles a condition. What it needs of the call that returns is kept from its beginning. A condition that does not speak of This
// is evaluated once in a moment, however many triggers, guards and duties ask.
func (c *compiler) cond(x Cond) condFn {
	switch x.Is {
	case allOf, anyOf, within, directly, withinOn, outermost:
		if !x.speaksOfThis() {
			return c.memorised(x)
		}
	}
	return c.build(x)
}

// A memo is what a condition came to in a moment.
type memo struct {
	moment uint32
	answer Tri
}

func (c *compiler) memorised(x Cond) condFn {
	key := fmt.Sprintf("%#v", x)
	if f, ok := c.memos[key]; ok {
		c.starts = c.starts || c.memoStarts[key]
		return f
	}
	before := c.starts
	c.starts = false
	f, slot := c.build(x), c.pr.memos
	c.pr.memos++
	g := func(w *World) Tri {
		m := &w.memos[slot]
		if m.moment != w.moment {
			m.answer = f(w)
			m.moment = w.moment
		}
		return m.answer
	}
	c.memos[key], c.memoStarts[key] = g, c.starts
	c.starts = c.starts || before
	return g
}

// speaksOfThis tells conditions that depend on the object in turn, or on the beginning of the call.
func (c Cond) speaksOfThis() bool {
	switch c.Is {
	case always, reading, within, directly, outermost, madeBy, saidBy, observed, asks, calledAs, undisturbed, noSinks, leaksCount, wasAlive, firstInside:
		return false
	case allOf, anyOf, notOf:
		return slices.ContainsFunc(c.Parts, Cond.speaksOfThis)
	case atEntry: // its place in the frame depends on the trigger
		return true
	case atLeast, atMost, equal, onlyBits, anyBit, oneBit, isNull, isGiven:
		return c.Left.speaksOfThis() || c.Right.speaksOfThis()
	case sameObject:
		return c.Path.leadsFromThis() || c.Other.leadsFromThis()
	}
	return c.Path.leadsFromThis()
}

// ordered tells conditions that depend on what other threads do before the call, and not only on the call itself and on what was remembered
// of earlier ones.
func (c Cond) ordered() bool {
	switch c.Is {
	case allOf, anyOf, notOf:
		return slices.ContainsFunc(c.Parts, Cond.ordered)
	case equal, onlyBits, anyBit, oneBit, isNull, isGiven, atLeast, atMost:
		return c.Left.ordered() || c.Right.ordered()
	case always, reading, madeBy, saidBy, within, directly, withinOn, outermost, isType, ofKind, hasInterface, known, sameObject, asks, calledAs, individual:
		return false
	}
	return true
}

func (t Term) ordered() bool {
	switch t.What {
	case references, counter, population, offspring, running:
		return true
	}
	return false
}

func (t Term) speaksOfThis() bool {
	switch t.What {
	case references, counter, remembered, population, offspring, serial:
		return t.Path.leadsFromThis()
	case argument, callerArgument: // what has to be kept of a call depends on the trigger
		return true
	}
	return false
}

func (p Path) leadsFromThis() bool {
	switch p {
	case On, TheProcess, TheThread, TheSession, TheModule, TheService, NewLogon, NewStore, Passed:
		return false
	}
	return true
}

func (c *compiler) build(x Cond) condFn {
	switch x.Is {
	case always:
		return func(*World) Tri { return Yes }
	case allOf, anyOf:
		return c.several(x)
	case notOf:
		f := c.cond(x.Parts[0])
		return func(w *World) Tri { return f(w).Not() }
	case reading:
		answer := triOf(c.pr.Profile.Has(x.Read))
		return func(*World) Tri { return answer }
	case inState:
		return c.inState(x)
	case atLeast, atMost, equal, onlyBits, anyBit, oneBit, isNull, isGiven:
		return c.compare(x)
	case within, directly, withinOn, outermost, firstInside:
		return c.nesting(x)
	case madeBy:
		sides := x.Sides
		return func(w *World) Tri { return triOf(w.cur.maker&sides != 0) }
	case saidBy:
		sides := x.Sides
		return func(w *World) Tri {
			if w.cur.ev.By == NoSide {
				return Unknown
			}
			return triOf(w.cur.ev.By&sides != 0)
		}
	case atEntry:
		return c.atEntry(x)
	case observed:
		i, _ := interfaceOf(x.Names)
		return func(w *World) Tri { return triOf(w.observed(i)) }
	case asks:
		i, _ := interfaceOf(x.Names)
		return func(w *World) Tri {
			iface, ok := w.asked(w.cur.ev)
			if !ok {
				return Unknown.And(triOf(w.asksOther()))
			}
			return triOf(iface == i)
		}
	case calledAs:
		i, _ := interfaceOf(x.Names)
		return func(w *World) Tri {
			m := &w.cur
			if m.fr != nil && m.entering && m.on != 0 && m.fr.call.iface != unlisted && interfaces[m.fr.call.iface].Base && m.ev.On.Key != w.at(m.on).address {
				return Unknown // by IUnknown, through what QueryInterface returned
			}
			return triOf(m.fr != nil && m.fr.call.iface == i)
		}
	case noSinks:
		return func(w *World) Tri {
			if w.cur.p.mayNotify() {
				return Unknown
			}
			return Yes
		}
	case undisturbed:
		return func(w *World) Tri { return triOf(!w.disturbed()) }
	case leaksCount:
		c.starts = true
		return (*World).leaksCount
	case wasAlive:
		p := paramOf(x.Names)
		return func(w *World) Tri {
			births := w.cur.births[:w.cur.nbirths]
			for _, b := range births {
				if b.param != p {
					continue
				}
				first := slices.IndexFunc(births, func(c birth) bool { return c.obj == b.obj })
				b.was = births[first].was // the call may have handed it out twice
				if o := w.at(b.obj); b.was == Yes && w.cur.fr != nil && w.inside(o.born.line(), w.cur.fr) {
					if o.flags&unborn != 0 {
						return Unknown
					}
					return No // a call nested inside made it, and it is passed on
				}
				if iface := w.at(b.obj).iface; b.was == No && iface != unlisted && w.cur.p.gifts>>iface&1 != 0 {
					return Unknown // some call has handed out an object whose pointer is not on record
				}
				return b.was
			}
			return No
		}
	}
	return c.about(x)
}

func (c *compiler) several(x Cond) condFn {
	var parts []condFn
	for _, p := range x.Parts {
		parts = append(parts, c.cond(p))
	}
	if len(parts) == 2 {
		a, b := parts[0], parts[1]
		if x.Is == allOf {
			return func(w *World) Tri {
				if v := a(w); v == No {
					return No
				} else {
					return v.And(b(w))
				}
			}
		}
		return func(w *World) Tri {
			if v := a(w); v == Yes {
				return Yes
			} else {
				return v.Or(b(w))
			}
		}
	}
	if x.Is == allOf {
		return func(w *World) Tri {
			answer := Yes
			for _, p := range parts {
				if answer = answer.And(p(w)); answer == No {
					break
				}
			}
			return answer
		}
	}
	return func(w *World) Tri {
		answer := No
		for _, p := range parts {
			if answer = answer.Or(p(w)); answer == Yes {
				break
			}
		}
		return answer
	}
}

func (c *compiler) path(p Path) Path {
	if p == TheProcess || p == TheThread || p == TheModule || p == ItsModule {
		c.starts = true
	}
	return p
}

// inState compiles to one mask of states for each lifecycle that has them.
func (c *compiler) inState(x Cond) condFn {
	where := c.pr.statesOf(x.Names)
	p := c.path(x.Path)
	return func(w *World) Tri {
		i := w.follow(p)
		if i == 0 {
			return Unknown
		}
		o := w.at(i)
		at := &where[o.kind][o.typ]
		switch in := o.states[at.slot] & at.mask; in {
		case 0:
			return No
		case o.states[at.slot]:
			return Yes
		}
		return Unknown
	}
}

// statesOf finds the states by name in the lifecycle of each kind and type of object that has one of them.
func (pr *Program) statesOf(names string) *[kinds][providerTypes]struct {
	slot uint8
	mask StateSet
} {
	masks := pr.masksOf(names)
	var at [kinds][providerTypes]struct {
		slot uint8
		mask StateSet
	}
	for k := range at {
		for t := range at[k] {
			for slot, l := range pr.slot[k][t] {
				if l >= 0 && masks[l] != 0 {
					at[k][t].slot, at[k][t].mask = uint8(slot), masks[l]
					break
				}
			}
		}
	}
	return &at
}

// masksOf finds the states by name in every lifecycle. A lifecycle is meant if it has one of them.
func (pr *Program) masksOf(names string) []StateSet {
	masks := make([]StateSet, len(pr.Spec.Lifecycles))
	for n, l := range pr.Spec.Lifecycles {
		for _, name := range splitPatterns(names) {
			if i := slices.Index(l.StateNames(), name); i >= 0 {
				masks[n] |= 1 << i
			}
		}
	}
	return masks
}

func (c *compiler) about(x Cond) condFn {
	p := c.path(x.Path)
	switch x.Is {
	case marked:
		at := c.pr.marks[x.Names]
		return func(w *World) Tri {
			i := w.follow(p)
			if i == 0 {
				return Unknown
			}
			o := w.at(i)
			switch bit := at.bit[o.kind]; {
			case bit == 0:
				return No
			case o.yes&bit != 0:
				return Yes
			case o.no&bit != 0:
				return No
			}
			return Unknown
		}
	case isType:
		typ := x.Typ
		return func(w *World) Tri {
			i := w.follow(p)
			if i == 0 || w.at(i).typ == NoType {
				return Unknown
			}
			return triOf(w.at(i).typ == typ)
		}
	case hasInterface:
		iface, _ := interfaceOf(x.Names)
		return func(w *World) Tri {
			i := w.follow(p)
			if i == 0 || w.at(i).iface == unlisted && w.at(i).kind == Subobject {
				return Unknown
			}
			return triOf(w.at(i).iface == iface)
		}
	case bornInside:
		return func(w *World) Tri {
			i, fr := w.follow(p), w.cur.fr
			switch {
			case i == 0 || fr == nil:
				return Unknown
			case !w.inside(w.at(i).born.line(), fr):
				return No
			case w.cur.p.entries-w.cur.t.entries != fr.foreign:
				return Unknown
			}
			return Yes
		}
	case handedOutAs:
		q := paramOf(x.Names)
		return func(w *World) Tri {
			i := w.follow(p)
			return triOf(slices.ContainsFunc(w.cur.births[:w.cur.nbirths], func(b birth) bool { return b.param == q && b.obj == i }))
		}
	case isDying:
		return func(w *World) Tri {
			i := w.follow(p)
			return triOf(i != 0 && w.at(i).flags&dying != 0)
		}
	case isDead:
		return func(w *World) Tri {
			i := w.follow(p)
			return triOf(i != 0 && w.at(i).flags&dead != 0)
		}
	case ofSeveralSessions:
		return func(w *World) Tri {
			for i := w.follow(p); i != 0; i = w.at(i).parent {
				o := w.at(i)
				if o.flags&severalClients != 0 {
					return Unknown
				}
				if s := w.sessionOf(i); o.kind == StoreObject && o.flags&unborn != 0 && s != 0 && w.at(s).flags&(newSession|maybeShared) != newSession {
					return Unknown // another member may have opened it before, unseen
				}
			}
			return No
		}
	case recognised:
		return func(w *World) Tri {
			i := w.follow(p)
			return triOf(i != 0 && w.proves(i)).Or(Unknown)
		}
	case ofKind:
		kind := x.Kind
		return func(w *World) Tri {
			i := w.follow(p)
			return triOf(i != 0 && w.at(i).kind == kind)
		}
	case passedIn:
		return func(w *World) Tri {
			i := w.follow(p)
			for d := w.depth() - 1; d >= 0; d-- {
				if f := &w.cur.t.frames[d]; f.arg == i && i != 0 {
					return Yes
				}
			}
			return w.unseenBase()
		}
	case sameObject:
		q := c.path(x.Other)
		return func(w *World) Tri {
			i, j := w.follow(p), w.follow(q)
			if i == 0 || j == 0 {
				return Unknown
			}
			return triOf(i == j)
		}
	case known:
		return func(w *World) Tri {
			if p == NewLogon || p == NewStore {
				for _, b := range w.cur.births[:w.cur.nbirths] {
					if b.obj != 0 && b.was == Unknown && w.at(b.obj).kind == map[Path]Kind{NewLogon: LogonObject, NewStore: StoreObject}[p] {
						return Unknown // the old one again, or a new one
					}
				}
			}
			return triOf(w.follow(p) != 0)
		}
	case lastReference:
		return func(w *World) Tri {
			i := w.follow(p)
			if i == 0 {
				return Unknown
			}
			return w.lastReference(w.at(i))
		}
	case hasChildren:
		return func(w *World) Tri {
			i := w.follow(p)
			if i == 0 {
				return Unknown
			}
			return w.childrenLive(i, 0)
		}
	case individual:
		return func(w *World) Tri {
			i := w.follow(p)
			if i == 0 || w.at(i).flags&newSession == 0 {
				return Unknown
			}
			return triOf(w.at(i).flags&maybeShared == 0)
		}
	case balanced:
		return func(w *World) Tri {
			i := w.follow(p)
			if i == 0 {
				return Unknown
			}
			return triOf(w.at(i).teardown >= 1)
		}
	case heldByOthers:
		return func(w *World) Tri {
			i := w.follow(p)
			if i == 0 {
				return Unknown
			}
			switch o := w.at(i); {
			case o.flags&severalClients == 0:
				return triOf(o.flags&(unborn|ownObserved) != ownObserved).And(Unknown)
			case o.flags&clientReleased == 0 && w.held(o, Client).lo >= 2:
				return Yes
			}
			return Unknown
		}
	}
	panic("model: condition without a meaning")
}

func (w *World) lastReference(o *object) Tri {
	if o.flags&(dead|dying|keptAlive) != 0 {
		return No
	}
	switch t := w.total(o); {
	case t.lo == 1 && t.hi == 1:
		return Yes
	case t.lo <= 1 && t.hi >= 1:
		return Unknown
	}
	return No
}

func (c *compiler) compare(x Cond) condFn {
	left := c.term(x.Left)
	if x.Is == isNull {
		return func(w *World) Tri {
			v := left(w)
			if !v.given {
				return Unknown
			}
			return triOf(v.null)
		}
	}
	if x.Is == isGiven {
		return func(w *World) Tri { return triOf(left(w).given) }
	}
	right := c.term(x.Right)
	is := x.Is
	return func(w *World) Tri {
		l, r := left(w), right(w)
		switch is {
		case equal:
			return sameValue(l, r)
		case atLeast:
			if l.null || r.null {
				return Unknown
			}
			return triOf(l.lo >= r.hi).Or(triOf(l.hi >= r.lo).And(Unknown))
		case atMost:
			if l.null || r.null {
				return Unknown
			}
			return triOf(l.hi <= r.lo).Or(triOf(l.lo <= r.hi).And(Unknown))
		}
		if !l.exact() {
			return Unknown
		}
		switch is {
		case onlyBits:
			return triOf(l.lo&^r.lo == 0)
		case anyBit:
			return triOf(l.lo&r.lo != 0)
		}
		return triOf(l.lo&^r.lo == 0 && bits.OnesCount64(l.lo) == 1)
	}
}

func sameValue(l, r val) Tri {
	switch {
	case l.null && r.null:
		return Yes
	case l.null && r.given, r.null && l.given:
		return No
	case l.null || r.null:
		return Unknown
	case l.hi < r.lo || r.hi < l.lo:
		return No
	case l.lo == l.hi && r.lo == r.hi:
		return Yes
	}
	return Unknown
}

func (c *compiler) nesting(x Cond) condFn {
	set := opSet(x.Names)
	needs := observedAt(x.Names)
	p := x.Path
	switch x.Is {
	case outermost:
		return (*World).outermost
	case directly:
		return func(w *World) Tri {
			if d := w.depth(); d > 0 && set[w.cur.t.frames[d-1].op] {
				return Yes
			} else if d > 0 {
				return w.unseenAmong(needs)
			}
			return w.unseenBase().Or(w.unseenAmong(needs))
		}
	case firstInside:
		return func(w *World) Tri { return triOf(set[w.cur.fr.first]) }
	}
	on := x.Is == withinOn
	return func(w *World) Tri {
		var wanted index
		if on {
			if wanted = w.follow(p); wanted == 0 {
				return Unknown
			}
		}
		for d := w.depth() - 1; d >= 0; d-- {
			f := &w.cur.t.frames[d]
			if set[f.op] && (!on || f.on == wanted) {
				return Yes
			}
		}
		return w.unseenBase().Or(w.unseenAmong(needs))
	}
}

// observedAt are the interfaces that show calls of the operations.
func observedAt(patterns string) (needs uint64) {
	for _, op := range matchAll(patterns) {
		if i := ops.ops[op].observedThrough(); i != unlisted {
			needs |= 1 << i
		}
	}
	return needs
}

// unseenAmong is No, unless the recording does not observe one of these interfaces.
func (w *World) unseenAmong(needs uint64) Tri {
	if needs&^w.seen != 0 {
		return Unknown
	}
	return No
}

// outermost tells whether no call encloses the current one.
func (w *World) outermost() Tri {
	switch {
	case w.cur.t == nil:
		return Yes
	case w.depth() > 0:
		return No
	}
	return triOf(!w.cur.t.based).Or(Unknown)
}

// depth is how many calls enclose the current one on its thread.
func (w *World) depth() int {
	switch {
	case w.cur.t == nil:
		return 0
	case w.cur.fr == nil: // an event that is no call
		return len(w.cur.t.frames)
	}
	return len(w.cur.t.frames) - 1
}

// unseenBase is No, unless calls that the recording lost may enclose the current one.
func (w *World) unseenBase() Tri {
	if w.cur.t != nil && w.cur.t.based {
		return Unknown
	}
	return No
}

func opSet(patterns string) []bool {
	set := make([]bool, len(ops.ops))
	for _, o := range matchAll(patterns) {
		set[o] = true
	}
	return set
}

// atEntry evaluates a condition when the call begins and keeps the answer in the frame.
func (c *compiler) atEntry(x Cond) condFn {
	f := c.cond(x.Parts[0])
	trigger := c.cur
	slot := 0
	for _, op := range trigger.ops {
		slot = max(slot, len(c.pr.entryConds[op]))
	}
	for _, op := range trigger.ops {
		for len(c.pr.entryConds[op]) < slot {
			c.pr.entryConds[op] = append(c.pr.entryConds[op], entryCond{})
		}
		c.pr.entryConds[op] = append(c.pr.entryConds[op], entryCond{x.Parts[0], f})
	}
	return func(w *World) Tri { return Tri(int8(w.cur.fr.entry>>(2*slot)&3) - 1) }
}

func (c *compiler) term(x Term) termFn {
	f := c.unmasked(x)
	if x.Mask == 0 {
		return f
	}
	mask := x.Mask
	return func(w *World) val {
		v := f(w)
		if v.exact() {
			v.lo &^= mask
			v.hi = v.lo
		} else if !v.null {
			v.lo = 0
		}
		return v
	}
}

func (c *compiler) unmasked(x Term) termFn {
	if x.UID {
		q, out := paramOf(x.Name), x.What == output
		return func(w *World) val {
			if w.cur.entering == out { // what a call that returns was passed is not kept as a text
				return unknownVal
			}
			return findUID(w.cur.ev.Args, q)
		}
	}
	p := c.path(x.Path)
	switch x.What {
	case constant:
		v := exactly(x.N)
		return func(*World) val { return v }
	case argument:
		return c.argument(paramOf(x.Name))
	case callerArgument:
		q, set := paramOf(x.Name), opSet(x.Ops)
		for _, op := range matchAll(x.Ops) {
			c.keep(op, q)
		}
		return func(w *World) val {
			d := w.depth() - 1
			if d < 0 || !set[w.cur.t.frames[d].op] {
				return unknownVal
			}
			up := &w.cur.t.frames[d]
			return up.argument(q)
		}
	case output:
		q := paramOf(x.Name)
		return func(w *World) val { return find(w.cur.ev.Args, q) }
	case result:
		return func(w *World) val {
			if !w.cur.ev.HasHR {
				return unknownVal
			}
			return exactly(uint64(w.cur.ev.HR))
		}
	case returned:
		return func(w *World) val {
			if !w.cur.ev.HasRef || w.cur.ev.Ref < 0 {
				return unknownVal
			}
			return exactly(uint64(w.cur.ev.Ref))
		}
	case references:
		sides := x.Sides
		return func(w *World) val {
			i := w.follow(p)
			switch {
			case i == 0:
				return unknownVal
			case sides == 0:
				return span(w.total(w.at(i)))
			}
			return span(w.held(w.at(i), sides))
		}
	case counter:
		at := c.pr.counters[x.Name]
		return func(w *World) val {
			i := w.follow(p)
			if i == 0 || w.at(i).kind != at.kind {
				return unknownVal
			}
			return span(w.counts[i][at.slot])
		}
	case remembered:
		at := c.pr.memories[x.Name]
		return func(w *World) val {
			i := w.follow(p)
			if i == 0 || w.at(i).kind != at.kind || w.at(i).known>>at.slot&1 == 0 {
				return unknownVal
			}
			return exactly(w.at(i).values[at.slot])
		}
	case serial:
		return func(w *World) val {
			i := w.follow(p)
			if i == 0 {
				return unknownVal
			}
			return exactly(uint64(w.at(i).serial))
		}
	case population, offspring:
		return c.population(x, p)
	}
	set := opSet(x.Name) // running
	return func(w *World) val {
		n := uint64(0)
		for _, t := range w.cur.p.threads {
			w.at(t.self) // for a shelf: the thread is looked at
			for i := range t.frames {
				if set[t.frames[i].op] {
					n++
				}
			}
		}
		return exactly(n)
	}
}

// argument reads an argument of the call: from the event when it begins, from what was kept when it returns. It is kept for a condition on
// the beginning as well, because an accusation may have to be judged again when the call returns.
func (c *compiler) argument(p Param) termFn {
	if c.cur != nil {
		for _, op := range c.cur.ops {
			c.keep(op, p)
		}
	}
	return func(w *World) val {
		if w.cur.entering {
			return find(w.cur.ev.Args, p)
		}
		return w.cur.fr.argument(p)
	}
}

// keep has an argument of the operation kept until it returns.
func (c *compiler) keep(op OpID, p Param) {
	if !slices.Contains(c.pr.keep[op], p) {
		c.pr.keep[op] = append(c.pr.keep[op], p)
	}
}

func find(args []Argument, p Param) val {
	for i := range args {
		if args[i].Param != p {
			continue
		}
		switch v := args[i].Value; v.Kind {
		case NullValue:
			return val{null: true, given: true}
		case Absent:
			return unknownVal
		default:
			return exactly(v.hash())
		}
	}
	return unknownVal
}

// findUID finds the MAPIUID in a parameter.
func findUID(args []Argument, p Param) val {
	const flags, digits = 8, 32
	for i := range args {
		if v := args[i].Value; args[i].Param == p && v.Kind == TextValue && isHex(v.Text) {
			switch n := len(v.Text); {
			case n == digits:
				return exactly(v.hash())
			case n >= flags+digits:
				return exactly(Value{Kind: TextValue, Text: v.Text[flags : flags+digits]}.hash())
			}
		}
	}
	return unknownVal
}

func isHex(text string) bool {
	return strings.Trim(text, "0123456789abcdefABCDEF") == ""
}

// argument is one that was kept when the call began.
func (fr *frame) argument(p Param) val {
	for i := range fr.args[:fr.nargs] {
		a := &fr.args[i]
		switch {
		case a.param != p:
		case a.kind == NullValue:
			return val{null: true, given: true}
		default:
			return exactly(a.num)
		}
	}
	return unknownVal
}

func (c *compiler) population(x Term, p Path) termFn {
	where := c.cond(*x.Where)
	kind, own := x.Kind, x.What == offspring
	return func(w *World) val {
		root := w.follow(p)
		if root == 0 {
			return unknownVal
		}
		saved := w.cur.this
		var n interval
		from := len(w.list)
		if own {
			for i := w.children(root); i != 0; i = w.raw(i).next {
				w.take(i, kind, NoType)
			}
		} else {
			w.gatherFrom(root, kind, NoType)
		}
		for _, i := range w.list[from:] {
			w.cur.this = i
			switch where(w) {
			case Yes:
				n.lo++
				n.hi++
			case Unknown:
				n.hi++
			}
		}
		w.list = w.list[:from]
		w.cur.this = saved
		if !w.sawAll(root, kind) {
			n.hi = unbounded
		}
		return span(n)
	}
}

// sawAll tells whether the recording shows every object of a kind that belongs to an object.
func (w *World) sawAll(root index, kind Kind) bool {
	o := w.at(root)
	switch {
	case o.flags&(unborn|forgotten) != 0:
		return false
	case o.kind != ProcessObject && o.kind != ModuleObject:
		return o.flags&ownObserved != 0
	case w.cur.p.gap:
		return false
	}
	switch kind {
	case SessionObject:
		return w.observedName("MAPI")
	case ProviderObject:
		return w.observedName("entry")
	}
	return w.supportsObserved(w.cur.p) // logon, support and store objects come from a logon on a provider object
}
