package filters

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"tamis/text"
)

// wordsSlow says what the words of a folding are; wordList is how to get them fast.
func wordsSlow(folding, s string) []string {
	s = string([]rune(s)) // each byte that is no UTF-8 is U+FFFD
	switch folding {
	case foldGPT3:
		s = strings.Map(func(r rune) rune {
			if text.IsSpace(r) {
				return ' '
			}
			if text.IsPunctuation(r) || r < 4 {
				return -1
			}
			return r
		}, s)
		return splitSlow(strings.ToLower(strings.ReplaceAll(s, "İ", "i")))
	case foldDatatrove:
		s = numbersSlow.ReplaceAllString(string(text.AppendLower(nil, s)), "0")
		s = strings.Map(func(r rune) rune {
			if text.IsMark(r) || text.IsSpace(r) {
				return ' '
			}
			return r
		}, s)
		return splitSlow(without(norm.NFD.String(s), func(r rune) bool { return unicode.Is(unicode.Mn, r) }))
	}
	var out strings.Builder
	for _, r := range s {
		switch letters := without(norm.NFKD.String(string(r)), func(r rune) bool { return !unicode.In(r, unicode.L, unicode.N) }); {
		case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r) && isAccent(r):
		case !unicode.In(r, unicode.L, unicode.N, unicode.M):
			out.WriteByte(' ')
		case letters == "":
			out.WriteString(soloSlow(string(r)))
		default:
			out.WriteString(soloSlow(letters))
		}
	}
	return splitSlow(strings.ToLower(out.String()))
}

// soloSlow writes blanks around what is a word of its own.
func soloSlow(s string) (out string) {
	for _, r := range s {
		if isSolo(r) {
			out += " " + string(r) + " "
		} else {
			out += string(r)
		}
	}
	return out
}

var numbersSlow = regexp.MustCompile(`\p{Nd}+([.,،٫⎖⎗⎘]\p{Nd}+)?`)

func without(s string, is func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if is(r) {
			return -1
		}
		return r
	}, s)
}

func splitSlow(s string) []string {
	return strings.FieldsFunc(strings.ReplaceAll(s, "ς", "σ"), text.IsSpace)
}

// checkWords compares the words of a text with its slow twin's: as many, and equal to
// each other where those are.
func checkWords(t *testing.T, folding, s string) {
	t.Helper()
	var l wordList
	l.read(foldings[folding](), s)
	want := wordsSlow(folding, s)
	if len(l.hashes) != len(want) {
		t.Fatalf("%s: %q has %d words, want %q", folding, s, len(l.hashes), want)
	}
	of, last := map[uint64]string{}, text.Span{}
	for i, h := range l.hashes {
		if word, seen := of[h]; seen && word != want[i] || !seen && slices.Index(want, want[i]) < i {
			t.Fatalf("%s: %q: word %d, %q, has the hash of %q", folding, s, i, want[i], word)
		}
		of[h] = want[i]
		// Two words may be parts of one code point.
		p := l.spans[i]
		if p != last && p.Start < last.End || p.End <= p.Start || int(p.End) > len(s) {
			t.Fatalf("%s: %q: word %d, %q, lies at %v after one at %v", folding, s, i, want[i], p, last)
		}
		last = p
	}
}

var wordTexts = []string{
	"", " ", "a", "one two  three", "Don't stop--now; e-mail me_at x@y.z!", "ONE Two three", "1,000.50 and 3.14.15 7. .5 1e9", "x² ½ ﬁne Ⅳ ①",
	"Ångström Å é e\u0301 İstanbul ΟΔΟΣ οδος ſ ß ẞ", "soft\u00adhyphen zero\u200bwidth", "你好世界 ab你cd", "สวัสดี ชาวโลก", "हिन्दी में की कि",
	"مَرْحَبًا مرحبا ٣٫١٤", "각 각 가각", "\xff\xfe a\xffb", "ａｂｃ ＡＢＣ １２３", "\x00\x01\x02\x03\x04", "\u0301 \u0301a", "😀 a😀b", "𝐱𝐲 xy 𝟏𝟐 12", "a\u2028b\u0085c",
	"क़ क़ ો", "—dash—", "…", "١٢٣ 123", "㍿ ㎏ ㌔", "ｶﾞ ガ",
}

func TestWordsOfFoldings(t *testing.T) {
	for name := range foldings {
		for _, s := range wordTexts {
			checkWords(t, name, s)
		}
		// All code points that are letters, marks or numbers, and all of the basic
		// plane; a decomposition into Hangul letters is left out, as documented.
		for r := rune(0); r < 0x2fa20; r++ {
			if r > 0xffff && !unicode.In(r, unicode.L, unicode.M, unicode.N) || r >= 0xd800 && r <= 0xdfff {
				continue
			}
			checkWords(t, name, "a"+string(r)+"b "+string(r))
		}
	}
}

// Texts that are equal to one folding, and different to another.
func TestFoldingsFold(t *testing.T) {
	for _, c := range []struct {
		a, b                   string
		words, gpt3, datatrove bool // whether they are equal
	}{
		{"Don't stop", "DON'T STOP", true, true, true},
		{"don't stop", "don’t stop", true, true, true},
		{"don't stop", "don t stop", true, false, true},
		{"don't stop", "dont stop", false, true, false},
		{"Zoë’s café", "zoe's cafe", true, false, true},
		{"1,000 men", "1000 men", false, true, true},
		{"12 men", "13 men", false, false, true},
		{"a_b", "a b", true, false, true},
		{"ﬁne", "fine", true, false, false},
		{"so\u00adft", "soft", true, false, false},
		{"one - two", "one two", true, true, true},
	} {
		for name, want := range map[string]bool{foldWords: c.words, foldGPT3: c.gpt3, foldDatatrove: c.datatrove} {
			var a, b wordList
			a.read(foldings[name](), c.a)
			b.read(foldings[name](), c.b)
			if slices.Equal(a.hashes, b.hashes) != want {
				t.Errorf("%s: %q and %q are equal: %v, want %v", name, c.a, c.b, !want, want)
			}
		}
	}
}

// overlapSlow says what a text has in common with the parts of an example, all given
// as words: the words of the longest stretch of at least n, and the words of the example
// that lie in such stretches. A stretch counts only if it has an n-gram that is
// evidence.
func overlapSlow(words []string, parts [][]string, n int, evidence func(gram []string) bool) (longest, covered int) {
	for _, part := range parts {
		in := make([]bool, len(part))
		for i := range words {
			for j := range part {
				if i > 0 && j > 0 && words[i-1] == part[j-1] {
					continue // no beginning
				}
				k := 0
				for i+k < len(words) && j+k < len(part) && words[i+k] == part[j+k] {
					k++
				}
				if k < n || !slices.ContainsFunc(windowsOf(part[j:j+k], n), evidence) {
					continue
				}
				longest = max(longest, k)
				for x := j; x < j+k; x++ {
					in[x] = true
				}
			}
		}
		for _, yes := range in {
			if yes {
				covered++
			}
		}
	}
	return longest, covered
}

func windowsOf(words []string, n int) (grams [][]string) {
	for i := 0; i+n <= len(words); i++ {
		grams = append(grams, words[i:i+n])
	}
	return grams
}

// The matches of random texts of few different words are those of the slow twin.
func TestOverlapsBySlowTwin(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	draw := func(n, kinds int) (words []string) {
		for range n {
			words = append(words, string(rune('a'+random.IntN(kinds))))
		}
		return words
	}
	overlaps := 0
	for round := range 2000 {
		n, kinds, maxExamples := 1+random.IntN(4), 2+random.IntN(3), random.IntN(3)
		b := newGramBuilder(foldings[foldWords](), n)
		b.set("s")
		examples, having := make([][][]string, 1+random.IntN(5)), map[string]map[int]bool{}
		for e := range examples {
			b.example(fmt.Sprint(e))
			for range 1 + random.IntN(2) {
				part := draw(random.IntN(10), kinds)
				examples[e] = append(examples[e], part)
				b.words.read(b.index.folding, strings.Join(part, " "))
				b.add(b.words.hashes, 0, parts{answer: true})
				for _, g := range windowsOf(part, n) {
					key := strings.Join(g, " ")
					if having[key] == nil {
						having[key] = map[int]bool{}
					}
					having[key][e] = true
				}
			}
		}
		f := gramFinder{index: b.finish(maxExamples), needs: overlapNeeds{match: n}}
		words := draw(random.IntN(25), kinds)
		f.find(strings.Join(words, "! "))
		evidence := func(gram []string) bool {
			return maxExamples == 0 || len(having[strings.Join(gram, " ")]) <= maxExamples
		}
		for e, parts := range examples {
			wantLongest, wantCovered := overlapSlow(words, parts, n, evidence)
			coverable := 0
			for _, p := range parts {
				if len(p) >= n {
					coverable += len(p)
				}
			}
			longest, ratio := 0, 0.0
			for _, o := range f.found {
				if int(o.example) == e {
					longest, ratio = o.words, o.ratio
				}
			}
			wantRatio := 0.0
			if wantCovered > 0 {
				wantRatio = float64(wantCovered) / float64(coverable)
				overlaps++
			}
			if longest != wantLongest || ratio != wantRatio {
				t.Fatalf("round %d: %v in common with %v (n %d, at most %d examples): %d words, %v of them, want %d, %v", round, words, parts, n, maxExamples, longest, ratio, wantLongest, wantRatio)
			}
		}
	}
	if overlaps < 1000 {
		t.Errorf("only %d overlaps were compared", overlaps)
	}
}

// What a window cut leaves is what marking characters one by one leaves.
func TestWindowCutBySlowTwin(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		var chars []rune
		for range random.IntN(60) {
			chars = append(chars, []rune("aé漢😀 ")[random.IntN(5)])
		}
		cut := windowCut{window: random.IntN(6), piece: random.IntN(6)}
		s, gone := string(chars), make([]bool, len(chars))
		var spans []text.Span
		for at := 0; at < len(chars); at += 1 + random.IntN(20) {
			end := min(len(chars), at+1+random.IntN(4))
			spans = append(spans, text.Span{Start: int32(len(string(chars[:at]))), End: int32(len(string(chars[:end])))})
			for i := max(0, at-cut.window); i < min(len(chars), end+cut.window); i++ {
				gone[i] = true
			}
		}
		var want []string
		piece := []rune{}
		for i := range len(chars) + 1 {
			if i < len(chars) && !gone[i] {
				piece = append(piece, chars[i])
				continue
			}
			if len(piece) >= max(cut.piece, 1) {
				want = append(want, string(piece))
			}
			piece = piece[:0]
		}
		got := []string{}
		for _, p := range cut.split(s, joinSpans(spans)) {
			got = append(got, p.Of(s))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q without windows of %d around %v: %q, want %q", s, cut.window, spans, got, want)
		}
	}
}
