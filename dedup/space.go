package dedup

import (
	"unicode"
	"unicode/utf8"
)

// space reports whether Python's str.split and \s take r for white space: Go's
// definition and the four separators U+001C to U+001F.
func space(r rune) bool {
	return r == ' ' || '\t' <= r && r <= '\r' || 0x1c <= r && r <= 0x1f || r >= 0x80 && unicode.IsSpace(r)
}

// collapse copies b within itself so that its words are apart by one blank, and
// returns what is left. It begins and ends with a word.
func collapse(b []byte) []byte {
	n, gap := 0, false
	for i := 0; i < len(b); {
		r, size := rune(b[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(b[i:])
		}
		if space(r) {
			gap = true
			i += size
			continue
		}
		if gap && n > 0 {
			b[n] = ' '
			n++
		}
		gap = false
		n += copy(b[n:], b[i:i+size])
		i += size
	}
	return b[:n]
}

// asciiPunctuation reports whether r is one of the 32 marks that Python calls
// string.punctuation.
func asciiPunctuation(r rune) bool {
	return '!' <= r && r <= '/' || ':' <= r && r <= '@' || '[' <= r && r <= '`' || '{' <= r && r <= '~'
}
