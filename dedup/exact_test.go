package dedup

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"tamis/document"
	"tamis/step"
)

func exactSettings(change ...func(*ExactSettings)) *ExactSettings {
	s := Exact.New().(*ExactSettings)
	for _, f := range change {
		f(s)
	}
	return s
}

// The oracle is a map; with and without comparison of contents, in any memory.
func TestExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var texts []string
	first, size, want := map[string]int{}, map[string]uint64{}, map[uint64]bool{}
	for i := range 3000 {
		s := fmt.Sprintf("text %d", r.IntN(1500))
		if _, ok := first[s]; ok {
			want[uint64(i)] = true
		} else {
			first[s] = i
		}
		size[s]++
		texts = append(texts, s)
	}
	c := corpusOf(texts...)
	for _, verify := range []bool{false, true} {
		for _, memory := range []int64{32 << 10, 1 << 20, 1 << 30} {
			g := build(t, &Exact, exactSettings(func(s *ExactSettings) { s.Verify = verify }), nil)
			got := c.run(t, g, memory)
			if !maps.Equal(got.removed, want) {
				t.Fatalf("verify %v, %d bytes: %d removed, want %d", verify, memory, len(got.removed), len(want))
			}
			verdicts, values := c.apply(g, Exact.Rules, got)
			for i, s := range texts {
				if verdicts[i].Removed != want[uint64(i)] || !verdicts[i].Removed && values[i][ruleClusterSize] != float64(size[s]) {
					t.Fatalf("document %d: %+v, size %v, want %d", i, verdicts[i], values[i][ruleClusterSize], size[s])
				}
				if d := got.decisions[uint64(i)]; d != nil {
					if k, _ := readDecision(d); k.keeper != uint64(first[s]) {
						t.Fatalf("document %d: %d stays, want %d", i, k.keeper, first[s])
					}
				}
			}
		}
	}
}

func TestExactNormalize(t *testing.T) {
	c := corpusOf("One  two,\nthree", "One two, three", "one two three", "One two, three ", "one two four")
	for normalize, want := range map[string]map[uint64]bool{
		"none": {}, "space": {1: true, 3: true}, "words": {1: true, 2: true, 3: true}, "redpajama": {1: true, 2: true, 3: true},
	} {
		r := c.run(t, build(t, &Exact, exactSettings(func(s *ExactSettings) { s.Normalize = normalize }), nil), 1<<20)
		if !maps.Equal(r.removed, want) {
			t.Errorf("%s: removed %v, want %v", normalize, r.removed, want)
		}
	}
}

func TestExactByFieldAndURL(t *testing.T) {
	c := corpusOf("a", "b", "c", "d", "e", "f")
	for i, u := range []string{"HTTP://Example.org:80/%7ea", "http://example.org/~a#top", "", " ", "\n", "https://example.org/~a"} {
		c.docs[i].URL = u
	}
	c.docs[0].Fields = fields{"meta.id": {Kind: document.String, Str: "7"}}
	c.docs[1].Fields = fields{"meta.id": {Kind: document.Number, Num: 7}}
	c.docs[2].Fields = fields{"meta.id": {Kind: document.Null}}
	c.docs[3].Fields = fields{"meta.id": {Kind: document.Null}}
	c.docs[4].Fields = fields{"meta.id": {Kind: document.Number, Num: 7}}
	c.docs[5].Fields = fields{"meta.id": {Kind: document.String}}
	c.docs = append(c.docs, document.Document{Fields: c.docs[5].Fields}) // what is empty in two documents says nothing of them
	for by, want := range map[string]uint64{"url": 1, "field:meta.id": 4} {
		r := c.run(t, build(t, &Exact, exactSettings(func(s *ExactSettings) { s.By = by }), nil), 1<<20)
		if !maps.Equal(r.removed, map[uint64]bool{want: true}) {
			t.Errorf("%s: removed %v, want %d", by, r.removed, want)
		}
	}
}

// Large integers that one float64 stands for are told apart.
func TestExactByLargeNumbers(t *testing.T) {
	c := corpusOf("a", "b", "c", "d", "e", "f")
	for i, n := range []string{"1234567890123456788", "1234567890123456789", "1234567890123456788", "-9007199254740993", "-9007199254740992", "5e-1"} {
		x, err := strconv.ParseFloat(n, 64)
		if err != nil {
			t.Fatal(err)
		}
		c.docs[i].Fields = fields{"id": {Kind: document.Number, Num: x, Str: n}}
	}
	c.docs = append(c.docs, c.docs[5])
	c.docs[6].Fields = fields{"id": {Kind: document.Number, Num: 0.5, Str: "0.50"}}
	r := c.run(t, build(t, &Exact, exactSettings(func(s *ExactSettings) { s.By = "field:id" }), nil), 1<<20)
	if !maps.Equal(r.removed, map[uint64]bool{2: true, 6: true}) {
		t.Errorf("removed %v", r.removed)
	}
}

func TestExactKeepAndDead(t *testing.T) {
	c := corpusOf("same", "same", "same", "same")
	for i := range c.docs {
		c.docs[i].Signals = []float64{float64(i % 3)}
	}
	c.dead[2] = true
	env := testEnv(&Exact)
	env.Signal = signals("quality.score")
	r := c.run(t, build(t, &Exact, exactSettings(func(s *ExactSettings) { s.Keep = []string{"quality", "first"} }), env), 1<<20)
	if !maps.Equal(r.removed, map[uint64]bool{0: true, 3: true}) {
		t.Errorf("removed %v", r.removed)
	}
}

// Contents whose hashes are made equal are told apart when they are verified.
func TestExactCollision(t *testing.T) {
	c := corpusOf("aa", "bb", "aa", "bb", "cc")
	e := build(t, &Exact, exactSettings(func(s *ExactSettings) { s.Verify = true }), nil)
	sketch := e.Sketcher().Sketch(nil, &c.docs[0])
	r := c.resolve(t, e, 1<<20, 5, func(uint64) []byte { return sketch })
	if !maps.Equal(r.removed, map[uint64]bool{2: true, 3: true}) {
		t.Errorf("removed %v", r.removed)
	}
}

// The texts of fields are prepared like texts, and with no memory to speak of thousands
// of copies are found all the same.
func TestExactByNormalizedField(t *testing.T) {
	c := corpusOf(make([]string, 5000)...)
	want := map[uint64]bool{}
	for i := range c.docs {
		title := fmt.Sprintf("The %d  Mill", i%1700)
		if i >= 1700 {
			title = strings.ToUpper(strings.ReplaceAll(title, "  ", "\n"))
			want[uint64(i)] = true
		}
		c.docs[i].Fields = fields{"title": {Kind: document.String, Str: title}}
	}
	for _, memory := range []int64{64 << 10, 1 << 30} {
		r := c.run(t, build(t, &Exact, exactSettings(func(s *ExactSettings) { s.By, s.Normalize = "field:title", "words" }), nil), memory)
		if !maps.Equal(r.removed, want) {
			t.Errorf("%d bytes: %d are removed, want %d", memory, len(r.removed), len(want))
		}
	}
	r := c.run(t, build(t, &Exact, exactSettings(func(s *ExactSettings) { s.By = "field:title" }), nil), 1<<30)
	if len(r.removed) != 5000-3400 {
		t.Errorf("raw: %d are removed, want %d", len(r.removed), 5000-3400)
	}
}

func TestExactFaults(t *testing.T) {
	for key, change := range map[string]func(*ExactSettings){
		"by":        func(s *ExactSettings) { s.By = "field:" },
		"normalize": func(s *ExactSettings) { s.By, s.Normalize = "url", "space" },
		"verify":    func(s *ExactSettings) { s.By, s.Verify = "url", true },
		"keep":      func(s *ExactSettings) { s.Keep = []string{"first", "longest"} },
	} {
		_, err := exactSettings(change).Build(testEnv(&Exact))
		if f, ok := err.(*step.Fault); !ok || f.Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// Equal under RFC 3986, section 6.2.2, or by what every server does.
func TestAppendURL(t *testing.T) {
	for in, want := range map[string]string{
		"http://example.org":                            "http://example.org/",
		"HTTP://EXAMPLE.org:80/A?B#c":                   "http://example.org/A?B",
		"https://user:pw@Example.ORG:443?x=1":           "https://example.org/?x=1",
		"https://example.org:80/":                       "https://example.org:80/",
		"http://example.org./%7Euser/%2f%c3%bc%zz%4":    "http://example.org/~user/%2F%C3%BC%zz%4",
		"http://example.org:/":                          "http://example.org/",
		" http://example.org/a%2Db ":                    "http://example.org/a-b",
		"not a url":                                     "not a url",
		"http://[2001:DB8::1]:80/":                      "http://[2001:db8::1]/",
		"Example.org/A?u=HTTP://B.org/#a":               "Example.org/A?u=HTTP://B.org/#a",
		"git+ssh://Example.org/A":                       "git+ssh://example.org/A",
		"1http://Example.org":                           "1http://Example.org",
		"http://example.org/?q=http://Other.example/#a": "http://example.org/?q=http://Other.example/",
	} {
		if got := string(appendURL(nil, in)); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func BenchmarkExactSketch(b *testing.B) {
	texts, _ := webPages(b)
	docs := corpusOf(texts...).docs
	size := 0
	for _, s := range texts {
		size += len(s)
	}
	for _, normalize := range []string{"none", "space", "words"} {
		b.Run(normalize, func(b *testing.B) {
			s := build(b, &Exact, exactSettings(func(s *ExactSettings) { s.Normalize = normalize }), nil).Sketcher()
			b.SetBytes(int64(size))
			b.ReportAllocs()
			var sketch []byte
			for b.Loop() {
				for i := range docs {
					sketch = s.Sketch(sketch[:0], &docs[i])
				}
			}
		})
	}
}

var _ step.Global = (*exact)(nil)

// Probes say what a normalisation makes equal: verbatim copies always, and of the others
// those alone that it takes for the same text.
func TestExactPlanted(t *testing.T) {
	texts := nearCopies(300, 5)
	for i := range texts {
		texts[i] = fmt.Sprintf("Page %d of 1000: %s", i, texts[i])
	}
	for normalize, want := range map[string][4]float64{
		"none":      {1, 0, 0, 0},
		"space":     {1, 1, 0, 0},
		"words":     {1, 1, 1, 0},
		"datatrove": {1, 1, 1, 1},
	} {
		s, env := exactSettings(), testEnv(&Exact)
		s.Normalize = normalize
		without := corpusOf(texts...).run(t, build(t, &Exact, s, env), 1<<20)
		env.Planted = 0.5
		with := corpusOf(texts...).run(t, build(t, &Exact, s, env), 1<<20)
		sameResult(t, normalize, &result{removed: without.removed, decisions: without.decisions}, &result{removed: with.removed, decisions: with.decisions})
		var got [4]float64
		for i, p := range exactProbes {
			for _, f := range with.facts {
				if strings.HasSuffix(f.name, "planted copies "+p.name+" were found") {
					var planted float64
					if _, err := fmt.Sscanf(f.name, "of %v", &planted); err != nil {
						t.Fatal(f.name, err)
					}
					got[i] = f.value / planted
				}
			}
		}
		if got != want {
			t.Errorf("%s: found are %v, want %v; facts %v", normalize, got, want, with.facts)
		}
	}
}
