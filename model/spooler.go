package model

// What the MAPI spooler does for a session with mail.

var (
	spoolerLogon = operation("SpoolerLogon", "IMSProvider::SpoolerLogon")
	drains       = transports.Enters
	drained      = transports.Returns
)

var spoolerLife = Lifecycle{
	Name: "spooler", Of: SessionObject,
	Says: "The spooler's part in a session: it logs on to transports and stores, sends and receives, and lets go of both.",
	States: []State{
		{"Idle", "The spooler has not logged on to anything for the session."},
		{"Running", "It has a transport or a store."},
		{"Draining", "A store is being logged off: StoreLogoffTransports is running."},
		{"Stopping", "The session is being logged off."},
	},
	Rows: []Row{
		{From: "new", On: Born, To: "Idle"},
		{From: "Idle", On: xpLogon.Succeeds, To: "Running"},
		{From: "Idle", On: spoolerLogon.Succeeds, To: "Running"},
		{From: "Running", On: drains, To: "Draining"},
		{From: "Draining", On: drained, To: "Running"},
		{From: "Idle Running", On: lastMemberLeaves, To: "Stopping"},
	},
}
