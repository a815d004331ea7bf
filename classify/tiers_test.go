package classify

import (
	"math"
	"math/rand/v2"
	"testing"

	"tamis/document"
)

// Buckets and tiers are those of the definition, counted document by document:
// r(d) = ⌊buckets · ECDF(score(d))⌋ and at most the last one; the highest of all scores.
func TestTiers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	nemotron := Tiers.New().(*TiersSettings).Tiers
	for _, s := range []TiersSettings{
		{By: []string{"quality.score", "edu.score"}, Buckets: 20, Tiers: nemotron, Within: "corpus"},
		{By: []string{"quality.score", "-edu.score"}, Buckets: 20, Tiers: nemotron, Within: "language.label"},
		{By: []string{"edu.score"}, Buckets: 100, Tiers: map[string]int{"head": 70, "middle": 40, "tail": 0}, Within: "source"},
		{By: []string{"quality.score"}, Buckets: 2, Tiers: map[string]int{"all": 0}, Within: "corpus"},
	} {
		docs := randomScores(r, 700, 2)
		g, rules := buildGlobal(t, &Tiers, &s)
		values, labels, removed := ranksOf(t, g, rules, docs, everyEleventh)
		for i := range docs {
			bucket, want := values[i][0], slowBucket(s, docs, i)
			if bucket != want && !(math.IsNaN(bucket) && math.IsNaN(want)) {
				t.Fatalf("%+v: document %d is in bucket %v, want %v", s, i, bucket, want)
			}
			name, from := "", -1
			for n, least := range s.Tiers {
				if float64(least) <= want && least > from {
					name, from = n, least
				}
			}
			if labels[i] != name || removed[i] {
				t.Fatalf("%+v: document %d of bucket %v is in tier %q, want %q", s, i, want, labels[i], name)
			}
		}
	}
}

// slowBucket is the definition.
func slowBucket(s TiersSettings, docs []*document.Document, i int) float64 {
	best := math.NaN()
	if everyEleventh(uint64(i)) {
		return best
	}
	for _, by := range s.By {
		slot, sign := 0, 1.0
		if by[0] == '-' {
			by, sign = by[1:], -1
		}
		if by == "edu.score" {
			slot = 1
		}
		score := sign * docs[i].Signals[slot]
		if math.IsNaN(score) {
			continue
		}
		noHigher, all := 0, 0
		for j := range docs {
			x := sign * docs[j].Signals[slot]
			if math.IsNaN(x) || everyEleventh(uint64(j)) || !rankedTogether(s.Within, docs[i], docs[j]) {
				continue
			}
			all++
			if x <= score {
				noHigher++
			}
		}
		bucket := float64(min(s.Buckets*noHigher/all, s.Buckets-1))
		if math.IsNaN(best) || bucket > best {
			best = bucket
		}
	}
	return best
}

// A bound on the bucket keeps the best.
func TestTiersRemove(t *testing.T) {
	var docs []*document.Document
	for i := range 100 {
		docs = append(docs, &document.Document{Signals: []float64{float64(i), float64(-i)}})
	}
	s := Tiers.New().(*TiersSettings)
	s.By = []string{"quality.score"}
	g, rules := buildGlobal(t, &Tiers, s)
	rules[0].Min = 18
	values, _, removed := ranksOf(t, g, rules, docs, func(uint64) bool { return false })
	for i := range docs {
		// 90 of 100 score no higher than document 89, which is 18 twentieths.
		if removed[i] != (i < 89) {
			t.Errorf("document %d, bucket %v, removed: %v", i, values[i][0], removed[i])
		}
	}
}

func TestTiersRefuses(t *testing.T) {
	by, half := []string{"quality.score"}, map[string]int{"upper": 1, "lower": 0}
	for key, all := range map[string][]TiersSettings{
		"by":      {{By: nil, Buckets: 2, Tiers: half, Within: "corpus"}, {By: []string{"nothing"}, Buckets: 2, Tiers: half, Within: "corpus"}},
		"buckets": {{By: by, Buckets: 1, Tiers: half, Within: "corpus"}, {By: by, Buckets: 1001, Tiers: half, Within: "corpus"}},
		"within":  {{By: by, Buckets: 2, Tiers: half, Within: "host"}},
		"tiers": {
			{By: by, Buckets: 2, Within: "corpus"},
			{By: by, Buckets: 2, Tiers: map[string]int{"upper": 1}, Within: "corpus"},
			{By: by, Buckets: 2, Tiers: map[string]int{"upper": 2, "lower": 0}, Within: "corpus"},
			{By: by, Buckets: 2, Tiers: map[string]int{"below": -1, "lower": 0}, Within: "corpus"},
			{By: by, Buckets: 2, Tiers: map[string]int{"lower": 0, "low": 0}, Within: "corpus"},
			{By: by, Buckets: 2, Tiers: map[string]int{"": 0}, Within: "corpus"},
		},
	} {
		for _, s := range all {
			refuses(t, &Tiers, &s, key)
		}
	}
}
