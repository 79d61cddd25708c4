package model

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A player steps a world by hand.
type player struct {
	t    *testing.T
	w    *World
	line int64
}

func (p *player) step(ev Event) {
	p.t.Helper()
	p.line++
	ev.Line, ev.Seq = p.line, p.line
	require.NoError(p.t, p.w.Step(&ev))
}

// enter begins a call of a thread; what it is passed and hands back is written as in "lppMDB=0x2".
func (p *player) enter(tid, id int64, name, on string, args ...string) {
	p.t.Helper()
	ev := Event{Kind: CallEvent, TID: tid, ID: id, Call: ParseCall(name), Args: arguments(args)}
	if on != "" {
		ev.On = ParseAddress(on)
	}
	if strings.HasSuffix(name, "Init") {
		ev.Module = "a.dll"
	}
	p.step(ev)
}

func (p *player) leave(tid, id int64, out ...string) {
	p.t.Helper()
	p.step(Event{Kind: ReturnEvent, TID: tid, ID: id, HasHR: true, Args: arguments(out)})
}

func arguments(texts []string) []Argument {
	var list []Argument
	for _, text := range texts {
		name, value, _ := strings.Cut(text, "=")
		v := Value{Kind: TextValue, Text: value}
		if a := ParseAddress(value); a.Text == "" {
			v = Value{Kind: Number, Num: a.Key}
		}
		list = append(list, Argument{ParamOf(name), v})
	}
	return list
}

// busy is a world in which nothing is wrong and much is going on: a session, a store with its logon and support object, a folder, a dead
// message, registrations of every kind, and two calls that are open.
func busy(t *testing.T) *World {
	t.Helper()
	spec := Specification()
	program, err := Compile(spec, Lenient(), RowTables(spec.Resolve(Lenient())))
	require.NoError(t, err)
	p := &player{t: t, w: NewWorld(program, Observation{Observes: []string{"MAPI", "entry", "module", "IMAPISession", "IMAPIClientShutdown", "IMSProvider",
		"IMSLogon", "IMAPISupport", "IMsgStore", "IMAPIFolder", "IMessage", "IMAPITable"}})}
	for _, tid := range []int64{1, 2} {
		p.enter(tid, tid, "MAPIInitialize", "")
		p.leave(tid, tid)
	}
	p.enter(1, 1, "MAPILogonEx", "", "flFlags=0x22")
	p.leave(1, 1, "lppSession=0x10")
	p.enter(1, 1, "IMAPISession::OpenMsgStore", "0x10", "lpEntryID=00")
	p.step(Event{Kind: LoadEvent, TID: 1, Module: "a.dll"})
	p.enter(1, 2, "MSProviderInit", "")
	p.leave(1, 2, "lppMSProvider=0x20")
	p.enter(1, 2, "IMSProvider::Logon", "0x20", "lpMAPISup=0x30", "lpEntryID=00")
	p.enter(1, 3, "IMAPISupport::AddRef", "0x30")
	p.leave(1, 3)
	p.enter(1, 3, "IMAPISupport::SetProviderUID", "0x30", "lpProviderID=aa")
	p.leave(1, 3)
	p.enter(1, 3, "IMAPISupport::ModifyStatusRow", "0x30", "ulFlags=0x0")
	p.leave(1, 3)
	p.leave(1, 2, "lppMSLogon=0x40", "lppMDB=0x50")
	p.enter(1, 2, "IMAPISupport::Release", "0x30")
	p.leave(1, 2)
	p.leave(1, 1, "lppMDB=0x50")
	p.enter(1, 1, "IMsgStore::Advise", "0x50")
	p.leave(1, 1, "lpulConnection=0x7")
	p.enter(1, 1, "IMsgStore::OpenEntry", "0x50")
	p.leave(1, 1, "ulObjType=0x3", "lppUnk=0x60")
	p.enter(1, 1, "IMAPIFolder::OpenEntry", "0x60")
	p.leave(1, 1, "ulObjType=0x5", "lppUnk=0x61")
	p.enter(1, 1, "IMessage::Release", "0x61")
	p.leave(1, 1)
	p.enter(1, 1, "IMAPIFolder::GetProps", "0x60")
	p.enter(3, 3, "MAPIAllocateBuffer", "") // of a thread that has gone: its slot is free
	p.leave(3, 3)
	p.step(Event{Kind: ThreadExitEvent, TID: 3})
	p.enter(2, 2, "IMsgStore::AddRef", "0x50")
	require.Empty(t, p.w.Broken(Bookkeeping))
	require.Empty(t, p.w.Broken(Lawful))
	require.Empty(t, p.w.Findings())
	return p.w
}

// only finds the one object of a kind that lives.
func (w *World) only(t *testing.T, k Kind) *object {
	t.Helper()
	var found *object
	for n := range w.pages {
		for i := range w.pages[n] {
			if o := &w.pages[n][i]; o.kind == k && o.flags&dead == 0 {
				require.Nil(t, found, "there is one %s", k)
				found = o
			}
		}
	}
	require.NotNil(t, found, "there is a %s", k)
	return found
}

// disorders are what can go wrong in a world, and the invariant that finds it.
var disorders = []struct {
	name  string
	spoil func(t *testing.T, w *World)
}{
	{"objects", func(t *testing.T, w *World) { w.orphan(w.only(t, LogonObject).store) }},
	{"objects", func(t *testing.T, w *World) { w.only(t, StoreObject).serial = w.only(t, LogonObject).serial }},
	{"objects", func(t *testing.T, w *World) { w.only(t, StoreObject).flags |= transient }},
	{"slots", func(t *testing.T, w *World) { w.freed = append(w.freed, w.only(t, LogonObject).store) }},
	{"slots", func(t *testing.T, w *World) { w.freed = append(w.freed, w.freed[0]) }},
	{"slots", func(t *testing.T, w *World) { w.freed = w.freed[1:] }},
	{"children", func(t *testing.T, w *World) { w.only(t, LogonObject).prev = w.procs[0].self }},
	{"children", func(t *testing.T, w *World) { w.only(t, SessionObject).first = w.freed[0] }},
	{"makers", func(t *testing.T, w *World) { w.only(t, ProviderObject).firstMade = 0 }},
	{"makers", func(t *testing.T, w *World) { w.makeBy(w.only(t, StoreObject).support, w.only(t, StoreObject).logon) }},
	{"addresses", func(t *testing.T, w *World) { w.only(t, StoreObject).address++ }},
	{"addresses", func(t *testing.T, w *World) { w.procs[0].byAddr[0x99] = w.freed[0] }},
	{"notes", func(t *testing.T, w *World) { w.texts[w.freed[0]] = "x" }},
	{"notes", func(t *testing.T, w *World) { w.aliases[w.only(t, LogonObject).store] = []uint64{1, 1} }},
	{"states", func(t *testing.T, w *World) { w.only(t, StoreObject).states[0] = 0 }},
	{"states", func(t *testing.T, w *World) { w.only(t, StoreObject).states[0] = 1 << 15 }},
	{"states", func(t *testing.T, w *World) { w.only(t, StoreObject).states[1] = 1 }},
	{"marks", func(t *testing.T, w *World) { w.only(t, StoreObject).yes = w.only(t, StoreObject).no }},
	{"marks", func(t *testing.T, w *World) { w.only(t, StoreObject).known = 1 << values }},
	{"counters", func(t *testing.T, w *World) { w.counts[w.procs[0].self][0] = interval{2, 1} }},
	{"counters", func(t *testing.T, w *World) { delete(w.counts, w.procs[0].self) }},
	{"kinds", func(t *testing.T, w *World) { w.only(t, StoreObject).class = SubClass }},
	{"kinds", func(t *testing.T, w *World) { w.only(t, LogonObject).typ = ABType }},
	{"kinds", func(t *testing.T, w *World) { w.seen = 0 }},
	{"references", func(t *testing.T, w *World) { w.only(t, StoreObject).soft = -1 }},
	{"references", func(t *testing.T, w *World) { o := w.only(t, StoreObject); o.flags, o.client = o.flags|unborn, -1 }},
	{"running", func(t *testing.T, w *World) { w.only(t, StoreObject).running = 0 }},
	{"tombstones", func(t *testing.T, w *World) { w.only(t, StoreObject).flags |= dead }},
	{"ring", func(t *testing.T, w *World) { w.procs[0].ring = append(w.procs[0].ring, w.procs[0].ring[0]) }},
	{"ring", func(t *testing.T, w *World) { w.procs[0].ring = append(w.procs[0].ring, w.freed[0]) }},
	{"ring", func(t *testing.T, w *World) { w.only(t, StoreObject).flags |= weak }},
	{"lingering", func(t *testing.T, w *World) { w.only(t, StoreObject).flags |= keptAlive }},
	{"dying", func(t *testing.T, w *World) { w.only(t, StoreObject).flags |= dying }},
	{"calls", func(t *testing.T, w *World) { w.procs[0].open.remove(1) }},
	{"calls", func(t *testing.T, w *World) { w.procs[0].open.add(9, w.procs[0].threads[1]) }},
	{"calls", func(t *testing.T, w *World) { w.procs[0].several = false }},
	{"calls", func(t *testing.T, w *World) { delete(w.procs[0].threads, w.procs[0].last.tid) }},
	{"frames", func(t *testing.T, w *World) { w.procs[0].threads[1].frames[0].module = w.only(t, StoreObject).logon }},
	{"frames", func(t *testing.T, w *World) { w.procs[0].threads[1].frames[0].arg = w.freed[0] }},
	{"partners", func(t *testing.T, w *World) { w.only(t, LogonObject).store = 0 }},
	{"partners", func(t *testing.T, w *World) { w.only(t, StoreObject).support = w.only(t, StoreObject).logon }},
	{"registrations", func(t *testing.T, w *World) {
		support := w.only(t, StoreObject).support
		row := w.at(support).first
		w.orphan(row)
		w.adopt(row, w.procs[0].self)
	}},
	{"blindness", func(t *testing.T, w *World) { w.procs[0].blind++ }},
	{"histories", func(t *testing.T, w *World) { w.only(t, StoreObject).born = pastOf(1000, 0, NoSide, false) }},
	{"findings", func(t *testing.T, w *World) { w.tallies[0].violated++ }},
	{"findings", func(t *testing.T, w *World) { w.keys[findingKey{rule: 1}] = 0 }},
	{"findings", func(t *testing.T, w *World) { w.procs[0].late = true }},
	{"accusations", func(t *testing.T, w *World) {
		w.waiting = append(w.waiting, waiting{frame: 1, tid: 1, finding: Finding{Rule: w.prog.rules[0]}})
	}},
	{"scratch", func(t *testing.T, w *World) { w.ending = append(w.ending, 1) }},
	{"initialisation", func(t *testing.T, w *World) {
		w.counts[w.procs[0].self][w.prog.counters["initialised"].slot] = interval{}
	}},
	{"initialisation", func(t *testing.T, w *World) { w.at(w.procs[0].threads[2].self).states[0] = 1 }},
	{"loading", func(t *testing.T, w *World) {
		w.counts[w.procs[0].modules["a.dll"]][w.prog.counters["loads"].slot] = interval{}
	}},
	{"death", func(t *testing.T, w *World) { w.at(w.procs[0].ring[0]).states[0] = 1 }},
	{"death", func(t *testing.T, w *World) {
		o := w.only(t, StoreObject)
		o.states[0] = w.prog.lifeOf(o.kind, o.typ, 0).all & 0x40
	}},
	{"work", func(t *testing.T, w *World) { w.only(t, StoreObject).states[0] = 1 << 1 }},
	{"logoff", func(t *testing.T, w *World) { w.only(t, LogonObject).states[0] = 1 << 2 }},
	{"members", func(t *testing.T, w *World) { w.only(t, SessionObject).states[1] = 1 << 2 }},
	{"draining", func(t *testing.T, w *World) { w.only(t, StoreObject).states[0] = 1 << 4 }},
}

// TestBookkeepingCanBreak: each statement about how a world is kept finds a world in disorder.
func TestBookkeepingCanBreak(t *testing.T) {
	found := map[string]bool{}
	for n, d := range disorders {
		w := busy(t)
		d.spoil(t, w)
		broken := strings.Join(w.Broken(Bookkeeping), "\n")
		if !strings.HasPrefix(broken, d.name+": ") && !strings.Contains(broken, "\n"+d.name+": ") {
			t.Errorf("disorder %d: %s is not broken:\n%s", n, d.name, broken)
		}
		found[d.name] = true
	}
	for _, i := range Bookkeeping {
		if !found[i.Name] {
			t.Errorf("nothing shows that %s can break", i.Name)
		}
	}
}

// TestAlive lists what lives in a busy world.
func TestAlive(t *testing.T) {
	w := busy(t)
	alive := strings.Join(w.Alive(), "\n")
	for _, part := range []string{"session ", "MS provider ", "MS logon ", "MS support ", "store ", "subobject ", "advise ", "MS uid ", "MS row ", "initialised is 2", "initialised here is 1", "loads is 1"} {
		require.Contains(t, alive, part)
	}
	require.NotContains(t, alive, "0x61", "the message is dead")
}
