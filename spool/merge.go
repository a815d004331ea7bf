package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// A runWriter writes records to a run file.
type runWriter struct {
	w       *Writer
	fixed   int
	block   int
	plain   bool
	payload []byte
	packed  []byte
	cost    int64
}

func newRunWriter(dir *Dir, name string, o *SortOptions) (*runWriter, error) {
	w, err := createWriter(dir, name)
	if err != nil {
		return nil, err
	}
	return &runWriter{w: w, fixed: o.fixed(), block: o.block(), plain: o.Plain}, nil
}

// add appends a record; a record never spans two blocks.
func (r *runWriter) add(rec []byte) error {
	if len(r.payload) > 0 && len(r.payload)+len(rec)+binary.MaxVarintLen32 > r.block {
		if err := r.flush(); err != nil {
			return err
		}
	}
	if r.fixed == 0 {
		r.payload = binary.AppendUvarint(r.payload, uint64(len(rec)))
	}
	r.payload = append(r.payload, rec...)
	return nil
}

// flush writes the block. Its cost to a reader is the payload, the packed block and
// the room that a Reader adds.
func (r *runWriter) flush() error {
	if r.plain {
		r.packed = Wrap(r.packed[:0], r.payload)
	} else {
		r.packed = Pack(r.packed[:0], r.payload)
	}
	r.cost = max(r.cost, int64(len(r.payload)+len(r.packed)+len(r.packed)/8))
	r.payload = r.payload[:0]
	return r.w.WriteBlock(r.packed)
}

func (r *runWriter) finish() error {
	if len(r.payload) > 0 {
		if err := r.flush(); err != nil {
			return errors.Join(err, r.w.Close())
		}
	}
	return r.w.finish()
}

// A cursor is at one record of a run file.
type cursor struct {
	r     *Reader
	fixed int
	key   int
	check func() error
	rest  []byte // what follows the record in its block
	rec   []byte
}

// next goes to the next record; io.EOF behind the last one.
func (c *cursor) next() error {
	for len(c.rest) == 0 {
		if err := c.refill(); err != nil {
			return err
		}
	}
	n := c.fixed
	if n == 0 {
		length, skip := binary.Uvarint(c.rest)
		if skip <= 0 || length > uint64(len(c.rest)-skip) {
			return c.corrupt()
		}
		n, c.rest = int(length), c.rest[skip:]
	}
	if n > len(c.rest) || n < c.key {
		return c.corrupt()
	}
	c.rec, c.rest = c.rest[:n:n], c.rest[n:]
	return nil
}

// refill reads the next block.
func (c *cursor) refill() (err error) {
	if err := c.check(); err != nil {
		return err
	}
	c.rest, err = c.r.Payload()
	return err
}

func (c *cursor) corrupt() error {
	return &Corrupt{Path: c.r.path, At: c.r.At(), Err: errors.New("a record does not fit its block")}
}

// merge calls f for the records of all runs in ascending order.
func merge(dir *Dir, runs []run, o *SortOptions, f func(rec []byte) error) (err error) {
	t := &tournament{key: o.Key}
	defer func() {
		for _, c := range t.cursors {
			err = errors.Join(err, c.r.Close())
		}
	}()
	for _, run := range runs {
		r, err := OpenReader(dir, run.name, -1)
		if err != nil {
			return err
		}
		t.cursors = append(t.cursors, &cursor{r: r, fixed: o.fixed(), key: o.Key, check: o.check})
	}
	return t.play(f)
}

// A tournament finds the smallest of many cursors with one comparison for each level
// of a tree of losers:
//
//	      winner
//	        |
//	     loser[1]             a record that is taken is replaced by the next one of
//	     /      \             its run file, which then meets the losers on its way up
//	loser[2]   loser[3]
//	 /   \      /   \
//	0     1    2     3        cursors
type tournament struct {
	cursors []*cursor
	key     int
	head    []uint64 // first 8 bytes of the key of each cursor
	done    []bool
	losers  []int32
	winner  int32
}

func (t *tournament) play(f func(rec []byte) error) error {
	k := len(t.cursors)
	t.head, t.done, t.losers = make([]uint64, k), make([]bool, k), make([]int32, k)
	for i := range t.losers {
		t.losers[i] = -1
	}
	for i := range t.cursors {
		if err := t.advance(int32(i)); err != nil {
			return err
		}
		t.enter(int32(i))
	}
	for !t.done[t.winner] {
		w := t.winner
		if err := f(t.cursors[w].rec); err != nil {
			return err
		}
		if err := t.advance(w); err != nil {
			return err
		}
		t.replay(w)
	}
	return nil
}

// advance moves a cursor to its next record.
func (t *tournament) advance(i int32) error {
	c := t.cursors[i]
	switch err := c.next(); {
	case err == io.EOF:
		t.done[i] = true
	case err != nil:
		return err
	default:
		t.head[i] = loadWord(c.rec[:min(t.key, 8)])
	}
	return nil
}

// enter lets a cursor in until it meets an empty place or wins.
func (t *tournament) enter(i int32) {
	for node := (int(i) + len(t.cursors)) / 2; node > 0; node /= 2 {
		if t.losers[node] < 0 {
			t.losers[node] = i
			return
		}
		if t.less(t.losers[node], i) {
			i, t.losers[node] = t.losers[node], i
		}
	}
	t.winner = i
}

// replay lets the cursor that has won meet the losers on its way again.
func (t *tournament) replay(i int32) {
	for node := (int(i) + len(t.cursors)) / 2; node > 0; node /= 2 {
		if t.less(t.losers[node], i) {
			i, t.losers[node] = t.losers[node], i
		}
	}
	t.winner = i
}

// less orders cursors by key, then by the order of their run files; those at their end
// come last.
func (t *tournament) less(a, b int32) bool {
	if t.done[a] || t.done[b] {
		return !t.done[a] || t.done[b] && a < b
	}
	if t.head[a] != t.head[b] {
		return t.head[a] < t.head[b]
	}
	if t.key > 8 {
		if c := bytes.Compare(t.cursors[a].rec[8:t.key], t.cursors[b].rec[8:t.key]); c != 0 {
			return c < 0
		}
	}
	return a < b
}
