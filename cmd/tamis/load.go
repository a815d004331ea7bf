package main

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"tamis/plan"
	"tamis/recipe"
)

// load reads a recipe and compiles it; memory, where set, goes before the recipe's.
func (a *app) load(file, memory string) (*recipe.Recipe, *plan.Plan, error) {
	var o recipe.Options
	if memory != "" {
		var size recipe.Size
		if err := size.UnmarshalScalar(memory); err != nil {
			return nil, nil, &usageError{fmt.Errorf("--memory: %w", err), "tamis"}
		}
		if size < recipe.LeastMemory {
			return nil, nil, &usageError{fmt.Errorf("--memory %s is too small to run in: give it %v or more", memory, recipe.Size(recipe.LeastMemory)), "tamis"}
		}
		o.Memory = int64(size)
	}
	data, err := a.read(file)
	if err != nil {
		return nil, nil, &usageError{fmt.Errorf("recipe %s: %w", file, bare(err)), "tamis"}
	}
	r, err := recipe.Parse(file, data)
	if err != nil {
		return nil, nil, err
	}
	p, err := r.Compile(o)
	return r, p, err
}

// read reads a file, or standard input for "-".
func (a *app) read(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(a.in)
	}
	return os.ReadFile(file)
}

// bare is an error of the os package without the path, which the caller has.
func bare(err error) error {
	if p, ok := err.(*fs.PathError); ok {
		return p.Err
	}
	return err
}

// printJSON writes a result for machines.
func (a *app) printJSON(v any) error {
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// oneRecipe is a command that takes a recipe.
func oneRecipe(verb, short, long string) *cobra.Command {
	return &cobra.Command{
		Use: verb + " RECIPE", Short: short, Long: long, Args: args(cobra.ExactArgs(1)),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
		},
	}
}
