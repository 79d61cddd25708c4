package model

// Provider objects: IABProvider, IMSProvider and IXPProvider.

var (
	shutdown       = operation("Shutdown", "IABProvider::Shutdown IMSProvider::Shutdown IXPProvider::Shutdown")
	providerLogon  = operation("logon", "IABProvider::Logon IMSProvider::Logon IMSProvider::SpoolerLogon IXPProvider::TransportLogon")
	providerOther  = operation("another provider method", "IABProvider::* IMSProvider::* IXPProvider::* -IABProvider::Shutdown -IMSProvider::Shutdown -IXPProvider::Shutdown -IABProvider::Logon -IMSProvider::Logon -IMSProvider::SpoolerLogon -IXPProvider::TransportLogon").Enters
	providerAsked  = operation("QueryInterface on a provider", "IABProvider::QueryInterface IMSProvider::QueryInterface IXPProvider::QueryInterface")
	providerQuery  = providerAsked.Enters
	lastProvider   = operation("a provider's Release", "IABProvider::Release IMSProvider::Release").Enters.When("the provider's last Release enters", On.LastReference())
	lastTransport  = operation("IXPProvider::Release", "IXPProvider::Release").Enters.When("the transport provider's last Release enters", On.LastReference())
	msLogon        = operation("IMSProvider::Logon", "IMSProvider::Logon")
	msInit         = operation("MSProviderInit", "MSProviderInit")
	startsStore    = msInit.Enters.When("a store provider is started inside MAPILogonEx", Within("MAPILogonEx"))
	startsOther    = otherInit.Enters.When("another provider than an address book's is started inside MAPILogonEx", Within("MAPILogonEx"))
	allocates      = operation("a call on an allocator", "subobject::*").Enters.When("a provider calls an allocator after its entry point function", On.HasInterface("IMalloc"), MadeBy(Provider), Not(Within(entryPoints)))
	opensStore     = msLogon.Succeeds.When("OpenMsgStore has logged on to a store", Directly("IMAPISession::OpenMsgStore"))
	wraps          = msInit.Succeeds.When("a store provider starts the one that it wraps", Directly("MSProviderInit"))
	bookOpened     = openBook.Returns.With("OpenAddressBook returns S_OK", SOK)
	providerCall   = operation("a provider's method", "IABProvider::* IMSProvider::* IXPProvider::*").Enters
	byClientItself = All(MadeBy(Client), SaidBy(Client))
	msOrABInit     = operation("ABProviderInit or MSProviderInit", "ABProviderInit MSProviderInit").Enters
)

var providerLife = Lifecycle{
	Name: "provider", Of: ProviderObject,
	Says: "A provider object lives from its entry point function to its last Release. Through it MAPI starts a provider, logs on, and shuts it down.",
	States: []State{
		{"Fresh", "The entry point function has returned it; no logon has succeeded on it yet."},
		{"Ready", "A logon has succeeded on it at least once."},
		{"ShuttingDown", "Shutdown is running."},
		{"ShutDown", "Shutdown has returned: only Release is left."},
		{"Refused", "Not a provider object: a pointer left over by an entry point function that failed, or a null pointer."},
		{"Gone", "The last reference has been released."},
	},
	Rows: []Row{
		{From: "new", On: Born, To: "Fresh"},
		{From: "new", On: BornOfFailure, To: "Refused"},
		{From: "Fresh Ready", On: providerLogon.Enters, Holds: "LGN-01"},
		{From: "Fresh", On: providerLogon.Succeeds, To: "Ready"},
		{From: "Refused", On: providerLogon.Enters, Breaks: "LGN-01",
			Wrong: "{call} was called on a pointer that no successful entry point function returned", Legal: "a logon on the provider object that the entry point function returned"},
		{From: "Fresh Ready", On: shutdown.Enters, To: "ShuttingDown", Holds: "PRV-10"},
		{From: "ShuttingDown", On: shutdown.Returns, To: "ShutDown"},
		{From: "ShutDown", On: shutdown.Enters, Breaks: "PRV-10",
			Wrong: "Shutdown was called a second time", Legal: "Release"},
		{From: "ShutDown", On: providerLogon.Enters, Breaks: "PRV-10 LGN-01", Wrong: "{call} was called after Shutdown had returned", Legal: "Release"},
		{From: "ShutDown", On: providerOther, Breaks: "PRV-10", Wrong: "{call} was called after Shutdown had returned", Legal: "Release"},
		{From: "ShutDown", On: providerQuery, Breaks: "PRV-10", Wrong: "{call} was called after Shutdown had returned", Legal: "Release"},
		{From: "ShuttingDown ShutDown", On: lastProvider, To: "Gone", Holds: "PRV-10 PRV-13"},
		{From: "ShuttingDown ShutDown", On: lastTransport, To: "Gone", Holds: "PRV-10 PRV-13"},
		{From: "Fresh", On: lastProvider, To: "Gone"},
		{From: "Fresh", On: lastTransport, To: "Gone"},
		{From: "Ready", On: lastTransport, To: "Gone", Under: Reading{"transportRobustness", "foreseen"}},
		{From: "Ready", On: lastTransport, To: "Gone", Under: Reading{"transportRobustness", "wrong"}, Breaks: "PRV-13", Early: true,
			Wrong: "MAPI released its last reference on {it} without Shutdown", Legal: "release the logon objects, call Shutdown, then Release"},
		{From: "Ready", On: lastProvider, To: "Gone", Breaks: "PRV-13", Early: true,
			Wrong: "MAPI released its last reference on {it} without Shutdown", Legal: "release the logon objects, call Shutdown, then Release"},
	},
	Marks: []Mark{
		{Name: "logon entered", Set: providerLogon.Enters, Says: "a logon method has been called on it"},
		{Name: "its service is disabled", Set: otherFailure, Says: "a logon on it has failed for good"},
		{Name: "wrapped", Set: wraps, Says: "another store provider has started it in its own MSProviderInit"},
		{Name: "has IMAPIProviderShutdown", Set: providerAsked.Succeeds.When("a provider hands out IMAPIProviderShutdown", asksShutdown), Says: "it has handed out IMAPIProviderShutdown"},
		{Name: "asked", Set: askProvider.Enters, Says: "MAPI has called its QueryFastShutdown"},
		{Name: "refuses", Set: askProvider.Fails, Clear: askProvider.Succeeds, Says: "its last QueryFastShutdown has returned an error"},
		{Name: "agrees", Set: askProvider.Succeeds, Clear: askProvider.Fails, Says: "its last QueryFastShutdown has returned S_OK"},
		{Name: "notified", Set: tellProvider.Enters, Says: "MAPI has called its NotifyProcessShutdown"},
		{Name: "told to exit", Set: exitProvider.Enters, Says: "MAPI has called its DoFastShutdown"},
	},
	Values: []Memory{
		{Name: "failed entry identifier", Set: otherFailure, From: Arg("lpEntryID"), Says: "what the logon that failed for good asked for"},
		{Name: "serving session", Set: providerLogon.Enters, From: TheSession.Serial(), Says: "the session it last logged on for"},
	},
}

var providerRules = []*Rule{
	{ID: "PRV-01", Owes: MAPI | Spooler, Level: Must, Needs: "module, entry",
		Says:  "The first call into a freshly loaded DLL that uses it as a provider is that of its entry point function. A message service's entry point in the same DLL does not count.",
		Pages: "initializing-the-transport-provider#(body); implementing-a-service-provider-entry-point-function#(body); mapisvc-inf-service-provider-sections#(body)"},
	{ID: "PRV-02", Owes: Provider, Level: Must, Needs: "entry", About: "CG-23",
		Says:  "Every entry point call that succeeds returns a provider object that is none of the living ones.",
		Pages: "msproviderinit#Notes to implementers; abproviderinit#Notes to implementers; xpproviderinit#Notes to implementers",
		Guards: []Guard{
			{When: abmsInit.Succeeds, Holds: Not(Any(WasAlive("lppABProvider"), WasAlive("lppMSProvider"))), Owes: Provider,
				Wrong: "{call} returned a provider object that is alive already", Legal: "a new provider object for each call"},
			{When: xpInit.Succeeds, Holds: Not(WasAlive("lppXPProvider")), Owes: Provider, Soft: Reading{"providerObjects", "perProfileSection"},
				Wrong: "{call} returned a provider object that is alive already", Legal: "a new provider object for each call"}}},
	{ID: "PRV-03", Owes: Provider, Level: Must, Needs: "entry",
		Says:  "An entry point function fails with MAPI_E_VERSION when the version of the service provider interface that MAPI offers is older than the provider can work with.",
		Pages: "implementing-a-service-provider-entry-point-function#(body)",
		Guards: []Guard{{When: providerInit.Succeeds, Holds: Arg("ulMAPIVer").NotBelow(Out("ulProviderVer")), Owes: Provider,
			Wrong: "{call} succeeded although MAPI's version is older than the one that it reports", Legal: "MAPI_E_VERSION"}}},
	{ID: "PRV-04", Owes: MAPI | Spooler, Level: Must, Needs: "entry, IMAPISession, IMSProvider",
		Says:  "Where MAPI takes the version that a provider reports for too small, it releases the provider object at once and goes on as if the entry point function had returned MAPI_E_VERSION.",
		Pages: "initializing-the-transport-provider#(body)",
		Guards: []Guard{{Of: SessionObject, When: openStore.Returns.With("OpenMsgStore returns MAPI_E_VERSION", MAPI_E_VERSION),
			Holds: TheProcess.Number(ProviderObject, All(This.Is(MSType), This.In("Fresh"), This.BornInside(), This.References(MAPI).AtLeast(1))).Is(0),
			Wrong: "OpenMsgStore returned MAPI_E_VERSION and MAPI kept the provider object whose version it refused", Legal: "release the provider object at once"}}},
	{ID: "PRV-05", Owes: MAPI, Level: Must, Needs: "IMSProvider, IMAPISession", About: "CG-23",
		Says:  "MAPI uses one message store provider object for each session and provider, however many stores it opens; another session gets one of its own.",
		Pages: "imsprovideriunknown#Remarks",
		Guards: []Guard{
			{Of: ProviderObject, When: msLogon.Enters, If: All(TheSession.Known(), This.Marked("logon entered"), TheSession.Individual()),
				Holds: This.Value("serving session").Equals(TheSession.Serial()),
				Wrong: "the provider object that serves one session was used to log on for another one", Legal: "MSProviderInit for each session"},
			{Of: ProviderObject, When: msLogon.Enters, Under: Reading{"providerObjects", "onePerSession"}, If: All(TheSession.Known(), TheModule.Known()),
				Holds: TheModule.Number(ProviderObject, All(This.Is(MSType), Not(This.Same(On)), This.References(MAPI).AtLeast(1), This.Value("serving session").Equals(TheSession.Serial()))).Is(0),
				Wrong: "a second provider object of the same DLL logs on for the session", Legal: "the provider object that the session uses already"}}},
	{ID: "PRV-08", Owes: MAPI | Spooler, Level: Must, Needs: "entry, MAPI", About: "CG-04 CG-35",
		Says:  "A provider is initialised after a client has begun to log on, never before any MAPILogonEx.",
		Pages: "abproviderinit#Remarks",
		Guards: []Guard{{When: msOrABInit, If: Any(Not(Outermost), SaidBy(MAPI)), Holds: TheProcess.Marked("MAPILogonEx entered"),
			Wrong: "{call} was called before any MAPILogonEx in this process", Legal: "MAPILogonEx first"}}},
	{ID: "PRV-09", Owes: MAPI | Spooler, Level: Must, Needs: "IABProvider|IMSProvider|IXPProvider, IABLogon|IMSLogon|IXPLogon", About: "CG-05 CG-12 CG-54",
		Says:  "Shutdown is called only when MAPI has released every logon object of the provider object.",
		Pages: "imsprovider-shutdown#Remarks; iabprovider-shutdown#Notes to implementers; ixpprovider-shutdown#Remarks",
		Guards: []Guard{{Of: ProviderObject, When: shutdown.Enters,
			Holds: This.Number(LogonObject, All(This.References(MAPI).AtLeast(1),
				Not(All(This.Is(XPType), Under("transportShutdown", "either"), ItsSupport.In("Closing Closed Gone"))))).Is(0),
			Wrong: "Shutdown was called while MAPI still holds a logon object of {it}", Legal: "release the logon objects first"}}},
	{ID: "PRV-10", Owes: MAPI | Spooler, Level: Must, Needs: "IABProvider|IMSProvider|IXPProvider", About: "CG-05 CG-39 CG-47",
		Says:  "Shutdown comes directly before MAPI's Release of the provider object: no other of its methods is called in between.",
		Pages: "imsprovider-shutdown#Remarks; ixpprovider-shutdown#Remarks"},
	{ID: "PRV-11", Owes: MAPI, Level: Must, Needs: "IABProvider, IABLogon",
		Says:  "After Shutdown an address book provider receives no call but Release for that provider object, nor for its logon objects.",
		Pages: "implementing-address-book-provider-logon-and-logoff#Logoff",
		Guards: []Guard{{Of: LogonObject, Type: ABType, When: abLogonCall, If: ItsProvider.Known(), Holds: Not(ItsProvider.In("ShutDown Gone")),
			Wrong: "{call} was called although Shutdown of its provider object had returned", Legal: "Release"}}},
	{ID: "PRV-12", Owes: MAPI | Spooler, Level: Must, Needs: "IABProvider|IMSProvider|IXPProvider", About: "CG-49",
		Says:  "The argument of Shutdown points to zero; that of a transport may be null as well.",
		Pages: "imsprovider-shutdown#Parameters; iabprovider-shutdown#Parameters; ixpprovider-shutdown#Parameters",
		Guards: []Guard{{Of: ProviderObject, When: shutdown.Enters, If: Arg("ulFlags").Given(),
			Holds: Any(Arg("ulFlags").Is(0), All(This.Is(XPType), Arg("ulFlags").Null())),
			Wrong: "Shutdown was passed {flags}", Legal: "a pointer to zero"}}},
	{ID: "PRV-13", Owes: MAPI | Spooler, Level: Must, Needs: "IABProvider|IMSProvider|IXPProvider", About: "CG-05 CG-39 XP-12",
		Says:  "A provider is shut down in this order: its logoff method returns, its logon object is released, Shutdown is called, the provider object is released.",
		Pages: "shutting-down-a-service-provider#(body)",
		Duties: []Duty{{Of: ProviderObject, Owes: MAPI, Owed: All(Not(This.Is(XPType)), This.In("Ready"), This.References(MAPI).AtLeast(1)), Cause: "shutdown", Paid: shutdown.Enters,
			Due:   []Due{{At: exits, If: All(LeaksCount, nobodyElse, notUnloaded)}},
			Wrong: "MAPI never called Shutdown on {it}", Legal: "Shutdown and Release when its last logon object has been released"}}},
	{ID: "PRV-17", Owes: MAPI, Level: Must, Needs: "MAPI, entry", About: "CG-04",
		Says:  "Within a message service the address book providers are started before the others.",
		Pages: "starting-a-service-provider#(body)",
		Guards: []Guard{{When: abInit.Enters, If: Within("MAPILogonEx"), Holds: Not(All(TheThread.Marked("others started"), TheThread.Value("DLL of the other").Equals(TheModule.Serial()))),
			Wrong: "an address book provider was started after another provider of its DLL", Legal: "ABProviderInit first"}}},
	{ID: "PRV-18", Owes: MAPI, Level: Must, Needs: "MAPI, entry", About: "CG-04",
		Says:  "When a session starts, address book providers are started before message store providers, and transports when their services are first needed.",
		Pages: "logging-on-to-mapi#(body)",
		Guards: []Guard{{When: abInit.Enters, If: Within("MAPILogonEx"), Holds: Not(TheThread.Marked("stores started")), Soft: Reading{"startOrder", "eachService"},
			Wrong: "an address book provider was started after a store provider in the same MAPILogonEx", Legal: "all address book providers first"}}},
	{ID: "PRV-19", Owes: MAPI, Level: Must, Needs: "IMAPISession, IABProvider, entry", About: "CG-04",
		Says:  "OpenAddressBook calls Logon on every address book provider of the profile that is loaded, not disabled and not logged on yet.",
		Pages: "iabprovider-logon#Remarks",
		Guards: []Guard{{Of: SessionObject, When: bookOpened,
			Holds: TheProcess.Number(ProviderObject, All(This.Is(ABType), This.BornInside(), This.References(MAPI).AtLeast(1), Not(This.Marked("logon entered")))).Is(0),
			Wrong: "OpenAddressBook returned S_OK without a logon on an address book provider that it had started", Legal: "Logon on each of them"}}},
	{ID: "PRV-20", Owes: MAPI, Level: Must, Needs: "IMAPISession, IMSProvider, entry",
		Says:  "OpenMsgStore loads and uses the one provider that the entry identifier belongs to.",
		Pages: "starting-a-service-provider#(body); loading-message-store-providers#(body)",
		Guards: []Guard{{Of: ProviderObject, When: msLogon.Enters, If: All(Directly("IMAPISession::OpenMsgStore"), TheThread.Marked("store opened")), Holds: TheThread.Value("DLL of the store").Equals(TheModule.Serial()),
			Wrong: "OpenMsgStore logged on to a store of another DLL after the logon to a store had succeeded", Legal: "the store that has been opened"}}},
	{ID: "PRV-21", Owes: MAPI, Level: Must, Needs: "IMAPISession, IMsgStore, IABLogon", About: "CG-13",
		Says:  "There is no call that shuts down one particular address book provider or transport. Only a message store provider can be shut down by itself.",
		Pages: "shutting-down-a-service-provider#(body)",
		Guards: []Guard{{Of: LogonObject, Type: ABType, When: abLogoff.Enters, Owes: MAPI, Holds: Any(Not(Within("IMsgStore::* IMsgStore::Release -IMsgStore::StoreLogoff")), Not(ItsSession.In("Active"))),
			Wrong: "a call on a store made MAPI log off {it}", Legal: "the logoff of address book providers with their session"}}},
	{ID: "PRV-23", Owes: Provider, Level: Should, Needs: "entry, IMalloc, OLE",
		Says:  "A provider that goes on using the allocator passed to its entry point function calls AddRef on it there, and Release when it is done.",
		Pages: "abproviderinit#Notes to implementers; xpproviderinit#Notes to implementers; msproviderinit#Notes to implementers",
		Guards: []Guard{{Of: CalledObject, When: allocates, If: Observed("OLE"), Holds: This.References(Provider).AtLeast(1), Owes: Provider,
			Wrong: "a provider called {call} after its entry point function had returned, and holds no reference on the allocator", Legal: "AddRef in the entry point function, or CoGetMalloc"}}},
	{ID: "PRV-24", Owes: Provider, Level: Must, Needs: "IMSProvider, entry", About: "CG-52",
		Says:  "A store provider that wraps another one forwards Shutdown to the wrapped provider object, just before it releases that.",
		Pages: "shutting-down-a-wrapped-pst-store-provider#Shut Down Routine",
		Guards: []Guard{{Of: ProviderObject, Type: MSType, When: lastProvider, If: All(This.Marked("wrapped"), MadeBy(Provider)), Holds: Not(This.In("Ready")),
			Wrong: "a wrapper released {it}, which it wraps, without Shutdown", Legal: "IMSProvider::Shutdown, then Release"}}},
	{ID: "PRV-25", Owes: Client, Level: Must, Needs: "IABProvider|IMSProvider|IXPProvider",
		Says:  "Clients do not call provider objects, which are there for MAPI and the spooler to start providers and shut them down.",
		Pages: "mapi-service-provider-objects#(body)",
		Guards: []Guard{{Of: ProviderObject, When: providerCall, If: Not(Outermost), Owes: Client, Holds: Not(byClientItself),
			Wrong: "a client called {call}", Legal: "the methods of the session, of the address book and of stores"}}},
}
