package trace

import (
	"errors"
	"regexp"
	"slices"
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
			{Rule: must, Severity: model.Error, Party: model.MAPI, Line: 7, Seq: 70, Call: "IMAPISession::Logoff", Object: "store 0x1",
				Kind: "store", Birth: "IMSProvider::Logon", Serial: 4, Message: "it came last", Legal: "coming first",
				History: []model.Past{{Line: 3, Text: "born in IMSProvider::Logon"}, {Line: 5, Text: "AddRef by client"}},
				Implied: []string{"XYZ-02", "XYZ-03"}, Again: []int64{9, 11}, More: 3},
			{Rule: should, Severity: model.Warning, Party: model.Provider, PID: 3, Line: 8, Seq: 80, Call: "FreeLibrary", Message: "nothing followed", Legal: "following"},
		},
		Rules: []RuleVerdict{
			{must, model.Violated, 4, nil}, {should, model.Violated, 1, nil}, {&model.Rule{ID: "XYZ-03"}, model.Held, 2, nil}, {&model.Rule{ID: "XYZ-04"}, model.Open, 1, nil},
			{&model.Rule{ID: "XYZ-05"}, model.NotExercised, 0, nil}, {&model.Rule{ID: "XYZ-06"}, model.NotObservable, 0, nil},
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

	r.Left, r.Known = 0, []Known{{r.Findings[1], "It is known.", true}}
	r.Findings = r.Findings[:1]
	waived := strings.Replace(secondFinding, " warning: nothing followed\n", " warning: nothing followed\n    waived:   It is known.\n", 1)
	require.Contains(t, text(t, r, Show{}), waived)
	require.Contains(t, text(t, r, Show{Quiet: true}), " (and 1 waived)")
	require.NotContains(t, text(t, r, Show{Quiet: true}), "It is known.")

	none := &Result{Trace: "x", Verdict: Conforms, Events: 1}
	require.Equal(t, "x: conforms: 1 event, 0 objects; 0 findings: 0 errors, 0 warnings, 0 notes; rules: 0 held, 0 violated, 0 open, 0 not exercised, 0 not observable\n", text(t, none, Show{}))
}

// TestWriteJSON holds every key, and their order.
func TestWriteJSON(t *testing.T) {
	r := reported()
	const (
		begin = `{"trace":"a b.trace","verdict":"violated","events":12,"objects":1,"findings":[`
		first = `{"rule":"XYZ-01","severity":"error","party":"mapi","line":7,"seq":70,"object":"store 0x1","message":"it came last",` +
			`"fingerprint":"1883a4636bf04f4d01dc911c6e49beb4","pid":0,"call":"IMAPISession::Logoff","kind":"store","birth":"IMSProvider::Logon","serial":4,` +
			`"allowed":"coming first","history":[{"line":3,"text":"born in IMSProvider::Logon"},{"line":5,"text":"AddRef by client"}],` +
			`"implied":["XYZ-02","XYZ-03"],"again":[9,11],"more":3}`
		second = `{"rule":"XYZ-02","severity":"warning","party":"provider","line":8,"seq":80,"object":"","message":"nothing followed",` +
			`"fingerprint":"6de0a4a8e67c0850fc021a169aa895ec","pid":3,"call":"FreeLibrary","kind":"","birth":"","serial":0,` +
			`"allowed":"following","history":[],"implied":[],"again":[],"more":0}`
		rules = `"rules":{"XYZ-01":{"verdict":"violated","n":4},"XYZ-02":{"verdict":"violated","n":1},"XYZ-03":{"verdict":"held","n":2},` +
			`"XYZ-04":{"verdict":"open","n":1},"XYZ-05":{"verdict":"not exercised","n":0},"XYZ-06":{"verdict":"not observable","n":0}}`
	)
	var b strings.Builder
	require.NoError(t, r.WriteJSON(&b, 0))
	require.Equal(t, begin+first+","+second+"],"+rules+"}\n", b.String())
	b.Reset()
	require.NoError(t, r.WriteJSON(&b, 1))
	require.Equal(t, begin+first+"],\"omitted\":1,"+rules+"}\n", b.String())

	b.Reset()
	broken := &Result{Trace: "x", Verdict: Unjudged, Err: &Error{File: "x", Line: 3, Column: 5, Text: `not "JSON" <here>`}}
	require.NoError(t, broken.WriteJSON(&b, 0))
	require.Equal(t, `{"trace":"x","verdict":"unjudged","events":0,"objects":0,"findings":[],"rules":{},"error":{"file":"x","line":3,"column":5,"message":"not \"JSON\" <here>"}}`+"\n", b.String())
}

// TestWriteTextGroups: what goes wrong with an object after a fault stands under that fault, and its history goes on from there.
func TestWriteTextGroups(t *testing.T) {
	r := reported()
	third := r.Findings[0]
	third.Line, third.Message, third.More, third.Again, third.Implied = 9, "it came again", 0, nil, nil
	third.History = append(slices.Clone(third.History), model.Past{Line: 8, Text: "Release by client"})
	beside := third
	beside.Line, beside.History = 7, r.Findings[0].History
	fourth := r.Findings[1]
	fourth.Serial, fourth.Kind, fourth.Object = 1, "process", "process"
	fifth := fourth
	fifth.Line = 11
	r.Findings = append(r.Findings, third, fourth, fifth)
	const under = `a b.trace:9: XYZ-01 error: it came again
    after:    XYZ-01 in line 7, on the same object
    history:  store 0x1
              line 8: Release by client
    allowed:  coming first
    owed by:  mapi
    rule:     One thing comes <first>. (must)
    page:     https://learn.microsoft.com/en-us/office/client-developer/outlook/mapi/some-page#notes-to-callers
`
	got := text(t, r, Show{})
	require.True(t, strings.HasPrefix(got, strings.TrimSuffix(firstFinding, "\n")+under+"\n"+secondFinding), got)
	require.Equal(t, 1, strings.Count(got, "    after:"), "what a process does wrong has not one cause")
	r.Findings[2] = beside
	require.Contains(t, text(t, r, Show{}), "a b.trace:7: XYZ-01 error: it came again\n    with:     XYZ-01 in line 7, on the same object\n    allowed:")
	r.Findings[2] = third
	require.Equal(t, strings.TrimSuffix(firstFinding, "\n")+under+"\na b.trace: 3 more findings not shown\n\n", strings.TrimSuffix(text(t, r, Show{Max: 2}), r.Summary()+"\n"))
}

// TestSummaryAgrees: a verdict says what it leaves open, in words that agree with their numbers.
func TestSummaryAgrees(t *testing.T) {
	warning, note := model.Finding{Rule: &model.Rule{}, Severity: model.Warning}, model.Finding{Rule: &model.Rule{}, Severity: model.Note}
	grave := model.Finding{Rule: &model.Rule{}, Severity: model.Error}
	for want, findings := range map[string][]model.Finding{
		"x: conforms: 1 event, 2 objects; 0 findings: 0 errors, 0 warnings, 0 notes;":                            nil,
		"x: conforms, with 1 warning: 1 event, 2 objects; 1 finding: 0 errors, 1 warning, 0 notes;":              {warning},
		"x: conforms, with 2 warnings and 1 note: 1 event, 2 objects; 3 findings: 0 errors, 2 warnings, 1 note;": {note, warning, warning},
		"x: accepted, with 1 note: 1 event, 2 objects; 1 finding: 0 errors, 0 warnings, 1 note (and 1 known);":   {note, grave},
		"x: violated: 1 event, 2 objects; 3 findings: 2 errors, 1 warning, 0 notes;":                             {grave, warning, grave},
	} {
		r := &Result{Trace: "x", Events: 1, Objects: 2, Findings: findings}
		r.Forgive(func(f *model.Finding) (string, bool) {
			return "", strings.Contains(want, "known") && f.Severity == model.Error
		})
		require.True(t, strings.HasPrefix(r.Summary(), want), r.Summary())
	}
}

// TestWriteTextColor: colour changes nothing but colour.
func TestWriteTextColor(t *testing.T) {
	r := reported()
	colored := text(t, r, Show{Color: true})
	require.Contains(t, colored, "\x1b[1ma b.trace:7:\x1b[")
	require.Contains(t, colored, "\x1b[31;1merror\x1b[")
	require.Contains(t, colored, "\x1b[33;1mwarning\x1b[")
	require.Contains(t, colored, "\x1b[31;1mviolated\x1b[")
	require.Equal(t, text(t, r, Show{}), regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(colored, ""))
}

// TestParseResult: what is written as JSON is read as it was.
func TestParseResult(t *testing.T) {
	c, err := NewChecker(Options{})
	require.NoError(t, err)
	files, err := Files("testdata/recorded")
	require.NoError(t, err)
	for _, file := range files {
		in, err := Open(file, nil)
		require.NoError(t, err)
		r := c.Check(file, in)
		in.Close()
		for range 2 { // the second time with findings that are known
			var b strings.Builder
			require.NoError(t, r.WriteJSON(&b, 0))
			again, err := ParseResult([]byte(b.String()), c.Rules())
			require.NoError(t, err)
			var second strings.Builder
			require.NoError(t, again.WriteJSON(&second, 0))
			require.Equal(t, b.String(), second.String())
			require.Equal(t, text(t, r, Show{}), text(t, again, Show{}))
			r.Forgive(func(f *model.Finding) (string, bool) { return "known", f.Line%2 == 0 })
		}
	}
}

// TestParseResultRefuses what is no result of this version.
func TestParseResultRefuses(t *testing.T) {
	rules := model.Specification().Rules
	const good = `{"trace":"x","verdict":"violated","events":1,"objects":0,"findings":[{"rule":"INI-03","severity":"error","party":"client","line":3,` +
		`"fingerprint":"FINGERPRINT","call":"MAPIUninitialize"}],"rules":{"INI-03":{"verdict":"violated","n":1}}}`
	fitting := strings.Replace(good, "FINGERPRINT", Fingerprint(&model.Finding{Rule: &model.Rule{ID: "INI-03"}, Party: model.Client, Call: "MAPIUninitialize"}), 1)
	_, err := ParseResult([]byte(fitting), rules)
	require.NoError(t, err)
	for change, want := range map[string]string{
		`"trace":"x"=>"trace":1`:                           "cannot unmarshal",
		`"verdict":"violated","e=>"verdict":"fine","e`:     `"fine" is no verdict of a trace`,
		`"rule":"INI-03"=>"rule":"INI-99"`:                 `"INI-99" is no rule`,
		`"severity":"error"=>"severity":"bad"`:             `"bad" is no severity`,
		`"party":"client"=>"party":"me"`:                   `"me" is no party`,
		`"call":"MAPI=>"call":"API`:                        "another version of the checker has written it",
		`"verdict":"violated","n=>"verdict":"so","n`:       `"so" is no verdict of a rule`,
		`"rules":{"INI-03"=>"rules":{"INI-99"`:             "a rule that this version of the checker does not know",
		`"rules":=>"omitted":2,"rules":`:                   "2 findings left out: write it without --max-findings",
		`"verdict":"violated","e=>"verdict":"unjudged","e`: "a trace has an error if it is unjudged, and only then",
	} {
		from, to, _ := strings.Cut(change, "=>")
		require.Contains(t, fitting, from)
		_, err := ParseResult([]byte(strings.Replace(fitting, from, to, 1)), rules)
		require.ErrorContains(t, err, want, change)
	}
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
