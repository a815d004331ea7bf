package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"tamis/spool"
)

// Decisions of a global step lie in a block file, in ascending order of ordinals:
// each is the distance to the ordinal before (uvarint), whether the document is
// removed (one byte), and the step's own bytes behind their length (uvarint).

// decisionBlock is about how many bytes of decisions go into one block.
const decisionBlock = 256 << 10

// A decisionWriter notes the decisions of one global step.
type decisionWriter struct {
	w       *spool.Writer
	buf     []byte
	packed  []byte
	last    uint64 // ordinal of the last decision, plus one
	dead    bitset
	removed int64
}

func (d *decisionWriter) decide(ordinal uint64, removed bool, decision []byte) error {
	if ordinal < d.last {
		return fmt.Errorf("decision on document %d behind one on document %d: a bug of the step", ordinal, d.last-1)
	}
	d.buf = binary.AppendUvarint(d.buf, ordinal-d.last)
	d.last = ordinal + 1
	flag := byte(0)
	if removed {
		flag = 1
		d.removed++
		d.dead.set(ordinal)
	}
	d.buf = append(d.buf, flag)
	d.buf = binary.AppendUvarint(d.buf, uint64(len(decision)))
	d.buf = append(d.buf, decision...)
	if len(d.buf) < decisionBlock {
		return nil
	}
	return d.flush()
}

func (d *decisionWriter) flush() error {
	if len(d.buf) == 0 {
		return nil
	}
	d.packed = spool.Pack(d.packed[:0], d.buf)
	d.buf = d.buf[:0]
	return d.w.WriteBlock(d.packed)
}

// A decisionReader follows the ordinals of a spool through the decisions of one
// global step.
type decisionReader struct {
	r    *spool.Reader
	rest []byte // of the block at hand
	next uint64 // ordinal behind the last one read
	have bool   // cur is set and not yet given out
	cur  decision
	done bool
}

// A decision is one record of a decision file.
type decision struct {
	ordinal uint64
	removed bool
	bytes   []byte
}

var errDecision = errors.New("a decision is damaged: run with --restart")

// peek reads the next decision into cur; it returns false behind the last one.
func (d *decisionReader) peek() (bool, error) {
	if d.have || d.done {
		return d.have, nil
	}
	for len(d.rest) == 0 {
		var err error
		if d.rest, err = d.r.Payload(); err == io.EOF {
			d.done = true
			return false, nil
		} else if err != nil {
			return false, err
		}
	}
	gap, n := binary.Uvarint(d.rest)
	if n <= 0 || n >= len(d.rest) {
		return false, errDecision
	}
	removed := d.rest[n] == 1
	size, m := binary.Uvarint(d.rest[n+1:])
	at := n + 1 + m
	if m <= 0 || size > uint64(len(d.rest)-at) {
		return false, errDecision
	}
	d.cur = decision{d.next + gap, removed, d.rest[at : at+int(size)]}
	d.next += gap + 1
	d.rest = d.rest[at+int(size):]
	d.have = true
	return true, nil
}

// upTo calls f for all decisions on documents before end.
func (d *decisionReader) upTo(end uint64, f func(decision)) error {
	for {
		ok, err := d.peek()
		if err != nil || !ok || d.cur.ordinal >= end {
			return err
		}
		d.have = false
		if f != nil {
			f(d.cur)
		}
	}
}

// A bitset has one bit for each document of a stage.
type bitset []uint64

func newBitset(n uint64) bitset { return make(bitset, (n+63)/64) }

func (b bitset) set(i uint64)      { b[i/64] |= 1 << (i % 64) }
func (b bitset) has(i uint64) bool { return b[i/64]&(1<<(i%64)) != 0 }
