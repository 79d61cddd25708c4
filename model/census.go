package model

// A Known is what is known about an object that has not certainly ended.
type Known struct {
	PID     int64
	Address uint64 // or a number that stands for its name, where the trace has names
	Kind    Kind
	Type    ProviderType
	Serial  uint32              // of its birth: no other object of the world has it
	States  map[string][]string // of each of its lifecycles, the states that it may be in, by the lifecycle's name

	// How many references a side holds, at least and at most. Unbounded is more than can be told.
	Client, MAPI, Provider, Total [2]int32
}

// Unbounded is a number of references of which the recording does not tell how large it is.
const Unbounded = unbounded

// Census lists the objects that may live, with what is known about each, in no particular order. Processes, threads and DLLs are among
// them.
func (w *World) Census() []Known {
	s := survey{w: w, homes: map[index]*process{}}
	s.look()
	var list []Known
	for _, i := range s.all {
		o, home := w.at(i), s.homes[i]
		if o.flags&dead != 0 || home == nil {
			continue
		}
		k := Known{PID: home.pid, Address: o.address, Kind: o.kind, Type: o.typ, Serial: o.serial, States: map[string][]string{}}
		for slot, n := range w.prog.slot[o.kind][o.typ] {
			if n < 0 {
				continue
			}
			def := w.prog.lives[n].def
			for at, state := range def.States {
				if o.states[slot]&(1<<at) != 0 {
					k.States[def.Name] = append(k.States[def.Name], state.Name)
				}
			}
		}
		bounds := func(i interval) [2]int32 { return [2]int32{i.lo, i.hi} }
		k.Client, k.MAPI, k.Provider, k.Total = bounds(w.held(o, Client)), bounds(w.held(o, MAPI)), bounds(w.held(o, Provider)), bounds(w.total(o))
		list = append(list, k)
	}
	return list
}
