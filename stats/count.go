package stats

import (
	"math"

	"tamis/document"
	"tamis/step"
)

// Read counts a document that has been read from the input.
func (s *Stats) Read(source int, text string) {
	s.Known(Words(text))
	c := s.source(source).counts
	s.add(c, atRead, len(text))
	c[atLengths+lengthScale.Bucket(float64(s.now.words))]++
}

// Words returns the words of the document that is being counted, whose text this is.
func (s *Stats) Words(text string) int64 {
	s.count(text)
	return s.now.words
}

// Known says how many words the text of the document has that comes next: Words told it
// when the stage before kept it.
func (s *Stats) Known(words int64) {
	s.now = current{known: true, words: words, first: -1, last: -1, step: -1}
}

// NotDrawn counts a document that was read and left out by its source's weight.
func (s *Stats) NotDrawn(source int, text string) {
	s.count(text)
	s.add(s.source(source).counts, atNotDrawn, len(text))
	s.now = current{}
}

// Judged counts a document that a step has judged, with the values of its rules; NaN
// is not measured.
func (s *Stats) Judged(source, step int, text string, values []float64) {
	s.enter(step, text)
	c, at := s.source(source).counts, &s.layout.steps[step]
	s.add(c, at.at+atSeen, len(text))
	for i, v := range values {
		if !math.IsNaN(v) {
			s.value(c[at.rules[i].at+atHistogram:], at.rules[i].buckets, s.shape.Steps[step].Rules[i].Scale, v)
		}
	}
}

// value counts the value of a rule for the current document in a histogram.
func (s *Stats) value(c []int64, n int, scale step.Scale, v float64) {
	b := scale.Bucket(v)
	c[b]++
	c[n+b] += s.now.words
	if b > 0 && v == scale.Edges()[b-1] {
		c[2*n+b]++
		c[3*n+b] += s.now.words
	}
}

// OwnBounds counts, for each rule, a document that a step has held against other bounds
// than the recipe's, such as those of its language.
func (s *Stats) OwnBounds(source, number int, rules []step.Rule) {
	c, at := s.source(source).counts, &s.layout.steps[number]
	for i := range rules {
		if r := &s.shape.Steps[number].Rules[i]; r.Min != rules[i].Min || r.Max != rules[i].Max || r.Off != rules[i].Off {
			c[at.rules[i].at+atOwn]++
		}
	}
}

// enter notes that a step judges. Steps come in ascending order, so one that does not
// has a new document before it.
func (s *Stats) enter(step int, text string) {
	if !s.now.known || s.now.first >= 0 && step <= s.now.last {
		s.now = current{}
		s.count(text)
	}
	if s.now.first < 0 {
		s.now.first = step
	}
	s.now.last = step
}

// count makes the words of the current text known.
func (s *Stats) count(text string) {
	if !s.now.known {
		s.Known(Words(text))
	}
}

// Removed counts a document that a step has removed for one of its rules.
func (s *Stats) Removed(source, step, rule int, text string) {
	s.count(text)
	c, at := s.source(source).counts, &s.layout.steps[step]
	s.add(c, at.at+atRemoved, len(text))
	s.add(c, at.rules[rule].at+atFirst, len(text))
	s.now.step, s.now.rule = step, rule
}

// Edited counts the edits that turned before into after.
func (s *Stats) Edited(source, step int, edits []document.Edit, before, after string) {
	c, at := s.source(source).counts, &s.layout.steps[step]
	c[at.at+atEdited]++
	clear(s.marked)
	for i := range edits {
		e := &edits[i]
		r := at.rules[e.Rule].at
		c[r+atEdits]++
		c[r+atCut] += int64(e.End - e.Start)
		c[r+atAdded] += int64(len(e.With))
		if !s.marked[e.Rule] {
			s.marked[e.Rule] = true
			c[r+atEditedBy]++
		}
	}
	s.now.known, s.now.words = true, Words(after)
}

// Kept counts a document that has passed the last stage.
func (s *Stats) Kept(source int, text string) {
	s.count(text)
	c := s.source(source).counts
	s.add(c, atKept, len(text))
	c[atLengths+buckets(lengthScale)+lengthScale.Bucket(float64(s.now.words))]++
	s.now = current{}
}

// Quarantined counts records that could not be read: lost of them at one place, for
// one reason.
func (s *Stats) Quarantined(source int, place document.Place, lost int64, reason string) {
	src := s.source(source)
	src.counts[atQuarantined] += lost
	src.reasons.add(place, lost, reason)
}

// CutShort counts a file that could not be read to its end: nobody knows how many records
// are behind.
func (s *Stats) CutShort(source int) { s.source(source).counts[atCutShort]++ }

// Failed counts a document that was read, and that a step could not judge.
func (s *Stats) Failed(source int, place document.Place, reason string) {
	src := s.source(source)
	src.counts[atFailed]++
	src.reasons.add(place, 1, reason)
	s.now = current{}
}

// add counts the current document: documents, bytes, words.
func (s *Stats) add(c []int64, at, bytes int) {
	c[at]++
	c[at+1] += int64(bytes)
	c[at+2] += s.now.words
}
