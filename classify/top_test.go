package classify

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"tamis/document"
	"tamis/step"
)

// randomScores returns documents with random scores, few of them different, some not measured.
func randomScores(r *rand.Rand, n, signals int) (docs []*document.Document) {
	for i := range n {
		d := &document.Document{Source: i % 3, Labels: []string{[]string{"de", "en", "", "fr"}[r.IntN(4)]}}
		for range signals {
			score := float64(r.IntN(40)-20) / 10
			if r.IntN(20) == 0 {
				score = math.NaN()
			}
			d.Signals = append(d.Signals, score)
		}
		d.SetText(string(make([]byte, r.IntN(30))))
		docs = append(docs, d)
	}
	return docs
}

// scoresEnv has the signals quality.score and edu.score, and a language.
func scoresEnv() *step.Env {
	return &step.Env{
		Name: "step",
		Signal: func(name string) (int, bool) {
			i := slices.Index([]string{"quality.score", "edu.score"}, name)
			return i, i >= 0
		},
		Label: func(name string) (int, bool) { return 0, name == "language.label" },
	}
}

// rankedTogether reports whether two documents are ranked with each other.
func rankedTogether(within string, a, b *document.Document) bool {
	switch within {
	case "source":
		return a.Source == b.Source
	case "corpus":
		return true
	}
	return a.Labels[0] == b.Labels[0]
}

func everyEleventh(o uint64) bool { return o%11 == 0 }

func TestTop(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	for _, s := range []TopSettings{
		{By: "quality.score", Share: 0.25, Of: "documents", Within: "corpus"},
		{By: "-quality.score", Share: 0.5, Of: "documents", Within: "source"},
		{By: "quality.score", Share: 0.3, Of: "bytes", Within: "source"},
		{By: "quality.score", Share: unsetScore, Of: "bytes", Within: "corpus"},
		{By: "quality.score", Share: 0.2, Of: "documents", Within: "language.label"},
	} {
		docs := randomScores(r, 1000, 1)
		g, rules := buildGlobal(t, &Top, &s)
		values, _, removed := ranksOf(t, g, rules, docs, everyEleventh)
		for i := range docs {
			rank, want := values[i][0], slowRank(s, docs, i, everyEleventh)
			if rank != want && !(math.IsNaN(rank) && math.IsNaN(want)) {
				t.Fatalf("%+v: document %d has rank %v, want %v", s, i, rank, want)
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
		if math.IsNaN(score(j)) || dead(uint64(j)) || !rankedTogether(s.Within, docs[i], docs[j]) {
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
		refuses(t, &Top, &s, key)
	}
}

// refuses holds that settings are refused for one of them.
func refuses(t *testing.T, spec *step.Spec, s step.Settings, key string) {
	t.Helper()
	env := scoresEnv()
	env.Rules = slices.Clone(spec.Rules)
	_, err := s.Build(env)
	if f, ok := err.(*step.Fault); !ok || f.Key != key {
		t.Errorf("%+v: %v, want a fault of %s", s, err, key)
	}
}

// A label of too many values is refused before it fills the memory.
func TestTotalsAreBounded(t *testing.T) {
	sizes := totals{}
	for group := range uint64(mostGroups) {
		if err := sizes.add(group, 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := sizes.add(7, 1); err != nil {
		t.Errorf("a group that is there: %v", err)
	}
	if err := sizes.add(mostGroups, 1); err == nil {
		t.Errorf("%d groups", len(sizes))
	}
}
