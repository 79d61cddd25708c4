// Package trace reads, writes and checks recordings of MAPI calls.
//
// A trace is a list of records: a header, then calls that begin, calls that return, and other events, in the order in which they
// happened. It is written in one of two notations, which readers tell apart by content: JSON Lines, the format of recorders, and the
// text notation below, which people read and write by hand. Both say the same, and each can be converted into the other without loss.
// Either may be compressed with gzip or zstd.
//
// # The text notation
//
// A trace as text is UTF-8, a record or two a line. This is a whole one:
//
//	mapitrace 1
//	observes MAPI IMAPISession
//
//	# A session that is used after it was logged off.
//	MAPIInitialize(lpMapiInit=null) -> S_OK
//	MAPILogonEx(flFlags=0x22) -> S_OK (lppSession=ses)
//	ses IMAPISession::Logoff(ulFlags=0) -> S_OK
//	ses IMAPISession::OpenAddressBook {
//	  MSGServiceEntry(ulContext=3) by mapi in "abp.dll" -> S_OK
//	} -> S_OK (lppAdrBook=book)
//	ses IUnknown::Release -> ref 0
//	MAPIUninitialize ->
//	end exit
//
// Spaces at the beginning of a line mean nothing; calls that are nested are indented for the reader. Empty lines are skipped, and so is
// everything from a "#" that stands at the beginning of a line or behind a space, and has a space or nothing behind it, to the end of
// the line: comments are no part of a trace and do not survive conversion to JSON.
//
// A word is a letter, a digit or "_" followed by any of these and ".", "-", "$", ":" or "\"; "->" ends it. A text that is not a word, or
// that would be taken for something else, is written as a JSON string, in double quotes.
//
// # Header
//
// The first line is "mapitrace 1". The lines that follow it, up to the first that begins otherwise, may be, each once and in any
// order:
//
//	producer TEXT
//	process TEXT
//	note TEXT
//	observes NAME…
//	partial NAME…
//	?{…}            keys of the header that this version does not know, as a JSON object
//
// # Calls and returns
//
//	[STAMP] [P PID] [T TID] [#ID] [OBJECT] NAME [(ARGUMENTS)] [by ROLE] [in MODULE] [?{…}]   and then one of
//	    -> RESULT                         the call has returned at once: a leaf, two records in one line
//	    {                                 calls are nested in it, or it never returns
//	[STAMP] [P PID] [T TID] } -> RESULT   the innermost open call of that thread returns
//	[STAMP] [P PID] [T TID] ret #ID -> RESULT   another call returns
//
// NAME is "Interface::Method" or a function's name, and OBJECT is what a method was called on: a hexadecimal number such as 0x55d0, or
// a word or text. ARGUMENTS are NAME=VALUE, separated by commas. A VALUE is a number, null, true, false or a text; a hexadecimal number
// is a text for JSON. RESULT is, in this order and all of it optional:
//
//	HRESULT             a name such as S_OK or MAPI_E_NO_SUPPORT, a number, or a hexadecimal number
//	ref NUMBER          what AddRef or Release returned
//	(NAME=VALUE, …)     out parameters
//	@STAMP              of the return, in a leaf only
//	?{…}                keys of the return that this version does not know
//
// STAMP is "@SEQ", "@SEQ/T" or "@/T": the record's place in the order and its time in nanoseconds. P and T stand before a process id
// and a thread id, without a space: "P4711 T12". What is left out is absent in JSON too, and stands for the default.
//
// ID pairs a call with its return. Calls are numbered 1, 2, 3, … from the beginning of the trace; it is written only where it is
// another number, and takes no part in the counting then. A name that is one of the words below, or no word, follows the word "call":
// "call "end"(x=1)".
//
// # Other events
//
//	[STAMP] [P PID] [T TID]  and then one of
//	    load MODULE
//	    unload MODULE
//	    thread-exit
//	    signal [NAME]
//	    gap [NUMBER | null]               calls are missing here: how many
//	    end [exit | signal | detached | TEXT]
//	    event NAME                        an event that this version does not know
//
// each of them with [?{…}] behind it. A key that JSON Lines know, but not on a line of this kind, is an unknown one there.
//
// A gap and an end leave no call of their process open, or of any where none is named, and a thread-exit none of its thread: "}" speaks of
// what was begun since.
//
// # Limits
//
// A line has at most [MaxLine] bytes, its end not counted; JSON values nest at most 10,000 deep, the line's own object among them; at
// most [model.MaxDepth] calls of a thread and [model.MaxOpen] of a process may be open at once; and zstd data may ask for a window of 64
// MiB. More is an error that says so.
package trace
