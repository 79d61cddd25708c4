package props

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/model"
	"mapilife/props/sim"
	"mapilife/trace"
)

// profileOf is lenient but for some switches.
func profileOf(tb require.TestingT, readings map[string]string) model.Profile {
	p := model.Lenient()
	for name, value := range readings {
		var err error
		p, err = p.With(name + "=" + value)
		require.NoError(tb, err)
	}
	return p
}

// stepwise plays a walk of so many steps and has it checked. The simulation tells where its fault was.
func stepwise(tb testing.TB, c *trace.Checker, config sim.Config, steps int) (*sim.Sim, *walk, *trace.Result) {
	tb.Helper()
	var w *walk
	s := sim.Walk(config, steps, func(r *trace.Record) error {
		if r.Kind == trace.HeaderRecord {
			w = begin(c, r.Header)
			return nil
		}
		return w.step(r)
	})
	require.NoError(tb, s.Err())
	return s, w, w.run.End(nil)
}

// TestPropFaults: whatever single wrong is done, the checker reports the rule that it breaks, owed by the side that did it, in the line
// where it was done, and accuses nobody else. The same walk without it conforms.
func TestPropFaults(t *testing.T) {
	for _, f := range sim.Faults {
		t.Run(f.Name, func(t *testing.T) {
			c, err := trace.NewChecker(trace.Options{Profile: profileOf(t, f.Readings)})
			require.NoError(t, err)
			happened, enough := 0, 4
			if full {
				enough = 25
			}
			for seed := uint64(0); happened < enough; seed++ {
				require.Less(t, seed, uint64(40_000), "it does not come to the fault")
				config := func(fault string) sim.Config {
					return sim.Config{Choice: rand.New(rand.NewPCG(1, seed)).IntN, Readings: f.Readings, Failures: f.Failures || seed%2 == 0, Apart: true, Fault: fault, At: int(seed / 2 % 3)}
				}
				s, w, r := stepwise(t, c, config(f.Name), 40)
				if s.Fault() == 0 {
					continue
				}
				happened++
				if wrong := misjudged(f, s.Fault(), r.Findings); wrong != "" {
					t.Fatalf("seed %d: %s\nline %d is wrong: %s; found\n%sin\n%v", seed, wrong, s.Fault(), f.Says, told(r.Findings), w)
				}
				_, w, r = stepwise(t, c, config(""), 40)
				if len(r.Findings) > 0 {
					t.Fatalf("seed %d, without the fault:\n%sin\n%v", seed, told(r.Findings), w)
				}
			}
		})
	}
}

// misjudged tells what is not right in what was found about a fault.
func misjudged(f sim.Fault, line int64, found []model.Finding) string {
	at := slices.IndexFunc(found, func(x model.Finding) bool { return x.Rule.ID == f.Rule && x.Line == line })
	if at < 0 {
		return "it is not found"
	}
	if found[at].Party.String() != f.Party {
		return fmt.Sprintf("%s is accused of it", found[at].Party)
	}
	for _, x := range found {
		if x.Rule.ID != f.Rule && !slices.Contains(f.Follows, x.Rule.ID) || x.Line < line {
			return "something else is found"
		}
	}
	return ""
}
