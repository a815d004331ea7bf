package filters

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tamis/document"
)

// join joins the words that are divided at line ends, apart from lines that have
// other edits there.
func (r *repairer) join() {
	before := len(r.meter.Edits)
	for i := strings.IndexByte(r.text, '\n'); i >= 0; {
		if hyphen := r.hyphenBefore(i); hyphen >= 0 {
			r.joinAt(hyphen, i+1, before)
		}
		next := strings.IndexByte(r.text[i+1:], '\n')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	if before > 0 && len(r.meter.Edits) > before {
		slices.SortFunc(r.meter.Edits, func(a, b document.Edit) int { return a.Start - b.Start })
	}
}

// hyphenBefore returns where the hyphen is that ends the line whose line feed is at i, or
// -1. A carriage return belongs to the line end.
func (r *repairer) hyphenBefore(i int) int {
	line := strings.TrimSuffix(r.text[:i], "\r")
	for _, hyphen := range []string{"-", "\u00ad", "\u2010"} {
		if strings.HasSuffix(line, hyphen) {
			return len(line) - len(hyphen)
		}
	}
	return -1
}

// joinAt joins what is before and behind bytes [start, end), a hyphen and a line end,
// where both are small letters and the word may be joined.
func (r *repairer) joinAt(start, end, edits int) {
	head := r.text[:start]
	word := len(head)
	for word > 0 {
		c, size := utf8.DecodeLastRuneInString(head[:word])
		if !unicode.IsLetter(c) {
			break
		}
		word -= size
	}
	rest := end
	for rest < len(r.text) {
		c, size := utf8.DecodeRuneInString(r.text[rest:])
		if !unicode.IsLower(c) {
			break
		}
		rest += size
	}
	last, _ := utf8.DecodeLastRuneInString(head)
	if word == start || rest == end || !unicode.IsLower(last) || r.edited(start, end, edits) {
		return
	}
	soft := r.text[start] == 0xc2
	if soft || r.settings.Hyphens == "all" || r.written(r.text[word:start], r.text[end:rest]) {
		r.meter.Edit(repairHyphenated, start, end, "")
	}
}

// edited reports whether one of the first edits touches bytes [start, end).
func (r *repairer) edited(start, end, edits int) bool {
	at, _ := slices.BinarySearchFunc(r.meter.Edits[:edits], start, func(e document.Edit, start int) int { return e.End - start })
	return at < edits && r.meter.Edits[at].Start < end
}

// written reports whether the text has a word in one piece whose halves are given.
func (r *repairer) written(a, b string) bool {
	r.new = append(append(r.new[:0], a...), b...)
	whole := string(r.new)
	for at := 0; ; {
		i := strings.Index(r.text[at:], whole)
		if i < 0 {
			return false
		}
		from, to := at+i, at+i+len(whole)
		before, _ := utf8.DecodeLastRuneInString(r.text[:from])
		behind, _ := utf8.DecodeRuneInString(r.text[to:])
		if !unicode.IsLetter(before) && !unicode.IsLetter(behind) {
			return true
		}
		at = to
	}
}
