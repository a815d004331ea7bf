package text

import (
	"encoding/binary"
	"unicode"
	"unicode/utf8"
)

// AppendLower appends s in lower case, as Python's str.lower gives it: U+0130
// becomes two code points, and a capital sigma at the end of a word becomes the
// final one. Bytes that are no UTF-8 are copied.
func AppendLower(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		if n := asciiLength(s[i:]); n > 0 {
			dst = AppendLowerASCII(dst, s[i:i+n])
			i += n
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			dst = append(dst, s[i])
		case r == 0x130:
			dst = append(dst, "i\u0307"...)
		case r == 0x3A3 && isFinal(s, i, n):
			dst = append(dst, "\u03C2"...)
		default:
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
		i += n
	}
	return dst
}

// AppendLowerASCII appends s with the letters A to Z in lower case and all else as
// it is.
func AppendLowerASCII(dst []byte, s string) []byte {
	at := len(dst)
	dst = append(dst, s...)
	b := dst[at:]
	i := 0
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		binary.LittleEndian.PutUint64(b[i:], x|between(x, 'A', 'Z')>>2)
	}
	for ; i < len(b); i++ {
		if b[i] >= 'A' && b[i] <= 'Z' {
			b[i] |= 0x20
		}
	}
	return dst
}

// isFinal reports whether the code point of n bytes at byte i has a cased letter
// before it and none after it, ignoring what casing ignores: the condition
// Final_Sigma of the Unicode Standard, section 3.13.
func isFinal(s string, i, n int) bool {
	before := i
	for before > 0 {
		r, w := utf8.DecodeLastRuneInString(s[:before])
		before -= w
		if !ignoresCase(r) {
			if !isCased(r) {
				return false
			}
			return !casedAfter(s[i+n:])
		}
	}
	return false
}

func casedAfter(s string) bool {
	for _, r := range s {
		if !ignoresCase(r) {
			return isCased(r)
		}
	}
	return false
}

// isCased is the derived property Cased.
func isCased(r rune) bool {
	return unicode.In(r, unicode.Lu, unicode.Ll, unicode.Lt, unicode.Other_Uppercase, unicode.Other_Lowercase)
}

// ignoresCase is the derived property Case_Ignorable.
func ignoresCase(r rune) bool {
	switch r {
	case '\'', '.', ':', '\u00B7', '\u0387', '\u055F', '\u05F4', '\u2018', '\u2019', '\u2024', '\u2027',
		'\uFE13', '\uFE52', '\uFE55', '\uFF07', '\uFF0E', '\uFF1A':
		return true
	}
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk)
}
