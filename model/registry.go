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

// AreaTitles say what the rules of an area are about.
var AreaTitles = map[string]string{
	"INI": "Initialisation of MAPI", "SES": "Sessions", "DLL": "Provider DLLs and their entry points", "PRV": "Provider objects",
	"LGN": "Logon and logoff of providers", "XP": "Transport providers", "SUP": "Support objects", "STO": "Message stores",
	"OBJ": "Objects that are opened", "REF": "Counting of references", "UID": "MAPIUIDs of providers", "STA": "Status table and status objects",
	"ADV": "Registration for notifications", "SPL": "The MAPI spooler", "SVC": "Message services", "FST": "Fast shutdown",
}
