package importer

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mapilife/model"
	"mapilife/trace"
)

// mapi4linux is the debug log of the MAPI subsystem for Linux. An entry is
//
//	TICK THREAD LAYER Call: Interface::Method(arguments)
//	TICK THREAD LAYER Ret : Interface::Method(result)
//
// and may go on over several lines. Other programs may write between the entries. It has addresses in a few arguments only, and never that
// of the object. Some methods of its own objects do not write that they return, or write it as a second call.
var mapi4linux = Kind{
	Name:     "mapi4linux",
	Says:     "the debug log of the MAPI subsystem for Linux, with lines such as \"0 0x7fefd0e617c0 MAPILIB Call: MAPIInitialize()\"",
	Observes: []string{"MAPI"},
	Limits:   "A log without the addresses of objects: which object a method was called on is known only where there was one of its interface. Calls of entry points are logged by some providers only.",
	start:    func() parser { return &mapi4linuxLog{} },
}

var (
	entryLine = regexp.MustCompile(`^\d+ (0x[0-9a-fA-F]+|\d+) ([A-Z0-9_]+) (Call|Ret ): (.*)`)
	entryCall = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_:~]*)\(`)
	namedArg  = regexp.MustCompile(`\b([a-z]\w*)=(?:0x)?(?:(0x[0-9a-fA-F]+)(?:\(\d+\))?|(NULL)\b|(MSG_SERVICE_\w+))`)
	counted   = regexp.MustCompile(`^\d+$`)
	returned  = regexp.MustCompile(`^(?:(\d+), )?0x([0-9a-fA-F]{8})$`)
)

// subsystemNames are the interfaces that the classes of the subsystem implement.
var subsystemNames = map[string]string{
	"M4LMAPISession": "IMAPISession", "M4LAddrBook": "IAddrBook", "M4LProfAdmin": "IProfAdmin", "M4LMsgServiceAdmin": "IMsgServiceAdmin",
	"M4LProviderAdmin": "IProviderAdmin", "M4LMAPISupport": "IMAPISupport",
}

// serviceContexts are the reasons for which a message service's entry point is called (MAPISPI.h).
var serviceContexts = map[string]string{
	"MSG_SERVICE_INSTALL": "1", "MSG_SERVICE_CREATE": "2", "MSG_SERVICE_CONFIGURE": "3", "MSG_SERVICE_DELETE": "4", "MSG_SERVICE_UNINSTALL": "5",
	"MSG_SERVICE_PROVIDER_CREATE": "6", "MSG_SERVICE_PROVIDER_DELETE": "7",
}

// pageNames are the names that the reference pages have for parameters that the log calls otherwise.
var pageNames = map[string]string{"flags": "ulFlags", "context": "ulContext"}

type mapi4linuxLog struct {
	at          int64           // the line of the entry
	entry       []string        // its matches
	rest        strings.Builder // its last match, and the lines that follow
	column      int             // where its call begins
	begun       bool            // some function or method of MAPI has been called
	initialised bool            // by what the log says
}

func (l *mapi4linuxLog) line(b *builder, line []byte) error {
	m := entryLine.FindSubmatchIndex(line)
	if m == nil {
		if l.entry != nil {
			l.rest.WriteByte('\n')
			l.rest.Write(line)
		}
		return nil
	}
	if err := l.take(b); err != nil {
		return err
	}
	b.recognised = true
	l.at, l.column = b.line, m[8]+1
	l.entry = nil
	for n := 0; n < len(m); n += 2 {
		l.entry = append(l.entry, string(line[m[n]:m[n+1]]))
	}
	l.rest.Reset()
	l.rest.WriteString(l.entry[4])
	return nil
}

func (l *mapi4linuxLog) end(b *builder) ([]string, error) {
	return mapi4linux.Observes, l.take(b)
}

// take works out the entry whose lines have been gathered.
func (l *mapi4linuxLog) take(b *builder) error {
	if l.entry == nil {
		return nil
	}
	now := b.line
	b.line = l.at
	defer func() { b.line = now }()
	e := l.entry
	l.entry = nil
	said := l.rest.String()
	m := entryCall.FindStringSubmatch(said)
	close := strings.LastIndexByte(said, ')')
	if m == nil || close < len(m[0]) {
		return &problem{line: l.at, column: l.column, text: "a call is a name with its arguments in brackets"}
	}
	name, details := m[1], strings.TrimSpace(said[len(m[0]):close])
	tid, err := strconv.ParseInt(e[1], 0, 64)
	if err != nil {
		return &problem{line: l.at, column: strings.Index(e[0], e[1]) + 1, text: "the thread is no number of 64 bits"}
	}
	t := thread{tid: tid}
	name, loose, known := l.operation(name)
	if !known {
		return nil
	}
	if !l.begun && e[3] == "Call" {
		l.begun = true
		b.late = name != "MAPIInitialize"
	}
	open := b.innermost(t, name)
	again := loose && open != nil && counted.MatchString(details) // a return that is written as a call
	if e[3] == "Call" && !again {
		c := b.begin(t, name, arguments(details, true))
		c.loose = loose
		return nil
	}
	if open == nil {
		if len(b.records) == 0 || loose {
			b.late = b.late || !l.begun
			return nil
		}
		return &problem{line: l.at, column: l.column, text: name + " returns and has not been called: the log was cut, or two processes wrote it"}
	}
	return l.returns(b, t, open, details)
}

// operation is the name that the reference pages have. Internal functions are unknown. Loose calls may lack their return.
func (l *mapi4linuxLog) operation(name string) (operation string, loose, known bool) {
	class, method, isMethod := strings.Cut(name, "::")
	if !isMethod {
		return name, false, true
	}
	if strings.HasSuffix(method, "ProviderInit") {
		return method, false, true
	}
	if iface, ok := subsystemNames[class]; ok {
		return iface + "::" + method, slices.Contains(counting, method), true
	}
	return name, false, strings.HasPrefix(class, "I")
}

// returns adds the return of a call.
func (l *mapi4linuxLog) returns(b *builder, t thread, open *call, details string) error {
	hr, known := uint32(0), true
	m := returned.FindStringSubmatch(details)
	switch {
	case open.name == "MAPIInitialize" && m != nil && m[1] != "" && m[2] == "00000000":
		if m[1] != "1" && !l.initialised {
			b.late = true
		}
		if m[1] == "1" && l.initialised {
			return &problem{line: l.at, column: l.column, text: "MAPIInitialize counts from 1 again: two processes wrote this log. Separate what they wrote"}
		}
		l.initialised = true
	case open.name == "MAPIUninitialize" && m != nil && m[1] == "0":
		l.initialised = false
	}
	switch {
	case m != nil:
		n, _ := strconv.ParseUint(m[2], 16, 32)
		hr = uint32(n)
	case strings.HasPrefix(details, "FAILED"):
		hr, known = failure(details)
	}
	if !known && strings.Contains(open.name, "::") {
		b.drop(t, open)
		return nil
	}
	r := b.end(t, open)
	_, method, _ := strings.Cut(open.name, "::")
	switch {
	case method == "AddRef" || method == "Release":
		if n, err := strconv.ParseUint(details, 10, 32); err == nil {
			r.Ref = integer(int64(n))
		}
	case open.name == "MAPIUninitialize", !known, details == "":
	default:
		result(r, hr)
		if hr&0x80000000 == 0 {
			r.Args = arguments(details, false)
			r.HasArgs = r.Args != nil
		}
	}
	return nil
}

// failure is the result that a text such as "FAILED: MAPI_E_NOT_FOUND" names.
func failure(details string) (hr uint32, known bool) {
	for _, word := range strings.FieldsFunc(details, func(c rune) bool { return strings.ContainsRune(" :,()\n", c) }) {
		if h, ok := model.ResultByName(word); ok {
			return uint32(h), true
		}
		if n, err := strconv.ParseUint(word, 0, 32); err == nil && strings.HasPrefix(word, "0x8") {
			return uint32(n), true
		}
	}
	return 0, false
}

// arguments reads those that have a name and a value that rules can use. Out parameters are pointers to variables when a call begins, and
// say no more than whether there is one.
func arguments(details string, begins bool) []trace.Member {
	var list []trace.Member
	for _, m := range namedArg.FindAllStringSubmatch(details, -1) {
		name := m[1]
		if page, ok := pageNames[name]; ok {
			name = page
		}
		if strings.HasPrefix(name, "lpp") == begins && m[3] == "" {
			continue // a pointer to a variable, or what was passed in
		}
		switch {
		case m[3] != "":
			list = append(list, member(name, trace.Value{Kind: trace.Null}))
		case m[4] != "":
			if n, ok := serviceContexts[m[4]]; ok {
				list = append(list, member(name, value(trace.Number, n)))
			}
		default:
			list = append(list, member(name, value(trace.String, m[2])))
		}
	}
	return list
}
