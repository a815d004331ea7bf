package dedup

import (
	"slices"
	"strings"
	"testing"

	"tamis/step"
)

func paragraphSettings(change ...func(*ParagraphSettings)) *ParagraphSettings {
	s := Paragraphs.New().(*ParagraphSettings)
	for _, f := range change {
		f(s)
	}
	return s
}

type bffRow struct {
	Config struct {
		Min       int `json:"min_ngram"`
		Max       int `json:"max_ngram"`
		Threshold float64
	}
	Set                                  string
	Row                                  int
	Text                                 *string
	Paragraphs, Tokens, Grams, Contained int
	Ranges                               [][2]int `json:"removed_byte_ranges"`
	Removed                              bool     `json:"document_removed"`
	Output                               string   `json:"output_sha256"`
	Bytes                                int      `json:"output_bytes"`
}

// An independent implementation of BFF with an exact set gave ranges and texts. A
// Bloom filter of a low rate gives the same.
func TestBFFOracle(t *testing.T) {
	versions := termsVersions(t)
	pages, _ := webPages(t)
	byConfig := map[[3]float64][]bffRow{}
	for _, r := range rows[bffRow](t, "oracles", "lines", "bff.jsonl.zst") {
		k := [3]float64{float64(r.Config.Min), float64(r.Config.Max), r.Config.Threshold}
		byConfig[k] = append(byConfig[k], r)
	}
	if len(byConfig) != 4 {
		t.Fatalf("%d configurations, want 4", len(byConfig))
	}
	for config, wants := range byConfig {
		var in []string
		for _, w := range wants {
			switch {
			case w.Text != nil:
				in = append(in, *w.Text)
			case w.Set == "terms-versions":
				in = append(in, versions[w.Row])
			default:
				in = append(in, pages[w.Row])
			}
		}
		c := corpusOf(in...)
		for i, w := range wants {
			var b batchParagraphs
			b.shingle(&c.docs[i], int(config[0]), int(config[1]))
			if strings.HasPrefix(in[i], "\n") {
				w.Paragraphs-- // BFF counts the nothing before it, of which no n-gram comes
			}
			if len(b.ends) != w.Paragraphs || len(b.tokens) != w.Tokens || len(b.grams) != w.Grams {
				t.Errorf("%v, document %d: %d paragraphs, %d tokens, %d n-grams, want %d, %d, %d",
					config, i, len(b.ends), len(b.tokens), len(b.grams), w.Paragraphs, w.Tokens, w.Grams)
			}
		}
		for _, mode := range []string{modeExact, modeBloom} {
			env := testEnv(&Paragraphs)
			env.Rules = slices.Clone(env.Rules)
			env.Rules[ruleOverlap].Max = config[2]
			g := build(t, &Paragraphs, paragraphSettings(func(s *ParagraphSettings) {
				s.MinNgram, s.MaxNgram, s.Threshold, s.Mode, s.Rate = int(config[0]), int(config[1]), config[2], mode, 1e-9
			}), env)
			r := c.run(t, g, 256<<20)
			texts, gone := c.edited(t, g, env.Rules, r)
			for i, w := range wants {
				if gone[i] != w.Removed {
					t.Errorf("%v %s, document %d: removed %v, want %v", config, mode, i, gone[i], w.Removed)
				} else if !gone[i] && (sha([]byte(texts[i])) != w.Output || len(texts[i]) != w.Bytes) {
					t.Errorf("%v %s, document %d: another text; %d paragraphs go", config, mode, i, len(w.Ranges))
				}
			}
			checkRanges(t, c, g, env.Rules, r, wants)
		}
	}
}

// checkRanges compares the cut ranges and the measured overlap.
func checkRanges(t *testing.T, c *corpus, g step.Global, rules []step.Rule, r *result, wants []bffRow) {
	t.Helper()
	for i, w := range wants {
		m := &step.Meter{All: true}
		values := make([]float64, len(rules))
		m.Reset(rules, values, nil)
		g.Apply(&c.docs[i], r.decisions[uint64(i)], m)
		var got [][2]int
		for _, e := range m.Edits {
			got = append(got, [2]int{e.Start, e.End})
		}
		if !slices.Equal(got, w.Ranges) && len(got)+len(w.Ranges) > 0 {
			t.Errorf("document %d: cuts %v, want %v", i, got, w.Ranges)
		}
		if values[ruleOverlap] != step.Ratio(w.Contained, w.Grams) {
			t.Errorf("document %d: overlap %v, want %d of %d", i, values[ruleOverlap], w.Contained, w.Grams)
		}
	}
}

// A paragraph goes where its share is above the threshold, and stays where it is just that,
// for every share of a hundred n-grams: the quotient is compared, as in BFF.
func TestParagraphsAtThreshold(t *testing.T) {
	for n := 1; n < 100; n++ {
		known, other := strings.Repeat("a ", n), strings.Repeat("b ", 100-n)
		c := corpusOf("a", known+other)
		for threshold, gone := range map[float64]bool{float64(n) / 100: false, float64(n-1) / 100: true} {
			env := testEnv(&Paragraphs)
			env.Rules = slices.Clone(env.Rules)
			env.Rules[ruleOverlap].Off = true
			g := build(t, &Paragraphs, paragraphSettings(func(s *ParagraphSettings) {
				s.MinNgram, s.MaxNgram, s.Threshold, s.Mode = 1, 1, threshold, modeExact
			}), env)
			got, _ := c.afterCuts(g, env.Rules, c.run(t, g, 96<<20))
			if (got[1] == "") != gone {
				t.Errorf("%d of 100 n-grams, threshold %v: cut is %v, want %v", n, threshold, got[1] == "", gone)
			}
		}
	}
}

func TestParagraphsBudget(t *testing.T) {
	c := corpusOf(nearCopies(200, 1)...)
	for _, mode := range []string{modeExact, modeBloom} {
		g := build(t, &Paragraphs, paragraphSettings(func(s *ParagraphSettings) { s.Mode = mode }), nil)
		s := g.Sketcher()
		r := &step.Resolution{
			Documents: uint64(len(c.docs)), Memory: 16*batchText + 1000, Workers: 2, Alive: func(uint64) bool { return true }, Read: c.read,
			Sketches: func(f func(uint64, []byte) error) error {
				for i := range c.docs {
					if err := f(uint64(i), s.Sketch(nil, &c.docs[i])); err != nil {
						return err
					}
				}
				return nil
			},
			Decide: func(uint64, bool, []byte) error { return nil },
		}
		if err := g.Resolve(t.Context(), r); err == nil || !strings.Contains(err.Error(), "raise memory") {
			t.Errorf("%s: %v", mode, err)
		}
	}
}

// The count that sizes the filter is never below the number of words.
func TestMostWords(t *testing.T) {
	texts, _ := webPages(t)
	for i, s := range append(texts, "don't 3.14 a_b e-mail 今天天气 😀👍🏽 สวัสดี привет", "", "\u200b\u00ad") {
		d := textDocument(s)
		if got := mostWords(s); got < len(d.View().Words()) {
			t.Errorf("text %d: %d, UAX 29 finds %d", i, got, len(d.View().Words()))
		}
	}
}

func TestParagraphsFaults(t *testing.T) {
	for key, change := range map[string]func(*ParagraphSettings){
		"min_ngram": func(s *ParagraphSettings) { s.MinNgram = 0 },
		"max_ngram": func(s *ParagraphSettings) { s.MaxNgram = 5 },
		"threshold": func(s *ParagraphSettings) { s.Threshold = 2 },
		"mode":      func(s *ParagraphSettings) { s.Mode = "set" },
		"rate":      func(s *ParagraphSettings) { s.Rate = 0 },
	} {
		_, err := paragraphSettings(change).Build(testEnv(&Paragraphs))
		if f, ok := err.(*step.Fault); !ok || f.Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func BenchmarkParagraphs(b *testing.B) {
	texts, _ := webPages(b)
	c := corpusOf(append(texts, termsVersions(b)...)...)
	size := 0
	for i := range c.docs {
		size += len(c.docs[i].Text())
	}
	g := build(b, &Paragraphs, paragraphSettings(), nil)
	b.SetBytes(int64(size))
	for b.Loop() {
		c.run(b, g, 256<<20)
	}
}
