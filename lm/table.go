package lm

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// A table is a probing hash table in an image. An entry begins with its key.
type table struct {
	data    []byte
	stride  uint64
	buckets uint64
	left    uint64 // entries that still fit; only of use while building
}

// bucketsFor returns the number of buckets of a table with so many entries, in KenLM's
// arithmetic.
func bucketsFor(entries uint64, multiplier float32) uint64 {
	return max(entries+1, uint64(multiplier*float32(entries)))
}

func newTable(data []byte, stride, buckets uint64) table {
	return table{data: data, stride: stride, buckets: buckets, left: buckets - 1}
}

func (t *table) entry(i uint64) []byte { return t.data[i*t.stride:][:t.stride] }

// find returns the entry of a key, or nil.
func (t *table) find(key uint64) []byte {
	i := key % t.buckets
	for range t.buckets {
		e := t.data[i*t.stride:]
		switch binary.LittleEndian.Uint64(e) {
		case key:
			return e[:t.stride]
		case 0:
			return nil
		}
		if i++; i == t.buckets {
			i = 0
		}
	}
	return nil
}

// put returns the entry of a key and whether it was there before; nil where the table is
// full.
func (t *table) put(key uint64) (e []byte, found bool) {
	i := key % t.buckets
	for range t.buckets {
		e = t.entry(i)
		switch binary.LittleEndian.Uint64(e) {
		case key:
			return e, true
		case 0:
			if t.left == 0 {
				return nil, false
			}
			t.left--
			binary.LittleEndian.PutUint64(e, key)
			return e, false
		}
		if i++; i == t.buckets {
			i = 0
		}
	}
	return nil, false
}

func f32(b []byte) float32       { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }
func putF32(b []byte, v float32) { binary.LittleEndian.PutUint32(b, math.Float32bits(v)) }

const signBit = 1 << 31

// extendKey takes one more word, to the left, into the key of an n-gram.
func extendKey(key uint64, word uint32) uint64 {
	return key*8978948897894561157 ^ uint64(1+word)*17894857484156487943
}

// murmur is MurmurHash64A with the seed 0, by which KenLM finds words.
func murmur(s string) uint64 {
	const m, r = 0xc6a4a7935bd1e995, 47
	h := uint64(len(s)) * m
	for len(s) >= 8 {
		k := load(s) * m
		h = (h ^ (k^k>>r)*m) * m
		s = s[8:]
	}
	if len(s) > 0 {
		var tail uint64
		for i := len(s) - 1; i >= 0; i-- {
			tail = tail<<8 | uint64(s[i])
		}
		h = (h ^ tail) * m
	}
	h = (h ^ h>>r) * m
	return h ^ h>>r
}

func load(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// align8 rounds up to a multiple of 8.
func align8(n uint64) uint64 { return (n + 7) &^ 7 }

// mulFits multiplies and reports whether the product is below 2^62.
func mulFits(a, b uint64) (uint64, bool) {
	hi, lo := bits.Mul64(a, b)
	return lo, hi == 0 && lo < 1<<62
}
