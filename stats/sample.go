package stats

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"tamis/document"
	"tamis/step"
)

// A Kind says why a document is shown beside a rule.
type Kind uint8

// The kinds of samples.
const (
	Inside  Kind = iota // its value lies within the bounds, as near to one as few others
	Outside             // its value lies outside the bounds, as near to one as few others
	Gone                // the rule has removed it; chosen by chance
	Changed             // the rule has edited it; chosen by chance
	kinds   = 4
)

// excerpt is how many code points of a sampled text are kept.
const excerpt = 400

// A Sample is a document that the report shows.
type Sample struct {
	Place   document.Place
	ID, URL string
	Text    string // at most 400 code points of it, as the step left or met it
	Cut     bool   // there was more
	Bytes   int64  // of the whole text
	Words   int64
	Step    int       // that removed it in this stage, -1 where none did
	Rule    int       // of that step
	Signals []float64 // by slot; NaN is not measured
	Labels  []string  // by slot
	held    int       // lists that it is in
}

// An entry is a sample in the list of one rule, source and kind.
type entry struct {
	distance float64 // from the bound; 0 where chance decides
	chance   uint64
	place    document.Place
	doc      *Sample
}

// compare orders a list: nearest first, then by chance and place, so that the order is
// total.
func compare(a, b entry) int {
	return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.chance, b.chance), comparePlaces(a.place, b.place))
}

// Sample offers a document, with the signals of all rules of its stage, to the lists
// of samples, which show the text shown.
func (s *Stats) Sample(d *document.Document, shown string, removed bool) {
	if s.shape.Samples == 0 || s.now.first < 0 || !s.now.known {
		return
	}
	o := offer{stats: s, src: s.source(d.Source), document: d, shown: shown, chance: chance(s.shape.Seed, d.Place), removed: removed && s.now.step >= 0}
	for i := s.now.first; i < len(s.shape.Steps); i++ {
		for k := range s.shape.Steps[i].Rules {
			o.rule(i, k)
		}
	}
}

// An offer is a document on its way through the lists; it becomes a Sample when the
// first list takes it.
type offer struct {
	stats    *Stats
	src      *source
	document *document.Document
	shown    string
	chance   uint64
	removed  bool
	doc      *Sample
}

// rule offers the document to the lists of one rule.
func (o *offer) rule(i, k int) {
	st := &o.stats.shape.Steps[i]
	r, list := &st.Rules[k], o.stats.layout.steps[i].rules[k].list
	if o.removed && o.stats.now.step == i && o.stats.now.rule == k {
		o.give(list+int(Gone), 0)
	}
	slot := st.Signals + k
	if slot >= len(o.document.Signals) {
		return
	}
	v := o.document.Signals[slot]
	switch {
	case math.IsNaN(v):
	case r.Edit:
		if v > 0 {
			o.give(list+int(Changed), 0)
		}
	case bounded(r) && r.Keeps(v):
		o.give(list+int(Inside), distance(r, v))
	case bounded(r):
		o.give(list+int(Outside), distance(r, v))
	}
}

func bounded(r *step.Rule) bool {
	return !r.Off && (!math.IsInf(r.Min, -1) || !math.IsInf(r.Max, 1))
}

// distance returns how far a value is from the nearer bound.
func distance(r *step.Rule, v float64) float64 {
	return min(math.Abs(v-r.Min), math.Abs(v-r.Max))
}

// give puts the document in a list where it ranks high enough.
func (o *offer) give(list int, distance float64) {
	e := entry{distance: distance, chance: o.chance, place: o.document.Place}
	if !o.stats.ranks(o.src.lists[list], e) {
		return
	}
	if o.doc == nil {
		o.doc = o.stats.take(o.document, o.shown, o.removed)
	}
	e.doc = o.doc
	o.stats.insert(o.src, list, e)
}

// ranks reports whether a list would take an entry.
func (s *Stats) ranks(list []entry, e entry) bool {
	return len(list) < s.shape.Samples || compare(e, list[len(list)-1]) < 0
}

// insert puts an entry that ranks in its place and lets the last one go.
func (s *Stats) insert(src *source, i int, e entry) {
	list := src.lists[i]
	at, found := slices.BinarySearchFunc(list, e, compare)
	if found {
		return
	}
	if len(list) == s.shape.Samples {
		s.drop(list[len(list)-1].doc)
		list = list[:len(list)-1]
	}
	e.doc.held++
	src.lists[i] = slices.Insert(list, at, e)
}

// take makes a sample of a document, out of memory that an older one has left.
func (s *Stats) take(d *document.Document, shown string, removed bool) *Sample {
	doc := s.blank()
	head, cut := begin(shown)
	url := d.URL
	if s.hides(d) {
		head, cut, url = "", d.Text() != "", ""
	}
	*doc = Sample{
		Place: d.Place, ID: strings.Clone(d.ID), URL: strings.Clone(url),
		Text: strings.Clone(head), Cut: cut, Bytes: int64(len(d.Text())), Words: s.now.words, Step: -1,
		Signals: append(doc.Signals[:0], d.Signals...), Labels: doc.Labels[:0],
	}
	for _, l := range d.Labels {
		doc.Labels = append(doc.Labels, strings.Clone(l))
	}
	if removed {
		doc.Step, doc.Rule = s.now.step, s.now.rule
	}
	return doc
}

// hides reports whether the report must not show a document's text.
func (s *Stats) hides(d *document.Document) bool {
	for i := range s.shape.Steps {
		if st := &s.shape.Steps[i]; st.Signals < len(d.Signals) && step.Hides(st.Rules, d.Signals[st.Signals:]) {
			return true
		}
	}
	return false
}

func (s *Stats) blank() *Sample {
	n := len(s.free)
	if n == 0 {
		return new(Sample)
	}
	doc := s.free[n-1]
	s.free = s.free[:n-1]
	return doc
}

// begin returns the first code points of a text.
func begin(text string) (head string, cut bool) {
	if len(text) <= excerpt {
		return text, false
	}
	at := 0
	for range excerpt {
		if at == len(text) {
			return text, false
		}
		_, n := utf8.DecodeRuneInString(text[at:])
		at += n
	}
	return text[:at], at < len(text)
}

// drop lets a list's hold of a sample go.
func (s *Stats) drop(doc *Sample) {
	if doc.held--; doc.held == 0 {
		s.free = append(s.free, doc)
	}
}

// forget empties all lists of a source.
func (s *Stats) forget(src *source) {
	for i, list := range src.lists {
		for _, e := range list {
			s.drop(e.doc)
		}
		src.lists[i] = list[:0]
	}
}

// mergeSamples offers the samples of one source to another one's lists; what is taken
// is copied, once for all lists.
func (s *Stats) mergeSamples(to, from *source) {
	var copies map[*Sample]*Sample
	for i, list := range from.lists {
		for _, e := range list {
			if !s.ranks(to.lists[i], e) {
				break
			}
			c := copies[e.doc]
			if c == nil {
				if copies == nil {
					copies = map[*Sample]*Sample{}
				}
				c = s.clone(e.doc)
				copies[e.doc] = c
			}
			e.doc = c
			s.insert(to, i, e)
		}
	}
	for _, c := range copies {
		s.drop(c) // its memory may be used again only now
	}
}

// clone copies a sample and holds the copy.
func (s *Stats) clone(doc *Sample) *Sample {
	c := s.blank()
	signals, labels := append(c.Signals[:0], doc.Signals...), append(c.Labels[:0], doc.Labels...)
	*c = *doc
	c.Signals, c.Labels, c.held = signals, labels, 1
	return c
}

// Samples returns the samples of a rule, best first. Do not write to them.
func (s *Stats) Samples(source, step, rule int, kind Kind) []*Sample {
	src := s.sources[source]
	if src == nil {
		return nil
	}
	var out []*Sample
	for _, e := range src.lists[s.layout.steps[step].rules[rule].list+int(kind)] {
		out = append(out, e.doc)
	}
	return out
}

// chance is a number that depends on the seed and the place alone.
func chance(seed uint64, p document.Place) uint64 {
	return mix(mix(seed^uint64(p.File)) ^ uint64(p.Record))
}

// mix spreads a number over 64 bits: the finalizer of SplitMix64 (Steele, Lea and
// Flood 2014, "Fast splittable pseudorandom number generators").
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
