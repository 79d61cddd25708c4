package trace

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// textDecoder decodes the text notation, a line at a time. A leaf gives two records.
type textDecoder struct {
	line    []byte
	at      int // bytes of the line consumed
	scratch []byte

	begun    bool
	header   Header
	inHeader bool
	second   *Record // the return of a leaf, after its call
	next     int64   // the id of the next call
	open     map[threadID][]int64
}

type threadID struct{ pid, tid int64 }

func newTextDecoder() *textDecoder {
	return &textDecoder{next: 1, open: map[threadID][]int64{}}
}

// pending gives the second record of a line, if there is one.
func (d *textDecoder) pending(r *Record) bool {
	if d.second == nil {
		return false
	}
	args := r.Args[:0]
	*r = *d.second
	r.Args = append(args, r.Args...)
	d.second = nil
	return true
}

// decode reads one line. It reports false if the line completes no record: it is empty, or belongs to the header.
func (d *textDecoder) decode(line []byte, r *Record) (bool, error) {
	r.reset()
	d.line, d.at, d.scratch = line, 0, d.scratch[:0]
	if !utf8.Valid(line) {
		return false, d.fault("the line is not UTF-8")
	}
	d.space()
	if d.done() {
		return false, nil
	}
	if !d.begun {
		return false, d.firstLine()
	}
	if d.inHeader {
		more, err := d.headerLine()
		if more || err != nil {
			return false, err
		}
		d.at = 0
		d.space()
	}
	if err := d.stamp(&r.Seq, &r.Time); err != nil {
		return false, err
	}
	if err := d.ids(r); err != nil {
		return false, err
	}
	return true, d.body(r)
}

func (d *textDecoder) fault(format string, args ...any) error {
	return &fault{int64(d.at) + 1, fmt.Sprintf(format, args...)}
}

// space skips blanks, and a comment behind them.
func (d *textDecoder) space() {
	from := d.at
	for d.at < len(d.line) && (d.line[d.at] == ' ' || d.line[d.at] == '\t' || d.line[d.at] == '\r') {
		d.at++
	}
	if rest := d.line[d.at:]; len(rest) > 0 && rest[0] == '#' && (d.at == 0 || d.at > from) && (len(rest) == 1 || rest[1] == ' ' || rest[1] == '\r') {
		d.at = len(d.line)
	}
}

func (d *textDecoder) done() bool { return d.at == len(d.line) }

// take consumes a sign, and the space behind it.
func (d *textDecoder) take(sign string) bool {
	if !bytes.HasPrefix(d.line[d.at:], []byte(sign)) {
		return false
	}
	d.at += len(sign)
	d.space()
	return true
}

func isWordByte(c byte, first bool) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c >= 0x80:
		return true
	}
	return !first && bytes.IndexByte([]byte(`.-$:\`), c) >= 0
}

// peekWord is the word that comes next, if one does.
func (d *textDecoder) peekWord() []byte {
	end := d.at
	for end < len(d.line) && isWordByte(d.line[end], end == d.at) {
		end++
	}
	return d.line[d.at:end]
}

// word consumes one word if it is that.
func (d *textDecoder) word(w string) bool {
	if string(d.peekWord()) != w {
		return false
	}
	d.at += len(w)
	d.space()
	return true
}

// text consumes a word or a quoted text.
func (d *textDecoder) text(what string) ([]byte, error) {
	if d.at < len(d.line) && d.line[d.at] == '"' {
		return d.quoted()
	}
	w := d.peekWord()
	if len(w) == 0 {
		return nil, d.fault("%s is missing here", what)
	}
	d.at += len(w)
	d.space()
	return w, nil
}

func (d *textDecoder) quoted() ([]byte, error) {
	end := d.at + 1
	for end < len(d.line) && d.line[end] != '"' {
		if d.line[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(d.line) {
		return nil, d.fault("the text that begins here has no closing quote")
	}
	from := len(d.scratch)
	var err error
	if d.scratch, err = jsontext.AppendUnquote(d.scratch, d.line[d.at:end+1]); err != nil {
		return nil, d.fault("the text that begins here is no JSON string: %v", err)
	}
	d.at = end + 1
	d.space()
	return d.scratch[from:len(d.scratch):len(d.scratch)], nil
}

func (d *textDecoder) integer(what string) (int64, error) {
	end := d.at
	for end < len(d.line) && (d.line[end] == '-' && end == d.at || '0' <= d.line[end] && d.line[end] <= '9') {
		end++
	}
	n, err := strconv.ParseInt(string(d.line[d.at:end]), 10, 64)
	if err != nil {
		return 0, d.fault("%s is a whole number of 64 bits", what)
	}
	d.at = end
	return n, nil
}

func (d *textDecoder) firstLine() error {
	if !d.word("mapitrace") {
		return d.fault("a trace begins with its header: the line \"mapitrace 1\", or in JSON an object with the key \"mapitrace\"")
	}
	n, err := d.integer("the version")
	if err != nil {
		return err
	}
	if n != 1 {
		return d.fault("version %d of the trace format is not known: this program reads version 1", n)
	}
	d.space()
	if !d.done() {
		return d.fault("the first line is \"mapitrace 1\" and nothing else")
	}
	d.begun, d.inHeader = true, true
	return nil
}

// headerLine reads one line of the header; it reports false on the first line behind it.
func (d *textDecoder) headerLine() (bool, error) {
	h := &d.header
	one := func(to **string) (bool, error) {
		if *to != nil {
			return false, d.fault("the header says this twice")
		}
		s, err := d.text("a text")
		if err != nil {
			return false, err
		}
		if !d.done() {
			return false, d.fault("one text, in quotes if it has spaces, and nothing behind it")
		}
		text := string(s)
		*to = &text
		return true, nil
	}
	many := func(to *[]string, has *bool) (bool, error) {
		if *has {
			return false, d.fault("the header says this twice")
		}
		*has = true
		for !d.done() {
			s, err := d.text("a name")
			if err != nil {
				return false, err
			}
			*to = append(*to, string(s))
		}
		return true, nil
	}
	switch {
	case d.word("producer"):
		return one(&h.Producer)
	case d.word("process"):
		return one(&h.Process)
	case d.word("note"):
		return one(&h.Note)
	case d.word("observes"):
		return many(&h.Observes, &h.HasObserves)
	case d.word("partial"):
		return many(&h.Partial, &h.HasPartial)
	case bytes.HasPrefix(d.line[d.at:], []byte("?{")):
		extra, err := d.extra()
		for _, m := range extra {
			h.Extra = append(h.Extra, m.clone())
		}
		return true, err
	}
	return false, nil
}

// endHeader gives the header's record before the first one behind it, or at the end.
func (d *textDecoder) endHeader(r *Record) bool {
	if !d.inHeader {
		return false
	}
	d.inHeader = false
	h := d.header
	r.reset()
	r.Kind, r.Header = HeaderRecord, &h
	return true
}

// stamp reads "@SEQ/T".
func (d *textDecoder) stamp(seq, t *Integer) error {
	if d.at >= len(d.line) || d.line[d.at] != '@' {
		return nil
	}
	d.at++
	if d.at < len(d.line) && d.line[d.at] != '/' {
		n, err := d.integer("a sequence number")
		if err != nil {
			return err
		}
		*seq = Integer{n, true}
	}
	if d.at < len(d.line) && d.line[d.at] == '/' {
		d.at++
		n, err := d.integer("a time")
		if err != nil {
			return err
		}
		*t = Integer{n, true}
	}
	if !seq.Set && !t.Set {
		return d.fault("a stamp is @SEQ, @SEQ/T or @/T")
	}
	d.space()
	return nil
}

// ids reads "P4711 T12".
func (d *textDecoder) ids(r *Record) error {
	for _, x := range []struct {
		sign byte
		to   *Integer
	}{{'P', &r.PID}, {'T', &r.TID}} {
		w := d.peekWord()
		if len(w) < 2 || w[0] != x.sign || !isNumber(w[1:]) {
			continue
		}
		d.at++
		n, err := d.integer("an id")
		if err != nil {
			return err
		}
		*x.to = Integer{n, true}
		d.space()
	}
	return nil
}

func isNumber(s []byte) bool {
	if len(s) > 1 && s[0] == '-' {
		s = s[1:]
	}
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(s) > 0
}

// keywords begin a line that is no call, or part of one.
var keywords = map[string]bool{
	"load": true, "unload": true, "thread-exit": true, "signal": true, "gap": true, "end": true, "event": true, "ret": true, "call": true,
	"by": true, "in": true, "ref": true, "mapitrace": true, "producer": true, "process": true, "note": true, "observes": true, "partial": true,
}

func (d *textDecoder) body(r *Record) error {
	switch {
	case d.take("}"):
		return d.closing(r)
	case d.word("ret"):
		r.Kind = ReturnRecord
		if d.at >= len(d.line) || d.line[d.at] != '#' {
			return d.fault("\"ret\" is followed by the \"#\" and the id of a call")
		}
		d.at++
		n, err := d.integer("an id")
		if err != nil {
			return err
		}
		r.ID = n
		d.space()
		d.closed(threadID{r.PID.N, r.TID.N}, n)
		return d.arrow(r)
	}
	if w := string(d.peekWord()); keywords[w] && w != "call" {
		return d.event(w, r)
	}
	return d.call(r)
}

// closing reads "} -> RESULT".
func (d *textDecoder) closing(r *Record) error {
	r.Kind = ReturnRecord
	key := threadID{r.PID.N, r.TID.N}
	calls := d.open[key]
	if len(calls) == 0 {
		return d.fault("no call is open on this thread that \"}\" could close")
	}
	r.ID = calls[len(calls)-1]
	d.closed(key, r.ID)
	return d.arrow(r)
}

// closed takes a call, and those that it leaves behind open, off the open ones.
func (d *textDecoder) closed(key threadID, id int64) {
	calls := d.open[key]
	for i := len(calls) - 1; i >= 0; i-- {
		if calls[i] == id {
			if i == 0 {
				delete(d.open, key)
			} else {
				d.open[key] = calls[:i]
			}
			return
		}
	}
}

func (d *textDecoder) arrow(r *Record) error {
	if !d.take("->") {
		return d.fault("a return goes on with \"->\"")
	}
	if err := d.result(r, false); err != nil {
		return err
	}
	return d.last()
}

func (d *textDecoder) last() error {
	if !d.done() {
		return d.fault("nothing was expected here")
	}
	return nil
}

// result reads what stands behind "->".
func (d *textDecoder) result(r *Record, leaf bool) error {
	at := d.at
	if w := d.peekWord(); len(w) > 0 && string(w) != "ref" || d.at < len(d.line) && (d.line[d.at] == '-' || d.line[d.at] == '"') {
		if err := d.value(&r.HR); err != nil {
			return err
		}
		if _, err := parseHR(r.HR); err != nil {
			return &fault{int64(at) + 1, err.Error()}
		}
	}
	if d.word("ref") {
		n, err := d.integer("what AddRef or Release returned")
		if err != nil {
			return err
		}
		r.Ref = Integer{n, true}
		d.space()
	}
	if err := d.list(r); err != nil {
		return err
	}
	if leaf {
		if err := d.stamp(&r.Seq, &r.Time); err != nil {
			return err
		}
	}
	extra, err := d.extra()
	r.Extra = append(r.Extra, extra...)
	return err
}

// list reads "(NAME=VALUE, …)".
func (d *textDecoder) list(r *Record) error {
	if !d.take("(") {
		return nil
	}
	r.HasArgs = true
	for !d.take(")") {
		if len(r.Args) > 0 && !d.take(",") {
			return d.fault("a comma or a closing parenthesis is missing here")
		}
		name, err := d.text("a parameter's name")
		if err != nil {
			return err
		}
		for _, m := range r.Args {
			if bytes.Equal(m.Name, name) {
				return d.fault("the parameter %s stands here twice", name)
			}
		}
		if !d.take("=") {
			return d.fault("\"=\" and a value are missing here")
		}
		var v Value
		if err := d.value(&v); err != nil {
			return err
		}
		r.Args = append(r.Args, Member{name, v})
	}
	return nil
}

// value reads a number, null, true, false or a text.
func (d *textDecoder) value(v *Value) error {
	if d.at < len(d.line) && d.line[d.at] == '"' {
		s, err := d.quoted()
		*v = Value{String, s}
		return err
	}
	end := d.at
	for end < len(d.line) && (isWordByte(d.line[end], false) || d.line[end] == '+') {
		end++
	}
	w := d.line[d.at:end]
	switch {
	case len(w) == 0:
		return d.fault("a value is missing here")
	case string(w) == "null":
		v.Kind = Null
	case string(w) == "true":
		v.Kind = True
	case string(w) == "false":
		v.Kind = False
	case w[0] == '-' || '0' <= w[0] && w[0] <= '9' && !isHex(w):
		if !jsontext.Value(w).IsValid() {
			return d.fault("%s is neither a number nor a word: write it in quotes if it is a text", w)
		}
		*v = Value{Number, w}
	default:
		if !isWord(w) {
			return d.fault("%s is no word: write it in quotes", w)
		}
		*v = Value{String, w}
	}
	d.at = end
	d.space()
	return nil
}

func isHex(w []byte) bool { return len(w) > 2 && w[0] == '0' && w[1]|0x20 == 'x' }

// isWord tells a text that needs no quotes.
func isWord(s []byte) bool {
	for i, c := range s {
		if !isWordByte(c, i == 0) {
			return false
		}
	}
	return len(s) > 0
}

// extra reads "?{…}".
func (d *textDecoder) extra() ([]Member, error) {
	if !bytes.HasPrefix(d.line[d.at:], []byte("?{")) {
		return nil, nil
	}
	d.at++
	from := d.at
	dec := jsontext.NewDecoder(bytes.NewReader(d.line[from:]))
	var list []Member
	if _, err := dec.ReadToken(); err != nil {
		return nil, d.fault("what follows \"?\" is no JSON object: %v", err)
	}
	for dec.PeekKind() == '"' {
		t, err := dec.ReadToken()
		if err != nil {
			return nil, d.fault("what follows \"?\" is no JSON object: %v", err)
		}
		name := []byte(t.String())
		raw, err := dec.ReadValue()
		if err != nil {
			return nil, d.fault("what follows \"?\" is no JSON object: %v", err)
		}
		list = append(list, Member{name, Value{Raw, bytes.Clone(raw)}})
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, d.fault("what follows \"?\" is no JSON object: %v", err)
	}
	d.at = from + int(dec.InputOffset())
	d.space()
	return list, nil
}

func (d *textDecoder) event(w string, r *Record) error {
	r.Kind = EventRecord
	d.at += len(w)
	d.space()
	r.Name = []byte(w)
	var err error
	more := !d.done() && d.line[d.at] != '?'
	switch w {
	case "load", "unload":
		r.Module.Set = true
		r.Module.S, err = d.text("a module's name")
	case "thread-exit":
	case "signal":
		if r.Signal.Set = more; more {
			r.Signal.S, err = d.text("a signal's name")
		}
	case "gap":
		if more {
			if err = d.value(&r.Lost); err == nil && r.Lost.Kind != Number && r.Lost.Kind != Null {
				err = d.fault("a gap is followed by a number or null")
			}
		}
	case "end":
		if r.Reason.Set = more; more {
			r.Reason.S, err = d.text("a reason")
		}
	case "event":
		r.Name, err = d.text("the name of an event")
	default:
		return d.fault("%q begins no record: a call of that name follows the word \"call\"", w)
	}
	if err != nil {
		return err
	}
	if r.Extra, err = d.extra(); err != nil {
		return err
	}
	return d.last()
}

func (d *textDecoder) call(r *Record) error {
	r.Kind = CallRecord
	counted := true
	if d.at < len(d.line) && d.line[d.at] == '#' {
		d.at++
		n, err := d.integer("an id")
		if err != nil {
			return err
		}
		r.ID, counted = n, false
		d.space()
	} else {
		r.ID = d.next
	}
	marked := d.word("call")
	first, err := d.text("the name of a call")
	if err != nil {
		return err
	}
	r.Name = first
	if !marked && !d.done() && (d.line[d.at] == '"' || len(d.peekWord()) > 0) && (d.line[d.at] == '"' || !keywords[string(d.peekWord())] || string(d.peekWord()) == "call") {
		r.On = Text{first, true}
		d.word("call")
		if r.Name, err = d.text("the name of a call"); err != nil {
			return err
		}
	}
	if err := d.list(r); err != nil {
		return err
	}
	if d.word("by") {
		r.By.Set = true
		if r.By.S, err = d.text("who made the call"); err != nil {
			return err
		}
	}
	if d.word("in") {
		r.Module.Set = true
		if r.Module.S, err = d.text("a module's name"); err != nil {
			return err
		}
	}
	if r.Extra, err = d.extra(); err != nil {
		return err
	}
	if counted {
		d.next++
	}
	switch {
	case d.take("->"):
		ret := &Record{Kind: ReturnRecord, PID: r.PID, TID: r.TID, ID: r.ID}
		if err := d.result(ret, true); err != nil {
			return err
		}
		d.second = ret
		return d.last()
	case d.take("{"):
		key := threadID{r.PID.N, r.TID.N}
		d.open[key] = append(d.open[key], r.ID)
		return d.last()
	}
	return d.fault("a call goes on with \"->\" and its result, or with \"{\" if it has not returned yet")
}
