// Package stats holds what a run counts: documents, bytes and words by source, step
// and rule, histograms of every rule's values, and sampled documents. Counts are
// integers and samples are chosen by rank, so that the parts of a run merge to the
// same whole in any order.
package stats

import (
	"tamis/step"
)

// A Shape says what is counted. Two Stats merge when they have equal shapes.
type Shape struct {
	Sources []string
	Steps   []Step   // all steps of the plan, in its order
	Labels  []string // name of each slot of document.Document.Labels
	Samples int      // documents kept as text for each rule, source and kind, at most
	Seed    uint64   // of the choice of samples
}

// A Step is what stats know of a step of the plan.
type Step struct {
	Name    string
	Global  bool
	Rules   []step.Rule // with the recipe's bounds
	Signals int         // slot of its first rule in document.Document.Signals
}

// Stats is what has been counted. Each worker fills one of its own; it is owned by
// one goroutine.
//
// The calls for one document come together, with its steps in the order of the plan:
// Read where it was just read, or Known where a stage before has kept it, then for each step Judged and perhaps Removed or
// Edited, then Sample where it is sampled, and Kept behind the last stage. From that
// Stats knows when the words of a text have to be counted again.
type Stats struct {
	shape   Shape
	layout  layout
	sources []*source
	now     current
	marked  []bool // rules that edited the current document
	free    []*Sample
}

// A source is what has been counted of one source. It is made when its first document
// comes.
type source struct {
	used    bool
	counts  []int64 // see layout
	reasons reasons
	lists   [][]entry // samples, see Stats.list
}

// current is the document that is being counted.
type current struct {
	known       bool // words are those of its text
	words       int64
	first, last int // steps that have judged it
	step, rule  int // what removed it
}

// New returns empty counts.
func New(shape Shape) *Stats {
	return &Stats{
		shape:   shape,
		layout:  newLayout(shape.Steps),
		sources: make([]*source, len(shape.Sources)),
		marked:  make([]bool, maxRules(shape.Steps)),
	}
}

// Shape returns what is counted. Do not write to it.
func (s *Stats) Shape() *Shape { return &s.shape }

func maxRules(steps []Step) int {
	n := 0
	for i := range steps {
		n = max(n, len(steps[i].Rules))
	}
	return n
}

// Reset forgets all counts and keeps the memory.
func (s *Stats) Reset() {
	s.now = current{}
	for _, src := range s.sources {
		if src == nil || !src.used {
			continue
		}
		src.used = false
		clear(src.counts)
		src.reasons = reasons{}
		s.forget(src)
	}
}

// source returns the counts of a source, for writing.
func (s *Stats) source(i int) *source {
	src := s.sources[i]
	if src == nil {
		src = &source{counts: make([]int64, s.layout.size), lists: make([][]entry, s.layout.lists)}
		s.sources[i] = src
	}
	src.used = true
	return src
}

// Merge adds the counts of o, which has the same shape. Parts merged in any order
// give the same whole.
func (s *Stats) Merge(o *Stats) {
	for i, from := range o.sources {
		if from == nil || !from.used {
			continue
		}
		to := s.source(i)
		for k, n := range from.counts {
			to.counts[k] += n
		}
		to.reasons.merge(&from.reasons)
		s.mergeSamples(to, from)
	}
}

// A layout says where in source.counts each number is: one slice, so that merging and
// writing are one loop.
//
//	read, kept, not drawn (3 each) | quarantined | failed | lengths read | lengths kept |
//	for each step: seen, removed (3 each), edited | for each rule:
//	removed (3), edits, edited, cut, added, own bounds, histogram: documents by bucket, their words,
//	documents whose value is the lower edge of the bucket, their words
type layout struct {
	steps []stepLayout
	size  int
	lists int // of samples
}

type stepLayout struct {
	at    int
	rules []ruleLayout
}

type ruleLayout struct {
	at, buckets int
	list        int // of the first kind of samples
}

// Where a source's own numbers are.
const (
	atRead        = 0
	atKept        = 3
	atNotDrawn    = 6
	atQuarantined = 9
	atFailed      = 10
	atCutShort    = 11
	atLengths     = 12
)

// Where a step's numbers are, from its beginning.
const (
	atSeen     = 0
	atRemoved  = 3
	atEdited   = 6
	stepHeader = 7
)

// Where a rule's numbers are, from its beginning.
const (
	atFirst     = 0
	atEdits     = 3
	atEditedBy  = 4
	atCut       = 5
	atAdded     = 6
	atOwn       = 7
	atHistogram = 8
)

// lengthScale is that of the histograms of words per document.
const lengthScale = step.Log

func buckets(s step.Scale) int { return len(s.Edges()) + 1 }

func newLayout(steps []Step) layout {
	l := layout{size: atLengths + 2*buckets(lengthScale)}
	for i := range steps {
		st := stepLayout{at: l.size}
		l.size += stepHeader
		for _, r := range steps[i].Rules {
			st.rules = append(st.rules, ruleLayout{at: l.size, buckets: buckets(r.Scale), list: l.lists})
			l.size += atHistogram + 4*buckets(r.Scale)
			l.lists += kinds
		}
		l.steps = append(l.steps, st)
	}
	return l
}
