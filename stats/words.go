package stats

import (
	"math/bits"
	"unsafe"
)

// Words returns how many words white space separates in a text: those of Python's
// str.split.
func Words(text string) int64 {
	b := unsafe.Slice(unsafe.StringData(text), len(text))
	n, inside := 0, uint64(0) // inside is 1 behind a byte that belongs to a word
	i := 0
	for i < len(b) {
		for len(b)-i >= 8 {
			w := word(b[i:])
			low := w &^ high
			if w&high != 0 && w&wideLeads(low) != 0 {
				break
			}
			in := ^spaces(low) | w
			in &= high
			n += bits.OnesCount64(in &^ (in<<8 | inside<<7))
			inside = in >> 63
			i += 8
		}
		for end := min(i+8, len(b)); i < end; {
			size, space := spaceAt(b[i:])
			if space {
				inside = 0
			} else {
				n += int(1 - inside)
				inside = 1
			}
			i += size
		}
	}
	return int64(n)
}

const (
	ones = 0x0101010101010101
	high = 0x8080808080808080
)

func word(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// spaces sets the high bit of each of 8 bytes below 128 that is white space: 9 to 13
// and 28 to 32. The sum that atLeast makes carries into the high bit of no other byte.
func spaces(w uint64) uint64 {
	return (atLeast(w, 9) &^ atLeast(w, 14)) | (atLeast(w, 28) &^ atLeast(w, 33))
}

// wideLeads sets the high bit of each of 8 bytes that, with its own high bit taken
// away, may begin white space of several bytes: 0xc2, and 0xe1 to 0xe3.
func wideLeads(w uint64) uint64 {
	return ((atLeast(w, 0x42) &^ atLeast(w, 0x43)) | (atLeast(w, 0x61) &^ atLeast(w, 0x64))) & high
}

// atLeast sets the high bit of each of 8 bytes below 128 that is at least n.
func atLeast(w uint64, n uint64) uint64 { return w + (0x80-n)*ones }

// spaceAt looks at the first byte of b, and those behind it where they may be white
// space together. It returns how many bytes it looked at.
func spaceAt(b []byte) (size int, space bool) {
	switch c := b[0]; {
	case c < 0x80:
		return 1, c >= 9 && c <= 13 || c >= 28 && c <= 32
	case c == 0xc2 && len(b) > 1: // U+0085, U+00A0
		if b[1] == 0x85 || b[1] == 0xa0 {
			return 2, true
		}
	case c >= 0xe1 && c <= 0xe3 && len(b) > 2:
		if wide(b[0], b[1], b[2]) {
			return 3, true
		}
	}
	return 1, false
}

// wide reports whether three bytes are white space: U+1680, U+2000 to U+200A, U+2028,
// U+2029, U+202F, U+205F, U+3000.
func wide(a, b, c byte) bool {
	switch a {
	case 0xe1:
		return b == 0x9a && c == 0x80
	case 0xe2:
		return b == 0x80 && (c <= 0x8a || c == 0xa8 || c == 0xa9 || c == 0xaf) || b == 0x81 && c == 0x9f
	}
	return b == 0x80 && c == 0x80
}
