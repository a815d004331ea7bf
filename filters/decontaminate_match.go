package filters

import (
	"cmp"
	"slices"

	"tamis/text"
)

// A gramRun is a stretch of a text that stands in an example word by word, as far as
// n-grams tell: n-grams at consecutive words of both.
//
//	text      … a b c d e f …        n = 3: the n-grams at a, b, c and d are known,
//	example     a b c d e f          at consecutive words of the example: 6 words match
type gramRun struct {
	example  uint32
	word     uint32 // of the example, where the last n-gram begins
	first    int32  // word of the text, where the first n-gram begins
	last     int32  // and the last
	evidence bool   // some n-gram is not common
}

// A gramFinder finds what a text has in common with evaluation sets. It is owned by one
// worker.
type gramFinder struct {
	index *gramIndex
	needs overlapNeeds

	words  wordList
	hits   []gramHit
	open   []gramRun // that end with the n-gram before
	next   []gramRun
	runs   []gramRun // that count
	found  []overlap
	common []text.Span // bytes that the text has in common with examples it overlaps
}

// overlapNeeds says from what on an example is overlapped: either of two, of which 0 is
// not asked for.
type overlapNeeds struct {
	match int     // words of a run; fewer where the example has no stretch of so many
	ratio float64 // share of the example's words
}

func (n overlapNeeds) met(o *overlap, e *example) bool {
	return n.match > 0 && o.words >= min(n.match, int(e.longest)) || n.ratio > 0 && o.ratio >= n.ratio
}

// An overlap is what a text has in common with one example.
type overlap struct {
	example uint32
	words   int     // of the longest run
	ratio   float64 // of the example's words that runs cover
	runs    []gramRun
	counts  bool // it is enough
}

// find reads a text. What it finds is valid until the next call.
func (f *gramFinder) find(s string) {
	f.words.read(f.index.folding, s)
	f.hits = f.index.hits(f.hits[:0], f.words.hashes)
	f.runs, f.found = f.runs[:0], f.found[:0]
	if len(f.hits) == 0 {
		return
	}
	f.follow()
	f.gather()
}

// follow makes runs of hits, of those that are at consecutive words. Where all of these
// are common they are passed over, however many examples have them.
func (f *gramFinder) follow() {
	for i := 0; i < len(f.hits); {
		end, evidence := i, false
		for ; end < len(f.hits) && f.hits[end].word-f.hits[i].word == end-i; end++ {
			evidence = evidence || !f.index.isCommon(f.hits[end].gram)
		}
		if evidence {
			f.open = f.open[:0]
			for _, h := range f.hits[i:end] {
				f.extend(h)
			}
			f.closeRuns(f.open)
		}
		i = end
	}
}

// extend lets the runs that end before a hit go on with it, closes the others and
// begins those that are new. Runs and places are in the same order.
func (f *gramFinder) extend(h gramHit) {
	evidence := !f.index.isCommon(h.gram)
	f.next = f.next[:0]
	rest := f.open
	for _, p := range f.index.placesOf(h.gram) {
		for len(rest) > 0 && (gramPlace{rest[0].example, rest[0].word + 1}).compare(p) < 0 {
			f.closeRuns(rest[:1])
			rest = rest[1:]
		}
		run := gramRun{example: p.example, first: int32(h.word)}
		if len(rest) > 0 && rest[0].example == p.example && rest[0].word+1 == p.word {
			run = rest[0]
			rest = rest[1:]
		}
		run.word, run.last, run.evidence = p.word, int32(h.word), run.evidence || evidence
		f.next = append(f.next, run)
	}
	f.closeRuns(rest)
	f.open, f.next = f.next, f.open
}

// closeRuns keeps the runs that are evidence.
func (f *gramFinder) closeRuns(runs []gramRun) {
	for _, r := range runs {
		if r.evidence {
			f.runs = append(f.runs, r)
		}
	}
}

// gather weighs the runs example by example.
func (f *gramFinder) gather() {
	slices.SortFunc(f.runs, func(a, b gramRun) int {
		return cmp.Or(cmp.Compare(a.example, b.example), cmp.Compare(a.start(), b.start()), cmp.Compare(a.first, b.first))
	})
	for i := 0; i < len(f.runs); {
		end := i + 1
		for end < len(f.runs) && f.runs[end].example == f.runs[i].example {
			end++
		}
		f.found = append(f.found, f.weigh(f.runs[i:end:end]))
		i = end
	}
}

// start returns the word of the example at which the run begins.
func (r *gramRun) start() int { return int(r.word) - int(r.last-r.first) }

// weigh measures what the text has of one example, given the runs in the order of the
// example.
func (f *gramFinder) weigh(runs []gramRun) overlap {
	n := f.index.ngram
	e := &f.index.examples[runs[0].example]
	o := overlap{example: runs[0].example, runs: runs}
	covered, reached := 0, 0
	for i := range runs {
		start, words := runs[i].start(), int(runs[i].last-runs[i].first)+n
		o.words = max(o.words, words)
		if end := start + words; end > reached {
			covered += end - max(start, reached)
			reached = end
		}
	}
	o.ratio = min(1, float64(covered)/float64(e.words))
	o.counts = f.needs.met(&o, e)
	return o
}

// best returns the overlap that says most: one that counts, the longest, that of the
// greatest share, the first.
func (f *gramFinder) best() *overlap {
	var best *overlap
	for i := range f.found {
		if o := &f.found[i]; best == nil || o.compare(best) > 0 {
			best = o
		}
	}
	return best
}

func (o *overlap) compare(p *overlap) int {
	switch {
	case o.counts != p.counts && o.counts:
		return 1
	case o.counts != p.counts:
		return -1
	}
	return cmp.Or(cmp.Compare(o.words, p.words), cmp.Compare(o.ratio, p.ratio))
}

// span returns the bytes of a run.
func (f *gramFinder) span(r *gramRun) text.Span {
	return text.Span{Start: f.words.spans[r.first].Start, End: f.words.spans[int(r.last)+f.index.ngram-1].End}
}

// spans returns where the text has what it has in common with the examples that it
// overlaps: in order and apart from each other.
func (f *gramFinder) spans() []text.Span {
	f.common = f.common[:0]
	for i := range f.found {
		if f.found[i].counts {
			for j := range f.found[i].runs {
				f.common = append(f.common, f.span(&f.found[i].runs[j]))
			}
		}
	}
	slices.SortFunc(f.common, func(a, b text.Span) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End)) })
	f.common = joinSpans(f.common)
	return f.common
}

// joinSpans makes one of spans that overlap or touch, given in order, in place.
func joinSpans(spans []text.Span) []text.Span {
	n := 0
	for _, s := range spans {
		if n > 0 && s.Start <= spans[n-1].End {
			spans[n-1].End = max(spans[n-1].End, s.End)
			continue
		}
		spans[n] = s
		n++
	}
	return spans[:n]
}

// totals returns how many examples the text overlaps, the words of its longest run,
// and the greatest share of an example that it covers.
func (f *gramFinder) totals() (examples, longest int, ratio float64) {
	for i := range f.found {
		o := &f.found[i]
		longest, ratio = max(longest, o.words), max(ratio, o.ratio)
		if o.counts {
			examples++
		}
	}
	return examples, longest, ratio
}

// evidence returns how many of the hits are not common.
func (f *gramFinder) evidence() (n int) {
	for _, h := range f.hits {
		if !f.index.isCommon(h.gram) {
			n++
		}
	}
	return n
}
