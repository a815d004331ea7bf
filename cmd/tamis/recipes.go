package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"tamis/configs"
	"tamis/recipe"
)

func (a *app) recipesCommand() *cobra.Command {
	var keys bool
	c := &cobra.Command{
		Use: "recipes [NAME]", Short: "List the recipes that ship with tamis, or print one",
		Long: "Lists the recipes that ship with tamis, or prints one to begin your own with:\n\n" +
			"  tamis recipes fineweb > my.yaml",
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, names []string) error {
			switch {
			case keys && len(names) > 0:
				return usage(c, errors.New("--keys is of all recipes: leave the name or the flag away"))
			case keys:
				recipe.Keys(a.out)
				return nil
			case len(names) == 0 && a.json:
				return a.printJSON(configs.All())
			case len(names) == 0:
				for _, r := range configs.All() {
					fmt.Fprintf(a.out, "%-12s %s\n", r.Name, r.About)
				}
				return nil
			}
			data, err := configs.Read(names[0])
			if err != nil {
				return usage(c, err)
			}
			if a.json {
				return a.printJSON(struct {
					Name   string `json:"name"`
					Recipe string `json:"recipe"`
				}{names[0], string(data)})
			}
			_, err = a.out.Write(data)
			return err
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) (names []string, _ cobra.ShellCompDirective) {
			for _, r := range configs.All() {
				names = append(names, r.Name)
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
	c.Flags().BoolVar(&keys, "keys", false, "the reference of all keys of a recipe, as docs/recipe.md has it")
	return c
}
