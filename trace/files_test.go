package trace

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

func zipped(t *testing.T, data string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(data))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.String()
}

func zstandard(t *testing.T, data string) string {
	t.Helper()
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b)
	require.NoError(t, err)
	_, err = z.Write([]byte(data))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.String()
}

// TestFiles finds the traces of a directory by name or by how they begin, and nothing else.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string]string{
		"b.jsonl":            "whatever",
		"a.trace":            "",
		"B.NDJSON":           "",
		"c.jsonl.gz":         "",
		"d.mapitrace.zst":    "",
		"plain":              header,
		"plain.log":          "\ufeff\r\n  \n# by hand\nmapitrace 1\n",
		"spaced.txt":         " { \"producer\" : \"x\", \"mapitrace\" : 1 }\n",
		"zipped.bin":         zipped(t, header),
		"zst.bin":            zstandard(t, "mapitrace 1\n"),
		"no.txt":             "hello\n",
		"no.json":            "{\"mapi\":1}\n{\"mapitrace\":1}\n",
		"README.md":          "A trace begins with {\"mapitrace\":1}\nmapitrace 1\n",
		"no.gz":              zipped(t, "hello"),
		"broken.gz":          "\x1f\x8bhello",
		"broken.zst":         "\x28\xb5\x2f\xfdhello",
		"empty":              "",
		"below/deep/er.log":  header,
		"below/nothing.text": "x",
	} {
		name = filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(data), 0o644))
	}
	found := func(argument string) []string {
		t.Helper()
		list, err := Files(argument)
		require.NoError(t, err)
		for n := range list {
			list[n] = filepath.ToSlash(strings.TrimPrefix(list[n], dir+string(filepath.Separator)))
		}
		return list
	}
	all := []string{"B.NDJSON", "a.trace", "b.jsonl", "below/deep/er.log", "c.jsonl.gz", "d.mapitrace.zst", "plain", "plain.log", "spaced.txt", "zipped.bin", "zst.bin"}
	require.Equal(t, all, found(dir))
	require.Equal(t, []string{"a.trace", "b.jsonl"}, found(filepath.Join(dir, "[ab].*")))
	require.Equal(t, []string{"below/deep/er.log"}, found(filepath.Join(dir, "bel*")), "a directory that a pattern matches")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "below-it.trace"), nil, 0o644))
	require.Equal(t, []string{"below-it.trace", "below/deep/er.log"}, found(filepath.Join(dir, "bel*")), "in the order of names")
	require.Equal(t, []string{"no.txt"}, found(filepath.Join(dir, "no.txt")), "a file that is named is taken as it is")
	require.Equal(t, []string{"-"}, found("-"))

	require.NoError(t, os.WriteFile(filepath.Join(dir, "odd[1].x"), nil, 0o644))
	require.Equal(t, []string{"odd[1].x"}, found(filepath.Join(dir, "odd[1].x")), "a file whose name looks like a pattern")

	for argument, want := range map[string]string{
		filepath.Join(dir, "missing"):  "no such file or directory",
		filepath.Join(dir, "*.none"):   "no trace matches this pattern",
		filepath.Join(dir, "[a.trace"): `this is no pattern: a "[" has no "]"`,
		t.TempDir():                    "no trace is in this directory: none of its files is called *.jsonl, *.ndjson, *.trace, *.mapitrace, or begins like a trace",
		"":                             "the name of a file is empty",
	} {
		_, err := Files(argument)
		require.EqualError(t, err, map[bool]string{true: `""`, false: argument}[argument == ""]+": "+want)
	}
}

// TestOpen opens a file or the standard input, and no directory.
func TestOpen(t *testing.T) {
	in, err := Open(Stdin, strings.NewReader("x"))
	require.NoError(t, err)
	b := make([]byte, 1)
	n, err := in.Read(b)
	require.NoError(t, err)
	require.Equal(t, "x", string(b[:n]))

	dir := t.TempDir()
	_, err = Open(dir, nil)
	require.EqualError(t, err, dir+": this is a directory, not a trace")
	_, err = Open(filepath.Join(dir, "x"), nil)
	require.EqualError(t, err, filepath.Join(dir, "x")+": no such file or directory")
}
