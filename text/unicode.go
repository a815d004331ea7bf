package text

import (
	"math/bits"
	"strings"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
)

// splitUnicode finds the segments of UAX 29 that are words: those that are more than
// white space and punctuation, as section 4.1 of the annex suggests. Stretches of ASCII are split by the
// rules that concern ASCII; where another code point is near, the segment is found
// with the tables of the Unicode Standard. A segment can be found from its start
// alone, since no rule looks back over a boundary.
func (v *View) splitUnicode() {
	s, ws := v.text, v.words
	if v.segments == nil && !v.ascii {
		v.segments = words.FromString("")
	}
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			ws, i = splitASCII(ws, s, i)
		}
		start := i
		end, seen, ok := asciiSegment(s, start)
		if !ok {
			i = v.segment(start)
			if start, end = trim(s, start, i); start < end {
				w := newWord(s, start, end, classHigh)
				if strings.Contains(s[start:end], fullWidthOne) {
					ws = append(ws, w)
				} else {
					ws = appendUnlessSymbol(ws, w)
				}
			}
			continue
		}
		if seen&classSpace == 0 {
			ws = appendUnlessSymbol(ws, newWord(s, start, end, seen))
		}
		i = end
	}
	v.words = ws
}

// fullWidthOne is a digit, though datatrove's list of punctuation has it.
const fullWidthOne = "\uff11"

func appendUnlessSymbol(ws []Word, w Word) []Word {
	if w.Kind&Symbol != 0 {
		return ws
	}
	return append(ws, w)
}

// segment returns the end of the segment that begins at byte i.
func (v *View) segment(i int) int {
	v.segments.SetText(v.text[i:])
	v.segments.Next()
	return i + v.segments.End()
}

// Word_Break properties of ASCII. The first three stick together. A mark between
// two letters, or between two digits, joins them if it has the bit of their kind.
const (
	breakLetter uint8 = 1 << iota
	breakDigit
	breakUnderscore
	breakJoinsLetters // colon, full stop, apostrophe
	breakJoinsDigits  // comma, semicolon, full stop, apostrophe
	breakHigh         // no ASCII
)

const breakCore = breakLetter | breakDigit | breakUnderscore

var breaks = breakProperties()

func breakProperties() (p [256]uint8) {
	for b, c := range classes {
		switch {
		case c&classLetter != 0:
			p[b] = breakLetter
		case c&classDigit != 0:
			p[b] = breakDigit
		case c&classHigh != 0:
			p[b] = breakHigh
		}
	}
	p['_'] = breakUnderscore
	p[':'] = breakJoinsLetters
	p[','], p[';'] = breakJoinsDigits, breakJoinsDigits
	p['.'], p['\''] = breakJoinsLetters|breakJoinsDigits, breakJoinsLetters|breakJoinsDigits
	return p
}

// asciiSegment returns the end of the segment that begins at byte i, and the
// classes of its bytes. It is not ok where that hangs on a code point that is no
// ASCII.
func asciiSegment(s string, i int) (end int, seen uint8, ok bool) {
	last := breaks[s[i]]
	seen = classes[s[i]]
	i++
	if last&breakCore == 0 {
		return i, seen, last != breakHigh && (i == len(s) || s[i] < 0x80)
	}
	for i < len(s) {
		if i+8 <= len(s) {
			// Letters need no rule.
			if n := bits.TrailingZeros64(^letterBytes(load(s, i))&highBits) / 8; n > 0 {
				seen |= classLetter
				last = breakLetter
				if i += n; n == 8 {
					continue
				}
			}
		}
		p := breaks[s[i]]
		if p&breakCore == 0 {
			// The bits of what a mark joins lie three above those of the joined.
			if p&breakHigh != 0 || p>>3&last == 0 {
				return i, seen, p != breakHigh
			}
			if i+1 == len(s) {
				return i, seen, true
			}
			if after := breaks[s[i+1]]; after != last {
				return i, seen, after != breakHigh
			}
		}
		seen |= classes[s[i]]
		last = p
		i++
	}
	return i, seen, true
}
