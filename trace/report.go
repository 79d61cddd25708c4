package trace

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"mapilife/model"
)

// Show says how much of a result is written as text.
type Show struct {
	Quiet bool // the summary only
	Max   int  // at most so many findings; 0: all
}

// WriteText writes a result for a reader: its findings, each with the history of its object, and a summary that always counts everything.
// Why a trace is unjudged stands in Result.Err and is not written here.
func (r *Result) WriteText(w io.Writer, show Show) error {
	var b strings.Builder
	for n := range r.Findings {
		if show.Quiet {
			break
		}
		if show.Max > 0 && n >= show.Max {
			fmt.Fprintf(&b, "%s: %s not shown\n\n", r.Trace, count(len(r.Findings)-n, "more finding"))
			break
		}
		r.writeFinding(&b, &r.Findings[n], "")
	}
	for n := range r.Waived {
		if show.Quiet || show.Max > 0 && n >= show.Max {
			break
		}
		r.writeFinding(&b, &r.Waived[n].Finding, r.Waived[n].Reason)
	}
	b.WriteString(r.Summary())
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}

// writeFinding writes one finding: where, what, the object's own history, what was allowed, who owes it, and by which page; and why it is
// waived, if it is.
func (r *Result) writeFinding(b *strings.Builder, f *model.Finding, waived string) {
	severity := f.Severity.String()
	if waived != "" {
		severity = "waived " + severity
	}
	fmt.Fprintf(b, "%s:%d: %s %s: %s\n", r.Trace, f.Line, f.Rule.ID, severity, f.Message)
	if waived != "" {
		fmt.Fprintf(b, "    waived:   %s\n", waived)
	}
	if f.More > 0 {
		fmt.Fprintf(b, "    again:    %s\n", againText(f))
	}
	if f.Object != "" && len(f.History) > 0 {
		fmt.Fprintf(b, "    history:  %s\n", f.Object)
		for _, h := range f.History {
			fmt.Fprintf(b, "              line %d: %s\n", h.Line, h.Text)
		}
	}
	fmt.Fprintf(b, "    allowed:  %s\n", f.Legal)
	fmt.Fprintf(b, "    owed by:  %s\n", f.Party)
	level := f.Rule.Level.String()
	if strength, fixed := r.Profile.Strength(f.Rule); fixed || strength != f.Rule.Level {
		level += fmt.Sprintf("; %s by the profile %s", strength, r.Profile.Name)
	} else if f.Rule.Level == model.Must && f.Severity != model.Error {
		level += ", though other pages differ: see checker explain " + f.Rule.ID
	}
	fmt.Fprintf(b, "    rule:     %s (%s)\n", f.Rule.Says, level)
	if len(f.Implied) > 0 {
		fmt.Fprintf(b, "    breaks:   %s as well\n", strings.Join(f.Implied, ", "))
	}
	fmt.Fprintf(b, "    page:     %s\n\n", f.Rule.Sources()[0].Address())
}

func againText(f *model.Finding) string {
	text := count(int(f.More), "time") + ", in line"
	if f.More > 1 {
		text += "s"
	}
	for n, line := range f.Again {
		switch {
		case n == 0:
			text += fmt.Sprintf(" %d", line)
		default:
			text += fmt.Sprintf(", %d", line)
		}
	}
	if rest := f.More - int64(len(f.Again)); rest > 0 {
		text += fmt.Sprintf(" and %d more", rest)
	}
	return text
}

// count writes a number of things: "1 finding", "2 findings".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// Summary is one line that counts everything: events, objects, findings by severity, and rules by verdict.
func (r *Result) Summary() string {
	severities := map[model.Severity]int{}
	for _, f := range r.Findings {
		severities[f.Severity]++
	}
	verdicts := map[model.Verdict]int{}
	for _, v := range r.Rules {
		verdicts[v.Verdict]++
	}
	left := ""
	if len(r.Waived) > 0 {
		left = fmt.Sprintf(" (and %d waived)", len(r.Waived))
	}
	if r.Left > 0 { // or the rules would seem to contradict the findings
		left += fmt.Sprintf(" (and %d left out, as asked)", r.Left)
	}
	return fmt.Sprintf("%s: %s: %s, %s; %s: %s, %s, %s%s; rules: %d held, %d violated, %d open, %d not exercised, %d not observable",
		r.Trace, r.Verdict, count(int(r.Events), "event"), count(int(r.Objects), "object"), count(len(r.Findings), "finding"),
		count(severities[model.Error], "error"), count(severities[model.Warning], "warning"), count(severities[model.Note], "note"), left,
		verdicts[model.Held], verdicts[model.Violated], verdicts[model.Open], verdicts[model.NotExercised], verdicts[model.NotObservable])
}

// The JSON form of a result: one object a trace.
type (
	jsonResult struct {
		Trace    string              `json:"trace"`
		Verdict  Verdict             `json:"verdict"`
		Events   int64               `json:"events"`
		Objects  int64               `json:"objects"`
		Findings []jsonFinding       `json:"findings"`
		Waived   []jsonWaived        `json:"waived,omitempty"`
		Waivers  []jsonWaiver        `json:"waivers,omitempty"`
		Rules    map[string]jsonRule `json:"rules"`
		Error    *jsonError          `json:"error,omitempty"`
	}
	jsonFinding struct {
		Rule     string `json:"rule"`
		Severity string `json:"severity"`
		Party    string `json:"party"`
		Line     int64  `json:"line"`
		Seq      int64  `json:"seq"`
		Object   string `json:"object"`
		Message  string `json:"message"`
	}
	jsonWaived struct {
		jsonFinding
		Reason string `json:"reason"`
	}
	jsonWaiver struct {
		Rule   string `json:"rule"`
		Party  string `json:"party"`
		Reason string `json:"reason"`
		N      int    `json:"n"`
	}
	jsonRule struct {
		Verdict string `json:"verdict"`
		N       int64  `json:"n"`
	}
	jsonError struct {
		File    string `json:"file"`
		Line    int64  `json:"line"`
		Column  int64  `json:"column"`
		Message string `json:"message"`
	}
)

// WriteJSON writes a result as one line of JSON: the trace's verdict, its findings, and those that are waived, at most max of each unless
// that is 0, how many findings each waiver took, and what became of every rule that is checked.
func (r *Result) WriteJSON(w io.Writer, max int) error {
	out := jsonResult{Trace: r.Trace, Verdict: r.Verdict, Events: r.Events, Objects: r.Objects, Findings: []jsonFinding{}, Rules: map[string]jsonRule{}}
	for n, f := range r.Findings {
		if max > 0 && n >= max {
			break
		}
		out.Findings = append(out.Findings, jsonOf(&f))
	}
	for n, f := range r.Waived {
		if max > 0 && n >= max {
			break
		}
		out.Waived = append(out.Waived, jsonWaived{jsonOf(&f.Finding), f.Reason})
	}
	for n, v := range r.Profile.Waivers {
		out.Waivers = append(out.Waivers, jsonWaiver{v.Rule, v.Party.String(), v.Reason, r.Waivers[n]})
	}
	for _, v := range r.Rules {
		out.Rules[v.Rule.ID] = jsonRule{v.Verdict.String(), v.N}
	}
	if r.Err != nil {
		out.Error = &jsonError{r.Err.File, r.Err.Line, r.Err.Column, r.Err.Text}
	}
	line, err := encodeLine(out)
	if err != nil {
		return err
	}
	_, err = w.Write(line)
	return err
}

func jsonOf(f *model.Finding) jsonFinding {
	return jsonFinding{f.Rule.ID, f.Severity.String(), f.Party.String(), f.Line, f.Seq, f.Object, f.Message}
}

// encodeLine writes a value as one line of JSON, with "<" and ">" as they are.
func encodeLine(v any) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return []byte(b.String()), err
}
