package trace

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"mapilife/model"
)

// The JSON form of a result: one object a trace. It has everything that a report needs.
type (
	jsonResult struct {
		Trace    string              `json:"trace"`
		Verdict  Verdict             `json:"verdict"`
		Events   int64               `json:"events"`
		Objects  int64               `json:"objects"`
		Findings []jsonFinding       `json:"findings"`
		Known    []jsonKnown         `json:"known,omitempty"`
		Waivers  []jsonWaiver        `json:"waivers,omitempty"`
		Left     int                 `json:"left,omitempty"`
		Omitted  int                 `json:"omitted,omitempty"`
		Rules    map[string]jsonRule `json:"rules"`
		Error    *jsonError          `json:"error,omitempty"`
	}
	jsonFinding struct {
		Rule        string     `json:"rule"`
		Severity    string     `json:"severity"`
		Party       string     `json:"party"`
		Line        int64      `json:"line"`
		Seq         int64      `json:"seq"`
		Object      string     `json:"object"`
		Message     string     `json:"message"`
		Fingerprint string     `json:"fingerprint"`
		PID         int64      `json:"pid"`
		Call        string     `json:"call"`
		Kind        string     `json:"kind"`
		Birth       string     `json:"birth"`
		Serial      uint32     `json:"serial"`
		Allowed     string     `json:"allowed"`
		History     []jsonPast `json:"history"`
		Implied     []string   `json:"implied"`
		Again       []int64    `json:"again"`
		More        int64      `json:"more"`
	}
	jsonPast struct {
		Line int64  `json:"line"`
		Text string `json:"text"`
	}
	jsonKnown struct {
		jsonFinding
		Reason string `json:"reason"`
		Waived bool   `json:"waived,omitempty"`
	}
	jsonWaiver struct {
		Rule   string `json:"rule"`
		Party  string `json:"party"`
		Reason string `json:"reason"`
		N      int    `json:"n"`
	}
	jsonRule struct {
		Verdict string        `json:"verdict"`
		N       int64         `json:"n"`
		Why     *model.Reason `json:"why,omitempty"`
	}
	jsonError struct {
		File    string `json:"file"`
		Line    int64  `json:"line"`
		Column  int64  `json:"column"`
		Message string `json:"message"`
	}
)

// WriteJSON writes a result as one line of JSON: the trace's verdict, its findings, at most max of them unless that is 0, and what became
// of every rule that is checked.
func (r *Result) WriteJSON(w io.Writer, max int) error {
	out := jsonResult{
		Trace: r.Trace, Verdict: r.Verdict, Events: r.Events, Objects: r.Objects, Findings: []jsonFinding{}, Left: r.Left, Rules: map[string]jsonRule{},
	}
	for n := range r.Findings {
		if max > 0 && n >= max {
			out.Omitted = len(r.Findings) - n
			break
		}
		out.Findings = append(out.Findings, toJSON(&r.Findings[n]))
	}
	for n := range r.Known {
		out.Known = append(out.Known, jsonKnown{toJSON(&r.Known[n].Finding), r.Known[n].Reason, r.Known[n].Waived})
	}
	for _, v := range r.Waivers {
		out.Waivers = append(out.Waivers, jsonWaiver{v.Rule, v.Party.String(), v.Reason, v.N})
	}
	for _, v := range r.Rules {
		out.Rules[v.Rule.ID] = jsonRule{v.Verdict.String(), v.N, v.Why}
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

func toJSON(f *model.Finding) jsonFinding {
	history := make([]jsonPast, len(f.History))
	for n, h := range f.History {
		history[n] = jsonPast(h)
	}
	return jsonFinding{
		Rule: f.Rule.ID, Severity: f.Severity.String(), Party: f.Party.String(), Line: f.Line, Seq: f.Seq, Object: f.Object, Message: f.Message,
		Fingerprint: Fingerprint(f), PID: f.PID, Call: f.Call, Kind: f.Kind, Birth: f.Birth, Serial: f.Serial, Allowed: f.Legal,
		History: history, Implied: append([]string{}, f.Implied...), Again: append([]int64{}, f.Again...), More: f.More,
	}
}

// ParseResult reads a line that WriteJSON has written without a limit. The rules are those of the specification.
func ParseResult(line []byte, rules []*model.Rule) (*Result, error) {
	var in jsonResult
	if err := json.Unmarshal(line, &in); err != nil {
		return nil, err
	}
	switch in.Verdict {
	case Conforms, Breaks, Unjudged, Accepted:
	default:
		return nil, fmt.Errorf("%q is no verdict of a trace", in.Verdict)
	}
	if in.Omitted > 0 {
		return nil, fmt.Errorf("%s left out: write it without --max-findings", count(in.Omitted, "finding"))
	}
	r := &Result{Trace: in.Trace, Verdict: in.Verdict, Events: in.Events, Objects: in.Objects, Left: in.Left}
	for n := range in.Findings {
		f, err := in.Findings[n].finding(rules)
		if err != nil {
			return nil, err
		}
		r.Findings = append(r.Findings, f)
	}
	for n := range in.Known {
		f, err := in.Known[n].finding(rules)
		if err != nil {
			return nil, err
		}
		r.Known = append(r.Known, Known{f, in.Known[n].Reason, in.Known[n].Waived})
	}
	for _, v := range in.Waivers {
		side, _ := model.ParseSide(v.Party)
		r.Waivers = append(r.Waivers, WaiverUse{model.Waiver{Rule: v.Rule, Party: side, Reason: v.Reason}, v.N})
	}
	for _, rule := range rules {
		told, ok := in.Rules[rule.ID]
		if !ok {
			continue
		}
		v, ok := model.ParseVerdict(told.Verdict)
		if !ok {
			return nil, fmt.Errorf("%q is no verdict of a rule", told.Verdict)
		}
		r.Rules = append(r.Rules, RuleVerdict{rule, v, told.N, told.Why})
	}
	if len(r.Rules) != len(in.Rules) {
		return nil, errors.New("it has a rule that this version of the checker does not know")
	}
	if in.Error != nil {
		r.Err = &Error{in.Error.File, in.Error.Line, in.Error.Column, in.Error.Message}
	}
	if (r.Verdict == Unjudged) != (r.Err != nil) {
		return nil, errors.New("a trace has an error if it is unjudged, and only then")
	}
	return r, nil
}

func (j *jsonFinding) finding(rules []*model.Rule) (model.Finding, error) {
	n := slices.IndexFunc(rules, func(r *model.Rule) bool { return r.ID == j.Rule })
	if n < 0 {
		return model.Finding{}, fmt.Errorf("%q is no rule that this version of the checker knows", j.Rule)
	}
	severity, ok := model.ParseSeverity(j.Severity)
	if !ok {
		return model.Finding{}, fmt.Errorf("%q is no severity", j.Severity)
	}
	var party model.Side
	for name := range strings.SplitSeq(j.Party, ", ") {
		side, ok := model.ParseSide(name)
		if !ok {
			return model.Finding{}, fmt.Errorf("%q is no party", name)
		}
		party |= side
	}
	f := model.Finding{
		Rule: rules[n], Severity: severity, Party: party, PID: j.PID, Line: j.Line, Seq: j.Seq, Call: j.Call, Object: j.Object, Kind: j.Kind,
		Birth: j.Birth, Serial: j.Serial, Message: j.Message, Legal: j.Allowed, Implied: j.Implied, Again: j.Again, More: j.More,
	}
	for _, h := range j.History {
		f.History = append(f.History, model.Past(h))
	}
	if j.Fingerprint != Fingerprint(&f) {
		return f, fmt.Errorf("the finding of line %d has not the fingerprint of its own call: another version of the checker has written it", j.Line)
	}
	return f, nil
}
