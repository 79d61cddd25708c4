// Package baseline keeps a list of findings that are known, so that only new ones count.
package baseline

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"mapilife/model"
	"mapilife/trace"
)

// An Entry is a fault that is known. The fingerprint knows it again; what it is made of, and an example, stand beside it for the reader.
type Entry struct {
	Fingerprint string `yaml:"fingerprint"`
	Rule        string `yaml:"rule"`
	Party       string `yaml:"party"`
	Call        string `yaml:"call"`
	Object      string `yaml:"object,omitempty"`
	Birth       string `yaml:"birth,omitempty"`
	Seen        string `yaml:"seen"`              // where, and the message, when the entry was made
	Reason      string `yaml:"reason,omitempty"`  // why it may stay
	Expires     string `yaml:"expires,omitempty"` // the last day on which it may, as 2006-01-02

	line, column int64
	found        bool
}

// A List is a baseline.
type List struct {
	Version int      `yaml:"baseline"`
	Entries []*Entry `yaml:"findings"`

	file   string
	today  string
	byMark map[string]*Entry
}

const version = 1

const head = `# Findings that are known: with 'checker check --baseline' on this file only others fail. 'checker baseline' writes it, and keeps what
# is changed by hand: reason says why a finding may stay, expires is the last day on which it may.
`

// New is an empty baseline for a file of that name, on that day.
func New(file string, now time.Time) *List {
	return &List{Version: version, Entries: []*Entry{}, file: file, today: now.Format(time.DateOnly), byMark: map[string]*Entry{}}
}

var (
	yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:unmarshal errors:\s*)?line (\d+): (.*)`)
	plain    = strings.NewReplacer(" in type baseline.List", "", " in type baseline.Entry", "", "baseline.List", "a baseline", "baseline.Entry", "an entry")
	mark     = regexp.MustCompile(`^[0-9a-f]{32}$`)
)

// Read reads a baseline. The error is a *trace.Error.
func Read(file string, in io.Reader, now time.Time) (*List, error) {
	text, err := io.ReadAll(in)
	if err != nil {
		return nil, &trace.Error{File: file, Text: "reading failed: " + err.Error()}
	}
	l := New(file, now)
	l.Version = 0
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	err = dec.Decode(l)
	switch at := yamlLine.FindStringSubmatch(fmt.Sprint(err)); {
	case errors.Is(err, io.EOF):
		return nil, &trace.Error{File: file, Text: "the baseline is empty: write it with 'checker baseline'"}
	case at != nil:
		line, _ := strconv.ParseInt(at[1], 10, 64)
		return nil, &trace.Error{File: file, Line: line, Column: 1, Text: plain.Replace(at[2])}
	case err != nil:
		return nil, &trace.Error{File: file, Line: 1, Column: 1, Text: strings.TrimPrefix(err.Error(), "yaml: ")}
	case l.Version != version:
		return nil, &trace.Error{File: file, Line: 1, Column: 1, Text: fmt.Sprintf("this is no baseline that is known here: it begins with \"baseline: %d\"", version)}
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, &trace.Error{File: file, Line: 1, Column: 1, Text: err.Error()}
	}
	nodes := value(doc.Content[0], "findings")
	for n, e := range l.Entries {
		at := nodes.Content[n]
		wrong := func(key, text string) error {
			if v := value(at, key); v != nil {
				at = v
			}
			return &trace.Error{File: file, Line: int64(at.Line), Column: int64(at.Column), Text: text}
		}
		if e == nil {
			return nil, wrong("", "this entry is empty: take it out")
		}
		e.line, e.column = int64(at.Line), int64(at.Column)
		switch old := l.byMark[e.Fingerprint]; {
		case !mark.MatchString(e.Fingerprint):
			return nil, wrong("fingerprint", fmt.Sprintf("%q is no fingerprint: it has 32 hexadecimal digits, as 'checker baseline' writes it", e.Fingerprint))
		case old != nil:
			return nil, wrong("fingerprint", fmt.Sprintf("this fingerprint is that of line %d as well: take one of the two out", old.line))
		}
		if e.Expires != "" {
			if _, err := time.Parse(time.DateOnly, e.Expires); err != nil {
				return nil, wrong("expires", fmt.Sprintf("%q is no day: write it as in 2027-01-31", e.Expires))
			}
		}
		l.byMark[e.Fingerprint] = e
	}
	return l, nil
}

// value is that of a key of a mapping, or nil.
func value(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			if v := n.Content[i+1]; v.Kind == yaml.AliasNode {
				return v.Alias
			}
			return n.Content[i+1]
		}
	}
	return nil
}

// Reason says why a finding may stay, if it is known and that has not expired.
func (l *List) Reason(f *model.Finding) (reason string, ok bool) {
	e := l.byMark[trace.Fingerprint(f)]
	if e == nil {
		return "", false
	}
	e.found = true
	return e.Reason, !l.expired(e)
}

func (l *List) expired(e *Entry) bool { return e.Expires != "" && e.Expires < l.today }

// Complaints are about the entries that have expired, and, if every finding has been asked for, about those that no finding has any more.
func (l *List) Complaints(all bool) []*trace.Error {
	var list []*trace.Error
	for _, e := range l.Entries {
		text := ""
		switch {
		case all && !e.found:
			text = "is stale: no finding has this fingerprint any more. Take the entry out, or have 'checker baseline' do it"
		case l.expired(e):
			text = fmt.Sprintf("expired on %s: its findings count again", e.Expires)
		default:
			continue
		}
		list = append(list, &trace.Error{File: l.file, Line: e.line, Column: e.column, Text: fmt.Sprintf("%s at %s %s", e.Rule, e.Call, text)})
	}
	return list
}

// Add takes a finding of a trace in, unless it is in. What stands there already stays as it is.
func (l *List) Add(name string, f *model.Finding, reason, expires string) (added bool) {
	print := trace.Fingerprint(f)
	if e := l.byMark[print]; e != nil {
		e.found = true
		return false
	}
	e := &Entry{
		Fingerprint: print, Rule: f.Rule.ID, Party: f.Party.String(), Call: f.Call, Object: f.Kind, Birth: f.Birth,
		Seen: fmt.Sprintf("%s:%d: %s", name, f.Line, f.Message), Reason: reason, Expires: expires, found: true,
	}
	l.byMark[print] = e
	l.Entries = append(l.Entries, e)
	return true
}

// Prune takes out the entries that no finding has had, and says how many those were.
func (l *List) Prune() int {
	before := len(l.Entries)
	l.Entries = slices.DeleteFunc(l.Entries, func(e *Entry) bool { return !e.found })
	return before - len(l.Entries)
}

// Write writes the baseline, in the order of the rules' names and the fingerprints.
func (l *List) Write(w io.Writer) error {
	slices.SortFunc(l.Entries, func(a, b *Entry) int {
		return cmp.Or(strings.Compare(a.Rule, b.Rule), strings.Compare(a.Fingerprint, b.Fingerprint))
	})
	if _, err := io.WriteString(w, head); err != nil {
		return err
	}
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	return errors.Join(enc.Encode(l), enc.Close())
}
