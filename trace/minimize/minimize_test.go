package minimize

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mapilife/model"
	"mapilife/props/sim"
	"mapilife/trace"
)

func checkerOf(t *testing.T, readings map[string]string) *trace.Checker {
	t.Helper()
	p := model.Lenient()
	for name, value := range readings {
		var err error
		p, err = p.With(name + "=" + value)
		require.NoError(t, err)
	}
	c, err := trace.NewChecker(trace.Options{Profile: p})
	require.NoError(t, err)
	return c
}

func written(t *testing.T, records []*trace.Record, n trace.Notation) []byte {
	t.Helper()
	var b bytes.Buffer
	w := trace.NewWriter(&b, n)
	for _, r := range records {
		require.NoError(t, w.Write(r))
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// A fault is what two recordings are compared by: its rule, and the call that it is found at. It is written down here apart from the
// package's own idea of it.
type fault struct {
	rule, call, party, object string
	severe                    model.Severity
}

func faultsOf(res *trace.Result, records []*trace.Record) map[fault]int {
	names := map[int64]string{}
	calls := map[int64]string{}
	for _, r := range records {
		switch r.Kind {
		case trace.CallRecord:
			calls[r.ID], names[r.Line] = string(r.Name), string(r.Name)+" {"
		case trace.ReturnRecord:
			names[r.Line] = "} " + calls[r.ID]
		default:
			names[r.Line] = string(r.Name)
		}
	}
	list := map[fault]int{}
	for _, f := range res.Findings {
		for _, id := range append([]string{f.Rule.ID}, f.Implied...) {
			for severe := range f.Severity + 1 {
				list[fault{id, names[f.Line], f.Party.String(), f.Kind, severe}]++
			}
		}
	}
	return list
}

func readAll(t *testing.T, text []byte) []*trace.Record {
	t.Helper()
	var list []*trace.Record
	r := trace.NewReader("cut", bytes.NewReader(text))
	for {
		var rec trace.Record
		err := r.Next(&rec)
		if errors.Is(err, io.EOF) {
			return list
		}
		require.NoError(t, err, string(text))
		list = append(list, rec.Clone())
	}
}

// holds runs the minimizer on a trace and holds what it promises: the rule is broken as before, nothing is broken that was not, the
// result is a trace in both notations, and no call can be dropped, alone or with what is nested in it.
func holds(t *testing.T, c *trace.Checker, name string, text []byte, rule string) *Result {
	t.Helper()
	res, err := Run(c, name, bytes.NewReader(text), rule)
	require.NoError(t, err, name)
	asJSON := written(t, res.Records, trace.JSONNotation)
	small := readAll(t, asJSON)
	got := c.Check(name, bytes.NewReader(asJSON))
	require.Nil(t, got.Err, "%s\n%s", name, asJSON)
	asText := c.Check(name, bytes.NewReader(written(t, res.Records, trace.TextNotation)))
	require.Equal(t, len(got.Findings), len(asText.Findings), name)

	// The whole, as JSON Lines, has a line for each record.
	whole := written(t, readAll(t, text), trace.JSONNotation)
	before := faultsOf(c.Check(name, bytes.NewReader(whole)), readAll(t, whole))
	now := faultsOf(got, small)
	var want fault
	for f := range now {
		require.NotZero(t, before[f], "%s: %v is new\n%s", name, f, asJSON)
		if f.rule == res.Rule.ID && strings.Contains(f.call, res.Call) {
			if want.rule == "" || f.severe > want.severe {
				want = f
			}
		}
	}
	require.NotZero(t, want, "%s: %s is gone\n%s", name, res.Rule.ID, asJSON)
	require.LessOrEqual(t, res.Events[1], res.Events[0])

	var nesting trace.Nesting
	var up, call []int
	for _, r := range small {
		at := nesting.Next(r)
		if r.Kind == trace.CallRecord {
			up = append(up, at.Parent)
		}
		call = append(call, at.Call)
	}
	without := func(drop func(n int) bool) bool {
		run := c.Start(name, small[0].Header)
		seen, earlier := map[string]bool{}, map[string]bool{} // texts in the records before, without what is dropped and with it
		for n, r := range small[1:] {
			if !drop(n+1) && r.On.Set && earlier[string(r.On.S)] && !seen[string(r.On.S)] {
				return false
			}
			for _, m := range r.Args {
				if m.Value.Kind == trace.String {
					earlier[string(m.Value.S)] = true
					if !drop(n + 1) {
						seen[string(m.Value.S)] = true
					}
				}
			}
			if drop(n + 1) {
				continue
			}
			if run.Step(r) != nil {
				return false
			}
		}
		after := faultsOf(run.End(nil), small)
		for f, n := range after {
			if n > now[f] {
				return false
			}
		}
		return after[want] > 0
	}
	for n := range up {
		require.False(t, without(func(at int) bool { return call[at] == n }), "%s: call %d can be dropped alone\n%s", name, n, asJSON)
		require.False(t, without(func(at int) bool {
			for u := call[at]; u >= 0; u = up[u] {
				if u == n {
					return true
				}
			}
			return false
		}), "%s: call %d can be dropped with what is nested in it\n%s", name, n, asJSON)
	}
	return res
}

// TestRules cuts down the violating trace of every rule, which is small as it is.
func TestRules(t *testing.T) {
	c := checkerOf(t, nil)
	names, err := filepath.Glob("../testdata/rules/*.violating.trace")
	require.NoError(t, err)
	require.Greater(t, len(names), 200)
	cut, of := 0, 0
	for n, name := range names {
		if n%10 != 0 && os.Getenv("MAPILIFE_FULL") == "" {
			continue
		}
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		rule, _, _ := strings.Cut(filepath.Base(name), ".")
		if _, err := Run(c, name, bytes.NewReader(text), rule); err != nil {
			continue // it is broken in another profile
		}
		res := holds(t, c, name, text, rule)
		cut, of = cut+res.Events[1], of+res.Events[0]
	}
	t.Logf("%d of %d events are left", cut, of)
}

// walk is a walk that comes to a fault, as text.
func walk(t *testing.T, f sim.Fault, steps, at int) []byte {
	t.Helper()
	for seed := uint64(1); seed < 4000; seed++ {
		var b bytes.Buffer
		w := trace.NewWriter(&b, trace.JSONNotation)
		s := sim.Walk(sim.Config{Choice: rand.New(rand.NewPCG(1, seed)).IntN, Readings: f.Readings, Failures: f.Failures, Apart: true, Wide: f.Wide,
			Fault: f.Name, At: at, Threads: 2, Sessions: 2, Uses: 40, Open: 3}, steps, w.Write)
		if s.Fault() != 0 {
			require.NoError(t, w.Close())
			return b.Bytes()
		}
	}
	require.Fail(t, "no walk comes to the fault", f.Name)
	return nil
}

// TestFaults cuts down walks of a simulated subsystem with one fault each.
func TestFaults(t *testing.T) {
	for n, f := range sim.Faults {
		if n%8 != 0 && os.Getenv("MAPILIFE_FULL") == "" {
			continue
		}
		c := checkerOf(t, f.Readings)
		res := holds(t, c, f.Name, walk(t, f, 40, 0), f.Rule)
		t.Logf("%s: %s at %s: %d of %d events", f.Name, f.Rule, res.Call, res.Events[1], res.Events[0])
	}
}

// long is a recording of several client threads at work at once, one of which does something wrong as late as can be had. It has about so
// many events, and not fewer.
func long(tb testing.TB, c *trace.Checker, f sim.Fault, events int) []byte {
	tb.Helper()
	for at := events / 50; ; at /= 2 {
		var b bytes.Buffer
		w := trace.NewWriter(&b, trace.JSONNotation)
		lines := 0
		err := sim.Play(sim.Config{Choice: rand.New(rand.NewPCG(1, 1)).IntN, Readings: f.Readings, Failures: f.Failures, Apart: true, Wide: f.Wide,
			Fault: f.Name, At: at, Threads: 4, Sessions: 1 + events/1000, Uses: 100, Open: 12}, func(r *trace.Record) error {
			lines++
			return w.Write(r)
		})
		require.NoError(tb, err)
		require.NoError(tb, w.Close())
		for _, x := range c.Check(f.Name, bytes.NewReader(b.Bytes())).Findings {
			if breaks(&x, f.Rule) {
				require.GreaterOrEqual(tb, lines, events)
				return b.Bytes()
			}
		}
		require.NotZero(tb, at, "%s does not come up", f.Name)
	}
}

// TestLarge cuts down long recordings: of 100,000 events under MAPILIFE_FULL, which is to take no more than a minute.
func TestLarge(t *testing.T) {
	events := 5_000
	if os.Getenv("MAPILIFE_FULL") != "" {
		events = 100_000
	}
	for _, name := range []string{"client-leaks-store", "provider-reopens-as-new-store", "mapi-passes-flags-to-shutdown"} {
		f := sim.Faults[slices.IndexFunc(sim.Faults, func(f sim.Fault) bool { return f.Name == name })]
		c := checkerOf(t, f.Readings)
		text := long(t, c, f, events)
		began := time.Now()
		res, err := Run(c, name, bytes.NewReader(text), f.Rule)
		require.NoError(t, err)
		took := time.Since(began)
		t.Logf("%s: line %d, %d of %d events in %v", f.Name, res.Line, res.Events[1], res.Events[0], took)
		require.Less(t, took, time.Minute)
	}
}
