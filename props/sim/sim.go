// Package sim is a MAPI subsystem in memory, with clients, providers and a spooler that keep to the reference pages. Every call that one
// of them makes is recorded, so that what it plays is a trace.
//
// It is written from the pages' sequences and not from the rules of package model: the one can catch the other. It keeps its own
// reference counts and registries, of which a [Snapshot] tells.
//
// Whatever is open to the software is left to a [Choice]: which thread goes on, what a client opens, whether a store is logged off
// before it is released, where a store provider calls StoreLogoffTransports. Equal choices play the same trace. Where the pages
// contradict each other the software does what one of them says: a [Config] may fix which, by the names of the model's switches.
//
// A process can be played in two ways. [Play] has several client threads go on at once, each record by record. A [Sim] made by [New] does
// one thing after the other, each as it is asked for, and to its end.
//
// The software of a simulation can be made to do one thing wrong: see [Faults].
package sim

import (
	"iter"

	"mapilife/trace"
)

// A Choice picks one of n things, from 0 to n-1.
type Choice func(n int) int

// A Config says how much is played, and how.
type Config struct {
	Choice   Choice
	Readings map[string]string // how switches of the model stand; what is not named may be done either way

	Failures bool // providers refuse logons now and then, and clients' own calls fail

	Apart bool // objects are easily told apart: see Apart
	Fresh bool // no address is used again
	Wide  bool // what a Sim plays is wide: see Wide

	Fault string // what goes wrong: a name of Faults, or nothing
	At    int    // at which of its opportunities it does, from 0

	// What Play plays.
	Threads  int // client threads of the process
	Sessions int // sessions of each thread, one after the other
	Uses     int // at most so many things are done with the stores of a session
	Open     int // at most so many folders and messages are open at once in a session
}

// With Apart in a [Config], members of a shared session do not use the same stores and logons, the spooler does not use a store that its
// client has logged off, and nothing is born at the address of something through which other things were opened.

// With Wide in a [Config], the software also does what ordinary recordings lack: its sinks are told, MAPI's registries and buffers are
// observed, providers and the spooler use more of the support object, and clients change the profile and use the utility functions.

// Header is that of the traces that are played: everything is observed.
func (c Config) Header() *trace.Header {
	producer := "mapilife props/sim"
	h := &trace.Header{Producer: &producer, HasObserves: true, Observes: []string{"MAPI", "entry", "module", "IMAPISession",
		"IMAPIClientShutdown", "IABProvider", "IMSProvider", "IXPProvider", "IABLogon", "IMSLogon", "IXPLogon", "IMAPISupport", "IMsgStore",
		"IAddrBook", "IMAPIFolder", "IMessage", "IMAPITable", "IABContainer", "IProfSect", "IMAPIStatus", "IMAPIProviderShutdown", "IMAPIAdviseSink", "OLE"}}
	if c.Wide {
		h.Observes = append(h.Observes, "utility", "callback", "registry", "buffers", "IAttach", "IProfAdmin", "IMsgServiceAdmin", "IProviderAdmin",
			"IMAPIInitMonitor", "ITableData", "IStream", "IStorage", "ITnef", "IMalloc", "IProxyStoreObject")
	}
	return h
}

// Play plays one process from its start to its end, its client threads at once. The records, and what they refer to, are good until the
// next one.
func Play(c Config, emit func(*trace.Record) error) error {
	p := newProcess(c, emit)
	p.run()
	p.exit("exit")
	return p.err
}

// run plays the threads. Each goes on until it has recorded something; then the choice says who is next.
func (p *process) run() {
	type task struct {
		next func() (struct{}, bool)
		stop func()
	}
	var tasks []task
	for range p.config.Threads {
		t := p.thread()
		c := &client{p: p}
		next, stop := iter.Pull(func(yield func(struct{}) bool) {
			defer func() {
				if why := recover(); why != nil && why != any(stopped{}) {
					panic(why)
				}
			}()
			t.yield = yield
			c.work(t)
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
		switch {
		case p.waits: // for what another thread does
			at = (at + 1) % len(tasks)
		case len(tasks) > 1 && p.choose(6) == 0:
			at = p.choose(len(tasks))
		}
		p.waits = false
		if _, more := tasks[at].next(); !more {
			tasks = append(tasks[:at], tasks[at+1:]...)
			at = 0
		}
	}
}

// stopped unwinds a thread of which nobody wants to see more.
type stopped struct{}

// pause lets the other threads go on, where threads are played at once.
func (t *thread) pause() {
	if t.yield != nil && !t.yield(struct{}{}) {
		panic(stopped{})
	}
}

// A lock lets one thread at a time do something that takes several calls.
type lock struct {
	owner *thread
	depth int
}

func (t *thread) acquire(l *lock) {
	for l.owner != nil && l.owner != t {
		t.p.waits = true
		t.pause()
	}
	l.owner = t
	l.depth++
}

func (l *lock) release() {
	l.depth--
	if l.depth == 0 {
		l.owner = nil
	}
}
