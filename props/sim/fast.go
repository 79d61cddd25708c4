package sim

// This file is fast shutdown: a client that ends its process without ending its sessions.

// queryFast asks a session for IMAPIClientShutdown, and whether the process may be shut down fast.
func (m *member) queryFast(t *thread) {
	p := t.p
	if m.shutdown == nil {
		t.query("client", m.object, "IMAPIClientShutdown", true)
		m.shutdown = &object{iface: iShutdown, address: m.address}
	}
	if !p.asked && p.wrong("client-skips-query-of-fast-shutdown") {
		p.blame()
		m.notifyFast(t)
		m.agreed = 2
		return
	}
	p.asked = true
	behavior := p.choose(3) // unless a provider refuses; only if all agree; never
	id := t.enter("client", "IMAPIClientShutdown::QueryFastShutdown", m.shutdown, number("FastShutdownBehavior", behavior))
	hr := ok
	if behavior == 2 {
		hr = eNoSupport
	} else {
		p.eachProvider(func(x *provider) {
			if hr == ok && !x.agrees(t, behavior == 1) {
				hr = eNoSupport
			}
		})
	}
	if hr == ok {
		m.agreed = 1
	} else { // which is for the whole process
		for _, other := range m.client.members {
			other.agreed = -1
		}
	}
	t.leave(id, hr)
}

// eachProvider goes through the providers of each session in the order of a fast shutdown: transports, address books, stores.
func (p *process) eachProvider(do func(*provider)) {
	for _, s := range p.sessions {
		for _, typ := range []*providerType{xpType, abType, msType} {
			for _, x := range s.providers {
				if x.providerType == typ && len(x.logons) > 0 {
					do(x)
				}
			}
		}
	}
}

// agrees asks a provider whether it stands a fast shutdown. One that does not have the interface, as it should, does, unless all have to
// agree.
func (x *provider) agrees(t *thread, all bool) bool {
	has := true
	switch {
	case t.p.wrong("provider-queryinterface-leaves-pointer"):
		id := t.enter("mapi", x.object.query, x.object, text("iid", "IMAPIProviderShutdown"))
		t.dueHere()
		t.leave(id, eNoInterface, pointer("ppv", x.object))
		return !all
	case t.p.wrong("provider-has-no-shutdown-interface"):
		t.p.dueNextReturn()
		has = false
	}
	if !t.query("mapi", x.object, "IMAPIProviderShutdown", has) {
		return !all
	}
	hr := ok
	if t.p.oneIn(8) {
		hr = eNoSupport
	}
	quit := &object{iface: iQuit, address: x.address}
	t.leaf("mapi", "IMAPIProviderShutdown::QueryFastShutdown", quit, hr)
	t.release("mapi", x.object, nil)
	return hr == ok
}

// notifyFast and doFast go on with it. After the latter nothing is left but the end of the process.
func (m *member) notifyFast(t *thread) { m.fast(t, "NotifyProcessShutdown") }

func (m *member) doFast(t *thread) {
	m.fast(t, "DoFastShutdown")
	t.p.fast = true
}

func (m *member) fast(t *thread, method string) {
	id := t.enter("client", "IMAPIClientShutdown::"+method, m.shutdown)
	t.p.eachProvider(func(x *provider) {
		t.query("mapi", x.object, "IMAPIProviderShutdown", true)
		t.leaf("mapi", "IMAPIProviderShutdown::"+method, &object{iface: iQuit, address: x.address}, ok)
		t.release("mapi", x.object, nil)
	})
	t.leave(id, ok)
}

// dropFast releases the client's IMAPIClientShutdown.
func (m *member) dropFast(t *thread) {
	if m.shutdown == nil {
		return
	}
	m.held[clientSide]--
	t.counted(t.enter("client", iShutdown.release, m.shutdown), m.refs())
	m.shutdown = nil
}
