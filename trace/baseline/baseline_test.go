package baseline

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mapilife/model"
	"mapilife/trace"
)

func on(day string) time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return t
}

func finding(rule, call string) *model.Finding {
	return &model.Finding{Rule: &model.Rule{ID: rule}, Party: model.Client, Call: call, Kind: "store", Birth: "IMAPISession::OpenMsgStore", Line: 8, Message: "sto: is lost # 1"}
}

func written(t *testing.T, l *List) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, l.Write(&b))
	return b.String()
}

// TestWritten: a baseline is in order however it came about, can be read, and is written as it was.
func TestWritten(t *testing.T) {
	a, b, c := finding("XYZ-02", "A"), finding("XYZ-01", "B"), finding("XYZ-02", "C")
	l := New("b.yaml", on("2026-01-01"))
	for _, f := range []*model.Finding{a, b, c} {
		require.True(t, l.Add("x.trace", f, "ticket 123", "2027-01-31"))
	}
	require.False(t, l.Add("y.trace", a, "another", ""), "it is in")
	text := written(t, l)
	entry := func(f *model.Finding) string {
		return fmt.Sprintf("  - fingerprint: %s\n    rule: %s\n    party: client\n    call: %s\n    object: store\n    birth: IMAPISession::OpenMsgStore\n"+
			"    seen: 'x.trace:8: sto: is lost # 1'\n    reason: ticket 123\n    expires: \"2027-01-31\"\n", trace.Fingerprint(f), f.Rule.ID, f.Call)
	}
	second, third := entry(a), entry(c)
	if trace.Fingerprint(c) < trace.Fingerprint(a) {
		second, third = third, second
	}
	require.Equal(t, head+"baseline: 1\nfindings:\n"+entry(b)+second+third, text)

	again, err := Read("b.yaml", strings.NewReader(text), on("2026-01-01"))
	require.NoError(t, err)
	require.Equal(t, text, written(t, again))
	require.Equal(t, head+"baseline: 1\nfindings: []\n", written(t, New("b.yaml", on("2026-01-01"))))
}

// TestKept: what is there already keeps its reason, however it was changed; what no finding has any more goes.
func TestKept(t *testing.T) {
	a, b := finding("XYZ-01", "A"), finding("XYZ-01", "B")
	l := New("b.yaml", on("2026-01-01"))
	l.Add("x.trace", a, "first", "")
	changed := strings.Replace(written(t, l), "reason: first", "reason: by my hand\n    expires: 2020-01-01", 1)
	l, err := Read("b.yaml", strings.NewReader(changed), on("2026-01-01"))
	require.NoError(t, err)
	require.False(t, l.Add("y.trace", a, "second", "2030-01-01"))
	require.True(t, l.Add("y.trace", b, "second", "2030-01-01"))
	require.Zero(t, l.Prune())
	text := written(t, l)
	require.Contains(t, text, "seen: 'x.trace:8: sto: is lost # 1'\n    reason: by my hand\n    expires: \"2020-01-01\"\n")
	require.Contains(t, text, "seen: 'y.trace:8: sto: is lost # 1'\n    reason: second\n    expires: \"2030-01-01\"\n")

	l, err = Read("b.yaml", strings.NewReader(text), on("2026-01-01"))
	require.NoError(t, err)
	l.Add("y.trace", b, "", "")
	require.Equal(t, 1, l.Prune())
	require.NotContains(t, written(t, l), "by my hand")
}

// TestReason: an entry holds to the end of its last day, and what is stale or has expired is told.
func TestReason(t *testing.T) {
	a, b, c := finding("XYZ-01", "A"), finding("XYZ-02", "B"), finding("XYZ-03", "C")
	l := New("b.yaml", on("2026-01-01"))
	l.Add("x.trace", a, "why", "2026-02-28")
	l.Add("x.trace", b, "", "")
	text := written(t, l)
	for day, want := range map[string]bool{"2026-02-27": true, "2026-02-28": true, "2026-03-01": false} {
		l, err := Read("b.yaml", strings.NewReader(text), on(day))
		require.NoError(t, err)
		reason, ok := l.Reason(a)
		require.Equal(t, want, ok, day)
		require.Equal(t, "why", reason)
		_, ok = l.Reason(c)
		require.False(t, ok)
		var told []string
		for _, e := range l.Complaints(true) {
			told = append(told, e.Error())
		}
		expired := []string{"b.yaml:5:5: XYZ-01 at A expired on 2026-02-28: its findings count again"}
		stale := "b.yaml:14:5: XYZ-02 at B is stale: no finding has this fingerprint any more. Take the entry out, or have 'checker baseline' do it"
		if want {
			expired = nil
		}
		require.Equal(t, append(expired, stale), told)
		require.Len(t, l.Complaints(false), len(expired), "not everything was asked for")
	}
}

// TestReadRefuses: what is no baseline is refused, with the place.
func TestReadRefuses(t *testing.T) {
	const mark = "0123456789abcdef0123456789abcdef"
	for text, want := range map[string]string{
		"":                          "b.yaml: the baseline is empty: write it with 'checker baseline'",
		"# nothing\n":               "b.yaml: the baseline is empty: write it with 'checker baseline'",
		"baseline: 2\nfindings: []": `b.yaml:1:1: this is no baseline that is known here: it begins with "baseline: 1"`,
		"baseline: 1\nfindings: &x\n  - fingerprint: 1\nx: *x": "b.yaml:4:1: field x not found",
		"findings: []":             `b.yaml:1:1: this is no baseline that is known here: it begins with "baseline: 1"`,
		"- x":                      "b.yaml:1:1: cannot unmarshal !!seq into a baseline",
		"baseline: 1\nfinding: []": "b.yaml:2:1: field finding not found",
		"baseline: 1\nfindings:\n  - fingerprint: " + mark + "\n    rul: X":                               "b.yaml:4:1: field rul not found",
		"baseline: 1\nfindings: [\n":                                                                      "b.yaml:2:1: did not find expected node content",
		"baseline: 1\nfindings:\n  - rule: XYZ-01\n":                                                      `b.yaml:3:5: "" is no fingerprint: it has 32 hexadecimal digits, as 'checker baseline' writes it`,
		"baseline: 1\nfindings:\n  - rule: X\n    fingerprint: 12\n":                                      `b.yaml:4:18: "12" is no fingerprint: it has 32 hexadecimal digits, as 'checker baseline' writes it`,
		"baseline: 1\nfindings:\n  -\n":                                                                   "b.yaml:3:4: this entry is empty: take it out",
		"baseline: 1\nfindings:\n  - fingerprint: " + mark + "\n  - fingerprint: " + mark + "\n":          "b.yaml:4:18: this fingerprint is that of line 3 as well: take one of the two out",
		"baseline: 1\nfindings:\n  - fingerprint: " + mark + "\n    rule: X\n    expires: 2027-02-30\n":   `b.yaml:5:14: "2027-02-30" is no day: write it as in 2027-01-31`,
		"baseline: 1\nfindings:\n  - fingerprint: " + mark + "\n    rule: X\n    expires: tomorrow, so\n": `b.yaml:5:14: "tomorrow, so" is no day: write it as in 2027-01-31`,
	} {
		_, err := Read("b.yaml", strings.NewReader(text), on("2026-01-01"))
		require.EqualError(t, err, want, "%q", text)
	}
}

// FuzzRead: whatever stands in the file, it is a baseline, or refused in one line that names the file.
func FuzzRead(f *testing.F) {
	f.Add("baseline: 1\nfindings:\n  - fingerprint: 0123456789abcdef0123456789abcdef\n    rule: X\n    expires: 2027-02-28\n")
	f.Add("baseline: 1\nfindings: [&a {fingerprint: 0123456789abcdef0123456789abcdef}, *a]\n")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := Read("b.yaml", strings.NewReader(text), on("2026-01-01"))
		if err != nil {
			require.True(t, strings.HasPrefix(err.Error(), "b.yaml:") && !strings.Contains(err.Error(), "\n"), "%q", err)
			return
		}
		again, err := Read("b.yaml", strings.NewReader(written(t, l)), on("2026-01-01"))
		require.NoError(t, err)
		require.Len(t, again.Entries, len(l.Entries))
	})
}
