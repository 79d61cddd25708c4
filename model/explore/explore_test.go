package explore

import (
	"bytes"
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/model"
	"mapilife/trace"
)

// run explores a configuration of a specification, read strictly.
func run(t *testing.T, spec *model.Spec, c Config) (*Explorer, *Result) {
	return runAs(t, spec, c, nil)
}

// runAs explores a configuration of a specification, read strictly but for some switches, and looks at some promises, or at all.
func runAs(t *testing.T, spec *model.Spec, c Config, set []string, promises ...string) (*Explorer, *Result) {
	profile := model.Strict()
	for _, s := range set {
		var err error
		profile, err = profile.With(s)
		require.NoError(t, err)
	}
	x, err := New(spec, profile, c)
	require.NoError(t, err)
	var o Options
	for _, name := range promises {
		p, ok := PromiseByName(name)
		require.True(t, ok)
		o.Promises = append(o.Promises, p)
	}
	r, err := x.Run(t.Context(), o)
	require.NoError(t, err)
	require.Empty(t, r.Stopped)
	return x, r
}

// TestPinned explores configurations as far as they go. Every promise holds in them, and there are as many states and steps as there were:
// more or fewer are a change of the specification, of the environment, or of what tells two states apart. The large ones take minutes.
func TestPinned(t *testing.T) {
	for _, x := range []struct {
		change              func(c *Config)
		full                bool
		states, steps, ends int
		promises            []string // none: all
		set                 []string
	}{
		{func(c *Config) { c.AB = 0 }, false, 21, 31, 4, nil, nil},
		{func(c *Config) { c.AB, c.Clients = 0, 2 }, false, 1018, 3200, 14, nil, nil},
		{func(c *Config) { c.AB, c.Clients, c.Inits = 0, 2, 2 }, false, 6124, 22584, 14, nil, nil},
		{func(c *Config) { c.Failures = false }, false, 5830, 8690, 8, nil, nil},
		{func(c *Config) {}, false, 63034, 128973, 36, nil, nil},
		{func(c *Config) { c.AB, c.MS, c.Rows, c.Failures = 0, 1, 1, false }, false, 29440, 50831, 40, nil, nil},
		{func(c *Config) { c.AB, c.MS, c.Rows, c.Folders, c.Failures = 0, 1, 1, 1, false }, false, 44896, 75297, 64, nil, nil},
		{func(c *Config) { c.Logons, c.UIDs = 2, 0 }, true, 228905, 488932, 18, nil, nil},
		{func(c *Config) { c.AB, c.XP, c.Rows = 0, 1, 1 }, true, 291984, 689427, 380, nil, nil},
		{func(c *Config) { c.AB, c.MS, c.Rows = 0, 1, 1 }, true, 830890, 1982749, 960, nil, nil},
		{func(c *Config) { c.MS, c.Failures = 1, false }, true, 4649097, 8081283, 230, []string{ends, nothing}, []string{"storeStatusRow=optional"}},
	} {
		c := Default()
		x.change(&c)
		t.Run(c.String(), func(t *testing.T) {
			if x.full && os.Getenv("MAPILIFE_FULL") != "1" {
				t.Skip("set MAPILIFE_FULL=1: this takes a while")
			}
			_, r := runAs(t, model.Specification(), c, x.set, x.promises...)
			require.Nil(t, r.Broken)
			require.Equal(t, []int{x.states, x.steps, x.ends}, []int{r.States, r.Transitions, r.Ends})
		})
	}
}

// TestWithout leaves out one rule at a time. A promise that rests on it is broken, and the shortest way there is a trace in which the
// whole specification finds that rule broken, and nothing before.
func TestWithout(t *testing.T) {
	checker, err := trace.NewChecker(trace.Options{Profile: model.Strict()})
	require.NoError(t, err)
	for _, x := range []struct{ rule, promise string }{
		{"SES-15", "no session after MAPIUninitialize"},
		{"SES-16", "nothing open after Logoff"},
		{"SES-23", "logons end with their session"},
		{"SES-24", "nothing open after Logoff"},
		{"DLL-01", "providers before DLLs"},
		{"DLL-05", "providers before DLLs"},
		{"PRV-09", "logons before providers"},
		{"PRV-13", "logons before providers"},
		{"LGN-36", "registrations of a support object"},
		{"SUP-10", "stores and logons"},
		{"STO-05", "stores and logons"},
	} {
		t.Run(x.rule, func(t *testing.T) {
			spec, err := Without(model.Specification(), x.rule)
			require.NoError(t, err)
			var e *Explorer
			var r *Result
			for _, c := range small()[:2] {
				c.Failures = false
				if e, r = run(t, spec, c); r.Broken != nil {
					break
				}
			}
			require.NotNil(t, r.Broken)
			require.Equal(t, x.promise, r.Broken.Promise.Name)
			found := checker.Check("counterexample", written(t, e.Counterexample()))
			require.Nil(t, found.Err)
			require.Len(t, found.Findings, 1)
			require.Equal(t, x.rule, found.Findings[0].Rule.ID)
		})
	}
	_, err = Without(model.Specification(), "SES-99")
	require.EqualError(t, err, `there is no rule "SES-99" that is checked: see 'checker rules'`)
}

func written(t *testing.T, records []*trace.Record) *bytes.Buffer {
	var b bytes.Buffer
	w := trace.NewWriter(&b, trace.TextNotation)
	for _, r := range records {
		require.NoError(t, w.Write(r))
	}
	require.NoError(t, w.Close())
	return &b
}

// TestEnds: where nobody may release an address book's logon object, no way leads on from its birth to a clean end, and that is found.
func TestEnds(t *testing.T) {
	spec, err := Without(model.Specification(), "SES-01") // a copy
	require.NoError(t, err)
	for _, r := range spec.Rules {
		if r.ID == "LGN-25" {
			r.Guards = append(r.Guards, model.Guard{Of: model.LogonObject, When: model.Trigger{Name: "a logon object is released", Ops: "IABLogon::Release"},
				Holds: model.Never, Wrong: "it was released", Legal: "nothing"})
		}
	}
	c := Default()
	c.Failures = false
	x, r := run(t, spec, c)
	require.NotNil(t, r.Broken)
	require.Equal(t, ends, r.Broken.Promise.Name)
	records := x.Counterexample()
	last := records[len(records)-1]
	for _, r := range records {
		if r.Kind == trace.CallRecord && r.ID == last.ID {
			require.Equal(t, "IABProvider::Logon", string(r.Name), "%s", written(t, records))
		}
	}
}

// TestWitness: a way through any state is a trace that conforms, and its end is an end of the process.
func TestWitness(t *testing.T) {
	c := Default()
	c.Failures = false
	x, r := run(t, model.Specification(), c)
	checker, err := trace.NewChecker(trace.Options{Profile: model.Strict()})
	require.NoError(t, err)
	for state := 0; state < r.States; state += r.States / 40 {
		records, err := x.Witness(state)
		require.NoError(t, err)
		require.Equal(t, "end", string(records[len(records)-1].Name))
		found := checker.Check("witness", written(t, records))
		require.Empty(t, found.Findings)
	}
	_, err = x.Witness(r.States)
	require.ErrorContains(t, err, "there is no state")
}

// TestStopped: an exploration that is interrupted, or runs out of memory, says so, and what it has come to.
func TestStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	x, err := New(model.Specification(), model.Strict(), Default())
	require.NoError(t, err)
	r, err := x.Run(ctx, Options{Promises: []Promise{}, Progress: func(states, done int) {
		if done > 0 {
			cancel()
		}
	}})
	require.NoError(t, err)
	require.Equal(t, "it was interrupted", r.Stopped)
	require.Greater(t, r.States, reports)
	_, err = x.Witness(1)
	require.EqualError(t, err, "not all states were visited: it was interrupted")

	x, err = New(model.Specification(), model.Strict(), Default())
	require.NoError(t, err)
	r, err = x.Run(t.Context(), Options{Memory: 1 << 20})
	require.NoError(t, err)
	require.Equal(t, "the memory limit was reached", r.Stopped)
}

// TestConfig: what can not be explored is refused.
func TestConfig(t *testing.T) {
	c := Default()
	c.Clients = 0
	_, err := New(model.Specification(), model.Strict(), c)
	require.EqualError(t, err, "clients is 0: write 1 to 4")
	c = Default()
	c.Clients, c.Sessions, c.AB, c.MS, c.Logons, c.Stores = 4, 3, 3, 3, 3, 3
	_, err = New(model.Specification(), model.Strict(), c)
	require.ErrorContains(t, err, "there is room for")
}
