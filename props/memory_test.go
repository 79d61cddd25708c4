package props

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/model"
	"mapilife/props/sim"
	"mapilife/trace"
)

// inUse is how much memory is in use when nothing is left to collect.
func inUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// The bounds on a checker's memory: so much for each living object, its history included, beyond a fixed amount.
const (
	fixedMemory     = 32 << 20
	memoryPerObject = 256
)

// crowd has a run see the birth of so many folders, all of which live on.
func crowd(tb testing.TB, run *trace.Run, folders int) {
	tb.Helper()
	line := int64(1)
	step := func(r trace.Record) {
		line++
		r.Line = line
		if err := run.Step(&r); err != nil {
			tb.Fatal(err)
		}
	}
	call := func(name, on, param, out string) {
		step(trace.Record{Kind: trace.CallRecord, ID: line, Name: []byte(name), On: trace.Text{S: []byte(on), Set: on != ""}})
		step(trace.Record{Kind: trace.ReturnRecord, ID: line - 1, Args: []trace.Member{{Name: []byte(param), Value: trace.Value{Kind: trace.String, S: []byte(out)}}}})
	}
	call("MAPIInitialize", "", "x", "x")
	call("MAPILogonEx", "", "lppSession", "0x1000")
	call("IMAPISession::OpenMsgStore", "0x1000", "lppMDB", "0x2000")
	for n := range folders {
		call("IMsgStore::OpenEntry", "0x2000", "lppFolder", fmt.Sprintf("0x%x", 0x10000+n*0x40))
	}
}

// TestMemoryOfLivingObjects: a living object takes at most 256 bytes, beyond the fixed amount.
func TestMemoryOfLivingObjects(t *testing.T) {
	const folders = 500_000
	c := checker(t)
	before := inUse()
	run := c.Start("crowd", sim.Config{}.Header())
	crowd(t, run, folders)
	took := inUse() - before
	require.Equal(t, int64(folders+2), run.World().Objects())
	t.Logf("%d living objects took %d bytes: %d each beyond the fixed %d", folders, took, (took-fixedMemory)/folders, fixedMemory)
	require.LessOrEqual(t, took, int64(fixedMemory+folders*memoryPerObject))
	runtime.KeepAlive(run)
}

var errEnough = errors.New("enough")

// memoryAfter plays traces until a run has seen so many events, and tells how much memory is in use at its end and how much it took at most
// when looked at in between.
func memoryAfter(tb testing.TB, events int) (most int64) {
	tb.Helper()
	c := checker(tb)
	before := inUse()
	rng := rand.New(rand.NewPCG(7, 7))
	var run *trace.Run
	n := 0
	err := sim.Play(sim.Config{Choice: rng.IntN, Threads: 8, Sessions: 1 << 30, Uses: 400, Open: 12}, func(r *trace.Record) error {
		if run == nil {
			run = c.Start("long", r.Header)
			return nil
		}
		if n++; n%(events/8) == 0 {
			most = max(most, inUse()-before)
		}
		if n == events {
			return errEnough
		}
		return run.Step(r)
	})
	require.ErrorIs(tb, err, errEnough)
	require.Empty(tb, run.World().Findings())
	runtime.KeepAlive(run)
	return most
}

// TestMemoryIsFlat: what a run remembers does not grow with the trace. The benchmark below goes on to twenty million events.
func TestMemoryIsFlat(t *testing.T) {
	most := memoryAfter(t, 1_000_000)
	t.Logf("after 1,000,000 events: %d bytes", most)
	require.LessOrEqual(t, most, int64(fixedMemory))
}

// TestMemoryOfAFault: one fault, made again and again, is remembered once.
func TestMemoryOfAFault(t *testing.T) {
	const warm, measured = 1_000, 50_000
	run := checker(t).Start("fault", sim.Config{}.Header())
	crowd(t, run, 0)
	line := int64(1_000)
	release := func(times int) {
		for range times {
			line += 2
			require.NoError(t, run.Step(&trace.Record{Line: line, Kind: trace.CallRecord, ID: 1, Name: []byte("IMsgStore::Release"), On: trace.Text{S: []byte("0x2000"), Set: true}}))
			require.NoError(t, run.Step(&trace.Record{Line: line + 1, Kind: trace.ReturnRecord, ID: 1}))
		}
	}
	release(warm)
	before := inUse()
	release(measured)
	took := inUse() - before
	made := slices.DeleteFunc(slices.Clone(run.World().Findings()), func(f model.Finding) bool { return f.Line <= 1_000 }) // by the crowd
	require.Len(t, made, 1)
	require.GreaterOrEqual(t, made[0].More, int64(measured))
	t.Logf("a fault made %d times more took %d bytes", measured, took)
	require.Less(t, took, int64(measured))
	runtime.KeepAlive(run)
}

func BenchmarkMemory(b *testing.B) {
	for _, millions := range []int{1, 20} {
		b.Run(fmt.Sprintf("%dM", millions), func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(float64(memoryAfter(b, millions*1_000_000))/(1<<20), "MiB")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// TestStepDoesNotAllocate: once a run has grown to what its living objects need, an event costs no allocation. What little there is comes
// from maps and lists that still grow: far less than one in a hundred events.
func TestStepDoesNotAllocate(t *testing.T) {
	const warm, measured = 300_000, 300_000
	c := checker(t)
	rng := rand.New(rand.NewPCG(7, 7))
	var recs []*trace.Record
	var header *trace.Header
	err := sim.Play(sim.Config{Choice: rng.IntN, Threads: 8, Sessions: 1 << 30, Uses: 400, Open: 12}, func(r *trace.Record) error {
		if header == nil {
			header = r.Header
			return nil
		}
		if recs = append(recs, r.Clone()); len(recs) == warm+measured {
			return errEnough
		}
		return nil
	})
	require.ErrorIs(t, err, errEnough)
	run := c.Start("long", header)
	for _, r := range recs[:warm] {
		require.NoError(t, run.Step(r))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, r := range recs[warm:] {
		if err := run.Step(r); err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	allocations := after.Mallocs - before.Mallocs
	t.Logf("%d allocations in %d events", allocations, measured)
	require.Less(t, allocations, uint64(measured/100))
}
