package filters

import (
	"slices"
	"strings"

	"tamis/step"
	"tamis/text"
)

// A cutter cuts stretches out of a text, in passes that each see what the one before
// left, and knows where they were in the text as it came.
type cutter struct {
	text string // what is left so far
	pass []text.Span
	kept []text.Span // of the text as it came: what text is made of
	cuts []ruledCut  // of the text as it came

	was  []text.Span
	bufs [2][]byte
}

// A ruledCut is a stretch that a rule cut.
type ruledCut struct {
	text.Span
	rule int
}

// reset begins another text.
func (c *cutter) reset(s string) {
	c.text, c.pass, c.cuts = s, c.pass[:0], c.cuts[:0]
	c.kept = append(c.kept[:0], text.Span{End: int32(len(s))})
}

// cut notes bytes [start, end) of text for the pass; they come in order, and may touch.
func (c *cutter) cut(start, end int) {
	if start < end {
		c.pass = append(c.pass, text.Span{Start: int32(start), End: int32(end)})
	}
}

// apply ends a pass: what it noted is cut, for a rule.
func (c *cutter) apply(rule int) {
	if len(c.pass) == 0 {
		return
	}
	c.was, c.kept = c.kept, c.was[:0]
	at, next := int32(0), 0 // where the piece begins in text, and the cut that is next
	for _, piece := range c.was {
		end := at + piece.End - piece.Start
		for from := at; from < end; {
			to := end
			if next < len(c.pass) {
				to = min(end, max(from, c.pass[next].Start))
			}
			if from < to {
				c.kept = append(c.kept, text.Span{Start: piece.Start + from - at, End: piece.Start + to - at})
				from = to
				continue
			}
			to = min(end, c.pass[next].End)
			c.cuts = append(c.cuts, ruledCut{text.Span{Start: piece.Start + from - at, End: piece.Start + to - at}, rule})
			if from = to; from == c.pass[next].End {
				next++
			}
		}
		at = end
	}
	c.rebuild()
	c.pass = c.pass[:0]
}

// rebuild writes what is left of text.
func (c *cutter) rebuild() {
	c.bufs[0], c.bufs[1] = c.bufs[1], c.bufs[0]
	b, at := c.bufs[0][:0], int32(0)
	for _, cut := range c.pass {
		b = append(b, c.text[at:cut.Start]...)
		at = cut.End
	}
	c.bufs[0] = append(b, c.text[at:]...)
	c.text = asString(c.bufs[0])
}

// cutLines cuts the lines of text that drop says, each with the separator before it, or
// behind it where no line before stays.
func (c *cutter) cutLines(separator string, drop func(line string) bool) {
	stays := false
	for start, more := 0, true; more; {
		n := strings.Index(c.text[start:], separator)
		end, next := len(c.text), len(c.text)
		if more = n >= 0; more {
			end, next = start+n, start+n+len(separator)
		}
		switch {
		case !drop(c.text[start:end]):
			stays = true
		case stays:
			c.cut(start-len(separator), end)
		default:
			c.cut(start, next)
		}
		start = next
	}
}

// edit asks for the edits.
func (c *cutter) edit(m *step.Meter) {
	slices.SortFunc(c.cuts, func(a, b ruledCut) int { return int(a.Start) - int(b.Start) })
	for _, cut := range c.cuts {
		m.Edit(cut.rule, int(cut.Start), int(cut.End), "")
	}
}
