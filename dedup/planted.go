package dedup

import (
	"math"
	"slices"
	"strings"

	"tamis/document"
	"tamis/step"
)

// Probes measure what the step finds: altered copies of documents of the corpus, whose
// true similarity is known. Their bands go through the sieve and the sort of all bands;
// a probe is found where it stands behind its original in one of them, and confirmed
// where the shingles of both reach the threshold. Probes join nothing: no document is
// decided because of one.

// A planted probe is an altered copy of one document.
type planted struct {
	original  uint64 // ordinal
	jaccard   float64
	reaches   bool // the threshold, by the comparison that candidates meet
	found     bool
	firstBand int // of planting.bands
}

// mostProbes are planted at most, which are enough for intervals of a tenth of a percent.
const mostProbes = 100_000

// planting is the probes of one resolving.
type planting struct {
	probes []planted
	bands  []uint64
}

// plant reads some documents of this run again and makes a probe of each. Copies of a
// document before them are left out, since their bands are those of that one.
func (v *resolver) plant() error {
	p := &planting{}
	v.planting = p
	drawn := drawProbes(v.planted, v.seed, v.r.Documents-v.epoch.earlier)
	if drawn == nil {
		return nil
	}
	chosen := newBitset(v.r.Documents)
	err := v.originals(func(ordinal uint64, _ []byte) error {
		if ordinal >= v.epoch.earlier && drawn(ordinal) {
			chosen.set(ordinal)
		}
		return nil
	})
	if err != nil {
		return err
	}
	m := &probeMaker{v: v, shingle: v.shingler(v.splitter), sketcher: v.Sketcher()}
	return v.r.Read(chosen.has, func(ordinal uint64, d *document.Document) error {
		m.add(p, ordinal, d)
		return v.ctx.Err()
	})
}

// drawProbes draws the documents of which probes are made; nil where none are.
func drawProbes(share float64, seed, documents uint64) func(ordinal uint64) bool {
	share = min(share, mostProbes/float64(max(documents, 1)))
	if share <= 0 {
		return nil
	}
	limit := uint64(float64(share * (1 << 53)))
	return func(ordinal uint64) bool { return splitmix(seed^prime644, ordinal)>>11 < limit }
}

// A probeMaker makes probes of documents.
type probeMaker struct {
	v              *resolver
	shingle        shingler
	sketcher       step.Sketcher
	doc            document.Document
	original, copy []uint64
	sketch         []byte
}

// add plants a probe of d where it has a shingle.
func (m *probeMaker) add(p *planting, ordinal uint64, d *document.Document) {
	m.original = sortedSet(m.shingle(m.original[:0], d))
	m.doc.SetText(altered(d.Text(), m.v.ngram, splitmix(m.v.seed^prime645, ordinal)))
	m.copy = sortedSet(m.shingle(m.copy[:0], &m.doc))
	if len(m.copy) == 0 || len(m.original) == 0 {
		return
	}
	// The keep key of a probe does not matter, bands alone are used; but keep asks for signals.
	m.doc.Signals = d.Signals
	m.sketch = m.sketcher.Sketch(m.sketch[:0], &m.doc)
	p.probes = append(p.probes, planted{
		original: ordinal, jaccard: jaccard(m.original, m.copy),
		reaches: reaches(m.original, m.copy, m.v.threshold), firstBand: len(p.bands),
	})
	for band := range m.v.bands {
		p.bands = append(p.bands, m.v.bandHash(m.sketch, band))
	}
}

// each calls f for all bands of all probes.
func (p *planting) each(bands int, f func(hash, original uint64) error) error {
	for i := range p.probes {
		for _, h := range p.bands[p.probes[i].firstBand:][:bands] {
			if err := f(h, p.probes[i].original); err != nil {
				return err
			}
		}
	}
	return nil
}

// find notes that the probe of a document shares a band with it.
func (p *planting) find(original uint64) {
	i, ok := slices.BinarySearchFunc(p.probes, original, func(q planted, o uint64) int {
		return int(int64(q.original) - int64(o))
	})
	if ok {
		p.probes[i].found = true
	}
}

// The ranges of similarity: up to 0.5, then in steps of 0.05.
const (
	recallSteps  = 20
	recallRanges = 11
)

// recall counts the probes by similarity.
func (v *resolver) recall() []step.Recall {
	out := make([]step.Recall, recallRanges)
	for i := range out {
		out[i].From, out[i].To = float64(i+9)/recallSteps, float64(i+10)/recallSteps
	}
	out[0].From = 0
	for _, p := range v.planting.probes {
		r := &out[min(max(int(p.jaccard*recallSteps+1e-9)-9, 0), recallRanges-1)]
		r.Planted++
		r.Expected += sCurve(p.jaccard, v.bands, v.rows)
		if p.found {
			r.Found++
			if p.reaches {
				r.Confirmed++
			}
		}
	}
	for i := range out {
		r := &out[i]
		if r.Planted > 0 {
			r.Expected /= float64(r.Planted)
		}
		r.Low, r.High = wilson(r.Found, r.Planted)
	}
	return out
}

// wilson is the interval in which a share lies with a probability of 0.95, of which hits
// of n were seen (Wilson 1927).
func wilson(hits, n int64) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	const z = 1.959963984540054
	size := float64(n)
	p := float64(hits) / size
	middle := p + float64(z*z/2)/size
	spread := float64(z * math.Sqrt(float64(float64(p*(1-p))/size)+float64(z*z/4)/float64(size*size)))
	all := 1 + float64(z*z)/size
	return max(0, (middle-spread)/all), min(1, (middle+spread)/all)
}

// The ways in which a probe differs from its original.
const (
	edited = iota
	truncated
	wrapped
	recased
	ways
)

// boilerplate is what pages wrap their texts in.
var boilerplate = strings.Fields("home about us contact search menu log in sign up subscribe to our newsletter share this page print " +
	"related articles read more comments all rights reserved privacy policy terms of use cookie settings back to top")

// altered returns a text that differs from s: words replaced, the end or the beginning cut
// off, boilerplate around it, or case and digits changed; how much so is drawn for
// similarities of 0.5 to 1, evenly.
func altered(s string, ngram int, seed uint64) string {
	words := strings.Fields(s)
	n := len(words)
	if n == 0 {
		return s
	}
	target := 0.5 + float64(splitmix(seed, 0)>>11)/(1<<54)
	switch splitmix(seed, 1) % ways {
	case edited:
		// A word belongs to ngram shingles; a share f of them gone leaves (1-f)/(1+f).
		f := (1 - target) / (1 + target)
		replaceWords(words, int(float64(f*float64(n))/float64(ngram)+0.5), seed)
	case truncated:
		left := max(1, int(float64(target*float64(n))+0.5))
		if seed&1 == 0 {
			words = words[:left]
		} else {
			words = words[n-left:]
		}
	case wrapped:
		words = wrap(words, int(float64(float64(n)*(1-target))/target+0.5), seed)
	case recased:
		return recase(s, seed, func(c byte) bool { return isLetter(c) || isDigit(c) })
	}
	return strings.Join(words, " ")
}

// replaceWords replaces k words, one in each of k equal stretches.
func replaceWords(words []string, k int, seed uint64) {
	for i := range k {
		from, to := i*len(words)/k, (i+1)*len(words)/k
		if from < to {
			at := from + int(spread(splitmix(seed, uint64(2+2*i)), uint64(to-from)))
			words[at] = "probe" + string(appendNumber(nil, splitmix(seed, uint64(3+2*i))>>32))
		}
	}
}

func appendNumber(dst []byte, n uint64) []byte {
	for ; n > 0; n /= 26 {
		dst = append(dst, 'a'+byte(n%26))
	}
	return dst
}

// wrap puts k words of boilerplate around a text.
func wrap(words []string, k int, seed uint64) []string {
	out := make([]string, 0, len(words)+k)
	for i := range k {
		if i == k/3 {
			out = append(out, words...)
		}
		out = append(out, boilerplate[splitmix(seed, uint64(2+i))%uint64(len(boilerplate))])
	}
	if k == 0 {
		return words
	}
	return out
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }

// recase changes ASCII digits and the case of one letter of eight, where a byte is to
// change.
func recase(s string, seed uint64, changes func(byte) bool) string {
	b := []byte(s)
	for i, c := range b {
		draw := splitmix(seed, uint64(2+i))
		switch {
		case !changes(c):
		case isDigit(c):
			b[i] = '0' + byte(draw%10)
		case draw%8 == 0:
			b[i] = c ^ 0x20
		}
	}
	return string(b)
}
