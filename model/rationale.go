package model

import (
	_ "embed"
	"strings"
)

//go:embed RATIONALE.md
var rationale string

// Rationale is what RATIONALE.md says of a point where the pages contradict each other, or are silent: "CG-05", or the rule that
// the point is about.
func Rationale(id string) (string, bool) {
	if _, text, ok := strings.Cut(rationale, "\n## "+id+" "); ok {
		text, _, _ = strings.Cut(text, "\n## ")
		return id + " " + strings.TrimSpace(text), true
	}
	if _, text, ok := strings.Cut(rationale, "\n- "+id+" "); ok { // nothing that is checked depends on it
		text, _, _ = strings.Cut(text, "\n")
		return id + " " + text, true
	}
	return "", false
}

// RationaleTitle is the heading of that point.
func RationaleTitle(id string) (string, bool) {
	text, ok := Rationale(id)
	title, _, _ := strings.Cut(text, "\n")
	return title, ok
}
