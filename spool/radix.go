package spool

import "math/bits"

// words is a record as big-endian words: comparing them in order compares the bytes.
type words interface {
	[1]uint64 | [2]uint64 | [3]uint64 | [4]uint64
}

const (
	radixBits  = 11 // of a digit at most: 2048 streams are what caches bear
	radixSmall = 24 // records that insertion sorts faster
)

// sortWords sorts a in ascending order. tmp is as long as a; what is in it is lost.
//
// Most significant digit first, out of place. Each level looks at all its records
// once before it counts digits, which shows three things at a price of half a
// nanosecond: whether they are in order already, whether the word is the same in all
// of them, and which bits of it differ, so that leading zeros (ordinals) and common
// prefixes cost no pass. A digit is as wide as leaves about 16 records in a bucket:
//
//	5 M hashes: 11 bits, 2,400 in a bucket; 8 bits, 9 in a bucket; insertion.
func sortWords[T words](a, tmp []T) {
	s := sorting[T]{scratch: make([]uint32, 1<<13)}
	s.sort(a, tmp[:len(a)], 0, false)
}

type sorting[T words] struct {
	scratch []uint32 // where the levels find their counters, as on a stack
	used    int
}

// sort sorts a, whose words before word are all equal. The result is to be in b where
// there is true, and in a itself otherwise; the other one is lost.
func (s *sorting[T]) sort(a, b []T, word int, there bool) {
	for {
		if len(a) <= radixSmall {
			if there {
				copy(b, a)
				a = b
			}
			insert(a, word)
			return
		}
		diff, sorted := spread(a, word)
		if sorted {
			if there {
				copy(b, a)
			}
			return
		}
		if diff != 0 {
			s.split(a, b, word, diff, there)
			return
		}
		word++
	}
}

// split distributes a to b by the highest bits of the word that differ, and sorts the
// buckets.
func (s *sorting[T]) split(a, b []T, word int, diff uint64, there bool) {
	top := bits.Len64(diff)
	width := min(max(bits.Len(uint(len(a)))-4, 1), radixBits, top)
	low, mask := uint(top-width), uint64(1)<<width-1
	ends := s.counters(1 << width)
	for i := range a {
		ends[a[i][word]>>low&mask]++
	}
	sum := uint32(0)
	for i, n := range ends {
		ends[i] = sum // the beginning, until the scatter has moved it to the end
		sum += n
	}
	for i := range a {
		d := &ends[a[i][word]>>low&mask]
		b[*d] = a[i]
		*d++
	}
	begin := uint32(0)
	for _, end := range ends {
		s.sort(b[begin:end], a[begin:end], word, !there)
		begin = end
	}
	s.used -= len(ends)
}

// counters takes n zeros from the scratch memory; split gives them back.
func (s *sorting[T]) counters(n int) []uint32 {
	if s.used+n > len(s.scratch) {
		s.scratch = append(s.scratch[:len(s.scratch):len(s.scratch)], make([]uint32, max(n, len(s.scratch)))...)
	}
	c := s.scratch[s.used : s.used+n]
	s.used += n
	clear(c)
	return c
}

// spread returns the bits of the word in which any two records differ, and whether
// the records are in order as they are.
func spread[T words](a []T, word int) (diff uint64, sorted bool) {
	i := 1
	for i < len(a) && !lessFrom(&a[i], &a[i-1], word) {
		i++
	}
	if i == len(a) {
		return 0, true
	}
	first := a[0][word]
	for i := range a {
		diff |= a[i][word] ^ first
	}
	return diff, false
}

// insert sorts a few records whose words before word are equal.
func insert[T words](a []T, word int) {
	for i := 1; i < len(a); i++ {
		x, j := a[i], i
		for j > 0 && lessFrom(&x, &a[j-1], word) {
			a[j] = a[j-1]
			j--
		}
		a[j] = x
	}
}

// lessFrom compares two records from a word on.
func lessFrom[T words](x, y *T, word int) bool {
	for w := word; w < len(*x); w++ {
		if (*x)[w] != (*y)[w] {
			return (*x)[w] < (*y)[w]
		}
	}
	return false
}
