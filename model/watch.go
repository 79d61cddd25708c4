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
