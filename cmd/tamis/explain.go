package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tamis/document"
	"tamis/engine"
	"tamis/plan"
)

func (a *app) explainCommand() *cobra.Command {
	var file, id, url, source string
	var allow bool
	c := oneRecipe("explain", "Show every rule of every step for one document",
		"Leads one document through all local steps of a recipe and shows each value with its bounds, also behind\n"+
			"the rule that would remove it. The document is a text of its own, or one that the sources have.\n\n"+
			"  tamis explain web.yaml --text page.txt\n"+
			"  tamis explain web.yaml --id 'urn:uuid:8d1c'")
	c.RunE = func(c *cobra.Command, files []string) error {
		if (file == "") == (id == "") {
			return usage(c, errors.New("say which document, by one of --text FILE, --text - and --id ID"))
		}
		if id != "" && (url != "" || source != "") {
			return usage(c, errors.New("--url and --source are of a --text; a document with an --id has its own"))
		}
		_, p, err := a.load(files[0], "")
		if err != nil {
			return err
		}
		if at := sourceOf(p, source); at < 0 {
			return usage(c, fmt.Errorf("--source: %s has no source %q: it has %s", files[0], source, strings.Join(sourceNames(p), ", ")))
		}
		if err := permit(p, allow); err != nil {
			return usage(c, err)
		}
		defer p.KillPrograms()
		var ex engine.Explanation
		if id != "" {
			ex, err = engine.Find(c.Context(), p, id)
		} else {
			ex, err = a.explainText(p, file, url, source)
		}
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(ex)
		}
		_, err = a.out.Write([]byte(explained(ex)))
		return err
	}
	c.Flags().StringVar(&file, "text", "", "file that holds the text; - is standard input")
	c.Flags().StringVar(&id, "id", "", "id of a document of the sources")
	c.Flags().StringVar(&url, "url", "", "address that the text is said to have")
	c.Flags().StringVar(&source, "source", "", "source that the text is said to have; by default the first")
	allowFlag(c, &allow)
	return c
}

// explainText explains a text of its own.
func (a *app) explainText(p *plan.Plan, file, url, source string) (engine.Explanation, error) {
	text, err := a.read(file)
	if err != nil {
		return engine.Explanation{}, fmt.Errorf("text %s: %w", file, bare(err))
	}
	d := &document.Document{ID: file, URL: url, Source: sourceOf(p, source)}
	d.SetText(string(text))
	return engine.Explain(p, d), nil
}

// sourceOf returns the place of a source, the first where no name is given, and -1 where
// there is none.
func sourceOf(p *plan.Plan, name string) int {
	if name == "" {
		return 0
	}
	return slices.Index(sourceNames(p), name)
}

func sourceNames(p *plan.Plan) (names []string) {
	for _, s := range p.Sources {
		names = append(names, s.Name)
	}
	return names
}

// explained writes an explanation as a table.
func explained(ex engine.Explanation) string {
	var b strings.Builder
	width := 0
	for _, s := range ex.Steps {
		for _, r := range s.Rules {
			width = max(width, len(r.Name))
		}
		for label := range s.Labels {
			width = max(width, len(label))
		}
	}
	for _, s := range ex.Steps {
		fmt.Fprintf(&b, "%s: %s\n", s.Name, s.Verdict)
		for _, r := range s.Rules {
			line := fmt.Sprintf("  %-*s %12s  %-14s %s", width, r.Name, number(r.Value), bounds(r), judged(r))
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
		for _, label := range sortedKeys(s.Labels) {
			fmt.Fprintf(&b, "  %-*s %12s\n", width, label, s.Labels[label])
		}
		for _, e := range s.Edits {
			fmt.Fprintf(&b, "  %s in bytes %d to %d: %s becomes %s\n", e.Rule, e.Start, e.End, replaced(e), quoted(e.New))
		}
		for _, n := range s.Notes {
			fmt.Fprintf(&b, "  %s\n", n)
		}
	}
	if all := globals(ex); len(all) > 0 && ex.Verdict == "keep" {
		fmt.Fprintf(&b, "verdict: keep, as far as one document tells: a run asks %s about all of them together\n", strings.Join(all, ", "))
	} else {
		fmt.Fprintf(&b, "verdict: %s\n", ex.Verdict)
	}
	return b.String()
}

// globals names the steps that decide over all documents together.
func globals(ex engine.Explanation) (names []string) {
	for _, s := range ex.Steps {
		if s.Verdict == "global" {
			names = append(names, s.Name)
		}
	}
	return names
}

// replaced is what an edit took out; what is secret is told by its length alone.
func replaced(e engine.ExplainedEdit) string {
	if e.Old == "" && e.End > e.Start {
		return "what stood in " + plan.Count(e.End-e.Start, "byte")
	}
	return quoted(e.Old)
}

func sortedKeys(m map[string]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func number(v *float64) string {
	if v == nil {
		return "-"
	}
	return digits(*v)
}

// digits writes five digits of a number, and all of a whole one.
func digits(v float64) string {
	if math.Trunc(v) == v && math.Abs(v) < 1e15 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return fmt.Sprintf("%.5g", v)
}

// bounds writes [min, max]; an open end is written as "…".
func bounds(r engine.ExplainedRule) string {
	if r.Min == nil && r.Max == nil {
		return ""
	}
	end := func(v *float64) string {
		if v == nil {
			return "…"
		}
		return fmt.Sprintf("%v", *v)
	}
	return "[" + end(r.Min) + ", " + end(r.Max) + "]"
}

// judged says whether the value lies within the bounds, and how far from the nearer one.
func judged(r engine.ExplainedRule) string {
	switch {
	case r.Value == nil || r.Min == nil && r.Max == nil:
		return ""
	case r.Off:
		return "off"
	case !r.Keeps:
		return "OUT by " + digits(-margin(r))
	case margin(r) < 0:
		return "off" // out of bounds, and yet it keeps
	}
	return "ok, margin " + digits(margin(r))
}

// margin is the distance to the nearer bound; negative outside of them.
func margin(r engine.ExplainedRule) float64 {
	switch {
	case r.Min == nil:
		return *r.Max - *r.Value
	case r.Max == nil:
		return *r.Value - *r.Min
	}
	return min(*r.Value-*r.Min, *r.Max-*r.Value)
}

// quoted writes a piece of text on one line, cut to what fits there.
func quoted(s string) string {
	q := []rune(fmt.Sprintf("%q", s))
	if len(q) > 60 {
		return string(q[:57]) + "…\""
	}
	return string(q)
}
