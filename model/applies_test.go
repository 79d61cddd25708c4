package model

import (
	"slices"
	"strings"
	"testing"
)

// uses are the rules that have to do with an operation, each with how: "LGN-24 judges it".
func uses(t *testing.T, name string) []string {
	t.Helper()
	x, ok := SubjectByName(name)
	if !ok {
		t.Fatalf("there is no operation %q", name)
	}
	var list []string
	for _, a := range Specification().Index().Applying(x) {
		list = append(list, a.Rule.ID+" "+a.Use.String())
	}
	return list
}

// TestApplying: a rule applies to an operation by its rows, its guards, its duties, what its conditions ask, and its page.
func TestApplying(t *testing.T) {
	for _, x := range []struct{ operation, want string }{
		{"IMSLogon::Logoff", "SES-23 judges it"},              // a row of the lifecycle breaks it
		{"IMSLogon::Logoff", "LGN-24 judges it, on its page"}, // a guard
		{"IMSLogon::Logoff", "LGN-21 due by it"},              // a duty's moment
		{"IMAPISession::Logoff", "SES-36 on its page"},        // one that is excluded
		{"IMAPISupport::StoreLogoffTransports", "STO-05 judges it, paid or proved by it"},
		{"MAPIUninitialize", "INI-03 judges it"},
		{"unload", "DLL-05 judges it"},
	} {
		got := uses(t, x.operation)
		if !slices.ContainsFunc(got, func(u string) bool { return u == x.want || strings.HasPrefix(u, x.want+",") }) {
			t.Errorf("%s: %q is not among %q", x.operation, x.want, got)
		}
	}
	for _, u := range uses(t, "IMSLogon::Logoff") {
		if strings.HasPrefix(u, "XP-") {
			t.Errorf("a transport's rule applies to a store's logon: %s", u)
		}
	}
}

// TestEveryRuleApplies: each checked rule applies to some operation or event, or nothing could keep or break it.
func TestEveryRuleApplies(t *testing.T) {
	s := Specification()
	index := s.Index()
	applies := map[string]Use{}
	for _, x := range slices.Concat(Subjects(), Instants()) {
		for _, a := range index.Applying(x) {
			applies[a.Rule.ID] |= a.Use &^ OnPage
		}
	}
	for _, r := range s.Rules {
		if r.Checked() && applies[r.ID]&(JudgedAt|DueBy) == 0 {
			t.Errorf("%s looks at no operation", r.ID)
		}
		if !r.Checked() && applies[r.ID] != 0 {
			t.Errorf("%s is not checked, and looks at an operation", r.ID)
		}
	}
}

func TestSubjectByName(t *testing.T) {
	for _, x := range []struct {
		asked, name, page string
		any               bool
		operations        int
	}{
		{"imslogon::LOGOFF", "IMSLogon::Logoff", "imslogon-logoff", false, 1},
		{"mapiuninitialize", "MAPIUninitialize", "mapiuninitialize", false, 1},
		{"IMSLogon::OpenProperty", "IMSLogon::OpenProperty", "imslogon-openproperty", true, 1},
		{"IMessage::submitmessage", "IMessage::SubmitMessage", "imessage-submitmessage", false, 1},
		{"IMAPIProviderShutdown::DoFastShutdown", "IMAPIProviderShutdown::DoFastShutdown", "imapiprovidershutdown-dofastshutdown", false, 3},
		{"IMAPIClientShutdown::DoFastShutdown", "IMAPIClientShutdown::DoFastShutdown", "imapiclientshutdown-dofastshutdown", false, 1},
		{"IABProvider::DoFastShutdown", "IABProvider::DoFastShutdown", "iabprovider-dofastshutdown", false, 1},
		{"iprofadmin::deleteprofile", "IProfAdmin::DeleteProfile", "iprofadmin-deleteprofile", false, 1},
		{"IUnknown::Release", "IUnknown::Release", "", false, int(classes - SessionClass)},
		{"IMAPIProp::SaveChanges", "IMAPIProp::SaveChanges", "imapiprop-savechanges", false, 2},
		{"IMSLogon::*", "IMSLogon::*", "", true, 1},
		{"END exit", "end exit", "", false, 1},
	} {
		got, ok := SubjectByName(x.asked)
		if !ok || got.Name != x.name || got.Page != x.page || got.Any != x.any || len(got.ops) != x.operations {
			t.Errorf("%s: %+v, %v", x.asked, got, ok)
		}
	}
	seen := map[string]bool{}
	for _, x := range Subjects() {
		got, ok := SubjectByName(x.Name)
		if !ok || got.Name != x.Name || !slices.Equal(got.ops, x.ops) || seen[x.Name] {
			t.Errorf("%s is found as %+v", x.Name, got)
		}
		seen[x.Name] = true
	}
	for _, name := range []string{"", "IMSLogon", "IMSLogon::", "IFoo::Bar", "event-exit", "MAPI::Foo", "HrNothing"} {
		if x, ok := SubjectByName(name); ok {
			t.Errorf("%q is %+v", name, x)
		}
	}
}
