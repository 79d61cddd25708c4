package explore

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/fsm"
	"mapilife/model"
)

// TestAgree: a row has everything in it that matters. Walks are stepped twice, each state made anew from its row, and in one world that goes
// on from the start: the rows are the same, and so is what is wrong.
func TestAgree(t *testing.T) {
	two := Default()
	two.Clients, two.AB = 2, 0
	for _, c := range append(small(), two, everything()) {
		t.Run(c.String(), func(t *testing.T) {
			for seed := range uint64(12) {
				agree(t, c, rand.New(rand.NewPCG(1, seed)))
			}
		})
	}
}

func agree(t *testing.T, c Config, random *rand.Rand) {
	program, err := fsm.Program(model.Specification(), model.Strict())
	require.NoError(t, err)
	env := newEnvironment(c)
	shelf, err := model.NewShelf(program, env.layout())
	require.NoError(t, err)
	live := model.NewWorld(program, env.layout().Observation)
	row, kept := make([]uint32, shelf.Places()), make([]uint32, shelf.Places())
	var ev model.Event
	var taken []step
	for line := int64(1); line < 160; line++ {
		var legal []step
		for _, st := range env.next(shelf, row) {
			st.args = slices.Clone(st.args)
			w := shelf.Take(row)
			st.event(&ev)
			require.NoError(t, w.Step(&ev))
			if !w.Faulty() && st.kind != model.EndEvent && shelf.Put(w, kept) == nil {
				legal = append(legal, st)
				continue
			}
			if w.Faulty() && random.IntN(8) == 0 { // the same is wrong in a world that has come here
				again := model.NewWorld(program, env.layout().Observation)
				for n := range taken {
					stepAs(t, again, &taken[n], int64(n+1))
				}
				require.False(t, again.Faulty())
				stepAs(t, again, &st, line)
				require.True(t, again.Faulty(), "%+v", st)
				require.Len(t, again.Findings(), len(w.Findings()))
			}
		}
		if len(legal) == 0 {
			return
		}
		st := legal[random.IntN(len(legal))]
		w := shelf.Take(row)
		st.event(&ev)
		require.NoError(t, w.Step(&ev))
		require.NoError(t, shelf.Put(w, row))
		stepAs(t, live, &st, line)
		require.False(t, live.Faulty())
		require.NoError(t, shelf.Put(live, kept))
		require.Equal(t, row, kept, "after line %d", line)
		taken = append(taken, st)
	}
}

// stepAs steps a world by a step that stands in that line of its trace.
func stepAs(t *testing.T, w *model.World, st *step, line int64) {
	var ev model.Event
	st.event(&ev)
	ev.Line, ev.Seq = line, line
	require.NoError(t, w.Step(&ev))
}

// small are configurations that are explored in a moment.
func small() []Config {
	ab, ms, xp := Default(), Default(), Default()
	ms.AB, ms.MS, ms.Folders, ms.Rows = 0, 1, 1, 1
	xp.AB, xp.XP, xp.Rows = 0, 1, 1
	return []Config{ab, ms, xp}
}

// everything is a configuration with some of everything, too large to be explored.
func everything() Config {
	c := Default()
	c.Clients, c.Sessions, c.AB, c.MS, c.XP, c.Stores, c.Folders, c.Inits, c.UIDs, c.Rows = 2, 2, 1, 1, 1, 2, 1, 2, 2, 1
	return c
}
