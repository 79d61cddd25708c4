package model

// Subobjects: folders, messages, tables, address books, status objects and whatever else was opened.

var (
	submit        = operation("SubmitMessage", "subobject::SubmitMessage")
	save          = operation("SaveChanges", "subobject::SaveChanges")
	makeInvalid   = operation("MakeInvalid", "IMAPISupport::MakeInvalid")
	subCall       = operation("a method of a subobject", "subobject::*")
	subUsed       = subCall.Enters.When("the client calls a method", MadeBy(Client))
	prepareForm   = operation("PrepareForm", "IMAPISession::PrepareForm")
	showForm      = operation("ShowForm", "IMAPISession::ShowForm")
	getView       = operation("HrGetView", "subobject::HrGetView")
	unwraps       = operation("UnwrapNoRef", "subobject::UnwrapNoRef").Succeeds
	sessionOpens  = operation("IMAPISession::OpenEntry", "IMAPISession::OpenEntry")
	opensStatus   = sessionOpens.Succeeds.When("a status object is opened", Out("ulObjType").Is(statusType), Out("lppUnk").Given()) // what else is open stays as it was
	validateState = operation("ValidateState", "subobject::ValidateState")
	lastSub       = operation("a subobject's Release", "subobject::Release IMAPIInitMonitor::Release").Enters.When("its last Release enters", On.LastReference())
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
		{From: "Gone", On: HeldAgain, To: "Open"},
	},
	Marks: []Mark{
		{Name: "invalidated", Set: invalidates, Says: "MakeInvalid has succeeded on it"},
		{Name: "its session has ended", Set: sessionLogoff.Succeeds, Says: "the session has been logged off while it was open"},
		{Name: "opened again", Set: sessionOpens.Succeeds.When("what is open is opened again", WasAlive("lppUnk")), Says: "IMAPISession::OpenEntry has handed it out more than once"},
		{Name: "prepared", Set: prepareForm.Succeeds, Clear: showForm.Enters, Says: "PrepareForm has made a token for it, which has not been used"},
		{Name: "not submitted", Set: submit.Returns.With("SubmitMessage finds no recipients", MAPI_E_NO_RECIPIENTS), Clear: submit.Succeeds, Says: "its SubmitMessage has failed for want of recipients"},
		{Name: "has a callback", Set: getView.Succeeds.When("a view with a callback is made", Not(Arg("lpfCallerRelease").Null())), Says: "it is a view whose callback is called in its last Release"},
		{Name: "its transport failed", Set: xpSend.Fails, Clear: xpSend.Enters, Says: "it was passed to the SubmitMessage of a transport, which returned an error"},
		{Name: "its store has died", Set: storeGivesBack, Says: "its store has been released for good while it was open"},
	},
	Values: []Memory{
		{Name: "deleted service", Set: deletesService, From: Arg("lpUID"), Says: "the message service that DeleteMsgService has deleted last"},
		{Name: "opening thread", Set: opensStatus, From: TheThread.Serial(), Says: "on which IMAPISession::OpenEntry has handed it out"},
		{Name: "form token", Set: prepareForm.Succeeds, From: Out("ulMessageToken"), Says: "what PrepareForm calls it"},
		{Name: "opened number", Set: operation("OpenAttach", "subobject::OpenAttach").Succeeds, From: Arg("ulAttachmentNum"), Says: "the number that it was opened by"},
		{Name: "created number", Set: operation("CreateAttach", "subobject::CreateAttach").Succeeds, From: Out("ulAttachmentNum"), Says: "the number that it was given"},
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
	{ID: "OBJ-04", Owes: Provider, Level: Must, Needs: "IMessage, IMAPISession, IMAPISupport",
		Says:  "If SubmitMessage fails because information is missing or invalid, the message is not closed, and all pointers to it can still be used.",
		Pages: "imessage-submitmessage#Notes to callers",
		Guards: []Guard{{Of: CalledObject, When: subCall.Returns, If: AtEntry(All(On.Marked("not submitted"), Not(Any(On.Marked("invalidated"), On.Marked("its session has ended"), On.Marked("its store has died"))))), Holds: Not(Returns(MAPI_E_INVALID_OBJECT)),
			Wrong: "{call} returned MAPI_E_INVALID_OBJECT on {it}, whose SubmitMessage had found no recipients", Legal: "the message stays open"}}},
	{ID: "OBJ-05", Owes: Provider, Level: Must, Needs: "IMsgStore, IMAPISupport",
		Says:  "FinishedMsg unlocks the message, makes sure that it has one reference, and calls DoSentMail, which releases it.",
		Pages: "imapisupport-dosentmail#Remarks",
		Guards: []Guard{{Of: ThreadObject, When: operation("FinishedMsg", "IMsgStore::FinishedMsg").Succeeds, Holds: This.Marked("DoSentMail called"),
			Wrong: "FinishedMsg returned without DoSentMail", Legal: "IMAPISupport::DoSentMail as the last step"}}},
	{ID: "OBJ-09", Owes: Client, Level: Must, Needs: "IMAPISession, IMessage",
		Says:  "A message that is passed to PrepareForm gets a reference more, for the token. The client releases its own before ShowForm.",
		Pages: "imapisession-prepareform#Notes to callers",
		Guards: []Guard{{Of: SessionObject, When: showForm.Enters,
			Holds: This.Number(Subobject, All(This.Marked("prepared"), This.Value("form token").Equals(Arg("ulMessageToken")), This.References(Client).AtLeast(1))).Is(0),
			Wrong: "ShowForm was called while the client still holds the message of the token", Legal: "IMessage::Release after PrepareForm, then ShowForm"}}},
	{ID: "OBJ-10", Owes: Client, Level: Must, Needs: "IMessage|IAttach|IMailUser|IDistList|IABContainer|IMAPIFolder", About: "OBJ-10",
		Says:  "A client that passes no flags to SaveChanges calls nothing but Release on the object afterwards.",
		Pages: "imapiprop-savechanges#Notes to callers"},
	{ID: "OBJ-11", Owes: Client, Level: Must, Needs: "IMessage, IAttach",
		Says:  "Before DeleteAttach the client releases the attachment and every stream that it opened on it.",
		Pages: "imessage-deleteattach#Notes to callers",
		Guards: []Guard{{Of: CalledObject, When: operation("DeleteAttach", "subobject::DeleteAttach").Enters,
			Holds: This.Opened(Subobject, All(Any(This.Value("opened number").Equals(Arg("ulAttachmentNum")), This.Value("created number").Equals(Arg("ulAttachmentNum"))), Any(This.References(Client).AtLeast(1), This.Opened(Subobject, This.References(Client).AtLeast(1)).AtLeast(1)))).Is(0),
			Wrong: "DeleteAttach was called while the client still holds the attachment or something opened on it", Legal: "Release of the streams and of the attachment first"}}},
	{ID: "OBJ-12", Owes: MAPI, Level: Must, Needs: "IMAPITable, callback",
		Says:  "When a table view from ITableData::HrGetView has no reference left, the callback that was given to HrGetView is called, once for each view.",
		Pages: "callerrelease#Remarks; itabledata-hrgetview#Parameters",
		Guards: []Guard{{Of: ThreadObject, When: operation("a view's Release", "subobject::Release").Returns.When("a view's last Release returns", AtEntry(All(On.LastReference(), On.Marked("has a callback")))), Holds: This.Marked("CallerRelease called"), Owes: MAPI,
			Wrong: "a table view was released for good and its callback was not called", Legal: "CallerRelease inside the view's last Release"}}},
}
