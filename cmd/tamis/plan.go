package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"tamis/engine"
	"tamis/plan"
)

// trialBytes is how much of each source a trial reads: some seconds of work for most
// recipes, and enough that what is done once in a run weighs little.
const trialBytes = 16 << 20

func (a *app) planCommand() *cobra.Command {
	var memory string
	var measure, allow bool
	var workers int
	c := oneRecipe("plan", "Show what a run would do",
		"Resolves a recipe and shows what a run would read, the stages it would go through, and every setting\n"+
			"with its default. Reads no document, unless --measure asks how long a run will take: then the whole\n"+
			"recipe is carried out on the first 16 MiB of each source, in a temporary folder that is removed again.\n\n"+
			"The exit code is 1 where a step is forecast to hold more than the memory budget leaves if every text\n"+
			"reaches it. Steps before it may remove so much that a run fits all the same: it counts, and is not kept\n"+
			"from beginning.")
	c.RunE = func(c *cobra.Command, files []string) error {
		_, p, err := a.load(files[0], memory)
		if err != nil {
			return err
		}
		s := plan.Summarize(p)
		if measure {
			if s.Bytes == 0 {
				return usage(c, errors.New("--measure: the sources have no files whose sizes are known"))
			}
			if err := permit(p, allow); err != nil {
				return usage(c, err)
			}
			if s.Time, err = a.trial(c.Context(), p, s.Bytes, workers); err != nil {
				return fmt.Errorf("trial on the first bytes of each source: %w", err)
			}
		}
		if err := a.printed(s, s.Print); err != nil {
			return err
		}
		return fits(s.Wants)
	}
	c.Flags().BoolVar(&measure, "measure", false, "carry the recipe out on the beginning of each source, and say how long all of it will take")
	c.Flags().IntVarP(&workers, "workers", "w", 0, "with --measure: documents are judged by this many workers; 0 is one for each processor")
	c.Flags().StringVar(&memory, "memory", "", "bytes that the run may hold, e.g. 8GiB; goes before the recipe's")
	allowFlag(c, &allow)
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

// trial carries a plan out on the beginning of each source and says how long all of its
// bytes will take, if the rest is like that. Where it ends for records that could not be
// read, they stay behind for whoever reads the error.
func (a *app) trial(ctx context.Context, p *plan.Plan, bytes int64, workers int) (t *plan.Time, err error) {
	dir, err := os.MkdirTemp("", "tamis-plan-")
	if err != nil {
		return nil, err
	}
	defer func() {
		set, _ := filepath.Glob(filepath.Join(dir, "run", "quarantine", "*"))
		if err == nil || len(set) == 0 {
			os.RemoveAll(dir)
		}
	}()
	ctx, stop := a.interruptible(ctx, stopping, p.KillPrograms)
	defer stop()
	defer p.KillPrograms()

	part := *p
	part.Output.Dir = filepath.Join(dir, "run")
	r, err := engine.Open(&part, engine.Options{Workers: workers, Version: version, Sample: trialBytes})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	t = &plan.Time{Workers: workers}
	if workers <= 0 {
		t.Workers = runtime.GOMAXPROCS(0)
	}
	begin := time.Now()
	err = r.Do(ctx, engine.Events{Progress: func(at engine.Progress) {
		if at.Phase == "scan" {
			t.TrialBytes = at.Done
		}
	}})
	t.TrialSeconds = time.Since(begin).Seconds()
	if err == nil && t.TrialBytes > 0 {
		t.Seconds = t.TrialSeconds * float64(bytes) / float64(t.TrialBytes)
	}
	return t, err
}
