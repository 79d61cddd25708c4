package trace

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/model"
)

// TestRecorded judges recordings of real software and compares with what was written down by reading them: testdata/recorded/README.md
// says how.
func TestRecorded(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "recorded", "*.jsonl"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	c, err := NewChecker(Options{})
	require.NoError(t, err)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".jsonl"), func(t *testing.T) {
			want := readWant(t, strings.TrimSuffix(file, ".jsonl")+".want")
			in, err := os.Open(file)
			require.NoError(t, err)
			defer in.Close()
			r := c.Check(file, in)
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			got := r.Told()
			slices.Sort(got)
			require.Equal(t, want.findings, got)
			verdicts := map[string]model.Verdict{}
			for _, v := range r.Rules {
				verdicts[v.Rule.ID] = v.Verdict
			}
			for rule, verdict := range want.verdicts {
				require.Contains(t, verdicts, rule)
				if verdict == "none" {
					require.NotEqual(t, model.Violated, verdicts[rule], rule)
				} else {
					require.Equal(t, verdict, verdicts[rule].String(), rule)
				}
			}
		})
	}
}

// A wanted is what a .want file asks for.
type wanted struct {
	findings []string          // as Told writes them, sorted
	verdicts map[string]string // by rule; "none": not violated
}

func readWant(t *testing.T, file string) wanted {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	want := wanted{verdicts: map[string]string{}}
	for n, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		head, why, ok := strings.Cut(line, ": ")
		require.True(t, ok && why != "", "%s:%d: every line says why", file, n+1)
		if verdict, rules, ok := cutVerdict(head); ok {
			for _, rule := range strings.Fields(rules) {
				if verdict != "none" || want.verdicts[rule] == "" {
					want.verdicts[rule] = verdict
				}
			}
			continue
		}
		words := strings.Fields(head)
		require.GreaterOrEqual(t, len(words), 4, "%s:%d", file, n+1)
		for _, at := range words[:len(words)-3] {
			_, err := strconv.Atoi(at)
			require.NoError(t, err, "%s:%d", file, n+1)
			want.findings = append(want.findings, fmt.Sprintf("%s %s", at, strings.Join(words[len(words)-3:], " ")))
		}
	}
	slices.Sort(want.findings)
	require.NotEmpty(t, want.verdicts, "%s says nothing of verdicts", file)
	return want
}

func cutVerdict(head string) (verdict, rules string, ok bool) {
	for _, v := range []string{"none", "held", "open", "not observable", "not exercised"} {
		if rest, found := strings.CutPrefix(head, v+" "); found {
			return v, rest, true
		}
	}
	return "", "", false
}
