package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A ran is what a run of the command came to.
type ran struct {
	code           int
	stdout, stderr string
}

// checker runs the command in a process of its own. Its output goes to a file where one is given.
func checker(t *testing.T, stdin io.Reader, stdout *os.File, args ...string) ran {
	t.Helper()
	return command(t, "checker", stdin, stdout, args...)
}

func init() { commands["measured"] = measured }

// measured is the command, and says at the end how much memory it has taken at most. What the system counts for a child of a process
// begins with what the process itself has.
func measured() {
	code := run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		panic(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	fmt.Fprintf(os.Stderr, "peak %s\n", strings.Fields(rest)[0])
	os.Exit(code)
}

func command(t *testing.T, name string, stdin io.Reader, stdout *os.File, args ...string) ran {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	var out, complaints bytes.Buffer
	cmd := &exec.Cmd{Path: self, Args: append([]string{name}, args...), Stdin: stdin, Stdout: &out, Stderr: &complaints}
	if stdout != nil {
		cmd.Stdout = stdout
	}
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return ran{cmd.ProcessState.ExitCode(), out.String(), complaints.String()}
}

// TestFullDevice: nothing is lost in silence on a full disk.
func TestFullDevice(t *testing.T) {
	file := filepath.Join("..", "..", "trace", "testdata", "recorded", "sample-basic-orderly.jsonl")
	for _, args := range []string{"check " + file, "check --format json " + file, "check --format sarif " + file, "check --format junit " + file, "check --format github " + file,
		"baseline " + file, "convert " + file, "rules", "explain SES-14", "diagram session", "version", "--help", "completion bash"} {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		require.NoError(t, err)
		r := checker(t, nil, full, strings.Fields(args)...)
		require.NoError(t, full.Close())
		require.Equal(t, unjudged, r.code, args)
		require.Equal(t, "checker: writing failed: write /dev/stdout: no space left on device\n", r.stderr, args)
	}
}

// TestConvertToPipe: what is no file is written to, and not replaced by one. The pipe stands for a device, which a test had better not
// try that on.
func TestConvertToPipe(t *testing.T) {
	file := filepath.Join("..", "..", "trace", "testdata", "recorded", "sample-basic-orderly.jsonl")
	want := checker(t, nil, nil, "convert", file)
	require.Equal(t, clean, want.code)

	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	reader, err := os.OpenFile(pipe, os.O_RDWR, 0) // for reading alone it would wait for the writer
	require.NoError(t, err)
	defer reader.Close()
	r := checker(t, nil, nil, "convert", "-o", pipe, file)
	require.Equal(t, ran{code: clean}, r)
	got := make([]byte, len(want.stdout))
	require.NoError(t, reader.SetReadDeadline(time.Now().Add(10*time.Second)))
	_, err = io.ReadFull(reader, got)
	require.NoError(t, err)
	require.Equal(t, want.stdout, string(got))
	info, err := os.Stat(pipe)
	require.NoError(t, err)
	require.NotZero(t, info.Mode()&os.ModeNamedPipe)
}

// TestClosedPipe: a reader that goes away, such as head, is told as well.
func TestClosedPipe(t *testing.T) {
	for _, args := range []string{"rules", "rules --format json", "version", "check --format json " + filepath.Join("..", "..", "trace", "testdata", "recorded")} {
		read, write, err := os.Pipe()
		require.NoError(t, err)
		require.NoError(t, read.Close())
		r := checker(t, nil, write, strings.Fields(args)...)
		require.NoError(t, write.Close())
		require.Equal(t, unjudged, r.code, args)
		require.Equal(t, "checker: writing failed: write /dev/stdout: broken pipe\n", r.stderr, args)
	}
}

// TestSpecialFiles: what is no file, or can not be opened or read, ends with a clear line.
func TestSpecialFiles(t *testing.T) {
	dir := t.TempDir()
	loop := filepath.Join(dir, "loop")
	require.NoError(t, os.Symlink(loop, loop))
	dangling := filepath.Join(dir, "dangling.jsonl")
	require.NoError(t, os.Symlink(filepath.Join(dir, "nowhere"), dangling))
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe.jsonl"), 0o644))
	for argument, want := range map[string]string{
		loop:                        loop + ": too many levels of symbolic links",
		dangling:                    dangling + ": no such file or directory",
		"/dev/null":                 `/dev/null: there is no trace here: the file is empty. A trace begins with its header, such as {"mapitrace":1}`,
		"/proc/self/mem":            "/proc/self/mem: reading failed: read /proc/self/mem: input/output error",
		"/proc/self/exe":            "/proc/self/exe: this is no trace but binary data: a trace is UTF-8 text, as it is or compressed once with gzip or zstd",
		"/dev/zero":                 "/dev/zero: this is no trace but binary data: a trace is UTF-8 text, as it is or compressed once with gzip or zstd",
		filepath.Join(loop, "x"):    filepath.Join(loop, "x") + ": too many levels of symbolic links",
		"/proc/self/status/x.jsonl": "/proc/self/status/x.jsonl: not a directory",
		dir:                         dir + ": no trace is in this directory: none of its files is called *.jsonl, *.ndjson, *.trace, *.mapitrace, or begins like a trace",
	} {
		r := checker(t, nil, nil, "check", argument)
		require.Equal(t, unjudged, r.code, argument)
		require.Equal(t, "checker: "+want+"\n", r.stderr)
		require.Contains(t, r.stdout, ": unjudged: 0 events, ")
	}
	random, err := os.Open("/dev/urandom")
	require.NoError(t, err)
	defer random.Close()
	for range 20 {
		r := checker(t, io.LimitReader(random, 1<<20), nil, "check", "-q", "-")
		require.Equal(t, unjudged, r.code)
		require.Equal(t, 1, strings.Count(r.stderr, "\n"), r.stderr)
		require.Contains(t, r.stdout, ": unjudged: 0 events, ")
	}
}

// peak is how much memory the command may take for any input, in KiB: most of it is the program itself.
const peak = 100 << 10

// bomb compresses a text, and has it n times.
func bomb(t *testing.T, text []byte, n int) io.Reader {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(text)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	var members []io.Reader
	for range n {
		members = append(members, bytes.NewReader(b.Bytes()))
	}
	return io.MultiReader(members...)
}

// TestBombs: input that is small and becomes large, or is large, takes no more memory than any other.
func TestBombs(t *testing.T) {
	header := []byte("{\"mapitrace\":1,\"observes\":[\"MAPI\"]}\n")
	with := func(rest io.Reader) io.Reader { return io.MultiReader(bomb(t, header, 1), rest) }
	zeros, newlines := make([]byte, 16<<20), bytes.Repeat([]byte("\n"), 16<<20)
	tooLong := "checker: -:%d: the line has more than 1048576 bytes, the most that a line of a trace may have\n"
	nothing := "checker: -: no judgement: the recording exercises no rule that it observes enough of. See which interfaces its header observes\n"

	var objects bytes.Buffer
	z, err := gzip.NewWriterLevel(&objects, gzip.BestSpeed)
	require.NoError(t, err)
	_, err = z.Write(header)
	require.NoError(t, err)
	name := strings.Repeat("x", 1000_000)
	for i := range 150 {
		fmt.Fprintf(z, "{\"id\":1,\"call\":\"IMsgStore::GetProps\",\"on\":\"%d%s\"}\n{\"ret\":1}\n", i, name)
	}
	require.NoError(t, z.Close())

	for _, c := range []struct {
		name string
		in   io.Reader
		want string
	}{
		{"10 GB of zeros", bomb(t, zeros, 640), "checker: -: this is no trace but binary data: a trace is UTF-8 text, as it is or compressed once with gzip or zstd\n"},
		{"10 GB of zeros behind a header", with(bomb(t, zeros, 640)), fmt.Sprintf(tooLong, 2)},
		{"empty lines", bomb(t, newlines, 16), "checker: -: there is no trace here: the file is empty. A trace begins with its header, such as {\"mapitrace\":1}\n"},
		{"empty lines behind a header", with(bomb(t, newlines, 16)), "checker: -: no judgement: the trace has a header and no events\n"},
		{"objects with very long names", &objects, nothing},
		{"a long line", io.MultiReader(bytes.NewReader(header), strings.NewReader(strings.Repeat("x", 20<<20))), fmt.Sprintf(tooLong, 2)},
		{"a long first line", strings.NewReader(strings.Repeat("{", 20<<20)), fmt.Sprintf(tooLong, 1)},
		{"brackets", io.MultiReader(bytes.NewReader(header), strings.NewReader(`{"event":"gap","x":`+strings.Repeat("[", 200_000)+strings.Repeat("]", 200_000)+"}")),
			"checker: -:2:10019: lists and objects stand within each other more than 10,000 deep\n"},
	} {
		r := command(t, "measured", c.in, nil, "check", "-")
		require.Equal(t, unjudged, r.code, c.name)
		complaint, took, _ := strings.Cut(r.stderr, "peak ")
		require.Equal(t, c.want, complaint, c.name)
		kib, err := strconv.Atoi(strings.TrimSpace(took))
		require.NoError(t, err)
		require.Less(t, kib, peak, c.name)
		t.Logf("%s: %d KiB", c.name, kib)
	}
}
