package model

import "math/bits"

// A Taken is a row of a lifecycle that an object took: where it certainly was, what happened, where it certainly is.
type Taken struct {
	Life     *Lifecycle
	Serial   uint32 // of the object
	From     string // NewState for a birth
	Event    string // the name of the row's trigger
	To       string
	Breaking bool // the event is not legal in that state
}

// Watch has f called for every row that is certainly taken from now on. Stepping is slower while somebody watches.
func (w *World) Watch(f func(Taken)) { w.watch, w.forgetful = f, true }

// taken tells a watcher of a move.
func (w *World) taken(l *life, event string, o *object, was, is StateSet, breaking bool) {
	if w.watch == nil || bits.OnesCount16(uint16(was)) != 1 || bits.OnesCount16(uint16(is)) != 1 {
		return
	}
	state := func(s StateSet) string { return l.def.States[bits.TrailingZeros16(uint16(s))].Name }
	w.watch(Taken{l.def, o.serial, state(was), event, state(is), breaking})
}

// takenAtBirth tells a watcher of a birth.
func (w *World) takenAtBirth(l *life, event string, o *object, is StateSet) {
	if w.watch != nil && bits.OnesCount16(uint16(is)) == 1 {
		w.watch(Taken{Life: l.def, Serial: o.serial, From: NewState, Event: event, To: l.def.States[bits.TrailingZeros16(uint16(is))].Name})
	}
}

// A Lived is the beginning or the end of what the world knows of an object that has an address.
type Lived struct {
	Line    int64 // where it was handed out, or first seen, or died, or was found to have been replaced by another one
	PID     int64
	Serial  uint32 // of the object
	Address Address
	Object  string // "store 0x55d0", as it was known at its beginning
	Over    bool
}

// WatchObjects has f called for every object that is born or dies from now on.
func (w *World) WatchObjects(f func(Lived)) { w.lived = f }

func (w *World) tellLife(p *process, i index, over bool) {
	if o := w.at(i); w.lived != nil && o.flags&(transient|dead) == 0 {
		w.lived(Lived{w.cur.ev.Line, p.pid, o.serial, Address{o.address, w.texts[i], true}, w.describe(i), over})
	}
}

// A Seen is what the world took a call for.
type Seen struct {
	Serial          uint32 // of the object that the method is called on; 0 for a function, or a null pointer
	Object          string // that object
	Maker, Answerer Side   // NoSide where that is not known
	Module          string // the DLL that it belongs to, where that is known
}

// Seen is what the world has taken the call for that began or returned with the last event.
func (w *World) Seen() Seen {
	m := &w.cur
	s := Seen{Maker: m.maker, Answerer: m.answerer}
	if m.on != 0 {
		s.Serial, s.Object = w.at(m.on).serial, w.describe(m.on)
	}
	if m.module != 0 {
		s.Module = w.texts[m.module]
	}
	return s
}
