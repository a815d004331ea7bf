package filters

import (
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// buildBadWords makes the step over files in memory.
func buildBadWords(t testing.TB, s *badWordsSettings, seed uint64, files map[string]string) *badWords {
	t.Helper()
	env := &step.Env{Name: "c4_bad_words", Rules: C4BadWords.Rules, Seed: seed, Open: opener(files), Label: func(string) (int, bool) { return 0, true }}
	built, err := s.Build(env)
	if err != nil {
		t.Fatal(err)
	}
	return built.(*badWords)
}

func (b *badWords) counts(s, language string, place int64) (n float64, removed bool) {
	var d document.Document
	d.SetText(s)
	d.Labels, d.Place.Record = []string{language}, place
	m := step.Meter{All: true}
	m.Reset(C4BadWords.Rules, make([]float64, 2), nil)
	v := b.Judge(&d, &m)
	return m.Values[badWordsFound], v.Removed
}

// Pages have a word of the list where the published expression finds one.
func TestBadWordsAgainstExpression(t *testing.T) {
	words := []string{"bad", "very bad", "b@d", "schlimm", "\u0448\u043b", "a_b", "-x"}
	b := buildBadWords(t, &badWordsSettings{Lists: []string{"en.txt"}, Default: "en", Missing: "keep"}, 1, map[string]string{"en.txt": strings.Join(words, "\n")})
	for i, w := range words {
		words[i] = regexp.QuoteMeta(w)
	}
	expression := regexp.MustCompile(`(?:[^\pL\pN_]|^)(?:` + strings.Join(words, "|") + `)(?:[^\pL\pN_]|$)`)
	n := 0
	eachText([]string{"bad", "Bad", "very ", "b@d", "SCHLIMM", "\u0428\u043b", "a_b", " -x", "_", "1", "\u0301", "\u4e2d", ".", "\n"}, 3, func(s string) {
		want := expression.Match(text.AppendLower(nil, s))
		found, removed := b.counts(s, "", 0)
		if found > 0 != want || removed != want {
			t.Fatalf("%q has %v words, the expression says %v", s, found, want)
		}
		n += asInt(want)
	})
	if n == 0 {
		t.Error("no text has a word")
	}
}

// The share that stays is the one that is wanted, and it is the same documents however
// often and in which order they are judged; another seed chooses others.
func TestBadWordsKeepFraction(t *testing.T) {
	files := map[string]string{"en.txt": "bad"}
	settings := &badWordsSettings{Lists: []string{"en.txt"}, Default: "en", Missing: "keep", KeepFraction: 0.1}
	one, again, other := buildBadWords(t, settings, 1, files), buildBadWords(t, settings, 1, files), buildBadWords(t, settings, 2, files)
	kept, same := 0, 0
	const all = 20_000
	for i := range int64(all) {
		_, a := one.counts("bad", "en", i)
		_, b := again.counts("bad", "en", i)
		_, c := other.counts("bad", "en", i)
		if a != b {
			t.Fatalf("document %d is judged in two ways", i)
		}
		kept += 1 - asInt(a)
		same += asInt(a == c)
	}
	if kept < all/10-200 || kept > all/10+200 {
		t.Errorf("%d of %d stay, not a tenth", kept, all)
	}
	if same == all {
		t.Error("the seed changes nothing")
	}
	if _, removed := one.counts("good", "en", 0); removed {
		t.Error("a page without such words goes")
	}
}

// Each document is held to the list of its language.
func TestBadWordsLanguages(t *testing.T) {
	files := map[string]string{"lists/en": "bad\nsm", "lists/de": "Schlimm", "lists/ja": "\u60aa\u3044\n\u30b0\u30ed"}
	b := buildBadWords(t, &badWordsSettings{Lists: []string{"lists"}, Default: "en", Missing: "keep"}, 1, files)
	for _, c := range []struct {
		text, language string
		n              float64
	}{
		{"bad", "", 1}, {"bad", "en", 1}, {"bad", "de", 0}, {"schlimm bad", "de", 1}, {"SCHLIMM", "de", 1},
		{"\u305d\u308c\u306f\u60aa\u3044\u3053\u3068", "ja", 1}, {"\u30b0\u30ed", "ja", 0}, {"sm", "en", 0}, {"bad", "fr", 0},
	} {
		if n, _ := b.counts(c.text, c.language, 0); n != c.n {
			t.Errorf("%q in %q has %v words, want %v", c.text, c.language, n, c.n)
		}
	}
	b = buildBadWords(t, &badWordsSettings{Lists: []string{"lists"}, Default: "en", Missing: "default"}, 1, files)
	if n, _ := b.counts("bad", "fr", 0); n != 1 {
		t.Error("a language without a list is not held to the default")
	}
}

// The published lists are read as they are.
func TestBadWordsLists(t *testing.T) {
	folder := sharedFile("data", "profanity-lists", "ldnoobw")
	if _, err := os.Stat(folder); err != nil {
		t.Skip("the lists are not there: ", err)
	}
	env := &step.Env{Rules: C4BadWords.Rules, Open: openNoFolder, Label: func(string) (int, bool) { return 0, false }}
	built, err := (&badWordsSettings{Lists: []string{folder}, Default: "en", Missing: "keep"}).Build(env)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(built.(*badWords).lists); n != 28 {
		t.Errorf("%d languages have lists, not 28", n)
	}
}

// openNoFolder opens a file, as a run does.
func openNoFolder(path string) (io.ReadCloser, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, errors.New(path + " is a folder, not a file")
	}
	return os.Open(path)
}

func BenchmarkC4BadWords(b *testing.B) {
	docs, size := prose(b, 4<<20)
	w := buildBadWords(b, &badWordsSettings{Lists: []string{"en.txt"}, Default: "en", Missing: "keep"}, 1, map[string]string{"en.txt": "bad\nworse\nworst of all"})
	var d document.Document
	d.Labels = []string{"en"}
	m, values := step.Meter{All: true}, make([]float64, 2)
	pass := func() {
		for _, s := range docs {
			d.SetText(s)
			m.Reset(C4BadWords.Rules, values, nil)
			w.Judge(&d, &m)
		}
	}
	pass()
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		pass()
	}
}

// Identifiers name some languages more narrowly than LDNOOBW does.
func TestBadWordsOfNarrowerLabels(t *testing.T) {
	files := map[string]string{"en.txt": "bad", "no.txt": "stygt", "fil.txt": "masama", "nn.txt": "stygg"}
	b := buildBadWords(t, &badWordsSettings{Lists: []string{"en.txt", "no.txt", "fil.txt", "nn.txt"}, Default: "en", Missing: "keep"}, 1, files)
	for _, c := range []struct {
		label, text string
		removed     bool
	}{{"nb", "stygt", true}, {"tl", "masama", true}, {"nn", "stygt", false}, {"nn", "stygg", true}, {"da", "stygt", false}, {"xx", "bad", false}, {"", "bad", true}} {
		if _, removed := b.counts(c.text, c.label, 0); removed != c.removed {
			t.Errorf("%q in %s: removed %v, want %v", c.text, c.label, removed, c.removed)
		}
	}
}
