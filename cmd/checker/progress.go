package main

import (
	"io"
	"os"
	"sync"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"

	"mapilife/trace"
)

// A progress shows on a terminal how much of the input has been read, how fast, and how long the rest will take. The nil progress shows
// nothing.
type progress struct {
	w   io.Writer
	bar *progressbar.ProgressBar

	mu    sync.Mutex
	after time.Time // nothing is shown before
	shown bool
}

// patience is how long nothing is shown: most inputs are short.
var patience = time.Second

// newProgress is nil unless the standard error is a terminal.
func newProgress(stderr io.Writer, list []entry) *progress {
	f, ok := stderr.(*os.File)
	if !ok || !isatty.IsTerminal(f.Fd()) {
		return nil
	}
	p := &progress{w: f, after: time.Now().Add(patience)}
	p.bar = progressbar.NewOptions64(size(list), progressbar.OptionSetWriter(p), progressbar.OptionShowBytes(true), progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetDescription("checking"), progressbar.OptionSetElapsedTime(false), progressbar.OptionClearOnFinish())
	p.bar.StartWithoutRender()
	return p
}

// size is how many bytes the files have, or -1 where that is not known.
func size(list []entry) int64 {
	var sum int64
	for _, e := range list {
		if e.name == trace.Stdin {
			return -1
		}
		info, err := os.Stat(e.name)
		if err != nil {
			continue
		}
		if !info.Mode().IsRegular() {
			return -1
		}
		sum += info.Size()
	}
	return max(sum, 1)
}

// Write is for the bar.
func (p *progress) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Now().Before(p.after) {
		return len(text), nil
	}
	p.shown = true
	return p.w.Write(text)
}

// reading counts what is read.
func (p *progress) reading(in io.ReadCloser) io.ReadCloser {
	if p == nil {
		return in
	}
	return counted{in, p}
}

type counted struct {
	io.ReadCloser
	p *progress
}

func (c counted) Read(b []byte) (int, error) {
	n, err := c.ReadCloser.Read(b)
	c.p.bar.Add64(int64(n))
	return n, err
}

// aside takes the bar off the terminal while something else is written to it.
func (p *progress) aside(do func() error) error {
	if p == nil {
		return do()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	return do()
}

func (p *progress) clear() {
	if p.shown {
		io.WriteString(p.w, "\r\x1b[2K")
		p.shown = false
	}
}

// end takes the bar off for good.
func (p *progress) end() {
	if p == nil {
		return
	}
	p.bar.Exit()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}
