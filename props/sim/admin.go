package sim

import "fmt"

// This file is the administration of profiles and message services in wide simulations.

// Contexts in which the entry point function of a message service is called.
const (
	serviceCreate         = 2
	serviceConfigure      = 3
	serviceDelete         = 4
	serviceProviderCreate = 6
	serviceProviderDelete = 7
)

// serviceEntry calls the entry point function of a message service.
func (t *thread) serviceEntry(by string, s *service, sup *support, context int) {
	id := t.entry(by, "MSGServiceEntry", nil, s.module.name, pointer("lpMAPISup", sup.object), number("ulFlags", 0), number("ulContext", context), number("cValues", 0))
	t.leave(id, ok)
}

// tellService has MAPI call the entry point function of a message service, with a support object made for that.
func (t *thread) tellService(s *service, context int) {
	sup := t.p.offer()
	t.serviceEntry("mapi", s, sup, context)
	t.release("mapi", sup.object, nil)
}

// hands records a call of a client's that hands out an object.
func (t *thread) hands(name string, on *object, i *iface, out string, args ...arg) *object {
	id := t.enter("client", name, on, args...)
	x := t.p.object(i, nil)
	x.held[clientSide]++
	t.leave(id, ok, pointer(out, x))
	return x
}

// administer opens the administration of the message services of the session's profile, or of a profile by its name.
func (m *member) administer(t *thread) *object {
	if t.p.choose(2) == 0 {
		return t.hands("IMAPISession::AdminServices", m.object, iServiceAdmin, "lppServiceAdmin", number("ulFlags", 0))
	}
	profiles := t.hands("MAPIAdminProfiles", nil, iProfAdmin, "lppProfAdmin", number("ulFlags", 0))
	services := t.hands("IProfAdmin::AdminServices", profiles, iServiceAdmin, "lppServiceAdmin", text("lpszProfileName", t.p.named), number("ulFlags", 0))
	t.release("client", profiles, nil)
	return services
}

// someService is a message service whose DLL is loaded.
func (p *process) someService() *service {
	n := p.choose(len(p.profile))
	for i := range p.profile {
		if s := p.profile[(n+i)%len(p.profile)]; s.module.loads > 0 {
			return s
		}
	}
	return nil
}

// uidOf is the MAPIUID of a message service in the profile. One that was deleted and made again has another one.
func (p *process) uidOf(s *service) arg {
	return text("lpUID", fmt.Sprintf("%02x%030x", s.module.name[0], p.deleted))
}

// configureService configures a message service, if it has an entry point function.
func (m *member) configureService(t *thread) {
	s := t.p.someService()
	if s == nil {
		return
	}
	services := m.administer(t)
	id := t.enter("client", "IMsgServiceAdmin::ConfigureMsgService", services, t.p.uidOf(s), number("ulUIParam", 0), number("ulFlags", 0), number("cValues", 0))
	if s.entry {
		t.tellService(s, serviceConfigure)
		t.leave(id, ok)
	} else {
		t.leave(id, eNotInitialized)
	}
	t.release("client", services, nil)
}

// deleteService deletes a message service and makes it again. What runs does not notice.
func (m *member) deleteService(t *thread) {
	s := t.p.someService()
	if s == nil || !s.entry {
		return
	}
	services := m.administer(t)
	id := t.enter("client", "IMsgServiceAdmin::DeleteMsgService", services, t.p.uidOf(s))
	t.tellService(s, serviceDelete)
	t.leave(id, ok)
	t.p.deleted++
	id = t.enter("client", "IMsgServiceAdmin::CreateMsgService", services, text("lpszService", s.module.name), number("ulFlags", 0))
	t.tellService(s, serviceCreate)
	t.leave(id, ok)
	id = t.enter("client", "IMsgServiceAdmin::ConfigureMsgService", services, t.p.uidOf(s), number("ulFlags", 0), number("cValues", 0))
	t.tellService(s, serviceConfigure)
	t.leave(id, ok)
	t.release("client", services, nil)
}

// deleteProvider deletes a provider of a message service and makes it again.
func (m *member) deleteProvider(t *thread) {
	s := t.p.someService()
	if s == nil || !s.entry {
		return
	}
	services := m.administer(t)
	providers := t.hands("IMsgServiceAdmin::AdminProviders", services, iProviderAdmin, "lppProviderAdmin", t.p.uidOf(s), number("ulFlags", 0))
	id := t.enter("client", "IProviderAdmin::DeleteProvider", providers, t.p.uidOf(s))
	t.tellService(s, serviceProviderDelete)
	t.leave(id, ok)
	t.p.deleted++
	id = t.enter("client", "IProviderAdmin::CreateProvider", providers, text("lpszProvider", s.module.name), number("cValues", 0))
	t.tellService(s, serviceProviderCreate)
	t.leave(id, ok, t.p.uidOf(s))
	t.release("client", providers, nil)
	t.release("client", services, nil)
}

// deleteProfile deletes the profile that sessions are on; later ones are on another.
func (m *member) deleteProfile(t *thread) {
	p := t.p
	profiles := t.hands("MAPIAdminProfiles", nil, iProfAdmin, "lppProfAdmin", number("ulFlags", 0))
	t.leaf("client", "IProfAdmin::DeleteProfile", profiles, ok, text("lpszProfileName", p.named), number("ulFlags", 0))
	p.deleted++
	p.named = fmt.Sprintf("Outlook %d", p.deleted)
	t.leaf("client", "IProfAdmin::CreateProfile", profiles, ok, text("lpszProfileName", p.named), null("lpszPassword"), number("ulUIParam", 0), number("ulFlags", 0))
	t.release("client", profiles, nil)
}
