package model

// Status table rows: any number for each support object.

const statusRowUpdate = 0x10000000 // STATUSROW_UPDATE (MAPISPI.h)

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
	{ID: "STA-08", Owes: Provider, Level: Must, Needs: "IMAPISupport, IABLogon|IMSLogon|IXPLogon", About: "CG-14 CG-36 CG-53",
		Says:  "When a provider has logged off, its row is gone from the status table.",
		Pages: "shutting-down-a-service-provider#(body)",
		Duties: []Duty{{Of: SupportObject, Owes: Provider, Owed: All(This.References(Provider).AtLeast(1), This.Number(RowObject, This.Known()).AtLeast(1), ItsLogon.Marked("logged off"), Not(stillShared)), Cause: "references",
			Due:   []Due{{At: logonLogoff.Returns, If: Any(Under("registrationsGone", "atLogoffReturn"), Under("logoffDone", "atReturn"))}, {At: logonReleased}},
			Wrong: "the provider has logged off and its status row is still there", Legal: "IMAPISupport::Release in the logoff method, which removes it"}},
		Guards: []Guard{{Of: SupportObject, When: givenBack, If: All(This.Number(RowObject, This.Known()).AtLeast(1), Within("IABLogon::Logoff IMSLogon::Logoff IXPLogon::TransportLogoff"))}}},
}

var (
	warning = Warning
	note    = Note
	serious = Error
)
