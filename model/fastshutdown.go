package model

// The fast shutdown of a client process.

var (
	queryFast  = operation("QueryFastShutdown", "IMAPISession::QueryFastShutdown")
	notifyFast = operation("NotifyProcessShutdown", "IMAPISession::NotifyProcessShutdown")
	doFast     = operation("DoFastShutdown", "IMAPISession::DoFastShutdown")

	clientFast = queryFast.Ops + " " + notifyFast.Ops + " " + doFast.Ops

	// The same methods of providers.
	askProvider  = operation("a provider's QueryFastShutdown", "IABProvider::QueryFastShutdown IMSProvider::QueryFastShutdown IXPProvider::QueryFastShutdown")
	tellProvider = operation("a provider's NotifyProcessShutdown", "IABProvider::NotifyProcessShutdown IMSProvider::NotifyProcessShutdown IXPProvider::NotifyProcessShutdown")
	exitProvider = operation("a provider's DoFastShutdown", "IABProvider::DoFastShutdown IMSProvider::DoFastShutdown IXPProvider::DoFastShutdown")
	providerFast = operation("IMAPIProviderShutdown", askProvider.Ops+" "+tellProvider.Ops+" "+exitProvider.Ops).Enters
	askOrExit    = operation("QueryFastShutdown or DoFastShutdown of a provider", askProvider.Ops+" "+exitProvider.Ops).Enters
	xpFast       = operation("a transport's IMAPIProviderShutdown", "IXPProvider::QueryFastShutdown IXPProvider::NotifyProcessShutdown IXPProvider::DoFastShutdown").Enters
	abFast       = operation("an address book provider's IMAPIProviderShutdown", "IABProvider::QueryFastShutdown IABProvider::NotifyProcessShutdown IABProvider::DoFastShutdown").Enters
	msFast       = operation("a store provider's IMAPIProviderShutdown", "IMSProvider::QueryFastShutdown IMSProvider::NotifyProcessShutdown IMSProvider::DoFastShutdown").Enters
	startsFast   = operation("IMAPIClientShutdown", clientFast).Enters
	asksShutdown = AtEntry(Asks("IMAPIProviderShutdown"))

	// A provider with an active session, and the registry's FastShutdownBehavior, where the recording has it.
	inUse       = All(This.In("Ready"), This.Number(LogonObject, This.In("Active Fresh")).AtLeast(1))
	onlySession = TheProcess.Number(SessionObject, This.In("Active LoggingOff Undecided")).Is(1)
	behaviour   = Arg("FastShutdownBehavior")
	behaviourOf = CallerArg(queryFast.Ops+" "+doFast.Ops, "FastShutdownBehavior")

	unsupported  = queryFast.Returns.With("QueryFastShutdown returns MAPI_E_NO_SUPPORT", MAPI_E_NO_SUPPORT)
	asksAnew     = operation("another query, or an end of a provider's session", "IMAPISession::QueryFastShutdown IMAPISession::Logoff IMAPISession::Release IMsgStore::StoreLogoff IMsgStore::Release").Enters
	querySession = operation("QueryInterface on a session", "IMAPISession::QueryInterface").Enters.
			When("a client asks a session for IMAPIClientShutdown", Asks("IMAPIClientShutdown"))
	laterUse = operation("a client's MAPI call", coreCalls+" MAPIInitialize MAPIUninitialize MAPIFreeBuffer MAPIAllocateBuffer MAPIAllocateMore DeinitMapiUtil ScInitMapiUtil "+
		"-IMAPISession::QueryFastShutdown -IMAPISession::NotifyProcessShutdown -IMAPISession::DoFastShutdown "+
		"-IMAPISession::Release -IMsgStore::Release -subobject::Release").Enters.When("a client calls MAPI after a fast shutdown", byClient)
	laterFast    = startsFast.When("a client goes on with IMAPIClientShutdown after a fast shutdown", byClient)
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
		{From: "Exiting", On: laterFast, To: "Resumed", Breaks: "FST-10", Wrong: "{call} was called after DoFastShutdown", Legal: "the end of the process"},
		{From: "Exiting", On: ofAnother, To: "Resumed", Breaks: "FST-10", Wrong: "{call} was called after DoFastShutdown", Legal: "the end of the process"},
		{From: "Exiting", On: ofInterface, To: "Resumed", Under: Reading{"releaseAfterFastShutdown", "wrong"}, Breaks: "FST-10", Wrong: "{call} was called after DoFastShutdown", Legal: "the end of the process"},
		{From: "Exiting", On: exits, Holds: "FST-10"},
	},
	Marks: []Mark{
		{Name: "an address book provider's turn", Set: abFast, Clear: startsFast, Says: "the client's method that is running has come to the address book providers"},
		{Name: "a store provider's turn", Set: msFast, Clear: startsFast, Says: "the client's method that is running has come to the store providers"},
		{Name: "no fast shutdown", Set: unsupported, Clear: asksAnew, Says: "QueryFastShutdown has returned MAPI_E_NO_SUPPORT, and no provider has ended a session since"},
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
	{ID: "FST-04", Owes: MAPI, Level: Must, Needs: "IMAPIClientShutdown, IMAPIProviderShutdown, entry", About: "CG-40",
		Says:  "The QueryFastShutdown of a client makes MAPI call that of every provider that has an active session in the process and implements IMAPIProviderShutdown, unless FastShutdownBehavior is 2.",
		Pages: "fast-shutdown-overview#(body)",
		Guards: []Guard{{Of: SessionObject, When: queryFast.Succeeds, If: Undisturbed,
			Holds: TheProcess.Number(ProviderObject, All(inUse, This.Marked("has IMAPIProviderShutdown"), Not(This.Marked("asked")))).Is(0),
			Wrong: "QueryFastShutdown returned S_OK and MAPI has not asked every provider that has IMAPIProviderShutdown", Legal: "QueryFastShutdown of each of them"}}},
	{ID: "FST-05", Owes: MAPI, Level: Must, Needs: "IMAPIClientShutdown, IMAPIProviderShutdown, MAPI", About: "CG-40",
		Says:  "Within a session the providers are queried and notified in the order transport, address book, message store.",
		Pages: "fast-shutdown-overview#(body)",
		Guards: []Guard{
			{Of: ProviderObject, When: xpFast, If: All(Within(clientFast), onlySession), Holds: Not(Any(TheProcess.Marked("an address book provider's turn"), TheProcess.Marked("a store provider's turn"))),
				Wrong: "{call} of a transport was called after that of another provider", Legal: "transports, then address book providers, then store providers"},
			{Of: ProviderObject, When: abFast, If: All(Within(clientFast), onlySession), Holds: Not(TheProcess.Marked("a store provider's turn")),
				Wrong: "{call} of an address book provider was called after that of a store provider", Legal: "transports, then address book providers, then store providers"}}},
	{ID: "FST-06", Owes: MAPI, Level: Must, Needs: "IMAPIClientShutdown, IMAPIProviderShutdown, entry", About: "CG-40",
		Says:  "With FastShutdownBehavior 0 the query returns S_OK unless a provider has returned an error. A provider without IMAPIProviderShutdown counts as willing.",
		Pages: "fast-shutdown-user-options#Option 1: The MAPI subsystem enables fast shutdown, unless MAPI providers explicitly opt out",
		Guards: []Guard{
			{Of: SessionObject, When: queryFast.Succeeds, If: Undisturbed, Holds: TheProcess.Number(ProviderObject, All(inUse, This.Marked("refuses"))).Is(0),
				Wrong: "QueryFastShutdown returned S_OK although a provider refuses", Legal: "MAPI_E_NO_SUPPORT"},
			{Of: SessionObject, When: queryFast.Fails, If: All(Undisturbed, behaviour.Is(0)), Holds: TheProcess.Number(ProviderObject, This.Marked("refuses")).AtLeast(1),
				Wrong: "QueryFastShutdown returned {result} although no provider refuses and FastShutdownBehavior is 0", Legal: "S_OK"}}},
	{ID: "FST-07", Owes: MAPI, Level: Must, Needs: "IMAPIClientShutdown, IMAPIProviderShutdown, entry", Keys: "FastShutdownBehavior", About: "CG-40",
		Says:  "With FastShutdownBehavior 1 the query returns S_OK only if every provider with an active session has IMAPIProviderShutdown and returns S_OK.",
		Pages: "fast-shutdown-user-options#Option 2: The MAPI subsystem enables fast shutdown only if every MAPI provider explicitly opts in",
		Guards: []Guard{{Of: SessionObject, When: queryFast.Succeeds, If: All(Undisturbed, behaviour.Is(1)), Holds: TheProcess.Number(ProviderObject, All(inUse, Not(This.Marked("agrees")))).Is(0),
			Wrong: "QueryFastShutdown returned S_OK although not every provider has agreed and FastShutdownBehavior is 1", Legal: "MAPI_E_NO_SUPPORT"}}},
	{ID: "FST-08", Owes: MAPI, Level: Must, Needs: "IMAPIClientShutdown, IMAPIProviderShutdown", Keys: "FastShutdownBehavior", About: "CG-40",
		Says:  "With FastShutdownBehavior 2 the query returns MAPI_E_NO_SUPPORT, and MAPI never calls QueryFastShutdown or DoFastShutdown of a provider.",
		Pages: "fast-shutdown-user-options#Option 3: An administrator disables support for client fast shutdown",
		Guards: []Guard{
			{Of: SessionObject, When: queryFast.Returns, If: behaviour.Is(2), Holds: Returns(MAPI_E_NO_SUPPORT),
				Wrong: "QueryFastShutdown returned {result} although FastShutdownBehavior is 2", Legal: "MAPI_E_NO_SUPPORT"},
			{Of: ProviderObject, When: askOrExit, If: behaviourOf.Given(), Holds: Not(behaviourOf.Is(2)),
				Wrong: "{call} of a provider was called although FastShutdownBehavior is 2", Legal: "no call on the providers"}}},
	{ID: "FST-09", Owes: MAPI, Level: Must, Needs: "IMAPIClientShutdown, IMAPIProviderShutdown, entry", About: "CG-40",
		Says:  "NotifyProcessShutdown and DoFastShutdown of a client are passed on to every loaded provider that has IMAPIProviderShutdown, DoFastShutdown not with FastShutdownBehavior 2.",
		Pages: "fast-shutdown-overview#(body)",
		Guards: []Guard{
			{Of: SessionObject, When: notifyFast.Succeeds, If: All(Undisturbed, AtEntry(TheProcess.In("Agreed"))),
				Holds: TheProcess.Number(ProviderObject, All(inUse, This.Marked("has IMAPIProviderShutdown"), Not(This.Marked("notified")))).Is(0),
				Wrong: "NotifyProcessShutdown returned and MAPI has not notified every provider that has IMAPIProviderShutdown", Legal: "NotifyProcessShutdown of each of them"},
			{Of: SessionObject, When: doFast.Succeeds, If: All(Undisturbed, AtEntry(TheProcess.In("Notified"))),
				Holds: TheProcess.Number(ProviderObject, All(inUse, This.Marked("has IMAPIProviderShutdown"), Not(This.Marked("told to exit")))).Is(0),
				Wrong: "DoFastShutdown returned S_OK and MAPI has not told every provider that has IMAPIProviderShutdown", Legal: "DoFastShutdown of each of them"}}},
	{ID: "FST-10", Owes: Client, Level: Should, Needs: "IMAPIClientShutdown, MAPI", About: "CG-40",
		Says:  "After DoFastShutdown the client makes no MAPI call at all, MAPIUninitialize, Logoff and Release included.",
		Pages: "best-practices-for-fast-shutdown#(body)"},
	{ID: "FST-11", Owes: Client, Level: Should, Needs: "IMAPIClientShutdown, IMAPIProviderShutdown",
		Says:  "A client never calls the IMAPIProviderShutdown of a provider itself.",
		Pages: "best-practices-for-fast-shutdown#(body)",
		Guards: []Guard{{Of: ProviderObject, When: providerFast, Owes: Client,
			If:    Any(Within(clientFast), All(SaidBy(Client), Running(clientFast).Is(0), Observed("IMAPIClientShutdown"))),
			Holds: Within(clientFast),
			Wrong: "the client called {call} of a provider", Legal: "the method of IMAPIClientShutdown of the same name"}}},
	{ID: "FST-13", Owes: Provider, Level: Should, Needs: "IABProvider|IMSProvider|IXPProvider",
		Says:  "A provider that does not support fast shutdown still implements IMAPIProviderShutdown on its provider object, and returns MAPI_E_NO_SUPPORT from QueryFastShutdown.",
		Pages: "imapiprovidershutdown-queryfastshutdown#Remarks; imapiprovidershutdowniunknown#(body)",
		Guards: []Guard{{Of: ProviderObject, When: providerAsked.Returns, If: All(asksShutdown, This.In("Fresh Ready")), Holds: Not(Returns(E_NOINTERFACE)),
			Wrong: "{it} does not implement IMAPIProviderShutdown", Legal: "IMAPIProviderShutdown, and MAPI_E_NO_SUPPORT from its QueryFastShutdown"}}},
	{ID: "FST-15", Owes: MAPI, Level: Must, Needs: "IMAPIClientShutdown, IMAPISession, IMsgStore", About: "CG-40",
		Says:  "DoFastShutdown of a client returns MAPI_E_NO_SUPPORT where fast shutdown is not supported.",
		Pages: "imapiclientshutdown-dofastshutdown#Return value",
		Guards: []Guard{{Of: SessionObject, When: doFast.Returns, If: TheProcess.Marked("no fast shutdown"), Holds: Not(Result.Is(0)),
			Wrong: "DoFastShutdown returned S_OK although QueryFastShutdown had returned MAPI_E_NO_SUPPORT", Legal: "MAPI_E_NO_SUPPORT"}}},
}
