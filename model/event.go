package model

// An EventKind says what a line of a trace records.
type EventKind uint8

// The kinds of event. OtherEvent is one that this version does not know; it changes nothing.
const (
	OtherEvent EventKind = iota
	CallEvent
	ReturnEvent
	LoadEvent
	UnloadEvent
	ThreadExitEvent
	SignalEvent
	GapEvent
	EndEvent
)

// An Event is one line of a trace, as far as the model reads it. Texts in it need to stay valid only while it is stepped.
type Event struct {
	Line   int64 // its line in the file, from 1
	Seq    int64 // its place in the order; the line where the trace gives none
	PID    int64
	TID    int64
	AllPID bool // the line carries no process id
	Kind   EventKind

	ID     int64      // pairs a call with its return
	Call   *Call      // of a call
	On     Address    // of a call
	By     Side       // of a call: who the recorder believed made it
	Args   []Argument // of a call: arguments; of a return: out parameters
	HR     HResult
	HasHR  bool
	Ref    int64
	HasRef bool
	Module string // of an entry point, a load or an unload
	Reason string // of an end
}

// An Address names an object, in the text of the trace. Hexadecimal numbers that are equal are the same address.
type Address struct {
	Key  uint64 // equal for equal addresses; 0 for a null pointer
	Text string // as the trace has it, where it is not a number
	Set  bool
}

// Null tells a null pointer.
func (a Address) Null() bool { return a.Set && a.Key == 0 && a.Text == "" }

// A ValueKind tells what an argument was written as.
type ValueKind uint8

// The kinds of value. Number covers hexadecimal texts as well.
const (
	Absent ValueKind = iota
	NullValue
	BoolValue
	Number
	TextValue
)

// A Value is an argument or an out parameter.
type Value struct {
	Kind ValueKind
	Num  uint64 // of a number; 1 for true
	Text string // of a text
}

// emptyText is the number of a text without characters.
const emptyText = 14695981039346656037

// Hash maps values to numbers so that equal values are equal numbers, and different ones as good as never.
func (v Value) hash() uint64 {
	if v.Kind != TextValue {
		return v.Num
	}
	h := uint64(emptyText) // FNV-1a
	for i := 0; i < len(v.Text); i++ {
		c := v.Text[i]
		if 'A' <= c && c <= 'F' { // hexadecimal text in either case
			c += 'a' - 'A'
		}
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}

// An Argument is a named value.
type Argument struct {
	Param Param
	Value Value
}

// A Param numbers a parameter name that the model knows; 0 is every other name.
type Param uint16

// params are the parameter names that conditions read, or that births and identity need.
var params = []string{
	"", "ulFlags", "ulReserved", "flFlags", "lpMAPISup", "lpEntryID", "lppMSLogon", "lppABLogon", "lppXPLogon", "lppMDB", "lppSession",
	"lppMSProvider", "lppABProvider", "lppXPProvider", "lppAdrBook", "lppUnk", "ulObjType", "lppTable", "lppMAPIStatus", "ppv", "iid",
	"ulConnection", "lpObject", "lpProviderID", "ulContext", "lpAdviseSink", "lppSvcSupport", "lppMAPISup", "lppProfileObj",
	"lppProfSect", "lppProfAdmin", "lppServiceAdmin", "lppProviderAdmin", "lppFormMgr", "lppMessage", "lppAttach", "lppFolder",
	"lppMAPIPropEntry", "lppEntry", "lppAdviseSink", "lpInterface", "ppInitMonitor", "ulRefCount", "lpszProfileName",
	"ulEventMask", "lpMuid", "lpUnkIn", "lpNotifications", "cMethods", "ulMessageToken", "ulAttachmentNum", "lpfCallerRelease", "punk", "ppvObject",
	"caller", "lpMessage", "ulMsgRef", "lpppszAdrTypeArray", "lpppUidArray", "lpBuffer",
	"lppMsg", "ppmgr", "lppMAPITable", "lppTableData", "lppPropData", "lppMAPIPropNew", "ppfcnt", "lppStream", "lppTNEF",
	"lpMapiInit", "ulVersion", "lpszPassword", "ulMAPIVer", "ulProviderVer", "cValues", "lpUID", "lppWrappedEntry", "ulEventType",
	"PR_RESOURCE_FLAGS", "PR_PROVIDER_DLL_NAME", "PR_DISPLAY_NAME", "FastShutdownBehavior", "mapiSession", "return",
	"lpStream", "otherProcesses", "PR_STORE_ENTRYID", "lppEntryID", "lpEntryID1",
	"lppBuffer", "lppMAPIError", "lppbSpoolSecurity", "lpMalloc", "lppStorageOut",
}

var paramNumbers = func() map[string]Param {
	m := map[string]Param{}
	for i, name := range params {
		m[name] = Param(i)
	}
	// A pointer to a number may be recorded with or without its "lp".
	for _, name := range []string{"ulFlags", "ulConnection", "ulObjType", "ulProviderVer", "ulMAPIVer", "ulMsgRef", "ulMessageToken", "ulAttachmentNum"} {
		m["lp"+name] = m[name]
	}
	m["riid"], m["lpuid"] = m["iid"], m["lpUID"]
	delete(m, "")
	return m
}()

// paramTable finds a parameter by a few bytes of its name: nearly every line of a trace asks.
var paramTable = func() (table [256]struct {
	name   string
	number Param
}) {
	for name, number := range paramNumbers {
		at := paramHash(name)
		for table[at].name != "" {
			at++
		}
		table[at].name, table[at].number = name, number
	}
	return table
}()

func paramHash(name string) uint8 {
	n := len(name)
	return uint8(n)*29 + name[0] + name[n/2]*5 + name[n-1]*11
}

// ParamOf numbers a parameter's name.
func ParamOf(name string) Param {
	if name == "" {
		return 0
	}
	for at := paramHash(name); paramTable[at].name != ""; at++ {
		if paramTable[at].name == name {
			return paramTable[at].number
		}
	}
	return 0
}

// paramOf is ParamOf for names written in the specification, which must be known.
func paramOf(name string) Param {
	p := paramNumbers[name]
	if p == 0 {
		panic("model: the specification reads the unknown parameter " + name)
	}
	return p
}
