// Recording a provider without touching its code: proxies stand between MAPI and the provider's objects, and between the provider and its
// support object. Each records the call and passes it on. On Windows this file is a DLL that stands in the profile in place of the
// provider's; its MSProviderInit loads the real one.
//
// A proxy is known by one address everywhere in the recording: the one that MAPI and its clients see. For the provider's objects that is
// the proxy's own, for the support object that of MAPI's object. Proxies are never freed: a call on an object that is gone is recorded
// before it is passed on, to crash where it would have crashed.
#include "../mapitrace.h"
#include "mapi.hpp"

#include <map>
#include <mutex>

namespace {

// wrap returns the proxy of an object: always the same one for the same address, because COM objects are compared by it.
template <class Proxy, class Interface> Interface *wrap(Interface *inner) {
	static std::mutex mutex;
	static std::map<Interface *, Proxy *> &proxies = *new std::map<Interface *, Proxy *>;
	if (inner == nullptr) {
		return nullptr;
	}
	const std::lock_guard<std::mutex> lock(mutex);
	Proxy *&proxy = proxies[inner];
	if (proxy == nullptr) {
		proxy = new Proxy(inner);
	}
	return proxy;
}

// Common is what all proxies do. An object's pointer to another interface is passed on as it is: calls through it are not recorded, and
// the checker knows that from the QueryInterface.
template <class Interface> class Common : public Interface {
public:
	explicit Common(Interface *object) : inner(object) {}

	HRESULT QueryInterface(const IID &iid, void **ppv) override {
		MAPITRACE_CALL(call, "IUnknown::QueryInterface", seen(), mapitrace::bytes("iid", iid.ab, sizeof iid.ab), mapitrace::out("ppv", ppv));
		const HRESULT hr = inner->QueryInterface(iid, ppv);
		if (hr >= 0 && *ppv == static_cast<void *>(inner)) {
			*ppv = static_cast<Interface *>(this);
		}
		return MAPITRACE_RESULT(call, hr);
	}

	ULONG AddRef() override {
		MAPITRACE_CALL(call, "IUnknown::AddRef", seen());
		return MAPITRACE_COUNT(call, inner->AddRef());
	}

	ULONG Release() override {
		MAPITRACE_CALL(call, "IUnknown::Release", seen());
		return MAPITRACE_COUNT(call, inner->Release());
	}

protected:
	virtual ~Common() {}
	virtual const Interface *seen() const { return this; }

	Interface *const inner;

private:
	Common(const Common &) = delete;
	Common &operator=(const Common &) = delete;
};

class FolderProxy : public Common<IMAPIFolder> {
public:
	explicit FolderProxy(IMAPIFolder *folder) : Common(folder) {}

	HRESULT GetContentsCount(ULONG ulFlags, ULONG *lpulCount) override {
		MAPITRACE_CALL(call, "IMAPIFolder::GetContentsCount", this, mapitrace::flags("ulFlags", ulFlags), mapitrace::out("lpulCount", lpulCount));
		return MAPITRACE_RESULT(call, inner->GetContentsCount(ulFlags, lpulCount));
	}
};

class StoreProxy : public Common<IMsgStore> {
public:
	explicit StoreProxy(IMsgStore *store) : Common(store) {}

	HRESULT OpenEntry(ULONG cbEntryID, const BYTE *lpEntryID, ULONG ulFlags, ULONG *lpulObjType, IUnknown **lppUnk) override {
		MAPITRACE_CALL(call, "IMsgStore::OpenEntry", this, mapitrace::number("cbEntryID", cbEntryID),
		               mapitrace::bytes("lpEntryID", lpEntryID, cbEntryID), mapitrace::flags("ulFlags", ulFlags),
		               mapitrace::out("lpulObjType", lpulObjType), mapitrace::out("lppUnk", lppUnk));
		const HRESULT hr = inner->OpenEntry(cbEntryID, lpEntryID, ulFlags, lpulObjType, lppUnk);
		if (hr >= 0 && *lpulObjType == MAPI_FOLDER) {
			*lppUnk = wrap<FolderProxy>(static_cast<IMAPIFolder *>(*lppUnk));
		}
		return MAPITRACE_RESULT(call, hr);
	}

	HRESULT StoreLogoff(ULONG *lpulFlags) override {
		MAPITRACE_CALL(call, "IMsgStore::StoreLogoff", this, mapitrace::inout("ulFlags", lpulFlags));
		return MAPITRACE_RESULT(call, inner->StoreLogoff(lpulFlags));
	}
};

class LogonProxy : public Common<IMSLogon> {
public:
	explicit LogonProxy(IMSLogon *logon) : Common(logon) {}

	HRESULT Logoff(ULONG *lpulFlags) override {
		MAPITRACE_CALL(call, "IMSLogon::Logoff", this, mapitrace::inout("ulFlags", lpulFlags));
		return MAPITRACE_RESULT(call, inner->Logoff(lpulFlags));
	}
};

class SupportProxy : public Common<IMAPISupport> {
public:
	explicit SupportProxy(IMAPISupport *support) : Common(support) {}

	HRESULT SetProviderUID(const MAPIUID *lpProviderID, ULONG ulFlags) override {
		MAPITRACE_CALL(call, "IMAPISupport::SetProviderUID", seen(), mapitrace::bytes("lpProviderID", lpProviderID, sizeof *lpProviderID),
		               mapitrace::flags("ulFlags", ulFlags));
		return MAPITRACE_RESULT(call, inner->SetProviderUID(lpProviderID, ulFlags));
	}

	HRESULT StoreLogoffTransports(ULONG *lpulFlags) override {
		MAPITRACE_CALL(call, "IMAPISupport::StoreLogoffTransports", seen(), mapitrace::inout("ulFlags", lpulFlags));
		return MAPITRACE_RESULT(call, inner->StoreLogoffTransports(lpulFlags));
	}

private:
	const IMAPISupport *seen() const override { return inner; }
};

class ProviderProxy : public Common<IMSProvider> {
public:
	explicit ProviderProxy(IMSProvider *provider) : Common(provider) {}

	HRESULT Logon(IMAPISupport *lpMAPISup, const char *lpszProfileName, ULONG ulFlags, IMSLogon **lppMSLogon, IMsgStore **lppMDB) override {
		MAPITRACE_CALL(call, "IMSProvider::Logon", this, mapitrace::object("lpMAPISup", lpMAPISup), mapitrace::text("lpszProfileName", lpszProfileName),
		               mapitrace::flags("ulFlags", ulFlags), mapitrace::out("lppMSLogon", lppMSLogon), mapitrace::out("lppMDB", lppMDB));
		const HRESULT hr = inner->Logon(wrap<SupportProxy>(lpMAPISup), lpszProfileName, ulFlags, lppMSLogon, lppMDB);
		if (hr >= 0) {
			if (lppMSLogon != nullptr) {
				*lppMSLogon = wrap<LogonProxy>(*lppMSLogon);
			}
			*lppMDB = wrap<StoreProxy>(*lppMDB);
		}
		return MAPITRACE_RESULT(call, hr);
	}

	HRESULT Shutdown(ULONG *lpulFlags) override {
		MAPITRACE_CALL(call, "IMSProvider::Shutdown", this, mapitrace::inout("ulFlags", lpulFlags));
		return MAPITRACE_RESULT(call, inner->Shutdown(lpulFlags));
	}
};

} // namespace

HRESULT ProxyMSProviderInit(ULONG ulFlags, IMSProvider **lppMSProvider) {
	MAPITRACE_FUNCTION(call, "MSProviderInit", mapitrace::module("example.dll"), mapitrace::flags("ulFlags", ulFlags),
	                   mapitrace::out("lppMSProvider", lppMSProvider));
	const HRESULT hr = MSProviderInit(ulFlags, lppMSProvider);
	if (hr >= 0) {
		*lppMSProvider = wrap<ProviderProxy>(*lppMSProvider);
	}
	return MAPITRACE_RESULT(call, hr);
}
