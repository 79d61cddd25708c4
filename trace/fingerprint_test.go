package trace

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/model"
)

// TestFingerprintStays: a recording that is made again has other addresses, lines, threads and processes, and the same faults.
func TestFingerprintStays(t *testing.T) {
	text, err := os.ReadFile("testdata/example.trace")
	require.NoError(t, err)
	c, err := NewChecker(Options{})
	require.NoError(t, err)
	r := c.Check("a.trace", strings.NewReader(string(text)))
	require.Len(t, r.Findings, 1)
	again := strings.NewReplacer("0x55d0", "0x1234", "0x7f20", "sto", "\n# A client", "\n# Made again.\n\n# A client").Replace(string(text))
	other := c.Check("b.trace", strings.NewReader(again))
	require.Len(t, other.Findings, 1)
	require.NotEqual(t, r.Findings[0].Line, other.Findings[0].Line)
	require.NotEqual(t, r.Findings[0].Message, other.Findings[0].Message)
	require.Equal(t, Fingerprint(&r.Findings[0]), Fingerprint(&other.Findings[0]))
}

// TestFingerprintTells one fault from another by everything that makes it.
func TestFingerprintTells(t *testing.T) {
	base := model.Finding{Rule: &model.Rule{ID: "XYZ-01"}, Party: model.Client, Call: "IMAPISession::Logoff", Kind: "store", Birth: "IMAPISession::OpenMsgStore"}
	seen := map[string]bool{Fingerprint(&base): true}
	for _, change := range []func(f *model.Finding){
		func(f *model.Finding) { f.Rule = &model.Rule{ID: "XYZ-02"} },
		func(f *model.Finding) { f.Party = model.MAPI },
		func(f *model.Finding) { f.Call = "IMAPISession::Release" },
		func(f *model.Finding) { f.Kind = "session" },
		func(f *model.Finding) { f.Birth = "IMAPISession::OpenEntry" },
	} {
		f := base
		change(&f)
		print := Fingerprint(&f)
		require.Regexp(t, `^[0-9a-f]{32}$`, print)
		require.False(t, seen[print], "%+v", f)
		seen[print] = true
	}
}
