// Package sim is a MAPI subsystem in memory, with clients, providers and a spooler that keep to the reference pages. Every call that one
// of them makes is recorded, so that what it plays is a trace.
//
// It is written from the pages' sequences and not from the rules of package model: the one can catch the other.
//
// Whatever is open to the software is left to a [Choice]: which thread goes on, what a client opens, whether a store is logged off
// before it is released, where a store provider calls StoreLogoffTransports. Equal choices play the same trace.
package sim

import (
	"fmt"
	"iter"
	"strconv"

	"mapilife/trace"
)

// A Choice picks one of n things, from 0 to n-1.
type Choice func(n int) int

// A Config says how much is played.
type Config struct {
	Choice   Choice
	Threads  int // client threads of the process
	Sessions int // sessions of each thread, one after the other
	Uses     int // at most so many things are done with the stores of a session
	Open     int // at most so many folders and messages are open at once in a store
}

// Header is that of the traces that are played: everything is observed.
func Header() *trace.Header {
	producer := "mapilife props/sim"
	return &trace.Header{Producer: &producer, HasObserves: true, Observes: []string{"MAPI", "entry", "module", "IMAPISession",
		"IMAPIClientShutdown", "IABProvider", "IMSProvider", "IXPProvider", "IABLogon", "IMSLogon", "IXPLogon", "IMAPISupport", "IMsgStore",
		"IAddrBook", "IMAPIFolder", "IMessage", "IMAPITable", "IABContainer", "IProfSect"}}
}

// Play plays one process from its start to its end. The records, and what they refer to, are good until the next one.
func Play(c Config, emit func(*trace.Record) error) error {
	p := &process{config: c, emit: emit, modules: map[string]bool{}, next: 0x5646d3600000, clock: 1_624_067_656_000}
	p.record(&trace.Record{Kind: trace.HeaderRecord, Header: Header()})
	p.run()
	p.record(&trace.Record{Kind: trace.EventRecord, Name: []byte("end"), Reason: text("exit")})
	return p.err
}

// A process is one process: the subsystem in it, its threads, its memory.
type process struct {
	config Config
	emit   func(*trace.Record) error
	err    error
	line   int64
	ids    int64
	clock  int64 // in nanoseconds

	next uint64   // the next address that was never used
	free []uint64 // addresses to be used again

	initialised int
	busy        bool // MAPIInitialize or MAPIUninitialize is at work
	modules     map[string]bool
	loaded      []string
}

func (p *process) record(r *trace.Record) {
	p.line++
	if r.Kind != trace.HeaderRecord {
		p.clock += int64(1500 + p.choose(9000))
		r.Seq, r.Time = trace.Integer{N: p.line, Set: true}, trace.Integer{N: p.clock, Set: true}
	}
	r.Line = p.line
	if p.err == nil {
		p.err = p.emit(r)
	}
}

// An object is something with a reference count, at an address.
type object struct {
	address uint64
	refs    int
}

func (p *process) object() *object {
	if n := len(p.free); n > 0 && p.choose(4) > 0 {
		o := &object{address: p.free[n-1], refs: 1}
		p.free = p.free[:n-1]
		return o
	}
	p.next += 0x40
	return &object{address: p.next, refs: 1}
}

// gone gives an object's address back.
func (p *process) gone(o *object) { p.free = append(p.free, o.address) }

func (p *process) choose(n int) int { return p.config.Choice(n) }

// run plays the threads. Each goes on until it has recorded something; then the choice says who is next.
func (p *process) run() {
	type task struct {
		next func() (struct{}, bool)
		stop func()
	}
	var tasks []task
	for i := range p.config.Threads {
		t := &thread{p: p, id: int64(31590 + i)}
		next, stop := iter.Pull(func(yield func(struct{}) bool) {
			defer func() {
				if why := recover(); why != nil && why != any(stopped{}) {
					panic(why)
				}
			}()
			t.yield = yield
			t.client()
		})
		tasks = append(tasks, task{next, stop})
	}
	defer func() {
		for _, t := range tasks {
			t.stop()
		}
	}()
	at := 0
	for len(tasks) > 0 && p.err == nil {
		if len(tasks) > 1 && p.choose(6) == 0 {
			at = p.choose(len(tasks))
		}
		if _, more := tasks[at].next(); !more {
			tasks = append(tasks[:at], tasks[at+1:]...)
			at = 0
		}
	}
}

// A thread is one thread of the process.
type thread struct {
	p     *process
	id    int64
	yield func(struct{}) bool
	rec   trace.Record
	args  []trace.Member
}

// stopped unwinds a thread of which nobody wants to see more.
type stopped struct{}

// pause lets the other threads go on.
func (t *thread) pause() {
	if !t.yield(struct{}{}) {
		panic(stopped{})
	}
}

// An arg is an argument or an out parameter.
type arg struct {
	name  string
	value any // a flag word, an object, nil for a null pointer, or a text
}

func value(v any) trace.Value {
	switch v := v.(type) {
	case nil:
		return trace.Value{Kind: trace.Null}
	case int:
		return trace.Value{Kind: trace.String, S: strconv.AppendUint([]byte("0x"), uint64(v), 16)}
	case *object:
		return trace.Value{Kind: trace.String, S: v.name()}
	case string:
		return trace.Value{Kind: trace.String, S: []byte(v)}
	}
	panic(fmt.Sprintf("sim: an argument of type %T", v))
}

func (o *object) name() []byte { return strconv.AppendUint([]byte("0x"), o.address, 16) }

func text(s string) trace.Text { return trace.Text{S: []byte(s), Set: s != ""} }

// call plays a call: its beginning, what happens inside, its return with what that hands back.
func (t *thread) call(by, name string, on *object, module string, args []arg, inside func() ret) {
	id := t.open()
	r := &t.rec
	*r = trace.Record{Kind: trace.CallRecord, TID: trace.Integer{N: t.id, Set: true}, ID: id, Name: []byte(name), By: text(by), Module: text(module),
		Args: t.members(args), HasArgs: len(args) > 0}
	if on != nil {
		r.On = trace.Text{S: on.name(), Set: true}
	}
	t.emit()
	var back ret
	if inside != nil {
		back = inside()
	}
	*r = trace.Record{Kind: trace.ReturnRecord, TID: trace.Integer{N: t.id, Set: true}, ID: id, Args: t.members(back.out), HasArgs: len(back.out) > 0}
	switch {
	case back.counts:
		r.Ref = trace.Integer{N: int64(back.refs), Set: true}
	case !back.void:
		r.HR = trace.Value{Kind: trace.String, S: []byte("0x00000000")}
		if back.hr != "" {
			r.HR.S = []byte(back.hr)
		}
	}
	t.emit()
}

// A ret is what a call returns. The zero ret is S_OK.
type ret struct {
	hr     string // a result other than S_OK
	void   bool
	counts bool // AddRef's and Release's
	refs   int
	out    []arg
}

func (t *thread) open() int64 {
	t.p.ids++
	return t.p.ids
}

func (t *thread) members(args []arg) []trace.Member {
	t.args = t.args[:0]
	for _, a := range args {
		t.args = append(t.args, trace.Member{Name: []byte(a.name), Value: value(a.value)})
	}
	return t.args
}

func (t *thread) emit() {
	t.p.record(&t.rec)
	t.pause()
}

// event records a load or unload.
func (t *thread) event(name, module string) {
	t.rec = trace.Record{Kind: trace.EventRecord, TID: trace.Integer{N: t.id, Set: true}, Name: []byte(name), Module: text(module)}
	t.emit()
}

// addRef and release play the calls on an object of an interface.
func (t *thread) addRef(by, iface string, o *object) {
	t.call(by, iface+"::AddRef", o, "", nil, func() ret {
		o.refs++
		return ret{counts: true, refs: o.refs}
	})
}

// release gives one reference back; the last runs the object's teardown inside.
func (t *thread) release(by, iface string, o *object, teardown func()) {
	t.call(by, iface+"::Release", o, "", nil, func() ret {
		o.refs--
		if o.refs == 0 {
			if teardown != nil {
				teardown()
			}
			t.p.gone(o)
		}
		return ret{counts: true, refs: o.refs}
	})
}
