// mapitrace.h writes recordings of MAPI calls, in the trace format of mapilife. Include it in a provider, a client or a subsystem, say
// with MAPITRACE_OPEN where the recording goes and what it observes, and put one MAPITRACE_CALL into each method:
//
//     HRESULT Store::StoreLogoff(ULONG *lpulFlags) {
//         MAPITRACE_CALL(call, "IMsgStore::StoreLogoff", this, mapitrace::inout("ulFlags", lpulFlags));
//         ...
//         return MAPITRACE_RESULT(call, S_OK);
//     }
//
// The call is written when the macro is reached, and its return when the function is left, after everything local has been destroyed.
// README.md, beside this file, says what to record and why.
//
// It is C++11 and needs nothing but the standard library. With MAPITRACE_OFF defined the macros are empty: their arguments are not
// evaluated, nothing is included, and namespace mapitrace does not exist, so that the compiler sees the code as if they were not there.
// Define it, or not, for all files of a program alike.
//
// Each line is written and flushed in one piece, under a lock, so that a process that crashes leaves a recording up to its last call; of
// that the system may have written a part only. A value that would take more than 32 KiB is left out. The recorder throws nothing; when it
// can not write any more it says so on the standard error and stops, and the recording counts as cut off there.
#ifndef MAPITRACE_H
#define MAPITRACE_H

#ifdef MAPITRACE_OFF

#define MAPITRACE_OPEN(...) static_cast<void>(0)
#define MAPITRACE_CALL(call, ...) static_assert(true, "")
#define MAPITRACE_FUNCTION(call, ...) static_assert(true, "")
#define MAPITRACE_RESULT(call, hr) (hr)
#define MAPITRACE_COUNT(call, count) (count)
#define MAPITRACE_DONE(call) static_cast<void>(0)
#define MAPITRACE_LOAD(module) static_cast<void>(0)
#define MAPITRACE_UNLOAD(module) static_cast<void>(0)
#define MAPITRACE_THREAD_EXIT() static_cast<void>(0)
#define MAPITRACE_GAP() static_cast<void>(0)
#define MAPITRACE_DUMP() static_cast<void>(0)
#define MAPITRACE_END(reason) static_cast<void>(0)

#else

// MAPITRACE_OPEN begins the recording, with mapitrace::Options. Calls made earlier are not recorded; if there were any, the recording
// says that it began late.
#define MAPITRACE_OPEN(...) ::mapitrace::Recorder::instance().open(__VA_ARGS__)

// MAPITRACE_CALL records a call of a method: the name of a variable, the method, the object, and any number of arguments. Write
// static_cast<IMsgStore *>(this) where a class has several interfaces: an object is known by the address that it was handed out as.
#define MAPITRACE_CALL(call, ...) ::mapitrace::Call call(__VA_ARGS__)

// MAPITRACE_FUNCTION is the same for a function: the name of a variable, the function, and any number of arguments.
#define MAPITRACE_FUNCTION(call, ...) ::mapitrace::Call call(::mapitrace::Call::Function(), __VA_ARGS__)

// MAPITRACE_RESULT is the HRESULT that the call returns: its value is hr. MAPITRACE_COUNT is what AddRef or Release returns.
// MAPITRACE_DONE stands at the end of a function that returns nothing. Every call meets one of the three; of one that meets none nobody
// knows whether it succeeded, and the recorder complains and leaves a gap. A call that an exception leaves is recorded as E_UNEXPECTED.
#define MAPITRACE_RESULT(call, hr) (call).result(hr)
#define MAPITRACE_COUNT(call, count) (call).counted(count)
#define MAPITRACE_DONE(call) (call).done()

// A DLL is loaded or unloaded; the thread that says so is about to end; calls are missing here.
#define MAPITRACE_LOAD(module) ::mapitrace::Recorder::instance().event("load", "module", module)
#define MAPITRACE_UNLOAD(module) ::mapitrace::Recorder::instance().event("unload", "module", module)
#define MAPITRACE_THREAD_EXIT() ::mapitrace::Recorder::instance().event("thread-exit", nullptr, nullptr)
#define MAPITRACE_GAP() ::mapitrace::Recorder::instance().gap()

// MAPITRACE_DUMP writes what a ring buffer holds. Not for signal handlers.
#define MAPITRACE_DUMP() ::mapitrace::Recorder::instance().dump()

// MAPITRACE_END ends the recording: "exit" where the process is about to end in good order, so that whatever is not released yet never
// will be; "detached" where the process goes on without being recorded. A recording without it counts as cut off.
#define MAPITRACE_END(reason) ::mapitrace::Recorder::instance().end(reason)

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <initializer_list>
#include <mutex>
#include <new>
#include <string>
#include <type_traits>
#include <vector>

#ifdef _WIN32
#include <process.h>
#include <share.h>
#else
#include <unistd.h>
#endif

// Code may be compiled without exceptions: then running out of memory ends the process, here as elsewhere.
#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
#define MAPITRACE_TRY try
#define MAPITRACE_CATCH catch (...)
#else
#define MAPITRACE_TRY if (true)
#define MAPITRACE_CATCH else
#endif

namespace mapitrace {

// What a value may take as written; with 24 fields at most, a line stays below the 1 MiB that readers accept.
enum : std::size_t { longestValue = 32 * 1024, mostFields = 24, longestLine = 1024 * 1024 };

// A Text is a line under construction. What can not be said in valid JSON is not written: see value().
class Text {
public:
	std::string s;

	void number(unsigned long long n) {
		char digits[24];
		std::size_t at = sizeof digits;
		do {
			digits[--at] = static_cast<char>('0' + n % 10);
			n /= 10;
		} while (n != 0);
		s.append(digits + at, sizeof digits - at);
	}

	void number(long long n) {
		if (n < 0) {
			s += '-';
			number(0ULL - static_cast<unsigned long long>(n));
		} else {
			number(static_cast<unsigned long long>(n));
		}
	}

	// hex writes "0x" and digits, with the quotes that JSON asks for.
	void hex(unsigned long long n) {
		char digits[20];
		std::size_t at = sizeof digits;
		digits[--at] = '"';
		do {
			digits[--at] = digit(static_cast<unsigned>(n & 15));
			n >>= 4;
		} while (n != 0);
		s += "\"0x";
		s.append(digits + at, sizeof digits - at);
	}

	void bytes(const unsigned char *p, std::size_t n) {
		s += '"';
		for (std::size_t i = 0; i < n; i++) {
			s += digit(p[i] >> 4U);
			s += digit(p[i] & 15U);
		}
		s += '"';
	}

	// utf8 writes text of n bytes. A byte that is no part of valid UTF-8 becomes U+FFFD.
	void utf8(const char *text, std::size_t n) {
		const unsigned char *p = reinterpret_cast<const unsigned char *>(text);
		s += '"';
		for (std::size_t at = 0; at < n;) {
			const std::size_t length = sequence(p + at, n - at);
			if (length == 0) {
				s += "\xef\xbf\xbd";
				at++;
			} else if (length == 1) {
				plain(p[at++]);
			} else {
				s.append(text + at, length);
				at += length;
			}
		}
		s += '"';
	}

	// wide writes UTF-16 or UTF-32, whichever the type has room for. What is no character becomes U+FFFD.
	template <class C> void wide(const C *p, std::size_t n) {
		s += '"';
		for (std::size_t at = 0; at < n;) {
			std::uint32_t c = static_cast<std::uint32_t>(p[at++]) & (sizeof(C) == 2 ? 0xffffU : 0xffffffffU);
			if (sizeof(C) == 2 && c >= 0xd800 && c <= 0xdbff && at < n) {
				const std::uint32_t low = static_cast<std::uint32_t>(p[at]) & 0xffffU;
				if (low >= 0xdc00 && low <= 0xdfff) {
					c = 0x10000U + ((c - 0xd800U) << 10U) + (low - 0xdc00U);
					at++;
				}
			}
			if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
				c = 0xfffd;
			}
			if (c < 0x80) {
				plain(static_cast<unsigned char>(c));
			} else {
				encode(c);
			}
		}
		s += '"';
	}

	void key(const char *name) {
		utf8(name, std::char_traits<char>::length(name));
		s += ':';
	}

private:
	static char digit(unsigned n) { return "0123456789abcdef"[n & 15U]; }

	void plain(unsigned char c) {
		switch (c) {
		case '"':
			s += "\\\"";
			break;
		case '\\':
			s += "\\\\";
			break;
		default:
			if (c < 0x20 || c == 0x7f) {
				s += "\\u00";
				s += digit(c >> 4U);
				s += digit(c & 15U);
			} else {
				s += static_cast<char>(c);
			}
		}
	}

	void encode(std::uint32_t c) {
		if (c < 0x800) {
			s += static_cast<char>(0xc0U | c >> 6U);
		} else {
			if (c < 0x10000) {
				s += static_cast<char>(0xe0U | c >> 12U);
			} else {
				s += static_cast<char>(0xf0U | c >> 18U);
				s += static_cast<char>(0x80U | (c >> 12U & 0x3fU));
			}
			s += static_cast<char>(0x80U | (c >> 6U & 0x3fU));
		}
		s += static_cast<char>(0x80U | (c & 0x3fU));
	}

	// sequence is how many bytes the valid UTF-8 character at p has; 0 if there is none (RFC 3629).
	static std::size_t sequence(const unsigned char *p, std::size_t n) {
		const unsigned char c = p[0];
		if (c < 0x80) {
			return 1;
		}
		const std::size_t length = c >= 0xc2 && c <= 0xdf ? 2 : c >= 0xe0 && c <= 0xef ? 3 : c >= 0xf0 && c <= 0xf4 ? 4 : 0;
		if (length == 0 || length > n) {
			return 0;
		}
		const unsigned char low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
		const unsigned char high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
		if (p[1] < low || p[1] > high) {
			return 0;
		}
		for (std::size_t i = 2; i < length; i++) {
			if (p[i] < 0x80 || p[i] > 0xbf) {
				return 0;
			}
		}
		return length;
	}
};

// A Field is one argument or out parameter. It is made by the functions below and lives no longer than the statement, but for what an
// out parameter points to: that is read when the call returns.
class Field {
public:
	typedef void (*Writer)(Text &, const void *, std::size_t, unsigned long long);

	const char *name;
	enum Place { argument, output, both, caller, dll } place;
	Writer write;
	const void *p;
	std::size_t size;
	unsigned long long n;

	bool isArgument() const { return place == both || place == argument || (place == output && p == nullptr); }
	bool isOutput() const { return p != nullptr && (place == both || place == output); }
};

inline Field field(const char *name, Field::Place place, Field::Writer write, const void *p, std::size_t size, unsigned long long n) {
	const Field f = {name, place, write, p, size, n};
	return f;
}

namespace writers {
inline void null(Text &t) { t.s += "null"; }
inline void address(Text &t, const void *p, std::size_t, unsigned long long) {
	p == nullptr ? null(t) : t.hex(reinterpret_cast<std::uintptr_t>(p));
}
inline void flags(Text &t, const void *, std::size_t, unsigned long long n) { t.hex(n); }
inline void natural(Text &t, const void *, std::size_t, unsigned long long n) { t.number(n); }
inline void integer(Text &t, const void *, std::size_t, unsigned long long n) { t.number(static_cast<long long>(n)); }
inline void boolean(Text &t, const void *, std::size_t, unsigned long long n) { t.s += n != 0 ? "true" : "false"; }
inline void bytes(Text &t, const void *p, std::size_t size, unsigned long long) {
	p == nullptr ? null(t) : t.bytes(static_cast<const unsigned char *>(p), size);
}
inline void utf8(Text &t, const void *p, std::size_t size, unsigned long long) {
	p == nullptr ? null(t) : t.utf8(static_cast<const char *>(p), size);
}
template <class C> void wide(Text &t, const void *p, std::size_t size, unsigned long long) {
	p == nullptr ? null(t) : t.wide(static_cast<const C *>(p), size);
}
template <class T> void pointed(Text &t, const void *p, std::size_t, unsigned long long) {
	p == nullptr ? null(t) : address(t, static_cast<const void *>(*static_cast<T *const *>(p)), 0, 0);
}
template <class T> void word(Text &t, const void *p, std::size_t, unsigned long long) {
	p == nullptr ? null(t) : t.hex(static_cast<typename std::make_unsigned<T>::type>(*static_cast<const T *>(p)));
}
template <class C> std::size_t length(const C *p) {
	std::size_t n = 0;
	while (p != nullptr && n <= longestValue && p[n] != 0) {
		n++;
	}
	return n;
}
} // namespace writers

// object is an interface pointer, or any other, by its address.
inline Field object(const char *name, const void *p) { return field(name, Field::argument, writers::address, p, 0, 0); }

// flags is a word of flags, or another number that people read in hexadecimal.
template <class T> Field flags(const char *name, T n) {
	static_assert(std::is_integral<T>::value, "flags are an integer: use inout or out for a pointer to them");
	return field(name, Field::argument, writers::flags, nullptr, 0, static_cast<typename std::make_unsigned<T>::type>(n));
}

// number is a number or a truth value.
template <class T> Field number(const char *name, T n) {
	static_assert(std::is_integral<T>::value, "a number is an integer");
	return field(name, Field::argument, std::is_same<T, bool>::value ? writers::boolean : std::is_signed<T>::value ? writers::integer : writers::natural,
	             nullptr, 0, static_cast<unsigned long long>(n));
}

// text is a string that ends with a zero: UTF-8, of which ASCII is a part, or wide characters.
inline Field text(const char *name, const char *s) { return field(name, Field::argument, writers::utf8, s, writers::length(s), 0); }
inline Field text(const char *name, const wchar_t *s) {
	return field(name, Field::argument, writers::wide<wchar_t>, s, writers::length(s), 0);
}
inline Field text(const char *name, const char16_t *s) {
	return field(name, Field::argument, writers::wide<char16_t>, s, writers::length(s), 0);
}

// bytes are binary, such as an entry identifier, a MAPIUID (16 bytes) or an interface identifier (16 bytes): they become hex text.
inline Field bytes(const char *name, const void *p, std::size_t size) { return field(name, Field::argument, writers::bytes, p, size, 0); }

// out is a parameter through which the call hands out an object, or a number: read when the call has succeeded. A null pointer is
// recorded when the call begins: the caller asked for nothing.
template <class T> Field out(const char *name, T **p) { return field(name, Field::output, writers::pointed<T>, p, 0, 0); }
template <class T> typename std::enable_if<std::is_integral<T>::value, Field>::type out(const char *name, T *p) {
	return field(name, Field::output, writers::word<T>, p, 0, 0);
}

// inout is a number that the caller passes in and gets another one back: read both times.
template <class T> typename std::enable_if<std::is_integral<T>::value, Field>::type inout(const char *name, T *p) {
	return field(name, Field::both, writers::word<T>, p, 0, 0);
}

// by says who is believed to make the call: client, mapi, spooler, provider, service or os.
inline Field by(const char *role) { return field("by", Field::caller, writers::utf8, role, writers::length(role), 0); }

// module is the DLL that a provider's entry point function is in.
inline Field module(const char *name) { return field("module", Field::dll, writers::utf8, name, writers::length(name), 0); }

// Options say where a recording goes and what is in it.
class Options {
public:
	// path is the file to write; "{pid}" in it becomes the number of the process, so that each process has a file of its own.
	explicit Options(const std::string &path) : path_(path), ring_(0), late_(false) {}

	// observes names the interfaces, and the groups MAPI, entry, module and OLE, of which every call is recorded, separated by spaces.
	// Only of these does the absence of a call mean that it was not made.
	Options &observes(const char *names) { return assign(observes_, names); }

	// partial names those of them of which MAPI's own AddRef and Release are not recorded.
	Options &partial(const char *names) { return assign(partial_, names); }

	Options &producer(const char *text) { return assign(producer_, text); }
	Options &process(const char *text) { return assign(process_, text); }
	Options &note(const char *text) { return assign(note_, text); }

	// late says that the process has called MAPI already.
	Options &late() {
		late_ = true;
		return *this;
	}

	// ring keeps the last so many lines in memory and writes nothing before MAPITRACE_DUMP or MAPITRACE_END. A gap stands for the lines
	// that it no longer has.
	Options &ring(std::size_t lines) {
		ring_ = lines;
		return *this;
	}

private:
	friend class Recorder;

	Options &assign(std::string &to, const char *text) {
		to = text;
		return *this;
	}

	std::string header() const {
		Text t;
		t.s = "{\"mapitrace\":1";
		say(t, "producer", producer_);
		list(t, "observes", observes_);
		list(t, "partial", partial_);
		say(t, "process", process_);
		say(t, "note", note_);
		t.s += "}\n";
		return t.s;
	}

	static void say(Text &t, const char *key, const std::string &text) {
		if (!text.empty()) {
			t.s += ',';
			t.key(key);
			t.utf8(text.data(), text.size());
		}
	}

	static void list(Text &t, const char *key, const std::string &names) {
		if (names.empty()) {
			return;
		}
		t.s += ',';
		t.key(key);
		char before = '[';
		for (std::size_t at = 0; at < names.size();) {
			std::size_t end = names.find(' ', at);
			end = end == std::string::npos ? names.size() : end;
			if (end > at) {
				t.s += before;
				t.utf8(names.data() + at, end - at);
				before = ',';
			}
			at = end + 1;
		}
		if (before == '[') {
			t.s += before;
		}
		t.s += ']';
	}

	std::string file() const {
		std::string name = path_;
		const std::size_t at = name.find("{pid}");
		if (at != std::string::npos) {
#ifdef _WIN32
			name.replace(at, 5, std::to_string(_getpid()));
#else
			name.replace(at, 5, std::to_string(getpid()));
#endif
		}
		return name;
	}

	std::string path_, observes_, partial_, producer_, process_, note_;
	std::size_t ring_;
	bool late_;
};

// A Recorder writes the one recording of this program. In a program made of several DLLs each of them has its own, and needs a file of its
// own.
class Recorder {
public:
	// instance is never destroyed: calls are recorded until the very end of the process.
	static Recorder &instance() {
		static Recorder *const only = new Recorder;
		return *only;
	}

	void open(const Options &options) {
		MAPITRACE_TRY {
			const std::lock_guard<std::mutex> lock(mutex_);
			if (file_ != nullptr) {
				std::fputs("mapitrace: a recording is open already\n", stderr);
				return;
			}
			header_ = options.header();
			path_ = options.file();
			ring_.assign(options.ring_, Line());
			kept_ = 0;
			lost_ = 0;
			late_ = options.late_ || missed_.load();
			sequence_ = 0;
			if (!create()) {
				return;
			}
			write(header_);
			if (late_ || !ring_.empty()) { // of a ring that is never poured nothing is known
				write(gapLine(false));
			}
			epoch_.fetch_add(1);
			recording_.store(file_ != nullptr);
		}
		MAPITRACE_CATCH { stop("out of memory"); }
	}

	// begin writes that a call begins, and returns its id; 0 if nothing is recorded.
	unsigned long long begin(const std::string &body, unsigned &epoch) {
		const std::lock_guard<std::mutex> lock(mutex_);
		if (!recording_.load()) {
			return 0;
		}
		epoch = epoch_.load();
		const unsigned long long id = ++id_;
		Text t = stamp();
		t.s += ",\"id\":";
		t.number(id);
		t.s += body;
		put(t.s, true);
		return id;
	}

	// finish writes that a call returns; if its recording still goes on.
	void finish(unsigned long long id, unsigned epoch, const std::string &body) {
		const std::lock_guard<std::mutex> lock(mutex_);
		if (!recording_.load() || epoch != epoch_.load()) {
			return;
		}
		Text t = stamp();
		t.s += ",\"ret\":";
		t.number(id);
		t.s += body;
		put(t.s, false);
	}

	void event(const char *kind, const char *key, const char *value) {
		MAPITRACE_TRY {
			const std::lock_guard<std::mutex> lock(mutex_);
			put(kind, key, value);
		}
		MAPITRACE_CATCH { stop("out of memory"); }
	}

	void gap() {
		MAPITRACE_TRY {
			const std::lock_guard<std::mutex> lock(mutex_);
			if (recording_.load()) {
				put(gapLine(true), false);
			}
		}
		MAPITRACE_CATCH { stop("out of memory"); }
	}

	void dump() {
		MAPITRACE_TRY {
			const std::lock_guard<std::mutex> lock(mutex_);
			if (recording_.load() && !ring_.empty()) {
				pour();
			}
		}
		MAPITRACE_CATCH { stop("out of memory"); }
	}

	// end waits for the lock for a second at most: at the end of a Windows process the thread that held it may be gone.
	void end(const char *reason) {
		MAPITRACE_TRY {
			std::unique_lock<std::mutex> lock(mutex_, std::defer_lock);
			for (const std::chrono::steady_clock::time_point until = std::chrono::steady_clock::now() + std::chrono::seconds(1); !lock.try_lock();) {
				if (std::chrono::steady_clock::now() > until) {
					return;
				}
			}
			if (!recording_.load()) {
				return;
			}
			put("end", "reason", reason);
			if (!ring_.empty()) {
				pour();
			}
			close();
		}
		MAPITRACE_CATCH { stop("out of memory"); }
	}

	// miss notes that a call was made while nothing is recorded.
	void miss() { missed_.store(true); }
	bool recording() const { return recording_.load(); }

	// complain is for mistakes of those who use this header.
	static void complain(const char *name, const char *what) { std::fprintf(stderr, "mapitrace: %s %s\n", name, what); }

	void stop(const char *why) {
		recording_.store(false);
		std::fprintf(stderr, "mapitrace: %s: the recording ends here\n", why);
	}

private:
	struct Line {
		std::string text;
		bool call;
		Line() : text(), call(false) {}
	};

	Recorder()
	    : mutex_(), file_(nullptr), header_(), path_(), ring_(), kept_(0), lost_(0), late_(false), sequence_(0), id_(0), recording_(false), missed_(false),
	      epoch_(0) {}
	Recorder(const Recorder &) = delete;
	Recorder &operator=(const Recorder &) = delete;

	// thread numbers the threads in the order in which they are first seen: a number is not used again, as the system's are.
	static unsigned long long thread() {
		static std::atomic<unsigned long long> last(0);
		static thread_local const unsigned long long number = last.fetch_add(1) + 1;
		return number;
	}

	Text stamp() {
		Text t;
		t.s = "{\"seq\":";
		t.number(++sequence_);
		t.s += ",\"t\":";
		t.number(static_cast<long long>(
		    std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count()));
		t.s += ",\"tid\":";
		t.number(thread());
		return t;
	}

	std::string gapLine(bool stamped) {
		Text t;
		if (stamped) {
			t = stamp();
			t.s += ',';
		} else {
			t.s = "{";
		}
		t.s += "\"event\":\"gap\",\"lost\":null}\n";
		return t.s;
	}

	void put(const char *kind, const char *key, const char *value) {
		if (!recording_.load()) {
			return;
		}
		Text t = stamp();
		t.s += ",\"event\":\"";
		t.s += kind;
		t.s += '"';
		if (key != nullptr && value != nullptr) {
			t.s += ',';
			t.key(key);
			t.utf8(value, std::char_traits<char>::length(value));
		}
		t.s += "}\n";
		put(t.s, false);
	}

	// put writes a line, or keeps it in the ring.
	void put(const std::string &line, bool call) {
		if (ring_.empty()) {
			write(line);
			return;
		}
		Line &slot = ring_[kept_++ % ring_.size()];
		if (kept_ > ring_.size() && slot.call) {
			lost_++;
		}
		slot.text = line;
		slot.call = call;
	}

	// pour writes the file anew, with all that the ring has.
	void pour() {
		close();
		if (!create()) {
			return;
		}
		recording_.store(true);
		write(header_);
		if (late_) {
			write(gapLine(false));
		} else if (kept_ > ring_.size()) {
			Text t;
			t.s = "{\"event\":\"gap\",\"lost\":";
			t.number(lost_);
			t.s += "}\n";
			write(t.s);
		}
		for (unsigned long long n = kept_ > ring_.size() ? kept_ - ring_.size() : 0; n < kept_; n++) {
			write(ring_[n % ring_.size()].text);
		}
	}

	bool create() {
#ifdef _WIN32
		file_ = _fsopen(path_.c_str(), "wb", _SH_DENYWR);
#else
		file_ = std::fopen(path_.c_str(), "wb");
#endif
		if (file_ == nullptr) {
			std::fprintf(stderr, "mapitrace: %s can not be written\n", path_.c_str());
			recording_.store(false);
			return false;
		}
		std::setvbuf(file_, nullptr, _IOFBF, longestLine); // so that each line is handed to the system in one piece
		return true;
	}

	void write(const std::string &line) {
		if (file_ != nullptr && (std::fwrite(line.data(), 1, line.size(), file_) != line.size() || std::fflush(file_) != 0)) {
			close();
			stop("writing failed");
		}
	}

	void close() {
		if (file_ != nullptr) {
			std::fclose(file_);
			file_ = nullptr;
		}
		recording_.store(false);
	}

	std::mutex mutex_;
	std::FILE *file_;
	std::string header_, path_;
	std::vector<Line> ring_; // empty where each line is written at once
	unsigned long long kept_, lost_;
	bool late_;
	unsigned long long sequence_, id_;
	std::atomic<bool> recording_, missed_;
	std::atomic<unsigned> epoch_; // of one recording and the next: ids are not mixed up
};

// A Call is one call, from its beginning to the end of its scope.
class Call {
public:
	struct Function {};

	template <class... Fields> Call(const char *name, const void *on, const Fields &...fields) : Call(name) {
		static_assert(sizeof...(fields) <= mostFields, "too many arguments");
		begin(&on, {fields...});
	}

	template <class... Fields> Call(const Function &, const char *name, const Fields &...fields) : Call(name) {
		static_assert(sizeof...(fields) <= mostFields, "too many arguments");
		begin(nullptr, {fields...});
	}

	~Call() {
		if (id_ != 0) {
			MAPITRACE_TRY { finish(); }
			MAPITRACE_CATCH { Recorder::instance().stop("out of memory"); }
		}
	}

	template <class T> T result(T hr) {
		hr_ = static_cast<std::uint32_t>(hr);
		outcome_ = failed(hr_) ? failure : success;
		return hr;
	}

	template <class T> T counted(T references) {
		count_ = static_cast<std::uint32_t>(references);
		outcome_ = references_;
		return references;
	}

	void done() { outcome_ = nothing; }

private:
	enum Outcome { unsaid, success, failure, references_, nothing };

	explicit Call(const char *name) : name_(name), outputs_(), howMany_(0), id_(0), epoch_(0), unwinding_(exceptions()), hr_(0), count_(0), outcome_(unsaid) {}
	Call(const Call &) = delete;
	Call &operator=(const Call &) = delete;

	static bool failed(std::uint32_t hr) { return (hr & 0x80000000U) != 0; }

	// exceptions is how many are on their way; where the library can not count them, whether there is one.
	static int exceptions() {
#if defined(__cpp_lib_uncaught_exceptions) || (defined(_MSVC_LANG) && _MSVC_LANG >= 201703L) || __cplusplus >= 201703L
		return std::uncaught_exceptions();
#else
		return std::uncaught_exception() ? 1 : 0;
#endif
	}

	void begin(const void *const *on, std::initializer_list<Field> fields) {
		if (!Recorder::instance().recording()) {
			Recorder::instance().miss();
			return;
		}
		MAPITRACE_TRY {
			Text t;
			t.s = ",\"call\":";
			t.utf8(name_, std::char_traits<char>::length(name_));
			if (on != nullptr) {
				t.s += ",\"on\":";
				t.hex(reinterpret_cast<std::uintptr_t>(*on));
			}
			const char *before = ",\"args\":{";
			for (const Field *f = fields.begin(); f != fields.end(); ++f) {
				if (f->place == Field::caller || f->place == Field::dll) {
					member(t, *f, ",");
				} else if (f->isOutput()) {
					outputs_[howMany_++] = *f;
				}
			}
			for (const Field *f = fields.begin(); f != fields.end(); ++f) {
				if (f->isArgument() && member(t, *f, before)) {
					before = ",";
				}
			}
			t.s += before[1] == '\0' ? "}}\n" : "}\n";
			id_ = Recorder::instance().begin(t.s, epoch_);
		}
		MAPITRACE_CATCH { Recorder::instance().stop("out of memory"); }
	}

	void finish() {
		Text t;
		const bool thrown = exceptions() > unwinding_;
		if (outcome_ == unsaid && !thrown) {
			Recorder::complain(name_, "returned, and MAPITRACE_RESULT, MAPITRACE_COUNT or MAPITRACE_DONE was not met: there is a gap in the recording");
			Recorder::instance().gap();
			return;
		}
		if (thrown) {
			t.s += ",\"hr\":\"E_UNEXPECTED\",\"exception\":true";
		} else if (outcome_ == references_) {
			t.s += ",\"ref\":";
			t.number(static_cast<unsigned long long>(count_));
		} else if (outcome_ != nothing) {
			t.s += ",\"hr\":";
			t.hex(hr_);
		}
		const char *before = ",\"out\":{";
		for (std::size_t i = 0; i < howMany_ && !thrown; i++) {
			if ((outcome_ != failure || outputs_[i].place == Field::both) && member(t, outputs_[i], before)) {
				before = ",";
			}
		}
		t.s += before[1] == '\0' ? "}}\n" : "}\n";
		Recorder::instance().finish(id_, epoch_, t.s);
	}

	// member writes a name and its value, unless the value is too long.
	static bool member(Text &t, const Field &f, const char *before) {
		const std::size_t start = t.s.size();
		t.s += before;
		t.key(f.name);
		const std::size_t value = t.s.size();
		if (f.size <= longestValue) {
			f.write(t, f.p, f.size, f.n);
		}
		if (f.size > longestValue || t.s.size() - value > longestValue) {
			t.s.resize(start);
			return false;
		}
		return true;
	}

	const char *name_;
	Field outputs_[mostFields];
	std::size_t howMany_;
	unsigned long long id_;
	unsigned epoch_;
	int unwinding_;
	std::uint32_t hr_, count_;
	Outcome outcome_;
};

} // namespace mapitrace

#undef MAPITRACE_TRY
#undef MAPITRACE_CATCH

#endif // MAPITRACE_OFF
#endif // MAPITRACE_H
