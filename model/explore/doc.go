// Package explore visits every state that software can bring a bounded configuration into without breaking a rule, and looks at each.
//
// It has no rules of its own. An environment lists which calls can begin and how open calls can return, on every thread, one event at a
// time; the interpreter of package model steps a world by each of them; what it finds a fault in is not followed. Two states are one if
// nothing that can follow tells them apart: see [model.Shelf]. What a step comes to is looked up where it has been taken before, in a state
// that is the same as far as the interpreter looked: see [model.Packed]. The search is breadth first, so that the way to what it finds is a
// shortest one, and such a way is a trace that the checker reads.
//
// # What is bounded
//
// A [Config] says how many of everything there can be at one time. Everything is recorded, so every state is certain: counts are exact and
// each object is in one state of each of its lifecycles. An address is used again as soon as no living object leads to the dead one that
// was there.
//
// What is called is a list, operations in calls.go: what starts and ends MAPI, sessions, providers, logons, support objects and stores, and
// what is opened in a store. Fast shutdown, notifications, the message services' entry points and shared sessions are not among it. Each
// operation has a few choices of arguments and, where failures are wanted and it returns a result, one way to fail.
//
// The software is free to do what it likes, but not absurd. Each client is one thread; it calls nothing before MAPIInitialize has succeeded
// on it, uses what its own sessions were handed, and MAPI and the providers that serve it do the same. Whoever calls an object holds a
// reference on it, or was passed it in a call that it is answering. Providers are started inside the calls that the list names, and a DLL is
// not freed while a provider's code in it runs. Of some operations nothing is called inside. Inside a call on a support object, or of a
// provider's method, only what goes with that object is called.
//
// Where calls overlap on several threads, the interpreter accuses nobody of what a recording does not prove. A call that would be wrong
// if another thread had been a little slower is not made; nor is one of which the interpreter would not know for certain what it comes to.
// The latter are counted as undecided.
//
// # What is looked at
//
// The [Promises] are looked at in every state, but for two that are about ends: that where the process ends no client holds anything; and
// that from every state a way leads to an end at which nothing is found. The second is worked out backwards when all states are known.
//
// The first are those of [model.Lawful], which says in the words of the pages what rules are there for. So a specification in which a rule is
// missing shows as a promise that is broken: see [Without].
package explore
