package props

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mapilife/model"
	"mapilife/props/sim"
	"mapilife/trace"
)

const defaultChecks = 40

// TestMain makes properties the same in every run, unless the command line or the environment says otherwise: see the package comment.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"seed": "1", "checks": strconv.Itoa(defaultChecks), "steps": "100", "nofailfile": "true"} {
		if os.Getenv("RAPID_"+strings.ToUpper(name)) == "" {
			if err := flag.Set("rapid."+name, value); err != nil { // the command line is read later, and wins
				panic(err)
			}
		}
	}
	os.Exit(m.Run())
}

// A walk is a trace that is made up as it goes, and what the checker makes of it.
type walk struct {
	header  *trace.Header
	run     *trace.Run
	records []*trace.Record
	line    int64
	open    map[threadOf][]int64 // the calls that a well-formed return may end, innermost last
}

type threadOf struct{ pid, tid int64 }

func begin(c *trace.Checker, h *trace.Header) *walk {
	return &walk{header: h, run: c.Start("walk", h), line: 1, open: map[threadOf][]int64{}}
}

// step takes a record. The error is that of the run: the record can not follow what came before.
func (w *walk) step(r *trace.Record) error {
	w.line++
	r.Line = w.line
	err := w.run.Step(r)
	if err == nil {
		w.records = append(w.records, r.Clone())
	}
	return err
}

// String is the walk in the text notation.
func (w *walk) String() string {
	var out bytes.Buffer
	to := trace.NewWriter(&out, trace.TextNotation)
	for _, r := range append([]*trace.Record{{Kind: trace.HeaderRecord, Header: w.header}}, w.records...) {
		if err := to.Write(r); err != nil {
			return err.Error()
		}
	}
	if err := to.Close(); err != nil {
		return err.Error()
	}
	return out.String()
}

// told lists findings for a failure.
func told(list []model.Finding) string {
	text := ""
	for _, f := range list {
		text += fmt.Sprintf("line %d: %s %s %s: %s\n", f.Line, f.Rule.ID, f.Severity, f.Party, f.Message)
	}
	return text
}

// numbers print without the zeros at their end.
type numbers []uint16

func (n numbers) GoString() string {
	end := len(n)
	for end > 0 && n[end-1] == 0 {
		end--
	}
	return fmt.Sprint([]uint16(n[:end]))
}

// tape is a choice that shrinks: what is drawn is a list of numbers, and 0 chooses the first of everything. Numbers are spread by the
// golden ratio, so that small ones, which rapid likes, choose all over. Behind the end of the tape choices are fixed, and go round, for
// threads that wait for each other.
func tape(t *rapid.T, length int) sim.Choice {
	drawn, at := rapid.Map(rapid.SliceOfN(rapid.Uint16(), length, length), func(list []uint16) numbers { return list }).Draw(t, "choices"), 0
	return func(n int) int {
		if n > 1000 { // nanoseconds between two records
			return 0
		}
		v := uint32(at)
		if at < length {
			v = uint32(drawn[at])
		}
		at++
		return int(uint64(v*0x9e3779b9) * uint64(n) >> 32)
	}
}

// TestPropLegalWalks: what the simulated subsystem plays conforms, every invariant holds after every event of it, and at the end nothing
// is left.
func TestPropLegalWalks(t *testing.T) { rapid.Check(t, legalWalk(checker(t))) }

func legalWalk(c *trace.Checker) func(*rapid.T) {
	return func(t *rapid.T) {
		config := sim.Config{Threads: rapid.IntRange(1, 3).Draw(t, "threads"), Sessions: rapid.IntRange(1, 2).Draw(t, "sessions"),
			Uses: rapid.IntRange(0, 12).Draw(t, "uses"), Open: rapid.IntRange(1, 3).Draw(t, "open"), Choice: tape(t, 300)}
		var w *walk
		err := sim.Play(config, func(r *trace.Record) error {
			if r.Kind == trace.HeaderRecord {
				w = begin(c, r.Header)
				return nil
			}
			if string(r.Name) == "end" {
				if alive := w.run.World().Alive(); len(alive) > 0 {
					return fmt.Errorf("at the end there are still:\n%s", strings.Join(alive, "\n"))
				}
			}
			if err := w.step(r); err != nil {
				return err
			}
			broken := append(w.run.World().Broken(model.Bookkeeping), w.run.World().Broken(model.Lawful)...)
			if len(broken) > 0 {
				return fmt.Errorf("after the last line:\n%s", strings.Join(broken, "\n"))
			}
			return nil
		})
		if err != nil {
			t.Fatalf("%v\nin\n%v", err, w)
		}
		if r := w.run.End(nil); r.Verdict != trace.Conforms || len(r.Findings) > 0 {
			t.Fatalf("%s: %v\n%sin\n%v", r.Verdict, r.Err, told(r.Findings), w)
		}
	}
}

// Pools of addresses: so few that they are used again, and now and then for something of another kind.
var pools = map[string][]string{
	"session": {"0x10", "0x11"}, "AB provider": {"0x20", "any"}, "MS provider": {"0x21", "0x22"}, "XP provider": {"0x23", "any"},
	"support": {"0x30", "0x31", "0x32"}, "AB logon": {"0x40", "any"}, "MS logon": {"0x41", "0x42"}, "XP logon": {"0x43", "any"},
	"store": {"0x50", "0x51"}, "opened": {"0x60", "0x61", "0x62", "table"}, "sink": {"0x70"}, "": {"any"},
}

// values is what is passed and handed back: a pool of addresses for a pointer, or values as the trace has them.
var values = map[string][]string{
	"lppSession": {"session"}, "lppABProvider": {"AB provider"}, "lppMSProvider": {"MS provider"}, "lppXPProvider": {"XP provider"},
	"lpMAPISup": {"support"}, "lppABLogon": {"AB logon"}, "lppMSLogon": {"MS logon"}, "lppXPLogon": {"XP logon"}, "lppMDB": {"store"},
	"lppAdrBook": {"opened"}, "lppTable": {"opened"}, "lppUnk": {"opened", "store"}, "lpObject": {"opened", "store"},
	"lppMAPIStatus": {"opened"}, "lppProfSect": {"opened"}, "ppv": {"session", "store", "opened", "MS provider"},
	"ulFlags": {"0x0", "0x1", "0x3", "0x8", "0x10000", "0x30000", "0x20000", "0x10000000"}, "flFlags": {"0x2", "0xa", "0x0"},
	"ulObjType": {"0x1", "0x3", "0x5", "0xb"}, "ulConnection": {"0x1", "0x2"}, "lpEntryID": {"00", "01"}, "lpProviderID": {"aa", "bb"},
	"ulContext": {"0x3", "0x1"}, "iid": {"IUnknown", "IMAPIClientShutdown", "IMAPISession", "IMsgStore", "IMAPIFolder", "IMAPIOther"},
}

// calls are those that a walk makes: name, the pool of what it is made on, and what is passed and handed back.
var calls = []struct{ name, on, args, out string }{
	{"MAPIInitialize", "", "", ""}, {"MAPIUninitialize", "", "", ""}, {"ScInitMapiUtil", "", "", ""}, {"DeinitMapiUtil", "", "", ""},
	{"MAPIAllocateBuffer", "", "", ""}, {"OleInitialize", "", "", ""}, {"OleUninitialize", "", "", ""}, {"MAPILogonEx", "", "flFlags", "lppSession"},
	{"IMAPISession::OpenMsgStore", "session", "lpEntryID", "lppMDB"}, {"IMAPISession::OpenAddressBook", "session", "", "lppAdrBook"},
	{"IMAPISession::OpenEntry", "session", "", "ulObjType lppUnk"}, {"IMAPISession::GetStatusTable", "session", "", "lppTable"},
	{"IMAPISession::Advise", "session", "", "ulConnection"}, {"IMAPISession::Unadvise", "session", "ulConnection", ""},
	{"IMAPISession::Logoff", "session", "ulFlags", ""}, {"IMAPISession::QueryFastShutdown", "session", "", ""},
	{"IMAPIClientShutdown::NotifyProcessShutdown", "session", "", ""}, {"IMAPIClientShutdown::DoFastShutdown", "session", "", ""},
	{"ABProviderInit", "", "", "lppABProvider"}, {"MSProviderInit", "", "", "lppMSProvider"}, {"XPProviderInit", "", "", "lppXPProvider"},
	{"MSGServiceEntry", "", "ulContext lpMAPISup", ""}, {"PreprocessMessage", "", "", ""},
	{"IABProvider::Logon", "AB provider", "lpMAPISup", "lppABLogon"}, {"IMSProvider::Logon", "MS provider", "lpMAPISup lpEntryID", "lppMSLogon lppMDB"},
	{"IMSProvider::SpoolerLogon", "MS provider", "lpMAPISup", "lppMSLogon lppMDB"}, {"IXPProvider::TransportLogon", "XP provider", "lpMAPISup", "ulFlags lppXPLogon"},
	{"IABProvider::Shutdown", "AB provider", "ulFlags", ""}, {"IMSProvider::Shutdown", "MS provider", "ulFlags", ""}, {"IXPProvider::Shutdown", "XP provider", "ulFlags", ""},
	{"IMSProvider::CompareStoreIDs", "MS provider", "", ""},
	{"IABLogon::Logoff", "AB logon", "ulFlags", ""}, {"IMSLogon::Logoff", "MS logon", "ulFlags", ""}, {"IXPLogon::TransportLogoff", "XP logon", "ulFlags", ""},
	{"IMSLogon::OpenStatusEntry", "MS logon", "", "lppMAPIStatus"}, {"IABLogon::OpenEntry", "AB logon", "", "ulObjType lppUnk"},
	{"IXPLogon::AddressTypes", "XP logon", "", ""}, {"IXPLogon::TransportNotify", "XP logon", "ulFlags", ""}, {"IXPLogon::Poll", "XP logon", "", ""},
	{"IXPLogon::SubmitMessage", "XP logon", "", ""},
	{"IMAPISupport::SetProviderUID", "support", "lpProviderID ulFlags", ""}, {"IMAPISupport::ModifyStatusRow", "support", "ulFlags", ""},
	{"IMAPISupport::OpenProfileSection", "support", "", "lppProfSect"}, {"IMAPISupport::OpenEntry", "support", "", "lppUnk"},
	{"IMAPISupport::StoreLogoffTransports", "support", "ulFlags", "ulFlags"}, {"IMAPISupport::MakeInvalid", "support", "lpObject", ""},
	{"IMsgStore::OpenEntry", "store", "", "ulObjType lppUnk"}, {"IMsgStore::StoreLogoff", "store", "ulFlags", "ulFlags"},
	{"IMsgStore::Advise", "store", "", "ulConnection"}, {"IMsgStore::Unadvise", "store", "ulConnection", ""},
	{"IMAPIFolder::OpenEntry", "opened", "", "lppUnk"}, {"IMAPIFolder::GetContentsTable", "opened", "", "lppTable"}, {"IMessage::SubmitMessage", "opened", "", ""},
	{"IMessage::SaveChanges", "opened", "ulFlags", ""}, {"IMAPITable::Advise", "opened", "", "ulConnection"}, {"IMAPITable::QueryRows", "opened", "", ""},
	{"IMAPIOther::Anything", "opened", "", "lppUnk"}, {"IMAPIProp::GetProps", "", "", ""}, {"IMAPIAdviseSink::OnNotify", "sink", "", ""},
	{"IMAPIProviderShutdown::DoShutdown", "MS provider", "", ""},
}

// counted are the interfaces whose objects walks count references of, with their pools.
var counted = []struct{ iface, on string }{
	{"IMAPISession", "session"}, {"IABProvider", "AB provider"}, {"IMSProvider", "MS provider"}, {"IXPProvider", "XP provider"}, {"IABLogon", "AB logon"},
	{"IMSLogon", "MS logon"}, {"IXPLogon", "XP logon"}, {"IMAPISupport", "support"}, {"IMsgStore", "store"}, {"IMAPIFolder", "opened"}, {"IUnknown", "store"},
	{"IUnknown", "opened"}, {"IUnknown", ""}, {"IMAPITable", "opened"},
}

// pick draws one of several texts.
func pick(t *rapid.T, list []string) string { return rapid.SampledFrom(list).Draw(t, "") }

// address draws an address of a pool, seldom a null pointer or an address of any other.
func address(t *rapid.T, pool string) trace.Value {
	a := pick(t, pools[pool])
	switch n := rapid.IntRange(0, 23).Draw(t, ""); {
	case n == 23:
		return trace.Value{Kind: trace.Null}
	case n == 22 || a == "any":
		a = "0x80"
	}
	return trace.Value{Kind: trace.String, S: []byte(a)}
}

// members draws values for parameters; now and then the recording lacks one.
func members(t *rapid.T, params string) []trace.Member {
	var list []trace.Member
	for _, name := range strings.Fields(params) {
		v := trace.Value{Kind: trace.String, S: []byte(pick(t, values[name]))}
		if _, ok := pools[string(v.S)]; ok {
			v = address(t, string(v.S))
		}
		if rapid.IntRange(0, 9).Draw(t, "") < 9 {
			list = append(list, trace.Member{Name: []byte(name), Value: v})
		}
	}
	return list
}

// somewhere draws a process and a thread.
func somewhere(t *rapid.T) threadOf {
	at := threadOf{tid: int64(rapid.IntRange(1, 3).Draw(t, "tid"))}
	if rapid.IntRange(0, 9).Draw(t, "pid") == 9 {
		at.pid = 1
	}
	return at
}

func (at threadOf) record(kind trace.RecordKind) *trace.Record {
	r := &trace.Record{Kind: kind, TID: trace.Integer{N: at.tid, Set: true}}
	if at.pid != 0 {
		r.PID = trace.Integer{N: at.pid, Set: true}
	}
	return r
}

// call draws a call.
func (w *walk) call(t *rapid.T, at threadOf) (*trace.Record, string) {
	r := at.record(trace.CallRecord)
	r.ID = int64(rapid.IntRange(1, 40).Draw(t, "id"))
	c := calls[0]
	if rapid.Bool().Draw(t, "counts") {
		on := rapid.SampledFrom(counted).Draw(t, "on")
		c.name, c.on = on.iface+"::"+pick(t, []string{"Release", "AddRef", "QueryInterface"}), on.on
		if strings.HasSuffix(c.name, "QueryInterface") {
			c.args, c.out = "iid", "ppv"
		}
	} else {
		c = rapid.SampledFrom(calls).Draw(t, "call")
	}
	r.Name = []byte(c.name)
	if strings.Contains(c.name, "::") {
		v := address(t, c.on)
		r.On = trace.Text{S: v.S, Set: true}
		if v.Kind == trace.Null {
			r.On.S = []byte("0x0")
		}
	}
	if by := pick(t, []string{"", "", "client", "mapi", "spooler", "provider"}); by != "" {
		r.By = trace.Text{S: []byte(by), Set: true}
	}
	if strings.HasSuffix(c.name, "Init") || c.name == "MSGServiceEntry" {
		if module := pick(t, []string{"a.dll", "b.dll", ""}); module != "" {
			r.Module = trace.Text{S: []byte(module), Set: true}
		}
	}
	r.Args = members(t, c.args)
	r.HasArgs = len(r.Args) > 0
	return r, c.out
}

// results are what calls return, good results the more often.
var results = []string{"S_OK", "S_OK", "S_OK", "S_OK", "MAPI_E_UNCONFIGURED", "MAPI_E_FAILONEPROVIDER", "E_FAIL", "MAPI_E_INVALID_OBJECT", "E_NOINTERFACE", ""}

// back draws the return of a call.
func (w *walk) back(t *rapid.T, at threadOf, id int64, out string) *trace.Record {
	r := at.record(trace.ReturnRecord)
	r.ID = id
	if hr := pick(t, results); hr != "" {
		r.HR = trace.Value{Kind: trace.String, S: []byte(hr)}
	}
	if n := rapid.IntRange(-1, 3).Draw(t, "ref"); n >= 0 {
		r.Ref = trace.Integer{N: int64(n), Set: true}
	}
	r.Args = members(t, out)
	r.HasArgs = len(r.Args) > 0
	return r
}

// observed draws what a recording observes: everything, or some of it.
func observed(t *rapid.T) *trace.Header {
	h := *sim.Config{}.Header()
	h.Observes = append(slices.Clone(h.Observes), "OLE", "IMAPIAdviseSink")
	if rapid.Bool().Draw(t, "everything observed") {
		return &h
	}
	h.Observes = rapid.SliceOfDistinct(rapid.SampledFrom(h.Observes), rapid.ID[string]).Draw(t, "observes")
	if len(h.Observes) > 0 && rapid.Bool().Draw(t, "partly") {
		h.Partial = rapid.SliceOfNDistinct(rapid.SampledFrom(h.Observes), 1, 1, rapid.ID[string]).Draw(t, "partial")
		h.HasPartial = true
	}
	return &h
}

// wander takes a walk of any calls, legal or not, and looks at the world after every step.
func wander(t *rapid.T, w *walk, look func()) {
	outs := map[[2]int64]string{} // what the open calls may hand back, by process and id
	step := func(r *trace.Record) bool {
		err := w.step(r)
		look()
		return err == nil
	}
	enter := func(t *rapid.T, at threadOf) *trace.Record {
		r, out := w.call(t, at)
		if !step(r) {
			return nil
		}
		w.open[at] = append(w.open[at], r.ID)
		outs[[2]int64{at.pid, r.ID}] = out
		return r
	}
	leave := func(t *rapid.T, at threadOf, n int) {
		id := w.open[at][n]
		if step(w.back(t, at, id, outs[[2]int64{at.pid, id}])) {
			w.open[at] = w.open[at][:n]
		}
	}
	t.Repeat(map[string]func(*rapid.T){
		"call": func(t *rapid.T) { enter(t, somewhere(t)) },
		"leaf": func(t *rapid.T) {
			at := somewhere(t)
			if enter(t, at) != nil {
				leave(t, at, len(w.open[at])-1)
			}
		},
		"leaf again": func(t *rapid.T) {
			at := somewhere(t)
			if enter(t, at) != nil {
				leave(t, at, len(w.open[at])-1)
			}
		},
		"return": func(t *rapid.T) {
			at := somewhere(t)
			n := len(w.open[at])
			if n == 0 {
				t.Skip()
			}
			if rapid.IntRange(0, 9).Draw(t, "how deep") == 9 { // calls inside it never return
				n = rapid.IntRange(1, n).Draw(t, "which")
			}
			leave(t, at, n-1)
		},
		"module": func(t *rapid.T) {
			r := somewhere(t).record(trace.EventRecord)
			r.Name = []byte(pick(t, []string{"load", "unload"}))
			r.Module = trace.Text{S: []byte(pick(t, []string{"a.dll", "b.dll"})), Set: true}
			step(r)
		},
		"event": func(t *rapid.T) {
			at := somewhere(t)
			r := at.record(trace.EventRecord)
			switch rapid.IntRange(0, 59).Draw(t, "event") {
			case 54, 55, 56:
				r.Name = []byte("thread-exit")
				delete(w.open, at)
			case 57:
				r.Name = []byte("signal")
			case 58:
				r.Name = []byte("gap")
				if at.pid == 0 && rapid.Bool().Draw(t, "everywhere") {
					r.PID.Set, r.TID.Set = false, false
				}
				clear(w.open)
			case 59:
				r.Name, r.Reason = []byte("end"), trace.Text{S: []byte(pick(t, []string{"exit", "detached"})), Set: true}
				r.PID.Set = rapid.Bool().Draw(t, "one process")
				clear(w.open)
			default:
				t.Skip()
			}
			step(r)
		},
	})
}

// TestPropAnyWalks: whatever calls are made, in whatever order, and however little of them is observed, the world stays in order.
func TestPropAnyWalks(t *testing.T) { rapid.Check(t, anyWalk(checker(t))) }

func anyWalk(c *trace.Checker) func(*rapid.T) {
	return func(t *rapid.T) {
		w := begin(c, observed(t))
		defer w.tellOf(t)
		wander(t, w, func() { w.inOrder(t) })
		w.run.End(nil)
	}
}

// tellOf prints the walk of a property that panics, or fails, which is a panic for rapid.
func (w *walk) tellOf(t *rapid.T) {
	if p := recover(); p != nil {
		t.Logf("in\n%v", w)
		panic(p)
	}
}

// inOrder checks the invariants that hold whatever the software does.
func (w *walk) inOrder(t *rapid.T) {
	if broken := w.run.World().Broken(model.Bookkeeping); len(broken) > 0 {
		t.Fatalf("after the last line:\n%s", strings.Join(broken, "\n"))
	}
}

// TestPropTornWalks: the same of a legal walk in which a few calls are missing, repeated, late or left open. It gets deeper than any walk.
func TestPropTornWalks(t *testing.T) { rapid.Check(t, tornWalk(checker(t))) }

func tornWalk(c *trace.Checker) func(*rapid.T) {
	return func(t *rapid.T) {
		w := begin(c, observed(t))
		defer w.tellOf(t)
		for _, r := range torn(t) {
			_ = w.step(r) // what can not follow is left out
			w.inOrder(t)
		}
		w.run.End(nil)
	}
}

// legal draws a legal walk, but for its header.
func legal(t *rapid.T) []*trace.Record {
	config := sim.Config{Threads: rapid.IntRange(1, 2).Draw(t, "threads"), Sessions: 1, Uses: rapid.IntRange(0, 10).Draw(t, "uses"), Open: 2, Choice: tape(t, 150)}
	var list []*trace.Record
	err := sim.Play(config, func(r *trace.Record) error {
		if r.Kind != trace.HeaderRecord {
			list = append(list, r.Clone())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// torn draws a legal walk and what is wrong with it.
func torn(t *rapid.T) []*trace.Record {
	list := legal(t)
	last := list[len(list)-2].ID
	for range rapid.IntRange(0, 6).Draw(t, "faults") {
		at := rapid.IntRange(0, len(list)-2).Draw(t, "at")
		r := list[at]
		back := at + slices.IndexFunc(list[at:], func(q *trace.Record) bool { return q.Kind == trace.ReturnRecord && q.ID == r.ID })
		fault := rapid.SampledFrom([]string{"lost", "again", "late", "open", "null", "fails", "gap", "thread-exit"}).Draw(t, "fault")
		switch {
		case fault == "gap" || fault == "thread-exit":
			list = slices.Insert(list, at, &trace.Record{Kind: trace.EventRecord, Name: []byte(fault), TID: r.TID})
		case r.Kind != trace.CallRecord || back < at:
		case fault == "lost": // the call was not made
			list = slices.Delete(slices.Delete(list, back, back+1), at, at+1)
		case fault == "again", fault == "late":
			last++
			call, ret := r.Clone(), list[back].Clone()
			call.ID, ret.ID = last, last
			to := back + 1
			if fault == "late" {
				to = rapid.IntRange(to, len(list)-1).Draw(t, "to")
			}
			list = slices.Insert(list, to, call, ret)
			if fault == "late" {
				list = slices.Delete(slices.Delete(list, back, back+1), at, at+1)
			}
		case fault == "open": // it never returns
			list = slices.Delete(list, back, back+1)
		case fault == "null":
			if r.On.Set {
				r.On.S = []byte("0x0")
			}
		case fault == "fails":
			if q := list[back]; q.HR.Kind != trace.NoValue {
				q.HR.S, q.Args = []byte("0x80004005"), nil
			}
		}
	}
	return list
}
