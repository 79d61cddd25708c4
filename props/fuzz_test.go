package props

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// FuzzWalk walks where the coverage of the code leads, and not only chance: the walks are those of the properties, and what must be true
// of them is the same.
func FuzzWalk(f *testing.F) {
	rng := rand.NewChaCha8([32]byte{})
	for range 8 {
		for _, size := range []int{200, 1000, 4000, 16000} {
			choices := make([]byte, size)
			rng.Read(choices)
			f.Add(choices)
		}
	}
	c := checker(f)
	properties := []func(*rapid.T){anyWalk(c), tornWalk(c), quietWalk(c), legalWalk(c)}
	walk := rapid.MakeFuzz(func(t *rapid.T) { rapid.SampledFrom(properties).Draw(t, "walk")(t) })
	f.Fuzz(func(t *testing.T, choices []byte) { walk(t, slices.Concat(choices, ending)) })
}

// ending brings a walk to its end when the fuzzer's choices have run out: with zeros the least of everything is chosen.
var ending = make([]byte, 1<<15)
