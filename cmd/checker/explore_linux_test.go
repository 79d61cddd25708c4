package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"
)

// TestExploreInterrupted: progress shows on a terminal, and an interrupt ends the command with what was explored.
func TestExploreInterrupted(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	terminal, stderr, err := pty.Open()
	require.NoError(t, err)
	defer terminal.Close()
	var out bytes.Buffer
	cmd := &exec.Cmd{Path: self, Args: strings.Fields("checker explore --clients 3 --ms 1 --rows 1"), Stdout: &out, Stderr: stderr}
	require.NoError(t, cmd.Start())
	require.NoError(t, stderr.Close())
	require.NoError(t, terminal.SetReadDeadline(time.Now().Add(time.Minute)))
	shown := ""
	for b := make([]byte, 1<<12); !strings.Contains(shown, "states/s"); {
		n, err := terminal.Read(b)
		require.NoError(t, err, shown)
		shown += string(b[:n])
	}
	require.Contains(t, shown, "exploring")
	require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
	go func() { // or the command waits for its terminal
		for b := make([]byte, 1<<12); ; {
			if _, err := terminal.Read(b); err != nil {
				return
			}
		}
	}()
	_ = cmd.Wait()
	require.Equal(t, unjudged, cmd.ProcessState.ExitCode(), out.String())
	require.Contains(t, out.String(), "\ninconclusive: it was interrupted before all states were visited; no promise is broken in those that were\n")
}
