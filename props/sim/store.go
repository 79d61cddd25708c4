package sim

import "slices"

// This file is message stores and their providers.

// A store is a store object with its logon object and support object.
type store struct {
	*object
	session   *session
	section   *section
	logon     *logon
	mail      bool     // the spooler may use it
	spooler   bool     // it is the spooler's own
	twin      *store   // the spooler's own store object for the same store
	spooled   bool     // the spooler holds this one
	opened    []*entry // what was opened through it and lives
	flags     int      // of the last StoreLogoff; 0 where there was none
	told      bool     // StoreLogoffTransports has been called, and not refused
	loggedOff bool     // StoreLogoff has been granted
	dead      bool
	releasing bool // its own Release is running, and nothing opened through it is left
	counted   bool // its client has released a reference already
	late      bool // its provider gives the support object back after its final Release: a fault
}

// Flags of stores.
const (
	mdbNoDialog  = 0x1
	mdbTemporary = 0x20
	mdbNoMail    = 0x80

	logoffAbort    = 0x8
	logoffQuiet    = 0x10
	logoffComplete = 0x10000
	logoffOutbound = 0x40000
)

// openStore finds or makes the store object for a section of the profile. MAPI has one reference on it for the client.
func (s *session) openStore(t *thread, sec *section, mail bool) (*store, result) {
	if t.p.config.Wide && s.disables(sec.service) {
		return nil, eLogonFailed
	}
	if st := s.storeOf(sec); st != nil {
		return s.reopen(t, st)
	}
	if s.disables(sec.service) {
		return nil, eLogonFailed
	}
	x, hr := s.provider(t, sec)
	if x == nil {
		return nil, hr
	}
	if t.p.choose(4) == 0 {
		t.leaf("mapi", "IMSProvider::CompareStoreIDs", x.object, ok, number("ulFlags", 0))
	}
	return s.logOnStore(t, x, sec, "mapi", x.logon, mail)
}

func (s *session) storeOf(sec *section) *store {
	for _, st := range s.stores {
		if st.section == sec && !st.spooler {
			return st
		}
	}
	return nil
}

// logOnStore makes a logon object and a store object, for MAPI's client or for the spooler.
func (s *session) logOnStore(t *thread, x *provider, sec *section, by, method string, mail bool) (*store, result) {
	p := t.p
	l, hr := s.logOn(t, x, func(sup *support) (*logon, result) {
		flag := 0x4
		if p.config.Wide {
			flag |= p.logonFlags(by)
		}
		id := t.enter(by, method, x.object, pointer("lpMAPISup", sup.object), text("lpEntryID", sec.eid), number("ulFlags", flag), number("lppMSLogon", 1))
		if hr := t.refuses(x); hr != ok {
			t.fails(sup, sec)
			t.leave(id, hr, null("lppMSLogon"), null("lppMDB"))
			return nil, hr
		}
		l := x.newLogon(t, iMSLogon, sec, sup)
		l.store = &store{object: p.object(iStore, &x.service.module), session: s, section: sec, logon: l, mail: mail, spooler: by == "spooler"}
		l.retain(t, p.choose(2) == 0 || p.must("storeStatusRow", "expected"))
		if flag&mdbTemporary != 0 { // it asks for a lasting place in the profile, and does not get it
			t.leaf("provider", "IMAPISupport::ModifyProfile", sup.object, ok, number("ulFlags", 0))
		}
		sup.closes = l.storeClosed
		s.stores = append(s.stores, l.store)
		l.held[mapiSide]++
		l.store.held[mapiSide]++
		shown := l.object
		for _, other := range x.logons {
			if other != l && other.store != nil && by == "mapi" && p.wrong("provider-shares-logon-object") {
				p.blame()
				other.held[mapiSide]++
				l.held[mapiSide]--
				l.off = true
				shown = other.object
				break
			}
		}
		hr, extras := ok, []arg(nil)
		if p.config.Wide {
			hr, extras = l.logonExtras(t)
		}
		t.leave(id, hr, append(extras, pointer("lppMSLogon", shown), pointer("lppMDB", l.store.object))...)
		t.takeExtras(extras)
		if shown != l.object { // MAPI has another logon once more, and never hears of this one
			l.tidy(t)
			x.logons = x.logons[:len(x.logons)-1]
			l.store.mail = false // its logon object is not there for the spooler
			p.gone(l.object)
			l.object = shown
			t.release("mapi", shown, nil)
		}
		return l, hr
	})
	if l == nil {
		return nil, hr
	}
	return l.store, hr
}

// reopen has the provider log on to a store that is open already: it answers with the same store, once more.
func (s *session) reopen(t *thread, st *store) (*store, result) {
	p, x := t.p, st.logon.provider
	if st.held[clientSide] > 0 && p.wrong("mapi-inits-for-open-store") {
		p.dueAt(nil, x.entry)
		t.load("mapi", &x.service.module)
		id := t.entry("mapi", x.entry, nil, x.service.module.name, number("ulFlags", 0), number("ulMAPIVer", currentVersion))
		x.service.module.users--
		t.leave(id, eVersion, null(x.out))
	}
	if p.wrong("provider-reopens-as-new-store") {
		p.dueAfter(x.object, x.logon)
		failures := p.config.Failures
		p.config.Failures = false
		defer func() { p.config.Failures = failures }()
		return s.logOnStore(t, x, st.section, "mapi", x.logon, false)
	}
	sup := p.offer()
	args := []arg{pointer("lpMAPISup", sup.object), text("lpEntryID", st.section.eid), number("ulFlags", 0x4), number("lppMSLogon", 1)}
	if p.config.Wide {
		args = append(args, text("lpInterface", iStore.name))
	}
	id := t.enter("mapi", x.logon, x.object, args...)
	if p.wrong("provider-uses-support-of-open-store") {
		t.dueHere()
		t.release("provider", t.openSection("provider", sup), nil)
	}
	if p.choose(3) == 0 { // the reference for MAPI, where the provider asks its own object for it
		t.query("provider", st.object, "IMsgStore", true)
		st.pass(providerSide, mapiSide)
	} else {
		st.held[mapiSide]++
	}
	logon := null("lppMSLogon")
	again := p.must("reopenedStore", "null") && p.wrong("provider-reopens-with-logon-object") || p.may("reopenedStore", "sameOrNull") && !st.logon.off && p.oneIn(4)
	if again {
		if p.must("reopenedStore", "null") {
			p.blame()
		}
		logon = pointer("lppMSLogon", st.logon.object)
		st.logon.held[mapiSide]++
	}
	t.leave(id, ok, logon, pointer("lppMDB", st.object))
	if again {
		t.release("mapi", st.logon.object, nil)
	}
	t.settle(sup)
	return st, ok
}

// logoff plays StoreLogoff. It tells whether the logoff took place.
func (st *store) logoff(t *thread, by string, flag int) bool {
	p := t.p
	t.acquire(&st.session.lock)
	arg := flag
	if p.wrong(by + "-passes-two-flags-to-storelogoff") {
		p.blame()
		arg = 0x3
	}
	id := t.enter(by, "IMsgStore::StoreLogoff", st.object, t.told(by, number("lpulFlags", arg))...)
	st.flags = arg
	granted, out, hr := true, flag, ok
	switch {
	case p.config.Failures && p.oneIn(8):
		granted, hr = false, eFail
	case st.told || p.must("storeLogoffTransports", "inLastRelease") && !p.wrong("provider-calls-storelogofftransports-early"):
	case p.must("storeLogoffTransports", "inStoreLogoff") && p.wrong("provider-does-not-begin-with-storelogofftransports"):
		t.dueHere()
	case p.config.Readings["storeLogoffTransports"] != "" && !p.must("storeLogoffTransports", "either") || p.choose(2) == 0:
		if p.must("storeLogoffTransports", "inLastRelease") {
			p.blame()
		}
		if granted, out = st.tell(t, false); granted {
			out = flag // what is under way stops nothing
		}
	}
	st.loggedOff = granted
	if !hr.failed() && p.wrong("provider-hands-back-unknown-flags") {
		p.blame()
		out |= 0x100000
	}
	st.session.lock.release()
	t.leave(id, hr, number("lpulFlags", out))
	return granted
}

// tell plays StoreLogoffTransports: MAPI has the spooler let go of the store, unless something is under way that must not be disturbed.
func (st *store) tell(t *thread, final bool) (granted bool, out int) {
	p := t.p
	flag := st.flags
	if flag == 0 {
		flag = logoffAbort
		if p.wrong("provider-passes-other-flag-without-storelogoff") {
			p.blame()
			flag = 0x1
		}
	} else if p.wrong("provider-passes-other-flag") {
		p.blame()
		flag = map[bool]int{true: 0x2, false: 0x1}[flag == 0x1]
	}
	args, elsewhere := []arg{number("lpulFlags", flag)}, false
	if p.config.Wide {
		elsewhere = st.twin == nil && !st.spooled && p.oneIn(4)
		args = append(args, number("otherProcesses", map[bool]int{true: 1}[elsewhere]), text("PR_STORE_ENTRYID", st.section.eid))
	}
	id := t.enter("provider", "IMAPISupport::StoreLogoffTransports", st.logon.support.object, args...)
	out = flag
	if elsewhere { // another process uses the store on: nothing is done
		st.told = true
		t.leave(id, ok, number("lpulFlags", out|logoffComplete))
		return true, out | logoffComplete
	}
	if !final && st.session.transfers(t) && (flag == logoffQuiet || flag == logoffAbort && p.oneIn(4)) {
		out |= logoffOutbound
		t.leave(id, ok, number("lpulFlags", out))
		return false, out
	}
	st.told = true
	if p.may("relatedTransports", "mayLogOff") && p.fault == nil && p.oneIn(12) {
		st.session.endTransports(t)
	}
	if !final && p.wrong("mapi-storelogoff-ends-address-book") {
		for _, x := range st.session.providers {
			if x.providerType == abType && len(x.logons) > 0 {
				p.blame()
				x.logons[0].endAddressBook(t)
				break
			}
		}
		if !p.fault.next && p.fault.line == 0 { // there was none: another time
			p.fault.done = false
		}
	}
	st.session.letGo(t, st)
	out |= logoffComplete
	if flag != logoffQuiet && p.oneIn(4) {
		out |= logoffOutbound
	}
	if p.wrong("mapi-hands-back-unknown-flags") {
		p.blame()
		out |= 0x200000
	}
	t.leave(id, ok, number("lpulFlags", out))
	return true, out
}

// release plays a Release of a store.
func (st *store) release(t *thread, by string) {
	t.acquire(&st.session.lock)
	st.held[sideOf(by)]--
	st.counted = st.counted || by == "client"
	id := t.enter(by, iStore.release, st.object)
	st.releasing = len(st.opened) == 0
	st.check(t)
	st.releasing = false
	st.session.lock.release()
	t.counted(id, st.refs())
	if st.late {
		st.late = false
		st.logon.letGo(t)
		t.unkeep(st.logon.passed)
	}
}

// check ends a store that nobody holds: not itself, nor, if its provider has it so, anything opened through it.
func (st *store) check(t *thread) {
	if st.refs() > 0 {
		return
	}
	if !st.dead && (len(st.opened) == 0 || !st.section.service.owning) {
		st.die(t)
	}
	if st.dead {
		t.p.gone(st.object)
	}
}

// die is what a provider does in the final Release of a store.
func (st *store) die(t *thread) {
	p, l := t.p, st.logon
	st.leave()
	switch {
	case st.told:
		if p.wrong("provider-repeats-storelogofftransports") {
			p.blame()
			st.tell(t, true)
		}
	case st.flags == 0 && p.wrong("provider-skips-storelogofftransports-without-storelogoff"), st.flags != 0 && p.wrong("provider-skips-storelogofftransports"):
		p.dueAt(l.support.object, "IMAPISupport::Release")
	default:
		st.tell(t, true)
	}
	st.invalidate(t)
	if st.releasing && len(t.open) == 1 && p.wrong("provider-store-keeps-support") {
		t.dueHere()
		st.late = true
		return
	}
	l.letGo(t)
	t.unkeep(l.passed)
}

// leave takes a store out of its session's list.
func (st *store) leave() {
	st.dead = true
	s := st.session
	s.stores = slices.DeleteFunc(s.stores, func(other *store) bool { return other == st })
}

// invalidate ends what was opened through a store and is still held.
func (st *store) invalidate(t *thread) {
	made := t.p.choose(2) == 0
	for _, e := range st.opened {
		e.invalid = true
		if made {
			e.made = true
			t.makeInvalid(st.logon.support, e.object)
		}
	}
}

// storeClosed is what MAPI does while a store provider's last Release of a support object runs: it logs the store off, unless that is what
// brought the Release about.
func (l *logon) storeClosed(t *thread) {
	p, x := t.p, l.provider
	if l.off {
		return
	}
	if p.wrong("mapi-skips-store-logoff") {
		t.dueHere()
		return
	}
	l.logOffStore(t, func() { l.tidy(t) })
	l.end(t, "mapi", nil)
	if len(x.logons) == 0 && !x.ended && p.oneIn(4) {
		x.quit(t, "mapi")
	}
}

func (l *logon) logOffStore(t *thread, inside func()) {
	p := t.p
	l.off = true
	arg := 0
	if p.wrong("mapi-passes-flags-to-store-logoff") {
		p.blame()
		arg = 1
	}
	id := t.enter("mapi", "IMSLogon::Logoff", l.object, number("lpulFlags", arg))
	inside()
	t.leave(id, p.answer())
}

// force ends a store whose session ends before it: the client has it open, or its end has been left undone.
func (l *logon) force(t *thread) {
	p, st := t.p, l.store
	l.logOffStore(t, func() {
		if !st.dead {
			if !st.told && (p.must("forcedStoreLogoff", "required") || p.choose(2) == 0) {
				st.tell(t, true)
			}
			st.leave()
			st.invalidate(t)
		}
		l.logOff(t)
	})
	l.end(t, "mapi", nil)
	st.check(t)
}

// An entry is something that a client has opened: a folder, a message, a table, a status object.
type entry struct {
	*object
	member  *member
	store   *store  // through which it was opened; nil if through none
	logon   *logon  // through which it was opened, if it was
	from    *entry  // the folder or container through which it was opened, if it was
	only    bool    // it was submitted, or saved for good: Release is left
	invalid bool    // its calls fail
	made    bool    // MakeInvalid has made it so
	thread  *thread // that opened it, if it is a status object
}

// release plays a client's Release of something opened. It may be what a store waits for.
func (e *entry) release(t *thread) { e.letGo(t, "client") }

func (e *entry) letGo(t *thread, by string) {
	st := e.store
	if st != nil {
		t.acquire(&st.session.lock)
	}
	e.held[sideOf(by)]--
	id := t.enter(by, e.iface.release, e.object)
	if e.refs() == 0 {
		t.p.gone(e.object)
		if l := e.logon; l != nil {
			l.opened = slices.DeleteFunc(l.opened, func(other *entry) bool { return other == e })
		}
		if st != nil {
			st.opened = slices.DeleteFunc(st.opened, func(other *entry) bool { return other == e })
			st.check(t)
		}
	}
	if st != nil {
		st.session.lock.release()
	}
	t.counted(id, e.refs())
}
