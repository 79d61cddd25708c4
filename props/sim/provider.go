package sim

import "slices"

// This file is providers: their DLLs and message services, their provider objects, and how MAPI starts and ends them. service.go has what
// MAPI does about logons that fail; addressbook.go, store.go and transport.go have the types of provider.

// A providerType is what address book, store and transport providers differ in.
type providerType struct {
	*iface
	by, entry, out, logon, shutdown, logonOut string
}

var (
	abType = &providerType{named("IABProvider"), "mapi", "ABProviderInit", "lppABProvider", "IABProvider::Logon", "IABProvider::Shutdown", "lppABLogon"}
	msType = &providerType{named("IMSProvider"), "mapi", "MSProviderInit", "lppMSProvider", "IMSProvider::Logon", "IMSProvider::Shutdown", "lppMSLogon"}
	xpType = &providerType{named("IXPProvider"), "spooler", "XPProviderInit", "lppXPProvider", "IXPProvider::TransportLogon", "IXPProvider::Shutdown", "lppXPLogon"}
)

// A service is a message service of the profile: a DLL and the providers in it.
type service struct {
	module   module
	sections []*section
	entry    bool // it has an entry point function of its own
	owning   bool // of its store provider: what is opened through a store holds the store
}

// A section is a section of the profile: a provider that is set up in it.
type section struct {
	*providerType
	service *service
	uid     string // which it registers; of none for a transport
	eid     string // of a store
}

// newProfile is the profile that all sessions use.
func newProfile(wide bool) []*service {
	list := []*service{
		{module: module{name: "contab32.dll"}, entry: true, sections: []*section{{providerType: abType, uid: "b5f7a1c0dd0211d0"}, {providerType: abType, uid: "b5f7a1c0dd0211d1"}}},
		{module: module{name: "mspst32.dll"}, entry: true, owning: true, sections: []*section{{providerType: msType, uid: "4e49545f00000000", eid: "0000000000"}, {providerType: msType, uid: "4e49545f00000001", eid: "0000000001"}}},
		{module: module{name: "emsmdb32.dll"}, entry: true, sections: []*section{{providerType: abType, uid: "dca740c8c042101a"}, {providerType: msType, uid: "c0190000dca740c8", eid: "0000000002"}, {providerType: xpType}}},
		{module: module{name: "smtp32.dll"}, sections: []*section{{providerType: xpType}, {providerType: xpType}}},
	}
	for _, s := range list {
		for _, sec := range s.sections {
			sec.service = s
			if wide {
				sec.uid += sec.uid // whole MAPIUIDs, so that entry identifiers can have them
			}
		}
	}
	return list
}

// transports are the transports of a service.
func (s *service) transports() (list []*section) {
	for _, sec := range s.sections {
		if sec.providerType == xpType {
			list = append(list, sec)
		}
	}
	return list
}

// A provider is a provider object.
type provider struct {
	*object
	*providerType
	session  *session
	service  *service
	logons   []*logon  // those that MAPI holds
	active   int       // logons whose support object the provider has not given back
	loggedOn bool      // a logon has succeeded on it
	failed   bool      // a logon has failed on it for good
	early    bool      // Shutdown has come too early: a fault
	spooled  bool      // the spooler has logged on to it
	former   *object   // a logon object of it that is gone
	ended    bool      // its shutdown has begun
	malloc   *object   // the allocator, where it goes on using it
	wrapped  *provider // the store provider that it wraps
}

// A logon is a logon object.
type logon struct {
	*object
	provider *provider
	section  *section
	support  *support // which it works with
	passed   *support // which was passed to its logon method
	kept     *object  // a profile section that the provider has open until it logs off
	off      bool     // its logoff method has been called
	store    *store
	opened   []*entry      // status objects and containers that clients have open
	own      *subscription // of the provider's own sink
	told     []*advice     // registrations with the session that MAPI has passed on to it

	polls, idles, inbound, outbound bool    // of a transport
	broken                          bool    // it has reported a critical error
	deferred                        bool    // it has put off a message
	preprocesses                    bool    // it has registered a preprocessor
	addressTypes                    *object // the array that AddressTypes has handed out
}

// provider finds the provider object that a section of the profile is to be logged on to, or has one made. There is none if the entry
// point function refuses, or its version is refused.
func (s *session) provider(t *thread, sec *section) (*provider, result) {
	p := t.p
	for _, x := range s.providers {
		if x.providerType != sec.providerType || x.service != sec.service || x.ended || x.failed {
			continue
		}
		if sec.providerType == abType && p.may("providerObjects", "perProfileSection") && p.choose(2) == 0 {
			continue // each section of the profile may have a provider object of its own
		}
		return x, ok
	}
	if sec.providerType == msType {
		for _, other := range p.sessions {
			for _, x := range other.providers {
				if other != s && s.individual && !x.spooled && x.providerType == msType && x.service == sec.service && len(x.logons) > 0 && p.wrong("mapi-shares-provider-between-sessions") {
					p.dueAt(x.object, x.logon)
					return x, ok
				}
			}
		}
	}
	return s.start(t, sec)
}

// currentVersion is CURRENT_SPI_VERSION.
const currentVersion = 0x10010

// start loads a provider's DLL and calls its entry point function.
func (s *session) start(t *thread, sec *section) (*provider, result) {
	p, m, by := t.p, &sec.service.module, sec.by
	t.load(by, m)
	args := []arg{number("ulFlags", 0), number("ulMAPIVer", currentVersion)}
	if p.config.Wide {
		args = append(args, pointer("lpMalloc", p.allocator()))
	}
	id := t.entry(by, sec.entry, nil, m.name, args...)
	switch {
	case sec.providerType == abType && p.wrong("provider-initialises-in-entry-point"):
		p.blame()
		t.initialize("provider")
		t.uninitialize("provider")
	case sec.providerType != abType && p.may("initInEntryPoint", "addressBookOnly") && p.initialised > 0 && p.oneIn(16):
		if t.initialize("provider") {
			t.uninitialize("provider")
		}
	}
	version := currentVersion
	if tempted := p.tempted("mapi-keeps-refused-version"); p.config.Failures && (tempted || p.oneIn(24)) {
		if !tempted && p.choose(2) == 0 {
			m.users--
			t.leave(id, eVersion, null(sec.out))
			return nil, eVersion
		}
		version = 0x10000
	}
	x := &provider{object: p.object(sec.iface, m), providerType: sec.providerType, session: s, service: sec.service}
	m.users-- // of which the object is one now
	for _, other := range p.objects {
		if other.iface == sec.iface && other.module == m && other != x.object && p.wrong("provider-returns-living-provider") {
			p.blame()
			p.gone(x.object)
			x.object = other
			break
		}
	}
	x.held[mapiSide]++
	if p.config.Wide {
		t.startWide(x)
	}
	t.leave(id, ok, pointer(sec.out, x.object), number("lpulProviderVer", version))
	if version != currentVersion {
		if sec.providerType == msType && p.wrong("mapi-keeps-refused-version") {
			t.dueHere()
			p.refused = x.object
			return nil, eVersion
		}
		t.release(by, x.object, func() { x.endWide(t) })
		return nil, eVersion
	}
	s.providers = append(s.providers, x)
	return x, ok
}

func (x *provider) newLogon(t *thread, i *iface, sec *section, passed *support) *logon {
	l := &logon{object: t.p.object(i, &x.service.module), provider: x, section: sec, passed: passed}
	x.logons = append(x.logons, l)
	x.active++
	x.loggedOn = true
	return l
}

// forgotten is the fault of a provider that uses a support object without having called AddRef.
var forgotten = map[*providerType]string{abType: "provider-forgets-support-addref", msType: "provider-store-forgets-support-addref", xpType: "provider-transport-forgets-support-addref"}

// retain is what a provider does with the support object in a logon that succeeds.
func (l *logon) retain(t *thread, row bool) {
	p, sup, typ := t.p, l.passed, l.provider.providerType
	l.support = sup
	sup.users = 1
	if p.fault != nil && p.wrong(forgotten[typ]) {
		t.dueHere()
		sup.unheld = true
	} else {
		t.addRef("provider", sup.object)
	}
	if p.config.Wide {
		l.retainWide(t)
	}
	section := t.openSection("provider", sup)
	if p.config.Wide {
		t.leaf("provider", "IProfSect::SetProps", section, ok, number("cValues", 1), text("PR_DISPLAY_NAME", l.section.service.module.name))
	}
	if p.oneIn(4) && (row || typ != abType) { // an address book provider has a status object that uses it
		l.kept = section
	} else {
		t.leaf("provider", "IProfSect::GetProps", section, ok, number("ulFlags", 0))
		t.release("provider", section, nil)
	}
	switch {
	case l.section.uid == "" && !p.oneIn(8):
	case l.section.uid == "":
		t.setUID(sup, typ, "00000000000000ff") // a transport asks for what it does not have
	case p.wrong("provider-registers-no-uid"):
		t.dueHere()
	default:
		for range 1 + p.choose(2) {
			if !t.setUID(sup, typ, l.section.uid) { // which is not as it should be, so it tries again
				t.setUID(sup, typ, l.section.uid)
			}
		}
	}
	if row {
		t.addRow(sup)
	}
}

// fails is what a provider has done by the time that it finds that it can not log on: it gives everything back.
func (t *thread) fails(sup *support, sec *section) {
	p := t.p
	if p.choose(2) == 0 {
		return
	}
	t.addRef("provider", sup.object)
	if p.choose(2) == 0 {
		t.release("provider", t.openSection("provider", sup), nil)
	}
	if sec.uid != "" && p.choose(2) == 0 {
		t.setUID(sup, sec.providerType, sec.uid)
	}
	if p.choose(2) == 0 {
		t.addRow(sup)
	}
	if p.wrong("provider-keeps-support-of-failed-logon") {
		p.dueAt(nil, "end")
		p.unregister(sup)
		return
	}
	t.giveBack(sup)
}

// logOff is what a provider does in its logoff method.
func (l *logon) logOff(t *thread) {
	l.tidy(t)
	l.letGo(t)
}

// tidy releases what the provider has open for a logon, and ends what its clients have.
func (l *logon) tidy(t *thread) {
	for _, a := range l.told {
		a.passed = nil
		t.drop("provider", a.sink)
	}
	l.told = nil
	for _, e := range l.opened {
		e.invalid = true
	}
	if l.kept == nil {
		return
	}
	if t.p.wrong("provider-holds-object-at-logoff") {
		l.dueOff(t)
	} else {
		t.release("provider", l.kept, nil)
	}
	l.kept = nil
}

// letGo gives back the support object that a logon works with.
func (l *logon) letGo(t *thread) {
	sup := l.support
	if sup == nil {
		return
	}
	if l.own != nil {
		t.unsubscribe(l.own)
		l.own = nil
	}
	l.support = nil
	l.provider.active--
	sup.users--
	if sup.users > 0 { // another logon makes do with it
		return
	}
	if l.store == nil && t.p.wrong("provider-keeps-support") {
		l.dueOff(t)
		return
	}
	t.giveBack(sup)
	if t.p.wrong("provider-calls-support-after-release") {
		t.p.blame()
		t.leaf("provider", "IMAPISupport::NewUID", sup.object, eFail)
	}
}

// dueOff says that what a logoff left undone is due: at its return, or when MAPI has released the logon object.
func (l *logon) dueOff(t *thread) {
	if t.p.must("logoffDone", "atReturn") {
		t.dueHere()
		return
	}
	t.p.dueAfter(l.object, l.iface.release)
}

// end releases a logon object, and whatever MAPI has left of the support object that was passed to it.
func (l *logon) end(t *thread, by string, last func()) {
	x := l.provider
	x.logons = slices.DeleteFunc(x.logons, func(other *logon) bool { return other == l })
	if l.held[mapiSide] == 0 { // a fault: it was never handed out
		l.logOff(t)
		t.p.gone(l.object)
	} else {
		t.release(by, l.object, last)
		x.former = l.object
	}
	t.unkeep(l.passed)
}

// late tells whether a logoff method leaves its tasks to the Release that follows.
func (p *process) late() bool {
	return p.may("logoffDone", "atLogonRelease") && p.may("registrationsGone", "atLogonRelease") && p.oneIn(6)
}

// answer is what a logoff method returns: nobody minds.
func (p *process) answer() result {
	if p.config.Failures && p.oneIn(8) {
		return eFail
	}
	return ok
}

// quit shuts a provider object down and releases it.
func (x *provider) quit(t *thread, by string) {
	p, mapi := t.p, x.providerType != xpType
	x.ended = true
	if mapi && len(x.service.transports()) == 0 && p.wrong("mapi-frees-dll-early") {
		p.dueLast(&x.service.module)
		t.free(&x.service.module)
	}
	skip := "mapi-skips-shutdown"
	if x.providerType == xpType {
		skip = "spooler-skips-shutdown"
	}
	switch {
	case x.loggedOn && (mapi || by == "spooler") && p.wrong(skip):
		p.dueAt(x.object, x.object.iface.release)
	case x.early: // a fault: it has come already
	case x.loggedOn || p.choose(2) == 0:
		x.shutDown(t, by)
		if mapi && p.wrong("mapi-shuts-down-twice") {
			p.blame()
			x.shutDown(t, by)
		}
		if x.providerType == abType && x.former != nil && p.wrong("mapi-uses-address-book-after-shutdown") {
			p.blame()
			t.leave(t.enter("mapi", "IABLogon::OpenEntry", x.former, number("ulFlags", 0)), eFail, null("lppUnk"))
		}
		if mapi && !x.session.disables(x.service) && p.wrong("mapi-logs-on-after-shutdown") {
			sup := p.offer()
			p.blame()
			t.leave(t.enter(by, x.logon, x.object, pointer("lpMAPISup", sup.object), number("ulFlags", 0)), eFail, null(x.logonOut))
			t.release("mapi", sup.object, nil)
		}
	}
	x.session.providers = slices.DeleteFunc(x.session.providers, func(other *provider) bool { return other == x })
	t.release(by, x.object, func() { x.endWide(t) })
	t.unload(&x.service.module)
}

func (x *provider) shutDown(t *thread, by string) {
	arg := number("lpulFlags", 0)
	if x.providerType == xpType && t.p.choose(2) == 0 {
		arg = null("lpulFlags")
	}
	if x.providerType != xpType && t.p.wrong("mapi-passes-flags-to-shutdown") {
		t.p.blame()
		arg = number("lpulFlags", 1)
	}
	id := t.enter(by, x.shutdown, x.object, arg)
	if x.wrapped != nil {
		t.leaf("provider", x.shutdown, x.wrapped.object, ok, number("lpulFlags", 0))
	}
	t.leave(id, ok)
}
