package model

import (
	"slices"
	"strings"
)

// Specification is the whole of it: every lifecycle, and every rule of the documentation, in the order of the areas.
func Specification() *Spec {
	rules := slices.Concat(subsystemRules, sessionRules, moduleRules, providerRules, logonRules, transportRules, supportRules,
		storeRules, subobjectRules, referenceRules, uidRules, statusRules, adviseRules, serviceRules, spoolerRules, fastShutdownRules, excludedRules)
	slices.SortStableFunc(rules, inOrder)
	return &Spec{
		Lifecycles: []*Lifecycle{
			&subsystemLife, &threadLife, &moduleLife, &sessionLife, &membershipLife, &providerLife, &supportLife,
			&abLogonLife, &msLogonLife, &xpLogonLife, &sendingLife, &storeLife, &uidLife, &statusLife, &adviseLife, &subscriptionLife, &sinkLife, &noticeLife, &subobjectLife,
			&spoolerLife, &serviceLife, &bufferLife, &fastShutdownLife,
		},
		Rules: rules,
	}
}

// inOrder compares rules by area and number.
func inOrder(a, b *Rule) int {
	if d := a.area() - b.area(); d != 0 {
		return d
	}
	return strings.Compare(a.ID, b.ID)
}

// area is the place of the rule's area in Areas, or -1.
func (r *Rule) area() int {
	name, _, _ := strings.Cut(r.ID, "-")
	return slices.Index(Areas, name)
}

// Checked tells a rule that traces are judged by.
func (r *Rule) Checked() bool { return r.Excluded == "" }

// Areas are the beginnings of rule ids, in the order in which rules are listed.
var Areas = []string{"INI", "SES", "DLL", "PRV", "LGN", "XP", "SUP", "STO", "OBJ", "REF", "UID", "STA", "ADV", "SPL", "SVC", "FST"}
