package sim

import (
	"slices"

	"mapilife/trace"
)

// A Sim is a process in which one thing happens after the other, as it is asked for.
type Sim struct {
	p      *process
	client *client
	ended  bool
}

// New makes a process whose client has at least two threads. It records to emit; records, and what they refer to, are good until the next one.
func New(c Config, emit func(*trace.Record) error) *Sim {
	p := newProcess(c, emit)
	for range max(c.Threads, 2) {
		p.thread()
	}
	return &Sim{p: p, client: &client{p: p}}
}

// An Action is something that a client, or the spooler, does. It is total: where what it needs is not there, it does what leads to it.
type Action struct {
	Name string
	do   func(*Sim, *thread)
}

// Actions are all of them.
var Actions = []Action{
	{"MAPIInitialize", func(s *Sim, t *thread) { t.initialize("client") }},
	{"MAPIUninitialize", (*Sim).uninitialize},
	{"thread exit", (*Sim).threadExit},
	{"ScInitMapiUtil", (*Sim).initUtilities},
	{"DeinitMapiUtil", (*Sim).deinitUtilities},
	{"buffers", (*Sim).buffers},
	{"OLE", (*Sim).ole},
	{"MAPILogonEx", (*Sim).logon},
	{"OpenAddressBook", on((*member).openBookOf)},
	{"OpenMsgStore", on((*member).openSomeStore)},
	{"OpenEntry", on(func(m *member, t *thread) { m.openEntry(t) })},
	{"open a container", on((*member).openSomeContainer)},
	{"open a status object", on(func(m *member, t *thread) { m.openStatus(t) })},
	{"open a table", on(func(m *member, t *thread) { m.openTable(t) })},
	{"read", on((*member).read)},
	{"AddRef and Release", on((*member).count)},
	{"Advise", on((*member).advise)},
	{"Unadvise", on((*member).unadviseOne)},
	{"SaveChanges", on((*member).save)},
	{"SubmitMessage", on((*member).submit)},
	{"StoreLogoff", on((*member).logOffStore)},
	{"release a store", on((*member).releaseStore)},
	{"release an entry", on((*member).releaseEntry)},
	{"Logoff", on((*member).end)},
	{"start transports", (*Sim).startTransports},
	{"SpoolerLogon", (*Sim).spool},
	{"carry messages", (*Sim).carry},
	{"the spooler releases a store", (*Sim).letGo},
	{"QueryFastShutdown", on((*member).askFast)},
}

// Actions are those that the simulation can be asked for.
func (s *Sim) Actions() []Action {
	if s.p.config.Wide {
		return slices.Concat(Actions, wideActions)
	}
	return Actions
}

// Do does one thing, on a thread that the choice picks.
func (s *Sim) Do(a Action) { s.On(s.p.choose(len(s.p.threads)), a) }

// On does one thing on a thread of the client, by its number.
func (s *Sim) On(thread int, a Action) {
	if !s.ended && !s.p.fast {
		a.do(s, s.p.threads[thread])
	}
}

// Walk does so many things, one after the other, and ends the process in good order.
func Walk(c Config, steps int, emit func(*trace.Record) error) *Sim {
	s := New(c, emit)
	list := s.Actions()
	for range steps {
		s.Do(list[s.p.choose(len(list))])
	}
	s.End()
	return s
}

// Line is the last record's.
func (s *Sim) Line() int64 { return s.p.line }

// Err is the error that emit returned.
func (s *Sim) Err() error { return s.p.err }

// Snapshot tells of the state of the process.
func (s *Sim) Snapshot() Snapshot { return s.p.snapshot() }

// FastShutdown tells whether the process ends in a fast shutdown.
func (s *Sim) FastShutdown() bool { return s.p.fast }

// Fault is the record at which the fault of the configuration happened, or at which what it left out was due; 0 if it has not come to it.
func (s *Sim) Fault() int64 {
	if s.p.fault == nil {
		return 0
	}
	return s.p.fault.line
}

// Close ends all sessions, uninitialises all threads, and leaves nothing behind, unless a fast shutdown has come before. The process
// goes on.
func (s *Sim) Close() {
	p := s.p
	if s.ended || p.fast {
		return
	}
	for len(s.client.members) > 0 {
		t := s.ready(p.threads[p.choose(len(p.threads))])
		s.client.members[p.choose(len(s.client.members))].end(t)
	}
	first := p.utilities > 0 && p.choose(2) == 0
	if first {
		s.deinitAll()
	}
	for _, t := range p.threads {
		for t.ole > 0 {
			if t.ole == 1 && t.initialised > 0 && p.wrong("client-forgets-oleuninitialize") {
				p.dueAt(nil, "end")
				break
			}
			t.oleUninitialize()
		}
	}
	if p.initialised > 0 && p.wrong("client-forgets-uninitialise") {
		p.dueAt(nil, "end")
		s.deinitAll()
		return
	}
	for _, t := range p.threads {
		for t.initialised > 0 {
			t.uninitialize("client")
		}
	}
	s.deinitAll()
	if p.wrong("client-uninitialises-twice") {
		p.blame()
		p.threads[0].void(p.threads[0].enter("client", "MAPIUninitialize", nil))
	}
	if p.wrong("client-calls-after-uninitialise") {
		p.blame()
		p.threads[0].leave(p.threads[0].enter("client", "MAPIAdminProfiles", nil, number("ulFlags", 0)), eNotInitialized, null("lppProfAdmin"))
	}
}

// End closes the process and lets it exit.
func (s *Sim) End() {
	if s.ended {
		return
	}
	s.Close()
	s.Exit("exit")
}

// Exit is the end of the process, as it is.
func (s *Sim) Exit(reason string) {
	if !s.ended {
		s.ended = true
		s.p.exit(reason)
	}
}

// ready initialises a thread that is not.
func (s *Sim) ready(t *thread) *thread {
	if t.initialised == 0 {
		if len(s.client.members) > 0 && s.p.wrong("client-thread-uses-without-initialising") {
			s.p.blame()
			m := s.client.members[0]
			t.leave(t.enter("client", "IMAPISession::QueryIdentity", m.object), ok)
		}
		if s.p.initialised == 0 && s.p.wrong("client-calls-before-initialising") {
			s.p.blame()
			t.leave(t.enter("client", "MAPILogonEx", nil, number("ulUIParam", 0), null("lpszProfileName"), number("flFlags", mapiExtended)), eNotInitialized, null("lppSession"))
		}
		t.begin()
	}
	return t
}

// on makes an action of what a member of a session does. Where there is none, the action is a logon.
func on(do func(*member, *thread)) func(*Sim, *thread) {
	return func(s *Sim, t *thread) {
		s.ready(t)
		if len(s.client.members) == 0 {
			s.logon(t)
			return
		}
		do(s.client.members[s.p.choose(len(s.client.members))], t)
	}
}

func (s *Sim) logon(t *thread) {
	s.ready(t)
	flag := mapiExtended
	switch s.p.choose(4) {
	case 0:
		flag |= mapiNewSession
	case 1:
		flag |= mapiAllowOthers
	}
	if s.p.oneIn(4) {
		flag |= mapiNoMail
	}
	s.client.logonEx(t, flag)
}

// spare tells whether the process stays initialised as long as it has sessions if a thread undoes so many of its initialisations.
func (s *Sim) spare(n int) bool { return s.p.initialised > n || len(s.client.members) == 0 }

func (s *Sim) uninitialize(t *thread) {
	if t.initialised == 0 || !s.spare(1) {
		t.initialize("client")
		return
	}
	if t.initialised == 1 {
		for t.ole > 0 {
			t.oleUninitialize()
		}
	}
	t.uninitialize("client")
}

func (s *Sim) threadExit(t *thread) {
	if !s.spare(t.initialised) {
		s.initializeAnother(t)
		return
	}
	for t.ole > 0 {
		t.oleUninitialize()
	}
	if t.initialised > 0 && s.p.initialised > t.initialised && s.p.wrong("client-thread-exits-initialised") {
		s.p.blame()
	} else {
		for t.initialised > 0 {
			t.uninitialize("client")
		}
	}
	t.event("thread-exit", "")
	n := slices.Index(s.p.threads, t)
	s.p.started++
	s.p.threads[n] = &thread{p: s.p, id: 31590 + int64(len(s.p.threads)+s.p.started)}
}

func (s *Sim) initializeAnother(t *thread) {
	for _, other := range s.p.threads {
		if other != t {
			other.initialize("client")
			return
		}
	}
}

func (s *Sim) initUtilities(t *thread) {
	if s.p.utilities < 3 {
		s.p.utilities++
		t.leaf("client", "ScInitMapiUtil", nil, ok, number("ulFlags", 0))
		if !s.p.up && s.p.wrong("client-uninitialises-utilities") {
			s.p.blame()
			t.void(t.enter("client", "MAPIUninitialize", nil))
		}
	}
}

func (s *Sim) deinitUtilities(t *thread) {
	if s.p.utilities == 0 {
		s.initUtilities(t)
		return
	}
	s.p.utilities--
	t.void(t.enter("client", "DeinitMapiUtil", nil))
}

func (s *Sim) deinitAll() {
	for s.p.utilities > 0 {
		if s.p.wrong("client-forgets-deinitmapiutil") {
			s.p.dueAt(nil, "end")
			s.p.utilities--
			continue
		}
		s.deinitUtilities(s.p.threads[0])
	}
}

func (s *Sim) buffers(t *thread) {
	if s.p.initialised == 0 {
		t.begin()
	}
	s.ready(t)
	if s.p.config.Wide {
		t.freeBuffer("client", t.allocate("client"))
		return
	}
	t.leaf("client", "MAPIAllocateBuffer", nil, ok, number("cbSize", 64))
	t.leaf("client", "MAPIFreeBuffer", nil, ok)
}

func (s *Sim) ole(t *thread) {
	s.ready(t)
	if t.ole > 0 && s.p.choose(2) == 0 {
		t.oleUninitialize()
		return
	}
	t.ole++
	t.leaf("client", "OleInitialize", nil, ok, null("pvReserved"))
}

func (t *thread) oleUninitialize() {
	t.ole--
	t.void(t.enter("client", "OleUninitialize", nil))
	if t.ole == 0 && t.p.wrong("client-oleuninitializes-twice") {
		t.p.blame()
		t.void(t.enter("client", "OleUninitialize", nil))
	}
}

func (m *member) openBookOf(t *thread) { m.openBook(t) }

func (m *member) openSomeStore(t *thread) {
	sec := t.p.storeSection()
	if st := m.session.storeOf(sec); st != nil && st.loggedOff { // it is about to be released
		m.releaseStore(t)
		return
	}
	if st := m.session.storeOf(sec); st != nil && t.p.config.Apart && !slices.Contains(m.stores, st) {
		m.count(t)
		return
	}
	m.openStore(t, sec)
}

func (m *member) openSomeContainer(t *thread) {
	if len(m.books) == 0 {
		m.openBook(t)
		return
	}
	m.openContainer(t)
}

func (m *member) count(t *thread) {
	if st := m.pick(t); st != nil && t.p.choose(2) == 0 {
		t.addRef("client", st.object)
		st.release(t, "client")
		return
	}
	t.addRef("client", m.object)
	m.release(t)
}

func (m *member) unadviseOne(t *thread) {
	if n := len(m.registered); n > 0 {
		m.unadvise(t, m.registered[t.p.choose(n)])
		return
	}
	m.advise(t)
}

// save plays SaveChanges. Without flags only Release is left.
func (m *member) save(t *thread) {
	p := t.p
	e := m.pickEntry(t, iMessage)
	if e == nil {
		m.openEntry(t)
		return
	}
	flag := 0x2 // KEEP_OPEN_READWRITE
	if p.choose(2) == 0 {
		flag = 0
		m.unadviseAll(t, e.object)
		e.only = true
	}
	t.leaf("client", "IMessage::SaveChanges", e.object, ok, number("ulFlags", flag))
	if e.only && p.wrong("client-uses-saved-message") {
		p.blame()
		t.leaf("client", "IMessage::GetProps", e.object, ok, number("ulFlags", 0))
	}
}

func (m *member) submit(t *thread) {
	p := t.p
	e := m.pickEntry(t, iMessage)
	if e == nil {
		m.openEntry(t)
		return
	}
	id := t.enter("client", "IMessage::SubmitMessage", e.object, number("ulFlags", 0))
	if p.config.Wide && p.oneIn(3) {
		t.leave(id, eNoRecipients)
		t.leaf("client", "IMessage::ModifyRecipients", e.object, ok, number("ulFlags", 0))
		return
	}
	hr := ok
	if p.config.Failures && p.oneIn(6) {
		hr = eNetworkError
	} else {
		e.only = true
		if st := e.store; !st.dead && st.logon.support != nil {
			if !st.session.ready {
				st.session.ready = true
				t.leaf("provider", "IMAPISupport::SpoolerNotify", st.logon.support.object, ok, number("ulFlags", 0x2))
			}
			t.leaf("provider", "IMAPISupport::PrepareSubmit", st.logon.support.object, ok)
		}
	}
	t.leave(id, hr)
	if e.only && p.wrong("client-uses-submitted-message") {
		p.blame()
		t.leaf("client", "IMessage::GetProps", e.object, ok, number("ulFlags", 0))
	}
}

func (m *member) logOffStore(t *thread) {
	st := m.pick(t)
	if st == nil {
		m.openSomeStore(t)
		return
	}
	mine := 0
	for _, other := range m.stores {
		if other == st {
			mine++
		}
	}
	if mine == st.held[clientSide] {
		m.unadviseAll(t, st.object) // for which it will be too late
		for _, e := range m.opened {
			if e.store == st {
				m.unadviseAll(t, e.object)
			}
		}
		m.storeLogoff(t, st)
	}
}

func (m *member) releaseStore(t *thread) {
	if n := len(m.stores); n > 0 {
		m.closeStore(t, t.p.choose(n))
	}
}

func (m *member) releaseEntry(t *thread) {
	if n := len(m.opened); n > 0 {
		m.closeEntry(t, m.opened[t.p.choose(n)])
	}
}

func (m *member) end(t *thread) {
	m.close(t)
	m.leave(t)
}

// askFast plays a fast shutdown, as far as it goes. Where it goes through, the process ends soon.
func (m *member) askFast(t *thread) {
	p := t.p
	if m.agreed <= 0 {
		m.queryFast(t)
		if m.agreed < 0 && p.wrong("client-goes-on-after-refused-fast-shutdown") {
			p.blame()
			t.leaf("client", "IMAPIClientShutdown::NotifyProcessShutdown", m.shutdown, eNoSupport)
		}
	}
	if m.agreed < 0 && p.wrong("client-does-refused-fast-shutdown") {
		p.blame()
		t.leaf("client", "IMAPIClientShutdown::DoFastShutdown", m.shutdown, eNoSupport)
	}
	if m.agreed == 1 && p.choose(3) == 0 {
		m.notifyFast(t)
		m.agreed = 2
	}
	if m.agreed == 2 && (p.oneIn(4) || p.tempted("client-calls-after-fast-shutdown")) {
		m.doFast(t)
		if p.wrong("client-calls-after-fast-shutdown") {
			p.blame()
			t.leaf("client", "IMAPISession::QueryIdentity", m.object, ok)
		}
		if p.must("releaseAfterFastShutdown", "ignored") && p.choose(2) == 0 {
			m.dropFast(t)
		}
	}
}

// someSession is the session of some member; nil where there is none.
func (s *Sim) someSession() *session {
	if len(s.client.members) == 0 {
		return nil
	}
	return s.client.members[s.p.choose(len(s.client.members))].session
}

// spools makes an action of what the spooler does for a session, on a thread of its own. Where it has none, the action is a logon.
func (s *Sim) spools(t *thread, do func(*session, *thread)) {
	x := s.someSession()
	if x == nil {
		s.logon(t)
		return
	}
	if x.mail && len(x.members) > 0 {
		do(x, s.p.spoolerThread())
	}
}

func (s *Sim) startTransports(t *thread) { s.spools(t, (*session).startTransports) }
func (s *Sim) carry(t *thread)           { s.spools(t, (*session).work) }
func (s *Sim) spool(t *thread)           { s.spools(t, (*session).spoolSome) }
func (s *Sim) letGo(t *thread)           { s.spools(t, (*session).letGoSome) }
