package model

import (
	_ "embed"
	"regexp"
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

// A Point is an entry of RATIONALE.md: a point where the pages contradict each other, or are silent.
type Point struct {
	ID    string // "CG-05", or the rule that it is about
	Title string
	Fixed string // what is read in one way whatever the profile, in Markdown; "" if there is nothing
}

// Points are all entries: those that checked rules depend on, then the others, which have a title only.
func Points() []Point {
	var list []Point
	for _, m := range regexp.MustCompile(`(?m)^(?:## |- )([A-Z]{2,3}-\d\d) `).FindAllStringSubmatch(rationale, -1) {
		text, _ := Rationale(m[1])
		title, body, _ := strings.Cut(text, "\n")
		body, _, _ = strings.Cut(body, "\n\nRules: ")
		_, fixed, _ := strings.Cut(body, "\nFixed: ")
		list = append(list, Point{m[1], strings.TrimPrefix(title, m[1]+" "), strings.TrimSpace(fixed)})
	}
	return list
}
