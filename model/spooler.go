package model

// What the MAPI spooler does for a session with mail.

var (
	spoolerLogon   = operation("SpoolerLogon", "IMSProvider::SpoolerLogon")
	spoolerMethods = operation("a store method for the spooler", "IMsgStore::GetOutgoingQueue IMsgStore::SetLockState IMsgStore::FinishedMsg IMsgStore::NotifyNewMail")
	readyToSend    = spoolerNotify.Enters.When("a provider is ready to send", Arg("ulFlags").Has(notifyReadyToSend))
	spoolerIn      = "IMAPISession::OpenMsgStore"
	drains         = transports.Enters
	drained        = transports.Returns
)

var spoolerLife = Lifecycle{
	Name: "spooler", Of: SessionObject,
	Says: "The spooler's part in a session: it logs on to transports and stores, sends and receives, and lets go of both.",
	States: []State{
		{"Idle", "The spooler has not logged on to anything for the session."},
		{"Running", "It has a transport or a store."},
		{"Draining", "A store is being logged off: StoreLogoffTransports is running."},
		{"Stopping", "The session is being logged off."},
	},
	Rows: []Row{
		{From: "new", On: Born, To: "Idle"},
		{From: "Idle", On: xpLogon.Succeeds, To: "Running"},
		{From: "Idle", On: spoolerLogon.Succeeds, To: "Running"},
		{From: "Running", On: drains, To: "Draining"},
		{From: "Draining", On: drained, To: "Running"},
		{From: "Idle Running", On: lastMemberLeaves, To: "Stopping"},
	},
}

var spoolerRules = []*Rule{
	{ID: "SPL-01", Owes: MAPI, Level: Must, Needs: "IMAPISession, IMSProvider", About: "CG-35 CG-51",
		Says:  "When a store has been opened MAPI passes its entry identifier to the spooler, unless the client logged on with MAPI_NO_MAIL or opened the store with MDB_NO_MAIL.",
		Pages: "loading-message-store-providers#(body); imapisession-openmsgstore#Parameters",
		Guards: []Guard{{When: spoolerLogon.Enters, If: CallerArg(spoolerIn, "ulFlags").Given(), Holds: Not(CallerArg(spoolerIn, "ulFlags").Has(mdbNoMail)),
			Wrong: "SpoolerLogon was called in an OpenMsgStore with MDB_NO_MAIL", Legal: "no logon of the spooler for this store"}}},
	{ID: "SPL-02", Owes: Spooler | MAPI, Level: Must, Needs: "IMAPISession, IMSProvider", About: "CG-21 CG-35 CG-51",
		Says:  "The spooler logs on to a store with SpoolerLogon, after the IMSProvider::Logon of a client on that store has succeeded.",
		Pages: "loading-message-store-providers#(body); imsprovider-spoolerlogon#Remarks",
		Guards: []Guard{{When: spoolerLogon.Enters, If: Directly(spoolerIn), Holds: TheThread.Marked("store opened"),
			Wrong: "SpoolerLogon was called in an OpenMsgStore before IMSProvider::Logon had succeeded", Legal: "IMSProvider::Logon for the client first"}}},
	{ID: "SPL-03", Owes: Provider, Level: Must, Needs: "IMSProvider", About: "CG-21",
		Says:  "SpoolerLogon returns both a logon object and a store object for the same store. The two belong together one to one and are made and freed together.",
		Pages: "imsprovider-spoolerlogon#Remarks",
		Guards: []Guard{{Of: ProviderObject, When: spoolerLogon.Succeeds, Holds: Not(Any(Out("lppMSLogon").Null(), Out("lppMDB").Null())),
			Wrong: "SpoolerLogon returned {result} without a logon object or without a store", Legal: "both"}}},
	{ID: "SPL-06", Owes: MAPI | Provider, Level: Must, Needs: "IMSProvider, MAPI, buffers",
		Says:  "MAPI frees the buffer with the data for the logon of the spooler.",
		Pages: "imsprovider-logon#Remarks",
		Guards: []Guard{{Of: BufferObject, When: freeBuffer.Enters, If: This.In("Security"), Holds: Not(MadeBy(Provider)), Owes: Provider,
			Wrong: "the provider freed {it}, the data for the spooler that its logon had handed out", Legal: "no MAPIFreeBuffer: MAPI frees it"}},
		Duties: []Duty{{Of: BufferObject, Owes: MAPI, Owed: This.In("Security"), Due: []Due{{At: exits, If: LeaksCount}},
			Wrong: "MAPI never freed {it}, the data for the spooler that a store logon had handed out", Legal: "MAPIFreeBuffer when the spooler has it"}}},
	{ID: "SPL-07", Owes: Spooler | MAPI | Client | Provider, Level: Must, Needs: "IMSProvider, IMsgStore", About: "CG-21",
		Says:  "GetOutgoingQueue, SetLockState, FinishedMsg and NotifyNewMail are called only by the spooler, on its own store object.",
		Pages: "imsgstore-getoutgoingqueue#(body); imsgstore-finishedmsg#Return value",
		Guards: []Guard{{Of: StoreObject, When: spoolerMethods.Enters, Holds: This.Marked("the spooler's"),
			Wrong: "{call} was called on {it}, which SpoolerLogon has not handed out", Legal: "no call: the spooler calls it on its own store"}}},
	{ID: "SPL-08", Owes: Provider, Level: Must, Needs: "IMAPISupport",
		Says:  "Before its first PrepareSubmit in a session a store provider calls SpoolerNotify with NOTIFY_READYTOSEND, once for the session.",
		Pages: "imapisupport-preparesubmit#Notes to callers",
		Guards: []Guard{{Of: SupportObject, When: operation("PrepareSubmit", "IMAPISupport::PrepareSubmit").Enters, Holds: Any(This.Marked("ready to send"), TheSession.Marked("ready to send"), All(Not(TheSession.Individual()), TheProcess.Marked("ready to send"))), // which several members may share
			Wrong: "PrepareSubmit was called before SpoolerNotify(NOTIFY_READYTOSEND)", Legal: "SpoolerNotify with NOTIFY_READYTOSEND (0x2) once in the session"}}},
	{ID: "SPL-09", Owes: Spooler | MAPI, Level: Should, Needs: "IMSProvider, IMsgStore", Keys: "caller", About: "CG-21 CG-35",
		Says:  "During and after its logon the spooler uses the store object that SpoolerLogon returned.",
		Pages: "imsprovider-spoolerlogon#Remarks",
		Guards: []Guard{{Of: StoreObject, When: operation("a store method of the spooler", "IMsgStore::OpenEntry IMsgStore::StoreLogoff IMsgStore::Advise").Enters, If: Arg("caller").Equals(Word("spooler")), Holds: This.Marked("the spooler's"), Owes: Spooler,
			Wrong: "the spooler called {call} on {it}, which SpoolerLogon has not handed out", Legal: "the store that SpoolerLogon returned"}}},
	{ID: "SPL-10", Owes: MAPI, Level: Must, Needs: "IMSProvider, entry", About: "CG-18",
		Says:  "MAPI_E_UNCONFIGURED from SpoolerLogon makes MAPI call the entry point of the message service, as from Logon.",
		Pages: "imsprovider-spoolerlogon#Return value",
		Guards: []Guard{{Of: ServiceObject, When: spoolerLogon.Enters, If: All(This.Marked("refused the spooler"), ItsModule.Marked("has a service entry point")), Holds: Not(This.In("Unconfigured")),
			Wrong: "SpoolerLogon was called again after MAPI_E_UNCONFIGURED, and MAPI has not called the entry point of the message service", Legal: "MSGServiceEntry with MSG_SERVICE_CONFIGURE first"}}},
	{ID: "SPL-11", Owes: Spooler | MAPI, Level: Must, Needs: "IMsgStore, IMAPISupport, IMSProvider", About: "CG-09 CG-25",
		Says:  "Unless the logoff does not take place, StoreLogoff and StoreLogoffTransports end with the spooler releasing its own use of the store.",
		Pages: "imsgstore-storelogoff#Parameters",
		Duties: []Duty{{Of: StoreObject, Owes: Spooler, Owed: All(This.Marked("the spooler's"), This.Marked("transports logged off"), This.References(MAPI).AtLeast(1)), Paid: spoolerLetsGo, Cause: "references",
			Due:   []Due{{At: exits, If: LeaksCount}},
			Wrong: "StoreLogoffTransports had reported LOGOFF_COMPLETE, and the spooler never released {it}", Legal: "Release when the activity of the transports is over"}}},
}

// spoolerLetsGo is the Release of the last reference of MAPI's and its spooler's.
var spoolerLetsGo = operation("the spooler's Release", "IMsgStore::Release").Enters.When("the spooler releases its last reference", MadeBy(MAPI|Spooler), On.References(MAPI).Is(1))

const notifyReadyToSend = 0x2 // NOTIFY_READYTOSEND (MAPISPI.h)
