package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"mapilife/model"
	"mapilife/props/sim"
	"mapilife/trace"
	"mapilife/trace/importer"
)

// TestReadme runs the commands of the checker that the README shows, and compares what it shows of their output. The trace that it shows is
// the one that it names. Where an output is long, a line "…" stands for what is left out.
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
		parts := strings.Split(x[2], "…\n")
		for n := range parts {
			parts[n] = regexp.QuoteMeta(parts[n])
		}
		if shown := regexp.MustCompile(`(?s)^` + strings.Join(parts, "(?:.*\n)") + `$`); !shown.MatchString(stdout.String()) {
			require.Equal(t, x[2], stdout.String(), x[1])
		}
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

// TestReadmeBuild runs the commands that the README has for a build, in the order in which they stand there, as the build would: in a shell,
// in a folder with recordings of which one breaks a rule. A command may end with the status 1 only where something has been found that is
// not known.
func TestReadmeBuild(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	_, section, ok := strings.Cut(string(readme), "\n## In a build\n")
	require.True(t, ok)
	section, _, _ = strings.Cut(section, "\n## ")

	dir := t.TempDir()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	self, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(root, filepath.Join(dir, "mapilife")))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "bin"), 0o755))
	require.NoError(t, os.Symlink(self, filepath.Join(dir, "bin", "checker")))
	tests := "#!/bin/sh\nmkdir -p $1\ncp mapilife/trace/testdata/example.trace mapilife/trace/testdata/recorded/sample-basic-orderly.jsonl $1\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tests.sh"), []byte(tests), 0o755))
	shell := func(line string) {
		t.Helper()
		cmd := exec.Command("sh", "-ec", line)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.ExitCode() == faulty && strings.Contains(line, "--shard") {
			return // which knows no baseline
		}
		require.NoError(t, err, "%s\n%s", line, out)
	}
	shell("./tests.sh recordings")

	ran := 0
	for _, block := range regexp.MustCompile("(?s)```(sh|yaml)\n(.*?)```").FindAllStringSubmatch(section, -1) {
		if block[1] == "sh" {
			for line := range strings.Lines(block[2]) {
				shell(line)
				ran++
			}
			continue
		}
		var workflow struct {
			Jobs map[string]struct {
				Steps []struct{ Run, Uses string }
			}
		}
		require.NoError(t, yaml.Unmarshal([]byte(block[2]), &workflow))
		for _, job := range workflow.Jobs {
			for _, step := range job.Steps {
				if step.Run != "" {
					shell(step.Run)
					ran++
				}
			}
		}
	}
	require.Equal(t, 11, ran, "commands that the README has for a build")
	for _, name := range []string{"checker.sarif", "checker.xml"} {
		require.FileExists(t, filepath.Join(dir, name))
	}
	names, _ := formats()
	for _, name := range names {
		require.Contains(t, section, "| `"+name+"` |")
	}
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

// TestReadmeTrackRecord keeps the table of known bugs: what each was, where it was reported, and what is found in its trace.
func TestReadmeTrackRecord(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	files, err := filepath.Glob("../../trace/testdata/known-bugs/*.trace")
	require.NoError(t, err)
	table := "| bug | trace | found |\n|---|---|---|\n"
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		told := regexp.MustCompile(`(?s)\n# bug: (.*?)\n# source: (\S+)\n# profile: both\n`).FindSubmatch(data)
		require.NotNil(t, told, "%s tells the bug, its source and the profile", file)
		bug := strings.ReplaceAll(string(told[1]), "\n# ", " ")
		if source := string(told[2]); source != "none" {
			bug += " ([source](" + source + "))"
		}
		goldens, err := trace.ReadGoldens(string(data))
		require.NoError(t, err)
		found := "nothing: the calls are right"
		if wanted := goldens[0].Want; len(wanted) > 0 {
			found = foundIn(wanted)
		} else if wanted := goldens[1].Want; len(wanted) > 0 {
			found = "strict: " + foundIn(wanted)
		}
		name := filepath.Base(file)
		table += fmt.Sprintf("| %s | [%s](trace/testdata/known-bugs/%s) | %s |\n", bug, strings.TrimSuffix(name, ".trace"), name, found)
	}
	_, shown, _ := strings.Cut(string(readme), "<summary>All of them</summary>\n\n")
	shown, _, _ = strings.Cut(shown, "\n</details>")
	require.Equal(t, table, shown)
}

// foundIn writes findings, "LINE RULE SEVERITY PARTY", for readers.
func foundIn(wanted []string) string {
	var list []string
	for _, want := range wanted {
		f := strings.Fields(want)
		list = append(list, fmt.Sprintf("%s, %s, line %s", f[1], f[3], f[0]))
	}
	return strings.Join(list, "; ")
}

// TestReadmeInline runs the commands that stand within the README's sentences and tables, on files of the test data.
func TestReadmeInline(t *testing.T) {
	t.Chdir("../..")
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	dir := t.TempDir()
	var stdout, stderr bytes.Buffer
	run([]string{"check", "--format", "json", "trace/testdata/example.trace"}, nil, &stdout, &stderr)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "result.json"), stdout.Bytes(), 0o644))
	const log, two = "trace/importer/testdata/wine.log", "trace/testdata/recorded/sample-store-never-released.jsonl"
	for _, x := range []struct{ from, to string }{
		{"import --from wine FILE", "import --from wine " + log}, {"--from KIND LOG", "--from wine " + log}, {"my.log", log},
		{"FILE…", two}, {"FILE", two}, {"recording.jsonl", two}, {"RESULT…", filepath.Join(dir, "result.json")}, {"NAME", sim.Faults[0].Name}, {"SHELL", "bash"},
	} {
		readme = regexp.MustCompile(`([`+"`"+` ])`+regexp.QuoteMeta(x.from)+`([`+"`"+` ])`).ReplaceAll(readme, []byte("${1}"+x.to+"${2}"))
	}
	commands := regexp.MustCompile("`(?:go run ./cmd/)?checker ([^`]+)`").FindAllStringSubmatch(string(readme), -1)
	require.Greater(t, len(commands), 20)
	for _, x := range commands {
		args := strings.Fields(x[1])
		if len(args) == 1 && args[0] != "rules" || strings.Contains(x[1], "--follow") { // a mere name; what goes on until an interrupt
			continue
		}
		stderr.Reset()
		if args[0] == "baseline" {
			args = append(args, "--output", filepath.Join(dir, "known.yaml"))
		}
		require.NotEqual(t, unjudged, run(args, strings.NewReader(""), io.Discard, &stderr), "%s: %s", x[1], stderr.String())
	}
}
