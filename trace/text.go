package trace

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// textDecoder decodes the text notation, a line at a time. A leaf gives two records.
type textDecoder struct {
	line    []byte
	at      int // bytes of the line consumed
	scratch []byte
	names   nameSet

	begun    bool
	header   Header
	inHeader bool
	extras   bool    // the header has had its unknown keys
	second   *Record // the return of a leaf, after its call
	next     int64   // the id of the next call
	open     stacks
}

func newTextDecoder() *textDecoder { return &textDecoder{next: 1, open: stacks{}} }

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
		for d.at = 0; utf8.FullRune(line[d.at:]); { // up to the first byte that is not
			c, n := utf8.DecodeRune(line[d.at:])
			if c == utf8.RuneError && n == 1 {
				break
			}
			d.at += n
		}
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
	if err := d.body(r); err != nil {
		return false, err
	}
	if d.second != nil { // it has returned already
		return true, nil
	}
	return true, d.open.follow(r)
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

// signs may stand in a word, but not at its beginning.
const signs = `.-$:\`

// span is the end of the letters, digits, "_" and signs that begin at a place. It stops before "->".
func span(b []byte, at int, signs string) int {
	for at < len(b) {
		switch c := b[at]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_':
			at++
		case c >= utf8.RuneSelf:
			letter, n := utf8.DecodeRune(b[at:])
			if letter == utf8.RuneError || !unicode.In(letter, unicode.L, unicode.M, unicode.Nd) {
				return at
			}
			at += n
		case bytes.IndexByte([]byte(signs), c) < 0, c == '-' && at+1 < len(b) && b[at+1] == '>':
			return at
		default:
			at++
		}
	}
	return at
}

// wordEnd is the end of the word that begins at a place, or that place if none does.
func wordEnd(b []byte, at int) int {
	if at == len(b) || bytes.IndexByte([]byte(signs), b[at]) >= 0 {
		return at
	}
	return span(b, at, signs)
}

// isWord tells a text that needs no quotes.
func isWord(s []byte) bool { return len(s) > 0 && wordEnd(s, 0) == len(s) }

// peekWord is the word that comes next, if one does.
func (d *textDecoder) peekWord() []byte { return d.line[d.at:wordEnd(d.line, d.at)] }

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
		return nil, d.fault("the text that begins here is no JSON string: %s", strings.TrimPrefix(err.Error(), "jsontext: "))
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
	if err != nil || wordEnd(d.line, end) > end {
		return 0, d.fault("%s is a whole number of 64 bits", what)
	}
	d.at = end
	return n, nil
}

func (d *textDecoder) firstLine() error {
	if !d.word("mapitrace") {
		return d.fault("a trace begins with its header: the line \"mapitrace 1\", or in JSON an object with the key \"mapitrace\"")
	}
	at := d.at
	n, err := d.integer("the version")
	if err != nil {
		return err
	}
	if n != 1 {
		d.at = at
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
		if d.extras {
			return false, d.fault("the header says this twice")
		}
		d.extras = true
		extra, err := d.extra(headerKeys)
		if err == nil {
			err = d.last()
		}
		h.Extra = extra
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
	if d.at < len(d.line) && d.line[d.at] != '/' && d.line[d.at] != ' ' {
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
	at := d.at
	if d.space(); d.at == at && !d.done() {
		return d.fault("a space is missing here")
	}
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
	id, ok := d.open.innermost(r.PID.N, r.TID.N)
	if !ok {
		return d.fault("no call is open on this thread that \"}\" could close")
	}
	r.ID = id
	return d.arrow(r)
}

func (d *textDecoder) arrow(r *Record) error {
	if !d.take("->") {
		return d.fault("a return goes on with \"->\"")
	}
	return d.result(r, false)
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
	var err error
	if r.Extra, err = d.extra(returnKeys | 1<<keyArgs); err != nil {
		return err
	}
	if !d.done() {
		return d.fault("nothing was expected here: a result is HRESULT, ref NUMBER, (NAME=VALUE, …), @STAMP and ?{…}, in this order")
	}
	return nil
}

// list reads "(NAME=VALUE, …)".
func (d *textDecoder) list(r *Record) error {
	if !d.take("(") {
		return nil
	}
	r.HasArgs = true
	d.names.reset()
	for !d.take(")") {
		if len(r.Args) > 0 && !d.take(",") {
			return d.fault("a comma or a closing parenthesis is missing here")
		}
		at := d.at
		name, err := d.text("a parameter's name")
		if err != nil {
			return err
		}
		if d.names.has(r.Args, name) {
			return &fault{int64(at) + 1, fmt.Sprintf("the parameter %s stands here twice", name)}
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
	end := span(d.line, d.at, signs+"+")
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

// extra reads "?{…}": keys that the record does not know, which are those that a JSON line of its kind would not.
func (d *textDecoder) extra(known uint32) ([]Member, error) {
	if !bytes.HasPrefix(d.line[d.at:], []byte("?{")) {
		return nil, nil
	}
	from := d.at + 1
	dec := jsontext.NewDecoder(bytes.NewReader(d.line[from:]))
	raw, err := dec.ReadValue()
	if err != nil {
		return nil, moved(syntax(dec, err), from)
	}
	keys := jsonDecoder{line: bytes.Clone(raw), begun: true}
	var list []Member
	var typed Record // where values of known keys that stand here go, to see that they are of the right type
	for keys.enter(); keys.more('}'); {
		at := keys.at
		name := bytes.Clone(keys.name())
		k := keyOf(name)
		if k != keyOther && (known|saysKind)>>k&1 != 0 {
			return nil, &fault{int64(from+at) + 1, fmt.Sprintf("%q is no unknown key: the notation has a place of its own for it", name)}
		}
		at = keys.at
		if err := keys.member(k, name, &typed); err != nil {
			return nil, moved(err, from)
		}
		value := bytes.TrimRight(keys.line[at:keys.at], " \t\r")
		list = append(list, Member{name, Value{Raw, value}})
	}
	d.at = from + int(dec.InputOffset())
	d.space()
	return list, nil
}

func (d *textDecoder) event(w string, r *Record) error {
	r.Kind = EventRecord
	at := d.at
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
			at := d.at
			if err = d.value(&r.Lost); err == nil && r.Lost.Kind != Number && r.Lost.Kind != Null {
				err = &fault{int64(at) + 1, "a gap is followed by a number or null"}
			}
		}
	case "end":
		if r.Reason.Set = more; more {
			r.Reason.S, err = d.text("a reason")
		}
	case "event":
		at := d.at
		r.Name, err = d.text("the name of an event")
		if _, known := eventKinds[string(r.Name)]; known {
			return &fault{int64(at) + 1, fmt.Sprintf("%q is an event that has a word of its own: leave \"event\" out", r.Name)}
		}
	case "mapitrace":
		return &fault{int64(at) + 1, "a second header: a file holds one trace"}
	case "producer", "process", "note", "observes", "partial":
		return &fault{int64(at) + 1, fmt.Sprintf("%q belongs to the header: write it before the first record. A call of that name follows the word \"call\"", w)}
	default:
		return &fault{int64(at) + 1, fmt.Sprintf("%q begins no record: a call of that name follows the word \"call\"", w)}
	}
	if err != nil {
		return err
	}
	if r.Extra, err = d.extra(eventKeys(r.Name)); err != nil {
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
	if r.Extra, err = d.extra(callKeys | 1<<keyOut); err != nil {
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
		return nil
	case d.take("{"):
		return d.last()
	}
	return d.fault("a call goes on with \"->\" and its result, or with \"{\" if it has not returned yet")
}
