package text

import (
	"strings"

	"github.com/zeebo/xxh3"
)

// A Line is one of the stretches between line feeds.
type Line struct {
	Span
	Runes  int32 // code points
	Blank  bool  // nothing but white space
	Repeat bool  // not blank, and equal to a line before it
}

// Lines returns what Python's text.split("\n") yields: one line more than there are
// line feeds, so one for an empty text, too.
func (v *View) Lines() []Line {
	if !v.first(partLines) {
		return v.lines
	}
	v.census()
	v.lines = v.lines[:0]
	for start := 0; start <= len(v.text); {
		end := len(v.text)
		if n := strings.IndexByte(v.text[start:], '\n'); n >= 0 {
			end = start + n
		}
		a, b := trim(v.text, start, end)
		v.lines = append(v.lines, Line{
			Span:  Span{int32(start), int32(end)},
			Runes: int32(v.countInRange(start, end)),
			Blank: a == b,
		})
		start = end + 1
	}
	v.findRepeats()
	return v.lines
}

// findRepeats marks the lines that are equal to an earlier one.
func (v *View) findRepeats() {
	if len(v.lines) < 2 {
		return
	}
	v.table.reset(len(v.lines))
	for i := range v.lines {
		if l := &v.lines[i]; !l.Blank {
			_, l.Repeat = v.table.add(xxh3.HashString(l.Of(v.text)), uint32(i))
		}
	}
}

// SplitLines returns what Python's text.splitlines() yields: a line ends before any
// of U+000A to U+000D, U+001C to U+001E, U+0085, U+2028 and U+2029, "\r\n" being one
// line end, and there is no empty line after the last line end. The line end lies
// between the end of a line and the start of the next, or the end of the text.
func (v *View) SplitLines() []Span {
	if !v.first(partSplitLines) {
		return v.splitLines
	}
	v.census()
	v.splitLines = v.splitLines[:0]
	for start := 0; start < len(v.text); {
		end, next := v.lineEnd(start)
		v.splitLines = append(v.splitLines, Span{int32(start), int32(end)})
		start = next
	}
	return v.splitLines
}

// lineEnd returns where the line that begins at byte i ends, and where the next one
// begins.
func (v *View) lineEnd(i int) (end, next int) {
	if !v.breaks {
		n := strings.IndexByte(v.text[i:], '\n')
		if n < 0 {
			return len(v.text), len(v.text)
		}
		return i + n, i + n + 1
	}
	for ; i < len(v.text); i++ {
		if n := breakAt(v.text, i); n > 0 {
			return i, i + n
		}
	}
	return i, i
}

// Repeats says how many of the parts of a text are equal to an earlier one.
type Repeats struct {
	Parts, Repeated int
	RepeatedRunes   int // code points of the repeated parts
}

func (r *Repeats) add(runes int, repeated bool) {
	r.Parts++
	if repeated {
		r.Repeated++
		r.RepeatedRunes += runes
	}
}

// LineRepeats counts what lies between runs of line feeds, as datatrove's
// repetition filter does: nothing is stripped, so that a text that begins and ends
// with line feeds has two empty lines, of which the second repeats the first. An
// empty text is one line.
func (v *View) LineRepeats() Repeats {
	if !v.first(partLineRepeats) {
		return v.lineRepeats
	}
	var r Repeats
	lines, blanks := v.Lines(), 0
	last := len(lines) - 1
	for i := range lines {
		l := &lines[i]
		switch {
		case l.Len() == 0:
			if i == 0 || i == last {
				r.add(0, i > 0 && lines[0].Len() == 0)
			}
		case l.Blank:
			blanks++
		default:
			r.add(int(l.Runes), l.Repeat)
		}
	}
	if blanks > 0 {
		v.addBlanks(&r, blanks)
	}
	v.lineRepeats = r
	return r
}

// addBlanks adds the lines of white space, which are seldom.
func (v *View) addBlanks(r *Repeats, n int) {
	v.table.reset(n)
	for i := range v.lines {
		if l := &v.lines[i]; l.Blank && l.Len() > 0 {
			_, repeated := v.table.add(xxh3.HashString(l.Of(v.text)), uint32(i))
			r.add(int(l.Runes), repeated)
		}
	}
}

// ParagraphRepeats counts what lies between runs of two and more line feeds in the
// stripped text, as datatrove's repetition filter does. An empty text is one
// paragraph.
func (v *View) ParagraphRepeats() Repeats {
	if !v.first(partParagraphRepeats) {
		return v.paragraphRepeats
	}
	lines := v.Lines()
	start, end := trim(v.text, 0, len(v.text))
	var r Repeats
	v.table.reset(len(lines))
	from := start
	for i := range lines {
		// An empty line ends the paragraph before it, if there is one.
		if at := int(lines[i].Start); lines[i].Len() == 0 && at > start && at < end {
			if from < at {
				v.addParagraph(&r, v.text[from:at-1])
			}
			from = at + 1
		}
	}
	v.addParagraph(&r, v.text[from:end])
	v.paragraphRepeats = r
	return r
}

func (v *View) addParagraph(r *Repeats, s string) {
	_, repeated := v.table.add(xxh3.HashString(s), 0)
	runes := 0
	if repeated {
		runes, _ = countRunes(s)
	}
	r.add(runes, repeated)
}
