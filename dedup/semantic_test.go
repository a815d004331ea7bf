package dedup

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tamis/document"
	"tamis/step"
)

func semanticSettings(change ...func(*SemanticSettings)) *SemanticSettings {
	s := Semantic.New().(*SemanticSettings)
	for _, f := range change {
		f(s)
	}
	return s
}

// vectorCorpus is documents with vectors of their own around so many directions; some
// are equal, some have none.
func vectorCorpus(n, dim, directions int, spread float64) (*corpus, [][]float64) {
	r := rand.New(rand.NewPCG(3, uint64(n)))
	centre := make([][]float64, directions)
	for i := range centre {
		for range dim {
			centre[i] = append(centre[i], r.NormFloat64())
		}
	}
	texts, vectors := make([]string, n), make([][]float64, n)
	for i := range n {
		texts[i] = strings.Repeat("x", 1+r.IntN(50))
		if i%17 == 16 {
			continue
		}
		if i > 20 && i%11 == 0 && vectors[i-11] != nil {
			vectors[i] = vectors[i-11]
			continue
		}
		for _, c := range centre[r.IntN(directions)] {
			vectors[i] = append(vectors[i], float64(float32(c+spread*r.NormFloat64())))
		}
	}
	c := corpusOf(texts...)
	for i, v := range vectors {
		if v == nil {
			continue
		}
		var list []string
		for _, x := range v {
			list = append(list, fmt.Sprint(x))
		}
		c.docs[i].Fields = fields{"vector": {Kind: document.Other, Str: "[" + strings.Join(list, ", ") + "]"}}
	}
	return c, vectors
}

func cosine(a, b []float64) float64 {
	ab, aa, bb := 0.0, 0.0, 0.0
	for i := range a {
		ab, aa, bb = ab+a[i]*b[i], aa+a[i]*a[i], bb+b[i]*b[i]
	}
	return ab / math.Sqrt(aa*bb)
}

// With one cluster the oracle is a loop over all pairs: a document goes where one
// before it, by the keep rule, is near enough.
func TestSemanticAgainstAllPairs(t *testing.T) {
	c, vectors := vectorCorpus(700, 7, 30, 0.4)
	order := make([]int, 0, len(vectors))
	for i, v := range vectors {
		if v != nil {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(c.docs[b].Text()), len(c.docs[a].Text())) })
	for _, epsilon := range []float64{0.01, 0.1, 0.3} {
		keeper := map[int]int{}
		for j, doc := range order {
			keeper[doc] = doc
			for _, before := range order[:j] {
				s := cosine(vectors[doc], vectors[before])
				if math.Abs(s-(1-epsilon)) < 1e-6 {
					t.Fatalf("documents %d and %d are too near the bound to tell", doc, before)
				}
				if s > 1-epsilon {
					keeper[doc] = keeper[before]
					break
				}
			}
		}
		size := map[int]uint64{}
		for _, k := range keeper {
			size[k]++
		}
		for _, memory := range []int64{100 << 10, 1 << 30} {
			g := build(t, &Semantic, semanticSettings(func(s *SemanticSettings) { s.Vectors, s.Clusters, s.Epsilon = "field:vector", 1, epsilon }), nil)
			got := c.run(t, g, memory)
			for i := range vectors {
				m, ok := g.(step.Clusterer).Member(got.decisions[uint64(i)])
				k, has := keeper[i]
				if ok != (has && size[k] > 1) || ok && (m.Keeper != uint64(k) || m.Size != size[k] || m.Kept != (k == i) || m.Similarity <= 1-epsilon-1e-6) {
					t.Fatalf("epsilon %v, %d bytes: document %d is %+v (%v), want keeper %d of %d", epsilon, memory, i, m, ok, k, size[k])
				}
				if got.removed[uint64(i)] != (has && k != i) {
					t.Fatalf("epsilon %v: document %d was removed: %v", epsilon, i, got.removed[uint64(i)])
				}
			}
		}
	}
}

// Directions that lie apart become clusters, and copies are found within them; and
// nothing depends on memory or on workers.
func TestSemanticClusters(t *testing.T) {
	c, vectors := vectorCorpus(3000, 12, 40, 0.02)
	s := semanticSettings(func(s *SemanticSettings) { s.Vectors, s.Epsilon, s.Copies = "field:vector", 0.05, 2 })
	want := c.run(t, build(t, &Semantic, s, nil), 1<<30)
	for _, memory := range []int64{64 << 10, 400 << 10} {
		got := c.run(t, build(t, &Semantic, s, nil), memory)
		if !slices.Equal(got.facts, want.facts) {
			t.Errorf("%d bytes: facts %v, want %v", memory, got.facts, want.facts)
		}
		sameResult(t, fmt.Sprintf("%d bytes", memory), want, got)
	}
	c.workers = 5
	sameResult(t, "5 workers", want, c.run(t, build(t, &Semantic, s, nil), 1<<30))
	with, all := 0, 0
	for i, v := range vectors {
		if v == nil {
			continue
		}
		all++
		if d := want.decisions[uint64(i)]; d != nil {
			with++
		}
	}
	if with != all {
		t.Errorf("%d of %d documents have copies, all of them lie close to others", with, all)
	}
	// 40 directions: about two stay of each, or more where k-means has cut through one.
	if left := all - len(want.removed); left < 80 || left > 200 {
		t.Errorf("%d documents are left of 40 directions, two of each", left)
	}
}

// Twenty thousand equal vectors are compared once, and texts without a word have
// no copies.
// Many centroids are searched in groups, which depends on memory and workers as little.
func TestSemanticOfManyClusters(t *testing.T) {
	c, _ := vectorCorpus(4000, 12, 900, 0.05)
	s := semanticSettings(func(s *SemanticSettings) { s.Vectors, s.Epsilon, s.Clusters = "field:vector", 0.05, 600 })
	want := c.run(t, build(t, &Semantic, s, nil), 1<<30)
	if n := want.fact(t, factClusters); n < groupedCentroids {
		t.Fatalf("%v clusters are too few", n)
	}
	sameResult(t, "less memory", want, c.run(t, build(t, &Semantic, s, nil), 400<<10))
	c.workers = 3
	sameResult(t, "3 workers", want, c.run(t, build(t, &Semantic, s, nil), 1<<30))
	if left := len(c.docs) - len(want.removed); left > 1500 {
		t.Errorf("%d documents are left of 900 directions", left)
	}
}

// What a quantizer finds is nearly always the nearest centroid, and else one that is
// nearly as near.
func TestQuantizer(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const dim = 24
	vector := func(around []float32, spread float64) []float32 {
		v := make([]float32, dim)
		for i := range v {
			v[i] = float32(spread * r.NormFloat64())
			if around != nil {
				v[i] += around[i]
			}
		}
		normalize(v)
		return v
	}
	for _, k := range []int{1, 40, groupedCentroids - 1, groupedCentroids, 1000} {
		var centroids []float32
		for range k {
			centroids = append(centroids, vector(nil, 1)...)
		}
		n := newQuantizer(centroids, dim, finalProbes)
		if grouped := n.groups != nil; grouped != (k >= groupedCentroids) {
			t.Errorf("%d centroids: groups %v", k, grouped)
		}
		var s quantizerSearch
		hits, lost := 0, 0.0
		const tries = 2000
		for range tries {
			at := r.IntN(k)
			v := vector(centroids[at*dim:(at+1)*dim], 0.12)
			row, most := best(centroids, v)
			got := s.of(n, v)
			if got == row {
				hits++
			}
			lost += float64(most - dot(v, centroids[got*dim:(got+1)*dim]))
		}
		if n.groups == nil && hits < tries || hits < tries*9/10 || lost/tries > 0.02 {
			t.Errorf("%d centroids: %d of %d are the nearest ones, the others lie %.3f farther on average", k, hits, tries, lost/tries)
		}
	}
}

func TestSemanticEqual(t *testing.T) {
	texts := []string{"", " \n", "."}
	for range 20_000 {
		texts = append(texts, "the same words again")
	}
	c := corpusOf(texts...)
	r := c.run(t, build(t, &Semantic, semanticSettings(), nil), 16<<20)
	if len(r.removed) != 19_999 || r.removed[0] || r.removed[2] || r.fact(t, factPairs) != 0 || r.fact(t, factVectors) != 20_000 {
		t.Errorf("%d were removed; %v", len(r.removed), r.facts)
	}
}

func TestSemanticFaults(t *testing.T) {
	for key, change := range map[string]func(*SemanticSettings){
		"vectors":     func(s *SemanticSettings) { s.Vectors = "bert" },
		"dimensions":  func(s *SemanticSettings) { s.Dimensions = 1 },
		"clusters":    func(s *SemanticSettings) { s.Clusters = -1 },
		"iterations":  func(s *SemanticSettings) { s.Iterations = 0 },
		"epsilon":     func(s *SemanticSettings) { s.Epsilon = 1 },
		"keep_copies": func(s *SemanticSettings) { s.Copies = -1 },
		"keep":        func(s *SemanticSettings) { s.Keep = []string{"best"} },
	} {
		_, err := semanticSettings(change).Build(testEnv(&Semantic))
		if f, ok := err.(*step.Fault); !ok || f.Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestReadTable(t *testing.T) {
	good := "3 2\nthe 1 0\nriver 0.5 -2e-1\nriver 9 9\nmill 3 4 \n"
	w, err := readTable(strings.NewReader(good), 1<<20)
	if err != nil || w.dimensions != 2 || len(w.at) != 3 || !slices.Equal(w.values, []float32{1, 0, 0.5, -0.2, 3, 4}) || w.at["mill"] != 2 {
		t.Errorf("%+v, %v", w, err)
	}
	for text, want := range map[string]string{
		"a 1 2\nb 1\n":             `line 2: "b" has 1 numbers, the words before it have 2`,
		"a 1 x\n":                  `line 1: "x" is not a number`,
		"a 1 NaN\n":                `line 1: "NaN" is not a number`,
		"2 2\n":                    "there is no vector in it",
		good + "more 1 1":          "",
		strings.Repeat("a", 2<<20): "bufio.Scanner: token too long",
	} {
		_, err := readTable(strings.NewReader(text), 1<<20)
		if got := fmt.Sprint(err); want != "" && got != want || want == "" && err != nil {
			t.Errorf("%.20q: %v, want %q", text, err, want)
		}
	}
	if _, err := readTable(strings.NewReader(good), 10); err == nil {
		t.Error("a table larger than its budget was read")
	}
	// The mean is a weighted one: of equal vectors that of the rarer word counts more.
	v, ok := tableEncoder(w)(nil, textDocument("The MILL the unknown"))
	often, seldom := 1e-3/(1e-3+0.1), 1e-3/(1e-3+0.1/3)
	if want := 4 * seldom / (2*often + 3*seldom); !ok || math.Abs(float64(v[1]/v[0])-want) > 1e-5 {
		t.Errorf("%v, %v; want a quotient of %v", v, ok, want)
	}
	if _, ok := tableEncoder(w)(nil, textDocument("nothing known")); ok {
		t.Error("a text without a known word has a vector")
	}
}

// Tables of the same numbers are told apart by which words have them, and how they weigh.
func TestTablesAreToldApart(t *testing.T) {
	read := func(text string) *wordTable {
		w, err := readTable(strings.NewReader(text), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	base := read("the 1 0\nriver 0 1\nmill 1 1\n")
	if again := read("3 2\nthe 1 0\nriver 0 1\nmill 1 1\n"); again.print() != base.print() {
		t.Errorf("%s and %s", again.print(), base.print())
	}
	plain := *base
	plain.plain = true
	for _, other := range []*wordTable{read("river 1 0\nthe 0 1\nmill 1 1\n"), read("the 1 0\nriver 0 1\nmill 1 2\n"), &plain} {
		if other.print() == base.print() {
			t.Errorf("%v is told by %s, too", other, other.print())
		}
	}
}

func TestAppendNumbers(t *testing.T) {
	if v, ok := appendNumbers(nil, " [1, -2.5,3e2] "); !ok || !slices.Equal(v, []float32{1, -2.5, 300}) {
		t.Errorf("%v, %v", v, ok)
	}
	for _, s := range []string{"", "[", "1,2", "[]", "[1,,2]", `["a"]`, "[[1]]", "[null]"} {
		if _, ok := appendNumbers(nil, s); ok {
			t.Errorf("%q was read", s)
		}
	}
}

func encode(e encoder, text string) []float64 {
	v, _ := e(nil, textDocument(text))
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = float64(x)
	}
	return out
}
