package trace

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/model"
)

// reported is a result of made-up rules.
func reported() *Result {
	must := &model.Rule{ID: "XYZ-01", Owes: model.MAPI, Level: model.Must, Says: "One thing comes <first>.", Pages: "some-page#Notes to callers; other-page#(body)"}
	should := &model.Rule{ID: "XYZ-02", Owes: model.Client | model.Provider, Level: model.Should, Says: "Another follows.", Pages: "other-page#(body)"}
	return &Result{
		Trace: "a b.trace", Verdict: Breaks, Events: 12, Objects: 1,
		Findings: []model.Finding{
			{Rule: must, Severity: model.Error, Party: model.MAPI, Line: 7, Seq: 70, Object: "store 0x1", Message: "it came last", Legal: "coming first",
				History: []model.Past{{Line: 3, Text: "born in IMSProvider::Logon"}, {Line: 5, Text: "AddRef by client"}},
				Implied: []string{"XYZ-02", "XYZ-03"}, Again: []int64{9, 11}, More: 3},
			{Rule: should, Severity: model.Warning, Party: model.Provider, Line: 8, Seq: 80, Message: "nothing followed", Legal: "following"},
		},
		Rules: []RuleVerdict{
			{must, model.Violated, 4}, {should, model.Violated, 1}, {&model.Rule{ID: "XYZ-03"}, model.Held, 2}, {&model.Rule{ID: "XYZ-04"}, model.Open, 1},
			{&model.Rule{ID: "XYZ-05"}, model.NotExercised, 0}, {&model.Rule{ID: "XYZ-06"}, model.NotObservable, 0},
		},
	}
}

func text(t *testing.T, r *Result, show Show) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, r.WriteText(&b, show))
	return b.String()
}

const (
	firstFinding = `a b.trace:7: XYZ-01 error: it came last
    again:    3 times, in lines 9, 11 and 1 more
    history:  store 0x1
              line 3: born in IMSProvider::Logon
              line 5: AddRef by client
    allowed:  coming first
    owed by:  mapi
    rule:     One thing comes <first>. (must)
    breaks:   XYZ-02, XYZ-03 as well
    page:     https://learn.microsoft.com/en-us/office/client-developer/outlook/mapi/some-page#notes-to-callers

`
	secondFinding = `a b.trace:8: XYZ-02 warning: nothing followed
    allowed:  following
    owed by:  provider
    rule:     Another follows. (should)
    page:     https://learn.microsoft.com/en-us/office/client-developer/outlook/mapi/other-page

`
	summary = `a b.trace: violated: 12 events, 1 object; 2 findings: 1 error, 1 warning, 0 notes; ` +
		`rules: 1 held, 2 violated, 1 open, 1 not exercised, 1 not observable` + "\n"
)

// TestWriteText holds every line of a report. The summary counts everything, however little is shown.
func TestWriteText(t *testing.T) {
	r := reported()
	require.Equal(t, firstFinding+secondFinding+summary, text(t, r, Show{}))
	require.Equal(t, firstFinding+secondFinding+summary, text(t, r, Show{Max: 2}))
	require.Equal(t, firstFinding+"a b.trace: 1 more finding not shown\n\n"+summary, text(t, r, Show{Max: 1}))
	require.Equal(t, summary, text(t, r, Show{Quiet: true}))
	require.Equal(t, summary, text(t, r, Show{Quiet: true, Max: 1}))

	r.Findings[0].Severity = model.Warning
	require.Contains(t, text(t, r, Show{}), "    rule:     One thing comes <first>. (must, though other pages differ: see checker explain XYZ-01)\n")
	r.Findings[0].Severity = model.Error

	r.Left = 2
	require.Equal(t, strings.Replace(summary, "0 notes;", "0 notes (and 2 left out, as asked);", 1), text(t, r, Show{Quiet: true}))

	r.Left, r.Waived = 0, []Waived{{r.Findings[1], "It is known."}}
	r.Findings = r.Findings[:1]
	waived := strings.Replace(secondFinding, " warning: nothing followed\n", " waived warning: nothing followed\n    waived:   It is known.\n", 1)
	counted := strings.Replace(summary, "2 findings: 1 error, 1 warning, 0 notes;", "1 finding: 1 error, 0 warnings, 0 notes (and 1 waived);", 1)
	require.Equal(t, firstFinding+waived+counted, text(t, r, Show{}))
	require.Equal(t, counted, text(t, r, Show{Quiet: true}))

	none := &Result{Trace: "x", Verdict: Conforms, Events: 1}
	require.Equal(t, "x: conforms: 1 event, 0 objects; 0 findings: 0 errors, 0 warnings, 0 notes; rules: 0 held, 0 violated, 0 open, 0 not exercised, 0 not observable\n", text(t, none, Show{}))
}

// TestWriteJSON holds every key, and their order.
func TestWriteJSON(t *testing.T) {
	r := reported()
	const (
		begin  = `{"trace":"a b.trace","verdict":"violated","events":12,"objects":1,"findings":[`
		first  = `{"rule":"XYZ-01","severity":"error","party":"mapi","line":7,"seq":70,"object":"store 0x1","message":"it came last"}`
		second = `{"rule":"XYZ-02","severity":"warning","party":"provider","line":8,"seq":80,"object":"","message":"nothing followed"}`
		rules  = `],"rules":{"XYZ-01":{"verdict":"violated","n":4},"XYZ-02":{"verdict":"violated","n":1},"XYZ-03":{"verdict":"held","n":2},` +
			`"XYZ-04":{"verdict":"open","n":1},"XYZ-05":{"verdict":"not exercised","n":0},"XYZ-06":{"verdict":"not observable","n":0}}`
	)
	var b strings.Builder
	require.NoError(t, r.WriteJSON(&b, 0))
	require.Equal(t, begin+first+","+second+rules+"}\n", b.String())
	b.Reset()
	require.NoError(t, r.WriteJSON(&b, 1))
	require.Equal(t, begin+first+rules+"}\n", b.String())

	b.Reset()
	broken := &Result{Trace: "x", Verdict: Unjudged, Err: &Error{File: "x", Line: 3, Column: 5, Text: `not "JSON" <here>`}}
	require.NoError(t, broken.WriteJSON(&b, 0))
	require.Equal(t, `{"trace":"x","verdict":"unjudged","events":0,"objects":0,"findings":[],"rules":{},"error":{"file":"x","line":3,"column":5,"message":"not \"JSON\" <here>"}}`+"\n", b.String())
}

// TestWriteFails: what can not be written is an error.
func TestWriteFails(t *testing.T) {
	require.EqualError(t, reported().WriteText(full{}, Show{}), "full")
	require.EqualError(t, reported().WriteJSON(full{}, 0), "full")
	for _, n := range []Notation{JSONNotation, TextNotation} {
		w := NewWriter(full{}, n)
		require.NoError(t, w.Write(&Record{Kind: HeaderRecord, Header: &Header{}}))
		require.NoError(t, w.Write(&Record{Kind: CallRecord, ID: 1, Name: []byte("A")}))
		require.EqualError(t, w.Close(), "full")
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("full") }
