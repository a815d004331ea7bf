package dedup

import (
	"fmt"
	"math/bits"
)

// Ordinals are kept in five bytes.
const (
	ordinalBytes = 5
	maxDocuments = 1 << 40
)

func appendOrdinal(dst []byte, o uint64) []byte {
	return append(dst, byte(o>>32), byte(o>>24), byte(o>>16), byte(o>>8), byte(o))
}

func ordinalAt(b []byte) uint64 {
	return uint64(b[0])<<32 | uint64(b[1])<<24 | uint64(b[2])<<16 | uint64(b[3])<<8 | uint64(b[4])
}

// A bitset has a bit for each ordinal.
type bitset []uint64

func newBitset(n uint64) bitset    { return make(bitset, (n+63)/64) }
func (b bitset) set(i uint64)      { b[i/64] |= 1 << (i % 64) }
func (b bitset) unset(i uint64)    { b[i/64] &^= 1 << (i % 64) }
func (b bitset) has(i uint64) bool { return b[i/64]>>(i%64)&1 != 0 }
func (b bitset) count() (n int) {
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}
func bitsetBytes(documents uint64) uint64 { return documents / 8 }

// A forest holds disjoint sets of ordinals. The root of a set is its lowest ordinal,
// whatever the order in which sets were joined.
type forest struct {
	low  []uint32
	high []uint8 // bits 32 to 39; nil where no ordinal needs them
}

func newForest(n uint64) *forest {
	f := &forest{low: make([]uint32, n)}
	if n > 1<<32 {
		f.high = make([]uint8, n)
	}
	for i := range n {
		f.set(i, i)
	}
	return f
}

// forestBytes is what a forest of n ordinals takes.
func forestBytes(n uint64) uint64 {
	if n > 1<<32 {
		return 5 * n
	}
	return 4 * n
}

func (f *forest) get(i uint64) uint64 {
	if f.high == nil {
		return uint64(f.low[i])
	}
	return uint64(f.high[i])<<32 | uint64(f.low[i])
}

func (f *forest) set(i, parent uint64) {
	f.low[i] = uint32(parent)
	if f.high != nil {
		f.high[i] = uint8(parent >> 32)
	}
}

// find returns the root of i's set, and halves the path to it.
func (f *forest) find(i uint64) uint64 {
	for {
		p := f.get(i)
		if p == i {
			return i
		}
		g := f.get(p)
		f.set(i, g)
		i = g
	}
}

// join makes one set of a's and b's.
func (f *forest) join(a, b uint64) {
	a, b = f.find(a), f.find(b)
	if a > b {
		a, b = b, a
	}
	f.set(b, a)
}

// A sieve finds out which hashes can occur more than once: it forgets which hash it
// was, so that some are taken for repeated that are not, and none the other way.
// Each of its slots counts to two.
type sieve struct{ words []uint64 }

// newSieve makes a sieve for n hashes that takes at most the given bytes: four slots
// for a hash where there is room.
func newSieve(n uint64, bytes int64) *sieve {
	return &sieve{words: make([]uint64, max(1, min(n/8+1, uint64(max(bytes, 8))/8)))}
}

func (s *sieve) bytes() int64 { return int64(8 * len(s.words)) }

// slot spreads the hash over all slots; its low bits choose the pair within a word.
func (s *sieve) slot(hash uint64) (word *uint64, shift uint64) {
	return &s.words[spread(hash, uint64(len(s.words)))], hash & 31 * 2
}

func (s *sieve) add(hash uint64) {
	// Without a branch, so that the processor need not wait for one word before it
	// asks for the next: a slot whose upper bit is set has counted to two.
	w, shift := s.slot(hash)
	*w += (^(*w >> (shift + 1)) & 1) << shift
}

// count is how often the hash was added, or more, to two.
func (s *sieve) count(hash uint64) int {
	w, shift := s.slot(hash)
	return int(*w >> shift & 3)
}

func (s *sieve) repeated(hash uint64) bool { return s.count(hash) == 2 }

// tooMany says how much memory the resident part of a step needs, where it has not.
func tooMany(step string, documents, need uint64, have int64) error {
	switch {
	case documents > maxDocuments:
		return fmt.Errorf("%s: %d documents in one stage, at most %d are possible", step, documents, uint64(maxDocuments))
	case need > uint64(max(have, 0)):
		return fmt.Errorf("%s: %d documents need %d MiB of memory to be resolved, the budget leaves %d MiB; raise memory in the recipe",
			step, documents, need>>20+1, max(have, 0)>>20)
	}
	return nil
}
