package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"tamis/plan"
	"tamis/shards"
)

func (a *app) verifyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "verify DIR", Short: "Check the shards of a run against its manifest",
		Long: "Reads every shard of a finished run and compares size, SHA-256 and rows with manifest.json.",
		Args: args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, dirs []string) error {
			manifest, err := shards.ReadManifest(dirs[0])
			if err != nil {
				return err
			}
			problems, err := shards.Verify(dirs[0], nil)
			if err != nil {
				return err
			}
			if a.json {
				err = a.printJSON(struct {
					Shards   int              `json:"shards"`
					Problems []shards.Problem `json:"problems"`
				}{len(manifest.Shards), append([]shards.Problem{}, problems...)})
			}
			for i := 0; i < len(problems) && !a.json; i++ {
				fmt.Fprintln(a.err, problems[i])
			}
			if len(problems) > 0 {
				return fmt.Errorf("%s: not what the manifest says: %s; run the recipe again with --restart", dirs[0], plan.Count(len(problems), "file"))
			}
			if !a.json && !a.quiet {
				fmt.Fprintf(a.out, "%s: %s, as the manifest says\n", dirs[0], plan.Count(len(manifest.Shards), "shard"))
			}
			return err
		},
	}
}
