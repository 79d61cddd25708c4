package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/model"
	"mapilife/props/sim"
	"mapilife/trace"
	"mapilife/trace/importer"
)

// TestReadme runs the commands of the checker that the README shows, and compares what it shows of their output. The trace that it shows is
// the one that it names.
func TestReadme(t *testing.T) {
	t.Chdir("../..")
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	example, err := os.ReadFile("trace/testdata/example.trace")
	require.NoError(t, err)
	require.Contains(t, string(readme), "```\n"+string(example)+"```")

	shown := regexp.MustCompile("(?s)```console\n\\$ go run ./cmd/checker ([^\n]*)\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
	require.NotEmpty(t, shown, "the README shows no command")
	for _, x := range shown {
		var stdout, stderr bytes.Buffer
		run(strings.Fields(x[1]), strings.NewReader(""), &stdout, &stderr)
		require.Equal(t, x[2], stdout.String(), x[1])
		require.Empty(t, stderr.String(), x[1])
	}
}

// TestReadmeJSON judges the trace in JSON that the README shows.
func TestReadmeJSON(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	shown := regexp.MustCompile("(?s)```json\n(.*?)```").FindStringSubmatch(string(readme))
	require.NotNil(t, shown)
	var stdout, stderr bytes.Buffer
	status := run([]string{"check", "--quiet", "-"}, strings.NewReader(shown[1]), &stdout, &stderr)
	require.Equal(t, faulty, status, "its session is never released: %s%s", stdout.String(), stderr.String())
}

// TestReadmeRules: the README says how many rules are judged on what.
func TestReadmeRules(t *testing.T) {
	checked, ordinary := 0, 0
	rules := model.Specification().Rules
	for _, r := range rules {
		if r.Checked() {
			checked++
			if r.Ordinary() {
				ordinary++
			}
		}
	}
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	require.Contains(t, string(readme), fmt.Sprintf("Of the %d rules of the documentation %d are checked: %d on ordinary calls, and %d only where", len(rules), checked, ordinary, checked-ordinary))
	require.Contains(t, string(readme), fmt.Sprintf("The other %d are excluded", len(rules)-checked))
}

// TestReadmeProfile reads the profile that the README shows.
func TestReadmeProfile(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	shown := regexp.MustCompile("(?s)```yaml\n(base:.*?)```").FindStringSubmatch(string(readme))
	require.NotNil(t, shown)
	p, err := trace.ReadProfile("README.md", strings.NewReader(shown[1]))
	require.NoError(t, err)
	require.Len(t, p.Waivers, 1)
	require.Equal(t, "wrong", p.Reading("openAtLogoff"))
}

// TestImportHelp reads the map that the help shows, and a line of a log with it.
func TestImportHelp(t *testing.T) {
	var stdout, stderr bytes.Buffer
	require.Equal(t, clean, run([]string{"import", "--help"}, strings.NewReader(""), &stdout, &stderr))
	shown := regexp.MustCompile(`(?s)a YAML file:\n\n(.*?)\n\nA line is`).FindStringSubmatch(stdout.String())
	require.NotNil(t, shown)
	m, err := importer.ReadMap("help.yaml", strings.NewReader(shown[1]))
	require.NoError(t, err)
	records, err := m.Kind().Read("x.log", strings.NewReader("# x\n7 > MySession::Logoff on 0x55d0(ulFlags=0)\n7 < MySession::Logoff = S_OK\n"))
	require.NoError(t, err)
	require.Len(t, records, 3)
	require.Equal(t, "IMAPISession::Logoff", string(records[1].Name))
}

// TestReadmeFaults: the README lists the faults of the simulated software, with the rule that each breaks and that rule's smallest trace.
func TestReadmeFaults(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	table := "| fault | breaks | owed by | |\n|---|---|---|---|\n"
	for _, f := range sim.Faults {
		smallest := "trace/testdata/rules/" + f.Rule + ".violating.trace"
		_, err := os.Stat("../../" + smallest)
		require.NoError(t, err)
		table += fmt.Sprintf("| `%s` | [%s](%s) | %s | %s |\n", f.Name, f.Rule, smallest, f.Party, f.Says)
	}
	_, shown, _ := strings.Cut(string(readme), "<summary>All faults</summary>\n\n")
	shown, _, _ = strings.Cut(shown, "\n</details>")
	require.Equal(t, table, shown)
}
