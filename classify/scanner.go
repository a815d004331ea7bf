package classify

import "math/bits"

// separates marks the bytes that end a token.
var separates = [256]bool{' ': true, '\n': true, '\r': true, '\t': true, '\v': true, '\f': true, 0: true}

// A scanner cuts a line into tokens, or a whole text where newlines only part words.
type scanner struct {
	s     string
	pos   int
	whole bool
}

// next returns the text from the next token on, and the token's length: what follows a
// word makes it faster to find. The end of the text, or of the line, gives one last EOS;
// the caller stops there.
func (t *scanner) next() (text string, n int) {
	s, i := t.s, t.pos
	for i < len(s) && separates[s[i]] && (t.whole || s[i] != '\n') {
		i++
	}
	if t.pos = endOfToken(s, i); t.pos == i {
		return EOS, len(EOS)
	}
	return s[i:], t.pos - i
}

// isEOS reports whether the token that is the first n bytes of text is EOS.
func isEOS(text string, n int) bool { return n == len(EOS) && text[:n] == EOS }

// endOfToken returns where the next separator is, or the end. It looks at eight bytes
// at once: x - 0x21… borrows into the top bit of each byte below 0x21, and of none
// before the first. All separators are such bytes.
func endOfToken(s string, i int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for i+8 <= len(s) {
		x := eightBytes(s[i:])
		below := (x - 0x21*ones) &^ x & tops
		if below == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(below) / 8
		if separates[s[i]] {
			return i
		}
		i++
	}
	for i < len(s) && !separates[s[i]] {
		i++
	}
	return i
}

// eightBytes returns the first bytes of s, which the compiler loads at once.
func eightBytes(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
