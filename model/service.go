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
	deletesService    = operation("DeleteMsgService", "subobject::DeleteMsgService").Succeeds
	configureService  = operation("ConfigureMsgService", "subobject::ConfigureMsgService")
	unconfiguredAgain = providerLogon.Returns.With("the second try returns MAPI_E_UNCONFIGURED", MAPI_E_UNCONFIGURED).When("the second try returns MAPI_E_UNCONFIGURED", AtEntry(TheService.In("Configured")))
	toConfigure       = CallerArg("subobject::ConfigureMsgService", "lpUID")

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
	Marks: []Mark{
		{Name: "failed one provider", Set: failsOne, Clear: notDone, Says: "one of its providers has answered MAPI_E_FAILONEPROVIDER, and none has been left unconfigured since"},
		{Name: "refused the spooler", Set: spoolerLogon.Returns.With("SpoolerLogon returns MAPI_E_UNCONFIGURED", MAPI_E_UNCONFIGURED), Says: "its store provider has answered SpoolerLogon so"},
		{Name: "failed twice", Set: unconfiguredAgain, Says: "a logon has returned MAPI_E_UNCONFIGURED after the configuration as well"},
	},
}

var serviceRules = []*Rule{
	{ID: "SVC-01", Owes: MAPI, Level: Must, Needs: "entry, IMsgServiceAdmin",
		Says:  "The entry point of a message service is called with MSG_SERVICE_DELETE before its profile sections are removed, and never again for that service.",
		Pages: "imsgserviceadmin-deletemsgservice#Remarks",
		Guards: []Guard{{Of: CallingObject, When: serviceEntry.Enters, If: All(toConfigure.Given(), This.Value("deleted service").Given()), Holds: Not(toConfigure.Equals(This.Value("deleted service"))),
			Wrong: "the entry point of a message service was called that DeleteMsgService had deleted", Legal: "MAPI_E_NOT_FOUND from ConfigureMsgService"}}},
	{ID: "SVC-02", Owes: MAPI, Level: Must, Needs: "IProviderAdmin, IABLogon|IMSLogon|IXPLogon", About: "CG-24",
		Says:  "DeleteProvider on a provider that is in use only marks it, returns S_OK, and deletes it when it is no longer used.",
		Pages: "iprovideradmin-deleteprovider#Remarks",
		Guards: []Guard{
			{When: endsByProvider, Holds: Not(Within("subobject::DeleteProvider")),
				Wrong: "{call} was called because a provider was deleted", Legal: "the deletion when the provider is no longer used"},
			{When: deleteProvider, If: seesLogoffs}}},
	{ID: "SVC-03", Owes: MAPI, Level: Must, Needs: "entry, IMAPISupport", About: "CG-18 CG-31",
		Says:  "For a logon that returned MAPI_E_UNCONFIGURED, or a request to configure it, the entry point of a message service is passed a support object made for this call.",
		Pages: "support-object-overview#(body)",
		Guards: []Guard{{Of: SupportObject, When: configures, Holds: Not(All(Not(This.Is(ConfigType)), This.References(Provider).AtLeast(1))),
			Wrong: "the message service's entry point was passed {it}, which a provider logged on with and holds", Legal: "a support object for configuration"}}},
	{ID: "SVC-04", Owes: MAPI | Service, Level: Must, Needs: "entry",
		Says:  "The entry point of a message service uses lpProps only with MSG_SERVICE_CONFIGURE, and for every other context it is passed no properties.",
		Pages: "msgserviceentry#Parameters",
		Guards: []Guard{{When: serviceEntry.Enters, If: Not(Arg("ulContext").Is(msgServiceConfigure)), Holds: Arg("cValues").Is(0),
			Wrong: "MSGServiceEntry was passed properties with another context than MSG_SERVICE_CONFIGURE", Legal: "cValues 0 and a null pointer in lpProps"}}},
	{ID: "SVC-05", Owes: MAPI, Level: Must, Needs: "IMsgServiceAdmin, entry",
		Says:  "ConfigureMsgService on a message service that has no entry point returns MAPI_E_NOT_INITIALIZED.",
		Pages: "imsgserviceadmin-configuremsgservice#Return value",
		Guards: []Guard{{When: configureService.Succeeds, If: Undisturbed, Holds: TheThread.Marked("service entry point"),
			Wrong: "ConfigureMsgService succeeded without a call of the message service's entry point", Legal: "MSGServiceEntry, or MAPI_E_NOT_INITIALIZED where there is none"}}},
}
