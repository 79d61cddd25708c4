package importer

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mapilife/trace"
)

// wine is what Wine writes with WINEDEBUG=+relay,+loaddll, and better with +pid and +timestamp as well: the calls of the functions that
// mapi32.dll exports, with their arguments as bare numbers, among those of all other DLLs.
//
//	[TIME:][PID:]TID:Call mapi32.MAPIInitialize(00000000) ret=14000165d
//	[TIME:][PID:]TID:Ret  mapi32.MAPIInitialize() retval=80040605 ret=14000165d
//	[TIME:][PID:]TID:trace:loaddll:build_module Loaded L"C:\\windows\\system32\\mapi32.dll" at 00000003655A0000: builtin
//
// What a process does after ExitProcess counts, until ntdll.dll is the last to be told. Wine prints no calls of DLLs that are not its own.
var wine = Kind{
	Name:     "wine",
	Says:     "what Wine writes with WINEDEBUG=+relay,+loaddll",
	Observes: []string{"MAPI", "module"},
	Limits:   "Functions of mapi32.dll only: methods of objects are no functions of a DLL. Loads of DLLs are whole only if the log has process ids.",
	start: func() parser {
		return &wineLog{mapi: map[int64]bool{}, attached: map[int64]bool{}}
	},
}

var (
	wineLine = regexp.MustCompile(`^(?:(\d+)\.(\d{3}):)?(?:([0-9a-f]{4,}):)?([0-9a-f]{4,}):(Call|Ret |trace:loaddll:\w+) (.*)`)
	wineCall = regexp.MustCompile(`^ ?(\w+)\.([\w@.]+)\((.*)\)`)
	wineRet  = regexp.MustCompile(` retval=([0-9a-f]+) `)
	wineLoad = regexp.MustCompile(`^(Loaded|Unloaded module) L"((?:[^"\\]|\\.)*)"`)
	wineDLL  = regexp.MustCompile(`^ ?PE DLL \(.* L"([^"]*)",reason=(\w+),`)
	wineText = regexp.MustCompile(`^([0-9a-f]+) L?"((?:[^"\\]|\\.)*)"$`)
)

// A function is what the log does not say of one: the names of its parameters, and whether it has a result. Flags and counts are numbers, the
// others pointers.
type function struct {
	params string
	result bool
}

// mapiFunctions are those that rules speak of.
var mapiFunctions = map[string]function{
	"MAPIInitialize":                  {"lpMapiInit", true},
	"MAPIUninitialize":                {"", false},
	"MAPILogonEx":                     {"ulUIParam lpszProfileName lpszPassword flFlags lppSession", true},
	"MAPIAdminProfiles":               {"ulFlags lppProfAdmin", true},
	"ScInitMapiUtil":                  {"ulFlags", true},
	"DeinitMapiUtil":                  {"", false},
	"MAPIAllocateBuffer":              {"cbSize lppBuffer", true},
	"MAPIAllocateMore":                {"cbSize lpObject lppBuffer", true},
	"MAPIFreeBuffer":                  {"lpBuffer", true},
	"MAPIOpenFormMgr":                 {"pSession ppmgr", true},
	"MAPIOpenLocalFormContainer":      {"ppfcnt", true},
	"MAPIInitIdle":                    {"lpvReserved", false},
	"MAPIDeInitIdle":                  {"", false},
	"HrThisThreadAdviseSink":          {"lpAdviseSink lppAdviseSink", true},
	"HrAllocAdviseSink":               {"lpfnCallback lpvContext lppAdviseSink", true},
	"CreateMAPIInitializationMonitor": {"ppInitMonitor", true},
}

type wineLog struct {
	pids     bool           // the log has process ids
	mapi     map[int64]bool // threads that have called MAPI, or processes where they are known
	attached map[int64]bool // processes that have loaded mapi32.dll on record
	users    int            // how many processes have it loaded, where the log does not tell them apart
}

// telling are what the lines have that say something of MAPI: one in thousands.
var telling = [][]byte{[]byte("mapi32"), []byte(":trace:loaddll:"), []byte("PROCESS_DETACH")}

func (l *wineLog) line(b *builder, line []byte) error {
	if b.recognised && !slices.ContainsFunc(telling, func(part []byte) bool { return bytes.Contains(line, part) }) {
		return nil
	}
	m := wineLine.FindSubmatchIndex(line)
	if m == nil {
		return nil
	}
	part := func(n int) string {
		if m[2*n] < 0 {
			return ""
		}
		return string(line[m[2*n]:m[2*n+1]])
	}
	b.recognised = true
	var t thread
	if part(3) != "" {
		l.pids = true
		t.pid, _ = strconv.ParseInt(part(3), 16, 64)
	}
	t.tid, _ = strconv.ParseInt(part(4), 16, 64)
	before := len(b.records)
	var err error
	switch what, rest, at := part(5), part(6), m[12]; {
	case strings.HasPrefix(what, "trace:"):
		l.module(b, t, rest)
	case wineDLL.MatchString(rest):
		err = l.attach(b, t, what, wineDLL.FindStringSubmatch(rest), at)
	case strings.HasPrefix(strings.TrimLeft(rest, " "), "mapi32."):
		err = l.function(b, t, what, rest, at)
	}
	if seconds := part(1); seconds != "" && len(b.records) > before {
		if n, err := strconv.ParseInt(seconds+part(2), 10, 64); err == nil && n < 1<<40 {
			b.records[len(b.records)-1].Time = integer(n * 1e6)
		}
	}
	return err
}

// module takes the load or unload of a DLL. Which of them were loaded by processes that use MAPI is known at the end.
func (l *wineLog) module(b *builder, t thread, rest string) {
	m := wineLoad.FindStringSubmatch(rest)
	if m == nil {
		return
	}
	event := "load"
	if m[1] != "Loaded" {
		event = "unload"
	}
	name := path.Base(strings.ReplaceAll(strings.ReplaceAll(m[2], `\\`, `\`), `\`, "/"))
	b.event(t, event).Module = text(name)
	if event == "load" && strings.EqualFold(name, "mapi32.dll") {
		l.attached[t.pid] = true
	}
}

// attach takes what a DLL is told of its process: mapi32.dll is told once that it begins, and ntdll.dll last of all that it ends.
func (l *wineLog) attach(b *builder, t thread, what string, m []string, at int) error {
	if what != "Call" {
		return nil
	}
	switch dll, reason := strings.ToLower(m[1]), m[2]; {
	case dll == "mapi32.dll" && reason == "PROCESS_DETACH":
		l.users--
	case dll == "mapi32.dll" && reason == "PROCESS_ATTACH":
		if l.users++; l.users > 1 && !l.pids {
			return wrong(at+1, "a second process loads mapi32.dll, and the log does not tell processes apart: record it with WINEDEBUG=+relay,+loaddll,+pid")
		}
	case dll == "ntdll.dll" && reason == "PROCESS_DETACH":
		b.event(t, "end").Reason = text("exit")
	}
	return nil
}

// key is what tells processes apart: their id, or the thread where the log has no process ids.
func (l *wineLog) key(t thread) int64 {
	if l.pids {
		return t.pid
	}
	return t.tid
}

func (l *wineLog) function(b *builder, t thread, what, rest string, at int) error {
	m := wineCall.FindStringSubmatchIndex(rest)
	if m == nil {
		return wrong(at+1, "a call is a DLL and a function with its arguments in brackets")
	}
	name, _, _ := strings.Cut(rest[m[4]:m[5]], "@")
	f, known := mapiFunctions[name]
	l.mapi[l.key(t)] = true
	if what == "Call" {
		if !l.attached[t.pid] {
			b.late = true
		}
		var args []trace.Member
		if known {
			var err error
			if args, err = wineArguments(f, rest[m[6]:m[7]], at+m[6]); err != nil {
				return err
			}
		}
		b.begin(t, name, args)
		return nil
	}
	open := b.innermost(t, name)
	if open == nil {
		if !l.attached[t.pid] {
			b.late = true
			return nil
		}
		return wrong(at+1, "%s returns and has not been called: the log was cut", name)
	}
	r := b.end(t, open)
	if !f.result {
		return nil
	}
	v := wineRet.FindStringSubmatchIndex(rest)
	if v == nil {
		return wrong(at+len(rest)+1, "%s has a result, and none is here", name)
	}
	n, err := strconv.ParseUint(rest[v[2]:v[3]], 16, 64)
	if err != nil {
		return wrong(at+v[2]+1, "the result is no number of 64 bits")
	}
	result(r, uint32(n))
	return nil
}

// wineArguments reads arguments. The log separates them by commas, and shows texts behind their address.
func wineArguments(f function, list string, at int) ([]trace.Member, error) {
	names := strings.Fields(f.params)
	var args []trace.Member
	for n, v := range commas(list) {
		if n >= len(names) {
			return nil, wrong(at+1, "there are more than the %d arguments that the function has", len(names))
		}
		name := names[n]
		if m := wineText.FindStringSubmatch(v); m != nil {
			args = append(args, member(name, value(trace.String, m[2])))
			continue
		}
		x, err := strconv.ParseUint(v, 16, 64)
		switch {
		case err != nil:
			return nil, wrong(at+strings.Index(list, v)+1, "%q is no argument: those of %s are hexadecimal numbers", v, name)
		case strings.Contains(name, "Flags") || strings.HasPrefix(name, "cb") || strings.HasPrefix(name, "ul"):
			args = append(args, member(name, value(trace.String, "0x"+strconv.FormatUint(x&0xffffffff, 16))))
		case x == 0:
			args = append(args, member(name, trace.Value{Kind: trace.Null}))
		case strings.HasPrefix(name, "lpp") || strings.HasPrefix(name, "pp"): // the address of a variable says nothing
		default:
			args = append(args, member(name, value(trace.String, "0x"+strconv.FormatUint(x, 16))))
		}
	}
	return args, nil
}

// commas splits a list at the commas outside of quotes.
func commas(list string) []string {
	if list == "" {
		return nil
	}
	var parts []string
	quoted, from := false, 0
	for i := 0; i < len(list); i++ {
		switch {
		case list[i] == '\\' && quoted:
			i++
		case list[i] == '"':
			quoted = !quoted
		case list[i] == ',' && !quoted:
			parts = append(parts, list[from:i])
			from = i + 1
		}
	}
	return append(parts, list[from:])
}

// end leaves out the DLLs, and the ends, of processes that do not use MAPI.
func (l *wineLog) end(b *builder) ([]string, error) {
	b.records = slices.DeleteFunc(b.records, func(r *trace.Record) bool {
		return r.Kind == trace.EventRecord && !l.mapi[l.key(thread{r.PID.N, r.TID.N})]
	})
	for _, r := range b.records {
		if r.Kind == trace.EventRecord && string(r.Name) == "end" {
			r.TID = trace.Integer{} // it is the process that ends
		}
	}
	if !l.pids {
		return []string{"MAPI"}, nil
	}
	return wine.Observes, nil
}
