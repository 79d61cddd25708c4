package explore

import (
	"fmt"
	"slices"
	"strings"

	"mapilife/model"
)

// Without is the specification without a rule: nothing breaks it any more.
func Without(spec *model.Spec, id string) (*model.Spec, error) {
	n := slices.IndexFunc(spec.Rules, func(r *model.Rule) bool { return r.ID == id })
	if n < 0 || !spec.Rules[n].Checked() {
		return nil, fmt.Errorf("there is no rule %q that is checked: see 'checker rules'", id)
	}
	drop := func(ids string) string {
		return strings.Join(slices.DeleteFunc(strings.Fields(ids), func(x string) bool { return x == id }), " ")
	}
	out := &model.Spec{}
	for _, r := range spec.Rules {
		c := *r
		c.Guards, c.Duties = slices.Clone(r.Guards), slices.Clone(r.Duties)
		for i := range c.Guards {
			c.Guards[i].Implies = drop(c.Guards[i].Implies)
		}
		for i := range c.Duties {
			c.Duties[i].Implies = drop(c.Duties[i].Implies)
		}
		if c.ID == id {
			c.Guards, c.Duties, c.Excluded = nil, nil, "It is left out."
		}
		out.Rules = append(out.Rules, &c)
	}
	for _, l := range spec.Lifecycles {
		c := *l
		c.Rows = nil
		for _, r := range l.Rows {
			was := r
			if r.Breaks, r.Holds = drop(r.Breaks), drop(r.Holds); r.Breaks == "" && was.Breaks != "" { // it happens all the same
				r.Soft, r.Early, r.Wrong, r.Legal = model.Reading{}, false, "", ""
			}
			if r.To == "" && r.Breaks+r.Holds == "" && r.Breaks+r.Holds != was.Breaks+was.Holds {
				continue // there is nothing left of it
			}
			c.Rows = append(c.Rows, r)
		}
		out.Lifecycles = append(out.Lifecycles, &c)
	}
	return out, nil
}
