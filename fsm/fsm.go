// Package fsm turns the lifecycles of package model into looplab state machines, and those into the tables that the checker runs on.
//
// The rows of a lifecycle are data. [Machine] makes a machine of them, one transition for each legal row and source state; [Compile]
// asks each machine once about every state and event and keeps the answers; [Program] hands them to the model. So what looplab/fsm
// makes of the rows decides every verdict, and no event pays for it: an Event call takes about a microsecond and five allocations, a
// look into the table a few nanoseconds. [Draw] draws the machines with looplab's visualisers.
//
// What looplab/fsm v1.0.3 does that its callers have to know, and how this package deals with it:
//
//   - An event that leads back to its own state returns NoTransitionError. That is a success here.
//   - Of two transitions with the same event and source the later one wins, silently. model.Validate refuses such rows.
//   - A callback under a name that is neither a state nor an event is dropped silently. There are no callbacks here.
//   - A context that is cancelled in the middle of a transition jams the machine for good. Only background contexts are used here.
//   - Callbacks run under the machine's locks.
//   - AvailableTransitions comes in the order of a map. It is not used here.
package fsm

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/looplab/fsm"

	"mapilife/model"
)

// Machine makes a machine of a lifecycle's legal rows. It starts before the object's birth, in model.NewState.
func Machine(l *model.Lifecycle) *fsm.FSM {
	return machine(l, func(event string) string { return event })
}

func machine(l *model.Lifecycle, name func(string) string) *fsm.FSM {
	var events fsm.Events
	for i := range l.Rows {
		r := &l.Rows[i]
		if !r.IsLegal() {
			continue
		}
		if r.Births() {
			events = append(events, fsm.EventDesc{Name: name(r.On.Name), Src: []string{model.NewState}, Dst: r.To})
		}
		for _, from := range r.Sources() {
			to := r.To
			if to == "" {
				to = from
			}
			events = append(events, fsm.EventDesc{Name: name(r.On.Name), Src: []string{from}, Dst: to})
		}
	}
	return fsm.NewFSM(model.NewState, events, nil)
}

// Ask puts a machine into a state and fires an event. It returns the state after it, and false if the event is not legal there.
func Ask(m *fsm.FSM, state, event string) (string, bool) {
	m.SetState(state)
	err := m.Event(context.Background(), event)
	var stays fsm.NoTransitionError
	if err != nil && !errors.As(err, &stays) {
		return state, false
	}
	return m.Current(), true
}

// Compile asks the machine of each lifecycle about every state and event.
func Compile(spec *model.Spec) model.Tables {
	tables := model.Tables{}
	for _, l := range spec.Lifecycles {
		m := Machine(l)
		states, events := l.StateNames(), l.Events()
		number := map[string]int8{}
		for i, s := range states {
			number[s] = int8(i)
		}
		table := make(model.Table, len(events))
		for e := range events {
			for _, s := range states {
				cell := model.Illegal
				if to, ok := Ask(m, s, events[e].Name); ok {
					cell = number[to]
				}
				table[e] = append(table[e], cell)
			}
		}
		tables[l.Name] = table
	}
	return tables
}

// Program compiles a specification under a profile, with tables made by machines.
func Program(spec *model.Spec, profile model.Profile) (*model.Program, error) {
	if err := model.Validate(spec); err != nil { // before the machines: they would hide what it refuses
		return nil, err
	}
	return model.Compile(spec, profile, Compile(spec.Resolve(profile)))
}

// A Format is how a drawing is written.
type Format string

// The formats.
const (
	Mermaid Format = "mermaid" // a state diagram
	DOT     Format = "dot"     // for Graphviz
)

// Draw draws the legal rows of a lifecycle.
func Draw(l *model.Lifecycle, f Format) (string, error) {
	switch f {
	case Mermaid: // its labels can not have colons
		return fsm.VisualizeForMermaidWithGraphType(machine(l, func(e string) string { return strings.ReplaceAll(e, "::", ".") }), fsm.StateDiagram)
	case DOT:
		return fsm.Visualize(Machine(l)), nil
	}
	return "", fmt.Errorf("unknown format %q: %s or %s", f, Mermaid, DOT)
}
