package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tamis/engine"
	"tamis/plan"
	"tamis/report"
	"tamis/shards"
	"tamis/spool"
)

func (a *app) runCommand() *cobra.Command {
	var o engine.Options
	var memory string
	var allow bool
	c := oneRecipe("run", "Curate: carry out a recipe",
		"Reads the sources of a recipe, leads every document through its steps, and writes curated shards,\n"+
			"manifest.json, stats.json and report.html to the run directory. Same input and same recipe give the same\n"+
			"bytes, whatever the number of workers.\n\n"+
			"A run that was interrupted, by Ctrl-C or by anything else, goes on with the same command from its last\n"+
			"commit. The first Ctrl-C commits what is under way and ends within seconds, the second ends at once.\n\n"+
			"A recipe whose steps run programs is carried out under --allow-exec only; tamis plan shows which.")
	c.RunE = func(c *cobra.Command, files []string) error {
		if o.Workers < 0 {
			return usage(c, fmt.Errorf("--workers %d: it is 0, one for each processor, or more", o.Workers))
		}
		_, p, err := a.load(files[0], memory)
		if err != nil {
			return err
		}
		if err := permit(p, allow); err != nil {
			return usage(c, err)
		}
		o.Version = version
		return a.execute(c.Context(), p, o)
	}
	c.Flags().IntVarP(&o.Workers, "workers", "w", 0, "documents are judged by this many workers; 0 is one for each processor")
	c.Flags().BoolVar(&o.Restart, "restart", false, "begin again, whatever the run directory holds")
	c.Flags().StringVar(&memory, "memory", "", "bytes that the run may hold, e.g. 8GiB; goes before the recipe's")
	allowFlag(c, &allow)
	return c
}

// allowFlag declares the flag of the user's consent to run programs.
func allowFlag(c *cobra.Command, allow *bool) {
	c.Flags().BoolVar(allow, "allow-exec", false, "run the programs that the recipe's exec steps name")
}

// permit refuses a plan whose steps run programs unless the user allows it.
func permit(p *plan.Plan, allow bool) error {
	programs := p.Programs()
	if len(programs) > 0 && !allow {
		var list strings.Builder
		for _, x := range programs {
			fmt.Fprintf(&list, "\n  %s: %s", x.Step, strings.Join(x.Command, " "))
		}
		return fmt.Errorf("the recipe runs programs, which needs your consent: read what they are, and add --allow-exec%s", list.String())
	}
	p.AllowPrograms()
	return nil
}

// execute runs a plan, or says that its run is finished, and shows what came of it.
func (a *app) execute(ctx context.Context, p *plan.Plan, o engine.Options) error {
	ctx, stop := a.interruptible(ctx, "committing what is under way", p.KillPrograms)
	defer stop()
	defer p.KillPrograms()
	r, err := engine.Open(p, o)
	if errors.Is(err, engine.ErrFinished) {
		defer r.Close()
		if err := whole(p.Output.Dir, r.Shards()); err != nil {
			return err
		}
		a.say("%s holds this run, finished; --restart begins it again", p.Output.Dir)
		return a.results(r, p)
	}
	if err != nil {
		return err
	}
	defer r.Close()
	events, done := a.watch()
	err = r.Do(ctx, events)
	done(err)
	switch {
	case errors.Is(err, engine.ErrInterrupted):
		a.say("what was done is committed; the same command goes on")
		return err
	case err != nil:
		return err
	}
	if err := a.report(r, p); err != nil {
		return err
	}
	if err := r.Finish(); err != nil {
		return err
	}
	return a.results(r, p)
}

// whole sees that a finished run has its shards, by their sizes; tamis verify reads them.
func whole(dir string, list []shards.Shard) error {
	for _, s := range list {
		info, err := os.Stat(filepath.Join(dir, s.File))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%s holds this run, finished, but %s is missing; --restart begins it again", dir, s.File)
		case err != nil:
			return err
		case info.Size() != s.Bytes:
			return fmt.Errorf("%s holds this run, finished, but %s has %s in place of %d; --restart begins it again",
				dir, s.File, plan.Count(int(info.Size()), "byte"), s.Bytes)
		}
	}
	return nil
}

// say tells a person something, unless nobody wants to hear it.
func (a *app) say(format string, args ...any) {
	if !a.quiet && !a.json {
		fmt.Fprintf(a.err, format+"\n", args...)
	}
}

// report writes stats.json, report.html and the dataset card.
func (a *app) report(r *engine.Run, p *plan.Plan) error {
	rep := report.Build(reported(r, p))
	if err := r.Dir().WriteWhole(report.StatsFile, rep.WriteJSON); err != nil {
		return err
	}
	if err := r.Dir().WriteWhole(report.PageFile, rep.WriteHTML); err != nil {
		return err
	}
	return writeCard(r.Dir(), rep, r.Shards())
}

// writeCard writes README.md and croissant.json.
func writeCard(dir *spool.Dir, rep *report.Report, list []shards.Shard) error {
	err := dir.WriteWhole(report.CardFile, func(w io.Writer) error { return rep.WriteCard(w, list) })
	if err != nil {
		return err
	}
	return dir.WriteWhole(report.CroissantFile, func(w io.Writer) error { return rep.WriteCroissant(w, list) })
}

// reported is what a report needs to know of a run.
func reported(r *engine.Run, p *plan.Plan) *report.Run {
	out := &report.Run{Name: p.Name, Version: version, PlanHash: p.Hash(), Sources: p.Sources, Stats: r.Stats(), Shards: r.Shards(), Timing: r.Timing(),
		Facts: map[string][]report.Fact{}, Probes: map[string][]report.Probes{}, Domains: r.Domains()}
	for name, facts := range r.Facts() {
		for _, f := range facts {
			out.Facts[name] = append(out.Facts[name], report.Fact(f))
		}
	}
	for name, ranges := range r.Probes() {
		for _, p := range ranges {
			out.Probes[name] = append(out.Probes[name], report.Probes(p))
		}
	}
	for _, s := range p.Settings {
		out.Settings = append(out.Settings, report.Setting(s))
	}
	for _, x := range p.Reads {
		out.Reads = append(out.Reads, report.Read{Path: x.Path, SHA256: x.Sum})
	}
	return out
}

// results shows the funnel and where everything is.
func (a *app) results(r *engine.Run, p *plan.Plan) error {
	rep := report.Build(reported(r, p))
	switch {
	case a.json:
		return a.printJSON(struct {
			RunDirectory string          `json:"run_directory"`
			Output       report.Output   `json:"output"`
			Sources      []report.Source `json:"sources"`
		}{p.Output.Dir, rep.Output, rep.Sources})
	case a.quiet:
		return nil
	}
	if err := report.PrintFunnel(a.out, r.Stats(), r.Timing()); err != nil {
		return err
	}
	where := ""
	if rep.Output.Shards > 0 { // without one there is no such folder
		where = ": " + p.Output.Dir + "/data"
	}
	_, err := fmt.Fprintf(a.out, "\n%s in %s%s\nreport: %s/%s\n",
		report.Plural(rep.Output.Rows, "document"), report.Plural(int64(rep.Output.Shards), "shard"), where, p.Output.Dir, report.PageFile)
	return err
}
