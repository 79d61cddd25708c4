package importer

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/trace"
)

func byName(t *testing.T, name string) Kind {
	t.Helper()
	k, ok := ByName(name)
	require.True(t, ok)
	return k
}

func imported(t *testing.T, k Kind, log string) []*trace.Record {
	t.Helper()
	records, err := k.Read("x.log", strings.NewReader(log))
	require.NoError(t, err)
	return records
}

// asText is the trace in the text notation, without what is the same in all.
func asText(t *testing.T, records []*trace.Record, n trace.Notation) string {
	t.Helper()
	var b bytes.Buffer
	w := trace.NewWriter(&b, n)
	for _, r := range records {
		require.NoError(t, w.Write(r))
	}
	require.NoError(t, w.Close())
	return b.String()
}

// body is the text behind the header.
func body(t *testing.T, records []*trace.Record) string {
	t.Helper()
	_, rest, ok := strings.Cut(asText(t, records, trace.TextNotation), "\n\n")
	require.True(t, ok)
	return rest
}

// checker is the one that all tests use.
var checker = sync.OnceValue(func() *trace.Checker {
	c, err := trace.NewChecker(trace.Options{})
	if err != nil {
		panic(err)
	}
	return c
})

func judge(t *testing.T, records []*trace.Record) *trace.Result {
	t.Helper()
	run := checker().Start("x.log", records[0].Header)
	for _, r := range records[1:] {
		require.NoError(t, run.Step(r))
	}
	return run.End(nil)
}

func verdicts(r *trace.Result) map[string]string {
	m := map[string]string{}
	for _, v := range r.Rules {
		m[v.Rule.ID] = v.Verdict.String()
	}
	return m
}

func sample(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(data)
}

// TestMapi4linux reads the recorded log. Written down from the log before: the client initialises MAPI, logs on, opens the address book and
// lets go of everything, in order, so that there is nothing to find; MAPI's own calls are whole, and of the objects none is observed, so
// that nothing can be said of references and sessions. The log has no end.
func TestMapi4linux(t *testing.T) {
	records := imported(t, byName(t, "mapi4linux"), sample(t, "mapi4linux.log"))
	require.Equal(t, []string{"MAPI"}, records[0].Header.Observes)
	r := judge(t, records)
	require.Empty(t, r.Told())
	require.Equal(t, trace.Conforms, r.Verdict)
	v := verdicts(r)
	for _, rule := range strings.Fields("INI-01 INI-03 INI-05") {
		require.Equal(t, "held", v[rule], rule)
	}
	for _, rule := range strings.Fields("SES-14 SES-15 SES-16 SES-23 REF-02 PRV-10 PRV-13 LGN-25 SUP-05") {
		require.Equal(t, "not observable", v[rule], rule)
	}

	text := body(t, records)
	for _, line := range []string{
		// The one session, and what else there was one of.
		"MAPILogonEx {", "-> 0x00000000 (lppSession=IMAPISession-1)", "IMAPISession-1 IMAPISession::OpenAddressBook {", "IMAPISession-1 IMAPISession::Logoff -> 0x00000000",
		"ABProviderInit -> 0x00000000 (lppABProvider=IABProvider-1)", "IABProvider-1 IABProvider::Logon(lpMAPISup=0x5610bde20f20",
		"lppABLogon=0x5610bde1fca8)", "0x5610bde1fca8 IABLogon::Logoff(ulFlags=0x00000000) -> 0x00000000",
		// The argument of the service's entry point has a name in the log.
		"MSGServiceEntry(ulFlags=0x00000000, ulContext=3) -> 0x00000000",
		// A Release that the log writes as two calls, and MAPIUninitialize, which is not inside the session's Release, whose return is missing.
		"IProfAdmin::Release -> ref 1", " IABLogon::Release ->", "\nT140667978651584 MAPIUninitialize {",
	} {
		require.Contains(t, text, line)
	}
	require.NotContains(t, text, "IMAPISession::Release")
	require.NotContains(t, text, "0x5610bde1fca8 IABLogon::Release", "nobody counts what is not all logged")
	require.NotContains(t, text, "IAddrBook-1", "others may hand out an address book")
	lines := strings.Split(sample(t, "mapi4linux.log"), "\n")
	for _, name := range []string{"MAPIInitialize", "MAPIAdminProfiles", "MAPILogonEx", "MAPIUninitialize"} {
		require.Contains(t, lines[findCall(t, records, name).Line-1], "Call: "+name+"(", "lines are those of the log")
	}
}

func findCall(t *testing.T, records []*trace.Record, name string) *trace.Record {
	t.Helper()
	for _, r := range records {
		if string(r.Name) == name {
			return r
		}
	}
	t.Fatalf("%s is not there", name)
	return nil
}

// Some lines of the log of the subsystem for Linux.
const (
	linuxInit   = "0 0x7f01 MAPILIB Call: MAPIInitialize()\n0 0x7f01 MAPILIB Ret : MAPIInitialize(1, 0x00000000)\n"
	linuxLogon  = "0 0x7f01 MAPILIB Call: MAPILogonEx(p1)\n0 0x7f01 MAPILIB Ret : MAPILogonEx(0x00000000)\n"
	linuxLogoff = "0 0x7f01 MAPILIB Call: M4LMAPISession::Logoff()\n0 0x7f01 MAPILIB Ret : M4LMAPISession::Logoff(0x00000000)\n"
	linuxOpen   = "0 0x7f01 MAPILIB Call: M4LMAPISession::OpenMsgStore()\n0 0x7f01 MAPILIB Ret : M4LMAPISession::OpenMsgStore(0x00000000)\n"
	linuxUninit = "0 0x7f01 MAPILIB Call: MAPIUninitialize()\n0 0x7f01 MAPILIB Ret : MAPIUninitialize(0, 0x00000000)\n"
)

// TestCandidates: with two sessions a call is on either, and so on none. A client that goes on with one session after it has logged off the
// other is not accused, and neither is one whose log began late.
func TestCandidates(t *testing.T) {
	k := byName(t, "mapi4linux")
	one := body(t, imported(t, k, linuxInit+linuxLogon+linuxLogoff+linuxUninit))
	require.Contains(t, one, "IMAPISession-1 IMAPISession::Logoff")
	two := imported(t, k, linuxInit+linuxLogon+linuxLogon+linuxLogoff+linuxOpen+linuxLogoff+linuxUninit)
	require.Contains(t, body(t, two), "T32513 IMAPISession::Logoff ->")
	require.NotContains(t, body(t, two), "IMAPISession-1")
	require.Empty(t, judge(t, two).Told())
	for _, late := range []string{linuxLogon + linuxLogoff + linuxUninit, strings.Replace(linuxInit, "(1,", "(2,", 1) + linuxLogon + linuxLogoff} {
		records := imported(t, k, late)
		require.Equal(t, "gap", string(records[1].Name))
		require.NotContains(t, body(t, records), "IMAPISession-1")
		require.Empty(t, judge(t, records).Told())
	}
	// A call of MAPI after the last MAPIUninitialize is found: functions need no object.
	after := judge(t, imported(t, k, linuxInit+linuxUninit+linuxLogon))
	require.Equal(t, []string{"5 INI-06 error client", "6 INI-02 error mapi"}, after.Told())
}

// TestMapi4linuxResults: results in the forms that the log has them.
func TestMapi4linuxResults(t *testing.T) {
	for said, want := range map[string]string{
		"(FAILED: MAPI_E_NOT_FOUND)":             "IABProvider::Logon(lpMAPISup=0x5d) -> 0x8004010f",
		"(FAILED: 0x8004011d: lppABLogon=NULL)":  "IABProvider::Logon(lpMAPISup=0x5d) -> 0x8004011d",
		"(SUCCESS: lppABLogon=0x0x7f)":           "IABProvider::Logon(lpMAPISup=0x5d) -> 0x00000000 (lppABLogon=0x7f)",
		"(SUCCESS: lppABLogon=NULL)":             "IABProvider::Logon(lpMAPISup=0x5d) -> 0x00000000 (lppABLogon=null)",
		"(0x80040102)":                           "IABProvider::Logon(lpMAPISup=0x5d) -> 0x80040102",
		"(SUCCESS: row 0\n\nPR_X: (1)\nrow 1\n)": "IABProvider::Logon(lpMAPISup=0x5d) -> 0x00000000",
		"(FAILED: who knows)":                    "IABProvider::Logon(lpMAPISup=0x5d) {", // it ended, and how is not known
	} {
		log := linuxInit + "0 0x7f01 MAPI Call: IABProvider::Logon(lpMAPISup=0x0x5d, lppABLogon=0x0x7ffe)\n0 0x7f01 MAPI Ret : IABProvider::Logon" + said + "\nnoise of the client\n" + linuxUninit
		require.Contains(t, body(t, imported(t, byName(t, "mapi4linux"), log)), "T32513 "+want+"\n", said)
	}
}

// TestWine reads the recorded logs. Written down before, from the client's source and the log: the utility functions are used in order; then
// MAPIInitialize fails, and MAPILogonEx is called all the same, which is the client's fault, and answers E_FAIL where it should answer
// MAPI_E_NOT_INITIALIZED, which is MAPI's.
func TestWine(t *testing.T) {
	for file, x := range map[string]struct {
		observes []string
		line     int
	}{"wine.log": {[]string{"MAPI"}, 46}, "wine-pid.log": {[]string{"MAPI", "module"}, 27}} {
		records := imported(t, byName(t, "wine"), sample(t, file))
		require.Equal(t, x.observes, records[0].Header.Observes)
		r := judge(t, records)
		require.Equal(t, []string{fmt.Sprintf("%d INI-01 error client", x.line), fmt.Sprintf("%d INI-02 error mapi", x.line+1)}, r.Told())
		require.Equal(t, "held", verdicts(r)["INI-15"])
		text := regexp.MustCompile(`0x37[0-9a-f]{4}|@\S*/\d+ ?|P216 |T\d+ `).ReplaceAllString(body(t, records), "")
		require.Equal(t, `load client.exe
load kernel32.dll
load mapi32.dll
load winemapi.dll
ScInitMapiUtil(ulFlags=0x0) -> 0x00000000
MAPIAllocateBuffer(cbSize=0x10) -> 0x00000000
MAPIFreeBuffer(lpBuffer=) -> 0x00000000
DeinitMapiUtil ->
MAPIInitialize(lpMapiInit=null) -> 0x80040605
MAPILogonEx(ulUIParam=0x0, lpszProfileName=null, lpszPassword=null, flFlags=0x22) -> 0x80004005
end exit
`, strings.ReplaceAll(text, " \n", "\n"))
	}
}

// TestWineProcesses: two processes are two worlds where the log tells them apart, and an error where it does not. Who has not been seen to
// load mapi32.dll may have called it before.
func TestWineProcesses(t *testing.T) {
	k := byName(t, "wine")
	process := func(pid, tid string) string {
		p := pid + tid
		return p + `:Call PE DLL (proc=1,module=2 L"mapi32.dll",reason=PROCESS_ATTACH,res=0)` + "\n" +
			p + `:trace:loaddll:build_module Loaded L"C:\\windows\\mapi32.dll" at 0000: builtin` + "\n" +
			p + ":Call mapi32.MAPIInitialize(00000000) ret=1\n" + p + ":Ret  mapi32.MAPIInitialize() retval=00000000 ret=1\n"
	}
	rest := ":Call mapi32.MAPIUninitialize() ret=1\n0030:0034:Ret  mapi32.MAPIUninitialize() retval=1 ret=1\n"
	logon := ":Call mapi32.MAPILogonEx(0,0,0,22,1) ret=1\n"
	exit := `:Call PE DLL (proc=1,module=2 L"ntdll.dll",reason=PROCESS_DETACH,res=1)` + "\n"
	both := imported(t, k, process("0020:", "0024")+process("0030:", "0034")+"0030:0034"+rest+"0020:0024"+logon+"0030:0034"+logon+"0030:0034"+exit)
	require.Equal(t, []string{"12 INI-06 error client"}, judge(t, both).Told()) // by the one that is not initialised any more
	require.Contains(t, body(t, both), "P48 end exit")
	_, err := k.Read("x.log", strings.NewReader(process("", "0024")+process("", "0034")))
	require.EqualError(t, err, "x.log:5:11: a second process loads mapi32.dll, and the log does not tell processes apart: record it with WINEDEBUG=+relay,+loaddll,+pid")
	again := `0024:Call PE DLL (proc=1,module=2 L"mapi32.dll",reason=PROCESS_DETACH,res=0)` + "\n"
	require.Empty(t, judge(t, imported(t, k, process("", "0024")+again+process("", "0024"))).Told())
	late := imported(t, k, "0024:Ret  mapi32.MAPIInitialize() retval=00000000 ret=1\n0024:Call mapi32.MAPILogonEx(00000000,00000000,00000000,00000022,0021fc88) ret=1\n")
	require.Equal(t, "gap", string(late[1].Name))
	require.Empty(t, judge(t, late).Told())
	named := imported(t, k, `0024:Call mapi32.MAPILogonEx(00000000,00340f60 "a, \"b\"",00000000,100000022,0021fc88) ret=1`+"\n0024:Call mapi32.FtAddFt(1,2,3) ret=1\n0024:Ret  mapi32.FtAddFt() retval=1 ret=1\n")
	require.Contains(t, body(t, named), `MAPILogonEx(ulUIParam=0x0, lpszProfileName="a, \\\"b\\\"", lpszPassword=null, flFlags=0x22) {`)
	require.Contains(t, body(t, named), "FtAddFt ->")
}

// TestMFCMAPI: the client's log has calls that have returned, in the words of its source, and an error behind the call that it belongs to.
// It observes nothing, so that nothing is judged.
func TestMFCMAPI(t *testing.T) {
	log := `0x2160 06:49:30.001PM  09-11-2018 0x00000001: Logging on with MAPILogonEx, ulFlags = 0x22
0x2160 06:49:30.002PM  09-11-2018 0x40000000: Function call: c:\projects\mfcmapi\mapi\globalcache.cpp@41: ::MAPIInitialize(pvInit)
0x2160 06:49:30.100PM  09-11-2018 0x40000000: Function call: c:\projects\mfcmapi\mapi\mapiobjects.cpp@72: ::MAPILogonEx( reinterpret_cast<ULONG_PTR>(hwnd), szProfileName, nullptr, ulFlags, &m_lpMAPISession)
0x2160 06:49:30.101PM  09-11-2018 0x00000001: 	m_lpMAPISession set to 00000000004A5D10
0x2160 06:49:38.645PM  09-11-2018 0x40000000: Function call: c:\projects\mfcmapi\mapi\mapistorefunctions.cpp@38: lpSession->OpenMsgStore( ulUIParam, lpEID->cb, reinterpret_cast<LPENTRYID>(lpEID->lpb), nullptr, ulFlags, static_cast<LPMDB*>(&lpMDB))
0x2160 06:49:38.646PM  09-11-2018 0x00000040: Error: 
Code: MAPI_E_FAILONEPROVIDER == 0x8004011D
Function lpSession->OpenMsgStore( ulUIParam, lpEID->cb)
File c:\projects\mfcmapi\mapi\mapistorefunctions.cpp
Line 38
0x2161 06:49:39.000PM  09-11-2018 0x40000000: Function call: c:\x.cpp@1: lpOurs->Something(1)
0x2160 06:49:40.000PM  09-11-2018 0x00000001: Logging off of 00000000004A5D10, ulFlags = 0x00000000
0x2160 06:49:40.100PM  09-11-2018 0x40000000: Function call: c:\projects\mfcmapi\mapi\mapiobjects.cpp@90: m_lpMAPISession->Logoff(reinterpret_cast<ULONG_PTR>(hwnd), ulFlags, NULL)
`
	records := imported(t, byName(t, "mfcmapi"), log)
	require.Empty(t, records[0].Header.Observes)
	require.Equal(t, `gap null
T8544 MAPIInitialize -> 0x00000000
T8544 MAPILogonEx -> 0x00000000 (lppSession=0x4a5d10)
T8544 IMAPISession::OpenMsgStore -> 0x8004011d
T8544 0x4a5d10 IMAPISession::Logoff -> 0x00000000
`, body(t, records))
	r := judge(t, records)
	require.Empty(t, r.Told())
	require.Equal(t, trace.Unjudged, r.Verdict)
}

const provider = `# the log of some provider
observes: [entry, IMSProvider, IMSLogon, IMsgStore, IMAPISupport]
complete: true
lines:
  - call: '^(?P<tid>\d+) > (?P<name>[\w:]+)(?: on (?P<on>0x\w+))?\((?P<args>.*)\)$'
  - return: '^(?P<tid>\d+) < (?P<name>[\w:]+)(?: = (?P<hr>0x\w+|[A-Z_]+))?(?: ref (?P<ref>\d+))?(?: (?P<out>.*))?$'
  - leaf: '^(?P<tid>\d+) uid (?P<on>0x\w+) (?P<arg_lpProviderID>\w+)$'
    is: {name: 'Support::SetProviderUID', hr: S_OK, arg_ulFlags: '0x0'}
  - skip: '^--'
argument: '(?P<name>\w+)=(?P<value>[^ ,]+)'
names: {Support: IMAPISupport, Init: MSProviderInit}
`

// providerLog is what the provider in the README of trace/record logs when it forgets to give back its support object.
const providerLog = `-- started
7 > Init(ulFlags=0x0)
7 < Init = S_OK lppMSProvider=0x51
7 > IMSProvider::Logon on 0x51(lpMAPISup=0x52, ulFlags=0)
7 > Support::AddRef on 0x52()
7 < Support::AddRef ref 2
7 uid 0x52 6d617069
7 < IMSProvider::Logon = 0x00000000 lppMSLogon=0x53, lppMDB=0x54

7 > IMsgStore::Release on 0x54()
7 > Support::StoreLogoffTransports on 0x52(ulFlags=0x8)
7 < Support::StoreLogoffTransports = S_OK ulFlags=0x10000
7 < IMsgStore::Release ref 0
7 > IMSLogon::Logoff on 0x53(ulFlags=0)
7 < IMSLogon::Logoff = S_OK
7 > IMSLogon::Release on 0x53()
7 < IMSLogon::Release ref 0
`

func readMap(t *testing.T, text string) *Map {
	t.Helper()
	m, err := ReadMap("x.yaml", strings.NewReader(text))
	require.NoError(t, err)
	return m
}

// TestMap: a log is read by expressions and judged. The support object is not given back by the time that the logon object is released.
func TestMap(t *testing.T) {
	records := imported(t, readMap(t, provider).Kind(), providerLog)
	require.Equal(t, []string{"entry", "IMSProvider", "IMSLogon", "IMsgStore", "IMAPISupport"}, records[0].Header.Observes)
	require.Equal(t, `T7 MSProviderInit(ulFlags=0x0) -> 0x00000000 (lppMSProvider=0x51)
T7 0x51 IMSProvider::Logon(lpMAPISup=0x52, ulFlags=0) {
  T7 0x52 IMAPISupport::AddRef -> ref 2
  T7 0x52 IMAPISupport::SetProviderUID(lpProviderID=6d617069, ulFlags=0x0) -> 0x00000000
T7 } -> 0x00000000 (lppMDB=0x54, lppMSLogon=0x53)
T7 0x54 IMsgStore::Release {
  T7 0x52 IMAPISupport::StoreLogoffTransports(ulFlags=0x8) -> 0x00000000 (ulFlags=0x10000)
T7 } -> ref 0
T7 0x53 IMSLogon::Logoff(ulFlags=0) -> 0x00000000
T7 0x53 IMSLogon::Release -> ref 0
`, strings.ReplaceAll(body(t, records), `"6d617069"`, "6d617069"))
	told := judge(t, records).Told()
	require.Contains(t, told, "17 LGN-22 error provider")
}

// TestMapIncomplete: a map that does not say that its log is complete makes a trace that begins with a gap, and one interface of which some
// call has no object is not observed.
func TestMapIncomplete(t *testing.T) {
	m := readMap(t, strings.Replace(provider, "complete: true", "complete: false", 1))
	records := imported(t, m.Kind(), providerLog)
	require.Equal(t, "gap", string(records[1].Name))
	records = imported(t, readMap(t, provider).Kind(), providerLog+"7 > IMsgStore::Advise()\n7 < IMsgStore::Advise = S_OK\n")
	require.NotContains(t, records[0].Header.Observes, "IMsgStore")
	require.Contains(t, records[0].Header.Observes, "IMAPISupport")
}

// TestMapPairs: an id pairs a call with its return; a gap voids what is open; numbers are read with and without "0x"; processes and ends.
func TestMapPairs(t *testing.T) {
	m := readMap(t, `observes: [MAPI]
partial: [IMAPISupport]
lines:
  - call: '^(?P<pid>\w+)/(?P<tid>\w+) @(?P<time>\d+) #(?P<id>\d+) (?P<name>\w+) by (?P<by>\w+) in (?P<module>\S+) (?P<arg_a>\S+)'
  - return: '^(?P<pid>\w+)/(?P<tid>\w+) #(?P<id>\d+) (?P<hr>\S+) (?P<out_b>\S+)'
  - load: '^(?P<pid>\d+) load (?P<module>.*)'
  - unload: '^(?P<pid>\d+) unload (?P<module>.*)'
  - thread-exit: '^(?P<pid>\d+)/(?P<tid>\d+) exits'
  - signal: '^(?P<pid>\d+) signal (?P<name>.*)'
  - gap: '^gap'
  - end: '^(?P<pid>\d+) end'
`)
	records := imported(t, m.Kind(), "1 load a.dll\n1/0x10 @5 #7 Outer by client in x.dll null\n1/0x10 @6 #8 Inner by mapi in x.dll true\n1/0x10 #8 -2147221231 0\n1/16 #7 0 false\n1/16 exits\n1 signal SIGSEGV\ngap\n1 unload a.dll\n1 end\n")
	require.Equal(t, `gap null
P1 T0 load a.dll
@/5 P1 T16 Outer(a=null) by client in x.dll {
  @/6 P1 T16 Inner(a=true) by mapi in x.dll -> 0x80040111 (b=0)
P1 T16 } -> 0x00000000 (b=false)
P1 T16 thread-exit
P1 T0 signal SIGSEGV
T0 gap null
P1 T0 unload a.dll
P1 end exit
`, body(t, records))
	require.Equal(t, []string{"IMAPISupport"}, records[0].Header.Partial)

	// Threads that have names, or hexadecimal numbers without "0x", are told apart.
	m = readMap(t, "lines: [{leaf: '^(?P<tid>\\w+) (?P<name>\\w+)'}]")
	records = imported(t, m.Kind(), "main A\n1a B\n0010 C\n10 D\nmain E\n")
	var tids []int64
	for _, r := range records {
		if r.Kind == trace.CallRecord {
			tids = append(tids, r.TID.N)
		}
	}
	require.Equal(t, []int64{firstName, firstName + 1, 10, 10, firstName}, tids)
}

// TestErrors: what can not be read is an error that says where.
func TestErrors(t *testing.T) {
	const mapLine = "lines: [{call: '^(?P<name>\\w+) (?P<tid>\\w+)(?: (?P<arg_x>.*))?$'}, {return: '^- (?P<name>\\w+) (?P<hr>\\w+)(?: (?P<ref>\\w+))?'}]"
	for _, x := range []struct{ kind, log, want string }{
		{"mapi4linux", "", `x.log: no line of this is one of a log of the kind mapi4linux: the debug log of the MAPI subsystem for Linux, with lines such as "0 0x7fefd0e617c0 MAPILIB Call: MAPIInitialize()"`},
		{"mapi4linux", "hello\n", `x.log: no line of this is one of a log of the kind mapi4linux: the debug log of the MAPI subsystem for Linux, with lines such as "0 0x7fefd0e617c0 MAPILIB Call: MAPIInitialize()"`},
		{"mapi4linux", linuxInit + "0 0x7f01 MAPILIB Call: 17\n", "x.log:3:24: a call is a name with its arguments in brackets"},
		{"mapi4linux", linuxInit + "0 0x7f01 MAPILIB Call: X(\n", "x.log:3:24: a call is a name with its arguments in brackets"},
		{"mapi4linux", linuxInit + "0 0x7f01 MAPILIB Ret : MAPILogonEx(0x00000000)\n", "x.log:3:24: MAPILogonEx returns and has not been called: the log was cut, or two processes wrote it"},
		{"mapi4linux", linuxInit + linuxInit, "x.log:4:24: MAPIInitialize counts from 1 again: two processes wrote this log. Separate what they wrote"},
		{"mapi4linux", "0 0x7f0111112222333344 MAPILIB Call: MAPIInitialize()\n", "x.log:1:3: the thread is no number of 64 bits"},
		{"mapi4linux", "a\n0 0x7f01\x00 MAPILIB", "x.log:2:9: this is no text: save the log as UTF-8"},
		{"wine", "fixme:x\n", "x.log: no line of this is one of a log of the kind wine: what Wine writes with WINEDEBUG=+relay,+loaddll"},
		{"wine", "0024:Call mapi32.MAPIInitialize(\n", "x.log:1:11: a call is a DLL and a function with its arguments in brackets"},
		{"wine", "0024:Call mapi32.MAPIInitialize(0,1) ret=1\n", "x.log:1:33: there are more than the 1 arguments that the function has"},
		{"wine", "0024:Call mapi32.MAPILogonEx(0,zz) ret=1\n", `x.log:1:32: "zz" is no argument: those of lpszProfileName are hexadecimal numbers`},
		{"wine", "0024:Call mapi32.MAPIInitialize(0) ret=1\n0024:Ret  mapi32.MAPIInitialize()\n", "x.log:2:34: MAPIInitialize has a result, and none is here"},
		{"wine", `0024:trace:loaddll:build_module Loaded L"mapi32.dll" at 0: builtin` + "\n0024:Ret  mapi32.MAPIInitialize() retval=0 ret=1\n", "x.log:2:11: MAPIInitialize returns and has not been called: the log was cut"},
		{"mfcmapi", strings.Repeat("x", trace.MaxLine+1), "x.log:1: the line has more than 1048576 bytes"},
		{mapLine, "MAPIInitialize 7\n\n?\n", "x.log:3:1: no expression of the map fits this line: add one, or {skip: EXPRESSION}"},
		{mapLine, "MAPIInitialize 7\n- Other S_OK\n", "x.log:2:3: a call returns that has not been made on this thread"},
		{mapLine, "MAPIInitialize 0\n- MAPIInitialize S_NO\n", `x.log:2:18: "S_NO" is no result: a name such as S_OK, or a number of 32 bits, hexadecimal with "0x"`},
		{mapLine, "MAPIInitialize 0\n- MAPIInitialize S_OK many\n", `x.log:2:23: ref is "many", and a number of 64 bits is wanted`},
		{mapLine, "\n", "x.log: no line of this is one of a log of the kind map: a log that the map reads"},
	} {
		k, ok := ByName(x.kind)
		if !ok {
			k = readMap(t, x.kind).Kind()
		}
		_, err := k.Read("x.log", strings.NewReader(x.log))
		var at *trace.Error
		require.True(t, errors.As(err, &at), "%v", err)
		require.EqualError(t, err, x.want, x.log)
	}
}

// TestMapErrors: so is a map that means nothing.
func TestMapErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  "x.yaml: the map is empty: see 'checker import --help'",
		"observes: [MAPI]\n":                "x.yaml: the map has no lines: each says what a line of the log is, as in {call: EXPRESSION}",
		"lines:\n  - {}\n":                  "x.yaml: number 1 of the lines does not say what it is: write call, return, leaf, load, unload, thread-exit, signal, gap, end or skip with an expression",
		"lines:\n  - nope: 1":               "x.yaml:2: field nope not found in a mapLine",
		"lines: 7":                          "x.yaml:1: cannot unmarshal !!int `7` into []importer.mapLine",
		"lines: [":                          "x.yaml:1: did not find expected node content",
		"lines:\n  - call: '('":             "x.yaml:2:11: this is no regular expression: missing closing ): `(`",
		"lines:\n  - call: '(?P<nom>x)'":    `x.yaml:2: "nom" is no name of a group: there are pid, tid, time, id, name, on, by, module, hr, ref, args, out, arg_X and out_X`,
		"lines:\n  - call: 'x'":             `x.yaml:2: which call this is, is missing: a group "name", or is: {name: …}`,
		"lines:\n  - load: 'x'":             `x.yaml:2: which DLL this is, is missing: a group "module"`,
		"lines:\n  - skip: 'x'\n    gap: y": "x.yaml:2: a line is one thing: gap, or skip",
		"lines:\n  - skip: 'x'\n\nargument: '(?P<name>x)'": `x.yaml:4: an argument has the groups "name" and "value"`,
	} {
		_, err := ReadMap("x.yaml", strings.NewReader(text))
		var at *trace.Error
		require.True(t, errors.As(err, &at), "%v", err)
		require.EqualError(t, err, want, text)
	}
}

// logs are one of each kind.
func logs(t *testing.T) map[string]struct {
	kind Kind
	log  string
} {
	return map[string]struct {
		kind Kind
		log  string
	}{
		"mapi4linux": {byName(t, "mapi4linux"), sample(t, "mapi4linux.log")},
		"two":        {byName(t, "mapi4linux"), linuxInit + linuxLogon + linuxLogon + linuxLogoff + linuxOpen + linuxUninit},
		"wine":       {byName(t, "wine"), sample(t, "wine.log")},
		"pid":        {byName(t, "wine"), sample(t, "wine-pid.log")},
		"map":        {readMap(t, provider).Kind(), providerLog},
	}
}

// TestRoundTrip: what is imported is a trace in either notation, and judged alike.
func TestRoundTrip(t *testing.T) {
	for name, x := range logs(t) {
		records := imported(t, x.kind, x.log)
		want := judge(t, records)
		for _, n := range []trace.Notation{trace.JSONNotation, trace.TextNotation} {
			got := checker().Check("x", strings.NewReader(asText(t, records, n)))
			require.Equal(t, want.Err == nil, got.Err == nil, "%s: %v", name, got.Err)
			require.Equal(t, verdicts(want), verdicts(got), name)
			require.Len(t, got.Findings, len(want.Findings))
		}
	}
}

// TestCutLogs: a log that is cut off, or begins in the middle, accuses nobody whom the whole of it does not.
func TestCutLogs(t *testing.T) {
	for name, x := range logs(t) {
		whole := judge(t, imported(t, x.kind, x.log)).Told()
		lines := strings.SplitAfter(x.log, "\n")
		for n := range lines {
			if records, err := x.kind.Read("x", strings.NewReader(strings.Join(lines[:n], ""))); err == nil {
				require.Subset(t, whole, judge(t, records).Told(), "%s: the first %d lines", name, n)
			}
			if name == "map" { // which says that its log is complete
				continue
			}
			if records, err := x.kind.Read("x", strings.NewReader(strings.Join(lines[n:], ""))); err == nil {
				for _, f := range judge(t, records).Findings {
					require.Contains(t, whole, fmt.Sprintf("%d %s %s %s", f.Line+int64(n), f.Rule.ID, f.Severity, f.Party), "%s: without the first %d lines", name, n)
				}
			}
		}
	}
}

// TestDeclared: each kind says what it is and what it does not show.
func TestDeclared(t *testing.T) {
	for _, k := range Kinds() {
		require.NotEmpty(t, k.Says, k.Name)
		require.NotEmpty(t, k.Limits, k.Name)
		require.Subset(t, groups, k.Observes, "none of them names objects")
	}
}

// FuzzRead: whatever a log holds, it is refused or becomes a trace that can be read.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{linuxInit + linuxLogon + linuxUninit, "0024:Call mapi32.MAPILogonEx(0,0 \"x\",0,22,1) ret=1\n0024:Ret  mapi32.MAPILogonEx() retval=0 ret=1\n",
		"0x2160 06:49:38.645PM  09-11-2018 0x40000000: Function call: x.cpp@38: lpSession->OpenMsgStore( 1)\nCode: X == 0x8004011D\n", providerLog} {
		f.Add([]byte(seed))
	}
	m, err := ReadMap("x.yaml", strings.NewReader(provider))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, log []byte) {
		for _, k := range append(Kinds(), m.Kind()) {
			records, err := k.Read("x", bytes.NewReader(log))
			if err != nil {
				continue
			}
			var b bytes.Buffer
			w := trace.NewWriter(&b, trace.JSONNotation)
			for _, r := range records {
				if err := w.Write(r); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if r := checker().Check("x", &b); r.Err != nil && r.Err.Line != 0 && !strings.Contains(r.Err.Text, "open") && !strings.Contains(r.Err.Text, "bytes") {
				t.Fatalf("%s: the trace that was made can not be read: %v", k.Name, r.Err)
			}
		}
	})
}
