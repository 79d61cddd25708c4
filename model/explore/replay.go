package explore

import "mapilife/model"

// Pid is the process of the traces that are explored.
const Pid = 1

// A Player turns steps into the events of a trace.
type Player struct {
	line int64
	ids  int64
	open map[int][]int64 // ids of the open calls, by thread
}

// Observes are what a trace of steps observes: everything that is explored.
func Observes() []string { return model.Names() }

// Event is the next step as an event.
func (p *Player) Event(s Step) *model.Event {
	if p.open == nil {
		p.open = map[int][]int64{}
	}
	p.line++
	ev := &model.Event{Line: p.line, Seq: p.line, PID: Pid, TID: int64(s.Thread), Kind: s.Kind, Module: s.Module}
	for _, a := range s.Args {
		v := model.Value{Kind: model.Number, Num: a.Num}
		switch {
		case a.Null:
			v = model.Value{Kind: model.NullValue}
		case a.Text != "":
			v = model.Value{Kind: model.TextValue, Text: a.Text}
		}
		ev.Args = append(ev.Args, model.Argument{Param: model.ParamOf(a.Name), Value: v})
	}
	stack := p.open[s.Thread]
	switch s.Kind {
	case model.CallEvent:
		p.ids++
		ev.ID, ev.Call, ev.By = p.ids, model.ParseCall(s.Call), s.By
		if s.On != "" {
			ev.On = model.ParseAddress(s.On)
		}
		p.open[s.Thread] = append(stack, p.ids)
	case model.ReturnEvent:
		ev.ID = stack[len(stack)-1]
		p.open[s.Thread] = stack[:len(stack)-1]
		ev.HR, ev.HasHR = s.Result, s.HasHR
	case model.EndEvent:
		ev.Reason, ev.AllPID = "exit", true
	}
	return ev
}
