package trace

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// MaxLine is how many bytes a line of a trace may have.
const MaxLine = 1 << 20

// maxWindow bounds the memory that decompressing takes.
const maxWindow = 64 << 20

// How compressed data, and UTF-8 text of some editors, begins.
var (
	gzipMagic     = []byte{0x1f, 0x8b}
	zstdMagic     = []byte{0x28, 0xb5, 0x2f, 0xfd}
	byteOrderMark = []byte{0xef, 0xbb, 0xbf}
)

// A Reader reads the records of one trace, in whichever notation, compressed or not.
type Reader struct {
	file  string
	in    *bufio.Reader
	gzip  bool
	zstd  *zstd.Decoder
	long  []byte // a line that did not fit the buffer
	lines int64
	json  *jsonDecoder
	text  *textDecoder

	headerAt int64 // the line where the header of a text begins

	started bool
	ended   error // what Next has returned last of all
	ahead   bool  // the record behind the header has been read already
	waiting Record
	lastSeq int64
	anySeq  bool
}

// NewReader makes a reader. The file's name is for its errors.
func NewReader(file string, r io.Reader) *Reader {
	return &Reader{file: file, in: bufio.NewReaderSize(r, 1<<16)}
}

// Close frees what reading took. It does not close the reader below.
func (r *Reader) Close() {
	if r.zstd != nil {
		r.zstd.Close()
	}
}

// Notation is how the trace is written, once a record has been read.
func (r *Reader) Notation() Notation {
	if r.text != nil {
		return TextNotation
	}
	return JSONNotation
}

// Next reads the next record. At the end it returns io.EOF; every other error is an *Error. Nothing follows an error but the same again.
func (r *Reader) Next(rec *Record) error {
	if r.ended == nil {
		r.ended = r.read(rec)
	}
	return r.ended
}

func (r *Reader) read(rec *Record) error {
	if !r.started {
		if err := r.start(); err != nil {
			return err
		}
	}
	err := r.next(rec)
	if err != nil || rec.Kind == HeaderRecord {
		return err
	}
	if rec.Seq.Set {
		if r.anySeq && rec.Seq.N <= r.lastSeq {
			return r.fail(0, "\"seq\" is %d after %d: it grows from line to line", rec.Seq.N, r.lastSeq)
		}
		r.lastSeq, r.anySeq = rec.Seq.N, true
	}
	return nil
}

func (r *Reader) fail(column int64, format string, args ...any) error {
	return &Error{File: r.file, Line: r.lines, Column: column, Text: fmt.Sprintf(format, args...)}
}

// Compressed tells data that is compressed, in a way that a Reader knows, by its first bytes.
func Compressed(head []byte) bool {
	return bytes.HasPrefix(head, gzipMagic) || bytes.HasPrefix(head, zstdMagic)
}

// start finds out what the input is.
func (r *Reader) start() error {
	r.started = true
	magic, err := r.in.Peek(4)
	if len(magic) == 0 && err != nil && !errors.Is(err, io.EOF) {
		return r.broken(err)
	}
	switch {
	case bytes.HasPrefix(magic, gzipMagic):
		r.gzip = true
		z, err := gzip.NewReader(r.in)
		if err != nil {
			return r.broken(err)
		}
		r.in = bufio.NewReaderSize(z, 1<<16)
	case bytes.Equal(magic, zstdMagic):
		z, err := zstd.NewReader(r.in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return &Error{File: r.file, Text: fmt.Sprintf("the zstd data is broken: %v", err)}
		}
		r.zstd = z
		r.in = bufio.NewReaderSize(z, 1<<16)
	}
	if bom, _ := r.in.Peek(len(byteOrderMark)); bytes.Equal(bom, byteOrderMark) {
		r.in.Discard(len(byteOrderMark))
	}
	head, _ := r.in.Peek(min(r.in.Buffered(), 512)) // and wait for no more
	if what := foreign(head); what != "" {
		return &Error{File: r.file, Text: what}
	}
	return nil
}

// foreign says what data is that can be no trace, going by how it begins.
func foreign(head []byte) string {
	first, _, _ := bytes.Cut(head, []byte{'\n'})
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}),
		len(head) >= 4 && (head[0] == 0) != (head[1] == 0) && (head[0] == 0) == (head[2] == 0) && (head[1] == 0) == (head[3] == 0):
		return "this is UTF-16 text, and a trace is UTF-8: save it as UTF-8, or run it through iconv -f UTF-16 -t UTF-8"
	case bytes.IndexByte(first, 0) >= 0 && first[0] != '{', Compressed(head):
		return notText
	}
	return ""
}

const notText = "this is no trace but binary data: a trace is UTF-8 text, as it is or compressed once with gzip or zstd"

// isText tells a line that somebody may have written, from binary data.
func isText(line []byte) bool {
	return utf8.Valid(line) && bytes.IndexFunc(line, func(c rune) bool { return c < ' ' && c != '\t' && c != '\r' }) < 0
}

// next reads the next record, without looking at its place in the order.
func (r *Reader) next(rec *Record) error {
	if r.ahead {
		r.ahead = false
		*rec = r.waiting
		rec.Line = r.lines
		return nil
	}
	if r.text != nil && r.text.pending(rec) {
		rec.Line = r.lines
		return nil
	}
	for {
		line, err := r.line()
		if err == io.EOF {
			return r.end(rec)
		}
		if err != nil {
			return err
		}
		if blank(line) {
			r.skipEmpty()
			continue
		}
		if r.json == nil && r.text == nil {
			switch c := bytes.TrimLeft(line, " \t"); {
			case c[0] == '{' || c[0] == '[' || c[0] == '"':
				r.json = newJSONDecoder()
			case !isText(line):
				return r.fail(0, notText)
			default:
				r.text = newTextDecoder()
			}
		}
		if r.json != nil {
			return r.jsonLine(line, rec)
		}
		begun := r.text.begun
		more, err := r.text.decode(line, rec)
		if err != nil {
			return r.located(err)
		}
		if !begun && r.text.begun {
			r.headerAt = r.lines
		}
		if !more {
			continue
		}
		rec.Line = r.lines
		if r.text.inHeader { // the first record behind the header: the header goes first
			r.waiting, r.ahead = *rec, true
			r.waiting.Args = append([]Member(nil), rec.Args...)
			r.text.endHeader(rec)
			rec.Line = r.headerAt
		}
		return nil
	}
}

func blank(line []byte) bool {
	return len(line) == 0 || line[0] <= ' ' && len(bytes.TrimLeft(line, " \t\r")) == 0
}

// skipEmpty skips the empty lines that follow, as far as they have been read: a compressed file may have billions of them.
func (r *Reader) skipEmpty() {
	next, _ := r.in.Peek(r.in.Buffered())
	n := len(next) - len(bytes.TrimLeft(next, "\n"))
	r.in.Discard(n)
	r.lines += int64(n)
}

func (r *Reader) end(rec *Record) error {
	switch {
	case r.text != nil && r.text.endHeader(rec):
		rec.Line = r.headerAt
		return nil
	case r.json == nil && r.text == nil:
		return &Error{File: r.file, Text: "there is no trace here: the file is empty. A trace begins with its header, such as {\"mapitrace\":1}"}
	case r.text != nil && !r.text.begun:
		return &Error{File: r.file, Text: "there is no trace here: the file holds only comments. A trace begins with its header: the line \"mapitrace 1\""}
	}
	return io.EOF
}

func (r *Reader) jsonLine(line []byte, rec *Record) error {
	if err := r.json.decode(line, rec); err != nil {
		return r.located(err)
	}
	rec.Line = r.lines
	return nil
}

func (r *Reader) located(err error) error {
	var f *fault
	if errors.As(err, &f) {
		return &Error{File: r.file, Line: r.lines, Column: f.at, Text: f.text}
	}
	return &Error{File: r.file, Line: r.lines, Text: err.Error()}
}

// line reads one line, without its end.
func (r *Reader) line() ([]byte, error) {
	line, err := r.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line, err = r.longLine(line)
	}
	switch {
	case err == nil:
		line = line[:len(line)-1]
	case err == io.EOF && len(line) > 0:
	case err == io.EOF:
		return nil, io.EOF
	default:
		r.lines++
		return nil, r.broken(err)
	}
	r.lines++
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	if len(line) > MaxLine {
		return nil, r.broken(errTooLong)
	}
	return line, nil
}

func (r *Reader) longLine(begin []byte) ([]byte, error) {
	r.long = append(r.long[:0], begin...)
	for {
		more, err := r.in.ReadSlice('\n')
		r.long = append(r.long, more...)
		if len(r.long) > MaxLine+len("\r\n") {
			return nil, errTooLong
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return r.long, err
		}
	}
}

var errTooLong = fmt.Errorf("the line has more than %d bytes, the most that a line of a trace may have", MaxLine)

// broken says why the input could not be read on.
func (r *Reader) broken(err error) error {
	var corrupt flate.CorruptInputError
	compressed := r.gzip || r.zstd != nil
	switch {
	case err == errTooLong:
		return r.fail(0, "%v", err)
	case compressed && (errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)):
		return r.fail(0, "the compressed data ends too early: the file was cut")
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.As(err, &corrupt):
		return r.fail(0, "the gzip data is broken: %v", err)
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return r.fail(0, "reading the zstd data would take more than %d MiB of memory: compress it with --long=26, or a lower level", maxWindow>>20)
	case r.zstd != nil:
		return r.fail(0, "the zstd data is broken: %v", err)
	}
	return r.fail(0, "reading failed: %v", err)
}
