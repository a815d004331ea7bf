package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tamis/document"
	"tamis/engine"
	"tamis/plan"
	"tamis/recipe"
)

func (a *app) checkCommand() *cobra.Command {
	c := oneRecipe("check", "Validate a recipe, its inputs and models, and run its tests",
		"Finds every problem of a recipe at once, each with file:line:column, lists its inputs, reads its lists and\n"+
			"models, and runs the recipe's own tests. Reads no document.")
	c.RunE = func(_ *cobra.Command, files []string) error {
		r, p, err := a.load(files[0], "")
		if err != nil {
			return err
		}
		failed := 0
		for i := range r.Tests {
			if err := a.test(p, &r.Tests[i]); err != nil {
				a.failedTest(r.Place(&r.Tests[i]), err)
				failed++
			}
		}
		if failed > 0 {
			return fmt.Errorf("%s: %d of %d tests failed", files[0], failed, len(r.Tests))
		}
		s := plan.Summarize(p)
		if a.json {
			return a.printJSON(s)
		}
		if !a.quiet {
			fmt.Fprintf(a.out, "%s: ok: %s, %s, %s; %s; %s passed\n", files[0], plan.Count(len(s.Sources), "source"),
				plan.Count(s.Files, "file"), plan.Bytes(s.Bytes), plan.Count(len(p.Steps), "step"), plan.Count(len(r.Tests), "test"))
		}
		if programs := p.Programs(); !a.quiet && len(programs) > 0 {
			fmt.Fprintln(a.out, "programs, which only `tamis run --allow-exec` runs, and no test:")
			for _, x := range programs {
				fmt.Fprintf(a.out, "  %s: %s\n", x.Step, strings.Join(x.Command, " "))
			}
		}
		return nil
	}
	return c
}

// failedTest says where a test stands that has failed, and why.
func (a *app) failedTest(place string, err error) {
	if a.json {
		a.event(map[string]any{"event": "failed test", "place": place, "error": err.Error()})
		return
	}
	fmt.Fprintln(a.err, place+": "+err.Error())
}

// test holds one test of a recipe against what the steps say.
func (a *app) test(p *plan.Plan, t *recipe.Test) error {
	d := &document.Document{ID: t.Name, URL: t.URL}
	d.SetText(t.Text)
	step, rules := removedBy(engine.Explain(p, d))
	return t.Check(step, rules)
}

// removedBy returns the first step that removes a document, and its rules that the
// document breaks; "" where it stays.
func removedBy(ex engine.Explanation) (step string, rules []string) {
	for _, s := range ex.Steps {
		if s.Verdict != "remove" {
			continue
		}
		for _, r := range s.Rules {
			if !r.Keeps {
				rules = append(rules, r.Name)
			}
		}
		return s.Name, rules
	}
	return "", nil
}
