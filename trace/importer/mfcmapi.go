package importer

import (
	"regexp"
	"strconv"
	"strings"

	"mapilife/model"
	"mapilife/trace"
)

// mfcmapi is the debug log of the MFCMAPI client, with its debug level set to at least 0x40000041: a call is logged when it has returned, as it
// stands in the source, and an error behind it.
//
//	0xTHREAD hh:mm:ss.mmmAM  mm-dd-yyyy 0x40000000: Function call: FILE@LINE: lpSession->OpenMsgStore(…)
//	0xTHREAD hh:mm:ss.mmmAM  mm-dd-yyyy 0x00000040: Error:
//	Code: MAPI_E_FAILONEPROVIDER == 0x8004011D
//	Function lpSession->OpenMsgStore(…)
//	File …
//
// Calls that return nothing, and AddRef and Release, are not logged, nor is MAPIUninitialize: it observes nothing.
var mfcmapi = Kind{
	Name:   "mfcmapi",
	Says:   "the debug log of MFCMAPI, with lines such as \"0x2160 06:49:38.645PM  09-11-2018 0x40000000: Function call: …\"",
	Limits: "A client's log of calls that have returned, in the words of its source: it has neither arguments nor, but for sessions, addresses, and no AddRef, Release or MAPIUninitialize.",
	start:  func() parser { return &mfcmapiLog{} },
}

var (
	mfcmapiLine = regexp.MustCompile(`^0x([0-9a-f]{4,}) \d{1,2}:\d{2}:\d{2}\.\d{3}[AP]M +\d{2}-\d{2}-\d{4} 0x([0-9A-Fa-f]{8}): (.*)`)
	sourceCall  = regexp.MustCompile(`^Function call: .*?@\d+: *(?:::)?(?:([\w.\->()\[\]*& ]+)->)?(\w+)\(`)
	sessionSet  = regexp.MustCompile(`^\s*m_lpMAPISession set to (?:0x)?([0-9A-Fa-f]+)`)
	sessionOff  = regexp.MustCompile(`^Logging off of (?:0x)?([0-9A-Fa-f]+),`)
	errorCode   = regexp.MustCompile(`^Code: .*== ?0x([0-9A-Fa-f]{8})`)
)

// sourceTypes are the interfaces of the variables that calls are made through in the source of the client, by what their names contain.
var sourceTypes = []struct{ part, iface string }{
	{"Session", "IMAPISession"}, {"MDB", "IMsgStore"}, {"MsgStore", "IMsgStore"}, {"AddrBook", "IAddrBook"}, {"ProfAdmin", "IProfAdmin"},
	{"ServiceAdmin", "IMsgServiceAdmin"}, {"SvcAdmin", "IMsgServiceAdmin"}, {"ProviderAdmin", "IProviderAdmin"}, {"Folder", "IMAPIFolder"},
	{"Table", "IMAPITable"}, {"Message", "IMessage"}, {"Attach", "IAttach"}, {"MAPIProp", "IMAPIProp"}, {"Container", "IMAPIContainer"},
}

type mfcmapiLog struct {
	last    *trace.Record // the return that an error may belong to
	logon   *trace.Record // the return of the last MAPILogonEx, which has no session yet
	thread  int64
	leaving string // the session that is about to be logged off
}

func (l *mfcmapiLog) line(b *builder, line []byte) error {
	m := mfcmapiLine.FindSubmatch(line)
	if m == nil {
		if code := errorCode.FindSubmatch(line); code != nil && l.last != nil {
			n, _ := strconv.ParseUint(string(code[1]), 16, 32)
			result(l.last, uint32(n))
			l.last = nil
		}
		return nil
	}
	b.recognised = true
	tid, _ := strconv.ParseInt(string(m[1]), 16, 64)
	t := thread{tid: tid}
	said := string(m[3])
	if strings.HasPrefix(said, "Error:") || strings.HasPrefix(said, "Warning:") {
		if tid != l.thread {
			l.last = nil // it can not be told whose error this is
		}
		return nil
	}
	if set := sessionSet.FindStringSubmatch(said); set != nil && l.logon != nil && l.logon.TID.N == tid {
		if strings.Trim(set[1], "0") != "" && !failed(l.logon) {
			l.logon.Args = []trace.Member{member("lppSession", value(trace.String, "0x"+strings.ToLower(strings.TrimLeft(set[1], "0"))))}
			l.logon.HasArgs = true
		}
		l.logon = nil
	}
	if off := sessionOff.FindStringSubmatch(said); off != nil {
		l.leaving = "0x" + strings.ToLower(strings.TrimLeft(off[1], "0"))
	}
	l.last = nil
	call := sourceCall.FindStringSubmatch(said)
	if strings.HasPrefix(said, "Function call:") && call == nil {
		return nil // an expression that is no call of a method or a function
	}
	if call == nil {
		return nil
	}
	name, known := sourceOperation(call[1], call[2])
	if !known {
		return nil
	}
	c := b.begin(t, name, nil)
	if name == "IMAPISession::Logoff" && l.leaving != "" {
		c.record.On = text(l.leaving)
		l.leaving = ""
	}
	l.last, l.thread = b.end(t, c), tid
	result(l.last, uint32(model.SOK))
	if name == "MAPILogonEx" {
		l.logon = l.last
	}
	return nil
}

// sourceOperation is what a call in the source is a call of.
func sourceOperation(object, method string) (string, bool) {
	if object == "" {
		return method, strings.HasPrefix(method, "MAPI")
	}
	for _, t := range sourceTypes {
		if strings.Contains(object, t.part) {
			return t.iface + "::" + method, true
		}
	}
	return "", false
}

func (l *mfcmapiLog) end(b *builder) ([]string, error) {
	b.late = true // when it was turned on the log does not say
	return nil, nil
}
