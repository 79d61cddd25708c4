package model

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// small is the least specification that there can be: a lifecycle, and a rule with a guard and a duty.
func small() *Spec {
	return &Spec{
		Lifecycles: []*Lifecycle{{
			Name: "session", Of: SessionObject, Says: "A session.",
			States: []State{{"Active", "Logged on."}, {"Over", "Logged off."}},
			Rows: []Row{
				{From: "new", On: Born, To: "Active"},
				{From: "Active", On: sessionLogoff.Enters, To: "Over", Holds: "SES-14"},
				{From: "Over", On: sessionLogoff.Enters, Breaks: "SES-14", Wrong: "twice", Legal: "once"},
			},
			Counters: []Counter{{Name: "logons", Up: logonEx, Down: sessionLogoff, Says: "how many there are"}},
			Marks:    []Mark{{Name: "left", Set: sessionLogoff.Enters, Says: "it has been logged off"}},
			Values:   []Memory{{Name: "flags", Set: sessionLogoff.Enters, From: Arg("ulFlags"), Says: "what Logoff was passed"}},
		}},
		Rules: []*Rule{{
			ID: "SES-14", Owes: Client, Level: Must, Needs: "IMAPISession, MAPI|entry", About: "CG-11", Says: "A client logs off once.", Pages: "imapisession-logoff#Remarks",
			Guards: []Guard{{Of: SessionObject, When: sessionLogoff.Enters, If: Not(This.Marked("left")), Holds: Arg("ulFlags").Is(0), Wrong: "flags", Legal: "0"}},
			Duties: []Duty{{Of: SessionObject, Owed: This.In("Active"), Paid: sessionLogoff.Enters, Proof: sessionRelease.Enters, Due: []Due{{At: exits}}, Wrong: "never", Legal: "Logoff"}},
		}},
	}
}

// refusals are small specifications with one fault each, and what Validate says of it.
var refusals = []struct {
	says  string
	spoil func(s *Spec, l *Lifecycle, r *Rule)
}{
	{"rule SES-14 is there twice", func(s *Spec, l *Lifecycle, r *Rule) { s.Rules = append(s.Rules, r) }},
	{`counter "logons" is declared twice`, func(s *Spec, l *Lifecycle, r *Rule) { l.Counters = append(l.Counters, l.Counters[0]) }},
	{`value "flags" is declared twice`, func(s *Spec, l *Lifecycle, r *Rule) { l.Values = append(l.Values, l.Values[0]) }},
	{"a lifecycle has a name and a sentence", func(s *Spec, l *Lifecycle, r *Rule) { l.Says = "" }},
	{"a lifecycle has a name and a sentence", func(s *Spec, l *Lifecycle, r *Rule) { l.Name = "" }},
	{"of what kind of object?", func(s *Spec, l *Lifecycle, r *Rule) { l.Of = NoKind }},
	{"of what kind of object?", func(s *Spec, l *Lifecycle, r *Rule) { l.Of = CalledObject }},
	{"0 states: there are 1 to 16", func(s *Spec, l *Lifecycle, r *Rule) { l.States = nil }},
	{"17 states: there are 1 to 16", func(s *Spec, l *Lifecycle, r *Rule) { l.States = slices.Repeat(l.States[:1], 17) }},
	{"a state has a name and a sentence", func(s *Spec, l *Lifecycle, r *Rule) { l.States[0].Says = "" }},
	{`state "Active" is there twice`, func(s *Spec, l *Lifecycle, r *Rule) { l.States[1].Name = "Active" }},
	{`state "new" is there twice`, func(s *Spec, l *Lifecycle, r *Rule) { l.States[1].Name = NewState }},
	{"there are more counters, values or marks than a session has room for", func(s *Spec, l *Lifecycle, r *Rule) {
		for n := range markBits + 1 {
			l.Marks = append(l.Marks, Mark{Name: string(rune('a' + n)), Says: "x", Set: l.Marks[0].Set})
		}
	}},
	{`"left" needs a name and a sentence`, func(s *Spec, l *Lifecycle, r *Rule) { l.Marks[0].Says = "" }},
	{`"" needs a name and a sentence`, func(s *Spec, l *Lifecycle, r *Rule) { l.Values[0].Name = "" }},
	{`the row on "it is handed out" starts nowhere`, func(s *Spec, l *Lifecycle, r *Rule) { l.Rows[0].From = "" }},
	{`the row on "IMAPISession::Logoff enters" names the state "Gone", which does not exist`, func(s *Spec, l *Lifecycle, r *Rule) { l.Rows[1].To = "Gone" }},
	{`names the state "Gone", which does not exist`, func(s *Spec, l *Lifecycle, r *Rule) { l.Rows[1].From = "Gone" }},
	{`names rule SES-99, which is not checked`, func(s *Spec, l *Lifecycle, r *Rule) { l.Rows[1].Holds = "SES-99" }},
	{`the row on "IMAPISession::Logoff enters" both holds and breaks rules`, func(s *Spec, l *Lifecycle, r *Rule) { l.Rows[2].Holds = "SES-14" }},
	{`which breaks SES-14, does not say what is wrong and what is allowed`, func(s *Spec, l *Lifecycle, r *Rule) { l.Rows[2].Legal = "" }},
	{`the row on "IMAPISession::Logoff enters" is legal and says what is wrong`, func(s *Spec, l *Lifecycle, r *Rule) { l.Rows[1].Wrong = "nothing" }},
	{`is legal and says what is wrong`, func(s *Spec, l *Lifecycle, r *Rule) { l.Rows[1].Early = true }},
	{`the rows on "IMAPISession::Logoff enters" are for different objects`, func(s *Spec, l *Lifecycle, r *Rule) { l.Rows[2].If = This.Same(On) }},
	{`two rows on "IMAPISession::Logoff enters" in state Active`, func(s *Spec, l *Lifecycle, r *Rule) { l.Rows[2].From = "Active Over" }},
	{`two rows on "IMAPISession::Logoff enters" in state Over`, func(s *Spec, l *Lifecycle, r *Rule) {
		l.Rows[2].Under = Reading{"afterSave", "wrong"}
		l.Rows = append(l.Rows, Row{From: "Over", On: sessionLogoff.Enters, Under: Reading{"sharedSupport", "own"}})
	}},
	{`"any of them enters" and "IMAPISession::Logoff enters" happen at once: IMAPISession::Logoff`, func(s *Spec, l *Lifecycle, r *Rule) {
		l.Rows = append(l.Rows, Row{From: "Active", On: operation("any of them", "IMAPISession::*").Enters})
	}},
	{`"IMAPISession::Logoff succeeds" and "IMAPISession::Logoff returns" happen at once`, func(s *Spec, l *Lifecycle, r *Rule) {
		l.Rows = append(l.Rows, Row{From: "Active", On: sessionLogoff.Returns}, Row{From: "Active", On: sessionLogoff.Succeeds})
	}},
	{"no row leads to state Over", func(s *Spec, l *Lifecycle, r *Rule) { l.Rows[1].To = "" }},
	{"no row leads to state Active", func(s *Spec, l *Lifecycle, r *Rule) { l.Rows = l.Rows[1:] }},
	{"an event has no name", func(s *Spec, l *Lifecycle, r *Rule) { r.Guards[0].When = Trigger{Ops: "MAPILogonEx"} }},
	{`event "nothing enters": no operation is called "MAPILogon"`, func(s *Spec, l *Lifecycle, r *Rule) { r.Guards[0].When = operation("nothing", "MAPILogon").Enters }},
	{`event "much enters": no operation is called "-MAPILogon"`, func(s *Spec, l *Lifecycle, r *Rule) {
		r.Guards[0].When = operation("much", "MAPILogonEx -MAPILogon").Enters
	}},
	{`two different events are called "IMAPISession::Logoff enters"`, func(s *Spec, l *Lifecycle, r *Rule) {
		r.Guards[0].When = operation("IMAPISession::Logoff", "IMAPISession::Advise").Enters
	}},
	{"there is no reading afterSave=later", func(s *Spec, l *Lifecycle, r *Rule) { l.Rows[2].Soft = Reading{"afterSave", "later"} }},
	{"there is no reading weather=good", func(s *Spec, l *Lifecycle, r *Rule) { r.Guards[0].If = Under("weather", "good") }},
	{`there is no state "Shut"`, func(s *Spec, l *Lifecycle, r *Rule) { r.Guards[0].If = This.In("Active Shut") }},
	{`there is no mark "right"`, func(s *Spec, l *Lifecycle, r *Rule) { r.Guards[0].If = Not(Any(This.Marked("right"))) }},
	{`no operation is called "IMAPISession::Login"`, func(s *Spec, l *Lifecycle, r *Rule) { r.Guards[0].If = Within("IMAPISession::Login") }},
	{`there is no interface "IMAPI"`, func(s *Spec, l *Lifecycle, r *Rule) { r.Guards[0].If = Observed("IMAPI") }},
	{`parameter "ulFlag" is not known`, func(s *Spec, l *Lifecycle, r *Rule) { r.Guards[0].Holds = Arg("ulFlag").Is(0) }},
	{`parameter "lppDMB" is not known`, func(s *Spec, l *Lifecycle, r *Rule) { r.Guards[0].If = WasAlive("lppDMB") }},
	{`there is no counter "logoffs"`, func(s *Spec, l *Lifecycle, r *Rule) { r.Guards[0].If = This.Count("logoffs").Is(0) }},
	{`there is no value "flag"`, func(s *Spec, l *Lifecycle, r *Rule) {
		r.Guards[0].If = This.Number(StoreObject, This.Value("flag").Given()).Is(0)
	}},
	{`no operation is called "MAPIInit"`, func(s *Spec, l *Lifecycle, r *Rule) { r.Guards[0].If = Running("MAPIInit").Is(0) }},
	{`no operation is called "MAPIInit"`, func(s *Spec, l *Lifecycle, r *Rule) { r.Guards[0].If = CallerArg("MAPIInit", "ulFlags").Is(0) }},
	{"a rule's id is letters, a dash and two digits", func(s *Spec, l *Lifecycle, r *Rule) { r.ID = "SES-140" }},
	{"there is no area of that name", func(s *Spec, l *Lifecycle, r *Rule) { r.ID = "ABC-14" }},
	{"owed by whom?", func(s *Spec, l *Lifecycle, r *Rule) { r.Owes = NoSide }},
	{"a rule says one sentence or two, and ends them with a full stop", func(s *Spec, l *Lifecycle, r *Rule) { r.Says = "Once" }},
	{`"imapisession-logoff" is no page and section`, func(s *Spec, l *Lifecycle, r *Rule) { r.Pages += "; imapisession-logoff" }},
	{"on which page?", func(s *Spec, l *Lifecycle, r *Rule) { r.Pages = "" }},
	{`"CG-11," is no conflict`, func(s *Spec, l *Lifecycle, r *Rule) { r.About = "CG-11, CG-12" }},
	{`it needs the interface "IMAPI", which is not known`, func(s *Spec, l *Lifecycle, r *Rule) { r.Needs = "MAPI, entry|IMAPI" }},
	{`it needs the key "ulFlags", which no recorder adds`, func(s *Spec, l *Lifecycle, r *Rule) { r.Keys = "caller ulFlags" }},
	{"it is not checked, and the reason does not end with a full stop", func(s *Spec, l *Lifecycle, r *Rule) { r.Excluded = "never" }},
	{"it is not checked and yet has checks", func(s *Spec, l *Lifecycle, r *Rule) { r.Excluded = "Never." }},
	{"what is only allowed can not be broken, and is excluded", func(s *Spec, l *Lifecycle, r *Rule) { r.Level = May }},
	{"nothing checks it", func(s *Spec, l *Lifecycle, r *Rule) {
		l.Rows[1].Holds, l.Rows, r.Guards, r.Duties = "", l.Rows[:2], nil, nil
	}},
	{"what does a recording have to observe?", func(s *Spec, l *Lifecycle, r *Rule) { r.Needs = "" }},
	{`the guard on "IMAPISession::Logoff enters" does not say what is wrong and what is allowed`, func(s *Spec, l *Lifecycle, r *Rule) { r.Guards[0].Wrong = "" }},
	{"a duty says what is owed, until when, what is wrong and what is allowed", func(s *Spec, l *Lifecycle, r *Rule) { r.Duties[0].Due = nil }},
	{"a duty says what is owed, until when, what is wrong and what is allowed", func(s *Spec, l *Lifecycle, r *Rule) { r.Duties[0].Owed = Cond{} }},
	{"a duty to be proven needs a proof", func(s *Spec, l *Lifecycle, r *Rule) { r.Duties[0].Due[0].Proven, r.Duties[0].Proof = true, Trigger{} }},
	{"it implies SES-15, which is not checked", func(s *Spec, l *Lifecycle, r *Rule) { r.Guards[0].Implies = "SES-15" }},
	{"it implies SES-15, which is not checked", func(s *Spec, l *Lifecycle, r *Rule) { r.Duties[0].Implies = "SES-15" }},
}

// TestValidate: the small specification is one, and so is the whole; with any of the faults it is none, and the error says which.
func TestValidate(t *testing.T) {
	require.NoError(t, Validate(small()))
	require.NoError(t, Validate(Specification()))
	for _, x := range refusals {
		s := small()
		x.spoil(s, s.Lifecycles[0], s.Rules[0])
		require.ErrorContains(t, Validate(s), x.says)
		_, err := Compile(s, Lenient(), nil)
		require.Error(t, err, "what is not valid is not compiled: %s", x.says)
	}
}

// TestValidateSaysAll: one error tells every fault.
func TestValidateSaysAll(t *testing.T) {
	s := small()
	s.Lifecycles[0].Says, s.Rules[0].Pages, s.Rules[0].Says = "", "", ""
	err := Validate(s)
	for _, part := range []string{"lifecycle session: a lifecycle has a name", "rule SES-14: on which page?", "rule SES-14: a rule says one sentence"} {
		require.ErrorContains(t, err, part)
	}
}

// TestEveryRefusal: there is a fault above for everything that validate.go refuses.
func TestEveryRefusal(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "validate.go", nil, 0)
	require.NoError(t, err)
	var texts []string
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "fault" {
			text, err := strconv.Unquote(call.Args[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			texts = append(texts, text)
		}
		return true
	})
	require.Greater(t, len(texts), 40)
	said := ""
	for _, x := range refusals {
		s := small()
		x.spoil(s, s.Lifecycles[0], s.Rules[0])
		said += Validate(s).Error() + "\n"
	}
	verb := regexp.MustCompile(`%[qsd]`)
	for _, text := range texts {
		pattern := verb.ReplaceAllString(regexp.QuoteMeta(text), ".*")
		require.Regexp(t, `(?m)(^|: )`+pattern+`$`, said)
	}
}
