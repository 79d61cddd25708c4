package main

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	testscript.Main(m, commands)
}

// commands are what the test's own program is when it is called by that name.
var commands = map[string]func(){"checker": main}

// TestScripts runs the command as its user does: files in, text and an exit status out. The scripts have these commands of their own:
//
//	status N COMMAND…   runs a command that must end with the exit status N
//	write FILE TEXT     writes a text that is quoted as in Go: '"\x00"'
//	repeat FILE N TEXT  adds a text N times to a file; "#" in it is the number of the repetition
//	gzip FILE TO        compresses a file
//	zstd FILE TO
//	join TO FILE…       puts files together
//	cutlast FILE TO     leaves the last line of a file out
//	schema FILE         compares the keys of each line of JSON in a file with those that the JSON form of a result has
//
// $TRACES is the folder of the traces that the tests have, and $LOGS that of the logs.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			traces, err := filepath.Abs(filepath.Join("..", "..", "trace", "testdata"))
			env.Setenv("TRACES", traces)
			env.Setenv("LOGS", filepath.Join(filepath.Dir(traces), "importer", "testdata"))
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": ends,
			"write":  place,
			"repeat": repeat,
			"gzip":   compress(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }),
			"zstd": compress(func(w io.Writer) io.WriteCloser {
				z, err := zstd.NewWriter(w)
				if err != nil {
					panic(err)
				}
				return z
			}),
			"join": join,
			"cutlast": func(ts *testscript.TestScript, neg bool, args []string) {
				arguments(ts, neg, args, 2, false)
				text := strings.TrimSuffix(ts.ReadFile(args[0]), "\n")
				ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text[:strings.LastIndexByte(text, '\n')+1]), 0o644))
			},
			"schema": schema,
		},
	})
}

func arguments(ts *testscript.TestScript, neg bool, args []string, n int, more bool) {
	if neg || len(args) < n || len(args) > n && !more {
		ts.Fatalf("not so, and not with %d arguments", len(args))
	}
}

func ends(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 2, true)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if want, err := strconv.Atoi(args[0]); err != nil || got != want {
		ts.Fatalf("exit status %d, and %s is wanted", got, args[0])
	}
	if text := ts.ReadFile("stderr"); strings.Contains(text, "goroutine ") {
		ts.Fatalf("a panic")
	}
}

func place(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 2, false)
	text, err := strconv.Unquote(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
}

func repeat(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 3, false)
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	text, err := strconv.Unquote(args[2])
	ts.Check(err)
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(text, "#", strconv.Itoa(i)))
	}
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	ts.Check(err)
	_, err = f.WriteString(b.String())
	ts.Check(err)
	ts.Check(f.Close())
}

func compress(with func(io.Writer) io.WriteCloser) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		arguments(ts, neg, args, 2, false)
		var b strings.Builder
		z := with(&b)
		_, err := io.WriteString(z, ts.ReadFile(args[0]))
		ts.Check(err)
		ts.Check(z.Close())
		ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o644))
	}
}

func join(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 2, true)
	var b strings.Builder
	for _, name := range args[1:] {
		b.WriteString(ts.ReadFile(name))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o644))
}

// schema holds the keys of the JSON form, each with a value of the right type, and their order.
func schema(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 1, false)
	type (
		past struct {
			Line *int64  `json:"line"`
			Text *string `json:"text"`
		}
		finding struct {
			Rule        *string   `json:"rule"`
			Severity    *string   `json:"severity"`
			Party       *string   `json:"party"`
			Line        *int64    `json:"line"`
			Seq         *int64    `json:"seq"`
			Object      *string   `json:"object"`
			Message     *string   `json:"message"`
			Fingerprint *string   `json:"fingerprint"`
			PID         *int64    `json:"pid"`
			Call        *string   `json:"call"`
			Kind        *string   `json:"kind"`
			Birth       *string   `json:"birth"`
			Serial      *int64    `json:"serial"`
			Allowed     *string   `json:"allowed"`
			History     *[]past   `json:"history"`
			Implied     *[]string `json:"implied"`
			Again       *[]int64  `json:"again"`
			More        *int64    `json:"more"`
		}
		reason struct {
			Cause *string `json:"cause"`
			Line  *int64  `json:"line,omitempty"`
			Text  *string `json:"text"`
		}
		rule struct {
			Verdict *string `json:"verdict"`
			N       *int64  `json:"n"`
			Why     *reason `json:"why,omitempty"`
		}
		fault struct {
			File    *string `json:"file"`
			Line    *int64  `json:"line"`
			Column  *int64  `json:"column"`
			Message *string `json:"message"`
		}
		known struct {
			finding
			Reason *string `json:"reason"`
			Waived bool    `json:"waived,omitempty"`
		}
		waiver struct {
			Rule   *string `json:"rule"`
			Party  *string `json:"party"`
			Reason *string `json:"reason"`
			N      *int64  `json:"n"`
		}
		result struct {
			Trace    *string         `json:"trace"`
			Verdict  *string         `json:"verdict"`
			Events   *int64          `json:"events"`
			Objects  *int64          `json:"objects"`
			Findings *[]finding      `json:"findings"`
			Known    []known         `json:"known,omitempty"`
			Waivers  []waiver        `json:"waivers,omitempty"`
			Left     int             `json:"left,omitempty"`
			Omitted  int             `json:"omitted,omitempty"`
			Rules    map[string]rule `json:"rules"`
			Error    *fault          `json:"error,omitempty"`
		}
	)
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		var r result
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		ts.Check(d.Decode(&r))
		var again strings.Builder
		e := json.NewEncoder(&again)
		e.SetEscapeHTML(false)
		ts.Check(e.Encode(r)) // a key that was missing is null now
		if again.String() != line {
			ts.Fatalf("not as it should be:\n%s\n%s", line, again.String())
		}
		if (*r.Verdict == "unjudged") != (r.Error != nil) {
			ts.Fatalf("a trace has an error if it is unjudged, and only then: %s", line)
		}
	}
}

// TestRun: the command touches nothing but what is passed to it.
func TestRun(t *testing.T) {
	var out, complaints strings.Builder
	code := run([]string{"check", "--quiet", "-"}, strings.NewReader("mapitrace 1\nobserves MAPI\nMAPIUninitialize ->\nend exit\n"), &out, &complaints)
	require.Equal(t, faulty, code)
	require.Empty(t, complaints.String())
	require.True(t, strings.HasPrefix(out.String(), "-: violated: 3 events, 0 objects; 1 finding: 1 error, "), out.String())
}

// TestWriteFails: a report that can not be written is told, and there is no verdict, whatever was asked for.
func TestWriteFails(t *testing.T) {
	const good = "mapitrace 1\nobserves MAPI\nMAPIInitialize -> S_OK\nMAPIUninitialize ->\nend exit\n"
	for _, args := range []string{
		"check -", "check -q -", "check --format json -", "check --format sarif -", "check --format junit -", "check --format github -",
		"check --format json --shard 1/1 -", "baseline -", "coverage -", "coverage --format json -", "explain SES-14", "rules", "rules --format json", "rules --format md", "diagram session",
		"diagram --format dot session", "spec", "explain IMSLogon::Logoff", "convert -", "simulate", "simulate --faults", "explore --ab 0", "explore --properties", "version", "help", "help check", "--help", "check --help", "completion bash", "__complete explain SES", "export --format chrome-trace -",
	} {
		var complaints strings.Builder
		code := run(strings.Fields(args), strings.NewReader(good), full{}, &complaints)
		require.Equal(t, unjudged, code, args)
		told := complaints.String()
		require.Equal(t, 1, strings.Count(told, "checker: writing failed: no room\n"), "%s: %s", args, told)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no room") }
