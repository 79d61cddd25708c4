package html_test

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

var screenshots = flag.String("screenshots", "", "a folder for pictures of the page, to look at")

// A tab is a page in a real browser. What its console says, and what it asks the network for, fails the test.
type tab struct {
	t    *testing.T
	ctx  context.Context
	took time.Duration // until the page was drawn

	mu         sync.Mutex
	complaints []string
}

// A viewport is how a page is looked at.
type viewport struct {
	width, height int64
	dark, phone   bool
}

var (
	desk  = viewport{width: 1440, height: 900}
	night = viewport{width: 1440, height: 900, dark: true}
	phone = viewport{width: 390, height: 844, phone: true}
)

// browse opens pages in headless Chromium. MAPILIFE_FULL=1 asks for it; a missing browser is an error then.
func browse(t *testing.T) func(t *testing.T, file string, v viewport) *tab {
	t.Helper()
	if os.Getenv("MAPILIFE_FULL") != "1" {
		t.Skip("MAPILIFE_FULL=1 opens the page in headless Chromium")
	}
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("MAPILIFE_FULL=1 asks for a browser: %v", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.WSURLReadTimeout(2*time.Minute))
	all, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	first, cancel := chromedp.NewContext(all)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(first))
	return func(t *testing.T, file string, v viewport) *tab {
		ctx, cancel := chromedp.NewContext(first)
		t.Cleanup(cancel)
		b := &tab{t: t, ctx: ctx}
		address := (&url.URL{Scheme: "file", Path: file}).String()
		require.NoError(t, chromedp.Listen(ctx, func(e any) {
			switch e := e.(type) {
			case *runtime.EventExceptionThrown:
				b.complain(fmt.Sprintf("exception: %+v", e.ExceptionDetails.Exception))
			case *runtime.EventConsoleAPICalled:
				b.complain("console: " + string(e.Type))
			case *log.EventEntryAdded:
				b.complain("log: " + e.Entry.Text)
			case *network.EventRequestWillBeSent:
				if e.Request.URL != address && !strings.HasPrefix(e.Request.URL, "data:") {
					b.complain("request: " + e.Request.URL)
				}
			}
		}))
		_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
		require.NoError(t, err)
		_, err = chromedp.Call(ctx, log.Enable, cdp.Empty{})
		require.NoError(t, err)
		scheme := "light"
		if v.dark {
			scheme = "dark"
		}
		media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
		_, err = chromedp.Call(ctx, emulation.SetEmulatedMedia, media)
		require.NoError(t, err)
		var kind []chromedp.EmulateViewportOption
		if v.phone {
			kind = append(kind, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
		}
		begun := time.Now()
		b.run(chromedp.EmulateViewport(v.width, v.height, kind...), chromedp.Navigate(address))
		b.shows("document.documentElement.dataset.ready !== undefined")
		b.took = time.Since(begun)
		return b
	}
}

func (b *tab) complain(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = append(b.complaints, text)
}

func (b *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Do(b.ctx, actions...), b.complaints)
}

// eval is what an expression comes to in the page.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	require.NoError(b.t, err, expression)
	return value
}

// shows waits for an expression to become true.
func (b *tab) shows(expression string) {
	b.t.Helper()
	for until := time.Now().Add(20 * time.Second); !eval[bool](b, expression); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(until) {
			b.t.Fatalf("%s never comes true\n%s\n%s", expression, eval[string](b, "document.body.innerText"), b.complaints)
		}
	}
}

// middle does something to the middle of an element: of where it is just then, for lists make their rows anew.
func (b *tab) middle(selector string, do func(x, y float64) chromedp.Action[chromedp.Void]) chromedp.Action[chromedp.Void] {
	b.t.Helper()
	b.shows(fmt.Sprintf("document.querySelector(%q) !== null", selector))
	at := eval[[]float64](b, fmt.Sprintf("(() => { const r = document.querySelector(%q).getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()", selector))
	return do(at[0], at[1])
}

func click(x, y float64) chromedp.Action[chromedp.Void] { return chromedp.MouseClickXY(x, y) }

func (b *tab) key(keys string) { b.t.Helper(); b.run(chromedp.KeyEvent(keys)) }

// quiet is the end: nothing was complained of, and nothing asked for.
func (b *tab) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	require.Empty(b.t, b.complaints)
}

// picture keeps a picture of the page, if asked.
func (b *tab) picture(name string) {
	b.t.Helper()
	if *screenshots == "" {
		return
	}
	time.Sleep(200 * time.Millisecond) // whatever moves has come to rest
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	require.NoError(b.t, err)
	require.NoError(b.t, os.MkdirAll(*screenshots, 0o755))
	require.NoError(b.t, os.WriteFile(filepath.Join(*screenshots, name+".png"), png, 0o644))
}

// written is a file with the page of traces.
func written(t *testing.T, sources ...source) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a report #1.html")
	require.NoError(t, os.WriteFile(file, []byte(pageOf(t, 0, sources...)), 0o644))
	return file
}

// What the tests ask of a page, in its own language.
const (
	details  = "document.querySelector('#details').innerText"
	findings = "document.querySelectorAll('#finding-list [role=option]').length"
	chosen   = "document.querySelector('#call-list [aria-selected=true] b')?.innerText"
)

// TestBrowser opens pages in a browser and uses them as people do.
func TestBrowser(t *testing.T) {
	open := browse(t)
	text, err := os.ReadFile("../testdata/recorded/sample-advise-never-unadvised.jsonl")
	require.NoError(t, err)
	recorded := source{"sample-advise-never-unadvised.jsonl", string(text)}

	t.Run("reading", func(t *testing.T) {
		b := open(t, written(t, example(t)), desk)
		require.Equal(t, "violated: example.trace", eval[string](b, "document.title"))
		require.Equal(t, 1, eval[int](b, findings))
		// The finding is chosen: its call among the calls, its rule among the details.
		b.shows(chosen + " === 'IMAPISession::Logoff'")
		for _, text := range []string{"SES-16", "while the client still holds store 0x7f20", "release every store", "born in IMAPISession::OpenMsgStore", "(must)", "REF-02 as well"} {
			require.Contains(t, eval[string](b, details), text)
		}
		require.Equal(t, "https://learn.microsoft.com/en-us/office/client-developer/outlook/mapi/ending-a-mapi-session", eval[string](b, "document.querySelector('#details a').href"))
		require.Equal(t, "SES-16", eval[string](b, "document.querySelector('#call-list .pin').innerText"))
		require.Equal(t, 9, eval[int](b, "document.querySelectorAll('#call-list [role=treeitem]').length"))
		b.picture("reading")

		// A line of the history leads to its call, and that shows who holds the store.
		b.run(b.middle("#details ol button", click))
		b.shows(chosen + " === 'IMAPISession::OpenMsgStore'")
		b.run(b.middle(`#call-list [aria-posinset="4"]`, click))
		b.shows(chosen + " === 'IMsgStore::AddRef'")
		require.Equal(t, "before 1 0 0 1 after 2 0 0 2", eval[string](b, "document.querySelector('#details tbody').innerText.split(/\\s+/).join(' ')"))

		// The pin in the lanes is the finding.
		b.run(clickColor(b, "error"))
		b.shows(details + ".includes('while the client still holds')")
		// Its bar is the call that is clicked.
		b.run(b.middle(`#call-list [aria-posinset="1"]`, click))
		b.shows(chosen + " === 'MAPIInitialize'")
		b.run(clickColor(b, "client"))
		b.shows("document.querySelector('#lane-now').innerText.startsWith('line ')")
		b.quiet()
	})

	t.Run("filters", func(t *testing.T) {
		b := open(t, written(t, recorded, example(t)), desk)
		all := eval[int](b, findings)
		require.Greater(t, all, 1)
		b.picture("recorded")
		rows := "+document.querySelector('#call-list [role=treeitem]')?.ariaSetSize"
		calls := eval[int](b, rows)
		lanes := eval[string](b, "document.querySelector('#canvas').dataset.drawn")

		b.run(chromedp.SetValue(css("#rule"), "ADV-07"), change("#rule"))
		b.shows(findings + " === 1")
		require.Less(t, eval[int](b, rows), calls)
		b.shows("document.querySelector('#call-list .pin').innerText === 'ADV-07'")
		require.Contains(t, eval[string](b, details), "ADV-07", "what is not shown is not chosen")
		b.picture("filtered")
		b.run(b.middle("#clear", click))
		b.shows(findings + " === " + fmt.Sprint(all))
		b.shows(rows + " === " + fmt.Sprint(calls))

		b.run(chromedp.SendKeys(css("#object"), "session 0x"))
		b.shows("document.querySelector('#shown').innerText !== ''")
		b.shows("document.querySelector('#canvas').dataset.drawn !== '" + lanes + "'")
		b.shows("[...document.querySelectorAll('#call-list [role=treeitem]:not(.around) .on')].every(e => e.innerText.startsWith('session'))")
		b.key(kb.Escape)
		b.shows(rows + " === " + fmt.Sprint(calls))

		b.run(chromedp.SetValue(css("#party"), "provider"), change("#party"))
		b.shows("document.querySelector('#shown').innerText !== ''")
		b.shows("[...document.querySelectorAll('#call-list [role=treeitem]:not(.around, :has(.pin)) .dot')].every(e => e.classList.contains('provider'))")
		require.True(t, eval[bool](b, "[...document.querySelectorAll('#finding-list .party')].every(e => e.innerText.includes('provider'))"))
		b.run(chromedp.SendKeys(css("#call"), "no such call"))
		b.shows("document.querySelector('#call-list').innerText.includes('No call fits')")
		b.run(b.middle("#clear", click))
		b.shows(rows + " === " + fmt.Sprint(calls))

		b.run(chromedp.SetValue(css("#trace"), "1"), change("#trace"))
		b.shows("document.title === 'violated: example.trace'")
		b.shows(findings + " === 1")
		b.quiet()
	})

	t.Run("keyboard", func(t *testing.T) {
		b := open(t, written(t, recorded), night)
		// Everything is reached by Tab, in the order of the page.
		var order []string
		for range 40 {
			b.key(kb.Tab)
			if id := eval[string](b, "document.activeElement.id"); id != "" {
				order = append(order, id)
			}
		}
		reached := " " + strings.Join(order, " ") + " "
		at := -1
		for _, id := range []string{"object", "party", "rule", "call", "finding-list", "lane-scroll", "call-list", "details"} {
			next := strings.Index(reached, " "+id+" ")
			require.Greater(t, next, at, "%s in %s", id, reached)
			at = next
		}

		line := "document.querySelector('#finding-list [aria-selected=true] .where')?.innerText"
		first := eval[string](b, line)
		b.run(chromedp.Focus(css("#finding-list")))
		b.key(kb.ArrowDown)
		b.shows(line + " !== '" + first + "'")
		b.key("p")
		b.shows(line + " === '" + first + "'")
		b.key("n")
		b.shows(line + " !== '" + first + "'")

		b.run(chromedp.Focus(css("#call-list")))
		b.key(kb.Home)
		b.shows("document.querySelector('#call-list [aria-posinset=\"1\"]')?.ariaSelected === 'true'")
		require.Equal(t, "call-list-0", eval[string](b, "document.querySelector('#call-list').getAttribute('aria-activedescendant')"))
		size := "+document.querySelector('#call-list [role=treeitem]').ariaSetSize"
		rows := eval[int](b, size)
		for !eval[bool](b, "document.querySelector('#call-list [aria-selected=true]').hasAttribute('aria-expanded')") {
			b.key(kb.ArrowDown)
			time.Sleep(50 * time.Millisecond)
		}
		b.key(kb.ArrowLeft)
		b.shows(size + " < " + fmt.Sprint(rows))
		b.key(kb.ArrowRight)
		b.shows(size + " === " + fmt.Sprint(rows))

		b.run(chromedp.Focus(css("#lane-scroll")))
		b.key(kb.Home)
		b.shows("document.querySelector('#lane-now').innerText.startsWith('thread')")
		b.key(kb.ArrowRight)
		b.shows("document.querySelector('#lane-now').innerText.startsWith('line ')")
		b.key(kb.ArrowDown)
		b.shows("document.querySelector('#lane-now').innerText.includes('0x')")
		b.key("0")
		b.key("+")
		b.key(kb.Enter)
		b.shows("document.querySelector('#object').value !== ''")
		b.picture("night")
		b.key(kb.Enter)
		b.shows("document.querySelector('#object').value === ''")
		b.quiet()
	})

	t.Run("colours", func(t *testing.T) {
		file := written(t, example(t))
		for _, v := range []viewport{desk, night} {
			b := open(t, file, v)
			require.Equal(t, v.dark, eval[bool](b, luminance+"luminance('paper') < 0.1"))
			require.Equal(t, v.dark, eval[bool](b, pixels+"pixels()[0] < 60"))
			for _, name := range []string{"ink", "soft", "choice", "client", "mapi", "spooler", "provider", "service", "error", "warning", "note", "known", "good"} {
				contrast := eval[float64](b, luminance+"contrast('"+name+"', 'paper')")
				require.GreaterOrEqual(t, contrast, 4.5, "%s, dark %t", name, v.dark)
			}
			b.quiet()
		}
	})

	t.Run("phone", func(t *testing.T) {
		b := open(t, written(t, recorded), phone)
		require.LessOrEqual(t, eval[int](b, "document.documentElement.scrollWidth"), 390)
		b.picture("phone-findings")
		b.run(b.middle("#finding-list [role=option]", chromedp.TapXY))
		b.shows("document.querySelector('#details').offsetParent !== null && " + details + ".includes('owed by')")
		b.picture("phone-details")
		for _, part := range []string{"calls", "lanes"} {
			b.run(b.middle("#tabs [data-part="+part+"]", chromedp.TapXY))
			b.shows("document.querySelector('#" + part + "').offsetParent !== null")
			b.shows("document.querySelector('#findings').offsetParent === null")
			require.LessOrEqual(t, eval[int](b, "document.documentElement.scrollWidth"), 390)
			b.picture("phone-" + part)
		}
		b.shows("document.querySelector('#canvas').clientHeight > 250")
		small := eval[string](b, `[...document.querySelectorAll("button:not(.link), select, input")].filter(e => e.offsetParent && e.offsetHeight < 36).map(e => e.outerHTML).join()`)
		require.Empty(t, small, "too small for a finger")
		// A finger moves the lanes, and two make them wider or closer.
		before := eval[string](b, picture)
		b.run(touch(b, []float64{300}, []float64{150}))
		b.shows(picture + " !== '" + before + "'")
		before = eval[string](b, picture)
		b.run(touch(b, []float64{200, 240}, []float64{130, 340}))
		b.shows(picture + " !== '" + before + "'")
		b.picture("phone-closer")
		before = eval[string](b, picture)
		b.run(touch(b, []float64{130, 340}, []float64{200, 240}))
		b.shows(picture + " !== '" + before + "'")
		b.quiet()
	})

	t.Run("many", func(t *testing.T) {
		b := open(t, written(t, many(100_000, 12)), desk)
		t.Logf("100,000 events: drawn after %v", b.took)
		require.Less(t, b.took, 20*time.Second)
		b.picture("many")
		b.run(b.middle("#all", click))
		b.run(chromedp.Focus(css("#call-list")))
		b.key(kb.End)
		b.shows("document.querySelector('#call-list [aria-selected=true]')?.innerText.includes('end exit')")
		require.Less(t, eval[int](b, "document.querySelectorAll('*').length"), 1500)
		b.picture("many-end")
		begun := time.Now()
		b.run(chromedp.SetValue(css("#rule"), "SES-16"), change("#rule"))
		b.shows("document.querySelector('#shown').innerText !== ''")
		t.Logf("filtered after %v", time.Since(begun))
		require.Less(t, time.Since(begun), 10*time.Second)
		b.quiet()
	})

	t.Run("hostile", func(t *testing.T) {
		b := open(t, written(t, hostileTrace()), desk)
		require.Equal(t, "violated: "+hostile, eval[string](b, "document.title"))
		require.Contains(t, eval[string](b, "document.querySelector('#call-list').innerText"), hostile)
		require.Zero(t, eval[int](b, "document.querySelectorAll('img').length"))
		require.Equal(t, 1, eval[int](b, "document.querySelectorAll('script').length"))
		b.picture("hostile")
		b.quiet()
	})

	t.Run("unjudged", func(t *testing.T) {
		b := open(t, written(t, source{"empty.trace", ""}), desk)
		require.True(t, eval[bool](b, "document.querySelector('#warning').innerText.includes('empty.trace')"))
		b.quiet()
	})
}

type css = chromedp.CSS

func change(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void]("document.querySelector('" + selector + "').dispatchEvent(new Event('change'))")
}

// clickColor clicks on the first point of the lanes that has a colour of the theme.
func clickColor(b *tab, name string) chromedp.Action[chromedp.Void] {
	b.t.Helper()
	at := eval[[]float64](b, pixels+`(() => {
		const canvas = document.querySelector("#canvas"), data = pixels();
		const want = [1, 3, 5].map(n => parseInt(getComputedStyle(document.documentElement).getPropertyValue("--`+name+`").trim().slice(n, n + 2), 16));
		const box = canvas.getBoundingClientRect();
		for (let y = 42; y < canvas.height; y++) for (let x = 180; x < canvas.width; x++) {
			const p = 4 * (y * canvas.width + x);
			if (want.every((w, n) => Math.abs(data[p + n] - w) < 3) && want.every((w, n) => Math.abs(data[p + 4 * (2 * canvas.width + 2) + n] - w) < 3)) return [box.left + x + 2, box.top + y + 2];
		}
		return [];
	})()`)
	require.Len(b.t, at, 2, "the lanes have nothing of the colour %s", name)
	return chromedp.MouseClickXY(at[0], at[1])
}

// pixels are what the lanes show.
const pixels = `
	var pixels = () => {
		const canvas = document.querySelector("#canvas"), copy = document.createElement("canvas");
		[copy.width, copy.height] = [canvas.width, canvas.height];
		const pen = copy.getContext("2d", { willReadFrequently: true });
		pen.drawImage(canvas, 0, 0);
		return pen.getImageData(0, 0, canvas.width, canvas.height).data;
	};
`

// picture stands for what the lanes show.
const picture = "document.querySelector('#canvas').toDataURL()"

// touch moves fingers over the lanes, in two steps.
func touch(b *tab, from, to []float64) chromedp.Action[chromedp.Void] {
	b.t.Helper()
	top := eval[float64](b, "document.querySelector('#canvas').getBoundingClientRect().top + 100")
	ids := []float64{1, 2}
	send := func(kind input.DispatchTouchEventType, at float64) chromedp.Action[chromedp.Void] {
		return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			points := []*input.TouchPoint{}
			for n := range from {
				if kind != input.DispatchTouchEventTypeTouchEnd {
					points = append(points, &input.TouchPoint{X: from[n] + at*(to[n]-from[n]), Y: top, ID: &ids[n]})
				}
			}
			_, err := chromedp.Call(ctx, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: points})
			return err
		})
	}
	return chromedp.Steps(send(input.DispatchTouchEventTypeTouchStart, 0), send(input.DispatchTouchEventTypeTouchMove, 0.5),
		send(input.DispatchTouchEventTypeTouchMove, 1), send(input.DispatchTouchEventTypeTouchEnd, 1))
}

// luminance and contrast are those of WCAG 2.
const luminance = `
	var luminance = name => {
		const color = getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
		const [r, g, b] = [1, 3, 5].map(n => parseInt(color.slice(n, n + 2), 16) / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	var contrast = (a, b) => (Math.max(luminance(a), luminance(b)) + 0.05) / (Math.min(luminance(a), luminance(b)) + 0.05);
`
