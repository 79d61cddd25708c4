package sim

// This file is address book providers.

// startAddressBooks logs on to the address book providers of the profile that are not logged on yet. It tells whether all are.
func (s *session) startAddressBooks(t *thread) bool {
	p, all := t.p, true
	for _, service := range p.profile {
		first := (p.choose(3) == 0 || p.tempted("mapi-stops-after-failoneprovider")) && p.may("providerObjects", "perProfileSection") // MAPI makes the provider objects before it logs on to any
		made, each := map[*section]*provider{}, true
		for _, sec := range service.sections {
			if first && sec.providerType == abType && s.logonOf(sec) == nil && !s.disables(service) {
				made[sec], _ = s.start(t, sec)
				each = each && made[sec] != nil
			}
		}
		failed := false
		for _, sec := range service.sections {
			switch {
			case sec.providerType != abType || s.logonOf(sec) != nil:
			case s.disables(service):
				all = false
			case failed && each && made[sec] != nil && s.handedOut() && p.wrong("mapi-stops-after-failoneprovider"):
				t.dueHere()
			default:
				hr := s.startAddressBook(t, sec, made[sec])
				failed = failed || hr == eFailOneProvider
				all = all && hr == ok
			}
		}
	}
	return all
}

func (s *session) logonOf(sec *section) *logon {
	for _, x := range s.providers {
		for _, l := range x.logons {
			if l.section == sec && !l.off {
				return l
			}
		}
	}
	return nil
}

// startAddressBook logs on to a provider, on a provider object that is made already or not.
func (s *session) startAddressBook(t *thread, sec *section, x *provider) result {
	p := t.p
	if x == nil {
		var hr result
		if x, hr = s.provider(t, sec); x == nil {
			return hr
		}
	}
	_, hr := s.logOn(t, x, func(sup *support) (*logon, result) {
		id := t.enter("mapi", x.logon, x.object, pointer("lpMAPISup", sup.object), number("ulFlags", 0))
		if hr := t.refuses(x); hr != ok {
			t.fails(sup, sec)
			t.leave(id, hr, null(x.logonOut))
			return nil, hr
		}
		first := x.sharing()
		l := x.newLogon(t, iABLogon, sec, sup)
		if first != nil && p.may("sharedSupport", "allowed") && p.choose(2) == 0 {
			l.support = first
			first.users++
		} else {
			l.retain(t, p.choose(2) == 0)
		}
		if l.support == sup && p.wrong("provider-returns-no-logon-object") {
			p.blame()
			t.leave(id, ok, null(x.logonOut))
			return l, ok
		}
		l.held[mapiSide]++
		t.leave(id, ok, pointer(x.logonOut, l.object))
		return l, ok
	})
	return hr
}

// sharing is the support object of an earlier logon of the provider object, which later ones may make do with.
func (x *provider) sharing() *support {
	for _, l := range x.logons {
		if l.support != nil && !l.support.unheld && l.held[mapiSide] > 0 {
			return l.support
		}
	}
	return nil
}

// endAddressBook logs off from an address book provider.
func (l *logon) endAddressBook(t *thread) {
	p := t.p
	l.off = true
	late := p.late()
	if l.held[mapiSide] > 0 {
		if p.wrong("mapi-skips-logoff") {
			p.blame()
			late = true
		} else {
			arg := 0
			if p.wrong("mapi-passes-flags-to-logoff") {
				p.blame()
				arg = 1
			}
			id := t.enter("mapi", "IABLogon::Logoff", l.object, number("ulFlags", arg))
			if !late {
				l.logOff(t)
			}
			t.leave(id, p.answer())
			if p.wrong("mapi-calls-logon-after-logoff") {
				p.blame()
				t.leave(t.enter("mapi", "IABLogon::OpenEntry", l.object, number("ulFlags", 0)), eFail, null("lppUnk"))
			}
		}
	}
	l.end(t, "mapi", func() {
		if late {
			l.logOff(t)
		}
	})
}
