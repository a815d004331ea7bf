package filters

import (
	"strings"
	"unicode/utf8"

	"tamis/text"
)

// banned drops the lines that have one of the substrings, or cuts the substrings; the
// text is stripped then.
func (e *dclmEdits) banned() {
	if !e.on(deSubstrings) {
		return
	}
	if e.CutOnly {
		e.cutSubstrings()
	} else {
		e.cutLines("\n", func(line string) bool {
			start, _ := e.find(line, 0)
			return start >= 0 && !e.isLong(line)
		})
	}
	e.apply(deSubstrings)
	bare := text.TrimSpace(e.text)
	start := strings.Index(e.text, bare)
	e.cut(0, start)
	e.cut(start+len(bare), len(e.text))
	e.apply(deSubstrings)
}

// isLong reports whether a line has more words than substrings looks at.
func (e *dclmEdits) isLong(line string) bool { return e.MaxWords > 0 && hasWords(line, e.MaxWords+1) }

// find returns the first substring in a line from a byte on, or -1.
func (e *dclmEdits) find(line string, from int) (start, end int) {
	s := line
	if e.Fold {
		e.low = text.AppendLowerASCII(e.low[:0], line)
		s = asString(e.low)
	}
	start = -1
	for _, sub := range e.substrings {
		at := -1
		switch e.Location {
		case "prefix":
			if from == 0 && strings.HasPrefix(s, sub) {
				at = 0
			}
		case "suffix":
			if len(s)-from >= len(sub) && strings.HasSuffix(s, sub) {
				at = len(s) - len(sub)
			}
		default:
			if at = strings.Index(s[from:], sub); at >= 0 {
				at += from
			}
		}
		if at >= 0 && (start < 0 || at < start) {
			start, end = at, at+len(sub)
		}
	}
	return start, end
}

// cutSubstrings cuts the substrings from their lines, and lines of which only white
// space is left, or that were nothing else before.
func (e *dclmEdits) cutSubstrings() {
	stays, offset := false, 0
	for line := range strings.SplitSeq(e.text, "\n") {
		first := len(e.pass)
		left := e.cutFrom(line, offset)
		end := offset + len(line)
		if left && line != "" {
			e.pass = e.pass[:first]
			if stays {
				e.cut(offset-1, end)
			} else {
				e.cut(offset, min(end+1, len(e.text)))
			}
		} else {
			stays = true
		}
		offset = end + 1
	}
}

// cutFrom notes the substrings of a line that begins at an offset, and reports whether
// nothing but white space is beside them.
func (e *dclmEdits) cutFrom(line string, offset int) (blank bool) {
	if e.isLong(line) {
		return false
	}
	blank = true
	for done := 0; ; {
		start, end := e.find(line, done)
		if start < 0 {
			return blank && text.TrimSpace(line[done:]) == ""
		}
		if e.Location == "prefix" && end < len(line) {
			end += text.SpaceAt(line, end)
		} else if e.Location != "prefix" {
			if r, n := utf8.DecodeLastRuneInString(line[done:start]); n > 0 && text.IsSpace(r) {
				start -= n
			}
		}
		blank = blank && text.TrimSpace(line[done:start]) == ""
		e.cut(offset+start, offset+end)
		done = end
	}
}
