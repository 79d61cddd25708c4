package model

// Transport providers: what the rules on transports add to their logon and provider objects.

var xpPoll = operation("Poll", "IXPLogon::Poll").Enters

var transportRules = []*Rule{
	{ID: "XP-01", Owes: Spooler | MAPI, Level: Must, Needs: "IXPLogon",
		Says:  "The first method called on a logon object that TransportLogon has returned is AddressTypes.",
		Pages: "ixplogon-addresstypes#Notes to implementers; transport-provider-and-mapi-spooler-operational-model#(body)"},
	{ID: "XP-03", Owes: Spooler | MAPI, Level: Must, Needs: "IXPLogon",
		Says:  "Before TransportLogoff the spooler forgets the address types of that logon: no message is submitted to it any more.",
		Pages: "ixplogon-transportlogoff#Remarks"},
	{ID: "XP-06", Owes: Provider, Level: Should, Needs: "IXPLogon, IMAPISupport", About: "CG-05",
		Says:  "In TransportLogoff the transport releases its support object last.",
		Pages: "ixplogon-transportlogoff#Notes to implementers",
		Guards: []Guard{
			{Of: CallingObject, Type: XPType, When: operation("a transport's call", "subobject::* *::Release *::AddRef MAPI functions IMsgStore::* IMAPIAdviseSink::*").Enters,
				If: All(Directly("IXPLogon::TransportLogoff"), Any(Not(On.Known()), Not(On.Same(ItsSupport)))), Holds: Not(ItsSupport.Marked("given back")),
				Wrong: "the transport called {call} in TransportLogoff after it had given back its support object", Legal: "IMAPISupport::Release as the last call in TransportLogoff"},
			{Of: LogonObject, Type: XPType, When: xpLogoff.Returns, If: ItsSupport.Marked("given back")}}},
	{ID: "XP-10", Owes: MAPI | Spooler, Level: Must, Needs: "IXPProvider, IXPLogon, IMAPISupport", About: "CG-05",
		Says:  "When a transport provider object's last logon has given back its support object, MAPI calls Shutdown and Release on the provider object.",
		Pages: "releasing-the-transport-provider#(body)",
		Duties: []Duty{{Of: ProviderObject, Type: XPType, Owes: MAPI, Owed: All(This.In("Ready"), This.References(MAPI).AtLeast(1),
			This.Number(LogonObject, Not(ItsSupport.In("Closing Closed Gone"))).Is(0)), Paid: shutdown.Enters, Cause: "shutdown",
			Due:   []Due{{At: exits, If: All(LeaksCount, notUnloaded)}},
			Wrong: "MAPI never called Shutdown on {it}, whose last logon is over", Legal: "IXPProvider::Shutdown and Release after the last logon"}}},
	{ID: "XP-11", Owes: Spooler | MAPI, Level: Must, Needs: "IXPLogon", About: "CG-05",
		Says:  "A transport is released in this order: TransportLogoff returns, the logon object is released, the DLL is freed.",
		Pages: "releasing-the-transport-provider#(body)",
		Guards: []Guard{{Of: ModuleObject, When: lastUnload, Owes: MAPI, If: This.Marked("holds a provider"), Holds: This.Number(LogonObject, All(This.Is(XPType), This.References(MAPI).AtLeast(1))).Is(0), Implies: "DLL-05",
			Wrong: "{it} was unloaded while MAPI still holds a transport's logon object", Legal: "release the logon object, then FreeLibrary"}}},
	{ID: "XP-14", Owes: Spooler | MAPI, Level: Must, Needs: "IXPLogon, IXPProvider", About: "CG-50",
		Says:  "Poll is called only on a logon that asked for it with LOGON_SP_POLL, and only between NOTIFY_BEGIN_INBOUND and NOTIFY_END_INBOUND.",
		Pages: "ixplogon-transportnotify#Parameters",
		Guards: []Guard{{Of: LogonObject, Type: XPType, When: xpPoll, If: Running("IXPLogon::TransportNotify").Is(0), Holds: All(This.Value("logon flags").Has(logonSPPoll), This.Marked("inbound")),
			Wrong: "Poll was called on {it}, which has not asked for it or has no inbound traffic", Legal: "Poll after TransportNotify(NOTIFY_BEGIN_INBOUND), where TransportLogon returned LOGON_SP_POLL (0x20000)"}}},
}
