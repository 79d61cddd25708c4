package trace

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"mapilife/model"
)

// Show says how much of a result is written as text.
type Show struct {
	Quiet bool // the summary only
	Max   int  // at most so many findings; 0: all
	Color bool // for a terminal
}

// WriteText writes a result for a reader: its findings, each with the history of its object, and a summary that always counts everything.
// Findings about one object stand together, each under the first of them. Why a trace is unjudged stands in Result.Err and is not written
// here.
func (r *Result) WriteText(w io.Writer, show Show) error {
	var b strings.Builder
	p := palette{show.Color}
	shown := 0
	for _, group := range r.groups() {
		if show.Quiet || show.Max > 0 && shown == show.Max {
			break
		}
		for n, f := range group {
			if show.Max > 0 && shown == show.Max {
				break
			}
			first := f
			if n > 0 {
				first = group[0]
			}
			r.writeFinding(&b, p, f, first)
			shown++
		}
		b.WriteByte('\n')
	}
	for n := range r.Known {
		if k := &r.Known[n]; k.Waived && !show.Quiet && (show.Max == 0 || shown < show.Max) {
			r.writeWaived(&b, p, k)
			shown++
		}
	}
	if left := len(r.Findings) - shown; left > 0 && !show.Quiet {
		fmt.Fprintf(&b, "%s: %s not shown\n\n", r.Trace, count(left, "more finding"))
	}
	r.writeReasons(&b)
	b.WriteString(r.summary(p))
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}

// Explain is the text of one finding.
func (r *Result) Explain(f *model.Finding) string {
	var b strings.Builder
	r.writeFinding(&b, palette{}, f, f)
	return b.String()
}

// groups puts findings about one object together, in the order of the first of each. What goes wrong with an object after a fault is often
// that fault's consequence. A process is too much to be one thing.
func (r *Result) groups() [][]*model.Finding {
	var groups [][]*model.Finding
	of := map[uint32]int{}
	for n := range r.Findings {
		f := &r.Findings[n]
		if g, ok := of[f.Serial]; ok {
			groups[g] = append(groups[g], f)
			continue
		}
		if f.Serial != 0 && f.Kind != model.ProcessObject.String() {
			of[f.Serial] = len(groups)
		}
		groups = append(groups, []*model.Finding{f})
	}
	return groups
}

// writeFinding writes one finding: where, what, the object's own history, what was allowed, who owes it, and by which page. Of a finding
// that is not the first about its object, the history goes on where that of the first ends.
func (r *Result) writeFinding(b *strings.Builder, p palette, f, first *model.Finding) {
	line := func(label, text string) { fmt.Fprintf(b, "    %s%s\n", p.label(fmt.Sprintf("%-10s", label)), text) }
	fmt.Fprintf(b, "%s %s %s: %s\n", p.place(fmt.Sprintf("%s:%d:", r.Trace, f.Line)), p.place(f.Rule.ID), p.severity(f.Severity), f.Message)
	history := f.History
	if f != first {
		label := "after:"
		if f.Line == first.Line {
			label = "with:"
		}
		line(label, fmt.Sprintf("%s in line %d, on the same object", first.Rule.ID, first.Line))
		history = slices.DeleteFunc(slices.Clone(history), func(h model.Past) bool { return slices.Contains(first.History, h) })
	}
	if f.More > 0 {
		line("again:", againText(f))
	}
	if f.Object != "" && len(history) > 0 {
		line("history:", f.Object)
		for _, h := range history {
			line("", fmt.Sprintf("line %d: %s", h.Line, h.Text))
		}
	}
	line("allowed:", f.Legal)
	line("owed by:", f.Party.String())
	level := f.Rule.Level.String()
	if strength, fixed := r.Profile.Strength(f.Rule); fixed || strength != f.Rule.Level {
		level += fmt.Sprintf("; %s by the profile %s", strength, r.Profile.Name)
	} else if f.Rule.Level == model.Must && f.Severity != model.Error {
		level += ", though other pages differ: see checker explain " + f.Rule.ID
	}
	line("rule:", fmt.Sprintf("%s (%s)", f.Rule.Says, level))
	if len(f.Implied) > 0 {
		line("breaks:", strings.Join(f.Implied, ", ")+" as well")
	}
	line("page:", f.Rule.Sources()[0].Address())
}

// writeWaived writes a finding that the profile waives, and why it does.
func (r *Result) writeWaived(b *strings.Builder, p palette, k *Known) {
	var text strings.Builder
	r.writeFinding(&text, p, &k.Finding, &k.Finding)
	head, rest, _ := strings.Cut(text.String(), "\n")
	fmt.Fprintf(b, "%s\n    %s%s\n%s\n", head, p.label(fmt.Sprintf("%-10s", "waived:")), k.Reason, rest)
}

// writeReasons writes why each rule has its verdict, where that was asked for.
func (r *Result) writeReasons(b *strings.Builder) {
	if !slices.ContainsFunc(r.Rules, func(v RuleVerdict) bool { return v.Why != nil }) {
		return
	}
	fmt.Fprintf(b, "%s: why each rule has its verdict\n", r.Trace)
	for _, verdict := range []model.Verdict{model.Violated, model.Held, model.Open, model.NotExercised, model.NotObservable} {
		for _, v := range r.Rules {
			if v.Why != nil && v.Verdict == verdict {
				fmt.Fprintf(b, "    %-14s  %-7s %s\n", verdict, v.Rule.ID, v.Why.Text)
			}
		}
	}
	b.WriteByte('\n')
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
func (r *Result) Summary() string { return r.summary(palette{}) }

func (r *Result) summary(p palette) string {
	severities := map[model.Severity]int{}
	for _, f := range r.Findings {
		severities[f.Severity]++
	}
	verdicts := map[model.Verdict]int{}
	for _, v := range r.Rules {
		verdicts[v.Verdict]++
	}
	left := ""
	if r.Left > 0 { // or the rules would seem to contradict the findings
		left = fmt.Sprintf(" (and %d left out, as asked)", r.Left)
	}
	known, waived := 0, 0
	for _, k := range r.Known {
		if k.Waived {
			waived++
		} else {
			known++
		}
	}
	if waived > 0 {
		left = fmt.Sprintf(" (and %d waived)", waived) + left
	}
	if known > 0 {
		left = fmt.Sprintf(" (and %d known)", known) + left
	}
	with := ""
	if r.Verdict == Conforms || r.Verdict == Accepted {
		var parts []string
		for _, s := range [...]model.Severity{model.Warning, model.Note} {
			if n := severities[s]; n > 0 {
				parts = append(parts, count(n, s.String()))
			}
		}
		if parts != nil {
			with = ", with " + strings.Join(parts, " and ")
		}
	}
	return fmt.Sprintf("%s: %s%s: %s, %s; %s: %s, %s, %s%s; rules: %d held, %d violated, %d open, %d not exercised, %d not observable",
		p.place(r.Trace), p.verdict(r.Verdict), with, count(int(r.Events), "event"), count(int(r.Objects), "object"), count(len(r.Findings), "finding"),
		count(severities[model.Error], "error"), count(severities[model.Warning], "warning"), count(severities[model.Note], "note"), left,
		verdicts[model.Held], verdicts[model.Violated], verdicts[model.Open], verdicts[model.NotExercised], verdicts[model.NotObservable])
}

// encodeLine writes a value as one line of JSON, with "<" and ">" as they are.
func encodeLine(v any) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return []byte(b.String()), err
}
