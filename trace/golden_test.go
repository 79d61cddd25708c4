package trace

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/model"
)

// A golden is one of the traces in testdata, with what it wants.
type golden struct {
	Golden
	file string
	data []byte
}

// checkers are made once for each profile.
var checkers = map[string]*Checker{}

func readGoldens(t *testing.T, file string) (list []golden) {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	goldens, err := ReadGoldens(string(data))
	require.NoError(t, err, file)
	for _, g := range goldens {
		list = append(list, golden{g, file, data})
	}
	return list
}

func (g golden) check(t *testing.T) *Result {
	t.Helper()
	c := checkers[g.Profile.Name]
	if c == nil {
		var err error
		c, err = NewChecker(Options{Profile: g.Profile})
		require.NoError(t, err)
		checkers[g.Profile.Name] = c
	}
	return c.Check(g.file, bytes.NewReader(g.data))
}

// TestRules checks each rule's smallest violating trace and its nearest conforming twin: the one gives the wanted findings,
// among them one of the rule it is named after, and nothing else; the other shows the rule held. A rule that comes up only when another one
// is broken has that other finding in both.
func TestRules(t *testing.T) {
	for _, rule := range model.Specification().Rules {
		if !rule.Checked() {
			continue
		}
		t.Run(rule.ID, func(t *testing.T) {
			bad := readGoldens(t, filepath.Join("testdata", "rules", rule.ID+".violating.trace"))[0]
			r := bad.check(t)
			if !judged(r) {
				t.Fatal(r.Err)
			}
			require.NotEmpty(t, bad.Want, "the violating trace says what must be found")
			require.Equal(t, bad.Want, r.Told())
			require.Contains(t, strings.Join(bad.Want, "\n")+"\n", " "+rule.ID+" ")

			good := readGoldens(t, filepath.Join("testdata", "rules", rule.ID+".conforming.trace"))[0]
			r = good.check(t)
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			require.Equal(t, good.Want, r.Told())
			require.NotContains(t, strings.Join(good.Want, "\n"), " "+rule.ID+" ")
			for _, v := range r.Rules {
				if v.Rule.ID == rule.ID && v.Verdict != model.Held {
					t.Errorf("%s is %v in its conforming trace", rule.ID, v.Verdict)
				}
			}
			require.Equal(t, bad.Profile, good.Profile, "twins are judged by one profile")
		})
	}
}

func judged(r *Result) bool { return r.Err == nil }

// TestCases judges traces of what goes right and wrong in practice: each says in its comments what must be found. Readers of the pages wrote
// that down before the checker had seen the trace.
func TestCases(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "cases", "*.trace"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".trace"), func(t *testing.T) {
			for _, g := range readGoldens(t, file) {
				require.ElementsMatch(t, g.Want, g.check(t).Told(), g.Profile.Name)
			}
		})
	}
}
