// Package engine runs plans: scan, resolve, emit. It knows no step by name, sees no
// YAML and prints nothing; whoever watches gets Events.
//
// scan is a pure function of (input, plan), resolve of all sketches, each shard of
// (spool, decisions). All results are committed by one goroutine in the order of the
// input, so the state of a run is always a prefix of its work: the journal says how
// long the prefix is, and a run that was killed goes on behind it.
package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"tamis/plan"
	"tamis/shards"
	"tamis/spool"
	"tamis/stats"
	"tamis/step"
)

// Options are what may differ between two runs of a plan without a trace in their
// output.
type Options struct {
	Workers int        // 0 is one for each processor
	Restart bool       // begin again, whatever the run directory holds
	Version string     // of tamis: a run goes on only under the version that began it
	Disk    spool.Disk // nil is the machine's
	// CommitEvery is about how many bytes of input go between two commits; 0 is 64 MiB.
	CommitEvery int64
	// Sample, where not 0, is about how many bytes of the files of each source are read:
	// the run is a trial that tells what all of it will cost, and not one to go on with.
	Sample int64
}

// A Run is one execution of a plan in its run directory. It is owned by one
// goroutine and must be closed.
type Run struct {
	plan    *plan.Plan
	stages  []plan.Stage
	opts    Options
	dir     *spool.Dir // the run directory
	work    *spool.Dir // spool, sketches, decisions: gone when the run is finished
	journal *spool.Journal
	unlock  func()
	state   *state
	input   *input
	stats   *stats.Stats
	shape   *shards.Shape
	timing  Timing
	files   map[string]*spool.Writer // what the scan of the current stage appends to
}

// What a run directory may hold. Anything else in it is not ours, and a run neither
// begins in such a folder nor removes it.
const (
	journalName = "journal"
	lockName    = "lock"
	workName    = "spool"
	dataName    = "data"
	savedName   = "index" // what steps save for later runs
)

// leastMemory is the smallest limit that the garbage collector is given: below it, it
// would do nothing but collect.
const leastMemory = 64 << 20

// garbage is how much of it may gather before it is collected, in percent of what lives:
// a few large buffers without pointers, for the most part, which are looked through at
// next to no cost. At Go's own 100 a run holds up to a quarter more and takes as long.
const garbage = 50

var ours = []string{journalName, lockName, workName, dataName, savedName, "manifest.json", "stats.json", "report.html", clustersName, domainsName,
	"README.md", "croissant.json", quarantineDir, rejectsDir, reviewDir}

// Open opens the run directory of a plan, and goes on with the run it holds. It
// returns ErrFinished where that run is done, an error that wraps ErrChanged where
// the folder belongs to another plan, and a *spool.InUse where another process is at
// work in it. With ErrFinished, the Run can be asked for its results.
func Open(p *plan.Plan, o Options) (*Run, error) {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.CommitEvery <= 0 {
		o.CommitEvery = commitEvery
	}
	if o.Disk == nil {
		o.Disk = spool.OS{}
	}
	if p.Memory > 0 {
		debug.SetMemoryLimit(max(p.Memory/10*9, leastMemory))
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	r := &Run{plan: p, stages: withLast(p.Stages), opts: o, timing: Timing{}}
	if err := r.open(); err != nil {
		if !errors.Is(err, ErrFinished) {
			r.Close()
		}
		return r, err
	}
	return r, nil
}

// withLast adds the stage that applies what the last global steps decided.
func withLast(stages []plan.Stage) []plan.Stage {
	if n := len(stages); n == 0 || len(stages[n-1].Global) > 0 {
		return append(slices.Clone(stages), plan.Stage{})
	}
	return stages
}

func (r *Run) open() error {
	if err := r.checkFolder(); err != nil {
		return err
	}
	var err error
	if r.dir, err = spool.OpenDir(r.opts.Disk, r.plan.Output.Dir); err != nil {
		return err
	}
	if r.unlock, err = spool.Lock(r.dir); err != nil {
		return err
	}
	if r.opts.Restart {
		if err := r.restart(); err != nil {
			return err
		}
	}
	if err := r.resume(); err != nil {
		return err
	}
	if r.input, err = newInput(r.plan); err != nil {
		return err
	}
	r.input.sample = r.opts.Sample
	return nil
}

// checkFolder refuses a run directory that holds what is not ours.
func (r *Run) checkFolder() error {
	dir := r.plan.Output.Dir
	entries, err := r.opts.Disk.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("output folder: %w", err)
	}
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	for _, n := range names {
		if !slices.Contains(ours, n) && !strings.HasPrefix(n, ".") {
			return fmt.Errorf("output folder %s holds %q, which no run has written: choose an empty folder", dir, n)
		}
	}
	if len(names) > 0 && !slices.Contains(names, journalName) && !slices.Contains(names, lockName) {
		return fmt.Errorf("output folder %s is not empty and holds no run: choose an empty folder", dir)
	}
	return nil
}

// restart puts a journal of this run in the place of the one that is there: whatever stops
// it, one of the two is there afterwards, and resume clears what is not the new one's.
func (r *Run) restart() error {
	raw, err := json.Marshal(record{Begin: identity(r.plan, r.opts.Version)})
	if err == nil {
		err = spool.BeginJournal(r.dir, journalName, raw)
	}
	if err != nil {
		return fmt.Errorf("restart: %w", err)
	}
	return nil
}

// clear removes all but the journal: what is there was left by a run before a restart, or
// was never committed.
func (r *Run) clear() error {
	for _, n := range ours {
		if n == lockName || n == journalName {
			continue
		}
		if err := r.opts.Disk.RemoveAll(r.dir.Join(n)); err != nil {
			return fmt.Errorf("clear the output folder: %w", err)
		}
	}
	return r.dir.Sync()
}

// begin notes which run this is. Where the folder holds results already, nobody knows
// whose they are.
func (r *Run) begin(is *begin) error {
	for _, n := range ours {
		if n == lockName || n == journalName {
			continue
		}
		if there, err := r.dir.Exists(n); err != nil {
			return err
		} else if there {
			return fmt.Errorf("output folder %s holds %q of a run whose journal is gone: run with --restart to begin again, or choose an empty folder", r.dir.Path, n)
		}
	}
	return r.note(record{Begin: is})
}

// resume reads the journal, or begins it.
func (r *Run) resume() error {
	journal, records, err := spool.OpenJournal(r.dir, journalName)
	if err != nil {
		return err
	}
	r.journal = journal
	if r.state, err = fold(records); err != nil {
		return err
	}
	is := identity(r.plan, r.opts.Version)
	if r.state.begin == nil {
		if err := r.begin(is); err != nil {
			return err
		}
	}
	if was := r.state.begin; was.Plan != is.Plan || was.Version != is.Version || !slices.Equal(was.names(), is.names()) {
		return changed(r.plan.Output.Dir, was, is)
	}
	if len(records) == 1 { // nothing has been committed
		if err := r.clear(); err != nil {
			return err
		}
	}
	if err := r.loadTotals(); err != nil {
		return err
	}
	if r.state.finished {
		// A kill may have come between the last record and the removal of the spool.
		if err := r.opts.Disk.RemoveAll(r.dir.Join(workName)); err != nil {
			return err
		}
		return ErrFinished
	}
	if err := r.dir.RemoveTemporary(); err != nil {
		return err
	}
	r.work, err = r.dir.Sub(workName)
	return err
}

// loadTotals takes the counts of the last commit.
func (r *Run) loadTotals() error {
	r.stats, r.shape = newStats(r.plan), new(shards.Shape)
	if r.state.scan.Lengths == nil {
		return nil
	}
	r.timing = maps.Clone(r.state.scan.Timing)
	for name, n := range r.state.nanos {
		r.timing.add(name, n)
	}
	if err := r.stats.Decode(r.state.scan.Stats); err != nil {
		return fmt.Errorf("journal of %s: counts: %w", r.plan.Output.Dir, err)
	}
	if err := r.shape.UnmarshalBinary(r.state.scan.Shape); err != nil {
		return fmt.Errorf("journal of %s: shape of the records: %w", r.plan.Output.Dir, err)
	}
	return nil
}

// Do brings the run to where only the report is missing. When ctx is cancelled it
// commits what is under way and returns ErrInterrupted; the same call on the same
// run directory goes on.
func (r *Run) Do(ctx context.Context, ev Events) error {
	err := r.do(ctx, ev)
	switch {
	case errors.Is(err, context.Canceled):
		return ErrInterrupted
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("%w\n  make room on the disk of %s and run the same command: it goes on from the last commit", err, r.plan.Output.Dir)
	}
	return err
}

func (r *Run) do(ctx context.Context, ev Events) error {
	if r.state.scan.Lengths != nil {
		ev.note(fmt.Sprintf("going on behind the last commit in %s", r.plan.Output.Dir))
	}
	for s := r.state.scan.Stage; s < len(r.stages); s++ {
		if err := r.scan(ctx, s, ev); err != nil {
			return err
		}
		if err := r.resolve(ctx, s, ev); err != nil {
			return err
		}
	}
	if err := r.stats.Check(); err != nil {
		return fmt.Errorf("the books do not balance, please report this: %w", err)
	}
	if !r.state.emitted {
		for _, w := range r.stats.Warnings() {
			ev.note(w)
		}
	}
	return r.emit(ctx, ev)
}

// Stats returns what has been counted.
func (r *Run) Stats() *stats.Stats { return r.stats }

// Timing returns the nanoseconds of work that each step and phase took, as far as they
// are known.
func (r *Run) Timing() Timing { return r.timing }

// Facts returns what the global steps noted on their resolving, by step.
func (r *Run) Facts() map[string][]Fact { return r.state.facts }

// Probes returns what became of planted probes, by step.
func (r *Run) Probes() map[string][]step.Recall { return r.state.probes }

// Domains returns the sites with the most documents of a run that has emitted.
func (r *Run) Domains() []shards.Domain { return r.state.domains }

// Shards returns the shards of a run that has emitted, in order.
func (r *Run) Shards() []shards.Shard {
	var out []shards.Shard
	for _, i := range sortedKeys(r.state.shards) {
		out = append(out, r.state.shards[i])
	}
	return out
}

// Dir returns the run directory, for the report.
func (r *Run) Dir() *spool.Dir { return r.dir }

// Finish ends the run once its report has been written: the spool goes, and the
// journal says that all is done.
func (r *Run) Finish() error {
	if err := r.note(record{Finished: &struct{}{}}); err != nil {
		return err
	}
	return r.work.RemoveAll()
}

// Close gives the run directory free. What was not committed will be done again.
func (r *Run) Close() error {
	r.closeFiles()
	var err error
	if r.journal != nil {
		err = r.journal.Close()
		r.journal = nil
	}
	if r.unlock != nil {
		r.unlock()
		r.unlock = nil
	}
	return err
}

func (r *Run) closeFiles() {
	for _, f := range r.files {
		f.Close()
	}
	r.files = nil
}

func sortedKeys[K interface{ ~int | ~string }, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
