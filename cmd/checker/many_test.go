package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mapilife/trace"
)

// TestEach: results come in the order of the entries, as many are judged at once as there are cores, and few wait for one that takes long.
func TestEach(t *testing.T) {
	const cores = 3
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
	var list []entry
	for n := range 200 {
		list = append(list, entry{name: fmt.Sprint(n)})
	}
	var working, most, ahead, furthest atomic.Int64
	raise := func(to *atomic.Int64, n int64) {
		for {
			if old := to.Load(); n <= old || to.CompareAndSwap(old, n) {
				return
			}
		}
	}
	judge := func(e entry) *trace.Result {
		raise(&most, working.Add(1))
		defer working.Add(-1)
		raise(&furthest, ahead.Add(1))
		wait := time.Duration(rand.IntN(1000)) * time.Microsecond
		if e.name == "50" {
			wait = 100 * time.Millisecond
		}
		time.Sleep(wait)
		return &trace.Result{Trace: e.name}
	}
	var told []entry
	require.NoError(t, each(list, judge, func(r *trace.Result) error {
		ahead.Add(-1)
		told = append(told, entry{name: r.Trace})
		return nil
	}))
	require.Equal(t, list, told)
	require.EqualValues(t, cores, most.Load())
	require.LessOrEqual(t, furthest.Load(), int64(2*cores+2), "results that wait")

	gone := errors.New("gone")
	n := 0
	require.Equal(t, gone, each(list, judge, func(*trace.Result) error { n++; return gone }))
	require.Equal(t, 1, n, "nothing more is told")
}
