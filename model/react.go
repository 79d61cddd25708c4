package model

import (
	"fmt"
	"math/bits"
)

// Much of what a call sets off is decided before the world is looked at: by who makes it, and by whether another call encloses it. This
// file decides it once, for each operation, so that a step looks at what can apply only.

// A caller is who makes a call, as far as a step distinguishes.
type caller struct {
	side  Side
	outer Tri // whether no call encloses it
}

const callers = 21

// callerOf numbers callers: each side, and none of them, with another call around it, perhaps, or without.
func callerOf(maker Side, outer Tri) int {
	n := 6
	if maker != NoSide {
		n = bits.TrailingZeros8(uint8(maker))
	}
	return n + 7*int(outer+1)
}

func callerNumber(n int) caller {
	c := caller{outer: Tri(n/7) - 1}
	if n %= 7; n < 6 {
		c.side = 1 << n
	}
	return c
}

// decide is what a condition comes to for calls of that caller: Unknown where it depends on more.
func (c caller) decide(x Cond, p Profile) Tri {
	switch x.Is {
	case always:
		return Yes
	case allOf:
		answer := Yes
		for _, part := range x.Parts {
			answer = answer.And(c.decide(part, p))
		}
		return answer
	case anyOf:
		answer := No
		for _, part := range x.Parts {
			answer = answer.Or(c.decide(part, p))
		}
		return answer
	case notOf:
		return c.decide(x.Parts[0], p).Not()
	case atEntry: // the caller is the same then
		return c.decide(x.Parts[0], p)
	case madeBy:
		return triOf(c.side&x.Sides != 0)
	case reading:
		return triOf(p.Has(x.Read))
	case outermost:
		return c.outer
	case within, directly, withinOn, passedIn:
		if c.outer == Yes {
			return No
		}
	}
	return Unknown
}

// A reaction is what a trigger sets off for calls of one caller.
type reaction struct {
	outcome   Outcome
	near      bool // it depends on nothing but a quietKey
	registers bool
	codes     []HResult
	conds     []condFn // what the trigger still depends on
	guards    []*guard
	dues      []*due
	proofs    []*duty
	pays      []*duty
	lives     []lifeEvent
	trigger   *trigger
}

// reactions are those to one operation and caller: all, and those that are not near, and those that are near and may prove a suspicion,
// which is not.
type reactions struct {
	all     []*reaction
	far     []*reaction
	proving []*reaction
	loud    bool // none is near
	begin   beginning
}

// A beginning is what conditions on the beginning of a call come to for one caller: what is known, and what has to be asked.
type beginning struct {
	known uint32 // two bits for each condition
	open  []openCond
	near  bool // they depend on nothing but a quietKey
}

type openCond struct {
	slot  int
	holds condFn
}

// An entryCond is a condition on the beginning of a call.
type entryCond struct {
	def   Cond
	holds condFn
}

// react works out the reactions of every operation, in both phases, to every caller.
func (c *compiler) react() {
	pr := c.pr
	seen := map[string][callers]reactions{}
	for phase, by := range [...][][]*trigger{Entering: pr.enter, Returning: pr.leave} {
		pr.reactions[phase] = make([][callers]reactions, len(by))
		for op, triggers := range by {
			key := fmt.Sprint(ops.ops[op].Class)
			for _, t := range triggers {
				key += fmt.Sprintf("%p ", t)
			}
			list, ok := seen[key]
			if !ok {
				for n := range list {
					list[n] = pr.reactionsOf(OpID(op), triggers, callerNumber(n))
				}
				seen[key] = list
			}
			for n := range list {
				if Phase(phase) == Entering {
					list[n].begin = pr.beginningOf(OpID(op), callerNumber(n))
				}
			}
			pr.reactions[phase][op] = list
		}
	}
}

func (pr *Program) reactionsOf(op OpID, triggers []*trigger, by caller) (list reactions) {
	for _, t := range triggers {
		r := &reaction{outcome: t.def.Outcome, codes: t.def.Codes, registers: t.registers, proofs: t.proofs, pays: t.pays, lives: t.lives, trigger: t}
		possible := Yes
		for i, part := range t.parts() {
			answer := by.decide(part, pr.Profile)
			if possible = possible.And(answer); answer == Unknown {
				r.conds = append(r.conds, t.conds[i])
			}
		}
		if possible == No {
			continue
		}
		for _, g := range t.guards {
			if by.decide(g.def.If, pr.Profile) != No && !(g.of == CallingObject && by.outer == Yes) {
				r.guards = append(r.guards, g)
			}
		}
		for i := range t.dues {
			if by.decide(t.dues[i].def.If, pr.Profile) != No {
				r.dues = append(r.dues, &t.dues[i])
			}
		}
		for _, r := range r.halves(op, by, pr.Profile) {
			list.all = append(list.all, r)
			if !r.near {
				list.far = append(list.far, r)
			} else if len(r.proofs) > 0 {
				list.proving = append(list.proving, r)
			}
		}
	}
	list.loud = len(list.far) == len(list.all)
	return list
}

// beginningOf works out what the conditions on the beginning of an operation come to.
func (pr *Program) beginningOf(op OpID, by caller) beginning {
	b := beginning{near: true}
	for slot, e := range pr.entryConds[op] {
		if e.holds == nil {
			continue
		}
		answer := by.decide(e.def, pr.Profile)
		if answer != Unknown {
			b.known |= uint32(answer+1) << (2 * slot)
			continue
		}
		b.open = append(b.open, openCond{slot, e.holds})
		b.near = b.near && e.def.near(by, pr.Profile)
	}
	return b
}

// parts are the conditions that a trigger makes, all of which hold where it goes off.
func (t *trigger) parts() []Cond {
	switch {
	case t.def.Cond.zero():
		return nil
	case t.def.Cond.Is == allOf:
		return t.def.Cond.Parts
	}
	return []Cond{t.def.Cond}
}
