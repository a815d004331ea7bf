package dedup

import (
	"encoding/binary"
	"math"

	"tamis/spool"
	"tamis/step"
)

// distances are how near the documents are to the centroids of their clusters. They
// decide which of those that are left stay, in two sorts:
//
//	known  (ordinal, 0 similarity | 1 decision) → similarity of those that are left
//	ranks  (similarity, ordinal)                → the share that stays
type distances struct {
	v     *semanticResolver
	r     *step.Resolution
	known *spool.Sorter
	rec   []byte
}

// Facts on prototypes.
const (
	factLeft       = "documents with a vector are left by copies"
	factPrototypes = "of these go for their distance from the centroid"
)

func newDistances(v *semanticResolver) *distances {
	d := &distances{v: v, r: v.r}
	d.known = d.sorter("known", ordinalBytes+1)
	return d
}

func (d *distances) sorter(name string, key int) *spool.Sorter {
	return spool.NewSorter(d.r.Dir, name, spool.SortOptions{Key: key, Memory: d.r.Memory / 16, Check: d.v.ctx.Err})
}

func (d *distances) close() { d.known.Close() }

// resolution lets decisions wait until it is known who stays.
func (d *distances) resolution() *step.Resolution {
	r := *d.r
	r.Memory -= d.r.Memory / 8
	r.Decide = func(ordinal uint64, removed bool, decision []byte) error {
		d.rec = append(appendOrdinal(d.rec[:0], ordinal), 1, 0)
		if removed {
			d.rec[len(d.rec)-1] = 1
		}
		return d.known.Add(append(d.rec, decision...))
	}
	return &r
}

// place takes up how near a document is to its centroid, and puts that into its keep
// key where the recipe asks for it.
func (v *semanticResolver) place(ordinal uint64, similarity float32, key []byte) error {
	earlier := ordinal < v.epoch.earlier
	if v.central != "" && !earlier {
		at := 0
		if len(v.epoch.indexes) > 0 {
			at = earlierKey
		}
		binary.BigEndian.PutUint64(key[at:], orderOf(float64(similarity), v.central == "easy"))
	}
	if v.far == nil || earlier {
		return nil
	}
	d := v.far
	d.rec = append(appendOrdinal(d.rec[:0], ordinal), 0)
	return d.known.Add(appendUint64(d.rec, math.Float64bits(float64(similarity))))
}

// left calls f for the documents that copies leave, with their similarities, and
// decided for all decisions, in the order of the input. A document that is left may
// have a decision, too, which comes with it.
func (d *distances) left(f func(ordinal uint64, similarity float64, decision []byte) error, gone func(ordinal uint64, decision []byte) error) error {
	var waiting []byte // a similarity whose decision may follow
	flush := func() error {
		if len(waiting) == 0 {
			return nil
		}
		o, s := ordinalAt(waiting), math.Float64frombits(binary.BigEndian.Uint64(waiting[ordinalBytes+1:]))
		waiting = waiting[:0]
		return f(o, s, nil)
	}
	err := d.known.Each(func(b []byte) error {
		if b[ordinalBytes] == 0 {
			err := flush()
			waiting = append(waiting, b...)
			return err
		}
		o, removed, decision := ordinalAt(b), b[ordinalBytes+1] == 1, b[ordinalBytes+2:]
		own := len(waiting) > 0 && ordinalAt(waiting) == o
		if own && !removed {
			s := math.Float64frombits(binary.BigEndian.Uint64(waiting[ordinalBytes+1:]))
			waiting = waiting[:0]
			return f(o, s, decision)
		}
		if own {
			waiting = waiting[:0]
		} else if err := flush(); err != nil {
			return err
		}
		if removed {
			return gone(o, decision)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// decide ranks the documents that are left, and notes all decisions.
func (d *distances) decide() error {
	ranks := d.sorter("ranks", 8+ordinalBytes)
	defer ranks.Close()
	n := uint64(0)
	var rec []byte
	err := d.left(func(o uint64, similarity float64, _ []byte) error {
		n++
		rec = appendOrdinal(appendUint64(rec[:0], orderOf(similarity, d.v.stay == "nearest")), o)
		return ranks.Add(rec)
	}, func(uint64, []byte) error { return nil })
	if err != nil {
		return err
	}
	stay := uint64(math.Ceil(float64(d.v.prototypes * float64(n))))
	d.r.Note(factLeft, float64(n))
	d.r.Note(factPrototypes, float64(n-stay))
	goes := newBitset(d.r.Documents)
	rank := uint64(0)
	err = ranks.Each(func(b []byte) error {
		if rank++; rank > stay {
			goes.set(ordinalAt(b[8:]))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return d.left(func(o uint64, similarity float64, raw []byte) error {
		if !goes.has(o) {
			if raw == nil {
				return nil
			}
			return d.r.Decide(o, false, raw)
		}
		c := decision{keeper: o}
		if raw != nil {
			if c, err = readDecision(raw); err != nil {
				return err
			}
		}
		c.removed, c.prototype, c.jaccard = true, true, similarity
		rec = c.append(rec[:0])
		return d.r.Decide(o, true, rec)
	}, func(o uint64, raw []byte) error { return d.r.Decide(o, true, raw) })
}
