package model

import (
	"slices"
	"strings"
)

// A Subject is what a reader asks about by the name of an operation: one operation of the catalogue, or several that share a name, such as
// the Release of every interface.
type Subject struct {
	Name string // as the reference pages write it
	Page string // the last part of the address of its own page; "" for a method that has none of its own
	// Any tells a method that the specification does not name: what holds for it holds for every such method of its interface.
	Any bool
	ops []OpID
}

// Subjects are all operations that the specification names, functions first, then the methods interface by interface.
func Subjects() []Subject {
	var list []Subject
	for i, o := range ops.ops[1:] {
		if isInstant(o.Method) {
			continue
		}
		name, op := o.home(), OpID(i+1)
		if at := slices.IndexFunc(list, func(x Subject) bool { return x.Name == name }); at >= 0 {
			list[at].ops = append(list[at].ops, op)
		} else {
			list = append(list, subject(name, op))
		}
	}
	return list
}

// home names the operation by the interface that has it, where only one has.
func (o Operation) home() string {
	if o.Class == Functions {
		return o.Method
	}
	iface := classTable[o.Class].name
	if i := o.observedThrough(); i != unlisted {
		iface = interfaces[i].Name
	} else if own := ownMethods[o.Method]; own != "" && !strings.Contains(own, " ") {
		iface = own
	}
	return iface + "::" + o.Method
}

// Instants are the events of a trace that are no calls, and at which rules look all the same.
func Instants() []Subject {
	var list []Subject
	for _, x := range []struct{ name, op string }{
		{"load", "event-load"}, {"unload", "event-unload"}, {"thread-exit", "event-thread-exit"}, {"end exit", "event-exit"},
	} {
		list = append(list, Subject{Name: x.name, ops: []OpID{ops.byName[x.op]}})
	}
	return list
}

func subject(name string, list ...OpID) Subject {
	x := Subject{Name: name, ops: list}
	iface, method, isMethod := strings.Cut(name, "::")
	switch {
	case !isMethod:
		x.Page = strings.ToLower(name)
	case method == "*":
		x.Any = true
	case method != queryInterface && method != addRef && method != release && iface != classTable[SubClass].name:
		x.Page = strings.ToLower(iface + "-" + method)
	}
	return x
}

// SubjectByName finds what a name means, in whatever case: a function, a method of an interface, or an event that is no call. A method that
// the specification does not name is what holds for any method of its interface.
func SubjectByName(name string) (Subject, bool) {
	for _, x := range slices.Concat(Subjects(), Instants()) {
		if strings.EqualFold(x.Name, name) {
			return x, true
		}
	}
	asked, method, isMethod := strings.Cut(name, "::")
	i := slices.IndexFunc(interfaces, func(x Interface) bool { return strings.EqualFold(x.Name, asked) })
	if !isMethod || method == "" || i < 0 || interfaces[i].Class == Functions {
		return Subject{}, false
	}
	for known := range ops.methods {
		if strings.EqualFold(known, method) {
			method = known
		}
	}
	var list []OpID
	listed := false
	for class := SessionClass; class < classes; class++ {
		op := ops.table[class][ops.methods[method]]
		if interfaces[i].has(class, ops.ops[op]) {
			list = append(list, op)
			listed = listed || ops.ops[op].Method == method
		}
	}
	x := subject(interfaces[i].Name+"::"+method, list...)
	x.Any = !listed
	return x, len(list) > 0
}

// has tells whether an operation can be called through the interface.
func (x Interface) has(class Class, o Operation) bool {
	switch {
	case x.Name == "IUnknown":
		return o.isUnknown()
	case x.Base: // of stores, and of what is opened through them
		return class == StoreClass || class == SubClass
	case x.Class == NoClass: // IMAPIProviderShutdown, which objects of three classes have
		return class.Kind() == ProviderObject && (o.isUnknown() || interfaces[o.observedThrough()].Name == x.Name)
	}
	return class == x.Class
}

// Answers are the sides that implement the operation, and Calls those that make a call of it that no other call encloses.
func (x Subject) Answers() Side { return x.sides(func(i Interface) Side { return i.Answers }) }

// Calls: see Answers.
func (x Subject) Calls() Side { return x.sides(func(i Interface) Side { return i.Calls }) }

func (x Subject) sides(of func(Interface) Side) (all Side) {
	name, _, isMethod := strings.Cut(x.Name, "::")
	for _, op := range x.ops {
		i := ops.ops[op].observedThrough()
		if own, ok := interfaceOf(name); isMethod && ok {
			i = own
		}
		if i != unlisted {
			all |= of(interfaces[i])
		}
	}
	return all
}

// A Use says how a rule has to do with an operation.
type Use uint8

// The uses. They are bits: a rule may look at an operation in several ways.
const (
	JudgedAt  Use = 1 << iota // a call of it keeps the rule, or breaks it
	DueBy                     // what the rule demands is due by a call of it
	PaidBy                    // a call of it pays what the rule demands, or proves that it was not paid
	DependsOn                 // whether a call of it runs, or came first inside another, decides what the rule makes of that one
	OnPage                    // the page of the operation demands the rule
)

var useNames = []struct {
	use  Use
	name string
}{{JudgedAt, "judges it"}, {DueBy, "due by it"}, {PaidBy, "paid or proved by it"}, {DependsOn, "depends on it"}, {OnPage, "on its page"}}

// String names the uses, joined by commas.
func (u Use) String() string { return strings.Join(u.Names(), ", ") }

// Names are the names of the uses.
func (u Use) Names() []string {
	var list []string
	for _, x := range useNames {
		if u&x.use != 0 {
			list = append(list, x.name)
		}
	}
	return list
}

// An Application is a rule that has to do with an operation.
type Application struct {
	Rule *Rule
	Use  Use
}

// An Index knows which rules look at which operation.
type Index struct {
	spec *Spec
	uses [][]Use // by operation and number of the rule
}

// Index makes it.
func (s *Spec) Index() *Index {
	x := &Index{s, make([][]Use, len(ops.ops))}
	for op := range x.uses {
		x.uses[op] = make([]Use, len(s.Rules))
	}
	for n, r := range s.Rules {
		for _, look := range s.looks(r) {
			for _, op := range matchAll(look.patterns) {
				x.uses[op][n] |= look.use
			}
		}
	}
	return x
}

// Applying lists the rules that have to do with an operation, in the order of the registry. Those that are not checked look at no
// operation: they are on its page.
func (ix *Index) Applying(x Subject) []Application {
	var list []Application
	for n, r := range ix.spec.Rules {
		u := Use(0)
		for _, op := range x.ops {
			u |= ix.uses[op][n]
		}
		if x.Page != "" && slices.ContainsFunc(r.Sources(), func(p Source) bool { return p.Page == x.Page }) {
			u |= OnPage
		}
		if u != 0 {
			list = append(list, Application{r, u})
		}
	}
	return list
}

// On lists the rules that a page demands.
func (s *Spec) On(page string) []*Rule {
	var list []*Rule
	for _, r := range s.Rules {
		if slices.ContainsFunc(r.Sources(), func(p Source) bool { return strings.EqualFold(p.Page, page) }) {
			list = append(list, r)
		}
	}
	return list
}

// PagesCited are the pages that demand rules, in the order of their names.
func (s *Spec) PagesCited() []string {
	var list []string
	for _, r := range s.Rules {
		for _, p := range r.Sources() {
			list = append(list, p.Page)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// A Step is a row of a lifecycle that an operation sets off.
type Step struct {
	Life *Lifecycle
	Row  *Row
}

// Steps lists the legal rows that an operation sets off.
func (s *Spec) Steps(x Subject) []Step {
	var list []Step
	for _, l := range s.Lifecycles {
		for i := range l.Rows {
			r := &l.Rows[i]
			if r.IsLegal() && !isBirth(r.On) && slices.ContainsFunc(matchAll(r.On.Ops), func(op OpID) bool { return slices.Contains(x.ops, op) }) {
				list = append(list, Step{l, r})
			}
		}
	}
	return list
}

// A look is how a rule looks at the operations that a pattern names.
type look struct {
	use      Use
	patterns string
}

// looks lists everything that a rule looks at: this is what "which rules apply to an operation" means.
func (s *Spec) looks(r *Rule) []look {
	var list []look
	at := func(u Use, t Trigger) {
		list = append(list, look{u, t.Ops})
		t.Cond.looks(&list)
	}
	for _, l := range s.Lifecycles {
		for i := range l.Rows {
			row := &l.Rows[i]
			if slices.Contains(strings.Fields(row.Breaks+" "+row.Holds), r.ID) {
				at(JudgedAt, row.On)
				row.If.looks(&list)
			}
		}
	}
	for _, g := range r.Guards {
		at(JudgedAt, g.When)
		g.If.looks(&list)
		g.Holds.looks(&list)
	}
	for _, d := range r.Duties {
		for _, due := range d.Due {
			at(DueBy, due.At)
			due.If.looks(&list)
		}
		at(PaidBy, d.Paid)
		at(PaidBy, d.Proof)
		d.If.looks(&list)
		d.Owed.looks(&list)
	}
	return list
}

// looks adds the operations that a condition names.
func (c Cond) looks(list *[]look) {
	switch c.Is {
	case within, directly, withinOn, firstInside:
		*list = append(*list, look{DependsOn, c.Names})
	}
	for _, p := range c.Parts {
		p.looks(list)
	}
	for _, t := range [...]Term{c.Left, c.Right} {
		switch t.What {
		case running:
			*list = append(*list, look{DependsOn, t.Name})
		case callerArgument:
			*list = append(*list, look{DependsOn, t.Ops})
		}
		if t.Where != nil {
			t.Where.looks(list)
		}
	}
}

// Moments are the names of the moments at which the rule is judged under a profile: of its rows, its guards, and what its duties are due by.
// A rule that the profile does not ask for has none.
func (s *Spec) Moments(r *Rule, p Profile) []string {
	var list []string
	at := func(t Trigger) {
		if !slices.Contains(list, t.Name) {
			list = append(list, t.Name)
		}
	}
	for _, l := range s.Lifecycles {
		for i := range l.Rows {
			if row := &l.Rows[i]; p.Has(row.Under) && slices.Contains(strings.Fields(row.Breaks+" "+row.Holds), r.ID) {
				at(row.On)
			}
		}
	}
	for _, g := range r.Guards {
		if p.Has(g.Under) {
			at(g.When)
		}
	}
	for _, d := range r.Duties {
		for _, due := range d.Due {
			if p.Has(d.Under) {
				at(due.At)
			}
		}
	}
	return list
}
