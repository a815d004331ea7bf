package classify

import (
	"math"
	"strconv"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"tamis/text"
)

// mostPerplexity is what a perplexity is at most, so that it can be written.
const mostPerplexity = 1e300

// power10 returns 10^x, the same on every processor.
func power10(x float64) float64 {
	if x >= 300 {
		return mostPerplexity
	}
	k := math.Floor(x)
	whole := 1.0
	for range int(math.Abs(k)) {
		whole *= 10 // exact up to 10^22
	}
	if k < 0 {
		whole = 1 / whole
	}
	return min(float64(whole*exp(float64((x-k)*math.Ln10))), mostPerplexity)
}

// round rounds to one digit behind the point, as Python does: of the number's exact
// value.
func (p *perplexity) round(v float64) float64 {
	p.digits = strconv.AppendFloat(p.digits[:0], v, 'f', 1, 64)
	rounded, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(p.digits), len(p.digits)), 64)
	if err != nil {
		return v
	}
	return rounded
}

// pythonWords counts the words of a line as len(line.split()) does in Python: CCNet
// divides by that, while KenLM parts words at white space of ASCII alone.
func pythonWords(s string) int {
	n, inside := 0, false
	for i := 0; i < len(s); {
		space, size := false, 1
		if c := s[i]; c < utf8.RuneSelf {
			space = c == ' ' || c >= '\t' && c <= '\r' || c >= 0x1c && c <= 0x1f
		} else {
			size = text.SpaceAt(s, i)
			if space = size > 0; !space {
				size = 1
			}
		}
		if !space && !inside {
			n++
		}
		inside = !space
		i += size
	}
	return n
}

// A ccnetNormalizer does what cc_net's text_normalizer.normalize does by default. It is
// owned by one goroutine.
type ccnetNormalizer struct{ small, parts, out []byte }

// line returns s stripped, in small letters, decomposed and without combining marks,
// with 0 for each digit, marks of other scripts as those of ASCII, and without control
// characters. It is valid until the next call.
func (c *ccnetNormalizer) line(s string) string {
	s = text.TrimSpace(s)
	c.small = text.AppendLower(c.small[:0], s)
	letters := c.small
	if !isASCII(letters) {
		c.parts = text.AppendNFD(c.parts[:0], unsafe.String(unsafe.SliceData(letters), len(letters)))
		letters = c.parts
	}
	c.out = c.out[:0]
	for i := 0; i < len(letters); {
		if b := letters[i]; b < utf8.RuneSelf {
			i++
			switch {
			case b < 0x20 || b == 0x7f:
			case '0' <= b && b <= '9':
				c.out = append(c.out, '0')
			default:
				c.out = append(c.out, b)
			}
			continue
		}
		r, n := utf8.DecodeRune(letters[i:])
		c.rune(r, letters[i:i+n])
		i += n
	}
	return unsafe.String(unsafe.SliceData(c.out), len(c.out))
}

// rune appends what becomes of a code point beyond ASCII, of which as are the bytes.
func (c *ccnetNormalizer) rune(r rune, as []byte) {
	switch {
	case r < 0xA0 || unicode.Is(unicode.Mn, r):
	case unicode.Is(unicode.Nd, r):
		c.out = append(c.out, '0')
	default:
		if mark, ok := ccnetMark(r); ok {
			c.out = append(c.out, mark...)
		} else {
			c.out = append(c.out, as...)
		}
	}
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// ccnetMark returns the mark of ASCII that cc_net's UNICODE_PUNCT has for a code point.
// (Its entry for a full-width 1 is never reached: digits are 0 before.)
func ccnetMark(r rune) (string, bool) {
	switch r {
	case '，', '、':
		return ",", true
	case '。':
		return ".", true
	case '„', '”', '“', '«', '»', '」', '「', '《', '》':
		return `"`, true
	case '´', '’':
		return "'", true
	case '∶', '：':
		return ":", true
	case '？':
		return "?", true
	case '！':
		return "!", true
	case '（':
		return "(", true
	case '）':
		return ")", true
	case '；':
		return ";", true
	case '–', '━', '►':
		return "-", true
	case '—':
		return " - ", true
	case '．':
		return ". ", true
	case '～':
		return "~", true
	case '…':
		return "...", true
	case '〈':
		return "<", true
	case '〉':
		return ">", true
	case '【':
		return "[", true
	case '】':
		return "]", true
	case '％':
		return "%", true
	}
	return "", false
}
