package trace

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/model"
)

func readProfile(t *testing.T, text string) model.Profile {
	t.Helper()
	p, err := ReadProfile("p.yaml", strings.NewReader(text))
	require.NoError(t, err)
	return p
}

// TestReadProfile: a profile begins with another one, and changes what it says.
func TestReadProfile(t *testing.T) {
	const yaml = `
base: strict
set: {openAtLogoff: mayBeReleasedLater}
strengths:
  SES-16: should
  should: must
waive:
  - {rule: STO-05, party: provider, reason: &why It is known.}
  - {rule: SES-15, reason: *why}
`
	const json = `{"base":"strict","set":{"openAtLogoff":"mayBeReleasedLater"},"strengths":{"SES-16":"should","should":"must"},
"waive":[{"rule":"STO-05","party":"provider","reason":"It is known."},{"rule":"SES-15","reason":"It is known."}]}`
	p := readProfile(t, yaml)
	require.Equal(t, p, readProfile(t, json))
	require.Equal(t, "p.yaml", p.Name)
	require.Equal(t, "mayBeReleasedLater", p.Reading("openAtLogoff"))
	require.Equal(t, model.Strict().Reading("unadvise"), p.Reading("unadvise"))
	require.Equal(t, []model.Waiver{{Rule: "STO-05", Party: model.Provider, Reason: "It is known."}, {Rule: "SES-15", Reason: "It is known."}}, p.Waivers)

	for _, x := range []struct {
		rule  model.Rule
		level model.Level
		own   bool
	}{
		{model.Rule{ID: "SES-16", Level: model.Must}, model.Should, true},
		{model.Rule{ID: "SES-15", Level: model.Must}, model.Must, false},
		{model.Rule{ID: "UID-01", Level: model.Should}, model.Must, false},
	} {
		level, own := p.Strength(&x.rule)
		require.Equal(t, x.level, level, x.rule.ID)
		require.Equal(t, x.own, own, x.rule.ID)
	}

	of := func(rule string, party model.Side) int {
		n, ok := p.Waiver(&model.Finding{Rule: &model.Rule{ID: rule}, Party: party})
		require.Equal(t, n >= 0, ok)
		return n
	}
	require.Equal(t, 0, of("STO-05", model.Provider))
	require.Equal(t, -1, of("STO-05", model.MAPI))
	require.Equal(t, 1, of("SES-15", model.Client))
	require.Equal(t, -1, of("SES-14", model.Client))

	more := readProfile(t, "base: mapi4linux\nwaive: [{rule: SES-15, reason: It is known.}]")
	known, err := Profile("mapi4linux")
	require.NoError(t, err)
	require.Equal(t, append(slices.Clone(known.Waivers), model.Waiver{Rule: "SES-15", Reason: "It is known."}), more.Waivers)
	require.Len(t, known.Waivers, len(more.Waivers)-1, "a profile changes the one that it begins with")
}

// TestReadProfileFaults: what is wrong in a profile is told with its place.
func TestReadProfileFaults(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "1:1: the profile is empty: write base, set, strengths or waive",
		"# nothing\n":                     "1:1: the profile is empty: write base, set, strengths or waive",
		"7":                               "1:1: keys with values are wanted here",
		"---\n":                           "2:1: keys with values are wanted here",
		"base: strict\n---\nset: {}\n":    "2:1: a profile is one document: this is another one",
		"base: strict\n---\n  [":          "3:3: did not find expected node content",
		"base: strict\n  set: {}\n":       "2:3: mapping values are not allowed in this context",
		"{":                               "1:1: did not find expected node content",
		"base: strict\nbase: lenient":     "2:1: base is there twice",
		"bass: strict":                    `1:1: there is no key "bass" here: write base, set, strengths, waive`,
		"base: [strict]":                  "1:7: a text is wanted here",
		"base:":                           "1:6: a text is wanted here",
		"base: fair":                      `1:7: there is no profile "fair" to begin with: write lenient, strict, mapi4linux`,
		"[a]: b":                          "1:1: a text is wanted here",
		"set: [openAtLogoff]":             "1:6: keys with values are wanted here",
		"set:\n  openAtLogoff: never":     `2:3: switch openAtLogoff has no reading "never": it has mayBeReleasedLater, wrong`,
		"set:\n  openAtLogoff: {}":        "2:17: a text is wanted here",
		"strengths: {SES-16: error}":      `1:21: there is no strength "error": write must, should or may`,
		"strengths: {SES-99: may}":        `1:13: there is no rule "SES-99": 'checker rules' lists them`,
		"strengths: {REF-04: may}":        "1:13: the rule REF-04 is not checked: no trace can break it",
		"waive: {rule: SES-16}":           "1:8: a list is wanted here: - {rule: …, reason: …}",
		"waive: [SES-16]":                 "1:9: keys with values are wanted here",
		"waive: [{reason: So.}]":          "1:9: the rule that is waived is missing",
		"waive: [{rule: SES-16}]":         "1:9: the reason why SES-16 is waived is missing",
		"waive: [{rule: [], reason: x}]":  "1:16: a text is wanted here",
		"waive: [{rule: SES-16, who: x}]": `1:24: there is no key "who" here: write rule, party, reason`,
		"waive:\n- {rule: SES-16, reason: So., party: outlook}":                      `2:38: there is no party "outlook": write client, mapi, spooler, provider or service`,
		"waive:\n- {rule: SES-16, reason: So., party: {}}":                           "2:38: a text is wanted here",
		"waive:\n- {rule: SES-99, reason: So.}":                                      `2:3: there is no rule "SES-99": 'checker rules' lists them`,
		"waive:\n- {rule: SES-16, reason: a}\n- {rule: SES-16, reason: b}":           "3:3: SES-16 is waived already",
		"base: mapi4linux\nwaive:\n- {rule: PRV-13, party: mapi, reason: Twice so.}": "3:3: PRV-13 is waived already",
	} {
		_, err := ReadProfile("p.yaml", strings.NewReader(text))
		require.EqualError(t, err, "p.yaml:"+want, text)
	}
	_, err := ReadProfile("p.yaml", broken{})
	require.EqualError(t, err, "p.yaml: broken")
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("broken") }

// TestProfiles: every profile that is built in can be had, under its name, and the rest of the names are files.
func TestProfiles(t *testing.T) {
	require.Equal(t, []string{"lenient", "strict", "mapi4linux"}, ProfileNames())
	for _, name := range ProfileNames() {
		p, err := Profile(name)
		require.NoError(t, err)
		require.Equal(t, name, p.Name)
	}
	file := filepath.Join(t.TempDir(), "p.yaml")
	require.NoError(t, os.WriteFile(file, []byte("base: strict\n"), 0o644))
	p, err := Profile(file)
	require.NoError(t, err)
	require.Equal(t, file, p.Name)
	_, err = Profile("")
	require.ErrorContains(t, err, `there is no profile "", and no file of that name: write lenient, strict, mapi4linux, or the name of a file`)
	_, err = Profile(filepath.Dir(file))
	require.ErrorContains(t, err, "is a directory")
}

// TestStrengths: a strength that a rule is given is that of its findings, whatever the pages say; one that is given to a strength leaves
// what the pages differ on a warning.
func TestStrengths(t *testing.T) {
	const folder = "testdata/recorded/kopano-root-folder-outlives-store.jsonl" // SES-16, a must on which the pages differ, and STO-05
	for profile, want := range map[string][2]string{
		"base: lenient":             {"warning", "error"},
		"base: strict":              {"error", "error"},
		"strengths: {SES-16: must}": {"error", "error"},
		"strengths: {STO-05: may}":  {"warning", "note"},
		"strengths: {must: should}": {"warning", "warning"},
		"strengths: {must: may}":    {"note", "note"},
		"strengths: {should: must}": {"warning", "error"},
		"{base: strict, strengths: {must: may, SES-16: should}}": {"warning", "note"},
	} {
		c, err := NewChecker(Options{Profile: readProfile(t, profile), Parties: model.Client | model.Provider})
		require.NoError(t, err)
		in, err := os.Open(folder)
		require.NoError(t, err)
		r := c.Check(folder, in)
		in.Close()
		got := map[string]string{}
		for _, f := range r.Findings {
			got[f.Rule.ID] = f.Severity.String()
		}
		require.Equal(t, map[string]string{"SES-16": want[0], "STO-05": want[1]}, got, profile)
	}
}

// TestRecordedProfile judges the recordings by the profile of the subsystem that was recorded. What that subsystem owes is waived, and all
// that was found in clients and providers remains: README.md of the recordings lists it.
func TestRecordedProfile(t *testing.T) {
	profile, err := Profile("mapi4linux")
	require.NoError(t, err)
	c, err := NewChecker(Options{Profile: profile})
	require.NoError(t, err)
	readme, err := os.ReadFile(filepath.Join("testdata", "recorded", "README.md"))
	require.NoError(t, err)
	_, table, _ := strings.Cut(string(readme), "| recording | remains |")
	remains := regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (.*) \\| (.*) \\|$").FindAllStringSubmatch(table, -1)
	files, err := filepath.Glob(filepath.Join("testdata", "recorded", "*.jsonl"))
	require.NoError(t, err)
	require.Len(t, remains, len(files))
	took := make([]int, len(profile.Waivers))
	for _, x := range remains {
		file := filepath.Join("testdata", "recorded", x[1]+".jsonl")
		in, err := os.Open(file)
		require.NoError(t, err)
		r := c.Check(file, in)
		in.Close()
		for n, v := range r.Waivers {
			took[n] += v.N
		}
		waived := &Result{}
		for _, w := range r.Known {
			require.Equal(t, model.MAPI, w.Party)
			waived.Findings = append(waived.Findings, w.Finding)
		}
		var left []string
		failing := false
		for _, f := range r.Findings {
			left = append(left, f.Rule.ID+" "+f.Party.String())
			failing = failing || f.Severity == model.Error
		}
		slices.Sort(left)
		if left = slices.Compact(left); len(left) == 0 {
			left = []string{"nothing"}
		}
		require.Equal(t, x[2], strings.Join(left, ", "), x[1])
		require.Equal(t, failing, r.Verdict == Breaks, x[1])

		all := append(r.Told(), waived.Told()...)
		slices.Sort(all)
		require.Equal(t, readWant(t, strings.TrimSuffix(file, ".jsonl")+".want").findings, all, x[1])
	}
	for n, v := range profile.Waivers {
		require.Positive(t, took[n], "the waiver of %s never applied", v.Rule)
	}
}
