// Package model is the specification of the MAPI lifecycle, as a value, and the interpreter that steps a world of live objects by it.
//
// # The specification
//
// [Specification] returns it. There is one file for each lifecycle, to be read next to the reference pages: subsystem, module, session,
// provider, logon, transport, support, store, subobject, uid, status, advise, spooler, service and fastshutdown; and reference, for the
// counting of references that all of them share. Each file has the operations that it is about, the [Lifecycle] with its states and its one
// table of rows, and the rules, each with its page. What an entry may say is in spec.go; that it says nothing else is [Validate]'s work.
//
// A few words have a fixed meaning:
//
//   - An operation is a MAPI function or a method. An [Event] is a line of a trace: an operation entered or returned, a DLL loaded or
//     unloaded, a gap, an end.
//   - A lifecycle is the states of one kind of object and the operations that move it. A [Row] says: in this state this event is legal,
//     and moves the object there; or, it breaks this rule.
//   - A [Rule] is one demand of the documentation: who owes it, how strongly, in one sentence, on which page. It is checked by rows, by
//     a [Guard] (when this is entered or returned, this holds), or by a [Duty] (this is owed, and paid by the time of that).
//   - A condition is data too, a [Cond]: it compares states, counts, flags, arguments, results and nesting. Its truth may be unknown.
//   - A [Side] makes calls and holds references: the client, MAPI and its spooler, a provider.
//   - A [Switch] is a point where the pages contradict each other, a [Reading] one of the ways to take them, and a [Profile] says which
//     reading of each switch stands. RATIONALE.md argues them.
//
// # The interpreter
//
// [Compile] makes a [Program] of the specification under a profile; a [World] is stepped by one [Event] after the other. It has no clock, no
// goroutine, no input or output and no randomness: the same events give the same world, and the same findings.
//
//   - world.go has the live objects. An object is known by its process, its address and its birth: an address is used again after a
//     death, and the new object is another one. Its state is a set of possible states; with everything observed the set has one member.
//   - step.go takes an event: it finds the object, the caller and the nesting, has the rules judged on the world as it was, and then moves
//     the lifecycles. bind.go gives objects their births, references and deaths, end.go knows the limits of a recording.
//   - eval.go turns conditions into functions, react.go works out beforehand what can apply to an operation and its caller, relate.go
//     finds the objects that an event concerns, quiet.go remembers what calls without effect come to.
//   - find.go turns what is broken into a [Finding], and why.go, where that was asked for, into a [Reason] what each rule's verdict rests on.
//
// applies.go tells which rules look at an operation, and describe.go says conditions in words; SPEC.md is the specification as a document.
//
// A must is never broken by what a recording does not show: a condition that is unknown accuses nobody, and neither does an order of calls
// on different threads that the recording does not prove.
package model
