// Package tail reads a recording while it grows.
//
// A recorder may begin anew at any time: it may empty its file, or rename it and make another one of that name. Each file, from its
// beginning to where it was given up, is a [Part], which reads like any file, except that it waits for what is still to be written, and
// hands out whole lines only. A file that was renamed is read to its end; it is given up when the new one has something in it. Of a file
// that was emptied, what had not been read by then is lost: the part is over. That it was shows by its being shorter than it was, or beginning
// otherwise.
//
// Changes are told by the system, through fsnotify. Where that does not work, as on some network file systems, the file is looked at several
// times a second.
package tail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"

	"mapilife/trace"
)

// How long to wait before the file is looked at again though nothing was told, with notification and without.
const (
	rarely = time.Second
	often  = 100 * time.Millisecond
)

// A Tail follows one file.
type Tail struct {
	name    string
	watcher *fsnotify.Watcher // nil where the system does not tell of changes
	file    *os.File          // that is followed on, after a part of it is over
}

// Follow begins to follow a file, which need not be there yet; its directory has to be. With poll, the file is looked at again and again,
// whatever the system tells.
func Follow(name string, poll bool) (*Tail, error) {
	dir := filepath.Dir(name)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, &trace.Error{File: name, Text: "its directory is not there: nothing can be recorded in it"}
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil, &trace.Error{File: name, Text: "this is no file: only a file can be followed"}
	}
	t := &Tail{name: name}
	if !poll {
		if w, err := fsnotify.NewWatcher(); err == nil {
			t.watcher = w
			if w.Add(dir) != nil {
				t.watcher = nil
				w.Close()
			}
		}
	}
	return t, nil
}

// Close gives up what following takes.
func (t *Tail) Close() error {
	var errs []error
	if t.file != nil {
		errs = append(errs, t.file.Close())
	}
	if t.watcher != nil {
		errs = append(errs, t.watcher.Close())
	}
	return errors.Join(errs...)
}

// Next waits for the file to be there with something in it, and begins to read it. It returns io.EOF when the context is done.
func (t *Tail) Next(ctx context.Context) (*Part, error) {
	for ctx.Err() == nil {
		if t.file == nil {
			f, err := os.Open(t.name)
			switch {
			case err == nil:
				t.file = f
			case !errors.Is(err, fs.ErrNotExist):
				return nil, &trace.Error{File: t.name, Text: errors.Unwrap(err).Error()}
			}
		}
		if t.file != nil {
			head := make([]byte, 4)
			if n, _ := t.file.ReadAt(head, 0); trace.Compressed(head[:n]) {
				return nil, &trace.Error{File: t.name, Text: "this is compressed, and can not be followed: have it recorded as it is"}
			} else if n > 0 {
				return &Part{tail: t, ctx: ctx}, nil
			}
			if t.replaced() {
				t.leave()
				continue
			}
		}
		t.wait(ctx)
	}
	return nil, io.EOF
}

func (t *Tail) leave() {
	t.file.Close()
	t.file = nil
}

// replaced tells whether the file's name stands for another one, with something in it.
func (t *Tail) replaced() bool {
	now, err := os.Stat(t.name)
	if err != nil || now.Size() == 0 {
		return false
	}
	was, err := t.file.Stat()
	return err == nil && !os.SameFile(was, now)
}

// wait waits until the file may have changed. It returns false when the context is done.
func (t *Tail) wait(ctx context.Context) bool {
	pause := often
	var events chan fsnotify.Event
	var errs chan error
	if t.watcher != nil {
		pause, events, errs = rarely, t.watcher.Events, t.watcher.Errors
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case e, ok := <-events:
			if !ok || filepath.Base(e.Name) == filepath.Base(t.name) {
				return true
			}
		case <-errs: // events were lost: look
			return true
		case <-timer.C:
			return true
		}
	}
}

// A Part is a recording in the file, from its beginning on. It is an io.Reader of whole lines. It is at its end when another recording has
// begun in its place, or following has ended.
type Part struct {
	tail *Tail
	ctx  context.Context
	at   int64  // what of the file has been read
	head []byte // how it began: what begins otherwise is another recording
	buf  []byte
	full int // so much of the buffer is whole lines
	over bool
}

// Read reads what there is of whole lines, and waits where there is nothing.
func (p *Part) Read(to []byte) (int, error) {
	for p.full == 0 {
		if p.over {
			return 0, io.EOF
		}
		grown, err := p.fill()
		switch {
		case err != nil:
			p.over = true
			return 0, err
		case grown, p.over:
		case p.tail.replaced():
			if grown, err = p.fill(); err == nil && !grown { // it was written to before it was left
				p.over = true
				p.tail.leave()
			}
		case !p.tail.wait(p.ctx):
			p.over = true
		}
	}
	n := copy(to, p.buf[:p.full])
	p.buf, p.full = p.buf[n:], p.full-n
	return n, nil
}

// headSize is how much of a file's beginning is remembered.
const headSize = 1024

// fill reads on, and tells whether there was something. The part is over where the file has been emptied since.
func (p *Part) fill() (bool, error) {
	f := p.tail.file
	info, err := f.Stat()
	if err != nil {
		return false, fmt.Errorf("%s can not be followed: %w", p.tail.name, err)
	}
	if info.Size() < p.at || info.Size() > p.at && !p.begins(f) {
		p.over = true
		return false, nil
	}
	chunk := make([]byte, min(1<<16, info.Size()-p.at))
	n, err := f.ReadAt(chunk, p.at)
	if err != nil && err != io.EOF {
		return false, err
	}
	chunk = chunk[:n]
	if p.at < headSize {
		p.head = append(p.head, chunk[:min(n, headSize-int(p.at))]...)
	}
	p.at += int64(n)
	p.buf = append(p.buf, chunk...)
	if end := bytes.LastIndexByte(p.buf, '\n'); end >= 0 {
		p.full = end + 1
	} else if len(p.buf) > trace.MaxLine+len("\r\n") { // no line is so long: the reader will say so
		p.full = len(p.buf)
	}
	return n > 0, nil
}

// begins tells whether the file still begins as it did.
func (p *Part) begins(f *os.File) bool {
	now := make([]byte, len(p.head))
	n, _ := f.ReadAt(now, 0)
	return bytes.Equal(now[:n], p.head)
}

// Unfinished tells, when the part is at its end, whether its last line had no end, and was left out.
func (p *Part) Unfinished() bool { return p.over && len(p.buf) > 0 }
