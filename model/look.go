package model

// A Thing is an object of a world, as far as those see it who use it.
type Thing struct {
	Kind      Kind
	Type      ProviderType
	Interface string

	Client, MAPI, Provider int32 // references that each holds

	Dead, Dying bool   // its last Release has returned, or runs
	Session     uint64 // the address of the session that it was opened through; 0 for none
	Module      string // the DLL that it belongs to, where that is known
	Logon       uint64 // of a store and a support object: the logon object that goes with it; 0 for none
	Support     uint64 // of a store and a logon object: the support object that does
	Parent      uint64 // what it was opened through
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

// Look tells what is known at an address of a process, if anything is.
func (w *World) Look(pid int64, address uint64) (Thing, bool) {
	p := w.procs[pid]
	if p == nil {
		return Thing{}, false
	}
	i := p.byAddr[address]
	if i == 0 {
		return Thing{}, false
	}
	o := w.at(i)
	t := Thing{Kind: o.kind, Type: o.typ, Client: o.client, MAPI: o.mapi, Provider: o.provider, Dead: o.flags&dead != 0, Dying: o.flags&dying != 0}
	if o.iface != unlisted {
		t.Interface = interfaces[o.iface].Name
	}
	if session := w.sessionOf(i); session != 0 {
		t.Session = w.at(session).address
	}
	if o.module != 0 {
		t.Module = w.texts[o.module]
	}
	t.Logon, t.Support, t.Parent = w.at(o.logon).address, w.at(o.support).address, w.at(o.parent).address
	return t, true
}

// A Pending is a call that has not returned.
type Pending struct {
	Call    *Call
	ID      int64
	Maker   Side   // who made it
	Answers Side   // who answers it, and makes the calls inside
	On      uint64 // the address that it was made on, and that of the object that it was passed; 0 for none
	Passed  uint64
	Session uint64 // that of the session in whose call it was made
	Module  string // the DLL that it is made in; "" for none
}

// Calls lists the calls that a thread is in, the innermost last. The list is appended to the one given.
func (w *World) Calls(list []Pending, pid, tid int64) []Pending {
	p := w.procs[pid]
	if p == nil || p.threads[tid] == nil {
		return list
	}
	address := func(i index) uint64 {
		if i == 0 {
			return 0
		}
		return w.at(i).address
	}
	for n := range p.threads[tid].frames {
		fr := &p.threads[tid].frames[n]
		on := w.still(fr.on, fr.onSerial)
		module := ""
		if fr.module != 0 {
			module = w.texts[fr.module]
		}
		list = append(list, Pending{Call: fr.call, ID: fr.id, Maker: fr.maker, Answers: w.answererOf(fr.call, on), On: address(on), Passed: address(fr.arg),
			Session: address(w.still(fr.session, fr.sessionSerial)), Module: module})
	}
	return list
}

// Counted is a counter of a process, a thread or a DLL: at least and at most.
func (w *World) Counted(pid int64, tid int64, module, name string) (lo, hi int32) {
	p := w.procs[pid]
	if p == nil {
		return 0, 0
	}
	at := w.prog.counters[name]
	i := p.self
	switch {
	case at.kind == ThreadObject && p.threads[tid] == nil, at.kind == ModuleObject && p.modules[module] == 0:
		return 0, 0
	case at.kind == ThreadObject:
		i = p.threads[tid].self
	case at.kind == ModuleObject:
		i = p.modules[module]
	}
	n := w.counts[i][at.slot]
	return n.lo, n.hi
}

// Registered is how many registrations of a kind hang below the object at an address.
func (w *World) Registered(pid int64, address uint64, k Kind) (n int) {
	if p := w.procs[pid]; p != nil && p.byAddr[address] != 0 {
		for i := w.at(p.byAddr[address]).first; i != 0; i = w.at(i).next {
			if w.at(i).kind == k {
				n++
			}
		}
	}
	return n
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
