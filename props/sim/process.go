package sim

import (
	"mapilife/trace"
)

// This file is the process: its threads, MAPIInitialize and MAPIUninitialize, and the providers' DLLs.

// multithreadNotifications is MAPI_MULTITHREAD_NOTIFICATIONS, which clients with several threads set.
const multithreadNotifications = 0x1

// A process is one process: the subsystem in it, its threads, its memory.
type process struct {
	config Config
	emit   func(*trace.Record) error
	err    error
	line   int64
	ids    int64
	clock  int64 // in nanoseconds
	fault  *injection

	next    uint64   // the next address that was never used
	free    []uint64 // addresses to be used again
	objects []*object

	threads     []*thread
	waits       bool    // the thread that ran last waits for another
	spooler     *thread // where the spooler works; made when it is first needed
	initialised int
	starting    lock // MAPIInitialize or MAPIUninitialize is at work
	utilities   int  // ScInitMapiUtil calls to be matched
	profile     []*service
	mailboxes   []*section // its stores
	sessions    []*session
	numbered    int      // MAPI sessions that there have been
	shared      *session // the shared session, if there is one
	uids        []registration
	rows        []*support // the status table: whose rows
	advised     int        // registrations for notifications
	connections int
	up          bool      // MAPIInitialize has succeeded once
	started     int       // threads that have taken the place of others
	loggedOn    bool      // some client has begun to log on
	asked       bool      // for a fast shutdown
	refused     *object   // a provider object that MAPI has refused and kept: a fault
	fast        bool      // DoFastShutdown has succeeded: nothing but the end is left
	named       string    // the profile that a new session is asked for by name
	deleted     int       // profiles, and message services in them, that are no more
	asService   bool      // the client is a Windows service
	notifier    *thread   // where MAPI notifies by itself; made when it is first needed
	noDialog    bool      // a store is opened by IMAPISession::OpenEntry
	extras      []*object // what store logons have handed out for MAPI to free
	malloc      *object   // the allocator that entry point functions are passed
}

// A thread is one thread of the process.
type thread struct {
	p           *process
	id          int64
	initialised int
	ole         int
	again       result // what a provider answers to a logon that it has refused before
	yield       func(struct{}) bool
	rec         trace.Record
	args        []trace.Member
	buf         []byte
	open        []int64 // the calls that it is in
}

func newProcess(c Config, emit func(*trace.Record) error) *process {
	p := &process{config: c, emit: emit, next: 0x5646d3600000, clock: 1_624_067_656_000, profile: newProfile(c.Wide), named: "Outlook"}
	for _, s := range p.profile {
		for _, sec := range s.sections {
			if sec.providerType == msType {
				p.mailboxes = append(p.mailboxes, sec)
			}
		}
	}
	if c.Fault != "" {
		p.fault = &injection{name: c.Fault, left: c.At}
	}
	p.record(&trace.Record{Kind: trace.HeaderRecord, Header: c.Header()})
	return p
}

// record hands a record on.
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

func (p *process) choose(n int) int { return p.config.Choice(n) }

// now and then is one time in n.
func (p *process) oneIn(n int) bool { return p.choose(n) == n-1 }

// may tells whether the readings that the simulation keeps to allow one of a switch.
func (p *process) may(name, reading string) bool {
	set, fixed := p.config.Readings[name]
	return !fixed || set == reading
}

// must tells whether the readings fix a switch to this one.
func (p *process) must(name, reading string) bool { return p.config.Readings[name] == reading }

func (p *process) thread() *thread {
	t := &thread{p: p, id: int64(31590 + len(p.threads))}
	p.threads = append(p.threads, t)
	return t
}

// spoolerThread is the thread on which the spooler works by itself.
func (p *process) spoolerThread() *thread {
	if p.spooler == nil {
		p.spooler = &thread{p: p, id: 31580}
	}
	return p.spooler
}

// exit is the end of the process.
func (p *process) exit(reason string) {
	if p.fault != nil && !p.fast { // after a fast shutdown nothing is owed
		p.fault.watch(p.line+1, "end", nil, 0, false)
	}
	p.record(&trace.Record{Kind: trace.EventRecord, Name: []byte("end"), Reason: trace.Text{S: []byte(reason), Set: true}})
}

func (t *thread) initialize(by string) bool {
	p := t.p
	flags := multithreadNotifications
	if p.config.Wide && !p.up && p.initialised == 0 && !p.asService {
		p.asService = p.oneIn(6)
	}
	if p.asService {
		flags |= mapiNTService
	}
	id := t.enter(by, "MAPIInitialize", nil, number("lpMapiInit", 0x7ffd00), number("ulVersion", 0), number("ulFlags", flags))
	t.acquire(&p.starting)
	hr := ok
	switch {
	case p.config.Failures && p.initialised > 0 && p.oneIn(16):
		hr = eOutOfMemory
	case p.initialised == 0 && p.wrong("mapi-first-initialise-not-ok"):
		p.blame()
		hr = 1
	}
	if !p.loggedOn && p.wrong("mapi-inits-before-logon") {
		m := &p.profile[0].module
		t.load("mapi", m)
		p.blame()
		inner := t.entry("mapi", abType.entry, nil, m.name, number("ulFlags", 0), number("ulMAPIVer", currentVersion))
		x := p.object(abType.iface, m)
		m.users--
		x.held[mapiSide]++
		t.leave(inner, ok, pointer(abType.out, x), number("lpulProviderVer", currentVersion))
		t.release("mapi", x, nil)
	}
	if !hr.failed() {
		if p.config.Wide {
			t.leaf("mapi", "CoInitialize", nil, ok, null("pvReserved"))
		}
		p.initialised++
		p.up = true
		t.initialised++
	}
	p.starting.release()
	t.leave(id, hr)
	return !hr.failed()
}

// uninitialize plays MAPIUninitialize; the last one frees the providers' DLLs.
func (t *thread) uninitialize(by string) {
	p := t.p
	t.acquire(&p.starting)
	p.initialised--
	t.initialised--
	if p.fault != nil && p.initialised == 0 && p.fault.atLast {
		p.blame()
	}
	id := t.enter(by, "MAPIUninitialize", nil)
	if p.initialised == 0 {
		for _, s := range p.profile {
			if s.module.users > 0 { // something in it was left over
				continue
			}
			if s.module.loads > 0 && p.wrong("mapi-keeps-dll") {
				p.dueAt(nil, "end")
				continue
			}
			if s.module.loads > 0 && p.wrong("mapi-frees-dll-twice") {
				t.free(&s.module)
				p.blame()
				t.event("unload", s.module.name)
			}
			t.free(&s.module)
		}
	}
	if p.config.Wide {
		t.void(t.enter("mapi", "CoUninitialize", nil))
	}
	p.starting.release()
	t.void(id)
	if p.initialised == 0 && p.notifier != nil {
		p.notifier.event("thread-exit", "")
		p.notifier = nil
	}
}

// A module is a DLL. One that is loaded has at least one load that no unload has matched.
type module struct {
	name  string
	loads int
	users int // objects that live in it, and provider objects that are being made
}

// load loads a DLL for a provider object that is to be made. MAPI may load it for each of them, or once.
func (t *thread) load(by string, m *module) {
	m.users++
	if m.loads == 0 && by == "mapi" && t.p.wrong("mapi-skips-load") {
		t.p.blame() // at the call of the entry point
		return
	}
	if m.loads == 0 || t.p.oneIn(4) {
		m.loads++
		t.event("load", m.name)
		if t.p.config.Wide {
			t.void(t.entry("os", "DllMain", nil, m.name))
		}
	}
}

// unload frees a DLL that nobody uses, where the readings let it go before the last MAPIUninitialize.
func (t *thread) unload(m *module) {
	p := t.p
	if m.loads == 0 || m.users > 0 {
		return
	}
	if p.wrong("mapi-frees-dll-before-uninitialize") {
		p.dueLast(m)
	} else if p.must("freeLibrary", "afterUninitialize") || !p.oneIn(4) {
		return
	}
	t.free(m)
}

// free frees a DLL as often as it was loaded. What another thread loads meanwhile is not of its business.
func (t *thread) free(m *module) {
	n := m.loads
	m.loads = 0
	for range n {
		t.event("unload", m.name)
	}
}

// A registration is a MAPIUID that a provider has registered through a support object.
type registration struct {
	support *support
	uid     string
}

// A Snapshot is the state of a simulated process, as the software in it keeps it.
type Snapshot struct {
	Initialised int
	Threads     map[int64]int // how often each thread has initialised
	Modules     map[string]int
	Sessions    int // MAPI sessions with members
	Objects     []Object
	UIDs        []Entry // the registered MAPIUIDs
	Rows        []Entry // the providers' rows of the status table
	Advised     int     // registrations for notifications
}

// An Object is a living object, and how many references each side holds.
type Object struct {
	Interface, Address     string
	Client, MAPI, Provider int
	Module                 string
}

// An Entry is something that a provider has registered through a support object.
type Entry struct{ Support, Value string }

func (p *process) snapshot() Snapshot {
	s := Snapshot{Initialised: p.initialised, Threads: map[int64]int{}, Modules: map[string]int{}, Sessions: len(p.sessions), Advised: p.advised}
	for _, t := range p.threads {
		if t.initialised > 0 {
			s.Threads[t.id] = t.initialised
		}
	}
	for _, service := range p.profile {
		if service.module.loads > 0 {
			s.Modules[service.module.name] = service.module.loads
		}
	}
	for _, o := range p.objects {
		x := Object{Interface: o.name, Address: hex(o.address), Client: o.held[clientSide], MAPI: o.held[mapiSide], Provider: o.held[providerSide]}
		if o.module != nil {
			x.Module = o.module.name
		}
		s.Objects = append(s.Objects, x)
	}
	for _, r := range p.uids {
		s.UIDs = append(s.UIDs, Entry{hex(r.support.address), r.uid})
	}
	for _, r := range p.rows {
		s.Rows = append(s.Rows, Entry{hex(r.address), ""})
	}
	return s
}
