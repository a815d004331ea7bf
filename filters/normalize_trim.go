package filters

import (
	"unicode"
	"unicode/utf8"
)

// A cut is a stretch of a text that goes: bytes [start, end).
type cut struct{ start, end int }

// trim removes the blanks at line ends. Control characters among them go with them,
// so that a second pass finds nothing more; edits inside of such a stretch give way.
func (n *normalizer) trim() {
	n.cuts = n.cuts[:0]
	for i := n.lineEnd(0); ; i = n.lineEnd(i + 1) {
		if c := n.blanksBefore(i); c.start < c.end {
			n.cuts = append(n.cuts, c)
		}
		if i == len(n.text) {
			break
		}
	}
	if len(n.cuts) > 0 {
		n.mergeCuts()
	}
}

// lineEnd returns the position of the first line end from i on, or the text's end.
func (n *normalizer) lineEnd(i int) int {
	for ; i < len(n.text); i++ {
		c := n.text[i]
		if '\n' <= c && c <= '\r' || c == 0xc2 || c == 0xe2 {
			if r, _ := utf8.DecodeRuneInString(n.text[i:]); isLineEnd(r) && !n.isControl(r) {
				return i
			}
		}
	}
	return len(n.text)
}

// blanksBefore returns the blanks and control characters before end, empty where
// there is no blank among them.
func (n *normalizer) blanksBefore(end int) cut {
	start, blanks := end, 0
	for start > 0 {
		r, size := utf8.DecodeLastRuneInString(n.text[:start])
		if r == ' ' || r == '\t' || unicode.Is(unicode.Zs, r) {
			blanks++
		} else if !n.isControl(r) {
			break
		}
		start -= size
	}
	if blanks == 0 {
		start = end
	}
	return cut{start, end}
}

// mergeCuts puts the cuts among the edits so far. An edit lies inside of a cut or
// outside: none reaches over a blank or behind the last character of its segment.
func (n *normalizer) mergeCuts() {
	m := n.meter
	n.spare = append(n.spare[:0], m.Edits...)
	m.Edits = m.Edits[:0]
	next := 0
	for _, c := range n.cuts {
		for ; next < len(n.spare) && n.spare[next].Start < c.start; next++ {
			m.Edits = append(m.Edits, n.spare[next])
		}
		for ; next < len(n.spare) && n.spare[next].End <= c.end && n.spare[next].Start < c.end; next++ {
			m.Values[n.spare[next].Rule]--
		}
		m.Edit(normTrailing, c.start, c.end, "")
	}
	m.Edits = append(m.Edits, n.spare[next:]...)
}
