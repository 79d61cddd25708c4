package explore

import "mapilife/model"

// An operation is one that the environment calls, with what a recording would have in it. Who calls it, who answers, and which interface a
// pointer that it hands back has, the model knows.
type operation struct {
	name   string
	with   func(c *Config) bool // in which configurations; nil for all
	args   [][]arg              // the choices of arguments; none where there is no choice
	passes string               // the parameter that hands it a new support object
	out    []string             // the parameters that a success hands objects back in
	also   [][]arg              // the choices of what a success hands back beside them
	fails  []model.HResult      // how it may fail; AddRef, Release and what has no result can not
	leaf   bool                 // nobody calls anything inside
	in     string               // it is called inside these only, however deep; nothing where it is called anywhere
	limit  limit                // what must be less before it is called

	call *model.Call
	id   int
}

// A limit is what a configuration bounds: a counter of the process, the thread or the DLL, or the registrations below the called object, which
// the first choice of arguments adds to.
type limit struct {
	counter string
	kind    model.Kind
	max     func(c *Config) int
	least   int // the counter is at least this
}

// An arg is an argument or an out parameter: a number or, where it has one, a text. Neither is a null pointer.
type arg struct {
	name string
	n    uint64
	text string
	null bool
}

func flag(name string, n uint64) arg { return arg{name: name, n: n} }

func hasAB(c *Config) bool        { return c.AB > 0 && c.Sessions > 0 }
func hasMS(c *Config) bool        { return c.MS > 0 && c.Sessions > 0 }
func hasXP(c *Config) bool        { return c.XP > 0 && c.Sessions > 0 }
func sessions(c *Config) bool     { return c.Sessions > 0 }
func folders(c *Config) bool      { return c.MS > 0 && c.Folders > 0 }
func hasProviders(c *Config) bool { return hasAB(c) || hasMS(c) || hasXP(c) }

const (
	eFail       model.HResult = 0x80004005
	eOutOfMem   model.HResult = 0x8007000e
	eLogonFails               = model.MAPI_E_LOGON_FAILED
	version                   = 0x10010    // CURRENT_SPI_VERSION
	noWait                    = 0x1        // LOGOFF_NO_WAIT
	abort                     = 0x8        // LOGOFF_ABORT
	update                    = 0x10000000 // STATUSROW_UPDATE
	beginIn                   = 0x1        // NOTIFY_BEGIN_INBOUND
	endIn                     = 0x10000    // NOTIFY_END_INBOUND
	complete                  = 0x10000    // LOGOFF_COMPLETE
	outbound                  = 0x40000    // LOGOFF_OUTBOUND
	noTraffic                 = 0x18       // LOGON_NO_INBOUND, LOGON_NO_OUTBOUND: the client asks later
	folderType                = 3          // MAPI_FOLDER
)

// drained is what a logoff of a store hands back: that nothing is left to be sent, or that something is.
var drained = [][]arg{{flag("lpulFlags", complete)}, {flag("lpulFlags", outbound)}}

// operations is all that is ever called. The order is that in which what can follow a state is listed.
var operations = []operation{
	{name: "MAPIInitialize", leaf: true, args: [][]arg{{{name: "lpMapiInit", null: true}}}, fails: []model.HResult{eOutOfMem},
		limit: limit{counter: "initialised here", max: func(c *Config) int { return c.Inits }}},
	{name: "MAPIUninitialize", limit: limit{counter: "initialised here", least: 1}},
	{name: "MAPILogonEx", with: sessions, args: [][]arg{{{name: "lpszProfileName", text: "Outlook"}, {name: "lpszPassword", null: true}, flag("flFlags", 0x22)}},
		out: []string{"lppSession"}, fails: []model.HResult{eLogonFails}},
	{name: "IMAPISession::Logoff", with: sessions, args: [][]arg{{flag("ulFlags", 0), flag("ulReserved", 0)}}, fails: []model.HResult{eFail}},
	{name: "IMAPISession::Release", with: sessions},
	{name: "IMAPISession::OpenAddressBook", with: hasAB, args: [][]arg{{flag("ulFlags", 0)}}, out: []string{"lppAdrBook"}, fails: []model.HResult{eFail}},
	{name: "IAddrBook::Release", leaf: true, with: hasAB},
	{name: "IMAPISession::OpenMsgStore", with: hasMS, args: [][]arg{{{name: "lpEntryID", text: "0000000000"}, flag("ulFlags", 0x4)}}, out: []string{"lppMDB"}, fails: []model.HResult{eLogonFails}},
	{name: "IMsgStore::OpenEntry", leaf: true, with: folders, args: [][]arg{{flag("ulFlags", 0)}}, out: []string{"lppUnk"}, also: [][]arg{{flag("ulObjType", folderType)}}, fails: []model.HResult{eFail}},
	{name: "IMAPIFolder::Release", with: folders},
	{name: "IMsgStore::StoreLogoff", with: hasMS, args: [][]arg{{flag("lpulFlags", noWait)}, {flag("lpulFlags", abort)}}, also: drained, fails: []model.HResult{eFail}},
	{name: "IMsgStore::Release", with: hasMS},

	{name: "ABProviderInit", leaf: true, in: "MAPILogonEx IMAPISession::OpenAddressBook", with: hasAB, args: [][]arg{{flag("ulFlags", 0), flag("ulMAPIVer", version)}}, out: []string{"lppABProvider"}, also: [][]arg{{flag("lpulProviderVer", version)}}, fails: []model.HResult{model.MAPI_E_VERSION}},
	{name: "IABProvider::Logon", in: "MAPILogonEx IMAPISession::OpenAddressBook", with: hasAB, args: [][]arg{{flag("ulFlags", 0)}}, passes: "lpMAPISup", out: []string{"lppABLogon"}, fails: []model.HResult{eLogonFails}},
	{name: "IABLogon::Logoff", with: hasAB, args: [][]arg{{flag("ulFlags", 0)}}, fails: []model.HResult{eFail}},
	{name: "IABLogon::Release", with: hasAB},
	{name: "IABProvider::Shutdown", with: hasAB, args: [][]arg{{flag("lpulFlags", 0)}}, fails: []model.HResult{eFail}},
	{name: "IABProvider::Release", leaf: true, with: hasAB},

	{name: "MSProviderInit", leaf: true, in: "IMAPISession::OpenMsgStore", with: hasMS, args: [][]arg{{flag("ulFlags", 0), flag("ulMAPIVer", version)}}, out: []string{"lppMSProvider"}, also: [][]arg{{flag("lpulProviderVer", version)}}, fails: []model.HResult{model.MAPI_E_VERSION}},
	{name: "IMSProvider::Logon", in: "IMAPISession::OpenMsgStore", with: hasMS, args: [][]arg{{{name: "lpEntryID", text: "0000000000"}, flag("ulFlags", 0x4), flag("lppMSLogon", 1)}}, passes: "lpMAPISup", out: []string{"lppMSLogon", "lppMDB"}, fails: []model.HResult{eLogonFails}},
	{name: "IMSLogon::Logoff", with: hasMS, args: [][]arg{{flag("ulFlags", 0)}}, fails: []model.HResult{eFail}},
	{name: "IMSLogon::Release", with: hasMS},
	{name: "IMSProvider::Shutdown", with: hasMS, args: [][]arg{{flag("lpulFlags", 0)}}, fails: []model.HResult{eFail}},
	{name: "IMSProvider::Release", leaf: true, with: hasMS},

	{name: "XPProviderInit", leaf: true, in: "MAPILogonEx", with: hasXP, args: [][]arg{{flag("ulFlags", 0), flag("ulMAPIVer", version)}}, out: []string{"lppXPProvider"}, also: [][]arg{{flag("lpulProviderVer", version)}}, fails: []model.HResult{model.MAPI_E_VERSION}},
	{name: "IXPProvider::TransportLogon", in: "MAPILogonEx", with: hasXP, args: [][]arg{{flag("lpulFlags", noTraffic)}}, passes: "lpMAPISup", out: []string{"lppXPLogon"}, also: [][]arg{{flag("lpulFlags", 0)}}, fails: []model.HResult{eLogonFails}},
	{name: "IXPLogon::AddressTypes", leaf: true, with: hasXP, args: [][]arg{{flag("lpulFlags", 0)}}, fails: []model.HResult{eFail}},
	{name: "IXPLogon::TransportNotify", with: hasXP, args: [][]arg{{flag("lpulFlags", beginIn)}, {flag("lpulFlags", endIn)}}, fails: []model.HResult{eFail}},
	{name: "IXPLogon::TransportLogoff", with: hasXP, args: [][]arg{{flag("ulFlags", 0)}}, fails: []model.HResult{eFail}},
	{name: "IXPLogon::Release", with: hasXP},
	{name: "IXPProvider::Shutdown", with: hasXP, args: [][]arg{{flag("lpulFlags", 0)}}, fails: []model.HResult{eFail}},
	{name: "IXPProvider::Release", leaf: true, with: hasXP},

	{name: "IMAPISupport::AddRef", leaf: true, with: hasProviders},
	{name: "IMAPISupport::Release", with: hasProviders},
	{name: "IMAPISupport::SetProviderUID", leaf: true, with: func(c *Config) bool { return c.UIDs > 0 && (hasAB(c) || hasMS(c)) }, args: [][]arg{{{name: "lpProviderID", text: "b5f7a1c0dd0211d0"}, flag("ulFlags", 0)}}, fails: []model.HResult{eFail},
		limit: limit{kind: model.UIDObject, max: func(c *Config) int { return c.UIDs }}},
	{name: "IMAPISupport::ModifyStatusRow", leaf: true, with: func(c *Config) bool { return c.Rows > 0 && hasProviders(c) }, args: [][]arg{{flag("ulFlags", 0)}, {flag("ulFlags", update)}}, fails: []model.HResult{eFail},
		limit: limit{kind: model.RowObject, max: func(c *Config) int { return c.Rows }}},
	{name: "IMAPISupport::StoreLogoffTransports", leaf: true, with: hasMS, args: [][]arg{{flag("lpulFlags", noWait)}, {flag("lpulFlags", abort)}}, also: drained, fails: []model.HResult{eFail}},
}
