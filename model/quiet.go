package model

// Most calls change nothing and break nothing: they show a few rules to be kept. What such a call comes to depends on the states of the
// process, the thread and the object it is made on, and on little else; once it has been worked out it is looked up.

// A quietKey is everything that local reactions depend on.
type quietKey struct {
	entry               uint32
	hr                  HResult
	op                  OpID
	phase               Phase
	caller              uint8
	answerer            Side
	iface               uint8
	returned            bool
	process, thread, on shape
}

// A shape is what conditions ask of an object, but for its references and what belongs to it.
type shape struct {
	states  [slots]StateSet
	yes, no uint16
	flags   flags
	kind    Kind
	class   Class
	typ     ProviderType
	iface   uint8
}

func (o *object) shape() shape {
	return shape{o.states, o.yes, o.no, o.flags, o.kind, o.class, o.typ, o.iface}
}

// A quiet is what local reactions come to: rules that are kept, or can not be judged. Where there is more, they are worked out again.
type quiet struct {
	more  bool
	rules []quietRule
}

type quietRule struct {
	rule   int
	starts bool
	blind  bool
}

// maxQuiet bounds what is remembered.
const maxQuiet = 4096

func (w *World) quietKey(phase Phase, by int) quietKey {
	m := &w.cur
	k := quietKey{op: m.op, phase: phase, caller: uint8(by), answerer: m.answerer, process: w.at(m.p.self).shape()}
	if m.fr != nil {
		k.entry, k.iface = m.fr.entry, m.fr.call.iface
	}
	if phase == Returning {
		k.hr, k.returned = m.ev.HR, m.ev.HasHR
	}
	if m.t != nil {
		k.thread = w.at(m.t.self).shape()
	}
	if m.on != 0 {
		k.on = w.at(m.on).shape()
	}
	return k
}

// local tells a condition on This that depends on nothing but a quietKey.
func (c Cond) local() bool {
	switch c.Is {
	case always, reading, madeBy, observed, calledAs:
		return true
	case allOf, anyOf, notOf:
		for _, p := range c.Parts {
			if !p.local() {
				return false
			}
		}
		return true
	case atEntry: // its answer stands in the frame
		return true
	case inState, marked, isDying, isDead, ofKind, isType, hasInterface, known:
		return c.Path.local()
	case sameObject:
		return c.Path == This && c.Other == On
	case equal, atLeast, atMost, isGiven:
		return c.Left.What == result && (c.Right.What == constant || c.Right.What == noTerm)
	}
	return false
}

func (p Path) local() bool { return p == This || p == On || p == TheProcess || p == TheThread }

// local tells a reaction that depends on nothing but a quietKey, and speaks only of the process, the thread and the called object.
func (r *reaction) local(op OpID, by caller, p Profile) bool {
	if len(r.dues)+len(r.pays) > 0 || r.registers {
		return false
	}
	for _, part := range r.trigger.parts() {
		if by.decide(part, p) == Unknown && !part.local() {
			return false
		}
	}
	own := ops.ops[op].Class.Kind()
	near := func(k Kind) bool {
		return k == ProcessObject || k == ThreadObject || k == CalledObject || k == own && k != Subobject && k != NoKind
	}
	for _, g := range r.guards {
		if !near(g.of) || by.decide(g.def.If, p) == Unknown && !g.def.If.local() || !g.def.Holds.local() {
			return false
		}
	}
	for i := range r.lives {
		if e := &r.lives[i]; e.makes || !near(e.of) && !e.onlyOn {
			return false
		}
	}
	return true
}
