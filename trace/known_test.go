package trace

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestKnownBugs judges the bugs of real software that testdata/known-bugs tells as traces. What must be found was written down from their
// reports and from the rules, before the checker had seen the trace; what was done rightly stays without a finding.
func TestKnownBugs(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "known-bugs", "*.trace"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(nameOf(file), func(t *testing.T) {
			for _, g := range readGoldens(t, file) {
				r := g.check(t)
				if r.Err != nil {
					t.Fatal(r.Err)
				}
				require.ElementsMatch(t, g.Want, r.Told(), g.Profile.Name)
			}
		})
	}
}
