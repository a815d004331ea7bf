package text

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// In ASCII, the rules of UAX 29 on words look at no more than a byte and its two
// neighbours. So they are followed for 64 bytes at a time, each of which is a bit:
//
//	bytes    don't pay $1,000 to foo_bar:
//	core     111 1 111  1 111 11 1111111     letters, digits, underscores
//	joined      1        1                   marks that have what they join on both sides
//	words    11111 111  11111 11 1111111     runs of bits

// splitASCII appends the words from byte i on. It returns where it can see no more: where
// a segment begins that is near a code point beyond ASCII, near the end, or as long as
// what is looked at.
func splitASCII(ws []Word, s string, i int) ([]Word, int) {
	for i+64+8 <= len(s) { // so that eight bytes can be read wherever a word begins
		m := look(s, i)
		words := m.core | m.joined(s, i)
		end := m.end(words)
		if end == 0 {
			break
		}
		ws = slices.Grow(ws, 32)
		at, room := len(ws), ws[:cap(ws)]
		for words &= 1<<end - 1; words != 0; {
			from := bits.TrailingZeros64(words)
			n := bits.TrailingZeros64(^words >> from)
			words &= words + 1<<from
			w := &room[at]
			*w = Word{Span: Span{int32(i + from), int32(i + from + n)}, Runes: int32(n), Kind: Alphabetic}
			if n <= 8 {
				w.Hash = hashShort(load(s, i+from)&(1<<(8*n)-1), n)
			} else {
				w.Hash = Hash(s[i+from : i+from+n])
			}
			at++
			if classes[s[i+from]] != classLetter {
				if w.Kind = kindOfRun(s[i+from : i+from+n]); w.Kind == Symbol {
					at--
				}
			}
		}
		ws = room[:at]
		i += end
	}
	return ws, i
}

// marks64 says of 64 bytes what they are, the first one in the lowest bit.
type marks64 struct {
	core  uint64 // letters, digits and underscores of ASCII
	plain uint64 // neither white space nor control characters
	high  uint64 // no ASCII
}

func look(s string, i int) marks64 {
	var core, plain, high uint64
	for at := 0; at < 64; at += 8 {
		x := load(s, i+at)
		letters, underscores := coreBytes(x)
		core = core>>8 | gather(letters|underscores)
		plain = plain>>8 | gather(x&lowBits+(0x80-0x21)*eachByte)
		high = high>>8 | gather(x)
	}
	return marks64{core, plain, high}
}

// Core64 says of 64 bytes which are ASCII letters and digits, which are underscores, and
// which are no ASCII. The first byte is the lowest bit.
func Core64(b *[64]byte) (alphanumeric, underscores, high uint64) {
	for at := 0; at < 64; at += 8 {
		x := binary.LittleEndian.Uint64(b[at : at+8])
		a, u := coreBytes(x)
		alphanumeric = alphanumeric>>8 | gather(a)
		underscores = underscores>>8 | gather(u)
		high = high>>8 | gather(x)
	}
	return alphanumeric, underscores, high
}

// coreBytes returns the bytes that are ASCII letters and digits, and those that are
// underscores; only the high bits count.
func coreBytes(x uint64) (alphanumeric, underscores uint64) {
	low := x & lowBits
	lower := low | 0x20*eachByte
	letters := (lower + (0x80-'a')*eachByte) &^ (lower + (0x7F-'z')*eachByte)
	digits := (low + (0x80-'0')*eachByte) &^ (low + (0x7F-'9')*eachByte)
	return (letters | digits) &^ x, (lower + eachByte) &^ (low + eachByte) &^ x // what in lower case is DEL, and is not DEL
}

// gather returns the high bits of eight bytes as the highest bits of a number.
func gather(x uint64) uint64 { return (x & highBits) >> 7 * 0x0102040810204080 >> 56 << 56 }

// joined returns the marks that join what is on both sides of them.
func (m *marks64) joined(s string, i int) (joins uint64) {
	for between := m.core << 1 & (m.core >> 1) &^ m.core & m.plain; between != 0; between &= between - 1 {
		at := bits.TrailingZeros64(between)
		if last := breaks[s[i+at-1]]; breaks[s[i+at]]>>3&last != 0 && breaks[s[i+at+1]] == last {
			joins |= 1 << at
		}
	}
	return joins
}

// end returns how many of the bytes are certain to be words that end within them, and what
// is between words. Before what is no ASCII these are the bytes up to the last white space
// or control character, and without that one where a mark may follow it.
func (m *marks64) end(words uint64) int {
	if m.high == 0 {
		return 63 - bits.LeadingZeros64(^(words << 1))
	}
	before := bits.TrailingZeros64(m.high)
	end := bits.Len64(^m.plain & (1<<before - 1))
	if end == before {
		return max(end-1, 0)
	}
	return end
}

// kindOfRun returns the kind of a word of ASCII.
func kindOfRun(word string) Kind {
	seen := uint8(0)
	for _, c := range []byte(word) {
		seen |= classes[c]
	}
	return asciiKinds[seen&(classLetter|classDigit)]
}
