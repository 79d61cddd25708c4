package model

// MAPIUID registrations: a multiset for each support object.

var (
	setUID   = operation("SetProviderUID", "IMAPISupport::SetProviderUID")
	receives = operation("GetReceiveFolder", "IMsgStore::GetReceiveFolder")
	asksByID = operation("a request by entry identifier", "IABLogon::OpenEntry IMSLogon::OpenEntry IABLogon::Advise IMSLogon::Advise").Enters
	compares = operation("CompareEntryIDs", "IABLogon::CompareEntryIDs IMSLogon::CompareEntryIDs").Enters
	firstUID = operation("the logon of an address book or message store provider", "IABProvider::Logon IMSProvider::Logon")
)

var uidLife = Lifecycle{
	Name: "uid", Of: UIDObject,
	Says: "One successful SetProviderUID. Nothing takes it back but the provider's last Release of the support object, or the failure of the logon.",
	States: []State{
		{"Registered", "MAPI routes entry identifiers with this MAPIUID to the provider."},
		{"Gone", "Removed."},
	},
	Rows: []Row{
		{From: "new", On: setUID.Succeeds, To: "Registered"},
		{From: "Registered", On: givenUp, To: "Gone"},
		{From: "Registered", On: providerLogon.Fails, To: "Gone"},
	},
	Values: []Memory{{Name: "MAPIUID", Set: setUID.Succeeds, From: Arg("lpProviderID"), Says: "the identifier"}},
}

// knownUIDs: the logon's MAPIUIDs are known, and there is one.
var knownUIDs = All(ItsSupport.Number(UIDObject, This.Known()).AtLeast(1), Not(ItsSupport.Marked("an unreadable MAPIUID")))

// registered: a MAPIUID of the logon is that one.
func registered(uid Term) Cond {
	return ItsSupport.Number(UIDObject, This.Value("MAPIUID").Equals(uid)).AtLeast(1)
}

var uidRules = []*Rule{
	{ID: "UID-01", Owes: Provider, Level: Must, Needs: "IMAPISupport, IABProvider|IMSProvider", About: "CG-36",
		Says:  "Address book and message store providers register at least one MAPIUID with SetProviderUID during logon.",
		Pages: "imapisupport-setprovideruid#Notes to callers; implementing-service-provider-logon#(body)",
		Guards: []Guard{{Of: SupportObject, When: firstUID.Succeeds, If: Any(NewLogon.Known(), NewStore.Known()), Holds: Any(This.Number(UIDObject, This.Known()).AtLeast(1), All(This.Is(ABType), This.References(Provider).Is(0), usesFirst)),
			Wrong: "{call} succeeded without having registered a MAPIUID", Legal: "IMAPISupport::SetProviderUID before the logon method returns"}}},
	{ID: "UID-02", Owes: MAPI, Level: Must, Needs: "IMAPISupport",
		Says:  "Every call of SetProviderUID adds an entry, even for a MAPIUID that is registered already.",
		Pages: "imapisupport-setprovideruid#Notes to callers",
		Guards: []Guard{
			{Of: SupportObject, When: setUID.Fails, If: This.Number(UIDObject, This.Value("MAPIUID").Equals(Arg("lpProviderID"))).AtLeast(1), Holds: Returns(MAPI_E_NOT_ENOUGH_MEMORY, MAPI_E_NOT_ENOUGH_RES),
				Wrong: "SetProviderUID returned {result} for a MAPIUID that the provider had registered already", Legal: "S_OK, and one entry more"},
			{Of: SupportObject, When: setUID.Succeeds, If: This.Number(UIDObject, This.Value("MAPIUID").Equals(Arg("lpProviderID"))).AtLeast(1)}}},
	{ID: "UID-03", Owes: MAPI, Level: Must, Needs: "IMAPISupport, registry", About: "CG-14",
		Says:  "SetProviderUID never removes a MAPIUID.",
		Pages: "imapisupport-setprovideruid#Notes to callers",
		Guards: []Guard{{Of: SupportObject, When: setUID.Returns, Holds: Not(This.Marked("lost a MAPIUID")), Owes: MAPI,
			Wrong: "SetProviderUID removed a MAPIUID", Legal: "SetProviderUID only adds"}}},
	{ID: "UID-05", Owes: Provider, Level: Should, Needs: "IMAPISupport, IMsgStore",
		Says:  "A MAPIUID is registered for each logon object, and is in every entry identifier that the provider makes for it.",
		Pages: "registering-service-provider-unique-identifiers#(body)",
		Guards: []Guard{{Of: StoreObject, When: receives.Succeeds, If: knownUIDs, Holds: registered(Out("lppEntryID").MAPIUID()),
			Wrong: "GetReceiveFolder handed out an entry identifier with a MAPIUID that is not registered for {it}", Legal: "a MAPIUID that SetProviderUID was passed, in its bytes 4 to 19"}}},
	{ID: "UID-06", Owes: MAPI, Level: Must, Needs: "IMAPISupport, IABLogon|IMSLogon",
		Says:  "OpenEntry, Advise and CompareEntryIDs go to a logon object for which the MAPIUID of the entry identifier is registered.",
		Pages: "imapisupport-setprovideruid#Remarks; iablogon-openentry#Notes to implementers; imapisession-compareentryids#Remarks; registering-for-a-notification#(body)",
		Guards: []Guard{
			{Of: LogonObject, When: asksByID, If: knownUIDs, Holds: registered(Arg("lpEntryID").MAPIUID()),
				Wrong: "{call} was passed an entry identifier with a MAPIUID that is not registered for {it}", Legal: "a call on a logon object that has registered it"},
			{Of: LogonObject, When: compares, If: knownUIDs, Holds: registered(Arg("lpEntryID1").MAPIUID()),
				Wrong: "{call} was passed an entry identifier with a MAPIUID that is not registered for {it}", Legal: "a call on a logon object that has registered it"}}},
	{ID: "UID-08", Owes: MAPI, Level: Must, Needs: "IMAPISupport, IMSLogon, registry", About: "CG-14",
		Says:  "While it processes the Release of the support object of a store, MAPI removes all MAPIUIDs registered through it, before it calls IMSLogon::Logoff.",
		Pages: "shutting-down-a-message-store-provider#(body)",
		Guards: []Guard{{Of: LogonObject, Type: MSType, When: msLogoff.Enters, If: All(WithinCallOn(ItsSupport, "IMAPISupport::Release"), ItsSupport.Marked("a MAPIUID was registered")), Holds: ItsSupport.Marked("out of the MAPIUIDs"),
			Wrong: "IMSLogon::Logoff was called in the Release of the support object, and its MAPIUIDs are still registered", Legal: "remove the MAPIUIDs, then call IMSLogon::Logoff"}}},
	{ID: "UID-09", Owes: Provider, Level: Must, Needs: "IMAPISupport, IABLogon|IMSLogon|IXPLogon", About: "CG-14 CG-36 CG-53",
		Says:  "When a provider has logged off, none of its MAPIUIDs is registered any more.",
		Pages: "shutting-down-a-service-provider#(body)",
		Duties: []Duty{{Of: SupportObject, Owes: Provider, Owed: All(This.References(Provider).AtLeast(1), This.Number(UIDObject, This.Known()).AtLeast(1), ItsLogon.Marked("logged off"), Not(stillShared)), Cause: "references",
			Due:   []Due{{At: logonLogoff.Returns, If: Any(Under("registrationsGone", "atLogoffReturn"), Under("logoffDone", "atReturn"))}, {At: logonReleased}},
			Wrong: "the provider has logged off and its MAPIUIDs are still registered", Legal: "IMAPISupport::Release in the logoff method, which removes them"}},
		Guards: []Guard{{Of: SupportObject, When: givenBack, If: All(This.Number(UIDObject, This.Known()).AtLeast(1), Within("IABLogon::Logoff IMSLogon::Logoff IXPLogon::TransportLogoff"))}}},
	{ID: "UID-11", Owes: Provider, Level: Should, Needs: "IMAPISupport", About: "CG-19",
		Says:  "The MAPIUID that a provider registers is a constant of its own, and not one that it got from NewUID.",
		Pages: "imapisupport-newuid#Notes to callers",
		Guards: []Guard{{Of: SupportObject, When: setUID.Enters, Under: Reading{"uidFromNewUID", "constant"}, If: This.Value("new identifier").Given(), Holds: Not(Arg("lpProviderID").Equals(This.Value("new identifier"))),
			Wrong: "SetProviderUID was passed what NewUID has made", Legal: "a constant of the provider's own"}}},
	{ID: "UID-12", Owes: Provider, Level: Should, Needs: "IMAPISupport, IABProvider|IMSProvider", About: "CG-19",
		Says:  "Logon objects of one provider that are active at the same time have different MAPIUIDs.",
		Pages: "registering-service-provider-unique-identifiers#(body)",
		Guards: []Guard{{Of: ProviderObject, When: firstUID.Succeeds, Severe: &note,
			Holds: This.Number(LogonObject, All(Not(This.Same(NewLogon)), ItsSupport.References(Provider).AtLeast(1), ItsSupport.Number(UIDObject, This.Value("MAPIUID").Equals(Passed.Value("last MAPIUID"))).AtLeast(1))).Is(0),
			Wrong: "a logon registered a MAPIUID that another logon object of the provider has registered", Legal: "a MAPIUID for each logon object"}}},
	{ID: "UID-13", Owes: Provider, Level: Must, Needs: "IMAPISupport",
		Says:  "SetProviderUID is passed ulFlags 0.",
		Pages: "imapisupport-setprovideruid#Parameters",
		Guards: []Guard{{Of: SupportObject, When: setUID.Enters, If: Arg("ulFlags").Given(), Holds: Arg("ulFlags").Is(0),
			Wrong: "SetProviderUID was passed {flags}", Legal: "0"}}},
}
