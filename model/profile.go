package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Reading is one of the ways in which a switch can stand. The zero Reading stands under every profile.
type Reading struct {
	Switch string
	Value  string
}

// A Switch is a point where the pages contradict each other, or are silent, and what they can be taken to say. RATIONALE.md argues
// each of them.
type Switch struct {
	Name     string
	Conflict string // CG-01 to CG-55
	Says     string
	Readings []string
	Lenient  string
	Strict   string
}

// Switches are all of them.
var Switches = []Switch{
	{"storeLogoffTransports", "CG-02", "where a store provider calls StoreLogoffTransports", []string{"either", "inStoreLogoff", "inLastRelease"}, "either", "inLastRelease"},
	{"reopenedStore", "CG-03", "what Logon returns for a store that is already open", []string{"sameOrNull", "null"}, "sameOrNull", "null"},
	{"startOrder", "CG-04", "which address book providers are started before stores", []string{"eachService", "all"}, "eachService", "all"},
	{"joinsSession", "CG-07", "what a client that joins the shared session may pass to MAPILogonEx", []string{"freely", "plainly"}, "freely", "plainly"},
	{"transportShutdown", "CG-05", "when a transport's Shutdown may come", []string{"either", "afterLogonRelease"}, "either", "either"},
	{"transportLogoffFlags", "CG-06", "which flags TransportLogoff may be passed", []string{"header", "zero"}, "header", "zero"},
	{"relatedTransports", "CG-13", "whether StoreLogoff may make the spooler log off transports", []string{"mayLogOff", "stay"}, "mayLogOff", "stay"},
	{"afterSave", "OBJ-10", "calls on an object after SaveChanges without flags", []string{"unwise", "wrong"}, "unwise", "wrong"},
	{"releaseBeforeLogoff", "CG-10", "a session's last Release without Logoff", []string{"impliesLogoff", "wrong"}, "impliesLogoff", "wrong"},
	{"openAtLogoff", "CG-11", "objects that the client still holds at Logoff", []string{"mayBeReleasedLater", "wrong"}, "mayBeReleasedLater", "wrong"},
	{"uidFromNewUID", "CG-19", "whether a provider may register a MAPIUID that NewUID has made", []string{"allowed", "constant"}, "allowed", "constant"},
	{"notificationsDuringCalls", "CG-20", "whether OnNotify may come inside the call of Notify that causes it", []string{"allowed", "later"}, "allowed", "later"},
	{"registrationsGone", "CG-14", "when a logon's MAPIUIDs and status rows have to be gone", []string{"atLogonRelease", "atLogoffReturn"}, "atLogonRelease", "atLogoffReturn"},
	{"storeStatusRow", "CG-16", "whether a store logon makes a status row", []string{"optional", "expected"}, "optional", "expected"},
	{"sharedLogoffNotice", "CG-08", "whether MAPI_LOGOFF_SHARED notifies the other clients of the session", []string{"free", "required"}, "free", "required"},
	{"freeLibrary", "CG-15", "when a provider's DLL may be freed", []string{"afterLastObject", "afterUninitialize"}, "afterLastObject", "afterUninitialize"},
	{"unconfiguredRetry", "CG-18", "what follows MAPI_E_UNCONFIGURED", []string{"onceEntryPointSeen", "always"}, "onceEntryPointSeen", "always"},
	{"sharedStoreLogoff", "CG-22", "StoreLogoff while another client uses the store", []string{"callerOnly", "wrong"}, "callerOnly", "wrong"},
	{"providerObjects", "CG-23", "how many provider objects a session and a DLL make", []string{"perProfileSection", "onePerSession"}, "perProfileSection", "onePerSession"},
	{"transportSetsUID", "CG-29", "SetProviderUID on a transport's support object", []string{"tolerated", "refused"}, "tolerated", "refused"},
	{"afterUninitialize", "CG-33", "whose MAPI calls end with MAPIUninitialize", []string{"process", "thread"}, "process", "thread"},
	{"aliveAtUninitialize", "CG-33", "sessions that live on at the last MAPIUninitialize", []string{"unwise", "wrong"}, "unwise", "wrong"},
	{"utilitiesEnd", "CG-34", "whether MAPIUninitialize stands for DeinitMapiUtil", []string{"implicit", "explicit"}, "implicit", "explicit"},
	{"sharedSupport", "CG-36", "whether logons of one provider may share their first support object", []string{"allowed", "own"}, "allowed", "own"},
	{"disabledService", "CG-18", "which logon errors disable a message service", []string{"most", "all"}, "most", "all"},
	{"fastShutdownOrder", "CG-40", "how binding the order of a fast shutdown is", []string{"should", "must"}, "should", "must"},
	{"releaseAfterFastShutdown", "CG-40", "Release of the shutdown interface after DoFastShutdown", []string{"ignored", "wrong"}, "ignored", "wrong"},
	{"unadvise", "CG-41", "by when a registration is cancelled", []string{"byLogoff", "bySourceRelease"}, "byLogoff", "bySourceRelease"},
	{"statusRows", "CG-44", "whether a provider's support object may have several status rows", []string{"several", "one"}, "several", "one"},
	{"updateWithoutRow", "CG-44", "STATUSROW_UPDATE before there is a row", []string{"unwise", "wrong"}, "unwise", "wrong"},
	{"afterStoreLogoff", "CG-45", "methods on a store after StoreLogoff", []string{"unwise", "wrong"}, "unwise", "wrong"},
	{"forcedStoreLogoff", "CG-46", "StoreLogoffTransports when the session's Logoff ends a store", []string{"notRequired", "required"}, "notRequired", "required"},
	{"logoffDone", "CG-53", "when the tasks of a logoff method are done", []string{"atLogonRelease", "atReturn"}, "atLogonRelease", "atReturn"},
	{"initInEntryPoint", "INI-21", "which entry points call neither MAPIInitialize nor MAPIUninitialize", []string{"addressBookOnly", "all"}, "addressBookOnly", "all"},
	{"sessionMethods", "SES-14", "AddRef and QueryInterface on a session after Logoff", []string{"tolerated", "wrong"}, "tolerated", "wrong"},
	{"transportMakesInvalid", "XP-07", "whether a transport makes its objects invalid when it logs off", []string{"usual", "asked"}, "usual", "usual"},
	{"transportRobustness", "XP-12", "releasing a transport's objects without TransportLogoff or Shutdown", []string{"foreseen", "wrong"}, "foreseen", "wrong"},
}

// A Profile says how every switch stands, how strong rules are taken to be, and what is waived.
type Profile struct {
	Name      string
	Waivers   []Waiver
	set       map[string]string
	strengths map[string]Level // by rule, or by strength
}

// A Waiver takes the findings of a rule for known, with a reason.
type Waiver struct {
	Rule   string
	Party  Side // what this side owes; NoSide: whoever owes it
	Reason string
}

// Covers tells whether the waiver is about the finding.
func (v Waiver) Covers(f *Finding) bool {
	return v.Rule == f.Rule.ID && (v.Party == NoSide || v.Party == f.Party)
}

// ProfileNames are the profiles there are, the default first.
var ProfileNames = []string{"lenient", "strict"}

// ProfileByName finds a profile. Lenient accepts every reading that some page supports; strict chooses one of each.
func ProfileByName(name string) (Profile, bool) {
	p := Profile{Name: name, set: map[string]string{}}
	for _, s := range Switches {
		switch name {
		case "lenient":
			p.set[s.Name] = s.Lenient
		case "strict":
			p.set[s.Name] = s.Strict
		default:
			return Profile{}, false
		}
	}
	return p, true
}

// Lenient is the default profile.
func Lenient() Profile { p, _ := ProfileByName("lenient"); return p }

// Strict is the profile that chooses one reading of every conflict.
func Strict() Profile { p, _ := ProfileByName("strict"); return p }

// With sets one switch, written "name=reading".
func (p Profile) With(setting string) (Profile, error) {
	name, value, ok := strings.Cut(setting, "=")
	i := slices.IndexFunc(Switches, func(s Switch) bool { return s.Name == name })
	if !ok || i < 0 {
		return p, fmt.Errorf("%q sets no switch: write NAME=READING with one of %s", setting, switchNames())
	}
	if !slices.Contains(Switches[i].Readings, value) {
		return p, fmt.Errorf("switch %s has no reading %q: it has %s", name, value, strings.Join(Switches[i].Readings, ", "))
	}
	p.Name += " " + setting
	p.set = maps.Clone(p.set)
	p.set[name] = value
	return p, nil
}

// WithStrength has a rule, or every rule of a strength ("should"), count as one of another strength.
func (p Profile) WithStrength(of string, strength Level) (Profile, error) {
	if _, ok := ParseLevel(of); !ok {
		if err := isChecked(of); err != nil {
			return p, err
		}
	}
	p.strengths = maps.Clone(p.strengths)
	if p.strengths == nil {
		p.strengths = map[string]Level{}
	}
	p.strengths[of] = strength
	return p, nil
}

// WithWaiver waives the findings of a rule.
func (p Profile) WithWaiver(v Waiver) (Profile, error) {
	if err := isChecked(v.Rule); err != nil {
		return p, err
	}
	if v.Reason == "" {
		return p, fmt.Errorf("the reason why %s is waived is missing", v.Rule)
	}
	if slices.ContainsFunc(p.Waivers, func(w Waiver) bool { return w.Rule == v.Rule && (w.Party == v.Party || w.Party == NoSide) }) {
		return p, fmt.Errorf("%s is waived already", v.Rule)
	}
	p.Waivers = append(slices.Clip(p.Waivers), v)
	return p, nil
}

// isChecked says what is wrong with a rule of which there are no findings.
func isChecked(id string) error {
	rules := Specification().Rules
	switch i := slices.IndexFunc(rules, func(r *Rule) bool { return r.ID == id }); {
	case i < 0:
		return fmt.Errorf("there is no rule %q: 'checker rules' lists them", id)
	case !rules[i].Checked():
		return fmt.Errorf("the rule %s is not checked: no trace can break it", id)
	}
	return nil
}

// Strength is how strong the profile takes a rule to be, and whether the profile has set that for this very rule: then its findings
// have that strength even where pages differ.
func (p Profile) Strength(r *Rule) (strength Level, own bool) {
	if l, ok := p.strengths[r.ID]; ok {
		return l, true
	}
	if l, ok := p.strengths[r.Level.String()]; ok {
		return l, false
	}
	return r.Level, false
}

// Waiver is the first of the profile's waivers that covers the finding, by its number in Waivers.
func (p Profile) Waiver(f *Finding) (n int, ok bool) {
	n = slices.IndexFunc(p.Waivers, func(v Waiver) bool { return v.Covers(f) })
	return n, n >= 0
}

// Reading is how a switch stands.
func (p Profile) Reading(name string) string { return p.set[name] }

func switchNames() string {
	var names []string
	for _, s := range Switches {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}

// Has tells whether the reading stands under the profile.
func (p Profile) Has(r Reading) bool { return r == Reading{} || p.set[r.Switch] == r.Value }

// Under holds under a reading.
func Under(switchName, value string) Cond { return Cond{Is: reading, Read: Reading{switchName, value}} }
