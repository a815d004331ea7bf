package text

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/zeebo/xxh3"
	"golang.org/x/text/unicode/norm"
)

// strings over the alphabet up to a length, shortest first.
func each(alphabet []string, length int, f func(string)) {
	f("")
	if length == 0 {
		return
	}
	for _, c := range alphabet {
		each(alphabet, length-1, func(s string) { f(c + s) })
	}
}

// oneOfEach has a character of each class that word boundaries, white space or line
// ends know.
var oneOfEach = []string{
	"a", "Z", "1", "_", ":", ",", ".", "'", "\"", "-", " ", "\n", "\r", "\t", "\x1c", "\u00e9", "\u0301", "\u05d0",
	"\u30a2", "\u4e2d", "\U0001f1e9", "\u200d", "\u2764", "\u00a0", "\u2028", "\u3000", "\u00ad", "\u2019",
}

func view(sp Splitter, s string) *View {
	v := new(View)
	v.Reset(s)
	v.Use(sp)
	return v
}

func texts(s string, spans []Span) (out []string) {
	for _, p := range spans {
		out = append(out, p.Of(s))
	}
	return out
}

func TestWordsExhaustively(t *testing.T) {
	for i := range splitterNames {
		sp := Splitter(i)
		t.Run(sp.String(), func(t *testing.T) {
			v := view(sp, "")
			each(oneOfEach, 3, func(s string) { compareWords(t, v, s) })
			each([]string{"a", "1", ".", "'", ",", "_", " ", "\u0301", "\u05d0", "\""}, 5, func(s string) { compareWords(t, v, s) })
		})
	}
}

// What is looked at 64 bytes at a time is found wherever a text is cut, and beside what is
// no ASCII.
func TestWordsOfLongTexts(t *testing.T) {
	padding := strings.Repeat("it's 1,000 words: x_1 ", 8)
	alphabet := []string{"a", "1", "_", ":", ",", "'", " ", "\x00", "\x7f", "\u00e9", "\u0301", "\u4e2d"}
	v := view(Unicode, "")
	at := 0
	each(alphabet, 4, func(s string) {
		at++
		compareWords(t, v, padding[at%29:at%29+40+at%64]+s+padding[at%31:])
	})
	for n := range 200 {
		letters := strings.Repeat("a", n)
		for _, s := range []string{letters, letters + "1", letters + ".b", letters + ". b", "_" + letters, letters + "\u0301 c", letters + ".\u00e9 c"} {
			compareWords(t, v, padding[n%29:]+s+" "+padding)
		}
	}
}

// On the two sides of a seam, words are those of the whole.
func TestSeams(t *testing.T) {
	for i := range splitterNames {
		sp := Splitter(i)
		whole, piece := view(sp, ""), view(sp, "")
		seams := 0
		each([]string{"a", "1", ".", "'", ":)", " ", "\n", "\r", "\u0301", "\u05d0", "\u3000"}, 5, func(s string) {
			for at := 1; at < len(s); at++ {
				if !seam(s, at) {
					continue
				}
				seams++
				whole.Reset(s)
				var got []string
				for _, part := range []string{s[:at], s[at:]} {
					piece.Reset(part)
					got = append(got, texts(part, spans(piece))...)
				}
				if want := texts(s, spans(whole)); !slices.Equal(got, want) {
					t.Fatalf("%s: %q cut at %d has the words %q, want %q", sp, s, at, got, want)
				}
			}
		})
		if seams == 0 {
			t.Error("no seams")
		}
	}
	s := "ab c \u00e9 d\n\u00e9 f"
	want := []int{0, 3, 8, 10, 13, 14} // before c, d, what follows the line feed, f, and the ends
	for at := range len(s) + 1 {
		i, found := slices.BinarySearch(want, at)
		if got := SeamBehind(s, at); got != want[i] {
			t.Errorf("behind %d: %d, want %d", at, got, want[i])
		}
		if !found {
			i--
		}
		if got := SeamBefore(s, at); got != want[i] {
			t.Errorf("before %d: %d, want %d", at, got, want[i])
		}
	}
}

func compareWords(t *testing.T, v *View, s string) {
	v.Reset(s)
	want := wordsSlow(v.splitter, s)
	got := v.Words()
	same := len(got) == len(want)
	for i := 0; same && i < len(want); i++ {
		w := got[i]
		same = w.Of(s) == want[i] && int(w.Runes) == utf8.RuneCountInString(want[i]) && w.Kind == kindSlow(want[i]) && w.Hash == Hash(want[i])
	}
	if !same {
		t.Fatalf("%s: words of %q are %v, want %q", v.splitter, s, got, want)
	}
	if got, want := v.WordTotals(), totalsSlow(want); got != want {
		t.Fatalf("%s: totals of %q are %+v, want %+v", v.splitter, s, got, want)
	}
}

func TestLinesExhaustively(t *testing.T) {
	v := new(View)
	ends := []string{"a", "b", " ", "\n", "\r", "\v", "\x1c", "\x1f", "\u0085", "\u2028", "\u00e9"}
	each(ends, 5, func(s string) {
		v.Reset(s)
		if got, want := texts(s, v.SplitLines()), splitLinesSlow(s); !slices.Equal(got, want) {
			t.Fatalf("split lines of %q are %q, want %q", s, got, want)
		}
		var lines []string
		for _, l := range v.Lines() {
			lines = append(lines, l.Of(s))
			if int(l.Runes) != utf8.RuneCountInString(l.Of(s)) || l.Blank != (trimSpaceSlow(l.Of(s)) == "") {
				t.Fatalf("line %q of %q is %+v", l.Of(s), s, l)
			}
		}
		if want := strings.Split(s, "\n"); !slices.Equal(lines, want) {
			t.Fatalf("lines of %q are %q, want %q", s, lines, want)
		}
	})
}

func TestRepeatsExhaustively(t *testing.T) {
	v := new(View)
	each([]string{"a", "\u00e9", " ", "\n"}, 8, func(s string) {
		v.Reset(s)
		if got, want := v.LineRepeats(), lineRepeatsSlow(s); got != want {
			t.Fatalf("line repeats of %q are %+v, want %+v", s, got, want)
		}
		if got, want := v.ParagraphRepeats(), paragraphRepeatsSlow(s); got != want {
			t.Fatalf("paragraph repeats of %q are %+v, want %+v", s, got, want)
		}
	})
}

func TestSentencesExhaustively(t *testing.T) {
	for i := range splitterNames {
		v := view(Splitter(i), "")
		each([]string{"a", "A", ".", "!", "\n", " ", "\"", "\u201d", "\u3002", "\u00c9"}, 5, func(s string) { compareSentences(t, v, s) })
	}
}

func compareSentences(t *testing.T, v *View, s string) {
	v.Reset(s)
	if got, want := texts(s, v.Sentences()), sentencesSlow(v.splitter, s); !slices.Equal(got, want) {
		t.Fatalf("%s: sentences of %q are %q, want %q", v.splitter, s, got, want)
	}
}

func TestUnicodeSentences(t *testing.T) {
	for s, want := range map[string][]string{
		"":                                       nil,
		" \n ":                                   nil,
		"One. Two! Three?":                       {"One.", "Two!", "Three?"},
		"It costs 3.14 at example.com. Yes.":     {"It costs 3.14 at example.com.", "Yes."},
		"It was 5 p.m. when he left.":            {"It was 5 p.m. when he left."},
		"\u201cYes.\u201d (No.) Maybe":           {"\u201cYes.\u201d", "(No.)", "Maybe"},
		"Title\nText":                            {"Title", "Text"},
		"What?! No... well":                      {"What?!", "No... well"},
		"\u4f60\u597d\u3002\u6211\u662f\uff01ok": {"\u4f60\u597d\u3002", "\u6211\u662f\uff01", "ok"},
		"\u0939\u093e\u0901\u0964 \u0928\u0939\u0940\u0902\u0964": {"\u0939\u093e\u0901\u0964", "\u0928\u0939\u0940\u0902\u0964"},
	} {
		if got := texts(s, view(Unicode, s).Sentences()); !slices.Equal(got, want) {
			t.Errorf("sentences of %q are %q, want %q", s, got, want)
		}
	}
}

func TestCountSentencesOfAStretch(t *testing.T) {
	s := "One. Two. Three. Four."
	v := view(Whitespace, s)
	if got := v.CountSentences(5, 16); got != 2 {
		t.Errorf("%q has %d sentences, want 2", s[5:16], got)
	}
	if got := len(v.Sentences()); got != 4 {
		t.Errorf("%q has %d sentences, want 4", s, got)
	}
}

func TestGramsExhaustively(t *testing.T) {
	v := view(Whitespace, "")
	each([]string{"a ", "b ", "ab "}, 9, func(s string) { compareGrams(t, v, s) })
}

// Texts of few different words repeat themselves in all ways.
func TestGramsOfRandomTexts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	words := []string{"a", "ab", "b", "abc", "c", "\u00e9", "\u4e2d\u6587", "longer", "andmuchlongerthanthat"}
	for _, sp := range []Splitter{Whitespace, Unicode, Characters} {
		v := view(sp, "")
		for range 300 {
			s := ""
			for range random.IntN(80) {
				s += words[random.IntN(1+random.IntN(len(words)))] + " "
			}
			compareGrams(t, v, s)
		}
	}
}

func compareGrams(t *testing.T, v *View, s string) {
	v.Reset(s)
	words := wordsSlow(v.splitter, s)
	for n := MinGram; n <= MaxGram; n++ {
		if got, want := v.TopGram(n), topGramSlow(words, n); got != want {
			t.Fatalf("%s: top %d-gram of %q is %+v, want %+v", v.splitter, n, s, got, want)
		}
		if got, want := v.DuplicateGrams(n), duplicateGramsSlow(words, n); got != want {
			t.Fatalf("%s: duplicate %d-grams of %q have %d code points, want %d", v.splitter, n, s, got, want)
		}
	}
	var got Coverage
	v.Cover(&got)
	if want := coverSlow(words); got != want {
		t.Fatalf("%s: the n-grams of %q cover\n%+v, want\n%+v", v.splitter, s, got, want)
	}
}

func TestCharacterSets(t *testing.T) {
	marks, ends := 0, 0
	for r := range rune(unicode.MaxRune + 1) {
		if IsSpace(r) != isSpaceSlow(r) {
			t.Errorf("%U: IsSpace is %v", r, IsSpace(r))
		}
		if IsLetter(r) != unicode.IsLetter(r) {
			t.Errorf("%U: IsLetter is %v", r, IsLetter(r))
		}
		if IsMark(r) {
			marks++
		}
		if IsTerminal(r) {
			ends++
			if !IsPunctuation(r) {
				t.Errorf("%U ends sentences but is no punctuation", r)
			}
		}
	}
	// 129 and 159 are what reference implementations have.
	if marks != 129 || ends != 159 {
		t.Errorf("%d punctuation and %d terminal marks, want 129 and 159", marks, ends)
	}
	if IsPunctuation('\u2022') || IsPunctuation('\t') || !IsPunctuation('\uff11') {
		t.Error("the bullet or the tab is punctuation, or the full-width one is not")
	}
}

func TestTrimSpaceExhaustively(t *testing.T) {
	each([]string{"a", " ", "\x1f", "\u0085", "\u2009", "\u3000", "\u3001", "\xe3", "\x80"}, 5, func(s string) {
		if got, want := TrimSpace(s), trimSpaceSlow(s); got != want {
			t.Fatalf("%q trimmed is %q, want %q", s, got, want)
		}
	})
}

// What is short is done byte by byte, what is long eight bytes at a time.
func TestRunsOfASCII(t *testing.T) {
	each([]string{"a", "Z", "5", "@", "[", "/", "\u00e9", "\U0001f600"}, 4, func(s string) {
		for _, s := range []string{s, s + "1234567" + s, "ABCDEFGHIJK" + s} {
			n, ascii := countRunes(s)
			if want := utf8.RuneCountInString(s); n != want || ascii != (n == len(s)) {
				t.Fatalf("%q has %d code points, ASCII: %v", s, n, ascii)
			}
			if got, want := asciiLength(s), len(s)-len(strings.TrimLeftFunc(s, func(r rune) bool { return r < 0x80 })); got != want {
				t.Fatalf("%d bytes of ASCII begin %q, want %d", got, s, want)
			}
			want := 0
			for _, c := range []byte(s) {
				if c >= 'A' && c <= 'Z' {
					want++
				}
			}
			if got := CountBetween(s, 'A', 'Z'); got != want {
				t.Fatalf("%q has %d capitals, want %d", s, got, want)
			}
			if got, want := string(AppendLower(nil, s)), strings.ToLower(s); got != want {
				t.Fatalf("%q in lower case is %q, want %q", s, got, want)
			}
			if got, want := string(AppendNFD(nil, s)), norm.NFD.String(s); got != want {
				t.Fatalf("%q in form D is %q, want %q", s, got, want)
			}
		}
	})
}

// Expected values are Python's.
func TestAppendLower(t *testing.T) {
	for s, want := range map[string]string{
		"ABC xyz":              "abc xyz",
		"\u0130stanbul \u212a": "i\u0307stanbul k",
		"\u039f\u03a3 \u03a3 \u039f\u03a3\u0391 \u039f\u03a3\u0301 \u0391'\u03a3": "\u03bf\u03c2 \u03c3 \u03bf\u03c3\u03b1 \u03bf\u03c2\u0301 \u03b1'\u03c2",
		"\u01c5\u1e9e\xff": "\u01c6\u00df\xff",
	} {
		if got := string(AppendLower(nil, s)); got != want {
			t.Errorf("%q in lower case is %q, want %q", s, got, want)
		}
	}
}

func TestAppendLowerASCII(t *testing.T) {
	all := make([]byte, 0, 300)
	for i := range 300 {
		all = append(all, byte(i))
	}
	for start := range 20 {
		want := make([]byte, 0, len(all))
		for _, c := range all[start:] {
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			want = append(want, c)
		}
		if got := AppendLowerASCII([]byte("X"), string(all[start:])); string(got) != "X"+string(want) {
			t.Fatalf("from byte %d: %q, want %q", start, got, want)
		}
	}
}

func TestSetsOfBytes(t *testing.T) {
	for b := range 256 {
		x := uint64(b)<<24 | 0x4100000000000041 // a byte among others
		for _, set := range []struct {
			name string
			got  uint64
			want bool
		}{
			{"letters", letterBytes(x), b|32 >= 'a' && b|32 <= 'z'},
			{"digits", digitBytes(x), b >= '0' && b <= '9'},
			{"unplain", unplain(x), b <= ' ' || b >= 0x80},
			{"from first to last", between(x, 0, 0x7F), b < 0x80},
		} {
			if got := set.got>>24&0xFF == 0x80; got != set.want {
				t.Errorf("byte %#x is one of the %s: %v", b, set.name, got)
			}
		}
	}
}

func TestHash(t *testing.T) {
	seen := map[uint64]string{}
	each([]string{"a", "b", "\x00", "\xff"}, 6, func(s string) {
		for _, word := range []string{s, "prefix" + s} {
			if x := loadShort(word[:min(len(word), 8)]); len(word) == 8 && x != load(word, 0) {
				t.Fatalf("%q is loaded as %x", word, x)
			}
			if other, ok := seen[Hash(word)]; ok && other != word {
				t.Fatalf("%q and %q have the same hash", word, other)
			}
			seen[Hash(word)] = word
		}
	})
	long := "of nine to forty bytes, as XXH3 has it \xff\x00"
	for n := 9; n <= 40; n++ {
		if word := long[len(long)-n:]; Hash(word) != xxh3.HashString(word) {
			t.Errorf("the hash of %q is %#x, want %#x", word, Hash(word), xxh3.HashString(word))
		}
	}
	// Fixed, since runs on different machines must agree.
	for word, want := range map[string]uint64{"": 0, "the": 0x80804024edf0e9be, "repetition": 0x48f7d5f30a8203cf} {
		if got := Hash(word); got != want {
			t.Errorf("the hash of %q is %#x, want %#x", word, got, want)
		}
	}
}

func TestSplitterNames(t *testing.T) {
	for _, name := range Splitters() {
		if s, ok := ParseSplitter(name); !ok || s.String() != name {
			t.Errorf("%q is parsed as %v, %v", name, s, ok)
		}
	}
	if _, ok := ParseSplitter("nltk"); ok {
		t.Error("nltk is a splitter")
	}
}

func TestUseForgetsWords(t *testing.T) {
	v := view(Whitespace, "don't (stop)")
	if n := len(v.Words()); n != 2 {
		t.Errorf("whitespace finds %d words, want 2", n)
	}
	v.Use(Unicode)
	if n := len(v.Words()); n != 2 {
		t.Errorf("unicode finds %d words, want 2", n)
	}
	v.Use(Spacy)
	if got, want := v.WordTotals(), (WordTotals{Words: 5, Symbols: 2, Alphabetic: 3, Runes: 9}); got != want {
		t.Errorf("totals are %+v, want %+v", got, want)
	}
}

func TestNothingIsAllocated(t *testing.T) {
	s := strings.Repeat("Some words, \u00e9t\u00e9 and more.\nSome words again!\n\n", 40)
	for i := range splitterNames {
		v := view(Splitter(i), s)
		everything := func() {
			v.Reset(s)
			v.Words()
			v.WordTotals()
			v.Sentences()
			v.Lines()
			v.SplitLines()
			v.LineRepeats()
			v.ParagraphRepeats()
			for n := MinGram; n <= MaxGram; n++ {
				v.TopGram(n)
				v.DuplicateGrams(n)
			}
		}
		everything()
		if n := testing.AllocsPerRun(10, everything); n > 0 {
			t.Errorf("%s: %v allocations", Splitter(i), n)
		}
	}
}

func FuzzUnicode(f *testing.F)    { fuzzSplitter(f, Unicode) }
func FuzzWhitespace(f *testing.F) { fuzzSplitter(f, Whitespace) }
func FuzzSpacy(f *testing.F)      { fuzzSplitter(f, Spacy) }
func FuzzCharacters(f *testing.F) { fuzzSplitter(f, Characters) }

// fuzzSplitter compares words, sentences and n-grams with what they mean. All of them are
// stretches of the text, in order and with whole code points.
func fuzzSplitter(f *testing.F, sp Splitter) {
	f.Add("A text. With \"words\"... (and i.e. more)\n\nand lines\r\n")
	f.Add("\u4e2d\u6587\u3002 \u0301x\u2028 don't, 10am $5 http://a.b/c?d=e :-) x--y")
	f.Add("as long as what is looked at at once, or longer than that: don't pay $1,000.50 to foo_bar.baz, \u201cor do\u201d, whatever caf\u00e9 it is")
	f.Add("the same again. the same again. the same again. the same")
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "\uFFFD")
		v := view(sp, s)
		compareWords(t, v, s)
		compareSentences(t, v, s)
		compareGrams(t, v, s)
		checkStretches(t, s, spans(v))
		checkStretches(t, s, v.Sentences())
		if sp != Unicode { // nothing is lost but white space
			if got, want := strings.Join(texts(s, spans(v)), ""), strings.Join(wordsSlow(Characters, s), ""); got != want {
				t.Fatalf("%s: words of %q make %q", sp, s, got)
			}
		}
	})
}

func checkStretches(t *testing.T, s string, spans []Span) {
	last := int32(0)
	for _, p := range spans {
		if p.Start < last || p.End <= p.Start || !utf8.ValidString(p.Of(s)) {
			t.Fatalf("%v of %q overlaps the one before, is empty or cut inside a code point", p, s)
		}
		last = p.End
	}
}

func FuzzLines(f *testing.F) {
	f.Add("a line\r\nand one\n\n\nand one\u2028\x1c ")
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "\uFFFD")
		v := view(Unicode, s)
		if got, want := texts(s, v.SplitLines()), splitLinesSlow(s); !slices.Equal(got, want) {
			t.Fatalf("split lines of %q are %q, want %q", s, got, want)
		}
		if v.LineRepeats() != lineRepeatsSlow(s) || v.ParagraphRepeats() != paragraphRepeatsSlow(s) {
			t.Fatalf("repeats of %q", s)
		}
	})
}

func TestCountTriple(t *testing.T) {
	for _, triple := range []string{"...", "\u2026", "aba"} {
		each([]string{"", ".", "..", "a", "ab", "\u2026", "\u2019", "\xe2\x80", "\xa6", "........"}, 5, func(s string) {
			for _, s := range []string{s, "12345" + s + "6789"} {
				if got, want := CountTriple(s, triple), strings.Count(s, triple); got != want {
					t.Fatalf("%q has %d times %q, want %d", s, got, triple, want)
				}
			}
		})
	}
}
