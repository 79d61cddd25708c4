package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Cause is the sort of reason that a rule has for its verdict.
type Cause string

// The causes. The first three belong to violated, held and open rules, the next three to rules that are not exercised, the others to rules that
// are not observable.
const (
	Broke     Cause = "broken"    // a finding is of it
	Kept      Cause = "kept"      // it was judged, and kept each time
	Owed      Cause = "owed"      // what it demands was still to come when the recording stopped
	Unasked   Cause = "profile"   // it stands under other readings than those of the profile
	NotSeen   Cause = "never"     // nothing happened that it looks at
	Elsewhere Cause = "situation" // what it looks at happened, but not in the situation that it is about
	Header    Cause = "header"    // the header does not say that an interface is observed
	Partly    Cause = "partial"   // MAPI's own AddRef and Release are missing, as the header says
	Late      Cause = "late"      // the recording began after the process
	Gap       Cause = "gap"       // calls are missing in a gap
	Birth     Cause = "birth"     // an object was used that the recording does not show to be handed out
	Unwritten Cause = "value"     // the recording does not have a value, or does not tell which object is meant
	Unclear   Cause = "unclear"   // what is recorded allows both: calls of several threads overlap, or an address may be another object's
)

// A Reason says why a rule has its verdict.
type Reason struct {
	Cause Cause  `json:"cause"`
	Line  int64  `json:"line,omitempty"` // where it shows; 0 where no line does
	Text  string `json:"text"`
}

// An explainer notes, while a world is stepped, what the reasons of verdicts will be.
type explainer struct {
	rules    map[*trigger][]int // those that look at a moment
	notes    []ruleNote         // by rule
	lateLine map[int64]int64    // by process: what showed that it began before the recording
	gapLine  map[int64]int64

	everywhere int64     // the line of a gap of all processes
	compiler   *compiler // of parts of conditions
	parts      map[string]condFn
}

// A ruleNote is what is remembered of a rule.
type ruleNote struct {
	came, cameLine int64  // how often a moment came that it looks at, and the first time
	cameIn         int64  // the last event in which it did
	moment         string // which moment it was, the first time
	lacked         string // why that was not the situation that it is about
	looked         bool   // whether that has been looked for
	unwritten      bool   // whether it was a value that is not recorded
	first          int64  // the first line where it was kept
	start          int64  // the first line where it was kept if the recording has the start of the process
	blind          Reason
	owed           string
}

// Explain has the world remember why each rule will have its verdict. Stepping is slower then, and finds the same.
func (w *World) Explain() {
	pr := *w.prog // what compiling a part changes is not the program's
	pr.keep, pr.entryConds = slices.Clone(pr.keep), slices.Clone(pr.entryConds)
	x := &explainer{rules: map[*trigger][]int{}, notes: make([]ruleNote, len(w.prog.rules)), lateLine: map[int64]int64{}, gapLine: map[int64]int64{},
		compiler: &compiler{pr: &pr, memos: map[string]condFn{}, memoStarts: map[string]bool{}}, parts: map[string]condFn{}}
	for _, t := range w.prog.triggers {
		var list []int
		for _, g := range t.guards {
			list = append(list, g.rule)
		}
		for i := range t.dues {
			list = append(list, t.dues[i].duty.rule)
		}
		for _, d := range t.pays {
			list = append(list, d.rule)
		}
		for _, e := range t.lives {
			for s := range e.life.def.States {
				for _, n := range e.life.holds[e.event][s] {
					list = append(list, int(n))
				}
				if row := e.life.broken[e.event][s]; row >= 0 {
					list = append(list, e.life.rows[row].rules...)
				}
			}
		}
		slices.Sort(list)
		x.rules[t] = slices.Compact(list)
	}
	w.why, w.forgetful = x, true
}

// cameTo notes that a moment came, whatever else this event is that the same rules look at.
func (w *World) cameTo(t *trigger) {
	for _, rule := range w.why.rules[t] {
		n := &w.why.notes[rule]
		if n.came > 0 && n.cameIn == w.events {
			continue
		}
		n.cameIn = w.events
		if n.came++; n.came == 1 {
			n.cameLine, n.moment = w.cur.ev.Line, t.def.Name
		}
	}
}

// kept notes that a rule was kept.
func (x *explainer) kept(rule int, starts bool, line int64) {
	n := &x.notes[rule]
	switch {
	case starts && n.start == 0:
		n.start = line
	case !starts && n.first == 0:
		n.first = line
	}
}

// elsewhere notes, the first time, why a moment is not the situation that a rule is about.
func (w *World) elsewhere(rule int, asked ...*Cond) {
	if w.why == nil || w.why.notes[rule].looked {
		return
	}
	w.why.notes[rule].looked = true
	for _, c := range asked {
		for _, part := range c.conjuncts() {
			if w.comesTo(part) == No {
				w.why.notes[rule].lacked, w.why.notes[rule].unwritten = part.negated(), part.Is == isGiven
				return
			}
		}
	}
}

// nobody notes, the first time, that there was nothing that a rule is about.
func (w *World) nobody(rule int, kind Kind) {
	if w.why != nil && !w.why.notes[rule].looked {
		w.why.notes[rule].looked, w.why.notes[rule].lacked = true, "no "+kind.Noun()+" was there that it is about"
	}
}

func (c *Cond) conjuncts() []Cond {
	if c.Is == allOf {
		return c.Parts
	}
	return []Cond{*c}
}

// wonder notes, the first time, why a rule can not be judged: which part of what it asks the recording leaves open.
func (w *World) wonder(rule int, asked ...*Cond) {
	if w.why == nil || w.why.notes[rule].blind.Text != "" {
		return
	}
	var r Reason
	for _, c := range asked {
		c.leaves(func(leaf Cond) {
			if r.Text != "" || w.comesTo(leaf) != Unknown {
				return
			}
			r = w.limit(leaf)
			r.Text = fmt.Sprintf("it is not known whether %s: %s", leaf, r.Text)
		})
	}
	if r.Text == "" {
		r = Reason{Cause: Unclear, Text: "what is recorded allows both: calls of several threads overlap, or a Release may have been the last"}
	}
	r.Line = w.cur.ev.Line
	w.why.notes[rule].blind = r
}

// unproven notes, the first time, that only a later moment could show whether what was left undone was a fault.
func (w *World) unproven(rule int, proof string) {
	if w.why != nil && w.why.notes[rule].blind.Text == "" {
		w.why.notes[rule].blind = Reason{Cause: Unclear, Line: w.cur.ev.Line, Text: fmt.Sprintf("it was not done by line %d, and that shows to be wrong only where \"%s\" comes after it", w.cur.ev.Line, proof)}
	}
}

// leaves visits the parts of a condition that have none themselves. What was so when the call began is asked as if it began now.
func (c Cond) leaves(visit func(Cond)) {
	switch c.Is {
	case allOf, anyOf, notOf, atEntry:
		for _, p := range c.Parts {
			p.leaves(visit)
		}
	default:
		visit(c)
	}
}

// comesTo evaluates a part of a condition.
func (w *World) comesTo(c Cond) Tri {
	if c.hasEntry() {
		return Yes // its answer stands in the frame, and is not a part of its own
	}
	key := fmt.Sprintf("%#v", c)
	f := w.why.parts[key]
	if f == nil {
		f = w.why.compiler.cond(c)
		w.why.parts[key] = f
		for len(w.memos) < w.why.compiler.pr.memos {
			w.memos = append(w.memos, memo{})
		}
	}
	return f(w)
}

func (c Cond) hasEntry() bool { return c.Is == atEntry || slices.ContainsFunc(c.Parts, Cond.hasEntry) }

// limit says why the recording leaves a condition open.
func (w *World) limit(c Cond) Reason {
	switch c.Is {
	case within, directly, withinOn, firstInside:
		if missing := w.missing(matchAll(c.Names), NoType); missing != nil {
			return notObserved(missing)
		}
		if w.cur.t != nil && w.cur.t.based {
			return w.gapBefore()
		}
	case outermost, passedIn:
		if w.cur.t != nil && w.cur.t.based {
			return w.gapBefore()
		}
	case saidBy:
		return Reason{Cause: Unwritten, Text: "the line does not record by whom the call was made"}
	case asks, calledAs:
		return Reason{Cause: Unwritten, Text: "the line does not record for which interface"}
	case leaksCount:
		return Reason{Cause: Header, Text: "a fast shutdown can not be excluded: the header does not observe IMAPIClientShutdown"}
	case noSinks:
		return Reason{Cause: Unclear, Text: "something may have been registered that MAPI calls"}
	}
	for _, t := range [...]Term{c.Left, c.Right} {
		switch t.What {
		case argument, output, result, returned, callerArgument:
			if w.comesTo(t.Given()) == No {
				return Reason{Cause: Unwritten, Text: "the line does not record it"}
			}
		case population, offspring:
			if r, ok := w.limitOfAll(t); ok {
				return r
			}
		}
	}
	for _, p := range c.paths() {
		if r, ok := w.limitOf(p, c); ok {
			return r
		}
	}
	return Reason{Cause: Unclear, Text: "what is recorded allows both"}
}

// paths lead to the objects that a condition without parts asks about.
func (c Cond) paths() []Path {
	switch c.Is {
	case atLeast, atMost, equal, onlyBits, anyBit, oneBit, isNull, isGiven:
		var list []Path
		for _, t := range [...]Term{c.Left, c.Right} {
			switch t.What {
			case references, counter, remembered, population, offspring, serial:
				list = append(list, t.Path)
			}
		}
		return list
	case sameObject:
		return []Path{c.Path, c.Other}
	}
	return []Path{c.Path}
}

// limitOfAll says why the recording may not show every object that a number counts.
func (w *World) limitOfAll(t Term) (Reason, bool) {
	root := w.follow(t.Path)
	if root == 0 || w.sawAll(root, t.Kind) {
		return Reason{}, false
	}
	if w.at(root).kind == ProcessObject && !w.cur.p.gap {
		switch t.Kind {
		case SessionObject:
			return notObserved([]string{"MAPI"}), true
		case ProviderObject:
			return notObserved([]string{"entry"}), true
		}
		return Reason{Cause: Header, Text: "there may be logons that the recording does not show: entry and the provider interfaces are not all observed"}, true
	}
	return Reason{}, false
}

// limitOf says what the recording does not show of an object that a condition asks about.
func (w *World) limitOf(p Path, c Cond) (Reason, bool) {
	i := w.follow(p)
	if i == 0 {
		return Reason{Cause: Unwritten, Text: "which object is " + p.String() + " the recording does not show"}, true
	}
	o, proc := w.at(i), w.cur.p
	switch o.kind {
	case ProcessObject, ThreadObject, ModuleObject:
		switch {
		case proc.gap:
			return w.gapBefore(), true
		case proc.late:
			return Reason{Cause: Late, Text: fmt.Sprintf("the process began before the recording, as line %d shows", w.why.lateLine[proc.pid])}, true
		}
	default:
		switch {
		case o.flags&unborn != 0 && proc.gap:
			return w.gapBefore(), true
		case o.flags&ownObserved == 0 && o.iface != unlisted:
			return notObserved([]string{interfaces[o.iface].Name}), true
		case o.flags&unborn != 0:
			return Reason{Cause: Birth, Text: fmt.Sprintf("the recording does not show where %s comes from, first seen in line %d", w.describe(i), o.born.line())}, true
		case o.flags&ownObserved == 0:
			return Reason{Cause: Birth, Text: "the recording does not show which interface " + w.describe(i) + " has"}, true
		}
	}
	counts := c.Is == lastReference || c.Left.What == references || c.Right.What == references
	if counts && o.soft > 0 {
		return Reason{Cause: Header, Text: "QueryInterface got a pointer to " + w.describe(i) + " for an interface that the header does not observe, and its Release may be missing"}, true
	}
	if missing := w.movers(o, c); missing != nil {
		return notObserved(missing), true
	}
	if o.flags&ownPartial != 0 {
		return Reason{Cause: Partly, Text: "the header lists " + interfaces[o.iface].Name + " as partial"}, true
	}
	return Reason{}, false
}

// movers are the interfaces that are not observed and of which a call may have changed what a condition asks of an object.
func (w *World) movers(o *object, c Cond) []string {
	missing := map[string]bool{}
	add := func(t *trigger) {
		for _, name := range w.missing(t.ops, o.typ) {
			missing[name] = true
		}
	}
	for _, t := range w.prog.triggers {
		switch c.Is {
		case inState:
			for _, e := range t.lives {
				if e.of == o.kind && (e.life.def.Type == NoType || e.life.def.Type == o.typ) && slices.ContainsFunc(splitPatterns(c.Names), func(s string) bool {
					return slices.Contains(e.life.def.StateNames(), s)
				}) {
					add(t)
				}
			}
		case marked:
			at := w.prog.marks[c.Names]
			if slices.ContainsFunc(t.marks, func(m markUse) bool { return m.kind == o.kind && m.bit == at.bit[o.kind] }) {
				add(t)
			}
		default:
			for _, x := range [...]Term{c.Left, c.Right} {
				at, isCounter := w.prog.counters[x.Name]
				if x.What == counter && isCounter && slices.ContainsFunc(t.counters, func(u counterUse) bool { return u.kind == at.kind && u.slot == at.slot }) {
					add(t)
				}
				at, isValue := w.prog.memories[x.Name]
				if x.What == remembered && isValue && slices.ContainsFunc(t.memories, func(u memoryEffect) bool { return u.kind == at.kind && u.slot == at.slot }) {
					add(t)
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(missing))
}

// missing are the interfaces that the header does not observe, of which calls of the operations may be absent for it.
func (w *World) missing(list []OpID, typ ProviderType) []string {
	var names []string
	for _, op := range list {
		if w.mayBeMissing([]OpID{op}, typ) {
			name := "the interfaces of whatever is opened"
			if i := ops.ops[op].observedThrough(); i != unlisted {
				name = interfaces[i].Name
			}
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func notObserved(names []string) Reason {
	return Reason{Cause: Header, Text: "the header does not observe " + strings.Join(names, ", ")}
}

func (w *World) gapBefore() Reason {
	return Reason{Cause: Gap, Text: fmt.Sprintf("calls are missing in the gap of line %d", w.why.gapLine[w.cur.p.pid])}
}

// Why says why a rule has its verdict, in a world that was told to Explain, when the trace has ended.
func (w *World) Why(id string) Reason {
	number, ok := w.prog.ruleNumber[id]
	if !ok || w.why == nil {
		return Reason{}
	}
	n, rule, t := &w.why.notes[number], w.prog.rules[number], &w.tallies[number]
	switch verdict, times := w.Verdict(id); verdict {
	case Violated:
		r := Reason{Cause: Broke, Text: "broken " + often(times)}
		if i := slices.IndexFunc(w.findings, func(f Finding) bool { return f.Rule == rule || slices.Contains(f.Implied, id) }); i >= 0 {
			r.Line = w.findings[i].Line
			r.Text += fmt.Sprintf(", first in line %d", r.Line)
		}
		if t.held > 0 {
			r.Text += ", and kept " + often(t.held)
		}
		return r
	case Held:
		first := n.first
		if first == 0 || n.start != 0 && n.start < first {
			first = n.start
		}
		r := Reason{Cause: Kept, Line: first, Text: "kept " + often(times)}
		if first != 0 {
			r.Text += fmt.Sprintf(", first in line %d", first)
		}
		return r
	case Open:
		return Reason{Cause: Owed, Text: "the recording stops before it is due: " + n.owed}
	case NotObservable:
		var lacks []string
		for _, alternatives := range splitList(rule.Needs, ",") {
			if !w.covers(alternatives) {
				lacks = append(lacks, strings.ReplaceAll(alternatives, "|", " or "))
			}
		}
		r := n.blind
		switch {
		case lacks != nil && (r.Text == "" || r.Cause == Header):
			return notObserved([]string{strings.Join(lacks, ", nor ")})
		case lacks != nil:
			r.Text = "the header does not observe " + strings.Join(lacks, ", nor ") + "; " + r.Text
			r.Cause = Header
		case r.Text == "":
			line := slices.Min(slices.Collect(maps.Values(w.why.lateLine))) // or nothing could have been taken back
			r = Reason{Cause: Late, Line: line, Text: fmt.Sprintf("it was judged before the recording turned out to begin late, as line %d shows", line)}
		}
		return r
	}
	moments := w.prog.Spec.Moments(rule, w.prog.Profile)
	switch {
	case len(moments) == 0:
		return Reason{Cause: Unasked, Text: "the profile reads the pages otherwise: " + strings.Join(rule.Switches(), ", ")}
	case n.came == 0:
		return Reason{Cause: NotSeen, Text: "none of these came: " + strings.Join(moments, ", ")}
	}
	r := Reason{Cause: Elsewhere, Line: n.cameLine, Text: fmt.Sprintf("what it looks at came %s, first in line %d (%s), and not as the rule means it", often(n.came), n.cameLine, n.moment)}
	if n.lacked != "" {
		r.Text += ": " + n.lacked
	}
	if n.unwritten {
		r.Cause = Unwritten
	}
	return r
}

func often(n int64) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
