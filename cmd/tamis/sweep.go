package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tamis/report"
)

func (a *app) sweepCommand() *cobra.Command {
	var least, most string
	var steps int
	c := &cobra.Command{
		Use: "sweep DIR STEP.RULE", Short: "Say what another bound would keep, without a run",
		Long: "Says how many documents of a finished run another bound of one rule would keep, from the histograms in its\n" +
			"stats.json. The numbers are exact where the bounds lie on edges of the histogram, else limits. What is not\n" +
			"given stays as it was in the run; `none` opens a bound. With --steps, FROM..TO is walked in so many steps,\n" +
			"two ranges side by side.\n\n" +
			"Documents that earlier steps or rules removed are outside of what can be known, and so is what a global step\n" +
			"behind the rule, such as minhash, would decide: numbers then stop before that step.",
		Example: "  tamis sweep out/web gopher_quality.words --min 80\n" +
			"  tamis sweep out/web gopher_quality.words --min 50..200 --steps 10",
		Args: args(cobra.ExactArgs(2)),
	}
	c.RunE = func(c *cobra.Command, given []string) error {
		if least == "" && most == "" {
			return usage(c, fmt.Errorf("there is no bound to try: give --min, --max or both"))
		}
		rep, err := readReport(given[0])
		if err != nil {
			return err
		}
		old, err := rep.Bounds(given[1])
		if err != nil {
			return err
		}
		list, err := tried(old, least, most, steps)
		if err != nil {
			return usage(c, err)
		}
		s, err := rep.Sweep(given[1], list)
		if err != nil {
			return err
		}
		return a.printed(s, s.Print)
	}
	c.Flags().StringVar(&least, "min", "", "the least value allowed, none, or FROM..TO")
	c.Flags().StringVar(&most, "max", "", "the greatest value allowed, none, or FROM..TO")
	c.Flags().IntVar(&steps, "steps", 10, "how many bounds are tried from FROM to TO")
	return c
}

// printed writes a result as JSON, or for people.
func (a *app) printed(result any, print func(io.Writer) error) error {
	if a.json {
		return a.printJSON(result)
	}
	return print(a.out)
}

// readReport reads stats.json of a run directory.
func readReport(dir string) (*report.Report, error) {
	name := filepath.Join(dir, report.StatsFile)
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; it is written when a run has finished", name, bare(err))
	}
	defer f.Close()
	rep, err := report.ReadJSON(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return rep, nil
}

// tried reads what is to be tried.
func tried(old report.Bounds, least, most string, steps int) ([]report.Bounds, error) {
	from, to := old, old
	var err error
	if from.Min, to.Min, err = span("--min", least, old.Min, math.Inf(-1)); err != nil {
		return nil, err
	}
	if from.Max, to.Max, err = span("--max", most, old.Max, math.Inf(1)); err != nil {
		return nil, err
	}
	list := []report.Bounds{from}
	if from != to {
		if list, err = report.Range(from, to, steps); err != nil {
			return nil, fmt.Errorf("--steps %d: %w", steps, err)
		}
	}
	for _, b := range list {
		if b.Min > b.Max {
			return nil, fmt.Errorf("no value is at least %v and at most %v", b.Min, b.Max)
		}
	}
	return list, nil
}

// span reads one bound, or the two ends of a range of it.
func span(flag, s string, old, open float64) (from, to float64, err error) {
	if s == "" {
		return old, old, nil
	}
	if s == "none" {
		return open, open, nil
	}
	first, last, ranged := strings.Cut(s, "..")
	if from, err = strconv.ParseFloat(first, 64); err == nil {
		to = from
		if ranged {
			to, err = strconv.ParseFloat(last, 64)
		}
	}
	if err != nil || math.IsNaN(from+to) || math.IsInf(from, 0) || math.IsInf(to, 0) {
		return 0, 0, fmt.Errorf("%s %s: write a number, none, or FROM..TO with two numbers", flag, s)
	}
	return from, to, nil
}
