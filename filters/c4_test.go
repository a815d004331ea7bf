package filters

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// c4Slow says what c4 does to the text of a page that stays: the lines one after the
// other, as strings. It is not ok where the page goes.
func c4Slow(s *c4Settings, minSentences int, page string) (out string, ok bool) {
	var view text.View
	view.Use(text.Whitespace)
	sentences := 0
	var kept []string
	view.Reset(page)
	var lines []string
	for _, l := range view.SplitLines() {
		lines = append(lines, l.Of(page))
	}
	for _, line := range lines {
		line = text.TrimSpace(line)
		view.Reset(line)
		words, longest := len(view.Words()), 0
		for _, w := range view.Words() {
			longest = max(longest, int(w.Runes))
		}
		if longest > s.MaxWordLength {
			continue
		}
		line = citation.ReplaceAllString(line, "")
		if s.TerminalPunctuation && (!strings.ContainsAny(lastRune(line), ".?!\"'") || line == "" || strings.HasSuffix(line, "...")) {
			continue
		}
		if words < s.MinWords {
			continue
		}
		low := string(text.AppendLower(nil, line))
		if strings.Contains(low, "lorem ipsum") {
			return "", false
		}
		if strings.Contains(low, "javascript") {
			continue
		}
		if strings.Contains(line, "{") {
			return "", false
		}
		if policy.MatchString(low) {
			continue
		}
		view.Reset(line)
		sentences += max(1, len(view.Sentences()))
		kept = append(kept, line)
	}
	return text.TrimSpace(strings.Join(kept, "\n")), sentences >= minSentences
}

var (
	citation = regexp.MustCompile(`\[\p{Nd}*\]|\[edit\]|\[citation needed\]`)
	policy   = regexp.MustCompile(`terms of use|privacy policy|cookie policy|uses cookies|use of cookies|use cookies`)
)

func lastRune(s string) string {
	_, n := utf8.DecodeLastRuneInString(s)
	return s[len(s)-n:]
}

// eachText calls f with all texts of so many pieces and fewer.
func eachText(pieces []string, length int, f func(string)) {
	f("")
	if length == 0 {
		return
	}
	for _, p := range pieces {
		eachText(pieces, length-1, func(s string) { f(p + s) })
	}
}

func TestC4Exhaustively(t *testing.T) {
	pieces := []string{"a", " ", ".", "...", "\n", "\r\n", "[1]", "[edit]", "\u00e9\u3000", "{", "lorem IPSUM", "java[]script", "Use coo\u212aies", "\""}
	var d document.Document
	for _, s := range []*c4Settings{
		{Definition: "datatrove", Split: "lines", TerminalPunctuation: true, MinWords: 1, MaxWordLength: 3},
		{Definition: "datatrove", Split: "lines", MinWords: 0, MaxWordLength: 1000},
		{Definition: "datatrove", Split: "lines", MinWords: 2, MaxWordLength: 1000},
	} {
		rules := withRules(&C4, func(r *step.Rule) {
			if r.Name == "sentences" {
				r.Min = 1
			}
		})
		eachText(pieces, 4, func(page string) {
			want, ok := c4Slow(s, 1, page)
			got := judgeWith(t, &d, &C4, s, rules, text.Whitespace, page)
			if got.verdict.Removed == ok || ok && got.text != want {
				t.Fatalf("%+v: %q becomes %q (%s), want %q", *s, page, got.text, got.rule, want)
			}
		})
	}
}

// Whatever the page, the edits leave what c4Slow leaves.
func FuzzC4(f *testing.F) {
	f.Add("One two three. [1]\r\n{ \u2028 x\n", true)
	f.Fuzz(func(t *testing.T, page string, terminal bool) {
		var d document.Document
		if !utf8.ValidString(page) {
			return
		}
		s := &c4Settings{Definition: "datatrove", Split: "lines", TerminalPunctuation: terminal, MinWords: 2, MaxWordLength: 5}
		want, ok := c4Slow(s, 5, page)
		got := judgeWith(t, &d, &C4, s, C4.Rules, text.Whitespace, page)
		if got.verdict.Removed == ok || ok && got.text != want {
			t.Fatalf("%q becomes %q (%s), want %q", page, got.text, got.rule, want)
		}
		if !utf8.ValidString(got.text) {
			t.Fatalf("%q is cut inside of a character: %q", page, got.text)
		}
	})
}

func TestPhrases(t *testing.T) {
	list := []string{"abc", "bcab", "a cab"}
	p := newPhrases(list...)
	eachText([]string{"a", "B", "b", "c", "C", " "}, 7, func(s string) {
		want := uint(0)
		for i, phrase := range list {
			if strings.Contains(strings.ToLower(s), phrase) {
				want |= 1 << i
			}
		}
		if got := p.in(s); got != want {
			t.Fatalf("%q has the phrases %b, want %b", s, got, want)
		}
	})
}

func TestLongWords(t *testing.T) {
	eachText([]string{"a", "\u00e9", " ", "\t", "\u3000"}, 7, func(s string) {
		longest := 0
		for _, w := range strings.FieldsFunc(s, text.IsSpace) {
			longest = max(longest, utf8.RuneCountInString(w))
		}
		for limit := 1; limit < 6; limit++ {
			if got := hasLongWord(s, limit); got != (longest > limit) {
				t.Fatalf("%q has a word of more than %d characters: %v", s, limit, got)
			}
			if got := hasWords(s, limit); got != (len(strings.FieldsFunc(s, text.IsSpace)) >= limit) {
				t.Fatalf("%q has %d words: %v", s, limit, got)
			}
		}
	})
}

func TestSettingsAreRefused(t *testing.T) {
	for key, s := range map[string]step.Settings{
		"min_words":       &c4Settings{Definition: "datatrove", Split: "lines", MinWords: -2, MaxWordLength: 1},
		"max_word_length": &c4Settings{Definition: "datatrove", Split: "lines"},
		"stop_word_list":  &gopherQualitySettings{StopWordList: make([]string, 1025)},
	} {
		_, err := s.Build(&step.Env{})
		if fault, ok := err.(*step.Fault); !ok || fault.Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestManyStopWords(t *testing.T) {
	var list []string
	page := ""
	for i := range 1000 {
		word := "w" + strconv.Itoa(i)
		list = append(list, word, word)
		if i%3 == 0 {
			page += word + " " + word + " other "
		}
	}
	var v text.View
	v.Use(text.Whitespace)
	v.Reset(page)
	stop := newStopWords(list)
	if got := stop.count(v.Words()); got != 334 || stop.size != 1000 {
		t.Errorf("%d of %d stop words found, want 334 of 1000", got, stop.size)
	}
	v.Reset(page + " " + strings.Join(list, " "))
	if got := stop.count(v.Words()); got != 1000 {
		t.Errorf("%d stop words found, want all 1000", got)
	}
}
