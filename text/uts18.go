package text

import (
	"unicode"

	"github.com/clipperhouse/uax29/v2/words"
)

// IsUTSWord reports whether r matches \w as annex C of UTS 18 has it: alphabetic
// characters, combining marks, digits, connector punctuation and joiners. Unlike
// IsWordRune, fractions and raised digits are none.
func IsUTSWord(r rune) bool {
	if r < 0x80 {
		return classes[uint8(r)]&(classLetter|classDigit) != 0 || r == '_'
	}
	return utsWords.has(r)
}

// IsSign reports whether r is a punctuation mark or a symbol, but no letter: what
// [[:punct:]] matches by UTS 18 in most programs.
func IsSign(r rune) bool {
	if r < 0x7F {
		return r > ' ' && classes[uint8(r)] == classMark
	}
	return signs.has(r)
}

var (
	utsWords = newLateSet(func(r rune) bool {
		return IsAlphabetic(r) || unicode.In(r, unicode.M, unicode.Nd, unicode.Pc) || r == '_' || r == 0x200C || r == 0x200D
	})
	signs = newLateSet(func(r rune) bool { return unicode.In(r, unicode.P, unicode.S) && !IsAlphabetic(r) })
)

// CountSegments returns the number of segments of UAX 29 in s, which is a part of the
// text, white space included.
func (v *View) CountSegments(s string) (n int) {
	if v.segments == nil {
		v.segments = words.FromString("")
	}
	v.segments.SetText(s)
	for v.segments.Next() {
		n++
	}
	return n
}
