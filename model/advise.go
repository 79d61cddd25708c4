package model

// Advise registrations of clients with sessions, stores, address books, tables and folders.

var (
	advise   = operation("Advise", "IMAPISession::Advise IMsgStore::Advise subobject::Advise")
	unadvise = operation("Unadvise", "IMAPISession::Unadvise IMsgStore::Unadvise subobject::Unadvise")

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
	Values: []Memory{{Name: "connection", Set: advised, From: Out("ulConnection"), Says: "the connection number"}},
}

// itsNumber: Unadvise is called with the registration's connection number. It concerns registrations with the called object only.
var itsNumber = This.Value("connection").Equals(Arg("ulConnection"))

var adviseRules = []*Rule{
	{ID: "ADV-05", Owes: Client, Level: Must, Needs: "IMAPISession|IMsgStore|IAddrBook|IMAPITable|IMAPIFolder",
		Says:  "Unadvise is passed a connection number that an earlier Advise on the same object returned and that has not been cancelled yet.",
		Pages: "imapisession-unadvise#Parameters",
		Guards: []Guard{{Of: CalledObject, When: unadvise.Enters, If: All(MadeBy(Client), Arg("ulConnection").Given(), Not(This.IsDead())),
			Holds: This.Number(AdviseObject, All(itsNumber, Any(Not(This.In("Cancelling Gone")), All(This.In("Cancelling"), Running(unadvise.Ops).Is(1))))).AtLeast(1), // one that never returned may have failed
			Wrong: "Unadvise was passed a connection number that is not registered with {it}", Legal: "a number that Advise on the same object returned, once"}}},
	{ID: "ADV-07", Owes: Client, Level: Should, Needs: "IMAPISession, IMsgStore|IAddrBook|IMAPITable|IMAPIFolder|IMAPISession", About: "CG-41",
		Says:  "A client cancels every registration with Unadvise before it releases the source, and before it logs off.",
		Pages: "ending-a-mapi-session#(body); canceling-a-notification#(body)",
		Duties: []Duty{{Of: AdviseObject, Owes: Client, Owed: This.In("Registered Dangling"), Cause: "unadvise", Paid: unadvise.Enters,
			Due: []Due{
				{At: sourceDies, If: All(Under("unadvise", "bySourceRelease"), ItsParent.Same(On))},
				{At: sessionLogoff.Enters, If: All(Under("unadvise", "byLogoff"), Not(This.OfSeveralSessions()))},
				{At: sessionLogoff.Enters, If: All(Under("unadvise", "bySourceRelease"), Not(This.OfSeveralSessions())), Severe: &serious}},
			Wrong: "{it} has not been cancelled with Unadvise", Legal: "Unadvise, then Release and Logoff"}}},
}
