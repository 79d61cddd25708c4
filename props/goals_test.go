package props

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/model"
	"mapilife/props/sim"
	"mapilife/trace"
)

// A tally counts what walks did.
type tally struct {
	calls, rows, pairs, rules map[string]int
	last                      map[string]string // the row that an object of the walk took last
}

// watch counts the rows that objects of a walk take, and the pairs of one with the next.
func (y *tally) watch(w *walk, lives map[string]*model.Lifecycle) {
	clear(y.last)
	w.run.World().Watch(func(x model.Taken) {
		row := rowOf(lives[x.Life.Name], x)
		if row == "" || x.Breaking {
			return
		}
		y.rows[row]++
		of := fmt.Sprint(x.Life.Name, x.Serial)
		if before := y.last[of]; before != "" {
			y.pairs[before+" | "+row]++
		}
		y.last[of] = row
	})
}

// ended counts what a walk as a whole did.
func (y *tally) ended(w *walk) {
	for _, r := range w.records {
		y.calls[string(r.Name)]++
	}
	for _, v := range w.run.End(nil).Rules {
		if v.Verdict == model.Held {
			y.rules[v.Rule.ID]++
		}
	}
}

// Why the simulated software never takes a legal row.
const (
	atOnce       = "it takes calls of other threads at once, in a way that simulated threads wait for"
	oneFault     = "it takes two faults, or a failure that the simulated software does not have"
	noSuchCall   = "no simulated software makes the call"
	notAgain     = "no simulated provider hands out again what it alone has kept"
	spoolerAlone = "the simulated spooler works outside the calls of a session, so that its work is for any"
)

// unreached are those rows.
var unreached = map[string]string{
	"sending: Carrying, TransportLogoff enters -> Over":                                                       oneFault,
	"sending: Declined, TransportLogoff enters -> Over":                                                       oneFault,
	"sending: Declined, a transport's SubmitMessage enters -> Free":                                           oneFault,
	"sending: Free, a transport takes no message -> Declined":                                                 oneFault,
	"sink: Wrapped, HrThisThreadAdviseSink enters -> Free":                                                    noSuchCall,
	"subscription: Cancelling, Unsubscribe fails -> Subscribed":                                               noSuchCall,
	"subsystem: Closed, MAPIInitialize succeeds -> Up":                                                        atOnce,
	"support: Retained, the support object's last Release enters -> Gone":                                     oneFault,
	"advise: Cancelling, Unadvise fails -> Undecided":                                                         oneFault,
	"advise: Dangling, Unadvise enters -> Cancelling":                                                         oneFault,
	"advise: Undecided, Unadvise enters -> Cancelling":                                                        oneFault,
	"fastshutdown: Declined, QueryFastShutdown succeeds -> Agreed":                                            atOnce,
	"fastshutdown: Normal, QueryFastShutdown fails -> Declined":                                               atOnce,
	"fastshutdown: Normal, QueryFastShutdown succeeds -> Agreed":                                              atOnce,
	"fastshutdown: Querying, NotifyProcessShutdown enters -> Notified":                                        atOnce,
	"logon-XP: Fresh, TransportLogoff enters -> LoggingOff":                                                   oneFault,
	"logon-XP: Fresh, the transport logon's last Release enters -> Gone":                                      oneFault,
	"module: Loaded, the last FreeLibrary -> Unloaded":                                                        oneFault,
	"provider: ShuttingDown, the provider's last Release enters -> Gone":                                      atOnce,
	"provider: ShuttingDown, the transport provider's last Release enters -> Gone":                            atOnce,
	"provider: new, it is handed out by a call that failed -> Refused":                                        oneFault,
	"service: Unconfigured, a logon fails for good -> Disabled":                                               oneFault,
	"service: Unconfigured, a logon returns MAPI_E_FAILONEPROVIDER -> Enabled":                                oneFault,
	"session: LoggingOff, the session's last Release enters -> Gone":                                          atOnce,
	"session: Undecided, IMAPISession::Logoff enters -> LoggingOff":                                           oneFault,
	"spooler: Idle, IXPProvider::TransportLogon succeeds -> Running":                                          spoolerAlone,
	"store: Complete, another user calls StoreLogoff -> LoggingOff":                                           oneFault,
	"store: Complete, who called StoreLogoff calls it again -> LoggingOff":                                    oneFault,
	"store: Drained, StoreLogoff is refused -> Open":                                                          oneFault,
	"store: Drained, the store's last Release enters -> Gone":                                                 atOnce,
	"store: Drained, the store's last Release enters while something opened through it lives -> Lingering":    atOnce,
	"store: Lingering, the store's last Release enters -> Gone":                                               oneFault,
	"store: LoggedOff, who called StoreLogoff calls it again -> LoggingOff":                                   oneFault,
	"store: LoggingOff, the store's last Release enters -> Gone":                                              atOnce,
	"store: LoggingOff, the store's last Release enters while something opened through it lives -> Lingering": atOnce,
	"subobject: Gone, it is held again -> Open":                                                               notAgain,
	"subobject: Saved, SubmitMessage succeeds -> Submitted":                                                   oneFault,
	"subsystem: Closing, MAPIInitialize succeeds -> Up":                                                       atOnce,
	"subsystem: Closing, a client calls MAPI -> Closing":                                                      atOnce,
	"subsystem: Closing, a client calls a utility function -> Closing":                                        atOnce,
	"subsystem: Closing, a client calls an object -> Closing":                                                 atOnce,
	"subsystem: Down, MAPIInitialize succeeds -> Up":                                                          atOnce,
	"subsystem: Misused, MAPIInitialize succeeds -> Up":                                                       oneFault,
	"subsystem: Misused, ScInitMapiUtil succeeds -> Utilities":                                                oneFault,
	"subsystem: Starting, the only running MAPIInitialize fails -> Down":                                      atOnce,
	"subsystem: Utilities, MAPIInitialize succeeds -> Up":                                                     atOnce,
	"subsystem: Utilities, a client calls a utility function -> Utilities":                                    atOnce,
	"support: Closed, logon returns -> Unwanted":                                                              oneFault,
	"support: Unwanted, the provider retains the support object -> Retained":                                  oneFault,
}

// sometimes are pairs of rows that one object takes one after the other in some walk: the turns of a life that a bug likes best.
var sometimes = map[string][2]string{
	"a session is logged off, then released":                    {"session: LoggingOff, IMAPISession::Logoff succeeds -> LoggedOff", "session: LoggedOff, the session's last Release enters -> Gone"},
	"MAPI is initialised again after it was down":               {"subsystem: Closing, last MAPIUninitialize returns -> Closed", "subsystem: Closed, MAPIInitialize enters -> Starting"},
	"a thread comes back":                                       {"thread: In, the thread's last MAPIUninitialize enters -> Left", "thread: Left, MAPIInitialize succeeds -> In"},
	"a DLL is loaded again after it was freed":                  {"module: Used, the last FreeLibrary -> Unloaded", "module: Unloaded, LoadLibrary enters -> Loaded"},
	"a provider object that nobody logged on is shut down":      {"provider: Fresh, logon enters -> Fresh", "provider: Fresh, Shutdown enters -> ShuttingDown"},
	"a provider object is logged on twice":                      {"provider: Ready, logon enters -> Ready", "provider: Ready, logon enters -> Ready"},
	"a support object outlives its logon object":                {"support: Closing, giving the support object back returns -> Closed", "support: Closed, the support object's last Release enters -> Gone"},
	"a failed logon's support object goes":                      {"support: Offered, logon returns -> Unwanted", "support: Unwanted, the support object's last Release enters -> Gone"},
	"a failed logon's MAPIUID goes":                             {"uid: new, SetProviderUID succeeds -> Registered", "uid: Registered, logon fails -> Gone"},
	"a failed logon's status row goes":                          {"status: new, ModifyStatusRow without STATUSROW_UPDATE succeeds -> Present", "status: Present, logon fails -> Gone"},
	"a store is drained, logged off and released":               {"store: Drained, StoreLogoff is granted -> Complete", "store: Complete, the store's last Release enters -> Gone"},
	"a refused StoreLogoff is tried again":                      {"store: LoggingOff, StoreLogoff is refused -> Open", "store: Open, StoreLogoff enters -> LoggingOff"},
	"a store that was logged off lingers under what was opened": {"store: LoggedOff, the store's last Release enters while something opened through it lives -> Lingering", "store: Lingering, the last thing opened through it dies -> Gone"},
	"TransportLogoff fails and the logon object goes":           {"logon-XP: LoggingOff, TransportLogoff fails -> LoggedOffAnyway", "logon-XP: LoggedOffAnyway, the transport logon's last Release enters -> Gone"},
	"a registration dangles":                                    {"advise: new, a client's Advise succeeds -> Registered", "advise: Registered, the source's last Release enters -> Dangling"},
	"a refused fast shutdown is asked for again":                {"fastshutdown: Declined, QueryFastShutdown enters -> Querying", "fastshutdown: Querying, QueryFastShutdown succeeds -> Agreed"},
	"a fast shutdown ends the process":                          {"fastshutdown: Notified, DoFastShutdown succeeds -> Exiting", "fastshutdown: Exiting, process exit enters -> Exiting"},
	"a service is configured, and its second logon succeeds":    {"service: Configured, logon enters -> Retried", "service: Retried, logon succeeds -> Enabled"},
	"a service is configured, and its second logon fails":       {"service: Configured, logon enters -> Retried", "service: Retried, a logon fails for good -> Disabled"},
	"a transport takes a second message":                        {"sending: Carrying, EndMessage enters -> Free", "sending: Free, a transport's SubmitMessage succeeds -> Carrying"},
}

// further are readings other than the lenient ones, under which rules are judged that these waive.
var further = map[string]string{
	"joinsSession": "plainly", "freeLibrary": "afterUninitialize", "storeStatusRow": "expected", "storeLogoffTransports": "inStoreLogoff",
	"sharedStoreLogoff": "wrong", "transportMakesInvalid": "asked", "notificationsDuringCalls": "later", "uidFromNewUID": "constant",
	"disabledService": "all", "registrationsGone": "atLogoffReturn",
}

// TestGoals: the walks of properties come to what they are for. Of walks of all kinds, with failing calls, threads at once, and each fault,
// some take each row of each lifecycle, and some hold each rule.
func TestGoals(t *testing.T) {
	lenient := checker(t)
	lives := map[string]*model.Lifecycle{}
	for _, l := range model.Specification().Resolve(model.Lenient()).Lifecycles {
		lives[l.Name] = l
	}
	y := tally{map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}, map[string]string{}}
	play := func(c *trace.Checker, config sim.Config, seed uint64) *walk {
		config.Choice = rand.New(rand.NewPCG(2, seed)).IntN
		var w *walk
		emit := func(r *trace.Record) error {
			if r.Kind == trace.HeaderRecord {
				w = begin(c, r.Header)
				y.watch(w, lives)
				return nil
			}
			return w.step(r)
		}
		if config.Threads > 0 {
			require.NoError(t, sim.Play(config, emit))
		} else {
			require.NoError(t, sim.Walk(config, 60, emit).Err())
		}
		y.ended(w)
		return w
	}
	for seed := range uint64(200) {
		play(lenient, sim.Config{Failures: seed%2 == 0}, seed)
		play(lenient, sim.Config{Failures: seed%2 == 0, Threads: 3, Sessions: 2, Uses: 10, Open: 3}, seed)
	}
	for n, f := range sim.Faults {
		c, seeds := lenient, uint64(8)
		if f.Wide {
			seeds = 300 // it needs several clients
			var err error
			c, err = trace.NewChecker(trace.Options{Profile: profileOf(t, f.Readings)})
			require.NoError(t, err)
		}
		for seed := range seeds {
			play(c, sim.Config{Failures: true, Fault: f.Name, Readings: f.Readings, Wide: f.Wide}, uint64(n)*100+seed)
		}
	}
	for _, set := range []map[string]string{nil, further, {"storeLogoffTransports": "inLastRelease"}} {
		c, err := trace.NewChecker(trace.Options{Profile: profileOf(t, set)})
		require.NoError(t, err)
		for seed := range uint64(map[bool]int{true: 300, false: 100}[set == nil]) {
			w := play(c, sim.Config{Failures: seed%2 == 0, Readings: set, Wide: true}, seed)
			require.Empty(t, w.run.End(nil).Findings, w)
		}
	}
	for _, l := range lives {
		for i := range l.Rows {
			r := &l.Rows[i]
			if !r.IsLegal() {
				continue
			}
			from := r.Sources()
			if r.Births() {
				from = append(slices.Clone(from), model.NewState)
			}
			for _, s := range from {
				to := r.To
				if to == "" {
					to = s
				}
				name := rowOf(l, model.Taken{Life: l, From: s, Event: r.On.Name, To: to})
				switch why, excused := unreached[name]; {
				case y.rows[name] == 0 && !excused:
					t.Errorf("no walk takes the row %q", name)
				case y.rows[name] > 0 && excused:
					t.Errorf("the row %q is taken, although %s", name, why)
				}
			}
		}
	}
	for name, rows := range sometimes {
		if y.pairs[rows[0]+" | "+rows[1]] == 0 {
			t.Errorf("in no walk %s", name)
		}
	}
	t.Logf("%d names of calls, %d rows, %d pairs of rows, %d rules held", len(y.calls), len(y.rows), len(y.pairs), len(y.rules))
	for _, r := range model.Specification().Rules {
		if r.Checked() && y.rules[r.ID] == 0 {
			t.Errorf("no walk holds %s", r.ID)
		}
	}
}
