package sim

// A session is one client's session: its providers, and what the client holds.
type session struct {
	t *thread
	*object

	providers []*provider // in the order in which they were started
	stores    map[string]*store
	held      []*store // a store stands here as often as the client holds it
	book      *object
}

// A provider is a provider object and its logons.
type provider struct {
	*object
	iface   string // "IABProvider", "IMSProvider" or "IXPProvider"
	support *object
	logon   *object // of an address book or transport provider
}

// A store is a store object with its logon object and support object.
type store struct {
	*object
	eid        string
	provider   *provider
	logon      *object
	support    *object
	opened     []*entry
	connection int
	flags      int  // of StoreLogoff; 0 where there was none
	told       bool // StoreLogoffTransports has been called
}

// An entry is a folder or message.
type entry struct {
	*object
	iface string
}

// The DLLs of the providers.
var modules = map[string]string{"IABProvider": "contab32.dll", "IMSProvider": "mspst32.dll", "IXPProvider": "emsmdb32.dll"}

// start loads a provider's DLL and calls its entry point function.
func (s *session) start(by, iface, function, out string) *provider {
	t, module := s.t, modules[iface]
	if !t.p.modules[module] {
		t.p.modules[module] = true
		t.p.loaded = append(t.p.loaded, module)
		t.event("load", module)
	}
	p := &provider{iface: iface}
	t.call(by, function, nil, module, []arg{{"ulFlags", 0}, {"ulMAPIVer", 0x10010}}, func() ret {
		p.object = t.p.object()
		return ret{out: []arg{{out, p.object}, {"lpulProviderVer", 0x10010}}}
	})
	s.providers = append(s.providers, p)
	return p
}

// retain is what a provider does with the support object in a logon.
func (s *session) retain(support *object, uid string, row bool) {
	t := s.t
	t.addRef("provider", "IMAPISupport", support)
	t.call("provider", "IMAPISupport::OpenProfileSection", support, "", []arg{{"lpUid", nil}, {"ulFlags", 0}}, func() ret {
		section := t.p.object()
		t.p.gone(section) // its calls are left out: nobody observes them
		return ret{}
	})
	if uid != "" {
		t.call("provider", "IMAPISupport::SetProviderUID", support, "", []arg{{"lpProviderID", uid}, {"ulFlags", 0}}, nil)
	}
	if row {
		t.call("provider", "IMAPISupport::ModifyStatusRow", support, "", []arg{{"ulFlags", 0}}, nil)
	}
}

func (s *session) startAB() {
	t := s.t
	p := s.start("mapi", "IABProvider", "ABProviderInit", "lppABProvider")
	p.support = t.p.object()
	t.call("mapi", "IABProvider::Logon", p.object, "", []arg{{"lpMAPISup", p.support}, {"ulFlags", 0}}, func() ret {
		s.retain(p.support, "b5f7a1c0dd0211d0", t.p.choose(2) == 0)
		p.logon = t.p.object()
		return ret{out: []arg{{"lppABLogon", p.logon}}}
	})
	t.release("mapi", "IMAPISupport", p.support, nil)
}

func (s *session) startTransport() {
	t := s.t
	p := s.start("spooler", "IXPProvider", "XPProviderInit", "lppXPProvider")
	p.support = t.p.object()
	t.call("spooler", "IXPProvider::TransportLogon", p.object, "", []arg{{"lpMAPISup", p.support}, {"ulFlags", 0}}, func() ret {
		s.retain(p.support, "", true)
		p.logon = t.p.object()
		return ret{out: []arg{{"ulFlags", 0x20000}, {"lppXPLogon", p.logon}}} // LOGON_SP_POLL
	})
	t.release("mapi", "IMAPISupport", p.support, nil)
	t.call("spooler", "IXPLogon::AddressTypes", p.logon, "", []arg{{"ulFlags", 0}}, nil)
	t.call("spooler", "IXPLogon::TransportNotify", p.logon, "", []arg{{"lpulFlags", 3}}, nil) // inbound and outbound begin
	for range t.p.choose(3) {
		t.call("spooler", "IXPLogon::Poll", p.logon, "", nil, nil)
	}
}

// logonStore logs on to a store. The provider answers for one that is open already with the same object, once more.
func (s *session) logonStore(eid string) *store {
	t := s.t
	p := s.storeProvider()
	support := t.p.object()
	st := s.stores[eid]
	t.call("mapi", "IMSProvider::Logon", p.object, "", []arg{{"lpMAPISup", support}, {"lpEntryID", eid}, {"ulFlags", 0x4}, {"lppMSLogon", 1}}, func() ret {
		if st != nil {
			st.refs++
			return ret{out: []arg{{"lppMSLogon", nil}, {"lppMDB", st.object}}}
		}
		s.retain(support, "4e49545f"+eid, true)
		st = &store{object: t.p.object(), eid: eid, provider: p, support: support, logon: t.p.object()}
		return ret{out: []arg{{"lppMSLogon", st.logon}, {"lppMDB", st.object}}}
	})
	if s.stores == nil {
		s.stores = map[string]*store{}
	}
	s.stores[eid] = st
	t.release("mapi", "IMAPISupport", support, nil)
	return st
}

// storeProvider is the one store provider object of the session.
func (s *session) storeProvider() *provider {
	for _, p := range s.providers {
		if p.iface == "IMSProvider" {
			return p
		}
	}
	return s.start("mapi", "IMSProvider", "MSProviderInit", "lppMSProvider")
}

// storeLogoff plays StoreLogoff. The provider calls StoreLogoffTransports now, or when the store is released.
func (s *session) storeLogoff(st *store) {
	t := s.t
	flags := []int{1, 2, 4, 8, 16}[t.p.choose(5)] // NO_WAIT, ORDERLY, PURGE, ABORT, QUIET
	t.call("client", "IMsgStore::StoreLogoff", st.object, "", []arg{{"lpulFlags", flags}}, func() ret {
		st.flags = flags
		if t.p.choose(2) == 0 {
			s.logoffTransports(st)
		}
		return ret{out: []arg{{"lpulFlags", flags}}}
	})
}

func (s *session) logoffTransports(st *store) {
	flags := st.flags
	if flags == 0 {
		flags = 8 // LOGOFF_ABORT
	}
	st.told = true
	s.t.call("provider", "IMAPISupport::StoreLogoffTransports", st.support, "", []arg{{"lpulFlags", flags}}, func() ret {
		return ret{out: []arg{{"lpulFlags", flags | 0x10000}}} // LOGOFF_COMPLETE
	})
}

// endStore is a store's final Release: the provider gives its support object back, and MAPI logs it off.
func (s *session) endStore(st *store) {
	t := s.t
	if !st.told {
		s.logoffTransports(st)
	}
	delete(s.stores, st.eid)
	t.release("provider", "IMAPISupport", st.support, func() {
		t.call("mapi", "IMSLogon::Logoff", st.logon, "", []arg{{"lpulFlags", 0}}, nil)
		t.release("mapi", "IMSLogon", st.logon, nil)
	})
}

// logoff ends the session's providers: each logon is logged off and released, each provider object shut down and released.
func (s *session) logoff() {
	t := s.t
	for len(s.providers) > 0 {
		n := t.p.choose(len(s.providers))
		p := s.providers[n]
		s.providers = append(s.providers[:n], s.providers[n+1:]...)
		by := "mapi"
		switch p.iface {
		case "IABProvider":
			s.endLogon(p, by, "IABLogon", "IABLogon::Logoff")
		case "IXPProvider":
			by = "spooler"
			t.call(by, "IXPLogon::TransportNotify", p.logon, "", []arg{{"lpulFlags", 0x30000}}, nil) // inbound and outbound end
			s.endLogon(p, by, "IXPLogon", "IXPLogon::TransportLogoff")
		}
		t.call(by, p.iface+"::Shutdown", p.object, "", []arg{{"lpulFlags", 0}}, nil)
		t.release(by, p.iface, p.object, nil)
	}
}

func (s *session) endLogon(p *provider, by, iface, logoff string) {
	t := s.t
	t.call(by, logoff, p.logon, "", []arg{{"ulFlags", 0}}, func() ret {
		t.release("provider", "IMAPISupport", p.support, nil)
		return ret{}
	})
	t.release(by, iface, p.logon, nil)
}
