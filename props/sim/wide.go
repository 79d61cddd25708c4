package sim

// This file is what only wide simulations do, of clients, providers and the spooler: see Config.Wide. notify.go, memory.go and admin.go
// have more of it.

// wideActions are done beside Actions.
var wideActions = []Action{
	{"OnNotify", on((*member).hear)},
	{"Notify", on((*member).hearItself)},
	{"GetReceiveFolder", on((*member).receive)},
	{"keep a buffer", on((*member).keepBuffer)},
	{"idle engine", (*Sim).idle},
	{"initialisation monitor", (*Sim).monitor},
	{"TNEF", (*Sim).tnef},
	{"a view of ITableData", (*Sim).view},
	{"UlRelease", on((*member).utilityRelease)},
	{"attachment", on((*member).attach)},
	{"form", on((*member).form)},
	{"QueryInterface of a store", on((*member).ask)},
	{"UnwrapNoRef", on((*member).unwrap)},
	{"open a store by OpenEntry", on((*member).openStoreEntry)},
	{"status object", on((*member).useStatus)},
	{"StoreLogoff of a shared store", on((*member).logOffShared)},
	{"StoreLogoff of one of two", on((*member).logOffOne)},
	{"message services", on((*member).configureService)},
	{"DeleteMsgService", on((*member).deleteService)},
	{"DeleteProvider", on((*member).deleteProvider)},
	{"DeleteProfile", on((*member).deleteProfile)},
}

// told is the arguments of a call, with who makes it where a wide recording says so.
func (t *thread) told(by string, args ...arg) []arg {
	if t.p.config.Wide {
		args = append(args, text("caller", by))
	}
	return args
}

// entryID is the entry identifier of something that the provider of a section has: its bytes 4 to 19 are the MAPIUID, where that is whole.
func (s *section) entryID() string {
	if len(s.uid) < 32 {
		return s.uid
	}
	return "00000000" + s.uid + "01"
}

// receive asks a store for its receive folder.
func (m *member) receive(t *thread) {
	if st := m.pick(t); st != nil {
		st.receives(t)
	}
}

// receives plays GetReceiveFolder.
func (st *store) receives(t *thread) {
	id := t.enter("client", "IMsgStore::GetReceiveFolder", st.object, number("ulFlags", 0))
	if t.p.config.Wide {
		t.leave(id, ok, text("lppEntryID", st.section.entryID()))
		return
	}
	t.leave(id, ok)
}

// idle uses the idle engine, and leaves it as often as it has come.
func (s *Sim) idle(t *thread) {
	s.ready(t)
	n := 1 + s.p.choose(2)
	for range n {
		t.leaf("client", "MAPIInitIdle", nil, ok, null("lpvReserved"))
	}
	t.void(t.enter("client", "FtgRegisterIdleRoutine", nil, number("csec", 10)))
	t.void(t.enter("client", "DeregisterIdleRoutine", nil, number("ftg", 1)))
	for range n {
		t.void(t.enter("client", "MAPIDeInitIdle", nil))
	}
}

// monitor asks whether MAPI is initialised, which works where it is not.
func (s *Sim) monitor(t *thread) {
	id := t.enter("client", "CreateMAPIInitializationMonitor", nil)
	x := s.p.object(iMonitor, nil)
	x.held[clientSide]++
	t.leave(id, ok, pointer("ppInitMonitor", x))
	id = t.enter("client", "IMAPIInitMonitor::IsInitialized", x)
	t.back(id, []arg{number("return", min(s.p.initialised, 1))})
	t.emit()
	t.release("client", x, nil)
}

// stream opens a stream on a file.
func (t *thread) stream(by string) *object {
	id := t.enter(by, "OpenStreamOnFile", nil, number("ulFlags", 0))
	x := t.p.object(iStream, nil)
	x.held[sideOf(by)]++
	t.leave(id, ok, pointer("lppStream", x))
	return x
}

// tnef reads a TNEF stream.
func (s *Sim) tnef(t *thread) {
	s.ready(t)
	stm := t.stream("client")
	id := t.enter("client", "OpenTnefStreamEx", nil, null("lpvSupport"), pointer("lpStream", stm), number("ulFlags", 2), null("lpMessage"))
	t.addRef("mapi", stm)
	x := s.p.object(iTnef, nil)
	x.held[clientSide]++
	t.leave(id, ok, pointer("lppTNEF", x))
	t.release("client", x, func() { t.release("mapi", stm, nil) })
	t.release("client", stm, nil)
}

// view makes a table in memory and a view of it, whose last Release calls back.
func (s *Sim) view(t *thread) {
	s.ready(t)
	p := s.p
	id := t.enter("client", "CreateTable", nil, number("ulTableType", 1))
	data := p.object(iTableData, nil)
	data.held[clientSide]++
	t.leave(id, ok, pointer("lppTableData", data))
	id = t.enter("client", "ITableData::HrGetView", data, number("lpfCallerRelease", 0x401000), number("ulCallerData", 7))
	table := p.object(iTable, nil)
	table.held[clientSide]++
	t.leave(id, ok, pointer("lppMAPITable", table))
	t.release("client", table, func() { t.void(t.enter("mapi", "CallerRelease", nil, number("ulCallerData", 7))) })
	t.release("client", data, nil)
}

// utilityRelease releases something opened by UlRelease, which does nothing with a null pointer.
func (m *member) utilityRelease(t *thread) {
	n := len(m.opened)
	if n == 0 {
		t.leave(t.enter("client", "UlRelease", nil, null("punk")), ok)
		return
	}
	e := m.opened[t.p.choose(n)]
	id := t.enter("client", "UlRelease", nil, pointer("punk", e.object))
	m.unadviseAll(t, e.object)
	m.opened = remove(m.opened, e)
	e.release(t)
	t.leave(id, result(e.refs()))
}

// open makes what is opened through e, and released by the same action.
func (e *entry) open(t *thread, i *iface) *object {
	x := t.p.object(i, e.object.module)
	x.held[clientSide]++
	return x
}

// attach makes an attachment and deletes it, once it is closed.
func (m *member) attach(t *thread) {
	e := m.pickEntry(t, iMessage)
	if e == nil {
		m.openEntry(t)
		return
	}
	n := t.p.choose(4)
	id := t.enter("client", "IMessage::CreateAttach", e.object, null("lpInterface"), number("ulFlags", 0))
	a := e.open(t, iAttach)
	t.leave(id, ok, number("lpulAttachmentNum", n), pointer("lppAttach", a))
	if t.p.choose(2) == 0 {
		id = t.enter("client", "IAttach::OpenProperty", a, text("ulPropTag", "0x37010102"), text("lpiid", "IID_IStream"))
		s := e.open(t, iStream)
		t.leave(id, ok, pointer("lppUnk", s))
		t.release("client", s, nil)
	}
	t.release("client", a, nil)
	t.leaf("client", "IMessage::DeleteAttach", e.object, ok, number("ulAttachmentNum", n), number("ulFlags", 0))
}

// form shows a message in its form, which has the only reference then.
func (m *member) form(t *thread) {
	e := m.pickEntry(t, iMessage)
	if e == nil || e.invalid {
		m.openEntry(t)
		return
	}
	m.unadviseAll(t, e.object)
	t.p.connections++
	token := t.p.connections
	id := t.enter("client", "IMAPISession::PrepareForm", m.object, null("lpInterface"), pointer("lpMessage", e.object))
	t.addRef("mapi", e.object)
	t.leave(id, ok, number("lpulMessageToken", token))
	m.opened = remove(m.opened, e)
	e.release(t)
	id = t.enter("client", "IMAPISession::ShowForm", m.object, number("ulMessageToken", token), number("ulMessageFlags", 0))
	e.letGo(t, "mapi")
	t.leave(id, ok)
}

// ask asks a store for an interface that it does not have.
func (m *member) ask(t *thread) {
	if st := m.pick(t); st != nil {
		t.query("client", st.object, iFolder.name, false)
	}
}

// unwrap looks behind the object with which MAPI stands in for a store, and keeps nothing.
func (m *member) unwrap(t *thread) {
	p, st := t.p, m.pick(t)
	if st == nil {
		return
	}
	id := t.enter("client", "IMsgStore::OpenProperty", st.object, text("lpiid", "IID_IProxyStoreObject"))
	proxy := p.object(iProxy, st.module)
	proxy.held[clientSide]++
	t.leave(id, ok, pointer("lppUnk", proxy))
	id = t.enter("client", "IProxyStoreObject::UnwrapNoRef", proxy)
	inner := p.outside(iStore)
	inner.held[providerSide]++
	t.leave(id, ok, pointer("ppvObject", inner))
	t.addRef("client", inner)
	t.release("client", inner, nil)
	t.release("client", proxy, nil)
}

// openStoreEntry opens a store by IMAPISession::OpenEntry, without a dialog.
func (m *member) openStoreEntry(t *thread) {
	p, s, sec := t.p, m.session, t.p.storeSection()
	if st := s.storeOf(sec); st != nil || m.shares() {
		m.openSomeStore(t)
		return
	}
	id := t.enter("client", "IMAPISession::OpenEntry", m.object, text("lpEntryID", sec.eid), number("ulFlags", 0))
	p.noDialog = true
	st, hr := s.openStore(t, sec, false)
	p.noDialog = false
	if st == nil {
		t.leave(id, hr, null("lppUnk"))
		return
	}
	st.pass(mapiSide, clientSide)
	m.stores = append(m.stores, st)
	t.leave(id, hr, number("ulObjType", 1), pointer("lppUnk", st.object))
}

// logonFlags are further flags of a store logon.
func (p *process) logonFlags(by string) int {
	flag := 0
	if p.noDialog {
		flag |= mdbNoDialog
	}
	if by == "mapi" && p.oneIn(6) {
		flag |= mdbTemporary
	}
	return flag
}

// useStatus uses a status object, of a transport on the thread that opened it.
func (m *member) useStatus(t *thread) {
	e := m.pickEntry(t, iStatus)
	if e == nil || e.logon.support == nil || e.logon.off {
		m.openStatus(t)
		return
	}
	if e.logon.provider.providerType == xpType {
		if t = e.thread; t.initialised == 0 {
			return
		}
	}
	t.leaf("client", "IMAPIStatus::ValidateState", e.object, ok, number("ulUIParam", 0), number("ulFlags", 0))
	if x := e.logon.provider; x.service.entry && t.p.choose(2) == 0 {
		id := t.enter("client", "IMAPIStatus::SettingsDialog", e.object, number("ulUIParam", 0), number("ulFlags", 0))
		inner := t.enter("provider", "IMAPISupport::GetSvcConfigSupportObj", e.logon.support.object, number("ulFlags", 0))
		sup := &support{object: t.p.object(iSupport, nil)}
		sup.held[providerSide]++
		t.leave(inner, ok, pointer("lppSvcSupport", sup.object))
		t.serviceEntry("provider", x.service, sup, serviceConfigure)
		t.release("provider", sup.object, nil)
		t.leave(id, ok)
	}
}

// logOffShared plays StoreLogoff and Release of a client whose store another member of the session uses on.
func (m *member) logOffShared(t *thread) {
	p, st := t.p, m.pick(t)
	if st == nil || p.config.Apart || !p.may("sharedStoreLogoff", "callerOnly") {
		m.openSomeStore(t)
		return
	}
	if other := m.other(); other == nil {
		m.client.logonEx(t, mapiExtended)
		return
	} else if st.held[clientSide] == 1 {
		other.openStore(t, st.section)
	}
	mine := 0
	for _, x := range m.stores {
		if x == st {
			mine++
		}
	}
	if mine != 1 || st.held[clientSide] == 1 || st.flags != 0 {
		return
	}
	n := 0
	for m.stores[n] != st {
		n++
	}
	m.unadviseAll(t, st.object)
	for k := 0; k < len(m.opened); {
		if m.opened[k].store == st {
			m.closeEntry(t, m.opened[k])
			continue
		}
		k++
	}
	id := t.enter("client", "IMsgStore::StoreLogoff", st.object, number("lpulFlags", logoffQuiet))
	st.flags = logoffQuiet
	t.leave(id, ok, number("lpulFlags", logoffQuiet))
	m.stores = append(m.stores[:n:n], m.stores[n+1:]...)
	st.release(t, "client")
}

// openWide is what MAPI does with a store before it hands it out: it may log on once more, for the interface that its client wants, and
// tells the spooler.
func (s *session) openWide(t *thread, st *store, flag int) {
	p := t.p
	if p.oneIn(4) && !st.loggedOff {
		_, _ = s.reopen(t, st)
		st.release(t, "mapi")
	}
	if st.mail && s.mail && flag&mdbNoMail == 0 && !st.spooler && st.twin == nil && !st.spooled && !st.loggedOff && !s.disables(st.section.service) && p.oneIn(3) {
		s.spool(t, st)
	}
}

// logonExtras is what else a store logon hands out: an error that was none in the end, what the spooler needs to log on.
func (l *logon) logonExtras(t *thread) (hr result, out []arg) {
	p := t.p
	for _, name := range []string{"lppMAPIError", "lppbSpoolSecurity"} {
		if p.oneIn(4) {
			b := t.allocate("provider")
			b.pass(providerSide, mapiSide)
			p.extras = append(p.extras, b)
			out = append(out, pointer(name, b))
		}
	}
	if p.oneIn(4) {
		hr = wErrorsReturned
	}
	return hr, out
}

// takeExtras has MAPI free what a store logon has handed out beside its objects.
func (t *thread) takeExtras(out []arg) {
	for range out {
		b := t.p.extras[0]
		t.p.extras = t.p.extras[1:]
		t.freeBuffer("mapi", b)
	}
}

// startWide is what an entry point function may do beyond the least: keep the allocator, wrap another store provider.
func (t *thread) startWide(x *provider) {
	p := t.p
	if p.oneIn(3) {
		x.malloc = p.malloc
		t.addRef("provider", x.malloc)
	}
	if wrapped := p.profile[1]; x.providerType == msType && x.service != wrapped && p.oneIn(3) {
		t.load("provider", &wrapped.module)
		id := t.entry("provider", msType.entry, nil, wrapped.module.name, number("ulFlags", 0), number("ulMAPIVer", currentVersion))
		y := &provider{object: p.object(msType.iface, &wrapped.module), providerType: msType, service: wrapped}
		wrapped.module.users--
		y.held[providerSide]++
		t.leave(id, ok, pointer(msType.out, y.object), number("lpulProviderVer", currentVersion))
		x.wrapped = y
	}
}

// endWide is what a provider does in the last Release of its object.
func (x *provider) endWide(t *thread) {
	if x.wrapped != nil {
		t.release("provider", x.wrapped.object, nil)
		t.unload(&x.wrapped.service.module)
	}
	if x.malloc != nil {
		t.release("provider", x.malloc, nil)
	}
}

// retainWide is what a provider may do with the support object in a logon beyond the least.
func (l *logon) retainWide(t *thread) {
	p, sup := t.p, l.support
	if m := l.provider.malloc; m != nil {
		t.void(t.enter("provider", "IMalloc::Alloc", m, number("cb", 8)))
	}
	if p.choose(2) == 0 {
		t.leave(t.enter("provider", "IMAPISupport::NewUID", sup.object, t.told("provider")...), ok, text("lpMuid", "d1d2d3d4d5d6d7d8d1d2d3d4d5d6d7d8"))
	}
	if p.oneIn(3) {
		stm := t.stream("provider")
		id := t.enter("provider", "IMAPISupport::IStorageFromStream", sup.object, pointer("lpUnkIn", stm), null("lpInterface"), number("ulFlags", 0))
		t.addRef("mapi", stm)
		stg := p.object(iStorage, nil)
		stg.held[providerSide]++
		t.leave(id, ok, pointer("lppStorageOut", stg))
		t.release("provider", stm, nil)
		t.release("provider", stg, func() { t.release("mapi", stm, nil) })
	}
	if p.oneIn(3) {
		sink := p.sink(providerSide, sup.module)
		l.own = t.subscribe(sup, sink, notifySync)
		t.drop("provider", sink)
	}
}

// unregisterWide is what shows of MAPI's work while a provider's last Release of a support object runs.
func (t *thread) unregisterWide(s *support) {
	for _, r := range t.p.uids {
		if r.support == s {
			t.void(t.enter("mapi", "RemoveProviderUID", nil, pointer("lpMAPISup", s.object), text("lpProviderID", r.uid)))
		}
	}
	for _, row := range t.p.rows {
		if row == s {
			t.void(t.enter("mapi", "RemoveStatusRow", nil, pointer("lpMAPISup", s.object)))
		}
	}
	for _, o := range s.invalid { // with its memory
		if o.at >= 0 {
			t.leaf("mapi", "MAPIFreeBuffer", nil, ok, pointer("lpBuffer", o))
		}
	}
	s.invalid = nil
}

// types is what AddressTypes hands out: an array that the transport frees when it is logged off.
func (l *logon) types(t *thread) []arg {
	if !t.p.config.Wide {
		return nil
	}
	if l.addressTypes == nil {
		l.addressTypes = t.allocate("provider")
	}
	return []arg{number("lpcAdrType", 1), pointer("lpppszAdrTypeArray", l.addressTypes)}
}

// Flags of SpoolerNotify, and what EndMessage may hand back.
const (
	notifyConfigChange  = 0x4000
	notifyCriticalError = 0x10000000
	endResendLater      = 0x20000
)

// carryWide is more of the spooler's daily work.
func (l *logon) carryWide(t *thread) {
	p := t.p
	if l.support == nil {
		return
	}
	sup := l.support.object
	st, mine := l.provider.session.spoolersStore()
	switch p.choose(6) {
	case 0:
		t.leaf("provider", "IMAPISupport::SpoolerNotify", sup, ok, number("ulFlags", notifyConfigChange), null("lpvData"))
		id := t.enter("spooler", "IXPLogon::AddressTypes", l.object, t.told("spooler", number("lpulFlags", 0))...)
		t.leave(id, ok, l.types(t)...)
	case 1:
		l.broken = true
		if st == nil || !l.outbound || p.choose(2) == 0 {
			t.leaf("provider", "IMAPISupport::SpoolerNotify", sup, ok, number("ulFlags", notifyCriticalError), null("lpvData"))
			return
		}
		e := st.spoolersMessage(t, mine)
		id := t.enter("spooler", "IXPLogon::SubmitMessage", l.object, t.message(e, st)...)
		t.leaf("provider", "IMAPISupport::SpoolerNotify", sup, ok, number("ulFlags", notifyCriticalError), null("lpvData"))
		t.leave(id, eNetworkError, number("lpulReturnParm", 60))
		e.letGo(t, "spooler")
	case 2, 3:
		if st != nil {
			l.transfer(t, st, mine)
		}
	case 4:
		name := l.provider.service.module.name
		if !l.preprocesses {
			l.preprocesses = true
			t.leaf("provider", "IMAPISupport::RegisterPreprocessor", sup, ok, text("lpszDLLName", name), text("lpszPreprocess", "PreprocessMessage"), number("ulFlags", 0))
		}
		t.leave(t.entry("spooler", "PreprocessMessage", nil, name, number("ulFlags", 0)), ok)
	default:
		t.leaf("spooler", "IXPLogon::ValidateState", l.object, ok, t.told("spooler", number("ulFlags", 0))...)
	}
}

// transfer has a transport send or receive a message of a store, as far as traffic has begun.
func (l *logon) transfer(t *thread, st, mine *store) {
	p := t.p
	if l.outbound {
		e := st.spoolersMessage(t, mine)
		id := t.enter("spooler", "IXPLogon::SubmitMessage", l.object, t.message(e, st)...)
		if p.choose(2) == 0 {
			t.leave(id, eNetworkError, number("lpulReturnParm", 60))
		} else {
			t.leave(id, ok, number("lpulMsgRef", 1))
			id = t.enter("spooler", "IXPLogon::EndMessage", l.object, number("ulMsgRef", 1))
			l.deferred = p.choose(2) == 0
			t.leave(id, ok, number("lpulFlags", map[bool]int{true: endResendLater}[l.deferred]))
		}
		e.letGo(t, "spooler")
	}
	if l.inbound && l.polls {
		l.call(t, "IXPLogon::Poll")
		e := st.spoolersMessage(t, mine)
		id := t.enter("spooler", "IXPLogon::StartMessage", l.object, t.message(e, st)...)
		inner := t.enter("provider", "IMessage::CreateAttach", e.object, null("lpInterface"), number("ulFlags", 0))
		a := p.object(iAttach, mine.module)
		a.held[providerSide]++
		t.leave(inner, ok, number("lpulAttachmentNum", 0), pointer("lppAttach", a))
		t.release("provider", a, nil)
		t.leaf("provider", "IMessage::SaveChanges", e.object, ok, number("ulFlags", 0))
		t.leave(id, ok, number("lpulMsgRef", 1))
		e.letGo(t, "spooler")
	}
}

// logOffOne logs one store off while messages of another one are carried on.
func (m *member) logOffOne(t *thread) {
	p, s := t.p, m.session
	if !s.mail {
		return
	}
	for _, sec := range p.mailboxes[:2] {
		if s.storeOf(sec) == nil {
			m.openStore(t, sec)
		}
	}
	for range 2 {
		s.spoolSome(t)
	}
	s.startTransports(t)
	m.logOffStore(t)
	st, mine := s.spoolersStore()
	for _, x := range s.providers {
		for _, l := range x.logons {
			if st != nil && x.providerType == xpType && !l.off && !l.broken && l.support != nil {
				l.transfer(t, st, mine)
			}
		}
	}
}

// spoolersStore is a store of the session that the spooler holds and may use, and the object by which it does.
func (s *session) spoolersStore() (st, mine *store) {
	for _, st := range s.stores {
		mine := st.twin
		if st.spooled {
			mine = st
		}
		if mine != nil && !st.spooler && !st.loggedOff && !st.told && !mine.loggedOff && !mine.told && !mine.dead && st.flags == 0 && mine.flags == 0 {
			return st, mine
		}
	}
	return nil, nil
}

// spoolersMessage opens a message for the spooler.
func (st *store) spoolersMessage(t *thread, mine *store) *entry {
	id := t.enter("spooler", "IMsgStore::OpenEntry", mine.object, t.told("spooler", text("lpEntryID", mine.section.entryID()), number("ulFlags", 0))...)
	e := &entry{object: t.p.object(iMessage, mine.module), store: mine}
	e.held[mapiSide]++
	mine.opened = append(mine.opened, e)
	t.leave(id, ok, number("ulObjType", 5), pointer("lppUnk", e.object))
	return e
}

// message is what the spooler passes a transport with a message of a store.
func (t *thread) message(e *entry, st *store) []arg {
	return t.told("spooler", number("ulFlags", 0), pointer("lpMessage", e.object), text("PR_STORE_ENTRYID", st.section.eid))
}

// logOnAtOnce is another thread's logon while one is running: it does not wait for long.
func (p *process) logOnAtOnce(t *thread) {
	if !p.oneIn(6) {
		return
	}
	for _, other := range p.threads {
		if other != t && other.initialised > 0 {
			flag := mapiExtended | mapiNewSession | mapiTimeout
			if p.asService {
				flag |= mapiNTService | mapiNoMail
			}
			other.leave(other.enter("client", "MAPILogonEx", nil, number("ulUIParam", 0), text("lpszProfileName", p.named), null("lpszPassword"), number("flFlags", flag)), eTimeout, null("lppSession"))
			return
		}
	}
}
