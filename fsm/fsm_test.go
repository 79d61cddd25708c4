package fsm

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/looplab/fsm"
	"github.com/stretchr/testify/require"

	"mapilife/model"
)

// profiles are both profiles, and each of them with every single switch turned to every other reading.
func profiles(t *testing.T) []model.Profile {
	t.Helper()
	var list []model.Profile
	for _, p := range []model.Profile{model.Lenient(), model.Strict()} {
		list = append(list, p)
		for _, s := range model.Switches {
			for _, reading := range s.Readings {
				if p.Has(model.Reading{Switch: s.Name, Value: reading}) {
					continue
				}
				flipped, err := p.With(s.Name + "=" + reading)
				require.NoError(t, err)
				list = append(list, flipped)
			}
		}
	}
	return list
}

// legal reads off the rows where an event leads from a state. It is written without looking at how tables and machines are made.
func legal(l *model.Lifecycle, event, state string) (string, bool) {
	for _, r := range l.Rows {
		from := strings.Fields(r.From)
		if r.On.Name != event || r.Breaks != "" || !slices.Contains(from, state) {
			continue
		}
		if r.To == "" {
			return state, true
		}
		return r.To, true
	}
	return "", false
}

// TestSameAnswers: rows, tables and live machines agree on every event in every state of every lifecycle, whatever the profile.
func TestSameAnswers(t *testing.T) {
	cells := 0
	for _, p := range profiles(t) {
		spec := model.Specification().Resolve(p)
		compiled, read := Compile(spec), model.RowTables(spec)
		require.Len(t, compiled, len(spec.Lifecycles))
		for _, l := range spec.Lifecycles {
			live, states := Machine(l), l.StateNames()
			require.Equal(t, model.NewState, live.Current())
			require.Len(t, compiled[l.Name], len(l.Events()))
			for e, event := range l.Events() {
				require.Len(t, compiled[l.Name][e], len(states))
				for s, state := range states {
					to, ok := legal(l, event.Name, state)
					want := model.Illegal
					if ok {
						want = int8(slices.Index(states, to))
					}
					if got := compiled[l.Name][e][s]; got != want {
						t.Fatalf("%s, %s: %s in %s: the machines say %d, the rows %d", p.Name, l.Name, event.Name, state, got, want)
					}
					if got := read[l.Name][e][s]; got != want {
						t.Fatalf("%s, %s: %s in %s: the table read off the rows says %d, the rows %d", p.Name, l.Name, event.Name, state, got, want)
					}
					live.SetState(state)
					err := live.Event(t.Context(), event.Name)
					switch {
					case !ok:
						to = state
						var invalid fsm.InvalidEventError
						var unknown fsm.UnknownEventError
						require.True(t, errors.As(err, &invalid) || errors.As(err, &unknown), "%s, %s: %s in %s: %v", p.Name, l.Name, event.Name, state, err)
					case to == state:
						require.ErrorAs(t, err, new(fsm.NoTransitionError))
					default:
						require.NoError(t, err)
					}
					require.Equal(t, to, live.Current())
					cells++
				}
				if to, ok := legal(l, event.Name, model.NewState); ok {
					got, ok := Ask(live, model.NewState, event.Name)
					require.True(t, ok)
					require.Equal(t, to, got)
				}
			}
		}
	}
	require.Greater(t, cells, 10_000)
}

// TestSomeIllegal: most cells have no row. A table of legal ones only would say nothing.
func TestSomeIllegal(t *testing.T) {
	for name, table := range Compile(model.Specification().Resolve(model.Lenient())) {
		illegal, all := 0, 0
		for _, row := range table {
			for _, to := range row {
				if all++; to == model.Illegal {
					illegal++
				}
			}
		}
		if illegal == 0 || illegal == all {
			t.Errorf("%s: %d of %d cells are illegal", name, illegal, all)
		}
	}
}

// TestAsk: an event that is not legal, or that there is not, leaves the state as it is.
func TestAsk(t *testing.T) {
	l := lifecycle(t, "session")
	m := Machine(l)
	to, ok := Ask(m, "LoggedOff", "IMAPISession::Logoff enters")
	require.False(t, ok)
	require.Equal(t, "LoggedOff", to)
	to, ok = Ask(m, "Active", "IMAPISession::Logoff enters")
	require.True(t, ok)
	require.Equal(t, "LoggingOff", to)
	to, ok = Ask(m, "Active", "no such event")
	require.False(t, ok)
	require.Equal(t, "Active", to)
	to, ok = Ask(m, "no such state", "IMAPISession::Logoff enters")
	require.False(t, ok)
	require.Equal(t, "no such state", to)
}

func lifecycle(t *testing.T, name string) *model.Lifecycle {
	t.Helper()
	for _, l := range model.Specification().Resolve(model.Lenient()).Lifecycles {
		if l.Name == name {
			return l
		}
	}
	t.Fatal(name)
	return nil
}

// TestProgram: what Validate refuses is refused before a machine could hide it.
func TestProgram(t *testing.T) {
	spec := model.Specification()
	_, err := Program(spec, model.Lenient())
	require.NoError(t, err)
	twice := *spec.Lifecycles[0]
	twice.Rows = append(slices.Clone(twice.Rows), twice.Rows[1])
	spec.Lifecycles[0] = &twice
	_, err = Program(spec, model.Lenient())
	require.ErrorContains(t, err, "two rows on")
}

// TestDraw: a drawing has an arrow for every legal row, and with them every state and event. What only a breach leads to is left out.
func TestDraw(t *testing.T) {
	for _, l := range model.Specification().Resolve(model.Lenient()).Lifecycles {
		for _, f := range []Format{Mermaid, DOT} {
			text, err := Draw(l, f)
			require.NoError(t, err)
			for _, r := range l.Rows {
				if !r.IsLegal() {
					continue
				}
				for _, from := range strings.Fields(r.From) {
					to := r.To
					if to == "" {
						to = from
					}
					arrow := `"` + from + `" -> "` + to + `" [ label = "` + r.On.Name + `" ];`
					if f == Mermaid {
						arrow = from + " --> " + to + ": " + strings.ReplaceAll(r.On.Name, "::", ".")
					}
					require.Contains(t, text, arrow+"\n", "%s of %s", f, l.Name)
				}
			}
			for _, s := range l.StateNames() {
				if l.Name+" "+s == "fastshutdown Resumed" {
					require.NotContains(t, text, s, "nothing legal leads there")
					continue
				}
				require.Contains(t, text, s, "%s of %s", f, l.Name)
			}
		}
	}
	_, err := Draw(lifecycle(t, "session"), "png")
	require.ErrorContains(t, err, `unknown format "png"`)
}

// What follows holds the package comment to what looplab/fsm does.

// TestSelfLoop: an event that leads back to its own state returns NoTransitionError.
func TestSelfLoop(t *testing.T) {
	m := fsm.NewFSM("a", fsm.Events{{Name: "stay", Src: []string{"a"}, Dst: "a"}}, nil)
	err := m.Event(context.Background(), "stay")
	require.ErrorAs(t, err, new(fsm.NoTransitionError))
	to, ok := Ask(m, "a", "stay")
	require.True(t, ok, "it is a success here")
	require.Equal(t, "a", to)
}

// TestDuplicate: of two transitions with the same event and source the later one wins, silently.
func TestDuplicate(t *testing.T) {
	m := fsm.NewFSM("a", fsm.Events{{Name: "go", Src: []string{"a"}, Dst: "b"}, {Name: "go", Src: []string{"a"}, Dst: "c"}}, nil)
	require.NoError(t, m.Event(context.Background(), "go"))
	require.Equal(t, "c", m.Current())
}

// TestMisspeltCallback: a callback under a name that is neither a state nor an event is dropped silently.
func TestMisspeltCallback(t *testing.T) {
	var called []string
	note := func(name string) fsm.Callback {
		return func(context.Context, *fsm.Event) { called = append(called, name) }
	}
	m := fsm.NewFSM("a", fsm.Events{{Name: "go", Src: []string{"a"}, Dst: "b"}},
		fsm.Callbacks{"enter_b": note("right"), "enter_bb": note("wrong"), "after_gone": note("wrong"), "goo": note("wrong")})
	require.NoError(t, m.Event(context.Background(), "go"))
	require.Equal(t, []string{"right"}, called)
}

// TestCancelledContext: a context that is cancelled in the middle of a transition jams the machine for good.
func TestCancelledContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	m := fsm.NewFSM("a", fsm.Events{{Name: "go", Src: []string{"a"}, Dst: "b"}, {Name: "back", Src: []string{"a", "b"}, Dst: "a"}},
		fsm.Callbacks{"leave_a": func(context.Context, *fsm.Event) { cancel() }})
	require.ErrorIs(t, m.Event(ctx, "go"), context.Canceled)
	require.Equal(t, "a", m.Current())
	for range 3 {
		require.ErrorAs(t, m.Event(context.Background(), "go"), new(fsm.InTransitionError))
	}
	m.SetState("b")
	require.ErrorAs(t, m.Event(context.Background(), "back"), new(fsm.InTransitionError), "not even SetState frees it")
}

// TestCallbackLocks: callbacks run under the machine's locks.
func TestCallbackLocks(t *testing.T) {
	done := make(chan struct{})
	var m *fsm.FSM
	inside := false
	m = fsm.NewFSM("a", fsm.Events{{Name: "go", Src: []string{"a"}, Dst: "b"}}, fsm.Callbacks{"before_go": func(context.Context, *fsm.Event) {
		go func() {
			m.SetState("c")
			close(done)
		}()
		select {
		case <-done:
			inside = true
		case <-time.After(20 * time.Millisecond):
		}
	}})
	require.NoError(t, m.Event(context.Background(), "go"))
	<-done
	require.False(t, inside, "SetState waits for the callback")
}

// TestAvailableTransitions: they come in the order of a map.
func TestAvailableTransitions(t *testing.T) {
	var events fsm.Events
	for _, name := range strings.Split("abcdefghijklmnop", "") {
		events = append(events, fsm.EventDesc{Name: name, Src: []string{"s"}, Dst: "s"})
	}
	m := fsm.NewFSM("s", events, nil)
	first := m.AvailableTransitions()
	require.Len(t, first, len(events))
	for range 1000 {
		if !slices.Equal(first, m.AvailableTransitions()) {
			return
		}
	}
	t.Error("AvailableTransitions has the same order a thousand times")
}
