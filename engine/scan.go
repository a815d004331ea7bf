package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"tamis/plan"
	"tamis/shards"
	"tamis/spool"
	"tamis/stats"
)

// commitEvery is how many bytes of input go between two commits of a scan, about, where
// the options do not say: what a kill costs at most, and how often the disk syncs.
const commitEvery = 64 << 20

// A batch is the work of one worker: a block of an input file, or of the spool of
// the stage before. Batches are reused.
type batch struct {
	block     shards.Block
	lost      *shards.Unreadable // the rest of a file cannot be read
	packed    []byte             // a block of the spool
	decisions [][]decision       // for each global step of the stage before, on this block's documents
	arena     []byte             // holds the bytes of decisions
	first     uint64             // ordinal of the block's first document

	end   position // where the input goes on behind it
	pause bool     // a good place to commit
	bytes int64    // on disk, for the progress line
	size  int64    // of its records, about
}

// A feeder yields batches in the order of the input: of the files, or of a spool.
type feeder interface {
	next(b *batch) error // io.EOF behind the last one
	total() int64        // bytes, as counted by batch.bytes
	close()
}

// A scan is one pass of a stage.
type scan struct {
	run     *Run
	stage   int
	feed    feeder
	workers []*worker
	names   []string     // of what takes the time of workers
	batches chan *batch  // free ones
	results chan *result // free ones
	at      scanned      // what has been committed or will be with the next checkpoint
	since   int64        // bytes since the last checkpoint
	done    int64
	ev      Events
	seen    Progress
}

// scan streams documents through a stage: from the last commit to the end, or to
// the cancellation of ctx.
func (r *Run) scan(ctx context.Context, stage int, ev Events) error {
	if at := r.state.scan; at.Stage > stage || (at.Stage == stage && at.Done) {
		return nil
	}
	s, err := r.openScan(stage, ev)
	if err != nil {
		return err
	}
	defer s.close()
	ev.phase(s.phase(), s.feed.total())
	err = inOrder(ctx, r.opts.Workers, r.plan.InFlight(), func(b *batch) int64 { return b.size }, s.next, s.work, s.commit)
	switch {
	case err == nil:
		return s.finish()
	case errors.Is(err, context.Canceled):
		return errors.Join(err, s.checkpoint(false))
	}
	return err
}

func (s *scan) phase() string {
	if s.stage == 0 {
		return "scan"
	}
	return fmt.Sprintf("scan %d", s.stage+1)
}

// openScan prepares a stage's scan: from its beginning, or from the last commit.
func (r *Run) openScan(stage int, ev Events) (*scan, error) {
	s := &scan{run: r, stage: stage, ev: ev, at: scanned{Stage: stage, Lengths: map[string]int64{}}}
	if r.state.scan.Stage == stage && r.state.scan.Lengths != nil {
		s.at = r.state.scan
	} else {
		// Files of the run that go on from stage to stage keep their lengths.
		for name, n := range r.state.scan.Lengths {
			if isLog(name) {
				s.at.Lengths[name] = n
			}
		}
	}
	if err := r.openFiles(stage, s.at.Lengths); err != nil {
		return nil, err
	}
	var err error
	if stage == 0 {
		s.feed, err = r.input.feeder(s.at.Input)
	} else {
		s.feed, err = r.spoolFeeder(stage-1, s.at.Input)
	}
	if err != nil {
		return nil, err
	}
	s.batches, s.results = make(chan *batch, 4*r.opts.Workers+4), make(chan *result, 4*r.opts.Workers+4)
	for range r.opts.Workers {
		s.workers = append(s.workers, newWorker(r, stage))
	}
	s.names = s.workers[0].names
	return s, nil
}

// openFiles opens what the scan appends to, each cut to its committed length.
func (r *Run) openFiles(stage int, lengths map[string]int64) error {
	r.closeFiles()
	r.files = map[string]*spool.Writer{}
	names := []string{spoolName(stage), indexName(stage)}
	for g := range r.stages[stage].Global {
		names = append(names, sketchName(stage, g))
	}
	for name := range lengths {
		if isLog(name) {
			names = append(names, name)
		}
	}
	for _, n := range names {
		if err := r.openFile(n, lengths[n]); err != nil {
			return err
		}
	}
	return r.dropLogs(lengths)
}

func (r *Run) openFile(name string, length int64) error {
	dir, base, err := r.folder(name)
	if err != nil {
		return err
	}
	var w *spool.Writer
	if length == 0 {
		w, err = spool.CreateWriter(dir, base)
	} else {
		w, err = spool.OpenWriter(dir, base, length)
	}
	if err == nil {
		r.files[name] = w
	}
	return err
}

// folder returns where a file lies that a scan appends to.
func (r *Run) folder(name string) (*spool.Dir, string, error) {
	if !isLog(name) || isRows(name) {
		return r.work, name, nil
	}
	sub, base := splitLog(name)
	dir, err := r.dir.Sub(sub)
	return dir, base, err
}

// next fills a free batch.
func (s *scan) next() (*batch, error) {
	var b *batch
	select {
	case b = <-s.batches:
	default:
		b = new(batch)
	}
	return b, s.feed.next(b)
}

// work judges one batch.
func (s *scan) work(w int, b *batch) (*result, error) {
	var res *result
	select {
	case res = <-s.results:
		res.reset()
	default:
		res = newResult(s.run, s.stage)
	}
	err := s.workers[w].batch(b, res)
	res.end, res.pause, res.bytes, res.large = b.end, b.pause, b.bytes, b.size > s.large()
	if !res.large {
		s.batches <- b
		return res, err
	}
	// Buffers that a long document has blown up go with their worker.
	s.workers[w].close()
	s.workers[w] = newWorker(s.run, s.stage)
	return res, err
}

// large is the size from which on a batch is a document that is longer than batches are.
func (s *scan) large() int64 { return 8 * int64(s.run.plan.Limits.Batch) }

// commit appends what a batch gave to the files of the stage.
func (s *scan) commit(res *result) error {
	if err := s.write(res); err != nil {
		return err
	}
	r := s.run
	r.stats.Merge(res.stats)
	r.shape.Merge(&res.shape)
	for i, n := range res.nanos {
		r.timing.add(s.names[i], n)
	}
	s.at.Input, s.at.Documents = res.end, s.at.Documents+uint64(len(res.texts))
	s.done += res.bytes
	s.since += res.bytes
	for _, q := range res.bad {
		s.ev.quarantined(q.file, q.at, q.reason)
	}
	s.tell(res)
	pause := res.pause && s.since >= s.run.opts.CommitEvery
	if !res.large {
		s.results <- res
	}
	if err := s.checkBudget(); err != nil {
		return errors.Join(err, s.checkpoint(false))
	}
	if pause {
		return s.checkpoint(false)
	}
	return nil
}

func (s *scan) tell(res *result) {
	s.seen.Phase, s.seen.Done, s.seen.Total = s.phase(), s.done, s.feed.total()
	s.seen.Documents += int64(res.read)
	s.seen.Kept += int64(len(res.texts))
	s.seen.Bytes += res.text
	s.ev.progress(s.seen)
}

// write appends the bytes of a batch to the files of the stage.
func (s *scan) write(res *result) error {
	r := s.run
	if len(res.texts) > 0 {
		if err := r.files[spoolName(s.stage)].WriteBlock(res.block); err != nil {
			return err
		}
		if err := r.files[indexName(s.stage)].WriteBlock(res.index); err != nil {
			return err
		}
		for g, b := range res.sketches {
			if err := r.files[sketchName(s.stage, g)].WriteBlock(b); err != nil {
				return err
			}
		}
	}
	for _, name := range sortedKeys(res.logs) {
		if err := r.appendLog(name, *res.logs[name]); err != nil {
			return err
		}
	}
	return nil
}

// checkBudget stops the run when more records cannot be read than the recipe allows.
func (s *scan) checkBudget() error {
	e := s.run.plan.Errors
	read, bad := s.run.stats.Total()
	if bad > e.MaxCount && float64(bad) > float64(e.MaxShare*float64(read)) {
		return fmt.Errorf("%w: %d of %d records could not be read, the recipe allows %d and a share of %v: see %s/quarantine, mend the input or raise `errors`",
			ErrOverBudget, bad, read, e.MaxCount, e.MaxShare, s.run.plan.Output.Dir)
	}
	return nil
}

// checkpoint makes all that was appended durable and notes it in the journal.
func (s *scan) checkpoint(done bool) error {
	r := s.run
	s.at.Done, s.at.Lengths = done, map[string]int64{}
	for _, name := range sortedKeys(r.files) {
		f := r.files[name]
		if done && !isLog(name) {
			if err := f.Finish(); err != nil {
				return err
			}
		} else if err := f.Sync(); err != nil {
			return err
		}
		s.at.Lengths[name] = f.Length()
	}
	s.at.Stats, s.at.Timing = r.stats.AppendBinary(nil), r.timing
	var err error
	if s.at.Shape, err = r.shape.AppendBinary(nil); err != nil {
		return err
	}
	s.since = 0
	return r.note(record{Scanned: &s.at})
}

// finish commits the end of the stage. What the stage before left is not needed any
// more, but for the texts that the last stage's spool refers to.
func (s *scan) finish() error {
	if s.stage == 0 {
		if err := s.run.checkReadable(); err != nil {
			return errors.Join(err, s.checkpoint(false))
		}
		return s.checkpoint(true)
	}
	if err := s.checkpoint(true); err != nil {
		return err
	}
	before := s.stage - 1
	names := []string{indexName(before)}
	if !s.run.refers(s.stage) {
		names = append(names, spoolName(before))
	}
	for g := range s.run.stages[before].Global {
		names = append(names, sketchName(before, g), decisionName(before, g))
	}
	for _, n := range names {
		if err := s.run.work.Remove(n); err != nil {
			return err
		}
	}
	return nil
}

// checkReadable refuses to go on where a source has records and none of them could
// be read: the recipe then names the wrong field, or the wrong files.
func (r *Run) checkReadable() error {
	for i := range r.plan.Sources {
		f := r.stats.Funnel(i)
		if f.Quarantined == 0 || f.Quarantined < f.Read.Documents {
			continue
		}
		why := ""
		if reasons := r.stats.Reasons(i); len(reasons) > 0 {
			most := slices.MaxFunc(reasons, func(a, b stats.Reason) int { return cmp.Compare(a.Records, b.Records) })
			why = ", most of them because: " + most.Text
		}
		src := &r.plan.Sources[i]
		if f.Failed > 0 {
			return fmt.Errorf("none of the %d records of source %q could be judged%s\n  see %s/%s, correct the step, and run with --restart",
				f.Quarantined, src.Name, why, r.plan.Output.Dir, quarantineName(src.Name))
		}
		return fmt.Errorf("none of the %d records of source %q could be read with %s%s\n"+
			"  see %s/%s, correct its paths or fields, and run with --restart",
			f.Quarantined, src.Name, reading(src.Fields), why, r.plan.Output.Dir, quarantineName(src.Name))
	}
	return nil
}

// reading says what the records of a source were read for.
func reading(m shards.Mapping) string {
	switch {
	case m.Messages != "":
		return fmt.Sprintf("%q as the messages", m.Messages)
	case m.Prompt != "":
		return fmt.Sprintf("%q as the prompt and %q as the response", m.Prompt, m.Response)
	}
	return fmt.Sprintf("%q as the text", m.Text)
}

func (s *scan) close() {
	for _, w := range s.workers {
		w.close()
	}
	s.feed.close()
	s.run.closeFiles()
}

// globalsBefore are the global steps whose decisions a stage carries out.
func (r *Run) globalsBefore(stage int) []*plan.Step {
	if stage == 0 {
		return nil
	}
	return r.stages[stage-1].Global
}
