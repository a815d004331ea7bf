package main

import (
	"errors"

	"github.com/spf13/cobra"

	"tamis/report"
	"tamis/shards"
)

var errDiffer = errors.New("the runs differ")

func (a *app) diffCommand() *cobra.Command {
	var exit bool
	c := &cobra.Command{
		Use: "diff DIR DIR", Short: "Show two finished runs side by side",
		Long: "Shows what is not the same in two finished runs: settings, lists and models, what was read and kept of each\n" +
			"source, what each step and rule removed, and the shards. Times are not compared.\n\n" +
			"The exit code is 0 whether they differ or not; with --exit-code it is 1 where they differ.",
		Args: args(cobra.ExactArgs(2)),
		RunE: func(_ *cobra.Command, dirs []string) error {
			var reps [2]*report.Report
			var lists [2][]shards.Shard
			for i, dir := range dirs {
				rep, err := readReport(dir)
				if err != nil {
					return err
				}
				m, err := shards.ReadManifest(dir)
				if err != nil {
					return err
				}
				reps[i], lists[i] = rep, m.Shards
			}
			d := report.Compare(reps[0], reps[1], lists[0], lists[1])
			if err := a.printed(d, d.Print); err != nil {
				return err
			}
			if exit && !d.Same {
				return errDiffer
			}
			return nil
		},
	}
	c.Flags().BoolVar(&exit, "exit-code", false, "exit with 1 where the runs differ")
	return c
}
