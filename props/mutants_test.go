package props

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/model"
	"mapilife/trace"
)

// A mutant is the specification with one thing wrong: a row dropped or leading elsewhere, a guard or duty removed, negated or loosened.
type mutant struct {
	name   string
	rules  []string // whose traces notice it first
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
			list = append(list, rowMutants(l, r, life)...)
		}
	}
	for r, rule := range s.Rules {
		for g := range rule.Guards {
			list = append(list, guardMutants(r, g, rule)...)
		}
		for d := range rule.Duties {
			list = append(list, dutyMutants(r, d, rule)...)
		}
	}
	return list
}

func rowMutants(l, r int, life *model.Lifecycle) (list []mutant) {
	row := &life.Rows[r]
	if row.Births() {
		return nil
	}
	rules := strings.Fields(row.Breaks + " " + row.Holds)
	for _, from := range row.Sources() {
		name := fmt.Sprintf("%s: %s, %s", life.Name, from, row.On.Name)
		list = append(list, mutant{name + ": dropped", rules, func(s *model.Spec) {
			rows := &s.Lifecycles[l].Rows
			left := slices.DeleteFunc((*rows)[r].Sources(), func(x string) bool { return x == from })
			if len(left) == 0 {
				*rows = slices.Delete(*rows, r, r+1)
				return
			}
			(*rows)[r].From = strings.Join(left, " ")
		}})
		to := elsewhere(life, row, from)
		list = append(list, mutant{name + ": to " + to, rules, func(s *model.Spec) {
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

func guardMutants(r, g int, rule *model.Rule) []mutant {
	name := fmt.Sprintf("%s: guard %d", rule.ID, g+1)
	rules := []string{rule.ID}
	list := []mutant{
		{name + ": removed", rules, func(s *model.Spec) { s.Rules[r].Guards = slices.Delete(s.Rules[r].Guards, g, g+1) }},
		{name + ": negated", rules, func(s *model.Spec) {
			guard := &s.Rules[r].Guards[g]
			guard.Holds = model.Not(guard.Holds)
			guard.Wrong, guard.Legal = guard.Wrong+".", guard.Legal+"." // one that can not be broken says nothing
		}},
	}
	for part := range parts(rule.Guards[g].If) {
		list = append(list, mutant{fmt.Sprintf("%s: part %d of its condition dropped", name, part+1), rules, func(s *model.Spec) {
			s.Rules[r].Guards[g].If = without(s.Rules[r].Guards[g].If, part)
		}})
	}
	return list
}

func dutyMutants(r, d int, rule *model.Rule) []mutant {
	name := fmt.Sprintf("%s: duty %d", rule.ID, d+1)
	rules := []string{rule.ID}
	list := []mutant{
		{name + ": removed", rules, func(s *model.Spec) { s.Rules[r].Duties = slices.Delete(s.Rules[r].Duties, d, d+1) }},
		{name + ": negated", rules, func(s *model.Spec) { s.Rules[r].Duties[d].Owed = model.Not(s.Rules[r].Duties[d].Owed) }},
	}
	for at := range rule.Duties[d].Due {
		list = append(list, mutant{fmt.Sprintf("%s: not due when %s", name, rule.Duties[d].Due[at].At.Name), rules, func(s *model.Spec) {
			due := &s.Rules[r].Duties[d].Due
			*due = slices.Delete(*due, at, at+1)
		}})
	}
	for part := range parts(rule.Duties[d].Owed) {
		list = append(list, mutant{fmt.Sprintf("%s: part %d of what is owed dropped", name, part+1), rules, func(s *model.Spec) {
			s.Rules[r].Duties[d].Owed = without(s.Rules[r].Duties[d].Owed, part)
		}})
	}
	return list
}

// parts is how many parts a condition has of which one can be dropped.
func parts(c model.Cond) int {
	if len(c.Parts) < 2 { // Not has one, and nothing is left of it
		return 0
	}
	return len(c.Parts)
}

// without drops one part of a condition.
func without(c model.Cond, part int) model.Cond {
	c.Parts = slices.Delete(slices.Clone(c.Parts), part, part+1)
	return c
}

// An example is a trace that the mutants are judged by.
type example struct {
	name    string
	data    []byte
	profile model.Profile
	report  string // what the healthy specification says
}

// examples are the traces of the rules, of the cases and of real software.
func examples(t *testing.T) []*example {
	t.Helper()
	var list []*example
	for _, pattern := range []string{"rules/*.trace", "cases/*.trace", "recorded/*.jsonl"} {
		files, err := filepath.Glob(filepath.Join("..", "trace", "testdata", pattern))
		require.NoError(t, err)
		require.NotEmpty(t, files, pattern)
		for _, file := range files {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			e := &example{name: filepath.Base(file), data: data, profile: model.Lenient()}
			if strings.HasSuffix(file, ".trace") {
				g, err := trace.ReadGolden(string(data))
				require.NoError(t, err, file)
				e.profile = g.Profile
			}
			list = append(list, e)
		}
	}
	return list
}

// A bench judges examples by one specification, and makes a checker for each profile only once.
type bench struct {
	spec     *model.Spec
	checkers map[string]*trace.Checker
}

// report is everything that a checker says of an example; what it says if the specification is refused.
func (b *bench) report(e *example) string {
	c := b.checkers[e.profile.Name]
	if c == nil {
		var err error
		if c, err = trace.NewCheckerOf(b.spec, trace.Options{Profile: e.profile}); err != nil {
			return "refused: " + err.Error()
		}
		b.checkers[e.profile.Name] = c
	}
	r := c.Check(e.name, bytes.NewReader(e.data))
	text := fmt.Sprint(r.Told(), r.Err != nil)
	for _, f := range r.Findings {
		text += fmt.Sprint(f.Implied, f.More)
	}
	for _, v := range r.Rules {
		text += fmt.Sprintf(" %s %v %d", v.Rule.ID, v.Verdict, v.N)
	}
	return text
}

// kill finds an example that tells a mutant from the healthy specification. Those of the rules that it is about come first.
func kill(m mutant, list []*example) (by string, ok bool) {
	spec := copied(model.Specification())
	m.change(spec)
	about := func(e *example) bool {
		return slices.ContainsFunc(m.rules, func(id string) bool { return strings.HasPrefix(e.name, id+".") })
	}
	order := slices.Clone(list)
	sort.SliceStable(order, func(i, j int) bool { return about(order[i]) && !about(order[j]) })
	b := &bench{spec, map[string]*trace.Checker{}}
	for _, e := range order {
		if b.report(e) != e.report {
			return e.name, true
		}
	}
	return "", false
}

// TestPropMutants: there is a trace that tells each mutant of the specification from the original, or it is argued why none can.
func TestPropMutants(t *testing.T) {
	list := examples(t)
	healthy := &bench{model.Specification(), map[string]*trace.Checker{}}
	for _, e := range list {
		e.report = healthy.report(e)
		require.NotContains(t, e.report, "refused")
	}
	all := mutants(model.Specification())
	if testing.Short() {
		all = all[:len(all)/20]
	}
	var survivors []string
	argued := map[string]bool{}
	for _, m := range all {
		why, isArgued := equivalent(m)
		by, killed := kill(m, list)
		switch {
		case killed && isArgued:
			t.Errorf("%s is told apart by %s, and yet argued to be the same: %s", m.name, by, why)
		case !killed && isArgued:
			argued[m.name] = true
		case !killed:
			survivors = append(survivors, m.name)
		}
	}
	t.Logf("%d mutants, %d told apart, %d argued to be the same", len(all), len(all)-len(survivors)-len(argued), len(argued))
	require.Empty(t, survivors)
}

// equivalent argues why no trace can tell a mutant from the original.
func equivalent(m mutant) (why string, ok bool) {
	return "", false
}
