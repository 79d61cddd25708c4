package trace

import (
	"embed"
	"fmt"
	"strings"

	"mapilife/model"
)

// A Golden says what must be found in a trace under a profile. It stands in the trace's comments, in the text notation:
//
//	# profile: lenient storeLogoffTransports=inLastRelease
//	# want: STO-05 error provider
//	sup IMAPISupport::Release -> ref 0
//
// A finding is wanted at the record that follows the comment. The findings wanted are all of them. Without a profile it is the lenient one.
// With the profile "both" the trace is judged under the lenient and under the strict one, and a severity may differ, or be wanted in one of
// the two only:
//
//	# profile: both
//	# want: STO-09 warning/error client
//	# want: LGN-22 -/error provider
type Golden struct {
	Profile model.Profile
	Want    []string // "LINE RULE SEVERITY PARTY", as Told writes them
}

// ReadGoldens reads the comments of a trace: one Golden for each profile.
func ReadGoldens(text string) ([]Golden, error) {
	list := []Golden{{Profile: model.Lenient()}}
	var next []string
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if profile, ok := strings.CutPrefix(line, "# profile: "); ok {
			var err error
			if list, err = readProfiles(profile); err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
		}
		if want, ok := strings.CutPrefix(line, "# want: "); ok {
			next = append(next, want)
		}
		if line == "" || line == "#" || strings.HasPrefix(line, "# ") {
			continue
		}
		for _, want := range next {
			if err := addWanted(list, n, want); err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
		}
		next = nil
	}
	if len(next) > 0 {
		return nil, fmt.Errorf("%q is wanted behind the last record", next[0])
	}
	return list, nil
}

func readProfiles(text string) ([]Golden, error) {
	if text == "both" {
		return []Golden{{Profile: model.Lenient()}, {Profile: model.Strict()}}, nil
	}
	words := strings.Fields(text)
	p, ok := model.ProfileByName(words[0])
	if !ok {
		return nil, fmt.Errorf("there is no profile %q", words[0])
	}
	for _, setting := range words[1:] {
		var err error
		if p, err = p.With(setting); err != nil {
			return nil, err
		}
	}
	return []Golden{{Profile: p}}, nil
}

// addWanted adds what a comment wants at a line to the goldens: "RULE SEVERITY PARTY".
func addWanted(list []Golden, line int, text string) error {
	f := strings.Fields(text)
	if len(f) != 3 {
		return fmt.Errorf("%q is no finding: write RULE SEVERITY PARTY", text)
	}
	for n := range list {
		severity := f[1]
		if first, second, differ := strings.Cut(severity, "/"); differ {
			severity = first
			if list[n].Profile.Name == "strict" {
				severity = second
			}
		}
		if severity != "-" {
			list[n].Want = append(list[n].Want, fmt.Sprintf("%d %s %s %s", line, f[0], severity, f[2]))
		}
	}
	return nil
}

// Told lists the findings of a result the way that goldens want them.
func (r *Result) Told() []string {
	var list []string
	for _, f := range r.Findings {
		list = append(list, fmt.Sprintf("%d %s %s %s", f.Line, f.Rule.ID, f.Severity, f.Party))
	}
	return list
}

//go:embed testdata/rules/*.trace
var goldens embed.FS

// Goldens are the smallest trace that breaks a rule, and its nearest twin that keeps it. Rules that are not checked have none.
func Goldens(rule string) (violating, conforming string, ok bool) {
	bad, err := goldens.ReadFile("testdata/rules/" + rule + ".violating.trace")
	if err != nil {
		return "", "", false
	}
	good, err := goldens.ReadFile("testdata/rules/" + rule + ".conforming.trace")
	return string(bad), string(good), err == nil
}
