package dedup

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

func defaults(change ...func(*MinHashSettings)) *MinHashSettings {
	s := MinHash.New().(*MinHashSettings)
	for _, f := range change {
		f(s)
	}
	return s
}

// nearCopies generates texts of 30 to 400 words, of which half are copies of an
// earlier one with a share of their words exchanged.
func nearCopies(n int, seed uint64) []string {
	r := rand.New(rand.NewPCG(seed, 1))
	var texts [][]string
	var out []string
	for range n {
		var words []string
		if len(texts) > 0 && r.IntN(2) == 0 {
			words = slices.Clone(texts[r.IntN(len(texts))])
			rate := 0.12 * r.Float64()
			for j := range words {
				if r.Float64() < rate {
					words[j] = fmt.Sprintf("w%d", r.IntN(5000))
				}
			}
		} else {
			for range 30 + r.IntN(370) {
				words = append(words, fmt.Sprintf("w%d", r.IntN(5000)))
			}
		}
		texts = append(texts, words)
		out = append(out, strings.Join(words, " "))
	}
	return out
}

// slowShingles is the definition of the default shingles: windows of five words.
func slowShingles(s string) map[string]bool {
	words := strings.Fields(string(normalizeWords(nil, s)))
	out := map[string]bool{}
	n := min(5, len(words))
	for i := 0; n > 0 && i+n <= len(words); i++ {
		out[strings.Join(words[i:i+n], " ")] = true
	}
	return out
}

func slowJaccard(a, b map[string]bool) float64 {
	both := 0
	for x := range a {
		if b[x] {
			both++
		}
	}
	return float64(both) / float64(len(a)+len(b)-both)
}

type pair struct{ a, b int }

// bruteForce compares all pairs and returns those of at least 0.4.
func bruteForce(texts []string) map[pair]float64 {
	sets := make([]map[string]bool, len(texts))
	at := map[string][]int{}
	for i, s := range texts {
		sets[i] = slowShingles(s)
		for x := range sets[i] {
			at[x] = append(at[x], i)
		}
	}
	both := map[pair]int{}
	for _, docs := range at {
		for i, a := range docs {
			for _, b := range docs[i+1:] {
				both[pair{a, b}]++
			}
		}
	}
	out := map[pair]float64{}
	for p, n := range both {
		out[p] = float64(n) / float64(len(sets[p.a])+len(sets[p.b])-n)
	}
	maps.DeleteFunc(out, func(_ pair, j float64) bool { return j < 0.4 })
	return out
}

// components returns for each document the lowest one that pairs connect it with.
func components(n int, pairs func(yield func(a, b int))) []int {
	root := make([]int, n)
	for i := range root {
		root[i] = i
	}
	for changed := true; changed; {
		changed = false
		pairs(func(a, b int) {
			if m := min(root[a], root[b]); root[a] != m || root[b] != m {
				root[a], root[b], changed = m, m, true
			}
		})
	}
	return root
}

// The brute force over all pairs is the oracle: clusters are the components of pairs
// that are copies and share a band, whatever the memory.
func TestMinHashAgainstBruteForce(t *testing.T) {
	n := 5000
	if testing.Short() {
		n = 1500
	}
	texts := nearCopies(n, 7)
	truth := bruteForce(texts)
	c := corpusOf(texts...)
	g := build(t, &MinHash, defaults(func(s *MinHashSettings) { s.Keep = []string{"first"} }), nil)
	r := c.run(t, g, 1<<30)

	m := g.(*minHash)
	bands := make([]map[uint64]bool, n)
	s := m.Sketcher()
	for i := range c.docs {
		sketch := s.Sketch(nil, &c.docs[i])
		bands[i] = map[uint64]bool{}
		for b := range m.bands {
			bands[i][m.bandHash(sketch, b)] = true
		}
	}
	share := func(a, b int) bool {
		for h := range bands[a] {
			if bands[b][h] {
				return true
			}
		}
		return false
	}
	want := components(n, func(yield func(a, b int)) {
		for p, j := range truth {
			if j >= 0.8 && share(p.a, p.b) {
				yield(p.a, p.b)
			}
		}
	})
	for i, root := range want {
		if r.removed[uint64(i)] != (root != i) {
			t.Fatalf("document %d: removed is %v, its cluster begins with %d", i, r.removed[uint64(i)], root)
		}
		if d := r.decisions[uint64(i)]; d != nil {
			got, _ := readDecision(d)
			if got.keeper != uint64(root) {
				t.Fatalf("document %d: %d stays, want %d", i, got.keeper, root)
			}
			if i != root {
				if j := slowJaccard(slowShingles(texts[i]), slowShingles(texts[root])); j != got.jaccard {
					t.Fatalf("document %d: Jaccard %v, want %v", i, got.jaccard, j)
				}
			}
		}
	}
	checkRecall(t, truth, share, m.bands, m.rows)
}

// checkRecall holds the share of candidates in each range of similarity against the
// curve: below it by no more than four standard errors.
func checkRecall(t *testing.T, truth map[pair]float64, share func(a, b int) bool, bands, rows int) {
	t.Helper()
	for low := 0.4; low < 0.95; low += 0.1 {
		var found, expected, variance float64
		for p, j := range truth {
			if j < low || j >= low+0.1 {
				continue
			}
			e := sCurve(j, bands, rows)
			expected += e
			variance += e * (1 - e)
			if share(p.a, p.b) {
				found++
			}
		}
		if found < expected-4*math.Sqrt(variance)-1 {
			t.Errorf("Jaccard %.1f to %.1f: %v candidates, the curve says %.1f", low, low+0.1, found, expected)
		}
	}
}

func sameResult(t *testing.T, what string, a, b *result) {
	t.Helper()
	if len(a.decisions) != len(b.decisions) || !maps.Equal(a.removed, b.removed) {
		t.Fatalf("%s: %d decisions, %d removed; before %d, %d", what, len(b.decisions), len(b.removed), len(a.decisions), len(a.removed))
	}
	for o, d := range a.decisions {
		if string(b.decisions[o]) != string(d) {
			t.Fatalf("%s: another decision for document %d", what, o)
		}
	}
}

// A budget so small that everything spills decides the same.
func TestMinHashMemory(t *testing.T) {
	c := corpusOf(nearCopies(1200, 3)...)
	for _, verify := range []bool{true, false} {
		g := build(t, &MinHash, defaults(func(s *MinHashSettings) { s.Verify = verify }), nil)
		want := c.run(t, g, 1<<30)
		if len(want.removed) == 0 {
			t.Fatal("nothing was removed")
		}
		for _, memory := range []int64{64 << 10, 300 << 10, 2 << 20} {
			sameResult(t, fmt.Sprintf("verify %v, %d bytes", verify, memory), want, c.run(t, g, memory))
		}
	}
}

// In another order of the input the same documents form the same clusters, and with a
// rule that knows no order the same ones stay.
func TestMinHashOrder(t *testing.T) {
	const n = 800
	texts := nearCopies(n, 11)
	for i := range texts {
		texts[i] += fmt.Sprintf(" end%d", i) // no two are equal
	}
	quality := func(s *MinHashSettings) { s.Keep = []string{"quality"} }
	env := testEnv(&MinHash)
	env.Signal = signals("quality.score")
	run := func(order []int) map[int]int { // document → the one that stays
		c := corpusOf(texts...)
		for i, o := range order {
			c.docs[i].SetText(texts[o])
			c.docs[i].Signals = []float64{float64(o * 7919 % n)}
		}
		out := map[int]int{}
		for o, d := range c.run(t, build(t, &MinHash, defaults(quality), env), 1<<30).decisions {
			got, _ := readDecision(d)
			out[order[o]] = order[got.keeper]
		}
		return out
	}
	straight := make([]int, n)
	for i := range straight {
		straight[i] = i
	}
	want := run(straight)
	for seed := range uint64(3) {
		if got := run(rand.New(rand.NewPCG(seed, 2)).Perm(n)); !maps.Equal(got, want) {
			t.Errorf("seed %d: another order gives other clusters", seed)
		}
	}
	if len(want) < 100 {
		t.Errorf("only %d documents have copies", len(want))
	}
}

// Documents that an earlier step removed are no copies of anything.
func TestMinHashDead(t *testing.T) {
	text := strings.Repeat("one two three four five six ", 3)
	c := corpusOf(text, text, text)
	c.dead[0] = true
	r := c.run(t, build(t, &MinHash, defaults(), nil), 1<<20)
	if !maps.Equal(r.removed, map[uint64]bool{2: true}) {
		t.Errorf("removed %v", r.removed)
	}
}

// Texts without a word have no copies; shorter ones than a shingle are one shingle,
// but not in the published programs.
func TestMinHashShort(t *testing.T) {
	c := corpusOf("", "", " \n", "...", "one two", "One, two!", "one two three", "one two three four five", "one two three four five")
	r := c.run(t, build(t, &MinHash, defaults(), nil), 1<<20)
	if !maps.Equal(r.removed, map[uint64]bool{4: true, 8: true}) { // the longer one stays
		t.Errorf("removed %v", r.removed)
	}
	r = c.run(t, build(t, &MinHash, defaults(func(s *MinHashSettings) { s.Preset = "datatrove" }), nil), 1<<20)
	if !maps.Equal(r.removed, map[uint64]bool{8: true}) {
		t.Errorf("datatrove: removed %v", r.removed)
	}
}

func TestMinHashApply(t *testing.T) {
	text := strings.Repeat("a b c d e f g h i j k l m n o p ", 2)
	c := corpusOf(text+"x", "quite another text stands here alone", text+"y z", text+"x")
	g := build(t, &MinHash, defaults(func(s *MinHashSettings) { s.Threshold = 0.7 }), nil)
	verdicts, values := c.apply(g, MinHash.Rules, c.run(t, g, 1<<20))
	for i, want := range []struct {
		removed bool
		size    float64
	}{{true, math.NaN()}, {false, 1}, {false, 3}, {true, math.NaN()}} {
		size := values[i][ruleClusterSize]
		if verdicts[i].Removed != want.removed || size != want.size && !(math.IsNaN(size) && math.IsNaN(want.size)) {
			t.Errorf("document %d: %+v, size %v", i, verdicts[i], size)
		}
	}
	j := slowJaccard(slowShingles(text+"x"), slowShingles(text+"y z"))
	if verdicts[0].Value != j || verdicts[0].Rule != ruleDuplicate || values[0][ruleDuplicate] != j {
		t.Errorf("removed with %+v, Jaccard is %v", verdicts[0], j)
	}
}

// Bounds of the recipe: duplicates may stay, and clusters that are too large may go
// altogether.
func TestMinHashBounds(t *testing.T) {
	text := "a b c d e f g h i j"
	c := corpusOf(text, text, text, "k l m n o p q", "k l m n o p q")
	env := testEnv(&MinHash)
	env.Rules = slices.Clone(MinHash.Rules)
	env.Rules[ruleClusterSize].Max = 2
	g := build(t, &MinHash, defaults(), env)
	r := c.run(t, g, 1<<20)
	if !maps.Equal(r.removed, map[uint64]bool{0: true, 1: true, 2: true, 4: true}) {
		t.Errorf("at most 2: removed %v", r.removed)
	}
	verdicts, _ := c.apply(g, env.Rules, r)
	for i, v := range verdicts {
		if v.Removed != r.removed[uint64(i)] {
			t.Errorf("at most 2: document %d was decided %v and applied %v", i, r.removed[uint64(i)], v.Removed)
		}
	}
	env.Rules[ruleClusterSize].Max = step.NoMax
	env.Rules[ruleDuplicate].Off = true
	g = build(t, &MinHash, defaults(), env)
	r = c.run(t, g, 1<<20)
	verdicts, values := c.apply(g, env.Rules, r)
	if len(r.removed) != 0 || verdicts[1].Removed || values[1][ruleClusterSize] != 3 {
		t.Errorf("duplicate off: removed %v, sizes %v", r.removed, values)
	}
	env.Rules[ruleClusterSize].Min = 2
	if _, err := defaults().Build(env); err == nil {
		t.Error("a least size of 2 was accepted")
	}
	env.Rules[ruleClusterSize].Min = step.NoMin
	env.Rules[ruleDuplicate].Off, env.Rules[ruleDuplicate].Max = false, 0.9
	var f *step.Fault
	if _, err := defaults().Build(env); !errors.As(err, &f) || f.Key != "duplicate" {
		t.Errorf("bounds of what only says why: %v", err)
	}
}

func TestMinHashFaults(t *testing.T) {
	for key, change := range map[string]func(*MinHashSettings){
		"ngram":     func(s *MinHashSettings) { s.Ngram = 0 },
		"unit":      func(s *MinHashSettings) { s.Unit = "lines" },
		"normalize": func(s *MinHashSettings) { s.Normalize = "lower" },
		"hash":      func(s *MinHashSettings) { s.Hash = "md5" },
		"family":    func(s *MinHashSettings) { s.Family = "simhash" },
		"bands":     func(s *MinHashSettings) { s.Bands = 14 },
		"threshold": func(s *MinHashSettings) { s.Threshold = 1.5 },
		"recall":    func(s *MinHashSettings) { s.Threshold, s.Recall = 0.05, 1 },
		"keep":      func(s *MinHashSettings) { s.Keep = []string{"best"} },
		"preset":    func(s *MinHashSettings) { s.Preset = "fineweb" },
	} {
		_, err := defaults(change).Build(testEnv(&MinHash))
		f, ok := err.(*step.Fault)
		if !ok || f.Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestKeep(t *testing.T) {
	text := strings.Repeat("one two three four five six seven eight ", 4)
	c := corpusOf(text+"a", text+"bb", text+"ccc", text+"d")
	for i, v := range []struct {
		source int
		score  float64
		date   string
	}{{2, 0.5, "2023-01-01"}, {1, math.NaN(), "20240501"}, {1, 0.9, "no date"}, {1, -3, "2024-04-30T23:59:59Z"}} {
		d := &c.docs[i]
		d.Source, d.Signals = v.source, []float64{v.score}
		d.Fields = fields{"date": {Kind: document.String, Str: v.date}, "n": {Kind: document.Number, Num: v.score}}
	}
	env := testEnv(&MinHash)
	env.Signal = signals("quality.score")
	for _, test := range []struct {
		keep string
		want uint64
	}{{"first", 0}, {"longest", 2}, {"shortest", 0}, {"source", 1}, {"source longest", 2}, {"quality", 2}, {"quality.score", 2}, {"-quality", 3},
		{"newest", 1}, {"oldest", 0}, {"field:n", 2}, {"-field:n", 3}, {"field:none", 0}, {"field:none source first", 1}} {
		g := build(t, &MinHash, defaults(func(s *MinHashSettings) { s.Keep, s.Threshold = strings.Fields(test.keep), 0.5 }), env)
		r := c.run(t, g, 1<<20)
		if len(r.removed) != 3 || r.removed[test.want] {
			t.Errorf("keep %s: removed %v, %d should stay", test.keep, r.removed, test.want)
		}
	}
}

func TestParseDate(t *testing.T) {
	for s, want := range map[string]float64{
		"1970-01-01": 0, "2024-02-29": 1709164800, "20240229": 1709164800, "2024-02-29T12:30:15Z": 1709209815,
		"2024-02-29 12:30": 1709209800, "20240229123015": 1709209815, "2024-02-29T13:30:15.25+01:00": 1709209815.25,
		"2024-02-29T12:30:15-0030": 1709211615, "1969-12-31": -86400,
	} {
		if got, ok := parseDate(s); !ok || got != want {
			t.Errorf("%s: %v, %v, want %v", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "2024", "2024-13-01", "2024-02-30x", "May 1", "2024-0501", "2024-05-01T", "2024-05-01T12:3", "-024-01-01", "2024-05-01+", "202405011"} {
		if got, ok := parseDate(s); ok {
			t.Errorf("%q is a date: %v", s, got)
		}
	}
}

func TestOrderOf(t *testing.T) {
	values := []float64{math.Inf(-1), -1e300, -2, -1e-300, 0, 1e-300, 1, 3, math.Inf(1)}
	for i := range values[1:] {
		a, b := values[i], values[i+1]
		if orderOf(a, false) >= orderOf(b, false) || orderOf(a, true) <= orderOf(b, true) {
			t.Errorf("%v and %v are out of order", a, b)
		}
	}
	for _, v := range values {
		if orderOf(math.NaN(), false) <= orderOf(v, false) || orderOf(math.NaN(), true) <= orderOf(v, true) {
			t.Errorf("NaN is not behind %v", v)
		}
	}
	if orderOf(math.Copysign(0, -1), true) != orderOf(0, true) {
		t.Error("the two zeros differ")
	}
}

// NeMo Curator's shingles are runs of 24 characters of the text as it is, its bands 20
// of 13: pairs become candidates as often as its S-curve has it.
func TestNeMoPreset(t *testing.T) {
	o := defaults(func(s *MinHashSettings) { s.Preset = "nemo" })
	if err := o.applyPreset(testEnv(&MinHash)); err != nil || o.Ngram != 24 || o.Unit != unitCharacters || o.Normalize != "none" || o.Bands != 20 || o.Rows != 13 {
		t.Fatalf("%+v, %v", o, err)
	}
	shingles := shape{ngram: o.Ngram, unit: o.Unit, normalize: o.Normalize, hash: o.Hash, whole: true}.shingler(text.Unicode)
	long := strings.Repeat("abcdefghij", 3)
	for s, want := range map[string]int{long: 7, long[:24]: 1, "Short": 1, "": 0} {
		if got := shingles(nil, textDocument(s)); len(got) != want {
			t.Errorf("%q has %d shingles, want %d", s, len(got), want)
		}
	}
	if a, b := shingles(nil, textDocument("Short")), shingles(nil, textDocument("short")); a[0] == b[0] {
		t.Error("upper and lower case are one")
	}
	if p := sCurve(0.8, o.Bands, o.Rows); math.Abs(p-0.677) > 5e-4 {
		t.Errorf("pairs of 0.8 become candidates with a chance of %v, published are 0.677", p)
	}
}
