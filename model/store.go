package model

// Message stores: IMsgStore.

var (
	storeLogoff  = operation("StoreLogoff", "IMsgStore::StoreLogoff")
	transports   = operation("StoreLogoffTransports", "IMAPISupport::StoreLogoffTransports")
	storeCall    = operation("a store method", "IMsgStore::* -IMsgStore::StoreLogoff")
	storeRelease = operation("IMsgStore::Release", "IMsgStore::Release")

	storeUsed      = storeCall.Enters.When("who called StoreLogoff calls a method", MadeBy(Client|Spooler), whoLoggedOff)
	storeShared    = storeCall.Enters.When("another user calls a method", MadeBy(Client|Spooler), Not(whoLoggedOff))
	logoffAgain    = storeLogoff.Enters.When("who called StoreLogoff calls it again", whoLoggedOff)
	logoffShared   = storeLogoff.Enters.When("another user calls StoreLogoff", Not(whoLoggedOff))
	storeDies      = storeRelease.Enters.When("the store's last Release enters", On.LastReference(), Not(On.HasChildren()))
	storeLingers   = storeRelease.Enters.When("the store's last Release enters while something opened through it lives", On.LastReference(), On.HasChildren())
	storeReleased  = storeRelease.Returns.When("the store's last Release returns", AtEntry(All(On.LastReference(), Not(On.HasChildren()))))
	lastChildDies  = operation("last child", "event-last-child").Enters.When("the last thing opened through it dies")
	transportsDone = transports.Succeeds.When("StoreLogoffTransports returns LOGOFF_COMPLETE", Out("ulFlags").Has(logoffComplete))

	logoffRefused = storeLogoff.Returns.When("StoreLogoff is refused", refused)
	logoffDone    = storeLogoff.Returns.When("StoreLogoff is granted", Not(refused))

	// refused: neither a failure nor LOGOFF_INBOUND and its like without LOGOFF_COMPLETE end the store.
	refused = Any(Result.AtLeast(0x80000000), All(Out("ulFlags").Has(logoffActivity), Not(Out("ulFlags").Has(logoffComplete))))

	// whoLoggedOff: StoreLogoff ends its caller's use of the store. The spooler goes on until StoreLogoffTransports tells it to stop.
	// Of several clients one goes on where another has logged off, and the recording does not tell them apart.
	whoLoggedOff = Any(All(MadeBy(Client), Not(On.Marked("logged off by the spooler")), Not(On.Marked("logged off for one client"))), All(MadeBy(Spooler), On.Marked("logged off by the spooler")))

	// notForced: the store does not end because the session's Logoff forces it, or the profile asks for StoreLogoffTransports even then.
	notForced = Any(Under("forcedStoreLogoff", "required"), Not(Within("IMSLogon::Logoff")))
)

// Flags of StoreLogoff and StoreLogoffTransports (MAPIDefs.h).
const (
	logoffInput    = 0x1f // LOGOFF_NO_WAIT, ORDERLY, PURGE, ABORT, QUIET
	logoffNoWait   = 0x1
	logoffOrderly  = 0x2
	logoffPurge    = 0x4
	logoffAbort    = 0x8
	logoffQuiet    = 0x10
	logoffUnderWay = 0x60000 // LOGOFF_INBOUND, LOGOFF_OUTBOUND
	logoffComplete = 0x10000
	logoffActivity = 0xe0000 // LOGOFF_INBOUND, OUTBOUND, OUTBOUND_QUEUE
	logoffOut      = logoffComplete | logoffActivity
)

// Flags of OpenMsgStore (MAPIDefs.h).
const (
	mdbTemporary = 0x20
	mdbNoMail    = 0x80
)

var storeLife = Lifecycle{
	Name: "store", Of: StoreObject,
	Says: "A message store object, from its logon to the last reference on it or on anything opened through it.",
	States: []State{
		{"Open", "In use."},
		{"LoggingOff", "StoreLogoff is running."},
		{"Drained", "StoreLogoff is running, and StoreLogoffTransports has reported LOGOFF_COMPLETE."},
		{"LoggedOff", "StoreLogoff has returned: its caller's Release is left."},
		{"Complete", "StoreLogoff has returned, and StoreLogoffTransports has reported LOGOFF_COMPLETE."},
		{"Lingering", "No reference on the store itself is left, but something opened through it lives and may keep it alive."},
		{"Gone", "The store and everything opened through it has been released."},
	},
	Rows: []Row{
		{From: "new", On: Born, To: "Open"},
		{From: "Open", On: storeLogoff.Enters, To: "LoggingOff"},
		{From: "LoggedOff", On: logoffShared, To: "LoggingOff"},
		{From: "LoggedOff Complete", On: logoffAgain, To: "LoggingOff", Under: Reading{"afterStoreLogoff", "unwise"}},
		{From: "LoggedOff Complete", On: logoffAgain, To: "LoggingOff", Under: Reading{"afterStoreLogoff", "wrong"}, Breaks: "STO-09", Wrong: "StoreLogoff was called again after it had returned", Legal: "IMsgStore::Release"},
		{From: "LoggingOff", On: transportsDone, To: "Drained"},
		{From: "LoggingOff Drained", On: logoffRefused, To: "Open"},
		{From: "LoggingOff", On: logoffDone, To: "LoggedOff"},
		{From: "Drained", On: logoffDone, To: "Complete"},
		{From: "LoggedOff", On: storeUsed, To: "Open", Breaks: "STO-09", Soft: Reading{"afterStoreLogoff", "unwise"}, Wrong: "{call} was called after StoreLogoff had returned", Legal: "IMsgStore::Release"},
		{From: "Complete", On: storeUsed, To: "Open", Breaks: "STO-13 STO-09", Soft: Reading{"afterStoreLogoff", "unwise"}, Wrong: "{call} was called after StoreLogoffTransports had reported LOGOFF_COMPLETE", Legal: "IMsgStore::Release"},
		{From: "Complete", On: storeShared, To: "Open", Breaks: "STO-13", Soft: Reading{"afterStoreLogoff", "unwise"}, Wrong: "{call} was called after StoreLogoffTransports had reported LOGOFF_COMPLETE", Legal: "IMsgStore::Release"},
		{From: "LoggedOff", On: storeDies, To: "Gone", Holds: "STO-09"},
		{From: "Complete", On: storeDies, To: "Gone", Holds: "STO-09 STO-13"},
		{From: "Open LoggingOff Drained Lingering", On: storeDies, To: "Gone"}, // one that lingers may have been handed out again
		{From: "LoggedOff", On: storeLingers, To: "Lingering", Holds: "STO-09"},
		{From: "Complete", On: storeLingers, To: "Lingering", Holds: "STO-09 STO-13"},
		{From: "Open LoggingOff Drained", On: storeLingers, To: "Lingering"},
		{From: "Lingering", On: lastChildDies, To: "Gone"},
		{From: "Lingering", On: HeldAgain, To: "Open"},
	},
	Marks: []Mark{
		{Name: "StoreLogoff called", Set: storeLogoff.Enters, Says: "its user has called StoreLogoff"},
		{Name: "logged off by the spooler", Set: storeLogoff.Enters.When("the spooler calls StoreLogoff", MadeBy(Spooler)), Clear: storeLogoff.Enters.When("a client calls StoreLogoff", MadeBy(Client)), Says: "the last StoreLogoff was the spooler's, which ends its own use of the store, and not that of others"},
		{Name: "logged off for one client", Set: storeLogoff.Enters.When("a client of several calls StoreLogoff", MadeBy(Client), On.HeldByOthers()), Clear: storeLogoff.Enters.When("the only client calls StoreLogoff", MadeBy(Client), Not(On.HeldByOthers())), Says: "another client of the session held it when StoreLogoff was called"},
		{Name: "StoreLogoffTransports called", Set: transports.Enters, Says: "the provider has called it for this store"},
		{Name: "transports logged off", Set: transportsDone, Says: "StoreLogoffTransports has reported LOGOFF_COMPLETE for it"},
		{Name: "logoff refused", Set: logoffRefused, Clear: transports.Enters, Says: "its StoreLogoff was refused: that was not its shutdown, and StoreLogoffTransports is due again"},
		{Name: "the spooler's", Set: spoolerLogon.Succeeds, Says: "SpoolerLogon has handed it out"},
		{Name: "unwrapped", Set: unwraps, Says: "UnwrapNoRef has handed it out, without a reference"},
		{Name: "invalidated", Set: invalidates, Says: "MakeInvalid has succeeded on it"},
		{Name: "its session has ended", Set: sessionLogoff.Succeeds, Says: "the session has been logged off while it was open"},
	},
	Values: []Memory{
		{Name: "logoff flag", Set: storeLogoff.Enters, From: Arg("ulFlags"), Says: "the flag of the last StoreLogoff"},
		{Name: "entry identifier", Set: openStore.Succeeds, From: Arg("lpEntryID"), Says: "what the client opened it by"},
		{Name: "missing interface", Set: operation("QueryInterface on a store", "IMsgStore::QueryInterface").Returns.With("a store does not have an interface", E_NOINTERFACE), From: Arg("iid"), Says: "the interface that QueryInterface did not find last"},
		{Name: "provider's entry identifier", Set: msLogon.Succeeds, From: Arg("lpEntryID"), Says: "what MAPI logged on by"},
	},
}

var storeRules = []*Rule{
	{ID: "STO-02", Owes: Provider | MAPI, Level: Must, Needs: "IMsgStore, IABLogon|IMSLogon|IXPLogon", About: "CG-13",
		Says:  "StoreLogoff ends one store only: the session and its other providers stay as they are.",
		Pages: "shutting-down-a-service-provider#(body)",
		Guards: []Guard{
			{Of: LogonObject, When: abLogoff.Enters, Holds: Not(Within("IMsgStore::StoreLogoff")), Wrong: "StoreLogoff made MAPI log off {it}", Legal: "no logoff but that of the store's own logon object"},
			{Of: LogonObject, When: msLogoff.Enters, Holds: Any(Not(Within("IMsgStore::StoreLogoff")), WithinCallOn(ItsStore, "IMsgStore::StoreLogoff"), WithinCallOn(ItsSupport, "IMAPISupport::Release")), Wrong: "StoreLogoff of another store made MAPI log off {it}", Legal: "no logoff but that of the store's own logon object"},
			{Of: LogonObject, When: xpLogoff.Enters, Under: Reading{"relatedTransports", "stay"}, Holds: Not(Within("IMsgStore::StoreLogoff IMAPISupport::StoreLogoffTransports")), Wrong: "StoreLogoff made the spooler log off {it}", Legal: "no logoff but that of the store's own logon object"}}},
	{ID: "STO-03", Owes: Provider, Level: Should, Needs: "IMsgStore, IMAPISupport", About: "CG-02",
		Says:  "StoreLogoff begins by calling StoreLogoffTransports on the support object.",
		Pages: "shutting-down-a-message-store-provider#(body); imapisupport-storelogofftransports#Notes to callers",
		Guards: []Guard{{Of: StoreObject, When: storeLogoff.Succeeds, Under: Reading{"storeLogoffTransports", "inStoreLogoff"}, If: All(Observed("IMAPISupport"), ItsSupport.Known()), Holds: FirstInside("IMAPISupport::StoreLogoffTransports"),
			Wrong: "StoreLogoff returned without having begun with StoreLogoffTransports", Legal: "IMAPISupport::StoreLogoffTransports first"}}},
	{ID: "STO-04", Owes: Provider, Level: Must, Needs: "IMsgStore, IMAPISupport, IMSLogon", About: "CG-02 CG-46",
		Says:  "StoreLogoff saves its flags; StoreLogoffTransports is not called before the store's reference count is zero.",
		Pages: "imsgstore-storelogoff#Notes to implementers",
		Guards: []Guard{{Of: StoreObject, When: transports.Enters, Under: Reading{"storeLogoffTransports", "inLastRelease"}, Holds: Any(This.References().Is(0), Within("IMSLogon::Logoff")),
			Wrong: "StoreLogoffTransports was called while the store is still in use ({holders})", Legal: "StoreLogoffTransports inside the store's final Release"}}},
	{ID: "STO-05", Owes: Provider, Level: Must, Needs: "IMAPISupport, IMSProvider, IMSLogon", About: "CG-02 CG-12 CG-46",
		Says:  "StoreLogoffTransports is called once while a store is shut down.",
		Pages: "shutting-down-a-message-store-provider#(body)",
		Duties: []Duty{{Of: SupportObject, Type: MSType, Owes: Provider, Owed: All(ItsStore.Known(), ItsStore.Marked("StoreLogoff called"), Not(ItsStore.Marked("StoreLogoffTransports called"))), Paid: transports.Enters,
			Due:   []Due{{At: givenBack, If: notForced}},
			Wrong: "the provider gave back the support object of a store that was logged off, and has not called StoreLogoffTransports", Legal: "StoreLogoffTransports with StoreLogoff's flag, then IMAPISupport::Release"}},
		Guards: []Guard{
			{Of: StoreObject, When: transports.Enters, If: All(This.Marked("StoreLogoffTransports called"), notRefused, sameFlag), Holds: Never, Soft: Reading{"storeLogoffTransports", "either"},
				Wrong: "StoreLogoffTransports was called again, with the same flag", Legal: "one StoreLogoffTransports for each store"},
			{Of: StoreObject, When: transports.Enters, If: All(This.Marked("StoreLogoffTransports called"), notRefused, Not(sameFlag)), Holds: Never,
				Wrong: "StoreLogoffTransports was called again, with another flag", Legal: "one StoreLogoffTransports for each store"},
			{Of: StoreObject, When: transports.Enters, If: All(This.Marked("StoreLogoffTransports called"), Not(This.Marked("StoreLogoff called"))), Holds: Never,
				Wrong: "StoreLogoffTransports was called again", Legal: "one StoreLogoffTransports for each store"}}},
	{ID: "STO-06", Owes: Provider, Level: Must, Needs: "IMAPISupport, IMSProvider, IMSLogon", About: "CG-02 CG-46",
		Says:  "If the store's final Release finds that StoreLogoffTransports has not been called, it calls it, with LOGOFF_ABORT where there was no StoreLogoff.",
		Pages: "shutting-down-a-message-store-provider#(body); imsgstore-storelogoff#Notes to implementers",
		Duties: []Duty{{Of: SupportObject, Type: MSType, Owes: Provider, Owed: All(ItsStore.Known(), Not(ItsStore.Marked("StoreLogoff called")), Not(ItsStore.Marked("StoreLogoffTransports called"))), Paid: transports.Enters,
			Due:   []Due{{At: givenBack, If: notForced}},
			Wrong: "the provider gave back the support object of a store that was released without StoreLogoff, and has not called StoreLogoffTransports", Legal: "StoreLogoffTransports with LOGOFF_ABORT (0x8), then IMAPISupport::Release"}},
		Guards: []Guard{{Of: StoreObject, When: transports.Enters, If: Not(This.Marked("StoreLogoff called")), Holds: Arg("ulFlags").Is(logoffAbort),
			Wrong: "StoreLogoffTransports was passed {flags} for a store that was released without StoreLogoff", Legal: "LOGOFF_ABORT (0x8)"}}},
	{ID: "STO-07", Owes: Provider, Level: Must, Needs: "IMAPISupport, IMsgStore, IMSProvider", About: "CG-02",
		Says:  "StoreLogoffTransports is passed the flag of the last StoreLogoff.",
		Pages: "imsgstore-storelogoff#Notes to implementers; imapisupport-storelogofftransports#Notes to callers",
		Guards: []Guard{{Of: StoreObject, When: transports.Enters, If: All(Arg("ulFlags").Given(), This.Value("logoff flag").Given()), Holds: sameFlag,
			Wrong: "StoreLogoffTransports was passed {flags}, which is not the flag of the last StoreLogoff", Legal: "the flag of StoreLogoff"}}},
	{ID: "STO-08", Owes: Client | Spooler | Provider, Level: Must, Needs: "IMsgStore|IMAPISupport",
		Says:  "StoreLogoff and StoreLogoffTransports are passed exactly one of LOGOFF_ABORT, LOGOFF_NO_WAIT, LOGOFF_ORDERLY, LOGOFF_PURGE and LOGOFF_QUIET.",
		Pages: "imsgstore-storelogoff#Parameters; imapisupport-storelogofftransports#Parameters",
		Guards: []Guard{
			{Of: StoreObject, When: storeLogoff.Enters, If: Arg("ulFlags").Given(), Holds: Arg("ulFlags").OneOf(logoffInput), Wrong: "StoreLogoff was passed {flags}", Legal: "one of 0x1, 0x2, 0x4, 0x8 and 0x10"},
			{Of: SupportObject, When: transports.Enters, If: Arg("ulFlags").Given(), Holds: Arg("ulFlags").OneOf(logoffInput), Wrong: "StoreLogoffTransports was passed {flags}", Legal: "one of 0x1, 0x2, 0x4, 0x8 and 0x10"}}},
	{ID: "STO-09", Owes: Client | Spooler, Level: Must, Needs: "IMsgStore", About: "CG-09 CG-45",
		Says:  "When StoreLogoff has returned, its caller releases the store.",
		Pages: "shutting-down-a-message-store-provider#(body)"},
	{ID: "STO-11", Owes: Client, Level: Must, Needs: "IMsgStore, IMAPISession", About: "CG-22",
		Says:  "StoreLogoff is called only on a store that nobody but the caller is using.",
		Pages: "imsgstore-storelogoff#Remarks",
		Guards: []Guard{{Of: StoreObject, When: storeLogoff.Enters, Under: Reading{"sharedStoreLogoff", "wrong"}, If: MadeBy(Client), Holds: Not(This.HeldByOthers()),
			Wrong: "StoreLogoff was called on a store that another client holds too", Legal: "Release only"}}},
	{ID: "STO-12", Owes: MAPI, Level: Must, Needs: "IMAPISupport", Keys: "otherProcesses", About: "CG-09 CG-22",
		Says:  "If another process has the same store open on the same profile, StoreLogoffTransports has no effect and returns LOGOFF_COMPLETE.",
		Pages: "imapisupport-storelogofftransports#Remarks",
		Guards: []Guard{
			{Of: SupportObject, When: transports.Succeeds, If: Arg("otherProcesses").AtLeast(1), Holds: Out("ulFlags").Has(logoffComplete),
				Wrong: "StoreLogoffTransports handed back {flags} for a store that another process has open", Legal: "LOGOFF_COMPLETE (0x10000), and nothing done"},
			{Of: LogonObject, Type: XPType, When: xpLogoff.Enters, If: CallerArg(transports.Enters.Ops, "otherProcesses").Given(), Holds: CallerArg(transports.Enters.Ops, "otherProcesses").Is(0), Owes: MAPI,
				Wrong: "StoreLogoffTransports logged off {it}, although another process has the store open", Legal: "LOGOFF_COMPLETE (0x10000), and nothing done"}}},
	{ID: "STO-13", Owes: Client | Spooler, Level: Should, Needs: "IMsgStore, IMAPISupport", About: "CG-45",
		Says:  "After StoreLogoffTransports has returned LOGOFF_COMPLETE nothing but Release is called on the store.",
		Pages: "imapisupport-storelogofftransports#Parameters"},
	{ID: "STO-14", Owes: MAPI | Provider, Level: Must, Needs: "IMsgStore|IMAPISupport", About: "CG-09",
		Says:  "The output flags are LOGOFF_INBOUND, LOGOFF_OUTBOUND and LOGOFF_OUTBOUND_QUEUE, and of StoreLogoffTransports LOGOFF_COMPLETE as well.",
		Pages: "imsgstore-storelogoff#Parameters; imapisupport-storelogofftransports#Parameters",
		Guards: []Guard{
			{Of: StoreObject, When: storeLogoff.Succeeds, If: All(Out("ulFlags").Given(), Not(Out("ulFlags").Null())), Holds: Out("ulFlags").Without(logoffInput).Only(logoffActivity), Wrong: "StoreLogoff handed back the flags {flags}", Legal: "LOGOFF_INBOUND (0x20000), LOGOFF_OUTBOUND (0x40000), LOGOFF_OUTBOUND_QUEUE (0x80000)"},
			{Of: SupportObject, When: transports.Succeeds, If: All(Out("ulFlags").Given(), Not(Out("ulFlags").Null())), Holds: Out("ulFlags").Without(logoffInput).Only(logoffOut), Wrong: "StoreLogoffTransports handed back the flags {flags}", Legal: "LOGOFF_COMPLETE (0x10000), LOGOFF_INBOUND (0x20000), LOGOFF_OUTBOUND (0x40000), LOGOFF_OUTBOUND_QUEUE (0x80000)"}}},
	{ID: "STO-15", Owes: MAPI | Spooler, Level: Must, Needs: "IMAPISupport", About: "CG-09",
		Says:  "With LOGOFF_QUIET the logoff does not take place while a transport is active; the output flags tell which activity there is.",
		Pages: "imsgstore-storelogoff#Parameters",
		Guards: []Guard{{Of: SupportObject, When: transports.Succeeds, If: All(Arg("ulFlags").Is(logoffQuiet), Out("ulFlags").Has(logoffUnderWay)), Holds: Not(Out("ulFlags").Has(logoffComplete)),
			Wrong: "StoreLogoffTransports was passed LOGOFF_QUIET and handed back {flags}: the logoff is complete although a message is under way", Legal: "no LOGOFF_COMPLETE (0x10000) with LOGOFF_INBOUND (0x20000) or LOGOFF_OUTBOUND (0x40000)"}}},
	{ID: "STO-17", Owes: MAPI | Spooler, Level: Must, Needs: "IMAPISupport, IXPLogon", Keys: "otherProcesses PR_STORE_ENTRYID", About: "CG-09",
		Says:  "With LOGOFF_NO_WAIT the outbound messages that are ready are sent and an inbound message to the default Inbox that is in process is finished; then nothing is received any more and the spooler releases the store.",
		Pages: "imapisupport-storelogofftransports#Parameters",
		Guards: []Guard{{When: xpStart.Enters, If: loggedOffWith(logoffNoWait), Holds: ofAnotherStore,
			Wrong: "StartMessage was called for a store whose transports have been logged off with LOGOFF_NO_WAIT", Legal: "no reception after StoreLogoffTransports has returned"}}},
	{ID: "STO-18", Owes: MAPI | Spooler, Level: Must, Needs: "IMAPISupport, IXPLogon", Keys: "otherProcesses PR_STORE_ENTRYID", About: "CG-09",
		Says:  "With LOGOFF_ORDERLY the messages in process are finished and no other is begun; then the spooler releases the store.",
		Pages: "imsgstore-storelogoff#Parameters; imapisupport-storelogofftransports#Parameters",
		Guards: []Guard{{When: carriesOne.Enters, If: loggedOffWith(logoffOrderly), Holds: ofAnotherStore,
			Wrong: "{call} was called for a store whose transports have been logged off with LOGOFF_ORDERLY", Legal: "no new message after StoreLogoffTransports has returned"}}},
	{ID: "STO-19", Owes: MAPI | Spooler, Level: Must, Needs: "IMAPISupport, IXPLogon", Keys: "otherProcesses PR_STORE_ENTRYID", About: "CG-09",
		Says:  "LOGOFF_PURGE does what LOGOFF_NO_WAIT does and calls FlushQueues of the transports concerned as well. Control returns when all is done.",
		Pages: "imsgstore-storelogoff#Parameters",
		Guards: []Guard{{When: carriesOne.Enters, If: loggedOffWith(logoffPurge), Holds: ofAnotherStore,
			Wrong: "{call} was called for a store whose transports have been logged off with LOGOFF_PURGE, as if that was not complete", Legal: "all messages before StoreLogoffTransports returns"}}},
	{ID: "STO-21", Owes: Provider, Level: Should, Needs: "IMSLogon|IMsgStore, IMAPISupport", About: "CG-42",
		Says:  "What was opened through IMSLogon::OpenEntry is treated like what was opened through the store: it is invalid once the store object has been released.",
		Pages: "imslogon-openentry#Remarks",
		Guards: []Guard{{Of: CalledObject, When: subCall.Returns, If: All(AtEntry(On.Marked("its store has died")), Result.Given()), Holds: Result.AtLeast(0x80000000),
			Wrong: "{call} returned {result} on {it} although its store had been released for good", Legal: "an error, or Release"}}},
	{ID: "STO-22", Owes: Client, Level: Must, Needs: "IMAPISession",
		Says:  "OpenMsgStore is not passed a null lpEntryID.",
		Pages: "imapisession-openmsgstore#Parameters",
		Guards: []Guard{{Of: SessionObject, When: openStore.Enters, Holds: Not(Arg("lpEntryID").Null()),
			Wrong: "OpenMsgStore was passed no entry identifier", Legal: "the entry identifier of a store"}}},
	{ID: "STO-24", Owes: MAPI, Level: Must, Needs: "IMAPISupport",
		Says:  "A store that was opened with MDB_TEMPORARY is not in the message store table and can not be made permanent: ModifyProfile does nothing and returns S_OK.",
		Pages: "imsprovider-logon#Parameters; imapisupport-modifyprofile#Remarks",
		Guards: []Guard{{Of: SupportObject, When: operation("ModifyProfile", "IMAPISupport::ModifyProfile").Returns, If: Any(This.Marked("temporary"), Arg("ulFlags").Has(mdbTemporary)), Holds: Result.Is(0),
			Wrong: "ModifyProfile returned {result} for a store that was opened for a moment only", Legal: "S_OK, and nothing done"}}},
	{ID: "STO-27", Owes: Client | Provider, Level: Must, Needs: "IMsgStore, IMAPISession", About: "CG-22",
		Says:  "When two clients use a store and one of them calls StoreLogoff, the store is released for the caller at once and the call returns.",
		Pages: "imsgstore-storelogoff#Remarks",
		Guards: []Guard{{Of: StoreObject, When: storeLogoff.Returns, Under: Reading{"sharedStoreLogoff", "callerOnly"}, If: AtEntry(All(MadeBy(Client), On.HeldByOthers())), Holds: Not(refused), Owes: Provider,
			Wrong: "StoreLogoff was refused although another client goes on using {it}", Legal: "the caller's use ends at once"}}},
}

// lastStoreOff: the store that was logged off last is used by nobody else, neither in this process nor in another.
var lastStoreOff = transportsDone.When("the transports of a store that nobody else uses are logged off", Arg("otherProcesses").Is(0),
	TheProcess.Number(SessionObject, This.References(Client).AtLeast(1)).AtMost(1))

// loggedOffWith: that store was logged off with the flag, and no other has been opened since.
func loggedOffWith(flag uint64) Cond {
	return All(TheProcess.Marked("a store is logged off"), TheProcess.Value("logoff flag of the store").Is(flag))
}

// ofAnotherStore: the message is none of the store that was logged off last.
var ofAnotherStore = Not(Arg("PR_STORE_ENTRYID").Equals(TheProcess.Value("store that is logged off")))

// notRefused: no refused StoreLogoff makes a further StoreLogoffTransports necessary.
var notRefused = Not(This.Marked("logoff refused"))

// sameFlag: StoreLogoffTransports is passed what StoreLogoff was.
var sameFlag = Arg("ulFlags").Equals(This.Value("logoff flag"))
