package model

// Provider DLLs.

var (
	abInit       = operation("ABProviderInit", "ABProviderInit")
	abmsInit     = operation("ABProviderInit or MSProviderInit", "ABProviderInit MSProviderInit")
	xpInit       = operation("XPProviderInit", "XPProviderInit")
	otherInit    = operation("MSProviderInit or XPProviderInit", "MSProviderInit XPProviderInit")
	loads        = operation("LoadLibrary", "event-load").Enters
	unloads      = operation("FreeLibrary", "event-unload").Enters
	lastUnload   = unloads.When("the last FreeLibrary", TheModule.Count("loads").Is(1))
	unloadOnce   = unloads.When("a FreeLibrary too many", TheModule.Count("loads").Is(0))
	providerInit = operation("XXProviderInit", "ABProviderInit MSProviderInit XPProviderInit")
	preprocess   = operation("preprocessor", "PreprocessMessage RemovePreprocessInfo")
)

var moduleLife = Lifecycle{
	Name: "module", Of: ModuleObject,
	Says: "A DLL in one process, between LoadLibrary and the FreeLibrary that unloads it.",
	States: []State{
		{"Unloaded", "Not in memory."},
		{"Loaded", "In memory; no entry point function of a provider has been called since."},
		{"Used", "The entry point function of one of its providers has been called."},
	},
	Rows: []Row{
		{From: "new", On: Born, To: "Unloaded"},
		{From: "Unloaded", On: loads, To: "Loaded"},
		{From: "Loaded Used", On: abmsInit.Enters, To: "Used", Holds: "DLL-01 PRV-01"},
		{From: "Unloaded", On: abmsInit.Enters, Breaks: "DLL-01", Early: true,
			Wrong: "{call} of {it} was called although the DLL is not loaded", Legal: "LoadLibrary first"},
		{From: "Loaded Used", On: xpInit.Enters, To: "Used", Holds: "DLL-01 DLL-10 PRV-01"},
		{From: "Unloaded", On: xpInit.Enters, Breaks: "DLL-10 DLL-01", Early: true,
			Wrong: "{call} of {it} was called although the DLL is not loaded", Legal: "LoadLibrary first"},
		{From: "Used", On: preprocess.Enters, Holds: "PRV-01"},
		{From: "Loaded", On: preprocess.Enters, Breaks: "PRV-01", Early: true,
			Wrong: "{call} of {it} was called before the entry point function of any of its providers", Legal: "XPProviderInit first"},
		{From: "Loaded Used", On: lastUnload, To: "Unloaded"},
		{From: "Unloaded", On: unloadOnce, Breaks: "DLL-03",
			Wrong: "FreeLibrary was called for {it} more often than LoadLibrary", Legal: "one FreeLibrary for each LoadLibrary"},
	},
	Counters: []Counter{
		{Name: "loads", Up: operation("LoadLibrary", "event-load"), Down: operation("FreeLibrary", "event-unload"), Says: "LoadLibrary calls that no FreeLibrary has matched yet"},
	},
	Marks: []Mark{
		{Name: "holds a provider", Set: providerInit.Enters, Says: "a provider's entry point function has been called in it"},
		{Name: "has a service entry point", Set: serviceEntry.Enters, Says: "its message service's entry point has been called"},
	},
}

// nothingLeft: no leak of somebody else's keeps MAPI from freeing DLLs.
var nothingLeft = All(
	TheProcess.Number(SessionObject, This.References().AtLeast(1)).Is(0), TheProcess.Number(StoreObject, This.References().AtLeast(1)).Is(0),
	TheProcess.Number(SupportObject, This.References(Provider).AtLeast(1)).Is(0), TheProcess.Number(LogonObject, This.References().AtLeast(1)).Is(0),
	TheProcess.Number(ProviderObject, This.References().AtLeast(1)).Is(0), TheProcess.Count("initialised").Is(0))

var moduleRules = []*Rule{
	{ID: "DLL-01", Owes: MAPI | Spooler, Level: Must, Needs: "module, entry",
		Says:  "A provider is started by loading its DLL and then calling the entry point function of its type in it.",
		Pages: "starting-a-service-provider#(body); initializing-the-transport-provider#(body)"},
	{ID: "DLL-03", Owes: MAPI | Spooler, Level: Must, Needs: "module, entry", About: "CG-15",
		Says:  "For each LoadLibrary of a provider DLL MAPI makes one FreeLibrary when the DLL is no longer needed.",
		Pages: "starting-a-service-provider#(body)",
		Duties: []Duty{{Of: ModuleObject, Owes: MAPI, Owed: All(This.Count("loads").AtLeast(1), This.Marked("holds a provider")), Paid: lastUnload,
			Due:   []Due{{At: exits, If: All(LeaksCount, Observed("module"), nothingLeft)}},
			Wrong: "the process ends without the FreeLibrary that the LoadLibrary of {it} asks for", Legal: "FreeLibrary after the last MAPIUninitialize"}}},
	{ID: "DLL-04", Owes: MAPI | Spooler, Level: Must, Needs: "module, MAPI, entry", About: "CG-15",
		Says:  "The FreeLibrary that unloads a provider DLL comes after the last active client has called MAPIUninitialize.",
		Pages: "shutting-down-a-service-provider#(body)",
		Guards: []Guard{{Of: ModuleObject, When: lastUnload, Under: Reading{"freeLibrary", "afterUninitialize"}, If: This.Marked("holds a provider"), Holds: Not(TheProcess.In("Up")),
			Wrong: "{it} was unloaded while a client still has MAPI initialised", Legal: "FreeLibrary after the last MAPIUninitialize"}}},
	{ID: "DLL-05", Owes: MAPI | Spooler, Level: Must, Needs: "module, entry", About: "CG-15",
		Says:  "When a provider DLL is unloaded, every provider object and logon object of it has been shut down and released.",
		Pages: "shutting-down-a-service-provider#(body)",
		Guards: []Guard{{Of: ModuleObject, When: lastUnload, If: This.Marked("holds a provider"),
			Holds: All(This.Number(ProviderObject, All(This.References(MAPI).AtLeast(1), Not(This.Is(XPType)))).Is(0),
				This.Number(LogonObject, All(This.References(MAPI).AtLeast(1), Not(This.Is(XPType)))).Is(0)),
			Wrong: "{it} was unloaded while MAPI still holds provider or logon objects of it", Legal: "release the logon objects, Shutdown and release the provider objects, then FreeLibrary"}}},
	{ID: "DLL-06", Owes: MAPI, Level: Must, Needs: "module, IMAPISession, IMsgStore", About: "CG-15",
		Says:  "MAPI lets go of a provider DLL when no client with an active session needs it any more.",
		Pages: "linking-to-the-mapi-dlls#(body)",
		Guards: []Guard{{Of: ModuleObject, When: lastUnload, If: This.Marked("holds a provider"),
			Holds: TheProcess.Number(StoreObject, All(ItsModule.Same(TheModule), This.References(Client).AtLeast(1), ItsSession.In("Active"))).Is(0),
			Wrong: "{it} was unloaded while a client with an active session holds a store of it", Legal: "FreeLibrary when the store has been released"}}},
	{ID: "DLL-07", Owes: MAPI, Level: Must, Needs: "module, entry, IXPProvider", About: "CG-05 CG-15",
		Says:  "The DLL of a transport is freed some time after its last provider object in the process has been released, and not before.",
		Pages: "releasing-the-transport-provider#(body)",
		Guards: []Guard{{Of: ModuleObject, When: lastUnload, If: This.Marked("holds a provider"), Implies: "DLL-05",
			Holds: This.Number(ProviderObject, All(This.Is(XPType), This.References(MAPI).AtLeast(1), This.Number(LogonObject, This.References(MAPI).AtLeast(1)).Is(0))).Is(0),
			Wrong: "{it} was unloaded while MAPI still holds a transport provider object of it", Legal: "Shutdown and release the provider object, then FreeLibrary"}}},
	{ID: "DLL-10", Owes: Spooler | MAPI, Level: Must, Needs: "module, entry", About: "CG-04",
		Says:  "The spooler loads the DLL of a transport when it first uses it, and frees it when it does not need it any more.",
		Pages: "transport-provider-role-in-the-mapi-subsystem#(body)"},
	{ID: "DLL-11", Owes: MAPI, Level: Must, Needs: "IMAPISession, entry", About: "CG-03",
		Says:  "When the store to be opened is open in the session already, MAPI neither loads the DLL nor calls MSProviderInit again; it uses the existing provider object.",
		Pages: "loading-message-store-providers#(body)",
		Guards: []Guard{{Of: SessionObject, When: operation("MSProviderInit", "MSProviderInit").Enters, If: All(CallerArg("IMAPISession::OpenMsgStore", "lpEntryID").Given(), Not(CallerArg("IMAPISession::OpenMsgStore", "lpEntryID").Null())),
			Holds: This.Number(StoreObject, All(This.Value("entry identifier").Equals(CallerArg("IMAPISession::OpenMsgStore", "lpEntryID")), This.References().AtLeast(1))).Is(0),
			Wrong: "MSProviderInit was called to open a store that the session has open already", Legal: "IMSProvider::Logon on the existing provider object"}}},
}
