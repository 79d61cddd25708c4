// What provider.cpp and driver.cpp share: the fault that is played, and how objects live.
#ifndef EXAMPLE_HPP
#define EXAMPLE_HPP

#include "../mapitrace.h"
#include "mapi.hpp"

// faulty tells whether the named fault is played. driver.cpp has the list.
bool faulty(const char *name);

// Counted is an object with a reference count, which is one at first. When it comes down to zero the object lets go of what it holds,
// and its memory stays: a call on an object that is gone is to be recorded here, not to crash. Look for such calls with a heap that does
// the same, such as page heap, or expect the recording to end where the process did.
template <class Interface> class Counted : public Interface {
public:
	Counted() : count(1), next(first()) { first() = this; }

	HRESULT QueryInterface(const IID &iid, void **ppv) override {
		MAPITRACE_CALL(call, "IUnknown::QueryInterface", static_cast<Interface *>(this), mapitrace::bytes("iid", iid.ab, sizeof iid.ab),
		               mapitrace::out("ppv", ppv));
		static_cast<void>(iid); // the example's objects have no second interface
		*ppv = nullptr;
		return MAPITRACE_RESULT(call, E_NOINTERFACE);
	}

	// IUnknown's methods may be recorded by that name: what kind of object it is, its birth has told.
	ULONG AddRef() override {
		MAPITRACE_CALL(call, "IUnknown::AddRef", static_cast<Interface *>(this));
		return MAPITRACE_COUNT(call, ++count);
	}

	ULONG Release() override {
		MAPITRACE_CALL(call, "IUnknown::Release", static_cast<Interface *>(this));
		if (count > 0 && --count == 0) {
			lastRelease();
		}
		return MAPITRACE_COUNT(call, count);
	}

protected:
	virtual ~Counted() {}
	virtual void lastRelease() {}

	ULONG count;

private:
	Counted(const Counted &) = delete;
	Counted &operator=(const Counted &) = delete;

	static Counted *&first() {
		static Counted *head = nullptr;
		return head;
	}

	Counted *next; // all objects of the kind, so that they are not lost
};

#endif
