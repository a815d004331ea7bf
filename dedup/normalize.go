package dedup

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A normalizer appends a text in the form in which it is compared. It has buffers of
// its own and is owned by one goroutine.
type normalizer func(dst []byte, s string) []byte

// normalizers make the normalizers that a recipe may name.
var normalizers = map[string]func() normalizer{
	"none":       func() normalizer { return func(dst []byte, s string) []byte { return append(dst, s...) } },
	"space":      func() normalizer { return normalizeSpace },
	"words":      func() normalizer { return normalizeWords },
	"datatrove":  newSimplifier,
	"redpajama":  newRedPajama,
	"slimpajama": func() normalizer { return normalizeSlimPajama },
	"ccnet":      func() normalizer { return normalizeCCNet },
	"c4":         func() normalizer { return normalizeC4 },
}

// normalizeSpace puts one blank where white space is, and none at the ends.
func normalizeSpace(dst []byte, s string) []byte {
	at := len(dst)
	dst = append(dst, s...)
	return dst[:at+len(collapse(dst[at:]))]
}

// normalizeWords writes the words that walker sees, apart by blanks.
func normalizeWords(dst []byte, s string) []byte {
	at, inside := len(dst), false
	for _, r := range s {
		l := letter(r)
		if l == 0 {
			inside = false
			continue
		}
		one := alone(r)
		if (!inside || one) && len(dst) > at {
			dst = append(dst, ' ')
		}
		dst = utf8.AppendRune(dst, l)
		inside = !one
	}
	return dst
}

// newSimplifier is datatrove's simplify_text (utils/text.py): lower case; numbers
// become 0; punctuation becomes white space, which is collapsed; NFD without marks.
func newSimplifier() normalizer {
	var lower, flat, apart []byte
	return func(dst []byte, s string) []byte {
		lower = appendLower(lower[:0], s)
		flat = collapse(flatten(flat[:0], lower))
		if ascii(flat) {
			return append(dst, flat...)
		}
		apart = norm.NFD.Append(apart[:0], flat...)
		return append(dst, strip(dropMarks(apart))...)
	}
}

// flatten appends b with 0 for each number and a blank for each punctuation mark.
func flatten(dst, b []byte) []byte {
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		switch {
		case unicode.Is(unicode.Nd, r):
			dst = append(dst, '0')
			i = number(b, i)
			continue
		case punctuation(r):
			dst = append(dst, ' ')
		default:
			dst = append(dst, b[i:i+size]...)
		}
		i += size
	}
	return dst
}

// number returns the end of the number that begins at b[i]: digits, and once a
// decimal separator with digits behind it.
func number(b []byte, i int) int {
	i = digits(b, i)
	r, size := utf8.DecodeRune(b[i:])
	switch r {
	case '.', ',', '،', '٫', '⎖', '⎗', '⎘':
		if end := digits(b, i+size); end > i+size {
			return end
		}
	}
	return i
}

func digits(b []byte, i int) int {
	for i < len(b) {
		r, size := utf8.DecodeRune(b[i:])
		if !unicode.Is(unicode.Nd, r) {
			break
		}
		i += size
	}
	return i
}

// punctuation reports whether r is in datatrove's PUNCTUATION: the ASCII marks,
// control characters but tab and newline, and 39 others.
func punctuation(r rune) bool {
	if r < 0xa0 {
		return asciiPunctuation(r) || control(r) && r != '\t' && r != '\n'
	}
	return ccnetPunctuation(r)
}

func control(r rune) bool { return r <= 0x1f || 0x7f <= r && r <= 0x9f }

// ccnetPunctuation reports whether r is one of the marks that CCNet deletes: those of
// other scripts, none of ASCII, and by an oversight a full-width one.
func ccnetPunctuation(r rune) bool {
	switch r {
	case 0xab, 0xb4, 0xbb, 0x2013, 0x2014, 0x2019, 0x201c, 0x201d, 0x201e, 0x2026, 0x2236, 0x2501, 0x25ba,
		0x3001, 0x3002, 0x3008, 0x3009, 0x300a, 0x300b, 0x300c, 0x300d, 0x3010, 0x3011,
		0xff01, 0xff05, 0xff08, 0xff09, 0xff0c, 0xff0e, 0xff11, 0xff1a, 0xff1b, 0xff1f, 0xff5e:
		return true
	}
	return false
}

// dropMarks removes nonspacing marks from b, in place.
func dropMarks(b []byte) []byte {
	n := 0
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r < utf8.RuneSelf || !unicode.Is(unicode.Mn, r) {
			n += copy(b[n:], b[i:i+size])
		}
		i += size
	}
	return b[:n]
}

// strip cuts blanks off both ends.
func strip(b []byte) []byte {
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
	}
	return b
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// newRedPajama is RedPajama-V2's normalize (app/src/utilities/text): ASCII
// punctuation goes, lower case, white space collapsed, NFD.
func newRedPajama() normalizer {
	var flat []byte
	return func(dst []byte, s string) []byte {
		flat = normalizeSlimPajama(flat[:0], s)
		if ascii(flat) {
			return append(dst, flat...)
		}
		return norm.NFD.Append(dst, flat...)
	}
}

// normalizeSlimPajama is SlimPajama's get_features without its windows
// (slimpajama/dedup/to_hash.py): lower case, ASCII punctuation goes, white space
// collapsed.
func normalizeSlimPajama(dst []byte, s string) []byte {
	at := len(dst)
	dst = appendLower(dst, s)
	n := at
	for _, c := range dst[at:] {
		if !asciiPunctuation(rune(c)) {
			dst[n] = c
			n++
		}
	}
	return dst[:at+len(collapse(dst[at:n]))]
}

// normalizeCCNet is CCNet's normalize_for_dedup (cc_net/text_normalizer.py) on one
// line: stripped, lower case, each digit 0, marks and control characters deleted.
func normalizeCCNet(dst []byte, s string) []byte {
	at := len(dst)
	dst = appendLower(dst, stripSpace(s))
	n := at
	for i := at; i < len(dst); {
		r, size := utf8.DecodeRune(dst[i:])
		switch {
		case unicode.Is(unicode.Nd, r):
			dst[n] = '0'
			n++
		case !control(r) && !ccnetPunctuation(r):
			n += copy(dst[n:], dst[i:i+size])
		}
		i += size
	}
	return dst[:n]
}

// normalizeC4 is the key of a line in tensorflow_datasets' text/c4_utils.py before it
// is hashed: stripped, lower case.
func normalizeC4(dst []byte, s string) []byte { return appendLower(dst, stripSpace(s)) }

// stripSpace is Python's str.strip.
func stripSpace(s string) string { return strings.TrimFunc(s, space) }
