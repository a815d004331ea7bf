package spool

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// rows is the pool of fixed records of up to 32 bytes: they are held as big-endian
// words, padded with zeros, and sorted where they are.
type rows[T words] struct {
	record int
	limit  int // records: half of the memory, since sorting needs as much again
	expect int
	a, tmp []T
}

func newRows[T words](o SortOptions) *rows[T] {
	var t T
	limit := o.Memory / int64(2*8*len(t))
	limit = min(max(limit, 16), 1<<31-1)
	return &rows[T]{record: o.Record, limit: int(limit), expect: int(min(o.Expect, limit))}
}

func (p *rows[T]) add(rec []byte) bool {
	if len(p.a) == p.limit {
		return false
	}
	if len(p.a) == cap(p.a) {
		p.grow()
	}
	p.a = p.a[:len(p.a)+1]
	t := &p.a[len(p.a)-1]
	for w := range len(*t) {
		(*t)[w] = loadWord(rec[8*w:])
	}
	return true
}

// grow makes room, but never beyond the limit.
func (p *rows[T]) grow() {
	a := make([]T, len(p.a), min(max(4*cap(p.a), p.expect, 1024), p.limit))
	copy(a, p.a)
	p.a = a
}

func (p *rows[T]) sort() {
	if cap(p.tmp) < len(p.a) {
		p.tmp = make([]T, len(p.a))
	}
	sortWords(p.a, p.tmp[:len(p.a)])
}

func (p *rows[T]) each(f func(rec []byte) error) error {
	var buf [32]byte
	for i := range p.a {
		t := &p.a[i]
		for w := range len(*t) {
			binary.BigEndian.PutUint64(buf[8*w:], (*t)[w])
		}
		if err := f(buf[:p.record]); err != nil {
			return err
		}
	}
	return nil
}

func (p *rows[T]) size() int { return len(p.a) }
func (p *rows[T]) reset()    { p.a = p.a[:0] }

// loadWord reads up to 8 bytes as the high bytes of a word.
func loadWord(b []byte) uint64 {
	if len(b) >= 8 {
		return binary.BigEndian.Uint64(b)
	}
	w := uint64(0)
	for i, c := range b {
		w |= uint64(c) << (56 - 8*i)
	}
	return w
}

// heap is the pool of all other records: their bytes lie in chunks with their lengths
// before them, and what is sorted is the first 8 bytes of the key with the place.
// Places ascend in the order of adding, so that the sort is stable.
type heap struct {
	key     int
	memory  int64
	chunk   int
	chunks  [][]byte
	free    [][]byte // chunks of the usual size that were filled before
	held    int64    // bytes of chunks
	entries [][2]uint64
	tmp     [][2]uint64
}

// entryCost is what a record takes beside its bytes: entry, its twin in the sort, and
// room to grow.
const entryCost = 40

func newHeap(o SortOptions) *heap {
	return &heap{key: o.Key, memory: o.Memory, chunk: int(min(max(o.Memory/16, 4<<10), 1<<20))}
}

func (p *heap) add(rec []byte) bool {
	need := len(rec) + binary.MaxVarintLen64
	if !p.room(need) {
		if len(p.entries) > 0 && p.held+int64(max(need, p.chunk))+entryCost*int64(len(p.entries)) > p.memory {
			return false
		}
		p.open(need)
	}
	c := len(p.chunks) - 1
	at := len(p.chunks[c])
	b := binary.AppendUvarint(p.chunks[c], uint64(len(rec)))
	p.chunks[c] = append(b, rec...)
	if len(p.entries) == cap(p.entries) {
		p.entries = slices.Grow(p.entries, max(len(p.entries), 256))
	}
	p.entries = append(p.entries, [2]uint64{loadWord(rec[:min(p.key, 8)]), uint64(c)<<32 | uint64(at)})
	return true
}

// room reports whether the last chunk can take so many bytes.
func (p *heap) room(need int) bool {
	if len(p.chunks) == 0 {
		return false
	}
	c := p.chunks[len(p.chunks)-1]
	return cap(c)-len(c) >= need
}

// open begins a chunk that can take so many bytes.
func (p *heap) open(need int) {
	var c []byte
	if n := len(p.free); n > 0 && need <= p.chunk {
		c, p.free = p.free[n-1], p.free[:n-1]
	} else {
		// What a long record takes, chunks that wait to be filled again have to give.
		p.free = p.free[:len(p.free)-min(len(p.free), (need+p.chunk-1)/p.chunk)]
		clear(p.free[len(p.free):cap(p.free)])
		c = make([]byte, 0, max(need, p.chunk))
	}
	p.held += int64(cap(c))
	p.chunks = append(p.chunks, c)
}

func (p *heap) sort() {
	if cap(p.tmp) < len(p.entries) {
		p.tmp = make([][2]uint64, len(p.entries))
	}
	sortWords(p.entries, p.tmp[:len(p.entries)])
	if p.key > 8 {
		p.sortTies()
	}
}

// sortTies puts entries with equal prefixes in the order of the rest of their keys.
func (p *heap) sortTies() {
	for i := 0; i < len(p.entries); {
		j := i + 1
		for j < len(p.entries) && p.entries[j][0] == p.entries[i][0] {
			j++
		}
		if j-i > 1 {
			slices.SortStableFunc(p.entries[i:j], func(x, y [2]uint64) int {
				return bytes.Compare(p.record(x)[8:p.key], p.record(y)[8:p.key])
			})
		}
		i = j
	}
}

// record returns the record of an entry.
func (p *heap) record(e [2]uint64) []byte {
	b := p.chunks[e[1]>>32][uint32(e[1]):]
	n, skip := binary.Uvarint(b)
	return b[skip:][:n]
}

func (p *heap) each(f func(rec []byte) error) error {
	for _, e := range p.entries {
		if err := f(p.record(e)); err != nil {
			return err
		}
	}
	return nil
}

func (p *heap) size() int { return len(p.entries) }

func (p *heap) reset() {
	for _, c := range p.chunks {
		if cap(c) == p.chunk {
			p.free = append(p.free, c[:0])
		}
	}
	clear(p.chunks)
	p.chunks, p.entries, p.held = p.chunks[:0], p.entries[:0], 0
}
