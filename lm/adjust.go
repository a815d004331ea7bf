package lm

import (
	"encoding/binary"

	"tamis/spool"
)

// An adjustment holds the n-grams of each order, from 1, with their adjusted counts,
// sorted by their contexts.
type adjustment struct {
	order  int
	sorted [MostTrained + 1]*spool.Sorter
	stats  [MostTrained + 1]countStats
	rec    []byte
}

// counts returns how many n-grams of each order there are.
func (a *adjustment) counts() (out []uint64) {
	for n := 1; n <= a.order; n++ {
		out = append(out, a.stats[n].all)
	}
	return out
}

// adjust counts the longest n-grams, and of the shorter ones the different words before
// them. Those that begin a sentence have none: they keep their own counts.
func (t *Trainer) adjust() (*adjustment, error) {
	a := &adjustment{order: t.o.Order}
	for n := 1; n <= t.o.Order; n++ {
		a.sorted[n] = t.sorter(string(rune('0'+n))+"-counts", 4*n+8)
	}
	for _, special := range []uint32{unkID, bosID} {
		if err := a.emit(1, binary.BigEndian.AppendUint32(nil, special), 0); err != nil {
			return nil, err
		}
	}
	c := &collapse{a: a, last: make([]byte, 0, 4*t.o.Order)}
	if err := t.full.Each(c.next); err != nil {
		return nil, err
	}
	if err := c.flush(0); err != nil {
		return nil, err
	}
	return a, t.full.Close()
}

// emit notes an n-gram, given as its words from the last to the first.
func (a *adjustment) emit(n int, gram []byte, count uint64) error {
	a.stats[n].add(count)
	a.rec = append(append(a.rec[:0], gram[4:4*n]...), gram[:4]...)
	return a.sorted[n].Add(binary.BigEndian.AppendUint64(a.rec, count))
}

// A collapse goes through all n-grams in the order of their words from the last to the
// first, so that those with the same end stand together.
type collapse struct {
	a      *adjustment
	last   []byte
	counts [MostTrained + 1]uint64 // of the ends of last, by length
	length int                     // of the longest n-gram in last: up to the first <s>
}

// next takes in an n-gram, of which there may be copies.
func (c *collapse) next(gram []byte) error {
	same := c.common(gram)
	if same == c.a.order {
		return c.again()
	}
	if err := c.flush(same); err != nil {
		return err
	}
	if same > 0 {
		c.counts[same]++
	}
	c.last = append(c.last[:0], gram...)
	c.length = c.a.order
	for i := 1; i < c.a.order; i++ {
		if binary.BigEndian.Uint32(gram[4*i:]) == bosID {
			c.length = i + 1
			break
		}
	}
	for n := same + 1; n <= c.length; n++ {
		c.counts[n] = 1
	}
	return nil
}

// again counts a copy: of the longest n-gram, which has its own count.
func (c *collapse) again() error {
	c.counts[c.length]++
	return nil
}

// common returns how many words at the end the n-gram has in common with the last one.
func (c *collapse) common(gram []byte) int {
	n := 0
	for n < len(c.last)/4 && binary.BigEndian.Uint32(c.last[4*n:]) == binary.BigEndian.Uint32(gram[4*n:]) {
		n++
	}
	return n
}

// flush emits the ends of the last n-gram that are longer than same.
func (c *collapse) flush(same int) error {
	for n := c.length; n > same; n-- {
		if err := c.a.emit(n, c.last, c.counts[n]); err != nil {
			return err
		}
	}
	c.length = min(c.length, same)
	return nil
}
