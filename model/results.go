package model

import "fmt"

// An HResult is what a call returned.
type HResult uint32

// Failed is the sign bit, as the C macro of that name has it. A warning is a success.
func (h HResult) Failed() bool { return h&0x80000000 != 0 }

// Results that rules name (MAPICode.h of the MAPI Stub Library; mapi-constants for the two that the headers lack).
const (
	SOK                      HResult = 0
	MAPI_E_NO_SUPPORT        HResult = 0x80040102
	MAPI_E_INVALID_OBJECT    HResult = 0x80040108
	MAPI_E_BUSY              HResult = 0x8004010B
	MAPI_E_NOT_ENOUGH_RES    HResult = 0x8004010E
	MAPI_E_VERSION           HResult = 0x80040110
	MAPI_E_UNCONFIGURED      HResult = 0x8004011C
	MAPI_E_FAILONEPROVIDER   HResult = 0x8004011D
	MAPI_E_NOT_FOUND         HResult = 0x8004010F
	MAPI_E_LOGON_FAILED      HResult = 0x80040111
	MAPI_W_ERRORS_RETURNED   HResult = 0x00040380
	MAPI_E_TIMEOUT           HResult = 0x80040401
	MAPI_E_NOT_ME            HResult = 0x80040502
	MAPI_E_NO_RECIPIENTS     HResult = 0x80040607
	MAPI_E_NOT_INITIALIZED   HResult = 0x80040605
	E_NOINTERFACE            HResult = 0x80004002
	MAPI_E_NOT_ENOUGH_MEMORY HResult = 0x8007000E
)

// resultNames are the names that a trace may use for a result. The first name of a value is the one that is printed.
var resultNames = []struct {
	name  string
	value HResult
}{
	{"S_OK", 0}, {"S_FALSE", 1},
	{"E_FAIL", 0x80004005}, {"MAPI_E_CALL_FAILED", 0x80004005},
	{"E_OUTOFMEMORY", 0x8007000E}, {"MAPI_E_NOT_ENOUGH_MEMORY", 0x8007000E},
	{"E_INVALIDARG", 0x80070057}, {"MAPI_E_INVALID_PARAMETER", 0x80070057},
	{"E_NOINTERFACE", 0x80004002}, {"MAPI_E_INTERFACE_NOT_SUPPORTED", 0x80004002},
	{"E_ACCESSDENIED", 0x80070005}, {"MAPI_E_NO_ACCESS", 0x80070005},
	{"E_NOTIMPL", 0x80004001}, {"E_POINTER", 0x80004003}, {"E_ABORT", 0x80004004}, {"E_HANDLE", 0x80070006},
	{"E_UNEXPECTED", 0x8000FFFF}, {"E_PENDING", 0x8000000A},
	{"MAPI_E_NO_SUPPORT", 0x80040102}, {"MAPI_E_UNKNOWN_FLAGS", 0x80040106}, {"MAPI_E_INVALID_ENTRYID", 0x80040107},
	{"MAPI_E_INVALID_OBJECT", 0x80040108}, {"MAPI_E_OBJECT_CHANGED", 0x80040109}, {"MAPI_E_OBJECT_DELETED", 0x8004010A},
	{"MAPI_E_BUSY", 0x8004010B}, {"MAPI_E_NOT_ENOUGH_RESOURCES", 0x8004010E}, {"MAPI_E_NOT_FOUND", 0x8004010F},
	{"MAPI_E_VERSION", 0x80040110}, {"MAPI_E_LOGON_FAILED", 0x80040111}, {"MAPI_E_SESSION_LIMIT", 0x80040112},
	{"MAPI_E_USER_CANCEL", 0x80040113}, {"MAPI_E_NETWORK_ERROR", 0x80040115}, {"MAPI_E_TOO_COMPLEX", 0x80040117},
	{"MAPI_E_EXTENDED_ERROR", 0x80040119}, {"MAPI_E_UNCONFIGURED", 0x8004011C}, {"MAPI_E_FAILONEPROVIDER", 0x8004011D},
	{"MAPI_E_UNKNOWN_CPID", 0x8004011E}, {"MAPI_E_UNKNOWN_LCID", 0x8004011F}, {"MAPI_E_RECONNECTED", 0x80040125},
	{"MAPI_E_END_OF_SESSION", 0x80040200}, {"MAPI_E_UNKNOWN_ENTRYID", 0x80040201}, {"MAPI_W_NO_SERVICE", 0x00040203},
	{"MAPI_W_ERRORS_RETURNED", 0x00040380}, {"MAPI_E_TIMEOUT", 0x80040401}, {"MAPI_E_WAIT", 0x80040500},
	{"MAPI_E_CANCEL", 0x80040501}, {"MAPI_E_NOT_ME", 0x80040502}, {"MAPI_W_CANCEL_MESSAGE", 0x00040580},
	{"MAPI_E_NOT_INITIALIZED", 0x80040605}, {"MAPI_E_NO_RECIPIENTS", 0x80040607},
}

var resultValues = func() map[string]HResult {
	m := make(map[string]HResult, len(resultNames))
	for _, r := range resultNames {
		m[r.name] = r.value
	}
	return m
}()

// ResultByName finds a result by the name that the headers give it.
func ResultByName(name string) (HResult, bool) {
	h, ok := resultValues[name]
	return h, ok
}

// String is the result's name, or its hexadecimal value where it has none.
func (h HResult) String() string {
	for _, r := range resultNames {
		if r.value == h {
			return r.name
		}
	}
	return fmt.Sprintf("0x%08x", uint32(h))
}
