package model

// The fast shutdown of a client process.

var (
	queryFast  = operation("QueryFastShutdown", "IMAPISession::QueryFastShutdown")
	notifyFast = operation("NotifyProcessShutdown", "IMAPISession::NotifyProcessShutdown")
	doFast     = operation("DoFastShutdown", "IMAPISession::DoFastShutdown")

	querySession = operation("QueryInterface on a session", "IMAPISession::QueryInterface").Enters.
			When("a client asks a session for IMAPIClientShutdown", Asks("IMAPIClientShutdown"))
	laterUse = operation("a client's MAPI call", coreCalls+" MAPIInitialize MAPIUninitialize MAPIFreeBuffer MAPIAllocateBuffer MAPIAllocateMore DeinitMapiUtil ScInitMapiUtil "+
		"-IMAPISession::QueryFastShutdown -IMAPISession::NotifyProcessShutdown -IMAPISession::DoFastShutdown "+
		"-IMAPISession::Release -IMsgStore::Release -subobject::Release").Enters.When("a client calls MAPI after a fast shutdown", byClient)
	laterRelease = operation("a client's Release", "IMAPISession::Release IMsgStore::Release subobject::Release").Enters
	ofInterface  = laterRelease.When("a client releases the shutdown interface after a fast shutdown", byClient, CalledAs("IMAPIClientShutdown"))
	ofAnother    = laterRelease.When("a client releases an object after a fast shutdown", byClient, Not(CalledAs("IMAPIClientShutdown")))
)

var fastShutdownLife = Lifecycle{
	Name: "fastshutdown", Of: ProcessObject,
	Says: "The fast shutdown of a process: QueryFastShutdown, NotifyProcessShutdown, DoFastShutdown, and out.",
	States: []State{
		{"Normal", "No fast shutdown has been asked for."},
		{"Querying", "QueryFastShutdown is running; what other threads call meanwhile is not ordered with it."},
		{"Agreed", "QueryFastShutdown has returned S_OK."},
		{"Declined", "QueryFastShutdown has returned an error: the ordinary shutdown is left."},
		{"Notified", "NotifyProcessShutdown has been called."},
		{"Exiting", "DoFastShutdown has succeeded: the process ends without another MAPI call."},
		{"Resumed", "A MAPI call after DoFastShutdown has been reported."},
	},
	Rows: []Row{
		{From: "new", On: Born, To: "Normal"},
		{From: "Normal Declined", On: queryFast.Enters, To: "Querying"},
		{From: "Normal Querying Declined", On: queryFast.Succeeds, To: "Agreed"},
		{From: "Normal Querying Agreed Notified", On: queryFast.Fails, To: "Declined"},
		{From: "Querying", On: notifyFast.Enters, To: "Notified"},
		{From: "Agreed", On: notifyFast.Enters, To: "Notified", Holds: "FST-02 FST-03"},
		{From: "Normal", On: notifyFast.Enters, To: "Notified", Breaks: "FST-02", Soft: Reading{"fastShutdownOrder", "should"}, Early: true, Wrong: "NotifyProcessShutdown was called before QueryFastShutdown", Legal: "QueryFastShutdown, NotifyProcessShutdown, DoFastShutdown"},
		{From: "Declined", On: notifyFast.Enters, Breaks: "FST-03", Wrong: "NotifyProcessShutdown was called although QueryFastShutdown had returned an error", Legal: "the ordinary shutdown"},
		{From: "Notified", On: doFast.Enters, Holds: "FST-02 FST-03"},
		{From: "Normal Agreed", On: doFast.Enters, To: "Notified", Breaks: "FST-02", Soft: Reading{"fastShutdownOrder", "should"}, Early: true, Wrong: "DoFastShutdown was called before QueryFastShutdown and NotifyProcessShutdown", Legal: "QueryFastShutdown, NotifyProcessShutdown, DoFastShutdown"},
		{From: "Declined", On: doFast.Enters, To: "Notified", Breaks: "FST-03", Wrong: "DoFastShutdown was called although QueryFastShutdown had returned an error", Legal: "the ordinary shutdown"},
		{From: "Notified", On: doFast.Succeeds, To: "Exiting"},
		{From: "Exiting", On: laterUse, To: "Resumed", Breaks: "FST-10", Wrong: "{call} was called after DoFastShutdown", Legal: "the end of the process"},
		{From: "Exiting", On: ofAnother, To: "Resumed", Breaks: "FST-10", Wrong: "{call} was called after DoFastShutdown", Legal: "the end of the process"},
		{From: "Exiting", On: ofInterface, To: "Resumed", Under: Reading{"releaseAfterFastShutdown", "wrong"}, Breaks: "FST-10", Wrong: "{call} was called after DoFastShutdown", Legal: "the end of the process"},
		{From: "Exiting", On: exits, Holds: "FST-10"},
	},
}

var fastShutdownRules = []*Rule{
	{ID: "FST-01", Owes: Client, Level: Must, Needs: "IMAPISession", About: "SES-14",
		Says:  "The client gets IMAPIClientShutdown by QueryInterface on one of its sessions.",
		Pages: "imapiclientshutdowniunknown#Remarks",
		Guards: []Guard{
			{Of: SessionObject, When: querySession, Under: Reading{"sessionMethods", "tolerated"}, Holds: Not(This.In("LoggedOff Gone Refused")),
				Wrong: "IMAPIClientShutdown was asked for on a session that is logged off", Legal: "QueryInterface before Logoff"},
			{Of: SessionObject, When: querySession, Under: Reading{"sessionMethods", "wrong"}, Holds: Not(This.In("LoggedOff Gone Refused")), Implies: "SES-14",
				Wrong: "IMAPIClientShutdown was asked for on a session that is logged off", Legal: "QueryInterface before Logoff"}}},
	{ID: "FST-02", Owes: Client, Level: Must, Needs: "IMAPIClientShutdown", About: "CG-40",
		Says:  "A fast shutdown is QueryFastShutdown, then NotifyProcessShutdown, then DoFastShutdown.",
		Pages: "imapiclientshutdowniunknown#Remarks; best-practices-for-fast-shutdown#(body)"},
	{ID: "FST-03", Owes: Client, Level: Should, Needs: "IMAPIClientShutdown", About: "CG-40",
		Says:  "If QueryFastShutdown returns an error the client calls neither NotifyProcessShutdown nor DoFastShutdown.",
		Pages: "best-practices-for-fast-shutdown#(body); imapiclientshutdown-dofastshutdown#Remarks"},
	{ID: "FST-10", Owes: Client, Level: Should, Needs: "IMAPIClientShutdown, MAPI", About: "CG-40",
		Says:  "After DoFastShutdown the client makes no MAPI call at all, MAPIUninitialize, Logoff and Release included.",
		Pages: "best-practices-for-fast-shutdown#(body)"},
}
