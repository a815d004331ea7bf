package classify

import (
	"context"
	"encoding/binary"
	"math"

	"tamis/document"
	"tamis/spool"
	"tamis/step"
)

// perplexityRanks puts documents into buckets by their rank among all.
type perplexityRanks struct {
	one              *perplexity // not embedded: a step with Judge is a local one
	rule, bucketRule *step.Rule
	percentiles      []float64
	groups           grouping
}

// Sketcher returns a sketcher with memory of its own.
func (p *perplexityRanks) Sketcher() step.Sketcher {
	return &perplexitySketcher{p.one.fork(), p.groups}
}

// Edits reports that no text is changed.
func (p *perplexityRanks) Edits() bool { return false }

type perplexitySketcher struct {
	*perplexity
	groups grouping
}

// A sketch is the group and the perplexity; it is empty where none was measured.
const perplexitySketch = 8 + 8

// Sketch measures d.
func (s *perplexitySketcher) Sketch(dst []byte, d *document.Document) []byte {
	if !s.measures(d) {
		return dst
	}
	dst = binary.BigEndian.AppendUint64(dst, s.groups.of(d))
	// Bits of numbers that are not negative are in their order.
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(s.of(d.Text())))
}

// Resolve sorts all documents by perplexity once, and their buckets back into the order
// of the corpus.
func (p *perplexityRanks) Resolve(ctx context.Context, r *step.Resolution) error {
	best := spool.NewSorter(r.Dir, "best", spool.SortOptions{Record: 8 + 8 + 8, Memory: r.Memory / 4, Check: ctx.Err})
	defer best.Close()
	documents, rec := totals{}, make([]byte, 0, 24)
	err := r.Sketches(func(ordinal uint64, sketch []byte) error {
		if len(sketch) != perplexitySketch || !r.Alive(ordinal) {
			return nil
		}
		if err := documents.add(binary.BigEndian.Uint64(sketch), 1); err != nil {
			return err
		}
		return best.Add(binary.BigEndian.AppendUint64(append(rec[:0], sketch...), ordinal))
	})
	if err != nil {
		return err
	}
	r.Progress(0.4)
	places := spool.NewSorter(r.Dir, "places", spool.SortOptions{Record: 8 + 8 + 1, Memory: r.Memory / 4, Check: ctx.Err})
	defer places.Close()
	if err := p.place(best, places, documents); err != nil {
		return err
	}
	r.Progress(0.8)
	return places.Each(func(rec []byte) error {
		return r.Decide(binary.BigEndian.Uint64(rec), p.removes(rec[8:]), rec[8:])
	})
}

// place finds the bucket of each document: ordinal, perplexity, bucket.
func (p *perplexityRanks) place(best, places *spool.Sorter, documents totals) error {
	group, n, rec := uint64(0), uint64(0), make([]byte, 0, 17)
	return best.Each(func(b []byte) error {
		if g := binary.BigEndian.Uint64(b); g != group {
			group, n = g, 0
		}
		n++
		// Products of whole numbers below 2^53 are exact.
		share, whole := float64(n*100), float64(documents[group])
		bucket := byte(2)
		switch {
		case share <= float64(p.percentiles[0]*whole):
			bucket = 0
		case share <= float64(p.percentiles[1]*whole):
			bucket = 1
		}
		rec = append(append(rec[:0], b[16:]...), b[8:16]...)
		return places.Add(append(rec, bucket))
	})
}

func (p *perplexityRanks) removes(decision []byte) bool {
	pp, bucket := math.Float64frombits(binary.BigEndian.Uint64(decision)), float64(decision[8])
	return !p.rule.Off && !p.rule.Keeps(pp) || !p.bucketRule.Off && !p.bucketRule.Keeps(bucket)
}

// Apply notes the perplexity and the bucket.
func (p *perplexityRanks) Apply(_ *document.Document, decision []byte, m *step.Meter) step.Verdict {
	m.Labels[0] = bucketAll
	if len(decision) == 9 {
		m.Labels[0] = bucketNames[decision[8]]
		if m.Hold(rulePerplexity, math.Float64frombits(binary.BigEndian.Uint64(decision))) {
			m.Hold(ruleBucket, float64(decision[8]))
		}
	}
	return m.Verdict()
}
