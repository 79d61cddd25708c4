// The little of Extended MAPI that the example speaks, with the names of MAPI's own headers. The interfaces have fewer methods than the
// real ones; a real provider includes mapidefs.h, mapix.h and mapispi.h instead.
#ifndef MAPI_HPP
#define MAPI_HPP

#include <cstdint>

typedef std::int32_t HRESULT;
typedef std::uint32_t ULONG;
typedef unsigned char BYTE;

struct IID {
	BYTE ab[16];
};
struct MAPIUID {
	BYTE ab[16];
};

const HRESULT S_OK = 0;
const HRESULT E_NOINTERFACE = static_cast<HRESULT>(0x80004002);
const HRESULT MAPI_E_NOT_FOUND = static_cast<HRESULT>(0x8004010f);

const ULONG MAPI_BEST_ACCESS = 0x10;
const ULONG MAPI_FOLDER = 3;
const ULONG LOGOFF_ORDERLY = 0x4;
const ULONG LOGOFF_ABORT = 0x8;
const ULONG LOGOFF_COMPLETE = 0x10000;

struct IUnknown {
	virtual HRESULT QueryInterface(const IID &iid, void **ppv) = 0;
	virtual ULONG AddRef() = 0;
	virtual ULONG Release() = 0;

protected:
	~IUnknown() {}
};

struct IMAPIFolder : IUnknown {
	virtual HRESULT GetContentsCount(ULONG ulFlags, ULONG *lpulCount) = 0; // in place of GetContentsTable

protected:
	~IMAPIFolder() {}
};

struct IMsgStore : IUnknown {
	virtual HRESULT OpenEntry(ULONG cbEntryID, const BYTE *lpEntryID, ULONG ulFlags, ULONG *lpulObjType, IUnknown **lppUnk) = 0;
	virtual HRESULT StoreLogoff(ULONG *lpulFlags) = 0;

protected:
	~IMsgStore() {}
};

struct IMSLogon : IUnknown {
	virtual HRESULT Logoff(ULONG *lpulFlags) = 0;

protected:
	~IMSLogon() {}
};

struct IMAPISupport : IUnknown {
	virtual HRESULT SetProviderUID(const MAPIUID *lpProviderID, ULONG ulFlags) = 0;
	virtual HRESULT StoreLogoffTransports(ULONG *lpulFlags) = 0;

protected:
	~IMAPISupport() {}
};

struct IMSProvider : IUnknown {
	virtual HRESULT Logon(IMAPISupport *lpMAPISup, const char *lpszProfileName, ULONG ulFlags, IMSLogon **lppMSLogon, IMsgStore **lppMDB) = 0;
	virtual HRESULT Shutdown(ULONG *lpulFlags) = 0;

protected:
	~IMSProvider() {}
};

struct IMAPISession : IUnknown {
	virtual HRESULT OpenMsgStore(ULONG ulFlags, IMsgStore **lppMDB) = 0;
	virtual HRESULT Logoff(ULONG ulUIParam, ULONG ulFlags, ULONG ulReserved) = 0;

protected:
	~IMAPISession() {}
};

typedef HRESULT (*MSPROVIDERINIT)(ULONG ulFlags, IMSProvider **lppMSProvider);

HRESULT MSProviderInit(ULONG ulFlags, IMSProvider **lppMSProvider);      // provider.cpp
HRESULT ProxyMSProviderInit(ULONG ulFlags, IMSProvider **lppMSProvider); // proxy.cpp

#endif
