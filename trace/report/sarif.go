package report

import (
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"mapilife/model"
	"mapilife/trace"
)

// A scan is one run of SARIF 2.1.0 with the results of every trace, and every rule that traces are judged by.
type scan struct {
	w          io.Writer
	run        *sarif.Run
	invocation *sarif.Invocation
	index      map[string]int // of a rule, among those of the run
}

func newSARIF(w io.Writer, o Options) Writer {
	s := &scan{w, sarif.NewRunWithInformationURI("checker", model.Reference), sarif.NewInvocation().WithExecutionSuccessful(true), map[string]int{}}
	for _, r := range o.Rules {
		if r.Checked() {
			s.index[r.ID] = len(s.index)
			s.run.Tool.Driver.AddRule(descriptor(r))
		}
	}
	s.run.AddInvocation(s.invocation)
	return s
}

// descriptor describes a rule. The names of levels and severities are the same.
func descriptor(r *model.Rule) *sarif.ReportingDescriptor {
	page := r.Sources()[0].Address()
	full := fmt.Sprintf("%s It is owed by %s; the documentation says %s.", r.Says, r.Owes, r.Level)
	markdown := fmt.Sprintf("%s\n\n[%s](%s)", full, r.Sources()[0].Page, page)
	text := full + " See " + page
	return sarif.NewRule(r.ID).
		WithShortDescription(sarif.NewMultiformatMessageString().WithText(r.Says)).
		WithFullDescription(sarif.NewMultiformatMessageString().WithText(full)).
		WithHelp(sarif.NewMultiformatMessageString().WithText(text).WithMarkdown(markdown)).
		WithHelpURI(page).
		WithDefaultConfiguration(sarif.NewReportingConfiguration().WithLevel(r.Level.Severity().String()))
}

func (s *scan) Write(r *trace.Result) error {
	seen := map[string]int{}
	for n := range r.Findings {
		s.run.AddResult(s.result(r, &r.Findings[n], seen))
	}
	for n := range r.Known {
		k := &r.Known[n]
		s.run.AddResult(s.result(r, &k.Finding, seen).
			AddSuppression(sarif.NewSuppression().WithKind("external").WithStatus("accepted").WithJustification(k.Reason)))
	}
	if e := r.Err; e != nil {
		s.invocation.WithExecutionSuccessful(false)
		s.invocation.AddToolExecutionNotification(sarif.NewNotification().WithLevel(sarif.LevelError).
			WithMessage(sarif.NewTextMessage(e.Error())).AddLocation(place(e.File, e.Line)))
	}
	return nil
}

// result makes a result of a finding. Two in one trace that have the same fingerprint are told apart by their number, as the key of the
// second fingerprint, the one that GitHub reads, wants it.
func (s *scan) result(r *trace.Result, f *model.Finding, seen map[string]int) *sarif.Result {
	print := trace.Fingerprint(f)
	seen[print]++
	at := place(r.Trace, f.Line)
	if !strings.Contains(f.Call, " ") { // or it is no call, but what the process did
		at.AddLogicalLocation(sarif.NewLogicalLocation().WithFullyQualifiedName(f.Call).WithKind("function"))
	}
	more := sarif.NewPropertyBag().Add("party", f.Party.String()).Add("object", f.Object).Add("breaks", append([]string{f.Rule.ID}, f.Implied...))
	result := sarif.NewRuleResult(f.Rule.ID).WithRuleIndex(s.index[f.Rule.ID]).WithLevel(f.Severity.String()).
		WithMessage(sarif.NewTextMessage(fmt.Sprintf("%s. Allowed: %s. Owed by: %s.", f.Message, f.Legal, f.Party))).
		AddLocation(at).
		WithPartialFingerprints(map[string]string{"checker/v1": print, "primaryLocationLineHash": fmt.Sprintf("%s:%d", print, seen[print])}).
		WithOccurrenceCount(int(f.More) + 1).
		WithProperties(more)
	for _, h := range f.History {
		result.AddRelatedLocation(place(r.Trace, h.Line).WithMessage(sarif.NewTextMessage(h.Text)))
	}
	for _, line := range f.Again {
		result.AddRelatedLocation(place(r.Trace, line).WithMessage(sarif.NewTextMessage("again")))
	}
	return result
}

// place is a line of a file; 0 is the whole file.
func place(file string, line int64) *sarif.Location {
	where := sarif.NewPhysicalLocation().WithArtifactLocation(sarif.NewSimpleArtifactLocation(address(file)))
	if line > 0 {
		where.WithRegion(sarif.NewRegion().WithStartLine(int(line)))
	}
	return sarif.NewLocationWithPhysicalLocation(where)
}

// address is a file's name as SARIF has it: relative to where the command ran, or else with its scheme.
func address(file string) string {
	u := url.URL{Path: filepath.ToSlash(file)}
	if filepath.IsAbs(file) {
		u.Scheme = "file"
		u.Path = "/" + strings.TrimPrefix(u.Path, "/")
	}
	return u.String()
}

func (s *scan) Close() error {
	all := sarif.NewReport()
	all.AddRun(s.run)
	if err := all.PrettyWrite(s.w); err != nil {
		return err
	}
	_, err := io.WriteString(s.w, "\n")
	return err
}
