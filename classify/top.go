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
	Within string  `yaml:"within" doc:"corpus: the best of all; source: the best of each source"`
}

// Build makes the step.
func (s *TopSettings) Build(env *step.Env) (any, error) {
	t := &top{rule: &env.Rules[0], bytes: s.Of == "bytes", sources: s.Within == "source"}
	name := s.By
	if len(name) > 0 && name[0] == '-' {
		name, t.lowest = name[1:], true
	}
	var ok bool
	t.slot, ok = env.Signal(name)
	switch {
	case !ok:
		return nil, &step.Fault{Key: "by", Err: fmt.Errorf("no step above measures %q", name)}
	case !t.bytes && s.Of != "documents":
		return nil, &step.Fault{Key: "of", Err: fmt.Errorf("%q is none of documents, bytes", s.Of)}
	case !t.sources && s.Within != "corpus":
		return nil, &step.Fault{Key: "within", Err: fmt.Errorf("%q is none of corpus, source", s.Within)}
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
	rule    *step.Rule
	slot    int
	lowest  bool
	bytes   bool
	sources bool
}

// Sketcher returns the step itself, which keeps nothing.
func (t *top) Sketcher() step.Sketcher { return t }

// Edits reports that no text is changed.
func (t *top) Edits() bool { return false }

// A sketch is the place of the score, the best first, the weight and the source; it
// is empty where the signal was not measured.
const topSketch = 8 + 8 + 2

// Sketch appends what decides on the rank of d.
func (t *top) Sketch(dst []byte, d *document.Document) []byte {
	score := d.Signals[t.slot]
	if math.IsNaN(score) {
		return dst
	}
	if t.lowest {
		score = -score
	}
	weight, source := uint64(1), uint16(0)
	if t.bytes {
		weight = uint64(len(d.Text()))
	}
	if t.sources {
		source = uint16(d.Source)
	}
	dst = binary.BigEndian.AppendUint64(dst, falling(score))
	dst = binary.BigEndian.AppendUint64(dst, weight)
	return binary.BigEndian.AppendUint16(dst, source)
}

// falling orders numbers as integers, the highest first; both zeros are one.
func falling(score float64) uint64 {
	b := math.Float64bits(score + 0)
	if b>>63 == 0 {
		return ^(b | 1<<63)
	}
	return b
}

// A ranked document is sorted by source, score and ordinal, and brings its weight.
const topRecord = 2 + 8 + 8 + 8

// Resolve ranks all documents with a score: sorted by it once, their ranks are sorted
// back into the order of the corpus.
func (t *top) Resolve(ctx context.Context, r *step.Resolution) error {
	best := spool.NewSorter(r.Dir, "best", spool.SortOptions{Record: topRecord, Memory: r.Memory / 4, Check: ctx.Err})
	defer best.Close()
	totals, err := t.collect(r, best)
	if err != nil {
		return err
	}
	r.Progress(0.4)
	ranks := spool.NewSorter(r.Dir, "ranks", spool.SortOptions{Record: 16, Memory: r.Memory / 4, Check: ctx.Err})
	defer ranks.Close()
	if err := rank(best, ranks, totals); err != nil {
		return err
	}
	r.Progress(0.8)
	return ranks.Each(func(rec []byte) error {
		share := math.Float64frombits(binary.BigEndian.Uint64(rec[8:]))
		return r.Decide(binary.BigEndian.Uint64(rec), !t.rule.Off && !t.rule.Keeps(share), rec[8:])
	})
}

// collect sorts the living documents and adds up their weight by source.
func (t *top) collect(r *step.Resolution, best *spool.Sorter) (map[uint16]uint64, error) {
	totals, rec := map[uint16]uint64{}, make([]byte, 0, topRecord)
	err := r.Sketches(func(ordinal uint64, sketch []byte) error {
		if len(sketch) != topSketch || !r.Alive(ordinal) {
			return nil
		}
		totals[binary.BigEndian.Uint16(sketch[16:])] += binary.BigEndian.Uint64(sketch[8:])
		rec = append(append(rec[:0], sketch[16:]...), sketch[:8]...)
		rec = binary.BigEndian.AppendUint64(rec, ordinal)
		return best.Add(append(rec, sketch[8:16]...))
	})
	return totals, err
}

// rank turns weights into the share that is at least as good.
func rank(best, ranks *spool.Sorter, totals map[uint16]uint64) error {
	source, sum, rec := uint16(0), uint64(0), make([]byte, 0, 16)
	return best.Each(func(b []byte) error {
		if s := binary.BigEndian.Uint16(b); s != source {
			source, sum = s, 0
		}
		sum += binary.BigEndian.Uint64(b[18:])
		share := 1.0
		if total := totals[source]; total > 0 {
			share = float64(sum) / float64(total)
		}
		rec = append(rec[:0], b[10:18]...)
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
