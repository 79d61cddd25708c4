package trace

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// jsonDecoder decodes one line at a time. jsontext decides whether the line is JSON; what it says is then read off the bytes, which
// takes a third of the time that asking jsontext for each token would. That no name stands twice in an object is seen in passing, where
// jsontext would keep a set of names.
type jsonDecoder struct {
	dec     *jsontext.Decoder
	buf     bytes.Buffer
	line    []byte
	at      int    // bytes of the line consumed
	scratch []byte // unescaped texts of the record
	seen    uint32 // keys of the line
	begun   bool   // the header has been read

	argNames, extraNames nameSet
}

func newJSONDecoder() *jsonDecoder {
	d := &jsonDecoder{}
	d.dec = jsontext.NewDecoder(&d.buf, twice)
	return d
}

var twice = jsontext.AllowDuplicateNames(true)

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
	d.extraNames.reset()
	for d.enter(); d.more('}'); {
		at := d.at
		name := d.name()
		k := keyOf(name)
		if d.seen>>k&1 != 0 && k != keyOther || k == keyOther && d.extraNames.has(r.Extra, name) {
			return d.repeated(at, name)
		}
		d.seen |= 1 << k
		if err := d.member(k, name, r); err != nil {
			return err
		}
	}
	return d.settle(r)
}

// validate has jsontext look at the line: one object, UTF-8, not too deep.
func (d *jsonDecoder) validate() error {
	if plainObject(d.line) {
		return nil
	}
	if d.space(); d.line[d.at] == '[' {
		return d.fault("a line is one JSON object, and this is a list: write each record on a line of its own, with nothing around them")
	}
	d.buf = *bytes.NewBuffer(d.line)
	d.dec.Reset(&d.buf, twice)
	if _, err := d.dec.ReadValue(); err != nil {
		return syntax(d.dec, err)
	}
	end := d.dec.InputOffset()
	if d.line[d.at] != '{' {
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

// The keys of a line that this version knows, and all others.
const (
	keyOther = iota
	keyTrace
	keyCall
	keyRet
	keyEvent
	keyID
	keyArgs
	keyOut
	keySeq
	keyTime
	keyPID
	keyTID
	keyOn
	keyBy
	keyModule
	keyName
	keyReason
	keyRef
	keyHR
	keyLost
	keyProducer
	keyObserves
	keyPartial
	keyProcess
	keyNote
)

func keyOf(name []byte) uint {
	switch string(name) {
	case "mapitrace":
		return keyTrace
	case "call":
		return keyCall
	case "ret":
		return keyRet
	case "event":
		return keyEvent
	case "id":
		return keyID
	case "args":
		return keyArgs
	case "out":
		return keyOut
	case "seq":
		return keySeq
	case "t":
		return keyTime
	case "pid":
		return keyPID
	case "tid":
		return keyTID
	case "on":
		return keyOn
	case "by":
		return keyBy
	case "module":
		return keyModule
	case "name":
		return keyName
	case "reason":
		return keyReason
	case "ref":
		return keyRef
	case "hr":
		return keyHR
	case "lost":
		return keyLost
	case "producer":
		return keyProducer
	case "observes":
		return keyObserves
	case "partial":
		return keyPartial
	case "process":
		return keyProcess
	case "note":
		return keyNote
	}
	return keyOther
}

// A nameSet tells whether a name stands in a growing list of members already. There are hardly ever more than a few, and looking at each
// is quickest; but a line may have a hundred thousand of them, and then that would take too long.
type nameSet struct {
	names map[string]bool
	n     int // so many members of the list are in it
}

const fewNames = 32

func (s *nameSet) has(list []Member, name []byte) bool {
	if len(list) <= fewNames {
		for i := range list {
			if bytes.Equal(list[i].Name, name) {
				return true
			}
		}
		return false
	}
	if s.names == nil {
		s.names = map[string]bool{}
	}
	for ; s.n < len(list); s.n++ {
		s.names[string(list[s.n].Name)] = true
	}
	return s.names[string(name)]
}

// reset prepares for another list.
func (s *nameSet) reset() {
	if s.n > 0 {
		*s = nameSet{}
	}
}

func (d *jsonDecoder) repeated(at int, name []byte) error {
	return &fault{int64(at) + 1, fmt.Sprintf("%q stands twice in one object", name)}
}

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
func (d *jsonDecoder) member(k uint, name []byte, r *Record) error {
	switch k {
	case keySeq:
		return d.integer(name, &r.Seq)
	case keyTime:
		return d.integer(name, &r.Time)
	case keyPID:
		return d.integer(name, &r.PID)
	case keyTID:
		return d.integer(name, &r.TID)
	case keyID:
		var n Integer
		err := d.integer(name, &n)
		if d.seen>>keyRet&1 == 0 {
			r.ID = n.N
		}
		return err
	case keyRet:
		var n Integer
		err := d.integer(name, &n)
		r.ID = n.N
		return err
	case keyCall, keyEvent:
		return d.string(name, &r.Name)
	case keyOn:
		if d.line[d.at] == 'n' {
			return d.wrong(name, "a text", `: a null pointer is "0x0"`)
		}
		return d.optional(name, &r.On)
	case keyBy:
		return d.optional(name, &r.By)
	case keyModule:
		return d.optional(name, &r.Module)
	case keyName:
		return d.optional(name, &r.Signal)
	case keyReason:
		return d.optional(name, &r.Reason)
	case keyRef:
		return d.integer(name, &r.Ref)
	case keyHR:
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
	case keyLost:
		at := d.at
		if err := d.value(name, &r.Lost); err != nil {
			return err
		}
		if r.Lost.Kind != Number && r.Lost.Kind != Null {
			return &fault{int64(at) + 1, "\"lost\" is a number or null"}
		}
		return nil
	case keyArgs, keyOut:
		return d.arguments(name, r)
	case keyTrace:
		return d.headerMember(k, name, r)
	case keyProducer, keyObserves, keyPartial, keyProcess, keyNote:
		if !d.begun { // a header's key means nothing elsewhere
			return d.headerMember(k, name, r)
		}
	}
	at := d.at
	raw := d.raw()
	if c := raw[0]; c == '{' || c == '[' { // jsontext has accepted it already, but for names that stand twice
		dec := jsontext.NewDecoder(bytes.NewReader(raw))
		if _, err := dec.ReadValue(); err != nil {
			return moved(syntax(dec, err), at)
		}
	}
	r.Extra = append(r.Extra, Member{name, Value{Raw, raw}})
	return nil
}

func (d *jsonDecoder) headerMember(k uint, name []byte, r *Record) error {
	if r.Header == nil {
		r.Header = &Header{}
	}
	h := r.Header
	switch k {
	case keyTrace:
		if c := d.line[d.at]; c != '-' && (c < '0' || c > '9') {
			return d.fault("\"mapitrace\" is the format's version, a number")
		}
		at := d.at
		version := d.raw()
		if n, err := strconv.ParseFloat(string(version), 64); err != nil || n != 1 {
			return &fault{int64(at) + 1, fmt.Sprintf("version %s of the trace format is not known: this program reads version 1", version)}
		}
		return nil
	case keyProducer:
		return d.pointer(name, &h.Producer)
	case keyProcess:
		return d.pointer(name, &h.Process)
	case keyNote:
		return d.pointer(name, &h.Note)
	case keyObserves:
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
		return d.wrong(name, "a list of texts", "")
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
		return d.wrong(name, "an object", "")
	}
	r.HasArgs = true
	d.argNames.reset()
	for d.enter(); d.more('}'); {
		at := d.at
		m := Member{Name: d.name()}
		if d.argNames.has(r.Args, m.Name) {
			return d.repeated(at, m.Name)
		}
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
		return d.wrong(name, "a number, a text, null, true or false", "")
	default:
		*v = Value{Number, d.number()}
	}
	return nil
}

func (d *jsonDecoder) integer(name []byte, to *Integer) error {
	line, at, n := d.line, d.at, int64(0)
	for at < len(line) && at-d.at < 18 && '0' <= line[at] && line[at] <= '9' {
		n = n*10 + int64(line[at]-'0')
		at++
	}
	if at > d.at && at < len(line) && ends[line[at]] { // as nearly always: a few digits
		d.at = at
		d.space()
		*to = Integer{n, true}
		return nil
	}
	if c := d.line[d.at]; c != '-' && (c < '0' || c > '9') {
		return d.wrong(name, "a whole number", "")
	}
	at = d.at
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
		return d.wrong(name, "a text", "")
	}
	*to = d.text()
	return nil
}

// wrong reports a known key with a value of the wrong type.
func (d *jsonDecoder) wrong(name []byte, want, hint string) error {
	return d.fault("%q is %s, and this is %s%s", name, want, d.kind(), hint)
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

// syntax turns jsontext's error into one that speaks of the line.
func syntax(dec *jsontext.Decoder, err error) error {
	var s *jsontext.SyntacticError
	if !errors.As(err, &s) {
		return &fault{dec.InputOffset() + 1, "not JSON: " + err.Error()}
	}
	at, text := s.ByteOffset+1, s.Err.Error()
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &fault{at, "the line ends in the middle of the object: it was cut, or the object goes on in the next line"}
	case errors.Is(err, jsontext.ErrDuplicateName):
		return &fault{at, fmt.Sprintf("%q stands twice in one object", s.JSONPointer.LastToken())}
	case strings.Contains(text, "max depth"):
		return &fault{at, "lists and objects stand within each other more than 10,000 deep"}
	case strings.Contains(text, "UTF-8"):
		return &fault{at, "the line is not UTF-8"}
	case strings.Contains(text, "surrogate"):
		return &fault{at, "half of a surrogate pair, which is no character"}
	}
	return &fault{at, "not JSON: " + text}
}

// moved places a fault that was found in a part of the line.
func moved(err error, by int) error {
	var f *fault
	if errors.As(err, &f) && f.at > 0 {
		return &fault{f.at + int64(by), f.text}
	}
	return err
}

// The keys that say what a line is, those that any line but the header may carry, and those that each may carry.
const (
	saysKind  = 1<<keyTrace | 1<<keyCall | 1<<keyRet | 1<<keyEvent
	stampKeys = 1<<keySeq | 1<<keyTime | 1<<keyPID | 1<<keyTID

	headerKeys = 1<<keyTrace | 1<<keyProducer | 1<<keyObserves | 1<<keyPartial | 1<<keyProcess | 1<<keyNote
	callKeys   = stampKeys | 1<<keyCall | 1<<keyID | 1<<keyOn | 1<<keyBy | 1<<keyArgs | 1<<keyModule
	returnKeys = stampKeys | 1<<keyRet | 1<<keyHR | 1<<keyRef | 1<<keyOut
)

// eventKeys are the keys that an event of that name may carry.
func eventKeys(name []byte) uint32 {
	const any = stampKeys | 1<<keyEvent
	switch string(name) {
	case "load", "unload":
		return any | 1<<keyModule
	case "signal":
		return any | 1<<keyName
	case "gap":
		return any | 1<<keyLost
	case "end":
		return any | 1<<keyReason
	}
	return any
}

// settle tells what the line is and whether it has what that requires.
func (d *jsonDecoder) settle(r *Record) error {
	has := func(k uint) bool { return d.seen>>k&1 != 0 }
	if !d.begun && !has(keyTrace) {
		return &fault{0, "a trace begins with its header, such as {\"mapitrace\":1,\"observes\":[\"MAPI\",\"IMAPISession\"]}, and this line is none"}
	}
	own := uint32(0)
	switch d.seen & saysKind {
	case 1 << keyTrace:
		if d.begun {
			return &fault{0, "a second header: a file holds one trace"}
		}
		r.Kind, own = HeaderRecord, headerKeys
		d.begun = true
	case 1 << keyCall:
		r.Kind, own = CallRecord, callKeys
		if !has(keyID) {
			return &fault{0, "a call needs an \"id\", which its return repeats"}
		}
		if has(keyOut) {
			return &fault{0, "a call has no \"out\": what it hands back stands in its return"}
		}
	case 1 << keyRet:
		r.Kind, own = ReturnRecord, returnKeys
		if has(keyArgs) {
			return &fault{0, "a return has no \"args\": they stand in its call"}
		}
	case 1 << keyEvent:
		r.Kind, own = EventRecord, eventKeys(r.Name)
		if s := string(r.Name); (s == "load" || s == "unload") && !r.Module.Set {
			return &fault{0, fmt.Sprintf("the event %q needs a \"module\"", s)}
		}
	case 0:
		return &fault{0, "the line has none of \"call\", \"ret\" and \"event\", one of which says what it is"}
	default:
		return &fault{0, "the line has more than one of \"mapitrace\", \"call\", \"ret\" and \"event\": each is a line of its own"}
	}
	if stray := d.seen &^ (own | headerKeys | 1<<keyOther); stray != 0 {
		d.strays(own, r)
	}
	if r.Kind == HeaderRecord {
		for _, x := range r.Extra {
			r.Header.Extra = append(r.Header.Extra, x.copy(bytes.Clone))
		}
		r.Extra = r.Extra[:0]
	}
	return nil
}

// strays makes unknown keys of known ones that mean nothing on a line of this kind, which has those keys of its own. Unknown keys keep
// the order of the line.
func (d *jsonDecoder) strays(own uint32, r *Record) {
	d.at = 0
	d.space()
	r.Extra = r.Extra[:0]
	for d.enter(); d.more('}'); {
		name := d.name()
		raw := d.raw()
		k := keyOf(name)
		if own>>k&1 != 0 {
			continue
		}
		r.Extra = append(r.Extra, Member{name, Value{Raw, raw}})
		switch k {
		case keySeq:
			r.Seq = Integer{}
		case keyTime:
			r.Time = Integer{}
		case keyPID:
			r.PID = Integer{}
		case keyTID:
			r.TID = Integer{}
		case keyID:
			if r.Kind != ReturnRecord { // its id is that of "ret"
				r.ID = 0
			}
		case keyOn:
			r.On = Text{}
		case keyBy:
			r.By = Text{}
		case keyModule:
			r.Module = Text{}
		case keyName:
			r.Signal = Text{}
		case keyReason:
			r.Reason = Text{}
		case keyRef:
			r.Ref = Integer{}
		case keyHR:
			r.HR = Value{}
		case keyLost:
			r.Lost = Value{}
		case keyArgs, keyOut:
			r.Args, r.HasArgs = r.Args[:0], false
		}
	}
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
		w.text("module", r.Module)
	case ReturnRecord:
		list = "out"
		w.integer("ret", Integer{r.ID, true})
		w.value("hr", r.HR)
		w.integer("ref", r.Ref)
	default:
		w.text("event", Text{r.Name, true})
		w.text("module", r.Module)
		w.text("name", r.Signal)
		w.value("lost", r.Lost)
		w.text("reason", r.Reason)
	}
	if r.HasArgs && r.Kind != EventRecord {
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
