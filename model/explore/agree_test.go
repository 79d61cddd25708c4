package explore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mapilife/model"
)

// play steps a world through a path and one step more.
func play(t *testing.T, pr *model.Program, path []Step, more ...Step) *model.World {
	t.Helper()
	w := model.NewWorld(pr, model.Observation{Observes: Observes()})
	var p Player
	for _, s := range slices.Concat(path, more) {
		if err := w.Step(p.Event(s)); err != nil {
			t.Fatalf("%v: %v", s, err)
		}
	}
	return w
}

// differs tells where a world and a state do not agree.
func (m *Machine) differs(s *state, w *model.World) string {
	var list []string
	wrong := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if s.get(m.ended) != 0 {
		if _, ok := w.ProcessAt(Pid); ok {
			wrong("the process has not ended")
		}
		return strings.Join(list, "; ")
	}
	for _, c := range m.components {
		var sight model.Sight
		var ok bool
		switch c.kind {
		case model.ProcessObject:
			sight, ok = w.ProcessAt(Pid)
		case model.ThreadObject:
			sight, ok = w.ThreadAt(Pid, int64(slices.Index(m.threads, c)+1))
		case model.ModuleObject:
			sight, ok = w.ModuleAt(Pid, c.name)
		case model.UIDObject, model.RowObject, model.ServiceObject:
			continue
		default:
			sight, ok = w.ObjectAt(Pid, c.name)
		}
		if c.phase != nil {
			is := none
			switch {
			case !ok:
			case sight.Dead():
				is = dead
			case sight.Dying():
				is = dying
			case sight.Kept():
				is = kept
			default:
				is = alive
			}
			if has := s.get(c.phase); has != is && !(has == none && is == dead) {
				wrong("%s: phase %d, and the world says %d", c.name, has, is)
			}
			if s.get(c.phase) == none || s.get(c.phase) == dead {
				continue
			}
		} else if !ok {
			continue
		}
		for i, l := range c.lives {
			if f := c.states[i]; f.live && f.moves {
				if is := sight.In(l.def.Name); m.word(f, s.get(f)) != is {
					wrong("%s: %s %s, and the world says %s", c.name, l.def.Name, m.word(f, s.get(f)), is)
				}
			}
		}
		for side, f := range c.refs {
			if f != nil && f.live && f.moves {
				if is := sight.Held([...]model.Side{model.Client, model.MAPI, model.Provider}[side]); is != s.get(f) {
					wrong("%s is %d, and the world says %d", f.name, s.get(f), is)
				}
			}
		}
		for name, f := range c.marks {
			if f.live && f.moves {
				if is := sight.Marked(name); (is == model.Yes) != (s.get(f) == 1) || is == model.Unknown {
					wrong("%s is %d, and the world says %d", f.name, s.get(f), is)
				}
			}
		}
		for name, f := range c.counts {
			if f.live && f.moves {
				if is := sight.Counted(name); is != s.get(f) {
					wrong("%s is %d, and the world says %d", f.name, s.get(f), is)
				}
			}
		}
		if c.kind == model.SupportObject {
			uids, rows := 0, 0
			for _, u := range c.bundle.uids {
				uids += min(1, s.get(u.states[0]))
			}
			for _, u := range c.bundle.rows {
				rows += min(1, s.get(u.states[0]))
			}
			if len(c.bundle.uids) > 0 && c.bundle.uids[0].states[0].live && sight.Below(model.UIDObject) != uids || len(c.bundle.rows) > 0 && c.bundle.rows[0].states[0].live && sight.Below(model.RowObject) != rows {
				wrong("%s has %d MAPIUIDs and %d rows, and the world says %d and %d", c.name, uids, rows, sight.Below(model.UIDObject), sight.Below(model.RowObject))
			}
		}
	}
	return strings.Join(list, "; ")
}

// agree compares every step out of a state, legal or not, with what the interpreter makes of it.
func agree(t *testing.T, sp *Space, pr *model.Program, n int) (legal, illegal int) {
	m := sp.m
	var s, to state
	sp.load(n, &s)
	path := sp.Path(n)
	for th := range m.actions {
		for _, a := range m.actions[th][s.get(m.at[th])] {
			if a.needs.eval(s.get) == 0 || a.decided.eval(s.get) == 0 {
				continue
			}
			var rules []string
			for _, b := range a.broken {
				if b.where.eval(s.get) != 0 {
					rules = append(rules, b.rule)
				}
			}
			if a.take(&s, &to) != (len(rules) == 0) {
				t.Fatalf("%v: taken %t, and it breaks %v", a.step, len(rules) > 0, rules)
			}
			w := play(t, pr, path, a.step)
			var found []string
			for _, f := range w.Findings() {
				found = append(found, f.Rule.ID)
				found = append(found, f.Implied...)
			}
			if len(rules) > 0 {
				illegal++
				if len(m.threads) > 1 { // an accusation may wait for the call's return
					continue
				}
				for _, r := range rules {
					if !slices.Contains(found, r) {
						t.Errorf("%v breaks %v here, and %v for the interpreter\n%s", a.step, rules, found, sp.Describe(n))
						return
					}
				}
				continue
			}
			legal++
			if len(found) > 0 {
				t.Errorf("%v breaks nothing here, and %v for the interpreter: %s\n%s\n%v", a.step, found, w.Findings()[0].Message, sp.Describe(n), path)
				return
			}
			if d := m.differs(&to, w); d != "" {
				t.Errorf("after %v: %s\n%v", a.step, d, path)
				return
			}
		}
	}
	return legal, illegal
}

func machine(t testing.TB, c Config) (*Machine, *model.Program) {
	t.Helper()
	spec := model.Specification()
	tables := model.RowTables(spec.Resolve(model.Lenient()))
	m, err := New(spec, model.Lenient(), tables, c, Invariants)
	if err != nil {
		t.Fatal(err)
	}
	pr, err := model.Compile(spec, model.Lenient(), tables)
	if err != nil {
		t.Fatal(err)
	}
	return m, pr
}

// TestAgree: the packed step and the interpreter agree on every step of a small configuration, legal or not.
func TestAgree(t *testing.T) {
	m, pr := machine(t, Small())
	sp := m.Explore(context.Background(), Options{})
	legal, illegal := 0, 0
	for n := range sp.count {
		a, b := agree(t, sp, pr, n)
		legal, illegal = legal+a, illegal+b
		if t.Failed() {
			break
		}
	}
	t.Logf("%d states, %d legal steps, %d that break a rule", sp.count, legal, illegal)
}
