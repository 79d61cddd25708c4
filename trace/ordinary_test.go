package trace

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/model"
)

// stripped judges a trace without what a recorder may have added to it.
func stripped(t *testing.T, file string, profile model.Profile) *Result {
	t.Helper()
	in, err := os.Open(file)
	require.NoError(t, err)
	defer in.Close()
	r := NewReader(file, in)
	defer r.Close()
	var rec Record
	require.NoError(t, r.Next(&rec), file)
	header := *rec.Header
	header.Observes = slices.DeleteFunc(slices.Clone(header.Observes), model.IsAdded)
	c := checkers[profile.Name]
	if c == nil {
		c, err = NewChecker(Options{Profile: profile})
		require.NoError(t, err)
		checkers[profile.Name] = c
	}
	run := c.Start(file, &header)
	skipped := map[int64]bool{}
	for {
		if err := r.Next(&rec); err != nil {
			return run.End(nil)
		}
		name := string(rec.Name)
		switch {
		case rec.Kind == CallRecord && model.IsAdded(name):
			skipped[rec.ID] = true
			continue
		case rec.Kind == ReturnRecord && skipped[rec.ID]:
			delete(skipped, rec.ID)
			continue
		}
		rec.Args = slices.DeleteFunc(slices.Clone(rec.Args), func(a Member) bool {
			return model.IsAdded(string(a.Name)) || name == "MAPIInitialize" && (string(a.Name) == "ulFlags" || string(a.Name) == "ulVersion")
		})
		if run.Step(&rec) != nil {
			return run.End(nil)
		}
	}
}

// TestOrdinary: the rules that need what a recorder may add are those that no trace has judged where that is taken away. Of the others there
// are at least 150.
func TestOrdinary(t *testing.T) {
	judged := map[string]bool{}
	for _, pattern := range []string{"rules/*.trace", "cases/*.trace", "recorded/*.jsonl"} {
		files, err := filepath.Glob(filepath.Join("testdata", pattern))
		require.NoError(t, err)
		for _, file := range files {
			goldens := []Golden{{Profile: model.Lenient()}}
			if strings.HasSuffix(file, ".trace") {
				data, err := os.ReadFile(file)
				require.NoError(t, err)
				goldens, err = ReadGoldens(string(data))
				require.NoError(t, err)
			}
			for _, g := range goldens {
				for _, v := range stripped(t, file, g.Profile).Rules {
					judged[v.Rule.ID] = judged[v.Rule.ID] || v.Verdict == model.Held || v.Verdict == model.Violated
				}
			}
		}
	}
	ordinary := 0
	for _, r := range model.Specification().Rules {
		if !r.Checked() {
			continue
		}
		if r.Ordinary() {
			ordinary++
		}
		if r.Ordinary() != judged[r.ID] {
			t.Errorf("%s needs %q and %q, and without what a recorder may add it is judged: %v", r.ID, r.Needs, r.Keys, judged[r.ID])
		}
	}
	require.GreaterOrEqual(t, ordinary, 150)
	t.Logf("%d rules are judged on ordinary calls", ordinary)
}
