package props

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mapilife/model"
	"mapilife/trace"
)

// account is everything that a result says, a line each.
func account(r *trace.Result) []string {
	list := []string{fmt.Sprintf("%s %v: %d events, %d objects", r.Verdict, r.Err, r.Events, r.Objects)}
	for _, f := range r.Findings {
		list = append(list, fmt.Sprintf("%s %s %s %d:%d:%d %s: %s (%s) %v %v %v %d %d %s", f.Rule.ID, f.Severity, f.Party, f.PID, f.Line, f.Seq, f.Object,
			f.Message, f.Legal, f.History, f.Implied, f.Again, f.More, f.Serial, trace.Fingerprint(&f)))
	}
	for _, v := range r.Rules {
		list = append(list, fmt.Sprintf("%s %s %d", v.Rule.ID, v.Verdict, v.N))
	}
	return list
}

// sameAccount compares what two runs of one trace come to.
func sameAccount(tb interface {
	Helper()
	Fatalf(string, ...any)
}, file string, afresh, remembered *trace.Result,
) {
	tb.Helper()
	a, b := account(afresh), account(remembered)
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			tb.Fatalf("%s: worked out afresh, it comes to\n%s\nand with a memory to\n%s", file, strings.Join(a[min(i, len(a)):], "\n"), strings.Join(b[min(i, len(b)):], "\n"))
		}
	}
}

// TestQuiet: the memory of calls without effect changes nothing about any recording, under either profile.
func TestQuiet(t *testing.T) {
	for _, profile := range []model.Profile{model.Lenient(), model.Strict()} {
		c, err := trace.NewChecker(trace.Options{Profile: profile})
		if err != nil {
			t.Fatal(err)
		}
		for file, text := range traces(t) {
			afresh := play(t, c, file, text, func(run *trace.Run, _ int64) { run.World().Forgetful() })
			sameAccount(t, profile.Name+" "+file, afresh, play(t, c, file, text, func(*trace.Run, int64) {}))
		}
	}
}

// TestPropQuiet: nor about legal walks, or walks with faults, however little of them is observed.
func TestPropQuiet(t *testing.T) { rapid.Check(t, quietWalk(checker(t))) }

func quietWalk(c *trace.Checker) func(*rapid.T) {
	return func(t *rapid.T) {
		w := begin(c, observed(t))
		defer w.tellOf(t)
		afresh := c.Start("walk", w.header)
		afresh.World().Forgetful()
		both := func(r *trace.Record) {
			if w.step(r) == nil {
				if err := afresh.Step(r); err != nil {
					t.Fatal(err)
				}
			}
		}
		switch rapid.IntRange(0, 2).Draw(t, "walk") {
		case 0:
			for range rapid.IntRange(1, 3).Draw(t, "walks") { // a memory is of use the second time
				for _, r := range legal(t) {
					if r.Kind == trace.EventRecord && string(r.Name) == "end" {
						break
					}
					both(r)
				}
			}
		case 1:
			for _, r := range torn(t) {
				both(r)
			}
		default:
			from := 0
			wander(t, w, func() {
				for ; from < len(w.records); from++ {
					if err := afresh.Step(w.records[from]); err != nil {
						t.Fatal(err)
					}
				}
			})
		}
		sameAccount(t, "the walk", afresh.End(nil), w.run.End(nil))
	}
}
