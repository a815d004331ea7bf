package classify

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"tamis/document"
	"tamis/spool"
	"tamis/step"
)

// ranked runs top over documents in memory and returns rank and fate of each; NaN is
// no rank.
func topOf(t *testing.T, s *TopSettings, docs []*document.Document, dead func(uint64) bool) (ranks []float64, removed []bool) {
	t.Helper()
	rules := slices.Clone(Top.Rules)
	made, err := s.Build(&step.Env{Rules: rules, Signal: func(name string) (int, bool) { return 0, name == "quality.score" }})
	if err != nil {
		t.Fatal(err)
	}
	g := made.(step.Global)
	var sketches [][]byte
	for _, d := range docs {
		sketches = append(sketches, g.Sketcher().Sketch(nil, d))
	}
	dir, err := spool.OpenDir(spool.OS{}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ranks, removed = make([]float64, len(docs)), make([]bool, len(docs))
	for i := range ranks {
		ranks[i] = math.NaN()
	}
	last := -1
	err = g.Resolve(context.Background(), &step.Resolution{Documents: uint64(len(docs)), Memory: 4096, Dir: dir, Progress: func(float64) {},
		Alive: func(o uint64) bool { return !dead(o) },
		Sketches: func(f func(uint64, []byte) error) error {
			for i, sk := range sketches {
				if err := f(uint64(i), sk); err != nil {
					return err
				}
			}
			return nil
		},
		Decide: func(o uint64, gone bool, decision []byte) error {
			if int(o) <= last {
				t.Fatalf("decision on %d after %d", o, last)
			}
			last = int(o)
			m := &step.Meter{}
			values := make([]float64, 1)
			m.Reset(rules, values, nil)
			if v := g.Apply(docs[o], decision, m); v.Removed != gone {
				t.Fatalf("document %d: decided %v, applied %v", o, gone, v)
			}
			ranks[o], removed[o] = values[0], gone
			return nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	return ranks, removed
}

func TestTop(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	for _, s := range []TopSettings{
		{By: "quality.score", Share: 0.25, Of: "documents", Within: "corpus"},
		{By: "-quality.score", Share: 0.5, Of: "documents", Within: "source"},
		{By: "quality.score", Share: 0.3, Of: "bytes", Within: "source"},
		{By: "quality.score", Share: unsetScore, Of: "bytes", Within: "corpus"},
	} {
		var docs []*document.Document
		for i := range 1000 {
			d := &document.Document{Signals: []float64{float64(r.IntN(40)-20) / 10}, Source: i % 3}
			if r.IntN(20) == 0 {
				d.Signals[0] = math.NaN()
			}
			d.SetText(string(make([]byte, r.IntN(30))))
			docs = append(docs, d)
		}
		dead := func(o uint64) bool { return o%11 == 0 }
		ranks, removed := topOf(t, &s, docs, dead)
		for i := range docs {
			want := slowRank(s, docs, i, dead)
			if ranks[i] != want && !(math.IsNaN(ranks[i]) && math.IsNaN(want)) {
				t.Fatalf("%+v: document %d has rank %v, want %v", s, i, ranks[i], want)
			}
			bound := s.Share
			if bound == unsetScore {
				bound = 0.1
			}
			if removed[i] != (want > bound) {
				t.Fatalf("%+v: document %d of rank %v removed: %v", s, i, want, removed[i])
			}
		}
	}
}

// slowRank counts what is at least as good as document i.
func slowRank(s TopSettings, docs []*document.Document, i int, dead func(uint64) bool) float64 {
	score := func(j int) float64 {
		if s.By[0] == '-' {
			return -docs[j].Signals[0]
		}
		return docs[j].Signals[0]
	}
	if math.IsNaN(score(i)) || dead(uint64(i)) {
		return math.NaN()
	}
	good, all := 0, 0
	for j := range docs {
		if math.IsNaN(score(j)) || dead(uint64(j)) || s.Within == "source" && docs[j].Source != docs[i].Source {
			continue
		}
		weight := 1
		if s.Of == "bytes" {
			weight = len(docs[j].Text())
		}
		all += weight
		if score(j) > score(i) || score(j) == score(i) && j <= i {
			good += weight
		}
	}
	return float64(good) / float64(all)
}

func TestTopRefuses(t *testing.T) {
	for key, s := range map[string]TopSettings{
		"by":     {By: "nothing", Share: 0.1, Of: "documents", Within: "corpus"},
		"of":     {By: "quality.score", Share: 0.1, Of: "words", Within: "corpus"},
		"within": {By: "quality.score", Share: 0.1, Of: "bytes", Within: "host"},
		"share":  {By: "quality.score", Share: 0, Of: "bytes", Within: "corpus"},
	} {
		_, err := s.Build(&step.Env{Rules: slices.Clone(Top.Rules), Signal: func(name string) (int, bool) { return 0, name == "quality.score" }})
		if f, ok := err.(*step.Fault); !ok || f.Key != key {
			t.Errorf("%v, want a fault of %s", err, key)
		}
	}
}
