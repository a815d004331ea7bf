package filters

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// foldSlow says what two strings have to share to be the same to an automaton.
func foldSlow(s string, fold *[256]byte) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		low := unicode.ToLower(r)
		switch {
		case r < utf8.RuneSelf || r == utf8.RuneError:
			b.WriteByte(fold[s[i]])
			size = 1
		case utf8.RuneLen(low) == size && unicode.ToUpper(low) == r:
			b.WriteRune(low)
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

// findSlow says what find finds.
func findSlow(patterns []string, fold *[256]byte, s string) (all []occurrence) {
	for end := 0; end <= len(s); end++ {
		for id, p := range patterns {
			start := end - len(p)
			if start >= 0 && foldSlow(s[start:end], fold) == foldSlow(p, fold) {
				all = append(all, occurrence{int32(id), int32(start), int32(end)})
			}
		}
	}
	return all
}

func sortOccurrences(all []occurrence) {
	slices.SortFunc(all, func(x, y occurrence) int {
		if x.end != y.end {
			return int(x.end - y.end)
		}
		return int(x.pattern - y.pattern)
	})
}

func checkFind(t *testing.T, patterns []string, s string) {
	t.Helper()
	a, err := newAutomaton(patterns, nsfwFold)
	if err != nil {
		t.Fatal(err)
	}
	got, want := a.find(nil, s), findSlow(patterns, nsfwFold, s)
	sortOccurrences(got)
	if !slices.Equal(got, want) {
		t.Fatalf("%q in %q: %v, want %v", patterns, s, got, want)
	}
	if a.contains([]byte(s)) != (len(want) > 0) {
		t.Fatalf("%q in %q: contains is %v", patterns, s, len(want) == 0)
	}
}

func TestAutomaton(t *testing.T) {
	for _, c := range []struct {
		patterns []string
		text     string
	}{
		{nil, "anything"},
		{[]string{"he", "she", "his", "hers"}, "uSHErs his"},
		{[]string{"a", "aa", "aaa"}, "aaaa"},
		{[]string{"порно", "орн"}, "ПОРНО и порно и ПоРнО"},
		{[]string{"ß", "é"}, "ẞ ß É é"},
		{[]string{"色情"}, "色色情情"},
		{[]string{"two words"}, "two\nwords, Two-Words, two  words"},
		{[]string{"abcde", "bcd", "cd"}, "abcdabcde"},
	} {
		checkFind(t, c.patterns, c.text)
	}
}

// All texts of up to six characters against all sets of patterns from a few.
func TestAutomatonExhaustively(t *testing.T) {
	pool := []string{"a", "ab", "ba", "aab", "яa", "aЯ", "я"}
	for set := range 1 << len(pool) {
		var patterns []string
		for i, p := range pool {
			if set>>i&1 > 0 {
				patterns = append(patterns, strings.ToLower(p))
			}
		}
		a, err := newAutomaton(patterns, nsfwFold)
		if err != nil {
			t.Fatal(err)
		}
		every([]string{"a", "B", "я", "Я"}, 4, func(s string) {
			got, want := a.find(nil, s), findSlow(patterns, nsfwFold, s)
			sortOccurrences(got)
			if !slices.Equal(got, want) {
				t.Fatalf("%q in %q: %v, want %v", patterns, s, got, want)
			}
		})
	}
}

func TestAutomatonRefusesTooMuch(t *testing.T) {
	patterns := make([]string, 500)
	for i := range patterns {
		patterns[i] = strings.Repeat(string(rune(0x4e00+i))+string(rune('a'+i%26)), 200)
	}
	if _, err := newAutomaton(patterns, nsfwFold); err == nil || !strings.Contains(err.Error(), "too many") {
		t.Errorf("got %v", err)
	}
}

func FuzzAutomaton(f *testing.F) {
	f.Add("he\nshe\nПорно", "ushers ПОРНО he")
	f.Add("a\xff\nß", "a\xffẞß")
	f.Fuzz(func(t *testing.T, list, text string) {
		var patterns []string
		for _, p := range strings.Split(strings.ToValidUTF8(strings.ToLower(list), "?"), "\n") {
			if p != "" && len(patterns) < 20 && len(p) < 40 {
				patterns = append(patterns, p)
			}
		}
		checkFind(t, patterns, text)
	})
}

// Nothing is lost where the two halves of a long text meet, and nothing found twice.
func TestAutomatonHalves(t *testing.T) {
	patterns := []string{"a", "ab", "ba", "abab", "bb a", "aaaaaaaaaaaaaaaaaaaa", "п", "aпb"}
	h := uint64(1)
	for size := halved - 3; size < halved+40; size++ {
		text := ""
		for len(text) < size {
			h = h*6364136223846793005 + 1442695040888963407
			text += []string{"a", "b", "a", " ", "п", "П", "B", "aaaaaaaaaaaaaaa"}[h>>61]
		}
		checkFind(t, patterns, text)
	}
}
