package model

// Advise registrations of clients with sessions, stores, address books, tables and folders.

var (
	advise   = operation("Advise", "IMAPISession::Advise IMsgStore::Advise subobject::Advise")
	unadvise = operation("Unadvise", "IMAPISession::Unadvise IMsgStore::Unadvise subobject::Unadvise")

	subscribe   = operation("Subscribe", "IMAPISupport::Subscribe")
	unsubscribe = operation("Unsubscribe", "IMAPISupport::Unsubscribe")
	notify      = operation("Notify", "IMAPISupport::Notify")
	onNotify    = operation("OnNotify", "IMAPIAdviseSink::OnNotify")
	wrapsSink   = operation("HrThisThreadAdviseSink", "HrThisThreadAdviseSink")
	registers   = operation("Advise or Subscribe", advise.Ops+" IMAPISupport::Subscribe")
	registersIt = operation("a sink is registered", advise.Ops+" IABLogon::Advise IMSLogon::Advise IMAPISupport::Subscribe").Enters

	providerAdvise = "IABLogon::Advise IMSLogon::Advise IMsgStore::Advise"
	cancels        = "IMAPISession::Unadvise IABLogon::Unadvise IMSLogon::Unadvise IMsgStore::Unadvise IMAPISupport::Unsubscribe"

	criticalNotice = onNotify.Enters.When("a critical error is notified", Arg("ulEventType").Has(fnevCriticalError))

	advised    = advise.Succeeds.When("a client's Advise succeeds", MadeBy(Client))
	sourceDies = operation("an advise source's Release", "IMAPISession::Release IMsgStore::Release subobject::Release").Enters.When("the source's last Release enters", On.LastReference())
)

var adviseLife = Lifecycle{
	Name: "advise", Of: AdviseObject,
	Says: "One registration for notifications, from a successful Advise to its Unadvise. Without Unadvise it lasts, dangling, beyond its source.",
	States: []State{
		{"Registered", "The source may notify the sink."},
		{"Cancelling", "Unadvise is running."},
		{"Undecided", "Unadvise has returned an error, which no page describes: the registration may be cancelled or not."},
		{"Dangling", "The source is gone, and the registration was not cancelled."},
		{"Gone", "Cancelled."},
	},
	Rows: []Row{
		{From: "new", On: advised, To: "Registered"},
		{From: "Registered", On: unadvise.Enters, If: itsNumber, To: "Cancelling", Holds: "ADV-07"},
		{From: "Dangling Undecided", On: unadvise.Enters, If: itsNumber, To: "Cancelling"},
		{From: "Cancelling", On: unadvise.Succeeds, If: itsNumber, To: "Gone"},
		{From: "Cancelling", On: unadvise.Fails, If: itsNumber, To: "Undecided"},
		{From: "Registered", On: sourceDies, If: ItsParent.Same(On), To: "Dangling"},
	},
	Values: []Memory{
		{Name: "connection", Set: advised, From: Out("ulConnection"), Says: "the connection number"},
		{Name: "sink", Set: advised, From: Arg("lpAdviseSink"), Says: "the sink that was passed"},
	},
}

// noticeLife is whether a client has been told that its session ends.
var noticeLife = Lifecycle{
	Name: "notice", Of: AdviseObject,
	Says: "Whether a registered sink has been notified of a critical error, such as the end of a shared session.",
	States: []State{
		{"Untold", "It has not."},
		{"Told", "It has."},
	},
	Rows: []Row{
		{From: "new", On: Born, To: "Untold"},
		{From: "Untold", On: criticalNotice,
			If: This.Value("sink").Equals(On.Value("registered as")), To: "Told"},
	},
	Marks: []Mark{{Name: "for the session itself", Set: advised.When("a registration for critical errors of a session", Arg("lpEntryID").Null(), Not(TheProcess.Value("session that ends it").Given())),
		Says: "no entry identifier was passed, and no client had logged off for all"}},
}

// Flags of Subscribe and Notify, and what OnNotify may return (MAPISPI.h).
const (
	notifySync          = 0x40000000
	notifyCanceled      = 0x80000000
	callbackDiscontinue = 0x80000000
)

var subscriptionLife = Lifecycle{
	Name: "subscription", Of: SubscriptionObject,
	Says: "One registration of a provider for notifications by MAPI, from a successful Subscribe to its Unsubscribe.",
	States: []State{
		{"Subscribed", "Notify calls the sink."},
		{"Cancelling", "Unsubscribe is running."},
		{"Gone", "Cancelled."},
	},
	Rows: []Row{
		{From: "new", On: subscribe.Succeeds, To: "Subscribed"},
		{From: "Subscribed", On: unsubscribe.Enters, If: itsSubscription, To: "Cancelling", Holds: "ADV-11"},
		{From: "Cancelling", On: unsubscribe.Succeeds, If: itsSubscription, To: "Gone"},
		{From: "Cancelling", On: unsubscribe.Fails, If: itsSubscription, To: "Subscribed"},
	},
	Values: []Memory{
		{Name: "subscription", Set: subscribe.Succeeds, From: Out("ulConnection"), Says: "the connection number"},
		{Name: "subscribed sink", Set: subscribe.Succeeds, From: Arg("lpAdviseSink"), Says: "the sink that was passed"},
		{Name: "subscription flags", Set: subscribe.Succeeds, From: Arg("ulFlags"), Says: "whether Notify calls it synchronously"},
	},
}

// quietSinks: no sink was being called while the call ran, so that its Release had not to be put off.
var quietSinks = All(AtEntry(Running("IMAPIAdviseSink::OnNotify").Is(0)), Undisturbed)

// itsSubscription: Unsubscribe is called with the connection number of the registration.
var itsSubscription = This.Value("subscription").Equals(Arg("ulConnection"))

var sinkLife = Lifecycle{
	Name: "sink", Of: SinkObject,
	Says: "An advise sink, as far as the thread matters on which it is called.",
	States: []State{
		{"Plain", "Not wrapped."},
		{"Wrapped", "HrThisThreadAdviseSink has made a wrapper of it: it is called on that thread only."},
		{"Free", "It was registered itself, or wrapped again: it may be called on more than one thread."},
	},
	Rows: []Row{
		{From: "new", On: Born, To: "Plain"},
		{From: "Plain", On: wrapsSink.Enters, To: "Wrapped"},
		{From: "Wrapped", On: wrapsSink.Enters, To: "Free"},
		{From: "Plain Wrapped", On: registersIt, To: "Free"},
	},
	Marks: []Mark{{Name: "a wrapper", Set: wrapsSink.Succeeds, Says: "HrThisThreadAdviseSink has made it"}},
	Values: []Memory{{Name: "registered as", Set: operation("IMAPISession::Advise", "IMAPISession::Advise").Enters, From: Arg("lpAdviseSink"), Says: "the pointer that was registered"},
		{Name: "wrapping thread", Set: wrapsSink.Enters, From: TheThread.Serial(), Says: "the thread that wrapped it"}},
}

// itsNumber: Unadvise is called with the registration's connection number. It concerns registrations with the called object only.
var itsNumber = This.Value("connection").Equals(Arg("ulConnection"))

var adviseRules = []*Rule{
	{ID: "ADV-01", Owes: Provider | MAPI, Level: Must, Needs: "IMAPISession|IMsgStore|IAddrBook|IMAPITable|IMAPISupport",
		Says:  "An Advise or Subscribe that succeeds returns a connection number that is not zero.",
		Pages: "imsgstore-advise#Notes to implementers; imapisupport-subscribe#Parameters",
		Guards: []Guard{{Of: CalledObject, When: registers.Succeeds, Holds: Not(Out("ulConnection").Is(0)),
			Wrong: "{call} succeeded and handed back the connection number zero", Legal: "a number that is not zero"}}},
	{ID: "ADV-02", Owes: Provider | MAPI, Level: Must, Needs: "IMAPISession|IMsgStore|IAddrBook|IMAPITable",
		Says:  "A connection number stays in use until Unadvise for it has completed, even if the sink has been released before, and is not given out again.",
		Pages: "imsgstore-advise#Notes to implementers; registering-for-a-notification#(body)",
		Guards: []Guard{{Of: CalledObject, When: advised, Holds: This.Opened(AdviseObject, All(This.In("Registered"), This.Value("connection").Equals(Out("ulConnection")))).Is(0),
			Wrong: "{call} handed back a connection number that is still in use", Legal: "another number, until Unadvise has returned"}}},
	{ID: "ADV-03", Owes: Provider, Level: Must, Needs: "IABLogon|IMSLogon|IMsgStore, IMAPIAdviseSink, IMAPISupport",
		Says:  "A provider that notifies by itself calls AddRef on the sink in Advise and keeps it until Unadvise. One that leaves it to MAPI calls Subscribe, and keeps no pointer.",
		Pages: "iablogon-advise#Notes to implementers; supporting-event-notification#(body)",
		Guards: []Guard{{Of: ThreadObject, When: operation("a provider's Advise", providerAdvise).Succeeds, If: Arg("lpAdviseSink").Given(), Holds: This.Marked("keeps a sink"),
			Wrong: "{call} succeeded without AddRef on the sink and without Subscribe", Legal: "IMAPIAdviseSink::AddRef or IMAPISupport::Subscribe"}}},
	{ID: "ADV-04", Owes: Provider | MAPI, Level: Must, Needs: "IMAPISession|IMsgStore|IMAPISupport, IMAPIAdviseSink", About: "ADV-04",
		Says:  "Unadvise and Unsubscribe release the sink; where OnNotify is running on another thread, right after that has returned.",
		Pages: "imapisession-unadvise#Remarks; imapisupport-unsubscribe#Remarks",
		Guards: []Guard{
			{Of: AdviseObject, When: operation("Unadvise of a session or a store", "IMAPISession::Unadvise IMsgStore::Unadvise").Succeeds, If: All(itsNumber, This.Value("sink").Given(), quietSinks), Holds: TheThread.Marked("released a sink"), Severe: &warning,
				Wrong: "{call} returned without Release on the sink", Legal: "IMAPIAdviseSink::Release inside"},
			{Of: SubscriptionObject, When: unsubscribe.Succeeds, If: All(itsSubscription, This.Value("subscribed sink").Given(), quietSinks), Holds: TheThread.Marked("released a sink"), Severe: &warning,
				Wrong: "{call} returned without Release on the sink", Legal: "IMAPIAdviseSink::Release inside"}}},
	{ID: "ADV-05", Owes: Client, Level: Must, Needs: "IMAPISession|IMsgStore|IAddrBook|IMAPITable|IMAPIFolder",
		Says:  "Unadvise is passed a connection number that an earlier Advise on the same object returned and that has not been cancelled yet.",
		Pages: "imapisession-unadvise#Parameters",
		Guards: []Guard{{Of: CalledObject, When: unadvise.Enters, If: All(MadeBy(Client), Arg("ulConnection").Given(), Not(This.IsDead())),
			Holds: This.Number(AdviseObject, All(itsNumber, Any(Not(This.In("Cancelling Gone")), All(This.In("Cancelling"), Running(unadvise.Ops).Is(1))))).AtLeast(1), // one that never returned may have failed
			Wrong: "Unadvise was passed a connection number that is not registered with {it}", Legal: "a number that Advise on the same object returned, once"}}},
	{ID: "ADV-06", Owes: MAPI, Level: Must, Needs: "IMAPISupport",
		Says:  "Unsubscribe with a connection number that does not exist returns MAPI_E_NOT_FOUND.",
		Pages: "imapisupport-unsubscribe#Return value",
		Guards: []Guard{{Of: SupportObject, When: unsubscribe.Returns, If: AtEntry(TheProcess.Number(SubscriptionObject, itsSubscription).Is(0)), Holds: Returns(MAPI_E_NOT_FOUND),
			Wrong: "Unsubscribe returned {result} for a connection number that Subscribe has not given", Legal: "MAPI_E_NOT_FOUND"}}},
	{ID: "ADV-07", Owes: Client, Level: Should, Needs: "IMAPISession, IMsgStore|IAddrBook|IMAPITable|IMAPIFolder|IMAPISession", About: "CG-41",
		Says:  "A client cancels every registration with Unadvise before it releases the source, and before it logs off.",
		Pages: "ending-a-mapi-session#(body); canceling-a-notification#(body)",
		Duties: []Duty{{Of: AdviseObject, Owes: Client, Owed: This.In("Registered Dangling"), Cause: "unadvise", Paid: unadvise.Enters,
			Due: []Due{
				{At: sourceDies, If: All(Under("unadvise", "bySourceRelease"), ItsParent.Same(On))},
				{At: sessionLogoff.Enters, If: All(Under("unadvise", "byLogoff"), Not(This.OfSeveralSessions()))},
				{At: sessionLogoff.Enters, If: All(Under("unadvise", "bySourceRelease"), Not(This.OfSeveralSessions())), Severe: &serious}},
			Wrong: "{it} has not been cancelled with Unadvise", Legal: "Unadvise, then Release and Logoff"}}},
	{ID: "ADV-08", Owes: Client, Level: Should, Needs: "IMAPIAdviseSink, MAPI",
		Says:  "Once Advise has succeeded the client releases its own reference on the sink, or on the wrapper that HrThisThreadAdviseSink made, unless it needs that for long.",
		Pages: "imapisession-advise#Notes to callers; registering-for-a-notification#(body)",
		Duties: []Duty{{Of: SinkObject, Owes: Client, Owed: This.References(Client).AtLeast(1), Paid: operation("a sink's Release", "IMAPIAdviseSink::Release").Enters.When("the client releases its last reference on a sink", MadeBy(Client), On.References(Client).Is(1)),
			Due:   []Due{{At: exits, If: LeaksCount}},
			Wrong: "the client never released {it}, which it was handed out", Legal: "IMAPIAdviseSink::Release after Advise"}}},
	{ID: "ADV-11", Owes: Provider, Level: Must, Needs: "IMAPISupport", About: "CG-41",
		Says:  "A provider uses all of Subscribe, Notify and Unsubscribe or none of them, and calls Unsubscribe once for every Subscribe.",
		Pages: "supporting-event-notification#(body)",
		Duties: []Duty{{Of: SubscriptionObject, Owes: Provider, Owed: This.In("Subscribed"), Paid: unsubscribe.Enters,
			Due:   []Due{{At: givenBack, Soft: Reading{"unadvise", "byLogoff"}}},
			Wrong: "the provider gives back its support object and has not called Unsubscribe for {it}", Legal: "Unsubscribe once for every Subscribe"}}},
	{ID: "ADV-12", Owes: MAPI, Level: Must, Needs: "IMAPISession, IABLogon|IMSLogon",
		Says:  "IMAPISession::Advise with an entry identifier is forwarded to the Advise of the logon object responsible for it. Without one it registers with the session itself.",
		Pages: "imapisession-advise#Remarks; registering-for-a-notification#(body)",
		Guards: []Guard{{Of: LogonObject, When: operation("a logon object's Advise", "IABLogon::Advise IMSLogon::Advise").Enters, If: Directly("IMAPISession::Advise"), Holds: Not(CallerArg("IMAPISession::Advise", "lpEntryID").Null()),
			Wrong: "IMAPISession::Advise without an entry identifier was passed on to a provider", Legal: "a registration with the session itself"}}},
	{ID: "ADV-14", Owes: MAPI, Level: Must, Needs: "IMAPISupport, IMAPIAdviseSink", About: "CG-20",
		Says:  "With the notification functions of the support object, and without NOTIFY_SYNC, OnNotify comes only when the call that caused the event has returned to its client.",
		Pages: "supporting-event-notification#(body)",
		Guards: []Guard{{When: onNotify.Enters, Under: Reading{"notificationsDuringCalls", "later"}, If: Directly("IMAPISupport::Notify"), Holds: TheProcess.Number(SubscriptionObject, This.Value("subscription flags").Has(notifySync)).AtLeast(1),
			Wrong: "OnNotify was called inside Notify, and nobody has subscribed with NOTIFY_SYNC", Legal: "OnNotify when the call that caused the event has returned to its client"}}},
	{ID: "ADV-16", Owes: Client, Level: Must, Needs: "IMAPIAdviseSink, MAPI",
		Says:  "A sink neither frees nor changes the NOTIFICATION structures that it is passed, and does not use them after OnNotify has returned.",
		Pages: "imapiadvisesink-onnotify#Notes to implementers",
		Guards: []Guard{{When: freeBuffer.Enters, If: Directly("IMAPIAdviseSink::OnNotify"), Holds: Not(Arg("lpBuffer").Equals(CallerArg("IMAPIAdviseSink::OnNotify", "lpNotifications"))), Owes: Client,
			Wrong: "OnNotify freed the notifications that it was passed", Legal: "no MAPIFreeBuffer: they are MAPI's"}}},
	{ID: "ADV-17", Owes: Provider, Level: Must, Needs: "IMAPISupport, IABLogon|IMSLogon|IMsgStore",
		Says:  "NOTIFY_SYNC is not used where a provider answers the Advise of a client, nor with a sink from HrThisThreadAdviseSink.",
		Pages: "supporting-event-notification#(body)",
		Guards: []Guard{
			{Of: SupportObject, When: subscribe.Enters, If: Within(providerAdvise), Holds: Not(Arg("ulFlags").Has(notifySync)),
				Wrong: "Subscribe was passed NOTIFY_SYNC in answer to a client's Advise", Legal: "ulFlags 0"},
			{Of: SinkObject, When: subscribe.Enters, If: This.Marked("a wrapper"), Holds: Not(Arg("ulFlags").Has(notifySync)),
				Wrong: "Subscribe was passed NOTIFY_SYNC with a sink from HrThisThreadAdviseSink", Legal: "ulFlags 0"}}},
	{ID: "ADV-18", Owes: Provider, Level: Must, Needs: "IMAPISupport, IMAPIAdviseSink",
		Says:  "A callback for a synchronous notification causes no other synchronous notification, and shows no user interface.",
		Pages: "notifcallback#Remarks",
		Guards: []Guard{{When: notify.Enters, If: Within("IMAPISupport::Notify"), // through a callback
			Holds: TheProcess.Number(SubscriptionObject, Not(This.Value("subscription flags").Has(notifySync))).AtLeast(1), Owes: Provider,
			Wrong: "a callback of a synchronous notification caused another one", Legal: "no Notify in a synchronous callback"},
			{When: notify.Enters, If: TheProcess.Number(SubscriptionObject, This.Value("subscription flags").Has(notifySync)).AtLeast(1)}}},
	{ID: "ADV-19", Owes: MAPI, Level: Must, Needs: "IMAPISupport, IMAPIAdviseSink",
		Says:  "When a synchronous sink returns CALLBACK_DISCONTINUE, Notify stops notifying and returns NOTIFY_CANCELED in its flags.",
		Pages: "imapisupport-notify#Notes to callers",
		Guards: []Guard{
			{Of: ThreadObject, When: notify.Succeeds, If: This.Marked("discontinued"), Holds: Out("ulFlags").Has(notifyCanceled),
				Wrong: "Notify handed back {flags} although a sink had returned CALLBACK_DISCONTINUE", Legal: "NOTIFY_CANCELED (0x80000000)"},
			{Of: ThreadObject, When: onNotify.Enters, If: Directly("IMAPISupport::Notify"), Holds: Not(This.Marked("discontinued")),
				Wrong: "OnNotify was called although another sink had returned CALLBACK_DISCONTINUE", Legal: "no further sink is called"}}},
	{ID: "ADV-21", Owes: MAPI, Level: Must, Needs: "MAPI, IMAPIAdviseSink, IMAPISession, IMsgStore",
		Says:  "A sink that HrThisThreadAdviseSink has wrapped is called only on the thread that wrapped it, while that is inside a method of MAPI or processes window messages.",
		Pages: "hrthisthreadadvisesink#Remarks",
		Guards: []Guard{{Of: SinkObject, When: onNotify.Enters, If: This.In("Wrapped"), Holds: This.Value("wrapping thread").Equals(TheThread.Serial()),
			Wrong: "OnNotify was called on {it} on another thread than the one that wrapped it", Legal: "the thread that called HrThisThreadAdviseSink"}}},
}
