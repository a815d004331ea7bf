package dedup

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"tamis/text"
)

// letters gives for each code point of the basic plane its lower case where it
// belongs to a word (letters, digits, marks, the underscore), and 0 where not.
var letters = sync.OnceValue(func() *[1 << 16]uint16 {
	t := new([1 << 16]uint16)
	for r := range rune(len(t)) {
		if wordRune(r) {
			t[r] = uint16(r)
			if l := unicode.ToLower(r); l < 1<<16 {
				t[r] = uint16(l)
			}
		}
	}
	return t
})

func wordRune(r rune) bool {
	return r == '_' || unicode.In(r, unicode.L, unicode.N, unicode.M)
}

// letter returns the lower case of a code point that belongs to a word, and 0 for
// others.
func letter(r rune) rune {
	if r < 1<<16 {
		return rune(letters()[r])
	}
	if wordRune(r) {
		return unicode.ToLower(r)
	}
	return 0
}

// alone reports whether r is a word of its own: it belongs to a script that is
// written without spaces between words.
func alone(r rune) bool {
	if r < 0x0e00 {
		return false
	}
	return r <= 0x0eff || // Thai, Lao
		0x1000 <= r && r <= 0x109f || 0x1780 <= r && r <= 0x17ff || // Burmese, Khmer
		0x2e80 <= r && r <= 0x9fff || // kana, Han
		0xf900 <= r && r <= 0xfaff || 0xff66 <= r && r <= 0xff9f ||
		0x1b000 <= r && r <= 0x1b16f || 0x20000 <= r && r <= 0x3ffff
}

// appendWordHashes appends a hash for each word of s: a run of letters, digits,
// marks and underscores in lower case, or one character of a script that is written
// without spaces. It is the fast twin of normalizeWords. Words of up to seven ASCII
// letters never share a hash; others do with a chance of 2^-64.
func appendWordHashes(dst []uint64, s string) []uint64 {
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			if dst, i = appendASCIIHashes(dst, b, i); i == len(b) {
				break
			}
		}
		dst, i = appendNextHash(dst, s, i)
	}
	return dst
}

// appendASCIIHashes appends the hashes of the words from byte i on, 64 bytes at a time. It
// returns where it can see no more: at a word that goes on beyond ASCII, or beyond what is
// looked at at a time.
func appendASCIIHashes(dst []uint64, b []byte, i int) ([]uint64, int) {
	var padded [64 + 8]byte
	for i < len(b) {
		near := b[i:]
		if len(near) < len(padded) { // eight bytes can be read wherever a word begins
			padded = [64 + 8]byte{}
			copy(padded[:], near)
			near = padded[:]
		}
		words, underscores, high := text.Core64((*[64]byte)(near))
		words |= underscores
		end := bits.TrailingZeros64(high)
		end -= bits.LeadingZeros64(^(words << (64 - end))) // without a word that may go on
		if end <= 0 {
			break
		}
		dst = slices.Grow(dst, 32)
		for words &= 1<<end - 1; words != 0; {
			from := bits.TrailingZeros64(words)
			n := bits.TrailingZeros64(^words >> from)
			run := words
			words &= words + 1<<from
			x := binary.LittleEndian.Uint64(near[from : from+8])
			plain := underscores&(run^words) == 0
			if n < 8 && plain {
				dst = append(dst, mix(lowerEight(bits.ReverseBytes64(x))>>(64-8*n)))
				continue
			}
			dst = append(dst, hashASCII(near[from:], n, plain))
		}
		i = min(i+end, len(b))
	}
	return dst, i
}

// lowerEight puts letters and digits into lower case.
func lowerEight(x uint64) uint64 { return x | 0x2020202020202020 }

// hashASCII is the hash of the word of n bytes that b begins with. Eight bytes can be read
// behind it. A plain word has no underscore.
func hashASCII(b []byte, n int, plain bool) uint64 {
	var w wordHash
	if !plain {
		for table := letters(); w.n < n; {
			w.add(uint64(table[b[w.n]]))
		}
		return w.sum()
	}
	for ; n >= 8; n, b = n-8, b[8:] {
		w.h = mix(w.h ^ lowerEight(binary.BigEndian.Uint64(b)))
	}
	if n > 0 {
		w.acc = lowerEight(binary.BigEndian.Uint64(b)) >> (64 - 8*n)
	}
	return w.sum()
}

// appendNextHash appends the hash of the word at byte i, if there is one, and returns where
// the next one may begin.
func appendNextHash(dst []uint64, s string, i int) ([]uint64, int) {
	var w wordHash
	for table := letters(); i < len(s); {
		r, size, l := rune(s[i]), 1, rune(0)
		if r < utf8.RuneSelf {
			l = rune(table[r])
		} else {
			r, size = utf8.DecodeRuneInString(s[i:])
			l = letter(r)
		}
		one := l != 0 && alone(r)
		if (l == 0 || one) && w.n != 0 {
			break
		}
		i += size
		if l != 0 {
			w.addRune(l)
		}
		if l == 0 || one {
			break
		}
	}
	if w.n != 0 {
		dst = append(dst, w.sum())
	}
	return dst, i
}

// A wordHash takes up a word byte by byte. Eight bytes at a time are a number.
type wordHash struct {
	acc, h uint64
	n      int
}

func (w *wordHash) add(b uint64) {
	w.acc = w.acc<<8 | b
	w.n++
	if w.n&7 == 0 {
		w.h = mix(w.h ^ w.acc)
		w.acc = 0
	}
}

// addRune takes up a code point as three bytes that ASCII does not have, or one.
func (w *wordHash) addRune(r rune) {
	if r < utf8.RuneSelf {
		w.add(uint64(r))
		return
	}
	w.add(0x80 | uint64(r)>>14)
	w.add(0x80 | uint64(r)>>7&0x7f)
	w.add(0x80 | uint64(r)&0x7f)
}

func (w *wordHash) sum() uint64 { return mix(w.h ^ w.acc) }
