package props

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/model"
	"mapilife/trace"
)

// A mutant is the specification with one thing wrong: a row dropped or leading elsewhere, a guard, a duty or a moment by which it is due
// removed, or a condition negated, dropped or without one of its parts.
type mutant struct {
	name   string
	rules  []string // whose traces notice it first
	calls  []string // the methods that it is about
	change func(*model.Spec)
}

// copied is a specification that may be changed without changing any other.
func copied(s *model.Spec) *model.Spec {
	out := &model.Spec{}
	for _, l := range s.Lifecycles {
		c := *l
		c.Rows = slices.Clone(l.Rows)
		out.Lifecycles = append(out.Lifecycles, &c)
	}
	for _, r := range s.Rules {
		c := *r
		c.Guards, c.Duties = slices.Clone(r.Guards), slices.Clone(r.Duties)
		for i := range c.Duties {
			c.Duties[i].Due = slices.Clone(c.Duties[i].Due)
		}
		out.Rules = append(out.Rules, &c)
	}
	return out
}

// mutants are all of them, made by going through the value.
func mutants(s *model.Spec) []mutant {
	var list []mutant
	for l, life := range s.Lifecycles {
		for r := range life.Rows {
			row := &life.Rows[r]
			list = append(list, about(append(rowMutants(l, r, life), eventMutants(l, r, life)...), row.Breaks+" "+row.Holds, row.On)...)
		}
	}
	for r, rule := range s.Rules {
		for g := range rule.Guards {
			list = append(list, about(guardMutants(r, g, rule), rule.ID, rule.Guards[g].When)...)
		}
		for d := range rule.Duties {
			list = append(list, about(dutyMutants(r, d, rule), rule.ID, rule.Duties[d].Due[0].At)...)
		}
	}
	return list
}

// about tells what to look at first: the rules, and the calls at which the change shows.
func about(list []mutant, rules string, at model.Trigger) []mutant {
	for i := range list {
		list[i].rules = strings.Fields(rules)
		for name := range strings.FieldsSeq(at.Ops) {
			list[i].calls = append(list[i].calls, method(name))
		}
	}
	return list
}

func rowMutants(l, r int, life *model.Lifecycle) (list []mutant) {
	row := &life.Rows[r]
	if row.Births() {
		return nil
	}
	for _, from := range row.Sources() {
		name := fmt.Sprintf("%s: %s, %s", life.Name, from, row.On.Name)
		if row.Under.Switch != "" {
			name += " under " + row.Under.Switch + "=" + row.Under.Value
		}
		list = append(list, mutant{name: name + ": dropped", change: func(s *model.Spec) {
			rows := &s.Lifecycles[l].Rows
			left := slices.DeleteFunc((*rows)[r].Sources(), func(x string) bool { return x == from })
			if len(left) == 0 {
				*rows = slices.Delete(*rows, r, r+1)
				return
			}
			(*rows)[r].From = strings.Join(left, " ")
		}})
		to := elsewhere(life, row, from)
		list = append(list, mutant{name: name + ": to " + to, change: func(s *model.Spec) {
			rows := &s.Lifecycles[l].Rows
			changed := (*rows)[r]
			changed.From, changed.To = from, to
			left := slices.DeleteFunc((*rows)[r].Sources(), func(x string) bool { return x == from })
			if len(left) == 0 {
				(*rows)[r] = changed
				return
			}
			(*rows)[r].From = strings.Join(left, " ")
			*rows = slices.Insert(*rows, r+1, changed)
		}})
	}
	return list
}

// elsewhere is a state that the row does not lead to: its source, or else the first other one.
func elsewhere(life *model.Lifecycle, row *model.Row, from string) string {
	to := row.To
	if to == "" {
		to = from
	}
	if to != from {
		return from
	}
	for _, s := range life.StateNames() {
		if s != to {
			return s
		}
	}
	return to
}

// eventMutants change which objects an event concerns: the condition that all of its rows make.
func eventMutants(l, r int, life *model.Lifecycle) []mutant {
	event := life.Rows[r].On.Name
	if slices.ContainsFunc(life.Rows[:r], func(row model.Row) bool { return row.On.Name == event }) {
		return nil // seen at its first row
	}
	return condMutants(life.Name+": "+event+": its condition", life.Rows[r].If, func(s *model.Spec, c model.Cond) {
		rows := s.Lifecycles[l].Rows
		for i := range rows {
			if rows[i].On.Name == event {
				rows[i].If = c
			}
		}
	})
}

func guardMutants(r, g int, rule *model.Rule) []mutant {
	name, guard := fmt.Sprintf("%s: guard %d", rule.ID, g+1), &rule.Guards[g]
	list := []mutant{
		{name: name + ": removed", change: func(s *model.Spec) { s.Rules[r].Guards = slices.Delete(s.Rules[r].Guards, g, g+1) }},
		{name: name + ": negated", change: func(s *model.Spec) {
			guard := &s.Rules[r].Guards[g]
			guard.Holds = model.Not(guard.Holds)
			guard.Wrong, guard.Legal = guard.Wrong+".", guard.Legal+"." // one that can not be broken says nothing
		}},
	}
	list = append(list, condMutants(name+": its condition", guard.If, func(s *model.Spec, c model.Cond) { s.Rules[r].Guards[g].If = c })...)
	return append(list, loosened(name+": what holds", guard.Holds, func(s *model.Spec, c model.Cond) { s.Rules[r].Guards[g].Holds = c })...)
}

func dutyMutants(r, d int, rule *model.Rule) []mutant {
	name, duty := fmt.Sprintf("%s: duty %d", rule.ID, d+1), &rule.Duties[d]
	list := []mutant{
		{name: name + ": removed", change: func(s *model.Spec) { s.Rules[r].Duties = slices.Delete(s.Rules[r].Duties, d, d+1) }},
		{name: name + ": negated", change: func(s *model.Spec) { s.Rules[r].Duties[d].Owed = model.Not(s.Rules[r].Duties[d].Owed) }},
	}
	for at := range duty.Due {
		moment := fmt.Sprintf("%s: moment %d, %s", name, at+1, duty.Due[at].At.Name)
		list = append(list, mutant{name: moment + ": not due", change: func(s *model.Spec) {
			due := &s.Rules[r].Duties[d].Due
			*due = slices.Delete(*due, at, at+1)
		}})
		list = append(list, condMutants(moment+": its condition", duty.Due[at].If, func(s *model.Spec, c model.Cond) { s.Rules[r].Duties[d].Due[at].If = c })...)
	}
	list = append(list, condMutants(name+": its condition", duty.If, func(s *model.Spec, c model.Cond) { s.Rules[r].Duties[d].If = c })...)
	return append(list, loosened(name+": what is owed", duty.Owed, func(s *model.Spec, c model.Cond) { s.Rules[r].Duties[d].Owed = c })...)
}

// condMutants negate or drop a condition, or a part of it.
func condMutants(name string, c model.Cond, set func(*model.Spec, model.Cond)) []mutant {
	if reflect.DeepEqual(c, model.Cond{}) {
		return nil
	}
	return append([]mutant{
		{name: name + ": negated", change: func(s *model.Spec) { set(s, model.Not(c)) }},
		{name: name + ": dropped", change: func(s *model.Spec) { set(s, model.Cond{}) }},
	}, loosened(name, c, set)...)
}

// loosened drops a part of a condition: one of those of which all or any hold.
func loosened(name string, c model.Cond, set func(*model.Spec, model.Cond)) (list []mutant) {
	for part := range c.Parts {
		if len(c.Parts) < 2 { // Not has one, and nothing is left of it
			return nil
		}
		less := c
		less.Parts = slices.Delete(slices.Clone(c.Parts), part, part+1)
		list = append(list, mutant{name: fmt.Sprintf("%s: part %d dropped", name, part+1), change: func(s *model.Spec) { set(s, less) }})
	}
	return list
}

// An example is a trace that the mutants are judged by, under one profile.
type example struct {
	*played
	profile model.Profile
	report  string          // what the healthy specification says
	judges  map[string]bool // the rules that it has a verdict for
}

// A played trace is one that has been read, to be played often.
type played struct {
	name    string
	header  *trace.Header
	records []*trace.Record
	err     error           // why it could not be read to its end
	methods map[string]bool // the functions and methods that it calls, without their interfaces
}

func record(tb testing.TB, name string, data []byte) *played {
	tb.Helper()
	r := trace.NewReader(name, bytes.NewReader(data))
	defer r.Close()
	var rec trace.Record
	if err := r.Next(&rec); err != nil {
		tb.Fatal(err)
	}
	out := &played{name: name, header: rec.Header, methods: map[string]bool{}}
	for {
		switch err := r.Next(&rec); {
		case err == io.EOF:
			return out
		case err != nil:
			out.err = err
			return out
		}
		out.records = append(out.records, rec.Clone())
		if rec.Kind == trace.CallRecord {
			out.methods[method(string(rec.Name))] = true
		}
	}
}

func method(operation string) string { return operation[strings.LastIndexByte(operation, ':')+1:] }

// examples are the traces of the rules, of the cases, of known bugs, of the pages and of real software, the shortest first.
func examples(tb testing.TB) []*example {
	tb.Helper()
	var list []*example
	for _, pattern := range []string{"rules/*.trace", "cases/*.trace", "known-bugs/*.trace", "canonical/*.trace", "recorded/*.jsonl"} {
		files, err := filepath.Glob(filepath.Join("..", "trace", "testdata", pattern))
		require.NoError(tb, err)
		require.NotEmpty(tb, files, pattern)
		for _, file := range files {
			data, err := os.ReadFile(file)
			require.NoError(tb, err)
			goldens := []trace.Golden{{Profile: model.Lenient()}, {Profile: model.Strict()}}
			if strings.HasSuffix(file, ".trace") {
				goldens, err = trace.ReadGoldens(string(data))
				require.NoError(tb, err, file)
			}
			text := record(tb, filepath.Base(file), data)
			for _, g := range goldens {
				list = append(list, &example{played: text, profile: g.Profile})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b *example) int { return len(a.records) - len(b.records) })
	return list
}

// A bench judges examples by one specification, and makes a checker for each profile only once.
type bench struct {
	spec     *model.Spec
	checkers map[string]*trace.Checker
}

func newBench(s *model.Spec) *bench { return &bench{s, map[string]*trace.Checker{}} }

// judge plays an example. The error says why the specification is refused.
func (b *bench) judge(e *example) (*trace.Result, error) {
	c := b.checkers[e.profile.Name]
	if c == nil {
		var err error
		if c, err = trace.NewCheckerOf(b.spec, trace.Options{Profile: e.profile}); err != nil {
			return nil, err
		}
		b.checkers[e.profile.Name] = c
	}
	run := c.Start(e.name, e.header)
	for _, rec := range e.records {
		if err := run.Step(rec); err != nil {
			return run.End(err), nil
		}
	}
	return run.End(e.err), nil
}

// reportOf is what a result finds, and what became of each rule.
func reportOf(r *trace.Result) string {
	var b strings.Builder
	fmt.Fprint(&b, r.Told(), r.Err != nil)
	for _, f := range r.Findings {
		fmt.Fprint(&b, f.Implied, f.More)
	}
	for _, v := range r.Rules {
		fmt.Fprint(&b, " ", v.Rule.ID, " ", v.Verdict, " ", v.N)
	}
	return b.String()
}

// healthy has the examples judged by the specification as it is.
func healthy(tb testing.TB, list []*example) {
	tb.Helper()
	b := newBench(model.Specification())
	for _, e := range list {
		r, err := b.judge(e)
		require.NoError(tb, err)
		e.report, e.judges = reportOf(r), map[string]bool{}
		for _, v := range r.Rules {
			if v.Verdict == model.Held || v.Verdict == model.Violated || v.Verdict == model.Open {
				e.judges[v.Rule.ID] = true
			}
		}
	}
}

// refused is what tells a mutant apart that is no specification.
const refused = "model.Validate"

// tellApart finds what tells a mutant from the healthy specification: the file of an example, or that it is refused. Those of the rules and
// the calls that the mutant is about come first.
func tellApart(m mutant, list []*example) (by string, ok bool) {
	spec := copied(model.Specification())
	m.change(spec)
	b := newBench(spec)
	order := slices.Clone(list)
	near := map[*example]int{}
	for _, e := range list {
		for _, id := range m.rules {
			if strings.HasPrefix(e.name, id+".") {
				near[e] -= 4
			}
			if e.judges[id] {
				near[e] -= 2
			}
		}
		if slices.ContainsFunc(m.calls, func(name string) bool { return e.methods[name] }) {
			near[e]--
		}
	}
	slices.SortStableFunc(order, func(x, y *example) int { return near[x] - near[y] })
	for _, e := range order {
		r, err := b.judge(e)
		if err != nil {
			return refused, true
		}
		if reportOf(r) != e.report {
			return e.name, true
		}
	}
	return "", false
}

// full tells a run that has some minutes: MAPILIFE_FULL=1.
var full = os.Getenv("MAPILIFE_FULL") == "1"

// TestPropMutants: a trace of the examples tells each mutant of the specification from the original, but for those that
// testdata/survivors.txt lists, with the argument why none can; and none tells a healthy copy. Without MAPILIFE_FULL=1 it looks at one
// mutant in twenty.
func TestPropMutants(t *testing.T) {
	list := examples(t)
	healthy(t, list)
	if by, ok := tellApart(mutant{change: func(*model.Spec) {}}, list); ok {
		t.Fatalf("%s tells a copy of the specification apart", by)
	}
	all := mutants(model.Specification())
	argued := survivors(t, all)
	some := all
	if !full {
		some = nil
		for n := 0; n < len(all); n += 40 {
			some = append(some, all[n])
		}
		t.Logf("%d of %d mutants: MAPILIFE_FULL=1 looks at all", len(some), len(all))
	}
	var told, faulty, left atomic.Int64
	var work sync.WaitGroup
	queue := make(chan mutant)
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			for m := range queue {
				switch by, ok := tellApart(m, list); {
				case ok && argued[m.name]:
					t.Errorf("%s tells %q apart: take it off testdata/survivors.txt", by, m.name)
				case ok && by == refused:
					faulty.Add(1)
				case ok:
					told.Add(1)
				case argued[m.name]:
					left.Add(1)
				default:
					t.Errorf("no trace tells %q apart", m.name)
				}
			}
		})
	}
	for _, m := range some {
		queue <- m
	}
	close(queue)
	work.Wait()
	t.Logf("%d mutants: %d told apart by a trace, %d refused, %d argued", len(some), told.Load(), faulty.Load(), left.Load())
}

// survivors reads the mutants that no trace can tell apart. A line that begins with a tab is a mutant's name, and the line above such lines
// the argument that holds for them.
func survivors(t *testing.T, all []mutant) map[string]bool {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "survivors.txt"))
	require.NoError(t, err)
	there := map[string]bool{}
	for _, m := range all {
		require.False(t, there[m.name], "there are two mutants %q", m.name)
		there[m.name] = true
	}
	argued := map[string]bool{}
	argument := ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		name, ok := strings.CutPrefix(line, "\t")
		if !ok {
			argument = line
			continue
		}
		require.NotEmpty(t, argument, "%q is listed without an argument", name)
		require.True(t, there[name], "there is no mutant %q", name)
		require.False(t, argued[name], "%q is listed twice", name)
		argued[name] = true
	}
	return argued
}

// TestEachRuleTells: what breaks a rule, in the rule's smallest violating trace, is not found by a specification without that rule. What is
// found then was found before too, or blames the same call by a weaker rule.
func TestEachRuleTells(t *testing.T) {
	whole := newBench(model.Specification())
	for n, rule := range model.Specification().Rules {
		if !rule.Checked() {
			continue
		}
		file := filepath.Join("..", "trace", "testdata", "rules", rule.ID+".violating.trace")
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		goldens, err := trace.ReadGoldens(string(data))
		require.NoError(t, err, file)
		e := &example{played: record(t, file, data), profile: goldens[0].Profile}
		with, err := whole.judge(e)
		require.NoError(t, err)
		spec := copied(model.Specification())
		withoutRule(spec, n)
		less, err := newBench(spec).judge(e)
		require.NoError(t, err)

		found := with.Told()
		lines := map[int64]bool{}
		for _, f := range with.Findings {
			if f.Rule.ID == rule.ID {
				lines[f.Line] = true
			}
		}
		require.NotEmpty(t, lines, rule.ID)
		require.NotEqual(t, found, less.Told(), "nothing changes without %s", rule.ID)
		for i, f := range less.Findings {
			if told := less.Told()[i]; !slices.Contains(found, told) && !lines[f.Line] {
				t.Errorf("without %s there is a new finding: %s", rule.ID, told)
			}
		}
	}
}

// withoutRule takes a rule and every mention of it out of a specification. What broke nothing else is legal then.
func withoutRule(s *model.Spec, n int) {
	id := s.Rules[n].ID
	drop := func(ids string) string {
		return strings.Join(slices.DeleteFunc(strings.Fields(ids), func(x string) bool { return x == id }), " ")
	}
	for _, l := range s.Lifecycles {
		for i := range l.Rows {
			r := &l.Rows[i]
			if r.Breaks == id {
				r.Soft, r.Early, r.Wrong, r.Legal = model.Reading{}, false, "", ""
			}
			r.Breaks, r.Holds = drop(r.Breaks), drop(r.Holds)
		}
	}
	s.Rules = slices.Delete(s.Rules, n, n+1)
	for _, r := range s.Rules {
		for i := range r.Guards {
			r.Guards[i].Implies = drop(r.Guards[i].Implies)
		}
		for i := range r.Duties {
			r.Duties[i].Implies = drop(r.Duties[i].Implies)
		}
	}
}
