package sim

import "slices"

// This file is sessions: the MAPI session with its providers, and the session pointers of its members.

// A session is a MAPI session.
type session struct {
	number     int
	lock       lock // one thread at a time opens, closes and ends what all members share
	members    []*member
	mail       bool
	individual bool        // nobody can join it
	providers  []*provider // in the order in which they were started
	stores     []*store
	disabled   []*service
	ready      bool    // a store provider has announced that it will submit messages
	last       *object // the session pointer of the member that left last
}

// A member is one client's part in a session: its session pointer, and what it has open.
type member struct {
	*object
	session    *session
	client     *client
	shutdown   *object // the same session, asked for IMAPIClientShutdown
	agreed     int     // how far a fast shutdown has come
	books      []*object
	stores     []*store // a store stands here as often as the client holds it
	opened     []*entry
	registered []*advice
	buffers    []*object // of a wide simulation
	loggedOff  bool
	late       []func() // Releases that come after Logoff: a fault
}

// Flags of MAPILogonEx.
const (
	mapiNewSession  = 0x2
	mapiAllowOthers = 0x8
	mapiExtended    = 0x20
	mapiNoMail      = 0x8000
	mapiNTService   = 0x10000
	mapiTimeout     = 0x100000 // MAPI_TIMEOUT_SHORT
	logoffShared    = 0x1      // MAPI_LOGOFF_SHARED, of Logoff
)

// logonEx plays MAPILogonEx.
func (c *client) logonEx(t *thread, flag int) *member {
	p := t.p
	profile := null("lpszProfileName") // a session on this one, or the shared session
	if flag&mapiNewSession != 0 {
		profile = text("lpszProfileName", p.named)
	} else if p.shared != nil {
		flag &^= mapiAllowOthers
	}
	if p.asService {
		flag |= mapiNTService | mapiNoMail
	}
	p.loggedOn = true
	id := t.enter("client", "MAPILogonEx", nil, number("ulUIParam", 0), profile, null("lpszPassword"), number("flFlags", flag))
	if p.config.Wide {
		p.logOnAtOnce(t)
	}
	if p.config.Failures && p.oneIn(12) {
		if p.wrong("mapi-hands-out-session-of-failed-logon") {
			p.blame()
			t.leave(id, eLogonFailed, number("lppSession", 0xdead00))
			return nil
		}
		t.leave(id, eLogonFailed, null("lppSession"))
		if p.wrong("client-uses-failed-session") {
			p.blame()
			t.leave(t.enter("client", "IMAPISession::GetStatusTable", &object{}, number("ulFlags", 0)), eInvalidObject, null("lppTable"))
		}
		return nil
	}
	s := p.shared
	if s == nil || flag&mapiNewSession != 0 {
		s = &session{mail: flag&mapiNoMail == 0, individual: flag&(mapiNewSession|mapiAllowOthers) == mapiNewSession}
		p.sessions = append(p.sessions, s)
		p.numbered++
		s.number = p.numbered
		if flag&mapiAllowOthers != 0 && p.shared == nil {
			p.shared = s
		}
	}
	m := &member{object: p.object(iSession, nil), session: s, client: c}
	s.members = append(s.members, m)
	t.acquire(&s.lock)
	if len(s.members) == 1 {
		if p.oneIn(4) {
			s.startAddressBooks(t)
		}
		if s.mail && p.choose(2) == 0 {
			s.startTransports(t)
		}
	}
	s.lock.release()
	m.held[clientSide]++
	c.members = append(c.members, m)
	t.leave(id, ok, pointer("lppSession", m.object), number("mapiSession", s.number))
	return m
}

// openBook plays OpenAddressBook, which starts the address book providers.
func (m *member) openBook(t *thread) *object {
	p, s := t.p, m.session
	id := t.enter("client", "IMAPISession::OpenAddressBook", m.object, number("ulUIParam", 0), null("lpInterface"), number("ulFlags", 0x1))
	t.acquire(&s.lock)
	hr := ok
	if !s.startAddressBooks(t) {
		hr = wErrorsReturned
	}
	s.lock.release()
	if p.wrong("mapi-hands-out-no-address-book") {
		p.blame()
		t.leave(id, hr, null("lppAdrBook"))
		return nil
	}
	book := p.object(iAddrBook, nil)
	book.held[clientSide]++
	m.books = append(m.books, book)
	t.leave(id, hr, pointer("lppAdrBook", book))
	return book
}

// openStore plays OpenMsgStore for one of the stores of the profile, which may be open already.
func (m *member) openStore(t *thread, sec *section) *store {
	p, s := t.p, m.session
	flag, mail := 0x4, s.mail
	if p.oneIn(4) {
		flag, mail = flag|mdbNoMail, false
	}
	id := t.enter("client", "IMAPISession::OpenMsgStore", m.object, number("ulUIParam", 0), text("lpEntryID", sec.eid), null("lpInterface"), number("ulFlags", flag))
	t.acquire(&s.lock)
	st, hr := s.openStore(t, sec, mail)
	if other := m.idle(st); other != nil && p.wrong("mapi-logs-off-store-early") {
		p.blame()
		other.logon.force(t)
	}
	if st == nil {
		s.lock.release()
		t.leave(id, hr, null("lppMDB"))
		if p.refused != nil {
			t.release("mapi", p.refused, nil)
			p.refused = nil
		}
		return nil
	}
	if p.config.Wide {
		s.openWide(t, st, flag)
	}
	st.pass(mapiSide, clientSide)
	m.stores = append(m.stores, st)
	s.lock.release()
	t.leave(id, hr, pointer("lppMDB", st.object))
	return st
}

// idle is a store, other than one, that the client holds and does not use.
func (m *member) idle(than *store) *store {
	for _, st := range m.stores {
		used := st == than || st.dead || st.loggedOff || st.spooled || st.twin != nil || len(st.opened) > 0
		for _, a := range m.registered {
			used = used || a.source == st.object
		}
		if !used {
			return st
		}
	}
	return nil
}

// logoff plays IMAPISession::Logoff. The last member's ends the session.
func (m *member) logoff(t *thread, flag, reserved int) {
	id := t.enter("client", "IMAPISession::Logoff", m.object, number("ulUIParam", 0), number("ulFlags", flag), number("ulReserved", reserved))
	var told []*advice
	if flag&logoffShared != 0 {
		told = m.others()
		if a := m.pending(t); a != nil { // of something else: MAPI calls sinks in any of its methods
			a.notify(t, objectModified)
		}
	}
	m.part(t)
	t.leave(id, ok)
	for _, a := range told {
		a.tell()
	}
}

// part takes a member out of its session.
func (m *member) part(t *thread) {
	if m.loggedOff {
		return
	}
	m.loggedOff = true
	s := m.session
	t.acquire(&s.lock)
	s.members = slices.DeleteFunc(s.members, func(other *member) bool { return other == m })
	if len(s.members) == 0 {
		s.last = m.object
		if t.p.shared == s {
			t.p.shared = nil
		}
		s.end(t)
		t.p.sessions = slices.DeleteFunc(t.p.sessions, func(other *session) bool { return other == s })
	}
	s.lock.release()
}

// end ends a session with its last member: each logon is logged off and released, each provider object shut down and released.
func (s *session) end(t *thread) {
	p := t.p
	for _, st := range slices.Clone(s.stores) {
		s.letGo(t, st)
	}
	for _, st := range slices.Clone(s.stores) {
		if st.spooler {
			st.release(t, "spooler")
		}
	}
	groups := []func(){func() { s.endTransports(t) }, func() { s.endProviders(t, abType) }, func() { s.endProviders(t, msType) }}
	for len(groups) > 0 { // their order is free
		n := p.choose(len(groups))
		groups[n]()
		groups = slices.Delete(groups, n, n+1)
	}
}

// endProviders ends the address book or store providers of a session.
func (s *session) endProviders(t *thread, typ *providerType) {
	p := t.p
	for {
		var list []*provider
		for _, x := range s.providers {
			if x.providerType == typ && !x.ended {
				list = append(list, x)
			}
		}
		if len(list) == 0 {
			return
		}
		x := list[p.choose(len(list))]
		if len(x.logons) > 0 && p.wrong("mapi-shuts-down-too-early") {
			p.blame()
			x.early = true
			t.leaf("mapi", x.shutdown, x.object, ok, number("lpulFlags", 0))
		}
		if len(x.logons) > 0 && typ == abType && s.individual && p.wrong("mapi-forgets-logon") {
			if p.must("logoffDone", "atReturn") {
				t.dueHere()
			} else {
				p.dueAfter(s.last, "IMAPISession::Release")
			}
			x.ended = true
			continue
		}
		for len(x.logons) > 0 && (typ == abType || x.logons[0].store.session == s) {
			l := x.logons[p.choose(len(x.logons))]
			if typ == abType {
				l.endAddressBook(t)
			} else {
				l.force(t)
			}
		}
		if len(x.logons) > 0 { // a fault: another session uses it
			x.session = x.logons[0].store.session
			x.session.providers = append(x.session.providers, x)
			s.providers = slices.DeleteFunc(s.providers, func(other *provider) bool { return other == x })
			continue
		}
		x.quit(t, "mapi")
	}
}

// release plays a client's Release of its session pointer. Where it comes without Logoff, MAPI takes it for one.
func (m *member) release(t *thread) {
	m.held[clientSide]--
	id := t.enter("client", iSession.release, m.object)
	if m.refs() == 0 {
		m.part(t)
		t.p.gone(m.object)
		m.client.members = slices.DeleteFunc(m.client.members, func(other *member) bool { return other == m })
	}
	t.counted(id, m.refs())
}
