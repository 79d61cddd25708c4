// A driver for the provider, in two roles: MAPI, as small as it can be, and a client of it. Both record the functions and methods of
// MAPI, as a client that records his own calls would.
//
//     driver RECORDING [FAULT]
//
// Without a fault all of it is in good order.
#include "example.hpp"

#include <cstring>

namespace {

const char *fault = "";

#ifdef PROXY
const MSPROVIDERINIT entry = ProxyMSProviderInit;
#else
const MSPROVIDERINIT entry = MSProviderInit;
#endif

// ---- MAPI

// Support is the support object of the one logon. The provider records what it calls on it, and MAPI what it calls itself: nothing is
// recorded twice.
class Support : public IMAPISupport {
public:
	Support() : count_(1), mine_(true), logon_(nullptr) {}
	virtual ~Support() {}

	void serves(IMSLogon *logon) { logon_ = logon; }

	HRESULT QueryInterface(const IID &, void **ppv) override {
		*ppv = nullptr;
		return E_NOINTERFACE;
	}

	ULONG AddRef() override { return ++count_; }

	// When the provider has given back its own reference MAPI logs the logon object off, and lets go of it and of the support object.
	ULONG Release() override {
		if (count_ > 0 && --count_ == 1 && mine_) {
			logOff();
			letGo();
		}
		return count_;
	}

	HRESULT SetProviderUID(const MAPIUID *, ULONG) override { return S_OK; }

	HRESULT StoreLogoffTransports(ULONG *lpulFlags) override {
		*lpulFlags = LOGOFF_COMPLETE;
		return S_OK;
	}

	void logOff() {
		IMSLogon *const logon = logon_;
		logon_ = nullptr;
		if (logon != nullptr) {
			ULONG flags = 0;
			logon->Logoff(&flags);
			logon->Release();
		}
	}

	void letGo() {
		if (mine_) {
			mine_ = false;
			MAPITRACE_CALL(call, "IMAPISupport::Release", this);
			MAPITRACE_COUNT(call, Release());
		}
	}

private:
	ULONG count_;
	bool mine_; // MAPI holds a reference
	IMSLogon *logon_;
};

class Session : public Counted<IMAPISession> {
public:
	Session() : provider_(nullptr) {}

	HRESULT OpenMsgStore(ULONG ulFlags, IMsgStore **lppMDB) override {
		MAPITRACE_CALL(call, "IMAPISession::OpenMsgStore", this, mapitrace::flags("ulFlags", ulFlags), mapitrace::out("lppMDB", lppMDB));
		static_cast<void>(ulFlags);
		entry(0, &provider_);
		IMSLogon *logon = nullptr;
		const HRESULT hr = provider_->Logon(&support_, "example", 0, &logon, lppMDB);
		support_.serves(logon);
		if (faulty("provider-shut-down-too-early")) {
			shutDown();
		}
		return MAPITRACE_RESULT(call, hr);
	}

	HRESULT Logoff(ULONG ulUIParam, ULONG ulFlags, ULONG ulReserved) override {
		MAPITRACE_CALL(call, "IMAPISession::Logoff", this, mapitrace::number("ulUIParam", ulUIParam), mapitrace::flags("ulFlags", ulFlags),
		               mapitrace::number("ulReserved", ulReserved));
		static_cast<void>(ulUIParam);
		static_cast<void>(ulFlags);
		static_cast<void>(ulReserved);
		support_.logOff();
		support_.letGo();
		shutDown();
		return MAPITRACE_RESULT(call, S_OK);
	}

private:
	void shutDown() {
		if (provider_ != nullptr) {
			ULONG flags = 0;
			provider_->Shutdown(&flags);
			provider_->Release();
			provider_ = nullptr;
		}
	}

	Support support_;
	IMSProvider *provider_;
};

HRESULT MAPIInitialize(const void *lpMapiInit) {
	MAPITRACE_FUNCTION(call, "MAPIInitialize", mapitrace::object("lpMapiInit", lpMapiInit));
	static_cast<void>(lpMapiInit);
	return MAPITRACE_RESULT(call, S_OK);
}

HRESULT MAPILogonEx(const char *lpszProfileName, ULONG flFlags, IMAPISession **lppSession) {
	MAPITRACE_FUNCTION(call, "MAPILogonEx", mapitrace::text("lpszProfileName", lpszProfileName), mapitrace::flags("flFlags", flFlags),
	                   mapitrace::out("lppSession", lppSession));
	static_cast<void>(lpszProfileName);
	static_cast<void>(flFlags);
	*lppSession = new Session;
	return MAPITRACE_RESULT(call, S_OK);
}

void MAPIUninitialize() {
	MAPITRACE_FUNCTION(call, "MAPIUninitialize");
	MAPITRACE_DONE(call);
}

// ---- the client

void client() {
	MAPIInitialize(nullptr);
	IMAPISession *session = nullptr;
	MAPILogonEx("example", 0x22, &session); // MAPI_NEW_SESSION | MAPI_EXTENDED
	IMsgStore *store = nullptr;
	session->OpenMsgStore(0, &store);
	ULONG type = 0;
	IUnknown *folder = nullptr;
	store->OpenEntry(0, nullptr, MAPI_BEST_ACCESS, &type, &folder);
	ULONG count = 0;
	static_cast<IMAPIFolder *>(folder)->GetContentsCount(0, &count);
	folder->Release();
	if (!faulty("store-never-released")) {
		ULONG flags = LOGOFF_ORDERLY;
		store->StoreLogoff(&flags);
		store->Release();
	}
	if (faulty("store-released-twice")) {
		store->Release();
	}
	session->Logoff(0, 0, 0);
	session->Release();
	MAPIUninitialize();
}

} // namespace

bool faulty(const char *name) { return std::strcmp(fault, name) == 0; }

int main(int argc, char **argv) {
	if (argc > 2) {
		fault = argv[2];
	}
	if (argc > 1) {
		MAPITRACE_OPEN(mapitrace::Options(argv[1])
		                   .producer("mapitrace.h, worked example")
		                   .observes("MAPI IMAPISession entry IMSProvider IMSLogon IMsgStore IMAPIFolder IMAPISupport"));
	}
	client();
	MAPITRACE_END("exit");
	return 0;
}
