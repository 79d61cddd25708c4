package model

import "slices"

// A Kind says what sort of thing an object of the world is.
type Kind uint8

// The kinds of object that a trace speaks of.
const (
	NoKind             Kind = iota
	ProcessObject           // one process id of the trace: one MAPI subsystem
	ThreadObject            // one thread of a process
	ModuleObject            // a DLL, by name
	SessionObject           // what MAPILogonEx returned: one client's membership in a MAPI session
	ProviderObject          // IABProvider, IMSProvider or IXPProvider
	SupportObject           // IMAPISupport
	LogonObject             // IABLogon, IMSLogon or IXPLogon
	StoreObject             // IMsgStore
	Subobject               // anything else that was opened: folder, message, table, address book, status object, …
	SinkObject              // IMAPIAdviseSink
	AdviseObject            // one successful Advise, until its Unadvise
	UIDObject               // one successful SetProviderUID
	RowObject               // one row of the status table
	ServiceObject           // one message service in one session
	SubscriptionObject      // one successful Subscribe, until its Unsubscribe
	BufferObject            // one memory buffer of MAPIAllocateBuffer's, until its MAPIFreeBuffer
	CalledObject            // in a rule: whatever the call is made on
	CallingObject           // in a rule: whatever the enclosing call was made on
	kinds
)

var kindNames = [kinds]string{
	NoKind: "nothing", ProcessObject: "process", ThreadObject: "thread", ModuleObject: "module", SessionObject: "session",
	ProviderObject: "provider", SupportObject: "support", LogonObject: "logon", StoreObject: "store", Subobject: "subobject",
	SinkObject: "sink", AdviseObject: "advise", UIDObject: "uid", RowObject: "row", ServiceObject: "service",
	SubscriptionObject: "subscription",
	BufferObject:       "buffer",
	CalledObject:       "called object", CallingObject: "calling object",
}

func (k Kind) String() string { return kindNames[k] }

// A ProviderType tells address book, message store and transport providers, and what belongs to them, apart.
type ProviderType uint8

// The types of provider; ConfigType is that of a support object made for a message service.
const (
	NoType ProviderType = iota
	ABType
	MSType
	XPType
	ConfigType
	providerTypes
)

var typeNames = [providerTypes]string{NoType: "", ABType: "AB", MSType: "MS", XPType: "XP", ConfigType: "CFG"}

func (t ProviderType) String() string { return typeNames[t] }

// A Side is one of those who make calls and hold references. MAPI and its spooler hold references together.
type Side uint8

// The sides. They are bits, so that a rule can be owed by several.
const (
	NoSide   Side = 0
	Client   Side = 1 << (iota - 1)
	MAPI          // the MAPI subsystem
	Spooler       // the MAPI spooler
	Provider      // a service provider
	Service       // a message service's entry point
	System        // the operating system
)

var sideNames = []struct {
	side Side
	name string
}{{Client, "client"}, {MAPI, "mapi"}, {Spooler, "spooler"}, {Provider, "provider"}, {Service, "service"}, {System, "os"}}

// String names the sides, several joined by a comma.
func (s Side) String() string {
	text := ""
	for _, n := range sideNames {
		if s&n.side != 0 {
			if text != "" {
				text += ", "
			}
			text += n.name
		}
	}
	return text
}

// ParseSide reads a side's name as the trace format spells it.
func ParseSide(name string) (Side, bool) {
	for _, n := range sideNames {
		if n.name == name {
			return n.side, true
		}
	}
	return NoSide, false
}

// holder maps a side to whose references it uses: the spooler's are MAPI's, a service's are its provider's.
func (s Side) holder() Side {
	switch s {
	case Spooler, System:
		return MAPI
	case Service:
		return Provider
	}
	return s
}

// Tri is a truth value that may be unknown, because the recording does not show it.
type Tri int8

// The three truth values.
const (
	No      Tri = -1
	Unknown Tri = 0
	Yes     Tri = 1
)

func triOf(b bool) Tri {
	if b {
		return Yes
	}
	return No
}

// Not turns Yes and No round.
func (t Tri) Not() Tri { return -t }

// And is Kleene's: No if one is No, Yes if both are Yes.
func (t Tri) And(u Tri) Tri { return min(t, u) }

// Or is Kleene's: Yes if one is Yes, No if both are No.
func (t Tri) Or(u Tri) Tri { return max(t, u) }

// A Level is how strongly the documentation demands something.
type Level uint8

// The levels. A broken Must is an error, a broken Should a warning, a May can not be broken.
const (
	Must Level = iota
	Should
	May
)

var levelNames = [...]string{Must: "must", Should: "should", May: "may"}

func (l Level) String() string { return levelNames[l] }

// ParseLevel reads a level's name.
func ParseLevel(name string) (Level, bool) {
	i := slices.Index(levelNames[:], name)
	return Level(max(i, 0)), i >= 0
}

// A Severity is how bad a finding is.
type Severity uint8

// The severities, in rising order.
const (
	Note Severity = iota
	Warning
	Error
)

var severityNames = [...]string{Note: "note", Warning: "warning", Error: "error"}

func (s Severity) String() string { return severityNames[s] }

// ParseSeverity reads a severity's name.
func ParseSeverity(name string) (Severity, bool) {
	for s, n := range severityNames {
		if n == name {
			return Severity(s), true
		}
	}
	return Note, false
}
