package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"tamis/plan"
	"tamis/spool"
)

func (a *app) indexCommand() *cobra.Command {
	var name string
	c := oneRecipe("index", "Save what decontaminate makes of its evaluation sets",
		"Reads the evaluation sets of the step decontaminate of a recipe and saves the index that it makes of them,\n"+
			"so that other recipes need one file in place of all sets. Reads no document.\n\n"+
			"  tamis index web.yaml evals.index\n\n"+
			"and in the other recipe:\n\n"+
			"  - decontaminate: {index: evals.index}")
	c.Use, c.Args = "index RECIPE FILE", args(cobra.ExactArgs(2))
	c.RunE = func(c *cobra.Command, given []string) error {
		_, p, err := a.load(given[0], "")
		if err != nil {
			return err
		}
		s, err := indexed(p, name)
		if err != nil {
			return usage(c, err)
		}
		dir, err := spool.OpenDir(spool.OS{}, filepath.Dir(given[1]))
		if err != nil {
			return err
		}
		if err := dir.WriteWhole(filepath.Base(given[1]), s.WriteIndex); err != nil {
			return err
		}
		a.say("%s: the index of %s", given[1], given[0])
		if a.json {
			return a.printJSON(struct {
				Index string `json:"index"`
			}{given[1]})
		}
		return nil
	}
	c.Flags().StringVar(&name, "step", "", "name of the step, where the recipe has several")
	return c
}

// An indexer is a step that can save what it made of its lists.
type indexer interface{ WriteIndex(io.Writer) error }

// indexed finds the step of a plan that has an index.
func indexed(p *plan.Plan, name string) (found indexer, err error) {
	for _, s := range p.Steps {
		if i, ok := s.Local.(indexer); ok && (name == "" || name == s.Name) {
			if found != nil {
				return nil, errors.New("the recipe has several steps with an index: say which by --step NAME")
			}
			found = i
		}
	}
	switch {
	case found != nil:
		return found, nil
	case name != "":
		return nil, fmt.Errorf("the recipe has no step %q with an index", name)
	}
	return nil, errors.New("the recipe has no step decontaminate, whose index could be saved")
}
