package model

import "strings"

// This file lets other packages read the specification as data, and see what a world has come to.

// A CondKind says what a condition asks.
type CondKind = condKind

// The kinds of condition.
const (
	CondAlways        = always
	CondAll           = allOf
	CondAny           = anyOf
	CondNot           = notOf
	CondInState       = inState
	CondAtLeast       = atLeast
	CondAtMost        = atMost
	CondEqual         = equal
	CondOnlyBits      = onlyBits
	CondAnyBit        = anyBit
	CondOneBit        = oneBit
	CondIsNull        = isNull
	CondIsGiven       = isGiven
	CondMarked        = marked
	CondWithin        = within
	CondDirectly      = directly
	CondWithinOn      = withinOn
	CondOutermost     = outermost
	CondMadeBy        = madeBy
	CondSaidBy        = saidBy
	CondFirstInside   = firstInside
	CondAtEntry       = atEntry
	CondObserved      = observed
	CondLeaksCount    = leaksCount
	CondWasAlive      = wasAlive
	CondIsType        = isType
	CondSame          = sameObject
	CondKnown         = known
	CondLastReference = lastReference
	CondReading       = reading
	CondHasChildren   = hasChildren
	CondIndividual    = individual
	CondHeldByOthers  = heldByOthers
	CondHasInterface  = hasInterface
	CondBornInside    = bornInside
	CondPassedIn      = passedIn
	CondAsks          = asks
	CondCalledAs      = calledAs
	CondUndisturbed   = undisturbed
	CondIsDying       = isDying
	CondIsDead        = isDead
	CondOfKind        = ofKind
)

// A TermKind says what a term stands for.
type TermKind = termKind

// The kinds of term.
const (
	TermNone           = noTerm
	TermCallerArgument = callerArgument
	TermSessionNumber  = sessionSerial
	TermConstant       = constant
	TermArgument       = argument
	TermOutput         = output
	TermResult         = result
	TermReturned       = returned
	TermReferences     = references
	TermCounter        = counter
	TermRemembered     = remembered
	TermPopulation     = population
	TermRunning        = running
)

// Matching lists the operations that patterns of the specification name, such as "IMSProvider::Logon *::Release".
func Matching(patterns string) []OpID { return matchAll(patterns) }

// OperationOf is an operation of the catalogue.
func OperationOf(op OpID) Operation { return ops.ops[op] }

// OperationNamed finds an operation by its name, such as "event-load" or "IMSProvider::Logon".
func OperationNamed(name string) (OpID, bool) {
	op, ok := ops.byName[name]
	return op, ok
}

// Op is the operation that the call is on an object of the interface's own class.
func (c *Call) Op() OpID { return c.op }

// Answers is the side that implements the call's interface; NoSide where that depends on who handed the object out.
func (c *Call) Answers() Side {
	if c.iface == unlisted {
		return NoSide
	}
	return interfaces[c.iface].Answers
}

// Owes tells whether a rule that some sides owe is owed by another one: MAPI and its spooler are one there, and a message service and its
// provider.
func Owes(rule, who Side) bool { return sameRole(rule, who) }

// IsBirth tells the trigger that begins a life.
func (t Trigger) IsBirth() bool { return isBirth(t) }

// Words splits a list of operations or states as conditions spell it.
func Words(list string) []string { return splitPatterns(list) }

// Names are the interfaces and groups that a recording can observe.
func Names() []string {
	var list []string
	for _, i := range interfaces {
		if !i.Base {
			list = append(list, i.Name)
		}
	}
	return list
}

// A Sight is what a world knows of one object at one moment.
type Sight struct {
	w *World
	i index
}

// ObjectAt finds the object that an address leads to, which may be dead.
func (w *World) ObjectAt(pid int64, name string) (Sight, bool) {
	p := w.procs[pid]
	if p == nil || p.ended {
		return Sight{}, false
	}
	i := p.byAddr[ParseAddress(name).Key]
	return Sight{w, i}, i != 0
}

// ProcessAt finds a process.
func (w *World) ProcessAt(pid int64) (Sight, bool) {
	p := w.procs[pid]
	if p == nil || p.ended {
		return Sight{}, false
	}
	return Sight{w, p.self}, true
}

// ThreadAt finds a thread.
func (w *World) ThreadAt(pid, tid int64) (Sight, bool) {
	p := w.procs[pid]
	if p == nil || p.ended || p.threads[tid] == nil {
		return Sight{}, false
	}
	return Sight{w, p.threads[tid].self}, true
}

// ModuleAt finds a DLL.
func (w *World) ModuleAt(pid int64, name string) (Sight, bool) {
	p := w.procs[pid]
	if p == nil || p.ended || p.modules[name] == 0 {
		return Sight{}, false
	}
	return Sight{w, p.modules[name]}, true
}

// In tells the states of a lifecycle in which the object may be.
func (s Sight) In(lifecycle string) string {
	o := s.w.at(s.i)
	for slot := range o.states {
		l := s.w.prog.lifeOf(o.kind, o.typ, slot)
		if l == nil || l.def.Name != lifecycle {
			continue
		}
		var names []string
		for n, state := range l.def.States {
			if o.states[slot]>>n&1 != 0 {
				names = append(names, state.Name)
			}
		}
		return strings.Join(names, " ")
	}
	return ""
}

// Held is how many references a side holds.
func (s Sight) Held(side Side) int { return int(*s.w.at(s.i).granted(side)) }

// Marked tells whether a mark is set.
func (s Sight) Marked(name string) Tri {
	o, bit := s.w.at(s.i), s.w.prog.marks[name].bit[s.w.at(s.i).kind]
	switch {
	case bit == 0 || o.no&bit != 0:
		return No
	case o.yes&bit != 0:
		return Yes
	}
	return Unknown
}

// Counted is what a counter certainly comes to.
func (s Sight) Counted(name string) int {
	return int(s.w.counts[s.i][s.w.prog.counters[name].slot].lo)
}

// Dead and Dying tell whether the last Release has returned, or runs; Kept, whether only what was opened through the object keeps it alive.
func (s Sight) Dead() bool  { return s.w.at(s.i).flags&dead != 0 }
func (s Sight) Dying() bool { return s.w.at(s.i).flags&dying != 0 }
func (s Sight) Kept() bool  { return s.w.at(s.i).flags&keptAlive != 0 }

// Below counts the objects of a kind that belong to the object.
func (s Sight) Below(k Kind) int {
	n := 0
	s.w.below(s.i, func(i index) {
		if s.w.at(i).kind == k {
			n++
		}
	})
	return n
}

// GroupOf is the group of functions that a function belongs to.
func GroupOf(op OpID) string { return interfaces[ops.ops[op].Group].Name }
