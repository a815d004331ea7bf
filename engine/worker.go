package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"tamis/document"
	"tamis/plan"
	"tamis/shards"
	"tamis/spool"
	"tamis/stats"
	"tamis/step"
)

// A worker judges batches. It owns all that it writes to, so that nothing is
// allocated per document.
type worker struct {
	run       *Run
	stage     int
	applied   []*judge // global steps of the stage before
	locals    []*judge
	early     []*judge
	later     []*judge          // steps of later stages that mask secrets,
	shadow    document.Document // the document that they mask,
	sketchers []step.Sketcher
	names     []string // of applied, locals and early, for the clock
	parser    *parser  // of the first stage
	doc       *document.Document
	parts     document.Excerpts
	meter     step.Meter
	unseen    step.Meter // and what they measure of it
	watch     stopwatch
	members   []byte // rows on clusters
	visits    []byte // rows on domains
	res       *result
	payload   []byte // of the block of res, behind room for its header
	sketches  [][]byte
	scratch   []byte
	raw       []byte
	sampled   bool   // the document at hand carries all its signals into the report
	number    uint64 // of the document in its block of the spool before, from 1
	edited    bool   // its text is not what the spool before has
}

// A judge is a step as one worker uses it.
type judge struct {
	*plan.Step
	index int // among all steps of the plan
	local step.Local
}

// A result is what a batch gave. Results are reused.
type result struct {
	block    []byte   // of the spool, packed; empty where no document stayed
	index    []byte   // its entry, packed
	texts    []int    // bytes of the text of each document that stayed
	sketches [][]byte // packed, one for each global step
	logs     map[string]*[]byte
	bad      []bad
	stats    *stats.Stats
	shape    shards.Shape
	nanos    []int64 // by worker.names
	read     int
	text     int64 // bytes of the texts read

	end   position
	pause bool
	bytes int64
	large bool // its buffers are not used again
}

// A bad record, for the events.
type bad struct {
	file   string
	at     int64
	reason string
}

func newResult(r *Run, stage int) *result {
	return &result{stats: newStats(r.plan), logs: map[string]*[]byte{}, sketches: make([][]byte, len(r.stages[stage].Global))}
}

func (res *result) reset() {
	res.block, res.index, res.texts, res.bad = res.block[:0], res.index[:0], res.texts[:0], res.bad[:0]
	res.read, res.text = 0, 0
	for _, b := range res.logs {
		*b = (*b)[:0]
	}
	res.stats.Reset()
	res.shape = shards.Shape{}
}

// log returns the buffer of a log.
func (res *result) log(name string) *[]byte {
	b := res.logs[name]
	if b == nil {
		b = new([]byte)
		res.logs[name] = b
	}
	return b
}

func newWorker(r *Run, stage int) *worker {
	w := &worker{run: r, stage: stage, doc: r.newDocument()}
	w.applied = w.judges(r.globalsBefore(stage))
	w.locals = w.judges(r.stages[stage].Local)
	w.early = w.judges(r.stages[stage].Early)
	for _, g := range r.stages[stage].Global {
		w.sketchers = append(w.sketchers, g.Global.Sketcher())
	}
	w.sketches = make([][]byte, len(w.sketchers))
	w.watch.spent = make([]int64, len(w.names))
	w.later = w.secrets()
	if stage == 0 {
		w.parser = r.input.newParser()
	}
	return w
}

func (w *worker) judges(steps []*plan.Step) []*judge {
	var out []*judge
	for _, s := range steps {
		w.names = append(w.names, s.Name)
		out = append(out, w.fork(s))
	}
	return out
}

// fork makes a step this worker's own.
func (w *worker) fork(s *plan.Step) *judge {
	j := &judge{Step: s, local: s.Local, index: slices.Index(w.run.plan.Steps, s)}
	if f, ok := s.Local.(step.Forker); ok {
		j.local = f.Fork()
	}
	return j
}

// batch judges all documents of a batch and fills res.
func (w *worker) batch(b *batch, res *result) error {
	w.res, w.members, w.visits = res, w.members[:0], w.visits[:0]
	w.payload = spool.Begin(res.block[:0])
	for i := range w.sketches {
		w.sketches[i] = w.sketches[i][:0]
	}
	clear(w.watch.spent)
	w.begin()
	if w.run.refers(w.stage) {
		w.payload = binary.AppendUvarint(w.payload, uint64(b.end.At-b.bytes))
	} else {
		w.payload = slices.Grow(w.payload, len(b.block.Data)+len(b.packed)) // at once, and not by and by
	}
	err := w.documents(b)
	if err == nil {
		err = w.pack()
	}
	res.nanos = append(res.nanos[:0], w.watch.spent...)
	return err
}

// begin tells the steps that run programs that a batch begins.
func (w *worker) begin() {
	for _, judges := range [][]*judge{w.locals, w.early} {
		for _, j := range judges {
			if r, ok := j.local.(step.Runner); ok {
				r.Begin()
			}
		}
	}
}

func (w *worker) documents(b *batch) error {
	switch {
	case b.lost != nil:
		w.res.stats.CutShort(w.run.input.files[b.block.File].source)
		return w.quarantine(b.block.File, shards.Bad{At: b.lost.At, Lost: b.lost.Lost, Reason: b.lost.Err.Error()})
	case w.stage == 0:
		return w.parser.parse(&b.block,
			func(d *document.Document) error { return w.fresh(b.block.File, d) },
			func(bad shards.Bad) error { return w.quarantine(b.block.File, bad) })
	}
	return w.spooled(b)
}

// fresh judges a document that has just been read from an input file.
func (w *worker) fresh(file int, d *document.Document) error {
	source := w.run.input.files[file].source
	d.Place.File, d.Source = uint32(file), source
	d.Fields = w.run.input.fields(d.Form)
	w.blank(d)
	w.res.read++
	w.res.text += int64(len(d.Text()))
	w.res.stats.Read(source, d.Text())
	if !w.run.input.drawn(d) {
		w.res.stats.NotDrawn(source, d.Text())
		return nil
	}
	w.visit(d, domainRead, 0)
	return w.judge(d, nil, 0)
}

// blank gives a document its slots, all empty.
func (w *worker) blank(d *document.Document) {
	d.Signals, d.Labels = w.doc.Signals, w.doc.Labels
	for i := range d.Signals {
		d.Signals[i] = math.NaN()
	}
	clear(d.Labels)
}

// spooled judges the documents of a block of the spool.
func (w *worker) spooled(b *batch) error {
	rest, err := spool.Open(&w.raw, b.packed)
	if err != nil {
		return err
	}
	for i := 0; len(rest) > 0; i++ {
		words, n := binary.Uvarint(rest)
		if n <= 0 {
			return errKept
		}
		w.res.stats.Known(int64(words))
		rest = rest[n:]
		if rest, err = document.Decode(rest, w.doc, w.run.plan.Carried); err != nil {
			return err
		}
		w.doc.Fields = w.run.input.fields(w.doc.Form)
		w.res.read++
		w.res.text += int64(len(w.doc.Text()))
		w.number, w.edited = uint64(i)+1, false
		if err := w.judge(w.doc, b, b.first+uint64(i)); err != nil {
			return err
		}
	}
	return nil
}

// judge leads one document through the steps of the stage. A sampled document that
// is removed is still measured by the steps behind, for `tamis sweep`.
func (w *worker) judge(d *document.Document, b *batch, ordinal uint64) error {
	w.sampled = w.run.sampled(d)
	w.watch.document()
	removed := false
	var err error
	for g, j := range w.applied {
		if !removed {
			decision := b.decision(g, ordinal)
			w.member(d, j, ordinal, decision)
			removed, err = w.one(d, j, func(seen *document.Document, m *step.Meter) step.Verdict {
				return j.Global.Apply(seen, decision, m)
			})
		}
		w.watch.lap(g)
		if err != nil {
			return passed(err)
		}
	}
	for i, j := range w.locals {
		if removed && !w.sampled {
			break
		}
		if removed {
			err = w.measure(d, j, true)
			w.maskMeasured(d, j, &w.meter)
		} else {
			removed, err = w.one(d, j, func(seen *document.Document, m *step.Meter) step.Verdict {
				seen.View().Use(j.Splitter)
				return j.local.Judge(seen, m)
			})
		}
		w.watch.lap(len(w.applied) + i)
		if err != nil {
			return passed(err)
		}
	}
	if w.sampled {
		w.res.stats.Sample(d, w.shown(d), removed)
	}
	if removed {
		return nil
	}
	return w.keep(d)
}

// one lets a step judge a document, or the part of it that the step looks at, counts
// what it says, and applies its edits. It reports whether the document goes.
func (w *worker) one(d *document.Document, j *judge, judge func(*document.Document, *step.Meter) step.Verdict) (bool, error) {
	m := w.hand(d, j)
	v := judge(w.parts.Of(d, j.Of), m)
	if v.Err != nil {
		return false, fmt.Errorf("step %s: %w", j.Name, v.Err)
	}
	st := w.res.stats
	st.Judged(d.Source, j.index, d.Text(), m.Reached())
	if len(j.Rules) > 0 && &m.Rules[0] != &j.Rules[0] {
		st.OwnBounds(d.Source, j.index, m.Rules)
	}
	if v.Bad {
		return true, w.fail(d, j, v.Reason)
	}
	if v.Removed {
		st.Removed(d.Source, j.index, v.Rule, d.Text())
		w.visit(d, domainRemoved, j.index)
		err := w.reject(d, j, v)
		w.maskMeasured(d, j, m)
		return true, err
	}
	if edits := w.parts.Back(d, j.Of, m.Edits); len(edits) > 0 {
		before := d.Text()
		d.Rewrite(edits)
		w.edited = true
		st.Edited(d.Source, j.index, edits, before, d.Text())
		w.visit(d, domainEdited, j.index)
	}
	return false, nil
}

// errFailed says that a document has gone to quarantine.
var errFailed = errors.New("quarantined")

// passed is nil where a document is through with the stage because it failed.
func passed(err error) error {
	if err == errFailed {
		return nil
	}
	return err
}

// close ends what the steps have started.
func (w *worker) close() {
	for _, judges := range [][]*judge{w.applied, w.locals, w.early, w.later} {
		for _, j := range judges {
			if c, ok := j.local.(io.Closer); ok {
				c.Close()
			}
		}
	}
}

// measure lets a step measure a document that another one has removed, or that it judges
// in a later stage; all says whether it goes on behind a rule that fails.
func (w *worker) measure(d *document.Document, j *judge, all bool) error {
	m := w.hand(d, j)
	m.All = all
	seen := w.parts.Of(d, j.Of)
	seen.View().Use(j.Splitter)
	if v := j.local.Judge(seen, m); v.Err != nil {
		return fmt.Errorf("step %s: %w", j.Name, v.Err)
	}
	return nil
}

// hand prepares the meter for a step.
func (w *worker) hand(d *document.Document, j *judge) *step.Meter {
	w.meter.All = w.sampled
	w.meter.Reset(j.RulesFor(d), d.Signals[j.Signals:j.Signals+len(j.Rules)], d.Labels[j.Labels:j.Labels+len(j.Spec.Labels)])
	return &w.meter
}

// keep spools a document that stays and sketches it.
func (w *worker) keep(d *document.Document) error {
	for i, j := range w.early {
		if err := w.measure(d, j, false); err != nil { // what global steps see does not hang on the sample
			return err
		}
		w.watch.lap(len(w.applied) + len(w.locals) + i)
	}
	for g, s := range w.sketchers {
		w.scratch = s.Sketch(w.scratch[:0], w.parts.Of(d, w.run.stages[w.stage].Global[g].Of))
		w.sketches[g] = binary.AppendUvarint(w.sketches[g], uint64(len(w.scratch)))
		w.sketches[g] = append(w.sketches[g], w.scratch...)
	}
	w.spool(d)
	w.res.texts = append(w.res.texts, len(d.Text()))
	if w.stage == len(w.run.stages)-1 {
		w.res.stats.Kept(d.Source, d.Text())
		return w.observe(d)
	}
	return nil
}

// spool adds a document to what the batch leaves in the spool.
func (w *worker) spool(d *document.Document) {
	carried := w.run.plan.Carried
	switch {
	case w.run.counts(w.stage):
		w.payload = document.Append(binary.AppendUvarint(w.payload, uint64(w.res.stats.Words(d.Text()))), d, carried)
	case !w.run.refers(w.stage):
		w.payload = document.Append(w.payload, d, carried)
	case w.edited:
		w.payload = document.Append(append(w.payload, 0), d, carried)
	default:
		w.payload = document.AppendValues(binary.AppendUvarint(w.payload, w.number), d, carried)
	}
}

// observe notes the shape of a record that will be written, so that the output's
// schema is settled before its first row.
func (w *worker) observe(d *document.Document) error {
	if d.Form != 0 || w.run.plan.Output.Format != shards.Parquet {
		return nil
	}
	w.res.shape.Observe(d)
	return nil
}

// pack makes blocks of what the batch leaves in the spool.
func (w *worker) pack() error {
	res := w.res
	if len(w.payload) > spool.MaxPayload {
		return fmt.Errorf("a block of the spool would have %d bytes, at most %d are possible: lower `limits.line`, so that longer records are quarantined",
			len(w.payload), spool.MaxPayload)
	}
	w.packRows(clusterRows, w.members)
	w.packRows(domainRows, w.visits)
	res.block = w.payload
	if len(res.texts) == 0 {
		res.block = res.block[:0]
		return nil
	}
	spool.Seal(res.block)
	w.scratch = appendInfo(w.scratch[:0], len(res.block), res.texts)
	res.index = spool.Pack(res.index[:0], w.scratch)
	for g, sk := range w.sketches {
		res.sketches[g] = spool.Pack(res.sketches[g][:0], sk)
	}
	return nil
}

func (w *worker) packRows(name string, rows []byte) {
	if len(rows) > 0 {
		log := w.res.log(name)
		*log = spool.Pack(*log, rows)
	}
}

// decision returns what global step g decided of a document, nil if nothing.
func (b *batch) decision(g int, ordinal uint64) []byte {
	ds := b.decisions[g]
	for len(ds) > 0 && ds[0].ordinal < ordinal {
		ds = ds[1:]
	}
	b.decisions[g] = ds
	if len(ds) == 0 || ds[0].ordinal != ordinal {
		return nil
	}
	return ds[0].bytes
}
