package filters

import (
	"bytes"
	"unicode/utf8"
	"unsafe"
)

// plainRunes returns the set of code points below U+10000 that need no look: they
// are in the form, begin a segment and combine with nothing on their left. A text of
// plain code points alone is in the form. ASCII without control characters is plain.
func (n *normalizer) plainRunes() *[1 << 10]uint64 {
	set := new([1 << 10]uint64)
	var buf [utf8.UTFMax]byte
	for r := rune(0); r < 1<<16; r++ {
		if r == utf8.RuneError || utf8.ValidRune(r) && n.isPlain(r, buf[:utf8.EncodeRune(buf[:], r)]) {
			set[r>>6] |= 1 << (r & 63)
		}
	}
	return set
}

func (n *normalizer) isPlain(r rune, encoded []byte) bool {
	if n.isControl(r) || n.lineEnds && isLineEnd(r) && r != '\n' {
		return false
	}
	return !n.formed || n.form.IsNormal(encoded) && n.form.Properties(encoded).BoundaryBefore()
}

// isLineEnd reports whether r is a mandatory break of UAX #14.
func isLineEnd(r rune) bool {
	return '\n' <= r && r <= '\r' || r == 0x85 || r == 0x2028 || r == 0x2029
}

// isControl reports whether r is a control character that goes. Line ends are
// replaced rather than removed, and stay as they are if they are not to be replaced,
// since the lines would run together.
func (n *normalizer) isControl(r rune) bool {
	if !n.controls || r == '\t' || r == '\n' || r == '\r' || r == 0x85 {
		return false
	}
	if n.lineEnds && isLineEnd(r) {
		return false
	}
	return r < 0x20 || 0x7f <= r && r < 0xa0
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// load8 returns eight bytes of s from i on as a little-endian number.
func load8(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// skip returns the first position from i on that is not plain.
func (n *normalizer) skip(i int) int {
	s := n.text
	for i < len(s) {
		for i+8 <= len(s) {
			// A byte has its high bit set where it is outside 0x20..0x7e; a byte
			// after such a one may be reported in vain.
			if w := load8(s, i); (w|(w+ones)|(w-0x20*ones)&^w)&highs != 0 {
				break
			}
			i += 8
		}
		for end := min(i+8, len(s)); i < end; {
			r, size := rune(s[i]), 1
			if r >= utf8.RuneSelf {
				r, size = utf8.DecodeRuneInString(s[i:])
				if r == utf8.RuneError && size == 1 || r >= 1<<16 && !n.isPlainHigh(s[i:i+size]) {
					return i
				}
			}
			if r < 1<<16 && n.plain[r>>6]&(1<<(r&63)) == 0 {
				return i
			}
			i += size
		}
	}
	return i
}

// isPlainHigh is isPlain for a code point from U+10000 on.
func (n *normalizer) isPlainHigh(s string) bool {
	if !n.formed {
		return true
	}
	p := n.form.PropertiesString(s)
	return p.BoundaryBefore() && (n.form.QuickSpanString(s) == len(s) || n.form.IsNormalString(s))
}

// repair mends what begins at i, which is not plain, and returns the position behind
// it. Nothing before fixed is touched.
func (n *normalizer) repair(fixed, i int) int {
	r, size := utf8.DecodeRuneInString(n.text[i:])
	switch {
	case r == utf8.RuneError && size == 1:
		return n.replaceInvalid(i)
	case n.lineEnds && isLineEnd(r):
		if r == '\r' && i+1 < len(n.text) && n.text[i+1] == '\n' {
			n.meter.Edit(normLineEnds, i, i+1, "")
			return i + 2
		}
		n.meter.Edit(normLineEnds, i, i+size, "\n")
		return i + size
	}
	start := i
	if i > fixed && (n.isControl(r) || n.extends(r, n.text[i:i+size])) {
		_, before := utf8.DecodeLastRuneInString(n.text[fixed:i])
		start -= before
	}
	return n.repairSegment(start)
}

// replaceInvalid replaces the bytes from i on that are no UTF-8.
func (n *normalizer) replaceInvalid(i int) int {
	end := i
	for end < len(n.text) {
		if r, size := utf8.DecodeRuneInString(n.text[end:]); r != utf8.RuneError || size != 1 {
			break
		}
		end++
	}
	n.meter.Edit(normInvalid, i, end, "\uFFFD")
	return end
}

// repairSegment mends one segment of the form, from start on, and the control
// characters in it and behind it. It returns the end of both.
//
//	e  NUL  ◌́  NUL  x
//	└ é ────┘  └ ┘  next
//
// The segment is one edit where its form changes; otherwise each control character
// is one.
func (n *normalizer) repairSegment(start int) int {
	n.scratch = n.scratch[:0]
	end, controls, pending := start, 0, 0 // end is behind the last code point that stays
	j := start
	for j < len(n.text) {
		r, size := utf8.DecodeRuneInString(n.text[j:])
		if n.isControl(r) {
			pending++
		} else if j > start && !n.extends(r, n.text[j:j+size]) {
			break
		} else {
			n.scratch = append(n.scratch, n.text[j:j+size]...)
			end, controls, pending = j+size, controls+pending, 0
		}
		j += size
	}
	if n.formed && n.normalize() {
		n.meter.Edit(normForm, start, end, n.intern(n.formedTo))
		n.meter.Values[normControls] += float64(controls)
		start = end
	}
	n.cutControls(start, j)
	return j
}

// extends reports whether a code point belongs to the segment before it.
func (n *normalizer) extends(r rune, encoded string) bool {
	return n.formed && !(r == utf8.RuneError && len(encoded) == 1) && !n.form.PropertiesString(encoded).BoundaryBefore()
}

// normalize puts scratch into the form, as formedTo, and reports whether that differs.
// The form's own functions would allocate memory for each segment.
func (n *normalizer) normalize() bool {
	if n.form.QuickSpan(n.scratch) == len(n.scratch) {
		return false
	}
	n.formedTo = n.formedTo[:0]
	for n.segments.Init(n.form, n.scratch); !n.segments.Done(); {
		n.formedTo = append(n.formedTo, n.segments.Next()...)
	}
	return !bytes.Equal(n.formedTo, n.scratch)
}

// intern returns a string in the arena.
func (n *normalizer) intern(b []byte) string {
	from := len(n.arena)
	n.arena = append(n.arena, b...)
	return unsafe.String(unsafe.SliceData(n.arena[from:]), len(n.arena)-from)
}

// cutControls removes the control characters of a stretch.
func (n *normalizer) cutControls(i, end int) {
	for i < end {
		r, size := utf8.DecodeRuneInString(n.text[i:])
		if n.isControl(r) {
			n.meter.Edit(normControls, i, i+size, "")
		}
		i += size
	}
}
