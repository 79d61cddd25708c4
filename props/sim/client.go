package sim

import "slices"

// This file is what clients do with their sessions.

// A client is a client application.
type client struct {
	p       *process
	members []*member
}

// An advice is a registration for notifications.
type advice struct {
	source     *object
	connection int

	// Of a wide simulation.
	sink   *object       // that was registered
	thread *thread       // that registered it
	keeper string        // who holds the sink: MAPI, or the provider that notifies by itself
	sub    *subscription // by which the provider has MAPI notify
	passed *logon        // to which MAPI has passed a registration with the session on
}

// work plays a client thread: it initialises, has one session after the other, and uninitialises.
func (c *client) work(t *thread) {
	p := t.p
	t.begin()
	for range p.config.Sessions {
		if m := c.logonEx(t, mapiNewSession|mapiExtended); m != nil {
			m.work(t)
		}
		if p.choose(4) == 0 {
			t.uninitialize("client")
			t.begin()
		}
	}
	t.uninitialize("client")
}

// begin initialises a thread, as often as it takes.
func (t *thread) begin() {
	for !t.initialize("client") {
	}
}

// work plays a session: the client opens stores and the address book, uses them, lets go of everything, and logs off.
func (m *member) work(t *thread) {
	p := t.p
	for range 1 + p.choose(3) {
		m.openStore(t, p.storeSection())
	}
	if p.choose(2) == 0 {
		m.openBook(t)
	}
	if len(m.stores) > 0 && m.session.mail && p.choose(4) == 0 {
		m.session.spoolSome(t)
	}
	for range p.choose(p.config.Uses + 1) {
		m.use(t)
	}
	m.close(t)
	m.leave(t)
}

// storeSection picks a store of the profile.
func (p *process) storeSection() *section { return p.mailboxes[p.choose(len(p.mailboxes))] }

// use plays one of the things that a client does with a session. Mostly it reads what it has open.
func (m *member) use(t *thread) {
	p := t.p
	switch n := p.choose(20); {
	case n < 2:
		if len(m.opened) < p.config.Open {
			m.openEntry(t)
		}
	case n < 4:
		if n := len(m.opened); n > 0 {
			m.closeEntry(t, m.opened[p.choose(n)])
		}
	case n < 14:
		m.read(t)
	case n < 16:
		m.readTable(t)
	case n < 17:
		if st := m.pick(t); st != nil {
			t.addRef("client", st.object)
			st.release(t, "client")
		}
	case n < 18:
		m.advise(t)
	case n < 19:
		if m.session.mail {
			m.session.carry(t)
		}
	default:
		if st := m.pick(t); st != nil {
			st.receives(t)
		}
	}
}

// pick picks a store that the client may use.
func (m *member) pick(t *thread) *store {
	if len(m.stores) == 0 {
		return nil
	}
	n := t.p.choose(len(m.stores))
	for i := range m.stores {
		if st := m.stores[(n+i)%len(m.stores)]; !st.loggedOff && !st.dead {
			return st
		}
	}
	return nil
}

// usable tells whether the client may call methods of something opened.
func (e *entry) usable() bool {
	return !e.only && !e.made && (e.store == nil || !e.store.loggedOff)
}

// pickEntry picks something opened that the client may use, of one of several interfaces or of any.
func (m *member) pickEntry(t *thread, of ...*iface) *entry {
	if len(m.opened) == 0 {
		return nil
	}
	n := t.p.choose(len(m.opened))
	for i := range m.opened {
		e := m.opened[(n+i)%len(m.opened)]
		if e.usable() && (len(of) == 0 || !e.invalid && slices.Contains(of, e.iface)) {
			return e
		}
	}
	return nil
}

// hand records the return of a call that opens something for the client.
func (m *member) hand(t *thread, id int64, i *iface, st *store, out ...arg) *entry {
	var in *module
	if st != nil {
		in = st.module
	}
	e := &entry{object: t.p.object(i, in), member: m, store: st}
	e.held[clientSide]++
	m.keep(e)
	out[len(out)-1] = pointer(out[len(out)-1].name, e.object)
	t.leave(id, ok, out...)
	return e
}

func (m *member) keep(e *entry) {
	m.opened = append(m.opened, e)
	if e.store != nil {
		e.store.opened = append(e.store.opened, e)
	} else if e.logon != nil {
		e.logon.opened = append(e.logon.opened, e)
	}
}

// of notes the folder or container through which something was opened.
func (e *entry) of(f *entry) *entry {
	e.from = f
	return e
}

// kinds of what is opened through a store.
var kinds = []struct {
	*iface
	typ int
}{{iFolder, 3}, {iMessage, 5}}

// openEntry opens a folder or message: through a store, a folder, or the session.
func (m *member) openEntry(t *thread) *entry {
	p := t.p
	k := kinds[p.choose(len(kinds))]
	typ, unk := number("ulObjType", k.typ), null("lppUnk")
	if f := m.pickEntry(t, iFolder); f != nil && p.choose(3) == 0 {
		if p.choose(2) == 0 {
			return m.hand(t, t.enter("client", "IMAPIFolder::CreateMessage", f.object, null("lpInterface"), number("ulFlags", 0)), iMessage, f.store, null("lppMessage")).of(f)
		}
		return m.hand(t, t.enter("client", "IMAPIFolder::OpenEntry", f.object, text("lpEntryID", "00ff"), number("ulFlags", 0)), k.iface, f.store, typ, unk).of(f)
	}
	st := m.pick(t)
	if st == nil {
		return nil
	}
	if p.choose(3) > 0 || m.shares() || st.logon.off {
		return m.hand(t, t.enter("client", "IMsgStore::OpenEntry", st.object, null("lpEntryID"), number("ulFlags", 0)), k.iface, st, typ, unk)
	}
	id := t.enter("client", "IMAPISession::OpenEntry", m.object, text("lpEntryID", st.section.entryID()), number("ulFlags", 0))
	inner := t.enter("mapi", "IMSLogon::OpenEntry", st.logon.object, text("lpEntryID", st.section.entryID()), number("ulFlags", 0))
	e := &entry{object: p.object(k.iface, st.module), member: m, store: st}
	e.held[mapiSide]++
	t.leave(inner, ok, typ, pointer("lppUnk", e.object))
	e.pass(mapiSide, clientSide)
	m.keep(e)
	t.leave(id, ok, typ, pointer("lppUnk", e.object))
	return e
}

// openContainer opens an address book container.
func (m *member) openContainer(t *thread) *entry {
	p := t.p
	if len(m.books) == 0 || m.shares() {
		return nil
	}
	book := m.books[p.choose(len(m.books))]
	id := t.enter("client", "IAddrBook::OpenEntry", book, text("lpEntryID", "00ab"), number("ulFlags", 0))
	l := m.session.anyLogon(abType)
	if l == nil {
		t.leave(id, eUnknownEntryID, null("lppUnk"))
		return nil
	}
	inner := t.enter("mapi", "IABLogon::OpenEntry", l.object, text("lpEntryID", l.section.entryID()), number("ulFlags", 0))
	e := &entry{object: p.object(iContainer, l.module), member: m, logon: l}
	e.held[mapiSide]++
	t.leave(inner, ok, number("ulObjType", 4), pointer("lppUnk", e.object))
	e.pass(mapiSide, clientSide)
	m.keep(e)
	t.leave(id, ok, number("ulObjType", 4), pointer("lppUnk", e.object))
	return e
}

// anyLogon is a logon object of a type, if there is one.
func (s *session) anyLogon(typ *providerType) *logon {
	for _, x := range s.providers {
		if x.providerType == typ && len(x.logons) > 0 {
			return x.logons[0]
		}
	}
	return nil
}

// shares tells whether what the client opens through the session's logons is told apart from what other members open so.
func (m *member) shares() bool { return m.client.p.config.Apart && len(m.session.members) > 1 }

// openStatus opens the status object of a provider that has a row in the status table.
func (m *member) openStatus(t *thread) *entry {
	p := t.p
	typ := []*providerType{abType, msType, xpType}[p.choose(3)]
	l := m.session.anyLogon(typ)
	if m.shares() || l == nil || l.broken || l.support == nil || !slices.Contains(p.rows, l.support) || l.shown() {
		return nil
	}
	id := t.enter("client", "IMAPISession::OpenEntry", m.object, text("lpEntryID", "0057"), number("ulFlags", 0))
	inner := t.enter("mapi", l.name+"::OpenStatusEntry", l.object, null("lpInterface"), number("ulFlags", 0))
	e := &entry{object: p.object(iStatus, l.module), member: m, store: l.store, logon: l, thread: t}
	e.held[mapiSide]++
	t.leave(inner, ok, number("ulObjType", 10), pointer("lppMAPIStatus", e.object))
	e.pass(mapiSide, clientSide)
	m.keep(e)
	t.leave(id, ok, number("ulObjType", 10), pointer("lppUnk", e.object))
	return e
}

// shown tells whether somebody holds the status object of a logon.
func (l *logon) shown() bool {
	in := l.opened
	if l.store != nil {
		in = l.store.opened
	}
	return slices.ContainsFunc(in, func(e *entry) bool { return e.logon == l && e.iface == iStatus && e.refs() > 0 })
}

// openTable opens the status table, or a folder's contents.
func (m *member) openTable(t *thread) *entry {
	if f := m.pickEntry(t, iFolder, iContainer); f != nil && t.p.choose(3) > 0 {
		return m.hand(t, t.enter("client", f.name+"::GetContentsTable", f.object, number("ulFlags", 0)), iTable, f.store, null("lppTable")).of(f)
	}
	method := []string{"IMAPISession::GetStatusTable", "IMAPISession::GetMsgStoresTable"}[t.p.choose(2)]
	return m.hand(t, t.enter("client", method, m.object, number("ulFlags", 0)), iTable, nil, null("lppTable"))
}

// read plays a call on something opened.
func (m *member) read(t *thread) {
	if e := m.pickEntry(t); e != nil {
		e.read(t)
	}
}

func (e *entry) read(t *thread) {
	hr := ok
	if e.invalid {
		hr = eInvalidObject
		if t.p.wrong("provider-answers-for-dead-store") {
			t.p.dueNextReturn()
			hr = ok
		}
	}
	if e.iface == iTable {
		t.leaf("client", "IMAPITable::QueryRows", e.object, hr, number("lRowCount", 20), number("ulFlags", 0))
		return
	}
	switch e.iface {
	case iFolder:
		t.leaf("client", "IMAPIFolder::GetProps", e.object, hr, number("cTags", 1), text("tag0", "0x0037001f"), number("ulFlags", 0))
	case iMessage:
		t.leaf("client", "IMessage::GetProps", e.object, hr, number("cTags", 1), text("tag0", "0x0037001f"), number("ulFlags", 0))
	default:
		t.leaf("client", e.name+"::GetProps", e.object, hr, number("ulFlags", 0))
	}
}

// readTable plays the reading of a folder's contents.
func (m *member) readTable(t *thread) {
	f := m.pickEntry(t, iFolder)
	if f == nil {
		return
	}
	table := m.hand(t, t.enter("client", "IMAPIFolder::GetContentsTable", f.object, number("ulFlags", 0)), iTable, f.store, null("lppTable"))
	for range 1 + t.p.choose(6) {
		t.leaf("client", "IMAPITable::QueryRows", table.object, ok, number("lRowCount", 20), number("ulFlags", 0))
	}
	m.closeEntry(t, table)
}

// advise registers for notifications with a store, a table, a folder or the session.
func (m *member) advise(t *thread) {
	p := t.p
	if len(m.registered) > 8 {
		return
	}
	source := m.object
	if e := m.pickEntry(t, iFolder, iTable); e != nil && p.choose(3) == 0 && (e.store == nil || slices.Contains(m.stores, e.store)) {
		source = e.object
	} else if st := m.pick(t); st != nil && p.choose(3) > 0 {
		source = st.object
	} else if len(m.books) > 0 && p.choose(2) == 0 {
		source = m.books[0]
	}
	if p.config.Wide {
		m.adviseSink(t, source)
		return
	}
	p.connections++
	id := t.enter("client", source.name+"::Advise", source, null("lpEntryID"), number("ulEventMask", 4))
	p.advised++
	m.registered = append(m.registered, &advice{source: source, connection: p.connections})
	t.leave(id, ok, number("lpulConnection", p.connections))
}

func (m *member) unadvise(t *thread, a *advice) {
	p := t.p
	m.registered = slices.DeleteFunc(m.registered, func(other *advice) bool { return other == a })
	p.advised--
	connection := a.connection
	if p.wrong("client-unadvises-unknown-connection") {
		p.blame()
		t.leaf("client", a.source.name+"::Unadvise", a.source, eNotFound, number("ulConnection", connection+1000))
	}
	id := t.enter("client", a.source.name+"::Unadvise", a.source, number("ulConnection", connection))
	if a.sink != nil {
		a.cancel(t)
	}
	t.leave(id, ok)
	if p.wrong("client-unadvises-twice") {
		p.blame()
		t.leaf("client", a.source.name+"::Unadvise", a.source, eNotFound, number("ulConnection", connection))
	}
}

// unadviseAll cancels the registrations with an object.
func (m *member) unadviseAll(t *thread, o *object) {
	for _, a := range slices.Clone(m.registered) {
		if a.source == o {
			m.unadvise(t, a)
		}
	}
}

// closeEntry gives back something opened, and the registrations with it before.
func (m *member) closeEntry(t *thread, e *entry) {
	p := t.p
	m.unadviseAll(t, e.object)
	if e.made && !e.only && p.wrong("client-uses-invalid-object") {
		p.blame()
		t.leaf("client", e.name+"::GetProps", e.object, eInvalidObject, number("ulFlags", 0))
	}
	m.opened = slices.DeleteFunc(m.opened, func(other *entry) bool { return other == e })
	e.release(t)
	if e.store != nil && e.refs() == 0 {
		switch {
		case e.invalid || slices.ContainsFunc(m.opened, func(other *entry) bool { return other.from == e }): // it may live on
		case p.wrong("client-releases-folder-twice"):
			p.blame()
			t.ghost("client", e.object)
		case e.iface == iFolder && p.wrong("client-uses-folder-after-release"):
			p.blame()
			t.leaf("client", "IMAPIFolder::GetProps", e.object, eInvalidObject, number("ulFlags", 0))
		}
	}
}

// closeStore gives back one of the client's references on a store. With the last one goes what was opened and registered, and the client
// may log the store off before.
func (m *member) closeStore(t *thread, n int) {
	p := t.p
	st := m.stores[n]
	mine := 0
	for _, other := range m.stores {
		if other == st {
			mine++
		}
	}
	if mine == 1 {
		m.unadviseAll(t, st.object)
		early := p.oneIn(4) || p.tempted("client-uses-invalid-object") || p.tempted("provider-answers-for-dead-store")
		for _, e := range slices.Clone(m.opened) {
			if e.store != st {
				continue
			}
			if early {
				m.unadviseAll(t, e.object)
			} else {
				m.closeEntry(t, e)
			}
		}
	}
	sole := st.held[clientSide] == mine
	if other := m.other(); other != nil && sole && !st.counted && !st.loggedOff && !st.dead && p.wrong("client-logs-off-shared-store") {
		if other.openStore(t, st.section) != nil {
			p.blame()
			st.logoff(t, "client", logoffAbort)
			other.closeStore(t, len(other.stores)-1)
			sole = false
		}
	}
	if sole && mine == 1 && !st.loggedOff && !st.dead && p.choose(2) == 0 {
		m.storeLogoff(t, st)
	}
	m.stores = slices.Delete(m.stores, n, n+1)
	st.release(t, "client")
	for _, e := range m.opened {
		if e.store == st && e.invalid && e.usable() && p.choose(2) == 0 {
			e.read(t)
		}
	}
	if st.refs() == 0 && st.dead {
		switch {
		case p.wrong("client-releases-store-twice"):
			p.blame()
			t.ghost("client", st.object)
		case len(st.opened) == 0 && p.wrong("client-uses-store-after-release"):
			p.blame()
			t.leaf("client", "IMsgStore::GetReceiveFolder", st.object, eInvalidObject, number("ulFlags", 0))
		}
	}
}

// other is another member of the session; nil if there is none.
func (m *member) other() *member {
	for _, other := range m.session.members {
		if other != m {
			return other
		}
	}
	return nil
}

// storeLogoff plays StoreLogoff with one of its flags. If it is granted, only Release is left.
func (m *member) storeLogoff(t *thread, st *store) {
	p := t.p
	flag := []int{1, 2, 4, logoffAbort, logoffQuiet}[p.choose(5)] // NO_WAIT, ORDERLY, PURGE, ABORT, QUIET
	if !st.logoff(t, "client", flag) {
		return
	}
	switch {
	case !st.told && p.wrong("client-uses-store-after-storelogoff"), st.told && p.wrong("client-uses-store-after-logoff-complete"):
		p.blame()
		t.leaf("client", "IMsgStore::GetReceiveFolder", st.object, ok, number("ulFlags", 0))
	}
}

// close lets go of all that a client has open in a session.
func (m *member) close(t *thread) {
	p := t.p
	for len(m.registered) > 0 {
		if p.wrong("client-forgets-unadvise") {
			p.dueAt(m.object, "IMAPISession::Logoff")
			m.registered = m.registered[1:]
			p.advised--
			continue
		}
		m.unadvise(t, m.registered[p.choose(len(m.registered))])
	}
	var late []func()
	for n := 0; n < len(m.opened); {
		e := m.opened[n]
		if e.store == nil && p.choose(2) == 0 || p.oneIn(4) {
			m.closeEntry(t, e)
			continue
		}
		n++
	}
	for len(m.stores) > 0 {
		n := p.choose(len(m.stores))
		st := m.stores[n]
		if !st.loggedOff && (p.wrong("client-forgets-store") || p.wrong("client-leaks-store")) {
			p.dueAt(m.object, "IMAPISession::Logoff")
			m.stores = slices.Delete(m.stores, n, n+1)
			if p.fault.name == "client-forgets-store" {
				late = append(late, func() { st.release(t, "client") })
			}
			continue
		}
		m.closeStore(t, n)
	}
	for len(m.opened) > 0 {
		e := m.opened[p.choose(len(m.opened))]
		if e.logon == nil && p.wrong("client-forgets-folder") {
			p.dueAt(m.object, "IMAPISession::Logoff")
			m.opened = slices.DeleteFunc(m.opened, func(other *entry) bool { return other == e })
			late = append(late, func() { e.release(t) })
			continue
		}
		if e.logon == nil && e.store != nil && !e.only && p.wrong("client-uses-forgotten-folder") {
			p.dueAt(m.object, "IMAPISession::Logoff")
			m.opened = remove(m.opened, e)
			late = append(late, func() {
				t.leaf("client", e.name+"::GetProps", e.object, eInvalidObject, number("ulFlags", 0))
				e.release(t)
			})
			continue
		}
		m.closeEntry(t, e)
	}
	for len(m.books) > 0 {
		book := m.books[0]
		m.books = m.books[1:]
		if p.wrong("client-forgets-address-book") {
			p.dueAt(m.object, "IMAPISession::Logoff")
			late = append(late, func() { t.release("client", book, nil) })
			continue
		}
		m.unadviseAll(t, book)
		t.release("client", book, nil)
	}
	m.dropFast(t)
	m.freeBuffers(t)
	m.late = late
}

// leave logs a client off and releases its session pointer. It has closed what was open.
func (m *member) leave(t *thread) {
	p := t.p
	if p.wrong("client-releases-session-without-logoff") {
		p.blame()
		m.release(t)
		return
	}
	flag, reserved := 0, 0
	switch {
	case p.wrong("client-passes-unknown-flags-to-logoff"):
		p.blame()
		flag = 0x8
	case p.tempted("client-logs-off-for-all") && (len(m.others()) > 0 || m.session.individual && m.pending(t) != nil) && p.wrong("client-logs-off-for-all"):
		p.blame()
		flag = logoffShared
	case p.wrong("client-passes-reserved-to-logoff"):
		p.blame()
		reserved = 1
	}
	m.logoff(t, flag, reserved)
	for _, release := range m.late {
		release()
	}
	switch {
	case p.wrong("client-uses-session-after-logoff"):
		p.blame()
		t.leave(t.enter("client", "IMAPISession::GetStatusTable", m.object, number("ulFlags", 0)), eInvalidObject, null("lppTable"))
	case p.wrong("client-logs-off-twice"):
		p.blame()
		t.leaf("client", "IMAPISession::Logoff", m.object, eInvalidObject, number("ulUIParam", 0), number("ulFlags", 0), number("ulReserved", 0))
	case p.wrong("client-asks-for-fast-shutdown-after-logoff"):
		p.blame()
		t.query("client", m.object, "IMAPIClientShutdown", false)
	case p.may("sessionMethods", "tolerated") && p.fault == nil && p.oneIn(12):
		t.addRef("client", m.object)
		m.release(t)
	}
	if p.wrong("client-leaks-session") {
		p.fault.atLast = true
		m.client.members = slices.DeleteFunc(m.client.members, func(other *member) bool { return other == m })
		return
	}
	m.release(t)
	if p.wrong("client-releases-session-twice") {
		p.blame()
		t.ghost("client", m.object)
	}
}
