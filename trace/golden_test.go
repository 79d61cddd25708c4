package trace

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/model"
)

// A golden is a trace whose comments say what must be found in it:
//
//	# profile: lenient storeLogoffTransports=inLastRelease
//	# want: STO-05 error provider
//	sup IMAPISupport::Release -> ref 0
//
// A finding is wanted at the record that follows. The findings wanted are all of them.
type golden struct {
	file    string
	data    []byte
	profile model.Profile
	want    []string
}

func readGolden(t *testing.T, file string) golden {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	g := golden{file: file, data: data, profile: model.Lenient()}
	var next []string
	for n, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		if text, ok := strings.CutPrefix(line, "# want: "); ok {
			next = append(next, text)
		}
		if line != "" && !strings.HasPrefix(line, "#") {
			for _, text := range next {
				g.want = append(g.want, fmt.Sprintf("%d %s", n+1, text))
			}
			next = nil
		}
		if text, ok := strings.CutPrefix(line, "# profile: "); ok {
			words := strings.Fields(text)
			g.profile, ok = model.ProfileByName(words[0])
			require.True(t, ok, "%s: no profile %s", file, words[0])
			for _, setting := range words[1:] {
				g.profile, err = g.profile.With(setting)
				require.NoError(t, err, file)
			}
		}
	}
	return g
}

func (g golden) check(t *testing.T) *Result {
	t.Helper()
	c, err := NewChecker(Options{Profile: g.profile})
	require.NoError(t, err)
	return c.Check(g.file, bytes.NewReader(g.data))
}

// told lists findings the way that goldens want them.
func told(r *Result) []string {
	var list []string
	for _, f := range r.Findings {
		list = append(list, fmt.Sprintf("%d %s %s %s", f.Line, f.Rule.ID, f.Severity, f.Party))
	}
	return list
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
			bad := readGolden(t, filepath.Join("testdata", "rules", rule.ID+".violating.trace"))
			r := bad.check(t)
			if !judged(r) {
				t.Fatal(r.Err)
			}
			require.NotEmpty(t, bad.want, "the violating trace says what must be found")
			require.Equal(t, bad.want, told(r))
			require.Contains(t, strings.Join(bad.want, "\n")+"\n", " "+rule.ID+" ")

			good := readGolden(t, filepath.Join("testdata", "rules", rule.ID+".conforming.trace"))
			r = good.check(t)
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			require.Equal(t, good.want, told(r))
			require.NotContains(t, strings.Join(good.want, "\n"), " "+rule.ID+" ")
			for _, v := range r.Rules {
				if v.Rule.ID == rule.ID && v.Verdict != model.Held {
					t.Errorf("%s is %v in its conforming trace", rule.ID, v.Verdict)
				}
			}
			require.Equal(t, bad.profile, good.profile, "twins are judged by one profile")
		})
	}
}

func judged(r *Result) bool { return r.Err == nil }
