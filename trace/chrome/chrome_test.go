package chrome

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/trace"
)

// A read is an event as a viewer reads it.
type read struct {
	Name string
	Cat  string
	Ph   string
	ID   string
	S    string
	TS   *float64
	PID  int64
	TID  int64
	Args map[string]any
}

// viewed writes a trace and reads it as a viewer would.
func viewed(t *testing.T, c *trace.Checker, name string, text []byte) []read {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, Write(&out, c, name, bytes.NewReader(text)))
	var file struct {
		DisplayTimeUnit string
		TraceEvents     []read
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &file), out.String())
	require.Equal(t, "ns", file.DisplayTimeUnit)
	return file.TraceEvents
}

// TestBalance: over all traces, every "b" has its "e", later and on the same process, every call is there once, as is every finding, and
// every thread has a name.
func TestBalance(t *testing.T) {
	c, err := trace.NewChecker(trace.Options{})
	require.NoError(t, err)
	names, err := filepath.Glob("../testdata/*/*.*")
	require.NoError(t, err)
	recorded, overlapping := 0, 0
	for _, name := range names {
		if !strings.HasSuffix(name, ".trace") && !strings.HasSuffix(name, ".jsonl") {
			continue
		}
		recorded++
		in, err := trace.Open(name, nil)
		require.NoError(t, err)
		var text bytes.Buffer
		_, err = text.ReadFrom(in)
		require.NoError(t, err)
		require.NoError(t, in.Close())
		res := c.Check(name, bytes.NewReader(text.Bytes()))
		if res.Err != nil && res.Err.Line > 0 {
			continue
		}
		wanted := 0
		r := trace.NewReader(name, bytes.NewReader(text.Bytes()))
		for rec := (trace.Record{}); r.Next(&rec) == nil; {
			if rec.Kind == trace.CallRecord {
				wanted++
			}
		}
		open := map[string]read{}
		got, found := 0, 0
		called := map[[2]int64]bool{}
		for _, e := range viewed(t, c, name, text.Bytes()) {
			key := e.Cat + " " + e.ID
			switch e.Ph {
			case "M":
				called[[2]int64{e.PID, e.TID}] = true
				require.NotEmpty(t, e.Args["name"], name)
				continue
			case "b":
				_, twice := open[key]
				require.False(t, twice, "%s: %s begins twice", name, key)
				open[key] = e
				if e.Cat == calls {
					got++
				}
				if len(open) > 1 {
					overlapping++
				}
			case "e":
				begin, ok := open[key]
				require.True(t, ok, "%s: %s ends and has not begun", name, key)
				require.Equal(t, begin.Name, e.Name, name)
				require.Equal(t, begin.PID, e.PID, name)
				require.False(t, *e.TS < *begin.TS, "%s: %s ends before it begins", name, key)
				delete(open, key)
			case "i":
				require.Equal(t, "t", e.S, name)
				if e.Cat == findings {
					found++
				}
			default:
				require.Fail(t, "no such event", "%s: %s", name, e.Ph)
			}
			require.True(t, e.TS != nil, name)
			if e.Cat != objects {
				require.True(t, called[[2]int64{e.PID, e.TID}], "%s: thread %d of process %d has no name", name, e.TID, e.PID)
			}
		}
		require.Empty(t, open, name)
		require.Equal(t, wanted, got, name)
		require.Equal(t, len(res.Findings), found, name)
	}
	require.Greater(t, recorded, 500)
	require.NotZero(t, overlapping)
}

// TestEvents writes a small recording and says all that must come of it: nanoseconds as microseconds, calls that overlap, one that never
// returns, the store's life from its birth to its last Release, and the session's, which the recording does not end.
func TestEvents(t *testing.T) {
	c, err := trace.NewChecker(trace.Options{})
	require.NoError(t, err)
	got := viewed(t, c, "small", []byte(`mapitrace 1
observes MAPI IMAPISession IMsgStore
process mail

@/1000 P4 T7 MAPIInitialize(lpMapiInit=null) -> S_OK @/1500
@/2000 P4 T7 MAPILogonEx(flFlags=0x22) -> S_OK (lppSession=0x55d0) @/2500
@/3000 P4 T7 0x55d0 IMAPISession::OpenMsgStore(ulFlags=0x4) {
@/4000 P4 T8 0x55d0 IMAPISession::GetStatusTable {
@/5000 P4 T7 } -> S_OK (lppMDB=0x7f20)
@/6000 P4 T7 0x7f20 IMsgStore::Release -> ref 0 @/6001
P4 T7 0x55d0 IMAPISession::Logoff(ulFlags=0) -> S_OK
@/8000 P4 T7 0x55d0 IMAPISession::Logoff(ulFlags=0) -> S_OK @/8002
`))
	type short struct {
		ph, name, id string
		ts           float64
		tid          int64
	}
	var list []short
	for _, e := range got {
		if e.Ph == "M" {
			require.Contains(t, []string{"mail 4", "thread 7", "thread 8"}, e.Args["name"])
			continue
		}
		require.EqualValues(t, 4, e.PID)
		name, _, _ := strings.Cut(e.Name, ":")
		if e.Cat == calls {
			name = e.Name
		}
		list = append(list, short{e.Ph, name, e.ID, *e.TS, e.TID})
	}
	require.Equal(t, []short{
		{"b", "MAPIInitialize", "c0", 1, 7}, {"e", "MAPIInitialize", "c0", 1.5, 7},
		{"b", "MAPILogonEx", "c1", 2, 7}, {"b", "session 0x55d0", "o3", 2.5, 0}, {"e", "MAPILogonEx", "c1", 2.5, 7},
		{"b", "IMAPISession::OpenMsgStore", "c2", 3, 7},
		{"b", "IMAPISession::GetStatusTable", "c3", 4, 8},
		{"b", "store 0x7f20", "o5", 5, 0}, {"e", "IMAPISession::OpenMsgStore", "c2", 5, 7},
		{"b", "IMsgStore::Release", "c4", 6, 7}, {"e", "store 0x7f20", "o5", 6.001, 0}, {"e", "IMsgStore::Release", "c4", 6.001, 7},
		{"b", "IMAPISession::Logoff", "c5", 6.001, 7}, {"e", "IMAPISession::Logoff", "c5", 6.001, 7}, // without a time of their own
		{"b", "IMAPISession::Logoff", "c6", 8, 7}, {"e", "IMAPISession::Logoff", "c6", 8.002, 7},
		{"e", "IMAPISession::GetStatusTable", "c3", 8.002, 8}, // never returned
		{"e", "session 0x55d0", "o3", 8.002, 0},
		{"i", "INI-08", "", 4, 8}, {"i", "SES-14", "", 8, 7},
	}, list)
}

// TestPlaces: without times, the order is the time.
func TestPlaces(t *testing.T) {
	c, err := trace.NewChecker(trace.Options{})
	require.NoError(t, err)
	var at []float64
	for _, e := range viewed(t, c, "places", []byte("mapitrace 1\n\nMAPIInitialize -> S_OK\n@70 A { \n} -> S_OK\n@/5 end exit\n")) {
		if e.Ph == "M" {
			require.Contains(t, []any{"process", "thread 0"}, e.Args["name"])
			continue
		}
		at = append(at, *e.TS)
	}
	require.Equal(t, []float64{1, 2, 70, 71, 72}, at)
}

// TestMicro: no digit is lost.
func TestMicro(t *testing.T) {
	for ns, want := range map[int64]string{0: "0.000", 7: "0.007", 1234567: "1234.567", -1: "-0.001", 9007199254740993: "9007199254740.993"} {
		require.Equal(t, want, string(micro(ns)))
	}
}
