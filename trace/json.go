package trace

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// jsonDecoder decodes one line at a time.
type jsonDecoder struct {
	dec     *jsontext.Decoder
	buf     bytes.Buffer
	line    []byte
	scratch []byte // unescaped texts of the record
	begun   bool   // the header has been read
}

func newJSONDecoder() *jsonDecoder {
	d := &jsonDecoder{}
	d.dec = jsontext.NewDecoder(&d.buf)
	return d
}

// A fault is what is wrong with a line, and at which byte of it.
type fault struct {
	at   int64
	text string
}

func (f *fault) Error() string { return f.text }

func (d *jsonDecoder) fault(format string, args ...any) error {
	return &fault{d.valueAt(d.dec.InputOffset()), fmt.Sprintf(format, args...)}
}

// decode reads one line into the record.
func (d *jsonDecoder) decode(line []byte, r *Record) error {
	r.reset()
	d.scratch, d.line = d.scratch[:0], line
	d.buf = *bytes.NewBuffer(line)
	d.dec.Reset(&d.buf)
	if kind := d.dec.PeekKind(); kind != '{' {
		if kind == 0 {
			_, err := d.dec.ReadToken()
			return d.syntax(err)
		}
		return d.fault("a line is one JSON object, and this is %s", kindName(kind))
	}
	if _, err := d.dec.ReadToken(); err != nil {
		return d.syntax(err)
	}
	var seen keys
	for d.dec.PeekKind() == '"' {
		name, err := d.text()
		if err != nil {
			return err
		}
		if err := d.member(name, r, &seen); err != nil {
			return err
		}
	}
	if _, err := d.dec.ReadToken(); err != nil {
		return d.syntax(err)
	}
	end := d.dec.InputOffset()
	if rest := bytes.TrimLeft(line[end:], " \t\r"); len(rest) > 0 {
		return &fault{int64(len(line)-len(rest)) + 1, "something follows the object: write exactly one object on a line"}
	}
	return d.settle(r, seen)
}

// keys are those of a line that decide what it is.
type keys uint32

const (
	keyTrace keys = 1 << iota
	keyCall
	keyRet
	keyEvent
	keyID
	keyArgs
	keyOut
)

// member reads the value of one key.
func (d *jsonDecoder) member(name []byte, r *Record, seen *keys) error {
	switch string(name) {
	case "seq":
		return d.integer("seq", &r.Seq)
	case "t":
		return d.integer("t", &r.Time)
	case "pid":
		return d.integer("pid", &r.PID)
	case "tid":
		return d.integer("tid", &r.TID)
	case "id", "ret":
		var n Integer
		if err := d.integer(string(name), &n); err != nil {
			return err
		}
		if name[0] == 'i' {
			*seen |= keyID
			if *seen&keyRet == 0 {
				r.ID = n.N
			}
		} else {
			*seen |= keyRet
			r.ID = n.N
		}
		return nil
	case "call":
		*seen |= keyCall
		return d.bytes("call", &r.Name)
	case "event":
		*seen |= keyEvent
		return d.bytes("event", &r.Name)
	case "on":
		return d.optional("on", &r.On)
	case "by":
		return d.optional("by", &r.By)
	case "module":
		return d.optional("module", &r.Module)
	case "name":
		return d.optional("name", &r.Signal)
	case "reason":
		return d.optional("reason", &r.Reason)
	case "ref":
		return d.integer("ref", &r.Ref)
	case "hr":
		at := d.dec.InputOffset()
		if err := d.value("hr", &r.HR); err != nil {
			return err
		}
		if r.HR.Kind != Number && r.HR.Kind != String {
			return &fault{d.valueAt(at), "\"hr\" is a text or a number"}
		}
		if _, err := parseHR(r.HR); err != nil {
			return &fault{d.valueAt(at), err.Error()}
		}
		return nil
	case "lost":
		if err := d.value("lost", &r.Lost); err != nil {
			return err
		}
		if r.Lost.Kind != Number && r.Lost.Kind != Null {
			return d.fault("\"lost\" is a number or null")
		}
		return nil
	case "args":
		*seen |= keyArgs
		return d.members("args", r)
	case "out":
		*seen |= keyOut
		return d.members("out", r)
	case "mapitrace", "producer", "observes", "partial", "process", "note":
		if d.begun && name[0] != 'm' {
			break // a header's key means nothing elsewhere
		}
		return d.headerMember(string(name), r, seen)
	}
	raw, err := d.dec.ReadValue()
	if err != nil {
		return d.syntax(err)
	}
	r.Extra = append(r.Extra, Member{name, Value{Raw, raw}})
	return nil
}

func (d *jsonDecoder) headerMember(name string, r *Record, seen *keys) error {
	if r.Header == nil {
		r.Header = &Header{}
	}
	h := r.Header
	switch name {
	case "mapitrace":
		*seen |= keyTrace
		var v Value
		if err := d.value(name, &v); err != nil {
			return err
		}
		if v.Kind != Number {
			return d.fault("\"mapitrace\" is the format's version, a number")
		}
		if n, err := strconv.ParseFloat(string(v.S), 64); err != nil || n != 1 {
			return d.fault("version %s of the trace format is not known: this program reads version 1", v.S)
		}
		return nil
	case "producer":
		return d.pointer(name, &h.Producer)
	case "process":
		return d.pointer(name, &h.Process)
	case "note":
		return d.pointer(name, &h.Note)
	case "observes":
		h.HasObserves = true
		return d.list(name, &h.Observes)
	}
	h.HasPartial = true
	return d.list(name, &h.Partial)
}

func (d *jsonDecoder) pointer(name string, to **string) error {
	var b []byte
	if err := d.bytes(name, &b); err != nil {
		return err
	}
	s := string(b)
	*to = &s
	return nil
}

func (d *jsonDecoder) list(name string, to *[]string) error {
	if d.dec.PeekKind() != '[' {
		return d.wrong(name, "a list of texts")
	}
	d.dec.ReadToken()
	for d.dec.PeekKind() != ']' {
		var b []byte
		if err := d.bytes(name, &b); err != nil {
			return err
		}
		*to = append(*to, string(b))
	}
	_, err := d.dec.ReadToken()
	return d.syntax(err)
}

// members reads the arguments of a call or the out parameters of a return.
func (d *jsonDecoder) members(name string, r *Record) error {
	if d.dec.PeekKind() != '{' {
		return d.wrong(name, "an object")
	}
	if _, err := d.dec.ReadToken(); err != nil {
		return d.syntax(err)
	}
	r.HasArgs = true
	for d.dec.PeekKind() == '"' {
		key, err := d.text()
		if err != nil {
			return err
		}
		var v Value
		if err := d.value(string(key), &v); err != nil {
			return err
		}
		r.Args = append(r.Args, Member{key, v})
	}
	_, err := d.dec.ReadToken()
	return d.syntax(err)
}

// value reads a scalar.
func (d *jsonDecoder) value(name string, v *Value) error {
	switch kind := d.dec.PeekKind(); kind {
	case '"':
		s, err := d.text()
		*v = Value{String, s}
		return err
	case '0':
		raw, err := d.dec.ReadValue()
		*v = Value{Number, raw}
		return d.syntax(err)
	case 'n', 't', 'f':
		_, err := d.dec.ReadToken()
		v.Kind = map[jsontext.Kind]ValueKind{'n': Null, 't': True, 'f': False}[kind]
		return d.syntax(err)
	case '{', '[':
		return d.wrong(name, "a number, a text, null, true or false")
	default:
		_, err := d.dec.ReadToken()
		return d.syntax(err)
	}
}

func (d *jsonDecoder) integer(name string, to *Integer) error {
	at := d.dec.InputOffset()
	if k := d.dec.PeekKind(); k != '0' {
		return d.wrong(name, "a whole number")
	}
	raw, err := d.dec.ReadValue()
	if err != nil {
		return d.syntax(err)
	}
	n, ok := parseInt(raw)
	if !ok {
		return &fault{d.valueAt(at), fmt.Sprintf("%q is a whole number of 64 bits, and this is %s", name, raw)}
	}
	*to = Integer{n, true}
	return nil
}

// valueAt is the column of the value that follows an offset, behind a colon and spaces.
func (d *jsonDecoder) valueAt(from int64) int64 {
	for from < int64(len(d.line)) && bytes.IndexByte([]byte(" \t:,"), d.line[from]) >= 0 {
		from++
	}
	return from + 1
}

// parseInt reads a decimal number without an exponent or a fraction.
func parseInt(raw []byte) (int64, bool) {
	i, negative := 0, false
	if len(raw) > 0 && raw[0] == '-' {
		i, negative = 1, true
	}
	if len(raw)-i > 18 || len(raw) == i {
		n, err := strconv.ParseInt(string(raw), 10, 64)
		return n, err == nil
	}
	n := int64(0)
	for ; i < len(raw); i++ {
		c := raw[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, true
}

func (d *jsonDecoder) optional(name string, to *Text) error {
	to.Set = true
	return d.bytes(name, &to.S)
}

func (d *jsonDecoder) bytes(name string, to *[]byte) error {
	if d.dec.PeekKind() != '"' {
		return d.wrong(name, "a text")
	}
	s, err := d.text()
	*to = s
	return err
}

// text reads a JSON string. Without an escape it is the line's own bytes.
func (d *jsonDecoder) text() ([]byte, error) {
	raw, err := d.dec.ReadValue()
	if err != nil {
		return nil, d.syntax(err)
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1], nil
	}
	from := len(d.scratch)
	d.scratch, err = jsontext.AppendUnquote(d.scratch, raw)
	return d.scratch[from:len(d.scratch):len(d.scratch)], d.syntax(err)
}

// wrong reports a known key with a value of the wrong type.
func (d *jsonDecoder) wrong(name, want string) error {
	kind := d.dec.PeekKind()
	at := d.dec.InputOffset()
	if kind == 0 {
		_, err := d.dec.ReadToken()
		return d.syntax(err)
	}
	return &fault{d.valueAt(at), fmt.Sprintf("%q is %s, and this is %s", name, want, kindName(kind))}
}

func kindName(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case 't', 'f':
		return "true or false"
	case '"':
		return "a text"
	case '0':
		return "a number"
	case '{':
		return "an object"
	case '[':
		return "a list"
	}
	return "something else"
}

// syntax turns the decoder's error into one that speaks of the line.
func (d *jsonDecoder) syntax(err error) error {
	if err == nil {
		return nil
	}
	at := d.dec.InputOffset()
	var s *jsontext.SyntacticError
	text := err.Error()
	if errors.As(err, &s) {
		at = s.ByteOffset
		text = s.Err.Error()
		if errors.Is(s.Err, jsontext.ErrDuplicateName) {
			text = "the same key twice in one object"
		}
	}
	if strings.Contains(text, "EOF") {
		return &fault{at + 1, "the line ends in the middle of the object: it was cut, or the object goes on in the next line"}
	}
	return &fault{at + 1, "not JSON: " + text}
}

// settle tells what the line is and whether it has what that requires.
func (d *jsonDecoder) settle(r *Record, seen keys) error {
	switch kind := seen & (keyTrace | keyCall | keyRet | keyEvent); kind {
	case keyTrace:
		r.Kind = HeaderRecord
		for _, x := range r.Extra {
			r.Header.Extra = append(r.Header.Extra, x.clone())
		}
		d.begun = true
		return nil
	case keyCall:
		r.Kind = CallRecord
		if seen&keyID == 0 {
			return &fault{1, "a call needs an \"id\", which its return repeats"}
		}
		if seen&keyOut != 0 {
			return &fault{1, "a call has no \"out\": what it hands back stands in its return"}
		}
		return nil
	case keyRet:
		r.Kind = ReturnRecord
		if seen&keyArgs != 0 {
			return &fault{1, "a return has no \"args\": they stand in its call"}
		}
		return nil
	case keyEvent:
		r.Kind = EventRecord
		if s := string(r.Name); (s == "load" || s == "unload") && !r.Module.Set {
			return &fault{1, fmt.Sprintf("the event %q needs a \"module\"", s)}
		}
		return nil
	case 0:
		return &fault{1, "the line has none of \"call\", \"ret\" and \"event\", one of which says what it is"}
	}
	return &fault{1, "the line has more than one of \"mapitrace\", \"call\", \"ret\" and \"event\": each is a line of its own"}
}

// appendJSON writes the record as a line of JSON, without its newline.
func appendJSON(b []byte, r *Record) []byte {
	w := jsonWriter{append(b, '{')}
	if r.Kind == HeaderRecord {
		w.header(r.Header)
		return append(w.b, '}')
	}
	w.integer("seq", r.Seq)
	w.integer("t", r.Time)
	w.integer("pid", r.PID)
	w.integer("tid", r.TID)
	list := "args"
	switch r.Kind {
	case CallRecord:
		w.integer("id", Integer{r.ID, true})
		w.text("call", Text{r.Name, true})
		w.text("on", r.On)
		w.text("by", r.By)
	case ReturnRecord:
		list = "out"
		w.integer("ret", Integer{r.ID, true})
		w.value("hr", r.HR)
		w.integer("ref", r.Ref)
	default:
		w.text("event", Text{r.Name, true})
	}
	w.text("module", r.Module)
	w.text("name", r.Signal)
	w.value("lost", r.Lost)
	w.text("reason", r.Reason)
	if r.HasArgs {
		w.key(list)
		w.b = append(w.b, '{')
		for _, m := range r.Args {
			w.quoted(m.Name, true)
			w.raw(m.Value)
		}
		w.b = append(w.b, '}')
	}
	w.extra(r.Extra)
	return append(w.b, '}')
}

type jsonWriter struct{ b []byte }

func (w *jsonWriter) comma() {
	if last := w.b[len(w.b)-1]; last != '{' && last != '[' {
		w.b = append(w.b, ',')
	}
}

func (w *jsonWriter) key(name string) {
	w.comma()
	w.b = append(w.b, '"')
	w.b = append(w.b, name...)
	w.b = append(w.b, '"', ':')
}

// quoted writes a text, as the key of a member or as a value.
func (w *jsonWriter) quoted(s []byte, key bool) {
	if key {
		w.comma()
	}
	w.b, _ = jsontext.AppendQuote(w.b, s)
	if key {
		w.b = append(w.b, ':')
	}
}

func (w *jsonWriter) integer(name string, n Integer) {
	if n.Set {
		w.key(name)
		w.b = strconv.AppendInt(w.b, n.N, 10)
	}
}

func (w *jsonWriter) text(name string, t Text) {
	if t.Set {
		w.key(name)
		w.quoted(t.S, false)
	}
}

func (w *jsonWriter) value(name string, v Value) {
	if v.Kind != NoValue {
		w.key(name)
		w.raw(v)
	}
}

func (w *jsonWriter) raw(v Value) {
	switch v.Kind {
	case Null:
		w.b = append(w.b, "null"...)
	case True:
		w.b = append(w.b, "true"...)
	case False:
		w.b = append(w.b, "false"...)
	case String:
		w.quoted(v.S, false)
	default:
		w.b = append(w.b, v.S...)
	}
}

func (w *jsonWriter) extra(list []Member) {
	for _, m := range list {
		w.quoted(m.Name, true)
		w.raw(m.Value)
	}
}

func (w *jsonWriter) header(h *Header) {
	w.key("mapitrace")
	w.b = append(w.b, '1')
	one := func(name string, s *string) {
		if s != nil {
			w.text(name, Text{[]byte(*s), true})
		}
	}
	names := func(name string, list []string, has bool) {
		if !has {
			return
		}
		w.key(name)
		w.b = append(w.b, '[')
		for _, s := range list {
			w.comma()
			w.quoted([]byte(s), false)
		}
		w.b = append(w.b, ']')
	}
	one("producer", h.Producer)
	names("observes", h.Observes, h.HasObserves)
	names("partial", h.Partial, h.HasPartial)
	one("process", h.Process)
	one("note", h.Note)
	w.extra(h.Extra)
}
