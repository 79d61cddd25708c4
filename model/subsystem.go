package model

import "strings"

// The MAPI subsystem, for each process and for each of its threads.

var (
	initialize   = operation("MAPIInitialize", "MAPIInitialize")
	uninitialize = operation("MAPIUninitialize", "MAPIUninitialize")
	initUtil     = operation("ScInitMapiUtil", "ScInitMapiUtil")
	deinitUtil   = operation("DeinitMapiUtil", "DeinitMapiUtil")
	oleInit      = operation("OleInitialize", "OleInitialize")
	oleUninit    = operation("OleUninitialize", "OleUninitialize")
	exits        = operation("process exit", "event-exit").Enters
	threadExits  = operation("thread exit", "event-thread-exit").Enters

	firstInitialize  = initialize.Succeeds
	lastFailure      = initialize.Fails.When("the only running MAPIInitialize fails", Running("MAPIInitialize").Is(1))
	lastUninitialize = uninitialize.Enters.When("last MAPIUninitialize enters", TheProcess.Count("initialised").Is(1))
	uninitialized    = uninitialize.Returns.When("last MAPIUninitialize returns", AtEntry(TheProcess.Count("initialised").Is(1)))
	oneTooMany       = uninitialize.Enters.When("MAPIUninitialize enters at count zero", TheProcess.Count("initialised").Is(0))
	lastDeinit       = deinitUtil.Enters.When("last DeinitMapiUtil enters", TheProcess.Count("utilities").Is(1))

	idleFunctions   = "FtgRegisterIdleRoutine ChangeIdleRoutine EnableIdleRoutine DeregisterIdleRoutine"
	memoryFunctions = "MAPIAllocateBuffer MAPIAllocateMore MAPIFreeBuffer HrThisThreadAdviseSink HrAllocAdviseSink MAPIInitIdle MAPIDeInitIdle " + idleFunctions
	methodsOfMAPI   = "IMAPISession::* IMAPISession::QueryInterface IMAPISession::AddRef IMAPISession::Release " +
		"IMsgStore::* IMsgStore::QueryInterface IMsgStore::AddRef IMsgStore::Release " +
		"subobject::* subobject::QueryInterface subobject::AddRef subobject::Release"
	coreCalls = "MAPI functions " + methodsOfMAPI + " -MAPIInitialize -MAPIUninitialize -ScInitMapiUtil -DeinitMapiUtil " +
		"-CreateMAPIInitializationMonitor -" + strings.Join(strings.Fields(memoryFunctions), " -")
	objectCalls = "subobject::* subobject::QueryInterface subobject::AddRef subobject::Release"
	coreMinus   = " -" + strings.Join(strings.Fields(objectCalls), " -")

	byClient   = All(Outermost, MadeBy(Client))
	coreUse    = operation("a client's MAPI call", coreCalls+coreMinus).Enters.When("a client calls MAPI", byClient)
	anyUse     = operation("a client's call on an object", objectCalls).Enters.When("a client calls an object", byClient) // of the utilities, perhaps: a table of ITableData
	coreReturn = operation("a client's MAPI function", "MAPILogonEx MAPIAdminProfiles MAPIOpenFormMgr MAPIOpenLocalFormContainer").Returns
	utilityUse = operation("a client's utility call", memoryFunctions).Enters.When("a client calls a utility function", byClient)
	objectUse  = operation("a client's object call", methodsOfMAPI).Enters.When("a client uses a MAPI object", byClient, TheProcess.In("Up"))

	// A call on a thread that is the client's: where sinks are not observed, it may be made in OnNotify, which comes on any thread.
	ownThread  = Any(Observed("IMAPIAdviseSink"), NoSinks)
	foreignUse = operation("a client's object call", methodsOfMAPI).Enters.When("a client uses a MAPI object on a thread of its own", byClient, TheProcess.In("Up"), ownThread)

	functionUse = operation("a client's MAPI function", "MAPI functions -MAPIInitialize -MAPIUninitialize -ScInitMapiUtil -DeinitMapiUtil -CreateMAPIInitializationMonitor").
			Enters.When("a client calls a MAPI function", byClient, TheProcess.In("Up"))

	entryPoints = "ABProviderInit MSProviderInit XPProviderInit"
	initInEntry = operation("initialisation", "MAPIInitialize MAPIUninitialize").Enters.When("an entry point function calls MAPIInitialize or MAPIUninitialize", Directly(entryPoints))

	dllMain    = operation("DllMain", "DllMain")
	inits      = operation("MAPIInitialize or MAPIUninitialize", "MAPIInitialize MAPIUninitialize").Enters
	inDllMain  = inits.When("DllMain calls MAPIInitialize or MAPIUninitialize", Within("DllMain"))
	coInit     = operation("CoInitialize", "CoInitialize CoInitializeEx").Enters
	monitored  = operation("IsInitialized", "IMAPIInitMonitor::IsInitialized").Returns
	initIdle   = operation("MAPIInitIdle", "MAPIInitIdle")
	deinitIdle = operation("MAPIDeInitIdle", "MAPIDeInitIdle")
	lastIdle   = deinitIdle.Enters.When("last MAPIDeInitIdle enters", TheProcess.Count("idle").Is(1))
	idleUse    = operation("a function of the idle engine", idleFunctions).Enters
	notifies   = operation("OnNotify", "IMAPIAdviseSink::OnNotify").Enters

	// The flags of MAPIINIT_0, which a null pointer leaves at zero.
	noOptions   = All(Not(Arg("ulFlags").Given()), Arg("lpMapiInit").Null())
	asService   = All(Not(noOptions), Arg("ulFlags").Has(mapiNTService))
	ownNotifier = All(Not(noOptions), Arg("ulFlags").Has(multithreadNotifications))
	opening     = initialize.Enters.When("MAPIInitialize enters at count zero", TheProcess.Count("initialised").Is(0))
	opensMAPI   = initialize.Succeeds.When("the first MAPIInitialize succeeds", AtEntry(TheProcess.Count("initialised").Is(0)), AtEntry(Running("MAPIInitialize").Is(1)), Undisturbed)

	// The thread on which MAPI's window for notifications is, where MAPI makes none of its own for it.
	notifierExits = threadExits.When("the thread with the notification window ends", TheProcess.Marked("one thread was first"),
		Not(TheProcess.Marked("MAPI has a thread for notifications")), TheProcess.Value("first thread").Equals(TheThread.Serial()))

	threadLeaves = uninitialize.Enters.When("the thread's last MAPIUninitialize enters", TheThread.Count("initialised here").Is(1))
)

// Flags of MAPIINIT_0 and MAPILogonEx (MAPIX.h).
const (
	multithreadNotifications = 0x1
	mapiNoCoInit             = 0x8
	mapiNTService            = 0x10000
)

var subsystemLife = Lifecycle{
	Name: "subsystem", Of: ProcessObject,
	Says: "The MAPI subsystem of one process, from the first successful MAPIInitialize to the last MAPIUninitialize.",
	States: []State{
		{"Down", "MAPIInitialize has not succeeded yet."},
		{"Utilities", "Only ScInitMapiUtil has: utility functions work, MAPI does not."},
		{"Starting", "The first MAPIInitialize is running; what other threads call meanwhile is not ordered with it."},
		{"Up", "Initialised."},
		{"Closing", "The last MAPIUninitialize is running; calls nested in it are MAPI's shutdown."},
		{"Closed", "The last MAPIUninitialize has returned."},
		{"Misused", "Not initialised, and a client's call without initialisation has been reported already."},
	},
	Rows: []Row{
		{From: "new", On: Born, To: "Down"},
		{From: "Down Utilities Closed Misused", On: initialize.Enters, To: "Starting"},
		{From: "Down Utilities Starting Closing Closed Misused", On: firstInitialize, To: "Up"},
		{From: "Starting", On: lastFailure, To: "Down"},
		{From: "Up", On: lastUninitialize, To: "Closing", Holds: "INI-03 INI-18"},
		{From: "Closing", On: uninitialized, To: "Closed"},
		{From: "Down Closed Misused", On: oneTooMany, Breaks: "INI-03", Early: true,
			Wrong: "MAPIUninitialize was called although no MAPIInitialize is left to be matched", Legal: "one MAPIUninitialize for each successful MAPIInitialize"},
		{From: "Utilities", On: oneTooMany, Breaks: "INI-18",
			Wrong: "MAPIUninitialize was called in a process that has called ScInitMapiUtil but never MAPIInitialize", Legal: "DeinitMapiUtil"},
		{From: "Down Closed Misused", On: initUtil.Succeeds, To: "Utilities"},
		{From: "Utilities", On: lastDeinit, To: "Down"},

		{From: "Up Closing", On: coreUse, Holds: "INI-01"},
		{From: "Up Closing", On: anyUse, Holds: "INI-01"},
		{From: "Down", On: anyUse, To: "Misused", Breaks: "INI-01", Early: true,
			Wrong: "{call} was called before any successful MAPIInitialize or ScInitMapiUtil in this process", Legal: "MAPIInitialize, then {call}"},
		{From: "Closed", On: anyUse, To: "Misused", Breaks: "INI-06", Early: true,
			Wrong: "{call} was called after the last MAPIUninitialize of this process", Legal: "no MAPI call, or MAPIInitialize first"},
		{From: "Down Utilities", On: coreUse, To: "Misused", Breaks: "INI-01", Early: true,
			Wrong: "{call} was called before any successful MAPIInitialize in this process", Legal: "MAPIInitialize, then {call}"},
		{From: "Closed", On: coreUse, To: "Misused", Breaks: "INI-06", Early: true,
			Wrong: "{call} was called after the last MAPIUninitialize of this process", Legal: "no MAPI call, or MAPIInitialize first"},
		{From: "Up Closing Utilities", On: utilityUse, Holds: "INI-01"},
		{From: "Down", On: utilityUse, To: "Misused", Breaks: "INI-01", Early: true,
			Wrong: "{call} was called before any successful MAPIInitialize or ScInitMapiUtil in this process", Legal: "MAPIInitialize or ScInitMapiUtil, then {call}"},
		{From: "Closed", On: utilityUse, To: "Misused", Breaks: "INI-06", Early: true,
			Wrong: "{call} was called after the last MAPIUninitialize of this process", Legal: "free buffers before MAPIUninitialize"},
		{From: "Closed", On: exits, Holds: "INI-06"},
	},
	Counters: []Counter{
		{Name: "initialised", Up: initialize, Down: uninitialize, Says: "MAPIInitialize calls that no MAPIUninitialize has matched yet"},
		{Name: "utilities", Up: initUtil, Down: deinitUtil, Says: "ScInitMapiUtil calls that no DeinitMapiUtil has matched yet"},
		{Name: "idle", Up: initIdle, Down: deinitIdle, Says: "MAPIInitIdle calls that no MAPIDeInitIdle has matched yet"},
	},
	Values: []Memory{
		{Name: "logoff flag of the store", Set: lastStoreOff, From: Arg("ulFlags"), Says: "the flag of the last StoreLogoffTransports that is complete"},
		{Name: "MAPI session that ends", Set: endsForAll, From: On.Value("MAPI session"), Says: "which MAPI session was logged off with MAPI_LOGOFF_SHARED"},
		{Name: "session that ends it", Set: endsForAll, From: On.Serial(), Says: "by which pointer"},
		{Name: "store that is logged off", Set: lastStoreOff, From: Arg("PR_STORE_ENTRYID"), Says: "the store that it was called for"},
		{Name: "first thread", Set: opensMAPI, From: TheThread.Serial(), Says: "the thread that called MAPIInitialize first"},
	},
	Marks: []Mark{
		{Name: "initialisation in an entry point", Set: initInEntry, Clear: providerInit.Enters, Says: "the entry point function that is running has called MAPIInitialize or MAPIUninitialize"},
		{Name: "a provider has initialised MAPI", Set: initialize.Succeeds.When("a provider initialises MAPI", MadeBy(Provider)),
			Clear: uninitialize.Enters.When("a provider uninitialises MAPI", MadeBy(Provider)), Says: "a provider has called MAPIInitialize, and none MAPIUninitialize since"},
		{Name: "MAPILogonEx entered", Set: logonEx.Enters, Says: "some client has begun to log on"},
		{Name: "ready to send", Set: readyToSend, Says: "a store provider has reported NOTIFY_READYTOSEND in some session"},
		{Name: "initialised as a service", Set: initialize.Succeeds.When("a Windows service initialises MAPI", asService), Says: "MAPI_NT_SERVICE was set in some MAPIINIT_0"},
		{Name: "initialised otherwise", Set: initialize.Succeeds.When("a client that is no Windows service initialises MAPI", Not(asService)), Says: "MAPI_NT_SERVICE was not set in some MAPIINIT_0"},
		{Name: "one thread was first", Set: opensMAPI, Clear: opening, Says: "no other thread did anything during the first MAPIInitialize"},
		{Name: "MAPI has a thread for notifications", Set: opensMAPI.When("MAPI makes a thread for notifications", ownNotifier), Clear: opening, Says: "MAPI_MULTITHREAD_NOTIFICATIONS was set in the first MAPIInitialize"},
		{Name: "the notification window is gone", Set: notifierExits, Clear: opening, Says: "the thread that called MAPIInitialize first, and has the window for notifications, has ended"},
		{Name: "the idle engine failed", Set: initIdle.Returns.When("MAPIInitIdle returns 1", Any(All(Result.Given(), Result.Is(1)), All(Out("return").Given(), Out("return").Is(1)))), Says: "MAPIInitIdle has not succeeded"},
		{Name: "a client is idle", Set: initIdle.Succeeds.When("a client initialises the idle engine", MadeBy(Client)), Says: "a client has called MAPIInitIdle"},
		{Name: "a provider is idle", Set: initIdle.Succeeds.When("a provider initialises the idle engine", MadeBy(Provider)), Says: "a provider has called MAPIInitIdle"},
		{Name: "has a preprocessor", Set: operation("RegisterPreprocessor", "IMAPISupport::RegisterPreprocessor").Succeeds, Says: "some transport has registered a preprocessor"},
		{Name: "a store is logged off", Set: lastStoreOff, Clear: storeLogon.Enters, Says: "the transports of a store that nobody else uses are logged off, and no other has been opened since"},
		{Name: "utilities released", Set: uninitialize.Enters, Clear: initUtil.Succeeds, Says: "MAPIUninitialize has released the utilities implicitly"},
	},
}

var threadLife = Lifecycle{
	Name: "thread", Of: ThreadObject,
	Says: "What one thread has initialised.",
	States: []State{
		{"Out", "The thread has not called MAPIInitialize."},
		{"In", "It has."},
		{"Left", "It has matched each of its calls with MAPIUninitialize."},
	},
	Rows: []Row{
		{From: "new", On: Born, To: "Out"},
		{From: "Out Left", On: initialize.Succeeds, To: "In"},
		{From: "In", On: threadLeaves, To: "Left"},
		{From: "In", On: objectUse, Holds: "INI-08"},
		{From: "Out", On: foreignUse, To: "In", Breaks: "INI-08",
			Wrong: "{call} was called on {on} by a thread that has not called MAPIInitialize", Legal: "MAPIInitialize on this thread first"},
		{From: "Left", On: objectUse, To: "In", Breaks: "INI-08", Under: Reading{"afterUninitialize", "process"},
			Wrong: "{call} was called on {on} by a thread that has called MAPIUninitialize for each of its MAPIInitialize", Legal: "MAPIUninitialize when the thread no longer uses any object"},
		{From: "Left", On: functionUse, To: "In", Breaks: "INI-06", Under: Reading{"afterUninitialize", "thread"},
			Wrong: "{call} was called by a thread that has called MAPIUninitialize for each of its MAPIInitialize", Legal: "no MAPI call on this thread, or MAPIInitialize first"},
		{From: "Left", On: objectUse, To: "In", Breaks: "INI-06 INI-08", Under: Reading{"afterUninitialize", "thread"},
			Wrong: "{call} was called on {on} by a thread that has called MAPIUninitialize for each of its MAPIInitialize", Legal: "no MAPI call on this thread, or MAPIInitialize first"},
	},
	Counters: []Counter{
		{Name: "initialised here", Up: initialize, Down: uninitialize, Says: "the thread's MAPIInitialize calls that it has not matched yet"},
		{Name: "ole", Up: oleInit, Down: oleUninit, Says: "the thread's OleInitialize calls that it has not matched yet"},
	},
	Marks: []Mark{
		{Name: "stores started", Set: startsStore, Clear: logonEx.Enters, Says: "the MAPILogonEx that is running has started a store provider"},
		{Name: "others started", Set: startsOther, Clear: logonEx.Enters, Says: "the MAPILogonEx that is running has started a store provider or a transport"},
		{Name: "store logon", Set: msLogon.Enters, Clear: openStore.Enters, Says: "the OpenMsgStore that is running has called IMSProvider::Logon"},
		{Name: "store opened", Set: opensStore, Clear: openStore.Enters, Says: "the OpenMsgStore that is running has logged on to a store"},
		{Name: "store logon warned", Set: msLogon.Returns.With("a store logon returns MAPI_W_ERRORS_RETURNED", MAPI_W_ERRORS_RETURNED), Clear: openStore.Enters,
			Says: "a logon in the OpenMsgStore that is running has succeeded with MAPI_W_ERRORS_RETURNED"},
		{Name: "service entry point", Set: serviceEntry.Enters, Clear: configureService.Enters, Says: "the ConfigureMsgService that is running has called an entry point"},
		{Name: "a store logon may show a dialog", Set: asksToStart, Clear: sessionEntry.Enters, Says: "the OpenEntry that is running has logged on to a store without MDB_NO_DIALOG"},
		{Name: "MAPI notifies on it", Set: notifies.When("MAPI notifies on a thread", Outermost, SaidBy(MAPI)), Says: "MAPI has called OnNotify on it, inside no other call"},
		{Name: "DoSentMail called", Set: operation("DoSentMail", "IMAPISupport::DoSentMail").Enters, Clear: operation("FinishedMsg", "IMsgStore::FinishedMsg").Enters, Says: "DoSentMail has been called in the FinishedMsg that is running"},
		{Name: "CallerRelease called", Set: operation("CallerRelease", "CallerRelease").Enters, Clear: operation("a subobject's Release", "subobject::Release").Enters.When("a subobject's Release enters by itself", Outermost),
			Says: "a view's callback has been called in the Release that is running"},
		{Name: "keeps a sink", Set: operation("AddRef, QueryInterface or Subscribe", "IMAPIAdviseSink::AddRef IMAPIAdviseSink::QueryInterface IMAPISupport::Subscribe").Enters,
			Clear: operation("a provider's Advise", providerAdvise).Enters.When("a provider is asked for a registration", Not(Within(providerAdvise))), Says: "a sink has been kept in the Advise that is running"},
		{Name: "released a sink", Set: operation("a sink's Release", "IMAPIAdviseSink::Release").Enters,
			Clear: operation("Unadvise or Unsubscribe", cancels).Enters.When("a cancellation begins", Not(Within(cancels))), Says: "a sink has been released in the Unadvise that is running"},
		{Name: "discontinued", Set: onNotify.Returns.When("a sink wants no more", Directly("IMAPISupport::Notify"), Result.Is(callbackDiscontinue)), Clear: notify.Returns, Says: "a sink has returned CALLBACK_DISCONTINUE in the Notify that is running"},
	},
	Values: []Memory{
		{Name: "DLL of the other", Set: startsOther, From: TheModule.Serial(), Says: "the DLL of the last store provider or transport that was started inside MAPILogonEx"},
		{Name: "DLL of the store", Set: opensStore, From: TheModule.Serial(), Says: "the DLL of the store that OpenMsgStore has logged on to"},
	},
}

var subsystemRules = []*Rule{
	{ID: "INI-01", Owes: Client | Provider, Level: Must, Needs: "MAPI", About: "CG-34",
		Says:  "MAPIInitialize has succeeded in the process, and is not yet undone, before any other MAPI function or method is called. ScInitMapiUtil is enough for the utility functions.",
		Pages: "mapiinitialize#Remarks; initializing-mapi#(body)"},
	{ID: "INI-02", Owes: MAPI, Level: Must, Needs: "MAPI",
		Says:  "A MAPI call made while MAPI is not initialised returns MAPI_E_NOT_INITIALIZED.",
		Pages: "mapiinitialize#Remarks",
		Guards: []Guard{{When: coreReturn, If: All(AtEntry(All(byClient, TheProcess.In("Down Closed Misused"))), Result.Given(), Undisturbed),
			Holds: Returns(MAPI_E_NOT_INITIALIZED),
			Wrong: "{call}, made while MAPI was not initialised, returned {result}", Legal: "MAPI_E_NOT_INITIALIZED"}}},
	{ID: "INI-03", Owes: Client | Provider, Level: Must, Needs: "MAPI", About: "CG-01 CG-33",
		Says:  "Over the life of a process there are as many calls of MAPIUninitialize as successful calls of MAPIInitialize.",
		Pages: "mapiinitialize#Remarks; mapiuninitialize#Remarks",
		Duties: []Duty{
			{Of: ProcessObject, Owed: All(TheProcess.Count("initialised").AtLeast(1), Not(TheProcess.Marked("a provider has initialised MAPI"))), Paid: lastUninitialize,
				Due:   []Due{{At: exits, If: LeaksCount}},
				Wrong: "the process ends with a MAPIInitialize that no MAPIUninitialize matched", Legal: "MAPIUninitialize before the process ends"},
			{Of: ProcessObject, Owes: Provider, Owed: All(TheProcess.Count("initialised").AtLeast(1), TheProcess.Marked("a provider has initialised MAPI")), Paid: lastUninitialize,
				Due:   []Due{{At: exits, If: LeaksCount}},
				Wrong: "the process ends with a MAPIInitialize of a provider that no MAPIUninitialize matched", Legal: "MAPIUninitialize before the process ends"}}},
	{ID: "INI-04", Owes: MAPI, Level: Must, Needs: "MAPI", About: "CG-01",
		Says:  "MAPIInitialize raises the reference count of the subsystem by one and MAPIUninitialize lowers it by one. What MAPI keeps for the process exists from the first call to the last.",
		Pages: "mapiinitialize#(body); mapiuninitialize#(body)",
		Guards: []Guard{{When: coreReturn, If: All(AtEntry(All(byClient, TheProcess.Count("initialised").AtLeast(1), TheThread.Count("initialised here").AtLeast(1))), Undisturbed),
			Holds: Not(Returns(MAPI_E_NOT_INITIALIZED)),
			Wrong: "{call} returned {result} although a MAPIInitialize is left to be matched", Legal: "another result"}}},
	{ID: "INI-05", Owes: MAPI, Level: Must, Needs: "MAPI", About: "CG-01",
		Says:  "MAPIInitialize, called while MAPI is not initialised and meeting no failure, returns S_OK.",
		Pages: "mapiinitialize#Remarks",
		Guards: []Guard{{When: initialize.Succeeds, If: All(AtEntry(All(TheProcess.Count("initialised").Is(0), Running("MAPIInitialize").Is(1))), Result.Given()),
			Holds: Result.Is(0),
			Wrong: "MAPIInitialize returned {result} to the first caller in the process", Legal: "S_OK, or an error"}}},
	{ID: "INI-06", Owes: Client, Level: Must, Needs: "MAPI", About: "CG-33",
		Says:  "After the last MAPIUninitialize the client makes no MAPI call.",
		Pages: "mapiuninitialize#Remarks"},
	{ID: "INI-07", Owes: Client | Provider, Level: Must, Needs: "MAPI, module, IMAPISession, IMAPIClientShutdown, IMsgStore, IProfAdmin, IMsgServiceAdmin, IProviderAdmin", Keys: "DllMain",
		Says:  "MAPIInitialize and MAPIUninitialize are never called from DllMain, nor from any other function that creates or ends threads.",
		Pages: "mapiinitialize#Remarks; using-thread-safe-objects#(body)",
		Guards: []Guard{
			{When: inDllMain, If: Not(Within(coreCalls)), Owes: Client, Holds: Not(Within("DllMain")),
				Wrong: "{call} was called from DllMain", Legal: "{call} from a function that is called later"},
			{When: inDllMain, If: Within(coreCalls), Owes: Provider, Holds: Not(Within("DllMain")),
				Wrong: "{call} was called from the DllMain of a DLL that MAPI loads", Legal: "{call} from a function that is called later"},
			{When: dllMain.Returns, If: Observed("MAPI")}}},
	{ID: "INI-08", Owes: Client, Level: Must, Needs: "MAPI", About: "CG-33",
		Says:  "Every thread calls MAPIInitialize before it uses a MAPI object, even one that another thread gave it, and MAPIUninitialize when that use is over.",
		Pages: "using-thread-safe-objects#(body)",
		Duties: []Duty{{Of: ThreadObject, Owed: All(This.Count("initialised here").AtLeast(1)), Paid: threadLeaves, Due: []Due{{At: threadExits}},
			Wrong: "the thread ends without having called MAPIUninitialize for its MAPIInitialize", Legal: "MAPIUninitialize on the thread before it ends"}}},
	{ID: "INI-10", Owes: MAPI, Level: Must, Needs: "MAPI, IMAPIAdviseSink", Keys: "MAPIINIT_0",
		Says:  "With MAPI_MULTITHREAD_NOTIFICATIONS the thread that MAPI makes for notifications lives until the count of MAPIInitialize has come down to zero.",
		Pages: "mapiinitialize#Remarks",
		Guards: []Guard{{Of: ThreadObject, When: threadExits,
			If:    All(This.Marked("MAPI notifies on it"), This.In("Out"), TheProcess.Marked("MAPI has a thread for notifications"), TheProcess.In("Normal Querying Agreed Declined")),
			Holds: TheProcess.Count("initialised").Is(0),
			Wrong: "the thread on which MAPI calls OnNotify ended while MAPI is initialised", Legal: "the end of the thread when the last MAPIUninitialize has been called"}}},
	{ID: "INI-11", Owes: Client, Level: Should, Needs: "MAPI",
		Says:  "Without MAPI_MULTITHREAD_NOTIFICATIONS the thread that called MAPIInitialize first dispatches window messages, does not block, and outlives the other threads of the client.",
		Pages: "initializing-mapi#(body)",
		Guards: []Guard{{When: coreUse, If: All(TheProcess.In("Up"), Not(TheProcess.Marked("MAPI has a thread for notifications"))), Holds: Not(TheProcess.Marked("the notification window is gone")),
			Wrong: "{call} was called although the thread that called MAPIInitialize first, without MAPI_MULTITHREAD_NOTIFICATIONS, has ended", Legal: "the end of that thread when no other uses MAPI any more, or MAPI_MULTITHREAD_NOTIFICATIONS"}}},
	{ID: "INI-12", Owes: Client, Level: Must, Needs: "MAPI",
		Says:  "A client that runs as a Windows service sets MAPI_NT_SERVICE, in MAPIINIT_0 as well as in MAPILogonEx. Other clients do not set it.",
		Pages: "mapiinitialize#Remarks; mapiinit_0#Members; mapilogonex#Parameters",
		Guards: []Guard{ // warnings: a process that is no service should not set the flag in the call that has it, and which it is does not show
			{When: logonEx.Enters, If: All(TheProcess.Marked("initialised as a service"), Not(TheProcess.Marked("initialised otherwise"))), Holds: Arg("flFlags").Has(mapiNTService), Severe: &warning,
				Wrong: "MAPI_NT_SERVICE was set in MAPIINIT_0 and is not set in MAPILogonEx", Legal: "MAPI_NT_SERVICE (0x10000) in both"},
			{When: logonEx.Enters, If: All(TheProcess.Marked("initialised otherwise"), Not(TheProcess.Marked("initialised as a service"))), Holds: Not(Arg("flFlags").Has(mapiNTService)), Severe: &warning,
				Wrong: "MAPI_NT_SERVICE is set in MAPILogonEx and was not set in MAPIINIT_0", Legal: "MAPI_NT_SERVICE (0x10000) in both or in neither"}}},
	{ID: "INI-13", Owes: Client, Level: Must, Needs: "MAPI", Keys: "MAPIINIT_0",
		Says:  "The member ulVersion of MAPIINIT_0 is MAPI_INIT_VERSION.",
		Pages: "mapiinit_0#Members",
		Guards: []Guard{{When: initialize.Enters, If: Arg("ulVersion").Given(), Holds: Arg("ulVersion").Is(0),
			Wrong: "MAPIInitialize was passed a MAPIINIT_0 of a version that there is not", Legal: "MAPI_INIT_VERSION (0)"}}},
	{ID: "INI-15", Owes: Client, Level: Must, Needs: "MAPI", About: "CG-34",
		Says:  "A client that has called ScInitMapiUtil calls DeinitMapiUtil when it is finished.",
		Pages: "scinitmapiutil#Remarks; ending-a-mapi-session#(body); deinitmapiutil#Remarks",
		Duties: []Duty{{Of: ProcessObject, Owed: All(TheProcess.Count("utilities").AtLeast(1),
			Any(Under("utilitiesEnd", "explicit"), Not(TheProcess.Marked("utilities released")))), Paid: lastDeinit,
			Due:   []Due{{At: exits, If: LeaksCount}},
			Wrong: "the process ends with a ScInitMapiUtil that no DeinitMapiUtil matched", Legal: "DeinitMapiUtil before the process ends"}}},
	{ID: "INI-16", Owes: Client, Level: Must, Needs: "MAPI",
		Says:  "ScInitMapiUtil is passed ulFlags 0.",
		Pages: "scinitmapiutil#Parameters",
		Guards: []Guard{{When: initUtil.Enters, If: Arg("ulFlags").Given(), Holds: Arg("ulFlags").Is(0),
			Wrong: "ScInitMapiUtil was passed {flags}", Legal: "0"}}},
	{ID: "INI-18", Owes: Client, Level: Must, Needs: "MAPI", About: "CG-34",
		Says:  "A client that has called ScInitMapiUtil and never MAPIInitialize does not call MAPIUninitialize.",
		Pages: "initializing-the-mapi-utilities#(body); using-the-mapi-utilities#(body)"},
	{ID: "INI-19", Owes: Client, Level: Must, Needs: "OLE, MAPI",
		Says:  "A client that has called OleInitialize calls OleUninitialize before its last MAPIUninitialize; a client that has not called OleInitialize does not call OleUninitialize.",
		Pages: "ending-a-mapi-session#(body)",
		Guards: []Guard{
			{Of: ThreadObject, When: oleUninit.Enters, If: Outermost, Holds: This.Count("ole").AtLeast(1),
				Wrong: "OleUninitialize was called on a thread that has no OleInitialize left to be matched", Legal: "one OleUninitialize for each OleInitialize"},
			{Of: ThreadObject, When: oleUninit.Enters, If: All(Outermost, This.Count("ole").AtLeast(1)), Holds: Not(All(This.In("Left"), TheProcess.In("Closed Misused"))),
				Wrong: "OleUninitialize was called after the last MAPIUninitialize", Legal: "OleUninitialize, then MAPIUninitialize"}},
		Duties: []Duty{{Of: ThreadObject, Owed: All(This.Count("ole").AtLeast(1)), Due: []Due{{At: exits, If: All(LeaksCount, Observed("OLE"), This.In("Left"))}},
			Wrong: "the process ends with an OleInitialize that no OleUninitialize matched", Legal: "OleUninitialize before the last MAPIUninitialize"}}},
	{ID: "INI-21", Owes: Provider, Level: Must, Needs: "MAPI, entry", About: "INI-21",
		Says:  "An address book provider's entry point function calls neither MAPIInitialize nor MAPIUninitialize.",
		Pages: "implementing-an-address-book-provider-entry-point-function#(body)",
		Guards: []Guard{
			{When: initInEntry, If: Any(Under("initInEntryPoint", "all"), Directly("ABProviderInit")), Owes: Provider, Holds: Not(Directly(entryPoints)),
				Wrong: "the provider's entry point function called {call}", Legal: "neither MAPIInitialize nor MAPIUninitialize"},
			{When: abInit.Returns, If: Not(TheProcess.Marked("initialisation in an entry point"))},
			{When: otherInit.Returns, Under: Reading{"initInEntryPoint", "all"}, If: Not(TheProcess.Marked("initialisation in an entry point"))}}},
	{ID: "INI-22", Owes: MAPI, Level: Must, Needs: "MAPI, IMAPIInitMonitor", Keys: "return",
		Says:  "An initialisation monitor can be used from any thread as long as the MAPI DLL is loaded, whether MAPI is initialised or not. IsInitialized returns TRUE exactly while a MAPIInitialize is outstanding.",
		Pages: "CreateMAPIInitializationMonitor#HRESULT STDAPICALLTYPE CreateMapiInitializationMonitor(IMAPIInitMonitor ppInitMonitor); imapiinitmonitor-isinitialized#Return value",
		Guards: []Guard{
			{When: monitored, If: All(Undisturbed, AtEntry(TheProcess.Count("initialised").AtLeast(1))), Holds: Not(Out("return").Is(0)),
				Wrong: "IsInitialized returned FALSE although a MAPIInitialize is left to be matched", Legal: "TRUE"},
			{When: monitored, If: All(Undisturbed, AtEntry(TheProcess.Count("initialised").Is(0))), Holds: Out("return").Is(0),
				Wrong: "IsInitialized returned TRUE although no MAPIInitialize is left to be matched", Legal: "FALSE"}}},
	{ID: "INI-23", Owes: MAPI, Level: Must, Needs: "MAPI, OLE", Keys: "MAPIINIT_0",
		Says:  "With MAPI_NO_COINIT in its flags MAPIInitialize does not call CoInitialize.",
		Pages: "mapiinit_0#Members; initializing-mapi#(body)",
		Guards: []Guard{{When: coInit, If: CallerArg("MAPIInitialize", "ulFlags").Given(), Holds: Not(CallerArg("MAPIInitialize", "ulFlags").Has(mapiNoCoInit)),
			Wrong: "MAPIInitialize called {call} although MAPI_NO_COINIT is set", Legal: "MAPIInitialize without {call}"}}},
	{ID: "INI-24", Owes: MAPI, Level: Must, Needs: "MAPI, IMAPIAdviseSink",
		Says:  "In a process that has called ScInitMapiUtil and not MAPIInitialize, tables send no notifications.",
		Pages: "initializing-the-mapi-utilities#(body)",
		Guards: []Guard{{When: notifies, If: All(MadeBy(MAPI), SaidBy(MAPI)), Holds: Not(TheProcess.In("Utilities")),
			Wrong: "MAPI called OnNotify in a process that has called ScInitMapiUtil and not MAPIInitialize", Legal: "no notification"}}},
	{ID: "INI-25", Owes: Client | Provider, Level: Must, Needs: "MAPI",
		Says:  "Whoever calls MAPIInitIdle matches every call with a later MAPIDeInitIdle. Repeated calls of MAPIInitIdle only raise a count.",
		Pages: "mapiinitidle#Remarks; mapideinitidle#Remarks",
		Duties: []Duty{
			{Of: ProcessObject, Owes: Client, If: Not(TheProcess.Marked("a provider is idle")), Owed: All(TheProcess.Count("idle").AtLeast(1), Not(TheProcess.Marked("the idle engine failed"))), Paid: lastIdle,
				Due:   []Due{{At: exits, If: LeaksCount}},
				Wrong: "the process ends with a MAPIInitIdle that no MAPIDeInitIdle matched", Legal: "MAPIDeInitIdle before the process ends"},
			{Of: ProcessObject, Owes: Provider, If: Not(TheProcess.Marked("a client is idle")), Owed: All(TheProcess.Count("idle").AtLeast(1), Not(TheProcess.Marked("the idle engine failed"))), Paid: lastIdle,
				Due:   []Due{{At: exits, If: LeaksCount}},
				Wrong: "the process ends with a provider's MAPIInitIdle that no MAPIDeInitIdle matched", Legal: "MAPIDeInitIdle, in Shutdown at the latest"}}},
	{ID: "INI-26", Owes: Client | Provider, Level: Must, Needs: "MAPI",
		Says:  "MAPIInitIdle is called before any other function of the idle engine.",
		Pages: "mapiinitidle#Remarks",
		Guards: []Guard{{When: idleUse, Holds: TheProcess.Count("idle").AtLeast(1),
			Wrong: "{call} was called before MAPIInitIdle", Legal: "MAPIInitIdle, then {call}"}}},
}
