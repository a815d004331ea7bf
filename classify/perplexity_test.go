package classify

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"tamis/document"
	"tamis/step"
)

// fromLM reads a file of the package lm's tests, which say where it comes from.
func fromLM(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "lm", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func smallLM(t testing.TB) []byte { return fromLM(t, "pruned.arpa") }

func perplexityFiles(t testing.TB) map[string][]byte {
	return map[string][]byte{"small.arpa": smallLM(t), "o5.arpa.zst": fromLM(t, "o5.arpa.zst"), "sp.model": fromLM(t, "sp_bytes.model.gz"),
		"bad.arpa": smallLM(t)[:50]}
}

func perplexitySettings(set func(*PerplexitySettings)) *PerplexitySettings {
	s := Perplexity.New().(*PerplexitySettings)
	s.Model = "small.arpa"
	set(s)
	return s
}

// ccnet.jsonl.gz has texts with what cc_net's normalize makes of them and the
// perplexities that its DocLM gives, with kenlm 0.3.0, sentencepiece 0.2.3 and the model
// o5.arpa: of the whole text, of its lines, and of the pieces of the whole text.
func TestPerplexityIsCCNets(t *testing.T) {
	z, err := gzip.NewReader(bytes.NewReader(fromLM(t, "ccnet.jsonl.gz")))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	variants := []func(*PerplexitySettings){
		func(*PerplexitySettings) {},
		func(s *PerplexitySettings) { s.Normalize = "ccnet_lines" },
		func(s *PerplexitySettings) { s.Pieces = "sp.model" },
	}
	for v, set := range variants {
		s := perplexitySettings(set)
		s.Model = "o5.arpa.zst"
		l, rules, err := build(t, &Perplexity, s, perplexityFiles(t))
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(data) {
			var text, normal string
			var want [3]float64
			if err := json.Unmarshal(line, &[]any{&text, &normal, &want[0], &want[1], &want[2]}); err != nil {
				t.Fatal(err)
			}
			if got := new(ccnetNormalizer).line(text); got != normal {
				t.Errorf("%q becomes %q, cc_net makes it %q", text, got, normal)
			}
			values, labels, _ := judged(t, l, &Perplexity, rules, text)
			if values[rulePerplexity] != want[v] || labels[0] != "all" || !math.IsNaN(values[ruleBucket]) {
				t.Errorf("variant %d: %v %v, cc_net gives %v to %q", v, values, labels, want[v], text)
			}
		}
	}
}

// Powers of ten are those of the library, and those that are exact are exact.
func TestPower10(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 5))
	for range 100_000 {
		x := r.Float64()*40 - 5
		if got, want := power10(x), math.Pow(10, x); math.Abs(got-want) > 3e-15*want {
			t.Fatalf("10^%v = %v, want %v", x, got, want)
		}
	}
	for x, want := range map[float64]float64{0: 1, 3: 1000, 22: 1e22, 299.5: math.Pow(10, 299.5), 1e6: 1e300, -1: 0.1} {
		if got := power10(x); math.Abs(got-want) > 2e-14*want {
			t.Errorf("10^%v = %v, want %v", x, got, want)
		}
	}
}

func TestPerplexityCutoffs(t *testing.T) {
	s := perplexitySettings(func(s *PerplexitySettings) { s.Cutoffs = []float64{1.9, 4.9} })
	l, rules, err := build(t, &Perplexity, s, perplexityFiles(t))
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for _, text := range []string{"a b a", "a", "c c c c"} {
		values, labels, _ := judged(t, l, &Perplexity, rules, text)
		want := "tail"
		if values[0] < 1.9 {
			want = "head"
		} else if values[0] < 4.9 {
			want = "middle"
		}
		if labels[0] != want || bucketNames[int(values[1])] != want {
			t.Errorf("%q: %v %v, want %s", text, values, labels, want)
		}
		seen = append(seen, want)
	}
	if len(slices.Compact(slices.Sorted(slices.Values(seen)))) < 2 {
		t.Errorf("all are %v", seen)
	}
}

func TestPerplexityRefuses(t *testing.T) {
	for want, set := range map[string]func(*PerplexitySettings){
		"model: no model is named":                             func(s *PerplexitySettings) { s.Model = "" },
		"model: open none.arpa: no such file":                  func(s *PerplexitySettings) { s.Model = "none.arpa" },
		"model: bad.arpa: line ":                               func(s *PerplexitySettings) { s.Model = "bad.arpa" },
		"pieces: small.arpa: at byte":                          func(s *PerplexitySettings) { s.Pieces = "small.arpa" },
		`normalize: "nfc" is none of ccnet, ccnet_lines, none`: func(s *PerplexitySettings) { s.Normalize = "nfc" },
		`within: "host" is none of corpus, source, and no label of a step above, such as language.label`: func(s *PerplexitySettings) { s.Within = "host" },
		"cutoffs: [1] are not two numbers":                      func(s *PerplexitySettings) { s.Cutoffs = []float64{1} },
		"percentiles: [60 30] are not two numbers":              func(s *PerplexitySettings) { s.Percentiles = []float64{60, 30} },
		"percentiles: [30 101] are not two numbers":             func(s *PerplexitySettings) { s.Percentiles = []float64{30, 101} },
		"percentiles: there are cutoffs already: buckets go by": func(s *PerplexitySettings) { s.Cutoffs, s.Percentiles = []float64{1, 2}, []float64{1, 2} },
	} {
		_, _, err := build(t, &Perplexity, perplexitySettings(set), perplexityFiles(t))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// The buckets are those of sorting all documents in memory.
func TestPerplexityPercentiles(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	words := strings.Fields("a b c x a b a")
	for _, within := range []string{"corpus", "source", "language.label"} {
		s := perplexitySettings(func(s *PerplexitySettings) {
			s.Percentiles, s.Within, s.Normalize, s.Languages = []float64{30, 60}, within, "none", []string{"en", "fr"}
		})
		rules := slices.Clone(Perplexity.Rules)
		rules[rulePerplexity].Max, rules[ruleBucket].Max = 12, 1
		made, err := s.Build(&step.Env{Rules: rules, Label: func(string) (int, bool) { return 0, true },
			Open: func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(smallLM(t))), nil }})
		if err != nil {
			t.Fatal(err)
		}
		if _, local := made.(step.Local); local {
			t.Fatal("the step is local as well as global")
		}
		var docs []*document.Document
		for i := range 500 {
			d := &document.Document{Source: i % 3, Labels: []string{[]string{"en", "fr", "en", "de"}[r.IntN(4)]}}
			var text []string
			for range r.IntN(6) {
				text = append(text, words[r.IntN(len(words))])
			}
			d.SetText(strings.Join(text, " "))
			docs = append(docs, d)
		}
		dead := func(o uint64) bool { return o%13 == 5 }
		values, labels, removed := ranksOf(t, made.(step.Global), rules, docs, dead)
		wantPP, wantBuckets := slowBuckets(t, s, docs, dead)
		for i := range docs {
			name := "all"
			if wantBuckets[i] >= 0 {
				name = bucketNames[wantBuckets[i]]
				if values[i][0] != wantPP[i] {
					t.Fatalf("document %d: %v, want %v", i, values[i][0], wantPP[i])
				}
			}
			if labels[i] != name && !(removed[i] && wantPP[i] > 12) {
				t.Fatalf("%s: document %d is in %s, want %s", within, i, labels[i], name)
			}
			if want := wantBuckets[i] == 2 || wantBuckets[i] >= 0 && wantPP[i] > 12; removed[i] != want {
				t.Fatalf("%s: document %d of perplexity %v in %s removed: %v", within, i, wantPP[i], name, removed[i])
			}
		}
	}
}

// slowBuckets sorts documents that are measured; -1 is no bucket.
func slowBuckets(t *testing.T, s *PerplexitySettings, docs []*document.Document, dead func(uint64) bool) (pps []float64, buckets []int) {
	t.Helper()
	plain := perplexitySettings(func(p *PerplexitySettings) { p.Normalize = s.Normalize })
	l, rules, err := build(t, &Perplexity, plain, perplexityFiles(t))
	if err != nil {
		t.Fatal(err)
	}
	groups := map[any][]int{}
	pps, buckets = make([]float64, len(docs)), make([]int, len(docs))
	for i, d := range docs {
		buckets[i] = -1
		if d.Labels[0] == "de" || dead(uint64(i)) {
			continue
		}
		v, _, _ := judged(t, l, &Perplexity, rules, d.Text())
		pps[i] = v[0]
		group := map[string]any{"corpus": nil, "source": d.Source, "language.label": d.Labels[0]}[s.Within]
		groups[group] = append(groups[group], i)
	}
	for _, g := range groups {
		slices.SortStableFunc(g, func(a, b int) int { return cmp.Compare(pps[a], pps[b]) })
		for place, i := range g {
			buckets[i] = 2
			if share := 100 * float64(place+1) / float64(len(g)); share <= 30 {
				buckets[i] = 0
			} else if share <= 60 {
				buckets[i] = 1
			}
		}
	}
	return pps, buckets
}

// A line of 1 MB is measured like any other, whatever it is made of.
func TestPerplexityOfLongLines(t *testing.T) {
	s := perplexitySettings(func(s *PerplexitySettings) { s.Model, s.Pieces = "o5.arpa.zst", "sp.model" })
	l, rules, err := build(t, &Perplexity, s, perplexityFiles(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, unit := range []string{"a", "the ", "\u0e01\u0e34"} {
		v, _, _ := judged(t, l, &Perplexity, rules, strings.Repeat(unit, 1<<20/len(unit)))
		if !(v[0] > 1 && v[0] < 1e6) {
			t.Errorf("%q: %v", unit, v)
		}
	}
}

// A worker allocates nothing per document.
func TestPerplexityAllocates(t *testing.T) {
	s := perplexitySettings(func(s *PerplexitySettings) { s.Model, s.Pieces = "o5.arpa.zst", "sp.model" })
	l, rules, err := build(t, &Perplexity, s, perplexityFiles(t))
	if err != nil {
		t.Fatal(err)
	}
	d, m := &document.Document{}, &step.Meter{}
	d.SetText("The steps of a recipe, läuft 12 mal.\n" + strings.Repeat("what each step removed ", 50))
	values, labels := make([]float64, 2), make([]string, 1)
	judge := func() { m.Reset(rules, values, labels); l.Judge(d, m) }
	judge()
	if n := testing.AllocsPerRun(50, judge); n > 0 {
		t.Errorf("%v allocations for a document", n)
	}
}

func BenchmarkPerplexity(b *testing.B) {
	for _, pieces := range []string{"", "sp.model"} {
		name := "words"
		if pieces != "" {
			name = "pieces"
		}
		b.Run(name, func(b *testing.B) {
			s := perplexitySettings(func(s *PerplexitySettings) { s.Model, s.Pieces = "o5.arpa.zst", pieces })
			l, rules, err := build(b, &Perplexity, s, perplexityFiles(b))
			if err != nil {
				b.Fatal(err)
			}
			d, m := &document.Document{}, &step.Meter{}
			d.SetText(strings.Repeat("The share of documents that stay, with the value that each rule measured, is what the report shows.\n", 100))
			values, labels := make([]float64, 2), make([]string, 1)
			b.SetBytes(int64(len(d.Text())))
			b.ReportAllocs()
			for b.Loop() {
				m.Reset(rules, values, labels)
				l.Judge(d, m)
			}
		})
	}
}
