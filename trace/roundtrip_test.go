package trace

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// readAll reads every record of a trace.
func readAll(t testing.TB, name string, data []byte) []*Record {
	t.Helper()
	r := NewReader(name, bytes.NewReader(data))
	defer r.Close()
	var list []*Record
	for {
		var rec Record
		err := r.Next(&rec)
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, clipped(data))
		}
		list = append(list, rec.Clone())
	}
}

func clipped(data []byte) []byte { return data[:min(len(data), 20_000)] }

func writeAll(t testing.TB, list []*Record, n Notation) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b, n)
	for _, r := range list {
		require.NoError(t, w.Write(r))
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// said is what a record says, whole: two records say the same if it is equal.
func said(r *Record) string {
	var b strings.Builder
	integer := func(name string, n Integer) {
		if n.Set {
			fmt.Fprintf(&b, " %s=%d", name, n.N)
		}
	}
	text := func(name string, t Text) {
		if t.Set {
			fmt.Fprintf(&b, " %s=%q", name, t.S)
		}
	}
	members := func(list []Member) {
		for _, m := range list {
			fmt.Fprintf(&b, " %q:%d %s", m.Name, m.Value.Kind, m.Value.S)
		}
	}
	fmt.Fprintf(&b, "kind %d id %d name %q", r.Kind, r.ID, r.Name)
	if h := r.Header; h != nil {
		for n, s := range []*string{h.Producer, h.Process, h.Note} {
			if s != nil {
				fmt.Fprintf(&b, " %d=%q", n, *s)
			}
		}
		fmt.Fprintf(&b, " %v %q %v %q", h.HasObserves, h.Observes, h.HasPartial, h.Partial)
		members(h.Extra)
	}
	integer("seq", r.Seq)
	integer("t", r.Time)
	integer("pid", r.PID)
	integer("tid", r.TID)
	integer("ref", r.Ref)
	text("on", r.On)
	text("by", r.By)
	text("module", r.Module)
	text("signal", r.Signal)
	text("reason", r.Reason)
	fmt.Fprintf(&b, " hr=%d %s lost=%d %s args=%v", r.HR.Kind, r.HR.S, r.Lost.Kind, r.Lost.S, r.HasArgs)
	members(r.Args)
	b.WriteString(" extra")
	members(r.Extra)
	return b.String()
}

func saidAll(list []*Record) []string {
	var all []string
	for _, r := range list {
		all = append(all, said(r))
	}
	return all
}

// convertsWithoutLoss writes a trace in the other notation and back.
func convertsWithoutLoss(t testing.TB, name string, data []byte) {
	t.Helper()
	convertsRecords(t, name, readAll(t, name, data))
}

func convertsRecords(t testing.TB, name string, records []*Record) {
	t.Helper()
	text := writeAll(t, records, TextNotation)
	fromText := readAll(t, name+" as text", text)
	if got, want := saidAll(fromText), saidAll(records); !equalLists(got, want) {
		t.Fatalf("%s: text says something else: %s\n%s", name, firstDifference(want, got), clipped(text))
	}
	lines := writeAll(t, fromText, JSONNotation)
	fromLines := readAll(t, name+" as JSON", lines)
	if got, want := saidAll(fromLines), saidAll(records); !equalLists(got, want) {
		t.Fatalf("%s: JSON says something else: %s\n%s", name, firstDifference(want, got), clipped(lines))
	}
	if again := writeAll(t, fromLines, TextNotation); !bytes.Equal(text, again) {
		t.Fatalf("%s: text, JSON, text: %s", name, firstDifference(strings.Split(string(text), "\n"), strings.Split(string(again), "\n")))
	}
	if again := writeAll(t, readAll(t, name, text), JSONNotation); !bytes.Equal(lines, again) {
		t.Fatalf("%s: JSON, text, JSON: %s", name, firstDifference(strings.Split(string(lines), "\n"), strings.Split(string(again), "\n")))
	}
}

func equalLists(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for n := range a {
		if a[n] != b[n] {
			return false
		}
	}
	return true
}

func firstDifference(want, got []string) string {
	for n := range max(len(want), len(got)) {
		switch {
		case n >= len(got):
			return fmt.Sprintf("%d: missing %s", n+1, want[n])
		case n >= len(want):
			return fmt.Sprintf("%d: too much %s", n+1, got[n])
		case want[n] != got[n]:
			return fmt.Sprintf("%d:\nwant %s\ngot  %s", n+1, want[n], got[n])
		}
	}
	return "none"
}

// TestConvertFiles converts every trace that the tests have.
func TestConvertFiles(t *testing.T) {
	for _, pattern := range []string{"recorded/*.jsonl", "rules/*.trace"} {
		files, err := filepath.Glob(filepath.Join("testdata", filepath.FromSlash(pattern)))
		require.NoError(t, err)
		require.Greater(t, len(files), 10, pattern)
		for _, file := range files {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			convertsWithoutLoss(t, file, data)
		}
	}
}

// TestJudgedAlike holds that it makes no difference to a verdict in which notation a trace is: in the text notation a call and its return
// may share a line, and in JSON they never do.
func TestJudgedAlike(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "cases", "*.trace"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	c, err := NewChecker(Options{})
	require.NoError(t, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		judgedAlike(t, c, readAll(t, file, data))
	}
	const begin = "mapitrace 1\nobserves MAPI IMAPISession IMsgStore\nMAPIInitialize -> S_OK\nMAPILogonEx -> S_OK (lppSession=0x10)\n" +
		"0x10 IMAPISession::OpenMsgStore -> S_OK (lppMDB=0x50)\n"
	for _, twice := range []struct {
		trace   string
		objects int64
	}{
		{"0x50 IMsgStore::OpenEntry -> S_OK (lppUnk=0x60, lppFolder=0x60)\n", 3},
		{"0x50 IMsgStore::AddRef by mapi -> ref 2\n0x10 IMAPISession::OpenEntry -> S_OK (ulObjType=0x1, lppUnk=0x50, lppMDB=0x50)\n" +
			strings.Repeat("0x50 IMsgStore::Release by client ->\n", 3) + "0x50 IMsgStore::Release by mapi -> ref 0\n", 2},
	} {
		r := judgedAlike(t, c, readAll(t, "twice", []byte(begin+twice.trace)))
		require.EqualValues(t, twice.objects, r.Objects, "one object that a call hands out twice")
		require.Empty(t, r.Findings)
	}
}

// judgedAlike holds that a trace is judged alike in both notations.
func judgedAlike(t *testing.T, c *Checker, list []*Record) (asJSON *Result) {
	t.Helper()
	text := writeAll(t, list, TextNotation)
	asJSON = c.Check("x", bytes.NewReader(writeAll(t, list, JSONNotation)))
	sameJudgement(t, "as JSON and as text", asJSON, c.Check("x", bytes.NewReader(text)), readAll(t, "text", text))
	return asJSON
}

// sameJudgement holds that a trace of JSON lines is judged like the same one in other lines.
func sameJudgement(t *testing.T, how string, asJSON, other *Result, others []*Record) {
	t.Helper()
	place := map[int64]int64{}
	for n := range others {
		place[int64(n+1)] = others[n].Line
	}
	a := judgement(asJSON, func(line int64) int64 { return place[line] })
	b := judgement(other, func(line int64) int64 { return line })
	if !equalLists(a, b) {
		t.Fatalf("%s: %s", how, firstDifference(a, b))
	}
}

// judgement is all that a result says, with its lines elsewhere: the findings of a line in any order, and without the lines that messages name.
func judgement(r *Result, place func(int64) int64) []string {
	moved := *r
	moved.Findings = slices.Clone(r.Findings)
	var list []string
	for _, f := range moved.Findings {
		f.Line, f.Again, f.History = place(f.Line), slices.Clone(f.Again), slices.Clone(f.History)
		for n := range f.Again {
			f.Again[n] = place(f.Again[n])
		}
		for n := range f.History {
			f.History[n].Line = place(f.History[n].Line)
		}
		f.Message = lineNumber.ReplaceAllString(f.Message, "line")
		var b strings.Builder
		r.writeFinding(&b, palette{}, &f, &f)
		list = append(list, b.String())
	}
	slices.Sort(list)
	list = append(list, r.Summary())
	if r.Err != nil {
		list = append(list, fmt.Sprintf("%d %s", place(r.Err.Line), r.Err.Text))
	}
	for _, v := range r.Rules {
		list = append(list, fmt.Sprintf("%s %s %d", v.Rule.ID, v.Verdict, v.N))
	}
	return list
}

var lineNumber = regexp.MustCompile(`line \d+`)

// TestConvertOdd converts what is likeliest to be spoilt.
func TestConvertOdd(t *testing.T) {
	for _, c := range odd {
		t.Run(c.name, func(t *testing.T) {
			convertsWithoutLoss(t, c.name, []byte(c.trace))
		})
	}
}

var odd = []struct{ name, trace string }{
	{"header only", `{"mapitrace":1}`},
	{"header of everything", `{"mapitrace":1,"producer":"","observes":[],"partial":["a b","null","12"],"process":"ü 'x'","note":"#\n\"\\ \u0000","x":{"y":[1,{}]},"seq":5,"pid":7,"id":1,"hr":0}`},
	{"byte order mark and CRLF", "\ufeffmapitrace 1\r\n\r\nA ->\r\n"},
	{"text header", "# hello\n\nmapitrace 1 # yes\nnote \"# no\" # yes\n?{\"x\" : [1, 2] , \"y\":\" \"}\nobserves\nend"},
	{"no arguments, empty arguments", `{"mapitrace":1}
{"id":1,"call":"A"}
{"ret":1}
{"id":2,"call":"A","args":{}}
{"ret":2,"out":{}}`},
	{"names that are keywords", `{"mapitrace":1}
{"id":1,"call":"end","on":"call","by":"by","module":"in","args":{"ref":"ref","by":"null"}}
{"ret":1,"hr":"S_OK","out":{"P5":"P5","null":null}}
{"id":2,"call":"call","on":"T12"}
{"ret":2}
{"id":3,"call":"P1"}
{"ret":3}
{"id":4,"call":"ret","on":"ret"}
{"event":"load","module":"end"}
{"event":"signal","name":"null"}
{"event":"end","reason":"load"}
{"event":"event"}
{"event":"call"}
{"event":"a b"}
{"event":""}`},
	{"texts that look like numbers", `{"mapitrace":1}
{"id":1,"call":"7","on":"12","args":{"a":"12","b":"0x","c":"0xzz","d":"-5","e":"1e5","f":"true","g":"","h":"+1","i":".5","j":"0x12","k":"3com"}}
{"ret":1,"hr":"0X8004011d"}
{"id":2,"call":"0x12","on":"-"}
{"ret":2,"hr":-2147221231}
{"id":3,"call":"-5","on":"a->b"}`},
	{"numbers", `{"mapitrace":1}
{"seq":-9223372036854775808,"t":9223372036854775807,"pid":-1,"tid":-9223372036854775808,"id":9223372036854775807,"call":"A","args":{"a":1e400,"b":-0,"c":1.50,"d":18446744073709551616,"e":1E+2,"f":2e-3}}
{"seq":0,"pid":-1,"tid":-9223372036854775808,"ret":9223372036854775807,"ref":-1,"hr":4294967295}
{"seq":1,"event":"gap","lost":1.5e3}
{"event":"gap","lost":null}
{"event":"gap","lost":0,"pid":0,"tid":0}`},
	{"keys that mean nothing on their line", `{"mapitrace":1}
{"id":1,"call":"A","hr":"S_OK","ref":3,"name":"x","lost":null,"reason":"y","note":[1],"observes":5}
{"ret":1,"id":9,"on":"o","by":"b","module":"m","name":"n","lost":3,"reason":"r"}
{"event":"load","module":"m","name":"n","on":"o","id":3,"args":{"a":1},"out":{}}
{"event":"end","reason":"exit","module":"m","lost":3,"name":"x"}
{"event":"later","module":"m","lost":3,"name":"x","reason":"z","hr":0,"z":{}}`},
	{"unknown keys around those that mean nothing on their line", `mapitrace 1
A ?{"x":1,"name":"n","":[],"hr":0,"note":{}} -> S_OK ?{"on":"o","z":2,"lost":null,"observes":3}
gap ?{"name":"n","x":1,"by":"b"}`},
	{"unknown keys", `{"mapitrace":1}
{"id":1,"call":"A","":1,"x y":{"a":[1,"}",null]},"Call":"B","mapi":"ä\u00e4\ud83d\ude00"}
{"ret":1,"z" : [ 1 , { "a" : 2 } ] }
{"event":"gap","y":1e400}`},
	{"ids out of order and used again", `{"mapitrace":1}
{"id":5,"call":"A"}
{"id":1,"call":"B"}
{"ret":1}
{"id":1,"call":"B"}
{"ret":1}
{"id":2,"call":"B"}
{"ret":5}
{"id":3,"call":"C"}
{"id":-4,"call":"C"}
{"ret":-4}
{"ret":3}
{"ret":77}`},
	{"calls that do not return", `{"mapitrace":1}
{"id":1,"call":"A"}
{"id":2,"call":"B"}
{"id":3,"call":"C"}
{"ret":1}
{"id":2,"call":"D"}
{"event":"thread-exit"}
{"id":9,"call":"E"}
{"event":"gap"}
{"ret":9}
{"id":10,"call":"F"}
{"event":"end"}`},
	{"one process, returns without a thread", `{"mapitrace":1}
{"id":1,"tid":7,"call":"A"}
{"id":2,"tid":7,"call":"B"}
{"ret":2}
{"ret":1}
{"id":3,"tid":7,"call":"A"}
{"tid":8,"ret":3}`},
	{"several processes", `{"mapitrace":1}
{"id":1,"pid":1,"tid":1,"call":"A"}
{"id":1,"pid":2,"tid":1,"call":"A"}
{"id":1,"pid":0,"tid":0,"call":"A"}
{"ret":1,"pid":2,"tid":1}
{"id":2,"pid":1,"tid":2,"call":"B"}
{"ret":1,"pid":1,"tid":1}
{"ret":1}
{"pid":1,"event":"end","reason":"detached"}
{"ret":2,"pid":1,"tid":2}`},
	{"texts of all kinds", `{"mapitrace":1}
{"id":1,"call":"Été","on":"C:\\x\\y.dll","by":"\u00a0","args":{"a=b":"c,d","é":"→","\u2028":"\ud83d\ude00","q":"\"","t":"\t\r\n\u0000\u007f","#":"# a"}}
{"ret":1,"out":{"x":"a->","y":"a-","z":"-a","w":"a..b::c$"}}`},
	{"text with every form", `mapitrace 1
  @1/5 P1 T2 #7 "o o" call "end"(a=1, "b c"="d") by client in "x.dll" ?{"k":1} -> S_OK ref 4 (x=null) @2/6 ?{"l":2} # done
@3 f->
@/9 g {
  h->0
  P3 T4 i {
}->S_OK
P3 T4 ret #3 ->
ret #99 -> -5
thread-exit ?{"z":0}
signal
signal SIGSEGV
gap
gap null
gap 3
load a.dll
unload "a b.dll"
event later ?{"module":"x"}
end`},
}

// TestWriteQuoted holds what is written in quotes, and behind the word "call".
func TestWriteQuoted(t *testing.T) {
	text := writeAll(t, readAll(t, "x", []byte(`{"mapitrace":1,"note":"by"}
{"id":1,"call":"a b","on":"end","by":"in","args":{"P1":"12","b":"0x12","c":"ref","d":"x.y","e":""}}
{"id":2,"call":"load"}
{"id":3,"call":"T1","on":"-"}
{"ret":3,"hr":"S_OK"}
{"event":"é","pid":0}`)), TextNotation)
	require.Equal(t, `mapitrace 1
note "by"

"end" call "a b"("P1"="12", b=0x12, c="ref", d=x.y, e="") by "in" {
  call "load" {
    "-" call "T1" -> S_OK
    P0 event é
`, string(text))
}

// TestConvertGenerated converts records made at random, of texts that could be taken for something else.
func TestConvertGenerated(t *testing.T) {
	for seed := range uint64(400) {
		g := generator{rand.New(rand.NewPCG(seed, 1))}
		data := writeAll(t, g.trace(), JSONNotation)
		convertsWithoutLoss(t, fmt.Sprintf("seed %d", seed), data)
	}
}

type generator struct{ *rand.Rand }

var pieces = []string{
	"", "a", "MAPIInitialize", "IMAPISession::Logoff", "0x55d0", "0x", "12", "-1", "null", "true", "false", "end", "call", "by", "in", "ref", "ret", "P1", "T2", "P-3",
	"mapitrace", "observes", "note", "thread-exit", " ", "#", "# x", "->", "{", "}", "(", "\"", "\\", "\n", "\x00", "ä", "é-", "→", "😀", "\u00a0", "a b", "?{", "@1", ".", "-", "$", ":", "a=1",
	"S_OK", "0x80040102", "1e5", "0xfg",
}

func (g generator) chance(percent int) bool { return g.IntN(100) < percent }

func (g generator) text() []byte {
	s := pieces[g.IntN(len(pieces))]
	for g.chance(25) {
		s += pieces[g.IntN(len(pieces))]
	}
	return []byte(s)
}

func (g generator) some(percent int) Text {
	if g.chance(percent) {
		return Text{g.text(), true}
	}
	return Text{}
}

func (g generator) number(percent int, n int64) Integer {
	if !g.chance(percent) {
		return Integer{}
	}
	return Integer{g.Int64N(n), true}
}

func (g generator) value() Value {
	switch g.IntN(6) {
	case 0:
		return Value{Kind: Null}
	case 1:
		return Value{Kind: True}
	case 2:
		return Value{Kind: False}
	case 3:
		return Value{Number, []byte([]string{"0", "-0", "7", "1e400", "-2.50", "18446744073709551616", "1E+2"}[g.IntN(7)])}
	}
	return Value{String, g.text()}
}

func (g generator) members(value func() Value) []Member {
	var list []Member
	var names nameSet
	for g.chance(60) {
		if m := (Member{g.text(), value()}); !names.has(list, m.Name) && keyOf(m.Name) == keyOther {
			list = append(list, m)
		}
	}
	return list
}

func (g generator) extra() []Member {
	if g.chance(80) {
		return nil
	}
	return g.members(func() Value {
		return Value{Raw, []byte([]string{"1", "null", "[]", `{"a":[1,{"b":"}"}]}`, `"?{"`, "1e400"}[g.IntN(6)])}
	})
}

// trace makes a trace whose calls nest, return, are left open, and are returned from elsewhere.
func (g generator) trace() []*Record {
	str := func() *string {
		if g.chance(50) {
			return nil
		}
		s := string(g.text())
		return &s
	}
	names := func() (list []string) {
		for g.chance(60) {
			list = append(list, string(g.text()))
		}
		return list
	}
	h := &Header{Producer: str(), Process: str(), Note: str(), Extra: g.extra()}
	if h.HasObserves = g.chance(70); h.HasObserves {
		h.Observes = names()
	}
	if h.HasPartial = g.chance(30); h.HasPartial {
		h.Partial = names()
	}
	list := []*Record{{Kind: HeaderRecord, Header: h}}
	seq := int64(0)
	type call struct {
		pid, tid Integer
		id       int64
	}
	var open []call
	for id := int64(1); len(list) < 40; {
		r := &Record{Time: g.number(20, 1e18), PID: g.number(40, 3), TID: g.number(50, 3), Extra: g.extra()}
		if g.chance(50) {
			seq += 1 + g.Int64N(3)
			r.Seq = Integer{seq, true}
		}
		switch n := g.IntN(10); {
		case n < 5:
			r.Kind, r.Name, r.On, r.By, r.Module = CallRecord, g.text(), g.some(50), g.some(30), g.some(10)
			if r.ID = id; g.chance(90) {
				id++
			} else {
				r.ID = g.Int64N(20) - 5
			}
			open = append(open, call{r.PID, r.TID, r.ID})
		case n < 9:
			r.Kind, r.ID = ReturnRecord, g.Int64N(30)
			if len(open) > 0 && g.chance(90) {
				at := len(open) - 1
				if g.chance(20) {
					at = g.IntN(len(open))
				}
				r.ID = open[at].id
				if g.chance(90) {
					r.PID, r.TID = open[at].pid, open[at].tid
				}
				open = append(open[:at], open[at+1:]...)
			}
			if g.chance(60) {
				r.HR = []Value{{String, []byte("S_OK")}, {Number, []byte("-2147221231")}, {String, []byte("0x8004011d")}, {Number, []byte("0")}}[g.IntN(4)]
			}
			r.Ref = g.number(20, 5)
		default:
			r.Kind = EventRecord
			switch r.Name = g.text(); g.IntN(8) {
			case 0:
				r.Name, r.Module = []byte("load"), Text{g.text(), true}
			case 1:
				r.Name, r.Module = []byte("unload"), Text{g.text(), true}
			case 2:
				r.Name = []byte("thread-exit")
			case 3:
				r.Name, r.Signal = []byte("signal"), g.some(70)
			case 4:
				r.Name = []byte("gap")
				r.Lost = []Value{{}, {Kind: Null}, {Number, []byte("5")}}[g.IntN(3)]
			case 5:
				r.Name, r.Reason = []byte("end"), g.some(70)
			default:
				if _, known := eventKinds[string(r.Name)]; known {
					r.Name = []byte("later")
				}
			}
		}
		if r.Kind != EventRecord && g.chance(60) {
			r.HasArgs, r.Args = true, g.members(g.value)
		}
		list = append(list, r)
	}
	return list
}

// TestWriteTooDeep: the text notation has a bound on open calls, and says so before it writes what could not be read again.
func TestWriteTooDeep(t *testing.T) {
	var deep bytes.Buffer
	fmt.Fprintln(&deep, `{"mapitrace":1}`)
	for id := range 10_001 {
		fmt.Fprintf(&deep, "{\"id\":%d,\"tid\":3,\"call\":\"A\"}\n", id)
	}
	w := NewWriter(io.Discard, TextNotation)
	var err error
	for _, r := range readAll(t, "deep", deep.Bytes()) {
		if err == nil {
			err = w.Write(r)
		}
	}
	if err == nil {
		err = w.Close()
	}
	var where *Error
	require.True(t, errors.As(err, &where), err)
	require.Equal(t, ":10002: more than 10000 calls are open on thread 3", where.Error())
}
