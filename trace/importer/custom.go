package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"mapilife/model"
	"mapilife/trace"
)

// A Map says how the lines of some log read. It is YAML:
//
//	observes: [MAPI, IMAPISession]      # every call of these is in the log
//	partial: [IMAPISession]             # MAPI's own AddRef and Release are not
//	complete: true                      # it begins before the first call of MAPI
//	lines:                              # the first whose expression fits a line takes it
//	  - call: '^(?P<tid>\d+) > (?P<name>[\w:]+)(?: on (?P<on>0x\w+))?\((?P<args>.*)\)$'
//	  - return: '^(?P<tid>\d+) < (?P<name>[\w:]+) = (?P<hr>\w+)(?: (?P<out>.*))?$'
//	  - skip: '^#'
//	argument: '(?P<name>\w+)=(?P<value>[^ ,]+)'   # one of args or out
//	names: {MySession: IMAPISession}    # what the log calls interfaces and functions otherwise
//
// What a line is, is one of call, return, leaf (a call that has returned), load, unload, thread-exit, signal, gap, end and skip. Named groups are what
// it says: pid, tid, time (in nanoseconds), id (which pairs a call with its return), name, on, by, module, hr, ref, args, out, and arg_X and out_X
// for the parameter X. Numbers may be decimal, or hexadecimal with "0x". What is no group may be given for the line with "is":
// {name: MAPIInitialize, hr: S_OK}. Without an id a return is that of the innermost open call of its thread, or of the innermost one of
// its name. A line that no expression fits is an error.
type Map struct {
	Observes []string          `yaml:"observes"`
	Partial  []string          `yaml:"partial"`
	Complete bool              `yaml:"complete"`
	Lines    []mapLine         `yaml:"lines"`
	Argument pattern           `yaml:"argument"`
	Names    map[string]string `yaml:"names"`
}

// A mapLine is an expression and what a line is that it fits.
type mapLine struct {
	Call       pattern           `yaml:"call"`
	Return     pattern           `yaml:"return"`
	Leaf       pattern           `yaml:"leaf"`
	Load       pattern           `yaml:"load"`
	Unload     pattern           `yaml:"unload"`
	ThreadExit pattern           `yaml:"thread-exit"`
	Signal     pattern           `yaml:"signal"`
	Gap        pattern           `yaml:"gap"`
	End        pattern           `yaml:"end"`
	Skip       pattern           `yaml:"skip"`
	Is         map[string]string `yaml:"is"`

	kind string
	expr *regexp.Regexp
}

// A pattern is a regular expression.
type pattern struct {
	expr *regexp.Regexp
	line int
}

// UnmarshalYAML compiles the expression.
func (p *pattern) UnmarshalYAML(n *yaml.Node) error {
	var text string
	if err := n.Decode(&text); err != nil {
		return err
	}
	expr, err := regexp.Compile(text)
	if err != nil {
		return &problem{line: int64(n.Line), column: n.Column, text: "this is no regular expression: " + strings.TrimPrefix(err.Error(), "error parsing regexp: ")}
	}
	p.expr, p.line = expr, n.Line
	return nil
}

// groupNames are the names that groups may have.
var groupNames = strings.Fields("pid tid time id name on by module hr ref args out")

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:unmarshal errors:\s*)?line (\d+): (.*)`)

// ReadMap reads a map. The error is a *trace.Error.
func ReadMap(file string, in io.Reader) (*Map, error) {
	var m Map
	dec := yaml.NewDecoder(in)
	dec.KnownFields(true)
	err := dec.Decode(&m)
	if err == nil {
		err = m.compile()
	}
	if err == nil {
		return &m, nil
	}
	e := &trace.Error{File: file, Text: strings.TrimPrefix(err.Error(), "yaml: ")}
	var at *problem
	switch {
	case errors.As(err, &at):
		e.Line, e.Column, e.Text = at.line, int64(at.column), at.text
	case errors.Is(err, io.EOF):
		e.Text = "the map is empty: see 'checker import --help'"
	default:
		if at := yamlLine.FindStringSubmatch(err.Error()); at != nil {
			e.Line, _ = strconv.ParseInt(at[1], 10, 64)
			e.Text = strings.ReplaceAll(at[2], "type importer.", "a ")
		}
	}
	return nil, e
}

// compile finds out what each line is, and refuses what could mean nothing.
func (m *Map) compile() error {
	if len(m.Lines) == 0 {
		return &problem{text: "the map has no lines: each says what a line of the log is, as in {call: EXPRESSION}"}
	}
	for n := range m.Lines {
		l := &m.Lines[n]
		at := 0
		for _, x := range []struct {
			kind string
			p    pattern
		}{
			{"call", l.Call}, {"return", l.Return}, {"leaf", l.Leaf}, {"load", l.Load}, {"unload", l.Unload}, {"thread-exit", l.ThreadExit},
			{"signal", l.Signal}, {"gap", l.Gap}, {"end", l.End}, {"skip", l.Skip},
		} {
			if x.p.expr == nil {
				continue
			}
			if l.expr != nil {
				return &problem{line: int64(x.p.line), text: fmt.Sprintf("a line is one thing: %s, or %s", l.kind, x.kind)}
			}
			l.kind, l.expr, at = x.kind, x.p.expr, x.p.line
		}
		if l.expr == nil {
			return &problem{text: fmt.Sprintf("number %d of the lines does not say what it is: write call, return, leaf, load, unload, thread-exit, signal, gap, end or skip with an expression", n+1)}
		}
		names := slices.DeleteFunc(slices.Clone(l.expr.SubexpNames()), func(s string) bool { return s == "" })
		for name := range l.Is {
			names = append(names, name)
		}
		for _, name := range names {
			param := strings.HasPrefix(name, "arg_") || strings.HasPrefix(name, "out_")
			if !param && !slices.Contains(groupNames, name) {
				return &problem{line: int64(at), text: fmt.Sprintf("%q is no name of a group: there are %s, arg_X and out_X", name, strings.Join(groupNames, ", "))}
			}
		}
		if (l.kind == "call" || l.kind == "leaf") && !slices.Contains(names, "name") {
			return &problem{line: int64(at), text: "which call this is, is missing: a group \"name\", or is: {name: …}"}
		}
		if (l.kind == "load" || l.kind == "unload") && !slices.Contains(names, "module") {
			return &problem{line: int64(at), text: "which DLL this is, is missing: a group \"module\""}
		}
	}
	if e := m.Argument.expr; e != nil && (e.SubexpIndex("name") < 0 || e.SubexpIndex("value") < 0) {
		return &problem{line: int64(m.Argument.line), text: "an argument has the groups \"name\" and \"value\""}
	}
	return nil
}

// Kind is the kind of log that the map reads.
func (m *Map) Kind() Kind {
	return Kind{
		Name: "map", Says: "a log that the map reads", Observes: m.Observes, Partial: m.Partial,
		Limits: "Read by a map.",
		start:  func() parser { return &mapped{m: m, ids: map[[2]int64]*call{}, names: map[string]int64{}} },
	}
}

type mapped struct {
	m     *Map
	ids   map[[2]int64]*call // open calls, by process and id
	names map[string]int64   // of threads and processes that have no numbers
}

func (l *mapped) line(b *builder, line []byte) error {
	if len(bytes.TrimSpace(line)) == 0 {
		return nil
	}
	for n := range l.m.Lines {
		x := &l.m.Lines[n]
		if m := x.expr.FindSubmatchIndex(line); m != nil {
			b.recognised = b.recognised || x.kind != "skip"
			return l.take(b, x, found{x, line, m})
		}
	}
	return wrong(1, "no expression of the map fits this line: add one, or {skip: EXPRESSION}")
}

// found is a line that an expression fits.
type found struct {
	x    *mapLine
	line []byte
	m    []int
}

// get is what a group says, and its column.
func (f found) get(name string) (s string, column int, ok bool) {
	if n := f.x.expr.SubexpIndex(name); n >= 0 && f.m[2*n] >= 0 {
		return string(f.line[f.m[2*n]:f.m[2*n+1]]), f.m[2*n] + 1, true
	}
	s, ok = f.x.Is[name]
	return s, 1, ok
}

// number is a thread or a process: its number, or one that stands for what the log calls it.
func (l *mapped) number(f found, name string) int64 {
	s, _, ok := f.get(name)
	if !ok || s == "" {
		return 0
	}
	if n, _, err := f.integer(name); err == nil && n >= 0 && n < firstName {
		return n
	}
	if l.names[s] == 0 {
		l.names[s] = firstName + int64(len(l.names))
	}
	return l.names[s]
}

// firstName is beyond the numbers that systems give to threads and processes.
const firstName = 1 << 48

func (f found) integer(name string) (n int64, ok bool, err error) {
	s, column, ok := f.get(name)
	if !ok || s == "" {
		return 0, false, nil
	}
	if n, err = strconv.ParseInt(s, 0, 64); err != nil || strings.HasPrefix(s, "0") && len(s) > 1 && s[1] != 'x' && s[1] != 'X' {
		if n, err = strconv.ParseInt(s, 10, 64); err != nil {
			return 0, false, wrong(column, "%s is %q, and a number of 64 bits is wanted", name, s)
		}
	}
	return n, true, nil
}

func (f found) text(name string, to *trace.Text) {
	if s, _, ok := f.get(name); ok && s != "" {
		*to = text(s)
	}
}

// named is the name of the call, as the reference pages have it.
func (l *mapped) named(f found) string {
	name, _, _ := f.get("name")
	if other, ok := l.m.Names[name]; ok {
		return other
	}
	if class, method, ok := strings.Cut(name, "::"); ok {
		if other, ok := l.m.Names[class]; ok {
			return other + "::" + method
		}
	}
	return name
}

func (l *mapped) take(b *builder, x *mapLine, f found) error {
	if x.kind == "skip" {
		return nil
	}
	t := thread{l.number(f, "pid"), l.number(f, "tid")}
	before := len(b.records)
	var err error
	switch x.kind {
	case "call":
		_, err = l.begins(b, f, t)
	case "return":
		err = l.ends(b, f, t)
	case "leaf":
		var c *call
		if c, err = l.begins(b, f, t); err == nil {
			err = l.outcome(f, b.end(t, c))
		}
	default:
		r := b.event(t, x.kind)
		f.text("module", &r.Module)
		switch x.kind {
		case "gap":
			clear(b.open)
			clear(l.ids)
			b.torn = true
			r.Lost = trace.Value{Kind: trace.Null}
		case "signal":
			f.text("name", &r.Signal)
		case "end":
			r.TID, r.Reason = trace.Integer{}, text("exit")
		}
	}
	if err != nil {
		return err
	}
	if n, ok, err := f.integer("time"); err != nil {
		return err
	} else if ok {
		for _, r := range b.records[before:] {
			r.Time = integer(n)
		}
	}
	return nil
}

func (l *mapped) begins(b *builder, f found, t thread) (*call, error) {
	c := b.begin(t, l.named(f), l.members(f, "args", "arg_"))
	f.text("on", &c.record.On)
	f.text("by", &c.record.By)
	f.text("module", &c.record.Module)
	id, ok, err := f.integer("id")
	if ok && f.x.kind == "call" {
		l.ids[[2]int64{t.pid, id}] = c
	}
	return c, err
}

func (l *mapped) ends(b *builder, f found, t thread) error {
	id, hasID, err := f.integer("id")
	if err != nil {
		return err
	}
	var c *call
	if key := [2]int64{t.pid, id}; hasID {
		c = l.ids[key]
		delete(l.ids, key)
		if c != nil && !slices.Contains(b.open[t], c) {
			c = nil
		}
	} else {
		c = b.innermost(t, l.named(f))
	}
	if c == nil {
		_, column, _ := f.get("name")
		return wrong(max(column, 1), "a call returns that has not been made on this thread")
	}
	return l.outcome(f, b.end(t, c))
}

// outcome is what a call has come to.
func (l *mapped) outcome(f found, r *trace.Record) error {
	if s, column, ok := f.get("hr"); ok && s != "" {
		if h, named := model.ResultByName(s); named {
			result(r, uint32(h))
		} else if n, err := strconv.ParseInt(s, 0, 64); err == nil && n >= -1<<31 && n < 1<<32 {
			result(r, uint32(n))
		} else {
			return wrong(column, "%q is no result: a name such as S_OK, or a number of 32 bits, hexadecimal with \"0x\"", s)
		}
	}
	n, ok, err := f.integer("ref")
	if err != nil {
		return err
	}
	if ok {
		r.Ref = integer(n)
	}
	r.Args = l.members(f, "out", "out_")
	r.HasArgs = r.Args != nil
	return nil
}

// members are the arguments or out parameters.
func (l *mapped) members(f found, list, prefix string) []trace.Member {
	var all []trace.Member
	add := func(name, v string) {
		if !slices.ContainsFunc(all, func(m trace.Member) bool { return string(m.Name) == name }) {
			all = append(all, member(name, plain(v)))
		}
	}
	for n, name := range f.x.expr.SubexpNames() {
		if param, ok := strings.CutPrefix(name, prefix); ok && f.m[2*n] >= 0 {
			add(param, string(f.line[f.m[2*n]:f.m[2*n+1]]))
		}
	}
	for name, v := range f.x.Is {
		if param, ok := strings.CutPrefix(name, prefix); ok {
			add(param, v)
		}
	}
	if s, _, ok := f.get(list); ok && l.m.Argument.expr != nil {
		e := l.m.Argument.expr
		for _, m := range e.FindAllStringSubmatch(s, -1) {
			add(m[e.SubexpIndex("name")], m[e.SubexpIndex("value")])
		}
	}
	slices.SortStableFunc(all, func(a, b trace.Member) int { return bytes.Compare(a.Name, b.Name) })
	return all
}

var wholeNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)

// plain is a value as it was written: null, true, false, a number, or a text.
func plain(s string) trace.Value {
	switch strings.ToLower(s) {
	case "null", "nullptr", "(nil)":
		return trace.Value{Kind: trace.Null}
	case "true":
		return trace.Value{Kind: trace.True}
	case "false":
		return trace.Value{Kind: trace.False}
	}
	if wholeNumber.MatchString(s) {
		return value(trace.Number, s)
	}
	return value(trace.String, s)
}

func (l *mapped) end(b *builder) ([]string, error) {
	b.late = !l.m.Complete
	return l.m.Observes, nil
}
