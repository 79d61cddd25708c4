package report

import (
	"fmt"
	"io"
	"strings"

	"mapilife/model"
	"mapilife/trace"
)

// annotations writes the workflow commands of GitHub Actions, which shows them at the lines of the files of a pull request.
type annotations struct {
	w   io.Writer
	max int
}

// What a workflow command may not hold as it is: in its message, and in its properties.
var (
	inMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	inProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	onOneLine  = strings.NewReplacer("\r", " ", "\n", " ")
)

var commands = map[model.Severity]string{model.Error: "error", model.Warning: "warning", model.Note: "notice"}

func (a annotations) Write(r *trace.Result) error {
	var b strings.Builder
	for n := range r.Findings {
		if a.max > 0 && n >= a.max {
			break
		}
		f := &r.Findings[n]
		title := fmt.Sprintf("%s, owed by %s", f.Rule.ID, f.Party)
		text := fmt.Sprintf("%s\nallowed: %s\nrule: %s\n%s", f.Message, f.Legal, f.Rule.Says, f.Rule.Sources()[0].Address())
		fmt.Fprintf(&b, "::%s file=%s,line=%d,title=%s::%s\n", commands[f.Severity], inProperty.Replace(r.Trace), f.Line, inProperty.Replace(title), inMessage.Replace(text))
	}
	if e := r.Err; e != nil {
		fmt.Fprintf(&b, "::error file=%s", inProperty.Replace(e.File))
		if e.Line > 0 {
			fmt.Fprintf(&b, ",line=%d", e.Line)
		}
		if e.Column > 0 {
			fmt.Fprintf(&b, ",col=%d", e.Column)
		}
		fmt.Fprintf(&b, ",title=not judged::%s\n", inMessage.Replace(e.Text))
	}
	// No name of a file can make a command of this line.
	fmt.Fprintf(&b, "checked %s\n", onOneLine.Replace(r.Summary()))
	_, err := io.WriteString(a.w, b.String())
	return err
}

func (a annotations) Close() error { return nil }
