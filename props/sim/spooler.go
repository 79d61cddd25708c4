package sim

// This file is the spooler's use of message stores.

// spool has the spooler log on to a store. Its provider answers with the same objects, or with others.
func (s *session) spool(t *thread, st *store) {
	p, x := t.p, st.logon.provider
	x.spooled = true
	if p.choose(2) == 0 {
		sup := p.offer()
		id := t.enter("spooler", "IMSProvider::SpoolerLogon", x.object, pointer("lpMAPISup", sup.object), text("lpEntryID", st.section.eid), number("ulFlags", 0))
		st.held[mapiSide]++
		st.logon.held[mapiSide]++
		st.spooled = true
		t.leave(id, ok, pointer("lppMSLogon", st.logon.object), pointer("lppMDB", st.object))
		t.settle(sup)
		return
	}
	twin, _ := s.logOnStore(t, x, st.section, "spooler", "IMSProvider::SpoolerLogon", false)
	if twin == nil {
		return
	}
	st.twin = twin
}

// spoolSome has the spooler log on to one of the stores that it may use and does not hold yet.
func (s *session) spoolSome(t *thread) {
	t.acquire(&s.lock)
	for _, st := range s.stores {
		if st.mail && !st.spooler && st.twin == nil && !st.spooled && !st.loggedOff && st.held[clientSide] > 0 && !s.disables(st.section.service) {
			s.spool(t, st)
			break
		}
	}
	s.lock.release()
}

// letGoSome has the spooler release a store that it holds.
func (s *session) letGoSome(t *thread) {
	t.acquire(&s.lock)
	for _, st := range s.stores {
		if st.twin != nil || st.spooled {
			s.letGo(t, st)
			break
		}
	}
	s.lock.release()
}

// work is the spooler's daily work.
func (s *session) work(t *thread) {
	t.acquire(&s.lock)
	s.carry(t)
	for _, st := range s.stores {
		s.send(t, st)
	}
	s.lock.release()
}

// letGo has the spooler release what it holds of a store.
func (s *session) letGo(t *thread, st *store) {
	if twin := st.twin; twin != nil {
		st.twin = nil
		if t.p.choose(3) == 0 {
			twin.logoff(t, "spooler", 0x2)
		}
		twin.release(t, "spooler")
		if t.p.wrong("spooler-uses-store-after-release") {
			t.p.blame()
			t.leaf("spooler", "IMsgStore::FinishedMsg", twin.object, eFail, number("ulFlags", 0))
		}
	}
	if st.spooled {
		st.spooled = false
		t.release("spooler", st.logon.object, nil)
		st.release(t, "spooler")
	}
}

// send is the spooler's daily work with a store that it holds.
func (s *session) send(t *thread, st *store) {
	mine := st.twin
	if st.spooled {
		mine = st
	}
	if mine == nil || mine.loggedOff && t.p.config.Apart {
		return
	}
	switch t.p.choose(3) {
	case 0:
		t.leaf("spooler", "IMsgStore::SetLockState", mine.object, ok, number("ulLockState", 1))
	case 1:
		id := t.enter("spooler", "IMsgStore::FinishedMsg", mine.object, number("ulFlags", 0))
		hr := eNoSupport
		if sup := mine.logon.support; sup != nil {
			t.leaf("provider", "IMAPISupport::DoSentMail", sup.object, ok, number("ulFlags", 0))
			hr = ok
		}
		t.leave(id, hr)
	default:
		t.leaf("spooler", "IMsgStore::NotifyNewMail", mine.object, ok)
	}
}
