package trace

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"mapilife/model"
)

// A Notation is how a trace is written.
type Notation uint8

// The notations.
const (
	JSONNotation Notation = iota
	TextNotation
)

// A Writer writes records in one notation. Close it, or the last ones are missing. An *Error of its without a file says which record
// can not be written.
type Writer struct {
	w    *bufio.Writer
	b    []byte
	text bool

	held  *Record // a call that may turn out to be a leaf
	next  int64   // the id that a call gets by counting
	open  stacks
	first bool
}

// NewWriter makes a writer.
func NewWriter(w io.Writer, n Notation) *Writer {
	return &Writer{w: bufio.NewWriterSize(w, 1<<16), text: n == TextNotation, next: 1, open: stacks{}, first: true}
}

// Write writes one record.
func (w *Writer) Write(r *Record) error {
	if !w.text {
		w.b = append(appendJSON(w.b[:0], r), '\n')
		_, err := w.w.Write(w.b)
		return err
	}
	if w.held != nil {
		call := w.held
		w.held = nil
		if r.Kind == ReturnRecord && r.ID == call.ID && r.PID == call.PID && r.TID == call.TID {
			return w.line(call, r)
		}
		if err := w.line(call, nil); err != nil {
			return err
		}
	}
	if r.Kind == CallRecord {
		w.held = r.Clone()
		return nil
	}
	return w.line(r, nil)
}

// Close writes what is left and flushes. It does not close the writer below.
func (w *Writer) Close() error {
	if w.held != nil {
		if err := w.line(w.held, nil); err != nil {
			return err
		}
		w.held = nil
	}
	return w.w.Flush()
}

// line writes a record as text, or a call and its return as a leaf.
func (w *Writer) line(r, leaf *Record) error {
	b := w.b[:0]
	if r.Kind == HeaderRecord {
		w.b = appendTextHeader(b, r.Header)
		_, err := w.w.Write(w.b)
		return err
	}
	if w.first {
		w.first = false
		b = append(b, '\n')
	}
	depth := w.open.depth(r.PID.N, r.TID.N)
	if r.Kind == ReturnRecord {
		depth = w.open.enclosing(r.PID.N, r.TID.N, r.ID)
	}
	b = append(b, bytes.Repeat([]byte("  "), min(depth, maxIndent))...)
	b = appendStamp(b, r.Seq, r.Time)
	if r.PID.Set {
		b = append(strconv.AppendInt(append(b, 'P'), r.PID.N, 10), ' ')
	}
	if r.TID.Set {
		b = append(strconv.AppendInt(append(b, 'T'), r.TID.N, 10), ' ')
	}
	switch r.Kind {
	case CallRecord:
		b = w.call(b, r, leaf)
	case ReturnRecord:
		if id, ok := w.open.innermost(r.PID.N, r.TID.N); ok && id == r.ID {
			b = append(b, "} ->"...)
		} else {
			b = append(strconv.AppendInt(append(b, "ret #"...), r.ID, 10), " ->"...)
		}
		b = appendResult(b, r, false)
	default:
		b = appendEvent(b, r)
	}
	if leaf == nil {
		if err := w.open.follow(r); err != nil {
			return &Error{Line: r.Line, Text: err.Error()}
		}
	}
	w.b = append(b, '\n')
	_, err := w.w.Write(w.b)
	return err
}

// maxIndent is how many open calls a line is indented for.
const maxIndent = 20

func appendStamp(b []byte, seq, t Integer) []byte {
	if !seq.Set && !t.Set {
		return b
	}
	b = append(b, '@')
	if seq.Set {
		b = strconv.AppendInt(b, seq.N, 10)
	}
	if t.Set {
		b = strconv.AppendInt(append(b, '/'), t.N, 10)
	}
	return append(b, ' ')
}

func (w *Writer) call(b []byte, r, leaf *Record) []byte {
	if r.ID != w.next {
		b = append(strconv.AppendInt(append(b, '#'), r.ID, 10), ' ')
	} else {
		w.next++
	}
	if r.On.Set {
		b = append(appendWord(b, r.On.S), ' ')
	}
	if !isWord(r.Name) || keywords[string(r.Name)] || isID(r.Name) {
		b = append(b, "call "...)
	}
	b = appendWord(b, r.Name)
	b = appendMembers(b, r)
	if r.By.Set {
		b = appendWord(append(b, " by "...), r.By.S)
	}
	if r.Module.Set {
		b = appendWord(append(b, " in "...), r.Module.S)
	}
	b = appendExtra(b, r.Extra)
	if leaf != nil {
		return appendResult(append(b, " ->"...), leaf, true)
	}
	return append(b, " {"...)
}

func appendResult(b []byte, r *Record, leaf bool) []byte {
	if r.HR.Kind != NoValue {
		b = appendValue(append(b, ' '), r.HR)
	}
	if r.Ref.Set {
		b = strconv.AppendInt(append(b, " ref "...), r.Ref.N, 10)
	}
	if r.HasArgs {
		b = appendMembers(append(b, ' '), r)
	}
	if leaf && (r.Seq.Set || r.Time.Set) {
		b = bytes.TrimRight(appendStamp(append(b, ' '), r.Seq, r.Time), " ")
	}
	return appendExtra(b, r.Extra)
}

// AppendText appends what the record says besides whom and what it calls, as the text notation has it: the arguments of a call, the
// result of a return, or the whole event.
func (r *Record) AppendText(b []byte) []byte {
	switch r.Kind {
	case CallRecord:
		return appendMembers(b, r)
	case ReturnRecord:
		return appendResult(b, r, false)
	}
	return appendEvent(b, r)
}

func appendMembers(b []byte, r *Record) []byte {
	if !r.HasArgs {
		return b
	}
	b = append(b, '(')
	for i, m := range r.Args {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = appendValue(append(appendWord(b, m.Name), '='), m.Value)
	}
	return append(b, ')')
}

// appendWord writes a name, in quotes where it is no word or would be taken for something else.
func appendWord(b, s []byte) []byte {
	if isWord(s) && !keywords[string(s)] && !isID(s) {
		return append(b, s...)
	}
	b, _ = jsontext.AppendQuote(b, s)
	return b
}

// isID tells a word that would be taken for a process or thread id.
func isID(s []byte) bool { return len(s) > 1 && (s[0] == 'P' || s[0] == 'T') && isNumber(s[1:]) }

func appendValue(b []byte, v Value) []byte {
	switch v.Kind {
	case Null:
		return append(b, "null"...)
	case True:
		return append(b, "true"...)
	case False:
		return append(b, "false"...)
	case String:
		digit := len(v.S) > 0 && '0' <= v.S[0] && v.S[0] <= '9' && !isHex(v.S) // a number, or nearly one
		switch s := string(v.S); {
		case !isWord(v.S), digit, s == "null", s == "true", s == "false", s == "ref":
			b, _ = jsontext.AppendQuote(b, v.S)
			return b
		}
	}
	return append(b, v.S...)
}

func appendExtra(b []byte, list []Member) []byte {
	if len(list) == 0 {
		return b
	}
	b = append(b, " ?"...)
	w := jsonWriter{append(b, '{')}
	w.extra(list)
	return append(w.b, '}')
}

func appendEvent(b []byte, r *Record) []byte {
	kind := string(r.Name)
	text := func(t Text) {
		if t.Set {
			b = appendWord(append(b, ' '), t.S)
		}
	}
	if _, known := eventKinds[kind]; !known {
		return appendExtra(appendWord(append(b, "event "...), r.Name), r.Extra)
	}
	b = append(b, kind...)
	switch kind {
	case "load", "unload":
		text(r.Module)
	case "signal":
		text(r.Signal)
	case "gap":
		if r.Lost.Kind != NoValue {
			b = appendValue(append(b, ' '), r.Lost)
		}
	case "end":
		text(r.Reason)
	}
	return appendExtra(b, r.Extra)
}

func appendTextHeader(b []byte, h *Header) []byte {
	b = append(b, "mapitrace 1\n"...)
	one := func(name string, s *string) {
		if s != nil {
			b = append(b, name...)
			b = append(appendWord(append(b, ' '), []byte(*s)), '\n')
		}
	}
	many := func(name string, list []string, has bool) {
		if !has {
			return
		}
		b = append(b, name...)
		for _, s := range list {
			b = appendWord(append(b, ' '), []byte(s))
		}
		b = append(b, '\n')
	}
	one("producer", h.Producer)
	many("observes", h.Observes, h.HasObserves)
	many("partial", h.Partial, h.HasPartial)
	one("process", h.Process)
	one("note", h.Note)
	if len(h.Extra) > 0 {
		b = append(bytes.TrimLeft(appendExtra(b, h.Extra), " "), '\n')
	}
	return b
}

// toEvent is what the model reads of a record.
func (c *calls) toEvent(r *Record, ev *model.Event) {
	args := ev.Args[:0]
	*ev = model.Event{Line: r.Line, Seq: r.Line, PID: r.PID.N, TID: r.TID.N, AllPID: !r.PID.Set, ID: r.ID, Args: args}
	if r.Seq.Set {
		ev.Seq = r.Seq.N
	}
	switch r.Kind {
	case CallRecord:
		ev.Kind = model.CallEvent
		ev.Call = c.call(r.Name)
		if r.On.Set {
			ev.On = model.ParseAddress(short(r.On.S))
		}
		if r.By.Set {
			ev.By, _ = model.ParseSide(borrow(r.By.S))
		}
		ev.Module = short(r.Module.S)
	case ReturnRecord:
		ev.Kind = model.ReturnEvent
		if r.HR.Kind != NoValue {
			ev.HR, _ = parseHR(r.HR)
			ev.HasHR = true
		}
		ev.Ref, ev.HasRef = r.Ref.N, r.Ref.Set
	default:
		ev.Kind = eventKinds[string(r.Name)]
		ev.Module, ev.Reason = short(r.Module.S), borrow(r.Reason.S)
	}
	for i := range r.Args {
		if p := model.ParamOf(borrow(r.Args[i].Name)); p != 0 {
			ev.Args = append(ev.Args, model.Argument{Param: p, Value: modelValue(r.Args[i].Value)})
		}
	}
}

var eventKinds = map[string]model.EventKind{
	"load": model.LoadEvent, "unload": model.UnloadEvent, "thread-exit": model.ThreadExitEvent, "signal": model.SignalEvent,
	"gap": model.GapEvent, "end": model.EndEvent,
}

func modelValue(v Value) model.Value {
	switch v.Kind {
	case Null:
		return model.Value{Kind: model.NullValue}
	case True:
		return model.Value{Kind: model.BoolValue, Num: 1}
	case False:
		return model.Value{Kind: model.BoolValue}
	case Number:
		if n, ok := parseInt(v.S); ok {
			if -1<<31 <= n && n < 0 { // a 32 bit flag word, signed
				n = int64(uint32(n))
			}
			return model.Value{Kind: model.Number, Num: uint64(n)}
		}
		if n, err := strconv.ParseUint(string(v.S), 10, 64); err == nil {
			return model.Value{Kind: model.Number, Num: n}
		}
	case String:
		if n, ok := hexNumber(v.S); ok {
			return model.Value{Kind: model.Number, Num: n}
		}
	}
	return model.Value{Kind: model.TextValue, Text: short(v.S)}
}

// longText is how much of a text the model is given. It keeps the names of objects and modules, and a line may have a million bytes.
const longText = 512

// short is the text, or the beginning of a long one and a number that stands for all of it.
func short(s []byte) string {
	if len(s) <= longText {
		return borrow(s)
	}
	return fmt.Sprintf("%s…%x", bytes.ToValidUTF8(s[:longText], nil), sha256.Sum256(bytes.ToLower(s)))
}

// calls remembers what the names of calls mean.
type calls struct{ known map[string]*model.Call }

// maxCalls and maxCallName bound the names remembered; a trace with more of them, or longer ones, is only slower.
const (
	maxCalls    = 10_000
	maxCallName = 200
)

func (c *calls) call(name []byte) *model.Call {
	if call, ok := c.known[string(name)]; ok {
		return call
	}
	call := model.ParseCall(string(name))
	if c.known == nil {
		c.known = map[string]*model.Call{}
	}
	if len(c.known) < maxCalls && len(name) <= maxCallName {
		c.known[call.Name] = call
	}
	return call
}
