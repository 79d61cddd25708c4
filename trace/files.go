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

// Files finds the traces that arguments name: files and "-" as they are, the traces in and below a directory, and what a pattern such as
// "runs/*.jsonl" matches where the shell has not expanded it. Traces of a directory come in the order of their names.
func Files(arguments []string) ([]string, error) {
	var list []string
	for _, name := range arguments {
		if name == Stdin {
			list = append(list, name)
			continue
		}
		found := []string{name}
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(name, "*?[") {
			if found, err = filepath.Glob(name); err != nil || len(found) == 0 {
				return nil, &Error{File: name, Text: "no file matches this pattern"}
			}
			slices.Sort(found)
			list = append(list, found...)
			continue
		}
		if err == nil && info.IsDir() {
			if found, err = inDirectory(name); err == nil && len(found) == 0 {
				return nil, &Error{File: name, Text: "no trace is in this directory: none of its files is called *" + strings.Join(extensions, ", *") + ", or begins like a trace"}
			}
		}
		if err != nil {
			return nil, fileError(name, err)
		}
		list = append(list, found...)
	}
	return list, nil
}

func inDirectory(dir string) ([]string, error) {
	var list []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if isTrace(path) {
			list = append(list, path)
		}
		return nil
	})
	return list, err
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
	head := make([]byte, 256)
	n, _ := io.ReadFull(plain, head)
	head = bytes.TrimLeft(bytes.TrimPrefix(head[:n], byteOrderMark), " \t\r\n")
	return bytes.HasPrefix(head, []byte("mapitrace ")) || bytes.HasPrefix(head, []byte("{")) && bytes.Contains(head, []byte(`"mapitrace"`))
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
