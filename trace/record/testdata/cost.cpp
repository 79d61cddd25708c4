// The same code with the macros, and as somebody would write it who has never heard of them (PLAIN).
#ifndef PLAIN
#include "../mapitrace.h"
#endif

struct Session {
	int opened;
	unsigned count;

	int OpenMsgStore(unsigned flags, Session **lppMDB) {
#ifdef PLAIN
		if (flags > 16) {
			return static_cast<int>(0x80070057);
		}
		*lppMDB = this;
		return opened++;
#else
		MAPITRACE_CALL(call, "IMAPISession::OpenMsgStore", this, mapitrace::flags("ulFlags", flags), mapitrace::out("lppMDB", lppMDB));
		if (flags > 16) {
			return MAPITRACE_RESULT(call, static_cast<int>(0x80070057));
		}
		*lppMDB = this;
		return MAPITRACE_RESULT(call, opened++);
#endif
	}

	unsigned Release() {
#ifdef PLAIN
		return --count;
#else
		MAPITRACE_CALL(call, "IUnknown::Release", this);
		return MAPITRACE_COUNT(call, --count);
#endif
	}
};

int client(Session *session) {
#ifndef PLAIN
	MAPITRACE_OPEN(mapitrace::Options("cost.jsonl").observes("IMAPISession"));
	MAPITRACE_LOAD("x.dll");
#endif
	Session *store = nullptr;
	const int hr = session->OpenMsgStore(4, &store);
#ifdef PLAIN
	return hr + static_cast<int>(store->Release());
#else
	MAPITRACE_FUNCTION(call, "MAPIUninitialize");
	MAPITRACE_DONE(call);
	MAPITRACE_GAP();
	MAPITRACE_DUMP();
	MAPITRACE_THREAD_EXIT();
	MAPITRACE_UNLOAD("x.dll");
	MAPITRACE_END("exit");
	return hr + static_cast<int>(store->Release());
#endif
}
