package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"
)

// onTerminal does something with a terminal, and says what that came to show.
func onTerminal(t *testing.T, do func(terminal *os.File)) string {
	t.Helper()
	screen, terminal, err := pty.Open()
	require.NoError(t, err)
	require.NoError(t, pty.Setsize(terminal, &pty.Winsize{Rows: 24, Cols: 100}))
	shown := make(chan string)
	go func() {
		text, _ := io.ReadAll(screen) // which ends with an error when the terminal is closed
		shown <- string(text)
	}()
	do(terminal)
	require.NoError(t, terminal.Close())
	defer screen.Close()
	return <-shown
}

// TestColorOnTerminal: a terminal gets colour unless it was asked not to.
func TestColorOnTerminal(t *testing.T) {
	file := filepath.Join("..", "..", "trace", "testdata", "example.trace")
	report := filepath.Join(t.TempDir(), "report.txt")
	for _, c := range []struct {
		env, args string
		want      bool
	}{
		{"", "", true},
		{"NO_COLOR=1", "", false},
		{"TERM=dumb", "", false},
		{"", "--color never", false},
		{"NO_COLOR=1", "--color always", true},
		{"", "--format json", false},
		{"", "--output " + report, false},
	} {
		t.Run(c.env+" "+c.args, func(t *testing.T) {
			t.Setenv("TERM", "xterm")
			if name, value, ok := strings.Cut(c.env, "="); ok {
				t.Setenv(name, value)
			}
			shown := onTerminal(t, func(terminal *os.File) {
				r := checker(t, nil, terminal, append(strings.Fields("check "+c.args), file)...)
				require.Equal(t, ran{code: faulty}, r)
			})
			require.Equal(t, c.want, strings.Contains(shown, "\x1b[31;1merror\x1b["), shown)
			if !c.want {
				require.NotContains(t, shown, "\x1b")
			}
		})
	}
	text, err := os.ReadFile(report)
	require.NoError(t, err)
	require.NotContains(t, string(text), "\x1b")
}

// TestProgress: a terminal sees how far a long input has been read, how fast, and how long the rest will take; what is told stands in
// lines of its own, and the bar is gone in the end.
func TestProgress(t *testing.T) {
	long := filepath.Join(t.TempDir(), "long.jsonl")
	var b strings.Builder
	b.WriteString("{\"mapitrace\":1,\"observes\":[\"MAPI\"]}\n")
	for id := range 60_000 {
		fmt.Fprintf(&b, "{\"id\":%d,\"call\":\"MAPIInitialize\"}\n{\"ret\":%d,\"hr\":0}\n", id, id)
	}
	require.NoError(t, os.WriteFile(long, []byte(b.String()), 0o644))
	const cleared = "\r\x1b[2K"
	judged := func(terminal *os.File, stdin io.Reader, args ...string) string {
		var out strings.Builder
		require.Equal(t, unjudged, run(append([]string{"check", "-q"}, args...), stdin, &out, terminal))
		return out.String()
	}

	was := patience
	defer func() { patience = was }()
	patience = 0
	shown := onTerminal(t, func(terminal *os.File) { judged(terminal, nil, long, "missing.trace") })
	require.Regexp(t, `checking +\d+% \|.+\| +\(\d.*/3\.\d MB, [\d.]+ .?B/s\) \[\d+s:\d+s\]`, shown)
	require.Contains(t, shown, cleared+"checker: missing.trace: no such file or directory\r\n")
	require.NotContains(t, shown[strings.LastIndex(shown, cleared):], "%")

	shown = onTerminal(t, func(terminal *os.File) {
		judged(terminal, io.MultiReader(strings.NewReader(b.String()), slow{}), "-", "missing.trace")
	})
	require.Regexp(t, `checking \(3\.\d MB, [\d.]+ .?B/s\)`, shown, "of the standard input nobody knows how much is left")

	patience = time.Hour
	shown = onTerminal(t, func(terminal *os.File) { judged(terminal, nil, long, "missing.trace") })
	require.Equal(t, "checker: missing.trace: no such file or directory\r\n", shown, "short inputs have no bar")

	patience = 0
	r, w, err := os.Pipe()
	require.NoError(t, err)
	judged(w, nil, long, "missing.trace")
	require.NoError(t, w.Close())
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, "checker: missing.trace: no such file or directory\n", string(text), "what is no terminal has no bar")
}

// slow ends after a while.
type slow struct{}

func (slow) Read([]byte) (int, error) {
	time.Sleep(300 * time.Millisecond)
	return 0, io.EOF
}
