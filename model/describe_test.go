package model

import (
	"testing"
)

// TestWords: what a condition says is read off its value.
func TestWords(t *testing.T) {
	for _, x := range []struct {
		cond Cond
		want string
	}{
		{All(), "always"},
		{Never, "never"},
		{All(This.In("LoggedOff Gone"), This.References(MAPI).AtLeast(1)), "it is LoggedOff or Gone and the number of references of mapi on it is at least 1"},
		{All(Any(Outermost, Within("MAPILogonEx")), Not(On.Marked("invalidated"))),
			`(the call is enclosed by no other or the call is inside MAPILogonEx) and the called object does not have the mark "invalidated"`},
		{AtEntry(On.LastReference()), "when the call began: exactly one reference on the called object is left"},
		{Not(AtEntry(On.LastReference())), "when the call began: exactly one reference on the called object is not left"},
		{Arg("ulFlags").Without(1).Is(0x20000), "ulFlags without 0x1 is 0x20000"},
		{TheProcess.Number(SessionObject, This.In("Active")).Is(0), "the number of sessions of the process (each: it is Active) is 0"},
		{Within("MAPI functions -MAPIInitialize"), "the call is inside MAPI functions but not MAPIInitialize"},
		{Within("A B C"), "the call is inside A, B or C"},
		{Not(Any(Outermost, MadeBy(Client|MAPI))), "not (the call is enclosed by no other or the call is made by client or mapi)"},
	} {
		if got := x.cond.String(); got != x.want {
			t.Errorf("%q, not %q", got, x.want)
		}
	}
}

// TestEveryConditionHasWords: each condition of the specification can be said.
func TestEveryConditionHasWords(t *testing.T) {
	s := Specification()
	for _, r := range s.Rules {
		for _, g := range r.Guards {
			_, _, _ = g.When.Cond.String(), g.If.String(), g.Holds.String()
		}
		for _, d := range r.Duties {
			_, _ = d.If.String(), d.Owed.String()
		}
	}
}
