package trace

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mapilife/model"
)

// TestLongestLine: a line may have as many bytes as MaxLine says, its end not counted, in either notation.
func TestLongestLine(t *testing.T) {
	refused := fmt.Sprintf("x:2: the line has more than %d bytes, the most that a line of a trace may have", MaxLine)
	for _, c := range []struct{ header, begin, end string }{
		{"{\"mapitrace\":1}\n", `{"id":1,"call":"`, `"}`},
		{"mapitrace 1\n", `call "`, `" {`},
	} {
		for _, newline := range []string{"\n", "\r\n", ""} {
			for extra, want := range map[int]string{-1: "", 0: "", 1: refused, 2: refused, 20_000_000: refused} {
				line := c.begin + strings.Repeat("a", MaxLine-len(c.begin)-len(c.end)+extra) + c.end
				list, err := read(t, c.header+line+newline)
				if want == "" {
					require.NoError(t, err)
					require.Len(t, list, 2)
				} else {
					require.EqualError(t, err, want, "%d bytes too much, and %q", extra, newline)
				}
			}
		}
	}
	_, err := read(t, strings.Repeat("a", 3*MaxLine))
	require.EqualError(t, err, strings.Replace(refused, ":2:", ":1:", 1))
}

// TestDeepestValue: 10,000 lists and objects may stand within each other, the line's own among them.
func TestDeepestValue(t *testing.T) {
	const own = 1
	for _, form := range []string{`{"mapitrace":1}` + "\n" + `{"event":"gap","x":%s}`, "mapitrace 1\ngap ?{\"x\":%s}"} {
		deep := func(n int) string { return fmt.Sprintf(form, strings.Repeat("[", n)+strings.Repeat("]", n)) }
		list, err := read(t, deep(10_000-own))
		require.NoError(t, err)
		convertsWithoutLoss(t, "deep", []byte(deep(10_000-own)))
		require.Len(t, list, 2)
		for _, n := range []int{10_001 - own, 200_000} {
			_, err = read(t, deep(n))
			require.ErrorContains(t, err, "lists and objects stand within each other more than 10,000 deep")
		}
	}
}

// openCallsTrace has so many open calls, on so many threads.
func openCallsTrace(n Notation, calls, threads int) []byte {
	var b bytes.Buffer
	if n == TextNotation {
		b.WriteString("mapitrace 1\n")
	} else {
		b.WriteString("{\"mapitrace\":1}\n")
	}
	for i := range calls {
		if n == TextNotation {
			fmt.Fprintf(&b, "T%d A {\n", i%threads)
		} else {
			fmt.Fprintf(&b, "{\"tid\":%d,\"id\":%d,\"call\":\"A\"}\n", i%threads, i+1)
		}
	}
	return b.Bytes()
}

// TestOpenCalls: so many calls may be open on one thread and in one process, and one more is refused.
func TestOpenCalls(t *testing.T) {
	c, err := NewChecker(Options{})
	require.NoError(t, err)
	for _, n := range []Notation{JSONNotation, TextNotation} {
		for _, x := range []struct {
			calls, threads int
			want           string
		}{
			{model.MaxDepth, 1, ""},
			{model.MaxDepth + 1, 1, fmt.Sprintf("x:%d: more than 10000 calls are open on thread 0", model.MaxDepth+2)},
			{model.MaxOpen, 20, ""},
			{model.MaxOpen + 1, 20, fmt.Sprintf("x:%d: more than 100000 calls are open in this process", model.MaxOpen+2)},
		} {
			r := c.Check("x", bytes.NewReader(openCallsTrace(n, x.calls, x.threads)))
			require.Equal(t, Unjudged, r.Verdict)
			if x.want == "" {
				require.Contains(t, r.Err.Error(), "no judgement")
			} else {
				require.EqualError(t, r.Err, x.want)
			}
			require.EqualValues(t, min(x.calls, map[bool]int{true: model.MaxDepth, false: model.MaxOpen}[x.threads == 1]), r.Events)
		}
	}
}

// TestOpenCallsOfText: the text notation counts open calls itself, and those that were left behind are open no longer.
func TestOpenCallsOfText(t *testing.T) {
	list, err := read(t, string(openCallsTrace(TextNotation, model.MaxOpen, 20)))
	require.NoError(t, err)
	require.Len(t, list, model.MaxOpen+1)
	list, err = read(t, string(openCallsTrace(TextNotation, model.MaxOpen+1, 20)))
	require.EqualError(t, err, fmt.Sprintf("x:%d: more than 100000 calls are open in this process", model.MaxOpen+2))
	require.Len(t, list, model.MaxOpen+1)

	_, err = read(t, "mapitrace 1\n"+strings.Repeat("#1 A {\n"+strings.Repeat("#2 B {\n", 9)+"ret #1 ->\n", model.MaxOpen/9+1))
	require.NoError(t, err)
}

// TestManyNames: a line with very many names is read in no time all the same.
func TestManyNames(t *testing.T) {
	var names strings.Builder
	for i := range 80_000 {
		if i > 0 {
			names.WriteByte(',')
		}
		fmt.Fprintf(&names, `"p%d":1`, i)
	}
	begun := time.Now()
	for _, c := range []struct{ data, again string }{
		{header + `{"id":1,"call":"A",` + names.String(), `,"p79999":1}`},
		{header + `{"id":1,"call":"A","args":{` + names.String(), `,"p0":1}}`},
		{"mapitrace 1\nA(" + strings.NewReplacer(":", "=", `"`, "").Replace(names.String()), `,p40000=1) {`},
	} {
		_, err := read(t, c.data+c.again[strings.IndexAny(c.again, "})"):])
		require.NoError(t, err)
		_, err = read(t, c.data+c.again)
		require.ErrorContains(t, err, "twice")
	}
	few := strings.Join(strings.SplitAfter(names.String(), ",")[:100], "") + `"z":1`
	line := `{"id":1,"call":"A",` + few + `,"args":{` + few + "}}\n"
	list, err := read(t, header+line+line)
	require.NoError(t, err, "what stood on the line before does not count")
	require.Len(t, list, 3)

	if took := time.Since(begun); took > 10*time.Second { // a twentieth of a second each, or a quarter of a minute
		t.Errorf("it took %v", took)
	}
}

// TestEmptyLines: a compressed file may have billions of empty lines, which are skipped and counted.
func TestEmptyLines(t *testing.T) {
	var member bytes.Buffer
	z := gzip.NewWriter(&member)
	z.Write(bytes.Repeat([]byte("\n"), 1<<24))
	z.Close()
	var first bytes.Buffer
	z.Reset(&first)
	io.WriteString(z, header)
	z.Close()
	r := NewReader("x", io.MultiReader(bytes.NewReader(first.Bytes()), bytes.NewReader(member.Bytes()), bytes.NewReader(member.Bytes()), strings.NewReader("this is no gzip")))
	var rec Record
	require.NoError(t, r.Next(&rec))
	require.EqualError(t, r.Next(&rec), fmt.Sprintf("x:%d: the gzip data is broken: gzip: invalid header", 2<<24+2))
}

// TestLongTexts: the model is given the beginning of a long text only, and still tells long texts apart.
func TestLongTexts(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 1000)
	require.Equal(t, "0x55d0", short([]byte("0x55d0")))
	require.Less(t, len(short([]byte(long))), 1000)
	require.NotEqual(t, short([]byte(long)), short([]byte(long[:len(long)-1])))
	require.Equal(t, short([]byte(long)), short([]byte(long)))

	c, err := NewChecker(Options{})
	require.NoError(t, err)
	for _, other := range []string{"", "x"} { // the second time the store is logged off, and the first is another one
		r := c.Check("x", strings.NewReader(fmt.Sprintf(`mapitrace 1
observes MAPI IMAPISession
MAPIInitialize -> S_OK
MAPILogonEx -> S_OK (lppSession=%s)
%s IMAPISession::Logoff(ulFlags=0) -> S_OK
%s IMAPISession::Release -> ref 0
MAPIUninitialize ->
end exit
`, "s"+long, "s"+long, "s"+long+other)))
		require.Nil(t, r.Err)
		require.Equal(t, other == "", len(r.Findings) == 0, "%v", r.Told())
	}
}
