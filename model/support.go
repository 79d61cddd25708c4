package model

import "slices"

// Support objects: what MAPI passes to a provider's logon method, and to a message service.

var (
	supAddRef  = operation("IMAPISupport::AddRef", "IMAPISupport::AddRef")
	supRelease = operation("IMAPISupport::Release", "IMAPISupport::Release")

	givenUp       = givenBack.When("the provider gives the support object back after its logon", Not(PassedIn(On)))
	retained      = supAddRef.Returns.When("the provider retains the support object", MadeBy(Provider))
	lastOfItsOwn  = All(MadeBy(Provider), On.References(Provider).Is(1))
	givenBack     = supRelease.Enters.When("the provider gives the support object back", lastOfItsOwn)
	givenBackDone = supRelease.Returns.When("giving the support object back returns", AtEntry(lastOfItsOwn), Not(PassedIn(On)))
	offeredAgain  = supRelease.Returns.When("giving the support object back inside its logon returns", AtEntry(lastOfItsOwn), PassedIn(On))
	// storeGivesBack: the store's final Release gives its support object back, so that the store is dead.
	storeGivesBack = supRelease.Returns.When("a store's final Release gives its support object back", AtEntry(lastOfItsOwn), storeFirst)
	lastSupport    = supRelease.Enters.When("the support object's last Release enters", On.LastReference())
	supUsed        = operation("a support call", "IMAPISupport::* IMAPISupport::AddRef IMAPISupport::QueryInterface").Enters.
			When("the provider calls a support object that it does not hold", MadeBy(Provider), Not(PassedIn(On)), On.References(Provider).Is(0))
	supportCall   = operation("a call on a support object", "IMAPISupport::*").Enters
	tnefReleased  = operation("a TNEF object's Release", "subobject::Release").Returns.When("a TNEF object's last Release returns", AtEntry(All(On.LastReference(), On.HasInterface("ITnef"))))
	storeMethods  = "IMsgStore::* IMSLogon::*"
	givenBackLate = supRelease.Enters.When("the provider gives the support object back outside its logoff", lastOfItsOwn, Not(Within("IMSLogon::Logoff IMSLogon::Release")))
)

var supportLife = Lifecycle{
	Name: "support", Of: SupportObject,
	Says: "A support object, from the logon call it is passed to until its last Release. The provider's own references are counted apart from MAPI's.",
	States: []State{
		{"Offered", "Passed to a logon method that is running; the provider holds no reference."},
		{"Retained", "The provider has called AddRef."},
		{"Closing", "The provider's last Release is running: MAPI removes its MAPIUIDs and status rows."},
		{"Closed", "The provider has given it back."},
		{"Unwanted", "The logon method has returned without retaining it: MAPI's own Release is left."},
		{"Gone", "The last reference has been released."},
	},
	Rows: []Row{
		{From: "new", On: Born, To: "Offered"},
		{From: "Offered Unwanted", On: retained, To: "Retained"},
		{From: "Retained", On: givenBack, To: "Closing", Holds: "SUP-05"},
		{From: "Closing", On: givenBackDone, To: "Closed"},
		{From: "Closing", On: offeredAgain, To: "Offered"}, // the logon has not returned: the provider may still retain it
		{From: "Offered Closed", On: providerLogon.Returns, To: "Unwanted"},
		{From: "Closed Gone", On: supUsed, Breaks: "SUP-05",
			Wrong: "{call} was called on {it} after the provider had given it back", Legal: "no call on the support object"},
		{From: "Offered Retained Closing Closed Unwanted", On: lastSupport, To: "Gone"},
	},
	Marks: []Mark{
		{Name: "profile section opened", Set: opensSection.Enters, Says: "OpenProfileSection has been called on it"},
		{Name: "kept its profile section", Set: keepsSection, Says: "the logon that it was passed to has returned without releasing the profile section"},
		{Name: "given back", Set: givenBack, Clear: retained, Says: "the provider has released its last reference"},
		{Name: "its logon failed", Set: providerLogon.Fails, Says: "the logon method that it was passed to has failed"},
		{Name: "for a message service", Set: operation("GetSvcConfigSupportObj", "IMAPISupport::GetSvcConfigSupportObj").Succeeds, Says: "GetSvcConfigSupportObj has handed it out"},
		{Name: "temporary", Set: msLogon.Enters.When("a store is opened for a moment", Arg("ulFlags").Has(mdbTemporary)), Says: "the logon that it was passed to had MDB_TEMPORARY set"},
		{Name: "ready to send", Set: readyToSend, Says: "NOTIFY_READYTOSEND has been reported through it"},
		{Name: "in the status table", Set: operation("AddStatusRow", "AddStatusRow").Enters, Clear: modifyRow.Enters, Says: "MAPI has added a row for its last ModifyStatusRow"},
		{Name: "out of the status table", Set: operation("RemoveStatusRow", "RemoveStatusRow").Enters, Clear: addRow, Says: "MAPI has removed its row"},
		{Name: "out of the MAPIUIDs", Set: operation("RemoveProviderUID", "RemoveProviderUID").Enters, Clear: setUID.Succeeds, Says: "MAPI has removed its MAPIUIDs"},
		{Name: "a MAPIUID was registered", Set: setUID.Succeeds, Says: "SetProviderUID has succeeded on it"},
		{Name: "an unreadable MAPIUID", Set: setUID.Enters.When("a MAPIUID is registered that the recording does not spell out", Not(Arg("lpProviderID").MAPIUID().Given())), Says: "not all of its MAPIUIDs are known"},
		{Name: "lost a MAPIUID", Set: operation("RemoveProviderUID", "RemoveProviderUID").Enters.When("a MAPIUID is removed inside SetProviderUID", Within("IMAPISupport::SetProviderUID")), Clear: setUID.Enters, Says: "MAPI has removed a MAPIUID in its last SetProviderUID"},
		{Name: "a status row was added", Set: addRow, Says: "it has had a status row"},
		{Name: "a status row was asked for", Set: modifyRow.Enters, Says: "ModifyStatusRow has been called on it"},
	},
	Values: []Memory{
		{Name: "wrapped entry identifier", Set: wrapsID, From: Out("lppWrappedEntry"), Says: "what WrapStoreEntryID has made last"},
		{Name: "new identifier", Set: operation("NewUID", "IMAPISupport::NewUID").Succeeds, From: Out("lpMuid"), Says: "what NewUID has made last"},
		{Name: "last MAPIUID", Set: setUID.Succeeds, From: Arg("lpProviderID"), Says: "what SetProviderUID was passed last"},
	},
}

// supportMethods is the matrix of imapisupportiunknown: which types of support object have which methods.
var supportMethods = []struct {
	types   []ProviderType
	methods string // answered by MAPI itself
	relayed string // answered by whoever owns the object in question
}{
	{[]ProviderType{ABType, MSType, XPType, ConfigType}, "DoConfigPropsheet GetMemAllocRoutines GetSvcConfigSupportObj MakeInvalid NewUID OpenProfileSection", "GetLastError"},
	{[]ProviderType{ABType, MSType, XPType}, "CreateOneOff IStorageFromStream ModifyStatusRow Notify Subscribe Unsubscribe WrapStoreEntryID", "CompareEntryIDs OpenAddressBook OpenEntry"},
	{[]ProviderType{ABType}, "GetOneOffTable", "Address Details NewEntry OpenTemplateID"},
	{[]ProviderType{ABType, MSType}, "DoProgressDialog", ""},
	{[]ProviderType{ABType, MSType}, "SetProviderUID", ""},
	{[]ProviderType{MSType}, "CompleteMsg DoSentMail ExpandRecips ModifyProfile PrepareSubmit ReadReceipt StoreLogoffTransports", "CopyFolder CopyMessages DoCopyProps DoCopyTo"},
	{[]ProviderType{MSType, XPType}, "SpoolerNotify", ""},
	{[]ProviderType{XPType}, "RegisterPreprocessor SpoolerYield StatusRecips", ""},
}

// supportMatrix makes the guards of SUP-07 from the matrix.
func supportMatrix() []Guard {
	patterns := func(methods string) string {
		text := ""
		for _, m := range splitPatterns(methods) {
			text += " IMAPISupport::" + m
		}
		return text
	}
	var list []Guard
	for _, row := range supportMethods {
		var has []Cond
		for _, t := range row.types {
			has = append(has, This.Is(t))
		}
		own := operation("a support method: "+row.methods, patterns(row.methods)).Returns
		either := operation("a support method: "+row.methods+" "+row.relayed, patterns(row.methods+" "+row.relayed)).Returns
		list = append(list, Guard{Of: SupportObject, When: own, If: All(Result.Given(), Any(has...)), Holds: Not(Returns(MAPI_E_NO_SUPPORT)),
			Wrong: "{call} returned MAPI_E_NO_SUPPORT on {it}, whose type has this method", Legal: "the method of this type of support object"})
		for _, t := range []ProviderType{ABType, MSType, XPType, ConfigType} {
			if slices.Contains(row.types, t) {
				continue
			}
			guard := Guard{Of: SupportObject, Type: t, When: either, If: Result.Given(), Holds: Result.AtLeast(0x80000000),
				Wrong: "{call} returned {result} on {it}, whose type does not have this method", Legal: "MAPI_E_NO_SUPPORT"}
			if row.methods == "SetProviderUID" && t == XPType {
				guard.Soft = Reading{"transportSetsUID", "tolerated"}
			}
			list = append(list, guard)
		}
	}
	return list
}

// usesFirst: the new logon makes do with the support object of an earlier logon of the provider.
var usesFirst = All(Under("sharedSupport", "allowed"), On.Number(LogonObject, All(Not(This.Same(NewLogon)), ItsSupport.References(Provider).AtLeast(1))).AtLeast(1))

// stillShared: a later logon of the provider makes do with this support object, and keeps it.
var stillShared = All(Under("sharedSupport", "allowed"), Not(This.Is(MSType)), ItsProvider.Number(LogonObject, All(This.In("Fresh Active LoggingOff"), ItsSupport.References(Provider).Is(0))).AtLeast(1))

var supportRules = []*Rule{
	{ID: "SUP-01", Owes: Provider, Level: Must, Needs: "IMAPISupport, IABProvider|IXPProvider", About: "CG-28 CG-36",
		Says:  "A provider that keeps the support object passed to its logon method calls AddRef on it before that method returns.",
		Pages: "implementing-service-provider-logon#(body); ixpprovider-transportlogon#Remarks; support-object-overview#(body)",
		Guards: []Guard{{Of: SupportObject, When: operation("an address book or transport logon", "IABProvider::Logon IXPProvider::TransportLogon").Succeeds, If: NewLogon.Known(),
			Doubts: true, Holds: Any(This.References(Provider).AtLeast(1),
				usesFirst),
			Wrong: "{call} returned a logon object without AddRef on {it}", Legal: "IMAPISupport::AddRef before the logon method returns"}}},
	{ID: "SUP-02", Owes: MAPI | Spooler, Level: Must, Needs: "IMAPISupport", About: "CG-28",
		Says:  "MAPI's own Release after the logon destroys a support object that the provider has not retained.",
		Pages: "support-object-overview#(body); iabprovider-logon#Notes to implementers",
		Duties: []Duty{{Of: SupportObject, Owes: MAPI, Owed: All(This.In("Unwanted"), This.References(MAPI).AtLeast(1)), Paid: lastSupport, Cause: "references",
			Due:   []Due{{At: exits, If: LeaksCount}},
			Wrong: "MAPI never released {it}, which the provider had not retained", Legal: "IMAPISupport::Release by MAPI after the logon"}}},
	{ID: "SUP-03", Owes: MAPI | Spooler, Level: Must, Needs: "IABProvider|IMSProvider|IXPProvider",
		Says:  "Each logon of a provider is passed a support object. For stores it may be another one for each store.",
		Pages: "support-object-overview#(body); imsprovider-logon#Remarks",
		Guards: []Guard{{Of: ProviderObject, When: providerLogon.Enters, Holds: Not(Arg("lpMAPISup").Null()),
			Wrong: "{call} was passed no support object", Legal: "a support object in lpMAPISup"}}},
	{ID: "SUP-05", Owes: Provider, Level: Must, Needs: "IMAPISupport",
		Says:  "After the Release that goes with its logoff a provider makes no call on that support object.",
		Pages: "support-object-overview#(body)"},
	{ID: "SUP-06", Owes: Provider | Service, Level: Must, Needs: "entry, IMAPISupport",
		Says:  "A support object that was made for a message service is used only until the entry point of the service returns, and AddRef is never called on it.",
		Pages: "support-object-overview#(body)",
		Guards: []Guard{
			{Of: SupportObject, Type: ConfigType, When: supAddRef.Enters, Holds: Never,
				Wrong: "AddRef was called on {it}, which was made for a message service", Legal: "no AddRef: it is valid until MSGServiceEntry returns"},
			{Of: SupportObject, Type: ConfigType, When: operation("a support method", "IMAPISupport::*").Enters, Holds: Running("MSGServiceEntry").AtLeast(1),
				Wrong: "{call} was called on {it} after the entry point of the message service had returned", Legal: "no call: it was valid until MSGServiceEntry returned"}}},
	{ID: "SUP-07", Owes: MAPI, Level: Must, Needs: "IMAPISupport", About: "CG-29",
		Says:   "A support method that does not belong to the type of provider returns MAPI_E_NO_SUPPORT, and one that does, does not.",
		Pages:  "imapisupportiunknown#Remarks",
		Guards: supportMatrix()},
	{ID: "SUP-08", Owes: Client, Level: Must, Needs: "IMAPISupport", Keys: "caller",
		Says:  "Clients do not call support objects.",
		Pages: "support-object-overview#(body)",
		Guards: []Guard{
			{Of: CalledObject, When: supportCall, If: Arg("caller").Equals(Word("client")), Holds: Never,
				Owes: Client, Wrong: "a client called {call}", Legal: "no call: support objects are for providers"},
			{Of: CalledObject, When: supportCall, If: Arg("caller").Equals(Word("provider"))}}},
	{ID: "SUP-09", Owes: Provider, Level: Must, Needs: "IMAPISupport, IMsgStore", About: "CG-12 CG-42",
		Says:  "The final Release of a store object calls Release on its support object.",
		Pages: "shutting-down-a-message-store-provider#(body)",
		Duties: []Duty{{Of: SupportObject, Type: MSType, Owes: Provider, If: ItsStore.Same(On), Owed: This.References(Provider).AtLeast(1), Proof: givenBackLate,
			Due:   []Due{{At: storeReleased, Proven: true}},
			Wrong: "the store's final Release returned without releasing {it}", Legal: "IMAPISupport::Release inside the store's final Release"}},
		Guards: []Guard{{Of: SupportObject, Type: MSType, When: givenBack, If: Within("IMsgStore::Release subobject::Release")}}},
	{ID: "SUP-10", Owes: MAPI, Level: Must, Needs: "IMAPISupport, IMSLogon, IMsgStore", About: "CG-12",
		Says:  "While MAPI processes a store provider's Release of its support object it removes the MAPIUIDs, removes the status row, calls IMSLogon::Logoff and releases the logon object.",
		Pages: "shutting-down-a-message-store-provider#(body); imslogon-logoff#Remarks",
		Duties: []Duty{
			{Of: LogonObject, Type: MSType, Owes: MAPI, Owed: All(This.In("Active"), This.References(MAPI).AtLeast(1), Not(This.Marked("of several stores"))), Paid: msLogoff.Enters, Cause: "logoff", Doubts: true,
				Due:   []Due{{At: givenBackDone, If: storeFirst}},
				Wrong: "the store provider's Release of its support object returned without IMSLogon::Logoff on {it}", Legal: "IMSLogon::Logoff and Release inside the support object's Release"},
			{Of: LogonObject, Type: MSType, Owes: MAPI, Owed: All(This.In("LoggedOff"), This.References(MAPI).AtLeast(1), Not(This.Marked("of several stores"))), Paid: msLogonRelease, Cause: "logoff", Doubts: true,
				Due:   []Due{{At: givenBackDone, If: storeFirst}},
				Wrong: "the store provider's Release of its support object returned without MAPI's Release of {it}", Legal: "IMSLogon::Logoff and Release inside the support object's Release"}}},
	{ID: "SUP-11", Owes: MAPI, Level: Must, Needs: "IMAPISupport",
		Says:  "The support object of a transport stays valid until the transport releases it.",
		Pages: "ixpprovider-transportlogon#Parameters",
		Guards: []Guard{{Of: SupportObject, Type: XPType, When: operation("a support method of MAPI's own", "IMAPISupport::ModifyStatusRow IMAPISupport::SpoolerNotify IMAPISupport::SpoolerYield IMAPISupport::OpenProfileSection IMAPISupport::NewUID").Returns,
			If: This.References(Provider).AtLeast(1), Holds: Not(Returns(MAPI_E_INVALID_OBJECT)),
			Wrong: "{call} returned MAPI_E_INVALID_OBJECT on {it}, which the transport holds", Legal: "the support object is valid until the transport releases it"}}},
	{ID: "SUP-12", Owes: MAPI, Level: Must, Needs: "IMAPISupport", About: "CG-27",
		Says:  "After MakeInvalid has succeeded every method of the object but IUnknown's returns MAPI_E_INVALID_OBJECT.",
		Pages: "imapisupport-makeinvalid#Remarks; support-object-overview#(body)",
		Guards: []Guard{{Of: CalledObject, When: operation("a method of an object that can be made invalid", "subobject::* IMsgStore::* IABLogon::* IMSLogon::* IXPLogon::*").Returns, Owes: MAPI,
			If: All(AtEntry(On.Marked("invalidated")), Result.Given()), Holds: Returns(MAPI_E_INVALID_OBJECT),
			Wrong: "{call} returned {result} on {it}, which MakeInvalid had invalidated", Legal: "MAPI_E_INVALID_OBJECT"}}},
	{ID: "SUP-13", Owes: Provider, Level: Must, Needs: "IMAPISupport", About: "CG-27",
		Says:  "MakeInvalid is called only on an object that the caller owns, that has at least 16 bytes and three methods, and with its present reference count.",
		Pages: "imapisupport-makeinvalid#Notes to callers; imapisupport-makeinvalid#Parameters",
		Guards: []Guard{
			{Of: SupportObject, When: makeInvalid.Enters, Holds: Arg("cMethods").AtLeast(3),
				Wrong: "MakeInvalid was told that the object has fewer than three methods", Legal: "the number of methods in the object's vtable, those of IUnknown among them"},
			{Of: SupportObject, When: makeInvalid.Enters, Holds: Arg("ulRefCount").NotBelow(Passed.References()), Severe: &warning,
				Wrong: "MakeInvalid was passed a reference count that is smaller than what others hold on the object", Legal: "the object's present reference count"}}},
	{ID: "SUP-15", Owes: Provider, Level: Should, Needs: "IMAPISupport, IMsgStore", About: "CG-03",
		Says:  "While it serves a store, a provider uses the support object that was passed at the logon of that store.",
		Pages: "imsprovider-logon#Remarks",
		Guards: []Guard{
			{Of: CallingObject, When: supportCall, If: Directly(storeMethods), Holds: Any(On.Same(ItsSupport), On.Marked("for a message service")),
				Wrong: "{call} was called on {on} in a method of a store that was logged on to with another support object", Legal: "the support object of that store's logon"}}},
	{ID: "SUP-16", Owes: Provider, Level: Should, Needs: "IMAPIStatus, IMAPISupport, entry",
		Says:  "A status object whose SettingsDialog calls the entry point of the message service passes it a support object from GetSvcConfigSupportObj.",
		Pages: "support-object-overview#(body)",
		Guards: []Guard{{When: serviceEntry.Enters, If: Directly("subobject::SettingsDialog"), Holds: Any(Passed.Is(ConfigType), Passed.Marked("for a message service")), Owes: Provider,
			Wrong: "SettingsDialog passed the message service a support object that is not from GetSvcConfigSupportObj", Legal: "IMAPISupport::GetSvcConfigSupportObj, then MSGServiceEntry"}}},
	{ID: "SUP-17", Owes: MAPI | Provider, Level: Must, Needs: "IMAPISupport, MAPI", About: "CG-27",
		Says:  "MAPI frees the memory of an object that MakeInvalid has made invalid. The provider neither frees nor uses it afterwards, but may still clean up what belongs to it.",
		Pages: "invalidating-an-object#(body); imapisupport-makeinvalid#Notes to callers",
		Guards: []Guard{
			{When: freeBuffer.Enters, If: All(Passed.Marked("invalidated"), Passed.References().AtLeast(1)), Holds: MadeBy(MAPI), Owes: Provider,
				Wrong: "MAPIFreeBuffer was called on an object that MakeInvalid had made invalid", Legal: "no MAPIFreeBuffer: MAPI frees the memory"}}},
	{ID: "SUP-18", Owes: MAPI, Level: Must, Needs: "utility, IStream, ITnef",
		Says:  "A TNEF object from OpenTnefStream or OpenTnefStreamEx holds references on the support object, the stream and the message. One Release of it gives back all three.",
		Pages: "opentnefstream#Remarks",
		Guards: []Guard{{Of: CalledObject, When: tnefReleased, If: ItsParent.Opened(Subobject, All(This.HasInterface("ITnef"), This.References().AtLeast(1))).Is(0), Holds: ItsParent.References(MAPI).Is(0),
			Wrong: "a TNEF object was released for good and MAPI still holds its stream", Legal: "Release of the stream when the TNEF object is released"}}},
	{ID: "SUP-19", Owes: MAPI, Level: Must, Needs: "IMAPISupport",
		Says:  "A storage from IStorageFromStream holds one reference on the stream, and gives it back when it is released itself.",
		Pages: "imapisupport-istoragefromstream#Remarks",
		Guards: []Guard{{Of: SupportObject, When: operation("IStorageFromStream", "IMAPISupport::IStorageFromStream").Succeeds, If: Passed.Known(), Holds: Passed.References(MAPI).AtLeast(1),
			Wrong: "IStorageFromStream returned a storage without AddRef on the stream", Legal: "AddRef on the stream, and Release when the storage is released"}}},
}
