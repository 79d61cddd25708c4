package explore

import (
	"fmt"
	"math/bits"
	"slices"

	"mapilife/model"
)

// tri is a truth value as a function of a state: when it is yes, and when it is no. Where it is neither, the interpreter could not tell.
type tri struct{ yes, no *expr }

// A value is a number or an argument, as a function of a state.
type value struct {
	lo, hi *expr
	known  *expr
	null   bool   // a null pointer
	given  bool   // a value of the call: known where it is given
	exact  uint64 // of a value that the call is made with
	memory *expr  // of a remembered value: which of the machine's values it is, from 1
}

// A moment is an entry or a return of a call, as it is worked out.
type moment struct {
	m        *Machine
	now      map[*field]*expr // what has been changed so far
	thread   int
	node     *node // the call; nil for an event that is no call
	above    *node // the call around it
	call     *model.Call
	op       model.OpID
	entering bool
	result   model.HResult
	hasHR    bool
	on       *component
	module   *component
	session  *component
	arg      *component
	maker    model.Side
	answerer model.Side
	by       model.Side
	args     []Arg
	outs     []Arg
	births   []*component
	this     *component

	needs     []*expr // what has to hold for the step to be taken
	undecided []*expr // where the interpreter could not tell what follows
	broken    []broken
	entry     map[string]tri // what conditions on the beginning of the call came to
}

// broken is a rule, and where the step breaks it.
type broken struct {
	rule  string
	where *expr
}

func (x *moment) get(f *field) *expr {
	if f == nil {
		return x.m.pool.no
	}
	if e := x.now[f]; e != nil {
		return e
	}
	return x.m.pool.load(f)
}

// set changes a field where a condition holds.
func (x *moment) set(f *field, where, to *expr) {
	if f == nil || where == x.m.pool.no {
		return
	}
	x.now[f] = x.m.pool.choose(where, to, x.get(f))
}

func (x *moment) inPhase(c *component, phases ...int) *expr {
	var any []*expr
	for _, p := range phases {
		any = append(any, x.m.pool.is(x.get(c.phase), p))
	}
	return x.m.pool.or(any...)
}

// present holds while the component's object is there and not dead.
func (x *moment) present(c *component) *expr {
	switch {
	case c.phase != nil:
		return x.inPhase(c, alive, dying, kept)
	case len(c.states) > 0 && (c.kind == model.UIDObject || c.kind == model.RowObject || c.kind == model.ServiceObject):
		return x.m.pool.not(x.m.pool.is(x.get(c.states[0]), 0))
	}
	return x.m.pool.yes
}

// linked holds while whatever was tied to the component still leads to it: also when it is dead.
func (x *moment) linked(c *component) *expr {
	if c.phase == nil {
		return x.m.pool.yes
	}
	return x.m.pool.not(x.m.pool.is(x.get(c.phase), none))
}

// under holds where the component belongs to the root: everything does to the process, and to a session until that is dead.
func (x *moment) under(c, root *component) *expr {
	for p := c; p != nil; p = p.parent {
		if p == root {
			if root.kind == model.SessionObject {
				return x.m.pool.and(x.present(c), x.present(root))
			}
			return x.present(c)
		}
	}
	return x.m.pool.no
}

// follow leads to a component, and says when it is known.
func (x *moment) follow(p model.Path) (*component, *expr) {
	yes, no := x.m.pool.yes, x.m.pool.no
	orNone := func(c *component) (*component, *expr) {
		if c == nil {
			return nil, no
		}
		return c, yes
	}
	switch p {
	case model.This:
		return orNone(x.this)
	case model.On:
		return orNone(x.on)
	case model.TheProcess:
		return x.m.process, yes
	case model.TheThread:
		return x.m.threads[x.thread], yes
	case model.TheSession:
		return orNone(x.session)
	case model.TheModule:
		return orNone(x.module)
	case model.TheService:
		if x.on == nil {
			return nil, no
		}
		return x.service(x.module, x.on.typ)
	case model.NewLogon, model.NewStore:
		k := model.LogonObject
		if p == model.NewStore {
			k = model.StoreObject
		}
		for _, b := range x.births {
			if b.kind == k {
				return b, yes
			}
		}
		return nil, no
	}
	c := x.this
	if c == nil {
		return nil, no
	}
	switch p {
	case model.ItsSession:
		for p := c; p != nil; p = p.parent {
			if p.kind == model.SessionObject {
				return p, x.present(p)
			}
		}
	case model.ItsProvider:
		switch {
		case c.kind == model.SupportObject:
			return c.provider, x.m.pool.and(x.present(c.bundle.logon), x.present(c.provider))
		case c.kind == model.LogonObject:
			return c.provider, x.present(c.provider)
		}
	case model.ItsSupport:
		if c.kind == model.LogonObject || c.kind == model.StoreObject {
			return c.bundle.support, x.linked(c.bundle.support)
		}
	case model.ItsLogon:
		if c.kind == model.SupportObject || c.kind == model.StoreObject {
			return c.bundle.logon, x.linked(c.bundle.logon)
		}
	case model.ItsStore:
		if (c.kind == model.SupportObject || c.kind == model.LogonObject) && c.bundle.store != nil {
			return c.bundle.store, x.linked(c.bundle.store)
		}
	case model.ItsModule:
		if c.kind == model.SupportObject {
			return c.module, x.linked(c.bundle.logon)
		}
		return orNone(c.module)
	case model.ItsParent:
		return orNone(c.parent)
	case model.ItsService:
		return x.service(c.module, c.typ)
	}
	return nil, no
}

func (x *moment) service(module *component, t model.ProviderType) (*component, *expr) {
	for _, c := range x.m.components {
		if c.kind == model.ServiceObject && c.session == x.session && x.session != nil && c.module == module && c.typ == t {
			return c, x.present(c)
		}
	}
	return nil, x.m.pool.no
}

// A candidate is a component that the moment concerns, where a condition holds.
type candidate struct {
	c     *component
	where *expr
}

func (x *moment) take(list []candidate, c *component, k model.Kind, t model.ProviderType, where *expr) []candidate {
	if c == nil || c.kind != k || t != model.NoType && c.typ != t || where == x.m.pool.no {
		return list
	}
	return append(list, candidate{c, where})
}

// concerned lists the components of a kind that the moment concerns.
func (x *moment) concerned(k model.Kind, t model.ProviderType) (list []candidate) {
	yes := x.m.pool.yes
	if !x.entering {
		for _, b := range x.births {
			list = x.take(list, b, k, t, yes)
		}
		if len(list) > 0 {
			return list
		}
	}
	exits := x.op == x.m.opExit
	switch k {
	case model.CalledObject:
		if x.on != nil {
			list = append(list, candidate{x.on, yes})
		}
		return list
	case model.CallingObject:
		if x.above != nil && x.above.on != nil && (t == model.NoType || x.above.on.typ == t) {
			list = append(list, candidate{x.above.on, yes})
		}
		return list
	case model.ProcessObject:
		return append(list, candidate{x.m.process, yes})
	case model.ThreadObject:
		if exits {
			for _, th := range x.m.threads {
				list = append(list, candidate{th, yes})
			}
			return list
		}
		return append(list, candidate{x.m.threads[x.thread], yes})
	case model.ModuleObject:
		if exits {
			return x.from(list, x.m.process, k, t)
		}
		return x.take(list, x.module, k, t, yes)
	case model.ServiceObject:
		if x.on != nil && x.on.kind == model.ProviderObject {
			c, where := x.follow(model.TheService)
			return x.take(list, c, k, model.NoType, where)
		}
	}
	if x.on != nil {
		if k == model.SessionObject && x.on.kind != model.SessionObject {
			return x.take(list, x.session, k, t, yes)
		}
		return x.from(list, x.on, k, t)
	}
	switch x.m.group(x.op) {
	case "entry":
		if k == model.SessionObject {
			return x.take(list, x.session, k, t, yes)
		}
		if x.module != nil {
			return x.from(list, x.module, k, t)
		}
	case "module":
		if x.module != nil {
			return x.from(list, x.module, k, t)
		}
	case "MAPI", "process":
		return x.from(list, x.m.process, k, t)
	}
	return list
}

// from appends the components of a kind that belong to a root: itself, its partners, what was opened through it, what it made.
func (x *moment) from(list []candidate, root *component, k model.Kind, t model.ProviderType) []candidate {
	p := x.m.pool
	if root.kind == k {
		list = x.take(list, root, k, t, p.yes)
		if k != model.Subobject {
			return list
		}
	}
	partner := func(c *component) []candidate {
		if c == nil {
			return list
		}
		return x.take(list, c, k, t, x.linked(c))
	}
	switch root.kind {
	case model.SupportObject:
		switch k {
		case model.LogonObject:
			return partner(root.bundle.logon)
		case model.StoreObject:
			return partner(root.bundle.store)
		case model.Subobject:
			if root.bundle.store != nil {
				return x.below(list, root.bundle.store, k, t)
			}
			return list
		}
	case model.LogonObject:
		switch k {
		case model.SupportObject:
			return partner(root.bundle.support)
		case model.StoreObject:
			return partner(root.bundle.store)
		case model.ProviderObject:
			return x.take(list, root.provider, k, t, x.present(root.provider))
		case model.Subobject, model.UIDObject, model.RowObject:
			return x.below(list, root.bundle.support, k, t)
		}
	case model.ProviderObject:
		switch k {
		case model.LogonObject:
			for _, l := range root.made {
				list = x.take(list, l, k, t, p.and(x.present(l), x.present(root)))
			}
		case model.SupportObject:
			list = x.take(list, x.arg, k, t, p.yes)
		}
		return list
	case model.StoreObject:
		switch k {
		case model.SupportObject:
			return partner(root.bundle.support)
		case model.LogonObject:
			return partner(root.bundle.logon)
		}
	case model.ModuleObject:
		if k == model.LogonObject || k == model.SupportObject || k == model.StoreObject {
			for _, made := range root.children {
				for _, l := range made.made {
					where := p.and(x.present(l), x.present(made))
					for _, c := range x.from(nil, l, k, t) {
						list = append(list, candidate{c.c, p.and(where, c.where)})
					}
				}
			}
			return list
		}
	}
	return x.below(list, root, k, t)
}

func (x *moment) below(list []candidate, root *component, k model.Kind, t model.ProviderType) []candidate {
	for _, c := range x.m.components {
		if c != root && c.kind == k {
			list = x.take(list, c, k, t, x.under(c, root))
		}
	}
	return list
}

func (x *moment) tri(b bool) tri { return tri{x.m.pool.truth(b), x.m.pool.truth(!b)} }

func (x *moment) sure(e *expr) tri { return tri{e, x.m.pool.not(e)} }

// where makes a truth value unknown where a condition does not hold.
func (x *moment) where(known *expr, t tri) tri {
	return tri{x.m.pool.and(known, t.yes), x.m.pool.and(known, t.no)}
}

// cond works out a condition.
func (x *moment) cond(c model.Cond) tri {
	p := x.m.pool
	switch c.Is {
	case model.CondAlways:
		return x.tri(true)
	case model.CondAll, model.CondAny:
		var yes, no []*expr
		for _, part := range c.Parts {
			t := x.cond(part)
			yes, no = append(yes, t.yes), append(no, t.no)
		}
		if c.Is == model.CondAll {
			return tri{p.and(yes...), p.or(no...)}
		}
		return tri{p.or(yes...), p.and(no...)}
	case model.CondNot:
		t := x.cond(c.Parts[0])
		return tri{t.no, t.yes}
	case model.CondReading:
		return x.tri(x.m.profile.Has(c.Read))
	case model.CondAtLeast, model.CondAtMost, model.CondEqual, model.CondOnlyBits, model.CondAnyBit, model.CondOneBit, model.CondIsNull, model.CondIsGiven:
		return x.compare(c)
	case model.CondMadeBy:
		return x.tri(x.maker&c.Sides != 0)
	case model.CondSaidBy:
		return x.tri(x.by&c.Sides != 0)
	case model.CondObserved:
		return x.tri(slices.Contains(model.Names(), c.Names))
	case model.CondAtEntry:
		if t, ok := x.entry[x.m.keyOf(&c.Parts[0])]; ok {
			return t
		}
		panic("explore: nothing is known of the beginning of the call")
	case model.CondOutermost:
		return x.tri(x.above == nil)
	case model.CondDirectly:
		return x.tri(x.above != nil && slices.Contains(model.Matching(c.Names), x.above.op))
	case model.CondWithin, model.CondWithinOn:
		set := model.Matching(c.Names)
		var wanted *component
		known := p.yes
		if c.Is == model.CondWithinOn {
			if wanted, known = x.follow(c.Path); wanted == nil {
				return tri{p.no, p.no}
			}
		}
		for n := x.above; n != nil; n = n.parent {
			if slices.Contains(set, n.op) && (wanted == nil || n.on == wanted) {
				return x.where(known, x.tri(true))
			}
		}
		return x.where(known, x.tri(false))
	case model.CondLeaksCount:
		return x.cond(model.Not(model.TheProcess.In("Exiting Resumed")))
	case model.CondAsks, model.CondWasAlive, model.CondUndisturbed, model.CondBornInside, model.CondFirstInside:
		// No call that is explored asks for an interface, hands out again what is alive, or is judged by these.
		if c.Is == model.CondAsks || c.Is == model.CondWasAlive {
			return x.tri(false)
		}
		return tri{p.no, p.no}
	case model.CondCalledAs:
		return x.tri(false)
	}
	return x.about(c)
}

// keyOf tells conditions apart.
func (m *Machine) keyOf(c *model.Cond) string {
	key, ok := m.keys[c]
	if !ok {
		key = fmt.Sprintf("%#v", *c)
		m.keys[c] = key
	}
	return key
}

func (x *moment) about(c model.Cond) tri {
	p := x.m.pool
	o, is := x.follow(c.Path)
	switch c.Is {
	case model.CondKnown:
		return x.sure(is)
	case model.CondIsDying:
		if o == nil || o.phase == nil {
			return x.tri(false)
		}
		return x.sure(p.and(is, x.inPhase(o, dying)))
	case model.CondIsDead:
		if o == nil || o.phase == nil {
			return x.tri(false)
		}
		return x.sure(p.and(is, x.inPhase(o, dead)))
	case model.CondOfKind:
		return x.sure(p.and(is, p.truth(o != nil && o.kind == c.Kind)))
	}
	if o == nil {
		return tri{p.no, p.no}
	}
	switch c.Is {
	case model.CondInState:
		for n, l := range o.lives {
			var any []*expr
			found := false
			for s, name := range l.states {
				if slices.Contains(model.Words(c.Names), name) {
					found = true
					any = append(any, p.is(x.get(o.states[n]), s+1))
				}
			}
			if found {
				return x.where(is, x.sure(p.or(any...)))
			}
		}
		return x.where(is, x.tri(false))
	case model.CondMarked:
		f := o.marks[c.Names]
		if f == nil {
			return x.where(is, x.tri(false))
		}
		return x.where(is, x.sure(p.is(x.get(f), 1)))
	case model.CondIsType:
		if o.typ == model.NoType {
			return tri{p.no, p.no}
		}
		return x.where(is, x.tri(o.typ == c.Typ))
	case model.CondHasInterface:
		return x.where(is, x.tri(o.iface == c.Names))
	case model.CondPassedIn:
		for n := x.above; n != nil; n = n.parent {
			if n.arg == o {
				return x.where(is, x.tri(true))
			}
		}
		return x.tri(false)
	case model.CondSame:
		q, other := x.follow(c.Other)
		return x.where(p.and(is, other), x.tri(o == q))
	case model.CondLastReference:
		lo, hi := x.references(o, 0)
		one, two := p.number(1), p.number(2)
		counts := x.inPhase(o, alive)
		yes := p.and(counts, p.equal(lo, one), p.equal(hi, one))
		no := p.or(p.not(counts), p.atLeast(lo, two), p.is(hi, 0))
		return x.where(is, tri{yes, no})
	case model.CondHasChildren:
		return x.where(is, x.sure(x.childrenLive(o, nil)))
	case model.CondIndividual:
		return x.where(is, x.tri(true)) // sessions are opened with MAPI_NEW_SESSION
	case model.CondHeldByOthers: // no two clients share a store
		return x.where(is, x.tri(false))
	}
	// What is left asks about several sessions of one client, recordings that start late, and references taken on what dies: none of that is
	// explored.
	x.m.unread[c.Is]++
	return x.tri(false)
}

// references is how many there are on a component: of a side, or of all. Calls of AddRef that run make it uncertain.
func (x *moment) references(c *component, sides model.Side) (lo, hi *expr) {
	p := x.m.pool
	lo = p.no
	for s, f := range c.refs {
		if f == nil {
			continue
		}
		switch {
		case sides == 0, s == clients && sides&model.Client != 0, s == mapis && sides&model.MAPI != 0, s == owns && sides&model.Provider != 0:
			lo = p.add(lo, x.get(f))
		}
	}
	return lo, p.add(lo, x.runningOn(c))
}

// runningOn is how many AddRef calls run on a component.
func (x *moment) runningOn(c *component) *expr {
	return x.open("AddRef on "+c.name, func(n *node) bool {
		return n.on == c && model.OperationOf(n.op).Method == "AddRef"
	})
}

// open counts the calls that are open, on all threads, this one included.
func (x *moment) open(name string, which func(*node) bool) *expr {
	sum := x.m.pool.no
	for t := range x.m.threads {
		if t != x.thread {
			sum = x.m.pool.add(sum, x.m.pool.pick(x.m.pool.load(x.m.at[t]), x.m.openIn(t, name, which)))
		}
	}
	own := 0
	n := x.above
	if x.node != nil {
		n = x.node
	}
	for ; n != nil; n = n.parent {
		if which(n) && !(n == x.node && x.entering && model.OperationOf(n.op).Method == "AddRef") { // it counts when the rules have looked
			own++
		}
	}
	return x.m.pool.add(sum, x.m.pool.number(own))
}

// childrenLive holds where something that was opened through the component lives.
func (x *moment) childrenLive(c, but *component) *expr {
	var any []*expr
	for _, child := range c.children {
		if child == but || child.kind != model.Subobject && child.kind != model.StoreObject {
			continue
		}
		lo, _ := x.references(child, 0)
		any = append(any, x.m.pool.and(x.inPhase(child, alive), x.m.pool.atLeast(lo, x.m.pool.yes)), x.inPhase(child, kept))
	}
	return x.m.pool.or(any...)
}

func (x *moment) compare(c model.Cond) tri {
	p := x.m.pool
	l := x.term(c.Left)
	switch c.Is {
	case model.CondIsNull:
		if !l.given {
			return tri{p.no, p.no}
		}
		return x.tri(l.null)
	case model.CondIsGiven:
		if l.memory != nil {
			return x.sure(l.known)
		}
		return x.tri(l.given)
	}
	r := x.term(c.Right)
	known := p.and(l.known, r.known)
	if c.Is == model.CondEqual {
		switch {
		case l.null && r.null:
			return x.tri(true)
		case l.null && r.given && r.memory == nil, r.null && l.given && l.memory == nil:
			return x.tri(false)
		case l.null || r.null:
			return x.where(known, x.tri(false))
		case l.memory != nil && r.memory != nil:
			return x.where(known, x.sure(p.equal(l.memory, r.memory)))
		case l.memory != nil && r.given:
			return x.where(known, x.sure(p.is(l.memory, x.m.valueOf(r.exact))))
		case r.memory != nil && l.given:
			return x.where(known, x.sure(p.is(r.memory, x.m.valueOf(l.exact))))
		}
	}
	if l.null || r.null {
		return tri{p.no, p.no}
	}
	switch c.Is {
	case model.CondOnlyBits, model.CondAnyBit, model.CondOneBit:
		mask := r.exact
		test := func(n uint64) bool {
			switch c.Is {
			case model.CondOnlyBits:
				return n&^mask == 0
			case model.CondAnyBit:
				return n&mask != 0
			}
			return n&^mask == 0 && bits.OnesCount64(n) == 1
		}
		if l.memory == nil {
			if !l.given {
				return tri{p.no, p.no}
			}
			return x.tri(test(l.exact))
		}
		var any []*expr
		for n, v := range x.m.values {
			if test(v) {
				any = append(any, p.is(l.memory, n+1))
			}
		}
		return x.where(known, x.sure(p.or(any...)))
	}
	if l.lo == nil || r.lo == nil { // values of the call
		if !l.given || !r.given {
			return tri{p.no, p.no}
		}
		switch c.Is {
		case model.CondAtLeast:
			return x.tri(l.exact >= r.exact)
		case model.CondAtMost:
			return x.tri(l.exact <= r.exact)
		}
		return x.tri(l.exact == r.exact)
	}
	switch c.Is {
	case model.CondAtLeast:
		return x.where(known, tri{p.atLeast(l.lo, r.hi), p.not(p.atLeast(l.hi, r.lo))})
	case model.CondAtMost:
		return x.where(known, tri{p.atLeast(r.lo, l.hi), p.not(p.atLeast(r.hi, l.lo))})
	}
	return x.where(known, tri{
		p.and(p.equal(l.lo, l.hi), p.equal(r.lo, r.hi), p.equal(l.lo, r.lo)),
		p.or(p.not(p.atLeast(l.hi, r.lo)), p.not(p.atLeast(r.hi, l.lo))),
	})
}

func (x *moment) term(t model.Term) value {
	p := x.m.pool
	exactly := func(n uint64) value {
		v := value{known: p.yes, given: true, exact: n &^ t.Mask}
		if n < 1<<16 {
			v.lo = p.number(int(n &^ t.Mask))
			v.hi = v.lo
		}
		return v
	}
	unknown := value{known: p.no}
	of := func(list []Arg) value {
		for _, a := range list {
			if model.ParamOf(a.Name) != model.ParamOf(t.Name) {
				continue
			}
			if a.Null {
				return value{known: p.yes, given: true, null: true}
			}
			return exactly(a.number())
		}
		return unknown
	}
	span := func(known, lo, hi *expr) value { return value{lo: lo, hi: hi, known: known} }
	switch t.What {
	case model.TermNone:
		return unknown
	case model.TermConstant:
		return exactly(t.N)
	case model.TermArgument:
		return of(x.args)
	case model.TermOutput:
		return of(x.outs)
	case model.TermCallerArgument:
		if x.above != nil && slices.Contains(model.Matching(t.Ops), x.above.op) {
			return of(x.above.args)
		}
		return unknown
	case model.TermResult:
		if !x.hasHR {
			return unknown
		}
		return exactly(uint64(x.result))
	case model.TermReturned:
		return unknown
	case model.TermSessionNumber:
		if x.session == nil {
			return unknown
		}
		return exactly(uint64(x.session.number) + 1<<8)
	case model.TermReferences:
		o, is := x.follow(t.Path)
		if o == nil {
			return unknown
		}
		lo, hi := x.references(o, t.Sides)
		return span(is, lo, hi)
	case model.TermCounter:
		o, is := x.follow(t.Path)
		if o == nil || o.counts[t.Name] == nil {
			return unknown
		}
		lo := x.get(o.counts[t.Name])
		return span(is, lo, p.add(lo, x.growing(o, t.Name)))
	case model.TermRemembered:
		o, is := x.follow(t.Path)
		if o == nil || o.values[t.Name] == nil {
			return unknown
		}
		f := x.get(o.values[t.Name])
		return value{memory: f, known: p.and(is, p.not(p.is(f, 0)))}
	case model.TermRunning:
		set := model.Matching(t.Name)
		n := x.open("calls of "+t.Name, func(n *node) bool { return slices.Contains(set, n.op) })
		return span(p.yes, n, n)
	case model.TermPopulation:
		o, is := x.follow(t.Path)
		if o == nil {
			return unknown
		}
		saved := x.this
		lo, hi := p.no, p.no
		for _, c := range x.from(nil, o, t.Kind, model.NoType) {
			x.this = c.c
			answer := x.cond(*t.Where)
			lo = p.add(lo, p.choose(p.and(c.where, answer.yes), p.yes, p.no))
			hi = p.add(hi, p.choose(p.and(c.where, p.not(answer.no)), p.yes, p.no))
		}
		x.this = saved
		return span(is, lo, hi)
	}
	panic("explore: a term without a meaning")
}

// growing is how many calls run that may yet raise a counter of the component.
func (x *moment) growing(c *component, name string) *expr {
	for _, l := range c.lives {
		for _, n := range l.def.Counters {
			if n.Name != name || isInstant(n.Up.Ops) {
				continue
			}
			set := model.Matching(n.Up.Ops)
			if c.kind != model.ThreadObject {
				return x.open("calls of "+n.Up.Ops, func(n *node) bool {
					return n != x.node && slices.Contains(set, n.op) || n == x.node && !x.entering && slices.Contains(set, n.op)
				})
			}
			own := 0
			if x.node != nil && !x.entering && slices.Contains(set, x.node.op) {
				own = 1
			}
			return x.m.pool.number(own)
		}
	}
	return x.m.pool.no
}
