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

// AddedKeys are what a recorder may add to calls, besides the interfaces of that kind: keys that no page has, members of structures that
// arguments point to, and a call that is none of MAPI's.
var AddedKeys = []string{"caller", "mapiSession", "ulEventType", "FastShutdownBehavior", "PR_DISPLAY_NAME", "PR_RESOURCE_FLAGS", "PR_PROVIDER_DLL_NAME",
	"otherProcesses", "PR_STORE_ENTRYID", "return", "MAPIINIT_0", "DllMain"}

// IsAdded tells what a recorder may add: a key, a call, or an interface to observe.
func IsAdded(name string) bool {
	if i, ok := interfaceOf(name); ok {
		return interfaces[i].Added
	}
	id := ops.byName[name]
	return slices.Contains(AddedKeys, name) || id != 0 && ops.ops[id].Class == Functions && interfaces[ops.ops[id].Group].Added
}

// Ordinary tells a rule that is judged on the calls of MAPI and what they are passed. Others are judged only where a recorder has added
// what no page has.
func (r *Rule) Ordinary() bool {
	for _, alternatives := range splitList(r.Needs, ",") {
		if !slices.ContainsFunc(splitList(alternatives, "|"), func(name string) bool {
			i, ok := interfaceOf(name)
			return ok && !interfaces[i].Added
		}) {
			return false
		}
	}
	return r.Keys == ""
}

// Status is "checked" or "excluded".
func (r *Rule) Status() string {
	if r.Checked() {
		return "checked"
	}
	return "excluded"
}

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
