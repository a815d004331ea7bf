package filters

import (
	"strings"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"tamis/text"
)

// hasWords reports whether a line has at least n words.
func hasWords(line string, n int) bool {
	inside := false
	for i := 0; i < len(line) && n > 0; i++ {
		width := text.SpaceAt(line, i)
		if width > 0 {
			i += width - 1
		} else if !inside {
			n--
		}
		inside = width == 0
	}
	return n <= 0
}

// hasLongWord reports whether a line has a word of more than limit characters.
func hasLongWord(line string, limit int) bool {
	// A word of so many characters covers limit+1 bytes from any place before it,
	// or there is a space in them, behind which to look on.
	for start := 0; len(line)-start > limit; {
		space := start + limit
		for space >= start && line[space] != ' ' {
			space--
		}
		if space < start {
			return hasLongWordSlow(line[start:], limit)
		}
		start = space + 1
	}
	return false
}

// hasLongWordSlow looks at every character.
func hasLongWordSlow(line string, limit int) bool {
	runes := 0
	for i := 0; i < len(line) && runes <= limit; {
		if n := text.SpaceAt(line, i); n > 0 {
			runes = 0
			i += n
			continue
		}
		_, n := utf8.DecodeRuneInString(line[i:])
		runes++
		i += n
	}
	return runes > limit
}

// endsLikeSentence reports whether a line ends in a mark, and in no ellipsis.
func endsLikeSentence(line string, apostrophe bool) bool {
	if line == "" {
		return false
	}
	switch line[len(line)-1] {
	case '\'':
		return apostrophe
	case '.', '?', '!', '"':
		return !strings.HasSuffix(line, "...")
	}
	return false
}

// speaksOfPolicy reports whether a line in lower case has one of the phrases of the
// published code.
func speaksOfPolicy(low []byte) bool {
	for _, phrase := range c4Phrases.list[2:] {
		if strings.Contains(unsafe.String(unsafe.SliceData(low), len(low)), phrase) {
			return true
		}
	}
	return false
}

// findCitations notes the citations of a line: \[\d*]|\[edit]|\[citation needed].
func (c *c4) findCitations(l text.Span) {
	s := c.view.Text()
	for i := int(l.Start); i < int(l.End); {
		n := strings.IndexByte(s[i:l.End], '[')
		if n < 0 {
			return
		}
		i += n
		if n := citationLength(s[i:l.End]); n > 0 {
			c.citations = append(c.citations, text.Span{Start: int32(i), End: int32(i + n)})
			i += n
		} else {
			i++
		}
	}
}

// citationLength returns the bytes of the citation at the beginning of s, or 0.
func citationLength(s string) int {
	for _, c := range [...]string{"[edit]", "[citation needed]"} {
		if strings.HasPrefix(s, c) {
			return len(c)
		}
	}
	for i := 1; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == ']' {
			return i + 1
		}
		if !unicode.IsDigit(r) {
			break
		}
		i += n
	}
	return 0
}

// withoutCitations returns a line without its citations, valid until the next one.
func (c *c4) withoutCitations(l text.Span, citations []text.Span) string {
	s, at := c.view.Text(), l.Start
	c.cut = c.cut[:0]
	for _, p := range citations {
		c.cut = append(c.cut, s[at:p.Start]...)
		at = p.End
	}
	c.cut = append(c.cut, s[at:l.End]...)
	return unsafe.String(unsafe.SliceData(c.cut), len(c.cut))
}

// noteStays extends what stays of the page by a line that does.
func (c *c4) noteStays(l text.Span, citations []text.Span) {
	at := l.Start
	for _, p := range citations {
		c.notePiece(text.Span{Start: at, End: p.Start})
		at = p.End
	}
	c.notePiece(text.Span{Start: at, End: l.End})
}

func (c *c4) notePiece(p text.Span) {
	p = text.Trim(c.view.Text(), p)
	if p.Start == p.End {
		return
	}
	if c.stays.Start < 0 {
		c.stays.Start = p.Start
	}
	c.stays.End = p.End
}

// edit asks for the edits that leave the lines that stay, joined by newlines and
// stripped as a whole.
func (c *c4) edit() {
	for i := range c.meter.Rules {
		if c.meter.Rules[i].Edit {
			c.meter.Hold(i, 0)
		}
	}
	start, citations := int32(0), c.citations
	for _, l := range c.lines {
		if l.rule != c4Kept {
			c.cutOut(l.rule, start, l.next)
			start = l.next
			continue
		}
		c.cutOut(c4Spaces, start, l.Start)
		at := l.Start
		for len(citations) > 0 && citations[0].Start < l.End {
			c.keep(at, citations[0].Start)
			c.cutOut(c4Citations, citations[0].Start, citations[0].End)
			at, citations = citations[0].End, citations[1:]
		}
		c.keep(at, l.End)
		c.endLine(l)
		start = l.next
	}
}

func (c *c4) cutOut(rule int, start, end int32) {
	if start < end {
		c.meter.Edit(rule, int(start), int(end), "")
	}
}

// keep keeps what lies inside of what stays of the page.
func (c *c4) keep(start, end int32) {
	first, last := max(start, min(end, c.stays.Start)), min(end, max(start, c.stays.End))
	if c.stays.Start < 0 || first >= last {
		c.cutOut(c4Spaces, start, end)
		return
	}
	c.cutOut(c4Spaces, start, first)
	c.cutOut(c4Spaces, last, end)
}

// endLine makes what lies between a line and the next one a newline, or a space
// between sentences, if something stays on both sides.
func (c *c4) endLine(l c4Line) {
	between, joint := c.view.Text()[l.End:l.next], "\n"
	if c.sentencewise {
		joint = " "
	}
	if c.stays.Start >= 0 && c.stays.Start < l.End && c.stays.End > l.next {
		if between != joint {
			c.meter.Edit(c4Spaces, int(l.End), int(l.next), joint)
		}
		return
	}
	c.cutOut(c4Spaces, l.End, l.next)
}
