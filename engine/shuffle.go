package engine

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/zeebo/xxh3"

	"tamis/document"
	"tamis/spool"
)

// shuffleBlock is about how many bytes of documents go into a block of the shuffled
// spool.
const shuffleBlock = 1 << 20

// shuffle brings the last spool into an order that depends on the seed alone, by an
// external sort on a hash of seed and ordinal, and returns the number under which
// the new spool lies. Where the output is split, its parts lie one behind the other.
// Where the recipe wants neither that is the stage itself.
//
// The hash is of the ordinal, not of the place: the same documents are shuffled
// alike whatever format they came in.
func (r *Run) shuffle(ctx context.Context, stage int, ev Events) (int, error) {
	if !r.plan.Output.Shuffle && r.plan.Output.Split == nil {
		return stage, nil
	}
	if r.state.shuffled != nil {
		return stage + 1, nil
	}
	ev.phase("shuffle", int64(r.state.scan.Documents))
	dir, err := r.work.Sub("shuffle")
	if err != nil {
		return 0, err
	}
	defer dir.RemoveAll()
	if err := dir.Clear(); err != nil {
		return 0, err
	}
	parts, err := r.findParts(ctx, stage)
	if err != nil {
		return 0, err
	}
	sorter := spool.NewSorter(dir, "shuffle", spool.SortOptions{Key: orderKey, Memory: r.plan.Memory / 3})
	defer sorter.Close()
	if err := r.fillSorter(ctx, stage, parts, sorter); err != nil {
		return 0, fmt.Errorf("shuffle: %w", err)
	}
	if err := r.writeShuffled(ctx, stage+1, sorter); err != nil {
		return 0, fmt.Errorf("shuffle: %w", err)
	}
	return stage + 1, r.note(record{Shuffled: &scanned{Stage: stage + 1, Parts: parts.all}})
}

// A key is the number of the part (u16), the hash and the ordinal, big-endian.
const orderKey = 2 + 8 + 8

// fillSorter gives every document of the spool to the sorter, behind its key.
func (r *Run) fillSorter(ctx context.Context, stage int, parts *parts, sorter *spool.Sorter) error {
	var rec []byte
	var seed [16]byte
	binary.BigEndian.PutUint64(seed[:], r.plan.Seed)
	all := func(uint64) bool { return true }
	return r.readSpool(ctx, stage, all, func(ordinal uint64, d *document.Document) error {
		hash := uint64(0)
		if r.plan.Output.Shuffle {
			binary.BigEndian.PutUint64(seed[8:], ordinal)
			hash = xxh3.Hash(seed[:])
		}
		rec = binary.BigEndian.AppendUint16(rec[:0], parts.number(r, d))
		rec = binary.BigEndian.AppendUint64(rec, hash)
		rec = binary.BigEndian.AppendUint64(rec, ordinal)
		return sorter.Add(document.Append(rec, d, r.plan.Carried))
	})
}

// writeShuffled writes the sorted documents as a spool with its index.
func (r *Run) writeShuffled(ctx context.Context, number int, sorter *spool.Sorter) error {
	w := &spoolWriter{}
	defer w.close()
	if err := w.open(r.work, number); err != nil {
		return err
	}
	d := r.newDocument()
	err := sorter.Each(func(rec []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := document.Decode(rec[orderKey:], d, r.plan.Carried); err != nil {
			return err
		}
		return w.add(rec[orderKey:], len(d.Text()))
	})
	if err != nil {
		return err
	}
	return w.finish()
}

// A spoolWriter writes a spool and its index from one goroutine.
type spoolWriter struct {
	spool, index             *spool.Writer
	payload, packed, scratch []byte
	texts                    []int
}

func (w *spoolWriter) open(dir *spool.Dir, number int) (err error) {
	if w.spool, err = spool.CreateWriter(dir, spoolName(number)); err != nil {
		return err
	}
	w.index, err = spool.CreateWriter(dir, indexName(number))
	return err
}

func (w *spoolWriter) add(doc []byte, text int) error {
	if len(w.payload)+len(doc) > spool.MaxPayload {
		if err := w.flush(); err != nil {
			return err
		}
	}
	w.payload = append(w.payload, doc...)
	w.texts = append(w.texts, text)
	if len(w.payload) < shuffleBlock {
		return nil
	}
	return w.flush()
}

func (w *spoolWriter) flush() error {
	if len(w.texts) == 0 {
		return nil
	}
	w.packed = spool.Wrap(w.packed[:0], w.payload)
	if err := w.spool.WriteBlock(w.packed); err != nil {
		return err
	}
	w.scratch = appendInfo(w.scratch[:0], len(w.packed), w.texts)
	w.packed = spool.Pack(w.packed[:0], w.scratch)
	w.payload, w.texts = w.payload[:0], w.texts[:0]
	return w.index.WriteBlock(w.packed)
}

func (w *spoolWriter) finish() error {
	if err := w.flush(); err != nil {
		return err
	}
	if err := w.spool.Finish(); err != nil {
		return err
	}
	return w.index.Finish()
}

func (w *spoolWriter) close() {
	for _, f := range []*spool.Writer{w.spool, w.index} {
		if f != nil {
			f.Close()
		}
	}
}
