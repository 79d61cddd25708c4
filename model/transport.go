package model

// Transport providers: what the rules on transports add to their logon and provider objects.

var (
	xpPoll      = operation("Poll", "IXPLogon::Poll").Enters
	xpIdle      = operation("Idle", "IXPLogon::Idle").Enters
	xpFlush     = operation("FlushQueues", "IXPLogon::FlushQueues")
	xpStart     = operation("StartMessage", "IXPLogon::StartMessage")
	xpSend      = operation("a transport's SubmitMessage", "IXPLogon::SubmitMessage")
	xpEnd       = operation("EndMessage", "IXPLogon::EndMessage")
	typesAnswer = operation("AddressTypes", "IXPLogon::AddressTypes")
	carriesOne  = operation("StartMessage or SubmitMessage", messageCalls)

	freeBuffer    = operation("MAPIFreeBuffer", "MAPIFreeBuffer")
	transportCall = operation("a transport's method", "IXPProvider::* IXPLogon::*").Enters

	xpRefuses = xpSend.Returns.With("a transport takes no message", MAPI_E_BUSY, MAPI_E_NOT_ME)

	spoolerNotify = operation("SpoolerNotify", "IMAPISupport::SpoolerNotify")
	criticalError = spoolerNotify.Succeeds.When("a critical error is reported", Arg("ulFlags").Has(notifyCriticalError))
)

const messageCalls = "IXPLogon::StartMessage IXPLogon::SubmitMessage"

// Flags of IMAPISupport::SpoolerNotify (MAPISPI.h).
const (
	notifyCritSec       = 0x1000
	notifyNonCrit       = 0x2000
	notifyConfigChange  = 0x4000
	notifyCriticalError = 0x10000000
)

// sendingLife is the way of a message to a transport, as far as the spooler's calls show it.
var sendingLife = Lifecycle{
	Name: "sending", Of: LogonObject, Type: XPType,
	Says: "What the spooler owes a transport for the message that it has submitted last.",
	States: []State{
		{"Free", "No message is with the transport."},
		{"Carrying", "SubmitMessage has succeeded: EndMessage is due."},
		{"Declined", "SubmitMessage has returned MAPI_E_BUSY or MAPI_E_NOT_ME: EndMessage is not called for it."},
		{"Over", "TransportLogoff has been called."},
	},
	Rows: []Row{
		{From: "new", On: Born, To: "Free"},
		{From: "Free", On: xpSend.Succeeds, To: "Carrying"},
		{From: "Free", On: xpRefuses, To: "Declined"},
		{From: "Declined", On: xpSend.Enters, To: "Free"},
		{From: "Carrying", On: xpEnd.Enters, To: "Free", Holds: "XP-19"},
		{From: "Carrying", On: xpSend.Enters, To: "Free", Breaks: "XP-19", Wrong: "{call} was called before EndMessage for the message that was submitted before", Legal: "IXPLogon::EndMessage"},
		{From: "Carrying", On: xpStart.Enters, To: "Free", Breaks: "XP-19", Wrong: "{call} was called before EndMessage for the message that was submitted before", Legal: "IXPLogon::EndMessage"},
		{From: "Declined", On: xpEnd.Enters, To: "Free", Breaks: "XP-19", Wrong: "EndMessage was called for a message that the transport had not taken", Legal: "SubmitMessage again later, or another transport"},
		{From: "Free Carrying Declined", On: xpLogoff.Enters, To: "Over"},
	},
}

var transportRules = []*Rule{
	{ID: "XP-01", Owes: Spooler | MAPI, Level: Must, Needs: "IXPLogon",
		Says:  "The first method called on a logon object that TransportLogon has returned is AddressTypes.",
		Pages: "ixplogon-addresstypes#Notes to implementers; transport-provider-and-mapi-spooler-operational-model#(body)"},
	{ID: "XP-02", Owes: Spooler | MAPI | Provider, Level: Must, Needs: "IXPLogon", About: "CG-30",
		Says:  "The life of a transport is XPProviderInit, TransportLogon, AddressTypes, ModifyStatusRow, TransportNotify to begin traffic, messages with Idle and Poll, TransportNotify to end traffic, and the release of its logon and provider objects.",
		Pages: "transport-provider-and-mapi-spooler-operational-model#(body); implementing-the-flushqueues-method#(body)",
		Guards: []Guard{{Of: LogonObject, Type: XPType, When: xpStart.Enters, If: All(This.In("Active"), Running("IXPLogon::TransportNotify").Is(0)), Holds: Any(This.Marked("inbound"), This.Marked("flushed")),
			Wrong: "StartMessage was called on {it}, which has no inbound traffic", Legal: "StartMessage after TransportNotify(NOTIFY_BEGIN_INBOUND)"}}},
	{ID: "XP-03", Owes: Spooler | MAPI, Level: Must, Needs: "IXPLogon",
		Says:  "Before TransportLogoff the spooler forgets the address types of that logon: no message is submitted to it any more.",
		Pages: "ixplogon-transportlogoff#Remarks"},
	{ID: "XP-04", Owes: Provider, Level: Should, Needs: "IXPLogon",
		Says:  "A transport accepts TransportLogoff at any time. If a message is being processed, it stops that message.",
		Pages: "ixplogon-transportlogoff#Notes to implementers",
		Guards: []Guard{{Of: LogonObject, Type: XPType, When: xpLogoff.Returns, Holds: Not(Returns(MAPI_E_BUSY)),
			Wrong: "TransportLogoff returned {result}, as if it could be refused", Legal: "stop what is under way and log off"}}},
	{ID: "XP-05", Owes: Provider, Level: Should, Needs: "IXPLogon, MAPI",
		Says:  "The arrays that AddressTypes hands out stay allocated until TransportLogoff, and may be freed then.",
		Pages: "ixplogon-addresstypes#Notes to implementers",
		Guards: []Guard{
			{Of: CallingObject, Type: XPType, When: freeBuffer.Enters, If: Not(Directly("IXPLogon::TransportLogoff IXPLogon::Release")), Holds: Not(Arg("lpBuffer").Equals(This.Value("address types"))),
				Wrong: "the transport freed the array of address types that it had handed out", Legal: "MAPIFreeBuffer in TransportLogoff"},
			{Of: CallingObject, Type: XPType, When: freeBuffer.Enters, If: Arg("lpBuffer").Equals(This.Value("address types"))}}},
	{ID: "XP-06", Owes: Provider, Level: Should, Needs: "IXPLogon, IMAPISupport", About: "CG-05",
		Says:  "In TransportLogoff the transport releases its support object last.",
		Pages: "ixplogon-transportlogoff#Notes to implementers",
		Guards: []Guard{
			{Of: CallingObject, Type: XPType, When: operation("a transport's call", "subobject::* *::Release *::AddRef MAPI functions IMsgStore::* IMAPIAdviseSink::*").Enters,
				If: All(Directly("IXPLogon::TransportLogoff"), Any(Not(On.Known()), Not(On.Same(ItsSupport)))), Holds: Not(ItsSupport.Marked("given back")),
				Wrong: "the transport called {call} in TransportLogoff after it had given back its support object", Legal: "IMAPISupport::Release as the last call in TransportLogoff"},
			{Of: LogonObject, Type: XPType, When: xpLogoff.Returns, If: ItsSupport.Marked("given back")}}},
	{ID: "XP-07", Owes: Provider, Level: Should, Needs: "IXPLogon, IMAPISupport", About: "CG-27 XP-07",
		Says:  "TransportLogoff makes the logon object invalid with MakeInvalid before it releases the support object.",
		Pages: "ixplogon-transportlogoff#Notes to implementers",
		Guards: []Guard{{Of: LogonObject, Type: XPType, When: givenBack, Under: Reading{"transportMakesInvalid", "asked"}, If: WithinCallOn(This, "IXPLogon::TransportLogoff"), Holds: This.Marked("invalidated"),
			Wrong: "the transport gives back its support object in TransportLogoff and has not made {it} invalid", Legal: "IMAPISupport::MakeInvalid, then IMAPISupport::Release"}}},
	{ID: "XP-08", Owes: Provider, Level: Must, Needs: "IXPLogon, IMAPISupport, IMAPIStatus", About: "CG-27",
		Says:  "During TransportLogoff a transport makes its status object invalid with MakeInvalid.",
		Pages: "releasing-the-transport-provider#(body)",
		Guards: []Guard{{Of: LogonObject, Type: XPType, When: xpLogoff.Returns, If: AtEntry(On.Opened(Subobject, All(This.HasInterface("IMAPIStatus"), This.References().AtLeast(1))).AtLeast(1)),
			Holds: On.Opened(Subobject, All(This.HasInterface("IMAPIStatus"), This.References().AtLeast(1), Not(This.Marked("invalidated")))).Is(0),
			Wrong: "TransportLogoff returned and the status object of {it} has not been made invalid", Legal: "IMAPISupport::MakeInvalid on the status object"}}},
	{ID: "XP-09", Owes: MAPI, Level: Must, Needs: "IMAPISupport, registry", About: "CG-05 CG-14 CG-29",
		Says:  "When a transport releases its support object for the last time, MAPI removes its status row and its MAPIUIDs and counts one active logon of the provider object less.",
		Pages: "releasing-the-transport-provider#(body)",
		Guards: []Guard{{Of: SupportObject, Type: XPType, When: givenBackDone, If: This.Marked("a status row was added"), Holds: This.Marked("out of the status table"), Owes: MAPI,
			Wrong: "the transport has given back its support object, and its status row is still there", Legal: "remove the row inside the Release"}}},
	{ID: "XP-10", Owes: MAPI | Spooler, Level: Must, Needs: "IXPProvider, IXPLogon, IMAPISupport", About: "CG-05",
		Says:  "When a transport provider object's last logon has given back its support object, MAPI calls Shutdown and Release on the provider object.",
		Pages: "releasing-the-transport-provider#(body)",
		Duties: []Duty{{Of: ProviderObject, Type: XPType, Owes: MAPI, Owed: All(This.In("Ready"), This.References(MAPI).AtLeast(1),
			This.Number(LogonObject, Not(ItsSupport.In("Closing Closed Gone"))).Is(0)), Paid: shutdown.Enters, Cause: "shutdown",
			Due:   []Due{{At: exits, If: All(LeaksCount, notUnloaded)}},
			Wrong: "MAPI never called Shutdown on {it}, whose last logon is over", Legal: "IXPProvider::Shutdown and Release after the last logon"}}},
	{ID: "XP-11", Owes: Spooler | MAPI, Level: Must, Needs: "IXPLogon", About: "CG-05",
		Says:  "A transport is released in this order: TransportLogoff returns, the logon object is released, the DLL is freed.",
		Pages: "releasing-the-transport-provider#(body)",
		Guards: []Guard{{Of: ModuleObject, When: lastUnload, Owes: MAPI, If: This.Marked("holds a provider"),
			Holds: TheProcess.Number(LogonObject, All(This.Is(XPType), This.References(MAPI).AtLeast(1), ItsModule.Same(TheModule))).Is(0), Implies: "DLL-05", // its provider object may be gone
			Wrong: "{it} was unloaded while MAPI still holds a transport's logon object", Legal: "release the logon object, then FreeLibrary"}}},
	{ID: "XP-12", Owes: Provider, Level: Should, Needs: "IXPLogon, IMAPISupport", About: "CG-10",
		Says:  "A transport logon object that is released for good without TransportLogoff behaves as if TransportLogoff had been called with zero.",
		Pages: "releasing-the-transport-provider#(body)",
		Duties: []Duty{{Of: SupportObject, Type: XPType, Owes: Provider, Owed: All(This.References(Provider).AtLeast(1), Not(ItsLogon.Marked("logged off")), Not(stillShared)), Cause: "references",
			Due:   []Due{{At: logonReleased}},
			Wrong: "{it} was not given back when its logon object was released without TransportLogoff", Legal: "IMAPISupport::Release in the logon object's final Release"}}},
	{ID: "XP-13", Owes: Spooler | MAPI, Level: Must, Needs: "IXPLogon, IXPProvider", About: "CG-50",
		Says:  "Idle is called only on a transport that asked for it with LOGON_SP_IDLE.",
		Pages: "ixplogon-idle#Remarks; transport-provider-and-mapi-spooler-operational-model#(body)",
		Guards: []Guard{{Of: LogonObject, Type: XPType, When: xpIdle, If: This.In("Active"), Holds: This.Value("logon flags").Has(logonSPIdle),
			Wrong: "Idle was called on {it}, which has not asked for it", Legal: "Idle where TransportLogon returned LOGON_SP_IDLE (0x10000)"}}},
	{ID: "XP-14", Owes: Spooler | MAPI, Level: Must, Needs: "IXPLogon, IXPProvider", About: "CG-50",
		Says:  "Poll is called only on a logon that asked for it with LOGON_SP_POLL, and only between NOTIFY_BEGIN_INBOUND and NOTIFY_END_INBOUND.",
		Pages: "ixplogon-transportnotify#Parameters",
		Guards: []Guard{{Of: LogonObject, Type: XPType, When: xpPoll, If: Running("IXPLogon::TransportNotify").Is(0), Holds: All(This.Value("logon flags").Has(logonSPPoll), This.Marked("inbound")),
			Wrong: "Poll was called on {it}, which has not asked for it or has no inbound traffic", Legal: "Poll after TransportNotify(NOTIFY_BEGIN_INBOUND), where TransportLogon returned LOGON_SP_POLL (0x20000)"}}},
	{ID: "XP-15", Owes: Spooler | MAPI, Level: Must, Needs: "IXPLogon",
		Says:  "SubmitMessage is called only after NOTIFY_BEGIN_OUTBOUND, and no longer after NOTIFY_END_OUTBOUND.",
		Pages: "ixplogon-transportnotify#Parameters",
		Guards: []Guard{{Of: LogonObject, Type: XPType, When: xpSend.Enters, If: All(This.In("Active"), Running("IXPLogon::TransportNotify").Is(0)), Holds: Any(This.Marked("outbound"), This.Marked("flushed")),
			Wrong: "SubmitMessage was called on {it}, which has no outbound traffic", Legal: "SubmitMessage after TransportNotify(NOTIFY_BEGIN_OUTBOUND)"}}},
	{ID: "XP-16", Owes: Spooler | MAPI, Level: Must, Needs: "IXPLogon", About: "CG-50",
		Says:  "One TransportNotify never has both NOTIFY_BEGIN_INBOUND and NOTIFY_END_INBOUND, nor both NOTIFY_BEGIN_OUTBOUND and NOTIFY_END_OUTBOUND.",
		Pages: "ixplogon-transportnotify#Parameters",
		Guards: []Guard{{Of: LogonObject, Type: XPType, When: xpNotify.Enters,
			Holds: Not(Any(All(Arg("ulFlags").Has(notifyBeginInbound), Arg("ulFlags").Has(notifyEndInbound)), All(Arg("ulFlags").Has(notifyBeginOutbound), Arg("ulFlags").Has(notifyEndOutbound)))),
			Wrong: "TransportNotify was passed {flags}, which begins and ends the same traffic", Legal: "one of the two in a call"}}},
	{ID: "XP-17", Owes: Provider, Level: Must, Needs: "IXPLogon",
		Says:  "TransportNotify leaves the flags that it is passed unchanged.",
		Pages: "ixplogon-transportnotify#Parameters",
		Guards: []Guard{{Of: LogonObject, Type: XPType, When: xpNotify.Succeeds, Holds: Out("ulFlags").Equals(Arg("ulFlags")),
			Wrong: "TransportNotify handed back {flags}, which is not what it was passed", Legal: "the flags as they were passed"}}},
	{ID: "XP-18", Owes: Provider, Level: Should, Needs: "IXPLogon, IMAPISupport", About: "CG-36 CG-50",
		Says:  "When traffic begins or ends, in either direction, the transport updates its status row with ModifyStatusRow before TransportNotify returns.",
		Pages: "ixplogon-transportnotify#Parameters",
		Guards: []Guard{{Of: LogonObject, Type: XPType, When: xpNotify.Succeeds,
			If:    All(Arg("ulFlags").Has(notifyBeginInbound|notifyBeginOutbound|notifyEndInbound|notifyEndOutbound), ItsSupport.Number(RowObject, This.Known()).AtLeast(1)),
			Holds: This.Marked("changed its row"),
			Wrong: "TransportNotify returned without ModifyStatusRow although traffic begins or ends", Legal: "ModifyStatusRow with STATUSROW_UPDATE, then return"}}},
	{ID: "XP-19", Owes: Spooler | MAPI, Level: Must, Needs: "IXPLogon",
		Says:  "When SubmitMessage has succeeded, EndMessage for the same message is the next message call on that transport. After MAPI_E_BUSY or MAPI_E_NOT_ME it is not called.",
		Pages: "ixplogon-submitmessage#Remarks; ixplogon-submitmessage#Return value",
		Guards: []Guard{{Of: LogonObject, Type: XPType, When: xpEnd.Enters, If: This.In("Carrying"), Holds: Arg("ulMsgRef").Equals(This.Value("message reference")),
			Wrong: "EndMessage was passed another reference than SubmitMessage returned", Legal: "the ulMsgRef of the message that was submitted last"}}},
	{ID: "XP-20", Owes: Spooler | MAPI, Level: Must, Needs: "IXPLogon, IMAPISupport",
		Says:  "After SpoolerNotify with NOTIFY_CRITICAL_ERROR the spooler calls the transport only to release it.",
		Pages: "imapisupport-spoolernotify#Notes to Transport Providers",
		Guards: []Guard{
			{Of: LogonObject, Type: XPType, When: operation("a call that uses a transport", "IXPLogon::* -IXPLogon::TransportLogoff -IXPLogon::TransportNotify").Enters, If: This.Marked("critical error"), Holds: Never,
				Wrong: "{call} was called on {it}, which had reported NOTIFY_CRITICAL_ERROR", Legal: "TransportLogoff and Release"},
			{Of: LogonObject, Type: XPType, When: xpLogoff.Enters, If: This.Marked("critical error")}}},
	{ID: "XP-21", Owes: Provider, Level: Must, Needs: "IXPLogon, IMAPISupport",
		Says:  "A transport that reports NOTIFY_CRITICAL_ERROR inside StartMessage or SubmitMessage returns an error from that call.",
		Pages: "imapisupport-spoolernotify#Notes to Transport Providers",
		Guards: []Guard{{Of: LogonObject, Type: XPType, When: carriesOne.Returns, If: All(This.Marked("critical error in its message"), Undisturbed), Holds: Result.AtLeast(0x80000000),
			Wrong: "{call} returned {result} although the transport had reported NOTIFY_CRITICAL_ERROR in it", Legal: "an error"}}},
	{ID: "XP-22", Owes: Spooler | MAPI | Provider, Level: Must, Needs: "IXPLogon, IMAPISupport",
		Says:  "Between NOTIFY_CRITSEC and NOTIFY_NONCRIT the spooler calls neither Idle nor Poll on the transport, and ValidateState of the transport returns MAPI_E_BUSY.",
		Pages: "imapisupport-spoolernotify#Notes to Transport Providers",
		Guards: []Guard{
			{Of: LogonObject, Type: XPType, When: operation("Idle or Poll", "IXPLogon::Idle IXPLogon::Poll").Enters, Holds: Not(This.Marked("critical section")),
				Wrong: "{call} was called on {it}, which is in a critical section", Legal: "neither Idle nor Poll before SpoolerNotify(NOTIFY_NONCRIT)"},
			{Of: CalledObject, When: validateState.Returns, If: All(AtEntry(ItsParent.Marked("critical section")), ItsParent.Marked("critical section")), Holds: Returns(MAPI_E_BUSY), Owes: Provider,
				Wrong: "ValidateState returned {result} while the transport is in a critical section", Legal: "MAPI_E_BUSY"}}},
	{ID: "XP-23", Owes: Spooler | MAPI, Level: Must, Needs: "IXPLogon, IMAPISupport", About: "XP-23",
		Says:  "After SpoolerNotify with NOTIFY_CONFIG_CHANGE the spooler calls AddressTypes again.",
		Pages: "imapisupport-spoolernotify#Notes to Transport Providers",
		Duties: []Duty{{Of: LogonObject, Type: XPType, Owes: Spooler, Owed: This.Marked("configuration changed"), Paid: addrTypes,
			Due:   []Due{{At: xpSend.Enters, If: Running("IMAPISupport::SpoolerNotify").Is(0), Severe: &warning}},
			Wrong: "a message is submitted to {it}, and the spooler has not asked for its address types since NOTIFY_CONFIG_CHANGE", Legal: "IXPLogon::AddressTypes"}}},
	{ID: "XP-24", Owes: Provider, Level: Should, Needs: "IXPLogon, IMessage",
		Says:  "A transport releases what it opened for an inbound message before StartMessage returns, and what it opened for an outbound one before EndMessage returns. The message that the spooler passed in it does not release.",
		Pages: "ixplogon-startmessage#Remarks; ixplogon-endmessage#Remarks",
		Guards: []Guard{
			{Of: LogonObject, Type: XPType, When: xpStart.Returns, Holds: Passed.Opened(Subobject, This.References(Provider).AtLeast(1)).Is(0),
				Wrong: "StartMessage returned and the transport still holds what it opened through the message", Legal: "Release of everything but the message"},
			{Of: CalledObject, When: operation("a subobject's Release", "subobject::Release").Enters, If: PassedIn(On), Holds: This.References(Provider).AtLeast(1),
				Wrong: "the transport released the message that the spooler had passed", Legal: "no Release: the message is the spooler's"}}},
	{ID: "XP-25", Owes: Spooler | MAPI, Level: Must, Needs: "IXPLogon, IMAPISession",
		Says:  "A spooler that logs off while deferred messages are queued calls TransportNotify with NOTIFY_ABORT_DEFERRED and without NOTIFY_CANCEL_MESSAGE.",
		Pages: "ixplogon-transportnotify#Remarks",
		Guards: []Guard{{Of: LogonObject, Type: XPType, When: xpNotify.Enters, If: All(Within("IMAPISession::Logoff"), Arg("ulFlags").Has(notifyAbortDeferred)), Holds: Not(Arg("ulFlags").Has(notifyCancelMessage)),
			Wrong: "TransportNotify was passed {flags} for a deferred message during the logoff", Legal: "NOTIFY_ABORT_DEFERRED (0x40000000) only"}}},
	{ID: "XP-26", Owes: Spooler | MAPI, Level: Must, Needs: "IXPLogon, IMAPISupport",
		Says:  "A spooler that shuts down during a flush ends it with TransportNotify, NOTIFY_END_INBOUND_FLUSH and NOTIFY_END_OUTBOUND_FLUSH set; the transport then frees its outside resources and returns.",
		Pages: "implementing-the-flushqueues-method#(body)",
		Guards: []Guard{{Of: LogonObject, Type: XPType, When: xpLogoff.Enters, If: This.Marked("flushed"), Holds: Not(This.Marked("flushing")),
			Wrong: "TransportLogoff was called while {it} flushes its queues", Legal: "TransportNotify with NOTIFY_END_INBOUND_FLUSH and NOTIFY_END_OUTBOUND_FLUSH (0xc0000) first"}}},
	{ID: "XP-28", Owes: Provider | Spooler | MAPI, Level: Must, Needs: "IMAPISupport, entry",
		Says:  "A preprocessor is registered with RegisterPreprocessor before the spooler can call it.",
		Pages: "imapisupport-registerpreprocessor#Remarks",
		Guards: []Guard{{When: operation("PreprocessMessage", "PreprocessMessage").Enters, Holds: TheProcess.Marked("has a preprocessor"),
			Wrong: "PreprocessMessage was called, and no transport has registered a preprocessor", Legal: "IMAPISupport::RegisterPreprocessor first"}}},
	{ID: "XP-30", Owes: MAPI | Spooler, Level: Must, Needs: "IXPProvider|IXPLogon", Keys: "caller", About: "CG-52",
		Says:  "Only MAPI and its spooler call the methods of IXPProvider and IXPLogon, TransportLogoff among them.",
		Pages: "ixplogoniunknown#(body); ixplogon-transportlogoff#Remarks",
		Guards: []Guard{
			{Of: CalledObject, When: transportCall, If: Arg("caller").Equals(Word("client")), Holds: Never, Owes: Client,
				Wrong: "a client called {call}", Legal: "no call: transports are the spooler's"},
			{Of: CalledObject, When: transportCall, If: Any(Arg("caller").Equals(Word("spooler")), Arg("caller").Equals(Word("mapi")))}}},
	{ID: "XP-32", Owes: Spooler | MAPI | Provider, Level: Must, Needs: "IXPLogon, IMessage",
		Says:  "When SubmitMessage has returned an error the spooler releases the message without saving changes. A transport that wants them kept calls SaveChanges before it returns.",
		Pages: "ixplogon-submitmessage#Remarks",
		Guards: []Guard{
			{Of: CalledObject, When: save.Enters, If: This.Marked("its transport failed"), Holds: Never, Owes: Spooler,
				Wrong: "SaveChanges was called on {it} after the transport had returned an error for it", Legal: "Release without saving"},
			{Of: CalledObject, When: operation("a subobject's Release", "subobject::Release").Enters, If: This.Marked("its transport failed")}}},
}
