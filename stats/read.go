package stats

import (
	"fmt"

	"tamis/step"
)

// Counts are documents with the bytes and words of their texts.
type Counts struct{ Documents, Bytes, Words int64 }

func countsAt(c []int64, at int) Counts { return Counts{c[at], c[at+1], c[at+2]} }

// Add returns the sum.
func (a Counts) Add(b Counts) Counts {
	return Counts{a.Documents + b.Documents, a.Bytes + b.Bytes, a.Words + b.Words}
}

// A Funnel is what became of a source. Read counts every record; bytes and words of
// quarantined ones are not known and count as 0.
type Funnel struct {
	Read        Counts
	Kept        Counts
	Removed     Counts // by steps, and those not drawn
	NotDrawn    Counts // left out by the source's weight
	Quarantined int64  // records that could not be read, or not be judged
	Failed      int64  // of those, the ones that a step could not judge
}

// Add returns the sum.
func (a Funnel) Add(b Funnel) Funnel {
	return Funnel{
		Read: a.Read.Add(b.Read), Kept: a.Kept.Add(b.Kept), Removed: a.Removed.Add(b.Removed),
		NotDrawn: a.NotDrawn.Add(b.NotDrawn), Quarantined: a.Quarantined + b.Quarantined,
		Failed: a.Failed + b.Failed,
	}
}

// Funnel returns what became of a source.
func (s *Stats) Funnel(source int) Funnel {
	src := s.sources[source]
	if src == nil {
		return Funnel{}
	}
	c := src.counts
	f := Funnel{
		Read: countsAt(c, atRead), Kept: countsAt(c, atKept), NotDrawn: countsAt(c, atNotDrawn),
		Quarantined: c[atQuarantined] + c[atFailed], Failed: c[atFailed],
	}
	f.Read.Documents += c[atQuarantined] // those that failed have been read
	f.Removed = f.NotDrawn
	for _, st := range s.layout.steps {
		f.Removed = f.Removed.Add(countsAt(c, st.at+atRemoved))
	}
	return f
}

// Total returns how many records were read, and how many of them were quarantined.
func (s *Stats) Total() (read, quarantined int64) {
	for _, src := range s.sources {
		if src != nil {
			read += src.counts[atRead] + src.counts[atQuarantined]
			quarantined += src.counts[atQuarantined] + src.counts[atFailed]
		}
	}
	return read, quarantined
}

// Check holds the books of a finished run against each other: for every source, what
// was read was kept, removed or quarantined.
func (s *Stats) Check() error {
	for i, name := range s.shape.Sources {
		f := s.Funnel(i)
		if sum := f.Kept.Documents + f.Removed.Documents + f.Quarantined; sum != f.Read.Documents {
			return fmt.Errorf("source %s: %d documents were read, but %d kept + %d removed + %d quarantined = %d",
				name, f.Read.Documents, f.Kept.Documents, f.Removed.Documents, f.Quarantined, sum)
		}
	}
	return nil
}

// A StepCount is what one step did to one source.
type StepCount struct {
	Seen    Counts
	Removed Counts
	Edited  int64 // documents
}

// Step returns what a step did to a source.
func (s *Stats) Step(source, step int) StepCount {
	src := s.sources[source]
	if src == nil {
		return StepCount{}
	}
	at := s.layout.steps[step].at
	return StepCount{
		Seen: countsAt(src.counts, at+atSeen), Removed: countsAt(src.counts, at+atRemoved), Edited: src.counts[at+atEdited],
	}
}

// A RuleCount is what one rule did to one source.
type RuleCount struct {
	Removed Counts // documents that this rule of their step removed first
	Edits   int64
	Edited  int64 // documents
	Cut     int64 // bytes that edits took out
	Added   int64 // bytes that edits put in
	Own     int64 // documents held against other bounds than the recipe's
	// Values is the histogram: bucket i counts documents whose value lies in
	// [Edges[i-1], Edges[i]) of the rule's scale.
	Values    []int64
	Words     []int64 // of the documents in each bucket
	AtEdge    []int64 // documents of each bucket whose value is Edges[i-1] itself
	EdgeWords []int64 // of those
}

// Measured returns how many documents have a value.
func (r *RuleCount) Measured() int64 {
	n := int64(0)
	for _, v := range r.Values {
		n += v
	}
	return n
}

// Rule returns what a rule did to a source. The histogram is shared: do not write.
func (s *Stats) Rule(source, step, rule int) RuleCount {
	at := s.layout.steps[step].rules[rule]
	src := s.sources[source]
	if src == nil {
		none := make([]int64, at.buckets)
		return RuleCount{Values: none, Words: none, AtEdge: none, EdgeWords: none}
	}
	c, n := src.counts[at.at:], at.buckets
	h := c[atHistogram:]
	return RuleCount{
		Removed: countsAt(c, atFirst), Edits: c[atEdits], Edited: c[atEditedBy], Cut: c[atCut], Added: c[atAdded], Own: c[atOwn],
		Values: h[:n:n], Words: h[n:][:n:n], AtEdge: h[2*n:][:n:n], EdgeWords: h[3*n:][:n:n],
	}
}

// Lengths returns histograms of the words of documents that were read and kept, on
// the scale step.Log. They are shared: do not write.
func (s *Stats) Lengths(source int) (read, kept []int64) {
	n := buckets(lengthScale)
	src := s.sources[source]
	if src == nil {
		return make([]int64, n), make([]int64, n)
	}
	c := src.counts[atLengths:]
	return c[:n:n], c[n:][:n:n]
}

// Reasons returns why records of a source were quarantined, in the order of the
// alphabet; what is beyond the hundredth reason is put together at the end.
func (s *Stats) Reasons(source int) []Reason {
	src := s.sources[source]
	if src == nil {
		return nil
	}
	out := append([]Reason(nil), src.reasons.list...)
	if src.reasons.other > 0 {
		out = append(out, Reason{Text: "other reasons", Records: src.reasons.other})
	}
	return out
}

// Bounded reports whether a rule has a bound that can remove documents.
func (s *Step) Bounded(rule int) bool { return bounded(&s.Rules[rule]) && !s.Rules[rule].Edit }

// A Scale is the edges of a histogram, with the name under which they are written.
type Scale struct {
	Name  string
	Edges []float64 // upper edges of all buckets but the last; do not write
}

// Scales returns all scales; a step.Scale is an index of it.
func Scales() []Scale {
	return []Scale{
		step.Share:  {"share", step.Share.Edges()},
		step.Log:    {"log", step.Log.Edges()},
		step.Linear: {"linear", step.Linear.Edges()},
	}
}

// LengthScale returns the scale of Lengths.
func LengthScale() Scale { return Scales()[lengthScale] }
