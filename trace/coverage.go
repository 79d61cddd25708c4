package trace

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"mapilife/model"
)

// A Coverage is what a suite of traces has shown together: which rules it had judged, and which rows of the lifecycles its objects took.
type Coverage struct {
	Traces map[Verdict]int // how many traces came to what; what could not be judged adds nothing else

	checker *Checker
	parties model.Side
	verdict map[string]map[model.Verdict]int // of how many traces, by rule
	lives   []*livesCoverage
	last    map[uint32]map[*livesCoverage]int // the row that each object of the current trace took last, by its serial
}

// livesCoverage is what objects did in one lifecycle.
type livesCoverage struct {
	life  *model.Lifecycle
	rows  []RowCoverage
	pairs []PairCoverage
}

// RowCoverage is how often a legal row of a lifecycle was taken from one of its states.
type RowCoverage struct {
	From  string `json:"from"`
	Event string `json:"event"`
	To    string `json:"to"`
	Taken int    `json:"taken"`
	now   int    // in the current trace
}

func (r RowCoverage) String() string { return r.From + " -> " + r.To + ", when " + r.Event }

// end ends the current trace.
func (r *RowCoverage) end(counts bool) {
	if counts {
		r.Taken += r.now
	}
	r.now = 0
}

// PairCoverage is how often one object took a row and then another, the numbers of its lifecycle's rows. There is one wherever the first row
// leads to where the second begins; not all of them may be possible.
type PairCoverage struct {
	First  int `json:"first"`
	Second int `json:"second"`
	Taken  int `json:"taken"`
	now    int // in the current trace
}

// end ends the current trace.
func (p *PairCoverage) end(counts bool) {
	if counts {
		p.Taken += p.now
	}
	p.now = 0
}

// NewCoverage makes a checker for a suite, and what adds up the results. Only rules that the options' parties owe count. The checker judges
// one trace at a time.
func NewCoverage(o Options) (*Coverage, error) {
	v := &Coverage{Traces: map[Verdict]int{}, parties: o.Parties, verdict: map[string]map[model.Verdict]int{}}
	o.Taken = v.take
	o.Parties = 0 // whose findings they are does not matter
	var err error
	if v.checker, err = NewChecker(o); err != nil {
		return nil, err
	}
	v.last = map[uint32]map[*livesCoverage]int{}
	for _, l := range v.checker.program.Spec.Lifecycles {
		v.lives = append(v.lives, rowsOf(l))
	}
	return v, nil
}

// rowsOf lists the legal rows of a lifecycle, one for each state that they leave, and which of them can follow which.
func rowsOf(l *model.Lifecycle) *livesCoverage {
	c := &livesCoverage{life: l}
	for i := range l.Rows {
		r := &l.Rows[i]
		from := r.Sources()
		switch {
		case !r.IsLegal():
			continue
		case r.Births():
			from = []string{model.NewState}
		}
		for _, state := range from {
			to := r.To
			if to == "" {
				to = state
			}
			c.rows = append(c.rows, RowCoverage{From: state, Event: r.On.Name, To: to})
		}
	}
	for first, a := range c.rows {
		for second, b := range c.rows {
			if a.To == b.From {
				c.pairs = append(c.pairs, PairCoverage{First: first, Second: second})
			}
		}
	}
	return c
}

// Checker judges the traces of the suite.
func (v *Coverage) Checker() *Checker { return v.checker }

// take notes a row that an object of the current trace has taken. What was not legal, and what only an uncertain move can have led to, is in no
// pair.
func (v *Coverage) take(x model.Taken) {
	c := v.lives[slices.IndexFunc(v.lives, func(c *livesCoverage) bool { return c.life.Name == x.Life.Name })]
	lasts := v.last[x.Serial]
	if lasts == nil {
		lasts = map[*livesCoverage]int{}
		v.last[x.Serial] = lasts
	}
	row := slices.IndexFunc(c.rows, func(r RowCoverage) bool { return r.From == x.From && r.Event == x.Event && r.To == x.To })
	if x.Breaking || row < 0 {
		delete(lasts, c)
		return
	}
	if before, ok := lasts[c]; ok {
		if pair := slices.IndexFunc(c.pairs, func(p PairCoverage) bool { return p.First == before && p.Second == row }); pair >= 0 {
			c.pairs[pair].now++
		}
	}
	c.rows[row].now++
	lasts[c] = row
}

// Add adds what the checker has just found in a trace. A trace that could not be judged adds nothing.
func (v *Coverage) Add(r *Result) {
	v.Traces[r.Verdict]++
	for _, c := range v.lives {
		for i := range c.rows {
			c.rows[i].end(r.Err == nil)
		}
		for i := range c.pairs {
			c.pairs[i].end(r.Err == nil)
		}
	}
	if r.Err == nil {
		for _, x := range r.Rules {
			if v.verdict[x.Rule.ID] == nil {
				v.verdict[x.Rule.ID] = map[model.Verdict]int{}
			}
			v.verdict[x.Rule.ID][x.Verdict]++
		}
	}
	clear(v.last)
}

// RuleCoverage is what a suite has shown of a rule.
type RuleCoverage struct {
	Rule   *model.Rule
	Shown  model.Verdict         // the most telling: violated or held, then open, not exercised, and not observable where no trace shows more
	Traces map[model.Verdict]int // of how many traces each verdict is
}

// Rules is what the suite has shown of each rule that counts, in the order of the registry.
func (v *Coverage) Rules() []RuleCoverage {
	var list []RuleCoverage
	for _, r := range v.checker.Rules() {
		if !r.Checked() || v.parties != 0 && r.Owes&v.parties == 0 {
			continue
		}
		c := RuleCoverage{r, model.NotObservable, v.verdict[r.ID]}
		for _, verdict := range []model.Verdict{model.NotExercised, model.Open, model.Held, model.Violated} {
			if c.Traces[verdict] > 0 {
				c.Shown = verdict
			}
		}
		list = append(list, c)
	}
	return list
}

// A Share is a part of a whole.
type Share struct {
	Part    int     `json:"part"`
	Whole   int     `json:"whole"`
	Percent float64 `json:"percent"` // 0 of nothing
}

func share(part, whole int) Share {
	s := Share{Part: part, Whole: whole}
	if whole > 0 {
		s.Percent = 100 * float64(part) / float64(whole)
	}
	return s
}

func (s Share) String() string { return fmt.Sprintf("%d of %d (%.1f %%)", s.Part, s.Whole, s.Percent) }

// Judged is how many rules were held or violated, of those that some trace of the suite shows enough of: what no trace can show no test can
// exercise.
func (v *Coverage) Judged() Share {
	judged, observable := 0, 0
	for _, c := range v.Rules() {
		if c.Shown != model.NotObservable {
			observable++
		}
		if c.Shown == model.Held || c.Shown == model.Violated {
			judged++
		}
	}
	return share(judged, observable)
}

// Rows is how many legal rows of the lifecycles were taken, and Pairs how many pairs of rows that one object can take one after the other.
func (v *Coverage) Rows() (rows, pairs Share) {
	var taken, all [2]int
	for _, c := range v.lives {
		r, p := c.shares()
		taken[0], all[0] = taken[0]+r.Part, all[0]+r.Whole
		taken[1], all[1] = taken[1]+p.Part, all[1]+p.Whole
	}
	return share(taken[0], all[0]), share(taken[1], all[1])
}

func (c *livesCoverage) shares() (rows, pairs Share) {
	r, p := 0, 0
	for _, x := range c.rows {
		r += min(x.Taken, 1)
	}
	for _, x := range c.pairs {
		p += min(x.Taken, 1)
	}
	return share(r, len(c.rows)), share(p, len(c.pairs))
}

// WriteText writes what the suite has shown for a reader: the sums, and then what is missing, so that one sees which tests to add.
func (v *Coverage) WriteText(w io.Writer) error {
	var b strings.Builder
	rules := v.Rules()
	shown := map[model.Verdict]int{}
	for _, c := range rules {
		shown[c.Shown]++
	}
	rows, pairs := v.Rows()
	fmt.Fprintf(&b, "%s: %d conforming, %d violated, %d unjudged\n", count(v.Traces[Conforms]+v.Traces[Breaks]+v.Traces[Unjudged], "trace"),
		v.Traces[Conforms], v.Traces[Breaks], v.Traces[Unjudged])
	fmt.Fprintf(&b, "rules:  %s observable ones judged: %d held, %d violated; %d open, %d not exercised; %d more not observable\n",
		v.Judged(), shown[model.Held], shown[model.Violated], shown[model.Open], shown[model.NotExercised], shown[model.NotObservable])
	fmt.Fprintf(&b, "rows:   %s legal rows of the lifecycles taken\n", rows)
	fmt.Fprintf(&b, "pairs:  %s pairs of rows taken, one after the other by one object\n", pairs)

	v.writeRules(&b, rules, "Violated", model.Violated, func(c RuleCoverage) string { return "in " + count(c.Traces[model.Violated], "trace") })
	v.writeRules(&b, rules, "Open: what is owed when the recording stops; record to the end of the process", model.Open, func(RuleCoverage) string { return "" })
	v.writeRules(&b, rules, "Not exercised: a test would bring about one of these", model.NotExercised, func(c RuleCoverage) string {
		moments := v.checker.program.Spec.Moments(c.Rule, v.checker.program.Profile)
		if moments == nil {
			return "not by any test under this profile, but under another reading of " + strings.Join(c.Rule.Switches(), ", ")
		}
		return "when " + strings.Join(moments, ", ")
	})
	v.writeUnseen(&b, rules)
	v.writeRows(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// writeRules lists the rules of which the suite shows the verdict, by who owes them.
func (v *Coverage) writeRules(b *strings.Builder, rules []RuleCoverage, heading string, verdict model.Verdict, note func(RuleCoverage) string) {
	byOwner := map[model.Side][]RuleCoverage{}
	var owners []model.Side
	for _, c := range rules {
		if c.Shown != verdict {
			continue
		}
		if byOwner[c.Rule.Owes] == nil {
			owners = append(owners, c.Rule.Owes)
		}
		byOwner[c.Rule.Owes] = append(byOwner[c.Rule.Owes], c)
	}
	if owners == nil {
		return
	}
	slices.Sort(owners)
	fmt.Fprintf(b, "\n%s\n", heading)
	for _, owner := range owners {
		fmt.Fprintf(b, "\n  owed by %s\n", owner)
		for _, c := range byOwner[owner] {
			fmt.Fprintf(b, "    %-7s %s\n", c.Rule.ID, c.Rule.Says)
			if text := note(c); text != "" {
				fmt.Fprintf(b, "            %s\n", text)
			}
		}
	}
}

// writeUnseen lists the rules that no trace shows enough of, by what a recording would have to observe.
func (v *Coverage) writeUnseen(b *strings.Builder, rules []RuleCoverage) {
	byNeeds := map[string][]string{}
	for _, c := range rules {
		if c.Shown == model.NotObservable {
			byNeeds[c.Rule.Observing()] = append(byNeeds[c.Rule.Observing()], c.Rule.ID)
		}
	}
	if len(byNeeds) == 0 {
		return
	}
	b.WriteString("\nNot observable: these interfaces are not all observed, or show too little; checker check --explain-verdicts says what is missing\n\n")
	for _, needs := range sortedKeys(byNeeds) {
		fmt.Fprintf(b, "    %s: %s\n", needs, strings.Join(byNeeds[needs], " "))
	}
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// writeRows lists the rows that no object has taken.
func (v *Coverage) writeRows(b *strings.Builder) {
	b.WriteString("\nRows not taken\n")
	for _, c := range v.lives {
		rows, pairs := c.shares()
		fmt.Fprintf(b, "\n  %s: rows %s, pairs %s\n", c.life.Name, rows, pairs)
		for _, r := range c.rows {
			if r.Taken == 0 {
				fmt.Fprintf(b, "    %s\n", r)
			}
		}
	}
}

// WriteJSON writes what the suite has shown as one JSON object.
func (v *Coverage) WriteJSON(w io.Writer) error {
	type rule struct {
		Shown  string         `json:"shown"`
		Party  string         `json:"party"`
		Traces map[string]int `json:"traces"` // by verdict
	}
	type life struct {
		Rows  []RowCoverage  `json:"rows"`
		Pairs []PairCoverage `json:"pairs"`
	}
	rows, pairs := v.Rows()
	out := struct {
		Profile    string          `json:"profile"`
		Traces     map[Verdict]int `json:"traces"`
		Judged     Share           `json:"judged"` // rules judged, of those that are observable
		Rows       Share           `json:"rows"`
		Pairs      Share           `json:"pairs"`
		Rules      map[string]rule `json:"rules"`
		Lifecycles map[string]life `json:"lifecycles"`
	}{v.checker.program.Profile.Name, map[Verdict]int{}, v.Judged(), rows, pairs, map[string]rule{}, map[string]life{}}
	for _, verdict := range []Verdict{Conforms, Breaks, Unjudged} {
		out.Traces[verdict] = v.Traces[verdict]
	}
	for _, c := range v.Rules() {
		r := rule{c.Shown.String(), c.Rule.Owes.String(), map[string]int{}}
		for verdict, n := range c.Traces {
			r.Traces[verdict.String()] = n
		}
		out.Rules[c.Rule.ID] = r
	}
	for _, c := range v.lives {
		out.Lifecycles[c.life.Name] = life{c.rows, c.pairs}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(out)
}
