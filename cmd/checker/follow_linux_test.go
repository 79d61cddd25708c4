package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// said is what a command has written so far.
type said struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// TestFollow has a recorder write a recording, empty it, and rename it, and interrupts the command at last: findings are told before the
// recording goes on, an unfinished line is waited for, and every recording is summed up.
func TestFollow(t *testing.T) {
	for _, way := range [][]string{nil, {"--poll"}} {
		name := filepath.Join(t.TempDir(), "growing.trace")
		self, err := os.Executable()
		require.NoError(t, err)
		var out, complaints said
		args := append([]string{"checker", "check", "--follow", name}, way...)
		cmd := &exec.Cmd{Path: self, Args: args, Stdout: &out, Stderr: &complaints}
		require.NoError(t, cmd.Start())
		defer cmd.Process.Kill()
		until := func(s *said, n int, text string) {
			t.Helper()
			require.Eventually(t, func() bool { return strings.Count(s.String(), text) >= n }, 20*time.Second, 5*time.Millisecond,
				"%q %d times in\n%s\n%s", text, n, &out, &complaints)
			require.Equal(t, n, strings.Count(s.String(), text), "%s", s)
		}
		until(&complaints, 1, name+": it is not there yet: waiting for it\n")

		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
		require.NoError(t, err)
		write := func(text string) {
			t.Helper()
			_, err := io.WriteString(f, text)
			require.NoError(t, err)
		}
		const begin = "mapitrace 1\nobserves MAPI IMAPISession\n\nMAPIInitialize -> S_OK\nMAPILogonEx(flFlags=0x22) -> S_OK (lppSession=0x1)\n"
		const logoff = "0x1 IMAPISession::Logoff(ulFlags=0) -> S_OK\n"
		write(begin + logoff + "0x1 IMAPISession::Lo")
		time.Sleep(300 * time.Millisecond) // for the half of a line to be seen
		write("goff(ulFlags=0) -> S_OK\n")
		until(&out, 1, name+":7: SES-14 error: ")
		require.NotContains(t, out.String(), "violated:")

		require.NoError(t, f.Truncate(0))
		until(&out, 1, "violated: 8 events")
		write(begin + logoff)
		write("0x1 IMAPISession::Release -> ref 0\n")
		time.Sleep(300 * time.Millisecond)
		require.NoError(t, os.Rename(name, name+".1"))
		write("MAPIUninitialize ->\nMAPIUninitialize ->\n") // to the file that was renamed
		until(&out, 1, name+":9: INI-03 error: ")

		f.Close()
		f, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
		require.NoError(t, err)
		write(begin)
		until(&out, 1, "violated: 12 events")
		write(logoff + "0x1 IMAPISession::Release -> ref 0\nMAPIUniniti")
		time.Sleep(300 * time.Millisecond)

		require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
		err = cmd.Wait()
		require.Equal(t, faulty, cmd.ProcessState.ExitCode(), "%v\n%s", err, &complaints)
		require.Contains(t, out.String(), "conforms: 8 events")
		require.Contains(t, complaints.String(), name+": its last line had no end, and was left out\n")
		require.Equal(t, 2, strings.Count(complaints.String(), "\n"), "%s", &complaints)
		require.NoError(t, f.Close())
	}
}
