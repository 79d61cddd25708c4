package explore

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mapilife/model"
	"mapilife/trace"
)

const (
	pid          = 1
	firstAddress = 0x1000
	addressStep  = 0x10
)

// An environment is all the software around MAPI's rules, free to do whatever it can: every client, MAPI with its spooler, and every provider.
// It knows who may use which pointer and what a configuration has room for. What is right it does not know: that is asked of the interpreter.
type environment struct {
	config Config
	ops    []*operation
	byCall map[*model.Call]*operation

	tids    []int64
	modules []module
	sites   []site           // every address there is
	byKind  map[string][]int // the sites of an interface

	things []*model.Thing // of the state being looked at, by site
	stacks [][]model.Pending
	steps  []step
	n      int
}

// A module is a provider's DLL.
type module struct {
	name string
	init *operation
}

// A site is an address at which objects of one interface live, one after the other.
type site struct {
	iface   string
	address uint64
	owner   int // the number of the client whose sessions it is for
	typ     model.ProviderType
}

// A step is one event that may come next.
type step struct {
	tid  int64
	op   *operation
	kind model.EventKind
	on   uint64
	by   model.Side
	mod  string
	id   int64
	args []arg
	hr   model.HResult
	has  bool   // a result is returned
	code uint64 // tells the step from every other that can follow the thread's calls
}

// providerTypes are the types of provider, in the order in which a configuration numbers them.
var providerTypes = []struct {
	typ                        model.ProviderType
	init, provider, logon, dll string
}{
	{model.ABType, "ABProviderInit", "IABProvider", "IABLogon", "contab%d.dll"},
	{model.MSType, "MSProviderInit", "IMSProvider", "IMSLogon", "mspst%d.dll"},
	{model.XPType, "XPProviderInit", "IXPProvider", "IXPLogon", "smtp%d.dll"},
}

func newEnvironment(c Config) *environment {
	e := &environment{config: c, byCall: map[*model.Call]*operation{}, byKind: map[string][]int{}}
	named := map[string]*operation{}
	for i := range operations {
		if o := operations[i]; o.with == nil || o.with(&c) {
			o.call, o.id = model.ParseCall(o.name), len(e.ops)
			e.ops = append(e.ops, &o)
			e.byCall[o.call], named[o.name] = &o, &o
		}
	}
	for n := range c.Clients {
		e.tids = append(e.tids, int64(1+n))
	}
	address := uint64(firstAddress)
	add := func(n int, iface string, typ model.ProviderType, owner int) {
		for range n {
			e.byKind[iface] = append(e.byKind[iface], len(e.sites))
			e.sites = append(e.sites, site{iface, address, owner, typ})
			address += addressStep
		}
	}
	for n, p := range providerTypes {
		if c.Sessions > 0 {
			for d := range []int{c.AB, c.MS, c.XP}[n] {
				e.modules = append(e.modules, module{fmt.Sprintf(p.dll, d+1), named[p.init]})
			}
		}
	}
	for owner := range c.Clients {
		add(c.Sessions, "IMAPISession", model.NoType, owner)
		if c.AB > 0 {
			add(c.Sessions, "IAddrBook", model.NoType, owner)
		}
		for n, p := range providerTypes {
			objects := []int{c.AB, c.MS, c.XP}[n] * c.Sessions
			logons := objects * []int{c.Logons, c.Stores, c.Logons}[n]
			add(objects, p.provider, p.typ, owner)
			add(logons, p.logon, p.typ, owner)
			add(logons, "IMAPISupport", p.typ, owner)
			if p.typ == model.MSType {
				add(logons, "IMsgStore", p.typ, owner)
			}
		}
		if c.MS > 0 {
			add(c.Folders*c.Sessions, "IMAPIFolder", model.NoType, owner)
		}
	}
	e.things, e.stacks = make([]*model.Thing, len(e.sites)), make([][]model.Pending, len(e.tids))
	return e
}

// observed is what recordings of the explored software show: all of it.
var observed = []string{"MAPI", "entry", "module", "OLE", "IMAPISession", "IMAPIClientShutdown", "IABProvider", "IMSProvider", "IXPProvider", "IABLogon", "IMSLogon",
	"IXPLogon", "IMAPISupport", "IMsgStore", "IAddrBook", "IMAPIFolder", "IMessage", "IMAPITable", "IABContainer", "IProfSect", "IMAPIStatus", "IMAPIProviderShutdown",
	"IMAPIAdviseSink"}

func (e *environment) layout() model.Layout {
	l := model.Layout{Observation: model.Observation{Observes: observed}, PID: pid, Threads: e.tids}
	for _, m := range e.modules {
		l.Modules = append(l.Modules, m.name)
	}
	for _, o := range e.ops {
		l.Operations = append(l.Operations, o.name)
	}
	for _, s := range e.sites {
		l.Addresses = append(l.Addresses, s.address)
	}
	return l
}

// next lists what can come next in the world of a row. The list is good until the next call.
func (e *environment) next(s *model.Shelf, row []uint32) []step {
	for i := range e.sites {
		e.things[i] = s.Thing(row, i)
	}
	idle := true
	for n := range e.tids {
		e.stacks[n] = s.Calls(row, n)
		idle = idle && len(e.stacks[n]) == 0
	}
	e.n = 0
	for n := range e.tids {
		e.returns(s, row, n)
		e.entries(s, row, n)
	}
	if idle {
		*e.add() = step{tid: e.tids[0], kind: model.EndEvent}
	}
	return e.steps[:e.n]
}

// add makes room for another step.
func (e *environment) add() *step {
	if e.n == len(e.steps) {
		e.steps = append(e.steps, step{})
	}
	e.n++
	st := &e.steps[e.n-1]
	*st = step{args: st.args[:0]}
	return st
}

// entries lists the calls that a thread can begin.
func (e *environment) entries(s *model.Shelf, row []uint32, n int) {
	stack := e.stacks[n]
	if len(stack) >= e.config.Depth {
		return
	}
	maker := model.Client
	if len(stack) > 0 {
		top := &stack[len(stack)-1]
		if e.byCall[top.Call].leaf || sameSide(top.Maker, top.Answers) {
			return
		}
		maker = top.Answers
	}
	initialised := s.ThreadCount(row, n, "initialised here")
	tid, id := e.tids[n], s.NextID(row, n)
	for _, o := range e.ops {
		iface := o.call.Interface()
		by := iface.Calls
		if o.isUnknown() {
			by = maker
		} else if !sameSide(by, maker) {
			continue
		}
		if len(stack) == 0 && initialised == 0 && o.name != "MAPIInitialize" {
			continue
		}
		if !inside(stack, o.in) || !e.within(o, initialised, -1) || !e.room(o, n) {
			continue
		}
		enter := func(on, mod int) {
			for choice := range max(1, len(o.args)) {
				if choice == 0 && on >= 0 && !e.within(o, initialised, on) {
					continue
				}
				st := e.add()
				st.tid, st.op, st.kind, st.id, st.by = tid, o, model.CallEvent, id, by
				if mod >= 0 {
					st.mod = e.modules[mod].name
				}
				passed := -1
				if on >= 0 {
					st.on = e.sites[on].address
				}
				if o.passes != "" {
					passed = e.free("IMAPISupport", e.sites[on].typ, n)
					st.args = append(st.args, arg{name: o.passes, n: e.sites[passed].address})
				}
				st.code = codeOf(n, int(st.kind), o.id, on+1, choice, passed+1, mod+1)
				if len(o.args) > 0 {
					st.args = append(st.args, o.args[choice]...)
				}
			}
		}
		if !o.call.IsMethod() {
			if iface.Name != "entry" {
				enter(-1, -1)
				continue
			}
			for k, m := range e.modules {
				if m.init == o {
					enter(-1, k)
				}
			}
			continue
		}
		for _, i := range e.byKind[iface.Name] {
			if e.things[i] == nil || len(stack) > 0 && !e.concerns(&stack[len(stack)-1], i) {
				continue
			}
			if method, ok := strings.CutPrefix(o.name, "IMAPISupport::"); ok && !model.Supports(e.sites[i].typ, method) {
				continue
			}
			if e.usable(i, n, maker, o, stack) && (o.passes == "" || e.free("IMAPISupport", e.sites[i].typ, n) >= 0) {
				enter(i, -1)
			}
		}
	}
	if sameSide(model.MAPI, maker) {
		for k, m := range e.modules {
			switch s.ModuleCount(row, k, "loads") {
			case 0:
				if !inside(stack, m.init.in) {
					break
				}
				st := e.add()
				st.tid, st.kind, st.mod, st.code = tid, model.LoadEvent, m.name, codeOf(n, int(model.LoadEvent), k)
			default:
				if e.busy(m.name) {
					break
				}
				st := e.add()
				st.tid, st.kind, st.mod, st.code = tid, model.UnloadEvent, m.name, codeOf(n, int(model.UnloadEvent), k)
			}
		}
	}
}

const codes = 128 // more than there are threads, kinds of event, operations, choices, sites or DLLs

// codeOf makes one number of several. Who lists as many numbers for steps of a kind gives different steps different ones.
func codeOf(numbers ...int) (code uint64) {
	for _, n := range numbers {
		code = code*codes + uint64(n)
	}
	return code
}

// inside tells whether one of the calls that are open is of the operations named; every call is where none is named.
func inside(stack []model.Pending, names string) bool {
	return names == "" || slices.ContainsFunc(stack, func(c model.Pending) bool { return slices.Contains(strings.Fields(names), c.Call.Name) })
}

// concerns tells whether whoever answers a call has to do, in it, with a site. A provider uses the support object that it was passed, or that
// goes with the object it is called on, or that is left over of a logon that failed; MAPI, when it is given a support object back, the logon
// object that goes with it.
func (e *environment) concerns(top *model.Pending, i int) bool {
	t, on := e.things[i], &none
	if top.On >= 0 && e.things[top.On] != nil {
		on = e.things[top.On]
	}
	switch {
	case on.Kind == model.SupportObject:
		return on.Logon == i
	case top.Answers != model.Provider:
		return true
	case t.Kind == model.SupportObject:
		for on.Kind == model.Subobject && on.Parent >= 0 && e.things[on.Parent] != nil { // what was opened through a store, and keeps it alive
			on = e.things[on.Parent]
		}
		return top.Passed == i || on.Support == i || t.Logon < 0 && t.Type == on.Type
	}
	return true
}

var none = model.Thing{Logon: -1, Support: -1, Parent: -1}

// busy tells whether a provider's code in a DLL is running.
func (e *environment) busy(dll string) bool {
	for _, stack := range e.stacks {
		for d := range stack {
			if stack[d].Module == dll && stack[d].Answers == model.Provider {
				return true
			}
		}
	}
	return false
}

// sameSide takes MAPI and its spooler for one.
func sameSide(a, b model.Side) bool {
	mapi := model.MAPI | model.Spooler
	return a == b || a&mapi != 0 && b&mapi != 0
}

func (o *operation) isUnknown() bool { return o.is("AddRef") || o.is("Release") }

func (o *operation) is(method string) bool {
	n := len(o.name) - len(method)
	return n > 2 && o.name[n:] == method && o.name[n-1] == ':'
}

// within tells whether what the configuration bounds allows for the call. So often has its thread initialised MAPI.
func (e *environment) within(o *operation, initialised, on int) bool {
	l := &o.limit
	if l.counter != "" {
		return initialised >= l.least && (l.max == nil || initialised < l.max(&e.config))
	}
	return l.kind == model.NoKind || on < 0 || e.things[on].Registered(l.kind) < l.max(&e.config)
}

// usable tells whether a side can make a call on a site: it holds a reference there, or was passed the object in a call that it is answering.
func (e *environment) usable(i, n int, maker model.Side, o *operation, stack []model.Pending) bool {
	t := e.things[i]
	if t == nil || t.Dead || t.Dying || e.sites[i].owner != n {
		return false
	}
	held := t.Held(maker)
	switch {
	case o.is("Release"):
		return held >= 1
	case o.is("AddRef") && int(held)+e.running(o, i) >= e.config.References:
		return false
	case held >= 1:
		return true
	}
	for d := range stack {
		if stack[d].Passed == i && sameSide(stack[d].Answers, maker) {
			return true
		}
	}
	return false
}

// running is how many calls of an operation are open on an object.
func (e *environment) running(o *operation, on int) (n int) {
	for _, stack := range e.stacks {
		for d := range stack {
			if stack[d].Call == o.call && stack[d].On == on {
				n++
			}
		}
	}
	return n
}

// free is the first site for an object of an interface at which nothing is, for a thread; -1 if there is none.
func (e *environment) free(iface string, typ model.ProviderType, n int) int {
	for _, i := range e.byKind[iface] {
		if e.things[i] == nil && e.sites[i].typ == typ && e.sites[i].owner == n {
			return i
		}
	}
	return -1
}

// answerers are who implements each interface.
var answerers = func() map[string]model.Side {
	m := map[string]model.Side{}
	for _, x := range model.Interfaces() {
		m[x.Name] = x.Answers
	}
	return m
}()

// makes tells whether who answers an operation makes the objects of an interface; else it passes on what it holds.
func makes(answers model.Side, iface string) bool {
	return answerers[iface] == model.NoSide || sameSide(answerers[iface], answers)
}

// handsOut is the interface of what a parameter hands back. lppUnk is what ulObjType says, which is a folder here.
func handsOut(param string) string {
	if iface := model.HandsOut(param); iface != "" {
		return iface
	}
	return "IMAPIFolder"
}

// room tells whether what the operation hands out has a place, even if all calls that are open return before.
func (e *environment) room(o *operation, n int) bool {
	for _, param := range o.out {
		iface := handsOut(param)
		if !makes(o.call.Interface().Answers, iface) {
			continue
		}
		free := 0
		for _, i := range e.byKind[iface] {
			if e.things[i] == nil && e.sites[i].owner == n {
				free++
			}
		}
		for _, c := range e.stacks[n] {
			if c.Call == o.call {
				free--
			}
		}
		if free <= 0 {
			return false
		}
	}
	return true
}

// returns lists the ways in which a thread's innermost call can return.
func (e *environment) returns(s *model.Shelf, row []uint32, n int) {
	stack := e.stacks[n]
	if len(stack) == 0 {
		return
	}
	top := &stack[len(stack)-1]
	o := e.byCall[top.Call]
	leave := func(hr model.HResult) *step {
		st := e.add()
		st.tid, st.op, st.kind, st.id, st.hr = e.tids[n], o, model.ReturnEvent, s.NextID(row, n)-1, hr
		st.has = !o.isUnknown() && o.name != "MAPIUninitialize"
		return st
	}
	before := e.n
	e.succeed(o, top, n, leave, nil)
	if !e.config.Failures && e.n > before { // where there is nothing to be passed on it fails all the same
		return
	}
	for which, hr := range o.fails {
		st := leave(hr)
		st.code = codeOf(n, int(st.kind), o.id, which+1)
		for _, param := range o.out {
			st.args = append(st.args, arg{name: param, null: true})
		}
	}
}

// succeed lists the returns of success: each choice of what is handed out.
func (e *environment) succeed(o *operation, top *model.Pending, n int, leave func(model.HResult) *step, out []arg) {
	if len(out) == len(o.out) {
		for choice := range max(1, len(o.also)) {
			st := leave(model.SOK)
			st.code = codeOf(n, int(st.kind), o.id, 0, choice)
			for i := range out {
				st.code = st.code*codes + (out[i].n-firstAddress)/addressStep
			}
			st.args = append(st.args, out...)
			if len(o.also) > 0 {
				st.args = append(st.args, o.also[choice]...)
			}
		}
		return
	}
	param := o.out[len(out)]
	iface := handsOut(param)
	if makes(top.Answers, iface) {
		typ := model.NoType
		switch {
		case o.passes != "":
			typ = e.sites[top.On].typ
		default:
			for _, p := range providerTypes {
				if p.provider == iface {
					typ = p.typ
				}
			}
		}
		if i := e.free(iface, typ, n); i >= 0 {
			e.succeed(o, top, n, leave, append(out, arg{name: param, n: e.sites[i].address}))
		}
		return
	}
	for _, i := range e.byKind[iface] {
		t := e.things[i]
		if t != nil && !t.Dead && !t.Dying && e.sites[i].owner == n && t.Held(top.Answers) >= 1 && int(t.Held(top.Maker)) < e.config.References {
			e.succeed(o, top, n, leave, append(slices.Clip(out), arg{name: param, n: e.sites[i].address}))
		}
	}
}

// event is what the interpreter is given for a step.
func (st *step) event(ev *model.Event) {
	args := ev.Args[:0]
	*ev = model.Event{Line: model.Now, Seq: model.Now, PID: pid, TID: st.tid, Kind: st.kind, ID: st.id, By: st.by, Module: st.mod}
	switch st.kind {
	case model.CallEvent:
		ev.Call = st.op.call
		if st.on != 0 {
			ev.On = model.Address{Key: st.on, Set: true}
		}
	case model.ReturnEvent:
		ev.HR, ev.HasHR = st.hr, st.has
	case model.EndEvent:
		ev.Reason = "exit"
	}
	for i := range st.args {
		a := &st.args[i]
		v := model.Value{Kind: model.Number, Num: a.n}
		switch {
		case a.null:
			v = model.Value{Kind: model.NullValue}
		case a.text != "":
			v = model.Value{Kind: model.TextValue, Text: a.text}
		}
		args = append(args, model.Argument{Param: model.ParamOf(a.name), Value: v})
	}
	ev.Args = args
}

// record is the line of a trace for a step.
func (st *step) record(id int64) *trace.Record {
	hex := func(n uint64) []byte { return append([]byte("0x"), strconv.FormatUint(n, 16)...) }
	r := &trace.Record{TID: trace.Integer{N: st.tid, Set: true}, ID: id}
	switch st.kind {
	case model.CallEvent:
		r.Kind, r.Name, r.By = trace.CallRecord, []byte(st.op.name), trace.Text{S: []byte(st.by.String()), Set: true}
		if st.on != 0 {
			r.On = trace.Text{S: hex(st.on), Set: true}
		}
	case model.ReturnEvent:
		r.Kind = trace.ReturnRecord
		if st.has {
			r.HR = trace.Value{Kind: trace.String, S: fmt.Appendf(nil, "0x%08x", uint32(st.hr))}
		}
	case model.LoadEvent:
		r.Kind, r.Name = trace.EventRecord, []byte("load")
	case model.UnloadEvent:
		r.Kind, r.Name = trace.EventRecord, []byte("unload")
	default:
		return &trace.Record{Kind: trace.EventRecord, Name: []byte("end"), Reason: trace.Text{S: []byte("exit"), Set: true}}
	}
	if st.mod != "" {
		r.Module = trace.Text{S: []byte(st.mod), Set: true}
	}
	for _, a := range st.args {
		v := trace.Value{Kind: trace.String, S: hex(a.n)}
		switch {
		case a.null:
			v = trace.Value{Kind: trace.Null}
		case a.text != "":
			v.S = []byte(a.text)
		}
		r.Args, r.HasArgs = append(r.Args, trace.Member{Name: []byte(a.name), Value: v}), true
	}
	return r
}
