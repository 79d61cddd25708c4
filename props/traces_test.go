package props

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mapilife/model"
	"mapilife/trace"
)

// traces are the recordings and the rules' smallest traces that the tests of package trace judge: what they say, by file.
func traces(tb testing.TB) map[string]string {
	tb.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{"recorded/*.jsonl", "rules/*.trace"} {
		files, err := filepath.Glob(filepath.Join("..", "trace", "testdata", pattern))
		if err != nil || len(files) == 0 {
			tb.Fatal(pattern, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				tb.Fatal(err)
			}
			texts[file] = string(data)
		}
	}
	return texts
}

// play has a run judge a trace, and looks at it before the first event and after every one.
func play(tb testing.TB, c *trace.Checker, file, text string, look func(run *trace.Run, line int64)) *trace.Result {
	tb.Helper()
	r := trace.NewReader(file, strings.NewReader(text))
	defer r.Close()
	var rec trace.Record
	if err := r.Next(&rec); err != nil {
		tb.Fatal(err)
	}
	run := c.Start(file, rec.Header)
	look(run, rec.Line)
	for {
		err := r.Next(&rec)
		if err == io.EOF {
			return run.End(nil)
		}
		if err == nil {
			err = run.Step(&rec)
		}
		if err != nil {
			tb.Fatal(err)
		}
		look(run, rec.Line)
	}
}

// TestTraces: the world is in order after every event of every recording, and MAPI is right in those in which nothing is found.
func TestTraces(t *testing.T) {
	c := checker(t)
	for file, text := range traces(t) {
		var wrong []string
		r := play(t, c, file, text, func(run *trace.Run, line int64) {
			for _, text := range run.World().Broken(model.Bookkeeping) {
				t.Errorf("%s:%d: %s", file, line, text)
			}
			for _, text := range run.World().Broken(model.Lawful) {
				wrong = append(wrong, fmt.Sprintf("%s:%d: %s", file, line, text))
			}
		})
		if len(r.Findings) == 0 && len(wrong) > 0 {
			t.Errorf("nothing is found, and yet:\n%s", strings.Join(wrong[:min(3, len(wrong))], "\n"))
		}
	}
}

// Traces that break an invariant which none of the rules' smallest traces breaks.
var unlawful = map[string]string{
	"no Release too many": `mapitrace 1
observes MAPI IMAPISession
MAPIInitialize -> S_OK
MAPILogonEx(flFlags=0x22) -> S_OK (lppSession=ses)
T2 ses IMAPISession::AddRef {
ses IMAPISession::Release -> ref 1
ses IMAPISession::Release -> ref 0
ses IMAPISession::Release -> ref 0
`,
	"gone without references": `mapitrace 1
observes MAPI IMAPISession IMsgStore
MAPIInitialize -> S_OK
MAPILogonEx(flFlags=0x22) -> S_OK (lppSession=ses)
ses IMAPISession::OpenMsgStore -> S_OK (lppMDB=sto)
ses IMAPISession::Logoff(ulFlags=0) -> S_OK
ses IMAPISession::Release -> ref 0
ses IMAPISession::AddRef -> ref 1
`,
	"no session after MAPIUninitialize": `mapitrace 1
observes MAPI IMAPISession IMAPIClientShutdown
MAPIInitialize -> S_OK
MAPILogonEx(flFlags=0x22) -> S_OK (lppSession=ses)
MAPIUninitialize ->
`,
	"exiting stays initialised": `mapitrace 1
observes MAPI IMAPISession IMAPIClientShutdown
MAPIInitialize -> S_OK
MAPILogonEx(flFlags=0x22) -> S_OK (lppSession=ses)
ses IMAPIClientShutdown::QueryFastShutdown -> S_OK
ses IMAPIClientShutdown::NotifyProcessShutdown -> S_OK
ses IMAPIClientShutdown::DoFastShutdown {
T2 MAPIUninitialize ->
} -> S_OK
`,
	"stores and logons": `mapitrace 1
observes MAPI entry IMAPISession IMSProvider IMSLogon IMsgStore IMAPISupport
MSProviderInit -> S_OK (lppMSProvider=msp)
msp IMSProvider::Logon(lpMAPISup=sup) by mapi {
  sup IMAPISupport::AddRef -> ref 2
} -> S_OK (lppMSLogon=log, lppMDB=sto)
sto IMsgStore::StoreLogoff(lpulFlags=1) by mapi {
  sup IMAPISupport::Release -> ref 1
} -> S_OK
sto IMsgStore::Release by mapi -> ref 0
`,
	"traffic with a status row": `mapitrace 1
observes MAPI entry IXPProvider IXPLogon IMAPISupport
MAPIInitialize -> S_OK
MAPILogonEx(flFlags=0x22) {
  XPProviderInit by spooler -> S_OK (lppXPProvider=xpp)
  xpp IXPProvider::TransportLogon(lpMAPISup=sup) {
    sup IMAPISupport::AddRef -> ref 2
  } -> S_OK (lppXPLogon=xpl)
  xpl IXPLogon::AddressTypes -> S_OK
  xpl IXPLogon::TransportNotify(lpulFlags=3) -> S_OK
`,
}

// TestLawfulCanBreak: each statement about MAPI is contradicted by some trace; one that could not be would say nothing.
func TestLawfulCanBreak(t *testing.T) {
	c := checker(t)
	broken := map[string]bool{}
	all := traces(t)
	for name, text := range unlawful {
		all[name] = text
	}
	for file, text := range all {
		here := map[string]bool{}
		play(t, c, file, text, func(run *trace.Run, _ int64) {
			for _, text := range run.World().Broken(model.Lawful) {
				name, _, _ := strings.Cut(text, ":")
				broken[name], here[name] = true, true
			}
		})
		if unlawful[file] != "" && !here[file] {
			t.Errorf("the trace that breaks %q does not", file)
		}
	}
	for _, i := range model.Lawful {
		if !broken[i.Name] {
			t.Errorf("no trace breaks %q", i.Name)
		}
	}
}

// TestInvariantsSay: every invariant has a name of its own and says something, and those about MAPI say where it comes from.
func TestInvariantsSay(t *testing.T) {
	names := map[string]bool{}
	for n, i := range append(append([]model.Invariant{}, model.Bookkeeping...), model.Lawful...) {
		if i.Name == "" || names[i.Name] || !strings.HasSuffix(i.Says, ".") || n >= len(model.Bookkeeping) && !strings.Contains(i.Pages, "#") {
			t.Errorf("%q: %s %s", i.Name, i.Says, i.Pages)
		}
		names[i.Name] = true
	}
}
