package model

import (
	"fmt"
	"slices"
	"strings"
)

// Tables say for each lifecycle, event and state where a legal event leads. They are made from the rows by whoever reads them:
// package fsm asks looplab machines, RowTables reads the rows.
type Tables map[string]Table

// A Table is indexed by the lifecycle's triggers and states, in the order of Lifecycle.Events and Lifecycle.States; Illegal marks a
// state in which the event has no legal row.
type Table [][]int8

// Illegal is a cell without a legal row.
const Illegal int8 = -1

// NewState is what comes before an object's birth.
const NewState = "new"

// gone is the name of the state after the last Release, which every lifecycle that has one shares.
const gone = "Gone"

// Events lists the lifecycle's triggers, each once, in the order of the rows.
func (l *Lifecycle) Events() []Trigger {
	var list []Trigger
	seen := map[string]bool{}
	for _, r := range l.Rows {
		if !seen[r.On.Name] {
			seen[r.On.Name] = true
			list = append(list, r.On)
		}
	}
	return list
}

// StateNames lists the states by name, in order.
func (l *Lifecycle) StateNames() []string {
	var names []string
	for _, s := range l.States {
		names = append(names, s.Name)
	}
	return names
}

// Sources are the states that a row starts from; NewState is not one of them.
func (r *Row) Sources() []string {
	return slices.DeleteFunc(strings.Fields(r.From), func(s string) bool { return s == NewState })
}

// Legal tells a row that moves an object from one that breaks a rule.
func (r *Row) IsLegal() bool { return r.Breaks == "" }

// Resolve leaves only what stands under a profile.
func (s *Spec) Resolve(p Profile) *Spec {
	out := &Spec{Rules: s.Rules}
	for _, l := range s.Lifecycles {
		c := *l
		c.Rows = slices.DeleteFunc(slices.Clone(l.Rows), func(r Row) bool { return !p.Has(r.Under) })
		out.Lifecycles = append(out.Lifecycles, &c)
	}
	return out
}

// RowTables reads the tables from the rows.
func RowTables(s *Spec) Tables {
	tables := Tables{}
	for _, l := range s.Lifecycles {
		states, events := l.StateNames(), l.Events()
		t := make(Table, len(events))
		for e := range events {
			t[e] = slices.Repeat([]int8{Illegal}, len(states))
			for _, r := range l.Rows {
				if r.On.Name != events[e].Name || !r.IsLegal() {
					continue
				}
				for _, from := range r.Sources() {
					to := r.To
					if to == "" {
						to = from
					}
					i := slices.Index(states, from)
					t[e][i] = int8(slices.Index(states, to))
				}
			}
		}
		tables[l.Name] = t
	}
	return tables
}

// A Program is a specification compiled for one profile. It never changes and may be shared by many worlds.
type Program struct {
	Spec    *Spec
	Profile Profile

	lives        []*life
	slot         [kinds][providerTypes][slots]int8 // which life, or -1
	falseAtBirth [kinds]markSet
	triggers     []*trigger
	enter        [][]*trigger // by operation
	leave        [][]*trigger
	keep         [][]Param // arguments that a return still needs, by operation
	entryConds   [][]entryCond
	reactions    [2][][callers]reactions // by phase, operation and caller
	rules        []*Rule
	ruleNumber   map[string]int
	marks        map[string]markAt
	counters     map[string]counterAt
	memories     map[string]counterAt
	duties       []*duty
	dutiesOf     [kinds][]*duty
	memos        int
	exiting      condFn // a fast shutdown is under way, or has been tried
}

type markAt struct {
	kinds uint32 // bits of the kinds that have it
	bit   [kinds]markSet
}

type counterAt struct {
	kind Kind
	slot int
}

// life is a lifecycle, compiled.
type life struct {
	def    *Lifecycle
	number int
	all    StateSet
	gone   int
	slot   [providerTypes]int8 // which of an object's lifecycles it is
	ifs    []condFn            // what an event asks of the object, by event; nil for nothing
	onlyOn []bool              // it asks that this is the called object
	makes  []int               // the state of the object that an event makes, by event; -1 for none
	births [2]int              // the state after being handed out by a call that succeeded, and by one that failed
	again  []int               // by state: the state after being held again
	events []Trigger
	ops    [][]OpID // the operations of each event
	next   Table
	broken [][]int16 // the row that an event breaks in a state, or -1
	rows   []row
	holds  [][][]int16 // rules that a legal event in a state shows to be kept
	reacts []StateSet  // the states in which an event does anything
}

type row struct {
	def    *Row
	rules  []int
	soft   bool
	starts bool // rests on knowing the start of the process
}

func closed(silent []StateSet, s StateSet) StateSet {
	if silent == nil {
		return s
	}
	out := s
	for i := 0; s != 0; i, s = i+1, s>>1 {
		if s&1 != 0 {
			out |= silent[i]
		}
	}
	return out
}

// trigger is a trigger, compiled, with everything that it sets off.
type trigger struct {
	def      Trigger
	ops      []OpID
	conds    []condFn // of each of its parts
	guards   []*guard
	dues     []due
	proofs   []*duty
	pays     []*duty
	lives    []lifeEvent
	counters []counterUse
	marks    []markUse
	memories []memoryEffect

	registers bool // it has counters, marks or memories
}

type lifeEvent struct {
	of     Kind
	makes  bool
	onlyOn bool     // it concerns no other object than the one that the call is made on
	reacts StateSet // the states in which the event does anything
	slot   int8     // of a process's or thread's lifecycle
	event  int
	life   *life
}

type counterUse struct {
	kind Kind
	typ  ProviderType
	slot int
	lo   int32
	hi   int32
}

type markUse struct {
	kind Kind
	typ  ProviderType
	bit  markSet
	set  bool
}

type memoryEffect struct {
	kind Kind
	typ  ProviderType
	slot int
	from termFn
	safe bool
}

type guard struct {
	of      Kind
	typ     ProviderType
	soft    bool
	starts  bool
	rule    int
	ordered bool // calls on other threads can make it hold
	when    condFn
	holds   condFn
	def     *Guard
	implies []int
}

type duty struct {
	def     *Duty
	rule    int
	number  int
	when    condFn
	owed    condFn
	starts  bool
	implies []int
}

type due struct {
	duty *duty
	def  *Due
	when condFn
	soft bool
}

type condFn func(w *World) Tri

// Compile makes a program of a specification under a profile. The tables must be those of the specification resolved under it.
func Compile(spec *Spec, profile Profile, tables Tables) (*Program, error) {
	if err := Validate(spec); err != nil {
		return nil, err
	}
	resolved := spec.Resolve(profile)
	pr := &Program{Spec: resolved, Profile: profile, ruleNumber: map[string]int{}, marks: map[string]markAt{},
		counters: map[string]counterAt{}, memories: map[string]counterAt{}}
	for _, r := range resolved.Rules {
		pr.ruleNumber[r.ID] = len(pr.rules)
		pr.rules = append(pr.rules, r)
	}
	pr.enter = make([][]*trigger, len(ops.ops))
	pr.leave = make([][]*trigger, len(ops.ops))
	pr.keep = make([][]Param, len(ops.ops))
	pr.entryConds = make([][]entryCond, len(ops.ops))
	for k := range pr.slot {
		for t := range pr.slot[k] {
			pr.slot[k][t] = [slots]int8{-1, -1, -1}
		}
	}
	c := &compiler{pr: pr, byName: map[string]*trigger{}, memos: map[string]condFn{}, memoStarts: map[string]bool{}}
	c.registers()
	c.keep(ops.byName["MAPILogonEx"], pLogFlags)
	for _, l := range resolved.Lifecycles {
		table, ok := tables[l.Name]
		if !ok {
			return nil, fmt.Errorf("no table for lifecycle %s", l.Name)
		}
		if err := c.life(l, table); err != nil {
			return nil, err
		}
	}
	for i, r := range pr.rules {
		for g := range r.Guards {
			c.guard(i, &r.Guards[g])
		}
		for d := range r.Duties {
			c.duty(i, &r.Duties[d])
		}
	}
	c.effects()
	for _, t := range pr.triggers {
		for i := range t.lives {
			e := &t.lives[i]
			e.makes, e.reacts, e.slot = e.life.makes[e.event] >= 0, e.life.reacts[e.event], e.life.slot[NoType]
			e.onlyOn = e.life.onlyOn[e.event]
		}
		t.registers = len(t.counters)+len(t.marks)+len(t.memories) > 0
	}
	for op := range ops.ops {
		if n := max(len(pr.enter[op]), len(pr.leave[op])); n > maxTriggers {
			return nil, fmt.Errorf("%d events look at %s: there is room for %d", n, ops.ops[op].Name(), maxTriggers)
		}
		if n := len(pr.entryConds[op]); n > maxEntryConds {
			return nil, fmt.Errorf("%d conditions look at the beginning of %s: there is room for %d", n, ops.ops[op].Name(), maxEntryConds)
		}
		if n := len(pr.keep[op]); n > keptArgs {
			return nil, fmt.Errorf("%d arguments of %s are kept: there is room for %d", n, ops.ops[op].Name(), keptArgs)
		}
	}
	c.react()
	c.cur = nil
	pr.exiting = c.cond(TheProcess.In("Exiting Resumed"))
	return pr, nil
}

// lifeOf is the lifecycle in one slot of the objects of a kind and type, or nil.
func (pr *Program) lifeOf(k Kind, t ProviderType, slot int) *life {
	if i := pr.slot[k][t][slot]; i >= 0 {
		return pr.lives[i]
	}
	return nil
}

type compiler struct {
	pr     *Program
	byName map[string]*trigger
	cur    *trigger // whose check is being compiled, for arguments to keep and AtEntry
	starts bool     // the condition speaks of what a process knows from its start

	memos      map[string]condFn // conditions that are evaluated once in a moment
	memoStarts map[string]bool
}

// registers numbers counters, marks and remembered values by kind.
func (c *compiler) registers() {
	var counters, memories [kinds]int
	var marks [kinds]int
	for _, l := range c.pr.Spec.Lifecycles {
		for _, x := range l.Counters {
			c.pr.counters[x.Name] = counterAt{l.Of, counters[l.Of]}
			counters[l.Of]++
		}
		for _, x := range l.Values {
			c.pr.memories[x.Name] = counterAt{l.Of, memories[l.Of]}
			memories[l.Of]++
		}
		for _, x := range l.Marks {
			at := c.pr.marks[x.Name]
			if at.bit[l.Of] != 0 { // another lifecycle of the same kind has it too
				continue
			}
			at.kinds |= 1 << l.Of
			at.bit[l.Of] = 1 << marks[l.Of]
			c.pr.marks[x.Name] = at
			c.pr.falseAtBirth[l.Of] |= at.bit[l.Of]
			marks[l.Of]++
		}
	}
}

func (c *compiler) trigger(t Trigger) *trigger {
	if have, ok := c.byName[t.Name]; ok {
		return have
	}
	n := &trigger{def: t, ops: matchAll(t.Ops)}
	c.byName[t.Name] = n
	c.pr.triggers = append(c.pr.triggers, n)
	by := c.pr.enter
	if t.Phase == Returning {
		by = c.pr.leave
	}
	for _, op := range n.ops {
		by[op] = append(by[op], n)
	}
	c.cur = n
	for _, part := range n.parts() {
		n.conds = append(n.conds, c.cond(part))
	}
	return n
}

// matchAll resolves a trigger's operations.
func matchAll(patterns string) []OpID {
	var found []OpID
	for _, p := range splitPatterns(patterns) {
		if out, minus := strings.CutPrefix(p, "-"); minus {
			drop := ops.match(out)
			found = slices.DeleteFunc(found, func(o OpID) bool { return slices.Contains(drop, o) })
			continue
		}
		for _, o := range ops.match(p) {
			if !slices.Contains(found, o) {
				found = append(found, o)
			}
		}
	}
	return found
}

// splitPatterns splits at spaces, keeping "MAPI functions" together.
func splitPatterns(patterns string) []string {
	var out []string
	for _, f := range strings.Fields(patterns) {
		if f == "functions" && len(out) > 0 {
			out[len(out)-1] += " functions"
			continue
		}
		out = append(out, f)
	}
	return out
}

func (c *compiler) life(def *Lifecycle, table Table) error {
	l := &life{def: def, number: len(c.pr.lives), gone: -1, births: [2]int{-1, -1}, events: def.Events(), next: table}
	states := def.StateNames()
	for i, s := range states {
		l.all |= 1 << i
		l.again = append(l.again, i)
		if s == gone {
			l.gone = i
		}
	}
	if len(table) != len(l.events) {
		return fmt.Errorf("lifecycle %s: the table has %d events, the rows have %d", def.Name, len(table), len(l.events))
	}
	for e, t := range l.events {
		l.broken = append(l.broken, slices.Repeat([]int16{-1}, len(states)))
		l.holds = append(l.holds, make([][]int16, len(states)))
		l.ifs, l.makes, l.onlyOn = append(l.ifs, nil), append(l.makes, -1), append(l.onlyOn, false)
		l.ops = append(l.ops, nil)
		if isBirth(t) {
			continue
		}
		n := c.trigger(t)
		l.ops[e] = n.ops
		n.lives = append(n.lives, lifeEvent{of: def.Of, event: e, life: l})
	}
	for i := range def.Rows {
		r := &def.Rows[i]
		e := slices.IndexFunc(l.events, func(t Trigger) bool { return t.Name == r.On.Name })
		if isBirth(r.On) {
			to := slices.Index(states, r.To)
			if r.On.Name != HeldAgain.Name {
				l.births[slices.Index(births[:], r.On.Name)] = to
				continue
			}
			for _, from := range r.Sources() {
				l.again[slices.Index(states, from)] = to
			}
			continue
		}
		if !r.If.zero() {
			c.cur = c.trigger(r.On)
			l.ifs[e] = c.cond(r.If)
			l.onlyOn[e] = r.If.Is == sameObject && r.If.Path == This && r.If.Other == On
		}
		if r.From == NewState {
			l.makes[e] = slices.Index(states, r.To)
			continue
		}
		starts := def.Of == ProcessObject || def.Of == ThreadObject || def.Of == ModuleObject
		compiled := row{def: r, soft: r.Soft != Reading{} && c.pr.Profile.Has(r.Soft), starts: starts}
		for _, id := range strings.Fields(r.Breaks) {
			compiled.rules = append(compiled.rules, c.pr.ruleNumber[id])
		}
		l.rows = append(l.rows, compiled)
		for _, from := range r.Sources() {
			s := slices.Index(states, from)
			if r.IsLegal() {
				for _, id := range strings.Fields(r.Holds) {
					l.holds[e][s] = append(l.holds[e][s], int16(c.pr.ruleNumber[id]))
				}
			} else {
				l.broken[e][s] = int16(len(l.rows) - 1)
			}
		}
	}
	types := []ProviderType{def.Type}
	if def.Type == NoType {
		types = []ProviderType{NoType, ABType, MSType, XPType, ConfigType}
	}
	c.pr.lives = append(c.pr.lives, l)
	for _, t := range types {
		at := &c.pr.slot[def.Of][t]
		free := slices.Index(at[:], -1)
		if free < 0 {
			return fmt.Errorf("lifecycle %s: objects of kind %s have no room for another lifecycle", def.Name, def.Of)
		}
		at[free] = int8(l.number)
		l.slot[t] = int8(free)
	}
	for e := range l.events {
		reacts := StateSet(0)
		for s := range states {
			to := table[e][s]
			if to != Illegal && (int(to) != s || len(l.holds[e][s]) > 0) || l.broken[e][s] >= 0 {
				reacts |= 1 << s
			}
		}
		l.reacts = append(l.reacts, reacts)
	}
	return nil
}

// births are the events that are no single operation's.
var births = [...]string{Born.Name, BornOfFailure.Name, HeldAgain.Name}

const (
	born = iota
	bornOfFailure
)

func isBirth(t Trigger) bool { return slices.Contains(births[:], t.Name) }

func (c *compiler) rules(ids string) []int {
	var list []int
	for _, id := range strings.Fields(ids) {
		list = append(list, c.pr.ruleNumber[id])
	}
	return list
}

func (c *compiler) guard(rule int, def *Guard) {
	if !c.pr.Profile.Has(def.Under) {
		return
	}
	t := c.trigger(def.When)
	c.cur, c.starts = t, false
	g := &guard{def: def, of: def.Of, typ: def.Type, rule: rule, soft: def.Soft != Reading{} && c.pr.Profile.Has(def.Soft), implies: c.rules(def.Implies)}
	if g.of == NoKind {
		g.of = ProcessObject
	}
	g.when, g.holds = c.cond(def.If), c.cond(def.Holds)
	g.starts, g.ordered = c.starts, def.Holds.ordered()
	t.guards = append(t.guards, g)
}

func (c *compiler) duty(rule int, def *Duty) {
	if !c.pr.Profile.Has(def.Under) {
		return
	}
	d := &duty{def: def, rule: rule, number: len(c.pr.duties), implies: c.rules(def.Implies)}
	c.cur, c.starts = nil, false
	d.when, d.owed = c.cond(def.If), c.cond(def.Owed)
	d.starts = c.starts || def.Of == ProcessObject || def.Of == ThreadObject
	for i := range def.Due {
		at := &def.Due[i]
		t := c.trigger(at.At)
		c.cur = t
		t.dues = append(t.dues, due{d, at, c.cond(at.If), at.Soft != Reading{} && c.pr.Profile.Has(at.Soft)})
	}
	if def.Paid.Name != "" {
		t := c.trigger(def.Paid)
		t.pays = append(t.pays, d)
	}
	if def.Proof.Name != "" {
		t := c.trigger(def.Proof)
		t.proofs = append(t.proofs, d)
	}
	c.pr.duties = append(c.pr.duties, d)
	c.pr.dutiesOf[def.Of] = append(c.pr.dutiesOf[def.Of], d)
}

// effects compiles what changes counters, marks and remembered values.
func (c *compiler) effects() {
	for _, l := range c.pr.Spec.Lifecycles {
		for _, x := range l.Counters {
			at := c.pr.counters[x.Name]
			count := func(t Trigger, lo, hi int32) {
				n := c.trigger(t)
				n.counters = append(n.counters, counterUse{l.Of, l.Type, at.slot, lo, hi})
			}
			if isInstant(x.Up.Ops) {
				count(x.Up.Enters, 1, 1)
			} else {
				count(x.Up.Enters, 0, 1)
				count(x.Up.Succeeds, 1, 0)
				count(x.Up.Fails, 0, -1)
			}
			if x.Down.Ops != "" {
				count(x.Down.Enters, -1, -1)
			}
		}
		for _, x := range l.Marks {
			bit := c.pr.marks[x.Name].bit[l.Of]
			set := c.trigger(x.Set)
			set.marks = append(set.marks, markUse{l.Of, l.Type, bit, true})
			if x.Clear.Name != "" {
				clear := c.trigger(x.Clear)
				clear.marks = append(clear.marks, markUse{l.Of, l.Type, bit, false})
			}
		}
		for _, x := range l.Values {
			t := c.trigger(x.Set)
			c.cur = t
			t.memories = append(t.memories, memoryEffect{l.Of, l.Type, c.pr.memories[x.Name].slot, c.term(x.From), true})
		}
	}
}

// isInstant tells events of the trace that are over at once from calls.
func isInstant(patterns string) bool {
	return strings.HasPrefix(patterns, "event-")
}

// splitList splits at a separator and trims what is between.
func splitList(text, separator string) []string {
	var out []string
	for _, part := range strings.Split(text, separator) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// Births tells a row that an object's life begins with.
func (r *Row) Births() bool { return r.From == NewState }
