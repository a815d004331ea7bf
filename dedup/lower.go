package dedup

import (
	"unicode"
	"unicode/utf8"
)

// appendLower appends s in lower case as Python's str.lower gives it: letter by
// letter, but U+0130 becomes two code points and a sigma that ends a word ς.
func appendLower(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		dst = appendLowerRune(dst, s, i, r, size)
		i += size
	}
	return dst
}

func appendLowerRune(dst []byte, s string, i int, r rune, size int) []byte {
	switch {
	case r == 'İ':
		return append(dst, "i̇"...)
	case r == 'Σ' && endsWord(s, i, size):
		return append(dst, "ς"...)
	}
	return utf8.AppendRune(dst, unicode.ToLower(r))
}

// endsWord is Unicode's condition Final_Sigma for the code point at s[i:i+size]: a
// cased letter before it and none behind it, over whatever case ignores.
func endsWord(s string, i, size int) bool {
	before := false
	for j := i; j > 0; {
		r, n := utf8.DecodeLastRuneInString(s[:j])
		j -= n
		if !ignorable(r) {
			before = cased(r)
			break
		}
	}
	if !before {
		return false
	}
	for _, r := range s[i+size:] {
		if !ignorable(r) {
			return !cased(r)
		}
	}
	return true
}

func cased(r rune) bool {
	return unicode.In(r, unicode.Lu, unicode.Ll, unicode.Lt, unicode.Other_Lowercase, unicode.Other_Uppercase)
}

func ignorable(r rune) bool {
	switch r {
	case '\'', '.', ':', '^', '`', 0xa8, 0xb7, 0x387, 0x2018, 0x2019, 0x2024, 0x2027, 0xfe13, 0xfe52, 0xfe55, 0xff07, 0xff0e, 0xff1a:
		return true
	}
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk)
}
