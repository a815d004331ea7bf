package dedup

import (
	"fmt"
	"index/suffixarray"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

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

func TestSubstringFaults(t *testing.T) {
	for key, s := range map[string]*SubstringSettings{"words": substringSettings(3, "first"), "keep": substringSettings(50, "last")} {
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
