package explore

import (
	"fmt"
	"slices"

	"mapilife/model"
)

// A Step is what happens in one step, in the words of a trace.
type Step struct {
	Thread int // from 1
	Kind   model.EventKind
	Call   string
	On     string
	By     model.Side
	Module string
	Args   []Arg // of a call: arguments; of a return: out parameters
	Result model.HResult
	HasHR  bool
}

func (s Step) String() string {
	text := fmt.Sprintf("T%d ", s.Thread)
	switch s.Kind {
	case model.CallEvent:
		if s.On != "" {
			text += s.On + " "
		}
		return text + s.Call + " {"
	case model.ReturnEvent:
		if s.HasHR {
			return text + "} -> " + s.Result.String() + "   from " + s.Call
		}
		return text + "} ->   from " + s.Call
	case model.LoadEvent:
		return text + "load " + s.Module
	case model.UnloadEvent:
		return text + "unload " + s.Module
	}
	return text + "end exit"
}

// enter works out the entry of a call: one action for each thing that its return will have to know of its beginning.
func (m *Machine) enter(t int, at *node, c *call, on, target *component) []*action {
	x := &moment{m: m, now: map[*field]*expr{}, thread: t, above: at, entering: true, on: on, by: c.by, args: c.args}
	n := &node{parent: at, spec: c, on: on, target: target}
	if at != nil {
		n.about, n.session, n.module = at.about, at.session, at.module
		if c.on != model.NoKind {
			n.module = nil
		}
	}
	n.about = n.about.with(on).with(target)
	if m.strange(c, on, target) {
		return nil
	}
	x.needs = append(x.needs, m.pool.not(x.get(m.ended)))
	if at != nil { // it ends with all calls returned
		x.needs = nil
	}
	if c.knows != nil {
		x.needs = append(x.needs, c.knows(x, on, target))
	}
	x.maker = c.by
	if c.event {
		return m.instant(x, c, at, target)
	}
	n.call = model.ParseCall(c.name)
	n.op = n.call.Op()
	n.answerer = n.call.Answers()
	if n.answerer == model.NoSide {
		n.answerer = model.Provider
	}
	n.maker, x.answerer, x.call, x.op = c.by, n.answerer, n.call, n.op
	if on != nil {
		for p := on; p != nil; p = p.parent {
			if p.kind == model.SessionObject {
				n.session = p
			}
		}
		if on.module != nil {
			n.module = on.module
		}
	}
	if target != nil && target.kind == model.ProviderObject {
		n.module = target.module
	}
	x.node, x.module, x.session = n, n.module, n.session
	x.args = slices.Clone(c.args)
	switch {
	case c.support:
		n.arg, x.arg = target, target
		x.args = append(x.args, Arg{Name: "lpMAPISup", Text: target.name})
		if target.typ == model.MSType {
			x.args = append(x.args, Arg{Name: "lpEntryID", Text: target.bundle.store.name + "-id"}, Arg{Name: "lppMSLogon", Num: 1})
		}
		x.born(target)
		x.set(target.refs[mapis], m.pool.yes, m.pool.yes)
		if service, _ := x.service(x.module, on.typ); service != nil {
			first := m.pool.is(x.get(service.states[0]), 0)
			for i, l := range service.lives {
				x.set(service.states[i], first, m.pool.number(l.born+1))
			}
		}
	case target != nil && target.kind == model.StoreObject:
		x.args = append(x.args, Arg{Name: "lpEntryID", Text: target.name + "-id"})
	case target != nil && target.kind == model.UIDObject:
		x.args = append(x.args, Arg{Name: "lpProviderID", Text: target.name + "-id"})
	}
	n.args = x.args

	// What the return asks about the beginning.
	conds := m.entryConds[n.op]
	x.this = x.on
	truths := make([]tri, len(conds))
	for i, d := range conds {
		truths[i] = x.cond(*d)
	}
	released := model.OperationOf(n.op).Method == "Release"
	last := x.tri(false)
	if released {
		last = x.about(model.On.LastReference())
	}
	x.happen()
	var list []*action
	var open func(i int, pins []*expr, entry map[string]tri)
	finish := func(pins []*expr, entry map[string]tri, isLast bool) {
		y := *x
		y.now = map[*field]*expr{}
		for f, e := range x.now {
			y.now[f] = e
		}
		y.needs = append(slices.Clone(x.needs), pins...)
		y.undecided, y.broken = slices.Clone(x.undecided), slices.Clone(x.broken)
		to := *n
		to.entry, to.last = entry, isLast
		if released {
			y.releasing(isLast)
		}
		child := m.intern(t, &to)
		step := Step{Thread: t + 1, Kind: model.CallEvent, Call: c.name, By: c.by, Args: n.args}
		if on != nil {
			step.On = on.name
		} else if n.module != nil && m.group(n.op) == "entry" {
			step.Module = n.module.name
		}
		if a := y.action(t, at, child, step); a != nil {
			list = append(list, a)
		}
	}
	open = func(i int, pins []*expr, entry map[string]tri) {
		if i == len(conds) {
			if !released {
				finish(pins, entry, false)
				return
			}
			for _, v := range []struct {
				is   bool
				when *expr
			}{{true, last.yes}, {false, last.no}} {
				finish(append(slices.Clone(pins), v.when), entry, v.is)
			}
			return
		}
		for _, is := range []bool{true, false} {
			when := truths[i].yes
			if !is {
				when = truths[i].no
			}
			if when == m.pool.no {
				continue
			}
			next := map[string]tri{}
			for k, v := range entry {
				next[k] = v
			}
			next[m.keyOf(conds[i])] = x.tri(is)
			open(i+1, append(slices.Clone(pins), when), next)
		}
		if m.pool.or(truths[i].yes, truths[i].no) == m.pool.no { // never known
			next := map[string]tri{}
			for k, v := range entry {
				next[k] = v
			}
			next[m.keyOf(conds[i])] = tri{m.pool.no, m.pool.no}
			open(i+1, pins, next)
		}
	}
	open(0, nil, map[string]tri{})
	return list
}

// strange tells calls that the kinds alone would allow.
func (m *Machine) strange(c *call, on, target *component) bool {
	switch c.name {
	case "IAddrBook::Release":
		return on.iface != "IAddrBook"
	case "IMAPIFolder::Release":
		return on.iface != "IMAPIFolder"
	case "IMAPISession::OpenAddressBook":
		return target.iface != "IAddrBook"
	case "IMsgStore::OpenEntry":
		return target.iface != "IMAPIFolder"
	}
	return false
}

// born begins an object's life.
func (x *moment) born(c *component) {
	yes := x.m.pool.yes
	x.set(c.phase, yes, x.m.pool.number(alive))
	for i, l := range c.lives {
		x.set(c.states[i], yes, x.m.pool.number(l.born+1))
	}
	for _, list := range []map[string]*field{c.marks, c.values} {
		for _, f := range list {
			x.set(f, yes, x.m.pool.no)
		}
	}
	for _, f := range c.refs {
		x.set(f, yes, x.m.pool.no)
	}
}

// instant works out a load or an unload.
func (m *Machine) instant(x *moment, c *call, at *node, target *component) []*action {
	x.op, _ = model.OperationNamed(c.name)
	x.module, x.answerer = target, model.System
	x.happen()
	kind := model.LoadEvent
	if c.name == "event-unload" {
		kind = model.UnloadEvent
	}
	a := x.action(x.thread, at, at, Step{Thread: x.thread + 1, Kind: kind, Module: target.name})
	if a == nil {
		return nil
	}
	return []*action{a}
}

// exit works out the end of the process, where no call is open.
func (m *Machine) exit(t int) *action {
	x := &moment{m: m, now: map[*field]*expr{}, thread: t, entering: true, op: m.opExit, maker: model.MAPI, answerer: model.System}
	x.needs = append(x.needs, m.pool.not(x.get(m.ended)))
	for other := range m.threads {
		if other != t {
			x.needs = append(x.needs, m.pool.is(m.pool.load(m.at[other]), 0))
		}
	}
	how := x.end()
	x.happen()
	x.now = map[*field]*expr{}
	for _, f := range m.fields {
		if f != m.ended {
			x.now[f] = m.pool.number(f.start)
		}
	}
	x.now[m.ended] = how
	return x.action(t, nil, nil, Step{Thread: t + 1, Kind: model.EndEvent})
}

// leave works out a return.
func (m *Machine) leave(t int, n *node, failed bool) []*action {
	c := n.spec
	if !failed && c.after != "" && c.after != n.progress || failed && n.progress != "" {
		return nil
	}
	x := &moment{m: m, now: map[*field]*expr{}, thread: t, node: n, above: n.parent, call: n.call, op: n.op, on: n.on, module: n.module, session: n.session,
		arg: n.arg, maker: n.maker, answerer: n.answerer, by: c.by, args: n.args, entry: n.entry, hasHR: !c.void}
	if c.returns != nil {
		x.needs = append(x.needs, c.returns(x, n.on, n.target))
	}
	up := n.parent
	if failed {
		x.result = c.fails
		if c.name == "MAPILogonEx" {
			x.needs = append(x.needs, x.nothing(n.target, nil))
		}
		if c.name == "IMAPISession::OpenMsgStore" {
			x.needs = append(x.needs, x.inPhase(n.target, none), x.inPhase(n.target.bundle.logon, none))
		}
	} else {
		x.outs = slices.Clone(c.outs)
		x.handOut(n)
		if up != nil && c.then != "" {
			next := *up
			next.progress = c.then
			up = m.intern(t, &next)
		}
	}
	x.happen()
	var gone []*component
	switch model.OperationOf(n.op).Method {
	case "AddRef":
		x.grow(n.on.refs[holder(n.maker)], m.pool.yes)
	case "Release":
		if n.last {
			x.set(n.on.phase, m.pool.yes, m.pool.number(dead))
			gone = append(gone, n.on)
			if p := n.on.parent; p != nil && p.kind == model.StoreObject { // what it kept alive dies with it
				x.set(p.phase, x.inPhase(p, dying), m.pool.number(dead))
				gone = append(gone, p)
			}
		}
	}
	for _, c := range gone {
		x.forget(c)
	}
	a := x.action(t, n, up, Step{Thread: t + 1, Kind: model.ReturnEvent, Call: c.name, Args: x.outs, Result: x.result, HasHR: x.hasHR})
	if a == nil {
		return nil
	}
	return []*action{a}
}

// grow adds one, where there is room.
func (x *moment) grow(f *field, where *expr) {
	p := x.m.pool
	x.needs = append(x.needs, p.or(p.not(where), p.not(p.is(x.get(f), f.max))))
	x.set(f, where, p.add(x.get(f), p.yes))
}

// handOut gives birth to what the call returns.
func (x *moment) handOut(n *node) {
	yes := x.m.pool.yes
	give := func(c *component, side int, param string) {
		x.born(c)
		x.set(c.refs[side], yes, yes)
		x.births = append(x.births, c)
		x.outs = append(x.outs, Arg{Name: param, Text: c.name})
	}
	switch n.spec.name {
	case "MAPILogonEx":
		give(n.target, clients, "lppSession")
	case "IMAPISession::OpenAddressBook":
		give(n.target, clients, "lppAdrBook")
	case "IMsgStore::OpenEntry":
		x.outs = append(x.outs, Arg{Name: "ulObjType", Num: 3})
		give(n.target, clients, "lppUnk")
	case "IMAPISession::OpenMsgStore": // MAPI passes its reference on
		x.set(n.target.refs[mapis], yes, x.m.pool.sub(x.get(n.target.refs[mapis]), yes))
		x.grow(n.target.refs[clients], yes)
		x.outs = append(x.outs, Arg{Name: "lppMDB", Text: n.target.name})
	case "ABProviderInit":
		give(n.target, mapis, "lppABProvider")
	case "MSProviderInit":
		give(n.target, mapis, "lppMSProvider")
	case "XPProviderInit":
		give(n.target, mapis, "lppXPProvider")
	case "IABProvider::Logon":
		give(n.target.bundle.logon, mapis, "lppABLogon")
	case "IMSProvider::Logon":
		give(n.target.bundle.logon, mapis, "lppMSLogon")
		give(n.target.bundle.store, mapis, "lppMDB")
	case "IXPProvider::TransportLogon":
		give(n.target.bundle.logon, mapis, "lppXPLogon")
	}
}

// releasing takes a reference away. The last one kills the object, unless something opened through it lives.
func (x *moment) releasing(last bool) {
	m, c := x.m, x.on
	f := c.refs[holder(x.maker)]
	x.set(f, m.pool.yes, m.pool.sub(x.get(f), m.pool.yes))
	if !last {
		return
	}
	children := x.childrenLive(c, nil)
	if c.kind != model.StoreObject { // a session that outlives itself is not explored
		x.needs = append(x.needs, m.pool.not(children))
		children = m.pool.no
	}
	if children != m.pool.no {
		x.needs = append(x.needs, x.m.pool.yes)
	}
	x.set(c.phase, m.pool.yes, m.pool.choose(children, m.pool.number(kept), m.pool.number(dying)))
	if p := c.parent; p != nil && p.kind == model.StoreObject {
		alone := m.pool.and(x.inPhase(p, kept), m.pool.not(x.childrenLive(p, c)))
		if alone == m.pool.no {
			return
		}
		x.set(p.phase, alone, m.pool.number(dying))
		y := *x
		y.on, y.op, y.node, y.above, y.this = p, m.opLast, nil, x.node, nil
		y.happenWhere(alone)
		x.needs, x.undecided, x.broken = y.needs, y.undecided, y.broken
	}
}

// forget clears places that nothing leads to any more.
func (x *moment) forget(c *component) {
	p := x.m.pool
	clear := func(c *component, where *expr) {
		x.set(c.phase, where, p.no)
		for _, list := range []map[string]*field{c.marks, c.values, c.counts} {
			for _, f := range list {
				x.set(f, where, p.no)
			}
		}
		for _, f := range slices.Concat(c.states, c.refs[:]) {
			x.set(f, where, p.no)
		}
	}
	where := x.inPhase(c, dead)
	if c.kind == model.SupportObject { // its registrations are over with it
		for _, o := range slices.Concat(c.bundle.uids, c.bundle.rows) {
			clear(o, where)
		}
	}
	if c.bundle != nil && c.kind != model.Subobject {
		var all []*expr
		for _, o := range c.bundle.all() {
			all = append(all, x.inPhase(o, none, dead))
		}
		where = p.and(append(all, where)...)
		for _, o := range c.bundle.all() {
			clear(o, where)
		}
		return
	}
	for _, o := range x.m.components { // what is over with it
		if o.kind == model.ServiceObject && c.kind == model.SessionObject && o.session == c {
			clear(o, where)
		}
	}
	clear(c, where)
}

// happen has the rules judge the moment, and the lifecycles, counters, marks and values react to it.
func (x *moment) happen() { x.happenWhere(x.m.pool.yes) }

func (x *moment) happenWhere(where *expr) {
	m, p := x.m, x.m.pool
	phase := model.Returning
	if x.entering {
		phase = model.Entering
	}
	list := m.triggers[phase][x.op]
	sures := make([]tri, len(list))
	x.this = x.on
	for i, t := range list {
		sures[i] = tri{p.no, p.yes}
		switch {
		case !x.entering && t.def.Outcome == model.Success && x.result.Failed():
		case !x.entering && t.def.Outcome == model.Failure && !x.result.Failed():
		case len(t.def.Codes) > 0 && !(x.hasHR && slices.Contains(t.def.Codes, x.result)):
		default:
			x.this = x.on
			sures[i] = x.cond(t.def.Cond)
			sures[i] = tri{p.and(where, sures[i].yes), p.or(p.not(where), sures[i].no)}
		}
	}
	for i, t := range list {
		if sures[i].no == p.yes {
			continue
		}
		for _, g := range t.guards {
			x.guard(g, sures[i])
		}
		for _, d := range t.dues {
			x.due(d, sures[i])
		}
	}
	for i, t := range list {
		if sures[i].no == p.yes {
			continue
		}
		for _, e := range t.lives {
			x.move(e, sures[i])
		}
	}
	for i, t := range list {
		if sures[i].no == p.yes {
			continue
		}
		for _, n := range t.counts {
			for _, c := range x.concerned(n.of, n.typ) {
				f := c.c.counts[n.name]
				yes := p.and(c.where, sures[i].yes)
				x.unclear(p.and(c.where, p.not(p.or(sures[i].yes, sures[i].no))))
				if n.by > 0 {
					x.grow(f, yes)
				} else {
					x.set(f, yes, p.sub(x.get(f), p.yes))
				}
			}
		}
		for _, k := range t.marks {
			for _, c := range x.concerned(k.of, k.typ) {
				x.set(c.c.marks[k.name], p.and(c.where, sures[i].yes), p.number(k.to))
				x.doubt(c.c.marks[k.name], p.and(c.where, p.not(p.or(sures[i].yes, sures[i].no))))
			}
		}
		for _, v := range t.values {
			x.this = x.on
			from := x.term(v.from)
			for _, c := range x.concerned(v.of, v.typ) {
				to := 0
				if from.given && !from.null {
					to = m.valueOf(from.exact)
				}
				x.set(c.c.values[v.name], p.and(c.where, sures[i].yes), p.number(to))
				x.doubt(c.c.values[v.name], p.and(c.where, p.not(p.or(sures[i].yes, sures[i].no))))
			}
		}
	}
	for _, c := range m.components { // registrations that ended in this moment
		if c.kind != model.UIDObject && c.kind != model.RowObject {
			continue
		}
		for i, l := range c.lives {
			x.set(c.states[i], p.is(x.get(c.states[i]), slices.Index(l.states, "Gone")+1), p.no)
		}
	}
}

func (x *moment) unclear(where *expr) {
	if where != x.m.pool.no {
		x.undecided = append(x.undecided, where)
	}
}

// doubt makes a step undecided that may or may not change a field that matters.
func (x *moment) doubt(f *field, where *expr) {
	if f != nil && f.live {
		x.unclear(where)
	}
}

func (x *moment) breaks(rule string, where *expr) {
	if where != x.m.pool.no {
		x.broken = append(x.broken, broken{rule, where})
	}
}

func (x *moment) guard(g guardOf, sure tri) {
	p := x.m.pool
	who := x.maker
	if !x.entering {
		who = x.answerer
	}
	if g.def.Holds.Is == model.CondAlways || g.def.Owes == model.NoSide && !model.Owes(g.rule.Owes, who) {
		return
	}
	of := g.def.Of
	if of == model.NoKind {
		of = model.ProcessObject
	}
	for _, c := range x.concerned(of, g.def.Type) {
		x.this = c.c
		when := p.and(sure.yes, c.where, x.cond(g.def.If).yes)
		if when == p.no {
			continue
		}
		x.breaks(g.rule.ID, p.and(when, x.cond(g.def.Holds).no))
	}
}

func (x *moment) due(d dueOf, sure tri) {
	if d.due.Proven {
		return
	}
	p := x.m.pool
	for _, c := range x.concerned(d.duty.Of, d.duty.Type) {
		x.this = c.c
		when := p.and(sure.yes, c.where, x.cond(d.duty.If).yes, x.cond(d.due.If).yes)
		if when == p.no {
			continue
		}
		x.breaks(d.rule.ID, p.and(when, x.cond(d.duty.Owed).yes))
	}
}

// move steps the lifecycle of every object that the moment concerns, or makes a new one.
func (x *moment) move(e lifeOf, sure tri) {
	m, p := x.m, x.m.pool
	who := x.maker
	if !x.entering {
		who = x.answerer
	}
	def := e.life.def
	if to := e.life.makes[e.event]; to >= 0 {
		c := x.node.target
		if c == nil || c.kind != def.Of {
			return
		}
		x.unclear(p.not(p.or(sure.yes, sure.no)))
		for i, l := range c.lives {
			if l == e.life {
				x.set(c.states[i], sure.yes, p.number(to+1))
			}
		}
		x.births = append(x.births, c)
		return
	}
	for _, c := range x.concerned(def.Of, def.Type) {
		at := slices.Index(c.c.lives, e.life)
		if at < 0 {
			continue
		}
		f := c.c.states[at]
		x.this = c.c
		ifs := x.cond(e.life.ifs[e.event])
		yes := p.and(c.where, sure.yes, ifs.yes)
		maybe := p.and(c.where, p.not(sure.no), p.not(ifs.no), p.not(p.and(sure.yes, ifs.yes)))
		before := x.get(f)
		after := &picks{name: fmt.Sprintf("%s on %s", def.Name, e.life.events[e.event].Name), list: []int{0}}
		moves, reacts := false, []*expr{}
		for s := range e.life.states {
			to := s
			if n := e.life.table[e.event][s]; n != model.Illegal {
				to = int(n)
			} else if r := e.life.broken[e.event][s]; r != nil {
				if r.To != "" {
					to = slices.Index(e.life.states, r.To)
				}
				rule := m.rule(firstWord(r.Breaks))
				if model.Owes(rule.Owes, who) {
					x.breaks(rule.ID, p.and(yes, p.is(before, s+1)))
				}
			}
			after.list = append(after.list, to+1)
			if to != s {
				moves = true
				reacts = append(reacts, p.is(before, s+1))
			}
		}
		if moves {
			x.set(f, yes, p.pick(before, after))
			if f.live {
				x.unclear(p.and(maybe, p.or(reacts...)))
			}
		}
	}
}

func firstWord(s string) string {
	for i := range len(s) {
		if s[i] == ' ' {
			return s[:i]
		}
	}
	return s
}

func (m *Machine) rule(id string) *model.Rule {
	i := slices.IndexFunc(m.spec.Rules, func(r *model.Rule) bool { return r.ID == id })
	return m.spec.Rules[i]
}

// action sums the moment up; nil if it can never be.
func (x *moment) action(t int, from, to *node, step Step) *action {
	p := x.m.pool
	a := &action{thread: t, from: from, to: to, step: step, needs: p.and(x.needs...), decided: p.not(p.or(x.undecided...))}
	if a.needs == p.no || a.decided == p.no {
		return nil
	}
	for _, b := range x.broken {
		if b.where == p.yes {
			b.where = a.needs
		}
		a.broken = append(a.broken, b)
	}
	id := 0
	if to != nil {
		id = to.id
	}
	for _, f := range x.m.fields {
		e := x.now[f]
		if e == nil || !f.live || e == p.load(f) || f == x.m.at[t] {
			continue
		}
		a.changes = append(a.changes, change{f, e})
	}
	old := 0
	if from != nil {
		old = from.id
	}
	if id != old {
		a.changes = append(a.changes, change{x.m.at[t], p.number(id)})
	}
	return a
}
