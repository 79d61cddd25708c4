package trace

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAhead: a long trace that is read ahead is judged as one that is not, wherever it breaks off.
func TestAhead(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"mapitrace":1,"observes":["MAPI","IMAPISession"]}` + "\n")
	call := func(id int, name, rest, out string) {
		fmt.Fprintf(&b, `{"tid":1,"id":%d,"call":%q%s}`+"\n"+`{"tid":1,"ret":%d,"hr":0%s}`+"\n", id, name, rest, id, out)
	}
	call(1, "MAPIInitialize", `,"args":{"lpMapiInit":null}`, "")
	call(2, "MAPILogonEx", `,"args":{"flFlags":"0x22"}`, `,"out":{"lppSession":"0x10"}`)
	for id := 3; id < 5000; id++ {
		call(id, "IMAPISession::GetMsgStoresTable", `,"on":"0x10","args":{"ulFlags":0}`, fmt.Sprintf(`,"out":{"lppTable":"0x%x"}`, 0x1000+id))
		if id == 1000 {
			call(1_000_000, "IMAPISession::Logoff", `,"on":"0x10","args":{"ulFlags":0}`, "")
		}
	}
	whole := b.String()
	c, err := NewChecker(Options{})
	require.NoError(t, err)
	judged := func(cores int, text string) *Result {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		r := c.Check("long", strings.NewReader(text))
		require.NotEmpty(t, r.Findings)
		return r
	}
	at := func(line int) int {
		end := 0
		for range line {
			end += strings.IndexByte(whole[end:], '\n') + 1
		}
		return end
	}
	for name, text := range map[string]string{
		"whole": whole, "cut off in a line": whole[:len(whole)-5], "cut off in the first line that is read ahead": whole[:at(aheadAfter+1)+9],
		"no JSON":                       whole[:at(7000)] + "nonsense\n" + whole[at(7000):],
		"a return that can not follow":  whole[:at(8000)] + `{"tid":1,"ret":77,"hr":0}` + "\n" + whole[at(8000):],
		"the last line of a batch only": whole[:at(aheadAfter+1+batchRecords)],
	} {
		one, two := judged(1, text), judged(2, text)
		require.Equal(t, one.Err, two.Err, name)
		require.Equal(t, one.Verdict, two.Verdict, name)
		require.Equal(t, one.Events, two.Events, name)
		require.Equal(t, one.Rules, two.Rules, name)
		require.Equal(t, one.Told(), two.Told(), name)
	}
}
