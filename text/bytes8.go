package text

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unsafe"

	"github.com/zeebo/xxh3"
)

// Eight bytes at a time: the byte of a text that comes first is the lowest of a
// uint64. Sets of bytes are given by the high bits of the bytes that are in them.

const (
	eachByte = 0x0101010101010101
	highBits = 0x80 * eachByte
	lowBits  = 0x7F * eachByte
)

// load returns the eight bytes of s from byte i on. They must be there: nothing
// checks it.
func load(s string, i int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(unsafe.Pointer(unsafe.StringData(s)), i))[:])
}

// copy16 copies the sixteen bytes of s from byte j on to byte i of b. Nothing checks
// that they are there.
func copy16(b []byte, i int, s string, j int) {
	*(*[16]byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), i)) =
		*(*[16]byte)(unsafe.Add(unsafe.Pointer(unsafe.StringData(s)), j))
}

// loadShort returns the bytes of s, at most eight, and zeros.
func loadShort(s string) uint64 {
	switch n := len(s); {
	case n == 8:
		return load(s, 0)
	case n >= 4:
		return load4(s, 0) | load4(s, n-4)<<(8*(n-4))
	case n > 0:
		return uint64(s[0]) | uint64(s[n/2])<<(8*(n/2)) | uint64(s[n-1])<<(8*(n-1))
	}
	return 0
}

func load4(s string, i int) uint64 {
	return uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24
}

// between returns the ASCII bytes from lo to hi.
func between(x uint64, lo, hi byte) uint64 {
	low := x & lowBits
	return (low + uint64(0x80-lo)*eachByte) &^ (low + uint64(0x7F-hi)*eachByte) &^ x & highBits
}

// zeros returns the first byte that is 0, and perhaps wrong ones behind it: where it
// returns 0 there is none.
func zeros(x uint64) uint64 { return (x - eachByte) &^ x & highBits }

// CountTriple is strings.Count for what is three bytes long, such as an ellipsis.
func CountTriple(s, triple string) (n int) {
	for {
		i := strings.IndexByte(s, triple[0])
		if i < 0 || i+3 > len(s) {
			return n
		}
		if s[i+1] == triple[1] && s[i+2] == triple[2] {
			n++
			i += 2
		}
		s = s[i+1:]
	}
}

// CountBetween returns how many bytes of s lie between lo and hi, both of ASCII.
func CountBetween(s string, lo, hi byte) (n int) {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		n += bits.OnesCount64(between(load(s, i), lo, hi))
	}
	for ; i < len(s); i++ {
		if s[i] >= lo && s[i] <= hi {
			n++
		}
	}
	return n
}

// asciiLength returns how many bytes at the beginning of s are ASCII.
func asciiLength(s string) (n int) {
	for ; n+8 <= len(s); n += 8 {
		if high := load(s, n) & highBits; high != 0 {
			return n + bits.TrailingZeros64(high)/8
		}
	}
	for n < len(s) && s[n] < 0x80 {
		n++
	}
	return n
}

// unplain returns the bytes that are no ASCII or at most a space: white space and
// control characters.
func unplain(x uint64) uint64 { return (x | ^(x&lowBits + (0x80-0x21)*eachByte)) & highBits }

// letterBytes returns the ASCII letters.
func letterBytes(x uint64) uint64 { return between(x|0x20*eachByte, 'a', 'z') }

// digitBytes returns the ASCII digits.
func digitBytes(x uint64) uint64 { return between(x, '0', '9') }

// Hash returns a hash of a word that is the same on every machine: words of at most
// eight bytes and equal length never share one, others have that of XXH3.
func Hash(word string) uint64 {
	switch n := len(word); {
	case n <= 8:
		return hashShort(loadShort(word), n)
	case n <= 16:
		return hashMiddle(load(word, 0), load(word, n-8), n)
	}
	return xxh3.HashString(word)
}

// hashMiddle is XXH3 for n bytes, nine to sixteen, of which x are the first eight and y
// the last.
func hashMiddle(x, y uint64, n int) uint64 {
	x ^= 0x1F67B3B7A4A44072 ^ 0x78E5C0CC4EE679CB
	y ^= 0x2172FFCC7DD05A82 ^ 0x8E2443F7744608B8
	hi, lo := bits.Mul64(x, y)
	h := uint64(n) + bits.ReverseBytes64(x) + y + (hi ^ lo)
	h ^= h >> 37
	h *= 0x165667919E3779F9
	return h ^ h>>32
}

// hashShort hashes n bytes, at most eight.
func hashShort(x uint64, n int) uint64 {
	x += uint64(n) * mixer
	x ^= x >> 32
	x *= 0xD6E8FEB86659FD93
	x ^= x >> 32
	x *= 0xD6E8FEB86659FD93
	return x ^ x>>32
}
