package trace

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/model"
)

// TestWhy: the reason of a verdict names what the recording shows, or what it lacks.
func TestWhy(t *testing.T) {
	const whole = "mapitrace 1\nobserves MAPI IMAPISession\nMAPIInitialize -> S_OK\nMAPILogonEx(flFlags=0x22) -> S_OK (lppSession=0x55d0)\n" +
		"0x55d0 IMAPISession::OpenMsgStore(ulFlags=0) -> S_OK (lppMDB=0x7f20)\n"
	const late = "mapitrace 1\nobserves MAPI IMAPISession\n0x55d0 IMAPISession::OpenMsgStore(ulFlags=0) -> S_OK (lppMDB=0x7f20)\nMAPIUninitialize ->\nend exit\n"
	for _, x := range []struct {
		name, trace, rule string
		verdict           model.Verdict
		want              model.Reason // its text is part of the text
	}{
		{"broken", whole + "end exit\n", "SES-15", model.Violated, model.Reason{Cause: model.Broke, Line: 6, Text: "broken once, first in line 6"}},
		{"kept", whole, "INI-01", model.Held, model.Reason{Cause: model.Kept, Line: 4, Text: "kept 2 times, first in line 4"}},
		{"cut off", whole, "SES-15", model.Open, model.Reason{Cause: model.Owed, Text: "the recording stops before it is due: session 0x55d0 owes it"}},
		{"not observed", whole, "SUP-01", model.NotObservable, model.Reason{Cause: model.Header, Text: "the header does not observe IMAPISupport"}},
		{"one of several", whole, "LGN-25", model.NotObservable, model.Reason{Cause: model.Header, Text: "does not observe IABLogon or IMSLogon or IXPLogon"}},
		{"no such call", whole, "SES-09", model.NotExercised, model.Reason{Cause: model.NotSeen, Text: "none of these came: MAPILogonEx returns MAPI_E_TIMEOUT"}},
		{"another situation", whole, "SES-12", model.NotExercised, model.Reason{Cause: model.Elsewhere, Line: 4, Text: "a bit of 0x10000 is not set in flFlags"}},
		{"no value", whole, "INI-13", model.NotExercised, model.Reason{Cause: model.Unwritten, Line: 3, Text: "ulVersion is not recorded"}},
		{"another reading", whole, "SES-05", model.NotExercised, model.Reason{Cause: model.Unasked, Text: "the profile reads the pages otherwise: joinsSession"}},
		{"partial", "mapitrace 1\nobserves MAPI IMAPISession\npartial IMAPISession\nMAPIInitialize -> S_OK\nMAPILogonEx(flFlags=0x22) -> S_OK (lppSession=0x55d0)\n" +
			"0x55d0 IMAPISession::Release -> ref 1\n", "REF-01", model.NotObservable, model.Reason{Cause: model.Partly, Line: 6, Text: "the header lists IMAPISession as partial"}},
		{"only later", "mapitrace 1\nobserves entry IMSProvider IMSLogon IMsgStore IMAPISupport\nMSProviderInit(ulFlags=0) -> S_OK (lppMSProvider=0x10)\n" +
			"0x10 IMSProvider::Logon(lpMAPISup=0x20) {\n  0x20 IMAPISupport::AddRef -> ref 2\n} -> S_OK (lppMDB=0x30)\n0x30 IMsgStore::Release -> ref 0\nend exit\n",
			"SUP-09", model.NotObservable, model.Reason{Cause: model.Unclear, Line: 7, Text: "only where \"the provider gives the support object back outside its logoff\" comes after it"}},
		{"late", late, "INI-01", model.NotObservable, model.Reason{Cause: model.Late, Line: 3, Text: "the process began before the recording, as line 3 shows"}},
		{"gap", strings.Replace(late, "0x55d0", "gap\n0x55d0", 1), "INI-01", model.NotObservable, model.Reason{Cause: model.Gap, Line: 4, Text: "calls are missing in the gap of line 3"}},
		{"found to be late afterwards", "mapitrace 1\nobserves MAPI IMAPISession\nMAPIInitialize -> S_OK\n" +
			"0x55d0 IMAPISession::Release -> ref 0\nend exit\n", "INI-05", model.NotObservable, model.Reason{Cause: model.Late, Line: 4, Text: "as line 4 shows"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			v := explained(t, Options{}, []byte(x.trace))[x.rule]
			require.Equal(t, x.verdict, v.Verdict, v.Why.Text)
			require.Contains(t, v.Why.Text, x.want.Text)
			require.Equal(t, x.want.Cause, v.Why.Cause, v.Why.Text)
			require.Equal(t, x.want.Line, v.Why.Line, v.Why.Text)
		})
	}
}

// explained judges a trace and has the verdicts explained.
func explained(t *testing.T, o Options, data []byte) map[string]RuleVerdict {
	t.Helper()
	o.Explain = true
	c, err := NewChecker(o)
	require.NoError(t, err)
	r := c.Check("x", bytes.NewReader(data))
	rules := map[string]RuleVerdict{}
	for _, v := range r.Rules {
		rules[v.Rule.ID] = v
	}
	return rules
}

// TestWhyChangesNothing: a checker that explains finds the same, and has a reason of the right sort for every verdict.
func TestWhyChangesNothing(t *testing.T) {
	causes := map[model.Verdict][]model.Cause{
		model.Violated: {model.Broke}, model.Held: {model.Kept}, model.Open: {model.Owed},
		model.NotExercised:  {model.Unasked, model.NotSeen, model.Elsewhere, model.Unwritten},
		model.NotObservable: {model.Header, model.Partly, model.Late, model.Gap, model.Birth, model.Unwritten, model.Unclear},
	}
	plain, err := NewChecker(Options{})
	require.NoError(t, err)
	explains, err := NewChecker(Options{Explain: true})
	require.NoError(t, err)
	for _, pattern := range []string{"recorded/*.jsonl", "rules/*.violating.trace", "cases/*.trace"} {
		files, err := filepath.Glob(filepath.Join("testdata", pattern))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			want, got := plain.Check(file, bytes.NewReader(data)), explains.Check(file, bytes.NewReader(data))
			require.Equal(t, want.Told(), got.Told(), file)
			for n, v := range got.Rules {
				require.Equal(t, want.Rules[n].Verdict, v.Verdict, "%s: %s", file, v.Rule.ID)
				require.Equal(t, want.Rules[n].N, v.N, "%s: %s", file, v.Rule.ID)
				if !slices.Contains(causes[v.Verdict], v.Why.Cause) || v.Why.Text == "" {
					t.Errorf("%s: %s is %s, because %q (%s)", file, v.Rule.ID, v.Verdict, v.Why.Text, v.Why.Cause)
				}
			}
		}
	}
}

// TestWhyOfParty: where findings of one party are asked for, its rules are explained.
func TestWhyOfParty(t *testing.T) {
	data, err := os.ReadFile("testdata/example.trace")
	require.NoError(t, err)
	for id, v := range explained(t, Options{Parties: model.Client}, data) {
		require.Equal(t, v.Rule.Owes&model.Client != 0, v.Why != nil, id)
	}
}
