package classify

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"tamis/document"
	"tamis/step"
)

// A dsirCase is one document of dsir.jsonl.gz: whether it is a target, its text, the
// length that the program works out, and its log weights with 1,000 buckets, fitted on
// all and on 700 features. The values are those of the published formulas with the pattern
// of WordPunctTokenizer in the module re of Python 3.11 (NLTK 3.10.4 itself takes combining
// marks for parts of words), its SHA-256, and numpy.
type dsirCase struct {
	target       bool
	text         string
	length       float64
	all, fitted7 float64
}

func dsirCases(t *testing.T) (out []dsirCase, docs []*document.Document) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(fromLM(t, "dsir.jsonl.gz")))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		var c dsirCase
		if err := json.Unmarshal(line, &[]any{&c.target, &c.text, &c.length, &c.all, &c.fitted7}); err != nil {
			t.Fatal(err)
		}
		d := &document.Document{Place: document.Place{File: 1, Record: int64(len(out))}}
		if c.target {
			d.Source = 1
		}
		d.SetText(c.text)
		out, docs = append(out, c), append(docs, d)
	}
	return out, docs
}

// importanceOf runs the step.
func importanceOf(t *testing.T, docs []*document.Document, seed uint64, bound func([]step.Rule), set func(*ImportanceSettings)) (values [][]float64, removed []bool) {
	t.Helper()
	s := Importance.New().(*ImportanceSettings)
	s.Target = []string{"good"}
	set(s)
	rules := slices.Clone(Importance.Rules)
	bound(rules)
	made, err := s.Build(&step.Env{Rules: rules, Seed: seed, Sources: []string{"raw", "good"}})
	if err != nil {
		t.Fatal(err)
	}
	values, _, removed = ranksOf(t, made.(step.Global), rules, docs, func(uint64) bool { return false })
	return values, removed
}

// The variant dsir has the program's weights and lengths.
func TestImportanceIsDSIR(t *testing.T) {
	cases, docs := dsirCases(t)
	for _, fit := range []int64{0, 700} {
		values, _ := importanceOf(t, docs, 1, func(r []step.Rule) { r[ruleLength].Min = 0 }, func(s *ImportanceSettings) {
			s.Variant, s.Buckets, s.Fit = variantDSIR, 1000, fit
		})
		for i, c := range cases {
			want := c.all
			if fit > 0 {
				want = c.fitted7
			}
			got := values[i]
			switch {
			case c.target && !math.IsNaN(got[ruleWeight]):
				t.Errorf("target %d has the weight %v", i, got[ruleWeight])
			case !c.target && (math.Abs(got[ruleWeight]-want) > 1e-9*(1+math.Abs(want)) || got[ruleLength] != c.length):
				t.Errorf("document %d: %v, the program says %v and %v", i, got, want, c.length)
			}
		}
	}
}

// Short documents go, and are not ranked; the others are ranked by weight and noise as
// sorting them in memory does.
func TestImportanceRanks(t *testing.T) {
	cases, docs := dsirCases(t)
	for _, topK := range []bool{false, true} {
		values, removed := importanceOf(t, docs, 42, func(r []step.Rule) { r[ruleLength].Min, r[ruleRank].Max, r[rulePlace].Max = 20, 0.8, 7 },
			func(s *ImportanceSettings) { s.Variant, s.Buckets, s.TopK = variantDSIR, 1000, topK })
		var long []int
		key := func(i int) float64 {
			if topK {
				return values[i][ruleWeight]
			}
			return values[i][ruleWeight] + gumbel(drawBits("gumbel", 42, docs[i].Place))
		}
		for i, c := range cases {
			if !c.target && c.length >= 20 {
				long = append(long, i)
			} else if removed[i] == c.target || !math.IsNaN(values[i][rulePlace]) {
				t.Errorf("document %d of length %v: %v, removed %v", i, c.length, values[i], removed[i])
			}
		}
		slices.SortStableFunc(long, func(a, b int) int { return cmp.Compare(key(b), key(a)) })
		for place, i := range long {
			share := float64(place+1) / float64(len(long))
			if values[i][ruleRank] != share || removed[i] != (share > 0.8 || place >= 7) {
				t.Errorf("document %d: %v, removed %v; the rank is %v, the place %d", i, values[i], removed[i], share, place+1)
			}
		}
		if len(long) < 15 {
			t.Errorf("only %d are long", len(long))
		}
	}
}

// The variant mean against its formula, with the same buckets; repeating a document does
// not change its weight by more than its one new pair does.
func TestImportanceMean(t *testing.T) {
	_, docs := dsirCases(t)
	values, _ := importanceOf(t, docs, 1, func([]step.Rule) {}, func(s *ImportanceSettings) { s.Buckets, s.Features = 500, 50 })
	grams := newGramCounter(500, false)
	features := make([]map[uint64]float64, len(docs))
	sums := [2]float64{}
	total := [2]map[uint64]float64{{}, {}}
	for i, d := range docs {
		features[i] = map[uint64]float64{}
		grams.count(d.Text())
		eachCount(grams.appendCounts(nil), func(b, c uint64) {
			features[i][b] += float64(c)
			total[d.Source][b] += float64(c)
			sums[d.Source] += float64(c)
		})
	}
	for i, d := range docs {
		weight, n := 0.0, 0.0
		for b := range uint64(500) {
			ratio := math.Log((total[1][b]+1)/(sums[1]+500)) - math.Log((total[0][b]+1)/(sums[0]+500))
			weight, n = weight+features[i][b]*ratio, n+features[i][b]
		}
		if n > 0 {
			weight = weight / n * 50
		}
		if got := values[i][ruleWeight]; d.Source == 0 && math.Abs(got-weight) > 1e-9*(1+math.Abs(weight)) {
			t.Errorf("document %d: %v, the formula says %v", i, got, weight)
		}
	}
}

// Buckets of the program, from Python: int(sha256(s).hexdigest(), 16) % 10000.
func TestImportanceBuckets(t *testing.T) {
	g := newGramCounter(10000, true)
	for gram, want := range map[string]uint64{"the": 8288, "of the": 2932} {
		if got := g.bucket([]byte(gram)); got != want {
			t.Errorf("%q: %d, want %d", gram, got, want)
		}
	}
}

// The noise has the mean and the variance of the standard Gumbel distribution, and with
// it a document is drawn first as often as its share of the weights.
func TestImportanceDraws(t *testing.T) {
	const n = 40_000
	sum, squares, first := 0.0, 0.0, 0
	for i := range n {
		place := document.Place{Record: int64(2 * i)}
		g := gumbel(drawBits("gumbel", 7, place))
		sum, squares = sum+g, squares+g*g
		place.Record++
		if g+math.Log(3) > gumbel(drawBits("gumbel", 7, place)) {
			first++
		}
	}
	mean := sum / n
	if variance := squares/n - mean*mean; math.Abs(mean-0.5772) > 0.03 || math.Abs(variance-math.Pi*math.Pi/6) > 0.06 {
		t.Errorf("mean %v, variance %v", mean, variance)
	}
	if share := float64(first) / n; math.Abs(share-0.75) > 0.01 {
		t.Errorf("a document of weight 3 comes before one of weight 1 in %v of all draws", share)
	}
	if drawBits("gumbel", 1, document.Place{}) == drawBits("gumbel", 2, document.Place{}) {
		t.Error("the seed does not matter")
	}
}

func TestImportanceRefuses(t *testing.T) {
	for want, set := range map[string]func(*ImportanceSettings){
		"target: no source is named":                        func(s *ImportanceSettings) { s.Target = nil },
		`target: no source is called "x": there are raw, g`: func(s *ImportanceSettings) { s.Target = []string{"x"} },
		"target: all sources are named":                     func(s *ImportanceSettings) { s.Target = []string{"raw", "good"} },
		`variant: "x" is none of mean, dsir`:                func(s *ImportanceSettings) { s.Variant = "x" },
		"buckets: 1 buckets are impossible":                 func(s *ImportanceSettings) { s.Buckets = 1 },
		"features: 0 is no number of features":              func(s *ImportanceSettings) { s.Features = 0 },
		"fit: -1 features cannot be fitted on":              func(s *ImportanceSettings) { s.Fit = -1 },
	} {
		s := Importance.New().(*ImportanceSettings)
		s.Target = []string{"good"}
		set(s)
		_, err := s.Build(&step.Env{Rules: slices.Clone(Importance.Rules), Sources: []string{"raw", "good"}})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
