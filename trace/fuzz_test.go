package trace

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"mapilife/model"
)

// fuzzLimit is how many bytes of a trace fuzzing looks at. So few can not hold as many open calls as the text notation refuses.
const fuzzLimit = 30_000

// fuzzSeeds are small traces to begin with: the example, the rules' smallest traces, the recordings, what is likeliest to be spoilt, and
// lines that the readers accept or refuse.
func fuzzSeeds(f *testing.F) (list [][]byte) {
	f.Helper()
	for _, pattern := range []string{"example.trace", "rules/*.trace", "recorded/*.jsonl"} {
		files, err := filepath.Glob(filepath.Join("testdata", filepath.FromSlash(pattern)))
		if err != nil || len(files) == 0 {
			f.Fatalf("no seeds: %v", err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			list = append(list, data)
		}
	}
	for _, c := range odd {
		list = append(list, []byte(c.trace))
	}
	for _, c := range slices.Concat(accepted, refused) {
		list = append(list, []byte(header+"\n\n\n \r\r\n"+c.line+"\n\n\n"))
	}
	for _, c := range refusedText {
		list = append(list, []byte("mapitrace 1\n\"T1\" call \"end\"(true=true) {\n\n"+c.line))
	}
	list = append(list, []byte("\ufeff\ufeff"))
	return slices.DeleteFunc(list, func(data []byte) bool { return len(data) > fuzzLimit/3 })
}

// compressed tells data that the reader decompresses first.
func compressed(data []byte) bool {
	return bytes.HasPrefix(data, gzipMagic) || bytes.HasPrefix(data, zstdMagic)
}

// linesOf are the lines of a trace as the reader counts them, without their ends.
func linesOf(data []byte) [][]byte {
	lines := bytes.Split(bytes.TrimPrefix(data, byteOrderMark), []byte("\n"))
	for n := range lines {
		lines[n] = bytes.TrimSuffix(lines[n], []byte("\r"))
	}
	return lines
}

// readIn reads a trace of one notation, as far as it can be read, and looks at what must be true of any: an error has its place, a
// record its line, and neither depends on how the bytes arrive or which lines are empty. It reports false for another notation.
func readIn(t *testing.T, n Notation, data []byte) (list []*Record, bad *Error, ok bool) {
	if len(data) > fuzzLimit || compressed(data) {
		return nil, nil, false
	}
	list, err := read(t, string(data))
	inPlace(t, data, list, err)
	r := NewReader("x", bytes.NewReader(data))
	defer r.Close()
	if r.Next(&Record{}); r.json == nil && r.text == nil || r.Notation() != n {
		return nil, nil, false
	}
	errors.As(err, &bad)
	slow, slowErr := records(iotest.OneByteReader(bytes.NewReader(data)))
	if !reflect.DeepEqual(err, slowErr) {
		t.Fatalf("read byte by byte it ends with %v, and otherwise with %v", slowErr, err)
	}
	sameRecords(t, "byte by byte", list, slow)
	return list, bad, true
}

// records reads a trace as far as it can be read.
func records(in io.Reader) (list []*Record, err error) {
	r := NewReader("x", in)
	defer r.Close()
	for {
		var rec Record
		if err := r.Next(&rec); err == io.EOF {
			return list, nil
		} else if err != nil {
			return list, err
		}
		list = append(list, rec.Clone())
	}
}

// inPlace holds that records and the error, if any, stand where they say.
func inPlace(t *testing.T, data []byte, list []*Record, err error) {
	t.Helper()
	lines := linesOf(data)
	at := int64(0)
	for n, r := range list {
		if r.Line < at || r.Line < 1 || r.Line > int64(len(lines)) {
			t.Fatalf("record %d of line %d behind one of line %d, of %d lines", n, r.Line, at, len(lines))
		}
		at = r.Line
	}
	if bad := (*Error)(nil); errors.As(err, &bad) {
		placed(t, bad, lines)
		if bad.Line < at {
			t.Fatalf("%v, and a record is read from line %d", bad, at)
		}
	}
}

// placed holds that an error names its file, a line that there is, and a column of it.
func placed(t *testing.T, bad *Error, lines [][]byte) {
	t.Helper()
	switch {
	case bad.File != "x", bad.Text == "", bad.Line < 0, bad.Line > int64(len(lines)), bad.Column < 0:
	case bad.Line == 0 && bad.Column == 0:
		return
	case bad.Line > 0 && bad.Column <= int64(len(lines[bad.Line-1]))+1:
		return
	}
	t.Fatalf("%#v says where in %d lines?", bad, len(lines))
}

func sameRecords(t *testing.T, how string, want, got []*Record) {
	t.Helper()
	if a, b := saidAll(want), saidAll(got); !equalLists(a, b) {
		t.Fatalf("%s: %s", how, firstDifference(a, b))
	}
}

// reread reads lines that differ in what means nothing, such as a byte order mark, and must come to the same.
func reread(t *testing.T, how string, lines [][]byte, end string, list []*Record, bad *Error) {
	t.Helper()
	got, err := records(bytes.NewReader(slices.Concat(byteOrderMark, bytes.Join(lines, []byte(end)))))
	sameRecords(t, how, list, got)
	again := (*Error)(nil)
	if errors.As(err, &again); (bad == nil) != (again == nil) || bad != nil && bad.Line != again.Line {
		t.Fatalf("%s: %v, and before %v", how, again, bad)
	}
}

// FuzzJSON: whatever lines are taken for JSON are JSON, and the record says what another decoder reads there, no more and no less. Every
// trace that can be read is the same after conversion to text and back.
func FuzzJSON(f *testing.F) {
	for _, data := range fuzzSeeds(f) {
		if list, err := records(bytes.NewReader(data)); err == nil {
			f.Add(writeAll(f, list, JSONNotation))
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		list, bad, ok := readIn(t, JSONNotation, data)
		if !ok {
			return
		}
		lines := linesOf(data)
		read := map[int64]bool{}
		for _, r := range list {
			line := lines[r.Line-1]
			if want, got := decoded(t, line), decoded(t, appendJSON(nil, r)); !reflect.DeepEqual(want, got) {
				t.Fatalf("line %d is %s, and read as %s", r.Line, line, said(r))
			}
			read[r.Line] = true
		}
		for n, line := range lines {
			if bad != nil && int64(n+1) >= bad.Line {
				break
			}
			if empty := len(bytes.Trim(line, " \t\r")) == 0; empty == read[int64(n+1)] {
				t.Fatalf("line %d is passed over, or read twice: %q", n+1, line)
			}
		}
		if bad != nil && bad.Line > 0 && strings.HasPrefix(bad.Text, "not JSON") && json.Valid(lines[bad.Line-1]) {
			t.Fatalf("%v: %q", bad, lines[bad.Line-1])
		}
		reread(t, "with CRLF", lines, "\r\n", list, bad)
		if len(list) > 0 {
			convertsRecords(t, "x", list)
		}
	})
}

// decoded is a line as another decoder reads it, with numbers as they are written. The version of the format and a zero may be written
// in several ways that mean the same.
func decoded(t *testing.T, line []byte) map[string]any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil || object == nil {
		t.Fatalf("read as JSON: %q: %v", line, err)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Fatalf("read as one object: %q", line)
	}
	for key, value := range object {
		if n, ok := value.(json.Number); ok && (n == "-0" || key == "mapitrace") {
			x, err := n.Float64()
			object[key] = []any{x + 0, err}
		} else if ok && n == "0" {
			object[key] = []any{0.0, error(nil)}
		}
	}
	return object
}

// FuzzText: every trace that can be read as text is the same after conversion to JSON and back, and so it is with other spaces, with
// comments, and with other ends of lines.
func FuzzText(f *testing.F) {
	for _, data := range fuzzSeeds(f) {
		if list, err := records(bytes.NewReader(data)); err == nil {
			f.Add(writeAll(f, list, TextNotation))
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		list, bad, ok := readIn(t, TextNotation, data)
		if !ok {
			return
		}
		lines := linesOf(data)
		reread(t, "with CRLF", lines, "\r\n", list, bad)
		for n, line := range lines {
			lines[n] = fmt.Appendf(nil, "\t %s # a comment", line)
		}
		reread(t, "with comments", lines, "\n", list, bad)
		if len(list) > 0 {
			convertsRecords(t, "x", list)
		}
	})
}

// FuzzCheck: whatever is checked, in whichever notation, compressed or not, and under either profile, is judged alike in both notations
// and each time, findings stand in lines that were read, and checking takes no more memory than the trace has bytes to ask for.
func FuzzCheck(f *testing.F) {
	for n, data := range fuzzSeeds(f) {
		f.Add(data, n%2 == 0)
		if list, err := records(bytes.NewReader(data)); err == nil && n%7 == 0 {
			f.Add(writeAll(f, list, Notation(n%2)), n%2 == 0)
			whole := packed(f, data, n%2 == 0)
			damaged := bytes.Clone(whole)
			damaged[len(damaged)-1] ^= 1
			f.Add(whole, n%2 == 0)
			f.Add(damaged, n%2 == 0)
		}
	}
	checkers := map[bool]*Checker{}
	for strict, profile := range map[bool]model.Profile{false: model.Lenient(), true: model.Strict()} {
		c, err := NewChecker(Options{Profile: profile})
		if err != nil {
			f.Fatal(err)
		}
		checkers[strict] = c
	}
	f.Fuzz(func(t *testing.T, data []byte, strict bool) {
		plain, whole := unpacked(data)
		if len(plain) > fuzzLimit {
			return
		}
		c := checkers[strict]
		result, took := checkMeasured(c, data)
		if a, b := allOf(t, result), allOf(t, c.Check("x", bytes.NewReader(data))); a != b {
			t.Fatalf("checked again, it comes to\n%s\nand before to\n%s", b, a)
		}
		list, err := records(bytes.NewReader(data))
		inReason(t, result, list)
		if whole {
			if most := memoryBound(data, plain); took > most {
				t.Fatalf("checking %d bytes took %d bytes of memory, and %d are enough", len(plain), took, most)
			}
			inPlace(t, plain, list, err)
			if a, b := allOf(t, result), allOf(t, c.Check("x", bytes.NewReader(plain))); !compressed(plain) && a != b {
				t.Fatalf("compressed, it comes to\n%s\nand otherwise to\n%s", a, b)
			}
		}
		if len(list) == 0 {
			return
		}
		asJSON := judgedAlike(t, c, list)
		if err == nil {
			sameJudgement(t, "as JSON and as it was", asJSON, result, list)
		}
	})
}

// packed compresses a trace.
func packed(tb testing.TB, data []byte, withZstd bool) []byte {
	var b bytes.Buffer
	var z io.WriteCloser = gzip.NewWriter(&b)
	if withZstd {
		var err error
		if z, err = zstd.NewWriter(&b); err != nil {
			tb.Fatal(err)
		}
	}
	if _, err := z.Write(data); err != nil {
		tb.Fatal(err)
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// unpacked decompresses data that is compressed, as far as fuzzing looks at it. It reports false where that can not be done to the end.
func unpacked(data []byte) (plain []byte, whole bool) {
	var z io.Reader
	switch {
	case bytes.HasPrefix(data, gzipMagic):
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, false
		}
		z = r
	case bytes.HasPrefix(data, zstdMagic):
		r, err := zstd.NewReader(bytes.NewReader(data), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, false
		}
		defer r.Close()
		z = r
	default:
		return data, true
	}
	plain, err := io.ReadAll(io.LimitReader(z, fuzzLimit+1))
	return plain, err == nil
}

// checkMeasured checks a trace, and tells how much memory that took, collected or not.
func checkMeasured(c *Checker, data []byte) (*Result, uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := c.Check("x", bytes.NewReader(data))
	runtime.ReadMemStats(&after)
	return r, after.TotalAlloc - before.TotalAlloc
}

// memoryBound is how much memory checking a trace may take.
func memoryBound(data, plain []byte) uint64 {
	most := uint64(1<<20 + 500*len(plain))
	if bytes.HasPrefix(data, zstdMagic) {
		most += 2 * maxWindow
	}
	return most
}

// allOf is all that is written of a result.
func allOf(t *testing.T, r *Result) string {
	t.Helper()
	var b strings.Builder
	if err := errors.Join(r.WriteText(&b, Show{}), r.WriteJSON(&b, 0)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// inReason holds what is true of any result: its verdict is that of its findings, which stand in lines that were read.
func inReason(t *testing.T, r *Result, list []*Record) {
	t.Helper()
	want := Conforms
	if slices.ContainsFunc(r.Findings, func(f model.Finding) bool { return f.Severity == model.Error }) {
		want = Breaks
	}
	if r.Err != nil {
		want = Unjudged
		if r.Err.File != "x" || r.Err.Line == 0 && r.Err.Column != 0 {
			t.Fatalf("%#v has no place", r.Err)
		}
	}
	if r.Verdict != want {
		t.Fatalf("the verdict is %s, and not %s: %v", r.Verdict, want, r.Err)
	}
	if r.Events > int64(max(0, len(list)-1)) || r.Left != 0 {
		t.Fatalf("%d events, of %d records, and %d findings left out", r.Events, len(list), r.Left)
	}
	lines, rules := map[int64]bool{}, map[*model.Rule]RuleVerdict{}
	for _, rec := range list {
		lines[rec.Line] = rec.Kind != HeaderRecord || lines[rec.Line]
	}
	for _, v := range r.Rules {
		rules[v.Rule] = v
	}
	for _, f := range r.Findings {
		at := append([]int64{f.Line}, f.Again...)
		for _, h := range f.History {
			at = append(at, h.Line)
		}
		for _, line := range at {
			if !lines[line] {
				t.Fatalf("%s speaks of line %d, which was not read", f.Rule.ID, line)
			}
		}
		if v := rules[f.Rule]; v.Verdict != model.Violated || v.N < 1 || f.Message == "" || f.Legal == "" || f.Party == model.NoSide {
			t.Fatalf("%s is found, and %s %d times: %+v", f.Rule.ID, v.Verdict, v.N, f)
		}
	}
}
