package html_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/model"
	"mapilife/trace"
	"mapilife/trace/html"
)

// A source is a trace by name.
type source struct{ name, text string }

// pageOf is the page of traces, with at most max findings of each.
func pageOf(t *testing.T, max int, sources ...source) string {
	t.Helper()
	checker, err := trace.NewChecker(trace.Options{Witness: html.NewWitness})
	require.NoError(t, err)
	var b bytes.Buffer
	p := html.New(&b, max)
	for _, s := range sources {
		require.NoError(t, p.Write(checker.Check(s.name, strings.NewReader(s.text))))
	}
	require.NoError(t, p.Close())
	return b.String()
}

var template = regexp.MustCompile(`<template class="trace"[^>]*>([^<]*)</template>`)

// A told is what a page's script is given, as far as the tests look at it.
type told struct {
	Texts   []string
	Left    int64
	Events  int64
	Short   bool
	Sides   []string
	Calls   struct{ Name, Up, Begin, End, By, Object []int }
	Marks   [][4]int
	Objects []struct {
		Name         string
		Registration bool
		Up           int
		Born, End    int
		Holds        []int
	}
	Findings []struct {
		Rule, Message string
		Line          int
		At, Call      int
		Object        int
	}
	Omitted int
	Rules   map[string]struct {
		Says  string
		Pages [][2]string
	}
}

// unpacked is what the scripts of a page are given for its traces.
func unpacked(t *testing.T, page string) []told {
	t.Helper()
	var list []told
	for _, found := range template.FindAllStringSubmatch(page, -1) {
		packed, err := base64.StdEncoding.DecodeString(found[1])
		require.NoError(t, err)
		z, err := gzip.NewReader(bytes.NewReader(packed))
		require.NoError(t, err)
		var x told
		require.NoError(t, json.NewDecoder(z).Decode(&x))
		list = append(list, x)
	}
	return list
}

func example(t *testing.T) source {
	t.Helper()
	text, err := os.ReadFile("../testdata/example.trace")
	require.NoError(t, err)
	return source{"example.trace", string(text)}
}

// TestStory: the calls, who holds what, and the finding of a trace that the README explains are where they belong.
func TestStory(t *testing.T) {
	list := unpacked(t, pageOf(t, 0, example(t)))
	require.Len(t, list, 1)
	x := list[0]
	require.EqualValues(t, 17, x.Events)
	require.Len(t, x.Calls.Name, 8)
	require.Equal(t, "MAPIInitialize", x.Texts[x.Calls.Name[0]])
	require.Equal(t, "IMAPISession::OpenMsgStore", x.Texts[x.Calls.Name[2]])
	require.Equal(t, "client", x.Sides[x.Calls.By[2]])
	require.Len(t, x.Marks, 1)
	require.Equal(t, "end exit", x.Texts[x.Marks[0][2]])

	require.Len(t, x.Objects, 2)
	session, store := x.Objects[0], x.Objects[1]
	require.Equal(t, []any{"session 0x55d0", "store 0x7f20"}, []any{session.Name, store.Name})
	require.Equal(t, 0, store.Up, "it was opened through the session")
	require.Equal(t, -1, store.End, "nobody has released it")
	var client []string // at least and at most, from the birth on
	for n := 0; n < len(store.Holds); n += 9 {
		client = append(client, fmt.Sprint(store.Holds[n+1:n+3]))
	}
	// One by OpenMsgStore; while AddRef runs perhaps two; two after it; one after the Release, whose reference is given up when it is called.
	require.Equal(t, []string{"[1 1]", "[1 2]", "[2 2]", "[1 1]"}, client)

	require.Len(t, x.Findings, 1)
	f := x.Findings[0]
	require.Equal(t, "SES-16", f.Rule)
	require.Equal(t, "IMAPISession::Logoff", x.Texts[x.Calls.Name[f.Call]])
	require.Equal(t, "store 0x7f20", x.Objects[f.Object].Name)
	require.Contains(t, x.Rules["SES-16"].Says, "Logoff")
	require.Equal(t, "https://learn.microsoft.com/en-us/office/client-developer/outlook/mapi/ending-a-mapi-session", x.Rules["SES-16"].Pages[0][1])
}

// TestNesting: calls nest by thread, a gap leaves none open, and a return without its call is told.
func TestNesting(t *testing.T) {
	x := unpacked(t, pageOf(t, 0, source{"nested.trace", `mapitrace 1
observes MAPI IMAPISession

T1 MAPIInitialize(lpMapiInit=null) -> S_OK
T1 MAPILogonEx(flFlags=0x22) {
T2 MAPIInitialize(lpMapiInit=null) {
T1   MSProviderInit -> S_OK (lppMSProvider=0x10)
T2 } -> S_OK
T1 } -> S_OK (lppSession=0x20)
T1 0x20 IMAPISession::OpenMsgStore {
T1 gap 3
T1 ret #5 -> S_OK
T1 0x20 IMAPISession::Advise(ulEventMask=4) -> S_OK (lpulConnection=9)
T1 0x20 IMAPISession::Unadvise(ulConnection=9) -> S_OK
`}))[0]
	names := []string{}
	up := map[string]string{}
	for n, name := range x.Calls.Name {
		names = append(names, x.Texts[name])
		if x.Calls.Up[n] > 0 {
			up[x.Texts[name]] = x.Texts[x.Calls.Name[n-x.Calls.Up[n]]]
		}
	}
	require.Equal(t, map[string]string{"MSProviderInit": "MAPILogonEx"}, up, names)
	require.Len(t, x.Marks, 2)
	require.Equal(t, "gap 3", x.Texts[x.Marks[0][2]])
	require.Contains(t, x.Texts[x.Marks[1][2]], "beginning is missing")
	require.Zero(t, x.Calls.End[len(x.Calls.End)-3], "OpenMsgStore never returns")

	registrations := 0
	for _, o := range x.Objects {
		if o.Registration {
			registrations++
			require.Equal(t, "session 0x20", x.Objects[o.Up].Name)
			require.Contains(t, o.Name, "registration 9 with session 0x20")
			require.Greater(t, o.End, o.Born)
		}
	}
	require.Equal(t, 1, registrations)
}

const hostile = `</script></template><script>document.title='owned'</script><img src="http://192.0.2.1/x" onerror="alert(1)">`

// hostileTrace has markup wherever a trace may have a text.
func hostileTrace() source {
	quoted, err := json.Marshal(hostile)
	if err != nil {
		panic(err)
	}
	text := string(exampleText)
	text = strings.ReplaceAll(text, "0x7f20", string(quoted))
	text = strings.Replace(text, "(lpMapiInit=null)", "("+string(quoted)+"="+string(quoted)+")", 1)
	text = strings.Replace(text, "end exit", "load "+string(quoted)+"\ncall "+string(quoted)+" -> S_OK\nend exit", 1)
	return source{hostile, text}
}

var exampleText, _ = os.ReadFile("../testdata/example.trace")

// TestEscaping: whatever a trace is called and says, the page has the markup of the template and nothing else.
func TestEscaping(t *testing.T) {
	tags := regexp.MustCompile(`<[a-z!/]+`)
	page := pageOf(t, 0, hostileTrace())
	require.Equal(t, tags.FindAllString(pageOf(t, 0, example(t)), -1), tags.FindAllString(page, -1))
	require.Contains(t, unpacked(t, page)[0].Texts, hostile, "the text itself is there")
}

// TestSelfContained: the page refers to nothing, and its policy allows its own script and style and nothing else.
func TestSelfContained(t *testing.T) {
	page := pageOf(t, 0, example(t))
	require.NotRegexp(t, `(src|href)=|url\(|@import|https?:`, strings.Replace(template.ReplaceAllString(page, ""), `href="data:,"`, "", 1))
	policy := regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)
	require.NotNil(t, policy)
	allowed := strings.NewReplacer("&#39;", "'", "&#43;", "+", "&#34;", `"`).Replace(policy[1])
	require.Regexp(t, `^default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; script-src 'sha256-[^' ]+'; style-src 'sha256-[^' ]+'$`, allowed)
	for _, tag := range []string{"script", "style"} {
		_, text, _ := strings.Cut(page, "<"+tag+">")
		text, _, _ = strings.Cut(text, "</"+tag+">")
		sum := sha256.Sum256([]byte(text))
		require.Contains(t, allowed, tag+"-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
}

// many is a trace of at least so many events: client threads that log on, open stores and folders, register, and sometimes forget a store.
// The padding makes arguments that do not repeat.
func many(events, padding int) source {
	random := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	b.WriteString("mapitrace 1\nobserves MAPI IMAPISession IMsgStore IMAPIFolder\n\n")
	address := func() string { return fmt.Sprintf("0x%x", 0x7f0000000000+random.Int64N(1<<32)*16) }
	written := 0
	say := func(thread, events int, format string, args ...any) {
		fmt.Fprintf(&b, "T%d ", thread)
		fmt.Fprintf(&b, format, args...)
		b.WriteByte('\n')
		written += events
	}
	pad := func() string {
		text := make([]byte, padding)
		for n := range text {
			text[n] = letters[random.IntN(len(letters))]
		}
		return string(text)
	}
	const threads = 4
	for thread := 1; thread <= threads; thread++ {
		say(thread, 2, "MAPIInitialize(lpMapiInit=null) -> S_OK")
	}
	for round := 0; written < events; round++ {
		thread, session, store := round%threads+1, address(), address()
		say(thread, 2, "MAPILogonEx(flFlags=0x22) -> S_OK (lppSession=%s)", session)
		say(thread, 2, `%s IMAPISession::OpenMsgStore(cbEntryID=%d, lpEntryID="%s", ulFlags=0x4) -> S_OK (lppMDB=%s)`, session, random.IntN(300), pad(), store)
		say(thread, 2, "%s IMsgStore::Advise(ulEventMask=0x4) -> S_OK (lpulConnection=%d)", store, round+1)
		for range 3 + random.IntN(5) {
			folder := address()
			say(thread, 1, `%s IMsgStore::OpenEntry(cbEntryID=%d, lpEntryID="%s") {`, store, random.IntN(300), pad())
			say(thread, 2, "%s IMsgStore::AddRef -> ref 2", store)
			say(thread, 2, "%s IMsgStore::Release -> ref 1", store)
			say(thread, 1, "} -> S_OK (ulObjType=3, lppUnk=%s)", folder)
			say(thread, 2, `%s IMAPIFolder::GetProps(x="%s") -> S_OK`, folder, pad())
			say(thread, 2, "%s IMAPIFolder::Release -> ref 0", folder)
		}
		say(thread, 2, "%s IMsgStore::Unadvise(ulConnection=%d) -> S_OK", store, round+1)
		if round%100 != 99 {
			say(thread, 2, "%s IMsgStore::Release -> ref 0", store)
		}
		say(thread, 2, "%s IMAPISession::Logoff(ulFlags=0) -> S_OK", session)
		say(thread, 2, "%s IMAPISession::Release -> ref 0", session)
	}
	for thread := 1; thread <= threads; thread++ {
		say(thread, 2, "MAPIUninitialize ->")
	}
	b.WriteString("end exit\n")
	return source{"many.trace", b.String()}
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

const most = 8_000_000

// TestSize: a page of 100,000 events has at most 8 MB, also where they repeat nothing; of a longer trace it says what is left out.
func TestSize(t *testing.T) {
	page := pageOf(t, 0, many(100_000, 12))
	t.Logf("100,000 events: %d bytes", len(page))
	require.LessOrEqual(t, len(page), most)
	x := unpacked(t, page)[0]
	require.GreaterOrEqual(t, x.Events, int64(100_000))
	require.Zero(t, x.Left)
	require.False(t, x.Short)
	require.NotEmpty(t, x.Findings)
	for _, f := range x.Findings {
		require.Equal(t, "SES-16", f.Rule)
		require.NotEqual(t, -1, f.Call)
	}

	page = pageOf(t, 0, many(100_000, 600))
	require.LessOrEqual(t, len(page), most)
	page = pageOf(t, 0, many(190_000, 600))
	require.LessOrEqual(t, len(page), most)
	require.True(t, unpacked(t, page)[0].Short)

	page = pageOf(t, 3, many(210_000, 0))
	require.LessOrEqual(t, len(page), most)
	x = unpacked(t, page)[0]
	require.EqualValues(t, 200_000, x.Events)
	require.Greater(t, x.Left, int64(10_000))
	require.Len(t, x.Findings, 3, "as asked")
	require.Positive(t, x.Omitted)
}

// TestUnjudged: what can not be read is on the page, with why.
func TestUnjudged(t *testing.T) {
	page := pageOf(t, 0, source{"empty.trace", ""}, source{"cut.trace", "mapitrace 1\n\nMAPIInitialize -> S_OK\nwhat is this\n"})
	list := unpacked(t, page)
	require.Len(t, list, 2)
	require.Empty(t, list[0].Calls.Name)
	require.Len(t, list[1].Calls.Name, 1)
	require.Contains(t, page, "unjudged")
	require.Empty(t, template.FindAllString(pageOf(t, 0), -1), "a page without a trace")
}

// A watcher keeps what it was told of each object, and compares it, after each step, with what the world knows of all of them.
type watcher struct {
	t     *testing.T
	world *model.World
	told  map[uint32]model.Sight
	times int
}

func (w *watcher) Start(world *model.World) {
	w.world = world
	world.See(func(s model.Sight) {
		if s.Ended {
			delete(w.told, s.Serial)
		} else {
			w.told[s.Serial] = s
		}
	})
}

func (w *watcher) Saw(r *trace.Record) {
	for _, k := range w.world.Census() {
		if k.Kind < model.SessionObject || k.Kind == model.ServiceObject {
			continue
		}
		s, ok := w.told[k.Serial]
		require.True(w.t, ok, "line %d: %s 0x%x was not told", r.Line, k.Kind, k.Address)
		require.Equal(w.t, k.Kind, s.Kind, "line %d: %s", r.Line, s.Name)
		if !k.Kind.Registration() {
			require.Equal(w.t, [][2]int32{k.Client, k.MAPI, k.Provider, k.Total}, [][2]int32{s.Client, s.MAPI, s.Provider, s.Total}, "line %d: %s", r.Line, s.Name)
			w.times++
		}
	}
}

// TestSights: what a page is told of the objects, step by step, is what the world knows of them.
func TestSights(t *testing.T) {
	files, err := trace.Files("../testdata")
	require.NoError(t, err)
	var w *watcher
	checker, err := trace.NewChecker(trace.Options{Witness: func() trace.Witness { return w }})
	require.NoError(t, err)
	times := 0
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			w = &watcher{t: t, told: map[uint32]model.Sight{}}
			in, err := trace.Open(file, nil)
			require.NoError(t, err)
			defer in.Close()
			checker.Check(file, in)
			times += w.times
		})
	}
	require.Greater(t, times, 10_000)
}
