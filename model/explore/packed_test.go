package explore

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/model"
)

// TestPackedAgrees: the packed step comes to what the interpreter comes to, on every step of small configurations, and on a sample of the
// steps of large ones.
func TestPackedAgrees(t *testing.T) {
	two := Default()
	two.Clients, two.AB, two.Inits = 2, 0, 2
	for _, c := range append(small(), two) {
		c.Failures = c.Clients == 2
		t.Run(c.String(), func(t *testing.T) { packedAgrees(t, c, 1<<30, 1) })
	}
	both := Default()
	both.MS, both.Rows, both.Failures = 1, 1, false
	three := Default()
	three.Clients, three.MS, three.XP, three.Rows = 2, 1, 1, 1
	t.Run("large", func(t *testing.T) { packedAgrees(t, both, 60_000, 20) })
	t.Run("largest", func(t *testing.T) { packedAgrees(t, three, 30_000, 10) })
}

// packedAgrees explores some states of a configuration, and compares one in so many of the steps.
func packedAgrees(t *testing.T, c Config, states, oneIn int) {
	x, err := New(model.Specification(), model.Strict(), c)
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(1, 2))
	row, to, other := make([]uint32, x.shelf.Places()), make([]uint32, x.shelf.Places()), make([]uint32, x.shelf.Places())
	x.states.find(row)
	compared := 0
	for at := 0; at < min(x.states.n, states); at++ {
		copy(row, x.states.row(at))
		x.packed.Begin(row)
		steps := x.env.next(x.shelf, row)
		for k := range steps {
			if steps[k].kind == model.EndEvent {
				continue
			}
			steps[k].event(&x.event)
			comes, err := x.packed.Step(steps[k].code, &x.event, to)
			require.NoError(t, err)
			if random.IntN(oneIn) == 0 {
				compared++
				w := x.shelf.Take(row)
				require.NoError(t, w.Step(&x.event))
				asked := model.Moves
				switch {
				case w.Faulty():
					asked = model.Faults
				case x.shelf.Put(w, other) != nil:
					asked = model.Undecided
				}
				require.Equal(t, asked, comes, "state %d: %+v", at, steps[k])
				if comes == model.Moves {
					require.Equal(t, other, to, "state %d: %+v", at, steps[k])
				}
			}
			if comes == model.Moves {
				x.states.find(to)
			}
		}
	}
	require.Positive(t, x.packed.Known)
	t.Logf("%d states, %d steps compared, %d asked, %d known", x.states.n, compared, x.packed.Asked, x.packed.Known)
}
