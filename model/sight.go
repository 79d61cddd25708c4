package model

// A Sight is what is known of one object after a step that made it, ended it, or may have changed who holds it.
type Sight struct {
	Serial uint32 // of its birth: no other object of the world has it
	Parent uint32 // the serial of what it was opened through or registered with; 0 where that is a process, or not known
	Kind   Kind
	Name   string // "store 0x55d0", as findings have it
	Ended  bool   // nothing else is said of it then

	// How many references a side holds, at least and at most. Unbounded is more than can be told. Nobody holds a registration.
	Client, MAPI, Provider, Total [2]int32
}

// Registration tells what an object of that kind is: something that was registered, and that nobody holds references on.
func (k Kind) Registration() bool { return isRegistration(k) }

// See has f called, in every step from now on, for each object that the step made, ended, or may have changed the references of. One
// object may be told several times, the last time as it is after the step. Processes, threads, DLLs and message services are not among
// them.
func (w *World) See(f func(Sight)) { w.see = f }

// sees tells the objects that the event just stepped is about.
func (w *World) sees(ev *Event) {
	m := &w.cur
	if ev.Kind == CallEvent || ev.Kind == ReturnEvent {
		w.sight(m.on)
		for _, b := range m.births[:m.nbirths] {
			w.sight(b.obj)
		}
	}
	for _, i := range w.changed {
		w.sight(i)
	}
	w.changed = w.changed[:0]
}

func (w *World) sight(i index) {
	if i == 0 {
		return
	}
	o := w.at(i)
	if o.flags&(transient|dead) != 0 || !o.kind.visible() {
		return
	}
	bounds := func(i interval) [2]int32 { return [2]int32{i.lo, i.hi} }
	s := Sight{Serial: o.serial, Kind: o.kind, Name: w.describe(i)}
	if up := o.parent; up != 0 && w.at(up).kind.visible() {
		s.Parent = w.at(up).serial
	}
	if !isRegistration(o.kind) {
		s.Client, s.MAPI, s.Provider, s.Total = bounds(w.held(o, Client)), bounds(w.held(o, MAPI)), bounds(w.held(o, Provider)), bounds(w.total(o))
	}
	w.see(s)
}

// change notes that the step changes an object besides those that it is about.
func (w *World) change(i index) {
	if w.see != nil {
		w.changed = append(w.changed, i)
	}
}

// seenEnd tells that an object is no more.
func (w *World) seenEnd(o *object) {
	if w.see != nil && o.flags&transient == 0 && o.kind.visible() {
		w.see(Sight{Serial: o.serial, Kind: o.kind, Ended: true})
	}
}

// visible tells what pointers lead to, and what is registered with it.
func (k Kind) visible() bool {
	return k >= SessionObject && k <= BufferObject && k != ServiceObject
}
