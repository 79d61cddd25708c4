package trace

import (
	"github.com/fatih/color"

	"mapilife/model"
)

// A palette colours the parts of a report for a terminal, or leaves them as they are.
type palette struct{ on bool }

func (p palette) paint(text string, how ...color.Attribute) string {
	c := color.New(how...)
	if p.on {
		c.EnableColor()
	} else {
		c.DisableColor()
	}
	return c.Sprint(text)
}

func (p palette) place(text string) string { return p.paint(text, color.Bold) }

func (p palette) label(text string) string { return p.paint(text, color.Faint) }

func (p palette) severity(s model.Severity) string {
	how := map[model.Severity]color.Attribute{model.Error: color.FgRed, model.Warning: color.FgYellow, model.Note: color.FgCyan}
	return p.paint(s.String(), how[s], color.Bold)
}

func (p palette) verdict(v Verdict) string {
	how := map[Verdict]color.Attribute{Conforms: color.FgGreen, Accepted: color.FgGreen, Breaks: color.FgRed, Unjudged: color.FgYellow}
	return p.paint(string(v), how[v], color.Bold)
}
