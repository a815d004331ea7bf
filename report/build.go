package report

import (
	"fmt"
	"math"
	"slices"

	"tamis/stats"
)

// A builder puts a Report together; it numbers the sampled documents as they come.
type builder struct {
	run       *Run
	shape     *stats.Shape
	number    map[*stats.Sample]int
	documents []Document
}

func (b *builder) sources() []Source {
	out := []Source{}
	for i, name := range b.shape.Sources {
		f := b.run.Stats.Funnel(i)
		s := Source{
			Name: name, Read: f.Read.Documents, Kept: f.Kept.Documents, Removed: f.Removed.Documents,
			Quarantined: f.Quarantined, NotDrawn: f.NotDrawn.Documents,
			BytesRead: f.Read.Bytes, BytesKept: f.Kept.Bytes, WordsRead: f.Read.Words, WordsKept: f.Kept.Words,
		}
		if i < len(b.run.Sources) {
			s.Files, s.License = len(b.run.Sources[i].Files), b.run.Sources[i].License
		}
		out = append(out, s)
	}
	return out
}

func (b *builder) steps() []Step {
	out := []Step{}
	for i := range b.shape.Steps {
		st := &b.shape.Steps[i]
		s := Step{Name: st.Name, Global: st.Global, Facts: b.run.Facts[st.Name], Probes: b.run.Probes[st.Name], Rules: []Rule{}, Sources: []Count{}}
		for src := range b.shape.Sources {
			c := count(b.run.Stats.Step(src, i))
			s.Sources = append(s.Sources, c)
			s.Count = s.Count.add(c)
		}
		for k := range st.Rules {
			s.Rules = append(s.Rules, b.rule(i, k))
		}
		out = append(out, s)
	}
	return out
}

func count(c stats.StepCount) Count {
	return Count{
		In: c.Seen.Documents, Removed: c.Removed.Documents, Edited: c.Edited,
		BytesIn: c.Seen.Bytes, BytesRemoved: c.Removed.Bytes, WordsIn: c.Seen.Words, WordsRemoved: c.Removed.Words,
	}
}

func (a Count) add(b Count) Count {
	return Count{
		In: a.In + b.In, Removed: a.Removed + b.Removed, Edited: a.Edited + b.Edited,
		BytesIn: a.BytesIn + b.BytesIn, BytesRemoved: a.BytesRemoved + b.BytesRemoved,
		WordsIn: a.WordsIn + b.WordsIn, WordsRemoved: a.WordsRemoved + b.WordsRemoved,
	}
}

func (b *builder) rule(i, k int) Rule {
	r := &b.shape.Steps[i].Rules[k]
	out := Rule{
		Name: r.Name, Unit: r.Unit, Doc: r.Doc, Min: finite(r.Min), Max: finite(r.Max), Off: r.Off, Edit: r.Edit,
		Sources: []RuleSource{},
	}
	scale := stats.Scales()[r.Scale]
	total := newValues(len(scale.Edges) + 1)
	for src := range b.shape.Sources {
		c := b.run.Stats.Rule(src, i, k)
		out.Removed += c.Removed.Documents
		out.BytesRemoved += c.Removed.Bytes
		out.WordsRemoved += c.Removed.Words
		out.Edits += c.Edits
		out.Edited += c.Edited
		out.BytesCut += c.Cut
		out.BytesAdded += c.Added
		out.OwnBounds += c.Own
		out.Measured += c.Measured()
		addValues(total, &c)
		if len(b.shape.Sources) > 1 {
			out.Sources = append(out.Sources, RuleSource{
				Removed: c.Removed.Documents, BytesRemoved: c.Removed.Bytes, WordsRemoved: c.Removed.Words,
				Edits: c.Edits, Histogram: trimValues(scale, &c),
			})
		}
	}
	out.Histogram = trimValues(scale, total)
	out.Samples = Samples{
		Inside: b.shown(i, k, stats.Inside), Outside: b.shown(i, k, stats.Outside),
		Removed: b.shown(i, k, stats.Gone), Changed: b.shown(i, k, stats.Changed),
	}
	return out
}

func addTo(sum, more []int64) {
	for i, n := range more {
		sum[i] += n
	}
}

// finite returns nil for what JSON cannot say.
func finite(v float64) *float64 {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return nil
	}
	return &v
}

func newValues(n int) *stats.RuleCount {
	return &stats.RuleCount{Values: make([]int64, n), Words: make([]int64, n), AtEdge: make([]int64, n), EdgeWords: make([]int64, n)}
}

func addValues(sum, more *stats.RuleCount) {
	addTo(sum.Values, more.Values)
	addTo(sum.Words, more.Words)
	addTo(sum.AtEdge, more.AtEdge)
	addTo(sum.EdgeWords, more.EdgeWords)
}

// trimValues makes a histogram of the values of a rule.
func trimValues(scale stats.Scale, c *stats.RuleCount) Histogram {
	h := trim(scale, c.Values)
	if len(h.Counts) == 0 {
		return h
	}
	cut := func(list []int64) []int64 { return append([]int64{}, list[h.First:h.First+len(h.Counts)]...) }
	h.Words = cut(c.Words)
	if slices.ContainsFunc(c.AtEdge, func(n int64) bool { return n > 0 }) {
		h.AtEdge, h.EdgeWords = cut(c.AtEdge), cut(c.EdgeWords)
	}
	return h
}

// trim takes the empty buckets off both ends.
func trim(scale stats.Scale, counts []int64) Histogram {
	h := Histogram{Scale: scale.Name, Counts: []int64{}}
	first, last := len(counts), -1
	for i, n := range counts {
		if n != 0 {
			first, last = min(first, i), i
		}
	}
	if last >= 0 {
		h.First, h.Counts = first, append(h.Counts, counts[first:last+1]...)
	}
	return h
}

func scales() map[string][]float64 {
	out := map[string][]float64{}
	for _, s := range stats.Scales() {
		out[s.Name] = s.Edges
	}
	return out
}

func (b *builder) lengths() Lengths {
	scale := stats.LengthScale()
	read, kept := make([]int64, len(scale.Edges)+1), make([]int64, len(scale.Edges)+1)
	for i := range b.shape.Sources {
		r, k := b.run.Stats.Lengths(i)
		addTo(read, r)
		addTo(kept, k)
	}
	return Lengths{Read: trim(scale, read), Kept: trim(scale, kept)}
}

// shown lists the samples of one kind, source by source.
func (b *builder) shown(i, k int, kind stats.Kind) []Shown {
	out := []Shown{}
	slot := b.shape.Steps[i].Signals + k
	for src := range b.shape.Sources {
		for _, doc := range b.run.Stats.Samples(src, i, k, kind) {
			sh := Shown{Document: b.document(src, doc)}
			if slot < len(doc.Signals) {
				sh.Value = finite(doc.Signals[slot])
			}
			out = append(out, sh)
		}
	}
	return out
}

// document returns the number of a sampled document.
func (b *builder) document(source int, s *stats.Sample) int {
	if n, ok := b.number[s]; ok {
		return n
	}
	d := Document{
		Source: b.shape.Sources[source], ID: s.ID, URL: s.URL, File: b.file(s.Place.File), At: s.Place.Record,
		Text: s.Text, Cut: s.Cut, Bytes: s.Bytes, Words: s.Words, Signals: b.signals(s), Labels: []Label{},
	}
	if s.Step >= 0 {
		st := &b.shape.Steps[s.Step]
		d.Removed = st.Name + "." + st.Rules[s.Rule].Name
	}
	for i, l := range s.Labels {
		if l != "" && i < len(b.shape.Labels) {
			d.Labels = append(d.Labels, Label{b.shape.Labels[i], l})
		}
	}
	b.number[s] = len(b.documents)
	b.documents = append(b.documents, d)
	return b.number[s]
}

// signals lists what was measured of a document, in the order of the plan.
func (b *builder) signals(s *stats.Sample) []Signal {
	out := []Signal{}
	for i := range b.shape.Steps {
		st := &b.shape.Steps[i]
		for k := range st.Rules {
			if slot := st.Signals + k; slot < len(s.Signals) && finite(s.Signals[slot]) != nil {
				out = append(out, Signal{st.Name + "." + st.Rules[k].Name, s.Signals[slot]})
			}
		}
	}
	return out
}

// file returns the name of an input file.
func (b *builder) file(number uint32) string {
	n := int(number)
	for i := range b.run.Sources {
		files := b.run.Sources[i].Files
		if n < len(files) {
			return files[n].Path
		}
		n -= len(files)
	}
	return fmt.Sprintf("file %d", number)
}

func (b *builder) quarantine() []Quarantined {
	out := []Quarantined{}
	for i, name := range b.shape.Sources {
		for _, r := range b.run.Stats.Reasons(i) {
			q := Quarantined{Source: name, Reason: r.Text, Records: r.Records, Places: []Place{}}
			for _, p := range r.Places {
				q.Places = append(q.Places, Place{b.file(p.File), p.Record})
			}
			out = append(out, q)
		}
	}
	return out
}
