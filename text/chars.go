package text

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Classes of bytes. A mark is punctuation in the sense of IsPunctuation.
const (
	classSpace  uint8 = 1 << iota // white space on its own
	classLetter                   // ASCII letter
	classDigit                    // ASCII digit
	classLead                     // may begin white space of several bytes
	classHigh                     // no ASCII
	classMark                     // other ASCII
)

var classes = byteClasses()

func byteClasses() (c [256]uint8) {
	for b := range 256 {
		switch {
		case b >= 9 && b <= 13 || b >= 28 && b <= 32:
			c[b] = classSpace
		case b|32 >= 'a' && b|32 <= 'z':
			c[b] = classLetter
		case b >= '0' && b <= '9':
			c[b] = classDigit
		case b == 0xC2 || b >= 0xE1 && b <= 0xE3:
			c[b] = classHigh | classLead
		case b >= 0x80:
			c[b] = classHigh
		default:
			c[b] = classMark
		}
	}
	return c
}

// IsSpace reports whether r is white space to Python's str.split and str.strip:
// U+001C to U+001F are, which unicode.IsSpace denies.
func IsSpace(r rune) bool {
	switch {
	case r < 0x80:
		return r >= 0 && classes[r]&classSpace != 0
	case r < 0x1680:
		return r == 0x85 || r == 0xA0
	}
	return r == 0x1680 || r >= 0x2000 && r <= 0x200A || r == 0x2028 || r == 0x2029 ||
		r == 0x202F || r == 0x205F || r == 0x3000
}

// isPlain reports whether a byte is ASCII and neither white space nor a control
// character below it.
func isPlain(c byte) bool { return c > ' ' && c < utf8.RuneSelf }

// spaceAt returns the length in bytes of the white space that begins at byte i, or 0.
func spaceAt(s string, i int) int {
	if isPlain(s[i]) {
		return 0
	}
	return rareSpaceAt(s, i)
}

// rareSpaceAt is spaceAt for a byte that is not plain.
func rareSpaceAt(s string, i int) int {
	c := classes[s[i]]
	if c&(classSpace|classLead) == 0 {
		return 0
	}
	if c&classSpace != 0 {
		return 1
	}
	r, n := utf8.DecodeRuneInString(s[i:])
	if IsSpace(r) {
		return n
	}
	return 0
}

// spaceBefore returns the length in bytes of the white space that ends at byte i, or 0.
func spaceBefore(s string, i int) int {
	r, n := utf8.DecodeLastRuneInString(s[:i])
	if n > 0 && IsSpace(r) {
		return n
	}
	return 0
}

// trim returns the stretch [start, end) of s without the white space at its ends,
// as Python's str.strip leaves it. Of a stretch of white space nothing is left, at
// its end.
func trim(s string, start, end int) (int, int) {
	if start < end && isPlain(s[start]) && isPlain(s[end-1]) {
		return start, end
	}
	for start < end {
		n := spaceAt(s, start)
		if n == 0 {
			break
		}
		start += n
	}
	for end > start {
		n := spaceBefore(s[start:end], end-start)
		if n == 0 {
			break
		}
		end -= n
	}
	return start, end
}

// Trim returns the stretch p of s without the white space at its ends.
func Trim(s string, p Span) Span {
	start, end := trim(s, int(p.Start), int(p.End))
	return Span{int32(start), int32(end)}
}

// SpaceAt returns the length in bytes of the white space character at byte i of s, or
// 0 where there is none.
func SpaceAt(s string, i int) int { return spaceAt(s, i) }

// TrimSpace returns s as Python's str.strip leaves it.
func TrimSpace(s string) string {
	start, end := trim(s, 0, len(s))
	return s[start:end]
}

// IsTerminal reports whether r ends sentences: datatrove's TERMINAL_PUNCTUATION,
// the Unicode property Sentence_Terminal and five Khmer signs.
func IsTerminal(r rune) bool {
	if r < 0x80 {
		return r == '.' || r == '!' || r == '?'
	}
	return terminal.has(r)
}

// IsPunctuation reports whether r is in datatrove's PUNCTUATION_SET: the ASCII
// punctuation, control characters but tab and line feed, some signs of general and
// East Asian punctuation, and all that IsTerminal knows. The bullet U+2022 is not.
func IsPunctuation(r rune) bool { return punctuation.has(r) }

// IsLetter reports whether r is a letter to Python's str.isalpha.
func IsLetter(r rune) bool { return letters.has(r) }

var (
	letters     = newSet(unicode.IsLetter)
	terminal    = newSet(func(r rune) bool { return unicode.Is(unicode.STerm, r) || khmerTerminal(r) })
	punctuation = newSet(func(r rune) bool { return IsMark(r) || terminal.has(r) })
)

func khmerTerminal(r rune) bool { return r >= 0x17D4 && r <= 0x17D6 || r == 0x17D9 || r == 0x17DA }

// IsMark reports whether r is in datatrove's PUNCTUATION, which IsPunctuation adds the
// ends of sentences of other scripts to.
func IsMark(r rune) bool {
	switch {
	case r < 0x20 || r == 0x7F:
		return r != '\t' && r != '\n'
	case r < 0x7F:
		return classes[r] == classMark
	case r < 0xA0:
		return true
	case r > 0xBB && r < 0x2013, r > 0x3011 && r < 0xFF01, r > 0xFF5E:
		return false // none of those below
	}
	return strings.ContainsRune("\u00AB\u00B4\u00BB\u2013\u2014\u2019\u201C\u201D\u201E\u2026\u2236\u2501\u25BA"+
		"\u3001\u3002\u3008\u3009\u300A\u300B\u300C\u300D\u3010\u3011"+
		"\uFF01\uFF05\uFF08\uFF09\uFF0C\uFF0E\uFF11\uFF1A\uFF1B\uFF1F\uFF5E", r)
}

// A set holds code points: those below U+10000 as bits, the others in a table.
type set struct {
	low  [1024]uint64
	high func(rune) bool
}

func newSet(has func(rune) bool) *set {
	s := &set{high: has}
	for r := range rune(0x10000) {
		if has(r) {
			s.low[r>>6] |= 1 << (r & 63)
		}
	}
	return s
}

func (s *set) has(r rune) bool {
	if uint32(r) < 0x10000 {
		return s.low[r>>6]>>(r&63)&1 != 0
	}
	return s.high(r)
}

// A lateSet is a set that is made when it is first asked: programs that do not need it
// start sooner.
type lateSet func() *set

func newLateSet(has func(rune) bool) lateSet {
	return sync.OnceValue(func() *set { return newSet(has) })
}

func (s lateSet) has(r rune) bool { return s().has(r) }

// countRunes returns the number of code points, and whether all are ASCII. A code
// point is counted by every byte that does not continue one.
func countRunes(s string) (n int, ascii bool) {
	i, rest, high := 0, 0, uint64(0)
	for ; i+32 <= len(s); i += 32 {
		a, b, c, d := load(s, i), load(s, i+8), load(s, i+16), load(s, i+24)
		if some := (a | b | c | d) & highBits; some != 0 {
			high |= some
			rest += int((continued(a) + continued(b) + continued(c) + continued(d)) * eachByte >> 56)
		}
	}
	for ; i < len(s); i++ {
		high |= uint64(s[i])
		if s[i]&0xC0 == 0x80 {
			rest++
		}
	}
	return len(s) - rest, high&highBits == 0
}

// continued has a one in each byte that continues a code point.
func continued(x uint64) uint64 { return x >> 7 & (^x >> 6) & eachByte }

// hasBreaks reports whether s has a line end of Python's str.splitlines other than
// "\n".
func hasBreaks(s string, ascii bool) bool {
	for _, c := range []byte{'\r', '\v', '\f', 0x1C, 0x1D, 0x1E} {
		if strings.IndexByte(s, c) >= 0 {
			return true
		}
	}
	return !ascii && (strings.Contains(s, "\u0085") || strings.Contains(s, "\u2028") || strings.Contains(s, "\u2029"))
}

// breakAt returns the length in bytes of the line end of Python's str.splitlines
// that begins at byte i, or 0.
func breakAt(s string, i int) int {
	switch c := s[i]; {
	case c == '\r' && i+1 < len(s) && s[i+1] == '\n':
		return 2
	case c >= '\n' && c <= '\r', c >= 0x1C && c <= 0x1E:
		return 1
	case c == 0xC2 && i+1 < len(s) && s[i+1] == 0x85:
		return 2
	case c == 0xE2 && i+2 < len(s) && s[i+1] == 0x80 && (s[i+2] == 0xA8 || s[i+2] == 0xA9):
		return 3
	}
	return 0
}
