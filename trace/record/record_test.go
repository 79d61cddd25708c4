package record

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"mapilife/model"
	"mapilife/trace"
)

// warnings are what a careful user has turned on.
var warnings = strings.Fields("-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -pthread")

const sanitizers = "-fsanitize=address,undefined"

// folder holds what several tests use.
var folder string

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "mapitrace"); err != nil {
		panic(err)
	}
	status := m.Run()
	os.RemoveAll(folder)
	os.Exit(status)
}

// needCompiler skips a test unless MAPILIFE_FULL=1 asks for those that need other tools; then a missing compiler is an error.
func needCompiler(t *testing.T) {
	t.Helper()
	if os.Getenv("MAPILIFE_FULL") != "1" {
		t.Skip("MAPILIFE_FULL=1 compiles the header and the example, with g++ or what CXX says")
	}
	if _, err := exec.LookPath(compiler()); err != nil {
		t.Fatalf("MAPILIFE_FULL=1 asks for a compiler: %v", err)
	}
	for _, pattern := range []string{"*.h", "*/*.?pp"} { // go test remembers a result until a file changes that the test itself has read
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			_, err := os.ReadFile(file)
			require.NoError(t, err)
		}
	}
	t.Parallel()
}

// compiler is g++, or what the environment's CXX says.
func compiler() string { return cmp.Or(os.Getenv("CXX"), "g++") }

// compile runs the compiler, which has nothing to complain about.
func compile(t *testing.T, args ...string) {
	t.Helper()
	said, err := exec.Command(compiler(), append(append([]string{}, warnings...), args...)...).CombinedOutput()
	require.NoError(t, err, "%s %v\n%s", compiler(), args, said)
	require.Empty(t, string(said))
}

// run runs a program, which may end as it likes, and returns what it wrote to its standard error.
func run(t *testing.T, input []byte, program string, args ...string) (stderr string, ended error) {
	t.Helper()
	cmd := exec.Command(program, args...)
	var said bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), &said
	ended = cmd.Run()
	return said.String(), ended
}

// records reads a whole trace.
func records(t *testing.T, file string) []*trace.Record {
	t.Helper()
	in, err := os.Open(file)
	require.NoError(t, err)
	defer in.Close()
	r := trace.NewReader(file, in)
	defer r.Close()
	var list []*trace.Record
	for {
		var rec trace.Record
		err := r.Next(&rec)
		if err == io.EOF {
			return list
		}
		require.NoError(t, err)
		list = append(list, rec.Clone())
	}
}

// judge judges a trace and returns its findings, as trace.Result.Told has them, and the verdicts of the rules.
func judge(t *testing.T, file string, p model.Profile) ([]string, map[string]model.Verdict) {
	t.Helper()
	c, err := trace.NewChecker(trace.Options{Profile: p})
	require.NoError(t, err)
	in, err := os.Open(file)
	require.NoError(t, err)
	defer in.Close()
	r := c.Check(file, in)
	verdicts := map[string]model.Verdict{}
	for _, v := range r.Rules {
		verdicts[v.Rule.ID] = v.Verdict
	}
	return r.Told(), verdicts
}

// TestCompiles: the header compiles without a warning, as C++11 and as C++20, with sanitizers and without exceptions, beside windows.h,
// and in several files of one program.
func TestCompiles(t *testing.T) {
	needCompiler(t)
	dir := t.TempDir()
	header, err := filepath.Abs("mapitrace.h")
	require.NoError(t, err)
	windows, err := filepath.Abs("testdata/windows.hpp")
	require.NoError(t, err)
	include := fmt.Sprintf("#include %q\n", header)
	use := "int NAME() { MAPITRACE_FUNCTION(call, \"NAME\", mapitrace::flags(\"ulFlags\", 1)); return MAPITRACE_RESULT(call, 0); }\n"
	source := func(name, before string) string {
		file := filepath.Join(dir, name+".cpp")
		require.NoError(t, os.WriteFile(file, []byte(before+strings.ReplaceAll(use, "NAME", name)), 0o666))
		return file
	}
	first, second := source("first", include+include), source("second", include)
	beside := source("beside", fmt.Sprintf("#include %q\n", windows)+include)
	for _, std := range []string{"c++11", "c++20"} {
		compile(t, "-std="+std, sanitizers, "-fsyntax-only", first)
		compile(t, "-std="+std, "-fno-exceptions", "-fsyntax-only", first)
		compile(t, "-std="+std, "-fsyntax-only", beside)
		compile(t, "-std="+std, "-fsyntax-only", "-DMAPITRACE_OFF", beside)
	}
	program := source("several", include+"int first();\nint second();\nint several();\nint main() { return first() + second() + several(); }\n")
	compile(t, "-std=c++11", "-o", filepath.Join(dir, "several"), program, first, second)
	_, err = run(t, nil, filepath.Join(dir, "several"))
	require.NoError(t, err)
}

// TestOff: with MAPITRACE_OFF the object code is what it would be without the macros, and nothing of the recorder is in it; and with the
// macros it is not, so that the comparison means something.
func TestOff(t *testing.T) {
	needCompiler(t)
	dir := t.TempDir()
	object := func(file string, flags ...string) []byte {
		o := filepath.Join(dir, "x.o")
		compile(t, append(flags, "-std=c++11", "-c", "-o", o, file)...)
		code, err := os.ReadFile(o)
		require.NoError(t, err)
		return code
	}
	for _, level := range []string{"-O0", "-O2"} {
		plain := object("testdata/cost.cpp", level, "-DPLAIN")
		require.Equal(t, plain, object("testdata/cost.cpp", level, "-DMAPITRACE_OFF"))
		require.NotEqual(t, plain, object("testdata/cost.cpp", level))
	}
	for _, file := range []string{"example/provider.cpp", "example/driver.cpp", "example/proxy.cpp"} {
		on, off := object(file), object(file, "-DMAPITRACE_OFF")
		for _, trait := range []string{"mapitrace", "ulFlags"} {
			require.True(t, bytes.Contains(on, []byte(trait)), "%s has no %s", file, trait)
			require.False(t, bytes.Contains(off, []byte(trait)), "%s has %s although it is off", file, trait)
		}
	}
	said, err := exec.Command(compiler(), "-std=c++11", "-M", "-DMAPITRACE_OFF", "-x", "c++", "mapitrace.h").Output()
	require.NoError(t, err)
	included := slices.DeleteFunc(strings.Fields(string(said)), func(word string) bool { return word == "\\" || strings.HasSuffix(word, "/stdc-predef.h") }) // which the compiler adds
	require.Equal(t, []string{"mapitrace.o:", "mapitrace.h"}, included)
}

// A played fault is one that the driver of the example plays, and what has to be found.
type played struct {
	fault string
	rule  string
	party string
	at    func(list []*trace.Record) int64                  // the line
	held  string                                            // rules that the recording shows to be kept
	line  func(p model.Profile) func([]*trace.Record) int64 // where the profiles differ
}

// call finds the n-th call of a name, counted from 1, and returns its line.
func call(name string, n int) func([]*trace.Record) int64 {
	return func(list []*trace.Record) int64 {
		left := n
		for _, r := range list {
			if r.Kind == trace.CallRecord && string(r.Name) == name {
				if left--; left == 0 {
					return r.Line
				}
			}
		}
		return 0
	}
}

// release finds the n-th Release of the object that a parameter names.
func release(param string, n int) func([]*trace.Record) int64 {
	return func(list []*trace.Record) int64 {
		object, left := "", n
		for _, r := range list {
			for _, m := range r.Args {
				if string(m.Name) == param {
					object = string(m.Value.S)
				}
			}
			if r.Kind == trace.CallRecord && strings.HasSuffix(string(r.Name), "::Release") && r.On.Set && string(r.On.S) == object {
				if left--; left == 0 {
					return r.Line
				}
			}
		}
		return 0
	}
}

// returns finds the return of the call at a line.
func returns(at func([]*trace.Record) int64) func([]*trace.Record) int64 {
	return func(list []*trace.Record) int64 {
		line := at(list)
		for n, r := range list {
			if r.Line != line {
				continue
			}
			for _, after := range list[n+1:] {
				if after.Kind == trace.ReturnRecord && after.ID == r.ID {
					return after.Line
				}
			}
		}
		return 0
	}
}

// The faults of the example. What has to be found was written down from the reference pages and the driver's code before the checker had seen
// a recording.
var faults = []played{
	// All in order, by every page: the store's last Release calls StoreLogoffTransports with StoreLogoff's flag and gives back the support
	// object, in which MAPI logs the logon object off and releases it; Shutdown follows when the session ends.
	{fault: "none", held: "INI-01 INI-03 SES-01 SES-15 SES-16 LGN-01 LGN-36 UID-01 STO-05 STO-07 STO-08 STO-09 SUP-05 SUP-09 SUP-10 LGN-24 LGN-25 PRV-09 PRV-10 PRV-12 PRV-13 REF-02"},
	// The client logs off and still has the store. That it never releases it is the same fault, told once; the provider and MAPI log
	// the store off all the same, in order.
	{fault: "store-never-released", rule: "SES-16", party: "client", at: call("IMAPISession::Logoff", 1), held: "LGN-22 LGN-25 PRV-09 PRV-13"},
	// The store was released for good by the first Release: its second one is one too many.
	{fault: "store-released-twice", rule: "REF-02", party: "client", at: release("lppMDB", 2), held: "SUP-09 SES-16"},
	// The provider never gives back the support object. The pages differ on whether a logoff method has to have done so when it returns (strict)
	// or when the logon object is released (lenient).
	{fault: "support-never-given-back", rule: "LGN-22", party: "provider", held: "SES-16 STO-09", line: func(p model.Profile) func([]*trace.Record) int64 {
		if p.Name == "strict" {
			return returns(call("IMSLogon::Logoff", 1))
		}
		return returns(release("lppMSLogon", 1))
	}},
	// The provider's one reference is given back in the store's last Release, and again in IMSLogon::Logoff, which MAPI calls within. So MAPI's
	// own Release, the third, releases what is gone; the wrong one is the provider's second.
	{fault: "support-given-back-twice", rule: "REF-02", party: "provider", at: release("lpMAPISup", 2), held: "STO-05 SUP-10"},
	// MAPI shuts the provider down as soon as the store is open, while it holds its logon object.
	{fault: "provider-shut-down-too-early", rule: "PRV-09", party: "mapi", at: call("IMSProvider::Shutdown", 1), held: "SES-16 STO-05 SUP-09"},
}

// TestExample: the recordings of the example say what was played, whether the provider records itself or proxies do.
func TestExample(t *testing.T) {
	needCompiler(t)
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain.o")
	compile(t, "-std=c++11", sanitizers, "-DMAPITRACE_OFF", "-c", "-o", plain, "example/provider.cpp")
	for name, args := range map[string][]string{
		"itself":    {"-std=c++11", sanitizers, "example/driver.cpp", "example/provider.cpp"},
		"optimised": {"-std=c++20", "-O2", "example/driver.cpp", "example/provider.cpp"},
		"proxies":   {"-std=c++11", sanitizers, "-DPROXY", "example/driver.cpp", "example/proxy.cpp", plain},
	} {
		driver := filepath.Join(dir, name)
		compile(t, append(args, "-o", driver)...)
		for _, x := range faults {
			file := filepath.Join(dir, name+"-"+x.fault+".jsonl")
			said, err := run(t, nil, driver, file, x.fault)
			require.NoError(t, err, said)
			require.Empty(t, said)
			list := records(t, file)
			for _, p := range []model.Profile{model.Lenient(), model.Strict()} {
				t.Run(name+"/"+x.fault+"/"+p.Name, func(t *testing.T) {
					var want []string
					if p.Name == "strict" { // the provider keeps no status row, which some pages ask of every store
						want = append(want, fmt.Sprintf("%d LGN-19 warning provider", returns(call("IMSProvider::Logon", 1))(list)))
					}
					if x.rule != "" {
						at := x.at
						if x.line != nil {
							at = x.line(p)
						}
						line := at(list)
						require.NotZero(t, line, "the call is not in the recording")
						want = append(want, fmt.Sprintf("%d %s error %s", line, x.rule, x.party))
					}
					told, verdicts := judge(t, file, p)
					require.Equal(t, want, told)
					for _, rule := range strings.Fields(x.held) {
						require.Equal(t, model.Held, verdicts[rule], rule)
					}
				})
			}
		}
	}
}

// TestExampleTable: the README lists the faults of the driver, and what is found.
func TestExampleTable(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, x := range faults {
		row := fmt.Sprintf("\n| `%s` | %s | %s | ", x.fault, x.rule, x.party)
		if x.rule == "" {
			row = "\n| none | nothing | | |\n"
		}
		require.Contains(t, string(readme), row)
	}
	require.Equal(t, len(faults), strings.Count(string(readme), "\n| `store-")+strings.Count(string(readme), "\n| `support-")+strings.Count(string(readme), "\n| `provider-")+1)
}

var (
	programs   = map[string]string{}
	programsMu sync.Mutex
)

// TestReadme does what the README shows: the first program is compiled and run, and what it records is judged. The other pieces of code
// compile, or stand in the example as they are there.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	readme := string(text)
	example, err := os.ReadFile("example/proxy.cpp")
	require.NoError(t, err)
	shown := regexp.MustCompile("(?s)```cpp\n(HRESULT.*?)```").FindStringSubmatch(readme)
	require.NotNil(t, shown)
	require.Contains(t, string(example), "\t"+strings.ReplaceAll(strings.TrimSpace(shown[1]), "\n", "\n\t"))

	needCompiler(t)
	dir := t.TempDir()
	header, err := os.ReadFile("mapitrace.h")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mapitrace.h"), header, 0o666))
	pieces := ""
	for n, piece := range regexp.MustCompile("(?s)```cpp\n(.*?)```").FindAllStringSubmatch(readme, -1) {
		switch code := piece[1]; {
		case strings.HasPrefix(code, "// five.cpp"), strings.HasPrefix(code, "HRESULT"): // these are looked at as they are
		case strings.HasPrefix(code, "case "):
			pieces += fmt.Sprintf("void piece%d(unsigned long reason, void *lpReserved) {\nswitch (reason) {\n%sbreak;\n}\n}\n", n, code)
		default:
			pieces += fmt.Sprintf("void piece%d(Support *support) {\n%s}\n", n, code)
		}
	}
	require.Equal(t, 2, strings.Count(pieces, "void piece"))
	source := filepath.Join(dir, "pieces.cpp")
	require.NoError(t, os.WriteFile(source, []byte("#include \"mapitrace.h\"\nstruct Support { unsigned long Release(); };\nconst unsigned long DLL_PROCESS_DETACH = 0;\n"+pieces), 0o666))
	compile(t, "-std=c++11", "-fsyntax-only", "-Wno-missing-declarations", source)
	five := regexp.MustCompile("(?s)```cpp\n// five.cpp\n(.*?)```").FindStringSubmatch(readme)
	require.NotNil(t, five)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "five.cpp"), []byte(five[1]), 0o666))
	said, err := exec.Command("go", "build", "-o", dir, "mapilife/cmd/checker").CombinedOutput()
	require.NoError(t, err, "%s", said)
	console := regexp.MustCompile("(?s)```console\n(.*?)```").FindStringSubmatch(readme)
	require.NotNil(t, console)
	var got strings.Builder
	for _, line := range strings.Split(console[1], "\n") {
		command, ok := strings.CutPrefix(line, "$ ")
		if !ok {
			continue
		}
		cmd := exec.Command("sh", "-c", command)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
		said, _ := cmd.CombinedOutput() // the checker ends with the status of a trace that is wrong
		got.WriteString(line + "\n" + string(said))
	}
	varies := regexp.MustCompile(`0x[0-9a-f]{5,}|rules: .*`) // addresses, and counts that grow with the rules
	require.Equal(t, varies.ReplaceAllString(console[1], "…"), varies.ReplaceAllString(got.String(), "…"))
}

// program compiles testdata/behaviour.cpp, once for each choice of flags.
func program(t *testing.T, flags ...string) string {
	t.Helper()
	programsMu.Lock()
	defer programsMu.Unlock()
	key := strings.Join(flags, " ")
	if programs[key] == "" {
		out := filepath.Join(folder, fmt.Sprintf("behaviour%d", len(programs)))
		compile(t, append(flags, "-o", out, "testdata/behaviour.cpp")...)
		programs[key] = out
	}
	return programs[key]
}

// TestThreads: eight threads write at once, and every line is whole, in order, and nested as its thread called. The compiler's race detector looks on.
func TestThreads(t *testing.T) {
	needCompiler(t)
	for _, sanitizer := range []string{"-fsanitize=thread", sanitizers} {
		file := filepath.Join(t.TempDir(), "threads.jsonl")
		said, err := run(t, nil, program(t, "-std=c++11", sanitizer), "threads", file)
		require.NoError(t, err, said)
		require.Empty(t, said)
		const threads, times, calls = 8, 200, 3
		list := records(t, file)
		require.Len(t, list, 1+threads*(times*calls*2+1)+1)
		type open struct {
			id   int64
			name string
		}
		stacks, done := map[int64][]open{}, map[int64]int{}
		for n, r := range list[1:] {
			require.EqualValues(t, n+1, r.Seq.N)
			stack := stacks[r.TID.N]
			switch r.Kind {
			case trace.CallRecord:
				require.Equal(t, []string{"outer", "inner", "IMAPITable::Release"}[len(stack)], string(r.Name))
				arg := r.Args[len(r.Args)-1]
				switch len(stack) {
				case 1:
					require.Equal(t, strings.Repeat(`"`, done[r.TID.N]), string(arg.Value.S))
				default:
					require.Equal(t, fmt.Sprint(done[r.TID.N]), string(arg.Value.S))
				}
				stacks[r.TID.N] = append(stack, open{r.ID, string(r.Name)})
			case trace.ReturnRecord:
				last := len(stack) - 1
				require.Equal(t, stack[last].id, r.ID)
				stacks[r.TID.N] = stack[:last]
				if last == 0 {
					done[r.TID.N]++
				}
			default:
				require.Contains(t, []string{"thread-exit", "end"}, string(r.Name))
			}
		}
		require.Len(t, done, threads)
		for tid, n := range done {
			require.Equal(t, times, n, tid)
			require.Empty(t, stacks[tid])
		}
	}
}

// TestValues: whatever bytes a text has, the line is valid JSON and says what Go makes of the same bytes. Binary data is hex.
func TestValues(t *testing.T) {
	needCompiler(t)
	var input bytes.Buffer
	var want []string
	add := func(kind byte, data []byte, text string) {
		input.WriteByte(kind)
		binary.Write(&input, binary.LittleEndian, uint32(len(data)))
		input.Write(data)
		want = append(want, text)
	}
	narrow := func(b []byte) { add('t', b, string([]rune(string(b)))) } // each invalid byte becomes U+FFFD
	var all []byte
	for c := 1; c < 256; c++ {
		all = append(all, byte(c))
	}
	narrow(all)
	for _, text := range []string{"", "plain", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xed\xa0\x80", "\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xe2\x82A", "a\xf0\x9f\x98"} {
		narrow([]byte(text))
	}
	random := rand.New(rand.NewSource(1))
	for range 2000 {
		b := make([]byte, random.Intn(12))
		for i := range b {
			b[i] = byte(1 + random.Intn(255))
			if random.Intn(2) == 0 { // what may begin or go on a longer character
				b[i] |= 0x80
			}
		}
		narrow(b)
		u := make([]uint16, random.Intn(8))
		for i := range u {
			u[i] = uint16(1 + random.Intn(0xffff))
			if random.Intn(2) == 0 {
				u[i] = uint16(0xd800 + random.Intn(0x800))
			}
		}
		data, _ := binary.Append(nil, binary.LittleEndian, u)
		add('u', data, string(utf16.Decode(u)))
		w := make([]uint32, random.Intn(8))
		var text strings.Builder
		for i := range w {
			w[i] = 1 + random.Uint32()>>uint(random.Intn(31))
			if w[i] > 0x10ffff {
				text.WriteRune(0xfffd)
			} else {
				text.WriteRune(rune(w[i])) // and U+FFFD for half a surrogate pair
			}
		}
		data, _ = binary.Append(nil, binary.LittleEndian, w)
		add('w', data, text.String())
		add('b', b, hex.EncodeToString(b))
	}
	const longest = 32 * 1024
	add('t', bytes.Repeat([]byte("x"), longest-2), strings.Repeat("x", longest-2)) // with the quotes, just not too long
	add('t', bytes.Repeat([]byte("x"), longest-1), "left out")
	add('t', bytes.Repeat([]byte("\n"), longest/2), "left out")
	add('b', make([]byte, longest), "left out")

	file := filepath.Join(t.TempDir(), "values.jsonl")
	said, err := run(t, input.Bytes(), program(t, "-std=c++11", sanitizers), "values", file)
	require.NoError(t, err, said)
	require.Empty(t, said)
	in, err := os.Open(file)
	require.NoError(t, err)
	defer in.Close()
	var got []string
	for lines := bufio.NewReader(in); ; {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			require.Empty(t, line)
			break
		}
		var x struct {
			Call string
			Args struct{ V *string }
		}
		require.NoError(t, json.Unmarshal(line, &x))
		switch {
		case x.Call != "" && x.Args.V != nil:
			got = append(got, *x.Args.V)
		case x.Call != "":
			got = append(got, "left out")
		}
	}
	require.Equal(t, want, got)
	records(t, file) // the reader is stricter than encoding/json
}

// lines returns the lines of a recording, without what differs from run to run.
func lines(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	text := regexp.MustCompile(`"t":\d+,`).ReplaceAllString(string(data), "")
	text = regexp.MustCompile(`0x[0-9a-f]{9,}"`).ReplaceAllString(text, `0xADDRESS"`)
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")[1:]
}

// TestBehaviour: what is in the file after each of the programs in testdata/behaviour.cpp.
func TestBehaviour(t *testing.T) {
	needCompiler(t)
	behaviour := program(t, "-std=c++11", sanitizers)
	modern := program(t, "-std=c++20")
	const initialized = `{"seq":1,"tid":1,"id":1,"call":"MAPIInitialize","args":{"lpMapiInit":null}}` + "\n" + `{"seq":2,"tid":1,"ret":1,"hr":"0x0"}` + "\n"
	for _, x := range []struct {
		what, want string
		stderr     string
		dies       bool
		told       []string
	}{
		// All kinds of value; an in and out parameter is read twice.
		{what: "numbers", want: `{"seq":1,"tid":1,"id":1,"call":"numbers","by":"client","module":"a\"b\\c.dll","args":{"least":-9223372036854775808,"most":18446744073709551615,"yes":true,"letter":-1,"flags":"0xffffffff","nobody":null,"nothing":null,"empty":"","inout":"0x1","nowhere":null}}
{"seq":2,"tid":1,"ret":1,"out":{"inout":"0xADDRESS"}}
{"seq":3,"tid":1,"event":"end","reason":"exit"}`},
		// What a failing call leaves in an out parameter is not handed out; who passes none gets none. The session of the last call is never
		// released, and MAPI never uninitialised.
		{what: "outputs", told: []string{"10 INI-03 error client", "10 SES-15 error client"}, want: initialized + `{"seq":3,"tid":1,"id":2,"call":"MAPILogonEx","args":{"flFlags":"0x22"}}
{"seq":4,"tid":1,"ret":2,"hr":"0x80004005"}
{"seq":5,"tid":1,"id":3,"call":"MAPILogonEx","args":{"flFlags":"0x22","lppSession":null}}
{"seq":6,"tid":1,"ret":3,"hr":"0x0"}
{"seq":7,"tid":1,"id":4,"call":"MAPILogonEx","args":{"flFlags":"0x22"}}
{"seq":8,"tid":1,"ret":4,"hr":"0x0","out":{"lppSession":"0xADDRESS"}}
{"seq":9,"tid":1,"event":"end","reason":"exit"}`},
		// The process is killed inside Logoff, or gives up there: the call is in the file.
		{what: "killed", dies: true, want: initialized + `{"seq":3,"tid":1,"id":2,"call":"MAPILogonEx","args":{"flFlags":"0x22"}}
{"seq":4,"tid":1,"ret":2,"hr":"0x0","out":{"lppSession":"0xADDRESS"}}
{"seq":5,"tid":1,"id":3,"call":"IMAPISession::Logoff","on":"0xADDRESS","args":{"ulFlags":"0x0"}}`},
		{what: "aborted", dies: true, want: initialized + `{"seq":3,"tid":1,"id":2,"call":"MAPILogonEx","args":{"flFlags":"0x22"}}
{"seq":4,"tid":1,"ret":2,"hr":"0x0","out":{"lppSession":"0xADDRESS"}}
{"seq":5,"tid":1,"id":3,"call":"IMAPISession::Logoff","on":"0xADDRESS","args":{"ulFlags":"0x0"}}`},
		// 50 calls are 100 lines, and the end is one more; of the last five two calls are there, so 48 are not.
		{what: "ring", want: `{"event":"gap","lost":48}
{"seq":97,"tid":1,"id":49,"call":"IMAPITable::Release","on":"0xADDRESS","args":{"n":49}}
{"seq":98,"tid":1,"ret":49,"ref":0}
{"seq":99,"tid":1,"id":50,"call":"IMAPITable::Release","on":"0xADDRESS","args":{"n":50}}
{"seq":100,"tid":1,"ret":50,"ref":0}
{"seq":101,"tid":1,"event":"end","reason":"exit"}`},
		// One line more is the return of a call that is not there.
		{what: "ring-even", want: `{"event":"gap","lost":48}
{"seq":96,"tid":1,"ret":48,"ref":0}
{"seq":97,"tid":1,"id":49,"call":"IMAPITable::Release","on":"0xADDRESS","args":{"n":49}}
{"seq":98,"tid":1,"ret":49,"ref":0}
{"seq":99,"tid":1,"id":50,"call":"IMAPITable::Release","on":"0xADDRESS","args":{"n":50}}
{"seq":100,"tid":1,"ret":50,"ref":0}
{"seq":101,"tid":1,"event":"end","reason":"exit"}`},
		// Dumped before it was killed: what came later is lost, and there is no end.
		{what: "ring-killed", dies: true, want: `{"event":"gap","lost":47}
{"seq":95,"tid":1,"id":48,"call":"IMAPITable::Release","on":"0xADDRESS","args":{"n":48}}
{"seq":96,"tid":1,"ret":48,"ref":0}
{"seq":97,"tid":1,"id":49,"call":"IMAPITable::Release","on":"0xADDRESS","args":{"n":49}}
{"seq":98,"tid":1,"ret":49,"ref":0}
{"seq":99,"tid":1,"id":50,"call":"IMAPITable::Release","on":"0xADDRESS","args":{"n":50}}
{"seq":100,"tid":1,"ret":50,"ref":0}`},
		// A call that an exception leaves has failed, and one that is made meanwhile has not, so that MAPIUninitialize is missing.
		{what: "thrown", told: []string{"6 INI-03 error client"}, want: `{"seq":1,"tid":1,"id":1,"call":"thrower"}
{"seq":2,"tid":1,"ret":1,"hr":"E_UNEXPECTED","exception":true}
{"seq":3,"tid":1,"id":2,"call":"MAPIInitialize","args":{"lpMapiInit":null}}
{"seq":4,"tid":1,"ret":2,"hr":"0x0"}
{"seq":5,"tid":1,"event":"end","reason":"exit"}`},
		// Nobody knows how the call ended. What is initialised after the gap is owed a MAPIUninitialize all the same; but a provider may have
		// initialised MAPI in the gap, so that it is not known who owes it.
		{what: "forgotten", stderr: "mapitrace: forgetful returned, and MAPITRACE_RESULT, MAPITRACE_COUNT or MAPITRACE_DONE was not met: there is a gap in the recording\n", want: `{"seq":1,"tid":1,"id":1,"call":"forgetful"}
{"seq":2,"tid":1,"event":"gap","lost":null}
{"seq":3,"tid":1,"id":2,"call":"MAPIInitialize","args":{"lpMapiInit":null}}
{"seq":4,"tid":1,"ret":2,"hr":"0x0"}
{"seq":5,"tid":1,"event":"end","reason":"exit"}`},
		// A call came before the recording was opened.
		{what: "missed", want: `{"event":"gap","lost":null}
{"seq":1,"tid":1,"event":"end","reason":"exit"}`},
		// The call that the first recording has begun returns in the second: it has no return there.
		{what: "again", want: `{"event":"gap","lost":null}
{"seq":1,"tid":1,"event":"load","module":"x.dll"}
{"seq":2,"tid":1,"event":"unload","module":"x.dll"}
{"seq":3,"tid":1,"event":"gap","lost":null}
{"seq":4,"tid":1,"event":"end","reason":"exit"}`},
	} {
		for _, program := range []string{behaviour, modern} {
			file := filepath.Join(t.TempDir(), "x.jsonl")
			said, err := run(t, nil, program, x.what, file)
			require.Equal(t, x.dies, err != nil, "%s: %v\n%s", x.what, err, said)
			if !x.dies {
				require.Equal(t, x.stderr, said)
			}
			require.Equal(t, strings.Split(x.want, "\n"), lines(t, file), x.what)
			records(t, file)
			told, verdicts := judge(t, file, model.Lenient())
			slices.Sort(told)
			require.Equal(t, x.told, told, x.what)
			if x.what == "killed" {
				require.Equal(t, model.Open, verdicts["INI-03"]) // MAPIUninitialize may have come
			}
		}
	}
}

// TestKilled: when a process is killed while its threads write, every line is whole but for the last one, of which the system may have
// written a part.
func TestKilled(t *testing.T) {
	needCompiler(t)
	busy := program(t, "-std=c++20")
	for range 5 {
		file := filepath.Join(t.TempDir(), "busy.jsonl")
		_, err := run(t, nil, busy, "busy", file)
		require.Error(t, err)
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, data[:bytes.LastIndexByte(data, '\n')+1], 0o666))
		list := records(t, file)
		require.Greater(t, len(list), 2)
		for _, r := range list {
			if r.Kind == trace.CallRecord {
				require.Equal(t, strings.Repeat("x", 20000), string(r.Args[0].Value.S))
			}
		}
	}
}

// TestCanNotWrite: a recorder that can not write says so, and the program goes on.
func TestCanNotWrite(t *testing.T) {
	needCompiler(t)
	behaviour := program(t, "-std=c++11", sanitizers)
	said, err := run(t, nil, behaviour, "full", "/dev/full")
	require.NoError(t, err)
	require.Equal(t, "mapitrace: writing failed: the recording ends here\n", said)
	nowhere := filepath.Join(t.TempDir(), "nowhere", "x.jsonl")
	said, err = run(t, nil, behaviour, "full", nowhere)
	require.NoError(t, err)
	require.Equal(t, "mapitrace: "+nowhere+" can not be written\n", said)

	dir := t.TempDir()
	said, err = run(t, nil, behaviour, "missed", filepath.Join(dir, "{pid}.jsonl"))
	require.NoError(t, err)
	require.Empty(t, said)
	files, err := filepath.Glob(filepath.Join(dir, "[1-9]*.jsonl"))
	require.NoError(t, err)
	require.Len(t, files, 1)
}
