// Programs for the tests of the header: behaviour WHAT RECORDING.
#include "../mapitrace.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

const int S_OK = 0;
const int E_FAIL = static_cast<int>(0x80004005);

struct Thing {
	int number;
	explicit Thing(int n) : number(n) {}

	unsigned Release() {
		MAPITRACE_CALL(call, "IMAPITable::Release", this, mapitrace::number("n", number));
		return MAPITRACE_COUNT(call, 0U);
	}
};

int initialize() {
	MAPITRACE_FUNCTION(call, "MAPIInitialize", mapitrace::object("lpMapiInit", nullptr));
	return MAPITRACE_RESULT(call, S_OK);
}

int logon(Thing *thing, int hr, Thing **lppSession) {
	MAPITRACE_FUNCTION(call, "MAPILogonEx", mapitrace::flags("flFlags", 0x22), mapitrace::out("lppSession", lppSession));
	if (lppSession != nullptr) {
		*lppSession = thing;
	}
	return MAPITRACE_RESULT(call, hr);
}

// values reads records of a kind, a length of four bytes and so many bytes, and records each of them.
void values() {
	std::string in((std::istreambuf_iterator<char>(std::cin)), std::istreambuf_iterator<char>());
	for (std::size_t at = 0; at + 5 <= in.size();) {
		const char kind = in[at];
		std::uint32_t n = 0;
		std::memcpy(&n, in.data() + at + 1, 4);
		const char *const p = in.data() + at + 5;
		at += 5 + n;
		switch (kind) {
		case 't': {
			const std::string text(p, n);
			MAPITRACE_FUNCTION(call, "text", mapitrace::text("v", text.c_str()));
			MAPITRACE_DONE(call);
			break;
		}
		case 'u': {
			std::vector<char16_t> text(n / 2 + 1);
			std::memcpy(text.data(), p, n);
			MAPITRACE_FUNCTION(call, "utf16", mapitrace::text("v", text.data()));
			MAPITRACE_DONE(call);
			break;
		}
		case 'w': {
			std::vector<wchar_t> text(n / sizeof(wchar_t) + 1);
			std::memcpy(text.data(), p, n);
			MAPITRACE_FUNCTION(call, "wide", mapitrace::text("v", text.data()));
			MAPITRACE_DONE(call);
			break;
		}
		default: {
			MAPITRACE_FUNCTION(call, "bytes", mapitrace::bytes("v", p, n));
			MAPITRACE_DONE(call);
		}
		}
	}
}

void numbers() {
	long long out = 1;
	long long *const none = nullptr;
	MAPITRACE_FUNCTION(call, "numbers", mapitrace::number("least", std::numeric_limits<long long>::min()),
	                   mapitrace::number("most", std::numeric_limits<unsigned long long>::max()), mapitrace::number("yes", true),
	                   mapitrace::number("letter", static_cast<signed char>(-1)), mapitrace::flags("flags", -1), mapitrace::object("nobody", nullptr),
	                   mapitrace::text("nothing", static_cast<const char *>(nullptr)), mapitrace::bytes("empty", "", 0),
	                   mapitrace::inout("inout", &out), mapitrace::inout("nowhere", none), mapitrace::by("client"), mapitrace::module("a\"b\\c.dll"));
	out = -1;
	MAPITRACE_DONE(call);
}

void threads() {
	std::vector<std::thread> all;
	for (int n = 0; n < 8; n++) {
		all.emplace_back([n] {
			for (int i = 0; i < 200; i++) {
				MAPITRACE_FUNCTION(outer, "outer", mapitrace::number("thread", n), mapitrace::number("i", i));
				{
					MAPITRACE_FUNCTION(inner, "inner", mapitrace::text("text", std::string(static_cast<std::size_t>(i), '"').c_str()));
					Thing(i).Release();
					MAPITRACE_DONE(inner);
				}
				MAPITRACE_DONE(outer);
			}
			MAPITRACE_THREAD_EXIT();
		});
	}
	for (std::thread &t : all) {
		t.join();
	}
}

// busy writes long lines from several threads until the process is killed.
void busy() {
	for (int n = 0; n < 4; n++) {
		std::thread([] {
			const std::string text(20000, 'x');
			for (;;) {
				MAPITRACE_FUNCTION(call, "busy", mapitrace::text("text", text.c_str()));
				MAPITRACE_DONE(call);
			}
		}).detach();
	}
	std::this_thread::sleep_for(std::chrono::milliseconds(200));
	std::raise(SIGKILL);
}

void thrower() {
	MAPITRACE_FUNCTION(call, "thrower");
	throw std::runtime_error("left");
}

// rethrown calls while an exception is on its way: that call is not the one that is left.
struct OnTheWay {
	~OnTheWay() { initialize(); }
};

void rethrown() {
	const OnTheWay on_the_way;
	thrower();
}

int forgetful() {
	MAPITRACE_FUNCTION(call, "forgetful");
	return 0;
}

} // namespace

int main(int, char **argv) {
	const std::string what = argv[1];
	mapitrace::Options options(argv[2]);
	options.observes("MAPI IMAPISession");
	Thing thing(1);
	Thing *session = nullptr;
	if (what == "missed") {
		initialize();
	}
	if (what == "ring" || what == "ring-even" || what == "ring-killed") {
		options.ring(what == "ring" ? 5 : 6);
	}
	MAPITRACE_OPEN(options.producer("test").process("p\t").note("n\n").partial(" "));
	if (what == "values") {
		values();
	} else if (what == "numbers") {
		numbers();
	} else if (what == "threads") {
		threads();
	} else if (what == "busy") {
		busy();
	} else if (what == "outputs") {
		initialize();
		logon(&thing, E_FAIL, &session);
		logon(&thing, S_OK, nullptr);
		logon(&thing, S_OK, &session);
	} else if (what == "killed" || what == "aborted") {
		initialize();
		logon(&thing, S_OK, &session);
		MAPITRACE_CALL(call, "IMAPISession::Logoff", session, mapitrace::flags("ulFlags", 0));
		if (what == "aborted") {
			std::abort();
		}
		std::raise(SIGKILL);
	} else if (what == "ring" || what == "ring-even" || what == "ring-killed") {
		for (int n = 1; n <= 50; n++) {
			Thing(n).Release();
		}
		if (what == "ring-killed") {
			MAPITRACE_DUMP();
			initialize();
			std::raise(SIGKILL);
		}
	} else if (what == "thrown") {
		try {
			rethrown();
		} catch (const std::runtime_error &) {
		}
	} else if (what == "forgotten") {
		forgetful();
		initialize();
	} else if (what == "full") {
		initialize(); // there is no room for it
		initialize();
	} else if (what == "again") {
		MAPITRACE_FUNCTION(call, "outer");
		MAPITRACE_END("detached");
		initialize();
		MAPITRACE_OPEN(mapitrace::Options(argv[2]));
		MAPITRACE_LOAD("x.dll");
		MAPITRACE_UNLOAD("x.dll");
		MAPITRACE_GAP();
		MAPITRACE_DONE(call);
	}
	MAPITRACE_END("exit");
	return 0;
}
