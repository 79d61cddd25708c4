// Package html writes what was found in traces as one page for a browser: the calls of each trace as a tree and in lanes by thread and by
// object, who held which object and what was registered from event to event, and the findings, each pinned to its call.
//
// The page is one file that fetches nothing: its Content-Security-Policy forbids it to, and allows no other script or style than its own.
// What a trace tells is in the page as compressed JSON, which the script unpacks and only ever writes as text: no name in a trace becomes
// markup.
//
// The page draws by itself, without a library: charting libraries draw series of numbers, and timeline libraries make an element of every
// item, which ends in the ten thousands; neither has calls nested in lanes that share an axis with counts, at 100,000 events.
package html

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"

	"mapilife/model"
	"mapilife/trace"
)

//go:embed page
var files embed.FS

func file(name string) string {
	text, err := files.ReadFile("page/" + name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(text)
}

// style and script are those of the page. The files of the script are one block of one script, in this order.
var (
	style  = file("page.css")
	script = "\"use strict\";\n{\n" + file("story.js") + file("list.js") + file("rows.js") + file("details.js") + file("lanes.js") + file("page.js") + "}\n"
)

// parts are the beginning of the page, one trace, and the end.
var parts = template.Must(template.New("page").Parse(file("page.html")))

// NewWitness makes what has to see a trace while it is judged for the page to show it.
func NewWitness() trace.Witness { return newStory() }

// A Page is written trace by trace.
type Page struct {
	w     *bufio.Writer
	max   int
	begun bool
	err   error // why it could not be written
}

// New begins a page that shows at most max findings of a trace, unless that is 0.
func New(w io.Writer, max int) *Page { return &Page{w: bufio.NewWriter(w), max: max} }

// Write adds a trace.
func (p *Page) Write(r *trace.Result) error {
	if err := p.begin(); err != nil {
		return err
	}
	data, err := encode(r, p.max)
	if err != nil {
		return err
	}
	return p.part("trace", map[string]any{"Name": r.Trace, "Summary": r.Summary(), "Data": template.HTML(base64.StdEncoding.EncodeToString(data))})
}

// Close ends the page. After an error of Write there is none.
func (p *Page) Close() error {
	if p.err != nil {
		return nil
	}
	if err := p.begin(); err != nil {
		return err
	}
	if err := p.part("end", map[string]any{"Script": template.JS(script)}); err != nil {
		return err
	}
	return p.w.Flush()
}

func (p *Page) begin() error {
	if p.begun {
		return nil
	}
	p.begun = true
	return p.part("begin", map[string]any{
		"Policy": "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; script-src " + hash(script) + "; style-src " + hash(style),
		"Style":  template.CSS(style),
	})
}

func (p *Page) part(name string, data any) error {
	p.err = parts.ExecuteTemplate(p.w, name, data)
	return p.err
}

// hash names a script or style in a policy.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// maxData is how many bytes the compressed story of a trace may have, so that a page of one trace stays below 8 MB.
const maxData = 5_800_000

// Each size is what is told of a trace whose story did not fit in the one before: how many bytes of a text, how many findings.
var sizes = []struct{ text, findings int }{{longText, 20_000}, {100, 5000}, {40, 1000}, {0, 100}}

// encode packs a result and its story.
func encode(r *trace.Result, max int) (data []byte, err error) {
	for _, size := range sizes {
		if max > 0 {
			size.findings = min(size.findings, max)
		}
		text, err := json.Marshal(tell(r, size.text, size.findings))
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(text) // to a buffer, which does not fail
		z.Close()
		if data = b.Bytes(); len(data) <= maxData {
			return data, nil
		}
	}
	return nil, fmt.Errorf("%s: its page would be larger than a browser is to be given: judge a part of the trace", r.Trace)
}

// What the script is given. Lists of numbers have one for each call, or several, as said.
type (
	page struct {
		Trace     string              `json:"trace"`
		Verdict   string              `json:"verdict"`
		Summary   string              `json:"summary"`
		Error     string              `json:"error,omitempty"`
		Events    int32               `json:"events"` // those shown
		Left      int64               `json:"left"`   // those that are not
		Omitted   int                 `json:"omitted"`
		Short     bool                `json:"short"` // texts are cut more than usual
		Texts     []string            `json:"texts"`
		Sides     []string            `json:"sides"`
		Calls     calls               `json:"calls"`
		Marks     [][4]int64          `json:"marks"`   // event, thread, text, line
		Threads   [][2]int64          `json:"threads"` // process and thread id
		Objects   []jsonObject        `json:"objects"`
		Findings  []jsonFinding       `json:"findings"`
		Rules     map[string]jsonRule `json:"rules"`
		Unbounded int32               `json:"unbounded"`
	}
	calls struct {
		Name   []int32 `json:"name"`
		Args   []int32 `json:"args"`
		Result []int32 `json:"result"`
		By     []int32 `json:"by"`
		Thread []int32 `json:"thread"`
		Object []int32 `json:"object"`
		Up     []int32 `json:"up"`      // how many calls before; 0 for none
		Begin  []int32 `json:"begin"`   // events since the call before
		End    []int32 `json:"end"`     // events since the beginning; 0 if it never returns
		Line   []int64 `json:"line"`    // since the call before
		Last   []int64 `json:"endLine"` // since the line of the beginning
	}
	jsonObject struct {
		Name   string  `json:"name"`
		Kind   string  `json:"kind"`
		Reg    bool    `json:"registration,omitempty"`
		Up     int32   `json:"up"`
		Born   int32   `json:"born"`
		End    int32   `json:"end"`
		Births int32   `json:"call"`
		Holds  []int32 `json:"holds,omitempty"` // nine for each change: events since the one before; client, MAPI, provider and all together, at least and at most
	}
	jsonFinding struct {
		Rule     string     `json:"rule"`
		Severity string     `json:"severity"`
		Party    string     `json:"party"`
		Line     int64      `json:"line"`
		At       int32      `json:"at"`   // event
		Call     int32      `json:"call"` // or none
		Object   int32      `json:"object"`
		Of       string     `json:"of"`
		Message  string     `json:"message"`
		Allowed  string     `json:"allowed"`
		History  []jsonPast `json:"history"`
		Implied  []string   `json:"implied,omitempty"`
		Again    []int64    `json:"again,omitempty"`
		More     int64      `json:"more,omitempty"`
		Known    string     `json:"known,omitempty"`
	}
	jsonPast struct {
		Line int64  `json:"line"`
		Text string `json:"text"`
	}
	jsonRule struct {
		Says  string      `json:"says"`
		Level string      `json:"level"`
		Pages [][2]string `json:"pages"` // name and address
	}
)

func tell(r *trace.Result, text, findings int) *page {
	s, _ := r.Witness.(*story)
	if s == nil { // the trace has no header that could be read
		s = newStory().(*story)
	}
	p := &page{
		Trace: r.Trace, Verdict: string(r.Verdict), Summary: r.Summary(), Events: s.events, Left: s.left, Short: text < longText,
		Sides: []string{}, Marks: [][4]int64{}, Threads: [][2]int64{}, Objects: []jsonObject{}, Findings: []jsonFinding{}, Rules: map[string]jsonRule{},
		Unbounded: model.Unbounded,
	}
	if r.Err != nil {
		p.Error = r.Err.Error()
	}
	for _, t := range s.texts {
		p.Texts = append(p.Texts, cut(t, text))
	}
	for _, t := range s.threads {
		p.Threads = append(p.Threads, [2]int64{t.pid, t.tid})
	}
	for _, m := range s.marks {
		p.Marks = append(p.Marks, [4]int64{int64(m.at), int64(m.thread), int64(m.text), m.line})
	}
	p.addCalls(s)
	for n := range s.objects {
		p.addObject(&s.objects[n], text)
	}
	places := s.places(r)
	for n := range r.Findings {
		p.addFinding(s, &r.Findings[n], "", places, findings)
	}
	for n := range r.Known {
		p.addFinding(s, &r.Known[n].Finding, r.Known[n].Reason, places, findings)
	}
	return p
}

func (p *page) addCalls(s *story) {
	c := &p.Calls
	sides := map[model.Side]int32{}
	var begin int32
	var line int64
	for n, x := range s.calls {
		by, ok := sides[x.by]
		if !ok {
			by = int32(len(p.Sides))
			sides[x.by] = by
			p.Sides = append(p.Sides, x.by.String())
		}
		up, end, last := int32(0), int32(0), int64(0)
		if x.up != none {
			up = int32(n) - x.up
		}
		if x.end != none {
			end, last = x.end-x.begin, x.endLine-x.line
		}
		c.Name, c.Args, c.Result = append(c.Name, x.name), append(c.Args, x.args), append(c.Result, x.result)
		c.By, c.Thread, c.Object = append(c.By, by), append(c.Thread, x.thread), append(c.Object, x.object)
		c.Up, c.Begin, c.End = append(c.Up, up), append(c.Begin, x.begin-begin), append(c.End, end)
		c.Line, c.Last = append(c.Line, x.line-line), append(c.Last, last)
		begin, line = x.begin, x.line
	}
}

func (p *page) addObject(o *object, text int) {
	j := jsonObject{Name: cut(o.name, max(text, 40)), Kind: o.kind.String(), Reg: o.kind.Registration(), Up: o.up, Born: o.born, End: o.end, Births: o.births}
	at := int32(0)
	for _, h := range o.holds {
		j.Holds = append(j.Holds, h.at-at)
		at = h.at
		for _, side := range [...][2]int32{h.client, h.mapi, h.provider, h.total} {
			j.Holds = append(j.Holds, side[0], side[1])
		}
	}
	p.Objects = append(p.Objects, j)
}

// A place is where the story has a line.
type place struct{ at, call int32 }

// places finds the lines of the findings. Where a line is told to be of several calls, as in logs that are written when calls have returned,
// the first of them stands for it.
func (s *story) places(r *trace.Result) map[int64][]place {
	list := map[int64][]place{}
	for _, f := range r.Findings {
		list[f.Line] = nil
	}
	for _, k := range r.Known {
		list[k.Line] = nil
	}
	add := func(line int64, p place) {
		if old, asked := list[line]; asked {
			list[line] = append(old, p)
		}
	}
	for n := range s.calls {
		c := &s.calls[n]
		add(c.line, place{c.begin, int32(n)})
		if c.end != none && c.endLine != c.line {
			add(c.endLine, place{c.end, int32(n)})
		}
	}
	for _, m := range s.marks {
		add(m.line, place{m.at, none})
	}
	return list
}

func (p *page) addFinding(s *story, f *model.Finding, known string, places map[int64][]place, most int) {
	if len(p.Findings) == most {
		p.Omitted++
		return
	}
	j := jsonFinding{
		Rule: f.Rule.ID, Severity: f.Severity.String(), Party: f.Party.String(), Line: f.Line, At: none, Call: none, Object: none, Of: f.Object,
		Message: f.Message, Allowed: f.Legal, History: []jsonPast{}, Implied: f.Implied, Again: f.Again, More: f.More, Known: known,
	}
	if list := places[f.Line]; len(list) > 0 {
		at := max(0, slices.IndexFunc(list, func(x place) bool { return x.call != none && s.texts[s.calls[x.call].name] == f.Call }))
		j.At, j.Call = list[at].at, list[at].call
	}
	if n, ok := s.objectOf[f.Serial]; ok {
		j.Object = n
	}
	for _, h := range f.History {
		j.History = append(j.History, jsonPast(h))
	}
	p.Findings = append(p.Findings, j)
	if _, told := p.Rules[f.Rule.ID]; !told {
		var pages [][2]string
		for _, source := range f.Rule.Sources() {
			pages = append(pages, [2]string{source.Page, source.Address()})
		}
		p.Rules[f.Rule.ID] = jsonRule{f.Rule.Says, f.Rule.Level.String(), pages}
	}
}
