package sim

import "slices"

// This file is transport providers, and what the spooler does with them.

// Flags of transports.
const (
	logonIdles      = 0x10000 // LOGON_SP_IDLE
	logonPolls      = 0x20000 // LOGON_SP_POLL
	logonNoInbound  = 0x8
	logonNoOutbound = 0x10
	beginInbound    = 0x1
	beginOutbound   = 0x2
	endInbound      = 0x10000
	endOutbound     = 0x20000
	endFlush        = 0xc0000 // of inbound and of outbound messages
	abortDeferred   = 0x40000000
)

// startTransports logs on to the transports of the profile that are not logged on yet.
func (s *session) startTransports(t *thread) {
	for _, service := range t.p.profile {
		for _, sec := range service.sections {
			if sec.providerType == xpType && s.logonOf(sec) == nil && !s.disables(service) {
				s.startTransport(t, sec)
			}
		}
	}
}

func (s *session) startTransport(t *thread, sec *section) {
	p := t.p
	x, _ := s.provider(t, sec)
	if x == nil {
		return
	}
	row := p.choose(2) == 0 || p.tempted("spooler-skips-addresstypes")
	l, _ := s.logOn(t, x, func(sup *support) (*logon, result) {
		id := t.enter("spooler", x.logon, x.object, pointer("lpMAPISup", sup.object), number("lpulFlags", logonNoInbound|logonNoOutbound))
		if hr := t.refuses(x); hr != ok {
			t.fails(sup, sec)
			t.leave(id, hr, null(x.logonOut))
			return nil, hr
		}
		l := x.newLogon(t, iXPLogon, sec, sup)
		l.retain(t, row)
		sup.closes = l.transportClosed
		l.polls, l.idles = p.choose(2) == 0, p.choose(2) == 0
		flags := 0
		if l.polls {
			flags = logonPolls
		}
		if l.idles {
			flags |= logonIdles
		}
		l.held[mapiSide]++
		t.leave(id, ok, number("lpulFlags", flags), pointer(x.logonOut, l.object))
		return l, ok
	})
	if l == nil {
		return
	}
	if p.wrong("spooler-skips-addresstypes") {
		p.blame()
	} else {
		id := t.enter("spooler", "IXPLogon::AddressTypes", l.object, t.told("spooler", number("lpulFlags", 0))...)
		if !row && !p.wrong("provider-transport-without-row") {
			t.addRow(l.support)
		} else if !row {
			p.dueAt(l.object, "IXPLogon::TransportNotify")
		}
		t.leave(id, ok, l.types(t)...)
	}
	if !l.polls && p.wrong("spooler-polls-unasked") || p.wrong("spooler-polls-before-inbound") {
		p.blame()
		l.call(t, "IXPLogon::Poll")
	}
	switch p.choose(3) {
	case 0:
		l.notify(t, beginInbound|beginOutbound)
	case 1:
		l.notify(t, beginOutbound)
		l.notify(t, beginInbound)
	default:
		l.notify(t, beginInbound)
	}
}

// call is a call of the spooler that a transport answers with S_OK.
func (l *logon) call(t *thread, method string) {
	hr := ok
	if l.off {
		hr = eInvalidObject
	}
	t.leaf("spooler", method, l.object, hr, number("ulFlags", 0))
}

func (l *logon) notify(t *thread, flags int) {
	id := t.enter("spooler", "IXPLogon::TransportNotify", l.object, number("lpulFlags", flags))
	if l.support != nil {
		t.changeRow(l.support)
	}
	l.inbound = flags&beginInbound != 0 || l.inbound && flags&endInbound == 0
	l.outbound = flags&beginOutbound != 0 || l.outbound && flags&endOutbound == 0
	t.leave(id, ok, number("lpulFlags", flags))
}

// transfers tells whether the spooler has something under way.
func (s *session) transfers(t *thread) bool {
	for _, x := range s.providers {
		for _, l := range x.logons {
			if l.outbound && !l.off {
				return t.p.choose(2) == 0
			}
		}
	}
	return false
}

// carry is the spooler's daily work with the session's transports.
func (s *session) carry(t *thread) {
	for _, x := range s.providers {
		if x.providerType != xpType {
			continue
		}
		for _, l := range x.logons {
			l.carry(t)
		}
	}
}

func (l *logon) carry(t *thread) {
	p := t.p
	if l.off || l.broken {
		return
	}
	if p.config.Wide && p.choose(2) == 0 {
		l.carryWide(t)
		return
	}
	switch p.choose(5) {
	case 0:
		if l.polls && l.inbound {
			l.call(t, "IXPLogon::Poll")
			if p.choose(2) == 0 {
				t.leaf("spooler", "IXPLogon::StartMessage", l.object, ok, number("ulFlags", 0))
			}
		}
	case 1:
		if l.outbound {
			id := t.enter("spooler", "IXPLogon::SubmitMessage", l.object, number("ulFlags", 0))
			reference := 1 + p.choose(3)
			t.leave(id, ok, number("lpulMsgRef", reference))
			t.leaf("spooler", "IXPLogon::EndMessage", l.object, ok, number("ulMsgRef", reference))
		}
	case 2:
		if l.idles {
			l.call(t, "IXPLogon::Idle")
		}
	case 3:
		id := t.enter("spooler", "IXPLogon::FlushQueues", l.object, number("ulFlags", 0x2))
		t.changeRow(l.support)
		t.leave(id, ok)
		l.notify(t, endFlush)
	default:
		if l.inbound {
			l.notify(t, endInbound)
		} else {
			l.notify(t, beginInbound)
		}
	}
}

// endTransports logs off from all transports of a session.
func (s *session) endTransports(t *thread) {
	for _, x := range slices.Clone(s.providers) {
		if x.providerType != xpType {
			continue
		}
		for len(x.logons) > 0 {
			x.logons[t.p.choose(len(x.logons))].endTransport(t)
		}
		if !x.ended {
			x.quit(t, "spooler")
		}
	}
}

func (l *logon) endTransport(t *thread) {
	p, x := t.p, l.provider
	if l.inbound || l.outbound {
		l.notify(t, endInbound|endOutbound)
	}
	if l.deferred {
		l.notify(t, abortDeferred)
	}
	l.off = true
	failed := false
	bare := p.fault == nil && p.may("transportRobustness", "foreseen") && p.oneIn(12) // the spooler releases it without logging off
	if !bare {
		arg := 0
		if p.may("transportLogoffFlags", "header") {
			arg = []int{0, 0, 0x1, 0x80000000}[p.choose(4)]
		}
		if p.wrong("spooler-passes-flags-to-transportlogoff") {
			p.blame()
			arg = 0x2
		}
		id := t.enter("spooler", "IXPLogon::TransportLogoff", l.object, number("ulFlags", arg))
		if p.wrong("spooler-submits-in-transportlogoff") {
			yields := t.enter("provider", "IMAPISupport::SpoolerYield", l.support.object, number("ulFlags", 0))
			p.blame()
			l.call(t, "IXPLogon::SubmitMessage")
			t.leave(yields, ok)
		}
		l.transportLogOff(t)
		hr := p.answer()
		failed = hr.failed()
		t.leave(id, hr)
		switch {
		case failed && p.wrong("spooler-goes-on-after-failed-transportlogoff"):
			p.blame()
			l.call(t, "IXPLogon::Idle")
		case !failed && p.wrong("spooler-submits-after-transportlogoff"):
			p.blame()
			l.call(t, "IXPLogon::SubmitMessage")
		case !failed && p.wrong("spooler-calls-transport-after-transportlogoff"):
			p.blame()
			l.call(t, "IXPLogon::Idle")
		}
	}
	if m := &x.service.module; len(x.logons) == 1 && !x.ended && m.users == 2 && p.wrong("mapi-frees-dll-under-transport") {
		p.dueLast(m) // the two are the logon object and its provider object
		t.free(m)
	}
	l.end(t, "spooler", func() {
		if bare {
			l.transportLogOff(t)
		}
	})
	if len(x.logons) == 0 && !x.ended && p.choose(2) == 0 {
		x.quit(t, "spooler")
	}
}

// transportLogOff is what a transport does in TransportLogoff. It gives its support object back last.
func (l *logon) transportLogOff(t *thread) {
	p := t.p
	if l.support != nil && (p.must("transportMakesInvalid", "asked") || p.oneIn(4)) {
		t.makeInvalid(l.support, l.object)
	}
	for _, e := range l.opened {
		if l.support != nil && e.iface == iStatus && e.refs() > 0 {
			t.makeInvalid(l.support, e.object)
			e.made = true
		}
	}
	if l.kept != nil && p.wrong("provider-transport-releases-support-first") {
		kept := l.kept
		l.kept = nil
		l.letGo(t)
		p.blame()
		t.release("provider", kept, nil)
		return
	}
	if l.addressTypes != nil {
		t.freeBuffer("provider", l.addressTypes)
		l.addressTypes = nil
	}
	l.logOff(t)
}

// transportClosed is what MAPI may do while a transport's last Release of a support object runs: end the provider object with its last
// logon.
func (l *logon) transportClosed(t *thread) {
	p, x := t.p, l.provider
	if x.active == 0 && !x.ended && p.may("transportShutdown", "either") && p.choose(2) == 0 {
		x.quit(t, "mapi")
	}
}
