package explore

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"mapilife/model"
)

func TestSketch(t *testing.T) {
	c := Small()
	for name, f := range map[string]*int{"CLIENTS": &c.Clients, "SESSIONS": &c.Sessions, "AB": &c.AB, "MS": &c.MS, "XP": &c.XP, "STORES": &c.Stores, "LOGONS": &c.Logons, "FOLDERS": &c.Folders, "REFS": &c.References, "INITS": &c.Inits, "UIDS": &c.UIDs, "ROWS": &c.Rows} {
		if v := os.Getenv("X_" + name); v != "" {
			*f, _ = strconv.Atoi(v)
		}
	}
	if os.Getenv("X_NOFAIL") != "" {
		c.Failures = false
	}
	spec := model.Specification()
	if r := os.Getenv("X_WITHOUT"); r != "" {
		spec = Without(spec, r)
	}
	start := time.Now()
	m, err := New(spec, model.Lenient(), model.RowTables(spec.Resolve(model.Lenient())), c, Invariants)
	if err != nil {
		t.Fatal(err)
	}
	acts := 0
	m.every(func(*action) { acts++ })
	bits := 0
	for _, f := range m.fields {
		if f.bits > 0 {
			bits += f.bits
			if os.Getenv("X_FIELDS") != "" {
				t.Logf("field %s 0 to %d", f.name, f.max)
			}
		}
	}
	t.Log(c, len(m.nodes[0]), "nodes", acts, "actions", bits, "bits", m.words, time.Since(start))
	start = time.Now()
	sp := m.Explore(context.Background(), Options{Ends: os.Getenv("X_ENDS") != "", Memory: 4 << 30})
	t.Logf("%+v %v %v", sp.Result.Tally, sp.Result.Why, time.Since(start))
	t.Log(sp.Result.Dead, sp.Result.Finished)
	for _, s := range []*Counterexample{sp.Result.Broken, sp.Result.Stuck} {
		if s == nil {
			continue
		}
		t.Log(s.Property, s.Says)
		for _, x := range s.Steps {
			t.Log(x)
		}
		t.Log(s.State)
	}
}
