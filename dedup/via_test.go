package dedup

import (
	"math"
	"testing"
)

// Every document of a cluster tells a band that it shares with one of its copies, and the
// estimate by bands is about the true similarity.
func TestVia(t *testing.T) {
	texts := append(nearCopies(800, 21), nearCopies(20, 21)...)
	g := build(t, &MinHash, defaults(func(s *MinHashSettings) { s.Bands, s.Rows, s.Threshold = 60, 2, 0.8 }), nil)
	m := g.(*minHash)
	r := corpusOf(texts...).run(t, g, 64<<20)
	hashes := bandHashes(t, m, texts)
	clusters := r.clusters(t)
	sum, n := 0.0, 0.0
	for _, members := range clusters {
		for _, o := range members {
			got, ok := m.Member(r.decisions[o])
			if !ok || got.Band < 1 || got.Band > m.bands {
				t.Fatalf("document %d: %+v", o, got)
			}
			if shared := len(sharedBands(hashes[o], hashes[got.Keeper])); got.Estimate != estimate(shared, m.bands, m.rows) {
				t.Errorf("document %d shares %d bands with the best copy, the estimate is %v", o, shared, got.Estimate)
			}
			meets := false
			for _, p := range members {
				meets = meets || p != o && hashes[p][got.Band-1] == hashes[o][got.Band-1]
			}
			if !meets {
				t.Errorf("document %d shares band %d with none of its cluster", o, got.Band)
			}
			if got.Similarity < 1 {
				sum, n = sum+math.Abs(got.Estimate-got.Similarity), n+1
			}
		}
	}
	if n < 50 || sum/n > 0.06 {
		t.Errorf("the estimates are off by %v, of %v documents", sum/n, n)
	}
	without := build(t, &MinHash, defaults(func(s *MinHashSettings) { s.Verify = false }), nil)
	for o, d := range corpusOf(texts[:100]...).run(t, without, 64<<20).decisions {
		if got, ok := without.(*minHash).Member(d); !ok || got.Band != 0 || got.Estimate != 0 {
			t.Errorf("document %d, which was not compared: %+v", o, got)
		}
	}
}
