package classify

import "math/bits"

// A bitset counts the bits before each of its bits.
type bitset struct {
	words []uint64
	ranks []int32
}

func newBitset(n int) bitset { return bitset{words: make([]uint64, (n+63)/64)} }

func (b *bitset) set(i int)      { b.words[i>>6] |= 1 << (i & 63) }
func (b *bitset) has(i int) bool { return b.words[i>>6]>>(i&63)&1 == 1 }

// count must be called when all bits are set.
func (b *bitset) count() {
	b.ranks = make([]int32, len(b.words))
	n := 0
	for i, w := range b.words {
		b.ranks[i] = int32(n)
		n += bits.OnesCount64(w)
	}
}

// rank returns how many bits are set before bit i.
func (b *bitset) rank(i int) int {
	return int(b.ranks[i>>6]) + bits.OnesCount64(b.words[i>>6]&(1<<(i&63)-1))
}

// each calls f with every set bit, ascending.
func (b *bitset) each(f func(i int)) {
	for at, w := range b.words {
		for ; w != 0; w &= w - 1 {
			f(at<<6 + bits.TrailingZeros64(w))
		}
	}
}
