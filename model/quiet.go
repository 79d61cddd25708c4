package model

// Most calls change nothing and break nothing: they show a few rules to be kept. What such a call comes to depends on the states of the
// process, the thread and the object it is made on, and on little else; once it has been worked out it is looked up.

// A quietKey is everything that local reactions depend on.
type quietKey struct {
	entry           uint32
	hr              HResult
	op              OpID
	phase           Phase
	caller          uint8
	answerer        Side
	iface           uint8
	returned        bool
	alias           bool // called through an address that QueryInterface returned
	sinks           bool // there may be some
	disturbed       bool // other threads have made calls since the call was entered
	process, thread inner
	on              shape
}

// A shape is what conditions ask of an object, but for its references and what belongs to it.
type shape struct {
	inner
	kind  Kind
	class Class
	typ   ProviderType
	iface uint8
}

type inner struct {
	states  [slots]StateSet
	yes, no markSet
	flags   flags
}

func (o *object) inner() inner { return inner{o.states, o.yes, o.no, o.flags} }

// A quiet is what local reactions come to: rules that are kept, or can not be judged. Where there is more, they are worked out again.
type quiet struct {
	key   quietKey
	more  bool
	entry uint32 // what the beginning of the call will be remembered as
	rules []quietRule
}

type quietRule struct {
	rule   int
	starts bool
	blind  bool
}

// maxQuiet bounds what is remembered: a key has two places, and is forgotten when two others have come to them.
const maxQuiet = 1 << 14

// place is the first of the two places of a key. Go's own maps take longer for keys of this size.
func (k *quietKey) place() int {
	const ratio = 0x9e3779b97f4a7c15
	h := uint64(k.op) | uint64(k.phase)<<16 | uint64(k.caller)<<24 | uint64(k.answerer)<<32 | uint64(k.iface)<<40 | uint64(k.on.class)<<48 | uint64(k.on.iface)<<56
	if k.disturbed {
		h = ^h
	}
	h = h*ratio ^ uint64(k.entry) ^ uint64(k.hr)<<32
	for _, o := range [...]*inner{&k.process, &k.thread, &k.on.inner} {
		h = (h^h>>32)*ratio ^ uint64(o.states[0]) ^ uint64(o.states[1])<<16 ^ uint64(o.states[2])<<32 ^ uint64(o.flags)<<48
		h = (h^h>>32)*ratio ^ uint64(o.yes) ^ uint64(o.no)<<32
	}
	h ^= h >> 32
	return int(h*ratio>>40%maxQuiet) &^ 1
}

// lookUp is what near reactions come to, where that has been worked out.
func (w *World) lookUp(key *quietKey) *quiet {
	at := key.place()
	if q := w.quiets[at]; q != nil && q.key == *key {
		return q
	}
	if q := w.quiets[at+1]; q != nil && q.key == *key {
		return q
	}
	return nil
}

// Forgetful has the world work out every call afresh. What it finds is the same, only later: tests compare the two.
func (w *World) Forgetful() { w.forgetful = true }

// remembered makes room for what near reactions come to.
func (w *World) remembered(key *quietKey) *quiet {
	q := &quiet{key: *key}
	if w.cur.fr != nil {
		q.entry = w.cur.fr.entry
	}
	at := key.place()
	w.quiets[at], w.quiets[at+1] = q, w.quiets[at]
	return q
}

func (w *World) quietKey(phase Phase, by int) quietKey {
	m := &w.cur
	k := quietKey{op: m.op, phase: phase, caller: uint8(by), answerer: m.answerer, process: w.at(m.p.self).inner(), sinks: m.p.mayNotify()}
	if m.fr != nil {
		k.entry, k.iface, k.disturbed = m.fr.entry, m.fr.call.iface, w.disturbed()
	}
	if phase == Returning {
		k.hr, k.returned = m.ev.HR, m.ev.HasHR
	}
	if m.t != nil {
		k.thread = w.at(m.t.self).inner()
	}
	if m.on != 0 {
		o := w.at(m.on)
		k.alias = m.entering && m.fr != nil && m.ev.On.Key != o.address
		k.on = shape{o.inner(), o.kind, o.class, o.typ, o.iface}
	}
	return k
}

// near tells a condition on This that depends on nothing but a quietKey.
func (c Cond) near(by caller, p Profile) bool {
	if by.decide(c, p) != Unknown {
		return true
	}
	switch c.Is {
	case observed, calledAs, noSinks, undisturbed:
		return true
	case allOf, anyOf, notOf:
		for _, part := range c.Parts {
			if !part.near(by, p) {
				return false
			}
		}
		return true
	case atEntry: // its answer stands in the frame
		return true
	case inState, marked, isDying, isDead, ofKind, isType, hasInterface, known:
		return c.Path.near()
	case sameObject:
		return c.Path == This && c.Other == On
	case equal, atLeast, atMost, isGiven:
		return c.Left.What == result && (c.Right.What == constant || c.Right.What == noTerm)
	}
	return false
}

func (p Path) near() bool { return p == This || p == On || p == TheProcess || p == TheThread }

// halves are the part of a reaction that depends on nothing but a quietKey, and speaks only of the process, the thread and the called
// object, and the rest of it; where there is nothing in a part, it is left out.
func (r *reaction) halves(op OpID, by caller, p Profile) []*reaction {
	for _, part := range r.trigger.parts() {
		if !part.near(by, p) {
			return r.some()
		}
	}
	own := ops.ops[op].Class.Kind()
	about := func(k Kind) bool {
		return k == ProcessObject || k == ThreadObject || k == CalledObject || k == own && k != Subobject && k != NoKind
	}
	near, far := *r, *r
	near.near = true
	near.guards, far.guards = nil, nil
	for _, g := range r.guards {
		if about(g.of) && g.def.If.near(by, p) && g.def.Holds.near(by, p) {
			near.guards = append(near.guards, g)
		} else {
			far.guards = append(far.guards, g)
		}
	}
	near.dues, near.pays, near.registers, far.proofs = nil, nil, false, nil
	near.lives = nil
	for i := range r.lives {
		if e := &r.lives[i]; e.makes || !about(e.of) && !e.onlyOn { // lifecycles move together
			return append(near.some(), far.some()...)
		}
	}
	near.lives, far.lives = r.lives, nil
	return append(near.some(), far.some()...)
}

// some is the reaction, if there is anything to it.
func (r *reaction) some() []*reaction {
	if len(r.guards)+len(r.dues)+len(r.proofs)+len(r.pays)+len(r.lives) == 0 && !r.registers {
		return nil
	}
	return []*reaction{r}
}
