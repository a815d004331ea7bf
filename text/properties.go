package text

import (
	"strings"
	"unicode"
)

// IsWordRune reports whether r matches \w in Python's re: letters, numbers of every
// kind and the underscore. Combining marks do not.
func IsWordRune(r rune) bool {
	if r < 0x80 {
		return classes[uint8(r)]&(classLetter|classDigit) != 0 || r == '_'
	}
	return wordRunes.has(r)
}

// IsUpper reports whether Python's str.isupper is true of r alone: the property
// Uppercase, which circled capitals and Roman numerals have, too.
func IsUpper(r rune) bool {
	if r < 0x80 {
		return r >= 'A' && r <= 'Z'
	}
	return upperRunes.has(r)
}

// IsLowerOrTitle reports whether r keeps a word from being upper case to Python's
// str.isupper: the property Lowercase, and the letters in title case.
func IsLowerOrTitle(r rune) bool {
	if r < 0x80 {
		return r >= 'a' && r <= 'z'
	}
	return lowerRunes.has(r)
}

// IsAlphabetic reports whether r has the Unicode property Alphabetic, which vowel
// signs, Roman numerals and circled letters have, too.
func IsAlphabetic(r rune) bool {
	if r < 0x80 {
		return r|0x20 >= 'a' && r|0x20 <= 'z'
	}
	return alphabeticRunes.has(r)
}

// IsNumeric reports whether r is a number to Python's str.isnumeric: digits,
// fractions, Roman numerals, and the ideographs that stand for numbers.
func IsNumeric(r rune) bool {
	if r < 0x80 {
		return r >= '0' && r <= '9'
	}
	return numericRunes.has(r)
}

// IsDigit reports whether r is a digit to Python's str.isdigit: those of all scripts,
// also raised, lowered and circled ones.
func IsDigit(r rune) bool {
	if r < 0x80 {
		return r >= '0' && r <= '9'
	}
	return digitRunes.has(r)
}

var (
	wordRunes       = newLateSet(func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) })
	upperRunes      = newLateSet(func(r rune) bool { return unicode.In(r, unicode.Lu, unicode.Other_Uppercase) })
	lowerRunes      = newLateSet(func(r rune) bool { return unicode.In(r, unicode.Ll, unicode.Lt, unicode.Other_Lowercase) })
	alphabeticRunes = newLateSet(func(r rune) bool {
		return unicode.In(r, unicode.L, unicode.Nl, unicode.Other_Alphabetic)
	})
	numericRunes = newLateSet(func(r rune) bool { return unicode.IsNumber(r) || strings.ContainsRune(numericLetters, r) })
	digitRunes   = newLateSet(func(r rune) bool { return unicode.IsDigit(r) || unicode.Is(digitNumbers, r) })
)

// numericLetters are the ideographs that have a numeric value in the Unicode
// Character Database 14.0.
const numericLetters = "" +
	"\u3405\u3483\u382a\u3b4d\u4e00\u4e03\u4e07\u4e09\u4e5d\u4e8c\u4e94\u4e96\u4ebf\u4ec0\u4edf\u4ee8\u4f0d\u4f70\u5104\u5146" +
	"\u5169\u516b\u516d\u5341\u5343\u5344\u5345\u534c\u53c1\u53c2\u53c3\u53c4\u56db\u58f1\u58f9\u5e7a\u5efe\u5eff\u5f0c\u5f0d" +
	"\u5f0e\u5f10\u62fe\u634c\u67d2\u6f06\u7396\u767e\u8086\u842c\u8cae\u8cb3\u8d30\u9621\u9646\u964c\u9678\u96f6\uf96b\uf973" +
	"\uf978\uf9b2\uf9d1\uf9d3\uf9fd\U00020001\U00020064\U000200e2\U00020121\U0002092a\U00020983\U0002098c\U0002099c\U00020aea\U00020afd\U00020b19\U00022390\U00022998\U00023b1b\U0002626d" +
	"\U0002f890"

// digitNumbers are the digits of the category No: those that have the Numeric_Type
// Digit in the Unicode Character Database 14.0.
var digitNumbers = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0xB2, 0xB3, 1}, {0xB9, 0xB9, 1}, {0x1369, 0x1371, 1}, {0x19DA, 0x19DA, 1}, {0x2070, 0x2070, 1},
		{0x2074, 0x2079, 1}, {0x2080, 0x2089, 1}, {0x2460, 0x2468, 1}, {0x2474, 0x247C, 1}, {0x2488, 0x2490, 1},
		{0x24EA, 0x24EA, 1}, {0x24F5, 0x24FD, 1}, {0x24FF, 0x24FF, 1}, {0x2776, 0x277E, 1}, {0x2780, 0x2788, 1},
		{0x278A, 0x2792, 1},
	},
	R32: []unicode.Range32{
		{0x10A40, 0x10A43, 1}, {0x10E60, 0x10E68, 1}, {0x11052, 0x1105A, 1}, {0x1F100, 0x1F10A, 1},
	},
	LatinOffset: 2,
}
