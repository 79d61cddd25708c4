package trace

import (
	"bytes"
	"fmt"
	"strconv"

	"mapilife/model"
)

// A RecordKind says what a line of a trace is.
type RecordKind uint8

// The kinds of record.
const (
	HeaderRecord RecordKind = iota
	CallRecord
	ReturnRecord
	EventRecord
)

// A Record is one line of a trace, with everything it says, in either notation. Its texts are those of the reader's buffer and change
// with the next record; Clone keeps them.
type Record struct {
	Line int64 // the line of its file, from 1; in the text notation the call and the return of a leaf share one
	Kind RecordKind

	Header *Header // of a header

	Seq, Time, PID, TID Integer
	ID                  int64  // of a call or return
	Name                []byte // of a call: the function or method; of an event: its kind
	On                  Text   // of a call
	By                  Text   // of a call
	Module              Text   // of a call, a load or an unload
	HR                  Value  // of a return
	Ref                 Integer
	Signal              Text  // of a signal: its name
	Lost                Value // of a gap
	Reason              Text  // of an end
	Args                []Member
	HasArgs             bool     // an empty list of arguments, or output, was given
	Extra               []Member // keys that this version does not know on such a line, as JSON
}

// A Header is the first record of a trace.
type Header struct {
	Producer, Process, Note *string
	Observes, Partial       []string
	HasObserves, HasPartial bool
	Extra                   []Member
}

// An Integer is a whole number that may be absent.
type Integer struct {
	N   int64
	Set bool
}

// A Text is a text that may be absent.
type Text struct {
	S   []byte
	Set bool
}

// A ValueKind says what a value was written as.
type ValueKind uint8

// The kinds of value.
const (
	NoValue ValueKind = iota
	Null
	False
	True
	Number // S is its digits, as written
	String
	Raw // S is any JSON value
)

// A Value is an argument, an out parameter or a result.
type Value struct {
	Kind ValueKind
	S    []byte
}

// A Member is a named value.
type Member struct {
	Name  []byte
	Value Value
}

func (m Member) copy(keep func([]byte) []byte) Member {
	return Member{keep(m.Name), Value{m.Value.Kind, keep(m.Value.S)}}
}

// Clone copies the record, so that it outlives its reader's next one.
func (r *Record) Clone() *Record {
	c := &Record{}
	r.copyTo(c, bytes.Clone)
	return c
}

// copyTo makes a record the copy of this one, with the bytes that keep makes of its own.
func (r *Record) copyTo(c *Record, keep func([]byte) []byte) {
	args, extra := c.Args[:0], c.Extra[:0]
	*c = *r
	c.Name = keep(r.Name)
	for _, t := range [...]*Text{&c.On, &c.By, &c.Module, &c.Signal, &c.Reason} {
		t.S = keep(t.S)
	}
	c.HR.S, c.Lost.S = keep(r.HR.S), keep(r.Lost.S)
	for _, m := range r.Args {
		args = append(args, m.copy(keep))
	}
	for _, m := range r.Extra {
		extra = append(extra, m.copy(keep))
	}
	c.Args, c.Extra = args, extra
}

// reset empties the record, keeping its memory.
func (r *Record) reset() {
	*r = Record{Args: r.Args[:0], Extra: r.Extra[:0]}
}

// An Error says why a trace could not be read, or not be judged, and where.
type Error struct {
	File   string
	Line   int64 // from 1; 0 where no line is to blame
	Column int64 // in bytes, from 1; 0 where the whole line is to blame
	Text   string
}

func (e *Error) Error() string {
	switch {
	case e.Line == 0:
		return fmt.Sprintf("%s: %s", e.File, e.Text)
	case e.Column == 0:
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Text)
}

// parseHR reads a result: a hexadecimal text, a number of 32 bits, signed or unsigned, or a name.
func parseHR(v Value) (model.HResult, error) {
	switch v.Kind {
	case Number:
		n, err := strconv.ParseInt(string(v.S), 10, 64)
		if err != nil || n < -1<<31 || n >= 1<<32 {
			return 0, fmt.Errorf("%s is no result: a number has 32 bits", v.S)
		}
		return model.HResult(uint32(n)), nil
	case String:
		if n, ok := hexNumber(v.S); ok && n < 1<<32 && len(v.S) <= 10 {
			return model.HResult(n), nil
		}
		if h, ok := model.ResultByName(string(v.S)); ok {
			return h, nil
		}
		return 0, fmt.Errorf("%q is no result: write \"0x\" and up to 8 hexadecimal digits, a number, or a name such as S_OK or MAPI_E_NO_SUPPORT", v.S)
	}
	return 0, fmt.Errorf("a result is a text or a number")
}

// hexNumber reads "0x" and up to 16 hexadecimal digits.
func hexNumber(s []byte) (uint64, bool) {
	if len(s) < 3 || len(s) > 18 || s[0] != '0' || s[1]|0x20 != 'x' {
		return 0, false
	}
	n := uint64(0)
	for _, c := range s[2:] {
		switch {
		case '0' <= c && c <= '9':
			n = n<<4 | uint64(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			n = n<<4 | uint64(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return n, true
}
