package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"tamis/recipe"
)

func (a *app) stepsCommand() *cobra.Command {
	var markdown, schema bool
	c := &cobra.Command{
		Use: "steps [NAME]", Short: "Describe the steps, their rules and settings",
		Long: "Lists the steps that a recipe may name, or describes one with all its rules, bounds, settings and defaults.",
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, names []string) error {
			switch {
			case len(names) > 0 && (schema || markdown), schema && markdown:
				return usage(c, errors.New("--schema and --markdown are of all steps: leave the other away"))
			case schema:
				return recipe.Schema(a.out)
			case markdown:
				recipe.Reference(a.out)
			case len(names) == 0 && a.json:
				return a.printJSON(summary())
			case len(names) == 0:
				recipe.Summary(a.out)
			default:
				return a.describe(c, names[0])
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) (names []string, _ cobra.ShellCompDirective) {
			for _, s := range recipe.Steps {
				names = append(names, s.Name)
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
	c.Flags().BoolVar(&markdown, "markdown", false, "the whole reference, as docs/steps.md has it")
	c.Flags().BoolVar(&schema, "schema", false, "the JSON Schema of recipes, for editors")
	return c
}

// summary is the list of steps for programs.
func summary() (all []recipe.NamedDoc) {
	for _, s := range recipe.Steps {
		all = append(all, recipe.NamedDoc{Name: s.Name, Doc: s.Doc})
	}
	return all
}

// describe shows the reference of one step.
func (a *app) describe(c *cobra.Command, name string) error {
	s, err := recipe.Find(name)
	if err != nil {
		return usage(c, err)
	}
	if a.json {
		return a.printJSON(recipe.Described(s))
	}
	var b strings.Builder
	recipe.Describe(&b, s)
	_, err = a.out.Write([]byte(strings.TrimLeft(b.String(), "\n")))
	return err
}
