package text

import "unicode"

// Classes of characters in spaCy's rules. "Alphabetic" there means letters of the
// scripts that its rules know, not the Unicode property: scripts without case are in
// as whole blocks, marks and digits included, and count as lower and upper case.
var (
	spacyLower  = newLateSet(func(r rune) bool { return inRanges(r, uncased) || isSpacyLower(r) })
	spacyUpper  = newLateSet(func(r rune) bool { return inRanges(r, uncased) || isSpacyUpper(r) })
	spacyAlpha  = newLateSet(func(r rune) bool { return spacyLower.has(r) || spacyUpper.has(r) || isSpacyOther(r) })
	spacyIcons  = newLateSet(isIcon)
	spacyQuotes = newLateSet(isQuote)
	spacyMarks  = newLateSet(isCutOff)
)

func isIcon(r rune) bool { return unicode.Is(unicode.So, r) && !inRanges(r, newSymbols) }

func isQuote(r rune) bool { return r == '"' || r == '\'' || r == ',' || r == '`' || isSpacyQuote(r) }

func isCutOff(r rune) bool { return isSpacyMark(r) || isQuote(r) || isIcon(r) }

type span32 struct{ lo, hi rune }

func inRanges(r rune, ranges []span32) bool {
	for _, p := range ranges {
		if p.lo <= r && r <= p.hi {
			return true
		}
	}
	return false
}

// uncased are the blocks of Hebrew, Arabic, Devanagari, Bengali, Tamil, Telugu,
// Kannada, Sinhala, Ethiopic, Hangul, Kana and Han that spaCy's rules name.
var uncased = []span32{
	{0x591, 0x5F4}, {0x620, 0x64A}, {0x66E, 0x6D5}, {0x6E5, 0x6FF}, {0x750, 0x77F}, {0x8A0, 0x8BD}, {0x900, 0x9FF},
	{0xB80, 0xCFF}, {0xD80, 0xDFF}, {0x1100, 0x137F}, {0x2E80, 0x2FDF}, {0x2FF0, 0x30FF}, {0x31C0, 0x31EF},
	{0x3200, 0x4DBF}, {0x4E00, 0x9FFF}, {0xAC00, 0xD7AF}, {0xF900, 0xFAFF}, {0xFB1D, 0xFBB1}, {0xFBD3, 0xFD3D},
	{0xFD50, 0xFDC7}, {0xFDF0, 0xFDFB}, {0xFE30, 0xFE4F}, {0xFE70, 0xFEFC}, {0x1EE00, 0x1EEBB}, {0x1F200, 0x1F2FF},
	{0x20000, 0x2A6DF}, {0x2A700, 0x2EBEF}, {0x2F800, 0x2FA1F},
}

// latin are the blocks whose letters count by their case.
var latin = []span32{
	{'A', 'Z'}, {'a', 'z'}, {0xC0, 0x2AF}, {0x1D00, 0x1D25}, {0x1D6B, 0x1D9A}, {0x1E00, 0x1EFF}, {0x2C60, 0x2C7F},
	{0xA722, 0xA7B9}, {0xA7FA, 0xA7FA}, {0xAB30, 0xAB64}, {0xFF21, 0xFF5A},
}

func isSpacyLower(r rune) bool {
	switch {
	case inRanges(r, latin):
		return unicode.Is(unicode.Ll, r) || r == 0x294
	case r >= 0x370 && r < 0x400: // Greek
		return r >= 0x3B1 && r <= 0x3C9 || r >= 0x3AC && r <= 0x3AF || r == 0x3CC || r == 0x3CD || r == 0x3CE
	case r >= 0x430 && r <= 0x44F: // Russian
		return true
	}
	return isCyrillic(r) && unicode.IsLower(r)
}

func isSpacyUpper(r rune) bool {
	switch {
	case inRanges(r, latin):
		return unicode.Is(unicode.Lu, r)
	case r >= 0x370 && r < 0x400:
		return r >= 0x391 && r <= 0x3A9 || r == 0x386 || r >= 0x388 && r <= 0x38A || r == 0x38C || r == 0x38E || r == 0x38F
	case r >= 0x410 && r <= 0x42F:
		return true
	}
	return isCyrillic(r) && unicode.IsUpper(r)
}

// isCyrillic reports whether r is a letter of Russian, Ukrainian, Macedonian or Tatar
// outside of the Russian alphabet's main row.
func isCyrillic(r rune) bool {
	switch unicode.ToLower(r) {
	case 0x450, 0x451, 0x453, 0x454, 0x455, 0x456, 0x457, 0x458, 0x459, 0x45A, 0x45C, 0x45D, 0x491, 0x497, 0x4A3, 0x4AF, 0x4BB, 0x4D9, 0x4E9:
		return true
	}
	return false
}

// isSpacyOther reports whether r is a Latin letter that has neither case to spaCy.
func isSpacyOther(r rune) bool {
	return r == 0x1BB || r == 0x1C5 || r == 0x1C8 || r == 0x1CB || r == 0x1F2
}

// isSpacyQuote reports whether r is a quotation mark or bracket outside of ASCII.
func isSpacyQuote(r rune) bool {
	switch r {
	case 0xAB, 0xB4, 0xBB, 0x2018, 0x2019, 0x201A, 0x201C, 0x201D, 0x201E, 0x2329, 0x232A, 0x27E6, 0x27E7, 0x3014, 0x3015, 0xFF08, 0xFF09:
		return true
	}
	return r >= 0x3008 && r <= 0x3011
}

// isSpacyMark reports whether r is one of the marks that are cut off at both ends.
func isSpacyMark(r rune) bool {
	switch r {
	case ',', ':', ';', '!', '?', '(', ')', '[', ']', '{', '}', '<', '>', '_', '#', '*', '&',
		0xA1, 0xB7, 0xBF, 0x60C, 0x61B, 0x61F, 0x66A, 0x6D4, 0x964, 0x2026, 0x3001, 0x3002, 0xFF01, 0xFF0C, 0xFF1A, 0xFF1B, 0xFF1F, 0xFF5E:
		return true
	}
	return false
}

// isSpacyCurrency reports whether r is a currency sign.
func isSpacyCurrency(r rune) bool {
	switch r {
	case '$', 0xA3, 0xA5, 0xE3F, 0xFDFC:
		return true
	}
	return r >= 0x20A0 && r <= 0x20BF
}

// newSymbols are symbols that Unicode did not have when spaCy's rules were written.
var newSymbols = []span32{
	{0x166D, 0x166D}, {0x2B97, 0x2B97}, {0x2BC9, 0x2BC9}, {0x2BFF, 0x2BFF}, {0x2E50, 0x2E51}, {0x32FF, 0x32FF}, {0xFD40, 0xFD4F},
	{0xFDCF, 0xFDCF}, {0xFDFE, 0xFDFF}, {0x1019C, 0x1019C}, {0x11FD5, 0x11FF1}, {0x1CF50, 0x1CFC3}, {0x1D1E9, 0x1D1EA},
	{0x1E14F, 0x1E14F}, {0x1ED2E, 0x1ED2E}, {0x1F10D, 0x1F10F}, {0x1F16C, 0x1F16F}, {0x1F1AD, 0x1F1AD}, {0x1F6D5, 0x1F6DF},
	{0x1F6FA, 0x1F6FC}, {0x1F774, 0x1F77F}, {0x1F7D9, 0x1F7F0}, {0x1F8B0, 0x1F8B1}, {0x1F90C, 0x1F90F}, {0x1F93F, 0x1F93F},
	{0x1F971, 0x1F972}, {0x1F977, 0x1F979}, {0x1F97B, 0x1F97B}, {0x1F9A3, 0x1F9AF}, {0x1F9BA, 0x1F9BF}, {0x1F9C3, 0x1F9CF},
	{0x1FA00, 0x1FA53}, {0x1FA70, 0x1FBCA},
}
