package trace

import (
	"embed"
	"fmt"
	"strings"

	"mapilife/model"
)

// A Golden is a trace in the text notation whose comments say by which profile it is judged, and what must be found in it:
//
//	# profile: lenient storeLogoffTransports=inLastRelease
//	# want: STO-05 error provider
//	sup IMAPISupport::Release -> ref 0
//
// A finding is wanted at the record that follows the comment. The findings wanted are all of them.
type Golden struct {
	Profile model.Profile // lenient where nothing is said
	Want    []string      // "LINE RULE SEVERITY PARTY", as Told writes them
}

// ReadGolden reads the comments of a trace.
func ReadGolden(text string) (Golden, error) {
	g := Golden{Profile: model.Lenient()}
	var next []string
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if want, ok := strings.CutPrefix(line, "# want: "); ok {
			next = append(next, want)
		}
		if line != "" && line != "#" && !strings.HasPrefix(line, "# ") {
			for _, want := range next {
				g.Want = append(g.Want, fmt.Sprintf("%d %s", n, want))
			}
			next = nil
		}
		profile, ok := strings.CutPrefix(line, "# profile: ")
		if !ok {
			continue
		}
		words := strings.Fields(profile)
		if g.Profile, ok = model.ProfileByName(words[0]); !ok {
			return g, fmt.Errorf("line %d: there is no profile %q", n, words[0])
		}
		for _, setting := range words[1:] {
			var err error
			if g.Profile, err = g.Profile.With(setting); err != nil {
				return g, fmt.Errorf("line %d: %w", n, err)
			}
		}
	}
	if len(next) > 0 {
		return g, fmt.Errorf("%q is wanted behind the last record", next[0])
	}
	return g, nil
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
