package filters

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"tamis/text"
)

// maxExplained is how many overlaps `explain` tells of.
const maxExplained = 10

// explain tells which examples the text has something in common with, how much, where,
// and what the index knows.
func (d *decontaminator) explain(note func(string), s string) {
	f := &d.finder
	ix := f.index
	short := 0
	for i := range ix.examples {
		if ix.examples[i].words == 0 {
			short++
		}
	}
	note(fmt.Sprintf("evaluation sets: %d, examples: %d, of which without %d words in a row, so that they cannot be found: %d", len(ix.sets), len(ix.examples), ix.ngram, short))
	found := slices.Clone(f.found)
	slices.SortStableFunc(found, func(a, b overlap) int { return b.compare(&a) })
	for i := range found {
		if i == maxExplained {
			note(fmt.Sprintf("further examples: %d", len(found)-i))
			break
		}
		note(f.describe(&found[i], s))
	}
}

// describe writes what the text has in common with one example.
func (f *gramFinder) describe(o *overlap, s string) string {
	e := &f.index.examples[o.example]
	what := "overlaps"
	if !o.counts {
		what = "has too little in common with"
	}
	longest := &o.runs[0]
	for i := range o.runs {
		if r := &o.runs[i]; r.last-r.first > longest.last-longest.first {
			longest = r
		}
	}
	p := f.span(longest)
	return fmt.Sprintf("%s %s, %s: %d words in a row, %.2f of its words; the longest in bytes %d to %d: %s",
		what, f.index.sets[e.set], e.id, o.words, o.ratio, p.Start, p.End, excerpt(s, p))
}

// excerpt quotes a stretch of s, a long one without its end.
func excerpt(s string, p text.Span) string {
	const most = 120
	part := p.Of(s)
	if len(part) <= most {
		return fmt.Sprintf("%q", part)
	}
	end := most
	for end > 0 && !utf8.RuneStart(part[end]) {
		end--
	}
	return fmt.Sprintf("%q …", part[:end])
}
