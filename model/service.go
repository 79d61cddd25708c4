package model

// Message services: for each session and DLL.

var (
	serviceEntry = operation("MSGServiceEntry", "MSGServiceEntry")
	configures   = serviceEntry.Enters.When("MSGServiceEntry enters with MSG_SERVICE_CONFIGURE", Arg("ulContext").Is(msgServiceConfigure))
	configured   = serviceEntry.Succeeds.When("MSGServiceEntry succeeds for MSG_SERVICE_CONFIGURE", Arg("ulContext").Is(msgServiceConfigure))
	notDone      = serviceEntry.Fails.When("MSGServiceEntry fails for MSG_SERVICE_CONFIGURE", Arg("ulContext").Is(msgServiceConfigure))
	unconfigured = providerLogon.Returns.With("a logon returns MAPI_E_UNCONFIGURED", MAPI_E_UNCONFIGURED)
	failsOne     = providerLogon.Returns.With("a logon returns MAPI_E_FAILONEPROVIDER", MAPI_E_FAILONEPROVIDER)
)

var (
	deleteProvider = operation("DeleteProvider", "subobject::DeleteProvider").Returns
	endsByProvider = logonLogoff.Enters.When("a provider is logged off inside DeleteProvider", Within("subobject::DeleteProvider"))
)

const msgServiceConfigure = 3 // MSG_SERVICE_CONFIGURE (MAPISPI.h)

var serviceLife = Lifecycle{
	Name: "service", Of: ServiceObject,
	Says: "A message service in one session, as far as its providers' logons show it. The DLL stands for the service.",
	States: []State{
		{"Enabled", "MAPI calls its providers."},
		{"Unconfigured", "A logon has returned MAPI_E_UNCONFIGURED: MAPI owes a call of the service's entry point."},
		{"Configuring", "The entry point is running with MSG_SERVICE_CONFIGURE."},
		{"Configured", "It has returned S_OK: MAPI owes another try of the logon."},
		{"Retried", "The logon is being tried again after the configuration."},
		{"Disabled", "A logon has failed for good, or again."},
	},
	Rows: []Row{
		{From: "new", On: Born, To: "Enabled"},
		{From: "Enabled", On: unconfigured, To: "Unconfigured"},
		{From: "Unconfigured", On: configures, To: "Configuring", Holds: "LGN-08"},
		{From: "Configuring", On: configured, To: "Configured"},
		{From: "Configuring", On: notDone, To: "Enabled"},
		{From: "Configured", On: providerLogon.Enters, To: "Retried"},
		{From: "Retried", On: providerLogon.Succeeds, To: "Enabled"},
		{From: "Retried", On: unconfigured, To: "Disabled"},
		{From: "Enabled Unconfigured Retried", On: otherFailure, To: "Disabled"},
		{From: "Unconfigured Retried", On: failsOne, To: "Enabled"},
	},
	Marks: []Mark{{Name: "failed one provider", Set: failsOne, Says: "one of its providers has answered MAPI_E_FAILONEPROVIDER"}},
}

var serviceRules = []*Rule{
	{ID: "SVC-02", Owes: MAPI, Level: Must, Needs: "IProviderAdmin, IABLogon|IMSLogon|IXPLogon", About: "CG-24",
		Says:  "DeleteProvider on a provider that is in use only marks it, returns S_OK, and deletes it when it is no longer used.",
		Pages: "iprovideradmin-deleteprovider#Remarks",
		Guards: []Guard{
			{When: endsByProvider, Holds: Not(Within("subobject::DeleteProvider")),
				Wrong: "{call} was called because a provider was deleted", Legal: "the deletion when the provider is no longer used"},
			{When: deleteProvider}}},
}
