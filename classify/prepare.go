package classify

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
	"unsafe"
)

// A Preparation says what a pipeline does to a text before it asks a model, which
// reads one line.
type Preparation string

// The preparations, named after the programs that have them.
const (
	Datatrove Preparation = "datatrove" // newlines become spaces
	DCLM      Preparation = "dclm"      // white space off both ends; what Python calls line ends become spaces
	CCNet     Preparation = "ccnet"     // newlines are deleted: the words on both sides become one
	NeMo      Preparation = "nemo"      // newlines and "__label__" become spaces
	OpenLID   Preparation = "openlid"   // small letters, white space as one space, everything but letters, marks and underscores deleted
	Plain     Preparation = "plain"     // ASCII letters small, digits 0, blanks around every other ASCII mark
)

// ParsePreparation finds a preparation by its name; "" is Datatrove.
func ParsePreparation(name string) (Preparation, error) {
	switch p := Preparation(name); p {
	case "":
		return Datatrove, nil
	case Datatrove, DCLM, CCNet, NeMo, OpenLID, Plain:
		return p, nil
	}
	return "", fmt.Errorf("%q is none of datatrove, dclm, ccnet, nemo, openlid, plain", name)
}

// A preparer is owned by one goroutine.
type preparer struct {
	how  Preparation
	most int // bytes of a text that are read; 0 is all
	buf  []byte
}

// text returns what a Scorer, to which newlines are spaces, is to read. It is valid
// until the next call.
func (p *preparer) text(s string) string {
	if p.most > 0 && len(s) > p.most {
		s = cut(s, p.most)
	}
	switch p.how {
	case DCLM:
		s = strings.TrimFunc(s, pythonSpace)
		if !strings.ContainsFunc(s, lineEnd) {
			return s
		}
		p.buf = p.buf[:0]
		for _, r := range s {
			if lineEnd(r) {
				r = ' '
			}
			p.buf = utf8.AppendRune(p.buf, r)
		}
	case Plain:
		p.plain(s)
	case OpenLID:
		p.openLID(s)
	case CCNet:
		p.replace(s, "\n", "")
	case NeMo:
		if !strings.Contains(s, LabelPrefix) {
			return s
		}
		p.replace(s, LabelPrefix, " ")
	default:
		return s
	}
	return unsafe.String(unsafe.SliceData(p.buf), len(p.buf))
}

// openLID fills the buffer with what clean_line of openlid_normer.py makes of s: stripped,
// newlines to spaces, small letters, runs of white space to one space, and neither digits
// nor what Python's module regex calls no \p{Word} and no \p{Zs}. A capital sigma may differ
// beside letters without case.
func (p *preparer) openLID(s string) {
	p.buf = p.buf[:0]
	s = strings.TrimFunc(s, pythonSpace)
	for i, r := range s {
		if r == utf8.RuneError {
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		after, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
		switch {
		case unicode.IsSpace(r) && unicode.IsSpace(before): // it went with the one before
		case r == '\n' || unicode.IsSpace(r) && unicode.IsSpace(after):
			p.buf = append(p.buf, ' ')
		case r == 'İ':
			p.buf = append(p.buf, "i\u0307"...)
		case r == 'Σ' && unicode.IsLetter(before) && !unicode.IsLetter(after):
			p.buf = append(p.buf, "ς"...)
		case isWordLetter(r):
			p.buf = utf8.AppendRune(p.buf, unicode.ToLower(r))
		case unicode.Is(unicode.Zs, r):
			p.buf = utf8.AppendRune(p.buf, r)
		}
	}
}

// isWordLetter reports whether r is a \p{Word} and no digit.
func isWordLetter(r rune) bool {
	return unicode.IsLetter(r) || unicode.In(r, unicode.M, unicode.Nl, unicode.Pc, unicode.Other_Alphabetic, unicode.Join_Control)
}

// plainly says what becomes of each byte: itself or its small letter, '0' for a
// digit, or with bit 8 the byte between blanks.
var plainly = func() (t [256]uint16) {
	for c := range t {
		switch {
		case 'A' <= c && c <= 'Z':
			t[c] = uint16(c) + 'a' - 'A'
		case '0' <= c && c <= '9':
			t[c] = '0'
		case '!' <= c && c <= '~' && !('a' <= c && c <= 'z'):
			t[c] = uint16(c) | 1<<8
		default:
			t[c] = uint16(c)
		}
	}
	return t
}()

// plain fills the buffer with s as Plain has it.
func (p *preparer) plain(s string) {
	if need := 3 * len(s); cap(p.buf) < need {
		p.buf = make([]byte, need)
	}
	out, n := p.buf[:cap(p.buf)], 0
	for i := range len(s) {
		c := plainly[s[i]]
		if c < 1<<8 {
			out[n] = byte(c)
			n++
			continue
		}
		out[n], out[n+1], out[n+2] = ' ', byte(c), ' '
		n += 3
	}
	p.buf = out[:n]
}

// replace fills the buffer with s in which old has become with.
func (p *preparer) replace(s, old, with string) {
	p.buf = p.buf[:0]
	for {
		i := strings.Index(s, old)
		if i < 0 {
			p.buf = append(p.buf, s...)
			return
		}
		p.buf = append(append(p.buf, s[:i]...), with...)
		s = s[i+len(old):]
	}
}

// cut shortens s to at most n bytes, at the last separator if there is one in the
// last 256 bytes, and never within a code point.
func cut(s string, n int) string {
	for i := n; i > max(0, n-256); i-- {
		if separates[s[i]] {
			return s[:i]
		}
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// pythonSpace is what str.strip takes off.
func pythonSpace(r rune) bool { return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f }

// lineEnd is where str.splitlines cuts and a model sees no separator.
func lineEnd(r rune) bool {
	return 0x1c <= r && r <= 0x1e || r == 0x85 || r == 0x2028 || r == 0x2029
}

// PlainText returns s as the preparation Plain has it.
func PlainText(s string) string {
	p := preparer{how: Plain}
	return strings.Clone(p.text(s))
}
