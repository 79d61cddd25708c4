package trace

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/model"
)

// cover measures a suite.
func cover(t *testing.T, o Options, files ...string) *Coverage {
	t.Helper()
	v, err := NewCoverage(o)
	require.NoError(t, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		v.Add(v.Checker().Check(file, bytes.NewReader(data)))
	}
	return v
}

// rowsTaken are the rows and pairs that objects took in one lifecycle.
func rowsTaken(v *Coverage, life string) (rows, pairs []string) {
	for _, c := range v.lives {
		if c.life.Name != life {
			continue
		}
		for _, r := range c.rows {
			rows = append(rows, slices.Repeat([]string{r.String()}, r.Taken)...)
		}
		for _, p := range c.pairs {
			pairs = append(pairs, slices.Repeat([]string{c.rows[p.First].String() + " | " + c.rows[p.Second].String()}, p.Taken)...)
		}
	}
	return rows, pairs
}

// TestCoverageRows: the session of the example is handed out, opens a store, is logged off, and is released. These are its rows, each once, and
// each with the next is a pair. The store's last Release is no move that it can be seen to make: a store that was not logged off goes then.
func TestCoverageRows(t *testing.T) {
	v := cover(t, Options{}, "testdata/example.trace")
	want := []string{
		"new -> Active, when it is handed out",
		"Active -> Active, when a session method enters",
		"Active -> LoggingOff, when IMAPISession::Logoff enters",
		"LoggingOff -> LoggedOff, when IMAPISession::Logoff succeeds",
		"LoggedOff -> Gone, when the session's last Release enters",
	}
	rows, pairs := rowsTaken(v, "session")
	require.ElementsMatch(t, want, rows)
	var next []string
	for n := range want[1:] {
		next = append(next, want[n]+" | "+want[n+1])
	}
	require.ElementsMatch(t, next, pairs)

	again := cover(t, Options{}, "testdata/example.trace", "testdata/example.trace")
	rows, pairs = rowsTaken(again, "session")
	require.Len(t, rows, 2*len(want))
	require.Len(t, pairs, 2*len(next), "a pair is of one object of one trace")
}

// TestCoverageRules: what a suite shows of a rule is the most that one of its traces shows.
func TestCoverageRules(t *testing.T) {
	files, err := filepath.Glob("testdata/recorded/*.jsonl")
	require.NoError(t, err)
	v := cover(t, Options{}, files...)
	c, err := NewChecker(Options{})
	require.NoError(t, err)
	most := map[string]model.Verdict{}
	rank := []model.Verdict{model.NotObservable, model.NotExercised, model.Open, model.Held, model.Violated}
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, r := range c.Check(file, bytes.NewReader(data)).Rules {
			if was, ok := most[r.Rule.ID]; !ok || slices.Index(rank, r.Verdict) > slices.Index(rank, was) {
				most[r.Rule.ID] = r.Verdict
			}
		}
	}
	require.NotEmpty(t, most)
	count := map[model.Verdict]int{}
	for _, r := range v.Rules() {
		require.Equal(t, most[r.Rule.ID], r.Shown, r.Rule.ID)
		count[r.Shown]++
		traces := 0
		for _, n := range r.Traces {
			traces += n
		}
		require.Equal(t, len(files), traces)
	}
	require.Len(t, most, len(v.Rules()))
	judged := v.Judged()
	require.Equal(t, count[model.Held]+count[model.Violated], judged.Part)
	require.Equal(t, len(most)-count[model.NotObservable], judged.Whole)
	require.InDelta(t, 100*float64(judged.Part)/float64(judged.Whole), judged.Percent, 1e-9)

	own := cover(t, Options{Parties: model.Provider}, files...)
	for _, r := range own.Rules() {
		require.NotZero(t, r.Rule.Owes&model.Provider, r.Rule.ID)
	}
	require.Less(t, own.Judged().Whole, judged.Whole)
}

// TestCoverageOfEverything: the smallest traces of the rules judge every rule, each under the profile that they are for.
func TestCoverageOfEverything(t *testing.T) {
	files, err := filepath.Glob("testdata/rules/*.trace")
	require.NoError(t, err)
	shown := map[string]bool{}
	profiles := []model.Profile{model.Lenient(), model.Strict()}
	for _, reading := range []string{"storeLogoffTransports=inStoreLogoff", "transportMakesInvalid=asked"} { // which neither profile chooses
		p, err := model.Lenient().With(reading)
		require.NoError(t, err)
		profiles = append(profiles, p)
	}
	for _, p := range profiles {
		for _, r := range cover(t, Options{Profile: p}, files...).Rules() {
			shown[r.Rule.ID] = shown[r.Rule.ID] || r.Shown == model.Held || r.Shown == model.Violated
		}
	}
	for id, ok := range shown {
		if !ok {
			t.Errorf("no trace judges %s", id)
		}
	}
}

// TestCoverageOfBadTrace: a trace that can not be read to its end adds nothing but that.
func TestCoverageOfBadTrace(t *testing.T) {
	data, err := os.ReadFile("testdata/example.trace")
	require.NoError(t, err)
	v := cover(t, Options{})
	v.Add(v.Checker().Check("cut.trace", strings.NewReader(string(data)+"nonsense\n")))
	require.Equal(t, map[Verdict]int{Unjudged: 1}, v.Traces)
	rows, pairs := v.Rows()
	require.Zero(t, rows.Part+pairs.Part+v.Judged().Part)
	v.Add(v.Checker().Check("example.trace", bytes.NewReader(data)))
	alone := cover(t, Options{}, "testdata/example.trace")
	require.Equal(t, alone.Rules(), v.Rules())
	rows, pairs = v.Rows()
	wantRows, wantPairs := alone.Rows()
	require.Equal(t, wantRows, rows)
	require.Equal(t, wantPairs, pairs)
}

// TestCoverageJSON: the JSON form says the same as the methods.
func TestCoverageJSON(t *testing.T) {
	v := cover(t, Options{}, "testdata/example.trace")
	var b bytes.Buffer
	require.NoError(t, v.WriteJSON(&b))
	var got struct {
		Profile string
		Traces  map[Verdict]int
		Judged  Share
		Rules   map[string]struct {
			Shown, Party string
			Traces       map[string]int
		}
		Lifecycles map[string]struct{ Rows []RowCoverage }
	}
	require.NoError(t, json.Unmarshal(b.Bytes(), &got))
	require.Equal(t, "lenient", got.Profile)
	require.Equal(t, map[Verdict]int{Conforms: 0, Breaks: 1, Unjudged: 0}, got.Traces)
	require.Equal(t, v.Judged(), got.Judged)
	require.Len(t, got.Rules, len(v.Rules()))
	require.Equal(t, "violated", got.Rules["SES-16"].Shown)
	require.Equal(t, map[string]int{"violated": 1}, got.Rules["SES-16"].Traces)
	require.Len(t, got.Lifecycles, len(v.lives))
}
