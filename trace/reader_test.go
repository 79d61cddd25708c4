package trace

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

// read reads a trace, and says where reading ended other than at the end.
func read(t *testing.T, data string) ([]*Record, error) {
	t.Helper()
	r := NewReader("x", strings.NewReader(data))
	defer r.Close()
	var list []*Record
	for {
		var rec Record
		switch err := r.Next(&rec); err {
		case nil:
			list = append(list, rec.Clone())
		case io.EOF:
			return list, nil
		default:
			var where *Error
			require.True(t, errors.As(err, &where), err)
			require.Equal(t, err, r.Next(&rec), "nothing follows an error")
			return list, err
		}
	}
}

// says compares what a malformed line is told with what it should be.
func says(t *testing.T, line string, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("%.200q\n got %v\nwant %s", line, err, want)
	}
}

const header = `{"mapitrace":1}` + "\n"

// TestRefuse holds what each malformed line is told, and where. A line below is the second one of its trace.
func TestRefuse(t *testing.T) {
	for _, c := range refused {
		list, err := read(t, header+c.line+"\n")
		says(t, c.line, err, "x:"+c.want)
		require.Len(t, list, 1, "the header was good")
	}
}

var refused = []struct{ line, want string }{
	// One object a line.
	{`hello`, `2:1: not JSON: invalid character 'h' at start of value`},
	{`"call"`, `2:1: a line is one JSON object, and this is a text`},
	{`  12`, `2:3: a line is one JSON object, and this is a number`},
	{`null`, `2:1: a line is one JSON object, and this is null`},
	{`[{"id":1,"call":"A"}]`, `2:1: a line is one JSON object, and this is a list: write each record on a line of its own, with nothing around them`},
	{`{"id":1,"call":"A"}{"ret":1}`, `2:20: something follows the object: write exactly one object on a line`},
	{`{"id":1,"call":"A"},`, `2:20: something follows the object: write exactly one object on a line`},
	{`{"id":1,"call":"A"} x`, `2:21: something follows the object: write exactly one object on a line`},
	{`{"id":1,"call":"A`, `2:18: the line ends in the middle of the object: it was cut, or the object goes on in the next line`},
	{`{`, `2:2: the line ends in the middle of the object: it was cut, or the object goes on in the next line`},
	{`{"id":1,"call":"A",}`, `2:20: not JSON: invalid character '}' at start of string (expecting '"')`},
	{`{'id':1}`, `2:2: not JSON: invalid character '\'' at start of string (expecting '"')`},
	{`{"id":1,"call":"\q"}`, "2:17: not JSON: invalid escape sequence `\\q` in string"},
	{`{"id":01,"call":"A"}`, `2:8: not JSON: invalid character '1' after object value (expecting ',' or '}')`},
	{`{"id":NaN,"call":"A"}`, `2:7: not JSON: invalid character 'N' at start of value`},
	{"{\"id\":1,\"call\":\"A\x00\"}", `2:18: not JSON: invalid character '\x00' in string (expecting non-control character)`},
	{"{\"id\":1,\"call\":\"A\xff\"}", `2:18: the line is not UTF-8`},
	{"{\"id\":1,\"call\":\"\xed\xa0\x80\"}", `2:17: the line is not UTF-8`},
	{`{"id":1,"call":"\ud800"}`, `2:17: half of a surrogate pair, which is no character`},
	{"\ufeff" + `{"id":1,"call":"A"}`, `2:1: not JSON: invalid character '\ufeff' at start of value`},
	{`{"id":1,"call":"A","x":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`, `2:10023: lists and objects stand within each other more than 10,000 deep`},

	// What a line is.
	{`{}`, `2: the line has none of "call", "ret" and "event", one of which says what it is`},
	{`{"id":1,"Call":"A"}`, `2: the line has none of "call", "ret" and "event", one of which says what it is`},
	{`{"id":1,"call":"A","ret":1}`, `2: the line has more than one of "mapitrace", "call", "ret" and "event": each is a line of its own`},
	{`{"event":"gap","ret":1}`, `2: the line has more than one of "mapitrace", "call", "ret" and "event": each is a line of its own`},
	{`{"mapitrace":1}`, `2: a second header: a file holds one trace`},
	{`{"call":"A"}`, `2: a call needs an "id", which its return repeats`},
	{`{"id":1,"call":"A","out":{}}`, `2: a call has no "out": what it hands back stands in its return`},
	{`{"ret":1,"args":{}}`, `2: a return has no "args": they stand in its call`},
	{`{"event":"load"}`, `2: the event "load" needs a "module"`},
	{`{"event":"unload","name":"x"}`, `2: the event "unload" needs a "module"`},

	// A known key with a value of the wrong type, on whichever line it stands.
	{`{"id":"1","call":"A"}`, `2:7: "id" is a whole number, and this is a text`},
	{`{"id":null,"call":"A"}`, `2:7: "id" is a whole number, and this is null`},
	{`{"id":1.5,"call":"A"}`, `2:7: "id" is a whole number of 64 bits, and this is 1.5`},
	{`{"id":1e2,"call":"A"}`, `2:7: "id" is a whole number of 64 bits, and this is 1e2`},
	{`{"id":1e400,"call":"A"}`, `2:7: "id" is a whole number of 64 bits, and this is 1e400`},
	{`{"id":9223372036854775808,"call":"A"}`, `2:7: "id" is a whole number of 64 bits, and this is 9223372036854775808`},
	{`{"id":1,"call":5}`, `2:16: "call" is a text, and this is a number`},
	{`{"ret":true}`, `2:8: "ret" is a whole number, and this is true or false`},
	{`{"event":["gap"]}`, `2:10: "event" is a text, and this is a list`},
	{`{"seq":"1","event":"gap"}`, `2:8: "seq" is a whole number, and this is a text`},
	{`{"t":{},"event":"gap"}`, `2:6: "t" is a whole number, and this is an object`},
	{`{"pid":"4711","event":"gap"}`, `2:8: "pid" is a whole number, and this is a text`},
	{`{"tid":18446744073709551616,"event":"gap"}`, `2:8: "tid" is a whole number of 64 bits, and this is 18446744073709551616`},
	{`{"id":1,"call":"A::b","on":4096}`, `2:28: "on" is a text, and this is a number`},
	{`{"id":1,"call":"A::b","on":null}`, `2:28: "on" is a text, and this is null: a null pointer is "0x0"`},
	{`{"id":1,"call":"A","by":false}`, `2:25: "by" is a text, and this is true or false`},
	{`{"id":1,"call":"A","module":1}`, `2:29: "module" is a text, and this is a number`},
	{`{"id":1,"call":"A","args":[]}`, `2:27: "args" is an object, and this is a list`},
	{`{"id":1,"call":"A","args":null}`, `2:27: "args" is an object, and this is null`},
	{`{"id":1,"call":"A","args":{"x":{}}}`, `2:32: "x" is a number, a text, null, true or false, and this is an object`},
	{`{"id":1,"call":"A","args":{"x":[1]}}`, `2:32: "x" is a number, a text, null, true or false, and this is a list`},
	{`{"ret":1,"out":"x"}`, `2:16: "out" is an object, and this is a text`},
	{`{"ret":1,"ref":"0x1"}`, `2:16: "ref" is a whole number, and this is a text`},
	{`{"event":"signal","name":9}`, `2:26: "name" is a text, and this is a number`},
	{`{"event":"gap","lost":"5"}`, `2:23: "lost" is a number or null`},
	{`{"event":"end","reason":0}`, `2:25: "reason" is a text, and this is a number`},
	{`{"event":"later","reason":0}`, `2:27: "reason" is a text, and this is a number`},
	{`{"ret":1,"by":0}`, `2:15: "by" is a text, and this is a number`},

	// Results.
	{`{"ret":1,"hr":null}`, `2:15: "hr" is a text or a number`},
	{`{"ret":1,"hr":true}`, `2:15: "hr" is a text or a number`},
	{`{"ret":1,"hr":{}}`, `2:15: "hr" is a number, a text, null, true or false, and this is an object`},
	{`{"ret":1,"hr":4294967296}`, `2:15: 4294967296 is no result: a number has 32 bits`},
	{`{"ret":1,"hr":-2147483649}`, `2:15: -2147483649 is no result: a number has 32 bits`},
	{`{"ret":1,"hr":0.5}`, `2:15: 0.5 is no result: a number has 32 bits`},
	{`{"ret":1,"hr":"MAPI_E_NOPE"}`, `2:15: "MAPI_E_NOPE" is no result: ` + results},
	{`{"ret":1,"hr":"s_ok"}`, `2:15: "s_ok" is no result: ` + results},
	{`{"ret":1,"hr":""}`, `2:15: "" is no result: ` + results},
	{`{"ret":1,"hr":"0"}`, `2:15: "0" is no result: ` + results},
	{`{"ret":1,"hr":"0x"}`, `2:15: "0x" is no result: ` + results},
	{`{"ret":1,"hr":"0x180040102"}`, `2:15: "0x180040102" is no result: ` + results},

	// A name twice in one object.
	{`{"id":1,"call":"A","id":1}`, `2:20: "id" stands twice in one object`},
	{`{"id":1,"call":"A","c\u0061ll":"A"}`, `2:20: "call" stands twice in one object`},
	{`{"id":1,"call":"A","x":1,"x":1}`, `2:26: "x" stands twice in one object`},
	{`{"id":1,"call":"A","note":1,"note":1}`, `2:29: "note" stands twice in one object`},
	{`{"id":1,"call":"A","args":{"a":1,"b":2,"a":1}}`, `2:40: "a" stands twice in one object`},
	{`{"ret":1,"out":{"a":1,"a":1}}`, `2:23: "a" stands twice in one object`},
	{`{"id":1,"call":"A","x":{"y":[{"a":1,"a":1}]}}`, `2:37: "a" stands twice in one object`},
	{`{"id":1,"call":"A","x":[{"a":1,"a":1}]}`, `2:32: "a" stands twice in one object`},
}

const results = `write "0x" and up to 8 hexadecimal digits, a number, or a name such as S_OK or MAPI_E_NO_SUPPORT`

// TestRefuseHeader holds what a trace is told that does not begin as it should.
func TestRefuseHeader(t *testing.T) {
	const (
		none    = `a trace begins with its header, such as {"mapitrace":1,"observes":["MAPI","IMAPISession"]}, and this line is none`
		noTrace = `a trace begins with its header: the line "mapitrace 1", or in JSON an object with the key "mapitrace"`
		empty   = `there is no trace here: the file is empty. A trace begins with its header, such as {"mapitrace":1}`
		binary  = `this is no trace but binary data: a trace is UTF-8 text, as it is or compressed once with gzip or zstd`
		wide    = `this is UTF-16 text, and a trace is UTF-8: save it as UTF-8, or run it through iconv -f UTF-16 -t UTF-8`
	)
	for _, c := range []struct{ data, want string }{
		{"", empty},
		{"\ufeff", empty},
		{"\n \r\n\t\n", empty},
		{"# only\n\n  # this\n", `there is no trace here: the file holds only comments. A trace begins with its header: the line "mapitrace 1"`},
		{`{"id":1,"call":"A"}`, "1: " + none},
		{`{"producer":"x","observes":[]}`, "1: " + none},
		{`{"Mapitrace":1}`, "1: " + none},
		{"\n\n" + `{}`, "3: " + none},
		{`[`, `1:1: a line is one JSON object, and this is a list: write each record on a line of its own, with nothing around them`},
		{"{\n", `1:2: the line ends in the middle of the object: it was cut, or the object goes on in the next line`},
		{`{"mapitrace":2}`, `1:14: version 2 of the trace format is not known: this program reads version 1`},
		{`{"mapitrace":0}`, `1:14: version 0 of the trace format is not known: this program reads version 1`},
		{`{"mapitrace":1.5}`, `1:14: version 1.5 of the trace format is not known: this program reads version 1`},
		{`{"mapitrace":2,"observes":{"all":true}}`, `1:14: version 2 of the trace format is not known: this program reads version 1`},
		{`{"mapitrace":"1"}`, `1:14: "mapitrace" is the format's version, a number`},
		{`{"mapitrace":null}`, `1:14: "mapitrace" is the format's version, a number`},
		{`{"mapitrace":1,"call":"A"}`, `1: the line has more than one of "mapitrace", "call", "ret" and "event": each is a line of its own`},
		{`{"mapitrace":1,"mapitrace":1}`, `1:16: "mapitrace" stands twice in one object`},
		{`{"mapitrace":1,"observes":[],"observes":[]}`, `1:30: "observes" stands twice in one object`},
		{`{"mapitrace":1,"x":0,"x":0}`, `1:22: "x" stands twice in one object`},
		{`{"mapitrace":1,"producer":1}`, `1:27: "producer" is a text, and this is a number`},
		{`{"mapitrace":1,"process":[]}`, `1:26: "process" is a text, and this is a list`},
		{`{"mapitrace":1,"note":null}`, `1:23: "note" is a text, and this is null`},
		{`{"mapitrace":1,"observes":"MAPI"}`, `1:27: "observes" is a list of texts, and this is a text`},
		{`{"mapitrace":1,"observes":null}`, `1:27: "observes" is a list of texts, and this is null`},
		{`{"mapitrace":1,"observes":["MAPI", 5]}`, `1:36: "observes" is a text, and this is a number`},
		{`{"mapitrace":1,"partial":{"MAPI":true}}`, `1:26: "partial" is a list of texts, and this is an object`},
		{`{"mapitrace":1,"seq":"x"}`, `1:22: "seq" is a whole number, and this is a text`},
		{"{\"mapitrace\":1\x00}", `1:15: not JSON: invalid character '\x00' after object value (expecting ',' or '}')`},
		{"2026-01-01 12:00 started\n", "1:1: " + noTrace},
		{"  <trace>\n", "1:3: " + noTrace},
		{"mapitrace1\n", "1:1: " + noTrace},
		{"mapitrace\n", "1:10: the version is a whole number of 64 bits"},
		{"mapitrace one\n", "1:11: the version is a whole number of 64 bits"},
		{"mapitrace 2\n", "1:11: version 2 of the trace format is not known: this program reads version 1"},
		{"mapitrace 1 x\n", `1:13: the first line is "mapitrace 1" and nothing else`},
		{"\x7fELF\x02\x01\x01\x00\x00", binary},
		{"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "1: " + binary},
		{"\x00\x00\x00\x00\x00\x00", binary},
		{"hello\x01\n", "1: " + binary},
		{"PK\x03\x04\x14\n", "1: " + binary},
		{"\xff\xfe{\x00\"\x00", wide},
		{"\xfe\xff\x00{\x00\"", wide},
		{"{\x00\"\x00m\x00", wide},
		{"\x00{\x00\"\x00m", wide},
	} {
		list, err := read(t, c.data)
		says(t, c.data, err, "x:"+sep(c.want)+c.want)
		require.Empty(t, list)
	}
}

// sep stands between the file's name and what is wrong with it: nothing where a line is named.
func sep(want string) string {
	if want[0] >= '0' && want[0] <= '9' {
		return ""
	}
	return " "
}

// TestAccept holds what is read, and what is ignored.
func TestAccept(t *testing.T) {
	for _, c := range accepted {
		list, err := read(t, header+c.line+"\n")
		require.NoError(t, err, c.line)
		require.Len(t, list, 2, c.line)
		require.Equal(t, c.want, said(list[1]), c.line)
		require.EqualValues(t, 2, list[1].Line)
	}
	for _, name := range []string{"S_OK", "S_FALSE", "E_FAIL", "E_OUTOFMEMORY", "E_NOINTERFACE", "MAPI_E_LOGON_FAILED", "MAPI_W_ERRORS_RETURNED", "0x0", "0x8004011d"} {
		_, err := read(t, header+`{"ret":1,"hr":"`+name+`"}`)
		require.NoError(t, err, name)
	}
}

const bare = "kind 1 id 1 name \"A\" hr=0  lost=0  args=false extra"

var accepted = []struct{ line, want string }{
	{`{"id":1,"call":"A"}`, bare},
	{" \t{ \"id\" : 1 ,\t\"call\" : \"A\" } \t", bare},
	{`{"call":"A","id":1}` + "\r", bare},
	{`{"id":1,"c\u0061ll":"\u0041"}`, bare},
	{`{"id":1,"call":"A","x":{"call":"B"},"Y":[1e400],"note":5}`, bare + ` "x":6 {"call":"B"} "Y":6 [1e400] "note":6 5`},
	{`{"id":-9223372036854775808,"call":"A"}`, strings.Replace(bare, "id 1", "id -9223372036854775808", 1)},
	{`{"id":-0,"call":"A"}`, strings.Replace(bare, "id 1", "id 0", 1)},
	{`{"seq":3,"t":0,"pid":4,"tid":5,"id":1,"call":"A::b","on":"any text","by":"nobody","module":"m","args":{}}`,
		`kind 1 id 1 name "A::b" seq=3 t=0 pid=4 tid=5 on="any text" by="nobody" module="m" hr=0  lost=0  args=true extra`},
	{`{"id":1,"call":"A","args":{"a":1,"b":"0x2","c":null,"d":true,"e":false,"f":"\n","g":-1.5e3}}`,
		`kind 1 id 1 name "A" hr=0  lost=0  args=true "a":4 1 "b":5 0x2 "c":1  "d":3  "e":2  "f":5 ` + "\n" + ` "g":4 -1.5e3 extra`},
	{`{"ret":1}`, `kind 2 id 1 name "" hr=0  lost=0  args=false extra`},
	{`{"ret":1,"hr":2147746065,"ref":-1,"out":{"ppv":"0x1"}}`, `kind 2 id 1 name "" ref=-1 hr=4 2147746065 lost=0  args=true "ppv":5 0x1 extra`},
	{`{"ret":1,"id":2,"hr":-2147221231}`, `kind 2 id 1 name "" hr=4 -2147221231 lost=0  args=false extra "id":6 2`},
	{`{"id":2,"ret":1,"hr":"0X8004011D","on":"x"}`, `kind 2 id 1 name "" hr=5 0X8004011D lost=0  args=false extra "id":6 2 "on":6 "x"`},
	{`{"event":"load","module":""}`, `kind 3 id 0 name "load" module="" hr=0  lost=0  args=false extra`},
	{`{"event":"gap","lost":null}`, `kind 3 id 0 name "gap" hr=0  lost=1  args=false extra`},
	{`{"event":"gap","lost":12}`, `kind 3 id 0 name "gap" hr=0  lost=4 12 args=false extra`},
	{`{"event":"gap"}`, `kind 3 id 0 name "gap" hr=0  lost=0  args=false extra`},
	{`{"event":"signal","name":"SIGSEGV"}`, `kind 3 id 0 name "signal" signal="SIGSEGV" hr=0  lost=0  args=false extra`},
	{`{"event":"end","reason":"whatever","module":"m"}`, `kind 3 id 0 name "end" reason="whatever" hr=0  lost=0  args=false extra "module":6 "m"`},
	{`{"event":"later","module":"m","args":{"a":1},"id":3,"hr":0}`, `kind 3 id 0 name "later" hr=0  lost=0  args=false extra "module":6 "m" "args":6 {"a":1} "id":6 3 "hr":6 0`},
}

// TestAcceptFile: a byte order mark, empty lines, either line end and none at the end make no difference, and lines keep their numbers.
func TestAcceptFile(t *testing.T) {
	for _, data := range []string{
		header + `{"id":1,"call":"A"}` + "\n",
		header + `{"id":1,"call":"A"}`,
		"\ufeff" + header + `{"id":1,"call":"A"}` + "\r\n",
		`{"mapitrace":1.0}` + "\r\n" + `{"id":1,"call":"A"}` + "\r\n",
		`{"observes":["MAPI"],"mapitrace":1e0}` + "\n" + `{"id":1,"call":"A"}` + "\n\n  \n",
	} {
		list, err := read(t, data)
		require.NoError(t, err, data)
		require.Len(t, list, 2)
		require.EqualValues(t, 1, list[0].Line)
		require.EqualValues(t, 2, list[1].Line)
	}
	list, err := read(t, "\n\r\n \t\n"+header+strings.Repeat("\n", 100_000)+`{"id":1,"call":"A"}`+"\n\n"+`{"ret":1}`)
	require.NoError(t, err)
	require.EqualValues(t, []int64{4, 100_005, 100_007}, []int64{list[0].Line, list[1].Line, list[2].Line})

	list, err = read(t, "# a\n\nmapitrace 1\nnote x\n\n# b\nA(a=1) -> S_OK\nB {\n")
	require.NoError(t, err)
	require.EqualValues(t, []int64{3, 7, 7, 8}, []int64{list[0].Line, list[1].Line, list[2].Line, list[3].Line})

	list, err = read(t, "# a\nmapitrace 1\nnote x\n")
	require.NoError(t, err)
	require.EqualValues(t, 2, list[0].Line)
}

// TestHeader holds what is read of a header, in both notations.
func TestHeader(t *testing.T) {
	for _, data := range []string{
		`{"mapitrace":1,"producer":"p q","process":"x.exe","note":"","observes":["MAPI","entry"],"partial":[],"x":{"y":1},"pid":5}`,
		"mapitrace 1\npartial\nobserves MAPI entry\n?{\"x\":{\"y\":1},\"pid\":5}\nnote \"\"\nprocess x.exe\nproducer \"p q\"\n",
	} {
		list, err := read(t, data)
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, `kind 0 id 0 name "" 0="p q" 1="x.exe" 2="" true ["MAPI" "entry"] true [] "x":6 {"y":1} "pid":6 5 hr=0  lost=0  args=false extra`, said(list[0]))
	}
	list, err := read(t, `{"mapitrace":1}`)
	require.NoError(t, err)
	require.Equal(t, &Header{}, list[0].Header)
}

// TestOrder: "seq" grows over the whole file, wherever it is given.
func TestOrder(t *testing.T) {
	_, err := read(t, header+`{"seq":-5,"id":1,"call":"A"}`+"\n"+`{"ret":1}`+"\n"+`{"seq":7,"pid":2,"event":"gap"}`)
	require.NoError(t, err)
	for _, c := range []struct{ data, want string }{
		{header + `{"seq":5,"id":1,"call":"A"}` + "\n" + `{"ret":1}` + "\n" + `{"seq":5,"event":"gap"}`, `x:4: "seq" is 5 after 5: it grows from line to line`},
		{header + `{"seq":5,"pid":1,"id":1,"call":"A"}` + "\n" + `{"seq":4,"pid":2,"event":"gap"}`, `x:3: "seq" is 4 after 5: it grows from line to line`},
		{"mapitrace 1\n@5 A -> S_OK @5", `x:2: "seq" is 5 after 5: it grows from line to line`},
		{"mapitrace 1\n@5 A -> S_OK @6\n@1 end", `x:3: "seq" is 1 after 6: it grows from line to line`},
	} {
		_, err := read(t, c.data)
		says(t, c.data, err, c.want)
	}
}

// TestRefuseText holds what each malformed line of the text notation is told, and where. A line below is the third one of its trace.
func TestRefuseText(t *testing.T) {
	for _, c := range refusedText {
		list, err := read(t, "mapitrace 1\nX -> S_OK\n"+c.line+"\n")
		says(t, c.line, err, "x:3:"+c.want)
		require.Len(t, list, 3, "what came before was good")
	}
	for _, c := range []struct{ data, want string }{
		{"mapitrace 1\nnote a b", `x:2:8: one text, in quotes if it has spaces, and nothing behind it`},
		{"mapitrace 1\nnote", `x:2:5: a text is missing here`},
		{"mapitrace 1\nnote a\nnote b", `x:3:6: the header says this twice`},
		{"mapitrace 1\nobserves a\nobserves b", `x:3:10: the header says this twice`},
		{"mapitrace 1\nobserves a, b", `x:2:11: a name is missing here`},
		{"mapitrace 1\n?{\"x\":1}\n?{\"y\":1}", `x:3:1: the header says this twice`},
		{"mapitrace 1\n?{\"x\":1} y", `x:2:10: nothing was expected here`},
		{"mapitrace 1\n?{\"note\":\"a\"}", `x:2:3: "note" is no unknown key: the notation has a place of its own for it`},
	} {
		_, err := read(t, c.data)
		says(t, c.data, err, c.want)
	}
}

var refusedText = []struct{ line, want string }{
	{"A", `2: a call goes on with "->" and its result, or with "{" if it has not returned yet`},
	{"A B C -> S_OK", `5: a call goes on with "->" and its result, or with "{" if it has not returned yet`},
	{"A(x) -> S_OK", `4: "=" and a value are missing here`},
	{"A(x=) -> S_OK", `5: a value is missing here`},
	{"A(x=1 y=2) -> S_OK", `7: a comma or a closing parenthesis is missing here`},
	{"A(x=1,) -> S_OK", `7: a parameter's name is missing here`},
	{"A(x=1, y=2, x=3) -> S_OK", `13: the parameter x stands here twice`},
	{"A(x=1", `6: a comma or a closing parenthesis is missing here`},
	{"A(x=12ab) -> S_OK", `5: 12ab is neither a number nor a word: write it in quotes if it is a text`},
	{"A(x=-y) -> S_OK", `5: -y is neither a number nor a word: write it in quotes if it is a text`},
	{"A(x=007) -> S_OK", `5: 007 is neither a number nor a word: write it in quotes if it is a text`},
	{"A(x=a+b) -> S_OK", `5: a+b is no word: write it in quotes`},
	{"A(x=.5) -> S_OK", `5: .5 is no word: write it in quotes`},
	{"A(x=\"y) -> S_OK", `5: the text that begins here has no closing quote`},
	{"A(x=\"\\q\") -> S_OK", "5: the text that begins here is no JSON string: invalid escape sequence `\\q` in string"},
	{"A(x=[1]) -> S_OK", `5: a value is missing here`},
	{"A -> S_NOPE", `6: "S_NOPE" is no result: ` + results},
	{"A -> null", `6: a result is a text or a number`},
	{"A -> 4294967296", `6: 4294967296 is no result: a number has 32 bits`},
	{"A -> S_OK 5", `11: nothing was expected here: a result is HRESULT, ref NUMBER, (NAME=VALUE, …), @STAMP and ?{…}, in this order`},
	{"A -> ref 5 S_OK", `12: nothing was expected here: a result is HRESULT, ref NUMBER, (NAME=VALUE, …), @STAMP and ?{…}, in this order`},
	{"A -> (x=1) ref 5", `12: nothing was expected here: a result is HRESULT, ref NUMBER, (NAME=VALUE, …), @STAMP and ?{…}, in this order`},
	{"A -> ref x", `10: what AddRef or Release returned is a whole number of 64 bits`},
	{"A -> ref 5x", `10: what AddRef or Release returned is a whole number of 64 bits`},
	{"A -> ref", `9: what AddRef or Release returned is a whole number of 64 bits`},
	{"A { x", `5: nothing was expected here`},
	{"A by -> S_OK", `6: who made the call is missing here`},
	{"A in -> S_OK", `6: a module's name is missing here`},
	{"} -> S_OK", `3: no call is open on this thread that "}" could close`},
	{"T1 } -> S_OK", `6: no call is open on this thread that "}" could close`},
	{"ret 5 -> S_OK", `5: "ret" is followed by the "#" and the id of a call`},
	{"ret #x -> S_OK", `6: an id is a whole number of 64 bits`},
	{"ret #5 S_OK", `8: a return goes on with "->"`},
	{"ret #5 -> S_OK @7", `16: nothing was expected here: a result is HRESULT, ref NUMBER, (NAME=VALUE, …), @STAMP and ?{…}, in this order`},
	{"#5x -> S_OK", `2: an id is a whole number of 64 bits`},
	{"#5", `3: the name of a call is missing here`},
	{"#5 -> S_OK", `4: the name of a call is missing here`},
	{"P1", `3: the name of a call is missing here`},
	{"P99999999999999999999 A -> S_OK", `2: an id is a whole number of 64 bits`},
	{"@ A -> S_OK", `2: a stamp is @SEQ, @SEQ/T or @/T`},
	{"@x A -> S_OK", `2: a sequence number is a whole number of 64 bits`},
	{"@1/ A -> S_OK", `4: a time is a whole number of 64 bits`},
	{"@1.5 A -> S_OK", `3: a space is missing here`},
	{"call -> S_OK", `6: the name of a call is missing here`},
	{"by client", `1: "by" begins no record: a call of that name follows the word "call"`},
	{"observes MAPI", `1: "observes" belongs to the header: write it before the first record. A call of that name follows the word "call"`},
	{"mapitrace 1", `1: a second header: a file holds one trace`},
	{"load", `5: a module's name is missing here`},
	{"load a.dll b.dll", `12: nothing was expected here`},
	{"gap soon", `5: a gap is followed by a number or null`},
	{"thread-exit 5", `13: nothing was expected here`},
	{"event", `6: the name of an event is missing here`},
	{"event gap", `7: "gap" is an event that has a word of its own: leave "event" out`},
	{"A ?{\"x\":1,\"x\":2} -> S_OK", `11: "x" stands twice in one object`},
	{"A ?{\"x\":1 -> S_OK", `11: not JSON: invalid character '-' after object value (expecting ',' or '}')`},
	{"A ?{\"on\":\"x\"} -> S_OK", `5: "on" is no unknown key: the notation has a place of its own for it`},
	{"A ?{\"out\":{}} -> S_OK", `5: "out" is no unknown key: the notation has a place of its own for it`},
	{"A -> S_OK ?{\"args\":{}}", `13: "args" is no unknown key: the notation has a place of its own for it`},
	{"A -> S_OK ?{\"call\":\"x\"}", `13: "call" is no unknown key: the notation has a place of its own for it`},
	{"A -> S_OK ?{\"ret\":1}", `13: "ret" is no unknown key: the notation has a place of its own for it`},
	{"gap ?{\"lost\":1}", `7: "lost" is no unknown key: the notation has a place of its own for it`},
	{"gap ?{\"module\":1}", `16: "module" is a text, and this is a number`},
	{"A ?[] -> S_OK", `3: a call goes on with "->" and its result, or with "{" if it has not returned yet`},
	{"A \xff -> S_OK", `3: the line is not UTF-8`},
	{"\u00a0A -> S_OK", `1: the name of a call is missing here`},
}

// TestClosing holds which call "}" closes, and when there is none.
func TestClosing(t *testing.T) {
	const none = `no call is open on this thread that "}" could close`
	for _, c := range []struct {
		lines, want string
		ids         []int64 // of the returns
	}{
		{"A {\nB {\n} ->\n} ->\n} ->", "x:6:3: " + none, []int64{2, 1}},
		{"A {\nT1 B {\n} ->\nT1 } ->\nT1 } ->", "x:6:6: " + none, []int64{1, 2}},
		{"A {\nB {\nret #1 ->\n} ->", "x:5:3: " + none, []int64{1}},
		{"A {\nT1 ret #1 ->\n} ->", "x:4:3: " + none, []int64{1}},
		{"T1 A {\nT2 B {\nT1 thread-exit\nT2 } ->\nT1 } ->", "x:6:6: " + none, []int64{2}},
		{"P1 A {\nP2 B {\nP1 gap\nP2 } ->\nP1 } ->", "x:6:6: " + none, []int64{2}},
		{"P1 A {\nP2 B {\nP2 end\nP1 } ->\nP2 } ->", "x:6:6: " + none, []int64{1}},
		{"P1 A {\ngap\nP1 } ->", "x:4:6: " + none, nil},
		{"P1 A {\nend\nP1 } ->", "x:4:6: " + none, nil},
		{"A {\nsignal\n} ->", "", []int64{1}},
		{"T1 #5 A {\nT2 #5 B {\nT1 thread-exit\nT2 ret #5 ->\nT2 } ->", "x:6:6: " + none, []int64{5}},
	} {
		list, err := read(t, "mapitrace 1\n"+c.lines)
		if c.want == "" {
			require.NoError(t, err, c.lines)
		} else {
			says(t, c.lines, err, c.want)
		}
		var ids []int64
		for _, r := range list {
			if r.Kind == ReturnRecord {
				ids = append(ids, r.ID)
			}
		}
		require.Equal(t, c.ids, ids, c.lines)
	}
}

// TestAcceptText holds what the text notation leaves open: spaces, comments, signs without space around them.
func TestAcceptText(t *testing.T) {
	want, err := read(t, `{"mapitrace":1,"note":"x"}
{"seq":1,"t":2,"pid":3,"tid":4,"id":1,"call":"A","on":"o","by":"mapi","module":"m","args":{"a":1,"b":"c"}}
{"seq":5,"pid":3,"tid":4,"ret":1,"hr":"S_OK","ref":0,"out":{"d":null}}
{"event":"gap"}`)
	require.NoError(t, err)
	for _, data := range []string{
		"mapitrace 1\nnote x\n@1/2 P3 T4 o A(a=1, b=c) by mapi in m -> S_OK ref 0 (d=null) @5\ngap\n",
		"\t mapitrace 1 \r\nnote x # y\r\n\r\n  @1/2 P3 T4 o A ( a = 1 ,b=\"\\u0063\" ) by mapi in m->S_OK ref 0(d=null)@5 #\ngap #\n",
		"mapitrace 1\nnote x\n@1/2 P3 T4 #1 o call A(a=1,b=c) by \"mapi\" in \"m\" { # nested\n@5 P3 T4 } -> S_OK ref 0 (d=null)\ngap",
		"mapitrace 1\nnote x\n@1/2 P3 T4 \"o\" call \"A\"(a=1,b=c) by mapi in m {\n@5 P3 T4 ret #1 -> \"S_OK\" ref 0 (d=null)\ngap",
	} {
		list, err := read(t, data)
		require.NoError(t, err, data)
		require.Equal(t, saidAll(want), saidAll(list), data)
	}
}

// TestCompressed: compressed traces are told by content, may be several one after the other, and say so when they are broken. What
// stands before the damage is read.
func TestCompressed(t *testing.T) {
	lines := header + strings.Repeat(`{"id":1,"call":"IMAPISession::OpenMsgStore","on":"0x55d0","args":{"ulFlags":"0x0"}}`+"\n"+`{"ret":1,"hr":0}`+"\n", 20_000)
	var zipped, zst bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, err := z.Write([]byte(lines[:1000]))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	z.Reset(&zipped)
	_, err = z.Write([]byte(lines[1000:]))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	s, err := zstd.NewWriter(&zst)
	require.NoError(t, err)
	_, err = s.Write([]byte(lines))
	require.NoError(t, err)
	require.NoError(t, s.Close())

	spoilt := func(data []byte, at int) string {
		data = bytes.Clone(data)
		data[(len(data)+at)%len(data)] ^= 0x55
		return string(data)
	}
	const all = 40_001
	for _, c := range []struct {
		data, want string
		least      int // records before the damage
	}{
		{lines, "", all},
		{zipped.String(), "", all},
		{zst.String(), "", all},
		{zipped.String()[:zipped.Len()-3], "x:40002: the compressed data ends too early: the file was cut", all},
		{zipped.String()[:zipped.Len()/2], "the compressed data ends too early: the file was cut", 5000},
		{zipped.String()[:2], "x: the compressed data ends too early: the file was cut", 0},
		{zipped.String()[:12], "x:1: the compressed data ends too early: the file was cut", 0},
		{zst.String()[:zst.Len()-2], "the compressed data ends too early: the file was cut", 1000},
		{zst.String()[:4], "x:1: the compressed data ends too early: the file was cut", 0},
		{spoilt(zipped.Bytes(), -6), "x:40002: the gzip data is broken: gzip: invalid checksum", all},
		{spoilt(zst.Bytes(), -2), "the zstd data is broken: CRC check failed", 0},
		{zipped.String() + "something else", "x:40002: the gzip data is broken: gzip: invalid header", all},
		{zst.String() + "something else", "x:40002: the zstd data is broken: invalid input: magic number mismatch", all},
		{"\x1f\x8bsomething else", "x: the gzip data is broken: gzip: invalid header", 0},
		{"\x28\xb5\x2f\xfdsomething else", "the zstd data is broken: ", 0},
	} {
		list, err := read(t, c.data)
		if c.want == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, c.want)
		}
		require.GreaterOrEqual(t, len(list), c.least, c.want)
	}

	var twice bytes.Buffer
	z.Reset(&twice)
	_, err = z.Write(zipped.Bytes())
	require.NoError(t, err)
	require.NoError(t, z.Close())
	_, err = read(t, twice.String())
	require.EqualError(t, err, "x: "+notText)
}

// TestReadFails: an error of reading is told after everything that could be read.
func TestReadFails(t *testing.T) {
	r := NewReader("x", io.MultiReader(strings.NewReader(header+`{"event":"gap"}`+"\n{"), failing{}))
	var rec Record
	require.NoError(t, r.Next(&rec))
	require.NoError(t, r.Next(&rec))
	require.EqualError(t, r.Next(&rec), "x:3: reading failed: out of order")
	require.EqualError(t, NewReader("x", failing{}).Next(&rec), "x: reading failed: out of order")
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("out of order") }
