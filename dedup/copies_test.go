package dedup

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tamis/document"
	"tamis/step"
)

// copiesCorpus is families of near and exact copies, each document with a score.
func copiesCorpus() (c *corpus, family []int, score []float64) {
	r := rand.New(rand.NewPCG(5, 6))
	var texts []string
	for i := range 1200 {
		f := r.IntN(150)
		text := strings.Repeat(fmt.Sprintf("family %d has words a%d b%d c%d d%d e%d; ", f, f, f, f, f, f), 3)
		for w := range 60 {
			text += fmt.Sprintf(" w%d-%d", f, w)
		}
		if r.IntN(2) == 0 {
			text += fmt.Sprintf(" own%d", i%7)
		}
		texts, family, score = append(texts, text), append(family, f), append(score, float64(r.IntN(4)))
	}
	c = corpusOf(texts...)
	for i := range c.docs {
		c.docs[i].Fields = fields{"score": {Kind: document.Number, Num: score[i]}}
	}
	return c, family, score
}

// The oracle sorts each cluster and keeps the first k of it.
func TestKeepCopies(t *testing.T) {
	c, family, score := copiesCorpus()
	texts := make([]int, len(c.docs))
	first := map[string]int{}
	for i := range c.docs {
		if _, ok := first[c.docs[i].Text()]; !ok {
			first[c.docs[i].Text()] = i
		}
		texts[i] = first[c.docs[i].Text()]
	}
	keep := []string{"field:score", "first"}
	for _, k := range []int{0, 1, 2, 3, 1000} {
		for _, memory := range []int64{64 << 10, 1 << 30} {
			exact := build(t, &Exact, exactSettings(func(s *ExactSettings) { s.Copies, s.Keep = k, keep }), nil)
			checkCopies(t, fmt.Sprintf("exact, %d copies, %d bytes", k, memory), c.run(t, exact, memory), exact, texts, score, k)
			near := build(t, &MinHash, defaults(func(s *MinHashSettings) { s.Copies, s.Keep = k, keep }), nil)
			checkCopies(t, fmt.Sprintf("minhash, %d copies, %d bytes", k, memory), c.run(t, near, memory), near, family, score, k)
		}
	}
}

func checkCopies(t *testing.T, what string, got *result, g step.Global, cluster []int, score []float64, k int) {
	t.Helper()
	members := map[int][]int{}
	for i, f := range cluster {
		members[f] = append(members[f], i)
	}
	for _, docs := range members {
		slices.SortStableFunc(docs, func(a, b int) int { return int(score[b] - score[a]) })
		for rank, i := range docs {
			m, ok := g.(step.Clusterer).Member(got.decisions[uint64(i)])
			if len(docs) == 1 {
				if ok {
					t.Fatalf("%s: document %d has no copies and %+v", what, i, m)
				}
				continue
			}
			want := step.Membership{Keeper: uint64(docs[0]), Size: uint64(len(docs)), Kept: rank < k, Similarity: m.Similarity, Estimate: m.Estimate, Band: m.Band}
			if !ok || m != want || got.removed[uint64(i)] == m.Kept {
				t.Fatalf("%s: document %d is %+v, removed %v; want %+v", what, i, m, got.removed[uint64(i)], want)
			}
		}
	}
}

// With duplicate off nothing goes, and each document learns the size of its cluster.
func TestSizesOfAllCopies(t *testing.T) {
	c, family, _ := copiesCorpus()
	size := map[int]int{}
	for _, f := range family {
		size[f]++
	}
	env := testEnv(&MinHash)
	env.Rules = slices.Clone(MinHash.Rules)
	env.Rules[ruleDuplicate].Off = true
	g := build(t, &MinHash, defaults(), env)
	verdicts, values := c.apply(g, env.Rules, c.run(t, g, 1<<20))
	for i, f := range family {
		if verdicts[i].Removed || values[i][ruleClusterSize] != float64(size[f]) {
			t.Fatalf("document %d: %+v, size %v, want %d", i, verdicts[i], values[i][ruleClusterSize], size[f])
		}
	}
}

// What minhash notes of its work is what a count by hand gives: of three texts that share
// a band, two are copies.
func TestMinHashFacts(t *testing.T) {
	base := strings.Fields("the river runs past a mill and two barns where swallows nest in spring while the town above it sells bread cheese and wool")
	near := slices.Clone(base)
	near[len(near)-1] = "cloth"
	far := slices.Clone(base)
	for i := 12; i < len(far); i++ {
		far[i] = fmt.Sprint("x", i)
	}
	text := func(w []string) string { return strings.Join(w, " ") }
	c := corpusOf(text(base), text(near), text(far), text(base), "nothing like the others stands in here")
	// With one row in each of 140 bands whatever shares a shingle or so is a candidate.
	g := build(t, &MinHash, defaults(func(s *MinHashSettings) { s.Bands, s.Rows, s.Threshold = 140, 1, 0.8 }), nil)
	r := c.run(t, g, 1<<20)
	for name, want := range map[string]float64{factCandidates: 4, factCompared: 3, factConfirmed: 1, factPrecision: 1.0 / 3, factRecall: 1 - power(0.2, 140)} {
		if got := r.fact(t, name); got != want {
			t.Errorf("%q is %v, want %v", name, got, want)
		}
	}
}

// Facts and decisions do not depend on memory.
func TestFactsWithoutMemory(t *testing.T) {
	c, _, _ := copiesCorpus()
	g := build(t, &MinHash, defaults(func(s *MinHashSettings) { s.Threshold = 0.6 }), nil)
	a, b := c.run(t, g, 64<<10), c.run(t, g, 1<<30)
	if !slices.Equal(a.facts, b.facts) {
		t.Errorf("%v with little memory, %v with much", a.facts, b.facts)
	}
	for o, d := range a.decisions {
		if !bytes.Equal(d, b.decisions[o]) {
			t.Fatalf("document %d: % x with little memory, % x with much", o, d, b.decisions[o])
		}
	}
}
