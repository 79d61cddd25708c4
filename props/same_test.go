package props

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"mapilife/fsm"
	"mapilife/model"
	"mapilife/props/sim"
	"mapilife/trace"
)

// This file says what changes nothing.

// outcome is what was found in a recording, and where, without what is only names.
func outcome(r *trace.Result) []string {
	list := []string{string(r.Verdict)}
	for _, f := range r.Findings {
		list = append(list, fmt.Sprintf("line %d %s %s %s %s", f.Line, f.Rule.ID, f.Severity, f.Party, trace.Fingerprint(&f)))
	}
	slices.Sort(list[1:])
	for _, v := range r.Rules {
		list = append(list, fmt.Sprintf("%s %s %d", v.Rule.ID, v.Verdict, v.N))
	}
	return list
}

// unlike tells what two outcomes differ in.
func unlike(a, b []string) string {
	for _, x := range a {
		if !slices.Contains(b, x) {
			return "no longer: " + x
		}
	}
	for _, x := range b {
		if !slices.Contains(a, x) {
			return "now: " + x
		}
	}
	return ""
}

// TestPropOrderOfLogoff: the order in which sessions are ended, and with that their providers logged off, changes nothing in the end state.
func TestPropOrderOfLogoff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set, choices := readings(t), tape(t, 200)
		var does []func(*sim.Sim)
		for range rapid.IntRange(0, 40).Draw(t, "actions") {
			a, thread := rapid.SampledFrom(sim.Actions).Draw(t, "action"), rapid.IntRange(0, 1).Draw(t, "thread")
			does = append(does, func(s *sim.Sim) { s.On(thread, a) })
		}
		var made []int
		first := func(n int) int { made = append(made, choices(n)); return made[len(made)-1] }
		var snapshots []string
		var ends []string
		for range 2 {
			order := tape(t, 50)
			c, err := trace.NewChecker(trace.Options{Profile: profileOf(t, set)})
			require.NoError(t, err)
			at, choose := 0, first
			if len(snapshots) > 0 { // the same again
				choose = func(int) int { at++; return made[at-1] }
			}
			var w *walk
			s := sim.New(sim.Config{Choice: func(n int) int { return choose(n) }, Readings: set}, func(r *trace.Record) error {
				if r.Kind == trace.HeaderRecord {
					w = begin(c, r.Header)
					return nil
				}
				return w.step(r)
			})
			for _, do := range does {
				do(s)
			}
			choose = order
			fast := s.FastShutdown()
			s.Close()
			left := s.Snapshot()
			s.Exit("exit")
			require.NoError(t, s.Err())
			r := w.run.End(nil)
			if len(r.Findings) > 0 {
				t.Fatalf("%sin\n%v", told(r.Findings), w)
			}
			if !fast && empty(left) != "" {
				t.Fatalf("the software has left %s", empty(left))
			}
			snapshots, ends = append(snapshots, fmt.Sprint(left.Initialised, len(left.Modules), left.Sessions, len(left.UIDs), len(left.Rows), left.Advised)), append(ends, strings.Join(w.run.World().Alive(), "\n"))
		}
		if snapshots[0] != snapshots[1] || ends[0] != ends[1] {
			t.Fatalf("in the one order %s\n%s\nin the other %s\n%s", snapshots[0], ends[0], snapshots[1], ends[1])
		}
	})
}

// anyRecording draws a recording that is legal, or has a few faults.
func anyRecording(t *rapid.T) (*trace.Header, []*trace.Record) {
	list := torn(t)
	for n, r := range list { // whose numbers and times are no longer in order
		r.Seq, r.Time = trace.Integer{N: int64(n + 2), Set: true}, trace.Integer{N: int64(1000 * n), Set: true}
	}
	return observed(t), list
}

// judge checks records as they are.
func judge(c *trace.Checker, h *trace.Header, records []*trace.Record) (*walk, *trace.Result) {
	w := begin(c, h)
	for _, r := range records {
		_ = w.step(r.Clone())
	}
	return w, w.run.End(nil)
}

// renamed gives everything that has a name in a recording another one: objects, threads and processes.
func renamed(t *rapid.T, records []*trace.Record) []*trace.Record {
	addresses := map[string]string{}
	shift := uint64(rapid.IntRange(1, 1000).Draw(t, "shift")) << 20
	address := func(s []byte) []byte {
		n, err := strconv.ParseUint(strings.TrimPrefix(string(s), "0x"), 16, 64)
		if err != nil || n < 0x10000 || !strings.HasPrefix(string(s), "0x") {
			return s
		}
		if addresses[string(s)] == "" {
			addresses[string(s)] = fmt.Sprintf("0x%x", n+shift)
			if len(addresses)%3 == 0 {
				addresses[string(s)] = fmt.Sprintf("object%d", len(addresses))
			}
		}
		return []byte(addresses[string(s)])
	}
	pointers := map[string]bool{"ppv": true, "lpObject": true, "lpMAPISup": true}
	var list []*trace.Record
	for _, r := range records {
		r = r.Clone()
		r.On.S = address(r.On.S)
		for i := range r.Args {
			if name := string(r.Args[i].Name); pointers[name] || strings.HasPrefix(name, "lpp") {
				r.Args[i].Value.S = address(r.Args[i].Value.S)
			}
		}
		if r.TID.Set {
			r.TID.N = r.TID.N*7 + 3
		}
		if r.Kind != trace.EventRecord || r.TID.Set {
			r.PID = trace.Integer{N: 4711, Set: true}
		}
		list = append(list, r)
	}
	return list
}

// TestPropNames: what objects, threads and processes are called changes no verdict.
func TestPropNames(t *testing.T) {
	c := checker(t)
	rapid.Check(t, func(t *rapid.T) {
		h, list := anyRecording(t)
		w, r := judge(c, h, list)
		defer w.tellOf(t)
		again, s := judge(c, h, renamed(t, list))
		if wrong := unlike(outcome(r), outcome(s)); wrong != "" {
			t.Fatalf("with other names %s\n%v", wrong, again)
		}
	})
}

// TestPropAddresses: whether the addresses of dead objects are used again changes no verdict, but that one may be not observable then.
func TestPropAddresses(t *testing.T) {
	c := checker(t)
	rapid.Check(t, func(t *rapid.T) {
		choices := rapid.SliceOfN(rapid.Uint16(), 300, 300).Draw(t, "choices")
		var results [][]string
		var w *walk
		vague := map[*model.Rule]bool{}
		for _, fresh := range []bool{false, true} {
			at := 0
			config := sim.Config{Fresh: fresh, Failures: true, Choice: func(n int) int { at++; return int(choices[at%len(choices)]) % n }}
			s := sim.Walk(config, 40, func(r *trace.Record) error {
				if r.Kind == trace.HeaderRecord {
					w = begin(c, r.Header)
					return nil
				}
				return w.step(r)
			})
			require.NoError(t, s.Err())
			r := w.run.End(nil)
			for i := range r.Rules { // what may be the old object is not counted where the address is used again
				r.Rules[i].N = min(r.Rules[i].N, 1)
				if !fresh && r.Rules[i].Verdict == model.NotObservable {
					vague[r.Rules[i].Rule] = true
				}
			}
			r.Rules = slices.DeleteFunc(r.Rules, func(v trace.RuleVerdict) bool { return vague[v.Rule] })
			results = append(results, outcome(r))
		}
		if wrong := unlike(results[0], results[1]); wrong != "" {
			t.Fatalf("where no address is used again %s\n%v", wrong, w)
		}
	})
}

// TestPropProcesses: what other processes do in between changes no verdict of a process.
func TestPropProcesses(t *testing.T) {
	c := checker(t)
	rapid.Check(t, func(t *rapid.T) {
		h := observed(t)
		var lists [2][]*trace.Record
		want := map[string]int{}
		for p := range lists {
			for _, r := range torn(t) {
				if r.Kind != trace.EventRecord || r.TID.Set || string(r.Name) == "end" || string(r.Name) == "gap" {
					r.PID = trace.Integer{N: int64(p + 1), Set: true}
				}
				lists[p] = append(lists[p], r)
			}
			_, r := judge(c, h, lists[p])
			for _, f := range r.Findings {
				want[fmt.Sprintf("process %d %s %s", p+1, f.Rule.ID, f.Party)]++
			}
		}
		var merged []*trace.Record
		for n := [2]int{}; n[0] < len(lists[0]) || n[1] < len(lists[1]); {
			p := rapid.IntRange(0, 1).Draw(t, "process")
			run := rapid.IntRange(1, 30).Draw(t, "records")
			for ; run > 0 && n[p] < len(lists[p]); run-- {
				merged = append(merged, lists[p][n[p]])
				n[p]++
			}
			if n[p] == len(lists[p]) { // then the rest of the other
				p = 1 - p
				merged = append(merged, lists[p][n[p]:]...)
				n[p] = len(lists[p])
			}
		}
		w, r := judge(c, h, merged)
		defer w.tellOf(t)
		for _, f := range r.Findings {
			want[fmt.Sprintf("process %d %s %s", f.PID, f.Rule.ID, f.Party)]--
		}
		for what, n := range want {
			if n != 0 {
				t.Fatalf("%s: %d of them only without the other process", what, n)
			}
		}
	})
}

// written is a recording as a file.
func written(t *rapid.T, notation trace.Notation, h *trace.Header, records []*trace.Record) []byte {
	var out bytes.Buffer
	w := trace.NewWriter(&out, notation)
	for _, r := range append([]*trace.Record{{Kind: trace.HeaderRecord, Header: h}}, records...) {
		require.NoError(t, w.Write(r))
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

// converted is a file in the other notation.
func converted(t *rapid.T, file []byte, notation trace.Notation) []byte {
	var out bytes.Buffer
	r, w := trace.NewReader("walk", bytes.NewReader(file)), trace.NewWriter(&out, notation)
	defer r.Close()
	for {
		var rec trace.Record
		err := r.Next(&rec)
		if err == io.EOF {
			require.NoError(t, w.Close())
			return out.Bytes()
		}
		require.NoError(t, err)
		require.NoError(t, w.Write(&rec))
	}
}

// TestPropNotations: a recording says the same in both notations, and comes back from the other one byte by byte.
func TestPropNotations(t *testing.T) {
	c := checker(t)
	rapid.Check(t, func(t *rapid.T) {
		h, list := anyRecording(t)
		w, _ := judge(c, h, list) // what can follow
		text, json := written(t, trace.TextNotation, h, w.records), written(t, trace.JSONNotation, h, w.records)
		if got := converted(t, text, trace.JSONNotation); !bytes.Equal(got, json) {
			t.Fatalf("as JSON\n%s\nand not\n%s", got, json)
		}
		if got := converted(t, json, trace.TextNotation); !bytes.Equal(got, text) {
			t.Fatalf("as text\n%s\nand not\n%s", got, text)
		}
		a, b := c.Check("walk", bytes.NewReader(text)), c.Check("walk", bytes.NewReader(json))
		for _, r := range []*trace.Result{a, b} { // whose lines are not the same
			for i := range r.Findings {
				r.Findings[i].Line = 0
			}
		}
		if wrong := unlike(outcome(a), outcome(b)); wrong != "" {
			t.Fatalf("in JSON %s\n%s", wrong, text)
		}
	})
}

// pieces reads a file in pieces of drawn sizes.
type pieces struct {
	rest  []byte
	sizes []int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := min(p.sizes[0], len(b), len(p.rest))
	p.sizes = append(p.sizes[1:], p.sizes[0])
	copy(b, p.rest[:n])
	p.rest = p.rest[n:]
	return n, nil
}

// TestPropPieces: a file that arrives in pieces is judged as one that is there at once, and as its records one by one.
func TestPropPieces(t *testing.T) {
	c := checker(t)
	rapid.Check(t, func(t *rapid.T) {
		h, list := anyRecording(t)
		w, r := judge(c, h, list)
		defer w.tellOf(t)
		file := written(t, trace.JSONNotation, h, w.records)
		at := c.Check("walk", bytes.NewReader(file))
		sizes := rapid.SliceOfN(rapid.IntRange(1, 5000), 1, 20).Draw(t, "sizes")
		if wrong := unlike(outcome(at), outcome(c.Check("walk", &pieces{file, sizes}))); wrong != "" {
			t.Fatalf("in pieces %s", wrong)
		}
		if r.Err == nil { // whose lines are those of the file, where no record was left out
			for i, rec := range w.records {
				if rec.Line != int64(i+2) {
					return
				}
			}
			if wrong := unlike(outcome(at), outcome(r)); wrong != "" {
				t.Fatalf("record by record %s", wrong)
			}
		}
	})
}

// TestPropMachines: along whole walks the checker takes just the transitions that the rows allow, live looplab machines agree with each
// of them, and no object is ever anywhere but where its machine is.
func TestPropMachines(t *testing.T) {
	spec := model.Specification()
	rapid.Check(t, func(t *rapid.T) {
		set := readings(t)
		profile := profileOf(t, set)
		lives := map[string]*model.Lifecycle{}
		for _, l := range spec.Resolve(profile).Lifecycles {
			lives[l.Name] = l
		}
		c, err := trace.NewChecker(trace.Options{Profile: profile})
		require.NoError(t, err)
		type key struct {
			life   string
			serial uint32
		}
		type machine struct {
			current func() string
			ask     func(state, event string) (string, bool)
		}
		machines := map[key]machine{}
		var w *walk
		var wrong string
		config := sim.Config{Choice: tape(t, 200), Readings: set, Failures: rapid.Bool().Draw(t, "calls fail")}
		s := sim.Walk(config, rapid.IntRange(1, 60).Draw(t, "steps"), func(r *trace.Record) error {
			if r.Kind == trace.HeaderRecord {
				w = begin(c, r.Header)
				w.run.World().Watch(func(x model.Taken) {
					k := key{x.Life.Name, x.Serial}
					m, known := machines[k]
					if !known {
						live := fsm.Machine(lives[x.Life.Name])
						m = machine{live.Current, func(state, event string) (string, bool) { return fsm.Ask(live, state, event) }}
						machines[k] = m
					}
					if wrong != "" {
						return
					}
					if x.From != m.current() {
						wrong = fmt.Sprintf("%s %d is in %s, and its machine in %s", x.Life.Name, x.Serial, x.From, m.current())
					}
					to, legal := m.ask(x.From, x.Event)
					if !legal || x.Breaking || to != x.To {
						wrong = fmt.Sprintf("%s %d: %q leads from %s to %s (breaking: %t); the machine's answer is %s, %t", x.Life.Name, x.Serial, x.Event, x.From, x.To, x.Breaking, to, legal)
					}
					if row := rowOf(lives[x.Life.Name], x); row == "" {
						wrong = fmt.Sprintf("%s: no row leads from %s by %q to %s", x.Life.Name, x.From, x.Event, x.To)
					}
				})
				return nil
			}
			if err := w.step(r); err != nil || wrong == "" {
				return err
			}
			return fmt.Errorf("%s", wrong)
		})
		if s.Err() != nil {
			t.Fatalf("%v\nin\n%v", s.Err(), w)
		}
	})
}

// rowOf names the legal row that leads from the one state to the other.
func rowOf(l *model.Lifecycle, x model.Taken) string {
	for i := range l.Rows {
		r := &l.Rows[i]
		from := slices.Contains(r.Sources(), x.From) || x.From == model.NewState && r.Births()
		if r.IsLegal() && r.On.Name == x.Event && from && (r.To == x.To || r.To == "" && x.From == x.To) {
			return fmt.Sprintf("%s: %s, %s -> %s", l.Name, x.From, x.Event, x.To)
		}
	}
	return ""
}
