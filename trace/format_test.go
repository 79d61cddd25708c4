package trace

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/model"
)

// checked judges a trace by the lenient profile.
func checked(t *testing.T, data string) *Result {
	t.Helper()
	c, err := NewChecker(Options{})
	require.NoError(t, err)
	return c.Check("x", strings.NewReader(data))
}

// TestFollow holds which records may follow which: ids, returns, gaps, threads and processes.
func TestFollow(t *testing.T) {
	for _, c := range []struct {
		name, lines, want string
		events            int64
	}{
		{"a return without a call", `{"ret":7}`, "x:2: return of call id 7, which is not open", 0},
		{"a second return", `{"id":1,"call":"A"}
{"ret":1}
{"ret":1}`, "x:4: return of call id 1, which is not open", 2},
		{"another process's call", `{"id":1,"pid":1,"call":"A"}
{"ret":1,"pid":2}`, "x:3: return of call id 1, which is not open", 1},
		{"an id that is open", `{"id":1,"call":"A"}
{"id":1,"tid":2,"call":"B"}`, "x:3: call id 1 is already open in this process: an id may be used again only after its return", 1},
		{"an id that is open in another process", `{"id":1,"call":"A"}
{"id":1,"pid":2,"call":"A"}
{"ret":1}
{"ret":1,"pid":2}`, "", 4},
		{"an id used again", `{"id":1,"call":"A"}
{"ret":1}
{"id":1,"call":"B"}
{"ret":1}`, "", 4},
		{"a call returned on no thread", `{"id":1,"tid":5,"call":"A"}
{"ret":1}`, "", 2},
		{"calls left behind", `{"id":1,"call":"A"}
{"id":2,"call":"B"}
{"ret":1}
{"id":2,"call":"B"}`, "", 4},
		{"the return of a call left behind", `{"id":1,"call":"A"}
{"id":2,"call":"B"}
{"ret":1}
{"ret":2}`, "x:5: return of call id 2, which is not open", 3},
		{"a call of a thread that has ended", `{"id":1,"tid":5,"call":"A"}
{"event":"thread-exit","tid":5}
{"ret":1,"tid":5}`, "x:4: return of call id 1, which is not open", 2},
		{"a return after a gap", `{"id":1,"call":"A"}
{"event":"gap","lost":null}
{"ret":1}
{"ret":99}
{"id":1,"call":"A"}`, "", 5},
		{"a gap of another process", `{"pid":2,"event":"gap","lost":3}
{"ret":99}`, "x:3: return of call id 99, which is not open", 1},
		{"after the end", `{"event":"end","reason":"exit"}
{"ret":99}
{"id":1,"call":"A"}
{"id":1,"call":"A"}`, "", 4},
		{"an event of a later version", `{"event":"memory","address":5,"list":{"x":[]}}
{"event":"","x":1}`, "", 2},
	} {
		r := checked(t, header+c.lines)
		require.Equal(t, Unjudged, r.Verdict, c.name)
		if c.want == "" {
			require.Contains(t, r.Err.Error(), "no judgement", c.name)
		} else {
			require.EqualError(t, r.Err, c.want, c.name)
		}
		require.Equal(t, c.events, r.Events, c.name)
	}
}

// TestFindingsSurvive: what was found before a malformed line is told all the same, and the trace is neither conforming nor violated.
func TestFindingsSurvive(t *testing.T) {
	const fault = `{"mapitrace":1,"observes":["MAPI"]}
{"id":1,"call":"MAPIUninitialize"}
{"ret":1}
`
	require.Equal(t, Breaks, checked(t, fault).Verdict)
	for _, line := range []string{`{"ret":1}`, `{"id":1`, `x`, `{"id":2,"call":5}`, strings.Repeat("x", MaxLine+1), "\xff", `{"mapitrace":1}`} {
		r := checked(t, fault+line)
		require.Equal(t, Unjudged, r.Verdict)
		require.EqualValues(t, 4, r.Err.Line)
		require.Equal(t, []string{"2 INI-03 error client"}, r.Told())
	}
}

// TestMeaning holds what the model is given of values: the same number however it was written, and parameters by either name.
func TestMeaning(t *testing.T) {
	number := func(n uint64) model.Value { return model.Value{Kind: model.Number, Num: n} }
	for _, c := range []struct {
		json string
		want model.Value
	}{
		{`null`, model.Value{Kind: model.NullValue}},
		{`true`, model.Value{Kind: model.BoolValue, Num: 1}},
		{`false`, model.Value{Kind: model.BoolValue}},
		{`0`, number(0)},
		{`-0`, number(0)},
		{`34`, number(0x22)},
		{`"0x22"`, number(0x22)},
		{`"0X0022"`, number(0x22)},
		{`2147483648`, number(0x80000000)},
		{`-2147483648`, number(0x80000000)},
		{`-1`, number(0xffffffff)},
		{`"0xFFFFFFFF"`, number(0xffffffff)},
		{`"0xffffffffffffffff"`, number(1<<64 - 1)},
		{`18446744073709551615`, number(1<<64 - 1)},
		{`18446744073709551616`, model.Value{Kind: model.TextValue, Text: "18446744073709551616"}},
		{`1e400`, model.Value{Kind: model.TextValue, Text: "1e400"}},
		{`1.5`, model.Value{Kind: model.TextValue, Text: "1.5"}},
		{`"34"`, model.Value{Kind: model.TextValue, Text: "34"}},
		{`"0x"`, model.Value{Kind: model.TextValue, Text: "0x"}},
		{`"0x10000000000000000"`, model.Value{Kind: model.TextValue, Text: "0x10000000000000000"}},
		{`"0xfg"`, model.Value{Kind: model.TextValue, Text: "0xfg"}},
		{`""`, model.Value{Kind: model.TextValue}},
	} {
		list, err := read(t, header+`{"id":1,"call":"A","args":{"ulFlags":`+c.json+`}}`)
		require.NoError(t, err, c.json)
		require.Equal(t, c.want, modelValue(list[1].Args[0].Value), c.json)
	}
	for _, name := range []string{"ulFlags", "ulConnection", "ulObjType"} {
		require.NotZero(t, model.ParamOf(name))
		require.Equal(t, model.ParamOf(name), model.ParamOf("lp"+name))
	}

	for hr, want := range map[string]model.HResult{
		`"S_OK"`: 0, `0`: 0, `"0x0"`: 0, `"S_FALSE"`: 1, `"MAPI_E_FAILONEPROVIDER"`: 0x8004011d, `"0x8004011d"`: 0x8004011d,
		`"0X8004011D"`: 0x8004011d, `2147746077`: 0x8004011d, `-2147221219`: 0x8004011d, `4294967295`: 0xffffffff, `-2147483648`: 0x80000000,
	} {
		list, err := read(t, header+`{"ret":1,"hr":`+hr+`}`)
		require.NoError(t, err, hr)
		got, err := parseHR(list[1].HR)
		require.NoError(t, err)
		require.Equal(t, want, got, hr)
	}
}

// TestToEvent holds what else the model is given of a record, and what is left out.
func TestToEvent(t *testing.T) {
	list, err := read(t, header+`{"id":4,"call":"IMAPISession::Logoff","on":"0x55D0","by":"client","args":{"ulFlags":1,"somethingElse":2}}
{"seq":9,"pid":7,"tid":8,"ret":4,"hr":"MAPI_E_BUSY","ref":3}
{"id":1,"call":"Something","by":"nobody","module":"m"}
{"event":"end","reason":"exit"}
{"event":"later","pid":0}`)
	require.NoError(t, err)
	var names calls
	var events []model.Event
	for _, r := range list[1:] {
		var ev model.Event
		names.toEvent(r, &ev)
		events = append(events, ev)
	}
	require.Equal(t, model.CallEvent, events[0].Kind)
	require.Equal(t, "IMAPISession::Logoff", events[0].Call.Name)
	require.Equal(t, model.ParseAddress("0x000055d0"), events[0].On)
	require.Equal(t, model.Client, events[0].By)
	require.Equal(t, []model.Argument{{Param: model.ParamOf("ulFlags"), Value: model.Value{Kind: model.Number, Num: 1}}}, events[0].Args)
	require.EqualValues(t, []int64{2, 2, 4}, []int64{events[0].Line, events[0].Seq, events[0].ID}, "the line is the place in the order")
	require.True(t, events[0].AllPID)

	require.Equal(t, model.Event{Line: 3, Seq: 9, PID: 7, TID: 8, Kind: model.ReturnEvent, ID: 4, HR: 0x8004010b, HasHR: true, Ref: 3, HasRef: true}, events[1])

	require.False(t, events[2].On.Set)
	require.Equal(t, model.NoSide, events[2].By)
	require.Equal(t, "m", events[2].Module)
	require.Equal(t, model.EndEvent, events[3].Kind)
	require.Equal(t, "exit", events[3].Reason)
	require.Equal(t, model.OtherEvent, events[4].Kind)
	require.False(t, events[4].AllPID)
}
