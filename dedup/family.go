package dedup

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/dgryski/go-minhash"
	"github.com/zeebo/xxh3"
)

// A kernel writes the signature of a set of shingles, given by their hashes with or
// without repeats. The chance that two sets have the same value at one place is
// their Jaccard similarity. A kernel has no state and is shared by all workers.
type kernel func(sig, shingles []uint64)

// Families are how signatures are made.
const (
	familyFast         = "fast"
	familyOPH          = "oph"
	familyPermutations = "permutations"
	familyGoMinhash    = "go-minhash"
	familyDatatrove    = "datatrove"
	familyRedPajama    = "redpajama"
	familySlimPajama   = "slimpajama"
)

// family makes the kernel of a family for signatures of k values. The seed is the
// recipe's; the published families have one of their own. narrow keeps 32 bits of
// each value, where the published family does so for hashes of 32 bits.
func family(name string, k int, seed uint64, narrow bool) kernel {
	switch name {
	case familyFast:
		return fast(seed)
	case familyOPH:
		return onePermutation(seed)
	case familyPermutations:
		return permutations(seed, k)
	case familyGoMinhash:
		h1, h2 := pushHashes(seed)
		return doubleHashing(h1, h2)
	case familyDatatrove:
		return wrapping(numpyFamily(1, k, false), narrow)
	case familyRedPajama:
		return wrapping(numpyFamily(42, k, true), true)
	case familySlimPajama:
		return wrapping(numpyFamily(1, k, true), true)
	}
	return nil
}

// newSignature returns what holds a signature of k values: go-minhash's type, into
// whose Signature the kernels write.
func newSignature(k int) *minhash.MinWise {
	return minhash.NewMinWise(nil, nil, k)
}

func clearSignature(sig []uint64) {
	for i := range sig {
		sig[i] = math.MaxUint64
	}
}

// fast is fast similarity sketching (Dahlgaard, Knudsen, Thorup, FOCS 2017): each
// round throws every shingle into one place and only fills places that are still
// empty; a large set is done after the first round, like one-permutation hashing, but
// no place borrows another's value. After k rounds each empty place takes its own
// minimum, so that there is always an end.
func fast(seed uint64) kernel {
	return func(sig, shingles []uint64) {
		clearSignature(sig)
		if len(shingles) == 0 {
			return
		}
		k := uint64(len(sig))
		salt := splitmix(seed, 0)
		for _, x := range shingles {
			x ^= salt
			at, _ := bits.Mul64(x, k)
			sig[at] = min(sig[at], x) // without a branch, which no processor could foresee
		}
		fillRounds(sig, shingles, seed)
	}
}

// fillRounds does the rounds after the first. What a round fills is closed to the next.
func fillRounds(sig, shingles []uint64, seed uint64) {
	k := uint64(len(sig))
	var buf [2][16]uint64
	empty, filled := bitset(buf[0][:]), bitset(buf[1][:])
	if len(sig) > 64*len(buf[0]) {
		empty, filled = newBitset(k), newBitset(k)
	}
	for i, v := range sig {
		if v == math.MaxUint64 {
			empty.set(uint64(i))
		}
	}
	for round := uint64(1); empty.count() > 0; round++ {
		if round == k {
			fillEach(sig, shingles, seed)
			return
		}
		salt := splitmix(seed, round)
		for _, x := range shingles {
			x = mix(x ^ salt)
			if at, _ := bits.Mul64(x, k); empty.has(at) {
				sig[at] = min(sig[at], x)
				filled.set(at)
			}
		}
		for i := range filled {
			empty[i] &^= filled[i]
			filled[i] = 0
		}
	}
}

// fillEach gives each empty place the minimum of a function of its own.
func fillEach(sig, shingles []uint64, seed uint64) {
	for i, v := range sig {
		if v != math.MaxUint64 {
			continue
		}
		salt := splitmix(seed, uint64(len(sig)+i))
		for _, x := range shingles {
			v = min(v, mix(x^salt))
		}
		sig[i] = v
	}
}

// onePermutation is one-permutation hashing (Li, Owen, Zhang, NIPS 2012) with optimal
// densification (Shrivastava, ICML 2017): an empty place takes the value of the
// first place that is not empty in a sequence of its own.
func onePermutation(seed uint64) kernel {
	return func(sig, shingles []uint64) {
		clearSignature(sig)
		if len(shingles) == 0 {
			return
		}
		k := uint64(len(sig))
		salt := splitmix(seed, 0)
		for _, x := range shingles {
			x ^= salt
			at, _ := bits.Mul64(x, k)
			sig[at] = min(sig[at], x&^1) // without a branch, which no processor could foresee
		}
		densify(sig, seed)
	}
}

// densify fills empty places. A borrowed value is marked by its lowest bit, and the
// filled ones, of which there is one at least, by a cleared one, so that none is lent on.
func densify(sig []uint64, seed uint64) {
	k := uint64(len(sig))
	for i, v := range sig {
		if v != math.MaxUint64 {
			continue
		}
		for try := uint64(1); ; try++ {
			from, _ := bits.Mul64(splitmix(seed+try, uint64(i)), k)
			if sig[from]&1 == 0 {
				sig[i] = sig[from] | 1
				break
			}
		}
	}
}

// permutations takes the minima of k functions a·x+b mod 2^64, four at a time.
func permutations(seed uint64, k int) kernel {
	a, b := make([]uint64, k), make([]uint64, k)
	for i := range k {
		a[i], b[i] = splitmix(seed, uint64(2*i))|1, splitmix(seed, uint64(2*i+1))
	}
	return func(sig, shingles []uint64) {
		i := 0
		for ; i+4 <= len(sig); i += 4 {
			a0, a1, a2, a3 := a[i], a[i+1], a[i+2], a[i+3]
			b0, b1, b2, b3 := b[i], b[i+1], b[i+2], b[i+3]
			m0, m1, m2, m3 := uint64(math.MaxUint64), uint64(math.MaxUint64), uint64(math.MaxUint64), uint64(math.MaxUint64)
			for _, x := range shingles {
				m0, m1 = min(m0, a0*x+b0), min(m1, a1*x+b1)
				m2, m3 = min(m2, a2*x+b2), min(m3, a3*x+b3)
			}
			sig[i], sig[i+1], sig[i+2], sig[i+3] = m0, m1, m2, m3
		}
		for ; i < len(sig); i++ {
			m := uint64(math.MaxUint64)
			for _, x := range shingles {
				m = min(m, a[i]*x+b[i])
			}
			sig[i] = m
		}
	}
}

// pushHashes are the two functions that go-minhash's Push would be given.
func pushHashes(seed uint64) (h1, h2 minhash.Hash64) {
	s1, s2 := splitmix(seed, 0), splitmix(seed, 1)
	h1 = func(b []byte) uint64 { return xxh3.HashSeed(b, s1) }
	h2 = func(b []byte) uint64 { return xxh3.HashSeed(b, s2) }
	return h1, h2
}

// doubleHashing gives what go-minhash's Push gives for the eight bytes of each
// shingle's hash, little-endian: value i of an element is h1 + i·h2 mod 2^64. On
// small sets its error has heavy tails: prefer another family.
func doubleHashing(h1, h2 minhash.Hash64) kernel {
	return func(sig, shingles []uint64) {
		clearSignature(sig)
		var b [8]byte
		for _, x := range shingles {
			binary.LittleEndian.PutUint64(b[:], x)
			v, step := h1(b[:]), h2(b[:])
			for i, m := range sig {
				if v < m {
					sig[i] = v
				}
				v += step
			}
		}
	}
}

// pairs are the numbers a and b of a published family.
type pairs struct{ a, b []uint64 }

// mersenne is the modulus of the published families, 2^61-1.
const mersenne = 1<<61 - 1

// wrapping takes the minima of ((a·x + b) mod 2^64) mod 2^61-1, four at a time:
// NumPy's product wraps around before the modulus is taken. narrow keeps the lowest
// 32 bits of each value.
func wrapping(p pairs, narrow bool) kernel {
	mask := uint64(math.MaxUint64)
	empty := mask
	if narrow {
		mask, empty = math.MaxUint32, math.MaxUint32
	}
	return func(sig, shingles []uint64) {
		i := 0
		for ; i+4 <= len(sig); i += 4 {
			a0, a1, a2, a3 := p.a[i], p.a[i+1], p.a[i+2], p.a[i+3]
			b0, b1, b2, b3 := p.b[i], p.b[i+1], p.b[i+2], p.b[i+3]
			m0, m1, m2, m3 := empty, empty, empty, empty
			for _, x := range shingles {
				m0, m1 = min(m0, modulo(a0*x+b0)&mask), min(m1, modulo(a1*x+b1)&mask)
				m2, m3 = min(m2, modulo(a2*x+b2)&mask), min(m3, modulo(a3*x+b3)&mask)
			}
			sig[i], sig[i+1], sig[i+2], sig[i+3] = m0, m1, m2, m3
		}
		for ; i < len(sig); i++ {
			m := empty
			for _, x := range shingles {
				m = min(m, modulo(p.a[i]*x+p.b[i])&mask)
			}
			sig[i] = m
		}
	}
}

// modulo returns v mod 2^61-1.
func modulo(v uint64) uint64 {
	v = v&mersenne + v>>61
	if v >= mersenne {
		v -= mersenne
	}
	return v
}

// seeded reports whether a family depends on the recipe's seed.
func seeded(name string) bool {
	switch name {
	case familyDatatrove, familyRedPajama, familySlimPajama:
		return false
	}
	return true
}
