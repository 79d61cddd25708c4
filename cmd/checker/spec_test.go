package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/model"
)

const specFile = "../../model/SPEC.md"

// TestSpecIsFresh: the document says what the specification says now.
func TestSpecIsFresh(t *testing.T) {
	want, err := document(model.Specification())
	require.NoError(t, err)
	got, err := os.ReadFile(specFile)
	require.NoError(t, err)
	if string(got) != want {
		t.Fatal("model/SPEC.md is not what the specification says: go generate ./cmd/checker writes it anew")
	}
}

// TestSpecLinks: every link of the document leads to a heading of its own, to a file, or to a page; and no two headings have one anchor.
func TestSpecLinks(t *testing.T) {
	data, err := os.ReadFile(specFile)
	require.NoError(t, err)
	text := string(data)
	anchors := headings(t, text)
	labels := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\[([^\]]+)\]: https://`).FindAllStringSubmatch(text, -1) {
		labels[m[1]] = true
	}
	links := regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(text, -1)
	require.NotEmpty(t, links)
	for _, m := range links {
		file, anchor, _ := strings.Cut(m[1], "#")
		within := anchors
		if file != "" {
			other, err := os.ReadFile(filepath.Join("../../model", file))
			require.NoError(t, err, m[1])
			if anchor != "" {
				within = headings(t, string(other))
			}
		}
		if anchor != "" && !within[anchor] {
			t.Errorf("%s leads nowhere", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`\]\[([^\]]+)\]|\[([a-z0-9-]+)\](?:[^(\[:]|$)`).FindAllStringSubmatch(text, -1) {
		if label := m[1] + m[2]; !labels[label] {
			t.Errorf("the page %s has no address", label)
		}
	}
}

// headings are the anchors of a document's headings.
func headings(t *testing.T, text string) map[string]bool {
	t.Helper()
	anchors := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		require.False(t, anchors[slug(m[1])], "two headings %q", m[1])
		anchors[slug(m[1])] = true
	}
	return anchors
}

// TestSpecHasEverything: each rule, conflict, lifecycle, operation and page has its place, and a checked rule says what holds or violates it.
func TestSpecHasEverything(t *testing.T) {
	spec := model.Specification()
	text, err := document(spec)
	require.NoError(t, err)
	section := func(heading string) string {
		_, rest, ok := strings.Cut(text, "\n### "+heading+"\n")
		require.True(t, ok, heading)
		body, _, _ := strings.Cut(rest, "\n## ")
		body, _, _ = strings.Cut(body, "\n### ")
		return body
	}
	for _, r := range spec.Rules {
		s := section(r.ID)
		require.Contains(t, s, r.Says)
		require.Contains(t, s, "**owed by** "+r.Owes.String()+";")
		require.Contains(t, s, r.Excluded)
		if r.Checked() {
			require.Regexp(t, `\*\*(held|violated|open)\*\*`, s, r.ID)
			require.Contains(t, s, "("+"../trace/testdata/rules/"+r.ID+".violating.trace)")
		}
		for _, p := range r.Sources() {
			require.Contains(t, text, "]: "+p.Address()+"\n")
		}
	}
	for _, l := range spec.Lifecycles {
		require.Contains(t, section(l.Name), "stateDiagram-v2")
	}
	for _, p := range model.Points() {
		require.Regexp(t, `(?m)^- (switch|fixed|rules)|Which|In which|How late`, section(pointHeading(p.ID)), p.ID)
	}
	for _, s := range model.Switches {
		require.Contains(t, section(pointHeading(s.Conflict)), "- switch `"+s.Name+"`")
	}
	for _, x := range model.Subjects() {
		require.Contains(t, text, "\n| `"+x.Name+"` | ")
	}
	for _, page := range spec.PagesCited() {
		require.Contains(t, text, "\n| ["+page+"] | ")
	}
	require.Len(t, model.AreaTitles, len(model.Areas))
}
