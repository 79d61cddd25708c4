package model

// Logon objects: IABLogon, IMSLogon and IXPLogon.

var (
	logonLogoff = operation("logoff", "IABLogon::Logoff IMSLogon::Logoff IXPLogon::TransportLogoff")
	abLogoff    = operation("IABLogon::Logoff", "IABLogon::Logoff")
	msLogoff    = operation("IMSLogon::Logoff", "IMSLogon::Logoff")
	xpLogoff    = operation("TransportLogoff", "IXPLogon::TransportLogoff")

	seesLogoffs = Any(Observed("IABLogon"), Observed("IMSLogon"), Observed("IXPLogon"))

	abLogonCall = operation("an address book logon method", "IABLogon::* -IABLogon::Logoff").Enters
	msLogonCall = operation("a store logon method", "IMSLogon::* -IMSLogon::Logoff").Enters
	xpLogonCall = operation("a transport logon method", "IXPLogon::* -IXPLogon::TransportLogoff -IXPLogon::AddressTypes -IXPLogon::SubmitMessage").Enters
	xpSubmit    = operation("IXPLogon::SubmitMessage", "IXPLogon::SubmitMessage").Enters
	xpNested    = xpSubmit.When("SubmitMessage enters inside TransportLogoff", WithinCallOn(On, "IXPLogon::TransportLogoff"))
	xpOutside   = xpSubmit.When("SubmitMessage enters outside TransportLogoff", Not(WithinCallOn(On, "IXPLogon::TransportLogoff")))
	addrTypes   = operation("AddressTypes", "IXPLogon::AddressTypes").Enters
	xpNotify    = operation("TransportNotify", "IXPLogon::TransportNotify")

	abLogonRelease = operation("IABLogon::Release", "IABLogon::Release").Enters.When("the address book logon's last Release enters", On.LastReference())
	msLogonRelease = operation("IMSLogon::Release", "IMSLogon::Release").Enters.When("the store logon's last Release enters", On.LastReference())
	xpLogonRelease = operation("IXPLogon::Release", "IXPLogon::Release").Enters.When("the transport logon's last Release enters", On.LastReference())
	logonReleased  = operation("a logon's Release", "IABLogon::Release IMSLogon::Release IXPLogon::Release").Returns.When("a logon's last Release returns", AtEntry(On.LastReference()))

	abLogon     = operation("IABProvider::Logon", "IABProvider::Logon")
	xpLogon     = operation("IXPProvider::TransportLogon", "IXPProvider::TransportLogon")
	storeLogon  = operation("a store logon", "IMSProvider::Logon IMSProvider::SpoolerLogon")
	passesLogon = Any(Not(Arg("lppMSLogon").Given()), Not(Arg("lppMSLogon").Null())) // the caller asked for the logon object

	sharedLogon = storeLogon.Succeeds.When("a new store is handed out with the logon object of another one", WasAlive("lppMSLogon"), NewStore.Known())

	otherFailure = providerLogon.Fails.When("a logon fails for good", Not(Returns(MAPI_E_UNCONFIGURED, MAPI_E_FAILONEPROVIDER, E_NOINTERFACE)))

	hurries      = operation("PrepareSubmit or SpoolerNotify", "IMAPISupport::PrepareSubmit IMAPISupport::SpoolerNotify").Enters
	setProps     = operation("SetProps", "subobject::SetProps").Enters
	opensSection = operation("OpenProfileSection", "IMAPISupport::OpenProfileSection")
	keepsSection = abLogon.Succeeds.When("an address book logon returns with its profile section open",
		Passed.Opened(Subobject, All(This.HasInterface("IProfSect"), This.References(Provider).AtLeast(1))).AtLeast(1))
	wrapsID      = operation("WrapStoreEntryID", "IMAPISupport::WrapStoreEntryID").Succeeds
	logonCall    = operation("a logon's method", "IABLogon::* IMSLogon::* IXPLogon::* -IABLogon::Advise -IABLogon::Unadvise -IMSLogon::Advise -IMSLogon::Unadvise").Enters
	setInLogon   = setProps.When("a logon method sets properties of its profile section", Within(providerLogon.Ops), MadeBy(Provider), On.HasInterface("IProfSect"))
	setsReadOnly = Any(Arg("PR_RESOURCE_FLAGS").Given(), Arg("PR_PROVIDER_DLL_NAME").Given())

	providerLetsGo = operation("a provider's Release", "subobject::Release").Enters.When("the provider releases its last reference", MadeBy(Provider), On.References(Provider).Is(1))

	// storeFirst: the support object is given back because the store dies, not in a logoff that has come already.
	storeFirst = All(Within("IMsgStore::Release subobject::Release"), Not(Within("IMSLogon::Logoff")))
)

var logonMarks = []Mark{
	{Name: "its session has ended", Set: lastMemberLeaves, Says: "the last member of the session has called IMAPISession::Logoff"},
	{Name: "logged off", Set: logonLogoff.Enters, Says: "MAPI has called its logoff method"},
	{Name: "its provider is shut down", Set: shutdown.Enters, Says: "Shutdown of its provider object has been called"},
	{Name: "invalidated", Set: invalidates, Says: "MakeInvalid has succeeded on it"},
}

var abLogonLife = Lifecycle{
	Name: "logon-AB", Of: LogonObject, Type: ABType,
	Says: "An address book provider's logon object.",
	States: []State{
		{"Active", "Logged on."},
		{"LoggingOff", "The logoff method is running."},
		{"LoggedOff", "It has returned: MAPI's Release is left."},
		{"Gone", "The last reference has been released."},
	},
	Rows: []Row{
		{From: "new", On: Born, To: "Active"},
		{From: "Active", On: abLogoff.Enters, To: "LoggingOff"},
		{From: "LoggingOff LoggedOff", On: abLogoff.Enters, Breaks: "SES-23", Wrong: "MAPI called {call} a second time", Legal: "IABLogon::Release"},
		{From: "LoggingOff", On: abLogoff.Returns, To: "LoggedOff"},
		{From: "LoggedOff", On: abLogonCall, If: Not(ItsProvider.In("ShutDown Gone")), Breaks: "LGN-25", Wrong: "MAPI called {call} after IABLogon::Logoff had returned", Legal: "IABLogon::Release"},
		{From: "LoggedOff", On: abLogonRelease, To: "Gone", Holds: "LGN-25 PRV-13"},
		{From: "LoggingOff", On: abLogonRelease, To: "Gone", Breaks: "LGN-25", Early: true, Wrong: "the logon object's last reference was released before its Logoff had returned", Legal: "Release after IABLogon::Logoff has returned"},
		{From: "Active", On: abLogonRelease, To: "Gone", Breaks: "LGN-25", Early: true, Wrong: "the logon object's last reference was released without IABLogon::Logoff", Legal: "IABLogon::Logoff, then Release"},
	},
	Marks: logonMarks,
}

var msLogonLife = Lifecycle{
	Name: "logon-MS", Of: LogonObject, Type: MSType,
	Says: "A message store provider's logon object. It is logged off while its support object is released, or by the session's Logoff, whichever comes first.",
	States: []State{
		{"Active", "Logged on."},
		{"LoggingOff", "IMSLogon::Logoff is running."},
		{"LoggedOff", "It has returned: MAPI's Release is left."},
		{"Gone", "The last reference has been released."},
	},
	Rows: []Row{
		{From: "new", On: Born, To: "Active"},
		{From: "Active", On: msLogoff.Enters, To: "LoggingOff"},
		{From: "LoggingOff LoggedOff", On: msLogoff.Enters, Breaks: "SES-23", Wrong: "MAPI called {call} a second time", Legal: "IMSLogon::Release"},
		{From: "LoggingOff", On: msLogoff.Returns, To: "LoggedOff"},
		{From: "LoggedOff", On: msLogonCall, Breaks: "LGN-25", Wrong: "MAPI called {call} after IMSLogon::Logoff had returned", Legal: "IMSLogon::Release"},
		{From: "LoggedOff", On: msLogonRelease, To: "Gone", Holds: "LGN-25 PRV-13"},
		{From: "LoggingOff", On: msLogonRelease, To: "Gone", Breaks: "LGN-25", Early: true, Wrong: "the logon object's last reference was released before its Logoff had returned", Legal: "Release after IMSLogon::Logoff has returned"},
		{From: "Active", On: msLogonRelease, To: "Gone", Breaks: "LGN-25", Early: true, Wrong: "the logon object's last reference was released without IMSLogon::Logoff", Legal: "IMSLogon::Logoff, then Release"},
	},
	Marks: append([]Mark{
		{Name: "of several stores", Set: sharedLogon, Says: "the provider has handed it out with another store as well, which it may not: which store it goes with is open"},
	}, logonMarks...),
}

var xpLogonLife = Lifecycle{
	Name: "logon-XP", Of: LogonObject, Type: XPType,
	Says: "A transport provider's logon object.",
	States: []State{
		{"Fresh", "TransportLogon has returned it; AddressTypes has not been called."},
		{"Active", "AddressTypes has been called."},
		{"LoggingOff", "TransportLogoff is running."},
		{"LoggedOff", "TransportLogoff has returned S_OK: Release is left."},
		{"LoggedOffAnyway", "TransportLogoff has returned an error: the transport is logged off all the same."},
		{"Gone", "The last reference has been released."},
	},
	Rows: []Row{
		{From: "new", On: Born, To: "Fresh"},
		{From: "Fresh", On: addrTypes, To: "Active", Holds: "XP-01"},
		{From: "Fresh", On: xpLogonCall, To: "Active", Breaks: "XP-01", Early: true, Wrong: "{call} was called before AddressTypes", Legal: "IXPLogon::AddressTypes first"},
		{From: "Fresh", On: xpOutside, To: "Active", Breaks: "XP-01", Early: true, Wrong: "{call} was called before AddressTypes", Legal: "IXPLogon::AddressTypes first"},
		{From: "Fresh Active", On: xpLogoff.Enters, To: "LoggingOff"},
		{From: "LoggingOff LoggedOff LoggedOffAnyway", On: xpLogoff.Enters, Breaks: "SES-23", Wrong: "TransportLogoff was called a second time", Legal: "IXPLogon::Release"},
		{From: "LoggingOff", On: xpLogoff.Succeeds, To: "LoggedOff"},
		{From: "LoggingOff", On: xpLogoff.Fails, To: "LoggedOffAnyway"},
		{From: "LoggingOff", On: xpNested, Breaks: "XP-03", Wrong: "SubmitMessage was called inside TransportLogoff", Legal: "no message after the spooler has begun to log off"},
		{From: "LoggedOff", On: xpOutside, Breaks: "XP-03", Wrong: "SubmitMessage was called after TransportLogoff", Legal: "IXPLogon::Release"},
		{From: "LoggedOff", On: xpLogonCall, Breaks: "XP-11", Wrong: "{call} was called after TransportLogoff had returned", Legal: "IXPLogon::Release"},
		{From: "LoggedOffAnyway", On: xpOutside, Breaks: "LGN-26", Wrong: "{call} was called after TransportLogoff, whose error changes nothing", Legal: "IXPLogon::Release"},
		{From: "LoggedOffAnyway", On: xpLogonCall, Breaks: "LGN-26", Wrong: "{call} was called after TransportLogoff, whose error changes nothing", Legal: "IXPLogon::Release"},
		{From: "LoggedOff", On: xpLogonRelease, To: "Gone", Holds: "LGN-25 PRV-13 XP-11 XP-03"},
		{From: "LoggedOffAnyway", On: xpLogonRelease, To: "Gone", Holds: "LGN-25 LGN-26 PRV-13 XP-11 XP-03"},
		{From: "LoggingOff", On: xpLogonRelease, To: "Gone", Breaks: "XP-11", Early: true, Wrong: "the logon object's last reference was released before TransportLogoff had returned", Legal: "Release after TransportLogoff has returned"},
		{From: "Fresh Active", On: xpLogonRelease, To: "Gone", Under: Reading{"transportRobustness", "foreseen"}},
		{From: "Fresh Active", On: xpLogonRelease, To: "Gone", Under: Reading{"transportRobustness", "wrong"}, Breaks: "LGN-25", Early: true, Wrong: "the logon object's last reference was released without TransportLogoff", Legal: "TransportLogoff, then Release"},
	},
	Marks: append([]Mark{
		{Name: "inbound", Set: xpNotify.Succeeds.When("inbound traffic begins", Arg("ulFlags").Has(notifyBeginInbound)),
			Clear: xpNotify.Enters.When("inbound traffic ends", Arg("ulFlags").Has(notifyEndInbound)), Says: "the spooler accepts inbound messages from it"},
		{Name: "outbound", Set: xpNotify.Succeeds.When("outbound traffic begins", Arg("ulFlags").Has(notifyBeginOutbound)),
			Clear: xpNotify.Enters.When("outbound traffic ends", Arg("ulFlags").Has(notifyEndOutbound)), Says: "the spooler has messages for it"},
		{Name: "flushed", Set: xpFlush.Enters, Says: "the spooler has asked it to flush its queues, which carries messages as well"},
		{Name: "flushing", Set: xpFlush.Succeeds, Clear: operation("a flush", "IXPLogon::TransportNotify IMAPISupport::ModifyStatusRow").Enters.
			When("a flush may end", Arg("ulFlags").Has(notifyEndFlush|statusRowUpdate)), Says: "it has begun to flush its queues, and neither side has ended that"},
		{Name: "changed its row", Set: modifyRow.Enters.When("ModifyStatusRow enters inside TransportNotify", Within("IXPLogon::TransportNotify")),
			Clear: xpNotify.Enters, Says: "it has called ModifyStatusRow in its last TransportNotify"},
		{Name: "critical section", Set: spoolerNotify.Succeeds.When("a critical section begins", Arg("ulFlags").Has(notifyCritSec)),
			Clear: spoolerNotify.Enters.When("a critical section ends", Arg("ulFlags").Has(notifyNonCrit)), Says: "it does not want to be interrupted"},
		{Name: "critical error", Set: criticalError, Says: "it has reported that it can not go on"},
		{Name: "critical error in its message", Set: criticalError.When("a critical error is reported inside StartMessage or SubmitMessage", Within(messageCalls)),
			Clear: carriesOne.Enters, Says: "it has reported that in its last StartMessage or SubmitMessage"},
		{Name: "configuration changed", Set: spoolerNotify.Enters.When("a changed configuration is reported", Arg("ulFlags").Has(notifyConfigChange)),
			Clear: addrTypes, Says: "it has told the spooler so, and AddressTypes has not been called since"},
	}, logonMarks...),
	Values: []Memory{
		{Name: "logon flags", Set: xpLogon.Succeeds, From: Out("ulFlags"), Says: "what TransportLogon asked of the spooler"},
		{Name: "address types", Set: typesAnswer.Succeeds, From: Out("lpppszAdrTypeArray"), Says: "the array of address types that it has handed out last"},
		{Name: "message reference", Set: xpSend.Succeeds, From: Out("ulMsgRef"), Says: "what it calls the message that it was given last"},
	},
}

// Flags of IXPLogon::TransportNotify and IXPProvider::TransportLogon (MAPISPI.h).
const (
	notifyBeginInbound  = 0x1
	notifyBeginOutbound = 0x2
	notifyEndInbound    = 0x10000
	notifyEndOutbound   = 0x20000
	notifyEndFlush      = 0xc0000 // NOTIFY_END_INBOUND_FLUSH, NOTIFY_END_OUTBOUND_FLUSH
	notifyAbortDeferred = 0x40000000
	notifyCancelMessage = 0x80000000
	logonSPIdle         = 0x10000
	logonSPPoll         = 0x20000
	logonNoInbound      = 0x8
	logonNoOutbound     = 0x10
	transportLogoffBits = 0x80000001 // LOGOFF_NORMAL, LOGOFF_HURRY
)

var logonRules = []*Rule{
	{ID: "LGN-01", Owes: MAPI | Spooler, Level: Must, Needs: "IABProvider|IMSProvider|IXPProvider",
		Says:  "A logon is made on the provider object that the entry point function returned.",
		Pages: "implementing-service-provider-logon#(body)"},
	{ID: "LGN-02", Owes: Provider, Level: Must, Needs: "IABProvider|IMSProvider|IXPProvider", About: "CG-03",
		Says:  "A logon method that returns S_OK has created a logon object and handed it out; a store that is open already is the exception.",
		Pages: "implementing-service-provider-logon#(body); iabprovider-logon#Notes to implementers",
		Guards: []Guard{
			{Of: ProviderObject, When: abLogon.Succeeds, If: Out("lppABLogon").Given(), Holds: Not(Out("lppABLogon").Null()),
				Wrong: "{call} returned {result} without a logon object", Legal: "a logon object in lppABLogon, or an error"},
			{Of: ProviderObject, When: xpLogon.Succeeds, If: Out("lppXPLogon").Given(), Holds: Not(Out("lppXPLogon").Null()),
				Wrong: "{call} returned {result} without a logon object", Legal: "a logon object in lppXPLogon, or an error"},
			{Of: ProviderObject, When: msLogon.Succeeds, If: All(Out("lppMSLogon").Given(), passesLogon), Holds: Any(Not(Out("lppMSLogon").Null()), WasAlive("lppMDB")),
				Wrong: "{call} returned {result} and a store that was not open yet, without a logon object", Legal: "a logon object in lppMSLogon, or an error"}}},
	{ID: "LGN-03", Owes: Provider, Level: Should, Needs: "IMAPISupport, IABProvider|IMSProvider", About: "CG-28 CG-48",
		Says:  "A logon method calls AddRef on the support object, opens its profile section, sets its properties there, verifies the configuration, calls SetProviderUID unless it is a transport, and then makes its logon object, in this order.",
		Pages: "implementing-service-provider-logon#(body)",
		Guards: []Guard{{Of: SupportObject, When: opensSection.Enters, If: All(PassedIn(On), Not(This.Marked("profile section opened"))), Holds: This.Number(UIDObject, This.Known()).Is(0),
			Wrong: "a logon method opened its profile section after it had registered a MAPIUID", Legal: "OpenProfileSection and what it is for, then SetProviderUID"}}},
	{ID: "LGN-04", Owes: Provider, Level: Should, Needs: "IABProvider",
		Says:  "IABProvider::Logon initialises all its output parameters first, and releases the profile section before it returns.",
		Pages: "implementing-address-book-provider-logon-and-logoff#Logoff",
		Guards: []Guard{{Of: ProviderObject, When: abLogon.Fails, If: Out("lppABLogon").Given(), Holds: Out("lppABLogon").Null(),
			Wrong: "IABProvider::Logon returned {result} and left a pointer in lppABLogon", Legal: "a null pointer with the error"}},
		Duties: []Duty{{Of: SupportObject, Type: ABType, Owes: Provider, Owed: All(This.Marked("kept its profile section"), Not(This.Marked("a status row was asked for"))),
			Due:   []Due{{At: abLogoff.Enters}},
			Wrong: "IABProvider::Logon returned with its profile section open, and there is no status object that could use it", Legal: "Release of the profile section before Logon returns"}}},
	{ID: "LGN-08", Owes: MAPI | Spooler, Level: Must, Needs: "entry, IABProvider|IMSProvider|IXPProvider", About: "CG-18 CG-28",
		Says:  "When a logon method returns MAPI_E_UNCONFIGURED, MAPI calls the message service's entry point with MSG_SERVICE_CONFIGURE and then tries the logon again.",
		Pages: "iabprovider-logon#Notes to implementers; imsprovider-logon#Remarks",
		Duties: []Duty{
			{Of: ServiceObject, Owes: MAPI, Owed: All(This.In("Unconfigured"), Any(Under("unconfiguredRetry", "always"), ItsModule.Marked("has a service entry point"))), Paid: configures, Cause: "configure",
				Due:   []Due{{At: openStore.Returns}, {At: openBook.Returns}, {At: sessionReleased}, {At: exits, If: LeaksCount}},
				Wrong: "a logon returned MAPI_E_UNCONFIGURED and MAPI did not call the service's entry point with MSG_SERVICE_CONFIGURE", Legal: "MSGServiceEntry with MSG_SERVICE_CONFIGURE, then the logon again"},
			{Of: ServiceObject, Owes: MAPI, Under: Reading{"unconfiguredRetry", "always"}, Owed: This.In("Configured"), Paid: providerLogon.Enters, Cause: "configure",
				Due:   []Due{{At: openStore.Returns}, {At: openBook.Returns}, {At: sessionReleased}, {At: exits, If: LeaksCount}},
				Wrong: "the service's entry point returned S_OK for MSG_SERVICE_CONFIGURE and MAPI did not try the logon again", Legal: "the logon method again"}}},
	{ID: "LGN-09", Owes: MAPI, Level: Must, Needs: "IABProvider, IMAPISession, entry", About: "CG-38",
		Says:  "After MAPI_E_FAILONEPROVIDER MAPI does not disable the message service: it goes on with its other providers.",
		Pages: "iabprovider-logon#Return value; imsprovider-logon#Return value",
		Guards: []Guard{{Of: SessionObject, When: openBook.Returns, If: This.Number(ServiceObject, This.Marked("failed one provider")).AtLeast(1),
			Holds: TheProcess.Number(ProviderObject, All(This.Is(ABType), This.In("Fresh"), This.BornInside(), This.References(MAPI).AtLeast(1),
				Not(This.Marked("logon entered")), ItsService.Marked("failed one provider"), Not(ItsService.In("Disabled")))).Is(0),
			Wrong: "a provider returned MAPI_E_FAILONEPROVIDER and OpenAddressBook returned without a logon on another provider of its DLL", Legal: "Logon on each of the other providers"}}},
	{ID: "LGN-10", Owes: MAPI | Spooler, Level: Must, Needs: "IABProvider|IMSProvider|IXPProvider, IMAPISession", About: "CG-18",
		Says:  "After most other logon errors MAPI disables the provider's message services: it calls no provider of them for the rest of the session.",
		Pages: "imsprovider-logon#Remarks; ixpprovider-transportlogon#Remarks",
		Guards: []Guard{{Of: ProviderObject, When: providerLogon.Enters, Soft: Reading{"disabledService", "most"},
			If: All(This.Marked("its service is disabled"), This.Value("serving session").Equals(TheSession.Serial())), Holds: All(This.Is(MSType), Not(Arg("lpEntryID").Equals(This.Value("failed entry identifier")))),
			Wrong: "{call} was called again in the session in which it had failed for good", Legal: "no call on a provider of the disabled message service"}}},
	{ID: "LGN-11", Owes: MAPI, Level: Must, Needs: "entry, IABProvider|IXPProvider, IMAPISession", About: "CG-18",
		Says:  "When the second try of a logon fails too, MAPI disables all providers of the message service for the rest of the session.",
		Pages: "mapi-sessions#(body)",
		Guards: []Guard{{Of: ServiceObject, When: providerLogon.Enters, Under: Reading{"disabledService", "all"}, If: Not(This.Is(MSType)), Holds: Not(This.Marked("failed twice")),
			Wrong: "{call} was called again in the session in which the second try had failed", Legal: "no call on a provider of the disabled message service"}}},
	{ID: "LGN-14", Owes: Provider, Level: Should, Needs: "IABProvider, IABLogon",
		Says:  "An address book provider copes with several calls of Logon in one session: it makes a logon object for each and keeps track of them.",
		Pages: "implementing-address-book-provider-logon-and-logoff#Logoff",
		Guards: []Guard{{Of: ProviderObject, When: abLogon.Succeeds, Holds: Not(WasAlive("lppABLogon")),
			Wrong: "{call} returned a logon object that is alive already", Legal: "a new logon object for each call"}}},
	{ID: "LGN-15", Owes: Provider, Level: Must, Needs: "IMSProvider", About: "CG-03",
		Says:  "A store logon object and a store object belong together one to one: one logon creates both, and both are freed together.",
		Pages: "imslogoniunknown#Remarks; imsprovider-logon#Remarks",
		Guards: []Guard{{Of: ProviderObject, When: msLogon.Succeeds, If: All(Out("lppMSLogon").Given(), Not(Out("lppMSLogon").Null()), NewStore.Known()), Holds: Not(WasAlive("lppMSLogon")),
			Wrong: "{call} returned a new store together with the logon object of another one", Legal: "a logon object of its own for each store"}}},
	{ID: "LGN-16", Owes: Provider, Level: Must, Needs: "IMSProvider", About: "CG-03",
		Says:  "A logon on a store that is already open in the session returns S_OK, the existing store object with one reference more, and no logon object.",
		Pages: "imsprovider-logon#Remarks; loading-message-store-providers#(body)",
		Guards: []Guard{
			{Of: ProviderObject, When: msLogon.Succeeds, If: All(WasAlive("lppMDB"), passesLogon, Out("lppMSLogon").Given()),
				Holds: Any(Out("lppMSLogon").Null(), All(Under("reopenedStore", "sameOrNull"), WasAlive("lppMSLogon"))),
				Wrong: "{call} returned a store that was open already, and a logon object", Legal: "a null pointer in lppMSLogon"},
			{Of: ProviderObject, When: msLogon.Succeeds, If: All(TheSession.Known(), NewStore.Known(), Arg("lpEntryID").Given(), Not(Arg("lpEntryID").Null())), Soft: Reading{"reopenedStore", "sameOrNull"},
				Holds: On.Number(LogonObject, All(ItsStore.Known(), Not(ItsStore.Same(NewStore)), ItsSession.Same(TheSession), ItsStore.Value("provider's entry identifier").Equals(Arg("lpEntryID")), ItsStore.References().AtLeast(1))).Is(0),
				Wrong: "{call} returned a new store object for a store that is open in the session already", Legal: "the existing store object, with one reference more"}}},
	{ID: "LGN-17", Owes: Provider, Level: Should, Needs: "IMSProvider, IMAPISupport", About: "CG-03",
		Says:  "A logon on a store that is already open calls neither AddRef on the support object nor OpenProfileSection, and registers no MAPIUID and no status row.",
		Pages: "imsprovider-logon#Remarks",
		Guards: []Guard{{Of: SupportObject, When: msLogon.Succeeds, If: All(WasAlive("lppMDB"), Not(ItsStore.Known())),
			Holds: All(This.References(Provider).Is(0), This.Number(UIDObject, This.Known()).Is(0), This.Number(RowObject, This.Known()).Is(0), Not(This.Marked("profile section opened"))),
			Wrong: "{call} used the support object for a store that was open already", Legal: "no call on the support object that is passed"}}},
	{ID: "LGN-18", Owes: Provider, Level: Should, Needs: "IMSProvider, IMsgStore", About: "CG-03",
		Says:  "A logon on a store that is open already returns MAPI_E_INTERFACE_NOT_SUPPORTED when it is asked for an interface that the store does not have.",
		Pages: "imsprovider-logon#Remarks",
		Guards: []Guard{{Of: StoreObject, When: msLogon.Succeeds, If: WasAlive("lppMDB"), Holds: Not(Arg("lpInterface").Equals(This.Value("missing interface"))),
			Wrong: "{call} returned {it} for an interface that its QueryInterface does not find", Legal: "MAPI_E_INTERFACE_NOT_SUPPORTED"}}},
	{ID: "LGN-19", Owes: Provider, Level: Should, Needs: "IMSProvider, IMAPISupport", About: "CG-16",
		Says:  "A store logon that succeeds, and is the first for that store, has called ModifyStatusRow before it returns.",
		Pages: "imsprovider-logon#Remarks",
		Guards: []Guard{{Of: SupportObject, When: msLogon.Succeeds, Under: Reading{"storeStatusRow", "expected"}, If: Any(NewLogon.Known(), NewStore.Known()), Holds: This.Marked("a status row was asked for"),
			Wrong: "{call} returned a new store logon without ModifyStatusRow", Legal: "IMAPISupport::ModifyStatusRow before the logon method returns"}}},
	{ID: "LGN-20", Owes: MAPI | Spooler, Level: Must, Needs: "IABLogon|IMSLogon|IXPLogon", About: "CG-06",
		Says:  "Logoff arguments are reserved: IABLogon::Logoff and TransportLogoff are passed 0, IMSLogon::Logoff a pointer to 0.",
		Pages: "iablogon-logoff#Parameters; imslogon-logoff#Parameters; ixplogon-transportlogoff#Parameters",
		Guards: []Guard{
			{Of: LogonObject, When: operation("IABLogon::Logoff or IMSLogon::Logoff", "IABLogon::Logoff IMSLogon::Logoff").Enters, If: Arg("ulFlags").Given(), Holds: Arg("ulFlags").Is(0),
				Wrong: "{call} was passed {flags}", Legal: "0, or a pointer to it"},
			{Of: LogonObject, When: xpLogoff.Enters, If: Arg("ulFlags").Given(), Holds: Any(Arg("ulFlags").Is(0), All(Under("transportLogoffFlags", "header"), Arg("ulFlags").Only(transportLogoffBits))),
				Wrong: "{call} was passed {flags}", Legal: "0"}}},
	{ID: "LGN-21", Owes: Provider, Level: Must, Needs: "IMAPISupport, IABLogon|IMSLogon|IXPLogon", About: "CG-53 CG-55",
		Says:  "A logoff method releases whatever the provider still has open for that logon.",
		Pages: "shutting-down-a-service-provider#(body); iablogon-logoff#Remarks",
		Duties: []Duty{{Of: Subobject, Owes: Provider, Owed: This.References(Provider).AtLeast(1), Paid: providerLetsGo, Cause: "references",
			Due:   []Due{{At: logonLogoff.Returns, If: Under("logoffDone", "atReturn")}, {At: logonReleased}},
			Wrong: "the provider has logged off and still holds {it}", Legal: "release it in the logoff method"}}},
	{ID: "LGN-22", Owes: Provider, Level: Must, Needs: "IMAPISupport, IABLogon|IMSLogon|IXPLogon", About: "CG-12 CG-36 CG-53",
		Says:  "A logoff method gives back the reference on the support object that the logon took.",
		Pages: "shutting-down-a-service-provider#(body); iablogon-logoff#Remarks",
		Duties: []Duty{{Of: SupportObject, Owes: Provider, Owed: All(This.References(Provider).AtLeast(1), ItsLogon.Marked("logged off"), Not(stillShared)), Cause: "references",
			Due:   []Due{{At: logonLogoff.Returns, If: Under("logoffDone", "atReturn")}, {At: logonReleased}, {At: lastUnload}, {At: exits, If: LeaksCount}},
			Wrong: "the provider has logged off and has not given back {it}", Legal: "IMAPISupport::Release in the logoff method"}},
		Guards: []Guard{{Of: SupportObject, When: givenBack, If: Within("IABLogon::Logoff IMSLogon::Logoff IXPLogon::TransportLogoff")}}},
	{ID: "LGN-24", Owes: MAPI, Level: Must, Needs: "IMSLogon, IMAPISession, IMAPISupport", About: "CG-12",
		Says:  "IMSLogon::Logoff is called while MAPI logs a client off after IMAPISession::Logoff, or while MAPI processes the Release of the store's support object, and at no other time.",
		Pages: "imslogon-logoff#Remarks",
		Guards: []Guard{{Of: LogonObject, Type: MSType, When: msLogoff.Enters,
			Holds: Any(Within("IMAPISession::Logoff IMAPISupport::Release"), Running("IMAPISession::Logoff").AtLeast(1), Running("IMAPISupport::Release").AtLeast(1),
				This.Marked("its session has ended"), ItsSession.In("LoggingOff LoggedOff Undecided Gone"), ItsSupport.In("Closing Closed Gone")),
			Wrong: "IMSLogon::Logoff was called neither for IMAPISession::Logoff nor for the Release of the store's support object", Legal: "IMSLogon::Logoff inside one of these"}}},
	{ID: "LGN-25", Owes: MAPI | Spooler, Level: Must, Needs: "IABLogon|IMSLogon|IXPLogon", About: "CG-26 XP-12",
		Says:  "After the logoff method has returned, MAPI or the spooler calls Release on the logon object, and nothing else.",
		Pages: "shutting-down-a-service-provider#(body); releasing-the-transport-provider#(body)",
		Duties: []Duty{{Of: LogonObject, Owes: MAPI, Owed: All(This.In("LoggedOff LoggedOffAnyway"), This.References(MAPI).AtLeast(1)), Cause: "references",
			Due:   []Due{{At: exits, If: All(LeaksCount, notUnloaded)}},
			Wrong: "MAPI never released {it} after its logoff", Legal: "Release after the logoff method has returned"}}},
	{ID: "LGN-26", Owes: Spooler | MAPI, Level: Must, Needs: "IXPLogon", About: "CG-26",
		Says:  "A transport is logged off even if TransportLogoff returns an error.",
		Pages: "ixplogon-transportlogoff#Return value"},
	{ID: "LGN-27", Owes: Provider, Level: Should, Needs: "IMAPISupport, IABProvider|IMSProvider|IXPProvider",
		Says:  "A logon method calls neither PrepareSubmit nor SpoolerNotify.",
		Pages: "implementing-service-provider-logon#(body)",
		Guards: []Guard{{Of: SupportObject, When: hurries, Holds: Not(PassedIn(On)),
			Wrong: "a logon method called {call}, for which the spooler has to be started first", Legal: "{call} after the logon"}}},
	{ID: "LGN-28", Owes: Provider, Level: Must, Needs: "IMAPISupport, IProfSect", Keys: "PR_DISPLAY_NAME PR_RESOURCE_FLAGS PR_PROVIDER_DLL_NAME",
		Says:  "A logon method does not set PR_RESOURCE_FLAGS or PR_PROVIDER_DLL_NAME in its profile section.",
		Pages: "implementing-service-provider-logon#(body)",
		Guards: []Guard{{When: setInLogon, If: Any(Arg("PR_DISPLAY_NAME").Given(), setsReadOnly), Holds: Not(setsReadOnly),
			Wrong: "a logon method set PR_RESOURCE_FLAGS or PR_PROVIDER_DLL_NAME, which can not be written at logon", Legal: "the other properties of the profile section"}}},
	{ID: "LGN-29", Owes: MAPI | Client, Level: Must, Needs: "IMAPISession, IMSProvider",
		Says:  "MAPI_W_ERRORS_RETURNED from Logon, SpoolerLogon, OpenMsgStore or OpenAddressBook is a success: the objects that come with it are alive and belong to the caller.",
		Pages: "imsprovider-logon#Return value",
		Guards: []Guard{{Of: SessionObject, When: openStore.Returns, If: TheThread.Marked("store logon warned"), Holds: Not(Returns(MAPI_E_LOGON_FAILED, MAPI_E_FAILONEPROVIDER)),
			Wrong: "OpenMsgStore returned {result} although the logon to the store had succeeded with MAPI_W_ERRORS_RETURNED", Legal: "the store, as after S_OK"}}},
	{ID: "LGN-31", Owes: MAPI, Level: Must, Needs: "IMAPISession, IMSProvider", About: "CG-04",
		Says:  "Address book providers and transports are logged on whenever a client starts a session whose profile has them, message store providers whenever a client calls OpenMsgStore.",
		Pages: "support-object-overview#(body); loading-message-store-providers#(body)",
		Guards: []Guard{{Of: SessionObject, When: openStore.Succeeds, If: Undisturbed, Holds: TheThread.Marked("store logon"),
			Wrong: "OpenMsgStore returned {result} without a logon on a store provider", Legal: "IMSProvider::Logon, for a store that is open already as well"}}},
	{ID: "LGN-32", Owes: Spooler | MAPI, Level: Should, Needs: "IXPProvider",
		Says:  "TransportLogon is called with LOGON_NO_INBOUND and LOGON_NO_OUTBOUND. Traffic is switched on later, by TransportNotify.",
		Pages: "ixpprovider-transportlogon#Remarks",
		Guards: []Guard{{Of: ProviderObject, When: xpLogon.Enters, Holds: All(Arg("ulFlags").Has(logonNoInbound), Arg("ulFlags").Has(logonNoOutbound)), Severe: &note,
			Wrong: "TransportLogon was passed {flags}, which is not usual", Legal: "LOGON_NO_INBOUND (0x8) and LOGON_NO_OUTBOUND (0x10)"}}},
	{ID: "LGN-34", Owes: MAPI, Level: Must, Needs: "IMSProvider, IMAPISupport",
		Says:  "IMSProvider::Logon is passed an entry identifier that the store itself made, unwrapped, or a null pointer.",
		Pages: "imsprovider-logon#Remarks",
		Guards: []Guard{{Of: ProviderObject, When: msLogon.Enters, If: All(Arg("lpEntryID").Given(), MadeBy(MAPI)),
			Holds: On.Number(LogonObject, All(ItsSupport.Value("wrapped entry identifier").Given(), ItsSupport.Value("wrapped entry identifier").Equals(Arg("lpEntryID")))).Is(0),
			Wrong: "IMSProvider::Logon was passed an entry identifier that WrapStoreEntryID has wrapped", Legal: "the entry identifier that was wrapped"}}},
	{ID: "LGN-35", Owes: Client, Level: Must, Needs: "IABLogon|IMSLogon|IXPLogon",
		Says:  "Clients do not call logon objects. They reach providers through the session, the address book and message stores.",
		Pages: "status-table-and-status-objects#(body)",
		Guards: []Guard{{Of: LogonObject, When: logonCall, If: Not(Outermost), Owes: Client, Holds: Not(byClientItself),
			Wrong: "a client called {call}", Legal: "the methods of the session, of the address book and of stores"}}},
	{ID: "LGN-36", Owes: Provider, Level: Must, Needs: "IMAPISupport, IMSProvider", About: "CG-12 CG-21 CG-36",
		Says:  "A store logon that creates a logon object saves the support object in it and calls AddRef on it.",
		Pages: "imsprovider-logon#Remarks",
		Guards: []Guard{{Of: SupportObject, When: storeLogon.Succeeds, If: Any(NewLogon.Known(), NewStore.Known()), Holds: This.References(Provider).AtLeast(1), Implies: "SUP-01", Doubts: true,
			Wrong: "{call} returned a new store logon without AddRef on {it}", Legal: "IMAPISupport::AddRef before the logon method returns"}}},
	{ID: "LGN-37", Owes: MAPI | Provider, Level: Must, Needs: "IMSProvider, MAPI, buffers",
		Says:  "MAPI frees the MAPIERROR structure that a store provider returns from Logon.",
		Pages: "imsprovider-logon#Remarks",
		Guards: []Guard{{Of: BufferObject, When: freeBuffer.Enters, If: This.In("Error"), Holds: Not(MadeBy(Provider)), Owes: Provider,
			Wrong: "the provider freed {it}, the error that its logon had handed out", Legal: "no MAPIFreeBuffer: MAPI frees it"}},
		Duties: []Duty{{Of: BufferObject, Owes: MAPI, Owed: This.In("Error"), Due: []Due{{At: exits, If: LeaksCount}},
			Wrong: "MAPI never freed {it}, the error that a store logon had handed out", Legal: "MAPIFreeBuffer when MAPI is done with it"}}},
}
