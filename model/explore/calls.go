package explore

import (
	"slices"
	"strings"

	"mapilife/model"
)

// An Arg is an argument or an out parameter of a call.
type Arg struct {
	Name string
	Text string // the name of an object, or another text
	Num  uint64 // where there is no text
	Null bool
}

// number tells values apart.
func (a Arg) number() uint64 {
	if a.Text == "" {
		return a.Num
	}
	h := uint64(14695981039346656037) // FNV-1a
	for i := range len(a.Text) {
		h = (h ^ uint64(a.Text[i])) * 1099511628211
	}
	return h | 1<<63
}

// A call says who calls what inside which other call, and what its caller knows. It is no rule: it bounds what is explored to calls that
// somebody who means well can make. Whether they are legal is for the specification to say.
type call struct {
	name   string
	as     string // what calls inside it know it as, where that is not its name
	by     model.Side
	in     string // the calls that it is made in; none: it is a client's, and no call is around it
	while  string // only while the call around it has come so far; "": always
	then   string // how far it has come when this has succeeded
	on     model.Kind
	target model.Kind // what it is about, or makes
	typ    model.ProviderType

	knows   func(x *moment, on, target *component) *expr // what has to hold for its caller to make it
	returns func(x *moment, on, target *component) *expr // what has to hold for it to return
	after   string                                       // how far it has come when it can succeed
	fails   model.HResult                                // what it can fail with; 0: it does not
	void    bool                                         // it returns no result
	event   bool                                         // it is an event of its own
	support bool                                         // it is passed a new support object, its target
	args    []Arg
	outs    []Arg
}

// inside tells whether the call can be made in another.
func (c *call) inside(at *node) bool {
	if at == nil {
		return c.in == ""
	}
	name := at.spec.name
	if at.spec.as != "" {
		name = at.spec.as
	}
	return slices.Contains(strings.Fields(c.in), name) && (c.while == "" || c.while == "-" && at.progress == "" || c.while == at.progress)
}

const (
	logons   = "IABProvider::Logon IMSProvider::Logon IXPProvider::TransportLogon"
	openings = "MAPILogonEx IMAPISession::OpenMsgStore IMAPISession::OpenAddressBook"
	endings  = "MAPILogonEx IMAPISession::Logoff IMAPISession::Release MAPIUninitialize" // in which MAPI ends what it has started
	dyings   = "IMsgStore::Release IMAPIFolder::Release"
	shuts    = "IABProvider::Shutdown IMSProvider::Shutdown IXPProvider::Shutdown IABProvider::Release IMSProvider::Release IXPProvider::Release"
	logoffs  = "IABLogon::Logoff IMSLogon::Logoff IXPLogon::TransportLogoff IABLogon::Release IMSLogon::Release IXPLogon::Release"
	noMemory = model.MAPI_E_NOT_ENOUGH_MEMORY
	abort    = 0x8 // LOGOFF_ABORT
)

// calls are all that are explored.
var calls = []call{
	{name: "MAPIInitialize", by: model.Client, fails: noMemory, knows: fewInits},
	{name: "MAPIUninitialize", by: model.Client, void: true, knows: initialised},

	{name: "MAPILogonEx", by: model.Client, target: model.SessionObject, fails: noMemory, knows: noSession, returns: settled, args: []Arg{{Name: "flFlags", Num: 0x22}}},
	{name: "IMAPISession::OpenMsgStore", by: model.Client, on: model.SessionObject, target: model.StoreObject, fails: noMemory, after: "opened",
		knows: opensStore, returns: settled},
	{name: "IMAPISession::OpenAddressBook", by: model.Client, on: model.SessionObject, target: model.Subobject, typ: model.NoType, fails: noMemory, knows: opensBook, returns: settled},
	{name: "IMAPISession::AddRef", by: model.Client, on: model.SessionObject, void: true, knows: clientAdds},
	{name: "IMAPISession::Logoff", by: model.Client, on: model.SessionObject, fails: noMemory, knows: clientHolds, args: []Arg{{Name: "ulFlags"}, {Name: "ulReserved"}}},
	{name: "IMAPISession::Release", by: model.Client, on: model.SessionObject, void: true, knows: clientHolds},
	{name: "IMsgStore::AddRef", by: model.Client, on: model.StoreObject, void: true, knows: clientAdds},
	{name: "IMsgStore::OpenEntry", by: model.Client, on: model.StoreObject, target: model.Subobject, fails: noMemory, knows: opensFolder},
	{name: "IMsgStore::StoreLogoff", by: model.Client, on: model.StoreObject, fails: noMemory, knows: clientHolds, args: []Arg{{Name: "ulFlags", Num: abort}}, outs: []Arg{{Name: "ulFlags", Num: abort}}},
	{name: "IMsgStore::Release", by: model.Client, on: model.StoreObject, void: true, knows: clientHolds},
	{name: "IMAPIFolder::Release", by: model.Client, on: model.Subobject, typ: model.MSType, void: true, knows: clientHolds},
	{name: "IAddrBook::Release", by: model.Client, on: model.Subobject, void: true, knows: clientHolds},

	{name: "event-load", event: true, by: model.MAPI, in: "IMAPISession::OpenAddressBook", target: model.ModuleObject, typ: model.ABType, knows: notLoaded},
	{name: "event-load", event: true, by: model.MAPI, in: "IMAPISession::OpenMsgStore", while: "-", target: model.ModuleObject, typ: model.MSType, knows: notLoaded},
	{name: "event-load", event: true, by: model.MAPI, in: "MAPILogonEx", target: model.ModuleObject, typ: model.XPType, knows: notLoaded},
	{name: "ABProviderInit", by: model.MAPI, in: "IMAPISession::OpenAddressBook", target: model.ProviderObject, typ: model.ABType, fails: noMemory, knows: free},
	{name: "MSProviderInit", by: model.MAPI, in: "IMAPISession::OpenMsgStore", while: "-", target: model.ProviderObject, typ: model.MSType, fails: noMemory, knows: free},
	{name: "XPProviderInit", by: model.Spooler, in: "MAPILogonEx", target: model.ProviderObject, typ: model.XPType, fails: noMemory, knows: free},

	{name: "IABProvider::Logon", by: model.MAPI, in: "IMAPISession::OpenAddressBook", on: model.ProviderObject, target: model.SupportObject, support: true, typ: model.ABType, fails: noMemory, knows: logsOn},
	{name: "IMSProvider::Logon", by: model.MAPI, in: "IMAPISession::OpenMsgStore", while: "-", then: "opened", on: model.ProviderObject, target: model.SupportObject, support: true, typ: model.MSType,
		fails: noMemory, knows: logsOn},
	{name: "IXPProvider::TransportLogon", by: model.Spooler, in: "MAPILogonEx", on: model.ProviderObject, target: model.SupportObject, support: true, typ: model.XPType, fails: noMemory, knows: logsOn},

	{name: "IMAPISupport::AddRef", by: model.Provider, in: logons, on: model.SupportObject, void: true, knows: providerAdds},
	{name: "IMAPISupport::SetProviderUID", by: model.Provider, in: logons, on: model.SupportObject, target: model.UIDObject, fails: noMemory, knows: nextOne, args: []Arg{{Name: "ulFlags"}}},
	{name: "IMAPISupport::ModifyStatusRow", by: model.Provider, in: logons, on: model.SupportObject, target: model.RowObject, fails: noMemory, knows: nextOne, args: []Arg{{Name: "ulFlags"}}},
	{name: "IMAPISupport::Release", as: "giving up", by: model.Provider, in: logons + " " + logoffs + " " + shuts, on: model.SupportObject, void: true, knows: providerHolds},
	{name: "IMAPISupport::Release", as: "MAPI's own", by: model.MAPI, in: openings, on: model.SupportObject, void: true, knows: mapiHolds},

	{name: "IMAPISupport::StoreLogoffTransports", by: model.Provider, in: "IMsgStore::StoreLogoff IMSLogon::Logoff IMSLogon::Release", on: model.SupportObject, typ: model.MSType, fails: noMemory, knows: providerHolds,
		args: []Arg{{Name: "ulFlags", Num: abort}}, outs: []Arg{{Name: "ulFlags", Num: abort | 0x10000}}},
	{name: "IMAPISupport::StoreLogoffTransports", by: model.Provider, in: dyings, on: model.SupportObject, typ: model.MSType, fails: noMemory, knows: storeDies,
		args: []Arg{{Name: "ulFlags", Num: abort}}, outs: []Arg{{Name: "ulFlags", Num: abort | 0x10000}}},
	{name: "IMAPISupport::Release", by: model.Provider, in: dyings, on: model.SupportObject, typ: model.MSType, void: true, knows: storeDies},

	{name: "IMSLogon::Logoff", by: model.MAPI, in: "IMAPISupport::Release IMAPISession::Logoff IMAPISession::Release MAPIUninitialize", on: model.LogonObject, typ: model.MSType, fails: noMemory, knows: mapiHolds, args: []Arg{{Name: "ulFlags"}}},
	{name: "IMSLogon::Release", by: model.MAPI, in: "IMAPISupport::Release IMAPISession::Logoff IMAPISession::Release MAPIUninitialize", on: model.LogonObject, typ: model.MSType, void: true, knows: mapiHolds},

	{name: "IABLogon::Logoff", by: model.MAPI, in: endings, on: model.LogonObject, typ: model.ABType, fails: noMemory, knows: mapiHolds, args: []Arg{{Name: "ulFlags"}}},
	{name: "IABLogon::Release", by: model.MAPI, in: endings, on: model.LogonObject, typ: model.ABType, void: true, knows: mapiHolds},
	{name: "IXPLogon::AddressTypes", by: model.Spooler, in: "MAPILogonEx", on: model.LogonObject, typ: model.XPType, fails: noMemory, knows: mapiHolds},
	{name: "IXPLogon::TransportLogoff", by: model.Spooler, in: endings, on: model.LogonObject, typ: model.XPType, fails: noMemory, knows: mapiHolds, args: []Arg{{Name: "ulFlags"}}},
	{name: "IXPLogon::Release", by: model.Spooler, in: endings, on: model.LogonObject, typ: model.XPType, void: true, knows: mapiHolds},

	{name: "IABProvider::Shutdown", by: model.MAPI, in: endings, on: model.ProviderObject, typ: model.ABType, fails: noMemory, knows: mapiHolds, args: []Arg{{Name: "ulFlags"}}},
	{name: "IABProvider::Release", by: model.MAPI, in: endings, on: model.ProviderObject, typ: model.ABType, void: true, knows: mapiHolds, returns: gaveUp},
	{name: "IMSProvider::Shutdown", by: model.MAPI, in: endings, on: model.ProviderObject, typ: model.MSType, fails: noMemory, knows: mapiHolds, args: []Arg{{Name: "ulFlags"}}},
	{name: "IMSProvider::Release", by: model.MAPI, in: endings, on: model.ProviderObject, typ: model.MSType, void: true, knows: mapiHolds, returns: gaveUp},
	{name: "IXPProvider::Shutdown", by: model.Spooler, in: endings, on: model.ProviderObject, typ: model.XPType, fails: noMemory, knows: mapiHolds, args: []Arg{{Name: "ulFlags"}}},
	{name: "IXPProvider::Release", by: model.Spooler, in: endings, on: model.ProviderObject, typ: model.XPType, void: true, knows: mapiHolds, returns: gaveUp},
	{name: "event-unload", event: true, by: model.MAPI, in: "IMAPISession::Logoff IMAPISession::Release MAPIUninitialize", target: model.ModuleObject, knows: loaded},
}

func fewInits(x *moment, _, _ *component) *expr {
	return x.m.pool.not(x.m.pool.is(x.get(x.m.threads[x.thread].counts["initialised here"]), x.m.config.Inits))
}

func initialised(x *moment, _, _ *component) *expr {
	return x.m.pool.not(x.m.pool.is(x.get(x.m.threads[x.thread].counts["initialised here"]), 0))
}

func free(x *moment, _, target *component) *expr { return x.inPhase(target, none) }

// noSession: nothing of the session's place is left.
func noSession(x *moment, _, target *component) *expr {
	return x.m.pool.and(x.inPhase(target, none), x.nothing(target, nil))
}

// nothing holds where neither provider objects nor logons of a session are left: those of one type, or all.
func (x *moment) nothing(session *component, only *model.ProviderType) *expr {
	var all []*expr
	for _, c := range x.m.components {
		if c.session == session && c.phase != nil && (only == nil || c.provider != nil && c.provider.typ == *only) {
			all = append(all, x.inPhase(c, none))
		}
	}
	return x.m.pool.and(all...)
}

func clientHolds(x *moment, on, _ *component) *expr {
	return x.m.pool.not(x.m.pool.is(x.get(on.refs[clients]), 0))
}
func mapiHolds(x *moment, on, _ *component) *expr {
	return x.m.pool.not(x.m.pool.is(x.get(on.refs[mapis]), 0))
}
func providerHolds(x *moment, on, _ *component) *expr {
	return x.m.pool.not(x.m.pool.is(x.get(on.refs[owns]), 0))
}

// clientAdds: the client holds a reference, and there is room for another.
func clientAdds(x *moment, on, _ *component) *expr {
	return x.m.pool.and(clientHolds(x, on, nil), x.room(on.refs[clients]))
}

func providerAdds(x *moment, on, _ *component) *expr { return x.room(on.refs[owns]) }

func (x *moment) room(f *field) *expr { return x.m.pool.not(x.m.pool.is(x.get(f), f.max)) }

// opensStore: the client opens a store that it has not open.
func opensStore(x *moment, on, target *component) *expr {
	return x.m.pool.and(clientHolds(x, on, nil), x.nothingOf(target.bundle))
}

func (x *moment) nothingOf(b *bundle) *expr {
	var all []*expr
	for _, c := range b.all() {
		all = append(all, x.inPhase(c, none))
	}
	return x.m.pool.and(all...)
}

func opensBook(x *moment, on, target *component) *expr {
	if target.iface != "IAddrBook" {
		return x.m.pool.no
	}
	return x.m.pool.and(clientHolds(x, on, nil), x.inPhase(target, none))
}

func opensFolder(x *moment, on, target *component) *expr {
	return x.m.pool.and(clientHolds(x, on, nil), x.inPhase(target, none), x.earlier(on.bundle.folders, target))
}

// earlier: those before it in a list are there, so that one place after the other is used.
func (x *moment) earlier(list []*component, target *component) *expr {
	var all []*expr
	for _, c := range list {
		if c == target {
			break
		}
		all = append(all, x.present(c))
	}
	return x.m.pool.and(all...)
}

func nextOne(x *moment, on, target *component) *expr {
	list := on.bundle.uids
	if target.kind == model.RowObject {
		list = on.bundle.rows
	}
	return x.m.pool.and(x.m.pool.not(x.present(target)), x.earlier(list, target))
}

func notLoaded(x *moment, _, target *component) *expr {
	return x.m.pool.is(x.get(target.counts["loads"]), 0)
}
func loaded(x *moment, _, target *component) *expr { return x.m.pool.not(notLoaded(x, nil, target)) }

func logsOn(x *moment, on, target *component) *expr {
	return x.m.pool.and(mapiHolds(x, on, nil), x.nothingOf(target.bundle))
}

func storeDies(x *moment, on, _ *component) *expr {
	return x.m.pool.and(providerHolds(x, on, nil), x.inPhase(on.bundle.store, dying))
}

// gaveUp: a provider that is released holds no support object any more that a logon left to it by failing.
func gaveUp(x *moment, on, _ *component) *expr {
	all := []*expr{x.m.pool.yes}
	for _, b := range x.m.bundles {
		if b.provider == on {
			all = append(all, x.m.pool.or(x.m.pool.is(x.get(b.support.refs[owns]), 0), x.linked(b.logon)))
		}
	}
	return x.m.pool.and(all...)
}

// settled: MAPI has given back the support objects that it made for the logons inside.
func settled(x *moment, on, target *component) *expr {
	session := on
	if session == nil {
		session = target
	}
	var all []*expr
	for _, b := range x.m.bundles {
		if b.session == session && (x.node.about.bundle == nil || x.node.about.bundle == b) {
			all = append(all, x.m.pool.is(x.get(b.support.refs[mapis]), 0))
		}
	}
	return x.m.pool.and(all...)
}
