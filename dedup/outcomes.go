package dedup

import (
	"context"
	"encoding/binary"
	"errors"
	"math"

	"tamis/spool"
	"tamis/step"
)

// outcomes is what becomes of documents that have copies. First comes what became of
// a representative, then the documents that it stands for; the keep key is there where
// ranks are needed.
//
//	representative (5 B) | 0 | keeper (5 B) | size (u64) | similarity (float64) | via (u32) | keep key
//	representative (5 B) | 1 | copy (5 B)   | 0                                             | keep key
type outcomes struct {
	ctx    context.Context
	r      *step.Resolution
	keep   *keeping
	policy policy
	memory int64
	sorted *spool.Sorter
	rec    []byte
}

const outcomeBytes = ordinalBytes + 1 + ordinalBytes + 8 + 8 + 4

func newOutcomes(ctx context.Context, r *step.Resolution, k *keeping, p policy, memory int64) *outcomes {
	o := &outcomes{ctx: ctx, r: r, keep: k, policy: p, memory: memory}
	o.sorted = o.sorter("outcomes", outcomeBytes+o.keyBytes())
	return o
}

func (o *outcomes) sorter(name string, record int) *spool.Sorter {
	return spool.NewSorter(o.r.Dir, name, spool.SortOptions{Record: record, Memory: o.memory, Check: o.ctx.Err})
}

func (o *outcomes) close() error { return o.sorted.Close() }

// keyBytes is the length of the keep key: the best copy is known without it.
func (o *outcomes) keyBytes() int {
	if o.policy.copies > 1 {
		return o.keep.size
	}
	return 0
}

// add notes what became of a representative.
func (o *outcomes) add(representative, keeper, size uint64, similarity float64, through via, key []byte) error {
	b := appendOrdinal(append(appendOrdinal(o.rec[:0], representative), 0), keeper)
	b = binary.BigEndian.AppendUint32(appendUint64(appendUint64(b, size), math.Float64bits(similarity)), uint32(through))
	o.rec = append(b, key[:o.keyBytes()]...)
	return o.sorted.Add(o.rec)
}

// copyOf notes that a document is what its representative is.
func (o *outcomes) copyOf(representative, ordinal uint64, key []byte) error {
	b := appendOrdinal(append(appendOrdinal(o.rec[:0], representative), 1), ordinal)
	b = binary.BigEndian.AppendUint32(appendUint64(appendUint64(b, 0), 0), 0)
	o.rec = append(b, key[:o.keyBytes()]...)
	return o.sorted.Add(o.rec)
}

// decide gives each copy the outcome of its representative, and decides in the order
// of the input.
func (o *outcomes) decide() error {
	verdicts := o.sorter("decisions", verdictBytes)
	defer verdicts.Close()
	var err error
	if o.policy.copies <= 1 {
		err = o.bestOnly(verdicts)
	} else {
		err = o.ranked(verdicts)
	}
	if err != nil {
		return err
	}
	return decideAll(verdicts, o.r, o.policy)
}

// bestOnly lets the best copy stay, or none.
func (o *outcomes) bestOnly(verdicts *spool.Sorter) error {
	var rec []byte
	return o.each(func(ordinal uint64, outcome, _ []byte) error {
		keeper, size, similarity, through := readOutcome(outcome)
		rank := uint64(0)
		if ordinal != keeper {
			rank = 1
		}
		rec = appendVerdict(rec[:0], ordinal, keeper, size, similarity, through, o.policy.stays(rank))
		return verdicts.Add(rec)
	})
}

// ranked sorts the documents of each cluster by their keep keys.
func (o *outcomes) ranked(verdicts *spool.Sorter) error {
	ranks := o.sorter("ranks", ordinalBytes+o.keep.size+ordinalBytes+20)
	defer ranks.Close()
	var rec []byte
	err := o.each(func(ordinal uint64, outcome, key []byte) error {
		rec = append(append(rec[:0], outcome[:ordinalBytes]...), key...)
		return ranks.Add(append(appendOrdinal(rec, ordinal), outcome[ordinalBytes:ordinalBytes+20]...))
	})
	if err != nil {
		return err
	}
	best, rank := uint64(math.MaxUint64), uint64(0)
	return ranks.Each(func(r []byte) error {
		tail := r[ordinalBytes+o.keep.size:]
		keeper, size, similarity, through := readOutcome(append(append(rec[:0], r[:ordinalBytes]...), tail[ordinalBytes:]...))
		if rank++; keeper != best {
			best, rank = keeper, 0
		}
		rec = appendVerdict(rec[:0], ordinalAt(tail), keeper, size, similarity, through, o.policy.stays(rank))
		return verdicts.Add(rec)
	})
}

// readOutcome reads what add has written behind the representative.
func readOutcome(b []byte) (keeper, size uint64, similarity float64, through via) {
	return ordinalAt(b), binary.BigEndian.Uint64(b[ordinalBytes:]), math.Float64frombits(binary.BigEndian.Uint64(b[ordinalBytes+8:])),
		via(binary.BigEndian.Uint32(b[ordinalBytes+16:]))
}

// each calls f for all documents of clusters.
func (o *outcomes) each(f func(ordinal uint64, outcome, key []byte) error) error {
	var outcome []byte
	return o.sorted.Each(func(rec []byte) error {
		ordinal := ordinalAt(rec)
		if rec[ordinalBytes] == 0 {
			outcome = append(outcome[:0], rec[ordinalBytes+1:]...)
		} else {
			if outcome == nil {
				return errors.New("a copy without a representative")
			}
			ordinal = ordinalAt(rec[ordinalBytes+1:])
		}
		return f(ordinal, outcome, rec[outcomeBytes:])
	})
}
