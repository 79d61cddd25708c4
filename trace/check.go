package trace

import (
	"errors"
	"io"
	"runtime"
	"slices"

	"mapilife/fsm"
	"mapilife/model"
)

// A Checker judges traces against the specification under one profile. It may be used for many traces, one after the other or at once.
type Checker struct {
	program *model.Program
	options Options
}

// Options say which findings count.
type Options struct {
	Profile  model.Profile  // the zero Profile is the lenient one
	Parties  model.Side     // findings of these sides only; none: of all
	Severity model.Severity // findings of this severity and above only

	Explain bool // say why each rule has its verdict

	Taken func(model.Taken) // is told of every row of a lifecycle that is certainly taken

	Witness func() Witness // makes what sees a trace while it is judged; nil: nobody does
}

// A Witness sees the records of a trace, each after the world has been stepped by it.
type Witness interface {
	Start(w *model.World) // before the first
	Saw(r *Record)
}

// NewChecker makes a checker of the specification.
func NewChecker(o Options) (*Checker, error) { return NewCheckerOf(model.Specification(), o) }

// NewCheckerOf makes a checker of another specification, such as one that was changed to see what notices.
func NewCheckerOf(spec *model.Spec, o Options) (*Checker, error) {
	if o.Profile.Name == "" {
		o.Profile = model.Lenient()
	}
	program, err := fsm.Program(spec, o.Profile)
	if err != nil {
		return nil, err
	}
	return &Checker{program, o}, nil
}

// Rules are the rules that the checker knows, checked or not.
func (c *Checker) Rules() []*model.Rule { return c.program.Spec.Rules }

// A Verdict is what a trace as a whole comes to.
type Verdict string

// The verdicts. A trace of which no rule could be judged, or that could not be read to its end, is unjudged.
const (
	Conforms Verdict = "conforms"
	Accepted Verdict = "accepted" // it breaks rules, and each of these errors was known
	Breaks   Verdict = "violated"
	Unjudged Verdict = "unjudged"
)

// A Result is what checking one trace found.
type Result struct {
	Trace    string
	Verdict  Verdict
	Events   int64
	Objects  int64
	Findings []model.Finding
	Known    []Known       // findings that do not count because they were known before, or are waived
	Left     int           // findings that do not count: of other sides, or less severe
	Rules    []RuleVerdict // of every checked rule, in the order of the registry
	Waivers  []WaiverUse   // of the profile
	Profile  model.Profile // by which the trace was judged
	Err      *Error        // why the trace is unjudged, or nil
	Witness  Witness       // who has seen it, or nil
}

// A WaiverUse is a waiver, and how many findings it took, those among them that are left out.
type WaiverUse struct {
	model.Waiver
	N int
}

// A Known is a finding that was known before, and why it may stay.
type Known struct {
	model.Finding
	Reason string
	Waived bool // by the profile
}

// Forgive takes the findings out of those that count for which known gives a reason to stay, and judges the trace by the others.
func (r *Result) Forgive(known func(*model.Finding) (reason string, ok bool)) {
	var left []model.Finding
	for n := range r.Findings {
		if reason, ok := known(&r.Findings[n]); ok {
			r.Known = append(r.Known, Known{r.Findings[n], reason, false})
		} else {
			left = append(left, r.Findings[n])
		}
	}
	r.Findings = left
	r.conclude()
}

// A RuleVerdict is what the trace shows of one rule.
type RuleVerdict struct {
	Rule    *model.Rule
	Verdict model.Verdict
	N       int64         // how often it was held, or violated
	Why     *model.Reason // where that was asked for, and the rule is owed by one of the parties
}

// Check reads a trace to its end and judges it.
func (c *Checker) Check(file string, in io.Reader) *Result {
	r := NewReader(file, in)
	var rec Record
	if err := r.Next(&rec); err != nil {
		r.Close()
		return c.result(file, nil, err)
	}
	run := c.Start(file, rec.Header)
	err, alone := error(nil), runtime.GOMAXPROCS(0) == 1 // then reading ahead gains nothing
	for n := 0; err == nil && (alone || n < aheadAfter); n++ {
		if err = r.Next(&rec); err == nil {
			err = run.Step(&rec)
		}
	}
	if err == nil {
		err = ahead(r, run.Step)
	} else {
		r.Close()
	}
	if err == io.EOF {
		err = nil
	}
	return run.End(err)
}

// Unread is the result for a trace that could not be opened.
func (c *Checker) Unread(file string, err error) *Result { return c.result(file, nil, err) }

// A Run judges one trace, a record at a time.
type Run struct {
	checker *Checker
	file    string
	world   *model.World
	names   calls
	event   model.Event
	witness Witness
}

// Start begins to judge a trace with that header.
func (c *Checker) Start(file string, h *Header) *Run {
	w := model.NewWorld(c.program, model.Observation{Observes: h.Observes, Partial: h.Partial})
	if c.options.Taken != nil {
		w.Watch(c.options.Taken)
	}
	if c.options.Explain {
		w.Explain()
	}
	r := &Run{checker: c, file: file, world: w}
	if c.options.Witness != nil {
		r.witness = c.options.Witness()
		r.witness.Start(w)
	}
	return r
}

// Step judges the next record. The error, if any, is an *Error: the record can not follow what came before.
func (r *Run) Step(rec *Record) error {
	r.names.toEvent(rec, &r.event)
	if err := r.world.Step(&r.event); err != nil {
		return &Error{File: r.file, Line: rec.Line, Text: err.Error()}
	}
	if r.witness != nil {
		r.witness.Saw(rec)
	}
	return nil
}

// End is the end of the trace. An error says why it could not be read or judged to its end.
func (r *Run) End(err error) *Result {
	result := r.checker.result(r.file, r.world, err)
	result.Witness = r.witness
	return result
}

// World is what the run has come to.
func (r *Run) World() *model.World { return r.world }

// Counts tells whether a finding is one of those that the options ask for.
func (c *Checker) Counts(f *model.Finding) bool {
	return (c.options.Parties == 0 || c.options.Parties&f.Party != 0) && f.Severity >= c.options.Severity
}

// result closes the world and sums up. The error is an *Error.
func (c *Checker) result(file string, w *model.World, err error) *Result {
	res := &Result{Trace: file, Profile: c.options.Profile}
	for _, v := range c.options.Profile.Waivers {
		res.Waivers = append(res.Waivers, WaiverUse{v, 0})
	}
	if err != nil {
		errors.As(err, &res.Err)
	}
	judged := false
	if w != nil {
		w.Finish()
		res.Events, res.Objects = w.Events(), w.Objects()
		for _, f := range w.Findings() {
			n, waived := c.options.Profile.Waiver(&f)
			if waived {
				res.Waivers[n].N++
			}
			switch {
			case !c.Counts(&f):
				res.Left++
			case waived:
				res.Known = append(res.Known, Known{f, c.options.Profile.Waivers[n].Reason, true})
			default:
				res.Findings = append(res.Findings, f)
			}
		}
		for _, rule := range c.program.Spec.Rules {
			if !rule.Checked() {
				continue
			}
			v, n := w.Verdict(rule.ID)
			verdict := RuleVerdict{Rule: rule, Verdict: v, N: n}
			if c.options.Explain && (c.options.Parties == 0 || c.options.Parties&rule.Owes != 0) {
				why := w.Why(rule.ID)
				verdict.Why = &why
			}
			res.Rules = append(res.Rules, verdict)
			judged = judged || v == model.Held || v == model.Violated
		}
	}
	if res.Err == nil && !judged {
		res.Err = &Error{File: file, Text: "no judgement: the recording exercises no rule that it observes enough of. See which interfaces its header observes"}
		if res.Events == 0 {
			res.Err.Text = "no judgement: the trace has a header and no events"
		}
	}
	res.conclude()
	return res
}

// conclude comes to the verdict.
func (r *Result) conclude() {
	severe := func(f model.Finding) bool { return f.Severity == model.Error }
	switch {
	case r.Err != nil:
		r.Verdict = Unjudged
	case slices.ContainsFunc(r.Findings, severe):
		r.Verdict = Breaks
	case slices.ContainsFunc(r.Known, func(k Known) bool { return severe(k.Finding) }):
		r.Verdict = Accepted
	default:
		r.Verdict = Conforms
	}
}
