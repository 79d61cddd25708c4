package main

import (
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mapilife/fsm"
	"mapilife/model"
)

//go:generate go run . spec --output ../../model/SPEC.md

func specCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "spec",
		Short: "Write the specification as a document",
		Long: `Write the specification as a document in Markdown: the lifecycles with their drawings, every rule with its pages and what keeps and breaks it,
how conflicts between pages are read, and which rules each operation and each page has. This is model/SPEC.md, for which its links are made.`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := document(model.Specification())
			if err != nil {
				return err
			}
			if output == "" || output == "-" {
				_, err := io.WriteString(cmd.OutOrStdout(), text)
				return err
			}
			return replace(output, func(w io.Writer) error {
				_, err := io.WriteString(w, text)
				return err
			})
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to this file instead of the standard output")
	return cmd
}

// A book is the document that is being written.
type book struct {
	strings.Builder
	spec  *model.Spec
	cited map[string]string // addresses of pages, by the label that links to them have
}

// document writes the specification for readers.
func document(spec *model.Spec) (string, error) {
	b := &book{spec: spec, cited: map[string]string{}}
	b.preface()
	if err := b.lifecycles(); err != nil {
		return "", err
	}
	b.rules()
	b.conflicts()
	b.operations()
	b.pages()
	b.addresses()
	return b.String(), nil
}

func (b *book) say(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }

func (b *book) preface() {
	status := map[string]int{}
	for _, r := range b.spec.Rules {
		status[r.Status()]++
	}
	b.say(`# The MAPI lifecycle, rule by rule

<!-- Made by go generate ./cmd/checker of the value that traces are judged by. Changes belong there. -->

%d rules of the documentation: %d are checked and %d are excluded, each of these with the reason.
What is called a checked rule here is a rule that `+"`checker check`"+` judges traces by.

## Contents

- [How to read this](#how-to-read-this)
- [Lifecycles](#lifecycles): %s
- Rules:`, len(b.spec.Rules), status["checked"], status["excluded"], b.links(lifecycles()))
	for _, area := range model.Areas {
		b.say("  - [%s, %s](#%s): %s", area, model.AreaTitles[area], slug(areaHeading(area)), b.links(inArea(b.spec, area)))
	}
	b.say("- [Conflicts between the pages](#conflicts-between-the-pages)")
	var groups []string
	for _, g := range operationGroups() {
		groups = append(groups, g.heading())
	}
	b.say("- [Which rules an operation has](#which-rules-an-operation-has): %s", b.links(groups))
	b.say("- [Which rules a page has](#which-rules-a-page-has)")
	b.say(`
## How to read this

A **lifecycle** is what can become of one kind of object. Its drawing has the calls that are legal, under the lenient profile, which accepts every
reading that some page supports; below it stand the calls that break a rule. *X enters* is the beginning of a call of X, *X returns* its
return, *X succeeds* and *X fails* a return without and with an error. What a condition calls *it* is the object that the rule or lifecycle is
about; {it}, {call} and the like are filled in from the trace. A **mark** is a fact about an object that an event sets and another may clear.

A **rule** is one demand of the documentation: who owes it, how strongly (a *must* that is broken is an error, a *should* a warning, a *may* a
note), and on which page it stands. A trace gives each checked rule one verdict:

- **held**: what the entry calls *held* came up at least once, and nothing that it calls *violated* did. A call that meets a condition of
  the entry and is not violated holds the rule.
- **violated**: what the entry calls *violated* happened at least once.
- **open**: a duty of the entry was owed when the recording stopped before it was due.
- **not observable**: the recording does not observe the interfaces that the entry names, or does not show what its conditions ask: where an
  object comes from, what happened before a late start or in a gap, an argument.
- **not exercised**: nothing of the kind came up, or the profile takes the conflict in another way.

` + "`checker check --explain-verdicts`" + ` says for one trace why each rule has its verdict. A rule that is *excluded* has no verdict.
Where an entry says (under SWITCH=READING), this holds under that reading of a conflict only: see
[Conflicts between the pages](#conflicts-between-the-pages). Each checked rule links to two traces, the smallest that breaks it and
its nearest twin that keeps it.
`)
}

// links are links to headings.
func (b *book) links(headings []string) string {
	var list []string
	for _, h := range headings {
		list = append(list, fmt.Sprintf("[%s](#%s)", h, slug(h)))
	}
	return strings.Join(list, ", ")
}

// slug is what a renderer of Markdown makes of a heading, to link to it.
func slug(heading string) string {
	return strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

var dropped = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

func inArea(spec *model.Spec, area string) []string {
	var list []string
	for _, r := range spec.Rules {
		if strings.HasPrefix(r.ID, area+"-") {
			list = append(list, r.ID)
		}
	}
	return list
}

func areaHeading(area string) string { return area + ": " + model.AreaTitles[area] }

func (b *book) lifecycles() error {
	b.say("## Lifecycles\n")
	lenient := b.spec.Resolve(model.Lenient())
	for n, l := range b.spec.Lifecycles {
		drawing, err := fsm.Draw(lenient.Lifecycles[n], fsm.Mermaid)
		if err != nil {
			return err
		}
		b.say("### %s\n\n%s\n\n```mermaid\n%s\n```\n", l.Name, l.Says, strings.TrimSpace(drawing))
		b.say("| state | |\n|---|---|")
		for _, s := range l.States {
			b.say("| %s | %s |", s.Name, cell(s.Says))
		}
		b.say("")
		b.facts(l)
		first := true
		for i := range l.Rows {
			r := &l.Rows[i]
			if r.IsLegal() {
				continue
			}
			if first {
				b.say("| in | this breaks a rule | rule |\n|---|---|---|")
			}
			first = false
			b.say("| %s | %s%s%s | %s |", strings.Join(r.Sources(), ", "), cell(r.On.Name), condition(", if ", r.If), under(r.Under), b.links(strings.Fields(r.Breaks)))
		}
		if !first {
			b.say("")
		}
	}
	return nil
}

// facts are what is remembered of an object besides its state.
func (b *book) facts(l *model.Lifecycle) {
	some := false
	fact := func(format string, args ...any) {
		some = true
		b.say(format, args...)
	}
	for _, c := range l.Counters {
		fact("- count %q: %s", c.Name, c.Says)
	}
	for _, m := range l.Marks {
		text := fmt.Sprintf("set when %s", m.Set.Name)
		if m.Clear.Name != "" {
			text += fmt.Sprintf(", cleared when %s", m.Clear.Name)
		}
		fact("- mark %q: %s; %s", m.Name, m.Says, text)
	}
	for _, v := range l.Values {
		fact("- value %q: %s; taken when %s", v.Name, v.Says, v.Set.Name)
	}
	if some {
		b.say("")
	}
}

// cell fits a text into a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// condition says a condition that is asked; nothing where there is none.
func condition(word string, c model.Cond) string {
	if text := c.String(); text != "always" {
		return word + cell(text)
	}
	return ""
}

func under(r model.Reading) string {
	if r == (model.Reading{}) {
		return ""
	}
	return fmt.Sprintf(" (under %s=%s)", r.Switch, r.Value)
}

func (b *book) rules() {
	for _, area := range model.Areas {
		b.say("## %s\n", areaHeading(area))
		for _, r := range b.spec.Rules {
			if strings.HasPrefix(r.ID, area+"-") {
				b.rule(r)
			}
		}
	}
}

func (b *book) rule(r *model.Rule) {
	b.say("### %s\n\n%s\n", r.ID, r.Says)
	b.say("- **owed by** %s; **strength** %s; **status** %s", r.Owes, r.Level, r.Status())
	if why := r.Excluded; why != "" {
		b.say("- **reason** %s", why)
	}
	var pages []string
	for _, s := range r.Sources() {
		name := s.Page
		if s.Section != "(body)" {
			name += ", " + s.Section
		}
		pages = append(pages, b.cite(name, s))
	}
	b.say("- **page** %s", strings.Join(pages, "; "))
	var points []string
	for _, id := range strings.Fields(r.About) {
		points = append(points, fmt.Sprintf("[%s](#%s)", id, slug(pointHeading(id))))
	}
	if points != nil {
		b.say("- **conflicts** %s", strings.Join(points, ", "))
	}
	if !r.Checked() {
		b.say("")
		return
	}
	if r.Needs != "" {
		b.say("- **observes** a recording has to observe %s, or the rule is *not observable*", r.Observing())
	}
	b.verdicts(r)
	b.say("- **traces** [breaks it](../trace/testdata/rules/%s.violating.trace), [keeps it](../trace/testdata/rules/%[1]s.conforming.trace)\n", r.ID)
}

// verdicts says what holds a rule, what violates it, and what is owed.
func (b *book) verdicts(r *model.Rule) {
	for _, l := range b.spec.Lifecycles {
		for i := range l.Rows {
			row := &l.Rows[i]
			when := fmt.Sprintf("when *%s*, in %s of [%s](#%s)%s%s", row.On.Name, strings.Join(row.Sources(), ", "), l.Name, slug(l.Name), condition(", if ", row.If), under(row.Under))
			switch {
			case slices.Contains(strings.Fields(row.Holds), r.ID):
				b.say("- **held** %s", when)
			case slices.Contains(strings.Fields(row.Breaks), r.ID):
				b.say("- **violated** %s: %s%s", when, row.Wrong, softly(row.Soft))
			}
		}
	}
	for _, g := range r.Guards {
		if g.Holds.String() == "always" {
			b.say("- **held** when *%s*%s%s%s", g.When.Name, whose(g.Of, g.Type), condition(", if ", g.If), under(g.Under))
			continue
		}
		b.say("- when *%s*%s%s%s: **held** if %s, otherwise **violated**: %s%s", g.When.Name, whose(g.Of, g.Type), condition(", if ", g.If), under(g.Under),
			g.Holds, g.Wrong, softly(g.Soft))
	}
	for _, d := range r.Duties {
		paid := ""
		if d.Paid.Name != "" {
			paid = fmt.Sprintf(", **held** when *%s*", d.Paid.Name)
		}
		b.say("- **open**%s%s while %s%s%s; **violated** if that is left at one of these moments: %s", whose(d.Of, d.Type), condition(", if ", d.If), d.Owed, under(d.Under), paid, d.Wrong)
		for _, at := range d.Due {
			proof := ""
			if at.Proven {
				proof = fmt.Sprintf(", once *%s* has shown it", d.Proof.Name)
			}
			b.say("  - *%s*%s%s%s", at.At.Name, condition(", if ", at.If), proof, softly(at.Soft))
		}
	}
}

// whose names the object that a guard or a duty is about.
func whose(k model.Kind, t model.ProviderType) string {
	switch k {
	case model.NoKind, model.ProcessObject, model.CalledObject:
		return ""
	}
	name := k.Noun()
	if t != model.NoType {
		name += " (" + t.String() + ")"
	}
	return " for each " + name
}

func softly(r model.Reading) string {
	if r == (model.Reading{}) {
		return ""
	}
	return fmt.Sprintf(" (a warning under %s=%s)", r.Switch, r.Value)
}

func (b *book) conflicts() {
	b.say("## Conflicts between the pages\n\nThe pages contradict each other, or are silent. What they say, and why they are read as here, is in [RATIONALE.md](RATIONALE.md).\n")
	for _, p := range model.Points() {
		b.say("### %s\n", pointHeading(p.ID))
		text, _ := model.Rationale(p.ID)
		if title, _, long := strings.Cut(text, "\n"); long {
			b.say("[%s](RATIONALE.md#%s).\n", p.Title, slug(title))
		} else {
			b.say("%s\n", b.named(p.Title))
		}
		for _, s := range model.Switches {
			if s.Conflict == p.ID {
				b.say("- switch `%s`, %s: `%s`; lenient reads `%s`, strict `%s`", s.Name, s.Says, strings.Join(s.Readings, "`, `"), s.Lenient, s.Strict)
			}
		}
		if p.Fixed != "" {
			b.say("- fixed: %s", indented(b.named(p.Fixed)))
		}
		var rules []string
		for _, r := range b.spec.Rules {
			if slices.Contains(strings.Fields(r.About), p.ID) {
				rules = append(rules, r.ID)
			}
		}
		if rules != nil {
			b.say("- rules: %s", b.links(rules))
		}
		b.say("")
	}
}

// pointHeading is the heading of an entry of RATIONALE.md, which is another one than that of the rule it may be about.
func pointHeading(id string) string {
	if strings.HasPrefix(id, "CG-") {
		return id
	}
	return "On " + id
}

// cite links to a section of a page.
func (b *book) cite(text string, s model.Source) string {
	label := strings.TrimPrefix(s.Address(), model.Reference)
	b.cited[label] = s.Address()
	if text == label {
		return "[" + text + "]"
	}
	return "[" + text + "][" + label + "]"
}

// named has the pages that a text names in brackets linked to.
func (b *book) named(text string) string {
	for _, m := range regexp.MustCompile(`\[([a-z0-9-]+)\]`).FindAllStringSubmatch(text, -1) {
		b.cite(m[1], model.Source{Page: m[1]})
	}
	return text
}

// addresses are what the links to pages lead to.
func (b *book) addresses() {
	b.say("")
	for _, label := range slices.Sorted(maps.Keys(b.cited)) {
		b.say("[%s]: %s", label, b.cited[label])
	}
}

// indented keeps the paragraphs of a text in one item of a list.
func indented(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if out.Len() > 0 && line != "\n" {
			out.WriteString("  ")
		}
		out.WriteString(line)
	}
	return out.String()
}

// An operationGroup is the operations of one interface, or all functions.
type operationGroup struct {
	name string
	list []model.Subject
}

func (g operationGroup) heading() string {
	if g.name == functions || g.name == events {
		return g.name
	}
	return g.name + " methods"
}

// The groups that are no interfaces.
const (
	functions = "Functions"
	events    = "Events"
)

func operationGroups() []operationGroup {
	groups := []operationGroup{{name: functions}}
	for _, x := range model.Subjects() {
		iface, _, isMethod := strings.Cut(x.Name, "::")
		at := 0
		if isMethod {
			if at = slices.IndexFunc(groups, func(g operationGroup) bool { return g.name == iface }); at < 0 {
				groups, at = append(groups, operationGroup{name: iface}), len(groups)
			}
		}
		groups[at].list = append(groups[at].list, x)
	}
	return append(groups, operationGroup{events, model.Instants()})
}

func (b *book) operations() {
	b.say(`## Which rules an operation has

A rule is listed with an operation if a call of it keeps or breaks the rule, if what the rule demands is due by it or paid by it, if the rule asks
whether it runs, or if its page demands the rule. What holds for every method of an interface stands at ` + "`*`" + ` and is not repeated. A method that is
not here is such a method. ` + "`checker explain IMSLogon::Logoff`" + ` says it for one operation, with the sentences.
`)
	index := b.spec.Index()
	for _, g := range operationGroups() {
		b.say("### %s\n", g.heading())
		switch g.name {
		case "subobject":
			b.say("Whatever was opened, of whichever interface: IAddrBook, IMAPIFolder, IMessage, IAttach, IMAPITable, IMAPIStatus, IProfSect and so on.\n")
		case events:
			b.say("Lines of a trace that are no calls: see [FORMAT.md](../trace/FORMAT.md).\n")
		}
		every := map[string]model.Use{}
		for _, x := range g.list {
			if x.Any {
				for _, a := range index.Applying(x) {
					every[a.Rule.ID] = a.Use
				}
			}
		}
		b.say("| operation | judged by it | due by it, paid or proved by it | depends on it | on its page |\n|---|---|---|---|---|")
		for _, x := range g.list {
			columns := map[model.Use][]string{}
			for _, a := range index.Applying(x) {
				for _, u := range [...]model.Use{model.JudgedAt, model.DueBy | model.PaidBy, model.DependsOn, model.OnPage} {
					if a.Use&u != 0 && (x.Any || every[a.Rule.ID]&u == 0) {
						columns[u] = append(columns[u], a.Rule.ID)
					}
				}
			}
			b.say("| `%s` | %s | %s | %s | %s |", x.Name, b.links(columns[model.JudgedAt]), b.links(columns[model.DueBy|model.PaidBy]),
				b.links(columns[model.DependsOn]), b.links(columns[model.OnPage]))
		}
		b.say("")
	}
}

func (b *book) pages() {
	b.say("## Which rules a page has\n\n| page | rules |\n|---|---|")
	for _, page := range b.spec.PagesCited() {
		var rules []string
		for _, r := range b.spec.On(page) {
			rules = append(rules, r.ID)
		}
		b.say("| %s | %s |", b.cite(page, model.Source{Page: page}), b.links(rules))
	}
}
