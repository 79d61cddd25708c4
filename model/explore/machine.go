package explore

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"mapilife/model"
)

// A Machine is the specification, compiled for one configuration: every step that a thread can take in every call that it can be in,
// with what it needs and what it changes, as functions of the packed state.
type Machine struct {
	config  Config
	profile model.Profile
	spec    *model.Spec // resolved
	pool    *pool
	lives   []*life

	process    *component
	threads    []*component
	sessions   []*component
	bundles    []*bundle
	components []*component

	fields []*field
	ended  *field
	at     []*field // the call that each thread is in
	nodes  [][]*node
	byKey  []map[string]*node
	picks  map[string]*picks
	counts map[string]func(*node) bool
	values []uint64

	moving, needed map[string]bool // what earlier looks have found: fields that change, and fields that matter

	triggers   [2]map[model.OpID][]*trigger
	entryConds map[model.OpID][]*model.Cond
	keys       map[*model.Cond]string
	unread     map[model.CondKind]int
	opExit     model.OpID
	opLast     model.OpID

	actions       [][][]*action // by thread and call
	invariants    []*invariant
	invariantDefs []Invariant
	words         int
}

// life is a lifecycle with the table of its legal rows.
type life struct {
	def    *model.Lifecycle
	states []string
	events []model.Trigger
	table  model.Table
	born   int
	broken [][]*model.Row // by event and state
	ifs    []model.Cond
	makes  []int
}

// trigger is everything that a moment of an operation sets off.
type trigger struct {
	def    model.Trigger
	guards []guardOf
	dues   []dueOf
	lives  []lifeOf
	counts []countOf
	marks  []markOf
	values []valueOf
}

type guardOf struct {
	rule *model.Rule
	def  *model.Guard
}

type dueOf struct {
	rule *model.Rule
	duty *model.Duty
	due  *model.Due
}

type lifeOf struct {
	life  *life
	event int
}

type countOf struct {
	of   model.Kind
	typ  model.ProviderType
	name string
	by   int
}

type markOf struct {
	of   model.Kind
	typ  model.ProviderType
	name string
	to   int
}

type valueOf struct {
	of   model.Kind
	typ  model.ProviderType
	name string
	from model.Term
}

// node is a call that is open on a thread, together with the calls around it: it tells the whole stack. What the call's return needs of
// its beginning is part of it.
type node struct {
	id       int
	key      string
	parent   *node
	spec     *call
	call     *model.Call
	op       model.OpID
	on       *component
	target   *component
	arg      *component
	module   *component
	session  *component // in whose call this is
	about    subject
	args     []Arg
	maker    model.Side
	answerer model.Side
	last     bool // it is the last Release of its object
	entry    map[string]tri
	progress string
}

// subject is what a call is about: calls inside are about the same.
type subject struct {
	session  *component
	provider *component
	bundle   *bundle
}

// An action is one step: a thread that is in one call enters another, or returns from it, with one result.
type action struct {
	thread  int
	from    *node // nil where no call is open
	to      *node
	step    Step
	needs   *expr // the scope of the exploration: what its caller knows, and what the bounds leave room for
	decided *expr // the interpreter can tell what follows
	broken  []broken
	changes []change
	tables  []*table
}

type change struct {
	field *field
	to    *expr
}

// New compiles a specification for a configuration. The tables must be those of the specification resolved under the profile. The
// invariants are what is checked in every state.
func New(spec *model.Spec, profile model.Profile, tables model.Tables, c Config, list []Invariant) (*Machine, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	// What never changes is known, and what nothing depends on need not be kept. Both show only when everything has been worked out.
	var m *Machine
	var moving, needed map[string]bool
	for range 8 {
		m = &Machine{config: c, profile: profile, spec: spec.Resolve(profile), invariantDefs: list, pool: newPool(), picks: map[string]*picks{}, counts: map[string]func(*node) bool{},
			moving: moving, needed: needed, entryConds: map[model.OpID][]*model.Cond{}, keys: map[*model.Cond]string{}, unread: map[model.CondKind]int{}}
		m.opExit, _ = model.OperationNamed("event-exit")
		m.opLast, _ = model.OperationNamed("event-last-child")
		if err := m.read(tables); err != nil {
			return nil, err
		}
		m.populate()
		m.compile()
		before := len(moving) + len(needed)
		first := moving == nil
		moving, needed = m.look()
		if !first && len(moving)+len(needed) == before {
			break
		}
	}
	m.layout()
	return m, nil
}

// read takes up what the specification says of each operation.
func (m *Machine) read(tables model.Tables) error {
	for _, def := range m.spec.Lifecycles {
		l := &life{def: def, states: def.StateNames(), events: def.Events(), table: tables[def.Name], born: -1}
		if l.table == nil {
			return fmt.Errorf("no table for lifecycle %s", def.Name)
		}
		for range l.events {
			l.broken = append(l.broken, make([]*model.Row, len(l.states)))
			l.ifs, l.makes = append(l.ifs, model.Cond{}), append(l.makes, -1)
		}
		for i := range def.Rows {
			r := &def.Rows[i]
			e := slices.IndexFunc(l.events, func(t model.Trigger) bool { return t.Name == r.On.Name })
			switch {
			case r.On.Name == model.Born.Name:
				l.born = slices.Index(l.states, r.To)
				continue
			case r.On.IsBirth():
				continue
			case r.Births():
				l.makes[e] = slices.Index(l.states, r.To)
				continue
			}
			l.ifs[e] = r.If
			if !r.IsLegal() {
				for _, from := range r.Sources() {
					l.broken[e][slices.Index(l.states, from)] = r
				}
			}
		}
		m.lives = append(m.lives, l)
	}
	m.triggers = [2]map[model.OpID][]*trigger{{}, {}}
	byName := map[string]*trigger{}
	of := func(t model.Trigger) *trigger {
		if have := byName[t.Name]; have != nil {
			return have
		}
		n := &trigger{def: t}
		byName[t.Name] = n
		for _, op := range model.Matching(t.Ops) {
			m.triggers[t.Phase][op] = append(m.triggers[t.Phase][op], n)
		}
		m.beginnings(t, t.Cond)
		return n
	}
	for _, l := range m.lives {
		for e, t := range l.events {
			if !t.IsBirth() {
				n := of(t)
				n.lives = append(n.lives, lifeOf{l, e})
				m.beginnings(t, l.ifs[e])
			}
		}
	}
	for _, r := range m.spec.Rules {
		for i := range r.Guards {
			g := &r.Guards[i]
			if m.profile.Has(g.Under) {
				n := of(g.When)
				n.guards = append(n.guards, guardOf{r, g})
				m.beginnings(g.When, g.If)
				m.beginnings(g.When, g.Holds)
			}
		}
		for i := range r.Duties {
			d := &r.Duties[i]
			if !m.profile.Has(d.Under) {
				continue
			}
			for j := range d.Due {
				n := of(d.Due[j].At)
				n.dues = append(n.dues, dueOf{r, d, &d.Due[j]})
				m.beginnings(d.Due[j].At, d.Due[j].If)
			}
		}
	}
	for _, l := range m.lives {
		def := l.def
		for _, x := range def.Counters {
			if isInstant(x.Up.Ops) {
				n := of(x.Up.Enters)
				n.counts = append(n.counts, countOf{def.Of, def.Type, x.Name, 1})
			} else {
				n := of(x.Up.Succeeds)
				n.counts = append(n.counts, countOf{def.Of, def.Type, x.Name, 1})
			}
			if x.Down.Ops != "" {
				n := of(x.Down.Enters)
				n.counts = append(n.counts, countOf{def.Of, def.Type, x.Name, -1})
			}
		}
		for _, x := range def.Marks {
			n := of(x.Set)
			n.marks = append(n.marks, markOf{def.Of, def.Type, x.Name, 1})
			if x.Clear.Name != "" {
				n := of(x.Clear)
				n.marks = append(n.marks, markOf{def.Of, def.Type, x.Name, 0})
			}
		}
		for _, x := range def.Values {
			n := of(x.Set)
			n.values = append(n.values, valueOf{def.Of, def.Type, x.Name, x.From})
		}
	}
	return nil
}

func isInstant(patterns string) bool { return strings.HasPrefix(patterns, "event-") }

// beginnings gathers the conditions on the beginning of a call that its return asks about.
func (m *Machine) beginnings(t model.Trigger, c model.Cond) {
	if c.Is == model.CondAtEntry {
		for _, op := range model.Matching(t.Ops) {
			if !slices.ContainsFunc(m.entryConds[op], func(d *model.Cond) bool { return m.keyOf(d) == m.keyOf(&c.Parts[0]) }) {
				m.entryConds[op] = append(m.entryConds[op], &c.Parts[0])
			}
		}
	}
	for _, p := range c.Parts {
		m.beginnings(t, p)
	}
}

// group is the group of functions that an operation belongs to, or nothing.
func (m *Machine) group(op model.OpID) string {
	o := model.OperationOf(op)
	if o.Class != model.Functions {
		return ""
	}
	return model.GroupOf(op)
}

// valueOf numbers a value that is remembered, from 1.
func (m *Machine) valueOf(n uint64) int {
	i := slices.Index(m.values, n)
	if i < 0 {
		i = len(m.values)
		m.values = append(m.values, n)
	}
	return i + 1
}

// openIn is how many calls of a sort are open on a thread, by the call that it is in.
func (m *Machine) openIn(t int, name string, which func(*node) bool) *picks {
	key := fmt.Sprintf("%s of thread %d", name, t)
	if m.picks[key] == nil {
		m.picks[key] = &picks{name: key}
		m.counts[key] = which
	}
	return m.picks[key]
}

// compile works out every step of every thread.
func (m *Machine) compile() {
	for t := range m.threads {
		f := m.field(fmt.Sprintf("at%d", t+1), 1<<20, 0)
		f.moves, f.live = true, true
		m.at = append(m.at, f)
		m.nodes = append(m.nodes, []*node{nil})
		m.byKey = append(m.byKey, map[string]*node{})
		m.actions = append(m.actions, nil)
	}
	for t := range m.threads {
		for n := 0; n < len(m.nodes[t]); n++ {
			m.actions[t] = append(m.actions[t], m.steps(t, m.nodes[t][n]))
		}
		m.at[t].max = len(m.nodes[t]) - 1
	}
	for key, p := range m.picks {
		var t int
		fmt.Sscanf(key[strings.LastIndex(key, " ")+1:], "%d", &t)
		for _, n := range m.nodes[t] {
			count := 0
			for ; n != nil; n = n.parent {
				if m.counts[key](n) {
					count++
				}
			}
			p.list = append(p.list, count)
		}
	}
	m.state()
}

// look finds the fields that change, and those that something depends on.
func (m *Machine) look() (moving, needed map[string]bool) {
	moving = map[string]bool{}
	reads := map[*field]bool{}
	by := map[*field][]*expr{}
	for _, f := range m.at {
		reads[f] = true
	}
	m.every(func(a *action) {
		a.needs.reads(reads)
		a.decided.reads(reads)
		for _, b := range a.broken {
			b.where.reads(reads)
		}
		for _, c := range a.changes {
			if !(c.to.code == constantCode && c.to.n == c.field.start) {
				moving[c.field.name] = true
			}
			by[c.field] = append(by[c.field], c.to)
		}
	})
	for _, i := range m.invariants {
		i.holds.reads(reads)
	}
	for again := true; again; {
		before := len(reads)
		for f, list := range by {
			if reads[f] {
				for _, e := range list {
					e.reads(reads)
				}
			}
		}
		again = len(reads) > before
	}
	needed = map[string]bool{m.ended.name: true}
	for f := range reads {
		needed[f.name] = true
	}
	return moving, needed
}

func (m *Machine) every(visit func(*action)) {
	for t := range m.actions {
		for _, list := range m.actions[t] {
			for _, a := range list {
				visit(a)
			}
		}
	}
}

// intern finds the node like this one, or adds it.
func (m *Machine) intern(t int, n *node) *node {
	parent := 0
	if n.parent != nil {
		parent = n.parent.id
	}
	var bits []string
	for _, k := range slices.Sorted(maps.Keys(n.entry)) {
		bits = append(bits, fmt.Sprint(n.entry[k].yes == m.pool.yes, n.entry[k].no == m.pool.yes))
	}
	name := func(c *component) string {
		if c == nil {
			return ""
		}
		return c.name
	}
	n.key = fmt.Sprint(parent, " ", n.spec.name, " ", name(n.on), " ", name(n.target), " ", n.last, " ", n.progress, " ", bits)
	if have := m.byKey[t][n.key]; have != nil {
		return have
	}
	n.id = len(m.nodes[t])
	m.nodes[t] = append(m.nodes[t], n)
	m.byKey[t][n.key] = n
	return n
}

// steps works out what a thread can do in a call: enter another, or return.
func (m *Machine) steps(t int, at *node) []*action {
	var list []*action
	for i := range calls {
		c := &calls[i]
		if !c.inside(at) {
			continue
		}
		about := subject{}
		if at != nil {
			about = at.about
		}
		for _, on := range m.choices(t, about, c.on, c.typ) {
			for _, target := range m.choices(t, about.with(on), c.target, c.typ) {
				if !at.has(c, on) {
					list = append(list, m.enter(t, at, c, on, target)...)
				}
			}
		}
	}
	if at != nil {
		list = append(list, m.leave(t, at, false)...)
		if m.config.Failures && at.spec.fails != 0 {
			list = append(list, m.leave(t, at, true)...)
		}
	} else if t == 0 {
		list = append(list, m.exit(t))
	}
	return list
}

// has tells a call that is open on the object already: none is made inside itself.
func (n *node) has(c *call, on *component) bool {
	for ; n != nil; n = n.parent {
		if n.spec.name == c.name && n.on == on {
			return true
		}
	}
	return false
}

func (c subject) with(x *component) subject {
	if x == nil {
		return c
	}
	if x.session != nil {
		c.session = x.session
	}
	if x.kind == model.SessionObject {
		c.session = x
	}
	if x.provider != nil {
		c.provider = x.provider
	}
	if x.bundle != nil {
		c.bundle = x.bundle
	}
	return c
}

// choices are the components of a kind that a call can be about; one that is none where it is about none.
func (m *Machine) choices(t int, about subject, k model.Kind, typ model.ProviderType) []*component {
	if k == model.NoKind {
		return []*component{nil}
	}
	var list []*component
	for _, c := range m.components {
		of := c.typ
		if c.bundle != nil {
			of = c.bundle.provider.typ
		}
		switch {
		case c.kind != k || typ != model.NoType && of != typ && c.kind != model.ModuleObject:
		case about.bundle != nil && c.bundle != nil && c.bundle != about.bundle:
		case about.provider != nil && c.provider != nil && c.provider != about.provider:
		case about.session != nil && c.session != nil && c.session != about.session:
		case about.session != nil && c.kind == model.SessionObject && c != about.session:
		case about.session == nil && c.kind == model.SessionObject && c.owner != t:
		case about.session == nil && c.session != nil && c.session.owner != t:
		case c.kind == model.ModuleObject && about.provider != nil && about.provider.module != c:
		case c.kind == model.ModuleObject && typ != model.NoType && !m.hasProvider(c, about.session, typ):
		default:
			list = append(list, c)
		}
	}
	return list
}

func (m *Machine) hasProvider(module, session *component, typ model.ProviderType) bool {
	return slices.ContainsFunc(module.children, func(p *component) bool { return p.typ == typ && (session == nil || p.session == session) })
}
