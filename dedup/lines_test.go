package dedup

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"tamis/document"
	"tamis/step"
)

func lineSettings(change ...func(*LinesSettings)) *LinesSettings {
	s := Lines.New().(*LinesSettings)
	for _, f := range change {
		f(s)
	}
	return s
}

// edited carries out the decisions and returns the texts, and which documents go.
func (c *corpus) edited(t testing.TB, g step.Global, rules []step.Rule, r *result) (texts []string, gone []bool) {
	t.Helper()
	for i := range c.docs {
		m := &step.Meter{}
		m.Reset(rules, make([]float64, len(rules)), nil)
		v := g.Apply(&c.docs[i], r.decisions[uint64(i)], m)
		if v.Removed != r.removed[uint64(i)] {
			t.Fatalf("document %d: decided %v, applied %v", i, r.removed[uint64(i)], v.Removed)
		}
		var d document.Document
		d.SetText(c.docs[i].Text())
		d.Rewrite(m.Edits)
		texts, gone = append(texts, d.Text()), append(gone, v.Removed)
	}
	return texts, gone
}

func TestLineHashesOracle(t *testing.T) {
	type row struct {
		Text   *string
		SHA    string `json:"normalised_sha256"`
		Hash   string `json:"ccnet_hash"`
		U64    string `json:"ccnet_u64"`
		C4     string `json:"c4_md5"`
		ID     string
		Row    int
		Line   int
		LineSH string `json:"line_sha256"`
	}
	pages, _ := webPages(t)
	for _, r := range rows[row](t, "oracles", "lines", "line-hashes.jsonl.zst") {
		var s string
		if r.Text != nil {
			s = *r.Text
		} else if s = strings.Split(pages[r.Row], "\n")[r.Line]; sha([]byte(s)) != r.LineSH {
			t.Fatalf("%s is another line", r.ID)
		}
		got := normalizeCCNet(nil, s)
		h := hashers["sha1_64"](got)
		if sha(got) != r.SHA || h != number64(t, r.U64) || fmt.Sprintf("%016x", bits.ReverseBytes64(h)) != r.Hash {
			t.Errorf("%s: %q normalized to %q", r.ID, s, got)
		}
		if sum := md5.Sum(normalizeC4(nil, s)); hex.EncodeToString(sum[:]) != r.C4 {
			t.Errorf("%s: another key of C4", r.ID)
		}
	}
}

// CCNet's own program on 1,140 pages, as one shard and as two of one group, and on twelve
// small documents.
func TestCCNetOracle(t *testing.T) {
	type row struct {
		Row          int
		Lines, Kept  int
		Chars        int    `json:"kept_chars"`
		SHA          string `json:"kept_sha256"`
		RemovedLines []int  `json:"removed_lines"`
		KeptLines    []int  `json:"kept_lines"`
		Dropped      bool
	}
	pages, _ := webPages(t)
	g := build(t, &Lines, lineSettings(func(s *LinesSettings) { s.Preset = "ccnet" }), nil)
	c := corpusOf(pages...)
	r := c.run(t, g, 1<<20)
	texts, gone := c.edited(t, g, Lines.Rules, r)
	for _, want := range rows[row](t, "oracles", "lines", "ccnet-group.jsonl.zst") {
		removed, kept := numbersOf(r.decisions[uint64(want.Row)], want.Lines)
		if gone[want.Row] != want.Dropped || len(kept) != want.Kept || !want.Dropped && sha([]byte(texts[want.Row])) != want.SHA {
			t.Errorf("page %d: %d lines stay, want %d, removed %v", want.Row, len(kept), want.Kept, gone[want.Row])
		}
		if want.RemovedLines != nil && !slices.Equal(removed, want.RemovedLines) || want.KeptLines != nil && !slices.Equal(kept, want.KeptLines) {
			t.Errorf("page %d: lines %v go, want %v, or all but %v", want.Row, removed, want.RemovedLines, want.KeptLines)
		}
		if !want.Dropped && utf8.RuneCountInString(texts[want.Row]) != want.Chars {
			t.Errorf("page %d: %d characters stay, want %d", want.Row, utf8.RuneCountInString(texts[want.Row]), want.Chars)
		}
	}

	type small struct {
		Text string
		Out  *string
		Two  *string `json:"out_two_shards"`
	}
	var in []string
	wants := rows[small](t, "oracles", "lines", "ccnet-small-group.jsonl.zst")
	for _, w := range wants {
		in = append(in, w.Text)
	}
	c = corpusOf(in...)
	texts, gone = c.edited(t, g, Lines.Rules, c.run(t, g, 1<<20))
	for i, w := range wants {
		if gone[i] != (w.Out == nil) || w.Out != nil && (texts[i] != *w.Out || texts[i] != *w.Two) {
			t.Errorf("%q became %q, removed %v", w.Text, texts[i], gone[i])
		}
	}
}

// numbersOf returns the numbers of the lines that a decision removes, and of the others.
func numbersOf(decision []byte, lines int) (removed, kept []int) {
	for c := (cuts{buf: decision}); ; {
		n, ok := c.line()
		if !ok {
			break
		}
		removed = append(removed, n)
	}
	for i := range lines {
		if !slices.Contains(removed, i) {
			kept = append(kept, i)
		}
	}
	return removed, kept
}

// An independent implementation of C4's rule on pages with different URLs.
func TestC4LinesOracle(t *testing.T) {
	type row struct {
		Row         int
		URL         string `json:"url_md5"`
		Lines, Kept int
		SHA         string `json:"new_sha256"`
		Dropped     bool   `json:"dropped_empty"`
	}
	pages, urls := webPages(t)
	wants := rows[row](t, "oracles", "lines", "c4-line-dedup.jsonl.zst")
	var in []string
	for _, w := range wants {
		in = append(in, pages[w.Row])
	}
	c := corpusOf(in...)
	for i, w := range wants {
		c.docs[i].URL = urls[w.Row]
	}
	g := build(t, &Lines, lineSettings(func(s *LinesSettings) { s.Preset = "c4" }), nil)
	r := c.run(t, g, 1<<20)
	texts, gone := c.edited(t, g, Lines.Rules, r)
	for i, w := range wants {
		_, kept := numbersOf(r.decisions[uint64(i)], w.Lines)
		if sum := md5.Sum([]byte(urls[w.Row])); hex.EncodeToString(sum[:]) != w.URL || len(kept) != w.Kept {
			t.Errorf("page %d: %d of %d lines stay, want %d", w.Row, len(kept), w.Lines, w.Kept)
		}
		if gone[i] != w.Dropped || !w.Dropped && sha([]byte(texts[i])) != w.SHA {
			t.Errorf("page %d: %d lines stay, want %d, removed %v, want %v", w.Row, 1+strings.Count(texts[i], "\n"), w.Kept, gone[i], w.Dropped)
		}
	}
}

// slowLines says what the step does, document by document and line by line.
func slowLines(texts []string, s LinesSettings) (out []string, gone []bool) {
	size := s.Bucket
	if size == 0 {
		size = len(texts)
	}
	for from := 0; from < len(texts); from += size {
		bucket := texts[from:min(from+size, len(texts))]
		count := map[string]int{}
		for _, text := range bucket {
			in := map[string]bool{}
			for _, l := range strings.Split(text, "\n") {
				if s.Count == "occurrences" || !in[l] {
					count[l]++
				}
				in[l] = true
			}
		}
		seen := map[string]bool{}
		for _, text := range bucket {
			var kept []string
			in := map[string]bool{}
			for _, l := range strings.Split(text, "\n") {
				many := count[l] > s.Max
				first := s.Keep[0] == "first" && !seen[l]
				drop := many && !first || s.Repeats && in[l]
				if strings.TrimSpace(l) == "" && !s.Blank {
					drop = false
				}
				if !drop {
					kept = append(kept, l)
				}
				seen[l], in[l] = true, true
			}
			out, gone = append(out, strings.Join(kept, "\n")), append(gone, len(kept) == 0)
		}
	}
	return out, gone
}

func lineTexts(n int, seed uint64) []string {
	r := rand.New(rand.NewPCG(seed, 5))
	out := make([]string, n)
	for i := range out {
		var ls []string
		for range r.IntN(7) {
			ls = append(ls, []string{"", " ", "a", "b", "c", "d", fmt.Sprint("own ", r.IntN(40))}[r.IntN(7)])
		}
		out[i] = strings.Join(ls, "\n")
	}
	return out
}

func TestLinesAgainstSlow(t *testing.T) {
	texts := lineTexts(300, 1)
	c := corpusOf(texts...)
	base := LinesSettings{Normalize: "none", Rate: 1e-9, Mode: modeExact}
	for _, keep := range []string{"none", "first"} {
		for _, count := range []string{"occurrences", "documents"} {
			for _, max := range []int{1, 2, 6, 40} {
				for _, bucket := range []int{0, 7, 100} {
					for _, flags := range []int{0, 1, 2, 3} {
						s := base
						s.Keep, s.Count, s.Max, s.Bucket, s.Repeats, s.Blank = []string{keep}, count, max, bucket, flags&1 != 0, flags&2 != 0
						g := build(t, &Lines, &s, nil)
						got, gone := c.edited(t, g, Lines.Rules, c.run(t, g, 64<<10))
						want, wantGone := slowLines(texts, s)
						if !slices.Equal(got, want) || !slices.Equal(gone, wantGone) {
							t.Fatalf("%+v: another result", s)
						}
					}
				}
			}
		}
	}
}

// A Bloom filter of a low rate decides as the exact mode, bucket by bucket.
func TestLinesBloom(t *testing.T) {
	texts := lineTexts(2000, 2)
	c := corpusOf(texts...)
	for _, bucket := range []int{0, 300} {
		s := LinesSettings{Normalize: "none", Rate: 1e-12, Keep: []string{"first"}, Count: "occurrences", Max: 1, Bucket: bucket, Mode: modeExact}
		exact := c.run(t, build(t, &Lines, &s, nil), 64<<20)
		s.Mode = modeBloom
		r := c.run(t, build(t, &Lines, &s, nil), 64<<20)
		sameResult(t, fmt.Sprint("bucket ", bucket), exact, r)
		if fill, rate := r.fact(t, factFill), r.fact(t, factRate); fill <= 0 || fill > 0.5 || rate != power(fill, 40) {
			t.Errorf("bucket %d: a fill of %v and a rate of %v", bucket, fill, rate)
		}
	}
	s := LinesSettings{Preset: "dolma", Normalize: "ccnet", Max: 6, Count: "occurrences", Keep: []string{"none"}, Mode: modeExact, Rate: 1e-6}
	r := c.run(t, build(t, &Lines, &s, nil), 64<<20)
	if len(r.decisions) == 0 {
		t.Error("dolma: nothing was removed")
	}
}

// The filters' rate is what was asked for, by keys that were never added.
func TestFiltersRate(t *testing.T) {
	const n = 200_000
	for _, rate := range []float64{0.1, 0.01, 1e-3} {
		f := newFilters(n, rate)
		seen := make(bitset, n/64+1)
		for i := range uint64(n) {
			f.put(mix(i))
		}
		f.flush(seen)
		clear(seen)
		for i := range uint64(n) {
			f.put(mix(1<<40 + i))
		}
		before, estimate := f.fill()
		f.flush(seen)
		hits := 0
		for i := range uint64(n) {
			if seen.has(i) {
				hits++
			}
		}
		// The second n keys are added while they are asked for: at most twice as many
		// keys are in the filter, so the bound is generous above and sharp below.
		got := float64(hits) / n
		if estimate > rate || before > 0.5 {
			t.Errorf("rate %v: %.3f of the bits are set, which gives %.2g", rate, before, estimate)
		}
		if got < estimate/2 {
			t.Errorf("rate %v: %v of new keys were seen, the fill says %v", rate, got, estimate)
		}
	}
}

func TestFilterBudget(t *testing.T) {
	if err := filterTooLarge(1e9, 1e-6, 2<<30); err == nil || !strings.Contains(err.Error(), "rate: 0.0005") {
		t.Errorf("%v", err)
	}
	if err := filterTooLarge(1e9, 1e-6, 5<<30); err != nil {
		t.Error(err)
	}
}

func TestLinesFaults(t *testing.T) {
	for key, change := range map[string]func(*LinesSettings){
		"normalize": func(s *LinesSettings) { s.Normalize = "x" },
		"max":       func(s *LinesSettings) { s.Max = 0 },
		"count":     func(s *LinesSettings) { s.Count = "words" },
		"bucket":    func(s *LinesSettings) { s.Bucket = -1 },
		"mode":      func(s *LinesSettings) { s.Mode = modeBloom },
		"rate":      func(s *LinesSettings) { s.Rate = 0.9 },
		"keep":      func(s *LinesSettings) { s.Keep = []string{"best"} },
		"preset":    func(s *LinesSettings) { s.Preset = "cc" },
	} {
		_, err := lineSettings(change).Build(testEnv(&Lines))
		if f, ok := err.(*step.Fault); !ok || f.Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// A million copies of a line, in one document and in many.
func TestMillionLines(t *testing.T) {
	n := 200_000
	texts := []string{strings.Repeat("again\n", n), "own"}
	for range 1000 {
		texts = append(texts, strings.Repeat("again\n", 100)+"x")
	}
	c := corpusOf(texts...)
	g := build(t, &Lines, lineSettings(), nil)
	got, gone := c.edited(t, g, Lines.Rules, c.run(t, g, 1<<20))
	if got[0] != "" || gone[0] || got[1] != "own" || got[2] != "" || !gone[2] {
		t.Errorf("%.20q %v, %q, %.20q %v", got[0], gone[0], got[1], got[2], gone[2])
	}
}

var _ step.Global = (*lines)(nil)
