package model

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Validate refuses a specification that is not one: unnamed, uncited, contradictory or unreachable entries, and names that mean nothing.
// The error tells every fault.
func Validate(s *Spec) error {
	v := &validator{spec: s, triggers: map[string]Trigger{}, rules: map[string]*Rule{}, marks: map[string]bool{}, counters: map[string]bool{},
		values: map[string]bool{}, states: map[string]bool{}, broken: map[string]bool{}}
	for _, r := range s.Rules {
		if v.rules[r.ID] != nil {
			v.fault("rule %s is there twice", r.ID)
		}
		v.rules[r.ID] = r
	}
	for _, l := range s.Lifecycles {
		v.declare(l)
	}
	v.room()
	for _, l := range s.Lifecycles {
		v.lifecycle(l)
	}
	for _, r := range s.Rules {
		v.rule(r)
	}
	return errors.Join(v.faults...)
}

type validator struct {
	spec     *Spec
	faults   []error
	where    string
	triggers map[string]Trigger
	rules    map[string]*Rule
	marks    map[string]bool
	counters map[string]bool
	values   map[string]bool
	states   map[string]bool
	broken   map[string]bool // rules that a row breaks
}

func (v *validator) fault(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if v.where != "" {
		text = v.where + ": " + text
	}
	v.faults = append(v.faults, errors.New(text))
}

// declare takes up the names of a lifecycle.
func (v *validator) declare(l *Lifecycle) {
	for _, x := range l.States {
		v.states[x.Name] = true
	}
	for _, x := range l.Marks {
		v.marks[x.Name] = true
	}
	for _, x := range l.Counters {
		if v.counters[x.Name] {
			v.fault("counter %q is declared twice", x.Name)
		}
		v.counters[x.Name] = true
	}
	for _, x := range l.Values {
		if v.values[x.Name] {
			v.fault("value %q is declared twice", x.Name)
		}
		v.values[x.Name] = true
	}
	for _, r := range l.Rows {
		for _, id := range strings.Fields(r.Breaks) {
			v.broken[id] = true
		}
	}
}

// room refuses more counters, values or marks, in all lifecycles of a kind together, than an object has room for.
func (v *validator) room() {
	var counters, memories [kinds]int
	var marks [kinds]map[string]bool
	for _, l := range v.spec.Lifecycles {
		counters[l.Of] += len(l.Counters)
		memories[l.Of] += len(l.Values)
		if marks[l.Of] == nil {
			marks[l.Of] = map[string]bool{}
		}
		for _, x := range l.Marks {
			marks[l.Of][x.Name] = true
		}
	}
	for k := range kinds {
		if counters[k] > len(counts{}) || memories[k] > values || len(marks[k]) > markBits {
			v.fault("there are more counters, values or marks than a %s has room for", k)
		}
	}
}

func (v *validator) lifecycle(l *Lifecycle) {
	v.where = "lifecycle " + l.Name
	switch {
	case l.Name == "" || l.Says == "":
		v.fault("a lifecycle has a name and a sentence")
	case l.Of == NoKind || l.Of >= CalledObject:
		v.fault("of what kind of object?")
	case len(l.States) == 0 || len(l.States) > 16:
		v.fault("%d states: there are 1 to 16", len(l.States))
	}
	names := l.StateNames()
	for i, s := range l.States {
		if s.Name == "" || s.Says == "" {
			v.fault("a state has a name and a sentence")
		}
		if slices.Index(names, s.Name) != i || s.Name == NewState {
			v.fault("state %q is there twice", s.Name)
		}
	}
	for i := range l.Rows {
		v.row(l, &l.Rows[i])
	}
	v.cells(l)
	v.moments(l)
	v.reachable(l)
	for _, x := range l.Counters {
		v.said(x.Name, x.Says)
		v.trigger(x.Up.Enters)
		if x.Down.Ops != "" {
			v.trigger(x.Down.Enters)
		}
	}
	for _, x := range l.Marks {
		v.said(x.Name, x.Says)
		v.trigger(x.Set)
		if x.Clear.Name != "" {
			v.trigger(x.Clear)
		}
	}
	for _, x := range l.Values {
		v.said(x.Name, x.Says)
		v.trigger(x.Set)
		v.term(x.From)
	}
}

func (v *validator) said(name, says string) {
	if name == "" || says == "" {
		v.fault("%q needs a name and a sentence", name)
	}
}

func (v *validator) row(l *Lifecycle, r *Row) {
	v.trigger(r.On)
	v.cond(r.If)
	names := l.StateNames()
	if r.From != NewState && len(r.Sources()) == 0 {
		v.fault("the row on %q starts nowhere", r.On.Name)
	}
	for _, s := range append(r.Sources(), r.To) {
		if s != "" && !slices.Contains(names, s) {
			v.fault("the row on %q names the state %q, which does not exist", r.On.Name, s)
		}
	}
	for _, id := range strings.Fields(r.Holds + " " + r.Breaks) {
		if rule := v.rules[id]; rule == nil || !rule.Checked() {
			v.fault("the row on %q names rule %s, which is not checked", r.On.Name, id)
		}
	}
	switch {
	case r.Breaks != "" && r.Holds != "":
		v.fault("the row on %q both holds and breaks rules", r.On.Name)
	case r.Breaks != "" && (r.Wrong == "" || r.Legal == ""):
		v.fault("the row on %q, which breaks %s, does not say what is wrong and what is allowed", r.On.Name, r.Breaks)
	case r.Breaks == "" && (r.Wrong != "" || r.Early || r.Soft != Reading{}):
		v.fault("the row on %q is legal and says what is wrong", r.On.Name)
	}
	v.reading(r.Under)
	v.reading(r.Soft)
}

// cells refuses two rows for one event and state, unless they stand under different readings of one switch.
func (v *validator) cells(l *Lifecycle) {
	type cell struct{ event, state string }
	seen := map[cell][]Reading{}
	conds := map[string]Cond{}
	for i := range l.Rows {
		r := &l.Rows[i]
		if c, ok := conds[r.On.Name]; ok && !reflect.DeepEqual(c, r.If) {
			v.fault("the rows on %q are for different objects", r.On.Name)
		}
		conds[r.On.Name] = r.If
		for _, s := range strings.Fields(r.From) {
			key := cell{r.On.Name, s}
			for _, other := range seen[key] {
				if other.Switch != r.Under.Switch || other.Value == r.Under.Value {
					v.fault("two rows on %q in state %s", r.On.Name, s)
				}
			}
			seen[key] = append(seen[key], r.Under)
		}
	}
}

// moments refuses two events of a lifecycle that the same moment would certainly set off.
func (v *validator) moments(l *Lifecycle) {
	events := l.Events()
	for i, a := range events {
		for _, b := range events[:i] {
			if isBirth(a) || isBirth(b) || a.Phase != b.Phase || !a.Cond.zero() || !b.Cond.zero() || a.Codes != nil || b.Codes != nil {
				continue
			}
			if a.Outcome != AnyOutcome && b.Outcome != AnyOutcome && a.Outcome != b.Outcome {
				continue
			}
			for _, op := range matchAll(a.Ops) {
				if slices.Contains(matchAll(b.Ops), op) {
					v.fault("%q and %q happen at once: %s", a.Name, b.Name, ops.ops[op].Name())
					break
				}
			}
		}
	}
}

// reachable refuses states that no row leads to.
func (v *validator) reachable(l *Lifecycle) {
	reached := map[string]bool{}
	for again := true; again; {
		again = false
		for i := range l.Rows {
			r := &l.Rows[i]
			from := r.From == NewState || slices.ContainsFunc(r.Sources(), func(s string) bool { return reached[s] })
			if from && r.To != "" && !reached[r.To] {
				reached[r.To], again = true, true
			}
		}
	}
	for _, s := range l.StateNames() {
		if !reached[s] {
			v.fault("no row leads to state %s", s)
		}
	}
}

func (v *validator) trigger(t Trigger) {
	switch {
	case t.Name == "":
		v.fault("an event has no name")
		return
	case isBirth(t):
		return
	case len(matchAll(t.Ops)) == 0:
		v.fault("event %q: no operation is called %q", t.Name, t.Ops)
	}
	if have, ok := v.triggers[t.Name]; ok {
		if !reflect.DeepEqual(have, t) {
			v.fault("two different events are called %q", t.Name)
		}
		return
	}
	v.triggers[t.Name] = t
	for _, p := range splitPatterns(t.Ops) {
		if len(ops.match(strings.TrimPrefix(p, "-"))) == 0 {
			v.fault("event %q: no operation is called %q", t.Name, p)
		}
	}
	v.cond(t.Cond)
}

func (v *validator) reading(r Reading) {
	if r == (Reading{}) {
		return
	}
	i := slices.IndexFunc(Switches, func(s Switch) bool { return s.Name == r.Switch })
	if i < 0 || !slices.Contains(Switches[i].Readings, r.Value) {
		v.fault("there is no reading %s=%s", r.Switch, r.Value)
	}
}

func (v *validator) cond(c Cond) {
	for _, p := range c.Parts {
		v.cond(p)
	}
	v.term(c.Left)
	v.term(c.Right)
	switch c.Is {
	case inState:
		for _, s := range splitPatterns(c.Names) {
			if !v.states[s] {
				v.fault("there is no state %q", s)
			}
		}
	case marked:
		if !v.marks[c.Names] {
			v.fault("there is no mark %q", c.Names)
		}
	case within, directly, withinOn, firstInside:
		if len(matchAll(c.Names)) == 0 {
			v.fault("no operation is called %q", c.Names)
		}
	case observed, hasInterface, asks, calledAs:
		if _, ok := interfaceOf(c.Names); !ok {
			v.fault("there is no interface %q", c.Names)
		}
	case wasAlive:
		v.param(c.Names)
	case reading:
		v.reading(c.Read)
	}
}

func (v *validator) param(name string) {
	if ParamOf(name) == 0 {
		v.fault("parameter %q is not known", name)
	}
}

func (v *validator) term(t Term) {
	switch t.What {
	case argument, output, callerArgument:
		v.param(t.Name)
	case counter:
		if !v.counters[t.Name] {
			v.fault("there is no counter %q", t.Name)
		}
	case remembered:
		if !v.values[t.Name] {
			v.fault("there is no value %q", t.Name)
		}
	case population, offspring:
		v.cond(*t.Where)
	}
	for _, names := range []string{t.Ops, map[bool]string{true: t.Name}[t.What == running]} {
		if names != "" && len(matchAll(names)) == 0 {
			v.fault("no operation is called %q", names)
		}
	}
}

var (
	ruleID   = regexp.MustCompile(`^[A-Z]{2,3}-\d\d$`)
	page     = regexp.MustCompile(`^[a-zA-Z0-9_-]+#.+$`)
	conflict = regexp.MustCompile(`^(CG-[0-5]\d|[A-Z]{2,3}-\d\d)$`)
)

func (v *validator) rule(r *Rule) {
	v.where = "rule " + r.ID
	switch {
	case !ruleID.MatchString(r.ID):
		v.fault("a rule's id is letters, a dash and two digits")
	case r.area() < 0:
		v.fault("there is no area of that name")
	case r.Owes == NoSide:
		v.fault("owed by whom?")
	case !strings.HasSuffix(r.Says, "."):
		v.fault("a rule says one sentence or two, and ends them with a full stop")
	}
	for _, p := range splitList(r.Pages, ";") {
		if !page.MatchString(p) {
			v.fault("%q is no page and section", p)
		}
	}
	if r.Pages == "" {
		v.fault("on which page?")
	}
	for _, c := range strings.Fields(r.About) {
		if !conflict.MatchString(c) {
			v.fault("%q is no conflict", c)
		}
	}
	for _, part := range splitList(r.Needs, ",") {
		for _, name := range splitList(part, "|") {
			if _, ok := interfaceOf(name); !ok {
				v.fault("it needs the interface %q, which is not known", name)
			}
		}
	}
	for _, key := range strings.Fields(r.Keys) {
		if !slices.Contains(AddedKeys, key) {
			v.fault("it needs the key %q, which no recorder adds", key)
		}
	}
	checks := len(r.Guards) + len(r.Duties)
	switch {
	case !r.Checked() && !strings.HasSuffix(r.Excluded, "."):
		v.fault("it is not checked, and the reason does not end with a full stop")
	case r.Level == May && r.Excluded == "":
		v.fault("what is only allowed can not be broken, and is excluded")
	case !r.Checked() && (checks > 0 || v.broken[r.ID]):
		v.fault("it is not checked and yet has checks")
	case r.Checked() && checks == 0 && !v.broken[r.ID]:
		v.fault("nothing checks it")
	case r.Checked() && r.Needs == "":
		v.fault("what does a recording have to observe?")
	}
	for i := range r.Guards {
		v.guard(&r.Guards[i])
	}
	for i := range r.Duties {
		v.duty(&r.Duties[i])
	}
}

func (v *validator) guard(g *Guard) {
	v.trigger(g.When)
	v.cond(g.If)
	v.cond(g.Holds)
	v.reading(g.Under)
	v.reading(g.Soft)
	v.implied(g.Implies)
	if !g.Holds.zero() && (g.Wrong == "" || g.Legal == "") {
		v.fault("the guard on %q does not say what is wrong and what is allowed", g.When.Name)
	}
}

func (v *validator) duty(d *Duty) {
	v.cond(d.If)
	v.cond(d.Owed)
	v.reading(d.Under)
	v.implied(d.Implies)
	if d.Paid.Name != "" {
		v.trigger(d.Paid)
	}
	if d.Proof.Name != "" {
		v.trigger(d.Proof)
	}
	if len(d.Due) == 0 || d.Owed.zero() || d.Wrong == "" || d.Legal == "" {
		v.fault("a duty says what is owed, until when, what is wrong and what is allowed")
	}
	for _, x := range d.Due {
		v.trigger(x.At)
		v.cond(x.If)
		v.reading(x.Soft)
		if x.Proven && d.Proof.Name == "" {
			v.fault("a duty to be proven needs a proof")
		}
	}
}

func (v *validator) implied(ids string) {
	for _, id := range strings.Fields(ids) {
		if r := v.rules[id]; r == nil || !r.Checked() {
			v.fault("it implies %s, which is not checked", id)
		}
	}
}
