package trace

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// jsonDecoder decodes one line at a time. jsontext decides whether the line is JSON; what it says is then read off the bytes, which
// takes a third of the time that asking jsontext for each token would.
type jsonDecoder struct {
	dec     *jsontext.Decoder
	buf     bytes.Buffer
	line    []byte
	at      int    // bytes of the line consumed
	scratch []byte // unescaped texts of the record
	seen    keys
	begun   bool // the header has been read
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

// decode reads one line into the record.
func (d *jsonDecoder) decode(line []byte, r *Record) error {
	r.reset()
	d.scratch, d.line, d.at = d.scratch[:0], line, 0
	if err := d.validate(); err != nil {
		return err
	}
	d.seen = 0
	for d.enter(); d.more('}'); {
		if err := d.member(d.name(), r); err != nil {
			return err
		}
	}
	return d.settle(r, d.seen)
}

// validate has jsontext look at the line: one object, no key twice, UTF-8, not too deep.
func (d *jsonDecoder) validate() error {
	d.buf = *bytes.NewBuffer(d.line)
	d.dec.Reset(&d.buf)
	if _, err := d.dec.ReadValue(); err != nil {
		return d.syntax(err)
	}
	end := d.dec.InputOffset()
	if d.space(); d.line[d.at] != '{' {
		return d.fault("a line is one JSON object, and this is %s", d.kind())
	}
	if rest := bytes.TrimLeft(d.line[end:], " \t\r"); len(rest) > 0 {
		return &fault{int64(len(d.line)-len(rest)) + 1, "something follows the object: write exactly one object on a line"}
	}
	return nil
}

// fault blames the value that comes next.
func (d *jsonDecoder) fault(format string, args ...any) error {
	return &fault{int64(d.at) + 1, fmt.Sprintf(format, args...)}
}

// What follows reads a line that is known to be JSON.

func (d *jsonDecoder) space() {
	if d.at < len(d.line) && d.line[d.at] <= ' ' { // hardly ever: recorders write none
		d.spaces()
	}
}

func (d *jsonDecoder) spaces() {
	for d.at < len(d.line) && (d.line[d.at] == ' ' || d.line[d.at] == '\t' || d.line[d.at] == '\r') {
		d.at++
	}
}

// raw consumes the value that comes next, and the space behind it.
func (d *jsonDecoder) raw() []byte {
	from, depth := d.at, 0
	for {
		switch c := d.line[d.at]; c {
		case '"':
			d.quoted()
		case '{', '[':
			depth++
			d.at++
		case '}', ']':
			depth--
			d.at++
		case ',', ':', ' ', '\t', '\r':
			d.at++
			continue
		default: // a number or a word
			for d.at < len(d.line) && !ends[d.line[d.at]] {
				d.at++
			}
		}
		if depth == 0 {
			to := d.at
			d.space()
			return d.line[from:to]
		}
	}
}

// number consumes a number.
func (d *jsonDecoder) number() []byte {
	line, at := d.line, d.at
	for at < len(line) && !ends[line[at]] {
		at++
	}
	raw := line[d.at:at]
	d.at = at
	d.space()
	return raw
}

// ends are the bytes that may stand behind a number or a word.
var ends = [256]bool{',': true, ':': true, ']': true, '}': true, ' ': true, '\t': true, '\r': true}

// quoted consumes a string, and reports whether it has escapes.
func (d *jsonDecoder) quoted() bool {
	line, at, escapes := d.line, d.at+1, false
	for at < len(line) && line[at] != '"' {
		if line[at] == '\\' {
			escapes = true
			at++
		}
		at++
	}
	d.at = at + 1
	return escapes
}

// text consumes a string. Without an escape it is the line's own bytes.
func (d *jsonDecoder) text() []byte {
	from := d.at
	escapes := d.quoted()
	raw := d.line[from:d.at]
	d.space()
	if !escapes {
		return raw[1 : len(raw)-1]
	}
	start := len(d.scratch)
	d.scratch, _ = jsontext.AppendUnquote(d.scratch, raw) // jsontext has accepted it already
	return d.scratch[start:len(d.scratch):len(d.scratch)]
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

// enter consumes the beginning of an object or list.
func (d *jsonDecoder) enter() {
	d.at++
	d.space()
}

// more reports whether a member follows, and consumes the comma before it, or else the end.
func (d *jsonDecoder) more(end byte) bool {
	switch d.line[d.at] {
	case ',':
		d.at++
		d.space()
	case end:
		d.at++
		d.space()
		return false
	}
	return true
}

// name consumes the name of a member and the colon behind it.
func (d *jsonDecoder) name() []byte {
	name := d.text()
	d.at++
	d.space()
	return name
}

// member reads the value of one key.
func (d *jsonDecoder) member(name []byte, r *Record) error {
	switch string(name) {
	case "seq":
		return d.integer(name, &r.Seq)
	case "t":
		return d.integer(name, &r.Time)
	case "pid":
		return d.integer(name, &r.PID)
	case "tid":
		return d.integer(name, &r.TID)
	case "id":
		d.seen |= keyID
		var n Integer
		err := d.integer(name, &n)
		if d.seen&keyRet == 0 {
			r.ID = n.N
		}
		return err
	case "ret":
		d.seen |= keyRet
		var n Integer
		err := d.integer(name, &n)
		r.ID = n.N
		return err
	case "call":
		d.seen |= keyCall
		return d.string(name, &r.Name)
	case "event":
		d.seen |= keyEvent
		return d.string(name, &r.Name)
	case "on":
		return d.optional(name, &r.On)
	case "by":
		return d.optional(name, &r.By)
	case "module":
		return d.optional(name, &r.Module)
	case "name":
		return d.optional(name, &r.Signal)
	case "reason":
		return d.optional(name, &r.Reason)
	case "ref":
		return d.integer(name, &r.Ref)
	case "hr":
		at := d.at
		if err := d.value(name, &r.HR); err != nil {
			return err
		}
		if r.HR.Kind != Number && r.HR.Kind != String {
			return &fault{int64(at) + 1, "\"hr\" is a text or a number"}
		}
		if _, err := parseHR(r.HR); err != nil {
			return &fault{int64(at) + 1, err.Error()}
		}
		return nil
	case "lost":
		at := d.at
		if err := d.value(name, &r.Lost); err != nil {
			return err
		}
		if r.Lost.Kind != Number && r.Lost.Kind != Null {
			return &fault{int64(at) + 1, "\"lost\" is a number or null"}
		}
		return nil
	case "args":
		d.seen |= keyArgs
		return d.arguments(name, r)
	case "out":
		d.seen |= keyOut
		return d.arguments(name, r)
	case "mapitrace", "producer", "observes", "partial", "process", "note":
		if d.begun && name[0] != 'm' {
			break // a header's key means nothing elsewhere
		}
		return d.headerMember(name, r)
	}
	r.Extra = append(r.Extra, Member{name, Value{Raw, d.raw()}})
	return nil
}

func (d *jsonDecoder) headerMember(name []byte, r *Record) error {
	if r.Header == nil {
		r.Header = &Header{}
	}
	h := r.Header
	switch string(name) {
	case "mapitrace":
		d.seen |= keyTrace
		if c := d.line[d.at]; c != '-' && (c < '0' || c > '9') {
			return d.fault("\"mapitrace\" is the format's version, a number")
		}
		at := d.at
		version := d.raw()
		if n, err := strconv.ParseFloat(string(version), 64); err != nil || n != 1 {
			return &fault{int64(at) + 1, fmt.Sprintf("version %s of the trace format is not known: this program reads version 1", version)}
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

func (d *jsonDecoder) pointer(name []byte, to **string) error {
	var b []byte
	if err := d.string(name, &b); err != nil {
		return err
	}
	s := string(b)
	*to = &s
	return nil
}

func (d *jsonDecoder) list(name []byte, to *[]string) error {
	if d.line[d.at] != '[' {
		return d.wrong(name, "a list of texts")
	}
	for d.enter(); d.more(']'); {
		var b []byte
		if err := d.string(name, &b); err != nil {
			return err
		}
		*to = append(*to, string(b))
	}
	return nil
}

// arguments reads the arguments of a call or the out parameters of a return.
func (d *jsonDecoder) arguments(name []byte, r *Record) error {
	if d.line[d.at] != '{' {
		return d.wrong(name, "an object")
	}
	r.HasArgs = true
	for d.enter(); d.more('}'); {
		m := Member{Name: d.name()}
		if err := d.value(m.Name, &m.Value); err != nil {
			return err
		}
		r.Args = append(r.Args, m)
	}
	return nil
}

// value reads a scalar.
func (d *jsonDecoder) value(name []byte, v *Value) error {
	switch d.line[d.at] {
	case '"':
		*v = Value{String, d.text()}
	case 'n':
		d.raw()
		v.Kind = Null
	case 't':
		d.raw()
		v.Kind = True
	case 'f':
		d.raw()
		v.Kind = False
	case '{', '[':
		return d.wrong(name, "a number, a text, null, true or false")
	default:
		*v = Value{Number, d.number()}
	}
	return nil
}

func (d *jsonDecoder) integer(name []byte, to *Integer) error {
	if c := d.line[d.at]; c != '-' && (c < '0' || c > '9') {
		return d.wrong(name, "a whole number")
	}
	at := d.at
	raw := d.number()
	n, ok := parseInt(raw)
	if !ok {
		return &fault{int64(at) + 1, fmt.Sprintf("%q is a whole number of 64 bits, and this is %s", name, raw)}
	}
	*to = Integer{n, true}
	return nil
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

func (d *jsonDecoder) optional(name []byte, to *Text) error {
	to.Set = true
	return d.string(name, &to.S)
}

func (d *jsonDecoder) string(name []byte, to *[]byte) error {
	if d.line[d.at] != '"' {
		return d.wrong(name, "a text")
	}
	*to = d.text()
	return nil
}

// wrong reports a known key with a value of the wrong type.
func (d *jsonDecoder) wrong(name []byte, want string) error {
	return d.fault("%q is %s, and this is %s", name, want, d.kind())
}

// kind names what comes next.
func (d *jsonDecoder) kind() string {
	switch d.line[d.at] {
	case 'n':
		return "null"
	case 't', 'f':
		return "true or false"
	case '"':
		return "a text"
	case '{':
		return "an object"
	case '[':
		return "a list"
	}
	return "a number"
}

// syntax turns the decoder's error into one that speaks of the line.
func (d *jsonDecoder) syntax(err error) error {
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
