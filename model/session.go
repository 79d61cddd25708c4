package model

// Sessions: what MAPILogonEx hands to one client, and the MAPI session of which that is a membership.

var (
	logonEx        = operation("MAPILogonEx", "MAPILogonEx")
	sessionLogoff  = operation("IMAPISession::Logoff", "IMAPISession::Logoff")
	sessionCall    = operation("a session method", "IMAPISession::* -IMAPISession::Logoff").Enters
	sessionAddRef  = operation("AddRef on a session", "IMAPISession::AddRef").Enters
	sessionQuery   = operation("QueryInterface on a session", "IMAPISession::QueryInterface").Enters.When("a session is asked for another interface than IMAPIClientShutdown", Not(Asks("IMAPIClientShutdown")))
	sessionRelease = operation("IMAPISession::Release", "IMAPISession::Release")
	openBook       = operation("OpenAddressBook", "IMAPISession::OpenAddressBook")
	openStore      = operation("OpenMsgStore", "IMAPISession::OpenMsgStore")

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
		{Name: "Logoff entered", Set: sessionLogoff.Enters, Says: "the client has called Logoff"},
	},
}

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
	{ID: "SES-35", Owes: MAPI, Level: Must, Needs: "MAPI",
		Says:  "A MAPILogonEx that fails hands out no session.",
		Pages: "mapilogonex#Return value",
		Guards: []Guard{{When: logonEx.Fails, If: Not(WasAlive("lppSession")), Holds: Any(Not(Out("lppSession").Given()), Out("lppSession").Null()),
			Wrong: "MAPILogonEx failed with {result} and yet handed out a session pointer", Legal: "a null pointer"}}},
}
