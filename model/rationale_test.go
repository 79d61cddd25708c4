package model

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A rationaleText is RATIONALE.md, taken apart.
type rationaleText struct {
	whole     string
	headings  []string          // ids, in order
	sections  map[string]string // by id
	untouched []string          // conflicts on the closing list, in order
}

const closingHeading = "\n## Conflicts that no checked rule touches\n"

func readRationale(text string) rationaleText {
	r := rationaleText{whole: text, sections: map[string]string{}}
	body, closing, _ := strings.Cut(text, closingHeading)
	for n, section := range strings.Split(body, "\n## ") {
		if id := regexp.MustCompile(`^[A-Z]{2,3}-\d\d `).FindString(section); n > 0 && id != "" {
			id = strings.TrimSpace(id)
			r.headings = append(r.headings, id)
			r.sections[id] = section
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^- (CG-\d\d) \S.*\.$`).FindAllStringSubmatch(closing, -1) {
		r.untouched = append(r.untouched, m[1])
	}
	return r
}

// switchLine is the line with which an entry introduces a switch.
func switchLine(s Switch) string {
	var readings []string
	for _, value := range s.Readings {
		var stands []string
		if value == s.Lenient {
			stands = append(stands, "lenient")
		}
		if value == s.Strict {
			stands = append(stands, "strict")
		}
		reading := "`" + value + "`"
		if stands != nil {
			reading += " (" + strings.Join(stands, " and ") + ")"
		}
		readings = append(readings, reading)
	}
	return fmt.Sprintf("Switch `%s`: %s.", s.Name, strings.Join(readings, ", "))
}

// faults says where the text differs from the switches and the rules. The text for each fault begins with what it is about.
func (r rationaleText) faults(switches []Switch, rules []*Rule) []string {
	var faults []string
	fault := func(about, format string, args ...any) {
		faults = append(faults, about+" "+fmt.Sprintf(format, args...))
	}

	named := map[string]bool{} // what switches and rules name
	for _, s := range switches {
		named[s.Conflict] = true
		if line := switchLine(s); !slices.Contains(strings.Split(r.sections[s.Conflict], "\n"), line) {
			fault(s.Name, "is not introduced in the entry %s by the line %q", s.Conflict, line)
		}
		for _, value := range s.Readings {
			if !strings.Contains(r.sections[s.Conflict], "\n- `"+value+"`: ") {
				fault(s.Name, "has the reading %s, which the entry %s does not explain", value, s.Conflict)
			}
		}
	}
	for _, m := range regexp.MustCompile("(?m)^Switch `([^`]*)`").FindAllStringSubmatch(r.whole, -1) {
		if !slices.ContainsFunc(switches, func(s Switch) bool { return s.Name == m[1] }) {
			fault(m[1], "is no switch")
		}
	}

	for _, rule := range rules {
		for _, id := range strings.Fields(rule.About) {
			named[id] = true
			switch section, ok := r.sections[id]; {
			case !rule.Checked():
			case !ok:
				fault(id, "has no entry, and the checked rule %s is about it", rule.ID)
			case !slices.Contains(rulesLine(section), rule.ID):
				fault(id, "does not list %s, which is about it", rule.ID)
			}
		}
	}
	for _, id := range r.headings {
		if !named[id] && !slices.Contains(r.untouched, id) {
			fault(id, "has an entry, and no rule and no switch is about it")
		}
		for _, rule := range rulesLine(r.sections[id]) {
			if !slices.ContainsFunc(rules, func(x *Rule) bool { return x.ID == rule && x.Checked() }) {
				fault(id, "lists %s, which is not checked", rule)
			}
		}
	}

	for n := 1; n <= 55; n++ {
		id := fmt.Sprintf("CG-%02d", n)
		times := 0
		for _, other := range slices.Concat(r.headings, r.untouched) {
			if other == id {
				times++
			}
		}
		if times != 1 {
			fault(id, "is there %d times, as an entry or on the closing list", times)
		}
	}
	for _, list := range [][]string{r.headings, r.untouched} {
		conflicts := slices.DeleteFunc(slices.Clone(list), func(id string) bool { return !strings.HasPrefix(id, "CG-") })
		if !slices.IsSorted(conflicts) {
			fault(strings.Join(conflicts, " "), "are out of order")
		}
	}
	return append(faults, r.linkFaults()...)
}

// rulesLine lists the rules that an entry ends with.
func rulesLine(section string) []string {
	m := regexp.MustCompile(`(?m)^Rules: (.*)\.$`).FindStringSubmatch(section)
	if m == nil {
		return nil
	}
	return strings.Split(m[1], ", ")
}

// linkFaults says where names of pages and links differ: every page named in brackets has one, and no other page has.
func (r rationaleText) linkFaults() []string {
	const site = "https://learn.microsoft.com/en-us/office/client-developer/outlook/mapi/"
	var faults []string
	links := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\[([^\]]*)\]: (.*)$`).FindAllStringSubmatch(r.whole, -1) {
		links[m[1]] = m[2]
		if m[2] != site+m[1] {
			faults = append(faults, m[1]+" is linked to "+m[2])
		}
	}
	used := map[string]bool{}
	for _, m := range regexp.MustCompile(`\[([^\]]*)\](:?)`).FindAllStringSubmatch(r.whole, -1) {
		if m[2] == "" {
			used[m[1]] = true
			if links[m[1]] == "" {
				faults = append(faults, m[1]+" has no link")
			}
		}
	}
	for name := range links {
		if !used[name] {
			faults = append(faults, name+" is linked and not named")
		}
	}
	slices.Sort(faults)
	return slices.Compact(faults)
}

// TestRationale holds RATIONALE.md against the switches and the rules: every switch is in the entry of its conflict, with its readings
// and where the profiles stand; every conflict that a checked rule is about has an entry, which lists the rule; all 55 are there once.
func TestRationale(t *testing.T) {
	data, err := os.ReadFile("RATIONALE.md")
	require.NoError(t, err)
	r := readRationale(string(data))
	for _, f := range r.faults(Switches, Specification().Rules) {
		t.Error(f)
	}
}

// TestRationaleIsFound asks for every entry in the way that readers of the command get it.
func TestRationaleIsFound(t *testing.T) {
	r := readRationale(rationale)
	require.NotEmpty(t, r.headings)
	for _, id := range r.headings {
		text, ok := Rationale(id)
		if want := strings.TrimSpace(r.sections[id]); !ok || text != want {
			t.Errorf("the entry %s is found as %.40q, not as %.40q", id, text, want)
		}
	}
}

// TestRationaleFaults changes the text, the switches or the rules in one place and sees that it is noticed.
func TestRationaleFaults(t *testing.T) {
	data, err := os.ReadFile("RATIONALE.md")
	require.NoError(t, err)
	whole := string(data)
	change := func(old, new string) string {
		require.Contains(t, whole, old)
		return strings.Replace(whole, old, new, 1)
	}
	for _, c := range []struct {
		name     string
		text     string
		switches []Switch
		rules    []*Rule
		want     string
	}{
		{name: "a profile stands elsewhere", want: "freeLibrary ",
			text: change("`afterLastObject` (lenient), `afterUninitialize` (strict)", "`afterLastObject` (lenient and strict), `afterUninitialize`")},
		{name: "a reading is left out", want: "transportShutdown ", text: change("(lenient and strict), `afterLogonRelease`.", "(lenient and strict).")},
		{name: "a reading is not explained", want: "reopenedStore ", text: change("- `sameOrNull`: ", "- ")},
		{name: "a switch is left out", want: "unadvise ", text: change("Switch `unadvise`: ", "")},
		{name: "a switch that is none", want: "unmade ", text: whole + "\nSwitch `unmade`: `so` (lenient), `not` (strict).\n"},
		{name: "a switch in another entry", want: "sharedSupport ", switches: []Switch{{"sharedSupport", "CG-05", "", []string{"allowed", "own"}, "allowed", "own"}}},
		{name: "a new switch", want: "newOne ", switches: append(slices.Clone(Switches), Switch{"newOne", "CG-07", "", []string{"a", "b"}, "a", "b"})},
		{name: "an entry is left out", want: "CG-16 ", text: change("## CG-16 ", "## About ")},
		{name: "an entry is there twice", want: "CG-22 ", text: change("## CG-23 ", "## CG-22 ")},
		{name: "a conflict is not on the closing list", want: "CG-17 ", text: change("- CG-17 ", "- ")},
		{name: "an entry on nothing", want: "CG-56 ", text: change("## OBJ-10 ", "## CG-56 Nothing\n\n## OBJ-10 ")},
		{name: "a rule about a conflict on the closing list", want: "CG-08 ", rules: []*Rule{{ID: "ADV-99", About: "CG-08"}}},
		{name: "a rule that its entry does not list", want: "CG-22 ", rules: []*Rule{{ID: "STO-99", About: "CG-22"}}},
		{name: "an entry lists a rule that is not checked", want: "CG-49 ", text: change("Rules: PRV-12.", "Rules: PRV-12, PRV-99.")},
		{name: "a page without a link", want: "mapi-nowhere ", text: change("[ulrelease] documents", "[mapi-nowhere] documents")},
		{name: "a link to somewhere else", want: "ulrelease ", text: change("mapi/ulrelease\n", "mapi/other\n")},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, switches, rules := whole, Switches, Specification().Rules
			if c.text != "" {
				text = c.text
			}
			if c.switches != nil {
				switches = c.switches
			}
			rules = append(rules, c.rules...)
			faults := readRationale(text).faults(switches, rules)
			if !slices.ContainsFunc(faults, func(f string) bool { return strings.HasPrefix(f, c.want) }) {
				t.Errorf("it is not noticed: %q", faults)
			}
		})
	}
}
