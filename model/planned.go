package model

// Rules of the documentation that are not checked yet, by area and number. A trace could show each of them broken; Planned says what is
// missing before traces are judged by it: something that recordings do not have yet, or something that the model does not follow.

var plannedRules = []*Rule{
	{ID: "SES-18", Owes: Client, Level: Should, Needs: "MAPI, IMAPISession",
		Says:    "A client shuts down in this order: it cancels its registrations, releases its open objects, frees its buffers, calls Logoff, releases the session, and calls OleUninitialize, MAPIUninitialize and DeinitMapiUtil.",
		Pages:   "ending-a-mapi-session#(body)",
		Planned: "What several of these steps demand is checked by ADV-07, SES-15, SES-16 and INI-19; the whole order needs memory buffers to be followed as well."},
	{ID: "SES-20", Owes: MAPI | Client, Level: Must, Needs: "IMAPISession, IMAPIAdviseSink", About: "CG-08",
		Says:    "With MAPI_LOGOFF_SHARED every client of the shared session is told that a logoff is under way, and logs off in turn.",
		Pages:   "imapisession-logoff#Parameters",
		Planned: "Needs each advise sink to be tied to the session that it was registered with; the type of a notification and the MAPI session behind a pointer can be recorded already."},
	{ID: "SES-28", Owes: Client | Provider, Level: Must, Needs: "MAPI",
		Says:    "Whoever holds a buffer of MAPI frees it with MAPIFreeBuffer as soon as it is done with it. Logoff does not free buffers.",
		Pages:   "mapifreebuffer#Remarks",
		Planned: "Needs memory buffers to be followed, from the call that hands one out to its MAPIFreeBuffer."},
	{ID: "PRV-23", Owes: Provider, Level: Should, Needs: "entry",
		Says:    "A provider that goes on using the allocator passed to its entry point function calls AddRef on it there, and Release when it is done.",
		Pages:   "abproviderinit#Notes to implementers; xpproviderinit#Notes to implementers; msproviderinit#Notes to implementers",
		Planned: "Needs IMalloc among the interfaces, and lpMalloc to be followed as an object."},
	{ID: "LGN-37", Owes: MAPI, Level: Must, Needs: "IMSProvider, MAPI",
		Says:    "MAPI frees the MAPIERROR structure that a store provider returns from Logon.",
		Pages:   "imsprovider-logon#Remarks",
		Planned: "Needs memory buffers to be followed, and lppMAPIError among the values that are read."},
	{ID: "SPL-06", Owes: MAPI, Level: Must, Needs: "IMSProvider, MAPI",
		Says:    "MAPI frees the buffer with the data for the logon of the spooler.",
		Pages:   "imsprovider-logon#Remarks",
		Planned: "Needs memory buffers to be followed, and lppbSpoolSecurity among the values that are read."},
}
