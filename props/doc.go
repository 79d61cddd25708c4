// Package props holds the properties of the whole: statements about every trace, tested on traces that are made up, and on recordings of
// real software.
//
//   - What the subsystem of package sim plays, which is written from the pages alone, is found to conform; all invariants of the model hold
//     after every event, and at the end nothing lives and every count is zero (TestPropLegalWalks).
//   - Whatever the simulated software has done, an orderly shutdown still ends clean, within a bound: every count is zero, every MAPIUID and
//     row is gone, every DLL is freed, nothing lives; and all the time the checker has counted the references that are held
//     (TestPropOrderlyEnd).
//   - Every beginning of a legal walk is found to conform (TestPropPrefix). So is what is left of one when interfaces are hidden, when it
//     starts late or is cut off, and when records are dropped behind a gap (TestPropBlinded).
//   - All this holds, too, of wide walks, in which the software also does what ordinary recordings lack: notifications, profiles and
//     message services, utility functions, MAPI's registries (TestPropWideWalks).
//   - Shutdown happens once for each provider that ever logged on, after its last logon object's Release and before its own, and never after
//     a fast shutdown (TestPropShutdownOnce). StoreLogoff touches one store only, and StoreLogoffTransports comes once a store, with the right
//     flag (TestPropStoreLogoff). No DLL is freed under a living object (TestPropFreeLibrary). A logon that fails leaves nothing behind
//     (TestPropFailedLogon). Each of these notices when its subject is broken on purpose (TestOraclesNotice).
//   - In which order sessions, and with them their providers, are logged off changes nothing in the end (TestPropOrderOfLogoff).
//   - Whatever single thing the simulated software does wrong, the checker reports the rule that it breaks, owed by who did it, in the line
//     where it was done, and accuses nobody else, also when all is hidden that the rule does not need (TestPropFaults).
//   - No verdict depends on the names of objects, threads and processes (TestPropNames), on whether dead objects' addresses are used again
//     (TestPropAddresses), on what other processes do in between (TestPropProcesses), on the notation (TestPropNotations), or on whether
//     the file arrives in pieces (TestPropPieces).
//   - Along whole walks, the rows of the specification, live looplab machines and the checker's tables agree (TestPropMachines).
//   - Walks take every legal row but for some with the reason, take named pairs of rows one after the other, and hold every checked rule
//     (TestGoals).
//   - Whatever calls are made, in whatever order, and however little of them is observed, nothing panics and the world stays in order
//     (TestPropAnyWalks; TestPropTornWalks, where a legal walk has a few faults and so gets deeper).
//   - The same holds of every recording and of every rule's smallest traces, and MAPI is right in those in which nothing is found
//     (TestTraces); each statement about MAPI is contradicted by some trace (TestLawfulCanBreak).
//   - The memory of calls without effect changes no finding and no count (TestQuiet, TestPropQuiet).
//   - Legal, torn and any walks do so too where fuzzing leads them (FuzzWalk).
//   - A trace of the test data tells each mutant of the specification from the original, but for a few that none can (TestPropMutants), and
//     what breaks a rule is not found without that rule (TestEachRuleTells).
//   - A checker's memory grows with what lives, and not with the trace (TestMemoryOfLivingObjects, TestMemoryIsFlat, TestMemoryOfAFault).
//   - Packages import each other along the arrows of the design only (TestArrows), and the first folder stays tidy (TestTopLevel).
//
// Properties are tested with [pgregory.net/rapid], from the same seed every time. A failure prints the least trace that fails, in the text
// notation, and the flags that replay it:
//
//	go test ./props -run=TestPropAnyWalks -rapid.seed=1306537
//
// To look further, change the seed, the number of checks, or the average length of a walk of any calls:
//
//	go test ./props -run=TestProp -rapid.seed=7 -rapid.checks=10000 -rapid.steps=200
//
// The environment variables RAPID_SEED, RAPID_CHECKS and RAPID_STEPS do the same, but go test does not see them: add -count=1, or it repeats
// what it said the last time.
package props
