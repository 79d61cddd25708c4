package trace

import "embed"

//go:embed testdata/rules/*.trace
var goldens embed.FS

// Golden is the smallest trace that breaks a rule, and its nearest twin that keeps it, in the text notation. Rules that are not checked
// have none.
func Golden(rule string) (violating, conforming string, ok bool) {
	bad, err := goldens.ReadFile("testdata/rules/" + rule + ".violating.trace")
	if err != nil {
		return "", "", false
	}
	good, err := goldens.ReadFile("testdata/rules/" + rule + ".conforming.trace")
	return string(bad), string(good), err == nil
}
