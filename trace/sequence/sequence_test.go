package sequence

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/trace"
)

func checker(t *testing.T) *trace.Checker {
	t.Helper()
	c, err := trace.NewChecker(trace.Options{})
	require.NoError(t, err)
	return c
}

// TestDraw says all that must come of a small recording: nesting, threads, a call that never returns, what is left out, signs that mean
// something in Mermaid, and the finding. OpenAddressBook is there because it is in the session's history.
func TestDraw(t *testing.T) {
	got, err := Draw(checker(t), "small", strings.NewReader(`mapitrace 1
observes MAPI IMAPISession

T1 MAPIInitialize(lpMapiInit=null) -> S_OK
T1 MAPILogonEx(lpszProfileName="a;b #1") -> 0x0 (lppSession=0x1)
T1 0x1 IMAPISession::QueryIdentity -> S_OK
T1 0x1 IMAPISession::OpenAddressBook {
T1   ABProviderInit in "ab.dll" -> S_OK (lppABProvider=0x2)
T2   MAPIInitialize {
T1 } -> 0x80004005
T2 thread-exit
T1 0x1 IMAPISession::Logoff(ulFlags=0) -> S_OK
T1 0x1 IMAPISession::Logoff(ulFlags=0) -> S_OK
`), Place{Finding: 1, Around: 1})
	require.NoError(t, err)
	require.Equal(t, `sequenceDiagram
    participant p1 as client, thread 1
    participant p2 as MAPI
    participant p3 as session 0x1
    participant p4 as client, thread 2
    p1->>+p2: MAPILogonEx(lpszProfileName=a#59;b #35;1)
    p2-->>-p1: S_OK, lppSession=0x1
    Note over p1,p2: 1 call is not shown
    p1->>+p3: IMAPISession::OpenAddressBook()
    Note over p1,p3: 1 call is not shown
    p4->>+p2: MAPIInitialize()
    p3-->>-p1: E_FAIL
    p2--x-p4: it does not return
    Note over p1,p4: thread-exit of thread 2
    p1->>+p3: IMAPISession::Logoff(ulFlags=0)
    p3-->>-p1: S_OK
    p1->>+p3: IMAPISession::Logoff(ulFlags=0)
    Note over p1,p3: SES-14 error, line 13: Logoff was called again after it had returned
    p3-->>-p1: S_OK
`, got)
}

// drawn draws the first finding of every recording, and the place in its middle.
func drawn(t *testing.T) []string {
	t.Helper()
	c := checker(t)
	names, err := filepath.Glob("../testdata/*/*.*")
	require.NoError(t, err)
	var list []string
	for _, name := range names {
		if !strings.HasSuffix(name, ".trace") && !strings.HasSuffix(name, ".jsonl") {
			continue
		}
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, at := range []Place{{Finding: 1, Around: 4}, {Line: int64(bytes.Count(text, []byte("\n")) / 2), Around: 4}, {Finding: 1, Around: 1000}} {
			if got, err := Draw(c, name, bytes.NewReader(text), at); err == nil {
				list = append(list, got)
			}
		}
	}
	require.Greater(t, len(list), 500)
	return list
}

// TestBalance: every line is one of the few that are written, speaks of participants that are declared, and what is activated is deactivated.
func TestBalance(t *testing.T) {
	form := regexp.MustCompile(`^    (?:participant (p\d+) as \S.*|(p\d+)(->>\+|-->>-|--x-)(p\d+): \S.*|Note over (p\d+)(?:,(p\d+))?: \S.*)$`)
	for _, text := range drawn(t) {
		declared, active := map[string]bool{"": true}, map[string]int{}
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		require.Equal(t, "sequenceDiagram", lines[0])
		for _, line := range lines[1:] {
			m := form.FindStringSubmatch(line)
			require.NotNil(t, m, line)
			if m[1] != "" {
				declared[m[1]] = true
			}
			for _, p := range []string{m[2], m[4], m[5], m[6]} {
				require.True(t, declared[p], "%s in\n%s", p, text)
			}
			switch m[3] {
			case "->>+":
				active[m[4]]++
			case "-->>-", "--x-":
				active[m[2]]--
				require.GreaterOrEqual(t, active[m[2]], 0, text)
			}
		}
		for p, n := range active {
			require.Zero(t, n, "%s stays active in\n%s", p, text)
		}
	}
}

// TestMermaid has Mermaid's own parser read the diagrams.
func TestMermaid(t *testing.T) {
	if os.Getenv("MAPILIFE_FULL") == "" {
		t.Skip("the parser of Mermaid is asked with MAPILIFE_FULL=1, where 'npm install' was run in testdata/mermaid")
	}
	dir := t.TempDir()
	var names strings.Builder
	for n, text := range drawn(t) {
		if n%20 != 0 { // it takes a tenth of a second for each
			continue
		}
		name := filepath.Join(dir, fmt.Sprintf("%d.mmd", n))
		require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
		names.WriteString(name + "\n")
	}
	cmd := exec.Command("node", "parse.mjs")
	cmd.Dir, cmd.Stdin = "testdata/mermaid", strings.NewReader(names.String())
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}
