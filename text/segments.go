package text

import "github.com/clipperhouse/uax29/v2/words"

// AppendSegments appends the segments of UAX 29 without the white space at their
// ends, and those of nothing else not at all. Unlike the words of the splitter
// Unicode, marks are among them, too.
func (v *View) AppendSegments(dst []Span) []Span {
	v.census()
	s := v.text
	if v.segments == nil && !v.ascii {
		v.segments = words.FromString("")
	}
	for i := 0; i < len(s); {
		end, _, ok := asciiSegment(s, i)
		if !ok {
			end = v.segment(i)
		}
		dst = appendTrimmed(dst, s, i, end)
		i = end
	}
	return dst
}
