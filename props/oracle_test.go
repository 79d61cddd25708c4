package props

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"mapilife/model"
	"mapilife/props/sim"
	"mapilife/trace"
)

// This file says of whole recordings, in which everything is observed, what the pages demand of their ends. It looks at the calls alone,
// and shares nothing with the model.

// A made is a call that was made, and has returned.
type made struct {
	iface, method string // no interface for a function
	on, by        string
	tid           int64
	at, end       int // the lines of its records
	args, out     map[string]string
	hr            uint32
	ref           int64 // that its return reports, or -1

}

func (c *made) failed() bool { return c.hr>>31 != 0 }

// within tells whether a call was made inside another.
func (c *made) within(outer *made) bool {
	return c.tid == outer.tid && outer.at < c.at && c.end < outer.end
}

func (c *made) number(list map[string]string, name string) (uint64, bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(list[name], "0x"), 16, 64)
	return n, err == nil
}

func texts(list []trace.Member) map[string]string {
	out := map[string]string{}
	for _, m := range list {
		if m.Value.Kind == trace.String || m.Value.Kind == trace.Number {
			out[string(m.Name)] = string(m.Value.S)
		}
	}
	return out
}

// callsOf are the calls of a recording, in the order in which they began.
func callsOf(records []*trace.Record) []*made {
	var list []*made
	open := map[int64]*made{}
	for _, r := range records {
		switch r.Kind {
		case trace.CallRecord:
			c := &made{tid: r.TID.N, at: int(r.Line), end: math.MaxInt, on: string(r.On.S), by: string(r.By.S), args: texts(r.Args), ref: -1}
			c.iface, c.method, _ = strings.Cut(string(r.Name), "::")
			if c.method == "" {
				c.iface, c.method = "", string(r.Name)
			}
			list = append(list, c)
			open[r.ID] = c
		case trace.ReturnRecord:
			c := open[r.ID]
			c.end, c.out = int(r.Line), texts(r.Args)
			if r.HR.Kind == trace.String {
				hr, _ := strconv.ParseUint(strings.TrimPrefix(string(r.HR.S), "0x"), 16, 32)
				c.hr = uint32(hr)
			}
			if r.Ref.Set {
				c.ref = r.Ref.N
			}
			delete(open, r.ID)
		}
	}
	return list
}

// A lived is the life of an object: the call that handed it out first, and its last Release, if that was made.
type lived struct {
	address string
	born    *made
	last    *made
}

// livesOf finds the lives of the objects that a call of one of these methods hands out as a parameter, and that are released through
// these interfaces.
func livesOf(calls []*made, methods, parameters, ifaces string) []*lived {
	var lives []*lived
	alive := map[string]*lived{}
	at := map[int][]*made{} // calls by the record that counts: a Release by its return, others too
	for _, c := range calls {
		at[c.end] = append(at[c.end], c)
	}
	for _, n := range slices.Sorted(maps.Keys(at)) {
		for _, c := range at[n] {
			if slices.Contains(strings.Fields(methods), c.method) && !c.failed() {
				for _, name := range strings.Fields(parameters) {
					if a := c.out[name]; a != "" && alive[a] == nil {
						alive[a] = &lived{a, c, nil}
						lives = append(lives, alive[a])
					}
				}
			}
			if x := alive[c.on]; x != nil && c.method == "Release" && c.ref == 0 && slices.Contains(strings.Fields(ifaces), c.iface) {
				x.last = c
				delete(alive, c.on)
			}
		}
	}
	return lives
}

func (x *lived) during(c *made) bool {
	return c.at > x.born.end && (x.last == nil || c.at <= x.last.end)
}

// fastEnd is where the process was shut down fast.
func fastEnd(calls []*made) int {
	for _, c := range calls {
		if c.method == "DoFastShutdown" && c.iface == "IMAPIClientShutdown" && !c.failed() {
			return c.at
		}
	}
	return math.MaxInt
}

// shutdowns: Shutdown happens exactly once for each provider that ever logged on, before its own Release and after the last Release of its
// logons, or of a transport's support object; and never once the process is shut down fast.
func shutdowns(records []*trace.Record) string {
	calls := callsOf(records)
	fast := fastEnd(calls)
	logons := livesOf(calls, "Logon SpoolerLogon TransportLogon", "lppABLogon lppMSLogon lppXPLogon", "IABLogon IMSLogon IXPLogon")
	for _, x := range livesOf(calls, "ABProviderInit MSProviderInit XPProviderInit", "lppABProvider lppMSProvider lppXPProvider", "IABProvider IMSProvider IXPProvider") {
		var down []*made
		for _, c := range calls {
			if c.method == "Shutdown" && c.on == x.address && x.during(c) {
				down = append(down, c)
			}
		}
		loggedOn := false
		for _, l := range logons {
			if l.born.on != x.address || !x.during(l.born) {
				continue
			}
			loggedOn = true
			if l.last == nil || len(down) == 0 {
				continue
			}
			left := l.last.end
			if l.last.iface == "IXPLogon" { // or inside the last Release of its support object, which may come first
				left = min(l.last.at, givenBack(calls, l.born))
			}
			if down[0].at < left {
				return fmt.Sprintf("line %d: Shutdown of %s comes before the end of its logon %s, in line %d", down[0].at, x.address, l.address, left)
			}
		}
		switch {
		case len(down) > 1:
			return fmt.Sprintf("line %d: Shutdown of %s comes again", down[1].at, x.address)
		case len(down) == 1 && x.last != nil && down[0].end > x.last.at:
			return fmt.Sprintf("line %d: Shutdown of %s comes after its last Release", down[0].at, x.address)
		case len(down) == 1 && down[0].at > fast:
			return fmt.Sprintf("line %d: Shutdown of %s comes after the fast shutdown", down[0].at, x.address)
		case len(down) == 0 && loggedOn && fast == math.MaxInt:
			return fmt.Sprintf("Shutdown of %s never comes", x.address)
		}
	}
	return ""
}

// givenBack is where the provider's last Release of the support object begins that a logon was passed.
func givenBack(calls []*made, logon *made) int {
	at := math.MaxInt
	for _, c := range calls {
		if c.at < logon.end || c.iface != "IMAPISupport" || c.on != logon.args["lpMAPISup"] || c.method != "Release" {
			continue
		}
		if c.by == "provider" {
			at = c.at
		}
		if c.ref == 0 {
			break
		}
	}
	return at
}

// storeLogoffs: StoreLogoff touches one store only. Of a store that is shut down StoreLogoffTransports is called once, unless it was
// refused, with the flag of the last StoreLogoff, or LOGOFF_ABORT.
func storeLogoffs(records []*trace.Record) string {
	calls := callsOf(records)
	stores := livesOf(calls, "Logon SpoolerLogon", "lppMDB", "IMsgStore")
	find := func(logon string, c *made) *lived {
		for n := len(stores) - 1; n >= 0; n-- {
			if x := stores[n]; x.born.out["lppMSLogon"] == logon && x.born.end < c.at {
				return x
			}
		}
		return nil
	}
	const complete, activity = 0x10000, 0xe0000
	for _, x := range stores {
		told := 0
		flag := uint64(0x8)
		for _, c := range calls {
			switch {
			case c.method == "StoreLogoff" && c.on == x.address && x.during(c):
				flag, _ = c.number(c.args, "lpulFlags")
				for _, inner := range calls {
					if !inner.within(c) {
						continue
					}
					if inner.iface == "IABLogon" && inner.method == "Logoff" {
						return fmt.Sprintf("line %d: StoreLogoff logs the address book off", inner.at)
					}
					if inner.iface != "IMSLogon" || inner.method != "Logoff" {
						continue
					}
					if other := find(inner.on, inner); other != nil && other != x && other.born.args["lpEntryID"] != x.born.args["lpEntryID"] {
						return fmt.Sprintf("line %d: StoreLogoff of %s logs %s off", inner.at, x.address, other.address)
					}
				}
			case c.method == "StoreLogoffTransports" && c.on == x.born.args["lpMAPISup"] && c.at > x.born.at && (x.last == nil || c.at < x.last.end):
				if passed, ok := c.number(c.args, "lpulFlags"); ok && passed != flag {
					return fmt.Sprintf("line %d: StoreLogoffTransports is passed %#x, and not %#x", c.at, passed, flag)
				}
				out, _ := c.number(c.out, "lpulFlags")
				if c.failed() || out&activity != 0 && out&complete == 0 {
					continue
				}
				if told++; told > 1 {
					return fmt.Sprintf("line %d: StoreLogoffTransports comes again for %s", c.at, x.address)
				}
			}
		}
	}
	return ""
}

// walked is a walk of the simulated software under drawn readings, up to its end, with what it looks like after each record.
func walked(t *rapid.T, look func(d *driven, r *trace.Record)) *driven {
	d := drive(t, false, false)
	d.look = look
	defer d.tellOf(t)
	d.repeat(t, func(*rapid.T) {})
	d.End()
	d.sound(t)
	return d
}

// TestPropShutdownOnce: Shutdown happens exactly once for each provider that ever logged on, before its own Release and after its last
// logon's Release; never after a fast shutdown.
func TestPropShutdownOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := walked(t, nil)
		defer d.tellOf(t)
		if wrong := shutdowns(d.records); wrong != "" {
			t.Fatal(wrong)
		}
	})
}

// TestPropStoreLogoff: StoreLogoff touches one store only, and StoreLogoffTransports is called once a store, with the right flag.
func TestPropStoreLogoff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := walked(t, nil)
		defer d.tellOf(t)
		if wrong := storeLogoffs(d.records); wrong != "" {
			t.Fatal(wrong)
		}
	})
}

// freed: no DLL is freed under a living object of its own.
func freed(s sim.Snapshot, r *trace.Record) string {
	name := string(r.Module.S)
	if string(r.Name) != "unload" || s.Modules[name] > 0 {
		return ""
	}
	for _, o := range s.Objects {
		if o.Module == name && o.Client+o.MAPI+o.Provider > 0 {
			return fmt.Sprintf("line %d: %s is freed while %s %s lives", r.Line, name, o.Interface, o.Address)
		}
	}
	return ""
}

// TestPropFreeLibrary: FreeLibrary never comes under a living object, neither for the software nor for the checker.
func TestPropFreeLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		walked(t, func(d *driven, r *trace.Record) {
			if wrong := freed(d.Snapshot(), r); wrong != "" {
				t.Fatal(wrong)
			}
		})
	})
}

// leftBehind: a logon that fails leaves nothing behind: no reference on the support object that it was passed, no MAPIUID, no row.
func leftBehind(s sim.Snapshot, support string) string {
	for _, o := range s.Objects {
		if o.Address == support && o.Provider > 0 {
			return "a reference on its support object"
		}
	}
	for what, list := range map[string][]sim.Entry{"a MAPIUID": s.UIDs, "a row of the status table": s.Rows} {
		for _, e := range list {
			if e.Support == support {
				return what
			}
		}
	}
	return ""
}

// A logonWatch follows logons through their records.
type logonWatch struct {
	support map[int64]string // by call: the support object of a logon that is the first to get it
}

// look returns the support object of a logon that failed in this record.
func (w *logonWatch) look(s sim.Snapshot, r *trace.Record) (support string) {
	switch r.Kind {
	case trace.CallRecord:
		_, method, _ := strings.Cut(string(r.Name), "::")
		if method != "Logon" && method != "TransportLogon" && method != "SpoolerLogon" {
			return ""
		}
		support := texts(r.Args)["lpMAPISup"]
		if !slices.ContainsFunc(s.Objects, func(o sim.Object) bool { return o.Address == support && o.Provider > 0 }) {
			w.support[r.ID] = support
		}
	case trace.ReturnRecord:
		support, logon := w.support[r.ID]
		delete(w.support, r.ID)
		if hr, _ := strconv.ParseUint(strings.TrimPrefix(string(r.HR.S), "0x"), 16, 32); logon && hr>>31 != 0 {
			return support
		}
	}
	return ""
}

// TestPropFailedLogon: a logon that fails leaves nothing behind, neither for the software nor for the checker.
func TestPropFailedLogon(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := logonWatch{map[int64]string{}}
		walked(t, func(d *driven, r *trace.Record) {
			support := w.look(d.Snapshot(), r)
			if support == "" {
				return
			}
			if left := leftBehind(d.Snapshot(), support); left != "" {
				t.Fatalf("line %d: the failed logon leaves %s behind", r.Line, left)
			}
			for _, k := range d.run.World().Census() {
				if fmt.Sprintf("%#x", k.Address) == support && (k.Kind == model.UIDObject || k.Kind == model.RowObject || k.Kind == model.SupportObject && k.Provider[1] > 0) {
					t.Fatalf("line %d: for the checker the failed logon leaves %+v", r.Line, k)
				}
			}
		})
	})
}

// TestOraclesNotice: what this file demands is not kept by software that does one thing wrong.
func TestOraclesNotice(t *testing.T) {
	ends := func(f func([]*trace.Record) string) func([]*trace.Record, []sim.Snapshot) string {
		return func(list []*trace.Record, _ []sim.Snapshot) string { return f(list) }
	}
	oracles := map[string]func([]*trace.Record, []sim.Snapshot) string{
		"shutdown": ends(shutdowns), "store": ends(storeLogoffs),
		"free": func(list []*trace.Record, after []sim.Snapshot) string {
			for n, r := range list {
				if wrong := freed(after[n], r); wrong != "" {
					return wrong
				}
			}
			return ""
		},
		"failed": func(list []*trace.Record, after []sim.Snapshot) string {
			w := logonWatch{map[int64]string{}}
			for n, r := range list {
				if support := w.look(after[n], r); support != "" {
					if left := leftBehind(after[n], support); left != "" {
						return left
					}
				}
			}
			return ""
		},
	}
	for _, x := range []struct{ oracle, faults string }{
		{"shutdown", "mapi-skips-shutdown mapi-shuts-down-twice mapi-shuts-down-too-early spooler-skips-shutdown"},
		{"store", "mapi-storelogoff-ends-address-book provider-passes-other-flag provider-repeats-storelogofftransports"},
		{"free", "mapi-frees-dll-early mapi-frees-dll-under-transport"},
		{"failed", "provider-keeps-support-of-failed-logon"},
	} {
		for _, name := range strings.Fields(x.faults) {
			n := slices.IndexFunc(sim.Faults, func(f sim.Fault) bool { return f.Name == name })
			require.GreaterOrEqual(t, n, 0, name)
			seen := false
			for seed := uint64(0); seed < 3000 && !seen; seed++ {
				var list []*trace.Record
				var after []sim.Snapshot
				var s *sim.Sim
				config := sim.Config{Choice: rand.New(rand.NewPCG(1, seed)).IntN, Readings: sim.Faults[n].Readings, Failures: true, Apart: true, Fault: name}
				s = sim.New(config, func(r *trace.Record) error {
					if r.Kind != trace.HeaderRecord {
						list, after = append(list, r.Clone()), append(after, s.Snapshot())
					}
					return nil
				})
				for range 40 {
					s.Do(sim.Actions[config.Choice(len(sim.Actions))])
				}
				s.End()
				seen = s.Fault() != 0 && oracles[x.oracle](list, after) != ""
			}
			require.True(t, seen, "%s does not notice %s", x.oracle, name)
		}
	}
}
