package filters

import (
	"fmt"
	"slices"
	"sort"
	"unicode/utf8"

	"tamis/document"
)

// stands reports whether an occurrence stands there as a word, and is no number or
// mark that happens to look like one.
func (n *nsfw) stands(f *nsfwForm, o occurrence) bool {
	if !f.openLeft && !n.edge(int(o.start)) {
		return false
	}
	if !f.openRight && !n.edge(int(o.end)) {
		return false
	}
	return f.leet || lettersEnough(n.text[o.start:o.end])
}

// edge reports whether one word ends and another may begin at i.
func (n *nsfw) edge(i int) bool { return wordEdge(n.text, i) }

// wordEdge reports whether one word of s ends and another may begin at i.
func wordEdge(s string, i int) bool {
	if i == 0 || i == len(s) {
		return true
	}
	before, after := rune(s[i-1]), rune(s[i])
	if before >= utf8.RuneSelf {
		before, _ = utf8.DecodeLastRuneInString(s[:i])
	}
	if after >= utf8.RuneSelf {
		after, _ = utf8.DecodeRuneInString(s[i:])
	}
	return !isWordRune(before) || !isWordRune(after) || isUnspaced(before) || isUnspaced(after)
}

// lettersEnough reports whether a stretch is made of letters, or is a word of four
// and more of which two at least are letters: A55 is a road.
func lettersEnough(s string) bool {
	letters, leet := 0, 0
	for i := range len(s) {
		if isLeet(s[i]) {
			leet++
		} else if c := s[i]; c >= utf8.RuneSelf || 'a' <= c|0x20 && c|0x20 <= 'z' {
			letters++
		}
	}
	return leet == 0 || letters >= 2 && letters+leet >= 4
}

// drop removes the hits within excuses, those of doubtful and clinical terms without
// company, and those of clinical terms where the context excuses them. It says nothing of a text
// with strict terms.
func (n *nsfw) drop(note func(string)) {
	n.readContext()
	n.longest()
	kept := n.hits[:0]
	weighty := n.company()
	for _, h := range n.hits {
		why := n.excuse(h, weighty)
		if why == "" {
			kept = append(kept, h)
		} else if note != nil {
			note(fmt.Sprintf("%q at bytes %d to %d does not count: %s", n.text[h.start:h.end], h.start, h.end, why))
		}
	}
	n.hits = kept
}

// excuse says why a hit does not count, "" if it does.
func (n *nsfw) excuse(h nsfwHit, weighty [nsfwClasses]uint64) string {
	t := &n.terms[h.term]
	switch {
	case t.class == classStrict:
		return ""
	case n.excused(h):
		return "a phrase or a name excuses it"
	case t.clinical && len(n.context) >= enoughContext:
		return "the text has words of medicine, education or law"
	case (t.doubtful || t.clinical) && weighty[t.class]>>t.language&1 == 0:
		return "it says little without anything weighty beside it"
	}
	return ""
}

// enoughContext is how many different words of medicine, education or law make a
// text one of these.
const enoughContext = 3

// readContext finds the excuses and the words of context. Of excuses that lie within
// others only the longest stay, so that they ascend by start and by end.
func (n *nsfw) readContext() {
	n.spans = n.spans[:0]
	clear(n.context)
	n.found = n.lexicon.context.find(n.found[:0], n.text)
	for _, o := range n.found {
		f := &n.contexts[o.pattern]
		if !n.stands(f, o) {
			continue
		}
		if f.term < 0 {
			n.spans = append(n.spans, nsfwHit{f.term, o.start, o.end})
		} else {
			n.context[f.term] = true
		}
	}
	slices.SortFunc(n.spans, byPlace)
	end := int32(-1)
	n.spans = slices.DeleteFunc(n.spans, func(s nsfwHit) bool {
		within := s.end <= end
		end = max(end, s.end)
		return within
	})
}

// byPlace orders hits by their start, longer ones first.
func byPlace(a, b nsfwHit) int {
	switch {
	case a.start != b.start:
		return int(a.start - b.start)
	case a.end != b.end:
		return int(b.end - a.end)
	}
	return int(a.term - b.term)
}

// longest removes the hits that lie within others. Strict ones stay.
func (n *nsfw) longest() {
	slices.SortFunc(n.hits, byPlace)
	end := int32(-1)
	n.hits = slices.DeleteFunc(n.hits, func(h nsfwHit) bool {
		if n.terms[h.term].class == classStrict {
			return false
		}
		within := h.end <= end
		end = max(end, h.end)
		return within
	})
}

// company returns, for each class, the languages of which the text has a term of
// weight 3 or more that is neither doubtful nor clinical, as bits.
func (n *nsfw) company() (languages [nsfwClasses]uint64) {
	for _, h := range n.hits {
		if t := &n.terms[h.term]; !t.doubtful && t.weight >= 3 && !n.excused(h) {
			languages[t.class] |= 1 << t.language
		}
	}
	return languages
}

// excused reports whether a hit lies within an excuse.
func (n *nsfw) excused(h nsfwHit) bool {
	after := sort.Search(len(n.spans), func(i int) bool { return n.spans[i].start > h.start })
	return after > 0 && h.end <= n.spans[after-1].end
}

// A nsfwScore has the values of the rules.
type nsfwScore struct{ values [nsfwDistinct + 1]float64 }

// score weighs the hits. One term counts no more often than three times or five times
// per 1,000 words, whatever is more, so that one topic does not make a text.
func (n *nsfw) score(d *document.Document) (s nsfwScore) {
	n.count(n.hits)
	var distinct [nsfwClasses]int
	for _, i := range n.touched {
		distinct[n.terms[i].class]++
	}
	s.values[nsfwStrict] = float64(distinct[classStrict])
	s.values[nsfwDistinct] = float64(distinct[classSexual] + distinct[classAbuse])
	words := int64(0) // not counted where nothing is weighed
	if s.values[nsfwDistinct] > 1 {
		words = textWords(d)
	}
	var weight [nsfwClasses]int64
	var all int64
	for _, i := range n.touched {
		t, count := &n.terms[i], n.counts[i]
		n.counts[i] = 0
		weight[t.class] += t.weight * min(count, max(3, words/200))
		if t.class != classStrict {
			all += count
		}
	}
	if words > 0 {
		s.values[nsfwDensity] = perMille(all, words)
	}
	if distinct[classSexual] > 1 {
		s.values[nsfwSexual] = perMille(weight[classSexual], words)
	}
	if distinct[classAbuse] > 1 {
		s.values[nsfwAbuse] = perMille(weight[classAbuse], words)
	}
	return s
}

// count counts hits by term.
func (n *nsfw) count(hits []nsfwHit) {
	n.touched = n.touched[:0]
	for _, h := range hits {
		if n.counts[h.term] == 0 {
			n.touched = append(n.touched, h.term)
		}
		n.counts[h.term]++
	}
}

// textWords returns the words of the text, at least 100 and one in 20 bytes: some
// splitters find next to none in scripts that do not set words apart.
func textWords(d *document.Document) int64 {
	t := d.View().WordTotals()
	return int64(max(t.Words-t.Symbols, len(d.Text())/20, 100))
}

func perMille(n, words int64) float64 { return float64(1000*n) / float64(words) }

// mostPlaces is how many places of a term explain names.
const mostPlaces = 5

// explainHits tells which terms count, the first ones first, and where they stand.
func (n *nsfw) explainHits(note func(string)) {
	if note == nil {
		return
	}
	n.count(n.hits)
	for _, i := range n.touched {
		t, places, named := &n.terms[i], "", 0
		for _, h := range n.hits {
			if h.term == i && named < mostPlaces {
				places, named = fmt.Sprintf("%s, %d to %d", places, h.start, h.end), named+1
			}
		}
		if n.counts[i] > mostPlaces {
			places += ", …"
		}
		note(fmt.Sprintf("%s, weight %d: %q, found %d×, at bytes %s", [...]string{"sexual", "abuse"}[t.class], t.weight, t.text, n.counts[i], places[2:]))
		n.counts[i] = 0
	}
}
