package main

import (
	"github.com/spf13/cobra"

	"tamis/plan"
)

func (a *app) planCommand() *cobra.Command {
	var memory string
	c := oneRecipe("plan", "Show what a run would do",
		"Resolves a recipe and shows what a run would read, the stages it would go through, and every setting\n"+
			"with its default. Reads no document.")
	c.RunE = func(_ *cobra.Command, files []string) error {
		_, p, err := a.load(files[0], memory)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(plan.Summarize(p))
		}
		return plan.Print(a.out, p)
	}
	c.Flags().StringVar(&memory, "memory", "", "bytes that the run may hold, e.g. 8GiB; goes before the recipe's")
	return c
}
