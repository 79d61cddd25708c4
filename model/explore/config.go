package explore

import (
	"fmt"

	"mapilife/model"
)

// A Config says how much there is: every number bounds what can be there at one time, in every session where it does not say otherwise.
type Config struct {
	Clients    int  // client threads
	Sessions   int  // sessions of each client
	AB, MS, XP int  // providers of each type
	Stores     int  // stores of each message store provider, each with a logon of its own
	Logons     int  // logons of each address book and transport provider
	Folders    int  // folders open at once in a store
	References int  // references that one side holds on one object
	Inits      int  // MAPIInitialize calls of one thread that are not matched yet
	UIDs       int  // MAPIUIDs of a support object
	Rows       int  // status rows of a support object
	Failures   bool // whatever returns a result may fail
}

// Small is the least configuration that has everything in it that a store needs: one client, one session, one store.
func Small() Config {
	return Config{Clients: 1, Sessions: 1, MS: 1, Stores: 1, Logons: 1, References: 1, Inits: 1, UIDs: 1, Failures: true}
}

// Default has one provider of each type.
func Default() Config {
	c := Small()
	c.AB, c.XP, c.References, c.Rows = 1, 1, 2, 1
	return c
}

func (c Config) String() string {
	return fmt.Sprintf("clients=%d sessions=%d ab=%d ms=%d xp=%d stores=%d logons=%d folders=%d references=%d inits=%d uids=%d rows=%d failures=%t",
		c.Clients, c.Sessions, c.AB, c.MS, c.XP, c.Stores, c.Logons, c.Folders, c.References, c.Inits, c.UIDs, c.Rows, c.Failures)
}

// Check refuses a configuration that can not be explored.
func (c Config) Check() error {
	for _, n := range []struct {
		name       string
		is, lo, hi int
	}{
		{"clients", c.Clients, 1, 4}, {"sessions", c.Sessions, 0, 4}, {"ab", c.AB, 0, 4}, {"ms", c.MS, 0, 4}, {"xp", c.XP, 0, 4}, {"stores", c.Stores, 0, 4},
		{"logons", c.Logons, 0, 4}, {"folders", c.Folders, 0, 4}, {"references", c.References, 1, 3}, {"inits", c.Inits, 1, 3},
		{"uids", c.UIDs, 1, 3}, {"rows", c.Rows, 0, 3},
	} {
		if n.is < n.lo || n.is > n.hi {
			return fmt.Errorf("%s is %d: write %d to %d", n.name, n.is, n.lo, n.hi)
		}
	}
	return nil
}

// A component is a place for one object. Objects come and go in it.
type component struct {
	name   string
	kind   model.Kind
	typ    model.ProviderType
	iface  string
	number int
	owner  int // of a session: the thread of its client

	parent   *component // what it is opened through, or registered with; the process where nothing else
	children []*component
	session  *component
	module   *component
	provider *component
	bundle   *bundle
	made     []*component // logon objects of a provider object

	phase  *field    // of objects with references
	refs   [3]*field // by client, MAPI, provider
	states []*field  // one for each lifecycle of its kind: 0 before its birth
	lives  []*life
	marks  map[string]*field
	counts map[string]*field
	values map[string]*field
}

// The phases of an object with references.
const (
	none    = iota // not there
	alive          // it has references
	dying          // its last Release runs
	dead           // it has returned, and something that lives leads to it
	kept           // only what was opened through it keeps it alive
	phases  = kept
	clients = 0 // of refs
	mapis   = 1
	owns    = 2 // the provider's
)

// A bundle is what one logon makes.
type bundle struct {
	logon, support, store *component
	provider              *component
	session               *component
	uids, rows            []*component
	folders               []*component
}

func (b *bundle) all() []*component {
	list := []*component{b.support, b.logon}
	if b.store != nil {
		list = append(list, b.store)
	}
	return list
}

func holder(s model.Side) int {
	switch s {
	case model.Client:
		return clients
	case model.Provider, model.Service:
		return owns
	}
	return mapis
}

// populate makes every component and its fields.
func (m *Machine) populate() {
	c := m.config
	m.process = m.component("process", model.ProcessObject, model.NoType, "", nil)
	m.ended = m.field("ended", 1+len(m.invariantDefs), 0)
	for t := range c.Clients {
		th := m.component(fmt.Sprintf("thread%d", t+1), model.ThreadObject, model.NoType, "", nil)
		m.threads = append(m.threads, th)
	}
	types := []struct {
		typ      model.ProviderType
		n, each  int
		provider string
		logon    string
	}{{model.ABType, c.AB, c.Logons, "IABProvider", "IABLogon"}, {model.MSType, c.MS, c.Stores, "IMSProvider", "IMSLogon"}, {model.XPType, c.XP, c.Logons, "IXPProvider", "IXPLogon"}}
	modules := map[string]*component{}
	for _, x := range types {
		for n := range x.n {
			name := fmt.Sprintf("%s%d.dll", map[model.ProviderType]string{model.ABType: "ab", model.MSType: "ms", model.XPType: "xp"}[x.typ], n+1)
			if c.Sessions > 0 {
				modules[name] = m.component(name, model.ModuleObject, model.NoType, "", m.process)
			}
		}
	}
	for t := range c.Clients {
		for s := range c.Sessions {
			name := fmt.Sprintf("session%d", t*c.Sessions+s+1)
			session := m.component(name, model.SessionObject, model.NoType, "IMAPISession", m.process)
			session.owner = t
			m.sessions = append(m.sessions, session)
			suffix := ""
			if c.Clients*c.Sessions > 1 {
				suffix = fmt.Sprintf("_%d", t*c.Sessions+s+1)
			}
			for _, x := range types {
				for n := range x.n {
					short := map[model.ProviderType]string{model.ABType: "ab", model.MSType: "ms", model.XPType: "xp"}[x.typ]
					module := modules[fmt.Sprintf("%s%d.dll", short, n+1)]
					p := m.component(fmt.Sprintf("%sprovider%d%s", short, n+1, suffix), model.ProviderObject, x.typ, x.provider, module)
					p.session, p.module, p.provider = session, module, p
					service := m.component(fmt.Sprintf("%sservice%d%s", short, n+1, suffix), model.ServiceObject, x.typ, "", session)
					service.session, service.module = session, module
					for l := range x.each {
						m.logon(p, short, x.logon, fmt.Sprintf("%d_%d%s", n+1, l+1, suffix))
					}
				}
			}
			if c.AB > 0 {
				book := m.component("book"+suffix, model.Subobject, model.NoType, "IAddrBook", session)
				book.session = session
			}
		}
	}
}

// logon makes what one logon on a provider object makes.
func (m *Machine) logon(p *component, short, iface, suffix string) {
	above := p.session
	if p.typ == model.XPType { // the session is not there yet while MAPILogonEx runs
		above = m.process
	}
	b := &bundle{provider: p, session: p.session}
	add := func(name string, k model.Kind, iface string, parent *component) *component {
		x := m.component(short+name+suffix, k, p.typ, iface, parent)
		x.session, x.module, x.provider, x.bundle = p.session, p.module, p, b
		return x
	}
	b.support = add("support", model.SupportObject, "IMAPISupport", above)
	b.logon = add("logon", model.LogonObject, iface, above)
	p.made = append(p.made, b.logon)
	if p.typ == model.MSType {
		b.store = add("store", model.StoreObject, "IMsgStore", above)
		b.store.typ = model.NoType
		for n := range m.config.Folders {
			f := add(fmt.Sprintf("folder%d_", n+1), model.Subobject, "IMAPIFolder", b.store)
			f.typ = model.NoType
			b.folders = append(b.folders, f)
		}
	}
	if p.typ != model.XPType {
		for n := range m.config.UIDs {
			b.uids = append(b.uids, add(fmt.Sprintf("uid%d_", n+1), model.UIDObject, "", b.support))
		}
	}
	for n := range m.config.Rows {
		b.rows = append(b.rows, add(fmt.Sprintf("row%d_", n+1), model.RowObject, "", b.support))
	}
	m.bundles = append(m.bundles, b)
}

func (m *Machine) component(name string, k model.Kind, t model.ProviderType, iface string, parent *component) *component {
	x := &component{name: name, kind: k, typ: t, iface: iface, parent: parent, number: len(m.components),
		marks: map[string]*field{}, counts: map[string]*field{}, values: map[string]*field{}}
	if parent != nil {
		parent.children = append(parent.children, x)
	}
	m.components = append(m.components, x)
	sides := 0
	switch k {
	case model.SessionObject, model.Subobject:
		sides = 1 << clients
	case model.StoreObject:
		sides = 1<<clients | 1<<mapis
	case model.ProviderObject, model.LogonObject:
		sides = 1 << mapis
	case model.SupportObject:
		sides = 1<<mapis | 1<<owns
	}
	if sides != 0 {
		x.phase = m.field(name+".phase", phases, none)
		for s := range x.refs {
			if sides>>s&1 != 0 {
				x.refs[s] = m.field(fmt.Sprintf("%s.%s", name, [...]string{"client", "mapi", "provider"}[s]), m.config.References, 0)
			}
		}
	}
	for _, l := range m.lives {
		if l.def.Of != k || l.def.Type != model.NoType && l.def.Type != t {
			continue
		}
		start := 0
		if k == model.ProcessObject || k == model.ThreadObject || k == model.ModuleObject {
			start = l.born + 1
		}
		x.lives = append(x.lives, l)
		x.states = append(x.states, m.field(name+"."+l.def.Name, len(l.states), start))
		for _, mark := range l.def.Marks {
			x.marks[mark.Name] = m.field(name+"."+mark.Name, 1, 0)
		}
		for _, n := range l.def.Counters {
			most := m.config.Inits
			if k == model.ProcessObject {
				most *= m.config.Clients
			}
			if k == model.ModuleObject {
				most = 1
			}
			x.counts[n.Name] = m.field(name+"."+n.Name, most, 0)
		}
		for _, v := range l.def.Values {
			x.values[v.Name] = m.field(name+"."+v.Name, 63, 0)
		}
	}
	return x
}

// field makes a field, or finds what is known of it from an earlier look at the same configuration.
func (m *Machine) field(name string, most, start int) *field {
	f := &field{name: name, number: len(m.fields), max: most, start: start, moves: m.moving == nil || m.moving[name], live: m.needed == nil || m.needed[name]}
	m.fields = append(m.fields, f)
	return f
}
