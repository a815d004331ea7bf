package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"tamis/report"
	"tamis/spool"
)

func (a *app) reportCommand() *cobra.Command {
	return &cobra.Command{
		Use: "report DIR", Short: "Write the report of a finished run again",
		Long: "Writes report.html of a run directory again from its stats.json.",
		Args: args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, dirs []string) error {
			rep, err := readReport(dirs[0])
			if err != nil {
				return err
			}
			dir, err := spool.OpenDir(spool.OS{}, dirs[0])
			if err != nil {
				return err
			}
			if err := dir.WriteWhole(report.PageFile, rep.WriteHTML); err != nil {
				return err
			}
			page := filepath.Join(dirs[0], report.PageFile)
			switch {
			case a.json:
				return a.printJSON(struct {
					Report string `json:"report"`
				}{page})
			case !a.quiet:
				fmt.Fprintln(a.out, page)
			}
			return nil
		},
	}
}
