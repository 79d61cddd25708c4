package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReadmeHTML writes the page that the README has a command for.
func TestReadmeHTML(t *testing.T) {
	t.Chdir("../..")
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, line, ok := strings.Cut(string(readme), "\n## A trace in a browser\n\n```sh\ngo run ./cmd/checker ")
	require.True(t, ok)
	line, _, _ = strings.Cut(line, "\n")
	file := filepath.Join(t.TempDir(), "report.html")
	var stdout, stderr bytes.Buffer
	status := run(strings.Fields(strings.Replace(line, "report.html", file, 1)), strings.NewReader(""), &stdout, &stderr)
	require.Equal(t, faulty, status)
	require.Empty(t, stdout.String()+stderr.String())
	page, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(page), `data-name="trace/testdata/example.trace"`)
}
