package classify

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

// lacksSlow says what lacks counts.
func (t *twins) lacksSlow(text string) (n [mostTwins]int64) {
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
		having, ok := t.words[strings.Map(unicode.ToLower, w)]
		for i := range t.codes {
			if ok && having>>i&1 == 0 {
				n[i]++
			}
		}
	}
	return n
}

func TestTwinsCountWords(t *testing.T) {
	texts := []string{"", "tko", "TKO?", "Što-Tijekom tjedna,tisuća", "bahwa\xffkarena", "ikke ikkje ikke1jeg", strings.Repeat("a", 40) + " tko", "ČOVJEK čovek ŠTA", "İkke KAn"}
	for _, text := range udhr(t) {
		texts = append(texts, text[:min(len(text), 3000)])
	}
	for _, text := range texts {
		for _, group := range readTwins(twinWords) {
			if got, want := group.lacks(text), group.lacksSlow(text); got != want {
				t.Fatalf("%v: %v, want %v in %.100q", group.codes, got, want, text)
			}
		}
	}
}

// The words are such that lacks finds them, and every language lacks some.
func TestTwinsAreSound(t *testing.T) {
	for _, group := range readTwins(twinWords) {
		if len(group.codes) > mostTwins {
			t.Errorf("%v: at most %d are possible", group.codes, mostTwins)
		}
		var lacked uint8
		for word, having := range group.words {
			if len(word) >= longestTwinWord || word != strings.ToLower(word) || strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }) {
				t.Errorf("%q is never found", word)
			}
			lacked |= ^having
		}
		for i, code := range group.codes {
			if lacked>>i&1 == 0 {
				t.Errorf("no word tells that a text is not %s", code)
			}
			if !slices.Contains(reader(t).id.codes, code) {
				t.Errorf("no language is called %s", code)
			}
		}
	}
}
