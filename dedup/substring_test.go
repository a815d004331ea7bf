package dedup

import (
	"fmt"
	"index/suffixarray"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"tamis/step"
	"tamis/text"
)

func substringSettings(words int, keep string) *SubstringSettings {
	return &SubstringSettings{Words: words, Keep: keep}
}

// passageTexts are texts of random words with passages copied from each other, some
// of them within one text.
func passageTexts(n int, seed uint64) []string {
	r := rand.New(rand.NewPCG(seed, 9))
	var all [][]string
	for i := range n {
		var words []string
		for len(words) < 40+r.IntN(200) {
			switch {
			case i > 0 && r.IntN(20) == 0: // a passage of another text
				from := all[r.IntN(len(all))]
				at := r.IntN(len(from))
				words = append(words, from[at:min(at+5+r.IntN(30), len(from))]...)
			case len(words) > 30 && r.IntN(60) == 0: // of this one
				at := r.IntN(len(words))
				words = append(words, words[at:min(at+5+r.IntN(30), len(words))]...)
			default:
				words = append(words, fmt.Sprintf("ä%d", r.IntN(3000)))
			}
		}
		all = append(all, words)
	}
	var out []string
	for _, words := range all {
		out = append(out, strings.Join(words, []string{" ", "\n", "  "}[r.IntN(3)]))
	}
	return out
}

// slowSubstring marks the words of all windows that stood before, or anywhere else,
// and leaves the others as they stand.
func slowSubstring(texts []string, n int, keep string) (out [][]string) {
	type place struct{ doc, at int }
	first, twice := map[string]place{}, map[string]bool{}
	each := func(f func(key string, p place)) {
		for d, s := range texts {
			ws := strings.Fields(s)
			for at := 0; at+n <= len(ws); at++ {
				f(strings.Join(ws[at:at+n], " "), place{d, at})
			}
		}
	}
	apart := func(a, b place) bool { return a.doc != b.doc || b.at >= a.at+n }
	each(func(key string, p place) {
		if f, ok := first[key]; !ok {
			first[key] = p
		} else if apart(f, p) {
			twice[key] = true
		}
	})
	gone := make([][]bool, len(texts))
	for d, s := range texts {
		gone[d] = make([]bool, len(strings.Fields(s)))
	}
	each(func(key string, p place) {
		f := first[key]
		if p != f && apart(f, p) || keep == "none" && p == f && twice[key] {
			for i := range n {
				gone[p.doc][p.at+i] = true
			}
		}
	})
	for d, s := range texts {
		var kept []string
		for i, w := range strings.Fields(s) {
			if !gone[d][i] {
				kept = append(kept, w)
			}
		}
		out = append(out, kept)
	}
	return out
}

func TestSubstringAgainstSlow(t *testing.T) {
	texts := passageTexts(150, 1)
	texts = append(texts, "", "short", strings.Repeat("la ", 100), strings.Repeat("one two three ", 30), strings.Repeat("la ", 100))
	c := corpusOf(texts...)
	env := testEnv(&Substring)
	env.Splitter = text.Whitespace
	for _, keep := range []string{"first", "none"} {
		for _, n := range []int{4, 5, 11, 20} {
			g := build(t, &Substring, substringSettings(n, keep), env)
			var last *result
			for _, memory := range []int64{48 << 10, 64 << 20} {
				g.(*substring).stretch = int(memory >> 9) // 96: shorter than the texts
				r := c.run(t, g, memory)
				got, _ := c.edited(t, g, Substring.Rules, r)
				for i, want := range slowSubstring(texts, n, keep) {
					if !slices.Equal(strings.Fields(got[i]), want) {
						t.Fatalf("%s, %d words, text %d: %q, want %q", keep, n, i, strings.Fields(got[i]), want)
					}
				}
				if last != nil {
					sameResult(t, "memory", last, r)
				}
				last = r
			}
		}
	}
}

// The standard library's suffix array finds each passage that goes somewhere else,
// too, and no passage that stays twice.
func TestSubstringAgainstSuffixArray(t *testing.T) {
	const n = 30
	var texts []string
	for i, s := range termsVersions(t) {
		if i%6 == 0 {
			texts = append(texts, strings.Join(strings.Fields(s), " "))
		}
	}
	c := corpusOf(texts...)
	env := testEnv(&Substring)
	env.Splitter = text.Whitespace
	g := build(t, &Substring, substringSettings(n, "first"), env)
	r := c.run(t, g, 64<<20)
	got, _ := c.edited(t, g, Substring.Rules, r)
	all := suffixarray.New([]byte(" " + strings.Join(texts, " \x00 ") + " "))
	cut := 0
	for i := range c.docs {
		m := &step.Meter{}
		m.Reset(Substring.Rules, make([]float64, 2), nil)
		g.Apply(&c.docs[i], r.decisions[uint64(i)], m)
		for _, e := range m.Edits {
			cut++
			ws := strings.Fields(texts[i][e.Start:e.End])
			for at := 0; at+n <= len(ws); at += 7 {
				if window := " " + strings.Join(ws[at:at+n], " ") + " "; at == 0 && len(all.Lookup([]byte(window), 2)) < 2 {
					t.Errorf("text %d: %.60q… stands nowhere else", i, window)
				}
			}
		}
	}
	if cut < 50 {
		t.Errorf("only %d passages were cut", cut)
	}
	size, left := 0, 0
	for i := range texts {
		size, left = size+len(texts[i]), left+len(got[i])
	}
	want := slowSubstring(texts, n, "first")
	for i := range want {
		if !slices.Equal(strings.Fields(got[i]), want[i]) {
			t.Errorf("text %d is another one than the slow twin's", i)
		}
	}
	if left >= size {
		t.Error("nothing was cut")
	}
}

// slowBytes cuts what the definition says, byte by byte, and then moves cuts to the
// characters within.
func slowBytes(texts []string, n int, keep string) []string {
	type place struct{ text, at int }
	first, repeats := map[string]place{}, map[string]bool{}
	gone := make([][]bool, len(texts))
	within := func(p place) (start, end int) {
		s := texts[p.text]
		for start, end = p.at, p.at+n; start < end && !utf8.RuneStart(s[start]); {
			start++
		}
		for end > start && end < len(s) && !utf8.RuneStart(s[end]) {
			end--
		}
		return start, end
	}
	mark := func(p place) {
		start, end := within(p)
		for i := start; i < end; i++ {
			gone[p.text][i] = true
		}
	}
	apart := func(a, b place) bool {
		_, end := within(a)
		start, _ := within(b)
		return a.text != b.text || start >= end
	}
	for i, s := range texts {
		gone[i] = make([]bool, len(s))
		for at := 0; at+n <= len(s); at++ {
			f, seen := first[s[at:at+n]]
			switch {
			case !seen:
				first[s[at:at+n]] = place{i, at}
			case apart(f, place{i, at}):
				repeats[s[at:at+n]] = true
				mark(place{i, at})
			}
		}
	}
	if keep == "none" {
		for s := range repeats {
			mark(first[s])
		}
	}
	out := make([]string, len(texts))
	for i, s := range texts {
		var b strings.Builder
		for at := range len(s) {
			if !gone[i][at] {
				b.WriteByte(s[at])
			}
		}
		out[i] = b.String()
	}
	return out
}

func TestSubstringBytes(t *testing.T) {
	texts := passageTexts(60, 3)
	texts = append(texts, "", "short", strings.Repeat("ä", 50), "x"+strings.Repeat("ä", 40)+"ö", "語語語語語語語語語語語語語語語語 a 語語語語語語語語語語語語語語語語 b",
		"\u00e4 — "+texts[3], strings.ReplaceAll(texts[4], "a", "ä"), "ü"+strings.ReplaceAll(texts[4], "a", "ä"))
	c := corpusOf(texts...)
	for _, keep := range []string{"first", "none"} {
		for _, n := range []int{16, 17, 40} {
			s := substringSettings(50, keep)
			s.Bytes = n
			g := build(t, &Substring, s, nil)
			cut := 0
			for _, memory := range []int64{96 << 10, 64 << 20} {
				g.(*substring).stretch = int(memory >> 9)
				got, _ := c.edited(t, g, Substring.Rules, c.run(t, g, memory))
				for i, want := range slowBytes(texts, n, keep) {
					if got[i] != want {
						t.Fatalf("%s, %d bytes, text %d: %q, want %q", keep, n, i, got[i], want)
					}
					if !utf8.ValidString(got[i]) {
						t.Errorf("%d bytes, text %d: cut within a character", n, i)
					}
					cut += len(texts[i]) - len(got[i])
				}
			}
			if cut == 0 {
				t.Errorf("%d bytes: nothing was cut", n)
			}
		}
	}
}

// Texts that repeat themselves are cut as the definition says, and their copies are counted,
// though few of them are written down: as many as in stretches so short that all are.
func TestSubstringOfRepeats(t *testing.T) {
	var texts []string
	for _, period := range []string{"la ", "one two ", "a b c d e f g h i j k ", "ä — ü\n", "語語 語 ", "0123456789 abcdefghij klmnopqrst uvwxyz "} {
		texts = append(texts, "it begins: "+strings.Repeat(period, 1+1200/len(period))+"and ends", strings.Repeat(period, 400/len(period)))
	}
	texts = append(texts, strings.Repeat(texts[2], 3), texts[5])
	c := corpusOf(texts...)
	env := testEnv(&Substring)
	env.Splitter = text.Whitespace
	for _, s := range []*SubstringSettings{{Words: 6, Keep: "first"}, {Words: 11, Keep: "none"}, {Words: 50, Bytes: 16, Keep: "first"}, {Words: 50, Bytes: 23, Keep: "none"}} {
		g := build(t, &Substring, s, env)
		var last *result
		for _, stretch := range []int{stretchWindows, 200, 31} {
			g.(*substring).stretch = stretch
			r := c.run(t, g, 64<<20)
			got, _ := c.edited(t, g, Substring.Rules, r)
			if s.Bytes > 0 {
				if want := slowBytes(texts, s.Bytes, s.Keep); !slices.Equal(got, want) {
					t.Fatalf("%+v, stretches of %d: %q, want %q", s, stretch, got, want)
				}
			} else {
				for i, want := range slowSubstring(texts, s.Words, s.Keep) {
					if !slices.Equal(strings.Fields(got[i]), want) {
						t.Fatalf("%+v, stretches of %d, text %d: %q, want %q", s, stretch, i, got[i], want)
					}
				}
			}
			if last != nil {
				sameResult(t, fmt.Sprintf("%+v, stretches of %d", s, stretch), last, r)
				if !slices.Equal(r.facts, last.facts) {
					t.Errorf("%+v, stretches of %d: facts %v, want %v", s, stretch, r.facts, last.facts)
				}
			}
			last = r
		}
	}
}

// A text of a million equal lines is resolved with few records.
func TestSubstringSketchOfRepeats(t *testing.T) {
	for _, s := range []*SubstringSettings{{Words: 50, Keep: "first"}, {Words: 50, Bytes: 50, Keep: "first"}} {
		g := build(t, &Substring, s, nil)
		c := corpusOf(strings.Repeat("the same line again and again\n", 100_000))
		sketch := g.(*substring).Sketcher().Sketch(nil, &c.docs[0])
		if len(sketch) > 10_000 {
			t.Errorf("%+v: a sketch of %d bytes", s, len(sketch))
		}
		g.(*substring).stretch = 10_000
		if r := c.run(t, g, 1<<20); len(r.decisions) != 1 {
			t.Errorf("%+v: %d decisions, want 1", s, len(r.decisions))
		}
	}
}

// A passage without a blank is noted as it stands, too.
func TestSubstringTopOfOneWord(t *testing.T) {
	s := substringSettings(50, "first")
	s.Bytes = 16
	word := "donaudampfschifffahrtsgesellschaft"
	r := corpusOf(word, "the end of all "+word, strings.Repeat("y", 60)).run(t, build(t, &Substring, s, nil), 1<<20)
	if n := r.fact(t, "copies of: "+word); n != 2 {
		t.Errorf("%v copies, want 2", n)
	}
}

// The most frequent passages are noted with their beginning.
func TestSubstringTop(t *testing.T) {
	var texts []string
	often := "all rights reserved no part of this publication may be reproduced"
	seldom := "this page was last edited by somebody who did not leave a name"
	for i := range 30 {
		s := fmt.Sprintf("text %d begins %d here %d ", i, i*7, i*13) + often
		if i%3 == 0 {
			s += fmt.Sprintf(" %d goes on with things %d ", i*31, i*17) + seldom
		}
		texts = append(texts, s)
	}
	r := corpusOf(texts...).run(t, build(t, &Substring, substringSettings(8, "first"), nil), 1<<20)
	if n := r.fact(t, "copies of: "+often); n != 30 {
		t.Errorf("%v copies, want 30", n)
	}
	if n := r.fact(t, "copies of: "+seldom); n != 10 {
		t.Errorf("%v copies, want 10", n)
	}
	if len(r.facts) != 2 {
		t.Errorf("facts: %v", r.facts)
	}
}

func TestSubstringFaults(t *testing.T) {
	for key, s := range map[string]*SubstringSettings{"words": substringSettings(3, "first"), "keep": substringSettings(50, "last"), "bytes": {Words: 50, Bytes: 8, Keep: "first"}} {
		_, err := s.Build(testEnv(&Substring))
		if f, ok := err.(*step.Fault); !ok || f.Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func BenchmarkSubstring(b *testing.B) {
	texts, _ := webPages(b)
	c := corpusOf(append(texts, termsVersions(b)...)...)
	size := 0
	for i := range c.docs {
		size += len(c.docs[i].Text())
	}
	g := build(b, &Substring, substringSettings(50, "first"), nil)
	b.SetBytes(int64(size))
	for b.Loop() {
		c.run(b, g, 256<<20)
	}
}
