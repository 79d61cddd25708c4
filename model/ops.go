package model

import (
	"slices"
	"strings"
)

// A Class is what one dispatch table of operations is kept for: the functions, or objects of one interface.
// All subobjects share a class, whatever their interface, because the rules do not tell folders from messages.
type Class uint8

// The classes.
const (
	NoClass Class = iota
	Functions
	SessionClass
	ABProviderClass
	MSProviderClass
	XPProviderClass
	ABLogonClass
	MSLogonClass
	XPLogonClass
	SupportClass
	StoreClass
	SubClass
	SinkClass
	MonitorClass
	BufferClass
	classes
)

// classes are described by the interface whose name stands for them in the specification.
var classTable = [classes]struct {
	name string
	kind Kind
	typ  ProviderType
}{
	NoClass:         {"", NoKind, NoType},
	Functions:       {"function", NoKind, NoType},
	SessionClass:    {"IMAPISession", SessionObject, NoType},
	ABProviderClass: {"IABProvider", ProviderObject, ABType},
	MSProviderClass: {"IMSProvider", ProviderObject, MSType},
	XPProviderClass: {"IXPProvider", ProviderObject, XPType},
	ABLogonClass:    {"IABLogon", LogonObject, ABType},
	MSLogonClass:    {"IMSLogon", LogonObject, MSType},
	XPLogonClass:    {"IXPLogon", LogonObject, XPType},
	SupportClass:    {"IMAPISupport", SupportObject, NoType},
	StoreClass:      {"IMsgStore", StoreObject, NoType},
	SubClass:        {"subobject", Subobject, NoType},
	SinkClass:       {"IMAPIAdviseSink", SinkObject, NoType},
	MonitorClass:    {"IMAPIInitMonitor", Subobject, NoType},
	BufferClass:     {"buffers", BufferObject, NoType},
}

// Kind is the kind of the objects of the class.
func (c Class) Kind() Kind { return classTable[c].kind }

// Type is the provider type of the objects of the class, where the interface tells it.
func (c Class) Type() ProviderType { return classTable[c].typ }

func (c Class) String() string { return classTable[c].name }

// An Interface is what a recording may say it observes: a COM interface, or a group of functions.
type Interface struct {
	Name    string
	Class   Class
	Answers Side   // who implements it; NoSide where that depends on who handed the object out
	Calls   Side   // who calls it when no other call encloses the call
	IID     string // 32 hex digits in memory order, where the interface has an identifier
	Shared  bool   // a second interface of other objects
	Base    bool   // a base of other interfaces: a call belongs to the object's own interface
	From    string // interfaces that can hand a new one to whoever calls it
	Added   bool   // no page has it: a recorder may write down its calls, or that it has all of some others
}

// interfaces is the list of those that the rules know. A method of an interface that is not listed is a method of a subobject.
// The identifiers are those of MAPIGuid.h: {000203nn-0000-0000-C000-000000000046}.
var interfaces = []Interface{
	{Name: "MAPI", Class: Functions, Answers: MAPI, Calls: Client},
	{Name: "entry", Class: Functions, Answers: Provider, Calls: MAPI},
	{Name: "utility", Class: Functions, Answers: MAPI, Calls: Client},
	{Name: "callback", Class: Functions, Answers: Provider, Calls: MAPI, Added: true},
	{Name: "registry", Class: Functions, Answers: MAPI, Calls: MAPI, Added: true},
	{Name: "OLE", Class: Functions, Answers: System, Calls: Client},
	{Name: "buffers", Class: BufferClass, Answers: MAPI, Calls: Client, Added: true},
	{Name: "module", Class: Functions, Answers: System, Calls: MAPI},
	{Name: "process", Class: Functions, Answers: System, Calls: System},

	{Name: "IMAPISession", Class: SessionClass, Answers: MAPI, Calls: Client, IID: mapiIID("00"), From: "MAPI"},
	{Name: "IMAPIClientShutdown", Class: SessionClass, Answers: MAPI, Calls: Client, IID: mapiIID("97"), Shared: true},
	{Name: "IABProvider", Class: ABProviderClass, Answers: Provider, Calls: MAPI, IID: mapiIID("11"), From: "entry"},
	{Name: "IMSProvider", Class: MSProviderClass, Answers: Provider, Calls: MAPI, IID: mapiIID("10"), From: "entry"},
	{Name: "IXPProvider", Class: XPProviderClass, Answers: Provider, Calls: Spooler, IID: mapiIID("12"), From: "entry"},
	{Name: "IABLogon", Class: ABLogonClass, Answers: Provider, Calls: MAPI, IID: mapiIID("14"), From: "IABProvider"},
	{Name: "IMSLogon", Class: MSLogonClass, Answers: Provider, Calls: MAPI, IID: mapiIID("13"), From: "IMSProvider"},
	{Name: "IXPLogon", Class: XPLogonClass, Answers: Provider, Calls: Spooler, IID: mapiIID("15"), From: "IXPProvider"},
	{Name: "IMAPISupport", Class: SupportClass, Answers: MAPI, Calls: Provider, IID: mapiIID("0f")},
	{Name: "IMsgStore", Class: StoreClass, Answers: Provider, Calls: Client, IID: mapiIID("06"), From: "IMAPISession IMAPISupport"},
	{Name: "IMAPIAdviseSink", Class: SinkClass, Answers: Client, Calls: MAPI, IID: mapiIID("02"), From: "MAPI IMAPISession IMsgStore IAddrBook IMAPITable IABLogon IMSLogon IMAPISupport"},

	{Name: "IUnknown", Class: SubClass, Calls: Client, IID: "0000000000000000c000000000000046", Shared: true, Base: true},
	{Name: "IMAPIProp", Class: SubClass, Calls: Client, IID: mapiIID("03"), Shared: true, Base: true},
	{Name: "IMAPIContainer", Class: SubClass, Calls: Client, IID: mapiIID("0b"), Shared: true, Base: true},
	{Name: "IMAPIProviderShutdown", Class: NoClass, Answers: Provider, Calls: MAPI, IID: mapiIID("98"), Shared: true},

	{Name: "IAddrBook", Class: SubClass, Answers: MAPI, Calls: Client, IID: mapiIID("09"), From: "IMAPISession IMAPISupport"},
	{Name: "IProfAdmin", Class: SubClass, Answers: MAPI, Calls: Client, IID: mapiIID("1c"), From: "MAPI"},
	{Name: "IMsgServiceAdmin", Class: SubClass, Answers: MAPI, Calls: Client, IID: mapiIID("1d"), From: "IProfAdmin IMAPISession"},
	{Name: "IProviderAdmin", Class: SubClass, Answers: MAPI, Calls: Client, IID: mapiIID("25"), From: "IMsgServiceAdmin"},
	{Name: "IProfSect", Class: SubClass, Answers: MAPI, Calls: Client, IID: mapiIID("04"), From: "IMAPISession IMsgServiceAdmin IProviderAdmin IMAPISupport"},
	{Name: "IMAPITable", Class: SubClass, Calls: Client, IID: mapiIID("01")},
	{Name: "IMAPIStatus", Class: SubClass, Calls: Client, IID: mapiIID("05"), From: "IMAPISession IABLogon IMSLogon IXPLogon"},
	{Name: "IMAPIFolder", Class: SubClass, Calls: Client, IID: mapiIID("0c"), From: "IMAPISession IMsgStore IMAPIFolder IMSLogon IMAPISupport"},
	{Name: "IMessage", Class: SubClass, Calls: Client, IID: mapiIID("07"), From: "MAPI IMAPISession IMsgStore IMAPIFolder IAttach IMSLogon IMAPISupport"},
	{Name: "IAttach", Class: SubClass, Calls: Client, IID: mapiIID("08"), From: "IMessage"},
	{Name: "IABContainer", Class: SubClass, Calls: Client, IID: mapiIID("0d"), From: "IMAPISession IAddrBook IABContainer IDistList IABLogon IMAPISupport"},
	{Name: "IMailUser", Class: SubClass, Calls: Client, IID: mapiIID("0a"), From: "IMAPISession IAddrBook IABContainer IDistList IABLogon IMAPISupport"},
	{Name: "IDistList", Class: SubClass, Calls: Client, IID: mapiIID("0e"), From: "IMAPISession IAddrBook IABContainer IDistList IABLogon IMAPISupport"},
	{Name: "IStream", Class: SubClass, Calls: Client, IID: "0c00000000000000c000000000000046"},
	{Name: "IMalloc", Class: SubClass, Answers: System, Calls: Client, IID: "0200000000000000c000000000000046"},
	{Name: "ITnef", Class: SubClass, Answers: MAPI, Calls: Provider, From: "utility"},
	{Name: "IMAPIFormMgr", Class: SubClass, Answers: MAPI, Calls: Client, IID: mapiIID("22")},
	{Name: "IMAPIInitMonitor", Class: MonitorClass, Answers: MAPI, Calls: Client},
}

// Interfaces are those that the rules know.
func Interfaces() []Interface { return slices.Clone(interfaces) }

func mapiIID(last string) string { return last + "030200" + "00000000" + "c000000000000046" }

// interfaceOf finds an interface by its name. The C headers' names of the same thing are accepted.
func interfaceOf(name string) (uint8, bool) {
	if name == "IMAPISup" {
		name = "IMAPISupport"
	}
	for i := range interfaces {
		if interfaces[i].Name == name {
			return uint8(i), true
		}
	}
	return 0, false
}

// interfaceByIID finds an interface by its identifier, 32 hex digits in memory order, or by its name, with or without "IID_".
func interfaceByIID(text string) (uint8, bool) {
	lower := strings.ToLower(text)
	for i := range interfaces {
		if interfaces[i].IID != "" && interfaces[i].IID == lower {
			return uint8(i), true
		}
	}
	return interfaceOf(strings.TrimPrefix(text, "IID_"))
}

// functions of the groups, by group. What is not listed is a function that no rule speaks of.
var functions = map[string]string{
	"MAPI": "MAPIInitialize MAPIUninitialize MAPILogonEx MAPIAdminProfiles ScInitMapiUtil DeinitMapiUtil " +
		"MAPIAllocateBuffer MAPIAllocateMore MAPIFreeBuffer MAPIOpenFormMgr MAPIOpenLocalFormContainer " +
		"MAPIInitIdle MAPIDeInitIdle FtgRegisterIdleRoutine ChangeIdleRoutine EnableIdleRoutine DeregisterIdleRoutine " +
		"CreateMAPIInitializationMonitor HrThisThreadAdviseSink HrAllocAdviseSink",
	"entry":    "ABProviderInit MSProviderInit XPProviderInit MSGServiceEntry PreprocessMessage RemovePreprocessInfo",
	"utility":  "OpenTnefStream OpenTnefStreamEx UlRelease",
	"registry": "AddStatusRow RemoveStatusRow AddProviderUID RemoveProviderUID",
	"callback": "CallerRelease",
	"OLE":      "CoInitialize CoInitializeEx CoUninitialize OleInitialize OleUninitialize CoGetMalloc",

	// Events of a trace that are no calls. A call can not have these names: see ParseCall.
	"module":  "event-load event-unload DllMain",
	"process": "event-thread-exit event-exit event-last-child",
}

// methods that rules or lifecycles name, by class. Any other method of the class is its "*".
var methods = [classes]string{
	SessionClass: "Logoff OpenAddressBook OpenMsgStore OpenEntry GetStatusTable Advise Unadvise AdminServices " +
		"QueryFastShutdown NotifyProcessShutdown DoFastShutdown PrepareForm ShowForm",
	ABProviderClass: "Logon Shutdown QueryFastShutdown NotifyProcessShutdown DoFastShutdown",
	MSProviderClass: "Logon SpoolerLogon Shutdown CompareStoreIDs QueryFastShutdown NotifyProcessShutdown DoFastShutdown",
	XPProviderClass: "TransportLogon Shutdown QueryFastShutdown NotifyProcessShutdown DoFastShutdown",
	ABLogonClass:    "Logoff OpenEntry OpenStatusEntry CompareEntryIDs Advise Unadvise",
	MSLogonClass:    "Logoff OpenEntry OpenStatusEntry CompareEntryIDs Advise Unadvise",
	XPLogonClass:    "TransportLogoff AddressTypes TransportNotify SubmitMessage EndMessage StartMessage Poll Idle FlushQueues OpenStatusEntry",
	SupportClass: "SetProviderUID ModifyStatusRow StoreLogoffTransports MakeInvalid OpenProfileSection OpenEntry OpenAddressBook " +
		"GetSvcConfigSupportObj SpoolerNotify Subscribe Unsubscribe Notify RegisterPreprocessor " +
		"CompareEntryIDs CreateOneOff DoConfigPropsheet GetLastError GetMemAllocRoutines IStorageFromStream NewUID WrapStoreEntryID " +
		"Address Details DoProgressDialog GetOneOffTable NewEntry OpenTemplateID CompleteMsg CopyFolder CopyMessages DoCopyProps DoCopyTo " +
		"DoSentMail ExpandRecips ModifyProfile PrepareSubmit ReadReceipt SpoolerYield StatusRecips",
	StoreClass: "StoreLogoff OpenEntry GetReceiveFolder Advise Unadvise GetOutgoingQueue SetLockState FinishedMsg NotifyNewMail",
	SubClass: "OpenEntry SubmitMessage SaveChanges Advise Unadvise ValidateState SetProps DeleteProfile DeleteMsgService ConfigureMsgService " +
		"DeleteProvider SettingsDialog ChangePassword FlushQueues OpenAttach CreateAttach DeleteAttach HrGetView UnwrapNoRef",
	SinkClass: "OnNotify",

	MonitorClass: "IsInitialized",
}

// The methods of IUnknown, which every class has.
const (
	queryInterface = "QueryInterface"
	addRef         = "AddRef"
	release        = "Release"
)

// An OpID numbers an operation of the catalogue.
type OpID uint16

// An Operation is a function, or a method of a class; the method "*" stands for all that are not listed.
type Operation struct {
	Class  Class
	Method string
	Group  uint8 // the interface of a function
}

// Name is how the specification and the drawings name the operation.
func (o Operation) Name() string {
	if o.Class == Functions {
		return o.Method
	}
	return classTable[o.Class].name + "::" + o.Method
}

func (o Operation) isUnknown() bool {
	return o.Method == queryInterface || o.Method == addRef || o.Method == release
}

// catalogue holds every operation and finds them by class and method. It is made once and never changes.
type catalogue struct {
	ops     []Operation
	byName  map[string]OpID
	methods map[string]uint16 // a method's number; 0 is "*"
	table   [classes][]OpID   // by method number
}

var ops = newCatalogue()

func newCatalogue() *catalogue {
	c := &catalogue{ops: make([]Operation, 1), byName: map[string]OpID{}, methods: map[string]uint16{"*": 0}}
	for _, list := range methods {
		for _, m := range append(strings.Fields(list), queryInterface, addRef, release) {
			if _, ok := c.methods[m]; !ok {
				c.methods[m] = uint16(len(c.methods))
			}
		}
	}
	add := func(o Operation) OpID {
		id := OpID(len(c.ops))
		c.ops = append(c.ops, o)
		c.byName[o.Name()] = id
		return id
	}
	for i, group := range interfaces {
		if group.Class == Functions {
			for _, f := range strings.Fields(functions[group.Name]) {
				add(Operation{Class: Functions, Method: f, Group: uint8(i)})
			}
		}
	}
	for class := SessionClass; class < classes; class++ {
		other := add(Operation{Class: class, Method: "*"})
		c.table[class] = slices.Repeat([]OpID{other}, len(c.methods))
		for _, m := range append(strings.Fields(methods[class]), queryInterface, addRef, release) {
			c.table[class][c.methods[m]] = add(Operation{Class: class, Method: m})
		}
	}
	return c
}

// observedThrough is the interface that a recording has to observe so that no call of the operation is missing.
func (o Operation) observedThrough() uint8 {
	switch o.Method {
	case "QueryFastShutdown", "NotifyProcessShutdown", "DoFastShutdown":
		name := "IMAPIProviderShutdown"
		if o.Class == SessionClass {
			name = "IMAPIClientShutdown"
		}
		i, _ := interfaceOf(name)
		return i
	case "DeleteProfile": // of subobjects, which one interface has
		i, _ := interfaceOf("IProfAdmin")
		return i
	case "DeleteMsgService", "ConfigureMsgService":
		i, _ := interfaceOf("IMsgServiceAdmin")
		return i
	case "DeleteProvider":
		i, _ := interfaceOf("IProviderAdmin")
		return i
	}
	if o.Class == Functions {
		return o.Group
	}
	if i, ok := interfaceOf(classTable[o.Class].name); ok {
		return i
	}
	return unlisted
}

// ownMethods are methods of subobjects that only these interfaces have, so that a recording that observes them misses no call of the method.
var ownMethods = map[string]string{
	"Advise":        "IAddrBook IMAPITable",
	"ValidateState": "IMAPIStatus",
	"SubmitMessage": "IMessage",
	"DeleteAttach":  "IMessage",
	"OpenAttach":    "IMessage",
	"CreateAttach":  "IMessage",
	"FlushQueues":   "IMAPIStatus",
}

// match finds the operations that a pattern of the specification names: a function; "IMSProvider::Shutdown"; "IMAPISession::*", all
// methods of the class but IUnknown's; "*::Release", one method of every class that has it; "MAPI functions", a whole group.
func (c *catalogue) match(pattern string) []OpID {
	var found []OpID
	group, isGroup := strings.CutSuffix(pattern, " functions")
	class, method, isMethod := strings.Cut(pattern, "::")
	for i, o := range c.ops[1:] {
		ok := false
		switch {
		case isGroup:
			ok = o.Class == Functions && interfaces[o.Group].Name == group
		case !isMethod:
			ok = o.Class == Functions && o.Method == pattern
		case method == "*":
			ok = o.Class != Functions && classTable[o.Class].name == class && !o.isUnknown()
		case class == "*":
			ok = o.Class != Functions && o.Method == method
		default:
			ok = o.Class != Functions && classTable[o.Class].name == class && o.Method == method
		}
		if ok {
			found = append(found, OpID(i+1))
		}
	}
	return found
}

// A Call is what the text of a trace's "call" key means.
type Call struct {
	Name   string // as the trace has it
	iface  uint8  // index into interfaces; unlisted for an interface that is not listed
	method uint16
	op     OpID // of a function, or of the method on an object of the interface's own class
	gift   gift
}

// gift is an object that a call hands out without the recording having to list its pointer.
type gift struct {
	param Param
	iface uint8
}

const unlisted = 0xff

// ParseCall reads a call's name. Every text is a call of something; what no rule knows is an operation of its own, without effect.
func ParseCall(name string) *Call {
	c := &Call{Name: name, iface: unlisted}
	if g, ok := unlistedGifts[name]; ok {
		c.gift.param = paramOf(g.param)
		c.gift.iface, _ = interfaceOf(g.iface)
	}
	iface, method, isMethod := strings.Cut(name, "::")
	if !isMethod {
		if id, ok := ops.byName[name]; ok && !isInstant(name) {
			c.op, c.iface = id, ops.ops[id].Group
		}
		return c
	}
	if i, ok := interfaceOf(iface); ok && interfaces[i].Class != Functions {
		c.iface = i
	}
	c.method = ops.methods[method]
	c.op = ops.table[c.class()][c.method]
	return c
}

// IsMethod tells a method, which has an object, from a function.
func (c *Call) IsMethod() bool {
	return c.op == 0 && strings.Contains(c.Name, "::") || c.op != 0 && ops.ops[c.op].Class != Functions
}

func (c *Call) class() Class {
	if c.iface == unlisted {
		return SubClass
	}
	if interfaces[c.iface].Class == NoClass { // IMAPIProviderShutdown: which type of provider has it is known from the object only
		return SubClass
	}
	return interfaces[c.iface].Class
}

// outParams says what kind of object an out parameter hands out.
var outParams = map[string]struct {
	class Class
	iface string
}{
	"lppSession":        {SessionClass, "IMAPISession"},
	"lppABProvider":     {ABProviderClass, "IABProvider"},
	"lppMSProvider":     {MSProviderClass, "IMSProvider"},
	"lppXPProvider":     {XPProviderClass, "IXPProvider"},
	"lppABLogon":        {ABLogonClass, "IABLogon"},
	"lppMSLogon":        {MSLogonClass, "IMSLogon"},
	"lppXPLogon":        {XPLogonClass, "IXPLogon"},
	"lppMDB":            {StoreClass, "IMsgStore"},
	"lppMAPISup":        {SupportClass, "IMAPISupport"},
	"lppSvcSupport":     {SupportClass, "IMAPISupport"},
	"lppAdrBook":        {SubClass, "IAddrBook"},
	"lppTable":          {SubClass, "IMAPITable"},
	"lppMAPIStatus":     {SubClass, "IMAPIStatus"},
	"lppProfileObj":     {SubClass, "IProfSect"},
	"lppProfSect":       {SubClass, "IProfSect"},
	"lppProfAdmin":      {SubClass, "IProfAdmin"},
	"lppServiceAdmin":   {SubClass, "IMsgServiceAdmin"},
	"lppProviderAdmin":  {SubClass, "IProviderAdmin"},
	"lppFormMgr":        {SubClass, "IMAPIFormMgr"},
	"lppMessage":        {SubClass, "IMessage"},
	"lppMsg":            {SubClass, "IMessage"},
	"ppmgr":             {SubClass, "IMAPIFormMgr"},
	"lppMAPITable":      {SubClass, "IMAPITable"},
	"lppTableData":      {SubClass, ""},
	"lppPropData":       {SubClass, ""},
	"lppMAPIPropNew":    {SubClass, ""},
	"ppfcnt":            {SubClass, ""},
	"lppStream":         {SubClass, "IStream"},
	"lppTNEF":           {SubClass, "ITnef"},
	"lppStorageOut":     {SubClass, ""},
	"lppBuffer":         {BufferClass, "buffers"},
	"lppMAPIError":      {BufferClass, "buffers"},
	"lppbSpoolSecurity": {BufferClass, "buffers"},
	"ppInitMonitor":     {MonitorClass, "IMAPIInitMonitor"},
	"lppAttach":         {SubClass, "IAttach"},
	"lppFolder":         {SubClass, "IMAPIFolder"},
	"lppMAPIPropEntry":  {SubClass, ""},
	"lppEntry":          {SubClass, ""},
	"lppUnk":            {SubClass, ""},
	"lppAdviseSink":     {SinkClass, "IMAPIAdviseSink"},
	"ppv":               {NoClass, ""},             // the same object again
	"ppvObject":         {StoreClass, "IMsgStore"}, // without a reference
}

// objTypes says what ulObjType makes of lppUnk (MAPIDefs.h).
var objTypes = map[uint64]struct {
	class Class
	iface string
}{
	1: {StoreClass, "IMsgStore"}, 2: {SubClass, "IAddrBook"}, 3: {SubClass, "IMAPIFolder"}, 4: {SubClass, "IABContainer"},
	5: {SubClass, "IMessage"}, 6: {SubClass, "IMailUser"}, 7: {SubClass, "IAttach"}, 8: {SubClass, "IDistList"},
	9: {SubClass, "IProfSect"}, 10: {SubClass, "IMAPIStatus"}, 11: {SessionClass, "IMAPISession"},
}

// unlistedGifts names the interface that a successful call hands out even where the recording does not list the pointer, so that a
// later use of such an object is no proof of a late start.
var unlistedGifts = map[string]struct{ param, iface string }{
	"MAPILogonEx":                      {"lppSession", "IMAPISession"},
	"MAPIAdminProfiles":                {"lppProfAdmin", "IProfAdmin"},
	"IProfAdmin::AdminServices":        {"lppServiceAdmin", "IMsgServiceAdmin"},
	"IMAPISession::AdminServices":      {"lppServiceAdmin", "IMsgServiceAdmin"},
	"IMsgServiceAdmin::AdminProviders": {"lppProviderAdmin", "IProviderAdmin"},
	"IMAPISession::OpenMsgStore":       {"lppMDB", "IMsgStore"},
	"IMAPISession::OpenAddressBook":    {"lppAdrBook", "IAddrBook"},
	"IMAPISession::GetStatusTable":     {"lppTable", "IMAPITable"},
	"IMAPISession::GetMsgStoresTable":  {"lppTable", "IMAPITable"},
	"ABProviderInit":                   {"lppABProvider", "IABProvider"},
	"MSProviderInit":                   {"lppMSProvider", "IMSProvider"},
	"XPProviderInit":                   {"lppXPProvider", "IXPProvider"},
	"IABProvider::Logon":               {"lppABLogon", "IABLogon"},
	"IMSProvider::Logon":               {"lppMDB", "IMsgStore"},
	"IXPProvider::TransportLogon":      {"lppXPLogon", "IXPLogon"},
	"CreateMAPIInitializationMonitor":  {"ppInitMonitor", "IMAPIInitMonitor"},
}
