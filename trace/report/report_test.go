package report

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/joshdk/go-junit"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/stretchr/testify/require"

	"mapilife/model"
	"mapilife/trace"
)

// Two faults about one store, one of them a warning; a trace that keeps every rule; one that breaks off behind an error; one whose names
// are not what XML or a workflow command may hold.
const (
	two = "mapitrace 1\nobserves MAPI IMAPISession IMsgStore\nMAPIInitialize(lpMapiInit=null) -> S_OK\nMAPILogonEx(flFlags=0x22) -> S_OK (lppSession=ses)\n" +
		"ses IMAPISession::OpenMsgStore(ulFlags=0x4) -> S_OK (lppMDB=sto)\nses IMAPISession::Logoff(ulFlags=0) -> S_OK\n" +
		"sto IMsgStore::GetReceiveFolder(ulFlags=0) -> S_OK\nsto IMsgStore::Release -> ref 0\nses IMAPISession::Release -> ref 0\nMAPIUninitialize ->\nend exit\n"
	good = "mapitrace 1\nobserves MAPI\nMAPIInitialize(lpMapiInit=null) -> S_OK\nMAPIUninitialize ->\nend exit\n"
	cut  = `{"mapitrace":1,"observes":["MAPI"]}` + "\n" + `{"id":1,"call":"MAPIUninitialize"}` + "\n" + `{"ret":1}` + "\n" + `{"id":2,"call":"M` + "\n"
	odd  = `{"mapitrace":1,"observes":["MAPI","IMAPISession"]}` + "\n" + `{"id":1,"call":"MAPIInitialize"}` + "\n" + `{"ret":1,"hr":0}` + "\n" +
		`{"id":2,"call":"MAPILogonEx"}` + "\n" + `{"ret":2,"hr":0,"out":{"lppSession":"a\u0001:%\n]]>,b"}}` + "\n" + `{"event":"end","reason":"exit"}` + "\n"
	oddName = "dir/100%,a:b\x02.jsonl"
)

// judged is what the checker says of them.
func judged(t *testing.T) (results []*trace.Result, rules []*model.Rule) {
	t.Helper()
	c, err := trace.NewChecker(trace.Options{})
	require.NoError(t, err)
	for _, x := range [][2]string{{"runs/two.trace", two}, {"good.trace", good}, {"cut.jsonl", cut}, {oddName, odd}} {
		results = append(results, c.Check(x[0], strings.NewReader(x[1])))
	}
	require.Len(t, results[0].Findings, 2)
	return results, c.Rules()
}

func written(t *testing.T, format string, o Options, results ...*trace.Result) []byte {
	t.Helper()
	f, ok := ByName(format)
	require.True(t, ok)
	var b bytes.Buffer
	w := f.Start(&b, o)
	for _, r := range results {
		require.NoError(t, w.Write(r))
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// known is the first finding of a result as one that was known.
func known(r *trace.Result) {
	first := r.Findings[0].Rule
	r.Forgive(func(f *model.Finding) (string, bool) { return "ticket 123", f.Rule == first })
}

// TestSARIF holds a report against the schema of SARIF 2.1.0, and what code scanning reads of it against the results.
func TestSARIF(t *testing.T) {
	results, rules := judged(t)
	known(results[0])
	text := written(t, "sarif", Options{Rules: rules}, results...)
	r, err := sarif.FromBytes(text, sarif.WithStrictValidation())
	require.NoError(t, err)
	require.NoError(t, r.Validate())

	require.Len(t, r.Runs, 1)
	run := r.Runs[0]
	described := run.Tool.Driver.Rules
	n := 0
	for _, rule := range rules {
		if !rule.Checked() {
			continue
		}
		d := described[n]
		require.Equal(t, rule.ID, *d.ID)
		require.Equal(t, rule.Says, *d.ShortDescription.Text)
		require.Contains(t, *d.FullDescription.Text, rule.Says)
		require.Equal(t, rule.Sources()[0].Address(), *d.HelpURI)
		require.Equal(t, rule.Level.Severity().String(), d.DefaultConfiguration.Level)
		n++
	}
	require.Len(t, described, n)

	at := func(l *sarif.Location) string {
		return fmt.Sprintf("%s:%d", *l.PhysicalLocation.ArtifactLocation.URI, *l.PhysicalLocation.Region.StartLine)
	}
	require.Equal(t, "SES-17", *run.Results[0].RuleID, "what is known comes behind what is new")
	require.Equal(t, "SES-16", *run.Results[1].RuleID)
	require.Equal(t, "error", run.Results[0].Level)
	require.Equal(t, "warning", run.Results[1].Level)
	require.Empty(t, run.Results[0].Suppressions)
	require.Equal(t, "ticket 123", *run.Results[1].Suppressions[0].Justification)
	require.Equal(t, "runs/two.trace:7", at(run.Results[0].Locations[0]))
	require.Equal(t, "IMsgStore::GetReceiveFolder", *run.Results[0].Locations[0].LogicalLocations[0].FullyQualifiedName)
	require.Equal(t, "runs/two.trace:5", at(run.Results[0].RelatedLocations[0]), "where the store was born")
	for _, x := range run.Results {
		require.Equal(t, *x.RuleID, *described[x.RuleIndex].ID)
		require.Equal(t, x.PartialFingerprints["checker/v1"]+":1", x.PartialFingerprints["primaryLocationLineHash"])
	}
	require.Equal(t, trace.Fingerprint(&results[0].Findings[0]), run.Results[0].PartialFingerprints["checker/v1"])
	require.Contains(t, at(run.Results[len(run.Results)-1].Locations[0]), "dir/100%25,a:b%02.jsonl:")

	require.False(t, *run.Invocations[0].ExecutionSuccessful)
	told := run.Invocations[0].ToolExecutionNotifications
	require.Len(t, told, 1)
	require.Equal(t, "cut.jsonl:4", at(told[0].Locations[0]))

	run.Results[0].Level = "dreadful"
	require.Error(t, r.Validate(), "the schema is asked")
}

// TestSARIFPlaces: a name is an address, relative or whole.
func TestSARIFPlaces(t *testing.T) {
	for file, want := range map[string]string{"a b.trace": "a%20b.trace", "/srv/x.trace": "file:///srv/x.trace", "../x": "../x", "a:b": "./a:b", "-": "-"} {
		require.Equal(t, want, address(file))
	}
}

// TestJUnit has a parser of others read the report.
func TestJUnit(t *testing.T) {
	results, rules := judged(t)
	suites, err := junit.Ingest(written(t, "junit", Options{Rules: rules}, results...))
	require.NoError(t, err)
	require.Len(t, suites, len(results))
	find := func(s junit.Suite, rule string) *junit.Test {
		for _, test := range s.Tests {
			if strings.HasPrefix(test.Name, rule+": ") {
				return &test
			}
		}
		return nil
	}
	for n, r := range results {
		judged, errs := 0, 0
		for _, v := range r.Rules {
			test := find(suites[n], v.Rule.ID)
			switch v.Verdict {
			case model.Held:
				require.Equal(t, junit.StatusPassed, test.Status)
			case model.Open:
				require.Equal(t, junit.StatusSkipped, test.Status)
			case model.Violated:
				require.NotNil(t, test)
			default:
				require.Nil(t, test, "what was not judged is no case")
				continue
			}
			judged++
		}
		if r.Err != nil {
			errs = 1
			require.Equal(t, junit.StatusError, suites[n].Tests[0].Status)
		}
		require.Equal(t, judged+errs, suites[n].Totals.Tests)
		require.Equal(t, errs, suites[n].Totals.Error)
	}
	require.Equal(t, "runs/two.trace", suites[0].Name)
	warned, failed := find(suites[0], "SES-16"), find(suites[0], "SES-17")
	require.Equal(t, junit.StatusPassed, warned.Status, "a warning fails no build")
	require.Contains(t, warned.SystemOut, "runs/two.trace:6: SES-16 warning: ")
	require.Equal(t, junit.StatusFailed, failed.Status)
	require.Contains(t, failed.Message, "line 7: IMsgStore::GetReceiveFolder returned S_OK")
	require.Contains(t, failed.Error.Error(), "runs/two.trace:7: SES-17 error: ")
	require.Equal(t, 1, suites[0].Totals.Failed)
	require.Equal(t, 0, suites[1].Totals.Failed)
	require.Equal(t, "dir/100%,a:b\uFFFD.jsonl", suites[3].Name)

	known(results[0]) // the warning
	known(results[0]) // the error
	suites, err = junit.Ingest(written(t, "junit", Options{Rules: rules}, results[0]))
	require.NoError(t, err)
	require.Equal(t, junit.StatusPassed, find(suites[0], "SES-17").Status, "what is known fails no build")
	require.Contains(t, find(suites[0], "SES-17").SystemOut, "    known:    ticket 123\n")

	c, err := trace.NewChecker(trace.Options{Parties: model.Provider, Severity: model.Error})
	require.NoError(t, err)
	suites, err = junit.Ingest(written(t, "junit", Options{Rules: rules}, c.Check("x", strings.NewReader(two))))
	require.NoError(t, err)
	require.Equal(t, junit.StatusSkipped, find(suites[0], "SES-16").Status, "what was not asked for is no pass")
}

// TestJUnitImplied: a rule that is broken by what broke another fails with it.
func TestJUnitImplied(t *testing.T) {
	rule, other := &model.Rule{ID: "XYZ-01", Pages: "p#s"}, &model.Rule{ID: "XYZ-02", Pages: "p#s"}
	r := &trace.Result{Trace: "x", Findings: []model.Finding{{Rule: rule, Severity: model.Error, Line: 3, Implied: []string{"XYZ-02"}}},
		Rules: []trace.RuleVerdict{{Rule: rule, Verdict: model.Violated, N: 1}, {Rule: other, Verdict: model.Violated, N: 1}}}
	suites, err := junit.Ingest(written(t, "junit", Options{}, r))
	require.NoError(t, err)
	require.Equal(t, 2, suites[0].Totals.Failed)
}

// TestGitHub holds every character of a command.
func TestGitHub(t *testing.T) {
	rule := &model.Rule{ID: "XYZ-01", Level: model.Must, Says: "One thing, 100%.", Pages: "some-page#(body)"}
	r := &trace.Result{Trace: "a,b:c%\n::error::x", Verdict: trace.Unjudged, Findings: []model.Finding{
		{Rule: rule, Severity: model.Error, Party: model.Client | model.Provider, Line: 7, Message: "50% of\r\na: b, c", Legal: "it"},
		{Rule: rule, Severity: model.Warning, Party: model.MAPI, Line: 8, Message: "m", Legal: "it"},
		{Rule: rule, Severity: model.Note, Party: model.MAPI, Line: 9, Message: "m", Legal: "it"},
	}, Err: &trace.Error{File: "a,b", Line: 10, Column: 3, Text: "broken, 1%"}}
	const rest = "%0Aallowed: it%0Arule: One thing, 100%25.%0Ahttps://learn.microsoft.com/en-us/office/client-developer/outlook/mapi/some-page\n"
	const file = "file=a%2Cb%3Ac%25%0A%3A%3Aerror%3A%3Ax,line="
	first := "::error " + file + "7,title=XYZ-01%2C owed by client%2C provider::50%25 of%0D%0Aa: b, c" + rest
	more := "::warning " + file + "8,title=XYZ-01%2C owed by mapi::m" + rest + "::notice " + file + "9,title=XYZ-01%2C owed by mapi::m" + rest
	end := "::error file=a%2Cb,line=10,col=3,title=not judged::broken, 1%25\nchecked a,b:c% ::error::x: unjudged: 0 events, "
	got := string(written(t, "github", Options{}, r))
	require.True(t, strings.HasPrefix(got, first+more+end), got)
	require.Equal(t, 5, strings.Count(got, "\n"))
	got = string(written(t, "github", Options{Show: trace.Show{Max: 1}}, r))
	require.True(t, strings.HasPrefix(got, first+end), got)
	r.Findings, r.Err = nil, &trace.Error{File: "x", Text: "no such file"}
	got = string(written(t, "github", Options{}, r))
	require.True(t, strings.HasPrefix(got, "::error file=x,title=not judged::no such file\n"), got)
}

// TestWriteFails: what can not be written is an error in every format.
func TestWriteFails(t *testing.T) {
	results, rules := judged(t)
	for _, f := range Formats {
		w := f.Start(full{}, Options{Rules: rules})
		require.EqualError(t, errors.Join(w.Write(results[0]), w.Close()), "full", f.Name)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("full") }
