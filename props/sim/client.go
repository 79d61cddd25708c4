package sim

import "fmt"

// client plays a client thread: it initialises, has one session after the other, and uninitialises.
func (t *thread) client() {
	t.initialize()
	for range t.p.config.Sessions {
		t.session()
		if t.p.choose(4) == 0 {
			t.uninitialize()
			t.initialize()
		}
	}
	t.uninitialize()
}

func (t *thread) initialize() {
	t.call("client", "MAPIInitialize", nil, "", []arg{{"lpMapiInit", nil}}, func() ret {
		for t.p.busy {
			t.pause()
		}
		t.p.initialised++
		return ret{}
	})
}

// uninitialize plays MAPIUninitialize; the last one frees the providers' DLLs.
func (t *thread) uninitialize() {
	t.call("client", "MAPIUninitialize", nil, "", nil, func() ret {
		for t.p.busy {
			t.pause()
		}
		t.p.initialised--
		if t.p.initialised == 0 {
			t.p.busy = true
			for _, m := range t.p.loaded {
				t.event("unload", m)
				t.p.modules[m] = false
			}
			t.p.loaded = t.p.loaded[:0]
			t.p.busy = false
		}
		return ret{void: true}
	})
}

// session plays a session: the client opens stores and the address book, uses them, lets go of everything, and logs off.
func (t *thread) session() {
	s := &session{t: t}
	t.call("client", "MAPILogonEx", nil, "", []arg{{"ulUIParam", 0}, {"lpszProfileName", "Outlook"}, {"flFlags", 0x22}}, func() ret {
		s.object = t.p.object()
		if t.p.choose(2) == 0 {
			s.startTransport()
		}
		return ret{out: []arg{{"lppSession", s.object}}}
	})
	for range 1 + t.p.choose(3) {
		s.openStore(t.p.choose(3))
	}
	if t.p.choose(2) == 0 {
		s.openBook()
	}
	for range t.p.choose(t.p.config.Uses + 1) {
		if len(s.held) > 0 {
			s.useStore(s.held[t.p.choose(len(s.held))])
		}
	}
	for len(s.held) > 0 {
		s.closeStore(t.p.choose(len(s.held)))
	}
	if s.book != nil {
		t.release("client", "IAddrBook", s.book, nil)
	}
	t.call("client", "IMAPISession::Logoff", s.object, "", []arg{{"ulUIParam", 0}, {"ulFlags", 0}, {"ulReserved", 0}}, func() ret {
		s.logoff()
		return ret{}
	})
	t.release("client", "IMAPISession", s.object, nil)
}

// openBook plays OpenAddressBook, which starts the address book provider.
func (s *session) openBook() {
	t := s.t
	t.call("client", "IMAPISession::OpenAddressBook", s.object, "", []arg{{"ulUIParam", 0}, {"lpInterface", nil}, {"ulFlags", 0x1}}, func() ret {
		s.startAB()
		s.book = t.p.object()
		return ret{out: []arg{{"lppAdrBook", s.book}}}
	})
}

// openStore plays OpenMsgStore for one of the stores of the profile, which may be open already.
func (s *session) openStore(n int) {
	t := s.t
	eid := fmt.Sprintf("00000000%02x", n)
	t.call("client", "IMAPISession::OpenMsgStore", s.object, "", []arg{{"ulUIParam", 0}, {"lpEntryID", eid}, {"lpInterface", nil}, {"ulFlags", 0x4}}, func() ret {
		st := s.logonStore(eid)
		s.held = append(s.held, st)
		return ret{out: []arg{{"lppMDB", st.object}}}
	})
}

// useStore plays one of the things that a client does with a store. Mostly it reads what it has open.
func (s *session) useStore(st *store) {
	t := s.t
	switch n := t.p.choose(20); {
	case n < 2:
		if len(st.opened) < t.p.config.Open {
			s.openEntry(st)
		}
	case n < 4:
		if n := len(st.opened); n > 0 {
			s.closeEntry(st, t.p.choose(n))
		}
	case n < 14:
		if n := len(st.opened); n > 0 {
			o := st.opened[t.p.choose(n)]
			t.call("client", o.iface+"::GetProps", o.object, "", []arg{{"cTags", 1}, {"tag0", "0x0037001f"}, {"ulFlags", 0}}, nil)
		}
	case n < 16:
		s.readTable(st)
	case n < 17:
		t.addRef("client", "IMsgStore", st.object)
		t.release("client", "IMsgStore", st.object, nil)
	case n < 18:
		if st.connection == 0 {
			st.connection = 1 + t.p.choose(100)
			t.call("client", "IMsgStore::Advise", st.object, "", []arg{{"ulEventMask", 4}}, func() ret {
				return ret{out: []arg{{"lpulConnection", st.connection}}}
			})
		}
	default:
		t.call("client", "IMsgStore::GetReceiveFolder", st.object, "", []arg{{"ulFlags", 0}}, nil)
	}
}

// readTable plays the reading of a folder's contents.
func (s *session) readTable(st *store) {
	t := s.t
	for _, o := range st.opened {
		if o.iface != "IMAPIFolder" {
			continue
		}
		table := t.p.object()
		t.call("client", "IMAPIFolder::GetContentsTable", o.object, "", []arg{{"ulFlags", 0}}, func() ret {
			return ret{out: []arg{{"lppTable", table}}}
		})
		for range 1 + t.p.choose(6) {
			t.call("client", "IMAPITable::QueryRows", table, "", []arg{{"lRowCount", 20}, {"ulFlags", 0}}, nil)
		}
		t.release("client", "IMAPITable", table, nil)
		return
	}
}

var entries = []struct {
	iface string
	typ   int
}{{"IMAPIFolder", 3}, {"IMessage", 5}}

func (s *session) openEntry(st *store) {
	t := s.t
	e := entries[t.p.choose(len(entries))]
	o := &entry{t.p.object(), e.iface}
	t.call("client", "IMsgStore::OpenEntry", st.object, "", []arg{{"lpEntryID", nil}, {"ulFlags", 0}}, func() ret {
		return ret{out: []arg{{"ulObjType", e.typ}, {"lppUnk", o.object}}}
	})
	st.opened = append(st.opened, o)
}

func (s *session) closeEntry(st *store, n int) {
	o := st.opened[n]
	st.opened = append(st.opened[:n], st.opened[n+1:]...)
	s.t.release("client", o.iface, o.object, nil)
}

// closeStore gives back one of the client's references on a store. With the last one goes what was opened and registered, and the client
// may log the store off before.
func (s *session) closeStore(n int) {
	t := s.t
	st := s.held[n]
	s.held = append(s.held[:n], s.held[n+1:]...)
	if st.refs > 1 {
		t.release("client", "IMsgStore", st.object, nil)
		return
	}
	if st.connection != 0 {
		t.call("client", "IMsgStore::Unadvise", st.object, "", []arg{{"ulConnection", st.connection}}, nil)
	}
	for len(st.opened) > 0 {
		s.closeEntry(st, t.p.choose(len(st.opened)))
	}
	if t.p.choose(2) == 0 {
		s.storeLogoff(st)
	}
	t.release("client", "IMsgStore", st.object, func() { s.endStore(st) })
}
