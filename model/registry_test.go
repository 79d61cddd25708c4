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

// A listing is the list of ids that the specification has to have, in order, and which of them have to be checked.
type listing struct {
	ids     []string
	checked map[string]bool
}

// listedRules reads testdata/rule-ids.txt: an id on each line, "checked" after those that have to be, and comments behind "#".
func listedRules(t *testing.T) listing {
	t.Helper()
	data, err := os.ReadFile("testdata/rule-ids.txt")
	require.NoError(t, err)
	list := listing{checked: map[string]bool{}}
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		require.Regexp(t, `^[A-Z]{2,3}-\d\d( checked)?$`, strings.Join(words, " "))
		list.ids = append(list.ids, words[0])
		list.checked[words[0]] = len(words) == 2
	}
	require.Len(t, list.ids, 321)
	return list
}

// faults says where the rules differ from the list. The text for each fault begins with the rule's id.
func (l listing) faults(rules []*Rule) []string {
	var faults []string
	fault := func(id, text string) { faults = append(faults, id+" "+text) }
	have := map[string]int{}
	last := -1
	for _, r := range rules {
		have[r.ID]++
		at := slices.Index(l.ids, r.ID)
		switch {
		case at < 0:
			fault(r.ID, "is not on the list")
			continue
		case have[r.ID] > 1:
			fault(r.ID, "is there twice")
		case at < last:
			fault(r.ID, "is out of order")
		}
		last = max(last, at)
		switch {
		case l.checked[r.ID] && !r.Checked():
			fault(r.ID, "has to be checked")
		case !r.Checked() && !regexp.MustCompile(`^[A-Z].{20,}\.$`).MatchString(r.Excluded):
			fault(r.ID, "does not say in a sentence why it is not checked")
		case r.Checked() && len(r.Guards) == 0 && len(r.Duties) == 0 && !brokenByRow(r.ID):
			fault(r.ID, "is neither checked nor says why not")
		}
	}
	for _, id := range l.ids {
		if have[id] == 0 {
			fault(id, "is missing")
		}
	}
	return faults
}

func brokenByRow(id string) bool {
	for _, l := range Specification().Lifecycles {
		for _, row := range l.Rows {
			if slices.Contains(strings.Fields(row.Breaks), id) {
				return true
			}
		}
	}
	return false
}

// The specification has every rule of the documentation once, in order; each is checked, or says why it is not.
func TestRules(t *testing.T) {
	require.Empty(t, listedRules(t).faults(Specification().Rules))
}

func TestSpecificationIsValid(t *testing.T) {
	require.NoError(t, Validate(Specification()))
}

// Checked and excluded rules are counted the same whichever way one asks.
func TestRuleCounts(t *testing.T) {
	rules := Specification().Rules
	count := map[string]int{}
	for _, r := range rules {
		count[r.Status()]++
		require.Equal(t, r.Status() == "checked", r.Checked(), r.ID)
		require.Equal(t, r.Checked(), r.Excluded == "", r.ID)
	}
	list := listedRules(t)
	require.Equal(t, len(list.ids), count["checked"]+count["excluded"])
	require.Len(t, excludedRules, count["excluded"])
	required := 0
	for _, must := range list.checked {
		if must {
			required++
		}
	}
	require.Equal(t, 95, required)
	require.GreaterOrEqual(t, count["checked"], required)
	t.Logf("%d checked, %d excluded", count["checked"], count["excluded"])
}

// Each kind of damage to the specification is noticed, by the list and, where that is its business, by Validate.
func TestDamagedRules(t *testing.T) {
	list := listedRules(t)
	at := func(rules []*Rule, id string) int {
		return slices.IndexFunc(rules, func(r *Rule) bool { return r.ID == id })
	}
	change := func(id string, f func(*Rule)) func([]*Rule) []*Rule {
		return func(rules []*Rule) []*Rule {
			c := *rules[at(rules, id)]
			f(&c)
			rules[at(rules, id)] = &c
			return rules
		}
	}
	for _, d := range []struct {
		name   string
		damage func([]*Rule) []*Rule
		fault  string
		valid  string // what Validate says; "" for nothing
	}{
		{"missing", func(r []*Rule) []*Rule { return slices.Delete(r, at(r, "SES-06"), at(r, "SES-07")) }, "SES-06 is missing", ""},
		{"last one missing", func(r []*Rule) []*Rule { return r[:len(r)-1] }, "FST-15 is missing", ""},
		{"unknown id", func(r []*Rule) []*Rule {
			return append(r, &Rule{ID: "FST-16", Owes: MAPI, Says: "It says so.", Pages: "a-page#(body)", Excluded: "It has to be written down first."})
		}, "FST-16 is not on the list", ""},
		{"unknown area", change("SPL-01", func(r *Rule) { r.ID = "SPO-01" }), "SPO-01 is not on the list", "rule SPO-01: there is no area of that name"},
		{"twice", func(r []*Rule) []*Rule { return slices.Insert(r, at(r, "XP-02"), r[at(r, "XP-02")]) }, "XP-02 is there twice", "rule XP-02 is there twice"},
		{"exchanged", func(r []*Rule) []*Rule {
			i := at(r, "STO-15")
			r[i], r[i+1] = r[i+1], r[i]
			return r
		}, "STO-15 is out of order", ""},
		{"no longer checked", change("DLL-03", func(r *Rule) { r.Duties, r.Excluded = nil, "It has to be written down first." }), "DLL-03 has to be checked", ""},
		{"no reason", change("XP-29", func(r *Rule) { r.Excluded = "" }), "XP-29 is neither checked nor says why not", "rule XP-29: nothing checks it"},
		{"an exclusion without full stop", change("LGN-06", func(r *Rule) { r.Excluded = strings.TrimSuffix(r.Excluded, ".") }),
			"LGN-06 does not say in a sentence why it is not checked", "rule LGN-06: it is not checked, and the reason does not end with a full stop"},
		{"no sentence", change("LGN-06", func(r *Rule) { r.Excluded = "No." }), "LGN-06 does not say in a sentence why it is not checked", ""},
		{"a permission that is checked", change("UID-04", func(r *Rule) { r.Excluded = "" }), "UID-04 is neither checked nor says why not", "rule UID-04: what is only allowed can not be broken, and is excluded"},
		{"checks that are not done", change("PRV-02", func(r *Rule) { r.Excluded = "It has to be written down first." }), "PRV-02 has to be checked", "rule PRV-02: it is not checked and yet has checks"},
	} {
		t.Run(d.name, func(t *testing.T) {
			s := Specification()
			s.Rules = d.damage(slices.Clone(s.Rules))
			if d.fault != "" {
				require.Contains(t, list.faults(s.Rules), d.fault)
			} else {
				require.Empty(t, list.faults(s.Rules))
			}
			if d.valid != "" {
				require.ErrorContains(t, Validate(s), d.valid)
			}
		})
	}
}

// What a rule says can be read by itself: sentences, without remarks meant for somebody else.
func TestRuleTexts(t *testing.T) {
	seen := map[string]string{}
	for _, r := range Specification().Rules {
		text := fmt.Sprint(r.Says, " ", r.Excluded)
		require.Regexp(t, `^[A-Z].*\.$`, r.Says, r.ID)
		require.NotRegexp(t, `[#]|\(derived\)|CG-\d|  |\.\.|hr=|->`, text, r.ID)
		require.Empty(t, seen[r.Says], "%s says what another rule says", r.ID)
		seen[r.Says] = r.ID
	}
}
