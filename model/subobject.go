package model

// Subobjects: folders, messages, tables, address books, status objects and whatever else was opened.

var (
	submit        = operation("SubmitMessage", "subobject::SubmitMessage")
	save          = operation("SaveChanges", "subobject::SaveChanges")
	makeInvalid   = operation("MakeInvalid", "IMAPISupport::MakeInvalid")
	subCall       = operation("a method of a subobject", "subobject::*")
	subUsed       = subCall.Enters.When("the client calls a method", MadeBy(Client))
	validateState = operation("ValidateState", "subobject::ValidateState")
	lastSub       = operation("a subobject's Release", "subobject::Release").Enters.When("its last Release enters", On.LastReference())
	savedForGood  = save.Succeeds.When("a client's SaveChanges without flags succeeds", MadeBy(Client), Arg("ulFlags").Is(0))
	invalidates   = makeInvalid.Succeeds

	anyAnswer = operation("a method of a store or a subobject", "subobject::* IMsgStore::*").Returns
)

var subobjectLife = Lifecycle{
	Name: "subobject", Of: Subobject,
	Says: "Something that was opened: a folder, a message, a table, an address book, a status object.",
	States: []State{
		{"Open", "In use."},
		{"Submitted", "IMessage::SubmitMessage has succeeded on it, or on the message it belongs to: Release is left."},
		{"Saved", "SaveChanges without flags has succeeded: Release is left."},
		{"Gone", "The last reference has been released."},
	},
	Rows: []Row{
		{From: "new", On: Born, To: "Open"},
		{From: "Open Saved", On: submit.Succeeds, To: "Submitted"},
		{From: "Open", On: savedForGood, If: This.Same(On), To: "Saved"},
		{From: "Submitted", On: subUsed, If: This.Same(On), To: "Open", Breaks: "OBJ-03", Wrong: "{call} was called after the message had been submitted", Legal: "Release"},
		{From: "Saved", On: subUsed, If: This.Same(On), To: "Open", Breaks: "OBJ-10", Soft: Reading{"afterSave", "unwise"}, Wrong: "{call} was called after SaveChanges without flags", Legal: "Release, or SaveChanges with KEEP_OPEN_READWRITE"},
		{From: "Submitted", On: lastSub, If: This.Same(On), To: "Gone", Holds: "OBJ-03"},
		{From: "Saved", On: lastSub, If: This.Same(On), To: "Gone", Holds: "OBJ-10"},
		{From: "Open", On: lastSub, If: This.Same(On), To: "Gone"},
	},
	Marks: []Mark{
		{Name: "invalidated", Set: invalidates, Says: "MakeInvalid has succeeded on it"},
		{Name: "its session has ended", Set: sessionLogoff.Succeeds, Says: "the session has been logged off while it was open"},
		{Name: "its transport failed", Set: xpSend.Fails, Clear: xpSend.Enters, Says: "it was passed to the SubmitMessage of a transport, which returned an error"},
		{Name: "its store has died", Set: storeGivesBack, Says: "its store has been released for good while it was open"},
	},
	Values: []Memory{
		{Name: "deleted service", Set: deletesService, From: Arg("lpUID"), Says: "the message service that DeleteMsgService has deleted last"},
	},
}

var subobjectRules = []*Rule{
	{ID: "OBJ-02", Owes: Client, Level: Must, Needs: "IMAPISupport", About: "CG-27",
		Says:  "On an object that MakeInvalid has invalidated clients call nothing but AddRef and Release.",
		Pages: "invalidating-an-object#(body)",
		Guards: []Guard{{Of: CalledObject, When: operation("a client's call", "subobject::* IMsgStore::*").Enters, If: All(MadeBy(Client), This.Marked("invalidated")), Holds: Never,
			Wrong: "{call} was called on {it}, which MakeInvalid had invalidated", Legal: "Release"},
			{Of: CalledObject, When: operation("a client's Release", "subobject::Release IMsgStore::Release").Enters, If: All(MadeBy(Client), This.Marked("invalidated"))}}},
	{ID: "OBJ-03", Owes: Client, Level: Must, Needs: "IMessage",
		Says:  "After IMessage::SubmitMessage has succeeded the message and everything that belongs to it get nothing but Release.",
		Pages: "imessage-submitmessage#Notes to callers"},
	{ID: "OBJ-10", Owes: Client, Level: Must, Needs: "IMessage|IAttach|IMailUser|IDistList|IABContainer|IMAPIFolder", About: "OBJ-10",
		Says:  "A client that passes no flags to SaveChanges calls nothing but Release on the object afterwards.",
		Pages: "imapiprop-savechanges#Notes to callers"},
}
