package sim

import "slices"

// This file is what MAPI does about logons that fail, and the message services that it configures or disables.

// refusals are the errors that logon methods are documented to return. The first two, on which MAPI acts, come up more often.
var refusals = []result{eUnconfigured, eFailOneProvider, eUnconfigured, eFailOneProvider, eLogonFailed, eUserCancel, eUnknownCPID, eUnknownLCID,
	ePasswordChange, ePasswordExpired, eInvalidWorkstation, eInvalidTime, eAccountDisabled, eSessionLimit}

// refuses tells whether a provider refuses a logon, and how.
func (t *thread) refuses(x *provider) result {
	p := t.p
	if t.again != ok { // it does what it has done before
		return t.again
	}
	if p.tempted("mapi-stops-after-failoneprovider") && x.providerType == abType && p.choose(2) == 0 {
		return eFailOneProvider
	}
	if p.config.Wide && p.config.Failures && x.spooled && x.service.entry && p.oneIn(4) {
		return eUnconfigured
	}
	if !p.config.Failures || !p.oneIn(6) {
		return ok
	}
	hr := refusals[p.choose(len(refusals))]
	if hr == eUnconfigured && !x.service.entry && p.must("unconfiguredRetry", "always") {
		hr = eFailOneProvider
	}
	return hr
}

// logOn has a logon tried on a provider object, and tried again where that may help.
func (s *session) logOn(t *thread, x *provider, try func(*support) (*logon, result)) (*logon, result) {
	p := t.p
	for again := false; ; again = true {
		sup := p.offer()
		l, hr := try(sup)
		t.settle(sup)
		switch {
		case !hr.failed() || hr == eFailOneProvider:
			return l, hr
		case hr != eUnconfigured || again || !x.service.entry:
		case s.handedOut() && len(t.open) > 0 && p.wrong("mapi-skips-configuration"):
			t.dueHere()
		case !t.configure(x.service):
		case s.handedOut() && len(t.open) > 0 && p.wrong("mapi-skips-retry"):
			t.dueHere()
		default:
			continue
		}
		x.failed = hr != eUnconfigured
		if x.failed && x.providerType == abType && s.handedOut() && p.wrong("mapi-ignores-disabled-service") {
			sup := p.offer()
			p.blame()
			t.again = hr
			_, _ = try(sup)
			t.again = ok
			t.release("mapi", sup.object, nil)
		}
		s.disable(x.service)
		return nil, hr
	}
}

// handedOut tells whether a client has a pointer to the session already.
func (s *session) handedOut() bool { return s.members[0].held[clientSide] > 0 }

// disable has MAPI call no provider of a message service any more in the session, but to end what is there.
func (s *session) disable(service *service) {
	if !s.disables(service) {
		s.disabled = append(s.disabled, service)
	}
}

func (s *session) disables(service *service) bool { return slices.Contains(s.disabled, service) }

// configure calls the entry point of a message service, with a support object made for that.
func (t *thread) configure(service *service) bool {
	sup := t.p.offer()
	id := t.entry("mapi", "MSGServiceEntry", nil, service.module.name, pointer("lpMAPISup", sup.object), number("ulFlags", 0), number("ulContext", 3), number("cValues", 0))
	if t.p.choose(2) == 0 {
		t.release("service", t.openSection("service", sup), nil)
	}
	hr := ok
	if t.p.oneIn(3) {
		hr = eUserCancel
	}
	t.leave(id, hr)
	t.release("mapi", sup.object, nil)
	return hr == ok
}
