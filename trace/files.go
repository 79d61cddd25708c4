package trace

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Stdin is the name that stands for the standard input.
const Stdin = "-"

// extensions are those of files that are taken for traces in a directory, whatever they hold. Others are, if they begin like one.
var extensions = []string{".jsonl", ".ndjson", ".trace", ".mapitrace"}

// Files finds the traces that an argument names: a file or "-" as it is, the traces in and below a directory, and what a pattern such as
// "runs/*.jsonl" matches where the shell has not expanded it. The traces of a directory or pattern come in the order of their names.
func Files(argument string) ([]string, error) {
	if argument == Stdin {
		return []string{argument}, nil
	}
	if argument == "" {
		return nil, &Error{File: `""`, Text: "the name of a file is empty"}
	}
	info, err := os.Stat(argument)
	switch {
	case err == nil && info.IsDir():
		list := inDirectory(argument)
		if len(list) == 0 {
			return nil, &Error{File: argument, Text: "no trace is in this directory: none of its files is called *" + strings.Join(extensions, ", *") + ", or begins like a trace"}
		}
		return list, nil
	case err == nil:
		return []string{argument}, nil
	case !strings.ContainsAny(argument, "*?["):
		return nil, fileError(argument, err)
	}
	matches, err := filepath.Glob(argument)
	if err != nil {
		return nil, &Error{File: argument, Text: "this is no pattern: a \"[\" has no \"]\""}
	}
	var list []string
	for _, name := range matches {
		if info, err := os.Stat(name); err != nil || !info.IsDir() {
			list = append(list, name)
			continue
		}
		list = append(list, inDirectory(name)...)
	}
	if len(list) == 0 {
		return nil, &Error{File: argument, Text: "no trace matches this pattern"}
	}
	slices.Sort(list)
	return list, nil
}

// inDirectory finds the traces in and below a directory. Among them is what can not be looked into: opening it will say why.
func inDirectory(dir string) []string {
	var list []string
	filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			list = append(list, path)
			return nil
		}
		if entry.IsDir() {
			return nil
		}
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && isTrace(path) { // a pipe would be waited for
			list = append(list, path)
		}
		return nil
	})
	return list
}

func isTrace(path string) bool {
	name := strings.TrimSuffix(strings.TrimSuffix(path, ".gz"), ".zst")
	return slices.Contains(extensions, strings.ToLower(filepath.Ext(name))) || beginsLikeTrace(path)
}

// beginsLikeTrace looks at the first bytes of a file.
func beginsLikeTrace(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	in := bufio.NewReader(f)
	var plain io.Reader = in
	switch magic, _ := in.Peek(4); {
	case bytes.HasPrefix(magic, gzipMagic):
		if plain, err = gzip.NewReader(in); err != nil {
			return false
		}
	case bytes.Equal(magic, zstdMagic):
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return false
		}
		defer z.Close()
		plain = z
	}
	head := make([]byte, 4096)
	n, _ := io.ReadFull(plain, head)
	head = bytes.TrimPrefix(head[:n], byteOrderMark)
	for line := range bytes.Lines(head) {
		switch line = bytes.TrimSpace(line); {
		case len(line) == 0, line[0] == '#':
			continue
		case line[0] == '{':
			return bytes.Contains(line, []byte(`"mapitrace"`))
		}
		return bytes.HasPrefix(line, []byte("mapitrace "))
	}
	return false
}

// Open opens a trace: a file, or the standard input.
func Open(name string, stdin io.Reader) (io.ReadCloser, error) {
	if name == Stdin {
		return io.NopCloser(stdin), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fileError(name, err)
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		f.Close()
		return nil, &Error{File: name, Text: "this is a directory, not a trace"}
	}
	return f, nil
}

// fileError says why a file can not be opened, without naming it twice.
func fileError(name string, err error) error {
	var where *fs.PathError
	if errors.As(err, &where) {
		name, err = where.Path, where.Err
	}
	return &Error{File: name, Text: err.Error()}
}
