package model

import "slices"

// Specification is the whole of it: every lifecycle, and every rule of the documentation.
func Specification() *Spec {
	return &Spec{
		Lifecycles: []*Lifecycle{
			&subsystemLife, &threadLife, &moduleLife, &sessionLife, &membershipLife, &providerLife, &supportLife,
			&abLogonLife, &msLogonLife, &xpLogonLife, &storeLife, &uidLife, &statusLife, &adviseLife, &subobjectLife,
			&spoolerLife, &serviceLife, &fastShutdownLife,
		},
		Rules: slices.Concat(subsystemRules, sessionRules, moduleRules, providerRules, logonRules, transportRules, supportRules,
			storeRules, subobjectRules, referenceRules, uidRules, statusRules, adviseRules, fastShutdownRules),
	}
}

// Checked tells a rule that traces are judged by.
func (r *Rule) Checked() bool { return r.Planned == "" && r.Excluded == "" }
