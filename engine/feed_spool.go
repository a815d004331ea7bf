package engine

import (
	"errors"
	"io"

	"tamis/shards"
	"tamis/spool"
)

// A spoolFeeder yields the blocks of a stage's spool, each with the decisions that
// the stage's global steps took on its documents.
type spoolFeeder struct {
	spool     *spool.Reader
	index     *indexReader
	decisions []*decisionReader
	size      int64
}

// spoolFeeder opens the spool of a stage behind a position: the byte of a block.
func (r *Run) spoolFeeder(stage int, from position) (feeder, error) {
	f := &spoolFeeder{}
	if err := f.open(r, stage, from.At); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

func (f *spoolFeeder) open(r *Run, stage int, at int64) (err error) {
	if f.size, err = r.work.Size(spoolName(stage)); err != nil {
		return err
	}
	if f.spool, err = spool.OpenRange(r.work, spoolName(stage), at, -1); err != nil {
		return err
	}
	if f.index, err = openIndex(r.work, indexName(stage)); err != nil {
		return err
	}
	for g := range r.stages[stage].Global {
		rd, err := spool.OpenReader(r.work, decisionName(stage, g), -1)
		if err != nil {
			return err
		}
		f.decisions = append(f.decisions, &decisionReader{r: rd})
	}
	return f.skip(at)
}

// skip goes behind the blocks that lie before at.
func (f *spoolFeeder) skip(at int64) error {
	for f.index.info.At+f.index.info.Length < at {
		info, err := f.index.next()
		if err != nil {
			return errors.Join(errIndex, err)
		}
		for _, d := range f.decisions {
			if err := d.upTo(info.First+uint64(len(info.Texts)), nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *spoolFeeder) next(b *batch) error {
	packed, err := f.spool.Next()
	if err != nil {
		return err
	}
	info, err := f.index.next()
	if err == io.EOF {
		return errIndex
	}
	if err != nil {
		return err
	}
	b.lost, b.block = nil, shards.Block{}
	b.packed = append(b.packed[:0], packed...)
	b.first, b.bytes, b.size, b.pause = info.First, info.Length, info.Length, true
	for _, n := range info.Texts {
		b.size += int64(n)
	}
	b.end = position{At: info.At + info.Length}
	return f.decide(b, info.First+uint64(len(info.Texts)))
}

// decide copies the decisions on documents before end into the batch.
func (f *spoolFeeder) decide(b *batch, end uint64) error {
	if b.decisions == nil {
		b.arena = []byte{} // a decision of no bytes is not nil
		b.decisions = make([][]decision, len(f.decisions))
	}
	b.arena = b.arena[:0]
	type held struct{ g, i, from, to int }
	var where []held
	for g, d := range f.decisions {
		ds := b.decisions[g][:0]
		err := d.upTo(end, func(c decision) {
			where = append(where, held{g, len(ds), len(b.arena), len(b.arena) + len(c.bytes)})
			b.arena = append(b.arena, c.bytes...)
			ds = append(ds, decision{c.ordinal, c.removed, nil})
		})
		if err != nil {
			return err
		}
		b.decisions[g] = ds
	}
	for _, h := range where { // the arena does not move any more
		b.decisions[h.g][h.i].bytes = b.arena[h.from:h.to:h.to]
	}
	return nil
}

func (f *spoolFeeder) total() int64 { return f.size }

func (f *spoolFeeder) close() {
	if f.spool != nil {
		f.spool.Close()
	}
	if f.index != nil {
		f.index.close()
	}
	for _, d := range f.decisions {
		d.r.Close()
	}
}
