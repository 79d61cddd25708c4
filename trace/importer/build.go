package importer

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mapilife/model"
	"mapilife/trace"
)

// A thread is one thread of one process. A process that the log does not name is 0.
type thread struct{ pid, tid int64 }

// A builder puts the records of a trace together. The calls of a thread nest, and a return is that of the innermost call of its name.
type builder struct {
	line       int64 // of the log
	recognised bool  // some line was one of such a log
	late       bool  // the log may begin in the middle
	torn       bool  // calls are missing in it
	records    []*trace.Record
	open       map[thread][]*call
	next       int64
	loose      map[int64]bool // calls that are left out, by id
}

// A call is one that has begun.
type call struct {
	record *trace.Record
	name   string
	loose  bool // its return may be missing from the log: then it is left out of the trace
}

func newBuilder() *builder { return &builder{open: map[thread][]*call{}, loose: map[int64]bool{}} }

func integer(n int64) trace.Integer { return trace.Integer{N: n, Set: true} }

// text is a text of the log, made valid.
func text(s string) trace.Text {
	return trace.Text{S: bytes.ToValidUTF8([]byte(s), []byte("\uFFFD")), Set: true}
}

func value(kind trace.ValueKind, s string) trace.Value {
	return trace.Value{Kind: kind, S: text(s).S}
}

func member(name string, v trace.Value) trace.Member {
	return trace.Member{Name: text(name).S, Value: v}
}

func (b *builder) add(kind trace.RecordKind, t thread) *trace.Record {
	r := &trace.Record{Line: b.line, Kind: kind, TID: integer(t.tid)}
	if t.pid != 0 {
		r.PID = integer(t.pid)
	}
	b.records = append(b.records, r)
	return r
}

// begin adds the beginning of a call.
func (b *builder) begin(t thread, name string, args []trace.Member) *call {
	r := b.add(trace.CallRecord, t)
	b.next++
	r.ID, r.Name, r.Args, r.HasArgs = b.next, text(name).S, args, args != nil
	c := &call{record: r, name: name}
	b.open[t] = append(b.open[t], c)
	return c
}

// innermost is the innermost open call of a thread that has the name, or any name if that is empty.
func (b *builder) innermost(t thread, name string) *call {
	for _, c := range slices.Backward(b.open[t]) {
		if name == "" || c.name == name {
			return c
		}
	}
	return nil
}

// end adds the return of an open call. Calls inside it that have not returned never will.
func (b *builder) end(t thread, c *call) *trace.Record {
	b.drop(t, c)
	r := b.add(trace.ReturnRecord, t)
	r.ID = c.record.ID
	return r
}

// drop forgets an open call, and those inside it: how they ended the log does not say.
func (b *builder) drop(t thread, c *call) {
	at := slices.Index(b.open[t], c)
	b.leave(b.open[t][at+1:])
	b.open[t] = b.open[t][:at]
}

// leave leaves out those of some calls that may have returned all the same.
func (b *builder) leave(calls []*call) {
	for _, c := range calls {
		if c.loose {
			b.loose[c.record.ID] = true
		}
	}
}

func (b *builder) event(t thread, name string) *trace.Record {
	r := b.add(trace.EventRecord, t)
	r.Name = []byte(name)
	return r
}

// result sets what a call returned.
func result(r *trace.Record, hr uint32) {
	r.HR = value(trace.String, fmt.Sprintf("0x%08x", hr))
}

// gives lists the calls that hand out a new object of an interface, where there are no others that do.
var gives = map[string]struct {
	param, iface string
	always       bool // when they succeed
}{
	"MAPILogonEx":                 {"lppSession", "IMAPISession", true},
	"ABProviderInit":              {"lppABProvider", "IABProvider", true},
	"MSProviderInit":              {"lppMSProvider", "IMSProvider", true},
	"XPProviderInit":              {"lppXPProvider", "IXPProvider", true},
	"IABProvider::Logon":          {"lppABLogon", "IABLogon", false},
	"IMSProvider::Logon":          {"lppMSLogon", "IMSLogon", false},
	"IMSProvider::SpoolerLogon":   {"lppMSLogon", "IMSLogon", false},
	"IXPProvider::TransportLogon": {"lppXPLogon", "IXPLogon", false},
}

// counting are the methods of IUnknown.
var counting = []string{"AddRef", "Release", "QueryInterface"}

// A birth is the first object of an interface that was handed out in a process.
type birth struct {
	at     int // of the return, in the records
	param  string
	number int    // how many there were
	always bool   // it is certain that there was one
	on     string // the object
}

// A family is the objects of an interface in a process.
type family struct {
	pid   int64
	iface string
}

// identify names the only candidate: where just one object of an interface was handed out in a process, and the log never names one, the
// calls of that interface that follow are on it. A log that may begin in the middle may have handed out others before. AddRef, Release and QueryInterface are never
// named: whoever does not log addresses does not log all of them.
func (b *builder) identify() {
	if b.late || b.torn {
		return
	}
	births := map[family]*birth{}
	named := map[family]bool{}
	name := map[int64]string{}
	for at, r := range b.records {
		switch r.Kind {
		case trace.CallRecord:
			name[r.ID] = string(r.Name)
			if iface, _, ok := strings.Cut(name[r.ID], "::"); ok && r.On.Set {
				named[family{r.PID.N, iface}] = true
			}
		case trace.ReturnRecord:
			g, ok := gives[name[r.ID]]
			if !ok || failed(r) {
				continue
			}
			f := family{r.PID.N, g.iface}
			if births[f] == nil {
				births[f] = &birth{at: at, param: g.param, always: g.always}
			}
			births[f].number++
		}
	}
	for f, birth := range births {
		if birth.number > 1 || named[f] {
			continue
		}
		r := b.records[birth.at]
		n := slices.IndexFunc(r.Args, func(m trace.Member) bool { return string(m.Name) == birth.param })
		switch {
		case n < 0 && birth.always:
			birth.on = f.iface + "-1"
			r.Args, r.HasArgs = append(r.Args, member(birth.param, value(trace.String, birth.on))), true
		case n >= 0 && r.Args[n].Value.Kind == trace.String: // and not a null pointer
			birth.on = string(r.Args[n].Value.S)
		}
	}
	for at, r := range b.records {
		iface, method, _ := strings.Cut(string(r.Name), "::")
		if r.Kind != trace.CallRecord || r.On.Set || slices.Contains(counting, method) {
			continue
		}
		if birth := births[family{r.PID.N, iface}]; birth != nil && birth.on != "" && birth.at < at {
			r.On = text(birth.on)
		}
	}
}

// named are those interfaces and groups of which no call, and no birth, is without its object: of the others nobody knows what becomes of
// which object.
func (b *builder) named(observes []string) []string {
	unnamed := map[string]bool{}
	name := map[int64]string{}
	for _, r := range b.records {
		switch r.Kind {
		case trace.CallRecord:
			name[r.ID] = string(r.Name)
			if iface, _, ok := strings.Cut(string(r.Name), "::"); ok && !r.On.Set {
				unnamed[iface] = true
			}
		case trace.ReturnRecord:
			g, ok := gives[name[r.ID]]
			if ok && !failed(r) && !slices.ContainsFunc(r.Args, func(m trace.Member) bool { return string(m.Name) == g.param }) {
				unnamed[g.iface] = true
			}
		}
	}
	var list []string
	for _, iface := range observes {
		function := slices.Contains(groups, iface)
		if function || !unnamed[iface] && !unnamed["IUnknown"] && !unnamed["IMAPIProp"] {
			list = append(list, iface)
		}
	}
	return list
}

// groups are what a trace may observe besides interfaces.
var groups = []string{"MAPI", "entry", "module", "OLE"}

// failed tells whether a return has a result that is an error.
func failed(r *trace.Record) bool {
	n, err := strconv.ParseUint(string(r.HR.S), 0, 32)
	return err == nil && model.HResult(n).Failed()
}

// finish is the trace.
func (b *builder) finish(k Kind, observes []string) []*trace.Record {
	for _, open := range b.open {
		b.leave(open)
	}
	b.records = slices.DeleteFunc(b.records, func(r *trace.Record) bool { return r.Kind == trace.CallRecord && b.loose[r.ID] })
	ids := map[int64]int64{}
	for _, r := range b.records { // without holes, which the text notation would have to spell out
		if r.Kind == trace.CallRecord {
			ids[r.ID] = int64(len(ids)) + 1
		}
		r.ID = ids[r.ID]
	}
	observes = b.named(observes)
	b.identify()
	producer, note := "importer of "+k.Name, k.Limits
	header := &trace.Record{Kind: trace.HeaderRecord, Line: 1, Header: &trace.Header{Producer: &producer, Note: &note, Observes: observes, HasObserves: true, Partial: k.Partial, HasPartial: k.Partial != nil}}
	list := []*trace.Record{header}
	if b.late {
		list = append(list, &trace.Record{Kind: trace.EventRecord, Line: 1, Name: []byte("gap"), Lost: trace.Value{Kind: trace.Null}})
	}
	return append(list, b.records...)
}
