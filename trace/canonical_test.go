package trace

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the tables of deviations anew")

const canonical = "testdata/canonical"

// TestCanonical judges the sequences that the pages describe: they are right, but for what their comments say, under both profiles.
func TestCanonical(t *testing.T) {
	for _, file := range canonicalFiles(t) {
		t.Run(nameOf(file), func(t *testing.T) {
			goldens := readGoldens(t, file)
			require.Len(t, goldens, 2, "judged under both profiles")
			for _, g := range goldens {
				r := g.check(t)
				if r.Err != nil {
					t.Fatal(r.Err)
				}
				require.Equal(t, g.Want, r.Told(), g.Profile.Name)
			}
		})
	}
}

// TestDeviations makes every deviation of one step from the canonical sequences and compares what is found in it with the tables beside
// them. Where nothing is found, legal.txt has to say why it is legal, and only there.
func TestDeviations(t *testing.T) {
	legal := readLegal(t)
	for _, file := range canonicalFiles(t) {
		t.Run(nameOf(file), func(t *testing.T) {
			table := deviationTable(t, file, legal)
			name := strings.TrimSuffix(file, ".trace") + ".deviations"
			if *update {
				require.NoError(t, os.WriteFile(name, []byte(table), 0o666))
			}
			pinned, err := os.ReadFile(name)
			require.NoError(t, err, "make the table: go test ./trace -run TestDeviations -update")
			require.Equal(t, string(pinned), table)
		})
	}
	for deviation, argument := range legal {
		if !argument.used {
			t.Errorf("legal.txt argues a deviation that is reported, or that there is not: %s", deviation)
		}
	}
}

func canonicalFiles(t *testing.T) []string {
	files, err := filepath.Glob(filepath.Join(canonical, "*.trace"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

func nameOf(file string) string { return strings.TrimSuffix(filepath.Base(file), ".trace") }

// deviationTable lists the deviations from a sequence, a line each, with what the lenient profile finds that it does not find in the
// sequence itself. Where that is nothing, it is what the strict profile finds, or the name of the argument why the deviation is legal.
func deviationTable(t *testing.T, file string, legal map[string]*argued) string {
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	lines := strings.Split(string(data), "\n")
	goldens := readGoldens(t, file)
	table := ""
	for _, d := range deviations(lines) {
		found := d.found(t, goldens[0])
		if found == "" {
			if found = d.found(t, goldens[1]); found != "" {
				found = "strict: " + found
			}
		}
		if found == "" {
			why := legal[nameOf(file)+": "+d.name]
			if why == nil {
				t.Errorf("nothing is found, and legal.txt does not say why that is right:\n\t%s: %s", nameOf(file), d.name)
				continue
			}
			why.used = true
			found = "legal: " + why.name
		}
		table += d.name + ": " + found + "\n"
	}
	return table
}

// A step is a call with all that is nested in it, from its entry to its return, or a load or an unload.
type step struct {
	first, last int // lines, from 0
	next        int // the step that follows it under the same call, or -1
	what        string
}

// A deviation is a sequence in which one step is left out, is made twice, or changes places with the next.
type deviation struct {
	name string
	text string
}

func deviations(lines []string) (list []deviation) {
	text := func(parts ...[]string) string { return strings.Join(slices.Concat(parts...), "\n") }
	steps := stepsOf(lines)
	for _, s := range steps {
		before, it, after := lines[:s.first], lines[s.first:s.last+1], lines[s.last+1:]
		name := fmt.Sprintf("%d %s", s.first+1, s.what)
		list = append(list,
			deviation{"drop " + name, text(before, after)},
			deviation{"double " + name, text(before, it, it, after)})
		if s.next >= 0 {
			next := steps[s.next]
			list = append(list, deviation{fmt.Sprintf("swap %s with %d %s", name, next.first+1, next.what),
				text(before, lines[next.first:next.last+1], lines[s.last+1:next.first], it, lines[next.last+1:])})
		}
	}
	return list
}

// where matches what may stand before a call: process and thread.
var where = regexp.MustCompile(`^\s*(P\d+ )?(T\d+ )?`)

// what matches a call's name, with the object before it, or a load or an unload with its module.
var what = regexp.MustCompile(`^((un)?load \S+|\S+ \w+::\w+|\w+)`)

// stepsOf finds the steps of a sequence: of what stands between the comments "# sequence:" and "# rest:" or the end.
func stepsOf(lines []string) (steps []step) {
	within := false
	var open []int // the steps whose call has not returned
	last := map[int]int{}
	for n, line := range lines {
		line = where.ReplaceAllString(line, "")
		switch {
		case line == "# sequence:":
			within = true
		case line == "# rest:" || strings.HasPrefix(line, "end "):
			within = false
		case !within || line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "}"):
			steps[open[len(open)-1]].last = n
			open = open[:len(open)-1]
		default:
			depth, s := len(open), len(steps)
			if before, ok := last[depth]; ok {
				steps[before].next = s
			}
			last[depth] = s
			delete(last, depth+1)
			steps = append(steps, step{first: n, last: n, next: -1, what: what.FindString(line)})
			if strings.HasSuffix(line, "{") {
				open = append(open, s)
			}
		}
	}
	return steps
}

// found lists the rules that a deviation breaks and the sequence itself does not, each once: RULE SEVERITY PARTY.
func (d deviation) found(t *testing.T, g golden) string {
	t.Helper()
	known := map[string]int{}
	for _, want := range g.Want {
		_, want, _ = strings.Cut(want, " ")
		known[want]++
	}
	g.data = []byte(d.text)
	r := g.check(t)
	if r.Err != nil {
		t.Fatalf("%s: %v", d.name, r.Err)
	}
	var list []string
	for _, told := range r.Told() {
		_, told, _ = strings.Cut(told, " ")
		if known[told] > 0 {
			known[told]--
		} else if !slices.Contains(list, told) {
			list = append(list, told)
		}
	}
	return strings.Join(list, ", ")
}

// An argued deviation is one that is legal, by an argument.
type argued struct {
	name string // of the argument
	used bool
}

// readLegal reads the arguments: a line "NAME: why", and under it the deviations that it speaks of, each behind a tab.
func readLegal(t *testing.T) map[string]*argued {
	data, err := os.ReadFile(filepath.Join(canonical, "legal.txt"))
	require.NoError(t, err)
	legal := map[string]*argued{}
	name, n := "", 1
	for line := range strings.Lines(string(data)) {
		deviation, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "\t")
		if !ok {
			require.NotZero(t, n, "legal.txt: %s argues nothing", name)
			var why string
			name, why, ok = strings.Cut(line, ": ")
			require.True(t, ok && strings.TrimSpace(why) != "", "legal.txt: an argument is NAME: why, and not %q", line)
			n = 0
			continue
		}
		require.NotContains(t, legal, deviation, "legal.txt argues it twice")
		legal[deviation] = &argued{name: name}
		n++
	}
	require.NotZero(t, n, "legal.txt: %s argues nothing", name)
	return legal
}

// TestDeviationsMade tells what the steps of a sequence and its deviations are.
func TestDeviationsMade(t *testing.T) {
	lines := strings.Split(`a IX::M -> S_OK
# sequence:
P1 T2 F {
  # A comment.
  load x.dll
  T2 a IX::M(x=1) -> S_OK
P1 T2 } -> S_OK
G ->
# rest:
G ->
end exit`, "\n")
	var names []string
	for _, d := range deviations(lines) {
		names = append(names, d.name)
	}
	require.Equal(t, []string{
		"drop 3 F", "double 3 F", "swap 3 F with 8 G",
		"drop 5 load x.dll", "double 5 load x.dll", "swap 5 load x.dll with 6 a IX::M",
		"drop 6 a IX::M", "double 6 a IX::M",
		"drop 8 G", "double 8 G",
	}, names)
	require.Equal(t, strings.Join(slices.Concat(lines[:2], lines[7:8], lines[2:7], lines[8:]), "\n"), deviations(lines)[2].text)
}
