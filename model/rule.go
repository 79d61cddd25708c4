package model

import (
	"slices"
	"strings"
)

// Reference is where the pages of the reference stand.
const Reference = "https://learn.microsoft.com/en-us/office/client-developer/outlook/mapi/"

// A Source is a section of a page of the reference that demands something.
type Source struct {
	Page    string // the last part of the page's address
	Section string // the section's heading; "(body)" where it stands under none
}

// Sources are the places where the rule is demanded, the most telling first.
func (r *Rule) Sources() []Source {
	var list []Source
	for _, p := range splitList(r.Pages, ";") {
		name, section, _ := strings.Cut(p, "#")
		list = append(list, Source{name, section})
	}
	return list
}

// Address is the section's address on the web.
func (s Source) Address() string {
	if s.Section == "" || s.Section == "(body)" {
		return Reference + s.Page
	}
	return Reference + s.Page + "#" + anchor(s.Section)
}

// anchor is what the site makes of a heading: lower case, signs dropped, a dash for each space.
func anchor(heading string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_':
			return c
		case 'A' <= c && c <= 'Z':
			return c + 'a' - 'A'
		case c == ' ':
			return '-'
		}
		return -1
	}, heading)
}

// Status is "checked", "planned" or "excluded".
func (r *Rule) Status() string {
	switch {
	case r.Planned != "":
		return "planned"
	case r.Excluded != "":
		return "excluded"
	}
	return "checked"
}

// Reason is why the rule is not checked.
func (r *Rule) Reason() string { return r.Planned + r.Excluded }

// Switches are the names of those that the conflicts about the rule have.
func (r *Rule) Switches() []string {
	var list []string
	for _, s := range Switches {
		if slices.Contains(strings.Fields(r.About), s.Conflict) {
			list = append(list, s.Name)
		}
	}
	return list
}

// Observing says which interfaces a recording has to observe before it can be judged by the rule: "IMSLogon and IABProvider or IXPProvider".
func (r *Rule) Observing() string {
	return strings.NewReplacer("|", " or ", ", ", " and ").Replace(r.Needs)
}
