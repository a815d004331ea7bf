package classify

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"

	"tamis/document"
	"tamis/spool"
	"tamis/step"
)

// Top keeps the documents that are best by a signal.
var Top = step.Spec{
	Name: "top",
	Doc: "Keeps the best share of the documents by a signal, such as the tenth with the highest quality.score. The share is exact: of equal documents " +
		"the earlier ones are better. Documents for which the signal was not measured stay and are not counted.",
	Source: "Li et al. 2024 (DataComp-LM), arXiv:2406.11794, section 4.4, which keeps the best tenth",
	Rules: []step.Rule{
		{Name: "rank", Unit: "share", Min: step.NoMin, Max: 0.1, Scale: step.Share, Column: true,
			Doc: "Share of the documents, or of their bytes, that are at least as good, this one among them."},
	},
	New: func() step.Settings {
		return &TopSettings{By: "quality.score", Share: unsetScore, Of: "documents", Within: "corpus"}
	},
}

// TopSettings are the settings of Top.
type TopSettings struct {
	By     string  `yaml:"by" doc:"signal by which documents are ranked, e.g. quality.score or gopher_quality.words; with - before it the lowest value is best"`
	Share  float64 `yaml:"share" doc:"share that stays, the same as rank: {max: …}; -1 leaves it to that"`
	Of     string  `yaml:"of" doc:"what the share is of: documents, or bytes of text"`
	Within string  `yaml:"within" doc:"corpus: the best of all; source: the best of each source; or a label, e.g. language.label: the best of each language"`
}

// Build makes the step.
func (s *TopSettings) Build(env *step.Env) (any, error) {
	t := &top{rule: &env.Rules[0], bytes: s.Of == "bytes"}
	var err error
	if t.by, err = newSignal(env, s.By); err != nil {
		return nil, err
	}
	if t.groups, err = newGrouping(env, s.Within); err != nil {
		return nil, err
	}
	switch {
	case !t.bytes && s.Of != "documents":
		return nil, &step.Fault{Key: "of", Err: fmt.Errorf("%q is none of documents, bytes", s.Of)}
	case s.Share == unsetScore:
	case !(s.Share > 0 && s.Share <= 1):
		return nil, &step.Fault{Key: "share", Err: fmt.Errorf("%v is no share: more than 0, at most 1", s.Share)}
	default:
		t.rule.Max = s.Share
	}
	return t, nil
}

// top ranks by one signal.
type top struct {
	rule   *step.Rule
	by     signal
	bytes  bool
	groups grouping
}

// Sketcher returns the step itself, which keeps nothing.
func (t *top) Sketcher() step.Sketcher { return t }

// Edits reports that no text is changed.
func (t *top) Edits() bool { return false }

// A sketch is the group, the score, the best first, and the weight; it is empty where
// the signal was not measured.
const topSketch = 8 + 8 + 8

// Sketch appends what decides on the rank of d.
func (t *top) Sketch(dst []byte, d *document.Document) []byte {
	score := t.by.of(d)
	if math.IsNaN(score) {
		return dst
	}
	weight := uint64(1)
	if t.bytes {
		weight = uint64(len(d.Text()))
	}
	dst = binary.BigEndian.AppendUint64(dst, t.groups.of(d))
	dst = binary.BigEndian.AppendUint64(dst, falling(score))
	return binary.BigEndian.AppendUint64(dst, weight)
}

// A ranked document is sorted by group, score and ordinal, and brings its weight.
const topRecord = 8 + 8 + 8 + 8

// Resolve ranks all documents with a score: sorted by it once, their ranks are sorted
// back into the order of the corpus.
func (t *top) Resolve(ctx context.Context, r *step.Resolution) error {
	best := spool.NewSorter(r.Dir, "best", spool.SortOptions{Record: topRecord, Memory: r.Memory / 4, Check: ctx.Err})
	defer best.Close()
	weights, err := t.collect(r, best)
	if err != nil {
		return err
	}
	r.Progress(0.4)
	ranks := spool.NewSorter(r.Dir, "ranks", spool.SortOptions{Record: 16, Memory: r.Memory / 4, Check: ctx.Err})
	defer ranks.Close()
	if err := rank(best, ranks, weights); err != nil {
		return err
	}
	r.Progress(0.8)
	return ranks.Each(func(rec []byte) error {
		share := math.Float64frombits(binary.BigEndian.Uint64(rec[8:]))
		return r.Decide(binary.BigEndian.Uint64(rec), !t.rule.Off && !t.rule.Keeps(share), rec[8:])
	})
}

// collect sorts the living documents and adds up their weight by group.
func (t *top) collect(r *step.Resolution, best *spool.Sorter) (totals, error) {
	weights, rec := totals{}, make([]byte, 0, topRecord)
	return weights, r.Sketches(func(ordinal uint64, sketch []byte) error {
		if len(sketch) != topSketch || !r.Alive(ordinal) {
			return nil
		}
		if err := weights.add(binary.BigEndian.Uint64(sketch), binary.BigEndian.Uint64(sketch[16:])); err != nil {
			return err
		}
		rec = binary.BigEndian.AppendUint64(append(rec[:0], sketch[:16]...), ordinal)
		return best.Add(append(rec, sketch[16:]...))
	})
}

// rank turns weights into the share that is at least as good.
func rank(best, ranks *spool.Sorter, weights totals) error {
	group, sum, rec := uint64(0), uint64(0), make([]byte, 0, 16)
	return best.Each(func(b []byte) error {
		if g := binary.BigEndian.Uint64(b); g != group {
			group, sum = g, 0
		}
		sum += binary.BigEndian.Uint64(b[24:])
		share := 1.0
		if all := weights[group]; all > 0 {
			share = float64(sum) / float64(all)
		}
		rec = append(rec[:0], b[16:24]...)
		return ranks.Add(binary.BigEndian.AppendUint64(rec, math.Float64bits(share)))
	})
}

// Apply holds the rank against its bounds.
func (t *top) Apply(_ *document.Document, decision []byte, m *step.Meter) step.Verdict {
	if len(decision) == 8 {
		m.Hold(0, math.Float64frombits(binary.BigEndian.Uint64(decision)))
	}
	return m.Verdict()
}
