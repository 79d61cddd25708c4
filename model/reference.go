package model

// Reference counting, for every object with IUnknown.

var (
	anyRelease = operation("Release", "*::Release")
	mapiLetsGo = operation("a Release of MAPI's", "subobject::Release").Enters.When("MAPI releases its last reference", MadeBy(MAPI|Spooler), On.References(MAPI).Is(1))
	anyQuery   = operation("QueryInterface", "*::QueryInterface")
	anyMethod  = operation("a call on an object", "IMAPISession::* IABProvider::* IMSProvider::* IXPProvider::* IABLogon::* IMSLogon::* IXPLogon::* IMAPISupport::* IMsgStore::* subobject::* "+
		"IMAPIAdviseSink::* *::AddRef *::QueryInterface")
)

// usesItsOwn: the side that makes the call has a reference, which another side has released.
var usesItsOwn = Any(All(MadeBy(Client), This.References(Client).AtLeast(1)), All(MadeBy(Provider), This.References(Provider).AtLeast(1)),
	All(MadeBy(MAPI|Spooler), This.References(MAPI).AtLeast(1)))

// nobodyElse: what keeps a provider object in memory is nothing but MAPI's own reference.
var nobodyElse = All(This.Number(LogonObject, This.References().AtLeast(1)).Is(0), clientsGone)

// clientsGone: no session or store of a client's is left that MAPI has to serve.
var clientsGone = All(TheProcess.Number(SessionObject, This.References(Client).AtLeast(1)).Is(0), TheProcess.Number(StoreObject, This.References(Client).AtLeast(1)).Is(0))

// notUnloaded: MAPI has not unloaded the object's DLL under it, which is blamed already.
var notUnloaded = Not(All(ItsModule.Known(), ItsModule.In("Unloaded")))

var referenceRules = []*Rule{
	{ID: "REF-01", Owes: Client | MAPI | Provider, Level: Must, Needs: "IMAPISession|IMSProvider|IABProvider|IXPProvider|IMsgStore", About: "CG-43",
		Says:  "A method or function that hands out an interface pointer has raised the object's reference count for its caller.",
		Pages: "implementing-the-iunknown-interface#(body)",
		Guards: []Guard{{Of: CalledObject, When: anyRelease.Returns, If: All(Returned.Given(), Undisturbed), Holds: Returned.NotBelow(This.References()), Severe: &note,
			Wrong: "Release returned {ref}, less than the references that the recording shows to be left ({holders})", Legal: "one count for each pointer that was handed out; the number itself proves nothing"}}},
	{ID: "REF-02", Owes: Client | MAPI | Spooler | Provider | Service, Level: Must, Needs: "IMAPISession|IMSProvider|IABProvider|IXPProvider|IMsgStore|IMAPISupport", About: "CG-12 CG-28 CG-42 CG-43",
		Says:  "Every holder calls Release once for each reference that it got.",
		Pages: "implementing-the-iunknown-interface#(body)",
		Guards: []Guard{{Of: CalledObject, When: anyRelease.Enters, If: Not(This.IsDying()), Holds: This.References().AtLeast(1), Overdrawn: true, Cause: "void",
			Wrong: "{it} was released although no reference on it is left", Legal: "no Release: the pointer is void"},
			{Of: SupportObject, When: supRelease.Enters, If: This.IsDying(), Holds: This.BalancedInDeath(),
				Wrong: "{it} was released again while its last Release runs", Legal: "one Release for each reference: in the store's last Release or in IMSLogon::Logoff, not in both"}},
		Duties: []Duty{
			{Of: StoreObject, Owes: Client, Owed: This.References(Client).AtLeast(1), Paid: clientLetsGo, Cause: "references", Due: []Due{{At: exits, If: LeaksCount}},
				Wrong: "the client never released {it} ({holders})", Legal: "Release before the session's Logoff"},
			{Of: Subobject, Owes: Client, Owed: This.References(Client).AtLeast(1), Paid: clientLetsGo, Cause: "references", Due: []Due{{At: exits, If: LeaksCount}},
				Wrong: "the client never released {it} ({holders})", Legal: "Release before the session's Logoff"},
			{Of: SupportObject, Owes: Provider, Owed: All(This.References(Provider).AtLeast(1), Any(This.Marked("its logon failed"), All(ItsStore.Known(), ItsStore.In("Gone")))), Cause: "references", Implies: "SUP-09",
				Due:   []Due{{At: exits, If: LeaksCount}},
				Wrong: "the provider never gave back {it}", Legal: "IMAPISupport::Release in the store's final Release, or before a logon method fails"},
			{Of: Subobject, Owes: Provider, Owed: All(This.References(Provider).AtLeast(1), ItsParent.Marked("its logon failed")), Paid: providerLetsGo, Cause: "references",
				Due:   []Due{{At: exits, If: LeaksCount}},
				Wrong: "a logon that failed never released {it}", Legal: "Release before the logon method fails"},
			{Of: Subobject, Owes: Service, Owed: All(This.References(Provider).AtLeast(1), ItsParent.Is(ConfigType)), Paid: providerLetsGo, Cause: "references",
				Due:   []Due{{At: exits, If: LeaksCount}},
				Wrong: "the entry point of a message service never released {it}", Legal: "Release before MSGServiceEntry returns"},
			{Of: Subobject, Owes: MAPI, Owed: This.References(MAPI).AtLeast(1), Paid: mapiLetsGo, Cause: "references",
				Due:   []Due{{At: exits, If: All(LeaksCount, clientsGone, TheProcess.Count("initialised").Is(0))}},
				Wrong: "MAPI never released {it}", Legal: "Release"},
			{Of: ProviderObject, Owes: MAPI, Owed: All(This.References(MAPI).AtLeast(1), This.In("Fresh ShutDown")), Cause: "references", Due: []Due{{At: exits, If: All(LeaksCount, nobodyElse, notUnloaded)}},
				Wrong: "MAPI never released {it}", Legal: "Release"}}},
	{ID: "REF-03", Owes: Client | MAPI | Spooler | Provider, Level: Must, Needs: "IMAPISession|IMSProvider|IABProvider|IXPProvider|IMsgStore", About: "CG-43",
		Says:  "An object is freed when its reference count has reached zero, and not before; after that no call is made on it.",
		Pages: "implementing-the-iunknown-interface#(body)",
		Guards: []Guard{{Of: CalledObject, When: anyMethod.Enters, If: Not(Any(This.IsKind(SessionObject), This.IsKind(SupportObject), All(Outermost, TheProcess.In("Closed Misused")))), Holds: Any(Not(This.IsDead()), usesItsOwn), Cause: "void",
			Wrong: "{call} was called on {it} after its last reference had been released", Legal: "nothing: the pointer is void"}}},
	{ID: "REF-05", Owes: Client | MAPI | Provider, Level: Must, Needs: "IMAPISession|IMSProvider|IABProvider|IXPProvider|IMsgStore|IMAPISupport", About: "CG-43",
		Says:  "QueryInterface for an interface that the object does not have returns E_NOINTERFACE and a null pointer, and leaves the count alone.",
		Pages: "implementing-iunknown-in-c-plus-plus#(body); implementing-the-iunknown-interface#(body)",
		Guards: []Guard{
			{Of: CalledObject, When: anyQuery.Fails, If: Out("ppv").Given(), Holds: Out("ppv").Null(), Wrong: "QueryInterface returned {result} and a pointer", Legal: "a null pointer with the error"},
			{Of: CalledObject, When: anyQuery.Succeeds, If: Out("ppv").Given(), Holds: Not(Out("ppv").Null()), Wrong: "QueryInterface returned {result} and a null pointer", Legal: "E_NOINTERFACE with a null pointer"}}},
	{ID: "REF-06", Owes: MAPI, Level: Must, Needs: "MAPI", About: "CG-43",
		Says:  "UlRelease with a null pointer calls no Release.",
		Pages: "ulrelease#Remarks",
		Guards: []Guard{
			{Of: CalledObject, When: anyRelease.Enters, If: Directly("UlRelease"), Holds: Not(CallerArg("UlRelease", "punk").Null()), Owes: MAPI,
				Wrong: "UlRelease was passed a null pointer and called Release", Legal: "nothing done"}}},
	{ID: "REF-07", Owes: Client, Level: Must, Needs: "IMsgStore",
		Says:  "The store pointer from IProxyStoreObject::UnwrapNoRef comes without a reference of its own. Whoever wants to keep it calls AddRef.",
		Pages: "iproxystoreobject-unwrapnoref#Remarks; how-to-access-message-on-imap-store-without-downloading-entire-message#(body)",
		Guards: []Guard{{Of: StoreObject, When: storeRelease.Enters, If: This.Marked("unwrapped"), Holds: This.References(Client).AtLeast(1), Doubts: true,
			Wrong: "{it} was released although UnwrapNoRef hands it out without a reference, and the client had not called AddRef", Legal: "AddRef after UnwrapNoRef, then one Release for it"}}},
}
