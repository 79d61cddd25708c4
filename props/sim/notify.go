package sim

// This file is notifications in wide simulations: advise sinks, and who calls them.

// Flags of Subscribe and Notify, and what a sink may return.
const (
	notifySync          = 0x40000000
	notifyCanceled      = 0x80000000
	callbackDiscontinue = result(0x80000000)

	criticalError  = 0x1 // fnevCriticalError
	objectModified = 0x10
)

// A subscription is what a provider has registered with MAPI by Subscribe.
type subscription struct {
	support    *support
	sink       *object
	connection int
}

func (t *thread) subscribe(s *support, sink *object, flag int) *subscription {
	t.p.connections++
	x := &subscription{s, sink, t.p.connections}
	id := t.enter("provider", "IMAPISupport::Subscribe", s.object, number("ulEventMask", 4), number("ulFlags", flag), pointer("lpAdviseSink", sink))
	t.addRef("mapi", sink)
	t.leave(id, ok, number("lpulConnection", x.connection))
	return x
}

func (t *thread) unsubscribe(x *subscription) {
	if t.p.oneIn(4) { // it has lost count
		t.leaf("provider", "IMAPISupport::Unsubscribe", x.support.object, eNotFound, number("ulConnection", x.connection+1000))
	}
	id := t.enter("provider", "IMAPISupport::Unsubscribe", x.support.object, number("ulConnection", x.connection))
	t.drop("mapi", x.sink)
	t.leave(id, ok)
}

// sink makes an advise sink of a client's or a provider's.
func (p *process) sink(of side, in *module) *object {
	s := p.object(iSink, in)
	s.held[of]++
	return s
}

// drop releases a sink. With the last reference on a wrapper goes what it wraps.
func (t *thread) drop(by string, sink *object) {
	t.release(by, sink, func() {
		if sink.wraps != nil {
			t.release("mapi", sink.wraps, nil)
		}
	})
}

// wrap has a sink called on this thread only.
func (t *thread) wrap(sink *object) *object {
	id := t.enter("client", "HrThisThreadAdviseSink", nil, pointer("lpAdviseSink", sink))
	t.addRef("mapi", sink)
	w := t.p.sink(clientSide, nil)
	w.wraps = sink
	t.leave(id, ok, pointer("lppAdviseSink", w))
	t.drop("client", sink)
	return w
}

// adviseSink registers a sink with an object. Whoever notifies keeps it; the client lets go of it.
func (m *member) adviseSink(t *thread, source *object) {
	p := t.p
	a := &advice{source: source, sink: p.sink(clientSide, nil), thread: t, keeper: "mapi"}
	if p.choose(3) == 0 {
		a.sink = t.wrap(a.sink)
	}
	eid, l := null("lpEntryID"), m.responsible(t)
	if source == m.object && l != nil {
		eid = text("lpEntryID", l.section.entryID())
	}
	args := []arg{eid, number("ulEventMask", 4), pointer("lpAdviseSink", a.sink)}
	id := t.enter("client", source.name+"::Advise", source, args...)
	sup := m.supportOf(source)
	p.connections++
	a.connection = p.connections
	out := number("lpulConnection", a.connection)
	switch {
	case sup != nil && p.choose(2) == 0:
		a.sub = t.subscribe(sup, a.sink, 0)
	case source.module != nil:
		a.keeper = "provider"
		t.addRef(a.keeper, a.sink)
	default:
		t.addRef(a.keeper, a.sink)
		if source == m.object && l != nil {
			inner := t.enter("mapi", l.name+"::Advise", l.object, args...)
			t.addRef("provider", a.sink)
			a.passed = l
			l.told = append(l.told, a)
			t.leave(inner, ok, out)
		}
	}
	p.advised++
	m.registered = append(m.registered, a)
	t.leave(id, ok, out)
	t.drop("client", a.sink)
}

// responsible is a logon to which MAPI may pass a registration with the session on; nil for none.
func (m *member) responsible(t *thread) *logon {
	if m.shares() || t.p.choose(2) == 0 {
		return nil
	}
	for _, x := range m.session.providers {
		for _, l := range x.logons {
			if x.providerType != xpType && !l.off && l.support != nil && l.held[mapiSide] > 0 && (l.store == nil || !l.store.dead) {
				return l
			}
		}
	}
	return nil
}

// supportOf is the support object of the provider of a store or of what was opened through it, while it has one.
func (m *member) supportOf(o *object) *support {
	for _, st := range m.stores {
		if st.object == o && !st.dead {
			return st.logon.support
		}
	}
	for _, e := range m.opened {
		if e.object == o && e.store != nil && !e.store.dead {
			return e.store.logon.support
		}
	}
	return nil
}

// cancel is what happens to the sink inside Unadvise.
func (a *advice) cancel(t *thread) {
	if l := a.passed; l != nil {
		l.told = remove(l.told, a)
		inner := t.enter("mapi", l.name+"::Unadvise", l.object, number("ulConnection", a.connection))
		t.drop("provider", a.sink)
		t.leave(inner, ok)
	}
	if a.sub != nil {
		t.unsubscribe(a.sub)
		return
	}
	t.drop(a.keeper, a.sink)
}

// hear has a registered sink told of something.
func (m *member) hear(t *thread) {
	p := t.p
	if len(m.registered) == 0 {
		m.advise(t)
		return
	}
	a := m.registered[p.choose(len(m.registered))]
	if a.sink.wraps != nil {
		if t = a.thread; t.initialised == 0 {
			return
		}
	}
	if a.sub != nil {
		id := t.enter("provider", "IMAPISupport::Notify", a.sub.support.object, number("cNotification", 1), number("lpulFlags", 0))
		inside := p.may("notificationsDuringCalls", "allowed") && p.choose(2) == 0
		if inside {
			a.notify(t, objectModified)
		}
		t.leave(id, ok, number("lpulFlags", 0))
		if inside {
			return
		}
	}
	if a.keeper == "mapi" && a.sink.wraps == nil && p.choose(2) == 0 {
		a.notify(p.notifierThread(), objectModified)
		return
	}
	id := t.enter("client", a.source.name+"::GetLastError", a.source, number("hResult", 0), number("ulFlags", 0))
	a.notify(t, objectModified)
	t.leave(id, ok)
}

// notify calls the sink; a wrapper calls what it wraps.
func (a *advice) notify(t *thread, event int) {
	args := []arg{number("cNotif", 1), number("lpNotifications", 0xa00), number("ulEventType", event)}
	id := t.enter(a.keeper, "IMAPIAdviseSink::OnNotify", a.sink, args...)
	if a.sink.wraps != nil {
		inner := t.enter("mapi", "IMAPIAdviseSink::OnNotify", a.sink.wraps, args...)
		t.hears()
		t.leave(inner, ok)
	} else {
		t.hears()
	}
	t.leave(id, ok)
}

// hears is what a client's sink does: sometimes it needs memory.
func (t *thread) hears() {
	if t.p.oneIn(3) {
		t.freeBuffer("client", t.allocate("client"))
	}
}

// notifierThread is the thread on which MAPI notifies.
func (p *process) notifierThread() *thread {
	if p.notifier == nil {
		p.started++
		p.notifier = &thread{p: p, id: 31570 - int64(p.started)}
	}
	return p.notifier
}

// hearItself has a provider notify its own sink, which it has registered to be called at once.
func (m *member) hearItself(t *thread) {
	for _, x := range m.session.providers {
		for _, l := range x.logons {
			if l.own == nil || l.support == nil {
				continue
			}
			id := t.enter("provider", "IMAPISupport::Notify", l.own.support.object, number("cNotification", 1), number("lpulFlags", 0))
			hr, flags := ok, 0
			if t.p.choose(2) == 0 {
				hr, flags = callbackDiscontinue, notifyCanceled
			}
			t.leaf("mapi", "IMAPIAdviseSink::OnNotify", l.own.sink, hr, number("cNotif", 1), number("lpNotifications", 0xa00))
			t.leave(id, ok, number("lpulFlags", flags))
			return
		}
	}
	m.openSomeStore(t)
}

// pending is a registration of the client's with another session of which MAPI may call the sink on this thread; nil for none.
func (m *member) pending(t *thread) *advice {
	for _, other := range m.client.members {
		for _, a := range other.registered {
			if other.session != m.session && a.keeper == "mapi" && a.sub == nil && (a.sink.wraps == nil || a.thread == t) {
				return a
			}
		}
	}
	return nil
}

// others are the registrations of the session's other members with the session itself, as far as their sinks can be called.
func (m *member) others() (list []*advice) {
	for _, other := range m.session.members {
		for _, a := range other.registered {
			if other != m && a.source == other.object && a.sink != nil {
				if a.thread.initialised == 0 {
					return nil
				}
				list = append(list, a)
			}
		}
	}
	return list
}

// tell tells somebody of a session that it ends.
func (a *advice) tell() {
	id := a.thread.enter("client", "IMAPISession::QueryIdentity", a.source)
	a.notify(a.thread, criticalError)
	a.thread.leave(id, ok)
}
