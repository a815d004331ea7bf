package classify

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"

	"tamis/document"
	"tamis/spool"
	"tamis/step"
)

// Tiers parts documents by the ranks of their scores.
var Tiers = step.Spec{
	Name: "tiers",
	Doc: "Puts documents into tiers by the ranks of one score or of several, as Nemotron-CC does. Each score becomes a bucket, the whole part of `buckets` times the share of documents that score no higher, " +
		"so that buckets are of equal size however the scores of a model are spread, and equal scores are in one bucket; of several scores the highest bucket counts. " +
		"A tier holds the buckets from its own up to the next one. Ranks are exact. Scores that were not measured are left out, and a document without any stays, in no tier. " +
		"Nemotron-CC merged its 20 buckets by what training on each of them gave. The default bounds are only a beginning, not held against its own: set bounds that do that for your scores.",
	Source: "Su et al. 2024 (Nemotron-CC), arXiv:2412.02595, section 2.2 and appendix",
	Rules: []step.Rule{
		{Name: "bucket", Unit: "buckets", Min: step.NoMin, Max: step.NoMax, Scale: step.Linear, Column: true, Kind: step.Whole,
			Doc: "The bucket, from 0 for the worst: bucket: {min: 12} keeps documents that one score at least puts into the best eight of 20."},
	},
	Labels: []step.Label{{Name: "tier", Doc: "The tier; empty where no score was measured.", Column: true}},
	New: func() step.Settings {
		return &TiersSettings{By: []string{"quality.score"}, Buckets: 20, Within: "corpus",
			Tiers: map[string]int{"high": 19, "medium_high": 18, "medium": 12, "medium_low": 7, "low": 0}}
	},
}

// TiersSettings are the settings of Tiers.
type TiersSettings struct {
	By      []string       `yaml:"by" doc:"signals by which documents are ranked, e.g. [edu.score, quality.score]; with - before one its lowest value is best"`
	Buckets int            `yaml:"buckets" doc:"number of buckets of equal size, up to 1000"`
	Tiers   map[string]int `yaml:"tiers" doc:"the tiers, and the lowest bucket of each; one begins at 0"`
	Within  string         `yaml:"within" doc:"among which documents one is ranked: corpus, source for those of its source, or a label, e.g. language.label, for those of its language"`
}

// mostBucketsOfTiers bounds what a bucket's number takes in a record.
const mostBucketsOfTiers = 1000

// Build finds the scores.
func (s *TiersSettings) Build(env *step.Env) (any, error) {
	t := &tiers{rule: &env.Rules[0], buckets: uint64(s.Buckets)}
	if len(s.By) == 0 || len(s.By) > math.MaxUint8 {
		return nil, &step.Fault{Key: "by", Err: fmt.Errorf("%d values to rank by: 1 to %d are possible", len(s.By), math.MaxUint8)}
	}
	for _, name := range s.By {
		by, err := newSignal(env, name)
		if err != nil {
			return nil, err
		}
		t.by = append(t.by, by)
	}
	if s.Buckets < 2 || s.Buckets > mostBucketsOfTiers {
		return nil, &step.Fault{Key: "buckets", Err: fmt.Errorf("%d buckets are impossible: 2 to %d are possible", s.Buckets, mostBucketsOfTiers)}
	}
	var err error
	if t.tiers, err = s.sorted(); err != nil {
		return nil, &step.Fault{Key: "tiers", Err: err}
	}
	t.groups, err = newGrouping(env, s.Within)
	return t, err
}

// A tier is a range of buckets, from its lowest one on.
type tier struct {
	name string
	from int
}

// sorted returns the tiers, the best first.
func (s *TiersSettings) sorted() (out []tier, err error) {
	for _, name := range slices.Sorted(maps.Keys(s.Tiers)) {
		out = append(out, tier{name, s.Tiers[name]})
	}
	slices.SortStableFunc(out, func(a, b tier) int { return cmp.Compare(b.from, a.from) })
	for i, t := range out {
		switch {
		case t.name == "":
			return nil, fmt.Errorf("the tier from bucket %d has no name", t.from)
		case t.from < 0 || t.from >= s.Buckets:
			return nil, fmt.Errorf("%s begins at bucket %d: buckets are 0 to %d", t.name, t.from, s.Buckets-1)
		case i > 0 && t.from == out[i-1].from:
			return nil, fmt.Errorf("%s and %s both begin at bucket %d", out[i-1].name, t.name, t.from)
		}
	}
	if len(out) == 0 || out[len(out)-1].from != 0 {
		return nil, fmt.Errorf("no tier begins at bucket 0: the worst documents would be in none")
	}
	return out, nil
}

// tiers ranks by several signals.
type tiers struct {
	rule    *step.Rule
	by      []signal
	groups  grouping
	buckets uint64
	tiers   []tier // the best first
}

// Sketcher returns the step itself, which keeps nothing.
func (t *tiers) Sketcher() step.Sketcher { return t }

// Edits reports that no text is changed.
func (t *tiers) Edits() bool { return false }

// unmeasured stands for a score that was not measured; no number falls there.
const unmeasured = math.MaxUint64

// Sketch appends the group of d and its scores, the best first.
func (t *tiers) Sketch(dst []byte, d *document.Document) []byte {
	dst = binary.BigEndian.AppendUint64(dst, t.groups.of(d))
	for _, by := range t.by {
		score := uint64(unmeasured)
		if x := by.of(d); !math.IsNaN(x) {
			score = falling(x)
		}
		dst = binary.BigEndian.AppendUint64(dst, score)
	}
	return dst
}

// Resolve sorts all scores, each signal and group by itself, and the buckets back into
// the order of the corpus, where the best bucket of a document comes first.
func (t *tiers) Resolve(ctx context.Context, r *step.Resolution) error {
	best := spool.NewSorter(r.Dir, "best", spool.SortOptions{Record: tiersRecord, Memory: r.Memory / 4, Check: ctx.Err})
	defer best.Close()
	documents, err := t.collect(r, best)
	if err != nil {
		return err
	}
	r.Progress(0.5)
	buckets := spool.NewSorter(r.Dir, "buckets", spool.SortOptions{Record: 8 + 2, Memory: r.Memory / 4, Check: ctx.Err})
	defer buckets.Close()
	if err := t.fill(best, buckets, documents); err != nil {
		return err
	}
	r.Progress(0.8)
	next, decision := uint64(0), make([]byte, 2)
	return buckets.Each(func(rec []byte) error {
		ordinal := binary.BigEndian.Uint64(rec)
		if ordinal < next {
			return nil // a bucket by another score, which is no better
		}
		next = ordinal + 1
		bucket := math.MaxUint16 - binary.BigEndian.Uint16(rec[8:])
		binary.BigEndian.PutUint16(decision, bucket)
		return r.Decide(ordinal, !t.rule.Off && !t.rule.Keeps(float64(bucket)), decision)
	})
}

// A record has the number of the signal, the group, the score, the best first, and the
// ordinal.
const tiersRecord = 1 + 8 + 8 + 8

// collect sorts the scores of the living documents, and counts them by signal and group.
func (t *tiers) collect(r *step.Resolution, best *spool.Sorter) ([]totals, error) {
	documents, rec := make([]totals, len(t.by)), make([]byte, 0, tiersRecord)
	for i := range documents {
		documents[i] = totals{}
	}
	return documents, r.Sketches(func(ordinal uint64, sketch []byte) error {
		if !r.Alive(ordinal) {
			return nil
		}
		for i := range t.by {
			score := sketch[8+8*i:][:8]
			if binary.BigEndian.Uint64(score) == unmeasured {
				continue
			}
			if err := documents[i].add(binary.BigEndian.Uint64(sketch), 1); err != nil {
				return err
			}
			rec = append(append(append(rec[:0], byte(i)), sketch[:8]...), score...)
			if err := best.Add(binary.BigEndian.AppendUint64(rec, ordinal)); err != nil {
				return err
			}
		}
		return nil
	})
}

// fill finds the bucket of each score. Among n documents with better ones above it, a
// score has n - better that are no higher.
func (t *tiers) fill(best, buckets *spool.Sorter, documents []totals) error {
	var last [tiersRecord]byte
	seen, better, n := uint64(0), uint64(0), uint64(0)
	rec := make([]byte, 0, 10)
	return best.Each(func(b []byte) error {
		if n == 0 || !bytes.Equal(b[:9], last[:9]) { // another signal or group
			seen, better, n = 0, 0, documents[b[0]][binary.BigEndian.Uint64(b[1:])]
		} else if !bytes.Equal(b[9:17], last[9:17]) { // a lower score
			better = seen
		}
		copy(last[:], b)
		seen++
		bucket := min(t.buckets*(n-better)/n, t.buckets-1)
		rec = append(rec[:0], b[17:]...)
		return buckets.Add(binary.BigEndian.AppendUint16(rec, math.MaxUint16-uint16(bucket)))
	})
}

// Apply notes the bucket and the tier.
func (t *tiers) Apply(_ *document.Document, decision []byte, m *step.Meter) step.Verdict {
	if len(decision) == 2 {
		bucket := int(binary.BigEndian.Uint16(decision))
		m.Labels[0] = t.of(bucket)
		m.Hold(0, float64(bucket))
	}
	return m.Verdict()
}

// of returns the name of a bucket's tier.
func (t *tiers) of(bucket int) string {
	i := slices.IndexFunc(t.tiers, func(tier tier) bool { return tier.from <= bucket })
	return t.tiers[i].name
}
