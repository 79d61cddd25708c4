package explore

import (
	"slices"
	"strings"

	"mapilife/model"
)

// An Invariant is a statement about a state, in the words of the pages. It was written without looking at the rules, which judge steps: the
// one can catch the other.
type Invariant struct {
	Name  string
	Says  string
	Pages string // "page#Section", separated by "; "
	Of    model.Kind
	Type  model.ProviderType
	AtEnd bool // it is a statement about what is left when the process ends
	If    model.Cond
	Holds model.Cond
}

var (
	this     = model.This
	holds    = func(p model.Path, s model.Side) model.Cond { return p.References(s).AtLeast(1) }
	released = this.References().Is(0)
)

// Invariants are all of them.
var Invariants = []Invariant{
	{Name: "references", Says: "Nobody holds a reference on an object that is gone.", Pages: "implementing-the-iunknown-interface#(body)",
		Of: model.CalledObject, If: this.IsDead(), Holds: released},
	{Name: "initialised", Says: "While a MAPIInitialize is left to be matched, MAPI is up.", Pages: "mapiinitialize#Remarks",
		Of: model.ProcessObject, If: this.Count("initialised").AtLeast(1), Holds: this.In("Starting Up")},
	{Name: "threads", Says: "A thread that has a MAPIInitialize left to be matched is in.", Pages: "using-thread-safe-objects#(body)",
		Of: model.ThreadObject, If: this.Count("initialised here").AtLeast(1), Holds: this.In("In")},
	{Name: "registrations", Says: "A MAPIUID is registered only while its support object has references, or the last one is being released.", Pages: "imapisupport-setprovideruid#Notes to callers",
		Of: model.UIDObject, Holds: model.Any(model.ItsParent.References().AtLeast(1), model.ItsParent.IsDying())},
	{Name: "given back", Says: "A provider that has given its support object back has no MAPIUID registered.", Pages: "shutting-down-a-service-provider#(body)",
		Of: model.SupportObject, If: this.In("Closed Gone"), Holds: this.Number(model.UIDObject, this.Known()).Is(0)},
	{Name: "rows", Says: "A status row stands only while its support object has references, or the last one is being released, and is not given back.", Pages: "shutting-down-a-service-provider#(body)",
		Of: model.RowObject, Holds: model.All(model.Any(model.ItsParent.References().AtLeast(1), model.ItsParent.IsDying()), model.Not(model.ItsParent.In("Closing Closed")))},
	{Name: "Shutdown last", Says: "A provider object that is being or has been shut down has no logon object that MAPI holds; a transport that has given back its support object may have.",
		Pages: "imsprovider-shutdown#Remarks; iabprovider-shutdown#Notes to implementers; ixpprovider-shutdown#Remarks", Of: model.ProviderObject, If: this.In("ShuttingDown ShutDown"),
		Holds: this.Number(model.LogonObject, model.All(holds(this, model.MAPI), model.Not(model.All(this.Is(model.XPType), model.ItsSupport.In("Closing Closed Gone"))))).Is(0)},
	{Name: "logons before providers", Says: "While MAPI holds a logon object, its provider object lives; a transport that has given back its support object may be gone.",
		Pages: "shutting-down-a-service-provider#(body)", Of: model.LogonObject, If: model.All(holds(this, model.MAPI), model.Not(model.All(this.Is(model.XPType), model.ItsSupport.In("Closing Closed Gone")))),
		Holds: model.ItsProvider.Known()},
	{Name: "FreeLibrary last", Says: "A DLL that is not in memory has no provider object and no logon object that MAPI holds.", Pages: "shutting-down-a-service-provider#(body)",
		Of: model.ModuleObject, If: this.In("Unloaded"),
		Holds: model.All(this.Number(model.ProviderObject, holds(this, model.MAPI)).Is(0), this.Number(model.LogonObject, holds(this, model.MAPI)).Is(0))},
	{Name: "Logoff last", Says: "When IMAPISession::Logoff has returned, the client holds nothing that it opened through the session.", Pages: "ending-a-mapi-session#(body)",
		Of: model.SessionObject, If: this.In("LoggedOff"),
		Holds: model.All(this.Number(model.StoreObject, holds(this, model.Client)).Is(0), this.Number(model.Subobject, holds(this, model.Client)).Is(0))},
	{Name: "logged off before gone", Says: "A logon object that is gone has been logged off; a transport's need not have been.", Pages: "shutting-down-a-service-provider#(body)",
		Of: model.LogonObject, If: model.All(this.In("Gone"), model.Not(this.Is(model.XPType))), Holds: this.Marked("logged off")},
	{Name: "logged off once", Says: "A logon object whose logoff method was called is not logged on.", Pages: "shutting-down-a-service-provider#(body)",
		Of: model.LogonObject, If: this.Marked("logged off"), Holds: model.Not(this.In("Active Fresh"))},
	{Name: "a store's logon", Says: "When a store is gone and its provider has given back the support object, the store's logon object is not logged on.",
		Pages: "shutting-down-a-message-store-provider#(body); imslogon-logoff#Remarks", Of: model.LogonObject, Type: model.MSType,
		If: model.All(model.ItsStore.IsDead(), model.ItsSupport.In("Closed Gone")), Holds: model.Not(this.In("Active"))},
	{Name: "a store's support object", Says: "StoreLogoffTransports has been called for a store whose provider has given back the support object, unless the session's Logoff ended it.",
		Pages: "shutting-down-a-message-store-provider#(body)", Of: model.StoreObject, If: model.All(model.ItsSupport.In("Closed Gone"), model.Not(model.ItsLogon.Marked("its session has ended"))),
		Holds: this.Marked("StoreLogoffTransports called")},
	{Name: "support for a logon", Says: "A logon object that was handed out has a support object that its provider has retained.", Pages: "implementing-service-provider-logon#(body); imsprovider-logon#Remarks",
		Of: model.LogonObject, If: this.In("Active Fresh"), Holds: model.Not(model.ItsSupport.In("Offered Unwanted"))},
	{Name: "sessions end", Says: "A session that is gone has been logged off.", Pages: "imapisession-logoff#Notes to callers",
		Of: model.SessionObject, If: this.In("Gone"), Holds: this.Marked("Logoff entered")},

	{Name: "nothing is left", Says: "When the process ends nobody holds a reference on anything.", Pages: "ending-a-mapi-session#(body); implementing-the-iunknown-interface#(body)",
		Of: model.CalledObject, AtEnd: true, Holds: released},
	{Name: "uninitialised", Says: "When the process ends every MAPIInitialize is matched.", Pages: "mapiinitialize#Remarks; mapiuninitialize#Remarks",
		Of: model.ProcessObject, AtEnd: true, Holds: this.Count("initialised").Is(0)},
	{Name: "unloaded", Says: "When the process ends every provider DLL has been freed.", Pages: "starting-a-service-provider#(body)",
		Of: model.ModuleObject, AtEnd: true, If: this.Marked("holds a provider"), Holds: this.Count("loads").Is(0)},
}

// invariant is a statement, compiled.
type invariant struct {
	def    *Invariant
	holds  *expr
	tables []*table
}

// state compiles the invariants.
func (m *Machine) state() {
	for i := range m.invariantDefs {
		def := &m.invariantDefs[i]
		x := &moment{m: m, now: map[*field]*expr{}}
		e := m.pool.is(x.get(m.ended), 2+i)
		if def.AtEnd {
			e = m.pool.not(e)
		} else {
			e = x.invariant(def)
		}
		m.invariants = append(m.invariants, &invariant{def: def, holds: e})
	}
}

// invariant is where a statement holds.
func (x *moment) invariant(def *Invariant) *expr {
	p := x.m.pool
	var all []*expr
	for _, c := range x.m.components {
		if c.kind != def.Of && !(def.Of == model.CalledObject && c.phase != nil) || def.Type != model.NoType && c.typ != def.Type {
			continue
		}
		if c.bundle != nil && def.Type != model.NoType && c.bundle.provider.typ != def.Type {
			continue
		}
		where := x.present(c)
		if c.phase != nil {
			where = x.linked(c)
		}
		x.this = c
		all = append(all, p.not(p.and(where, x.cond(def.If).yes, x.cond(def.Holds).no)))
	}
	return p.and(all...)
}

// how the process ends: 1, or 2 and the number of a statement that does not hold then.
func (x *moment) end() *expr {
	how := x.m.pool.yes
	for i := range x.m.invariantDefs {
		if def := &x.m.invariantDefs[i]; def.AtEnd {
			how = x.m.pool.choose(x.invariant(def), how, x.m.pool.number(2+i))
		}
	}
	return how
}

// Without is the specification with a rule taken out: its guards, its duties, and its rows, which become legal.
func Without(s *model.Spec, id string) *model.Spec {
	out := &model.Spec{}
	for _, r := range s.Rules {
		if r.ID == id {
			c := *r
			c.Guards, c.Duties = nil, nil
			r = &c
		}
		out.Rules = append(out.Rules, r)
	}
	for _, l := range s.Lifecycles {
		c := *l
		c.Rows = slices.Clone(l.Rows)
		for i := range c.Rows {
			if slices.Contains(strings.Fields(c.Rows[i].Breaks), id) {
				c.Rows[i].Breaks = ""
			}
		}
		out.Lifecycles = append(out.Lifecycles, &c)
	}
	return out
}
