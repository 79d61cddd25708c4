package sim

import "slices"

// This file is support objects: what MAPI gives each logon, and what providers call on it.

// A support is a support object.
type support struct {
	*object
	users   int             // logons that work with it
	kept    bool            // MAPI keeps its own reference until the logon object is released
	rowed   bool            // ModifyStatusRow has been called on it
	unheld  bool            // the provider uses it without having called AddRef: a fault
	invalid []*object       // MakeInvalid has been called on them
	closes  func(t *thread) // what MAPI does, beyond what it does for all, while the provider's last Release runs
}

// offer makes the support object that MAPI passes to a logon method.
func (p *process) offer() *support {
	s := &support{object: p.object(iSupport, nil)}
	s.held[mapiSide]++
	return s
}

// settle is MAPI's own Release after a logon: at once where the provider has not retained the support object, else at once or later.
func (t *thread) settle(s *support) {
	p := t.p
	retained := s.held[providerSide] > 0
	switch {
	case s.unheld || retained && p.oneIn(4):
		s.kept = true
	case !retained && p.wrong("mapi-keeps-support"):
		p.dueAt(nil, "end")
	default:
		t.release("mapi", s.object, nil)
	}
}

// unkeep is the Release that settle has left for later.
func (t *thread) unkeep(s *support) {
	if s != nil && s.kept {
		s.kept = false
		t.release("mapi", s.object, nil)
	}
}

// giveBack is a provider's last Release of a support object. MAPI takes it for the end of whatever it served.
func (t *thread) giveBack(s *support) {
	p := t.p
	if s.unheld {
		p.unregister(s)
		return
	}
	s.held[providerSide]--
	id := t.enter("provider", "IMAPISupport::Release", s.object)
	if p.config.Wide {
		t.unregisterWide(s)
	}
	p.unregister(s)
	if s.closes != nil {
		s.closes(t)
	}
	if s.refs() == 0 {
		p.gone(s.object)
	}
	t.counted(id, s.refs())
	if p.wrong("provider-releases-support-twice") {
		p.blame()
		t.ghost("provider", s.object)
	}
}

// unregister is what MAPI does when a provider has given a support object back: everything registered through it goes.
func (p *process) unregister(s *support) {
	p.uids = slices.DeleteFunc(p.uids, func(r registration) bool { return r.support == s })
	p.rows = slices.DeleteFunc(p.rows, func(row *support) bool { return row == s })
}

// openSection opens the provider's section of the profile.
func (t *thread) openSection(by string, s *support) *object {
	id := t.enter(by, "IMAPISupport::OpenProfileSection", s.object, null("lpUid"), number("ulFlags", 0))
	section := t.p.object(iProfSect, nil)
	section.held[sideOf(by)]++
	t.leave(id, ok, pointer("lppProfSect", section))
	return section
}

// setUID registers a MAPIUID. Support objects of transports do not have the method.
func (t *thread) setUID(s *support, typ *providerType, uid string) bool {
	p := t.p
	arg := 0
	if p.wrong("provider-passes-flags-to-setprovideruid") {
		p.blame()
		arg = 1
	}
	id := t.enter("provider", "IMAPISupport::SetProviderUID", s.object, text("lpProviderID", uid), number("ulFlags", arg))
	again := slices.Contains(p.uids, registration{s, uid})
	hr := ok
	switch {
	case typ == xpType && p.wrong("mapi-grants-uid-to-transport"):
		p.blame()
	case typ == xpType:
		hr = eNoSupport
	case again && p.wrong("mapi-refuses-uid-twice"):
		p.blame()
		hr = eFail
	case !again && p.wrong("mapi-refuses-support-method"):
		p.blame()
		hr = eNoSupport
	}
	if hr == ok && typ != xpType {
		if p.config.Wide {
			t.void(t.enter("mapi", "AddProviderUID", nil, pointer("lpMAPISup", s.object), text("lpProviderID", uid)))
		}
		p.uids = append(p.uids, registration{s, uid})
	}
	t.leave(id, hr)
	return hr == ok
}

// addRow adds a row to the status table.
func (t *thread) addRow(s *support) {
	p := t.p
	if !s.rowed && p.wrong("provider-updates-row-first") {
		p.blame()
		t.leaf("provider", "IMAPISupport::ModifyStatusRow", s.object, ok, number("cValues", 3), number("ulFlags", statusRowUpdate))
	}
	s.rowed = true
	id := t.enter("provider", "IMAPISupport::ModifyStatusRow", s.object, number("cValues", 3), number("ulFlags", 0))
	if p.config.Wide {
		t.void(t.enter("mapi", "AddStatusRow", nil, pointer("lpMAPISup", s.object)))
	}
	p.rows = append(p.rows, s)
	t.leave(id, ok)
}

const statusRowUpdate = 0x10000000

// changeRow changes a provider's row, or adds another one.
func (t *thread) changeRow(s *support) {
	p := t.p
	if !slices.Contains(p.rows, s) {
		return
	}
	if p.wrong("provider-adds-second-row") {
		p.blame()
		t.addRow(s)
		return
	}
	if p.may("statusRows", "several") && p.oneIn(4) {
		t.addRow(s)
		return
	}
	t.leaf("provider", "IMAPISupport::ModifyStatusRow", s.object, ok, number("cValues", 1), number("ulFlags", statusRowUpdate))
}

// makeInvalid has MAPI stand in for an object that its clients may still hold.
func (t *thread) makeInvalid(s *support, o *object) {
	t.leaf("provider", "IMAPISupport::MakeInvalid", s.object, ok, number("ulFlags", 0), pointer("lpObject", o), number("ulRefCount", o.refs()), number("cMethods", 12))
	if t.p.config.Wide {
		s.invalid = append(s.invalid, o)
	}
}
