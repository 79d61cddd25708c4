package model

// Status table rows: any number for each support object.

const (
	statusRowUpdate      = 0x10000000 // STATUSROW_UPDATE (MAPISPI.h)
	showSessionUI        = 0x400000   // SHOW_XP_SESSION_UI (MAPIDefs.h)
	statusObjectModified = 0x200      // fnevStatusObjectModified (MAPIDefs.h)
)

var (
	modifyRow = operation("ModifyStatusRow", "IMAPISupport::ModifyStatusRow")
	addRow    = modifyRow.Succeeds.When("ModifyStatusRow without STATUSROW_UPDATE succeeds", Not(Arg("ulFlags").Has(statusRowUpdate)))
)

var statusLife = Lifecycle{
	Name: "status", Of: RowObject,
	Says: "One row of the status table. Nothing takes it back but the provider's last Release of the support object, or the failure of the logon.",
	States: []State{
		{"Present", "In the table."},
		{"Gone", "Removed."},
	},
	Rows: []Row{
		{From: "new", On: addRow, To: "Present"},
		{From: "Present", On: givenUp, To: "Gone"},
		{From: "Present", On: providerLogon.Fails, To: "Gone"},
	},
}

var statusRules = []*Rule{
	{ID: "STA-02", Owes: Provider, Level: Must, Needs: "IMAPISupport, IXPLogon", About: "CG-16 CG-30 CG-36",
		Says:  "Every active transport has a row in the status table.",
		Pages: "status-tables#(body)",
		Guards: []Guard{{Of: LogonObject, Type: XPType, When: xpNotify.Enters, Owes: Provider, If: Arg("ulFlags").Has(notifyBeginInbound | notifyBeginOutbound),
			Holds: Any(ItsSupport.Number(RowObject, This.Known()).AtLeast(1), All(Under("sharedSupport", "allowed"), ItsSupport.References(Provider).Is(0),
				ItsProvider.Number(LogonObject, ItsSupport.References(Provider).AtLeast(1)).AtLeast(1))),
			Wrong: "the spooler begins to use {it}, and the transport has no status row", Legal: "IMAPISupport::ModifyStatusRow with ulFlags 0 before traffic begins"}}},
	{ID: "STA-04", Owes: Provider, Level: Must, Needs: "IMAPISupport", About: "CG-44",
		Says:  "A status row is added at logon, by ModifyStatusRow with ulFlags 0.",
		Pages: "status-object-implementation#To implement a status object; imapisupport-modifystatusrow#Remarks",
		Guards: []Guard{{Of: SupportObject, When: modifyRow.Enters, If: All(Arg("ulFlags").Given(), Not(This.Marked("a status row was asked for"))), Holds: Not(Arg("ulFlags").Has(statusRowUpdate)), Soft: Reading{"updateWithoutRow", "unwise"},
			Wrong: "the first ModifyStatusRow on {it} was passed STATUSROW_UPDATE", Legal: "ulFlags 0 first"}}},
	{ID: "STA-05", Owes: Provider, Level: Must, Needs: "IMAPISupport", About: "CG-44",
		Says:  "Later changes of a status row are made with STATUSROW_UPDATE, which merges them into the row.",
		Pages: "imapisupport-modifystatusrow#Notes to callers",
		Guards: []Guard{
			{Of: SupportObject, When: modifyRow.Enters, Under: Reading{"statusRows", "one"}, If: All(Arg("ulFlags").Given(), This.Number(RowObject, This.Known()).AtLeast(1)), Holds: Arg("ulFlags").Has(statusRowUpdate), Severe: &warning,
				Wrong: "ModifyStatusRow was called without STATUSROW_UPDATE although {it} has a row already", Legal: "STATUSROW_UPDATE"},
			{Of: SupportObject, When: modifyRow.Enters, Under: Reading{"statusRows", "several"}, If: All(Arg("ulFlags").Has(statusRowUpdate), This.Number(RowObject, This.Known()).AtLeast(1))}}},
	{ID: "STA-06", Owes: MAPI, Level: Must, Needs: "IMAPISupport, registry", About: "CG-44",
		Says:  "ModifyStatusRow adds a row to the status table, and with STATUSROW_UPDATE changes an existing one.",
		Pages: "imapisupport-modifystatusrow#Parameters",
		Guards: []Guard{
			{Of: SupportObject, When: addRow, Holds: This.Marked("in the status table"),
				Wrong: "ModifyStatusRow returned and MAPI has added no row to the status table", Legal: "a row in the status table"},
			{Of: SupportObject, When: modifyRow.Succeeds.When("ModifyStatusRow with STATUSROW_UPDATE succeeds", Arg("ulFlags").Has(statusRowUpdate)), If: This.Number(RowObject, This.Known()).AtLeast(1), Holds: Not(This.Marked("in the status table")),
				Wrong: "ModifyStatusRow with STATUSROW_UPDATE added a row to the status table", Legal: "change the row that is there"}}},
	{ID: "STA-07", Owes: MAPI, Level: Must, Needs: "IMAPISupport, IMSLogon, registry", About: "CG-14",
		Says:  "While it processes the Release of the support object of a store, MAPI removes the status row of the store provider, after its MAPIUIDs and before it calls IMSLogon::Logoff.",
		Pages: "shutting-down-a-message-store-provider#(body)",
		Guards: []Guard{
			{Of: LogonObject, Type: MSType, When: msLogoff.Enters, If: All(WithinCallOn(ItsSupport, "IMAPISupport::Release"), ItsSupport.Marked("a status row was added")), Holds: ItsSupport.Marked("out of the status table"),
				Wrong: "IMSLogon::Logoff was called in the Release of the support object, and its status row is still there", Legal: "remove the status row, then call IMSLogon::Logoff"},
			{Of: SupportObject, Type: MSType, When: operation("RemoveStatusRow", "RemoveStatusRow").Enters, If: This.Marked("a MAPIUID was registered"), Holds: This.Marked("out of the MAPIUIDs"),
				Wrong: "the status row was removed before the MAPIUIDs", Legal: "remove the MAPIUIDs first"}}},
	{ID: "STA-08", Owes: Provider, Level: Must, Needs: "IMAPISupport, IABLogon|IMSLogon|IXPLogon", About: "CG-14 CG-36 CG-53",
		Says:  "When a provider has logged off, its row is gone from the status table.",
		Pages: "shutting-down-a-service-provider#(body)",
		Duties: []Duty{{Of: SupportObject, Owes: Provider, Owed: All(This.References(Provider).AtLeast(1), This.Number(RowObject, This.Known()).AtLeast(1), ItsLogon.Marked("logged off"), Not(stillShared)), Cause: "references",
			Due:   []Due{{At: logonLogoff.Returns, If: Any(Under("registrationsGone", "atLogoffReturn"), Under("logoffDone", "atReturn"))}, {At: logonReleased}},
			Wrong: "the provider has logged off and its status row is still there", Legal: "IMAPISupport::Release in the logoff method, which removes it"}},
		Guards: []Guard{{Of: SupportObject, When: givenBack, If: All(This.Number(RowObject, This.Known()).AtLeast(1), Within("IABLogon::Logoff IMSLogon::Logoff IXPLogon::TransportLogoff"))}}},
	{ID: "STA-09", Owes: MAPI, Level: Must, Needs: "MAPI, IMAPISession, IMAPISupport",
		Says:  "In a session with MAPI_NO_MAIL the status table has no rows of transports, and the row of the spooler shows STATUS_FAILURE.",
		Pages: "mapilogonex#Remarks",
		Guards: []Guard{{Of: SupportObject, Type: XPType, When: addRow, If: ItsSession.Individual(), Holds: Not(ItsSession.Marked("without mail")),
			Wrong: "a transport has a row in the status table of a session with MAPI_NO_MAIL", Legal: "no transports in that session"}}},
	{ID: "STA-11", Owes: Provider, Level: Must, Needs: "IABLogon|IMSLogon|IXPLogon, IMAPIStatus", About: "STA-11",
		Says:  "A logon object makes one status object at most, and hands out the same one again with a reference for each caller.",
		Pages: "status-object-implementation#To implement a status object",
		Guards: []Guard{{Of: LogonObject, When: operation("OpenStatusEntry", "IABLogon::OpenStatusEntry IMSLogon::OpenStatusEntry IXPLogon::OpenStatusEntry").Succeeds, Severe: &warning,
			Holds: This.Opened(Subobject, All(This.HasInterface("IMAPIStatus"), This.References().AtLeast(1))).AtMost(1),
			Wrong: "OpenStatusEntry made a second status object for {it}", Legal: "the status object that there is, with a reference more"}}},
	{ID: "STA-13", Owes: Provider, Level: Must, Needs: "IMAPIStatus", About: "STA-13",
		Says:  "Every status object supports ValidateState, and returns MAPI_E_NO_SUPPORT from the methods of IMAPIStatus that it does not support.",
		Pages: "imapistatus-validatestate#Remarks; status-object-implementation#To implement a status object",
		Guards: []Guard{{Of: CalledObject, When: validateState.Returns, If: Not(Arg("ulFlags").Has(showSessionUI)), Holds: Not(Returns(MAPI_E_NO_SUPPORT)), Severe: &warning, Owes: Provider,
			Wrong: "ValidateState returned MAPI_E_NO_SUPPORT", Legal: "every status object has this method"}}},
	{ID: "STA-14", Owes: Client, Level: Must, Needs: "IMAPIStatus, IMAPISession",
		Says:  "A status object of a transport that came from OpenEntry stays on its thread: the client does not use it on any other.",
		Pages: "using-thread-safe-objects#(body)",
		Guards: []Guard{{Of: CalledObject, When: operation("a status object's method", "subobject::ValidateState subobject::SettingsDialog subobject::ChangePassword subobject::FlushQueues").Enters,
			If: All(ItsParent.Is(XPType), Not(This.Marked("opened again"))), Holds: This.Value("opening thread").Equals(TheThread.Serial()),
			Wrong: "{call} was called on a status object of a transport on another thread than the one that opened it", Legal: "calls on the thread that called IMAPISession::OpenEntry"}}},
	{ID: "STA-16", Owes: Client | Provider, Level: Must, Needs: "IMAPISession|IMAPISupport|IMsgStore",
		Says:  "The event fnevStatusObjectModified is internal to MAPI: nobody registers for it and no provider generates it.",
		Pages: "status_object_notification#Remarks",
		Guards: []Guard{{Of: CalledObject, When: registers.Enters, Holds: Not(Arg("ulEventMask").Has(statusObjectModified)),
			Wrong: "{call} asks for fnevStatusObjectModified", Legal: "other events: that one is internal to MAPI"}}},
	{ID: "STA-18", Owes: Client, Level: Should, Needs: "IMAPISession, IXPProvider",
		Says:  "GetStatusTable is not called right after the logon, because it waits until the spooler has initialised the transports.",
		Pages: "status-tables#(body)",
		Guards: []Guard{{Of: SessionObject, When: operation("GetStatusTable", "IMAPISession::GetStatusTable").Enters, If: TheProcess.Number(SessionObject, This.References(Client).AtLeast(1)).Is(1), Holds: Running("IXPProvider::TransportLogon").Is(0), Severe: &note,
			Wrong: "GetStatusTable was called while the spooler logs on to a transport, and has to wait for it", Legal: "GetStatusTable when the spooler is up"}}},
}

var (
	warning = Warning
	note    = Note
	serious = Error
)
