package sim

// A Fault is one wrong thing that the software of a simulation can be made to do.
type Fault struct {
	Name     string
	Party    string // who does it
	Rule     string // which it breaks
	Says     string
	Readings map[string]string // under which it is wrong, or comes up
	Failures bool              // it comes up only where calls fail
	Wide     bool              // it comes up only in a wide simulation
	Follows  []string          // rules that are broken in consequence
}

// An injection is the one thing that goes wrong in a simulation, and where it did.
type injection struct {
	name string
	left int   // opportunities to be let pass
	done bool  // it has gone wrong
	line int64 // the record at which it did, or at which what was left out was due; 0 before

	next   bool     // that is the next record
	names  []string // that is the beginning of one of these calls
	on     *object  // on this object; nil for any
	after  bool     // or rather its return
	awaits int64    // that is the return of this call
	atLast bool     // that is the last MAPIUninitialize
}

// wrong tells whether a fault happens now.
func (p *process) wrong(name string) bool {
	f := p.fault
	if f == nil || f.name != name || f.done {
		return false
	}
	if f.left > 0 {
		f.left--
		return false
	}
	f.done = true
	return true
}

// tempted tells whether a fault is still to come, so that what leads to it is done more often.
func (p *process) tempted(name string) bool {
	return p.fault != nil && p.fault.name == name && !p.fault.done
}

// blame says that the next record is the wrong one.
func (p *process) blame() { p.fault.next = true }

// dueAt says that what was left out is due at the beginning of the next of these calls on the object, or on any.
func (p *process) dueAt(on *object, names ...string) { p.fault.names, p.fault.on = names, on }

// dueAfter is the same for the return of such a call.
func (p *process) dueAfter(on *object, names ...string) {
	p.dueAt(on, names...)
	p.fault.after = true
}

// dueHere says that what was left out is due at the return of the call that the thread is in.
func (t *thread) dueHere() { t.p.fault.awaits = t.open[len(t.open)-1] }

// watch looks for the record at which a fault shows.
func (f *injection) watch(line int64, name string, on *object, id int64, returns bool) {
	switch {
	case f.line != 0 || !f.done:
	case f.next, returns && f.awaits != 0 && f.awaits == id:
		f.line = line
	case !returns && f.names != nil && (f.on == nil || f.on == on):
		for _, n := range f.names {
			if n != name {
				continue
			}
			if f.after {
				f.awaits, f.names = id, nil
			} else {
				f.line = line
			}
		}
	}
}

// ghost is a Release of a reference that the side does not have.
func (t *thread) ghost(by string, o *object) {
	t.counted(t.enter(by, o.iface.release, o), 0)
}

// dueNextReturn says that the wrong record is the return of a call in which nothing happens, and which comes next.
func (p *process) dueNextReturn() { p.fault.line = p.line + 2 }

// dueLast says that the wrong record is the last of the unloads that follow at once.
func (p *process) dueLast(m *module) { p.fault.line = p.line + int64(m.loads) }

// Faults are what can go wrong in a simulation.
var Faults = []Fault{
	{Name: "client-calls-before-initialising", Party: "client", Rule: "INI-01", Says: "it logs on before it has initialised MAPI"},
	{Name: "client-calls-after-uninitialise", Party: "client", Rule: "INI-06", Says: "it calls a MAPI function after its last MAPIUninitialize"},
	{Name: "client-uninitialises-twice", Party: "client", Rule: "INI-03", Says: "it calls MAPIUninitialize once more than MAPIInitialize"},
	{Name: "client-forgets-uninitialise", Party: "client", Rule: "INI-03", Says: "it leaves out its MAPIUninitialize at the end of the process"},
	{Name: "client-thread-uses-without-initialising", Party: "client", Rule: "INI-08", Says: "a thread uses a session without having initialised MAPI"},
	{Name: "client-thread-exits-initialised", Party: "client", Rule: "INI-08", Says: "a thread ends without MAPIUninitialize", Follows: []string{"INI-03"}},
	{Name: "client-forgets-deinitmapiutil", Party: "client", Rule: "INI-15", Says: "it leaves out a DeinitMapiUtil", Readings: map[string]string{"utilitiesEnd": "explicit"}},
	{Name: "client-uninitialises-utilities", Party: "client", Rule: "INI-18", Says: "it calls MAPIUninitialize where it has called ScInitMapiUtil only"},
	{Name: "client-forgets-oleuninitialize", Party: "client", Rule: "INI-19", Says: "it leaves out an OleUninitialize"},
	{Name: "client-oleuninitializes-twice", Party: "client", Rule: "INI-19", Says: "it calls OleUninitialize once too often"},
	{Name: "client-uses-failed-session", Party: "client", Rule: "SES-01", Says: "it uses what a failed MAPILogonEx has left in its variable", Failures: true},
	{Name: "client-uses-session-after-logoff", Party: "client", Rule: "SES-14", Says: "it asks a session for a table after Logoff"},
	{Name: "client-logs-off-twice", Party: "client", Rule: "SES-14", Says: "it calls Logoff twice"},
	{Name: "client-leaks-session", Party: "client", Rule: "SES-15", Says: "it never releases a session pointer"},
	{Name: "client-releases-session-without-logoff", Party: "client", Rule: "SES-15", Says: "it releases its session pointer without Logoff"},
	{Name: "client-releases-session-twice", Party: "client", Rule: "REF-02", Says: "it releases a session pointer once too often"},
	{Name: "client-forgets-store", Party: "client", Rule: "SES-16", Says: "it logs off while it holds a store, and releases that later"},
	{Name: "client-leaks-store", Party: "client", Rule: "SES-16", Says: "it never releases a store"},
	{Name: "client-forgets-folder", Party: "client", Rule: "SES-16", Says: "it logs off while it holds a folder, a message or a table, and releases that later"},
	{Name: "client-uses-forgotten-folder", Party: "client", Rule: "SES-16", Says: "it logs off with something open, and uses it after that", Follows: []string{"OBJ-02"}},
	{Name: "client-forgets-address-book", Party: "client", Rule: "SES-24", Says: "it logs off while it holds the address book, and releases that later"},
	{Name: "client-logs-off-for-all", Party: "client", Rule: "SES-21", Says: "it passes Logoff MAPI_LOGOFF_SHARED", Readings: map[string]string{"sharedLogoffNotice": "required"}, Wide: true},
	{Name: "client-passes-unknown-flags-to-logoff", Party: "client", Rule: "SES-22", Says: "it passes a flag to IMAPISession::Logoff that is none of its"},
	{Name: "client-passes-reserved-to-logoff", Party: "client", Rule: "SES-22", Says: "it passes a reserved argument to IMAPISession::Logoff"},
	{Name: "client-releases-store-twice", Party: "client", Rule: "REF-02", Says: "it releases a store once too often"},
	{Name: "client-releases-folder-twice", Party: "client", Rule: "REF-02", Says: "it releases something opened once too often"},
	{Name: "client-uses-store-after-release", Party: "client", Rule: "REF-03", Says: "it calls a store that it has released for good"},
	{Name: "client-uses-folder-after-release", Party: "client", Rule: "REF-03", Says: "it calls a folder that it has released for good"},
	{Name: "client-passes-two-flags-to-storelogoff", Party: "client", Rule: "STO-08", Says: "it passes two flags to StoreLogoff", Follows: []string{"STO-08"}},
	{Name: "client-uses-store-after-storelogoff", Party: "client", Rule: "STO-09", Says: "it calls a store after StoreLogoff", Readings: map[string]string{"storeLogoffTransports": "inLastRelease"}},
	{Name: "client-uses-store-after-logoff-complete", Party: "client", Rule: "STO-13", Says: "it calls a store after StoreLogoff, whose transports have been logged off", Readings: map[string]string{"storeLogoffTransports": "inStoreLogoff"}},
	{Name: "client-logs-off-shared-store", Party: "client", Rule: "STO-11", Says: "it calls StoreLogoff on a store that another member of the session holds", Readings: map[string]string{"sharedStoreLogoff": "wrong"}},
	{Name: "client-unadvises-twice", Party: "client", Rule: "ADV-05", Says: "it cancels a registration twice"},
	{Name: "client-unadvises-unknown-connection", Party: "client", Rule: "ADV-05", Says: "it passes Unadvise a number that no Advise returned"},
	{Name: "client-forgets-unadvise", Party: "client", Rule: "ADV-07", Says: "it logs off without having cancelled a registration"},
	{Name: "client-uses-submitted-message", Party: "client", Rule: "OBJ-03", Says: "it calls a message after SubmitMessage"},
	{Name: "client-uses-saved-message", Party: "client", Rule: "OBJ-10", Says: "it calls a message after SaveChanges without flags"},
	{Name: "client-uses-invalid-object", Party: "client", Rule: "OBJ-02", Says: "it calls something that MakeInvalid has invalidated"},
	{Name: "client-asks-for-fast-shutdown-after-logoff", Party: "client", Rule: "FST-01", Says: "it asks a session for IMAPIClientShutdown after Logoff"},
	{Name: "client-skips-query-of-fast-shutdown", Party: "client", Rule: "FST-02", Says: "it announces a fast shutdown that it has not asked for"},
	{Name: "client-goes-on-after-refused-fast-shutdown", Party: "client", Rule: "FST-03", Says: "it announces a fast shutdown that was refused"},
	{Name: "client-does-refused-fast-shutdown", Party: "client", Rule: "FST-03", Says: "it begins a fast shutdown that was refused"},
	{Name: "client-calls-after-fast-shutdown", Party: "client", Rule: "FST-10", Says: "it calls Logoff after DoFastShutdown"},
	{Name: "provider-initialises-in-entry-point", Party: "provider", Rule: "INI-21", Says: "an address book provider calls MAPIInitialize in its entry point function"},
	{Name: "provider-returns-living-provider", Party: "provider", Rule: "PRV-02", Says: "its entry point function returns a provider object that it has returned before", Follows: []string{"UID-12", "PRV-05", "PRV-09", "PRV-10", "PRV-11"}},
	{Name: "provider-queryinterface-leaves-pointer", Party: "provider", Rule: "REF-05", Says: "its QueryInterface fails and hands out a pointer", Follows: []string{"FST-13"}},
	{Name: "provider-has-no-shutdown-interface", Party: "provider", Rule: "FST-13", Says: "it does not implement IMAPIProviderShutdown"},
	{Name: "provider-returns-no-logon-object", Party: "provider", Rule: "LGN-02", Says: "an address book logon succeeds without a logon object"},
	{Name: "provider-forgets-support-addref", Party: "provider", Rule: "SUP-01", Says: "an address book provider keeps its support object without AddRef", Readings: map[string]string{"sharedSupport": "own"}},
	{Name: "provider-transport-forgets-support-addref", Party: "provider", Rule: "SUP-01", Says: "a transport keeps its support object without AddRef", Readings: map[string]string{"sharedSupport": "own"}},
	{Name: "provider-store-forgets-support-addref", Party: "provider", Rule: "LGN-36", Says: "a store provider keeps its support object without AddRef"},
	{Name: "provider-keeps-support", Party: "provider", Rule: "LGN-22", Says: "its logoff method leaves out the Release of the support object", Readings: map[string]string{"sharedSupport": "own"}},
	{Name: "provider-store-keeps-support", Party: "provider", Rule: "SUP-09", Says: "a store's final Release leaves out the Release of the support object"},
	{Name: "provider-keeps-support-of-failed-logon", Party: "provider", Rule: "REF-02", Says: "a logon method fails and keeps the support object", Failures: true},
	{Name: "provider-calls-support-after-release", Party: "provider", Rule: "SUP-05", Says: "it calls a support object that it has given back"},
	{Name: "provider-releases-support-twice", Party: "provider", Rule: "REF-02", Says: "it gives a support object back twice"},
	{Name: "provider-holds-object-at-logoff", Party: "provider", Rule: "LGN-21", Says: "its logoff method leaves a profile section open"},
	{Name: "provider-transport-releases-support-first", Party: "provider", Rule: "XP-06", Says: "a transport gives its support object back before it has released everything else"},
	{Name: "provider-registers-no-uid", Party: "provider", Rule: "UID-01", Says: "it logs on without registering a MAPIUID"},
	{Name: "provider-passes-flags-to-setprovideruid", Party: "provider", Rule: "UID-13", Says: "it passes flags to SetProviderUID"},
	{Name: "provider-updates-row-first", Party: "provider", Rule: "STA-04", Says: "its first ModifyStatusRow is an update"},
	{Name: "provider-adds-second-row", Party: "provider", Rule: "STA-05", Says: "it adds another status row where it should change its own", Readings: map[string]string{"statusRows": "one"}},
	{Name: "provider-transport-without-row", Party: "provider", Rule: "STA-02", Says: "a transport has no status row when traffic begins"},
	{Name: "provider-reopens-with-logon-object", Party: "provider", Rule: "LGN-16", Says: "it answers the logon to an open store with a logon object", Readings: map[string]string{"reopenedStore": "null"}},
	{Name: "provider-reopens-as-new-store", Party: "provider", Rule: "LGN-16", Says: "it answers the logon to an open store with another store object", Follows: []string{"UID-12"}},
	{Name: "provider-uses-support-of-open-store", Party: "provider", Rule: "LGN-17", Says: "it uses the support object of a logon to an open store"},
	{Name: "provider-shares-logon-object", Party: "provider", Rule: "LGN-15", Says: "it hands out the logon object of another store"},
	{Name: "provider-skips-storelogofftransports", Party: "provider", Rule: "STO-05", Says: "it leaves out StoreLogoffTransports for a store that was logged off", Readings: map[string]string{"storeLogoffTransports": "inLastRelease"}},
	{Name: "provider-skips-storelogofftransports-without-storelogoff", Party: "provider", Rule: "STO-06", Says: "it leaves out StoreLogoffTransports for a store that was only released"},
	{Name: "provider-repeats-storelogofftransports", Party: "provider", Rule: "STO-05", Says: "it calls StoreLogoffTransports again in the final Release", Readings: map[string]string{"storeLogoffTransports": "inStoreLogoff"}},
	{Name: "provider-passes-other-flag", Party: "provider", Rule: "STO-07", Says: "it passes StoreLogoffTransports another flag than StoreLogoff had"},
	{Name: "provider-passes-other-flag-without-storelogoff", Party: "provider", Rule: "STO-06", Says: "it passes StoreLogoffTransports another flag than LOGOFF_ABORT for a store that was only released"},
	{Name: "provider-calls-storelogofftransports-early", Party: "provider", Rule: "STO-04", Says: "it calls StoreLogoffTransports in StoreLogoff, against the reading that has it wait", Readings: map[string]string{"storeLogoffTransports": "inLastRelease"}},
	{Name: "provider-does-not-begin-with-storelogofftransports", Party: "provider", Rule: "STO-03", Says: "its StoreLogoff does not call StoreLogoffTransports, against the reading that has it begin so", Readings: map[string]string{"storeLogoffTransports": "inStoreLogoff"}},
	{Name: "provider-hands-back-unknown-flags", Party: "provider", Rule: "STO-14", Says: "its StoreLogoff hands back a flag that is none of its"},
	{Name: "provider-answers-for-dead-store", Party: "provider", Rule: "STO-21", Says: "a folder still answers when its store is gone"},
	{Name: "mapi-first-initialise-not-ok", Party: "mapi", Rule: "INI-05", Says: "the first MAPIInitialize returns S_FALSE"},
	{Name: "mapi-hands-out-session-of-failed-logon", Party: "mapi", Rule: "SES-35", Says: "a MAPILogonEx fails and hands out a session pointer", Failures: true},
	{Name: "mapi-hands-out-no-address-book", Party: "mapi", Rule: "SES-24", Says: "OpenAddressBook succeeds without an address book"},
	{Name: "mapi-skips-logoff", Party: "mapi", Rule: "LGN-25", Says: "it releases an address book's logon object without Logoff"},
	{Name: "mapi-forgets-logon", Party: "mapi", Rule: "SES-23", Says: "it forgets an address book provider when the session ends", Follows: []string{"FST-06", "FST-07"}},
	{Name: "mapi-passes-flags-to-logoff", Party: "mapi", Rule: "LGN-20", Says: "it passes IABLogon::Logoff an argument other than 0"},
	{Name: "mapi-passes-flags-to-store-logoff", Party: "mapi", Rule: "LGN-20", Says: "it passes IMSLogon::Logoff an argument other than 0"},
	{Name: "mapi-calls-logon-after-logoff", Party: "mapi", Rule: "LGN-25", Says: "it calls an address book's logon object after Logoff"},
	{Name: "mapi-skips-store-logoff", Party: "mapi", Rule: "SUP-10", Says: "it leaves out IMSLogon::Logoff when a store gives its support object back"},
	{Name: "mapi-logs-off-store-early", Party: "mapi", Rule: "LGN-24", Says: "it logs off a store that is in use"},
	{Name: "mapi-storelogoff-ends-address-book", Party: "mapi", Rule: "STO-02", Says: "it logs off an address book in StoreLogoff"},
	{Name: "mapi-hands-back-unknown-flags", Party: "mapi", Rule: "STO-14", Says: "its StoreLogoffTransports hands back a flag that is none of its"},
	{Name: "mapi-shuts-down-too-early", Party: "mapi", Rule: "PRV-09", Says: "it calls Shutdown while it holds a logon object"},
	{Name: "mapi-shuts-down-twice", Party: "mapi", Rule: "PRV-10", Says: "it calls Shutdown twice"},
	{Name: "mapi-logs-on-after-shutdown", Party: "mapi", Rule: "PRV-10", Says: "it logs on to a provider that it has shut down"},
	{Name: "mapi-uses-address-book-after-shutdown", Party: "mapi", Rule: "REF-03", Says: "it calls a logon object of an address book provider that it has shut down"},
	{Name: "mapi-passes-flags-to-shutdown", Party: "mapi", Rule: "PRV-12", Says: "it passes Shutdown flags"},
	{Name: "mapi-skips-shutdown", Party: "mapi", Rule: "PRV-13", Says: "it releases a provider object without Shutdown"},
	{Name: "mapi-inits-before-logon", Party: "mapi", Rule: "PRV-08", Says: "it starts a provider before any MAPILogonEx"},
	{Name: "mapi-keeps-refused-version", Party: "mapi", Rule: "PRV-04", Says: "it keeps a provider object whose version it refuses", Failures: true},
	{Name: "mapi-shares-provider-between-sessions", Party: "mapi", Rule: "PRV-05", Says: "it uses the store provider object of another session", Follows: []string{"UID-12"}},
	{Name: "mapi-inits-for-open-store", Party: "mapi", Rule: "DLL-11", Says: "it calls MSProviderInit to open a store that is open"},
	{Name: "mapi-skips-load", Party: "mapi", Rule: "DLL-01", Says: "it calls an entry point function of a DLL that it has not loaded"},
	{Name: "mapi-keeps-dll", Party: "mapi", Rule: "DLL-03", Says: "it never frees a provider's DLL"},
	{Name: "mapi-frees-dll-twice", Party: "mapi", Rule: "DLL-03", Says: "it frees a provider's DLL once too often"},
	{Name: "mapi-frees-dll-early", Party: "mapi", Rule: "DLL-05", Says: "it frees a DLL whose provider object lives"},
	{Name: "mapi-frees-dll-before-uninitialize", Party: "mapi", Rule: "DLL-04", Says: "it frees a provider's DLL before the last MAPIUninitialize", Readings: map[string]string{"freeLibrary": "afterUninitialize"}},
	{Name: "mapi-keeps-support", Party: "mapi", Rule: "SUP-02", Says: "it never releases a support object that no provider retained", Failures: true},
	{Name: "mapi-refuses-support-method", Party: "mapi", Rule: "SUP-07", Says: "SetProviderUID fails as if the provider did not have it"},
	{Name: "mapi-grants-uid-to-transport", Party: "mapi", Rule: "SUP-07", Says: "SetProviderUID succeeds for a transport"},
	{Name: "mapi-refuses-uid-twice", Party: "mapi", Rule: "UID-02", Says: "SetProviderUID fails because the MAPIUID is registered already"},
	{Name: "mapi-skips-configuration", Party: "mapi", Rule: "LGN-08", Says: "it does not call the message service about MAPI_E_UNCONFIGURED", Readings: map[string]string{"unconfiguredRetry": "always"}, Failures: true},
	{Name: "mapi-skips-retry", Party: "mapi", Rule: "LGN-08", Says: "it does not try a logon again after the configuration", Readings: map[string]string{"unconfiguredRetry": "always"}, Failures: true},
	{Name: "mapi-stops-after-failoneprovider", Party: "mapi", Rule: "LGN-09", Says: "it leaves out a provider because another one returned MAPI_E_FAILONEPROVIDER", Failures: true},
	{Name: "mapi-ignores-disabled-service", Party: "mapi", Rule: "LGN-10", Says: "it tries a logon again that failed for good", Failures: true},
	{Name: "spooler-skips-addresstypes", Party: "spooler", Rule: "XP-01", Says: "it does not begin with AddressTypes"},
	{Name: "spooler-polls-unasked", Party: "spooler", Rule: "XP-14", Says: "it polls a transport that has not asked for that"},
	{Name: "spooler-polls-before-inbound", Party: "spooler", Rule: "XP-14", Says: "it polls a transport before inbound traffic begins"},
	{Name: "spooler-submits-in-transportlogoff", Party: "spooler", Rule: "XP-03", Says: "it submits a message while a transport yields that it logs off"},
	{Name: "spooler-submits-after-transportlogoff", Party: "spooler", Rule: "XP-03", Says: "it submits a message after it has logged off"},
	{Name: "spooler-calls-transport-after-transportlogoff", Party: "spooler", Rule: "XP-11", Says: "it calls a transport after it has logged off"},
	{Name: "spooler-goes-on-after-failed-transportlogoff", Party: "spooler", Rule: "LGN-26", Says: "it goes on with a transport whose TransportLogoff failed", Failures: true},
	{Name: "spooler-passes-flags-to-transportlogoff", Party: "spooler", Rule: "LGN-20", Says: "it passes TransportLogoff a flag that is none of its"},
	{Name: "mapi-frees-dll-under-transport", Party: "mapi", Rule: "XP-11", Says: "it frees a transport's DLL before it releases the logon object"},
	{Name: "spooler-skips-shutdown", Party: "spooler", Rule: "PRV-13", Says: "it releases a transport's provider object without Shutdown", Readings: map[string]string{"transportRobustness": "wrong"}},
	{Name: "spooler-passes-two-flags-to-storelogoff", Party: "spooler", Rule: "STO-08", Says: "it passes two flags to StoreLogoff", Follows: []string{"STO-08"}},
	{Name: "spooler-uses-store-after-release", Party: "spooler", Rule: "REF-03", Says: "it calls a store that it has released for good"},
}
