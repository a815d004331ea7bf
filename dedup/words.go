package dedup

import (
	"encoding/binary"
	"math/bits"
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
	table, b := letters(), unsafe.Slice(unsafe.StringData(s), len(s))
	var w wordHash
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if w.n&7 == 0 && i+8 <= len(b) {
				if n, ended := w.addEight(binary.LittleEndian.Uint64(b[i:])); n > 0 {
					if i += n; ended {
						dst = append(dst, w.sum())
						w = wordHash{}
						i++ // what ended it
					}
					continue
				}
			}
			i++
			if l := table[c]; l != 0 {
				w.add(uint64(l))
			} else if w.n != 0 {
				dst = append(dst, w.sum())
				w = wordHash{}
			}
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		l := letter(r)
		one := l != 0 && alone(r)
		if (l == 0 || one) && w.n != 0 {
			dst = append(dst, w.sum())
			w = wordHash{}
		}
		if l != 0 {
			w.addRune(l)
		}
		if one {
			dst = append(dst, w.sum())
			w = wordHash{}
		}
	}
	if w.n != 0 {
		dst = append(dst, w.sum())
	}
	return dst
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

// addEight is add for the ASCII letters and digits, in any case, that the next eight
// bytes begin with, of which x has the first in its lowest byte. It takes up n of them,
// and reports whether an ASCII byte behind them ends the word: all eight, those before
// such a byte, or none. The bytes taken up before are a multiple of eight.
func (w *wordHash) addEight(x uint64) (n int, ended bool) {
	n = bits.TrailingZeros64(^text.AlphanumericBytes(x)) &^ 7
	first := bits.ReverseBytes64(x | 0x2020202020202020)
	if n == 64 {
		w.h = mix(w.h ^ first)
		w.n += 8
		return 8, false
	}
	if c := byte(x >> n); n == 0 || c == '_' || c >= utf8.RuneSelf {
		return 0, false
	}
	w.acc = first >> (64 - n)
	w.n += n / 8
	return n / 8, true
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
