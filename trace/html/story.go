package html

import (
	"bytes"
	"unicode/utf8"

	"mapilife/model"
	"mapilife/trace"
)

// maxEvents is how much of a trace a page shows: its beginning. What is found behind it is told without its call.
const maxEvents = 200_000

// longText is how many bytes of an argument list, a result or a name are kept. The trace has the rest.
const longText = 400

// A story is a trace as a page tells it: its calls, the objects that these are about, and who holds those from event to event. It is the
// witness of a trace that is judged. Events are numbered from 0, in the order of the trace.
type story struct {
	world   *model.World
	events  int32
	left    int64 // events behind the last one kept
	calls   []call
	marks   []mark
	threads []thread
	objects []object

	texts    []string
	textOf   map[string]int32
	objectOf map[uint32]int32 // by serial
	threadOf map[thread]int32
	nesting  trace.Nesting
	seen     []model.Sight // in the step that is coming to its end
}

// none is no call, object or thread.
const none = -1

type thread struct{ pid, tid int64 }

// A call is one that the trace shows to begin.
type call struct {
	name, args, result int32 // texts
	by                 model.Side
	thread, object     int32
	up                 int32 // the call that it is nested in
	begin, end         int32 // events; none if it never returns
	line, endLine      int64
}

// A mark is an event that is no call.
type mark struct {
	at, thread, text int32
	line             int64
}

// An object is what a pointer leads to, or a registration.
type object struct {
	serial    uint32
	name      string
	kind      model.Kind
	up        int32 // what it was opened through or registered with
	born, end int32 // events; none if it does not end
	births    int32 // the call that was going on when it was made
	holds     []hold
}

// A hold is who holds how many references on an object from an event on.
type hold struct {
	at                            int32
	client, mapi, provider, total [2]int32
}

func newStory() trace.Witness {
	return &story{
		texts: []string{""}, textOf: map[string]int32{"": 0}, objectOf: map[uint32]int32{}, threadOf: map[thread]int32{},
	}
}

// Start sees a trace begin.
func (s *story) Start(w *model.World) {
	s.world = w
	w.See(func(x model.Sight) { s.seen = append(s.seen, x) })
}

// Saw takes down a record.
func (s *story) Saw(r *trace.Record) {
	defer func() { s.seen = s.seen[:0] }()
	if s.events == maxEvents {
		s.left++
		return
	}
	place := s.nesting.Next(r)
	switch {
	case r.Kind == trace.CallRecord:
		s.calls = append(s.calls, call{
			name: s.text(r.Name), args: s.text(r.AppendText(nil)), by: s.world.Seen().Maker,
			thread: s.thread(r), object: none, up: int32(place.Parent), begin: s.events, end: none, line: r.Line,
		})
	case place.Call != none:
		c := &s.calls[place.Call]
		c.end, c.endLine, c.result = s.events, r.Line, s.text(bytes.TrimSpace(r.AppendText(nil)))
	case r.Kind == trace.ReturnRecord: // it began before the recording, or in a gap
		s.mark(r, append([]byte("a call returns whose beginning is missing"), r.AppendText(nil)...))
	default:
		s.mark(r, r.AppendText(nil))
	}
	ends := r.Kind != trace.EventRecord || string(r.Name) != "end" // nothing is released by the end of a process
	for n := range s.seen {
		s.sight(&s.seen[n], int32(place.Call), ends)
	}
	if r.Kind == trace.CallRecord {
		if n, ok := s.objectOf[s.world.Seen().Serial]; ok {
			s.calls[place.Call].object = n
		}
	}
	s.events++
}

// mark takes down what is no call. A gap, and an end, are of no thread.
func (s *story) mark(r *trace.Record, text []byte) {
	m := mark{at: s.events, thread: none, text: s.text(text), line: r.Line}
	if name := string(r.Name); name != "gap" && name != "end" {
		m.thread = s.thread(r)
	}
	s.marks = append(s.marks, m)
}

// sight takes down what a step, within a call or outside of any, made of an object.
func (s *story) sight(x *model.Sight, within int32, ends bool) {
	n, known := s.objectOf[x.Serial]
	switch {
	case x.Ended && !known:
		return
	case x.Ended:
		if o := &s.objects[n]; ends && o.end == none {
			o.end = s.events
		}
		return
	case !known:
		n = int32(len(s.objects))
		s.objectOf[x.Serial] = n
		s.objects = append(s.objects, object{serial: x.Serial, up: none, born: s.events, end: none, births: within})
	}
	o := &s.objects[n]
	if o.name == "" || o.kind != x.Kind || x.Kind.Registration() { // what it is, or its number, may turn out later
		o.name, o.kind = cut(x.Name, longText), x.Kind
	}
	if up, ok := s.objectOf[x.Parent]; ok {
		o.up = up
	}
	if x.Kind.Registration() {
		return
	}
	h := hold{s.events, x.Client, x.MAPI, x.Provider, x.Total}
	switch last := len(o.holds) - 1; {
	case last < 0:
	case o.holds[last].at == h.at:
		o.holds[last] = h
		return
	default:
		same := o.holds[last]
		if same.at = h.at; same == h {
			return
		}
	}
	o.holds = append(o.holds, h)
}

func (s *story) thread(r *trace.Record) int32 {
	t := thread{r.PID.N, r.TID.N}
	n, ok := s.threadOf[t]
	if !ok {
		n = int32(len(s.threads))
		s.threads = append(s.threads, t)
		s.threadOf[t] = n
	}
	return n
}

// text numbers a text.
func (s *story) text(b []byte) int32 {
	if n, ok := s.textOf[string(b)]; ok {
		return n
	}
	text := cut(string(b), longText)
	n, ok := s.textOf[text]
	if !ok {
		n = int32(len(s.texts))
		s.texts = append(s.texts, text)
		s.textOf[text] = n
	}
	return n
}

// cut leaves out what a text has behind so many bytes.
func cut(text string, bytes int) string {
	if len(text) <= bytes {
		return text
	}
	for bytes > 0 && !utf8.RuneStart(text[bytes]) {
		bytes--
	}
	return text[:bytes] + "…"
}
