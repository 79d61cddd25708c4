// Package importer makes traces of logs that people have already: debug logs of MAPI subsystems and clients, and whatever a few regular
// expressions can read.
//
// Each kind of log declares what it shows whole. That is the header's "observes", and only there does a missing call mean that it was not
// made. Most logs do not say which object a method was called on. It is a set of candidates then: where the log shows from the beginning
// on that only one object of the interface was ever handed out, a call is on that one, and otherwise it is on none. Interfaces whose
// objects a log does not name are not observed, so that nobody is accused on a guess.
//
// A log that may begin in the middle makes a trace whose second line is a gap. The lines of a trace's records are those of the log, and
// so are those of the findings.
package importer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"mapilife/trace"
)

// A Kind is a kind of log.
type Kind struct {
	Name     string
	Says     string   // what writes it, and how it is asked to
	Observes []string // what such a log shows every call of, at most: Read may find that one shows less
	Partial  []string // those of them of which MAPI's own AddRef and Release are missing
	Limits   string   // what it does not show

	start func() parser
}

// A parser takes the lines of one log.
type parser interface {
	// line takes the next line, without its end. An error is an *problem or says nothing of where it is.
	line(b *builder, text []byte) error
	// end completes the trace. It returns what the log has turned out to observe.
	end(b *builder) (observes []string, err error)
}

// kinds are those that are built in. A map is one more.
var kinds = []Kind{mapi4linux, mfcmapi, wine}

// Kinds are the kinds of log that are built in.
func Kinds() []Kind { return kinds }

// ByName finds one of them.
func ByName(name string) (Kind, bool) {
	for _, k := range kinds {
		if k.Name == name {
			return k, true
		}
	}
	return Kind{}, false
}

// A problem is what is wrong with a line: it goes into the trace.Error.
type problem struct {
	line   int64 // 0: the current one
	column int   // in bytes, from 1
	text   string
}

func (p *problem) Error() string { return p.text }

func wrong(column int, format string, args ...any) error {
	return &problem{column: column, text: fmt.Sprintf(format, args...)}
}

var byteOrderMark = []byte{0xef, 0xbb, 0xbf}

// Read makes a trace of a log: its header and its other records. The error is a *trace.Error.
func (k Kind) Read(file string, in io.Reader) ([]*trace.Record, error) {
	b := newBuilder()
	p := k.start()
	located := func(err error) error {
		e := &trace.Error{File: file, Line: b.line, Text: err.Error()}
		var at *problem
		if errors.As(err, &at) {
			e.Column = int64(at.column)
			if at.line != 0 {
				e.Line = at.line
			}
		}
		return e
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 1<<16), trace.MaxLine)
	for lines.Scan() {
		b.line++
		text := bytes.TrimSuffix(lines.Bytes(), []byte{'\r'})
		if b.line == 1 {
			text = bytes.TrimPrefix(text, byteOrderMark)
		}
		if at := bytes.IndexByte(text, 0); at >= 0 {
			return nil, located(wrong(at+1, "this is no text: save the log as UTF-8"))
		}
		if err := p.line(b, text); err != nil {
			return nil, located(err)
		}
	}
	if err := lines.Err(); err != nil {
		b.line++
		if errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("the line has more than %d bytes", trace.MaxLine)
		}
		return nil, located(err)
	}
	observes, err := p.end(b)
	if err != nil {
		return nil, located(err)
	}
	if !b.recognised {
		return nil, &trace.Error{File: file, Text: fmt.Sprintf("no line of this is one of a log of the kind %s: %s", k.Name, k.Says)}
	}
	return b.finish(k, observes), nil
}
