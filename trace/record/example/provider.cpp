// A small message store provider: one store with one folder. It records its own methods, and the calls that it makes on its support
// object: what MAPI does with that object it can not see.
#include "example.hpp"

namespace {

const MAPIUID storeUID = {{0x6d, 0x61, 0x70, 0x69, 0x6c, 0x69, 0x66, 0x65, 0x2d, 0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65}};

ULONG addRef(IMAPISupport *support) {
	MAPITRACE_CALL(call, "IMAPISupport::AddRef", support);
	return MAPITRACE_COUNT(call, support->AddRef());
}

ULONG release(IMAPISupport *support) {
	MAPITRACE_CALL(call, "IMAPISupport::Release", support);
	return MAPITRACE_COUNT(call, support->Release());
}

HRESULT setProviderUID(IMAPISupport *support, const MAPIUID &uid) {
	MAPITRACE_CALL(call, "IMAPISupport::SetProviderUID", support, mapitrace::bytes("lpProviderID", uid.ab, sizeof uid.ab), mapitrace::flags("ulFlags", 0));
	return MAPITRACE_RESULT(call, support->SetProviderUID(&uid, 0));
}

HRESULT storeLogoffTransports(IMAPISupport *support, ULONG flags) {
	MAPITRACE_CALL(call, "IMAPISupport::StoreLogoffTransports", support, mapitrace::inout("ulFlags", &flags));
	return MAPITRACE_RESULT(call, support->StoreLogoffTransports(&flags));
}

class Folder : public Counted<IMAPIFolder> {
public:
	HRESULT GetContentsCount(ULONG ulFlags, ULONG *lpulCount) override {
		MAPITRACE_CALL(call, "IMAPIFolder::GetContentsCount", this, mapitrace::flags("ulFlags", ulFlags), mapitrace::out("lpulCount", lpulCount));
		static_cast<void>(ulFlags);
		*lpulCount = 0;
		return MAPITRACE_RESULT(call, S_OK);
	}
};

class Store : public Counted<IMsgStore> {
public:
	explicit Store(IMAPISupport *support) : support_(support), flags_(LOGOFF_ABORT) { addRef(support_); }

	HRESULT OpenEntry(ULONG cbEntryID, const BYTE *lpEntryID, ULONG ulFlags, ULONG *lpulObjType, IUnknown **lppUnk) override {
		MAPITRACE_CALL(call, "IMsgStore::OpenEntry", this, mapitrace::number("cbEntryID", cbEntryID),
		               mapitrace::bytes("lpEntryID", lpEntryID, cbEntryID), mapitrace::flags("ulFlags", ulFlags),
		               mapitrace::out("lpulObjType", lpulObjType), mapitrace::out("lppUnk", lppUnk));
		static_cast<void>(lpEntryID);
		static_cast<void>(ulFlags);
		if (cbEntryID != 0) { // there is the root folder only, which has no entry identifier
			return MAPITRACE_RESULT(call, MAPI_E_NOT_FOUND);
		}
		*lpulObjType = MAPI_FOLDER;
		*lppUnk = new Folder;
		return MAPITRACE_RESULT(call, S_OK);
	}

	// StoreLogoff keeps the flags for the last Release.
	HRESULT StoreLogoff(ULONG *lpulFlags) override {
		MAPITRACE_CALL(call, "IMsgStore::StoreLogoff", this, mapitrace::inout("ulFlags", lpulFlags));
		flags_ = *lpulFlags;
		*lpulFlags = 0;
		return MAPITRACE_RESULT(call, S_OK);
	}

	// letGo gives the support object back, once: in the store's last Release or in the logon object's Logoff, whichever comes first.
	void letGo() {
		IMAPISupport *const support = support_;
		if (support == nullptr || faulty("support-never-given-back")) {
			return;
		}
		if (!faulty("support-given-back-twice")) {
			support_ = nullptr;
		}
		if (flags_ != 0) {
			const ULONG flags = flags_;
			flags_ = 0;
			storeLogoffTransports(support, flags);
		}
		release(support);
	}

private:
	void lastRelease() override { letGo(); }

	IMAPISupport *support_;
	ULONG flags_; // what StoreLogoffTransports will be passed; 0 when that is done
};

class Logon : public Counted<IMSLogon> {
public:
	explicit Logon(Store *store) : store_(store) {}

	HRESULT Logoff(ULONG *lpulFlags) override {
		MAPITRACE_CALL(call, "IMSLogon::Logoff", this, mapitrace::inout("ulFlags", lpulFlags));
		static_cast<void>(lpulFlags);
		store_->letGo();
		return MAPITRACE_RESULT(call, S_OK);
	}

private:
	Store *store_;
};

class Provider : public Counted<IMSProvider> {
public:
	HRESULT Logon(IMAPISupport *lpMAPISup, const char *lpszProfileName, ULONG ulFlags, IMSLogon **lppMSLogon, IMsgStore **lppMDB) override {
		MAPITRACE_CALL(call, "IMSProvider::Logon", this, mapitrace::object("lpMAPISup", lpMAPISup), mapitrace::text("lpszProfileName", lpszProfileName),
		               mapitrace::flags("ulFlags", ulFlags), mapitrace::out("lppMSLogon", lppMSLogon), mapitrace::out("lppMDB", lppMDB));
		static_cast<void>(lpszProfileName);
		static_cast<void>(ulFlags);
		Store *const store = new Store(lpMAPISup);
		setProviderUID(lpMAPISup, storeUID);
		*lppMSLogon = new ::Logon(store);
		*lppMDB = store;
		return MAPITRACE_RESULT(call, S_OK);
	}

	HRESULT Shutdown(ULONG *lpulFlags) override {
		MAPITRACE_CALL(call, "IMSProvider::Shutdown", this, mapitrace::inout("ulFlags", lpulFlags));
		static_cast<void>(lpulFlags);
		return MAPITRACE_RESULT(call, S_OK);
	}
};

} // namespace

HRESULT MSProviderInit(ULONG ulFlags, IMSProvider **lppMSProvider) {
	MAPITRACE_FUNCTION(call, "MSProviderInit", mapitrace::module("example.dll"), mapitrace::flags("ulFlags", ulFlags),
	                   mapitrace::out("lppMSProvider", lppMSProvider));
	static_cast<void>(ulFlags);
	*lppMSProvider = new Provider;
	return MAPITRACE_RESULT(call, S_OK);
}
