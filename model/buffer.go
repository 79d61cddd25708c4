package model

// Memory buffers, where the recording has every call that allocates or frees one.

var (
	errorOut    = msLogon.Returns.When("a store logon hands out an error", Not(Out("lppMAPIError").Null()))
	securityOut = msLogon.Returns.When("a store logon hands out data for the spooler", Not(Out("lppbSpoolSecurity").Null()))
	lastLogoff  = sessionLogoff.Enters.When("the last session of the process is logged off", TheProcess.Number(SessionObject, This.In("Active LoggingOff")).Is(1))
)

var bufferLife = Lifecycle{
	Name: "buffer", Of: BufferObject,
	Says: "A memory buffer, from the call that hands it out to its MAPIFreeBuffer.",
	States: []State{
		{"Allocated", "Whoever was handed it frees it."},
		{"Error", "The MAPIERROR structure of a store logon: MAPI frees it."},
		{"Security", "What the spooler needs to log on to a store: MAPI frees it."},
	},
	Rows: []Row{
		{From: "new", On: Born, To: "Allocated"},
		{From: "Allocated", On: errorOut, If: This.HandedOutAs("lppMAPIError"), To: "Error"},
		{From: "Allocated", On: securityOut, To: "Security"}, // the other one that it hands out
	},
	Marks: []Mark{{Name: "kept beyond the session", Set: lastLogoff, Says: "it was there when the last session of the process was logged off"}},
}
