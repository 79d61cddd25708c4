package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"mapilife/model"
	"mapilife/trace"
)

// cases makes a test suite of each trace, and in it a test case of each rule that was judged. A rule fails if one of its findings is an
// error, as the command does; what else was found is the output of a case that passes. Rules that the trace does not exercise or observe
// are no cases: hundreds that were skipped would hide the others.
type cases struct {
	w      io.Writer
	suites junit.Testsuites
}

func newJUnit(w io.Writer, _ Options) Writer { return &cases{w: w} }

func (c *cases) Write(r *trace.Result) error {
	suite := junit.Testsuite{Name: legal(r.Trace), ID: len(c.suites.Suites), Time: "0", SystemOut: &junit.Output{Data: legal(r.Summary())}}
	add := func(name string, t junit.Testcase) {
		t.Name, t.Classname, t.Time = legal(name), suite.Name, "0"
		suite.AddTestcase(t)
	}
	if r.Err != nil {
		add("the trace can be judged", junit.Testcase{Error: &junit.Result{Message: legal(r.Err.Text), Type: string(trace.Unjudged), Data: legal(r.Err.Error())}})
	}
	for _, v := range r.Rules {
		name := v.Rule.ID + ": " + v.Rule.Says
		switch v.Verdict {
		case model.Held:
			add(name, junit.Testcase{})
		case model.Open:
			add(name, junit.Testcase{Skipped: &junit.Result{Message: "it was owed when the recording stopped"}})
		case model.Violated:
			add(name, broken(r, v.Rule))
		}
	}
	c.suites.AddSuite(suite)
	return nil
}

// broken is the case of a rule that was broken, by itself or by what broke another.
func broken(r *trace.Result, rule *model.Rule) junit.Testcase {
	var texts []string
	var worst *model.Finding
	breaks := func(f *model.Finding) bool { return f.Rule.ID == rule.ID || slices.Contains(f.Implied, rule.ID) }
	for n := range r.Findings {
		f := &r.Findings[n]
		if !breaks(f) {
			continue
		}
		texts = append(texts, r.Explain(f))
		if worst == nil || f.Severity > worst.Severity {
			worst = f
		}
	}
	for n := range r.Known {
		if k := &r.Known[n]; breaks(&k.Finding) {
			texts = append(texts, r.Explain(&k.Finding)+"    known:    "+k.Reason+"\n")
		}
	}
	text := legal(strings.Join(texts, "\n"))
	switch {
	case texts == nil:
		return junit.Testcase{Skipped: &junit.Result{Message: "its findings are left out, as asked"}}
	case worst != nil && worst.Severity == model.Error:
		message := fmt.Sprintf("line %d: %s", worst.Line, worst.Message)
		return junit.Testcase{Failure: &junit.Result{Message: legal(message), Type: worst.Party.String(), Data: text}}
	}
	return junit.Testcase{SystemOut: &junit.Output{Data: text}}
}

// legal leaves out what XML can not hold: the names in a trace may have any characters.
func legal(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0xFFFE || c == 0xFFFF {
			return 0xFFFD
		}
		return c
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

func (c *cases) Close() error {
	if _, err := io.WriteString(c.w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"); err != nil {
		return err
	}
	return c.suites.WriteXML(c.w)
}
