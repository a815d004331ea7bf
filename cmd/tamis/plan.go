package main

import (
	"errors"
	"github.com/spf13/cobra"
	"io"

	"tamis/plan"
)

func (a *app) planCommand() *cobra.Command {
	var memory string
	c := oneRecipe("plan", "Show what a run would do",
		"Resolves a recipe and shows what a run would read, the stages it would go through, and every setting\n"+
			"with its default. Reads no document.\n\n"+
			"The exit code is 1 where a step is forecast to hold more than the memory budget leaves if every text\n"+
			"reaches it. Steps before it may remove so much that a run fits all the same: it counts, and is not kept\n"+
			"from beginning.")
	c.RunE = func(_ *cobra.Command, files []string) error {
		_, p, err := a.load(files[0], memory)
		if err != nil {
			return err
		}
		s := plan.Summarize(p)
		if err := a.printed(s, func(w io.Writer) error { return plan.Print(w, p) }); err != nil {
			return err
		}
		return fits(s.Wants)
	}
	c.Flags().StringVar(&memory, "memory", "", "bytes that the run may hold, e.g. 8GiB; goes before the recipe's")
	return c
}

// fits refuses a plan of which a step is forecast not to fit into the budget.
func fits(wants []plan.Want) error {
	var errs []error
	for _, w := range wants {
		if !w.Fits {
			errs = append(errs, errors.New(w.String()))
		}
	}
	return errors.Join(errs...)
}
