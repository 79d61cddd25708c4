package model

import "slices"

// This file is what those see of a row who use what is in its world: package explore's environment. Addresses are told by their number in
// the layout.

// A Thing is what stands at an address.
type Thing struct {
	Kind                   Kind
	Type                   ProviderType
	Client, MAPI, Provider int32 // references that each holds
	Dead, Dying            bool  // its last Release has returned, or runs
	Logon                  int   // of a store or a support object: the logon object that goes with it; -1 for none
	Support                int   // of a store or a logon object: the support object that does
	Parent                 int   // what it was opened through, if that has an address
	registered             [kinds]uint8
}

// Held is how many references a side holds.
func (t *Thing) Held(s Side) int32 {
	switch s.holder() {
	case Client:
		return t.Client
	case Provider:
		return t.Provider
	}
	return t.MAPI
}

// Registered is how many registrations of a kind there are with it.
func (t *Thing) Registered(k Kind) int { return int(t.registered[k]) }

// Thing is what stands at an address, or nil.
func (s *Shelf) Thing(row []uint32, address int) *Thing {
	number := row[int(s.firstPlace())-1+address]
	if number == 0 {
		return nil
	}
	for len(s.things) < len(s.cells) {
		s.things = append(s.things, s.thingOf(&s.cells[len(s.things)]))
	}
	return s.things[number]
}

func (s *Shelf) thingOf(c *cell) *Thing {
	t := &Thing{Kind: c.kind, Type: c.typ, Client: c.client, MAPI: c.mapi, Provider: c.provider, Dead: c.flags&dead != 0, Dying: c.flags&dying != 0,
		Logon: s.address(c.logon), Support: s.address(c.support), Parent: s.address(c.parent)}
	for _, n := range c.own {
		t.registered[s.cells[n].kind]++
	}
	return t
}

// address is the number of a place's address, or -1.
func (s *Shelf) address(place index) int { return max(-1, int(place-s.firstPlace())) }

// A Pending is a call that has not returned.
type Pending struct {
	Call    *Call
	Maker   Side // who made it
	Answers Side // who answers it, and makes the calls inside
	On      int  // what it was made on, and what it was passed; -1 for none
	Passed  int
	Module  string // the DLL that it is made in; "" for none
}

// Calls lists the calls that a thread, by its number, is in, the innermost last.
func (s *Shelf) Calls(row []uint32, thread int) []Pending {
	for len(s.pending) < len(s.stacks) {
		s.pending = append(s.pending, s.pendingOf(&s.stacks[len(s.pending)]))
	}
	return s.pending[row[s.threadAt(thread)-1]]
}

func (s *Shelf) pendingOf(st *stack) []Pending {
	var list []Pending
	for _, number := range st.calls[:st.depth] {
		fr := &s.frames[number]
		p := Pending{Call: fr.call, Maker: fr.maker, Answers: fr.answers, On: s.address(fr.on), Passed: s.address(fr.arg)}
		if fr.module != 0 {
			p.Module = s.layout.Modules[fr.module-s.firstModule()]
		}
		list = append(list, p)
	}
	return list
}

// ThreadCount is the most that a thread's counter may be.
func (s *Shelf) ThreadCount(row []uint32, thread int, counter string) int {
	return int(s.cells[s.stacks[row[s.threadAt(thread)-1]].cell].counts[s.prog.counters[counter].slot].hi)
}

// ModuleCount is the most that a DLL's counter may be.
func (s *Shelf) ModuleCount(row []uint32, module int, counter string) int {
	return int(s.cells[row[int(s.firstModule())-1+module]].counts[s.prog.counters[counter].slot].hi)
}

// Faulty tells whether something was found, or may turn out to be wrong when a call returns.
func (w *World) Faulty() bool { return len(w.findings)+len(w.waiting) > 0 }

// Interface is the one that the call is a method of; nil for an interface that is not listed.
func (c *Call) Interface() *Interface {
	if c.iface == unlisted {
		return nil
	}
	return &interfaces[c.iface]
}

// HandsOut tells which interface the object has whose pointer a call hands back in a parameter; "" for other parameters.
func HandsOut(param string) string { return outParams[param].iface }

// Supports tells whether support objects of a type have a method.
func Supports(t ProviderType, method string) bool {
	for _, row := range supportMethods {
		if slices.Contains(splitPatterns(row.methods+" "+row.relayed), method) {
			return slices.Contains(row.types, t)
		}
	}
	return true
}
