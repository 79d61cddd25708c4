package explore

import (
	"context"
	"testing"

	"mapilife/model"
)

func TestSketch(t *testing.T) {
	m, err := New(model.Specification(), model.Lenient(), model.RowTables(model.Specification().Resolve(model.Lenient())), Small())
	if err != nil {
		t.Fatal(err)
	}
	acts := 0
	m.every(func(*action) { acts++ })
	bits := 0
	for _, f := range m.fields {
		if f.bits > 0 {
			bits += f.bits
			t.Logf("%s 0..%d", f.name, f.max)
		}
	}
	t.Log(len(m.nodes[0]), "nodes", acts, "actions", bits, "bits", m.words)
	sp := m.Explore(context.Background(), Options{Ends: true})
	t.Logf("%+v", sp.Result.Tally)
	t.Log(sp.Result.Dead, sp.Result.Finished)
	for n := range sp.count {
		var s, to state
		sp.load(n, &s)
		any := s.get(m.ended) == 1
		why := ""
		for th := range m.actions {
			for _, a := range m.actions[th][s.get(m.at[th])] {
				any = any || a.take(&s, &to)
				if a.needs.eval(s.get) == 1 {
					why += a.step.String() + ":"
					for _, b := range a.broken {
						if b.where.eval(s.get) != 0 {
							why += " " + b.rule
						}
					}
					if a.decided.eval(s.get) == 0 {
						why += " undecided"
					}
					why += "; "
				}
			}
		}
		if !any {
			t.Log("deadlock", sp.Describe(n), why)
			break
		}
	}
	if s := sp.Result.Stuck; s != nil {
		for _, x := range s.Steps {
			t.Log(x)
		}
		t.Log(s.State)
	}
}
