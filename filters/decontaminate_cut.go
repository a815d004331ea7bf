package filters

import (
	"unicode/utf8"

	"tamis/step"
	"tamis/text"
)

// A windowCut cuts windows around spans out of a text and drops the short pieces
// between them (Brown et al. 2020, appendix C).
type windowCut struct {
	window int // characters that go on either side of a span
	piece  int // characters of the shortest piece that stays

	pieces []text.Span // what stays of the text at hand
}

// split finds the pieces that stay when the windows around spans go. The spans are in
// order and apart, and are changed.
func (c *windowCut) split(s string, spans []text.Span) []text.Span {
	for i := range spans {
		spans[i] = c.widen(s, spans[i])
	}
	spans = joinSpans(spans)
	c.pieces = c.pieces[:0]
	start := 0
	for i := range len(spans) + 1 {
		end, next := len(s), len(s)
		if i < len(spans) {
			end, next = int(spans[i].Start), int(spans[i].End)
		}
		if start < end && utf8.RuneCountInString(s[start:end]) >= c.piece {
			c.pieces = append(c.pieces, text.Span{Start: int32(start), End: int32(end)})
		}
		start = next
	}
	return c.pieces
}

// widen adds a window to both sides of a span.
func (c *windowCut) widen(s string, p text.Span) text.Span {
	start, end := int(p.Start), int(p.End)
	for range c.window {
		_, n := utf8.DecodeLastRuneInString(s[:start])
		start -= n
	}
	for range c.window {
		_, n := utf8.DecodeRuneInString(s[end:])
		end += n
	}
	return text.Span{Start: int32(start), End: int32(end)}
}

// edit asks for all but the pieces to go; an empty line stays between two of them.
func (c *windowCut) edit(m *step.Meter, rule, length int) {
	last := 0
	for i, p := range c.pieces {
		with := "\n\n"
		if i == 0 {
			with = ""
		}
		if last < int(p.Start) {
			m.Edit(rule, last, int(p.Start), with)
		}
		last = int(p.End)
	}
	if last < length {
		m.Edit(rule, last, length, "")
	}
}
