// Package record holds no Go code but tests. It is the home of mapitrace.h, a C++ header that writes traces from inside a provider, a client
// or a subsystem, of its documentation in README.md, and of a worked example: a message store provider, the same provider behind proxies,
// and a driver that plays MAPI and a client, in good order or with one of several faults.
//
// The tests compile all of it and judge what it records. They need g++, and run with MAPILIFE_FULL=1.
package record
