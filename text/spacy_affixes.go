package text

import (
	"strings"
	"unicode/utf8"
)

// What the rules do with a byte that begins or ends a chunk, or is inside of it.
const (
	affixPrefix uint8 = 1 << iota // cut off in front
	affixSuffix                   // cut off at the end
	affixMaybe                    // may be either, or a part of one: look closer
	affixInfix                    // may split what is around it
)

var affixes = affixBytes()

func affixBytes() (b [256]uint8) {
	for c := range rune(utf8.RuneSelf) {
		if isCutOff(c) {
			b[c] |= affixPrefix | affixSuffix
		}
	}
	b['%'] |= affixPrefix | affixMaybe
	b['='] |= affixPrefix
	b['$'] |= affixPrefix | affixMaybe
	for _, c := range "+.USCA" {
		b[c] |= affixMaybe
	}
	for c := range unitEnds {
		b[unitEnds[c]] |= affixMaybe
	}
	for _, c := range ".+-*^,~:<>=/" {
		b[c] |= affixInfix
	}
	for c := utf8.RuneSelf; c < 256; c++ {
		b[c] |= affixMaybe | affixInfix
	}
	return b
}

const unitEnds = "mandtgbzshraKGMTBS" // last bytes of units, and of 's

// prefixLen returns the bytes that are cut off in front of a chunk.
func prefixLen(s string) int {
	a := affixes[s[0]]
	if a&affixPrefix != 0 {
		return 1
	}
	if a&affixMaybe == 0 {
		return 0
	}
	switch {
	case s[0] == '+':
		if len(s) == 1 || !isDigit(s[1]) {
			return 1
		}
	case s[0] == '.':
		if n := len(s) - len(strings.TrimLeft(s, ".")); n > 1 {
			return n
		}
	case strings.HasPrefix(s, "US$"):
		return 3
	case strings.HasPrefix(s, "C$"), strings.HasPrefix(s, "A$"):
		return 2
	case s[0] >= utf8.RuneSelf:
		r, n := utf8.DecodeRuneInString(s)
		if spacyMarks.has(r) || isSpacyCurrency(r) || r == 0xA7 || r == 0x2013 || r == 0x2014 {
			return n
		}
	}
	return 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// suffixLen returns the bytes that are cut off at the end of a chunk.
func suffixLen(s string) int {
	if s == "" {
		return 0
	}
	last := s[len(s)-1]
	a := affixes[last]
	switch {
	case a&affixSuffix != 0:
		return 1
	case a&affixMaybe == 0:
		return 0
	case last == '.':
		return dotSuffix(s)
	case last >= utf8.RuneSelf:
		if n := highSuffix(s); n > 0 {
			return n
		}
	case last == '+':
		if len(s) > 1 && isDigit(s[len(s)-2]) {
			return 1
		}
		return 0
	case last == 's' || last == 'S':
		if before := s[:len(s)-1]; strings.HasSuffix(before, "'") {
			return 2
		} else if strings.HasSuffix(before, "\u2019") {
			return 4
		}
	}
	return unitSuffix(s)
}

// dotSuffix cuts off full stops: two and more, and a single one behind what ends a
// sentence rather than an abbreviation.
func dotSuffix(s string) int {
	before := strings.TrimRight(s, ".")
	if n := len(s) - len(before); n > 1 {
		return n
	}
	r, n := utf8.DecodeLastRuneInString(before)
	switch {
	case n == 0:
		return 0
	case spacyLower.has(r) || r < utf8.RuneSelf && (isDigit(byte(r)) || strings.ContainsRune("%-+|", r)):
		return 1
	case r == 0xB2 || isSpacyMark(r) || spacyQuotes.has(r):
		return 1
	case spacyUpper.has(r):
		two, _ := utf8.DecodeLastRuneInString(before[:len(before)-n])
		if spacyUpper.has(two) || two == 0xB0 && strings.ContainsRune("FCK", r) {
			return 1
		}
	}
	return 0
}

// highSuffix cuts off one character that is no ASCII, or two ellipses.
func highSuffix(s string) int {
	r, n := utf8.DecodeLastRuneInString(s)
	switch {
	case r == 0x2026 && strings.HasSuffix(s[:len(s)-n], "\u2026"):
		return 2 * n
	case spacyMarks.has(r) || r == 0x2013 || r == 0x2014:
		return n
	case isSpacyCurrency(r) && len(s) > n && isDigit(s[len(s)-n-1]):
		return n
	}
	return 0
}

// unitSuffix cuts off a unit or a currency behind a digit.
func unitSuffix(s string) int {
	at := len(s)
	for at > 0 && !isDigit(s[at-1]) && len(s)-at <= longestUnit {
		at--
	}
	if at > 0 && isDigit(s[at-1]) && isUnit(s[at:]) {
		return len(s) - at
	}
	return 0
}

const longestUnit = 12 // bytes

// isUnit reports whether s is one of the units of measure that spaCy knows in Latin,
// Cyrillic and Arabic letters, or a currency written in ASCII.
func isUnit(s string) bool {
	switch strings.TrimSuffix(strings.TrimSuffix(s, "\u00B2"), "\u00B3") {
	case "km", "m", "dm", "cm", "mm", "\u043A\u043C", "\u043C", "\u0434\u043C", "\u0441\u043C", "\u043C\u043C",
		"\u0643\u0645", "\u0645", "\u0633\u0645", "\u0645\u0645":
		return true
	}
	switch s {
	case "ha", "\u00B5m", "nm", "yd", "in", "ft", "kg", "g", "mg", "\u00B5g", "t", "lb", "oz", "m/s", "km/h", "kmh", "mph",
		"hPa", "Pa", "mbar", "mb", "MB", "kb", "KB", "gb", "GB", "tb", "TB", "T", "G", "M", "K", "%", "$", "US$", "C$", "A$":
		return true
	case "\u043D\u043C", "\u043A\u0433", "\u0433", "\u043C\u0433", "\u043C/\u0441", "\u043A\u043C/\u0447", "\u043A\u041F\u0430", "\u041F\u0430",
		"\u043C\u0431\u0430\u0440", "\u041A\u0431", "\u041A\u0411", "\u043A\u0431", "\u041C\u0431", "\u041C\u0411", "\u043C\u0431",
		"\u0413\u0431", "\u0413\u0411", "\u0433\u0431", "\u0422\u0431", "\u0422\u0411":
		return true
	case "\u063A\u0631\u0627\u0645", "\u062C\u0631\u0627\u0645", "\u062C\u0645", "\u0643\u063A", "\u0645\u0644\u063A", "\u0643\u0648\u0628", "\u0627\u0643\u0648\u0627\u0628":
		return true
	}
	return false
}

// nextInfix returns the first stretch of s from byte i on that splits what is around
// it, or -1.
func nextInfix(s string, i int) (start, end int) {
	for ; i < len(s); i++ {
		if affixes[s[i]]&affixInfix == 0 {
			continue
		}
		if n := infixLen(s, i); n > 0 {
			return i, i + n
		}
		if s[i] >= utf8.RuneSelf {
			_, n := utf8.DecodeRuneInString(s[i:])
			i += n - 1
		}
	}
	return -1, -1
}

// infixLen returns the length of the infix at byte i, or 0.
func infixLen(s string, i int) int {
	r, n := utf8.DecodeRuneInString(s[i:])
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i+n:])
	switch r {
	case '.':
		if after == '.' {
			return len(s[i:]) - len(strings.TrimLeft(s[i:], "."))
		}
		if (spacyLower.has(before) || spacyQuotes.has(before)) && (spacyUpper.has(after) || spacyQuotes.has(after)) {
			return 1
		}
	case '+', '*', '^':
		return ifBoth(isASCIIDigit(before), isASCIIDigit(after) || after == '-', n)
	case ',':
		return ifBoth(spacyAlpha.has(before), spacyAlpha.has(after), n)
	case ':', '<', '>', '=', '/':
		return ifBoth(spacyAlpha.has(before) || isASCIIDigit(before), spacyAlpha.has(after), n)
	case '-':
		if isASCIIDigit(before) && (isASCIIDigit(after) || after == '-') {
			return n
		}
		return hyphenLen(s, i, before)
	case 0x2013, 0x2014, '~':
		return hyphenLen(s, i, before)
	}
	if r == 0x2026 || r >= utf8.RuneSelf && spacyIcons.has(r) {
		return n
	}
	return 0
}

func isASCIIDigit(r rune) bool { return r >= '0' && r <= '9' }

// ifBoth returns n where both hold, and 0 elsewhere.
func ifBoth(before, after bool, n int) int {
	if before && after {
		return n
	}
	return 0
}

// hyphenLen returns the length of the hyphen or dash at byte i: between a letter or a
// digit and a letter.
func hyphenLen(s string, i int, before rune) int {
	if !spacyAlpha.has(before) && !isASCIIDigit(before) {
		return 0
	}
	for _, dash := range [...]string{"-", "\u2013", "\u2014", "--", "---", "\u2014\u2014", "~"} {
		if strings.HasPrefix(s[i:], dash) {
			if after, _ := utf8.DecodeRuneInString(s[i+len(dash):]); spacyAlpha.has(after) {
				return len(dash)
			}
		}
	}
	return 0
}
