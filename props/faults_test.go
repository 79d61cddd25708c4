package props

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
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
// where it was done, and accuses nobody else; it still does when what the rule does not need is hidden. The same walk without it conforms.
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
					return sim.Config{Choice: rand.New(rand.NewPCG(1, seed)).IntN, Readings: f.Readings, Failures: f.Failures || seed%2 == 0, Apart: true, Wide: f.Wide, Fault: fault, At: int(seed / 2 % 3)}
				}
				s, w, r := stepwise(t, c, config(f.Name), 40)
				if s.Fault() == 0 {
					continue
				}
				happened++
				if wrong := misjudged(f, s.Fault(), r.Findings); wrong != "" {
					t.Fatalf("seed %d: %s\nline %d is wrong: %s; found\n%sin\n%v", seed, wrong, s.Fault(), f.Says, told(r.Findings), w)
				}
				for _, x := range r.Findings {
					if x.Rule.ID != f.Rule || x.Line != s.Fault() {
						continue
					}
					if lost := hideRest(c, x, w); lost != "" {
						t.Fatalf("seed %d: hiding what %s does not need hides it:\n%s", seed, f.Rule, lost)
					}
				}
				_, w, r = stepwise(t, c, config(""), 40)
				if len(r.Findings) > 0 {
					t.Fatalf("seed %d, without the fault:\n%sin\n%v", seed, told(r.Findings), w)
				}
			}
		})
	}
}

// besides is what some rules need beyond what leads to their objects, because what is hidden there can excuse what was done.
var besides = []struct{ rules, interfaces, why string }{
	{"INI-08", "IMAPIAdviseSink", "the thread may be one on which MAPI notifies"},
	{"REF-02", "IAddrBook IABContainer IMAPIStatus IProfSect", "what is opened through them may be the same object"},
	{"LGN-16 LGN-17 STO-05 STO-06 DLL-11", "IMsgStore", "the store may have ended"},
	{"PRV-02 DLL-05", "IABProvider IMSProvider IXPProvider", "the provider object may have ended, or live"},
	{"DLL-03", "IABProvider IMSProvider IXPProvider IABLogon IMSLogon IXPLogon IMAPIStatus IMsgStore", "an object of the DLL may live"},
	{"XP-03", "IMAPISupport", "the provider may have shut down"},
}

// needed are the interfaces that a finding needs: those that its rule needs, those of the object and of the call that it is about, those
// that tell how far the process, its sessions and its providers are, all that lead to these, and what is opened through the object, which
// may keep it alive.
func needed(f model.Finding, call string) []string {
	from := map[string]string{}
	for _, i := range model.Interfaces() {
		from[i.Name] = i.From
	}
	from["IMAPISupport"] = "IABProvider IMSProvider IXPProvider"
	from["IMAPITable"] = "IMAPISession IMsgStore IMAPIFolder IAddrBook IABContainer"
	names := func(list string) []string {
		return strings.FieldsFunc(list, func(c rune) bool { return strings.ContainsRune(" ,|", c) })
	}
	var needed []string
	var add func(list string)
	add = func(list string) {
		for _, name := range names(list) {
			if !slices.Contains(needed, name) {
				needed = append(needed, name)
				add(from[name])
			}
		}
	}
	add("MAPI entry module IMAPISession IMAPIClientShutdown IMAPIProviderShutdown")
	add(f.Rule.Needs)
	add(call)
	object := f.Object
	for text, name := range map[string]string{"store": "IMsgStore", "support object": "IMAPISupport IMsgStore"} {
		if strings.Contains(object, text) {
			object = name
		}
	}
	for _, object := range strings.Fields(object) {
		add(object)
		for child, through := range from {
			if slices.Contains(names(through), object) {
				add(child)
			}
		}
	}
	for _, b := range besides {
		if slices.Contains(strings.Fields(b.rules), f.Rule.ID) {
			add(b.interfaces)
		}
	}
	return needed
}

// hideRest hides from a recording what a finding does not need. What is left is returned where the finding is not in it any more.
func hideRest(c *trace.Checker, f model.Finding, w *walk) string {
	last := w.records[f.Line-2]
	keep := needed(f, group(string(last.Name), last.Module.Set))
	less := *w.header
	hide := hider{gone: map[int64]bool{}}
	less.Observes = nil
	for _, name := range w.header.Observes {
		if slices.Contains(keep, name) {
			less.Observes = append(less.Observes, name)
		} else {
			hide.hidden = append(hide.hidden, name)
		}
	}
	part, at := begin(c, &less), int64(0)
	for n, r := range w.records {
		if hide.hides(r) {
			continue
		}
		_ = part.step(r.Clone()) // what can not follow is left out
		if int64(n)+2 == f.Line {
			at = part.line
		}
	}
	found := part.run.End(nil).Findings
	if slices.ContainsFunc(found, func(x model.Finding) bool { return x.Rule == f.Rule && x.Line == at }) {
		return ""
	}
	return fmt.Sprintf("%v\nwhere line %d is wrong; found\n%s", part, at, told(found))
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
