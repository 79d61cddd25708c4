package model

// Sessions: what MAPILogonEx hands to one client, and the MAPI session of which that is a membership.

var (
	logonEx        = operation("MAPILogonEx", "MAPILogonEx")
	sessionLogoff  = operation("IMAPISession::Logoff", "IMAPISession::Logoff")
	endsForAll     = sessionLogoff.Enters.When("a session is logged off for all", Arg("ulFlags").Has(mapiLogoffShared))
	sessionCall    = operation("a session method", "IMAPISession::* -IMAPISession::Logoff").Enters
	sessionAddRef  = operation("AddRef on a session", "IMAPISession::AddRef").Enters
	sessionQuery   = operation("QueryInterface on a session", "IMAPISession::QueryInterface").Enters.When("a session is asked for another interface than IMAPIClientShutdown", Not(Asks("IMAPIClientShutdown")))
	sessionRelease = operation("IMAPISession::Release", "IMAPISession::Release")
	openBook       = operation("OpenAddressBook", "IMAPISession::OpenAddressBook")
	openStore      = operation("OpenMsgStore", "IMAPISession::OpenMsgStore")

	sessionEntry = operation("IMAPISession::OpenEntry", "IMAPISession::OpenEntry")
	spoolLogon   = operation("a logon of the spooler", "IMSProvider::SpoolerLogon IXPProvider::TransportLogon").Enters
	timesOut     = logonEx.Returns.With("MAPILogonEx returns MAPI_E_TIMEOUT", MAPI_E_TIMEOUT)
	asksToStart  = msLogon.Enters.When("OpenEntry logs on to a store and leaves out MDB_NO_DIALOG", Directly("IMAPISession::OpenEntry"), Not(Arg("ulFlags").Has(mdbNoDialog)))

	// Changes of the profile.
	deleteProfile  = operation("DeleteProfile", "subobject::DeleteProfile").Returns
	changeServices = operation("DeleteMsgService or ConfigureMsgService", "subobject::DeleteMsgService subobject::ConfigureMsgService")
	endsByProfile  = logonLogoff.Enters.When("a provider is logged off inside DeleteProfile", Within("subobject::DeleteProfile"))
	endsByService  = logonLogoff.Enters.When("a provider is logged off inside DeleteMsgService or ConfigureMsgService", Within(changeServices.Ops))
	ofKnownProfile = All(This.In("Active"), This.Value("flFlags").Has(mapiNewSession), This.Value("profile").Equals(Arg("lpszProfileName")))

	// A session that was there before the MAPILogonEx that returns, and is in use; and those of them that it hands out again, where the
	// recording tells which MAPI session stands behind a pointer.
	olderSession = All(Not(This.BornInside()), Not(This.HandedOutAs("lppSession")), This.In("Active"))
	sameSession  = All(olderSession, This.Value("MAPI session").Equals(Out("mapiSession")))
	joined       = Any(WasAlive("lppSession"), All(Out("mapiSession").Given(), TheProcess.Number(SessionObject, sameSession).AtLeast(1)))

	lastSessionRelease = sessionRelease.Enters.When("the session's last Release enters", On.LastReference())
	sessionReleased    = sessionRelease.Returns.When("the session's last Release returns", AtEntry(On.LastReference()))

	// The members of one shared session can be told apart from separate sessions only where MAPI_NEW_SESSION was set without
	// MAPI_ALLOW_OTHERS; otherwise the last living session of the process is certainly its group's last member there.
	lastMemberLeaves = sessionLogoff.Enters.When("the last member of a session logs off",
		On.In("Active LoggingOff Undecided"), Any(On.Individual(), TheProcess.Number(SessionObject, This.In("Active LoggingOff")).Is(1)))
	memberLeaves = sessionLogoff.Enters.When("another member stays", Not(On.Individual()), TheProcess.Number(SessionObject, This.In("Active LoggingOff")).AtLeast(2))
)

var sessionLife = Lifecycle{
	Name: "session", Of: SessionObject,
	Says: "One client's session pointer, from MAPILogonEx to its last Release.",
	States: []State{
		{"Active", "Logged on."},
		{"LoggingOff", "Logoff is running; what other threads call meanwhile is not ordered with it."},
		{"LoggedOff", "Logoff has returned: only Release is left."},
		{"Undecided", "Logoff has returned an error, which no page describes: the session may be ended or not."},
		{"Refused", "Not a session: a pointer left over by a MAPILogonEx that failed, or a null pointer."},
		{"Gone", "The last reference has been released."},
	},
	Rows: []Row{
		{From: "new", On: Born, To: "Active"},
		{From: "new", On: BornOfFailure, To: "Refused"},
		{From: "Active", On: sessionCall, Holds: "SES-01"},
		{From: "Active", On: sessionLogoff.Enters, To: "LoggingOff", Holds: "SES-01"},
		{From: "LoggingOff", On: sessionLogoff.Succeeds, To: "LoggedOff"},
		{From: "LoggingOff", On: sessionLogoff.Fails, To: "Undecided"},
		{From: "Undecided", On: sessionLogoff.Enters, To: "LoggingOff"},
		{From: "LoggedOff", On: sessionCall, Breaks: "SES-14",
			Wrong: "{call} was called after IMAPISession::Logoff had returned", Legal: "IMAPISession::Release"},
		{From: "LoggedOff", On: sessionLogoff.Enters, To: "LoggingOff", Breaks: "SES-14",
			Wrong: "Logoff was called again after it had returned", Legal: "IMAPISession::Release"},
		{From: "LoggedOff", On: sessionAddRef, Under: Reading{"sessionMethods", "wrong"}, Breaks: "SES-14",
			Wrong: "{call} was called after IMAPISession::Logoff had returned", Legal: "IMAPISession::Release"},
		{From: "LoggedOff", On: sessionQuery, Under: Reading{"sessionMethods", "wrong"}, Breaks: "SES-14",
			Wrong: "{call} was called after IMAPISession::Logoff had returned", Legal: "IMAPISession::Release"},
		{From: "Gone", On: sessionCall, Breaks: "SES-14",
			Wrong: "{call} was called on a session that had been released", Legal: "nothing: the pointer is void"},
		{From: "Gone", On: sessionAddRef, Breaks: "SES-14",
			Wrong: "{call} was called on a session that had been released", Legal: "nothing: the pointer is void"},
		{From: "Gone", On: sessionQuery, Breaks: "SES-14",
			Wrong: "{call} was called on a session that had been released", Legal: "nothing: the pointer is void"},
		{From: "Gone", On: sessionLogoff.Enters, Breaks: "SES-14",
			Wrong: "Logoff was called on a session that had been released", Legal: "nothing: the pointer is void"},
		{From: "Refused", On: sessionCall, Breaks: "SES-01",
			Wrong: "{call} was called on a pointer that no successful MAPILogonEx returned", Legal: "MAPILogonEx, and no use of its pointer unless it succeeded"},
		{From: "Refused", On: sessionLogoff.Enters, Breaks: "SES-01",
			Wrong: "Logoff was called on a pointer that no successful MAPILogonEx returned", Legal: "MAPILogonEx, and no use of its pointer unless it succeeded"},
		{From: "LoggedOff", On: lastSessionRelease, To: "Gone", Holds: "SES-15"},
		{From: "Active LoggingOff Undecided", On: lastSessionRelease, To: "Gone"},
	},
	Marks: []Mark{
		{Name: "without mail", Set: logonEx.Succeeds.When("a session without mail begins", Arg("flFlags").Has(mapiNoMail)), Says: "its client has logged on with MAPI_NO_MAIL"},
		{Name: "ready to send", Set: readyToSend, Says: "a store provider has reported NOTIFY_READYTOSEND in it"},
		{Name: "Logoff entered", Set: sessionLogoff.Enters, Says: "the client has called Logoff"},
		{Name: "others may join", Set: logonEx.Succeeds.When("a logon lets others join", Arg("flFlags").Has(mapiAllowOthers)), Says: "MAPI_ALLOW_OTHERS was set"},
		{Name: "the shared session", Set: logonEx.Succeeds.When("a logon makes the shared session or joins it", Arg("flFlags").Has(mapiAllowOthers), Not(Arg("flFlags").Has(mapiNewSession))),
			Says: "MAPI_ALLOW_OTHERS was set, and MAPI_NEW_SESSION was not"},
	},
	Values: []Memory{
		{Name: "flFlags", Set: logonEx.Succeeds, From: Arg("flFlags"), Says: "what MAPILogonEx was passed"},
		{Name: "profile", Set: logonEx.Succeeds, From: Arg("lpszProfileName"), Says: "the profile that MAPILogonEx was passed"},
		{Name: "MAPI session", Set: logonEx.Succeeds, From: Out("mapiSession"), Says: "which MAPI session stands behind the pointer"},
	},
}

// Flags of MAPILogonEx (MAPIX.h), IMAPISession::Logoff and IMSProvider::Logon (MAPIDefs.h), and a type of event.
const (
	mapiExtended      = 0x20
	mapiNoMail        = 0x8000
	mapiTimeoutShort  = 0x100000
	mapiLogoffShared  = 0x1
	storeType         = 1  // MAPI_STORE
	statusType        = 10 // MAPI_STATUS
	mdbNoDialog       = 0x1
	fnevCriticalError = 0x1
)

// sharedLife is the MAPI session behind one or more session pointers of a process.
var membershipLife = Lifecycle{
	Name: "membership", Of: SessionObject,
	Says: "What a member's Logoff means for the MAPI session behind it. Providers stay up for the other members; the last one's Logoff ends it.",
	States: []State{
		{"Member", "The client takes part in the session."},
		{"Parted", "It has logged off, and other members of the same session may stay."},
		{"Ended", "It was the last member in this process: the session's providers are logged off."},
	},
	Rows: []Row{
		{From: "new", On: Born, To: "Member"},
		{From: "Member", On: lastMemberLeaves, To: "Ended"},
		{From: "Member", On: memberLeaves, To: "Parted"},
	},
}

// clientLetsGo is the Release of the last reference that the client holds.
var clientLetsGo = operation("a client's Release", "IMAPISession::Release IMsgStore::Release subobject::Release").Enters.
	When("the client releases its last reference", MadeBy(Client), On.References(Client).Is(1))

// sessionLetGo is the same for a session that is logged off.
var sessionLetGo = sessionRelease.Enters.When("the client releases its last reference on a session that is logged off",
	MadeBy(Client), On.References(Client).Is(1), On.In("LoggedOff"))

// usedAgain is a later call that shows that the object was alive, and held, all the time.
var usedAgain = operation("a later use", "IMsgStore::* IMsgStore::QueryInterface IMsgStore::AddRef IMsgStore::Release subobject::* subobject::QueryInterface subobject::AddRef subobject::Release").
	Enters.When("the client uses the object later", MadeBy(Client))

var sessionRules = []*Rule{
	{ID: "SES-01", Owes: Client, Level: Must, Needs: "IMAPISession",
		Says:  "A client obtains a session, from a MAPILogonEx that succeeds, before it uses any object of the messaging system.",
		Pages: "mapi-sessions#(body)"},
	{ID: "SES-02", Owes: MAPI, Level: Must, Needs: "MAPI, IMAPISession", Keys: "mapiSession", About: "CG-07",
		Says:  "A MAPILogonEx without MAPI_NEW_SESSION joins the shared session, if there is one, even when it names a profile.",
		Pages: "mapilogonex#Parameters",
		Guards: []Guard{{Of: SessionObject, When: logonEx.Succeeds,
			If:    All(Out("mapiSession").Given(), Not(Arg("flFlags").Has(mapiNewSession)), TheProcess.Number(SessionObject, All(olderSession, This.Marked("the shared session"))).AtLeast(1)),
			Holds: TheProcess.Number(SessionObject, All(sameSession, This.Marked("others may join"))).AtLeast(1),
			Wrong: "MAPILogonEx without MAPI_NEW_SESSION made a new session although there is a shared one", Legal: "the shared session"}}},
	{ID: "SES-03", Owes: MAPI, Level: Must, Needs: "MAPI, IMAPISession", About: "CG-07",
		Says:  "With MAPI_NEW_SESSION MAPI tries to make a new session and does not hand out the shared one. A session that is not shared belongs to one client only.",
		Pages: "mapilogonex#Parameters; mapi-sessions#(body)",
		Guards: []Guard{{Of: SessionObject, When: logonEx.Succeeds, If: All(Arg("flFlags").Has(mapiNewSession), Not(Arg("flFlags").Has(mapiAllowOthers))), Holds: Not(joined),
			Wrong: "MAPILogonEx with MAPI_NEW_SESSION handed out a session that is there already", Legal: "a new session, or an error"}}},
	{ID: "SES-04", Owes: Client | MAPI, Level: Must, Needs: "MAPI, IMAPISession", About: "CG-07",
		Says:  "A session that was made with MAPI_ALLOW_OTHERS is shared: later clients join it without naming a profile or giving credentials. Nobody joins another one.",
		Pages: "logging-on-to-mapi#Choose a profile; mapi-sessions#(body)",
		Guards: []Guard{
			{Of: SessionObject, When: logonEx.Succeeds, If: All(WasAlive("lppSession"), Not(Arg("flFlags").Has(mapiNewSession))), Holds: Not(This.Individual()),
				Wrong: "MAPILogonEx handed out {it}, which was made with MAPI_NEW_SESSION and without MAPI_ALLOW_OTHERS", Legal: "a shared session, or a new one"},
			{Of: SessionObject, When: logonEx.Succeeds, If: All(Out("mapiSession").Given(), Not(Arg("flFlags").Has(mapiNewSession))), Holds: TheProcess.Number(SessionObject, All(sameSession, This.Individual())).Is(0),
				Wrong: "MAPILogonEx joined a session that was made with MAPI_NEW_SESSION and without MAPI_ALLOW_OTHERS", Legal: "a shared session, or a new one"}}},
	{ID: "SES-05", Owes: Client, Level: Should, Needs: "MAPI, IMAPISession", About: "CG-07",
		Says:  "To join the shared session a client sets neither MAPI_NEW_SESSION nor MAPI_ALLOW_OTHERS and passes null pointers for the profile name and the password.",
		Pages: "logging-on-to-mapi#Use an existing shared session",
		Guards: []Guard{{Of: SessionObject, When: logonEx.Succeeds, Under: Reading{"joinsSession", "plainly"}, Owes: Client, If: All(joined, Not(Arg("flFlags").Has(mapiNewSession))),
			Holds: All(Not(Arg("flFlags").Has(mapiAllowOthers)), Any(Not(Arg("lpszProfileName").Given()), Arg("lpszProfileName").Null()), Any(Not(Arg("lpszPassword").Given()), Arg("lpszPassword").Null())),
			Wrong: "MAPILogonEx joined a session with {flags}, and perhaps the name of a profile or a password", Legal: "neither MAPI_NEW_SESSION (0x2) nor MAPI_ALLOW_OTHERS (0x8), and null pointers for both texts"}}},
	{ID: "SES-06", Owes: Client, Level: Must, Needs: "MAPI",
		Says:  "MAPILogonEx is passed a null pointer for lpszPassword.",
		Pages: "mapilogonex#Parameters",
		Guards: []Guard{{When: logonEx.Enters, If: Arg("lpszPassword").Given(), Holds: Arg("lpszPassword").Null(),
			Wrong: "MAPILogonEx was passed a password", Legal: "a null pointer in lpszPassword"}}},
	{ID: "SES-07", Owes: Client, Level: Should, Needs: "MAPI",
		Says:  "Every MAPILogonEx sets MAPI_EXTENDED.",
		Pages: "mapilogonex#Parameters",
		Guards: []Guard{{When: logonEx.Enters, Holds: Arg("flFlags").Has(mapiExtended),
			Wrong: "MAPILogonEx was called without MAPI_EXTENDED", Legal: "MAPI_EXTENDED (0x20) in flFlags"}}},
	{ID: "SES-09", Owes: MAPI, Level: Must, Needs: "MAPI",
		Says:  "MAPI lets one logon finish before it begins another. MAPI_E_TIMEOUT comes only where MAPI_TIMEOUT_SHORT was set and another thread was logging on.",
		Pages: "mapilogonex#Return value",
		Guards: []Guard{{When: timesOut, Holds: Arg("flFlags").Has(mapiTimeoutShort),
			Wrong: "MAPILogonEx returned MAPI_E_TIMEOUT although MAPI_TIMEOUT_SHORT is not set", Legal: "to wait, or another error"}}},
	{ID: "SES-11", Owes: MAPI, Level: Must, Needs: "MAPI, IMSProvider|IXPProvider",
		Says:  "With MAPI_NO_MAIL in MAPILogonEx the spooler is not told of the session.",
		Pages: "mapilogonex#Parameters; loading-message-store-providers#(body)",
		Guards: []Guard{
			{When: spoolLogon, If: CallerArg("MAPILogonEx", "flFlags").Given(), Holds: Not(CallerArg("MAPILogonEx", "flFlags").Has(mapiNoMail)),
				Wrong: "{call} was called in a MAPILogonEx with MAPI_NO_MAIL", Legal: "no logon of the spooler for this session"},
			{When: spoolLogon, If: All(TheSession.Known(), TheSession.Individual()), Holds: Not(TheSession.Value("flFlags").Has(mapiNoMail)),
				Wrong: "{call} was called for a session that was made with MAPI_NO_MAIL", Legal: "no logon of the spooler for this session"}}},
	{ID: "SES-12", Owes: Client, Level: Should, Needs: "MAPI",
		Says:  "A Windows service logs on with MAPI_NO_MAIL.",
		Pages: "mapilogonex#Remarks",
		Guards: []Guard{{When: logonEx.Enters, If: Arg("flFlags").Has(mapiNTService), Holds: Arg("flFlags").Has(mapiNoMail),
			Wrong: "MAPILogonEx was called with MAPI_NT_SERVICE and without MAPI_NO_MAIL", Legal: "MAPI_NO_MAIL (0x8000) as well"}}},
	{ID: "SES-14", Owes: Client, Level: Must, Needs: "IMAPISession", About: "CG-11 SES-14",
		Says:   "After IMAPISession::Logoff has returned, the client calls nothing but Release on that session pointer.",
		Pages:  "imapisession-logoff#Remarks",
		Guards: []Guard{{Of: SessionObject, When: sessionLetGo}}}, // nothing but Release came, or what came has been reported
	{ID: "SES-15", Owes: Client, Level: Must, Needs: "IMAPISession", About: "CG-10 CG-33",
		Says:  "The client releases the session object when Logoff has returned.",
		Pages: "imapisession-logoff#Notes to callers; ending-a-mapi-session#(body)",
		Duties: []Duty{{Of: SessionObject, Owed: All(This.References(Client).AtLeast(1)), Cause: "references", Implies: "REF-02",
			Due:  []Due{{At: lastUninitialize, If: LeaksCount, Soft: Reading{"aliveAtUninitialize", "unwise"}}, {At: exits, If: LeaksCount}},
			Owes: Client, Paid: sessionLetGo,
			Wrong: "the client has not released its session ({holders})", Legal: "IMAPISession::Logoff and Release before MAPIUninitialize"}},
		Guards: []Guard{{Of: SessionObject, When: lastSessionRelease, If: This.In("Active LoggedOff"), Holds: Not(This.In("Active")), Soft: Reading{"releaseBeforeLogoff", "impliesLogoff"}, Owes: Client,
			Wrong: "the session's last reference was released, and the client has not called Logoff", Legal: "IMAPISession::Logoff, then Release"}}},
	{ID: "SES-16", Owes: Client, Level: Must, Needs: "IMAPISession", About: "CG-11 CG-42",
		Says:  "When the client calls Logoff it holds no reference any more on anything that it opened through the session.",
		Pages: "ending-a-mapi-session#(body)",
		Duties: []Duty{
			{Of: StoreObject, If: Not(This.OfSeveralSessions()), Owed: This.References(Client).AtLeast(1), Cause: "references", Owes: Client, Paid: clientLetsGo, Proof: usedAgain,
				Due:   []Due{{At: sessionLogoff.Enters, If: MadeBy(Client), Soft: Reading{"openAtLogoff", "mayBeReleasedLater"}}},
				Wrong: "IMAPISession::Logoff was called while the client still holds {it}", Legal: "release every store, folder, message and table, then Logoff"},
			{Of: Subobject, If: All(Not(This.HasInterface("IAddrBook")), Not(This.OfSeveralSessions())), Owed: This.References(Client).AtLeast(1), Cause: "references", Owes: Client, Paid: clientLetsGo, Proof: usedAgain,
				Due:   []Due{{At: sessionLogoff.Enters, If: MadeBy(Client), Soft: Reading{"openAtLogoff", "mayBeReleasedLater"}}},
				Wrong: "IMAPISession::Logoff was called while the client still holds {it}", Legal: "release every store, folder, message and table, then Logoff"}}},
	{ID: "SES-17", Owes: MAPI | Provider, Level: Must, Needs: "IMAPISession", About: "CG-11 CG-42",
		Says:  "What the client still has open when Logoff has been called is invalid: calls on it fail.",
		Pages: "ending-a-mapi-session#(body)",
		Guards: []Guard{{Of: CalledObject, When: anyAnswer, If: All(AtEntry(All(On.Marked("its session has ended"), On.Recognised(), Not(On.OfSeveralSessions()), Not(MadeBy(Spooler)))), Result.Given()), Holds: Result.AtLeast(0x80000000),
			Wrong: "{call} returned {result} on {it} although the session had been logged off", Legal: "an error, or Release"}}},
	{ID: "SES-18", Owes: Client, Level: Should, Needs: "MAPI, IMAPISession, buffers",
		Says:  "A client shuts down in this order: it cancels its registrations, releases its open objects, frees its buffers, calls Logoff, releases the session, and calls OleUninitialize, MAPIUninitialize and DeinitMapiUtil.",
		Pages: "ending-a-mapi-session#(body)",
		Guards: []Guard{{Of: BufferObject, When: freeBuffer.Enters, If: MadeBy(Client), Holds: Not(This.Marked("kept beyond the session")), Severe: &note,
			Wrong: "the client freed {it} after it had logged off", Legal: "MAPIFreeBuffer, then IMAPISession::Logoff"}}},
	{ID: "SES-19", Owes: MAPI, Level: Must, Needs: "IMAPISession, IMAPIAdviseSink", Keys: "ulEventType", About: "CG-08",
		Says:  "MAPI_LOGOFF_SHARED has no effect on a session that is not shared.",
		Pages: "imapisession-logoff#Parameters",
		Guards: []Guard{{When: notifies, If: All(Arg("ulEventType").Given(), CallerArg("IMAPISession::Logoff", "ulFlags").Has(mapiLogoffShared), TheSession.Individual()), Holds: Not(Arg("ulEventType").Has(fnevCriticalError)),
			Owes:  MAPI,
			Wrong: "the Logoff of a session that is not shared sent a critical error, because of MAPI_LOGOFF_SHARED", Legal: "no such notification"}}},
	{ID: "SES-20", Owes: MAPI | Client, Level: Must, Needs: "IMAPISession, IMAPIAdviseSink", Keys: "mapiSession ulEventType", About: "CG-08",
		Says:  "With MAPI_LOGOFF_SHARED every client of the shared session is told that a logoff is under way, and logs off in turn.",
		Pages: "imapisession-logoff#Parameters",
		Duties: []Duty{{Of: AdviseObject, Owes: MAPI, Under: Reading{"sharedLogoffNotice", "required"},
			Owed: All(This.In("Untold"), This.Marked("for the session itself"), ItsParent.Value("MAPI session").Equals(TheProcess.Value("MAPI session that ends")),
				Not(ItsParent.Serial().Equals(TheProcess.Value("session that ends it")))),
			Paid:  criticalNotice,
			Due:   []Due{{At: exits, If: All(LeaksCount, Observed("IMAPIAdviseSink"))}},
			Wrong: "the session of {it} was logged off with MAPI_LOGOFF_SHARED, and no critical error was notified", Legal: "OnNotify with fnevCriticalError for every other client of the session"}}},
	{ID: "SES-21", Owes: Client, Level: Should, Needs: "IMAPISession", About: "CG-37",
		Says:  "Clients do not pass MAPI_LOGOFF_SHARED any more, from Outlook 2007 SP2 on.",
		Pages: "imapisession-logoff#MFCMAPI reference",
		Guards: []Guard{{Of: SessionObject, When: sessionLogoff.Enters, Holds: Not(Arg("ulFlags").Has(mapiLogoffShared)),
			Wrong: "Logoff was passed MAPI_LOGOFF_SHARED, which makes all clients of the session begin to shut down", Legal: "Logoff without MAPI_LOGOFF_SHARED (0x1)"}}},
	{ID: "SES-22", Owes: Client, Level: Must, Needs: "IMAPISession", About: "CG-37",
		Says:  "Logoff is passed ulReserved 0 and no other flags than MAPI_LOGOFF_SHARED and MAPI_LOGOFF_UI.",
		Pages: "imapisession-logoff#Parameters",
		Guards: []Guard{{Of: SessionObject, When: sessionLogoff.Enters, If: Any(Arg("ulFlags").Given(), Arg("ulReserved").Given()),
			Holds: All(Any(Not(Arg("ulFlags").Given()), Arg("ulFlags").Only(0x3)), Any(Not(Arg("ulReserved").Given()), Arg("ulReserved").Is(0))),
			Wrong: "Logoff was passed flags {flags}, or a reserved argument, that are not allowed", Legal: "ulFlags of MAPI_LOGOFF_SHARED (0x1) and MAPI_LOGOFF_UI (0x2), ulReserved 0"}}},
	{ID: "SES-23", Owes: MAPI, Level: Must, Needs: "IMAPISession, IABLogon|IMSLogon|IXPLogon", About: "CG-32 CG-53",
		Says:  "IMAPISession::Logoff makes MAPI call the logoff method of every provider logon of the session that is active.",
		Pages: "shutting-down-a-service-provider#(body)",
		Duties: []Duty{{Of: LogonObject, Owed: All(This.In("Active Fresh"), This.Marked("its session has ended"), Not(This.Marked("its provider is shut down"))), Paid: logonLogoff.Enters,
			Due:   []Due{{At: sessionLogoff.Returns, If: Under("logoffDone", "atReturn")}, {At: sessionReleased}, {At: uninitialized}, {At: exits, If: LeaksCount}},
			Cause: "logoff", Owes: MAPI,
			Wrong: "the session has ended and MAPI has not called the logoff method of {it}", Legal: "IABLogon::Logoff, IMSLogon::Logoff or IXPLogon::TransportLogoff, then Release"}}},
	{ID: "SES-24", Owes: MAPI | Client, Level: Must, Needs: "IMAPISession", About: "CG-11",
		Says:  "OpenAddressBook hands out a valid IAddrBook even with MAPI_W_ERRORS_RETURNED, and the client always releases it before it logs off.",
		Pages: "imapisession-openaddressbook#Notes to callers; opening-the-address-book#(body)",
		Guards: []Guard{{Of: SessionObject, When: openBook.Succeeds, If: Out("lppAdrBook").Given(), Holds: Not(Out("lppAdrBook").Null()), Owes: MAPI,
			Wrong: "OpenAddressBook returned {result} without an address book", Legal: "a valid IAddrBook pointer"}},
		Duties: []Duty{{Of: Subobject, If: All(This.HasInterface("IAddrBook"), Not(This.OfSeveralSessions())), Owed: This.References(Client).AtLeast(1), Cause: "references", Owes: Client, Paid: clientLetsGo, Proof: usedAgain,
			Due:   []Due{{At: sessionLogoff.Enters, If: MadeBy(Client), Soft: Reading{"openAtLogoff", "mayBeReleasedLater"}}},
			Wrong: "IMAPISession::Logoff was called while the client still holds {it}", Legal: "IAddrBook::Release, then Logoff"}}},
	{ID: "SES-28", Owes: Client | Provider, Level: Must, Needs: "MAPI, buffers",
		Says:  "Whoever holds a buffer of MAPI frees it with MAPIFreeBuffer as soon as it is done with it. Logoff does not free buffers.",
		Pages: "mapifreebuffer#Remarks",
		Duties: []Duty{{Of: BufferObject, Owes: Client, Owed: This.References(Client).AtLeast(1), Paid: freeBuffer.Enters,
			Due:   []Due{{At: exits, If: LeaksCount}},
			Wrong: "the client never freed {it}", Legal: "MAPIFreeBuffer before Logoff"}}},
	{ID: "SES-30", Owes: MAPI, Level: Must, Needs: "IMAPISession, IMsgServiceAdmin, IABLogon|IMSLogon|IXPLogon", About: "CG-24",
		Says:  "What a client changes through IMAPISession::AdminServices does not affect the session that is running.",
		Pages: "imapisession-adminservices#Notes to callers",
		Guards: []Guard{
			{When: endsByService, Holds: Not(Within(changeServices.Ops)), Severe: &warning,
				Wrong: "{call} was called because a message service was changed, in the session that is running", Legal: "the logoff when the session ends"},
			{When: changeServices.Returns, If: seesLogoffs}}},
	{ID: "SES-31", Owes: MAPI, Level: Must, Needs: "IProfAdmin, IMAPISession",
		Says:  "DeleteProfile on a profile that is in use returns S_OK, and takes effect only when all sessions on it have ended.",
		Pages: "iprofadmin-deleteprofile#Remarks",
		Guards: []Guard{
			{When: endsByProfile, Holds: Not(Within("subobject::DeleteProfile")),
				Wrong: "{call} was called because a profile was deleted", Legal: "the deletion when all sessions on the profile have ended"},
			{When: deleteProfile, If: TheProcess.Number(SessionObject, ofKnownProfile).AtLeast(1), Holds: Not(Returns(MAPI_E_NOT_FOUND)),
				Wrong: "DeleteProfile returned {result} for a profile that a session is using", Legal: "S_OK"}}},
	{ID: "SES-34", Owes: MAPI, Level: Must, Needs: "IMAPISession, IMSProvider",
		Says:  "IMAPISession::OpenEntry with the entry identifier of a message store does what OpenMsgStore with MDB_NO_DIALOG does.",
		Pages: "imapisession-openentry#Notes to callers",
		Guards: []Guard{{Of: ThreadObject, When: sessionEntry.Succeeds, If: Out("ulObjType").Is(storeType), Holds: Not(This.Marked("a store logon may show a dialog")),
			Wrong: "OpenEntry on a message store logged on without MDB_NO_DIALOG", Legal: "MDB_NO_DIALOG (0x1) in the ulFlags of IMSProvider::Logon"}}},
	{ID: "SES-35", Owes: MAPI, Level: Must, Needs: "MAPI",
		Says:  "A MAPILogonEx that fails hands out no session.",
		Pages: "mapilogonex#Return value",
		Guards: []Guard{{When: logonEx.Fails, If: Not(WasAlive("lppSession")), Holds: Any(Not(Out("lppSession").Given()), Out("lppSession").Null()),
			Wrong: "MAPILogonEx failed with {result} and yet handed out a session pointer", Legal: "a null pointer"}}},
	{ID: "SES-37", Owes: Client, Level: Should, Needs: "MAPI", About: "CG-07",
		Says:  "A client that wants a certain profile sets MAPI_NEW_SESSION along with its name, because it may be given a shared session on another profile otherwise.",
		Pages: "mapilogonex#Remarks",
		Guards: []Guard{{When: logonEx.Enters, If: All(Not(Arg("lpszProfileName").Null()), Not(Arg("lpszProfileName").Is(emptyText))), Holds: Arg("flFlags").Has(mapiNewSession),
			Wrong: "MAPILogonEx was passed the name of a profile without MAPI_NEW_SESSION", Legal: "MAPI_NEW_SESSION (0x2) as well, or no name"}}},
}
